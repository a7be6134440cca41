//! ServiceMonitors and PodMonitors that find nothing to scrape, or the same pods twice.

use super::service::served;
use crate::diag::Severity;
use crate::lint::rules::objects::{self, PortRef, Selector};
use crate::lint::{Case, Check, Findings, Object, On, Rule};

pub(super) const RULES: &[Rule] = &[NOTHING, TWICE, NO_PORT];

const NOTHING: Rule = Rule {
    id: "monitor-selects-nothing",
    severity: Severity::Warning,
    summary: "no Service or pod of the chart has the labels that the monitor selects",
    why: "Prometheus takes a monitor that matches nothing without a word: there is no target and no metric.",
    fix: "Select labels of the Service's metadata (ServiceMonitor), or of the pod template (PodMonitor).",
    on: On::Default,
    check: Check::Case(check),
};

const TWICE: Rule = Rule {
    id: "monitor-scrapes-twice",
    severity: Severity::Warning,
    summary: "several Services that the monitor selects lead to the same pods",
    why: "Each Service becomes a target of its own, so every pod is scraped once per Service and sums are too high.",
    fix: "Give one Service a label of its own, and select that.",
    on: On::Default,
    check: Check::Elsewhere,
};

const NO_PORT: Rule = Rule {
    id: "missing-monitor-port",
    severity: Severity::Error,
    summary: "nothing that the monitor selects has the port that it scrapes",
    why: "The endpoint's port is the name of a Service port, or of a container port for a PodMonitor; without it there is no target.",
    fix: "Add the port to the Service, or name one that it has.",
    on: On::Default,
    check: Check::Elsewhere,
};

fn check(case: &Case, findings: &mut Findings) {
    for monitor in case.facts().kind(case, "ServiceMonitor") {
        if is_here(case, monitor) {
            services(case, monitor, findings);
        }
    }
    for monitor in case.facts().kind(case, "PodMonitor") {
        if is_here(case, monitor) {
            pods(case, monitor, findings);
        }
    }
}

/// Whether a monitor looks into the namespace of the release, and for things of this release.
fn is_here(case: &Case, monitor: &Object) -> bool {
    let elsewhere = objects::is_true(&monitor.node, "spec.namespaceSelector.any");
    let names = objects::items(&monitor.node, "spec.namespaceSelector.matchNames");
    let here = case.namespace_of(monitor);
    !elsewhere && (names.is_empty() || names.iter().filter_map(objects::plain).any(|name| name == here))
}

/// Whether a selector is for things of this release: it names the release, or a thing that has its labels.
fn is_own(case: &Case, selector: &Selector) -> bool {
    case.release.is_empty() || selector.values().any(|(_, value)| value.contains(&case.release))
}

fn services(case: &Case, monitor: &Object, findings: &mut Findings) {
    let Some(selector) = Selector::full(monitor.node.find("spec.selector")) else { return };
    let here = case.namespace_of(monitor);
    let all: Vec<&Object> = case.facts().kind(case, "Service").collect();
    let matched: Vec<&Object> = all
        .iter()
        .copied()
        .filter(|service| case.namespace_of(service) == here)
        .filter(|service| selector.matches(&objects::labels(service.node.find("metadata.labels"))))
        .collect();
    if matched.is_empty() {
        if is_own(case, &selector) && !all.is_empty() && case.is_whole() {
            let text =
                format!("ServiceMonitor `{}` selects no Service: none has `{}`", monitor.name(), selector.show());
            findings.on(&NOTHING, case, monitor, &objects::way("spec.selector"), text);
        }
        return;
    }
    for (number, endpoint) in objects::items(&monitor.node, "spec.endpoints").iter().enumerate() {
        let path = objects::way(&format!("spec.endpoints.{number}"));
        let names: Vec<&str> = matched.iter().map(|service| service.name()).collect();
        let Some(port) = objects::text(endpoint, "port") else { continue };
        let has = |service: &&&Object| {
            let ports = objects::items(&service.node, "spec.ports");
            ports.iter().any(|item| objects::text(item, "name") == Some(port))
        };
        let offering: Vec<_> = matched.iter().filter(has).map(|service| service.name()).collect();
        if offering.is_empty() {
            let text = format!(
                "ServiceMonitor `{}` scrapes port `{port}`, which Service `{}` does not have",
                monitor.name(),
                names.join("`, `"),
            );
            findings.on(&NO_PORT, case, monitor, &objects::join(&path, "port"), text);
            continue;
        }
        let behind: Vec<_> = served(case).filter(|served| offering.contains(&served.object.name())).collect();
        let same = behind.iter().enumerate().find_map(|(index, first)| {
            let shares = |second: &&super::service::Served<'_>| {
                second.workloads.iter().any(|one| first.workloads.iter().any(|other| std::ptr::eq(*one, *other)))
            };
            behind.iter().skip(index + 1).find(shares).map(|second| (first, second))
        });
        if let Some((first, second)) = same {
            let text = format!(
                "ServiceMonitor `{}` scrapes the same pods through Service `{}` and Service `{}`",
                monitor.name(),
                first.object.name(),
                second.object.name(),
            );
            findings.on(&TWICE, case, monitor, &path, text);
        }
    }
}

fn pods(case: &Case, monitor: &Object, findings: &mut Findings) {
    let Some(selector) = Selector::full(monitor.node.find("spec.selector")) else { return };
    let here = case.namespace_of(monitor);
    let matched = case.facts().selected(case, here, &selector);
    if matched.is_empty() {
        if is_own(case, &selector) && !case.facts().workloads.is_empty() && case.is_closed() {
            let text = format!("PodMonitor `{}` selects no pod: none has `{}`", monitor.name(), selector.show());
            findings.on(&NOTHING, case, monitor, &objects::way("spec.selector"), text);
        }
        return;
    }
    for (number, endpoint) in objects::items(&monitor.node, "spec.podMetricsEndpoints").iter().enumerate() {
        let Some(port) = objects::text(endpoint, "port") else { continue };
        if !matched.iter().any(|workload| workload.resolve(&PortRef::Name(port)).is_some()) {
            let pods = matched.iter().map(|workload| workload.object.id().to_string()).collect::<Vec<_>>().join(", ");
            let text =
                format!("PodMonitor `{}` scrapes port `{port}`, which pods of {pods} do not have", monitor.name());
            let path = objects::way(&format!("spec.podMetricsEndpoints.{number}.port"));
            findings.on(&NO_PORT, case, monitor, &path, text);
        }
    }
}
