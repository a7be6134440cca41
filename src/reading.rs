//! A file of settings as it is being read: what is wrong is noted with its place, and the rest goes on.
//!
//! In: nodes of a configuration. Out: values of types, and [`Reading::problems`]. Secrets in lines are masked.

use crate::diag::{Diagnostic, Place};
use crate::nearest::nearest;
use crate::value::{Data, Node, from_node};
use schemars::{JsonSchema, SchemaGenerator};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The fields that a type has by its schema.
pub(crate) fn schema_keys<T: JsonSchema>() -> Vec<String> {
    let schema = SchemaGenerator::default().into_root_schema_for::<T>().to_value();
    let fields = schema.get("properties").and_then(|fields| fields.as_object());
    fields.into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

/// A file that is being read.
pub(crate) struct Reading {
    pub file: Arc<str>,
    pub lines: Arc<[String]>,
    pub problems: Vec<Diagnostic>,
}

impl Reading {
    pub fn new(file: Arc<str>, text: &[u8]) -> Self {
        let lines = crate::secrets::masked(&String::from_utf8_lossy(text));
        Reading { file, lines: lines.into(), problems: Vec::new() }
    }

    pub fn with_lines(file: Arc<str>, lines: Arc<[String]>) -> Self {
        Reading { file, lines, problems: Vec::new() }
    }

    pub fn place(&self, line: u32, column: u32) -> Place {
        let excerpt = (line as usize).checked_sub(1).and_then(|at| self.lines.get(at));
        let excerpt = excerpt.and_then(|line| crate::source::excerpt(line.as_bytes(), column as usize));
        Place::new(Arc::clone(&self.file), line, column, excerpt)
    }

    pub fn place_of(&self, node: &Node) -> Place {
        self.place(node.origin.line, node.origin.column)
    }

    pub fn bad(&mut self, node: &Node, text: String) {
        let place = self.place_of(node);
        self.problems.push(Diagnostic::error("bad-setting", text).at(place));
    }

    pub fn unknown<'k>(&mut self, node: &Node, what: &str, key: &str, known: impl Iterator<Item = &'k str>) {
        let mut found = Diagnostic::warning("unknown-setting", format!("there is no {what} `{key}`"));
        found.help = nearest(key, known).map(|near| format!("did you mean `{near}`?"));
        let place = self.place_of(node);
        self.problems.push(found.at(place));
    }

    pub fn is_map(&mut self, node: &Node, path: &str) -> bool {
        let is_map = matches!(node.data, Data::Map(_));
        if !is_map && !node.is_null() {
            let what = if path.is_empty() { "the file".to_owned() } else { format!("`{path}`") };
            self.bad(node, format!("{what} is no map"));
        }
        is_map
    }

    /// The entries of a map, in the order of the file.
    pub fn entries<'n>(&mut self, node: &'n Node, path: &str) -> Vec<(String, &'n Node)> {
        if !self.is_map(node, path) {
            return Vec::new();
        }
        let map = node.as_map().into_iter().flatten();
        let mut entries: Vec<_> = map.map(|(key, node)| (key.to_text().into_owned(), node)).collect();
        entries.sort_by_key(|(_, node)| (node.origin.line, node.origin.column));
        entries
    }

    pub fn items<'n>(&mut self, node: &'n Node, path: &str) -> &'n [Node] {
        if !matches!(node.data, Data::List(_) | Data::Null) {
            self.bad(node, format!("`{path}` is no list"));
        }
        node.items()
    }

    /// A value of a type; fields that the type does not have are told and passed over.
    pub fn typed<T: DeserializeOwned + JsonSchema>(&mut self, node: &Node, path: &str) -> Option<T> {
        let first = match from_node(node) {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        let mut known = node.clone();
        let keys = schema_keys::<T>();
        if let (Some(map), false) = (known.as_map_mut(), keys.is_empty()) {
            map.retain(|key, value| {
                let is_known = keys.iter().any(|known| **known == *key.to_text());
                if !is_known {
                    self.unknown(
                        value,
                        &format!("setting in `{path}` named"),
                        &key.to_text(),
                        keys.iter().map(String::as_str),
                    );
                }
                is_known
            });
        }
        from_node(&known)
            .map_err(|error| {
                let error = if error.path.is_empty() && !first.path.is_empty() { &first } else { &error };
                let at = find(node, &error.path).unwrap_or(node);
                let inner = if error.path.is_empty() { path.to_owned() } else { format!("{path}.{}", error.path) };
                self.bad(at, format!("`{inner}`: {}", error.message));
            })
            .ok()
    }
}

/// The node at a path as errors of serde have it: `a.b[0]`.
fn find<'n>(node: &'n Node, path: &str) -> Option<&'n Node> {
    node.find(&path.replace('[', ".").replace(']', ""))
}
