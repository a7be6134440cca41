//! Webhooks and CustomResourceDefinitions.

use super::value::{between, present, required};
use crate::kube::at::At;
use crate::kube::names;
use crate::kube::problem::Problem;
use crate::path::Step;

pub(super) fn webhooks(object: &At<'_>, out: &mut Vec<Problem>) {
    for webhook in object.list("webhooks") {
        if let Some(name) = webhook.text_of("name").filter(|name| !name.is_empty())
            && (names::subdomain(name).is_err() || name.split('.').count() < 3)
        {
            let message =
                format!("found `{name}`, expected at least three words with dots such as `{name}.example.com`");
            out.push(webhook.problem_at("name", "invalid-name", message));
        }
        between(&webhook, "timeoutSeconds", 1, 30, out);
        if let Some(word) = webhook.text_of("sideEffects").filter(|word| matches!(*word, "Unknown" | "Some")) {
            let message = format!("found `{word}`, allowed are `None`, `NoneOnDryRun`");
            out.push(webhook.problem_at("sideEffects", "unknown-value", message));
        }
        let Some(client) = webhook.get("clientConfig") else { continue };
        if present(&client, &["url", "service"]).len() != 1 {
            out.push(client.problem("missing-field", "expected exactly one of `url` and `service`"));
        }
        if let Some(service) = client.get("service")
            && let Some(path) = service.text_of("path").filter(|path| !path.is_empty() && !path.starts_with('/'))
        {
            let message = format!("found `{path}`, expected a path that begins with `/`");
            out.push(service.problem_at("path", "invalid-path", message));
        }
    }
}

pub(super) fn definition(object: &At<'_>, out: &mut Vec<Problem>) {
    let Some(spec) = object.get("spec") else { return };
    let group = spec.text_of("group").unwrap_or_default();
    let plural = spec.get("names").and_then(|names| names.text_of("plural")).unwrap_or_default();
    if let Some(metadata) = object.get("metadata")
        && let Some(name) = metadata.text_of("name").filter(|name| *name != format!("{plural}.{group}"))
    {
        let message = format!("found `{name}`, expected `{plural}.{group}`");
        out.push(metadata.problem_at("name", "invalid-name", message));
    }
    let versions: Vec<At<'_>> = spec.list("versions").collect();
    if versions.iter().filter(|version| version.bool_of("storage") == Some(true)).count() != 1 {
        out.push(spec.problem_at("versions", "missing-field", "expected exactly one version with `storage: true`"));
    }
    for version in versions {
        match version.get("schema") {
            Some(schema) => required(&schema, "openAPIV3Schema", out),
            None => {
                let message = "`openAPIV3Schema` is missing, which is required";
                let mut problem = version.problem_at("schema", "missing-field", message);
                problem.path.push(Step::Key("openAPIV3Schema".to_owned()));
                out.push(problem);
            }
        }
    }
}
