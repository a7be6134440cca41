//! `test`: suites to outcomes, outcomes to text, and the exit code.

use super::color::{self, Color};
use super::failed::Failed;
use super::output;
use super::post_render::PostRenderer;
use super::test_args::TestArgs;
use crate::release::KubeVersion;
use crate::report::suite as report;
use crate::suite::unit::{self, Outcome, Program, Settings};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The exit code when a test failed, and when something could not be read.
const FAILED: u8 = 1;
const UNREADABLE: u8 = 2;

/// How often files are looked at.
const EVERY: Duration = Duration::from_millis(300);

/// Runs the command.
pub(super) fn run(args: &TestArgs) -> Result<(), Failed> {
    let programs = |program: &Program, input: Vec<u8>| post_render(program, input);
    let settings = settings(args, (!args.no_post_renderer).then_some(&programs)).map_err(Failed::unable)?;
    let color = Color::named(args.color.as_deref().map(plain_color)).map_err(Failed::unable)?;
    if args.watch {
        return watch(args, &settings, color);
    }
    let outcome = unit::run(&args.charts, &settings, None);
    print(args, &outcome, color).map_err(Failed::unable)?;
    let code = code(&outcome);
    // The process ends soon; to give all this memory back piece by piece takes its time.
    std::mem::forget(outcome);
    if code == 0 { Ok(()) } else { Err(Failed { code, ..String::new().into() }) }
}

/// The flag of helm-unittest is true or false.
fn plain_color(word: &str) -> &str {
    match word {
        "true" => "always",
        "false" => "never",
        other => other,
    }
}

fn settings<'s>(args: &TestArgs, post_render: Option<&'s unit::RunProgram>) -> Result<Settings<'s>, String> {
    let is_ci = || std::env::var("CI").is_ok_and(|ci| ci == "true" || ci == "1");
    let invalid = |why| format!("invalid kube version '{}': {why}", args.kube_version);
    let shuffle = match args.shuffle.as_deref() {
        None => None,
        Some("") => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::from(since.subsec_nanos()));
            Some(now)
        }
        Some(text) => Some(text.parse().map_err(|_| format!("`{text}` is no seed: expected a whole number"))?),
    };
    Ok(Settings {
        files: args.file.clone(),
        values: args.values.clone(),
        update: args.update_snapshot,
        ci: args.ci || is_ci(),
        with_subcharts: args.with_subchart,
        strict: args.strict,
        failfast: args.failfast,
        chart_tests_path: args.chart_tests_path.clone(),
        skip_schema: args.skip_schema_validation,
        deny_vacuous: args.deny_vacuous,
        only: args.test.clone(),
        shuffle,
        kube_version: KubeVersion::parse(&args.kube_version).map_err(invalid)?,
        limits: args.limits.apply()?,
        post_render,
    })
}

/// Runs the program that a suite names: the suite is the user's own file, and so is what it runs.
fn post_render(program: &Program, input: Vec<u8>) -> Result<String, String> {
    let Some(found) = PostRenderer::find(std::slice::from_ref(&program.command), &program.arguments)? else {
        return Err("`postRenderer.cmd` is empty".into());
    };
    found.run(input).map_err(|failed| {
        let details = failed.details.trim_end();
        if details.is_empty() { failed.message } else { format!("{}\n{details}", failed.message) }
    })
}

fn print(args: &TestArgs, outcome: &Outcome, color: Color) -> Result<(), String> {
    let root = std::env::current_dir().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default();
    let text = match args.format.as_str() {
        "json" => report::json(outcome),
        "tap" => report::tap(outcome),
        "junit" => report::junit(outcome),
        "github" => report::github(outcome, &root) + &report::summary(outcome),
        _ => color::paint(&report::text(outcome), color.on_stdout()),
    };
    if let Some(file) = &args.output_file {
        let text = match args.output_type.to_lowercase().as_str() {
            "junit" => report::junit(outcome),
            "nunit" => report::nunit(outcome),
            "xunit" => report::xunit(outcome),
            "sonar" => report::sonar(outcome),
            "tap" => report::tap(outcome),
            "json" => report::json(outcome),
            other => return Err(format!("there is no type {other}: JUnit, NUnit, XUnit, Sonar, TAP or JSON")),
        };
        let failed = |error: std::io::Error| format!("cannot write {file}: {error}");
        if let Some(folder) = Path::new(file).parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        std::fs::write(file, text).map_err(failed)?;
    }
    output::print(text.as_bytes())
}

fn code(outcome: &Outcome) -> u8 {
    match () {
        () if outcome.is_broken() => UNREADABLE,
        () if outcome.is_failed() => FAILED,
        () => 0,
    }
}

/// Runs, waits for a change, and runs again, until somebody ends it.
fn watch(args: &TestArgs, settings: &Settings<'_>, color: Color) -> Result<(), Failed> {
    if !std::io::stdout().is_terminal() {
        return Err(Failed::unable("--watch needs a terminal: its output has no end".into()));
    }
    loop {
        let seen = times(args, settings);
        let outcome = unit::run(&args.charts, settings, None);
        output::print(b"\x1b[2J\x1b[H").and_then(|()| print(args, &outcome, color)).map_err(Failed::unable)?;
        // Snapshots that were just written are no change.
        let mut seen = if seen.len() == times(args, settings).len() { seen } else { times(args, settings) };
        let written = times(args, settings);
        seen.extend(written.into_iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "snap")));
        while times(args, settings) == seen {
            std::thread::sleep(EVERY);
        }
    }
}

/// Files that are looked at; more make no chart.
const MOST_FILES: usize = 50_000;

/// When files of charts and suites were changed last.
fn times(args: &TestArgs, settings: &Settings<'_>) -> BTreeMap<PathBuf, Option<SystemTime>> {
    let mut found = BTreeMap::new();
    let mut waiting: Vec<PathBuf> = args.charts.iter().map(PathBuf::from).collect();
    waiting.extend(unit::watched(&args.charts, settings));
    waiting.extend(settings.values.iter().map(PathBuf::from));
    while let Some(path) = waiting.pop() {
        if found.len() > MOST_FILES {
            break;
        }
        let Ok(data) = std::fs::symlink_metadata(&path) else { continue };
        if data.is_dir() {
            waiting.extend(std::fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
        } else {
            found.insert(path, data.modified().ok());
        }
    }
    found
}
