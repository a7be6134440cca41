//! Who can reach the server: its port, its address, protected mode.

use super::server::Server;
use super::{place, rule, warn};
use crate::lint::{Findings, Rule};

pub(super) const PORT_MISMATCH: Rule = warn(
    "redis-port-mismatch",
    "Redis listens on a port that the container does not declare",
    "Services, probes and policies lead to the declared port, where nobody listens.",
    "Use one port in redis.conf, the container and the probes.",
);
pub(super) const LOOPBACK: Rule = rule(
    "redis-bound-to-loopback",
    "Redis listens on the loopback address of its pod alone",
    "No other pod reaches it: not through a Service, not as a replica, and the kubelet's probes fail.",
    "Bind to every address (`bind * -::*`), and let a NetworkPolicy and a password decide who may connect.",
);
pub(super) const PROTECTED: Rule = rule(
    "redis-protected-without-password",
    "protected mode is on, and there is no password",
    "Redis then answers only clients in its own pod and refuses all others.",
    "Set a password, or turn protected-mode off where a NetworkPolicy decides who may connect.",
);
pub(super) const DAEMONIZED: Rule = rule(
    "redis-daemonized",
    "Redis goes into the background of its container",
    "The first process of the container ends, so the container does too, and restarts for ever.",
    "Set daemonize to no.",
);

pub(super) fn check(server: &Server<'_>, findings: &mut Findings) {
    if let Some(line) = server.conf.last("daemonize").filter(|line| line.is_yes() && !server.is_left_open("daemonize"))
    {
        let message = "`daemonize` is yes, and the container ends with its first process".to_owned();
        place::on_line(findings, &DAEMONIZED, server, line, message);
    }
    // Entry points of other images write into the file what the environment says.
    if server.is_direct || server.is_official() {
        port(server, findings);
        address(server, findings);
    }
}

fn port(server: &Server<'_>, findings: &mut Findings) {
    if server.is_left_open("port") || server.container.ports().next().is_none() {
        return;
    }
    let Some(line) = server.conf.last("port") else { return };
    let Some(number) = line.argument(0).and_then(|text| text.parse::<f64>().ok()).filter(|port| *port > 0.0) else {
        return;
    };
    if !server.container.ports().any(|port| port.number == number) {
        let declared: Vec<String> = server.container.ports().map(|port| port.number.to_string()).collect();
        let message =
            format!("`port` is {number}, and container `{}` declares {}", server.container.name, declared.join(", "));
        place::on_line(findings, &PORT_MISMATCH, server, line, message);
    }
}

fn address(server: &Server<'_>, findings: &mut Findings) {
    let open = ["bind", "protected-mode"].iter().any(|name| server.is_left_open(name));
    if open || server.container.ports().next().is_none() {
        return;
    }
    let bind = server.conf.last("bind");
    let is_local = |text: &str| matches!(text.trim_start_matches('-'), "127.0.0.1" | "::1" | "localhost");
    let only_local =
        bind.filter(|line| !line.arguments.is_empty() && line.arguments.iter().all(|word| is_local(&word.text)));
    if let Some(line) = only_local {
        let message = "`bind` names the loopback address alone".to_owned();
        place::on_line(findings, &LOOPBACK, server, line, message);
        return;
    }
    let protected = server.conf.last("protected-mode").filter(|line| line.is_yes());
    // Before 7.0 an address in `bind` turns protected mode off.
    let counts = bind.is_none() || server.version.is_none_or(|version| version >= crate::redis_server::Version::V7_0);
    if let Some(line) = protected.filter(|_| counts && server.has_password() == Some(false)) {
        let message = "`protected-mode` is yes, and no password is set".to_owned();
        place::on_line(findings, &PROTECTED, server, line, message);
    }
}
