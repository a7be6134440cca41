//! Two documents that make the same object: the cluster keeps one of them.

use crate::diag::{Related, Severity};
use crate::lint::{Case, Check, Findings, On, Rule};
use crate::path::Step;
use std::collections::HashMap;

pub(super) const RULES: &[Rule] = &[RULE];

const RULE: Rule = Rule {
    id: "duplicate-object",
    severity: Severity::Error,
    summary: "two documents make the same object",
    why: "Helm renders both and applies one after the other, so the second wins without a word; other tools refuse the chart.",
    fix: "Name them apart, or render only one of them.",
    on: On::Default,
    check: Check::Case(check),
};

fn check(case: &Case, findings: &mut Findings) {
    let mut seen = HashMap::new();
    for object in case.objects.iter().filter(|object| !object.name().is_empty()) {
        let namespace = object.namespace_in(&case.namespace);
        let group = object.head.api_version.rsplit_once('/').map_or("", |(group, _)| group);
        let Some(first) = seen.insert((group, object.kind(), namespace, object.name()), object) else { continue };
        let path = [Step::Key("metadata".into()), Step::Key("name".into())];
        let text = format!("{} `{}` is rendered twice", object.kind(), object.name());
        let place = case.place(first, &path);
        let finding = findings.on(&RULE, case, object, &path, text);
        finding.diagnostic.related.extend(place.map(|place| Related { message: "the other is here".into(), place }));
    }
}
