//! The checks of `baseline`: known ways out of a container.

use super::{Pod, USER_NAMESPACES, Violation, context, named, place, pod_and, quoted, word};
use crate::kube::at::At;
use crate::kube::podspec::Container;
use crate::kube::problem::Minor;
use std::collections::BTreeSet;

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

const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

impl<'a> Pod<'a> {
    pub(super) fn app_armor(&self) -> Option<Violation> {
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

    pub(super) fn default_capabilities(&self) -> Option<Violation> {
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

    pub(super) fn host_namespaces(&self) -> Option<Violation> {
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

    pub(super) fn host_paths(&self) -> Option<Violation> {
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

    pub(super) fn host_ports(&self) -> Option<Violation> {
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

    pub(super) fn probe_hosts(&self) -> Option<Violation> {
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

    pub(super) fn privileged(&self) -> Option<Violation> {
        let found = self.those(|context| context.is_some_and(|context| context.bool_of("privileged") == Some(true)));
        (!found.is_empty()).then(|| Violation {
            rule: "privileged-container",
            check: "privileged".to_owned(),
            detail: format!("{} must not set securityContext.privileged=true", named(&found)),
            places: self.places(false, &found, &["privileged"]),
        })
    }

    /// The server drops the field before 1.33.
    pub(super) fn proc_mount(&self) -> Option<Violation> {
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
    pub(super) fn proc_mount_baseline(&self) -> Option<Violation> {
        if self.own_users && self.minor >= USER_NAMESPACES { None } else { self.proc_mount() }
    }

    pub(super) fn proc_mount_before_35(&self) -> Option<Violation> {
        if self.minor < USER_NAMESPACES { self.proc_mount() } else { None }
    }

    pub(super) fn selinux(&self) -> Option<Violation> {
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

    pub(super) fn seccomp_unconfined(&self) -> Option<Violation> {
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

    pub(super) fn sysctls(&self) -> Option<Violation> {
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

    pub(super) fn windows(&self) -> Option<Violation> {
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
}
