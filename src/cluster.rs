//! What a cluster of some version tells templates of itself.
//!
//! In: what `helm template` takes a cluster to have, and a version. Out: the same with the API versions that a server of
//! this version serves. Who asks what happens on that cluster wants that: `policy/v1beta1` is in Helm's own list, and gone
//! since 1.25; `policy/v1/PodDisruptionBudget` is not in the list, and there.
//!
//! What comes with a CustomResourceDefinition, such as `monitoring.coreos.com/v1`, may be there or not: as with Helm it is
//! where `--api-versions` names it.

use crate::kube::{self, Minor};
use crate::release::{Capabilities, DEFAULT_API_VERSIONS, KubeVersion, Outside};
use crate::value::Node;

/// Gives `lookup` the objects of a cluster: kinds without namespaces are found whatever namespace it names.
pub(crate) fn with_objects(outside: Outside, objects: &[Node]) -> Outside {
    let text = |object: &Node, field: &str| object.get(field).and_then(Node::as_text).unwrap_or_default().into_owned();
    let is_placed = |object: &&Node| {
        let version = text(object, "apiVersion");
        let group = version.split_once('/').map_or("", |(group, _)| group);
        kube::is_namespaced(group, &text(object, "kind")) != Some(false)
    };
    let (placed, unplaced): (Vec<Node>, Vec<Node>) = objects.iter().cloned().partition(|object| is_placed(&object));
    outside.with_objects(placed).with_unplaced(unplaced)
}

/// What a cluster of this version can do: Helm's own list gives way to what is served, what is given beside it stays.
pub(crate) fn capabilities(given: &Capabilities, version: &KubeVersion) -> Capabilities {
    let mut capabilities = Capabilities { kube_version: version.clone(), ..given.clone() };
    // A list that does not begin with Helm's was made by somebody who knows the cluster.
    let more = given.api_versions.split_at_checked(DEFAULT_API_VERSIONS.len());
    let Some((_, more)) = more.filter(|(own, _)| *own == DEFAULT_API_VERSIONS) else { return capabilities };
    let served = kube::api_versions(minor(version));
    // A build without the tables knows no better than Helm.
    if !served.is_empty() {
        capabilities.api_versions = served.into_iter().chain(more.iter().cloned()).collect();
    }
    capabilities
}

/// The minor, as it is: it may be older or newer than all whose kinds are known.
pub(crate) fn minor(version: &KubeVersion) -> Minor {
    let digits: String = version.minor.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().map_or(Minor::NEWEST, Minor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    fn has(version: &str, more: &[&str], wanted: &str) -> bool {
        let more = more.iter().map(|one| (*one).to_owned());
        let given = Capabilities::default().with_api_versions(more);
        let version = KubeVersion::parse(version).expect("a version");
        capabilities(&given, &version).api_versions.iter().any(|one| one == wanted)
    }

    #[test]
    #[cfg(feature = "kube-schemas")]
    fn templates_are_told_what_the_minor_serves_and_what_the_user_adds() {
        assert!(has("1.24.0", &[], "policy/v1beta1") && has("1.24.0", &[], "policy/v1/PodDisruptionBudget"));
        assert!(!has("1.35.1", &[], "policy/v1beta1") && has("1.35.1", &[], "apiregistration.k8s.io/v1"));
        assert!(has("1.30.0", &[], "flowcontrol.apiserver.k8s.io/v1beta3/FlowSchema"));
        assert!(!has("1.31.0", &[], "storage.k8s.io/v1beta1/VolumeAttributesClass"));
        assert!(!has("1.35.1", &[], "monitoring.coreos.com/v1"));
        assert!(has("1.35.1", &["monitoring.coreos.com/v1"], "monitoring.coreos.com/v1"));
    }

    #[test]
    fn a_list_of_somebody_who_knows_the_cluster_is_left_alone() {
        let given = Capabilities { api_versions: ["v1".to_owned()].into(), ..Capabilities::default() };
        let capabilities = capabilities(&given, &KubeVersion::default());
        assert_eq!(*capabilities.api_versions, ["v1".to_owned()]);
    }

    #[test]
    fn kinds_without_namespaces_are_found_in_any_and_others_in_their_own() {
        let node = |text: &str| crate::yaml::decode(text.as_bytes()).expect("it is YAML");
        let objects = [
            node("{apiVersion: v1, kind: Namespace, metadata: {name: default}}"),
            node("{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: one}}"),
        ];
        let outside = with_objects(Outside::seeded(1), &objects);
        // As a server of 1.35 answered Helm.
        assert!(outside.lookup("v1", "Namespace", "some", "default").is_true());
        assert!(outside.lookup("v1", "Namespace", "", "default").is_true());
        assert!(outside.lookup("v1", "Secret", "one", "s").is_true());
        assert!(!outside.lookup("v1", "Secret", "two", "s").is_true());
        let Value::Map(list) = outside.lookup("v1", "Namespace", "some", "") else { panic!("a list") };
        assert!(list.get(b"items").is_some_and(|items| items.is_true()));
    }
}
