//! Selectors of labels, and whether labels are selected.

use super::metadata;
use crate::kube::at::At;
use crate::kube::names;
use crate::kube::problem::Problem;

/// A selector of `matchLabels` and `matchExpressions`.
pub(super) fn check(selector: &At<'_>, out: &mut Vec<Problem>) {
    if let Some(labels) = selector.get("matchLabels") {
        metadata::label_map(&labels, out);
    }
    for expression in selector.list("matchExpressions") {
        let Some(operator) = expression.text_of("operator").filter(|operator| !operator.is_empty()) else { continue };
        let empty = expression.lacks("values");
        match operator {
            "In" | "NotIn" if empty => {
                let message = format!("`values` is missing, which `{operator}` needs");
                out.push(expression.problem_at("values", "missing-field", message));
            }
            "Exists" | "DoesNotExist" if !empty => {
                let message = format!("found `values`, which `{operator}` does not take");
                out.push(expression.problem_at("values", "conflicting-fields", message));
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            _ => {
                let message = format!("found `{operator}`, allowed are `In`, `NotIn`, `Exists`, `DoesNotExist`");
                out.push(expression.problem_at("operator", "unknown-value", message));
            }
        }
        if let Some(Err(message)) = expression.text_of("key").filter(|key| !key.is_empty()).map(names::label_key) {
            out.push(expression.problem_at("key", "invalid-label", message));
        }
        for value in expression.list("values") {
            if let Some(Err(message)) = value.text().map(names::label_value) {
                out.push(value.problem("invalid-label", message));
            }
        }
    }
}

/// Whether a selector selects these labels; `None` when it cannot be read.
pub fn selects(selector: &At<'_>, labels: Option<&At<'_>>) -> Option<bool> {
    let label = |key: &str| labels.and_then(|labels| labels.text_of(key));
    if let Some(wanted) = selector.get("matchLabels") {
        for (key, value) in wanted.entries() {
            // Null is read as an empty text.
            let value = if value.node().is_null() { "" } else { value.text()? };
            if label(&key) != Some(value) {
                return Some(false);
            }
        }
    }
    for expression in selector.list("matchExpressions") {
        let found = label(expression.text_of("key")?);
        let among = found.is_some_and(|found| expression.list("values").any(|value| value.text() == Some(found)));
        let fits = match expression.text_of("operator")? {
            "In" => among,
            "NotIn" => !among,
            "Exists" => found.is_some(),
            "DoesNotExist" => found.is_none(),
            _ => return None,
        };
        if !fits {
            return Some(false);
        }
    }
    Some(true)
}

/// The selector of a workload: there, not empty, and selecting the template's labels.
pub(super) fn of_workload(object: &At<'_>, kind: &str, out: &mut Vec<Problem>) {
    let Some(spec) = object.get("spec") else { return };
    let Some(selector) = spec.get("selector") else { return };
    let before = out.len();
    check(&selector, out);
    if selector.lacks("matchLabels") && selector.lacks("matchExpressions") {
        let message = format!("found an empty selector, which a {kind} may not have");
        out.push(selector.problem("empty-selector", message).fix("select by the labels of the template"));
        return;
    }
    let template = spec.get("template");
    let labels = spec.find(&["template", "metadata", "labels"]);
    if out.len() > before || selects(&selector, labels.as_ref()) != Some(false) {
        return;
    }
    let message = "`selector` does not match template `labels`";
    let problem = match (&labels, template.as_ref().and_then(|template| template.get("metadata")), &template) {
        (Some(labels), _, _) => labels.problem("selector-mismatch", message),
        (None, Some(metadata), _) => metadata.problem_at("labels", "selector-mismatch", message),
        (None, None, Some(template)) => below(template, &["metadata", "labels"], message),
        (None, None, None) => below(&spec, &["template", "metadata", "labels"], message),
    };
    out.push(problem.fix("give the template the labels that the selector asks for"));
}

fn below(at: &At<'_>, fields: &[&str], message: &str) -> Problem {
    let mut problem = at.problem("selector-mismatch", message);
    problem.path.extend(fields.iter().map(|field| crate::path::Step::Key((*field).to_owned())));
    problem
}
