//! Which pods restart, in which order, and what a change reaches.
//!
//! In: RedisClusters as the cluster stores them. Out: the [`Step`]s of a rolling update, what fewer instances come to, and
//! which fields reach running pods ([`reach`]). The operator makes its pods itself: no StatefulSet has a word in this.

use super::types::{ClusterSpec, Mode, RedisCluster, UpdateStrategy};
use crate::redis_server::directives::{self, Runtime};
use std::collections::BTreeSet;
use std::fmt;

/// How many pods are spelled out; more stand as `NAME-*`.
const MOST_PODS: u32 = 1000;

/// Passes after which fewer instances have settled, or never do.
const MOST_PASSES: usize = 64;

/// Settings of `spec.redis` that the operator never sets in a running server.
pub const RESTART_ONLY: [&str; 6] = ["bind", "port", "tls-port", "unixsocket", "databases", "loadmodule"];

/// One step of a rolling update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A pod is deleted and made again.
    Restart(String),
    /// The primary is fenced, and the replica that got farthest becomes primary.
    Switchover,
    /// A replica takes over this shard.
    Failover(String),
    /// Nothing more until somebody approves.
    Pause,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Step::Restart(pod) => pod,
            Step::Switchover => "switchover",
            Step::Failover(_) => "failover",
            Step::Pause => "pause",
        })
    }
}

/// The pods of data, from the lowest ordinal.
pub fn pods(cluster: &RedisCluster) -> Vec<String> {
    let (name, servers) = (cluster.name(), cluster.spec.servers());
    if servers > MOST_PODS {
        return vec![format!("{name}-*")];
    }
    (0..servers).map(|ordinal| format!("{name}-{ordinal}")).collect()
}

/// The claims of its pods, from the lowest ordinal; none where data is in the pods.
pub fn claims(cluster: &RedisCluster) -> Vec<String> {
    if cluster.spec.is_ephemeral() {
        return Vec::new();
    }
    let (name, servers) = (cluster.name(), cluster.spec.servers());
    if servers > MOST_PODS {
        return vec![format!("{name}-data-*")];
    }
    (0..servers).map(|ordinal| format!("{name}-data-{ordinal}")).collect()
}

/// The sentinels, which are always three.
pub fn sentinels(cluster: &RedisCluster) -> Vec<String> {
    let is_sentinel = cluster.spec.mode == Mode::Sentinel;
    let all = (0..3).map(|ordinal| format!("{}-sentinel-{ordinal}", cluster.name()));
    if is_sentinel { all.collect() } else { Vec::new() }
}

/// How the pods of data restart when the hash of all of them is another. `primary` is the pod that is written to, where
/// that is known; else the first one, which the operator makes primary in the beginning.
///
/// ```
/// use chartwright::operator::{RedisCluster, rolls};
/// let text = b"{metadata: {name: a}, spec: {mode: cluster, replicasPerShard: 1, storage: {}}}";
/// let cluster = RedisCluster::stored(&chartwright::yaml::decode(text).unwrap(), true).unwrap();
/// let steps: Vec<String> = rolls::order(&cluster, None).iter().map(ToString::to_string).collect();
/// assert_eq!(steps.join(" "), "a-5 failover a-4 a-3 failover a-2 a-1 failover a-0");
/// ```
pub fn order(cluster: &RedisCluster, primary: Option<&str>) -> Vec<Step> {
    if cluster.spec.servers() > MOST_PODS {
        return pods(cluster).into_iter().map(Step::Restart).collect();
    }
    if cluster.spec.mode == Mode::Cluster {
        return shard_order(cluster);
    }
    let mut replicas = pods(cluster);
    replicas.reverse();
    let first = format!("{}-0", cluster.name());
    let primary = primary.unwrap_or(&first);
    let has_primary = replicas.iter().any(|pod| pod == primary);
    replicas.retain(|pod| pod != primary);
    let is_alone = replicas.is_empty();
    let mut steps: Vec<Step> = replicas.into_iter().map(Step::Restart).collect();
    if has_primary {
        if cluster.spec.primary_update_strategy == UpdateStrategy::Supervised && !cluster.is_approved() {
            steps.push(Step::Pause);
        }
        if !is_alone {
            steps.push(Step::Switchover);
        }
        steps.push(Step::Restart(primary.to_owned()));
    }
    steps
}

/// Shard by shard from the last; approval plays no part.
fn shard_order(cluster: &RedisCluster) -> Vec<Step> {
    let mut steps = Vec::new();
    let size = usize::try_from(cluster.spec.replicas_per_shard.max(0)).unwrap_or_default() + 1;
    let all = pods(cluster);
    for (shard, members) in all.chunks(size).enumerate().rev() {
        let name = format!("s{shard}");
        let known = cluster.status.as_ref().and_then(|status| status.shards.get(&name));
        let (primary, mut replicas) = match known {
            Some(shard) => (shard.primary_pod.clone(), shard.replica_pods.clone()),
            None => (members.first().cloned().unwrap_or_default(), members.get(1..).unwrap_or_default().to_vec()),
        };
        replicas.sort_by_key(|pod| std::cmp::Reverse(ordinal(pod)));
        let has_replicas = !replicas.is_empty();
        steps.extend(replicas.into_iter().map(Step::Restart));
        if has_replicas {
            steps.push(Step::Failover(name));
        }
        steps.push(Step::Restart(primary));
    }
    steps
}

/// The number at the end of a pod's name.
fn ordinal(pod: &str) -> u32 {
    pod.rsplit_once('-').and_then(|(_, number)| number.parse().ok()).unwrap_or_default()
}

/// What fewer instances come to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scaling {
    /// Pods that go and stay away.
    pub removed: Vec<String>,
    /// Pods that are more than asked for and stay: the operator deletes no primary.
    pub kept: Vec<String>,
    /// Pods that are deleted and made again without end: the operator deletes the last names of the alphabet, where `-9`
    /// comes after `-10`, and makes what is missing below the number asked for.
    pub endless: Vec<String>,
}

/// What happens to the pods when there shall be fewer.
pub fn scale_down(name: &str, from: u32, to: u32, primary: &str) -> Scaling {
    let from = from.min(MOST_PODS);
    let passes = scale_passes(name, from, to, primary, MOST_PASSES);
    let pod = |ordinal: u32| format!("{name}-{ordinal}");
    let (Some(last), Some(before)) = (passes.last(), passes.len().checked_sub(2).and_then(|at| passes.get(at))) else {
        return Scaling::default();
    };
    let endless: Vec<String> = last.symmetric_difference(before).cloned().collect();
    let all = (0..from).map(pod);
    let gone = |pod: &String| !last.contains(pod) && !before.contains(pod);
    let kept = last.iter().filter(|pod| ordinal(pod) >= to && before.contains(*pod)).cloned().collect();
    Scaling { removed: all.filter(gone).collect(), kept, endless }
}

/// The pods after each pass of the operator.
fn scale_passes(name: &str, from: u32, to: u32, primary: &str, most: usize) -> Vec<BTreeSet<String>> {
    let pod = |ordinal: u32| format!("{name}-{ordinal}");
    let mut there: BTreeSet<String> = (0..from).map(pod).collect();
    let wanted = usize::try_from(to).unwrap_or(usize::MAX);
    let mut passes = Vec::new();
    for _ in 0..most {
        let found = there.clone();
        there.extend((0..to.min(MOST_PODS)).map(pod));
        let surplus = found.len().saturating_sub(wanted);
        for last in found.iter().rev().take(surplus).filter(|pod| *pod != primary) {
            there.remove(last);
        }
        passes.push(there.clone());
    }
    passes
}

/// What a changed field comes to, as far as it is not in the hash of the pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Only pods that are made from now on have it.
    NewPods,
    /// Only claims that are made from now on have it.
    NewClaims,
    /// The operator looks at it and does nothing.
    Nothing,
}

/// Fields that differ, are not in the hash, and do not reach what is there by themselves.
pub fn reach(old: &ClusterSpec, new: &ClusterSpec) -> Vec<(&'static str, Reach)> {
    let source = |spec: &ClusterSpec| {
        let mode = spec.replica_mode.as_ref().and_then(|mode| mode.source.clone());
        mode.map(|source| source.auth_secret_name).unwrap_or_default()
    };
    let class = |spec: &ClusterSpec| spec.storage.storage_class_name.clone().filter(|_| !spec.is_ephemeral());
    let rows = [
        ("spec.nodeSelector", Reach::NewPods, old.node_selector != new.node_selector),
        ("spec.affinity", Reach::NewPods, old.affinity != new.affinity),
        ("spec.tolerations", Reach::NewPods, old.tolerations != new.tolerations),
        (
            "spec.topologySpreadConstraints",
            Reach::NewPods,
            old.topology_spread_constraints != new.topology_spread_constraints,
        ),
        (
            "spec.backupCredentialsSecret",
            Reach::NewPods,
            old.backup_credentials_secret != new.backup_credentials_secret,
        ),
        ("spec.resources.claims", Reach::NewPods, old.resources.claims != new.resources.claims),
        ("spec.primaryIsolation", Reach::NewPods, old.primary_isolation != new.primary_isolation),
        ("spec.replicaMode.source.authSecretName", Reach::NewPods, source(old) != source(new)),
        ("spec.storage.storageClassName", Reach::NewClaims, class(old) != class(new)),
        ("spec.minSyncReplicas", Reach::Nothing, old.min_sync_replicas != new.min_sync_replicas),
        ("spec.maxSyncReplicas", Reach::Nothing, old.max_sync_replicas != new.max_sync_replicas),
    ];
    rows.into_iter().filter(|(_, _, differs)| *differs).map(|(path, reach, _)| (path, reach)).collect()
}

/// Fields that sentinels carry and never get while they run; only another `authSecret` replaces them.
pub fn sentinel_fields(old: &ClusterSpec, new: &ClusterSpec) -> Vec<&'static str> {
    let amounts = |spec: &ClusterSpec| (spec.resources.limits.clone(), spec.resources.requests.clone());
    let tls = |spec: &ClusterSpec| (spec.tls_secret.clone(), spec.ca_secret.clone());
    let rows = [
        ("spec.imageName", old.image_name != new.image_name),
        ("spec.resources", amounts(old) != amounts(new)),
        ("spec.tlsSecret", tls(old) != tls(new)),
        ("spec.nodeSelector", old.node_selector != new.node_selector),
        ("spec.affinity", old.affinity != new.affinity),
        ("spec.tolerations", old.tolerations != new.tolerations),
        ("spec.topologySpreadConstraints", old.topology_spread_constraints != new.topology_spread_constraints),
    ];
    rows.into_iter().filter(|(_, differs)| *differs).map(|(path, _)| path).collect()
}

/// What becomes of changed settings while the server still runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Live {
    /// Settings that the operator sets in every running server at once.
    pub set: Vec<String>,
    /// Settings that wait for the restart.
    pub waiting: Vec<String>,
    /// Settings that the server refuses while it runs; those that come after them in an order that nobody knows wait too.
    pub refused: Vec<String>,
}

/// What becomes of changed settings while the server still runs. All of them restart pods besides.
pub fn live(old: &ClusterSpec, new: &ClusterSpec) -> Live {
    let mut live = Live::default();
    let names: BTreeSet<&String> = old.redis.keys().chain(new.redis.keys()).collect();
    for name in names.into_iter().filter(|name| old.redis.get(*name) != new.redis.get(*name)) {
        let word = name.split([' ', '\t']).next().unwrap_or_default();
        let is_fixed = directives::find(word).is_some_and(|directive| directive.runtime != Runtime::Changes);
        let to = match () {
            // What is gone keeps its value until the restart.
            () if !new.redis.contains_key(name) || RESTART_ONLY.contains(&word) => &mut live.waiting,
            () if is_fixed => &mut live.refused,
            () => &mut live.set,
        };
        to.push(name.clone());
    }
    let policy = |spec: &ClusterSpec| {
        let policy = spec.memory.as_ref().map(|memory| memory.max_memory_policy.clone());
        policy.filter(|policy| !policy.is_empty())
    };
    for (name, before, after) in [
        ("maxmemory", old.max_memory().map(|bytes| bytes.to_string()), new.max_memory().map(|bytes| bytes.to_string())),
        ("maxmemory-policy", policy(old), policy(new)),
    ] {
        if before != after {
            let to = if after.is_some() { &mut live.set } else { &mut live.waiting };
            to.push(name.to_owned());
        }
    }
    live
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Node, from_node};

    fn list(text: &[u8]) -> Vec<Node> {
        crate::yaml::decode(text).expect("a list").items().to_vec()
    }

    fn text(case: &Node, key: &str) -> Option<String> {
        case.get(key).and_then(Node::as_text).map(|text| text.into_owned())
    }

    fn cluster(spec: &str) -> RedisCluster {
        let object = crate::yaml::decode(format!("{{metadata: {{name: c}}, spec: {spec}}}").as_bytes());
        RedisCluster::stored(&object.expect("an object"), true).expect("a cluster")
    }

    #[test]
    fn pods_restart_in_the_order_that_the_operator_was_seen_to_follow() {
        let cases = list(include_bytes!("../../tests/operator/roll.yaml"));
        for case in &cases {
            let mut own = cluster("{storage: {}}");
            let mut object = crate::yaml::decode(b"{metadata: {name: c}}").expect("an object");
            object.as_map_mut().expect("a map").insert("spec".into(), case.get("spec").expect("a spec").clone());
            own.spec = RedisCluster::stored(&object, true).expect("a cluster").spec;
            own.metadata.annotations =
                case.get("annotations").map(|node| from_node(node).expect("annotations")).unwrap_or_default();
            let steps = order(&own, text(case, "primary").as_deref());
            let mut told: Vec<String> = steps.iter().map(ToString::to_string).collect();
            if case.get("approve").is_none()
                && let Some(pause) = steps.iter().position(|step| *step == Step::Pause)
            {
                told.truncate(pause + 1);
            }
            assert_eq!(Some(told.join(" ")), text(case, "order"), "{:?}", text(case, "name"));
        }
        assert_eq!(cases.len(), 17);
    }

    #[test]
    fn fewer_instances_go_as_the_operator_was_seen_to_let_them_go() {
        for case in list(include_bytes!("../../tests/operator/scale.yaml")) {
            let number = |key: &str| from_node::<u32>(case.get(key).expect("a number")).expect("a number");
            let passes: Vec<String> = from_node(case.get("pods").expect("pods")).expect("texts");
            let primary = text(&case, "primary").expect("a primary");
            let own = scale_passes("c", number("from"), number("to"), &primary, passes.len());
            let own: Vec<String> =
                own.iter().map(|pods| pods.iter().map(String::as_str).collect::<Vec<_>>().join(" ")).collect();
            assert_eq!(own, passes, "{:?}", text(&case, "name"));
        }
    }

    #[test]
    fn pods_above_ten_come_and_go_without_end() {
        assert_eq!(scale_down("c", 3, 2, "c-0"), Scaling { removed: vec!["c-2".into()], ..Scaling::default() });
        assert_eq!(scale_down("c", 3, 1, "c-2").kept, ["c-2"]);
        let endless = scale_down("c", 12, 11, "c-0");
        assert_eq!((endless.endless, endless.removed), (vec!["c-9".to_owned()], Vec::new()));
    }

    #[test]
    fn more_pods_than_anybody_has_are_not_spelled_out() {
        let many = cluster("{instances: 2147483647, storage: {}}");
        assert_eq!(pods(&many), ["c-*"]);
        assert_eq!(claims(&many), ["c-data-*"]);
        assert_eq!(order(&many, None), [Step::Restart("c-*".to_owned())]);
        let shards = cluster("{mode: cluster, shards: 2147483647, replicasPerShard: 2147483647, storage: {}}");
        assert_eq!(pods(&shards), ["c-*"]);
    }

    #[test]
    fn settings_are_set_live_unless_the_server_or_the_operator_waits() {
        let old = cluster("{storage: {}, redis: {hz: '10', timeout: '5', appenddirname: a, maxclients: '5'}}").spec;
        let new = cluster(
            "{storage: {}, redis: {hz: '20', port: '7000', appenddirname: b, maxclients: '5'}, memory: {maxMemory: 1Mi}}",
        );
        let live = live(&old, &new.spec);
        assert_eq!(live.set, ["hz", "maxmemory", "maxmemory-policy"]);
        assert_eq!(live.waiting, ["port", "timeout"]);
        assert_eq!(live.refused, ["appenddirname"]);
    }

    #[test]
    fn fields_that_reach_no_running_pod_are_known() {
        let old = cluster("{storage: {}}").spec;
        let new = "{nodeSelector: {a: b}, minSyncReplicas: 1, imageName: r, storage: {size: 5Gi, storageClassName: x}, \
                   primaryIsolation: {peerTimeout: 9s}, backupCredentialsSecret: {name: b}}";
        let told = reach(&old, &cluster(new).spec);
        assert_eq!(
            told,
            [
                ("spec.nodeSelector", Reach::NewPods),
                ("spec.backupCredentialsSecret", Reach::NewPods),
                ("spec.primaryIsolation", Reach::NewPods),
                ("spec.storage.storageClassName", Reach::NewClaims),
                ("spec.minSyncReplicas", Reach::Nothing),
            ]
        );
    }
}
