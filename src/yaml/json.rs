//! JSON as Go's encoding/json writes and reads it.
//!
//! In: values of a run, or text. Out: compact or indented JSON with sorted keys, or a [`Node`].

use super::depth::{MAX_NESTING, RED_ZONE, STACK, check_depth};
use super::read::valid_utf8;
use super::{Shape, error::Error};
use crate::value::format;
use crate::value::number::{format_float, parse_float};
use crate::value::{Data, ListKind, Node, Origin, Str, Value};
use base64::Engine as _;
use std::collections::BTreeMap;
use std::io::Write as _;

/// Go's `json.Marshal`; without `escape_html`, what an encoder with `SetEscapeHTML(false)` gives
/// before its newline.
///
/// # Errors
/// `json: unsupported value: NaN` and the like.
///
/// ```
/// use chartwright::{value::Value, yaml::to_json};
/// assert_eq!(to_json(&Value::from("<a>"), true).unwrap(), br#""\u003ca\u003e""#);
/// ```
pub fn to_json(value: &Value, escape_html: bool) -> Result<Vec<u8>, String> {
    let mut writer = Writer { out: Vec::new(), escape_html, layout: None };
    writer.value(value, 0)?;
    Ok(writer.out)
}

/// Go's `json.MarshalIndent`.
///
/// # Errors
/// As [`to_json`].
pub fn to_json_indent(value: &Value, prefix: &str, indent: &str, escape_html: bool) -> Result<Vec<u8>, String> {
    let mut writer = Writer { out: Vec::new(), escape_html, layout: Some((prefix, indent)) };
    writer.value(value, 0)?;
    Ok(writer.out)
}

struct Writer<'a> {
    out: Vec<u8>,
    escape_html: bool,
    layout: Option<(&'a str, &'a str)>,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), String> {
        check_depth(depth)?;
        match value {
            Value::Nil | Value::Invalid => self.raw("null"),
            Value::Bool(b) => self.raw(if *b { "true" } else { "false" }),
            Value::Int(n) | Value::Int64(n) => self.integer(*n),
            Value::Float(f) if f.fract() == 0.0 && f.abs() < 1e15 && *f != 0.0 => self.integer(*f as i64),
            Value::Float(f) => self.raw(&float(*f)?),
            Value::Str(text) => push_string(text, self.escape_html, &mut self.out),
            Value::List(list) if list.is_nil() => self.raw("null"),
            Value::List(list) if list.kind() == ListKind::Bytes => {
                push_string(base64_of(list).as_bytes(), self.escape_html, &mut self.out);
            }
            Value::List(list) => {
                self.raw("[");
                stacker::maybe_grow(RED_ZONE, STACK, || {
                    list.iter().enumerate().try_for_each(|(i, item)| {
                        self.separate(i, depth + 1);
                        self.value(item, depth + 1)
                    })
                })?;
                self.close(list.is_empty(), depth, "]");
            }
            Value::Map(map) if map.is_nil() => self.raw("null"),
            Value::Map(map) => {
                let entries = map.entries();
                self.entries(entries.iter().map(|(key, value)| (&**key, value)), depth)?;
            }
            Value::Object(object) => match object.to_plain()? {
                Value::Map(map) if !object.json_order().is_empty() => {
                    let (entries, order) = (map.entries(), object.json_order().iter());
                    self.entries(order.filter_map(|key| Some((key.as_bytes(), entries.get(key.as_bytes())?))), depth)?;
                }
                plain => self.value(&plain, depth)?,
            },
        }
        Ok(())
    }

    fn entries<'v>(
        &mut self,
        entries: impl Iterator<Item = (&'v [u8], &'v Value)>,
        depth: usize,
    ) -> Result<(), String> {
        self.raw("{");
        let mut count = 0;
        stacker::maybe_grow(RED_ZONE, STACK, || {
            entries.enumerate().try_for_each(|(i, (key, value))| {
                count += 1;
                self.separate(i, depth + 1);
                push_string(key, self.escape_html, &mut self.out);
                self.raw(if self.layout.is_some() { ": " } else { ":" });
                self.value(value, depth + 1)
            })
        })?;
        self.close(count == 0, depth, "}");
        Ok(())
    }

    fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn integer(&mut self, n: i64) {
        // Writing to a `Vec` does not fail.
        let _ = write!(self.out, "{n}");
    }

    fn separate(&mut self, index: usize, depth: usize) {
        if index > 0 {
            self.out.push(b',');
        }
        self.line(depth);
    }

    fn close(&mut self, empty: bool, depth: usize, end: &str) {
        if !empty {
            self.line(depth);
        }
        self.raw(end);
    }

    fn line(&mut self, depth: usize) {
        if let Some((prefix, indent)) = self.layout {
            self.out.push(b'\n');
            self.raw(prefix);
            for _ in 0..depth {
                self.raw(indent);
            }
        }
    }
}

/// Go's JSON float: an exponent below 1e-6 and from 1e21 on.
fn float(f: f64) -> Result<String, String> {
    if !f.is_finite() {
        return Err(format!("json: unsupported value: {}", format_float(f, b'g', None, false)));
    }
    let magnitude = f.abs();
    if magnitude == 0.0 || (1e-6..1e21).contains(&magnitude) {
        return Ok(format_float(f, b'f', None, false));
    }
    let text = format_float(f, b'e', None, false);
    // e-09 is written e-9.
    Ok(match text.split_once("e-0") {
        Some((mantissa, digit)) => format!("{mantissa}e-{digit}"),
        None => text,
    })
}

/// A JSON string with Go's escapes.
fn push_string(text: &[u8], escape_html: bool, out: &mut Vec<u8>) {
    out.push(b'"');
    for chunk in text.utf8_chunks() {
        push_text(chunk.valid().as_bytes(), escape_html, out);
        for _ in chunk.invalid() {
            out.extend_from_slice(b"\\ufffd");
        }
    }
    out.push(b'"');
}

fn push_text(text: &[u8], escape_html: bool, out: &mut Vec<u8>) {
    let suspect = |byte: &u8| match byte {
        b'<' | b'>' | b'&' => escape_html,
        // The last begins U+2028 and U+2029.
        b'"' | b'\\' | 0..0x20 | 0xE2 => true,
        _ => false,
    };
    let mut rest = text;
    while let Some(at) = rest.iter().position(suspect) {
        let (clean, tail) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        out.extend_from_slice(clean);
        let taken = match tail {
            [0xE2, 0x80, last @ (0xA8 | 0xA9), ..] => {
                out.extend_from_slice(if *last == 0xA8 { b"\\u2028" } else { b"\\u2029" });
                3
            }
            [byte, ..] => {
                push_byte(*byte, out);
                1
            }
            [] => 0,
        };
        rest = tail.get(taken..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

/// One byte, escaped unless it belongs to a character of several.
fn push_byte(byte: u8, out: &mut Vec<u8>) {
    let short = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        0x0C => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x80.. => return out.push(byte),
        _ => {
            // Writing to a `Vec` does not fail.
            let _ = write!(out, "\\u{byte:04x}");
            return;
        }
    };
    out.extend([b'\\', short]);
}

/// Go's `json.Unmarshal` into an untyped target. Nodes have the line and column of the text.
///
/// # Errors
/// Go's messages: `invalid character 'x' looking for beginning of value`, `unexpected end of JSON input`.
pub fn from_json(text: &[u8]) -> Result<Node, String> {
    let mut reader = Reader { text, at: 0, line: 1, line_start: 0, out_of_range: None };
    let node = reader.value(0)?;
    reader.space();
    if reader.at < text.len() {
        return reader.fail("after top-level value");
    }
    match reader.out_of_range {
        Some(error) => Err(error),
        None => Ok(node),
    }
}

/// [`from_json`] into Go's `map[string]interface {}`: null gives an empty map.
///
/// # Errors
/// As [`from_json`], and `json: cannot unmarshal array into Go value of type map[string]interface {}`.
pub fn from_json_map(text: &[u8]) -> Result<Node, String> {
    let node = from_json(text)?;
    match type_mismatch(&node, Shape::Map, "map[string]interface {}") {
        Some(error) => Err(error),
        None => Ok(Shape::Map.filled(node)),
    }
}

/// [`from_json`] into Go's `[]interface {}`: null gives an empty list.
///
/// # Errors
/// As [`from_json`], and `json: cannot unmarshal object into Go value of type []interface {}`.
pub fn from_json_list(text: &[u8]) -> Result<Node, String> {
    let node = from_json(text)?;
    match type_mismatch(&node, Shape::List, "[]interface {}") {
        Some(error) => Err(error),
        None => Ok(Shape::List.filled(node)),
    }
}

/// Go's message when a value does not fit its target; null fits all.
pub(super) fn type_mismatch(node: &Node, shape: Shape, target: &str) -> Option<String> {
    let found = match (&node.data, shape) {
        (Data::Null, _) | (Data::Map(_), Shape::Map) | (Data::List(_), Shape::List) => return None,
        (Data::Map(_), _) => "object",
        (Data::List(_), _) => "array",
        (Data::Str(_), _) => "string",
        (Data::Bool(_), _) => "bool",
        (Data::Int(_) | Data::Float(_), _) => "number",
    };
    Some(format!("json: cannot unmarshal {found} into Go value of type {target}"))
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
    line_start: usize,
    /// Go reports a number beyond float64 only after all syntax errors.
    out_of_range: Option<String>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn fail<T>(&self, context: &str) -> Result<T, String> {
        match self.peek() {
            // At the end Go's scanner is fed one blank more, and what cannot bear it complains of it.
            None if context != "in string literal" && context.contains("in ") => {
                Err(format!("invalid character ' ' {context}"))
            }
            None => Err("unexpected end of JSON input".into()),
            Some(b) => Err(format!("invalid character {} {context}", quote_byte(b))),
        }
    }

    fn space(&mut self) {
        while let Some(b @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek() {
            self.at += 1;
            if b == b'\n' {
                self.line += 1;
                self.line_start = self.at;
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, String> {
        self.space();
        let column = u32::try_from(self.at - self.line_start + 1).unwrap_or(u32::MAX);
        let origin = Origin { layer: 0, line: self.line, column };
        if depth > MAX_NESTING && matches!(self.peek(), Some(b'[' | b'{')) {
            return self.fail("exceeded max depth");
        }
        let data = match self.peek() {
            Some(b'{') => stacker::maybe_grow(RED_ZONE, STACK, || self.object(depth))?,
            Some(b'[') => stacker::maybe_grow(RED_ZONE, STACK, || self.array(depth))?,
            Some(b'"') => Data::Str(self.string()?),
            Some(b't') => self.word("true", Data::Bool(true))?,
            Some(b'f') => self.word("false", Data::Bool(false))?,
            Some(b'n') => self.word("null", Data::Null)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => return self.fail("looking for beginning of value"),
        };
        Ok(Node { data, origin })
    }

    fn object(&mut self, depth: usize) -> Result<Data, String> {
        let mut entries = BTreeMap::new();
        self.at += 1;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Data::map(entries));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return self.fail("looking for beginning of object key string");
            }
            let key = self.string()?;
            self.space();
            if self.peek() != Some(b':') {
                return self.fail("after object key");
            }
            self.at += 1;
            let value = self.value(depth + 1)?;
            entries.insert(key, value);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Data::map(entries));
                }
                _ => return self.fail("after object key:value pair"),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Data, String> {
        let mut items = Vec::new();
        self.at += 1;
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Data::list(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Data::list(items));
                }
                _ => return self.fail("after array element"),
            }
        }
    }

    fn word(&mut self, word: &str, data: Data) -> Result<Data, String> {
        for (i, c) in word.bytes().enumerate() {
            if self.peek() != Some(c) && i > 0 {
                return self.fail(&format!("in literal {word} (expecting '{}')", char::from(c)));
            }
            self.at += 1;
        }
        Ok(data)
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn number(&mut self) -> Result<Data, String> {
        let from = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return self.fail("in numeric literal"),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
                return self.fail("after decimal point in numeric literal");
            }
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
                return self.fail("in exponent of numeric literal");
            }
            self.digits();
        }
        let text = String::from_utf8_lossy(self.text.get(from..self.at).unwrap_or(b""));
        Ok(match parse_float(&text) {
            Some(f) => Data::Float(f),
            None => {
                self.out_of_range.get_or_insert_with(|| {
                    format!("json: cannot unmarshal number {text} into Go value of type float64")
                });
                Data::Null
            }
        })
    }

    fn string(&mut self) -> Result<Str, String> {
        self.at += 1;
        let from = self.at;
        while self.peek().is_some_and(|b| b != b'"' && b != b'\\' && b >= b' ') {
            self.at += 1;
        }
        let start = self.text.get(from..self.at).unwrap_or(b"");
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(Str::from(&*valid_utf8(start)));
        }
        let mut text = start.to_vec();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Str::from(&*valid_utf8(&text)));
                }
                Some(b'\\') => {
                    self.at += 1;
                    self.escape(&mut text)?;
                }
                Some(b) if b >= b' ' => {
                    text.push(b);
                    self.at += 1;
                }
                _ => return self.fail("in string literal"),
            }
        }
    }

    fn escape(&mut self, text: &mut Vec<u8>) -> Result<(), String> {
        let plain = match self.peek() {
            Some(b @ (b'"' | b'\\' | b'/')) => b,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0C,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => {
                self.at += 1;
                let mut code = self.hex4()?;
                if (0xD800..0xDC00).contains(&code) {
                    // Only together with a low half does it make a character.
                    let low = self.text.get(self.at..self.at + 6).and_then(|next| {
                        let digits = std::str::from_utf8(next.strip_prefix(b"\\u")?).ok()?;
                        u32::from_str_radix(digits, 16).ok().filter(|low| (0xDC00..0xE000).contains(low))
                    });
                    if let Some(low) = low {
                        self.at += 6;
                        code = 0x1_0000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                    }
                }
                let c = char::from_u32(code).unwrap_or('\u{FFFD}');
                text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return self.fail("in string escape code"),
        };
        text.push(plain);
        self.at += 1;
        Ok(())
    }

    fn hex4(&mut self) -> Result<u32, String> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|b| char::from(b).to_digit(16)) else {
                return self.fail("in \\u hexadecimal character escape");
            };
            code = code << 4 | digit;
            self.at += 1;
        }
        Ok(code)
    }
}

/// A byte as Go's JSON errors show it.
fn quote_byte(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".into(),
        b'"' => "'\"'".into(),
        _ => format::quoted(char::from(byte).encode_utf8(&mut [0; 4]).as_bytes()).replace('"', "'"),
    }
}

impl From<Error> for String {
    fn from(error: Error) -> String {
        error.message
    }
}

/// A `[]byte` as JSON has it.
pub(super) fn base64_of(bytes: &[Value]) -> String {
    let byte = |item: &Value| if let Value::Int(n) | Value::Int64(n) = item { *n as u8 } else { 0 };
    base64::engine::general_purpose::STANDARD.encode(bytes.iter().map(byte).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_worded_as_in_go() {
        for (text, want) in [
            ("", "unexpected end of JSON input"),
            ("x", "invalid character 'x' looking for beginning of value"),
            ("{a", "invalid character 'a' looking for beginning of object key string"),
            ("[1 2]", "invalid character '2' after array element"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\":1 1}", "invalid character '1' after object key:value pair"),
            ("1 1", "invalid character '1' after top-level value"),
            ("tru3", "invalid character '3' in literal true (expecting 'e')"),
            ("-a", "invalid character 'a' in numeric literal"),
            ("\"\n\"", "invalid character '\\n' in string literal"),
            ("1e400", "json: cannot unmarshal number 1e400 into Go value of type float64"),
        ] {
            assert_eq!(from_json(text.as_bytes()).unwrap_err(), want);
        }
    }

    #[test]
    fn only_separators_of_lines_are_escaped_beyond_ascii() {
        let value = Value::str("a\u{1}\u{2013}\u{2029}\u{e9}\"<");
        assert_eq!(to_json(&value, false).unwrap(), "\"a\\u0001\u{2013}\\u2029\u{e9}\\\"<\"".as_bytes());
        assert_eq!(to_json(&Value::Float(-0.0), true).unwrap(), b"-0");
    }

    #[test]
    fn values_are_written_as_in_go() {
        let node = from_json(br#"{"b":[1e6,1e-7,1e21,{}],"a":"<\u2028\ud800\u00e9"}"#).unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        assert_eq!(
            text(to_json(&node.to_value(), true).unwrap()),
            "{\"a\":\"\\u003c\\u2028\u{FFFD}é\",\"b\":[1000000,1e-7,1e+21,{}]}"
        );
        assert_eq!(
            text(to_json_indent(&node.get("b").unwrap().to_value(), "", "  ", true).unwrap()),
            "[\n  1000000,\n  1e-7,\n  1e+21,\n  {}\n]"
        );
    }
}
