//! Roles and their bindings.

use super::value::{present, required, words};
use crate::kube::at::At;
use crate::kube::kinds::KindId;
use crate::kube::names;
use crate::kube::problem::Problem;

const GROUP: &str = "rbac.authorization.k8s.io";

pub(super) fn role(id: KindId<'_>, object: &At<'_>, out: &mut Vec<Problem>) {
    let namespaced = id.kind == "Role";
    for rule in object.list("rules") {
        required(&rule, "verbs", out);
        let urls = !rule.lacks("nonResourceURLs");
        if urls && namespaced {
            let message = "found URLs, which only a ClusterRole can allow";
            out.push(rule.problem_at("nonResourceURLs", "conflicting-fields", message));
        } else if urls {
            let others = present(&rule, &["apiGroups", "resources", "resourceNames"]);
            if others.iter().any(|field| !rule.lacks(field)) {
                let message = "found URLs beside resources, which are rules of their own";
                out.push(rule.problem_at("nonResourceURLs", "conflicting-fields", message));
            }
        } else {
            required(&rule, "apiGroups", out);
            required(&rule, "resources", out);
        }
    }
    if let Some(aggregation) = object.get("aggregationRule") {
        required(&aggregation, "clusterRoleSelectors", out);
    }
}

pub(super) fn binding(id: KindId<'_>, object: &At<'_>, out: &mut Vec<Problem>) {
    let of_cluster = id.kind == "ClusterRoleBinding";
    if let Some(role) = object.get("roleRef") {
        words(&role, "apiGroup", &[GROUP], out);
        let kinds: &[&str] = if of_cluster { &["ClusterRole"] } else { &["Role", "ClusterRole"] };
        words(&role, "kind", kinds, out);
        if let Some(Err(message)) = role.text_of("name").filter(|name| !name.is_empty()).map(names::path_segment) {
            out.push(role.problem_at("name", "invalid-name", message));
        }
    }
    for subject in object.list("subjects") {
        match subject.text_of("kind").unwrap_or_default() {
            "ServiceAccount" => {
                if let Some(Err(message)) =
                    subject.text_of("name").filter(|name| !name.is_empty()).map(names::subdomain)
                {
                    out.push(subject.problem_at("name", "invalid-name", message));
                }
                words(&subject, "apiGroup", &[], out);
                if of_cluster {
                    required(&subject, "namespace", out);
                }
            }
            "User" | "Group" => words(&subject, "apiGroup", &[GROUP], out),
            _ => words(&subject, "kind", &["ServiceAccount", "User", "Group"], out),
        }
    }
}
