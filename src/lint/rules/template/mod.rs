//! The templates: syntax, definitions, branches, white space.

use crate::lint::Rule;

/// The rules of this group, a list per file.
pub(super) const RULES: &[&[Rule]] = &[];
