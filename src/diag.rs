//! Bad news as data: one shape for errors, warnings and findings.
//!
//! In: what a room knows (a message, a place). Out: a [`Diagnostic`] that `report` prints.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// How bad it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Probably wrong; the run goes on.
    Warning,
    /// The run has failed.
    Error,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema)]
pub struct Place {
    /// The file as its user knows it (`redis/templates/service.yaml`, `values.yaml`).
    pub file: Arc<str>,
    /// Line from 1; 0 when only the file is known.
    pub line: u32,
    /// Column from 1 in bytes; 0 when unknown.
    pub column: u32,
    /// How many bytes of the line are meant, from the column on; 0 when only the begin is known.
    pub length: u32,
    /// The text of that line, where it was at hand.
    pub excerpt: Option<String>,
}

impl Place {
    /// A line and column of a file, and the text of the line.
    pub fn new(file: impl Into<Arc<str>>, line: u32, column: u32, excerpt: Option<String>) -> Self {
        Place { line, column, excerpt, ..Place::file(file) }
    }

    /// A whole file.
    pub fn file(file: impl Into<Arc<str>>) -> Self {
        Place { file: file.into(), line: 0, column: 0, length: 0, excerpt: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if self.column > 0 {
            write!(f, ":{}", self.column)?;
        }
        Ok(())
    }
}

/// A place that has to do with the trouble, and what it has to do with it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Related {
    /// What happens there: "includes `c.labels`", "`port` is set here".
    pub message: String,
    /// Where.
    pub place: Place,
}

/// Some lines of a text that is in no file: of what a template wrote.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Window {
    /// What the lines are of.
    pub title: String,
    /// The number of the first line.
    pub first: u32,
    /// The lines; what may be secret in them is replaced by `***`.
    pub lines: Vec<String>,
    /// The number of the line that is meant.
    pub marked: u32,
}

/// One piece of bad news.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Diagnostic {
    /// Stable kebab-case name of the kind of trouble; of a finding, the rule.
    pub code: Cow<'static, str>,
    /// How bad it is.
    pub severity: Severity,
    /// What was found and what was expected; Helm's words where Helm has words.
    pub message: String,
    /// Where, when known.
    pub place: Option<Place>,
    /// What to do next.
    pub help: Option<String>,
    /// Calls on the way to the place, innermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Related>,
    /// Other places that matter: who set the values it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
    /// Lines of rendered text around the trouble.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Further facts.
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// An error of kind `code`.
    pub fn error(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Diagnostic {
            code: code.into(),
            severity: Severity::Error,
            message: message.into(),
            place: None,
            help: None,
            calls: Vec::new(),
            related: Vec::new(),
            window: None,
            notes: Vec::new(),
        }
    }

    /// A warning of kind `code`.
    pub fn warning(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, message) }
    }

    /// Puts the place on.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Puts the way out on.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
