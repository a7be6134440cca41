//! Autoscalers that scale nothing, or that the chart fights.

use crate::diag::Severity;
use crate::lint::rules::objects;
use crate::lint::{Case, Check, Findings, On, Rule};

pub(super) const RULES: &[Rule] = &[TARGET, FIGHTS, STATEFUL];

const TARGET: Rule = Rule {
    id: "missing-autoscaler-target",
    severity: Severity::Warning,
    summary: "the chart does not render what the autoscaler scales",
    why: "An autoscaler without target does nothing but log that it cannot find it.",
    fix: "Name the workload as its template names it, with its kind.",
    on: On::Default,
    check: Check::Case(check),
};

const FIGHTS: Rule = Rule {
    id: "replicas-fight-autoscaler",
    severity: Severity::Warning,
    summary: "the workload sets replicas although an autoscaler scales it",
    why: "Every upgrade sets the number back, and the autoscaler has to find its way again: pods go at the busiest moment.",
    fix: "Render `replicas` only where no autoscaler is rendered.",
    on: On::Default,
    check: Check::Elsewhere,
};

const STATEFUL: Rule = Rule {
    id: "autoscaled-stateful-set",
    severity: Severity::Note,
    summary: "an autoscaler scales a StatefulSet",
    why: "Each new pod has a name and storage of its own. Unless the program spreads its data itself, more pods are more separate stores.",
    fix: "Scale a Deployment, or make sure that new members join and old ones leave by themselves.",
    on: On::Default,
    check: Check::Elsewhere,
};

fn check(case: &Case, findings: &mut Findings) {
    for hpa in case.facts().kind(case, "HorizontalPodAutoscaler") {
        let name = objects::text(&hpa.node, "spec.scaleTargetRef.name").unwrap_or_default();
        let kind = objects::text(&hpa.node, "spec.scaleTargetRef.kind").unwrap_or_default();
        if !matches!(kind, "Deployment" | "StatefulSet" | "ReplicaSet") {
            continue;
        }
        let Some(workload) = case.facts().workload(kind, name) else {
            if case.is_own_name(name) && case.is_closed() {
                let text = format!(
                    "HorizontalPodAutoscaler `{}` scales {kind} `{name}`, which the chart does not render",
                    hpa.name()
                );
                findings.on(&TARGET, case, hpa, &objects::way("spec.scaleTargetRef.name"), text);
            }
            continue;
        };
        if objects::number(&workload.object.node, "spec.replicas").is_some() {
            let text = format!("{kind} `{name}` sets replicas, and HorizontalPodAutoscaler `{}` too", hpa.name());
            findings.on(&FIGHTS, case, &workload.object, &objects::way("spec.replicas"), text);
        }
        if kind == "StatefulSet" {
            let text = format!("HorizontalPodAutoscaler `{}` scales StatefulSet `{name}`", hpa.name());
            findings.on(&STATEFUL, case, hpa, &objects::way("spec.scaleTargetRef.kind"), text);
        }
    }
}
