//! Pods that do not learn of a changed ConfigMap or Secret.

use super::references::references;
use crate::diag::Severity;
use crate::lint::rules::objects::{self, Workload};
use crate::lint::{Case, Check, Findings, On, Rule};
use std::collections::BTreeSet;

pub(super) const RULES: &[Rule] = &[MISSING, OUTSIDE];

const MISSING: Rule = Rule {
    id: "missing-config-checksum",
    severity: Severity::Note,
    summary: "pods are not restarted when a ConfigMap or Secret of the chart changes",
    why: "Environment is read at the start only, and most programs read files only then. An upgrade that changes nothing but the ConfigMap succeeds and has no effect.",
    fix: "Put a checksum of the template into the pod's annotations, as in `checksum/config: {{ include (print $.Template.BasePath \"/configmap.yaml\") . | sha256sum }}`.",
    on: On::Default,
    check: Check::Case(check),
};

const OUTSIDE: Rule = Rule {
    id: "unwatched-outside-secret",
    severity: Severity::Note,
    summary: "pods are not restarted when a Secret or ConfigMap from outside the chart changes",
    why: "A checksum can only cover what the chart renders. Who changes a password in an existing Secret must restart the pods, and nothing says so.",
    fix: "Say in the documentation how to rotate, or let a controller that watches Secrets restart the pods.",
    on: On::Profiles(&["strict"]),
    check: Check::Case(outside),
};

/// Annotations of controllers that restart pods themselves.
fn is_watched(workload: &Workload) -> bool {
    let watches = |key: &String| key.contains("reloader") || key.contains("wave.pusher.com") || key.contains("k8tz");
    workload.annotations.keys().any(watches) || workload.object.head.annotations.keys().any(watches)
}

fn long_running(case: &Case) -> impl Iterator<Item = &Workload> {
    let runs =
        |workload: &&Workload| !workload.is_short_lived() && workload.object.kind() != "Pod" && !is_watched(workload);
    case.facts().workloads.iter().filter(runs)
}

fn check(case: &Case, findings: &mut Findings) {
    for workload in long_running(case) {
        let namespace = case.namespace_of(&workload.object);
        let own = |kind, name: &str| {
            let object = case.facts().named(case, kind, namespace, name)?;
            let has_data = ["data", "stringData", "binaryData"]
                .iter()
                .any(|field| objects::keys(&object.node, field).next().is_some());
            has_data.then_some(object)
        };
        let mut told = BTreeSet::new();
        let all = references(workload);
        let used: BTreeSet<_> = all
            .iter()
            .filter(|reference| reference.at_start && own(reference.kind, reference.name).is_some())
            .map(|reference| (reference.kind, reference.name))
            .collect();
        // A hash that covers several templates is one annotation; which it covers only the template knows.
        if is_hashed(workload) {
            continue;
        }
        for reference in all.iter().filter(|reference| used.contains(&(reference.kind, reference.name))) {
            if told.insert((reference.kind, reference.name)) {
                let text = format!(
                    "pods of {} use {} `{}` of the chart, and nothing restarts them when it changes",
                    workload.object.id(),
                    reference.kind,
                    reference.name,
                );
                findings.on(&MISSING, case, &workload.object, &reference.path, text);
            }
        }
    }
}

/// Whether an annotation of the pods looks like a hash of something.
fn is_hashed(workload: &Workload) -> bool {
    workload.annotations.iter().any(|(key, value)| {
        let hex = value.len() >= 8 && value.chars().all(|c| c.is_ascii_hexdigit());
        key.contains("checksum") || key.contains("hash") || key.contains("sha256") || hex
    })
}

fn outside(case: &Case, findings: &mut Findings) {
    for workload in long_running(case) {
        let namespace = case.namespace_of(&workload.object);
        let mut told = BTreeSet::new();
        for reference in references(workload).iter().filter(|reference| reference.at_start) {
            let is_own = case.facts().named(case, reference.kind, namespace, reference.name).is_some();
            if !is_own && told.insert((reference.kind, reference.name)) {
                let text = format!(
                    "pods of {} use {} `{}` from outside the chart, and nothing restarts them when it changes",
                    workload.object.id(),
                    reference.kind,
                    reference.name,
                );
                findings.on(&OUTSIDE, case, &workload.object, &reference.path, text);
            }
        }
    }
}
