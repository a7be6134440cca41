//! What the API server makes of a manifest: the object as it stores it, and what an upgrade makes of that.
//!
//! In: an object as its manifest says it. Out: [`normalised`], with defaults filled in, what is empty left out where that
//! means the same, and amounts in the server's spelling; [`upgrade`], what server-side apply as Helm does it leaves when
//! one manifest follows another: what the server once filled in stays, so that `redis:latest` to `redis:7` keeps
//! `imagePullPolicy: Always`. Two objects are the same for the server when these are.

use super::defaults::{self, Fields};
use super::kinds::{KindId, known_kind};
use super::problem::Minor;
use super::quantity::Quantity;
use super::types::{self, Schema, Shape, Type};
use crate::value::{Data, Node, Str};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

#[cfg(feature = "kube-schemas")]
const POINTERS: &str = include_str!("../../schemas/kubernetes/pointers.txt");
#[cfg(not(feature = "kube-schemas"))]
const POINTERS: &str = "";

/// Fields of metadata that the server writes, whatever a manifest says.
const WRITTEN: &[&str] = &[
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// Runs one level deeper, with stack enough: documents nest as deep as they like.
fn deep<T>(run: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, run)
}

/// Fields of a type in which `0`, `false`, an empty text or an empty map is something.
fn pointers(name: &str) -> &'static [&'static str] {
    static READ: OnceLock<FxHashMap<&'static str, Vec<&'static str>>> = OnceLock::new();
    let rows = || POINTERS.lines().filter_map(|line| line.split_once(' '));
    let read = READ.get_or_init(|| rows().map(|(name, fields)| (name, fields.split(' ').collect())).collect());
    read.get(name).map(Vec::as_slice).unwrap_or_default()
}

/// An object as an API server of this minor stores it, without status and what the server writes of itself.
///
/// Kinds that it does not know stay as they are, but for null.
///
/// ```
/// use chartwright::kube::{Minor, normalised};
/// let read = |text: &str| chartwright::yaml::decode(text.as_bytes()).unwrap();
/// let service = |port| read(&format!("{{apiVersion: v1, kind: Service, spec: {{ports: [{{{port}}}]}}}}"));
/// let (short, long) = (service("port: 80"), service("port: 80, targetPort: 80, protocol: TCP, nodePort: 0"));
/// assert_eq!(normalised(Minor(35), &short), normalised(Minor(35), &long));
/// ```
#[must_use]
pub fn normalised(minor: Minor, object: &Node) -> Node {
    shape_of(minor, object).map_or_else(|| without_nulls(object), |shape| shape.stored(object))
}

/// What is stored of `old`, and what of it once `new` was applied over it, both manifests of one object: fields that `old`
/// had and `new` has not are gone, what the server filled in stays.
///
/// ```
/// use chartwright::kube::{Minor, upgrade};
/// let pod = |image: &str| {
///     let text = format!("{{apiVersion: v1, kind: Pod, spec: {{containers: [{{name: a, image: {image}}}]}}}}");
///     chartwright::yaml::decode(text.as_bytes()).unwrap()
/// };
/// let (_, after) = upgrade(Minor(35), &pod("redis"), &pod("redis:7"));
/// let policy = after.find("spec.containers.0.imagePullPolicy").and_then(|node| node.as_text());
/// assert_eq!(policy.as_deref(), Some("Always"));
/// ```
#[must_use]
pub fn upgrade(minor: Minor, old: &Node, new: &Node) -> (Node, Node) {
    let Some(shape) = shape_of(minor, new) else { return (without_nulls(old), without_nulls(new)) };
    let old = converted(old, new);
    // An older version of the same group has the same fields nearly always; where it has not, they are unknown here.
    let live = shape.stored(&old);
    let mut applied = merged(Some(&Known::Type(shape.of)), minor, &live, Some(&old), new);
    if shape.name == "core.v1.Service" {
        drop_what_the_type_excludes(&live, new, &mut applied);
    }
    let after = shape.stored(&applied);
    (live, after)
}

/// An autoscaler of the first version as one of the second, where that follows it; all else as it is.
fn converted<'n>(old: &'n Node, new: &Node) -> Cow<'n, Node> {
    let is = |node: &Node, version: &str| {
        KindId::of(node).is_some_and(|id| id.api_version == version && id.kind == "HorizontalPodAutoscaler")
    };
    if !is(old, "autoscaling/v1") || !is(new, "autoscaling/v2") {
        return Cow::Borrowed(old);
    }
    let mut old = old.clone();
    if let Some(spec) = old.as_map_mut().and_then(|map| map.get_mut(&b"spec"[..])).and_then(Node::as_map_mut)
        && let Some(percent) = spec.remove(&b"targetCPUUtilizationPercentage"[..])
    {
        let map = |entries: Vec<(&str, Node)>| {
            Node::new(Data::map(entries.into_iter().map(|(key, node)| (Str::from(key), node)).collect()))
        };
        let text = |text: &str| Node::new(Data::Str(text.into()));
        let target = map(vec![("type", text("Utilization")), ("averageUtilization", percent)]);
        let resource = map(vec![("name", text("cpu")), ("target", target)]);
        let metric = map(vec![("type", text("Resource")), ("resource", resource)]);
        spec.insert("metrics".into(), Node::new(Data::list(vec![metric])));
    }
    Cow::Owned(old)
}

/// How objects of a kind look.
struct Kind<'o> {
    minor: Minor,
    name: &'static str,
    of: &'static Type,
    custom: bool,
    kind: &'o str,
}

fn shape_of(minor: Minor, object: &Node) -> Option<Kind<'_>> {
    let minor = minor.known();
    let id = KindId::of(object)?;
    let kind = known_kind(minor, id.api_version, id.kind)?;
    Some(Kind { minor, name: kind.type_name, of: types::named(kind.type_name)?, custom: kind.custom, kind: id.kind })
}

impl Kind<'_> {
    fn stored(&self, object: &Node) -> Node {
        let mut object = object.clone();
        if let Some(map) = object.as_map_mut() {
            map.remove(&b"status"[..]);
            if let Some(metadata) = map.get_mut(&b"metadata"[..]).and_then(Node::as_map_mut) {
                WRITTEN.iter().for_each(|field| drop(metadata.remove(field.as_bytes())));
            }
        }
        self.fields(self.name, self.of, &object)
    }

    fn fields(&self, name: &str, of: &Type, node: &Node) -> Node {
        let Some(map) = node.as_map() else { return node.clone() };
        let mut kept = Fields::new();
        for (key, value) in map {
            if value.is_null() {
                continue;
            }
            let Some(row) = key.to_utf8().and_then(|key| of.rows(key).iter().find(|row| row.minors.hold(self.minor)))
            else {
                kept.insert(key.clone(), value.clone());
                continue;
            };
            let value = deep(|| self.value(&row.schema, value));
            let is_told = self.custom || !is_nothing(&row.schema.shape, &value) || pointers(name).contains(&&*row.name);
            // A list that is a pointer is nothing when it is empty all the same.
            let is_list = matches!(row.schema.shape, Shape::List(_) | Shape::Map(_));
            if is_told && (self.custom || !is_list || !is_nothing(&row.schema.shape, &value)) {
                kept.insert(key.clone(), value);
            }
        }
        for row in of.fields.iter().filter(|row| row.minors.hold(self.minor)) {
            let default = row.schema.limits.as_ref().and_then(|limits| limits.default.clone());
            if let Some(default) = default.filter(|_| !kept.contains_key(row.name.as_bytes())) {
                kept.insert(Str::from(&*row.name), Node::new(default));
            }
        }
        if !self.custom {
            defaults::fill(self.minor, self.kind, name, &mut kept);
        }
        Node { data: Data::map(kept), origin: node.origin }
    }

    fn value(&self, schema: &Schema, node: &Node) -> Node {
        let origin = node.origin;
        match (&schema.shape, &node.data) {
            (Shape::Named(name), _) => {
                types::named(name).map_or_else(|| node.clone(), |of| self.fields(name, of, node))
            }
            (Shape::Struct(of), _) => self.fields("", of, node),
            (Shape::List(list), Data::List(items)) => {
                let items = items.iter().map(|item| deep(|| self.value(&list.item, item))).collect();
                Node { data: Data::list(items), origin }
            }
            (Shape::Map(item), Data::Map(entries)) => {
                let entries =
                    entries.iter().map(|(key, one)| (key.clone(), deep(|| self.entry(&item.shape, item, one))));
                Node { data: Data::map(entries.collect()), origin }
            }
            (Shape::Quantity, _) if !self.custom => {
                let text = Quantity::of(node).map(|amount| amount.canonical());
                text.map_or_else(|| node.clone(), |text| Node { data: Data::Str(text.into()), origin })
            }
            // Lines of base64 are one.
            (Shape::Bytes, Data::Str(text)) if text.iter().any(|byte| byte.is_ascii_whitespace()) => {
                let text: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
                Node { data: Data::Str(text.into()), origin }
            }
            // Whole numbers are the same however they are written.
            #[allow(clippy::cast_precision_loss)] // beyond 2^53 no field of Kubernetes counts
            (Shape::Int32 | Shape::Int64 | Shape::IntOrString | Shape::Number, Data::Int(number)) => {
                Node { data: Data::Float(*number as f64), origin }
            }
            _ => node.clone(),
        }
    }

    /// An entry of a map of values: null is an empty one.
    fn entry(&self, shape: &Shape, item: &Schema, node: &Node) -> Node {
        match shape {
            Shape::Text | Shape::Bytes if node.is_null() && !self.custom => {
                Node { data: Data::Str("".into()), origin: node.origin }
            }
            _ => self.value(item, node),
        }
    }
}

/// Whether the server takes it for nothing where the field is no pointer.
fn is_nothing(shape: &Shape, node: &Node) -> bool {
    match (&node.data, shape) {
        (Data::Str(text), shape) => text.is_empty() && !matches!(shape, Shape::Any),
        (Data::Int(0), _) | (Data::Bool(false), _) => !matches!(shape, Shape::Any),
        (Data::Float(number), _) => *number == 0.0 && !matches!(shape, Shape::Any),
        (Data::List(items), Shape::List(_)) => items.is_empty(),
        (Data::Map(entries), Shape::Map(_) | Shape::Named(_)) => entries.is_empty(),
        _ => false,
    }
}

fn without_nulls(node: &Node) -> Node {
    let data = match &node.data {
        Data::Map(entries) => {
            let kept = entries.iter().filter(|(_, value)| !value.is_null());
            Data::map(kept.map(|(key, value)| (key.clone(), deep(|| without_nulls(value)))).collect())
        }
        Data::List(items) => Data::list(items.iter().map(|item| deep(|| without_nulls(item))).collect()),
        data => data.clone(),
    };
    Node { data, origin: node.origin }
}

/// What is known of a place.
enum Known<'t> {
    Type(&'t Type),
    Schema(&'t Schema),
}

/// What applying `new` leaves of `live`, where `old` is what was applied before.
fn merged(known: Option<&Known<'_>>, minor: Minor, live: &Node, old: Option<&Node>, new: &Node) -> Node {
    match (&live.data, &new.data) {
        (Data::Map(before), Data::Map(after)) => {
            let mut kept = Fields::new();
            for (key, live) in before.iter() {
                let owned = old.and_then(|old| old.as_map()).and_then(|old| old.get(key)).filter(|old| !old.is_null());
                let node = match after.get(key).filter(|new| !new.is_null()) {
                    Some(new) => {
                        let below = below(known, minor, key);
                        Some(deep(|| merged(below.as_ref(), minor, live, owned, new)))
                    }
                    None => deep(|| unowned(below(known, minor, key).as_ref(), minor, live, owned)),
                };
                if let Some(node) = node {
                    kept.insert(key.clone(), node);
                }
            }
            let fresh = after.iter().filter(|(key, _)| !before.contains_key(*key));
            kept.extend(fresh.map(|(key, node)| (key.clone(), node.clone())));
            Node { data: Data::map(kept), origin: new.origin }
        }
        (Data::List(before), Data::List(after)) => {
            let Some(Known::Schema(Schema { shape: Shape::List(list), .. })) = known else { return new.clone() };
            let owned = old.map(Node::items).unwrap_or_default();
            if list.set {
                let stays = before.iter().filter(|item| !owned.contains(item) && !after.contains(item));
                return Node { data: Data::list(after.iter().chain(stays).cloned().collect()), origin: new.origin };
            }
            if list.keys.is_empty() {
                return new.clone();
            }
            let key = |item: &Node| identity(&list.keys, &list.item, minor, item);
            let find = |items: &[Node], wanted: &[Node]| items.iter().find(|item| key(item) == wanted).cloned();
            let item = Known::Schema(&list.item);
            let applied = after.iter().map(|new| {
                let wanted = key(new);
                match find(before, &wanted) {
                    Some(live) => deep(|| merged(Some(&item), minor, &live, find(owned, &wanted).as_ref(), new)),
                    None => new.clone(),
                }
            });
            let stays = before.iter().filter(|item| {
                let wanted = key(item);
                find(owned, &wanted).is_none() && find(after, &wanted).is_none()
            });
            Node { data: Data::list(applied.chain(stays.cloned()).collect()), origin: new.origin }
        }
        _ => new.clone(),
    }
}

/// What is left of a field that nothing applies any more: what the server put into it.
fn unowned(known: Option<&Known<'_>>, minor: Minor, live: &Node, old: Option<&Node>) -> Option<Node> {
    let Some(old) = old else { return Some(live.clone()) };
    match (&live.data, &old.data) {
        (Data::Map(before), Data::Map(owned)) if !owned.is_empty() => {
            let left = before.iter().filter_map(|(key, live)| {
                let owned = owned.get(key).filter(|old| !old.is_null());
                Some((key.clone(), deep(|| unowned(below(known, minor, key).as_ref(), minor, live, owned))?))
            });
            let left: Fields = left.collect();
            (!left.is_empty()).then(|| Node { data: Data::map(left), origin: live.origin })
        }
        (Data::List(before), Data::List(owned)) => {
            let Some(Known::Schema(Schema { shape: Shape::List(list), .. })) = known else { return None };
            let key = |item: &Node| identity(&list.keys, &list.item, minor, item);
            let is_left = |item: &&Node| {
                if list.set {
                    return !owned.contains(item);
                }
                !list.keys.is_empty() && !owned.iter().any(|old| key(old) == key(item))
            };
            let left: Vec<Node> = before.iter().filter(is_left).cloned().collect();
            (!left.is_empty()).then(|| Node { data: Data::list(left), origin: live.origin })
        }
        _ => None,
    }
}

/// What tells an item from its neighbours.
fn identity(keys: &[types::Word], item: &Schema, minor: Minor, node: &Node) -> Vec<Node> {
    let one = |key: &types::Word| {
        let default = || match row_of(&Known::Schema(item), minor, key) {
            Some(schema) => schema.limits.as_ref().and_then(|limits| limits.default.clone()).map(Node::new),
            None => None,
        };
        node.get(key).filter(|node| !node.is_null()).cloned().or_else(default).unwrap_or_default()
    };
    keys.iter().map(one).collect()
}

fn row_of<'t>(known: &Known<'t>, minor: Minor, key: &str) -> Option<&'t Schema> {
    let of = match known {
        Known::Type(of) => of,
        Known::Schema(schema) => match &schema.shape {
            Shape::Named(name) => types::named(name)?,
            Shape::Struct(of) => of,
            _ => return None,
        },
    };
    let minor = minor.known();
    of.rows(key).iter().find(|row| row.minors.hold(minor)).map(|row| &row.schema)
}

fn below<'t>(known: Option<&Known<'t>>, minor: Minor, key: &Str) -> Option<Known<'t>> {
    let known = known?;
    if let Known::Schema(Schema { shape: Shape::Map(item), .. }) = known {
        return Some(Known::Schema(item));
    }
    row_of(known, minor, key.to_utf8()?).map(Known::Schema)
}

/// The address and the ports of nodes of a Service stay when a manifest names them no more.
fn keep_what_was_assigned(live: &Node, applied: &mut Node, before: &str, after: &str) {
    let is_open = |kind: &str| matches!(kind, "NodePort" | "LoadBalancer");
    let address = live.find("spec.clusterIP").filter(|_| after != "ExternalName").cloned();
    let old_ports = live.find("spec.ports").map(Node::items).unwrap_or_default();
    let Some(spec) = applied.as_map_mut().and_then(|map| map.get_mut(&b"spec"[..])).and_then(Node::as_map_mut) else {
        return;
    };
    if let Some(address) = address {
        spec.entry("clusterIP".into()).or_insert(address);
    }
    let Some(Data::List(ports)) = spec.get_mut(&b"ports"[..]).map(|ports| &mut ports.data) else { return };
    if !is_open(before) || !is_open(after) {
        return;
    }
    let protocol = |port: &Node| port.get("protocol").and_then(Node::as_text).unwrap_or("TCP".into()).into_owned();
    for port in Arc::make_mut(ports) {
        let same = |old: &&Node| old.get("port") == port.get("port") && protocol(old) == protocol(port);
        let number = old_ports.iter().find(same).and_then(|old| old.get("nodePort")).cloned();
        if let (Some(number), Some(port)) = (number, port.as_map_mut()) {
            port.entry("nodePort".into()).or_insert(number);
        }
    }
}

/// Fields that go with the type of a Service; the server drops them with it, where the manifest does not say them anew.
fn drop_what_the_type_excludes(live: &Node, new: &Node, applied: &mut Node) {
    let kind = |node: &Node| node.find("spec.type").and_then(Node::as_text).unwrap_or("ClusterIP".into()).into_owned();
    let (before, after) = (kind(live), kind(applied));
    keep_what_was_assigned(live, applied, &before, &after);
    if before == after {
        return;
    }
    let is_open = |kind: &str| matches!(kind, "NodePort" | "LoadBalancer");
    let mut excluded = Vec::new();
    if !is_open(&after) {
        excluded.extend(["externalTrafficPolicy", "healthCheckNodePort"]);
    }
    if after != "LoadBalancer" {
        excluded.extend(["allocateLoadBalancerNodePorts", "loadBalancerClass"]);
    }
    if after == "ExternalName" {
        excluded.extend(["internalTrafficPolicy", "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]);
    }
    let Some(spec) = applied.as_map_mut().and_then(|map| map.get_mut(&b"spec"[..])).and_then(Node::as_map_mut) else {
        return;
    };
    let same = |field: &&str| {
        let at = |node: &Node| node.get("spec").and_then(|spec| spec.get(field)).cloned();
        at(new).is_none() || at(new) == at(live)
    };
    for field in excluded.into_iter().filter(same) {
        spec.remove(field.as_bytes());
    }
}

#[cfg(all(test, feature = "kube-schemas"))]
mod tests {
    use super::*;

    fn read(text: &str) -> Node {
        crate::yaml::decode(text.as_bytes()).expect("YAML")
    }

    fn text(node: &Node, path: &str) -> Option<String> {
        node.find(path).and_then(Node::as_text).map(|text| text.into_owned())
    }

    #[test]
    fn what_a_manifest_gave_up_is_gone_and_what_the_server_gave_stays() {
        let deployment = |rest: &str| read(&format!("{{apiVersion: apps/v1, kind: Deployment, {rest}}}"));
        let old = deployment("metadata: {labels: {a: b, c: d}}, spec: {replicas: 3, strategy: {type: RollingUpdate}}");
        let new = deployment("metadata: {labels: {a: b}}, spec: {strategy: {type: Recreate}}");
        let (before, after) = upgrade(Minor(35), &old, &new);
        assert_eq!(text(&before, "metadata.labels.c").as_deref(), Some("d"));
        assert_eq!(text(&after, "metadata.labels.c"), None);
        // Without a number there is one replica, and the surge that was never written stays.
        assert_eq!(after.find("spec.replicas").and_then(Node::as_number), Some(1.0));
        assert_eq!(text(&after, "spec.strategy.rollingUpdate.maxSurge").as_deref(), Some("25%"));
    }

    #[test]
    fn containers_are_found_again_by_name_and_ports_by_number_and_protocol() {
        let pods = |containers: &str| {
            let spec = format!("template: {{spec: {{containers: [{containers}]}}}}");
            read(&format!("{{apiVersion: apps/v1, kind: DaemonSet, spec: {{{spec}}}}}"))
        };
        let old = pods("{name: a, image: a}, {name: b, image: 'b:1', ports: [{containerPort: 1}]}");
        let new = pods("{name: b, image: b, ports: [{containerPort: 1, protocol: UDP}]}, {name: a, image: 'a:1'}");
        let (_, after) = upgrade(Minor(35), &old, &new);
        let at = |path: &str| text(&after, &format!("spec.template.spec.containers.{path}"));
        assert_eq!((at("0.name").as_deref(), at("0.imagePullPolicy").as_deref()), (Some("b"), Some("IfNotPresent")));
        assert_eq!((at("1.name").as_deref(), at("1.imagePullPolicy").as_deref()), (Some("a"), Some("Always")));
        assert_eq!((at("0.ports.0.protocol").as_deref(), at("0.ports.1.protocol")), (Some("UDP"), None));
    }

    #[test]
    fn kinds_that_are_not_known_stay_as_they_are_but_for_null() {
        let widget = read("{apiVersion: example.com/v1, kind: Widget, spec: {a: null, b: {}, c: [], d: 0, e: 1000m}}");
        let want = read("{apiVersion: example.com/v1, kind: Widget, spec: {b: {}, c: [], d: 0, e: 1000m}}");
        assert_eq!(normalised(Minor(35), &widget), want);
        assert_eq!(upgrade(Minor(35), &read("{}"), &widget).1, want);
    }

    #[test]
    fn the_numbers_of_a_minor_are_its_own() {
        let set = read("{apiVersion: apps/v1, kind: StatefulSet, spec: {}}");
        let most = |minor| {
            let stored = normalised(Minor(minor), &set);
            stored.find("spec.updateStrategy.rollingUpdate.maxUnavailable").and_then(Node::as_number)
        };
        assert_eq!((most(34), most(35)), (None, Some(1.0)));
    }
}
