//! `toYaml`: values to YAML as sigs.k8s.io/yaml's `Marshal` prints them.
//!
//! In: a value of a run, or a node. Out: YAML with a final newline.
//! Go makes JSON of the value, reads that as YAML, and prints the result. What this changes (kinds
//! of numbers, mainly) is done here while writing; a value with characters that JSON and YAML see
//! differently goes the long way, which also words the errors.
//!
//! The walk writes straight to the output. It holds to one rule: what has been written leaves the
//! output at the start of a line.

use super::decode::{Numbers, decode_document};
use super::depth::{RED_ZONE, STACK, check_depth};
use super::json;
use super::json::base64_of;
use super::order::{self, Dialect};
use crate::value::number::format_float;
use crate::value::{Data, ListKind, Node, Str, Value};
use std::collections::BTreeMap;
use std::io::Write as _;

/// YAML of a value, with a final newline, as `toYaml` has before it trims one.
///
/// # Errors
/// Go's message: for NaN and infinities, for maps that contain themselves, and for characters that
/// JSON leaves as they are and YAML does not allow. `toYaml` makes "" of all of them.
pub fn to_yaml(value: &Value) -> Result<Vec<u8>, String> {
    write(value, Dialect::V2).or_else(|_| long_way(value))
}

/// YAML of plain data; see [`to_yaml`].
///
/// # Errors
/// As [`to_yaml`].
pub fn node_to_yaml(node: &Node) -> Result<Vec<u8>, String> {
    write(node, Dialect::V2).or_else(|_| long_way(&node.to_value()))
}

/// Go's own way: reads the value's JSON as YAML and prints that.
fn long_way(value: &Value) -> Result<Vec<u8>, String> {
    let json = json::to_json(value, true).map_err(|error| format!("error marshaling into JSON: {error}"))?;
    let (node, _) = decode_document(&json, Numbers::Exact)
        .map_err(|error| error.message.trim_start_matches("error converting YAML to JSON: ").to_owned())?;
    let mut writer = Writer { from_json: true, ..Writer::new(Dialect::V2) };
    node.write(&mut writer, Place::ROOT)?;
    Ok(writer.out)
}

/// Writes a tree. An error in [`Dialect::V2`] says only that the long way must be taken.
pub(super) fn write(tree: &impl Tree, dialect: Dialect) -> Result<Vec<u8>, String> {
    let mut writer = Writer::new(dialect);
    tree.write(&mut writer, Place::ROOT)?;
    Ok(writer.out)
}

/// What stands before a value on its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing: the value is the document.
    Nothing,
    /// `-`, or the `:` below a `?`: a list or map begins on the same line.
    Mark,
    /// `key:`, a list or map begins on the next line.
    Key,
}

/// Where a value is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    before: Before,
    /// The column at which a map in this place has its keys.
    column: usize,
    /// How many lists and maps are around.
    depth: usize,
}

impl Place {
    const ROOT: Place = Place { before: Before::Nothing, column: 0, depth: 0 };

    /// The column at which text goes on in further lines.
    fn text_column(self) -> usize {
        if self.before == Before::Nothing { STEP } else { self.column }
    }
}

/// How much deeper the inner of two is indented.
const STEP: usize = 2;

/// What can be written.
pub(super) trait Tree {
    /// Writes it, from behind what stands before it to the end of its last line.
    fn write(&self, writer: &mut Writer, place: Place) -> Result<(), String>;
}

/// From here on a value is looked at for its depth before more of it is written: each level of one that holds itself
/// is written further to the right, and a thousand of them would be hundreds of megabytes.
const DEEP: usize = 200;

/// Whether a value in a place nests no deeper than values may, without writing any of it.
fn check_below(value: &Value, depth: usize) -> Result<(), String> {
    check_depth(depth)?;
    stacker::maybe_grow(RED_ZONE, STACK, || match value {
        Value::List(list) => list.iter().try_for_each(|item| check_below(item, depth + 1)),
        Value::Map(map) => map.entries().values().try_for_each(|item| check_below(item, depth + 1)),
        _ => Ok(()),
    })
}

impl Tree for Value {
    fn write(&self, writer: &mut Writer, place: Place) -> Result<(), String> {
        check_depth(place.depth)?;
        if place.depth == DEEP {
            check_below(self, place.depth)?;
        }
        match self {
            Value::Nil | Value::Invalid => writer.word("null", place),
            Value::Bool(b) => writer.word(if *b { "true" } else { "false" }, place),
            Value::Int(n) | Value::Int64(n) => writer.integer(*n, place),
            Value::Float(f) => writer.float(*f, place)?,
            Value::Str(text) => writer.text(text, place)?,
            Value::List(list) if writer.dialect == Dialect::V2 && list.is_nil() => writer.word("null", place),
            Value::List(list) if writer.dialect == Dialect::V2 && list.kind() == ListKind::Bytes => {
                writer.text(base64_of(list).as_bytes(), place)?;
            }
            Value::List(list) => writer.list(list, place)?,
            Value::Map(map) if writer.dialect == Dialect::V2 && map.is_nil() => writer.word("null", place),
            Value::Map(map) => writer.map(&map.entries(), place)?,
            // yaml v3 knows moments and durations, and writes them bare; v2 sees what JSON made of them.
            Value::Object(object) if writer.dialect == Dialect::V3 && object.type_name() == "time.Duration" => {
                writer.word(&String::from_utf8_lossy(&object.own_text().unwrap_or_default()), place);
            }
            Value::Object(object) if writer.dialect == Dialect::V3 && object.type_name() == "time.Time" => {
                writer.word(&object.to_plain()?.as_str().cloned().unwrap_or_default().to_text(), place);
            }
            Value::Object(object) => {
                object.to_plain()?.write(writer, Place { depth: place.depth + 1, ..place })?;
            }
        }
        Ok(())
    }
}

impl Tree for Node {
    fn write(&self, writer: &mut Writer, place: Place) -> Result<(), String> {
        check_depth(place.depth)?;
        match &self.data {
            Data::Null => writer.word("null", place),
            Data::Bool(b) => writer.word(if *b { "true" } else { "false" }, place),
            Data::Int(n) => writer.integer(*n, place),
            Data::Float(f) => writer.float(*f, place)?,
            Data::Str(text) => writer.text(text, place)?,
            Data::List(items) => writer.list(items, place)?,
            Data::Map(entries) => writer.map(entries, place)?,
        }
        Ok(())
    }
}

/// The output, and how it is written.
pub(super) struct Writer {
    pub out: Vec<u8>,
    /// Where in `out` the present line begins. Some characters begin a line besides LF.
    pub line: usize,
    pub dialect: Dialect,
    /// The tree was read from JSON, so all that stands in it is fit for YAML.
    pub from_json: bool,
}

impl Writer {
    fn new(dialect: Dialect) -> Writer {
        Writer { out: Vec::with_capacity(256), line: 0, dialect, from_json: false }
    }

    /// Ends the line.
    pub fn newline(&mut self) {
        self.out.push(b'\n');
        self.line = self.out.len();
    }

    pub fn pad(&mut self, columns: usize) {
        self.out.resize(self.out.len() + columns, b' ');
    }

    fn put(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// The blank between what stands before a scalar and the scalar.
    fn gap(&mut self, place: Place) {
        if place.before != Before::Nothing {
            self.out.push(b' ');
        }
    }

    /// A scalar that needs no quotes.
    fn word(&mut self, word: &str, place: Place) {
        self.gap(place);
        self.put(word);
        self.newline();
    }

    fn integer(&mut self, n: i64, place: Place) {
        self.gap(place);
        self.put_integer(n);
        self.newline();
    }

    fn put_integer(&mut self, n: i64) {
        // Writing to a `Vec` does not fail.
        let _ = write!(self.out, "{n}");
    }

    fn float(&mut self, f: f64, place: Place) -> Result<(), String> {
        match self.dialect {
            Dialect::V2 if !f.is_finite() => return Err("json: unsupported value".into()),
            Dialect::V2 => self.json_float(f, place),
            Dialect::V3 if f == f64::INFINITY => self.word(".inf", place),
            Dialect::V3 if f == f64::NEG_INFINITY => self.word("-.inf", place),
            Dialect::V3 if f.is_nan() => self.word(".nan", place),
            Dialect::V3 => self.word(&format_float(f, b'g', None, false), place),
        }
        Ok(())
    }

    /// A float that was JSON: an integer when it is whole and fits 64 bits.
    fn json_float(&mut self, f: f64, place: Place) {
        if f.fract() == 0.0 && f.abs() < EXACT {
            return self.integer(f as i64, place);
        }
        if f.fract() == 0.0 && f.abs() < 1e21 {
            // As text, since the digits that JSON has are the shortest, not all, of a large number.
            let text = format_float(f, b'f', None, false);
            if text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok() {
                return self.word(&text, place);
            }
        }
        self.word(&format_float(f, b'g', None, false), place);
    }

    fn text(&mut self, text: &[u8], place: Place) -> Result<(), String> {
        self.gap(place);
        let seen = self.survey(text)?;
        self.string(text, seen, Some(place.text_column()));
        Ok(())
    }

    fn list<T: Tree>(&mut self, items: &[T], place: Place) -> Result<(), String> {
        if items.is_empty() {
            self.word("[]", place);
            return Ok(());
        }
        let under_key = self.dialect == Dialect::V2 && place.before == Before::Key;
        let column = if under_key { place.column.saturating_sub(STEP) } else { place.column };
        let inner = Place { before: Before::Mark, column: column + STEP, depth: place.depth + 1 };
        let mut on_line = self.open(place);
        stacker::maybe_grow(RED_ZONE, STACK, || {
            items.iter().try_for_each(|item| {
                self.entry(&mut on_line, column);
                self.out.push(b'-');
                item.write(self, inner)
            })
        })
    }

    fn map<T: Tree>(&mut self, map: &BTreeMap<Str, T>, place: Place) -> Result<(), String> {
        if map.is_empty() {
            self.word("{}", place);
            return Ok(());
        }
        let mut on_line = self.open(place);
        stacker::maybe_grow(RED_ZONE, STACK, || match order::sorted(self.dialect, map) {
            Some(entries) => entries.iter().try_for_each(|(key, value)| self.pair(key, *value, place, &mut on_line)),
            None => map.iter().try_for_each(|(key, value)| self.pair(key, value, place, &mut on_line)),
        })
    }

    fn pair<T: Tree>(&mut self, key: &Str, value: &T, place: Place, on_line: &mut bool) -> Result<(), String> {
        let Place { column, depth, .. } = place;
        self.entry(on_line, column);
        let before = self.key(key, column)?;
        value.write(self, Place { before, column: column + STEP, depth: depth + 1 })
    }

    /// Goes where the first entry of a list or map stands, and says whether that is on the present
    /// line, before which nothing may be put.
    fn open(&mut self, place: Place) -> bool {
        match place.before {
            Before::Nothing => false,
            Before::Mark => {
                self.out.push(b' ');
                true
            }
            Before::Key => {
                self.newline();
                false
            }
        }
    }

    fn entry(&mut self, on_line: &mut bool, column: usize) {
        if !std::mem::take(on_line) {
            self.pad(column);
        }
    }

    /// Writes a key and its colon, and says what the value has before it.
    fn key(&mut self, key: &[u8], column: usize) -> Result<Before, String> {
        if key.len() > MAX_JSON_KEY && self.dialect == Dialect::V2 && !self.from_json {
            return Err("a key that YAML may not find in JSON".into());
        }
        let seen = self.survey(key)?;
        if self.is_short(key, seen) {
            self.string(key, seen, None);
            self.out.push(b':');
            return Ok(Before::Key);
        }
        self.put("? ");
        self.string(key, seen, Some(column + STEP));
        self.pad(column);
        self.out.push(b':');
        Ok(Before::Mark)
    }
}

/// Below it, a whole float has just the digits of the integer.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Beyond this length a key can have more than the 1024 characters, escapes and quotes included,
/// at which YAML no longer takes it for one.
const MAX_JSON_KEY: usize = 160;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Map;
    use crate::yaml::decode;

    fn yaml(text: &str) -> String {
        String::from_utf8(node_to_yaml(&decode(text.as_bytes()).unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn layout_is_that_of_go_yaml() {
        let text = "a:\n- 1\n- b: 1\n  c: []\nd: |-\n  x\n  y\ne: {}\nf:\n- - x\n  - \"y\"\ng: |2\n   x\n  y\n";
        assert_eq!(yaml(text), text);
        let text = "? |-\n  x\n  y\n: - 1\n  - 2\n? \"z\\r\"\n: x: 1\n";
        assert_eq!(yaml(text), text);
        assert_eq!(
            yaml("[1e6, 1e20, 1234567.5, 0.00001, -0.0, 18446744073709551615]"),
            "- 1000000\n- 1e+20\n- 1.2345675e+06\n- 1e-05\n- 0\n- 1.8446744073709552e+19\n"
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
    }

    #[test]
    fn what_go_cannot_write_fails_in_the_words_of_the_stage_that_cannot() {
        let map = Map::new();
        map.insert("a", Value::str("\u{7F}"));
        let error = |value: Value| to_yaml(&value).unwrap_err();
        assert_eq!(error(map.clone().into()), "yaml: control characters are not allowed");
        // JSON is made of all before YAML is read from any.
        map.insert("b", Value::Float(f64::NAN));
        assert_eq!(error(map.clone().into()), "error marshaling into JSON: json: unsupported value: NaN");
        map.insert("a", map.clone().into());
        assert!(
            error(map.into()).ends_with("json: unsupported value: encountered a cycle via map[string]interface {}")
        );
        let long = Map::new();
        long.insert("k".repeat(1023), Value::Nil);
        assert_eq!(error(long.into()), "yaml: did not find expected ',' or '}'");
    }
}
