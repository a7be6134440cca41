//! Strings in YAML, written in the style that fits them.
//!
//! In: a string and where it stands. Out: its characters, quoted, escaped, indented and folded.

use super::order::Dialect;
use super::style::{BARRED, BREAK, HIGH, LF, SPACE, Style, style, survey};
use super::write::Writer;
use base64::Engine as _;
use std::io::Write as _;

/// Lines are folded at the first single blank beyond this column, counted in characters.
const WIDTH: usize = 80;

/// Longer keys are written behind `? `.
const MAX_SHORT_KEY: usize = 128;

/// base64 is cut into lines of this length.
const BASE64_LINE: usize = 70;

/// Why the direct way ends here; see [`write`](super::write::write).
const UNFIT: &str = "text that JSON and YAML see differently";

impl Writer {
    /// The classes of bytes in a text; fails where the way through JSON would change it.
    pub fn survey(&self, text: &[u8]) -> Result<u8, String> {
        let seen = survey(text);
        let changes = self.dialect == Dialect::V2
            && (seen & BARRED != 0 || (seen & HIGH != 0 && std::str::from_utf8(text).is_err()));
        if changes { Err(UNFIT.into()) } else { Ok(seen) }
    }

    /// Whether a key goes without `? `.
    pub fn is_short(&self, key: &[u8], seen: u8) -> bool {
        if seen & HIGH != 0 && std::str::from_utf8(key).is_err() {
            return key.len().div_ceil(3) * 4 < BASE64_LINE;
        }
        key.len() <= MAX_SHORT_KEY && seen & (LF | BREAK) == 0
    }

    /// Writes a string of which `seen` is the survey. With a column to go on at in further lines
    /// the line is ended, without one the string is a key and does not leave its line.
    pub fn string(&mut self, text: &[u8], seen: u8, column: Option<usize>) {
        // All else is UTF-8: V2 has turned away what is not.
        if self.dialect == Dialect::V3 && seen & HIGH != 0 && std::str::from_utf8(text).is_err() {
            return self.binary(text, column);
        }
        let fold = column.filter(|_| self.dialect == Dialect::V2 && seen & SPACE != 0);
        match style(text, seen, self.dialect) {
            Style::Plain => self.plain(text, fold),
            Style::Single => self.single(text, seen, fold, column),
            Style::Double => self.double(text, fold),
            Style::Literal => return self.literal(text, column.unwrap_or_default()),
        }
        if column.is_some() {
            self.newline();
        }
    }

    /// base64 of a string that is no UTF-8.
    fn binary(&mut self, bytes: &[u8], column: Option<usize>) {
        let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
        self.out.extend_from_slice(b"!!binary ");
        let Some(column) = column.filter(|_| encoded.len() >= BASE64_LINE) else {
            self.out.extend_from_slice(encoded.as_bytes());
            return if column.is_some() {
                self.newline()
            };
        };
        self.out.push(b'|');
        for line in encoded.as_bytes().chunks(BASE64_LINE) {
            self.newline();
            self.pad(column);
            self.out.extend_from_slice(line);
        }
        self.newline();
    }

    fn plain(&mut self, text: &[u8], fold: Option<usize>) {
        let end = self.out.len() - self.line + text.len();
        match fold.filter(|_| end > WIDTH) {
            Some(column) => self.words(text, column, |writer, word| writer.out.extend_from_slice(word)),
            None => self.out.extend_from_slice(text),
        }
    }

    fn single(&mut self, text: &[u8], seen: u8, fold: Option<usize>, column: Option<usize>) {
        let broken = column.filter(|_| seen & BREAK != 0);
        self.out.push(b'\'');
        match fold {
            Some(column) => self.words(text, column, |writer, word| writer.quotes_doubled(word, broken)),
            None => self.quotes_doubled(text, broken),
        }
        self.out.push(b'\'');
    }

    /// Text with its single quotes written twice; `broken` is the column at which to go on behind
    /// the breaks in it, when it has any.
    fn quotes_doubled(&mut self, text: &[u8], broken: Option<usize>) {
        let Some(column) = broken else {
            for part in text.split_inclusive(|byte| *byte == b'\'') {
                self.out.extend_from_slice(part);
                if part.ends_with(b"'") {
                    self.out.push(b'\'');
                }
            }
            return;
        };
        for (index, line) in lines(text).enumerate() {
            if index > 0 {
                self.line = self.out.len();
                self.pad(if is_blank(line) { 0 } else { column });
            }
            self.quotes_doubled(line, None);
        }
    }

    /// Writes text word by word, folding at single blanks.
    fn words(&mut self, text: &[u8], column: usize, mut put: impl FnMut(&mut Writer, &[u8])) {
        let mut words = text.split(|byte| *byte == b' ').peekable();
        while let Some(word) = words.next() {
            put(self, word);
            match words.peek() {
                None => {}
                Some(next) if !word.is_empty() && !next.is_empty() && self.is_past_width() => {
                    self.newline();
                    self.pad(column);
                }
                Some(_) => self.out.push(b' '),
            }
        }
    }

    fn is_past_width(&self) -> bool {
        let line = self.out.get(self.line..).unwrap_or_default();
        // Counting stops soon: a line this long is folded now, or has few characters for its bytes.
        line.len() > WIDTH && line.iter().filter(|byte| **byte & 0xC0 != 0x80).count() > WIDTH
    }

    fn double(&mut self, text: &[u8], fold: Option<usize>) {
        let text = String::from_utf8_lossy(text);
        // Go looks for a byte order mark at the start of the text, not at the place it is.
        let marked = text.starts_with('\u{FEFF}');
        self.out.push(b'"');
        match fold.filter(|_| !marked) {
            Some(column) => self.escaped_words(&text, column),
            None => self.escaped(&text, marked),
        }
        self.out.push(b'"');
    }

    /// As [`words`](Self::words), but here the first of several blanks may be folded as well; the
    /// next is escaped then.
    fn escaped_words(&mut self, text: &str, column: usize) {
        let mut rest = text;
        while let Some((word, after)) = rest.split_once(' ') {
            self.escaped(word, false);
            rest = after;
            if word.is_empty() || rest.is_empty() || !self.is_past_width() {
                self.out.push(b' ');
                continue;
            }
            self.newline();
            self.pad(column);
            if rest.starts_with(' ') {
                self.out.push(b'\\');
            }
        }
        self.escaped(rest, false);
    }

    fn escaped(&mut self, text: &str, all: bool) {
        let mut from = 0;
        for (at, c) in text.char_indices() {
            if all || needs_escape(c) {
                self.out.extend_from_slice(text.get(from..at).unwrap_or_default().as_bytes());
                self.escape(c);
                from = at + c.len_utf8();
            }
        }
        self.out.extend_from_slice(text.get(from..).unwrap_or_default().as_bytes());
    }

    fn escape(&mut self, c: char) {
        let short = match c {
            '\0' => '0',
            '\x07' => 'a',
            '\x08' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\x0B' => 'v',
            '\x0C' => 'f',
            '\r' => 'r',
            '\x1B' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{A0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => return self.escape_code(u32::from(c)),
        };
        self.out.extend([b'\\', short as u8]);
    }

    fn escape_code(&mut self, code: u32) {
        // Writing to a `Vec` does not fail.
        let _ = match code {
            0..=0xFF => write!(self.out, "\\x{code:02X}"),
            0x100..=0xFFFF => write!(self.out, "\\u{code:04X}"),
            _ => write!(self.out, "\\U{code:08X}"),
        };
    }

    fn literal(&mut self, text: &[u8], column: usize) {
        self.out.push(b'|');
        if text.starts_with(b" ") || is_blank(text) {
            self.out.push(b'2');
        }
        // One break at the end is the rule; none, and more than that, have a sign.
        let inner = without_break(text);
        match inner {
            None => self.out.push(b'-'),
            Some(inner) if inner.is_empty() || without_break(inner).is_some() => self.out.push(b'+'),
            Some(_) => {}
        }
        self.newline();
        for line in lines(text) {
            self.pad(if is_blank(line) { 0 } else { column });
            self.out.extend_from_slice(line);
            self.line = self.out.len();
        }
        if inner.is_none() {
            self.newline();
        }
    }
}

/// The lines of a text, each with its break; U+2028 and U+2029 break lines too.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (line, after) = rest.split_at_checked(line_length(rest))?;
        rest = after;
        (!line.is_empty()).then_some(line)
    })
}

/// How many bytes the first line has, its break included.
fn line_length(text: &[u8]) -> usize {
    let mut length = 0;
    let mut rest = text;
    while let Some(at) = memchr::memchr2(b'\n', 0xE2, rest) {
        rest = rest.get(at..).unwrap_or_default();
        length += at;
        match rest {
            [b'\n', ..] => return length + 1,
            [0xE2, 0x80, 0xA8 | 0xA9, ..] => return length + 3,
            _ => {}
        }
        rest = rest.get(1..).unwrap_or_default();
        length += 1;
    }
    text.len()
}

/// Whether a line begins with its break. Nothing is indented there.
fn is_blank(line: &[u8]) -> bool {
    matches!(line, [b'\n', ..] | [0xE2, 0x80, 0xA8 | 0xA9, ..])
}

/// The text without its last break, if it ends in one.
fn without_break(text: &[u8]) -> Option<&[u8]> {
    match text {
        [inner @ .., b'\n'] | [inner @ .., 0xE2, 0x80, 0xA8 | 0xA9] => Some(inner),
        _ => None,
    }
}

/// Whether a character in double quotes is written as an escape.
fn needs_escape(c: char) -> bool {
    !matches!(c, ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}')
        || matches!(c, '"' | '\\' | '\u{2028}' | '\u{2029}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use crate::value::Value;
    use crate::yaml::{to_yaml, to_yaml_pretty};

    fn yaml(text: &str) -> String {
        String::from_utf8(to_yaml(&Value::str(text)).unwrap()).unwrap()
    }

    fn pretty(text: &[u8]) -> String {
        String::from_utf8(to_yaml_pretty(&Value::str(text)).unwrap()).unwrap()
    }

    #[test]
    fn long_lines_are_folded_at_single_blanks_behind_column_80() {
        let (a, b) = ("a".repeat(81), "b".repeat(79));
        assert_eq!(yaml(&format!("{a} c {b} d  e f")), format!("{a}\n  c {b}\n  d  e f\n"));
        assert_eq!(yaml(&format!("'{b} c  d")), format!("'''{b}\n  c  d'\n"));
        assert_eq!(yaml(&format!("\t{a}  c ")), format!("\"\\t{a}\n  \\ c \"\n"));
        // Characters count, not bytes.
        let c = "é".repeat(79);
        assert_eq!(yaml(&format!("{c}x y z")), format!("{c}x y\n  z\n"));
        assert_eq!(pretty(format!("{a} c d").as_bytes()), format!("{a} c d\n"));
    }

    #[test]
    fn the_head_of_a_literal_tells_how_it_begins_and_ends() {
        for (text, want) in [
            ("a\nb", "|-\n  a\n  b\n"),
            ("a\n", "|\n  a\n"),
            ("a\n\n", "|+\n  a\n\n"),
            ("\n", "|2+\n\n"),
            (" a\n\n b\n", "|2\n   a\n\n   b\n"),
            ("a\u{2028}b\nc", "|-\n  a\u{2028}  b\n  c\n"),
        ] {
            assert_eq!(yaml(text), want);
        }
    }

    #[test]
    fn a_separator_of_lines_begins_a_line_in_single_quotes() {
        assert_eq!(yaml("a\u{2028}b'c\u{2029}"), "'a\u{2028}  b''c\u{2029}'\n");
    }

    #[test]
    fn escapes_are_the_short_ones_where_yaml_has_them() {
        assert_eq!(yaml("\0\u{1}\u{7}\u{1B}\"\\"), "\"\\0\\x01\\a\\e\\\"\\\\\"\n");
        assert_eq!(yaml("\u{FEFF}a b"), "\"\\uFEFF\\x61\\x20\\x62\"\n");
        assert_eq!(pretty("\u{85}\u{7F}\u{FFFE}".as_bytes()), "\"\\N\\x7F\\uFFFE\"\n");
    }

    #[test]
    fn what_is_no_text_is_base64_in_the_pretty_form_and_replaced_in_the_other() {
        assert_eq!(pretty(b"\xff"), "!!binary /w==\n");
        assert_eq!(pretty(&[0xFF; 54]), format!("!!binary |\n  {}\n  //\n", "/".repeat(70)));
        assert_eq!(to_yaml(&Value::str(&b"\xff"[..])).unwrap(), "\u{FFFD}\n".as_bytes());
    }
}
