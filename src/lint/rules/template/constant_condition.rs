//! Conditions that no value can change.

use crate::diag::Severity;
use crate::lint::{Check, Findings, On, Rule, Subject};

pub(super) const RULES: &[Rule] = &[RULE];

const RULE: Rule = Rule {
    id: "constant-condition",
    severity: Severity::Note,
    summary: "a condition is a literal",
    why: "What it guards is rendered always or never, whatever the values say.",
    fix: "Remove the branch that never runs, or test the value that was meant.",
    on: On::Default,
    check: Check::Subject(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(survey) = subject.survey() else { return };
    for (site, truth) in survey.constants.iter().filter(|(site, _)| survey.is_own(*site)) {
        let text = format!("this condition is always {truth}");
        findings.at(&RULE, survey.place(*site), text);
    }
}
