//! How Kubernetes learns that a container works.

use super::strict;
use crate::lint::rules::objects::Workload;
use crate::lint::{Case, Findings, Rule};
use crate::value::Node;

pub(super) const RULES: &[Rule] = &[READINESS];

const READINESS: Rule = strict(
    "missing-readiness-probe",
    [
        "a container behind a Service has no readiness probe",
        "It gets connections from the moment it starts, and a rolling update goes on before the new pods can answer.",
        "Add a readinessProbe that asks what a client would ask.",
    ],
    readiness,
);

fn long_running(case: &Case) -> impl Iterator<Item = &Workload> {
    case.facts().workloads.iter().filter(|workload| !workload.is_short_lived())
}

fn readiness(case: &Case, findings: &mut Findings) {
    let serving: Vec<*const Workload> =
        crate::lint::rules::links::served(case).flat_map(|served| served.workloads).map(std::ptr::from_ref).collect();
    for workload in long_running(case).filter(|workload| serving.contains(&std::ptr::from_ref(*workload))) {
        for container in workload.mains().filter(|container| container.ports().next().is_some()) {
            if container.node.get("readinessProbe").is_none_or(Node::is_null) {
                let text = format!("container `{}` of {} has no readinessProbe", container.name, workload.object.id());
                findings.on(&READINESS, case, &workload.object, &container.way("readinessProbe"), text);
            }
        }
    }
}
