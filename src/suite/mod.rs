//! What maintainers of charts hold their charts against: snapshots of what is rendered, and tests.

pub mod snapshot;
pub mod unit;
