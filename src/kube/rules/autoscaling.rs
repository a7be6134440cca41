//! HorizontalPodAutoscalers.

use super::value::{self, between};
use crate::kube::at::At;
use crate::kube::kinds::KindId;
use crate::kube::names;
use crate::kube::problem::Problem;
use crate::kube::quantity::Quantity;

/// Longest time that is looked back on.
const MOST_WINDOW: i64 = 3600;

/// Longest period of a policy.
const MOST_PERIOD: i64 = 1800;

/// Each type of metric, and the field that describes it.
const METRICS: &[(&str, &str)] = &[
    ("ContainerResource", "containerResource"),
    ("External", "external"),
    ("Object", "object"),
    ("Pods", "pods"),
    ("Resource", "resource"),
];

pub(super) fn check(id: KindId<'_>, object: &At<'_>, out: &mut Vec<Problem>) {
    let Some(spec) = object.get("spec") else { return };
    if let Some(target) = spec.get("scaleTargetRef").filter(|target| target.lacks("apiVersion") && target.has("kind")) {
        let message = "`apiVersion` is missing, by which the target is found";
        out.push(target.problem_at("apiVersion", "missing-field", message));
    }
    if let Some(target) = spec.get("scaleTargetRef") {
        for field in ["kind", "name"] {
            value::name(&target, field, names::path_segment, out);
        }
        let core = target.text_of("apiVersion").is_some_and(|version| !version.is_empty() && !version.contains('/'));
        if core && target.text_of("kind") != Some("ReplicationController") {
            let message = "found a version without a group, expected one such as `apps/v1`";
            out.push(target.problem_at("apiVersion", "unknown-value", message));
        }
    }
    let (least, most) = (spec.integer_of("minReplicas"), spec.integer_of("maxReplicas"));
    if let Some(number) = least.filter(|number| *number < 1) {
        let message = format!("found {number}, allowed are 1 and more");
        out.push(spec.problem_at("minReplicas", "out-of-range", message));
    }
    if let Some(number) = most.filter(|number| *number < 1) {
        let message = format!("found {number}, allowed are 1 and more");
        out.push(spec.problem_at("maxReplicas", "out-of-range", message));
    } else if let Some(most) = most.filter(|most| *most < least.unwrap_or(1)) {
        let message = format!("found {most}, which is less than `minReplicas` of {}", least.unwrap_or(1));
        out.push(spec.problem_at("maxReplicas", "hpa-min-over-max", message));
    }
    if id.api_version == "autoscaling/v1" {
        between(&spec, "targetCPUUtilizationPercentage", 1, i64::from(i32::MAX), out);
        return;
    }
    spec.list("metrics").for_each(|one| metric(&one, out));
    for direction in ["scaleUp", "scaleDown"] {
        let Some(rules) = spec.find(&["behavior", direction]) else { continue };
        between(&rules, "stabilizationWindowSeconds", 0, MOST_WINDOW, out);
        value::words(&rules, "selectPolicy", &["Disabled", "Max", "Min"], out);
        for policy in rules.list("policies") {
            value::words(&policy, "type", &["Percent", "Pods"], out);
            between(&policy, "value", 1, i64::from(i32::MAX), out);
            between(&policy, "periodSeconds", 1, MOST_PERIOD, out);
        }
    }
}

fn metric(metric: &At<'_>, out: &mut Vec<Problem>) {
    let Some(kind) = metric.text_of("type").filter(|kind| !kind.is_empty()) else { return };
    let Some((_, field)) = METRICS.iter().find(|(name, _)| *name == kind) else {
        let names: Vec<String> = METRICS.iter().map(|(name, _)| format!("`{name}`")).collect();
        let message = format!("found `{kind}`, allowed are {}", names.join(", "));
        out.push(metric.problem_at("type", "unknown-value", message));
        return;
    };
    if !metric.has(field) {
        let message = format!("`{field}` is missing, which `type: {kind}` needs");
        out.push(metric.problem_at(field, "missing-field", message));
        return;
    }
    for (other, extra) in METRICS.iter().filter(|(_, extra)| extra != field && metric.has(extra)) {
        let message = format!("found `{extra}`, which is for `type: {other}`");
        out.push(metric.problem_at(extra, "conflicting-fields", message));
    }
    if let Some(source) = metric.find(&[field, "metric"]) {
        value::name(&source, "name", names::path_segment, out);
    }
    if let Some(target) = metric.find(&[field, "target"]) {
        self::target(&target, kind, out);
    }
}

fn target(target: &At<'_>, kind: &str, out: &mut Vec<Problem>) {
    value::words(target, "type", &["Utilization", "Value", "AverageValue"], out);
    between(target, "averageUtilization", 1, i64::from(i32::MAX), out);
    for field in ["value", "averageValue"] {
        let amount = target.get(field).and_then(|amount| Quantity::of(amount.node()));
        if let Some(amount) = amount.filter(|amount| amount.is_negative() || amount.is_zero()) {
            let message = format!("found {amount}, allowed is more than 0");
            out.push(target.problem_at(field, "out-of-range", message));
        }
    }
    match kind {
        "Pods" => {
            value::required(target, "averageValue", out);
            return;
        }
        "External" | "Object" => {
            if !target.has("value") && !target.has("averageValue") {
                let message = "found neither `value` nor `averageValue`, expected one of them";
                out.push(target.problem_at("averageValue", "missing-field", message));
            }
            if target.has("value") && target.has("averageValue") && kind == "External" {
                let message = "found `value` beside `averageValue`, allowed is one of them";
                out.push(target.problem_at("value", "conflicting-fields", message));
            }
            return;
        }
        _ => {}
    }
    let (average, percent) = (target.has("averageValue"), target.has("averageUtilization"));
    if !average && !percent {
        let message = "found neither `averageUtilization` nor `averageValue`, expected one of them";
        out.push(target.problem_at("averageUtilization", "missing-field", message));
    } else if average && percent {
        let message = "found `averageValue` beside `averageUtilization`, allowed is one of them";
        out.push(target.problem_at("averageValue", "conflicting-fields", message));
    }
}
