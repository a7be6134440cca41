//! Takes what rules find, puts places on it, and merges what several cases have in common.

use super::ignore::{self, Ignores, Reason};
use super::outcome::{CaseInfo, Ignored, Outcome};
use super::{Case, Finding, Object, Rule, Selection, Subject};
use crate::diag::{Diagnostic, Place, Severity};
use crate::path::{Step, show};
use crate::secrets;
use smallvec::SmallVec;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

/// What has been found so far.
#[derive(Debug, Default)]
pub struct Findings {
    /// With the reason where an annotation of the object ignores it.
    found: Vec<(Finding, Option<Reason>)>,
    /// Findings whose files have the names already that their user knows.
    named: Vec<Finding>,
    /// The case that is looked at, and those that render to the same.
    case: Vec<Arc<str>>,
}

impl Findings {
    /// From now on findings occur in this case.
    pub(super) fn enter(&mut self, case: &Case) {
        self.case = case.names().cloned().collect();
    }

    /// From now on findings occur in no case.
    pub(super) fn leave(&mut self) {
        self.case.clear();
    }

    /// Takes over what was found elsewhere.
    pub(super) fn append(&mut self, mut other: Findings) {
        self.found.append(&mut other.found);
        self.named.append(&mut other.named);
    }

    /// A finding at a node of an object: at the deepest node on the path that is there. What the
    /// place is of, template line and values, is looked up here.
    ///
    /// `path` is below the object; `message` names what was found and what was expected.
    pub fn on(
        &mut self,
        rule: &Rule,
        case: &Case,
        object: &Object,
        path: &[Step],
        message: impl Into<String>,
    ) -> &mut Finding {
        self.on_as(base(rule, message.into()), case, object, path)
    }

    /// The same for a diagnostic that is made already, but for its place.
    pub(super) fn on_as(
        &mut self,
        mut diagnostic: Diagnostic,
        case: &Case,
        object: &Object,
        path: &[Step],
    ) -> &mut Finding {
        case.locate(object, path, &mut diagnostic);
        let full: Vec<Step> = object.base.iter().chain(path).cloned().collect();
        let reason = ignore::by_annotation(case, object, path, &diagnostic.code);
        let finding = Finding { object: Some(object.id()), path: show(&full), ..Finding::from(diagnostic) };
        self.add(finding, reason)
    }

    /// A finding at a place in a file.
    pub fn at(&mut self, rule: &Rule, place: Place, message: impl Into<String>) -> &mut Finding {
        let diagnostic = base(rule, message.into()).at(place);
        self.push(Finding::from(diagnostic))
    }

    /// A finding about the value at a path.
    pub fn value(&mut self, rule: &Rule, path: &str, place: Option<Place>, message: impl Into<String>) -> &mut Finding {
        let diagnostic = Diagnostic { place, ..base(rule, message.into()) };
        self.push(Finding { path: path.to_owned(), ..Finding::from(diagnostic) })
    }

    /// What the engine itself said; it keeps its own code, severity and help.
    pub fn told(&mut self, diagnostic: Diagnostic) -> &mut Finding {
        self.push(Finding::from(diagnostic))
    }

    /// What is about files outside of the chart, which have the names already that their user knows.
    pub(super) fn told_as_is(&mut self, diagnostic: Diagnostic) {
        let cases = self.case.iter().filter(|case| !case.is_empty()).cloned().collect();
        self.named.push(Finding { cases, ..Finding::from(diagnostic) });
    }

    /// Adds a finding as it is, in the case that is looked at.
    pub fn push(&mut self, finding: Finding) -> &mut Finding {
        self.add(finding, None)
    }

    fn add(&mut self, mut finding: Finding, reason: Option<Reason>) -> &mut Finding {
        if finding.cases.is_empty() {
            finding.cases.extend(self.case.iter().filter(|case| !case.is_empty()).cloned());
        }
        self.found.push((finding, reason));
        &mut self.found.last_mut().expect("was just pushed").0
    }

    /// What was found, each thing once with all its cases, by file and place; what is ignored apart from it.
    pub(super) fn finish(self, subject: &Subject<'_>, selection: &Selection<'_>) -> Outcome {
        let config = &subject.input.config;
        let mut ignores = Ignores::new(config, subject.texts());
        let mut kept: Merged<()> = Merged::default();
        let mut ignored: Merged<Reason> = Merged::default();
        let secrets = if self.found.is_empty() { Vec::new() } else { subject.secrets() };
        let told = config.findings().chain(self.named).map(|finding| (finding, None, true));
        for (mut finding, by_annotation, is_named) in
            self.found.into_iter().map(|(finding, reason)| (finding, reason, false)).chain(told)
        {
            if !selection.takes(finding.rule()) {
                continue;
            }
            finding.diagnostic.severity = selection.severity(finding.rule()).unwrap_or(finding.diagnostic.severity);
            if !is_named {
                subject.name_files(&mut finding.diagnostic);
            }
            hide(&mut finding.diagnostic, &secrets);
            if let Some(reason) = by_annotation {
                ignores.note(&reason.source);
                ignored.add(finding, reason);
                continue;
            }
            // An entry may be about some of the cases only.
            let relative = subject.relative(&finding);
            let cases: Vec<Option<Arc<str>>> = match finding.cases.as_slice() {
                [] => vec![None],
                cases => cases.iter().cloned().map(Some).collect(),
            };
            let mut left = Vec::new();
            let mut why = None;
            for case in cases {
                match ignores.reason(&finding, case.as_deref(), &relative) {
                    Some(reason) => why = Some(reason),
                    None => left.push(case),
                }
            }
            match why {
                Some(reason) if left.is_empty() => ignored.add(finding, reason),
                _ => {
                    finding.cases = left.into_iter().flatten().collect();
                    kept.add(finding, ());
                }
            }
        }
        let is_whole = !subject.input.is_partial && config.only.is_empty();
        let is_on = |rule: &str| selection.takes(rule);
        for mut problem in ignores.problems(&subject.cases, is_on, is_whole) {
            subject.name_files(&mut problem);
            let severity = selection.severity(&problem.code).unwrap_or(problem.severity);
            if selection.takes(&problem.code) {
                kept.add(Finding::from(Diagnostic { severity, ..problem }), ());
            }
        }
        let mut findings: Vec<Finding> = kept.list.into_iter().map(|(finding, ())| finding).collect();
        findings.sort_by(|a, b| order(a).cmp(&order(b)));
        subject.show_lines(findings.iter_mut().map(|finding| &mut finding.diagnostic));
        let all = subject.cases.len() + subject.failing.len();
        for finding in &mut findings {
            finding.everywhere = finding.cases.is_empty() || finding.cases.len() >= all;
        }
        let mut outcome = Outcome {
            findings,
            ignored: ignored
                .list
                .into_iter()
                .map(|(finding, Reason { text, source })| Ignored { finding, reason: text, by: source.kind() })
                .collect(),
            cases: subject.infos().collect::<Vec<CaseInfo>>(),
            objects: subject.cases.iter().map(|case| case.objects.len()).sum(),
            is_broken: config.is_broken,
            ..Outcome::default()
        };
        outcome.explain(config);
        outcome
    }
}

/// Takes secrets out of what is shown.
fn hide(diagnostic: &mut Diagnostic, texts: &[String]) {
    if texts.is_empty() {
        return;
    }
    let clean = |text: &mut String| *text = secrets::without(std::mem::take(text), texts);
    clean(&mut diagnostic.message);
    diagnostic.help.iter_mut().for_each(clean);
    diagnostic.notes.iter_mut().for_each(clean);
    diagnostic.place.iter_mut().filter_map(|place| place.excerpt.as_mut()).for_each(clean);
    for related in diagnostic.calls.iter_mut().chain(&mut diagnostic.related) {
        clean(&mut related.message);
        related.place.excerpt.iter_mut().for_each(clean);
    }
}

/// Findings, each once, with what is known of it beside.
#[derive(Debug)]
struct Merged<T> {
    list: Vec<(Finding, T)>,
    /// By a hash of what makes two findings one: a hundred thousand of them need no second copy of their texts.
    known: HashMap<u64, SmallVec<[usize; 2]>>,
    hasher: RandomState,
}

impl<T> Default for Merged<T> {
    fn default() -> Self {
        Merged { list: Vec::new(), known: HashMap::new(), hasher: RandomState::new() }
    }
}

impl<T> Merged<T> {
    fn add(&mut self, finding: Finding, reason: T) {
        let known = self.known.entry(self.hasher.hash_one(identity(&finding))).or_default();
        let is_same = |at: &&usize| self.list.get(**at).is_some_and(|(known, _)| identity(known) == identity(&finding));
        match known.iter().find(is_same).copied().and_then(|at| self.list.get_mut(at)) {
            Some((first, _)) => {
                let seen: BTreeSet<_> = first.cases.iter().cloned().collect();
                first.cases.extend(finding.cases.into_iter().filter(|case| !seen.contains(case)));
            }
            None => {
                known.push(self.list.len());
                self.list.push((finding, reason));
            }
        }
    }
}

/// What makes two findings one: rule, message, place, path and object.
type Identity<'f> = (&'f str, &'f str, Option<(&'f str, u32, u32)>, &'f str, Option<(&'f str, &'f str)>);

fn identity(finding: &Finding) -> Identity<'_> {
    let Diagnostic { code, message, place, .. } = &finding.diagnostic;
    let place = place.as_ref().map(|place| (&*place.file, place.line, place.column));
    let object = finding.object.as_ref().map(|object| (object.kind.as_str(), object.name.as_str()));
    (code, message, place, &finding.path, object)
}

/// Findings without a place come last.
fn order(finding: &Finding) -> (bool, Option<(&str, u32, u32)>, &str, &str) {
    let place = finding.diagnostic.place.as_ref().map(|place| (&*place.file, place.line, place.column));
    (place.is_none(), place, &finding.diagnostic.code, &finding.path)
}

fn base(rule: &Rule, message: String) -> Diagnostic {
    let help = (!rule.fix.is_empty()).then(|| rule.fix.to_owned());
    Diagnostic { severity: rule.severity, help, ..Diagnostic::error(rule.id, message) }
}

impl Findings {
    /// Whether this rule found something.
    pub(super) fn holds(&self, rule: &str) -> bool {
        self.found.iter().any(|(finding, _)| finding.rule() == rule)
    }

    /// How many findings of at least this severity there are.
    pub fn count(&self, severity: Severity) -> usize {
        self.found.iter().filter(|(finding, _)| finding.diagnostic.severity >= severity).count()
    }
}
