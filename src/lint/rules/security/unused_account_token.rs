//! Pods that get a token of an account without rights.

use super::strict;
use crate::lint::rules::objects;
use crate::lint::{Case, Findings, Rule};
use crate::value::Node;

pub(super) const RULES: &[Rule] = &[RULE];

const RULE: Rule = strict(
    "unused-account-token",
    [
        "pods get a token of an account without any rights of the chart",
        "The token is of use only to who breaks in.",
        "Set `automountServiceAccountToken: false` in the pod spec or the ServiceAccount.",
    ],
    check,
);

fn check(case: &Case, findings: &mut Findings) {
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
            findings.on(&RULE, case, &workload.object, &path, text);
        }
    }
}
