//! YAML and JSON exactly as Helm reads and writes them.
//!
//! In: bytes, or values of a run. Out: [`Node`]s with places, or the bytes Go would print. Reading
//! follows sigs.k8s.io/yaml over go.yaml.in/yaml v2: YAML 1.1, through JSON, first document only.

mod cursor;
mod decode;
mod depth;
mod documents;
mod error;
pub mod json;
mod lexeme;
mod order;
mod parse;
mod part;
mod pretty;
mod property;
mod read;
mod resolve;
mod scalar;
mod sight;
mod style;
mod syntax;
mod text;
mod tree;
mod write;

pub use self::decode::{Duplicate, KeyTrouble, Respelled};
pub use self::documents::{Part, decode_values, split_documents};
pub use self::error::Error;
pub use self::json::{from_json, from_json_list, from_json_map, to_json, to_json_indent};
pub(crate) use self::part::{Want, decode_part};
pub use self::pretty::to_yaml_pretty;
pub use self::write::{node_to_yaml, to_yaml};

use self::decode::{Numbers, decode_document};
use crate::value::{Data, Node};

/// Decodes the first document, as `Unmarshal` into an untyped target does: every number is a float,
/// dates are the strings they were. An empty text is null.
///
/// # Errors
/// Go's message in full: `error converting YAML to JSON: yaml: line 2: …`.
///
/// ```
/// let node = chartwright::yaml::decode(b"a: yes\nb: [010, 1.10]").unwrap();
/// assert_eq!(chartwright::yaml::decode(br#"{"a": true, "b": [8, 1.1]}"#).unwrap(), node);
/// ```
pub fn decode(text: &[u8]) -> Result<Node, Error> {
    decode_document(text, Numbers::Float).map(|(node, _)| node)
}

/// [`decode`], with what is suspicious in the keys, in the order it was found.
///
/// # Errors
/// As [`decode`].
pub fn decode_with_troubles(text: &[u8]) -> Result<(Node, Vec<KeyTrouble>), Error> {
    decode_document(text, Numbers::Float)
}

/// Decodes the first document as Go's yaml v3 does into an untyped target: integers are [`Data::Int`], `yes` and `on` are
/// text, a key that stands twice is an error.
///
/// # Errors
/// Go's message, without what stands in front of it.
pub(crate) fn decode_v3(text: &[u8]) -> Result<Node, Error> {
    decode::decode_v3(text, Numbers::V3)
}

/// [`decode_v3`], with every scalar the text that stands there: what Go reads into a field of texts.
///
/// # Errors
/// As [`decode_v3`].
pub(crate) fn decode_v3_texts(text: &[u8]) -> Result<Node, Error> {
    decode::decode_v3(text, Numbers::V3Text)
}

/// Decodes into Go's `map[string]interface {}`: null gives an empty map.
///
/// # Errors
/// As [`decode`], and `error unmarshaling JSON: …` for a list or a scalar.
pub fn decode_map(text: &[u8]) -> Result<Node, Error> {
    let node = decode(text)?;
    match type_mismatch_of(&node, Shape::Map, "map[string]interface {}") {
        Some(error) => Err(error),
        None => Ok(Shape::Map.filled(node)),
    }
}

/// Decodes into Go's `[]interface {}`: null gives an empty list.
///
/// # Errors
/// As [`decode`], and `error unmarshaling JSON: …` for a map or a scalar.
pub fn decode_list(text: &[u8]) -> Result<Node, Error> {
    let node = decode(text)?;
    match type_mismatch_of(&node, Shape::List, "[]interface {}") {
        Some(error) => Err(error),
        None => Ok(Shape::List.filled(node)),
    }
}

/// What a Go target takes besides null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Map,
    List,
}

impl Shape {
    /// The node, or what a Go target holds after null: an empty map or list.
    pub(crate) fn filled(self, node: Node) -> Node {
        let data = match self {
            _ if !node.is_null() => return node,
            Shape::Map => Data::map(Default::default()),
            Shape::List => Data::list(Vec::new()),
        };
        Node { data, ..node }
    }
}

/// The error of decoding this node into a Go target of the type `target`, a slice when it begins
/// with `[]` and a map or struct otherwise; `None` when it fits.
pub fn type_mismatch(node: &Node, target: &str) -> Option<Error> {
    let shape = if target.starts_with("[]") { Shape::List } else { Shape::Map };
    type_mismatch_of(node, shape, target)
}

pub(crate) fn type_mismatch_of(node: &Node, shape: Shape, target: &str) -> Option<Error> {
    let error = json::type_mismatch(node, shape, target)?;
    let message = format!("error unmarshaling JSON: while decoding JSON: {error}");
    Some(Error { message, line: node.origin.line })
}
