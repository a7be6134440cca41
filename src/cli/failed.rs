//! A command that failed, and what it says of it.

/// A command that failed.
#[derive(Debug)]
pub struct Failed {
    /// What follows `Error: `.
    pub message: String,
    /// Further lines.
    pub details: String,
    /// The exit code of the program.
    pub code: u8,
}

impl From<String> for Failed {
    fn from(message: String) -> Self {
        Failed { message, details: String::new(), code: 1 }
    }
}
