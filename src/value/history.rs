//! When the maps of a thread came to be, and when they were changed.
//!
//! In: births and changes of maps, beginnings of calls. Out: whether anything that a call could
//! have read has changed since it began, so that its result may stand for another call.

use std::cell::{Cell, RefCell};

/// A moment: births, beginnings and changes are counted in one row.
pub(crate) type Moment = u64;

/// A change of a map.
#[derive(Debug, Clone, Copy)]
struct Change {
    at: Moment,
    /// When the map came to be.
    age: Moment,
}

/// So many changes are kept apart; past that, neighbours become one, which is careful: an older map
/// then seems to have changed later.
const MOST_CHANGES: usize = 512;

struct History {
    clock: Cell<Moment>,
    /// The last beginning of a call.
    begun: Cell<Moment>,
    /// The age of the map that is being opened.
    opening: Cell<Option<Moment>>,
    /// How often a fleeting map was looked at.
    fleeting: Cell<u64>,
    /// Later changes of younger maps only: what changed later, and is older, stands for what it
    /// follows. So both numbers grow from first to last.
    changes: RefCell<Vec<Change>>,
}

thread_local! {
    static HISTORY: History = const {
        History {
            clock: Cell::new(1),
            begun: Cell::new(0),
            opening: Cell::new(None),
            fleeting: Cell::new(0),
            changes: RefCell::new(Vec::new()),
        }
    };
}

impl History {
    fn tick(&self) -> Moment {
        let now = self.clock.get() + 1;
        self.clock.set(now);
        now
    }
}

/// A map comes to be: its number, which no other map of the thread ever has, and its age. What is
/// found in a map when it is opened was there as long as the map.
pub(super) fn born() -> (Moment, Moment) {
    HISTORY.with(|history| {
        let now = history.tick();
        (now, history.opening.get().unwrap_or(now))
    })
}

/// Opens a map of an age: the maps that `make` makes are as old.
pub(super) fn opening<T>(age: Moment, make: impl FnOnce() -> T) -> T {
    let outer = HISTORY.with(|history| history.opening.replace(Some(age)));
    let made = make();
    HISTORY.with(|history| history.opening.set(outer));
    made
}

/// Notes the change of a map of an age.
pub(super) fn changed(age: Moment) {
    HISTORY.with(|history| {
        // No call that has begun can know the map, and those that will find it as it is now.
        if age >= history.begun.get() {
            return;
        }
        let at = history.tick();
        let mut changes = history.changes.borrow_mut();
        while changes.last().is_some_and(|last| last.age >= age) {
            changes.pop();
        }
        if changes.len() >= MOST_CHANGES {
            let pairs = changes.chunks(2).filter_map(|pair| {
                let (first, last) = (pair.first()?, pair.last()?);
                Some(Change { at: last.at, age: first.age })
            });
            let pairs = pairs.collect();
            *changes = pairs;
        }
        changes.push(Change { at, age });
    });
}

/// Notes that a fleeting map was looked at.
pub(super) fn looked_at_fleeting() {
    HISTORY.with(|history| history.fleeting.set(history.fleeting.get() + 1));
}

/// How often a fleeting map was looked at so far.
pub(crate) fn fleeting_looks() -> u64 {
    HISTORY.with(|history| history.fleeting.get())
}

/// Begins a call: maps that come now are younger than it.
pub(crate) fn begin() -> Moment {
    HISTORY.with(|history| {
        let now = history.tick();
        history.begun.set(now);
        now
    })
}

/// Whether a map that is older than a call has changed since the call began.
pub(crate) fn has_changed_since(began: Moment) -> bool {
    HISTORY.with(|history| {
        let changes = history.changes.borrow();
        let later = changes.partition_point(|change| change.at <= began);
        // The first of the later ones is of the oldest map.
        changes.get(later).is_some_and(|change| change.age < began)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Map, Value};
    use super::*;

    #[test]
    fn a_call_is_touched_by_changes_of_older_maps_only() {
        let old = Map::new();
        let began = begin();
        let young = Map::new();
        young.insert("a", Value::Nil);
        begin();
        young.insert("b", Value::Nil);
        assert!(!has_changed_since(began));
        old.insert("a", Value::Nil);
        assert!(has_changed_since(began));
        let again = begin();
        assert!(!has_changed_since(again));
        young.remove(b"a");
        assert!(has_changed_since(again) && has_changed_since(began));
    }

    #[test]
    fn a_later_change_of_a_younger_map_hides_no_earlier_one_of_an_older_map() {
        let (old, first) = (Map::new(), begin());
        let (young, second) = (Map::new(), begin());
        old.insert("a", Value::Nil);
        young.insert("a", Value::Nil);
        assert!(has_changed_since(first) && has_changed_since(second));
        let third = begin();
        young.insert("b", Value::Nil);
        assert!(has_changed_since(third) && has_changed_since(first));
    }

    #[test]
    fn however_many_changes_there_are_none_is_forgotten() {
        let old = Map::new();
        let mut calls = vec![begin()];
        old.insert("a", Value::Nil);
        let mut maps = Vec::new();
        for _ in 0..3 * MOST_CHANGES {
            let map = Map::new();
            calls.push(begin());
            map.insert("a", Value::Nil);
            maps.push(map);
        }
        assert!(HISTORY.with(|history| history.changes.borrow().len() <= MOST_CHANGES + 1));
        assert!(calls.iter().all(|call| has_changed_since(*call)));
        assert!(!has_changed_since(begin()));
    }

    #[test]
    fn what_is_found_in_a_map_is_as_old_as_the_map() {
        let tree = crate::yaml::decode(b"a: {b: [{c: 1}]}").expect("a map of maps");
        let Value::Map(outer) = tree.to_value() else { panic!("a map") };
        let began = begin();
        let Some(Value::Map(inner)) = outer.get(b"a") else { panic!("a map") };
        let Some(Value::List(list)) = inner.get(b"b") else { panic!("a list") };
        assert!(!has_changed_since(began), "looking changes nothing");
        let Some(Value::Map(innermost)) = list.first() else { panic!("a map") };
        innermost.insert("c", Value::Nil);
        assert!(has_changed_since(began));
    }
}
