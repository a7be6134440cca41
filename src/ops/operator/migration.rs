//! The Redis chart's values as custom resources of the operator, with a report of what maps and what is lost.
//!
//! In: layers of values, the release that they are of, and a [`Wish`]. Out: a [`Migration`]: a RedisCluster, backups where
//! there is a place for them, a [`Row`] for every value that is not what it was, and what the operator's own webhook says.
//!
//! The cluster gets another name than the release's objects: pods of both would be called `NAME-0`.

use super::conf;
use super::lost;
pub use super::shown::{json, markdown, text};
use crate::operator::{
    BackupSpec, ClusterSpec, Destination, HIBERNATION, Manifest as _, Metadata, Mode, Named, RedisBackup, RedisCluster,
    RedisScheduledBackup, ReplicaMode, ReplicaSource, Resources, ScheduledBackupSpec, Storage, StorageType,
    UpdateStrategy, webhook,
};
use crate::redis::{self, UpdateType};
use crate::redis_server::Version;
use crate::shell::script;
use crate::value::Node;
use crate::{Layer, Options, Release};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// What becomes of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// The operator has nothing for it, or decides otherwise.
    Lost,
    /// Somebody has to do something.
    ByHand,
    /// It is in the object, and does not mean quite the same.
    Changed,
    /// It is in the object.
    Carried,
}

impl Fate {
    /// Every fate, the worst first.
    pub const ALL: [Fate; 4] = [Fate::Lost, Fate::ByHand, Fate::Changed, Fate::Carried];

    /// As a heading has it.
    pub fn title(self) -> &'static str {
        match self {
            Fate::Lost => "lost",
            Fate::ByHand => "by hand",
            Fate::Changed => "changed",
            Fate::Carried => "carried over",
        }
    }
}

/// What becomes of one value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The value's path in the chart.
    pub value: String,
    /// What it was, in a few words; never a secret.
    pub found: String,
    /// What becomes of it.
    pub fate: Fate,
    /// The field that holds it now; empty where none does.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// Why, and what is different; empty where nothing is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// What to type.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
}

impl Row {
    /// A row without reasons.
    pub(super) fn of(value: &str, found: &str, fate: Fate) -> Row {
        let (field, why) = (String::new(), String::new());
        Row { value: value.to_owned(), found: found.to_owned(), fate, field, why, commands: Vec::new() }
    }
}

/// What the user wants beside what the values say.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The RedisCluster's name; the full name of the release with `-rc` where there is none.
    pub name: Option<String>,
    /// Sentinels choose the primary, and not the operator.
    pub sentinel: bool,
    /// Whether the cluster begins as a replica of the release, so that it gets its data.
    pub follow: bool,
    /// Where backups go.
    pub destination: Option<Destination>,
    /// The Secret with the credentials for that place.
    pub credentials: Option<String>,
    /// When backups are made; `0 3 * * *` where there is nothing.
    pub schedule: Option<String>,
    /// The time zone of that.
    pub time_zone: Option<String>,
}

/// Custom resources, and what is to be told of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Migration {
    /// The release that it is made of.
    pub release: String,
    /// Its namespace.
    pub namespace: String,
    /// The cluster.
    pub cluster: RedisCluster,
    /// One backup; `None` where there is no place for it.
    pub backup: Option<RedisBackup>,
    /// Backups again and again.
    pub scheduled: Option<RedisScheduledBackup>,
    /// What becomes of each value, the worst first.
    pub rows: Vec<Row>,
    /// What the operator's webhook would say against it.
    pub refusals: Vec<String>,
    /// What it would say beside agreeing.
    pub warnings: Vec<String>,
}

/// Seconds that pods have to end where nobody says.
const GRACE_SECONDS: i64 = 30;

/// When backups are made where nobody says.
const SCHEDULE: &str = "0 3 * * *";

/// Makes the custom resources.
///
/// # Errors
/// Values that the chart refuses, as [`redis::render_layers`] tells them.
///
/// ```
/// use chartwright::ops::operator::migration::{Wish, migrate};
/// use chartwright::{Layer, Release};
/// let release = Release { name: "shop".into(), ..Release::default() };
/// let layers = [Layer::Set("mode=replica,redis.existingSecret=auth".into())];
/// let made = migrate(&layers, &release, &Wish::default())?;
/// assert_eq!((made.cluster.name(), made.cluster.spec.instances), ("shop-redis-rc", 3));
/// assert!(made.refusals.is_empty());
/// # Ok::<(), chartwright::redis::Error>(())
/// ```
pub fn migrate(layers: &[Layer], release: &Release, wish: &Wish) -> Result<Migration, redis::Error> {
    let rendered = redis::render_layers(layers, &Options { release: release.clone(), ..Options::default() })?;
    let values = redis::Values::from_layers(layers).map_err(redis::Error::Values)?;
    let files: Vec<(std::sync::Arc<str>, std::sync::Arc<str>)> =
        vec![("chart".into(), rendered.text().to_string().into())];
    let objects = crate::manifest::objects(&crate::manifest::read(&files));
    let find = |kind: &'static str| objects.iter().filter(move |object| object.kind() == kind);
    let set = find("StatefulSet").next();
    let full_name = set.map_or(release.name.as_str(), |set| set.name()).to_owned();
    let text = |node: Option<&Node>| node.and_then(Node::as_text).map(std::borrow::Cow::into_owned).unwrap_or_default();
    let containers =
        set.and_then(|set| set.node.find("spec.template.spec.containers")).map(Node::items).unwrap_or_default();
    let image = containers.first().map(|container| text(container.get("image"))).unwrap_or_default();
    let conf = find("ConfigMap")
        .find_map(|object| object.node.get("data")?.get("redis.conf"))
        .map(|node| text(Some(node)))
        .unwrap_or_default();
    let name = wish.name.clone().unwrap_or_else(|| format!("{full_name}-rc"));
    let mut made = Making { values: &values, release, wish, full_name, name, rows: Vec::new() };
    let cluster = made.cluster(image, &conf);
    let (backup, scheduled) = made.backups(&cluster);
    made.rows.extend(lost::rows(&tree(&values), &tree(&redis::Values::default())));
    let mut rows = made.rows;
    rows.iter_mut().for_each(|row| row.why = row.why.replace("NAME", &made.name));
    rows.sort_by_key(|row| row.fate);
    let (refusals, warnings) = judged(&cluster, scheduled.as_ref());
    let (release, namespace) = (release.name.clone(), release.namespace.clone());
    Ok(Migration { release, namespace, cluster, backup, scheduled, rows, refusals, warnings })
}

impl Migration {
    /// All objects as one stream of documents.
    ///
    /// # Errors
    /// A number that is not finite in one of the free parts.
    pub fn yaml(&self) -> Result<String, String> {
        let mut texts = vec![self.cluster.yaml()?];
        texts.extend(self.scheduled.as_ref().map(|backup| backup.yaml()).transpose()?);
        texts.extend(self.backup.as_ref().map(|backup| backup.yaml()).transpose()?);
        Ok(texts.iter().map(|text| format!("---\n{text}")).collect())
    }
}

/// What the webhooks would say of them in an empty namespace. What they look up is left open.
fn judged(cluster: &RedisCluster, scheduled: Option<&RedisScheduledBackup>) -> (Vec<String>, Vec<String>) {
    let stored = cluster.manifest().ok().and_then(|node| RedisCluster::stored(&node, true).ok());
    let Some(stored) = stored else { return (vec!["the RedisCluster cannot be read back".to_owned()], Vec::new()) };
    let verdict = webhook::created(&stored, &webhook::Seen::default());
    let schedule = scheduled.map(webhook::scheduled).unwrap_or_default();
    let refusals = verdict.refusals.iter().chain(&schedule.refusals).map(ToString::to_string).collect();
    (refusals, verdict.warnings)
}

struct Making<'a> {
    values: &'a redis::Values,
    release: &'a Release,
    wish: &'a Wish,
    /// What the chart's objects are called.
    full_name: String,
    /// What the cluster is called.
    name: String,
    rows: Vec<Row>,
}

impl Making<'_> {
    fn row(&mut self, value: &str, found: impl ToString, fate: Fate, field: &str, why: &str) -> &mut Row {
        let (field, why) = (field.to_owned(), why.to_owned());
        self.rows.push(Row { field, why, ..Row::of(value, &found.to_string(), fate) });
        self.rows.last_mut().expect("was just pushed")
    }

    fn metadata(&self, name: &str) -> Metadata {
        let namespace = self.release.namespace.clone();
        Metadata { name: name.to_owned(), namespace, ..Metadata::default() }
    }

    fn cluster(&mut self, image: String, conf: &str) -> RedisCluster {
        let mut cluster = RedisCluster { metadata: self.metadata(&self.name), ..RedisCluster::default() };
        self.names();
        self.servers(&mut cluster);
        self.image(&mut cluster.spec, image);
        self.storage(&mut cluster.spec);
        self.settings(&mut cluster.spec, conf);
        self.password(&mut cluster.spec);
        self.scheduling(&mut cluster.spec);
        let values = self.values;
        cluster.spec.resources = Resources {
            limits: amounts(values.resources.limits.as_ref()),
            requests: values.resources.requests.as_ref().map(|requests| amounts(Some(requests))),
            claims: values.resources.claims.iter().flatten().cloned().map(Json::Object).collect(),
        };
        self.row("resources", "", Fate::Carried, "spec.resources", "");
        let grace = values.termination_grace_period_seconds;
        if grace > GRACE_SECONDS {
            let why = "pods have the 30 seconds of Kubernetes: a large data set may not be saved in them";
            self.row("terminationGracePeriodSeconds", grace, Fate::Lost, "", why);
        }
        if values.pod_disruption_budget.enabled {
            cluster.spec.enable_pod_disruption_budget = Some(true);
            let alone = cluster.spec.instances < 2;
            let (fate, why) = match alone {
                true => (
                    Fate::Changed,
                    "with one instance the operator's budget lets no node be drained; the chart makes none then",
                ),
                false => (Fate::Carried, ""),
            };
            self.row("podDisruptionBudget.enabled", true, fate, "spec.enablePodDisruptionBudget", why);
        } else {
            cluster.spec.enable_pod_disruption_budget = Some(false);
        }
        if self.wish.credentials.is_some() {
            cluster.spec.backup_credentials_secret = self.wish.credentials.clone().map(|name| Named { name });
        }
        if self.wish.follow {
            self.follow(&mut cluster.spec);
        }
        cluster
    }

    fn names(&mut self) {
        let (old, new) = (self.full_name.clone(), self.name.clone());
        let port = self.values.service.port;
        let why = format!(
            "clients write to `{new}-leader`, read from `{new}-replica`, and find all pods behind `{new}-any`, on port 6379"
        );
        self.row("Services", format!("{old}:{port}"), Fate::Changed, "metadata.name", &why);
        if new == old {
            let why = format!(
                "pods of both are called `{old}-0`: delete the release's StatefulSet first, or take another name"
            );
            self.row("name", &old, Fate::ByHand, "metadata.name", &why);
        }
    }

    fn servers(&mut self, cluster: &mut RedisCluster) {
        let values = self.values;
        let replicas = i32::try_from(values.replication.replicas.max(0)).unwrap_or(i32::MAX);
        let spec = &mut cluster.spec;
        match values.mode() {
            Ok(redis::Mode::Replica) => {
                spec.instances = replicas.saturating_add(1);
                let why = "the primary counts as an instance; when it fails the operator promotes a replica, which the chart never does";
                self.row("mode", "replica", Fate::Changed, "spec.mode, spec.instances", why);
                self.row("replication.replicas", replicas, Fate::Carried, "spec.instances", "");
            }
            _ => {
                spec.instances = 1;
                self.row("mode", "standalone", Fate::Carried, "spec.mode", "");
                if values.replica_count == 0 {
                    cluster.metadata.annotations.insert(HIBERNATION.to_owned(), "on".to_owned());
                    let field = format!("metadata.annotations.{HIBERNATION}");
                    self.row(
                        "replicaCount",
                        0,
                        Fate::Changed,
                        &field,
                        "hibernating is what stops all pods and keeps the data",
                    );
                }
            }
        }
        let spec = &mut cluster.spec;
        if self.wish.sentinel {
            spec.mode = Mode::Sentinel;
            if spec.instances < 3 {
                let found = spec.instances;
                spec.instances = 3;
                let why = "sentinel mode needs at least 3 instances";
                self.row("replication.replicas", found - 1, Fate::Changed, "spec.instances", why);
            }
        }
        if values.update_strategy.r#type == Some(UpdateType::OnDelete) {
            cluster.spec.primary_update_strategy = UpdateStrategy::Supervised;
            let why = "replicas restart by themselves; only the primary waits, for the annotation redis.io/approve-primary-update: \"true\"";
            self.row("updateStrategy.type", "OnDelete", Fate::Changed, "spec.primaryUpdateStrategy", why);
        }
    }

    fn image(&mut self, spec: &mut ClusterSpec, image: String) {
        let tag = image.split('@').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        let version = tag.split_once(':').and_then(|(_, tag)| Version::parse(tag));
        if version.is_some_and(|version| version < Version::V7_0) {
            let why = "the operator writes `appenddirname`, which no Redis before 7.0 knows: it does not start";
            self.row("image", &image, Fate::ByHand, "spec.imageName", why);
        } else {
            self.row("image", &image, Fate::Carried, "spec.imageName", "");
        }
        spec.image_name = image;
    }

    fn storage(&mut self, spec: &mut ClusterSpec) {
        let own = &self.values.persistence;
        let size = own.size.amount().unwrap_or_else(|| Storage::default().size);
        let shown = own.size.to_string();
        if !own.enabled {
            spec.storage = Storage { kind: StorageType::EmptyDir, size, storage_class_name: None };
            self.row("persistence.enabled", false, Fate::Carried, "spec.storage.type", "");
            self.row("persistence.size", shown, Fate::Carried, "spec.storage.size", "");
            return;
        }
        let class = match own.storage_class.as_str() {
            "" => None,
            "-" => Some(String::new()),
            class => Some(class.to_owned()),
        };
        let class_name = own.storage_class.clone();
        spec.storage = Storage { kind: StorageType::Claim, size, storage_class_name: class };
        let why = "new claims `NAME-data-N`: the data comes by replication or a backup, not with the claims";
        self.row("persistence.size", shown, Fate::Changed, "spec.storage.size", why);
        if !class_name.is_empty() {
            self.row("persistence.storageClass", class_name, Fate::Carried, "spec.storage.storageClassName", "");
        }
    }

    fn settings(&mut self, spec: &mut ClusterSpec, conf: &str) {
        let own = &self.values.redis;
        let place = if own.config.is_empty() { "redis.conf" } else { "redis.config" };
        if !own.existing_config_map.is_empty() {
            let why = "its redis.conf is not known here: write the directives into spec.redis";
            self.row("redis.existingConfigMap", own.existing_config_map.clone(), Fate::ByHand, "spec.redis", why);
        }
        let conf::Settings { redis, memory, rows } = conf::settings(conf, &own.args, place);
        let count = redis.len();
        (spec.redis, spec.memory) = (redis, memory);
        self.rows.extend(rows);
        if count > 0 {
            self.row(place, format!("{count} directives"), Fate::Carried, "spec.redis", "");
        }
        let port = own.port;
        if port != 6379 {
            self.row("redis.port", port, Fate::Lost, "", "servers of the operator listen on 6379");
        }
    }

    fn password(&mut self, spec: &mut ClusterSpec) {
        let own = &self.values.redis;
        let namespace = script(&self.release.namespace);
        let key = if own.secret_key_name.is_empty() { "redis-password" } else { &own.secret_key_name };
        let (secret, value) = match (own.existing_secret.is_empty(), own.password.0.is_empty()) {
            (false, _) => (own.existing_secret.clone(), "redis.existingSecret"),
            (true, false) => (self.full_name.clone(), "redis.password"),
            (true, true) => {
                let why = format!(
                    "the operator makes a password always, and writes it into the Secret `{}-auth`: clients need it",
                    self.name
                );
                self.row("redis.password", "(none)", Fate::Changed, "spec.authSecret", &why);
                return;
            }
        };
        if key == "password" && value == "redis.existingSecret" {
            spec.auth_secret = Some(Named { name: secret.clone() });
            self.row(value, secret, Fate::Carried, "spec.authSecret.name", "");
            return;
        }
        let name = format!("{}-auth", self.name);
        let key = key.replace('.', "\\.");
        let commands = vec![format!(
            "kubectl -n {namespace} get secret {} -o jsonpath={} | base64 -d | kubectl -n {namespace} create secret generic {} \
             --from-file=password=/dev/stdin",
            script(&secret),
            script(&format!("{{.data.{key}}}")),
            script(&name)
        )];
        spec.auth_secret = Some(Named { name: name.clone() });
        let why =
            "the operator reads the key `password`, so the Secret is copied under that key, before the cluster is made";
        let found = if value == "redis.password" { "(not shown)".to_owned() } else { secret };
        self.row(value, found, Fate::ByHand, "spec.authSecret.name", why).commands = commands;
        if own.password.0.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | '#')) {
            let why = "the operator writes the password into redis.conf as it is, without quotes: with spaces, quotes or a backslash \
                       in it no replica starts; set another first";
            self.row("redis.password", "(not shown)", Fate::ByHand, "spec.authSecret", why);
        }
    }

    fn scheduling(&mut self, spec: &mut ClusterSpec) {
        let values = self.values;
        spec.node_selector = values.node_selector.clone();
        spec.tolerations = values.tolerations.iter().map(tree).collect();
        if !spec.node_selector.is_empty() {
            self.row("nodeSelector", lost::short(&json!(values.node_selector)), Fate::Carried, "spec.nodeSelector", "");
        }
        if !values.tolerations.is_empty() {
            let found = lost::short(&json!(values.tolerations));
            self.row("tolerations", found, Fate::Carried, "spec.tolerations", "");
        }
        let own = json!({"redis.io/cluster": self.name, "redis.io/workload": "data"});
        let affinity = tree(&values.affinity);
        if affinity.as_object().is_some_and(|map| !map.is_empty()) {
            let of_pods = affinity.get("podAffinity").or(affinity.get("podAntiAffinity")).is_some();
            spec.affinity = Some(affinity);
            let (fate, why) = match of_pods {
                true => (
                    Fate::ByHand,
                    "its label selectors are those of the chart's pods: write `redis.io/cluster: NAME` into them",
                ),
                false => (Fate::Carried, ""),
            };
            self.row("affinity", "", fate, "spec.affinity", why);
        } else if spec.instances > 1 {
            // What the chart does for itself where nothing is said.
            spec.affinity = Some(json!({"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{
                "weight": 100,
                "podAffinityTerm": {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": own}},
            }]}}));
            let why = "the chart's own rule, with the operator's labels: each pod on a node of its own where there are enough";
            self.row("affinity", "{}", Fate::Carried, "spec.affinity", why);
        }
        for spread in &values.topology_spread_constraints {
            let mut spread = tree(spread);
            let has_selector = spread.get("labelSelector").is_some_and(|selector| selector != &json!({}));
            if !has_selector && let Some(map) = spread.as_object_mut() {
                map.insert("labelSelector".to_owned(), json!({ "matchLabels": own }));
            }
            let (fate, why) = match has_selector {
                true => (
                    Fate::ByHand,
                    "its label selector is that of the chart's pods: write `redis.io/cluster: NAME` into it",
                ),
                false => (Fate::Carried, "with the operator's labels as its selector"),
            };
            let key = spread.get("topologyKey").and_then(Json::as_str).unwrap_or_default().to_owned();
            self.row("topologySpreadConstraints", key, fate, "spec.topologySpreadConstraints", why);
            spec.topology_spread_constraints.push(spread);
        }
    }

    /// All servers begin as replicas of the release's master.
    fn follow(&mut self, spec: &mut ClusterSpec) {
        let (host, port) = (self.full_name.clone(), i32::from(self.values.service.port));
        let auth_secret_name = spec.auth_secret.as_ref().map(|secret| secret.name.clone()).unwrap_or_default();
        let source =
            ReplicaSource { cluster_name: self.release.name.clone(), host: host.clone(), port, auth_secret_name };
        spec.replica_mode = Some(ReplicaMode { enabled: true, source: Some(source), promote: false });
        let (namespace, name) = (script(&self.release.namespace), script(&self.name));
        let why = "the cluster copies the release's data and follows it; stop all writers, wait until the offsets are equal, then promote";
        let commands = vec![format!(
            "kubectl -n {namespace} patch redisclusters.redis.io {name} --type merge -p '{{\"spec\":{{\"replicaMode\":{{\"promote\":true}}}}}}'"
        )];
        self.row("data", format!("{host}:{port}"), Fate::ByHand, "spec.replicaMode", why).commands = commands;
        if self.values.network_policy.enabled {
            let why = "it lets no pod of the RedisCluster reach the release: allow `redis.io/cluster: NAME` in networkPolicy.ingress first";
            self.row("networkPolicy.ingress", "", Fate::ByHand, "", why);
        }
    }

    fn backups(&mut self, cluster: &RedisCluster) -> (Option<RedisBackup>, Option<RedisScheduledBackup>) {
        let Some(destination) = self.wish.destination.clone() else {
            let why = "the operator writes backups to S3 or Azure only: name a destination, and RedisBackup and RedisScheduledBackup \
                       are made too";
            self.row("backups", "no destination", Fate::ByHand, "spec.destination", why);
            return (None, None);
        };
        let name = cluster.name();
        let spec = BackupSpec {
            cluster_name: name.to_owned(),
            target: "prefer-replica".to_owned(),
            method: "rdb".to_owned(),
            destination: Some(destination.clone()),
        };
        let schedule = self.wish.schedule.clone().unwrap_or_else(|| SCHEDULE.to_owned());
        let scheduled = ScheduledBackupSpec {
            schedule,
            time_zone: self.wish.time_zone.clone().unwrap_or_default(),
            cluster_name: spec.cluster_name.clone(),
            target: spec.target.clone(),
            method: spec.method.clone(),
            destination: Some(destination),
            ..ScheduledBackupSpec::default()
        };
        if self.wish.credentials.is_none() {
            let why = "without spec.backupCredentialsSecret the pods need another right to write there, such as that of their node";
            self.row("backups", "no credentials", Fate::ByHand, "spec.backupCredentialsSecret", why);
        }
        let backup = RedisBackup { metadata: self.metadata(&format!("{name}-first")), spec, status: None };
        let scheduled = RedisScheduledBackup { metadata: self.metadata(&format!("{name}-backup")), spec: scheduled };
        (Some(backup), Some(scheduled))
    }
}

fn amounts(own: Option<&BTreeMap<String, redis::Quantity>>) -> crate::operator::Amounts {
    let all = own.into_iter().flatten();
    all.filter_map(|(name, amount)| Some((name.clone(), amount.amount()?))).collect()
}

/// A part of the values that the operator takes as Kubernetes has it.
fn tree(part: &impl Serialize) -> Json {
    serde_json::to_value(part).unwrap_or_default()
}
