//! The exporter of metrics beside a server.

use super::commands::is_exporter;
use super::server::Server;
use super::warn;
use crate::lint::rules::objects::{Container, items, plain, text};
use crate::lint::{Findings, Rule};

pub(super) const WITHOUT_PASSWORD: Rule = warn(
    "redis-exporter-without-password",
    "the exporter does not know the password that the server asks for",
    "It reports `redis_up 0` and nothing else.",
    "Give it REDIS_PASSWORD or REDIS_PASSWORD_FILE.",
);
pub(super) const PORT_MISMATCH: Rule = warn(
    "redis-exporter-port-mismatch",
    "the exporter listens on another port than its container declares",
    "It listens on 9121 unless it is told otherwise; scrapes of the declared port find nobody.",
    "Set --web.listen-address (or REDIS_EXPORTER_WEB_LISTEN_ADDRESS) to the declared port.",
);

/// Where it listens when nobody says otherwise.
const DEFAULT_PORT: f64 = 9121.0;

pub(super) fn check(server: &Server<'_>, findings: &mut Findings) {
    for container in server.workload.mains().filter(|container| is_exporter(container)) {
        let object = &server.workload.object;
        let knows = ["redis.password", "redis_password", "redis.addr=redis://", "password"]
            .iter()
            .any(|word| says(container, word));
        if server.may_ask_password() && !knows && items(&container.node, "envFrom").is_empty() {
            let message = format!("container `{}` is not given the password of the server", container.name);
            findings.on(&WITHOUT_PASSWORD, server.case, object, &container.way("name"), message);
        }
        let told = ["web.listen-address", "redis_exporter_web_listen_address", "redis_exporter_port"]
            .iter()
            .any(|word| says(container, word));
        let declared = container.ports().next().map(|port| port.number);
        if let Some(port) = declared.filter(|port| *port != DEFAULT_PORT && !told) {
            let message = format!(
                "container `{}` declares port {port}, and the exporter listens on {DEFAULT_PORT}",
                container.name
            );
            findings.on(&PORT_MISMATCH, server.case, object, &container.way("ports.0.containerPort"), message);
        }
    }
}

/// Whether a container's command, arguments or environment hold a text, in any case.
fn says(container: &Container, wanted: &str) -> bool {
    let words = ["command", "args"].into_iter().flat_map(|field| items(&container.node, field)).filter_map(plain);
    let env = items(&container.node, "env").iter().filter_map(|entry| text(entry, "name"));
    words.chain(env).any(|word| word.to_ascii_lowercase().contains(wanted))
}
