//! Procedures for people who run Redis: what to type, for one release.
//!
//! In: data that says what is to be done. Out: texts to read and to run. Nothing here runs anything.

pub mod operator;
pub mod runbook;
