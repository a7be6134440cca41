//! What goes wrong in a render, in Helm's words and with a place.

use super::RenderedFile;
use super::explain::Explain;
use crate::diag::{Diagnostic, Place, Related, Window};
use crate::eval::probes::Hits;
use crate::eval::trace::Caller;
use crate::eval::{EvalError, TPL_NAME, TemplateSet};
use crate::funcs;
use crate::manifest::ManifestError;
use crate::nearest::nearest;
use crate::secrets;
use crate::source::{Source, Span};
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
    /// The text before Helm 4 took Go's one long line apart.
    pub(super) one_line: String,
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
    /// Which ways the templates went until then, with [`Options::count`](super::Options::count); nothing where the
    /// values were refused before.
    pub hits: Option<Arc<Hits>>,
}

impl RenderError {
    fn new(message: String, diagnostics: Vec<Diagnostic>, debuggable: bool) -> Self {
        RenderError { message, debuggable, diagnostics, warnings: Vec::new(), files: Vec::new(), hits: None }
    }

    /// Failures of templates; the first is the one that Helm reports.
    pub(super) fn templates(failures: Vec<Failure>) -> Self {
        let message = failures.first().map(|failure| failure.message.clone()).unwrap_or_default();
        let diagnostics = failures.into_iter().map(|failure| failure.diagnostic).collect();
        RenderError::new(message, diagnostics, true)
    }

    /// Templates that failed and rendered texts that are no YAML, in Helm's order, of which the
    /// first is the error it reports. It shows the texts if every template gave one.
    pub(super) fn run(failures: Vec<Failure>, manifests: Vec<Failure>, files: Vec<RenderedFile>) -> Self {
        let files = if failures.is_empty() { files } else { Vec::new() };
        let error = RenderError::templates(failures.into_iter().chain(manifests).collect());
        RenderError { files, ..error }
    }

    pub(super) fn with_warnings(mut self, warnings: &[Diagnostic]) -> Self {
        self.warnings = warnings.to_vec();
        self
    }

    pub(super) fn with_hits(mut self, hits: Option<Arc<Hits>>) -> Self {
        self.hits = hits;
        self
    }

    /// The same without these texts, wherever they stand.
    pub(super) fn without(mut self, texts: &[String]) -> Self {
        if texts.is_empty() {
            return self;
        }
        let hide = |text: &mut String| *text = secrets::without(std::mem::take(text), texts);
        hide(&mut self.message);
        for found in &mut self.diagnostics {
            hide(&mut found.message);
            found.help.iter_mut().chain(&mut found.notes).for_each(hide);
            let related = found.calls.iter_mut().chain(&mut found.related);
            let places = related.map(|related| {
                hide(&mut related.message);
                &mut related.place
            });
            places.chain(&mut found.place).filter_map(|place| place.excerpt.as_mut()).for_each(hide);
            found.window.iter_mut().flat_map(|window| &mut window.lines).for_each(hide);
        }
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
            PrepareError::Dependencies(_) | PrepareError::Coalesce { .. } => "bad-values",
            PrepareError::Schema { .. } => "schema-violation",
            PrepareError::KubeVersion { .. } => "kube-version",
        };
        let mut diagnostic = Diagnostic::error(code, error.to_string());
        let message = diagnostic.message.clone();
        match error {
            PrepareError::Schema { related, .. } => diagnostic.related = related,
            PrepareError::Coalesce { help, related, .. } => {
                diagnostic.help = Some(help);
                diagnostic.related = related;
            }
            _ => {}
        }
        RenderError::new(message, vec![diagnostic], debuggable)
    }
}

/// A place in a source, with the text of its line. The text of a `tpl` may come out of the values:
/// only its actions are shown.
pub(super) fn place(source: &Source, offset: usize) -> Place {
    let mut place = source.place(Span::new(offset, offset));
    if &*source.name == TPL_NAME {
        place.excerpt = Some(actions(source.line(place.line as usize)));
    }
    place
}

/// A line in which all that stands outside of actions is dots.
fn actions(line: &[u8]) -> String {
    let mut shown = Vec::with_capacity(line.len());
    let mut inside = false;
    for (i, byte) in line.iter().enumerate() {
        inside |= line.get(i..).is_some_and(|rest| rest.starts_with(b"{{"));
        shown.push(if inside || byte.is_ascii_whitespace() { *byte } else { b'.' });
        inside &= !line.get(..=i).is_some_and(|before| before.ends_with(b"}}"));
    }
    String::from_utf8_lossy(&shown).into_owned()
}

impl Failure {
    /// A syntax error. Helm keeps only what follows the last colon.
    pub(super) fn parse(error: &ParseError, text: &Bytes) -> Self {
        let reason = error.message.rsplit(": ").next().unwrap_or_default();
        let message = format!("parse error at ({}:{}): {reason}", error.name, error.line);
        let source = Source::new(Arc::clone(&error.name), text.clone());
        let excerpt = Some(String::from_utf8_lossy(source.line(error.line as usize)).into_owned());
        let place = Place::new(Arc::clone(&error.name), error.line, error.column, excerpt);
        let mut diagnostic = Diagnostic::error("syntax-error", error.message.clone()).at(place);
        if error.message == "unexpected EOF"
            && let Some((line, opening)) = unclosed(text)
        {
            diagnostic.help = Some(format!("`{opening}` in line {line} has no `{{{{ end }}}}`"));
        }
        let unknown = error.message.strip_prefix("function \"").and_then(|rest| rest.strip_suffix("\" not defined"));
        let names = funcs::table().rows().iter().map(|row| row.name);
        if let Some(near) = unknown.and_then(|name| nearest(name, names)) {
            diagnostic.help = Some(format!("did you mean `{near}`?"));
        }
        Failure { one_line: message.clone(), message, diagnostic }
    }

    /// A failure at run time, told as Helm tells it.
    pub(super) fn execution(file: &str, error: &EvalError, set: &TemplateSet, explain: Option<&Explain<'_>>) -> Self {
        let message = helm_message(file, error);
        let reason = error.reason.replace(crate::eval::WARN_START, "").replace(crate::eval::WARN_END, "");
        let mut diagnostic = Diagnostic::error("template-failed", reason);
        if let Some((source, offset)) = &error.place {
            diagnostic = diagnostic.at(place(source, *offset as usize));
        }
        diagnostic.calls = calls(&error.calls);
        if let Some(explain) = explain {
            explain.explain(error.seen.as_deref().unwrap_or_default(), &mut diagnostic);
        }
        if let Some(near) = unknown_template(&diagnostic.message).and_then(|name| nearest(&name, set.names())) {
            diagnostic.help = Some(format!("did you mean {near:?}?"));
        }
        let one_line = if message.starts_with(EXECUTION) { message.clone() } else { error.message() };
        Failure { message, diagnostic, one_line }
    }

    /// A rendered document that is no manifest, told as Helm tells it.
    pub(super) fn manifest(
        error: &ManifestError,
        document: &str,
        secrets: &[String],
        written: Option<(Place, Vec<Related>)>,
    ) -> Self {
        let message = error.to_string();
        let mut diagnostic = Diagnostic::error("bad-manifest", message.clone());
        diagnostic.place = Some(Place::file(Arc::clone(&error.path)));
        if let Some((place, calls)) = written {
            diagnostic.place = Some(place);
            diagnostic.calls = calls;
        }
        diagnostic.window = window(error, document, secrets);
        Failure { one_line: message.clone(), message, diagnostic }
    }

    /// Whether it may only be so because a file that defines templates could not be read.
    pub(super) fn lacks_template(&self) -> bool {
        unknown_template(&self.diagnostic.message).is_some()
    }
}

/// The last action of a text that opens what is never closed, and its line.
fn unclosed(text: &[u8]) -> Option<(usize, String)> {
    let text = String::from_utf8_lossy(text);
    let (mut open, mut at) = (Vec::new(), 0);
    while let Some(start) = text.get(at..)?.find("{{").map(|start| at + start) {
        let inside = text.get(start + 2..)?.trim_start_matches(['-', ' ', '\t', '\n', '\r']);
        let close = if inside.starts_with("/*") { "*/" } else { "}}" };
        let Some(end) = text.get(start..)?.find(close).map(|end| start + end + 2) else { break };
        match inside.split(|c: char| !c.is_ascii_alphabetic()).next() {
            Some("if" | "with" | "range" | "define" | "block") => open.push((start, end)),
            Some("end") => drop(open.pop()),
            _ => {}
        }
        at = end;
    }
    let (start, end) = open.pop()?;
    let opening: String = text.get(start..end)?.chars().take(SHOWN_BYTES).collect();
    Some((text.get(..start)?.matches('\n').count() + 1, opening.split_whitespace().collect::<Vec<_>>().join(" ")))
}

/// Calls shown of each end of a long way.
const SHOWN_CALLS: usize = 8;

fn calls(calls: &[Caller]) -> Vec<Related> {
    let one = |call: &Caller| {
        let (source, offset) = &call.place;
        let message = match &call.template {
            Some(name) => format!("calls `{name}`"),
            None => "calls `tpl`".to_owned(),
        };
        Related { message, place: place(source, *offset as usize) }
    };
    if calls.len() <= 2 * SHOWN_CALLS {
        return calls.iter().map(one).collect();
    }
    let mut shown: Vec<Related> = calls.iter().take(SHOWN_CALLS).map(one).collect();
    if let Some(last) = shown.last_mut() {
        last.message.push_str(&format!(", and so on: {} calls more", calls.len() - 2 * SHOWN_CALLS));
    }
    shown.extend(calls.iter().skip(calls.len() - SHOWN_CALLS).map(one));
    shown
}

/// The name in Go's words for a template that is not there.
fn unknown_template(reason: &str) -> Option<String> {
    let after = match reason.strip_prefix("template: no template ") {
        Some(after) => after.split_once(" associated with template ")?.0,
        None => reason.strip_prefix("template ")?.strip_suffix(" not defined")?,
    };
    Some(after.trim_matches('"').to_owned())
}

/// Lines of a document that are shown before and after the one that is meant.
const LINES_AROUND: usize = 3;

/// Bytes of a line of rendered text that are shown.
const SHOWN_BYTES: usize = 160;

fn window(error: &ManifestError, document: &str, texts: &[String]) -> Option<Window> {
    // What is missing at the end is missed in a line that is not there.
    let last = document.lines().count().max(1);
    let line = (error.line as usize).min(last).checked_sub(1)?;
    let first = line.saturating_sub(LINES_AROUND);
    let cut = |line: String| {
        let mut line = secrets::without(line, texts);
        if let Some((end, _)) = line.char_indices().find(|(at, _)| *at > SHOWN_BYTES) {
            line.truncate(end);
            line.push('…');
        }
        line
    };
    let shown = secrets::masked(document).into_iter().skip(first).take(line - first + 1 + LINES_AROUND);
    Some(Window {
        title: format!("as rendered from {}", error.path),
        first: u32::try_from(first + 1).unwrap_or(u32::MAX),
        lines: shown.map(cut).collect(),
        marked: u32::try_from(line + 1).unwrap_or(u32::MAX),
    })
}

/// How Helm begins what templates say themselves, by `fail` and `required`.
const EXECUTION: &str = "execution error ";

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
}
