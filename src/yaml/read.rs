//! From bytes to the text the scanner works on.
//!
//! In: a file's bytes, UTF-8 or UTF-16 with a byte order mark. Out: UTF-8 without the mark, cut
//! where the first bad character stops Go's reader, and what is wrong there.
//! That reader works 512 bytes at a time, so a bad byte hides what stands up to 511 bytes before it.

use std::borrow::Cow;

/// How many bytes Go's reader takes at a time.
const CHUNK: usize = 512;

/// Text to scan.
pub(super) struct Source<'a> {
    /// Valid UTF-8 of allowed characters only.
    pub text: Cow<'a, [u8]>,
    /// Why the text ends early, when it does.
    pub bad: Option<&'static str>,
    /// LF is the only line break.
    pub lf_only: bool,
}

/// A character that needs no second look.
fn is_common(b: u8) -> bool {
    matches!(b, b' '..=b'~' | b'\t' | b'\n')
}

/// Checks and converts a file's bytes.
pub(super) fn read(bytes: &[u8]) -> Source<'_> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest, 3),
        _ => utf8(bytes, 0),
    }
}

fn utf8(text: &[u8], skipped: usize) -> Source<'_> {
    // Nearly every file. Without an early way out the compiler looks at many bytes at once.
    if !text.iter().fold(false, |other, b| other | !is_common(*b)) {
        return Source { text: Cow::Borrowed(text), bad: None, lf_only: true };
    }
    let mut lf_only = true;
    // Where the present chunk starts and ends, and the last whole character in it.
    let (mut start, mut end) = (0, CHUNK.saturating_sub(skipped));
    let mut at = 0;
    while let Some(&first) = text.get(at) {
        if first.is_ascii() && at < end {
            if first == b'\r' {
                lf_only = false;
            } else if !is_common(first) {
                return cut(text, start, "control characters are not allowed");
            }
            at += 1;
            continue;
        }
        let width = match first {
            0..0x80 => 1,
            0xC0..0xE0 => 2,
            0xE0..0xF0 => 3,
            0xF0..0xF8 => 4,
            _ => 0,
        };
        if at + width > end || at >= end {
            // The character starts the next chunk.
            (start, end) = (at, at + CHUNK);
        }
        if width == 0 {
            return cut(text, start, "invalid leading UTF-8 octet");
        }
        let Some(character) = text.get(at..at + width) else {
            return cut(text, start, "incomplete UTF-8 octet sequence");
        };
        if let Some(problem) = check(character) {
            return cut(text, start, problem);
        }
        lf_only &= !matches!(character, b"\r" | [0xC2, 0x85] | [0xE2, 0x80, 0xA8 | 0xA9]);
        at += width;
    }
    Source { text: Cow::Borrowed(text), bad: None, lf_only }
}

fn cut<'a>(text: &'a [u8], at: usize, problem: &'static str) -> Source<'a> {
    Source { text: Cow::Borrowed(text.get(..at).unwrap_or(text)), bad: Some(problem), lf_only: false }
}

/// What is wrong with the bytes of one character, its first byte being a good one.
fn check(character: &[u8]) -> Option<&'static str> {
    let (first, rest) = character.split_first()?;
    if rest.iter().any(|b| b & 0xC0 != 0x80) {
        return Some("invalid trailing UTF-8 octet");
    }
    let mask = match rest.len() {
        0 => 0x7F,
        1 => 0x1F,
        2 => 0x0F,
        _ => 0x07,
    };
    let code = rest.iter().fold(u32::from(first & mask), |code, b| code << 6 | u32::from(b & 0x3F));
    let least = match rest.len() {
        0 => 0,
        1 => 0x80,
        2 => 0x800,
        _ => 0x1_0000,
    };
    if code < least {
        return Some("invalid length of a UTF-8 sequence");
    }
    if (0xD800..=0xDFFF).contains(&code) || code > 0x10_FFFF {
        return Some("invalid Unicode character");
    }
    (!allowed(code)).then_some("control characters are not allowed")
}

/// Whether YAML text may hold the character.
pub(super) fn allowed(code: u32) -> bool {
    matches!(code, 0x09 | 0x0A | 0x0D | 0x20..=0x7E | 0x85 | 0xA0..=0xD7FF | 0xE000..=0xFFFD | 0x1_0000..=0x10_FFFF)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Source<'static> {
    let mut text = String::with_capacity(bytes.len());
    let mut units = bytes.chunks(2).map(|pair| <[u8; 2]>::try_from(pair).ok().map(unit));
    let bad = loop {
        let Some(first) = units.next() else { break None };
        let Some(first) = first else { break Some("incomplete UTF-16 character") };
        let code = match first {
            0xDC00..=0xDFFF => break Some("unexpected low surrogate area"),
            0xD800..=0xDBFF => match units.next() {
                Some(Some(low @ 0xDC00..=0xDFFF)) => {
                    0x1_0000 + ((u32::from(first) & 0x3FF) << 10) + (u32::from(low) & 0x3FF)
                }
                Some(Some(_)) => break Some("expected low surrogate area"),
                _ => break Some("incomplete UTF-16 surrogate pair"),
            },
            _ => u32::from(first),
        };
        match char::from_u32(code).filter(|_| allowed(code)) {
            Some(character) => text.push(character),
            None => break Some("control characters are not allowed"),
        }
    };
    Source { text: Cow::Owned(text.into_bytes()), bad, lf_only: false }
}

/// Bytes that are no UTF-8 become U+FFFD, one for each, as in Go.
pub(super) fn valid_utf8(bytes: &[u8]) -> Cow<'_, [u8]> {
    if std::str::from_utf8(bytes).is_ok() {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.extend_from_slice(chunk.valid().as_bytes());
        out.extend("\u{FFFD}".repeat(chunk.invalid().len()).bytes());
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_bytes_are_named_as_go_names_them() {
        for (bytes, problem) in [
            (&b"a: \x00"[..], "control characters are not allowed"),
            (b"a: \x7F", "control characters are not allowed"),
            (b"a: \xFF", "invalid leading UTF-8 octet"),
            (b"a: \xC3x", "invalid trailing UTF-8 octet"),
            (b"a: \xC3", "incomplete UTF-8 octet sequence"),
            (b"a: \xED\xA0\x80", "invalid Unicode character"),
            (b"a: \xC0\x80", "invalid length of a UTF-8 sequence"),
        ] {
            assert_eq!(read(bytes).bad, Some(problem));
        }
        assert_eq!(&*read(b"\xFF\xFEa\0:\0").text, b"a:");
    }
}
