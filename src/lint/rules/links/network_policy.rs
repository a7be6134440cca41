//! NetworkPolicies that cut off what the chart itself needs.

use super::references::config_maps;
use super::service::{Served, served, target};
use crate::diag::Severity;
use crate::lint::rules::objects::{self, PortRef, Selector, Workload};
use crate::lint::{Case, Check, Findings, Object, On, Rule};
use crate::value::Node;
use std::collections::BTreeSet;

pub(super) const RULES: &[Rule] = &[OWN, TEST, METRICS, DNS, NOTHING];

const OWN: Rule = Rule {
    id: "policy-blocks-own-traffic",
    severity: Severity::Warning,
    summary: "NetworkPolicies keep pods of the chart from a Service of the chart that they use",
    why: "Packets are dropped without an answer: replicas cannot reach their master, clients run into timeouts.",
    fix: "Allow the chart's own pods: a `from` or `to` with their selector labels, and the port of the pods (not of the Service).",
    on: On::Default,
    check: Check::Case(check),
};

const TEST: Rule = Rule {
    id: "policy-blocks-test",
    severity: Severity::Warning,
    summary: "NetworkPolicies keep the test pod from the Service that it tests",
    why: "`helm test` fails by a timeout although everything works.",
    fix: "Allow the labels of the test pod, or render the test only without the policy.",
    on: On::Default,
    check: Check::Elsewhere,
};

const METRICS: Rule = Rule {
    id: "policy-blocks-metrics",
    severity: Severity::Warning,
    summary: "NetworkPolicies keep Prometheus from the metrics port",
    why: "The target is found and every scrape of it times out.",
    fix: "Allow the metrics port, from the namespace in which Prometheus runs or from everywhere.",
    on: On::Default,
    check: Check::Case(metrics),
};

const DNS: Rule = Rule {
    id: "policy-blocks-dns",
    severity: Severity::Warning,
    summary: "the egress rules leave out name resolution",
    why: "Without port 53 no name can be looked up, so the allowed connections fail too. Answers that do not fit into UDP need TCP.",
    fix: "Allow port 53 with protocol UDP and TCP.",
    on: On::Default,
    check: Check::Case(dns),
};

const NOTHING: Rule = Rule {
    id: "policy-selects-nothing",
    severity: Severity::Warning,
    summary: "the NetworkPolicy selects no pod of the chart",
    why: "A policy without pods protects nothing, and says nothing of it.",
    fix: "Use the labels of the pod template in spec.podSelector.",
    on: On::Default,
    check: Check::Case(nothing),
};

/// The two directions of a policy.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    In,
    Out,
}

impl Way {
    fn rules(self) -> &'static str {
        if self == Way::In { "spec.ingress" } else { "spec.egress" }
    }

    fn peers(self) -> &'static str {
        if self == Way::In { "from" } else { "to" }
    }
}

fn holds_for(policy: &Object, way: Way) -> bool {
    let types = objects::items(&policy.node, "spec.policyTypes");
    let says = |name| types.iter().filter_map(objects::plain).any(|own| own == name);
    match way {
        Way::In => types.is_empty() || says("Ingress"),
        Way::Out => says("Egress") || types.is_empty() && policy.node.find("spec.egress").is_some(),
    }
}

/// The policies that select a workload's pods, in one direction.
fn policies<'c>(case: &'c Case, workload: &Workload, way: Way) -> Vec<&'c Object> {
    let here = case.namespace_of(&workload.object);
    let selects = |policy: &&Object| {
        let selector = Selector::full(policy.node.find("spec.podSelector"));
        case.namespace_of(policy) == here && selector.is_some_and(|selector| selector.matches(&workload.labels))
    };
    let all = case.facts().kind(case, "NetworkPolicy");
    all.filter(|policy| policy.head.api_version == "networking.k8s.io/v1" && holds_for(policy, way))
        .filter(selects)
        .collect()
}

/// Whether a rule's ports cover a port of these pods.
fn covers(rule: &Node, pods: Option<&Workload>, number: f64, protocol: &str) -> bool {
    let ports = objects::items(rule, "ports");
    ports.is_empty()
        || ports.iter().any(|entry| {
            let same = objects::text(entry, "protocol").unwrap_or("TCP") == protocol;
            let fits = match entry.get("port").and_then(objects::port) {
                None => true,
                Some(PortRef::Number(from)) => {
                    number == from || objects::number(entry, "endPort").is_some_and(|to| from <= number && number <= to)
                }
                Some(name) => pods.is_some_and(|pods| pods.resolve(&name) == Some(number)),
            };
            same && fits
        })
}

/// Whether a peer may be pods with the labels of this workload in the policy's own namespace. What depends on the
/// labels of namespaces or on addresses may well be.
fn may_be(peer: &Node, workload: &Workload) -> bool {
    peer.get("ipBlock").is_some()
        || Selector::full(peer.get("podSelector")).is_none_or(|selector| selector.matches(&workload.labels))
}

/// Whether policies let pods of `other` and a port of `pods` meet.
fn allows(policies: &[&Object], way: Way, pods: &Workload, other: &Workload, number: f64, protocol: &str) -> bool {
    policies.is_empty()
        || policies.iter().flat_map(|policy| objects::items(&policy.node, way.rules())).any(|rule| {
            let peers = objects::items(rule, way.peers());
            covers(rule, Some(pods), number, protocol)
                && (peers.is_empty() || peers.iter().any(|peer| may_be(peer, other)))
        })
}

/// Whether a text names a Service: the name stands alone, or as the first part of a host name.
fn names(text: &str, name: &str) -> bool {
    let joins = |c: char| c.is_ascii_alphanumeric() || c == '-';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|tail| tail.chars().next());
        !before.is_some_and(joins) && !after.is_some_and(|c| joins(c) || c == '_')
    })
}

/// Whether a variable says that its value names something else than a Service, which often has the same name.
fn names_other(entry: &Node) -> bool {
    const OTHERS: [&str; 8] =
        ["DAEMONSET", "DEPLOYMENT", "STATEFULSET", "CONFIGMAP", "CONFIG_MAP", "SECRET", "LEASE", "RELEASE"];
    let name = objects::text(entry, "name").unwrap_or_default().to_ascii_uppercase();
    OTHERS.iter().any(|other| name.contains(other))
}

/// Whether a workload's pods use a Service: commands, environment or a ConfigMap that only they mount name it.
fn uses(case: &Case, workload: &Workload, service: &str) -> bool {
    let mut mounted = config_maps(workload);
    let mut words = workload.containers.iter().flat_map(|container| {
        let listed = ["command", "args"].into_iter().flat_map(|field| objects::items(&container.node, field));
        let env = objects::items(&container.node, "env").iter().filter(|entry| !names_other(entry));
        listed.chain(env.filter_map(|entry| entry.get("value"))).filter_map(objects::plain)
    });
    words.any(|word| names(word, service))
        || mounted.any(|name| {
            // What several workloads mount says nothing of which of them uses it.
            let mut others = case.facts().workloads.iter().filter(|other| !std::ptr::eq(*other, workload));
            let here = case.namespace_of(&workload.object);
            let Some(map) = case.facts().named(case, "ConfigMap", here, name) else { return false };
            let data = map.node.get("data").and_then(Node::as_map);
            let mut texts = data.into_iter().flat_map(|data| data.values()).filter_map(objects::plain);
            texts.any(|text| names(text, service)) && !others.any(|other| config_maps(other).any(|own| own == name))
        })
}

fn check(case: &Case, findings: &mut Findings) {
    let facts = case.facts();
    if facts.kind(case, "NetworkPolicy").next().is_none() {
        return;
    }
    for Served { object: service, workloads: behind, .. } in served(case) {
        let clients = facts.workloads.iter().filter(|client| {
            case.namespace_of(&client.object) == case.namespace_of(service) && uses(case, client, service.name())
        });
        for client in clients {
            // Replicas of a Deployment seldom talk to each other; that one knows its own Service's name says little.
            let is_meant = |pods: &&&Workload| {
                !pods.is_short_lived() && (!std::ptr::eq(**pods, client) || pods.object.kind() == "StatefulSet")
            };
            for pods in behind.iter().filter(is_meant) {
                blocked(case, client, pods, service, findings);
            }
        }
    }
}

fn blocked(case: &Case, client: &Workload, pods: &Workload, service: &Object, findings: &mut Findings) {
    let mut numbers: Vec<(f64, &str)> = Vec::new();
    for port in objects::items(&service.node, "spec.ports") {
        let Some(wanted) = target(port) else { continue };
        // A number counts whether the pods declare it or not.
        let number = match wanted {
            PortRef::Number(number) => Some(number),
            PortRef::Name(_) => pods.resolve(&wanted),
        };
        let protocol = objects::text(port, "protocol").unwrap_or("TCP");
        numbers.extend(number.map(|number| (number, protocol)));
    }
    let Some((first, _)) = numbers.first().copied() else { return };
    let rule = if client.object.is_test() { &TEST } else { &OWN };
    for (way, own, other) in [(Way::In, pods, client), (Way::Out, client, pods)] {
        let policies = policies(case, own, way);
        let Some(policy) = policies.first() else { continue };
        if numbers.iter().any(|(number, protocol)| allows(&policies, way, pods, other, *number, protocol)) {
            continue;
        }
        let does = if way == Way::In { "lets no connection in" } else { "lets no connection out" };
        let text = format!(
            "NetworkPolicy `{}` {does} from {} to port {first} of {}, which it reaches as `{}`",
            policy.name(),
            client.object.id(),
            pods.object.id(),
            service.name(),
        );
        findings.on(rule, case, policy, &objects::way(way.rules()), text);
    }
}

/// What Prometheus is told to scrape: workloads and their ports, by monitors and by annotations.
fn scraped(case: &Case) -> Vec<(&Workload, f64)> {
    let facts = case.facts();
    let mut found = Vec::new();
    for monitor in facts.kind(case, "ServiceMonitor") {
        let Some(selector) = Selector::full(monitor.node.find("spec.selector")) else { continue };
        let chosen = served(case)
            .filter(|served| selector.matches(&objects::labels(served.object.node.find("metadata.labels"))));
        for Served { object: service, workloads, .. } in chosen {
            for endpoint in objects::items(&monitor.node, "spec.endpoints") {
                let name = objects::text(endpoint, "port");
                let mut ports = objects::items(&service.node, "spec.ports").iter();
                let Some(port) = ports.find(|port| name.is_some() && objects::text(port, "name") == name) else {
                    continue;
                };
                let Some(target) = target(port) else { continue };
                found.extend(workloads.iter().filter_map(|pods| Some((*pods, pods.resolve(&target)?))));
            }
        }
    }
    for monitor in facts.kind(case, "PodMonitor") {
        let Some(selector) = Selector::full(monitor.node.find("spec.selector")) else { continue };
        for endpoint in objects::items(&monitor.node, "spec.podMetricsEndpoints") {
            let Some(port) = objects::text(endpoint, "port") else { continue };
            let pods = facts.workloads.iter().filter(|pods| selector.matches(&pods.labels));
            found.extend(pods.filter_map(|pods| Some((pods, pods.resolve(&PortRef::Name(port))?))));
        }
    }
    for pods in &facts.workloads {
        if pods.annotations.get("prometheus.io/scrape").is_some_and(|value| value == "true") {
            let port = pods.annotations.get("prometheus.io/port").and_then(|port| port.parse().ok());
            found.extend(port.map(|port| (pods, port)));
        }
    }
    found
}

fn metrics(case: &Case, findings: &mut Findings) {
    if case.facts().kind(case, "NetworkPolicy").next().is_none() {
        return;
    }
    let mut told = BTreeSet::new();
    for (pods, number) in scraped(case) {
        let policies = policies(case, pods, Way::In);
        let Some(policy) = policies.first() else { continue };
        let mut rules = policies.iter().flat_map(|policy| objects::items(&policy.node, Way::In.rules()));
        let is_open = |rule: &&Node| covers(rule, Some(pods), number, "TCP");
        // Prometheus may run in the same namespace, so any covered port is enough where pods are not told apart.
        let from_others = |rule: &Node| {
            let peers = objects::items(rule, "from");
            peers.is_empty()
                || peers.iter().any(|peer| {
                    let selector = Selector::full(peer.get("podSelector"));
                    peer.get("ipBlock").is_some()
                        || peer.get("namespaceSelector").is_some()
                        || selector.is_none_or(|selector| selector.is_empty() || !selector.matches(&pods.labels))
                })
        };
        if rules.any(|rule| is_open(&rule) && from_others(rule)) || !told.insert((policy.name(), number as u64)) {
            continue;
        }
        let text = format!(
            "NetworkPolicy `{}` lets nobody but its own pods reach metrics port {number} of {}",
            policy.name(),
            pods.object.id(),
        );
        findings.on(&METRICS, case, policy, &objects::way("spec.ingress"), text);
    }
}

fn dns(case: &Case, findings: &mut Findings) {
    let mut told = BTreeSet::new();
    for workload in &case.facts().workloads {
        let policies = policies(case, workload, Way::Out);
        let rules: Vec<&Node> =
            policies.iter().flat_map(|policy| objects::items(&policy.node, Way::Out.rules())).collect();
        // No rule at all means that nothing is to get out, names included.
        let (Some(policy), false) = (policies.first(), rules.is_empty()) else { continue };
        let open = |protocol| rules.iter().any(|rule| covers(rule, None, 53.0, protocol));
        let (udp, tcp) = (open("UDP"), open("TCP"));
        if udp && tcp || by_name(&rules) || !told.insert(policy.name()) {
            continue;
        }
        let what = match (udp, tcp) {
            (true, false) => "53 over UDP, not over TCP",
            (false, true) => "53 over TCP, not over UDP",
            _ => "no connection to port 53",
        };
        let text = format!("NetworkPolicy `{}` lets pods of {} out to {what}", policy.name(), workload.object.id());
        let finding = findings.on(&DNS, case, policy, &objects::way("spec.egress"), text);
        if udp {
            finding.diagnostic.severity = Severity::Note;
        }
    }
}

/// Whether a rule names a port of the name server's pods.
fn by_name(rules: &[&Node]) -> bool {
    let ports = rules.iter().flat_map(|rule| objects::items(rule, "ports"));
    ports.filter_map(|entry| objects::text(entry, "port")).any(|name| name.starts_with("dns"))
}

fn nothing(case: &Case, findings: &mut Findings) {
    let facts = case.facts();
    for policy in facts.kind(case, "NetworkPolicy") {
        let Some(selector) = Selector::full(policy.node.find("spec.podSelector")) else { continue };
        let here = case.namespace_of(policy);
        let has_pods = facts.workloads.iter().any(|workload| case.namespace_of(&workload.object) == here);
        if selector.is_empty() || !has_pods || !case.is_closed() || !facts.selected(case, here, &selector).is_empty() {
            continue;
        }
        let text = format!("NetworkPolicy `{}` selects no pod: none has `{}`", policy.name(), selector.show());
        findings.on(&NOTHING, case, policy, &objects::way("spec.podSelector"), text);
    }
}
