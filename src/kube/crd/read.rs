//! The types that a CustomResourceDefinition writes down.
//!
//! In: `openAPIV3Schema` of a version. Out: its [`Schema`]. What stands in `allOf`, `anyOf`, `oneOf` and `not` says less
//! than a schema of its own: there a field without a type is of any, and fields that are not named may stand there.

use super::super::at::At;
use super::super::range::Minors;
use super::super::types::{Field, Limits, List, More, Pattern, Schema, Shape, Type};
use super::{Expression, Format};
use crate::value::{Data, Node};
use std::borrow::Cow;
use std::sync::Arc;

/// The schema of a whole object: it has `apiVersion`, `kind` and `metadata`, whatever the CRD says of them. Without a
/// schema everything is allowed.
pub(super) fn root(schema: Option<&At<'_>>) -> Schema {
    let mut shape = match schema {
        Some(schema) => fields(schema, false),
        None => Type { fields: Vec::new(), open: true },
    };
    shape.fields.retain(|field| !matches!(&*field.name, "apiVersion" | "kind" | "metadata"));
    shape.fields.extend([
        plain("apiVersion", Shape::Text),
        plain("kind", Shape::Text),
        plain("metadata", Shape::Named(Cow::Borrowed("meta.v1.ObjectMeta"))),
    ]);
    shape.fields.sort_by(|a, b| a.name.cmp(&b.name));
    Schema { shape: Shape::Struct(Arc::new(shape)), limits: schema.and_then(limits) }
}

fn plain(name: &'static str, shape: Shape) -> Field {
    let schema = Schema { shape, limits: None };
    Field { name: Cow::Borrowed(name), required: false, schema, minors: Minors::ALL }
}

fn deep<T>(run: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, run)
}

/// A schema with a type.
fn full(schema: &At<'_>) -> Schema {
    deep(|| Schema { shape: shape(schema), limits: limits(schema) })
}

/// A form: what stands in `anyOf` and its like.
fn form(schema: &At<'_>) -> Schema {
    let shape = || match () {
        () if schema.has("type") => shape(schema),
        () if schema.has("properties") || schema.has("required") => Shape::Struct(Arc::new(fields(schema, true))),
        () => match (schema.get("items"), schema.get("additionalProperties")) {
            (Some(items), _) => Shape::List(Box::new(List { item: form(&items), keys: Vec::new(), set: false })),
            (None, Some(entries)) if entries.node().as_map().is_some() => Shape::Map(Box::new(form(&entries))),
            (None, _) => Shape::Any,
        },
    };
    deep(|| Schema { shape: shape(), limits: limits(schema) })
}

fn fields(schema: &At<'_>, is_form: bool) -> Type {
    let required: Vec<&str> = schema.list("required").filter_map(|name| name.text()).collect();
    let properties = schema.get("properties");
    let entries = properties.iter().flat_map(At::entries);
    let mut fields: Vec<Field> = entries
        .map(|(name, inner)| Field {
            required: required.contains(&&*name),
            schema: if is_form { form(&inner) } else { full(&inner) },
            name: Cow::Owned(name.into_owned()),
            minors: Minors::ALL,
        })
        .collect();
    let must = |name: &str| Field {
        name: Cow::Owned(name.to_owned()),
        required: true,
        schema: Schema::default(),
        minors: Minors::ALL,
    };
    let has = |fields: &[Field], name: &str| fields.iter().any(|field| field.name == name);
    if is_form {
        // A form asks for fields that the schema around it describes.
        let others: Vec<Field> = required.iter().filter(|name| !has(&fields, name)).map(|name| must(name)).collect();
        fields.extend(others);
    }
    if schema.bool_of(EMBEDDED) == Some(true) {
        fields.retain(|field| !matches!(&*field.name, "apiVersion" | "kind"));
        let text =
            || Schema { shape: Shape::Text, limits: Some(Box::new(Limits { fewest: Some(1.0), ..Limits::default() })) };
        fields.extend(["apiVersion", "kind"].map(|name| Field { schema: text(), ..must(name) }));
        if !has(&fields, "metadata") {
            fields.push(plain("metadata", Shape::Named(Cow::Borrowed("meta.v1.ObjectMeta"))));
        }
    }
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    let more = schema.node().get("additionalProperties").is_some_and(|more| more.data != Data::Bool(false));
    Type { fields, open: is_form || more || keeps_unknown(schema) }
}

const EMBEDDED: &str = "x-kubernetes-embedded-resource";
const PRESERVE: &str = "x-kubernetes-preserve-unknown-fields";

fn keeps_unknown(schema: &At<'_>) -> bool {
    schema.bool_of(PRESERVE) == Some(true)
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
            let item = schema.get("items").map(|items| full(&items)).unwrap_or_default();
            let keys = schema.list("x-kubernetes-list-map-keys").filter_map(|key| key.text());
            let keys = keys.map(|key| Cow::Owned(key.to_owned())).collect();
            let set = schema.text_of("x-kubernetes-list-type") == Some("set");
            Shape::List(Box::new(List { item, keys, set }))
        }
        (Some("object"), _) => match schema.get("additionalProperties") {
            Some(item) if !schema.has("properties") && item.node().as_map().is_some() => {
                Shape::Map(Box::new(full(&item)))
            }
            _ => Shape::Struct(Arc::new(fields(schema, false))),
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
        more: more(schema, number("multipleOf")),
    };
    let says = limits.default.is_some()
        || !limits.words.is_empty()
        || limits.nullable
        || limits.least.or(limits.most).or(limits.fewest).or(limits.longest).is_some()
        || limits.pattern.is_some()
        || limits.more.is_some();
    says.then(|| Box::new(limits))
}

fn more(schema: &At<'_>, multiple_of: Option<f64>) -> Option<Box<More>> {
    let forms = |key| schema.list(key).map(|one| form(&one)).collect();
    let more = More {
        above: schema.bool_of("exclusiveMinimum") == Some(true),
        below: schema.bool_of("exclusiveMaximum") == Some(true),
        multiple_of,
        format: schema.text_of("format").and_then(Format::named),
        all: forms("allOf"),
        any: forms("anyOf"),
        one: forms("oneOf"),
        not: schema.get("not").map(|one| form(&one)),
        rules: schema.list("x-kubernetes-validations").filter_map(|rule| Expression::read(&rule)).collect(),
    };
    let says = more.above
        || more.below
        || more.multiple_of.is_some()
        || more.format.is_some()
        || !(more.all.is_empty() && more.any.is_empty() && more.one.is_empty() && more.rules.is_empty())
        || more.not.is_some();
    says.then(|| Box::new(more))
}
