//! What goes wrong in a render, in Helm's words and with a place.

use super::RenderedFile;
use crate::diag::{Diagnostic, Place};
use crate::eval::EvalError;
use crate::manifest::ManifestError;
use crate::source::Source;
use crate::template::ParseError;
use crate::values::PrepareError;
use bytes::Bytes;
use std::sync::Arc;

/// A template that failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// Helm's text.
    pub message: String,
    /// The same as data, with the innermost place.
    pub diagnostic: Diagnostic,
}

/// Everything that went wrong in one render.
#[derive(Debug, Clone)]
pub struct RenderError {
    message: String,
    /// Whether Helm has texts to show with `--debug` and says so.
    debuggable: bool,
    /// What the errors are, in the order in which Helm would meet them; never empty.
    pub diagnostics: Vec<Diagnostic>,
    /// Warnings from before the failure.
    pub warnings: Vec<Diagnostic>,
    /// The files that were rendered, when only reading them failed.
    pub files: Vec<RenderedFile>,
}

impl RenderError {
    fn new(message: String, diagnostics: Vec<Diagnostic>, debuggable: bool) -> Self {
        RenderError { message, debuggable, diagnostics, warnings: Vec::new(), files: Vec::new() }
    }

    /// Failures of templates; the first is the one that Helm reports.
    pub(super) fn templates(failures: Vec<Failure>) -> Self {
        let message = failures.first().map(|failure| failure.message.clone()).unwrap_or_default();
        let diagnostics = failures.into_iter().map(|failure| failure.diagnostic).collect();
        RenderError::new(message, diagnostics, true)
    }

    /// A rendered text that is no YAML.
    pub(super) fn manifest(error: &ManifestError, files: Vec<RenderedFile>) -> Self {
        let diagnostic = Diagnostic::error("bad-manifest", error.to_string()).at(Place::file(Arc::clone(&error.path)));
        RenderError { files, ..RenderError::new(error.to_string(), vec![diagnostic], true) }
    }

    pub(super) fn with_warnings(mut self, warnings: &[Diagnostic]) -> Self {
        self.warnings = warnings.to_vec();
        self
    }

    /// The line that `helm template` prints after `Error: `.
    pub fn helm_text(&self) -> String {
        let hint = if self.debuggable { "\n\nUse --debug flag to render out invalid YAML" } else { "" };
        format!("{}{hint}", self.message)
    }
}

impl std::fmt::Display for RenderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RenderError {}

impl From<PrepareError> for RenderError {
    fn from(error: PrepareError) -> Self {
        let debuggable = matches!(error, PrepareError::KubeVersion { .. });
        let code = match error {
            PrepareError::NotInstallable(_) => "not-installable",
            PrepareError::MissingDependencies(_) => "missing-dependencies",
            PrepareError::Dependencies(_) | PrepareError::Coalesce(_) => "bad-values",
            PrepareError::Schema { .. } => "schema-violation",
            PrepareError::KubeVersion { .. } => "kube-version",
        };
        let mut diagnostic = Diagnostic::error(code, error.to_string());
        let message = diagnostic.message.clone();
        if let PrepareError::Schema { notes, .. } = error {
            diagnostic.notes = notes;
        }
        RenderError::new(message, vec![diagnostic], debuggable)
    }
}

/// A place in a source, with the text of its line.
fn place(source: &Source, offset: usize) -> Place {
    let (line, column) = source.line_column(offset);
    Place {
        file: Arc::clone(&source.name),
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX),
        excerpt: Some(String::from_utf8_lossy(source.line(line)).into_owned()),
    }
}

impl Failure {
    /// A syntax error. Helm keeps only what follows the last colon.
    pub(super) fn parse(error: &ParseError, text: &Bytes) -> Self {
        let reason = error.message.rsplit(": ").next().unwrap_or_default();
        let message = format!("parse error at ({}:{}): {reason}", error.name, error.line);
        let source = Source { name: Arc::clone(&error.name), text: text.clone() };
        let excerpt = Some(String::from_utf8_lossy(source.line(error.line as usize)).into_owned());
        let place = Place { file: Arc::clone(&error.name), line: error.line, column: error.column, excerpt };
        Failure { message, diagnostic: Diagnostic::error("syntax-error", error.message.clone()).at(place) }
    }

    /// A failure at run time, told as Helm tells it.
    pub(super) fn execution(file: &str, error: &EvalError) -> Self {
        let message = helm_message(file, error);
        let reason = error.reason.replace(crate::eval::WARN_START, "").replace(crate::eval::WARN_END, "");
        let mut diagnostic = Diagnostic::error("template-failed", reason);
        if let Some((source, offset)) = &error.place {
            diagnostic = diagnostic.at(place(source, *offset as usize));
        }
        diagnostic.notes = error.chain().filter_map(|text| Traced::read(&text)).map(|t| t.summary()).skip(1).collect();
        Failure { message, diagnostic }
    }
}

/// Helm takes Go's one long line apart into a trace of several lines.
fn helm_message(file: &str, error: &EvalError) -> String {
    let whole = error.message();
    let mut tokens = whole.splitn(3, ": ");
    let (Some(_), Some(location), Some(rest)) = (tokens.next(), tokens.next(), tokens.next()) else {
        return format!("execution error in ({file}): {whole}");
    };
    if let (Some(start), Some(end)) = (rest.find(crate::eval::WARN_START), rest.rfind(crate::eval::WARN_END)) {
        let from = start + crate::eval::WARN_START.len();
        if from <= end {
            return format!("execution error at ({location}): {}", &rest[from..end]);
        }
    }
    let mut lines: Vec<Traced> = Vec::new();
    for text in error.chain() {
        let Some(traced) = Traced::read(&text) else { return whole };
        if lines.last() != Some(&traced) {
            lines.push(traced);
        }
    }
    let text: String = lines.iter().map(Traced::print).collect();
    text.trim().to_owned()
}

/// One level of Helm's trace.
#[derive(PartialEq)]
struct Traced {
    location: String,
    executing: String,
    message: String,
}

impl Traced {
    /// Reads a Go template error; `None` when it is none.
    fn read(text: &str) -> Option<Traced> {
        let rest = text.strip_prefix("template: ")?;
        let none = String::new;
        if rest.starts_with("no template ") {
            return Some(Traced { location: none(), executing: none(), message: text.to_owned() });
        }
        let cut = |message: &str| message.split(" template:").next().unwrap_or_default().to_owned();
        if let Some(traced) = Traced::executing(rest, cut) {
            return Some(traced);
        }
        let (location, message) = rest.rsplit_once(": ")?;
        Some(Traced { location: location.to_owned(), executing: none(), message: cut(message) })
    }

    fn executing(rest: &str, cut: impl Fn(&str) -> String) -> Option<Traced> {
        let (location, after) = rest.split_once(": executing ")?;
        let (name, after) = after.strip_prefix('"')?.split_once('"')?;
        let (node, message) = after.strip_prefix(" at <")?.split_once(">: ")?;
        Some(Traced {
            location: location.to_owned(),
            executing: format!("executing \"{name}\" at <{node}>:"),
            message: cut(message),
        })
    }

    fn print(&self) -> String {
        let mut text = String::new();
        if !self.location.is_empty() {
            text.push_str(&format!("{}\n  ", self.location));
        }
        if !self.executing.is_empty() {
            text.push_str(&format!("{}\n    ", self.executing));
        }
        if !self.message.is_empty() {
            text.push_str(&format!("{}\n", self.message));
        }
        text
    }

    fn summary(&self) -> String {
        format!("{} {} {}", self.location, self.executing, self.message).trim().to_owned()
    }
}
