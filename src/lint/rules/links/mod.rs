//! What objects say of each other: selectors, ports, names of ConfigMaps.

use crate::lint::Rule;

/// The rules of this group, a list per file.
pub(super) const RULES: &[&[Rule]] = &[];
