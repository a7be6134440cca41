//! Volumes that outlive pods: which claims there are on a side, and who uses them.
//!
//! In: a side. Out: [`Claim`]s by namespace and name: of volumeClaimTemplates times pods, of PersistentVolumeClaims among
//! the manifests, and of claims that pods refer to and somebody else made.

use crate::manifest::{Object, ObjectId};
use crate::plan::Side;
use crate::plan::pods::workload::{Workload, namespace, text_at};
use crate::value::Node;
use std::collections::BTreeMap;

/// A claim of one side.
#[derive(Debug, Clone)]
pub(in crate::plan) struct Claim<'s> {
    /// The workload whose pods mount it.
    pub workload: Option<Workload<'s>>,
    /// Where it comes from.
    pub from: From<'s>,
    /// Its size, as written.
    pub size: Option<String>,
}

/// Where a claim comes from.
#[derive(Debug, Clone, Copy)]
pub(in crate::plan) enum From<'s> {
    /// A StatefulSet makes it for each pod.
    Template,
    /// It is an object of the release.
    Manifest(&'s Object),
    /// Somebody else made it.
    Elsewhere,
}

/// Namespace and name.
pub(in crate::plan) type Key = (String, String);

/// Every claim of a side.
pub(in crate::plan) fn claims(side: &Side) -> BTreeMap<Key, Claim<'_>> {
    let mut found: BTreeMap<Key, Claim<'_>> = BTreeMap::new();
    for object in side.kept().filter(|object| object.kind() == "PersistentVolumeClaim") {
        let size = text_at(&object.node, "spec.resources.requests.storage");
        let key = (namespace(object, side).to_owned(), object.name().to_owned());
        found.insert(key, Claim { workload: None, from: From::Manifest(object), size });
    }
    for workload in Workload::all(side) {
        for name in referred(workload) {
            let key = (workload.namespace().to_owned(), name);
            let claim = found.entry(key).or_insert(Claim { workload: None, from: From::Elsewhere, size: None });
            claim.workload.get_or_insert(workload);
        }
        for template in templates(workload) {
            let Some(name) = text_at(template, "metadata.name") else { continue };
            let size = text_at(template, "spec.resources.requests.storage");
            for pod in workload.pod_names() {
                let key = (workload.namespace().to_owned(), format!("{name}-{pod}"));
                let from = From::Template;
                found.insert(key, Claim { workload: Some(workload), from, size: size.clone() });
            }
        }
    }
    found
}

/// The volumeClaimTemplates of a StatefulSet.
pub(in crate::plan) fn templates<'s>(workload: Workload<'s>) -> &'s [Node] {
    let node = (workload.kind() == "StatefulSet").then_some(&workload.object.node);
    node.and_then(|node| node.find("spec.volumeClaimTemplates")).map(Node::items).unwrap_or_default()
}

/// The names of claims that a workload's pods refer to themselves. A template's volume hides one of its name.
fn referred(workload: Workload<'_>) -> Vec<String> {
    let own: Vec<_> = templates(workload).iter().filter_map(|template| text_at(template, "metadata.name")).collect();
    let volumes = workload.pod().and_then(|pod| pod.get("volumes")).map(Node::items).unwrap_or_default();
    let volumes = volumes.iter().filter(|volume| text_at(volume, "name").is_none_or(|name| !own.contains(&name)));
    volumes.filter_map(|volume| text_at(volume, "persistentVolumeClaim.claimName")).collect()
}

/// What is mounted at a place in a workload's pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::plan) enum Source {
    /// A claim of its own for each pod, by the template's name.
    Template(String),
    /// One claim.
    Claim(String),
    /// A directory that goes with the pod.
    Empty,
    /// Something else: a ConfigMap, a host's directory.
    Other,
}

impl Source {
    /// Whether it outlives the pod.
    pub fn is_lasting(&self) -> bool {
        matches!(self, Source::Template(_) | Source::Claim(_))
    }
}

/// A mount of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::plan) struct Mount {
    /// The container.
    pub container: String,
    /// Where.
    pub path: String,
    /// The volume.
    pub volume: String,
    /// The folder of the volume; empty for the whole.
    pub folder: String,
    /// What it is.
    pub source: Source,
}

/// Every mount of a workload's containers.
pub(in crate::plan) fn mounts(workload: Workload<'_>) -> Vec<Mount> {
    let own: Vec<_> = templates(workload).iter().filter_map(|template| text_at(template, "metadata.name")).collect();
    let volumes = workload.pod().and_then(|pod| pod.get("volumes")).map(Node::items).unwrap_or_default();
    let mut found = Vec::new();
    for container in workload.containers() {
        for mount in container.at.list("volumeMounts") {
            let text = |field: &str| mount.text_of(field).unwrap_or_default().trim_end_matches('/').to_owned();
            let name = text("name");
            let volume = volumes.iter().find(|volume| text_at(volume, "name").as_ref() == Some(&name));
            let claim = volume.and_then(|volume| text_at(volume, "persistentVolumeClaim.claimName"));
            let source = match (claim, volume) {
                _ if own.contains(&name) => Source::Template(name.clone()),
                (Some(claim), _) => Source::Claim(claim),
                (None, Some(volume)) if volume.get("emptyDir").is_some() => Source::Empty,
                (None, _) => Source::Other,
            };
            let container = container.name.to_owned();
            found.push(Mount { container, path: text("mountPath"), volume: name, folder: text("subPath"), source });
        }
    }
    found
}

/// The object that a claim is told under.
pub(in crate::plan) fn owner(claim: &Claim<'_>) -> Option<ObjectId> {
    claim.workload.map(|workload| workload.id())
}
