//! What to do about a change that the API server refuses.
//!
//! In: the field and both objects. Out: a sentence, and commands for this release that make way for the same upgrade. No
//! command deletes data: where nothing else helps, there is none.

use crate::kube::Quantity;
use crate::manifest::Object;
use crate::plan::compare::pair::Identity;
use crate::shell::script;
use crate::value::Node;

/// A sentence, and lines for a shell.
pub(in crate::plan) type Remedy = (String, Vec<String>);

/// Claims that are spelled out; of a larger StatefulSet these are enough to see how it goes on.
const MOST_CLAIMS: usize = 64;

/// `-n NAMESPACE `, or nothing for what is in no namespace.
fn place(object: &Object, namespace: &str) -> String {
    match Identity::of(object, namespace).namespace.as_str() {
        "" => String::new(),
        namespace => format!("-n {} ", script(namespace)),
    }
}

/// `kubectl -n NS delete KIND NAME` and more words.
fn delete(object: &Object, namespace: &str, more: &str) -> String {
    let (kind, name) = (object.kind().to_lowercase(), script(object.name()));
    format!("kubectl {}delete {kind} {name}{more}", place(object, namespace))
}

fn patch(object: &Object, namespace: &str, json: &str) -> String {
    let (kind, name) = (object.kind().to_lowercase(), script(object.name()));
    format!("kubectl {}patch {kind} {name} --type merge -p '{json}'", place(object, namespace))
}

/// What to do about a refused change of a field, which `path` leads to: `spec.serviceName`.
pub(in crate::plan) fn of(path: &str, old: &Object, new: &Object, namespace: &str) -> Remedy {
    let gone = |sentence: &str| (sentence.to_owned(), vec![delete(new, namespace, "")]);
    let none = |sentence: &str| (sentence.to_owned(), Vec::new());
    match new.kind() {
        "StatefulSet" => stateful_set(path, old, new, namespace),
        "Deployment" if path.starts_with("spec.strategy") => (
            "take the numbers that the server filled in away first, then upgrade; `--server-side=false` does it too"
                .to_owned(),
            vec![patch(new, namespace, r#"{"spec":{"strategy":{"type":"Recreate","rollingUpdate":null}}}"#)],
        ),
        "Deployment" | "DaemonSet" | "ReplicaSet" => gone(
            "delete it with its pods, then upgrade: nothing serves until the new pods are ready; under another name both run \
             side by side meanwhile",
        ),
        "Job" => gone(
            "delete the Job, then upgrade, which runs it again; a hook with `before-hook-creation` does so by itself",
        ),
        "Pod" => gone("delete the pod, then upgrade, which makes it anew"),
        "ConfigMap" | "Secret" => gone(
            "delete it, then upgrade, which makes it anew: pods that run keep what they have read; a name with a checksum of the \
             content needs no deletion",
        ),
        "Service" => {
            gone("delete the Service, then upgrade: its address changes, and nothing answers there in between")
        }
        "RoleBinding" | "ClusterRoleBinding" => {
            gone("delete the binding, then upgrade: nobody has its rights in between")
        }
        "PersistentVolumeClaim" => none(
            "a claim never becomes smaller, nor another class or mode: give the new claim another name and move the data over",
        ),
        "PersistentVolume" => none("give the new volume another name: what it leads to cannot change"),
        "CustomResourceDefinition" => none(
            "deleting the definition deletes every object of its kind: keep the old one, and give the new kind another name",
        ),
        "StorageClass" | "PriorityClass" | "IngressClass" | "RuntimeClass" | "CSIDriver" | "VolumeAttributesClass" => {
            gone("delete it, then upgrade: what was made with it stays as it is")
        }
        _ => gone("delete it, then upgrade, which makes it anew"),
    }
}

fn stateful_set(path: &str, old: &Object, new: &Object, namespace: &str) -> Remedy {
    if path.starts_with("spec.updateStrategy") {
        let json = r#"{"spec":{"updateStrategy":{"type":"OnDelete","rollingUpdate":null}}}"#;
        let sentence = "take the numbers that the server filled in away first, then upgrade";
        return (sentence.to_owned(), vec![patch(new, namespace, json)]);
    }
    if path.starts_with("spec.selector") {
        let sentence = "the new selector does not find the old pods: delete the StatefulSet with them, then upgrade; its claims \
                        stay, and nothing serves until the new pods are ready";
        return (sentence.to_owned(), vec![delete(new, namespace, "")]);
    }
    let orphan = delete(new, namespace, " --cascade=orphan");
    let keep = "delete only the StatefulSet and keep its pods, then upgrade: the new one takes the pods over";
    let mut commands = Vec::new();
    let mut sentence = keep.to_owned();
    for (name, size) in other_sizes(old, new) {
        let (before, after) = size;
        if after < before {
            sentence = format!(
                "claims never become smaller: {after} instead of {before} holds for new pods only; {keep}, and keeps their \
                 claims as they are"
            );
            continue;
        }
        sentence = format!(
            "make the claims larger yourself, which their storage class must allow; then {keep}, and the volumes grow without it"
        );
        let json = format!(r#"{{"spec":{{"resources":{{"requests":{{"storage":"{}"}}}}}}}}"#, after.text());
        commands.extend(claims(&name, old).map(|claim| {
            format!("kubectl {}patch pvc {} --type merge -p '{json}'", place(new, namespace), script(&claim))
        }));
    }
    commands.push(orphan);
    (sentence, commands)
}

fn templates(object: &Object) -> &[Node] {
    object.node.find("spec.volumeClaimTemplates").map(Node::items).unwrap_or_default()
}

/// Claim templates whose size differs: name, and both sizes.
fn other_sizes(old: &Object, new: &Object) -> Vec<(String, (Quantity, Quantity))> {
    let name = |claim: &Node| claim.find("metadata.name").and_then(Node::as_text).map(|name| name.into_owned());
    let size = |claim: &Node| claim.find("spec.resources.requests.storage").and_then(Quantity::of);
    let found = templates(new).iter().filter_map(|after| {
        let before = templates(old).iter().find(|before| name(before) == name(after))?;
        let sizes = (size(before)?, size(after)?);
        (sizes.0 != sizes.1 && amount_is_plain(sizes.1.text())).then_some((name(after)?, sizes))
    });
    found.collect()
}

/// Whether it can stand in a command as it is.
fn amount_is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+-".contains(&byte))
}

/// The claims that a StatefulSet made of one template.
fn claims(template: &str, object: &Object) -> impl Iterator<Item = String> {
    let number = |path: &str| object.node.find(path).and_then(Node::as_number);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // held within bounds before
    let whole = |number: f64| number.clamp(0.0, 1e6) as usize;
    let replicas = whole(number("spec.replicas").unwrap_or(1.0)).min(MOST_CLAIMS);
    let start = whole(number("spec.ordinals.start").unwrap_or(0.0));
    let prefix = format!("{template}-{}", object.name());
    (start..start + replicas).map(move |ordinal| format!("{prefix}-{ordinal}"))
}
