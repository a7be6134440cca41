//! Hooks that run, in the order in which Helm runs them.
//!
//! In: both sides. Out: [`HookRun`]s. Seen with Helm 4.3.1 on a real API server: by weight, then by name, then in the order
//! of kinds; the default policy is `before-hook-creation`; without it, the object that is there from before is changed in
//! place (server-side apply) or the hook fails with `already exists` (client-side).

use super::references::references;
use super::words::{kubectl, quoted};
use super::workload::{Workload, namespace, text_at};
use super::{Both, Concern, ConcernCode, HookRun};
use crate::kube::{At, pod_spec};
use crate::manifest::{HookEvent, Object, compare};
use std::collections::BTreeSet;

/// The hooks that run for this change, those before it first.
pub(super) fn hooks(both: &Both<'_>, concerns: &mut Vec<Concern>) -> Vec<HookRun> {
    let is_install = both.old.objects.is_empty() && both.old.chart.is_none();
    let events = if is_install {
        [(HookEvent::PreInstall, "pre-install"), (HookEvent::PostInstall, "post-install")]
    } else {
        [(HookEvent::PreUpgrade, "pre-upgrade"), (HookEvent::PostUpgrade, "post-upgrade")]
    };
    let mut runs = Vec::new();
    let mut told = BTreeSet::new();
    for (event, name) in events {
        let mut hooks: Vec<&Object> = both.new.objects.iter().filter(|object| object.hooks.contains(&event)).collect();
        hooks.sort_by(|a, b| {
            let by_name = || a.name().cmp(b.name());
            weight(a).cmp(&weight(b)).then_with(by_name).then_with(|| compare(a.kind(), b.kind()))
        });
        for hook in hooks {
            let before = before(both, hook);
            let run = HookRun {
                event: name.to_owned(),
                weight: weight(hook),
                object: hook.id(),
                is_new: before.is_none(),
                policies: policies(hook),
            };
            if told.insert(run.object.clone()) {
                stays(both, hook, before, &run.policies, concerns);
            }
            if event == HookEvent::PreUpgrade {
                needs(both, hook, concerns);
            }
            runs.push(run);
        }
    }
    runs
}

/// The hook as the old side has it.
fn before<'s>(both: &Both<'s>, hook: &Object) -> Option<&'s Object> {
    both.old.objects.iter().find(|old| {
        !old.hooks.is_empty()
            && old.kind() == hook.kind()
            && old.name() == hook.name()
            && namespace(old, both.old) == namespace(hook, both.new)
    })
}

fn weight(hook: &Object) -> i64 {
    hook.head.annotations.get("helm.sh/hook-weight").and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Its delete policies; Helm's default where it has none.
fn policies(hook: &Object) -> Vec<String> {
    let text = hook.head.annotations.get("helm.sh/hook-delete-policy");
    let own: Vec<String> =
        text.into_iter().flat_map(|text| text.split(',')).map(|one| one.trim().to_lowercase()).collect();
    let own: Vec<String> = own.into_iter().filter(|policy| !policy.is_empty()).collect();
    if own.is_empty() { vec!["before-hook-creation".to_owned()] } else { own }
}

/// Hooks whose object of the last run is still there.
fn stays(both: &Both<'_>, hook: &Object, before: Option<&Object>, policies: &[String], concerns: &mut Vec<Concern>) {
    let has = |policy: &str| policies.iter().any(|one| one == policy);
    let Some(before) = before.filter(|_| !has("before-hook-creation")) else { return };
    // An object of a hook that only runs at other events was not made by the last upgrade or install.
    let ran = [HookEvent::PreInstall, HookEvent::PostInstall, HookEvent::PreUpgrade, HookEvent::PostUpgrade];
    if !before.hooks.iter().any(|event| ran.contains(event)) {
        return;
    }
    let id = hook.id();
    let kind = hook.kind().to_ascii_lowercase();
    let commands = [kubectl(namespace(hook, both.new), &["delete", &kind, hook.name(), "--ignore-not-found"])];
    let (code, text) = if has("hook-succeeded") {
        (
            ConcernCode::Note,
            format!("if the last run of hook `{id}` failed, its object is still there and this run may fail"),
        )
    } else {
        let what = match hook.kind() {
            "Job" | "Pod" => "it does not run again, or is refused where it changes",
            _ => "it is changed in place, or the hook fails with `already exists`",
        };
        let shown = quoted(policies);
        (ConcernCode::ManualStep, format!("hook `{id}` of the last run is not deleted (only {shown}): {what}"))
    };
    let help = "delete it before the upgrade, or add `before-hook-creation` to `helm.sh/hook-delete-policy`";
    let path = "metadata.annotations.helm.sh/hook-delete-policy";
    concerns.push(Concern::new(code, text).about(id, path).help(help).commands(commands));
}

/// Hooks before the upgrade that use what only the upgrade brings, or changes.
fn needs(both: &Both<'_>, hook: &Object, concerns: &mut Vec<Concern>) {
    let Some(pod) = pod_spec(&At::object(&hook.node)) else { return };
    let here = namespace(hook, both.new);
    let mut used: BTreeSet<(String, String)> = references(Workload { object: hook, side: both.new })
        .into_iter()
        .map(|one| (one.kind.to_owned(), one.name))
        .collect();
    used.extend(text_at(pod.node(), "serviceAccountName").map(|name| ("ServiceAccount".to_owned(), name)));
    let missing: Vec<String> = both
        .pairs
        .iter()
        .filter(|pair| pair.pair.old.is_none())
        .filter_map(|pair| pair.pair.new)
        .filter(|object| object.hooks.is_empty() && namespace(object, both.new) == here)
        .filter(|object| used.contains(&(object.kind().to_owned(), object.name().to_owned())))
        .map(|object| object.id().to_string())
        .collect();
    if missing.is_empty() {
        return;
    }
    let id = hook.id();
    let text =
        format!("hook `{id}` runs before the upgrade and needs {}, which only the upgrade creates", quoted(&missing));
    let help =
        "make these objects hooks of lower weight too, or create them before: the hook waits until Helm's timeout";
    concerns.push(Concern::new(ConcernCode::ManualStep, text).about(id, "").help(help));
}
