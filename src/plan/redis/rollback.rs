//! How to go back, when, and whether that keeps the data.
//!
//! In: both sides and their Redis. Out: a [`Rollback`].

use crate::plan::redis::backup::{self, file_of, step};
use crate::plan::redis::data::{keeps_volumes, reading, stops, volumes};
use crate::plan::redis::facts::{Redis, Servers};
use crate::plan::redis::release;
use crate::plan::redis::strategy::MOST_LAG_SECONDS;
use crate::plan::{Both, Rollback, RunStep, Strategy, StrategyKind, Topology};
use crate::redis_server::formats::Reading;
use crate::shell::word;

/// Minutes after which a pod that is not well is a reason to go back.
const HEALTH_MINUTES: u32 = 5;

/// The way back; `None` where nothing changes.
pub(in crate::plan) fn rollback(both: &Both<'_>, servers: &Servers<'_>, chosen: Option<&Strategy>) -> Option<Rollback> {
    if release::changes_nothing(both) {
        return None;
    }
    let mut reasons = Vec::new();
    let mut is_safe = true;
    let pair = servers.both();
    if let Some((old, new)) = pair {
        is_safe = judge(both, old, new, &mut reasons);
    }
    let is_green = chosen.is_some_and(|strategy| strategy.kind == StrategyKind::BlueGreen);
    let mut steps = Vec::new();
    match pair {
        Some((old, _)) if is_green => {
            reasons.push("until clients move, nothing has to be undone: the old release goes on".to_owned());
            steps.push(fail_back(both, old));
        }
        _ => steps.push(helm(both, is_safe)),
    }
    if let Some((old, _)) = pair.filter(|_| !is_safe && !is_green) {
        steps.push(step(
            "put back the copy from before",
            "what was written since the copy is lost. If the pods do not get ready, do not wait for them: the files are placed \
             while none runs",
            Vec::new(),
        ));
        steps.extend(backup::put_back(old, &file_of(&old.pod())));
    }
    Some(Rollback { is_safe, reasons, triggers: triggers(servers), steps })
}

/// Whether the old server finds the data after the new one ran.
fn judge(both: &Both<'_>, old: &Redis<'_>, new: &Redis<'_>, reasons: &mut Vec<String>) -> bool {
    let back = reading(new, old);
    if old.facts.is_persistent && !keeps_volumes(old, new) {
        reasons.push(format!("the old Redis goes back to `{}`: what was written since is lost", volumes(old)));
        return false;
    }
    if !old.facts.is_persistent && stops(both, old) {
        reasons.push("the data are on no volume: the way back empties Redis once more".to_owned());
        return false;
    }
    match (back, old.line.zip(new.line)) {
        (Some(Reading::Complete), Some((from, to))) => {
            reasons.push(if from == to {
                format!("both sides run Redis {from}: its files are the same")
            } else {
                format!("Redis {from} reads the files of Redis {to}")
            });
            true
        }
        (Some(Reading::Empty), Some((from, to))) => {
            reasons.push(format!(
                "Redis {from} finds no append-only file of Redis {to}: it starts empty, without an error"
            ));
            false
        }
        (Some(Reading::Refused), Some((from, to))) => {
            reasons.push(format!("Redis {from} does not start on the files of Redis {to}, from the highest pod on"));
            false
        }
        (None, Some((from, to))) => {
            reasons.push(format!("whether Redis {from} reads the files of Redis {to} is not known"));
            false
        }
        _ => {
            reasons.push("the versions are not known, so neither is whether the old server reads the files".to_owned());
            false
        }
    }
}

/// When to go back.
fn triggers(servers: &Servers<'_>) -> Vec<String> {
    let mut triggers = vec![
        format!("a new pod is not ready {HEALTH_MINUTES} minutes after it started"),
        "the application sees more errors than it did before".to_owned(),
    ];
    if let Some(new) = &servers.new {
        if new.facts.topology != Topology::Standalone {
            triggers
                .push(format!("a replica is more than {MOST_LAG_SECONDS} s behind its master, or its link stays down"));
        }
        triggers.push("there are fewer keys than before".to_owned());
    }
    triggers
}

fn helm(both: &Both<'_>, waits: bool) -> RunStep {
    let namespace = word(&release::namespace(both));
    let Some(name) = release::name(both).filter(|_| both.new.chart.is_some() || both.old.chart.is_some()) else {
        let line = format!("kubectl apply -n {namespace} -f {}", word(&both.old.source));
        return step("apply the old manifests", "objects that only the new side has stay", vec![line]);
    };
    let file = word(&format!("{name}-revision"));
    let name = word(name);
    // Pods without their data may never get ready.
    let wait = if waits { " --wait --timeout 10m" } else { "" };
    step(
        "roll the release back",
        "to the revision that was noted before. helm's `Rollback was a success` is not about data",
        vec![
            format!("helm history {name} -n {namespace}"),
            format!("helm rollback {name} \"$(cat {file})\" -n {namespace}{wait}"),
        ],
    )
}

/// The old release takes over again: it never stopped.
fn fail_back(both: &Both<'_>, old: &Redis<'_>) -> RunStep {
    let mut commands = Vec::new();
    if let Some(config) = old.command("CONFIG") {
        let usual = old.conf.as_ref().and_then(|settings| settings.conf.value("min-replicas-to-write")).unwrap_or("0");
        let usual: u32 = usual.parse().unwrap_or(0);
        let allow = |pod: &String| old.run(pod, &format!("redis-cli {config} SET min-replicas-to-write {usual}"));
        commands.extend(old.facts.master_pods.iter().map(allow));
    }
    if let Some(name) = release::name(both) {
        let file = word(&format!("{name}-revision"));
        let (name, namespace) = (word(name), word(&old.namespace));
        commands.push(format!("helm rollback {name} \"$(cat {file})\" -n {namespace} --wait --timeout 10m"));
    }
    let reason = "it takes writes again, and the rollback makes its Service what it was. What was written to the new release \
                  is only there";
    step("send clients back to the old release", reason, commands)
}
