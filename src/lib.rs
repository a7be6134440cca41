//! Renders Helm charts byte for byte as `helm template` does, and ships a Redis chart.
//!
//! ```text
//!  folder/.tgz ── Chart ──┐
//!  -f, --set ──── Values ─┼─ render ── Rendered (text, origins, manifests, notes)
//!  release, cluster ──────┘
//! ```
//!
//! ```
//! use chartwright::{Chart, Layer, Options, Values, render};
//!
//! let chart = Chart::from_files([
//!     ("Chart.yaml".into(), b"apiVersion: v2\nname: hello\nversion: 0.1.0\n".to_vec()),
//!     ("values.yaml".into(), b"who: world\n".to_vec()),
//!     ("templates/cm.yaml".into(), b"kind: ConfigMap\ndata: {who: {{ .Values.who | quote }}}\n".to_vec()),
//! ])?;
//! let values = Values::build(&[Layer::Set("who=Redis".into())])?;
//! let rendered = render(&chart, &values, &Options::new().name("demo"))?;
//! assert_eq!(rendered.text(), "---\n# Source: hello/templates/cm.yaml\nkind: ConfigMap\ndata: {who: \"Redis\"}\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`lint`] finds what is wrong with a chart in all its cases: [`lint::lint`] takes a [`lint::LintInput`]
//! and gives findings, each with the template line and the values behind it.
//!
//! Nothing here prints, and nothing but [`Outside::system`](release::Outside::system) reads the
//! clock or draws random numbers. [`Compiled`] renders one chart many times, [`releases`] many releases of many charts.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod chart;
#[cfg(feature = "cli")]
pub mod cli;
mod cluster;
pub mod diag;
pub mod eval;
pub mod funcs;
pub mod kube;
pub mod limits;
pub mod lint;
pub mod manifest;
pub mod matrix;
mod nearest;
pub mod operator;
pub mod ops;
mod parallel;
pub mod path;
mod pattern;
pub mod plan;
mod reading;
#[cfg(feature = "redis")]
pub mod redis;
pub mod redis_server;
pub mod release;
pub mod releases;
pub mod render;
pub mod report;
mod secrets;
mod shell;
pub mod source;
pub mod suite;
mod tamed;
pub mod template;
pub mod value;
pub mod values;
pub mod yaml;

pub use self::chart::{Chart, LoadError};
pub use self::diag::{Diagnostic, Place, Severity};
pub use self::eval::Limits;
pub use self::release::{Capabilities, KubeVersion, Outside, Release};
pub use self::render::{Compiled, Options, RenderError, Rendered, render};
pub use self::values::{Layer, Values, ValuesError};
