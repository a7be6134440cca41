//! Writes a schema with each shape once: what repeats goes to `$defs`, and a `$ref` stands in its place.
//!
//! In: a schema without references, whose `title`s name the shapes that types and kinds gave it. Out: the same schema
//! for files, several times smaller. A value keeps its own description and default beside the `$ref`; names that
//! stay unused go away.

use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, HashMap};

/// Keywords with one schema inside.
pub(super) const ONE: &[&str] = &["items", "additionalProperties", "propertyNames"];
/// What a value says of itself beside its shape.
const OWN: &[&str] = &["description", "default", "title"];
/// A shape shorter than this is clearer where it stands.
const WORTH_IT: usize = 80;

/// The same schema with `$defs`.
pub(super) fn share(schema: &Json) -> Json {
    let mut shapes = Shapes::default();
    children(schema, |inner| shapes.count(inner));
    shapes.name();
    let mut root = shapes.inside(schema);
    if let Json::Object(root) = &mut root {
        root.insert("$defs".into(), Json::Object(std::mem::take(&mut shapes.defs)));
        if let Some(title) = schema.get("title") {
            root.insert("title".into(), title.clone());
        }
    }
    root
}

/// What a `$ref` in [`Values::json_schema`](super::Values::json_schema) leads to, or the schema itself.
///
/// ```
/// use chartwright::redis::{Values, shape_of};
/// let schema = Values::json_schema();
/// let probe = shape_of(schema, &schema["properties"]["livenessProbe"]);
/// assert!(probe["properties"]["periodSeconds"].is_object());
/// ```
pub fn shape_of<'s>(root: &'s Json, schema: &'s Json) -> &'s Json {
    let name = schema.get("$ref").and_then(Json::as_str).and_then(|place| place.strip_prefix("#/$defs/"));
    name.and_then(|name| root.get("$defs")?.get(name)).unwrap_or(schema)
}

#[derive(Default)]
struct Shapes {
    /// By text: the name that the shape asks for, and how many places would refer to it.
    counts: BTreeMap<String, (String, usize)>,
    names: HashMap<String, String>,
    defs: Map<String, Json>,
}

impl Shapes {
    /// What is inside a shape counts once, however often that shape stands.
    fn count(&mut self, schema: &Json) {
        if let Some((name, text)) = shape(schema) {
            let known = self.counts.entry(text).or_insert((name, 0));
            known.1 += 1;
            if known.1 > 1 {
                return;
            }
        }
        children(schema, |inner| self.count(inner));
    }

    /// Gives names to what repeats; of two shapes that ask for the same one, the second gets a number.
    fn name(&mut self) {
        let mut taken: HashMap<&str, usize> = HashMap::new();
        for (text, (name, _)) in self.counts.iter().filter(|(_, (_, count))| *count > 1) {
            let uses = taken.entry(name).or_insert(0);
            *uses += 1;
            let name = if *uses > 1 { format!("{name}-{uses}") } else { name.clone() };
            self.names.insert(text.clone(), name);
        }
    }

    fn written(&mut self, schema: &Json) -> Json {
        let name = shape(schema).and_then(|(_, text)| self.names.get(&text).cloned());
        let Some(name) = name else { return self.inside(schema) };
        if !self.defs.contains_key(&name) {
            let mut body = self.inside(schema);
            if let Json::Object(body) = &mut body {
                OWN.iter().for_each(|own| drop(body.remove(*own)));
            }
            self.defs.insert(name.clone(), body);
        }
        let mut reference = json!({"$ref": format!("#/$defs/{name}")});
        for own in ["description", "default"] {
            if let Some(value) = schema.get(own) {
                reference[own] = value.clone();
            }
        }
        reference
    }

    /// The schema with what it holds written anew.
    fn inside(&mut self, schema: &Json) -> Json {
        let Json::Object(map) = schema else { return schema.clone() };
        let mut out = Map::new();
        for (key, value) in map.iter().filter(|(key, _)| *key != "title") {
            let value = match value {
                Json::Object(properties) if key == "properties" => {
                    properties.iter().map(|(name, inner)| (name.clone(), self.written(inner))).collect()
                }
                inner if ONE.contains(&key.as_str()) => self.written(inner),
                other => other.clone(),
            };
            out.insert(key.clone(), value);
        }
        Json::Object(out)
    }
}

/// The name and the text of a schema that may be shared.
fn shape(schema: &Json) -> Option<(String, String)> {
    let name = schema.get("title")?.as_str()?;
    let mut bare = schema.as_object()?.clone();
    OWN.iter().for_each(|own| drop(bare.remove(*own)));
    let is_nullable = bare.get("type").and_then(Json::as_array).is_some_and(|types| types.iter().any(|t| t == "null"));
    let name = if is_nullable { format!("{name}-or-null") } else { name.to_owned() };
    let text = Json::Object(bare).to_string();
    (text.len() >= WORTH_IT).then_some((name, text))
}

fn children(schema: &Json, mut visit: impl FnMut(&Json)) {
    schema.get("properties").and_then(Json::as_object).into_iter().flat_map(Map::values).for_each(&mut visit);
    ONE.iter().filter_map(|keyword| schema.get(*keyword)).for_each(visit);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_that_repeats_stands_once_and_each_place_keeps_its_own_words() {
        let long = "x".repeat(WORTH_IT);
        let text = |own: &str| json!({"title": "text", "type": "string", "pattern": long, "description": own});
        let once = json!({"title": "once", "type": "string", "pattern": format!("{long}y")});
        let schema = json!({"title": "All", "properties": {"a": text("A"), "b": text("B"), "c": once}});
        assert_eq!(
            share(&schema),
            json!({
                "title": "All",
                "$defs": {"text": {"type": "string", "pattern": long}},
                "properties": {
                    "a": {"$ref": "#/$defs/text", "description": "A"},
                    "b": {"$ref": "#/$defs/text", "description": "B"},
                    "c": {"type": "string", "pattern": format!("{long}y")},
                },
            })
        );
    }

    #[test]
    fn following_every_reference_gives_the_schema_back() {
        fn follow(root: &Json, schema: &Json) -> Json {
            let mut out = shape_of(root, schema).clone();
            let Json::Object(map) = &mut out else { return out };
            for (key, value) in map.iter_mut() {
                match value {
                    Json::Object(inner) if key == "properties" => {
                        inner.values_mut().for_each(|value| *value = follow(root, value))
                    }
                    value if ONE.contains(&key.as_str()) => *value = follow(root, value),
                    _ => {}
                }
            }
            map.remove("$defs");
            for own in ["description", "default"] {
                if let Some(value) = schema.get(own) {
                    map.insert(own.into(), value.clone());
                }
            }
            out
        }
        fn without_names(schema: &Json) -> Json {
            Shapes::default().inside(schema)
        }
        for schema in [crate::redis::schema::of_chart(), crate::redis::schema::of_file()] {
            let shared = share(schema);
            assert!(shared["$defs"].as_object().is_some_and(|defs| defs.len() > 10));
            let mut back = follow(&shared, &shared);
            back.as_object_mut().expect("an object").remove("title");
            assert_eq!(back, without_names(schema));
        }
    }
}
