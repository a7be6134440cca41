//! Custom resources by the CustomResourceDefinitions at hand.
//!
//! In: CRDs as objects. Out: [`Schemas`], which check their custom resources, and all other objects by the tables.

use super::at::At;
use super::check;
use super::kinds::KindId;
use super::problem::{Minor, Problem};
use super::schema::Walk;
use super::types::{Field, Limits, List, Pattern, Schema, Shape, Type};
use super::{range::Minors, rules};
use crate::value::{Data, Node};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// The kinds that some CRDs define, on top of those that Kubernetes has.
///
/// ```
/// use chartwright::kube::{Minor, Schemas};
/// let crd = chartwright::yaml::decode(b"
/// kind: CustomResourceDefinition
/// spec:
///   group: example.com
///   names: {kind: Widget, plural: widgets}
///   scope: Namespaced
///   versions:
///   - name: v1
///     schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}
/// ").unwrap();
/// let schemas = Schemas::from_crd(&crd);
/// let widget = b"{apiVersion: example.com/v1, kind: Widget, metadata: {name: a}, spec: {size: big}}";
/// let widget = chartwright::yaml::decode(widget).unwrap();
/// assert_eq!(schemas.check(Minor(35), &widget).unwrap()[0].rule, "wrong-type");
/// ```
#[derive(Debug, Default)]
pub struct Schemas {
    kinds: HashMap<(String, String), CustomKind>,
}

/// A kind of a CRD.
#[derive(Debug)]
struct CustomKind {
    shape: Arc<Type>,
    namespaced: bool,
}

impl Schemas {
    /// The kinds of one CRD; none when it is no CRD.
    pub fn from_crd(crd: &Node) -> Schemas {
        let mut schemas = Schemas::default();
        schemas.add(crd);
        schemas
    }

    /// Adds the kinds of a CRD. A version without a schema allows everything.
    pub fn add(&mut self, crd: &Node) {
        let crd = At::object(crd);
        if crd.text_of("kind") != Some("CustomResourceDefinition") {
            return;
        }
        let Some(spec) = crd.get("spec") else { return };
        let Some(group) = spec.text_of("group") else { return };
        let Some(kind) = spec.get("names").and_then(|names| names.text_of("kind")) else { return };
        let namespaced = spec.text_of("scope") != Some("Cluster");
        for version in spec.list("versions").filter(|version| version.bool_of("served") != Some(false)) {
            let Some(name) = version.text_of("name") else { continue };
            let shape = match version.find(&["schema", "openAPIV3Schema"]) {
                Some(schema) => root(&schema),
                None => Type { fields: Vec::new(), open: true },
            };
            let key = (format!("{group}/{name}"), kind.to_owned());
            self.kinds.insert(key, CustomKind { shape: Arc::new(shape), namespaced });
        }
    }

    /// Whether a CRD defines this kind, and if so whether its objects live in namespaces.
    pub fn is_namespaced(&self, api_version: &str, kind: &str) -> Option<bool> {
        Some(self.kinds.get(&(api_version.to_owned(), kind.to_owned()))?.namespaced)
    }

    /// Everything that an API server with these CRDs refuses in an object; `None` when it knows no such kind.
    pub fn check(&self, minor: Minor, object: &Node) -> Option<Vec<Problem>> {
        let id = KindId::of(object)?;
        let Some(kind) = self.kinds.get(&(id.api_version.to_owned(), id.kind.to_owned())) else {
            return check::check(minor, object);
        };
        let mut walk = Walk::new(minor.known(), true, false);
        walk.object("", &kind.shape, object);
        let mut problems = walk.problems;
        rules::check(id, minor.known(), &At::object(object), &mut problems);
        Some(problems)
    }
}

/// The schema of a whole object: it has `apiVersion`, `kind` and `metadata`, whatever the CRD says of them.
fn root(schema: &At<'_>) -> Type {
    let mut shape = fields(schema);
    shape.fields.retain(|field| !matches!(&*field.name, "apiVersion" | "kind" | "metadata"));
    shape.fields.extend([
        plain("apiVersion", Shape::Text),
        plain("kind", Shape::Text),
        plain("metadata", Shape::Named(Cow::Borrowed("meta.v1.ObjectMeta"))),
    ]);
    shape.fields.sort_by(|a, b| a.name.cmp(&b.name));
    shape
}

fn plain(name: &'static str, shape: Shape) -> Field {
    let schema = Schema { shape, limits: None };
    Field { name: Cow::Borrowed(name), required: false, schema, minors: Minors::ALL }
}

fn fields(schema: &At<'_>) -> Type {
    let required: Vec<&str> = schema.list("required").filter_map(|name| name.text()).collect();
    let properties = schema.get("properties");
    let mut fields: Vec<Field> = properties
        .iter()
        .flat_map(At::entries)
        .map(|(name, inner)| Field {
            required: required.contains(&&*name),
            schema: read(&inner),
            name: Cow::Owned(name.into_owned()),
            minors: Minors::ALL,
        })
        .collect();
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    let more = schema.node().get("additionalProperties").is_some_and(|more| more.data != Data::Bool(false));
    Type { fields, open: more || keeps_unknown(schema) }
}

fn keeps_unknown(schema: &At<'_>) -> bool {
    ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"]
        .iter()
        .any(|field| schema.bool_of(field) == Some(true))
}

fn read(schema: &At<'_>) -> Schema {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || Schema { shape: shape(schema), limits: limits(schema) })
}

fn shape(schema: &At<'_>) -> Shape {
    if schema.bool_of("x-kubernetes-int-or-string") == Some(true) {
        return Shape::IntOrString;
    }
    match (schema.text_of("type"), schema.text_of("format")) {
        (Some("string"), Some("byte")) => Shape::Bytes,
        (Some("string"), Some("date-time")) => Shape::Time,
        (Some("string"), _) => Shape::Text,
        (Some("integer"), Some("int32")) => Shape::Int32,
        (Some("integer"), _) => Shape::Int64,
        (Some("number"), _) => Shape::Number,
        (Some("boolean"), _) => Shape::Bool,
        (Some("array"), _) => {
            let item = schema.get("items").map(|items| read(&items)).unwrap_or_default();
            let keys = schema.list("x-kubernetes-list-map-keys").filter_map(|key| key.text());
            let keys = keys.map(|key| Cow::Owned(key.to_owned())).collect();
            let set = schema.text_of("x-kubernetes-list-type") == Some("set");
            Shape::List(Box::new(List { item, keys, set }))
        }
        (Some("object"), _) => match schema.get("additionalProperties") {
            Some(item) if !schema.has("properties") && item.node().as_map().is_some() => {
                Shape::Map(Box::new(read(&item)))
            }
            _ => Shape::Struct(Arc::new(fields(schema))),
        },
        _ => Shape::Any,
    }
}

fn limits(schema: &At<'_>) -> Option<Box<Limits>> {
    let number = |key: &str| match schema.node().get(key)?.data {
        Data::Float(number) => Some(number),
        Data::Int(number) => Some(number as f64),
        _ => None,
    };
    let first = |keys: [&str; 3]| keys.into_iter().find_map(number);
    let scalar = |node: &Node| matches!(node.data, Data::Str(_) | Data::Float(_) | Data::Int(_) | Data::Bool(_));
    let limits = Limits {
        default: schema.get("default").map(|default| default.node().data.clone()),
        words: schema
            .list("enum")
            .map(|word| word.node())
            .filter(|node| scalar(node))
            .map(|node| node.data.clone())
            .collect(),
        nullable: schema.bool_of("nullable") == Some(true),
        least: number("minimum"),
        most: number("maximum"),
        fewest: first(["minLength", "minItems", "minProperties"]),
        longest: first(["maxLength", "maxItems", "maxProperties"]),
        pattern: schema.text_of("pattern").map(|text| Pattern::new(text.to_owned())),
    };
    let says = limits.default.is_some()
        || !limits.words.is_empty()
        || limits.nullable
        || limits.least.or(limits.most).or(limits.fewest).or(limits.longest).is_some()
        || limits.pattern.is_some();
    says.then(|| Box::new(limits))
}
