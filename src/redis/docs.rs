//! What each value means: the comments of chart/values.yaml, by the path of the value.
//!
//! In: chart/values.yaml, embedded. Out: [`Doc`]s in the order of the file. Schemas and the chart's README take their
//! words from here, so a value is explained in one place.

use super::{defaults, file};
use crate::value::{Data, Node};
use indexmap::IndexMap;
use std::sync::OnceLock;

/// A value's comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doc {
    /// The lines above the key, joined; empty when there are none.
    pub text: String,
    /// Line of the key, from 1.
    pub line: usize,
    /// Whether the value is no section that has documented values of its own.
    pub is_leaf: bool,
}

/// Every value of chart/values.yaml by its path, in the order of the file.
///
/// ```
/// let docs = chartwright::redis::docs();
/// assert!(docs["persistence.size"].text.starts_with("Size of each claim"));
/// ```
pub fn all() -> &'static IndexMap<String, Doc> {
    static DOCS: OnceLock<IndexMap<String, Doc>> = OnceLock::new();
    DOCS.get_or_init(|| read(&String::from_utf8_lossy(file("values.yaml")), defaults()))
}

/// Walks the lines: block style, two spaces a level, as that file is written.
fn read(text: &str, defaults: &Node) -> IndexMap<String, Doc> {
    let mut docs: IndexMap<String, Doc> = IndexMap::new();
    let mut parents: Vec<(usize, String)> = Vec::new();
    let mut comment: Vec<&str> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        if let Some(words) = trimmed.strip_prefix('#') {
            comment.push(words.trim());
            continue;
        }
        let key = trimmed.split_once(':').map(|(key, _)| key).filter(|key| is_key(key));
        let text = std::mem::take(&mut comment).join(" ");
        let Some(key) = key else { continue };
        parents.retain(|(outer, _)| *outer < indent);
        let path = match parents.last() {
            Some((_, parent)) => format!("{parent}.{key}"),
            None => key.to_owned(),
        };
        parents.push((indent, path.clone()));
        if find(defaults, &path).is_some() {
            docs.insert(path, Doc { text, line: number, is_leaf: true });
        }
    }
    mark_sections(&mut docs);
    docs
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric())
}

/// A section is a value below which something has a comment; what is below any other value needs none.
fn mark_sections(docs: &mut IndexMap<String, Doc>) {
    let commented: Vec<String> =
        docs.iter().filter(|(_, doc)| !doc.text.is_empty()).map(|(path, _)| path.clone()).collect();
    for (path, doc) in docs.iter_mut() {
        doc.is_leaf =
            !commented.iter().any(|other| other.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('.')));
    }
    let leaves: Vec<String> = docs.iter().filter(|(_, doc)| doc.is_leaf).map(|(path, _)| path.clone()).collect();
    docs.retain(|path, doc| {
        let below =
            leaves.iter().any(|leaf| path.strip_prefix(leaf.as_str()).is_some_and(|rest| rest.starts_with('.')));
        !(below && doc.text.is_empty())
    });
}

/// The value at a dotted path.
pub(super) fn find<'n>(node: &'n Node, path: &str) -> Option<&'n Node> {
    path.split('.').try_fold(node, |node, key| match &node.data {
        Data::Map(map) => map.get(key.as_bytes()),
        _ => None,
    })
}
