//! Values of the chart that have no place in a RedisCluster, and why.
//!
//! In: the values as a tree, and the chart's defaults. Out: a [`Row`] for each that differs from its default. A value that
//! no row here knows is told as lost as well: nothing goes without a word.

use super::migration::{Fate, Row};
use serde_json::Value as Json;

/// How values that begin so are told.
struct Entry {
    /// The value, or the section.
    prefix: &'static str,
    /// What becomes of it.
    fate: Fate,
    /// Why, or what to do.
    why: &'static str,
}

const fn lost(prefix: &'static str, why: &'static str) -> Entry {
    Entry { prefix, fate: Fate::Lost, why }
}

const fn by_hand(prefix: &'static str, why: &'static str) -> Entry {
    Entry { prefix, fate: Fate::ByHand, why }
}

const OWN_CONTEXT: &str = "pods run as user and group 999, without capabilities and with the default seccomp profile";
const OWN_PROBES: &str = "pods have probes of the instance manager's own, over HTTP";
const NO_FIELD: &str = "the operator has no field for it";
const OWN_METRICS: &str =
    "the instance manager serves metrics itself; the operator's chart makes the PodMonitor and alerts";

/// Everything that the migration does not read.
const TABLE: &[Entry] = &[
    lost("replication.masterOrdinal", "the operator chooses the primary, and fails over by itself"),
    lost("replication.readServices", "one Service, `NAME-replica`, leads to all replicas"),
    lost("redis.revision", "another Secret or setting restarts pods by itself"),
    lost("image.pullPolicy", NO_FIELD),
    by_hand("imagePullSecrets", "put them on the ServiceAccount that the operator makes for the cluster"),
    lost("nameOverride", "names follow that of the RedisCluster"),
    lost("fullnameOverride", "names follow that of the RedisCluster"),
    lost("clusterDomain", "the operator uses no domain"),
    lost("commonLabels", "the operator labels its objects itself"),
    lost("commonAnnotations", NO_FIELD),
    lost("serviceAccount", "the operator makes a ServiceAccount for each cluster"),
    lost("rbac", "the operator makes the Role that its pods need"),
    by_hand(
        "service",
        "Services are ClusterIP on 6379; for another, make one of your own with the selector of `NAME-leader`",
    ),
    lost("persistence.accessMode", "claims are ReadWriteOnce"),
    lost("persistence.existingClaim", "each pod has a claim `NAME-data-N` of its own; move the data by replication"),
    lost("podSecurityContext", OWN_CONTEXT),
    lost("securityContext", OWN_CONTEXT),
    lost("startupProbe", OWN_PROBES),
    lost("livenessProbe", OWN_PROBES),
    lost("readinessProbe", OWN_PROBES),
    lost("lifecycle", NO_FIELD),
    lost("podManagementPolicy", "the operator makes pods itself, one by one"),
    lost("minReadySeconds", "the operator waits for replicas to be connected, not for a time"),
    lost("revisionHistoryLimit", "there is no StatefulSet"),
    lost("persistentVolumeClaimRetentionPolicy", "claims of pods that go stay"),
    lost("podAnnotations", NO_FIELD),
    lost("podLabels", NO_FIELD),
    lost("priorityClassName", NO_FIELD),
    lost("dnsPolicy", NO_FIELD),
    lost("dnsConfig", NO_FIELD),
    lost("extraEnv", NO_FIELD),
    lost("extraEnvFrom", NO_FIELD),
    lost("extraVolumes", NO_FIELD),
    lost("extraVolumeMounts", NO_FIELD),
    lost("initContainers", NO_FIELD),
    lost("extraContainers", NO_FIELD),
    by_hand("metrics", OWN_METRICS),
    by_hand("monitoring", OWN_METRICS),
    by_hand(
        "networkPolicy",
        "make one of your own that selects `redis.io/cluster: NAME`; pods need 6379, and 8080 from the operator",
    ),
    lost("podDisruptionBudget.minAvailable", "the operator keeps all but one instance, and at least one"),
    lost("podDisruptionBudget.maxUnavailable", "the operator keeps all but one instance, and at least one"),
    lost("autoscaling", "instances are a number: nothing scales a RedisCluster by load"),
    lost("test", "there is no `helm test` without a chart"),
    by_hand(
        "tls",
        "name the Secrets in spec.tlsSecret and spec.caSecret; the keys are `tls.crt`, `tls.key` and `ca.crt`",
    ),
    by_hand("acl", "put the users into a Secret under the key `acl`, and name it in spec.aclConfigSecret"),
    by_hand("backup", "backups go to S3 or Azure: see RedisScheduledBackup; the operator writes to no claim"),
    lost("global", "a parent chart's values reach no RedisCluster"),
    lost("enabled", "a parent chart's condition reaches no RedisCluster"),
];

/// What the migration itself reads and tells of.
pub(super) const READ: &[&str] = &[
    "mode",
    "replicaCount",
    "replication.enabled",
    "replication.replicas",
    "redis.password",
    "redis.existingSecret",
    "redis.secretKeyName",
    "redis.requirePassword",
    "redis.port",
    "redis.config",
    "redis.settings",
    "redis.existingConfigMap",
    "redis.args",
    "image.repository",
    "image.tag",
    "image.digest",
    "persistence.enabled",
    "persistence.size",
    "persistence.storageClass",
    "resources",
    "updateStrategy",
    "terminationGracePeriodSeconds",
    "nodeSelector",
    "tolerations",
    "affinity",
    "topologySpreadConstraints",
    "podDisruptionBudget.enabled",
];

/// Longest value that is shown.
const MOST_SHOWN: usize = 60;

/// Rows for what differs from the defaults and is not read.
pub(super) fn rows(values: &Json, defaults: &Json) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut changed = Vec::new();
    differing(values, defaults, "", &mut changed);
    for (path, value) in changed {
        let begins =
            |prefix: &str| path == prefix || path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
        if READ.iter().any(|prefix| begins(prefix)) {
            continue;
        }
        let (fate, why) = TABLE
            .iter()
            .find(|entry| begins(entry.prefix))
            .map_or((Fate::Lost, "no field of a RedisCluster is known for it"), |entry| (entry.fate, entry.why));
        rows.push(Row { why: why.to_owned(), ..Row::of(&path, &short(value), fate) });
    }
    rows
}

/// Leaves that differ; lists, and maps that are empty by default, as a whole.
fn differing<'v>(value: &'v Json, default: &Json, path: &str, found: &mut Vec<(String, &'v Json)>) {
    if value == default {
        return;
    }
    match (value, default) {
        (Json::Object(map), Json::Object(defaults)) if !defaults.is_empty() && !map.is_empty() => {
            for (key, value) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                differing(value, defaults.get(key).unwrap_or(&Json::Null), &path, found);
            }
        }
        _ => found.push((path.to_owned(), value)),
    }
}

/// A value in a few words. Environment variables and the like may hold secrets, so of lists and maps only the size is told.
pub(super) fn short(value: &Json) -> String {
    match value {
        Json::Array(items) if items.is_empty() => "[]".to_owned(),
        Json::Array(items) if items.len() == 1 => "1 item".to_owned(),
        Json::Array(items) => format!("{} items", items.len()),
        Json::Object(map) if map.is_empty() => "{}".to_owned(),
        Json::Object(map) if map.len() == 1 => "1 key".to_owned(),
        Json::Object(map) => format!("{} keys", map.len()),
        Json::String(text) if text.chars().count() > MOST_SHOWN || text.contains('\n') => {
            format!("{} characters", text.chars().count())
        }
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redis;

    #[test]
    fn k11_every_value_of_the_chart_is_read_or_told_of() {
        let unknown: Vec<&String> = redis::docs()
            .iter()
            .filter(|(_, doc)| doc.is_leaf)
            .map(|(path, _)| path)
            .filter(|path| {
                let begins = |prefix: &str| {
                    *path == prefix || path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'))
                };
                !TABLE.iter().any(|entry| begins(entry.prefix)) && !READ.iter().any(|prefix| begins(prefix))
            })
            .collect();
        assert_eq!(unknown, [] as [&String; 0]);
    }

    #[test]
    fn a_value_that_nobody_knows_is_told_as_lost() {
        let rows = rows(&serde_json::json!({"new": {"key": [1, 2]}}), &serde_json::json!({"new": {"key": []}}));
        assert_eq!(
            rows.iter().map(|row| (row.value.as_str(), row.found.as_str())).collect::<Vec<_>>(),
            [("new.key", "2 items")]
        );
    }
}
