//! What containers ask of a node, and how much they may take.

use super::{pedantic, production, strict};
use crate::lint::rules::objects;
use crate::lint::{Case, Findings, Rule};

pub(super) const RULES: &[Rule] = &[CPU_REQUEST, MEMORY_REQUEST, MEMORY_LIMIT, CPU_LIMIT, STORAGE_LIMIT, BELOW_LIMIT];

const CPU_REQUEST: Rule = strict(
    "missing-cpu-request",
    [
        "a container requests no CPU",
        "The scheduler counts it as nothing, so nodes fill up, and it is the first to wait when they are busy.",
        "Set `resources.requests.cpu` to what it needs on an ordinary day.",
    ],
    |case, findings| missing(case, findings, &CPU_REQUEST, "requests", "cpu"),
);

const MEMORY_REQUEST: Rule = strict(
    "missing-memory-request",
    [
        "a container requests no memory",
        "The scheduler counts it as nothing, and it is among the first to be evicted when a node runs short.",
        "Set `resources.requests.memory`.",
    ],
    |case, findings| missing(case, findings, &MEMORY_REQUEST, "requests", "memory"),
);

const MEMORY_LIMIT: Rule = production(
    "missing-memory-limit",
    [
        "a container may take all memory of its node",
        "A leak in one program takes its neighbours down with it.",
        "Set `resources.limits.memory`.",
    ],
    |case, findings| missing(case, findings, &MEMORY_LIMIT, "limits", "memory"),
);

const CPU_LIMIT: Rule = pedantic(
    "missing-cpu-limit",
    [
        "a container may take all CPU of its node",
        "What others requested is kept for them, but tenants that pay for CPU usually want a bound.",
        "Set `resources.limits.cpu`, if throttling is what you want.",
    ],
    |case, findings| missing(case, findings, &CPU_LIMIT, "limits", "cpu"),
);

const STORAGE_LIMIT: Rule = pedantic(
    "missing-ephemeral-storage-limit",
    [
        "a container may fill the disk of its node",
        "Logs, emptyDirs and files in the container count together; a node with a full disk evicts pods.",
        "Set `resources.requests` and `resources.limits` for `ephemeral-storage`.",
    ],
    |case, findings| missing(case, findings, &STORAGE_LIMIT, "limits", "ephemeral-storage"),
);

const BELOW_LIMIT: Rule = pedantic(
    "request-below-limit",
    [
        "a container requests less than its limit",
        "Only pods whose requests equal their limits are Guaranteed, and evicted last.",
        "Set requests and limits to the same amounts.",
    ],
    below_limit,
);

fn missing(case: &Case, findings: &mut Findings, rule: &Rule, side: &str, resource: &str) {
    // What a test needs for a moment is no burden.
    for workload in case.facts().workloads.iter().filter(|workload| !workload.object.is_test()) {
        for container in &workload.containers {
            let resources = container.node.get("resources");
            let amount = |side| resources.and_then(|node| node.get(side)).and_then(|node| node.get(resource));
            // A limit alone is the request too.
            let is_there = amount(side).is_some() || side == "requests" && amount("limits").is_some();
            if !is_there && workload.spec.find("resources").is_none() {
                let text =
                    format!("container `{}` of {} sets no {side} for {resource}", container.name, workload.object.id());
                findings.on(rule, case, &workload.object, &container.way(&format!("resources.{side}")), text);
            }
        }
    }
}

fn below_limit(case: &Case, findings: &mut Findings) {
    for workload in case.facts().workloads.iter().filter(|workload| !workload.object.is_test()) {
        for container in &workload.containers {
            for resource in ["cpu", "memory"] {
                let amount = |side: &str| container.node.find(&format!("resources.{side}.{resource}"));
                let (Some(request), Some(limit)) = (amount("requests"), amount("limits")) else { continue };
                let (request, limit) = (objects::shown(Some(request)), objects::shown(Some(limit)));
                if request != limit {
                    let text = format!(
                        "container `{}` of {} requests {request} of {resource} and may take {limit}",
                        container.name,
                        workload.object.id(),
                    );
                    let path = container.way(&format!("resources.requests.{resource}"));
                    findings.on(&BELOW_LIMIT, case, &workload.object, &path, text);
                }
            }
        }
    }
}
