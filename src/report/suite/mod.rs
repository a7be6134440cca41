//! Outcomes of suites as text: for people, and for programs that show tests.

mod github;
mod junit;
mod tap;
mod text;
mod xml;

pub use self::github::print as github;
pub use self::junit::print as junit;
pub use self::tap::print as tap;
pub use self::text::{one as suite, print as text, summary};
pub use self::xml::{nunit, sonar, xunit};

use crate::suite::unit::{Failure, Outcome, TestOutcome};

/// Outcomes as JSON.
pub fn json(outcome: &Outcome) -> String {
    // A tree of texts and numbers can always be written.
    let mut text = serde_json::to_string_pretty(outcome).unwrap_or_default();
    text.push('\n');
    text
}

/// All that is said of a failure.
pub(super) fn told(failure: &Failure) -> String {
    let mut text = super::human::print(std::slice::from_ref(&failure.diagnostic));
    if let Some(diff) = &failure.diff {
        diff.lines().for_each(|line| text.push_str(&format!("  {}\n", super::human::visible(line))));
    }
    text
}

/// All that is said of what is wrong with a test.
pub(super) fn reasons(test: &TestOutcome) -> String {
    test.failures.iter().map(told).collect()
}

/// What is wrong with a test, in a line.
pub(super) fn headline(test: &TestOutcome) -> String {
    test.failures
        .first()
        .map(|failure| failure.diagnostic.message.lines().next().unwrap_or_default().to_owned())
        .unwrap_or_default()
}
