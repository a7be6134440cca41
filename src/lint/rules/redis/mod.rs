//! What a Redis server would refuse or lose.

use crate::lint::Rule;

/// The rules of this group, a list per file.
pub(super) const RULES: &[&[Rule]] = &[];
