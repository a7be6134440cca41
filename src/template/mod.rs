//! The Go template language, without any values: text in, syntax trees out.
//!
//! In: a [`Source`](crate::source::Source) and whether a name is a function. Out: [`Parsed`]:
//! the file's own template and those it defines, with a byte span on every node, and
//! variables turned into slots. Nothing here can run, so charts can be read unrendered.

pub mod ast;
mod error;
mod lexer;
mod number;
mod parser;
mod print;
pub mod probes;
mod scope;
mod text;
mod token;

pub use self::ast::Template;
pub use self::error::ParseError;
pub use self::parser::{Parsed, parse};
pub use self::text::quote;
