//! Where output came from: for each range of bytes, the action that wrote it.

use crate::eval::call::Purity;
use crate::source::{Source, Span};
use crate::value::Str;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A range of a file's output and the action behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// First byte of the output.
    pub start: usize,
    /// End of the range.
    pub end: usize,
    /// The file that the action stands in.
    pub source: Arc<Source>,
    /// The action or text.
    pub span: Span,
    /// Index into [`Trace::stacks`] of the call around it; `None` in the file itself.
    pub stack: Option<u32>,
    /// The stretch of [`Trace::log`] that was read to make it; empty for plain text.
    pub reads: (u32, u32),
    /// Index into [`Trace::blocks`] of the innermost branch around it in all the calls.
    pub block: Option<u32>,
}

impl Piece {
    /// Whether it is plain text of its template; `output` is what it is a piece of.
    pub fn is_text(&self, output: &[u8]) -> bool {
        self.reads.0 == self.reads.1 && output.get(self.start..self.end) == Some(self.span.of(&self.source.text))
    }
}

/// What a branch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// The body of an `if`, which holds.
    If,
    /// The body of a `with`, which holds.
    With,
    /// The body of a `range`, for one of its elements.
    Range,
    /// What is behind the `else` of any of them.
    Else,
}

/// A branch that output was written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Which.
    pub kind: BlockKind,
    /// Its file.
    pub source: Arc<Source>,
    /// The opening action.
    pub span: Span,
    /// The stretch of [`Trace::log`] that decided it.
    pub reads: (u32, u32),
    /// The branch around it.
    pub outer: Option<u32>,
}

/// A call of a template (`template`, `include`, `tpl`) that output passed through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// The template that was called; `tpl` for a text that was rendered.
    pub template: Arc<str>,
    /// The file and action that called it.
    pub caller: (Arc<Source>, Span),
    /// The call around that one.
    pub outer: Option<u32>,
}

/// The pieces of one file, in the order of its output.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// Pieces that do not overlap.
    pub pieces: Vec<Piece>,
    /// The calls that pieces refer to.
    pub stacks: Vec<Level>,
    /// The branches that pieces refer to.
    pub blocks: Vec<Block>,
    /// Numbers of paths in [`Reads`](super::reads::Reads), in the order in which they were read.
    pub log: Vec<u32>,
    /// Under the keys of maps that templates put together: what the values there were made of, as
    /// numbers of paths.
    pub keyed: FxHashMap<Str, Vec<u32>>,
    /// Calls whose result is not decided by the chart and values alone, each place once.
    pub impure: Vec<Impure>,
}

/// A place from which a function was called that is not pure, and the way there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impure {
    /// The function.
    pub function: &'static str,
    /// What decides its result.
    pub purity: Purity,
    /// The file that the call stands in, and the offset of its first byte there.
    pub place: (Arc<Source>, u32),
    /// The calls of templates around it, innermost first.
    pub through: Vec<Caller>,
}

/// An `include`, `template` or `tpl`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The template that was called; `None` for a `tpl`, whose template has no name.
    pub template: Option<Arc<str>>,
    /// The file that the call stands in, and the offset of its first byte there.
    pub place: (Arc<Source>, u32),
}

impl Impure {
    /// Whether both are the same call in the same files, which are not read for that.
    pub(crate) fn is_same(&self, other: &Impure) -> bool {
        let same = |a: &(Arc<Source>, u32), b: &(Arc<Source>, u32)| a.1 == b.1 && Arc::ptr_eq(&a.0, &b.0);
        self.function == other.function
            && same(&self.place, &other.place)
            && self.through.len() == other.through.len()
            && self.through.iter().zip(&other.through).all(|(a, b)| same(&a.place, &b.place))
    }
}
