//! The templates: syntax, definitions, branches, white space.

mod engine;

use crate::lint::Rule;

/// The rules of this group, a list per file.
pub(super) const RULES: &[&[Rule]] = &[engine::RULES];
