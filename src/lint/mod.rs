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

pub mod baseline;
pub mod config;
pub mod data;
pub mod docs;
mod finding;
mod findings;
mod ignore;
pub mod outcome;
mod rule;
pub mod rules;
pub mod selection;
mod subject;
mod survey;

pub use self::config::Config;
pub use self::data::DataRule;
pub use self::finding::{Finding, ObjectId};
pub use self::findings::Findings;
pub use self::outcome::Outcome;
pub use self::rule::{Check, On, Rule};
pub use self::selection::Selection;
pub use self::subject::{Case, Object, Subject};
pub use crate::matrix::CaseInput;

use crate::parallel;
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
    /// Which rules, how bad, what is accepted.
    pub config: Arc<Config>,
    /// Not all cases are there: an ignore that does nothing here may do something elsewhere.
    pub is_partial: bool,
}

/// What every rule finds in everything that could be read.
pub fn lint(input: &LintInput) -> Vec<Finding> {
    run(input).findings
}

/// Runs every rule over everything that could be read; the outcome also says what was left out.
pub fn run(input: &LintInput) -> Outcome {
    let selection = Selection::new(&input.config);
    let subject = Subject::build(input);
    let mut findings = Findings::default();
    let wanted: Vec<&Rule> = rules::lists().flat_map(|list| wanted(list, &selection)).collect();
    for rule in &wanted {
        if let Check::Subject(check) = rule.check {
            check(&subject, &mut findings);
        }
    }
    let own: Vec<_> = input.config.custom.iter().filter(|rule| selection.is_own_on(&rule.id, &rule.profiles)).collect();
    for found in subject.each_case(|case| {
        let mut findings = Findings::default();
        findings.enter(case);
        for rule in &wanted {
            match rule.check {
                Check::Case(check) => check(case, &mut findings),
                Check::Data(data) => data.check(case, &mut findings),
                Check::Subject(_) | Check::Elsewhere => {}
            }
        }
        own.iter().for_each(|rule| rule.check(case, &mut findings));
        findings
    }) {
        findings.append(found);
    }
    findings.finish(&subject, &selection)
}

/// Bytes of work that a case stands for, at least: to render one takes longer than to start a thread.
const CASE_BYTES: usize = parallel::BYTES_PER_THREAD;

/// The rules of a list whose checks have something to look for: a rule that is on may be found by the check of one
/// that is off.
fn wanted<'l>(list: &'l [Rule], selection: &Selection<'_>) -> Vec<&'l Rule> {
    let is_on = |rule: &&Rule| selection.is_on(rule.id, rule.on);
    let for_others = list.iter().any(|rule| matches!(rule.check, Check::Elsewhere) && is_on(&rule));
    list.iter().filter(|rule| for_others || is_on(rule)).collect()
}
