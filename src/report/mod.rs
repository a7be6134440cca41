//! Diagnostics and findings as text.

pub mod human;
pub mod json;
pub mod template;
