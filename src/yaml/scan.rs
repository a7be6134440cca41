//! Cuts YAML text into tokens, by libyaml's rules as Go's port of it has them.
//!
//! In: checked UTF-8. Out: [`Token`]s on demand, text borrowed where no line had to be folded.
//! A key without `?` is only known by the `:` after it, so the queue holds back what might be one.

use super::error::{Finder, Problem};
use super::read::Source;
use std::borrow::Cow;
use std::collections::VecDeque;

/// Go's limit for nested flow collections, and for indentation levels.
const MAX_DEPTH: usize = 10_000;

const BYTE_ORDER_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// What Go's buffer holds at first of a text after its byte order mark.
const FIRST_CHUNK: usize = 509;

/// A place in the text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mark {
    /// In bytes.
    pub pos: usize,
    /// In characters.
    pub index: usize,
    /// From 0.
    pub line: u32,
    /// In characters from 0.
    pub column: usize,
    /// Where the line starts, in bytes.
    pub line_start: usize,
}

/// One token with its place.
#[derive(Debug)]
pub(super) struct Token<'a> {
    pub kind: Kind<'a>,
    pub start: Mark,
    pub end: Mark,
}

/// What a token is.
#[derive(Debug)]
pub(super) enum Kind<'a> {
    StreamStart,
    StreamEnd,
    Version(u8, u8),
    TagDirective { handle: &'a [u8], prefix: Vec<u8> },
    DocumentStart,
    DocumentEnd,
    BlockSequence,
    BlockMapping,
    BlockEnd,
    FlowSequence,
    FlowSequenceEnd,
    FlowMapping,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(&'a [u8]),
    Anchor(&'a [u8]),
    Tag { handle: &'a [u8], suffix: Vec<u8> },
    Scalar { text: Cow<'a, [u8]>, plain: bool },
}

type Scan<T> = Result<T, Problem>;

/// Where a key without `?` may have started, one per flow level.
#[derive(Debug, Clone, Copy, Default)]
struct SimpleKey {
    possible: bool,
    required: bool,
    token: usize,
    mark: Mark,
}

/// The scanner's state.
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    bad: Option<&'static str>,
    mark: Mark,
    tokens: VecDeque<Token<'a>>,
    /// How many tokens have been taken.
    taken: usize,
    started: bool,
    ended: bool,
    /// Whether the head of the queue is known to be ready.
    ready: bool,
    flow: usize,
    /// -1 outside of all blocks.
    indent: isize,
    indents: Vec<isize>,
    keys: Vec<SimpleKey>,
    /// Token number and flow level of keys that may still be, in order. Go keeps this index apart
    /// from the keys themselves, and an empty flow collection loses its entry: it is no key then.
    pending: VecDeque<(usize, Option<usize>)>,
    key_allowed: bool,
    /// A second byte order mark starts the text. Go looks for one at the start of its buffer instead
    /// of the present place, and so drops a character of every line until the buffer moves on.
    marked: bool,
}

/// Length of the line break at the start of `text`, 0 when there is none.
fn break_len(text: &[u8]) -> usize {
    match text {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        [0xC2, 0x85, ..] => 2,
        [0xE2, 0x80, 0xA8 | 0xA9, ..] => 3,
        _ => 0,
    }
}

fn is_blank(b: u8) -> bool {
    b == b' ' || b == b'\t'
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b == b'-'
}

impl<'a> Scanner<'a> {
    pub(super) fn new(source: &'a Source<'_>) -> Self {
        Scanner {
            text: &source.text,
            bad: source.bad,
            mark: Mark::default(),
            tokens: VecDeque::new(),
            taken: 0,
            started: false,
            ended: false,
            ready: false,
            flow: 0,
            indent: -1,
            indents: Vec::new(),
            keys: vec![SimpleKey::default()],
            pending: VecDeque::new(),
            key_allowed: true,
            marked: source.text.starts_with(BYTE_ORDER_MARK),
        }
    }

    /// The next token, left in place.
    pub(super) fn peek(&mut self) -> Scan<&mut Token<'a>> {
        if !self.ready {
            self.fetch_more()?;
        }
        let problem = self.problem("unexpected end of the token stream");
        self.tokens.front_mut().ok_or(problem)
    }

    /// Drops the token that was peeked at.
    pub(super) fn skip_token(&mut self) {
        self.ready = false;
        self.taken += 1;
        self.tokens.pop_front();
    }

    /// Takes the next token.
    pub(super) fn next(&mut self) -> Scan<Token<'a>> {
        self.peek()?;
        self.ready = false;
        self.taken += 1;
        let problem = self.problem("unexpected end of the token stream");
        self.tokens.pop_front().ok_or(problem)
    }

    fn problem(&self, message: &'static str) -> Problem {
        match self.bad {
            Some(bad) if self.mark.pos + 3 >= self.text.len() => {
                Problem { finder: Finder::Reader, message: bad, line: 0 }
            }
            _ => Problem { finder: Finder::Scanner, message, line: self.mark.line },
        }
    }

    fn fail<T>(&self, message: &'static str) -> Scan<T> {
        Err(self.problem(message))
    }

    /// Fails where the text only ends because a bad character follows.
    fn check_cut(&self) -> Scan<()> {
        if self.bad.is_some() && self.at_end() { self.fail("unexpected end of the text") } else { Ok(()) }
    }

    /// The byte `ahead` of the place, 0 at the end.
    fn at(&self, ahead: usize) -> u8 {
        self.text.get(self.mark.pos + ahead).copied().unwrap_or(0)
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.mark.pos..).unwrap_or(&[])
    }

    fn rest_from(&self, ahead: usize) -> &'a [u8] {
        self.text.get(self.mark.pos + ahead..).unwrap_or(&[])
    }

    fn at_end(&self) -> bool {
        self.mark.pos >= self.text.len()
    }

    fn is_break(&self, ahead: usize) -> bool {
        break_len(self.rest_from(ahead)) > 0
    }

    /// Blank, line break or end.
    fn is_gap(&self, ahead: usize) -> bool {
        let b = self.at(ahead);
        is_blank(b) || b == 0 || (!(b' '..0xC2).contains(&b) && self.is_break(ahead))
    }

    /// Line break or end.
    fn is_line_end(&self) -> bool {
        let b = self.at(0);
        b == 0 || (!(b' '..0xC2).contains(&b) && self.is_break(0))
    }

    /// Steps over one character.
    fn skip(&mut self) {
        self.mark.index += 1;
        self.mark.column += 1;
        self.mark.pos += match self.at(0) {
            0..0xC0 => 1,
            0xC0..0xE0 => 2,
            0xE0..0xF0 => 3,
            _ => 4,
        };
    }

    fn skip_blanks(&mut self) {
        while is_blank(self.at(0)) {
            self.skip();
        }
    }

    fn skip_to_line_end(&mut self) {
        while !self.is_line_end() {
            self.skip();
        }
    }

    /// Steps over a line break and returns it as text has it: LF, except for U+2028 and U+2029.
    fn take_break(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let length = break_len(rest);
        if length == 0 {
            return b"";
        }
        self.mark.index += if rest.starts_with(b"\r\n") { 2 } else { 1 };
        self.mark.pos += length;
        self.mark.column = 0;
        self.mark.line += 1;
        self.mark.line_start = self.mark.pos;
        if length == 3 { rest.get(..3).unwrap_or(b"\n") } else { b"\n" }
    }

    /// `---` or `...` on its own at the start of a line.
    fn at_document_mark(&self) -> bool {
        self.mark.column == 0 && (self.rest().starts_with(b"---") || self.rest().starts_with(b"...")) && self.is_gap(3)
    }

    fn push(&mut self, kind: Kind<'a>, start: Mark) {
        let end = self.mark;
        self.tokens.push_back(Token { kind, start, end });
    }

    /// Puts a token before the one with that number. One that is gone already means: at the end.
    fn insert(&mut self, number: usize, kind: Kind<'a>, mark: Mark) {
        let token = Token { kind, start: mark, end: mark };
        match number.checked_sub(self.taken) {
            Some(place) if place <= self.tokens.len() => self.tokens.insert(place, token),
            _ => self.tokens.push_back(token),
        }
    }

    fn fetch_more(&mut self) -> Scan<()> {
        loop {
            if !self.tokens.is_empty() {
                while self.pending.front().is_some_and(|(token, _)| *token < self.taken) {
                    self.pending.pop_front();
                }
                match self.pending.front() {
                    Some(&(token, Some(level))) if token == self.taken => {
                        if !self.key_is_valid(level)? {
                            break;
                        }
                    }
                    _ => break,
                }
            }
            self.fetch_next()?;
        }
        self.ready = true;
        Ok(())
    }

    /// Whether the key of that level may still be one: same line, at most 1024 characters back.
    fn key_is_valid(&mut self, level: usize) -> Scan<bool> {
        let mark = self.mark;
        let Some(key) = self.keys.get_mut(level) else { return Ok(false) };
        if !key.possible {
            return Ok(false);
        }
        if key.mark.line < mark.line || key.mark.index + 1024 < mark.index {
            if key.required {
                return self.fail("could not find expected ':'");
            }
            key.possible = false;
            return Ok(false);
        }
        Ok(true)
    }

    fn save_key(&mut self) -> Scan<()> {
        if !self.key_allowed {
            return Ok(());
        }
        let required = self.flow == 0 && usize::try_from(self.indent) == Ok(self.mark.column);
        let token = self.taken + self.tokens.len();
        self.remove_key()?;
        let level = self.keys.len() - 1;
        if let Some(key) = self.keys.last_mut() {
            *key = SimpleKey { possible: true, required, token, mark: self.mark };
        }
        match self.pending.back_mut() {
            Some(last) if last.0 == token => last.1 = Some(level),
            _ => self.pending.push_back((token, Some(level))),
        }
        Ok(())
    }

    fn remove_key(&mut self) -> Scan<()> {
        let Some(key) = self.keys.last_mut() else { return Ok(()) };
        if key.possible {
            if key.required {
                return self.fail("could not find expected ':'");
            }
            key.possible = false;
            let token = key.token;
            self.forget(token);
        }
        Ok(())
    }

    fn forget(&mut self, token: usize) {
        if let Ok(place) = self.pending.binary_search_by_key(&token, |entry| entry.0)
            && let Some(entry) = self.pending.get_mut(place)
        {
            entry.1 = None;
        }
    }

    fn roll_indent(&mut self, mark: Mark, number: Option<usize>, kind: Kind<'a>) -> Scan<()> {
        let column = isize::try_from(mark.column).unwrap_or(isize::MAX);
        if self.flow > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_DEPTH {
            return self.fail("exceeded max depth of 10000");
        }
        self.insert(number.unwrap_or(usize::MAX), kind, mark);
        Ok(())
    }

    fn unroll_indent(&mut self, column: isize) {
        if self.flow > 0 {
            return;
        }
        while self.indent > column {
            self.push(Kind::BlockEnd, self.mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn fetch_next(&mut self) -> Scan<()> {
        if !self.started {
            self.started = true;
            self.push(Kind::StreamStart, self.mark);
            return Ok(());
        }
        if self.ended {
            return self.fail("unexpected end of the token stream");
        }
        self.skip_to_token();
        if self.marked {
            let chunk = self.text.get(self.mark.pos..self.text.len().min(FIRST_CHUNK)).unwrap_or(b"");
            self.marked = chunk.iter().filter(|b| **b & 0xC0 != 0x80).count() >= 4;
        }
        if self.bad.is_some() && self.mark.pos + 3 >= self.text.len() {
            return self.fail("unexpected end");
        }
        self.unroll_indent(isize::try_from(self.mark.column).unwrap_or(isize::MAX));
        if self.at_end() {
            return self.fetch_stream_end();
        }
        let first = self.at(0);
        if self.mark.column == 0 {
            if first == b'%' {
                return self.fetch_directive();
            }
            if self.at_document_mark() {
                return self.fetch_document_mark(first == b'-');
            }
        }
        let block = self.flow == 0;
        match first {
            b'[' => self.fetch_flow_start(Kind::FlowSequence),
            b'{' => self.fetch_flow_start(Kind::FlowMapping),
            b']' => self.fetch_flow_end(Kind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(Kind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if self.is_gap(1) => self.fetch_block_entry(),
            b'?' if !block || self.is_gap(1) => self.fetch_key(),
            b':' if !block || self.is_gap(1) => self.fetch_value(),
            b'*' | b'&' => self.fetch_anchor(first == b'*'),
            b'!' => self.fetch_tag(),
            b'|' | b'>' if block => self.fetch_block_scalar(first == b'|'),
            b'\'' | b'"' => self.fetch_quoted(first == b'\''),
            b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => self.fail("found character that cannot start any token"),
            _ if self.is_gap(0) => self.fail("found character that cannot start any token"),
            _ => self.fetch_plain(),
        }
    }

    /// Steps over blanks, comments and line breaks. A tab is a blank only where no key can start.
    fn skip_to_token(&mut self) {
        loop {
            if self.marked && self.mark.column == 0 && !self.at_end() {
                self.skip();
            }
            let tabs = self.flow > 0 || !self.key_allowed;
            while self.at(0) == b' ' || (tabs && self.at(0) == b'\t') {
                self.skip();
            }
            if self.at(0) == b'#' {
                self.skip_to_line_end();
            }
            if self.take_break().is_empty() {
                return;
            }
            if self.flow == 0 {
                self.key_allowed = true;
            }
        }
    }

    fn fetch_stream_end(&mut self) -> Scan<()> {
        if self.mark.column != 0 {
            self.mark.column = 0;
            self.mark.line += 1;
            self.mark.line_start = self.mark.pos;
        }
        self.unroll_indent(-1);
        self.remove_key()?;
        self.key_allowed = false;
        self.ended = true;
        self.push(Kind::StreamEnd, self.mark);
        Ok(())
    }

    fn fetch_document_mark(&mut self, start: bool) -> Scan<()> {
        self.unroll_indent(-1);
        self.remove_key()?;
        self.key_allowed = false;
        let mark = self.mark;
        (0..3).for_each(|_| self.skip());
        self.push(if start { Kind::DocumentStart } else { Kind::DocumentEnd }, mark);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: Kind<'a>) -> Scan<()> {
        self.save_key()?;
        let token = self.taken + self.tokens.len();
        self.keys.push(SimpleKey { possible: false, required: false, token, mark: self.mark });
        self.flow += 1;
        if self.flow > MAX_DEPTH {
            return self.fail("exceeded max depth of 10000");
        }
        self.key_allowed = true;
        self.fetch_indicator(kind);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: Kind<'a>) -> Scan<()> {
        self.remove_key()?;
        if self.flow > 0 {
            self.flow -= 1;
            if let Some(key) = self.keys.pop() {
                self.forget(key.token);
            }
        }
        self.key_allowed = false;
        self.fetch_indicator(kind);
        Ok(())
    }

    fn fetch_indicator(&mut self, kind: Kind<'a>) {
        let mark = self.mark;
        self.skip();
        self.push(kind, mark);
    }

    fn fetch_flow_entry(&mut self) -> Scan<()> {
        self.remove_key()?;
        self.key_allowed = true;
        self.fetch_indicator(Kind::FlowEntry);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Scan<()> {
        // In a flow collection the parser reports it.
        if self.flow == 0 {
            if !self.key_allowed {
                return self.fail("block sequence entries are not allowed in this context");
            }
            self.roll_indent(self.mark, None, Kind::BlockSequence)?;
        }
        self.remove_key()?;
        self.key_allowed = true;
        self.fetch_indicator(Kind::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self) -> Scan<()> {
        if self.flow == 0 {
            if !self.key_allowed {
                return self.fail("mapping keys are not allowed in this context");
            }
            self.roll_indent(self.mark, None, Kind::BlockMapping)?;
        }
        self.remove_key()?;
        self.key_allowed = self.flow == 0;
        self.fetch_indicator(Kind::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Scan<()> {
        let level = self.keys.len().saturating_sub(1);
        if self.key_is_valid(level)? {
            let key = self.keys.get(level).copied().unwrap_or_default();
            self.insert(key.token, Kind::Key, key.mark);
            self.roll_indent(key.mark, Some(key.token), Kind::BlockMapping)?;
            if let Some(key) = self.keys.get_mut(level) {
                key.possible = false;
            }
            self.forget(key.token);
            self.key_allowed = false;
        } else {
            if self.flow == 0 {
                if !self.key_allowed {
                    return self.fail("mapping values are not allowed in this context");
                }
                self.roll_indent(self.mark, None, Kind::BlockMapping)?;
            }
            self.key_allowed = self.flow == 0;
        }
        self.fetch_indicator(Kind::Value);
        Ok(())
    }

    fn fetch_anchor(&mut self, alias: bool) -> Scan<()> {
        self.save_key()?;
        self.key_allowed = false;
        let mark = self.mark;
        self.skip();
        let name = self.word();
        let ends = self.is_gap(0) || matches!(self.at(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !ends {
            return self.fail("did not find expected alphabetic or numeric character");
        }
        self.push(if alias { Kind::Alias(name) } else { Kind::Anchor(name) }, mark);
        Ok(())
    }

    /// Letters, digits, `_` and `-`.
    fn word(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().take_while(|b| is_word(**b)).count();
        self.mark.pos += length;
        self.mark.index += length;
        self.mark.column += length;
        rest.get(..length).unwrap_or(b"")
    }

    fn fetch_tag(&mut self) -> Scan<()> {
        self.save_key()?;
        self.key_allowed = false;
        let mark = self.mark;
        let (handle, suffix): (&[u8], Vec<u8>);
        if self.at(1) == b'<' {
            self.skip();
            self.skip();
            (handle, suffix) = (b"", self.tag_uri(b"")?);
            if self.at(0) != b'>' {
                return self.fail("did not find the expected '>'");
            }
            self.skip();
        } else {
            let found = self.tag_handle(false)?;
            if found.len() > 1 && found.ends_with(b"!") {
                (handle, suffix) = (found, self.tag_uri(b"")?);
            } else {
                // It was no handle, but the start of the tag itself.
                let rest = self.tag_uri(found)?;
                (handle, suffix) = if rest.is_empty() { (&b""[..], b"!".to_vec()) } else { (&b"!"[..], rest) };
            }
        }
        if !self.is_gap(0) {
            return self.fail("did not find expected whitespace or line break");
        }
        self.push(Kind::Tag { handle, suffix }, mark);
        Ok(())
    }

    fn tag_handle(&mut self, directive: bool) -> Scan<&'a [u8]> {
        if self.at(0) != b'!' {
            return self.fail("did not find expected '!'");
        }
        let rest = self.rest();
        self.skip();
        let mut length = 1 + self.word().len();
        if self.at(0) == b'!' {
            self.skip();
            length += 1;
        } else if directive && length != 1 {
            return self.fail("did not find expected '!'");
        }
        Ok(rest.get(..length).unwrap_or(b"!"))
    }

    fn tag_uri(&mut self, head: &[u8]) -> Scan<Vec<u8>> {
        let mut uri = head.get(1..).unwrap_or(b"").to_vec();
        let mut any = !head.is_empty();
        loop {
            let b = self.at(0);
            if b == b'%' {
                self.uri_escape(&mut uri)?;
            } else if is_word(b) || b";/?:@&=+$,.!~*'()[]".contains(&b) {
                uri.push(b);
                self.skip();
            } else {
                break;
            }
            any = true;
        }
        if any { Ok(uri) } else { self.fail("did not find expected tag URI") }
    }

    /// One character as `%XX` bytes.
    fn uri_escape(&mut self, uri: &mut Vec<u8>) -> Scan<()> {
        let mut left = 0;
        loop {
            let digits = (char::from(self.at(1)).to_digit(16), char::from(self.at(2)).to_digit(16));
            let (b'%', (Some(high), Some(low))) = (self.at(0), digits) else {
                return self.fail("did not find URI escaped octet");
            };
            let octet = (high << 4 | low) as u8;
            if left == 0 {
                left = match octet {
                    0..0x80 => 1,
                    0xC0..0xE0 => 2,
                    0xE0..0xF0 => 3,
                    0xF0..0xF8 => 4,
                    _ => return self.fail("found an incorrect leading UTF-8 octet"),
                };
            } else if octet & 0xC0 != 0x80 {
                return self.fail("found an incorrect trailing UTF-8 octet");
            }
            uri.push(octet);
            (0..3).for_each(|_| self.skip());
            left -= 1;
            if left == 0 {
                return Ok(());
            }
        }
    }

    fn fetch_directive(&mut self) -> Scan<()> {
        self.unroll_indent(-1);
        self.remove_key()?;
        self.key_allowed = false;
        let mark = self.mark;
        self.skip();
        let name = self.word();
        if name.is_empty() {
            return self.fail("could not find expected directive name");
        }
        if !self.is_gap(0) {
            return self.fail("found unexpected non-alphabetical character");
        }
        let kind = match name {
            b"YAML" => {
                self.skip_blanks();
                let major = self.version_number()?;
                if self.at(0) != b'.' {
                    return self.fail("did not find expected digit or '.' character");
                }
                self.skip();
                Kind::Version(major, self.version_number()?)
            }
            b"TAG" => {
                self.skip_blanks();
                let handle = self.tag_handle(true)?;
                if !is_blank(self.at(0)) {
                    return self.fail("did not find expected whitespace");
                }
                self.skip_blanks();
                let prefix = self.tag_uri(b"")?;
                if !self.is_gap(0) {
                    return self.fail("did not find expected whitespace or line break");
                }
                Kind::TagDirective { handle, prefix }
            }
            _ => return self.fail("found unknown directive name"),
        };
        let end = self.mark;
        self.finish_line()?;
        self.tokens.push_back(Token { kind, start: mark, end });
        Ok(())
    }

    fn version_number(&mut self) -> Scan<u8> {
        let mut number = 0u8;
        let mut length = 0;
        while self.at(0).is_ascii_digit() {
            length += 1;
            if length > 2 {
                return self.fail("found extremely long version number");
            }
            number = number * 10 + (self.at(0) - b'0');
            self.skip();
        }
        if length == 0 { self.fail("did not find expected version number") } else { Ok(number) }
    }

    /// Blanks, a comment, and the line break.
    fn finish_line(&mut self) -> Scan<()> {
        self.skip_blanks();
        if self.at(0) == b'#' {
            self.skip_to_line_end();
        }
        if !self.is_line_end() {
            return self.fail("did not find expected comment or line break");
        }
        self.take_break();
        Ok(())
    }

    fn fetch_block_scalar(&mut self, literal: bool) -> Scan<()> {
        self.remove_key()?;
        self.key_allowed = true;
        let start = self.mark;
        self.skip();
        let (mut keep, mut increment) = (None, 0);
        if let sign @ (b'+' | b'-') = self.at(0) {
            keep = Some(sign == b'+');
            self.skip();
            increment = self.indent_indicator()?;
        } else if self.at(0).is_ascii_digit() {
            increment = self.indent_indicator()?;
            if let sign @ (b'+' | b'-') = self.at(0) {
                keep = Some(sign == b'+');
                self.skip();
            }
        }
        self.finish_line()?;
        let mut end = self.mark;
        let mut indent = if increment > 0 { usize::try_from(self.indent).unwrap_or(0) + increment } else { 0 };
        let mut text = Vec::new();
        let mut breaks = Vec::new();
        self.block_breaks(&mut indent, &mut breaks, &mut end)?;
        let mut line_break: &[u8] = b"";
        let mut after_blank = false;
        while self.mark.column == indent && !self.at_end() {
            let blank = is_blank(self.at(0));
            if !literal && !after_blank && !blank && line_break == b"\n" {
                if breaks.is_empty() {
                    text.push(b' ');
                }
            } else {
                text.extend_from_slice(line_break);
            }
            text.append(&mut breaks);
            after_blank = blank;
            let from = self.mark.pos;
            self.skip_to_line_end();
            text.extend_from_slice(self.text.get(from..self.mark.pos).unwrap_or(b""));
            line_break = self.take_break();
            self.block_breaks(&mut indent, &mut breaks, &mut end)?;
        }
        if keep != Some(false) {
            text.extend_from_slice(line_break);
        }
        if keep == Some(true) {
            text.append(&mut breaks);
        }
        self.check_cut()?;
        self.tokens.push_back(Token { kind: Kind::Scalar { text: Cow::Owned(text), plain: false }, start, end });
        Ok(())
    }

    fn indent_indicator(&mut self) -> Scan<usize> {
        let digit = self.at(0);
        if digit == b'0' {
            return self.fail("found an indentation indicator equal to 0");
        }
        if !digit.is_ascii_digit() {
            return Ok(0);
        }
        self.skip();
        Ok(usize::from(digit - b'0'))
    }

    /// Indentation and empty lines of a block scalar; finds the indentation when it is still 0.
    fn block_breaks(&mut self, indent: &mut usize, breaks: &mut Vec<u8>, end: &mut Mark) -> Scan<()> {
        *end = self.mark;
        let mut widest = 0;
        loop {
            while (*indent == 0 || self.mark.column < *indent) && self.at(0) == b' ' {
                self.skip();
            }
            widest = widest.max(self.mark.column);
            if (*indent == 0 || self.mark.column < *indent) && self.at(0) == b'\t' {
                return self.fail("found a tab character where an indentation space is expected");
            }
            let line_break = self.take_break();
            if line_break.is_empty() {
                break;
            }
            breaks.extend_from_slice(line_break);
            *end = self.mark;
        }
        if *indent == 0 {
            *indent = widest.max(usize::try_from(self.indent + 1).unwrap_or(0)).max(1);
        }
        Ok(())
    }

    fn fetch_quoted(&mut self, single: bool) -> Scan<()> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.mark;
        self.skip();
        let quote = if single { b'\'' } else { b'"' };
        let mut text = Vec::new();
        // Set while everything so far can be borrowed as it stands.
        let mut borrow = Some(self.mark.pos);
        loop {
            if self.at_document_mark() {
                return self.fail("found unexpected document indicator");
            }
            if self.at_end() {
                return self.fail("found unexpected end of stream");
            }
            let mut after_break = false;
            while !self.is_gap(0) {
                let b = self.at(0);
                if b == quote && !(single && self.at(1) == quote) {
                    break;
                }
                let escape = b == b'\\' && !single;
                if (escape || b == quote)
                    && let Some(from) = borrow.take()
                {
                    text.extend_from_slice(self.text.get(from..self.mark.pos).unwrap_or(b""));
                }
                if b == quote {
                    text.push(quote);
                    self.skip();
                    self.skip();
                } else if escape && self.is_break(1) {
                    self.skip();
                    self.take_break();
                    after_break = true;
                    break;
                } else if escape {
                    self.escape(&mut text)?;
                } else {
                    let from = self.mark.pos;
                    self.skip();
                    if borrow.is_none() {
                        text.extend_from_slice(self.text.get(from..self.mark.pos).unwrap_or(b""));
                    }
                }
            }
            if self.at(0) == quote {
                break;
            }
            let blanks_from = self.mark.pos;
            let mut blanks_to = blanks_from;
            let mut first_break: &[u8] = b"";
            let mut breaks = Vec::new();
            loop {
                if is_blank(self.at(0)) {
                    self.skip();
                    if !after_break {
                        blanks_to = self.mark.pos;
                    }
                    continue;
                }
                let line_break = self.take_break();
                if line_break.is_empty() {
                    break;
                }
                if after_break {
                    breaks.extend_from_slice(line_break);
                } else {
                    if let Some(from) = borrow.take() {
                        text.extend_from_slice(self.text.get(from..blanks_from).unwrap_or(b""));
                    }
                    first_break = line_break;
                    after_break = true;
                }
            }
            if !after_break {
                if borrow.is_none() {
                    text.extend_from_slice(self.text.get(blanks_from..blanks_to).unwrap_or(b""));
                }
            } else if first_break == b"\n" {
                if breaks.is_empty() {
                    text.push(b' ');
                }
                text.append(&mut breaks);
            } else {
                text.extend_from_slice(first_break);
                text.append(&mut breaks);
            }
        }
        let text = match borrow {
            Some(from) => Cow::Borrowed(self.text.get(from..self.mark.pos).unwrap_or(b"")),
            None => Cow::Owned(text),
        };
        self.skip();
        self.push(Kind::Scalar { text, plain: false }, start);
        Ok(())
    }

    /// An escape sequence of a double quoted scalar.
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
            b'N' => (b"\xC2\x85", 0),
            b'_' => (b"\xC2\xA0", 0),
            b'L' => (b"\xE2\x80\xA8", 0),
            b'P' => (b"\xE2\x80\xA9", 0),
            b'x' => (b"", 2),
            b'u' => (b"", 4),
            b'U' => (b"", 8),
            _ => return self.fail("found unknown escape character"),
        };
        self.skip();
        self.skip();
        text.extend_from_slice(plain);
        if digits == 0 {
            return Ok(());
        }
        let mut code = 0u32;
        for k in 0..digits {
            let Some(digit) = char::from(self.at(k)).to_digit(16) else {
                return self.fail("did not find expected hexdecimal number");
            };
            code = code << 4 | digit;
        }
        let Some(character) = char::from_u32(code) else {
            return self.fail("found invalid Unicode character escape code");
        };
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        (0..digits).for_each(|_| self.skip());
        Ok(())
    }

    fn fetch_plain(&mut self) -> Scan<()> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.mark;
        let mut end = start;
        let indent = usize::try_from(self.indent + 1).unwrap_or(0);
        // One line is borrowed; further lines are put together in `folded`.
        let mut folded: Option<Vec<u8>> = None;
        let mut first_break: &[u8] = b"";
        let mut breaks: Vec<u8> = Vec::new();
        let mut after_break = false;
        let mut gap_from = start.pos;
        loop {
            if self.at_document_mark() || self.at(0) == b'#' {
                break;
            }
            let from = self.mark.pos;
            self.skip_plain_run();
            if self.mark.pos > from {
                let run = self.text.get(from..self.mark.pos).unwrap_or(b"");
                if after_break {
                    let text = folded.get_or_insert_with(|| self.text.get(start.pos..end.pos).unwrap_or(b"").to_vec());
                    if first_break != b"\n" {
                        text.extend_from_slice(first_break);
                    } else if breaks.is_empty() {
                        text.push(b' ');
                    }
                    text.append(&mut breaks);
                    text.extend_from_slice(run);
                    first_break = b"";
                    after_break = false;
                } else if let Some(text) = &mut folded {
                    text.extend_from_slice(self.text.get(gap_from..from).unwrap_or(b""));
                    text.extend_from_slice(run);
                }
                end = self.mark;
            }
            if !is_blank(self.at(0)) && !self.is_break(0) {
                break;
            }
            gap_from = self.mark.pos;
            loop {
                if is_blank(self.at(0)) {
                    if after_break && self.mark.column < indent && self.at(0) == b'\t' {
                        return self.fail("found a tab character that violates indentation");
                    }
                    self.skip();
                    continue;
                }
                let line_break = self.take_break();
                if line_break.is_empty() {
                    break;
                }
                if after_break {
                    breaks.extend_from_slice(line_break);
                } else {
                    first_break = line_break;
                    after_break = true;
                }
            }
            if self.flow == 0 && self.mark.column < indent {
                break;
            }
        }
        let text = match folded {
            Some(text) => Cow::Owned(text),
            None => Cow::Borrowed(self.text.get(start.pos..end.pos).unwrap_or(b"")),
        };
        if after_break {
            self.key_allowed = true;
        }
        self.check_cut()?;
        self.tokens.push_back(Token { kind: Kind::Scalar { text, plain: true }, start, end });
        Ok(())
    }

    /// Steps over plain text up to a blank, a line break or what ends a plain scalar.
    fn skip_plain_run(&mut self) {
        let flow = self.flow > 0;
        loop {
            let b = self.at(0);
            let stop = match b {
                0 | b' ' | b'\t' | b'\n' | b'\r' => true,
                b':' => self.is_gap(1),
                b',' | b'?' | b'[' | b']' | b'{' | b'}' => flow,
                0xC2 | 0xE2 => self.is_break(0),
                _ => false,
            };
            if stop {
                return;
            }
            self.skip();
        }
    }
}
