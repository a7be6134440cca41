//! Deployments, StatefulSets, DaemonSets, ReplicaSets.

use super::pod::{self, Restart};
use super::value::{count_or_percent, name, not_negative, words};
use super::{selector, storage};
use crate::kube::at::At;
use crate::kube::names;
use crate::kube::problem::{Minor, Problem};
use crate::path::Step;
use std::collections::BTreeSet;

/// The one minor that looks at `maxUnavailable` of StatefulSets: before and after it, that is off by default.
const ZERO_UNAVAILABLE: Minor = Minor(35);

/// How long a rollout may take when nothing is said.
const PROGRESS_SECONDS: i64 = 600;

pub(super) fn deployment(object: &At<'_>, minor: Minor, out: &mut Vec<Problem>) {
    selector::of_workload(object, "Deployment", out);
    pod::of_object(object, minor, Restart::Always, out);
    let Some(spec) = object.get("spec") else { return };
    not_negative(&spec, &["replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"], out);
    let ready = spec.integer_of("minReadySeconds").unwrap_or(0);
    if ready >= spec.integer_of("progressDeadlineSeconds").unwrap_or(PROGRESS_SECONDS) {
        let message = format!("found a deadline that is not beyond `minReadySeconds` of {ready}");
        out.push(spec.problem_at("progressDeadlineSeconds", "conflicting-fields", message));
    }
    let Some(strategy) = spec.get("strategy") else { return };
    let rolling = strategy.get("rollingUpdate");
    if strategy.text_of("type") == Some("Recreate") && rolling.is_some() {
        let message = "found `rollingUpdate`, which `type: Recreate` does not take";
        out.push(strategy.problem_at("rollingUpdate", "strategy-conflict", message).fix("set `rollingUpdate: null`"));
        return;
    }
    let Some(rolling) = rolling else { return };
    let surge = count_or_percent(&rolling, "maxSurge", false, out);
    let unavailable = count_or_percent(&rolling, "maxUnavailable", true, out);
    if surge.is_some_and(|amount| amount.is_zero()) && unavailable.is_some_and(|amount| amount.is_zero()) {
        let message = "found 0 beside `maxSurge` of 0: the rollout could never begin";
        out.push(rolling.problem_at("maxUnavailable", "strategy-conflict", message));
    }
}

pub(super) fn stateful_set(object: &At<'_>, minor: Minor, out: &mut Vec<Problem>) {
    // Its pods carry the name as host name and label.
    if let Some(metadata) = object.get("metadata")
        && let Some(text) = metadata.text_of("name").filter(|text| !text.is_empty())
        && names::subdomain(text).is_ok()
        && let Err(message) = names::label(text)
    {
        let rule = if text.len() > names::LABEL_LENGTH { "too-long-name" } else { "invalid-name" };
        out.push(metadata.problem_at("name", rule, message));
    }
    selector::of_workload(object, "StatefulSet", out);
    let Some(spec) = object.get("spec") else { return };
    not_negative(&spec, &["replicas", "minReadySeconds"], out);
    if let Some(ordinals) = spec.get("ordinals") {
        not_negative(&ordinals, &["start"], out);
    }
    name(&spec, "serviceName", names::label, out);
    let mut claims = BTreeSet::new();
    for claim in spec.list("volumeClaimTemplates") {
        match claim.find(&["metadata", "name"]).and_then(|name| name.text()) {
            Some(name) => {
                claims.insert(name);
            }
            None => {
                let message = "`name` is missing, by which containers mount the claim";
                let mut problem = claim.problem_at("metadata", "missing-field", message);
                problem.path.push(Step::Key("name".to_owned()));
                out.push(problem);
            }
        }
        storage::claim(&claim, out);
    }
    pod::of_object_with_claims(object, minor, Restart::Always, &claims, out);
    if let Some(strategy) = spec.get("updateStrategy") {
        let rolling = strategy.get("rollingUpdate");
        if strategy.text_of("type") == Some("OnDelete") && rolling.is_some() {
            let message = "found `rollingUpdate`, which `type: OnDelete` does not take";
            out.push(strategy.problem_at("rollingUpdate", "strategy-conflict", message));
        } else if let Some(rolling) = rolling {
            not_negative(&rolling, &["partition"], out);
            if minor == ZERO_UNAVAILABLE
                && count_or_percent(&rolling, "maxUnavailable", true, out).is_some_and(|amount| amount.is_zero())
            {
                let message = "found 0: the rollout could never begin";
                out.push(rolling.problem_at("maxUnavailable", "strategy-conflict", message));
            }
        }
    }
    if let Some(kept) = spec.get("persistentVolumeClaimRetentionPolicy") {
        for field in ["whenDeleted", "whenScaled"] {
            words(&kept, field, &["Retain", "Delete"], out);
        }
    }
}

pub(super) fn daemon_set(object: &At<'_>, minor: Minor, out: &mut Vec<Problem>) {
    selector::of_workload(object, "DaemonSet", out);
    pod::of_object(object, minor, Restart::Always, out);
    let Some(spec) = object.get("spec") else { return };
    not_negative(&spec, &["minReadySeconds", "revisionHistoryLimit"], out);
    let strategy = spec.get("updateStrategy").filter(|strategy| strategy.text_of("type") != Some("OnDelete"));
    let Some(rolling) = strategy.and_then(|strategy| strategy.get("rollingUpdate")) else { return };
    let surge = count_or_percent(&rolling, "maxSurge", true, out).filter(|amount| !amount.is_zero());
    let unavailable = count_or_percent(&rolling, "maxUnavailable", true, out);
    if surge.is_some() && unavailable.is_some_and(|amount| !amount.is_zero()) {
        let message = "found `maxSurge` beside `maxUnavailable`, allowed is one of them";
        out.push(rolling.problem_at("maxSurge", "strategy-conflict", message).fix("set `maxUnavailable: 0`"));
    } else if surge.is_none() && unavailable.is_some_and(|amount| amount.is_zero()) {
        let message = "found 0 beside `maxSurge` of 0: the rollout could never begin";
        out.push(rolling.problem_at("maxUnavailable", "strategy-conflict", message));
    }
}

pub(super) fn replica_set(object: &At<'_>, minor: Minor, out: &mut Vec<Problem>) {
    selector::of_workload(object, "ReplicaSet", out);
    pod::of_object(object, minor, Restart::Always, out);
    if let Some(spec) = object.get("spec") {
        not_negative(&spec, &["replicas", "minReadySeconds"], out);
    }
}

pub(super) fn replication_controller(object: &At<'_>, minor: Minor, out: &mut Vec<Problem>) {
    pod::of_object(object, minor, Restart::Always, out);
    if let Some(spec) = object.get("spec") {
        not_negative(&spec, &["replicas", "minReadySeconds"], out);
    }
}
