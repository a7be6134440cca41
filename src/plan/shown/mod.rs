//! What a plan shows and what counts of it: masks, diffs, ignores, the exit code.
//!
//! In: a plan. Out: the plan as it may be shown.

pub mod config;
pub mod diff;
pub(in crate::plan) mod exit;
pub mod ignore;
mod literals;
pub mod mask;
