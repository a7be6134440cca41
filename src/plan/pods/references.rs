//! ConfigMaps and Secrets that pods use.
//!
//! In: a workload. Out: [`Reference`]s: which object, which of its keys, and whether pods see it change.

use crate::plan::pods::workload::{Workload, text_at};
use crate::value::Node;
use std::collections::BTreeSet;

/// A use of a ConfigMap or a Secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::plan) struct Reference {
    /// `ConfigMap` or `Secret`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The keys that are used; all where there are none.
    pub keys: Vec<String>,
    /// How.
    pub by: Use,
}

/// How a ConfigMap or a Secret is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::plan) enum Use {
    /// As files of a volume, which the kubelet updates.
    Files,
    /// As a file mounted by `subPath`, which is never updated.
    SubPath,
    /// As variables, read when the container starts.
    Variables,
}

impl Reference {
    /// Whether it uses a key.
    pub fn uses(&self, key: &str) -> bool {
        self.keys.is_empty() || self.keys.iter().any(|one| one == key)
    }
}

const KINDS: [(&str, &str, &str); 2] = [("ConfigMap", "configMap", "name"), ("Secret", "secret", "secretName")];

/// Every ConfigMap and Secret that the pods of a workload use.
pub(in crate::plan) fn references(workload: Workload<'_>) -> Vec<Reference> {
    let Some(pod) = workload.pod() else { return Vec::new() };
    let mut found = Vec::new();
    let containers = workload.containers();
    for volume in pod.get("volumes").map(Node::items).unwrap_or_default() {
        let Some(volume_name) = text_at(volume, "name") else { continue };
        let mounts = containers.iter().flat_map(|container| container.at.list("volumeMounts").collect::<Vec<_>>());
        let mounts: Vec<_> = mounts.filter(|mount| mount.text_of("name") == Some(&volume_name)).collect();
        let is_sub = |mount: &crate::kube::At<'_>| {
            ["subPath", "subPathExpr"].iter().any(|field| mount.text_of(field).is_some_and(|path| !path.is_empty()))
        };
        let by = if mounts.iter().any(is_sub) { Use::SubPath } else { Use::Files };
        let projected = volume.find("projected.sources").map(Node::items).unwrap_or_default();
        for (source, name_field) in
            std::iter::once((volume, None)).chain(projected.iter().map(|source| (source, Some("name"))))
        {
            for (kind, field, own_field) in KINDS {
                let Some(of) = source.get(field) else { continue };
                let Some(name) = text_at(of, name_field.unwrap_or(own_field)) else { continue };
                let items = of.get("items").map(Node::items).unwrap_or_default();
                let keys = items.iter().filter_map(|item| text_at(item, "key")).collect();
                found.push(Reference { kind, name, keys, by });
            }
        }
    }
    for container in &containers {
        let node = container.at.node();
        for source in node.get("envFrom").map(Node::items).unwrap_or_default() {
            for (kind, field) in [("ConfigMap", "configMapRef.name"), ("Secret", "secretRef.name")] {
                let name = text_at(source, field);
                found.extend(name.map(|name| Reference { kind, name, keys: Vec::new(), by: Use::Variables }));
            }
        }
        for variable in node.get("env").map(Node::items).unwrap_or_default() {
            for (kind, field) in [("ConfigMap", "valueFrom.configMapKeyRef"), ("Secret", "valueFrom.secretKeyRef")] {
                let Some(of) = variable.find(field) else { continue };
                let (Some(name), Some(key)) = (text_at(of, "name"), text_at(of, "key")) else { continue };
                found.push(Reference { kind, name, keys: vec![key], by: Use::Variables });
            }
        }
    }
    found
}

/// How the given keys of one object are used, the way that notices least last.
pub(in crate::plan) fn uses(of: &[Reference], kind: &str, name: &str, keys: &[(String, bool)]) -> BTreeSet<Use> {
    let mine = of.iter().filter(|reference| reference.kind == kind && reference.name == name);
    mine.filter(|reference| keys.iter().any(|(key, _)| reference.uses(key))).map(|reference| reference.by).collect()
}
