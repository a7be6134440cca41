//! Requests and limits.

use crate::kube::at::At;
use crate::kube::names;
use crate::kube::problem::Problem;
use crate::kube::quantity::Quantity;

/// Whether a container can ask for a resource of this name without a domain.
fn is_standard(name: &str) -> bool {
    matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-")
}

pub(super) fn of_container(container: &At<'_>, out: &mut Vec<Problem>) {
    let Some(resources) = container.get("resources") else { return };
    let (limits, requests) = (resources.get("limits"), resources.get("requests"));
    for amounts in [&limits, &requests].into_iter().flatten() {
        for (name, amount) in amounts.entries() {
            one(&name, &amount, out);
        }
    }
    for (name, request) in requests.iter().flat_map(|requests| requests.entries()) {
        let Some(wanted) = Quantity::of(request.node()) else { continue };
        let limit = limits.as_ref().and_then(|limits| limits.node().get(&name)).and_then(Quantity::of);
        let shared = matches!(&*name, "cpu" | "memory" | "ephemeral-storage");
        match limit {
            Some(limit) if shared && wanted > limit => {
                let message = format!("found a request of {wanted}, which is more than the limit of {limit}");
                out.push(request.problem("limit-below-request", message).fix("raise the limit or lower the request"));
            }
            Some(limit) if !shared && wanted != limit => {
                let message =
                    format!("found a request of {wanted} and a limit of {limit}, which must be equal for `{name}`");
                out.push(request.problem("limit-below-request", message));
            }
            None if !shared && (is_standard(&name) || name.contains('/')) => {
                let message = format!("found a request of `{name}` without a limit, which it needs");
                out.push(resources.problem_at("limits", "missing-field", message));
            }
            _ => {}
        }
    }
    let pages = |name: &str| name.starts_with("hugepages-");
    let all = || [&limits, &requests].into_iter().flatten().flat_map(|amounts| amounts.entries());
    if all().any(|(name, _)| pages(&name)) && !all().any(|(name, _)| matches!(&*name, "cpu" | "memory")) {
        let message = "found huge pages without `cpu` or `memory`";
        out.push(container.problem_at("resources", "missing-field", message));
    }
}

fn one(name: &str, amount: &At<'_>, out: &mut Vec<Problem>) {
    if let Err(message) = names::label_key(name) {
        out.push(amount.problem("unknown-resource", format!("as a resource: {message}")));
    } else if !name.contains('/') && !is_standard(name) {
        let message = format!("found `{name}`, expected `cpu`, `memory`, `ephemeral-storage`, or a name with a domain");
        let problem = amount.problem("unknown-resource", message);
        let near = crate::nearest::nearest(name, ["cpu", "memory", "ephemeral-storage"].into_iter());
        out.push(match near {
            Some(near) => problem.fix(format!("write `{near}`")),
            None => problem,
        });
    }
    let Some(quantity) = Quantity::of(amount.node()) else { return };
    if quantity.is_negative() {
        out.push(amount.problem("negative-number", format!("found {quantity}, allowed are 0 and more")));
    } else if name.contains('/') && !quantity.is_whole() {
        out.push(
            amount.problem("fractional-device", format!("found {quantity}, allowed are whole numbers of `{name}`")),
        );
    }
}
