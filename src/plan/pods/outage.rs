//! What does not answer while pods restart.
//!
//! In: both sides. Out: concerns: a Service, or a workload, whose only pod restarts. How long that takes is estimated from
//! the fields that say something of it.

use crate::manifest::Object;
use crate::plan::pods::rollout::{Rollout, rollouts};
use crate::plan::pods::words::{and, count, quoted};
use crate::plan::pods::workload::{Workload, namespace, texts, whole};
use crate::plan::{Both, Concern, ConcernCode, RestartOrder};
use std::collections::{BTreeMap, BTreeSet};

/// Labels that a controller gives to each pod: a Service that selects by them means one pod.
const POD_NAME: &str = "statefulset.kubernetes.io/pod-name";
const POD_INDEX: &str = "apps.kubernetes.io/pod-index";

/// A pod that alone answers for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::plan) struct Alone {
    /// The workload, as `StatefulSet/redis`.
    pub workload: String,
    /// The pod.
    pub pod: String,
    /// The Services that lead to it alone.
    pub services: Vec<String>,
}

/// The pods of a side of which each alone answers for a Service, or is all that its StatefulSet or Deployment has.
pub(in crate::plan) fn alone<'s>(workloads: &[Workload<'s>], services: &[&Object]) -> Vec<Alone> {
    let mut found: Vec<Alone> = Vec::new();
    for service in services {
        let Some([only]) = behind(service, workloads).map(<[_; 1]>::try_from).and_then(Result::ok) else { continue };
        let (workload, pod) = only;
        // A numbered Service is the address of one pod of many, not a part that it plays.
        let number = service.name().rsplit_once('-').map(|(_, number)| number).unwrap_or_default();
        let is_numbered = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        if workload.pods() > 1 && is_numbered {
            continue;
        }
        let name = service.name().to_owned();
        let id = workload.id().to_string();
        match found.iter_mut().find(|alone| alone.workload == id && alone.pod == pod) {
            Some(alone) => alone.services.push(name),
            None => found.push(Alone { workload: id, pod, services: vec![name] }),
        }
    }
    for workload in workloads.iter().filter(|workload| matches!(workload.kind(), "StatefulSet" | "Deployment")) {
        let id = workload.id().to_string();
        if workload.pods() == 1
            && !found.iter().any(|alone| alone.workload == id)
            && let [pod] = workload.pod_names().as_slice()
        {
            found.push(Alone { workload: id, pod: pod.clone(), services: Vec::new() });
        }
    }
    found
}

/// The pods that a Service leads to; `None` where it selects none itself.
fn behind<'s>(service: &Object, workloads: &[Workload<'s>]) -> Option<Vec<(Workload<'s>, String)>> {
    let mut selector = service.node.find("spec.selector").map(texts).filter(|map| !map.is_empty())?;
    let pinned = (selector.remove(POD_NAME), selector.remove(POD_INDEX));
    let mut found = Vec::new();
    for workload in workloads.iter().filter(|workload| !workload.is_short_lived()) {
        let labels = workload.labels();
        if !selector.iter().all(|(key, value)| labels.get(key) == Some(value)) {
            continue;
        }
        let is_meant = |pod: &String| {
            let by_name = pinned.0.as_ref().is_none_or(|name| name == pod);
            by_name && pinned.1.as_ref().is_none_or(|index| pod.rsplit('-').next() == Some(index))
        };
        let pods: Vec<String> = workload.pod_names().into_iter().filter(is_meant).collect();
        // Pods without names stand for as many as there are.
        let times = if workload.kind() == "StatefulSet" { 1 } else { workload.pods().clamp(0, 2) };
        for _ in 0..times {
            found.extend(pods.iter().map(|pod| (*workload, pod.clone())));
        }
    }
    Some(found)
}

/// Says what does not answer while the only pod behind it restarts.
pub(in crate::plan) fn outages(both: &Both<'_>, concerns: &mut Vec<Concern>) {
    let rollouts = rollouts(both);
    if !rollouts.iter().any(Rollout::restarts) {
        return;
    }
    let workloads: Vec<Workload<'_>> = Workload::all(both.new).collect();
    let mut by_namespace: BTreeMap<&str, Vec<&Object>> = BTreeMap::new();
    for service in both.new.kept().filter(|object| object.kind() == "Service") {
        by_namespace.entry(namespace(service, both.new)).or_default().push(service);
    }
    let namespaces: BTreeSet<&str> = workloads.iter().map(|workload| workload.namespace()).collect();
    for here in namespaces {
        let own: Vec<_> = workloads.iter().filter(|workload| workload.namespace() == here).copied().collect();
        let services = by_namespace.remove(here).unwrap_or_default();
        for alone in alone(&own, &services) {
            let of = |rollout: &&Rollout<'_, '_>| {
                let mine =
                    rollout.of.new.is_some_and(|new| new.namespace() == here && new.id().to_string() == alone.workload);
                mine && rollout.touches(&alone.pod)
            };
            let Some(rollout) = rollouts.iter().find(of) else { continue };
            if matches!(rollout.order, RestartOrder::OneByOne | RestartOrder::AllAtOnce) {
                let servers = servers(both.old, here).min(servers(both.new, here));
                concerns.push(only(rollout, &alone, servers));
            }
        }
        for rollout in rollouts.iter().filter(|rollout| rollout.order == RestartOrder::AllAtOnce) {
            let new = rollout.of.new.filter(|new| new.namespace() == here && new.pods() > 1);
            concerns.extend(new.map(|new| all(rollout, new)));
        }
    }
}

/// How many Redis servers there are in a namespace.
fn servers(side: &crate::plan::Side, here: &str) -> i64 {
    let is_one = |workload: &Workload<'_>| workload.namespace() == here && workload.redis().is_some();
    Workload::all(side).filter(is_one).map(|workload| workload.pods()).fold(0, i64::saturating_add)
}

/// What does not answer while a pod restarts, in a namespace with so many Redis servers.
fn only(rollout: &Rollout<'_, '_>, alone: &Alone, servers: i64) -> Concern {
    let id = rollout.of.compared.id();
    let workload = rollout.of.new;
    let is_redis = workload.is_some_and(|workload| workload.redis().is_some());
    let at = match alone.services.as_slice() {
        [] => format!("`{id}`"),
        [one] => format!("Service `{one}`"),
        many => format!("Services {}", quoted(many)),
    };
    let (code, stops) = match (is_redis, servers > 1) {
        (true, true) => (ConcernCode::WriteOutage, "nothing can be written, and replicas answer at most reads,"),
        (true, false) => (ConcernCode::WriteOutage, "nothing can be read or written"),
        _ => (ConcernCode::Outage, "nothing answers"),
    };
    let pod = alone.pod.trim_end_matches("-*");
    let pod = if pod == alone.pod { format!("`{pod}`") } else { format!("the only pod of `{id}`") };
    let text = format!("{stops} at {at} while {pod} restarts: no other pod takes its place");
    let text = match workload.and_then(estimate) {
        Some(estimate) => format!("{text}; {estimate}"),
        None => text,
    };
    let help = match code {
        ConcernCode::WriteOutage => "choose a time with few writes, and have clients retry",
        _ => "choose a quiet time, or run a second pod",
    };
    Concern::new(code, text).about(id, "spec.template").help(help)
}

fn all(rollout: &Rollout<'_, '_>, new: Workload<'_>) -> Concern {
    let id = new.id();
    let text = format!(
        "all {} of `{id}` are stopped at once, and nothing answers until new ones are ready",
        count(new.pods(), "pod")
    );
    let text = match estimate(new) {
        Some(estimate) => format!("{text}; {estimate}"),
        None => text,
    };
    let is_redis = new.redis().is_some();
    let code = if is_redis { ConcernCode::WriteOutage } else { ConcernCode::Outage };
    let path = if new.kind() == "Deployment" { "spec.strategy.type" } else { "spec.updateStrategy" };
    Concern::new(code, text).about(rollout.of.compared.id(), path).help("choose a time with few requests")
}

/// How long a pod is away, from what its spec says.
fn estimate(workload: Workload<'_>) -> Option<String> {
    let pod = workload.pod()?;
    let grace = pod.get("terminationGracePeriodSeconds").and_then(whole).filter(|seconds| *seconds >= 0);
    let stop = match grace {
        Some(seconds) => format!("up to {seconds} s to stop (`terminationGracePeriodSeconds`)"),
        None => "up to 30 s to stop (no `terminationGracePeriodSeconds`)".to_owned(),
    };
    let mut parts = vec![stop];
    let containers = workload.containers();
    // Both count from the start of the container.
    let delay = |probe: &'static str| {
        let delays =
            containers.iter().filter_map(|container| container.at.get(probe)?.integer_of("initialDelaySeconds"));
        delays.max().map(|seconds| (seconds, probe))
    };
    let longest = ["startupProbe", "readinessProbe"].into_iter().filter_map(delay).max_by_key(|(seconds, _)| *seconds);
    if let Some((seconds, probe)) = longest.filter(|(seconds, _)| *seconds > 0) {
        parts.push(format!("at least {seconds} s until it is ready (`{probe}.initialDelaySeconds`)"));
    }
    if let Some(seconds) =
        workload.object.node.find("spec.minReadySeconds").and_then(whole).filter(|seconds| *seconds > 0)
    {
        parts.push(format!("{seconds} s of `minReadySeconds`"));
    }
    let load = if workload.redis().is_some() {
        "pulling the image and loading the data"
    } else {
        "pulling the image and starting"
    };
    parts.push(format!("the time for {load}"));
    Some(format!("estimated from its manifest: {}", and(&parts)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{stateful, with, workload};

    fn told(old: &str, new: &str) -> Vec<(ConcernCode, String)> {
        with(old, new, |both| {
            let mut concerns = Vec::new();
            outages(both, &mut concerns);
            concerns.into_iter().map(|concern| (concern.code, concern.message)).collect()
        })
    }

    fn service(name: &str, selector: &str) -> String {
        format!("---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{{selector}}}}}\n")
    }

    #[test]
    fn nothing_is_written_while_the_pod_restarts_that_a_service_is_pinned_to() {
        let redis = |tag: &str| {
            let set =
                stateful("redis", &format!("redis:{tag}"), "  replicas: 3", "      terminationGracePeriodSeconds: 45");
            let services = [
                service("master", "app: redis, statefulset.kubernetes.io/pod-name: redis-0"),
                service("redis-1", "app: redis, statefulset.kubernetes.io/pod-name: redis-1"),
                service("read", "app: redis"),
            ];
            format!("{}{set}", services.concat())
        };
        let told = told(&redis("7.0"), &redis("7.2"));
        let [(code, message)] = told.as_slice() else { panic!("one: {told:?}") };
        assert_eq!(*code, ConcernCode::WriteOutage);
        assert!(message.starts_with(
            "nothing can be written, and replicas answer at most reads, at Service `master` while `redis-0`"
        ));
        assert!(message.contains("up to 45 s to stop (`terminationGracePeriodSeconds`)"), "{message}");
    }

    #[test]
    fn the_only_pod_of_a_stateful_set_is_missed_and_one_of_many_is_not() {
        let db = |image: &str, pods| stateful("db", image, &format!("  replicas: {pods}"), "");
        let code = |told: Vec<(ConcernCode, String)>| told.into_iter().map(|(code, _)| code).collect::<Vec<_>>();
        assert_eq!(code(told(&db("a:1", 1), &db("a:2", 1))), [ConcernCode::Outage]);
        assert_eq!(code(told(&db("redis:1", 1), &db("redis:2", 1))), [ConcernCode::WriteOutage]);
        assert_eq!(code(told(&db("a:1", 2), &db("a:2", 2))), []);
    }

    #[test]
    fn a_deployment_with_surge_answers_all_the_time_and_one_that_is_recreated_does_not() {
        let web = |image: &str, spec: &str| workload("Deployment", "web", image, spec, "");
        assert_eq!(told(&web("a:1", ""), &web("a:2", "")), []);
        let recreate = "  replicas: 2\n  strategy: {type: Recreate}";
        let told = told(&web("a:1", recreate), &web("a:2", recreate));
        assert!(
            matches!(told.as_slice(), [(ConcernCode::Outage, text)] if text.starts_with("all 2 pods of `Deployment/web`")),
            "{told:?}"
        );
    }

    #[test]
    fn sentinels_and_exporters_are_no_servers() {
        let redis = |image: &str, command: &str| {
            let text = format!("{}        command: [{command}]\n", stateful("x", image, "", ""));
            with("", &text, |both| Workload::all(both.new).any(|workload| workload.redis().is_some()))
        };
        assert!(redis("docker.io/bitnami/redis:7.0.5@sha256:0", "/bin/bash"));
        assert!(redis("registry:5000/own/cache", "redis-server, /etc/redis.conf"));
        assert!(!redis("oliver006/redis_exporter:v1", ""));
        assert!(!redis("redis:7", "redis-sentinel, /etc/sentinel.conf"));
    }
}
