//! StatefulSets and the Service that gives their pods names.

use crate::diag::Severity;
use crate::lint::rules::objects;
use crate::lint::{Case, Check, Findings, On, Rule};

pub(super) const RULES: &[Rule] = &[MISSING, NOT_HEADLESS];

const MISSING: Rule = Rule {
    id: "missing-governing-service",
    severity: Severity::Warning,
    summary: "the chart does not render the Service that the StatefulSet names",
    why: "The API server takes it, but the pods get no names in DNS, and serviceName cannot be changed later.",
    fix: "Render a headless Service of that name, or name the one that is there.",
    on: On::Default,
    check: Check::Case(check),
};

const NOT_HEADLESS: Rule = Rule {
    id: "governing-service-not-headless",
    severity: Severity::Note,
    summary: "the Service that the StatefulSet names has a cluster IP",
    why: "Pods get names such as `redis-0.redis` only from a headless Service, and serviceName cannot be changed later.",
    fix: "Point serviceName at a Service with `clusterIP: None`.",
    on: On::Default,
    check: Check::Elsewhere,
};

fn check(case: &Case, findings: &mut Findings) {
    for set in case.facts().kind(case, "StatefulSet") {
        let Some(name) = objects::text(&set.node, "spec.serviceName") else { continue };
        let path = objects::way("spec.serviceName");
        match case.facts().named(case, "Service", case.namespace_of(set), name) {
            None if case.is_own_name(name) && case.is_closed() => {
                let text =
                    format!("StatefulSet `{}` names Service `{name}`, which the chart does not render", set.name());
                findings.on(&MISSING, case, set, &path, text);
            }
            Some(service) if objects::text(&service.node, "spec.clusterIP") != Some("None") => {
                let text = format!("StatefulSet `{}` names Service `{name}`, which is not headless", set.name());
                findings.on(&NOT_HEADLESS, case, set, &path, text);
            }
            _ => {}
        }
    }
}
