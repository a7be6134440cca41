//! Which object of the old side is which of the new.
//!
//! In: the objects of both sides. Out: [`Pair`]s in the order of the new side, what is gone last. Kubernetes knows
//! objects by group, kind, namespace and name: another version of the same group is the same object.

use super::side::Object;
use std::collections::BTreeMap;

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

/// Pairs the objects. Of two with one identity on a side the first counts; the other is told elsewhere.
pub fn pairs<'s>(old: &'s [Object], new: &'s [Object]) -> Vec<Pair<'s>> {
    let mut before = BTreeMap::new();
    for object in old {
        before.entry(&object.id).or_insert(object);
    }
    let mut pairs = Vec::new();
    let mut met = std::collections::BTreeSet::new();
    for object in new.iter().filter(|object| met.insert(&object.id)) {
        pairs.push(Pair { old: before.remove(&object.id), new: Some(object), renamed: None });
    }
    let gone: Vec<&Object> = old.iter().filter(|object| before.remove(&object.id).is_some()).collect();
    for pair in pairs.iter_mut().filter(|pair| pair.old.is_none()) {
        pair.renamed = pair.new.and_then(|new| twin(new, &gone));
    }
    let added: Vec<&Object> = pairs.iter().filter(|pair| pair.old.is_none()).filter_map(|pair| pair.new).collect();
    pairs.extend(gone.iter().map(|old| Pair { old: Some(old), new: None, renamed: twin(old, &added) }));
    pairs
}

/// The one object of the same kind whose labels say that it plays the same part in the same release.
fn twin<'s>(object: &Object, others: &[&'s Object]) -> Option<&'s Object> {
    let part = |object: &Object| {
        let labels = object.node.find("metadata.labels")?;
        let label = |name: &str| labels.get(name).and_then(|value| value.as_text().map(|text| text.into_owned()));
        let component = label("app.kubernetes.io/component");
        label("app.kubernetes.io/instance").map(|instance| (instance, component))
    };
    let own = part(object)?;
    let same = |other: &&&'s Object| {
        (&other.id.group, &other.id.kind, &other.id.namespace) == (&object.id.group, &object.id.kind, &object.id.namespace)
            && part(other).as_ref() == Some(&own)
    };
    let mut found = others.iter().filter(same);
    // Of several none is surely the one.
    found.next().filter(|_| found.next().is_none()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(text: &str) -> Vec<Object> {
        super::super::side::objects_of(&crate::manifest::read(&[("a.yaml".into(), text.into())]), "default")
    }

    fn shown(old: &str, new: &str) -> Vec<String> {
        let (old, new) = (objects(old), objects(new));
        let name = |object: Option<&Object>| object.map_or("-".to_owned(), |object| object.id.to_string());
        let line = |pair: &Pair<'_>| format!("{} {} {}", name(pair.old), name(pair.new), name(pair.renamed));
        pairs(&old, &new).iter().map(line).collect()
    }

    #[test]
    fn a_version_does_not_make_another_object_but_a_group_does() {
        let object = |version: &str| format!("apiVersion: {version}\nkind: Ingress\nmetadata: {{name: a}}\n");
        assert_eq!(shown(&object("networking.k8s.io/v1beta1"), &object("networking.k8s.io/v1")), ["Ingress/a Ingress/a -"]);
        assert_eq!(shown(&object("extensions/v1beta1"), &object("networking.k8s.io/v1")), ["- Ingress/a -", "Ingress/a - -"]);
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
            format!("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: a, namespace: {namespace}}}\n")
        };
        assert_eq!(shown(&role("x"), &role("y")), ["ClusterRole/a ClusterRole/a -"]);
    }
}
