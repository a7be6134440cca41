//! How to go about an upgrade: which way, why not the others, and the commands in their order.
//!
//! In: the Redis of both sides. Out: a [`Strategy`] and [`RunStep`]s. The choice follows how Redis is run, where its data
//! lie, and which version reads whose files.

use crate::plan::redis::auth::Auth;
use crate::plan::redis::backup::{self, file_of, step};
use crate::plan::redis::command::read_secret;
use crate::plan::redis::data::{keeps_volumes, name, reading, stops};
use crate::plan::redis::facts::{Redis, Servers};
use crate::plan::redis::release;
use crate::plan::{Both, RunStep, Strategy, StrategyKind, Topology};
use crate::redis_server::formats::{Reading, follows};
use crate::shell::{script, word};

/// Seconds between a master and its replicas that are too many.
pub(in crate::plan) const MOST_LAG_SECONDS: u32 = 30;

/// Which way; `None` where no Redis is on both sides, or nothing happens to it.
pub(in crate::plan) fn strategy(both: &Both<'_>, servers: &Servers<'_>) -> Option<Strategy> {
    let (old, new) = servers.both()?;
    if release::changes_nothing(both) {
        return None;
    }
    let (kind, reasons) = choose(both, old, new);
    let others = [StrategyKind::Rolling, StrategyKind::InPlace, StrategyKind::BlueGreen, StrategyKind::DumpAndRestore];
    let others = others.into_iter().filter(|other| *other != kind);
    let rejected = others.map(|other| (other, why_not(other, old, new))).collect();
    Some(Strategy { kind, reasons, rejected })
}

/// Whether the new Redis can copy from the old one over the network.
fn can_follow(old: &Redis<'_>, new: &Redis<'_>) -> bool {
    match (old.line, new.line) {
        (Some(from), Some(to)) => follows(to, from),
        _ => false,
    }
}

/// Whether a second release can be a replica of the first for a while: sentinels would undo it.
fn can_stand_beside(old: &Redis<'_>, new: &Redis<'_>) -> bool {
    can_follow(old, new)
        && new.has_fixed_master()
        && old.facts.topology != Topology::Cluster
        && !new.facts.service.is_empty()
}

fn choose(both: &Both<'_>, old: &Redis<'_>, new: &Redis<'_>) -> (StrategyKind, Vec<String>) {
    use StrategyKind::{BlueGreen, DumpAndRestore, InPlace, Rolling};
    let has_replicas = old.facts.topology != Topology::Standalone;
    let is_major = old.line.zip(new.line).is_some_and(|(from, to)| from.major < to.major);
    if let Some(Reading::Refused | Reading::Empty) = reading(old, new) {
        return (
            DumpAndRestore,
            vec![
                "the new server does not read the files of the old one, and cannot copy from it either".to_owned(),
                format!("what can be put back is a copy that Redis {} or older wrote", line(new)),
            ],
        );
    }
    let is_moved = old.facts.is_persistent && !keeps_volumes(old, new);
    if is_moved {
        let why = if old.facts.topology == new.facts.topology {
            "the new Redis has volumes of its own and starts empty".to_owned()
        } else {
            format!(
                "Redis goes from {} to {}, and the new one has volumes of its own: it starts empty",
                name(old.facts.topology),
                name(new.facts.topology)
            )
        };
        // Without a volume there is nowhere to put a copy.
        let is_possible = has_replicas || !new.facts.is_persistent;
        return match can_stand_beside(old, new) && is_possible {
            true => (BlueGreen, vec![why, "a second release copies the data while the first goes on".to_owned()]),
            false => (DumpAndRestore, vec![why, "a copy is taken before, and put on the new volume".to_owned()]),
        };
    }
    if is_major && has_replicas && old.has_fixed_master() && can_stand_beside(old, new) {
        return (
            BlueGreen,
            vec![
                format!(
                    "from Redis {} to {} is a major step, and after it the way back loses data",
                    line(old),
                    line(new)
                ),
                "beside the new release the old one keeps its data and can take over again at once".to_owned(),
            ],
        );
    }
    if has_replicas {
        let mut reasons = vec![format!("Redis is {}: pods are replaced one after the other", name(old.facts.topology))];
        if old.has_fixed_master() && stops(both, old) {
            reasons.push(
                "no replica takes over for a fixed master: nothing can be written while its pod restarts and loads its data"
                    .to_owned(),
            );
        }
        if is_major && old.facts.topology == Topology::Sentinel {
            reasons.push(
                "sentinels would take a second release that follows the first for a failed master: blue-green does not go"
                    .to_owned(),
            );
        }
        return (Rolling, reasons);
    }
    let mut reasons = vec!["there is one server: it stops, and starts again with the new image or settings".to_owned()];
    if !old.facts.is_persistent && stops(both, old) {
        reasons.push("its data are on no volume: it starts empty".to_owned());
        if can_stand_beside(old, new) {
            return (BlueGreen, vec![
                "the data are on no volume, and a server that restarts begins empty".to_owned(),
                "a second release copies them over the network; where they are a cache, upgrade in place and let it fill again"
                    .to_owned(),
            ]);
        }
    }
    (InPlace, reasons)
}

fn line(redis: &Redis<'_>) -> String {
    redis.line.map_or_else(|| "of an unknown version".to_owned(), |line| line.to_string())
}

fn why_not(kind: StrategyKind, old: &Redis<'_>, new: &Redis<'_>) -> String {
    let is_moved = old.facts.is_persistent && !keeps_volumes(old, new);
    let is_unreadable = matches!(reading(old, new), Some(Reading::Refused | Reading::Empty));
    let text = match kind {
        StrategyKind::Rolling | StrategyKind::InPlace if is_unreadable => "the new server would not have the data",
        StrategyKind::Rolling | StrategyKind::InPlace if is_moved => "the new pods would not have the data",
        StrategyKind::Rolling if old.facts.topology == Topology::Standalone => {
            "there is one server, and none that goes on while it restarts"
        }
        StrategyKind::Rolling => "it works, but after it the way back loses data",
        StrategyKind::InPlace if old.facts.topology != Topology::Standalone => {
            "there are replicas: their pods need not stop all at once"
        }
        StrategyKind::InPlace if !old.facts.is_persistent => "the server would start empty",
        StrategyKind::InPlace => "the server would stop for longer than it has to",
        StrategyKind::BlueGreen if !can_follow(old, new) => "the new server cannot copy from the old one",
        StrategyKind::BlueGreen if new.facts.topology == Topology::Sentinel => {
            "sentinels take a master that follows another for a failed one"
        }
        StrategyKind::BlueGreen if new.facts.topology == Topology::Cluster => {
            "a cluster follows no server outside of it"
        }
        StrategyKind::BlueGreen => "it takes twice the memory and the volumes, and clients must move",
        StrategyKind::DumpAndRestore => "nothing could be written from the copy until it is put back",
    };
    text.to_owned()
}

/// The commands of the upgrade itself.
pub(in crate::plan) fn steps(both: &Both<'_>, servers: &Servers<'_>, chosen: Option<&Strategy>) -> Vec<RunStep> {
    if release::changes_nothing(both) {
        return Vec::new();
    }
    let mut steps = Vec::new();
    let told = release::refused(both).flat_map(|pair| &pair.rejections);
    let remedies: Vec<String> = told.flat_map(|rejection| rejection.commands.iter().cloned()).collect();
    let is_refused = release::is_refused(both);
    let chosen = chosen.map(|strategy| strategy.kind);
    if is_refused && chosen != Some(StrategyKind::BlueGreen) {
        let reason = "the API server refuses the change as it is; helm would apply the rest and call it a failure";
        steps.push(step("make way for what is refused", reason, remedies));
    }
    match (servers.both(), chosen) {
        (Some((old, new)), Some(StrategyKind::BlueGreen)) => steps.extend(blue_green(both, old, new)),
        (Some((old, new)), Some(StrategyKind::DumpAndRestore)) => {
            steps.push(stop_writes(old));
            let mut copy = backup::take(old);
            copy.title = "take the copy that is put back".to_owned();
            let is_unreadable = matches!(reading(old, new), Some(Reading::Refused | Reading::Empty));
            if is_unreadable {
                copy.reason = format!(
                    "for safety only: Redis {} cannot read it. Put back is one that Redis {} or older wrote",
                    line(new),
                    line(new)
                );
            }
            steps.push(copy);
            steps.push(release::upgrade(both, false));
            let file = if is_unreadable { "older.rdb".to_owned() } else { file_of(&old.pod()) };
            steps.extend(backup::put_back(new, &file));
        }
        _ => {
            steps.push(release::upgrade(both, true));
            let waited: Vec<String> = servers.new.iter().flat_map(|new| rollouts(new, &new.namespace)).collect();
            if !waited.is_empty() {
                steps.push(step("wait until every pod is replaced", "Good: each line ends in success", waited));
            }
        }
    }
    steps
}

/// Lines that wait for the pods of a Redis.
pub(in crate::plan) fn rollouts(redis: &Redis<'_>, namespace: &str) -> Vec<String> {
    let rolled = redis.workloads().filter(|object| object.kind() != "Pod");
    let wait = |object: &crate::manifest::Object| {
        let name = format!("{}/{}", object.kind().to_lowercase(), object.name());
        format!("kubectl rollout status -n {} {} --timeout=15m", word(namespace), word(&name))
    };
    rolled.map(wait).collect()
}

/// Refuses writes on the masters, so that the copy is the last state.
fn stop_writes(old: &Redis<'_>) -> RunStep {
    let Some(config) = old.command("CONFIG") else {
        return step("stop all writes", "stop the clients: redis.conf takes `CONFIG` away", Vec::new());
    };
    let refuse = |pod: &String| old.run(pod, &format!("redis-cli {config} SET min-replicas-to-write 1000"));
    let commands = old.facts.master_pods.iter().map(refuse).collect();
    let reason = "a master that wants 1000 replicas refuses writes (`NOREPLICAS`) and goes on answering reads. Set it back \
                  to what redis.conf says, 0 by default, to undo it. What is written after the copy is lost";
    step("stop all writes", reason, commands)
}

/// A second release in a namespace of its own follows the first, then clients move.
fn blue_green(both: &Both<'_>, old: &Redis<'_>, new: &Redis<'_>) -> Vec<RunStep> {
    let (blue, green) = (old.namespace.as_str(), format!("{}-green", new.namespace));
    let mut steps = vec![step(
        "make a namespace for the new release",
        "two releases of one name can live in two namespaces",
        vec![format!("kubectl create namespace {}", word(&green))],
    )];
    let has_own_secret = new.facts.auth.as_ref().is_some_and(|(secret, _)| both.new.find("Secret", secret).is_some());
    if let Some((secret, key)) = new.facts.auth.as_ref().filter(|_| !has_own_secret) {
        steps.push(step(
            "copy the password",
            "both releases must have the same one, or the new one cannot follow",
            vec![format!(
                "{} | kubectl create secret generic -n {} {} --from-file={}",
                read_secret(blue, secret, key),
                word(&green),
                word(secret),
                word(&format!("{key}=/dev/stdin"))
            )],
        ));
    }
    steps.push(release::install(both, &green));
    steps.push(step("wait until it runs", "Good: each line ends in success", rollouts(new, &green)));
    let pod = new.pod();
    let Some(config) = new.command("CONFIG") else {
        let reason = "redis.conf takes `CONFIG` away: give the new release `masterauth` and `replicaof` by its values";
        steps.push(step("let the new master follow the old one", reason, Vec::new()));
        return steps;
    };
    let replicaof = new.command("REPLICAOF").unwrap_or_else(|| "REPLICAOF".to_owned());
    let mut lines = Vec::new();
    if new.auth != Auth::Open {
        let auth = format!("printf %s \"$REDISCLI_AUTH\" | redis-cli -x {config} SET masterauth");
        lines.push(new.run_in(&green, &pod, &auth));
    }
    let host = format!("{}.{blue}.svc", old.facts.service);
    lines.push(new.run_in(&green, &pod, &format!("redis-cli {replicaof} {} {}", word(&host), old.facts.port)));
    let mut reason =
        "the new master empties itself and copies the old one; its own replicas follow. A NetworkPolicy must let \
                      it reach the old namespace"
            .to_owned();
    if old.facts.tls {
        reason
            .push_str(". The old one speaks TLS: `tls-replication` must be on in the new one, and know its authority");
    }
    steps.push(step("let the new master follow the old one", reason, lines));
    let wait = "until redis-cli INFO replication | tr -d \"\\r\" | grep -qx master_link_status:up; do sleep 2; done";
    steps.push(step(
        "wait until it has everything",
        "Good: it ends. Then both have as many keys",
        vec![
            new.run_in(&green, &pod, wait),
            old.run(&old.pod(), "redis-cli DBSIZE"),
            new.run_in(&green, &pod, "redis-cli DBSIZE"),
        ],
    ));
    let mut stop = stop_writes(old);
    stop.title = "stop writes on the old release".to_owned();
    stop.reason =
        "from here to the last step nothing can be written: seconds. `NOREPLICAS` is what clients see".to_owned();
    steps.push(stop);
    let offset = |name: &str| format!("redis-cli INFO replication | tr -d \"\\r\" | sed -n \"s/^{name}://p\"");
    let sent = old.run(&old.pod(), &offset("master_repl_offset"));
    let read = new.run_in(&green, &pod, &offset("slave_repl_offset"));
    steps.push(step(
        "let the new master take over",
        "once it has read all that the old one sent",
        vec![
            format!("until sent=$({sent}) &&\n  took=$({read}) &&\n  [ -n \"$sent\" ] && [ \"$sent\" = \"$took\" ]; do sleep 1; done"),
            new.run_in(&green, &pod, &format!("redis-cli {replicaof} NO ONE")),
        ],
    ));
    steps.push(cut_over(old, new, &green));
    steps
}

/// Clients move: a selector of a Service finds no pods of another namespace, a name does.
fn cut_over(old: &Redis<'_>, new: &Redis<'_>, green: &str) -> RunStep {
    let target = format!("{}.{green}.svc.cluster.local", new.facts.service);
    let patch = serde_json::json!({"spec": {
        "type": "ExternalName", "externalName": target,
        "clusterIP": null, "clusterIPs": null, "ipFamilies": null, "ipFamilyPolicy": null,
        "internalTrafficPolicy": null, "selector": null,
    }});
    // In helm's name: for another's fields its next server-side apply would be refused.
    let service =
        format!("kubectl patch service --field-manager=helm -n {} {}", word(&old.namespace), word(&old.facts.service));
    let mut commands = vec![format!("{service} --type=merge -p {}", script(&patch.to_string()))];
    if let Some(client) = old.command("CLIENT") {
        commands.push(old.run(&old.pod(), &format!("redis-cli {client} KILL TYPE normal")));
    }
    let reason = format!(
        "best give clients the new name, `{target}`. The old name can lead there too, as an alias (`cluster.local` is the \
         cluster's domain unless yours has another), and clients connect again when they are cut off. The alias belongs to the \
         old release: its next upgrade undoes it, and uninstalling it removes it. To go back, make the Service what it was \
         with `helm upgrade` or `helm rollback` of the old release, and let it be written to again"
    );
    step("send clients to the new release", reason, commands)
}
