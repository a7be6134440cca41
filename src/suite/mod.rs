//! What maintainers of charts hold their charts against: snapshots of what is rendered.
//!
//! In: a chart and its cases. Out: what is the same, what has changed, and which template line and value made it so.

pub mod snapshot;
