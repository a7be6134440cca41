//! A Go slice. No template function changes one in place, so it is immutable and shared.

use super::{Value, live};
use std::ops::Deref;
use std::rc::Rc;

/// Which Go slice type a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListKind {
    /// `[]interface {}`.
    Any,
    /// `[]string`, the items are `Str`.
    Strings,
    /// `[]int`, the items are `Int`.
    Ints,
    /// `[]uint8`, the items are `Int`.
    Bytes,
    /// `[]map[string]interface {}`, the items are `Map`.
    Maps,
    /// `[][]interface {}` (what `chunk` returns), the items are `List`.
    Lists,
}

impl ListKind {
    /// Go's name of the slice type.
    pub fn type_name(self) -> &'static str {
        match self {
            ListKind::Any => "[]interface {}",
            ListKind::Strings => "[]string",
            ListKind::Ints => "[]int",
            ListKind::Bytes => "[]uint8",
            ListKind::Maps => "[]map[string]interface {}",
            ListKind::Lists => "[][]interface {}",
        }
    }
}

/// An immutable list of values; derefs to `[Value]`.
#[derive(Debug, Clone)]
pub struct List {
    kind: ListKind,
    items: Rc<[Value]>,
    nil: bool,
}

impl List {
    /// A `[]interface {}`.
    pub fn new(items: Vec<Value>) -> Self {
        List::of(ListKind::Any, items)
    }

    /// A list of the given kind; the items must be of it.
    pub fn of(kind: ListKind, items: Vec<Value>) -> Self {
        live::came(live::list(items.len()));
        List { kind, items: items.into(), nil: false }
    }

    /// A `[]string`.
    pub fn strings<S: Into<super::Str>>(items: impl IntoIterator<Item = S>) -> Self {
        List::of(ListKind::Strings, items.into_iter().map(|s| Value::Str(s.into())).collect())
    }

    /// A nil slice: prints `[]`, is `null` in JSON and YAML.
    pub fn nil(kind: ListKind) -> Self {
        live::came(live::list(0));
        List { kind, items: Rc::from([]), nil: true }
    }

    /// Whether this is Go's nil slice.
    pub fn is_nil(&self) -> bool {
        self.nil
    }

    /// Puts the lists and maps in it into `waiting`, when nobody else holds this list.
    pub(super) fn give_up(&mut self, waiting: &mut Vec<Value>) {
        if let Some(items) = Rc::get_mut(&mut self.items) {
            live::gather(items.iter_mut(), waiting);
        }
    }

    /// Which slice type this is.
    pub fn kind(&self) -> ListKind {
        self.kind
    }
}

/// The last owner takes the items apart itself: nested as deep as a template likes, they
/// would overflow the stack.
impl Drop for List {
    fn drop(&mut self) {
        if Rc::strong_count(&self.items) == 1 {
            live::went(live::list(self.items.len()));
            let mut waiting = Vec::new();
            self.give_up(&mut waiting);
            live::release(waiting);
        }
    }
}

impl Deref for List {
    type Target = [Value];
    fn deref(&self) -> &[Value] {
        &self.items
    }
}

/// Go's DeepEqual: equal slice types, equal items, and a nil slice differs from an empty one.
impl PartialEq for List {
    fn eq(&self, other: &List) -> bool {
        self.kind == other.kind
            && self.nil == other.nil
            && stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.items[..] == other.items[..])
    }
}
