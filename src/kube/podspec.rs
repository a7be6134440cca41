//! Where pods are described: the pod specs and containers of all workloads.
//!
//! In: an object. Out: its pod template, pod spec and containers, each with the way to it.

use super::at::At;
use super::kinds::KindId;

/// Which list a container stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContainerKind {
    /// `initContainers`: before the others, or beside them with `restartPolicy: Always`.
    Init,
    /// `containers`.
    Main,
    /// `ephemeralContainers`, which no manifest may create.
    Ephemeral,
}

impl ContainerKind {
    /// The field of the pod spec.
    pub fn field(self) -> &'static str {
        match self {
            ContainerKind::Init => "initContainers",
            ContainerKind::Main => "containers",
            ContainerKind::Ephemeral => "ephemeralContainers",
        }
    }
}

/// A container of a pod spec.
#[derive(Debug, Clone)]
pub struct Container<'a> {
    /// Which list it stands in.
    pub kind: ContainerKind,
    /// Its name; empty when it has none.
    pub name: &'a str,
    /// Where it stands, and what it says.
    pub at: At<'a>,
}

impl Container<'_> {
    /// Whether it is an init container that keeps running beside the others.
    pub fn is_sidecar(&self) -> bool {
        self.kind == ContainerKind::Init && self.at.text_of("restartPolicy") == Some("Always")
    }
}

/// The way from an object to its pod's metadata and spec; `None` for kinds that run no pods.
fn way(id: KindId<'_>) -> Option<&'static [&'static str]> {
    Some(match (id.group(), id.kind) {
        ("", "Pod") => &[],
        ("", "PodTemplate") => &["template"],
        ("", "ReplicationController")
        | ("apps" | "extensions", "DaemonSet" | "Deployment" | "ReplicaSet" | "StatefulSet")
        | ("batch", "Job") => &["spec", "template"],
        ("batch", "CronJob") => &["spec", "jobTemplate", "spec", "template"],
        _ => return None,
    })
}

/// What holds the `metadata` and `spec` of an object's pods: the object itself for a Pod, its template for a workload.
pub fn pod_template<'a>(object: &At<'a>) -> Option<At<'a>> {
    object.find(way(KindId::of(object.node())?)?)
}

/// The pod spec of a Pod or a workload.
///
/// ```
/// use chartwright::kube::{At, containers, pod_spec, show_path};
/// let text = b"{apiVersion: batch/v1, kind: Job, spec: {template: {spec: {containers: [{name: a}]}}}}";
/// let object = chartwright::yaml::decode(text).unwrap();
/// let pod = pod_spec(&At::object(&object)).unwrap();
/// assert_eq!(show_path(&containers(&pod)[0].at.path()), "spec.template.spec.containers[0]");
/// ```
pub fn pod_spec<'a>(object: &At<'a>) -> Option<At<'a>> {
    pod_template(object)?.get("spec")
}

/// Every container of a pod spec, init containers first.
pub fn containers<'a>(pod_spec: &At<'a>) -> Vec<Container<'a>> {
    [ContainerKind::Init, ContainerKind::Main, ContainerKind::Ephemeral]
        .into_iter()
        .flat_map(|kind| pod_spec.list(kind.field()).map(move |at| (kind, at)))
        .map(|(kind, at)| Container { kind, name: at.text_of("name").unwrap_or_default(), at })
        .collect()
}
