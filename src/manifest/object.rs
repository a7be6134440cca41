//! The objects that documents hold.
//!
//! In: [`Document`]s. Out: [`Object`]s: of a `List` its items.

use super::{Document, Head, HookEvent};
use crate::path::Step;
use crate::value::{Data, Node};
use std::fmt;

/// An object of the cluster, as manifests name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObjectId {
    /// `apiVersion`.
    pub api_version: String,
    /// `kind`.
    pub kind: String,
    /// `metadata.namespace`; empty where the manifest names none.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// An object that manifests hold.
#[derive(Debug, Clone)]
pub struct Object {
    /// Version, kind, name and annotations.
    pub head: Head,
    /// The object: of a list's item, the item.
    pub node: Node,
    /// Where in its document the object stands; empty for the document itself.
    pub base: Vec<Step>,
    /// Index of its document among those that were read.
    pub document: usize,
    /// When it runs, if it is a hook.
    pub hooks: Vec<HookEvent>,
}

impl Object {
    /// What it is called.
    pub fn id(&self) -> ObjectId {
        let Head { api_version, kind, namespace, name, .. } = self.head.clone();
        ObjectId { api_version, kind, namespace, name }
    }

    /// Its kind.
    pub fn kind(&self) -> &str {
        &self.head.kind
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.head.name
    }

    /// Its namespace: its own, else that of its release.
    pub fn namespace_in<'a>(&'a self, release: &'a str) -> &'a str {
        if self.head.namespace.is_empty() { release } else { &self.head.namespace }
    }

    /// Whether it is a test hook, which lives for a moment.
    pub fn is_test(&self) -> bool {
        self.hooks.contains(&HookEvent::Test)
    }
}

/// The objects of these documents, in their order; a `List` gives its items.
pub fn objects(documents: &[Document]) -> Vec<Object> {
    let mut found = Vec::new();
    for (index, document) in documents.iter().enumerate() {
        let (Some(node), Ok(head)) = (&document.node, &document.head) else { continue };
        let is_list =
            head.kind.ends_with("List") && matches!(node.get("items").map(|items| &items.data), Some(Data::List(_)));
        if !is_list {
            found.push(object(head.clone(), node.clone(), Vec::new(), index));
            continue;
        }
        for (number, item) in node.get("items").map(Node::items).unwrap_or_default().iter().enumerate() {
            let base = vec![Step::Key("items".into()), Step::Index(number)];
            found.push(object(Head::of(item), item.clone(), base, index));
        }
    }
    found
}

fn object(head: Head, node: Node, base: Vec<Step>, document: usize) -> Object {
    let names = head.annotations.get("helm.sh/hook").map(String::as_str).unwrap_or_default();
    let hooks = names.split(',').filter_map(HookEvent::parse).collect();
    Object { head, node, base, document, hooks }
}
