//! Security contexts of pods and containers.

use crate::kube::at::At;
use crate::kube::problem::Problem;
use std::collections::BTreeSet;

/// Largest user or group.
const MOST_ID: i64 = 2_147_483_647;

pub(super) fn of_pod(spec: &At<'_>, out: &mut Vec<Problem>) {
    let shares = spec.bool_of("shareProcessNamespace") == Some(true);
    if shares && spec.bool_of("hostPID") == Some(true) {
        let message = "found `shareProcessNamespace` beside `hostPID`, allowed is one of them";
        out.push(spec.problem_at("shareProcessNamespace", "conflicting-fields", message));
    }
    let Some(context) = spec.get("securityContext") else { return };
    ids(&context, &["runAsUser", "runAsGroup", "fsGroup"], out);
    for group in context.list("supplementalGroups") {
        if group.integer().is_some_and(|id| !(0..=MOST_ID).contains(&id)) {
            out.push(group.problem("out-of-range", format!("found a group outside of 0 to {MOST_ID}")));
        }
    }
    profiles(&context, out);
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    for sysctl in context.list("sysctls") {
        let Some(name) = sysctl.text_of("name").filter(|name| !name.is_empty()) else { continue };
        if name.len() > 253 || !is_sysctl(name) {
            let message = format!("found `{name}`, expected a name such as `net.core.somaxconn`");
            out.push(sysctl.problem_at("name", "invalid-name", message));
        } else if !taken.insert(name) {
            out.push(sysctl.problem_at("name", "duplicate-item", format!("found `{name}`, which is set before")));
        }
    }
}

pub(super) fn of_container(container: &At<'_>, host_users: bool, out: &mut Vec<Problem>) {
    let Some(context) = container.get("securityContext") else { return };
    ids(&context, &["runAsUser", "runAsGroup"], out);
    profiles(&context, out);
    if context.text_of("procMount") == Some("Unmasked") && host_users {
        let message = "found `Unmasked`, which needs `hostUsers: false` in the pod";
        out.push(context.problem_at("procMount", "conflicting-fields", message));
    }
    if context.bool_of("allowPrivilegeEscalation") != Some(false) {
        return;
    }
    let adds = context
        .get("capabilities")
        .is_some_and(|capabilities| capabilities.list("add").any(|one| one.text() == Some("CAP_SYS_ADMIN")));
    let with = if context.bool_of("privileged") == Some(true) {
        "`privileged: true`"
    } else if adds {
        "the capability `CAP_SYS_ADMIN`"
    } else {
        return;
    };
    let message = format!("found `allowPrivilegeEscalation: false` beside {with}, which escalates");
    out.push(context.problem("conflicting-fields", message));
}

fn ids(context: &At<'_>, fields: &[&str], out: &mut Vec<Problem>) {
    for field in fields {
        super::value::between(context, field, 0, MOST_ID, out);
    }
}

fn profiles(context: &At<'_>, out: &mut Vec<Problem>) {
    for field in ["seccompProfile", "appArmorProfile"] {
        let Some(profile) = context.get(field) else { continue };
        let local = profile.text_of("type") == Some("Localhost");
        if local && profile.lacks("localhostProfile") {
            let message = "`localhostProfile` is missing, which `type: Localhost` needs";
            out.push(profile.problem_at("localhostProfile", "missing-field", message));
        } else if !local && profile.has("localhostProfile") {
            let message = "found `localhostProfile`, which only `type: Localhost` takes";
            out.push(profile.problem_at("localhostProfile", "conflicting-fields", message));
        }
    }
}

/// Words of lower case letters, digits, `-` and `_`, joined by dots or slashes.
fn is_sysctl(name: &str) -> bool {
    let is_end = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    name.split(['.', '/']).all(|word| {
        let bytes = word.as_bytes();
        is_end(bytes.first())
            && is_end(bytes.last())
            && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
    })
}
