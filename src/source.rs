//! Named texts, and places in them.
//!
//! In: a file's name and its text. Out: [`Source`]s that turn a byte offset into a line and
//! a column, or into the [`Place`] that a message names.

use crate::diag::Place;
use bytes::Bytes;
use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// Bytes as text; those that are not UTF-8 become U+FFFD. Of what is UTF-8, nearly everything, this takes a fifth of
/// the time of [`String::from_utf8_lossy`].
pub(crate) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// How much of a line is shown. Generated files have lines of megabytes, and a thousand places in one of them.
const MOST_EXCERPT: usize = 2_000;

/// What is shown of a line, for a column (from 1): its beginning; nothing where the column stands far from it.
pub(crate) fn excerpt(line: &[u8], column: usize) -> Option<String> {
    match line.get(..MOST_EXCERPT) {
        None => Some(lossy(line).into_owned()),
        Some(begin) if column < MOST_EXCERPT => Some(lossy(begin).into_owned()),
        Some(_) => None,
    }
}

/// A text as a key. Its length and end tell most texts apart, so no more is hashed.
#[derive(Debug, Clone, Eq)]
pub(crate) struct TextKey(pub Bytes);

/// How many bytes from the end are hashed.
const HASHED_BYTES: usize = 256;

impl Hash for TextKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.0.len());
        state.write(self.0.get(self.0.len().saturating_sub(HASHED_BYTES)..).unwrap_or_default());
    }
}

impl PartialEq for TextKey {
    fn eq(&self, other: &Self) -> bool {
        // Mostly it is the very text.
        std::ptr::eq(&raw const *self.0, &raw const *other.0) || self.0 == other.0
    }
}

/// A range of bytes in one source, end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Span {
    /// A span from `start` to `end`; offsets past 4 GiB are held at the maximum.
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { start: clamp(start), end: clamp(end) }
    }

    /// The bytes that it covers; none where the text is shorter.
    pub fn of(self, text: &[u8]) -> &[u8] {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// Where the lines of a text begin. Found out when it is first asked, of a text that does not change: who tells a
/// thousand places would count the same lines a thousand times.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lines(OnceLock<Vec<usize>>);

impl Lines {
    fn starts(&self, text: &[u8]) -> &[usize] {
        self.0.get_or_init(|| std::iter::once(0).chain(memchr::memchr_iter(b'\n', text).map(|end| end + 1)).collect())
    }

    /// Where a line (from 1) begins; the 0th begins nowhere.
    pub(crate) fn start(&self, text: &[u8], line: usize) -> Option<usize> {
        self.starts(text).get(line.checked_sub(1)?).copied()
    }

    /// The line (from 1) of an offset.
    pub(crate) fn number(&self, text: &[u8], offset: usize) -> usize {
        self.starts(text).partition_point(|start| *start <= offset)
    }
}

/// A file's name and text.
#[derive(Debug, Clone)]
pub struct Source {
    /// The name as messages print it.
    pub name: Arc<str>,
    /// The bytes of the file.
    pub text: Bytes,
    lines: Lines,
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.text) == (&other.name, &other.text)
    }
}

impl Eq for Source {}

impl Source {
    /// Names a text.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Bytes>) -> Self {
        Source { name: name.into(), text: text.into(), lines: Lines::default() }
    }

    /// Line (from 1) and column (bytes, from 1) of an offset; past the end: the end.
    ///
    /// ```
    /// let source = chartwright::source::Source::new("a", b"x\ny: 1".as_slice());
    /// assert_eq!(source.line_column(2), (2, 1));
    /// ```
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let head = &self.text[..offset.min(self.text.len())];
        let line = self.lines.number(&self.text, head.len());
        let start = self.lines.start(&self.text, line).unwrap_or(0);
        (line, head.len().saturating_sub(start) + 1)
    }

    /// The place of a range: line and column (bytes, from 1) of its first byte, how many bytes of that line it covers,
    /// and the text of the line. Of an empty range, as of one past the end, only the begin is known.
    ///
    /// ```
    /// use chartwright::source::{Source, Span};
    /// let place = Source::new("a.yaml", b"x: 1\nyes: 22\nz: 3".as_slice()).place(Span::new(10, 99));
    /// assert_eq!((place.line, place.column, place.length), (2, 6, 2));
    /// assert_eq!(place.excerpt.as_deref(), Some("yes: 22"));
    /// ```
    pub fn place(&self, span: Span) -> Place {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (line, column) = self.line_column(span.start as usize);
        let text = self.line(line);
        let left = number(text.len().saturating_sub(column - 1));
        let mut place = Place::new(Arc::clone(&self.name), number(line), number(column), excerpt(text, column));
        place.length = span.end.saturating_sub(span.start).min(left);
        place
    }

    /// The text of a line (from 1), without its line break; empty past the end.
    pub fn line(&self, number: usize) -> &[u8] {
        let start = self.lines.start(&self.text, number);
        let end = self.lines.start(&self.text, number + 1).map_or(self.text.len(), |next| next.saturating_sub(1));
        let line = start.and_then(|start| self.text.get(start..end)).unwrap_or_default();
        line.strip_suffix(b"\r").unwrap_or(line)
    }
}
