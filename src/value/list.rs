//! A Go slice. No template function changes one in place, so it is immutable and shared.

use super::{Value, live};
use std::cell::OnceCell;
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
    items: Items,
    nil: bool,
}

/// What a list holds.
#[derive(Debug, Clone)]
enum Items {
    Values(Rc<[Value]>),
    /// A file's bytes, which are values only once somebody looks: `range .Files.Glob` hands each
    /// file to a variable that hardly any template reads.
    Bytes(Rc<Bytes>),
}

#[derive(Debug)]
struct Bytes {
    bytes: bytes::Bytes,
    values: OnceCell<Box<[Value]>>,
}

impl Bytes {
    fn values(&self) -> &[Value] {
        self.values.get_or_init(|| {
            live::came(live::list(self.bytes.len()));
            self.bytes.iter().map(|byte| Value::Int(i64::from(*byte))).collect()
        })
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        if let Some(values) = self.values.get() {
            live::went(live::list(values.len()));
        }
    }
}

impl List {
    /// A `[]interface {}`.
    pub fn new(items: Vec<Value>) -> Self {
        List::of(ListKind::Any, items)
    }

    /// A list of the given kind; the items must be of it.
    pub fn of(kind: ListKind, items: Vec<Value>) -> Self {
        live::came(live::list(items.len()));
        List { kind, items: Items::Values(items.into()), nil: false }
    }

    /// A `[]string`.
    pub fn strings<S: Into<super::Str>>(items: impl IntoIterator<Item = S>) -> Self {
        List::of(ListKind::Strings, items.into_iter().map(|s| Value::Str(s.into())).collect())
    }

    /// A `[]uint8`.
    pub fn bytes(bytes: bytes::Bytes) -> Self {
        let items = Items::Bytes(Rc::new(Bytes { bytes, values: OnceCell::new() }));
        List { kind: ListKind::Bytes, items, nil: false }
    }

    /// A nil slice: prints `[]`, is `null` in JSON and YAML.
    pub fn nil(kind: ListKind) -> Self {
        live::came(live::list(0));
        List { kind, items: Items::Values(Rc::from([])), nil: true }
    }

    /// Whether this is Go's nil slice.
    pub fn is_nil(&self) -> bool {
        self.nil
    }

    /// Puts the lists and maps in it into `waiting`, when nobody else holds this list.
    pub(super) fn give_up(&mut self, waiting: &mut Vec<Value>) {
        if let Items::Values(items) = &mut self.items
            && let Some(items) = Rc::get_mut(items)
        {
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
        if let Items::Values(items) = &self.items
            && Rc::strong_count(items) == 1
        {
            live::went(live::list(items.len()));
            let mut waiting = Vec::new();
            self.give_up(&mut waiting);
            live::release(waiting);
        }
    }
}

impl Deref for List {
    type Target = [Value];
    fn deref(&self) -> &[Value] {
        match &self.items {
            Items::Values(values) => values,
            Items::Bytes(bytes) => bytes.values(),
        }
    }
}

/// Go's DeepEqual: equal slice types, equal items, and a nil slice differs from an empty one.
impl PartialEq for List {
    fn eq(&self, other: &List) -> bool {
        self.kind == other.kind
            && self.nil == other.nil
            && stacker::maybe_grow(64 * 1024, 1024 * 1024, || self[..] == other[..])
    }
}
