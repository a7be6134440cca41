//! What only several lines together show.
//!
//! In: a whole [`Conf`]. Out: problems: users in two places, a replica in a cluster, a line that does not count.

use super::commands;
use super::conf::{Conf, Directive};
use super::directives;
use super::problem::{Problem, Spot};
use super::rules;
use super::sizes;
use super::structured::unknown_command;
use super::version::Version;
use std::collections::{BTreeMap, BTreeSet};

/// Checks all lines together.
pub(super) fn check(conf: &Conf, version: Version, problems: &mut Vec<Problem>) {
    duplicates(conf, problems);
    renames(conf, version, problems);
    users(conf, version, problems);
    replication(conf, problems);
    listening(conf, version, problems);
    eviction(conf, problems);
    append_only(conf, version, problems);
}

fn duplicates(conf: &Conf, problems: &mut Vec<Problem>) {
    let mut last: BTreeMap<&str, &Directive> = BTreeMap::new();
    for line in &conf.directives {
        let counts = directives::find(&line.name).is_some_and(|row| !row.adds_up());
        if !counts {
            continue;
        }
        let Some(before) = last.insert(&line.name, line) else { continue };
        // An argument of the program is meant to override the file.
        if line.program_argument != before.program_argument {
            continue;
        }
        let same = before.arguments.iter().map(|word| &word.text).eq(line.arguments.iter().map(|word| &word.text));
        let what = if same { "says the same" } else { "is the one that counts" };
        let message = format!("`{}` stands there again in line {}, which {what}", before.word.text, line.line);
        problems.push(Problem::new(&rules::DUPLICATE_DIRECTIVE, Spot::line(before), message));
    }
}

fn renames(conf: &Conf, version: Version, problems: &mut Vec<Problem>) {
    // A module may bring any command.
    let modules = conf.last("loadmodule").is_some();
    let mut gone: BTreeSet<String> = BTreeSet::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for line in conf.all("rename-command") {
        let [command, target] = line.arguments.as_slice() else { continue };
        let (name, new) = (command.text.to_ascii_lowercase(), target.text.to_ascii_lowercase());
        let spot = Spot::word(line, command);
        if gone.contains(&name) {
            let message = format!("`{}` has been renamed before", command.text);
            problems.push(Problem::new(&rules::RENAMED_TWICE, spot, message));
            continue;
        }
        if taken.contains(&name) {
            // Renaming what a line before made: Redis allows it.
            taken.remove(&name);
        } else if !modules && !commands::is_command(&name, version) {
            let wrong = unknown_command(&command.text, version);
            let problem = Problem::new(wrong.rule, spot, wrong.message);
            problems.push(match wrong.fix {
                Some(fix) => problem.fix(fix),
                None => problem,
            });
            continue;
        }
        gone.insert(name.clone());
        if new.is_empty() {
            continue;
        }
        let exists = commands::is_command(&new, version) && !gone.contains(&new);
        if exists || !taken.insert(new.clone()) {
            // The new name is often a secret; that of a command is none.
            let message = match exists {
                true => format!("`{}` is renamed to `{}`, which is a command", command.text, target.text),
                false => format!("`{}` is renamed to what another command is renamed to", command.text),
            };
            problems.push(Problem::new(&rules::NAME_TAKEN, Spot::word(line, target), message));
        } else {
            gone.remove(&new);
        }
    }
}

fn users(conf: &Conf, version: Version, problems: &mut Vec<Problem>) {
    let Some(file) = conf.last("aclfile").filter(|line| line.argument(0).is_some_and(|path| !path.is_empty())) else {
        return;
    };
    if version < Version::V6_0 {
        return;
    }
    if let Some(user) = conf.all("user").next() {
        let message = format!("a user is declared beside `aclfile` in line {}", file.line);
        problems.push(Problem::new(&rules::ACLFILE_WITH_USERS, Spot::word(user, &user.word), message));
    }
    if let Some(password) = conf.last("requirepass") {
        let message = "`requirepass` has no effect beside `aclfile`".to_owned();
        problems.push(Problem::new(&rules::PASSWORD_BESIDE_ACLFILE, Spot::word(password, &password.word), message));
    }
}

fn replication(conf: &Conf, problems: &mut Vec<Problem>) {
    let Some(master) = conf.last("replicaof") else { return };
    let no_one = master.argument(0).is_some_and(|host| host.eq_ignore_ascii_case("no"))
        && master.argument(1).is_some_and(|port| port.eq_ignore_ascii_case("one"));
    if conf.is_on("cluster-enabled") == Some(true) && !no_one {
        let message = "`replicaof` is set, and `cluster-enabled` is yes";
        problems.push(Problem::new(&rules::REPLICA_IN_CLUSTER, Spot::line(master), message));
    }
}

fn listening(conf: &Conf, version: Version, problems: &mut Vec<Problem>) {
    let is_zero = |name: &str| conf.value(name) == Some("0");
    let is_set = |name: &str| conf.value(name).is_some_and(|value| !value.is_empty());
    let tls = conf.last("tls-port").filter(|line| line.argument(0) != Some("0"));
    if let Some(port) = conf.last("port").filter(|_| is_zero("port") && tls.is_none() && !is_set("unixsocket")) {
        let message = "`port` is 0, and neither `tls-port` nor `unixsocket` is set";
        problems.push(Problem::new(&rules::LISTENS_NOWHERE, Spot::line(port), message));
    }
    if let Some(tls) = tls.filter(|_| version >= Version::V6_0) {
        let missing = ["tls-cert-file", "tls-key-file"].into_iter().find(|name| !is_set(name));
        if let Some(missing) = missing {
            let message = format!("`tls-port` is set, and `{missing}` is not");
            problems.push(Problem::new(&rules::TLS_WITHOUT_CERTIFICATE, Spot::line(tls), message));
        }
    }
}

fn eviction(conf: &Conf, problems: &mut Vec<Problem>) {
    let Some(policy) = conf.last("maxmemory-policy") else { return };
    let evicts = policy.argument(0).is_some_and(|word| !word.eq_ignore_ascii_case("noeviction"));
    let limited = conf.value("maxmemory").is_some_and(|text| sizes::bytes(text) != Ok(0));
    if evicts && !limited {
        let message = format!(
            "`maxmemory-policy` is `{}`, and `maxmemory` sets no limit",
            policy.argument(0).unwrap_or_default()
        );
        problems.push(Problem::new(&rules::POLICY_WITHOUT_LIMIT, Spot::line(policy), message));
    }
}

/// From 7.0 on the line alone is refused; before, opening the file is.
fn append_only(conf: &Conf, version: Version, problems: &mut Vec<Problem>) {
    let Some(name) = conf.last("appendfilename").filter(|line| line.argument(0) == Some("")) else { return };
    if version < Version::V7_0 && conf.is_on("appendonly") == Some(true) {
        let message = "`appendfilename` is empty, and `appendonly` is yes";
        problems.push(Problem::new(&rules::PATH_AS_FILE_NAME, Spot::line(name), message));
    }
}
