//! What differs between two objects, as Kubernetes would merge them.
//!
//! In: an object as it was and as it shall be, best as the server stores both. Out: [`Change`]s, each with its path. Lists whose items Kubernetes tells
//! apart by a key (containers by name, variables, ports, volumes) are compared item by item, so that one more container
//! is one change; where only their order differs that is told once, because the server counts it as a change.

use crate::value::{Data, Node, Str};
use std::collections::BTreeSet;
use std::fmt;

/// A step into an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Into a map.
    Key(String),
    /// To the item of a list by its place, from 0.
    Index(usize),
    /// To the item of a list by what tells it apart: `name` and `redis`, or `containerPort,protocol` and `6379,TCP`.
    Item {
        /// The keys, joined by commas.
        by: &'static str,
        /// What they are in this item.
        is: String,
    },
}

/// Where something stands in an object: `spec.template.spec.containers[redis].image`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Path(pub Vec<Part>);

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, part) in self.0.iter().enumerate() {
            match part {
                Part::Index(index) => write!(f, "[{index}]")?,
                Part::Item { is, .. } => write!(f, "[{is}]")?,
                Part::Key(key) => {
                    let is_plain =
                        !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
                    let dot = if number == 0 { "" } else { "." };
                    if is_plain { write!(f, "{dot}{key}")? } else { write!(f, "{dot}{key:?}")? }
                }
            }
        }
        Ok(())
    }
}

impl Path {
    /// Whether these keys lead to it or to something above it; items of lists count for nothing.
    ///
    /// ```
    /// use chartwright::manifest::change::{Part, Path};
    /// let path = Path(vec![Part::Key("spec".into()), Part::Key("template".into()), Part::Key("spec".into())]);
    /// assert!(path.is_below(&["spec", "template"]));
    /// ```
    pub fn is_below(&self, keys: &[&str]) -> bool {
        let own = self.0.iter().filter_map(|part| if let Part::Key(key) = part { Some(key.as_str()) } else { None });
        own.take(keys.len()).eq(keys.iter().copied())
    }

    /// The node that it leads to.
    pub(crate) fn find<'n>(&self, node: &'n Node) -> Option<&'n Node> {
        self.0.iter().try_fold(node, |node, part| match part {
            Part::Key(key) => node.get(key),
            Part::Index(index) => node.items().get(*index),
            Part::Item { by, is } => node.items().iter().find(|item| name(item, by).as_ref() == Some(is)),
        })
    }

    /// The last key.
    pub fn field(&self) -> Option<&str> {
        self.0.iter().rev().find_map(|part| if let Part::Key(key) = part { Some(key.as_str()) } else { None })
    }
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Where.
    pub path: Path,
    /// What.
    pub kind: ChangeKind,
}

/// How a place differs.
#[derive(Debug, Clone, PartialEq)]
pub enum ChangeKind {
    /// It is new.
    Added(Node),
    /// It is gone.
    Removed(Node),
    /// It has another value.
    Changed(Node, Node),
    /// The same items, in another order.
    Reordered,
}

/// The lists whose items have a key, by the field that holds them; the first keys that all items have count.
const KEYED: &[(&str, &[&str])] = &[
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("env", &["name"]),
    ("ports", &["containerPort,protocol", "port,protocol", "name"]),
    ("volumes", &["name"]),
    ("volumeMounts", &["mountPath"]),
    ("volumeDevices", &["devicePath"]),
    ("volumeClaimTemplates", &["metadata.name"]),
    ("imagePullSecrets", &["name"]),
    ("secrets", &["name"]),
    ("hostAliases", &["ip"]),
    ("topologySpreadConstraints", &["topologyKey,whenUnsatisfiable"]),
    ("webhooks", &["name"]),
    ("versions", &["name"]),
];

/// What a key is where an item does not say it.
const KEY_DEFAULTS: &[(&str, &str)] = &[("protocol", "TCP")];

/// Everything that differs, in the order of the new object's keys.
pub fn changes(old: &Node, new: &Node) -> Vec<Change> {
    let mut found = Vec::new();
    compare(old, new, &mut Path::default(), &mut found);
    found
}

fn compare(old: &Node, new: &Node, path: &mut Path, found: &mut Vec<Change>) {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match (&old.data, &new.data) {
        (Data::Map(before), Data::Map(after)) => {
            let names: BTreeSet<&Str> = before.keys().chain(after.keys()).collect();
            for name in names {
                path.0.push(Part::Key(name.to_text().into_owned()));
                either(before.get(name), after.get(name), path, found);
                path.0.pop();
            }
        }
        (Data::List(before), Data::List(after)) => lists(before, after, path, found),
        _ if same(&old.data, &new.data) => {}
        _ => found.push(Change { path: path.clone(), kind: ChangeKind::Changed(old.clone(), new.clone()) }),
    });
}

fn either(old: Option<&Node>, new: Option<&Node>, path: &mut Path, found: &mut Vec<Change>) {
    // A key that is null is one that is not there.
    let there = |node: Option<&Node>| node.filter(|node| !node.is_null()).cloned();
    let kind = match (there(old), there(new)) {
        (Some(old), Some(new)) => return compare(&old, &new, path, found),
        (Some(old), None) => ChangeKind::Removed(old),
        (None, Some(new)) => ChangeKind::Added(new),
        (None, None) => return,
    };
    found.push(Change { path: path.clone(), kind });
}

fn lists(old: &[Node], new: &[Node], path: &mut Path, found: &mut Vec<Change>) {
    let Some((by, before, after)) = keyed(old, new, path) else {
        for index in 0..old.len().max(new.len()) {
            path.0.push(Part::Index(index));
            either(old.get(index), new.get(index), path, found);
            path.0.pop();
        }
        return;
    };
    let find = |names: &[String], nodes: &'_ [Node], name: &str| {
        names.iter().position(|one| one == name).and_then(|at| nodes.get(at)).cloned()
    };
    let gone = before.iter().filter(|name| !after.contains(name));
    for name in after.iter().chain(gone) {
        path.0.push(Part::Item { by, is: name.clone() });
        either(find(&before, old, name).as_ref(), find(&after, new, name).as_ref(), path, found);
        path.0.pop();
    }
    let common = |names: &[String], others: &[String]| -> Vec<String> {
        names.iter().filter(|name| others.contains(name)).cloned().collect()
    };
    if common(&before, &after) != common(&after, &before) {
        found.push(Change { path: path.clone(), kind: ChangeKind::Reordered });
    }
}

/// How the items of both lists are told apart: the keys, and what they are in each. Nothing where an item has none, or
/// two have the same.
fn keyed(old: &[Node], new: &[Node], path: &Path) -> Option<(&'static str, Vec<String>, Vec<String>)> {
    let (_, ways) = KEYED.iter().find(|(field, _)| path.field() == Some(field))?;
    ways.iter().find_map(|by| Some((*by, names(old, by)?, names(new, by)?)))
}

/// What tells each item apart; nothing where one has none, or two have the same.
fn names(items: &[Node], by: &str) -> Option<Vec<String>> {
    let names: Vec<String> = items.iter().map(|item| name(item, by)).collect::<Option<_>>()?;
    let distinct: BTreeSet<&String> = names.iter().collect();
    (distinct.len() == names.len()).then_some(names)
}

/// What these keys are in an item, joined by commas.
fn name(item: &Node, by: &str) -> Option<String> {
    let one = |key: &str| {
        let default = KEY_DEFAULTS.iter().find(|(name, _)| *name == key).map(|(_, default)| (*default).to_owned());
        let number = |node: &Node| node.as_number().map(|number| number.to_string());
        item.find(key).and_then(|node| node.as_text().map(|text| text.into_owned()).or(number(node))).or(default)
    };
    Some(by.split(',').map(one).collect::<Option<Vec<_>>>()?.join(","))
}

/// Whether two scalars mean the same: numbers however they are written.
fn same(old: &Data, new: &Data) -> bool {
    let number = |data: &Data| match data {
        #[allow(clippy::cast_precision_loss)] // numbers of manifests are small
        Data::Int(number) => Some(*number as f64),
        Data::Float(number) => Some(*number),
        _ => None,
    };
    old == new || number(old).is_some_and(|old| number(new) == Some(old))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> Vec<String> {
        let read = |text: &str| crate::yaml::decode(text.as_bytes()).expect("YAML");
        let line = |change: &Change| {
            let kind = match &change.kind {
                ChangeKind::Added(_) => "added",
                ChangeKind::Removed(_) => "removed",
                ChangeKind::Changed(..) => "changed",
                ChangeKind::Reordered => "reordered",
            };
            format!("{} {kind}", change.path)
        };
        changes(&read(old), &read(new)).iter().map(line).collect()
    }

    #[test]
    fn items_are_held_against_those_of_the_same_key() {
        assert_eq!(
            shown("containers: [{name: a, image: x}, {name: b}]", "containers: [{name: c}, {name: a, image: y}]"),
            ["containers[c] added", "containers[a].image changed", "containers[b] removed"]
        );
        assert_eq!(
            shown("ports: [{containerPort: 1}]", "ports: [{containerPort: 1, protocol: UDP}]"),
            ["ports[1,UDP] added", "ports[1,TCP] removed"]
        );
    }

    #[test]
    fn another_order_is_told_once_and_only_of_items_that_both_have() {
        assert_eq!(shown("env: [{name: a}, {name: b}]", "env: [{name: b}, {name: a}]"), ["env reordered"]);
        assert_eq!(shown("env: [{name: a}, {name: b}]", "env: [{name: c}, {name: a}, {name: b}]"), ["env[c] added"]);
    }

    #[test]
    fn items_without_keys_are_held_against_those_in_the_same_place() {
        assert_eq!(shown("args: [a, b]", "args: [b, a, c]"), ["args[0] changed", "args[1] changed", "args[2] added"]);
        assert_eq!(shown("env: [{name: a}, {name: a}]", "env: [{name: a}, {name: b}]"), ["env[1].name changed"]);
    }

    #[test]
    fn numbers_are_the_same_however_they_are_written_and_null_is_nothing() {
        assert!(shown("{a: 1, b: null}", "{a: 1.0}").is_empty());
        assert_eq!(shown("{a: 1}", "{a: '1'}"), ["a changed"]);
    }

    #[test]
    fn paths_put_strange_keys_in_quotes() {
        assert_eq!(shown("{}", "a: {b: {}}").first().map(String::as_str), Some("a added"));
        assert_eq!(shown("a: {}", "a: {b.c/d: 1}"), ["a.\"b.c/d\" added"]);
    }
}
