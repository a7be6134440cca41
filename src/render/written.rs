//! Which template text wrote a place of a rendered file.
//!
//! In: a file with its trace, a line and a column. Out: [`Written`]: the place in the template on
//! which the line was begun, and the calls around it.

use super::{RenderedFile, error};
use crate::diag::{Place, Related};
use crate::eval::trace::Piece;

/// Who wrote a place of a rendered file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The action or text, in the template on whose text the rendered line begins.
    pub place: Place,
    /// The calls of templates around it, innermost first.
    pub calls: Vec<Related>,
}

impl RenderedFile {
    /// Who wrote this place, line and column from 1; `None` without a trace.
    pub fn written(&self, line: u32, column: u32) -> Option<Written> {
        let start = match (line as usize).checked_sub(2) {
            None => 0,
            Some(before) => self.text.match_indices('\n').nth(before)?.0 + 1,
        };
        let rest = self.text.get(start..)?;
        let text = rest.get(..rest.find('\n').unwrap_or(rest.len()))?;
        let blank = text.len() - text.trim_start_matches(' ').len();
        let at = start + (column as usize).saturating_sub(1).min(text.len().saturating_sub(1));
        let pieces = &self.trace.pieces;
        let covers = |offset: usize| pieces.iter().find(|piece| piece.start <= offset && offset < piece.end);
        let first = covers(start + blank.min(text.len().saturating_sub(1)));
        let piece = covers(at).or(first)?;
        // What a call on the line wrote belongs to the line: seen from where the line begins.
        let level = first.and_then(|first| first.stack);
        let (mut source, mut span, mut stack) = (&piece.source, piece.span, piece.stack);
        let mut outer = stack;
        while outer != level {
            let Some(caller) = outer.and_then(|at| self.trace.stacks.get(at as usize)) else { break };
            (source, span) = (&caller.caller.0, caller.caller.1);
            outer = caller.outer;
            stack = outer;
        }
        let inside = if is_text(self, piece) && stack == piece.stack { at.saturating_sub(piece.start) } else { 0 };
        let offset = span.start as usize + inside;
        let mut place = error::place(source, offset);
        let left = (span.end as usize).saturating_sub(offset);
        let line_left = place.excerpt.as_ref().map_or(0, |line| line.len().saturating_sub(place.column as usize - 1));
        place.length = u32::try_from(left.min(line_left)).unwrap_or(0);
        let mut calls = Vec::new();
        while let Some(level) = stack.and_then(|at| self.trace.stacks.get(at as usize)) {
            let (source, span) = &level.caller;
            let place = error::place(source, span.start as usize);
            calls.push(Related { message: format!("calls `{}`", level.template), place });
            stack = level.outer;
        }
        Some(Written { place, calls })
    }
}

/// Whether a piece is plain text of its template.
fn is_text(file: &RenderedFile, piece: &Piece) -> bool {
    Some(piece.span.of(&piece.source.text)) == file.text.as_bytes().get(piece.start..piece.end)
}
