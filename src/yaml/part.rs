//! A few entries of a document, without a tree of the others.
//!
//! In: text, and which keys are wanted. Out: what [`decode_with_troubles`](super::decode_with_troubles) gives, less the
//! entries that nobody wants. These are only looked over: where anything in the document is out of the ordinary (an
//! alias, a tag, a key that is no text or stands twice, a number that JSON cannot hold) the whole is decoded, which
//! knows what to say of it.

use super::decode::{Decoder, KeyTrouble, Numbers, string};
use super::error::Error;
use super::parse;
use super::resolve::{self, Scalar};
use super::tree::{Document, Id, Item, ItemKind};
use crate::value::{Data, Node, Origin};
use std::collections::BTreeMap;

/// What is wanted of a value.
#[derive(Clone, Copy)]
pub(crate) enum Want {
    /// Nothing.
    Nothing,
    /// All of it.
    All,
    /// Of a map, the entries whose keys are; all of what is no map.
    Entries(fn(&[u8]) -> Want),
}

/// Nested deeper than any object of Kubernetes, a document goes the long way, which brings its own stack.
const DEEPEST: usize = 64;

/// So many keys are compared each with each, without sorting them.
const FEW_KEYS: usize = 12;

/// Decodes what is wanted of the first document's map, and tells what is suspicious in all of its keys.
///
/// # Errors
/// As [`decode`](super::decode), of whatever part of the document.
pub(crate) fn decode_part(text: &[u8], want: fn(&[u8]) -> Want) -> Result<(Node, Vec<KeyTrouble>), Error> {
    run(text, want).map_err(|error| error.prefixed("error converting YAML to JSON: "))
}

fn run(text: &[u8], want: fn(&[u8]) -> Want) -> Result<(Node, Vec<KeyTrouble>), Error> {
    let source = super::read::read(text);
    let document = parse::parse(&source)?;
    let Some(root) = document.root() else { return Ok((Node::default(), Vec::new())) };
    let mut decoder = Decoder::new(&document, Numbers::Float);
    if (Look { document: &document, keys: Vec::new() }).is_ordinary(root, 0) {
        return Ok((entries(&mut decoder, &document, root, want)?, Vec::new()));
    }
    decoder.whole(root)
}

/// The wanted entries of an ordinary document.
fn entries<'d>(
    decoder: &mut Decoder<'d>,
    document: &'d Document<'d>,
    id: Id,
    want: fn(&[u8]) -> Want,
) -> Result<Node, Error> {
    let Some(Item { kind: ItemKind::Map { end }, place }) = document.item(id) else { return decoder.node(id) };
    let mut children = document.children(id, *end);
    let mut entries = BTreeMap::new();
    while let (Some(key), Some(value)) = (children.next(), children.next()) {
        let Some(Item { kind: ItemKind::Scalar { text, .. }, place }) = document.item(key) else { continue };
        let mut node = match want(text) {
            Want::Nothing => continue,
            Want::All => decoder.node(value)?,
            Want::Entries(want) => self::entries(decoder, document, value, want)?,
        };
        (node.origin.line, node.origin.column) = (place.line, place.column);
        entries.insert(string(text.clone()), node);
    }
    Ok(Node { data: Data::map(entries), origin: Origin { layer: 0, line: place.line, column: place.column } })
}

/// A look over a document that makes nothing of it.
struct Look<'d> {
    document: &'d Document<'d>,
    /// The keys so far of the maps around the present node, outermost first.
    keys: Vec<&'d [u8]>,
}

impl Look<'_> {
    /// Whether a whole decoding could neither fail nor find anything to tell.
    fn is_ordinary(&mut self, id: Id, depth: usize) -> bool {
        let document = self.document;
        let Some(item) = document.item(id) else { return false };
        match &item.kind {
            ItemKind::Alias { .. } => false,
            ItemKind::Scalar { text, tag, implicit } => document.tag(*tag).is_none() && (!implicit || is_finite(text)),
            ItemKind::List { end } => {
                depth < DEEPEST && document.children(id, *end).all(|child| self.is_ordinary(child, depth + 1))
            }
            ItemKind::Map { end } => {
                let first = self.keys.len();
                let mut children = document.children(id, *end);
                while let (Some(key), Some(value)) = (children.next(), children.next()) {
                    let Some(key) = document.item(key).and_then(|key| plain_key(document, key)) else { return false };
                    self.keys.push(key);
                    if depth >= DEEPEST || !self.is_ordinary(value, depth + 1) {
                        return false;
                    }
                }
                let differ = self.keys.get_mut(first..).is_none_or(all_differ);
                self.keys.truncate(first);
                differ
            }
        }
    }
}

/// Whether plain text is no number that JSON cannot hold.
fn is_finite(text: &[u8]) -> bool {
    let may_be_number = matches!(text.first(), Some(b'.' | b'+' | b'-' | b'0'..=b'9'));
    !may_be_number || !matches!(resolve::plain(text, true), Scalar::Float(number) if !number.is_finite())
}

/// A key that is the text that stands there.
fn plain_key<'d>(document: &'d Document<'d>, key: &'d Item<'d>) -> Option<&'d [u8]> {
    let ItemKind::Scalar { text, tag, implicit } = &key.kind else { return None };
    let is_text = !implicit || **text != *b"<<" && resolve::is_string(text);
    // Only what was written with escapes may be no text.
    let is_valid = matches!(text, std::borrow::Cow::Borrowed(_)) || std::str::from_utf8(text).is_ok();
    (document.tag(*tag).is_none() && is_text && is_valid).then_some(text)
}

/// Whether no key stands twice. Brings them into another order.
fn all_differ(keys: &mut [&[u8]]) -> bool {
    if keys.len() > FEW_KEYS {
        keys.sort_unstable();
        return keys.iter().zip(keys.iter().skip(1)).all(|(a, b)| a != b);
    }
    let mut rest = &*keys;
    while let Some((key, others)) = rest.split_first() {
        if others.contains(key) {
            return false;
        }
        rest = others;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::decode_with_troubles;

    fn top(key: &[u8]) -> Want {
        match key {
            b"a" => Want::All,
            b"m" => Want::Entries(inner),
            _ => Want::Nothing,
        }
    }

    fn inner(key: &[u8]) -> Want {
        if key == b"name" { Want::All } else { Want::Nothing }
    }

    /// What a whole decoding gives, without what nobody wants.
    fn whole(text: &str) -> Result<(Node, Vec<KeyTrouble>), Error> {
        let (mut node, troubles) = decode_with_troubles(text.as_bytes())?;
        if let Some(entries) = node.as_map_mut() {
            entries.retain(|key, _| matches!(&**key, b"a" | b"m"));
            for (_, m) in entries.iter_mut().filter(|(key, _)| ***key == *b"m") {
                m.as_map_mut().into_iter().for_each(|m| m.retain(|key, _| **key == *b"name"));
            }
        }
        Ok((node, troubles))
    }

    #[test]
    fn a_part_is_what_the_whole_has_there() {
        for text in [
            "",
            "a",
            "- a: 1",
            "a: 1\nb: [x, {c: 1}]\nm: {name: n, labels: {x: y}}\n",
            "m:\n  labels:\n    x: 1\n  name: 010\n",
            "m: text\nb: 1",
            "m: [1, 2]",
            "m:\nb: 2",
            "'a': {b: 1.5e3}\n\"m\": {name: \"\\u00e9\"}",
            "---\na: 1\n---\nb: [",
        ] {
            let (node, troubles) = decode_part(text.as_bytes(), top).expect(text);
            let (wanted, none) = whole(text).expect(text);
            assert!(node.is_same(&wanted), "{text}: {node:?}, not {wanted:?}");
            assert_eq!((&troubles, troubles.len()), (&none, 0), "{text}");
        }
    }

    #[test]
    fn whatever_is_wrong_or_odd_in_the_rest_is_told_as_of_the_whole() {
        let many: String = (0..20).map(|n| format!("k{n}: 1\n")).collect();
        for text in [
            "b: [",
            "b: 1\nb: 2\na: 3",
            "b: {c: 1, 'c': 2}",
            "b: [{y: 1}]",
            "b: {1: x}",
            "b: {1.50: x}",
            "b: {~: x}",
            "b: {? [x] : y}",
            "b: .inf",
            "b: [1, -.INF]",
            "b: .nan",
            "b: !!int x",
            "b: !!float 1",
            "b: *x",
            "b: &x [*x]",
            "b: &x {c: 1}\na: {<<: *x}",
            "b: {<<: {c: 1}}",
            "b: {<<: 1}",
            "a: &x 1\nb: *x",
            "b: 2020-01-01\n2020-01-01: b",
            "{{ x }}: 1",
            "b: \t@",
            &format!("{many}k3: 2"),
            &format!("b: {}1{}", "[".repeat(100), "]".repeat(100)),
            &"[".repeat(2_000),
            &format!("b: {}", "- ".repeat(2_000)),
        ] {
            match (decode_part(text.as_bytes(), top), whole(text)) {
                (Ok((_, troubles)), Ok((_, wanted))) => assert_eq!(troubles, wanted, "{text}"),
                (found, wanted) => assert_eq!(found.err(), wanted.err(), "{text}"),
            }
        }
    }
}
