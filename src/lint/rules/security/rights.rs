//! How much a role allows.

use super::strict;
use crate::diag::Severity;
use crate::lint::rules::objects;
use crate::lint::{Case, Check, Findings, On, Rule};
use crate::value::Node;

pub(super) const RULES: &[Rule] = &[SECRETS, WILDCARD, ADMIN, EXEC, PODS, TOKEN];

const SECRETS: Rule = Rule {
    id: "role-reads-all-secrets",
    severity: Severity::Note,
    summary: "a role may read every Secret",
    why: "Whoever gets into one of these pods gets the passwords of everything in the namespace, or in the cluster for a ClusterRole.",
    fix: "Name the Secrets that are needed in `resourceNames`, or leave the rule out: what a pod mounts needs no right.",
    on: On::Default,
    check: Check::Case(secrets),
};

const WILDCARD: Rule = Rule {
    id: "role-with-wildcard",
    severity: Severity::Note,
    summary: "a role allows `*`",
    why: "It also allows what will be added later: new resources, new verbs, kinds of other programs.",
    fix: "List what is needed.",
    on: On::Default,
    check: Check::Case(wildcard),
};

const ADMIN: Rule = Rule {
    id: "cluster-admin-bound",
    severity: Severity::Warning,
    summary: "a binding gives the rights of cluster-admin",
    why: "The account may do everything in the whole cluster.",
    fix: "Bind a ClusterRole that lists what is needed.",
    on: On::Default,
    check: Check::Case(admin),
};

const EXEC: Rule = Rule {
    id: "role-runs-commands-in-pods",
    severity: Severity::Note,
    summary: "a role may run commands in pods",
    why: "With pods/exec or pods/attach an account has all that any pod in reach has: its Secrets, its network, its account.",
    fix: "Leave `pods/exec` and `pods/attach` out, unless that is what the program is for.",
    on: On::Default,
    check: Check::Case(exec),
};

const PODS: Rule = strict(
    "role-makes-pods",
    [
        "a role may make pods",
        "Who makes pods can mount any Secret and use any account of the namespace.",
        "Leave the verb `create` on pods out, unless that is what the program is for.",
    ],
    pods,
);

const TOKEN: Rule = strict(
    "unused-account-token",
    [
        "pods get a token of an account without any rights of the chart",
        "The token is of use only to who breaks in.",
        "Set `automountServiceAccountToken: false` in the pod spec or the ServiceAccount.",
    ],
    token,
);

/// Whether a list of a rule holds a word, or everything.
fn has(rule: &Node, field: &str, word: &str) -> bool {
    objects::items(rule, field)
        .iter()
        .any(|item| matches!(item.as_text().as_deref(), Some("*")) || item.as_text().as_deref() == Some(word))
}

fn allows(rule: &Node, group: &str, resource: &str, verbs: &[&str]) -> bool {
    has(rule, "apiGroups", group)
        && has(rule, "resources", resource)
        && verbs.iter().any(|verb| has(rule, "verbs", verb))
}

/// Reports each rule of each role that this holds for.
fn each(case: &Case, findings: &mut Findings, rule: &Rule, what: &str, holds: impl Fn(&Node) -> bool) {
    for kind in ["Role", "ClusterRole"] {
        for role in case.facts().kind(case, kind) {
            for (number, node) in objects::items(&role.node, "rules").iter().enumerate() {
                if holds(node) && objects::items(node, "resourceNames").is_empty() {
                    let text = format!("{} {what}", role.id());
                    findings.on(rule, case, role, &objects::way(&format!("rules.{number}")), text);
                }
            }
        }
    }
}

fn secrets(case: &Case, findings: &mut Findings) {
    each(case, findings, &SECRETS, "may read every Secret", |rule| {
        allows(rule, "", "secrets", &["get", "list", "watch"])
    });
}

fn wildcard(case: &Case, findings: &mut Findings) {
    each(case, findings, &WILDCARD, "allows `*`", |rule| {
        ["apiGroups", "resources", "verbs"]
            .iter()
            .any(|field| objects::items(rule, field).iter().filter_map(objects::plain).any(|word| word == "*"))
    });
}

fn exec(case: &Case, findings: &mut Findings) {
    each(case, findings, &EXEC, "may run commands in pods", |rule| {
        // A wildcard is reported as one.
        let named =
            |word: &str| objects::items(rule, "resources").iter().filter_map(objects::plain).any(|item| item == word);
        (named("pods/exec") || named("pods/attach")) && ["create", "get"].iter().any(|verb| has(rule, "verbs", verb))
    });
}

fn pods(case: &Case, findings: &mut Findings) {
    each(case, findings, &PODS, "may make pods", |rule| allows(rule, "", "pods", &["create"]));
}

fn admin(case: &Case, findings: &mut Findings) {
    for binding in ["RoleBinding", "ClusterRoleBinding"].iter().flat_map(|kind| case.facts().kind(case, kind)) {
        if objects::text(&binding.node, "roleRef.name") == Some("cluster-admin") {
            let text = format!("{} gives the rights of `cluster-admin`", binding.id());
            findings.on(&ADMIN, case, binding, &objects::way("roleRef.name"), text);
        }
    }
}

fn token(case: &Case, findings: &mut Findings) {
    let facts = case.facts();
    for workload in facts.workloads.iter().filter(|workload| !workload.is_short_lived()) {
        let account = objects::text(&workload.spec, "serviceAccountName").unwrap_or("default");
        let off = |node: &Node, field| node.find(field).and_then(Node::as_bool) == Some(false);
        let object = facts.named(case, "ServiceAccount", case.namespace_of(&workload.object), account);
        let is_off = match workload.spec.get("automountServiceAccountToken") {
            Some(node) => node.as_bool() == Some(false),
            None => object.is_some_and(|object| off(&object.node, "automountServiceAccountToken")),
        };
        let is_bound =
            ["RoleBinding", "ClusterRoleBinding"].iter().flat_map(|kind| facts.kind(case, kind)).any(|binding| {
                objects::items(&binding.node, "subjects")
                    .iter()
                    .any(|subject| objects::text(subject, "name") == Some(account))
            });
        if !is_off && !is_bound {
            let text =
                format!("pods of {} get a token of account `{account}`, which has no rights", workload.object.id());
            let path = workload.way("automountServiceAccountToken");
            findings.on(&TOKEN, case, &workload.object, &path, text);
        }
    }
}
