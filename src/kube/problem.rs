//! What is wrong with an object, as data.
//!
//! In: what a check knows. Out: a [`Problem`], and its path in the API server's spelling.

use crate::path::Step;
use crate::value::Origin;
use std::fmt;

/// A minor of Kubernetes 1: `Minor(35)` is 1.35.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minor(pub u8);

impl Minor {
    /// The oldest whose schemas are known.
    pub const OLDEST: Minor = Minor(32);
    /// The newest whose schemas are known.
    pub const NEWEST: Minor = Minor(36);

    /// The nearest minor whose schemas are known.
    #[must_use]
    pub fn known(self) -> Minor {
        self.clamp(Minor::OLDEST, Minor::NEWEST)
    }
}

impl fmt::Display for Minor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.0)
    }
}

/// Something that the API server refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable kebab-case name of the rule.
    pub rule: &'static str,
    /// From the object down; the last steps of a missing field lead nowhere.
    pub path: Vec<Step>,
    /// Where the node was written, or the nearest one above it that exists.
    pub origin: Origin,
    /// What was found and what was expected.
    pub message: String,
    /// What to do, where it is known.
    pub fix: Option<String>,
}

impl Problem {
    /// With what to do.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Problem {
        self.fix = Some(fix.into());
        self
    }
}

/// A path as the API server prints it: `spec.ports[0].name`, `data[bad/key]`.
///
/// A key that cannot be the name of a field stands in brackets; the server puts other keys of maps in brackets too.
pub fn show_path(path: &[Step]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Index(index) => out.push_str(&format!("[{index}]")),
            Step::Key(key) if !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'$') => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(key);
            }
            Step::Key(key) => out.push_str(&format!("[{key}]")),
        }
    }
    out
}
