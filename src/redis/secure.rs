//! TLS and users: a certificate, a file and a password that must come from somewhere, ports that must not meet, and what
//! the chart sets itself once they are on.
//!
//! In: typed [`Values`]. Out: [`Problem`]s in the words of the chart's templates.

use super::reserved::taken;
use super::rules::Problem;
use super::values::Values;

/// What `files/secure/` writes into redis.conf for TLS, each with the value to use instead.
const TLS_DIRECTIVES: &[(&str, &str)] = &[
    ("tls-port", "tls.port"),
    ("tls-cert-file", "tls.existingSecret"),
    ("tls-key-file", "tls.existingSecret"),
    ("tls-ca-cert-file", "tls.existingSecret"),
    ("tls-auth-clients", "tls.authClients"),
    ("tls-replication", "tls.replication"),
];

/// The same for users; `user` cannot stand beside a file of users.
const ACL_DIRECTIVES: &[(&str, &str)] = &[
    ("aclfile", "acl.existingSecret"),
    ("masteruser", "acl.replicationUser"),
    ("user", "a line of the file in acl.existingSecret"),
];

const VOLUMES: &[&str] = &["acl", "secure", "tls"];

const VARIABLES: &[&str] = &[
    "PATH",
    "REDIS_ACL_FILE",
    "REDIS_ACL_SECRET",
    "REDIS_PLAIN_PORT",
    "REDIS_REPLICATION_PASSWORD_FILE",
    "REDIS_REPLICATION_USER",
    "REDIS_TLS",
    "REDIS_TLS_AUTH_CLIENTS",
    "REDIS_TLS_PORT",
    "REDIS_TLS_SECRET",
    "REDIS_USER",
];

/// Every rule of this kind.
pub(super) fn run(values: &Values, found: &mut Vec<Problem>) {
    if values.tls.enabled {
        tls(values, found);
    }
    if values.acl.enabled {
        acl(values, found);
    }
    if values.tls.enabled || values.acl.enabled {
        directives(values, found);
        names(values, found);
    }
}

fn tls(values: &Values, found: &mut Vec<Problem>) {
    let tls = &values.tls;
    if tls.existing_secret.is_empty() {
        let text = "tls.enabled: found no certificate, allowed is tls.existingSecret with one";
        found.push(Problem::error("certificate-required", &["tls.enabled"], text));
    }
    if !tls.replication && !tls.plain {
        let text =
            "tls.replication: found false, allowed is true unless tls.plain is true: there would be no port for it";
        found.push(Problem::error("conflicting-values", &["tls.replication", "tls.plain"], text));
    }
    let mut meets = |other: &str, port: u16, why: &str| {
        if port == tls.port {
            let text = format!("tls.port: found {port}, allowed is another port than {other} {why}");
            found.push(Problem::error("conflicting-values", &["tls.port", other], text));
        }
    };
    if tls.plain {
        meets("redis.port", values.redis.port, "while tls.plain is true");
        meets("service.port", values.service.port, "while tls.plain is true");
        let text = "tls.plain leaves a port open without TLS";
        found
            .push(Problem::warning("plain-port", &["tls.plain"], text).help("turn it off when all clients have moved"));
    }
    if values.metrics.enabled && values.metrics.port == tls.port {
        let text =
            format!("tls.port: found {}, allowed is another port than metrics.port: both are in one pod", tls.port);
        found.push(Problem::error("conflicting-values", &["tls.port", "metrics.port"], text));
    }
}

fn acl(values: &Values, found: &mut Vec<Problem>) {
    let acl = &values.acl;
    if acl.existing_secret.is_empty() {
        let text = "acl.enabled: found no users, allowed is acl.existingSecret with an ACL file";
        found.push(Problem::error("users-required", &["acl.enabled"], text));
    }
    if acl.user.is_empty() {
        let text = "acl.user: found none, allowed is the name of the user that probes, scripts and replication are";
        found.push(Problem::error("users-required", &["acl.user"], text));
    }
    if values.redis.password.0.is_empty() && values.redis.existing_secret.is_empty() {
        let text =
            "acl.enabled: found no password for acl.user, allowed is redis.existingSecret (or redis.password) with one";
        found.push(Problem::error("password-required", &["acl.enabled"], text));
    }
    if !acl.user.is_empty() && acl.user == acl.replication_user {
        let allowed = "another user than acl.user, or none: it has a password of its own";
        let text = format!("acl.replicationUser: found {:?}, allowed is {allowed}", acl.user);
        found.push(Problem::error("conflicting-values", &["acl.replicationUser", "acl.user"], text));
    }
}

fn directives(values: &Values, found: &mut Vec<Problem>) {
    let instead = |name: &str| {
        let of = |on: bool, table: &'static [(&'static str, &'static str)]| {
            table.iter().filter(move |(own, _)| on && *own == name).map(|(_, instead)| *instead).next()
        };
        of(values.tls.enabled, TLS_DIRECTIVES).or_else(|| of(values.acl.enabled, ACL_DIRECTIVES))
    };
    for name in values.redis.settings.keys() {
        if let Some(instead) = instead(name) {
            let path = format!("redis.settings.{name}");
            let text = format!("{path}: the chart writes this directive; instead use {instead}");
            found.push(Problem::error("own-directive", &[&path], text));
        }
    }
    for line in values.redis.config.lines() {
        let name = line.split_whitespace().next().unwrap_or_default().to_lowercase();
        if let Some(instead) = instead(&name) {
            let text =
                format!("redis.config: found the directive {name:?}, which the chart writes; instead use {instead}");
            found.push(Problem::error("own-directive", &["redis.config"], text));
        }
    }
    for (index, argument) in values.redis.args.iter().enumerate() {
        let name = argument.strip_prefix("--").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        let name = name.to_lowercase();
        if let Some(instead) = instead(&name) {
            let path = format!("redis.args[{index}]");
            let text = format!("{path}: found \"--{name}\", which the chart says; instead use {instead}");
            found.push(Problem::error("own-directive", &[&path], text));
        }
    }
}

fn names(values: &Values, found: &mut Vec<Problem>) {
    for (index, volume) in values.extra_volumes.iter().enumerate() {
        let name = volume.get("name").and_then(|name| name.as_str()).unwrap_or_default();
        if VOLUMES.contains(&name) {
            found.push(taken(&format!("extraVolumes[{index}].name"), name));
        }
    }
    for (index, variable) in values.extra_env.iter().enumerate() {
        if VARIABLES.contains(&variable.name.as_str()) {
            found.push(taken(&format!("extraEnv[{index}].name"), &variable.name));
        }
    }
}
