//! Why a place of a rendered file is what it is: the template text that wrote it, the calls and
//! branches around that, and the values it was made of.
//!
//! In: an [`Attempt`], a file, a line and a column. Out: [`Written`].

use super::{Attempt, RenderedFile, error};
use crate::diag::{Place, Related};
use crate::eval::TPL_NAME;
use crate::eval::trace::{Block, BlockKind, Piece};
use crate::manifest::{Document, path_at};
use crate::path::{Step, show};
use crate::source::{Source, Span};
use crate::value::Node;
use std::sync::Arc;

/// Who wrote a place of a rendered file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The action or text, in the template on whose text the rendered line begins.
    pub place: Place,
    /// The calls of templates around it, innermost first.
    pub calls: Vec<Related>,
    /// The values that it was made of, by their paths below the root chart's values.
    pub values: Vec<Vec<Step>>,
    /// What else it was made of: `.Release.Name`.
    pub objects: Vec<String>,
    /// The branches around it that are decided by values or other objects, innermost first.
    pub because: Vec<Reason>,
}

/// A branch in which a text was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What it is.
    pub kind: BlockKind,
    /// The opening action.
    pub place: Place,
    /// The values that decided it.
    pub values: Vec<Vec<Step>>,
    /// What else decided it.
    pub objects: Vec<String>,
}

/// Values told of one place, and branches around it.
const MOST_VALUES: usize = 40;
const MOST_REASONS: usize = 20;

/// A line of a rendered file: where its text begins, and the text.
fn line_of(file: &RenderedFile, line: u32) -> Option<(usize, &str)> {
    let start = file.lines.start(file.text.as_bytes(), (line as usize).max(1))?;
    let rest = file.text.get(start..)?;
    Some((start, rest.get(..rest.find('\n').unwrap_or(rest.len()))?))
}

/// The offset of a column of a line; of the blanks in front of a line, that of its text.
fn offset_in(start: usize, text: &str, column: u32) -> usize {
    let blank = text.len() - text.trim_start_matches(' ').len();
    start + (column as usize).saturating_sub(1).max(blank).min(text.len().saturating_sub(1))
}

/// A piece seen from one of the calls around it.
struct Seen<'f> {
    source: &'f Arc<Source>,
    span: Span,
    /// The call around it.
    stack: Option<u32>,
}

impl RenderedFile {
    /// The pieces of a line, and the one that its text begins with.
    fn pieces_of(&self, start: usize, text: &str) -> (&[Piece], Option<&Piece>) {
        let blank = text.len() - text.trim_start_matches(' ').len();
        let first = start + blank.min(text.len().saturating_sub(1));
        let pieces = &self.trace.pieces;
        let from = pieces.partition_point(|piece| piece.end <= first);
        let to = pieces.partition_point(|piece| piece.start < start + text.len().max(1));
        let of_line = pieces.get(from..to.max(from)).unwrap_or_default();
        (of_line, of_line.iter().find(|piece| piece.start <= first && first < piece.end))
    }

    /// The piece as it looks from `level`, where the line was begun: what a call on the line wrote
    /// belongs to the line. A text that `tpl` rendered is in no file: there the call counts.
    fn seen<'f>(&'f self, piece: &'f Piece, level: Option<u32>) -> Seen<'f> {
        let mut seen = Seen { source: &piece.source, span: piece.span, stack: piece.stack };
        let out = |seen: &mut Seen<'f>| match seen.stack.and_then(|at| self.trace.stacks.get(at as usize)) {
            Some(call) => {
                *seen = Seen { source: &call.caller.0, span: call.caller.1, stack: call.outer };
                true
            }
            None => false,
        };
        let is_around = |stack: Option<u32>| {
            let mut at = stack;
            while at != level {
                match at.and_then(|at| self.trace.stacks.get(at as usize)) {
                    Some(call) => at = call.outer,
                    None => return false,
                }
            }
            true
        };
        if is_around(seen.stack) {
            while seen.stack != level && out(&mut seen) {}
        }

        let is_text_of_values = *seen.source.name == *TPL_NAME;
        while *seen.source.name == *TPL_NAME && out(&mut seen) {}
        if is_text_of_values {
            // Whoever calls a helper that calls `tpl` says what is rendered.
            let _ = out(&mut seen);
        }
        seen
    }

    fn calls(&self, mut stack: Option<u32>) -> Vec<Related> {
        let mut calls = Vec::new();
        while let Some(level) = stack.and_then(|at| self.trace.stacks.get(at as usize)) {
            let (source, span) = &level.caller;
            if *source.name != *TPL_NAME {
                let place = error::place(source, span.start as usize);
                calls.push(Related { message: format!("calls `{}`", level.template), place });
            }
            stack = level.outer;
        }
        calls
    }

    /// The first action on a line, from 1, or else the text that it begins with: who is to blame when the
    /// line is no YAML.
    pub(super) fn action_of(&self, line: u32) -> Option<(Place, Vec<Related>)> {
        let (start, text) = line_of(self, line)?;
        let (pieces, _) = self.pieces_of(start, text);
        let action = pieces.iter().find(|piece| !piece.is_text(self.text.as_bytes()));
        let column = action.map_or(1, |piece| piece.start.saturating_sub(start) + 1);
        self.place_of(line, u32::try_from(column).ok()?)
    }

    /// The template text that wrote a place, line and column from 1, and the calls around it; `None`
    /// without a trace.
    pub fn place_of(&self, line: u32, column: u32) -> Option<(Place, Vec<Related>)> {
        let (start, text) = line_of(self, line)?;
        let at = offset_in(start, text, column);
        let (pieces, first) = self.pieces_of(start, text);
        let piece = pieces.iter().find(|piece| piece.start <= at && at < piece.end).or(first)?;
        let seen = self.seen(piece, first.and_then(|first| first.stack));
        let is_own = Arc::ptr_eq(seen.source, &piece.source) && seen.span == piece.span;
        let inside = if is_own && piece.is_text(self.text.as_bytes()) { at.saturating_sub(piece.start) } else { 0 };
        let offset = seen.span.start as usize + inside;
        let mut place = error::place(seen.source, offset);
        let left = (seen.span.end as usize).saturating_sub(offset);
        let line_left = place
            .excerpt
            .as_ref()
            .map_or(0, |line| line.len().saturating_sub((place.column as usize).saturating_sub(1)));
        place.length = u32::try_from(left.min(line_left)).unwrap_or(0);
        Some((place, self.calls(seen.stack)))
    }
}

impl Attempt {
    /// Why a place of a rendered file is what it is; line and column from 1.
    pub fn written(&self, file: &str, line: u32, column: u32) -> Option<Written> {
        let (written, rendered, block) = self.made(file, line, column)?;
        Some(Written { because: self.because(rendered, block), ..written })
    }

    /// [`written`](Attempt::written), without the branches around it.
    pub(crate) fn written_by(&self, file: &str, line: u32, column: u32) -> Option<Written> {
        self.made(file, line, column).map(|(written, ..)| written)
    }

    /// Who wrote a place, in which file, and the innermost branch around it.
    fn made(&self, file: &str, line: u32, column: u32) -> Option<(Written, &RenderedFile, Option<u32>)> {
        let rendered = self.files.iter().find(|rendered| *rendered.path == *file)?;
        let (place, calls) = rendered.place_of(line, column)?;
        let (start, text) = line_of(rendered, line)?;
        let at = offset_in(start, text, column);
        let (pieces, first) = rendered.pieces_of(start, text);
        let mut values = Vec::new();
        let mut objects = Vec::new();
        let exact = pieces.iter().filter(|piece| column > 1 && piece.start <= at && at < piece.end);
        for piece in exact {
            self.add(rendered, piece.reads, &mut values, &mut objects);
        }
        if values.is_empty() {
            for piece in pieces {
                self.add(rendered, piece.reads, &mut values, &mut objects);
            }
        }
        let piece = pieces.iter().find(|piece| !piece.is_text(rendered.text.as_bytes())).or(first);
        if let Some(piece) = piece {
            if self.narrow(rendered, file, line, piece, &mut values) {
                objects.clear();
            } else {
                self.of_key(rendered, file, line, piece, &mut values, &mut objects);
            }
        }
        let block = piece.and_then(|piece| piece.block);
        Some((Written { place, calls, values, objects, because: Vec::new() }, rendered, block))
    }

    /// The values and objects of a stretch of the log: of one that is a part of another only the part.
    fn add(&self, file: &RenderedFile, reads: (u32, u32), values: &mut Vec<Vec<Step>>, objects: &mut Vec<String>) {
        let mut seen: Vec<u32> = Vec::new();
        for path in file.trace.log.get(reads.0 as usize..reads.1 as usize).unwrap_or_default() {
            if seen.contains(path) || seen.len() > 4 * MOST_VALUES {
                continue;
            }
            seen.push(*path);
            match self.reads.value(*path) {
                Some(value) if value.is_empty() => {}
                Some(value) if !values.contains(&value) => values.push(value),
                Some(_) => {}
                None => objects.extend(self.reads.object(*path).filter(|name| !objects.contains(name))),
            }
        }
        self.forget_missing(values);
        let whole: Vec<Vec<Step>> =
            seen.iter().filter(|path| self.reads.is_whole(**path)).filter_map(|path| self.reads.value(*path)).collect();
        let all = values.clone();
        let is_passed =
            |value: &Vec<Step>| all.iter().any(|other| other.len() > value.len() && other.starts_with(value));
        values.retain(|value| whole.contains(value) || !is_passed(value));
        values.truncate(MOST_VALUES);
    }

    /// Of a map that a template put together and printed, what stands under the key of this line.
    fn of_key(
        &self,
        rendered: &RenderedFile,
        file: &str,
        line: u32,
        piece: &Piece,
        values: &mut Vec<Vec<Step>>,
        objects: &mut Vec<String>,
    ) -> Option<()> {
        let document = self.document_at(file, line)?;
        let before = document.lines_before();
        let path = path_at(document.node.as_ref()?, u32::try_from((line as usize).checked_sub(before)?).ok()?)?;
        let Step::Key(key) = path.last()? else { return None };
        let keyed = rendered.trace.keyed.get(key.as_bytes())?;
        let read = rendered.trace.log.get(piece.reads.0 as usize..piece.reads.1 as usize)?;
        // An action that prints a single line prints no map.
        let text = rendered.text.get(piece.start..piece.end)?;
        let made: Vec<u32> = keyed.iter().copied().filter(|path| read.contains(path)).collect();
        if made.is_empty() || !text.contains('\n') && !is_line(rendered, piece) {
            return None;
        }
        values.clear();
        objects.clear();
        for path in made {
            match self.reads.value(path) {
                Some(value) if !value.is_empty() => values.push(value),
                Some(_) => {}
                None => objects.extend(self.reads.object(path).filter(|name| !objects.contains(name))),
            }
        }
        self.forget_missing(values);
        Some(())
    }

    /// A key that a computed map was asked for need not be one of the values: it goes where others are.
    fn forget_missing(&self, values: &mut Vec<Vec<Step>>) {
        let is_there = |value: &Vec<Step>| self.value(value).is_some();
        if values.iter().any(is_there) {
            values.retain(is_there);
        }
    }

    /// Of a map or list that is printed as a whole, the entry that became this line.
    fn narrow(
        &self,
        rendered: &RenderedFile,
        file: &str,
        line: u32,
        piece: &Piece,
        values: &mut Vec<Vec<Step>>,
    ) -> bool {
        let Some(document) = self.document_at(file, line) else { return false };
        let Some(node) = &document.node else { return false };
        let before = document.lines_before();
        let number = |line: usize| u32::try_from(line.saturating_sub(before)).unwrap_or(0);
        let Some(path) = path_at(node, number(line as usize)) else { return false };
        // The first line that the piece begins.
        let own = rendered.text.get(piece.start..piece.end).unwrap_or_default();
        let blank = own.len() - own.trim_start().len();
        let first = rendered.lines.number(rendered.text.as_bytes(), piece.start + blank);
        let Some(begin) = path_at(node, number(first)) else { return false };
        let mut narrowed = Vec::new();
        for value in values.iter() {
            if !matches!(
                self.value(value).map(|node| &node.data),
                Some(crate::value::Data::Map(_) | crate::value::Data::List(_))
            ) {
                continue;
            }
            // The map stands around the first line: how far around shows whose keys fit.
            for depth in (0..begin.len()).rev() {
                let Some(inner) = path.strip_prefix(begin.get(..depth).unwrap_or_default()) else { continue };
                let full: Vec<Step> = value.iter().chain(inner).cloned().collect();
                let full = match (inner.split_first(), begin.get(depth)) {
                    // Items of several lists may be in one: the first line is that of the first item.
                    (Some((Step::Index(index), after)), Some(Step::Index(first))) => {
                        let index = Step::Index(index.saturating_sub(*first));
                        value.iter().cloned().chain([index]).chain(after.iter().cloned()).collect()
                    }
                    _ => full,
                };
                if !inner.is_empty() && self.value(&full).is_some() {
                    narrowed.push(full);
                    break;
                }
            }
        }
        // The others decided whether and how it is printed.
        let is_narrowed = !narrowed.is_empty();
        if is_narrowed {
            *values = narrowed;
        }
        is_narrowed
    }

    fn because(&self, file: &RenderedFile, mut block: Option<u32>) -> Vec<Reason> {
        let mut reasons = Vec::new();
        while let Some(Block { kind, source, span, reads, outer }) =
            block.and_then(|at| file.trace.blocks.get(at as usize)).filter(|_| reasons.len() < MOST_REASONS)
        {
            let (mut values, mut objects) = (Vec::new(), Vec::new());
            self.add(file, *reads, &mut values, &mut objects);
            let place = error::place(source, span.start as usize);
            if *source.name != *TPL_NAME && !(values.is_empty() && objects.is_empty()) {
                reasons.push(Reason { kind: *kind, place, values, objects });
            }
            block = *outer;
        }
        reasons
    }

    /// The document that a rendered line is of.
    pub fn document_at(&self, file: &str, line: u32) -> Option<&Document> {
        let line = line as usize;
        // They stand in the order of paths and places.
        let is_before = |document: &Document| (&*document.path, document.lines_before()) < (file, line);
        let document = self.documents.get(self.documents.partition_point(is_before).checked_sub(1)?)?;
        let first = document.lines_before() + 1;
        let is_in = *document.path == *file && (first..first + document.lines().max(1)).contains(&line);
        is_in.then_some(document)
    }

    /// The value at a path below the values of the root chart, as templates saw it.
    pub fn value(&self, path: &[Step]) -> Option<&Node> {
        let prepared = self.prepared.as_ref()?;
        path.iter().try_fold(&prepared.values, |node, step| node.step(step))
    }

    /// Which file and line, or which flag, set a value.
    pub fn who_set(&self, path: &[Step]) -> Option<Related> {
        let prepared = self.prepared.as_ref()?;
        prepared.who_set(&show(path), self.value(path)?)
    }
}

/// Whether a piece is all of a line but the blanks around it.
fn is_line(file: &RenderedFile, piece: &Piece) -> bool {
    let before = file.text.get(..piece.start).unwrap_or_default().trim_end_matches(' ');
    (before.is_empty() || before.ends_with('\n'))
        && file.text.get(piece.end..).is_some_and(|rest| rest.is_empty() || rest.starts_with('\n'))
}
