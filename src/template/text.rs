//! Go's string literals, read and written.

pub use crate::value::format::quoted as quote;
pub(super) use crate::value::rune::is_print;
use crate::value::{Str, rune};

/// `unicode.IsLetter`, `unicode.IsDigit` or `_`.
pub(super) fn is_alphanumeric(c: char) -> bool {
    if c.is_ascii() {
        return c == '_' || c.is_ascii_alphanumeric();
    }
    rune::is_letter(c) || rune::is_digit(c)
}

/// The first character of some bytes and its length; a byte that is no UTF-8 is U+FFFD of length 1.
pub(super) fn first_char(bytes: &[u8]) -> Option<(char, usize)> {
    let first = *bytes.first()?;
    if first.is_ascii() {
        return Some((char::from(first), 1));
    }
    let head = &bytes[..bytes.len().min(4)];
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(e) => std::str::from_utf8(&head[..e.valid_up_to()]).unwrap_or(""),
    };
    Some(valid.chars().next().map_or(('\u{FFFD}', 1), |c| (c, c.len_utf8())))
}

/// Reads a string literal, quotes included. `None`: Go's `invalid syntax`.
pub(super) fn unquote(literal: &[u8]) -> Option<Str> {
    let (first, inner) = literal.split_first()?;
    let (last, mut rest) = inner.split_last()?;
    if first != last {
        return None;
    }
    if *first == b'`' {
        return Some(rest.iter().copied().filter(|b| *b != b'\r').collect::<Vec<u8>>().into());
    }
    if memchr::memchr3(b'\\', b'\n', *first, rest).is_none() {
        return Some(rest.into());
    }
    let mut out = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        rest = unquote_char(rest, *first, &mut out)?.1;
    }
    Some(out.into())
}

/// Reads one character of a literal in quotes `quote` and appends its bytes.
/// Gives the character and what follows it.
pub(super) fn unquote_char<'a>(text: &'a [u8], quote: u8, out: &mut Vec<u8>) -> Option<(u32, &'a [u8])> {
    let (c, length) = first_char(text)?;
    if text[0] == quote || c == '\n' {
        return None;
    }
    if c != '\\' {
        out.extend_from_slice(&text[..length]);
        return Some((u32::from(c), &text[length..]));
    }
    let kind = *text.get(1)?;
    let rest = &text[2..];
    let simple = |out: &mut Vec<u8>, byte: u8| {
        out.push(byte);
        Some((u32::from(byte), rest))
    };
    match kind {
        b'a' => simple(out, 7),
        b'b' => simple(out, 8),
        b'f' => simple(out, 12),
        b'n' => simple(out, b'\n'),
        b'r' => simple(out, b'\r'),
        b't' => simple(out, b'\t'),
        b'v' => simple(out, 11),
        b'\\' => simple(out, b'\\'),
        b'\'' | b'"' if kind == quote => simple(out, kind),
        b'x' | b'u' | b'U' => {
            let digits = if kind == b'x' {
                2
            } else if kind == b'u' {
                4
            } else {
                8
            };
            let hex = std::str::from_utf8(rest.get(..digits)?).ok()?;
            if !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
                return None;
            }
            let code = u32::from_str_radix(hex, 16).ok()?;
            if kind == b'x' {
                out.push(u8::try_from(code).ok()?);
            } else {
                out.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut [0; 4]).as_bytes());
            }
            Some((code, &rest[digits..]))
        }
        b'0'..=b'7' => {
            let octal = std::str::from_utf8(text.get(1..4)?).ok()?;
            if !octal.bytes().all(|b| (b'0'..=b'7').contains(&b)) {
                return None;
            }
            let code = u8::try_from(u32::from_str_radix(octal, 8).ok()?).ok()?;
            out.push(code);
            Some((u32::from(code), &text[4..]))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_read_back_as_they_were_written() {
        for text in [&b"plain"[..], b"\x00\x07\n\t\"\\", "é\u{a0}\u{1F600}\u{200b}".as_bytes(), b"\xff\xfe"] {
            assert_eq!(unquote(quote(text).as_bytes()).as_deref(), Some(text));
        }
    }

    #[test]
    fn an_unknown_escape_is_refused() {
        assert_eq!(unquote(br#""\'""#), None);
        assert_eq!(unquote(br#""\q""#), None);
        assert_eq!(unquote(br#""\101\x41\u0041""#).as_deref(), Some(&b"AAA"[..]));
    }
}
