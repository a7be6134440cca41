//! Changes inputs.
//!
//! In: bytes, and others to take pieces from. Out: other bytes. Lines, words and bytes are dropped,
//! doubled, moved and replaced; numbers and signs become those at which programs break.

use fastrand::Rng;

/// The longest input: what is found in more is found in less, and sooner.
pub const MAX_BYTES: usize = 16 << 10;

/// Pieces that mean something in one of the languages that are read.
const PIECES: &[&str] = &[
    "{{",
    "}}",
    "{{-",
    "-}}",
    "{{/*",
    "*/}}",
    "{{ end }}",
    "{{ else }}",
    "{{ if ",
    "{{ range ",
    "{{ with ",
    "{{ define \"a\" }}",
    "{{ template \"a\" . }}",
    "{{ block \"b\" . }}",
    "{{ include \"a\" . }}",
    "{{ break }}",
    "$x := ",
    "$x",
    "$",
    ".Values",
    ".",
    "(",
    ")",
    "|",
    ":=",
    "=",
    ",",
    "nil",
    "true",
    "0",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "1e309",
    "1e-400",
    "0x1p-1074",
    "0b1",
    "1i",
    "'a'",
    "'\\u0000'",
    "\"",
    "`",
    "'",
    "\\",
    "\\x00",
    "\\ud800",
    "---\n",
    "...\n",
    "- ",
    ": ",
    "? ",
    "! ",
    "!!binary ",
    "!!float ",
    "!!str ",
    "!<",
    "&a ",
    "*a",
    "<<: ",
    "|\n",
    "|-2\n",
    ">+\n",
    "%YAML 1.1\n",
    "[",
    "]",
    "{",
    "}",
    "#",
    " #",
    "\t",
    "\r",
    "\r\n",
    "\n\n",
    "\0",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "é",
    "🦀",
    "\u{7f}",
    "~",
    ".inf",
    ".nan",
    "2001-01-01",
    "0o7",
    "1_0",
    "12:30:45",
    "=",
    "==",
    "[0]",
    "[99999999]",
    "a.b",
    "\\,",
    "\\.",
    "a=",
    "null",
    "{}",
    "[]",
    "\"\"",
    "$ref",
    "#/",
    "^",
    "(?i)",
    "\\b",
    "{1000}",
    "*",
    "+",
    "?",
    "%s",
    "%d",
    "%v",
    "%[1]d",
    "%*d",
    "%x",
    "%q",
    "%.999999999f",
    "%!",
    "-- templates/a.yaml --\n",
    "-- charts/a/Chart.yaml --\n",
    "../",
    "/",
    "_",
    "Ki",
    "1Gi",
    "-0",
    "1e3",
    "1.5",
    "apiVersion: v1\n",
    "kind: List\n",
    "metadata:\n",
    "spec:\n",
];

/// Bytes at which something ends, begins or turns negative.
const BYTES: &[u8] =
    &[0, 1, 9, 10, 13, 32, 34, 39, 45, 46, 58, 92, 123, 125, 127, 128, 0xC0, 0xE2, 0xED, 0xEF, 0xF4, 0xFF];

/// An input made of another. `other` is where pieces come from.
pub fn change(rng: &mut Rng, input: &[u8], other: &[u8]) -> Vec<u8> {
    let mut data = input.to_vec();
    // Mostly one change: each that follows makes it less likely that the input gets far.
    for _ in 0..=rng.u32(0..8).saturating_sub(4) {
        once(rng, &mut data, other);
    }
    data.truncate(MAX_BYTES);
    data
}

fn once(rng: &mut Rng, data: &mut Vec<u8>, other: &[u8]) {
    let at = rng.usize(0..=data.len());
    match rng.u32(0..16) {
        0 => splice(data, at..at, piece(rng)),
        1 | 2 => {
            let range = word(data, at);
            splice(data, range, piece(rng));
        }
        3 => {
            let range = word(data, at);
            splice(data, range, b"");
        }
        4 => {
            let range = line(data, at);
            splice(data, range, b"");
        }
        5 => {
            let (from, to) = (line(data, at), rng.usize(0..=data.len()));
            let copied = data.get(from).unwrap_or_default().to_vec();
            let to = line(data, to).start;
            splice(data, to..to, &copied);
        }
        6 | 7 => {
            let taken = line(other, rng.usize(0..=other.len()));
            let range = line(data, at);
            let range = if rng.bool() { range.start..range.start } else { range };
            splice(data, range, other.get(taken).unwrap_or_default());
        }
        8 => {
            let taken = word(other, rng.usize(0..=other.len()));
            let range = word(data, at);
            splice(data, range, other.get(taken).unwrap_or_default());
        }
        9 => {
            let end = (at + rng.usize(1..16)).min(data.len());
            splice(data, at..end, b"");
        }
        10 => {
            if let Some(byte) = data.get_mut(at) {
                *byte ^= 1 << rng.u32(0..8);
            }
        }
        11 => {
            let byte = [rng.choice(BYTES).copied().unwrap_or(0)];
            splice(data, at..(at + rng.usize(0..=1)).min(data.len()), &byte);
        }
        12 => {
            let range = word(data, at);
            let copied = data.get(range.clone()).unwrap_or_default().repeat(1 << rng.u32(1..9));
            if copied.len() < MAX_BYTES {
                splice(data, range, &copied);
            }
        }
        13 => indent(rng, data, at),
        14 => nest(rng, data, at),
        _ => number(rng, data, at),
    }
}

/// What opens and closes again in one of the languages.
const PAIRS: &[(&str, &str)] = &[
    ("(", ")"),
    ("[", "]"),
    ("{", "}"),
    ("{a: ", "}"),
    ("[{", "}]"),
    ("{{if 1}}", "{{end}}"),
    ("{{range .}}", "{{else}}{{end}}"),
    ("{\"not\":", "}"),
    ("{\"a\":[", "]}"),
    ("(?:", ")*"),
    ("- ", ""),
    ("not ", ""),
    ("a.", ""),
    ("a[0]", ""),
    ("charts/a/", ""),
];

/// Puts something into pairs, as often as would take a stack without end.
fn nest(rng: &mut Rng, data: &mut Vec<u8>, at: usize) {
    let range = if rng.bool() { word(data, at) } else { line(data, at) };
    let (open, close) = rng.choice(PAIRS).copied().unwrap_or_default();
    let times = if rng.u32(0..8) == 0 { MAX_BYTES / (open.len() + close.len()) } else { rng.usize(1..200) };
    let inner = data.get(range.clone()).unwrap_or_default();
    // What closes stands in front of the end of the line.
    let (inner, end) = inner.split_at(inner.trim_ascii_end().len());
    let nested = [open.repeat(times).as_bytes(), inner, close.repeat(times).as_bytes(), end].concat();
    splice(data, range, &nested);
}

/// Moves a line to the left or to the right.
fn indent(rng: &mut Rng, data: &mut Vec<u8>, at: usize) {
    let start = line(data, at).start;
    let blanks = data.get(start..).unwrap_or_default().iter().take_while(|byte| **byte == b' ').count();
    if blanks > 0 && rng.bool() {
        splice(data, start..start + rng.usize(1..=blanks), b"");
    } else {
        splice(data, start..start, &b"      "[..rng.usize(1..=6)]);
    }
}

/// Replaces the next number by another.
fn number(rng: &mut Rng, data: &mut Vec<u8>, at: usize) {
    let rest = data.get(at..).unwrap_or_default();
    let Some(start) = rest.iter().position(u8::is_ascii_digit).map(|start| start + at) else { return };
    let digits = data.get(start..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
    let text = match rng.u32(0..6) {
        0 => rng.i64(..).to_string(),
        1 => rng.u32(0..12).to_string(),
        2 => (1_u128 << rng.u32(0..100)).to_string(),
        3 => format!("-{}", rng.u32(0..3)),
        4 => format!("{}.{}", rng.u16(..), rng.u16(..)),
        _ => "9".repeat(rng.usize(1..40)),
    };
    splice(data, start..start + digits, text.as_bytes());
}

fn piece(rng: &mut Rng) -> &'static [u8] {
    rng.choice(PIECES).map_or(b"", |piece| piece.as_bytes())
}

fn splice(data: &mut Vec<u8>, range: std::ops::Range<usize>, with: &[u8]) {
    data.splice(range, with.iter().copied());
}

/// The line around a byte, with its end.
fn line(data: &[u8], at: usize) -> std::ops::Range<usize> {
    let (before, after) = data.split_at(at.min(data.len()));
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let end = after.iter().position(|byte| *byte == b'\n').map_or(data.len(), |end| before.len() + end + 1);
    start..end
}

/// The word around a byte, or the sign there.
fn word(data: &[u8], at: usize) -> std::ops::Range<usize> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 128;
    let (before, after) = data.split_at(at.min(data.len()));
    let start = before.len() - before.iter().rev().take_while(|byte| is_word(byte)).count();
    let end = before.len() + after.iter().take_while(|byte| is_word(byte)).count();
    if start == end { start..(end + 1).min(data.len()) } else { start..end }
}
