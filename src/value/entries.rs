//! The entries of a map that may still be those of a tree nobody has looked into.

use super::{Node, Str};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A node's own entries until somebody looks at one of them, then entries of one's own. Most of a
/// chart's values are neither merged with anything nor read, and so never copied.
#[derive(Debug)]
pub(crate) enum Entries<T> {
    Frozen(Arc<BTreeMap<Str, Node>>),
    Live(BTreeMap<Str, T>),
}

impl<T> Entries<T> {
    /// The entries as one's own; `make` gives each its form the first time.
    pub(crate) fn live(&mut self, make: impl Fn(&Node) -> T) -> &mut BTreeMap<Str, T> {
        if let Entries::Frozen(map) = self {
            *self = Entries::Live(map.iter().map(|(key, node)| (key.clone(), make(node))).collect());
        }
        match self {
            Entries::Live(entries) => entries,
            Entries::Frozen(_) => unreachable!("made live above"),
        }
    }
}
