//! A tree of values whose tables are shared by reference, as Go's maps are.
//!
//! In: a [`Node`]. Out: the same, after merging that works in place. Helm's coalescing lets the
//! same table appear in a chart's and its subcharts' `global`; what one adds, the other sees.

use crate::value::{Data, Entries, Map, Node, Origin, Str, Value};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

/// A value: a table by reference, or anything else.
#[derive(Debug, Clone)]
pub(super) enum Item {
    /// A map.
    Table(Table),
    /// What is no map.
    Leaf(Node),
}

/// A map by reference.
#[derive(Debug, Clone)]
pub(super) struct Table {
    origin: Origin,
    entries: Rc<RefCell<Entries<Item>>>,
}

impl Item {
    /// A copy of a node that shares nothing.
    pub(super) fn from_node(node: &Node) -> Item {
        match &node.data {
            Data::Map(map) => {
                let entries = Rc::new(RefCell::new(Entries::Frozen(Arc::clone(map))));
                Item::Table(Table { origin: node.origin, entries })
            }
            _ => Item::Leaf(node.clone()),
        }
    }

    /// Whether it is null.
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Item::Leaf(node) if node.is_null())
    }

    /// A copy as plain data.
    pub(super) fn to_node(&self) -> Node {
        match self {
            Item::Leaf(node) => node.clone(),
            Item::Table(table) => table.to_node(),
        }
    }
}

impl Default for Table {
    fn default() -> Self {
        Table { origin: Origin::default(), entries: Rc::new(RefCell::new(Entries::Live(BTreeMap::new()))) }
    }
}

impl Table {
    /// A copy of a map node; empty for any other.
    pub(super) fn from_node(node: &Node) -> Table {
        if let Item::Table(table) = Item::from_node(node) { table } else { Table::default() }
    }

    /// The value under a key.
    pub(super) fn get(&self, key: &[u8]) -> Option<Item> {
        self.entries.borrow_mut().live(Item::from_node).get(key).cloned()
    }

    /// Puts a value under a key.
    pub(super) fn insert(&self, key: &Str, item: Item) {
        self.entries.borrow_mut().live(Item::from_node).insert(key.clone(), item);
    }

    /// Takes a key out.
    pub(super) fn remove(&self, key: &[u8]) {
        self.entries.borrow_mut().live(Item::from_node).remove(key);
    }

    /// The entries as they are now, to walk while the table changes.
    pub(super) fn snapshot(&self) -> Vec<(Str, Item)> {
        self.entries.borrow_mut().live(Item::from_node).iter().map(|(key, item)| (key.clone(), item.clone())).collect()
    }

    /// A new table with the same values: tables inside stay shared.
    pub(super) fn shallow(&self) -> Table {
        let entries = Entries::Live(self.entries.borrow_mut().live(Item::from_node).clone());
        Table { origin: self.origin, entries: Rc::new(RefCell::new(entries)) }
    }

    /// A copy as plain data.
    pub(super) fn to_node(&self) -> Node {
        let data = match &*self.entries.borrow() {
            Entries::Frozen(map) => Data::Map(Arc::clone(map)),
            Entries::Live(entries) => {
                Data::map(entries.iter().map(|(key, item)| (key.clone(), item.to_node())).collect())
            }
        };
        Node { data, origin: self.origin }
    }

    /// The table at a dotted path; `Err` is the name that is no table.
    pub(super) fn table(&self, path: &str) -> Result<Table, String> {
        let mut table = self.clone();
        for name in path.split('.') {
            let Some(Item::Table(next)) = table.get(name.as_bytes()) else { return Err(name.to_owned()) };
            table = next;
        }
        Ok(table)
    }

    /// Takes nulls out, at every depth of tables.
    pub(super) fn drop_nulls(&self) {
        if let Entries::Frozen(map) = &*self.entries.borrow()
            && !map.values().any(holds_null)
        {
            return;
        }
        for (key, item) in self.snapshot() {
            match item {
                Item::Table(inner) => inner.drop_nulls(),
                Item::Leaf(node) if node.is_null() => self.remove(&key),
                Item::Leaf(_) => {}
            }
        }
    }

    /// The value at a dotted path, when there is one that is no table.
    pub(super) fn path_value(&self, path: &str) -> Option<Node> {
        let found = match path.rsplit_once('.') {
            Some((head, last)) => self.table(head).ok()?.get(last.as_bytes()),
            None => self.get(path.as_bytes()),
        };
        if let Some(Item::Leaf(node)) = found { Some(node) } else { None }
    }

    /// Paths of tables that are one and the same: each with the first path it has.
    pub(super) fn links(&self) -> Vec<Link> {
        let mut links = Vec::new();
        self.find_links(&mut Vec::new(), &mut HashMap::new(), &mut links);
        links
    }

    fn find_links(
        &self,
        path: &mut Vec<Str>,
        seen: &mut HashMap<*const RefCell<Entries<Item>>, Vec<Str>>,
        links: &mut Vec<Link>,
    ) {
        if let Some(first) = seen.get(&Rc::as_ptr(&self.entries)) {
            links.push(Link { first: first.clone(), again: path.clone() });
            return;
        }
        seen.insert(Rc::as_ptr(&self.entries), path.clone());
        // Nothing inside of a frozen table was ever handed out.
        let entries = self.entries.borrow();
        let Entries::Live(entries) = &*entries else { return };
        for (key, item) in entries {
            if let Item::Table(table) = item {
                path.push(key.clone());
                table.find_links(path, seen, links);
                path.pop();
            }
        }
    }
}

fn holds_null(node: &Node) -> bool {
    match &node.data {
        Data::Map(map) => map.values().any(holds_null),
        data => matches!(data, Data::Null),
    }
}

/// Two paths to the same table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    first: Vec<Str>,
    again: Vec<Str>,
}

/// A run's own copy of the values, in which tables that were one are one again.
pub(super) fn to_value(root: &Node, links: &[Link]) -> Map {
    let map = match root.to_value() {
        Value::Map(map) => map,
        _ => Map::new(),
    };
    for link in links {
        let Some((last, parents)) = link.again.split_last() else { continue };
        if let (Some(first), Some(parent)) = (descend(&map, &link.first), descend(&map, parents)) {
            parent.insert(last.clone(), Value::Map(first));
        }
    }
    map
}

fn descend(map: &Map, path: &[Str]) -> Option<Map> {
    path.iter().try_fold(map.clone(), |map, key| map.get(key)?.as_map().cloned())
}
