//! Outcomes of suites in the Test Anything Protocol, version 13.

use super::reasons;
use crate::report::human;
use crate::suite::unit::{Outcome, Status};
use std::fmt::Write;

/// The report: a line for each test, and below those that failed, why.
pub fn print(outcome: &Outcome) -> String {
    let mut out = String::from("TAP version 13\n");
    let mut number = 0;
    // A description goes on to the end of its line, or to a sign that means something.
    let plain = |text: &str| text.replace('#', "\\#").replace('\n', " ");
    let below = |out: &mut String, text: &str| text.lines().for_each(|line| out.push_str(&format!("# {line}\n")));
    for chart in &outcome.charts {
        for problem in chart.problems.iter().filter(|problem| problem.severity == crate::diag::Severity::Error) {
            number += 1;
            // Writing to a String cannot fail.
            let _ = writeln!(out, "not ok {number} - {}", plain(&chart.path));
            below(&mut out, &human::print(std::slice::from_ref(problem)));
        }
        for suite in &chart.suites {
            if suite.is_broken() {
                number += 1;
                let _ = writeln!(out, "not ok {number} - {}", plain(&suite.file));
                below(&mut out, &human::print(&suite.problems));
            }
            for test in &suite.tests {
                number += 1;
                let name = format!("{}: {}", plain(&suite.name), plain(&test.name));
                let _ = match test.status {
                    Status::Passed => writeln!(out, "ok {number} - {name}"),
                    Status::Skipped => {
                        writeln!(
                            out,
                            "ok {number} - {name} # SKIP {}",
                            plain(test.reason.as_deref().unwrap_or_default())
                        )
                    }
                    Status::Failed | Status::Errored => writeln!(out, "not ok {number} - {name}"),
                };
                below(&mut out, &reasons(test));
            }
        }
    }
    let _ = writeln!(out, "1..{number}");
    out
}
