//! Probes and lifecycle hooks.

use super::value::{named, not_negative, port_number, port_or_name, present, required};
use crate::kube::at::At;
use crate::kube::problem::Problem;

const PROBES: &[&str] = &["exec", "httpGet", "tcpSocket", "grpc"];
const HOOKS: &[&str] = &["exec", "httpGet", "tcpSocket", "sleep"];

/// A `livenessProbe`, `readinessProbe` or `startupProbe`.
pub(super) fn check(probe: &At<'_>, field: &str, out: &mut Vec<Problem>) {
    handlers(probe, PROBES, ("probe-two-handlers", "probe-without-handler"), out);
    let numbers = ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"];
    not_negative(probe, &numbers, out);
    let grace = probe.integer_of("terminationGracePeriodSeconds");
    if field == "readinessProbe" {
        if grace.is_some() {
            let message = "found `terminationGracePeriodSeconds`, but a failed readiness probe ends nothing";
            out.push(probe.problem_at("terminationGracePeriodSeconds", "conflicting-fields", message));
        }
        return;
    }
    if let Some(number) = probe.integer_of("successThreshold").filter(|number| *number > 1) {
        let message = format!("found {number}, allowed is 1 for a `{field}`");
        out.push(probe.problem_at("successThreshold", "probe-success-threshold", message));
    }
    if grace.is_some_and(|grace| grace <= 0) {
        out.push(probe.problem_at(
            "terminationGracePeriodSeconds",
            "out-of-range",
            "found 0 or less, allowed are 1 and more",
        ));
    }
}

/// `postStart` and `preStop`.
pub(super) fn lifecycle(lifecycle: &At<'_>, out: &mut Vec<Problem>) {
    for field in ["postStart", "preStop"] {
        if let Some(hook) = lifecycle.get(field) {
            handlers(&hook, HOOKS, ("hook-two-handlers", "hook-without-handler"), out);
        }
    }
}

/// Exactly one handler, and what it needs.
fn handlers(at: &At<'_>, known: &[&'static str], rules: (&'static str, &'static str), out: &mut Vec<Problem>) {
    let found = present(at, known);
    if found.is_empty() {
        let message = format!("found no handler, expected one of {}", named(known));
        out.push(at.problem(rules.1, message));
    }
    for extra in found.iter().skip(1) {
        let message = format!("found {}, allowed is one handler", named(&found));
        let problem = at.problem_at(extra, rules.0, message);
        out.push(problem.fix("set the handler that is not meant to `null`"));
    }
    if let Some(exec) = at.get("exec") {
        required(&exec, "command", out);
    }
    for handler in ["httpGet", "tcpSocket"] {
        if let Some(handler) = at.get(handler) {
            port_or_name(&handler, "port", out);
        }
    }
    for header in at.get("httpGet").iter().flat_map(|get| get.list("httpHeaders")) {
        let name = header.text_of("name").unwrap_or_default();
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            let message = format!("found `{name}`, allowed are letters, digits and `-`");
            out.push(header.problem_at("name", "invalid-name", message));
        }
    }
    if let Some(grpc) = at.get("grpc") {
        port_number(&grpc, "port", out);
    }
}
