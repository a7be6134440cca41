//! ResourceQuotas and LimitRanges.

use super::value::words;
use crate::kube::at::At;
use crate::kube::names;
use crate::kube::problem::Problem;
use crate::kube::quantity::Quantity;

/// Resources that a quota knows without a domain; those of containers, with or without `requests.` and `limits.`, too.
const COUNTED: &[&str] = &[
    "pods",
    "services",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

/// Whether a quota of this resource is a whole number.
fn is_counted(name: &str) -> bool {
    COUNTED.contains(&name) || name.starts_with("count/")
}

fn is_known(name: &str) -> bool {
    let plain = name.strip_prefix("requests.").or_else(|| name.strip_prefix("limits.")).unwrap_or(name);
    is_counted(name)
        || name.contains('/')
        || matches!(plain, "cpu" | "memory" | "ephemeral-storage")
        || name == "requests.storage"
        || plain.starts_with("hugepages-")
}

pub(super) fn resource_quota(object: &At<'_>, out: &mut Vec<Problem>) {
    let Some(spec) = object.get("spec") else { return };
    for (name, amount) in spec.get("hard").iter().flat_map(|hard| hard.entries()) {
        if !is_known(&name) {
            let problem =
                amount.problem("unknown-resource", format!("found `{name}`, which is no resource of a quota"));
            let known = COUNTED.iter().copied().chain([
                "cpu",
                "memory",
                "requests.cpu",
                "requests.memory",
                "limits.cpu",
                "limits.memory",
                "requests.storage",
            ]);
            out.push(match crate::nearest::nearest(&name, known) {
                Some(near) => problem.fix(format!("write `{near}`")),
                None => problem,
            });
        }
        let Some(quantity) = Quantity::of(amount.node()) else { continue };
        if quantity.is_negative() {
            out.push(amount.problem("negative-number", format!("found {quantity}, allowed are 0 and more")));
        } else if is_counted(&name) && !quantity.is_whole() {
            out.push(
                amount.problem("fractional-device", format!("found {quantity}, allowed are whole numbers of `{name}`")),
            );
        }
    }
}

pub(super) fn limit_range(object: &At<'_>, out: &mut Vec<Problem>) {
    for limit in object.get("spec").iter().flat_map(|spec| spec.list("limits")) {
        super::value::name(&limit, "type", names::label_key, out);
        if limit.text_of("type").is_some_and(|kind| !kind.contains('/')) {
            words(&limit, "type", &["Container", "Pod", "PersistentVolumeClaim"], out);
        }
        if limit.text_of("type") == Some("Pod") {
            for field in ["default", "defaultRequest"].into_iter().filter(|field| !limit.lacks(field)) {
                let message = format!("found `{field}`, which `type: Pod` does not take");
                out.push(limit.problem_at(field, "conflicting-fields", message));
            }
        } else {
            in_order(&limit, out);
        }
    }
}

/// Which field must not hold more than which, and which of the two is told of.
const ORDER: &[(&str, &str, &str)] = &[
    ("min", "max", "min"),
    ("min", "defaultRequest", "defaultRequest"),
    ("min", "default", "default"),
    ("defaultRequest", "default", "defaultRequest"),
    ("defaultRequest", "max", "defaultRequest"),
    ("default", "max", "default"),
];

fn in_order(limit: &At<'_>, out: &mut Vec<Problem>) {
    for (below, above, told) in ORDER {
        for (name, less) in limit.get(below).iter().flat_map(|amounts| amounts.entries()) {
            let more = limit.get(above).and_then(|amounts| Quantity::of(amounts.node().get(&name)?));
            let (Some(small), Some(large)) = (Quantity::of(less.node()), more) else { continue };
            let Some(amounts) = limit.get(told).filter(|_| small > large) else { continue };
            let message = format!("found {small} as `{below}`, which is more than {large} as `{above}`");
            out.push(amounts.problem_at(&name, "limit-below-request", message));
        }
    }
}
