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

mod around;
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
pub use self::finding::Finding;
pub use self::findings::Findings;
pub use self::outcome::Outcome;
pub use self::rule::{Check, On, Rule};
pub use self::selection::Selection;
pub use self::subject::{Case, Subject};
pub use crate::manifest::{Object, ObjectId};
pub use crate::matrix::CaseInput;

use self::survey::{Area, Survey};
use crate::parallel;
use crate::render::Compiled;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

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
    /// Further files that findings may be about, by the names that findings give them: values files.
    pub texts: Vec<(Arc<str>, Arc<str>)>,
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
    look(input).0
}

/// [`run`], with what was looked at: a program that ends need not take it apart.
pub(crate) fn look(input: &LintInput) -> (Outcome, Subject<'_>) {
    let selection = Selection::new(&input.config);
    let survey = Arc::new(OnceLock::new());
    let work = OnceLock::new();
    // The templates are read while the cases are rendered: by the thread that has parsed them, if it is still there.
    let read = input.chart.as_ref().map(|chart| {
        let (area, own) = (Area::of(chart), Arc::clone(&survey));
        let is_begun = chart.aside(move || {
            own.get_or_init(|| Survey::new(area));
        });
        (chart, is_begun)
    });
    std::thread::scope(|scope| {
        let has_two = *parallel::CORES > 1;
        if let Some((chart, false)) = read
            && has_two
        {
            let own = Arc::clone(&survey);
            scope.spawn(move || {
                own.get_or_init(|| Survey::new(Area::of(chart)));
            });
        }
        let subject = Subject::build(input, survey);
        let work = work.get_or_init(|| Work::new(subject, &selection));
        if has_two {
            scope.spawn(|| Work::help(work));
        }
        Work::help(work);
    });
    let Some(Work { subject, done, .. }) = work.into_inner() else { unreachable!("the work was put there above") };
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    let mut findings = Findings::default();
    done.into_iter().for_each(|(_, found)| findings.append(found));
    let own: Vec<_> = input.config.custom.iter().filter(|rule| selection.is_own_on(&rule.id, &rule.profiles)).collect();
    for case in &subject.cases {
        findings.enter(case);
        own.iter().for_each(|rule| rule.check(case, &mut findings));
    }
    findings.leave();
    (findings.finish(&subject, &selection), subject)
}

/// The rules that are to be run, each over the subject or over a case.
struct Work<'i> {
    subject: Subject<'i>,
    jobs: Vec<Job>,
    next: AtomicUsize,
    /// What was found, with the number of the job.
    done: Mutex<Vec<(usize, Findings)>>,
}

/// A rule to be run over the subject, or over a case; `number` is its place among what is found.
struct Job {
    number: usize,
    case: Option<usize>,
    rule: &'static Rule,
}

impl<'i> Work<'i> {
    fn new(subject: Subject<'i>, selection: &Selection<'_>) -> Self {
        let wanted: Vec<&'static Rule> = rules::lists().flat_map(|list| wanted(list, selection)).collect();
        let of_subject = wanted.iter().filter(|rule| matches!(rule.check, Check::Subject(_)));
        let of_case = wanted.iter().filter(|rule| matches!(rule.check, Check::Case(_) | Check::Data(_)));
        let cases = 0..subject.cases.len();
        let mut jobs: Vec<_> = of_subject
            .map(|rule| (None, *rule))
            .chain(cases.flat_map(|case| of_case.clone().map(move |rule| (Some(case), *rule))))
            .zip(0..)
            .map(|((case, rule), number)| Job { number, case, rule })
            .collect();
        // The survey may still be under way, and only rules that look at the chart as a whole wait for it.
        jobs.sort_by_key(|job| job.case.is_none());
        Work { subject, jobs, next: AtomicUsize::new(0), done: Mutex::default() }
    }

    /// Does what nobody does yet, until there is nothing left.
    fn help(work: &Work<'_>) {
        let mut done = Vec::new();
        loop {
            let next = work.next.fetch_add(1, Ordering::Relaxed);
            let Some(Job { number, case, rule }) = work.jobs.get(next) else { break };
            let case = case.and_then(|index| work.subject.cases.get(index));
            let mut findings = Findings::default();
            case.iter().for_each(|case| findings.enter(case));
            match (rule.check, case) {
                (Check::Subject(check), None) => check(&work.subject, &mut findings),
                (Check::Case(check), Some(case)) => check(case, &mut findings),
                (Check::Data(data), Some(case)) => data.check(case, &mut findings),
                _ => {}
            }
            done.push((*number, findings));
        }
        work.done.lock().unwrap_or_else(PoisonError::into_inner).append(&mut done);
    }
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
