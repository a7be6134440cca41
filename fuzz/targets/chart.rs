//! Whole charts: loaded, rendered in each way, and linted, under limits.

use super::Target;
use crate::answer::Answer;
use crate::{bundle, corpus, grammar};
use chartwright::lint::{CaseInput, Config, LintInput};
use chartwright::render::Attempt;
use chartwright::report;
use chartwright::{Chart, Compiled, Layer, Limits, Options, Outside, Rendered, Values};
use std::sync::Arc;

pub const TARGET: Target = Target {
    name: "chart",
    about: "the files of a chart: loaded, rendered, explained and linted, under small limits",
    fixtures,
    draw: Some(grammar::chart),
    run,
    weight: 8,
};

fn fixtures() -> Vec<Vec<u8>> {
    let mut charts = corpus::charts("tests/rules");
    charts.extend(corpus::cases("").iter().map(corpus::chart_of));
    super::with_kept(TARGET.name, charts)
}

/// Limits that end a case soon.
pub fn limits() -> Limits {
    Limits {
        depth: 100,
        steps: 100_000,
        output_bytes: 256 << 10,
        value_bytes: 256 << 10,
        text_bytes: 1 << 20,
        memory_bytes: 8 << 20,
    }
}

/// The same answers from the outside each time.
pub fn options() -> Options {
    Options::new().limits(limits()).outside(Outside::seeded(1).at(1_700_000_000, 5))
}

fn run(input: &[u8], answer: &mut Answer) {
    let mut files = bundle::files(input);
    let mut take = |name: &str| {
        let at = files.iter().position(|(file, _)| file == name)?;
        Some(files.remove(at).1)
    };
    let user = take("user.yaml").unwrap_or_default();
    let config = take("chartwright.yaml");
    let chart = match Chart::from_files(files) {
        Ok(chart) => chart,
        Err(error) => return answer.say(&error.to_string()),
    };
    let values = match Values::build(&[Layer::File { name: "user.yaml".to_owned(), bytes: user }]) {
        Ok(values) => values,
        Err(error) => return answer.say(&error.to_string()),
    };
    let compiled = Compiled::new(&chart);
    let rendered = compiled.render(&values, &options());
    let attempt = compiled.attempt(&values, &options());
    match &rendered {
        Ok(rendered) => {
            answer.note(rendered.manifests.manifests.len().min(5));
            rendered.manifests.print(&[], true, true);
            promises(rendered, &attempt, answer);
            let again = compiled.render(&values, &options());
            if again.is_ok_and(|again| again.text() != rendered.text()) {
                answer.broke("two renders give the same text");
            }
            match compiled.check_determinism(&values, &options()) {
                Ok(found) => answer.note((found.lines.len().min(3), found.failures.len().min(2))),
                Err(error) => answer.say(&error.to_string()),
            }
        }
        Err(error) => {
            answer.say(&error.to_string());
            if attempt.errors.is_empty() {
                answer.broke(format!("an attempt has errors where a render fails: {error}"));
            }
        }
    }
    for file in attempt.files.iter().take(3) {
        for line in [1, 2, 7] {
            report::explain::print(&attempt, "c", &file.path, line, 1);
        }
    }
    report::values::print(&report::values::rows(&attempt, "c", &[]));
    report::human::print(&attempt.errors);
    lint(compiled, values, config, answer);
}

/// What holds of every render.
fn promises(rendered: &Rendered, attempt: &Attempt, answer: &mut Answer) {
    for file in &rendered.files {
        let mut end = 0;
        for piece in &file.trace.pieces {
            if end > piece.start || piece.start >= piece.end {
                answer.broke(format!("pieces of a trace follow each other: {}: {piece:?}", file.path));
            }
            end = piece.end;
        }
        if end > file.text.len() {
            answer.broke(format!("a trace ends where its text ends: {}", file.path));
        }
        let attempted = attempt.files.iter().find(|other| other.path == file.path);
        if attempted.map(|other| &other.text) != Some(&file.text) {
            answer.broke(format!("an attempt gives the text that a render gives: {}", file.path));
        }
    }
}

/// Lints the chart in one case, and writes every report of it.
fn lint(compiled: Compiled, values: Values, config: Option<Vec<u8>>, answer: &mut Answer) {
    let config = config.map(|text| Config::read("chartwright.yaml", &text, &|_| Err("no such file".to_owned())));
    let case = CaseInput { name: "defaults".into(), values, options: options(), ..CaseInput::default() };
    let input = LintInput {
        chart: Some(compiled),
        chart_path: "c".to_owned(),
        cases: vec![case],
        config: Arc::new(config.unwrap_or_default()),
        ..LintInput::default()
    };
    let outcome = chartwright::lint::run(&input);
    for finding in &outcome.findings {
        answer.note(finding.rule());
    }
    super::reports(&outcome);
}
