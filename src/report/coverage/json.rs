//! Coverage as JSON: every probe with its counts. Files of several runs can be added up.

use crate::suite::coverage::{Coverage, Tally};
use serde::Serialize;

#[derive(Serialize)]
struct Report<'c> {
    total: Sum,
    #[serde(flatten)]
    coverage: &'c Coverage,
}

/// A tally with its percentage, for those who read no further.
#[derive(Serialize)]
struct Sum {
    #[serde(flatten)]
    tally: Tally,
    percent: f64,
}

/// The coverage as JSON.
pub fn print(coverage: &Coverage) -> String {
    let total = coverage.total();
    let report = Report { total: Sum { tally: total, percent: total.percent() }, coverage };
    let text = serde_json::to_string_pretty(&report).unwrap_or_else(|error| format!("{{\"error\": \"{error}\"}}"));
    text + "\n"
}
