//! Keeps output and its origins together when Helm takes something out of the output.

use crate::eval::trace::Trace;

const NO_VALUE: &[u8] = b"<no value>";

/// Removes what Go prints for missing values, as Helm does with every file, and moves the
/// trace along.
pub(super) fn without_no_value(text: Vec<u8>, mut trace: Trace) -> (Vec<u8>, Trace) {
    if !text.windows(NO_VALUE.len()).any(|w| w == NO_VALUE) {
        return (text, trace);
    }
    let mut cuts = Vec::new();
    let mut kept = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(hit) = text[at..].windows(NO_VALUE.len()).position(|w| w == NO_VALUE) {
        kept.extend_from_slice(&text[at..at + hit]);
        cuts.push(at + hit);
        at += hit + NO_VALUE.len();
    }
    kept.extend_from_slice(&text[at..]);
    let moved = |offset: usize| {
        let before = cuts.partition_point(|cut| *cut < offset);
        let last = before.checked_sub(1).and_then(|i| cuts.get(i));
        let inside = last.map_or(0, |cut| (cut + NO_VALUE.len()).saturating_sub(offset));
        offset + inside - before * NO_VALUE.len()
    };
    for piece in &mut trace.pieces {
        piece.start = moved(piece.start);
        piece.end = moved(piece.end);
    }
    trace.pieces.retain(|piece| piece.end > piece.start);
    (kept, trace)
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
        let piece = |start, end| Piece { start, end, source: Arc::clone(&source), span: Span::new(0, 0), stack: None };
        let trace = Trace { pieces: vec![piece(0, 3), piece(3, 13), piece(13, 15)], ..Trace::default() };
        let (text, trace) = without_no_value(b"a: <no value>\nb".to_vec(), trace);
        assert_eq!(text, b"a: \nb");
        assert_eq!(trace.pieces, [piece(0, 3), piece(3, 5)]);
    }
}
