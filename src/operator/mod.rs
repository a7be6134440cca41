//! The custom resources of redis-operator (`redis.io/v1`): what they say, and what the operator does about them.
//!
//! In: an object as [`yaml::decode`](crate::yaml::decode) gives it. Out: a [`RedisCluster`] as the cluster stores it, the
//! hash of its pods ([`hash`]), what its webhooks refuse ([`webhook`]), and in which order pods restart ([`rolls`]). Nothing
//! here knows of charts. The facts are those of version 0.2.6; tests hold everything against recordings of its own code.
//!
//! ```
//! use chartwright::operator::{RedisCluster, hash, rolls};
//!
//! let text = b"{kind: RedisCluster, metadata: {name: cache}, spec: {instances: 3, storage: {}}}";
//! let old = RedisCluster::stored(&chartwright::yaml::decode(text).unwrap(), true).unwrap();
//! let mut new = old.clone();
//! new.spec.image_name = "redis:7.4".to_owned();
//! assert_ne!(hash::spec_hash(&old.spec, "op:1"), hash::spec_hash(&new.spec, "op:1"));
//! let order: Vec<String> = rolls::order(&new, Some("cache-0")).iter().map(ToString::to_string).collect();
//! assert_eq!(order, ["cache-2", "cache-1", "switchover", "cache-0"]);
//! ```

pub mod compat;
mod defaults;
pub mod hash;
mod manifest;
pub mod rolls;
mod schedule;
mod types;
pub mod webhook;

pub use self::defaults::{check, is_custom_resource};
pub use self::manifest::Manifest;
pub use self::types::*;

/// `apiVersion` of every custom resource.
pub const API_VERSION: &str = "redis.io/v1";

/// The annotation that lets a supervised update of the primary go on.
pub const APPROVE: &str = "redis.io/approve-primary-update";

/// The annotation that stops all pods of a cluster.
pub const HIBERNATION: &str = "redis.io/hibernation";

/// The variable that tells the operator its own image, which is also that of an init container of every pod.
pub const IMAGE_VARIABLE: &str = "OPERATOR_IMAGE_NAME";

/// What the operator takes for its image where the variable is not set.
pub const DEFAULT_IMAGE: &str = "redis-operator:latest";
