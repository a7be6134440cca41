//! The rules of this room by id, for lists and explanations.

/// A rule, explained.
#[derive(Debug, Clone, Copy)]
pub struct RuleInfo {
    /// Its stable name.
    pub id: &'static str,
    /// What it finds, in one line.
    pub summary: &'static str,
}

macro_rules! rules {
    ($($id:literal $summary:literal;)*) => {
        /// Every rule of which [`check`](crate::kube::check) makes a [`Problem`](crate::kube::Problem), by id. All of
        /// them are refusals: an API server would not take the object.
        pub const RULES: &[RuleInfo] = &[$(RuleInfo { id: $id, summary: $summary },)*];
    };
}

rules! {
    "broken-definition-rule" "an object that its CustomResourceDefinition says must not be";
    "conflicting-fields" "fields that exclude each other, or that do nothing beside another";
    "duplicate-env" "an environment variable that stands twice in a container";
    "duplicate-item" "an item of a list with the keys of one before it";
    "duplicate-mount-path" "two volumes mounted at one path";
    "duplicate-name" "two containers or volumes of one name";
    "duplicate-port" "a port with the number and protocol of one before it";
    "duplicate-port-name" "two ports of one name";
    "empty-peer" "a peer of a NetworkPolicy that says nothing";
    "empty-selector" "a workload that selects nothing";
    "env-two-sources" "an environment variable with more than one value or source";
    "env-without-source" "an environment variable whose source is empty";
    "fractional-device" "a part of something that only comes whole";
    "hook-two-handlers" "a lifecycle hook with more than one handler";
    "hook-without-handler" "a lifecycle hook that does nothing";
    "hpa-min-over-max" "an autoscaler whose least is above its most";
    "ingress-class-conflict" "an Ingress with two classes";
    "ingress-without-rules" "an Ingress that routes nothing";
    "invalid-address" "a text that is no IP address, or one that cannot be reached";
    "invalid-annotation" "a key that no annotation can have";
    "invalid-base64" "data that is not base64";
    "invalid-cidr" "a text that is no range of addresses";
    "invalid-data-key" "a key that no ConfigMap or Secret can have";
    "invalid-docker-config" "credentials of an image registry that are no JSON";
    "invalid-env-name" "a name that no environment variable can have";
    "invalid-finalizer" "a finalizer without a domain";
    "invalid-format" "a text that is not of the format its definition names";
    "invalid-host" "a text that is no name of a host";
    "invalid-image" "an image with spaces around its name";
    "invalid-label" "a key or value that no label can have";
    "invalid-name" "a name that Kubernetes does not allow";
    "invalid-node-selector" "an expression with too many or too few values";
    "invalid-path" "a path that climbs, or is relative where it may not be";
    "invalid-percentage" "a text that is no percentage, or more than the whole";
    "invalid-port" "a number that is no port";
    "invalid-port-name" "a name that no port can have";
    "invalid-port-range" "a range of ports that ends before it begins";
    "invalid-quantity" "a text that is no amount";
    "invalid-restart-policy" "a restart policy that this kind may not have";
    "invalid-schedule" "a schedule that cron does not read";
    "invalid-time" "a text that is no time";
    "invalid-toleration" "a toleration that contradicts itself";
    "invalid-url" "a URL that is none, or not over TLS";
    "job-selector" "a Job with a selector of its own";
    "limit-below-request" "a request above its limit";
    "missing-field" "a field that is required";
    "mount-without-volume" "a mount of a volume that the pod does not have";
    "negative-number" "a number below zero";
    "no-allowed-form" "an object that fits none of the forms its definition allows";
    "out-of-range" "a number, or a length, outside of what is allowed";
    "pattern-mismatch" "a text that is not like what its field asks for";
    "pdb-two-limits" "a PodDisruptionBudget with both limits";
    "port-without-name" "one of several ports that has no name";
    "probe-on-init-container" "a probe or hook on an init container that ends";
    "probe-success-threshold" "a liveness or startup probe that must succeed more than once";
    "probe-two-handlers" "a probe with more than one handler";
    "probe-without-handler" "a probe that asks nothing";
    "selector-mismatch" "a selector that does not select the workload's own pods";
    "service-type-conflict" "a field that this type of Service may not have";
    "strategy-conflict" "an update strategy that contradicts itself";
    "too-large-data" "a ConfigMap or Secret beyond 1 MiB";
    "too-long-annotations" "annotations beyond 256 KiB";
    "too-long-name" "a name with more characters than its kind allows";
    "unknown-field" "a field that the kind does not have";
    "unknown-resource" "a resource that Kubernetes does not know";
    "unknown-time-zone" "a time zone that does not exist";
    "unknown-value" "a word that is none of those allowed";
    "volume-two-sources" "a volume of more than one kind";
    "volume-without-source" "a PersistentVolume that is nowhere";
    "wrong-type" "a number for a text, a text for a number, a map for a list";
}
