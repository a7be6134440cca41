//! Rules of where pods go that no pod fits.

use crate::diag::Severity;
use crate::lint::rules::objects::{self, Selector, Workload};
use crate::lint::{Case, Check, Findings, On, Rule};
use crate::path::Step;
use crate::value::Node;

pub(super) const RULES: &[Rule] = &[AFFINITY, SPREAD];

const AFFINITY: Rule = Rule {
    id: "affinity-matches-nothing",
    severity: Severity::Warning,
    summary: "the pod affinity or anti-affinity selects labels that no pod of the chart has",
    why: "An anti-affinity without matching pods keeps nothing apart: all replicas may end on one node. A required affinity without matching pods keeps the pod pending.",
    fix: "Use the labels of the pod template.",
    on: On::Default,
    check: Check::Case(check),
};

const SPREAD: Rule = Rule {
    id: "spread-misses-own-pods",
    severity: Severity::Warning,
    summary: "the topology spread constraint selects labels that the pod itself does not have",
    why: "The scheduler counts only pods that the selector matches, so these pods are not spread.",
    fix: "Use the labels of the pod template.",
    on: On::Default,
    check: Check::Elsewhere,
};

fn check(case: &Case, findings: &mut Findings) {
    for workload in &case.facts().workloads {
        for kind in ["podAffinity", "podAntiAffinity"] {
            let required = format!("affinity.{kind}.requiredDuringSchedulingIgnoredDuringExecution");
            for (number, term) in objects::items(&workload.spec, &required).iter().enumerate() {
                self::term(case, workload, kind, term, &workload.way(&format!("{required}.{number}")), findings);
            }
            let preferred = format!("affinity.{kind}.preferredDuringSchedulingIgnoredDuringExecution");
            for (number, term) in objects::items(&workload.spec, &preferred).iter().enumerate() {
                let path = workload.way(&format!("{preferred}.{number}.podAffinityTerm"));
                if let Some(term) = term.get("podAffinityTerm") {
                    self::term(case, workload, kind, term, &path, findings);
                }
            }
        }
        for (number, constraint) in objects::items(&workload.spec, "topologySpreadConstraints").iter().enumerate() {
            let Some(selector) = Selector::full(constraint.get("labelSelector")) else { continue };
            if selector.is_empty() || selector.matches(&workload.labels) || runtime(&selector) {
                continue;
            }
            let text = format!(
                "topology spread of {} selects `{}`, which its own pods do not have",
                workload.object.id(),
                selector.show(),
            );
            let path = workload.way(&format!("topologySpreadConstraints.{number}.labelSelector"));
            findings.on(&SPREAD, case, &workload.object, &path, text);
        }
    }
}

/// Whether a selector asks for labels that controllers put on.
fn runtime(selector: &Selector) -> bool {
    selector.values().any(|(key, _)| key.ends_with("-hash") || key.starts_with("statefulset.kubernetes.io/"))
}

fn term(case: &Case, workload: &Workload, kind: &str, term: &Node, path: &[Step], findings: &mut Findings) {
    let Some(selector) = Selector::full(term.get("labelSelector")) else { return };
    // Pods elsewhere, or of others: an affinity to them is none of the chart's links.
    let elsewhere = term.get("namespaces").is_some() || term.get("namespaceSelector").is_some();
    let meets = |other: &Workload| selector.matches(&other.labels);
    if elsewhere || selector.is_empty() || runtime(&selector) || case.facts().workloads.iter().any(meets) {
        return;
    }
    // Pods of another release, or pods that a controller makes.
    if kind == "podAffinity" && !selector.values().any(|(_, value)| value.contains(&case.release)) {
        return;
    }
    if !case.is_closed() {
        return;
    }
    let text = format!(
        "{kind} of {} selects `{}`, and no pod of the chart has these labels",
        workload.object.id(),
        selector.show(),
    );
    findings.on(&AFFINITY, case, &workload.object, &objects::join(path, "labelSelector"), text);
}
