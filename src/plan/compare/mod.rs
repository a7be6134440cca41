//! Objects of both sides: paired, compared, judged, and why each field changes.
//!
//! In: the objects of two sides. Out: verdicts, refusals, changes with their causes.

pub(in crate::plan) mod cause;
pub(in crate::plan) mod crds;
pub(in crate::plan) mod objects;
pub(in crate::plan) mod pair;
pub(in crate::plan) mod remedy;
pub(in crate::plan) mod value_changes;
pub(in crate::plan) mod verdict;
