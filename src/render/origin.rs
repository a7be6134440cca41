//! Keeps output and its origins together when Helm takes something out of the output.

use crate::eval::no_value::NoValue;
use crate::eval::trace::Trace;

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
        let piece = |start, end| Piece { start, end, source: Arc::clone(&source), span: Span::new(0, 0), stack: None };
        let trace = Trace { pieces: vec![piece(0, 3), piece(3, 13), piece(13, 15)], ..Trace::default() };
        let (text, trace) = without_no_value(b"a: <no value>\nb".to_vec(), trace);
        assert_eq!(text, b"a: \nb");
        assert_eq!(trace.pieces, [piece(0, 3), piece(3, 5)]);
    }
}
