//! Runs a template.
//!
//! In: compiled templates, a table of functions, a dot. Out: bytes, or an [`EvalError`] in
//! Go's words. Functions are known by their rows only; `include` and `tpl` come back in
//! through [`call::Host`], the one loop of the crate, under one set of [`Limits`].

mod action;
pub mod call;
mod error;
mod field;
mod limits;
mod memo;
pub(crate) mod no_value;
mod pipeline;
pub mod probes;
pub mod reads;
mod record;
pub(crate) use self::pipeline::{WARN_END, WARN_START};
mod run;
mod scope;
pub mod seen;
pub mod trace;

pub use self::error::EvalError;
pub use self::limits::Limits;
pub(crate) use self::run::TPL_NAME;
pub use self::run::{Run, TemplateSet};
