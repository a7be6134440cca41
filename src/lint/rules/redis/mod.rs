//! What a Redis server would refuse or lose.
//!
//! In: a [`Case`]. Out: findings about its Redis servers, those of any chart: a container counts by its image and what
//! it starts (`server.rs`).

mod admission;
mod commands;
mod conf;
mod exporter;
mod memory;
mod missing_file;
mod network;
mod operator;
mod passwords;
mod persistence;
mod place;
mod probes;
mod production;
mod replication;
mod server;
mod shell;
mod tests_of_chart;

use crate::diag::Severity;
use crate::lint::{Case, Check, Findings, On, Rule};

/// The rules of this group, a list per file.
pub(super) const RULES: &[&[Rule]] = &[conf::RULES, PODS, admission::RULES];

/// What pods of Redis show; the first row looks for all of them.
const PODS: &[Rule] = &[
    Rule { check: Check::Case(check), ..memory::ABOVE_LIMIT },
    memory::NEAR_LIMIT,
    memory::NO_ROOM,
    memory::ABOVE_REQUEST,
    memory::WITHOUT,
    persistence::ON_CONTAINER_LAYER,
    persistence::NEVER_WRITTEN,
    persistence::SHORT_GRACE,
    replication::SHARED_CLAIM,
    replication::WIPED,
    replication::INDEPENDENT_MASTERS,
    replication::MASTERAUTH_MISSING,
    replication::FIXED_MASTER,
    passwords::IN_CONFIG_MAP,
    passwords::UNQUOTED,
    passwords::CLI_WITHOUT,
    probes::UNCHECKED,
    tests_of_chart::ALWAYS_PASSES,
    commands::IN_USE,
    network::PORT_MISMATCH,
    network::LOOPBACK,
    network::PROTECTED,
    network::DAEMONIZED,
    missing_file::RULE,
    exporter::WITHOUT_PASSWORD,
    exporter::PORT_MISMATCH,
    production::WITHOUT_PASSWORD,
    production::SHORT_PASSWORD,
    production::DANGEROUS,
];

/// A rule whose pattern makes a server fail or lose data.
const fn rule(id: &'static str, summary: &'static str, why: &'static str, fix: &'static str) -> Rule {
    Rule { id, severity: Severity::Error, summary, why, fix, on: On::Default, check: Check::Elsewhere }
}

/// A rule whose pattern is probably wrong.
const fn warn(id: &'static str, summary: &'static str, why: &'static str, fix: &'static str) -> Rule {
    Rule { severity: Severity::Warning, ..rule(id, summary, why, fix) }
}

/// A rule whose pattern is worth knowing.
const fn note(id: &'static str, summary: &'static str, why: &'static str, fix: &'static str) -> Rule {
    Rule { severity: Severity::Note, ..rule(id, summary, why, fix) }
}

fn check(case: &Case, findings: &mut Findings) {
    let servers = server::servers(case);
    for server in &servers {
        memory::check(server, findings);
        persistence::check(server, findings);
        replication::check(server, &servers, findings);
        passwords::check(server, findings);
        probes::check(server, findings);
        commands::check(server, findings);
        network::check(server, findings);
        missing_file::check(server, findings);
        exporter::check(server, findings);
        production::check(server, findings);
    }
    tests_of_chart::check(case, &servers, findings);
    operator::check(case, findings);
}
