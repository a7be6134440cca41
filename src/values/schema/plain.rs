//! Schemas that only say which types the values have, as those of most charts do.
//!
//! In: a schema. Out: [`Plain`], which knows the values that surely satisfy it, or nothing where the schema says more
//! than that or might be none. To read one takes a tenth of the time of compiling it. What does not surely pass is the
//! compiled schema's to judge, and so are all words about it.

use crate::value::{Data, Node, Str};
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::fmt;

/// A schema of nothing but `type`, `properties`, `additionalProperties`, `required`, `items` and `enum`.
#[derive(Debug, Default)]
pub(super) struct Plain {
    /// A bit per type; without one any will do.
    types: u8,
    /// Sorted by name.
    properties: Vec<(Str, Plain)>,
    /// What the other properties must satisfy; without one there may be none.
    additional: Option<Option<Box<Plain>>>,
    required: Vec<Str>,
    items: Option<Box<Plain>>,
    choices: Option<Vec<Choice>>,
}

#[derive(Debug, PartialEq, Eq)]
enum Choice {
    Null,
    Bool(bool),
    Text(Str),
}

const NULL: u8 = 1;
const BOOLEAN: u8 = 1 << 1;
const INTEGER: u8 = 1 << 2;
/// Integers are numbers.
const NUMBER: u8 = INTEGER | 1 << 3;
const STRING: u8 = 1 << 4;
const ARRAY: u8 = 1 << 5;
const OBJECT: u8 = 1 << 6;

/// All keywords that say something about values, or name things, in any draft. Sorted.
const KEYWORDS: [&str; 65] = [
    "$anchor",
    "$comment",
    "$defs",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$recursiveAnchor",
    "$recursiveRef",
    "$ref",
    "$schema",
    "$vocabulary",
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "definitions",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "deprecated",
    "description",
    "disallow",
    "divisibleBy",
    "else",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "extends",
    "format",
    "id",
    "if",
    "items",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "readOnly",
    "required",
    "then",
    "title",
    "type",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
    "writeOnly",
];

impl Plain {
    /// Reads a whole schema, as far as it is plain: nothing is kept of what it says to people.
    pub(super) fn read(schema: &[u8]) -> Option<Plain> {
        let mut reader = serde_json::Deserializer::from_slice(schema);
        let plain = Part { is_root: true }.deserialize(&mut reader).ok()?;
        reader.end().is_ok().then_some(plain)
    }

    /// Whether values surely satisfy it.
    pub(super) fn accepts(&self, node: &Node) -> bool {
        let (kind, choice) = match &node.data {
            Data::Null => (NULL, Some(Choice::Null)),
            Data::Bool(value) => (BOOLEAN, Some(Choice::Bool(*value))),
            Data::Int(_) => (INTEGER, None),
            // Whole ones count as integers, some of them: nothing to be sure of.
            Data::Float(number) if number.is_finite() => (NUMBER & !INTEGER, None),
            Data::Float(_) => return false,
            Data::Str(text) => (STRING, Some(Choice::Text(text.clone()))),
            Data::List(_) => (ARRAY, None),
            Data::Map(_) => (OBJECT, None),
        };
        if self.types != 0 && self.types & kind == 0 {
            return false;
        }
        if let Some(choices) = &self.choices
            && !choice.is_some_and(|choice| choices.contains(&choice))
        {
            return false;
        }
        match &node.data {
            Data::List(items) => self.items.as_ref().is_none_or(|part| items.iter().all(|item| part.accepts(item))),
            Data::Map(map) => {
                self.required.iter().all(|name| map.contains_key(name))
                    && map.iter().all(|(name, value)| self.accepts_property(name, value))
            }
            _ => true,
        }
    }

    fn accepts_property(&self, name: &Str, value: &Node) -> bool {
        if let Ok(index) = self.properties.binary_search_by(|(known, _)| known.cmp(name)) {
            return self.properties.get(index).is_some_and(|(_, part)| part.accepts(value));
        }
        match &self.additional {
            None => true,
            Some(part) => part.as_ref().is_some_and(|part| part.accepts(value)),
        }
    }
}

/// The newer drafts moved to the other scheme; the name without a draft is taken with both.
fn is_known_draft(name: &str) -> bool {
    let (scheme, rest) = name.split_once("://").unwrap_or_default();
    let bare = rest.strip_suffix('#').unwrap_or(rest);
    match bare {
        "json-schema.org/schema" => matches!(scheme, "http" | "https"),
        "json-schema.org/draft-07/schema" => scheme == "http",
        "json-schema.org/draft/2019-09/schema" | "json-schema.org/draft/2020-12/schema" => scheme == "https",
        _ => false,
    }
}

/// A part of a schema, which is surely a schema. Whatever else there is ends the reading with an error: the words of
/// these errors reach nobody.
struct Part {
    /// Only there a draft may be named.
    is_root: bool,
}

impl<'de> DeserializeSeed<'de> for Part {
    type Value = Plain;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Plain, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part {
    type Value = Plain;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a plain schema")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Plain, E> {
        if value { Ok(Plain::default()) } else { Err(E::custom("nothing satisfies it")) }
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Plain, M::Error> {
        let mut plain = Plain::default();
        // A bit per keyword: of one that is there twice the last counts, and it may be of another type.
        let mut seen = 0_u128;
        while let Some(Text(keyword)) = map.next_key()? {
            let Ok(index) = KEYWORDS.binary_search(&&*keyword) else {
                // No keyword, or `default`, which may be anything, but not deeper than what is read of JSON elsewhere.
                map.next_value::<Json>()?;
                continue;
            };
            if seen & 1 << index != 0 {
                return Err(M::Error::duplicate_field("keyword"));
            }
            seen |= 1 << index;
            match &*keyword {
                "type" => plain.types = map.next_value::<Types>()?.0,
                "properties" => plain.properties = map.next_value::<Properties>()?.0,
                "additionalProperties" => plain.additional = Some(map.next_value::<Additional>()?.0),
                "required" => plain.required = map.next_value::<Names>()?.0,
                "items" => plain.items = Some(Box::new(map.next_value_seed(Part { is_root: false })?)),
                "enum" => plain.choices = Some(map.next_value::<Choices>()?.0),
                "title" | "description" | "$comment" => drop(map.next_value::<Text<'de>>()?),
                "deprecated" | "readOnly" | "writeOnly" => drop(map.next_value::<bool>()?),
                "examples" => drop(map.next_value::<Vec<Json>>()?),
                "$schema" if self.is_root && is_known_draft(&map.next_value::<Text<'de>>()?.0) => {}
                _ => return Err(M::Error::custom("it says more")),
            }
        }
        Ok(plain)
    }
}

/// A text, where it can be as it stands there.
struct Text<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        reader.deserialize_str(Reader)
    }
}

struct Properties(Vec<(Str, Plain)>);

impl<'de> Deserialize<'de> for Properties {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Properties;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("plain properties")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Properties, M::Error> {
                let mut properties: Vec<(Str, Plain)> = Vec::new();
                while let Some(name) = map.next_key()? {
                    let name = plain_name(&name).ok_or_else(|| M::Error::custom("a name that may be none"))?;
                    properties.push((name, map.next_value_seed(Part { is_root: false })?));
                }
                properties.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
                if properties.windows(2).any(|pair| matches!(pair, [(one, _), (other, _)] if one == other)) {
                    return Err(M::Error::duplicate_field("property"));
                }
                Ok(Properties(properties))
            }
        }
        reader.deserialize_map(Reader)
    }
}

/// What `additionalProperties` says: nothing but `false`, or a schema.
struct Additional(Option<Box<Plain>>);

impl<'de> Deserialize<'de> for Additional {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Additional;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a plain schema or false")
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Additional, E> {
                Ok(Additional(value.then(Box::default)))
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Additional, M::Error> {
                Part { is_root: false }.visit_map(map).map(|part| Additional(Some(Box::new(part))))
            }
        }
        reader.deserialize_any(Reader)
    }
}

/// Keys of values that are no text are judged as if they had U+FFFD where they are none.
fn plain_name(name: &Text<'_>) -> Option<Str> {
    (!name.0.contains(char::REPLACEMENT_CHARACTER)).then(|| Str::from(&*name.0))
}

/// Draft 4 wants one at least, and all drafts want no name twice.
struct Names(Vec<Str>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let list = Vec::<Text<'de>>::deserialize(reader)?;
        let mut names: Vec<Str> = list.iter().filter_map(plain_name).collect();
        names.sort_unstable();
        names.dedup();
        let are_plain = !names.is_empty() && names.len() == list.len();
        if are_plain { Ok(Names(names)) } else { Err(D::Error::custom("no plain names")) }
    }
}

/// A type or several; one that is named twice is an error.
struct Types(u8);

impl<'de> Deserialize<'de> for Types {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Types;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("types")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Types, E> {
                type_bits(name).map(Types).ok_or_else(|| E::custom("no type"))
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Types, S::Error> {
                let mut types = 0;
                while let Some(Text(name)) = list.next_element()? {
                    types = type_bits(&name)
                        .filter(|one| types & one == 0)
                        .map(|one| types | one)
                        .ok_or_else(|| S::Error::custom("no type, or one twice"))?;
                }
                if types == 0 { Err(S::Error::custom("no types")) } else { Ok(Types(types)) }
            }
        }
        reader.deserialize_any(Reader)
    }
}

fn type_bits(name: &str) -> Option<u8> {
    Some(match name {
        "null" => NULL,
        "boolean" => BOOLEAN,
        "integer" => INTEGER,
        "number" => NUMBER,
        "string" => STRING,
        "array" => ARRAY,
        "object" => OBJECT,
        _ => return None,
    })
}

struct Choices(Vec<Choice>);

impl<'de> Deserialize<'de> for Choices {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let choices = Vec::<Choice>::deserialize(reader)?;
        if choices.is_empty() { Err(D::Error::custom("no choices")) } else { Ok(Choices(choices)) }
    }
}

impl<'de> Deserialize<'de> for Choice {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Choice;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("null, true, false or a text")
            }

            fn visit_unit<E: Error>(self) -> Result<Choice, E> {
                Ok(Choice::Null)
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Choice, E> {
                Ok(Choice::Bool(value))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Choice, E> {
                Ok(Choice::Text(text.into()))
            }
        }
        reader.deserialize_any(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn node(text: &str) -> Node {
        crate::yaml::decode(text.as_bytes()).expect("it is YAML")
    }

    #[test]
    fn the_keywords_are_sorted() {
        assert!(KEYWORDS.is_sorted());
    }

    /// What a plain schema accepts, the library accepts too; and what it does not, the library is asked about.
    #[test]
    fn what_is_accepted_is_accepted_by_the_library() {
        let schemas = [
            json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": ["integer", "null"]}}}),
            json!({"$schema": "http://json-schema.org/draft-07/schema#", "required": ["a"], "additionalProperties": false,
                   "properties": {"a": {"enum": ["x", null, true]}, "b": {"items": {"type": "number"}}}}),
            json!({"additionalProperties": {"type": "boolean", "form": true}, "default": 5, "title": "T"}),
            json!({"$schema": "http://json-schema.org/schema#", "properties": {"a": true, "b": {"type": "array"}}}),
        ];
        let values = [
            "{}",
            "a: x",
            "a: 1",
            "a: null",
            "a: true",
            "b: 5",
            "b: 5.5",
            "b: 5.0",
            "b: [1, 2.5]",
            "b: [x]",
            "b: null",
            "{a: x, b: [1]}",
            "{a: x, c: 1}",
            "c: true",
            "[]",
            "text",
        ];
        let mut accepted = 0;
        for schema in &schemas {
            let plain = Plain::read(schema.to_string().as_bytes()).expect("it is plain");
            let whole = super::super::dialect::compile(&mut schema.clone()).expect("it is a schema");
            for text in values {
                let values = node(text);
                if plain.accepts(&values) {
                    accepted += 1;
                    assert!(whole.is_valid(&super::super::to_json(&values)), "{schema} {text}");
                }
            }
        }
        assert!(accepted > 25, "{accepted}");
        let plain = Plain::read(br#"{"type": "number"}"#).expect("it is plain");
        assert!(!plain.accepts(&Node::new(Data::Float(f64::NAN))), "JSON has no such number");
    }

    #[test]
    fn what_says_more_or_may_be_no_schema_is_left_to_the_library() {
        let schemas = [
            json!({"properties": {"a": {"pattern": "x"}}}),
            json!({"properties": {"a": {"$schema": "http://json-schema.org/draft-04/schema#"}}}),
            json!({"$schema": "http://json-schema.org/draft-04/schema#"}),
            json!({"type": "text"}),
            json!({"type": ["string", "string"]}),
            json!({"type": ["integer", "number"]}),
            json!({"type": []}),
            json!({"required": ["a", "a"]}),
            json!({"required": true}),
            json!({"enum": []}),
            json!({"enum": [1]}),
            json!({"items": [{"type": "string"}]}),
            json!({"properties": []}),
            json!({"properties": {"a": false}}),
            json!({"description": 5}),
            json!([]),
            json!(false),
        ];
        for schema in schemas {
            assert!(Plain::read(schema.to_string().as_bytes()).is_none(), "{schema}");
        }
        let deep = format!("{{\"default\": {}{}}}", "[".repeat(200), "]".repeat(200));
        for text in
            [r#"{"type": "string", "type": 5}"#, r#"{"properties": {"a": true, "a": {}}}"#, "{} {}", "{", "", &deep]
        {
            assert!(Plain::read(text.as_bytes()).is_none(), "{text}");
        }
    }
}
