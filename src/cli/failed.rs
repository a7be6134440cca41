//! A command that failed, and what it says of it.

/// A command that failed.
#[derive(Debug)]
pub struct Failed {
    /// What follows `Error: `.
    pub message: String,
    /// Further lines.
    pub details: String,
    /// The program's exit code: Helm's 1, or 2 where the work could not be done.
    pub code: u8,
}

impl Failed {
    /// What was asked for could not be done.
    pub(super) fn unable(message: String) -> Self {
        Failed { code: 2, ..Failed::from(message) }
    }
}

impl From<String> for Failed {
    fn from(message: String) -> Self {
        Failed { message, details: String::new(), code: 1 }
    }
}
