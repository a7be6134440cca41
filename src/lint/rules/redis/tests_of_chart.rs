//! Test hooks of a chart that cannot fail.

use super::server::Server;
use super::{shell, warn};
use crate::lint::rules::objects::{items, plain, text};
use crate::lint::{Case, Findings, Rule};

pub(super) const ALWAYS_PASSES: Rule = warn(
    "redis-test-always-passes",
    "a test of the chart passes without a server",
    "redis-cli exits with 0 for error replies, and a script without `set -e` ends with the status of its last command.",
    "Begin the script with `set -e`, call redis-cli with -e, and compare what it answers.",
);

pub(super) fn check(case: &Case, servers: &[Server<'_>], findings: &mut Findings) {
    if servers.is_empty() {
        return;
    }
    for workload in case.facts().workloads.iter().filter(|workload| workload.object.is_test()) {
        for container in workload.mains() {
            let words = ["command", "args"].into_iter().flat_map(|field| {
                let nodes = items(&container.node, field).iter().enumerate();
                nodes.filter_map(move |(index, node)| Some((format!("{field}.{index}"), plain(node)?)))
            });
            let Some((field, script)) = words.into_iter().find(|(_, word)| word.contains("redis-cli")) else {
                continue;
            };
            let Some(why) = weakness(script, servers, |name| {
                items(&container.node, "env").iter().any(|entry| text(entry, "name") == Some(name))
            }) else {
                continue;
            };
            let message = format!("container `{}` of the test {why}", container.name);
            findings.on(&ALWAYS_PASSES, case, &workload.object, &container.way(&field), message);
        }
    }
}

/// Why a script passes whatever happens.
fn weakness(script: &str, servers: &[Server<'_>], has_variable: impl Fn(&str) -> bool) -> Option<&'static str> {
    let lines: Vec<&str> =
        script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let stops = lines.iter().any(|line| line.starts_with("set -") && line.contains('e'));
    let last = lines.last().copied().unwrap_or_default();
    if lines.len() > 1 && !stops && (last.starts_with("echo") || last.starts_with("exit 0")) {
        return Some("ends with a command that never fails, and does not stop at one that does");
    }
    let commands = shell::commands(script, "redis-cli");
    let compares = ["grep", "= ", "==", "!=", "case ", "test "].iter().any(|word| script.contains(word));
    let lenient = !commands.is_empty() && !commands.iter().any(|words| words.iter().any(|word| word == "-e"));
    let password = script.contains("REDISCLI_AUTH") || script.contains(" -a ") || has_variable("REDISCLI_AUTH");
    (lenient && !compares && !password && servers.iter().any(Server::may_ask_password))
        .then_some("calls redis-cli without the password, and takes NOAUTH for a success")
}
