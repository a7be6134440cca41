//! From layers of values to the values that templates see.
//!
//! In: a [`Chart`](crate::chart::Chart) and [`Layer`]s. Out: [`Values`] (the user's, merged), then
//! [`Prepared`] (the charts that take part, and the values with defaults under them).

mod branch;
mod coalesce;
mod dependencies;
mod layer;
mod misspelt;
mod prepare;
mod reuse;
mod schema;
mod set;
mod table;

pub use self::branch::Branch;
pub use self::layer::{Layer, LayerInfo, LayerKind, Reader, Values, ValuesError};
pub(crate) use self::prepare::prepare_all;
pub use self::prepare::{PrepareError, Prepared, log_line, prepare};
pub use self::reuse::Reuse;
pub use self::schema::Schemas;
