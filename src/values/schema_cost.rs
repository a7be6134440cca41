//! How much work a schema makes of some values, before anybody does that work.
//!
//! In: a schema and the values. Out: nothing, or an error when checking them could take more
//! than [`MAX_CHECKS`] checks. Each pair of a schema's part and a value's part is counted once
//! and remembered, so that counting stays cheap where checking would double at each `$ref`.

use rustc_hash::FxHashMap;
use serde_json::{Map, Value as Json};

/// How many times a part of a schema may be held against a part of the values. A schema comes
/// here by doubling itself some eighteen times, for which Helm takes two seconds; at forty it
/// does not end.
const MAX_CHECKS: u64 = 1_000_000;
/// How deep schemas may refer to each other, the levels of the values included.
const MAX_DEPTH: usize = 4_000;

/// Keywords whose schemas see the same value.
const SAME: [&str; 11] =
    ["allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependencies", "dependentSchemas", "$ref", "$dynamicRef"];
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

/// Keywords that hold a map of schemas by name.
const NAMED: [&str; 3] = ["patternProperties", "dependencies", "dependentSchemas"];

/// A count that is under way.
pub(super) struct Cost<'s> {
    root: &'s Json,
    /// Parts of the schema that have a name: `$id`, `$anchor`.
    named: FxHashMap<&'s str, &'s Json>,
    /// What each pair costs, by address; 0 while it is being counted, so a cycle ends.
    known: FxHashMap<(usize, usize), u64>,
}

impl<'s> Cost<'s> {
    /// Counts the checks, whatever their order and outcome.
    pub(super) fn of(root: &'s Json, values: &'s Json) -> Result<(), String> {
        let mut cost = Cost { root, named: FxHashMap::default(), known: FxHashMap::default() };
        cost.name(root);
        match cost.count(root, values, 0) {
            0..=MAX_CHECKS => Ok(()),
            _ => Err(format!("the schema asks for more than {MAX_CHECKS} checks of these values\n")),
        }
    }

    /// Notes the names in a schema; JSON this deep was refused when it was read.
    fn name(&mut self, schema: &'s Json) {
        match schema {
            Json::Object(map) => {
                for key in ["$id", "id", "$anchor", "$dynamicAnchor"] {
                    self.named.extend(map.get(key).and_then(Json::as_str).map(|name| (name, schema)));
                }
                map.values().for_each(|part| self.name(part));
            }
            Json::Array(items) => items.iter().for_each(|part| self.name(part)),
            _ => {}
        }
    }

    fn count(&mut self, schema: &'s Json, value: &'s Json, depth: usize) -> u64 {
        let Json::Object(keywords) = schema else { return 1 };
        if depth > MAX_DEPTH {
            return u64::MAX;
        }
        let pair = (std::ptr::from_ref(schema).addr(), std::ptr::from_ref(value).addr());
        if let Some(count) = self.known.get(&pair) {
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
                for schema in self.schemas(keyword, inner) {
                    total = total.saturating_add(next(self, schema, value));
                }
            } else if keyword == "properties" {
                for (schema, part) in both(inner, value) {
                    total = total.saturating_add(next(self, schema, part));
                }
            } else if PARTS.contains(&keyword) {
                for schema in self.schemas(keyword, inner) {
                    for part in parts(value, keyword, keywords) {
                        total = total.saturating_add(next(self, schema, part));
                    }
                }
            }
            if total > MAX_CHECKS {
                break;
            }
        }
        self.known.insert(pair, total);
        total
    }

    /// The schemas of a keyword, or the one it refers to.
    fn schemas(&self, keyword: &str, inner: &'s Json) -> Vec<&'s Json> {
        match inner {
            Json::String(reference) => self.target(reference).into_iter().collect(),
            Json::Array(items) => items.iter().collect(),
            Json::Object(map) if NAMED.contains(&keyword) => map.values().collect(),
            other => vec![other],
        }
    }

    fn target(&self, reference: &str) -> Option<&'s Json> {
        let (document, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let document = if document.is_empty() { self.root } else { self.named.get(document).copied()? };
        if fragment.is_empty() {
            return Some(document);
        }
        let fragment = fragment.replace("%25", "%").replace("%20", " ");
        document.pointer(&fragment).or_else(|| self.named.get(fragment.as_str()).copied())
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

    #[test]
    fn references_may_double_often_but_not_without_end() {
        assert_eq!(Cost::of(&doubled(10), &json!({})), Ok(()));
        assert!(Cost::of(&doubled(40), &json!({})).is_err());
    }

    #[test]
    fn a_schema_of_itself_costs_what_the_values_are_deep() {
        let tree = json!({"additionalProperties": {"$ref": "#"}, "properties": {"a": {"type": "string"}}});
        assert_eq!(Cost::of(&tree, &json!({"a": "x", "b": {"c": {"d": {}}}})), Ok(()));
        let twice = json!({"additionalProperties": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}});
        let deep = (0..40).fold(json!(1), |inner, _| json!({"a": inner}));
        assert!(Cost::of(&twice, &deep).is_err());
        assert_eq!(Cost::of(&json!({"allOf": [{"$ref": "#"}]}), &json!({})), Ok(()));
    }
}
