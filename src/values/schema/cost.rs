//! How much work a schema makes of some values, before anybody does that work.
//!
//! In: a schema and the values. Out: nothing, or an error when checking them could take more
//! than [`SCHEMA_CHECKS`] checks. Each pair of a schema's part and a value's part is counted once
//! and remembered, so that counting stays cheap where checking would double at each `$ref`.

use super::refs::References;
use crate::limits::{SCHEMA_CHECKS, SCHEMA_DEPTH};
use rustc_hash::FxHashMap;
use serde_json::{Map, Value as Json};

/// Keywords whose schemas see the same value.
const SAME: [&str; 12] = [
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependencies",
    "dependentSchemas",
    "$ref",
    "$dynamicRef",
    "$recursiveRef",
];
/// Keywords whose schemas see every part of a value.
const PARTS: [&str; 8] = [
    "additionalProperties",
    "unevaluatedProperties",
    "patternProperties",
    "items",
    "additionalItems",
    "unevaluatedItems",
    "prefixItems",
    "contains",
];

/// Whether a keyword holds schemas.
fn applies(keyword: &str) -> bool {
    keyword == "properties" || SAME.contains(&keyword) || PARTS.contains(&keyword)
}

/// Keywords that hold a map of schemas by name.
const NAMED: [&str; 3] = ["patternProperties", "dependencies", "dependentSchemas"];

/// A count that is under way.
pub(super) struct Cost<'s> {
    references: &'s References<'s>,
    /// How many checks there may be.
    most: u64,
    /// What each pair costs, by address; 0 while it is being counted, so a cycle ends.
    known: FxHashMap<(usize, usize), u64>,
    /// Whether a part of the schema refers to itself for the same value.
    cyclic: bool,
}

impl<'s> Cost<'s> {
    /// Counts the checks, whatever their order and outcome. Tells whether the schema refers to
    /// itself without end: what Helm says then is up to the one path that it takes.
    pub(super) fn of(references: &'s References<'s>, values: &'s Json) -> Result<bool, String> {
        let mut cost = Cost { references, most: SCHEMA_CHECKS.get(), known: FxHashMap::default(), cyclic: false };
        match cost.count(references.root(), values, 0) {
            count if count <= cost.most => Ok(cost.cyclic),
            _ => Err(format!("the schema asks for {}\n", SCHEMA_CHECKS.exceeded("checks of these values"))),
        }
    }

    fn count(&mut self, schema: &'s Json, value: &'s Json, depth: usize) -> u64 {
        let Json::Object(keywords) = schema else { return 1 };
        if depth > SCHEMA_DEPTH.size() {
            return u64::MAX;
        }
        // Most schemas say what a value itself is, and nothing has to be remembered of them.
        if !keywords.keys().any(|keyword| applies(keyword)) {
            return 1;
        }
        let pair = (std::ptr::from_ref(schema).addr(), std::ptr::from_ref(value).addr());
        if let Some(count) = self.known.get(&pair) {
            self.cyclic |= *count == 0;
            return *count;
        }
        self.known.insert(pair, 0);
        let next = |cost: &mut Self, schema, value| {
            stacker::maybe_grow(64 << 10, 1 << 20, || cost.count(schema, value, depth + 1))
        };
        let mut total: u64 = 1;
        for (keyword, inner) in keywords {
            let keyword = keyword.as_str();
            if SAME.contains(&keyword) {
                for schema in self.schemas(keywords, keyword, inner) {
                    total = total.saturating_add(next(self, schema, value));
                }
            } else if keyword == "properties" {
                for (schema, part) in both(inner, value) {
                    total = total.saturating_add(next(self, schema, part));
                }
            } else if PARTS.contains(&keyword) {
                // What nobody else has looked at is found by asking all the others.
                if keyword.starts_with("unevaluated") {
                    total = total.saturating_add(others(keywords, 0).saturating_mul(size(value)));
                }
                for schema in self.schemas(keywords, keyword, inner) {
                    for part in parts(value, keyword, keywords) {
                        total = total.saturating_add(next(self, schema, part));
                    }
                }
            }
            if total > self.most {
                break;
            }
        }
        self.known.insert(pair, total);
        total
    }

    /// The schemas of a keyword, or the one it refers to.
    fn schemas(&self, keywords: &'s Map<String, Json>, keyword: &str, inner: &'s Json) -> Vec<&'s Json> {
        match inner {
            Json::String(reference) => self.references.target(keywords, reference).into_iter().collect(),
            Json::Array(items) => items.iter().collect(),
            Json::Object(map) if NAMED.contains(&keyword) => map.values().collect(),
            other => vec![other],
        }
    }
}

/// How many parts a schema has that see the same value, their own such parts included.
fn others(keywords: &Map<String, Json>, depth: usize) -> u64 {
    let of = |schema: &Json| schema.as_object().filter(|_| depth < 8).map_or(1, |inner| 1 + others(inner, depth + 1));
    let within = keywords.iter().filter(|(keyword, _)| SAME.contains(&keyword.as_str()));
    within
        .map(|(_, inner)| match inner {
            Json::Array(items) => items.iter().map(of).sum(),
            Json::Object(map) => 1 + map.values().map(of).sum::<u64>(),
            _ => 1,
        })
        .sum()
}

/// How many parts a value has.
fn size(value: &Json) -> u64 {
    match value {
        Json::Object(map) => map.len() as u64,
        Json::Array(items) => items.len() as u64,
        _ => 0,
    }
}

/// The properties that both a schema and a value have.
fn both<'s>(properties: &'s Json, value: &'s Json) -> impl Iterator<Item = (&'s Json, &'s Json)> {
    let properties = properties.as_object().into_iter().flatten();
    properties.filter_map(|(name, schema)| Some((schema, value.as_object()?.get(name)?)))
}

/// The parts of a value that a keyword's schema sees.
fn parts<'s>(value: &'s Json, keyword: &str, keywords: &'s Map<String, Json>) -> Vec<&'s Json> {
    let properties = keywords.get("properties").and_then(Json::as_object);
    let listed = |name: &String| properties.is_some_and(|properties| properties.contains_key(name));
    match value {
        Json::Object(map) if keyword.ends_with("Properties") => {
            let seen = |name| keyword != "additionalProperties" || !listed(name);
            map.iter().filter(|(name, _)| seen(name)).map(|(_, part)| part).collect()
        }
        Json::Array(items) if !keyword.ends_with("Properties") => items.iter().collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A schema that refers to the next one twice, `times` times.
    fn doubled(times: usize) -> Json {
        let mut parts = Map::new();
        for n in 0..times {
            let next = json!({"$ref": format!("#/definitions/d{}", n + 1)});
            parts.insert(format!("d{n}"), json!({"allOf": [next, next]}));
        }
        parts.insert(format!("d{times}"), json!({"type": "object"}));
        json!({"$ref": "#/definitions/d0", "definitions": parts})
    }

    fn cost(schema: &Json, values: &Json) -> Result<bool, String> {
        Cost::of(&References::new(schema), values)
    }

    #[test]
    fn references_may_double_often_but_not_without_end() {
        assert_eq!(cost(&doubled(10), &json!({})), Ok(false));
        assert_eq!(cost(&doubled(18), &json!({})), Ok(false), "which Helm renders in two seconds");
        assert!(cost(&doubled(40), &json!({})).is_err());
    }

    #[test]
    fn a_schema_of_itself_costs_what_the_values_are_deep() {
        let tree = json!({"additionalProperties": {"$ref": "#"}, "properties": {"a": {"type": "string"}}});
        assert_eq!(cost(&tree, &json!({"a": "x", "b": {"c": {"d": {}}}})), Ok(false));
        let twice = json!({"additionalProperties": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}});
        let deep = (0..40).fold(json!(1), |inner, _| json!({"a": inner}));
        assert!(cost(&twice, &deep).is_err());
        assert_eq!(cost(&json!({"allOf": [{"$ref": "#"}]}), &json!({})), Ok(true));
    }
}
