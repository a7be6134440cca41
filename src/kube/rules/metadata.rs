//! Names, labels, annotations, finalizers and owners.

use super::value;
use crate::kube::at::At;
use crate::kube::kinds::{KindId, known_kind};
use crate::kube::names::{self, NameRule};
use crate::kube::problem::{Minor, Problem};

/// Longest annotations of an object, keys and values together.
const ANNOTATION_BYTES: usize = 256 * 1024;

/// A CronJob's Jobs have eleven more characters than itself.
const CRON_JOB_NAME: usize = 52;

/// Finalizers without a domain that the server knows.
const PLAIN_FINALIZERS: &[&str] = &["kubernetes", "orphan", "foregroundDeletion"];

pub(super) fn check(id: KindId<'_>, minor: Minor, object: &At<'_>, out: &mut Vec<Problem>) {
    let Some(metadata) = object.get("metadata") else {
        let message = "`name` is missing, which is required";
        let mut problem = object.problem_at("metadata", "missing-field", message);
        problem.path.push(crate::path::Step::Key("name".to_owned()));
        out.push(problem);
        return;
    };
    name(id, minor, &metadata, out);
    labels(&metadata, out);
    annotations(&metadata, out);
    // Where there are no namespaces, the server passes it over.
    if known_kind(minor, id.api_version, id.kind).is_none_or(|kind| kind.namespaced) {
        value::name(&metadata, "namespace", names::label, out);
    }
    for finalizer in metadata.list("finalizers") {
        let Some(text) = finalizer.text() else { continue };
        if let Err(message) = names::label_key(text) {
            out.push(finalizer.problem("invalid-finalizer", message));
        } else if !text.contains('/') && !PLAIN_FINALIZERS.contains(&text) {
            let message = format!("found `{text}`, expected a name with a domain such as `example.com/{text}`");
            out.push(finalizer.problem("invalid-finalizer", message));
        }
    }
}

fn name(id: KindId<'_>, minor: Minor, metadata: &At<'_>, out: &mut Vec<Problem>) {
    if metadata.lacks("name") {
        if metadata.lacks("generateName") {
            out.push(metadata.problem_at("name", "missing-field", "`name` is missing, which is required"));
        } else if let Some(prefix) = metadata.text_of("generateName")
            && let Err(message) = names::object_name(names::name_rule(minor, id), &format!("{prefix}x"))
        {
            // Some letters are put behind it.
            out.push(metadata.problem_at("generateName", "invalid-name", message));
        }
        return;
    }
    let Some(name) = metadata.text_of("name") else { return };
    let rule = names::name_rule(minor, id);
    let longest = match (id.group(), id.kind) {
        ("batch", "CronJob") => CRON_JOB_NAME,
        ("batch", "Job") => names::LABEL_LENGTH,
        _ => match rule {
            NameRule::Label | NameRule::Label1035 => names::LABEL_LENGTH,
            NameRule::Subdomain => names::SUBDOMAIN_LENGTH,
            NameRule::PathSegment | NameRule::Any => usize::MAX,
        },
    };
    if name.len() > longest {
        let message = format!("found {} characters, allowed are at most {longest}", name.len());
        out.push(
            metadata
                .problem_at("name", "too-long-name", message)
                .fix("shorten the release's name, or set a short fullnameOverride"),
        );
    } else if let Err(message) = names::object_name(rule, name) {
        out.push(metadata.problem_at("name", "invalid-name", message));
    }
}

/// The labels of an object or a template.
pub(super) fn labels(metadata: &At<'_>, out: &mut Vec<Problem>) {
    let Some(labels) = metadata.get("labels") else { return };
    label_map(&labels, out);
}

/// Keys and values of labels, or of what selects by them.
pub(super) fn label_map(labels: &At<'_>, out: &mut Vec<Problem>) {
    for (key, label) in labels.entries() {
        if let Err(message) = names::label_key(&key) {
            out.push(label.problem("invalid-label", format!("as a key: {message}")));
        }
        if let Some(Err(message)) = label.text().map(names::label_value) {
            let problem = label.problem("invalid-label", message);
            let plus = label.text().is_some_and(|text| text.contains('+'));
            out.push(if plus { problem.fix("replace the `+` of versions: `replace \"+\" \"_\"`") } else { problem });
        }
    }
}

/// The annotations of an object or a template.
pub(super) fn annotations(metadata: &At<'_>, out: &mut Vec<Problem>) {
    let Some(annotations) = metadata.get("annotations") else { return };
    let mut bytes = 0_usize;
    for (key, annotation) in annotations.entries() {
        bytes = bytes.saturating_add(key.len()).saturating_add(annotation.text().map_or(0, str::len));
        // The server checks keys of annotations in lower case.
        if let Err(message) = names::label_key(&key.to_lowercase()) {
            out.push(annotation.problem("invalid-annotation", format!("as a key: {message}")));
        }
    }
    if bytes > ANNOTATION_BYTES {
        let message = format!("found {bytes} bytes of annotations, allowed are at most {ANNOTATION_BYTES}");
        out.push(annotations.problem("too-long-annotations", message));
    }
}
