//! The hash that decides whether pods of data restart.
//!
//! In: the spec of a RedisCluster as the cluster stores it, and the operator's image. Out: the value of the annotation
//! `redis.io/spec-hash` of its pods: SHA-256 of some fields, one a line. What is not among them restarts nothing.

use super::types::{Amounts, ClusterSpec};
use crate::kube::Quantity;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The hash, as pods carry it.
pub fn spec_hash(spec: &ClusterSpec, operator_image: &str) -> String {
    let mut text = String::new();
    for (key, value) in lines(spec, operator_image) {
        let _ = writeln!(text, "{key}={value}");
    }
    data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

/// Fields that differ between two specs and are in the hash: those that restart pods.
pub fn differing(old: &ClusterSpec, new: &ClusterSpec) -> Vec<String> {
    let fields = |spec: &ClusterSpec| -> BTreeMap<String, String> { lines(spec, "").into_iter().collect() };
    let (old, new) = (fields(old), fields(new));
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differ = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
    let mut fields: Vec<String> = differ.map(|name| field(name)).collect();
    fields.dedup();
    fields
}

/// The field of the spec behind a line.
fn field(line: &str) -> String {
    match line {
        "redisImage" => "spec.imageName".to_owned(),
        "authSecret" | "aclConfigSecret" | "tlsSecret" | "caSecret" => format!("spec.{line}.name"),
        line => format!("spec.{line}"),
    }
}

/// What is hashed, line by line.
fn lines(spec: &ClusterSpec, operator_image: &str) -> Vec<(String, String)> {
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut line = |key: &str, value: &str| lines.push((key.to_owned(), value.to_owned()));
    line("redisImage", &spec.image_name);
    line("operatorImage", operator_image);
    let nothing = Amounts::new();
    let requests = spec.resources.requests.as_ref().unwrap_or(&nothing);
    for (what, amounts) in [("limits", &spec.resources.limits), ("requests", requests)] {
        for (name, amount) in amounts {
            line(&format!("resources.{what}.{name}"), &amount.canonical());
        }
    }
    let secrets = [
        ("authSecret", &spec.auth_secret),
        ("aclConfigSecret", &spec.acl_config_secret),
        ("tlsSecret", &spec.tls_secret),
        ("caSecret", &spec.ca_secret),
    ];
    for (key, secret) in secrets {
        if let Some(secret) = secret {
            line(key, &secret.name);
        }
    }
    for (key, value) in &spec.redis {
        line(&format!("redis.{key}"), value);
    }
    if let Some(memory) = &spec.memory {
        line("memory.maxMemory", &memory.max_memory.as_ref().map(Quantity::canonical).unwrap_or_default());
        let percent = memory.max_memory_percent.map(|percent| percent.to_string());
        line("memory.maxMemoryPercent", &percent.unwrap_or_default());
        line("memory.maxMemoryPolicy", &memory.max_memory_policy);
    }
    if spec.is_ephemeral() {
        line("storage.type", "emptyDir");
        line("storage.size", &spec.storage.size.canonical());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::RedisCluster;
    use crate::value::Node;

    /// A spec as `spec: {…}` in tests/operator.
    fn cluster(spec: &Node, webhook: bool) -> RedisCluster {
        let mut object = crate::yaml::decode(b"{metadata: {name: c}}").expect("an object");
        object.as_map_mut().expect("a map").insert("spec".into(), spec.clone());
        RedisCluster::stored(&object, webhook).expect("a cluster")
    }

    /// Seventeen specs that come to nine hashes, of the operator `op:1` unless said, without webhook and made-up Secret.
    #[test]
    fn k04_specs_have_the_hashes_that_the_operator_gives_them() {
        let minimal = "aba5bc7a7ce935011d35d09952c85a6e97a4dfb435a7f54fc1fd69d4869152b2";
        let limits = "0fe9b897dd79847179649f35bc991765b5716ec52171303b57e075c5a60f2b24";
        let amount = "e50e84ff8ece5b48869728283783c814fabab4c9a2a1dde6ccc9e01a101c5220";
        for (spec, image, hash) in [
            ("{storage: {}}", "op:1", minimal),
            ("{storage: {}, backupCredentialsSecret: {name: b}}", "op:1", minimal),
            ("{storage: {size: 10Gi}}", "op:1", minimal),
            ("{storage: {}, nodeSelector: {a: b}, tolerations: [{key: a}]}", "op:1", minimal),
            ("{storage: {}, mode: sentinel, instances: 5, minSyncReplicas: 1}", "op:1", minimal),
            (
                "{storage: {}, imageName: 'redis:7.2.5'}",
                "op:1",
                "6d200615b0a873aee79a90a1d564e094ff26938b9c372f65f1ce50fcb221039f",
            ),
            ("{storage: {}}", "op:2", "8b1974dd21f76da015aa30e95ec9da8e7842fb0b0ebcc9fe6996982c17fc508d"),
            (
                "{storage: {}, resources: {limits: {memory: 1Gi, cpu: 1}, requests: {cpu: 0.5, memory: 512Mi}}}",
                "op:1",
                limits,
            ),
            (
                "{storage: {}, resources: {limits: {memory: 1024Mi, cpu: 1000m}, requests: {cpu: 500m, memory: 0.5Gi}}}",
                "op:1",
                limits,
            ),
            (
                "{storage: {}, redis: {maxmemory-policy: allkeys-lru, appendonly: 'yes'}}",
                "op:1",
                "477d77dcfa29dcd97bf2dec7c37bc33048e55ca694e1857c6f368a2b2f101f0c",
            ),
            (
                "{storage: {}, authSecret: {name: a}, aclConfigSecret: {name: b}, tlsSecret: {name: c}, caSecret: {name: d}}",
                "op:1",
                "356c21f630929e60e94794250b03c67c1a210cf5b9607494876265c2336d65c0",
            ),
            (
                "{storage: {}, memory: {maxMemoryPercent: 75, maxMemoryPolicy: noeviction}}",
                "op:1",
                "dc57f2815ce22b6e2b446fbb5e8f419b68cf1195071599cb193b0e2ad84b7121",
            ),
            ("{storage: {}, memory: {maxMemory: 1536Mi}}", "op:1", amount),
            ("{storage: {}, memory: {maxMemory: 1.5Gi}}", "op:1", amount),
            (
                "{storage: {type: emptyDir, size: 2048Mi}}",
                "op:1",
                "690397d3914726a99e97fe2630f66863d5072057f8428cdae0d2388b56508993",
            ),
        ] {
            let node = crate::yaml::decode(spec.as_bytes()).expect("a spec");
            assert_eq!(spec_hash(&cluster(&node, false).spec, image), hash, "{spec}");
        }
    }

    #[test]
    fn recorded_specs_are_stored_and_hashed_as_the_operator_does() {
        let cases = crate::yaml::decode(include_bytes!("../../tests/operator/hash.yaml")).expect("a list");
        let mut count = 0;
        for case in cases.items() {
            let text = |key: &str| case.get(key).and_then(Node::as_text).map(|text| text.into_owned());
            let name = text("name").expect("a name");
            let webhook = case.get("webhook").is_none();
            let own = cluster(case.get("spec").expect("a spec"), webhook).with_auth_secret();
            let stored: serde_json::Value =
                crate::value::from_node(case.get("stored").expect("what is stored")).expect("a value");
            assert_eq!(serde_json::to_value(&own.spec).expect("it prints"), stored, "{name}");
            let image = text("image").unwrap_or_else(|| "op:1".to_owned());
            assert_eq!(Some(spec_hash(&own.spec, &image)), text("hash"), "{name}");
            count += 1;
        }
        assert_eq!(count, 69);
    }

    #[test]
    fn fields_that_restart_pods_are_named() {
        let spec = |text: &str| cluster(&crate::yaml::decode(text.as_bytes()).expect("a spec"), true).spec;
        let old = spec("{storage: {}, redis: {hz: '10'}, resources: {limits: {memory: 1Gi}}}");
        let new = spec(
            "{storage: {size: 9Gi}, imageName: r, redis: {hz: '20'}, tlsSecret: {name: a}, resources: {limits: {memory: 1024Mi}}}",
        );
        assert_eq!(differing(&old, &new), ["spec.redis.hz", "spec.imageName", "spec.tlsSecret.name"]);
    }
}
