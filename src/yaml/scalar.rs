//! Scalars: plain, quoted, literal and folded text.
//!
//! In: a cursor at the first byte. Out: the text, borrowed where it stands in the source as it is,
//! with the cursor behind it. Each kind has a short way for text on one line.

use super::cursor::{Cursor, Scan, is_blank};
use std::borrow::Cow;

/// Line breaks inside of a scalar that is being put together.
#[derive(Default)]
struct Gap {
    first: Option<&'static [u8]>,
    more: Vec<u8>,
}

/// The three line breaks that text can hold, without the lifetime of the source.
fn lasting(line_break: &[u8]) -> &'static [u8] {
    match line_break {
        [_] => b"\n",
        [.., 0xA8] => "\u{2028}".as_bytes(),
        _ => "\u{2029}".as_bytes(),
    }
}

impl Gap {
    fn push(&mut self, line_break: &[u8]) {
        match self.first {
            None => self.first = Some(lasting(line_break)),
            Some(_) => self.more.extend_from_slice(line_break),
        }
    }

    /// One LF becomes a space, of several the first goes; other breaks stay.
    fn fold_into(&mut self, text: &mut Vec<u8>) {
        match self.first.take() {
            Some(b"\n") if self.more.is_empty() => text.push(b' '),
            Some(b"\n") | None => {}
            Some(other) => text.extend_from_slice(other),
        }
        text.append(&mut self.more);
    }
}

/// What a byte may be in plain text.
const PLAIN: u8 = 0;
const STOP: u8 = 1;
const STOP_IN_FLOW: u8 = 2;
const COLON: u8 = 3;
const WIDE_BREAK: u8 = 4;

const fn plain_classes() -> [u8; 256] {
    let mut classes = [PLAIN; 256];
    let (stop, flow) = (b"\0 \t\n\r", b",?[]{}");
    let mut i = 0;
    while i < stop.len() {
        classes[stop[i] as usize] = STOP;
        i += 1;
    }
    i = 0;
    while i < flow.len() {
        classes[flow[i] as usize] = STOP_IN_FLOW;
        i += 1;
    }
    classes[b':' as usize] = COLON;
    classes[0xC2] = WIDE_BREAK;
    classes[0xE2] = WIDE_BREAK;
    classes
}

static PLAIN_CLASSES: [u8; 256] = plain_classes();

impl<'a> Cursor<'a> {
    /// Plain text, the blanks and line breaks after it, and whether there were breaks. Outside of
    /// flow collections a line that does not reach `indent` is not part of it.
    pub(super) fn plain(&mut self, flow: bool, indent: usize) -> Scan<(Cow<'a, [u8]>, bool)> {
        let start = self.pos;
        let mut end = start;
        let mut folded: Option<Vec<u8>> = None;
        let mut gap = Gap::default();
        let mut broken = false;
        loop {
            if self.at(0) == b'#' || self.at_document_mark() {
                break;
            }
            let from = self.pos;
            self.skip_plain_run(flow);
            if self.pos > from {
                let run = self.slice(from, self.pos);
                if broken {
                    let text = folded.get_or_insert_with(|| self.slice(start, end).to_vec());
                    gap.fold_into(text);
                    text.extend_from_slice(run);
                    broken = false;
                } else if let Some(text) = &mut folded {
                    text.extend_from_slice(self.slice(end, self.pos));
                }
                end = self.pos;
            }
            if !self.skip_plain_gap(indent, &mut gap, &mut broken)? || (broken && !flow && self.indentation() < indent)
            {
                break;
            }
        }
        self.check_cut()?;
        let text = match folded {
            Some(text) => Cow::Owned(text),
            None => Cow::Borrowed(self.slice(start, end)),
        };
        Ok((text, broken))
    }

    /// Steps over plain text up to a blank, a line break or what ends a plain scalar.
    #[inline]
    pub(super) fn skip_plain_run(&mut self, flow: bool) {
        let rest = self.rest();
        let mut at = 0;
        while let Some(&b) = rest.get(at) {
            let class = PLAIN_CLASSES.get(usize::from(b)).copied().unwrap_or(STOP);
            let stop = match class {
                PLAIN => false,
                STOP => true,
                STOP_IN_FLOW => flow,
                COLON => self.is_gap(at + 1),
                _ => self.is_break(at),
            };
            if stop {
                break;
            }
            at += 1;
        }
        self.pos += at;
    }

    /// Steps over blanks and line breaks after plain text; false when there are none.
    fn skip_plain_gap(&mut self, indent: usize, gap: &mut Gap, broken: &mut bool) -> Scan<bool> {
        let from = self.pos;
        loop {
            match self.at(0) {
                b' ' => self.pos += 1,
                b'\t' => {
                    if *broken && self.indentation() < indent {
                        return self.fail("found a tab character that violates indentation");
                    }
                    self.pos += 1;
                }
                _ => {
                    let line_break = self.take_break();
                    if line_break.is_empty() {
                        return Ok(self.pos > from);
                    }
                    gap.push(line_break);
                    *broken = true;
                }
            }
        }
    }

    /// Text in quotes, from the opening one on.
    pub(super) fn quoted(&mut self, single: bool) -> Scan<Cow<'a, [u8]>> {
        self.pos += 1;
        if let Some(text) = self.quoted_on_one_line(single) {
            return Ok(Cow::Borrowed(text));
        }
        let quote = if single { b'\'' } else { b'"' };
        let mut text = Vec::new();
        loop {
            if self.at_document_mark() {
                return self.fail("found unexpected document indicator");
            }
            if self.at_end() {
                return self.fail("found unexpected end of stream");
            }
            match self.at(0) {
                b if b == quote => {
                    self.pos += 1;
                    if !(single && self.at(0) == quote) {
                        return Ok(Cow::Owned(text));
                    }
                    self.pos += 1;
                    text.push(quote);
                }
                b'\\' if !single && self.is_break(1) => {
                    // The break counts for nothing, those after it count in full.
                    self.pos += 1;
                    self.take_break();
                    let mut gap = Gap { first: Some(b"\n"), more: Vec::new() };
                    self.skip_gap_in_quotes(&mut gap);
                    text.append(&mut gap.more);
                }
                b'\\' if !single => self.escape(&mut text)?,
                _ if self.is_gap(0) => {
                    let mut gap = Gap::default();
                    let blanks = self.skip_gap_in_quotes(&mut gap);
                    if gap.first.is_some() {
                        gap.fold_into(&mut text);
                    } else {
                        text.extend_from_slice(blanks);
                    }
                }
                _ => text.extend_from_slice(self.quoted_run(quote)),
            }
        }
    }

    /// Steps over what stands for itself in quotes, but not over blanks before a line break.
    fn quoted_run(&mut self, quote: u8) -> &'a [u8] {
        let rest = self.rest();
        let stop = |b: u8| b == quote || matches!(b, b'\\' | b'\n' | b'\r' | 0xC2 | 0xE2);
        let length = rest.iter().skip(1).position(|b| stop(*b)).map_or(rest.len(), |at| at + 1);
        let run = rest.get(..length).unwrap_or(b"");
        let ends_word = matches!(rest.get(length), Some(b'\\')) || rest.get(length) == Some(&quote);
        let run = if ends_word { run } else { run.trim_ascii_end() };
        self.pos += run.len();
        run
    }

    /// The text up to the closing quote, when nothing in it has to be changed.
    fn quoted_on_one_line(&mut self, single: bool) -> Option<&'a [u8]> {
        let rest = self.rest();
        let (quote, other) = if single { (b'\'', b'\'') } else { (b'"', b'\\') };
        let length = rest.iter().position(|&b| b == quote || b == other || matches!(b, b'\n' | b'\r' | 0xC2 | 0xE2))?;
        if rest.get(length) != Some(&quote) || (single && rest.get(length + 1) == Some(&quote)) {
            return None;
        }
        self.pos += length + 1;
        rest.get(..length)
    }

    /// Steps over blanks and line breaks; gives the blanks before the first break.
    fn skip_gap_in_quotes(&mut self, gap: &mut Gap) -> &'a [u8] {
        let from = self.pos;
        self.skip_blanks();
        let blanks = self.slice(from, self.pos);
        loop {
            let line_break = self.take_break();
            if line_break.is_empty() {
                return blanks;
            }
            gap.push(line_break);
            self.skip_blanks();
        }
    }

    /// An escape sequence in double quotes.
    fn escape(&mut self, text: &mut Vec<u8>) -> Scan<()> {
        let (plain, digits): (&[u8], usize) = match self.at(1) {
            b'0' => (b"\0", 0),
            b'a' => (b"\x07", 0),
            b'b' => (b"\x08", 0),
            b't' | b'\t' => (b"\t", 0),
            b'n' => (b"\n", 0),
            b'v' => (b"\x0B", 0),
            b'f' => (b"\x0C", 0),
            b'r' => (b"\r", 0),
            b'e' => (b"\x1B", 0),
            b' ' => (b" ", 0),
            b'"' => (b"\"", 0),
            b'\'' => (b"'", 0),
            b'\\' => (b"\\", 0),
            b'N' => ("\u{85}".as_bytes(), 0),
            b'_' => ("\u{A0}".as_bytes(), 0),
            b'L' => ("\u{2028}".as_bytes(), 0),
            b'P' => ("\u{2029}".as_bytes(), 0),
            b'x' => (b"", 2),
            b'u' => (b"", 4),
            b'U' => (b"", 8),
            _ => return self.fail("found unknown escape character"),
        };
        self.pos += 2;
        text.extend_from_slice(plain);
        if digits == 0 {
            return Ok(());
        }
        let code = (0..digits).try_fold(0u32, |code, k| Some(code << 4 | char::from(self.at(k)).to_digit(16)?));
        let Some(code) = code else { return self.fail("did not find expected hexdecimal number") };
        let Some(character) = char::from_u32(code) else {
            return self.fail("found invalid Unicode character escape code");
        };
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        self.pos += digits;
        Ok(())
    }

    /// A literal or folded scalar, from its `|` or `>` on, in a collection at column `outer`.
    pub(super) fn block_scalar(&mut self, outer: Option<usize>) -> Scan<Vec<u8>> {
        let literal = self.at(0) == b'|';
        self.pos += 1;
        let (keep, hint) = self.block_header()?;
        self.finish_line()?;
        let mut indent = if hint > 0 { outer.unwrap_or(0) + hint } else { 0 };
        let mut text = Vec::new();
        let mut breaks = Vec::new();
        let least = outer.map_or(0, |column| column + 1).max(1);
        self.block_breaks(&mut indent, least, &mut breaks)?;
        let mut line_break: &[u8] = b"";
        let mut after_blank = false;
        while self.indentation() == indent && !self.at_end() {
            let blank = is_blank(self.at(0));
            if literal || after_blank || blank || line_break != b"\n" {
                text.extend_from_slice(line_break);
            } else if breaks.is_empty() {
                text.push(b' ');
            }
            text.append(&mut breaks);
            after_blank = blank;
            text.extend_from_slice(self.take_line());
            line_break = self.take_break();
            self.block_breaks(&mut indent, least, &mut breaks)?;
        }
        if keep != Some(false) {
            text.extend_from_slice(line_break);
        }
        if keep == Some(true) {
            text.append(&mut breaks);
        }
        self.check_cut()?;
        Ok(text)
    }

    /// `+` or `-`, and a digit for the indentation, in either order.
    fn block_header(&mut self) -> Scan<(Option<bool>, usize)> {
        let mut keep = self.block_sign();
        let digit = self.at(0);
        if !digit.is_ascii_digit() {
            return Ok((keep, 0));
        }
        if digit == b'0' {
            return self.fail("found an indentation indicator equal to 0");
        }
        self.pos += 1;
        if keep.is_none() {
            keep = self.block_sign();
        }
        Ok((keep, usize::from(digit - b'0')))
    }

    fn block_sign(&mut self) -> Option<bool> {
        let sign = self.at(0);
        if !matches!(sign, b'+' | b'-') {
            return None;
        }
        self.pos += 1;
        Some(sign == b'+')
    }

    /// Steps over indentation and empty lines; an `indent` of 0 becomes that of the widest of them.
    fn block_breaks(&mut self, indent: &mut usize, least: usize, breaks: &mut Vec<u8>) -> Scan<()> {
        let mut widest = 0;
        loop {
            let limit = if *indent == 0 { usize::MAX } else { *indent };
            while self.indentation() < limit && self.at(0) == b' ' {
                self.pos += 1;
            }
            let column = self.indentation();
            widest = widest.max(column);
            if column < limit && self.at(0) == b'\t' {
                return self.fail("found a tab character where an indentation space is expected");
            }
            let line_break = self.take_break();
            if line_break.is_empty() {
                break;
            }
            breaks.extend_from_slice(line_break);
        }
        if *indent == 0 {
            *indent = widest.max(least);
        }
        Ok(())
    }
}
