//! Branches that no case takes.

use crate::diag::Severity;
use crate::lint::{Check, Findings, On, Rule, Subject};
use crate::source::{Source, Span};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) const RULES: &[Rule] = &[RULE];

const RULE: Rule = Rule {
    id: "untried-branch",
    severity: Severity::Note,
    summary: "no case takes a branch of a template",
    why: "What is in it was never rendered here: no rule has looked at it, and it may fail.",
    fix: "Add a values file to ci/ that leads there, or remove the branch.",
    on: On::Profiles(&["strict"]),
    check: Check::Subject(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(chart) = subject.chart() else { return };
    let own = format!("{}/templates/", chart.name());
    let mut seen: BTreeMap<(Arc<str>, Span), (Arc<Source>, bool)> = BTreeMap::new();
    for branch in subject.cases.iter().flat_map(|case| case.attempt.reads.branches()) {
        if branch.source.name.starts_with(&own) {
            let key = (Arc::clone(&branch.source.name), branch.span);
            let known = seen.entry(key).or_insert_with(|| (Arc::clone(&branch.source), false));
            known.1 |= branch.taken > 0;
        }
    }
    for ((_, span), (source, _)) in seen.into_iter().filter(|(_, (_, is_taken))| !is_taken) {
        findings.at(&RULE, source.place(span), "no case takes this branch");
    }
}
