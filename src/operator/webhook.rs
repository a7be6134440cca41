//! What the operator's validating webhooks refuse, in their words.
//!
//! In: a custom resource as the cluster stores it, the one that it replaces, and what is [`Seen`] of the cluster. Out: a
//! [`Verdict`]: refusals, warnings, and what they would look up in the cluster and nobody knows here.
//!
//! The API server shows refusals as `admission webhook "vrediscluster.redis.io" denied the request: …`.

use super::schedule;
use super::types::{Destination, Mode, RedisBackup, RedisCluster, RedisScheduledBackup};
use super::{APPROVE, HIBERNATION};
use crate::kube::{Quantity, names};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The webhook for RedisClusters, as the API server names it.
pub const CLUSTERS: &str = "vrediscluster.redis.io";

/// The webhook for RedisScheduledBackups.
pub const SCHEDULES: &str = "vredisscheduledbackup.redis.io";

/// What is known of the cluster; `None` is not known.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Names of the Secrets of the namespace.
    pub secrets: Option<BTreeSet<String>>,
    /// The backups of the namespace.
    pub backups: Option<Vec<RedisBackup>>,
    /// Classes of volumes, and whether they let volumes grow, where they say so.
    pub classes: Option<BTreeMap<String, Option<bool>>>,
    /// The claims of the RedisCluster.
    pub claims: Option<Vec<Claim>>,
}

/// A claim of a RedisCluster.
#[derive(Debug, Clone)]
pub struct Claim {
    /// What it asks for.
    pub size: Quantity,
    /// Its class.
    pub class: Option<String>,
}

/// What a webhook says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// Why it refuses; none is an agreement.
    pub refusals: Vec<Refusal>,
    /// What it says beside agreeing.
    pub warnings: Vec<String>,
    /// What it looks up.
    pub asks: Vec<Ask>,
}

/// Why a webhook refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The field.
    pub path: String,
    /// What is wrong with it, as Kubernetes words such things.
    pub message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// What a webhook looks up in the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Whether the source's Secret is there.
    Secret(String),
    /// Whether a RedisBackup is there, done, and has written something.
    Backup(String),
    /// Whether the classes of the claims let them grow: that of the spec, and those that the claims have.
    Expansion(Option<String>),
    /// Whether no claim asks for more than this.
    Claims(String),
    /// Whether there is a primary.
    Primary,
}

/// What the webhook says of a new RedisCluster.
pub fn created(new: &RedisCluster, seen: &Seen) -> Verdict {
    let mut verdict = Verdict::default();
    invariants(new, seen, &mut verdict);
    verdict.warned(new)
}

/// What the webhook says of a RedisCluster in the place of another.
pub fn updated(old: &RedisCluster, new: &RedisCluster, seen: &Seen) -> Verdict {
    let mut verdict = Verdict::default();
    invariants(new, seen, &mut verdict);
    transitions(old, new, seen, &mut verdict);
    verdict.warned(new)
}

/// What the webhook says of a RedisScheduledBackup.
pub fn scheduled(new: &RedisScheduledBackup) -> Verdict {
    let mut verdict = Verdict::default();
    let zone = &new.spec.time_zone;
    if let Err(error) = schedule::time_zone(zone) {
        verdict.invalid("spec.timeZone", &quoted(zone), &format!("not a valid IANA time zone: {error}"));
    }
    let text = &new.spec.schedule;
    match schedule::Schedule::parse(text) {
        Err(error) => {
            verdict.invalid("spec.schedule", &quoted(text), &format!("not a valid cron expression: {error}"));
        }
        Ok(schedule) if !schedule.ever_comes() => {
            verdict.invalid("spec.schedule", &quoted(text), "cron expression has no upcoming occurrences");
        }
        Ok(_) => {}
    }
    verdict
}

/// Where a backup goes, as the operator checks it when it is to be made.
///
/// # Errors
/// What is missing or too much.
pub fn destination(destination: Option<&Destination>) -> Result<(), &'static str> {
    let Some(destination) = destination else { return Err("destination is required") };
    match (&destination.s3, &destination.azure) {
        (None, None) => Err("destination requires exactly one of s3 or azure"),
        (Some(_), Some(_)) => Err("destination must set exactly one of s3 or azure"),
        (Some(s3), None) if s3.bucket.is_empty() => Err("destination.s3.bucket is required"),
        (None, Some(azure)) if azure.container.is_empty() => Err("destination.azure.container is required"),
        _ => Ok(()),
    }
}

impl Verdict {
    /// Whether it agrees, as far as is known.
    pub fn is_fine(&self) -> bool {
        self.refusals.is_empty()
    }

    /// What the API server shows.
    pub fn denial(&self, webhook: &str) -> Option<String> {
        let told: Vec<String> = self.refusals.iter().map(ToString::to_string).collect();
        let text = match told.as_slice() {
            [] => return None,
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        Some(format!("admission webhook \"{webhook}\" denied the request: {text}"))
    }

    fn warned(mut self, cluster: &RedisCluster) -> Self {
        if self.is_fine() {
            self.warnings = warnings(cluster);
        }
        self
    }

    fn refuse(&mut self, path: &str, message: String) {
        let refusal = Refusal { path: path.to_owned(), message };
        // The API server shows each once.
        if !self.refusals.contains(&refusal) {
            self.refusals.push(refusal);
        }
    }

    fn invalid(&mut self, path: &str, value: &dyn fmt::Display, why: &str) {
        self.refuse(path, format!("Invalid value: {value}: {why}"));
    }

    fn forbidden(&mut self, path: &str, why: &str) {
        self.refuse(path, format!("Forbidden: {why}"));
    }

    fn required(&mut self, path: &str, why: &str) {
        self.refuse(path, format!("Required value: {why}"));
    }
}

/// A text as Go quotes it.
fn quoted(text: &str) -> String {
    String::from_utf8_lossy(&crate::value::format::sprintf(b"%q", &[crate::value::Value::str(text)])).into_owned()
}

fn invariants(new: &RedisCluster, seen: &Seen, verdict: &mut Verdict) {
    let spec = &new.spec;
    if spec.mode == Mode::Sentinel && spec.instances < 3 {
        verdict.invalid("spec.instances", &spec.instances, "sentinel mode requires at least 3 redis instances");
    }
    match (&spec.tls_secret, &spec.ca_secret) {
        (Some(_), None) => verdict.required("spec.caSecret", "caSecret is required when tlsSecret is set"),
        (None, Some(_)) => verdict.required("spec.tlsSecret", "tlsSecret is required when caSecret is set"),
        _ => {}
    }
    annotations(new, verdict);
    if spec.mode == Mode::Cluster {
        shards(new, verdict);
    } else {
        instances(new, verdict);
    }
    if let Some(window) = &spec.node_maintenance_window
        && window.in_progress
        && window.reuse_pvc == Some(false)
        && spec.servers() == 1
    {
        let why = "nodeMaintenanceWindow.reusePVC=false is not allowed for single-instance clusters; \
                   set reusePVC=true or scale up first";
        verdict.invalid("spec.nodeMaintenanceWindow.reusePVC", &false, why);
    }
    if spec.mode != Mode::Cluster {
        source(new, seen, verdict);
    }
    connection(new, verdict);
    bootstrap(new, seen, verdict);
    ephemeral(new, verdict);
    memory(new, verdict);
}

fn annotations(new: &RedisCluster, verdict: &mut Verdict) {
    let annotation = |name: &str| new.metadata.annotations.get(name).map(String::as_str);
    if let Some(value) = annotation(HIBERNATION)
        && !["on", "off", "true", "false", ""].contains(&value)
    {
        let why = r#"must be "on", "off", "true", "false", or empty"#;
        verdict.invalid(&format!("metadata.annotations.{HIBERNATION}"), &quoted(value), why);
    }
    if let Some(value) = annotation(APPROVE)
        && !["true", ""].contains(&value)
    {
        let why = r#"must be "true" when present"#;
        verdict.invalid(&format!("metadata.annotations.{APPROVE}"), &quoted(value), why);
    }
}

fn shards(new: &RedisCluster, verdict: &mut Verdict) {
    let spec = &new.spec;
    if spec.shards < 3 {
        verdict.invalid("spec.shards", &spec.shards, "cluster mode requires spec.shards >= 3");
    }
    if spec.instances != 0 {
        let why = "spec.instances is not allowed in cluster mode; use shards and replicasPerShard";
        verdict.invalid("spec.instances", &spec.instances, why);
    }
    for (field, number) in [("minSyncReplicas", spec.min_sync_replicas), ("maxSyncReplicas", spec.max_sync_replicas)] {
        if number != 0 {
            let why = format!("{field} is not supported in cluster mode");
            verdict.invalid(&format!("spec.{field}"), &number, &why);
        }
    }
    if spec.replica_mode.is_some() {
        verdict.forbidden("spec.replicaMode", "replicaMode is not supported in cluster mode");
    }
}

fn instances(new: &RedisCluster, verdict: &mut Verdict) {
    let spec = &new.spec;
    if spec.instances < 1 {
        verdict.invalid("spec.instances", &spec.instances, "must be at least 1");
    }
    if spec.min_sync_replicas > spec.instances.saturating_sub(1) {
        let why = "must be less than or equal to instances - 1";
        verdict.invalid("spec.minSyncReplicas", &spec.min_sync_replicas, why);
    }
    if spec.max_sync_replicas < spec.min_sync_replicas {
        let why = "must be greater than or equal to minSyncReplicas";
        verdict.invalid("spec.maxSyncReplicas", &spec.max_sync_replicas, why);
    }
}

fn source(new: &RedisCluster, seen: &Seen, verdict: &mut Verdict) {
    let Some(mode) = &new.spec.replica_mode else { return };
    if mode.promote && !mode.enabled {
        let why = "replicaMode.promote=true requires replicaMode.enabled=true";
        verdict.invalid("spec.replicaMode.promote", &true, why);
    }
    if !mode.enabled {
        return;
    }
    let Some(source) = &mode.source else {
        return verdict.required("spec.replicaMode.source", "source is required when replicaMode.enabled=true");
    };
    if source.host.trim().is_empty() {
        let why = "source.host is required when replicaMode.enabled=true";
        verdict.required("spec.replicaMode.source.host", why);
    }
    if !(0..=65535).contains(&source.port) {
        let why = "must be between 1 and 65535 when set";
        verdict.invalid("spec.replicaMode.source.port", &source.port, why);
    }
    let path = "spec.replicaMode.source.authSecretName";
    match source.auth_secret_name.trim() {
        "" if source.auth_secret_name.is_empty() => {}
        "" => verdict.invalid(path, &quoted(&source.auth_secret_name), "must not be empty when set"),
        name => match &seen.secrets {
            None => verdict.asks.push(Ask::Secret(name.to_owned())),
            Some(secrets) if !secrets.contains(name) => {
                verdict.refuse(path, format!("Not found: {}", quoted(name)));
            }
            Some(_) => {}
        },
    }
}

fn connection(new: &RedisCluster, verdict: &mut Verdict) {
    let Some(secret) = &new.spec.connection_secret else { return };
    let (path, name) = ("spec.connectionSecret.name", secret.name.trim());
    if name.is_empty() {
        return verdict.required(path, "name is required when connectionSecret is set");
    }
    if name.len() > names::SUBDOMAIN_LENGTH {
        verdict.invalid(path, &quoted(name), "must be no more than 253 characters");
    }
    // Each part may be as long as it likes here.
    let is_part = |part: &str| {
        let plain = part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        plain && !part.is_empty() && !part.starts_with('-') && !part.ends_with('-')
    };
    if !name.split('.').all(is_part) {
        let why = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and \
                   must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
                   '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
        verdict.invalid(path, &quoted(name), why);
    }
}

fn bootstrap(new: &RedisCluster, seen: &Seen, verdict: &mut Verdict) {
    let Some(name) = backup_of(new) else { return };
    let path = "spec.bootstrap.backupName";
    let Some(backups) = &seen.backups else {
        return verdict.asks.push(Ask::Backup(name.to_owned()));
    };
    let Some(backup) = backups.iter().find(|backup| backup.metadata.name == name) else {
        return verdict.refuse(path, format!("Not found: {}", quoted(name)));
    };
    let status = backup.status.clone().unwrap_or_default();
    let value = quoted(name);
    if status.phase != "Completed" {
        verdict.invalid(path, &value, r#"referenced RedisBackup must be in phase "Completed""#);
    }
    if let Err(error) = destination(backup.spec.destination.as_ref()) {
        verdict.invalid(path, &value, &format!("referenced RedisBackup has an invalid destination: {error}"));
    }
    if status.backup_path.is_empty() && status.shard_artifacts.is_empty() {
        let why = "referenced RedisBackup must have status.backupPath or status.shardArtifacts set";
        verdict.invalid(path, &value, why);
    }
}

/// The backup that a cluster starts from.
fn backup_of(cluster: &RedisCluster) -> Option<&str> {
    cluster.spec.bootstrap.as_ref().map(|start| start.backup_name.as_str()).filter(|name| !name.is_empty())
}

fn ephemeral(new: &RedisCluster, verdict: &mut Verdict) {
    if !new.spec.is_ephemeral() {
        return;
    }
    if backup_of(new).is_some() {
        let why = "bootstrap is not supported with ephemeral storage (storage.type=emptyDir); restored data would be lost \
                   when pods are recreated";
        verdict.forbidden("spec.bootstrap", why);
    }
    if new.spec.storage.storage_class_name.as_ref().is_some_and(|class| !class.is_empty()) {
        let why = "storageClassName has no effect with ephemeral storage (storage.type=emptyDir); remove it";
        verdict.forbidden("spec.storage.storageClassName", why);
    }
}

fn memory(new: &RedisCluster, verdict: &mut Verdict) {
    let Some(memory) = &new.spec.memory else { return };
    for key in new.spec.redis.keys() {
        if ["maxmemory", "maxmemory-policy"].contains(&key.trim().to_lowercase().as_str()) {
            let why = "configure Redis memory via spec.memory; remove maxmemory/maxmemory-policy from spec.redis";
            verdict.forbidden(&format!("spec.redis[{key}]"), why);
        }
    }
    let limit = new.spec.memory_limit();
    if let Some(percent) = memory.max_memory_percent {
        let path = "spec.memory.maxMemoryPercent";
        if memory.max_memory.is_some() {
            let why = "spec.memory.maxMemory and spec.memory.maxMemoryPercent are mutually exclusive; set only one";
            verdict.forbidden(path, why);
        }
        if limit <= 0 {
            let why = "spec.memory.maxMemoryPercent requires spec.resources.limits.memory to be set";
            verdict.invalid(path, &percent, why);
        }
    }
    if let Some(amount) = &memory.max_memory {
        let why = match amount.ceil().unwrap_or(i64::MAX) {
            bytes if bytes <= 0 => "spec.memory.maxMemory must be greater than 0",
            bytes if limit > 0 && bytes > limit => "spec.memory.maxMemory must not exceed spec.resources.limits.memory",
            _ => return,
        };
        verdict.invalid("spec.memory.maxMemory", &quoted(&amount.canonical()), why);
    }
}

/// What it says of memory beside agreeing.
fn warnings(cluster: &RedisCluster) -> Vec<String> {
    let spec = &cluster.spec;
    let limit = spec.memory_limit();
    if limit <= 0 {
        return Vec::new();
    }
    let Some(bytes) = spec.max_memory() else {
        let is_set =
            |(key, value): (&String, &String)| key.trim().eq_ignore_ascii_case("maxmemory") && !value.trim().is_empty();
        if spec.redis.iter().any(is_set) {
            return Vec::new();
        }
        return vec![format!(
            "spec.resources.limits.memory is set ({limit} bytes) but no Redis maxmemory is configured; Redis may be \
             OOM-killed at the container limit instead of applying eviction. Set spec.memory.maxMemory or \
             spec.memory.maxMemoryPercent."
        )];
    };
    if i128::from(bytes) * 10 < i128::from(limit) * 9 {
        return Vec::new();
    }
    vec![format!(
        "spec.memory resolves maxmemory to {bytes} bytes, at least 90% of the {limit} byte container limit; leave headroom \
         for replication buffers, copy-on-write during persistence, and fragmentation."
    )]
}

fn transitions(old: &RedisCluster, new: &RedisCluster, seen: &Seen, verdict: &mut Verdict) {
    if old.spec.storage.kind != new.spec.storage.kind {
        let why = "storage.type is immutable after creation; switching between pvc and emptyDir would destroy or migrate data";
        verdict.forbidden("spec.storage.type", why);
    }
    if !new.spec.is_ephemeral() {
        size(old, new, seen, verdict);
    }
    mode(old, new, verdict);
    if backup_of(old) != backup_of(new) {
        verdict.forbidden("spec.bootstrap.backupName", "bootstrap backupName is immutable after creation");
    }
    let promotes = |cluster: &RedisCluster| cluster.spec.replica_mode.as_ref().is_some_and(|mode| mode.promote);
    if old.spec.follows() && !new.spec.follows() && !promotes(old) {
        let why = "replicaMode.enabled cannot be disabled directly; set replicaMode.promote=true first";
        verdict.forbidden("spec.replicaMode.enabled", why);
    }
    if !old.spec.follows() && promotes(new) {
        let why = "replicaMode.promote can only be set after replicaMode is already enabled";
        verdict.forbidden("spec.replicaMode.promote", why);
    }
}

fn size(old: &RedisCluster, new: &RedisCluster, seen: &Seen, verdict: &mut Verdict) {
    let (before, after) = (&old.spec.storage.size, &new.spec.storage.size);
    let path = "spec.storage.size";
    if before > after {
        match &seen.claims {
            None => verdict.asks.push(Ask::Claims(after.canonical())),
            Some(claims) => {
                let largest = claims.iter().map(|claim| &claim.size).max().filter(|largest| *largest > after);
                if let Some(largest) = largest {
                    let why = format!(
                        "storage size cannot be decreased below currently requested PVC size {}",
                        quoted(&largest.canonical())
                    );
                    verdict.forbidden(path, &why);
                }
            }
        }
    } else if before < after {
        let own = new.spec.storage.storage_class_name.clone().filter(|class| !class.is_empty());
        let claims = seen.claims.iter().flatten().filter_map(|claim| claim.class.clone());
        let mut asked: BTreeSet<String> = claims.filter(|class| !class.is_empty()).collect();
        asked.extend(own.clone());
        let Some(classes) = &seen.classes else { return verdict.asks.push(Ask::Expansion(own)) };
        // The operator stops at the first; in which order it asks is not said.
        let why = asked.iter().find_map(|class| match classes.get(class) {
            None => Some(format!("storageClass {} was not found", quoted(class))),
            Some(Some(true)) => None,
            Some(_) => Some(format!("storageClass {} does not allow volume expansion", quoted(class))),
        });
        if let Some(why) = why {
            verdict.forbidden(path, &why);
        }
    }
}

fn mode(old: &RedisCluster, new: &RedisCluster, verdict: &mut Verdict) {
    if old.spec.mode == new.spec.mode {
        return;
    }
    let path = "spec.mode";
    if (old.spec.mode, new.spec.mode) != (Mode::Standalone, Mode::Sentinel) {
        let why = "unsupported mode transition; only standalone->sentinel is supported as an in-place migration (set \
                   instances>=3 and do not enable TLS). See docs/runbooks/standalone-to-sentinel-migration.md";
        return verdict.forbidden(path, why);
    }
    match new.status.as_ref().or(old.status.as_ref()) {
        None => verdict.asks.push(Ask::Primary),
        Some(status) if status.current_primary.is_empty() => {
            let why = "cannot migrate standalone->sentinel until status.currentPrimary is set; wait for the cluster to \
                       become Healthy before changing mode";
            return verdict.forbidden(path, why);
        }
        Some(_) => {}
    }
    let has_tls = |cluster: &RedisCluster| cluster.spec.tls_secret.is_some() || cluster.spec.ca_secret.is_some();
    if has_tls(old) || has_tls(new) {
        let why = "cannot migrate standalone->sentinel in place for a TLS-enabled cluster; the in-place migration does not \
                   support TLS (clearing tlsSecret/caSecret in the same change would strand the migration). Sentinel mode \
                   itself does support TLS for clusters created as sentinel. Use the backup/recreate path. See \
                   docs/runbooks/standalone-to-sentinel-migration.md";
        verdict.forbidden(path, why);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Data, Node, Str, from_node};

    fn list(text: &[u8]) -> Vec<Node> {
        crate::yaml::decode(text).expect("a list").items().to_vec()
    }

    fn map(entries: &[(&str, Option<&Node>)]) -> Node {
        let entries = entries.iter().filter_map(|(key, node)| Some((Str::from(*key), (*node)?.clone())));
        Node::new(Data::map(entries.collect()))
    }

    fn texts(node: Option<&Node>) -> Vec<String> {
        node.map(|node| from_node(node).expect("texts")).unwrap_or_default()
    }

    fn name(case: &Node) -> String {
        case.get("name").and_then(Node::as_text).expect("a name").into_owned()
    }

    fn cluster(case: &Node, spec: &Node, with: bool) -> RedisCluster {
        let called = Node::new(Data::Str("c".into()));
        let nothing = Node::new(Data::map(std::collections::BTreeMap::new()));
        let annotations = case.get("annotations").filter(|_| with);
        let metadata = map(&[("name", Some(&called)), ("annotations", annotations)]);
        let status = Some(case.get("status").unwrap_or(&nothing));
        let object = map(&[("metadata", Some(&metadata)), ("spec", Some(spec)), ("status", status)]);
        RedisCluster::stored(&object, case.get("defaulting").is_none()).expect("a cluster")
    }

    fn seen(case: &Node) -> Seen {
        let within = |key: &str| case.get("seen").and_then(|seen| seen.get(key));
        let backup = |node: &Node| {
            let metadata = map(&[("name", node.get("name"))]);
            let (spec, status) = (node.get("spec"), node.get("status"));
            RedisBackup::stored(&map(&[("metadata", Some(&metadata)), ("spec", spec), ("status", status)]))
        };
        let claim = |node: &Node| Claim {
            size: node.get("size").and_then(Quantity::of).expect("a size"),
            class: node.get("class").and_then(Node::as_text).map(|text| text.into_owned()),
        };
        let nodes = |key: &str| within(key).map(Node::items).unwrap_or_default();
        Seen {
            secrets: Some(texts(within("secrets")).into_iter().collect()),
            backups: Some(nodes("backups").iter().map(backup).collect::<Result<_, _>>().expect("backups")),
            classes: Some(within("classes").map(|node| from_node(node).expect("classes")).unwrap_or_default()),
            claims: Some(nodes("claims").iter().map(claim).collect()),
        }
    }

    /// Every rule of the webhook, broken and kept.
    #[test]
    fn k02_clusters_are_refused_in_the_words_of_the_operator() {
        let cases = list(include_bytes!("../../tests/operator/webhook.yaml"));
        let mut refusals = BTreeSet::new();
        for case in &cases {
            let new = cluster(case, case.get("new").expect("a spec"), true);
            let verdict = match case.get("old") {
                Some(old) => updated(&cluster(case, old, false), &new, &seen(case)),
                None => created(&new, &seen(case)),
            };
            let mut told: Vec<String> = verdict.refusals.iter().map(ToString::to_string).collect();
            told.sort();
            assert_eq!(told, texts(case.get("errors")), "{}", name(case));
            assert_eq!(verdict.warnings, texts(case.get("warnings")), "{}", name(case));
            assert_eq!(verdict.asks, [], "{}", name(case));
            refusals.extend(verdict.refusals.into_iter().map(|one| {
                let why = one.message.rsplit_once(": ").map_or(one.message.clone(), |(_, why)| why.to_owned());
                (one.path.split('[').next().unwrap_or_default().to_owned(), why)
            }));
        }
        assert_eq!(cases.len(), 106);
        assert_eq!(refusals.len(), 49, "{refusals:#?}");
    }

    #[test]
    fn what_nobody_knows_is_asked_and_refuses_nothing() {
        let spec = |text: &str| crate::yaml::decode(text.as_bytes()).expect("a spec");
        let case = map(&[]);
        let cluster = |text: &str| RedisCluster { status: None, ..cluster(&case, &spec(text), false) };
        let seen = Seen::default();
        let asks = |old: &str, new: &str| {
            let verdict = updated(&cluster(old), &cluster(new), &seen);
            assert_eq!(verdict.refusals, []);
            verdict.asks
        };
        let grown = asks("{storage: {}}", "{storage: {size: 2Gi, storageClassName: fast}}");
        assert_eq!(grown, [Ask::Expansion(Some("fast".to_owned()))]);
        assert_eq!(asks("{storage: {size: 2Gi}}", "{storage: {}}"), [Ask::Claims("1Gi".to_owned())]);
        assert_eq!(asks("{storage: {}}", "{mode: sentinel, instances: 3, storage: {}}"), [Ask::Primary]);
        let source = "{storage: {}, replicaMode: {enabled: true, source: {host: h, authSecretName: s}}}";
        assert_eq!(asks("{storage: {}}", source), [Ask::Secret("s".to_owned())]);
    }

    #[test]
    fn the_api_server_shows_one_refusal_plain_and_several_in_brackets() {
        let one = Refusal { path: "spec.mode".to_owned(), message: "Forbidden: no".to_owned() };
        let mut verdict = Verdict { refusals: vec![one.clone()], ..Verdict::default() };
        let head = "admission webhook \"vrediscluster.redis.io\" denied the request: ";
        assert_eq!(verdict.denial(CLUSTERS), Some(format!("{head}spec.mode: Forbidden: no")));
        verdict.refusals.push(Refusal { path: "spec.shards".to_owned(), ..one });
        let told = format!("{head}[spec.mode: Forbidden: no, spec.shards: Forbidden: no]");
        assert_eq!(verdict.denial(CLUSTERS), Some(told));
        assert_eq!(Verdict::default().denial(CLUSTERS), None);
    }

    #[test]
    fn k03_schedules_are_refused_in_the_words_of_the_operator() {
        for case in list(include_bytes!("../../tests/operator/schedule.yaml")) {
            let backup = RedisScheduledBackup::stored(&map(&[("spec", case.get("spec"))])).expect("a schedule");
            let mut told: Vec<String> = scheduled(&backup).refusals.iter().map(ToString::to_string).collect();
            told.sort();
            assert_eq!(told, texts(case.get("errors")), "{}", name(&case));
        }
    }

    #[test]
    fn k03_destinations_are_refused_in_the_words_of_the_operator() {
        let cases = list(include_bytes!("../../tests/operator/destination.yaml"));
        for case in &cases {
            let spec = map(&[("destination", case.get("destination"))]);
            let backup = RedisBackup::stored(&map(&[("spec", Some(&spec))])).expect("a backup");
            let says = case.get("says").and_then(Node::as_text).unwrap_or_default();
            let told = destination(backup.spec.destination.as_ref());
            assert_eq!(told.err().unwrap_or_default(), says, "{spec:?}");
        }
        assert_eq!(cases.len(), 10);
    }
}
