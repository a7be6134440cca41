//! What was found, as text.

pub mod explain;
pub mod human;
pub mod values;
