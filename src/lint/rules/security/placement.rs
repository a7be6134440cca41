//! Where pods go, and who goes first.

use super::{pedantic, strict};
use crate::lint::rules::objects::{self, Workload};
use crate::lint::{Case, Findings, Rule};

pub(super) const RULES: &[Rule] = &[ANTI_AFFINITY, SPREAD, PRIORITY, NODE_AFFINITY, DNS];

const ANTI_AFFINITY: Rule = strict(
    "replicas-may-share-node",
    [
        "nothing keeps the replicas of a workload apart",
        "The scheduler may put all of them on one node, and they fall together.",
        "Set a podAntiAffinity, or topologySpreadConstraints, over `kubernetes.io/hostname`.",
    ],
    apart,
);

const SPREAD: Rule = pedantic(
    "missing-topology-spread",
    [
        "a workload with several pods has no topologySpreadConstraints",
        "Pods may all end up in one zone.",
        "Set topologySpreadConstraints over `topology.kubernetes.io/zone`.",
    ],
    spread,
);

const PRIORITY: Rule = pedantic(
    "missing-priority-class",
    [
        "pods have no priority class",
        "When nodes are full, pods of a higher priority push these out.",
        "Set `priorityClassName`, where the cluster has classes.",
    ],
    |case, findings| missing(case, findings, &PRIORITY, "priorityClassName"),
);

const NODE_AFFINITY: Rule = pedantic(
    "missing-node-affinity",
    [
        "pods may run on every node",
        "Clusters with several kinds of nodes usually want workloads on one of them.",
        "Set `affinity.nodeAffinity` or a nodeSelector.",
    ],
    nodes,
);

const DNS: Rule = pedantic(
    "missing-dns-options",
    [
        "pods use the cluster's DNS options",
        "With `ndots: 5` each look-up of an outside name asks five times.",
        "Set `dnsConfig.options`, if the program looks up many outside names.",
    ],
    |case, findings| missing(case, findings, &DNS, "dnsConfig"),
);

fn long_running(case: &Case) -> impl Iterator<Item = &Workload> {
    case.facts().workloads.iter().filter(|workload| !workload.is_short_lived())
}

fn several(workload: &Workload) -> bool {
    workload.replicas().is_some_and(|replicas| replicas > 1.0)
}

fn apart(case: &Case, findings: &mut Findings) {
    for workload in long_running(case).filter(|workload| several(workload)) {
        let set = |path| workload.spec.find(path).is_some_and(|node| !node.is_null());
        if !set("affinity.podAntiAffinity") && !set("topologySpreadConstraints") {
            let text = format!("all pods of {} may run on one node", workload.object.id());
            findings.on(&ANTI_AFFINITY, case, &workload.object, &workload.way("affinity"), text);
        }
    }
}

fn spread(case: &Case, findings: &mut Findings) {
    for workload in long_running(case).filter(|workload| several(workload)) {
        if objects::items(&workload.spec, "topologySpreadConstraints").is_empty() {
            let text = format!("{} has no topologySpreadConstraints", workload.object.id());
            findings.on(&SPREAD, case, &workload.object, &workload.way("topologySpreadConstraints"), text);
        }
    }
}

fn nodes(case: &Case, findings: &mut Findings) {
    for workload in long_running(case) {
        let set = |path| workload.spec.find(path).is_some_and(|node| !node.is_null());
        if !set("affinity.nodeAffinity") && !set("nodeSelector") {
            let text = format!("pods of {} may run on every node", workload.object.id());
            findings.on(&NODE_AFFINITY, case, &workload.object, &workload.way("affinity"), text);
        }
    }
}

fn missing(case: &Case, findings: &mut Findings, rule: &Rule, field: &str) {
    for workload in long_running(case) {
        if workload.spec.get(field).is_none_or(crate::value::Node::is_null) {
            let text = format!("pods of {} set no {field}", workload.object.id());
            findings.on(rule, case, &workload.object, &workload.way(field), text);
        }
    }
}
