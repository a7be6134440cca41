//! Pod Security, secrets, rights, and what operations need.

use crate::lint::Rule;

/// The rules of this group, a list per file.
pub(super) const RULES: &[&[Rule]] = &[];
