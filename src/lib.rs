//! Renders Helm charts as `helm template` does.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod chart;
pub mod diag;
pub mod eval;
pub mod funcs;
pub mod manifest;
pub mod release;
pub mod render;
pub mod report;
pub mod source;
pub mod template;
pub mod value;
pub mod values;
pub mod yaml;
