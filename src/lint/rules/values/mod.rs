//! Values: what nothing reads, what nobody sets, what is misspelt.

mod defaults;
mod documented;
mod numbers;
mod types;
mod undefined;
mod unread;

use crate::lint::Rule;

/// The rules of this group, a list per file.
pub(super) const RULES: &[&[Rule]] = &[unread::RULES, undefined::RULES, types::RULES, numbers::RULES];
