//! What Kubernetes gives up: API versions, annotations, labels and fields, by minor.
//!
//! In: schemas/kubernetes/deprecated.txt, or an object and a minor. Out: [`DeprecatedApi`]s, with the words of
//! `helm lint`, and [`Deprecation`]s with their places.

use super::at::At;
use super::podspec;
use super::problem::Minor;
use crate::path::Step;
use crate::value::Origin;
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::sync::OnceLock;

#[cfg(feature = "kube-schemas")]
const TABLE: &str = include_str!("../../schemas/kubernetes/deprecated.txt");
#[cfg(not(feature = "kube-schemas"))]
const TABLE: &str = "";

/// An API version of a kind that is, was or will be given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeprecatedApi {
    /// `policy/v1beta1`.
    pub api_version: Cow<'static, str>,
    /// `PodDisruptionBudget`.
    pub kind: Cow<'static, str>,
    /// The first minor that has it.
    pub introduced: Minor,
    /// The first minor that warns of it.
    pub deprecated: Minor,
    /// The first minor without it.
    pub removed: Option<Minor>,
    /// apiVersion and kind to use in its place.
    pub replacement: Option<(Cow<'static, str>, Cow<'static, str>)>,
    /// Whether the client that Helm is built with still knows it.
    linted: bool,
}

impl DeprecatedApi {
    /// What `helm lint` warns of at a minor, in its words; `None` when it says nothing.
    ///
    /// ```
    /// use chartwright::kube::{Minor, deprecated_api};
    /// let api = deprecated_api("policy/v1beta1", "PodDisruptionBudget").unwrap();
    /// assert_eq!(
    ///     api.helm_lint(Minor(21)).unwrap(),
    ///     "policy/v1beta1 PodDisruptionBudget is deprecated in v1.21+, unavailable in v1.25+; use policy/v1 PodDisruptionBudget"
    /// );
    /// assert_eq!(api.helm_lint(Minor(20)), None);
    /// ```
    pub fn helm_lint(&self, minor: Minor) -> Option<String> {
        (minor >= self.deprecated && self.linted).then(|| self.words())
    }

    fn group(&self) -> Option<&str> {
        self.api_version.split('/').next()
    }

    /// Since when, until when, and what else.
    pub fn words(&self) -> String {
        let removed = self.removed.map_or(String::new(), |minor| format!(", unavailable in v{minor}+"));
        let instead =
            self.replacement.as_ref().map_or(String::new(), |(version, kind)| format!("; use {version} {kind}"));
        format!("{} {} is deprecated in v{}+{removed}{instead}", self.api_version, self.kind, self.deprecated)
    }
}

/// What is known of an API version of a kind, or of lists of it.
pub fn deprecated_api(api_version: &str, kind: &str) -> Option<DeprecatedApi> {
    static READ: OnceLock<FxHashMap<(&'static str, &'static str), DeprecatedApi>> = OnceLock::new();
    let table = READ.get_or_init(|| {
        let names = |line: &'static str| {
            line.trim_start_matches('~')
                .split_once(' ')
                .map(|(version, rest)| (version, rest.split(' ').next().unwrap_or(rest)))
        };
        TABLE.lines().filter_map(|line| Some((names(line)?, read(line)?))).collect()
    });
    if let Some(found) = table.get(&(api_version, kind)) {
        return Some(found.clone());
    }
    let found = table.get(&(api_version, kind.strip_suffix("List")?))?.clone();
    let replacement = found.replacement.map(|(version, kind)| (version, format!("{kind}List").into()));
    Some(DeprecatedApi { kind: kind.to_owned().into(), replacement, ..found })
}

/// The minor from which on servers serve no beta of a new kind unless told to.
const BETAS_OFF: Minor = Minor(24);

/// The betas that a minor served without being told to: API version and kind.
pub(super) fn old_betas(minor: Minor) -> Vec<(String, String)> {
    let betas: Vec<DeprecatedApi> =
        TABLE.lines().filter_map(read).filter(|api| api.api_version.contains("beta")).collect();
    let is_same = |one: &DeprecatedApi, other: &DeprecatedApi| one.kind == other.kind && one.group() == other.group();
    // A later beta of a kind that had one is served as well.
    let is_old = |api: &DeprecatedApi| betas.iter().any(|one| is_same(one, api) && one.introduced < BETAS_OFF);
    let is_there = |api: &DeprecatedApi| api.introduced <= minor && api.removed.is_none_or(|removed| minor < removed);
    let served = betas.iter().filter(|api| is_there(api) && is_old(api));
    served.map(|api| (api.api_version.to_string(), api.kind.to_string())).collect()
}

/// `policy/v1beta1 PodDisruptionBudget 1.5 1.21 1.25 policy/v1 PodDisruptionBudget`; `-` is nothing, and `~` before it
/// says that Helm's client does not know it.
fn read(line: &'static str) -> Option<DeprecatedApi> {
    let linted = !line.starts_with('~');
    let line = line.trim_start_matches('~');
    let mut words = line.split(' ');
    let minor = |word: &str| word.strip_prefix("1.")?.parse().ok().map(Minor);
    Some(DeprecatedApi {
        api_version: words.next()?.into(),
        kind: words.next()?.into(),
        introduced: minor(words.next()?)?,
        deprecated: minor(words.next()?)?,
        removed: words.next().and_then(minor),
        replacement: words.next().filter(|word| *word != "-").map(Cow::Borrowed).zip(words.next().map(Cow::Borrowed)),
        linted,
    })
}

/// An annotation, label or field that is given up.
#[derive(Debug, Clone, PartialEq)]
pub struct Deprecation {
    /// The field.
    pub path: Vec<Step>,
    /// Where it was written.
    pub origin: Origin,
    /// What it is, and since when it is given up.
    pub message: String,
    /// What to use in its place.
    pub fix: Option<String>,
    /// Whether it does nothing any more in this minor.
    pub dead: bool,
}

/// A name, the minor that deprecated it, the minor from which on it does nothing (0: none), and what to use.
type Row = (&'static str, u8, u8, &'static str);

/// Annotations of pods; a name that ends in `/` is the beginning of several.
const POD_ANNOTATIONS: &[Row] = &[
    ("seccomp.security.alpha.kubernetes.io/pod", 19, 27, "`securityContext.seccompProfile` of the pod"),
    ("container.seccomp.security.alpha.kubernetes.io/", 19, 27, "`securityContext.seccompProfile` of the container"),
    ("container.apparmor.security.beta.kubernetes.io/", 30, 0, "`securityContext.appArmorProfile`"),
    ("scheduler.alpha.kubernetes.io/critical-pod", 13, 16, "`priorityClassName`"),
];

/// Annotations of objects, by kind.
const ANNOTATIONS: &[(&str, Row)] = &[
    ("Ingress", ("kubernetes.io/ingress.class", 18, 0, "`spec.ingressClassName`")),
    (
        "Service",
        ("service.alpha.kubernetes.io/tolerate-unready-endpoints", 11, 24, "`spec.publishNotReadyAddresses: true`"),
    ),
    ("Service", ("service.kubernetes.io/topology-aware-hints", 27, 0, "`spec.trafficDistribution`")),
    ("Service", ("service.beta.kubernetes.io/load-balancer-source-ranges", 0, 0, "`spec.loadBalancerSourceRanges`")),
    ("PersistentVolumeClaim", ("volume.beta.kubernetes.io/storage-class", 8, 0, "`spec.storageClassName`")),
    ("PersistentVolume", ("volume.beta.kubernetes.io/storage-class", 8, 0, "`spec.storageClassName`")),
    ("PersistentVolume", ("volume.beta.kubernetes.io/mount-options", 31, 0, "`spec.mountOptions`")),
    (
        "StorageClass",
        (
            "storageclass.beta.kubernetes.io/is-default-class",
            6,
            0,
            "the annotation `storageclass.kubernetes.io/is-default-class`",
        ),
    ),
];

/// Labels of nodes.
const NODE_LABELS: &[Row] = &[
    ("beta.kubernetes.io/arch", 14, 0, "`kubernetes.io/arch`"),
    ("beta.kubernetes.io/os", 14, 0, "`kubernetes.io/os`"),
    ("beta.kubernetes.io/instance-type", 17, 0, "`node.kubernetes.io/instance-type`"),
    ("failure-domain.beta.kubernetes.io/region", 17, 0, "`topology.kubernetes.io/region`"),
    ("failure-domain.beta.kubernetes.io/zone", 17, 0, "`topology.kubernetes.io/zone`"),
    ("node-role.kubernetes.io/master", 20, 25, "`node-role.kubernetes.io/control-plane`"),
];

/// Kinds of volumes.
const VOLUMES: &[Row] = &[
    ("cephfs", 28, 31, "a CSI driver"),
    ("flocker", 22, 25, "a CSI driver"),
    ("gitRepo", 11, 33, "an init container that clones into an `emptyDir`"),
    ("glusterfs", 25, 26, "a CSI driver"),
    ("photonPersistentDisk", 11, 16, "a CSI driver"),
    ("quobyte", 22, 25, "a CSI driver"),
    ("rbd", 28, 31, "a CSI driver"),
    ("scaleIO", 16, 22, "a CSI driver"),
    ("storageos", 22, 25, "a CSI driver"),
];

const AFFINITIES: [&str; 2] =
    ["requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"];

/// The annotations, labels and fields of an object that are deprecated in a minor.
///
/// ```
/// use chartwright::kube::{At, Minor, deprecations, show_path};
/// let text = b"{apiVersion: v1, kind: Pod, spec: {serviceAccount: redis, containers: []}}";
/// let object = chartwright::yaml::decode(text).unwrap();
/// let found = deprecations(Minor(35), &At::object(&object));
/// assert_eq!(show_path(&found[0].path), "spec.serviceAccount");
/// ```
pub fn deprecations(minor: Minor, object: &At<'_>) -> Vec<Deprecation> {
    let mut out = Out { minor, found: Vec::new() };
    let kind = object.text_of("kind").unwrap_or_default();
    for (key, annotation) in object.find(&["metadata", "annotations"]).iter().flat_map(At::entries) {
        let row = ANNOTATIONS.iter().find(|(of, row)| *of == kind && row.0 == key);
        if let Some((_, row)) = row {
            out.tell(&annotation, &format!("the annotation `{key}`"), row);
        }
    }
    if let Some(template) = podspec::pod_template(object) {
        pod(&template, &mut out);
    }
    let Some(spec) = object.get("spec") else {
        for labels in object.list("allowedTopologies").flat_map(|one| one.list("matchLabelExpressions")) {
            out.label(labels.get("key"));
        }
        return out.found;
    };
    match kind {
        "Service" => {
            out.field(&spec, &("loadBalancerIP", 24, 0, "an annotation of your load balancer"));
        }
        "StatefulSet" => {
            for claim in spec.list("volumeClaimTemplates") {
                for (key, annotation) in claim.find(&["metadata", "annotations"]).iter().flat_map(At::entries) {
                    let rows = ANNOTATIONS.iter().filter(|(of, _)| *of == "PersistentVolumeClaim");
                    if let Some((_, row)) = rows.into_iter().find(|(_, row)| row.0 == key) {
                        out.tell(&annotation, &format!("the annotation `{key}`"), row);
                    }
                }
            }
        }
        "PersistentVolume" => {
            VOLUMES.iter().for_each(|row| out.field(&spec, row));
            if spec.text_of("persistentVolumeReclaimPolicy") == Some("Recycle") {
                let row = ("", 15, 0, "`Delete` and dynamic provisioning");
                if let Some(policy) = spec.get("persistentVolumeReclaimPolicy") {
                    out.tell(&policy, "`Recycle`", &row);
                }
            }
            for term in spec.find(&["nodeAffinity", "required"]).iter().flat_map(|one| one.list("nodeSelectorTerms")) {
                out.term(&term);
            }
        }
        _ => {}
    }
    out.found
}

struct Out {
    minor: Minor,
    found: Vec<Deprecation>,
}

impl Out {
    fn tell(&mut self, at: &At<'_>, what: &str, row: &Row) {
        let (_, since, dead, instead) = *row;
        if self.minor < Minor(since) {
            return;
        }
        let is_dead = dead > 0 && self.minor >= Minor(dead);
        let message = if is_dead {
            format!("{what} does nothing since Kubernetes {}", Minor(dead))
        } else if since == 0 {
            format!("{what} is deprecated")
        } else {
            format!("{what} is deprecated since Kubernetes {}", Minor(since))
        };
        let fix = Some(format!("use {instead}"));
        self.found.push(Deprecation { path: at.path(), origin: at.node().origin, message, fix, dead: is_dead });
    }

    fn field(&mut self, at: &At<'_>, row: &'static Row) {
        if let Some(field) = at.get(row.0) {
            self.tell(&field, &format!("`{}`", row.0), row);
        }
    }

    /// A text that is the key of a label of nodes.
    fn label(&mut self, key: Option<At<'_>>) {
        let Some(key) = key else { return };
        let row = NODE_LABELS.iter().find(|row| key.text() == Some(row.0));
        if let Some(row) = row {
            self.tell(&key, &format!("the label `{}`", row.0), row);
        }
    }

    fn term(&mut self, term: &At<'_>) {
        term.list("matchExpressions").for_each(|expression| self.label(expression.get("key")));
    }
}

/// The pods of a template.
fn pod(template: &At<'_>, out: &mut Out) {
    for (key, annotation) in template.find(&["metadata", "annotations"]).iter().flat_map(At::entries) {
        let row =
            POD_ANNOTATIONS.iter().find(|row| if row.0.ends_with('/') { key.starts_with(row.0) } else { key == row.0 });
        if let Some(row) = row {
            out.tell(&annotation, &format!("the annotation `{key}`"), row);
        }
    }
    let Some(spec) = template.get("spec") else { return };
    if spec.lacks("serviceAccountName") {
        out.field(&spec, &("serviceAccount", 0, 0, "`serviceAccountName`"));
    }
    for volume in spec.list("volumes") {
        VOLUMES.iter().for_each(|row| out.field(&volume, row));
    }
    for (key, label) in spec.get("nodeSelector").iter().flat_map(At::entries) {
        if let Some(row) = NODE_LABELS.iter().find(|row| row.0 == key) {
            out.tell(&label, &format!("the label `{key}`"), row);
        }
    }
    spec.list("topologySpreadConstraints").for_each(|one| out.label(one.get("topologyKey")));
    spec.list("tolerations").for_each(|one| out.label(one.get("key")));
    let Some(affinity) = spec.get("affinity") else { return };
    if let Some(node) = affinity.get("nodeAffinity") {
        for term in node.get(AFFINITIES[0]).iter().flat_map(|one| one.list("nodeSelectorTerms")) {
            out.term(&term);
        }
        node.list(AFFINITIES[1]).filter_map(|one| one.get("preference")).for_each(|term| out.term(&term));
    }
    for pods in ["podAffinity", "podAntiAffinity"].into_iter().filter_map(|field| affinity.get(field)) {
        pods.list(AFFINITIES[0]).for_each(|one| out.label(one.get("topologyKey")));
        let preferred = pods.list(AFFINITIES[1]).filter_map(|one| one.get("podAffinityTerm"));
        preferred.for_each(|one| out.label(one.get("topologyKey")));
    }
}
