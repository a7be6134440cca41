//! Mistakes of the chart that ours descends from, by row: tests/bugs/ROW holds a small chart that has just that one, and
//! a suite that fails on it and passes on ours.
//!
//! A line that ends in `<- fault`, of the suite or of a template, is where the small chart must fail: there and nowhere
//! else. tests/bugs/README.md says where the rows are shown that no render can show.

use chartwright::report::suite as report;
use chartwright::suite::unit::{self, Outcome, Settings};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const MARK: &str = "<- fault";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The rows with a folder.
fn rows() -> Vec<String> {
    let entries = fs::read_dir(root().join("tests/bugs")).expect("the folder of rows").flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut rows: Vec<String> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    rows.sort();
    rows
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copied(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}

/// A chart with the suites of rows in its tests/, as ROW_test.yaml, and no others.
fn with_suites(chart: &Path, to: &Path, rows: &[String]) {
    copied(chart, to);
    let _ = fs::remove_dir_all(to.join("tests"));
    fs::create_dir_all(to.join("tests")).expect("a folder");
    for row in rows {
        let suite = root().join("tests/bugs").join(row).join("bug_test.yaml");
        fs::copy(&suite, to.join(format!("tests/{row}_test.yaml"))).expect("a suite");
    }
}

fn run(chart: &Path) -> Outcome {
    let settings = Settings { deny_vacuous: true, strict: true, ci: true, ..Settings::default() };
    unit::run(&[chart.to_string_lossy().into_owned()], &settings, None)
}

/// `FILE:LINE` of each mark below a folder.
fn marks(folder: &Path, name: &str, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let (path, name) = (entry.path(), format!("{name}/{}", entry.file_name().to_string_lossy()));
        if path.is_dir() {
            marks(&path, &name, found);
            continue;
        }
        let text = fs::read_to_string(&path).expect("a text");
        let lines = text.lines().enumerate().filter(|(_, line)| line.contains(MARK));
        found.extend(lines.map(|(number, _)| format!("{name}:{}", number + 1)));
    }
}

#[test]
fn s05_each_small_chart_fails_where_its_suite_is_about_its_fault_and_nowhere_else() {
    let rows = rows();
    assert!(rows.len() >= 28, "{rows:?}");
    let mut wrong = Vec::new();
    for row in rows {
        let dir = tempfile::tempdir().expect("a folder");
        let chart = dir.path().join("c");
        with_suites(&root().join("tests/bugs").join(&row).join("chart"), &chart, std::slice::from_ref(&row));
        let mut wanted = BTreeSet::new();
        marks(&chart, "c", &mut wanted);
        let outcome = run(&chart);
        let shown =
            |file: &str| file.rsplit_once("/c/").map_or_else(|| file.to_owned(), |(_, rest)| format!("c/{rest}"));
        let failures = outcome.tests().flat_map(|test| &test.failures);
        let places = failures.filter_map(|failure| failure.diagnostic.place.as_ref());
        let found: BTreeSet<String> = places.map(|place| format!("{}:{}", shown(&place.file), place.line)).collect();
        if outcome.is_broken() || wanted.is_empty() || found != wanted {
            wrong.push(format!("{row}: fails at {found:?}, the marks are at {wanted:?}\n{}", report::text(&outcome)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn s05_our_chart_passes_every_suite_of_a_bug_without_a_vacuous_assertion() {
    let dir = tempfile::tempdir().expect("a folder");
    let chart = dir.path().join("chart");
    let rows = rows();
    with_suites(&root().join("chart"), &chart, &rows);
    let outcome = run(&chart);
    assert!(!outcome.is_broken() && !outcome.is_failed(), "{}", report::text(&outcome));
    assert_eq!(outcome.suites().count(), rows.len());
    let warnings: Vec<_> = outcome.tests().flat_map(|test| &test.warnings).collect();
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[test]
fn s05_every_row_has_a_suite_or_a_line_that_says_what_shows_it() {
    let readme = fs::read_to_string(root().join("tests/bugs/README.md")).expect("the table");
    let told: BTreeSet<&str> = readme.lines().filter_map(|line| line.strip_prefix("| B")?.get(..2)).collect();
    let rows = rows();
    for number in 1..=39 {
        let number = format!("{number:02}");
        let has_suite = rows.contains(&format!("B{number}"));
        assert!(has_suite != told.contains(number.as_str()), "B{number}: a suite or a line of the table, one of both");
    }
    // What the table names is there.
    for name in readme.split('`').skip(1).step_by(2).filter(|name| name.contains('/') && !name.contains(' ')) {
        assert!(root().join(name).exists(), "tests/bugs/README.md names `{name}`");
    }
}
