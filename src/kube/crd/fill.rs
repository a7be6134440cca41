//! The defaults of a definition.
//!
//! In: a schema and an object. Out: the object with what the API server fills in before it looks at it. What is filled
//! in stands at the place of the map that lacked it.

use super::super::types::{Schema, Shape, Type};
use crate::value::{Data, Node};
use std::borrow::Cow;
use std::sync::Arc;

/// The object with its defaults, or as it is where the schema has none for it.
pub(super) fn filled<'n>(schema: &Schema, object: &'n Node) -> Cow<'n, Node> {
    let mut copy = object.clone();
    if fill(schema, &mut copy) { Cow::Owned(copy) } else { Cow::Borrowed(object) }
}

/// Fills in; whether there was anything to do.
fn fill(schema: &Schema, node: &mut Node) -> bool {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match &schema.shape {
        Shape::Struct(shape) => entries(shape, node),
        Shape::Map(item) if has_default(item) => {
            let Some(map) = node.as_map_mut() else { return false };
            // Every one of them, not only up to the first.
            map.values_mut().filter_map(|value| fill(item, value).then_some(())).count() > 0
        }
        Shape::List(list) if has_default(&list.item) => {
            let Data::List(items) = &mut node.data else { return false };
            Arc::make_mut(items).iter_mut().filter_map(|value| fill(&list.item, value).then_some(())).count() > 0
        }
        _ => false,
    })
}

fn entries(shape: &Type, node: &mut Node) -> bool {
    let origin = node.origin;
    if !shape.fields.iter().any(|field| has_default(&field.schema)) {
        return false;
    }
    let Some(map) = node.as_map_mut() else { return false };
    let mut changed = false;
    for field in &shape.fields {
        let limits = field.schema.limits.as_deref();
        let default = limits.and_then(|limits| limits.default.as_ref());
        let is_nullable = limits.is_some_and(|limits| limits.nullable);
        let is_absent = map.get(field.name.as_bytes()).is_none_or(|node| node.is_null() && !is_nullable);
        if let Some(default) = default.filter(|_| is_absent) {
            map.insert(field.name.as_ref().into(), Node { data: default.clone(), origin });
            changed = true;
        }
        if let Some(inner) = map.get_mut(field.name.as_bytes()) {
            changed |= fill(&field.schema, inner);
        }
    }
    changed
}

/// Whether a schema fills in anything, itself or below.
fn has_default(schema: &Schema) -> bool {
    schema.limits.as_ref().is_some_and(|limits| limits.default.is_some())
        || stacker::maybe_grow(64 * 1024, 1024 * 1024, || match &schema.shape {
            Shape::Struct(shape) => shape.fields.iter().any(|field| has_default(&field.schema)),
            Shape::Map(item) => has_default(item),
            Shape::List(list) => has_default(&list.item),
            _ => false,
        })
}
