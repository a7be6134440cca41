//! Notes, while templates run, what output is made of.
//!
//! In: text and actions as they write, chains of fields as they read, calls as they begin and end.
//! Out: a [`Trace`] for each file and the [`Reads`] of the run. A value in flight carries a [`Read`]
//! that says which values it came from; what a call wrote is found again, line by line, in what the
//! action around it prints, however it was indented.

use super::reads::Reads;
use super::trace::{Block, BlockKind, Level, Piece, Trace};
use crate::source::{Source, Span};
use crate::template::ast::Branch;
use crate::value::{Str, Value};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::collections::VecDeque;
use std::sync::Arc;

/// Which values a value came from. It is carried along, and means something to a [`Recorder`] only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Read(u32);

/// The two highest bits say what the others are an index of.
const KIND: u32 = 3 << 30;
const RANGE: u32 = 1 << 30;
const DICT: u32 = 2 << 30;

enum What {
    Nothing,
    /// One path.
    Path(u32),
    /// All that was read in a stretch of the log: the value was computed from that.
    Range(usize),
    /// A map that the template put together.
    Dict(usize),
}

impl Read {
    pub const NONE: Read = Read(0);

    fn path(id: u32) -> Read {
        if id < RANGE - 1 { Read(id + 1) } else { Read::NONE }
    }

    fn what(self) -> What {
        match self.0 & KIND {
            0 if self.0 == 0 => What::Nothing,
            0 => What::Path(self.0 - 1),
            RANGE => What::Range((self.0 & !KIND) as usize),
            _ => What::Dict((self.0 & !KIND) as usize),
        }
    }
}

/// A map that a template put together, and the maps that lie under it.
#[derive(Debug, Default)]
struct Dict {
    entries: FxHashMap<Str, Read>,
    under: Vec<Read>,
}

/// What a call of `include` or `tpl` gave back, and who wrote its lines.
#[derive(Debug)]
struct Inner {
    text: Vec<u8>,
    pieces: Vec<Piece>,
}

/// Notes that are kept of a run, of all kinds together. What a run does after
/// that has no origin. And paths that are followed out of one range.
const MOST_NOTES: usize = 1_000_000;
const MOST_FOLLOWED: usize = 8;

/// Entries of a map that are looked at when it is handed on, and keys of maps that are kept of one file.
const MOST_ENTRIES: usize = 16;
const MOST_KEYED: usize = 10_000;

/// Texts of variables that are kept: a helper's lines are mostly printed right after it was called.
const MOST_KEPT: usize = 8;

/// The notes of a run.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    pub trace: Trace,
    pub reads: Reads,
    pub stack: Option<u32>,
    pub block: Option<u32>,
    /// The action that is running.
    pub action: Span,
    /// Where the data of the call that is about to begin comes from.
    pub passing: Read,
    ranges: Vec<(u32, u32)>,
    dicts: Vec<Dict>,
    inners: Vec<Inner>,
    kept: VecDeque<Inner>,
    /// Notes so far, of all files.
    notes: usize,
}

/// What is put aside while a call runs.
pub(super) struct Outside {
    pieces: Vec<Piece>,
    stack: Option<u32>,
    block: Option<u32>,
    action: Span,
}

impl Recorder {
    /// Begins a file of the chart at this path, and gives what its root object comes from.
    pub fn begin(&mut self, chart: &str) -> Read {
        let reads = std::mem::take(&mut self.reads);
        *self = Recorder { reads, notes: self.notes, ..Recorder::default() };
        Read::path(self.reads.root(chart))
    }

    /// Whether there is room for another note, which counts it.
    fn note(&mut self) -> bool {
        self.notes += 1;
        self.notes <= MOST_NOTES
    }

    /// Notes that a path was read.
    fn push(&mut self, path: u32) {
        if self.note() {
            self.trace.log.push(path);
        }
    }

    /// The notes of the file that ends.
    pub fn end(&mut self) -> Trace {
        std::mem::take(&mut self.trace)
    }

    /// Where in the log the next read goes.
    pub fn mark(&self) -> u32 {
        u32::try_from(self.trace.log.len()).unwrap_or(u32::MAX)
    }

    /// A key of what was read.
    pub fn key(&mut self, of: Read, key: &[u8], found: bool) -> Read {
        match of.what() {
            What::Nothing => Read::NONE,
            What::Path(_) if !self.reads.has_room() => Read::NONE,
            What::Path(path) => {
                let path = self.reads.key(path, key);
                self.reads.came_to(path, found);
                Read::path(path)
            }
            What::Range(_) => {
                let mark = self.mark();
                for path in self.followed(of) {
                    if self.reads.has_room() {
                        let path = self.reads.key(path, key);
                        self.push(path);
                    }
                }
                self.since(mark)
            }
            What::Dict(at) => {
                let Some(dict) = self.dicts.get(at) else { return Read::NONE };
                if let Some(read) = dict.entries.get(key) {
                    return *read;
                }
                let under = dict.under.iter().copied().find(|read| *read != Read::NONE && !self.lacks(*read, key));
                under.map_or(Read::NONE, |read| self.key(read, key, found))
            }
        }
    }

    /// Whether it is a map of which is known that it has no such key.
    fn lacks(&self, read: Read, key: &[u8]) -> bool {
        match read.what() {
            What::Dict(at) => {
                self.dicts.get(at).is_some_and(|dict| !dict.entries.contains_key(key) && dict.under.is_empty())
            }
            _ => false,
        }
    }

    /// An element of what was read.
    pub fn element(&mut self, of: Read, index: usize) -> Read {
        match of.what() {
            What::Path(path) if self.reads.has_room() => Read::path(self.reads.element(path, index)),
            What::Range(_) => of,
            What::Nothing | What::Path(_) | What::Dict(_) => Read::NONE,
        }
    }

    /// The paths behind a value, each once.
    fn followed(&self, read: Read) -> SmallVec<[u32; MOST_FOLLOWED]> {
        match read.what() {
            What::Path(path) => SmallVec::from_slice(&[path]),
            What::Range(at) => {
                let (start, end) = self.ranges.get(at).copied().unwrap_or_default();
                let mut paths = SmallVec::new();
                for path in self.trace.log.get(start as usize..end as usize).unwrap_or_default() {
                    if !paths.contains(path) {
                        paths.push(*path);
                        if paths.len() >= MOST_FOLLOWED {
                            break;
                        }
                    }
                }
                paths
            }
            What::Nothing | What::Dict(_) => SmallVec::new(),
        }
    }

    /// Notes that a value is used here.
    pub fn log(&mut self, read: Read) {
        match read.what() {
            What::Path(path) => {
                self.reads.asked(path);
                self.push(path);
            }
            What::Range(_) => {
                self.followed(read).into_iter().for_each(|path| self.push(path));
            }
            What::Dict(at) => {
                let Some(dict) = self.dicts.get(at) else { return };
                let inner: Vec<Read> = dict.entries.values().chain(&dict.under).take(MOST_ENTRIES).copied().collect();
                for read in inner {
                    // Of a map that was merged into another the entries are followed, and no map in them.
                    let merged = if let What::Dict(at) = read.what() { self.dicts.get(at) } else { None };
                    let own = merged.iter().flat_map(|dict| dict.entries.values().take(MOST_ENTRIES));
                    let paths: Vec<u32> = own.chain([&read]).flat_map(|read| self.followed(*read)).collect();
                    paths.into_iter().for_each(|path| self.push(path));
                }
            }
            What::Nothing => {}
        }
    }

    /// Notes where a path is read.
    pub fn read_at(&mut self, read: Read, source: &Arc<Source>, offset: u32, node: usize) {
        if let What::Path(path) = read.what() {
            self.reads.read_at(path, source, offset, node);
        }
    }

    /// Notes that all of a map or list is used.
    pub fn whole(&mut self, read: Read) {
        match read.what() {
            What::Nothing => {}
            What::Path(path) => self.reads.whole(path),
            What::Range(_) => self.followed(read).into_iter().for_each(|path| self.reads.whole(path)),
            What::Dict(at) => {
                let Some(dict) = self.dicts.get(at) else { return };
                let inner: Vec<Read> = dict.entries.values().chain(&dict.under).copied().collect();
                // Maps that a template put into each other can share, and hold themselves.
                for read in inner {
                    if !matches!(read.what(), What::Dict(_)) {
                        self.whole(read);
                    }
                }
            }
        }
    }

    /// What a value comes from that was computed from all that was read since a mark.
    pub fn since(&mut self, mark: u32) -> Read {
        let now = self.mark();
        if mark >= now || !self.note() {
            return Read::NONE;
        }
        self.ranges.push((mark, now));
        Read(RANGE | u32::try_from(self.ranges.len() - 1).unwrap_or(0))
    }

    fn dict(&mut self, dict: Dict) -> Read {
        if !self.note() {
            return Read::NONE;
        }
        self.dicts.push(dict);
        Read(DICT | u32::try_from(self.dicts.len() - 1).unwrap_or(0))
    }

    /// What the result of a function comes from. `mark` is from before its arguments.
    pub fn result(&mut self, function: &'static str, args: &[Value], reads: &[Read], value: &Value, mark: u32) -> Read {
        let first = reads.first().copied().unwrap_or_default();
        match function {
            "dict" => {
                let keys = args.iter().step_by(2).zip(reads.iter().skip(1).step_by(2));
                let entries: FxHashMap<Str, Read> =
                    keys.filter_map(|(key, read)| Some((key.as_str()?.clone(), *read))).collect();
                entries.iter().for_each(|(key, read)| self.under_key(key, *read));
                return self.dict(Dict { entries, under: Vec::new() });
            }
            "set" => {
                if let (What::Dict(at), Some(Value::Str(key)), Some(read)) = (first.what(), args.get(1), reads.get(2))
                    && let Some(dict) = self.dicts.get_mut(at)
                {
                    dict.entries.insert(key.clone(), *read);
                }
                if let (Some(Value::Str(key)), Some(read)) = (args.get(1), reads.get(2)) {
                    self.under_key(key, *read);
                }
                return first;
            }
            "merge" | "mustMerge" => return self.dict(Dict { under: reads.to_vec(), ..Dict::default() }),
            "mergeOverwrite" | "mustMergeOverwrite" => {
                return self.dict(Dict { under: reads.iter().rev().copied().collect(), ..Dict::default() });
            }
            "deepCopy" | "mustDeepCopy" => return first,
            "index" | "get" => return self.steps(first, args.get(1..).unwrap_or_default(), value, mark),
            "hasKey" => {
                let found = matches!(value, Value::Bool(true));
                let _ = self.steps(first, args.get(1..).unwrap_or_default(), &Value::Bool(found), mark);
            }
            "dig" => {
                let of = reads.last().copied().unwrap_or_default();
                let keys = args.get(..args.len().saturating_sub(2)).unwrap_or_default();
                return self.steps(of, keys, value, mark);
            }
            _ => {
                let is_large = |(value, _): &(&Value, &Read)| matches!(value, Value::Map(_) | Value::List(_));
                let mut large = args.iter().zip(reads).filter(is_large).peekable();
                if large.peek().is_some() && !LOOKS_NO_FURTHER.contains(&function) {
                    large.for_each(|(_, read)| self.whole(*read));
                }
            }
        }
        self.since(mark)
    }

    /// Notes what a value under a key of a map is made of.
    fn under_key(&mut self, key: &Str, read: Read) {
        let paths = self.followed(read);
        if let Some(kept) = self.trace.keyed.get_mut(key) {
            kept.retain(|path| !paths.contains(path));
            kept.extend(paths);
            kept.truncate(MOST_ENTRIES);
        } else if !paths.is_empty() && self.trace.keyed.len() < MOST_KEYED {
            self.trace.keyed.insert(key.clone(), paths.into_vec());
        }
    }

    /// Keys and indices, one after the other.
    fn steps(&mut self, of: Read, keys: &[Value], value: &Value, mark: u32) -> Read {
        let mut read = of;
        for (number, key) in keys.iter().enumerate() {
            let found = number + 1 < keys.len() || !value.is_nil();
            read = match key {
                Value::Str(key) => self.key(read, key, found),
                Value::Int(index) | Value::Int64(index) => {
                    self.element(read, usize::try_from(*index).unwrap_or(usize::MAX))
                }
                _ => Read::NONE,
            };
        }
        if read == Read::NONE {
            return self.since(mark);
        }
        self.log(read);
        read
    }

    /// Begins a branch, and gives the one around it.
    pub fn enter(&mut self, kind: BlockKind, source: &Arc<Source>, branch: &Branch, mark: u32) -> Option<u32> {
        if !self.note() {
            return self.block;
        }
        let reads = (mark, self.mark());
        self.trace.blocks.push(Block { kind, source: Arc::clone(source), span: branch.span, reads, outer: self.block });
        std::mem::replace(&mut self.block, u32::try_from(self.trace.blocks.len() - 1).ok())
    }

    /// Notes a call for the calls around pieces, and gives the one around it.
    pub fn call(&mut self, template: &Arc<str>, source: &Arc<Source>, span: Span) -> Option<u32> {
        if !self.note() {
            return self.stack;
        }
        let level = Level { template: Arc::clone(template), caller: (Arc::clone(source), span), outer: self.stack };
        self.trace.stacks.push(level);
        std::mem::replace(&mut self.stack, u32::try_from(self.trace.stacks.len() - 1).ok())
    }

    /// Puts the output so far aside: a call writes a text of its own.
    pub fn put_aside(&mut self) -> Outside {
        let pieces = std::mem::take(&mut self.trace.pieces);
        Outside { pieces, stack: self.stack, block: self.block, action: self.action }
    }

    /// Goes on with what was put aside; the text that the call wrote is kept for the action around it.
    pub fn take_back(&mut self, outside: Outside, text: &[u8]) {
        let pieces = std::mem::replace(&mut self.trace.pieces, outside.pieces);
        (self.stack, self.block, self.action) = (outside.stack, outside.block, outside.action);
        // What a helper prints at once it was given: whoever calls it says what that is.
        let is_printer = pieces.iter().filter(|piece| !is_blank(text.get(piece.start..piece.end))).count() < 2;
        if !is_printer && text.trim_ascii().contains(&b'\n') {
            self.inners.push(Inner { text: text.to_vec(), pieces });
        }
    }

    /// How many texts of calls wait for the action around them.
    pub fn waiting(&self) -> usize {
        self.inners.len()
    }

    /// The action has set a variable: what it called may be printed later.
    pub fn keep(&mut self, from: usize) {
        for inner in self.inners.drain(from.min(self.inners.len())..) {
            if self.kept.len() >= MOST_KEPT {
                self.kept.pop_front();
            }
            self.kept.push_back(inner);
        }
    }

    /// Notes who wrote the end of the output. `from` is how many texts of calls waited before the
    /// action, `mark` is where the log stood.
    pub fn wrote(&mut self, source: &Arc<Source>, span: Span, out: (usize, &[u8]), from: usize, mark: Option<u32>) {
        let (start, all) = out;
        let own = self.inners.split_off(from.min(self.inners.len()));
        let written = all.get(start..).unwrap_or_default();
        if written.is_empty() || !self.note() {
            return;
        }
        let reads = mark.map_or((0, 0), |mark| (mark, self.mark()));
        let piece = Piece {
            start,
            end: all.len(),
            source: Arc::clone(source),
            span,
            stack: self.stack,
            reads,
            block: self.block,
        };
        if mark.is_none() || !written.trim_ascii().contains(&b'\n') {
            self.trace.pieces.push(piece);
            return;
        }
        let mut candidates: Vec<&Inner> = own.iter().collect();
        if candidates.is_empty() {
            candidates.extend(self.kept.iter().rev());
        }
        align(piece, written, &candidates, &mut self.trace.pieces);
    }
}

/// Functions that look into a map or list no further than at its type, its keys or single parts, or
/// hand it on.
const LOOKS_NO_FURTHER: [&str; 30] = [
    "include",
    "tpl",
    "default",
    "coalesce",
    "ternary",
    "and",
    "or",
    "not",
    "empty",
    "kindIs",
    "kindOf",
    "typeIs",
    "typeOf",
    "typeIsLike",
    "required",
    "len",
    "list",
    "tuple",
    "first",
    "last",
    "rest",
    "initial",
    "has",
    "eq",
    "ne",
    "fail",
    "append",
    "prepend",
    "concat",
    "pick",
];

/// Finds the lines of what was written in the texts that calls gave back, and gives these lines to who
/// wrote them there.
fn align(whole: Piece, written: &[u8], inners: &[&Inner], pieces: &mut Vec<Piece>) {
    if let [inner] = inners
        && inner.text == written
    {
        let moved = inner.pieces.iter().map(|piece| Piece {
            start: piece.start + whole.start,
            end: piece.end + whole.start,
            ..piece.clone()
        });
        pieces.extend(moved);
        return;
    }
    // With each text the line that is next.
    let mut lines: Vec<_> = inners.iter().map(|inner| (*inner, cut(&inner.text), 0)).collect();
    let mut done = whole.start;
    for (at, line) in cut(written) {
        if line.is_empty() {
            continue;
        }
        let found = lines.iter_mut().find_map(|(inner, lines, next)| {
            let ahead = lines.get(*next..)?.iter().position(|(_, text)| *text == line)?;
            let (from, text) = *lines.get(*next + ahead)?;
            *next += ahead + 1;
            Some((*inner, from, text.len()))
        });
        let Some((inner, from, length)) = found else { continue };
        let to = whole.start + at;
        if to > done {
            pieces.push(Piece { start: done, end: to, ..whole.clone() });
        }
        for piece in inner.pieces.iter().filter(|piece| piece.start < from + length && piece.end > from) {
            let (start, end) = (piece.start.max(from), piece.end.min(from + length));
            // Of plain text the span is cut with it.
            let cut = start - piece.start;
            let span = if piece.is_text(&inner.text) {
                Span::new(piece.span.start as usize + cut, piece.span.start as usize + cut + (end - start))
            } else {
                piece.span
            };
            pieces.push(Piece { start: start - from + to, end: end - from + to, span, ..piece.clone() });
        }
        done = to + length;
    }
    if done < whole.end {
        pieces.push(Piece { start: done, ..whole });
    }
}

fn is_blank(text: Option<&[u8]>) -> bool {
    text.unwrap_or_default().trim_ascii().is_empty()
}

/// The lines of a text without the blanks around them, and where they stand.
fn cut(text: &[u8]) -> Vec<(usize, &[u8])> {
    let mut lines = Vec::new();
    let mut at = 0;
    for line in text.split(|byte| *byte == b'\n') {
        let blank = line.iter().take_while(|byte| **byte == b' ').count();
        let inner = line.get(blank..).unwrap_or_default().trim_ascii_end();
        lines.push((at + blank, inner));
        at += line.len() + 1;
    }
    lines
}
