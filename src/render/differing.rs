//! Two renders of one chart side by side: the lines that differ, and what they belong to.
//!
//! In: the manifests of both. Out: places in the first; no text of any line.

use crate::manifest::{Manifest, Manifests};
use crate::value::{Data, Node};
use crate::yaml;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Lines of output that differ, and what they belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differing {
    /// The template file, as in `# Source:`.
    pub file: Arc<str>,
    /// Kind and name of the object; the name is left out when it differs too.
    pub object: String,
    /// The lines, from 1, of all that is printed by default (manifests, then hooks); in order.
    pub lines: Vec<RangeInclusive<usize>>,
    /// Where in the object: `data.password`, `spec.ports[0].port`; as far as both renders agree.
    pub key: String,
}

impl Differing {
    /// How many lines they are.
    pub fn count(&self) -> usize {
        self.lines.iter().map(|lines| lines.end() - lines.start() + 1).sum()
    }

    /// Adds lines that come later.
    pub(super) fn extend(&mut self, later: Vec<RangeInclusive<usize>>) {
        for lines in later {
            match self.lines.last_mut() {
                Some(last) if last.end() + 1 == *lines.start() => *last = *last.start()..=*lines.end(),
                _ => self.lines.push(lines),
            }
        }
    }

    /// Keeps what both say.
    pub(super) fn narrow(&mut self, other: &Differing) {
        let same = self.key.char_indices().zip(other.key.chars()).take_while(|((_, a), b)| a == b).count();
        if same < self.key.chars().count() {
            let kept: String = self.key.chars().take(same).collect();
            // Back to the end of a whole segment.
            let end = if other.key.chars().nth(same).is_none_or(|c| ".[".contains(c)) {
                kept.len()
            } else {
                kept.rfind(['.', '[']).unwrap_or(0)
            };
            self.key.truncate(end);
        }
        if other.object.len() < self.object.len() {
            self.object.clone_from(&other.object);
        }
    }
}

/// Lines whose order is looked into; of longer documents with another number of lines, all lines
/// between the first and the last difference count.
const ALIGNED_LINES: usize = 2_000;

/// The lines of `base` that `other` does not have: index of the document and of the line in it.
pub(super) fn lines(base: &Manifests, other: &Manifests) -> Vec<((usize, usize), Differing)> {
    let documents = |manifests: &Manifests| -> Vec<Manifest> {
        manifests.manifests.iter().chain(manifests.hooks.iter().map(|hook| &hook.manifest)).cloned().collect()
    };
    let (ours, theirs) = (documents(base), documents(other));
    let mut found = Vec::new();
    let mut printed = 0;
    for (index, manifest) in ours.iter().enumerate() {
        // Separator and source come first.
        let start = printed + 2;
        let text = manifest.content();
        let count = text.split('\n').count();
        let is_last = index + 1 == base.manifests.len();
        // White space behind the last manifest is not printed.
        printed = start + if is_last { text.trim_end().split('\n').count() } else { count };
        let nth = |all: &[Manifest], end: usize| all.iter().take(end).filter(|m| m.path == manifest.path).count();
        let before = nth(&ours, index);
        let twin = theirs.iter().filter(|other| other.path == manifest.path).nth(before);
        if twin.is_some_and(|twin| twin.content() == text) {
            continue;
        }
        let other = twin.map(Manifest::content).unwrap_or_default();
        let keys = Keys::of(text);
        let other_keys = Keys::of(other);
        let object = object(manifest, twin);
        for (line, counterpart) in differing(text, other) {
            let key = keys.common(line, &other_keys, counterpart);
            let number = start + line + 1;
            let at = Differing {
                file: Arc::clone(&manifest.path),
                object: object.clone(),
                lines: vec![number..=number],
                key,
            };
            found.push(((index, line), at));
        }
    }
    found
}

fn object(manifest: &Manifest, twin: Option<&Manifest>) -> String {
    let head = &manifest.head;
    let kind = if head.kind.is_empty() { "document" } else { &head.kind };
    match twin {
        Some(twin) if twin.head.kind != head.kind => "document".to_owned(),
        Some(twin) if twin.head.name == head.name && !head.name.is_empty() => format!("{kind}/{}", head.name),
        _ => kind.to_owned(),
    }
}

/// Indices of lines of `ours` that are not in `theirs`, each with the line that stands there instead
/// where the two have the same number of lines.
fn differing(ours: &str, theirs: &str) -> Vec<(usize, Option<usize>)> {
    let (ours, theirs): (Vec<&str>, Vec<&str>) = (ours.split('\n').collect(), theirs.split('\n').collect());
    if ours.len() == theirs.len() {
        let pairs = ours.iter().zip(&theirs).enumerate();
        return pairs.filter(|(_, (a, b))| a != b).map(|(index, _)| (index, Some(index))).collect();
    }
    let same = |(a, b): &(&&str, &&str)| a == b;
    let head = ours.iter().zip(&theirs).take_while(same).count();
    let most = ours.len().min(theirs.len()) - head;
    let tail = ours.iter().rev().zip(theirs.iter().rev()).take(most).take_while(same).count();
    let (a, b) = (ours.get(head..ours.len() - tail), theirs.get(head..theirs.len() - tail));
    let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
    if a.is_empty() {
        // Lines were only added: the one before them is where.
        return vec![(head.saturating_sub(1), None)];
    }
    if a.len() > ALIGNED_LINES || b.len() > ALIGNED_LINES {
        return (head..head + a.len()).map(|index| (index, None)).collect();
    }
    // Longest common subsequence, from the end.
    let width = b.len() + 1;
    let mut table = vec![0u32; (a.len() + 1) * width];
    let at = |table: &[u32], i: usize, j: usize| table.get(i * width + j).copied().unwrap_or(0);
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            let best = if a.get(i) == b.get(j) {
                at(&table, i + 1, j + 1) + 1
            } else {
                at(&table, i + 1, j).max(at(&table, i, j + 1))
            };
            if let Some(cell) = table.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j, mut found) = (0, 0, Vec::new());
    while i < a.len() {
        if j < b.len() && a.get(i) == b.get(j) {
            (i, j) = (i + 1, j + 1);
        } else if j < b.len() && at(&table, i, j + 1) >= at(&table, i + 1, j) {
            j += 1;
        } else {
            found.push((head + i, None));
            i += 1;
        }
    }
    if found.is_empty() { vec![(head, None)] } else { found }
}

/// The keys of a document by the line that each is written on.
struct Keys(Vec<(usize, Vec<String>)>);

impl Keys {
    fn of(text: &str) -> Keys {
        let mut keys = Vec::new();
        if let Ok(node) = yaml::decode(text.as_bytes()) {
            collect(&node, &mut Vec::new(), &mut keys);
        }
        // A key stands before what is inside of it, also on one line.
        keys.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.len().cmp(&b.1.len())));
        Keys(keys)
    }

    /// The keys around a line (from 0): those of the last node that begins there or before.
    fn around(&self, line: usize) -> &[String] {
        let end = self.0.partition_point(|(start, _)| *start <= line + 1);
        // Of several on one line, the one that all others are inside of.
        let last = self.0.get(..end).and_then(<[_]>::last).map(|(start, _)| *start);
        let first = self.0.iter().find(|(start, _)| Some(*start) == last);
        first.map(|(_, key)| key.as_slice()).unwrap_or_default()
    }

    /// The keys around a line, as far as the line of the other text has the same.
    fn common(&self, line: usize, other: &Keys, counterpart: Option<usize>) -> String {
        let ours = self.around(line);
        let shared = match counterpart {
            Some(line) => ours.iter().zip(other.around(line)).take_while(|(a, b)| a == b).count(),
            // Whether it is the same key is not known, so the key itself stays unsaid.
            None => ours.len().saturating_sub(1),
        };
        ours.iter().take(shared).fold(String::new(), |mut text, key| {
            if !text.is_empty() && !key.starts_with('[') {
                text.push('.');
            }
            text.push_str(key);
            text
        })
    }
}

fn collect(node: &Node, path: &mut Vec<String>, keys: &mut Vec<(usize, Vec<String>)>) {
    let mut add = |key: String, child: &Node| {
        path.push(key);
        keys.push((child.origin.line as usize, path.clone()));
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || collect(child, path, keys));
        path.pop();
    };
    match &node.data {
        Data::Map(map) => map.iter().for_each(|(key, child)| add(key.to_text().into_owned(), child)),
        Data::List(items) => items.iter().enumerate().for_each(|(index, child)| add(format!("[{index}]"), child)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_paired_where_their_number_is_the_same() {
        assert_eq!(differing("a\nb\nc", "a\nx\nc"), [(1, Some(1))]);
        assert_eq!(differing("a\nb\nc\nd", "a\nc\nd"), [(1, None)]);
        assert_eq!(differing("a\nb\nx\nd", "a\ny\nd"), [(1, None), (2, None)]);
        assert_eq!(differing("a\nd", "a\nb\nd"), [(0, None)]);
        assert_eq!(differing("", "a\nb"), [(0, None)]);
    }

    #[test]
    fn a_line_belongs_to_the_last_key_before_it() {
        let text = "kind: A\ndata:\n  a: |\n    one\n    two\nports:\n- {name: x, port: 1}\n- name: y\n  port: 2\n";
        let keys = Keys::of(text);
        let of = |line| keys.common(line, &keys, Some(line));
        assert_eq!([of(0), of(3), of(4)], ["kind", "data.a", "data.a"]);
        assert_eq!([of(6), of(8)], ["ports[0]", "ports[1].port"]);
        assert_eq!(keys.common(4, &keys, None), "data");
    }

    #[test]
    fn of_a_key_that_differs_only_the_keys_around_it_are_told() {
        let (ours, theirs) = (Keys::of("data:\n  aXb: 1\n"), Keys::of("data:\n  aYb: 1\n"));
        assert_eq!(ours.common(1, &theirs, Some(1)), "data");
        let at = |key: &str| Differing { file: "f".into(), object: "K".into(), lines: Vec::new(), key: key.into() };
        for (a, b, want) in [("data.ab", "data.ac", "data"), ("a.b", "a", "a"), ("a", "a.b", "a"), ("a.b", "c", "")] {
            let mut narrowed = at(a);
            narrowed.narrow(&at(b));
            assert_eq!(narrowed.key, want, "{a} {b}");
        }
    }
}
