//! Probes that pass whatever the server says.

use super::passwords::{calls, list_of};
use super::server::Server;
use super::{shell, warn};
use crate::lint::rules::objects::plain;
use crate::lint::{Findings, Rule};
use crate::path::Step;

pub(super) const UNCHECKED: Rule = warn(
    "redis-ping-unchecked",
    "a probe takes any answer to PING for a good one",
    "redis-cli exits with 0 for error replies too: NOAUTH, LOADING and MASTERDOWN all count as ready.",
    "Compare the answer (`[ \"$(redis-cli ping)\" = PONG ]`), or call redis-cli with -e.",
);

pub(super) fn check(server: &Server<'_>, findings: &mut Findings) {
    for (container, way, node) in calls(server) {
        let probe = way.iter().find_map(|step| match step {
            Step::Key(key) if key.ends_with("Probe") => Some(key.as_str()),
            _ => None,
        });
        let (Some(probe), Some(script)) = (probe, plain(node)) else { continue };
        let is_list = matches!(script.trim().rsplit('/').next(), Some("redis-cli"));
        let commands = if is_list { vec![list_of(container, &way)] } else { shell::commands(script, "redis-cli") };
        let pings = commands
            .iter()
            .any(|words| words.iter().any(|word| word.trim_end_matches(')').eq_ignore_ascii_case("ping")));
        let fails = commands.iter().all(|words| words.iter().any(|word| word == "-e"));
        let compares =
            !is_list && ["grep", "= ", "==", "!=", "case ", "PONG", "test "].iter().any(|word| script.contains(word));
        if pings && !fails && !compares {
            let message =
                format!("`{probe}` of container `{}` does not look at the answer of redis-cli", container.name);
            findings.on(&UNCHECKED, server.case, &server.workload.object, &way, message);
        }
    }
}
