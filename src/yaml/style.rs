//! How a string is written to YAML: plain, in single or double quotes, or as a literal.
//!
//! In: its bytes. Out: the [`Style`]. One walk over the bytes gathers which classes of them occur,
//! and only what occurs is looked at again; a plain word takes one walk and no more.

use super::order::Dialect;
use super::resolve;

/// The ways to write a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    /// `|`, line by line.
    Literal,
}

/// A blank.
pub(super) const SPACE: u8 = 1;
/// `:` and `#`, which mean something next to a blank.
const MARK: u8 = 1 << 1;
/// The line break.
pub(super) const LF: u8 = 1 << 2;
/// Any other character that YAML takes for a line break.
pub(super) const BREAK: u8 = 1 << 3;
const TAB: u8 = 1 << 4;
/// What only double quotes can hold, as an escape.
const ESCAPED: u8 = 1 << 5;
/// What YAML text must not hold and JSON text may: it does not survive a way through JSON.
pub(super) const BARRED: u8 = 1 << 6;
/// Not ASCII.
pub(super) const HIGH: u8 = 1 << 7;

/// What each byte is; within a character of several bytes [`survey`] looks again.
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'\t' => TAB,
            b'\n' => LF,
            b'\r' => BREAK | ESCAPED,
            0..0x20 => ESCAPED,
            b' ' => SPACE,
            b':' | b'#' => MARK,
            0x7F => BARRED,
            // Beyond U+FFFF.
            0xF0.. => HIGH | ESCAPED,
            0x80.. => HIGH,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

/// The classes that occur in a text, which is UTF-8.
pub(super) fn survey(text: &[u8]) -> u8 {
    let seen = text.iter().fold(0, |seen, byte| seen | CLASSES[usize::from(*byte)]);
    if seen & HIGH == 0 { seen } else { seen | survey_high(text) }
}

/// The classes of the odd characters between U+0080 and U+FFFF. They begin with three bytes only.
fn survey_high(text: &[u8]) -> u8 {
    let mut seen = 0;
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, 0xC2 | 0xE2 | 0xEF)) {
        rest = rest.get(at..).unwrap_or_default();
        seen |= match rest {
            [0xC2, 0x85, ..] => BREAK | BARRED,
            [0xC2, 0x80..=0x9F, ..] => BARRED,
            [0xE2, 0x80, 0xA8 | 0xA9, ..] => BREAK,
            // The byte order mark.
            [0xEF, 0xBB, 0xBF, ..] => ESCAPED,
            [0xEF, 0xBF, 0xBE | 0xBF, ..] => BARRED,
            _ => 0,
        };
        rest = rest.get(1..).unwrap_or_default();
    }
    seen
}

/// How to write a text of which `seen` is the [`survey`]. A key before a mere `:` has no break.
pub(super) fn style(text: &[u8], seen: u8, dialect: Dialect) -> Style {
    if seen & LF != 0 {
        let barred = if dialect == Dialect::V2 { ESCAPED | BARRED | TAB } else { ESCAPED | BARRED };
        let fits = seen & barred == 0 && (seen & SPACE == 0 || !(text.ends_with(b" ") || blank_before_break(text)));
        return if fits { Style::Literal } else { Style::Double };
    }
    if reads_as_other(text) || seen & (ESCAPED | BARRED | TAB) != 0 {
        return Style::Double;
    }
    if seen & BREAK != 0 {
        let torn = seen & SPACE != 0 && (blank_before_break(text) || blank_after_break(text));
        return if torn { Style::Double } else { Style::Single };
    }
    if starts_as_other(text)
        || (seen & SPACE != 0 && (text.starts_with(b" ") || text.ends_with(b" ")))
        || (seen & MARK != 0 && has_mark(text))
    {
        return Style::Single;
    }
    Style::Plain
}

/// Whether plain text would be read as null, a boolean, a number or a date; base 60 counts, though
/// it is read as text today.
fn reads_as_other(text: &[u8]) -> bool {
    match text.first() {
        None => true,
        // No word of YAML is longer than `false`.
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            text.len() <= 5 && !resolve::is_string(text)
        }
        Some(b'+' | b'-' | b'.' | b'0'..=b'9') => !resolve::is_string(text) || is_base60(text),
        _ => false,
    }
}

/// Whether plain text would begin something else: a list, a comment, an anchor, a document.
fn starts_as_other(text: &[u8]) -> bool {
    match text {
        [b'#' | b',' | b'[' | b']' | b'{' | b'}' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"', ..] => true,
        [b'%' | b'@' | b'`', ..] | [b'?' | b'-'] | [b'?' | b'-', b' ', ..] => true,
        _ => text.starts_with(b"---") || text.starts_with(b"..."),
    }
}

/// Whether plain text would hold a key or a comment.
fn has_mark(text: &[u8]) -> bool {
    text.ends_with(b":") || text.windows(2).any(|pair| matches!(pair, b": " | b" #"))
}

fn blank_before_break(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| *byte == b' ') {
        rest = rest.get(at + 1..).unwrap_or_default();
        if matches!(rest, [b'\n', ..] | [0xE2, 0x80, 0xA8 | 0xA9, ..]) {
            return true;
        }
    }
    false
}

/// Only asked of text without LF.
fn blank_after_break(text: &[u8]) -> bool {
    text.windows(4).any(|part| matches!(part, [0xE2, 0x80, 0xA8 | 0xA9, b' ']))
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`, which older readers take for a number.
fn is_base60(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"+").or_else(|| text.strip_prefix(b"-")).unwrap_or(text);
    if !text.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let digits = |b: &u8| b.is_ascii_digit() || *b == b'_';
    let mut halves = text.splitn(2, |b| *b == b'.');
    let whole = halves.next().unwrap_or_default();
    let mut groups = whole.split(|b| *b == b':');
    let first = groups.next().unwrap_or_default();
    first.len() < whole.len()
        && first.iter().all(digits)
        && groups.all(|group| matches!(group, [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']))
        && halves.next().is_none_or(|fraction| fraction.iter().all(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_is_the_first_that_keeps_the_text_as_it_is() {
        for (want, texts) in [
            (Style::Plain, &["a", "a b", "-a", "a:b", ":a", "?a", "a#b", "a, b", "a]", "a'b", "<<", "1.2.3", "é"][..]),
            (Style::Single, &["- a", "-", "a: b", "a:", "a #b", " a", "a ", "#", "---x", "'a'", "a\u{2028}b"]),
            (Style::Double, &["", "y", "false", "~", "1e3", "1:30", "a\tb", "a\r", "a \nb", "\u{FEFF}", "😀"]),
            (Style::Literal, &["a\nb", "\n", " a\n", "a\n b\n\n", "a\u{2028}\n"]),
        ] {
            for text in texts {
                assert_eq!(style(text.as_bytes(), survey(text.as_bytes()), Dialect::V2), want, "{text:?}");
            }
        }
        assert_eq!(style(b"\ta\n", survey(b"\ta\n"), Dialect::V2), Style::Double);
        assert_eq!(style(b"\ta\n", survey(b"\ta\n"), Dialect::V3), Style::Literal);
    }

    #[test]
    fn base_60_takes_a_colon_and_minutes_below_60() {
        for (text, want) in
            [("1:30", true), ("-190:20:30.1_5", true), ("1:60", false), ("1", false), ("1:", false), ("1_:5.", true)]
        {
            assert_eq!(is_base60(text.as_bytes()), want, "{text}");
        }
    }
}
