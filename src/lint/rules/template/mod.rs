//! The templates: syntax, definitions, branches, white space.

mod constant_condition;
mod defines;
mod engine;

use crate::lint::Rule;

/// The rules of this group, a list per file.
pub(super) const RULES: &[&[Rule]] = &[defines::RULES, constant_condition::RULES, engine::RULES];
