//! Labels, annotations, variables, containers and volumes that the chart sets itself.
//!
//! In: typed [`Values`]. Out: a [`Problem`] for each of them that a user sets too, in the words of the chart's templates.

use super::kubernetes::Object;
use super::rules::Problem;
use super::values::Values;
use std::collections::BTreeMap;

/// Labels by which objects are found, or which say what they are.
const LABELS: &[&str] = &[
    "helm.sh/chart",
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/version",
    "app.kubernetes.io/component",
    "app.kubernetes.io/managed-by",
];

const CONTAINERS: &[&str] = &["redis", "metrics"];

const VOLUMES: &[&str] = &["auth", "config", "data", "run", "scripts"];

const VARIABLES: &[&str] = &[
    "POD_IP",
    "POD_NAME",
    "REDISCLI_AUTH",
    "REDIS_DOMAIN",
    "REDIS_MASTER_ORDINAL",
    "REDIS_MODE",
    "REDIS_PASSWORD_FILE",
    "REDIS_PODS",
    "REDIS_PORT",
    "REDIS_SECRET",
    "REDIS_STOP_SECONDS",
];

/// Every rule of this kind.
pub(super) fn run(values: &Values, found: &mut Vec<Problem>) {
    let mut key = |map: &BTreeMap<String, String>, name: &str, is: &dyn Fn(&str) -> bool, why: &str| {
        for key in map.keys().filter(|key| is(key)) {
            found.push(Problem::error("reserved-name", &[name], format!("{name} must not set {key}: {why}")));
        }
    };
    let found_by = |key: &str| matches!(key, "app.kubernetes.io/name" | "app.kubernetes.io/instance");
    key(&values.pod_labels, "podLabels", &found_by, "the Services find the pods by it");
    key(&values.pod_annotations, "podAnnotations", &|key| key.starts_with("checksum/"), "the chart does");
    key(&values.common_labels, "commonLabels", &|key| LABELS.contains(&key), "the chart does");
    let of_helm = |key: &str| key.starts_with("helm.sh/hook") || key.starts_with("meta.helm.sh/");
    let why = "Helm would no longer treat the objects as this release's";
    key(&values.common_annotations, "commonAnnotations", &of_helm, why);

    names(&values.init_containers, "initContainers", CONTAINERS, found);
    names(&values.extra_containers, "extraContainers", CONTAINERS, found);
    names(&values.extra_volumes, "extraVolumes", VOLUMES, found);
    for (index, variable) in values.extra_env.iter().enumerate() {
        let path = format!("extraEnv[{index}].name");
        let name = variable.name.as_str();
        if VARIABLES.contains(&name) {
            found.push(taken(&path, name));
        }
        if values.extra_env.iter().take(index).any(|earlier| earlier.name == name) {
            let text = format!("{path}: found {name:?} twice, allowed is once");
            found.push(Problem::error("duplicate-name", &[&path], text));
        }
        if variable.value.is_some() && variable.value_from.is_some() {
            let text = format!("extraEnv[{index}]: found value and valueFrom, allowed is one of them");
            found.push(Problem::error("bad-value", &[&path], text));
        }
    }
}

fn names(items: &[Object], list: &str, own: &[&str], found: &mut Vec<Problem>) {
    for (index, item) in items.iter().enumerate() {
        let name = item.get("name").and_then(|name| name.as_str()).unwrap_or_default();
        if own.contains(&name) {
            found.push(taken(&format!("{list}[{index}].name"), name));
        }
    }
}

pub(super) fn taken(path: &str, name: &str) -> Problem {
    let text = format!("{path}: found {name:?}, allowed is another one: the chart has its own");
    Problem::error("reserved-name", &[path], text)
}
