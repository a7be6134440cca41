//! Rules of where pods go that no pod fits.

use crate::diag::Severity;
use crate::lint::rules::objects::{self, Selector, Workload};
use crate::lint::{Case, Check, Findings, On, Rule};
use crate::path::Step;
use crate::value::Node;

pub(super) const RULES: &[Rule] = &[AFFINITY];

const AFFINITY: Rule = Rule {
    id: "affinity-matches-nothing",
    severity: Severity::Warning,
    summary: "the pod affinity or anti-affinity selects labels that no pod of the chart has",
    why: "An anti-affinity without matching pods keeps nothing apart: all replicas may end on one node. A required affinity without matching pods keeps the pod pending.",
    fix: "Use the labels of the pod template.",
    on: On::Default,
    check: Check::Case(check),
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
    }
}

fn term(case: &Case, workload: &Workload, kind: &str, term: &Node, path: &[Step], findings: &mut Findings) {
    let Some(selector) = Selector::full(term.get("labelSelector")) else { return };
    // Pods elsewhere, or of others: an affinity to them is none of the chart's links.
    let elsewhere = term.get("namespaces").is_some() || term.get("namespaceSelector").is_some();
    let meets = |other: &Workload| selector.matches(&other.labels);
    if elsewhere || selector.is_empty() || selector.is_of_controllers() || case.facts().workloads.iter().any(meets) {
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
