//! What a change of Redis's version brings, and which lines of the user's redis.conf it touches.
//!
//! In: the Redis of both sides. Out: sentences, and a concern for each line on which the new server does not start. Every
//! fact was seen on servers of both versions, or is a row of [`redis_server`](crate::redis_server)'s tables.

use crate::diag::Severity;
use crate::plan::redis::facts::Redis;
use crate::plan::{Concern, ConcernCode};
use crate::redis_server::formats::{aof_layout, rdb_version};
use crate::redis_server::{Version, check_conf, directives};
use std::collections::BTreeSet;

/// What a release line brought that people must know; by the line that brought it.
const FACTS: &[(Version, &str)] = &[
    (
        Version::V7_0,
        "a user of an access control list may use no pub/sub channel unless its rules name some (`acl-pubsub-default` was \
         `allchannels`, it is `resetchannels`)",
    ),
    (Version::V7_0, "replicas copy without a file on the master's disk by default (`repl-diskless-sync` is yes)"),
    (
        Version::V7_0,
        "`DEBUG` and `MODULE` are refused, and protected settings cannot be changed at run time, unless `enable-debug-command`, \
         `enable-module-command` or `enable-protected-configs` allow it",
    ),
    (Version::V7_0, "`SIGTERM` waits up to 10 s for replicas that lag (`shutdown-timeout`)"),
    (Version::V7_4, "the licence is no longer BSD but RSALv2 or SSPLv1"),
];

/// What lies between two versions.
pub(in crate::plan) fn notes(old: &Redis<'_>, new: &Redis<'_>, concerns: &mut Vec<Concern>) -> Vec<String> {
    let mut notes = Vec::new();
    if let (Some(from), Some(to)) = (old.line, new.line)
        && from != to
    {
        notes.extend(between(from, to));
    }
    settings(old, new, &mut notes, concerns);
    notes
}

/// What comes with a step up; of a step down that it is one.
fn between(from: Version, to: Version) -> Vec<String> {
    if to < from {
        return vec![format!("Redis {to} is older than Redis {from}: this is a way back, not forward")];
    }
    let mut notes = Vec::new();
    if rdb_version(from) != rdb_version(to) {
        let (before, after) = (rdb_version(from), rdb_version(to));
        let after = if Version::KNOWN.contains(&to) { after.to_string() } else { format!("{after} or later") };
        notes.push(format!("snapshots are of format {after} from now on, not {before}: Redis {from} cannot read them"));
    }
    if aof_layout(from) != aof_layout(to) {
        notes.push("the append-only file becomes a folder with a manifest, at the first start and for good".to_owned());
    }
    let since = FACTS.iter().filter(|(since, _)| from < *since && *since <= to);
    notes.extend(since.map(|(since, fact)| format!("from Redis {since} on, {fact}")));
    notes
}

/// The user's settings as both servers read them.
fn settings(old: &Redis<'_>, new: &Redis<'_>, notes: &mut Vec<String>, concerns: &mut Vec<Concern>) {
    let (Some(to), Some(settings)) = (new.line, &new.conf) else { return };
    let place = match &settings.file {
        Some((object, key)) => format!("`{key}` of {object}"),
        None => "the arguments of the server".to_owned(),
    };
    // What the old server refuses too is not of this upgrade; it cannot be running with it.
    let before: BTreeSet<String> = match (old.line, &old.conf) {
        (Some(from), Some(settings)) => check_conf(&settings.conf, from)
            .into_iter()
            .filter(|one| one.severity == Severity::Error)
            .map(|one| one.message)
            .collect(),
        _ => BTreeSet::new(),
    };
    for problem in check_conf(&settings.conf, to) {
        if problem.severity != Severity::Error || before.contains(&problem.message) {
            continue;
        }
        let line = match problem.spot.line {
            0 => place.clone(),
            line => format!("line {line} of {place}"),
        };
        let message = format!("Redis {to} does not start with {line}: {}", problem.message);
        let concern = Concern::new(ConcernCode::Refused, message).help(problem.fix);
        concerns.push(match &settings.file {
            Some((object, key)) => concern.about(object.clone(), format!("data.{key}")),
            None => concern.about(new.workload.id(), ""),
        });
    }
    let Some(from) = old.line.filter(|from| *from != to) else { return };
    let mut named = BTreeSet::new();
    for line in &settings.conf.directives {
        let written = line.word.text.to_ascii_lowercase();
        let Some(row) = directives::find(&written).filter(|_| named.insert(written.clone())) else { continue };
        let name = row.name_in(to);
        if name != written && row.is_known(&written, to) {
            notes.push(format!("`{written}` in {place} is called `{name}` in Redis {to}; the old name still works"));
        }
        if row.ignored_since.is_some_and(|since| from < since && since <= to) {
            notes.push(format!("`{written}` in {place} has no effect in Redis {to}"));
        }
    }
    if from < Version::V7_0 && to >= Version::V7_0 {
        for user in settings.conf.all("user") {
            let rules = || user.arguments.iter().skip(1).map(|word| word.text.as_str());
            let says = rules().any(|rule| rule.starts_with('&') || ["allchannels", "resetchannels"].contains(&rule));
            let is_set = settings.conf.value("acl-pubsub-default").is_some();
            if !says && !is_set {
                let who = user.argument(0).unwrap_or_default();
                let message = format!(
                    "user `{who}` in line {} of {place} loses all pub/sub channels: from Redis 7.0 on rules that name none allow none",
                    user.line
                );
                let help = "add `allchannels` or `&PATTERN` to the rules, or set `acl-pubsub-default allchannels`";
                concerns.push(Concern::new(ConcernCode::ManualStep, message).about(new.workload.id(), "").help(help));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_up_names_what_each_line_on_the_way_brought() {
        let all = between(Version::V6_2, Version::V7_4).join("\n");
        for word in ["format 12", "folder with a manifest", "acl-pubsub-default", "SSPLv1"] {
            assert!(all.contains(word), "{word} in {all}");
        }
        let small = between(Version::V7_0, Version::V7_2);
        assert_eq!(small, ["snapshots are of format 11 from now on, not 10: Redis 7.0 cannot read them"]);
        assert!(between(Version::V7_2, Version::V7_0).join("").contains("way back"));
    }
}
