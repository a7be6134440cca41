//! Environment variables and where they come from. No value of one appears in a message.

use super::value::{named, present, reference, required};
use crate::kube::at::At;
use crate::kube::names;
use crate::kube::problem::Problem;

const SOURCES: &[&str] = &["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];

/// Fields of a pod that a variable can have.
const FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

pub(super) fn check(container: &At<'_>, out: &mut Vec<Problem>) {
    for variable in container.list("env") {
        if let Some(Err(message)) = variable.text_of("name").filter(|name| !name.is_empty()).map(names::env_name) {
            out.push(variable.problem_at("name", "invalid-env-name", message));
        }
        let Some(from) = variable.get("valueFrom") else { continue };
        let sources = present(&from, SOURCES);
        if sources.is_empty() {
            let message = "found no source, expected one such as `secretKeyRef`";
            out.push(from.problem("env-without-source", message));
        } else if !variable.lacks("value") {
            let message = "found `value` beside `valueFrom`, allowed is one of them";
            out.push(from.problem("env-two-sources", message));
        } else if sources.len() > 1 {
            out.push(from.problem("env-two-sources", format!("found {}, allowed is one of them", named(&sources))));
        }
        for field in ["configMapKeyRef", "secretKeyRef"] {
            let Some(key_ref) = from.get(field) else { continue };
            required(&key_ref, "name", out);
            reference(&key_ref, "name", out);
            if let Some(Err(message)) = key_ref.text_of("key").filter(|key| !key.is_empty()).map(names::data_key) {
                out.push(key_ref.problem_at("key", "invalid-data-key", message));
            }
        }
        if let Some(path) = from.get("fieldRef") {
            field_path(&path, out);
        }
        if let Some(text) = from.find(&["resourceFieldRef", "resource"]).and_then(|resource| resource.text())
            && !is_amount(text)
            && let Some(from) = from.get("resourceFieldRef")
        {
            let words =
                ["limits", "requests"].map(|list| format!("`{list}.cpu`, `{list}.memory`, `{list}.ephemeral-storage`"));
            let message = format!("found `{text}`, allowed are {}", words.join(", "));
            out.push(from.problem_at("resource", "unknown-value", message));
        }
    }
    for from in container.list("envFrom") {
        let sources = present(&from, &["configMapRef", "secretRef"]);
        match sources.as_slice() {
            [] => {
                let message = "found no source, expected `configMapRef` or `secretRef`";
                out.push(from.problem("env-without-source", message));
            }
            [_] => {}
            _ => {
                out.push(from.problem("env-two-sources", format!("found {}, allowed is one of them", named(&sources))))
            }
        }
        for source in sources {
            if let Some(source) = from.get(source) {
                required(&source, "name", out);
                reference(&source, "name", out);
            }
        }
    }
}

/// `limits.memory`, `requests.hugepages-2Mi`.
fn is_amount(text: &str) -> bool {
    let amount = text.strip_prefix("limits.").or_else(|| text.strip_prefix("requests."));
    amount.is_some_and(|name| matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-"))
}

/// `metadata.name`, `metadata.labels['app']`, `status.podIP`, …
fn field_path(path: &At<'_>, out: &mut Vec<Problem>) {
    let Some(text) = path.text_of("fieldPath").filter(|text| !text.is_empty()) else { return };
    let by_key = ["metadata.labels['", "metadata.annotations['"]
        .iter()
        .any(|head| text.starts_with(head) && text.ends_with("']"));
    if !by_key && !FIELDS.contains(&text) {
        let problem = path.problem_at(
            "fieldPath",
            "unknown-value",
            format!("found `{text}`, which is no field that a variable can have"),
        );
        let near = crate::nearest::nearest(text, FIELDS.iter().copied());
        out.push(match near {
            Some(near) => problem.fix(format!("write `{near}`")),
            None => problem,
        });
    }
}
