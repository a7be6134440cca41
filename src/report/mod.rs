//! Diagnostics and findings as text.

pub mod coverage;
pub mod explain;
pub mod github;
pub mod human;
pub mod json;
pub mod junit;
pub mod plan;
pub mod sarif;
pub mod snapshot;
pub mod suite;
pub mod template;
pub mod values;
