//! Ports within a pod: probes that ask where nobody listens, containers that want the same port.

use crate::diag::Severity;
use crate::lint::rules::objects::{self, PortRef};
use crate::lint::{Case, Check, Findings, On, Rule};

pub(super) const RULES: &[Rule] = &[PROBE, PROBE_NUMBER, TAKEN];

const PROBE: Rule = Rule {
    id: "missing-probe-port",
    severity: Severity::Error,
    summary: "a probe names a port that its container does not have",
    why: "The API server takes it; the kubelet finds no such port, so the probe fails, and the container is restarted or never ready.",
    fix: "Name a port of the same container, or give its number.",
    on: On::Default,
    check: Check::Case(check),
};

const PROBE_NUMBER: Rule = Rule {
    id: "undeclared-probe-port",
    severity: Severity::Note,
    summary: "a probe asks a port that its container does not declare",
    why: "Declared ports are information only, but a number that stands in one place and not in the other is often a slip.",
    fix: "Declare the port with a name, and let the probe use the name.",
    on: On::Default,
    check: Check::Elsewhere,
};

const TAKEN: Rule = Rule {
    id: "port-taken-twice",
    severity: Severity::Warning,
    summary: "two containers of a pod declare the same port",
    why: "Containers of a pod share one network: the second that listens on the port fails with `address already in use`.",
    fix: "Give one of them another port.",
    on: On::Default,
    check: Check::Case(taken),
};

/// The probes and hooks of a container that ask a port.
const ASKING: [&str; 5] =
    ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle.postStart", "lifecycle.preStop"];

fn check(case: &Case, findings: &mut Findings) {
    for workload in &case.facts().workloads {
        for container in &workload.containers {
            for probe in ASKING {
                for handler in ["httpGet", "tcpSocket", "grpc"] {
                    let field = format!("{probe}.{handler}.port");
                    let Some(port) = container.node.find(&field).and_then(objects::port) else { continue };
                    let mut ports = container.ports();
                    let host = container.node.find(&format!("{probe}.{handler}.host"));
                    let (rule, message) = match &port {
                        PortRef::Name(name) if !ports.any(|port| port.name == *name) => (
                            &PROBE,
                            format!(
                                "{probe} of container `{}` asks port `{name}`, which it does not have",
                                container.name
                            ),
                        ),
                        // Another container of the pod may listen there, and a host is another matter.
                        PortRef::Number(number)
                            if container.ports().next().is_some()
                                && host.is_none()
                                && !workload.ports().any(|port| port.number == *number) =>
                        {
                            (
                                &PROBE_NUMBER,
                                format!(
                                    "{probe} of container `{}` asks port {number}, which it does not declare",
                                    container.name
                                ),
                            )
                        }
                        _ => continue,
                    };
                    findings.on(rule, case, &workload.object, &container.way(&field), message);
                }
            }
        }
    }
}

fn taken(case: &Case, findings: &mut Findings) {
    for workload in &case.facts().workloads {
        let mut seen: Vec<(f64, &str, &str)> = Vec::new();
        for container in workload.mains() {
            let before = seen.len();
            for (number, port) in container.ports().enumerate() {
                // Within one container it is another matter: the API server refuses it.
                let other = seen
                    .iter()
                    .take(before)
                    .find(|(seen, protocol, _)| (*seen, *protocol) == (port.number, port.protocol));
                if let Some((_, _, other)) = other {
                    let text = format!(
                        "containers `{other}` and `{}` of {} both take port {}",
                        container.name,
                        workload.object.id(),
                        port.number,
                    );
                    let path = container.way(&format!("ports.{number}.containerPort"));
                    findings.on(&TAKEN, case, &workload.object, &path, text);
                }
                seen.push((port.number, port.protocol, &container.name));
            }
        }
    }
}
