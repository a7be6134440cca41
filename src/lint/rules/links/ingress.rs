//! Ingresses whose backend is not there.

use crate::diag::Severity;
use crate::lint::rules::objects::{self, PortRef};
use crate::lint::{Case, Check, Findings, Object, On, Rule};
use crate::path::Step;
use crate::value::Node;

pub(super) const RULES: &[Rule] = &[BACKEND, PORT];

const BACKEND: Rule = Rule {
    id: "missing-ingress-backend",
    severity: Severity::Warning,
    summary: "the chart does not render the Service behind the Ingress",
    why: "Requests end in an error of the ingress controller: 503, or its default backend.",
    fix: "Name the Service as its template names it.",
    on: On::Default,
    check: Check::Case(check),
};

const PORT: Rule = Rule {
    id: "missing-ingress-port",
    severity: Severity::Error,
    summary: "the Service behind the Ingress does not have the port",
    why: "Ports are those of the Service, not of the pods; with another one the ingress controller finds no endpoint.",
    fix: "Use the number or the name of a port of the Service.",
    on: On::Default,
    check: Check::Elsewhere,
};

fn check(case: &Case, findings: &mut Findings) {
    for ingress in case.facts().kind(case, "Ingress") {
        if let Some(node) = ingress.node.find("spec.defaultBackend.service") {
            backend(case, ingress, node, &objects::way("spec.defaultBackend.service"), findings);
        }
        for (rule, node) in objects::items(&ingress.node, "spec.rules").iter().enumerate() {
            for (index, node) in objects::items(node, "http.paths").iter().enumerate() {
                let path = objects::way(&format!("spec.rules.{rule}.http.paths.{index}.backend.service"));
                if let Some(node) = node.find("backend.service") {
                    backend(case, ingress, node, &path, findings);
                }
            }
        }
    }
}

fn backend(case: &Case, ingress: &Object, node: &Node, path: &[Step], findings: &mut Findings) {
    let Some(name) = objects::text(node, "name") else { return };
    let Some(service) = case.facts().named(case, "Service", case.namespace_of(ingress), name) else {
        if case.is_own_name(name) && case.is_closed() {
            let text =
                format!("Ingress `{}` sends to Service `{name}`, which the chart does not render", ingress.name());
            findings.on(&BACKEND, case, ingress, &objects::join(path, "name"), text);
        }
        return;
    };
    let (field, wanted) = match (objects::text(node, "port.name"), objects::number(node, "port.number")) {
        (Some(name), _) => ("port.name", PortRef::Name(name)),
        (None, Some(number)) => ("port.number", PortRef::Number(number)),
        _ => return,
    };
    let ports = objects::items(&service.node, "spec.ports");
    let is_there = ports.iter().any(|port| match &wanted {
        PortRef::Name(name) => objects::text(port, "name") == Some(name),
        PortRef::Number(number) => objects::number(port, "port") == Some(*number),
    });
    if !is_there {
        let text =
            format!("Ingress `{}` sends to port {wanted} of Service `{name}`, which it does not have", ingress.name());
        findings.on(&PORT, case, ingress, &objects::join(path, field), text);
    }
}
