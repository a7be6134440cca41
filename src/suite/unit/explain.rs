//! Failures that explain themselves.
//!
//! In: what speaks against an assertion. Out: a [`Failure`] with the rendered lines, the template line and the calls
//! behind them, the values that they were made of and who set them, and a diff. The chart is rendered once more for it,
//! with all origins noted. What may be secret is masked.

use super::check::Fault;
use super::documents::{Doc, Docs};
use super::model::Assertion;
use super::outcome::Failure;
use crate::diag::{Diagnostic, Place, Related, Window};
use crate::matrix::{name_on_disk, on_disk};
use crate::path::show;
use crate::render::{Attempt, Compiled, Options, Unrendered};
use crate::secrets;
use crate::values::Values;
use crate::yaml;
use similar::TextDiff;
use std::cell::OnceCell;

/// Rendered lines shown around the one that is meant.
const AROUND: u32 = 3;

/// Values told of one line.
const MOST_VALUES: usize = 6;

/// Errors of one render that are told.
const MOST_ERRORS: usize = 5;

/// The longest text that is compared line by line.
const MOST_LINES: usize = 5_000;

/// Explains the failures of one test.
pub(super) struct Explainer<'e> {
    pub compiled: &'e Compiled,
    pub chart_path: &'e str,
    pub values: &'e Values,
    /// What the test was rendered with.
    pub options: &'e dyn Fn() -> Options,
    attempt: OnceCell<Attempt>,
}

impl<'e> Explainer<'e> {
    pub fn new(
        compiled: &'e Compiled,
        chart_path: &'e str,
        values: &'e Values,
        options: &'e dyn Fn() -> Options,
    ) -> Self {
        Explainer { compiled, chart_path, values, options, attempt: OnceCell::new() }
    }

    fn chart(&self) -> &str {
        self.compiled.chart().name()
    }

    fn shown(&self, file: &str) -> String {
        on_disk(self.chart(), self.chart_path, file).unwrap_or_else(|| file.to_owned())
    }

    /// A failed assertion, on the documents of a template where it looked at one.
    pub fn failure(&self, assertion: &Assertion, fault: &Fault, rendered: Option<(&str, &Docs)>) -> Failure {
        let mut found = Diagnostic::error(assertion.kind, fault.message.clone()).at(assertion.place.clone());
        if let Some((file, docs)) = rendered {
            let line = fault.at.map(|(line, _)| line).filter(|line| *line > 0);
            let doc = docs
                .docs
                .iter()
                .find(|doc| line.is_some_and(|line| (doc.lines.0..doc.lines.0 + doc.lines.1.max(1)).contains(&line)));
            match (doc, line) {
                (Some(doc), Some(line)) => {
                    found.window = Some(self.window(file, &docs.text, doc, line));
                    self.origin(file, &docs.text, fault.at.unwrap_or_default(), &mut found);
                }
                _ => found.notes.push(format!("in what {} renders", self.shown(file))),
            }
        }
        let diff = fault.texts.as_ref().map(|(expected, actual)| diff(expected, actual));
        Failure { diagnostic: found, diff }
    }

    fn window(&self, file: &str, text: &str, doc: &Doc, line: u32) -> Window {
        let (first, count) = doc.lines;
        let lines: Vec<&str> = text.lines().skip(first as usize - 1).take(count as usize).collect();
        let masked = secrets::masked(&lines.join("\n"));
        let from = line.saturating_sub(AROUND).max(first);
        let shown = masked.into_iter().skip((from - first) as usize).take((line - from + 1 + AROUND) as usize);
        Window {
            title: format!("as rendered from {}, {}", self.shown(file), doc.name()),
            first: from,
            lines: shown.collect(),
            marked: line,
        }
    }

    /// The template line, the calls and the values behind a rendered line.
    fn origin(&self, file: &str, text: &str, at: (u32, u32), found: &mut Diagnostic) {
        let attempt = self.attempt.get_or_init(|| self.compiled.attempt(self.values, &(self.options)()));
        // Where random values or a program of the user's came in, the lines are others now.
        if !attempt.files.iter().any(|rendered| *rendered.path == *file && *rendered.text == *text) {
            return;
        }
        let Some(written) = attempt.written(file, at.0, at.1) else { return };
        let mut related = vec![Related { message: "writes this line".into(), place: written.place }];
        related.extend(written.calls);
        let secret = attempt.secret_values();
        for path in written.values.iter().take(MOST_VALUES) {
            let name = show(path);
            let is_secret = secrets::sounds_secret(&name)
                || secret.iter().any(|one| one.starts_with(path) || path.starts_with(one));
            let value = attempt.value(path).map(|node| {
                let text = yaml::to_json(&node.to_value(), false).unwrap_or_default();
                String::from_utf8_lossy(&text).trim_end().chars().take(60).collect::<String>()
            });
            let message = match value {
                None => format!("`{name}` is not set"),
                Some(_) if is_secret => format!("`{name}` is set here"),
                Some(value) => format!("`{name}` is {value}"),
            };
            if let Some(set) = attempt.who_set(path) {
                related.push(Related { message, place: set.place });
            } else {
                found.notes.push(message);
            }
        }
        if !written.objects.is_empty() {
            found.notes.push(format!("made of {}", written.objects.join(", ")));
        }
        found.calls = related;
        let place = found.place.take();
        name_on_disk(self.chart(), self.chart_path, found);
        found.place = place;
        let texts = attempt.secret_texts();
        let excerpts = found.calls.iter_mut().map(|call| &mut call.place).filter_map(|place| place.excerpt.as_mut());
        excerpts.for_each(|line| *line = secrets::without(std::mem::take(line), &texts));
    }

    /// Why the chart was not rendered.
    pub fn stopped(&self, stopped: &Unrendered) -> Vec<Diagnostic> {
        let mut errors = stopped.error.diagnostics.clone();
        errors.truncate(MOST_ERRORS);
        errors.iter_mut().for_each(|error| name_on_disk(self.chart(), self.chart_path, error));
        errors
    }

    /// A rendered file that is no YAML.
    pub fn not_yaml(&self, test: &Place, file: &str, text: &str, error: &yaml::Error) -> Diagnostic {
        let shown = self.shown(file);
        let message = format!("what {shown} renders is no YAML: {}", error.message);
        let mut found = Diagnostic::error("bad-manifest", message).at(test.clone());
        let line = error.line.max(1);
        let doc = Doc { lines: (1, u32::try_from(text.lines().count()).unwrap_or(u32::MAX)), ..Doc::raw("") };
        let window = self.window(file, text, &doc, line);
        found.window = Some(Window { title: format!("as rendered from {shown}"), ..window });
        self.origin(file, text, (line, 1), &mut found);
        found
    }
}

/// Two texts, line by line.
pub(super) fn diff(expected: &str, actual: &str) -> String {
    let lines = expected.lines().count().max(actual.lines().count());
    if lines > MOST_LINES {
        return format!("@@ {lines} lines are too many to compare @@\n");
    }
    TextDiff::from_lines(expected, actual)
        .unified_diff()
        .context_radius(2)
        .missing_newline_hint(false)
        .header("expected", "rendered")
        .to_string()
}
