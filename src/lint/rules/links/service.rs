//! Services whose selector or ports do not meet the pods that they are for.

use crate::diag::Severity;
use crate::lint::rules::objects::{self, PortRef, Selector, Workload};
use crate::lint::{Case, Check, Findings, Object, On, Rule};

pub(super) const RULES: &[Rule] = &[NOTHING, SHORT_LIVED, MIXED, NO_PORT, UNDECLARED];

const NOTHING: Rule = Rule {
    id: "service-selects-nothing",
    severity: Severity::Warning,
    summary: "no pod of the chart has the labels that the Service selects",
    why: "A Service without pods has no endpoints: every connection to it is refused.",
    fix: "Use the labels of the pod template, usually through the same helper that the workload's selector uses.",
    on: On::Default,
    check: Check::Case(selects_nothing),
};

const SHORT_LIVED: Rule = Rule {
    id: "service-selects-short-lived-pods",
    severity: Severity::Warning,
    summary: "the Service also selects pods of a test, a hook or a Job",
    why: "While such a pod runs it counts as one that serves: connections and port-forwards can end there.",
    fix: "Give these pods labels of their own, or add a component label to the Service's selector.",
    on: On::Default,
    check: Check::Case(selects_short_lived),
};

const MIXED: Rule = Rule {
    id: "service-mixes-workloads",
    severity: Severity::Warning,
    summary: "the Service selects pods that do not offer its port",
    why: "With a target port by number, pods of every matching workload become endpoints; those that do not listen refuse their share of connections.",
    fix: "Add a label to the selector that only the meant workload's pods have, such as app.kubernetes.io/component.",
    on: On::Default,
    check: Check::Case(mixes),
};

const NO_PORT: Rule = Rule {
    id: "missing-target-port",
    severity: Severity::Error,
    summary: "no selected pod names the target port",
    why: "A target port by name is looked up in each pod; pods without that name get no endpoint, so the Service port leads nowhere.",
    fix: "Name the container port so, or use the name or number that the containers declare.",
    on: On::Default,
    check: Check::Case(ports),
};

const UNDECLARED: Rule = Rule {
    id: "undeclared-target-port",
    severity: Severity::Note,
    summary: "no selected pod declares the target port",
    why: "Declared ports are information only, but a number that stands in one place and not in the other is often a slip.",
    fix: "Declare the port in the container, and let the Service name it.",
    on: On::Default,
    check: Check::Elsewhere,
};

/// A Service with a selector, and the workloads that it selects.
pub(crate) struct Served<'c> {
    pub(crate) object: &'c Object,
    pub(crate) selector: Selector,
    pub(crate) workloads: Vec<&'c Workload>,
}

/// Every Service that selects pods, where the chart has pods in its namespace.
pub(crate) fn served(case: &Case) -> impl Iterator<Item = Served<'_>> {
    let facts = case.facts();
    facts.kind(case, "Service").filter_map(move |object| {
        if objects::text(&object.node, "spec.type") == Some("ExternalName") || object.head.api_version != "v1" {
            return None;
        }
        let selector = Selector::map(object.node.find("spec.selector"))?;
        let workloads = facts.selected(case, case.namespace_of(object), &selector);
        Some(Served { object, selector, workloads })
    })
}

fn is_headless(service: &Object) -> bool {
    objects::text(&service.node, "spec.clusterIP") == Some("None")
}

fn selects_nothing(case: &Case, findings: &mut Findings) {
    for Served { object, selector, workloads } in served(case) {
        let namespace = case.namespace_of(object);
        let mut near = case
            .facts()
            .workloads
            .iter()
            .filter(|workload| case.namespace_of(&workload.object) == namespace && !workload.is_short_lived());
        if !workloads.is_empty() || near.clone().next().is_none() || !case.is_closed() {
            continue;
        }
        // A label that a program puts on while the pod runs: some script names it.
        let wrong = |workload: &Workload| {
            let missing = |(key, value): &(&str, &str)| workload.labels.get(*key).is_none_or(|label| label != value);
            selector.values().filter(missing).map(|(key, value)| (key.to_owned(), value.to_owned())).collect::<Vec<_>>()
        };
        let set_later = |key: &str, workload: &Workload| {
            !workload.labels.contains_key(key) && case.mentions(key.rsplit('/').next().unwrap_or(key), object)
        };
        if near.clone().any(|workload| wrong(workload).iter().all(|(key, _)| set_later(key, workload))) {
            continue;
        }
        let nearest = near.find(|workload| wrong(workload).len() == 1);
        // One label that the pods lack altogether: the program may put it on itself, as it does for who leads.
        let may_come = nearest.is_some_and(|workload| {
            wrong(workload).iter().all(|(key, _)| !workload.labels.contains_key(key) && !key.contains("component"))
        });
        let text = match nearest {
            Some(workload) => {
                let labels: Vec<String> = wrong(workload).iter().map(|(key, value)| format!("{key}={value}")).collect();
                let has = wrong(workload).first().and_then(|(key, _)| workload.labels.get(key).cloned());
                let has = has.map_or("no such label".to_owned(), |value| format!("`{value}`"));
                format!(
                    "Service `{}` selects no pod: it wants `{}`, pods of {} have {has}",
                    object.name(),
                    labels.join(","),
                    workload.object.id(),
                )
            }
            None => format!("Service `{}` selects no pod: none has `{}`", object.name(), selector.show()),
        };
        let finding = findings.on(&NOTHING, case, object, &objects::way("spec.selector"), text);
        if may_come {
            finding.diagnostic.severity = Severity::Note;
        }
    }
}

fn selects_short_lived(case: &Case, findings: &mut Findings) {
    for Served { object, workloads, .. } in served(case) {
        if workloads.iter().all(|workload| workload.is_short_lived()) {
            continue;
        }
        // A named port is not found in them, so only what asks for the pods themselves goes wrong.
        let is_named = objects::items(&object.node, "spec.ports")
            .iter()
            .all(|port| matches!(port.get("targetPort").and_then(objects::port), Some(PortRef::Name(_))));
        for workload in workloads.iter().filter(|workload| workload.is_short_lived()) {
            let what = if workload.object.is_test() { "the test" } else { "the short-lived" };
            let text = format!("Service `{}` also selects {what} pod of {}", object.name(), workload.object.id());
            let finding = findings.on(&SHORT_LIVED, case, object, &objects::way("spec.selector"), text);
            if is_named {
                finding.diagnostic.severity = Severity::Note;
            }
        }
    }
}

fn mixes(case: &Case, findings: &mut Findings) {
    for Served { object, workloads, .. } in served(case).filter(|served| !is_headless(served.object)) {
        let long: Vec<_> = workloads.into_iter().filter(|workload| !workload.is_short_lived()).collect();
        for (number, port) in objects::items(&object.node, "spec.ports").iter().enumerate() {
            let Some(target @ PortRef::Number(_)) = target(port) else { continue };
            // Those who declare no port at all may listen anywhere.
            let declaring = || long.iter().copied().filter(|workload| workload.ports().next().is_some());
            let (offer, lack): (Vec<&Workload>, Vec<&Workload>) =
                declaring().partition(|workload| workload.resolve(&target).is_some());
            let (Some(offer), Some(lack)) = (offer.first(), lack.first()) else { continue };
            let text = format!(
                "Service `{}` sends to port {target} of {} and of {}, which does not offer it",
                object.name(),
                offer.object.id(),
                lack.object.id(),
            );
            findings.on(&MIXED, case, object, &objects::way(&format!("spec.ports.{number}")), text);
        }
    }
}

/// Where a Service port leads: `targetPort`, or the same number.
pub(super) fn target(port: &crate::value::Node) -> Option<PortRef<'_>> {
    match port.get("targetPort").and_then(objects::port) {
        None | Some(PortRef::Number(0.0)) => port.get("port").and_then(objects::port),
        target => target,
    }
}

fn ports(case: &Case, findings: &mut Findings) {
    for Served { object, workloads, .. } in served(case) {
        let long: Vec<_> = workloads.iter().filter(|workload| !workload.is_short_lived()).collect();
        if long.is_empty() {
            continue;
        }
        for (number, port) in objects::items(&object.node, "spec.ports").iter().enumerate() {
            let Some(target) = target(port) else { continue };
            let is_offered = long.iter().any(|workload| workload.resolve(&target).is_some());
            let declared: Vec<_> = long.iter().flat_map(|workload| workload.ports()).collect();
            let all_declare = long.iter().all(|workload| workload.ports().next().is_some());
            let field = if port.get("targetPort").is_some() { "targetPort" } else { "port" };
            let path = objects::way(&format!("spec.ports.{number}.{field}"));
            let pods = long.iter().map(|workload| workload.object.id().to_string()).collect::<Vec<_>>().join(", ");
            match target {
                _ if is_offered => {}
                PortRef::Name(name) => {
                    let names: Vec<_> = declared.iter().map(|port| port.name).filter(|name| !name.is_empty()).collect();
                    let has =
                        if names.is_empty() { "no named port".into() } else { format!("`{}`", names.join("`, `")) };
                    let text = format!("Service `{}` targets port `{name}`; pods of {pods} have {has}", object.name());
                    let finding = findings.on(&NO_PORT, case, object, &path, text);
                    // Names of pods are looked up without ports, so it is only the record of the port that is missing.
                    if is_headless(object) {
                        finding.diagnostic.severity = Severity::Note;
                    }
                }
                PortRef::Number(number) if all_declare && !is_headless(object) => {
                    let numbers: Vec<_> = declared.iter().map(|port| port.number.to_string()).collect();
                    let text = format!(
                        "Service `{}` targets port {number}; pods of {pods} declare {}",
                        object.name(),
                        numbers.join(", "),
                    );
                    findings.on(&UNDECLARED, case, object, &path, text);
                }
                PortRef::Number(_) => {}
            }
        }
    }
}
