//! Custom resources as manifests: what a program made, to be applied.
//!
//! In: a typed object. Out: its YAML, without status and without what says nothing. The schemas of the types are here too.

use super::API_VERSION;
use super::types::{RedisBackup, RedisCluster, RedisScheduledBackup};
use crate::kube::Quantity;
use crate::value::{Data, Node, SerializeError, Str, to_node};
use crate::yaml::node_to_yaml;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use std::borrow::Cow;

/// An object that can be applied.
///
/// ```
/// use chartwright::operator::{BackupSpec, Manifest as _, RedisBackup};
/// let mut backup = RedisBackup::default();
/// backup.metadata.name = "before".into();
/// backup.spec = BackupSpec { cluster_name: "cache".into(), ..BackupSpec::default() };
/// let text = backup.yaml().unwrap();
/// assert_eq!(text, "apiVersion: redis.io/v1\nkind: RedisBackup\nmetadata:\n  name: before\nspec:\n  clusterName: cache\n");
/// ```
pub trait Manifest: Serialize + Sized {
    /// Its kind.
    const KIND: &'static str;

    /// The object, as `kubectl apply` takes it.
    ///
    /// # Errors
    /// A number that is not finite in one of the free parts.
    fn manifest(&self) -> Result<Node, SerializeError> {
        let mut object = to_node(self)?;
        let text = |text: &str| Node::new(Data::Str(text.into()));
        if let Some(map) = object.as_map_mut() {
            map.remove(b"status".as_slice());
            map.insert("apiVersion".into(), text(API_VERSION));
            map.insert("kind".into(), text(Self::KIND));
            let silent = |node: &Node| match &node.data {
                Data::Str(text) => text.is_empty(),
                Data::Map(map) => map.is_empty(),
                Data::List(items) => items.is_empty(),
                _ => node.is_null(),
            };
            for part in ["metadata", "spec"] {
                if let Some(part) = map.get_mut(part.as_bytes()).and_then(Node::as_map_mut) {
                    part.retain(|_: &Str, node| !silent(node));
                }
            }
        }
        Ok(object)
    }

    /// Its text.
    ///
    /// # Errors
    /// As [`manifest`](Manifest::manifest).
    fn yaml(&self) -> Result<String, String> {
        let node = self.manifest().map_err(|error| error.to_string())?;
        node_to_yaml(&node).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Manifest for RedisCluster {
    const KIND: &'static str = "RedisCluster";
}

impl Manifest for RedisBackup {
    const KIND: &'static str = "RedisBackup";
}

impl Manifest for RedisScheduledBackup {
    const KIND: &'static str = "RedisScheduledBackup";
}

/// Written as a text or as a number.
impl JsonSchema for Quantity {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["integer", "string"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::from_node;
    use serde_json::Value as Json;
    use std::collections::BTreeMap;

    /// What a schema says that both ways to write it have: type, words, bounds, by path.
    fn facts(schema: &Json, root: &Json, path: &str, found: &mut BTreeMap<String, String>) {
        let resolved = match schema.get("$ref").and_then(Json::as_str) {
            Some(name) => root.pointer(name.trim_start_matches('#')).unwrap_or(&Json::Null),
            None => schema,
        };
        // An optional one is itself or null.
        if let Some(first) = resolved.get("anyOf").and_then(Json::as_array).and_then(|list| list.first())
            && first.get("$ref").is_some()
        {
            return facts(first, root, path, found);
        }
        let words = |value: &Json| -> Vec<String> {
            let texts = value.as_array().map(|list| list.iter().filter_map(Json::as_str).map(str::to_owned).collect());
            let mut texts: Vec<String> = texts.unwrap_or_default();
            texts.sort();
            texts
        };
        let mut said = String::new();
        let one_of = resolved.get("oneOf").and_then(Json::as_array);
        let of_variants =
            one_of.map(|list| Json::Array(list.iter().filter_map(|one| one.get("const").cloned()).collect()));
        let list = resolved.get("enum").cloned().or(of_variants).unwrap_or(Json::Null);
        for word in words(&list) {
            said.push_str(&format!(" {word}"));
        }
        for bound in ["minimum", "maximum", "minLength"] {
            let number = resolved.get(bound).and_then(Json::as_i64);
            said.push_str(&number.map(|number| format!(" {bound} {number}")).unwrap_or_default());
        }
        found.insert(path.to_owned(), said);
        for (key, inner) in resolved.get("properties").and_then(Json::as_object).into_iter().flatten() {
            facts(inner, root, &format!("{path}.{key}"), found);
        }
    }

    /// The specs of one kind, by the types and by the definitions.
    fn both<T: JsonSchema>(kind: &str) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
        let typed = schemars::schema_for!(T).to_value();
        let mut own = BTreeMap::new();
        facts(typed.pointer("/properties/spec").expect("a spec"), &typed, "spec", &mut own);
        let definitions = crate::yaml::decode(include_bytes!("crds.yaml")).expect("definitions");
        let of_kind =
            |node: &&Node| node.find("spec.names.kind").and_then(Node::as_text).is_some_and(|name| name == kind);
        let definition = definitions.items().iter().find(of_kind).expect("its definition");
        let json: Json = from_node(definition).expect("it reads");
        let spec = "/spec/versions/0/schema/openAPIV3Schema/properties/spec";
        let mut theirs = BTreeMap::new();
        facts(json.pointer(spec).expect("a schema"), &json, "spec", &mut theirs);
        (own, theirs)
    }

    #[test]
    fn the_types_have_the_fields_words_and_bounds_of_the_definitions() {
        let (own, theirs) = both::<RedisCluster>("RedisCluster");
        assert_eq!(own, theirs);
        assert_eq!(own.len(), 56);
        let (own, theirs) = both::<RedisBackup>("RedisBackup");
        assert_eq!(own, theirs);
        let (own, theirs) = both::<RedisScheduledBackup>("RedisScheduledBackup");
        assert_eq!(own, theirs);
    }
}
