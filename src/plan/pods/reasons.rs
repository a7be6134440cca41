//! Why pods restart, in people's words.
//!
//! In: what changes in a pod template. Out: [`Reasons`]: what really changes, and what only looks so.

use crate::manifest::ObjectId;
use crate::manifest::change::{Part, Path};
use crate::plan::pods::noise::{Checksum, Means, checksums, data_keys, random_keys};
use crate::plan::pods::words::quoted;
use crate::plan::pods::workload::{Move, plain};
use crate::plan::{Both, ChangeKind, Compared};

/// Why the pods of a workload restart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::plan) struct Reasons {
    /// What really changes.
    pub real: Vec<String>,
    /// What changes beside it and means nothing: labels of versions, checksums of objects that did not change.
    pub noise: Vec<String>,
}

/// Labels of pods that name versions of charts and apps, and nothing that runs.
const VERSION_LABELS: &[&str] = &["helm.sh/chart", "chart", "app.kubernetes.io/version", "version", "appVersion"];

/// Why the pods of a workload restart.
pub(in crate::plan) fn reasons(both: &Both<'_>, of: &Move<'_, '_>) -> Reasons {
    let (depth, changes) = of.template_changes();
    let sums = checksums(both, of);
    let mut ranked: Vec<(u8, String)> = Vec::new();
    let mut noise = Vec::new();
    for change in changes {
        let Path(parts) = &change.path;
        let parts = parts.get(depth..).unwrap_or_default();
        match parts {
            [Part::Key(metadata), Part::Key(field), rest @ ..] if metadata == "metadata" => {
                for (key, is_changed) in keys(rest, &change.kind) {
                    match sums.iter().find(|sum| field == "annotations" && sum.annotation == key) {
                        Some(sum) => checksum(both, sum, &mut ranked, &mut noise),
                        None if field == "labels" && is_changed && VERSION_LABELS.contains(&&*key) => {
                            noise.push(format!("label `{key}` names another version"));
                        }
                        None => ranked.push((5, format!("{} `{key}` {}", one(field), how(&change.kind)))),
                    }
                }
            }
            [Part::Key(spec), rest @ ..] if spec == "spec" => ranked.push(in_pod(rest, &change.kind)),
            _ => ranked.push((5, "the pod template changes".to_owned())),
        }
    }
    ranked.sort();
    let mut real: Vec<String> = ranked.into_iter().map(|(_, reason)| reason).collect();
    real.dedup();
    noise.dedup();
    Reasons { real, noise }
}

/// `label` for `labels`.
fn one(field: &str) -> &str {
    field.strip_suffix('s').unwrap_or(field)
}

/// The keys of a map that a change is about, and whether each is on both sides.
fn keys(rest: &[Part], kind: &ChangeKind) -> Vec<(String, bool)> {
    match (rest.first(), kind) {
        (Some(Part::Key(key)), _) => vec![(key.clone(), matches!(kind, ChangeKind::Changed(..)))],
        (_, ChangeKind::Added(map) | ChangeKind::Removed(map)) => {
            map.as_map().into_iter().flatten().map(|(key, _)| (key.to_text().into_owned(), false)).collect()
        }
        _ => Vec::new(),
    }
}

fn how(kind: &ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added(_) => "is new",
        ChangeKind::Removed(_) => "is gone",
        ChangeKind::Changed(..) => "changes",
        ChangeKind::Reordered => "changes its order",
    }
}

fn checksum(both: &Both<'_>, sum: &Checksum, ranked: &mut Vec<(u8, String)>, noise: &mut Vec<String>) {
    let names: Vec<String> = sum.of.iter().map(ToString::to_string).collect();
    match sum.means {
        Means::Noise => noise.push(format!("`{}`: the data of {} is the same", sum.annotation, quoted(&names))),
        Means::Random if names.is_empty() => {
            noise.push(format!("`{}` is random: it differs in each render", sum.annotation));
        }
        Means::Random => {
            noise.push(format!("`{}`: {} is random, and differs in each render", sum.annotation, quoted(&names)));
        }
        Means::Unknown => ranked.push((4, format!("annotation `{}` changes", sum.annotation))),
        Means::Change => {
            let found = both.pairs.iter().filter(|pair| sum.of.contains(&pair.id()));
            ranked.extend(found.map(|pair| (2, object(both, pair))));
        }
    }
}

/// What changes in a ConfigMap or a Secret, in words.
pub(in crate::plan) fn object(both: &Both<'_>, pair: &Compared<'_>) -> String {
    let id = pair.id();
    match (pair.pair.old, pair.pair.new) {
        (None, _) => return format!("`{id}` is new"),
        (_, None) => return format!("`{id}` is gone"),
        _ => {}
    }
    let random = random_keys(both, pair);
    let keys: Vec<String> =
        data_keys(&pair.changes).into_iter().map(|(key, _)| key).filter(|key| !random.contains(key)).collect();
    data(&id, &keys)
}

/// `script a.sh changes`, `a.conf and b.conf of ConfigMap/x change`.
pub(in crate::plan) fn data(id: &ObjectId, keys: &[String]) -> String {
    let verb = if keys.len() == 1 { "changes" } else { "change" };
    if keys.is_empty() {
        return format!("`{id}` changes");
    }
    let is_script = keys.iter().all(|key| key.ends_with(".sh"));
    match (is_script, keys.len()) {
        (true, 1) => format!("script {} {verb}", quoted(keys)),
        (true, _) => format!("scripts {} {verb}", quoted(keys)),
        _ => format!("{} of `{id}` {verb}", quoted(keys)),
    }
}

/// What changes in a pod spec; a rank says how much it tells.
fn in_pod(parts: &[Part], kind: &ChangeKind) -> (u8, String) {
    let Some(Part::Key(field)) = parts.first() else { return (5, "the pod spec changes".to_owned()) };
    let rest = parts.get(1..).unwrap_or_default();
    match (field.as_str(), rest) {
        ("containers" | "initContainers", [Part::Item { is, .. }, rest @ ..]) => {
            let what = if field == "containers" { "container" } else { "init container" };
            in_container(&format!("{what} `{is}`"), rest, kind)
        }
        ("containers" | "initContainers", []) if !matches!(kind, ChangeKind::Reordered) => {
            let (ChangeKind::Added(list) | ChangeKind::Removed(list) | ChangeKind::Changed(_, list)) = kind else {
                return (5, "containers change their order".to_owned());
            };
            let names: Vec<String> = list.items().iter().filter_map(|item| plain(item.get("name")?)).collect();
            let what = if field == "containers" { "container" } else { "init container" };
            (1, format!("{what} {} {}", quoted(&names), how(kind)))
        }
        ("volumes", [Part::Item { is, .. }, rest @ ..]) => {
            let how = if rest.is_empty() { how(kind) } else { "changes" };
            (4, format!("volume `{is}` {how}"))
        }
        ("serviceAccountName" | "serviceAccount", _) => (3, scalar("service account", kind)),
        ("terminationGracePeriodSeconds", _) => (3, scalar("`terminationGracePeriodSeconds`", kind)),
        ("nodeSelector", _) => (3, "the node selector changes".to_owned()),
        ("affinity", _) => (3, "the affinity changes".to_owned()),
        ("tolerations", _) => (3, "the tolerations change".to_owned()),
        ("securityContext", _) => (3, "the security context of the pods changes".to_owned()),
        (_, []) => (5, format!("`{field}` of the pods {}", how(kind))),
        _ => (5, format!("`{field}` of the pods changes")),
    }
}

fn in_container(container: &str, parts: &[Part], kind: &ChangeKind) -> (u8, String) {
    let Some(Part::Key(field)) = parts.first() else { return (1, format!("{container} {}", how(kind))) };
    let whole = parts.len() == 1;
    match field.as_str() {
        "image" => (0, scalar(&format!("image of {container}"), kind)),
        "env" => match parts.get(1) {
            Some(Part::Item { is, .. }) => {
                let how = if parts.len() == 2 { how(kind) } else { "changes" };
                (3, format!("variable `{is}` of {container} {how}"))
            }
            _ if matches!(kind, ChangeKind::Reordered) => {
                (5, format!("the order of the variables of {container} changes"))
            }
            _ => (3, format!("variables of {container} change")),
        },
        "command" | "args" => (3, format!("the command of {container} changes")),
        "resources" => (3, format!("resources of {container} change")),
        "livenessProbe" => (4, format!("the liveness probe of {container} changes")),
        "readinessProbe" => (4, format!("the readiness probe of {container} changes")),
        "startupProbe" => (4, format!("the startup probe of {container} changes")),
        "volumeMounts" => (4, format!("mounts of {container} change")),
        "securityContext" => (4, format!("the security context of {container} changes")),
        "ports" => (4, format!("ports of {container} change")),
        _ if whole => (5, format!("`{field}` of {container} {}", how(kind))),
        _ => (5, format!("`{field}` of {container} changes")),
    }
}

/// `image of container x changes from a to b`.
fn scalar(what: &str, kind: &ChangeKind) -> String {
    match kind {
        ChangeKind::Changed(old, new) => match (plain(old), plain(new)) {
            (Some(old), Some(new)) => format!("{what} changes from `{old}` to `{new}`"),
            _ => format!("{what} changes"),
        },
        _ => format!("{what} {}", how(kind)),
    }
}
