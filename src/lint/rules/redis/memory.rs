//! `maxmemory` against what the container may use: its limit, its request, and the room that a fork needs.

use super::place;
use super::server::Server;
use super::{note, rule, warn};
use crate::kube::Quantity;
use crate::lint::{Findings, Rule};
use crate::redis_server::sizes::human;

pub(super) const ABOVE_LIMIT: Rule = rule(
    "redis-maxmemory-above-limit",
    "maxmemory is not below the container's memory limit",
    "The kernel kills the server before Redis evicts or refuses anything, and what was not saved is gone.",
    "Raise the limit, or lower maxmemory to three quarters of it.",
);
pub(super) const NEAR_LIMIT: Rule = warn(
    "redis-maxmemory-near-limit",
    "maxmemory takes 90 % or more of the container's memory limit",
    "Redis needs memory beside the data: buffers of clients and replicas, fragmentation, copies while saving.",
    "Raise the limit, or lower maxmemory to three quarters of it.",
);
pub(super) const NO_ROOM: Rule = warn(
    "redis-no-room-for-fork",
    "maxmemory leaves less than a quarter of the limit for saving",
    "A save forks; every page that is written meanwhile exists twice, and counts against the limit.",
    "Raise the limit, or lower maxmemory to three quarters of it.",
);
pub(super) const ABOVE_REQUEST: Rule = note(
    "redis-maxmemory-above-request",
    "maxmemory is more than the memory that the container requests",
    "The node may be full when the data grow past the request, and such pods are evicted first.",
    "Request at least as much memory as maxmemory.",
);
pub(super) const WITHOUT: Rule = warn(
    "redis-without-maxmemory",
    "the container has a memory limit, and Redis has none",
    "Redis grows until the kernel kills it, instead of evicting keys or refusing writes.",
    "Set maxmemory to at most three quarters of the limit, and choose a maxmemory-policy.",
);

pub(super) fn check(server: &Server<'_>, findings: &mut Findings) {
    let amount = |path: &str| {
        let node = server.container.node.find(path)?;
        Some((
            Quantity::of(node)?.ceil().and_then(|bytes| u64::try_from(bytes).ok())?,
            Quantity::of(node)?.text().to_owned(),
        ))
    };
    let limit = amount("resources.limits.memory");
    // What is not requested is requested at the limit.
    let request = amount("resources.requests.memory").or_else(|| limit.clone());
    let maxmemory = server.conf.last("maxmemory");
    let bytes = server.conf.bytes("maxmemory").unwrap_or(0);
    let Some(line) = maxmemory.filter(|_| bytes > 0) else {
        let open = server.is_left_open("maxmemory") || !server.is_known();
        if let Some((_, limit)) = limit.filter(|_| !open) {
            let message = format!("the container may use {limit}, and `maxmemory` is not set");
            match maxmemory {
                Some(line) => place::on_line(findings, &WITHOUT, server, line, message),
                None => place::on_container(findings, &WITHOUT, server, "resources.limits.memory", message),
            };
        }
        return;
    };
    if let Some((limit, text)) = limit {
        let share = u128::from(bytes) * 100 / u128::from(limit.max(1));
        let size = human(bytes);
        if bytes >= limit {
            let message = format!("`maxmemory` is {size}, and the container is killed at {text}");
            place::on_line(findings, &ABOVE_LIMIT, server, line, message);
        } else if share >= 90 {
            let message = format!("`maxmemory` is {size}, {share} % of the limit {text}");
            place::on_line(findings, &NEAR_LIMIT, server, line, message);
        } else if u128::from(bytes) * 4 > u128::from(limit) * 3 && server.persists() == Some(true) {
            let message =
                format!("`maxmemory` is {size}, {share} % of the limit {text}, and saving needs room beside it");
            place::on_line(findings, &NO_ROOM, server, line, message);
        }
    }
    if let Some((request, text)) = request.filter(|(request, _)| *request < bytes) {
        let message =
            format!("`maxmemory` is {}, and the container requests {text} ({})", human(bytes), human(request));
        place::on_line(findings, &ABOVE_REQUEST, server, line, message);
    }
}
