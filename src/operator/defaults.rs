//! From an object of a manifest to what the cluster stores.
//!
//! In: an object as it was written. Out: a typed one with the defaults of its definition and, where the webhooks run, those
//! of the webhook; and what the API server refuses in it. The definitions are in `crds.yaml`.

use super::types::{Amounts, Memory, Mode, PrimaryIsolation, RedisBackup, RedisCluster, RedisScheduledBackup};
use super::{API_VERSION, Named};
use crate::kube::{Minor, Problem, Quantity, Schemas};
use crate::value::{Data, Node, Str, from_node};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Why an object cannot be read.
pub use crate::value::DeserializeError as Unreadable;

static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| {
    let mut schemas = Schemas::default();
    let definitions = crate::yaml::decode(include_bytes!("crds.yaml")).unwrap_or_default();
    definitions.items().iter().for_each(|crd| schemas.add(crd));
    schemas
});

/// Whether an object is one of the operator's.
pub fn is_custom_resource(api_version: &str, kind: &str) -> bool {
    SCHEMAS.is_namespaced(api_version, kind).is_some()
}

/// Everything that the API server refuses in a custom resource of the operator, before the webhooks see it; `None` for
/// other objects.
///
/// ```
/// use chartwright::operator::check;
/// let text = b"{apiVersion: redis.io/v1, kind: RedisCluster, metadata: {name: a}, spec: {storge: {}, storage: {}}}";
/// let problems = check(&chartwright::yaml::decode(text).unwrap()).unwrap();
/// assert_eq!(problems[0].rule, "unknown-field");
/// ```
pub fn check(object: &Node) -> Option<Vec<Problem>> {
    let version = object.get("apiVersion")?.as_text()?;
    let kind = object.get("kind")?.as_text()?;
    is_custom_resource(&version, &kind).then(|| SCHEMAS.check(Minor::NEWEST, object)).flatten()
}

impl RedisCluster {
    /// The object as the cluster stores it, with what the defaulting webhook fills in where it runs.
    ///
    /// # Errors
    /// The path of a field that is not what it must be, and why.
    pub fn stored(object: &Node, webhook: bool) -> Result<Self, Unreadable> {
        let mut cluster: RedisCluster = read(object, "RedisCluster")?;
        if webhook {
            cluster.defaulted();
        }
        Ok(cluster)
    }

    /// Fills in what the webhook fills in.
    fn defaulted(&mut self) {
        let spec = &mut self.spec;
        if spec.mode == Mode::Cluster {
            if spec.shards == 0 {
                spec.shards = 3;
            }
        } else if spec.instances == 0 {
            spec.instances = 1;
        }
        if spec.storage.size.is_zero() {
            spec.storage = super::Storage { size: super::Storage::default().size, ..spec.storage.clone() };
        }
        if spec.image_name.is_empty() {
            spec.image_name = "redis:7.2".to_owned();
        }
        if spec.resources.requests.is_none() {
            let least = [("memory", "128Mi"), ("cpu", "100m")];
            let amounts = least.iter().filter_map(|(name, text)| Some(((*name).to_owned(), Quantity::parse(text)?)));
            spec.resources.requests = Some(amounts.collect::<Amounts>());
        }
        spec.enable_pod_disruption_budget.get_or_insert(true);
        let isolation = spec.primary_isolation.get_or_insert_with(PrimaryIsolation::default);
        isolation.enabled.get_or_insert(true);
        isolation.api_server_timeout.get_or_insert_with(|| "5s".to_owned());
        isolation.peer_timeout.get_or_insert_with(|| "5s".to_owned());
        if let Some(Memory { max_memory_policy, .. }) = &mut spec.memory
            && max_memory_policy.is_empty()
        {
            *max_memory_policy = "noeviction".to_owned();
        }
        if let Some(window) = &mut spec.node_maintenance_window {
            window.reuse_pvc.get_or_insert(true);
        }
    }

    /// With the Secret that the operator makes up where the object names none, and then writes into it.
    #[must_use]
    pub fn with_auth_secret(mut self) -> Self {
        let name = self.auth_secret();
        self.spec.auth_secret.get_or_insert(Named { name });
        self
    }
}

impl RedisBackup {
    /// The object as the cluster stores it.
    ///
    /// # Errors
    /// The path of a field that is not what it must be, and why.
    pub fn stored(object: &Node) -> Result<Self, Unreadable> {
        read(object, "RedisBackup")
    }
}

impl RedisScheduledBackup {
    /// The object as the cluster stores it.
    ///
    /// # Errors
    /// The path of a field that is not what it must be, and why.
    pub fn stored(object: &Node) -> Result<Self, Unreadable> {
        read(object, "RedisScheduledBackup")
    }
}

fn read<T: DeserializeOwned>(object: &Node, kind: &str) -> Result<T, Unreadable> {
    let mut object = object.clone();
    if let Some(map) = object.as_map_mut() {
        // Known by their kind, whatever stands there.
        let text = |text: &str| Node::new(Data::Str(text.into()));
        map.insert("apiVersion".into(), text(API_VERSION));
        map.insert("kind".into(), text(kind));
    }
    drop_nulls(&mut object);
    from_node(&SCHEMAS.filled(&object))
}

/// The server reads null as nothing said.
fn drop_nulls(node: &mut Node) {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match &mut node.data {
        Data::Map(_) => {
            let Some(map) = node.as_map_mut() else { return };
            let taken: BTreeMap<Str, Node> = std::mem::take(map);
            *map = taken.into_iter().filter(|(_, node)| !node.is_null()).collect();
            map.values_mut().for_each(drop_nulls);
        }
        Data::List(items) => std::sync::Arc::make_mut(items).iter_mut().for_each(drop_nulls),
        _ => {}
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(spec: &str) -> Node {
        let text = format!("{{apiVersion: redis.io/v1, kind: RedisCluster, metadata: {{name: a}}, spec: {spec}}}");
        crate::yaml::decode(text.as_bytes()).expect("an object")
    }

    fn told(spec: &str) -> Vec<String> {
        let problems = check(&object(spec)).expect("a kind of the operator");
        problems.iter().map(|one| format!("{}: {}", crate::kube::show_path(&one.path), one.rule)).collect()
    }

    #[test]
    fn the_api_server_refuses_what_the_definition_does_not_have() {
        assert_eq!(told("{storage: {}}"), [] as [&str; 0]);
        assert_eq!(told("{storage: {}, instnces: 3}"), ["spec.instnces: unknown-field"]);
        assert_eq!(told("{storage: {}, redis: {maxclients: 100}}"), ["spec.redis.maxclients: wrong-type"]);
        assert_eq!(told("{storage: {}, mode: replica}"), ["spec.mode: unknown-value"]);
        assert_eq!(told("{storage: {}, shards: 2}"), ["spec.shards: out-of-range"]);
        assert!(check(&crate::yaml::decode(b"{apiVersion: v1, kind: Pod}").expect("an object")).is_none());
    }

    #[test]
    fn null_says_nothing() {
        let spec = "{storage: {size: null}, imageName: null, memory: null, instances: null}";
        let cluster = RedisCluster::stored(&object(spec), false).expect("it reads");
        assert_eq!((cluster.spec.image_name.as_str(), cluster.spec.instances), ("redis:7.2", 0));
        assert_eq!(cluster.spec.storage.size.text(), "1Gi");
    }

    #[test]
    fn what_is_no_cluster_says_where() {
        let error = RedisCluster::stored(&object("{storage: {size: big}}"), true).expect_err("no amount");
        assert_eq!(error.path, "spec.storage.size");
    }
}
