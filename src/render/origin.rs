//! Keeps output and its origins together when Helm takes something out of the output.

use super::error::Failure;
use super::explain::MOST_EXPLAINED;
use super::{RenderedFile, error};
use crate::diag::Related;
use crate::eval::no_value::NoValue;
use crate::eval::trace::{Piece, Trace};
use crate::manifest::ManifestError;
use crate::source::Source;
use std::cell::OnceCell;
use std::sync::Arc;

/// The template text that wrote a line.
pub(super) struct Written {
    /// Its file.
    pub source: Arc<Source>,
    /// The byte in it.
    pub offset: usize,
    /// The `template` calls around it, innermost first.
    pub calls: Vec<Related>,
}

/// Errors of rendered documents, with the template lines that wrote what is wrong. `again` renders
/// the files with their traces, where `files` have none. `secrets` are texts that nobody is shown.
pub(super) fn failures(
    errors: &[ManifestError],
    files: &[RenderedFile],
    secrets: &[String],
    again: impl Fn() -> Vec<RenderedFile>,
) -> Vec<Failure> {
    let traced = OnceCell::new();
    let one = |(number, error): (usize, &ManifestError)| {
        let named = |files: &'_ [RenderedFile]| files.iter().position(|file| file.path == error.path);
        let file = named(files).and_then(|at| files.get(at));
        let text = file.and_then(|file| document(file, error)).unwrap_or_default();
        let written = file.filter(|_| number < MOST_EXPLAINED).and_then(|file| {
            // Lines of the file before that of the error.
            let head = file.text.get(..error.range.start)?;
            let last = document(file, error)?.lines().count().max(1);
            let line = head.matches('\n').count() + (error.line as usize).min(last).checked_sub(1)?;
            if !file.trace.pieces.is_empty() {
                return who_wrote(file, line);
            }
            let traced: &Vec<RenderedFile> = traced.get_or_init(&again);
            let again = named(traced).and_then(|at| traced.get(at))?;
            // Random values may differ now; as long as the lines are as many, they are the same.
            let lines = |file: &RenderedFile| file.text.matches('\n').count();
            (lines(again) == lines(file)).then(|| who_wrote(again, line)).flatten()
        });
        Failure::manifest(error, text, secrets, written)
    };
    errors.iter().enumerate().map(one).collect()
}

/// The document that an error is of.
fn document<'f>(file: &'f RenderedFile, error: &ManifestError) -> Option<&'f str> {
    file.text.get(error.range.start..error.range.end.min(file.text.len()))
}

/// The template text behind a line (from 0): its first action, or else the text itself.
fn who_wrote(file: &RenderedFile, line: usize) -> Option<Written> {
    let start = match line.checked_sub(1) {
        None => 0,
        Some(before) => file.text.match_indices('\n').nth(before)?.0 + 1,
    };
    let rest = file.text.get(start..)?;
    let end = start + rest.find('\n').unwrap_or(rest.len());
    let blank = rest.len() - rest.trim_start_matches(' ').len();
    let first = start + blank.min(end - start);
    let is_text =
        |piece: &&Piece| Some(piece.span.of(&piece.source.text)) == file.text.as_bytes().get(piece.start..piece.end);
    let pieces = || file.trace.pieces.iter().filter(|piece| piece.start < end.max(start + 1) && piece.end > start);
    let piece = pieces().find(|piece| !is_text(piece)).or_else(|| pieces().find(|piece| piece.end > first))?;
    let inside = if is_text(&piece) { first.saturating_sub(piece.start) } else { 0 };
    let mut calls = Vec::new();
    let mut stack = piece.stack;
    while let Some(level) = stack.and_then(|at| file.trace.stacks.get(at as usize)) {
        let (source, span) = &level.caller;
        let place = error::place(source, span.start as usize);
        calls.push(Related { message: format!("calls `{}`", level.template), place });
        stack = level.outer;
    }
    Some(Written { source: Arc::clone(&piece.source), offset: piece.span.start as usize + inside, calls })
}

/// Removes what Go prints for missing values, as Helm does with every file, and moves the
/// trace along.
pub(super) fn without_no_value(text: Vec<u8>, mut trace: Trace) -> (Vec<u8>, Trace) {
    let found = NoValue::find(&text);
    if found.is_empty() {
        return (text, trace);
    }
    for piece in &mut trace.pieces {
        piece.start = found.moved(piece.start);
        piece.end = found.moved(piece.end);
    }
    trace.pieces.retain(|piece| piece.end > piece.start);
    (found.without(text), trace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::trace::Piece;
    use crate::source::{Source, Span};
    use std::sync::Arc;

    #[test]
    fn what_follows_a_missing_value_keeps_its_origin() {
        let source = Arc::new(Source::new("a", b"".as_slice()));
        let piece = |start, end| Piece {
            start,
            end,
            source: Arc::clone(&source),
            span: Span::new(0, 0),
            stack: None,
            reads: (0, 0),
            block: None,
        };
        let trace = Trace { pieces: vec![piece(0, 3), piece(3, 13), piece(13, 15)], ..Trace::default() };
        let (text, trace) = without_no_value(b"a: <no value>\nb".to_vec(), trace);
        assert_eq!(text, b"a: \nb");
        assert_eq!(trace.pieces, [piece(0, 3), piece(3, 5)]);
    }
}
