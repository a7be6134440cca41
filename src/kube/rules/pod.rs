//! Pod specs.

use super::value::{self, check_address};
use super::{container, metadata, scheduling, security, volumes};
use crate::kube::at::At;
use crate::kube::names;
use crate::kube::podspec::{self, ContainerKind};
use crate::kube::problem::{Minor, Problem};
use crate::path::Step;
use std::collections::BTreeSet;

/// Most name servers of a pod.
const NAME_SERVERS: usize = 3;

/// How the pods of a kind may restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Restart {
    Any,
    Always,
    /// Jobs must say which.
    Never,
}

/// The pod spec of a Pod or a workload, and the metadata beside it.
pub(super) fn of_object(object: &At<'_>, minor: Minor, restart: Restart, out: &mut Vec<Problem>) {
    of_object_with_claims(object, minor, restart, &BTreeSet::new(), out);
}

/// A workload whose claims are volumes too.
pub(super) fn of_object_with_claims<'a>(
    object: &At<'a>,
    minor: Minor,
    restart: Restart,
    claims: &BTreeSet<&'a str>,
    out: &mut Vec<Problem>,
) {
    let Some(template) = podspec::pod_template(object) else { return };
    let is_pod = template.path().is_empty();
    if !is_pod && let Some(metadata) = template.get("metadata") {
        metadata::labels(&metadata, out);
        metadata::annotations(&metadata, out);
    }
    let Some(spec) = template.get("spec") else {
        if !is_pod {
            let mut problem =
                template.problem_at("spec", "missing-field", "`containers` is missing, which is required");
            problem.path.push(Step::Key("containers".to_owned()));
            out.push(problem);
        }
        return;
    };
    check(&spec, minor, restart, claims, out);
    if is_pod {
        for container in podspec::containers(&spec) {
            let image = container.at.text_of("image").unwrap_or_default();
            if image.trim() != image {
                let message = "found spaces before or after the name of the image";
                out.push(container.at.problem_at("image", "invalid-image", message));
            }
        }
        if spec.integer_of("priority").is_some_and(|priority| priority != 0) && spec.lacks("priorityClassName") {
            let message = "found a number, which only a priority class gives";
            out.push(spec.problem_at("priority", "conflicting-fields", message));
        }
        for container in spec.list("ephemeralContainers").take(1) {
            drop(container);
            let message = "found ephemeral containers, which only a running pod can be given";
            out.push(spec.problem_at("ephemeralContainers", "conflicting-fields", message));
        }
    }
}

fn check<'a>(spec: &At<'a>, minor: Minor, restart: Restart, claims: &BTreeSet<&'a str>, out: &mut Vec<Problem>) {
    // Absent or null is told by the schema.
    if spec.get("containers").is_some_and(|containers| containers.is_empty()) {
        out.push(spec.problem_at("containers", "missing-field", "found no container, expected at least one"));
    }
    restart_policy(spec, restart, out);
    let host_network = spec.bool_of("hostNetwork") == Some(true);
    let host_users = spec.bool_of("hostUsers") != Some(false);
    let pod = container::Pod { volumes: volumes::check(spec, claims, out), minor, host_network, host_users };
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let mut all = podspec::containers(spec);
    // Main containers first: it is the init container that the server tells of.
    all.sort_by_key(|container| container.kind != ContainerKind::Main);
    for one in &all {
        container::check(one, &pod, out);
        devices(spec, one, out);
        if !one.name.is_empty() && !taken.insert(one.name) && one.kind != ContainerKind::Main {
            let message = format!("found `{}`, which names another container of the pod", one.name);
            out.push(one.at.problem_at("name", "duplicate-name", message));
        }
    }
    security::of_pod(spec, out);
    scheduling::check(spec, out);
    dns(spec, out);
    if host_network && spec.bool_of("hostUsers") == Some(false) {
        let message = "found `hostNetwork` beside `hostUsers: false`, which excludes it";
        out.push(spec.problem_at("hostNetwork", "conflicting-fields", message));
    }
    if let Some(os) = spec.get("os") {
        value::words(&os, "name", &["linux", "windows"], out);
    }
    for field in ["nodeName", "serviceAccount", "serviceAccountName", "priorityClassName", "runtimeClassName"] {
        value::reference(spec, field, out);
    }
    for field in ["hostname", "subdomain"] {
        value::name(spec, field, names::label, out);
    }
    for secret in spec.list("imagePullSecrets") {
        value::reference(&secret, "name", out);
    }
    for alias in spec.list("hostAliases") {
        if let Some(address) = alias.get("ip") {
            check_address(&address, out);
        }
        for host in alias.list("hostnames") {
            if let Some(Err(message)) = host.text().map(names::subdomain) {
                out.push(host.problem("invalid-host", message));
            }
        }
    }
    if restart == Restart::Always && spec.has("activeDeadlineSeconds") {
        let message = "found `activeDeadlineSeconds`, which pods that are restarted do not have";
        out.push(spec.problem_at("activeDeadlineSeconds", "conflicting-fields", message));
    }
    if restart != Restart::Always && spec.has("activeDeadlineSeconds") {
        value::between(spec, "activeDeadlineSeconds", 1, i64::from(i32::MAX), out);
    }
}

/// Raw devices come of claims alone.
fn devices(spec: &At<'_>, container: &podspec::Container<'_>, out: &mut Vec<Problem>) {
    for device in container.at.list("volumeDevices") {
        let volume = spec.list("volumes").find(|volume| volume.text_of("name") == device.text_of("name"));
        if volume.is_some_and(|volume| !volume.has("persistentVolumeClaim") && !volume.has("ephemeral")) {
            let message = "found a volume that is no claim, of which alone raw devices come";
            out.push(device.problem_at("name", "conflicting-fields", message));
        }
    }
}

fn restart_policy(spec: &At<'_>, restart: Restart, out: &mut Vec<Problem>) {
    let found = spec.text_of("restartPolicy").filter(|policy| !policy.is_empty());
    let problem = match (restart, found) {
        (Restart::Always, Some("Never" | "OnFailure")) => Some("allowed is `Always`: this kind keeps its pods running"),
        (Restart::Never, None) => Some("allowed are `OnFailure` and `Never`: a Job ends"),
        (Restart::Never, Some("Always")) => Some("allowed are `OnFailure` and `Never`: a Job ends"),
        _ => None,
    };
    if let Some(allowed) = problem {
        let found = found.map_or("nothing, which means `Always`".to_owned(), |found| format!("`{found}`"));
        out.push(spec.problem_at("restartPolicy", "invalid-restart-policy", format!("found {found}, {allowed}")));
    }
}

fn dns(spec: &At<'_>, out: &mut Vec<Problem>) {
    let config = spec.get("dnsConfig");
    let servers: Vec<At<'_>> = config.iter().flat_map(|config| config.list("nameservers")).collect();
    if spec.text_of("dnsPolicy") == Some("None") && servers.is_empty() {
        let message = "`dnsPolicy: None` needs name servers";
        let problem = match &config {
            None => spec.problem_at("dnsConfig", "missing-field", message),
            Some(config) => config.problem_at("nameservers", "missing-field", message),
        };
        out.push(problem);
    }
    if let Some(config) = config.filter(|_| servers.len() > NAME_SERVERS) {
        let message = format!("found {} name servers, allowed are at most {NAME_SERVERS}", servers.len());
        out.push(config.problem_at("nameservers", "out-of-range", message));
    }
    for server in servers {
        check_address(&server, out);
    }
}
