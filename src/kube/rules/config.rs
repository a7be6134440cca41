//! ConfigMaps and Secrets. Nothing of a Secret's values appears in a message.

use super::value::named;
use crate::kube::at::At;
use crate::kube::names;
use crate::kube::problem::Problem;
use crate::path::Step;
use base64::Engine as _;

/// Largest data of a ConfigMap or Secret.
const MOST_BYTES: usize = 1024 * 1024;

pub(super) fn config_map(object: &At<'_>, out: &mut Vec<Problem>) {
    let binary = object.get("binaryData");
    let mut bytes = 0_usize;
    for field in ["data", "binaryData"] {
        let Some(data) = object.get(field) else { continue };
        for (key, value) in data.entries() {
            bytes = bytes.saturating_add(value.text().map_or(0, str::len));
            data_key(&key, &value, out);
            if field == "data" && binary.as_ref().is_some_and(|binary| binary.has(&key)) {
                let message = format!("found `{key}` in `binaryData` too");
                out.push(value.problem("duplicate-item", message));
            }
        }
    }
    too_large(object, "", bytes, out);
}

pub(super) fn secret(object: &At<'_>, out: &mut Vec<Problem>) {
    let mut bytes = 0_usize;
    for field in ["data", "stringData"] {
        let Some(data) = object.get(field) else { continue };
        for (key, value) in data.entries() {
            let length = value.text().map_or(0, str::len);
            bytes = bytes.saturating_add(if field == "data" { length / 4 * 3 } else { length });
            data_key(&key, &value, out);
        }
    }
    too_large(object, "data", bytes, out);
    match object.text_of("type").unwrap_or_default() {
        "kubernetes.io/dockerconfigjson" => docker(object, ".dockerconfigjson", out),
        "kubernetes.io/dockercfg" => docker(object, ".dockercfg", out),
        "kubernetes.io/tls" => needs(object, &["tls.crt", "tls.key"], out),
        "kubernetes.io/ssh-auth" => needs(object, &["ssh-privatekey"], out),
        "kubernetes.io/basic-auth" => {
            let keys = ["username", "password"];
            if !keys.iter().any(|key| entry(object, key).is_some()) {
                keys.iter().for_each(|key| out.push(missing(object, key, &keys)));
            }
        }
        "kubernetes.io/service-account-token" => {
            let account = object.find(&["metadata", "annotations"]);
            if account.is_none_or(|annotations| annotations.lacks("kubernetes.io/service-account.name")) {
                let mut problem = object.problem_at(
                    "metadata",
                    "missing-field",
                    "a Secret of this type needs the annotation `kubernetes.io/service-account.name`",
                );
                problem
                    .path
                    .extend(["annotations", "kubernetes.io/service-account.name"].map(|key| Step::Key(key.to_owned())));
                out.push(problem);
            }
        }
        _ => {}
    }
}

/// A key that can be a file's name.
fn data_key(key: &str, value: &At<'_>, out: &mut Vec<Problem>) {
    if let Err(message) = names::data_key(key) {
        out.push(value.problem("invalid-data-key", message));
    }
}

fn too_large(object: &At<'_>, field: &str, bytes: usize, out: &mut Vec<Problem>) {
    if bytes > MOST_BYTES {
        let message = format!("found {bytes} bytes, allowed are at most {MOST_BYTES}");
        out.push(if field.is_empty() {
            object.problem("too-large-data", message)
        } else {
            object.problem_at(field, "too-large-data", message)
        });
    }
}

/// What a Secret has under a key, in clear or encoded.
fn entry<'a>(object: &At<'a>, key: &'a str) -> Option<(&'static str, At<'a>)> {
    // The server puts stringData over data.
    ["stringData", "data"].into_iter().find_map(|field| Some((field, object.get(field)?.entry(key)?)))
}

fn missing(object: &At<'_>, key: &str, keys: &[&str]) -> Problem {
    let message = format!("a Secret of type `{}` needs {}", object.text_of("type").unwrap_or_default(), named(keys));
    let mut problem = object.problem_at("data", "missing-field", message);
    problem.path.push(Step::Key(key.to_owned()));
    problem
}

fn needs(object: &At<'_>, keys: &[&'static str], out: &mut Vec<Problem>) {
    out.extend(keys.iter().filter(|key| entry(object, key).is_none()).map(|key| missing(object, key, keys)));
}

/// A Secret for image registries is JSON.
fn docker(object: &At<'_>, key: &'static str, out: &mut Vec<Problem>) {
    let Some((field, value)) = entry(object, key) else {
        out.push(missing(object, key, &[key]));
        return;
    };
    let Some(text) = value.text() else { return };
    let bytes = if field == "data" {
        let engine = base64::engine::general_purpose::STANDARD;
        let plain: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
        let Ok(bytes) = engine.decode(plain) else { return };
        bytes
    } else {
        text.as_bytes().to_vec()
    };
    if !serde_json::from_slice::<serde_json::Value>(&bytes).is_ok_and(|json| json.is_object()) {
        let mut problem = value.problem("invalid-docker-config", "found a text that is no JSON object");
        problem.path = vec![Step::Key("data".to_owned()), Step::Key(key.to_owned())];
        out.push(problem.fix("put `{\"auths\": …}` there, encoded once"));
    }
}
