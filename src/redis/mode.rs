//! How Redis runs: the one table that decides it.
//!
//! In: the text of `mode`, who set it, and `replication.enabled`. Out: a [`Decision`], or the words in which the chart
//! refuses. chart/templates/_mode.tpl decides the same; tests hold the two against each other.

use std::fmt;
use std::str::FromStr;

/// How Redis runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// One pod.
    Standalone,
    /// A master and read replicas.
    Replica,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mode::Standalone => "standalone",
            Mode::Replica => "replica",
        })
    }
}

impl From<Mode> for String {
    fn from(mode: Mode) -> String {
        mode.to_string()
    }
}

/// As a user may write it: in any case, with spaces around.
impl FromStr for Mode {
    type Err = ModeError;

    fn from_str(text: &str) -> Result<Mode, ModeError> {
        decide(text, true, false).map(|decision| decision.mode)
    }
}

/// Why a mode is refused. The words are part of the chart's interface: people search for them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModeError {
    /// `sentinel` or `cluster`.
    #[error(
        "redis.mode={0} is not implemented in this chart. Supported modes: standalone, replica. See \
         values-prod-sentinel.yaml / values-prod-cluster.yaml for alternatives. Use an operator \
         (https://github.com/howl-cloud/redis-operator) or Bitnami's chart {chart} \
         (https://github.com/bitnami/charts/tree/main/bitnami/{chart}).",
        chart = if .0 == "cluster" { "redis-cluster" } else { "redis" }
    )]
    NotHere(String),
    /// Any other word.
    #[error("Unsupported redis.mode={0}. Valid modes: standalone, replica.")]
    Unknown(String),
    /// A user's `standalone` beside `replication.enabled: true`.
    #[error("mode=standalone conflicts with replication.enabled=true. Remove replication.enabled or set mode=replica.")]
    Conflict,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The mode.
    pub mode: Mode,
    /// Whether only `replication.enabled`, which is deprecated, asked for it.
    pub by_deprecated_switch: bool,
}

/// What the text of `mode` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Empty,
    Standalone,
    Replica,
    NotHere,
    Other,
}

#[derive(Debug, Clone, Copy)]
enum Outcome {
    Run(Mode),
    Deprecated,
    NotHere,
    Unknown,
    Conflict,
}

/// A condition of a row: `None` holds for both.
type Either = Option<bool>;

/// Word, `replication.enabled`, set by the user; the first row that holds decides.
const TABLE: &[(Word, Either, Either, Outcome)] = &[
    (Word::NotHere, None, None, Outcome::NotHere),
    (Word::Other, None, None, Outcome::Unknown),
    (Word::Replica, None, None, Outcome::Run(Mode::Replica)),
    (Word::Standalone, Some(true), Some(true), Outcome::Conflict),
    // A default is nobody's wish, so the switch wins over it.
    (Word::Standalone, Some(true), Some(false), Outcome::Deprecated),
    (Word::Standalone, Some(false), None, Outcome::Run(Mode::Standalone)),
    (Word::Empty, Some(true), None, Outcome::Deprecated),
    (Word::Empty, Some(false), None, Outcome::Run(Mode::Standalone)),
];

/// Decides the mode.
///
/// `text` is the value of `mode`, `by_user` whether a user set it (and not a chart's defaults), `replication` the
/// value of `replication.enabled`.
///
/// # Errors
/// `sentinel` and `cluster`, words that are no mode, and a user's `standalone` beside `replication`.
///
/// ```
/// use chartwright::redis::{Mode, decide};
/// assert_eq!(decide(" Replica ", true, false)?.mode, Mode::Replica);
/// assert!(decide("", false, true)?.by_deprecated_switch);
/// assert!(decide("standalone", true, true).is_err());
/// # Ok::<(), chartwright::redis::ModeError>(())
/// ```
pub fn decide(text: &str, by_user: bool, replication: bool) -> Result<Decision, ModeError> {
    // As the template does it: sprig's `trim` takes white space, `lower` all of Unicode.
    let name = text.trim().to_lowercase();
    let word = match name.as_str() {
        "" => Word::Empty,
        "standalone" => Word::Standalone,
        "replica" => Word::Replica,
        "sentinel" | "cluster" => Word::NotHere,
        _ => Word::Other,
    };
    let holds = |condition: &Either, fact: bool| condition.is_none_or(|wanted| wanted == fact);
    let row = TABLE
        .iter()
        .find(|(wanted, enabled, user, _)| *wanted == word && holds(enabled, replication) && holds(user, by_user));
    match row.map(|(_, _, _, outcome)| *outcome) {
        Some(Outcome::Run(mode)) => Ok(Decision { mode, by_deprecated_switch: false }),
        Some(Outcome::Deprecated) => Ok(Decision { mode: Mode::Replica, by_deprecated_switch: true }),
        Some(Outcome::NotHere) => Err(ModeError::NotHere(name)),
        Some(Outcome::Conflict) => Err(ModeError::Conflict),
        // The table is complete, which a test checks; a gap would be told as an unknown mode.
        Some(Outcome::Unknown) | None => Err(ModeError::Unknown(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_exactly_one_row() {
        let words = [Word::Empty, Word::Standalone, Word::Replica, Word::NotHere, Word::Other];
        for word in words {
            for facts in [(false, false), (false, true), (true, false), (true, true)] {
                let holds = |condition: &Either, fact| condition.is_none_or(|wanted| wanted == fact);
                let rows = TABLE.iter().filter(|(w, e, u, _)| *w == word && holds(e, facts.0) && holds(u, facts.1));
                assert_eq!(rows.count(), 1, "{word:?} {facts:?}");
            }
        }
    }
}
