//! A place in the text, and the steps from it that every scalar and mark is read with.
//!
//! In: checked text. Out: bytes, lines and problems. Columns are counted from the start of the line
//! when somebody asks, so that stepping is no more than adding.

use super::error::{Finder, Problem};
use super::read::Source;

pub(super) type Scan<T> = Result<T, Problem>;

/// Where something was written; both count from 1, columns in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub line: u32,
    pub column: u32,
}

impl Place {
    /// The place some bytes further on the line.
    pub(super) fn after(self, bytes: u32) -> Place {
        Place { column: self.column.saturating_add(bytes), ..self }
    }
}

/// A place in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a [u8],
    bad: Option<&'static str>,
    /// LF is the only line break in the text.
    lf_only: bool,
    pub pos: usize,
    /// From 0.
    pub line: u32,
    pub line_start: usize,
}

/// Length of the line break at the start of `text`, 0 when there is none.
fn break_len(text: &[u8]) -> usize {
    match text {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        [b'\r', ..] => 1,
        [0xC2, 0x85, ..] => 2,
        [0xE2, 0x80, 0xA8 | 0xA9, ..] => 3,
        _ => 0,
    }
}

pub(super) fn is_blank(b: u8) -> bool {
    b == b' ' || b == b'\t'
}

pub(super) fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b == b'-'
}

/// Characters in valid UTF-8.
fn characters(text: &[u8]) -> usize {
    text.iter().filter(|b| **b & 0xC0 != 0x80).count()
}

impl<'a> Cursor<'a> {
    pub(super) fn new(source: &'a Source<'_>) -> Self {
        Cursor { text: &source.text, bad: source.bad, lf_only: source.lf_only, pos: 0, line: 0, line_start: 0 }
    }

    /// The byte `ahead` of the place, 0 at the end.
    #[inline]
    pub(super) fn at(&self, ahead: usize) -> u8 {
        self.text.get(self.pos + ahead).copied().unwrap_or(0)
    }

    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.text.get(self.pos..).unwrap_or(b"")
    }

    pub(super) fn slice(&self, from: usize, to: usize) -> &'a [u8] {
        self.text.get(from..to).unwrap_or(b"")
    }

    #[inline]
    pub(super) fn at_end(&self) -> bool {
        self.pos >= self.text.len()
    }

    pub(super) fn at_line_start(&self) -> bool {
        self.pos == self.line_start
    }

    /// Characters since the line began.
    pub(super) fn column(&self) -> usize {
        characters(self.slice(self.line_start, self.pos))
    }

    /// The column where only blanks stand before it.
    #[inline]
    pub(super) fn indentation(&self) -> usize {
        self.pos - self.line_start
    }

    pub(super) fn place(&self) -> Place {
        let column = u32::try_from(self.pos - self.line_start).unwrap_or(u32::MAX - 1) + 1;
        Place { line: self.line + 1, column }
    }

    /// Whether more than `limit` characters lie between a place before and this one.
    pub(super) fn is_further_than(&self, limit: usize, from: usize) -> bool {
        self.pos - from > limit && characters(self.slice(from, self.pos)) > limit
    }

    pub(super) fn is_break(&self, ahead: usize) -> bool {
        break_len(self.text.get(self.pos + ahead..).unwrap_or(b"")) > 0
    }

    /// Blank, line break or end.
    #[inline]
    pub(super) fn is_gap(&self, ahead: usize) -> bool {
        match self.at(ahead) {
            b' ' | b'\n' | b'\t' | b'\r' | 0 => true,
            0xC2 | 0xE2 => self.is_break(ahead),
            _ => false,
        }
    }

    /// Line break or end.
    pub(super) fn is_line_end(&self) -> bool {
        !is_blank(self.at(0)) && self.is_gap(0)
    }

    /// Steps over one character.
    pub(super) fn skip_character(&mut self) {
        self.pos += match self.at(0) {
            0..0xC0 => 1,
            0xC0..0xE0 => 2,
            0xE0..0xF0 => 3,
            _ => 4,
        };
    }

    pub(super) fn skip_blanks(&mut self) {
        while is_blank(self.at(0)) {
            self.pos += 1;
        }
    }

    /// Steps to the line break, or the end, and returns what it stepped over.
    pub(super) fn take_line(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let mut length = if self.lf_only {
            memchr::memchr(b'\n', rest)
        } else {
            let mut breaks = rest.iter().enumerate().filter(|(_, b)| matches!(b, b'\n' | b'\r' | 0xC2 | 0xE2));
            breaks.find(|(at, _)| break_len(rest.get(*at..).unwrap_or(b"")) > 0).map(|(at, _)| at)
        }
        .unwrap_or(rest.len());
        length = length.min(rest.len());
        self.pos += length;
        rest.get(..length).unwrap_or(b"")
    }

    /// Steps over a line break and returns it as text has it: LF, except for U+2028 and U+2029.
    #[inline]
    pub(super) fn take_break(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let length = break_len(rest);
        if length == 0 {
            return b"";
        }
        self.pos += length;
        self.line += 1;
        self.line_start = self.pos;
        if length == 3 { rest.get(..3).unwrap_or(b"\n") } else { b"\n" }
    }

    /// Letters, digits, `_` and `-`.
    pub(super) fn take_word(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().take_while(|b| is_word(**b)).count();
        self.pos += length;
        rest.get(..length).unwrap_or(b"")
    }

    /// `---` or `...` on its own at the start of a line.
    #[inline]
    pub(super) fn at_document_mark(&self) -> bool {
        self.pos == self.line_start
            && matches!(self.at(0), b'-' | b'.')
            && (self.rest().starts_with(b"---") || self.rest().starts_with(b"..."))
            && self.is_gap(3)
    }

    /// Blanks, a comment, and the line break.
    pub(super) fn finish_line(&mut self) -> Scan<()> {
        self.skip_blanks();
        if self.at(0) == b'#' {
            self.take_line();
        }
        if !self.is_line_end() {
            return self.fail("did not find expected comment or line break");
        }
        self.take_break();
        Ok(())
    }

    /// Whether a bad character follows the text.
    pub(super) fn is_bad(&self) -> bool {
        self.bad.is_some()
    }

    /// Whether the text only goes on for less than a character can take, because a bad one follows.
    pub(super) fn is_cut(&self) -> bool {
        self.bad.is_some() && self.pos + 3 >= self.text.len()
    }

    /// Fails where the text only ends because a bad character follows.
    pub(super) fn check_cut(&self) -> Scan<()> {
        if self.bad.is_some() && self.at_end() { self.fail("unexpected end of the text") } else { Ok(()) }
    }

    /// A problem found here; a bad character right ahead is what Go notices first.
    pub(super) fn problem(&self, message: &'static str) -> Problem {
        match self.bad {
            Some(bad) if self.is_cut() => Problem { finder: Finder::Reader, message: bad, line: 0 },
            _ => Problem { finder: Finder::Scanner, message, line: self.line },
        }
    }

    pub(super) fn fail<T>(&self, message: &'static str) -> Scan<T> {
        Err(self.problem(message))
    }
}
