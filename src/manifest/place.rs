//! Which part of a document stands on a line.
//!
//! In: a document's tree and a line of it. Out: the path of what is written there.

use crate::path::Step;
use crate::value::{Data, Node};

/// The path of what stands on a line of a document, from 1: of the entry whose key or value it holds,
/// or, inside of a text of several lines, of that text. `None` above the first entry.
///
/// ```
/// use chartwright::{manifest::path_at, path::show, yaml::decode};
/// let node = decode(b"a:\n  b:\n    - c: 1\n      d: |\n        x\n        y\n").unwrap();
/// let at = |line| path_at(&node, line).map(|path| show(&path)).unwrap_or_default();
/// assert_eq!([at(1), at(2), at(3), at(4), at(6)], ["a", "a.b", "a.b[0].c", "a.b[0].d", "a.b[0].d"]);
/// ```
pub fn path_at(node: &Node, line: u32) -> Option<Vec<Step>> {
    let mut path = Vec::new();
    let mut node = node;
    // What is in a map begins where its key does.
    while let Some((step, child)) = last_from(node, line) {
        path.push(step);
        if child.origin.line == line && !begins_inside(child, line) {
            break;
        }
        node = child;
    }
    (!path.is_empty()).then_some(path)
}

/// The last part of a node that begins on the line or above it.
fn last_from(node: &Node, line: u32) -> Option<(Step, &Node)> {
    let before = |child: &&Node| (1..=line).contains(&child.origin.line);
    match &node.data {
        Data::Map(entries) => {
            let entries = entries.iter().filter(|(_, child)| before(child));
            let last = entries.max_by_key(|(_, child)| (child.origin.line, std::cmp::Reverse(child.origin.column)));
            last.map(|(key, child)| (Step::Key(key.to_text().into_owned()), child))
        }
        Data::List(items) => {
            let items = items.iter().enumerate().filter(|(_, child)| before(child));
            items.max_by_key(|(_, child)| child.origin.line).map(|(index, child)| (Step::Index(index), child))
        }
        _ => None,
    }
}

/// Whether an item of a list begins with what is in it: `- c: 1` is about `c`.
fn begins_inside(node: &Node, line: u32) -> bool {
    let Data::Map(entries) = &node.data else { return false };
    entries.values().any(|child| child.origin == node.origin && child.origin.line == line)
}

/// The column of what stands behind the key at a column, both from 1; of the key where nothing does.
pub(crate) fn value_column(line: &str, column: u32) -> u32 {
    let start = column as usize - 1;
    let Some(rest) = line.get(start..) else { return column };
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let key = quote.and_then(|quote| Some(rest.get(1..)?.find(quote)? + 2)).unwrap_or(0);
    let Some(colon) = rest.get(key..).and_then(|rest| rest.find(": ")) else { return column };
    let value = rest.get(key + colon + 1..).unwrap_or_default();
    let blank = value.len() - value.trim_start().len();
    match value.trim_start().chars().next() {
        None | Some('#') => column,
        Some(_) => u32::try_from(start + key + colon + 2 + blank).unwrap_or(column),
    }
}
