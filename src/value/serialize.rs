//! From Rust values to values of a chart, and back out through serde.
//!
//! In: anything that is `serde::Serialize`. Out: a [`Node`] as its JSON would decode: every number a
//! float, bytes in base64 as Go writes them. A [`Node`] itself serializes as plain data.

use super::{Data, Node, Str};
use base64::Engine as _;
use serde::ser::{self, Serialize};
use std::collections::BTreeMap;
use std::fmt::Display;

/// Why something cannot become a [`Node`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SerializeError {
    /// A map has a key that is no text, number, boolean or unit variant.
    #[error("a map's key must be a string")]
    Key,
    /// NaN or an infinity, which JSON has not.
    #[error("unsupported number: {0}")]
    Number(String),
    /// It nests deeper than a YAML or JSON text may.
    #[error("exceeded max depth")]
    Depth,
    /// What the type's own `Serialize` said.
    #[error("{0}")]
    Custom(String),
}

impl ser::Error for SerializeError {
    fn custom<T: Display>(message: T) -> Self {
        SerializeError::Custom(message.to_string())
    }
}

type Result<T> = std::result::Result<T, SerializeError>;

/// As deep as encoding/json reads.
const MAX_NESTING: usize = 10_000;

/// What serde_json calls its numbers when they keep their digits.
const JSON_NUMBER: &str = "$serde_json::private::Number";

/// Makes a node of any serializable value: structs become maps, `None` null, numbers floats, enums
/// what serde_json makes of them.
///
/// # Errors
/// A map's key that is no text, a number that is not finite, endless nesting.
///
/// ```
/// use chartwright::value::{Data, to_node};
///
/// #[derive(serde::Serialize)]
/// struct Redis { replicas: u64, image: Option<&'static str> }
///
/// let node = to_node(&Redis { replicas: 3, image: None }).unwrap();
/// assert_eq!(node.get("replicas").unwrap().data, Data::Float(3.0));
/// assert!(node.get("image").unwrap().is_null());
/// ```
pub fn to_node<T: Serialize + ?Sized>(value: &T) -> Result<Node> {
    value.serialize(Writer { depth: 0 }).map(Node::new)
}

#[derive(Clone, Copy)]
struct Writer {
    depth: usize,
}

impl Writer {
    fn inner(self) -> Result<Writer> {
        if self.depth >= MAX_NESTING { Err(SerializeError::Depth) } else { Ok(Writer { depth: self.depth + 1 }) }
    }

    fn node<T: Serialize + ?Sized>(self, value: &T) -> Result<Node> {
        let inner = self.inner()?;
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || value.serialize(inner)).map(Node::new)
    }

    fn tagged(tag: Option<&'static str>, data: Data) -> Data {
        match tag {
            Some(tag) => Data::map(BTreeMap::from([(Str::from(tag), Node::new(data))])),
            None => data,
        }
    }
}

fn finite(number: f64) -> Result<Data> {
    if number.is_finite() { Ok(Data::Float(number)) } else { Err(SerializeError::Number(number.to_string())) }
}

macro_rules! numbers {
    ($($name:ident $type:ty),* $(,)?) => {
        $(fn $name(self, number: $type) -> Result<Data> {
            finite(number as f64)
        })*
    };
}

impl ser::Serializer for Writer {
    type Ok = Data;
    type Error = SerializeError;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    numbers!(
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_i128 i128,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_u128 u128,
        serialize_f64 f64,
    );

    /// By its shortest digits, so that `0.1f32` stays 0.1.
    fn serialize_f32(self, number: f32) -> Result<Data> {
        finite(number.to_string().parse().unwrap_or(f64::from(number)))
    }

    fn serialize_bool(self, b: bool) -> Result<Data> {
        Ok(Data::Bool(b))
    }

    fn serialize_char(self, c: char) -> Result<Data> {
        Ok(Data::Str(c.to_string().into()))
    }

    fn serialize_str(self, text: &str) -> Result<Data> {
        Ok(Data::Str(text.into()))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Data> {
        Ok(Data::Str(base64::engine::general_purpose::STANDARD.encode(bytes).into()))
    }

    fn serialize_none(self) -> Result<Data> {
        Ok(Data::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Data> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Data> {
        Ok(Data::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Data> {
        Ok(Data::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Data> {
        Ok(Data::Str(variant.into()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Data> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Data> {
        Ok(Writer::tagged(Some(variant), self.node(value)?.data))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items> {
        Ok(Items { writer: self, tag: None, items: Vec::new() })
    }

    fn serialize_tuple(self, _: usize) -> Result<Items> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, variant: &'static str, _: usize) -> Result<Items> {
        Ok(Items { tag: Some(variant), ..self.serialize_seq(None)? })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries> {
        Ok(Entries { writer: self, tag: None, key: None, entries: BTreeMap::new(), number: false })
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Entries> {
        Ok(Entries { number: name == JSON_NUMBER, ..self.serialize_map(None)? })
    }

    fn serialize_struct_variant(self, _: &'static str, _: u32, variant: &'static str, _: usize) -> Result<Entries> {
        Ok(Entries { tag: Some(variant), ..self.serialize_map(None)? })
    }
}

/// A list in the making; with a tag it becomes `{tag: list}`.
struct Items {
    writer: Writer,
    tag: Option<&'static str>,
    items: Vec<Node>,
}

macro_rules! items {
    ($($name:ident $method:ident),*) => {
        $(impl ser::$name for Items {
            type Ok = Data;
            type Error = SerializeError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                self.items.push(self.writer.node(value)?);
                Ok(())
            }

            fn end(self) -> Result<Data> {
                Ok(Writer::tagged(self.tag, Data::list(self.items)))
            }
        })*
    };
}

items!(
    SerializeSeq serialize_element, SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field, SerializeTupleVariant serialize_field
);

/// A map in the making; with a tag it becomes `{tag: map}`.
struct Entries {
    writer: Writer,
    tag: Option<&'static str>,
    key: Option<Str>,
    entries: BTreeMap<Str, Node>,
    /// It is serde_json's number: one field that holds the digits.
    number: bool,
}

impl Entries {
    fn finish(mut self) -> Result<Data> {
        if self.number
            && let Some((_, Node { data: Data::Str(digits), .. })) = self.entries.pop_first()
        {
            let digits = digits.to_text();
            return match digits.parse() {
                Ok(number) => finite(number),
                Err(_) => Err(SerializeError::Number(digits.into_owned())),
            };
        }
        Ok(Writer::tagged(self.tag, Data::map(self.entries)))
    }
}

impl ser::SerializeMap for Entries {
    type Ok = Data;
    type Error = SerializeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        // serde_json knows what may be a key, and how it is written.
        let text = serde_json::to_string(&BTreeMap::from([(Key(key), ())])).map_err(|_| SerializeError::Key)?;
        let map: BTreeMap<String, ()> = serde_json::from_str(&text).map_err(|_| SerializeError::Key)?;
        self.key = map.into_keys().next().map(Str::from);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let key = self.key.take().ok_or(SerializeError::Key)?;
        self.entries.insert(key, self.writer.node(value)?);
        Ok(())
    }

    fn end(self) -> Result<Data> {
        self.finish()
    }
}

/// One key, made to fit into a map of its own.
struct Key<'a, T: ?Sized>(&'a T);

impl<T: Serialize + ?Sized> Serialize for Key<'_, T> {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<T: ?Sized> PartialEq for Key<'_, T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T: ?Sized> Eq for Key<'_, T> {}

impl<T: ?Sized> PartialOrd for Key<'_, T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: ?Sized> Ord for Key<'_, T> {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

macro_rules! fields {
    ($($name:ident),*) => {
        $(impl ser::$name for Entries {
            type Ok = Data;
            type Error = SerializeError;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
                self.entries.insert(Str::from(key), self.writer.node(value)?);
                Ok(())
            }

            fn end(self) -> Result<Data> {
                self.finish()
            }
        })*
    };
}

fields!(SerializeStruct, SerializeStructVariant);

/// Bytes that are not UTF-8 become U+FFFD, as in Go's JSON.
impl Serialize for Str {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

/// As plain data, without origins.
impl Serialize for Node {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match &self.data {
            Data::Null => serializer.serialize_unit(),
            Data::Bool(b) => serializer.serialize_bool(*b),
            Data::Int(n) => serializer.serialize_i64(*n),
            Data::Float(n) => serializer.serialize_f64(*n),
            Data::Str(text) => text.serialize(serializer),
            Data::List(items) => serializer.collect_seq(items.iter()),
            Data::Map(map) => serializer.collect_map(map.iter()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Serialize)]
    enum Mode {
        Off,
        One(u8),
        Two(u8, u8),
        Named { a: char },
    }

    #[test]
    fn a_node_is_what_its_json_decodes_to() {
        let value = (
            BTreeMap::from([(7, vec![Mode::Off, Mode::One(1), Mode::Two(1, 2), Mode::Named { a: 'x' }])]),
            u64::MAX,
            serde_json::json!({"n": 1.5, "m": [9007199254740993_u64, null]}),
            0.1_f32,
            Some("text"),
        );
        let json = serde_json::to_vec(&value).unwrap_or_default();
        assert_eq!(to_node(&value).ok(), crate::yaml::decode(&json).ok());
    }

    #[test]
    fn what_json_has_not_is_refused() {
        assert_eq!(to_node(&f64::NAN), Err(SerializeError::Number("NaN".into())));
        assert_eq!(to_node(&BTreeMap::from([(vec![1], 1)])), Err(SerializeError::Key));
    }

    #[test]
    fn a_node_survives_its_own_serialization() {
        let node = to_node(&serde_json::json!({"a": [1, "x", null, true, {"b": {}}]})).unwrap_or_default();
        assert_eq!(to_node(&node).as_ref(), Ok(&node));
    }
}
