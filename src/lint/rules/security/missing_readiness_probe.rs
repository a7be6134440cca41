//! Containers behind a Service of which nobody asks whether they are ready.

use super::strict;
use crate::lint::rules::objects::Workload;
use crate::lint::{Case, Findings, Rule};
use crate::value::Node;

pub(super) const RULES: &[Rule] = &[RULE];

const RULE: Rule = strict(
    "missing-readiness-probe",
    [
        "a container behind a Service has no readiness probe",
        "It gets connections from the moment it starts, and a rolling update goes on before the new pods can answer.",
        "Add a readinessProbe that asks what a client would ask.",
    ],
    check,
);

fn check(case: &Case, findings: &mut Findings) {
    let serving: Vec<*const Workload> =
        crate::lint::rules::links::served(case).flat_map(|served| served.workloads).map(std::ptr::from_ref).collect();
    let is_served = |workload: &&Workload| serving.contains(&std::ptr::from_ref(*workload));
    let long_running = case.facts().workloads.iter().filter(|workload| !workload.is_short_lived());
    for workload in long_running.filter(is_served) {
        for container in workload.mains().filter(|container| container.ports().next().is_some()) {
            if container.node.get("readinessProbe").is_none_or(Node::is_null) {
                let text = format!("container `{}` of {} has no readinessProbe", container.name, workload.object.id());
                findings.on(&RULE, case, &workload.object, &container.way("readinessProbe"), text);
            }
        }
    }
}
