//! Custom resources of redis-operator that its webhooks refuse, or that do not do what they look like.
//!
//! In: the objects of a case, and all cases of a chart. Out: what the operator says, in its own words. What the API server
//! refuses before is found by the rules of Kubernetes, with the operator's definitions.

use super::{note, rule, warn};
use crate::diag::Related;
use crate::lint::rules::objects::{key, way};
use crate::lint::{Case, Check, Findings, Object, On, Rule, Subject};
use crate::operator::webhook::{self, Refusal, Seen};
use crate::operator::{API_VERSION, Mode, RedisBackup, RedisCluster, RedisScheduledBackup};
use crate::path::Step;
use crate::redis_server::Version;
use std::collections::BTreeMap;

pub(super) const RULES: &[Rule] = &[
    Rule { check: Check::Case(check), ..REFUSED },
    SCHEDULE,
    DESTINATION,
    TOO_OLD,
    UNUSED,
    DRAIN,
    QUORUM,
    Rule { check: Check::Subject(transitions), ..TRANSITION },
];

const REFUSED: Rule = rule(
    "redis-cluster-refused",
    "the operator's webhook refuses the RedisCluster",
    "The install or upgrade fails; where the webhook is off, the operator does something that nobody asked for.",
    "Write what the message expects.",
);
const SCHEDULE: Rule = rule(
    "redis-schedule-refused",
    "the operator's webhook refuses the RedisScheduledBackup",
    "The install or upgrade fails; where the webhook is off, no backup is ever made.",
    "Write five fields as cron has them, or `@daily` and the like, and a time zone such as Europe/Berlin.",
);
const DESTINATION: Rule = rule(
    "redis-backup-destination",
    "a backup has no place to go, or two",
    "The API server takes it, and every backup fails when it is made.",
    "Set exactly one of `destination.s3` and `destination.azure`, with its bucket or container.",
);
const TOO_OLD: Rule = rule(
    "redis-cluster-too-old",
    "a RedisCluster runs a Redis that the operator cannot start",
    "The operator writes `appenddirname` into redis.conf, which no Redis before 7.0 knows: the server ends at once.",
    "Use an image of Redis 7.0 or later.",
);
const UNUSED: Rule = warn(
    "redis-sync-replicas-unused",
    "minSyncReplicas and maxSyncReplicas do nothing",
    "The operator checks them and writes them into no configuration: writes are acknowledged with no replica at all.",
    "Set `min-replicas-to-write` and `min-replicas-max-lag` in spec.redis, which the server itself keeps.",
);
const DRAIN: Rule = Rule {
    on: On::Profiles(&["production"]),
    ..warn(
        "redis-cluster-blocks-drain",
        "the operator's disruption budget lets no node be drained",
        "Its budget keeps all instances but one, and at least one: with one instance `kubectl drain` waits forever.",
        "Run three instances, or set enablePodDisruptionBudget: false and accept the outage.",
    )
};
const QUORUM: Rule = Rule {
    on: On::Profiles(&["production"]),
    ..note(
        "redis-failover-needs-operator",
        "nobody fails over while the operator is away",
        "In standalone mode only the operator promotes a replica: while it restarts, is upgraded or is cut off, a lost primary \
         stays lost.",
        "Set spec.mode: sentinel. It is one patch while the cluster is Healthy and status.currentPrimary is set, and there is \
         no way back; the operator alone must be there for the move.",
    )
};
const TRANSITION: Rule = warn(
    "redis-cluster-cannot-switch",
    "the operator refuses to go from one set of values to another",
    "Who upgrades a release from the one set of values to the other is refused by the operator's webhook.",
    "Keep the field the same, give the cluster another name per mode, or say in the documentation that this cannot be switched.",
);

fn of_kind<'c>(case: &'c Case, kind: &'static str) -> impl Iterator<Item = &'c Object> {
    case.facts().kind(case, kind).filter(|object| object.head.api_version == API_VERSION)
}

fn check(case: &Case, findings: &mut Findings) {
    for object in of_kind(case, "RedisCluster") {
        // What cannot be read the rules of Kubernetes tell.
        let Ok(cluster) = RedisCluster::stored(&object.node, true) else { continue };
        for refusal in webhook::created(&cluster, &Seen::default()).refusals {
            findings.on(&REFUSED, case, object, &place(&refusal.path), refusal.to_string());
        }
        advice(case, object, &cluster, findings);
    }
    for object in of_kind(case, "RedisScheduledBackup") {
        let Ok(backup) = RedisScheduledBackup::stored(&object.node) else { continue };
        for refusal in webhook::scheduled(&backup).refusals {
            findings.on(&SCHEDULE, case, object, &place(&refusal.path), refusal.to_string());
        }
        goes(case, object, webhook::destination(backup.spec.destination.as_ref()), findings);
    }
    for object in of_kind(case, "RedisBackup") {
        let Ok(backup) = RedisBackup::stored(&object.node) else { continue };
        goes(case, object, webhook::destination(backup.spec.destination.as_ref()), findings);
    }
}

fn goes(case: &Case, object: &Object, checked: Result<(), &'static str>, findings: &mut Findings) {
    if let Err(why) = checked {
        let message = format!("{}: {why}", object.id());
        findings.on(&DESTINATION, case, object, &way("spec.destination"), message);
    }
}

fn advice(case: &Case, object: &Object, cluster: &RedisCluster, findings: &mut Findings) {
    let spec = &cluster.spec;
    let tag = super::server::image_name(&spec.image_name).1;
    if let Some(version) = tag.and_then(Version::parse).filter(|version| *version < Version::V7_0) {
        let message = format!("{} runs Redis {version}, expected 7.0 or later", object.id());
        findings.on(&TOO_OLD, case, object, &way("spec.imageName"), message);
    }
    for (field, number) in [("minSyncReplicas", spec.min_sync_replicas), ("maxSyncReplicas", spec.max_sync_replicas)] {
        if number != 0 && spec.mode != Mode::Cluster {
            let message = format!("`{field}: {number}` of {} is written into no configuration", object.id());
            findings.on(&UNUSED, case, object, &way(&format!("spec.{field}")), message);
        }
    }
    if spec.servers() == 1 && spec.enable_pod_disruption_budget != Some(false) {
        let message = format!("{} has one instance and a disruption budget that keeps one", object.id());
        findings.on(&DRAIN, case, object, &way("spec.instances"), message);
    }
    if spec.mode == Mode::Standalone && spec.instances >= 3 {
        let message = format!("{} has {} instances, and only the operator fails over", object.id(), spec.instances);
        let finding = findings.on(&QUORUM, case, object, &way("spec.mode"), message);
        if spec.tls_secret.is_some() || spec.ca_secret.is_some() {
            let help = "with TLS the operator refuses the move in place: back up, delete the RedisCluster, and make it anew with \
                        mode: sentinel, the same authSecret, and bootstrap.backupName";
            finding.diagnostic.help = Some(help.to_owned());
        }
    }
}

/// The way to a field that a refusal names: `metadata.annotations.redis.io/hibernation`, `spec.redis[maxmemory]`.
fn place(path: &str) -> Vec<Step> {
    if let Some(name) = path.strip_prefix("metadata.annotations.") {
        return key(&way("metadata.annotations"), name);
    }
    match path.split_once('[') {
        Some((base, rest)) => key(&way(base), rest.trim_end_matches(']')),
        None => way(path),
    }
}

/// RedisClusters of one name in two cases, between which the operator lets nobody switch.
fn transitions(subject: &Subject<'_>, findings: &mut Findings) {
    let mut first: BTreeMap<(&str, &str, &str), (&Case, &Object)> = BTreeMap::new();
    for case in subject.cases.iter().filter(|case| case.is_chart && case.attempt.errors.is_empty()) {
        for object in of_kind(case, "RedisCluster").filter(|object| object.hooks.is_empty()) {
            let key = (case.release.as_str(), case.namespace_of(object), object.name());
            let (other_case, other) = *first.entry(key).or_insert((case, object));
            let (Ok(was), Ok(is)) = (RedisCluster::stored(&other.node, true), RedisCluster::stored(&object.node, true))
            else {
                continue;
            };
            let alone = webhook::created(&is, &Seen::default()).refusals;
            let is_new = |refusal: &Refusal| !alone.contains(refusal);
            let moved = webhook::updated(&was, &is, &Seen::default());
            // Another size is a matter of the claims that are there, and not of the way in which values differ.
            for refusal in moved.refusals.into_iter().filter(is_new).filter(|one| one.path != "spec.storage.size") {
                let name =
                    |case: &Case| if case.name.is_empty() { "the defaults".to_owned() } else { case.name.to_string() };
                let message = format!("from {} to {}: {refusal}", name(other_case), name(case));
                let way = place(&refusal.path);
                let related = other_case.place(other, &way);
                let finding = findings.on(&TRANSITION, case, object, &way, message);
                finding.cases = vec![other_case.name.clone(), case.name.clone()];
                let related = related.map(|place| Related { message: "the other is here".into(), place });
                finding.diagnostic.related.extend(related);
            }
        }
    }
}
