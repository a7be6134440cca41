//! What happens to volumes: kept, orphaned, created, resized, each claim by its name.
//!
//! In: the compared pairs. Out: claims, and concerns for what is left behind or starts empty.

pub(in crate::plan) mod claims;
pub(in crate::plan) mod storage;
