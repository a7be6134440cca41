//! Pods that no NetworkPolicy covers.

use super::production;
use crate::lint::rules::objects::{self, Selector};
use crate::lint::{Case, Findings, Rule};

pub(super) const RULES: &[Rule] = &[RULE];

const RULE: Rule = production(
    "missing-network-policy",
    [
        "no NetworkPolicy covers the pods",
        "Every pod of the cluster can connect to them.",
        "Render a NetworkPolicy that lets in who needs to get in.",
    ],
    check,
);

fn check(case: &Case, findings: &mut Findings) {
    for workload in case.facts().workloads.iter().filter(|workload| !workload.is_short_lived()) {
        let is_covered = case.facts().kind(case, "NetworkPolicy").any(|policy| {
            case.namespace_of(policy) == case.namespace_of(&workload.object)
                && Selector::full(policy.node.find("spec.podSelector"))
                    .is_some_and(|selector| selector.matches(&workload.labels))
        });
        if !is_covered {
            let text = format!("no NetworkPolicy covers the pods of {}", workload.object.id());
            findings.on(&RULE, case, &workload.object, &objects::way("metadata.name"), text);
        }
    }
}
