//! Which object of the old side is which of the new.
//!
//! In: the objects of both sides. Out: [`Pair`]s in the order of the new side, what is gone last. Kubernetes knows
//! objects by group, kind, namespace and name: another version of the same group is the same object.

use crate::kube::is_namespaced;
use crate::manifest::Object;
use crate::plan::{Both, Concern, ConcernCode, Side};
use crate::value::Node;
use std::collections::{BTreeMap, BTreeSet};

/// What makes an object the same one for Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    /// The group of its `apiVersion`; empty for the core.
    pub group: String,
    /// `kind`.
    pub kind: String,
    /// The namespace; empty for what belongs to none.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
}

impl Identity {
    /// The identity of an object of a release in a namespace.
    pub fn of(object: &Object, namespace: &str) -> Self {
        let head = &object.head;
        let group = head.api_version.split_once('/').map(|(group, _)| group).unwrap_or_default();
        let namespace = object.namespace_in(namespace);
        let is_namespaced = is_namespaced(group, &head.kind).unwrap_or(true);
        let namespace = if is_namespaced { namespace.to_owned() } else { String::new() };
        Identity { group: group.to_owned(), kind: head.kind.clone(), namespace, name: head.name.clone() }
    }
}

/// An object on both sides, or on one.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'s> {
    /// As it was; `None` where it is new.
    pub old: Option<&'s Object>,
    /// As it shall be; `None` where it is gone.
    pub new: Option<&'s Object>,
    /// The object that is gone and looks like this new one under another name, or the other way round.
    pub renamed: Option<&'s Object>,
}

/// Pairs the objects of two sides, each with the namespace of its release. Of two with one identity on a side the last
/// counts, as in the cluster; that there are two is told elsewhere.
pub fn pairs<'s>(old: (&'s [Object], &str), new: (&'s [Object], &str)) -> Vec<Pair<'s>> {
    let (old, new) = (identified(old), identified(new));
    let mut before: BTreeMap<&Identity, &'s Object> = old.iter().map(|(id, object)| (id, *object)).collect();
    let last: BTreeMap<&Identity, &'s Object> = new.iter().map(|(id, object)| (id, *object)).collect();
    let mut pairs = Vec::new();
    let mut met = BTreeSet::new();
    for (id, _) in new.iter().filter(|(id, _)| met.insert(id)) {
        pairs.push(Pair { old: before.remove(id), new: last.get(id).copied(), renamed: None });
    }
    let gone: Vec<&'s Object> = old.iter().filter_map(|(id, _)| before.remove(id)).collect();
    for pair in pairs.iter_mut().filter(|pair| pair.old.is_none()) {
        pair.renamed = pair.new.and_then(|new| twin(new, &gone));
    }
    let added: Vec<&'s Object> = pairs.iter().filter(|pair| pair.old.is_none()).filter_map(|pair| pair.new).collect();
    pairs.extend(gone.iter().map(|old| Pair { old: Some(old), new: None, renamed: twin(old, &added) }));
    pairs
}

fn identified<'s>((objects, namespace): (&'s [Object], &str)) -> Vec<(Identity, &'s Object)> {
    objects.iter().map(|object| (Identity::of(object, namespace), object)).collect()
}

/// Tells of objects that stand more than once on a side: Helm applies one over the other.
pub(in crate::plan) fn duplicates(both: &Both<'_>, concerns: &mut Vec<Concern>) {
    for (side, name) in [(both.old, "old"), (both.new, "new")] {
        let mut places: BTreeMap<Identity, Vec<&Object>> = BTreeMap::new();
        for object in side.kept() {
            places.entry(Identity::of(object, &side.namespace)).or_default().push(object);
        }
        for objects in places.values().filter(|objects| objects.len() > 1) {
            let [first, .., last] = objects.as_slice() else { continue };
            let all: Vec<String> = objects.iter().filter_map(|object| place(object, side)).collect();
            let message = format!("`{}` stands {} times on the {name} side", last.id(), objects.len());
            let message = if all.is_empty() { message } else { format!("{message}: {}", all.join(" and ")) };
            let help = format!("only the last counts; take one away, or give it another name than `{}`", first.name());
            concerns.push(Concern::new(ConcernCode::Unknown, message).about(last.id(), "").help(help));
        }
    }
}

/// `templates/a.yaml:3`: where an object stands.
fn place(object: &Object, side: &Side) -> Option<String> {
    let document = side.attempt.documents.get(object.document)?;
    let line = usize::try_from(object.node.origin.line).ok()?;
    Some(format!("{}:{}", document.path, document.lines_before() + line))
}

/// The one object of the same kind whose labels say that it plays the same part in the same release.
fn twin<'s>(object: &Object, others: &[&'s Object]) -> Option<&'s Object> {
    let part = |object: &Object| {
        let labels = object.node.get("metadata")?.get("labels")?;
        let label = |name: &str| labels.get(name).and_then(Node::as_text).map(|text| text.into_owned());
        let component = label("app.kubernetes.io/component");
        label("app.kubernetes.io/instance").map(|instance| (instance, component))
    };
    let own = part(object)?;
    let same =
        |other: &&&'s Object| Identity::of(other, "").kind == object.head.kind && part(other).as_ref() == Some(&own);
    let mut found = others.iter().filter(same);
    // Of several none is surely the one.
    found.next().filter(|_| found.next().is_none()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{objects, read};

    fn shown(old: &str, new: &str) -> Vec<String> {
        let objects = |text: &str| objects(&read(&[("a.yaml".into(), text.into())]));
        let (old, new) = (objects(old), objects(new));
        let name = |object: Option<&Object>| object.map_or("-".to_owned(), |object| object.id().to_string());
        let line = |pair: &Pair<'_>| format!("{} {} {}", name(pair.old), name(pair.new), name(pair.renamed));
        pairs((&old, "default"), (&new, "default")).iter().map(line).collect()
    }

    #[test]
    fn a_version_does_not_make_another_object_but_a_group_does() {
        let object = |version: &str| format!("apiVersion: {version}\nkind: Ingress\nmetadata: {{name: a}}\n");
        assert_eq!(
            shown(&object("networking.k8s.io/v1beta1"), &object("networking.k8s.io/v1")),
            ["Ingress/a Ingress/a -"]
        );
        assert_eq!(
            shown(&object("extensions/v1beta1"), &object("networking.k8s.io/v1")),
            ["- Ingress/a -", "Ingress/a - -"]
        );
    }

    #[test]
    fn what_plays_the_same_part_under_another_name_is_a_rename() {
        let object = |name: &str| {
            format!(
                "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: {name}, labels: {{app.kubernetes.io/instance: r, \
                 app.kubernetes.io/component: master}}}}\n"
            )
        };
        let told = shown(&object("r-redis"), &object("r-cache"));
        assert_eq!(told, ["- StatefulSet/r-cache StatefulSet/r-redis", "StatefulSet/r-redis - StatefulSet/r-cache"]);
    }

    #[test]
    fn objects_without_a_namespace_are_in_that_of_the_release() {
        let old = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
        let new = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n";
        assert_eq!(shown(old, new), ["ConfigMap/a ConfigMap/a -"]);
        // What belongs to no namespace has none, whatever the manifest says.
        let role = |namespace: &str| {
            format!(
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: a, namespace: {namespace}}}\n"
            )
        };
        assert_eq!(shown(&role("x"), &role("y")), ["ClusterRole/a ClusterRole/a -"]);
    }
}
