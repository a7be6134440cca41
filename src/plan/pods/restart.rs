//! Which pods restart, in which order, and why.
//!
//! In: both sides. Out: [`Restart`]s, and concerns: pods that restart for nothing, that somebody has to delete, that are
//! replaced by others under another name, and settings that reach no running pod.

use crate::plan::pods::noise;
use crate::plan::pods::reasons::{self, Reasons, reasons};
use crate::plan::pods::references::{Use, references, uses};
use crate::plan::pods::rollout::{Rollout, rollouts};
use crate::plan::pods::words::{and, kubectl};
use crate::plan::pods::workload::{Workload, namespace};
use crate::plan::{Both, Compared, Concern, ConcernCode, Restart, RestartOrder, Verdict};
use std::collections::BTreeMap;

/// The pods that restart, by workload.
pub(in crate::plan) fn restarts(both: &Both<'_>, concerns: &mut Vec<Concern>) -> Vec<Restart> {
    let rollouts = rollouts(both);
    let mut told: Vec<Restart> = rollouts.iter().map(|rollout| restart(both, rollout, &rollouts, concerns)).collect();
    outages(both, &rollouts, concerns);
    unapplied(both, &rollouts, concerns);
    told.retain(|restart| !restart.pods.is_empty() || !restart.notes.is_empty());
    told
}

fn restart(
    both: &Both<'_>,
    rollout: &Rollout<'_, '_>,
    all: &[Rollout<'_, '_>],
    concerns: &mut Vec<Concern>,
) -> Restart {
    let id = rollout.of.compared.id();
    let Reasons { real, noise } = match rollout.order {
        RestartOrder::Replaced => Reasons { real: vec![replaced(both, rollout)], noise: Vec::new() },
        _ => reasons(both, &rollout.of),
    };
    let mut notes = rollout.notes.clone();
    if rollout.of.is_refused() {
        notes.insert(0, "not before the refused change is dealt with: as it is, no pod restarts".to_owned());
    }
    if let Some(note) = beside(rollout, all) {
        notes.push(note);
    }
    if rollout.restarts() && real.is_empty() && !noise.is_empty() && !rollout.of.is_refused() {
        let text = format!("pods of `{id}` restart for nothing: {}", noise.join("; "));
        let help = "hash what pods read, and keep versions of the chart out of the labels of pods";
        concerns.push(Concern::new(ConcernCode::NoiseRestart, text).about(id.clone(), "spec.template").help(help));
    }
    by_hand(rollout, concerns);
    Restart { workload: id, pods: rollout.pods.clone(), order: rollout.order, reasons: real, noise, notes }
}

/// Who else restarts at the same time.
fn beside(rollout: &Rollout<'_, '_>, all: &[Rollout<'_, '_>]) -> Option<String> {
    let rolls = |rollout: &Rollout<'_, '_>| {
        let kind = rollout.of.new.map(|workload| workload.kind());
        kind == Some("StatefulSet") && rollout.restarts() && rollout.order != RestartOrder::Replaced
    };
    if !rolls(rollout) {
        return None;
    }
    let own = rollout.of.compared.id();
    let others = all.iter().filter(|other| rolls(other)).map(|other| other.of.compared.id());
    let others: Vec<String> = others.filter(|id| *id != own).map(|id| format!("`{id}`")).collect();
    let restart = if others.len() == 1 { "restarts" } else { "restart" };
    (!others.is_empty())
        .then(|| format!("{} {restart} at the same time: no StatefulSet waits for another", and(&others)))
}

/// Why the pods of a workload that goes are replaced.
fn replaced(both: &Both<'_>, rollout: &Rollout<'_, '_>) -> String {
    let id = rollout.of.compared.id();
    if rollout.of.compared.verdict == Verdict::Recreated {
        return format!("`{id}` is deleted and created again");
    }
    let heirs: Vec<String> = heirs(both, rollout.of.old).iter().map(|heir| format!("`{}`", heir.id())).collect();
    match heirs.len() {
        0 => format!("`{id}` is removed, and nothing takes its place"),
        1 => format!("`{id}` is removed; {} takes its place", and(&heirs)),
        _ => format!("`{id}` is removed; {} take its place", and(&heirs)),
    }
}

/// Pods that all stop before those that take their place are ready.
fn outages(both: &Both<'_>, rollouts: &[Rollout<'_, '_>], concerns: &mut Vec<Concern>) {
    let mut by_heirs: BTreeMap<Vec<String>, Vec<&Rollout<'_, '_>>> = BTreeMap::new();
    for rollout in rollouts.iter().filter(|rollout| rollout.order == RestartOrder::Replaced && rollout.missing > 0) {
        let Some(old) = rollout.of.old.filter(|old| !old.is_short_lived()) else { continue };
        let id = rollout.of.compared.id();
        if rollout.of.compared.verdict == Verdict::Recreated {
            let text = format!("`{id}` is deleted and created again: all its pods stop at once");
            concerns.push(Concern::new(ConcernCode::Outage, text).about(id, "metadata.name"));
            continue;
        }
        let heirs: Vec<String> = heirs(both, Some(old)).iter().map(|heir| format!("`{}`", heir.id())).collect();
        if !heirs.is_empty() {
            by_heirs.entry(heirs).or_default().push(rollout);
        }
    }
    for (heirs, gone) in by_heirs {
        let Some(first) = gone.first() else { continue };
        let names: Vec<String> = gone.iter().map(|rollout| format!("`{}`", rollout.of.compared.id())).collect();
        let is = if names.len() == 1 { "is" } else { "are" };
        let comes = if heirs.len() == 1 { "comes" } else { "come" };
        let text = format!(
            "{} {is} removed and {} {comes} instead: Helm deletes the old pods without waiting for the new ones to be ready, \
             so nothing answers meanwhile",
            and(&names),
            and(&heirs)
        );
        let is_renamed = first.of.compared.pair.renamed.is_some();
        let help = if is_renamed {
            "keep the name (`fullnameOverride`, `nameOverride`) to keep the workload"
        } else {
            "bring the new shape up as a second release, copy the data, then move clients"
        };
        concerns
            .push(Concern::new(ConcernCode::Outage, text).about(first.of.compared.id(), "metadata.name").help(help));
    }
}

/// New workloads that do the work of one that goes: the one that looks like it under another name, else those with the
/// same name label in the same release.
pub(in crate::plan) fn heirs<'s>(both: &Both<'s>, gone: Option<Workload<'s>>) -> Vec<Workload<'s>> {
    let Some(gone) = gone else { return Vec::new() };
    let pair = both.pairs.iter().find(|pair| pair.pair.old.is_some_and(|old| std::ptr::eq(old, gone.object)));
    let twin = pair.and_then(|pair| pair.pair.renamed).and_then(|object| Workload::of(object, both.new));
    if let Some(twin) = twin {
        return vec![twin];
    }
    let key = |workload: &Workload<'_>| {
        let labels = workload.labels();
        let name = labels.get("app.kubernetes.io/name").or(labels.get("app")).cloned();
        (name, labels.get("app.kubernetes.io/instance").or(labels.get("release")).cloned())
    };
    let own = key(&gone);
    let added = both.pairs.iter().filter(|pair| pair.pair.old.is_none()).filter_map(|pair| pair.pair.new);
    let added = added.filter_map(|object| Workload::of(object, both.new)).filter(|new| !new.is_short_lived());
    added
        .filter(|new| (own.0.is_some() && key(new) == own) || (gone.redis().is_some() && new.redis().is_some()))
        .collect()
}

/// Pods that take the change only when somebody does something.
fn by_hand(rollout: &Rollout<'_, '_>, concerns: &mut Vec<Concern>) {
    let Some(new) = rollout.of.new.filter(|_| !rollout.of.is_refused()) else { return };
    let id = new.id();
    let kind = new.kind().to_ascii_lowercase();
    match rollout.order {
        RestartOrder::ByHand => {
            let text = format!("`{id}` changes its pods only when they are deleted (`OnDelete`)");
            let delete = rollout.pods.iter().filter(|pod| !pod.ends_with("-*"));
            let commands = delete.flat_map(|pod| {
                [
                    kubectl(new.namespace(), &["delete", "pod", pod]),
                    kubectl(
                        new.namespace(),
                        &["wait", "--for=condition=Ready", &format!("pod/{pod}"), "--timeout=10m"],
                    ),
                ]
            });
            let help = "delete the pods one after the other, each when the one before is ready";
            let concern = Concern::new(ConcernCode::ManualStep, text).about(id, "spec.updateStrategy");
            concerns.push(concern.help(help).commands(commands));
        }
        RestartOrder::Never if new.is_short_lived() => {}
        RestartOrder::Never => {
            let text = format!("the pods of `{id}` stay as they are, although their template changes");
            let (path, help, commands) = match new.kind() {
                "StatefulSet" => {
                    ("spec.updateStrategy.rollingUpdate.partition", "lower `partition` to update them", None)
                }
                "Deployment" => {
                    let resume = kubectl(new.namespace(), &["rollout", "resume", &format!("{kind}/{}", new.name())]);
                    ("spec.paused", "resume the rollout", Some(resume))
                }
                _ => ("spec.template", "delete its pods: new ones follow the new template", None),
            };
            let concern = Concern::new(ConcernCode::NotApplied, text).about(id, path).help(help);
            concerns.push(concern.commands(commands));
        }
        _ => {}
    }
}

/// Settings in ConfigMaps and Secrets that change without a restart of the pods that use them.
fn unapplied(both: &Both<'_>, rollouts: &[Rollout<'_, '_>], concerns: &mut Vec<Concern>) {
    for compared in &both.pairs {
        let (Some(_), Some(new)) = (compared.pair.old, compared.pair.new) else { continue };
        let is_config = matches!(new.kind(), "ConfigMap" | "Secret") && new.hooks.is_empty();
        if !is_config || compared.verdict == Verdict::Rejected {
            continue;
        }
        let random = noise::random_keys(both, compared);
        let mut keys = noise::data_keys(&compared.changes);
        keys.retain(|(key, _)| !random.contains(key));
        if keys.is_empty() {
            continue;
        }
        for workload in Workload::all(both.new).filter(|workload| !workload.is_short_lived()) {
            if workload.namespace() != namespace(new, both.new) {
                continue;
            }
            let used = uses(&references(workload), new.kind(), new.name(), &keys);
            let rollout = rollouts.iter().find(|rollout| rollout.of.compared.id() == workload.id());
            let is_new = !both.pairs.iter().any(|pair| pair.pair.old.is_some() && pair.id() == workload.id());
            // Pods that somebody has to delete are told of as such.
            if used.is_empty() || is_new || rollout.is_some_and(|rollout| !rollout.pods.is_empty()) {
                continue;
            }
            concerns.push(unapplied_by(workload, compared, &keys, &used.into_iter().collect::<Vec<_>>()));
        }
    }
}

fn unapplied_by(workload: Workload<'_>, compared: &Compared<'_>, keys: &[(String, bool)], used: &[Use]) -> Concern {
    let names: Vec<String> = keys.iter().map(|(key, _)| key.clone()).collect();
    let (id, owner) = (compared.id(), workload.id());
    let how: Vec<&str> = used
        .iter()
        .map(|by| match by {
            Use::Variables => "its variables are read when a container starts, so running pods keep the old ones",
            Use::SubPath => "it is mounted by `subPath`, and such a file is never updated in a running pod",
            Use::Files => {
                "the files in its pods follow within about a minute, but a program that reads them only at its start \
                 keeps the old settings"
            }
        })
        .collect();
    let change = reasons::data(&id, &names);
    let text = format!("{change}, and nothing restarts the pods of `{owner}`: {}", how.join("; "));
    let target = format!("{}/{}", workload.kind().to_ascii_lowercase(), workload.name());
    let path = match names.as_slice() {
        [only] => format!("data.{only}"),
        _ => "data".to_owned(),
    };
    let restart = match workload.kind() {
        "StatefulSet" | "Deployment" | "DaemonSet" => vec![
            kubectl(workload.namespace(), &["rollout", "restart", &target]),
            kubectl(workload.namespace(), &["rollout", "status", &target, "--timeout=10m"]),
        ],
        _ => Vec::new(),
    };
    let concern = Concern::new(ConcernCode::NotApplied, text).about(id, path);
    concern.help("restart the pods after the upgrade").commands(restart)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{messages, stateful, template, with, workload};

    fn told(old: &str, new: &str) -> (Vec<Restart>, Vec<Concern>) {
        with(old, new, |both| {
            let mut concerns = Vec::new();
            (restarts(both, &mut concerns), concerns)
        })
    }

    fn config(version: &str, data: &str) -> String {
        format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: db-scripts, labels: {{helm.sh/chart: db-{version}}}}}\ndata: \
             {{start.sh: {data}}}\n"
        )
    }

    /// A StatefulSet whose pods have a checksum over the scripts and the chart's version in a label.
    fn hashed(version: &str, image: &str, data: &str) -> String {
        let set = stateful("db", image, "  replicas: 2", "      volumes: [{name: s, configMap: {name: db-scripts}}]");
        let sum = format!("annotations: {{checksum/scripts: \"{version}{data}\"}}");
        let labels = format!("labels: {{app: db, helm.sh/chart: db-{version}}}\n      {sum}\n    spec:");
        format!("{}{}", config(version, data), set.replace("labels: {app: db}\n    spec:", &labels))
    }

    #[test]
    fn reasons_are_told_apart_from_noise() {
        let (restarts, concerns) = told(&hashed("1", "db:1", "x"), &hashed("2", "db:2", "x"));
        let [restart] = restarts.as_slice() else { panic!("one restart: {restarts:?}") };
        assert_eq!(restart.reasons, ["image of container `main` changes from `db:1` to `db:2`"]);
        assert_eq!(
            restart.noise,
            [
                "`checksum/scripts`: the data of `ConfigMap/db-scripts` is the same",
                "label `helm.sh/chart` names another version"
            ]
        );
        assert_eq!(concerns, []);
        let (restarts, _) = told(&hashed("1", "db:1", "x"), &hashed("2", "db:1", "y"));
        assert_eq!(restarts.first().map(|one| one.reasons.clone()), Some(vec!["script `start.sh` changes".to_owned()]));
    }

    #[test]
    fn pods_that_restart_for_a_version_alone_restart_for_nothing() {
        let (_, concerns) = told(&hashed("1", "db:1", "x"), &hashed("2", "db:1", "x"));
        assert_eq!(messages(&concerns, ConcernCode::NoiseRestart).len(), 1, "{concerns:?}");
    }

    #[test]
    fn stateful_sets_restart_at_the_same_time() {
        let both = |image: &str| format!("{}{}", stateful("a", image, "", ""), stateful("b", image, "", ""));
        let (restarts, _) = told(&both("x:1"), &both("x:2"));
        let notes: Vec<_> = restarts.iter().flat_map(|restart| restart.notes.clone()).collect();
        assert_eq!(
            notes,
            [
                "`StatefulSet/b` restarts at the same time: no StatefulSet waits for another",
                "`StatefulSet/a` restarts at the same time: no StatefulSet waits for another"
            ]
        );
    }

    #[test]
    fn a_setting_that_no_restart_brings_to_the_pods_is_told_by_how_they_read_it() {
        let pod = |mount: &str| {
            let set = stateful("db", "db:1", "", "      volumes: [{name: data, configMap: {name: db-scripts}}]");
            format!("{}{}", config("1", "x"), set.replace("{name: data, mountPath: /data}", mount))
        };
        let change = |text: &str| text.replace("start.sh: x", "start.sh: z");
        for (mount, says) in [
            ("{name: data, mountPath: /s}", "follow within about a minute"),
            ("{name: data, mountPath: /s, subPath: start.sh}", "never updated in a running pod"),
        ] {
            let (_, concerns) = told(&pod(mount), &change(&pod(mount)));
            let told = messages(&concerns, ConcernCode::NotApplied);
            assert!(matches!(told.as_slice(), [one] if one.contains(says)), "{told:?}");
        }
        let by_variable = |key: &str| {
            let set = stateful("db", "db:1", "", "");
            let variable = format!("{{name: A, valueFrom: {{configMapKeyRef: {{name: db-scripts, key: {key}}}}}}}");
            format!("{}{set}        env: [{variable}]\n", config("1", "x"))
        };
        let (_, concerns) = told(&by_variable("start.sh"), &change(&by_variable("start.sh")));
        let [concern] = concerns.as_slice() else { panic!("one concern: {concerns:?}") };
        assert!(concern.message.contains("read when a container starts"), "{}", concern.message);
        assert_eq!(
            concern.commands,
            [
                "kubectl -n prod rollout restart statefulset/db",
                "kubectl -n prod rollout status statefulset/db --timeout=10m"
            ]
        );
        assert_eq!(told(&by_variable("other"), &change(&by_variable("other"))).1, [], "another key is none of its");
    }

    #[test]
    fn pods_that_restart_read_what_changed() {
        let pod = |image: &str, data: &str| {
            format!(
                "{}{}",
                config("1", data),
                stateful("db", image, "", "      volumes: [{name: data, configMap: {name: db-scripts}}]")
            )
        };
        assert_eq!(told(&pod("db:1", "x"), &pod("db:2", "y")).1, []);
    }

    #[test]
    fn a_name_that_changes_replaces_every_pod_at_once() {
        let named = |name: &str| {
            let set = stateful(name, "db:1", &template("1Gi"), "");
            set.replace(&format!("labels: {{app: {name}}}"), "labels: {app.kubernetes.io/instance: r, app: db}")
        };
        let (restarts, concerns) = told(&named("a"), &named("b"));
        assert_eq!(
            restarts.first().map(|one| one.reasons.clone()),
            Some(vec!["`StatefulSet/a` is removed; `StatefulSet/b` takes its place".to_owned()])
        );
        assert_eq!(messages(&concerns, ConcernCode::Outage).len(), 1, "{concerns:?}");
    }

    #[test]
    fn pods_that_wait_to_be_deleted_come_with_the_commands() {
        let set = |image: &str| stateful("db", image, "  replicas: 2\n  updateStrategy: {type: OnDelete}", "");
        let (_, concerns) = told(&set("db:1"), &set("db:2"));
        let [concern] = concerns.as_slice() else { panic!("one concern: {concerns:?}") };
        assert_eq!(concern.code, ConcernCode::ManualStep);
        assert_eq!(concern.commands.first().map(String::as_str), Some("kubectl -n prod delete pod db-1"));
    }

    #[test]
    fn a_paused_deployment_takes_nothing_up() {
        let web = |image: &str| workload("Deployment", "web", image, "  paused: true", "");
        let (_, concerns) = told(&web("a:1"), &web("a:2"));
        assert_eq!(
            messages(&concerns, ConcernCode::NotApplied),
            ["the pods of `Deployment/web` stay as they are, although their template changes"]
        );
    }
}
