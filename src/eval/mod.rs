//! Runs a template.

pub mod call;
pub mod error;
