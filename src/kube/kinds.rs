//! The kinds that the API servers of the known minors serve.
//!
//! In: schemas/kubernetes/kinds.txt. Out: [`Kind`]s by apiVersion and name.

use super::deprecations::{deprecated_api, old_betas};
use super::problem::Minor;
use super::range::Minors;
use crate::nearest::nearest;
use crate::value::Node;
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

#[cfg(feature = "kube-schemas")]
const TABLE: &str = include_str!("../../schemas/kubernetes/kinds.txt");
#[cfg(not(feature = "kube-schemas"))]
const TABLE: &str = "";

/// A kind that an API server serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// `apps/v1`, `v1`.
    pub api_version: &'static str,
    /// `StatefulSet`.
    pub kind: &'static str,
    /// `statefulsets`, as in URLs and RBAC rules.
    pub plural: &'static str,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Whether it is defined by a CustomResourceDefinition that must be installed first.
    pub custom: bool,
    pub(super) type_name: &'static str,
    pub(super) minors: Minors,
}

impl Kind {
    /// `apps` of `apps/v1`; empty for the core group.
    pub fn group(&self) -> &'static str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// Whether this minor serves it.
    pub fn is_served(&self, minor: Minor) -> bool {
        self.minors.hold(minor)
    }
}

/// What an object says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindId<'a> {
    /// `apps/v1`.
    pub api_version: &'a str,
    /// `StatefulSet`.
    pub kind: &'a str,
}

impl<'a> KindId<'a> {
    /// The kind of an object; `None` when it does not say.
    pub fn of(object: &'a Node) -> Option<KindId<'a>> {
        let text = |key| match &object.get(key)?.data {
            crate::value::Data::Str(text) => text.to_utf8().filter(|text| !text.is_empty()),
            _ => None,
        };
        Some(KindId { api_version: text("apiVersion")?, kind: text("kind")? })
    }

    /// `apps` of `apps/v1`; empty for the core group.
    pub fn group(&self) -> &'a str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }
}

/// Every kind that one of the known minors serves.
pub fn kinds() -> &'static [Kind] {
    &table().0
}

/// Whether objects of a kind live in namespaces, whatever the version; `None` for kinds that no known minor serves.
///
/// ```
/// use chartwright::kube::is_namespaced;
/// assert_eq!(is_namespaced("apps", "StatefulSet"), Some(true));
/// assert_eq!(is_namespaced("rbac.authorization.k8s.io", "ClusterRole"), Some(false));
/// assert_eq!(is_namespaced("example.com", "Thing"), None);
/// ```
pub fn is_namespaced(group: &str, kind: &str) -> Option<bool> {
    static SCOPES: OnceLock<FxHashMap<(&str, &str), bool>> = OnceLock::new();
    let scopes =
        SCOPES.get_or_init(|| kinds().iter().map(|kind| ((kind.group(), kind.kind), kind.namespaced)).collect());
    scopes.get(&(group, kind)).copied()
}

/// The kind, when this minor serves it. Minors beyond the known ones count as the nearest known one.
///
/// ```
/// use chartwright::kube::{Minor, known_kind};
/// assert_eq!(known_kind(Minor(35), "apps/v1", "StatefulSet").unwrap().plural, "statefulsets");
/// assert!(known_kind(Minor(35), "policy/v1beta1", "PodDisruptionBudget").is_none());
/// ```
pub fn known_kind(minor: Minor, api_version: &str, kind: &str) -> Option<&'static Kind> {
    let (kinds, index) = table();
    let found = index.get(&(api_version, kind))?.iter().filter_map(|at| kinds.get(*at));
    let minor = minor.known();
    found.into_iter().find(|kind| kind.is_served(minor))
}

/// What a server of this minor says that it serves: every `group/version` and `group/version/Kind`, each once.
/// What needs a CustomResourceDefinition is not among it, nor what servers serve only when told to.
///
/// ```
/// use chartwright::kube::{Minor, api_versions};
/// let served = |minor, wanted: &str| api_versions(Minor(minor)).iter().any(|one| one == wanted);
/// assert!(served(36, "v1") && served(36, "policy/v1") && served(36, "apps/v1/StatefulSet"));
/// assert!(!served(36, "policy/v1beta1") && served(24, "policy/v1beta1/PodDisruptionBudget"));
/// assert!(!served(36, "monitoring.coreos.com/v1"));
/// ```
pub fn api_versions(minor: Minor) -> Vec<String> {
    let known = minor.known();
    let now = kinds().iter().filter(|kind| !kind.custom && kind.is_served(known));
    // Before the oldest minor whose kinds are known there was more.
    let before = if minor < known { old_betas(minor) } else { Vec::new() };
    let mut found = Vec::new();
    for (api_version, kind) in now.map(|kind| (kind.api_version.to_owned(), kind.kind.to_owned())).chain(before) {
        let with_kind = format!("{api_version}/{kind}");
        for one in [api_version, with_kind] {
            if !found.contains(&one) {
                found.push(one);
            }
        }
    }
    found
}

/// Why a minor serves no such kind, and what to do; `None` for kinds that are no part of Kubernetes, whose
/// CustomResourceDefinitions may be anywhere.
///
/// ```
/// use chartwright::kube::{Minor, why_unknown};
/// let (message, fix) = why_unknown(Minor(35), "policy/v1beta1", "PodDisruptionBudget").unwrap();
/// assert_eq!(message, "`policy/v1beta1` has no PodDisruptionBudget since Kubernetes 1.25");
/// assert_eq!(fix.unwrap(), "use `policy/v1`");
/// assert!(why_unknown(Minor(35), "example.com/v1", "Widget").is_none());
/// ```
pub fn why_unknown(minor: Minor, api_version: &str, kind: &str) -> Option<(String, Option<String>)> {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    if let Some(api) = deprecated_api(api_version, kind) {
        if let Some(removed) = api.removed.filter(|removed| *removed <= minor) {
            let message = format!("`{api_version}` has no {kind} since Kubernetes {removed}");
            let fix = api.replacement.map(|(version, _)| format!("use `{version}`"));
            return Some((message, fix));
        }
        if api.introduced <= minor {
            let message = format!("`{api_version}` is a preview that servers do not serve unless told to");
            let better = api.replacement.filter(|(version, kind)| known_kind(minor, version, kind).is_some());
            return Some((message, better.map(|(version, _)| format!("use `{version}`"))));
        }
    }
    let minor = minor.known();
    let message = format!("Kubernetes {minor} has no {kind} in `{api_version}`");
    let served = || kinds().iter().filter(|one| one.is_served(minor));
    // The newest version of a group is the last in the table.
    if let Some(other) = served().rfind(|one| one.kind == kind) {
        return Some((message, Some(format!("use `{}`", other.api_version))));
    }
    if !kinds().iter().any(|one| one.group() == group && !one.custom) {
        return None;
    }
    let near = nearest(kind, served().filter(|one| one.group() == group).map(|one| one.kind));
    Some((message, near.map(|near| format!("write `{near}`"))))
}

type Table = (Vec<Kind>, FxHashMap<(&'static str, &'static str), Vec<usize>>);

fn table() -> &'static Table {
    static READ: OnceLock<Table> = OnceLock::new();
    READ.get_or_init(|| {
        let kinds: Vec<Kind> = TABLE.lines().filter_map(read).collect();
        let mut index: FxHashMap<_, Vec<usize>> = FxHashMap::default();
        for (at, kind) in kinds.iter().enumerate() {
            index.entry((kind.api_version, kind.kind)).or_default().push(at);
        }
        (kinds, index)
    })
}

/// `apps/v1 StatefulSet statefulsets namespaced apps.v1.StatefulSet @33-36`.
fn read(line: &'static str) -> Option<Kind> {
    let (line, minors) = Minors::split(line);
    let mut words = line.split(' ');
    let (api_version, kind, plural) = (words.next()?, words.next()?, words.next()?);
    let (scope, type_name) = (words.next()?, words.next()?);
    let custom = words.next() == Some("custom");
    Some(Kind { api_version, kind, plural, namespaced: scope == "namespaced", custom, type_name, minors })
}
