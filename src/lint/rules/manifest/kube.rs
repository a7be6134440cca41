//! What the API server refuses: the fields of each kind and everything beyond them, as the room [`kube`] knows it.

use crate::diag::Severity;
use crate::kube::{self, Minor, RuleInfo};
use crate::lint::{Case, Check, Findings, On, Rule};

pub(super) const RULES: &[Rule] = &TABLE;

/// What a server takes and passes over, seen with `helm install` and `kubectl create`.
const IGNORED: &str = "namespace-on-cluster-kind";

/// What only kinds of CustomResourceDefinitions have; no built-in field has a pattern.
const CUSTOM_ONLY: &str = "pattern-mismatch";

/// A row per rule of the room; the first looks for all of them.
const TABLE: [Rule; kube::RULES.len() - 1] = {
    let mut table = [rule(kube::RULES[0]); kube::RULES.len() - 1];
    let (mut from, mut to) = (1, 1);
    while to < table.len() {
        if !same(kube::RULES[from].id, CUSTOM_ONLY) {
            table[to] = Rule { check: Check::Elsewhere, ..rule(kube::RULES[from]) };
            to += 1;
        }
        from += 1;
    }
    table
};

const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut index = 0;
    while index < one.len() && index < other.len() && one[index] == other[index] {
        index += 1;
    }
    index == one.len() && index == other.len()
}

const fn rule(info: RuleInfo) -> Rule {
    Rule {
        id: info.id,
        severity: Severity::Error,
        summary: info.summary,
        why: "An API server of this version refuses the object, and the install or upgrade fails.",
        fix: "Write what the message expects.",
        on: On::Default,
        check: Check::Case(check),
    }
}

/// The minor of Kubernetes of a case; the newest known one where it has none that is a number.
pub(super) fn minor(case: &Case) -> Minor {
    let digits: String = case.kube.minor.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().map_or(Minor::NEWEST, Minor).known()
}

fn check(case: &Case, findings: &mut Findings) {
    let minor = minor(case);
    for object in &case.objects {
        for problem in kube::check(minor, &object.node).unwrap_or_default() {
            let Some(rule) = RULES.iter().find(|rule| rule.id == problem.rule) else { continue };
            let message = format!("{}: {}", object.id(), problem.message);
            let finding = findings.on(rule, case, object, &problem.path, message);
            if rule.id == IGNORED {
                finding.diagnostic.severity = Severity::Note;
            }
            finding.diagnostic.help = problem.fix.or(finding.diagnostic.help.take());
        }
    }
}
