//! `--limit NAME=NUMBER`: over the defaults, for readers and for runs.

use crate::eval::Limits;
use crate::limits;
use clap::Args;

/// The flag, of every command that reads a chart.
#[derive(Debug, Clone, Args, Default)]
pub(super) struct LimitArgs {
    /// Change a limit (repeatable); `--limit list` names them all, with their numbers
    #[arg(long, value_name = "NAME=NUMBER", help_heading = "Limits")]
    pub limit: Vec<String>,
}

impl LimitArgs {
    /// Sets those of readers, for the whole process, and gives those of runs.
    pub fn apply(&self) -> Result<Limits, String> {
        let mut run = Limits::default();
        for text in &self.limit {
            let parsed = text.split_once('=').and_then(|(name, number)| Some((name, number.parse().ok()?)));
            if !parsed.is_some_and(|(name, number)| run.set(name, number) || limits::set(name, number)) {
                let expected =
                    if text == "list" { "the limits are" } else { "expected NAME=NUMBER with one of these names" };
                return Err(format!("invalid --limit {text:?}: {expected}\n{}", list()));
            }
        }
        Ok(run)
    }
}

/// A line for each limit, with its number.
fn list() -> String {
    let runs = Limits::NAMES.iter().filter_map(|name| Some((*name, Limits::default().get(name)?)));
    let readers = limits::ALL.iter().map(|limit| (limit.name, limit.default));
    let lines: Vec<String> = runs.chain(readers).map(|(name, number)| format!("  {name}={number}")).collect();
    lines.join("\n")
}
