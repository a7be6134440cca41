//! What the API server refuses: the fields of each kind and everything beyond them, as the room [`kube`] knows it.

use crate::diag::Severity;
use crate::kube::{self, Minor, RuleInfo, Schemas};
use crate::lint::{Case, Check, Findings, Object, On, Rule};
use crate::manifest;
use crate::operator;
use std::collections::BTreeSet;

pub(super) const RULES: &[Rule] = &TABLE;

/// A row per rule of the room; the first looks for all of them.
const TABLE: [Rule; kube::RULES.len()] = {
    let mut table = [rule(kube::RULES[0]); kube::RULES.len()];
    let mut index = 1;
    while index < table.len() {
        table[index] = Rule { check: Check::Elsewhere, ..rule(kube::RULES[index]) };
        index += 1;
    }
    table
};

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
    let custom = custom(case, minor);
    for object in &case.objects {
        let problems = match &custom {
            Some(custom) => custom.check(minor, &object.node),
            None => kube::check(minor, &object.node),
        };
        // Whose definitions come along knows better than what is built in.
        let problems = problems.or_else(|| operator::check(&object.node));
        for problem in problems.unwrap_or_default() {
            let Some(rule) = RULES.iter().find(|rule| rule.id == problem.rule) else { continue };
            let message = format!("{}: {}", object.id(), problem.message);
            let finding = findings.on(rule, case, object, &problem.path, message);
            finding.diagnostic.help = problem.fix.or(finding.diagnostic.help.take());
        }
    }
}

/// The schemas of the chart's own CRDs, where it renders objects of such kinds: reading CRDs takes longer than all
/// other rules together.
fn custom(case: &Case, minor: Minor) -> Option<Schemas> {
    let unknown = |object: &&Object| kube::known_kind(minor, &object.head.api_version, object.kind()).is_none();
    let wanted: BTreeSet<&str> = case.objects.iter().filter(unknown).map(Object::kind).collect();
    if wanted.is_empty() {
        return None;
    }
    let mut schemas = Schemas::default();
    for object in case.facts().kind(case, "CustomResourceDefinition") {
        schemas.add(&object.node);
    }
    for (_, file) in &case.attempt.crds {
        let text = String::from_utf8_lossy(&file.data);
        for range in manifest::split(&text) {
            let part = text.get(range).unwrap_or_default();
            let defines = |kind: &&str| part.lines().any(|line| line.trim().strip_prefix("kind: ") == Some(kind));
            if wanted.iter().any(defines)
                && let Ok(node) = crate::yaml::decode(part.as_bytes())
            {
                schemas.add(&node);
            }
        }
    }
    Some(schemas)
}
