//! What maintainers hold their charts against.

pub mod coverage;
