//! What objects say of pods: the facts that many rules ask for.
//!
//! In: a [`Case`]. Out: its [`Facts`]: workloads with their pod labels and containers, objects by kind. They are
//! gathered once per case ([`Case::facts`]), so that a rule costs no walk over all objects.

use crate::lint::data::{Seen, ShownCase};
use crate::lint::{Case, Object};
use crate::path::Step;
use crate::value::{Data, Node};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

/// Labels, as an object or a pod carries them.
pub type Labels = BTreeMap<String, String>;

/// What rules ask of a case's objects again and again.
#[derive(Debug, Default)]
pub struct Facts {
    /// Everything that runs pods, in the order of the objects.
    pub workloads: Vec<Workload>,
    kinds: HashMap<String, Vec<usize>>,
    /// The index of an object, and that of the workload it is; in their order.
    workload_of: Vec<(usize, usize)>,
    /// What expressions see of the case.
    shown: OnceLock<ShownCase>,
    /// Whether there may be pods and Services that no manifest shows.
    has_makers: bool,
}

/// An object that runs pods.
#[derive(Debug)]
pub struct Workload {
    /// The object.
    pub object: Object,
    /// The way to what holds the `metadata` and `spec` of its pods.
    pub template: Vec<Step>,
    /// The pod spec.
    pub spec: Node,
    /// The labels of its pods.
    pub labels: Labels,
    /// The annotations of its pods.
    pub annotations: Labels,
    /// Its containers, init containers first.
    pub containers: Vec<Container>,
    /// What expressions see of it.
    seen: OnceLock<Arc<Seen>>,
}

/// A container of a workload.
#[derive(Debug)]
pub struct Container {
    /// `metadata.name` of containers.
    pub name: String,
    /// Whether it runs before the others, and ends.
    pub is_init: bool,
    /// The way to it from the object.
    pub path: Vec<Step>,
    /// What it says.
    pub node: Node,
}

/// A port that a container declares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Port<'w> {
    /// Its name; empty when it has none.
    pub name: &'w str,
    /// Its number.
    pub number: f64,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: &'w str,
}

/// A port as others name it: by number or by name.
#[derive(Debug, Clone, PartialEq)]
pub enum PortRef<'n> {
    /// By number.
    Number(f64),
    /// By name.
    Name(&'n str),
}

/// A way in an object: `spec.ports.0.name`. What consists of digits is an index.
pub fn way(path: &str) -> Vec<Step> {
    let step = |part: &str| part.parse().map_or_else(|_| Step::Key(part.to_owned()), Step::Index);
    path.split('.').filter(|part| !part.is_empty()).map(step).collect()
}

/// A way, and how it goes on.
pub fn join(base: &[Step], rest: &str) -> Vec<Step> {
    base.iter().cloned().chain(way(rest)).collect()
}

/// A way, and one more key, which may hold dots.
pub fn key(base: &[Step], key: &str) -> Vec<Step> {
    base.iter().cloned().chain([Step::Key(key.to_owned())]).collect()
}

/// The node at the end of a way.
pub fn at<'n>(node: &'n Node, path: &[Step]) -> Option<&'n Node> {
    path.iter().try_fold(node, Node::step)
}

/// The text at a path like `spec.serviceName`, when there is one that is not empty.
pub fn text<'n>(node: &'n Node, path: &str) -> Option<&'n str> {
    plain(node.find(path)?)
}

/// The text of a node, when it is one that is not empty.
pub fn plain(node: &Node) -> Option<&str> {
    if let Data::Str(text) = &node.data { text.to_utf8().filter(|text| !text.is_empty()) } else { None }
}

/// The items of the list at a path; none when there is no list.
pub fn items<'n>(node: &'n Node, path: &str) -> &'n [Node] {
    node.find(path).map(Node::items).unwrap_or_default()
}

/// The number at a path.
pub fn number(node: &Node, path: &str) -> Option<f64> {
    node.find(path)?.as_number()
}

/// A scalar as a message shows it; empty for lists and maps.
pub fn shown(node: Option<&Node>) -> String {
    match node.map(|node| &node.data) {
        Some(Data::Str(text)) => text.to_text().into_owned(),
        Some(Data::Int(number)) => number.to_string(),
        Some(Data::Float(number)) => number.to_string(),
        Some(Data::Bool(value)) => value.to_string(),
        _ => String::new(),
    }
}

/// Whether there is `true` at a path.
pub fn is_true(node: &Node, path: &str) -> bool {
    node.find(path).and_then(Node::as_bool) == Some(true)
}

/// The texts of a map; numbers and booleans, which the API server refuses in labels, are left out.
pub fn labels(node: Option<&Node>) -> Labels {
    let entries = node.and_then(Node::as_map).into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.to_utf8()?.to_owned(), value.as_text()?.into_owned()))).collect()
}

/// The keys of the map at a path.
pub fn keys<'n>(node: &'n Node, path: &str) -> impl Iterator<Item = &'n str> {
    node.find(path).and_then(Node::as_map).into_iter().flatten().filter_map(|(key, _)| key.to_utf8())
}

/// How a port is named: a number, a name, or a number as text.
pub fn port(node: &Node) -> Option<PortRef<'_>> {
    match plain(node) {
        Some(text) => Some(text.parse().map_or(PortRef::Name(text), PortRef::Number)),
        None => node.as_number().map(PortRef::Number),
    }
}

impl std::fmt::Display for PortRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PortRef::Number(number) => write!(f, "{number}"),
            PortRef::Name(name) => f.write_str(name),
        }
    }
}

impl Facts {
    /// Gathers the facts of these objects.
    pub fn of(objects: &[Object]) -> Facts {
        let mut facts = Facts::default();
        for (index, object) in objects.iter().enumerate() {
            facts.kinds.entry(object.kind().to_owned()).or_default().push(index);
            if let Some(workload) = workload(object) {
                facts.workload_of.push((index, facts.workloads.len()));
                facts.workloads.push(workload);
            }
            facts.has_makers |= is_maker(object) || makes_pods(object);
        }
        facts
    }

    /// The objects of a kind.
    pub fn kind<'c>(&'c self, case: &'c Case, kind: &str) -> impl Iterator<Item = &'c Object> {
        self.of_kind(kind).iter().filter_map(|index| case.objects.get(*index))
    }

    /// The indices of the objects of a kind.
    pub(in crate::lint) fn of_kind(&self, kind: &str) -> &[usize] {
        self.kinds.get(kind).map(Vec::as_slice).unwrap_or_default()
    }

    /// The workload that the object of this index is.
    pub(in crate::lint) fn workload_at(&self, object: usize) -> Option<&Workload> {
        let at = self.workload_of.binary_search_by_key(&object, |(object, _)| *object).ok()?;
        self.workloads.get(self.workload_of.get(at)?.1)
    }

    /// What expressions see of the case.
    pub(in crate::lint) fn shown(&self, case: &Case) -> &ShownCase {
        self.shown.get_or_init(|| ShownCase::of(case))
    }

    /// The workload that an object is.
    pub fn workload(&self, kind: &str, name: &str) -> Option<&Workload> {
        self.workloads.iter().find(|workload| workload.object.kind() == kind && workload.object.name() == name)
    }

    /// The object of this kind and name, in this namespace.
    pub fn named<'c>(&'c self, case: &'c Case, kind: &str, namespace: &str, name: &str) -> Option<&'c Object> {
        self.kind(case, kind).find(|object| object.name() == name && case.namespace_of(object) == namespace)
    }

    /// The workloads whose pods a selector matches, in this namespace.
    pub fn selected<'c>(&'c self, case: &Case, namespace: &str, selector: &Selector) -> Vec<&'c Workload> {
        let here = |workload: &&Workload| case.namespace_of(&workload.object) == namespace;
        self.workloads.iter().filter(here).filter(|workload| workload.is_matched(selector)).collect()
    }
}

/// The way from an object to its pods' metadata and spec.
fn template(kind: &str) -> Option<Vec<Step>> {
    Some(match kind {
        "Pod" => Vec::new(),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => {
            way("spec.template")
        }
        "CronJob" => way("spec.jobTemplate.spec.template"),
        _ => return None,
    })
}

fn workload(object: &Object) -> Option<Workload> {
    let api = object.head.api_version.as_str();
    if !(api == "v1" || api.starts_with("apps/") || api.starts_with("batch/") || api.starts_with("extensions/")) {
        return None;
    }
    let template = template(object.kind())?;
    let holder = at(&object.node, &template)?;
    let spec = holder.get("spec")?.clone();
    let containers = ["initContainers", "containers"].into_iter().flat_map(|field| {
        let base = join(&template, "spec");
        items(&spec, field).iter().enumerate().map(move |(number, node)| Container {
            name: text(node, "name").unwrap_or_default().to_owned(),
            is_init: field == "initContainers" && text(node, "restartPolicy") != Some("Always"),
            path: join(&base, &format!("{field}.{number}")),
            node: node.clone(),
        })
    });
    Some(Workload {
        object: object.clone(),
        containers: containers.collect(),
        labels: labels(holder.find("metadata.labels")),
        annotations: labels(holder.find("metadata.annotations")),
        template,
        spec,
        seen: OnceLock::new(),
    })
}

impl Workload {
    /// A way below the pod spec.
    pub fn way(&self, rest: &str) -> Vec<Step> {
        join(&join(&self.template, "spec"), rest)
    }

    /// What expressions see of it.
    pub(in crate::lint) fn seen(&self) -> &Arc<Seen> {
        self.seen.get_or_init(|| Arc::new(Seen::workload(self)))
    }

    /// Whether its pods end by themselves: tests, hooks, jobs.
    pub fn is_short_lived(&self) -> bool {
        let object = &self.object;
        !object.hooks.is_empty() || matches!(object.kind(), "Job" | "CronJob")
    }

    /// How many pods it wants: 1 where nothing is said, `None` where there is no such number.
    pub fn replicas(&self) -> Option<f64> {
        let object = &self.object;
        match object.kind() {
            "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController" => {
                match object.node.find("spec.replicas") {
                    Some(node) if !node.is_null() => node.as_number(),
                    _ => Some(1.0),
                }
            }
            "Pod" => Some(1.0),
            _ => None,
        }
    }

    /// Containers that run as long as the pod.
    pub fn mains(&self) -> impl Iterator<Item = &Container> {
        self.containers.iter().filter(|container| !container.is_init)
    }

    /// The ports that its containers declare.
    pub fn ports(&self) -> impl Iterator<Item = Port<'_>> {
        self.mains().flat_map(Container::ports)
    }

    /// The number of a port, when the pods name it, or declare it by number.
    pub fn resolve(&self, port: &PortRef<'_>) -> Option<f64> {
        match port {
            PortRef::Name(name) => self.ports().find(|port| port.name == *name).map(|port| port.number),
            PortRef::Number(number) => self.ports().find(|port| port.number == *number).map(|port| port.number),
        }
    }

    /// Whether a selector matches its pods. Labels that controllers put on count too.
    fn is_matched(&self, selector: &Selector) -> bool {
        selector.is_met(|key| self.label(key))
    }

    fn label(&self, key: &str) -> Label<'_> {
        match self.labels.get(key) {
            Some(value) => Label::Is(value),
            None if runtime_label(self.object.kind(), key) => Label::Unknown,
            None => Label::Missing,
        }
    }

    /// Every text in commands, arguments and environment of its containers.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.containers.iter().flat_map(|container| {
            let listed = ["command", "args"].into_iter().flat_map(|field| items(&container.node, field));
            let env = items(&container.node, "env").iter().filter_map(|entry| entry.get("value"));
            listed.chain(env).filter_map(plain)
        })
    }
}

/// Labels that controllers give pods of a kind, with values that no chart states.
fn runtime_label(kind: &str, key: &str) -> bool {
    match key {
        "pod-template-hash" => kind == "Deployment",
        "controller-revision-hash" => matches!(kind, "StatefulSet" | "DaemonSet"),
        "statefulset.kubernetes.io/pod-name" | "apps.kubernetes.io/pod-index" => kind == "StatefulSet",
        _ => matches!(kind, "Job" | "CronJob") && (key.starts_with("batch.kubernetes.io/") || key == "job-name"),
    }
}

impl Container {
    /// A way below it.
    pub fn way(&self, rest: &str) -> Vec<Step> {
        join(&self.path, rest)
    }

    /// The ports that it declares.
    pub fn ports(&self) -> impl Iterator<Item = Port<'_>> {
        items(&self.node, "ports").iter().filter_map(|port| {
            Some(Port {
                name: text(port, "name").unwrap_or_default(),
                number: number(port, "containerPort")?,
                protocol: text(port, "protocol").unwrap_or("TCP"),
            })
        })
    }
}

/// What a selector learns of a label.
pub enum Label<'w> {
    /// The label is there.
    Is(&'w str),
    /// It is there at run time, nobody knows with which value.
    Unknown,
    /// It is not there.
    Missing,
}

/// A label selector.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selector {
    requirements: Vec<(String, Need)>,
}

#[derive(Debug, Clone, PartialEq)]
enum Need {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Absent,
}

impl Selector {
    /// The selector of a Service: labels and values. `None` where it has none.
    pub fn map(node: Option<&Node>) -> Option<Selector> {
        let map = labels(node);
        let requirements: Vec<_> = map.into_iter().map(|(key, value)| (key, Need::In(vec![value]))).collect();
        (!requirements.is_empty()).then_some(Selector { requirements })
    }

    /// A selector with `matchLabels` and `matchExpressions`; an empty one matches everything. `None` where there is
    /// none.
    pub fn full(node: Option<&Node>) -> Option<Selector> {
        let node = node.filter(|node| node.as_map().is_some())?;
        let mut selector = Selector::map(node.get("matchLabels")).unwrap_or_default();
        for expression in items(node, "matchExpressions") {
            let values = || items(expression, "values").iter().filter_map(plain).map(str::to_owned).collect();
            let need = match text(expression, "operator") {
                Some("In") => Need::In(values()),
                Some("NotIn") => Need::NotIn(values()),
                Some("Exists") => Need::Exists,
                Some("DoesNotExist") => Need::Absent,
                _ => continue,
            };
            selector.requirements.extend(text(expression, "key").map(|key| (key.to_owned(), need)));
        }
        Some(selector)
    }

    /// Whether it asks for nothing, and so matches everything.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether it asks for labels that controllers put on.
    pub fn is_of_controllers(&self) -> bool {
        self.values().any(|(key, _)| key.ends_with("-hash") || key.starts_with("statefulset.kubernetes.io/"))
    }

    /// Whether these labels match.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.is_met(|key| labels.get(key).map_or(Label::Missing, |value| Label::Is(value)))
    }

    fn is_met<'w>(&self, label: impl Fn(&str) -> Label<'w>) -> bool {
        self.requirements.iter().all(|(key, need)| match (need, label(key)) {
            (Need::In(values), Label::Is(value)) => values.iter().any(|wanted| wanted == value),
            (Need::NotIn(values), Label::Is(value)) => !values.iter().any(|wanted| wanted == value),
            (Need::Exists, Label::Is(_)) | (Need::In(_) | Need::NotIn(_) | Need::Exists, Label::Unknown) => true,
            (Need::NotIn(_) | Need::Absent, Label::Missing) => true,
            _ => false,
        })
    }

    /// The labels that it asks for by value.
    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.requirements.iter().flat_map(|(key, need)| {
            let values = if let Need::In(values) = need { values.as_slice() } else { &[] };
            values.iter().map(move |value| (key.as_str(), value.as_str()))
        })
    }

    /// As a user would write it: `app=redis,tier in (a,b)`.
    pub fn show(&self) -> String {
        let each = self.requirements.iter().map(|(key, need)| match need {
            Need::In(values) => match values.as_slice() {
                [value] => format!("{key}={value}"),
                values => format!("{key} in ({})", values.join(",")),
            },
            Need::NotIn(values) => format!("{key} notin ({})", values.join(",")),
            Need::Exists => key.clone(),
            Need::Absent => format!("!{key}"),
        });
        each.collect::<Vec<_>>().join(",")
    }
}

impl Case {
    /// Workloads and objects by kind.
    pub fn facts(&self) -> &Facts {
        self.facts.get_or_init(|| Facts::of(&self.objects))
    }

    /// The namespace that an object goes to.
    pub fn namespace_of<'c>(&'c self, object: &'c Object) -> &'c str {
        object.namespace_in(&self.namespace)
    }

    /// Whether a name is one that the release makes: it holds the release's name. Without a release nothing is known
    /// of names, so each counts: manifests are linted as a whole.
    pub fn is_own_name(&self, name: &str) -> bool {
        self.release.is_empty() || name.starts_with(&self.release)
    }

    /// Whether another document of the case holds this text.
    pub fn mentions(&self, text: &str, besides: &Object) -> bool {
        let documents = self.attempt.documents.iter().enumerate();
        documents
            .filter(|(index, _)| *index != besides.document)
            .any(|(_, document)| document.text.get(document.range.clone()).is_some_and(|part| part.contains(text)))
    }

    /// Whether all objects are there: nothing failed to render. Then one that is missing is missing.
    pub fn is_whole(&self) -> bool {
        self.attempt.errors.is_empty()
    }

    /// Whether all pods and Services can be known: nothing failed to render, and nothing is of a kind that may make
    /// more of them.
    pub fn is_closed(&self) -> bool {
        self.is_whole() && !self.facts().has_makers
    }
}

/// Kinds that Kubernetes does not have, and that only configure others.
const QUIET: [(&str, &str); 12] = [
    ("monitoring.coreos.com", "ServiceMonitor"),
    ("monitoring.coreos.com", "PodMonitor"),
    ("monitoring.coreos.com", "PrometheusRule"),
    ("monitoring.coreos.com", "Probe"),
    ("traefik.io", "IngressRoute"),
    ("traefik.io", "Middleware"),
    ("traefik.io", "TLSOption"),
    ("gateway.networking.k8s.io", "Gateway"),
    ("gateway.networking.k8s.io", "HTTPRoute"),
    ("gateway.networking.k8s.io", "GatewayClass"),
    ("autoscaling.k8s.io", "VerticalPodAutoscaler"),
    ("security.openshift.io", "SecurityContextConstraints"),
];

/// Whether an object is of a kind that Kubernetes does not have, and that may make pods, Services and Secrets.
pub fn is_maker(object: &Object) -> bool {
    let group = object.head.api_version.split_once('/').map_or("", |(group, _)| group);
    let built_in = !group.contains('.') || group.ends_with(".k8s.io") && !group.contains("gateway");
    !built_in && !QUIET.contains(&(group, object.kind()))
}

/// Whether a role allows to make pods: then a program of the chart makes some that no manifest shows.
fn makes_pods(object: &Object) -> bool {
    let lists =
        |rule: &Node, field: &str, word: &str| items(rule, field).iter().filter_map(plain).any(|own| own == word);
    matches!(object.kind(), "Role" | "ClusterRole")
        && items(&object.node, "rules").iter().any(|rule| {
            lists(rule, "apiGroups", "*") && lists(rule, "resources", "*")
                || lists(rule, "resources", "pods") && (lists(rule, "verbs", "create") || lists(rule, "verbs", "*"))
        })
}
