//! What can be reached from where.

use super::{pedantic, production, strict};
use crate::diag::Severity;
use crate::lint::rules::objects::{self, Selector};
use crate::lint::{Case, Check, Findings, On, Rule};

pub(super) const RULES: &[Rule] = &[SERVICE, TLS, OPEN, SSH, LOW, NAMESPACE, INSTANCE, OWNER];

const SERVICE: Rule = strict(
    "exposed-service",
    [
        "a Service can be reached from outside of the cluster",
        "NodePort and LoadBalancer open a port that no Ingress guards.",
        "Use `type: ClusterIP`, and an Ingress or Gateway where something must be reached.",
    ],
    service,
);

const TLS: Rule = strict(
    "ingress-without-tls",
    [
        "an Ingress serves without TLS",
        "Passwords and cookies cross the network in plain text.",
        "Set `spec.tls` with the hosts and a Secret.",
    ],
    tls,
);

const OPEN: Rule = production(
    "missing-network-policy",
    [
        "no NetworkPolicy covers the pods",
        "Every pod of the cluster can connect to them.",
        "Render a NetworkPolicy that lets in who needs to get in.",
    ],
    open,
);

const SSH: Rule = Rule {
    id: "ssh-port",
    severity: Severity::Warning,
    summary: "a container offers port 22",
    why: "An SSH server in a container is a second way in that Kubernetes neither watches nor logs.",
    fix: "Use `kubectl exec`, or another port if it is not SSH.",
    on: On::Default,
    check: Check::Case(ssh),
};

const LOW: Rule = strict(
    "low-container-port",
    [
        "a container listens on a port below 1024",
        "Such ports need a capability, or root.",
        "Listen on a higher port; the Service can still offer the low one.",
    ],
    low,
);

const NAMESPACE: Rule = strict(
    "default-namespace",
    [
        "an object names the namespace `default`",
        "Rights, quotas and policies are given per namespace, and `default` belongs to everybody.",
        "Leave the namespace to the release.",
    ],
    namespace,
);

const INSTANCE: Rule = strict(
    "foreign-instance-label",
    [
        "app.kubernetes.io/instance is not the release's name",
        "What belongs together is found by this label.",
        "Use `{{ .Release.Name }}`.",
    ],
    instance,
);

const OWNER: Rule = pedantic(
    "missing-owner",
    [
        "a workload does not say whose it is",
        "When it fails at night, nobody knows whom to call.",
        "Set a label `owner`, or an annotation `email`.",
    ],
    owner,
);

fn service(case: &Case, findings: &mut Findings) {
    for service in case.facts().kind(case, "Service") {
        if let Some(kind @ ("NodePort" | "LoadBalancer")) = objects::text(&service.node, "spec.type") {
            let text = format!("Service `{}` is a {kind}", service.name());
            findings.on(&SERVICE, case, service, &objects::way("spec.type"), text);
        }
    }
}

fn tls(case: &Case, findings: &mut Findings) {
    for ingress in case.facts().kind(case, "Ingress") {
        if objects::items(&ingress.node, "spec.tls").is_empty() {
            let text = format!("Ingress `{}` serves without TLS", ingress.name());
            findings.on(&TLS, case, ingress, &objects::way("spec.tls"), text);
        }
    }
}

fn open(case: &Case, findings: &mut Findings) {
    for workload in case.facts().workloads.iter().filter(|workload| !workload.is_short_lived()) {
        let is_covered = case.facts().kind(case, "NetworkPolicy").any(|policy| {
            case.namespace_of(policy) == case.namespace_of(&workload.object)
                && Selector::full(policy.node.find("spec.podSelector"))
                    .is_some_and(|selector| selector.matches(&workload.labels))
        });
        if !is_covered {
            let text = format!("no NetworkPolicy covers the pods of {}", workload.object.id());
            findings.on(&OPEN, case, &workload.object, &objects::way("metadata.name"), text);
        }
    }
}

fn ssh(case: &Case, findings: &mut Findings) {
    ports(case, findings, &SSH, "offers port 22", |port| port == 22.0);
}

fn low(case: &Case, findings: &mut Findings) {
    ports(case, findings, &LOW, "listens on a port below 1024", |port| port < 1024.0);
}

fn ports(case: &Case, findings: &mut Findings, rule: &Rule, what: &str, is_it: impl Fn(f64) -> bool) {
    for workload in &case.facts().workloads {
        for container in workload.mains() {
            for (number, port) in container.ports().enumerate().filter(|(_, port)| is_it(port.number)) {
                let text =
                    format!("container `{}` of {} {what}: {}", container.name, workload.object.id(), port.number);
                let path = container.way(&format!("ports.{number}.containerPort"));
                findings.on(rule, case, &workload.object, &path, text);
            }
        }
    }
}

fn namespace(case: &Case, findings: &mut Findings) {
    for object in case.objects.iter().filter(|object| object.head.namespace == "default") {
        // A chart that writes the release's namespace cannot be told from one that writes `default`.
        if case.namespace != "default" {
            let text = format!("{} is in the namespace `default`", object.id());
            findings.on(&NAMESPACE, case, object, &objects::way("metadata.namespace"), text);
        }
    }
}

fn instance(case: &Case, findings: &mut Findings) {
    const KEY: &str = "app.kubernetes.io/instance";
    for object in case.objects.iter().filter(|_| !case.release.is_empty()) {
        let labels = objects::labels(object.node.find("metadata.labels"));
        if let Some(value) = labels.get(KEY).filter(|value| !value.contains(&case.release)) {
            let text = format!("{} is of instance `{value}`, the release is `{}`", object.id(), case.release);
            findings.on(&INSTANCE, case, object, &objects::key(&objects::way("metadata.labels"), KEY), text);
        }
    }
}

fn owner(case: &Case, findings: &mut Findings) {
    for workload in case.facts().workloads.iter().filter(|workload| !workload.is_short_lived()) {
        let labels = objects::labels(workload.object.node.find("metadata.labels"));
        if !labels.contains_key("owner") && !workload.object.head.annotations.contains_key("email") {
            let text = format!("{} does not say whose it is", workload.object.id());
            findings.on(&OWNER, case, &workload.object, &objects::way("metadata.labels"), text);
        }
    }
}
