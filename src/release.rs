//! What the template may know of the outside: the release, the cluster, the clock.
//!
//! In: what the command line or the embedder says. Out: [`Release`], [`Capabilities`] and
//! [`Outside`], and the objects through which templates see the first two. Defaults are those
//! of `helm template` v4.3.1 without a cluster.

use crate::value::{Go, Map, Node, Object, Str, Type, Value};
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// The API versions that Helm v4.3.1 takes a cluster to have, in its order.
pub const DEFAULT_API_VERSIONS: &[&str] = &[
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "lifecycle.k8s.io/v1alpha1",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];

/// `.Release`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The name; `release-name` unless given.
    pub name: String,
    /// The namespace; `default` unless given.
    pub namespace: String,
    /// Always 1 when nothing is installed.
    pub revision: i64,
    /// Whether this is an upgrade; the opposite of `is_install`.
    pub is_upgrade: bool,
}

impl Default for Release {
    fn default() -> Self {
        Release { name: "release-name".into(), namespace: "default".into(), revision: 1, is_upgrade: false }
    }
}

impl Release {
    /// The map that templates see. Every call makes a new map.
    pub fn to_value(&self) -> Value {
        let fields = [
            ("IsInstall", Value::Bool(!self.is_upgrade)),
            ("IsUpgrade", Value::Bool(self.is_upgrade)),
            ("Name", Value::from(self.name.as_str())),
            ("Namespace", Value::from(self.namespace.as_str())),
            ("Revision", Value::Int(self.revision)),
            ("Service", Value::from("Helm")),
        ];
        Value::Map(fields.into_iter().map(|(name, value)| (Str::from(name), value)).collect())
    }
}

/// A version of Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubeVersion {
    /// As given, with a `v`: `v1.33.4-gke.1245000`.
    pub version: String,
    /// The numbers alone: `v1.33.4`. Constraints are checked against this.
    pub normalized: String,
    /// `1`.
    pub major: String,
    /// `33`.
    pub minor: String,
}

impl Default for KubeVersion {
    fn default() -> Self {
        KubeVersion { version: "v1.37.0".into(), normalized: "v1.37.0".into(), major: "1".into(), minor: "37".into() }
    }
}

impl fmt::Display for KubeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.normalized)
    }
}

impl KubeVersion {
    /// Reads the argument of `--kube-version`: two or more numbers, then anything.
    ///
    /// # Errors
    /// Helm's text, without `invalid kube version 'X': ` in front.
    ///
    /// ```
    /// let version = chartwright::release::KubeVersion::parse("1.29.3-gke.1").unwrap();
    /// assert_eq!((version.version.as_str(), version.normalized.as_str()), ("v1.29.3-gke.1", "v1.29.3"));
    /// ```
    pub fn parse(text: &str) -> Result<KubeVersion, String> {
        let numbers = text.trim_start_matches(['\t', '\n', '\u{c}', '\r', ' ']);
        let numbers = numbers.strip_prefix('v').unwrap_or(numbers);
        let mut components: Vec<&str> = Vec::new();
        let mut rest = numbers;
        loop {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let (digits, after) = rest.split_at(end);
            if digits.is_empty() {
                break;
            }
            components.push(digits);
            match after.strip_prefix('.') {
                Some(after) => rest = after,
                None => break,
            }
        }
        if components.is_empty() || text.trim_end().contains('\n') {
            return Err(format!("could not parse {text:?} as version"));
        }
        if components.len() < 2 {
            return Err(format!("illegal version string {text:?}"));
        }
        let mut parsed = Vec::new();
        for (index, component) in components.iter().enumerate() {
            if index == 0 && component.starts_with('0') && *component != "0" {
                return Err(format!("illegal zero-prefixed version component {component:?} in {text:?}"));
            }
            let number: u64 = component.parse().map_err(|_| {
                let why = format!("strconv.ParseUint: parsing {component:?}: value out of range");
                format!("illegal non-numeric version component {component:?} in {text:?}: {why}")
            })?;
            parsed.push(number.to_string());
        }
        let version = if text.starts_with('v') { text.to_owned() } else { format!("v{text}") };
        let part = |index: usize| parsed.get(index).cloned().unwrap_or_default();
        Ok(KubeVersion { version, normalized: format!("v{}", parsed.join(".")), major: part(0), minor: part(1) })
    }

    fn plain(&self) -> Value {
        // Field order of the Go struct is Version, Major, Minor; maps print sorted.
        plain_map([("Version", self.version.as_str()), ("Major", self.major.as_str()), ("Minor", self.minor.as_str())])
    }
}

fn plain_map<const N: usize>(fields: [(&str, &str); N]) -> Value {
    Value::Map(fields.into_iter().map(|(name, text)| (Str::from(name), Value::from(text))).collect())
}

impl Object for KubeVersion {
    fn type_name(&self) -> &str {
        "common.KubeVersion"
    }
    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Version" => Some(Value::from(self.version.as_str())),
            "Major" => Some(Value::from(self.major.as_str())),
            "Minor" => Some(Value::from(self.minor.as_str())),
            _ => None,
        }
    }
    fn signature(&self, name: &str) -> Option<(&'static [Type], bool)> {
        let params: &'static [Type] = match name {
            "GitVersion" | "String" => &[],
            _ => return None,
        };
        Some((params, false))
    }

    fn call(&self, name: &str, _args: &[Value]) -> Option<Result<Value, String>> {
        match name {
            "GitVersion" => Some(Ok(Value::from(self.version.as_str()))),
            "String" => Some(Ok(Value::from(self.normalized.as_str()))),
            _ => None,
        }
    }
    // So `{{ .Capabilities.KubeVersion }}` is a text, and `{{ print .Capabilities.KubeVersion }}`
    // a struct.
    fn pointer_text(&self) -> Option<Vec<u8>> {
        Some(self.normalized.clone().into_bytes())
    }
    fn fields(&self) -> Option<Vec<(&'static str, Value)>> {
        Some(vec![
            ("Version", Value::from(self.version.as_str())),
            ("normalizedVersion", Value::from(self.normalized.as_str())),
            ("Major", Value::from(self.major.as_str())),
            ("Minor", Value::from(self.minor.as_str())),
        ])
    }
    fn to_plain(&self) -> Result<Value, String> {
        Ok(self.plain())
    }
    fn json_order(&self) -> &'static [&'static str] {
        &["Version", "Major", "Minor"]
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// What Helm says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildInfo {
    /// `v4.3`.
    pub version: String,
    /// Empty unless built from a checkout.
    pub git_commit: String,
    /// Empty unless built from a checkout.
    pub git_tree_state: String,
    /// The compiler.
    pub go_version: String,
    /// The Kubernetes library.
    pub kube_client_version: String,
}

impl Default for BuildInfo {
    fn default() -> Self {
        BuildInfo {
            version: "v4.3".into(),
            git_commit: String::new(),
            git_tree_state: String::new(),
            go_version: "go1.26.8".into(),
            kube_client_version: "v1.37".into(),
        }
    }
}

impl BuildInfo {
    /// Names in Go and in JSON, and the texts.
    fn texts(&self) -> [(&'static str, &'static str, &str); 5] {
        [
            ("Version", "version", &self.version),
            ("GitCommit", "git_commit", &self.git_commit),
            ("GitTreeState", "git_tree_state", &self.git_tree_state),
            ("GoVersion", "go_version", &self.go_version),
            ("KubeClientVersion", "kube_client_version", &self.kube_client_version),
        ]
    }
}

impl Object for BuildInfo {
    fn type_name(&self) -> &str {
        "version.BuildInfo"
    }
    fn field(&self, name: &str) -> Option<Value> {
        self.texts().into_iter().find(|(field, ..)| *field == name).map(|(_, _, text)| Value::from(text))
    }
    fn fields(&self) -> Option<Vec<(&'static str, Value)>> {
        Some(self.texts().into_iter().map(|(name, _, text)| (name, Value::from(text))).collect())
    }
    fn to_plain(&self) -> Result<Value, String> {
        // All but the last are omitted when empty.
        let shown = |(_, name, text): &(&str, &str, &str)| !text.is_empty() || *name == "kube_client_version";
        let fields = self.texts().into_iter().filter(shown);
        Ok(Value::Map(fields.map(|(_, name, text)| (Str::from(name), Value::from(text))).collect()))
    }
    fn json_order(&self) -> &'static [&'static str] {
        &["version", "git_commit", "git_tree_state", "go_version", "kube_client_version"]
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `.Capabilities.APIVersions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionSet(pub Arc<[String]>);

impl Object for VersionSet {
    fn type_name(&self) -> &str {
        "common.VersionSet"
    }
    fn kind(&self) -> &'static str {
        "slice"
    }
    fn signature(&self, name: &str) -> Option<(&'static [Type], bool)> {
        let params: &'static [Type] = match name {
            "Has" => &[Type::Str],
            _ => return None,
        };
        Some((params, false))
    }

    fn call(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let wanted = args.first().and_then(Value::as_str);
        let found = || wanted.is_some_and(|wanted| self.0.iter().any(|own| *wanted == **own));
        (name == "Has").then(|| Ok(Value::Bool(found())))
    }
    fn underlying(&self) -> Go {
        Go::List(self.0.iter().map(|version| Value::from(version.as_str())).collect())
    }
    fn to_plain(&self) -> Result<Value, String> {
        Ok(Value::list(self.0.iter().map(|version| Value::from(version.as_str())).collect()))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// What the cluster can do, as far as a chart may ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// The version of Kubernetes.
    pub kube_version: KubeVersion,
    /// `group/version`, and `group/version/Kind` where the user gave such.
    pub api_versions: Arc<[String]>,
    /// What Helm says about itself.
    pub helm_version: BuildInfo,
}

impl Default for Capabilities {
    fn default() -> Self {
        Capabilities {
            kube_version: KubeVersion::default(),
            api_versions: DEFAULT_API_VERSIONS.iter().map(|version| (*version).to_owned()).collect(),
            helm_version: BuildInfo::default(),
        }
    }
}

impl Capabilities {
    /// Adds what `--api-versions` names, behind the default ones.
    #[must_use]
    pub fn with_api_versions(mut self, more: impl IntoIterator<Item = String>) -> Self {
        self.api_versions = self.api_versions.iter().cloned().chain(more).collect();
        self
    }

    /// The object that templates see.
    pub fn to_value(&self) -> Value {
        Value::object(self.clone())
    }
}

impl Object for Capabilities {
    fn type_name(&self) -> &str {
        "*common.Capabilities"
    }
    fn kind(&self) -> &'static str {
        "ptr"
    }
    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "KubeVersion" => Some(Value::object(self.kube_version.clone())),
            "APIVersions" => Some(Value::object(VersionSet(Arc::clone(&self.api_versions)))),
            "HelmVersion" => Some(Value::object(self.helm_version.clone())),
            _ => None,
        }
    }
    fn signature(&self, name: &str) -> Option<(&'static [Type], bool)> {
        let params: &'static [Type] = match name {
            "Copy" => &[],
            _ => return None,
        };
        Some((params, false))
    }

    fn call(&self, name: &str, _args: &[Value]) -> Option<Result<Value, String>> {
        (name == "Copy").then(|| Ok(self.to_value()))
    }
    fn fields(&self) -> Option<Vec<(&'static str, Value)>> {
        let names = ["KubeVersion", "APIVersions", "HelmVersion"];
        names.into_iter().map(|name| Some((name, self.field(name)?))).collect()
    }
    fn to_plain(&self) -> Result<Value, String> {
        let fields = [
            // The parts stay objects: they have an order of their own.
            ("KubeVersion", Value::object(self.kube_version.clone())),
            ("APIVersions", VersionSet(Arc::clone(&self.api_versions)).to_plain()?),
            ("HelmVersion", Value::object(self.helm_version.clone())),
        ];
        Ok(Value::Map(fields.into_iter().map(|(name, value)| (Str::from(name), value)).collect()))
    }
    fn json_order(&self) -> &'static [&'static str] {
        &["KubeVersion", "APIVersions", "HelmVersion"]
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Where random bytes come from.
#[derive(Debug)]
enum Random {
    System,
    Seeded(Box<Mutex<ChaCha20Rng>>),
}

/// Answers a host name with its first address; empty when there is none.
pub type Resolver = dyn Fn(&str) -> String + Send + Sync;

/// What Helm says of a host without an address: it draws one of none.
const NO_ADDRESS: &str = "invalid argument to Intn";

/// The clock, random numbers, the cluster's objects and DNS, for one run. Not shared between
/// threads: make one for each render, so that a seed gives the same bytes every time.
pub struct Outside {
    now: Option<(i64, u32)>,
    zone: String,
    random: Random,
    objects: Vec<Node>,
    /// Those of kinds without namespaces.
    unplaced: Vec<Node>,
    /// Addresses that are known without asking.
    hosts: Option<BTreeMap<String, Vec<String>>>,
    resolver: Option<Box<Resolver>>,
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outside(now {:?}, {} objects)", self.now, self.objects.len())
    }
}

impl Default for Outside {
    fn default() -> Self {
        Outside::system()
    }
}

impl Outside {
    /// The real clock and real random numbers; no cluster, no DNS.
    pub fn system() -> Self {
        let zone = std::env::var("TZ").ok().filter(|zone| !zone.is_empty()).unwrap_or_else(|| "UTC".to_owned());
        Outside {
            now: None,
            zone,
            random: Random::System,
            objects: Vec::new(),
            unplaced: Vec::new(),
            hosts: None,
            resolver: None,
        }
    }

    /// Random numbers from a seed, and UTC; the clock stays real unless [`Outside::at`] sets it.
    pub fn seeded(seed: u64) -> Self {
        let random = Random::Seeded(Box::new(Mutex::new(ChaCha20Rng::seed_from_u64(seed))));
        Outside { zone: "UTC".to_owned(), random, ..Outside::system() }
    }

    /// Stops the clock: seconds and nanoseconds since 1970, UTC.
    #[must_use]
    pub fn at(mut self, seconds: i64, nanoseconds: u32) -> Self {
        self.now = Some((seconds, nanoseconds));
        self
    }

    /// Sets the name of the local time zone.
    #[must_use]
    pub fn in_zone(mut self, zone: impl Into<String>) -> Self {
        self.zone = zone.into();
        self
    }

    /// Gives `lookup` these objects of the cluster.
    #[must_use]
    pub fn with_objects(mut self, objects: Vec<Node>) -> Self {
        self.objects = objects;
        self
    }

    /// Gives `lookup` objects of kinds that have no namespaces: they are found whatever namespace it names, as in a
    /// cluster.
    ///
    /// ```
    /// use chartwright::{Outside, yaml};
    /// let node = yaml::decode(b"{apiVersion: v1, kind: Node, metadata: {name: one}}")?;
    /// let outside = Outside::seeded(1).with_unplaced(vec![node]);
    /// assert!(outside.lookup("v1", "Node", "some-namespace", "one").is_true());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_unplaced(mut self, objects: Vec<Node>) -> Self {
        self.unplaced = objects;
        self
    }

    /// Whether `lookup` has objects to find.
    pub fn has_objects(&self) -> bool {
        !self.objects.is_empty() || !self.unplaced.is_empty()
    }

    /// Gives `getHostByName` these addresses, by host; it takes the first one. A host that is not
    /// among them is an error, unless there is a resolver as well.
    ///
    /// ```
    /// let outside = chartwright::Outside::seeded(1).with_hosts([("db.example".into(), vec!["10.0.0.7".into()])]);
    /// assert_eq!(outside.resolve("db.example").as_deref(), Ok("10.0.0.7"));
    /// assert!(outside.resolve("other.example").is_err());
    /// ```
    #[must_use]
    pub fn with_hosts(mut self, hosts: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        self.hosts.get_or_insert_default().extend(hosts);
        self
    }

    /// Lets `getHostByName` ask.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Box<Resolver>) -> Self {
        self.resolver = Some(resolver);
        self
    }

    /// The time now: seconds and nanoseconds since 1970, UTC.
    pub fn now(&self) -> (i64, u32) {
        self.now.unwrap_or_else(|| match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos()),
            Err(before) => (i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds), 0),
        })
    }

    /// Whether the clock was stopped by [`Outside::at`].
    pub fn is_stopped(&self) -> bool {
        self.now.is_some()
    }

    /// Whether random numbers come from a seed.
    pub fn is_seeded(&self) -> bool {
        matches!(self.random, Random::Seeded(_))
    }

    /// The name of the local time zone.
    pub fn zone(&self) -> String {
        self.zone.clone()
    }

    /// Fills a buffer with random bytes.
    pub fn random(&self, buffer: &mut [u8]) {
        match &self.random {
            Random::System => rand_core::OsRng.fill_bytes(buffer),
            Random::Seeded(random) => random.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(buffer),
        }
    }

    /// The first address of a host name; empty unless DNS was allowed, or hosts were given.
    ///
    /// # Errors
    /// There is no address of that name: Helm's words, or for hosts that were given our own.
    pub fn resolve(&self, host: &str) -> Result<String, String> {
        let known = self.hosts.as_ref().and_then(|hosts| hosts.get(host)).and_then(|addresses| addresses.first());
        match (known, &self.resolver) {
            (Some(address), _) => Ok(address.clone()),
            (None, Some(resolver)) => Some(resolver(host)).filter(|found| !found.is_empty()).ok_or(NO_ADDRESS.into()),
            (None, None) if self.hosts.is_some() => Err(format!("no address of {host:?} was given")),
            (None, None) => Ok(String::new()),
        }
    }

    /// An object of the cluster; with an empty `name` a list of them, in all namespaces when
    /// `namespace` is empty. An empty map when there is none, and for a list when no objects
    /// were given at all, as without a cluster.
    pub fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Value {
        let is = |node: Option<&Node>, wanted: &str| matches!(node.map(|node| &node.data), Some(crate::value::Data::Str(text)) if *text == wanted);
        let fits = |object: &Node, namespace: &str| {
            let place = object.get("metadata");
            is(object.get("apiVersion"), api_version)
                && is(object.get("kind"), kind)
                && (namespace.is_empty() || is(place.and_then(|place| place.get("namespace")), namespace))
                && (name.is_empty() || is(place.and_then(|place| place.get("name")), name))
        };
        let placed = self.objects.iter().filter(|object| fits(object, namespace));
        let mut found = placed.chain(self.unplaced.iter().filter(|object| fits(object, ""))).map(Node::to_value);
        if !name.is_empty() || !self.has_objects() {
            return found.next().unwrap_or_else(|| Value::Map(Map::new()));
        }
        let list = [
            ("apiVersion", Value::from(api_version)),
            ("kind", Value::from(format!("{kind}List"))),
            ("metadata", Value::Map(Map::new())),
            ("items", Value::list(found.collect())),
        ];
        Value::Map(list.into_iter().map(|(key, value)| (Str::from(key), value)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kube_version_keeps_its_suffix_but_compares_without() {
        let parsed = KubeVersion::parse("v1.35").map(|v| (v.version, v.normalized, v.minor));
        assert_eq!(parsed, Ok(("v1.35".into(), "v1.35".into(), "35".into())));
        assert_eq!(KubeVersion::parse("1").err().as_deref(), Some("illegal version string \"1\""));
        assert_eq!(KubeVersion::parse("x").err().as_deref(), Some("could not parse \"x\" as version"));
    }

    #[test]
    fn a_seed_gives_the_same_bytes() {
        let bytes = |seed| {
            let mut buffer = [0; 8];
            Outside::seeded(seed).random(&mut buffer);
            buffer
        };
        assert_eq!(bytes(1), bytes(1));
        assert_ne!(bytes(1), bytes(2));
    }
}
