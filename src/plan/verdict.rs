//! What becomes of one object.
//!
//! In: a [`Pair`]. Out: [`Compared`]: what differs, the verdict, and why the API server refuses it.

use super::{Compared, Pair, Rejection, Settings, Verdict, changes};
use crate::kube::{immutable_changes, show_path};
use crate::manifest::Object;

/// Kinds whose pods follow a template.
const WORKLOADS: [&str; 5] = ["StatefulSet", "Deployment", "DaemonSet", "ReplicaSet", "ReplicationController"];

pub(super) fn compare<'s>(pair: Pair<'s>, _settings: &Settings) -> Compared<'s> {
    let (old, new) = match (pair.old, pair.new) {
        (Some(old), Some(new)) => (old, new),
        (old, _) => {
            let verdict = if old.is_some() { Verdict::Removed } else { Verdict::Added };
            return Compared { pair, changes: Vec::new(), verdict, rejections: Vec::new() };
        }
    };
    let changes = changes(&old.node, &new.node);
    let rejections = rejections(old, new);
    let is_workload = WORKLOADS.contains(&new.kind());
    let label_only = |change: &super::Change| {
        change.path.is_below(&["metadata", "labels"]) || change.path.is_below(&["metadata", "annotations"])
    };
    let verdict = match () {
        () if !rejections.is_empty() => Verdict::Rejected,
        () if changes.is_empty() => Verdict::Unchanged,
        () if changes.iter().all(label_only) => Verdict::LabelOnly,
        () if is_workload && changes.iter().any(|change| change.path.is_below(&["spec", "template"])) => {
            Verdict::RollsPods
        }
        () => Verdict::InPlace,
    };
    Compared { pair, changes, verdict, rejections }
}

fn rejections(old: &Object, new: &Object) -> Vec<Rejection> {
    let problems = immutable_changes(&old.node, &new.node);
    let told = problems.into_iter().map(|problem| Rejection {
        path: show_path(&problem.path),
        message: problem.message,
        remedy: problem.fix.unwrap_or_default(),
        commands: Vec::new(),
    });
    told.collect()
}
