//! ResourceQuotas and LimitRanges.

use crate::kube::at::At;
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

/// Fields of a limit, from the least amount to the most.
const ORDER: &[&str] = &["min", "defaultRequest", "default", "max"];

pub(super) fn limit_range(object: &At<'_>, out: &mut Vec<Problem>) {
    for limit in object.get("spec").iter().flat_map(|spec| spec.list("limits")) {
        if limit.text_of("type") == Some("Pod") {
            for field in ["default", "defaultRequest"].into_iter().filter(|field| !limit.lacks(field)) {
                let message = format!("found `{field}`, which `type: Pod` does not take");
                out.push(limit.problem_at(field, "conflicting-fields", message));
            }
            continue;
        }
        in_order(&limit, out);
    }
}

/// Tells of the smaller field when it holds the larger amount.
fn in_order(limit: &At<'_>, out: &mut Vec<Problem>) {
    for (at, below) in ORDER.iter().enumerate() {
        for above in ORDER.iter().skip(at + 1) {
            for (name, less) in limit.get(below).iter().flat_map(|amounts| amounts.entries()) {
                let more = limit.get(above).and_then(|amounts| Quantity::of(amounts.node().get(&name)?));
                let (Some(small), Some(large)) = (Quantity::of(less.node()), more) else { continue };
                if small > large {
                    let message = format!("found {small}, which is more than `{above}` of {large}");
                    out.push(less.problem("limit-below-request", message));
                }
            }
        }
    }
}
