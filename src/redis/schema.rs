//! The JSON schemas of the values: made from the types, described by the comments of chart/values.yaml.
//!
//! In: [`Values`](super::Values) and [`docs`](super::docs). Out: the schema of what templates see
//! (chart/values.schema.json: Helm has taken the nulls out by then) and of what a user writes
//! (schemas/redis-values.schema.json: a null deletes a default). Both have no `$ref`, so that each value can have
//! a description of its own, and print in the order of chart/values.yaml.

use super::docs::{self, Doc};
use super::{Values, defaults};
use crate::value::Node;
use indexmap::IndexMap;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json, json};
use std::sync::OnceLock;

/// The schema that ships in the chart.
pub(super) fn of_chart() -> &'static Json {
    static SCHEMA: OnceLock<Json> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let mut schema = from_types();
        describe(&mut schema, "", Some(defaults()), docs::all());
        head(&mut schema, "Values of the Redis chart");
        schema
    })
}

/// The schema of a values file, in which null is allowed wherever it means something.
pub(super) fn of_file() -> &'static Json {
    static SCHEMA: OnceLock<Json> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let mut schema = of_chart().clone();
        allow_null(&mut schema, true);
        head(&mut schema, "A values file for the Redis chart");
        schema
    })
}

/// The text of a schema: properties in the order of chart/values.yaml, everything else by name.
///
/// ```
/// use chartwright::redis;
/// let text = redis::schema_text(redis::Values::json_schema());
/// assert!(text.find("\"mode\"") < text.find("\"replicaCount\""));
/// ```
pub fn schema_text(schema: &Json) -> String {
    let mut out = String::new();
    print(schema, "", 0, &mut out);
    out.push('\n');
    out
}

fn head(schema: &mut Json, title: &str) {
    if let Some(map) = schema.as_object_mut() {
        map.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
        map.insert("title".into(), title.into());
        map.remove("description");
        // Whatever is missing is a default, or was deleted on purpose.
        map.remove("required");
    }
}

fn from_types() -> Json {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<Values>();
    let mut schema = schema.to_value();
    clean(&mut schema);
    schema
}

/// How schemars names Rust's numbers.
const RUST_FORMATS: &[&str] = &["int32", "int64", "uint16", "double"];

/// Takes out what schemars says of Rust: texts, formats of integers, defaults of empty structs.
fn clean(schema: &mut Json) {
    let Some(map) = schema.as_object_mut() else { return };
    for keyword in ["title", "description", "default", "$schema"] {
        map.remove(keyword);
    }
    if map.get("format").and_then(Json::as_str).is_some_and(|format| RUST_FORMATS.contains(&format)) {
        map.remove("format");
    }
    for keyword in ["items", "additionalProperties", "propertyNames"] {
        if let Some(inner) = map.get_mut(keyword) {
            clean(inner);
        }
    }
    for inner in map.get_mut("properties").and_then(Json::as_object_mut).into_iter().flat_map(Map::values_mut) {
        clean(inner);
    }
    for inner in map.get_mut("anyOf").and_then(Json::as_array_mut).into_iter().flatten() {
        clean(inner);
    }
    flatten(map);
}

/// An optional part says null only by `anyOf`; null is for files alone, so it goes here.
fn flatten(map: &mut Map<String, Json>) {
    if let Some(Json::Array(choices)) = map.get("anyOf") {
        let rest: Vec<Json> = choices.iter().filter(|c| c.get("type") != Some(&json!("null"))).cloned().collect();
        if let [Json::Object(only)] = &rest[..] {
            let only = only.clone();
            map.remove("anyOf");
            map.extend(only);
        }
    }
    if let Some(Json::Array(types)) = map.get_mut("type")
        && types.iter().any(|t| t == "null")
    {
        types.retain(|t| t != "null");
        if let [one] = &types[..] {
            let one = one.clone();
            map.insert("type".into(), one);
        }
    }
    if let Some(Json::Array(values)) = map.get_mut("enum")
        && values.iter().any(Json::is_null)
    {
        values.retain(|value| !value.is_null());
    }
}

/// A null takes any default away; in a list there are none.
fn allow_null(schema: &mut Json, is_root: bool) {
    let Some(map) = schema.as_object_mut() else { return };
    for inner in map.get_mut("properties").and_then(Json::as_object_mut).into_iter().flat_map(Map::values_mut) {
        allow_null(inner, false);
    }
    if let Some(inner) = map.get_mut("additionalProperties") {
        allow_null(inner, false);
    }
    if !is_root {
        nullable(map);
    }
}

fn nullable(map: &mut Map<String, Json>) {
    if let Some(types) = map.get_mut("type") {
        match types {
            Json::Array(list) if list.iter().all(|t| t != "null") => list.push("null".into()),
            Json::Array(_) => {}
            one => *one = Json::Array(vec![one.clone(), "null".into()]),
        }
    }
    if let Some(Json::Array(values)) = map.get_mut("enum")
        && values.iter().all(|value| !value.is_null())
    {
        values.push(Json::Null);
    }
}

/// Puts comments and defaults of chart/values.yaml on the schema's properties.
fn describe(schema: &mut Json, path: &str, default: Option<&Node>, docs: &IndexMap<String, Doc>) {
    let Some(map) = schema.as_object_mut() else { return };
    if let Some(doc) = docs.get(path).filter(|doc| !doc.text.is_empty()) {
        map.insert("description".into(), doc.text.clone().into());
    }
    let properties = map.get_mut("properties").and_then(Json::as_object_mut);
    let has_properties = properties.as_ref().is_some_and(|properties| !properties.is_empty());
    for (name, inner) in properties.into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        describe(inner, &path, default.and_then(|node| node.get(name)), docs);
    }
    if let Some(default) = default.filter(|_| !has_properties || docs.get(path).is_some_and(|doc| doc.is_leaf)) {
        map.insert("default".into(), plain(default));
    }
}

/// As JSON, with whole numbers written as such.
fn plain(node: &Node) -> Json {
    crate::value::from_node(node).unwrap_or(Json::Null)
}

/// The order in which the words of a schema are read best.
const ORDER: &[&str] = &[
    "$schema",
    "$id",
    "title",
    "description",
    "type",
    "format",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "default",
    "propertyNames",
    "properties",
    "required",
    "not",
    "additionalProperties",
    "items",
];

fn print(json: &Json, path: &str, depth: usize, out: &mut String) {
    let pad = |depth: usize| "  ".repeat(depth);
    match json {
        Json::Object(map) if !map.is_empty() => {
            let rank = |key: &String| ORDER.iter().position(|known| known == key).unwrap_or(ORDER.len());
            let mut entries: Vec<(&String, &Json)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| (rank(key), key.as_str()));
            out.push_str("{\n");
            for (index, (key, value)) in entries.iter().enumerate() {
                out.push_str(&format!("{}{}: ", pad(depth + 1), Json::from(key.as_str())));
                match value {
                    Json::Object(properties) if *key == "properties" => {
                        print_properties(properties, path, depth + 1, out)
                    }
                    Json::Object(_) if *key == "default" => out.push_str(&value.to_string()),
                    _ => print(value, "-", depth + 1, out),
                }
                out.push_str(if index + 1 < entries.len() { ",\n" } else { "\n" });
            }
            out.push_str(&format!("{}}}", pad(depth)));
        }
        other => out.push_str(&other.to_string()),
    }
}

fn print_properties(properties: &Map<String, Json>, path: &str, depth: usize, out: &mut String) {
    let join = |name: &String| if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
    let docs = docs::all();
    let mut entries: Vec<(&String, &Json)> = properties.iter().collect();
    entries.sort_by_key(|(name, _)| (docs.get_index_of(&join(name)).unwrap_or(usize::MAX), name.as_str()));
    out.push_str("{\n");
    for (index, (name, value)) in entries.iter().enumerate() {
        out.push_str(&format!("{}{}: ", "  ".repeat(depth + 1), Json::from(name.as_str())));
        print(value, &join(name), depth + 1, out);
        out.push_str(if index + 1 < entries.len() { ",\n" } else { "\n" });
    }
    out.push_str(&format!("{}}}", "  ".repeat(depth)));
}
