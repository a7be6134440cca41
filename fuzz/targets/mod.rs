//! What is fuzzed: a file per reader, or per stage.
//!
//! In: nothing. Out: [`ALL`], a row per target with what it begins from, draws, and runs.

mod archive;
mod chart;
mod config;
mod functions;
mod manifest;
mod redis_conf;
mod schema;
mod set;
mod template;
mod words;
mod yaml;

use super::answer::Answer;
use super::run;
use chartwright::lint::Outcome;
use chartwright::report;
use fastrand::Rng;

/// One thing that reads what strangers write.
pub struct Target {
    /// On the command line, and the folder of its findings.
    pub name: &'static str,
    /// What is read, and what is promised of it.
    pub about: &'static str,
    /// Inputs to begin from.
    pub fixtures: fn() -> Vec<Vec<u8>>,
    /// Draws an input, where there is a grammar.
    pub draw: Option<fn(&mut Rng) -> Vec<u8>>,
    /// Runs an input.
    pub run: fn(&[u8], &mut Answer),
    /// How many cases of the lightest target one of this takes as long as, in a debug build.
    #[cfg_attr(not(test), allow(dead_code))] // Only the short run of the tests asks.
    pub weight: u64,
}

/// All targets.
pub const ALL: &[Target] = &[
    template::TARGET,
    chart::TARGET,
    yaml::TARGET,
    functions::TARGET,
    set::TARGET,
    manifest::TARGET,
    archive::TARGET,
    schema::TARGET,
    config::TARGET,
    redis_conf::TARGET,
    words::TARGET,
];

/// The target of a name.
pub fn find(name: &str) -> Result<&'static Target, String> {
    let names = || ALL.iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
    ALL.iter()
        .find(|target| target.name == name)
        .ok_or_else(|| format!("no target `{name}`, expected one of: {}", names()))
}

/// Fixtures, with what was found of this target before.
fn with_kept(name: &str, mut fixtures: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    fixtures.extend(run::kept_of(name));
    fixtures
}

/// Writes every report of an outcome.
fn reports(outcome: &Outcome) {
    report::human::findings(outcome);
    report::json::findings(outcome);
    report::sarif::findings(outcome, "");
    report::junit::findings(outcome);
    report::github::findings(outcome, "");
}
