//! From values of a chart to Rust values, through serde.
//!
//! In: a [`Node`]. Out: anything that is `serde::Deserialize`. A whole float is offered as an
//! integer, because every number of a YAML file is a float here.

use super::{Data, Node, Str};
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use std::collections::btree_map;
use std::fmt::Display;

/// Why a [`Node`] cannot become a Rust value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if path.is_empty() { String::new() } else { format!("{path}: ") })]
pub struct DeserializeError {
    /// Where in the tree: `service.port`, `tolerations[0].key`; empty at the root.
    pub path: String,
    /// What the type said.
    pub message: String,
}

impl de::Error for DeserializeError {
    fn custom<T: Display>(message: T) -> Self {
        DeserializeError { path: String::new(), message: message.to_string() }
    }
}

impl DeserializeError {
    fn below(mut self, step: &str) -> Self {
        let glue = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{step}{glue}{}", self.path);
        self
    }
}

type Result<T> = std::result::Result<T, DeserializeError>;

/// Makes a Rust value of a node.
///
/// # Errors
/// What the type's own `Deserialize` refuses, with the path to it.
///
/// ```
/// use chartwright::value::from_node;
///
/// #[derive(serde::Deserialize)]
/// struct Service { port: u16 }
///
/// let node = chartwright::yaml::decode(b"port: 6379").unwrap();
/// assert_eq!(from_node::<Service>(&node).unwrap().port, 6379);
/// let node = chartwright::yaml::decode(b"port: redis").unwrap();
/// assert_eq!(from_node::<Service>(&node).err().unwrap().path, "port");
/// ```
pub fn from_node<'de, T: Deserialize<'de>>(node: &'de Node) -> Result<T> {
    T::deserialize(node)
}

/// The integer that a float is, where it is one and exact.
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[allow(clippy::cast_possible_truncation)] // whole and at most 2^53
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = DeserializeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match &self.data {
            Data::Null => visitor.visit_unit(),
            Data::Bool(b) => visitor.visit_bool(*b),
            Data::Int(n) => integer(*n, visitor),
            Data::Float(n) => match whole(*n) {
                Some(n) => integer(n, visitor),
                None => visitor.visit_f64(*n),
            },
            Data::Str(text) => match text.to_utf8() {
                Some(text) => visitor.visit_borrowed_str(text),
                None => visitor.visit_borrowed_bytes(text),
            },
            Data::List(items) => visitor.visit_seq(Items { items: items.iter(), index: 0 }),
            Data::Map(map) => visitor.visit_map(Entries { entries: map.iter(), value: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    /// Text is a unit variant; a map of one entry is a variant with content.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match &self.data {
            Data::Str(text) => {
                let text = text.to_text();
                let variant: StrDeserializer<'_, DeserializeError> = (&*text).into_deserializer();
                visitor.visit_enum(variant)
            }
            Data::Map(map) => {
                visitor.visit_enum(MapAccessDeserializer::new(Entries { entries: map.iter(), value: None }))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// Types without a sign take the unsigned form only.
fn integer<'de, V: Visitor<'de>>(number: i64, visitor: V) -> Result<V::Value> {
    match u64::try_from(number) {
        Ok(number) => visitor.visit_u64(number),
        Err(_) => visitor.visit_i64(number),
    }
}

/// Deep trees do not end the stack.
fn grow<'de, S: DeserializeSeed<'de>>(seed: S, node: &'de Node) -> Result<S::Value> {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || seed.deserialize(node))
}

struct Items<'de> {
    items: std::slice::Iter<'de, Node>,
    index: usize,
}

impl<'de> de::SeqAccess<'de> for Items<'de> {
    type Error = DeserializeError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let Some(node) = self.items.next() else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        grow(seed, node).map(Some).map_err(|error| error.below(&format!("[{index}]")))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Entries<'de> {
    entries: btree_map::Iter<'de, Str, Node>,
    value: Option<(&'de Str, &'de Node)>,
}

impl<'de> de::MapAccess<'de> for Entries<'de> {
    type Error = DeserializeError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        self.value = self.entries.next();
        let Some((key, _)) = self.value else { return Ok(None) };
        let text = key.to_text();
        let key: StrDeserializer<'_, DeserializeError> = (&*text).into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        let Some((key, node)) = self.value.take() else { return Err(de::Error::custom("a value without its key")) };
        grow(seed, node).map_err(|error| error.below(&key.to_text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::to_node;
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    enum Handler {
        None,
        Port(u16),
        Exec { command: Vec<String> },
    }

    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Probe {
        handlers: Vec<Handler>,
        timeout: Option<i32>,
        ratio: f64,
        free: serde_json::Value,
        labels: BTreeMap<String, String>,
    }

    #[test]
    fn what_was_serialized_comes_back() {
        let probe = Probe {
            handlers: vec![Handler::None, Handler::Port(1), Handler::Exec { command: vec!["sh".into()] }],
            timeout: Some(-3),
            ratio: 2.0,
            free: serde_json::json!({"a": [1, null, 1.5, "x"]}),
            labels: BTreeMap::from([("k".into(), "v".into())]),
        };
        let node = to_node(&probe).unwrap_or_default();
        assert_eq!(from_node::<Probe>(&node), Ok(probe));
    }

    #[test]
    fn a_refusal_names_the_path() {
        let node = crate::yaml::decode(b"a: {b: [1, {c: x}]}").unwrap_or_default();
        type Deep = BTreeMap<String, BTreeMap<String, (u8, BTreeMap<String, u8>)>>;
        let error = from_node::<Deep>(&node).expect_err("x is no number");
        assert_eq!(error.to_string(), "a.b[1].c: invalid type: string \"x\", expected u8");
    }
}
