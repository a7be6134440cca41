//! What runs pods, on either side.
//!
//! In: the compared pairs. Out: [`Move`]s: each workload as it was and as it shall be, with its pods by name, its pod
//! spec, and what of its template changes.

use crate::kube::{At, Container, ContainerKind, containers, pod_spec, pod_template};
use crate::manifest::{Object, ObjectId};
use crate::plan::{Both, Change, Compared, Side, Verdict};
use crate::value::{Data, Node};
use std::collections::BTreeMap;

/// Pods of one workload that are spelled; the rest are one name with a star.
pub(in crate::plan) const MOST_PODS: i64 = 100;

/// An object that runs pods.
#[derive(Debug, Clone, Copy)]
pub(in crate::plan) struct Workload<'s> {
    /// The object.
    pub object: &'s Object,
    /// The side it is of.
    pub side: &'s Side,
}

impl<'s> Workload<'s> {
    /// The object as a workload; `None` for hooks and for what runs no pods.
    pub fn of(object: &'s Object, side: &'s Side) -> Option<Self> {
        let runs = object.hooks.is_empty() && pod_template(&At::object(&object.node)).is_some();
        runs.then_some(Workload { object, side })
    }

    /// Every workload of a side.
    pub fn all(side: &'s Side) -> impl Iterator<Item = Workload<'s>> {
        side.objects.iter().filter_map(move |object| Workload::of(object, side))
    }

    pub fn id(&self) -> ObjectId {
        self.object.id()
    }

    pub fn name(&self) -> &'s str {
        self.object.name()
    }

    pub fn kind(&self) -> &'s str {
        self.object.kind()
    }

    /// The namespace it is in.
    pub fn namespace(&self) -> &'s str {
        namespace(self.object, self.side)
    }

    /// Whether its pods are meant to end.
    pub fn is_short_lived(&self) -> bool {
        matches!(self.kind(), "Job" | "CronJob")
    }

    /// What holds the metadata and the spec of its pods.
    pub fn template(&self) -> Option<&'s Node> {
        pod_template(&At::object(&self.object.node)).map(|at| at.node())
    }

    /// The spec of its pods.
    pub fn pod(&self) -> Option<&'s Node> {
        pod_spec(&At::object(&self.object.node)).map(|at| at.node())
    }

    /// Containers that run as long as the pod.
    pub fn containers(&self) -> Vec<Container<'s>> {
        self.pod().map(|pod| containers(&At::object(pod))).unwrap_or_default()
    }

    /// The labels of its pods.
    pub fn labels(&self) -> BTreeMap<String, String> {
        self.template().and_then(|template| template.find("metadata.labels")).map(texts).unwrap_or_default()
    }

    /// `spec.replicas`, where it is a number.
    pub fn stated(&self) -> Option<i64> {
        whole(self.object.node.find("spec.replicas")?).filter(|count| *count >= 0)
    }

    /// The least and the most pods of its autoscaler.
    pub fn autoscaled(&self) -> Option<(i64, i64)> {
        let targets = |hpa: &&Object| {
            hpa.kind() == "HorizontalPodAutoscaler"
                && namespace(hpa, self.side) == self.namespace()
                && hpa.node.find("spec.scaleTargetRef.name").and_then(plain).as_deref() == Some(self.name())
                && hpa.node.find("spec.scaleTargetRef.kind").and_then(plain).as_deref() == Some(self.kind())
        };
        let hpa = self.side.kept().find(targets)?;
        let number = |path: &str| hpa.node.find(path).and_then(whole);
        let least = number("spec.minReplicas").unwrap_or(1);
        Some((least, number("spec.maxReplicas").unwrap_or(least)))
    }

    /// How many pods it has, as far as manifests say: an autoscaler's least where they leave it to that.
    pub fn pods(&self) -> i64 {
        match self.kind() {
            "StatefulSet" | "Deployment" | "ReplicaSet" | "ReplicationController" => {
                self.stated().or(self.autoscaled().map(|(least, _)| least)).unwrap_or(1)
            }
            _ => 1,
        }
    }

    /// The number of its first pod and the number after the last; only a StatefulSet counts its pods.
    pub fn ordinals(&self) -> (i64, i64) {
        let start = self.object.node.find("spec.ordinals.start").and_then(whole).unwrap_or(0).max(0);
        (start, start.saturating_add(self.pods()))
    }

    /// Its pods by name, those of a StatefulSet from the lowest number up; `NAME-*` where names cannot be known.
    pub fn pod_names(&self) -> Vec<String> {
        match self.kind() {
            "StatefulSet" => self.named(self.ordinals()),
            "Pod" => vec![self.name().to_owned()],
            _ if self.pods() == 0 => Vec::new(),
            _ => vec![format!("{}-*", self.name())],
        }
    }

    /// The pods of a StatefulSet from one number to before another.
    pub fn named(&self, (start, end): (i64, i64)) -> Vec<String> {
        let name = self.name();
        let spelled = end.min(start.saturating_add(MOST_PODS));
        let rest = (end > spelled).then(|| format!("{name}-*"));
        (start..spelled).map(|number| format!("{name}-{number}")).chain(rest).collect()
    }

    /// The same from the highest number down.
    pub fn named_down(&self, (start, end): (i64, i64)) -> Vec<String> {
        let name = self.name();
        let spelled = start.max(end.saturating_sub(MOST_PODS));
        let rest = (spelled > start).then(|| format!("{name}-*"));
        (spelled..end).rev().map(|number| format!("{name}-{number}")).chain(rest).collect()
    }

    /// The main container in which a Redis server (or one that speaks like it) runs.
    pub fn redis(&self) -> Option<Container<'s>> {
        self.containers().into_iter().find(|container| container.kind == ContainerKind::Main && runs_redis(container))
    }
}

/// The last parts of image names that are Redis servers.
const SERVERS: &[&str] = &["redis", "redis-cluster", "redis-stack", "redis-stack-server", "valkey", "keydb"];

fn runs_redis(container: &Container<'_>) -> bool {
    let words = ["command", "args"].into_iter().flat_map(|field| container.at.list(field).collect::<Vec<_>>());
    let words: Vec<String> = words.filter_map(|word| word.text().map(ToOwned::to_owned)).collect();
    let says = |name: &str| words.iter().any(|word| word.contains(name));
    if says("redis-server") || says("valkey-server") {
        return !says("--sentinel");
    }
    let image = container.at.text_of("image").unwrap_or_default();
    let name = image.split('@').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let name = name.split(':').next().unwrap_or_default();
    // A sentinel runs from the image of the server too.
    SERVERS.contains(&name) && !says("redis-sentinel") && !says("--sentinel") && container.name != "sentinel"
}

/// The namespace of an object: its own, else that of its release.
pub(in crate::plan) fn namespace<'s>(object: &'s Object, side: &'s Side) -> &'s str {
    let own = object.namespace_in(&side.namespace);
    if own.is_empty() { "default" } else { own }
}

/// A scalar as text.
pub(in crate::plan) fn plain(node: &Node) -> Option<String> {
    match &node.data {
        Data::Str(text) => Some(text.to_text().into_owned()),
        Data::Int(number) => Some(number.to_string()),
        Data::Float(number) => Some(number.to_string()),
        Data::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// The scalar at a path, as text.
pub(in crate::plan) fn text_at(node: &Node, path: &str) -> Option<String> {
    node.find(path).and_then(plain)
}

/// A whole number.
pub(in crate::plan) fn whole(node: &Node) -> Option<i64> {
    match node.data {
        Data::Int(number) => Some(number),
        // Amounts of pods and seconds: what is larger is not meant, and the cast holds it.
        Data::Float(number) if number.fract() == 0.0 => Some(number as i64),
        _ => None,
    }
}

/// The entries of a map whose values are scalars.
pub(in crate::plan) fn texts(map: &Node) -> BTreeMap<String, String> {
    let entries = map.as_map().into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.to_text().into_owned(), plain(value)?))).collect()
}

/// A number or a share of so many, rounded up or down.
pub(in crate::plan) fn amount(node: Option<&Node>, of: i64, up: bool) -> Option<i64> {
    let node = node.filter(|node| !node.is_null())?;
    if let Some(number) = whole(node) {
        return Some(number);
    }
    let percent: i64 = plain(node)?.strip_suffix('%')?.parse().ok()?;
    let hundredths = percent.checked_mul(of)?;
    Some(if up { hundredths.saturating_add(99).div_euclid(100) } else { hundredths.div_euclid(100) })
}

/// A workload of both sides, or of one.
#[derive(Debug, Clone, Copy)]
pub(in crate::plan) struct Move<'b, 's> {
    /// As it was.
    pub old: Option<Workload<'s>>,
    /// As it shall be.
    pub new: Option<Workload<'s>>,
    /// Its pair.
    pub compared: &'b Compared<'s>,
}

impl<'b, 's> Move<'b, 's> {
    /// The side that is there, the new one first.
    pub fn either(&self) -> Option<Workload<'s>> {
        self.new.or(self.old)
    }

    /// Whether the API server refuses its change, so that nothing happens to its pods before that is dealt with.
    pub fn is_refused(&self) -> bool {
        self.compared.verdict == Verdict::Rejected
    }

    /// What changes in the template of its pods, with the number of parts of each path that lead to the template.
    pub fn template_changes(&self) -> (usize, Vec<&'b Change>) {
        let way: &[&str] = match self.either().map(|workload| workload.kind()) {
            Some("Pod") => &[],
            Some("CronJob") => &["spec", "jobTemplate", "spec", "template"],
            _ => &["spec", "template"],
        };
        let compared: &'b Compared<'s> = self.compared;
        (way.len(), compared.changes.iter().filter(|change| change.path.is_below(way)).collect())
    }
}

/// Every workload of either side, in the order of pairs.
pub(in crate::plan) fn moves<'b, 's>(both: &'b Both<'s>) -> Vec<Move<'b, 's>> {
    let one = |compared: &'b Compared<'s>| {
        let old = compared.pair.old.and_then(|object| Workload::of(object, both.old));
        let new = compared.pair.new.and_then(|object| Workload::of(object, both.new));
        (old.is_some() || new.is_some()).then_some(Move { old, new, compared })
    };
    both.pairs.iter().filter_map(one).collect()
}
