//! What the API server fills in where a manifest says nothing.
//!
//! In: a type, and the fields that an object of it has. Out: the fields with defaults, so that a default that is written
//! out is no change. Recorded from real servers: scripts/plan-on-apiserver holds [`normalised`](super::normalised)
//! against what they store.

use super::problem::Minor;
use crate::value::{Data, Node, Str};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The fields of an object, or of a part of it.
pub(super) type Fields = BTreeMap<Str, Node>;

/// Fields that are filled in whatever else is there, each with JSON.
const ALWAYS: &[(&str, &[(&str, &str)])] = &[
    ("admissionregistration.v1.MutatingWebhook", &[("reinvocationPolicy", "\"Never\"")]),
    ("admissionregistration.v1.RuleWithOperations", &[("scope", "\"*\"")]),
    ("admissionregistration.v1.NamedRuleWithOperations", &[("scope", "\"*\"")]),
    ("admissionregistration.v1.ServiceReference", &[("port", "443")]),
    ("admissionregistration.v1.ValidatingAdmissionPolicySpec", &[("failurePolicy", "\"Fail\"")]),
    (
        "admissionregistration.v1.MatchResources",
        &[("matchPolicy", "\"Equivalent\""), ("namespaceSelector", "{}"), ("objectSelector", "{}")],
    ),
    ("apiregistration.v1.ServiceReference", &[("port", "443")]),
    ("apiextensions.v1.CustomResourceConversion", &[("strategy", "\"None\"")]),
    ("apiextensions.v1.CustomResourceDefinitionSpec", &[("conversion", "{\"strategy\":\"None\"}")]),
    ("apiextensions.v1.ServiceReference", &[("port", "443")]),
    ("apps.v1.DaemonSetSpec", &[("revisionHistoryLimit", "10"), ("updateStrategy", "{}")]),
    (
        "apps.v1.DeploymentSpec",
        &[("progressDeadlineSeconds", "600"), ("replicas", "1"), ("revisionHistoryLimit", "10"), ("strategy", "{}")],
    ),
    ("apps.v1.ReplicaSetSpec", &[("replicas", "1")]),
    ("core.v1.ReplicationControllerSpec", &[("replicas", "1")]),
    ("apps.v1.RollingUpdateDaemonSet", &[("maxSurge", "0"), ("maxUnavailable", "1")]),
    ("apps.v1.RollingUpdateDeployment", &[("maxSurge", "\"25%\""), ("maxUnavailable", "\"25%\"")]),
    ("apps.v1.RollingUpdateStatefulSetStrategy", &[("partition", "0")]),
    (
        "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy",
        &[("whenDeleted", "\"Retain\""), ("whenScaled", "\"Retain\"")],
    ),
    (
        "apps.v1.StatefulSetSpec",
        &[
            ("persistentVolumeClaimRetentionPolicy", "{\"whenDeleted\":\"Retain\",\"whenScaled\":\"Retain\"}"),
            ("podManagementPolicy", "\"OrderedReady\""),
            ("replicas", "1"),
            ("revisionHistoryLimit", "10"),
            ("updateStrategy", "{}"),
        ],
    ),
    ("autoscaling.v2.HorizontalPodAutoscalerSpec", &[("minReplicas", "1")]),
    ("autoscaling.v1.HorizontalPodAutoscalerSpec", &[("minReplicas", "1"), ("targetCPUUtilizationPercentage", "80")]),
    (
        "batch.v1.CronJobSpec",
        &[
            ("concurrencyPolicy", "\"Allow\""),
            ("failedJobsHistoryLimit", "1"),
            ("successfulJobsHistoryLimit", "3"),
            ("suspend", "false"),
        ],
    ),
    ("core.v1.ConfigMapVolumeSource", &[("defaultMode", "420")]),
    ("core.v1.DownwardAPIVolumeSource", &[("defaultMode", "420")]),
    ("core.v1.ProjectedVolumeSource", &[("defaultMode", "420")]),
    ("core.v1.SecretVolumeSource", &[("defaultMode", "420")]),
    ("core.v1.GRPCAction", &[("service", "\"\"")]),
    ("core.v1.HTTPGetAction", &[("path", "\"/\""), ("scheme", "\"HTTP\"")]),
    ("core.v1.HostPathVolumeSource", &[("type", "\"\"")]),
    ("core.v1.AzureDiskVolumeSource", &[("readOnly", "false")]),
    ("core.v1.ObjectFieldSelector", &[("apiVersion", "\"v1\"")]),
    ("core.v1.ResourceFieldSelector", &[("divisor", "\"0\"")]),
    ("core.v1.PersistentVolumeClaimSpec", &[("volumeMode", "\"Filesystem\"")]),
    (
        "core.v1.PersistentVolumeSpec",
        &[("persistentVolumeReclaimPolicy", "\"Retain\""), ("volumeMode", "\"Filesystem\"")],
    ),
    (
        "core.v1.PodSpec",
        &[
            ("dnsPolicy", "\"ClusterFirst\""),
            ("restartPolicy", "\"Always\""),
            ("schedulerName", "\"default-scheduler\""),
            ("securityContext", "{}"),
            ("terminationGracePeriodSeconds", "30"),
        ],
    ),
    (
        "core.v1.Probe",
        &[("failureThreshold", "3"), ("periodSeconds", "10"), ("successThreshold", "1"), ("timeoutSeconds", "1")],
    ),
    ("core.v1.Secret", &[("type", "\"Opaque\"")]),
    ("core.v1.ServiceAccountTokenProjection", &[("expirationSeconds", "3600")]),
    ("core.v1.ServiceSpec", &[("sessionAffinity", "\"None\""), ("type", "\"ClusterIP\"")]),
    ("core.v1.EndpointPort", &[("protocol", "\"TCP\"")]),
    ("discovery.v1.EndpointPort", &[("name", "\"\""), ("protocol", "\"TCP\"")]),
    ("networking.v1.IngressClassParametersReference", &[("scope", "\"Cluster\"")]),
    ("networking.v1.NetworkPolicyPort", &[("protocol", "\"TCP\"")]),
    ("rbac.v1.RoleRef", &[("apiGroup", "\"rbac.authorization.k8s.io\"")]),
    ("scheduling.v1.PriorityClass", &[("preemptionPolicy", "\"PreemptLowerPriority\"")]),
    (
        "storage.v1.CSIDriverSpec",
        &[
            ("attachRequired", "true"),
            ("fsGroupPolicy", "\"ReadWriteOnceWithFSType\""),
            ("podInfoOnMount", "false"),
            ("requiresRepublish", "false"),
            ("seLinuxMount", "false"),
            ("storageCapacity", "false"),
            ("volumeLifecycleModes", "[\"Persistent\"]"),
        ],
    ),
    ("storage.v1.StorageClass", &[("reclaimPolicy", "\"Delete\""), ("volumeBindingMode", "\"Immediate\"")]),
];

/// Webhooks of both kinds.
const WEBHOOK: &[(&str, &str)] = &[
    ("failurePolicy", "\"Fail\""),
    ("matchPolicy", "\"Equivalent\""),
    ("namespaceSelector", "{}"),
    ("objectSelector", "{}"),
    ("timeoutSeconds", "10"),
];

/// Containers of all three kinds.
const CONTAINER: &[(&str, &str)] =
    &[("terminationMessagePath", "\"/dev/termination-log\""), ("terminationMessagePolicy", "\"File\"")];

/// What is filled in by type.
fn always(name: &str) -> &'static [(Str, Node)] {
    type Rows = FxHashMap<&'static str, Vec<(Str, Node)>>;
    static READ: OnceLock<Rows> = OnceLock::new();
    let read = READ.get_or_init(|| {
        let shared = [
            ("admissionregistration.v1.MutatingWebhook", WEBHOOK),
            ("admissionregistration.v1.ValidatingWebhook", WEBHOOK),
            ("core.v1.Container", CONTAINER),
            ("core.v1.EphemeralContainer", CONTAINER),
        ];
        let mut rows = Rows::default();
        for (name, fields) in ALWAYS.iter().copied().chain(shared) {
            let nodes = fields.iter().map(|(field, json)| (Str::from(*field), literal(json)));
            rows.entry(name).or_default().extend(nodes);
        }
        rows
    });
    read.get(name).map(Vec::as_slice).unwrap_or_default()
}

/// A node of JSON; nothing for what is none.
fn literal(json: &str) -> Node {
    crate::yaml::decode(json.as_bytes()).unwrap_or_default()
}

fn text(fields: &Fields, field: &str) -> Option<String> {
    fields.get(field.as_bytes()).and_then(Node::as_text).map(|text| text.into_owned())
}

fn has(fields: &Fields, field: &str) -> bool {
    fields.contains_key(field.as_bytes())
}

/// Sets a field that is not there.
fn or(fields: &mut Fields, field: &str, json: &str) {
    if !has(fields, field) {
        fields.insert(field.into(), literal(json));
    }
}

/// Sets a field that is not there to what another says.
fn or_node(fields: &mut Fields, field: &str, node: Node) {
    fields.entry(field.into()).or_insert(node);
}

/// Entries that are not there yet.
fn or_each(fields: &mut Fields, more: Fields) {
    for (name, node) in more {
        fields.entry(name).or_insert(node);
    }
}

fn or_text(fields: &mut Fields, field: &str, text: &str) {
    if !has(fields, field) {
        fields.insert(field.into(), Node::new(Data::Str(text.into())));
    }
}

/// A map in a field, to change; where the field is no map, nothing happens.
fn inside(fields: &mut Fields, field: &str, change: impl FnOnce(&mut Fields)) {
    if let Some(map) = fields.get_mut(field.as_bytes()).and_then(Node::as_map_mut) {
        change(map);
    }
}

/// Every map of a list in a field.
fn each(fields: &mut Fields, field: &str, change: impl Fn(&mut Fields)) {
    if let Some(Data::List(items)) = fields.get_mut(field.as_bytes()).map(|node| &mut node.data) {
        std::sync::Arc::make_mut(items).iter_mut().filter_map(Node::as_map_mut).for_each(change);
    }
}

/// Fills in what a part of this type lacks. `kind` is that of the whole object. The parts below are filled in already.
pub(super) fn fill(minor: Minor, kind: &str, name: &str, fields: &mut Fields) {
    for (field, node) in always(name) {
        if !fields.contains_key(field) {
            fields.insert(field.clone(), node.clone());
        }
    }
    match name {
        "core.v1.Container" | "core.v1.EphemeralContainer" => container(kind, fields),
        "core.v1.ImageVolumeSource" => {
            let policy = pull_policy(&text(fields, "reference").unwrap_or_default());
            or_text(fields, "pullPolicy", policy);
        }
        "core.v1.PodSpec" => {
            if kind == "Pod" {
                or(fields, "enableServiceLinks", "true");
            }
            // One is the old name of the other; the new one counts.
            match (text(fields, "serviceAccountName"), text(fields, "serviceAccount")) {
                (Some(name), _) => drop(fields.insert("serviceAccount".into(), Node::new(Data::Str(name.into())))),
                (None, Some(name)) => or_text(fields, "serviceAccountName", &name),
                (None, None) => {}
            }
        }
        // Of claims in templates too, where it is written when they are stored.
        "core.v1.PersistentVolumeClaim" => drop(fields.remove(&b"status"[..])),
        "core.v1.Volume" if fields.len() == 1 && has(fields, "name") => or(fields, "emptyDir", "{}"),
        "core.v1.Secret" => string_data(fields),
        "core.v1.ServicePort" => {
            if let Some(port) = fields.get(&b"port"[..]).cloned() {
                or_node(fields, "targetPort", port);
            }
        }
        "core.v1.ServiceSpec" => service(fields),
        "core.v1.PersistentVolumeClaimSpec" => claim(fields),
        "core.v1.LimitRangeItem" => limit_range(fields),
        "core.v1.Namespace" => {
            let name = fields.get(&b"metadata"[..]).and_then(|node| node.get("name")).cloned();
            or(fields, "metadata", "{}");
            inside(fields, "metadata", |metadata| {
                or(metadata, "labels", "{}");
                inside(metadata, "labels", |labels| {
                    if let Some(name) = name {
                        labels.insert("kubernetes.io/metadata.name".into(), name);
                    }
                });
            });
        }
        "core.v1.ReplicationController" => replication_controller(fields),
        "apps.v1.DeploymentStrategy" => {
            rolling(fields, &[("maxSurge", "\"25%\""), ("maxUnavailable", "\"25%\"")]);
        }
        "apps.v1.DaemonSetUpdateStrategy" => rolling(fields, &[("maxSurge", "0"), ("maxUnavailable", "1")]),
        "apps.v1.StatefulSetUpdateStrategy" => {
            let more: &[_] = if minor >= Minor(35) { &[("maxUnavailable", "1")] } else { &[] };
            let all: Vec<_> = [("partition", "0")].iter().chain(more).copied().collect();
            rolling(fields, &all);
        }
        "apps.v1.DeploymentSpec" => {
            inside(fields, "strategy", |one| fill(minor, kind, "apps.v1.DeploymentStrategy", one))
        }
        "apps.v1.DaemonSetSpec" => {
            inside(fields, "updateStrategy", |one| fill(minor, kind, "apps.v1.DaemonSetUpdateStrategy", one));
        }
        "apps.v1.StatefulSetSpec" => {
            inside(fields, "updateStrategy", |one| fill(minor, kind, "apps.v1.StatefulSetUpdateStrategy", one));
            each(fields, "volumeClaimTemplates", |claim| {
                or_text(claim, "apiVersion", "v1");
                or_text(claim, "kind", "PersistentVolumeClaim");
            });
        }
        "batch.v1.Job" => job_labels(fields),
        "batch.v1.JobSpec" if kind == "Job" => job(fields),
        "batch.v1.PodFailurePolicyOnPodConditionsPattern" => or_text(fields, "status", "True"),
        "autoscaling.v2.HorizontalPodAutoscalerSpec" => autoscaler(fields),
        "autoscaling.v2.HorizontalPodAutoscalerBehavior" => behavior(fields),
        "autoscaling.v2.HPAScalingRules" => or_text(fields, "selectPolicy", "Max"),
        "networking.v1.NetworkPolicySpec" => {
            let both = "[\"Ingress\",\"Egress\"]";
            let types = if has(fields, "egress") { both } else { "[\"Ingress\"]" };
            or(fields, "policyTypes", types);
        }
        "rbac.v1.Subject" if matches!(text(fields, "kind").as_deref(), Some("User" | "Group")) => {
            or_text(fields, "apiGroup", "rbac.authorization.k8s.io");
        }
        "apiextensions.v1.CustomResourceDefinitionSpec" => inside(fields, "names", |names| {
            if let Some(kind) = text(names, "kind") {
                or_text(names, "singular", &kind.to_lowercase());
                or_text(names, "listKind", &format!("{kind}List"));
            }
        }),
        _ => {}
    }
}

/// The numbers of a rolling update, where that is the type or none is said.
fn rolling(strategy: &mut Fields, numbers: &[(&str, &str)]) {
    or_text(strategy, "type", "RollingUpdate");
    if text(strategy, "type").as_deref() == Some("RollingUpdate") {
        or(strategy, "rollingUpdate", "{}");
    }
    inside(strategy, "rollingUpdate", |update| numbers.iter().for_each(|(field, json)| or(update, field, json)));
}

/// `Always` for an image whose tag is `latest` or missing; what is no name of an image has no tag at all.
fn pull_policy(image: &str) -> &'static str {
    let path = image.split_once('/').map_or(image, |(_, path)| path);
    let path = path.split([':', '@']).next().unwrap_or_default();
    if image.is_empty() || image.contains(char::is_whitespace) || path.contains(|c: char| c.is_ascii_uppercase()) {
        return "IfNotPresent";
    }
    let has_digest = image.contains('@');
    let name = image.rsplit('/').next().unwrap_or_default();
    let tag = name.split_once(':').map_or("latest", |(_, tag)| tag);
    if tag == "latest" && !has_digest { "Always" } else { "IfNotPresent" }
}

fn container(kind: &str, fields: &mut Fields) {
    let policy = pull_policy(&text(fields, "image").unwrap_or_default());
    or_text(fields, "imagePullPolicy", policy);
    // Only in Pods themselves: in a template what is not requested stays open.
    if kind == "Pod" {
        inside(fields, "resources", |resources| {
            let limits = resources.get(&b"limits"[..]).and_then(Node::as_map).cloned().unwrap_or_default();
            if !limits.is_empty() {
                or(resources, "requests", "{}");
            }
            inside(resources, "requests", |requests| or_each(requests, limits));
        });
    }
}

/// What is written plainly becomes base64 among the rest.
fn string_data(fields: &mut Fields) {
    use base64::Engine as _;
    let Some(plain) = fields.remove(&b"stringData"[..]) else { return };
    let Some(entries) = plain.as_map().filter(|entries| !entries.is_empty()) else { return };
    or(fields, "data", "{}");
    inside(fields, "data", |data| {
        for (key, node) in entries {
            let Data::Str(text) = &node.data else { continue };
            let encoded = base64::engine::general_purpose::STANDARD.encode(&**text);
            data.insert(key.clone(), Node { data: Data::Str(encoded.into()), origin: node.origin });
        }
    });
}

fn service(fields: &mut Fields) {
    let kind = text(fields, "type").unwrap_or_default();
    let is_open = matches!(kind.as_str(), "NodePort" | "LoadBalancer") || has(fields, "externalIPs");
    if kind != "ExternalName" {
        or_text(fields, "internalTrafficPolicy", "Cluster");
        if is_open {
            or_text(fields, "externalTrafficPolicy", "Cluster");
        }
    }
    if kind == "LoadBalancer" {
        or(fields, "allocateLoadBalancerNodePorts", "true");
    }
    if text(fields, "sessionAffinity").as_deref() == Some("ClientIP") {
        or(fields, "sessionAffinityConfig", "{\"clientIP\":{\"timeoutSeconds\":10800}}");
    } else {
        fields.remove(&b"sessionAffinityConfig"[..]);
    }
}

/// A source is told twice: the old way, and the new one.
fn claim(fields: &mut Fields) {
    let (old, new) = (fields.get(&b"dataSource"[..]).cloned(), fields.get(&b"dataSourceRef"[..]).cloned());
    match (old, new) {
        (Some(source), None) => drop(fields.insert("dataSourceRef".into(), source)),
        (None, Some(source)) if source.get("namespace").is_none() => drop(fields.insert("dataSource".into(), source)),
        _ => {}
    }
}

fn limit_range(fields: &mut Fields) {
    if text(fields, "type").as_deref() != Some("Container") {
        return;
    }
    for (into, from) in [("default", "max"), ("defaultRequest", "default"), ("defaultRequest", "min")] {
        let amounts = fields.get(from.as_bytes()).and_then(Node::as_map).cloned().unwrap_or_default();
        if !amounts.is_empty() {
            or(fields, into, "{}");
        }
        inside(fields, into, |have| or_each(have, amounts));
    }
}

fn template_labels(fields: &Fields) -> Option<Node> {
    let spec = fields.get(&b"spec"[..])?;
    spec.find("template.metadata.labels").filter(|labels| labels.as_map().is_some_and(|map| !map.is_empty())).cloned()
}

fn replication_controller(fields: &mut Fields) {
    let Some(labels) = template_labels(fields) else { return };
    inside(fields, "spec", |spec| or_node(spec, "selector", labels.clone()));
    inside(fields, "metadata", |metadata| or_node(metadata, "labels", labels));
}

fn job_labels(fields: &mut Fields) {
    if let Some(labels) = template_labels(fields) {
        inside(fields, "metadata", |metadata| or_node(metadata, "labels", labels));
    }
}

fn job(fields: &mut Fields) {
    if !has(fields, "completions") && !has(fields, "parallelism") {
        or(fields, "completions", "1");
    }
    or(fields, "parallelism", "1");
    let limit = if has(fields, "backoffLimitPerIndex") { "2147483647" } else { "6" };
    or(fields, "backoffLimit", limit);
    or_text(fields, "completionMode", "NonIndexed");
    or(fields, "suspend", "false");
    or_text(
        fields,
        "podReplacementPolicy",
        if has(fields, "podFailurePolicy") { "Failed" } else { "TerminatingOrFailed" },
    );
}

fn autoscaler(fields: &mut Fields) {
    let cpu = "[{\"type\":\"Resource\",\"resource\":{\"name\":\"cpu\",\"target\":{\"type\":\"Utilization\",\
               \"averageUtilization\":80}}}]";
    or(fields, "metrics", cpu);
}

fn behavior(fields: &mut Fields) {
    let percent = "{\"type\":\"Percent\",\"value\":100,\"periodSeconds\":15}";
    or(fields, "scaleUp", "{}");
    or(fields, "scaleDown", "{}");
    inside(fields, "scaleUp", |rules| {
        or_text(rules, "selectPolicy", "Max");
        or(rules, "stabilizationWindowSeconds", "0");
        or(rules, "policies", &format!("[{{\"type\":\"Pods\",\"value\":4,\"periodSeconds\":15}},{percent}]"));
    });
    inside(fields, "scaleDown", |rules| {
        or_text(rules, "selectPolicy", "Max");
        or(rules, "policies", &format!("[{percent}]"));
    });
}
