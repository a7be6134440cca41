//! Roles and what binds them to accounts.

use crate::diag::Severity;
use crate::lint::rules::objects;
use crate::lint::{Case, Check, Findings, On, Rule};

pub(super) const RULES: &[Rule] = &[ROLE, ACCOUNT, DEFAULT, UNBOUND];

const ROLE: Rule = Rule {
    id: "binding-without-role",
    severity: Severity::Warning,
    summary: "the binding names a role that the chart does not render",
    why: "The API server takes the binding, and it grants nothing.",
    fix: "Name the role as its template names it, and render both under the same condition.",
    on: On::Default,
    check: Check::Case(check),
};

const ACCOUNT: Rule = Rule {
    id: "binding-without-account",
    severity: Severity::Warning,
    summary: "the binding names a ServiceAccount that the chart does not render",
    why: "The rights go to an account that does not exist; the pods run without them.",
    fix: "Name the account through the helper that the pod's serviceAccountName uses, and check the namespace.",
    on: On::Default,
    check: Check::Elsewhere,
};

const DEFAULT: Rule = Rule {
    id: "rights-for-default-account",
    severity: Severity::Warning,
    summary: "the binding gives rights to the account `default`",
    why: "Every pod of the namespace that names no account runs as `default`, so each of them gets these rights.",
    fix: "Make an account for the chart, or render no binding where none is made.",
    on: On::Default,
    check: Check::Elsewhere,
};

const UNBOUND: Rule = Rule {
    id: "role-without-binding",
    severity: Severity::Note,
    summary: "nothing binds the Role",
    why: "A Role by itself gives nobody any right.",
    fix: "Render a RoleBinding with it, or leave it out.",
    on: On::Default,
    check: Check::Case(unbound),
};

const BINDINGS: [&str; 2] = ["RoleBinding", "ClusterRoleBinding"];

fn check(case: &Case, findings: &mut Findings) {
    let facts = case.facts();
    for binding in BINDINGS.into_iter().flat_map(|kind| facts.kind(case, kind)) {
        let here = case.namespace_of(binding);
        let role = objects::text(&binding.node, "roleRef.name").unwrap_or_default();
        let kind = objects::text(&binding.node, "roleRef.kind").unwrap_or_default();
        let is_there = match kind {
            "Role" => facts.named(case, "Role", here, role).is_some(),
            _ => facts.kind(case, "ClusterRole").any(|object| object.name() == role),
        };
        if !is_there && !role.is_empty() && case.is_whole() && !case.release.is_empty() && case.is_own_name(role) {
            let text = format!("{} binds {kind} `{role}`, which the chart does not render", binding.id());
            findings.on(&ROLE, case, binding, &objects::way("roleRef.name"), text);
        }
        for (number, subject) in objects::items(&binding.node, "subjects").iter().enumerate() {
            let Some(name) = objects::text(subject, "name") else { continue };
            if objects::text(subject, "kind") != Some("ServiceAccount") {
                continue;
            }
            let namespace = objects::text(subject, "namespace").unwrap_or(here);
            let path = objects::way(&format!("subjects.{number}.name"));
            if name == "default" {
                let text = format!("{} gives the rights of {kind} `{role}` to account `default`", binding.id());
                findings.on(&DEFAULT, case, binding, &path, text);
            } else if !case.release.is_empty()
                && case.is_own_name(name)
                && facts.named(case, "ServiceAccount", namespace, name).is_none()
                && case.is_closed()
            {
                let text = format!("{} names ServiceAccount `{name}`, which the chart does not render", binding.id());
                findings.on(&ACCOUNT, case, binding, &path, text);
            }
        }
    }
}

fn unbound(case: &Case, findings: &mut Findings) {
    let facts = case.facts();
    for role in facts.kind(case, "Role") {
        let is_bound = facts.kind(case, "RoleBinding").any(|binding| {
            objects::text(&binding.node, "roleRef.name") == Some(role.name())
                && case.namespace_of(binding) == case.namespace_of(role)
        });
        if !is_bound && !role.name().is_empty() {
            let text = format!("nothing binds Role `{}`", role.name());
            findings.on(&UNBOUND, case, role, &objects::way("metadata.name"), text);
        }
    }
}
