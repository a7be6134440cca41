//! What came of suites, as data.

use super::snapshot::Counts;
use crate::diag::{Diagnostic, Place, Severity};
use std::sync::Arc;
use std::time::Duration;

/// What came of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All assertions hold.
    Passed,
    /// An assertion does not.
    Failed,
    /// The chart could not be rendered with the values of the test.
    Errored,
    /// It was not run, or looked at nothing as it is allowed to.
    Skipped,
}

impl Status {
    /// Whether something is wrong.
    pub fn is_bad(self) -> bool {
        matches!(self, Status::Failed | Status::Errored)
    }
}

/// Why a test failed.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Failure {
    /// The assertion and what speaks against it; the rendered lines, the template and the values behind them.
    pub diagnostic: Diagnostic,
    /// What was expected and what is there, line by line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Failure { diagnostic, diff: None }
    }
}

/// A test that was run.
#[derive(Debug, Clone, serde::Serialize)]
pub struct TestOutcome {
    /// Its name, `it:`.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// What came of it.
    pub status: Status,
    /// Why it was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
    /// What is suspicious: assertions that cannot fail.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Diagnostic>,
    /// How long it took.
    #[serde(serialize_with = "seconds")]
    pub duration: Duration,
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

/// A suite that was run.
#[derive(Debug, Clone, serde::Serialize)]
pub struct SuiteOutcome {
    /// Its name, `suite:`.
    pub name: String,
    /// Its file.
    pub file: Arc<str>,
    /// Why none of it was run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// The tests that were run, in order.
    pub tests: Vec<TestOutcome>,
    /// What is wrong with the suite itself, or suspicious in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Diagnostic>,
    /// Its snapshots.
    pub snapshots: Counts,
}

impl SuiteOutcome {
    /// Whether the suite itself could not be run.
    pub fn is_broken(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// Whether a test failed, or the suite could not be run.
    pub fn is_bad(&self) -> bool {
        self.is_broken() || self.tests.iter().any(|test| test.status.is_bad())
    }
}

/// A chart whose suites were run.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ChartOutcome {
    /// Its name; empty where it could not be read.
    pub name: String,
    /// Where it is.
    pub path: String,
    /// Its suites, in order.
    pub suites: Vec<SuiteOutcome>,
    /// What is wrong with the chart, or with finding its suites.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Diagnostic>,
}

impl ChartOutcome {
    /// Whether the chart could not be read.
    pub fn is_broken(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }
}

/// All that was run.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Outcome {
    /// The charts, in order.
    pub charts: Vec<ChartOutcome>,
    /// The seed of the order, where it was drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shuffled: Option<u64>,
    /// How long all of it took.
    #[serde(serialize_with = "seconds")]
    pub duration: Duration,
}

impl Outcome {
    /// Every suite, in order.
    pub fn suites(&self) -> impl Iterator<Item = &SuiteOutcome> {
        self.charts.iter().flat_map(|chart| &chart.suites)
    }

    /// Every test, in order.
    pub fn tests(&self) -> impl Iterator<Item = &TestOutcome> {
        self.suites().flat_map(|suite| &suite.tests)
    }

    /// How many tests came out so.
    pub fn count(&self, status: Status) -> usize {
        self.tests().filter(|test| test.status == status).count()
    }

    /// Whether a chart or a suite could not be read.
    pub fn is_broken(&self) -> bool {
        self.charts.iter().any(ChartOutcome::is_broken) || self.suites().any(SuiteOutcome::is_broken)
    }

    /// Whether a test failed.
    pub fn is_failed(&self) -> bool {
        self.tests().any(|test| test.status.is_bad())
    }
}
