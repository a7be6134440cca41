//! Go's quoted strings and characters.

use crate::value::rune;

/// Go's `strconv.Quote`: a double-quoted literal that reads back as these bytes.
///
/// ```
/// assert_eq!(chartwright::value::format::quoted(b"a\"\n\xff"), r#""a\"\n\xff""#);
/// ```
pub fn quoted(text: &[u8]) -> String {
    let mut out = Vec::with_capacity(text.len() + 2);
    quote(text, false, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Appends bytes as a double-quoted Go string (`%q`); `ascii` escapes all else (`%+q`).
pub fn quote(text: &[u8], ascii: bool, out: &mut Vec<u8>) {
    out.push(b'"');
    for (c, bytes) in rune::runes(text) {
        match bytes {
            [byte] if *byte >= 0x80 => out.extend_from_slice(format!("\\x{byte:02x}").as_bytes()),
            _ => escape(c, '"', ascii, out),
        }
    }
    out.push(b'"');
}

/// Appends the character of that number in single quotes (`%q` of an integer).
pub fn quote_code(code: u64, ascii: bool, out: &mut Vec<u8>) {
    let c = u32::try_from(code).ok().and_then(char::from_u32).unwrap_or(rune::ERROR);
    out.push(b'\'');
    escape(c, '\'', ascii, out);
    out.push(b'\'');
}

fn escape(c: char, mark: char, ascii: bool, out: &mut Vec<u8>) {
    let short = match c {
        _ if c == mark || c == '\\' => Some(c),
        '\x07' => Some('a'),
        '\x08' => Some('b'),
        '\x0c' => Some('f'),
        '\n' => Some('n'),
        '\r' => Some('r'),
        '\t' => Some('t'),
        '\x0b' => Some('v'),
        _ => None,
    };
    if let Some(letter) = short {
        out.push(b'\\');
        rune::push(out, letter);
    } else if rune::is_print(c) && (!ascii || c.is_ascii()) {
        rune::push(out, c);
    } else {
        let code = u32::from(c);
        let text = match code {
            0..=0x1f | 0x7f => format!("\\x{code:02x}"),
            0..=0xffff => format!("\\u{code:04x}"),
            _ => format!("\\U{code:08x}"),
        };
        out.extend_from_slice(text.as_bytes());
    }
}

/// Whether `%#q` may write the text in backquotes: one line, no backquote, no controls.
pub fn can_backquote(text: &[u8]) -> bool {
    rune::runes(text).all(|(c, bytes)| match bytes.len() {
        1 => (c >= ' ' || c == '\t') && c != '`' && c != '\x7f' && c != rune::ERROR,
        _ => c != '\u{feff}',
    })
}
