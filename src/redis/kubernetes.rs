//! The parts of Kubernetes objects that values hold: probes, resources, security contexts, tolerations, …
//!
//! In: a values file. Out: structs with Kubernetes' own names. Fields and variants mean what Kubernetes' API reference
//! says of them, so they carry no second description here. What the chart passes on unread, and Kubernetes changes
//! often (affinities, volumes, whole containers), stays free except for what every one of them must have.
#![allow(missing_docs)] // see above

use super::{Quantity, kinds};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Text by key: labels, annotations, selectors.
pub type Texts = BTreeMap<String, String>;

/// A part of an object that is passed on as it is.
pub type Object = serde_json::Map<String, serde_json::Value>;

macro_rules! structs {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {
        $($(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
        #[serde(default, deny_unknown_fields, rename_all = "camelCase")]
        pub struct $name {
            $(#[serde(skip_serializing_if = "Option::is_none")] $(#[$field_meta])* pub $field: Option<$type>,)*
        })*
    };
}

macro_rules! words {
    ($($(#[$meta:meta])* $name:ident { $($variant:ident),* $(,)? })*) => {
        $($(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
        pub enum $name {
            #[default]
            $($variant,)*
        })*
    };
}

words! {
    /// When an image is pulled.
    PullPolicy { IfNotPresent, Always, Never }
    /// What kind of Service it is.
    ServiceType { ClusterIP, NodePort, LoadBalancer }
    /// How a volume may be mounted.
    AccessMode { ReadWriteOnce, ReadWriteOncePod, ReadWriteMany, ReadOnlyMany }
    /// How a new version of the pods is rolled out.
    UpdateType { RollingUpdate, OnDelete }
    /// What becomes of claims.
    Retention { Retain, Delete }
    /// How a probe speaks.
    Scheme { HTTP, HTTPS }
    /// What a taint does.
    TaintEffect { NoSchedule, PreferNoSchedule, NoExecute }
    /// How a toleration compares.
    TolerationOperator { Equal, Exists }
    /// What happens when a spread cannot be had.
    WhenUnsatisfiable { DoNotSchedule, ScheduleAnyway }
    /// Whether nodes count for a spread.
    NodeInclusion { Honor, Ignore }
    /// Which seccomp or AppArmor profile.
    ProfileType { RuntimeDefault, Unconfined, Localhost }
    /// When the owner of a volume's files is changed.
    GroupChange { OnRootMismatch, Always }
    /// A protocol of a port.
    Protocol { TCP, UDP, SCTP }
    /// How mounts spread.
    MountPropagation { None, HostToContainer, Bidirectional }
}

structs! {
    /// What a container asks for and may use.
    Resources {
        #[schemars(schema_with = "kinds::amounts")]
        requests: BTreeMap<String, Quantity>,
        #[schemars(schema_with = "kinds::amounts")]
        limits: BTreeMap<String, Quantity>,
        claims: Vec<Object>,
    }
    /// A probe: at most one handler, and its numbers.
    Probe {
        exec: Exec,
        http_get: HttpGet,
        tcp_socket: TcpSocket,
        grpc: Grpc,
        #[schemars(range(min = 0))]
        initial_delay_seconds: i32,
        #[schemars(range(min = 1))]
        period_seconds: i32,
        #[schemars(range(min = 1))]
        timeout_seconds: i32,
        #[schemars(range(min = 1))]
        success_threshold: i32,
        #[schemars(range(min = 1))]
        failure_threshold: i32,
        #[schemars(range(min = 1))]
        termination_grace_period_seconds: i64,
    }
    /// A command in the container.
    Exec {
        command: Vec<String>,
    }
    /// An HTTP request.
    HttpGet {
        path: String,
        #[schemars(schema_with = "kinds::port_or_name")]
        port: serde_json::Value,
        host: String,
        scheme: Scheme,
        http_headers: Vec<Header>,
    }
    /// A header of an HTTP request.
    Header {
        name: String,
        value: String,
    }
    /// A connection.
    TcpSocket {
        #[schemars(schema_with = "kinds::port_or_name")]
        port: serde_json::Value,
        host: String,
    }
    /// A gRPC health check.
    Grpc {
        #[schemars(range(min = 1, max = 65535))]
        port: i32,
        service: String,
    }
    /// Hooks of a container.
    Lifecycle {
        post_start: Hook,
        pre_stop: Hook,
        stop_signal: String,
    }
    /// What a hook does.
    Hook {
        exec: Exec,
        http_get: HttpGet,
        tcp_socket: TcpSocket,
        sleep: Sleep,
    }
    /// A pause.
    Sleep {
        #[schemars(range(min = 0))]
        seconds: i64,
    }
    /// A seccomp or AppArmor profile.
    Profile {
        r#type: ProfileType,
        localhost_profile: String,
    }
    /// Labels of SELinux.
    SeLinux {
        level: String,
        role: String,
        r#type: String,
        user: String,
    }
    /// Security settings of a pod.
    PodSecurity {
        #[schemars(range(min = 0))]
        fs_group: i64,
        fs_group_change_policy: GroupChange,
        #[schemars(range(min = 0))]
        run_as_group: i64,
        run_as_non_root: bool,
        #[schemars(range(min = 0))]
        run_as_user: i64,
        se_linux_options: SeLinux,
        se_linux_change_policy: String,
        seccomp_profile: Profile,
        app_armor_profile: Profile,
        supplemental_groups: Vec<i64>,
        supplemental_groups_policy: String,
        sysctls: Vec<Sysctl>,
    }
    /// A kernel parameter.
    Sysctl {
        name: String,
        value: String,
    }
    /// Security settings of a container.
    Security {
        allow_privilege_escalation: bool,
        app_armor_profile: Profile,
        capabilities: Capabilities,
        privileged: bool,
        proc_mount: String,
        read_only_root_filesystem: bool,
        #[schemars(range(min = 0))]
        run_as_group: i64,
        run_as_non_root: bool,
        #[schemars(range(min = 0))]
        run_as_user: i64,
        se_linux_options: SeLinux,
        seccomp_profile: Profile,
    }
    /// Capabilities of a container.
    Capabilities {
        add: Vec<String>,
        drop: Vec<String>,
    }
    /// A taint that is tolerated.
    Toleration {
        key: String,
        operator: TolerationOperator,
        value: String,
        effect: TaintEffect,
        toleration_seconds: i64,
    }
    /// How pods spread.
    Spread {
        #[schemars(range(min = 1))]
        max_skew: i32,
        #[schemars(schema_with = "kinds::label_key")]
        topology_key: String,
        when_unsatisfiable: WhenUnsatisfiable,
        label_selector: Object,
        match_label_keys: Vec<String>,
        #[schemars(range(min = 1))]
        min_domains: i32,
        node_affinity_policy: NodeInclusion,
        node_taints_policy: NodeInclusion,
    }
    /// Where pods run, as in Kubernetes.
    Affinity {
        node_affinity: Object,
        pod_affinity: Object,
        pod_anti_affinity: Object,
    }
    /// How names are resolved.
    DnsConfig {
        #[schemars(schema_with = "kinds::addresses")]
        nameservers: Vec<String>,
        searches: Vec<String>,
        options: Vec<DnsOption>,
    }
    /// An option of the resolver.
    DnsOption {
        name: String,
        value: String,
    }
    /// Where a whole Secret or ConfigMap becomes environment variables.
    EnvFrom {
        prefix: String,
        config_map_ref: Reference,
        secret_ref: Reference,
    }
    /// Another object by name.
    Reference {
        #[schemars(schema_with = "kinds::dns_subdomain")]
        name: String,
        optional: bool,
    }
    /// How the pods are replaced.
    UpdateStrategy {
        r#type: UpdateType,
        rolling_update: RollingUpdate,
    }
    /// Numbers of a rolling update.
    RollingUpdate {
        #[schemars(range(min = 0))]
        partition: i32,
        #[schemars(schema_with = "kinds::pods_or_empty")]
        max_unavailable: serde_json::Value,
    }
    /// What becomes of claims.
    ClaimRetention {
        when_deleted: Retention,
        when_scaled: Retention,
    }
    /// A rule of a Role.
    PolicyRule {
        api_groups: Vec<String>,
        resources: Vec<String>,
        resource_names: Vec<String>,
        verbs: Vec<String>,
    }
    /// Who may come in.
    IngressRule {
        from: Vec<Peer>,
        ports: Vec<PolicyPort>,
    }
    /// What may be reached.
    EgressRule {
        to: Vec<Peer>,
        ports: Vec<PolicyPort>,
    }
    /// One side of a NetworkPolicy.
    Peer {
        pod_selector: Object,
        namespace_selector: Object,
        ip_block: IpBlock,
    }
    /// A range of addresses.
    IpBlock {
        #[schemars(schema_with = "kinds::cidr")]
        cidr: String,
        #[schemars(schema_with = "kinds::cidrs")]
        except: Vec<String>,
    }
    /// A port of a NetworkPolicy.
    PolicyPort {
        #[schemars(schema_with = "kinds::port_or_name")]
        port: serde_json::Value,
        protocol: Protocol,
        #[schemars(range(min = 1, max = 65535))]
        end_port: i32,
    }
}

/// An environment variable. Kubernetes takes no number or boolean for `value`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("not" = serde_json::json!({"required": ["value", "valueFrom"]})))]
pub struct EnvVar {
    #[schemars(schema_with = "kinds::env_name")]
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_from: Option<Object>,
}

/// Where a volume is mounted.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct VolumeMount {
    #[schemars(schema_with = "kinds::dns_label")]
    pub name: String,
    #[schemars(schema_with = "kinds::mount_path")]
    pub mount_path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_path_expr: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recursive_read_only: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mount_propagation: Option<MountPropagation>,
}

/// A Secret to pull images with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PullSecret {
    #[schemars(schema_with = "kinds::dns_subdomain")]
    pub name: String,
}

/// Volumes, of whatever kind.
pub(super) fn volumes(generator: &mut SchemaGenerator) -> Schema {
    let name = kinds::dns_label(generator);
    json_schema!({"type": "array", "items": {"type": "object", "properties": {"name": name}, "required": ["name"]}})
}

/// Whole containers: named, with an image, and an environment of strings.
pub(super) fn containers(generator: &mut SchemaGenerator) -> Schema {
    let name = kinds::dns_label(generator);
    let env = generator.subschema_for::<Vec<EnvVar>>();
    let properties = json_schema!({"name": name, "image": {"type": "string", "minLength": 1}, "env": env});
    json_schema!({
        "type": "array",
        "items": {"type": "object", "properties": properties, "required": ["name", "image"]}
    })
}
