//! The checks that `restricted` has beyond `baseline`: what hardens a pod.

use super::{Place, Pod, USER_NAMESPACES, Violation, named, place, pod_and, quoted, word};
use crate::kube::at::At;
use std::collections::BTreeSet;

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

impl<'a> Pod<'a> {
    pub(super) fn proc_mount_from_35(&self) -> Option<Violation> {
        if self.minor < USER_NAMESPACES { None } else { self.proc_mount() }
    }

    pub(super) fn escalation(&self) -> Option<Violation> {
        let found =
            self.those(|context| context.and_then(|one| one.bool_of("allowPrivilegeEscalation")) != Some(false));
        (!found.is_empty() && !self.windows).then(|| Violation {
            rule: "privilege-escalation",
            check: "allowPrivilegeEscalation != false".to_owned(),
            detail: format!("{} must set securityContext.allowPrivilegeEscalation=false", named(&found)),
            places: self.places(false, &found, &["allowPrivilegeEscalation"]),
        })
    }

    pub(super) fn all_capabilities(&self) -> Option<Violation> {
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

    pub(super) fn volume_types(&self) -> Option<Violation> {
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

    pub(super) fn non_root(&self) -> Option<Violation> {
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

    pub(super) fn user_zero(&self) -> Option<Violation> {
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

    pub(super) fn seccomp_set(&self) -> Option<Violation> {
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
