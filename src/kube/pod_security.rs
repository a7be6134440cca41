//! Pod Security: what the levels `baseline` and `restricted` forbid.
//!
//! In: a Pod or a workload, a minor and a level. Out: [`Violation`]s, in the order and words of the API server's own
//! warnings, each with the fields that it is about. The checks are those of the level's version of that minor.

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

const DEFAULT_CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

const SAFE_SYSCTLS: &[&str] = &[
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];

const SELINUX_TYPES: &[&str] = &["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

/// The kinds of volumes that `restricted` does not allow; a volume of none is an emptyDir.
const RESTRICTED_VOLUMES: &[&str] = &[
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "gitRepo",
    "glusterfs",
    "hostPath",
    "iscsi",
    "nfs",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
];

const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

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

    fn app_armor(&self) -> Option<Violation> {
        let unconfined = |context: Option<&At<'a>>| word(context, "appArmorProfile", "type") == Some("Unconfined");
        let annotations: Vec<_> = self
            .annotations
            .iter()
            .flat_map(At::entries)
            .filter(|(key, value)| {
                let profile = value.text().unwrap_or_default();
                key.starts_with(APP_ARMOR)
                    && !(profile.is_empty() || profile == "runtime/default" || profile.starts_with("localhost/"))
            })
            .collect();
        let pod = unconfined(self.context.as_ref());
        let synced = |container: &Container<'a>| {
            let own = context(container).is_some_and(|context| context.has("appArmorProfile"));
            let key = format!("{APP_ARMOR}{}", container.name);
            self.is_pod
                && !own
                && annotations.iter().any(|(found, value)| *found == key && value.text() == Some("unconfined"))
        };
        let containers: Vec<&Container<'a>> = self
            .containers
            .iter()
            .filter(|container| unconfined(context(container).as_ref()) || synced(container))
            .collect();
        // Before 1.34 the server kept annotations of Pods beside the fields.
        let mut shown: BTreeSet<String> =
            annotations.iter().map(|(key, value)| format!("{key}=\"{}\"", value.text().unwrap_or_default())).collect();
        if self.is_pod && self.minor < Minor(34) {
            for container in &self.containers {
                let own = word(context(container).as_ref(), "appArmorProfile", "type");
                let used = own.or_else(|| word(self.context.as_ref(), "appArmorProfile", "type"));
                if used == Some("Unconfined") {
                    shown.insert(format!("{APP_ARMOR}{}=\"unconfined\"", container.name));
                }
            }
        }
        let mut setters = Vec::new();
        if pod || !containers.is_empty() {
            setters.push(pod_and(pod, &containers));
        }
        if !shown.is_empty() {
            setters.push(if shown.len() == 1 { "annotation" } else { "annotations" }.to_owned());
        }
        let mut bad: Vec<&str> = if pod || !containers.is_empty() { vec!["Unconfined"] } else { Vec::new() };
        bad.extend(shown.iter().map(String::as_str));
        if bad.is_empty() {
            return None;
        }
        let s = if bad.len() == 1 { "" } else { "s" };
        let mut places = self.places(pod, &containers, &["appArmorProfile", "type"]);
        places.extend(annotations.iter().map(|(_, value)| (value.path(), value.node().origin)));
        Some(Violation {
            rule: "app-armor-unconfined",
            check: format!("forbidden AppArmor profile{s}"),
            detail: format!("{} must not set AppArmor profile type to {}", setters.join(" and "), quoted(bad)),
            places,
        })
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

    fn default_capabilities(&self) -> Option<Violation> {
        let (containers, words) = self.added(DEFAULT_CAPABILITIES);
        (!words.is_empty()).then(|| Violation {
            rule: "added-capabilities",
            check: "non-default capabilities".to_owned(),
            detail: format!(
                "{} must not include {} in securityContext.capabilities.add",
                named(&containers),
                quoted(words)
            ),
            places: self.places(false, &containers, &["capabilities", "add"]),
        })
    }

    fn host_namespaces(&self) -> Option<Violation> {
        let found: Vec<&str> = ["hostNetwork", "hostPID", "hostIPC"]
            .into_iter()
            .filter(|field| self.spec.bool_of(field) == Some(true))
            .collect();
        let shown: Vec<String> = found.iter().map(|field| format!("{field}=true")).collect();
        (!found.is_empty()).then(|| Violation {
            rule: "host-namespaces",
            check: "host namespaces".to_owned(),
            detail: shown.join(", "),
            places: found.iter().map(|field| place(&self.spec, &[field])).collect(),
        })
    }

    fn volumes(&self, kinds: &[&'a str]) -> Vec<(At<'a>, &'a str)> {
        let kind = |volume: &At<'a>| kinds.iter().copied().find(|kind| volume.has(kind));
        self.spec.list("volumes").filter_map(|volume| kind(&volume).map(|kind| (volume, kind))).collect()
    }

    fn host_paths(&self) -> Option<Violation> {
        let found = self.volumes(&["hostPath"]);
        let s = if found.len() == 1 { "" } else { "s" };
        (!found.is_empty()).then(|| Violation {
            rule: "host-path-volume",
            check: "hostPath volumes".to_owned(),
            detail: format!(
                "volume{s} {}",
                quoted(found.iter().map(|(volume, _)| volume.text_of("name").unwrap_or_default()))
            ),
            places: found.iter().map(|(volume, kind)| place(volume, &[kind])).collect(),
        })
    }

    fn host_ports(&self) -> Option<Violation> {
        let (mut containers, mut numbers, mut places) = (Vec::new(), BTreeSet::new(), Vec::new());
        for container in &self.containers {
            let before = places.len();
            for port in container.at.list("ports") {
                if let Some(number) = port.integer_of("hostPort").filter(|number| *number != 0) {
                    numbers.insert(number.to_string());
                    places.push(place(&port, &["hostPort"]));
                }
            }
            if places.len() > before {
                containers.push(container);
            }
        }
        let uses = if containers.len() == 1 { "uses" } else { "use" };
        let s = if numbers.len() == 1 { "" } else { "s" };
        let numbers: Vec<String> = numbers.into_iter().collect();
        (!containers.is_empty()).then(|| Violation {
            rule: "host-port",
            check: "hostPort".to_owned(),
            detail: format!("{} {uses} hostPort{s} {}", named(&containers), numbers.join(", ")),
            places,
        })
    }

    fn probe_hosts(&self) -> Option<Violation> {
        if self.minor < Minor(34) {
            return None;
        }
        let (mut containers, mut hosts, mut places) = (Vec::new(), BTreeSet::new(), Vec::new());
        for container in &self.containers {
            let hook = |name| container.at.find(&["lifecycle", name]);
            let probes = ["livenessProbe", "readinessProbe", "startupProbe"].map(|name| container.at.get(name));
            let before = places.len();
            for handler in probes.into_iter().chain([hook("postStart"), hook("preStop")]).flatten() {
                for kind in ["httpGet", "tcpSocket"] {
                    let Some(action) = handler.get(kind) else { continue };
                    if let Some(host) = action.text_of("host").filter(|host| !host.is_empty()) {
                        hosts.insert(host);
                        places.push(place(&action, &["host"]));
                    }
                }
            }
            if places.len() > before {
                containers.push(container);
            }
        }
        let uses = if containers.len() == 1 { "uses" } else { "use" };
        let s = if hosts.len() == 1 { "" } else { "s" };
        (!containers.is_empty()).then(|| Violation {
            rule: "probe-host",
            check: "probe or lifecycle host".to_owned(),
            detail: format!("{} {uses} probe or lifecycle host{s} {}", named(&containers), quoted(hosts)),
            places,
        })
    }

    fn privileged(&self) -> Option<Violation> {
        let found = self.those(|context| context.is_some_and(|context| context.bool_of("privileged") == Some(true)));
        (!found.is_empty()).then(|| Violation {
            rule: "privileged-container",
            check: "privileged".to_owned(),
            detail: format!("{} must not set securityContext.privileged=true", named(&found)),
            places: self.places(false, &found, &["privileged"]),
        })
    }

    /// The server drops the field before 1.33.
    fn proc_mount(&self) -> Option<Violation> {
        if self.minor < Minor(33) {
            return None;
        }
        let kind = |context: Option<&At<'a>>| context.and_then(|context| context.text_of("procMount"));
        let found = self.those(|context| kind(context).is_some_and(|kind| !matches!(kind, "" | "Default")));
        let words: BTreeSet<&str> = found.iter().filter_map(|one| kind(context(one).as_ref())).collect();
        (!found.is_empty()).then(|| Violation {
            rule: "unmasked-proc",
            check: "procMount".to_owned(),
            detail: format!("{} must not set securityContext.procMount to {}", named(&found), quoted(words)),
            places: self.places(false, &found, &["procMount"]),
        })
    }

    /// A pod with users of its own may unmask /proc, from 1.35 on; for `restricted` that is a check of its own since.
    fn proc_mount_baseline(&self) -> Option<Violation> {
        if self.own_users && self.minor >= USER_NAMESPACES { None } else { self.proc_mount() }
    }

    fn proc_mount_before_35(&self) -> Option<Violation> {
        if self.minor < USER_NAMESPACES { self.proc_mount() } else { None }
    }

    fn proc_mount_from_35(&self) -> Option<Violation> {
        if self.minor < USER_NAMESPACES { None } else { self.proc_mount() }
    }

    fn selinux(&self) -> Option<Violation> {
        let bad = |context: Option<&At<'a>>| {
            let options = context.and_then(|context| context.get("seLinuxOptions"));
            let text = |key: &str| options.as_ref().and_then(|options| options.text_of(key)).unwrap_or_default();
            let kind = Some(text("type")).filter(|kind| !SELINUX_TYPES.contains(kind));
            (kind, !text("user").is_empty(), !text("role").is_empty())
        };
        let is_bad = |context: Option<&At<'a>>| bad(context) != (None, false, false);
        let (pod, found) = (is_bad(self.context.as_ref()), self.those(is_bad));
        if !pod && found.is_empty() {
            return None;
        }
        let all: Vec<_> = std::iter::once(bad(self.context.as_ref()))
            .chain(found.iter().map(|container| bad(context(container).as_ref())))
            .collect();
        let types: BTreeSet<&str> = all.iter().filter_map(|one| one.0).collect();
        let mut parts = Vec::new();
        if !types.is_empty() {
            let s = if types.len() == 1 { "" } else { "s" };
            parts.push(format!("type{s} {}", quoted(types)));
        }
        if all.iter().any(|one| one.1) {
            parts.push("user may not be set".to_owned());
        }
        if all.iter().any(|one| one.2) {
            parts.push("role may not be set".to_owned());
        }
        Some(Violation {
            rule: "selinux-options",
            check: "seLinuxOptions".to_owned(),
            detail: format!(
                "{} set forbidden securityContext.seLinuxOptions: {}",
                pod_and(pod, &found),
                parts.join("; ")
            ),
            places: self.places(pod, &found, &["seLinuxOptions"]),
        })
    }

    fn seccomp_unconfined(&self) -> Option<Violation> {
        let unconfined = |context: Option<&At<'a>>| word(context, "seccompProfile", "type") == Some("Unconfined");
        let (pod, found) = (unconfined(self.context.as_ref()), self.those(unconfined));
        (pod || !found.is_empty()).then(|| Violation {
            rule: "seccomp-unconfined",
            check: "seccompProfile".to_owned(),
            detail: format!(
                "{} must not set securityContext.seccompProfile.type to \"Unconfined\"",
                pod_and(pod, &found)
            ),
            places: self.places(pod, &found, &["seccompProfile", "type"]),
        })
    }

    fn sysctls(&self) -> Option<Violation> {
        let set: Vec<At<'a>> = self.context.iter().flat_map(|context| context.list("sysctls")).collect();
        let bad: Vec<(&At<'a>, &str)> = set
            .iter()
            .filter_map(|one| one.text_of("name").map(|name| (one, name)))
            .filter(|(_, name)| !SAFE_SYSCTLS.contains(name))
            .collect();
        let names: Vec<&str> = bad.iter().map(|(_, name)| *name).collect();
        (!bad.is_empty()).then(|| Violation {
            rule: "unsafe-sysctl",
            check: "forbidden sysctls".to_owned(),
            detail: names.join(", "),
            places: bad.iter().map(|(one, _)| place(one, &["name"])).collect(),
        })
    }

    fn windows(&self) -> Option<Violation> {
        let host = |context: Option<&At<'a>>| {
            context
                .and_then(|context| context.get("windowsOptions"))
                .is_some_and(|one| one.bool_of("hostProcess") == Some(true))
        };
        let (pod, found) = (host(self.context.as_ref()), self.those(host));
        (pod || !found.is_empty()).then(|| Violation {
            rule: "windows-host-process",
            check: "hostProcess".to_owned(),
            detail: format!("{} must not set securityContext.windowsOptions.hostProcess=true", pod_and(pod, &found)),
            places: self.places(pod, &found, &["windowsOptions", "hostProcess"]),
        })
    }

    fn escalation(&self) -> Option<Violation> {
        let found =
            self.those(|context| context.and_then(|one| one.bool_of("allowPrivilegeEscalation")) != Some(false));
        (!found.is_empty() && !self.windows).then(|| Violation {
            rule: "privilege-escalation",
            check: "allowPrivilegeEscalation != false".to_owned(),
            detail: format!("{} must set securityContext.allowPrivilegeEscalation=false", named(&found)),
            places: self.places(false, &found, &["allowPrivilegeEscalation"]),
        })
    }

    fn all_capabilities(&self) -> Option<Violation> {
        if self.windows {
            return None;
        }
        let keeps = self.those(|context| {
            let dropped = context.and_then(|context| context.get("capabilities"));
            !dropped.is_some_and(|capabilities| capabilities.list("drop").any(|one| one.text() == Some("ALL")))
        });
        let (adds, words) = self.added(&["NET_BIND_SERVICE"]);
        let mut parts = Vec::new();
        if !keeps.is_empty() {
            parts.push(format!("{} must set securityContext.capabilities.drop=[\"ALL\"]", named(&keeps)));
        }
        if !adds.is_empty() {
            parts.push(format!(
                "{} must not include {} in securityContext.capabilities.add",
                named(&adds),
                quoted(words)
            ));
        }
        let mut places = self.places(false, &keeps, &["capabilities", "drop"]);
        places.extend(self.places(false, &adds, &["capabilities", "add"]));
        (!parts.is_empty()).then(|| Violation {
            rule: "undropped-capabilities",
            check: "unrestricted capabilities".to_owned(),
            detail: parts.join("; "),
            places,
        })
    }

    fn volume_types(&self) -> Option<Violation> {
        let found = self.volumes(RESTRICTED_VOLUMES);
        let types: BTreeSet<&str> = found.iter().map(|(_, kind)| *kind).collect();
        let (s, uses) = if found.len() == 1 { ("", "uses") } else { ("s", "use") };
        let types_s = if types.len() == 1 { "" } else { "s" };
        let names = quoted(found.iter().map(|(volume, _)| volume.text_of("name").unwrap_or_default()));
        (!found.is_empty()).then(|| Violation {
            rule: "restricted-volume-type",
            check: "restricted volume types".to_owned(),
            detail: format!("volume{s} {names} {uses} restricted volume type{types_s} {}", quoted(types)),
            places: found.iter().map(|(volume, kind)| place(volume, &[kind])).collect(),
        })
    }

    /// With users of its own, root of a pod is nobody on the host; the server takes that into account from 1.35 on.
    fn maps_root(&self) -> bool {
        self.own_users && self.minor >= USER_NAMESPACES
    }

    fn non_root(&self) -> Option<Violation> {
        if self.maps_root() {
            return None;
        }
        let set = |context: Option<&At<'a>>| context.and_then(|context| context.bool_of("runAsNonRoot"));
        let pod = set(self.context.as_ref());
        let explicit = self.those(|context| set(context) == Some(false));
        let fields = ["runAsNonRoot"];
        let violation = |detail: String, places: Vec<Place>| {
            Some(Violation { rule: "runs-as-root", check: "runAsNonRoot != true".to_owned(), detail, places })
        };
        if pod == Some(false) || !explicit.is_empty() {
            let setters = pod_and(pod == Some(false), &explicit);
            let places = self.places(pod == Some(false), &explicit, &fields);
            return violation(format!("{setters} must not set securityContext.runAsNonRoot=false"), places);
        }
        let silent = self.those(|context| set(context).is_none());
        if pod == Some(true) || silent.is_empty() {
            return None;
        }
        let places = self.places(false, &silent, &fields);
        violation(format!("pod or {} must set securityContext.runAsNonRoot=true", named(&silent)), places)
    }

    fn user_zero(&self) -> Option<Violation> {
        if self.maps_root() {
            return None;
        }
        let zero = |context: Option<&At<'a>>| context.and_then(|context| context.integer_of("runAsUser")) == Some(0);
        let (pod, found) = (zero(self.context.as_ref()), self.those(zero));
        (pod || !found.is_empty()).then(|| Violation {
            rule: "root-user",
            check: "runAsUser=0".to_owned(),
            detail: format!("{} must not set runAsUser=0", pod_and(pod, &found)),
            places: self.places(pod, &found, &["runAsUser"]),
        })
    }

    fn seccomp_set(&self) -> Option<Violation> {
        if self.windows {
            return None;
        }
        if let Some(violation) = self.seccomp_unconfined() {
            return Some(violation);
        }
        let set = |context: Option<&At<'a>>| word(context, "seccompProfile", "type").is_some();
        let silent = self.those(|context| !set(context));
        if set(self.context.as_ref()) || silent.is_empty() {
            return None;
        }
        let words = "securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"";
        Some(Violation {
            rule: "seccomp-missing",
            check: "seccompProfile".to_owned(),
            detail: format!("pod or {} must set {words}", named(&silent)),
            places: self.places(false, &silent, &["seccompProfile", "type"]),
        })
    }
}

/// From which minor on user namespaces count.
const USER_NAMESPACES: Minor = Minor(35);
