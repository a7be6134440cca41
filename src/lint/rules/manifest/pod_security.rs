//! What namespaces with Pod Security refuse, check by check, in the server's words.

use super::kube::minor;
use crate::diag::Severity;
use crate::kube::{self, At, CHECKS, Level};
use crate::lint::{Case, Check, Findings, On, Rule};

pub(super) const BASELINE_RULES: &[Rule] = &BASELINE;
pub(super) const RESTRICTED_RULES: &[Rule] = &RESTRICTED;

/// How many checks a level has of its own.
const fn count(level: Level) -> usize {
    let (mut found, mut index) = (0, 0);
    while index < CHECKS.len() {
        if CHECKS[index].1 as u8 == level as u8 {
            found += 1;
        }
        index += 1;
    }
    found
}

/// The rules of a level; the first looks for all of them.
const fn table<const N: usize>(level: Level, on: On, check: fn(&Case, &mut Findings)) -> [Rule; N] {
    let (id, _, summary) = CHECKS[0];
    let why = match level {
        Level::Baseline => {
            "A namespace that enforces Pod Security `baseline` refuses the pods, and each of these settings is a known way out of a container."
        }
        Level::Restricted => "A namespace that enforces Pod Security `restricted` refuses the pods.",
    };
    let fix = "Set what the message names in the container's or the pod's securityContext, or leave it out there.";
    let empty = Rule { id, severity: Severity::Note, summary, why, fix, on, check: Check::Elsewhere };
    let mut rules = [empty; N];
    let (mut to, mut index) = (0, 0);
    while index < CHECKS.len() {
        let (id, own, summary) = CHECKS[index];
        if own as u8 == level as u8 {
            let check = if to == 0 { Check::Case(check) } else { Check::Elsewhere };
            rules[to] = Rule { id, summary, check, ..empty };
            to += 1;
        }
        index += 1;
    }
    rules
}

const BASELINE: [Rule; count(Level::Baseline)] = table(Level::Baseline, On::Default, baseline);
const RESTRICTED: [Rule; count(Level::Restricted)] =
    table(Level::Restricted, On::Profiles(&["restricted", "strict", "pedantic"]), restricted);

fn baseline(case: &Case, findings: &mut Findings) {
    look(case, findings, Level::Baseline, &BASELINE);
}

fn restricted(case: &Case, findings: &mut Findings) {
    look(case, findings, Level::Restricted, &RESTRICTED);
}

fn look(case: &Case, findings: &mut Findings, level: Level, rules: &[Rule]) {
    let minor = minor(case);
    for object in case.facts().workloads.iter().map(|workload| &workload.object) {
        for violation in kube::pod_security(minor, level, &At::object(&object.node)) {
            // What both levels forbid is a finding of the lower one.
            let Some(rule) = rules.iter().find(|rule| rule.id == violation.rule) else { continue };
            let text = format!("{}: {}: {}", object.id(), violation.check, violation.detail);
            match violation.places.as_slice() {
                [] => {
                    findings.on(rule, case, object, &[], text);
                }
                places => {
                    for (path, _) in places {
                        findings.on(rule, case, object, path, text.clone());
                    }
                }
            }
        }
    }
}
