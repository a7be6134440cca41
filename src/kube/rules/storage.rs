//! PersistentVolumes, their claims and classes.

use super::value::{at_most_one, named, present, reference};
use crate::kube::at::At;
use crate::kube::names;
use crate::kube::problem::Problem;
use crate::kube::quantity::Quantity;
use crate::path::Step;

const SOURCES: &[&str] = &[
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "glusterfs",
    "nfs",
    "rbd",
    "quobyte",
    "cephfs",
    "flocker",
    "fc",
    "iscsi",
    "cinder",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "scaleIO",
    "local",
    "storageos",
    "csi",
    "flexVolume",
];

pub(super) fn claim(object: &At<'_>, out: &mut Vec<Problem>) {
    match object.get("spec") {
        Some(spec) => claim_spec(&spec, out),
        None => out.push(object.problem_at("spec", "missing-field", "`spec` is missing, which is required")),
    }
}

/// The spec of a claim, or of a template of claims.
pub(super) fn claim_spec(spec: &At<'_>, out: &mut Vec<Problem>) {
    access_modes(spec, out);
    reference(spec, "storageClassName", out);
    if let Some(labels) = spec.get("selector") {
        super::selector::check(&labels, out);
    }
    let size = spec.find(&["resources", "requests", "storage"]);
    let Some(size) = size else {
        let mut problem =
            spec.problem_at("resources", "missing-field", "`requests.storage` is missing, which is required");
        problem.path.extend(["requests", "storage"].map(|key| Step::Key(key.to_owned())));
        out.push(problem);
        return;
    };
    if let Some(amount) = Quantity::of(size.node()).filter(|amount| amount.is_negative() || amount.is_zero()) {
        out.push(size.problem("out-of-range", format!("found {amount}, allowed is more than 0")));
    }
}

fn access_modes(spec: &At<'_>, out: &mut Vec<Problem>) {
    let modes: Vec<&str> = spec.list("accessModes").filter_map(|mode| mode.text()).collect();
    if spec.lacks("accessModes") {
        let message = "found no access mode, expected at least one such as `ReadWriteOnce`";
        out.push(spec.problem_at("accessModes", "missing-field", message));
    } else if modes.len() > 1 && modes.contains(&"ReadWriteOncePod") {
        let message = "found `ReadWriteOncePod` beside others, which it excludes";
        out.push(spec.problem_at("accessModes", "conflicting-fields", message));
    }
}

pub(super) fn volume(object: &At<'_>, out: &mut Vec<Problem>) {
    let Some(spec) = object.get("spec") else { return };
    access_modes(&spec, out);
    reference(&spec, "storageClassName", out);
    if spec.lacks("capacity") {
        out.push(spec.problem_at("capacity", "missing-field", "`storage` is missing, which is required"));
    }
    for (name, amount) in spec.get("capacity").iter().flat_map(At::entries) {
        if let Some(amount) = Quantity::of(amount.node()).filter(|amount| amount.is_negative() || amount.is_zero())
            && let Some(capacity) = spec.get("capacity")
        {
            let message = format!("found {amount}, allowed is more than 0");
            out.push(capacity.problem_at(&name, "out-of-range", message));
        }
    }
    if !SOURCES.iter().any(|source| spec.has(source)) {
        let message =
            format!("found no source of the volume, expected one such as {}", named(&["csi", "nfs", "local"]));
        out.push(spec.problem("volume-without-source", message));
    }
    match spec.get("nodeAffinity") {
        Some(affinity) if !affinity.has("required") => {
            out.push(affinity.problem_at("required", "missing-field", "`required` is missing, which is required"));
        }
        None if spec.has("local") && present(&spec, SOURCES).len() == 1 => {
            let message = "`nodeAffinity` is missing, which a local volume needs";
            out.push(spec.problem_at("nodeAffinity", "missing-field", message));
        }
        _ => {}
    }
    at_most_one(&spec, SOURCES, "volume-two-sources", out);
}

pub(super) fn class(object: &At<'_>, out: &mut Vec<Problem>) {
    super::value::name(object, "provisioner", names::label_key, out);
    let Some(policy) = object.text_of("reclaimPolicy").filter(|policy| !matches!(*policy, "" | "Delete" | "Retain"))
    else {
        return;
    };
    // The schema knows a third word, which only volumes made by hand may have.
    if policy == "Recycle" {
        let message = "found `Recycle`, allowed are `Delete`, `Retain`";
        out.push(object.problem_at("reclaimPolicy", "unknown-value", message));
    }
}
