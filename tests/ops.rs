//! Procedures: what they call, and what they do to real servers.
//!
//! The tests that are ignored need `redis-server` or `shellcheck`: `cargo test --test ops -- --ignored`.
#![cfg(feature = "redis")]

#[path = "ops/calls.rs"]
mod calls;
#[cfg(feature = "cli")]
#[path = "ops/cli.rs"]
mod cli;
#[path = "ops/real.rs"]
mod real;
#[path = "ops/world.rs"]
mod world;

use chartwright::Layer;
use chartwright::ops::{self, ReleaseFacts};
use std::path::PathBuf;

/// A program of this machine.
fn found(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").expect("a path");
    let mut files = std::env::split_paths(&path).map(|folder| folder.join(program));
    files.find(|file| file.exists()).unwrap_or_else(|| panic!("{program} is installed"))
}

/// A script for a release of these values.
fn script(procedure: &str, set: &str) -> String {
    let facts = ReleaseFacts::read(&[Layer::Set(set.into())], "redis", world::NAMESPACE).expect("right values");
    ops::script(ops::named(procedure).expect("a procedure"), &facts).expect("a script")
}
