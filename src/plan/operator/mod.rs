//! What changes of a RedisCluster and of its operator do.
//!
//! In: the compared pairs. Out: restarts, claims and concerns, and refusals of the webhook.

pub(in crate::plan) mod effects;
pub(in crate::plan) mod judge;
#[cfg(test)]
mod tests;
