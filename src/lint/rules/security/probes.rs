//! How Kubernetes learns that a container works.

use super::strict;
use crate::lint::rules::objects::Workload;
use crate::lint::{Case, Findings, Rule};
use crate::value::Node;

pub(super) const RULES: &[Rule] = &[READINESS, LIVENESS, SAME];

const READINESS: Rule = strict(
    "missing-readiness-probe",
    [
        "a container behind a Service has no readiness probe",
        "It gets connections from the moment it starts, and a rolling update goes on before the new pods can answer.",
        "Add a readinessProbe that asks what a client would ask.",
    ],
    readiness,
);

const LIVENESS: Rule = strict(
    "missing-liveness-probe",
    [
        "a container has no liveness probe",
        "A program that hangs is not restarted.",
        "Add a livenessProbe that fails only where a restart helps.",
    ],
    liveness,
);

const SAME: Rule = strict(
    "liveness-equals-readiness",
    [
        "the liveness probe is the readiness probe",
        "A container that is too busy to answer is restarted instead of spared, which makes the others busier.",
        "Let the liveness probe be slower to give up, or ask something simpler.",
    ],
    same,
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

fn liveness(case: &Case, findings: &mut Findings) {
    for workload in long_running(case) {
        for container in workload.mains() {
            if container.node.get("livenessProbe").is_none_or(Node::is_null) {
                let text = format!("container `{}` of {} has no livenessProbe", container.name, workload.object.id());
                findings.on(&LIVENESS, case, &workload.object, &container.way("livenessProbe"), text);
            }
        }
    }
}

fn same(case: &Case, findings: &mut Findings) {
    for workload in long_running(case) {
        for container in workload.mains() {
            let probe = |field| container.node.get(field).filter(|node| !node.is_null());
            let (Some(liveness), Some(readiness)) = (probe("livenessProbe"), probe("readinessProbe")) else { continue };
            if liveness == readiness {
                let text =
                    format!("both probes of container `{}` of {} are the same", container.name, workload.object.id());
                findings.on(&SAME, case, &workload.object, &container.way("livenessProbe"), text);
            }
        }
    }
}
