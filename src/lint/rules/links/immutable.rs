//! What changes with every version of the chart and stands where nothing may change.

use crate::diag::{Related, Severity};
use crate::lint::rules::objects::{self, Labels};
use crate::lint::{Case, Check, Findings, Object, On, Rule, Subject};
use crate::value::Node;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const RULES: &[Rule] = &[CLAIM, SELECTOR, JOB, POD, VARIES];

const CLAIM: Rule = Rule {
    id: "changing-claim-template",
    severity: Severity::Error,
    summary: "volumeClaimTemplates carry a label that changes with the chart's version",
    why: "volumeClaimTemplates cannot change: the API server refuses the first upgrade to another version of the chart, and every later one.",
    fix: "Use only the selector labels there, or none.",
    on: On::Default,
    check: Check::Case(check),
};

const SELECTOR: Rule = Rule {
    id: "changing-selector",
    severity: Severity::Error,
    summary: "a workload's selector holds a label that changes with the chart's version",
    why: "Selectors cannot change: the API server refuses the first upgrade to another version of the chart.",
    fix: "Select by name, instance and component only.",
    on: On::Default,
    check: Check::Elsewhere,
};

const JOB: Rule = Rule {
    id: "changing-job-template",
    severity: Severity::Warning,
    summary: "the pod template of a Job that is no hook changes with the chart's version",
    why: "A Job's template cannot change: unless the Job is gone by then, the API server refuses the upgrade.",
    fix: "Make the Job a hook with `hook-delete-policy: before-hook-creation`, or put the revision into its name.",
    on: On::Default,
    check: Check::Elsewhere,
};

const POD: Rule = Rule {
    id: "version-in-pod-labels",
    severity: Severity::Note,
    summary: "the pods carry a label that changes with the chart's version",
    why: "Each new version of the chart restarts every pod, even when nothing that they run has changed.",
    fix: "Use the selector labels in the pod template, and the full labels on the workload only.",
    on: On::Default,
    check: Check::Elsewhere,
};

const VARIES: Rule = Rule {
    id: "immutable-field-varies",
    severity: Severity::Note,
    summary: "values change a field that cannot change once the object is there",
    why: "Who upgrades a release from the one set of values to the other is refused by the API server, and must delete the object or move to a new release.",
    fix: "Keep the field the same in all modes, give the object another name per mode, or say in the documentation that this cannot be switched.",
    on: On::Default,
    check: Check::Subject(varies),
};

/// The first label that changes when the chart does.
fn changing(labels: &Labels) -> Option<(&str, &str)> {
    let is_version = |value: &str| value.split('.').count() >= 3 && value.contains(|c: char| c.is_ascii_digit());
    // Some charts write their name alone there.
    let has_number = |value: &str| {
        value.split('-').any(|part| part.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()))
    };
    let changes = |key: &str, value: &str| match key {
        "helm.sh/chart" => has_number(value),
        "app.kubernetes.io/version" => true,
        "chart" | "version" | "appVersion" | "release-version" => is_version(value),
        _ => false,
    };
    labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).find(|(key, value)| changes(key, value))
}

fn check(case: &Case, findings: &mut Findings) {
    for workload in &case.facts().workloads {
        let object = &workload.object;
        let kind = object.kind();
        for (number, claim) in objects::items(&object.node, "spec.volumeClaimTemplates").iter().enumerate() {
            for field in ["metadata.labels", "metadata.annotations"] {
                let labels = objects::labels(claim.find(field));
                let Some((key, value)) = changing(&labels) else { continue };
                let name = objects::text(claim, "metadata.name").unwrap_or_default();
                let text = format!("claim template `{name}` of {} carries `{key}: {value}`", object.id());
                let base = objects::way(&format!("spec.volumeClaimTemplates.{number}.{field}"));
                findings.on(&CLAIM, case, object, &objects::key(&base, key), text);
            }
        }
        let selector = objects::labels(object.node.find("spec.selector.matchLabels"));
        if let Some((key, value)) = changing(&selector).filter(|_| kind != "Job") {
            let text = format!("the selector of {} holds `{key}: {value}`", object.id());
            let path = objects::key(&objects::way("spec.selector.matchLabels"), key);
            findings.on(&SELECTOR, case, object, &path, text);
        }
        let Some((key, value)) = changing(&workload.labels) else { continue };
        let path = objects::key(&objects::join(&workload.template, "metadata.labels"), key);
        match kind {
            "Job" if object.hooks.is_empty() => {
                let text = format!("the template of {} carries `{key}: {value}`", object.id());
                let finding = findings.on(&JOB, case, object, &path, text);
                // It removes itself, if the upgrade comes late enough.
                if object.node.find("spec.ttlSecondsAfterFinished").is_some() {
                    finding.diagnostic.severity = Severity::Note;
                }
            }
            "Deployment" | "StatefulSet" | "DaemonSet" if !selector.contains_key(key) => {
                let text = format!("pods of {} carry `{key}: {value}`", object.id());
                findings.on(&POD, case, object, &path, text);
            }
            _ => {}
        }
    }
}

/// The fields of a kind that cannot change.
fn fixed(kind: &str) -> &'static [&'static str] {
    match kind {
        "StatefulSet" => {
            &["spec.serviceName", "spec.selector", "spec.podManagementPolicy", "spec.volumeClaimTemplates"]
        }
        "Deployment" | "DaemonSet" | "ReplicaSet" => &["spec.selector"],
        "Service" => &["spec.clusterIP"],
        "PersistentVolumeClaim" => &["spec.accessModes", "spec.storageClassName", "spec.volumeMode"],
        "RoleBinding" | "ClusterRoleBinding" => &["roleRef"],
        "Secret" => &["type"],
        _ => &[],
    }
}

/// A stateful set's claims as far as the server compares them.
fn same(field: &str, one: Option<&Node>, other: Option<&Node>) -> bool {
    // An absent clusterIP stays what it was, and so does an absent class.
    one == other || field == "spec.clusterIP" && (one.is_none() || other.is_none())
}

fn varies(subject: &Subject<'_>, findings: &mut Findings) {
    let mut first: BTreeMap<(&str, &str, &str, &str), (&Case, &Object)> = BTreeMap::new();
    let mut told = BTreeSet::new();
    for case in subject.cases.iter().filter(|case| case.is_chart && case.attempt.errors.is_empty()) {
        for object in case.objects.iter().filter(|object| object.hooks.is_empty() && !fixed(object.kind()).is_empty()) {
            let key = (case.release.as_str(), case.namespace_of(object), object.kind(), object.name());
            let (other_case, other) = *first.entry(key).or_insert((case, object));
            for field in fixed(object.kind()) {
                let (was, is) = (other.node.find(field), object.node.find(field));
                if same(field, was, is) || !told.insert((key, *field)) {
                    continue;
                }
                let name =
                    |case: &Case| if case.name.is_empty() { "the defaults".into() } else { case.name.to_string() };
                let text =
                    format!("`{field}` of {} differs between {} and {}", object.id(), name(other_case), name(case),);
                let place = other_case.place(other, &objects::way(field));
                let finding = findings.on(&VARIES, case, object, &objects::way(field), text);
                finding.cases = vec![other_case.name.clone(), case.name.clone()];
                let related = place.map(|place| Related { message: "the other is here".into(), place });
                finding.diagnostic.related.extend(related);
            }
        }
    }
}
