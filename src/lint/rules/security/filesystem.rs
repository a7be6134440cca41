//! What containers may write, and what they see of their node.

use super::{production, strict};
use crate::diag::Severity;
use crate::lint::rules::objects;
use crate::lint::{Case, Check, Findings, On, Rule};

pub(super) const RULES: &[Rule] = &[ROOT, SOCKET, SENSITIVE, LOW_ID];

const ROOT: Rule = production(
    "writable-root-filesystem",
    [
        "a container may write to its own file system",
        "Who breaks in can change programs and leave tools behind.",
        "Set `securityContext.readOnlyRootFilesystem: true`, and mount an emptyDir where the program writes.",
    ],
    writable_root,
);

const SOCKET: Rule = Rule {
    id: "container-socket-mounted",
    severity: Severity::Warning,
    summary: "the pod mounts the socket of the container runtime",
    why: "Who can write to that socket can start any container as root of the node.",
    fix: "Ask the Kubernetes API for what is needed, with a Role that allows just that.",
    on: On::Default,
    check: Check::Case(host_paths),
};

const SENSITIVE: Rule = Rule {
    id: "node-files-writable",
    severity: Severity::Warning,
    summary: "the pod may write to system folders of its node",
    why: "What is written there runs, or is believed, outside of any container: this is root on the node.",
    fix: "Mount it with `readOnly: true`, or mount only the file that is needed.",
    on: On::Default,
    check: Check::Elsewhere,
};

const LOW_ID: Rule = strict(
    "low-user-id",
    [
        "a container runs with a user or group id below 10000",
        "Low ids may be those of users of the node: outside of the container they have the rights of these.",
        "Set `runAsUser` and `runAsGroup` to an id of 10000 or more.",
    ],
    low_id,
);

fn writable_root(case: &Case, findings: &mut Findings) {
    for workload in &case.facts().workloads {
        for container in &workload.containers {
            if !objects::is_true(&container.node, "securityContext.readOnlyRootFilesystem") {
                let text = format!(
                    "container `{}` of {} may write to its root file system",
                    container.name,
                    workload.object.id()
                );
                let path = container.way("securityContext.readOnlyRootFilesystem");
                findings.on(&ROOT, case, &workload.object, &path, text);
            }
        }
    }
}

/// Folders of a node in which a write reaches beyond containers.
const SYSTEM: [&str; 10] = ["/", "/boot", "/dev", "/etc", "/lib", "/proc", "/root", "/sys", "/usr", "/var/lib/kubelet"];

fn host_paths(case: &Case, findings: &mut Findings) {
    for workload in &case.facts().workloads {
        for (number, volume) in objects::items(&workload.spec, "volumes").iter().enumerate() {
            let Some(host) = objects::text(volume, "hostPath.path") else { continue };
            let name = objects::text(volume, "name").unwrap_or_default();
            let path = workload.way(&format!("volumes.{number}.hostPath.path"));
            if ["docker.sock", "containerd.sock", "crio.sock"].iter().any(|socket| host.ends_with(socket)) {
                let text = format!("volume `{name}` of {} is the socket `{host}`", workload.object.id());
                findings.on(&SOCKET, case, &workload.object, &path, text);
                continue;
            }
            let plain = if host.len() > 1 { host.trim_end_matches('/') } else { host };
            let writer = workload.containers.iter().find(|container| {
                objects::items(&container.node, "volumeMounts")
                    .iter()
                    .any(|mount| objects::text(mount, "name") == Some(name) && !objects::is_true(mount, "readOnly"))
            });
            if let Some(container) = writer.filter(|_| SYSTEM.contains(&plain)) {
                let text = format!(
                    "container `{}` of {} may write to `{host}` of its node",
                    container.name,
                    workload.object.id(),
                );
                findings.on(&SENSITIVE, case, &workload.object, &path, text);
            }
        }
    }
}

fn low_id(case: &Case, findings: &mut Findings) {
    for workload in &case.facts().workloads {
        for container in &workload.containers {
            for field in ["runAsUser", "runAsGroup"] {
                let own = format!("securityContext.{field}");
                let (path, id) = match objects::number(&container.node, &own) {
                    Some(id) => (container.way(&own), Some(id)),
                    None => (workload.way(&own), objects::number(&workload.spec, &own)),
                };
                if let Some(id) = id.filter(|id| *id < 10_000.0) {
                    let text = format!("container `{}` of {} has {field} {id}", container.name, workload.object.id());
                    findings.on(&LOW_ID, case, &workload.object, &path, text);
                }
            }
        }
    }
}
