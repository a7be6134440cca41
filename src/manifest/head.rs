//! The head of a manifest: what Helm needs to know to sort it.
//!
//! In: the text of a document. Out: [`Head`], or Helm's words for what is wrong with it.

use crate::chart::{At, Typed};
use crate::value::{Data, Node};
use crate::yaml::{self, Want};
use std::collections::BTreeMap;

/// Version, kind, name and annotations of a document; empty where it has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// `apiVersion`.
    pub api_version: String,
    /// `kind`.
    pub kind: String,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`, when it is text.
    pub namespace: String,
    /// `metadata.annotations`.
    pub annotations: BTreeMap<String, String>,
}

const METADATA_TYPE: &str =
    r#"struct { Name string "json:\"name\""; Annotations map[string]string "json:\"annotations\"" }"#;

/// What `Head::from_node` looks at, and `Head::metadata` below.
fn wanted(key: &[u8]) -> Want {
    let is = |name: &str| key.eq_ignore_ascii_case(name.as_bytes());
    match () {
        () if is("apiVersion") || is("kind") => Want::All,
        () if is("metadata") => Want::Entries(wanted_of_metadata),
        () => Want::Nothing,
    }
}

fn wanted_of_metadata(key: &[u8]) -> Want {
    let is_read = ["name", "namespace", "annotations"].iter().any(|name| key.eq_ignore_ascii_case(name.as_bytes()));
    if is_read { Want::All } else { Want::Nothing }
}

impl Head {
    /// Reads the head of the first document of `text`.
    ///
    /// # Errors
    /// The text is not YAML, not a map, or has no text where a head has text.
    pub fn read(text: &str) -> Result<Head, yaml::Error> {
        Head::read_with_troubles(text).map(|(head, _)| head)
    }

    /// The head, and what is suspicious in the document's keys.
    pub(super) fn read_with_troubles(text: &str) -> Result<(Head, Vec<yaml::KeyTrouble>), yaml::Error> {
        let (node, troubles) = yaml::decode_part(text.as_bytes(), wanted)?;
        Ok((Head::from_node(text.as_bytes(), &node)?, troubles))
    }

    /// The head of an object that is already read; empty where it has no text.
    pub(crate) fn of(node: &Node) -> Head {
        Head::from_node(b"", node).unwrap_or_default()
    }

    pub(super) fn from_node(text: &[u8], node: &Node) -> Result<Head, yaml::Error> {
        let mut typed = Typed::new(text);
        let mut head = Head::default();
        let top = At::top();
        for (key, value) in typed.object(node, "util.SimpleHead", &top).into_iter().flatten() {
            if value.is_null() {
                continue;
            }
            let key = key.to_text().to_ascii_lowercase();
            match key.as_str() {
                "apiversion" => head.api_version = typed.string(value, &top.field("SimpleHead", "apiVersion")),
                "kind" => head.kind = typed.string(value, &top.field("SimpleHead", "kind")),
                "metadata" => head.metadata(&mut typed, value, &top.field("SimpleHead", "metadata")),
                _ => {}
            }
        }
        typed.finish_at().map(|()| head).map_err(|(message, line)| yaml::Error { message, line })
    }

    fn metadata(&mut self, typed: &mut Typed<'_>, node: &Node, at: &At) {
        for (key, value) in typed.object(node, METADATA_TYPE, at).into_iter().flatten() {
            match key.to_text().to_ascii_lowercase().as_str() {
                "name" if !value.is_null() => self.name = typed.string(value, &at.field("", "name")),
                // Helm does not read it here, so whatever it is, it is no error.
                "namespace" => {
                    if let Data::Str(text) = &value.data {
                        self.namespace = text.to_text().into_owned();
                    }
                }
                "annotations" => {
                    self.annotations = typed.string_map(value, &at.field("", "annotations")).unwrap_or_default();
                }
                _ => {}
            }
        }
    }
}
