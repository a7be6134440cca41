//! One object at a time: the schema of its kind, and what the API server refuses beyond it.

mod duplicate_object;
mod kube;
mod object_name;
mod pod_security;
mod versions;

use crate::lint::Rule;

/// The rules of this group, a list per file.
pub(super) const RULES: &[&[Rule]] = &[
    duplicate_object::RULES,
    kube::RULES,
    object_name::RULES,
    versions::RULES,
    pod_security::BASELINE_RULES,
    pod_security::RESTRICTED_RULES,
];
