//! `coverage`: which branches of a chart its cases take; and the flags with which other commands tell it of theirs.
//!
//! In: a chart and what `lint` takes of cases. Out: reports, printed or in files, and the exit code.

use super::args::ValuesArgs;
use super::color::{self, Color};
use super::failed::Failed;
use super::input::read;
use super::limits::LimitArgs;
use super::lint_args::LintArgs;
use super::value::{self, Items};
use super::{lint_input, output};
use crate::diag::{Diagnostic, Place, Severity};
use crate::lint::{CaseInput, LintInput};
use crate::matrix;
use crate::parallel;
use crate::render::{Compiled, RenderError, Rendered};
use crate::report::coverage::{self as report, Format};
use crate::report::human;
use crate::suite::coverage::{Collector, Coverage};
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueHint};

/// Shown below the flags.
pub(super) const EXAMPLES: &str = "\
Examples:
  chartwright coverage ./chart                              with its defaults and all its values files
  chartwright coverage ./chart --kube-version 1.31,1.35     for two versions of Kubernetes
  chartwright coverage ./chart --toggles pairwise           with its booleans combined
  chartwright coverage ./chart --min 90                     exit code 1 below 90 %
  chartwright coverage ./chart --output html=coverage.html  a page; --output lcov=FILE, cobertura=FILE, json=FILE
  chartwright coverage ./chart --add suites.json            together with what another run wrote as JSON

Exit codes: 1 below the threshold or when a case fails, 2 when an input could not be read.";

/// Arguments of `coverage`.
#[derive(Debug, Args, Default)]
#[command(args_override_self = true)]
pub(super) struct CoverageCommand {
    /// A chart's folder or .tgz; the current folder by default
    #[arg(value_name = "CHART", value_hint = ValueHint::AnyPath)]
    pub chart: Option<String>,

    #[command(flatten)]
    pub given: ValuesArgs,
    #[command(flatten)]
    pub limits: LimitArgs,

    /// Name of the release
    #[arg(long, value_name = "NAME", help_heading = "Cases")]
    pub release_name: Option<String>,
    /// Namespace of the release
    #[arg(short, long, value_name = "NAME", help_heading = "Cases")]
    pub namespace: Option<String>,
    /// Versions of Kubernetes, each with all cases (repeatable, or comma separated)
    #[arg(long, value_name = "VERSION", value_parser = value::items, help_heading = "Cases")]
    pub kube_version: Vec<Items>,
    /// Further entries of .Capabilities.APIVersions
    #[arg(short, long, value_name = "GROUP/VERSION", value_parser = value::items, help_heading = "Cases")]
    pub api_versions: Vec<Items>,
    /// As upgrades only; without this as both, where the chart tells the two apart
    #[arg(long, help_heading = "Cases")]
    pub is_upgrade: bool,
    /// As installations only
    #[arg(long, help_heading = "Cases")]
    pub is_install: bool,
    /// Defaults and the given values only: neither ci/ nor values-*.yaml nor cases of chartwright.yaml
    #[arg(long, help_heading = "Cases")]
    pub no_matrix: bool,
    /// Combine the booleans of values.yaml: every two in all four ways
    #[arg(long, value_name = "pairwise", value_parser = ["pairwise"], help_heading = "Cases")]
    pub toggles: Option<String>,
    /// Configuration, instead of chartwright.yaml in the chart or the current folder
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Cases")]
    pub config: Option<String>,
    /// Coverage of another run of the same chart, as JSON (repeatable)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Cases")]
    pub add: Vec<String>,

    /// Count the charts below this one, too
    #[arg(long, help_heading = "Report")]
    pub with_subcharts: bool,
    /// Least percentage of reachable branches, operands and defines that are taken
    #[arg(long, value_name = "PERCENT", value_parser = percent, help_heading = "Report")]
    pub min: Option<f64>,
    /// text, json, lcov, cobertura, html
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format, help_heading = "Report")]
    pub format: Option<Format>,
    /// Write a format into a file (repeatable); nothing is printed then but the total
    #[arg(short, long, value_name = "FORMAT=FILE", value_hint = ValueHint::FilePath, help_heading = "Report")]
    pub output: Vec<String>,
    /// List all that is missing, however much it is
    #[arg(long, help_heading = "Report")]
    pub all: bool,
    /// When to use colours [env: NO_COLOR, CLICOLOR_FORCE]
    #[arg(long, alias = "colour", value_name = "WHEN", help_heading = "Report", hide_possible_values = true,
          value_parser = PossibleValuesParser::new(["auto", "always", "never"]))]
    pub color: Option<String>,
}

/// The flags with which other commands tell of coverage.
#[derive(Debug, Clone, Args, Default)]
pub(super) struct CoverageArgs {
    /// Say which branches of the templates were taken
    #[arg(long, help_heading = "Coverage")]
    pub coverage: bool,
    /// Least percentage of reachable branches, operands and defines that are taken
    #[arg(long, value_name = "PERCENT", value_parser = percent, help_heading = "Coverage")]
    pub coverage_min: Option<f64>,
    /// Write a page with the templates coloured
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Coverage")]
    pub coverage_html: Option<String>,
    /// Write LCOV's format
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Coverage")]
    pub coverage_lcov: Option<String>,
    /// Write Cobertura's XML
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Coverage")]
    pub coverage_cobertura: Option<String>,
    /// Write JSON, which `chartwright coverage --add` reads
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Coverage")]
    pub coverage_json: Option<String>,
}

/// What reports of coverage came to.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// For people, to be printed.
    pub text: String,
    /// A threshold that is missed, marks in comments that are wrong: each fails the run.
    pub problems: Vec<Diagnostic>,
}

impl CoverageArgs {
    /// Whether renders are to count: [`Options::count`](crate::Options::count).
    pub fn is_on(&self) -> bool {
        self.coverage || self.coverage_min.is_some() || self.files().next().is_some()
    }

    fn files(&self) -> impl Iterator<Item = (Format, &String)> {
        let html = self.coverage_html.iter().map(|file| (Format::Html, file));
        let lcov = self.coverage_lcov.iter().map(|file| (Format::Lcov, file));
        let cobertura = self.coverage_cobertura.iter().map(|file| (Format::Cobertura, file));
        html.chain(lcov).chain(cobertura).chain(self.coverage_json.iter().map(|file| (Format::Json, file)))
    }

    /// Writes what the flags ask for of a chart in this folder.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn tell(&self, coverage: &Coverage, folder: &str) -> Result<Told, String> {
        for (format, file) in self.files() {
            write(file, &report::print(coverage, format, folder))?;
        }
        let text = if self.coverage { report::print(coverage, Format::Text, folder) } else { String::new() };
        Ok(Told { text, problems: problems(coverage, self.coverage_min, folder) })
    }
}

fn write(file: &str, text: &str) -> Result<(), String> {
    std::fs::write(file, text).map_err(|error| format!("cannot write {file}: {error}"))
}

/// What fails a run: marks that are wrong, a threshold that is missed.
fn problems(coverage: &Coverage, least: Option<f64>, folder: &str) -> Vec<Diagnostic> {
    let mut problems = coverage.problems.clone();
    problems.iter_mut().for_each(|found| matrix::name_on_disk(&coverage.chart, folder, found));
    if let Some(mut found) = least.and_then(|least| coverage.below(least)) {
        found.place.iter_mut().for_each(|place| place.file = matrix::in_chart(folder, &place.file).into());
        problems.push(found);
    }
    problems
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches('%').trim().parse::<f64>().ok();
    let number = number.filter(|number| (0.0..=100.0).contains(number));
    number.ok_or_else(|| "expected a percentage from 0 to 100".to_owned())
}

fn format(text: &str) -> Result<Format, String> {
    text.parse()
}

/// The exit code when something is missing or fails.
const FOUND: u8 = 1;

/// Runs the command.
pub(super) fn run(args: &CoverageCommand) -> Result<(), Failed> {
    let outputs = outputs(args).map_err(Failed::unable)?;
    let mut gathered = lint_input::gather(&as_lint(args)).map_err(Failed::unable)?;
    let cases = gathered.inputs.iter_mut().flat_map(|input| &mut input.cases);
    cases.for_each(|case| case.options.count = true);
    let mut problems = gathered.problems;
    let [input] = gathered.inputs.as_slice() else {
        let why = human::print(&problems);
        let message = "expected one chart; name its folder or archive".to_owned();
        return Err(Failed { details: why, ..Failed::unable(message) });
    };
    let Some(chart) = &input.chart else {
        return Err(Failed::unable("expected a chart, found manifests; name the chart's folder or archive".to_owned()));
    };
    let collector = Collector::new(chart);
    problems.extend(self::cases(chart, input, &collector));
    let mut coverage = if args.with_subcharts { collector.finish_all() } else { collector.finish() };
    for file in &args.add {
        let text = read(file).map_err(Failed::unable)?;
        let other = Coverage::read_json(&String::from_utf8_lossy(&text));
        let other = other.map_err(|why| Failed::unable(format!("{file}: {why}")))?;
        if other.chart != coverage.chart {
            let text = format!("{file}: this is about the chart `{}`, expected `{}`", other.chart, coverage.chart);
            return Err(Failed::unable(text));
        }
        coverage.merge(&other);
    }
    let folder = input.chart_path.as_str();
    problems.extend(self::problems(&coverage, args.min, folder));
    let text = match (args.format, args.all) {
        (None | Some(Format::Text), true) => report::text::print(&coverage, usize::MAX),
        (format, _) => report::print(&coverage, format.unwrap_or(Format::Text), folder),
    };
    for (format, file) in &outputs {
        write(file, &report::print(&coverage, *format, folder)).map_err(Failed::unable)?;
    }
    if outputs.is_empty() {
        output::print(text.as_bytes()).map_err(Failed::unable)?;
    } else {
        let total = coverage.total();
        let line = format!("coverage {} ({}/{})\n", total.shown(), total.taken, total.reachable);
        output::print(line.as_bytes()).map_err(Failed::unable)?;
    }
    let words: Vec<String> = args.color.iter().flat_map(|when| ["--color".to_owned(), when.clone()]).collect();
    let color = Color::read(&words).map_err(Failed::unable)?;
    eprint!("{}", color::paint(&human::print(&problems), color.on_stderr()));
    let is_bad = problems.iter().any(|found| found.severity == Severity::Error);
    match (gathered.is_broken, is_bad) {
        (true, _) => Err(Failed { code: 2, ..String::new().into() }),
        (false, true) => Err(Failed { code: FOUND, ..String::new().into() }),
        (false, false) => Ok(()),
    }
}

fn outputs(args: &CoverageCommand) -> Result<Vec<(Format, String)>, String> {
    let each = args.output.iter().map(|text| {
        let Some((format, file)) = text.split_once('=').filter(|(_, file)| !file.is_empty()) else {
            return Err(format!("invalid --output `{text}`: expected FORMAT=FILE, as in `html=coverage.html`"));
        };
        Ok((format.parse()?, file.to_owned()))
    });
    each.collect()
}

/// The cases are those of `lint`.
fn as_lint(args: &CoverageCommand) -> LintArgs {
    LintArgs {
        inputs: vec![args.chart.clone().unwrap_or_else(|| ".".to_owned())],
        given: args.given.clone(),
        limits: args.limits.clone(),
        release_name: args.release_name.clone(),
        namespace: args.namespace.clone(),
        kube_version: args.kube_version.clone(),
        api_versions: args.api_versions.clone(),
        is_upgrade: args.is_upgrade,
        is_install: args.is_install,
        no_matrix: args.no_matrix,
        toggles: args.toggles.clone(),
        config: args.config.clone(),
        ..LintArgs::default()
    }
}

/// Renders every case, on all cores; what fails that was not expected to.
fn cases(chart: &Compiled, input: &LintInput, collector: &Collector) -> Vec<Diagnostic> {
    let folder = input.chart_path.as_str();
    // What a case has made is gone when it has been counted.
    let bytes = input.cases.len().saturating_mul(parallel::BYTES_PER_THREAD);
    let failed = parallel::map(&input.cases, bytes, |case| {
        let result = chart.render(&case.values, &case.options);
        collector.add_result(&result);
        unexpected(case, result, chart.chart().name(), folder)
    });
    failed.into_iter().flatten().collect()
}

/// What is to be said of a case that came out as nobody expected.
fn unexpected(
    case: &CaseInput,
    result: Result<Rendered, RenderError>,
    chart: &str,
    folder: &str,
) -> Option<Diagnostic> {
    match (result, &case.expect_error) {
        (Ok(_), None) => None,
        (Ok(_), Some(_)) => {
            let text = format!("case `{}` renders, expected is an error", case.name);
            Some(Diagnostic { place: case.expect_place.clone(), ..Diagnostic::error("case-renders", text) })
        }
        (Err(_), None) if case.may_refuse => None,
        (Err(error), Some(text)) if error.to_string().contains(text.as_str()) => None,
        (Err(error), _) => {
            let found =
                error.diagnostics.into_iter().next().unwrap_or_else(|| Diagnostic::error("template-failed", ""));
            let message = format!("case `{}` fails: {}", case.name, found.message);
            let place = found.place.clone().or_else(|| Some(Place::file(folder)));
            let mut found = Diagnostic { message, place, ..found };
            matrix::name_on_disk(chart, folder, &mut found);
            Some(found)
        }
    }
}
