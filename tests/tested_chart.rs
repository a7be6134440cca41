//! The example of a chart with suites, snapshots and coverage holds what docs/testing.md says of it.

use chartwright::suite::coverage::Collector;
use chartwright::suite::snapshot;
use chartwright::suite::unit::{self, Settings, Status};
use chartwright::{Compiled, RenderError, Rendered, report};

const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/tested-chart");

#[test]
fn s03_the_example_passes_its_suites_and_snapshots_and_every_branch_is_taken() {
    let compiled = Compiled::load(CHART).expect("the example loads");
    let collector = Collector::new(&compiled);
    let collect = |_: &Compiled, result: Result<&Rendered, &RenderError>| match result {
        Ok(rendered) => collector.add(rendered),
        Err(error) => collector.add_failed(error),
    };
    let settings = Settings { ci: true, deny_vacuous: true, strict: true, ..Settings::default() };
    let outcome = unit::run(&[CHART.to_owned()], &settings, Some(&collect));
    assert!(!outcome.is_broken() && !outcome.is_failed(), "{}", report::suite::text(&outcome));
    // Six tests, and one that a suite's thresholds make.
    assert_eq!(outcome.count(Status::Passed), 7);
    let coverage = collector.finish();
    assert!(coverage.is_at_least(100.0), "{}", report::coverage::text::print(&coverage, usize::MAX));

    let outcome = snapshot::check(CHART).expect("its cases are good");
    assert!(outcome.is_same(), "{}", report::snapshot::text(&outcome));
}

#[test]
fn a_suite_that_reaches_less_than_it_wants_fails_with_what_is_missing() {
    let suite = "suite: s\ntemplates: [ingress.yaml]\ncoverage: {branches: 90, lines: 1}\ntests:\n  - it: t\n    asserts:\n      - hasDocuments: {count: 0}\n";
    let dir = tempfile::tempdir().expect("a folder");
    for part in ["Chart.yaml", "values.yaml", "templates/ingress.yaml", "templates/_names.tpl"] {
        let to = dir.path().join(part);
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        std::fs::copy(format!("{CHART}/{part}"), to).expect("a copy");
    }
    std::fs::create_dir_all(dir.path().join("tests")).expect("a folder");
    std::fs::write(dir.path().join("tests/s_test.yaml"), suite).expect("a suite");
    let outcome = unit::run(&[dir.path().to_string_lossy().into_owned()], &Settings::default(), None);
    let told: Vec<_> = outcome.tests().filter(|test| test.status.is_bad()).flat_map(|test| &test.failures).collect();
    let [missed] = told.as_slice() else { panic!("{}", report::suite::text(&outcome)) };
    assert_eq!(missed.diagnostic.message, "coverage of branches is 25.0 % (1/4), expected at least 90 %");
    assert_eq!(missed.diagnostic.place.as_ref().map(|place| place.line), Some(3));
}
