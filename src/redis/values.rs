//! Every value of the Redis chart, typed.
//!
//! In: layers of values, or Rust. Out: [`Values`], which [`render`](super::render) takes.
//!
//! What a value means is said once, in the comment over its key in chart/values.yaml: that is the file that the
//! maintainer and the user of the chart read and edit. The schemas and the table in chart/README.md are generated from
//! those comments and these types, so the fields here carry no second text: see [`docs`](super::docs).
#![allow(missing_docs)] // see above

use super::kubernetes::{containers, volumes, *};
use super::{Mode, Quantity, check, defaults, kinds, schema};
use crate::value::{Data, DeserializeError, Node, SerializeError, from_node, to_node};
use crate::{Diagnostic, Layer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The values of the Redis chart. `Values::default()` is chart/values.yaml.
///
/// ```
/// use chartwright::redis::{Mode, Values};
/// let mut values = Values::default();
/// values.mode = Mode::Replica.to_string();
/// values.replication.replicas = 1;
/// assert!(values.check().is_empty());
/// values.service.port = 0;
/// assert_eq!(values.check()[0].message, "service.port: found 0, allowed is a number from 1 to 65535");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Values {
    /// Free text rather than an enum, so that ` Replica ` works and every refusal has the chart's own words.
    #[serde(default)]
    pub mode: String,
    pub replica_count: i64,
    #[serde(default)]
    pub replication: Replication,
    #[serde(default)]
    pub redis: Redis,
    #[serde(default)]
    pub tls: Tls,
    #[serde(default)]
    pub acl: Acl,
    #[serde(default)]
    pub image: Image,
    #[serde(default)]
    pub image_pull_secrets: Vec<PullSecret>,
    #[serde(default)]
    #[schemars(schema_with = "kinds::or_empty::object_name")]
    pub name_override: String,
    #[serde(default)]
    #[schemars(schema_with = "kinds::or_empty::object_name")]
    pub fullname_override: String,
    #[serde(default)]
    #[schemars(schema_with = "kinds::or_empty::dns_subdomain")]
    pub cluster_domain: String,
    #[serde(default)]
    #[schemars(schema_with = "kinds::labels")]
    pub common_labels: Texts,
    #[serde(default)]
    #[schemars(schema_with = "kinds::annotations")]
    pub common_annotations: Texts,
    #[serde(default)]
    pub service_account: ServiceAccount,
    #[serde(default)]
    pub rbac: Rbac,
    #[serde(default)]
    pub service: Service,
    #[serde(default)]
    pub persistence: Persistence,
    #[serde(default)]
    pub backup: Backup,
    #[serde(default)]
    pub resources: Resources,
    #[serde(default)]
    pub pod_security_context: PodSecurity,
    #[serde(default)]
    pub security_context: Security,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub startup_probe: Option<Probe>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liveness_probe: Option<Probe>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readiness_probe: Option<Probe>,
    #[schemars(range(min = 0, max = 86_400))]
    pub termination_grace_period_seconds: i64,
    #[serde(default)]
    pub lifecycle: Lifecycle,
    #[serde(default)]
    pub update_strategy: UpdateStrategy,
    #[serde(default)]
    pub pod_management_policy: PodManagement,
    #[schemars(range(min = 0, max = 86_400))]
    pub min_ready_seconds: i32,
    #[schemars(range(min = 0, max = 1000))]
    pub revision_history_limit: i32,
    #[serde(default)]
    pub persistent_volume_claim_retention_policy: ClaimRetention,
    #[serde(default)]
    #[schemars(schema_with = "kinds::annotations")]
    pub pod_annotations: Texts,
    #[serde(default)]
    #[schemars(schema_with = "kinds::labels")]
    pub pod_labels: Texts,
    #[serde(default)]
    #[schemars(schema_with = "kinds::labels")]
    pub node_selector: Texts,
    #[serde(default)]
    pub tolerations: Vec<Toleration>,
    #[serde(default)]
    pub affinity: Affinity,
    #[serde(default)]
    pub topology_spread_constraints: Vec<Spread>,
    #[serde(default)]
    #[schemars(schema_with = "kinds::or_empty::dns_subdomain")]
    pub priority_class_name: String,
    #[serde(default)]
    pub dns_policy: DnsPolicy,
    #[serde(default)]
    pub dns_config: DnsConfig,
    #[serde(default)]
    pub extra_env: Vec<EnvVar>,
    #[serde(default)]
    pub extra_env_from: Vec<EnvFrom>,
    #[serde(default)]
    #[schemars(schema_with = "volumes")]
    pub extra_volumes: Vec<Object>,
    #[serde(default)]
    pub extra_volume_mounts: Vec<VolumeMount>,
    #[serde(default)]
    #[schemars(schema_with = "containers")]
    pub init_containers: Vec<Object>,
    #[serde(default)]
    #[schemars(schema_with = "containers")]
    pub extra_containers: Vec<Object>,
    #[serde(default)]
    pub metrics: Metrics,
    #[serde(default)]
    pub monitoring: Monitoring,
    #[serde(default)]
    pub network_policy: NetworkPolicy,
    #[serde(default)]
    pub pod_disruption_budget: DisruptionBudget,
    #[serde(default)]
    pub autoscaling: Autoscaling,
    #[serde(default)]
    pub test: Test,
    /// What a parent chart hands to every subchart. Not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub global: Option<Object>,
    /// For a parent chart whose dependency has `condition: redis.enabled`. Not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

macro_rules! sections {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {
        $($(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
        #[serde(default, deny_unknown_fields, rename_all = "camelCase")]
        pub struct $name { $($(#[$field_meta])* pub $field: $type,)* })*
    };
}

sections! {
    /// `replication`. (`default()` of a section is empty; the chart's defaults are those of [`Values`].)
    Replication {
        enabled: bool,
        // No bounds here, nor for replicaCount: their refusals have the chart's words.
        replicas: i64,
        #[schemars(range(min = 0, max = 999))]
        master_ordinal: i64,
        read_services: bool,
    }
    /// `redis`.
    Redis {
        #[schemars(schema_with = "kinds::any_text")]
        password: Password,
        #[schemars(schema_with = "kinds::or_empty::dns_subdomain")]
        existing_secret: String,
        #[schemars(schema_with = "kinds::or_empty::secret_key")]
        secret_key_name: String,
        require_password: bool,
        #[schemars(range(min = 1, max = 65535))]
        port: u16,
        config: String,
        #[schemars(schema_with = "kinds::settings")]
        settings: BTreeMap<String, serde_json::Value>,
        #[schemars(schema_with = "kinds::or_empty::dns_subdomain")]
        existing_config_map: String,
        #[schemars(schema_with = "kinds::scalar")]
        revision: serde_json::Value,
        args: Vec<String>,
    }
    /// `tls`.
    Tls {
        enabled: bool,
        #[schemars(schema_with = "kinds::or_empty::dns_subdomain")]
        existing_secret: String,
        #[schemars(schema_with = "kinds::secret_key")]
        cert_key: String,
        #[schemars(schema_with = "kinds::secret_key")]
        key_key: String,
        #[schemars(schema_with = "kinds::secret_key")]
        ca_key: String,
        auth_clients: AuthClients,
        #[schemars(range(min = 1, max = 65535))]
        port: u16,
        plain: bool,
        replication: bool,
    }
    /// `acl`.
    Acl {
        enabled: bool,
        #[schemars(schema_with = "kinds::or_empty::dns_subdomain")]
        existing_secret: String,
        #[schemars(schema_with = "kinds::secret_key")]
        key: String,
        #[schemars(schema_with = "kinds::or_empty::redis_user")]
        user: String,
        #[schemars(schema_with = "kinds::or_empty::redis_user")]
        replication_user: String,
        #[schemars(schema_with = "kinds::secret_key")]
        replication_key: String,
    }
    /// `image`.
    Image {
        #[schemars(schema_with = "kinds::image_repository")]
        repository: String,
        #[schemars(schema_with = "kinds::or_empty::image_tag")]
        tag: String,
        #[schemars(schema_with = "kinds::or_empty::image_digest")]
        digest: String,
        pull_policy: PullPolicy,
    }
    /// `serviceAccount`.
    ServiceAccount {
        create: bool,
        #[schemars(schema_with = "kinds::or_empty::dns_subdomain")]
        name: String,
        #[schemars(schema_with = "kinds::annotations")]
        annotations: Texts,
        automount: bool,
    }
    /// `rbac`.
    Rbac {
        create: bool,
        rules: Vec<PolicyRule>,
        #[schemars(schema_with = "kinds::annotations")]
        annotations: Texts,
    }
    /// `service`.
    Service {
        r#type: ServiceType,
        #[schemars(range(min = 1, max = 65535))]
        port: u16,
        #[schemars(range(min = 0, max = 65535))]
        node_port: u16,
        #[serde(rename = "loadBalancerIP")]
        #[schemars(schema_with = "kinds::or_empty::ip_address")]
        load_balancer_ip: String,
        #[schemars(schema_with = "kinds::or_empty::label_key")]
        load_balancer_class: String,
        #[schemars(schema_with = "kinds::cidrs")]
        load_balancer_source_ranges: Vec<String>,
        external_traffic_policy: TrafficPolicy,
        #[schemars(schema_with = "kinds::annotations")]
        annotations: Texts,
    }
    /// `persistence`.
    Persistence {
        enabled: bool,
        #[schemars(schema_with = "kinds::storage_size")]
        size: Quantity,
        access_mode: AccessMode,
        #[schemars(schema_with = "kinds::or_empty::storage_class")]
        storage_class: String,
        #[schemars(schema_with = "kinds::or_empty::dns_subdomain")]
        existing_claim: String,
    }
    /// `backup`.
    Backup {
        enabled: bool,
        #[schemars(schema_with = "kinds::cron")]
        schedule: String,
        #[schemars(schema_with = "kinds::or_empty::time_zone")]
        time_zone: String,
        suspend: bool,
        #[schemars(range(min = 1, max = 1000))]
        keep: i32,
        #[schemars(range(min = 1, max = 86_400))]
        timeout_seconds: i32,
        image: TestImage,
        persistence: BackupPersistence,
        #[schemars(range(min = 0, max = 31_536_000))]
        alert_seconds: i32,
        resources: Resources,
        security_context: Security,
    }
    /// `backup.persistence`.
    BackupPersistence {
        #[schemars(schema_with = "kinds::storage_size")]
        size: Quantity,
        access_mode: WritableMode,
        #[schemars(schema_with = "kinds::or_empty::storage_class")]
        storage_class: String,
        #[schemars(schema_with = "kinds::or_empty::dns_subdomain")]
        existing_claim: String,
    }
    /// `metrics`.
    Metrics {
        enabled: bool,
        image: Image,
        #[schemars(range(min = 1, max = 65535))]
        port: u16,
        extra_args: Vec<String>,
        resources: Resources,
        security_context: Security,
        service: MetricsService,
    }
    /// `metrics.service`.
    MetricsService {
        #[schemars(schema_with = "kinds::annotations")]
        annotations: Texts,
    }
    /// `monitoring`.
    Monitoring {
        enabled: bool,
        service_monitor: ServiceMonitor,
        prometheus_rule: PrometheusRule,
    }
    /// `monitoring.serviceMonitor`.
    ServiceMonitor {
        enabled: bool,
        #[schemars(schema_with = "kinds::or_empty::dns_label")]
        namespace: String,
        #[schemars(schema_with = "kinds::labels")]
        labels: Texts,
        #[schemars(schema_with = "kinds::duration")]
        interval: String,
        #[schemars(schema_with = "kinds::or_empty::duration")]
        scrape_timeout: String,
        #[schemars(schema_with = "kinds::url_path")]
        path: String,
        relabelings: Vec<Object>,
        metric_relabelings: Vec<Object>,
    }
    /// `monitoring.prometheusRule`.
    PrometheusRule {
        enabled: bool,
        #[schemars(schema_with = "kinds::or_empty::dns_label")]
        namespace: String,
        #[schemars(schema_with = "kinds::labels")]
        labels: Texts,
        #[schemars(range(min = 1, max = 100))]
        memory_percent: i32,
        #[schemars(range(min = 1, max = 86_400))]
        replica_lag_seconds: i32,
        #[schemars(range(min = 0, max = 31_536_000))]
        snapshot_seconds: i32,
        extra_rules: Vec<Object>,
    }
    /// `networkPolicy`.
    NetworkPolicy {
        enabled: bool,
        ingress: Vec<IngressRule>,
        metrics_from: Vec<Peer>,
        restrict_egress: bool,
        egress: Vec<EgressRule>,
    }
    /// `podDisruptionBudget`.
    DisruptionBudget {
        enabled: bool,
        #[schemars(schema_with = "kinds::pods_or_empty")]
        min_available: serde_json::Value,
        #[schemars(schema_with = "kinds::pods_or_empty")]
        max_unavailable: serde_json::Value,
    }
    /// `autoscaling`.
    Autoscaling {
        enabled: bool,
        #[schemars(range(min = 1, max = 1000))]
        min_replicas: i32,
        #[schemars(range(min = 1, max = 1000))]
        max_replicas: i32,
        #[serde(rename = "targetCPUUtilizationPercentage")]
        #[schemars(range(min = 0, max = 1000))]
        target_cpu_utilization_percentage: i32,
        #[schemars(range(min = 0, max = 1000))]
        target_memory_utilization_percentage: i32,
    }
    /// `test`.
    Test {
        enabled: bool,
        image: TestImage,
        resources: Resources,
        security_context: Security,
    }
    /// `test.image` and `backup.image`.
    TestImage {
        #[schemars(schema_with = "kinds::or_empty::image_repository")]
        repository: String,
        #[schemars(schema_with = "kinds::or_empty::image_tag")]
        tag: String,
        #[schemars(schema_with = "kinds::or_empty::image_digest")]
        digest: String,
    }
}

/// How pods of a StatefulSet are started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum PodManagement {
    #[default]
    #[serde(rename = "")]
    Unset,
    Parallel,
    OrderedReady,
}

/// Whether clients show a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AuthClients {
    #[default]
    Required,
    Optional,
    None,
}

/// How a volume may be mounted that is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum WritableMode {
    #[default]
    ReadWriteOnce,
    ReadWriteOncePod,
    ReadWriteMany,
}

/// Whether a Service keeps the clients' addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum TrafficPolicy {
    #[default]
    #[serde(rename = "")]
    Unset,
    Cluster,
    Local,
}

/// Where pods ask for names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum DnsPolicy {
    #[default]
    #[serde(rename = "")]
    Unset,
    ClusterFirst,
    ClusterFirstWithHostNet,
    Default,
    None,
}

/// A password, which `{:?}` does not show.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "Password(none)" } else { "Password(…)" })
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Password(text.to_owned())
    }
}

impl Default for Values {
    fn default() -> Self {
        from_node(defaults()).expect("a test reads the embedded values.yaml as these types")
    }
}

impl Values {
    /// The chart's defaults with these layers over them, checked.
    ///
    /// # Errors
    /// Everything that is wrong with the layers, in order of place.
    ///
    /// ```
    /// use chartwright::{Layer, redis};
    /// let mut mine = redis::Values::default();
    /// mine.redis.existing_secret = "redis-auth".into();
    /// let file = Layer::File { name: "prod.yaml".into(), bytes: b"service:\n  portt: 6380\n".to_vec() };
    /// let wrong = redis::Values::from_layers(&[mine.to_layer()?, file]).unwrap_err();
    /// assert_eq!(wrong[0].message, "unknown value `service.portt`");
    /// assert_eq!(wrong[0].place.as_ref().unwrap().to_string(), "prod.yaml:2:3");
    /// assert_eq!(wrong[0].help.as_deref(), Some("did you mean `service.port`?"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_layers(layers: &[Layer]) -> Result<Values, Vec<Diagnostic>> {
        let checked = check::layers(layers);
        let errors: Vec<Diagnostic> = checked.errors().cloned().collect();
        match checked.values {
            Some(values) if errors.is_empty() => Ok(values),
            _ => Err(errors),
        }
    }

    /// The chart's defaults with one file over them, checked.
    ///
    /// # Errors
    /// As [`from_layers`](Values::from_layers).
    pub fn from_yaml(name: &str, text: &str) -> Result<Values, Vec<Diagnostic>> {
        Values::from_layers(&[Layer::File { name: name.to_owned(), bytes: text.as_bytes().to_vec() }])
    }

    /// Whatever is wrong with values that a program made: errors and warnings.
    pub fn check(&self) -> Vec<Diagnostic> {
        match self.to_layer() {
            Ok(layer) => check::layers(&[layer]).diagnostics,
            Err(error) => vec![Diagnostic::error("bad-value", error.to_string())],
        }
    }

    /// These values as a layer over the chart's own: a default that is not among them is deleted by a null.
    ///
    /// # Errors
    /// A number that is not finite in one of the free parts.
    pub fn to_layer(&self) -> Result<Layer, SerializeError> {
        let mut node = to_node(self)?;
        delete_missing(&mut node, defaults());
        Ok(Layer::Data(node))
    }

    /// How Redis runs with these values.
    ///
    /// # Errors
    /// A mode that the chart does not have, or that `replication.enabled` contradicts.
    pub fn mode(&self) -> Result<Mode, super::ModeError> {
        super::mode::decide(&self.mode, true, self.replication.enabled).map(|decision| decision.mode)
    }

    /// The typed form of a tree of user-supplied values; nulls in it delete.
    pub(super) fn from_user(user: &Node) -> Result<Values, DeserializeError> {
        let mut tree = defaults().clone();
        tree.merge(user.clone());
        drop_nulls(&mut tree);
        fill(&mut tree, defaults(), "");
        from_node(&tree)
    }

    /// The JSON schema of what templates see, with the descriptions of chart/values.yaml: chart/values.schema.json.
    pub fn json_schema() -> &'static serde_json::Value {
        schema::shipped()
    }

    /// The JSON schema of a values file, where a null may delete a default: schemas/redis-values.schema.json.
    pub fn file_schema() -> &'static serde_json::Value {
        schema::for_editors()
    }
}

fn drop_nulls(node: &mut Node) {
    if let Data::Map(map) = &mut node.data {
        let map = Arc::make_mut(map);
        map.retain(|_, value| !value.is_null());
        map.values_mut().for_each(drop_nulls);
    }
}

/// What stays away when a null took it; everything else gets its default again. The chart's templates do the same.
const REMOVABLE: &[&str] = &[
    "resources",
    "podSecurityContext",
    "securityContext",
    "startupProbe",
    "livenessProbe",
    "readinessProbe",
    "updateStrategy",
    "backup.resources",
    "backup.securityContext",
    "metrics.resources",
    "metrics.securityContext",
    "test.resources",
    "test.securityContext",
];

/// Puts the default wherever a value is missing.
fn fill(node: &mut Node, defaults: &Node, path: &str) {
    let (Data::Map(map), Data::Map(defaults)) = (&mut node.data, &defaults.data) else { return };
    let map = Arc::make_mut(map);
    for (key, default) in defaults.iter() {
        let name = key.to_text();
        let path = if path.is_empty() { name.into_owned() } else { format!("{path}.{name}") };
        if REMOVABLE.contains(&path.as_str()) {
            continue;
        }
        match map.get_mut(&**key) {
            Some(value) => fill(value, default, &path),
            None => {
                map.insert(key.clone(), default.clone());
            }
        }
    }
}

/// Puts a null wherever the defaults have a key and this tree has none.
fn delete_missing(node: &mut Node, defaults: &Node) {
    let (Data::Map(map), Data::Map(defaults)) = (&mut node.data, &defaults.data) else { return };
    let map = Arc::make_mut(map);
    for (key, default) in defaults.iter() {
        match map.get_mut(&**key) {
            Some(value) => delete_missing(value, default),
            None => {
                map.insert(key.clone(), Node::default());
            }
        }
    }
}
