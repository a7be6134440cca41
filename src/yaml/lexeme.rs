//! What stands next in the text, and whether it begins a key.
//!
//! In: a cursor. Out: one [`Lexeme`] at a time, and for each the block collection it opens.
//! A key without `?` shows only by the `:` after it: Go reads on until one turns up on the same line,
//! so what is wrong there is found before anything is done with the key. [`Lexer::hold`] does that
//! by reading on and coming back; a scalar with its `:` right behind, or with nothing, needs none.

use super::cursor::{Cursor, Place, Scan};
use super::depth::MAX_NESTING;
use super::read::Source;
use std::borrow::Cow;

/// How many characters before its `:` a key without `?` may start.
pub(super) const MAX_KEY: usize = 1024;

const BYTE_ORDER_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// What Go's buffer holds at first of a text after its byte order mark.
const FIRST_CHUNK: usize = 509;

/// A column for what belongs to no block collection and ends them all.
pub(super) const OUTSIDE: isize = -1;

/// Something that stands on its own.
#[derive(Debug)]
pub(super) struct Lexeme<'a> {
    pub kind: Kind<'a>,
    pub place: Place,
    /// In characters from 0; a block collection that began further right is over.
    pub column: isize,
    /// It is further right than all open block collections, and opens one.
    pub opens: bool,
    /// It begins a key.
    pub key: bool,
    /// Where it starts, when what comes after it has still to be looked at.
    unsettled: Option<Key>,
}

/// What a lexeme is.
#[derive(Debug)]
pub(super) enum Kind<'a> {
    End,
    Version(u8, u8),
    TagDirective { handle: &'a [u8], prefix: Vec<u8> },
    DocumentStart,
    DocumentEnd,
    ListOpen,
    ListClose,
    MapOpen,
    MapClose,
    Comma,
    Dash,
    Question,
    Colon,
    Alias(&'a [u8]),
    Anchor(&'a [u8]),
    Tag { handle: &'a [u8], suffix: Vec<u8> },
    Scalar { text: Cow<'a, [u8]>, plain: bool },
}

/// Where a key may have begun.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pos: usize,
    place: Place,
    line: u32,
    column: isize,
    /// How many flow collections are open around it.
    flow: usize,
    /// Nothing else may stand there.
    required: bool,
}

/// How reading on from a key ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    /// At the `:` at that byte.
    Key(usize),
    /// It is no key.
    No,
    /// It is an empty flow collection, no key although a `:` may follow.
    Lost,
}

/// All that reading on changes and coming back restores.
#[derive(Clone, Copy)]
pub(super) struct State<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) flow: usize,
    /// Column of the innermost block collection.
    pub(super) indent: isize,
    /// How many block collections are open.
    depth: usize,
    pub(super) key_allowed: bool,
    /// The key that is held, or that was lost.
    pub(super) key: Option<Key>,
    /// The `:` that belongs to a key.
    pub(super) colon: usize,
    /// A second byte order mark starts the text. Go looks for one at the start of its buffer instead
    /// of the present place, and so drops a character of every line until the buffer moves on.
    pub(super) marked: bool,
}

/// Reads lexemes.
pub(super) struct Lexer<'a> {
    pub(super) now: State<'a>,
    /// Columns around the innermost block collection.
    indents: Vec<isize>,
    /// Reading on from a key: what comes out is thrown away.
    ahead: bool,
    /// How far that has come.
    seen: usize,
    /// Open flow collections with nothing in them. Each could be a key, but Go has lost track of it by
    /// the `:`, unless it had come so far already when it read on from a key before.
    lost: Vec<Key>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(source: &'a Source<'_>) -> Self {
        let now = State {
            cursor: Cursor::new(source),
            flow: 0,
            indent: OUTSIDE,
            depth: 0,
            key_allowed: true,
            key: None,
            colon: usize::MAX,
            marked: source.text.starts_with(BYTE_ORDER_MARK),
        };
        Lexer { now, indents: Vec::new(), ahead: false, seen: 0, lost: Vec::new() }
    }

    /// The next lexeme. Where it may begin a key, that is found out, if it is not left of `column`.
    pub(super) fn next(&mut self, column: isize) -> Scan<Lexeme<'a>> {
        let (mut lexeme, candidate) = self.read()?;
        if let Some(key) = candidate
            && lexeme.column >= column
        {
            self.find_colon(&mut lexeme, key)?;
        }
        Ok(lexeme)
    }

    /// Looks at what comes after a lexeme, for what is wrong there would be said first.
    pub(super) fn settle(&mut self, lexeme: &mut Lexeme<'a>) -> Scan<()> {
        match lexeme.unsettled.take() {
            Some(key) => self.hold(key).map(|_| ()),
            None => Ok(()),
        }
    }

    fn find_colon(&mut self, lexeme: &mut Lexeme<'a>, key: Key) -> Scan<()> {
        let colon = match (&lexeme.kind, self.colon_behind(key)) {
            (Kind::Scalar { .. }, Some(Some(colon))) => Some(colon),
            (Kind::Scalar { .. }, Some(None)) if !key.required => {
                lexeme.unsettled = Some(key);
                None
            }
            _ => match self.hold(key)? {
                Held::Key(colon) => Some(colon),
                Held::Lost => {
                    self.lost.push(key);
                    None
                }
                Held::No => None,
            },
        };
        if let Some(colon) = colon {
            lexeme.key = true;
            if key.flow == 0 {
                self.now.colon = colon;
                lexeme.opens = self.open(key.column)?;
            }
        }
        Ok(())
    }

    /// The `:` right behind a scalar; an inner `None` when the line ends there; `None` when it
    /// takes a closer look.
    fn colon_behind(&self, key: Key) -> Option<Option<usize>> {
        let mut cursor = self.now.cursor;
        if cursor.line != key.line {
            return if key.required { None } else { Some(None) };
        }
        cursor.skip_blanks();
        if cursor.is_further_than(MAX_KEY, key.pos) {
            return None;
        }
        match cursor.at(0) {
            b':' if key.flow > 0 || cursor.is_gap(1) => Some(Some(cursor.pos)),
            b'#' => Some(None),
            _ if cursor.is_line_end() => Some(None),
            b',' | b']' | b'}' if key.flow > 0 => Some(None),
            _ => None,
        }
    }

    /// Reads on from a lexeme that may begin a key until that is settled, and comes back.
    fn hold(&mut self, key: Key) -> Scan<Held> {
        let (now, ahead) = (self.now, self.ahead);
        self.ahead = true;
        self.now.key = Some(key);
        let held = self.read_on(key);
        self.seen = self.seen.max(self.now.cursor.pos);
        (self.now, self.ahead) = (now, ahead);
        held
    }

    fn read_on(&mut self, key: Key) -> Scan<Held> {
        let opening = self.now.flow > key.flow;
        let mut empty = opening;
        let mut lost = false;
        loop {
            if self.now.key.is_none() || !self.key_is_near()? {
                return Ok(if lost { Held::Lost } else { Held::No });
            }
            let inside = self.now.flow;
            let (lexeme, candidate) = self.read()?;
            match lexeme.kind {
                Kind::Colon if self.now.key.is_some() && self.now.flow == key.flow => {
                    let colon = self.now.cursor.pos - 1;
                    return Ok(if lost && colon >= self.seen { Held::Lost } else { Held::Key(colon) });
                }
                _ => {}
            }
            empty &= !(candidate.is_some() && inside == key.flow + 1);
            if opening && empty && inside == key.flow + 1 && self.now.flow == key.flow {
                if self.now.cursor.pos >= self.seen {
                    return Ok(Held::Lost);
                }
                lost = true;
            }
        }
    }

    /// Whether the key that is held may still be one: same line, at most so many characters back.
    fn key_is_near(&mut self) -> Scan<bool> {
        let Some(key) = self.now.key else { return Ok(false) };
        let cursor = &self.now.cursor;
        if cursor.line == key.line && !cursor.is_further_than(MAX_KEY, key.pos) {
            return Ok(true);
        }
        self.now.key = None;
        if key.required { cursor.fail("could not find expected ':'") } else { Ok(false) }
    }

    /// Something stands here after which the key that is held can be none.
    fn drop_key(&mut self) -> Scan<()> {
        match self.now.key {
            Some(key) if key.flow == self.now.flow => {
                self.now.key = None;
                if key.required { self.now.cursor.fail("could not find expected ':'") } else { Ok(()) }
            }
            _ => Ok(()),
        }
    }

    /// What stands here may begin a key, where one is allowed.
    fn may_be_key(&mut self, lexeme: &Lexeme<'a>) -> Scan<Option<Key>> {
        if !self.now.key_allowed {
            return Ok(None);
        }
        self.drop_key()?;
        let State { cursor, flow, indent, .. } = self.now;
        let column = lexeme.column;
        let required = flow == 0 && indent == column;
        Ok(Some(Key { pos: cursor.pos, place: lexeme.place, line: cursor.line, column, flow, required }))
    }

    /// Opens a block collection at that column, unless one is open that is as far right.
    pub(super) fn open(&mut self, column: isize) -> Scan<bool> {
        let now = &mut self.now;
        if now.indent >= column {
            return Ok(false);
        }
        // Reading on ends with what opens a collection, so nothing needs to be kept for it.
        if !self.ahead {
            self.indents.truncate(now.depth);
            self.indents.push(now.indent);
        }
        now.depth += 1;
        now.indent = column;
        if now.depth > MAX_NESTING { now.cursor.fail("exceeded max depth of 10000") } else { Ok(true) }
    }

    /// Ends the block collections that began further right.
    fn close(&mut self, column: isize) {
        let now = &mut self.now;
        while now.flow == 0 && now.indent > column {
            now.depth = now.depth.saturating_sub(1);
            now.indent = self.indents.get(now.depth).copied().unwrap_or(OUTSIDE);
        }
    }

    /// The next lexeme, and the key it may begin.
    fn read(&mut self) -> Scan<(Lexeme<'a>, Option<Key>)> {
        self.skip_to_lexeme();
        let cursor = &self.now.cursor;
        if cursor.is_cut() {
            return cursor.fail("unexpected end");
        }
        let column = match self.now.flow {
            0 => isize::try_from(cursor.column()).unwrap_or(isize::MAX),
            _ => isize::MAX,
        };
        let place = cursor.place();
        self.close(column);
        let lexeme = Lexeme { kind: Kind::End, place, column, opens: false, key: false, unsettled: None };
        if self.now.cursor.at_end() {
            return Ok((self.end(lexeme)?, None));
        }
        let cursor = &self.now.cursor;
        let first = cursor.at(0);
        let at_line_start = cursor.at_line_start();
        if at_line_start && (first == b'%' || cursor.at_document_mark()) {
            return Ok((self.outside(lexeme, first)?, None));
        }
        let block = self.now.flow == 0;
        match first {
            b'\'' | b'"' => {
                let key = self.may_be_key(&lexeme)?;
                self.now.key_allowed = false;
                let text = self.now.cursor.quoted(first == b'\'')?;
                Ok((Lexeme { kind: Kind::Scalar { text, plain: false }, ..lexeme }, key))
            }
            b'-' if cursor.is_gap(1) => Ok((self.dash(lexeme)?, None)),
            b':' if !block || cursor.is_gap(1) => Ok((self.colon(lexeme)?, None)),
            b'?' if !block || cursor.is_gap(1) => Ok((self.question(lexeme)?, None)),
            b'[' | b'{' => self.flow_open(lexeme, first),
            b']' | b'}' | b',' => Ok((self.flow_rest(lexeme, first)?, None)),
            b'*' | b'&' | b'!' => {
                let key = self.may_be_key(&lexeme)?;
                self.now.key_allowed = false;
                Ok((Lexeme { kind: self.now.cursor.property(first)?, ..lexeme }, key))
            }
            b'|' | b'>' if block => {
                self.drop_key()?;
                self.now.key_allowed = true;
                let text = Cow::Owned(self.now.cursor.block_scalar(usize::try_from(self.now.indent).ok())?);
                Ok((Lexeme { kind: Kind::Scalar { text, plain: false }, ..lexeme }, None))
            }
            b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => cursor.fail("found character that cannot start any token"),
            _ if cursor.is_gap(0) => cursor.fail("found character that cannot start any token"),
            _ => {
                let key = self.may_be_key(&lexeme)?;
                let indent = usize::try_from(self.now.indent + 1).unwrap_or(0);
                let (text, broken) = self.now.cursor.plain(!block, indent)?;
                self.now.key_allowed = broken;
                Ok((Lexeme { kind: Kind::Scalar { text, plain: true }, ..lexeme }, key))
            }
        }
    }

    /// Steps over blanks, comments and line breaks. A tab is a blank only where no key can start.
    pub(super) fn skip_to_lexeme(&mut self) {
        let now = &mut self.now;
        loop {
            if now.marked && now.cursor.at_line_start() && !now.cursor.at_end() {
                now.cursor.skip_character();
            }
            let tabs = now.flow > 0 || !now.key_allowed;
            while now.cursor.at(0) == b' ' || (tabs && now.cursor.at(0) == b'\t') {
                now.cursor.pos += 1;
            }
            if now.cursor.at(0) == b'#' {
                now.cursor.take_line();
            }
            if now.cursor.take_break().is_empty() {
                break;
            }
            now.key_allowed |= now.flow == 0;
        }
        if now.marked {
            let buffered = now.cursor.rest().len().min(FIRST_CHUNK.saturating_sub(now.cursor.pos));
            let buffered = now.cursor.rest().get(..buffered).unwrap_or(b"");
            now.marked = buffered.iter().filter(|b| **b & 0xC0 != 0x80).count() >= 4;
        }
    }

    fn end(&mut self, lexeme: Lexeme<'a>) -> Scan<Lexeme<'a>> {
        let cursor = &mut self.now.cursor;
        if !cursor.at_line_start() {
            cursor.line += 1;
            cursor.line_start = cursor.pos;
        }
        let place = cursor.place();
        self.close(OUTSIDE);
        self.drop_key()?;
        self.now.key_allowed = false;
        Ok(Lexeme { place, column: OUTSIDE, ..lexeme })
    }

    /// What ends all block collections: a directive, or a mark between documents.
    fn outside(&mut self, lexeme: Lexeme<'a>, first: u8) -> Scan<Lexeme<'a>> {
        self.close(OUTSIDE);
        self.drop_key()?;
        self.now.key_allowed = false;
        let cursor = &mut self.now.cursor;
        let kind = match first {
            b'%' => cursor.directive()?,
            b'-' => Kind::DocumentStart,
            _ => Kind::DocumentEnd,
        };
        if first != b'%' {
            cursor.pos += 3;
        }
        Ok(Lexeme { kind, column: OUTSIDE, ..lexeme })
    }

    fn dash(&mut self, lexeme: Lexeme<'a>) -> Scan<Lexeme<'a>> {
        let mut opens = false;
        if self.now.flow == 0 {
            if !self.now.key_allowed {
                return self.now.cursor.fail("block sequence entries are not allowed in this context");
            }
            opens = self.open(lexeme.column)?;
        }
        self.drop_key()?;
        self.now.key_allowed = true;
        self.now.cursor.pos += 1;
        Ok(Lexeme { kind: Kind::Dash, opens, ..lexeme })
    }

    fn question(&mut self, lexeme: Lexeme<'a>) -> Scan<Lexeme<'a>> {
        let block = self.now.flow == 0;
        let mut opens = false;
        if block {
            if !self.now.key_allowed {
                return self.now.cursor.fail("mapping keys are not allowed in this context");
            }
            opens = self.open(lexeme.column)?;
        }
        self.drop_key()?;
        self.now.key_allowed = block;
        self.now.cursor.pos += 1;
        Ok(Lexeme { kind: Kind::Question, opens, ..lexeme })
    }

    fn colon(&mut self, lexeme: Lexeme<'a>) -> Scan<Lexeme<'a>> {
        let block = self.now.flow == 0;
        let mut opens = false;
        if block && self.now.colon == self.now.cursor.pos {
            self.now.key_allowed = false;
        } else if self.now.key.is_some_and(|key| key.flow == self.now.flow) && self.key_is_near()? {
            if self.ahead {
                self.now.cursor.pos += 1;
                return Ok(Lexeme { kind: Kind::Colon, ..lexeme });
            }
            return self.late_key(lexeme);
        } else {
            if block {
                if !self.now.key_allowed {
                    return self.now.cursor.fail("mapping values are not allowed in this context");
                }
                opens = self.open(lexeme.column)?;
            }
            self.now.key_allowed = block;
        }
        self.now.cursor.pos += 1;
        Ok(Lexeme { kind: Kind::Colon, opens, ..lexeme })
    }

    /// A `:` after a lost key: Go puts the sign for a key here, as if a `?` stood before the `:`.
    fn late_key(&mut self, lexeme: Lexeme<'a>) -> Scan<Lexeme<'a>> {
        let Some(key) = self.now.key.take() else { return Ok(lexeme) };
        if key.flow == 0 {
            self.open(key.column)?;
        }
        self.now.colon = self.now.cursor.pos;
        self.now.key_allowed = false;
        // It takes no room: the place after it is that of the key.
        let place = Place { column: key.place.column - 1, ..key.place };
        Ok(Lexeme { kind: Kind::Question, place, column: key.column, ..lexeme })
    }

    fn flow_open(&mut self, lexeme: Lexeme<'a>, first: u8) -> Scan<(Lexeme<'a>, Option<Key>)> {
        let key = self.may_be_key(&lexeme)?;
        self.now.flow += 1;
        if self.now.flow > MAX_NESTING {
            return self.now.cursor.fail("exceeded max depth of 10000");
        }
        self.now.key_allowed = true;
        self.now.cursor.pos += 1;
        let kind = if first == b'[' { Kind::ListOpen } else { Kind::MapOpen };
        Ok((Lexeme { kind, ..lexeme }, key))
    }

    /// `]`, `}` or `,`.
    fn flow_rest(&mut self, lexeme: Lexeme<'a>, first: u8) -> Scan<Lexeme<'a>> {
        self.drop_key()?;
        self.now.key_allowed = first == b',';
        if first != b',' && self.now.flow > 0 {
            self.now.flow -= 1;
            // With the collection goes the key in it.
            self.now.key = self.now.key.filter(|key| key.flow <= self.now.flow);
            if !self.ahead && self.lost.last().is_some_and(|key| key.flow == self.now.flow) {
                self.now.key = self.lost.pop();
            }
        }
        self.now.cursor.pos += 1;
        let kind = match first {
            b',' => Kind::Comma,
            b']' => Kind::ListClose,
            _ => Kind::MapClose,
        };
        Ok(Lexeme { kind, ..lexeme })
    }
}
