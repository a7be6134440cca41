//! A Go map with string keys, shared by reference.

use super::entries::Entries;
use super::history::{self, Moment};
use super::{Node, Str, Value, live};
use std::cell::{Ref, RefCell, RefMut};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// Which Go map type a map is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapKind {
    /// `map[string]interface {}`.
    Any,
    /// Helm's `common.Values`: the same map with methods; the root context and `.Values`.
    Values,
    /// `map[string]string`, what `split` returns.
    Strings,
}

impl MapKind {
    /// Go's name of the map type.
    pub fn type_name(self) -> &'static str {
        match self {
            MapKind::Any => "map[string]interface {}",
            MapKind::Values => "common.Values",
            MapKind::Strings => "map[string]string",
        }
    }
}

/// A map by reference: clones share their entries. Entries are held in key order.
#[derive(Debug, Clone)]
pub struct Map {
    kind: MapKind,
    /// Go's nil map: it has no entries and can get none.
    nil: bool,
    shared: Rc<Shared>,
}

/// What the clones of a map share.
#[derive(Debug)]
pub(super) struct Shared {
    /// No other map of the thread ever has this number.
    number: Moment,
    /// When it came to be, or what it was found in.
    age: Moment,
    /// Whether another takes its place while the run goes on: see [`Map::fleeting`].
    fleeting: bool,
    entries: RefCell<Entries<Value>>,
}

impl Shared {
    fn new(entries: Entries<Value>, fleeting: bool) -> Rc<Shared> {
        let (number, age) = history::born();
        Rc::new(Shared { number, age, fleeting, entries: RefCell::new(entries) })
    }
}

impl Default for Map {
    fn default() -> Self {
        Map::new()
    }
}

impl Map {
    /// An empty `map[string]interface {}`.
    pub fn new() -> Self {
        Map::of(MapKind::Any, BTreeMap::new())
    }

    /// A map of the given kind.
    pub fn of(kind: MapKind, entries: BTreeMap<Str, Value>) -> Self {
        live::came(live::map(entries.len()));
        Map { kind, nil: false, shared: Shared::new(Entries::Live(entries), false) }
    }

    /// A `map[string]interface {}` with the entries of a tree, which stays as it is.
    pub fn frozen(entries: &Arc<BTreeMap<Str, Node>>) -> Self {
        Map { kind: MapKind::Any, nil: false, shared: Shared::new(Entries::Frozen(Arc::clone(entries)), false) }
    }

    /// A map that is one thing now and another one later, as `.Template` is in each file: whoever
    /// looks into it may see something else next time, though no map was changed.
    pub(crate) fn fleeting(entries: BTreeMap<Str, Value>) -> Self {
        live::came(live::map(entries.len()));
        Map { kind: MapKind::Values, nil: false, shared: Shared::new(Entries::Live(entries), true) }
    }

    /// A nil map: prints `map[]`, is `null` in JSON. Ask [`is_nil`](Map::is_nil) before you put
    /// anything into a map that a template made.
    pub fn nil(kind: MapKind) -> Self {
        let mut map = Map::of(kind, BTreeMap::new());
        map.nil = true;
        map
    }

    /// Whether this is Go's nil map.
    pub fn is_nil(&self) -> bool {
        self.nil
    }

    /// Which map type this is.
    pub fn kind(&self) -> MapKind {
        self.kind
    }

    /// The same entries, by reference, seen as another map type.
    #[must_use]
    pub fn cast(&self, kind: MapKind) -> Map {
        Map { kind, nil: self.nil, shared: Rc::clone(&self.shared) }
    }

    /// The entries to change, counted when they become this run's own.
    fn live(&self) -> RefMut<'_, BTreeMap<Str, Value>> {
        let entries = self.shared.entries.borrow_mut();
        if let Entries::Frozen(map) = &*entries {
            live::came(live::map(map.len()));
            let open = |entries| RefMut::map(entries, |entries: &mut Entries<Value>| entries.live(Node::to_value));
            return history::opening(self.shared.age, || open(entries));
        }
        RefMut::map(entries, |entries| entries.live(Node::to_value))
    }

    /// The entries, as one looks at them.
    fn look(&self) -> Ref<'_, Entries<Value>> {
        if self.shared.fleeting {
            history::looked_at_fleeting();
        }
        self.shared.entries.borrow()
    }

    /// The entries, borrowed. Change nothing of this map while the borrow lives.
    pub fn entries(&self) -> Ref<'_, BTreeMap<Str, Value>> {
        if matches!(*self.shared.entries.borrow(), Entries::Frozen(_)) {
            drop(self.live());
        }
        Ref::map(self.look(), |entries| match entries {
            Entries::Live(entries) => entries,
            Entries::Frozen(_) => unreachable!("made live above"),
        })
    }

    /// A copy of the entries (values by reference), safe to walk while the map changes.
    pub fn snapshot(&self) -> Vec<(Str, Value)> {
        self.entries().iter().map(|(k, v)| (k.clone(), v.clone())).collect()
    }

    /// The entries, when they are this run's own: what nobody has looked into hands out no map.
    pub(crate) fn opened(&self) -> Option<Ref<'_, BTreeMap<Str, Value>>> {
        Ref::filter_map(self.look(), |entries| match entries {
            Entries::Live(entries) => Some(entries),
            Entries::Frozen(_) => None,
        })
        .ok()
    }

    /// The value under a key.
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        self.entries().get(key).cloned()
    }

    /// Whether the key is there, also with nil under it.
    pub fn contains(&self, key: &[u8]) -> bool {
        match &*self.look() {
            Entries::Frozen(map) => map.contains_key(key),
            Entries::Live(map) => map.contains_key(key),
        }
    }

    /// Puts a value under a key, in this map and all its clones.
    pub fn insert(&self, key: impl Into<Str>, value: Value) {
        // Outside of the borrow: what it replaces may be dropped, and hold this map.
        let old = self.live().insert(key.into(), value);
        history::changed(self.shared.age);
        if old.is_none() {
            live::came(live::entry());
        }
    }

    /// As [`insert`](Map::insert), where the value may hold this map: a run ends such cycles.
    pub fn put(&self, key: impl Into<Str>, value: Value) {
        if matches!(value, Value::List(_) | Value::Map(_)) {
            live::changed(&self.shared);
        }
        self.insert(key, value);
    }

    /// The map with these entries.
    pub(super) fn sharing(shared: Rc<Shared>) -> Map {
        Map { kind: MapKind::Any, nil: false, shared }
    }

    /// Takes all entries out; none where somebody looks at them right now.
    pub(super) fn take(&self) -> BTreeMap<Str, Value> {
        let Ok(mut entries) = self.shared.entries.try_borrow_mut() else { return BTreeMap::new() };
        let Entries::Live(own) = &mut *entries else { return BTreeMap::new() };
        let own = std::mem::take(own);
        history::changed(self.shared.age);
        live::went(own.len() * live::entry());
        own
    }

    /// Takes a key out of this map and all its clones.
    pub fn remove(&self, key: &[u8]) -> Option<Value> {
        let old = self.live().remove(key);
        history::changed(self.shared.age);
        if old.is_some() {
            live::went(live::entry());
        }
        old
    }

    /// Puts the lists and maps in it into `waiting`, when nobody else holds this map. That it is
    /// noted among the maps that may be in a cycle, by a weak reference, is no holding.
    pub(super) fn give_up(&mut self, waiting: &mut Vec<Value>) {
        if Rc::strong_count(&self.shared) == 1
            && let Ok(mut entries) = self.shared.entries.try_borrow_mut()
            && let Entries::Live(entries) = &mut *entries
        {
            live::gather(entries.values_mut(), waiting);
        }
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        match &*self.look() {
            Entries::Frozen(map) => map.len(),
            Entries::Live(map) => map.len(),
        }
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether both are the same map, not only equal ones.
    pub fn same(&self, other: &Map) -> bool {
        if self.shared.fleeting {
            history::looked_at_fleeting();
        }
        Rc::ptr_eq(&self.shared, &other.shared)
    }

    /// Its number, which no other map of this thread ever has; that of its clones too.
    pub(crate) fn number(&self) -> Moment {
        self.shared.number
    }

    /// The entries of a map that came to be after a moment, and not by opening an older one; none
    /// of one that nobody has looked into, or that is fleeting.
    pub(crate) fn entries_if_younger(&self, moment: Moment) -> Option<Ref<'_, BTreeMap<Str, Value>>> {
        if self.shared.age <= moment || self.shared.fleeting {
            return None;
        }
        self.opened()
    }

    /// Puts a [`fleeting`](Map::fleeting) map under a key. Where it takes the place of another,
    /// nothing counts as changed: who looked into that one knows that it was fleeting.
    pub(crate) fn pass(&self, key: &str, fleeting: Map) {
        let old = self.live().insert(key.into(), Value::Map(fleeting));
        if !matches!(&old, Some(Value::Map(old)) if old.shared.fleeting) {
            history::changed(self.shared.age);
        }
        if old.is_none() {
            live::came(live::entry());
        }
    }

    /// A copy that shares no map with this one.
    #[must_use]
    pub fn deep_copy(&self) -> Map {
        if self.nil {
            return Map::nil(self.kind);
        }
        match &*self.look() {
            Entries::Frozen(map) => Map::frozen(map).cast(self.kind),
            Entries::Live(map) => Map::of(self.kind, map.iter().map(|(k, v)| (k.clone(), v.deep_copy())).collect()),
        }
    }
}

/// As for lists: the last owner takes the entries apart itself. A map that holds itself has no
/// last owner: the end of the run empties it.
impl Drop for Map {
    fn drop(&mut self) {
        if Rc::strong_count(&self.shared) == 1 {
            if let Entries::Live(entries) = &*self.shared.entries.borrow() {
                live::went(live::map(entries.len()));
            }
            let mut waiting = Vec::new();
            self.give_up(&mut waiting);
            live::release(waiting);
        }
    }
}

impl FromIterator<(Str, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (Str, Value)>>(entries: I) -> Self {
        Map::of(MapKind::Any, entries.into_iter().collect())
    }
}

thread_local! {
    /// The pairs of maps whose comparison is under way, by address.
    static COMPARING: RefCell<BTreeSet<(usize, usize)>> = const { RefCell::new(BTreeSet::new()) };
}

/// As in Go, maps that contain themselves are equal when nothing outside of the cycle differs.
impl PartialEq for Map {
    fn eq(&self, other: &Map) -> bool {
        if self.same(other) {
            return true;
        }
        if self.kind != other.kind || self.nil != other.nil {
            return false;
        }
        let pair = (Rc::as_ptr(&self.shared) as usize, Rc::as_ptr(&other.shared) as usize);
        if !COMPARING.with_borrow_mut(|pairs| pairs.insert(pair)) {
            return true;
        }
        let equal = stacker::maybe_grow(64 * 1024, 1024 * 1024, || *self.entries() == *other.entries());
        COMPARING.with_borrow_mut(|pairs| pairs.remove(&pair));
        equal
    }
}
