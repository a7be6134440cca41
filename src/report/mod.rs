//! Diagnostics as text.

pub mod human;
