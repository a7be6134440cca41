//! Values files: several documents in one file, merged key by key.
//!
//! In: the bytes of a values file. Out: one map with the lines of the file, and the keys written twice.
//! The cut is by line, so `---` inside a block scalar cuts too, as it does in Helm.

use super::decode::{Duplicate, KeyTrouble, Numbers, Respelled, decode_document};
use super::error::Error;
use super::{Shape, type_mismatch_of};
use crate::value::{Data, Node, Origin};

/// One document of a values file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The text, every line ended by LF.
    pub text: Vec<u8>,
    /// Line of the file where the text starts, from 1.
    pub line: u32,
}

/// Cuts a values file at the lines that begin with `---`.
///
/// # Errors
/// `error reading yaml document: invalid Yaml document separator: …` when more than a comment
/// follows the dashes; with the documents before it, which Helm decodes first.
pub fn split_documents(text: &[u8]) -> (Vec<Part>, Option<Error>) {
    let mut parts = Vec::new();
    let mut part = Part { text: Vec::new(), line: 1 };
    let mut lines: Vec<&[u8]> = text.split(|b| *b == b'\n').collect();
    if lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    for (line, number) in lines.into_iter().zip(1u32..) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(rest) = line.strip_prefix(b"---") {
            let rest = String::from_utf8_lossy(rest);
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                let message = format!("error reading yaml document: invalid Yaml document separator: {rest}");
                return (parts, Some(Error { message, line: number }));
            }
            if !part.text.is_empty() {
                parts.push(std::mem::replace(&mut part, Part { text: Vec::new(), line: number + 1 }));
                continue;
            }
            // With nothing before it, the line belongs to the document it starts.
        }
        part.text.extend_from_slice(line);
        part.text.push(b'\n');
    }
    if !part.text.is_empty() {
        parts.push(part);
    }
    (parts, None)
}

/// Reads a values file as Helm does, also the chart's own: its documents one after the other, each
/// a map merged over those before.
///
/// # Errors
/// Go's text with `cannot unmarshal yaml document: ` in front, or that of [`split_documents`].
pub fn decode_values(text: &[u8]) -> Result<(Node, Vec<KeyTrouble>), Error> {
    if is_one_document(text) {
        let (node, troubles) = decode_part(text)?;
        // Null is an empty map here.
        let data = if node.is_null() { Data::map(Default::default()) } else { node.data };
        return Ok((Node { data, origin: Origin { layer: 0, line: 1, column: 1 } }, troubles));
    }
    let (parts, bad_separator) = split_documents(text);
    let mut values = Node { data: Data::map(Default::default()), origin: Origin { layer: 0, line: 1, column: 1 } };
    let mut troubles = Vec::new();
    for part in parts {
        let shift = part.line - 1;
        let (mut node, found) = decode_part(&part.text)
            .map_err(|error| Error { line: if error.line == 0 { 0 } else { error.line + shift }, ..error })?;
        if shift > 0 {
            node.each_origin(&|origin| origin.line += shift);
        }
        troubles.extend(found.into_iter().map(|trouble| match trouble {
            KeyTrouble::Duplicate(found) => KeyTrouble::Duplicate(Duplicate {
                first_line: found.first_line + shift,
                line: found.line + shift,
                ..found
            }),
            KeyTrouble::Respelled(found) => KeyTrouble::Respelled(Respelled { line: found.line + shift, ..found }),
        }));
        // A document of nothing changes nothing.
        if !node.is_null() {
            values.merge(node);
        }
    }
    match bad_separator {
        Some(error) => Err(error),
        None => Ok((values, troubles)),
    }
}

/// Whether cutting would give the text back as it is.
fn is_one_document(text: &[u8]) -> bool {
    text.ends_with(b"\n")
        && !text.starts_with(b"---")
        && memchr::memchr(b'\r', text).is_none()
        && memchr::memmem::find(text, b"\n---").is_none()
}

fn decode_part(text: &[u8]) -> Result<(Node, Vec<KeyTrouble>), Error> {
    let decoded = decode_document(text, Numbers::Float).and_then(|(node, troubles)| {
        match type_mismatch_of(&node, Shape::Map, "map[string]interface {}") {
            Some(error) => Err(error),
            None => Ok((node, troubles)),
        }
    });
    decoded.map_err(|error| error.prefixed("cannot unmarshal yaml document: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_documents_are_merged_over_the_former_ones() {
        let (values, _) = decode_values(b"a: {x: 1, y: 2}\n--- # next\na: {y: 3}\nb: 1").unwrap();
        assert_eq!(values, super::super::decode(b"a: {x: 1, y: 3}\nb: 1").unwrap());
        assert_eq!(values.get("b").unwrap().origin.line, 4);
        let error = decode_values(b"a: 1\n--- x\n").unwrap_err();
        assert_eq!(error.message, "error reading yaml document: invalid Yaml document separator: x");
        assert_eq!(error.line, 2);
    }

    #[test]
    fn one_document_is_read_as_if_it_had_been_cut() {
        let (values, troubles) = decode_values(b"# none\n").unwrap();
        assert_eq!((values, troubles), (Node::new(Data::map(Default::default())), Vec::new()));
        let error = decode_values(b"- a\n").unwrap_err().message;
        let reason = "json: cannot unmarshal array into Go value of type map[string]interface {}";
        let wanted = "cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: ";
        assert_eq!(error, format!("{wanted}{reason}"));
    }
}
