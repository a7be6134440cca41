//! Procedures for people who run Redis: what to type, for one release.
//!
//! In: data that says what is to be done. Out: texts to read and to run. Nothing here runs anything.
//!
//! A [`Procedure`] is a file in `procedures/`: why, parameters, and steps that are shell. It becomes a script, a page or
//! a target of a Makefile for the release that [`ReleaseFacts`] describe. All scripts stand on `prelude.sh`; what several
//! procedures share lies in `parts/`. [`runbook`] lays out all commands of a plan.

pub mod diagnose;
#[cfg(feature = "redis")]
mod facts;
mod layout;
#[cfg(feature = "redis")]
mod makefile;
pub mod operator;
mod procedure;
pub mod runbook;
#[cfg(feature = "redis")]
mod script;

#[cfg(feature = "redis")]
pub use self::facts::{BACKUP_FOLDER, ReleaseFacts};
pub use self::layout::LayoutError;
#[cfg(feature = "redis")]
pub use self::makefile::makefile;
pub use self::procedure::{Parameter, Procedure, Step, all, named};
#[cfg(feature = "redis")]
pub use self::script::{markdown, script};
