//! The templates: syntax, definitions, branches, white space.

mod branches;
mod constant_condition;
mod defines;
mod engine;
mod glued;
mod impure;
mod missing_file;
mod never_rendered;

use crate::lint::Rule;

/// The rules of this group, a list per file.
pub(super) const RULES: &[&[Rule]] = &[
    defines::RULES,
    constant_condition::RULES,
    engine::RULES,
    missing_file::RULES,
    impure::RULES,
    glued::RULES,
    branches::RULES,
    never_rendered::RULES,
];
