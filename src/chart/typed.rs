//! Reads a YAML tree into fields of known types, as Go's JSON decoder fills a struct.
//!
//! In: a [`Node`] and the text it came from. Out: strings, lists and maps; the first mismatch
//! is kept as Go words it, and reading goes on. Numbers and booleans become text in string
//! fields, after YAML has resolved them: `1.10` is "1.1", `yes` is "true".

use crate::value::{Data, Node, Str};
use std::collections::BTreeMap;

/// Where a value sits: the innermost struct type and the path of field names.
#[derive(Debug, Clone)]
pub(crate) struct At {
    owner: &'static str,
    path: String,
}

impl At {
    /// The whole document.
    pub(crate) fn top() -> Self {
        At { owner: "", path: String::new() }
    }

    /// A field of struct `owner`.
    pub(crate) fn field(&self, owner: &'static str, name: &str) -> At {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        At { owner, path }
    }
}

/// The reading of one document.
pub(crate) struct Typed<'a> {
    source: &'a [u8],
    error: Option<(String, u32)>,
}

impl<'a> Typed<'a> {
    /// Starts with the text the nodes came from.
    pub(crate) fn new(source: &'a [u8]) -> Self {
        Typed { source, error: None }
    }

    /// The first mismatch, worded as Go words it.
    pub(crate) fn finish(self) -> Result<(), String> {
        self.finish_at().map_err(|(error, _)| error)
    }

    /// The first mismatch with its line, 0 when it has none.
    pub(crate) fn finish_at(self) -> Result<(), (String, u32)> {
        match self.error {
            Some((error, line)) => Err((format!("error unmarshaling JSON: while decoding JSON: {error}"), line)),
            None => Ok(()),
        }
    }

    fn mismatch(&mut self, node: &Node, go_type: &str, at: &At) {
        let found = match node.data {
            Data::Null => return,
            Data::Bool(_) => "bool",
            Data::Int(_) | Data::Float(_) => "number",
            Data::Str(_) => "string",
            Data::List(_) => "array",
            Data::Map(_) => "object",
        };
        let text = if at.path.is_empty() {
            format!("json: cannot unmarshal {found} into Go value of type {go_type}")
        } else {
            format!("json: cannot unmarshal {found} into Go struct field {}.{} of type {go_type}", at.owner, at.path)
        };
        self.error.get_or_insert((text, node.origin.line));
    }

    /// The entries of a struct or map of Go type `go_type`; `None` for null or a mismatch.
    pub(crate) fn object<'n>(&mut self, node: &'n Node, go_type: &str, at: &At) -> Option<&'n BTreeMap<Str, Node>> {
        if let Data::Map(map) = &node.data {
            return Some(map);
        }
        self.mismatch(node, go_type, at);
        None
    }

    /// The items of a slice of Go type `go_type`; `None` for null or a mismatch.
    pub(crate) fn list<'n>(&mut self, node: &'n Node, go_type: &str, at: &At) -> Option<&'n [Node]> {
        if let Data::List(items) = &node.data {
            return Some(items);
        }
        self.mismatch(node, go_type, at);
        None
    }

    /// A string field; empty for null or a mismatch.
    pub(crate) fn string(&mut self, node: &Node, at: &At) -> String {
        match &node.data {
            Data::Str(text) => text.to_text().into_owned(),
            Data::Bool(b) => b.to_string(),
            Data::Int(n) => n.to_string(),
            Data::Float(n) => self.number_text(node, *n),
            Data::Null => String::new(),
            Data::List(_) | Data::Map(_) => {
                self.mismatch(node, "string", at);
                String::new()
            }
        }
    }

    /// A boolean field; false for null or a mismatch.
    pub(crate) fn boolean(&mut self, node: &Node, at: &At) -> bool {
        if let Data::Bool(b) = node.data {
            return b;
        }
        self.mismatch(node, "bool", at);
        false
    }

    /// A `[]string` field; `None` for null or a mismatch.
    pub(crate) fn strings(&mut self, node: &Node, at: &At) -> Option<Vec<String>> {
        let items = self.list(node, "[]string", at)?;
        Some(items.iter().map(|item| self.string(item, at)).collect())
    }

    /// A `map[string]string` field; `None` for null or a mismatch.
    pub(crate) fn string_map(&mut self, node: &Node, at: &At) -> Option<BTreeMap<String, String>> {
        let map = self.object(node, "map[string]string", at)?;
        Some(map.iter().map(|(key, value)| (key.to_text().into_owned(), self.string(value, at))).collect())
    }

    /// The text of a number: whole when it was written as an integer, else as Go prints a float32.
    fn number_text(&self, node: &Node, number: f64) -> String {
        match scalar_at(self.source, node).map(parse_integer) {
            Some(Some(text)) => text,
            Some(None) => float32_text(number),
            None if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
            None => float32_text(number),
        }
    }
}

/// The plain scalar a node was written as, found by its place; `None` when it has no place.
fn scalar_at<'s>(source: &'s [u8], node: &Node) -> Option<&'s [u8]> {
    let line = usize::try_from(node.origin.line).ok()?.checked_sub(1)?;
    let column = usize::try_from(node.origin.column).ok()?.checked_sub(1)?;
    let text = source.split(|b| *b == b'\n').nth(line)?.get(column..)?;
    let end = text.iter().position(|b| b" \t\r,]}#".contains(b)).unwrap_or(text.len());
    let word = text.get(..end)?;
    word.first().filter(|b| b.is_ascii_digit() || b"+-.".contains(b))?;
    Some(word)
}

/// A YAML 1.1 integer in decimal, when `word` is one.
fn parse_integer(word: &[u8]) -> Option<String> {
    let text: String = std::str::from_utf8(word).ok()?.chars().filter(|c| *c != '_').collect();
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text.as_str()),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, lower.get(2..)?),
        [b'0', b'b', ..] => (2, lower.get(2..)?),
        [b'0', b'o', ..] => (8, lower.get(2..)?),
        [b'0', _, ..] => (8, lower.get(1..)?),
        _ => (10, lower.as_str()),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let number = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        let number = 0i128.checked_sub(i128::from(number))?;
        return i64::try_from(number).ok().map(|n| n.to_string());
    }
    Some(number.to_string())
}

/// Go's `FormatFloat(n, 'g', -1, 32)`.
pub(crate) fn float32_text(number: f64) -> String {
    #[allow(clippy::cast_possible_truncation)] // Go does the same: the shortest text of the float32
    let text = format!("{:e}", number as f32);
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        #[allow(clippy::cast_possible_truncation)]
        return format!("{}", number as f32);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_float_in_a_string_field_is_the_shortest_float32() {
        let texts: Vec<String> = [1.1, 1000.0, 1e6, 123456789.0, 0.00001].map(float32_text).into();
        assert_eq!(texts, ["1.1", "1000", "1e+06", "1.2345679e+08", "1e-05"]);
    }

    #[test]
    fn integers_are_read_in_every_base_of_yaml_1_1() {
        let read = |text: &str| parse_integer(text.as_bytes());
        assert_eq!(read("010").as_deref(), Some("8"));
        assert_eq!(read("0x1F").as_deref(), Some("31"));
        assert_eq!(read("-1_000").as_deref(), Some("-1000"));
        assert_eq!(read("1.10"), None);
    }
}
