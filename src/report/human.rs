//! Diagnostics for people: the message, the place, the line with a caret, the way out.
//!
//! In: [`Diagnostic`]s. Out: lines of text. A trouble that several files come to is told once.

use crate::diag::{Diagnostic, Severity};
use crate::lint::Outcome;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;

/// Prints diagnostics one after another.
///
/// ```
/// use chartwright::diag::{Diagnostic, Place};
/// let place = Place::new("c/templates/a.yaml", 2, 4, Some("b: {{ x }}".into()));
/// let text = chartwright::report::human::print(&[Diagnostic::error("syntax-error", "bad").at(place)]);
/// assert_eq!(text, "error[syntax-error]: bad\n  --> c/templates/a.yaml:2:4\n   2 | b: {{ x }}\n     |    ^\n");
/// ```
pub fn print(diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    let mut groups: HashMap<Cause<'_>, Vec<&Diagnostic>> = HashMap::new();
    for diagnostic in diagnostics {
        groups.entry(cause(diagnostic)).or_default().push(diagnostic);
    }
    for diagnostic in diagnostics {
        let group = groups.get(&cause(diagnostic)).map(Vec::as_slice).unwrap_or_default();
        let Some((first, others)) = group.split_first() else { continue };
        if std::ptr::eq(*first, diagnostic) {
            // Writing to a String cannot fail.
            let _ = head(&mut out, diagnostic).and_then(|()| body(&mut out, diagnostic, others));
        }
    }
    out
}

/// Prints what lint found, each finding with the object it is about and the cases in which alone it occurs; the last
/// line counts.
pub fn findings(outcome: &Outcome) -> String {
    let mut out = String::new();
    let mut shown: BTreeSet<&str> = BTreeSet::new();
    for finding in &outcome.findings {
        let diagnostic = &finding.diagnostic;
        // Writing to a String cannot fail.
        let _ = head(&mut out, diagnostic).and_then(|()| body(&mut out, diagnostic, &[]));
        if let Some(object) = &finding.object {
            let _ = writeln!(out, "  in: {object} {}", finding.path);
        }
        if !finding.everywhere {
            let names: Vec<&str> = finding.cases.iter().map(|case| &**case).collect();
            shown.extend(&names);
            let (some, more) = names.split_at(names.len().min(MOST_CASES));
            let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
            let _ = writeln!(out, "  only with: {}{more}", some.join("; "));
        }
        out.push('\n');
    }
    for case in outcome.cases.iter().filter(|case| !case.set.is_empty() && shown.contains(&*case.name)) {
        let _ = writeln!(out, "{}: --set {}", case.name, case.set);
    }
    let count = |number: usize, what: &str| {
        (number > 0).then(|| format!("{number} {what}{}", if number == 1 { "" } else { "s" }))
    };
    let found = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
    let found: Vec<String> =
        found.iter().filter_map(|(severity, what)| count(outcome.count(*severity), what)).collect();
    let found = if found.is_empty() { "nothing found".to_owned() } else { found.join(", ") };
    let looked = [count(outcome.cases.len(), "case"), count(outcome.objects, "object")];
    let looked: Vec<String> = looked.into_iter().flatten().collect();
    let looked = if looked.is_empty() { String::new() } else { format!(" in {}", looked.join(", ")) };
    let left = [(outcome.ignored.len(), "ignored"), (outcome.known, "known by the baseline")];
    let left: String = left.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("; {n} {what}")).collect();
    let _ = writeln!(out, "{found}{looked}{left}");
    out
}

/// Cases of one finding that are named.
const MOST_CASES: usize = 4;

/// What is said of a diagnostic below its message.
pub fn below(diagnostic: &Diagnostic) -> String {
    let mut out = String::new();
    let _ = body(&mut out, diagnostic, &[]);
    out
}

/// What makes two diagnostics one trouble, which several files come to.
type Cause<'d> = (&'d str, &'d str, Option<(&'d str, u32, u32)>, Option<&'d str>, bool);

fn cause(diagnostic: &Diagnostic) -> Cause<'_> {
    let place = diagnostic.place.as_ref().map(|place| (&*place.file, place.line, place.column));
    (&diagnostic.code, &diagnostic.message, place, diagnostic.help.as_deref(), diagnostic.window.is_some())
}

/// Further ways to one trouble that are told.
const MOST_WAYS: usize = 5;

fn head(out: &mut String, diagnostic: &Diagnostic) -> std::fmt::Result {
    let level = match diagnostic.severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    writeln!(out, "{level}[{}]: {}", diagnostic.code, diagnostic.message)
}

fn body(out: &mut String, diagnostic: &Diagnostic, others: &[&Diagnostic]) -> std::fmt::Result {
    if let Some(place) = &diagnostic.place {
        writeln!(out, "  --> {place}")?;
        if let Some(line) = &place.excerpt {
            let (line, column) = narrowed(line, place.column as usize);
            writeln!(out, "{:>4} | {line}", place.line)?;
            if column > 0 {
                let before = line.as_bytes().iter().take(column - 1).filter(|byte| **byte & 0xC0 != 0x80);
                let pad: String = before.map(|byte| if *byte == b'\t' { '\t' } else { ' ' }).collect();
                let rest = line.get(column - 1..).map_or(0, |rest| rest.chars().count());
                let marks = "^".repeat((place.length as usize).min(rest).max(1));
                writeln!(out, "     | {pad}{marks}")?;
            }
        }
    }
    if let Some(window) = &diagnostic.window {
        writeln!(out, "  {}:", window.title)?;
        for (number, line) in (window.first..).zip(&window.lines) {
            let mark = if number == window.marked { '>' } else { ' ' };
            writeln!(out, "{mark}{number:>3} | {}", visible(line))?;
        }
    }
    if let Some(help) = &diagnostic.help {
        help.lines().try_for_each(|line| writeln!(out, "  help: {line}"))?;
    }
    for related in diagnostic.calls.iter().chain(&diagnostic.related) {
        writeln!(out, "  at {}: {}", related.place, related.message)?;
    }
    if !others.is_empty() {
        let ways = others.iter().filter_map(|other| other.calls.last()).take(MOST_WAYS);
        let ways: Vec<String> = ways.map(|call| call.place.to_string()).collect();
        let more = if others.len() > ways.len() { ", …" } else { "" };
        match ways.as_slice() {
            [] => writeln!(out, "  note: {} times in all", others.len() + 1)?,
            ways => writeln!(out, "  note: the same comes from {}{more}", ways.join(", "))?,
        }
    }
    for note in &diagnostic.notes {
        writeln!(out, "  note: {note}")?;
    }
    Ok(())
}

/// How many bytes of a long line are shown before and behind the place.
const AROUND: usize = 60;

/// A line as it can be shown: a long one is cut around the column, and control characters, which
/// a terminal would obey, are `?`.
fn narrowed(line: &str, column: usize) -> (String, usize) {
    if line.len() <= 3 * AROUND {
        return (visible(line), column);
    }
    let edge = |mut at: usize| {
        while !line.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = edge(column.saturating_sub(1 + AROUND).min(line.len()));
    let end = edge((column + AROUND).min(line.len()).max(start));
    let (before, after) = (if start > 0 { "..." } else { "" }, if end < line.len() { "..." } else { "" });
    let shown = visible(line.get(start..end).unwrap_or_default());
    let column = if column > 0 { column - start + before.len() } else { 0 };
    (format!("{before}{shown}{after}"), column)
}

pub(super) fn visible(line: &str) -> String {
    line.chars().map(|c| if c.is_control() && c != '\t' { '?' } else { c }).collect()
}
