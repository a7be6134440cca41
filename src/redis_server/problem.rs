//! One thing that is wrong with a redis.conf.
//!
//! In: a word or a line of a [`Conf`](super::Conf). Out: a [`Problem`] with its place, that `lint` puts into a file.

use super::conf::{Directive, Word};
use super::rules::Rule;
use crate::diag::Severity;

/// Where in a redis.conf, or in the arguments behind its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize)]
pub struct Spot {
    /// The argument of the program, from 0, when it is in none of the file's lines.
    pub argument: Option<usize>,
    /// Line from 1; 0 with an argument.
    pub line: usize,
    /// Column from 1, in bytes.
    pub column: usize,
    /// Bytes.
    pub length: usize,
    /// Offset of the first byte in the text.
    pub offset: usize,
}

impl Spot {
    /// A word of a line.
    pub(super) fn word(directive: &Directive, word: &Word) -> Spot {
        Spot {
            argument: directive.program_argument,
            line: directive.line,
            column: word.column,
            length: word.length,
            offset: word.offset,
        }
    }

    /// From the name to the last word.
    pub(super) fn line(directive: &Directive) -> Spot {
        let first = &directive.word;
        let end = directive.arguments.last().map_or(first.offset + first.length, |last| last.offset + last.length);
        Spot { length: end.saturating_sub(first.offset), ..Spot::word(directive, first) }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// The id of its [`Rule`].
    pub rule: &'static str,
    /// [`Severity::Error`] when the server refuses to start.
    pub severity: Severity,
    /// Where.
    pub spot: Spot,
    /// What was found and what was expected; never a password.
    pub message: String,
    /// What to do.
    pub fix: String,
}

impl Problem {
    /// A problem of a rule, with the rule's severity and way out.
    pub(super) fn new(rule: &Rule, spot: Spot, message: impl Into<String>) -> Problem {
        Problem { rule: rule.id, severity: rule.severity, spot, message: message.into(), fix: rule.fix.to_owned() }
    }

    /// A way out that knows more than the rule.
    #[must_use]
    pub(super) fn fix(mut self, fix: impl Into<String>) -> Problem {
        self.fix = fix.into();
        self
    }

    /// Less bad than the rule says.
    #[must_use]
    pub(super) fn only(mut self, severity: Severity) -> Problem {
        self.severity = severity;
        self
    }
}
