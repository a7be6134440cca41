//! What the lists and maps of a thread take, and how they go away.
//!
//! In: lists and maps as they come and go. Out: an estimate of their bytes, for the limit on
//! memory; drops that need no stack, however deep a template nested what is dropped; and an end
//! to maps that hold themselves, which have no last owner.

use super::map::Shared;
use super::{Map, Value};
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

/// A list without its items: the allocation's head.
const LIST_BYTES: usize = 32;
/// A map without entries, or with a few: a node of the tree has room for eleven.
const MAP_BYTES: usize = 512;
/// An entry of a map, its share of half empty nodes included.
const ENTRY_BYTES: usize = 96;

thread_local! {
    static BYTES: Cell<usize> = const { Cell::new(0) };
    /// How often a list or a map was put into a map.
    static PUTS: Cell<u64> = const { Cell::new(0) };
}

/// How often a list or a map was put into a map that was there, on this thread: nothing else can
/// make a map hold itself.
pub(crate) fn puts() -> u64 {
    PUTS.get()
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

/// The maps that got lists or maps put into them, by address: the only ones that may be in a cycle.
#[derive(Debug, Default)]
struct Changed {
    maps: FxHashMap<usize, Weak<Shared>>,
    /// So many may be noted before those that are gone are looked for.
    room: usize,
}

thread_local! {
    static CHANGED: RefCell<Option<Changed>> = const { RefCell::new(None) };
}

/// Fewer maps than this are not worth looking for those that are gone.
const LEAST_ROOM: usize = 1_000;

/// While it lives, maps that are changed on this thread are noted; when it goes, those that are
/// still held are emptied, which breaks every cycle. No value of a run may be used after it.
#[derive(Debug)]
pub(crate) struct Cycles {
    outer: Option<Changed>,
}

impl Cycles {
    /// Begins to note.
    pub(crate) fn watch() -> Self {
        Cycles { outer: CHANGED.replace(Some(Changed { room: LEAST_ROOM, ..Changed::default() })) }
    }
}

impl Drop for Cycles {
    fn drop(&mut self) {
        let changed = CHANGED.replace(self.outer.take());
        for map in changed.into_iter().flat_map(|changed| changed.maps.into_values()) {
            // As a map, not as what it shares: only maps are counted when they go.
            let Some(map) = map.upgrade().map(Map::sharing) else { continue };
            let mut waiting = Vec::new();
            gather(map.take().values_mut(), &mut waiting);
            release(waiting);
        }
    }
}

/// Notes a map that holds a list or a map since now.
pub(super) fn changed(map: &Rc<Shared>) {
    PUTS.set(PUTS.get() + 1);
    CHANGED.with_borrow_mut(|changed| {
        let Some(changed) = changed else { return };
        if changed.maps.len() >= changed.room {
            changed.maps.retain(|_, map| map.strong_count() > 0);
            changed.room = LEAST_ROOM.max(2 * changed.maps.len());
        }
        changed.maps.entry(Rc::as_ptr(map).addr()).or_insert_with(|| Rc::downgrade(map));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_deep_value_goes_away_where_its_maps_were_changed() {
        let before = bytes();
        let run = Cycles::watch();
        let wrap = |inner: Map, _| {
            let map = Map::new();
            map.put("a", Value::Map(inner));
            map
        };
        let deep = (0..200_000).fold(Map::new(), wrap);
        drop(deep);
        assert_eq!(bytes(), before);
        drop(run);
        assert_eq!(bytes(), before);
    }

    #[test]
    fn a_map_that_holds_itself_goes_when_its_run_ends() {
        let before = bytes();
        let run = Cycles::watch();
        for _ in 0..5_000 {
            let (map, inner) = (Map::new(), Map::new());
            map.put("inner", Value::Map(inner.clone()));
            inner.put("list", Value::list(vec![Value::Map(map)]));
        }
        assert!(bytes() - before > 5_000 * 2 * MAP_BYTES);
        let kept = Map::new();
        kept.put("a", Value::Bool(true));
        drop(run);
        assert_eq!(bytes() - before, super::map(1));
        assert_eq!(kept.len(), 1, "what holds nothing is left alone");
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
