//! Webhooks and CustomResourceDefinitions.

use super::value::{between, present, required, words};
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
        required(&webhook, "admissionReviewVersions", out);
        let reviews: Vec<&str> = webhook.list("admissionReviewVersions").filter_map(|one| one.text()).collect();
        if !reviews.is_empty() && !reviews.iter().any(|one| matches!(*one, "v1" | "v1beta1")) {
            let message = "found none of `v1` and `v1beta1`, of which it needs one";
            out.push(webhook.problem_at("admissionReviewVersions", "unknown-value", message));
        }
        webhook.list("rules").for_each(|rule| webhook_rule(&rule, out));
        let Some(client) = webhook.get("clientConfig") else { continue };
        if present(&client, &["url", "service"]).len() != 1 {
            out.push(client.problem("missing-field", "expected exactly one of `url` and `service`"));
        }
        if let Some(url) = client.text_of("url").filter(|url| !url.starts_with("https://")) {
            let scheme = url.split("://").next().unwrap_or_default();
            let message = format!("found an address that begins with `{scheme}`, expected `https://`");
            out.push(client.problem_at("url", "invalid-url", message));
        }
        if let Some(service) = client.get("service")
            && let Some(path) = service.text_of("path").filter(|path| !path.is_empty() && !path.starts_with('/'))
        {
            let message = format!("found `{path}`, expected a path that begins with `/`");
            out.push(service.problem_at("path", "invalid-path", message));
        }
    }
}

/// What a webhook is asked about.
fn webhook_rule(rule: &At<'_>, out: &mut Vec<Problem>) {
    words(rule, "scope", &["*", "Cluster", "Namespaced"], out);
    for field in ["apiGroups", "apiVersions", "operations", "resources"] {
        required(rule, field, out);
        for item in rule.list(field).filter(|item| item.is_empty() && matches!(field, "apiVersions" | "resources")) {
            out.push(item.problem("missing-field", "found nothing, expected a name or `*`"));
        }
        let all: Vec<&str> = rule.list(field).filter_map(|one| one.text()).collect();
        if field != "resources" && all.len() > 1 && all.contains(&"*") {
            let message = "found `*` beside others, which it holds already";
            out.push(rule.problem_at(field, "conflicting-fields", message));
        }
    }
}

pub(super) fn definition(object: &At<'_>, out: &mut Vec<Problem>) {
    let Some(spec) = object.get("spec") else { return };
    words(&spec, "scope", &["Cluster", "Namespaced"], out);
    let group = spec.text_of("group").unwrap_or_default();
    let plural = spec.get("names").and_then(|names| names.text_of("plural")).unwrap_or_default();
    if let Some(metadata) = object.get("metadata").filter(|_| !plural.is_empty())
        && let Some(name) = metadata.text_of("name").filter(|name| *name != format!("{plural}.{group}"))
    {
        let message = format!("found `{name}`, expected `{plural}.{group}`");
        out.push(metadata.problem_at("name", "invalid-name", message));
    }
    if let Some(found) = spec.get("names") {
        super::value::name(&found, "plural", names::label_1035, out);
        let lower = |name: &str| names::label_1035(&name.to_lowercase());
        super::value::name(&found, "kind", lower, out);
        super::value::name(&found, "listKind", lower, out);
        super::value::name(&found, "singular", names::label_1035, out);
    }
    let versions: Vec<At<'_>> = spec.list("versions").collect();
    if versions.iter().filter(|version| version.bool_of("storage") == Some(true)).count() != 1 {
        out.push(spec.problem_at("versions", "missing-field", "expected exactly one version with `storage: true`"));
    }
    for version in versions {
        super::value::name(&version, "name", names::label_1035, out);
        match version.get("schema") {
            Some(schema) => {
                required(&schema, "openAPIV3Schema", out);
                if let Some(root) = schema.get("openAPIV3Schema") {
                    structural(&root, out);
                }
            }
            None => {
                let message = "`openAPIV3Schema` is missing, which is required";
                let mut problem = version.problem_at("schema", "missing-field", message);
                problem.path.push(Step::Key("openAPIV3Schema".to_owned()));
                out.push(problem);
            }
        }
    }
}

/// Every part of a schema has a type, or says why it has none.
fn structural(schema: &At<'_>, out: &mut Vec<Problem>) {
    words(schema, "type", &["array", "boolean", "integer", "number", "object", "string"], out);
    let free = ["x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"];
    if schema.lacks("type") && !free.iter().any(|field| schema.bool_of(field) == Some(true)) {
        out.push(schema.problem_at("type", "missing-field", "`type` is missing, which every part of a schema needs"));
    }
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
        for (_, property) in schema.get("properties").iter().flat_map(|properties| properties.entries()) {
            structural(&property, out);
        }
        for inner in ["items", "additionalProperties"] {
            if let Some(inner) = schema.get(inner).filter(|inner| inner.node().as_map().is_some()) {
                structural(&inner, out);
            }
        }
    });
}
