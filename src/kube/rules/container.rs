//! Containers: names, images, ports, mounts.

use super::value::{climbs, named, port_number, present, words};
use super::{environment, probe, resources, security};
use crate::kube::at::At;
use crate::kube::names;
use crate::kube::podspec::{Container, ContainerKind};
use crate::kube::problem::{Minor, Problem};
use std::collections::BTreeSet;

/// From here on ordinary containers may have a `restartPolicy`.
const RESTART_RULES: Minor = Minor(34);

/// What containers need to know of their pod.
pub(super) struct Pod<'a> {
    pub volumes: BTreeSet<&'a str>,
    pub minor: Minor,
    pub host_network: bool,
    pub host_users: bool,
}

pub(super) fn check(container: &Container<'_>, pod: &Pod<'_>, out: &mut Vec<Problem>) {
    let at = &container.at;
    if let Some(Err(message)) = Some(container.name).filter(|name| !name.is_empty()).map(names::label) {
        out.push(at.problem_at("name", "invalid-name", message));
    }
    if at.lacks("image") {
        out.push(at.problem_at("image", "missing-field", "`image` is missing, which is required"));
    }
    ports(at, pod.host_network, out);
    environment::check(at, out);
    resources::of_container(at, out);
    mounts(at, &pod.volumes, out);
    security::of_container(at, pod.host_users, out);
    let may_probe = container.kind == ContainerKind::Main || container.is_sidecar();
    for field in ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle"] {
        let Some(found) = at.get(field).filter(|_| container.kind != ContainerKind::Ephemeral) else { continue };
        if !may_probe {
            let message = format!("found `{field}` on an init container that ends");
            let problem = at.problem_at(field, "probe-on-init-container", message);
            out.push(problem.fix("leave it out, or keep the container running with `restartPolicy: Always`"));
        } else if field == "lifecycle" {
            probe::lifecycle(&found, out);
        } else {
            probe::check(&found, field, out);
        }
    }
    if pod.minor < RESTART_RULES && container.kind != ContainerKind::Init && at.has("restartPolicy") {
        let message = "found `restartPolicy`, which only init containers may have in this minor";
        out.push(at.problem_at("restartPolicy", "conflicting-fields", message));
    }
    words(at, "restartPolicy", &["Always", "Never", "OnFailure"], out);
}

fn ports(at: &At<'_>, host_network: bool, out: &mut Vec<Problem>) {
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let mut outside_taken = BTreeSet::new();
    for port in at.list("ports") {
        port_number(&port, "containerPort", out);
        port_number(&port, "hostPort", out);
        let (inside, outside) = (port.integer_of("containerPort"), port.integer_of("hostPort"));
        if host_network && outside.is_some_and(|outside| outside != 0 && Some(outside) != inside) {
            let message = "found another number than `containerPort`, which `hostNetwork` does not allow";
            out.push(port.problem_at("hostPort", "conflicting-fields", message));
        }
        let key = (outside, port.text_of("protocol").unwrap_or("TCP"), port.text_of("hostIP"));
        if outside.is_some_and(|number| number != 0) && !outside_taken.insert(key) {
            let message = "found a port of the host that another port has";
            out.push(port.problem_at("hostPort", "duplicate-port", message));
        }
        let Some(name) = port.text_of("name").filter(|name| !name.is_empty()) else { continue };
        if let Err(message) = names::port_name(name) {
            out.push(port.problem_at("name", "invalid-port-name", message));
        } else if !taken.insert(name) {
            let message = format!("found `{name}`, which names another port of the container");
            out.push(port.problem_at("name", "duplicate-port-name", message));
        }
    }
}

fn mounts(at: &At<'_>, volumes: &BTreeSet<&str>, out: &mut Vec<Problem>) {
    for (field, place) in [("volumeMounts", "mountPath"), ("volumeDevices", "devicePath")] {
        for mount in at.list(field) {
            let name = mount.text_of("name").filter(|name| !name.is_empty());
            if let Some(name) = name.filter(|name| !volumes.contains(name)) {
                let problem = mount.problem_at(
                    "name",
                    "mount-without-volume",
                    format!("found `{name}`, which names no volume of the pod"),
                );
                let near = crate::nearest::nearest(name, volumes.iter().copied());
                out.push(match near {
                    Some(near) => problem.fix(format!("write `{near}`")),
                    None => problem.fix(format!("add a volume `{name}` to the pod")),
                });
            }
            let other = if field == "volumeMounts" { "volumeDevices" } else { "volumeMounts" };
            if name.is_some() && at.list(other).any(|one| one.text_of("name") == name) {
                let message = format!("found `{}`, which stands in `{other}` too", name.unwrap_or_default());
                out.push(mount.problem_at("name", "conflicting-fields", message));
            }
            if place == "devicePath" {
                climbs(&mount, place, out);
                continue;
            }
            let privileged = at.get("securityContext").and_then(|context| context.bool_of("privileged"));
            if mount.text_of("mountPropagation") == Some("Bidirectional") && privileged != Some(true) {
                let message = "found `Bidirectional`, which only privileged containers may have";
                out.push(mount.problem_at("mountPropagation", "conflicting-fields", message));
            }
            for path in ["subPath", "subPathExpr"] {
                super::value::relative_path(&mount, path, out);
            }
            let both = present(&mount, &["subPath", "subPathExpr"]);
            if both.len() > 1 {
                let message = format!("found {}, allowed is one of them", named(&both));
                out.push(mount.problem_at("subPathExpr", "conflicting-fields", message));
            }
        }
    }
}
