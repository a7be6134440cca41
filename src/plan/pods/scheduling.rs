//! Where pods may run after the upgrade.
//!
//! In: both sides. Out: concerns: pods that may find no node, because what they ask for got narrower, larger, or does not
//! fit the node that their volume is bound to.

use crate::kube::Quantity;
use crate::plan::pods::words::{and, count, kubectl, quoted};
use crate::plan::pods::workload::{Move, Workload, moves, plain, text_at, texts};
use crate::plan::volumes::claims::{Source, mounts};
use crate::plan::{Both, Concern, ConcernCode};
use crate::shell::script;
use crate::value::Node;
use std::collections::BTreeMap;

const HOSTNAME: &str = "kubernetes.io/hostname";

/// Says where pods may find no node any more.
pub(in crate::plan) fn scheduling(both: &Both<'_>, concerns: &mut Vec<Concern>) {
    let moves = moves(both);
    for of in &moves {
        let (Some(old), Some(new)) = (of.old, of.new) else { continue };
        selector(old, new, concerns);
        required_affinity(old, new, concerns);
        tolerations(old, new, concerns);
        resources(old, new, concerns);
        zones(old, new, concerns);
    }
    one_host(&moves, concerns);
}

fn node_selector(workload: Workload<'_>) -> BTreeMap<String, String> {
    workload.pod().and_then(|pod| pod.get("nodeSelector")).map(texts).unwrap_or_default()
}

/// Claims of a workload, as `kubectl` names them.
fn volumes(workload: Workload<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for mount in mounts(workload) {
        match mount.source {
            Source::Template(name) => found.extend(workload.pod_names().iter().map(|pod| format!("{name}-{pod}"))),
            Source::Claim(name) => found.push(name),
            _ => {}
        }
    }
    found.sort();
    found.dedup();
    found
}

/// What a change of nodes means for volumes, and commands that show where they are.
fn bound(workload: Workload<'_>) -> (String, Vec<String>) {
    let claims = volumes(workload);
    if claims.is_empty() {
        return (String::new(), Vec::new());
    }
    let text = format!(
        "; the volumes of {} may be bound to the node or zone where they are, and then the pods stay Pending elsewhere",
        quoted(&claims)
    );
    let spelled = claims.iter().filter(|name| !name.ends_with("-*")).take(3);
    let look = |claim: &String| {
        let get = kubectl(workload.namespace(), &["get", "pvc", claim, "-o"]);
        let path = "'jsonpath={.metadata.name}{\"\\t\"}{.spec.nodeAffinity.required}{\"\\n\"}'";
        format!("kubectl get pv \"$({get} 'jsonpath={{.spec.volumeName}}')\" -o {path}")
    };
    (text, spelled.map(look).collect())
}

fn labels(selector: &BTreeMap<String, String>) -> Vec<String> {
    selector.iter().map(|(key, value)| format!("{key}={value}")).collect()
}

fn selector(old: Workload<'_>, new: Workload<'_>, concerns: &mut Vec<Concern>) {
    let (before, after) = (node_selector(old), node_selector(new));
    let is_narrower = after.iter().any(|(key, value)| before.get(key) != Some(value));
    let id = new.id();
    if let Some(name) = new.pod().and_then(|pod| text_at(pod, "nodeName"))
        && old.pod().and_then(|pod| text_at(pod, "nodeName")).as_ref() != Some(&name)
    {
        let (volumes, commands) = bound(new);
        let text = format!("all pods of `{id}` are put on node `{name}`, whether it has room or not{volumes}");
        let concern = Concern::new(ConcernCode::Scheduling, text).about(id.clone(), "spec.template.spec.nodeName");
        concerns.push(concern.commands(commands));
    }
    if !is_narrower {
        return;
    }
    let (volumes, mut commands) = bound(new);
    let all = labels(&after);
    let stays: Vec<String> = labels(
        &after
            .iter()
            .filter(|(key, value)| before.get(*key) == Some(value))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect(),
    );
    let beside = if stays.is_empty() { String::new() } else { format!(" ({} asked for as before)", and_is(&stays)) };
    let with = if all.len() == 1 { "the label" } else { "all of the labels" };
    let text = format!("pods of `{id}` only run on nodes with {with} {}{beside}{volumes}", quoted(&all));
    commands.insert(0, format!("kubectl get nodes -l {}", script(&all.join(","))));
    let help = "check that such nodes are there, with room, and that the volumes can follow";
    let concern = Concern::new(ConcernCode::Scheduling, text).about(id.clone(), "spec.template.spec.nodeSelector");
    concerns.push(concern.help(help).commands(commands));
}

fn and_is(names: &[String]) -> String {
    format!("{} {}", quoted(names), if names.len() == 1 { "is" } else { "are" })
}

/// The topology keys over which pods of a workload must not stand together, and over which they had better not.
fn anti_affinity(workload: Workload<'_>) -> (Vec<String>, Vec<String>) {
    let labels = workload.labels();
    let affinity = workload.pod().and_then(|pod| pod.find("affinity.podAntiAffinity"));
    let list = |field: &str| affinity.and_then(|node| node.get(field)).map(Node::items).unwrap_or_default();
    let is_own = |term: &&Node| {
        let wanted = term.find("labelSelector.matchLabels").map(texts).unwrap_or_default();
        term.get("labelSelector").is_some() && wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
    };
    let key = |term: &Node| text_at(term, "topologyKey");
    let hard = list("requiredDuringSchedulingIgnoredDuringExecution").iter().filter(is_own).filter_map(key).collect();
    let soft =
        list("preferredDuringSchedulingIgnoredDuringExecution").iter().filter_map(|term| term.get("podAffinityTerm"));
    (hard, soft.filter(is_own).filter_map(key).collect())
}

/// Pods that must not stand together, and all have to run on one host.
fn one_host(moves: &[Move<'_, '_>], concerns: &mut Vec<Concern>) {
    let mut hosts: BTreeMap<String, Vec<Workload<'_>>> = BTreeMap::new();
    for of in moves {
        let Some(new) = of.new.filter(|new| !new.is_short_lived()) else { continue };
        let Some(host) = node_selector(new).get(HOSTNAME).cloned() else { continue };
        let was = of.old.and_then(|old| node_selector(old).get(HOSTNAME).cloned());
        let pods_before = of.old.map(|old| old.pods());
        if was.as_ref() != Some(&host) || pods_before != Some(new.pods()) {
            hosts.entry(host).or_default().push(new);
        }
    }
    for (host, workloads) in hosts {
        let pods: i64 = workloads.iter().map(Workload::pods).fold(0, i64::saturating_add);
        if pods < 2 {
            continue;
        }
        let names: Vec<String> = workloads.iter().map(|workload| format!("`{}`", workload.id())).collect();
        let Some(first) = workloads.first() else { continue };
        let path = "spec.template.spec.nodeSelector";
        let text = format!(
            "all {} of {} run on the one node `{host}`: when it goes, all are gone",
            count(pods, "pod"),
            and(&names)
        );
        let soft = workloads.iter().any(|workload| anti_affinity(*workload).1.iter().any(|key| key == HOSTNAME));
        let text = if soft { format!("{text}; their anti-affinity is only preferred, and gives way") } else { text };
        let help = "select a group of nodes by a label of your own instead of one hostname";
        concerns.push(Concern::new(ConcernCode::Availability, text).about(first.id(), path).help(help));
        for workload in workloads.iter().filter(|workload| workload.pods() > 1) {
            if anti_affinity(*workload).0.iter().any(|key| key == HOSTNAME) {
                let id = workload.id();
                let text = format!(
                    "`{id}` has {} that must not share a node, and all must run on `{host}`: all but one stay Pending",
                    count(workload.pods(), "pod")
                );
                concerns.push(Concern::new(ConcernCode::Scheduling, text).about(id, path).help(help));
            }
        }
    }
}

/// Node affinity that is required and another than before.
fn required_affinity(old: Workload<'_>, new: Workload<'_>, concerns: &mut Vec<Concern>) {
    let way = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution";
    let required = |workload: Workload<'_>| {
        let node = workload.pod().and_then(|pod| pod.find(way)).filter(|node| !node.is_null());
        node.cloned()
    };
    let (before, after) = (required(old), required(new));
    if after.is_none() || before == after {
        return;
    }
    let id = new.id();
    let (volumes, commands) = bound(new);
    let is = if before.is_some() { "another" } else { "a" };
    let text =
        format!("pods of `{id}` have {is} required node affinity: without a node that fits they stay Pending{volumes}");
    let concern = Concern::new(ConcernCode::Scheduling, text).about(id, format!("spec.template.spec.{way}"));
    concerns.push(concern.help("check that nodes fit, with room").commands(commands));
}

fn tolerations(old: Workload<'_>, new: Workload<'_>, concerns: &mut Vec<Concern>) {
    let all = |workload: Workload<'_>| -> Vec<Node> {
        workload.pod().and_then(|pod| pod.get("tolerations")).map(Node::items).unwrap_or_default().to_vec()
    };
    let (before, after) = (all(old), all(new));
    let gone: Vec<&Node> = before.iter().filter(|node| !after.contains(node)).collect();
    if gone.is_empty() {
        return;
    }
    let shown: Vec<String> = gone
        .iter()
        .map(|node| {
            let text = |field: &str| text_at(node, field).unwrap_or_default();
            let value = text("value");
            let key = if text("key").is_empty() { "every taint".to_owned() } else { text("key") };
            let key = if value.is_empty() { key } else { format!("{key}={value}") };
            let effect = text("effect");
            if effect.is_empty() { key } else { format!("{key}:{effect}") }
        })
        .collect();
    let id = new.id();
    let (toleration, is) = if gone.len() == 1 { ("toleration", "is") } else { ("tolerations", "are") };
    let (volumes, commands) = bound(new);
    let text = format!(
        "{toleration} {} of `{id}` {is} gone: its pods cannot come back to nodes with these taints{volumes}",
        quoted(&shown)
    );
    let concern = Concern::new(ConcernCode::Scheduling, text).about(id, "spec.template.spec.tolerations");
    concerns.push(concern.help("keep the toleration, or check that other nodes have room").commands(commands));
}

/// Requests of one pod, summed over its containers.
fn request(workload: Workload<'_>, what: &str) -> Vec<(String, Quantity)> {
    let one = |container: crate::kube::Container<'_>| {
        let resources = container.at.get("resources")?;
        // A limit without a request is the request too.
        let of =
            |field: &str| resources.get(field).and_then(|map| map.get(what)).and_then(|at| Quantity::of(at.node()));
        Some((container.name.to_owned(), of("requests").or(of("limits"))?))
    };
    workload.containers().into_iter().filter_map(one).collect()
}

/// Requests that grow: the node where the pod is may have no room for it.
fn resources(old: Workload<'_>, new: Workload<'_>, concerns: &mut Vec<Concern>) {
    if new.is_short_lived() {
        return;
    }
    let mut grown = Vec::new();
    for what in ["cpu", "memory"] {
        let before = request(old, what);
        for (name, after) in request(new, what) {
            let was = before.iter().find(|(container, _)| *container == name).map(|(_, amount)| amount);
            if was.is_none_or(|was| *was < after) && !after.is_zero() {
                let was = was.map_or_else(|| "none".to_owned(), |was| format!("`{was}`"));
                grown.push(format!("{what} of `{name}` from {was} to `{after}`"));
            }
        }
    }
    if grown.is_empty() {
        return;
    }
    let id = new.id();
    let (volumes, _) = bound(new);
    let text = format!("pods of `{id}` ask for more ({}): a node must have room for that{volumes}", and(&grown));
    // A little more fits nearly everywhere.
    let code = if is_doubled(old, new) { ConcernCode::Scheduling } else { ConcernCode::Note };
    let concern = Concern::new(code, text).about(id, "spec.template.spec.containers.resources");
    concerns.push(concern.help("look at what the nodes have left").commands(["kubectl describe nodes".to_owned()]));
}

/// Whether a pod asks for at least twice as much of something as before.
fn is_doubled(old: Workload<'_>, new: Workload<'_>) -> bool {
    ["cpu", "memory"].into_iter().any(|what| {
        let sum = |workload: Workload<'_>| {
            let amounts = request(workload, what).into_iter().filter_map(|(_, amount)| match what {
                "cpu" => amount.thousandths(),
                _ => amount.ceil(),
            });
            amounts.fold(0, i64::saturating_add)
        };
        let (before, after) = (sum(old), sum(new));
        after > before && after >= before.saturating_mul(2)
    })
}

/// Spreading over zones or nodes that is required, and new or tighter.
fn zones(old: Workload<'_>, new: Workload<'_>, concerns: &mut Vec<Concern>) {
    let hard = |workload: Workload<'_>| -> Vec<(String, i64)> {
        let all =
            workload.pod().and_then(|pod| pod.get("topologySpreadConstraints")).map(Node::items).unwrap_or_default();
        let strict = all.iter().filter(|node| text_at(node, "whenUnsatisfiable").as_deref() != Some("ScheduleAnyway"));
        let skew = |node: &Node| node.get("maxSkew").and_then(crate::plan::pods::workload::whole).unwrap_or(1);
        strict.filter_map(|node| Some((node.get("topologyKey").and_then(plain)?, skew(node)))).collect()
    };
    let before = hard(old);
    for (key, skew) in hard(new).into_iter().filter(|(key, skew)| !before.iter().any(|(k, s)| k == key && s <= skew)) {
        let id = new.id();
        let text = format!(
            "pods of `{id}` must be spread over `{key}` with at most {skew} difference: where volumes or full nodes forbid it, \
             they stay Pending"
        );
        let path = "spec.template.spec.topologySpreadConstraints";
        let commands = [format!("kubectl get nodes -L {}", script(&key))];
        concerns.push(Concern::new(ConcernCode::Scheduling, text).about(id, path).commands(commands));
    }
    let (before, after) = (anti_affinity(old).0, anti_affinity(new).0);
    for key in after.iter().filter(|key| !before.contains(key) || old.pods() < new.pods()) {
        let pods = new.pods();
        if pods < 2 {
            continue;
        }
        let id = new.id();
        let extra = if new.kind() == "Deployment" { crate::plan::pods::rollout::surge(new, pods).0 } else { 0 };
        let needs = pods.saturating_add(extra);
        let text =
            format!("no two pods of `{id}` may share one `{key}`: {needs} different ones are needed while it updates");
        let commands = [format!("kubectl get nodes -L {}", script(key))];
        let path = "spec.template.spec.affinity.podAntiAffinity";
        concerns.push(Concern::new(ConcernCode::Scheduling, text).about(id, path).commands(commands));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{messages, stateful, template, with};

    fn told(old: &str, new: &str) -> Vec<Concern> {
        with(old, new, |both| {
            let mut concerns = Vec::new();
            scheduling(both, &mut concerns);
            concerns
        })
    }

    fn db(pod: &str) -> String {
        stateful("db", "a:1", &format!("  replicas: 3\n{}", template("1Gi")), pod)
    }

    #[test]
    fn p11_a_merged_node_selector_asks_for_every_label() {
        let new = db("      nodeSelector: {pool: redis, kubernetes.io/hostname: n3}");
        let concerns = told(&db("      nodeSelector: {pool: redis}"), &new);
        let scheduling = messages(&concerns, ConcernCode::Scheduling);
        let [message] = scheduling.as_slice() else { panic!("one: {concerns:?}") };
        assert!(message.contains(
            "all of the labels `kubernetes.io/hostname=n3` and `pool=redis` (`pool=redis` is asked for as before)"
        ));
        assert!(message.contains("`data-db-0`, `data-db-1` and `data-db-2` may be bound"), "{message}");
        assert_eq!(
            concerns.first().and_then(|concern| concern.commands.first()).map(String::as_str),
            Some("kubectl get nodes -l kubernetes.io/hostname=n3,pool=redis")
        );
        assert_eq!(
            messages(&concerns, ConcernCode::Availability),
            ["all 3 pods of `StatefulSet/db` run on the one node `n3`: when it goes, all are gone"]
        );
    }

    #[test]
    fn fewer_labels_are_no_concern() {
        assert_eq!(told(&db("      nodeSelector: {a: b, c: d}"), &db("      nodeSelector: {a: b}")), []);
    }

    const APART: &str = "      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: \
                         kubernetes.io/hostname, labelSelector: {matchLabels: {app: db}}}]}}";

    #[test]
    fn pods_that_must_stand_apart_do_not_fit_on_one_host() {
        let pinned = format!("{APART}\n      nodeSelector: {{kubernetes.io/hostname: n3}}");
        let concerns = told(&db(APART), &db(&pinned));
        let told = messages(&concerns, ConcernCode::Scheduling);
        assert!(told.iter().any(|message| message.ends_with("all but one stay Pending")), "{told:?}");
    }

    #[test]
    fn standing_apart_needs_as_many_nodes_as_pods() {
        let concerns = told(&db(""), &db(APART));
        assert!(
            messages(&concerns, ConcernCode::Scheduling)
                .iter()
                .any(|message| message.contains("3 different ones are needed"))
        );
        assert_eq!(told(&db(APART), &db(APART)), []);
    }

    #[test]
    fn a_toleration_that_goes_keeps_pods_from_their_nodes() {
        let concerns = told(&db("      tolerations: [{key: own, value: db, effect: NoSchedule}]"), &db(""));
        let told = messages(&concerns, ConcernCode::Scheduling);
        assert!(
            told.first().is_some_and(
                |message| message.starts_with("toleration `own=db:NoSchedule` of `StatefulSet/db` is gone")
            )
        );
    }

    #[test]
    fn requests_that_double_may_find_no_room_and_a_little_more_is_a_note() {
        let sized = |memory: &str| format!("{}        resources: {{requests: {{memory: {memory}}}}}\n", db(""));
        let code =
            |new: &str| told(&sized("1Gi"), &sized(new)).into_iter().map(|concern| concern.code).collect::<Vec<_>>();
        assert_eq!(code("2Gi"), [ConcernCode::Scheduling]);
        assert_eq!(code("1100Mi"), [ConcernCode::Note]);
        assert_eq!(code("1024Mi"), []);
        assert_eq!(code("512Mi"), []);
    }
}
