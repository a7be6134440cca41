//! Commands that are renamed away, and who in the same pod calls them.

use super::server::Server;
use super::{place, shell, warn};
use crate::lint::rules::objects::{Container, text};
use crate::lint::{Findings, Rule};
use crate::redis_server::conf::Directive;
use std::cell::OnceCell;

pub(super) const IN_USE: Rule = warn(
    "redis-renamed-command-in-use",
    "a command is renamed away that a container of the pod calls",
    "The exporter, the probe or the hook gets an error instead of an answer, mostly in silence.",
    "Keep the command and take it from users by ACL rules, or change the caller.",
);

pub(super) fn check(server: &Server<'_>, findings: &mut Findings) {
    let lines: Vec<&Directive> = server
        .files
        .iter()
        .flat_map(|file| file.conf.all("rename-command"))
        .chain(server.conf.all("rename-command").filter(|line| line.program_argument.is_some()))
        .collect();
    let called = OnceCell::new();
    for line in lines {
        let [command, new] = line.arguments.as_slice() else { continue };
        if command.text.eq_ignore_ascii_case(&new.text) {
            continue;
        }
        if let Some(caller) = caller(server, &command.text, &called) {
            let message = format!("`{}` is renamed away, and {caller} calls it", command.text);
            place::on_line(findings, &IN_USE, server, line, message);
        }
    }
}

/// Who in the pod calls a command. `called` are the words of all calls of `redis-cli`, once they were looked for.
fn caller(server: &Server<'_>, command: &str, called: &OnceCell<Vec<String>>) -> Option<String> {
    // What the exporter asks a server of.
    let asked = ["config", "info", "slowlog", "latency", "client", "scan", "type", "dbsize", "cluster"];
    let exporter = server.workload.mains().find(|container| is_exporter(container));
    if let Some(exporter) = exporter.filter(|_| asked.iter().any(|name| command.eq_ignore_ascii_case(name))) {
        return Some(format!("the exporter in container `{}`", exporter.name));
    }
    let words = |script: &String| shell::commands(script, "redis-cli").into_iter().flatten().collect::<Vec<_>>();
    let called = called.get_or_init(|| server.scripts.iter().flat_map(words).collect());
    let calls = called.iter().any(|word| word.trim_end_matches(')').eq_ignore_ascii_case(command));
    // A list of words is no script: each word is a text of its own.
    let listed =
        server.mentions("redis-cli") && server.scripts.iter().any(|word| word.trim().eq_ignore_ascii_case(command));
    (calls || listed).then(|| "a script of the pod".to_owned())
}

/// Whether a container is an exporter of Redis' metrics.
pub(super) fn is_exporter(container: &Container) -> bool {
    text(&container.node, "image")
        .is_some_and(|image| image.contains("redis_exporter") || image.contains("redis-exporter"))
}
