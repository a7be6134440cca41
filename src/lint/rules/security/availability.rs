//! What keeps a service up while nodes and versions change.

use super::{pedantic, strict};
use crate::lint::rules::objects::{self, Selector, Workload};
use crate::lint::{Case, Findings, Rule};

pub(super) const RULES: &[Rule] = &[SINGLE, BUDGET, NO_BOUND];

const SINGLE: Rule = strict(
    "single-replica",
    [
        "a Deployment runs one pod",
        "While the pod moves to another node there is none.",
        "Run two or more, if the program can.",
    ],
    single,
);

const BUDGET: Rule = strict(
    "missing-disruption-budget",
    [
        "no PodDisruptionBudget covers pods of which there are several",
        "A drain of several nodes at once may evict all of them.",
        "Render a PodDisruptionBudget with `maxUnavailable: 1`.",
    ],
    budget,
);

const NO_BOUND: Rule = pedantic(
    "fewer-than-three-replicas",
    [
        "a workload runs fewer than three pods",
        "With three, one may fail while another is being replaced.",
        "Run three or more.",
    ],
    three,
);

fn kind<'c>(case: &'c Case, kinds: &'static [&'static str]) -> impl Iterator<Item = &'c Workload> {
    case.facts()
        .workloads
        .iter()
        .filter(|workload| kinds.contains(&workload.object.kind()) && workload.object.hooks.is_empty())
}

/// Whether an autoscaler decides how many pods there are.
fn is_scaled(case: &Case, workload: &Workload) -> bool {
    case.facts().kind(case, "HorizontalPodAutoscaler").any(|hpa| {
        objects::text(&hpa.node, "spec.scaleTargetRef.name") == Some(workload.object.name())
            && objects::text(&hpa.node, "spec.scaleTargetRef.kind") == Some(workload.object.kind())
    })
}

fn single(case: &Case, findings: &mut Findings) {
    for workload in kind(case, &["Deployment"]).filter(|workload| !is_scaled(case, workload)) {
        if workload.replicas() == Some(1.0) {
            let text = format!("{} runs one pod", workload.object.id());
            findings.on(&SINGLE, case, &workload.object, &objects::way("spec.replicas"), text);
        }
    }
}

fn three(case: &Case, findings: &mut Findings) {
    for workload in kind(case, &["Deployment", "StatefulSet"]).filter(|workload| !is_scaled(case, workload)) {
        if let Some(replicas) = workload.replicas().filter(|replicas| *replicas < 3.0) {
            let text = format!("{} runs {replicas} of 3 pods", workload.object.id());
            findings.on(&NO_BOUND, case, &workload.object, &objects::way("spec.replicas"), text);
        }
    }
}

fn budget(case: &Case, findings: &mut Findings) {
    for workload in kind(case, &["Deployment", "StatefulSet"]) {
        let several = workload.replicas().is_some_and(|replicas| replicas > 1.0) || is_scaled(case, workload);
        let is_covered = case.facts().kind(case, "PodDisruptionBudget").any(|pdb| {
            case.namespace_of(pdb) == case.namespace_of(&workload.object)
                && Selector::full(pdb.node.find("spec.selector"))
                    .is_some_and(|selector| selector.matches(&workload.labels))
        });
        if several && !is_covered {
            let text = format!("no PodDisruptionBudget covers the pods of {}", workload.object.id());
            findings.on(&BUDGET, case, &workload.object, &objects::way("metadata.name"), text);
        }
    }
}
