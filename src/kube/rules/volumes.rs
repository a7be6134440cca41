//! Volumes of pods.

use super::storage;
use super::value::{at_most_one, between, climbs, relative_path, required};
use crate::kube::at::At;
use crate::kube::names;
use crate::kube::problem::Problem;
use crate::kube::quantity::Quantity;
use std::collections::BTreeSet;

const SOURCES: &[&str] = &[
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "persistentVolumeClaim",
    "rbd",
    "quobyte",
    "flexVolume",
    "cinder",
    "cephfs",
    "flocker",
    "downwardAPI",
    "fc",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "scaleIO",
    "projected",
    "ephemeral",
    "csi",
    "image",
];

/// Shortest life of a projected token.
const TOKEN_SECONDS: i64 = 600;

/// The volumes of a pod spec, and their names together with those of the claims.
pub(super) fn check<'a>(spec: &At<'a>, claims: &BTreeSet<&'a str>, out: &mut Vec<Problem>) -> BTreeSet<&'a str> {
    let mut names_found = claims.clone();
    for volume in spec.list("volumes") {
        if let Some(name) = volume.text_of("name").filter(|name| !name.is_empty()) {
            if let Err(message) = names::label(name) {
                out.push(volume.problem_at("name", "invalid-name", message));
            }
            names_found.insert(name);
        }
        at_most_one(&volume, SOURCES, "volume-two-sources", out);
        source(&volume, out);
    }
    names_found
}

fn source(volume: &At<'_>, out: &mut Vec<Problem>) {
    if let Some(map) = volume.get("configMap") {
        files(&map, "name", out);
    }
    if let Some(secret) = volume.get("secret") {
        files(&secret, "secretName", out);
    }
    if let Some(path) = volume.get("hostPath") {
        climbs(&path, "path", out);
    }
    if let Some(path) = volume.get("nfs").filter(|nfs| nfs.text_of("path").is_some_and(|path| !path.starts_with('/'))) {
        out.push(path.problem_at("path", "invalid-path", "found a relative path, expected one that begins with `/`"));
    }
    if let Some(size) = volume.find(&["emptyDir", "sizeLimit"])
        && let Some(amount) = Quantity::of(size.node()).filter(Quantity::is_negative)
    {
        out.push(size.problem("negative-number", format!("found {amount}, allowed are 0 and more")));
    }
    if let Some(spec) = volume.find(&["ephemeral", "volumeClaimTemplate", "spec"]) {
        storage::claim_spec(&spec, out);
    }
    for item in volume.get("downwardAPI").iter().flat_map(|one| one.list("items")) {
        relative_path(&item, "path", out);
        if !item.has("fieldRef") && !item.has("resourceFieldRef") {
            let message = "found neither `fieldRef` nor `resourceFieldRef`, expected one of them";
            out.push(item.problem("missing-field", message));
        }
    }
    let Some(projected) = volume.get("projected") else { return };
    between(&projected, "defaultMode", 0, 0o777, out);
    for source in projected.list("sources") {
        at_most_one(
            &source,
            &["secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate"],
            "volume-two-sources",
            out,
        );
        for part in ["configMap", "secret"] {
            if let Some(part) = source.get(part) {
                files(&part, "name", out);
            }
        }
        if let Some(token) = source.get("serviceAccountToken") {
            relative_path(&token, "path", out);
            if let Some(seconds) = token.integer_of("expirationSeconds").filter(|seconds| *seconds < TOKEN_SECONDS) {
                let message = format!("found {seconds}, allowed are {TOKEN_SECONDS} and more");
                out.push(token.problem_at("expirationSeconds", "out-of-range", message));
            }
        }
    }
}

/// The files of a ConfigMap or Secret.
fn files(part: &At<'_>, name: &str, out: &mut Vec<Problem>) {
    required(part, name, out);
    between(part, "defaultMode", 0, 0o777, out);
    for item in part.list("items") {
        relative_path(&item, "path", out);
        between(&item, "mode", 0, 0o777, out);
    }
}
