//! Plain data that can cross threads: what charts, values files and layers are kept in.

use super::{List, Map, Str, Value};
use crate::path::Step;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where a node was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Origin {
    /// Index of the layer in the table that goes with the tree.
    pub layer: u32,
    /// Line from 1; 0 when there is none (`--set`).
    pub line: u32,
    /// Column from 1 in bytes; 0 when there is none.
    pub column: u32,
}

/// A value with the place that wrote it. Equality ignores the place.
#[derive(Debug, Clone, Default)]
pub struct Node {
    /// The value.
    pub data: Data,
    /// Who set it.
    pub origin: Origin,
}

/// The value of a [`Node`]. A copy shares lists and maps until one side changes its own.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Data {
    /// Null.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// An `int64`, only ever from `--set`.
    Int(i64),
    /// A `float64`: every number from YAML or JSON.
    Float(f64),
    /// A string.
    Str(Str),
    /// A list.
    List(Arc<Vec<Node>>),
    /// A map in key order.
    Map(Arc<BTreeMap<Str, Node>>),
}

impl Data {
    /// A list of these items.
    pub fn list(items: Vec<Node>) -> Data {
        Data::List(Arc::new(items))
    }

    /// A map of these entries.
    pub fn map(entries: BTreeMap<Str, Node>) -> Data {
        Data::Map(Arc::new(entries))
    }

    /// Go's name of the type, as `%T` prints it; `<nil>` for null.
    pub fn type_name(&self) -> &'static str {
        match self {
            Data::Null => "<nil>",
            Data::Bool(_) => "bool",
            Data::Int(_) => "int64",
            Data::Float(_) => "float64",
            Data::Str(_) => "string",
            Data::List(_) => "[]interface {}",
            Data::Map(_) => "map[string]interface {}",
        }
    }
}

/// Runs what follows a tree downwards, with stack enough for one more level.
fn deep<T>(run: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, run)
}

impl PartialEq for Node {
    fn eq(&self, other: &Node) -> bool {
        self.data == other.data
    }
}

impl Node {
    /// A node without a place.
    pub fn new(data: Data) -> Self {
        Node { data, origin: Origin::default() }
    }

    /// The entries, when it is a map.
    pub fn as_map(&self) -> Option<&BTreeMap<Str, Node>> {
        if let Data::Map(map) = &self.data { Some(map) } else { None }
    }

    /// The entries to change, when it is a map.
    pub fn as_map_mut(&mut self) -> Option<&mut BTreeMap<Str, Node>> {
        if let Data::Map(map) = &mut self.data { Some(Arc::make_mut(map)) } else { None }
    }

    /// The child under a key, when it is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key.as_bytes())
    }

    /// The node at a path of keys: `spec.template.spec`. A number is an index where a list stands.
    ///
    /// ```
    /// let node = chartwright::yaml::decode(b"a: {b: [{c: 1}]}").unwrap();
    /// assert_eq!(node.find("a.b.0.c").and_then(|node| node.as_number()), Some(1.0));
    /// ```
    pub fn find(&self, path: &str) -> Option<&Node> {
        path.split('.').try_fold(self, |node, key| match &node.data {
            Data::List(items) => items.get(key.parse::<usize>().ok()?),
            _ => node.get(key),
        })
    }

    /// The node one step down.
    pub fn step(&self, step: &Step) -> Option<&Node> {
        match (step, &self.data) {
            (Step::Key(key), _) => self.get(key),
            (Step::Index(index), Data::List(items)) => items.get(*index),
            (Step::Index(_), _) => None,
        }
    }

    /// The text, when it is one; bytes that are not UTF-8 become U+FFFD.
    pub fn as_text(&self) -> Option<Cow<'_, str>> {
        if let Data::Str(text) = &self.data { Some(text.to_text()) } else { None }
    }

    /// The items, when it is a list; none otherwise.
    pub fn items(&self) -> &[Node] {
        if let Data::List(items) = &self.data { items } else { &[] }
    }

    /// The number, when it is one.
    pub fn as_number(&self) -> Option<f64> {
        match self.data {
            Data::Int(n) => Some(n as f64),
            Data::Float(n) => Some(n),
            _ => None,
        }
    }

    /// The boolean, when it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Data::Bool(b) = self.data { Some(b) } else { None }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// The same tree, every node set by this layer.
    #[must_use]
    pub fn in_layer(mut self, layer: u32) -> Node {
        self.each_origin(&|origin| origin.layer = layer);
        self
    }

    /// Whether the trees are equal to the last bit, places included.
    pub(crate) fn is_same(&self, other: &Node) -> bool {
        self.origin == other.origin
            && match (&self.data, &other.data) {
                (Data::List(a), Data::List(b)) => {
                    Arc::ptr_eq(a, b) || a.len() == b.len() && deep(|| a.iter().zip(&**b).all(|(a, b)| a.is_same(b)))
                }
                (Data::Map(a), Data::Map(b)) => {
                    let same =
                        |((key_a, a), (key_b, b)): ((&Str, &Node), (&Str, &Node))| key_a == key_b && a.is_same(b);
                    Arc::ptr_eq(a, b) || a.len() == b.len() && deep(|| a.iter().zip(&**b).all(same))
                }
                (Data::Float(a), Data::Float(b)) => a.to_bits() == b.to_bits(),
                (a, b) => a == b,
            }
    }

    /// Changes the place of every node of the tree.
    pub(crate) fn each_origin(&mut self, change: &impl Fn(&mut Origin)) {
        change(&mut self.origin);
        deep(|| match &mut self.data {
            Data::List(items) => Arc::make_mut(items).iter_mut().for_each(|item| item.each_origin(change)),
            Data::Map(map) => Arc::make_mut(map).values_mut().for_each(|item| item.each_origin(change)),
            _ => {}
        });
    }

    /// Merges a tree over this one: maps key by key, everything else replaced, by null too.
    pub fn merge(&mut self, above: Node) {
        match (&mut self.data, above.data) {
            (Data::Map(old), Data::Map(new)) => {
                let old = Arc::make_mut(old);
                for (key, value) in Arc::unwrap_or_clone(new) {
                    match old.get_mut(&*key) {
                        Some(slot) => deep(|| slot.merge(value)),
                        None => {
                            old.insert(key, value);
                        }
                    }
                }
            }
            (slot, data) => {
                *slot = data;
                self.origin = above.origin;
            }
        }
    }

    /// A run's own copy, in which maps may change.
    pub fn to_value(&self) -> Value {
        match &self.data {
            Data::Null => Value::Nil,
            Data::Bool(b) => Value::Bool(*b),
            Data::Int(n) => Value::Int64(*n),
            Data::Float(n) => Value::Float(*n),
            Data::Str(s) => Value::Str(s.clone()),
            Data::List(items) => Value::List(List::new(items.iter().map(Node::to_value).collect())),
            Data::Map(map) => Value::Map(Map::frozen(map)),
        }
    }
}
