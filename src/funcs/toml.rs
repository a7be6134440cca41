//! TOML in templates, written byte for byte as Helm's encoder writes it.
//!
//! In: values, and TOML text. Out: TOML with plain values before tables, keys in order, two
//! spaces a level; and a map, in which an error stands under `Error`.

use super::dates::Time;
use super::duration::Duration;
use super::encoding::error_map;
use crate::eval::call::{Call, Func, FuncResult, Type, Walk};
use crate::value::number::format_v;
use crate::value::{Go, List, ListKind, Map, Str, Value};

/// The family's rows.
pub(crate) const TOML: &[Func] = &[
    Func::fixed("toToml", &[Type::Any], to_toml).walks(Walk::Whole),
    Func::fixed("mustToToml", &[Type::Any], must_to_toml).walks(Walk::Whole),
    Func::fixed("fromToml", &[Type::Str], from_toml),
];

/// Deepest nesting that is written; maps can contain themselves.
const MAX_DEPTH: usize = 1000;

/// Bytes that are counted for each byte of text that is read, before it is: a table of six bytes takes more than three
/// hundred while the reader holds its tree beside the value. With the usual limit that is a MiB of TOML.
const TREE_BYTES: usize = 16;

/// `toToml VALUE`: TOML, or the error's text; nil makes Go's encoder panic, which is an error
/// of the call.
fn to_toml(call: &Call<'_>) -> FuncResult {
    if call.any(0).is_nil() {
        return must_to_toml(call);
    }
    Ok(encode(call.any(0)).map_or_else(Value::from, Value::from))
}

/// `mustToToml VALUE`: TOML, or an error.
fn must_to_toml(call: &Call<'_>) -> FuncResult {
    Ok(Value::from(encode(call.any(0))?))
}

/// `fromToml TEXT`: a map; an error stands in it under `Error`.
fn from_toml(call: &Call<'_>) -> FuncResult {
    let text = call.str(0);
    call.host.room(text.len().saturating_mul(TREE_BYTES))?;
    let Some(text) = text.to_utf8() else {
        return Ok(Value::Map(error_map("toml: invalid UTF-8 byte")));
    };
    Ok(Value::Map(match text.parse::<::toml::Table>() {
        Ok(table) => table.into_iter().map(|(key, value)| (Str::from(key), plain(value))).collect(),
        Err(error) => error_map(&explain(text, &error)),
    }))
}

/// An error with its line, in the shape Helm gives it.
fn explain(text: &str, error: &::toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    format!("toml: line {}: {}", before.matches('\n').count() + 1, error.message())
}

/// A TOML value as the template sees it: whole numbers are int64 here.
fn plain(value: ::toml::Value) -> Value {
    match value {
        ::toml::Value::String(text) => Value::from(text),
        ::toml::Value::Integer(n) => Value::Int64(n),
        ::toml::Value::Float(n) => Value::Float(n),
        ::toml::Value::Boolean(b) => Value::Bool(b),
        ::toml::Value::Datetime(time) => Time::from_toml(&time.to_string()),
        ::toml::Value::Array(items) => {
            // A list of tables only is a slice of maps in Go.
            let all_tables = !items.is_empty() && items.iter().all(::toml::Value::is_table);
            let kind = if all_tables { ListKind::Maps } else { ListKind::Any };
            Value::List(List::of(kind, items.into_iter().map(plain).collect()))
        }
        ::toml::Value::Table(table) => {
            Value::Map(table.into_iter().map(|(key, value)| (Str::from(key), plain(value))).collect::<Map>())
        }
    }
}

/// What a value is to TOML; decides whether it is written before or after its siblings.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Not written at all.
    Nil,
    Plain,
    Table,
    Tables,
}

/// Text that TOML gets instead of what a value is underneath.
fn marshaled(value: &Value) -> Option<String> {
    if let Some(time) = value.as_object::<Time>() {
        return Some(time.text_by(super::dates::RFC3339_NANO));
    }
    if let Some(duration) = value.as_object::<Duration>() {
        return Some(quoted(duration.text().as_bytes()));
    }
    let Value::Object(object) = value else { return None };
    // Versions and their like marshal to text; what has no text is a table of its fields.
    match object.to_plain() {
        Ok(Value::Str(text)) => Some(quoted(&text)),
        _ => None,
    }
}

/// The value behind an object that is a map, a list or a struct to Go.
fn underneath(value: &Value) -> Value {
    match value {
        Value::Object(object) if marshaled(value).is_none() => match object.underlying() {
            Go::Int64(n) => Value::Int64(n),
            Go::Uint(n) => Value::Int64(n.cast_signed()),
            Go::List(items) => Value::list(items),
            Go::Map(_) | Go::Struct => object.to_plain().unwrap_or_default(),
        },
        other => other.clone(),
    }
}

fn shape(value: &Value, depth: usize) -> Result<Shape, String> {
    if depth > MAX_DEPTH {
        return Err("toml: nested too deeply".into());
    }
    Ok(match value {
        Value::Nil | Value::Invalid => Shape::Nil,
        Value::List(list) if list.is_nil() => Shape::Nil,
        Value::Map(map) if map.is_nil() => Shape::Nil,
        Value::Map(_) => Shape::Table,
        Value::List(list) => {
            let mut tables = !list.is_empty();
            for item in list.iter() {
                match shape(item, depth + 1)? {
                    Shape::Nil => return Err("toml: cannot encode array with nil element".into()),
                    Shape::Table => {}
                    Shape::Plain | Shape::Tables => tables = false,
                }
            }
            if tables { Shape::Tables } else { Shape::Plain }
        }
        Value::Object(_) if marshaled(value).is_none() => match underneath(value) {
            Value::Object(_) => Shape::Table,
            other => shape(&other, depth + 1)?,
        },
        _ => Shape::Plain,
    })
}

/// Writes a value as a TOML document.
fn encode(value: &Value) -> Result<Vec<u8>, String> {
    let mut writer = Writer { out: Vec::new() };
    match value {
        // Go's encoder meets a nil by dereferencing it.
        Value::Nil | Value::Invalid => return Err("reflect: call of reflect.Value.Type on zero Value".into()),
        _ => writer.encode(&[], value)?,
    }
    Ok(writer.out)
}

struct Writer {
    out: Vec<u8>,
}

impl Writer {
    fn newline(&mut self) {
        if !self.out.is_empty() {
            self.out.push(b'\n');
        }
    }

    fn write(&mut self, text: impl AsRef<[u8]>) {
        self.out.extend_from_slice(text.as_ref());
    }

    fn indent(&mut self, path: &[Str]) {
        self.write("  ".repeat(path.len().saturating_sub(1)));
    }

    fn encode(&mut self, path: &[Str], value: &Value) -> Result<(), String> {
        if path.len() > MAX_DEPTH {
            return Err("toml: nested too deeply".into());
        }
        let value = &underneath(value);
        match shape(value, 0)? {
            Shape::Nil => Ok(()),
            Shape::Plain => self.pair(path, value, false),
            Shape::Table => {
                if path.len() == 1 {
                    self.newline();
                }
                if !path.is_empty() {
                    self.header(path, "[", "]");
                }
                self.entries(path, value, false)
            }
            Shape::Tables => {
                if path.is_empty() {
                    return Err("toml: top-level values must be Go maps or structs".into());
                }
                for item in value.as_list().map(|list| list.to_vec()).unwrap_or_default() {
                    self.newline();
                    self.header(path, "[[", "]]");
                    self.entries(path, &underneath(&item), false)?;
                }
                Ok(())
            }
        }
    }

    fn header(&mut self, path: &[Str], open: &str, close: &str) {
        self.indent(path);
        self.write(open);
        for (index, key) in path.iter().enumerate() {
            if index > 0 {
                self.write(".");
            }
            self.write(key_text(key));
        }
        self.write(close);
        self.newline();
    }

    /// The entries of a table: plain ones first, then those that open tables themselves.
    fn entries(&mut self, path: &[Str], value: &Value, inline: bool) -> Result<(), String> {
        let mut direct = Vec::new();
        let mut sub = Vec::new();
        for (key, value) in value.as_map().map(Map::snapshot).unwrap_or_default() {
            let shape = shape(&value, 0)?;
            let group = if matches!(shape, Shape::Table | Shape::Tables) { &mut sub } else { &mut direct };
            group.push((key, value, shape));
        }
        let has_sub = !sub.is_empty();
        if inline {
            self.write("{");
        }
        for (group, comma_after_last) in [(direct, has_sub), (sub, false)] {
            let count = group.len();
            for (index, (key, value, shape)) in group.into_iter().enumerate() {
                if shape == Shape::Nil {
                    continue;
                }
                if inline {
                    self.pair(&[key], &value, true)?;
                    if comma_after_last || index + 1 != count {
                        self.write(", ");
                    }
                } else {
                    let path: Vec<Str> = path.iter().cloned().chain([key]).collect();
                    self.encode(&path, &value)?;
                }
            }
        }
        if inline {
            self.write("}");
        }
        Ok(())
    }

    /// `key = value`; only the value when there is no key.
    fn pair(&mut self, path: &[Str], value: &Value, inline: bool) -> Result<(), String> {
        let Some(key) = path.last() else {
            return self.element(value, 0);
        };
        self.indent(path);
        self.write(key_text(key));
        self.write(" = ");
        self.element(value, 0)?;
        if !inline {
            self.newline();
        }
        Ok(())
    }

    fn element(&mut self, value: &Value, depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err("toml: nested too deeply".into());
        }
        if let Some(text) = marshaled(value) {
            self.write(text);
            return Ok(());
        }
        match &underneath(value) {
            Value::Bool(b) => self.write(if *b { "true" } else { "false" }),
            Value::Int(n) | Value::Int64(n) => self.write(n.to_string()),
            Value::Float(n) => self.write(float_text(*n)),
            Value::Str(text) => self.write(quoted_bytes(text)),
            Value::List(list) => {
                self.write("[");
                for (index, item) in list.iter().enumerate() {
                    if index > 0 {
                        self.write(", ");
                    }
                    self.element(item, depth + 1)?;
                }
                self.write("]");
            }
            map @ Value::Map(_) => self.entries(&[], map, true)?,
            Value::Nil | Value::Invalid | Value::Object(_) => {}
        }
        Ok(())
    }
}

/// A float that cannot be mistaken for an integer.
fn float_text(n: f64) -> String {
    if n.is_nan() {
        return "nan".into();
    }
    if n.is_infinite() {
        return if n > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let text = format_v(n);
    if text.contains(['e', '.']) { text } else { text + ".0" }
}

/// A key, quoted unless it is made of letters, digits, `_` and `-`.
fn key_text(key: &Str) -> Vec<u8> {
    let bare = !key.is_empty() && key.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if bare { key.to_vec() } else { quoted_bytes(key) }
}

fn quoted(text: &[u8]) -> String {
    String::from_utf8_lossy(&quoted_bytes(text)).into_owned()
}

/// A basic string: quotes, backslashes and control characters escaped, all else as it is.
fn quoted_bytes(text: &[u8]) -> Vec<u8> {
    let mut out = vec![b'"'];
    for byte in text {
        match byte {
            b'"' => out.extend(b"\\\""),
            b'\\' => out.extend(b"\\\\"),
            b'\n' => out.extend(b"\\n"),
            b'\t' => out.extend(b"\\t"),
            b'\r' => out.extend(b"\\r"),
            0x08 => out.extend(b"\\b"),
            0x0c => out.extend(b"\\f"),
            0..=0x1f | 0x7f => out.extend(format!("\\u{byte:04x}").bytes()),
            _ => out.push(*byte),
        }
    }
    out.push(b'"');
    out
}
