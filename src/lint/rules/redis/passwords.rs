//! Passwords of Redis: where they are written, how, and who lacks them.

use super::server::Server;
use super::shell;
use super::{place, warn};
use crate::lint::rules::objects::{Container, items, plain, text};
use crate::lint::{Findings, Rule};
use crate::path::Step;
use crate::value::{Data, Node};

pub(super) const IN_CONFIG_MAP: Rule = warn(
    "redis-user-password-in-config-map",
    "a user line of redis.conf in a ConfigMap holds a password",
    "Whoever may read ConfigMaps reads it; `kubectl describe` prints it, and it ends in backups and in git.",
    "Mount the users from a Secret by `aclfile`, or write the hash of the password (`#HASH`).",
);
pub(super) const UNQUOTED: Rule = warn(
    "redis-password-unquoted",
    "a script writes a password into redis.conf without quotes",
    "A space, a quote or a # in it is a syntax error to Redis, which then does not start; an empty one is a missing argument.",
    "Quote it for redis.conf, for example as \\xHH of every byte between double quotes.",
);
pub(super) const CLI_WITHOUT: Rule = warn(
    "redis-cli-without-password",
    "redis-cli is called without the password that the server asks for",
    "It prints NOAUTH and exits with 0: a hook that does nothing, a probe that says nothing.",
    "Set REDISCLI_AUTH for it, and call it with -e, so that it fails where the server refuses.",
);

pub(super) fn check(server: &Server<'_>, findings: &mut Findings) {
    in_config_map(server, findings);
    unquoted(server, findings);
    if server.may_ask_password() {
        for (container, way, node) in calls(server) {
            let Some(text) = plain(node) else { continue };
            without(server, findings, container, &way, text);
        }
    }
}

fn in_config_map(server: &Server<'_>, findings: &mut Findings) {
    for file in server.files.iter().filter(|file| file.object.kind() == "ConfigMap") {
        for line in &file.conf.directives {
            let has = line.name == "user" && line.arguments.iter().any(|word| word.text.starts_with('>'));
            if has {
                let message = format!("user `{}` has a password in a ConfigMap", line.argument(0).unwrap_or_default());
                let spot = crate::redis_server::Spot {
                    line: line.line,
                    column: line.word.column,
                    length: line.word.length,
                    offset: line.word.offset,
                    argument: None,
                };
                place::on_spot(findings, &IN_CONFIG_MAP, server, Some(file), spot, message);
            }
        }
    }
}

/// `echo requirepass $PASSWORD >> redis.conf`, in the scripts of the pod's containers.
fn unquoted(server: &Server<'_>, findings: &mut Findings) {
    for container in &server.workload.containers {
        for field in ["command", "args"] {
            for (index, node) in items(&container.node, field).iter().enumerate() {
                let Some(script) = plain(node) else { continue };
                let Some(name) = script.lines().find_map(unquoted_name) else { continue };
                let message =
                    format!("container `{}` writes `{name}` and an unquoted variable into redis.conf", container.name);
                let way = container.way(&format!("{field}.{index}"));
                findings.on(&UNQUOTED, server.case, &server.workload.object, &way, message);
            }
        }
    }
}

/// The directive behind which a line of a script writes a bare variable.
fn unquoted_name(line: &str) -> Option<&'static str> {
    let line = line.trim_start();
    if line.starts_with('#') || !(line.contains("echo") || line.contains("printf")) || !line.contains('>') {
        return None;
    }
    ["requirepass", "masterauth", "primaryauth"].into_iter().find(|name| {
        line.match_indices(name).any(|(at, _)| {
            let rest = line.get(at + name.len()..).unwrap_or_default();
            rest.starts_with(' ') && rest.trim_start().starts_with('$')
        })
    })
}

/// Commands that run in a container beside its start: hooks and probes, and the way to each of their words.
pub(super) fn calls<'s>(server: &'s Server<'_>) -> Vec<(&'s Container, Vec<Step>, &'s Node)> {
    let fields = [
        "lifecycle.preStop.exec.command",
        "lifecycle.postStart.exec.command",
        "livenessProbe.exec.command",
        "readinessProbe.exec.command",
        "startupProbe.exec.command",
    ];
    let mut found = Vec::new();
    for container in server.workload.mains() {
        for field in fields {
            let words = items(&container.node, field);
            let script =
                words.iter().enumerate().find(|(_, word)| plain(word).is_some_and(|text| text.contains("redis-cli")));
            if let Some((index, node)) = script {
                found.push((container, container.way(&format!("{field}.{index}")), node));
            }
        }
    }
    found
}

fn without(server: &Server<'_>, findings: &mut Findings, container: &Container, way: &[Step], script: &str) {
    let words: Vec<String> = match script.trim() {
        // Each word of its own: the rest of the list belongs to it.
        "redis-cli" => list_of(container, way),
        _ => Vec::new(),
    };
    let commands = if words.is_empty() { shell::commands(script, "redis-cli") } else { vec![words] };
    let by_environment = script.contains("REDISCLI_AUTH")
        || items(&container.node, "env").iter().any(|entry| text(entry, "name") == Some("REDISCLI_AUTH"));
    let asks = |word: &String| {
        word == "-a"
            || word == "--pass"
            || word == "--askpass"
            || word.starts_with("redis://")
            || word.contains("$AUTH")
            || word.contains("AUTH_")
    };
    if by_environment || commands.iter().all(|words| words.iter().any(asks)) {
        return;
    }
    let what = way.iter().rev().find_map(|step| match step {
        Step::Key(key) if key != "command" && key != "exec" => Some(key.as_str()),
        _ => None,
    });
    let message = format!(
        "`{}` of container `{}` calls redis-cli without the password",
        what.unwrap_or("command"),
        container.name
    );
    findings.on(&CLI_WITHOUT, server.case, &server.workload.object, way, message);
}

/// The words of the list that a way leads into.
pub(super) fn list_of(container: &Container, way: &[Step]) -> Vec<String> {
    let below = way.get(container.path.len()..way.len().saturating_sub(1)).unwrap_or_default();
    let list = below.iter().try_fold(&container.node, Node::step);
    let Some(Data::List(nodes)) = list.map(|node| &node.data) else { return Vec::new() };
    nodes.iter().filter_map(plain).map(str::to_owned).collect()
}
