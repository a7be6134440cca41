//! White space that was trimmed too far, so that two lines of a template become one of the output.

use crate::diag::Severity;
use crate::eval::trace::Piece;
use crate::lint::{Case, Check, Findings, On, Rule};
use crate::render::RenderedFile;
use crate::source::{Span, lossy};
use std::sync::Arc;

pub(super) const RULES: &[Rule] = &[RULE];

const RULE: Rule = Rule {
    id: "glued-lines",
    severity: Severity::Warning,
    summary: "two lines of a template become one of the output, and mean another thing",
    why: "`{{-` and `-}}` take line breaks too: a key ends up in a comment or in the value before it, and nothing fails.",
    fix: "Remove the `-` on the side where the line break belongs.",
    on: On::Default,
    check: Check::Case(check),
};

fn check(case: &Case, findings: &mut Findings) {
    for file in case.attempt.files.iter().filter(|_| case.is_chart) {
        let mut before: Option<&Piece> = None;
        for piece in file.trace.pieces.iter().filter(|piece| piece.end > piece.start) {
            if let Some(before) = before.replace(piece)
                && is_glued(file, before, piece)
            {
                let begin = Span { end: piece.span.start, ..piece.span };
                let above = piece.source.line_column(before.span.end.saturating_sub(1) as usize).0;
                findings.at(
                    &RULE,
                    piece.source.place(begin),
                    format!("this line is put behind line {above}: the break between them is trimmed"),
                );
            }
        }
    }
}

fn is_glued(file: &RenderedFile, before: &Piece, piece: &Piece) -> bool {
    let text = &file.text;
    if !Arc::ptr_eq(&before.source, &piece.source) || before.stack != piece.stack || !piece.is_text(text.as_bytes()) {
        return false;
    }
    let line_start = text.get(..piece.start).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
    let left = text.get(line_start..piece.start).unwrap_or_default();
    let right = text.get(piece.start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    // Between them the template has a line break that the output has not.
    let between = Span { start: before.span.end, end: piece.span.start }.of(&piece.source.text);
    if left.trim().is_empty() || left.ends_with([' ', '\t']) || right.starts_with([' ', '\t']) || !breaks(between) {
        return false;
    }
    let is_comment = left.trim_start().starts_with('#') || left.contains(" #");
    let key = right.split(':').next().unwrap_or_default();
    let is_key = right.len() > key.len()
        && !key.is_empty()
        && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
        && matches!(right.as_bytes().get(key.len() + 1), None | Some(b' '));
    let is_item = right.starts_with("- ");
    (is_comment && (is_key || is_item || right.starts_with("---")))
        || right.starts_with("---")
        || ((is_key || is_item) && left.contains(": ") && !left.trim_end().ends_with([',', '{', '[', '"', '\'']))
}

/// Whether there is a line break outside of actions.
fn breaks(text: &[u8]) -> bool {
    let text = lossy(text);
    let mut rest = &*text;
    while let Some(start) = rest.find("{{") {
        let (outside, inside) = rest.split_at(start);
        if outside.contains('\n') {
            return true;
        }
        rest = inside.split_once("}}").map_or("", |(_, after)| after);
    }
    rest.contains('\n')
}
