//! What goes wrong while a template is parsed.

use std::sync::Arc;

/// A syntax error, worded as Go's parser words it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template: {name}:{line}: {message}")]
pub struct ParseError {
    /// Name of the file, `gotpl` inside `tpl`.
    pub name: Arc<str>,
    /// Line from 1: that of the last token read, as in Go.
    pub line: u32,
    /// Column from 1 in bytes of that token.
    pub column: u32,
    /// Go's words.
    pub message: String,
}
