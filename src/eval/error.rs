//! What goes wrong while a template runs: Go's message in parts, and the innermost place.

use super::seen::Seen;
use super::trace::Caller;
use crate::source::Source;
use std::sync::Arc;

/// A failure, from the place where it happened out to the file that was rendered.
///
/// Go wraps an error once for each `include` and `tpl` on the way; each wrapping only puts
/// text in front. The parts are kept apart, so that deep recursion costs no square of its depth.
#[derive(Debug, Clone)]
pub struct EvalError {
    /// Innermost first; each further part stands in front of the ones before.
    parts: Vec<String>,
    /// Bytes of all parts.
    bytes: usize,
    /// What went wrong, without any place.
    pub reason: String,
    /// Where the innermost failing node stands: its source and byte offset.
    pub place: Option<(Arc<Source>, u32)>,
    /// The calls on the way, innermost first.
    pub calls: Vec<Caller>,
    /// What it just came out of, while the place of that call is not known; see [`Caller::template`].
    left: Option<Option<Arc<str>>>,
    /// The values that the failing expression used; `None` until the statement is known.
    pub seen: Option<Vec<Seen>>,
}

/// Bytes of message from which on outer levels are left out: a `tpl` of itself quotes its text
/// once for each level.
const MAX_MESSAGE_BYTES: usize = 512 * 1024;

impl EvalError {
    /// A failure with nothing around it.
    pub fn new(message: String) -> Self {
        let (reason, bytes) = (message.clone(), message.len());
        EvalError { parts: vec![message], bytes, reason, place: None, calls: Vec::new(), left: None, seen: None }
    }

    /// A failure at a place: `prefix` names the place, `reason` says what.
    pub fn placed(prefix: &str, reason: String, place: (Arc<Source>, u32)) -> Self {
        let whole = format!("{prefix}{reason}");
        EvalError { reason, place: Some(place), ..EvalError::new(whole) }
    }

    /// The same failure with text in front, as Go's `%w` wraps.
    #[must_use]
    pub fn wrapped(mut self, prefix: String) -> Self {
        if self.bytes <= MAX_MESSAGE_BYTES {
            self.bytes += prefix.len();
            self.parts.push(prefix);
        }
        self
    }

    /// The same failure; `place` counts where none is known.
    #[must_use]
    pub fn or_place(mut self, place: (Arc<Source>, u32)) -> Self {
        self.place.get_or_insert(place);
        self
    }

    /// The same failure, inside of what this name was called for; the place of the call follows.
    #[must_use]
    pub fn inside(mut self, template: Option<Arc<str>>) -> Self {
        self.left = Some(template);
        self
    }

    /// The same failure; `place` is that of the call which it last came through.
    #[must_use]
    pub fn called(mut self, place: (Arc<Source>, u32)) -> Self {
        if let Some(template) = self.left.take() {
            self.calls.push(Caller { template, place });
        }
        self
    }

    /// The whole message.
    pub fn message(&self) -> String {
        self.parts.iter().rev().map(String::as_str).collect()
    }

    /// The messages that unwrapping gives, outermost first.
    pub fn chain(&self) -> impl Iterator<Item = String> + '_ {
        (0..self.parts.len()).map(|skip| self.parts.iter().rev().skip(skip).map(String::as_str).collect())
    }
}

impl std::fmt::Display for EvalError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for EvalError {}
