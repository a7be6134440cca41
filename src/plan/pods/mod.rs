//! What happens to pods: who restarts, in which order and why, and what is down meanwhile.
//!
//! In: the compared pairs. Out: restarts, hooks, and concerns.

pub(in crate::plan) mod availability;
pub(in crate::plan) mod hooks;
pub(in crate::plan) mod noise;
pub(in crate::plan) mod outage;
pub(in crate::plan) mod reasons;
pub(in crate::plan) mod references;
pub(in crate::plan) mod restart;
pub(in crate::plan) mod rollout;
pub(in crate::plan) mod scheduling;
pub(in crate::plan) mod words;
pub(in crate::plan) mod workload;
