//! What to type while the operator, Redis, or the mode of a cluster is changed.
//!
//! In: the procedures beside this file, which are data, and the [`ClusterFacts`] of one RedisCluster. Out: pages to read and
//! scripts for a POSIX shell that need kubectl and nothing of ours. Where the operator's own guide is wrong (the value of the
//! approval, PING without a password, what an upgrade restarts), these do what its code does.

use crate::ops::layout::{LayoutError, lay_out};
use crate::ops::{Procedure, Step};
use crate::value::from_node;
use crate::yaml;
use minijinja::context;
use serde::Serialize;
use std::sync::OnceLock;

/// What all scripts stand on.
const PRELUDE: &str = include_str!("prelude.sh");

/// Every file.
const FILES: [&str; 4] = [
    include_str!("procedures/snapshot.yaml"),
    include_str!("procedures/operator-upgrade.yaml"),
    include_str!("procedures/redis-upgrade.yaml"),
    include_str!("procedures/sentinel.yaml"),
];

/// Which cluster, and which operator looks after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClusterFacts {
    /// The name of the RedisCluster.
    pub cluster: String,
    /// Its namespace.
    pub namespace: String,
    /// The release of the operator's chart.
    pub operator_release: String,
    /// The namespace of that.
    pub operator_namespace: String,
}

impl Default for ClusterFacts {
    fn default() -> Self {
        ClusterFacts {
            cluster: "my-cluster".to_owned(),
            namespace: "default".to_owned(),
            operator_release: "redis-operator".to_owned(),
            operator_namespace: "redis-system".to_owned(),
        }
    }
}

/// Every procedure.
///
/// ```
/// use chartwright::ops::operator::runbook;
/// let names: Vec<&str> = runbook::all().iter().map(|procedure| procedure.name.as_str()).collect();
/// assert_eq!(names, ["snapshot", "operator-upgrade", "redis-upgrade", "sentinel"]);
/// ```
pub fn all() -> &'static [Procedure] {
    static ALL: OnceLock<Vec<Procedure>> = OnceLock::new();
    ALL.get_or_init(|| FILES.iter().filter_map(|text| read(text).ok()).collect())
}

/// The procedure of this name.
pub fn named(name: &str) -> Option<&'static Procedure> {
    all().iter().find(|procedure| procedure.name == name)
}

fn read(text: &str) -> Result<Procedure, String> {
    let node = yaml::decode(text.as_bytes()).map_err(|error| error.to_string())?;
    let mut procedure: Procedure = from_node(&node).map_err(|error| error.to_string())?;
    for parameter in &mut procedure.parameters {
        parameter.variable = parameter.name.replace('-', "_");
    }
    for Step { run, .. } in &mut procedure.steps {
        *run = run.trim_end().to_owned();
    }
    Ok(procedure)
}

/// The procedure as a page, with the reason of each step.
///
/// # Errors
/// Names that are too long to lay out.
pub fn markdown(procedure: &Procedure, facts: &ClusterFacts) -> Result<String, LayoutError> {
    lay_out("page", include_str!("page.md.j2"), context! { procedure, facts })
}

/// The procedure as a script.
///
/// ```
/// use chartwright::ops::operator::runbook::{self, ClusterFacts};
/// let facts = ClusterFacts { cluster: "cache".into(), ..ClusterFacts::default() };
/// let text = runbook::script(runbook::named("redis-upgrade").unwrap(), &facts)?;
/// assert!(text.starts_with("#!/bin/sh\n") && text.contains("\ncluster='cache'\n"));
/// # Ok::<(), chartwright::ops::LayoutError>(())
/// ```
///
/// # Errors
/// As [`markdown`].
pub fn script(procedure: &Procedure, facts: &ClusterFacts) -> Result<String, LayoutError> {
    let prelude = PRELUDE.trim_end();
    // The head of the script says the same.
    let prelude =
        prelude.strip_prefix("# shellcheck").and_then(|rest| rest.split_once('\n')).map_or(prelude, |(_, rest)| rest);
    lay_out("script", include_str!("script.sh.j2"), context! { procedure, facts, prelude })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_procedure() {
        for text in FILES {
            let procedure = read(text).expect("a procedure");
            assert!(!procedure.steps.is_empty(), "{}", procedure.name);
        }
        assert_eq!(all().len(), FILES.len());
    }

    #[test]
    fn a_name_with_a_line_break_or_a_command_in_it_stays_one_word() {
        let facts = ClusterFacts { cluster: "a'; reboot\nreboot; '$(reboot)".into(), ..ClusterFacts::default() };
        for procedure in all() {
            let script = script(procedure, &facts).expect("a script");
            assert!(!script.lines().any(|line| line.starts_with("reboot")), "{script}");
            assert!(script.contains(r"cluster='a'\''; reboot reboot; '\''$(reboot)'"), "{script}");
        }
    }
}
