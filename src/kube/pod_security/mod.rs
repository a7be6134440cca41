//! Pod Security: what the levels `baseline` and `restricted` forbid.
//!
//! In: a Pod or a workload, a minor and a level. Out: [`Violation`]s, in the order and words of the API server's own
//! warnings, each with the fields that it is about. The checks are those of the level's version of that minor.

mod baseline;
mod restricted;

use super::at::At;
use super::podspec::{self, Container, ContainerKind};
use super::problem::Minor;
use crate::path::Step;
use crate::value::Origin;
use std::collections::BTreeSet;

/// How strict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Known ways out of a container are closed.
    Baseline,
    /// All that hardens a pod is asked for.
    Restricted,
}

impl Level {
    /// As labels of namespaces spell it.
    pub fn name(self) -> &'static str {
        match self {
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        }
    }
}

/// Something that a level forbids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Stable kebab-case name of the check.
    pub rule: &'static str,
    /// The server's name of the check: `allowPrivilegeEscalation != false`.
    pub check: String,
    /// The server's words on it: `container "c" must set securityContext.allowPrivilegeEscalation=false`.
    pub detail: String,
    /// The fields that it is about, and where they, or the nearest that exist above them, were written.
    pub places: Vec<(Vec<Step>, Origin)>,
}

/// Every check by its id, and what it asks for.
pub const CHECKS: &[(&str, Level, &str)] = &[
    ("app-armor-unconfined", Level::Baseline, "the AppArmor profile of the runtime is kept"),
    ("added-capabilities", Level::Baseline, "no capability is added beyond the default ones"),
    ("host-namespaces", Level::Baseline, "the pod stays out of the host's network, processes and IPC"),
    ("host-path-volume", Level::Baseline, "no folder of the host is mounted"),
    ("host-port", Level::Baseline, "no port of the host is taken"),
    ("probe-host", Level::Baseline, "probes and hooks ask the pod itself"),
    ("privileged-container", Level::Baseline, "no container is privileged"),
    ("unmasked-proc", Level::Baseline, "/proc stays masked"),
    ("selinux-options", Level::Baseline, "no SELinux user, role or unusual type is set"),
    ("seccomp-unconfined", Level::Baseline, "the seccomp profile is not switched off"),
    ("unsafe-sysctl", Level::Baseline, "only safe sysctls are set"),
    ("windows-host-process", Level::Baseline, "no process of a Windows host is started"),
    ("privilege-escalation", Level::Restricted, "no process gains more privileges than its parent"),
    ("undropped-capabilities", Level::Restricted, "all capabilities are dropped"),
    ("restricted-volume-type", Level::Restricted, "volumes are of the kinds that any tenant may use"),
    ("runs-as-root", Level::Restricted, "containers must run as another user than root"),
    ("root-user", Level::Restricted, "no user 0 is asked for"),
    ("seccomp-missing", Level::Restricted, "a seccomp profile is set"),
];

/// What a level forbids of the pods of an object; nothing for kinds that run none.
pub fn pod_security<'o>(minor: Minor, level: Level, object: &At<'o>) -> Vec<Violation> {
    let Some(template) = podspec::pod_template(object) else { return Vec::new() };
    let Some(spec) = template.get("spec") else { return Vec::new() };
    let pod = Pod::new(minor.known(), object, &template, spec);
    let checks: &[fn(&Pod<'o>) -> Option<Violation>] = match level {
        Level::Baseline => &[
            Pod::app_armor,
            Pod::default_capabilities,
            Pod::host_namespaces,
            Pod::host_paths,
            Pod::host_ports,
            Pod::probe_hosts,
            Pod::privileged,
            Pod::proc_mount_baseline,
            Pod::selinux,
            Pod::seccomp_unconfined,
            Pod::sysctls,
            Pod::windows,
        ],
        Level::Restricted => &[
            Pod::app_armor,
            Pod::host_namespaces,
            Pod::host_ports,
            Pod::probe_hosts,
            Pod::privileged,
            Pod::proc_mount_before_35,
            Pod::selinux,
            Pod::sysctls,
            Pod::windows,
            Pod::escalation,
            Pod::all_capabilities,
            Pod::proc_mount_from_35,
            Pod::volume_types,
            Pod::non_root,
            Pod::user_zero,
            Pod::seccomp_set,
        ],
    };
    checks.iter().filter_map(|check| check(&pod)).collect()
}

/// The server's warning of these violations.
///
/// ```
/// use chartwright::kube::{At, Level, Minor, pod_security, pod_security_warning};
/// let text = b"{apiVersion: v1, kind: Pod, spec: {hostNetwork: true, containers: []}}";
/// let object = chartwright::yaml::decode(text).unwrap();
/// let violations = pod_security(Minor(35), Level::Baseline, &At::object(&object));
/// assert_eq!(
///     pod_security_warning(Level::Baseline, &violations).unwrap(),
///     "would violate PodSecurity \"baseline:latest\": host namespaces (hostNetwork=true)"
/// );
/// ```
pub fn pod_security_warning(level: Level, violations: &[Violation]) -> Option<String> {
    let told: Vec<String> = violations.iter().map(|one| format!("{} ({})", one.check, one.detail)).collect();
    let level = level.name();
    (!told.is_empty()).then(|| format!("would violate PodSecurity \"{level}:latest\": {}", told.join(", ")))
}

struct Pod<'a> {
    minor: Minor,
    /// Pods only: fields and annotations of AppArmor are kept alike.
    is_pod: bool,
    annotations: Option<At<'a>>,
    spec: At<'a>,
    context: Option<At<'a>>,
    containers: Vec<Container<'a>>,
    windows: bool,
    own_users: bool,
}

type Place = (Vec<Step>, Origin);

/// Where a field is, or would be.
fn place(at: &At<'_>, fields: &[&str]) -> Place {
    let (mut path, mut origin, mut node) = (at.path(), at.node().origin, Some(at.node()));
    for field in fields {
        path.push(Step::Key((*field).to_owned()));
        node = node.and_then(|node| node.get(field));
        origin = node.map_or(origin, |node| node.origin);
    }
    (path, origin)
}

/// `"a", "b"`.
fn quoted<'t>(words: impl IntoIterator<Item = &'t str>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("\"{word}\"")).collect();
    words.join(", ")
}

/// `container "a"`, `containers "a", "b"`.
fn named(containers: &[&Container<'_>]) -> String {
    let s = if containers.len() == 1 { "" } else { "s" };
    format!("container{s} {}", quoted(containers.iter().map(|container| container.name)))
}

/// `pod`, `container "a"`, or `pod and container "a"`.
fn pod_and(pod: bool, containers: &[&Container<'_>]) -> String {
    match (pod, containers.is_empty()) {
        (true, true) => "pod".to_owned(),
        (true, false) => format!("pod and {}", named(containers)),
        (false, _) => named(containers),
    }
}

fn context<'a>(container: &Container<'a>) -> Option<At<'a>> {
    container.at.get("securityContext")
}

/// A text in a map of a security context: `seccompProfile`, `type`.
fn word<'a>(context: Option<&At<'a>>, field: &'a str, key: &'a str) -> Option<&'a str> {
    context?.get(field)?.text_of(key)
}

/// From which minor on user namespaces count.
const USER_NAMESPACES: Minor = Minor(35);

impl<'a> Pod<'a> {
    fn new(minor: Minor, object: &At<'a>, template: &At<'a>, spec: At<'a>) -> Pod<'a> {
        let mut containers = podspec::containers(&spec);
        containers.sort_by_key(|container| match container.kind {
            ContainerKind::Init => 0,
            ContainerKind::Main => 1,
            ContainerKind::Ephemeral => 2,
        });
        Pod {
            minor,
            is_pod: object.text_of("kind") == Some("Pod"),
            annotations: template.find(&["metadata", "annotations"]),
            context: spec.get("securityContext"),
            windows: spec.get("os").is_some_and(|os| os.text_of("name") == Some("windows")),
            own_users: spec.bool_of("hostUsers") == Some(false),
            containers,
            spec,
        }
    }

    /// The containers whose context is like this.
    fn those(&self, is: impl Fn(Option<&At<'a>>) -> bool) -> Vec<&Container<'a>> {
        self.containers.iter().filter(|container| is(context(container).as_ref())).collect()
    }

    fn places(&self, pod: bool, containers: &[&Container<'a>], fields: &[&str]) -> Vec<Place> {
        let way: Vec<&str> = std::iter::once("securityContext").chain(fields.iter().copied()).collect();
        let pod = pod.then(|| place(&self.spec, &way));
        pod.into_iter().chain(containers.iter().map(|container| place(&container.at, &way))).collect()
    }

    /// Containers that add capabilities beyond those allowed, and what they add.
    fn added(&self, allowed: &[&str]) -> (Vec<&Container<'a>>, BTreeSet<&'a str>) {
        let mut words = BTreeSet::new();
        let bad = |context: Option<&At<'a>>| -> Vec<&'a str> {
            let added = context.and_then(|context| context.get("capabilities"));
            let added = added.iter().flat_map(|capabilities| capabilities.list("add")).filter_map(|one| one.text());
            added.filter(|one| !allowed.contains(one)).collect()
        };
        let containers = self.those(|context| !bad(context).is_empty());
        for container in &containers {
            words.extend(bad(context(container).as_ref()));
        }
        (containers, words)
    }

    fn volumes(&self, kinds: &[&'a str]) -> Vec<(At<'a>, &'a str)> {
        let kind = |volume: &At<'a>| kinds.iter().copied().find(|kind| volume.has(kind));
        self.spec.list("volumes").filter_map(|volume| kind(&volume).map(|kind| (volume, kind))).collect()
    }

    /// With users of its own, root of a pod is nobody on the host; the server takes that into account from 1.35 on.
    fn maps_root(&self) -> bool {
        self.own_users && self.minor >= USER_NAMESPACES
    }
}
