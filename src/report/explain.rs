//! Why a rendered line is there, for people.
//!
//! In: an [`Attempt`], a rendered file and a place in it. Out: lines of text: the line, the template
//! text behind it with the calls around that, the values it was made of with who set them, and the
//! branches that let it be there. What sounds secret is not shown.

use crate::diag::Place;
use crate::eval::trace::BlockKind;
use crate::matrix::on_disk;
use crate::path::{Step, show};
use crate::render::{Attempt, Reason};
use crate::secrets::{self, shown};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Explains a place of a rendered file, line and column from 1; `None` where nothing is rendered.
///
/// `chart_path` is the folder or archive of the chart, as its files are to be called; empty, they are called as Helm
/// calls them, by the name of the chart.
///
/// ```
/// use chartwright::{Chart, Compiled, Options, Values, report::explain};
/// let chart = Chart::from_files([
///     ("Chart.yaml".into(), b"apiVersion: v2\nname: c\nversion: 0.1.0\n".to_vec()),
///     ("values.yaml".into(), b"replicas: 3\n".to_vec()),
///     ("templates/a.yaml".into(), b"kind: A\nspec:\n  replicas: {{ .Values.replicas }}\n".to_vec()),
/// ])?;
/// let attempt = Compiled::new(&chart).attempt(&Values::default(), &Options::new());
/// let text = explain::print(&attempt, "charts/c", "c/templates/a.yaml", 3, 1).unwrap_or_default();
/// assert!(text.contains("replicas = 3, set in charts/c/values.yaml:1:1"), "{text}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn print(attempt: &Attempt, chart_path: &str, file: &str, line: u32, column: u32) -> Option<String> {
    let mut written = attempt.written(file, line, column)?;
    let calls = written.calls.iter_mut().map(|call| &mut call.place);
    let reasons = written.because.iter_mut().map(|reason| &mut reason.place);
    calls.chain(reasons).chain([&mut written.place]).for_each(|place| rename(attempt, chart_path, place));
    let of = Values { attempt, chart_path, secret: attempt.secret_values() };
    let texts = attempt.secret_texts();
    let text = secrets::without(masked(attempt, file, line).unwrap_or_default(), &texts);
    let mut out = String::new();
    let file = file_name(attempt, chart_path, file);
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{file}, rendered line {line}\n{line:>4} | {text}\nwritten by {}", written.place);
    excerpt(&mut out, &written.place, &texts);
    for call in &written.calls {
        let _ = writeln!(out, "  at {}: {}", call.place, call.message);
    }
    if !written.values.is_empty() {
        out.push_str("made of\n");
    }
    for path in &written.values {
        let _ = writeln!(out, "  {}", of.value(path));
    }
    if !written.objects.is_empty() {
        let _ = writeln!(out, "  {}", written.objects.join(", "));
    }
    if !written.because.is_empty() {
        out.push_str("there because of\n");
    }
    for reason in &written.because {
        of.reason(&mut out, reason, &texts);
    }
    Some(out)
}

/// The rendered line, of a `Secret` only what may be shown.
fn masked(attempt: &Attempt, file: &str, line: u32) -> Option<String> {
    let document = attempt.document_at(file, line)?;
    let before = document.lines_before();
    let lines = secrets::masked(document.content());
    lines.into_iter().nth((line as usize).checked_sub(before + 1)?)
}

/// The line of a place, with marks under what is meant.
fn excerpt(out: &mut String, place: &Place, texts: &[String]) {
    let Some(line) = &place.excerpt else { return };
    let _ = writeln!(out, "{:>4} | {}", place.line, secrets::without(line.clone(), texts));
    let before = line.chars().take((place.column as usize).saturating_sub(1));
    let pad: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let _ = writeln!(out, "     | {pad}{}", "^".repeat((place.length as usize).max(1)));
}

/// The name of a file of the chart, as the user knows it.
fn file_name(attempt: &Attempt, chart_path: &str, file: &str) -> String {
    let chart = attempt.prepared.as_ref().map(|prepared| prepared.charts.name()).unwrap_or_default();
    on_disk(chart, chart_path, file).unwrap_or_else(|| file.to_owned())
}

/// Gives a place the name that its file has for the user.
pub(super) fn rename(attempt: &Attempt, chart_path: &str, place: &mut Place) {
    place.file = file_name(attempt, chart_path, &place.file).into();
}

/// The values that a line was made of.
struct Values<'a> {
    attempt: &'a Attempt,
    chart_path: &'a str,
    /// Paths of those that nobody is shown.
    secret: BTreeSet<Vec<Step>>,
}

impl Values<'_> {
    fn reason(&self, out: &mut String, reason: &Reason, texts: &[String]) {
        let line = reason.place.excerpt.as_deref().unwrap_or_default();
        let from = line.get((reason.place.column as usize).saturating_sub(1)..).unwrap_or_default();
        let action = from.find("}}").and_then(|end| from.get(..end + 2)).unwrap_or(from);
        let what = if reason.kind == BlockKind::Else { "the else of " } else { "" };
        let _ = writeln!(out, "  {what}{}  {}", secrets::without(action.to_owned(), texts), reason.place);
        for path in &reason.values {
            let _ = writeln!(out, "    {}", self.value(path));
        }
        if !reason.objects.is_empty() {
            let _ = writeln!(out, "    {}", reason.objects.join(", "));
        }
    }

    /// `replicas = 3, set in values.yaml:1:1`.
    fn value(&self, path: &[Step]) -> String {
        let name = show(path);
        let Some(node) = self.attempt.value(path) else { return format!("{name}, which is not set") };
        let set = self.attempt.who_set(path).map(|mut set| {
            rename(self.attempt, self.chart_path, &mut set.place);
            format!(", set in {}", set.place)
        });
        // Of a map too, somewhere in which one stands.
        let is_secret = self.secret.iter().any(|secret| secret.starts_with(path) || path.starts_with(secret));
        let value = if is_secret { "***".to_owned() } else { shown(&name, node) };
        format!("{name} = {value}{}", set.unwrap_or_default())
    }
}
