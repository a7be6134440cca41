//! Subcharts against what Chart.yaml says of them.

use super::files::{ChartFiles, each, is_stand_in, tell};
use crate::diag::Severity;
use crate::lint::{Check, Findings, On, Rule, Subject};
use crate::value::Node;
use std::collections::BTreeSet;

pub(super) const RULES: &[Rule] = &[DUPLICATE, UNDECLARED];

const DUPLICATE: Rule = Rule {
    id: "duplicate-dependency",
    severity: Severity::Error,
    summary: "two dependencies have one name",
    why: "Their values would be the same map: Helm does not load the chart.",
    fix: "Give one of them an alias.",
    on: On::Default,
    check: Check::Subject(duplicates),
};

const UNDECLARED: Rule = Rule {
    id: "undeclared-dependency",
    severity: Severity::Error,
    summary: "a chart under charts/ is not among the dependencies",
    why: "Helm renders it all the same, with no condition to switch it off, and `helm dependency build` removes it.",
    fix: "Add it to `dependencies` in Chart.yaml.",
    on: On::Default,
    check: Check::Subject(undeclared),
};

fn duplicates(subject: &Subject<'_>, findings: &mut Findings) {
    each(subject, findings, look);
}

/// Looks for names that are taken.
pub(super) fn look(files: &ChartFiles, findings: &mut Findings) {
    let Some(metadata) = files.metadata() else { return };
    let mut seen = BTreeSet::new();
    for dependency in metadata.get("dependencies").map(Node::items).unwrap_or_default() {
        let text = |key: &str| dependency.get(key).and_then(Node::as_text).filter(|text| !text.is_empty());
        let Some(name) = text("alias").or_else(|| text("name")) else { continue };
        if !seen.insert(name.to_string()) {
            let place = files.place("Chart.yaml", dependency.origin);
            tell(findings, &DUPLICATE, place, format!("more than one dependency with name or alias {name:?}"));
        }
    }
}

fn undeclared(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(chart) = subject.chart().filter(|chart| !is_stand_in(chart)) else { return };
    let declared: BTreeSet<&str> =
        chart.metadata().dependencies.iter().flatten().map(|dependency| dependency.name.as_str()).collect();
    for child in chart.dependencies().iter().filter(|child| !declared.contains(child.name())) {
        let text = format!("chart metadata is missing these dependencies: {}", child.name());
        let place = crate::diag::Place::file(format!("{}/Chart.yaml", chart.name()));
        tell(findings, &UNDECLARED, place, text);
    }
}
