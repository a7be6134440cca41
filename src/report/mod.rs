//! Diagnostics and findings as text.

pub mod explain;
pub mod human;
pub mod json;
pub mod template;
pub mod values;
