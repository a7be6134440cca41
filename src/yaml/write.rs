//! `toYaml`: values to YAML as sigs.k8s.io/yaml's `Marshal` prints them.
//!
//! In: a value of a run, or a node. Out: YAML with a final newline.
//! Go makes JSON of the value, reads that as YAML, and prints the result; what this detour does to
//! numbers and odd characters is done here without it, except where the text has a U+0085.

use super::decode::{MAX_NESTING, Numbers, decode_document, valid_utf8};
use super::order::{self, Order};
use super::{json, resolve};
use crate::value::number::format_float;
use crate::value::{Data, ListKind, Node, Str, Value};
use base64::Engine as _;

/// What is left to write: scalars as text, keys in order.
pub(super) enum Out {
    /// Null, booleans and numbers, never quoted.
    Plain(String),
    /// A string.
    Str(Str),
    /// A list.
    List(Vec<Out>),
    /// A map, sorted.
    Map(Vec<(Str, Out)>),
}

/// YAML of a value, with a final newline, as `toYaml` has before it trims one.
///
/// # Errors
/// Go's message: for NaN and infinities, for maps that contain themselves, and for characters that
/// JSON leaves as they are and YAML does not allow. `toYaml` makes "" of all of them.
pub fn to_yaml(value: &Value) -> Result<Vec<u8>, String> {
    let mut plan = Plan::default();
    let out = plan.value(value, 0).map_err(marshal_error)?;
    if plan.breaks {
        return detour(&json::to_json(value, true).map_err(marshal_error)?);
    }
    Ok(emit(&out, Order::V2))
}

/// YAML of plain data; see [`to_yaml`].
///
/// # Errors
/// As [`to_yaml`].
pub fn node_to_yaml(node: &Node) -> Result<Vec<u8>, String> {
    let mut plan = Plan::default();
    let out = plan.node(node, 0).map_err(marshal_error)?;
    if plan.breaks {
        return detour(&json::to_json(&node.to_value(), true).map_err(marshal_error)?);
    }
    Ok(emit(&out, Order::V2))
}

fn marshal_error(error: String) -> String {
    if error.starts_with("yaml: ") { error } else { format!("error marshaling into JSON: {error}") }
}

/// Go's own way: reads the JSON as YAML and prints that.
fn detour(json: &[u8]) -> Result<Vec<u8>, String> {
    let (node, _) = decode_document(json, Numbers::Exact)
        .map_err(|error| error.message.trim_start_matches("error converting YAML to JSON: ").to_owned())?;
    let out = Plan::default().node(&node, 0)?;
    Ok(emit(&out, Order::V2))
}

/// Gathers what is to be written.
#[derive(Default)]
struct Plan {
    /// A string holds U+0085, which the detour takes for a line break.
    breaks: bool,
}

impl Plan {
    fn value(&mut self, value: &Value, depth: usize) -> Result<Out, String> {
        check_depth(depth)?;
        Ok(match value {
            Value::Nil | Value::Invalid => Out::Plain("null".into()),
            Value::Bool(b) => Out::Plain(b.to_string()),
            Value::Int(n) | Value::Int64(n) => Out::Plain(n.to_string()),
            Value::Float(f) => Out::Plain(float(*f)?),
            Value::Str(text) => Out::Str(self.text(text)?),
            Value::List(list) if list.is_nil() => Out::Plain("null".into()),
            Value::List(list) if list.kind() == ListKind::Bytes => {
                let bytes: Vec<u8> = list
                    .iter()
                    .map(|item| if let Value::Int(n) | Value::Int64(n) = item { *n as u8 } else { 0 })
                    .collect();
                Out::Str(base64::engine::general_purpose::STANDARD.encode(bytes).into())
            }
            Value::List(list) => {
                Out::List(list.iter().map(|item| self.value(item, depth + 1)).collect::<Result<_, _>>()?)
            }
            Value::Map(map) => {
                let mut entries = Vec::with_capacity(map.len());
                for (key, value) in map.snapshot() {
                    entries.push((self.key(&key)?, self.value(&value, depth + 1)?));
                }
                Out::Map(order::sort(Order::V2, entries))
            }
            Value::Object(object) => self.value(&object.to_plain()?, depth + 1)?,
        })
    }

    fn node(&mut self, node: &Node, depth: usize) -> Result<Out, String> {
        check_depth(depth)?;
        Ok(match &node.data {
            Data::Null => Out::Plain("null".into()),
            Data::Bool(b) => Out::Plain(b.to_string()),
            Data::Int(n) => Out::Plain(n.to_string()),
            Data::Float(f) => Out::Plain(float(*f)?),
            Data::Str(text) => Out::Str(self.text(text)?),
            Data::List(items) => {
                Out::List(items.iter().map(|item| self.node(item, depth + 1)).collect::<Result<_, _>>()?)
            }
            Data::Map(map) => {
                let mut entries = Vec::with_capacity(map.len());
                for (key, value) in map.iter() {
                    entries.push((self.key(key)?, self.node(value, depth + 1)?));
                }
                Out::Map(order::sort(Order::V2, entries))
            }
        })
    }

    fn key(&mut self, key: &Str) -> Result<Str, String> {
        // The JSON text of a key counts: at most 1024 characters with quotes and escapes.
        if key.len() > 160 {
            let mut quoted = Vec::new();
            json::push_string(key, true, &mut quoted);
            if String::from_utf8_lossy(&quoted).chars().count() > 1024 {
                return Err("yaml: did not find expected ',' or '}'".into());
            }
        }
        self.text(key)
    }

    /// The text after the detour.
    fn text(&mut self, text: &Str) -> Result<Str, String> {
        if text.is_ascii() {
            return if text.contains(&0x7F) { Err(CONTROL.into()) } else { Ok(text.clone()) };
        }
        let valid = valid_utf8(text);
        for c in String::from_utf8_lossy(&valid).chars() {
            match c {
                '\u{85}' => self.breaks = true,
                '\u{7F}'..='\u{9F}' | '\u{FFFE}' | '\u{FFFF}' => return Err(CONTROL.into()),
                _ => {}
            }
        }
        Ok(if *valid == **text { text.clone() } else { Str::from(&*valid) })
    }
}

const CONTROL: &str = "yaml: control characters are not allowed";

/// Keeps maps that contain themselves from running away.
pub(super) fn check_depth(depth: usize) -> Result<(), String> {
    if depth <= MAX_NESTING {
        return Ok(());
    }
    Err("json: unsupported value: encountered a cycle via map[string]interface {}".into())
}

/// A float as it comes out of the detour: an integer when it is whole and fits 64 bits.
fn float(f: f64) -> Result<String, String> {
    if !f.is_finite() {
        return Err(format!("json: unsupported value: {}", format_float(f, b'g', None, false)));
    }
    if f.fract() == 0.0 && f.abs() < 1e21 {
        let text = format_float(f, b'f', None, false);
        if let Ok(n) = text.parse::<i64>() {
            return Ok(n.to_string());
        }
        if text.parse::<u64>().is_ok() {
            return Ok(text);
        }
    }
    Ok(format_float(f, b'g', None, false))
}

/// Writes it out in the layout of the library whose order is given.
pub(super) fn emit(out: &Out, order: Order) -> Vec<u8> {
    let mut writer = Writer { out: Vec::new(), column: 0, indent: -1, whitespace: true, indention: true, order };
    writer.node(out, false);
    writer.indent = -1;
    writer.write_indent();
    writer.out
}

/// libyaml's emitter as far as plain data needs it.
struct Writer {
    out: Vec<u8>,
    /// In characters.
    column: usize,
    /// -1 outside of all collections.
    indent: isize,
    /// The last thing written was white space.
    whitespace: bool,
    /// Only indentation was written on this line so far.
    indention: bool,
    order: Order,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// Text is broken at spaces beyond this column.
const WIDTH: usize = 80;

/// Longer keys are written after `? `.
const MAX_SIMPLE_KEY: usize = 128;

impl Writer {
    fn node(&mut self, out: &Out, in_map: bool) {
        match out {
            Out::Plain(text) => self.indicator(text, true, false),
            Out::Str(text) => self.string(text, false),
            Out::List(items) if items.is_empty() => self.indicator("[]", true, false),
            Out::Map(entries) if entries.is_empty() => self.indicator("{}", true, false),
            Out::List(items) => self.list(items, in_map),
            Out::Map(entries) => self.map(entries),
        }
    }

    fn list(&mut self, items: &[Out], in_map: bool) {
        let outer = self.indent;
        // In v2 a list under a simple key stays at the key's column.
        if self.order == Order::V3 || !in_map || self.indention {
            self.deepen();
        }
        for item in items {
            self.write_indent();
            self.indicator("-", true, true);
            self.node(item, false);
        }
        self.indent = outer;
    }

    fn map(&mut self, entries: &[(Str, Out)]) {
        let outer = self.indent;
        self.deepen();
        for (key, value) in entries {
            self.write_indent();
            let binary = self.binary(key);
            let length = binary.as_ref().map_or(key.len(), |text| text.len() + "!!binary".len());
            let multiline = match &binary {
                Some(text) => text.contains(&b'\n'),
                None => has_break(key),
            };
            if length <= MAX_SIMPLE_KEY && !multiline {
                self.string(key, true);
                self.indicator(":", false, false);
            } else {
                self.indicator("?", true, true);
                self.string(key, false);
                self.write_indent();
                self.indicator(":", true, true);
            }
            self.node(value, true);
        }
        self.indent = outer;
    }

    fn deepen(&mut self) {
        self.indent = if self.indent < 0 { 0 } else { self.indent + 2 };
    }

    fn put(&mut self, b: u8) {
        self.out.push(b);
        self.column += 1;
    }

    fn put_break(&mut self) {
        self.out.push(b'\n');
        self.column = 0;
        self.indention = true;
    }

    fn put_char(&mut self, c: char) {
        self.out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        self.column += 1;
    }

    /// A line break of the text: LF starts a line, the others stand for themselves.
    fn put_text_break(&mut self, c: char) {
        if c == '\n' {
            self.put_break();
        } else {
            self.put_char(c);
            self.column = 0;
        }
        self.indention = true;
    }

    fn indicator(&mut self, text: &str, space_before: bool, indention: bool) {
        if space_before && !self.whitespace {
            self.put(b' ');
        }
        self.out.extend_from_slice(text.as_bytes());
        self.column += text.len();
        self.whitespace = false;
        self.indention &= indention;
    }

    fn write_indent(&mut self) {
        let indent = usize::try_from(self.indent).unwrap_or(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.put_break();
        }
        while self.column < indent {
            self.put(b' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    /// base64 of a string that is no UTF-8; v2 never sees one.
    fn binary(&self, text: &Str) -> Option<Vec<u8>> {
        if text.to_utf8().is_some() {
            return None;
        }
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        if encoded.len() < 70 {
            return Some(encoded.into_bytes());
        }
        Some(encoded.as_bytes().chunks(70).flat_map(|line| line.iter().copied().chain([b'\n'])).collect())
    }

    fn string(&mut self, text: &Str, key: bool) {
        let outer = self.indent;
        self.indent = if self.indent < 0 { 2 } else { self.indent + 2 };
        if let Some(encoded) = self.binary(text) {
            self.indicator("!!binary", true, false);
            let text = String::from_utf8_lossy(&encoded).into_owned();
            let style = if text.contains('\n') { Style::Literal } else { Style::Plain };
            self.styled(&text, self.allowed(&text, style, key), key);
        } else {
            let text = text.to_text();
            let style = self.allowed(&text, self.wanted(&text), key);
            self.styled(&text, style, key);
        }
        self.indent = outer;
    }

    fn styled(&mut self, text: &str, style: Style, key: bool) {
        match style {
            Style::Plain => self.plain(text, key),
            Style::Single => self.single(text, key),
            Style::Double => self.double(text, key),
            Style::Literal => self.literal(text),
        }
    }

    /// The style the encoder asks for.
    fn wanted(&self, text: &str) -> Style {
        if text.contains('\n') {
            return Style::Literal;
        }
        // v3 reads these as strings, and quotes them for older readers all the same.
        if resolve::is_string(text.as_bytes()) && !is_base60(text.as_bytes()) { Style::Plain } else { Style::Double }
    }

    /// The style the emitter allows.
    fn allowed(&self, text: &str, wanted: Style, key: bool) -> Style {
        let look = Look::of(text, self.order == Order::V3);
        let mut style = if key && look.multiline { Style::Double } else { wanted };
        if style == Style::Plain && (!look.plain || (text.is_empty() && key)) {
            style = Style::Single;
        }
        if style == Style::Single && !look.single {
            style = Style::Double;
        }
        if style == Style::Literal && (!look.block || key) {
            style = Style::Double;
        }
        style
    }

    /// Whether to break the line at this space.
    fn folds(&self, key: bool) -> bool {
        !key && self.order == Order::V2 && self.column > WIDTH
    }

    fn plain(&mut self, text: &str, key: bool) {
        if !self.whitespace {
            self.put(b' ');
        }
        let mut spaces = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c == ' ' && !spaces && self.folds(key) && chars.peek() != Some(&' ') {
                self.write_indent();
            } else {
                self.put_char(c);
                if c != ' ' {
                    self.indention = false;
                }
            }
            spaces = c == ' ';
        }
        self.whitespace = false;
        self.indention = false;
    }

    fn single(&mut self, text: &str, key: bool) {
        self.indicator("'", true, false);
        let (mut spaces, mut breaks) = (false, false);
        let mut chars = text.chars().enumerate().peekable();
        while let Some((i, c)) = chars.next() {
            if c == ' ' {
                let inner = i > 0 && chars.peek().is_some_and(|(_, next)| *next != ' ');
                if inner && !spaces && self.folds(key) {
                    self.write_indent();
                } else {
                    self.put_char(c);
                }
                spaces = true;
            } else if is_break(c) {
                if !breaks && c == '\n' {
                    self.put_break();
                }
                self.put_text_break(c);
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                if c == '\'' {
                    self.put(b'\'');
                }
                self.put_char(c);
                self.indention = false;
                (spaces, breaks) = (false, false);
            }
        }
        self.indicator("'", false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn double(&mut self, text: &str, key: bool) {
        self.indicator("\"", true, false);
        // libyaml looks for a byte order mark at the start of the text, not at the place it is.
        let marked = text.starts_with('\u{FEFF}');
        let mut spaces = false;
        let mut chars = text.chars().enumerate().peekable();
        while let Some((i, c)) = chars.next() {
            if marked || !is_printable(c) || is_break(c) || c == '"' || c == '\\' {
                self.escape(c);
                spaces = false;
            } else if c == ' ' {
                if i > 0 && !spaces && self.folds(key) && chars.peek().is_some() {
                    self.write_indent();
                    if chars.peek().is_some_and(|(_, next)| *next == ' ') {
                        self.put(b'\\');
                    }
                } else {
                    self.put_char(c);
                }
                spaces = true;
            } else {
                self.put_char(c);
                spaces = false;
            }
        }
        self.indicator("\"", false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn escape(&mut self, c: char) {
        let code = u32::from(c);
        let text = match c {
            '\0' => "\\0".into(),
            '\x07' => "\\a".into(),
            '\x08' => "\\b".into(),
            '\t' => "\\t".into(),
            '\n' => "\\n".into(),
            '\x0B' => "\\v".into(),
            '\x0C' => "\\f".into(),
            '\r' => "\\r".into(),
            '\x1B' => "\\e".into(),
            '"' => "\\\"".into(),
            '\\' => "\\\\".into(),
            '\u{85}' => "\\N".into(),
            '\u{A0}' => "\\_".into(),
            '\u{2028}' => "\\L".into(),
            '\u{2029}' => "\\P".into(),
            _ if code <= 0xFF => format!("\\x{code:02X}"),
            _ if code <= 0xFFFF => format!("\\u{code:04X}"),
            _ => format!("\\U{code:08X}"),
        };
        self.out.extend_from_slice(text.as_bytes());
        self.column += text.len();
    }

    fn literal(&mut self, text: &str) {
        self.indicator("|", true, false);
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.indicator("2", false, false);
        }
        let mut ends = text.chars().rev();
        match (ends.next().is_some_and(is_break), ends.next()) {
            (false, _) => self.indicator("-", false, false),
            (true, None) => self.indicator("+", false, false),
            (true, Some(c)) if is_break(c) => self.indicator("+", false, false),
            _ => {}
        }
        self.put_break();
        self.whitespace = true;
        let mut breaks = true;
        for c in text.chars() {
            if is_break(c) {
                self.put_text_break(c);
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                self.put_char(c);
                self.indention = false;
                breaks = false;
            }
        }
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn has_break(text: &[u8]) -> bool {
    String::from_utf8_lossy(text).chars().any(is_break)
}

fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}') && c != '\u{FEFF}'
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`, which older readers take for a number.
fn is_base60(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"+").or_else(|| text.strip_prefix(b"-")).unwrap_or(text);
    if !text.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let (text, fraction) = match text.iter().position(|b| *b == b'.') {
        Some(dot) => text.split_at(dot),
        None => (text, &b""[..]),
    };
    let digits = |b: &u8| b.is_ascii_digit() || *b == b'_';
    if !fraction.iter().skip(1).all(digits) {
        return false;
    }
    let mut groups = text.split(|b| *b == b':');
    groups.next().is_some_and(|first| first.iter().all(digits))
        && text.contains(&b':')
        && groups.all(|group| match group {
            [d] => d.is_ascii_digit(),
            [t, d] => matches!(t, b'0'..=b'5') && d.is_ascii_digit(),
            _ => false,
        })
}

/// What the text's look rules out.
struct Look {
    multiline: bool,
    plain: bool,
    single: bool,
    block: bool,
}

impl Look {
    fn of(text: &str, tabs_in_blocks: bool) -> Look {
        if text.is_empty() {
            return Look { multiline: false, plain: true, single: true, block: false };
        }
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let (mut breaks, mut special, mut tabs) = (false, false, false);
        let (mut break_space, mut space_break) = (false, false);
        let mut before: Option<char> = None;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let gap_after = chars.peek().is_none_or(|next| *next == ' ' || *next == '\t');
            let gap_before = before.is_none_or(|b| b == ' ' || b == '\t' || b == '\0' || is_break(b));
            indicators |= match (c, before) {
                (':', _) => gap_after,
                ('#', _) => gap_before,
                ('?' | '-', None) => gap_after,
                (',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`', None) => {
                    true
                }
                _ => false,
            };
            if c == '\t' && tabs_in_blocks {
                tabs = true;
            } else if !is_printable(c) {
                special = true;
            }
            if c == ' ' {
                break_space |= before.is_some_and(is_break);
            } else if is_break(c) {
                breaks = true;
                space_break |= before == Some(' ');
            }
            before = Some(c);
        }
        let edge = |c: char| c == ' ' || is_break(c);
        let edges = text.starts_with(edge) || text.ends_with(edge);
        let bad = space_break || special;
        Look {
            multiline: breaks,
            plain: !(indicators || edges || breaks || bad || tabs || break_space),
            single: !(bad || tabs || break_space),
            block: !(bad || text.ends_with(' ')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::decode;

    fn yaml(text: &str) -> String {
        String::from_utf8(node_to_yaml(&decode(text.as_bytes()).unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn layout_is_that_of_go_yaml() {
        let text = "a:\n- 1\n- b: 1\n  c: []\nd: |-\n  x\n  y\ne: {}\nf:\n- - x\n  - \"y\"\ng: |2\n   x\n  y\n";
        assert_eq!(yaml(text), text);
        assert_eq!(
            yaml("[1e6, 1e20, 1234567.5, 0.00001, -0.0]"),
            "- 1000000\n- 1e+20\n- 1.2345675e+06\n- 1e-05\n- 0\n"
        );
    }

    #[test]
    fn a_string_that_would_be_read_as_something_else_is_quoted() {
        for (text, want) in [
            ("yes", "\"yes\""),
            ("1:30", "\"1:30\""),
            ("", "\"\""),
            ("1.2.3", "1.2.3"),
            ("- a", "'- a'"),
            ("a: b", "'a: b'"),
            ("a #b", "'a #b'"),
            ("a\tb", "\"a\\tb\""),
            ("\u{1F600}", "\"\\U0001F600\""),
            ("<<", "<<"),
            ("a\u{85}b", "a b"),
        ] {
            let written = to_yaml(&Value::str(text)).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), format!("{want}\n"));
        }
        assert!(to_yaml(&Value::str("\u{7F}")).is_err());
    }
}
