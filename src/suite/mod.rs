//! What maintainers of charts hold their charts against: snapshots of what is rendered, tests, and what of the
//! templates all that has used.

pub mod coverage;
pub mod snapshot;
pub mod unit;
