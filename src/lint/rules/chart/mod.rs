//! Chart.yaml, dependencies, the folder itself: what `helm lint` looks at, and more.

use crate::lint::Rule;

/// The rules of this group, a list per file.
pub(super) const RULES: &[&[Rule]] = &[];
