//! Chart.yaml, dependencies, the folder itself: what `helm lint` looks at, and more.

mod dependencies;
mod documented_objects;
mod files;
mod layout;
mod metadata;
mod output;
mod readme;

pub use self::files::{check_folder, lenient};

use crate::lint::Rule;

/// The rules of this group, a list per file.
pub const RULES: &[&[Rule]] =
    &[metadata::RULES, layout::RULES, dependencies::RULES, output::RULES, readme::RULES, documented_objects::RULES];
