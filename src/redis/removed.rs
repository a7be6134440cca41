//! Values that other Redis charts and older scenario files have, and this chart does not: why, and what to do.
//!
//! In: the path of an unknown value. Out: the sentence that goes into the help of its refusal.

/// Prefixes of paths and what to say.
const REMOVED: &[(&str, &str)] = &[
    ("sentinel", "this chart runs no Sentinel: see values-prod-sentinel.yaml for alternatives"),
    ("cluster", "this chart runs no Redis Cluster: see values-prod-cluster.yaml for alternatives"),
    ("upgrade", "it was documentation only: the README says how to upgrade"),
    ("service.targetPort", "the Service follows `redis.port`"),
    ("auth.enabled", "set `redis.password` or `redis.existingSecret`"),
    ("auth", "set `redis.password` or `redis.existingSecret`"),
    ("architecture", "set `mode`"),
    ("master", "master and replicas share one set of values: see the chart's README"),
    ("replica", "master and replicas share one set of values; their number is `replication.replicas`"),
];

/// What to say of this path.
pub(super) fn why(path: &str) -> Option<&'static str> {
    let is = |name: &str| path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    REMOVED.iter().find(|(name, _)| is(name)).map(|(_, why)| *why)
}
