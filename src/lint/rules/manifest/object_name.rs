//! Names that `helm lint` warns of.

use crate::diag::Severity;
use crate::kube::names;
use crate::lint::{Case, Check, Findings, On, Rule};
use crate::path::Step;

pub(super) const RULES: &[Rule] = &[RULE];

const RULE: Rule = Rule {
    id: "unusual-object-name",
    severity: Severity::Warning,
    summary: "the object's name is not what Kubernetes asks of its kind",
    why: "Most API servers refuse such a name; where one takes it, other tools and older servers do not.",
    fix: "Use lower case letters, digits and `-`, begin with a letter, and cut to the length that the kind allows.",
    on: On::Default,
    check: Check::Case(check),
};

fn check(case: &Case, findings: &mut Findings) {
    for object in case.objects.iter().filter(|object| !object.name().is_empty()) {
        if let Some(text) = names::helm_lint_name(object.kind(), object.name()) {
            let path = [Step::Key("metadata".into()), Step::Key("name".into())];
            findings.on(&RULE, case, object, &path, text);
        }
    }
}
