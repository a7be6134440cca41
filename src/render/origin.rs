//! Keeps output and its origins together when Helm takes something out of the output.

use super::RenderedFile;
use super::error::Failure;
use super::explain::MOST_EXPLAINED;
use crate::eval::no_value::NoValue;
use crate::eval::trace::Trace;
use crate::manifest::ManifestError;
use std::cell::OnceCell;

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
            let line = head.matches('\n').count() + (error.line as usize).min(last).max(1);
            let line = u32::try_from(line).ok().filter(|_| error.line > 0)?;
            if !file.trace.pieces.is_empty() {
                return file.action_of(line);
            }
            let traced: &Vec<RenderedFile> = traced.get_or_init(&again);
            let again = named(traced).and_then(|at| traced.get(at))?;
            // Random values may differ now; as long as the lines are as many, they are the same.
            let lines = |file: &RenderedFile| file.text.matches('\n').count();
            (lines(again) == lines(file)).then(|| again.action_of(line)).flatten()
        });
        Failure::manifest(error, text, secrets, written)
    };
    errors.iter().enumerate().map(one).collect()
}

/// The document that an error is of.
fn document<'f>(file: &'f RenderedFile, error: &ManifestError) -> Option<&'f str> {
    file.text.get(error.range.start..error.range.end.min(file.text.len()))
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
