//! What is asked of a Redis in production beyond what every server needs: the profile `production`. What it asks of
//! every pod (limits, policies, Pod Security) are the rules of those groups.

use super::server::Server;
use super::{place, warn};
use crate::lint::rules::objects::{items, text, way};
use crate::lint::{Findings, On, Rule};
use base64::Engine;

const PRODUCTION: On = On::Profiles(&["production"]);

pub(super) const WITHOUT_PASSWORD: Rule = Rule {
    on: PRODUCTION,
    ..warn(
        "redis-without-password",
        "the server asks for no password",
        "Whoever reaches the port reads and writes everything, and may run CONFIG and SHUTDOWN.",
        "Set requirepass from a Secret, or users by ACL rules.",
    )
};
pub(super) const SHORT_PASSWORD: Rule = Rule {
    on: PRODUCTION,
    ..warn(
        "redis-short-password",
        "the password has less than 32 characters",
        "Redis answers very many guesses a second and locks nobody out.",
        "Use 32 random characters or more.",
    )
};
pub(super) const DANGEROUS: Rule = Rule {
    on: PRODUCTION,
    ..warn(
        "redis-dangerous-commands",
        "every client may flush, reconfigure and stop the server",
        "One mistyped or injected FLUSHALL, CONFIG or SHUTDOWN is enough.",
        "Give clients users with `-@dangerous`, or rename these commands.",
    )
};
/// Commands that the checklist wants out of reach.
const OUT_OF_REACH: [&str; 3] = ["FLUSHALL", "FLUSHDB", "CONFIG"];

/// Shorter passwords are found by guessing.
const LEAST_CHARACTERS: usize = 32;

pub(super) fn check(server: &Server<'_>, findings: &mut Findings) {
    if server.has_password() == Some(false) {
        let message = format!("container `{}` asks for no password", server.container.name);
        place::on_container(findings, &WITHOUT_PASSWORD, server, "name", message);
    }
    short_password(server, findings);
    let is_renamed = |name: &str| {
        let mut confs = server.files.iter().map(|file| &file.conf).chain([&server.conf]);
        confs.any(|conf| {
            let mut lines = conf.all("rename-command");
            lines.any(|line| line.argument(0).is_some_and(|command| command.eq_ignore_ascii_case(name)))
        })
    };
    let has_users = ["user", "aclfile"].iter().any(|name| server.conf.last(name).is_some())
        || server.files.iter().any(|file| file.conf.last("user").is_some())
        || server.is_left_open("aclfile")
        || server.mentions("acl setuser")
        || server.mentions("rename-command")
        || server.mentions("disable_commands");
    let in_reach: Vec<&str> = OUT_OF_REACH.into_iter().filter(|name| !is_renamed(name)).collect();
    if !has_users && server.is_known() && !in_reach.is_empty() {
        let message = format!("every client of container `{}` may run {}", server.container.name, in_reach.join(", "));
        place::on_container(findings, &DANGEROUS, server, "name", message);
    }
}

/// Passwords in Secrets of the chart that the pod takes a variable or a file from.
fn short_password(server: &Server<'_>, findings: &mut Findings) {
    let (case, workload) = (server.case, server.workload);
    let namespace = case.namespace_of(&workload.object);
    let by_variable = items(&server.container.node, "env").iter().filter_map(|entry| {
        let name = text(entry, "name").filter(|name| name.to_ascii_lowercase().contains("pass"))?;
        let secret = text(entry, "valueFrom.secretKeyRef.name")?;
        Some((name, secret, text(entry, "valueFrom.secretKeyRef.key")?.to_owned()))
    });
    for (_, secret, key) in by_variable {
        let Some(object) = case.facts().named(case, "Secret", namespace, secret) else { continue };
        for field in ["data", "stringData"] {
            let node = object.node.get(field).and_then(|entries| entries.get(&key));
            let Some(password) = node.and_then(|node| node.as_text()) else { continue };
            let length = match field {
                "data" => base64::engine::general_purpose::STANDARD
                    .decode(password.trim())
                    .map_or(LEAST_CHARACTERS, |bytes| bytes.len()),
                _ => password.len(),
            };
            if (1..LEAST_CHARACTERS).contains(&length) {
                let message = format!("the password has {length} characters, expected {LEAST_CHARACTERS} or more");
                let path = crate::lint::rules::objects::key(&way(field), &key);
                let finding = findings.on(&SHORT_PASSWORD, case, object, &path, message);
                if let Some(place) = finding.diagnostic.place.as_mut().filter(|_| !case.is_chart) {
                    place.excerpt = None;
                }
            }
        }
    }
}
