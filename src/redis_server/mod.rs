//! What a Redis server is, as tables that any tool for Redis could use.
//!
//! In: the text of a redis.conf and a [`Version`]. Out: what that server makes of it ([`check`]), what it writes to disk
//! and who can read that ([`formats`]). Nothing here knows of charts or clusters.
//!
//! The facts come from real servers of every version in [`Version::KNOWN`] (of 8.0: its first milestone); tests compare
//! the tables with what those servers said.

mod check;
pub mod commands;
pub mod conf;
pub mod directives;
pub mod formats;
mod problem;
pub mod rules;
pub mod sizes;
mod structured;
mod table;
mod together;
mod value;
mod version;

pub use self::check::{check, check_conf};
pub use self::conf::Conf;
pub use self::problem::{Problem, Spot};
pub use self::version::Version;
