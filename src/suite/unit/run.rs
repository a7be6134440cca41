//! Finds, reads and runs the suites of charts.

use super::job::{Ran, Runner};
use super::model::Suite;
use super::outcome::{ChartOutcome, Outcome, SuiteOutcome};
use super::read::{self, Origin, ReadFile};
use super::snapshot::{File, Kept};
use super::subcharts::{self, Place as ChartPlace};
use super::values::Files;
use super::{Collect, DEFAULT_PATTERN, Settings, files};
use crate::chart::Chart;
use crate::diag::{Diagnostic, Place, Severity};
use crate::parallel;
use crate::release::Release;
use crate::render::{Compiled, Options};
use crate::source::lossy;
use crate::values::Values;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Runs the suites of charts: folders, or packed charts, which have none below charts/. `collect` is handed every render.
pub fn run(charts: &[String], settings: &Settings<'_>, collect: Option<&Collect<'_>>) -> Outcome {
    let began = Instant::now();
    let mut outcome = Outcome { shuffled: settings.shuffle, ..Outcome::default() };
    for path in charts {
        let of_chart = run_chart(path, settings, collect);
        let is_over = settings.failfast && (of_chart.is_broken() || of_chart.suites.iter().any(SuiteOutcome::is_bad));
        outcome.charts.push(of_chart);
        if is_over {
            break;
        }
    }
    outcome.duration = began.elapsed();
    outcome
}

/// The files of suites of charts, to be watched.
pub fn watched(charts: &[String], settings: &Settings<'_>) -> Vec<PathBuf> {
    let of_chart = |path: &String| match Chart::load(path) {
        Ok(chart) => subcharts::places(&chart, path, settings)
            .iter()
            .flat_map(|place| files::find(&place.path, &patterns(settings)))
            .collect(),
        Err(_) => Vec::new(),
    };
    charts.iter().flat_map(of_chart).collect()
}

fn patterns(settings: &Settings<'_>) -> Vec<String> {
    if settings.files.is_empty() { vec![DEFAULT_PATTERN.to_owned()] } else { settings.files.clone() }
}

/// A suite to run, or what was found in a file that has none.
struct Entry {
    suite: Suite,
    problems: Vec<Diagnostic>,
    is_bad: bool,
}

fn run_chart(path: &str, settings: &Settings<'_>, collect: Option<&Collect<'_>>) -> ChartOutcome {
    let mut outcome =
        ChartOutcome { name: String::new(), path: path.to_owned(), suites: Vec::new(), problems: Vec::new() };
    let compiled = match Compiled::load(path) {
        Ok(compiled) => compiled,
        Err(error) => {
            let found = Diagnostic::error("bad-chart", format!("the chart cannot be read: {error}"));
            outcome.problems.push(found.at(Place::file(path)));
            return outcome;
        }
    };
    compiled.chart().name().clone_into(&mut outcome.name);
    let mut entries = Vec::new();
    for place in subcharts::places(compiled.chart(), path, settings) {
        gather(&place, settings, &mut entries, &mut outcome.problems);
    }
    if entries.is_empty() && outcome.problems.is_empty() {
        let patterns = patterns(settings).join(", ");
        let text = format!("the chart has no suites: nothing fits {patterns}");
        outcome.problems.push(Diagnostic::warning("no-suites", text).at(Place::file(path)));
    }
    let mut order: Vec<usize> = (0..entries.len()).collect();
    let mut random = settings.shuffle.map(ChaCha20Rng::seed_from_u64);
    if let Some(random) = &mut random {
        shuffle(&mut order, random);
    }
    let jobs: Vec<(Entry, Vec<usize>)> = {
        let mut entries: Vec<Option<Entry>> = entries.into_iter().map(Some).collect();
        let taken = order.into_iter().filter_map(|index| entries.get_mut(index).and_then(Option::take));
        taken
            .map(|entry| {
                let mut tests = chosen(&entry.suite, settings);
                if let Some(random) = &mut random {
                    shuffle(&mut tests, random);
                }
                (entry, tests)
            })
            .collect()
    };
    let files = Files::default();
    let one =
        |(entry, tests): &(Entry, Vec<usize>)| run_suite(&compiled, path, entry, tests, settings, collect, &files);
    let threads = if settings.failfast { 1 } else { *parallel::CORES };
    parallel::in_order(&jobs, threads, one, |_, of_suite| {
        let is_over = settings.failfast && of_suite.is_bad();
        let is_shown = !of_suite.tests.is_empty() || !of_suite.problems.is_empty() || settings.only.is_empty();
        outcome.suites.extend(is_shown.then_some(of_suite));
        if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    outcome
}

/// The tests that are wanted.
fn chosen(suite: &Suite, settings: &Settings<'_>) -> Vec<usize> {
    let is_wanted = |name: &str| {
        settings.only.is_empty()
            || settings.only.iter().any(|wanted| name.contains(wanted) || suite.name.contains(wanted))
    };
    (0..).zip(&suite.tests).filter(|(_, test)| is_wanted(&test.name)).map(|(index, _)| index).collect()
}

fn shuffle<T>(items: &mut [T], random: &mut ChaCha20Rng) {
    for last in (1..items.len()).rev() {
        let other = usize::try_from(random.next_u64() % (last as u64 + 1)).unwrap_or(0);
        items.swap(last, other);
    }
}

/// Reads the suites of one chart of the tree.
fn gather(place: &ChartPlace, settings: &Settings<'_>, entries: &mut Vec<Entry>, problems: &mut Vec<Diagnostic>) {
    for path in files::find(&place.path, &patterns(settings)) {
        let shown: Arc<str> = path.to_string_lossy().into();
        let origin = Origin {
            shown: Arc::clone(&shown),
            path: &path,
            route: &place.route,
            is_rendered: false,
            strict: settings.strict,
        };
        match std::fs::read(&path) {
            Ok(text) => add(read::read(&lossy(&text), &origin), &origin, entries),
            Err(error) => {
                let found = Diagnostic::error("bad-suite", format!("the suite cannot be read: {error}"));
                let file = ReadFile { problems: vec![found.at(Place::file(shown))], ..ReadFile::default() };
                add(file, &origin, entries);
            }
        }
    }
    let Some(below) = &settings.chart_tests_path else { return };
    let folder = Path::new(&place.path).join(below);
    if folder.exists()
        && let Err(message) = rendered(&folder, place, settings, entries)
    {
        problems.push(Diagnostic::error("bad-suite", message).at(Place::file(folder.to_string_lossy())));
    }
}

/// Suites that a chart of tests renders.
fn rendered(
    folder: &Path,
    place: &ChartPlace,
    settings: &Settings<'_>,
    entries: &mut Vec<Entry>,
) -> Result<(), String> {
    let compiled = Compiled::load(folder).map_err(|error| format!("the chart of tests cannot be read: {error}"))?;
    let release = Release { name: "TEST-SUITE-RELEASE".into(), namespace: "NAMESPACE".into(), ..Release::default() };
    let options = Options { release, limits: settings.limits, skip_trace: true, ..Options::default() };
    let rendered = compiled
        .render_bare(&Values::default(), &options)
        .map_err(|stopped| format!("the chart of tests does not render: {}", stopped.error))?;
    let mut files: Vec<_> = rendered.files.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    for file in files {
        let below = file.path.strip_prefix(compiled.chart().name()).unwrap_or(&file.path).trim_start_matches('/');
        let path = folder.join(below);
        let shown: Arc<str> = path.to_string_lossy().into();
        let origin = Origin { shown, path: &path, route: &place.route, is_rendered: true, strict: settings.strict };
        let mut read = read::read(&file.text, &origin);
        if read.suites.is_empty() && read.problems.is_empty() {
            let found = Diagnostic::error("bad-suite", "the template renders no suite");
            read.problems.push(found.at(Place::file(Arc::clone(&origin.shown))));
        }
        add(read, &origin, entries);
    }
    Ok(())
}

fn add(file: ReadFile, origin: &Origin<'_>, entries: &mut Vec<Entry>) {
    let is_bad = file.is_bad();
    let ReadFile { suites, mut problems } = file;
    if is_bad || suites.is_empty() {
        // Of a file with an error none is run: it says something else than what is meant.
        if !problems.is_empty() {
            let name = suites.into_iter().next().map(|suite| suite.name).unwrap_or_default();
            let suite = Suite { name, file: Arc::clone(&origin.shown), ..Suite::default() };
            entries.push(Entry { suite, problems, is_bad: true });
        }
        return;
    }
    for suite in suites {
        entries.push(Entry { suite, problems: std::mem::take(&mut problems), is_bad: false });
    }
}

fn run_suite(
    compiled: &Compiled,
    chart_path: &str,
    entry: &Entry,
    tests: &[usize],
    settings: &Settings<'_>,
    collect: Option<&Collect<'_>>,
    files: &Files,
) -> SuiteOutcome {
    let suite = &entry.suite;
    let mut outcome = SuiteOutcome {
        name: suite.name.clone(),
        file: Arc::clone(&suite.file),
        skipped: suite.skip.clone(),
        tests: Vec::new(),
        problems: entry.problems.clone(),
        snapshots: Default::default(),
    };
    if entry.is_bad {
        return outcome;
    }
    let snapshots = match File::read(&suite.snapshots, &suite.file) {
        Ok(file) => file,
        Err(found) => {
            outcome.problems.push(*found);
            return outcome;
        }
    };
    let runner = Runner { compiled, chart_path, settings, collect, files, snapshots: Some(&snapshots) };
    let Ran { tests, current, counts, is_whole } = runner.run(suite, tests);
    outcome.tests = tests;
    outcome.snapshots = counts;
    if let Err(message) = store(&snapshots, current, is_whole, settings, &mut outcome) {
        outcome.problems.push(Diagnostic::error("bad-snapshot", message).at(Place::file(Arc::clone(&snapshots.shown))));
    }
    if settings.deny_vacuous {
        // What nothing reads asserts nothing.
        let unread = outcome.problems.iter_mut().filter(|problem| problem.code == "unknown-field");
        unread.for_each(|problem| problem.severity = Severity::Error);
    }
    outcome
}

/// Writes the snapshots, where there is anything new: with `update` as they are now, else those that were not there yet,
/// without those that no assertion asks for any more. In CI nothing is written unasked.
fn store(
    file: &File,
    mut current: Kept,
    is_whole: bool,
    settings: &Settings<'_>,
    outcome: &mut SuiteOutcome,
) -> Result<(), String> {
    let is_asked = |test: &String, number: &u32| current.get(test).is_some_and(|numbers| numbers.contains_key(number));
    let kept =
        file.kept.iter().flat_map(|(test, numbers)| numbers.iter().map(move |(number, text)| (test, number, text)));
    let obsolete: Vec<_> = kept.filter(|(test, number, _)| !is_asked(test, number)).collect();
    if is_whole {
        outcome.snapshots.obsolete = obsolete.len();
    } else {
        // Only some tests were run: the others' snapshots stay.
        let all: Vec<(String, u32, String)> =
            obsolete.into_iter().map(|(test, number, text)| (test.clone(), *number, text.clone())).collect();
        for (test, number, text) in all {
            current.entry(test).or_default().insert(number, text);
        }
    }
    if current == file.kept || settings.ci && !settings.update {
        return Ok(());
    }
    file.write(&current)
}
