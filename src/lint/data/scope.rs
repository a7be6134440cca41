//! What expressions see: names that give their values when they are asked for.
//!
//! In: a case, an object, an entry in it. Out: a [`Scope`]. Nodes are shared, not copied, and nothing is made that an
//! expression does not name: most expressions ask for one field.

use crate::lint::rules::objects::{Container, Workload, at};
use crate::lint::{Case, Object};
use crate::path::Step;
use crate::value::{Data, Node, Str};
use minijinja::context;
use minijinja::value::{Enumerator, ObjectRepr, Value};
use std::sync::Arc;

/// The names, as they stand in docs/lint.md.
#[derive(Debug)]
pub(super) struct Scope {
    pub run: Arc<Run>,
    pub seen: Arc<Seen>,
    /// What is looked at: the object itself without `each`.
    pub item: Node,
    /// Its own step, where it is an entry of a list or map.
    pub step: Option<Step>,
    /// The container that it is, or is in.
    pub container: Option<ShownContainer>,
    /// The word of `words` that the rule is applied for.
    pub word: Option<String>,
}

/// What is the same for all objects of a case.
#[derive(Debug)]
pub(super) struct Run {
    case: Value,
    values: Option<Node>,
    params: Option<Node>,
}

/// An object, and what is known of it.
#[derive(Debug)]
pub(crate) struct Seen {
    node: Node,
    kind: String,
    name: String,
    is_hook: bool,
    is_test: bool,
    pod: Option<Pod>,
}

/// What is known of an object that runs pods.
#[derive(Debug)]
struct Pod {
    spec: Node,
    labels: Option<Node>,
    is_short_lived: bool,
    replicas: Option<f64>,
}

/// A container as a name of a scope.
#[derive(Debug)]
pub(super) struct ShownContainer {
    node: Node,
    is_init: bool,
}

impl ShownContainer {
    pub fn of(container: &Container) -> Self {
        ShownContainer { node: container.node.clone(), is_init: container.is_init }
    }
}

impl Run {
    /// For the objects of this case, and the rule of this id.
    pub fn new(case: &Case, rule: &str) -> Self {
        Run {
            case: case.facts().shown(case).0.clone(),
            values: case.attempt.prepared.as_ref().map(|prepared| prepared.values.clone()),
            params: case.config.parameters.get(rule).cloned(),
        }
    }
}

/// A case as the name `case` shows it.
#[derive(Debug)]
pub(crate) struct ShownCase(Value);

impl ShownCase {
    pub fn of(case: &Case) -> Self {
        ShownCase(context! {
            name => &*case.name, kube => case.kube.normalized, namespace => case.namespace, release => case.release,
            is_upgrade => case.is_upgrade,
        })
    }
}

impl Seen {
    /// An object that runs no pods.
    pub fn object(object: &Object) -> Self {
        Seen {
            node: object.node.clone(),
            kind: object.kind().to_owned(),
            name: object.name().to_owned(),
            is_hook: !object.hooks.is_empty(),
            is_test: object.is_test(),
            pod: None,
        }
    }

    /// An object that runs pods.
    pub fn workload(workload: &Workload) -> Self {
        let pod = Pod {
            spec: workload.spec.clone(),
            labels: at(&workload.object.node, &workload.template).and_then(|pod| pod.find("metadata.labels")).cloned(),
            is_short_lived: workload.is_short_lived(),
            replicas: workload.replicas(),
        };
        Seen { pod: Some(pod), ..Seen::object(&workload.object) }
    }
}

impl Scope {
    fn name(&self, name: &str) -> Option<Value> {
        let pod = || self.seen.pod.as_ref();
        Some(match name {
            "item" => to_value(&self.item),
            "object" => to_value(&self.seen.node),
            "name" => Value::from(self.seen.name.as_str()),
            "id" => Value::from(format!("{}/{}", self.seen.kind, self.seen.name)),
            "index" => match self.step.as_ref()? {
                Step::Index(index) => Value::from(*index),
                Step::Key(_) => return None,
            },
            "key" => match self.step.as_ref()? {
                Step::Key(key) => Value::from(key.as_str()),
                Step::Index(_) => return None,
            },
            "word" => Value::from(self.word.as_deref()?),
            "container" => to_value(&self.container.as_ref()?.node),
            "is_init" => Value::from(self.container.as_ref()?.is_init),
            "pod" => to_value(&pod()?.spec),
            "labels" => to_value(pod()?.labels.as_ref()?),
            "mounts" => mounts(&pod()?.spec),
            "is_short_lived" => Value::from(pod()?.is_short_lived),
            "replicas" => to_value(&Node::new(Data::Float(pod()?.replicas?))),
            "is_hook" => Value::from(self.seen.is_hook),
            "is_test" => Value::from(self.seen.is_test),
            "case" => self.run.case.clone(),
            "values" => to_value(self.run.values.as_ref()?),
            "params" => to_value(self.run.params.as_ref()?),
            _ => return None,
        })
    }
}

impl minijinja::value::Object for Scope {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.name(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.name(key)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

/// The mounts of all containers of a pod, each with the name of its container.
fn mounts(pod: &Node) -> Value {
    let containers = ["initContainers", "containers"].into_iter().filter_map(|field| pod.get(field));
    let mounts = containers.flat_map(Node::items).flat_map(|container| {
        let name = container.get("name").cloned().unwrap_or_default();
        let mounts = container.get("volumeMounts").map(Node::items).unwrap_or_default();
        mounts.iter().map(move |mount| {
            let mut mount = mount.clone();
            if let Some(fields) = mount.as_map_mut() {
                fields.insert(Str::from("container"), name.clone());
            }
            to_value(&mount)
        })
    });
    mounts.collect()
}

/// A node as expressions see it; lists and maps are read where they are.
fn to_value(node: &Node) -> Value {
    match &node.data {
        Data::Null => Value::from(()),
        Data::Bool(b) => Value::from(*b),
        Data::Int(n) => Value::from(*n),
        #[allow(clippy::cast_possible_truncation)] // whole and below 2^53
        Data::Float(n) if n.fract() == 0.0 && n.abs() < 9e15 => Value::from(*n as i64),
        Data::Float(n) => Value::from(*n),
        Data::Str(text) => Value::from(&*text.to_text()),
        Data::List(_) | Data::Map(_) => Value::from_object(Shown(node.clone())),
    }
}

/// The list or map that a value shows.
pub(super) fn node_of(value: &Value) -> Option<&Node> {
    value.downcast_object_ref().map(|Shown(node)| node)
}

/// A list or map.
#[derive(Debug)]
struct Shown(Node);

impl minijinja::value::Object for Shown {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        if matches!(self.0.data, Data::List(_)) { ObjectRepr::Seq } else { ObjectRepr::Map }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match &self.0.data {
            Data::List(items) => items.get(key.as_usize()?).map(to_value),
            _ => self.0.get(key.as_str()?).map(to_value),
        }
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.0.get(key).map(to_value)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match &self.0.data {
            Data::List(items) => Enumerator::Seq(items.len()),
            Data::Map(map) => Enumerator::Values(map.keys().map(|key| Value::from(&*key.to_text())).collect()),
            _ => Enumerator::Empty,
        }
    }
}
