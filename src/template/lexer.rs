//! Cuts a template into tokens, one at a time, as the parser asks.
//!
//! In: bytes. Out: [`Token`]s with byte offsets. Text keeps what trim markers leave of it.

use super::text::{first_char, is_alphanumeric, is_print, quote};
use super::token::{Kind, Token};
use memchr::memmem;

const LEFT: &[u8] = b"{{";
const RIGHT: &[u8] = b"}}";
/// A trim marker and the white space that belongs to it.
const MARKER: usize = 2;

pub(super) struct Lexer<'a> {
    input: &'a [u8],
    position: usize,
    start: usize,
    inside: bool,
    parens: usize,
    error: Option<String>,
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Which bytes make up words: half of a template's bytes are looked up here.
static IS_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        // The index is below 128.
        #[allow(clippy::cast_possible_truncation)]
        let one = byte as u8;
        table[byte] = one.is_ascii_alphanumeric() || one == b'_';
        byte += 1;
    }
    table
};

impl<'a> Lexer<'a> {
    pub fn new(input: &'a [u8]) -> Self {
        Lexer { input, position: 0, start: 0, inside: false, parens: 0, error: None }
    }

    /// The next token; `Eof` for ever at the end or after an error.
    pub fn next(&mut self) -> Token {
        if self.error.is_some() {
            return Token::new(Kind::Eof, self.position, self.position);
        }
        loop {
            let token = if self.inside { Some(self.inside_action()) } else { self.text() };
            if let Some(token) = token {
                return token;
            }
        }
    }

    /// What the `Error` token is about.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    fn rest(&self) -> &'a [u8] {
        &self.input[self.position..]
    }

    fn emit(&mut self, kind: Kind) -> Token {
        let token = Token::new(kind, self.start, self.position);
        self.start = self.position;
        token
    }

    fn ignore(&mut self) {
        self.start = self.position;
    }

    fn fail(&mut self, message: impl Into<String>) -> Token {
        self.error = Some(message.into());
        Token::new(Kind::Error, self.start, self.position)
    }

    fn peek(&self) -> Option<char> {
        first_char(self.rest()).map(|(c, _)| c)
    }

    fn advance(&mut self) -> Option<char> {
        let (c, length) = first_char(self.rest())?;
        self.position += length;
        Some(c)
    }

    fn skip_word(&mut self) {
        loop {
            let word = self.rest().iter().position(|byte| !IS_WORD[usize::from(*byte)]);
            self.position = word.map_or(self.input.len(), |length| self.position + length);
            if self.rest().first().is_none_or(u8::is_ascii) || !self.peek().is_some_and(is_alphanumeric) {
                return;
            }
            self.advance();
        }
    }

    fn skip_spaces(&mut self) {
        self.position += self.rest().iter().take_while(|b| is_space(**b)).count();
    }

    /// Text up to the next action, or the delimiter itself; `None` after a comment.
    fn text(&mut self) -> Option<Token> {
        let rest = self.rest();
        let Some(length) = find_left(rest) else {
            self.position = self.input.len();
            return Some(self.emit(if self.position > self.start { Kind::Text } else { Kind::Eof }));
        };
        if length > 0 {
            let text = &rest[..length];
            let trims = starts_with_left_marker(&rest[length + LEFT.len()..]);
            let kept =
                if trims { text.len() - text.iter().rev().take_while(|b| is_space(**b)).count() } else { length };
            self.position += kept;
            let token = self.emit(Kind::Text);
            self.position += length - kept;
            self.ignore();
            if kept > 0 {
                return Some(token);
            }
        }
        self.left_delim()
    }

    fn left_delim(&mut self) -> Option<Token> {
        self.position += LEFT.len();
        let marker = if starts_with_left_marker(self.rest()) { MARKER } else { 0 };
        if self.rest()[marker..].starts_with(b"/*") {
            self.position += marker;
            self.ignore();
            return self.comment();
        }
        let token = self.emit(Kind::LeftDelim);
        self.inside = true;
        self.position += marker;
        self.ignore();
        self.parens = 0;
        Some(token)
    }

    fn comment(&mut self) -> Option<Token> {
        self.position += 2;
        let Some(length) = memmem::find(self.rest(), b"*/") else {
            return Some(self.fail("unclosed comment"));
        };
        self.position += length + 2;
        let Some(trims) = self.at_right_delim() else {
            return Some(self.fail("comment ends before closing delimiter"));
        };
        self.position += RIGHT.len() + if trims { MARKER } else { 0 };
        if trims {
            self.skip_spaces();
        }
        self.ignore();
        None
    }

    /// Whether a closing delimiter is next, and whether it trims.
    fn at_right_delim(&self) -> Option<bool> {
        let rest = self.rest();
        if starts_with_right_marker(rest) && rest[MARKER..].starts_with(RIGHT) {
            return Some(true);
        }
        rest.starts_with(RIGHT).then_some(false)
    }

    fn right_delim(&mut self, trims: bool) -> Token {
        if trims {
            self.position += MARKER;
            self.ignore();
        }
        self.position += RIGHT.len();
        let token = self.emit(Kind::RightDelim);
        if trims {
            self.skip_spaces();
            self.ignore();
        }
        self.inside = false;
        token
    }

    fn inside_action(&mut self) -> Token {
        let rest = self.rest();
        let Some(&byte) = rest.first() else { return self.fail("unclosed action") };
        if IS_WORD[usize::from(byte)] && !byte.is_ascii_digit() {
            return self.identifier();
        }
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => self.space(),
            b'}' if rest.get(1) == Some(&b'}') => self.closed(false),
            b'"' => self.quoted(b'"', Kind::String, "unterminated quoted string"),
            b'$' => {
                self.position += 1;
                self.field_or_variable(Kind::Variable)
            }
            b'.' if !rest.get(1).is_none_or(u8::is_ascii_digit) => {
                self.position += 1;
                self.field_or_variable(Kind::Field)
            }
            b'.' | b'+' | b'-' | b'0'..=b'9' => self.number(),
            b'|' => self.single(Kind::Pipe),
            b'=' => self.single(Kind::Assign),
            b'(' => {
                self.parens += 1;
                self.single(Kind::LeftParen)
            }
            _ => self.seldom(),
        }
    }

    /// What few actions hold.
    fn seldom(&mut self) -> Token {
        let before = self.position;
        let Some(c) = self.advance() else { return self.fail("unclosed action") };
        match c {
            ':' => {
                if self.advance() == Some('=') {
                    self.emit(Kind::Declare)
                } else {
                    self.fail("expected :=")
                }
            }
            '\'' => {
                self.position = before;
                self.quoted(b'\'', Kind::CharConstant, "unterminated character constant")
            }
            '`' => self.raw_string(),
            ')' => {
                if self.parens == 0 {
                    return self.fail("unexpected right paren");
                }
                self.parens -= 1;
                self.emit(Kind::RightParen)
            }
            c if is_alphanumeric(c) => {
                self.position = before;
                self.identifier()
            }
            c if c.is_ascii() && is_print(c) => self.emit(Kind::Char),
            c => self.fail(format!("unrecognized character in action: {}", name_char(c))),
        }
    }

    fn single(&mut self, kind: Kind) -> Token {
        self.position += 1;
        self.emit(kind)
    }

    /// The closing delimiter, which is next.
    fn closed(&mut self, trims: bool) -> Token {
        if self.parens == 0 { self.right_delim(trims) } else { self.fail("unclosed left paren") }
    }

    fn space(&mut self) -> Token {
        let rest = self.rest();
        let spaces = rest.iter().position(|byte| !is_space(*byte)).unwrap_or(rest.len());
        // The last space may belong to a closing delimiter that trims.
        if rest[spaces..].starts_with(b"-}}") {
            if spaces == 1 {
                return self.closed(true);
            }
            self.position -= 1;
        }
        self.position += spaces;
        self.emit(Kind::Space)
    }

    fn identifier(&mut self) -> Token {
        self.skip_word();
        if let Some(bad) = self.bad_terminator() {
            return bad;
        }
        let word = &self.input[self.start..self.position];
        match Kind::keyword(word) {
            Some(keyword) => self.emit(keyword),
            None if word == b"true" || word == b"false" => self.emit(Kind::Bool),
            None => self.emit(Kind::Identifier),
        }
    }

    fn field_or_variable(&mut self, kind: Kind) -> Token {
        if self.at_terminator() {
            return self.emit(if kind == Kind::Variable { kind } else { Kind::Dot });
        }
        self.skip_word();
        match self.bad_terminator() {
            Some(bad) => bad,
            None => self.emit(kind),
        }
    }

    fn at_terminator(&self) -> bool {
        match self.rest().first() {
            None => true,
            Some(b) if is_space(*b) => true,
            Some(b'.' | b',' | b'|' | b':' | b')' | b'(') => true,
            _ => self.rest().starts_with(RIGHT),
        }
    }

    fn bad_terminator(&mut self) -> Option<Token> {
        if self.at_terminator() {
            return None;
        }
        let c = self.peek()?;
        Some(self.fail(format!("bad character {}", name_char(c))))
    }

    /// A literal in quotes `end`, of which the first is next.
    fn quoted(&mut self, end: u8, kind: Kind, unterminated: &str) -> Token {
        let mut bytes = self.input.iter().enumerate().skip(self.position + 1);
        while let Some((at, byte)) = bytes.next() {
            self.position = at + 1;
            if *byte == end {
                return self.emit(kind);
            }
            // What is escaped may have more bytes; none of the others means anything.
            let is_last = *byte == b'\\' && bytes.next().is_none_or(|(_, escaped)| *escaped == b'\n');
            if is_last || *byte == b'\n' {
                break;
            }
        }
        self.fail(unterminated)
    }

    fn raw_string(&mut self) -> Token {
        match memchr::memchr(b'`', self.rest()) {
            Some(length) => {
                self.position += length + 1;
                self.emit(Kind::RawString)
            }
            None => self.fail("unterminated raw quoted string"),
        }
    }

    fn number(&mut self) -> Token {
        if !self.scan_number() {
            return self.bad_number();
        }
        if matches!(self.peek(), Some('+' | '-')) {
            // A complex number: 1+2i, no spaces, ends in i.
            if !self.scan_number() || self.input[self.position - 1] != b'i' {
                return self.bad_number();
            }
            return self.emit(Kind::Complex);
        }
        self.emit(Kind::Number)
    }

    fn bad_number(&mut self) -> Token {
        let text = quote(&self.input[self.start..self.position]);
        self.fail(format!("bad number syntax: {text}"))
    }

    fn accept(&mut self, valid: &[u8]) -> bool {
        let hit = self.rest().first().is_some_and(|b| valid.contains(b));
        self.position += usize::from(hit);
        hit
    }

    fn accept_run(&mut self, valid: &[u8]) {
        while self.accept(valid) {}
    }

    fn scan_number(&mut self) -> bool {
        const DECIMAL: &[u8] = b"0123456789_";
        const HEX: &[u8] = b"0123456789abcdefABCDEF_";
        self.accept(b"+-");
        let mut digits = DECIMAL;
        if self.accept(b"0") {
            if self.accept(b"xX") {
                digits = HEX;
            } else if self.accept(b"oO") {
                digits = b"01234567_";
            } else if self.accept(b"bB") {
                digits = b"01_";
            }
        }
        self.accept_run(digits);
        if self.accept(b".") {
            self.accept_run(digits);
        }
        let exponent: &[u8] = if digits == DECIMAL {
            b"eE"
        } else if digits == HEX {
            b"pP"
        } else {
            b""
        };
        if self.accept(exponent) {
            self.accept(b"+-");
            self.accept_run(DECIMAL);
        }
        self.accept(b"i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.advance();
            return false;
        }
        true
    }
}

/// Where the next action starts. Cheaper than a general search: texts are short.
fn find_left(text: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'{', text).find(|at| text.get(at + 1) == Some(&b'{'))
}

fn starts_with_left_marker(text: &[u8]) -> bool {
    matches!(text, [b'-', space, ..] if is_space(*space))
}

fn starts_with_right_marker(text: &[u8]) -> bool {
    matches!(text, [space, b'-', ..] if is_space(*space))
}

/// Go's `%#U`.
fn name_char(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    if is_print(c) { format!("{code} '{c}'") } else { code }
}
