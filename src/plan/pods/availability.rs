//! How many pods are left: budgets for disruptions, and numbers of pods that fall.
//!
//! In: both sides. Out: concerns: budgets that no drain can satisfy or that watch over nothing, workloads that lose pods,
//! Services that go.

use crate::manifest::Object;
use crate::plan::pods::words::{count, kubectl, quoted};
use crate::plan::pods::workload::{Workload, amount, moves, namespace, plain, texts};
use crate::plan::{Both, Compared, Concern, ConcernCode};
use crate::value::Node;

/// Says where too few pods are left, or where a drain never ends.
pub(in crate::plan) fn availability(both: &Both<'_>, concerns: &mut Vec<Concern>) {
    let pairs = both.pairs.iter().filter(|pair| pair.id().kind == "PodDisruptionBudget");
    for pair in pairs {
        if let Some(new) = pair.pair.new.filter(|new| new.hooks.is_empty()) {
            budget(both, pair, new, concerns);
        }
    }
    for of in moves(both) {
        if let (Some(old), Some(new)) = (of.old, of.new)
            && !of.is_refused()
        {
            fewer(old, new, concerns);
        }
    }
    services(both, concerns);
}

/// The pods of a side that a budget watches over.
fn watched<'s>(workloads: impl Iterator<Item = Workload<'s>>, pdb: &Object, here: &str) -> Vec<Workload<'s>> {
    let Some(selector) = pdb.node.find("spec.selector").filter(|node| !node.is_null()) else { return Vec::new() };
    let is_meant = |workload: &Workload<'_>| workload.namespace() == here && selects(selector, *workload);
    workloads.filter(|workload| !workload.is_short_lived()).filter(is_meant).collect()
}

/// Whether a label selector means the pods of a workload.
fn selects(selector: &Node, workload: Workload<'_>) -> bool {
    let labels = workload.labels();
    let equal = selector.get("matchLabels").map(texts).unwrap_or_default();
    let rules = selector.get("matchExpressions").map(Node::items).unwrap_or_default();
    let holds = |rule: &Node| {
        let Some(key) = rule.get("key").and_then(plain) else { return false };
        let values: Vec<String> =
            rule.get("values").map(Node::items).unwrap_or_default().iter().filter_map(plain).collect();
        let own = labels.get(&key);
        match rule.get("operator").and_then(plain).as_deref() {
            Some("In") => own.is_some_and(|own| values.contains(own)),
            Some("NotIn") => own.is_none_or(|own| !values.contains(own)),
            Some("Exists") => own.is_some(),
            Some("DoesNotExist") => own.is_none(),
            _ => false,
        }
    };
    equal.iter().all(|(key, value)| labels.get(key) == Some(value)) && rules.iter().all(holds)
}

/// Why a budget lets no pod go, if it does.
fn blocks(pdb: &Object, workloads: &[Workload<'_>]) -> Option<(String, &'static str)> {
    let pods = workloads.iter().map(Workload::pods).fold(0, i64::saturating_add);
    if pods == 0 {
        return None;
    }
    let (min, max) = (pdb.node.find("spec.minAvailable"), pdb.node.find("spec.maxUnavailable"));
    let there = if pods == 1 { "there is 1 pod".to_owned() } else { format!("there are {pods} pods") };
    // Shares are rounded up by the controller, for either field (documented).
    if let Some(least) = amount(min, pods, true).filter(|least| *least >= pods) {
        let written = min.and_then(plain).unwrap_or_else(|| least.to_string());
        return Some((format!("requires {written} available, and {there}"), "spec.minAvailable"));
    }
    let written = max.and_then(plain).unwrap_or_default();
    amount(max, pods, true)
        .filter(|most| *most <= 0)
        .map(|_| (format!("lets {written} be unavailable, and {there}"), "spec.maxUnavailable"))
}

fn budget(both: &Both<'_>, pair: &Compared<'_>, new: &Object, concerns: &mut Vec<Concern>) {
    let here = namespace(new, both.new);
    let after = watched(Workload::all(both.new), new, here);
    let id = pair.id();
    let before = pair.pair.old.map(|old| (old, watched(Workload::all(both.old), old, namespace(old, both.old))));
    if let Some((text, path)) = blocks(new, &after) {
        let was = before.as_ref().is_some_and(|(old, workloads)| blocks(old, workloads).is_some());
        // A drain that never ended before does not end after either: worth knowing, but not of this upgrade.
        let code = if was { ConcernCode::Note } else { ConcernCode::Availability };
        let as_before = if was { ", as before" } else { "" };
        let text = format!("`{id}` {text}: no pod may be evicted, and draining a node never ends{as_before}");
        let help =
            "require fewer pods than there are, or use `maxUnavailable: 1`; the upgrade itself does not ask budgets";
        let commands = [kubectl(here, &["get", "pdb", new.name()])];
        concerns.push(Concern::new(code, text).about(id, path).help(help).commands(commands));
        return;
    }
    let watched_before = before.is_some_and(|(_, workloads)| !workloads.is_empty());
    if after.is_empty() && watched_before {
        let text = format!("`{id}` watches over no pod any more: its selector means none of the new pods");
        concerns.push(Concern::new(ConcernCode::Availability, text).about(id, "spec.selector"));
    }
}

/// Workloads with fewer pods than before.
fn fewer(old: Workload<'_>, new: Workload<'_>, concerns: &mut Vec<Concern>) {
    let id = new.id();
    if !matches!(new.kind(), "StatefulSet" | "Deployment" | "ReplicaSet") {
        return;
    }
    // Seen on the API server: a number that Helm set and does not set any more becomes the default, which is 1.
    if let (Some(before), None) = (old.stated(), new.stated())
        && before > 1
    {
        let until = match new.autoscaled() {
            Some((least, _)) if least > 1 => format!(" until the autoscaler raises it to at least {least}"),
            Some(_) => " until the autoscaler raises it".to_owned(),
            None => String::new(),
        };
        let text = format!("`{id}` falls from {before} pods to 1{until}: `spec.replicas` is not stated any more");
        let help = "state `replicas` in this upgrade, and leave it out in a later one after the autoscaler owns it";
        concerns.push(Concern::new(ConcernCode::Availability, text).about(id, "spec.replicas").help(help));
        return;
    }
    let (before, after) = (old.pods(), new.pods());
    if after == 0 && before > 0 {
        let text = format!("`{id}` has no pod any more (`replicas: 0`): nothing answers");
        concerns.push(Concern::new(ConcernCode::Outage, text).about(id, "spec.replicas"));
    } else if after == 1 && before > 1 {
        let text = format!("`{id}` has 1 pod instead of {}: nothing stands in for it", count(before, "pod"));
        concerns.push(Concern::new(ConcernCode::Availability, text).about(id, "spec.replicas"));
    }
}

/// Services that go: their names lead nowhere.
fn services(both: &Both<'_>, concerns: &mut Vec<Concern>) {
    let is_gone = |pair: &&Compared<'_>| pair.pair.new.is_none();
    let gone = both.pairs.iter().filter(is_gone).filter_map(|pair| pair.pair.old);
    let gone = gone.filter(|old| old.kind() == "Service" && old.hooks.is_empty() && !is_for_metrics(old));
    let names: Vec<&str> = gone.clone().map(Object::name).collect();
    let Some(first) = gone.clone().next() else { return };
    let stays = both.new.kept().filter(|object| object.kind() == "Service");
    let left: Vec<&str> = stays.map(Object::name).collect();
    let (service, is) = if names.len() == 1 { ("Service", "is") } else { ("Services", "are") };
    let instead = if left.is_empty() { String::new() } else { format!("; what there is: {}", quoted(&left)) };
    let them = if names.len() == 1 { "that name" } else { "those names" };
    let text = format!("{service} {} {is} removed: clients that use {them} reach nothing{instead}", quoted(&names));
    let help = "move clients to another Service first";
    concerns.push(Concern::new(ConcernCode::Outage, text).about(first.id(), "metadata.name").help(help));
}

/// Whether only a collector of metrics uses a Service.
fn is_for_metrics(service: &Object) -> bool {
    let ports = service.node.find("spec.ports").map(Node::items).unwrap_or_default();
    let names: Vec<String> = ports.iter().filter_map(|port| port.get("name").and_then(plain)).collect();
    let is_all = names.len() == ports.len() && !names.is_empty();
    is_all && names.iter().all(|name| name.contains("metrics") || name.contains("exporter"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{messages, stateful, with, workload};

    fn told(old: &str, new: &str) -> Vec<Concern> {
        with(old, new, |both| {
            let mut concerns = Vec::new();
            availability(both, &mut concerns);
            concerns
        })
    }

    fn pdb(spec: &str) -> String {
        format!(
            "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: pdb}}\nspec: {{selector: {{matchLabels: {{app: db}}}}, \
             {spec}}}\n"
        )
    }

    fn db(pods: i64, spec: &str) -> String {
        format!("{}{}", pdb(spec), stateful("db", "a:1", &format!("  replicas: {pods}"), ""))
    }

    #[test]
    fn p18_a_budget_of_all_pods_never_lets_a_drain_end() {
        for (pods, spec) in
            [(1, "minAvailable: 1"), (3, "minAvailable: 3"), (3, "minAvailable: 90%"), (2, "maxUnavailable: 0")]
        {
            let concerns = told("", &db(pods, spec));
            assert_eq!(messages(&concerns, ConcernCode::Availability).len(), 1, "{pods} pods, {spec}: {concerns:?}");
        }
        for (pods, spec) in
            [(2, "minAvailable: 1"), (1, "maxUnavailable: 1"), (3, "minAvailable: 50%"), (0, "minAvailable: 1")]
        {
            assert_eq!(told("", &db(pods, spec)), [], "{pods} pods, {spec}");
        }
    }

    #[test]
    fn what_was_so_before_is_only_a_note() {
        let concerns = told(&db(1, "minAvailable: 1"), &db(1, "minAvailable: 1"));
        assert_eq!(messages(&concerns, ConcernCode::Note).len(), 1);
        assert_eq!(messages(&concerns, ConcernCode::Availability).len(), 0);
        let concerns = told(&db(2, "minAvailable: 1"), &db(1, "minAvailable: 1"));
        assert_eq!(
            messages(&concerns, ConcernCode::Availability).len(),
            2,
            "the budget, and one pod alone: {concerns:?}"
        );
    }

    #[test]
    fn leaving_the_number_of_pods_to_an_autoscaler_drops_it_to_one() {
        let hpa = "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: {minReplicas: 3, maxReplicas: 5, \
                   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n";
        let web = |spec: &str| workload("Deployment", "web", "a:1", spec, "");
        let concerns = told(&web("  replicas: 4"), &format!("{hpa}{}", web("")));
        assert_eq!(
            messages(&concerns, ConcernCode::Availability),
            [
                "`Deployment/web` falls from 4 pods to 1 until the autoscaler raises it to at least 3: `spec.replicas` is not stated any more"
            ]
        );
    }

    #[test]
    fn a_service_that_goes_takes_its_name_with_it() {
        let service = |name: &str, port: &str| {
            format!(
                "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{ports: [{{name: {port}, port: 1}}]}}\n"
            )
        };
        let concerns = told(&format!("{}{}", service("a", "redis"), service("b", "redis")), &service("b", "redis"));
        assert_eq!(
            messages(&concerns, ConcernCode::Outage),
            ["Service `a` is removed: clients that use that name reach nothing; what there is: `b`"]
        );
        assert_eq!(told(&service("a", "http-metrics"), ""), []);
    }
}
