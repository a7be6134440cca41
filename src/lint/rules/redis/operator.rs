//! Servers that an operator makes: `RedisCluster` of redis.io/v1.
//!
//! In: the objects of a case. Out: the findings that pods of Redis get, for what the object says of them: settings that
//! the server refuses, and `maxmemory` against the limit. The operator warns from 90 % of the limit on, and so do we.

use super::{conf, memory};
use crate::kube::Quantity;
use crate::lint::rules::objects::{key, text, way};
use crate::lint::{Case, Findings, Object};
use crate::redis_server::sizes::{self, human};
use crate::redis_server::{Version, check as check_conf};

pub(super) fn check(case: &Case, findings: &mut Findings) {
    let clusters = case.facts().kind(case, "RedisCluster");
    for cluster in clusters.filter(|object| object.head.api_version == "redis.io/v1") {
        settings(case, cluster, findings);
        limits(case, cluster, findings);
    }
}

/// `spec.redis`: directives and their values, one word each.
fn settings(case: &Case, cluster: &Object, findings: &mut Findings) {
    let tag = text(&cluster.node, "spec.imageName").and_then(|image| super::server::image_name(image).1);
    let version = tag.and_then(Version::parse).unwrap_or(Version::V7_2);
    let entries = cluster.node.find("spec.redis").and_then(|node| node.as_map()).into_iter().flatten();
    for (name, value) in entries {
        let (Some(name), Some(value)) = (name.to_utf8(), value.as_text()) else { continue };
        // The operator quotes the value, so that it stays one word; several belong to save and the like.
        let line = match value.is_empty() {
            true => format!("{name} \"\"\n"),
            false => format!("{name} {value}\n"),
        };
        for problem in check_conf(&line, version) {
            let alone = ["redis-policy-without-limit", "redis-listens-nowhere", "redis-tls-without-certificate"];
            let Some(rule) = conf::RULES.iter().find(|rule| rule.id == problem.rule) else { continue };
            if !alone.contains(&problem.rule) {
                let finding = findings.on(rule, case, cluster, &key(&way("spec.redis"), name), problem.message);
                finding.diagnostic.severity = problem.severity;
                finding.diagnostic.help = Some(problem.fix);
            }
        }
    }
}

fn limits(case: &Case, cluster: &Object, findings: &mut Findings) {
    let node = &cluster.node;
    let amount = |path: &str| u64::try_from(Quantity::of(node.find(path)?)?.ceil()?).ok();
    let Some(limit) = amount("spec.resources.limits.memory").filter(|limit| *limit > 0) else { return };
    let percent = node.find("spec.memory.maxMemoryPercent").and_then(|node| node.as_number());
    let share = percent
        .filter(|percent| (0.0..=100.0).contains(percent))
        .map(|percent| u64::try_from(u128::from(limit) * (percent as u128) / 100).unwrap_or(u64::MAX));
    let raw = text(node, "spec.redis.maxmemory").and_then(|text| sizes::bytes(text).ok());
    let found = [
        (amount("spec.memory.maxMemory"), "spec.memory.maxMemory"),
        (share, "spec.memory.maxMemoryPercent"),
        (raw, "spec.redis.maxmemory"),
    ];
    let text = text(node, "spec.resources.limits.memory").map_or_else(|| human(limit), str::to_owned);
    let Some((bytes, path)) =
        found.into_iter().find_map(|(bytes, path)| Some((bytes.filter(|bytes| *bytes > 0)?, path)))
    else {
        let message = format!("the container may use {text}, and `maxmemory` is not set");
        findings.on(&memory::WITHOUT, case, cluster, &way("spec.resources.limits.memory"), message);
        return;
    };
    if bytes > limit {
        let message = format!("`maxmemory` is {}, and the container is killed at {text}", human(bytes));
        findings.on(&memory::ABOVE_LIMIT, case, cluster, &way(path), message);
    } else if u128::from(bytes) * 10 >= u128::from(limit) * 9 {
        let share = u128::from(bytes) * 100 / u128::from(limit);
        let message = format!("`maxmemory` is {}, {share} % of the limit {text}", human(bytes));
        findings.on(&memory::NEAR_LIMIT, case, cluster, &way(path), message);
    }
}
