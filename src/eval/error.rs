//! What goes wrong while a template runs, with the place and Helm's words.

/// A failure of a template, placed.
#[derive(Debug, Clone, PartialEq)]
pub struct EvalError {
    /// Go's text of the error, without the chain of templates around it.
    pub message: String,
}
