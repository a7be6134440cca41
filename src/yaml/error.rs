//! What goes wrong when YAML or JSON is read, in Go's words.

use std::fmt;

/// A failed decode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The whole message as Go words it. The line in it is sometimes the one before the true one.
    pub message: String,
    /// The true line from 1; 0 when there is none.
    pub line: u32,
}

impl Error {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Error { message: message.into(), line: 0 }
    }

    /// The same error, said of something larger.
    #[must_use]
    pub(super) fn prefixed(mut self, prefix: &str) -> Self {
        self.message.insert_str(0, prefix);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// Who found a syntax problem; that decides which line libyaml's message names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finder {
    /// A byte that is no text: no line.
    Reader,
    /// The scanner names the line itself.
    Scanner,
    /// The parser names the line before.
    Parser,
}

/// A syntax problem at a line counted from 0.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub finder: Finder,
    pub message: &'static str,
    pub line: u32,
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Error {
        let Problem { finder, message, line } = problem;
        let named = match finder {
            Finder::Reader => return Error::new(format!("yaml: {message}")),
            _ if line == 0 => 0,
            Finder::Scanner => line + 1,
            Finder::Parser => line,
        };
        let place = if named == 0 { String::new() } else { format!("line {named}: ") };
        Error { message: format!("yaml: {place}{message}"), line: line + 1 }
    }
}
