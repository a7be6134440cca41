//! The JSON schemas of the values: made from the types, described by the comments of chart/values.yaml.
//!
//! In: [`Values`](super::Values) and [`docs`](super::docs). Out: the schema of what templates see
//! (chart/values.schema.json: Helm has taken the nulls out by then) and of what a user writes
//! (schemas/redis-values.schema.json: a null deletes a default). In memory both have no `$ref`, so that checking is
//! one walk; files hold each shape once ([`share`]). Both print in the order of chart/values.yaml.

use super::docs::{self, Doc};
use super::shared::{ONE, share};
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

/// The schema that ships in the chart, as it is written.
pub(super) fn shipped() -> &'static Json {
    static SCHEMA: OnceLock<Json> = OnceLock::new();
    SCHEMA.get_or_init(|| share(of_chart()))
}

/// The schema of a values file, as it is written.
pub(super) fn for_editors() -> &'static Json {
    static SCHEMA: OnceLock<Json> = OnceLock::new();
    SCHEMA.get_or_init(|| share(of_file()))
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
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Values>();
    let mut schema = schema.to_value();
    let defs = schema.as_object_mut().and_then(|map| map.remove("$defs"));
    let mut defs = match defs {
        Some(Json::Object(defs)) => defs,
        _ => Map::new(),
    };
    clean(&mut schema);
    defs.values_mut().for_each(clean);
    inline(&mut schema, &defs);
    schema
}

/// Puts types in the places that refer to them, with their names as titles. No type holds itself.
fn inline(schema: &mut Json, defs: &Map<String, Json>) {
    let Some(map) = schema.as_object_mut() else { return };
    let place = map.remove("$ref");
    if let Some(name) = place.as_ref().and_then(Json::as_str).and_then(|place| place.strip_prefix("#/$defs/"))
        && let Some(Json::Object(found)) = defs.get(name)
    {
        map.extend(found.clone());
        map.insert("title".into(), name.into());
    }
    parts(map).into_iter().for_each(|inner| inline(inner, defs));
}

/// The schemas inside a schema.
fn parts(map: &mut Map<String, Json>) -> Vec<&mut Json> {
    let mut found = Vec::new();
    for (keyword, value) in map.iter_mut() {
        match (keyword.as_str(), value) {
            (keyword, inner) if ONE.contains(&keyword) => found.push(inner),
            ("properties", Json::Object(properties)) => found.extend(properties.values_mut()),
            ("anyOf", Json::Array(choices)) => found.extend(choices),
            _ => {}
        }
    }
    found
}

/// How schemars names Rust's numbers.
const RUST_FORMATS: &[&str] = &["int32", "int64", "uint16", "double"];

/// Takes out what schemars says of Rust: texts, formats of integers, defaults of empty structs.
fn clean(schema: &mut Json) {
    let Some(map) = schema.as_object_mut() else { return };
    for keyword in ["description", "default", "$schema"] {
        map.remove(keyword);
    }
    if map.get("format").and_then(Json::as_str).is_some_and(|format| RUST_FORMATS.contains(&format)) {
        map.remove("format");
    }
    parts(map).into_iter().for_each(clean);
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
    if docs.get(path).is_some_and(|doc| doc.is_leaf) {
        if let Some(default) = default {
            map.insert("default".into(), plain(default));
        }
        return;
    }
    for (name, inner) in map.get_mut("properties").and_then(Json::as_object_mut).into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        describe(inner, &path, default.and_then(|node| node.get(name)), docs);
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
    "$ref",
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
    "$defs",
];
/// What fits in this many characters stands on one line.
const LINE: usize = 100;

fn rank(key: &str) -> usize {
    ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len())
}

/// A schema with no schema inside, or next to nothing.
fn is_short(map: &Map<String, Json>) -> bool {
    let is_flat = map.iter().all(|(key, value)| key == "default" || !value.is_object());
    is_flat && Json::Object(map.clone()).to_string().len() <= LINE
}

fn print(json: &Json, path: &str, depth: usize, out: &mut String) {
    let pad = |depth: usize| "  ".repeat(depth);
    match json {
        Json::Object(map) if !path.is_empty() && is_short(map) => {
            let mut entries: Vec<(&String, &Json)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| (rank(key), key.as_str()));
            let words: Vec<String> =
                entries.iter().map(|(key, value)| format!("{}: {value}", Json::from(key.as_str()))).collect();
            out.push_str(&format!("{{{}}}", words.join(", ")));
        }
        Json::Object(map) if !map.is_empty() => {
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
