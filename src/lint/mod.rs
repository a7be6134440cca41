//! Finds what is wrong with a chart, or with manifests, before a cluster does.
//!
//! In: a [`LintInput`]: a chart with the cases to render it in, or the texts of manifests. Out:
//! [`Finding`]s, each with its rule, the template line and the cases in which it occurs.
//!
//! ```text
//!  chart, cases ── attempt ──> Case (objects, values, errors) ─┐
//!  manifests ──────────────────────────────────────────────────┼─ rules ──> Findings ── merge ──> [Finding]
//!  chart files, syntax trees ──────────────────────────────────┘
//! ```

mod finding;
mod findings;
mod rule;
pub mod rules;
mod subject;
mod survey;

pub use self::finding::{Finding, ObjectId};
pub use self::findings::Findings;
pub use self::rule::{Check, On, Rule};
pub use self::subject::{Case, CaseInput, Object, Subject};

use crate::render::Compiled;
use std::sync::Arc;

/// What is linted.
#[derive(Debug, Default)]
pub struct LintInput {
    /// The chart; without one only `manifests` are looked at.
    pub chart: Option<Compiled>,
    /// What the chart's files are called in findings: its folder, or its archive, as the user named it.
    pub chart_path: String,
    /// The cases in which the chart is rendered.
    pub cases: Vec<CaseInput>,
    /// Plain manifests: the file's name and its text.
    pub manifests: Vec<(Arc<str>, Arc<str>)>,
    /// The minor versions of Kubernetes that manifests are held against, when no case names one.
    pub kube_versions: Vec<crate::release::KubeVersion>,
}

/// Runs every rule over everything that could be read.
pub fn lint(input: &LintInput) -> Vec<Finding> {
    let subject = Subject::build(input);
    let mut findings = Findings::default();
    for rule in rules::all() {
        match rule.check {
            Check::Subject(check) => check(&subject, &mut findings),
            Check::Case(check) => {
                for case in &subject.cases {
                    findings.enter(case);
                    check(case, &mut findings);
                    findings.leave();
                }
            }
            Check::Elsewhere => {}
        }
    }
    findings.finish(&subject)
}
