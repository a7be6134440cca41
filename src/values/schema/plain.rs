//! Schemas that only say which types the values have, as those of most charts do.
//!
//! In: a schema. Out: [`Plain`], which knows the values that surely satisfy it, or nothing where the schema says more
//! than that or might be none. To read one takes a tenth of the time of compiling it. What does not surely pass is the
//! compiled schema's to judge, and so are all words about it.

use crate::value::{Data, Node, Str};
use serde_json::{Map, Value as Json};

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
    /// Reads a whole schema; only there a draft may be named.
    pub(super) fn read(schema: &Json) -> Option<Plain> {
        let draft = schema.get("$schema");
        if draft.is_some_and(|draft| !draft.as_str().is_some_and(is_known_draft)) { None } else { part(schema, true) }
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

/// A part of a schema, which is surely a schema.
fn part(schema: &Json, is_root: bool) -> Option<Plain> {
    let Json::Object(keywords) = schema else {
        return (schema == &Json::Bool(true)).then(Plain::default);
    };
    let mut plain = Plain::default();
    for (keyword, value) in keywords {
        match (keyword.as_str(), value) {
            ("type", Json::Array(names)) => plain.types = types(names)?,
            ("type", name) => plain.types = type_bits(name)?,
            ("properties", Json::Object(parts)) => plain.properties = properties(parts)?,
            ("additionalProperties", Json::Bool(false)) => plain.additional = Some(None),
            ("additionalProperties", value) => plain.additional = Some(Some(Box::new(part(value, false)?))),
            ("required", Json::Array(list)) => plain.required = names(list)?,
            ("items", value) => plain.items = Some(Box::new(part(value, false)?)),
            ("enum", Json::Array(list)) if !list.is_empty() => {
                plain.choices = Some(list.iter().map(choice).collect::<Option<_>>()?);
            }
            ("title" | "description" | "$comment", Json::String(_))
            | ("deprecated" | "readOnly" | "writeOnly", Json::Bool(_))
            | ("examples", Json::Array(_)) => {}
            ("$schema", _) if is_root => {}
            (other, _) if KEYWORDS.binary_search(&other).is_ok() => return None,
            // No keyword, or `default`, which may be anything.
            _ => {}
        }
    }
    Some(plain)
}

fn properties(parts: &Map<String, Json>) -> Option<Vec<(Str, Plain)>> {
    let mut properties: Vec<(Str, Plain)> =
        parts.iter().map(|(name, schema)| Some((plain_name(name)?, part(schema, false)?))).collect::<Option<_>>()?;
    properties.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    Some(properties)
}

/// Keys of values that are no text are judged as if they had U+FFFD where they are none.
fn plain_name(name: &str) -> Option<Str> {
    (!name.contains(char::REPLACEMENT_CHARACTER)).then(|| name.into())
}

/// Draft 4 wants one at least, and all drafts want no name twice.
fn names(list: &[Json]) -> Option<Vec<Str>> {
    let mut names: Vec<Str> = list.iter().map(|name| plain_name(name.as_str()?)).collect::<Option<_>>()?;
    names.sort_unstable();
    names.dedup();
    (!names.is_empty() && names.len() == list.len()).then_some(names)
}

/// A type named twice is an error.
fn types(names: &[Json]) -> Option<u8> {
    let all = names.iter().try_fold(0, |types, name| {
        let one = type_bits(name)?;
        (types & one == 0).then_some(types | one)
    });
    all.filter(|types| *types != 0)
}

fn type_bits(name: &Json) -> Option<u8> {
    Some(match name.as_str()? {
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

fn choice(value: &Json) -> Option<Choice> {
    Some(match value {
        Json::Null => Choice::Null,
        Json::Bool(value) => Choice::Bool(*value),
        Json::String(text) => Choice::Text(text.as_str().into()),
        _ => return None,
    })
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
            let plain = Plain::read(schema).expect("it is plain");
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
        let plain = Plain::read(&json!({"type": "number"})).expect("it is plain");
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
            assert!(Plain::read(&schema).is_none(), "{schema}");
        }
    }
}
