//! What the lists and maps of a thread take, and how they go away.
//!
//! In: lists and maps as they come and go. Out: an estimate of their bytes, for the limit on
//! memory; and drops that need no stack, however deep a template nested what is dropped.

use super::Value;
use std::cell::Cell;

/// A list without its items: the allocation's head.
const LIST_BYTES: usize = 32;
/// A map without entries, or with a few: a node of the tree has room for eleven.
const MAP_BYTES: usize = 512;
/// An entry of a map, its share of half empty nodes included.
const ENTRY_BYTES: usize = 96;

thread_local! {
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

/// About how many bytes the lists and maps of this thread take, without their texts.
pub(crate) fn bytes() -> usize {
    BYTES.get()
}

/// Bytes of a list with so many items.
pub(super) const fn list(items: usize) -> usize {
    LIST_BYTES + items * size_of::<Value>()
}

/// Bytes of a map with so many entries.
pub(super) const fn map(entries: usize) -> usize {
    MAP_BYTES + entries * ENTRY_BYTES
}

/// Bytes of one more entry.
pub(super) const fn entry() -> usize {
    ENTRY_BYTES
}

/// Notes what came.
pub(super) fn came(bytes: usize) {
    BYTES.set(BYTES.get().wrapping_add(bytes));
}

/// Notes what went.
pub(super) fn went(bytes: usize) {
    BYTES.set(BYTES.get().wrapping_sub(bytes));
}

/// Takes lists and maps out of values that are about to go, so that none is dropped inside another.
pub(super) fn gather<'v>(values: impl Iterator<Item = &'v mut Value>, waiting: &mut Vec<Value>) {
    waiting.extend(values.filter(|value| matches!(value, Value::List(_) | Value::Map(_))).map(std::mem::take));
}

/// Drops lists and maps one after the other: each gives up what it holds before it goes.
pub(super) fn release(mut waiting: Vec<Value>) {
    while let Some(mut value) = waiting.pop() {
        match &mut value {
            Value::List(list) => list.give_up(&mut waiting),
            Value::Map(map) => map.give_up(&mut waiting),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Map;

    fn nested(levels: usize) -> Value {
        let wrap = |inner: Value, level: usize| {
            if level.is_multiple_of(2) {
                Value::list(vec![inner, Value::Nil])
            } else {
                Value::Map([("a".into(), inner)].into_iter().collect::<Map>())
            }
        };
        (0..levels).fold(Value::Nil, wrap)
    }

    #[test]
    fn a_deep_value_goes_away_and_leaves_nothing_counted() {
        let before = bytes();
        let deep = nested(200_000);
        assert!(bytes() - before > 200_000 * 32);
        let shared = deep.clone();
        drop(deep);
        assert!(shared.as_map().is_some_and(|map| map.len() == 1), "the other owner keeps it");
        drop(shared);
        assert_eq!(bytes(), before);
    }

    #[test]
    fn entries_are_counted_as_they_come_and_go() {
        let before = bytes();
        let map = Map::new();
        map.insert("a", Value::Nil);
        map.insert("a", Value::Bool(true));
        map.insert("b", Value::Nil);
        assert_eq!(bytes() - before, super::map(2));
        map.remove(b"b");
        map.remove(b"c");
        assert_eq!(bytes() - before, super::map(1));
        drop(map.cast(crate::value::MapKind::Values));
        drop(map);
        assert_eq!(bytes(), before);
    }
}
