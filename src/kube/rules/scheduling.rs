//! Where pods may run: node selectors, affinities, tolerations, spreading; and their priority.

use super::value::between;
use super::{metadata, selector};
use crate::kube::at::At;
use crate::kube::names;
use crate::kube::problem::Problem;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// Highest priority that is not the system's.
const MOST_PRIORITY: i64 = 1_000_000_000;

pub(super) fn check(spec: &At<'_>, out: &mut Vec<Problem>) {
    if let Some(labels) = spec.get("nodeSelector") {
        metadata::label_map(&labels, out);
    }
    spec.list("tolerations").for_each(|one| toleration(&one, out));
    spec.list("topologySpreadConstraints").for_each(|one| spread(&one, out));
    let Some(affinity) = spec.get("affinity") else { return };
    if let Some(node) = affinity.get("nodeAffinity") {
        if let Some(required) = node.get(REQUIRED) {
            if required.get("nodeSelectorTerms").is_some_and(|terms| terms.is_empty()) {
                let message = "found no term, expected at least one";
                out.push(required.problem_at("nodeSelectorTerms", "missing-field", message));
            }
            required.list("nodeSelectorTerms").for_each(|term| node_term(&term, out));
        }
        for preferred in node.list(PREFERRED) {
            between(&preferred, "weight", 1, 100, out);
            if let Some(term) = preferred.get("preference") {
                node_term(&term, out);
            }
        }
    }
    for field in ["podAffinity", "podAntiAffinity"] {
        let Some(pods) = affinity.get(field) else { continue };
        pods.list(REQUIRED).for_each(|term| pod_term(&term, out));
        for preferred in pods.list(PREFERRED) {
            between(&preferred, "weight", 1, 100, out);
            if let Some(term) = preferred.get("podAffinityTerm") {
                pod_term(&term, out);
            }
        }
    }
}

fn node_term(term: &At<'_>, out: &mut Vec<Problem>) {
    for field in ["matchExpressions", "matchFields"] {
        for expression in term.list(field) {
            let operator = expression.text_of("operator").unwrap_or_default();
            if let Some(Err(message)) = expression.text_of("key").filter(|key| !key.is_empty()).map(names::label_key) {
                out.push(expression.problem_at("key", "invalid-label", message));
            }
            for value in expression.list("values").filter(|_| matches!(operator, "In" | "NotIn")) {
                if let Some(Err(message)) = value.text().map(names::label_value) {
                    out.push(value.problem("invalid-label", message));
                }
            }
            let count = expression.list("values").count();
            let message = match operator {
                "In" | "NotIn" if count == 0 => format!("`values` is missing, which `{operator}` needs"),
                "Gt" | "Lt" if count != 1 => format!("found {count} values, `{operator}` takes one"),
                "Exists" | "DoesNotExist" if count > 0 => format!("found `values`, which `{operator}` does not take"),
                _ => continue,
            };
            out.push(expression.problem_at("values", "invalid-node-selector", message));
        }
    }
}

fn pod_term(term: &At<'_>, out: &mut Vec<Problem>) {
    super::value::name(term, "topologyKey", names::label_key, out);
    for field in ["labelSelector", "namespaceSelector"] {
        if let Some(labels) = term.get(field) {
            selector::check(&labels, out);
        }
    }
}

fn toleration(one: &At<'_>, out: &mut Vec<Problem>) {
    let operator = one.text_of("operator").unwrap_or_default();
    if let Some(Err(message)) = one.text_of("key").filter(|key| !key.is_empty()).map(names::label_key) {
        out.push(one.problem_at("key", "invalid-label", message));
    }
    if one.lacks("key") && operator != "Exists" {
        let message = "found no key, which only `operator: Exists` may leave out: it means every taint";
        out.push(one.problem_at("operator", "invalid-toleration", message));
    }
    if operator == "Exists" && !one.lacks("value") {
        let message = "found a value, which `Exists` does not take";
        out.push(one.problem_at("operator", "invalid-toleration", message));
    }
    if let Some(Err(message)) = one.text_of("value").map(names::label_value) {
        out.push(one.problem_at("operator", "invalid-toleration", message));
    }
    if one.has("tolerationSeconds") && one.text_of("effect") != Some("NoExecute") {
        let message = "found `tolerationSeconds`, which only `effect: NoExecute` takes";
        out.push(one.problem_at("effect", "invalid-toleration", message));
    }
}

fn spread(one: &At<'_>, out: &mut Vec<Problem>) {
    if let Some(labels) = one.get("labelSelector") {
        selector::check(&labels, out);
    }
    super::value::name(one, "topologyKey", names::label_key, out);
    between(one, "maxSkew", 1, i64::from(i32::MAX), out);
    between(one, "minDomains", 1, i64::from(i32::MAX), out);
    if one.has("minDomains") && one.text_of("whenUnsatisfiable") == Some("ScheduleAnyway") {
        let message = "found `minDomains`, which only `whenUnsatisfiable: DoNotSchedule` takes";
        out.push(one.problem_at("minDomains", "conflicting-fields", message));
    }
}

/// Priorities beyond a billion and names that begin with `system-` are the system's.
pub(super) fn priority_class(object: &At<'_>, out: &mut Vec<Problem>) {
    let name = object.get("metadata").and_then(|metadata| metadata.text_of("name")).unwrap_or_default();
    if matches!(name, "system-node-critical" | "system-cluster-critical") {
        return;
    }
    if let Some(value) = object.integer_of("value").filter(|value| *value > MOST_PRIORITY) {
        let message = format!("found {value}, allowed is at most {MOST_PRIORITY}");
        out.push(object.problem_at("value", "out-of-range", message));
    }
    if let Some(metadata) = object.get("metadata").filter(|_| name.starts_with("system-")) {
        let message = "found a name that begins with `system-`, which is kept for the system";
        out.push(metadata.problem_at("name", "invalid-name", message));
    }
}
