//! What can be told by its first bytes: `key:` and `- ` at their column, and simple values.
//!
//! In: a lexer between two lexemes. Out: text, with the lexer behind it as if lexemes had been read.
//! Most lines of most files go this way; whatever is not plain here takes the long one.

use super::cursor::{Place, Scan, is_word};
use super::lexeme::{Lexer, MAX_KEY, State};
use std::borrow::Cow;

/// A value that was read without a lexeme.
pub(super) enum Value<'a> {
    Scalar {
        text: Cow<'a, [u8]>,
        plain: bool,
    },
    /// `[]`
    EmptyList,
    /// `{}`
    EmptyMap,
}

impl<'a> Lexer<'a> {
    /// Steps to what stands next, where it can be taken without a lexeme: in the block collection at
    /// that column, where a key may begin, and with nothing that needs to be remembered.
    fn at_plain_sight(&mut self, column: isize) -> bool {
        let State { flow, indent, key, marked, .. } = self.now;
        if flow > 0 || indent != column || key.is_some() || marked || self.now.cursor.is_bad() {
            return false;
        }
        self.skip_to_lexeme();
        self.now.key_allowed
    }

    /// A key of the block mapping at that column, when it is a single word of plain text with its `:`
    /// right behind.
    pub(super) fn word_key(&mut self, column: isize) -> Option<(&'a [u8], Place)> {
        if !self.at_plain_sight(column) || usize::try_from(column) != Ok(self.now.cursor.indentation()) {
            return None;
        }
        self.take_word_key()
    }

    /// Such a key further right than the block collection at that column, which opens a mapping; with
    /// the column of that.
    pub(super) fn first_word_key(&mut self, column: isize) -> Scan<Option<(&'a [u8], Place, isize)>> {
        if !self.at_plain_sight(column) {
            return Ok(None);
        }
        let inner = isize::try_from(self.now.cursor.column()).unwrap_or(isize::MAX);
        if inner <= column {
            return Ok(None);
        }
        let Some((text, place)) = self.take_word_key() else { return Ok(None) };
        self.open(inner)?;
        Ok(Some((text, place, inner)))
    }

    fn take_word_key(&mut self) -> Option<(&'a [u8], Place)> {
        let now = &mut self.now;
        let mut cursor = now.cursor;
        if !is_word(cursor.at(0)) {
            return None;
        }
        cursor.skip_plain_run(false);
        let text = cursor.slice(now.cursor.pos, cursor.pos);
        // A dash may be followed by a blank, and be no text.
        if cursor.at(0) != b':' || text.len() > MAX_KEY || text.starts_with(b"-") {
            return None;
        }
        let place = now.cursor.place();
        now.cursor = cursor;
        now.colon = cursor.pos;
        now.key_allowed = false;
        Some((text, place))
    }

    /// Steps over the next `-` of the block list at that column.
    pub(super) fn take_dash(&mut self, column: isize) -> Option<Place> {
        if !self.at_plain_sight(column) {
            return None;
        }
        let cursor = &mut self.now.cursor;
        if usize::try_from(column) != Ok(cursor.indentation()) || cursor.at(0) != b'-' || !cursor.is_gap(1) {
            return None;
        }
        let place = cursor.place();
        cursor.pos += 1;
        Some(place)
    }

    pub(super) fn place(&self) -> Place {
        self.now.cursor.place()
    }

    /// Steps over the `:` of a key that was just taken.
    pub(super) fn take_colon(&mut self) -> bool {
        let mut cursor = self.now.cursor;
        cursor.skip_blanks();
        if cursor.pos != self.now.colon || self.now.flow > 0 {
            return false;
        }
        cursor.pos += 1;
        self.now.cursor = cursor;
        self.now.key_allowed = false;
        true
    }

    /// The value that stands here and can be no key, when its first bytes show that it is simple.
    pub(super) fn value(&mut self) -> Scan<Option<(Value<'a>, Place)>> {
        let now = &mut self.now;
        if now.key_allowed || now.flow > 0 || now.key.is_some() || now.cursor.is_bad() {
            return Ok(None);
        }
        now.cursor.skip_blanks();
        let place = now.cursor.place();
        let first = now.cursor.at(0);
        let value = match (first, now.cursor.at(1)) {
            (b'\'' | b'"', _) => Value::Scalar { text: now.cursor.quoted(first == b'\'')?, plain: false },
            (b'[', b']') | (b'{', b'}') => {
                now.cursor.pos += 2;
                if first == b'[' { Value::EmptyList } else { Value::EmptyMap }
            }
            _ if is_word(first) && first != b'-' || matches!(first, b'/' | b'.' | b'$' | b'<' | b'(') => {
                let (text, broken) = now.cursor.plain(false, usize::try_from(now.indent + 1).unwrap_or(0))?;
                now.key_allowed = broken;
                Value::Scalar { text, plain: true }
            }
            _ => return Ok(None),
        };
        Ok(Some((value, place)))
    }
}
