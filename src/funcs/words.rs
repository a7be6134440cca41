//! Words inside names: `camelcase`, `snakecase` and `kebabcase`.
//!
//! In: text. Out: the same words joined another way. The rules are those of the library
//! behind sprig, oddities included: `http2xx` is `http_2xx`, `Bld4Floor3rd` is `bld4_floor_3rd`.

use crate::value::rune;

fn is_connector(c: char) -> bool {
    c == '-' || c == '_' || c.is_whitespace()
}

/// A letter of a script that has words; Han characters stand alone.
fn is_alphabet(c: char) -> bool {
    rune::is_letter(c) && !matches!(c, '\u{4e00}'..='\u{9fcc}' | '\u{3400}'..='\u{4d85}' | '\u{20000}'..='\u{2b81d}')
}

/// `HttpServer` of `http_server`, `http server` or `HTTP-server`. Connectors at the start and
/// all but one of several in a row stay.
pub(super) fn pascal_case(text: &[u8]) -> Vec<u8> {
    let mut runes = rune::runes(text).map(|(c, _)| c);
    let mut out = Vec::with_capacity(text.len());
    let Some(mut current) = runes.find(|c| {
        let leads = is_connector(*c);
        if leads {
            rune::push(&mut out, *c);
        }
        !leads
    }) else {
        // Of connectors alone, the source writes the last one twice.
        if let Some(last) = rune::runes(text).map(|(c, _)| c).last() {
            rune::push(&mut out, last);
        }
        return out;
    };
    // While a run of capitals lasts, they are made small.
    let mut in_capitals = rune::is_upper(current);
    current = rune::to_upper(current);
    for mut next in runes {
        let last = current;
        if is_connector(next) && is_connector(last) {
            rune::push(&mut out, last);
            current = next;
            continue;
        }
        if is_connector(last) {
            in_capitals = rune::is_upper(next);
            next = rune::to_upper(next);
        } else {
            if in_capitals {
                if rune::is_upper(next) {
                    next = rune::to_lower(next);
                } else {
                    in_capitals = false;
                }
            }
            rune::push(&mut out, last);
        }
        current = next;
    }
    rune::push(&mut out, current);
    out
}

/// What a run of characters is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing left, or bytes that are no text.
    Invalid,
    Number,
    /// Capitals, and a capitalised word.
    Upper,
    Alphabet,
    Connector,
    Punctuation,
    Other,
}

use Kind::{Alphabet, Connector, Invalid, Number, Other, Punctuation, Upper};

/// Cuts a text into runs of one kind.
struct Words<'t> {
    rest: &'t [u8],
    kind: Kind,
    word: &'t [u8],
}

/// The next rune that is text, and the bytes up to its end; `last` when there is none.
fn next_valid(text: &[u8], last: char) -> (char, usize) {
    let mut size = 0;
    for (c, bytes) in rune::runes(text) {
        size += bytes.len();
        if c != rune::ERROR {
            return (c, size);
        }
    }
    (last, size)
}

impl<'t> Words<'t> {
    fn advance(&mut self) {
        let text = self.rest;
        let (first, size) = next_valid(text, rune::ERROR);
        let (kind, length) = match first {
            rune::ERROR => (Invalid, size),
            c if is_connector(c) => (Connector, run(text, size, c, is_connector)),
            c if rune::is_punctuation(c) => (Punctuation, run(text, size, c, rune::is_punctuation)),
            c if rune::is_upper(c) => (Upper, upper_word(text, size, c)),
            c if is_alphabet(c) => (Alphabet, run(text, size, c, is_small)),
            c if rune::is_number(c) => (Number, run(text, size, c, rune::is_number)),
            c => (Other, run(text, size, c, is_other)),
        };
        (self.word, self.rest) = text.split_at(length.min(text.len()));
        self.kind = kind;
    }

    fn ends_joined_run(&self) -> bool {
        matches!(self.kind, Invalid | Punctuation | Connector)
    }

    /// Writes words and numbers until something else comes.
    fn write_run(&mut self, connector: char, out: &mut Vec<u8>) {
        while matches!(self.kind, Alphabet | Number) {
            write(self.kind, self.word, connector, out);
            self.advance();
        }
        if !self.ends_joined_run() {
            rune::push(out, connector);
        }
    }
}

fn is_small(c: char) -> bool {
    is_alphabet(c) && !rune::is_upper(c)
}

fn is_other(c: char) -> bool {
    !(is_connector(c) || is_alphabet(c) || rune::is_number(c) || rune::is_punctuation(c))
}

/// Bytes from the start to where `belongs` ends; `size` bytes, up to `last`, are in already.
fn run(text: &[u8], mut size: usize, mut last: char, belongs: fn(char) -> bool) -> usize {
    while size < text.len() {
        let (c, more) = next_valid(text.get(size..).unwrap_or_default(), last);
        if !belongs(c) {
            break;
        }
        size += more;
        last = c;
    }
    size
}

/// `HTTP` of `HTTPStatus`, `Status` of `StatusCode`.
fn upper_word(text: &[u8], size: usize, first: char) -> usize {
    if size >= text.len() {
        return size;
    }
    let (second, more) = next_valid(text.get(size..).unwrap_or_default(), first);
    if !rune::is_upper(second) {
        return if is_alphabet(second) { run(text, size + more, second, is_small) } else { size };
    }
    let (mut length, mut last, mut previous) = (size + more, second, more);
    while length < text.len() {
        let (c, more) = next_valid(text.get(length..).unwrap_or_default(), last);
        last = c;
        if !rune::is_upper(c) {
            break;
        }
        previous = more;
        length += more;
    }
    // The last capital begins the next word.
    if length < text.len() && is_alphabet(last) { length.saturating_sub(previous) } else { length }
}

/// Appends a word in small letters; only words of capitals change.
fn write(kind: Kind, word: &[u8], connector: char, out: &mut Vec<u8>) {
    if !matches!(kind, Upper | Connector) {
        out.extend_from_slice(word);
        return;
    }
    for (c, _) in rune::runes(word) {
        let small = match c {
            c if is_connector(c) => connector,
            c if rune::is_upper(c) => rune::to_lower(c),
            c => c,
        };
        rune::push(out, small);
    }
}

/// `http_server` of `HTTPServer`, with `connector` between the words.
pub(super) fn joined_lower(text: &[u8], connector: char) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 8);
    if text.is_empty() {
        return out;
    }
    let mut words = Words { rest: text, kind: Invalid, word: b"" };
    words.advance();
    while !words.rest.is_empty() {
        if words.kind != Connector {
            write(words.kind, words.word, connector, &mut out);
        }
        let (kind, word) = (words.kind, words.word);
        words.advance();
        match kind {
            Number => words.write_run(connector, &mut out),
            Connector => write(kind, word, connector, &mut out),
            Punctuation => {}
            _ => after_word(&mut words, connector, &mut out),
        }
    }
    write(words.kind, words.word, connector, &mut out);
    out
}

/// A number after a word belongs to the word, unless small letters follow it.
fn after_word(words: &mut Words<'_>, connector: char, out: &mut Vec<u8>) {
    if words.kind != Number {
        if !matches!(words.kind, Connector | Punctuation) {
            rune::push(out, connector);
        }
        return;
    }
    if words.rest.is_empty() {
        return;
    }
    let number = words.word;
    words.advance();
    if words.kind != Alphabet {
        write(Number, number, connector, out);
        if !matches!(words.kind, Connector | Punctuation) {
            rune::push(out, connector);
        }
        return;
    }
    rune::push(out, connector);
    write(Number, number, connector, out);
    words.write_run(connector, out);
}
