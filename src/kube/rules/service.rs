//! Services.

use super::metadata;
use super::value::{check_address, check_range, port_number, port_or_name, words};
use crate::kube::at::At;
use crate::kube::names;
use crate::kube::problem::{Minor, Problem};
use std::collections::BTreeSet;

/// What held `loadBalancerSourceRanges` before there was a field.
const RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";

/// Longest stickiness to a client, in seconds: one day.
const MOST_STICKY: i64 = 86_400;

pub(super) fn check(object: &At<'_>, minor: Minor, out: &mut Vec<Problem>) {
    let Some(spec) = object.get("spec") else {
        out.push(object.problem_at("spec", "missing-field", "`spec` is missing, which is required"));
        return;
    };
    let kind = spec.text_of("type").filter(|kind| !kind.is_empty()).unwrap_or("ClusterIP");
    let cluster_ip = spec.text_of("clusterIP").unwrap_or_default();
    let headless = cluster_ip == "None";
    if let Some(labels) = spec.get("selector") {
        metadata::label_map(&labels, out);
    }
    if kind == "ExternalName" {
        external_name(&spec, cluster_ip, out);
    } else {
        if !headless && spec.lacks("ports") {
            out.push(spec.problem_at(
                "ports",
                "missing-field",
                "found no port, which only a headless Service may lack",
            ));
        }
        if headless && kind != "ClusterIP" {
            let message = format!("found `None`, which `type: {kind}` may not have");
            out.push(spec.problem_at("clusterIP", "service-type-conflict", message));
        } else if !headless && !cluster_ip.is_empty() && super::value::address(cluster_ip).is_none() {
            let message = format!("found `{cluster_ip}`, expected an IP address or `None`");
            let problem = spec.problem_at("clusterIP", "invalid-address", message);
            let none = cluster_ip.eq_ignore_ascii_case("none");
            out.push(if none { problem.fix("write `None`") } else { problem });
        }
    }
    ports(&spec, kind, out);
    outside(&spec, kind, out);
    let mut spreads = vec!["PreferClose"];
    if minor >= Minor(34) {
        spreads.extend(["PreferSameZone", "PreferSameNode"]);
    }
    words(&spec, "trafficDistribution", &spreads, out);
    let ranges = object.find(&["metadata", "annotations", RANGES]).filter(|_| kind == "LoadBalancer");
    if let Some(ranges) = ranges
        && let Some(bad) =
            ranges.text().unwrap_or_default().split(',').find(|part| super::value::range(part.trim()).is_none())
    {
        let message = format!("found `{bad}`, expected ranges of addresses such as `10.0.0.0/8`");
        out.push(ranges.problem("invalid-cidr", message));
    }
    if let Some(seconds) = spec
        .find(&["sessionAffinityConfig", "clientIP"])
        .filter(|_| spec.text_of("sessionAffinity") == Some("ClientIP"))
        && let Some(number) = seconds.integer_of("timeoutSeconds").filter(|number| !(1..=MOST_STICKY).contains(number))
    {
        let message = format!("found {number}, allowed are 1 to {MOST_STICKY}");
        out.push(seconds.problem_at("timeoutSeconds", "out-of-range", message));
    }
    for address in spec.list("externalIPs") {
        if check_address(&address, out)
            .is_some_and(|found| found.is_loopback() || found.is_unspecified() || found.is_multicast())
        {
            let message = "found an address that no other machine can reach";
            out.push(address.problem("invalid-address", message));
        }
    }
}

fn external_name(spec: &At<'_>, cluster_ip: &str, out: &mut Vec<Problem>) {
    let name = spec.text_of("externalName").unwrap_or_default().trim_end_matches('.');
    if name.is_empty() {
        out.push(spec.problem_at("externalName", "missing-field", "`externalName` is missing, which this type needs"));
    } else if let Err(message) = names::subdomain(name) {
        out.push(spec.problem_at("externalName", "invalid-host", message));
    }
    if !cluster_ip.is_empty() {
        let message = "found `clusterIP`, which `type: ExternalName` may not have";
        out.push(spec.problem_at("clusterIP", "service-type-conflict", message));
    }
}

fn ports(spec: &At<'_>, kind: &str, out: &mut Vec<Problem>) {
    let all: Vec<At<'_>> = spec.list("ports").collect();
    let (mut names_found, mut node_ports) = (BTreeSet::new(), BTreeSet::new());
    for port in &all {
        port_number(port, "port", out);
        // A target of 0 or nothing is a target left out.
        if port.integer_of("targetPort") != Some(0) && !port.lacks("targetPort") {
            port_or_name(port, "targetPort", out);
        }
        match port.text_of("name").filter(|name| !name.is_empty()) {
            None if all.len() > 1 => {
                let message = "found no name, which every port needs where there are several";
                out.push(port.problem_at("name", "port-without-name", message));
            }
            None => {}
            Some(name) => {
                if let Err(message) = names::label(name) {
                    out.push(port.problem_at("name", "invalid-port-name", message));
                } else if !names_found.insert(name) {
                    let message = format!("found `{name}`, which names another port of the Service");
                    out.push(port.problem_at("name", "duplicate-port-name", message));
                }
            }
        }
        let protocol = port.text_of("protocol").unwrap_or("TCP");
        if let Some(number) = port.integer_of("nodePort").filter(|number| *number != 0) {
            if matches!(kind, "ClusterIP" | "ExternalName") {
                let message = format!("found `nodePort`, which `type: {kind}` may not have");
                out.push(port.problem_at("nodePort", "service-type-conflict", message));
            } else if !node_ports.insert((number, protocol)) {
                let message = format!("found {number}, which another port of the Service has");
                out.push(port.problem_at("nodePort", "duplicate-port", message));
            }
        }
        if let Some(Err(message)) = port.text_of("appProtocol").filter(|text| !text.is_empty()).map(names::label_key) {
            out.push(port.problem_at("appProtocol", "invalid-name", message));
        }
    }
}

/// Fields that only some types have.
fn outside(spec: &At<'_>, kind: &str, out: &mut Vec<Problem>) {
    let balanced = kind == "LoadBalancer";
    let external = balanced || kind == "NodePort" || !spec.lacks("externalIPs");
    if !spec.lacks("externalTrafficPolicy") && !external {
        let message = format!("found `externalTrafficPolicy`, which `type: {kind}` may not have");
        out.push(spec.problem_at("externalTrafficPolicy", "service-type-conflict", message));
    }
    let ranges: Vec<At<'_>> = spec.list("loadBalancerSourceRanges").collect();
    if !ranges.is_empty() && !balanced {
        let message = format!("found `loadBalancerSourceRanges`, which `type: {kind}` may not have");
        out.push(spec.problem_at("loadBalancerSourceRanges", "service-type-conflict", message));
    }
    for range in ranges.iter().filter(|_| balanced) {
        check_range(range, out);
    }
    for field in ["allocateLoadBalancerNodePorts"].into_iter().filter(|field| spec.has(field) && !balanced) {
        let message = format!("found `{field}`, which `type: {kind}` may not have");
        out.push(spec.problem_at(field, "service-type-conflict", message));
    }
    let local = spec.text_of("externalTrafficPolicy") == Some("Local");
    if spec.integer_of("healthCheckNodePort").is_some_and(|port| port != 0) && !(balanced && local) {
        let message =
            "found `healthCheckNodePort`, which needs `type: LoadBalancer` and `externalTrafficPolicy: Local`";
        out.push(spec.problem_at("healthCheckNodePort", "service-type-conflict", message));
    }
    if spec.list("ipFamilies").count() > 1 && spec.text_of("ipFamilyPolicy") == Some("SingleStack") {
        let message = "found `SingleStack` beside two families, allowed are `PreferDualStack`, `RequireDualStack`";
        out.push(spec.problem_at("ipFamilyPolicy", "conflicting-fields", message));
    }
    if spec.has("loadBalancerClass") && !balanced {
        let message = format!("found `loadBalancerClass`, which `type: {kind}` may not have");
        out.push(spec.problem_at("loadBalancerClass", "service-type-conflict", message));
    }
    if let Some(class) = spec.get("loadBalancerClass").filter(|_| balanced)
        && let Some(Err(message)) = class.text().map(names::label_key)
    {
        out.push(class.problem("invalid-name", message));
    }
}
