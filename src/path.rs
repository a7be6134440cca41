//! Paths of values, as users write them.
//!
//! In: keys and indices. Out: `service.port`, `tolerations[0].key`, `podLabels."example.com/team"`.

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// A key of a map.
    Key(String),
    /// An index of a list, from 0.
    Index(usize),
}

/// A path as a user would write it.
pub fn show(path: &[Step]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Index(index) => out.push_str(&format!("[{index}]")),
            Step::Key(key) => {
                if !out.is_empty() {
                    out.push('.');
                }
                let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
                out.push_str(&if plain { key.clone() } else { format!("{key:?}") });
            }
        }
    }
    out
}
