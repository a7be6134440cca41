//! Diagnostics for people: the message, the place, the line with a caret, the way out.
//!
//! In: [`Diagnostic`]s. Out: lines of text.

use crate::diag::{Diagnostic, Severity};
use std::fmt::Write;

/// Prints diagnostics one after another.
///
/// ```
/// use chartwright::diag::{Diagnostic, Place};
/// let place = Place { file: "c/templates/a.yaml".into(), line: 2, column: 4, excerpt: Some("b: {{ x }}".into()) };
/// let text = chartwright::report::human::print(&[Diagnostic::error("syntax-error", "bad").at(place)]);
/// assert_eq!(text, "error[syntax-error]: bad\n  --> c/templates/a.yaml:2:4\n   2 | b: {{ x }}\n     |    ^\n");
/// ```
pub fn print(diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        // Writing to a String cannot fail.
        let _ = one(&mut out, diagnostic);
    }
    out
}

fn one(out: &mut String, diagnostic: &Diagnostic) -> std::fmt::Result {
    let level = match diagnostic.severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    writeln!(out, "{level}[{}]: {}", diagnostic.code, diagnostic.message)?;
    if let Some(place) = &diagnostic.place {
        writeln!(out, "  --> {place}")?;
        if let Some(line) = &place.excerpt {
            writeln!(out, "{:>4} | {line}", place.line)?;
            if place.column > 0 {
                let before = line.as_bytes().iter().take(place.column as usize - 1);
                let pad: String = before.map(|b| if *b == b'\t' { '\t' } else { ' ' }).collect();
                writeln!(out, "     | {pad}^")?;
            }
        }
    }
    if let Some(help) = &diagnostic.help {
        writeln!(out, "  help: {help}")?;
    }
    for note in &diagnostic.notes {
        writeln!(out, "  note: {note}")?;
    }
    Ok(())
}
