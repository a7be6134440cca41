//! Which draft of JSON Schema a schema is compiled as.
//!
//! In: a schema. Out: its validator. A schema of the newest draft that holds nothing but what
//! draft 7 understands in the same way is compiled as draft 7: checking that a schema is one
//! takes a compiled meta-schema, and that of the newest draft takes longer than the schemas of
//! most charts do.

use super::formats::FORMATS;
use super::pattern;
use jsonschema::{Draft, ValidationError, ValidationOptions, Validator};
use serde_json::{Map, Value as Json};

/// Compiles a schema.
///
/// # Errors
/// A schema that is none.
pub(super) fn compile(schema: &mut Json) -> Result<Validator, ValidationError<'static>> {
    if Draft::default().detect(schema) != Draft::Draft202012 {
        return options().build(schema);
    }
    let is_renamed = schema.get("definitions").is_none() && rename(schema, "$defs", "definitions");
    // Without formats, which the newest draft does not check.
    let old = options().with_draft(Draft::Draft7).should_validate_formats(false);
    let validator = is_plain(schema).then(|| old.build(schema).ok()).flatten();
    if is_renamed {
        // Messages tell the schema's own names.
        rename(schema, "definitions", "$defs");
    }
    validator.map_or_else(|| options().build(schema), Ok)
}

/// Formats that the library knows and Helm does not.
const LIBRARY_FORMATS: [&str; 4] = ["color", "idn-email", "idn-hostname", "ip-address"];

fn options() -> ValidationOptions<'static> {
    let options = jsonschema::options().with_keyword("pattern", pattern::keyword);
    let options = LIBRARY_FORMATS.into_iter().fold(options, |options, name| options.with_format(name, |_| true));
    let formats = FORMATS.into_iter();
    formats.fold(options, |options, (name, check)| options.with_format(name, move |text: &str| check(text).is_ok()))
}

/// Gives the list of a schema's parts another name, also where it is referred to. Whether there
/// was one.
fn rename(schema: &mut Json, old: &str, new: &str) -> bool {
    fn refer(part: &mut Json, old: &str, new: &str) {
        match part {
            Json::Object(map) => {
                if let Some(Json::String(reference)) = map.get_mut("$ref")
                    && let Some(name) = reference.strip_prefix(old)
                {
                    *reference = format!("{new}{name}");
                }
                map.values_mut().for_each(|part| refer(part, old, new));
            }
            Json::Array(items) => items.iter_mut().for_each(|part| refer(part, old, new)),
            _ => {}
        }
    }
    let Some(parts) = schema.as_object_mut().and_then(|map| map.remove(old)) else { return false };
    if let Some(map) = schema.as_object_mut() {
        map.insert(new.to_owned(), parts);
    }
    refer(schema, &format!("#/{old}/"), &format!("#/{new}/"));
    true
}

/// `json-schema.org/schema` without a draft means the newest one to Helm.
pub(super) fn newest(schema: &mut Json) {
    let Some(Json::String(dialect)) = schema.get_mut("$schema") else { return };
    if dialect.trim_end_matches('#').split_once("://").is_some_and(|(_, name)| name == "json-schema.org/schema") {
        "https://json-schema.org/draft/2020-12/schema".clone_into(dialect);
    }
}

/// What one of the two drafts does not know, or understands differently. Sorted.
const PARTICULAR: [&str; 22] = [
    "$anchor",
    "$defs",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$recursiveAnchor",
    "$recursiveRef",
    "$vocabulary",
    "additionalItems",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "deprecated",
    "id",
    "maxContains",
    "minContains",
    "prefixItems",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// What may stand beside a `$ref` and checks nothing; draft 7 reads nothing beside a `$ref`.
const REMARKS: [&str; 6] = ["$comment", "default", "description", "examples", "readOnly", "title"];

/// Whether both drafts read a schema alike. Every map counts as a schema, whatever it is, so
/// that a property of such a name only costs the short cut.
fn is_plain(schema: &Json) -> bool {
    fn all<'j>(mut parts: impl Iterator<Item = &'j Json>) -> bool {
        parts.all(|part| part.get("$schema").is_none() && is_plain(part))
    }
    match schema {
        Json::Object(map) => {
            map.keys().all(|key| PARTICULAR.binary_search(&key.as_str()).is_err())
                && !map.get("items").is_some_and(Json::is_array)
                && is_plain_reference(map)
                && all(map.values())
        }
        Json::Array(items) => all(items.iter()),
        _ => true,
    }
}

fn is_plain_reference(map: &Map<String, Json>) -> bool {
    !map.contains_key("$ref") || map.keys().all(|key| key == "$ref" || REMARKS.contains(&key.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_particular_keywords_are_sorted() {
        assert!(PARTICULAR.is_sorted());
    }

    #[test]
    fn what_both_drafts_read_alike_is_plain() {
        let plain = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "properties": {"a": {"type": ["string", "null"], "format": "uri"}, "b": {"$ref": "#/definitions/b", "title": "B"}},
            "definitions": {"b": {"items": {"type": "integer"}, "if": {"const": 1}}},
        });
        assert!(is_plain(&plain));
    }

    #[test]
    fn what_they_read_differently_is_not() {
        let different = [
            json!({"properties": {"a": {"$ref": "#/definitions/b", "type": "string"}}}),
            json!({"items": [{"type": "string"}]}),
            json!({"allOf": [{"unevaluatedProperties": false}]}),
            json!({"properties": {"a": {"$schema": "http://json-schema.org/draft-04/schema#"}}}),
            json!({"properties": {"$defs": {}}}),
        ];
        for schema in different {
            assert!(!is_plain(&schema), "{schema}");
        }
    }

    #[test]
    fn parts_are_found_under_either_name() {
        let schema = |list: &str| json!({"properties": {"a": {"$ref": format!("#/{list}/a")}}, list: {"a": {"type": "string"}, "b": {"$ref": format!("#/{list}/a")}}});
        let mut renamed = schema("$defs");
        assert!(rename(&mut renamed, "$defs", "definitions"));
        assert_eq!(renamed, schema("definitions"));
        for list in ["$defs", "definitions"] {
            let validator = compile(&mut schema(list)).expect("it is a schema");
            assert!(validator.is_valid(&json!({"a": "text"})));
            assert!(!validator.is_valid(&json!({"a": 1})));
        }
    }

    #[test]
    fn a_schema_that_is_none_is_refused_as_before() {
        for mut schema in [json!({"type": "text"}), json!({"properties": []}), json!({"$defs": {"a": {"type": 1}}})] {
            let whole = jsonschema::validator_for(&schema).map(|_| ()).map_err(|error| error.to_string());
            assert!(whole.is_err());
            assert_eq!(compile(&mut schema).map(|_| ()).map_err(|error| error.to_string()), whole);
        }
    }
}
