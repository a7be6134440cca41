//! What the API server refuses beyond the fields of a kind.
//!
//! In: an object of a known kind. Out: [`Problem`]s, at the paths where the server tells them. Each file holds the
//! rules of one part of Kubernetes; every rule was tried on a server (tests/kube/).

mod admission;
mod autoscaling;
mod batch;
mod config;
mod container;
mod cron;
mod environment;
mod metadata;
mod network;
mod pod;
mod policy;
mod probe;
mod quota;
mod rbac;
mod resources;
mod scheduling;
mod security;
mod selector;
mod service;
mod storage;
mod table;
mod value;
mod volumes;
mod workload;

pub(crate) use self::cron::{check as check_schedule, is_duration};
pub use self::table::{RULES, RuleInfo};

use super::at::At;
use super::kinds::KindId;
use super::problem::{Minor, Problem};

/// Runs the rules of a kind.
pub(super) fn check(id: KindId<'_>, minor: Minor, object: &At<'_>, out: &mut Vec<Problem>) {
    metadata::check(id, minor, object, out);
    match (id.group(), id.kind) {
        ("", "ConfigMap") => config::config_map(object, out),
        ("", "Secret") => config::secret(object, out),
        ("", "Service") => service::check(object, minor, out),
        ("", "PersistentVolumeClaim") => storage::claim(object, out),
        ("", "PersistentVolume") => storage::volume(object, out),
        ("", "ResourceQuota") => quota::resource_quota(object, out),
        ("", "LimitRange") => quota::limit_range(object, out),
        ("", "Pod") => pod::of_object(object, minor, pod::Restart::Any, out),
        ("", "ReplicationController") => workload::replication_controller(object, minor, out),
        ("apps", "Deployment") => workload::deployment(object, minor, out),
        ("apps", "StatefulSet") => workload::stateful_set(object, minor, out),
        ("apps", "DaemonSet") => workload::daemon_set(object, minor, out),
        ("apps", "ReplicaSet") => workload::replica_set(object, minor, out),
        ("batch", "Job") => batch::job(object, minor, out),
        ("batch", "CronJob") => batch::cron_job(object, minor, out),
        ("networking.k8s.io", "Ingress") => network::ingress(object, minor, out),
        ("networking.k8s.io", "IngressClass") => network::ingress_class(object, out),
        ("networking.k8s.io", "NetworkPolicy") => policy::network_policy(object, minor, out),
        ("policy", "PodDisruptionBudget") => policy::disruption_budget(object, out),
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaling::check(id, object, out),
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => rbac::role(id, object, out),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => rbac::binding(id, object, out),
        ("storage.k8s.io", "StorageClass") => storage::class(object, out),
        ("scheduling.k8s.io", "PriorityClass") => scheduling::priority_class(object, out),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration") => {
            admission::webhooks(object, out);
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => admission::definition(object, out),
        _ => {}
    }
}
