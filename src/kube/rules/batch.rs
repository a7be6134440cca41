//! Jobs and CronJobs.

use super::cron;
use super::pod::{self, Restart};
use super::value::not_negative;
use crate::kube::at::At;
use crate::kube::problem::{Minor, Problem};
use chrono_tz::Tz;

pub(super) fn job(object: &At<'_>, minor: Minor, out: &mut Vec<Problem>) {
    pod::of_object(object, minor, Restart::Never, out);
    if let Some(spec) = object.get("spec") {
        if spec.has("selector") && spec.bool_of("manualSelector") != Some(true) {
            let message = "found a selector, which a Job makes by itself";
            out.push(spec.problem_at("selector", "job-selector", message).fix("leave `selector` out"));
        }
        job_spec(&spec, out);
    }
}

pub(super) fn cron_job(object: &At<'_>, minor: Minor, out: &mut Vec<Problem>) {
    pod::of_object(object, minor, Restart::Never, out);
    let Some(spec) = object.get("spec") else { return };
    not_negative(&spec, &["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"], out);
    if let Some(schedule) = spec.get("schedule")
        && let Some(Err(message)) = schedule.text().filter(|text| !text.is_empty()).map(cron::check)
    {
        out.push(schedule.problem("invalid-schedule", message));
    }
    if let Some(zone) = spec.get("timeZone")
        && let Some(text) = zone.text()
        && (text.is_empty() || text.parse::<Tz>().is_err())
    {
        let message = format!("found `{text}`, expected the name of a time zone such as `Europe/Berlin`");
        out.push(zone.problem("unknown-time-zone", message));
    }
    if let Some(template) = spec.get("jobTemplate").filter(|template| !template.has("spec")) {
        out.push(template.problem_at("spec", "missing-field", "`spec` is missing, which is required"));
    }
    if let Some(inner) = spec.find(&["jobTemplate", "spec"]) {
        if inner.has("selector") {
            let message = "found a selector, which a Job makes by itself";
            out.push(inner.problem_at("selector", "job-selector", message).fix("leave `selector` out"));
        }
        if inner.bool_of("manualSelector") == Some(true) {
            let message = "found `manualSelector`, which the Jobs of a CronJob may not have";
            out.push(inner.problem_at("manualSelector", "job-selector", message).fix("leave `manualSelector` out"));
        }
        job_spec(&inner, out);
    }
}

fn job_spec(spec: &At<'_>, out: &mut Vec<Problem>) {
    let numbers = ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"];
    not_negative(spec, &numbers, out);
    if spec.has("backoffLimitPerIndex") && spec.text_of("completionMode") != Some("Indexed") {
        let message = "found `backoffLimitPerIndex`, which only `completionMode: Indexed` takes";
        out.push(spec.problem_at("backoffLimitPerIndex", "conflicting-fields", message));
    }
    let restart = spec.find(&["template", "spec"]);
    if spec.has("podFailurePolicy")
        && let Some(pod) = restart.filter(|pod| pod.text_of("restartPolicy") == Some("OnFailure"))
    {
        let message = "found `OnFailure`, allowed is `Never` beside `podFailurePolicy`";
        out.push(pod.problem_at("restartPolicy", "invalid-restart-policy", message));
    }
}
