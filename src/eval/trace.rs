//! Where output came from: for each range of bytes, the action that wrote it.

use crate::eval::call::Purity;
use crate::source::{Source, Span};
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
    /// Index into [`Trace::stacks`] of the `template` call around it; `None` in the file itself.
    pub stack: Option<u32>,
}

/// A `template` call that output passed through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// The template that was called.
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
    /// Functions that were called whose result is not decided by the chart and values alone.
    pub impure: Vec<(&'static str, Purity)>,
}
