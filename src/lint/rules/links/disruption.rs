//! PodDisruptionBudgets that stop every drain, or watch over no pod.

use crate::diag::Severity;
use crate::lint::rules::objects::{self, Selector, Workload};
use crate::lint::{Case, Check, Findings, Object, On, Rule};
use crate::value::Node;

pub(super) const RULES: &[Rule] = &[BLOCKS, NOTHING, SHORT_LIVED, ABOVE_HPA];

const BLOCKS: Rule = Rule {
    id: "pdb-blocks-drain",
    severity: Severity::Warning,
    summary: "the PodDisruptionBudget allows no eviction",
    why: "With as many pods required as exist, `kubectl drain` and node upgrades wait forever.",
    fix: "Require fewer pods than there are replicas, or use `maxUnavailable: 1`, or render no budget for a single pod.",
    on: On::Default,
    check: Check::Case(check),
};

const NOTHING: Rule = Rule {
    id: "pdb-selects-nothing",
    severity: Severity::Warning,
    summary: "the PodDisruptionBudget selects no pod of the chart",
    why: "A budget without pods protects nothing, and says nothing of it.",
    fix: "Use the labels of the pod template.",
    on: On::Default,
    check: Check::Elsewhere,
};

const SHORT_LIVED: Rule = Rule {
    id: "pdb-selects-short-lived-pods",
    severity: Severity::Note,
    summary: "the PodDisruptionBudget also counts pods of a test, a hook or a Job",
    why: "Such a pod has no controller that says how many there should be: a budget in percent or with maxUnavailable cannot be worked out, and a number counts one pod too many.",
    fix: "Give these pods labels of their own, or add a component label to the budget's selector.",
    on: On::Default,
    check: Check::Elsewhere,
};

const ABOVE_HPA: Rule = Rule {
    id: "pdb-above-autoscaler-minimum",
    severity: Severity::Warning,
    summary: "the PodDisruptionBudget requires as many pods as the autoscaler may leave",
    why: "When the autoscaler is at its minimum, no pod may be evicted and drains wait.",
    fix: "Keep minAvailable below the autoscaler's minReplicas, or use `maxUnavailable: 1`.",
    on: On::Default,
    check: Check::Elsewhere,
};

/// A number of pods, or a share of them.
#[derive(Clone, Copy)]
enum Amount {
    Count(f64),
    Percent(f64),
}

impl Amount {
    fn of(node: Option<&Node>) -> Option<Amount> {
        let node = node?;
        match node.as_number() {
            Some(count) => Some(Amount::Count(count)),
            None => objects::plain(node)?.strip_suffix('%')?.parse().ok().map(Amount::Percent),
        }
    }

    /// Of so many pods; rounded up, as the controller does for both fields.
    fn of_pods(self, pods: f64) -> f64 {
        match self {
            Amount::Count(count) => count,
            Amount::Percent(percent) => (pods * percent / 100.0).ceil(),
        }
    }
}

/// The autoscaler's lower bound for a workload.
fn minimum(case: &Case, workload: &Workload) -> Option<f64> {
    let object = &workload.object;
    let targets = |hpa: &&Object| {
        objects::text(&hpa.node, "spec.scaleTargetRef.name") == Some(object.name())
            && objects::text(&hpa.node, "spec.scaleTargetRef.kind") == Some(object.kind())
    };
    let hpa = case.facts().kind(case, "HorizontalPodAutoscaler").find(targets)?;
    Some(objects::number(&hpa.node, "spec.minReplicas").unwrap_or(1.0))
}

fn check(case: &Case, findings: &mut Findings) {
    for pdb in case.facts().kind(case, "PodDisruptionBudget") {
        let Some(selector) = Selector::full(pdb.node.find("spec.selector")) else { continue };
        let here = case.namespace_of(pdb);
        let selected = case.facts().selected(case, here, &selector);
        let long: Vec<_> = selected.iter().filter(|workload| !workload.is_short_lived()).collect();
        if selected.is_empty() && !case.facts().workloads.is_empty() && case.is_closed() {
            let text = format!("PodDisruptionBudget `{}` selects no pod: none has `{}`", pdb.name(), selector.show());
            findings.on(&NOTHING, case, pdb, &objects::way("spec.selector"), text);
        }
        for workload in selected.iter().filter(|workload| workload.is_short_lived() && !long.is_empty()) {
            let text = format!("PodDisruptionBudget `{}` also counts the pod of {}", pdb.name(), workload.object.id());
            findings.on(&SHORT_LIVED, case, pdb, &objects::way("spec.selector"), text);
        }
        blocks(case, pdb, &long, findings);
    }
}

fn blocks(case: &Case, pdb: &Object, workloads: &[&&Workload], findings: &mut Findings) {
    // How many pods of several workloads are meant together is not a thing to judge.
    let [workload] = workloads else { return };
    let Some(replicas) = workload.replicas() else { return };
    let least = minimum(case, workload);
    let pods = least.unwrap_or(replicas);
    if pods == 0.0 {
        return;
    }
    let name = workload.object.id();
    let amount = |field| objects::shown(pdb.node.find(field));
    if let Some(min) = Amount::of(pdb.node.find("spec.minAvailable"))
        && min.of_pods(pods) >= pods
    {
        let (rule, whose) = if least.is_some() { (&ABOVE_HPA, "the autoscaler keeps") } else { (&BLOCKS, "there is") };
        let are = if pods == 1.0 { format!("{whose} 1 replica") } else { format!("{whose} {pods} replicas") };
        let are = if least.is_none() && pods != 1.0 { are.replace("there is", "there are") } else { are };
        let text = format!(
            "PodDisruptionBudget `{}` requires {} available of {name}, and {are}",
            pdb.name(),
            amount("spec.minAvailable"),
        );
        findings.on(rule, case, pdb, &objects::way("spec.minAvailable"), text);
    }
    if let Some(max) = Amount::of(pdb.node.find("spec.maxUnavailable"))
        && max.of_pods(pods) <= 0.0
    {
        let text = format!("PodDisruptionBudget `{}` lets no pod of {name} be unavailable", pdb.name());
        findings.on(&BLOCKS, case, pdb, &objects::way("spec.maxUnavailable"), text);
    }
}
