//! `lint`: inputs to findings, findings to text, and the exit code.

use super::color::{self, Color};
use super::coverage::Told;
use super::failed::Failed;
use super::input::read;
use super::lint_args::LintArgs;
use super::{lint_input, output};
use crate::diag::{Diagnostic, Place, Severity};
use crate::lint::{self, Finding, LintInput, Outcome, Selection, Subject, baseline, docs};
use crate::report::{github, human, json, junit, sarif, template};
use crate::suite::coverage::Collector;
use std::sync::Arc;

/// The exit code when something was found.
const FOUND: u8 = 1;

/// The exit code when an input could not be read.
pub(super) const UNREADABLE: u8 = 2;

/// Runs the command.
pub(super) fn run(args: &LintArgs) -> Result<(), Failed> {
    let unusable = |message: String| Failed { code: UNREADABLE, ..message.into() };
    if args.explain.is_some() || args.list_rules {
        return about(args).map_err(unusable);
    }
    let mut gathered = lint_input::gather(args).map_err(unusable)?;
    let charts = gathered.inputs.iter_mut().filter(|input| input.chart.is_some());
    let charts = charts.map(|input| input.cases.iter_mut().for_each(|case| case.options.count = args.coverage.is_on()));
    if charts.count() > 1 && args.coverage.is_on() {
        return Err(unusable("coverage is of one chart, and here are several; name one of them".to_owned()));
    }
    let mut outcome = Outcome { is_broken: gathered.is_broken, ..Outcome::default() };
    // What is found before and after the rules ran is chosen as the first input's configuration says.
    let config = gathered.inputs.first().map(|input| Arc::clone(&input.config)).unwrap_or_default();
    let selection = Selection::new(&config);
    let outside = |found: Diagnostic| {
        let severity = selection.severity(&found.code).unwrap_or(found.severity);
        let is_wanted = selection.takes(&found.code) || !config.only.is_empty() && found.severity == Severity::Error;
        is_wanted.then(|| Finding { everywhere: true, ..Finding::from(Diagnostic { severity, ..found }) })
    };
    outcome.findings.extend(gathered.problems.into_iter().filter_map(outside));
    let mut told_text = String::new();
    for input in &gathered.inputs {
        let (found, subject) = lint::look(input);
        outcome.append(found);
        if args.coverage.is_on() && input.chart.is_some() {
            let told = coverage(args, input, &subject).map_err(unusable)?;
            outcome.findings.extend(told.problems.into_iter().filter_map(outside));
            told_text.push_str(&told.text);
        }
        // The process ends soon; to give all this memory back piece by piece takes its time.
        std::mem::forget(subject);
    }
    if let Some(file) = &args.baseline {
        match read(file) {
            Ok(text) => {
                // What was not looked for is not gone.
                let is_whole = gathered.inputs.iter().all(|input| input.chart.is_none() || !input.is_partial);
                let told = baseline::apply(&mut outcome, file, &text, |rule| is_whole && selection.takes(rule));
                outcome.findings.extend(told.into_iter().filter_map(outside));
            }
            Err(why) => {
                let place = Place::file(file.as_str());
                outcome.findings.extend(outside(Diagnostic::error("unreadable-baseline", why).at(place)));
                outcome.is_broken = true;
            }
        }
    }
    if let Some(file) = &args.write_baseline {
        std::fs::write(file, baseline::write(&outcome))
            .map_err(|error| unusable(format!("cannot write {file}: {error}")))?;
        let found = std::mem::take(&mut outcome.findings);
        outcome.known += found.len();
    }
    outcome.explain(&lint::Config::default());
    print(args, &outcome).map_err(unusable)?;
    // Reports for tools are not mixed with it.
    if args.format == "human" && args.output.is_none() {
        output::print(told_text.as_bytes()).map_err(unusable)?;
    } else {
        eprint!("{told_text}");
    }
    let code = code(args, &outcome);
    std::mem::forget((gathered.inputs, outcome));
    if code == 0 { Ok(()) } else { Err(Failed { code, ..String::new().into() }) }
}

/// What the cases of a chart have taken of its templates.
fn coverage(args: &LintArgs, input: &LintInput, subject: &Subject<'_>) -> Result<Told, String> {
    let Some(chart) = &input.chart else { return Ok(Told::default()) };
    let collector = Collector::new(chart);
    subject.cases.iter().chain(&subject.failing).for_each(|case| collector.add_attempt(&case.attempt));
    args.coverage.tell(&collector.finish(), &input.chart_path)
}

/// `--explain`, `--list-rules`.
fn about(args: &LintArgs) -> Result<(), String> {
    let config = lint_input::config(args)?;
    let Some(rule) = &args.explain else { return output::print(docs::list(&config).as_bytes()) };
    match docs::explain(rule, &config) {
        Some(text) => output::print(text.as_bytes()),
        None => {
            let near = config.nearest_rule(rule).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            Err(format!("there is no rule {rule}{near}"))
        }
    }
}

fn print(args: &LintArgs, outcome: &Outcome) -> Result<(), String> {
    let text = match args.format.as_str() {
        "human" => {
            let text = human::findings(outcome);
            let word = args.color.as_deref().map(|when| ["--color".to_owned(), when.to_owned()]);
            let color = Color::read(&word.into_iter().flatten().collect::<Vec<_>>())?;
            if args.output.is_none() { color::paint(&text, color.on_stdout()) } else { text }
        }
        "json" => json::findings(outcome),
        "sarif" => sarif::findings(outcome, &root()),
        "github" => github::findings(outcome, &root()),
        "junit" => junit::findings(outcome),
        format if format.starts_with("template=") => {
            let name = format.strip_prefix("template=").unwrap_or_default();
            let text = read(name)?;
            template::findings(outcome, name, &String::from_utf8_lossy(&text)).map_err(|error| error.to_string())?
        }
        other => {
            return Err(format!("there is no format {other}: human, json, sarif, junit, github, or template=FILE"));
        }
    };
    match &args.output {
        Some(file) => std::fs::write(file, text).map_err(|error| format!("cannot write {file}: {error}")),
        None => output::print(text.as_bytes()),
    }
}

fn code(args: &LintArgs, outcome: &Outcome) -> u8 {
    if outcome.is_broken {
        return UNREADABLE;
    }
    let fails = args
        .fails_from()
        .is_some_and(|from| outcome.findings.iter().any(|finding| finding.diagnostic.severity >= from));
    let too_many = args.max_warnings.is_some_and(|most| outcome.count(Severity::Warning) > most);
    if fails || too_many { FOUND } else { 0 }
}

/// The current folder: reports of other tools name files relative to it.
fn root() -> String {
    std::env::current_dir().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default()
}
