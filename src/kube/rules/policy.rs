//! NetworkPolicies and PodDisruptionBudgets.

use super::selector;
use super::value::{check_range, count_or_percent, host_bits, is_inside, named, port_or_name, present};
use crate::kube::at::At;
use crate::kube::problem::{Minor, Problem};

/// From here on ranges begin with their first address.
const STRICT_RANGES: Minor = Minor(36);

pub(super) fn network_policy(object: &At<'_>, minor: Minor, out: &mut Vec<Problem>) {
    let Some(spec) = object.get("spec") else { return };
    if let Some(pods) = spec.get("podSelector") {
        selector::check(&pods, out);
    }
    if spec.list("policyTypes").count() > 2 {
        let message = "found more than two types, allowed are `Ingress` and `Egress`";
        out.push(spec.problem_at("policyTypes", "duplicate-item", message));
    }
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.list(direction) {
            rule.list("ports").for_each(|port| policy_port(&port, out));
            rule.list(peers).for_each(|one| peer(&one, minor, out));
        }
    }
}

fn policy_port(port: &At<'_>, out: &mut Vec<Problem>) {
    port_or_name(port, "port", out);
    let Some(end) = port.integer_of("endPort") else { return };
    let message = match port.integer_of("port") {
        Some(start) if end < start => format!("found {end}, allowed are {start} and more"),
        Some(_) if end > 65535 => format!("found {end}, allowed are at most 65535"),
        Some(_) => return,
        None if port.has("port") => {
            "found `endPort` beside the name of a port, which it needs the number of".to_owned()
        }
        None => "found `endPort` without `port`".to_owned(),
    };
    out.push(port.problem_at("endPort", "invalid-port-range", message));
}

fn peer(peer: &At<'_>, minor: Minor, out: &mut Vec<Problem>) {
    let found = present(peer, &["podSelector", "namespaceSelector", "ipBlock"]);
    if found.is_empty() {
        let message = "found nothing, expected `podSelector`, `namespaceSelector` or `ipBlock`";
        let problem = peer.problem("empty-peer", message);
        out.push(problem.fix("write `podSelector: {}` for every pod of the namespace"));
    }
    for field in ["podSelector", "namespaceSelector"] {
        if let Some(labels) = peer.get(field) {
            selector::check(&labels, out);
        }
    }
    let Some(block) = peer.get("ipBlock") else { return };
    if found.len() > 1 {
        let message = format!("found {}, but `ipBlock` stands alone", named(&found));
        out.push(peer.problem("conflicting-fields", message).fix("make a peer of its own of `ipBlock`"));
    }
    let outer = block.get("cidr").and_then(|cidr| check_range(&cidr, out));
    if let (Some(range), Some(cidr)) = (outer, block.get("cidr"))
        && let Some(plain) = host_bits(range).filter(|_| minor >= STRICT_RANGES)
    {
        let message = "found an address inside of its range, expected the first address of the range";
        out.push(cidr.problem("invalid-cidr", message).fix(format!("write `{plain}/{}`", range.1)));
    }
    for except in block.list("except") {
        let inner = check_range(&except, out);
        if let (Some(inner), Some(outer)) = (inner, outer)
            && !is_inside(inner, outer)
        {
            out.push(except.problem("invalid-cidr", "found a range that is not inside of `cidr`"));
        }
    }
}

pub(super) fn disruption_budget(object: &At<'_>, out: &mut Vec<Problem>) {
    let Some(spec) = object.get("spec") else { return };
    let limits = present(&spec, &["minAvailable", "maxUnavailable"]);
    if limits.len() > 1 {
        let problem = spec.problem("pdb-two-limits", format!("found {}, allowed is one of them", named(&limits)));
        out.push(problem.fix("set the one that is not meant to `null`"));
    }
    for limit in limits {
        count_or_percent(&spec, limit, true, out);
    }
    if let Some(pods) = spec.get("selector") {
        selector::check(&pods, out);
    }
}
