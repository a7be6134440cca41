//! Jobs that stay, or that pile up.

use super::strict;
use crate::lint::rules::objects;
use crate::lint::{Case, Findings, Rule};

pub(super) const RULES: &[Rule] = &[TTL, DEADLINE];

const TTL: Rule = strict(
    "job-without-ttl",
    [
        "a finished Job is never removed",
        "Finished Jobs and their pods stay until somebody deletes them.",
        "Set `ttlSecondsAfterFinished`.",
    ],
    ttl,
);

const DEADLINE: Rule = strict(
    "cron-job-without-deadline",
    [
        "a CronJob has no startingDeadlineSeconds",
        "After 100 missed starts a CronJob without a deadline starts nothing any more.",
        "Set `startingDeadlineSeconds`, larger than 10.",
    ],
    deadline,
);

fn ttl(case: &Case, findings: &mut Findings) {
    // Helm removes hooks, or they say how long they stay; a CronJob keeps three of its Jobs.
    for job in case.facts().kind(case, "Job").filter(|job| job.hooks.is_empty()) {
        if job.node.find("spec.ttlSecondsAfterFinished").is_none() {
            let text = format!("Job `{}` stays after it has finished", job.name());
            findings.on(&TTL, case, job, &objects::way("spec"), text);
        }
    }
}

fn deadline(case: &Case, findings: &mut Findings) {
    for job in case.facts().kind(case, "CronJob") {
        if job.node.find("spec.startingDeadlineSeconds").is_none() {
            let text = format!("CronJob `{}` has no startingDeadlineSeconds", job.name());
            findings.on(&DEADLINE, case, job, &objects::way("spec"), text);
        }
    }
}
