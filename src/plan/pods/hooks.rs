//! Hooks that run, in the order in which Helm runs them.
//!
//! In: both sides. Out: [`HookRun`]s. Seen with Helm 4.3.1 on a real API server: by weight, then by name, then in the order
//! of kinds; the default policy is `before-hook-creation`; without it, the object that is there from before is changed in
//! place (server-side apply) or the hook fails with `already exists` (client-side).

use crate::kube::{At, pod_spec};
use crate::manifest::{HookEvent, Object, compare};
use crate::plan::pods::references::references;
use crate::plan::pods::words::{kubectl, quoted};
use crate::plan::pods::workload::{Workload, namespace, text_at};
use crate::plan::{Both, Concern, ConcernCode, HookRun};
use std::collections::BTreeSet;

/// The hooks that run for this change, those before it first.
pub(in crate::plan) fn hooks(both: &Both<'_>, concerns: &mut Vec<Concern>) -> Vec<HookRun> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::with;

    fn told(old: &str, new: &str) -> (Vec<HookRun>, Vec<Concern>) {
        with(old, new, |both| {
            let mut concerns = Vec::new();
            (hooks(both, &mut concerns), concerns)
        })
    }

    fn hook(kind: &str, name: &str, annotations: &str) -> String {
        let version = if kind == "Job" { "batch/v1" } else { "v1" };
        format!(
            "---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}, annotations: {{{annotations}}}}}\n"
        )
    }

    #[test]
    fn hooks_run_by_weight_then_by_name_then_by_kind() {
        let at =
            |weight: &str| format!("helm.sh/hook: \"pre-upgrade,post-upgrade\", helm.sh/hook-weight: \"{weight}\"");
        let new = [
            hook("Secret", "zz", &at("0")),
            hook("ConfigMap", "aa", &at("0")),
            hook("ConfigMap", "same", &at("0")),
            hook("Secret", "same", &at("0")),
            hook("ConfigMap", "late", &at("10")),
            hook("ConfigMap", "first", &at("-5")),
            hook("Pod", "tested", "helm.sh/hook: test"),
        ];
        let (runs, concerns) = told(&hook("ConfigMap", "aa", "helm.sh/hook: pre-upgrade"), &new.concat());
        let shown: Vec<String> = runs.iter().map(|run| format!("{} {}", run.event, run.object)).collect();
        let order = ["ConfigMap/first", "ConfigMap/aa", "Secret/same", "ConfigMap/same", "Secret/zz", "ConfigMap/late"];
        let events = ["pre-upgrade", "post-upgrade"];
        let want: Vec<String> = events.iter().flat_map(|event| order.map(|name| format!("{event} {name}"))).collect();
        assert_eq!(shown, want);
        assert_eq!(runs.iter().filter(|run| !run.is_new).count(), 2);
        assert!(runs.iter().all(|run| run.policies == ["before-hook-creation"]));
        assert_eq!(concerns, []);
    }

    #[test]
    fn without_an_old_side_the_hooks_of_an_install_run() {
        let new = format!(
            "{}{}",
            hook("Job", "a", "helm.sh/hook: pre-upgrade"),
            hook("Job", "b", "helm.sh/hook: pre-install")
        );
        let events: Vec<_> = told("", &new).0.into_iter().map(|run| run.event).collect();
        assert_eq!(events, ["pre-install"]);
    }

    #[test]
    fn a_hook_that_nobody_deletes_does_not_run_again() {
        let job = |policy: &str| {
            hook("Job", "a", &format!("helm.sh/hook: pre-upgrade, helm.sh/hook-delete-policy: \"{policy}\""))
        };
        let code = |policy: &str| {
            told(&job(policy), &job(policy)).1.into_iter().map(|concern| concern.code).collect::<Vec<_>>()
        };
        assert_eq!(code("hook-failed"), [ConcernCode::ManualStep]);
        assert_eq!(code("hook-succeeded"), [ConcernCode::Note]);
        assert_eq!(code("before-hook-creation,hook-succeeded"), []);
        let (_, concerns) = told(&job("hook-failed"), &job("hook-failed"));
        assert_eq!(
            concerns.first().map(|concern| concern.commands.clone()),
            Some(vec!["kubectl -n prod delete job a --ignore-not-found".to_owned()])
        );
        let new_name = job("hook-failed").replace("name: a", "name: b");
        assert_eq!(told(&job("hook-failed"), &new_name).1, []);
    }

    #[test]
    fn a_hook_before_the_upgrade_cannot_use_what_the_upgrade_brings() {
        let job = "---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: a, annotations: {helm.sh/hook: pre-upgrade}}\nspec: {template: {spec: \
                   {serviceAccountName: own, containers: [{name: c, envFrom: [{configMapRef: {name: cm}}, {secretRef: {name: old}}]}]}}}\n";
        let object =
            |kind: &str, name: &str| format!("---\napiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}}}\n");
        let old = object("Secret", "old");
        let new = [old.clone(), object("ConfigMap", "cm"), object("ServiceAccount", "own"), job.to_owned()].concat();
        let (_, concerns) = told(&old, &new);
        assert_eq!(
            concerns.iter().map(|concern| concern.message.as_str()).collect::<Vec<_>>(),
            [
                "hook `Job/a` runs before the upgrade and needs `ConfigMap/cm` and `ServiceAccount/own`, which only the upgrade creates"
            ]
        );
        assert_eq!(told(&new, &new).1, []);
    }
}
