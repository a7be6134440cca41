//! The Redis of both sides: what becomes of its data, how to go about the upgrade, what to run, and the way back.
//!
//! In: manifests of any Redis chart. Out: facts, a strategy, checks, steps.

pub(in crate::plan) mod auth;
pub(in crate::plan) mod backup;
pub(in crate::plan) mod checks;
pub(in crate::plan) mod command;
pub(in crate::plan) mod data;
pub(in crate::plan) mod facts;
pub(in crate::plan) mod notices;
pub(in crate::plan) mod release;
pub(in crate::plan) mod rollback;
pub(in crate::plan) mod strategy;
pub(in crate::plan) mod versions;
