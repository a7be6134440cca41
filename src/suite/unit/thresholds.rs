//! What of the chart a suite is to reach: `coverage:`.
//!
//! In: the thresholds of a suite, and what its tests have taken. Out: one more test, which fails for each that is missed.

use super::model::CoverageWanted;
use super::outcome::{Failure, Status, TestOutcome};
use crate::diag::Diagnostic;
use crate::suite::coverage::{Coverage, Group, Tally};
use std::time::Duration;

/// What thresholds may be of.
pub(super) const NAMES: [&str; 6] = ["min", "branches", "operands", "defines", "lines", "values"];

/// Holds what was taken against the thresholds: of the templates that the suite names, or of all.
pub(super) fn judge(wanted: &CoverageWanted, coverage: &Coverage, templates: &[String]) -> TestOutcome {
    let mut coverage = coverage.clone();
    // `service.yaml` and `templates/service.yaml` are the same to suites.
    let names = |path: &str| {
        templates
            .iter()
            .any(|name| path.strip_suffix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('/')))
    };
    if coverage.files.iter().any(|file| names(&file.path)) {
        coverage.files.retain(|file| names(&file.path));
    }
    let missed = wanted.thresholds.iter().filter_map(|(name, least)| {
        let tally = tally(&coverage, name);
        (tally.percent() < *least).then(|| {
            let (shown, taken, reachable) = (tally.shown(), tally.taken, tally.reachable);
            let what = if name == "min" { "branches, operands and defines" } else { name };
            let text = format!("coverage of {what} is {shown} ({taken}/{reachable}), expected at least {least} %");
            let help = "`chartwright test --coverage` lists what no test takes";
            Failure::from(Diagnostic::error("low-coverage", text).at(wanted.place.clone()).help(help))
        })
    });
    let failures: Vec<Failure> = missed.collect();
    TestOutcome {
        name: "coverage".to_owned(),
        place: wanted.place.clone(),
        status: if failures.is_empty() { Status::Passed } else { Status::Failed },
        reason: None,
        failures,
        warnings: Vec::new(),
        duration: Duration::ZERO,
    }
}

fn tally(coverage: &Coverage, name: &str) -> Tally {
    match name {
        "lines" => coverage.lines(),
        "values" => coverage.read(),
        _ => coverage.tally(Group::ALL.into_iter().find(|group| group.name() == name)),
    }
}
