//! Which values are secret, seen from what was rendered of them.
//!
//! In: an [`Attempt`]. Out: the paths of values that went into the data of a `Secret`, or came from a file that holds a
//! key; and all texts that nobody is shown.

use super::Attempt;
use crate::manifest::Document;
use crate::path::Step;
use crate::secrets;
use crate::value::{Data, Node};
use crate::values::{LayerInfo, LayerKind};
use std::collections::BTreeSet;

/// Lines of Secrets that are looked at.
const MOST_LINES: usize = 2_000;

/// The shortest content of a file that is taken for a password.
const SHORTEST_WORD: usize = 8;

impl Attempt {
    /// The paths, below the values of the root chart, of values that went into `data` or `stringData` of a Secret, and
    /// of those that `--set-file` took from a file with a key or a single word.
    pub fn secret_values(&self) -> BTreeSet<Vec<Step>> {
        let is_secret = |document: &&Document| {
            document.head.as_ref().map_or_else(|_| claims(document.content()), |head| head.kind == "Secret")
        };
        let lines = self.documents.iter().filter(is_secret).flat_map(|document| {
            let above = document.lines_before();
            data_lines(document.content()).into_iter().map(move |line| (&document.path, above + line))
        });
        let mut found = BTreeSet::new();
        for (path, line) in lines.take(MOST_LINES) {
            let written = u32::try_from(line).ok().and_then(|line| self.written_by(path, line, 1));
            found.extend(written.into_iter().flat_map(|written| written.values));
        }
        if let Some(prepared) = &self.prepared {
            found.extend(keys(&prepared.values, &prepared.layers).into_iter().map(|(path, _)| path));
        }
        found
    }

    /// All texts that nobody is shown.
    pub(crate) fn secret_texts(&self) -> Vec<String> {
        self.prepared.as_ref().map(|prepared| texts(&prepared.values, &prepared.layers)).unwrap_or_default()
    }
}

/// The texts of values whose keys sound secret, or that come from files with keys, and what they become in Secrets and
/// checksums.
pub(crate) fn texts(values: &Node, layers: &[LayerInfo]) -> Vec<String> {
    let mut texts = secrets::texts(values);
    texts.extend(keys(values, layers).into_iter().map(|(_, text)| text));
    secrets::forms(texts)
}

/// The values that `--set-file` took from a file with a key or a single word, with their paths.
fn keys(values: &Node, layers: &[LayerInfo]) -> Vec<(Vec<Step>, String)> {
    let mut found = Vec::new();
    if !layers.iter().any(|layer| layer.kind == LayerKind::SetFile) {
        return found;
    }
    let mut waiting = vec![(Vec::new(), values)];
    while let Some((path, node)) = waiting.pop() {
        match &node.data {
            Data::Map(entries) => waiting.extend(entries.iter().map(|(key, node)| {
                let step = Step::Key(key.to_text().into_owned());
                (path.iter().cloned().chain([step]).collect(), node)
            })),
            Data::Str(text) => {
                let layer = layers.get(node.origin.layer as usize);
                let text = text.to_text().into_owned();
                if layer.is_some_and(|layer| layer.kind == LayerKind::SetFile) && is_key(&text) {
                    found.push((path, text));
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether a file's content is a key, or one word as a password is.
fn is_key(text: &str) -> bool {
    let word = text.trim();
    text.contains("PRIVATE KEY") || word.len() >= SHORTEST_WORD && !word.contains(char::is_whitespace)
}

/// Whether a document that cannot be read would be a Secret.
fn claims(text: &str) -> bool {
    let is_kind = |kind: &str| kind.trim_matches([' ', '"', '\'']) == "Secret";
    text.lines().any(|line| line.strip_prefix("kind:").is_some_and(is_kind))
}

/// The lines (from 1) of a document that stand in `data` or `stringData`.
fn data_lines(text: &str) -> Vec<usize> {
    let mut is_data = false;
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            is_data = line.starts_with("data:") || line.starts_with("stringData:");
        }
        if is_data {
            found.push(number);
        }
    }
    found
}
