//! Where a value was written: the line of a file, or the flag.
//!
//! In: the layers, and the origin of a node. Out: a [`Place`] with its line's text, unless a password stands there.

pub(super) use crate::path::{Step, show};
use crate::source::Source;
use crate::value::{Data, Node, Origin};
use crate::values::LayerKind;
use crate::{Layer, Place};
use std::sync::Arc;

/// The layers' names and texts.
pub(super) struct Places(Vec<(LayerKind, Source)>);

impl Places {
    pub(super) fn new(layers: &[Layer]) -> Places {
        let source = |layer: &Layer| {
            let info = layer.info();
            let text = if let Layer::File { bytes, .. } = layer { bytes.clone() } else { Vec::new() };
            (info.kind, Source::new(info.name, text))
        };
        Places(layers.iter().map(source).collect())
    }

    /// Where a node was written. A flag is named with the value's path: its text may hold a password.
    pub(super) fn of(&self, origin: Origin, path: &str) -> Option<Place> {
        let (kind, source) = self.0.get(usize::try_from(origin.layer).ok()?)?;
        let flag = match kind {
            LayerKind::File | LayerKind::Defaults => {
                let line = String::from_utf8_lossy(source.line(origin.line as usize)).into_owned();
                let excerpt = (origin.line > 0 && !line.to_lowercase().contains("password")).then_some(line);
                let (line, column) = (origin.line, origin.column);
                return Some(Place::new(Arc::clone(&source.name), line, column, excerpt));
            }
            LayerKind::Data => return None,
            LayerKind::Set => "--set",
            LayerKind::SetString => "--set-string",
            LayerKind::SetJson => "--set-json",
            LayerKind::SetFile => "--set-file",
            LayerKind::SetLiteral => "--set-literal",
        };
        Some(Place::file(format!("{flag} {path}")))
    }

    /// The layer that a place lies in; flags come after files.
    pub(super) fn rank(&self, file: &str) -> usize {
        self.0.iter().position(|(_, source)| *source.name == *file).unwrap_or(self.0.len())
    }

    /// Where the deepest node on a path was written, if the user wrote any of it.
    pub(super) fn of_path(&self, tree: &Node, path: &str) -> Option<Place> {
        let mut node = tree;
        let mut found = None;
        for part in path.split(['.', '[']) {
            let next = match (&node.data, part.strip_suffix(']')) {
                (Data::List(items), Some(index)) => index.parse::<usize>().ok().and_then(|index| items.get(index)),
                _ => node.get(part),
            };
            let Some(next) = next else { break };
            node = next;
            found = Some(node.origin);
        }
        self.of(found?, path)
    }
}
