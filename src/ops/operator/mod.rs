//! From the chart to the operator, and what to type while either is upgraded.
//!
//! In: values of the Redis chart, a release, snapshots that people took with kubectl. Out: a [`migration`] (custom
//! resources, and what of the values they hold), [`runbook`]s, and the comparison of two [`snapshot`]s.

#[cfg(feature = "redis")]
mod conf;
#[cfg(feature = "redis")]
mod lost;
#[cfg(feature = "redis")]
pub mod migration;
pub mod runbook;
#[cfg(feature = "redis")]
mod shown;
pub mod snapshot;
