//! Procedures as data: the files in `procedures/`, read.
//!
//! In: YAML that is part of the program. Out: [`Procedure`]s. Texts in them are templates over the facts of a release;
//! `run` is the body of a shell function that stands on `prelude.sh` and on the parts that `uses` names.

use crate::value::from_node;
use crate::yaml;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// Something that is done with a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// What it is called, in lower case with dashes.
    pub name: String,
    /// What it belongs to: `look`, `backup`, …
    pub group: String,
    /// What it does, in a line.
    pub summary: String,
    /// Why it does it this way.
    pub why: String,
    /// Whether the release's name is to be typed before.
    #[serde(default)]
    pub is_destructive: bool,
    /// Files of `parts/` whose functions the steps call.
    #[serde(default)]
    pub uses: Vec<String>,
    /// Targets of the Makefile that run it, each with the arguments that it gives.
    #[serde(default)]
    pub targets: Vec<String>,
    /// What can be told to it.
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// What is done, in order.
    pub steps: Vec<Step>,
}

/// A parameter of a procedure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// The script's argument is `--NAME`.
    pub name: String,
    /// Its value when nothing is said.
    #[serde(default)]
    pub default: String,
    /// What it is for.
    pub what: String,
    /// Variables of the Makefile that set it; the last one that is set wins.
    #[serde(default)]
    pub make: Vec<String>,
    /// The variable of the script.
    #[serde(default)]
    pub variable: String,
}

/// A step of a procedure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What is done.
    pub title: String,
    /// Why, and what is good.
    pub why: String,
    /// Shell.
    pub run: String,
    /// What state things are in when it fails.
    #[serde(default = "unchanged")]
    pub state: String,
    /// How to go on then.
    #[serde(default = "again")]
    pub next: String,
}

fn unchanged() -> String {
    "nothing was changed".to_owned()
}

fn again() -> String {
    "mend what the message says and run the script again".to_owned()
}

macro_rules! procedures {
    ($($name:literal)*) => {
        /// Every file, in the order in which a list shows them.
        const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("procedures/", $name, ".yaml")))),*];
    };
}

procedures! {
    "health" "info" "version" "role" "replication-info" "lag" "lastsave" "memory" "clients" "slowlog"
    "bigkeys" "latency" "keys" "config" "command" "monitor" "logs" "describe" "events" "top" "metrics"
    "port-forward" "shell" "bgsave" "aof-rewrite" "backup" "backup-rdb" "backup-aof" "backup-config"
    "backup-resources" "backup-all-namespaces" "list-backups" "verify-backup" "snapshot" "restore"
    "restore-config" "restore-snapshot" "disaster-recovery" "flushdb" "flushall"
    "promote" "failover" "resync" "rotate-password"
    "pre-upgrade-check" "post-upgrade-check" "upgrade-rolling" "upgrade-in-place" "upgrade-blue-green"
    "upgrade-blue-green-back" "upgrade-dump-restore" "rollback"
}

/// Every procedure.
///
/// ```
/// assert!(chartwright::ops::all().iter().any(|procedure| procedure.name == "health"));
/// ```
pub fn all() -> &'static [Procedure] {
    static ALL: OnceLock<Vec<Procedure>> = OnceLock::new();
    ALL.get_or_init(|| FILES.iter().filter_map(|(_, text)| read(text).ok()).collect())
}

impl Procedure {
    /// Targets of the Makefile: their names, and the arguments that each gives.
    pub fn targets(&self) -> impl Iterator<Item = (&str, &str)> {
        self.targets.iter().map(|target| target.split_once(' ').unwrap_or((target, "")))
    }
}

/// The procedure of this name, or whose target in the Makefile has it.
pub fn named(name: &str) -> Option<&'static Procedure> {
    let is_target = |procedure: &&Procedure| procedure.targets().any(|(target, _)| target == name);
    all().iter().find(|procedure| procedure.name == name).or_else(|| all().iter().find(is_target))
}

fn read(text: &str) -> Result<Procedure, String> {
    let node = yaml::decode(text.as_bytes()).map_err(|error| error.to_string())?;
    let mut procedure: Procedure = from_node(&node).map_err(|error| error.to_string())?;
    for parameter in &mut procedure.parameters {
        parameter.variable = parameter.name.replace('-', "_");
    }
    Ok(procedure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_procedure_of_its_name() {
        for (name, text) in FILES {
            let procedure = read(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(&procedure.name, name);
            assert!(!procedure.steps.is_empty(), "{name}");
        }
        assert_eq!(all().len(), FILES.len());
    }

    #[test]
    fn names_and_targets_are_there_once() {
        let mut names: Vec<&str> = all().iter().map(|procedure| procedure.name.as_str()).collect();
        names.extend(all().iter().flat_map(|procedure| procedure.targets().map(|(name, _)| name)));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn what_destroys_asks_first() {
        for procedure in all().iter().filter(|procedure| procedure.is_destructive) {
            assert!(procedure.steps.iter().any(|step| step.run.contains("confirm ")), "{}", procedure.name);
        }
    }
}
