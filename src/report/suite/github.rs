//! Outcomes of suites as annotations of a GitHub workflow, at the assertions that failed.

use crate::diag::{Diagnostic, Severity};
use crate::report::github::{data, property};
use crate::suite::unit::Outcome;

/// The report; files below `root` are named relative to it.
pub fn print(outcome: &Outcome, root: &str) -> String {
    let mut out = String::new();
    for chart in &outcome.charts {
        chart.problems.iter().for_each(|problem| out.push_str(&line(problem, "", None, root)));
        for suite in &chart.suites {
            suite.problems.iter().for_each(|problem| out.push_str(&line(problem, &suite.name, None, root)));
            for test in &suite.tests {
                let title = format!("{}: {}", suite.name, test.name);
                for failure in &test.failures {
                    out.push_str(&line(&failure.diagnostic, &title, failure.diff.as_deref(), root));
                }
                test.warnings.iter().for_each(|warning| out.push_str(&line(warning, &title, None, root)));
            }
        }
    }
    out
}

fn line(found: &Diagnostic, title: &str, diff: Option<&str>, root: &str) -> String {
    let level = match found.severity {
        Severity::Note => "notice",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let mut properties = Vec::new();
    if let Some(place) = &found.place {
        let below = place.file.strip_prefix(root.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'));
        let file = below.unwrap_or(&place.file).trim_start_matches("./");
        properties.push(format!("file={}", property(file)));
        if place.line > 0 {
            properties.push(format!("line={}", place.line));
        }
    }
    let title = if title.is_empty() { &*found.code } else { title };
    properties.push(format!("title={}", property(title)));
    let mut message = found.message.clone();
    found.calls.iter().for_each(|call| message.push_str(&format!("\n{}: {}", call.place, call.message)));
    diff.into_iter().for_each(|diff| message.push_str(&format!("\n{diff}")));
    format!("::{level} {}::{}\n", properties.join(","), data(&message))
}
