//! What becomes of Redis's data: on the way to the new side, on the way back, and while both run.
//!
//! In: the Redis of both sides. Out: a [`RedisPlan`] in sentences, and what of it needs attention. Which version reads
//! which files is a table of [`formats`](crate::redis_server::formats), made of files that real servers wrote and read.

use crate::plan::redis::facts::{Redis, Servers};
use crate::plan::redis::versions;
use crate::plan::{Both, Concern, ConcernCode, RedisPlan, Topology, Verdict};
use crate::redis_server::Version;
use crate::redis_server::formats::{Reading, follows, rdb_version, reads};

/// The Redis of both sides, and what becomes of its data.
pub(in crate::plan) fn redis(both: &Both<'_>, servers: &Servers<'_>, concerns: &mut Vec<Concern>) -> Option<RedisPlan> {
    let facts = |redis: &Option<Redis<'_>>| redis.as_ref().map(|redis| redis.facts.clone()).unwrap_or_default();
    let mut plan = RedisPlan {
        old: facts(&servers.old),
        new: facts(&servers.new),
        forward: Vec::new(),
        backward: Vec::new(),
        replication: Vec::new(),
        version_notes: Vec::new(),
    };
    match (&servers.old, &servers.new) {
        (None, None) => return None,
        (Some(old), Some(new)) => {
            let mut say = Say { both, old, new, plan: &mut plan, concerns };
            say.unknown_versions();
            let is_lost = say.place();
            say.switches(is_lost);
            say.files(is_lost);
            say.topology();
            say.replication();
            plan.version_notes = versions::notes(old, new, concerns);
        }
        (Some(old), None) => {
            plan.forward.push("the new side runs no Redis".to_owned());
            if old.facts.is_persistent && both.new.is_whole() {
                plan.forward.push("the data stay on the volumes of the old one, and nothing reads them".to_owned());
            }
        }
        (None, Some(_)) if both.old.is_whole() => {
            plan.forward.push("the old side runs no Redis: the new one starts empty".to_owned());
        }
        (None, Some(_)) => plan.forward.push("the Redis of the old side is not known".to_owned()),
    }
    Some(plan)
}

/// Whether pods of this Redis stop because of the upgrade.
pub(in crate::plan) fn stops(both: &Both<'_>, redis: &Redis<'_>) -> bool {
    let is_own = |id: &crate::manifest::ObjectId| redis.workloads().any(|object| object.id() == *id);
    both.pairs.iter().any(|pair| {
        let stops =
            matches!(pair.verdict, Verdict::RollsPods | Verdict::Recreated | Verdict::Removed | Verdict::Rejected);
        stops && pair.pair.old.is_some_and(|object| is_own(&object.id()))
    })
}

/// Whether the new Redis finds the data of the old one on its volumes, where both have any.
pub(in crate::plan) fn keeps_volumes(old: &Redis<'_>, new: &Redis<'_>) -> bool {
    old.data.template == new.data.template && old.data.sub_path == new.data.sub_path && !new.data.template.is_empty()
}

/// What the second server makes of the files of the first; `None` where that is not known.
pub(in crate::plan) fn reading(old: &Redis<'_>, new: &Redis<'_>) -> Option<Reading> {
    let (from, to) = (old.line?, new.line?);
    if is_beyond(from, to) && rdb_version(from) <= rdb_version(to) {
        return None;
    }
    match old.facts.aof {
        Some(aof) => Some(reads(from, to, aof)),
        // With the log or without: what both come to, or the worse.
        None => Some(match (reads(from, to, true), reads(from, to, false)) {
            (Reading::Complete, Reading::Complete) => Reading::Complete,
            (Reading::Empty, _) => Reading::Empty,
            _ => Reading::Refused,
        }),
    }
}

/// Whether a version that no table knows writes what an older one shall read: nobody can say yet that it does.
fn is_beyond(from: Version, to: Version) -> bool {
    from > to && Version::KNOWN.iter().all(|known| *known < from)
}

struct Say<'a, 's, 'p> {
    both: &'a Both<'s>,
    old: &'a Redis<'s>,
    new: &'a Redis<'s>,
    plan: &'p mut RedisPlan,
    concerns: &'p mut Vec<Concern>,
}

impl Say<'_, '_, '_> {
    fn concern(&mut self, code: ConcernCode, message: impl Into<String>, help: &str) {
        let concern = Concern::new(code, message).about(self.new.workload.id(), "");
        self.concerns.push(if help.is_empty() { concern } else { concern.help(help) });
    }

    fn unknown_versions(&mut self) {
        let image = |redis: &Redis<'_>| {
            let containers =
                crate::plan::redis::facts::items(&redis.workload.node, "spec.template.spec.containers").iter();
            let own = |one: &&crate::value::Node| {
                crate::plan::redis::facts::text(one, "name").as_deref() == Some(&redis.facts.container)
            };
            containers
                .clone()
                .find(own)
                .and_then(|one| crate::plan::redis::facts::text(one, "image"))
                .unwrap_or_default()
        };
        let (before, after) = (image(self.old), image(self.new));
        for (redis, side) in [(self.old, "old"), (self.new, "new")] {
            if redis.line.is_none() {
                self.plan.forward.push(format!("the image of the {side} side names no version of Redis"));
            }
        }
        if before != after && (self.old.line.is_none() || self.new.line.is_none()) {
            let message = format!(
                "the image changes from `{before}` to `{after}`, and they do not both name a version of Redis: whether the \
                 new server reads the files of the old one is not known"
            );
            self.concern(ConcernCode::Unknown, message, "name the versions in the tags of the images");
        }
        for (redis, side) in [(self.old, "old"), (self.new, "new")] {
            if redis.others > 0 {
                let rest = if redis.others == 1 {
                    "one more Redis".to_owned()
                } else {
                    format!("{} more Redis", redis.others)
                };
                let message = format!(
                    "the {side} side has {rest} beside that of {}, of which nothing is said here",
                    redis.workload.id()
                );
                self.concern(ConcernCode::Note, message, "");
            }
        }
    }

    /// Where the data are. Whether the new Redis starts without them.
    fn place(&mut self) -> bool {
        let (old, new) = (self.old, self.new);
        if !old.facts.is_persistent {
            let stops = stops(self.both, old);
            let becomes = if new.facts.is_persistent { "; those of the new one are" } else { "" };
            self.plan.forward.push(format!("data of the old Redis are on no volume{becomes}"));
            if !stops {
                return false;
            }
            let has_replicas = old.facts.topology != Topology::Standalone && new.facts.topology == old.facts.topology;
            if has_replicas && (old.facts.topology != Topology::Replication || new.keeps_replicas) {
                self.plan.forward.push("pods that restart copy the data from those that still run".to_owned());
                return false;
            }
            let wiped = if has_replicas { ", and its replicas copy that: they are emptied too" } else { "" };
            let message = format!("Redis keeps its data in memory alone: the master starts empty{wiped}");
            self.plan.forward.push(message.clone());
            let help = "if the data matter, take a snapshot before and put it back, or copy them to a second release";
            self.concern(ConcernCode::DataLoss, message, help);
            return true;
        }
        if keeps_volumes(old, new) {
            return false;
        }
        let message = match new.facts.is_persistent {
            true => format!(
                "the new Redis starts empty: its data are on `{}`, those of the old one stay on `{}`",
                volumes(new),
                volumes(old)
            ),
            false => format!("the new Redis has no volume and starts empty: the data stay on `{}`", volumes(old)),
        };
        self.plan.forward.push(message.clone());
        self.plan.backward.push(format!(
            "the old Redis finds its data as they were on `{}`; what was written since is lost",
            volumes(old)
        ));
        self.concern(ConcernCode::DataLoss, message, "carry the data over as the steps of this plan do");
        let message = "what is written after the upgrade is not there after a rollback: both have volumes of their own";
        self.concern(ConcernCode::RollbackUnsafe, message, "");
        true
    }

    /// A log that is switched on or off while the server is down: Redis reads what the setting says, not what is there.
    fn switches(&mut self, is_lost: bool) {
        let (Some(before), Some(after)) = (self.old.facts.aof, self.new.facts.aof) else { return };
        if before == after || is_lost || self.new.keeps_replicas {
            return;
        }
        let live = self.old.command("CONFIG").is_some();
        if after {
            let message = "`appendonly` is switched on by a restart: Redis looks for a log, finds none and starts empty, \
                           without an error and whatever the snapshot holds";
            self.plan.forward.push(message.to_owned());
            let help = if live {
                "before the upgrade, switch it on in every running server with `CONFIG SET appendonly yes` and wait until \
                 `aof_rewrite_in_progress` is 0: that writes the log"
            } else {
                "before the upgrade, take a snapshot, and put it back as the base of the log"
            };
            let pods: Vec<String> = self.old.pods().map(ToOwned::to_owned).collect();
            let set = |pod: &String| self.old.run(pod, "redis-cli CONFIG SET appendonly yes");
            let commands: Vec<String> = if live { pods.iter().map(set).collect() } else { Vec::new() };
            let concern = Concern::new(ConcernCode::DataLoss, message).about(self.new.workload.id(), "").help(help);
            self.concerns.push(concern.commands(commands));
        } else if self.old.facts.rdb == Some(false) {
            let message = "`appendonly` is switched off by a restart, and the old server takes no snapshots: Redis ignores \
                           the log and starts empty, or with an old snapshot";
            self.plan.forward.push(message.to_owned());
            let help = "take a snapshot with `BGSAVE` after the last write, before the pods restart";
            self.concern(ConcernCode::DataLoss, message, help);
        } else {
            let message = "`appendonly` is switched off by a restart: Redis reads the snapshot that the old server writes \
                           when it ends, and no longer the log";
            self.plan.forward.push(message.to_owned());
        }
    }

    fn files(&mut self, is_lost: bool) {
        let (Some(from), Some(to)) = (self.old.line, self.new.line) else { return };
        let what = |redis: &Redis<'_>| match redis.facts.aof {
            Some(true) => "the append-only file",
            Some(false) => "the snapshot",
            None => "the files",
        };
        if is_lost && !keeps_volumes(self.old, self.new) {
            // No file of the one is there for the other. A copy of it still has to be read.
            if rdb_version(from) > rdb_version(to) {
                self.plan
                    .forward
                    .push(format!("Redis {to} does not read a snapshot of Redis {from} either: {}", words(from)));
            }
            return;
        }
        match reading(self.old, self.new) {
            Some(Reading::Complete) if from == to => {
                self.plan.forward.push(format!("both are Redis {from}: the files stay what they are"));
                self.plan.backward.push(format!("both are Redis {from}: a rollback finds all data"));
            }
            Some(Reading::Complete) => {
                self.plan.forward.push(format!("Redis {to} reads {} of Redis {from} completely", what(self.old)));
            }
            Some(Reading::Empty) => {
                let message = format!(
                    "Redis {to} starts empty, without an error: Redis {from} keeps its append-only file in the folder \
                     `{}`, and Redis {to} looks for the file `{}`",
                    self.old.data.log_folder, self.old.data.log
                );
                self.plan.forward.push(message.clone());
                let help = format!("put back a copy that Redis {to} or older wrote; it reads none of Redis {from}");
                self.concern(ConcernCode::DataLoss, message, &help);
            }
            Some(Reading::Refused) => {
                let message = format!("Redis {to} does not start on the files of Redis {from}: {}", words(from));
                self.plan.forward.push(message.clone());
                let help = format!("put back a copy that Redis {to} or older wrote; it reads none of Redis {from}");
                self.concern(ConcernCode::Refused, message, &help);
            }
            None => {
                let message = format!("whether Redis {to} reads the files of Redis {from} is not known");
                self.plan.forward.push(message.clone());
                self.concern(ConcernCode::Unknown, message, "try it with a copy of the data");
            }
        }
        if from == to {
            return;
        }
        match reading(self.new, self.old) {
            Some(Reading::Complete) => {
                self.plan.backward.push(format!("Redis {from} reads {} of Redis {to}", what(self.new)));
            }
            Some(Reading::Empty) => {
                let message = format!(
                    "a rollback starts empty, without an error: Redis {to} moves the append-only file into the folder \
                     `{}`, and Redis {from} looks for the file `{}` and finds none",
                    self.new.data.log_folder, self.old.data.log
                );
                self.backward(message, from);
            }
            Some(Reading::Refused) => {
                let message = format!("after a rollback Redis {from} does not start: {}", words(to));
                self.backward(message, from);
            }
            None => {
                let message =
                    format!("whether Redis {from} reads the files of Redis {to} after a rollback is not known");
                self.plan.backward.push(message.clone());
                let help = format!("take a copy with Redis {from} before the upgrade");
                self.concern(ConcernCode::Unknown, message, &help);
            }
        }
    }

    fn backward(&mut self, message: String, from: Version) {
        self.plan.backward.push(message.clone());
        let replicas = self.old.facts.topology != Topology::Standalone;
        if replicas && message.contains("empty") {
            self.plan.backward.push("replicas then copy the empty set of their master".to_owned());
        }
        self.plan.backward.push("helm calls such a rollback a success: it does not look at data".to_owned());
        let help = format!("take a copy with Redis {from} before the upgrade; the way back is to restore that copy");
        self.concern(ConcernCode::RollbackUnsafe, message, &help);
    }

    fn topology(&mut self) {
        let (old, new) = (self.old.facts.topology, self.new.facts.topology);
        if old != new {
            self.plan.forward.push(format!("Redis goes from {} to {}", name(old), name(new)));
        }
    }

    fn replication(&mut self) {
        let has_replicas = |redis: &Redis<'_>| redis.facts.topology != Topology::Standalone;
        if !has_replicas(self.old) && !has_replicas(self.new) {
            return;
        }
        let (Some(from), Some(to)) = (self.old.line, self.new.line) else { return };
        if from == to {
            return;
        }
        let mut say = |replica: Version, master: Version| {
            let text = match follows(replica, master) {
                true if is_beyond(master, replica) => {
                    format!("whether a replica of Redis {replica} follows a master of Redis {master} is not known")
                }
                true => format!("a replica of Redis {replica} follows a master of Redis {master}"),
                false => format!(
                    "a replica of Redis {replica} cannot copy from a master of Redis {master}: its link stays down ({})",
                    words(master)
                ),
            };
            self.plan.replication.push(text);
        };
        say(to, from);
        say(from, to);
    }
}

/// The server's own words when it meets a file of that version.
fn words(version: Version) -> String {
    if Version::KNOWN.iter().all(|known| *known < version) {
        return "`Can't handle RDB format version …`".to_owned();
    }
    format!("`Can't handle RDB format version {}`", rdb_version(version))
}

/// How the volumes of a Redis are called.
pub(in crate::plan) fn volumes(redis: &Redis<'_>) -> String {
    let pod = redis.pod();
    redis.data.claim(&pod).unwrap_or_else(|| redis.data.template.clone())
}

/// A topology in words.
pub(in crate::plan) fn name(topology: Topology) -> &'static str {
    match topology {
        Topology::Unknown => "something unknown",
        Topology::Standalone => "one server",
        Topology::Replication => "a fixed master with replicas",
        Topology::Sentinel => "a master that sentinels choose",
        Topology::Cluster => "Redis Cluster",
    }
}
