//! The custom resources, typed.
//!
//! In: the fields of an object, defaults already filled in where the cluster has some. Out: [`RedisCluster`],
//! [`RedisBackup`] and [`RedisScheduledBackup`], which print as the operator's own code prints them.

use crate::kube::Quantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Amounts by the name of the resource.
pub type Amounts = BTreeMap<String, Quantity>;

/// Name and annotations of an object.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// Its name.
    pub name: String,
    /// Its namespace; empty where it names none.
    pub namespace: String,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
}

/// Servers of Redis that belong together.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RedisCluster {
    /// Name and annotations.
    pub metadata: Metadata,
    /// What is asked for.
    pub spec: ClusterSpec,
    /// What the operator found; `None` in manifests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<ClusterStatus>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ClusterSpec {
    /// How the servers work together.
    pub mode: Mode,
    /// Servers, the primary among them; 0 in cluster mode.
    #[schemars(range(min = 0))]
    #[serde(skip_serializing_if = "is_zero")]
    pub instances: i32,
    /// Shards, in cluster mode.
    #[schemars(range(min = 3))]
    #[serde(skip_serializing_if = "is_zero")]
    pub shards: i32,
    /// Replicas of each shard, in cluster mode.
    #[schemars(range(min = 0))]
    #[serde(skip_serializing_if = "is_zero")]
    pub replicas_per_shard: i32,
    /// Whether the primary restarts by itself.
    pub primary_update_strategy: UpdateStrategy,
    /// The image of Redis.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub image_name: String,
    /// Where data is kept.
    pub storage: Storage,
    /// Settings of Redis.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub redis: BTreeMap<String, String>,
    /// What each server may use.
    pub resources: Resources,
    /// How much of that is for data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Memory>,
    /// Checked by the webhook, and used nowhere.
    #[schemars(range(min = 0))]
    #[serde(skip_serializing_if = "is_zero")]
    pub min_sync_replicas: i32,
    /// Checked by the webhook, and used nowhere.
    #[schemars(range(min = 0))]
    #[serde(skip_serializing_if = "is_zero")]
    pub max_sync_replicas: i32,
    /// Whether there is a PodDisruptionBudget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_pod_disruption_budget: Option<bool>,
    /// The Secret with the password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_secret: Option<Named>,
    /// The Secret with users and what they may do.
    #[serde(rename = "aclConfigSecret", skip_serializing_if = "Option::is_none")]
    pub acl_config_secret: Option<Named>,
    /// The Secret with the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_secret: Option<Named>,
    /// The Secret with the authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_secret: Option<Named>,
    /// The Secret for the place where backups go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_credentials_secret: Option<Named>,
    /// When a primary that reaches nobody stops itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_isolation: Option<PrimaryIsolation>,
    /// Labels of nodes that pods go to.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub node_selector: BTreeMap<String, String>,
    /// Affinity of pods, as Kubernetes has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affinity: Option<serde_json::Value>,
    /// Taints that pods bear.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tolerations: Vec<serde_json::Value>,
    /// How pods spread.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub topology_spread_constraints: Vec<serde_json::Value>,
    /// The backup that the first primary starts from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bootstrap: Option<Bootstrap>,
    /// Work on nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_maintenance_window: Option<Maintenance>,
    /// A server elsewhere to follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replica_mode: Option<ReplicaMode>,
    /// The Secret in which the operator writes how to connect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_secret: Option<Named>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks with a reference
fn is_zero(number: &i32) -> bool {
    *number == 0
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// How servers work together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A primary and replicas; the operator chooses the primary.
    #[default]
    Standalone,
    /// The same; three sentinels choose.
    Sentinel,
    /// Redis Cluster.
    Cluster,
}

/// Whether the primary restarts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UpdateStrategy {
    /// It does.
    #[default]
    Unsupervised,
    /// Somebody approves it first.
    Supervised,
}

/// Where data is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Storage {
    /// On a claim, or in the pod.
    #[serde(rename = "type")]
    pub kind: StorageType,
    /// How much.
    pub size: Quantity,
    /// The class of the claims.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class_name: Option<String>,
}

impl Default for Storage {
    fn default() -> Self {
        let size = Quantity::parse("1Gi").expect("a constant amount");
        Storage { kind: StorageType::default(), size, storage_class_name: None }
    }
}

/// On a claim, or in the pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum StorageType {
    /// On a PersistentVolumeClaim.
    #[default]
    #[serde(rename = "pvc")]
    Claim,
    /// In an `emptyDir`, which goes with the pod.
    #[serde(rename = "emptyDir")]
    EmptyDir,
}

/// What each server may use.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Resources {
    /// At most.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: Amounts,
    /// At least; `None` where nothing is said, which is not the same as an empty map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<Amounts>,
    /// Devices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<serde_json::Value>,
}

/// How much memory is for data.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Memory {
    /// As an amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_memory: Option<Quantity>,
    /// As a share of the limit.
    #[schemars(range(min = 1, max = 100))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_memory_percent: Option<i32>,
    /// What happens when it is used up; empty where nothing is said.
    #[schemars(extend("enum" = [
        "noeviction", "allkeys-lru", "allkeys-lfu", "volatile-lru", "volatile-lfu", "allkeys-random", "volatile-random",
        "volatile-ttl"
    ]))]
    #[serde(skip_serializing_if = "String::is_empty")]
    pub max_memory_policy: String,
}

/// Another object in the same namespace.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Named {
    /// Its name.
    pub name: String,
}

/// When a primary that reaches nobody stops itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PrimaryIsolation {
    /// Whether it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// How long it waits for the API server, as Go writes times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_server_timeout: Option<String>,
    /// How long it waits for others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer_timeout: Option<String>,
}

/// The backup that the first primary starts from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Bootstrap {
    /// The name of a RedisBackup.
    pub backup_name: String,
}

/// Work on nodes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Maintenance {
    /// Whether it goes on: the operator replaces no pods then.
    pub in_progress: bool,
    /// Whether pods that come back use the volumes they had.
    #[serde(rename = "reusePVC", skip_serializing_if = "Option::is_none")]
    pub reuse_pvc: Option<bool>,
}

/// A server elsewhere to follow.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplicaMode {
    /// Whether it does.
    #[serde(skip_serializing_if = "is_false")]
    pub enabled: bool,
    /// Which server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<ReplicaSource>,
    /// Whether it shall stop doing so.
    #[serde(skip_serializing_if = "is_false")]
    pub promote: bool,
}

/// A server elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplicaSource {
    /// The name of its cluster.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cluster_name: String,
    /// Where it is.
    pub host: String,
    /// Its port.
    #[schemars(range(min = 1, max = 65535))]
    #[serde(skip_serializing_if = "is_zero")]
    pub port: i32,
    /// The Secret with its password.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub auth_secret_name: String,
}

/// What the operator found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ClusterStatus {
    /// How it is.
    pub phase: String,
    /// The pod that is written to; empty in cluster mode.
    pub current_primary: String,
    /// The pods of each shard, in cluster mode.
    pub shards: BTreeMap<String, ShardStatus>,
}

/// The pods of a shard.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ShardStatus {
    /// The one that is written to.
    pub primary_pod: String,
    /// The others.
    pub replica_pods: Vec<String>,
}

/// A backup, made once.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RedisBackup {
    /// Name and annotations.
    pub metadata: Metadata,
    /// What is asked for.
    pub spec: BackupSpec,
    /// How it went; `None` in manifests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<BackupStatus>,
}

/// Of what a backup is made, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct BackupSpec {
    /// The RedisCluster.
    pub cluster_name: String,
    /// `primary` or `prefer-replica`.
    #[schemars(extend("enum" = ["primary", "prefer-replica"]))]
    #[serde(skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// `rdb` or `aof`.
    #[schemars(extend("enum" = ["rdb", "aof"]))]
    #[serde(skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// Where it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<Destination>,
}

/// Where a backup goes: one of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Destination {
    /// To a bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3: Option<Bucket>,
    /// To a container of Azure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub azure: Option<Container>,
}

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Bucket {
    /// Its name.
    pub bucket: String,
    /// The path in it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The server that has it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub endpoint: String,
    /// Its region.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub region: String,
}

/// A container of Azure.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    /// Its name.
    pub container: String,
    /// The path in it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Its account.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub account_name: String,
    /// The server that has it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub endpoint: String,
}

/// How a backup went.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct BackupStatus {
    /// `Pending`, `Running`, `Completed` or `Failed`.
    pub phase: String,
    /// What it wrote.
    pub backup_path: String,
    /// What it wrote of each shard.
    pub shard_artifacts: BTreeMap<String, serde_json::Value>,
}

/// A backup, made again and again.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RedisScheduledBackup {
    /// Name and annotations.
    pub metadata: Metadata,
    /// What is asked for.
    pub spec: ScheduledBackupSpec,
}

/// When backups are made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ScheduledBackupSpec {
    /// As cron writes it.
    #[schemars(length(min = 1))]
    pub schedule: String,
    /// Where on earth.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub time_zone: String,
    /// The RedisCluster.
    pub cluster_name: String,
    /// `primary` or `prefer-replica`.
    #[schemars(extend("enum" = ["primary", "prefer-replica"]))]
    #[serde(skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// `rdb` or `aof`.
    #[schemars(extend("enum" = ["rdb", "aof"]))]
    #[serde(skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// Where it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<Destination>,
    /// Whether none is made for now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    /// Good ones that are kept.
    #[schemars(range(min = 0))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub successful_backups_history_limit: Option<i32>,
    /// Failed ones that are kept.
    #[schemars(range(min = 0))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_backups_history_limit: Option<i32>,
}

impl RedisCluster {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// The Secret with its password: its own, or the one that the operator makes up and writes into the object.
    pub fn auth_secret(&self) -> String {
        match &self.spec.auth_secret {
            Some(secret) => secret.name.clone(),
            None => format!("{}-auth", self.name()),
        }
    }

    /// Whether all its pods are stopped.
    pub fn is_hibernating(&self) -> bool {
        let value = self.metadata.annotations.get(super::HIBERNATION).map(|value| value.trim().to_lowercase());
        value.is_some_and(|value| value == "on" || value == "true")
    }

    /// Whether the restart of the primary is approved.
    pub fn is_approved(&self) -> bool {
        self.metadata.annotations.get(super::APPROVE).is_some_and(|value| value == "true")
    }
}

impl ClusterSpec {
    /// How many servers of data it asks for.
    pub fn servers(&self) -> u32 {
        let number = match self.mode {
            Mode::Cluster => self.shards.max(3).saturating_mul(self.replicas_per_shard.max(0).saturating_add(1)),
            Mode::Standalone | Mode::Sentinel => self.instances,
        };
        u32::try_from(number).unwrap_or_default()
    }

    /// Whether data goes with the pod.
    pub fn is_ephemeral(&self) -> bool {
        self.storage.kind == StorageType::EmptyDir
    }

    /// Whether TLS is on.
    pub fn has_tls(&self) -> bool {
        self.tls_secret.is_some() && self.ca_secret.is_some()
    }

    /// Whether the operator replaces no pods for now.
    pub fn is_in_maintenance(&self) -> bool {
        self.node_maintenance_window.as_ref().is_some_and(|window| window.in_progress)
    }

    /// Whether it follows a server elsewhere.
    pub fn follows(&self) -> bool {
        self.replica_mode.as_ref().is_some_and(|mode| mode.enabled)
    }

    /// The limit of memory in bytes; 0 where there is none.
    pub fn memory_limit(&self) -> i64 {
        self.resources.limits.get("memory").and_then(Quantity::ceil).unwrap_or_default()
    }

    /// `maxmemory` in bytes, as `spec.memory` has it.
    pub fn max_memory(&self) -> Option<i64> {
        let memory = self.memory.as_ref()?;
        if let Some(amount) = &memory.max_memory {
            return amount.ceil().filter(|bytes| *bytes > 0);
        }
        let percent = i128::from(memory.max_memory_percent?);
        let bytes = i128::from(self.memory_limit()) * percent / 100;
        i64::try_from(bytes).ok().filter(|bytes| *bytes > 0)
    }
}
