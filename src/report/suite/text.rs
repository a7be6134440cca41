//! Outcomes of suites for people: a line for each suite, all that is known of each failure, and the numbers at the end.

use super::told;
use crate::report::human;
use crate::suite::unit::{ChartOutcome, Counts, Outcome, Status, SuiteOutcome};
use std::fmt::Write;

/// All charts, and the summary.
pub fn print(outcome: &Outcome) -> String {
    let mut out = String::new();
    for chart in &outcome.charts {
        out.push_str(&head(chart));
        chart.suites.iter().for_each(|suite| out.push_str(&one(suite)));
    }
    out.push_str(&summary(outcome));
    out
}

fn head(chart: &ChartOutcome) -> String {
    let name = if chart.name.is_empty() { String::new() } else { format!(" ({})", chart.name) };
    format!("{}{name}\n{}", chart.path, human::print(&chart.problems))
}

/// A suite with its failures.
pub fn one(suite: &SuiteOutcome) -> String {
    let mut out = String::new();
    let is_skipped = !suite.tests.is_empty() && suite.tests.iter().all(|test| test.status == Status::Skipped);
    let word = match () {
        () if suite.is_broken() => "ERROR",
        () if suite.is_bad() => "FAIL",
        () if is_skipped => "SKIP",
        () => "PASS",
    };
    let name = if suite.name.is_empty() { String::new() } else { format!("  {}", suite.name) };
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{word:<5} {}{name} ({})", suite.file, plural(suite.tests.len(), "test"));
    out.push_str(&indented(&human::print(&suite.problems)));
    for test in &suite.tests {
        match test.status {
            Status::Passed if test.warnings.is_empty() => {}
            Status::Passed => {
                let _ = writeln!(out, "  - {}", test.name);
            }
            Status::Skipped => {
                let _ = writeln!(out, "  - {}: skipped, {}", test.name, test.reason.as_deref().unwrap_or_default());
            }
            Status::Failed | Status::Errored => {
                let _ = writeln!(out, "  x {}", test.name);
            }
        }
        test.failures.iter().for_each(|failure| out.push_str(&indented(&told(failure))));
        out.push_str(&indented(&human::print(&test.warnings)));
    }
    out
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The numbers.
pub fn summary(outcome: &Outcome) -> String {
    let mut out = String::new();
    let numbers = [
        (outcome.count(Status::Failed), "failed"),
        (outcome.count(Status::Errored), "errored"),
        (outcome.count(Status::Skipped), "skipped"),
        (outcome.count(Status::Passed), "passed"),
    ];
    let numbers: Vec<String> = numbers.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let suites = outcome.suites().count();
    let broken = outcome.suites().filter(|suite| suite.is_broken()).count()
        + outcome.charts.iter().filter(|chart| chart.is_broken()).count();
    let _ = writeln!(
        out,
        "\n{} of {} in {:.2}s: {}",
        plural(outcome.tests().count(), "test"),
        plural(suites, "suite"),
        outcome.duration.as_secs_f64(),
        if numbers.is_empty() { "none was run".to_owned() } else { numbers.join(", ") }
    );
    if broken > 0 {
        let _ = writeln!(out, "{} could not be run", plural(broken, "chart or suite").replace("suites", "suite"));
    }
    let sum = |of: fn(&Counts) -> usize| outcome.suites().map(|suite| of(&suite.snapshots)).sum::<usize>();
    let (total, created, obsolete) = (sum(|c| c.total), sum(|c| c.created), sum(|c| c.obsolete));
    if total > 0 || obsolete > 0 {
        let parts = [(created, "new"), (sum(|c| c.failed), "changed"), (obsolete, "obsolete")];
        let parts: String = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!(", {n} {what}")).collect();
        let _ = writeln!(out, "{}{parts}", plural(total, "snapshot"));
    }
    let warnings: usize = outcome.tests().map(|test| test.warnings.len()).sum();
    if warnings > 0 {
        let _ =
            writeln!(out, "{} that cannot fail; `--deny-vacuous` makes errors of them", plural(warnings, "assertion"));
    }
    if let Some(seed) = outcome.shuffled {
        let _ = writeln!(out, "shuffled: `--shuffle={seed}` is the same order once more");
    }
    out
}
