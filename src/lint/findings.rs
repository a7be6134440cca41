//! Takes what rules find, puts places on it, and merges what several cases have in common.

use super::{Case, Finding, Object, Rule, Selection, Subject};
use crate::diag::{Diagnostic, Place, Severity};
use crate::path::{Step, show};
use std::collections::HashMap;
use std::sync::Arc;

/// What has been found so far.
#[derive(Debug, Default)]
pub struct Findings {
    found: Vec<Finding>,
    /// The case that is looked at.
    case: Option<Arc<str>>,
}

impl Findings {
    /// From now on findings occur in this case.
    pub(super) fn enter(&mut self, case: &Case) {
        self.case = Some(Arc::clone(&case.name));
    }

    /// From now on findings occur in no case.
    pub(super) fn leave(&mut self) {
        self.case = None;
    }

    /// Takes over what was found elsewhere.
    pub(super) fn append(&mut self, mut other: Findings) {
        self.found.append(&mut other.found);
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
        self.push(Finding { diagnostic, object: Some(object.id()), path: show(&full), cases: Vec::new() })
    }

    /// A finding at a place in a file.
    pub fn at(&mut self, rule: &Rule, place: Place, message: impl Into<String>) -> &mut Finding {
        let diagnostic = base(rule, message.into()).at(place);
        self.push(Finding { diagnostic, object: None, path: String::new(), cases: Vec::new() })
    }

    /// A finding about the value at a path.
    pub fn value(&mut self, rule: &Rule, path: &str, place: Option<Place>, message: impl Into<String>) -> &mut Finding {
        let diagnostic = Diagnostic { place, ..base(rule, message.into()) };
        self.push(Finding { diagnostic, object: None, path: path.to_owned(), cases: Vec::new() })
    }

    /// What the engine itself said; it keeps its own code, severity and help.
    pub fn told(&mut self, diagnostic: Diagnostic) -> &mut Finding {
        self.push(Finding { diagnostic, object: None, path: String::new(), cases: Vec::new() })
    }

    /// Adds a finding as it is, in the case that is looked at.
    pub fn push(&mut self, mut finding: Finding) -> &mut Finding {
        if finding.cases.is_empty() {
            finding.cases.extend(self.case.clone());
        }
        self.found.push(finding);
        self.found.last_mut().expect("was just pushed")
    }

    /// What was found, each thing once with all its cases, by file and place.
    pub(super) fn finish(self, subject: &Subject<'_>, selection: &Selection<'_>) -> Vec<Finding> {
        let mut merged: Vec<Finding> = Vec::new();
        let mut known: HashMap<Key, usize> = HashMap::new();
        for mut finding in self.found {
            if !selection.takes(finding.rule()) {
                continue;
            }
            if let Some(severity) = selection.severity(finding.rule()) {
                finding.diagnostic.severity = severity;
            }
            let place = finding.diagnostic.place.as_ref();
            let key = Key {
                rule: finding.diagnostic.code.to_string(),
                message: finding.diagnostic.message.clone(),
                place: place.map(|place| (Arc::clone(&place.file), place.line, place.column)),
                path: finding.path.clone(),
                object: finding.object.as_ref().map(ToString::to_string),
            };
            match known.get(&key).and_then(|at| merged.get_mut(*at)) {
                Some(first) => {
                    let new = finding.cases.drain(..).filter(|case| !first.cases.contains(case));
                    let new: Vec<_> = new.collect();
                    first.cases.extend(new);
                }
                None => {
                    known.insert(key, merged.len());
                    merged.push(finding);
                }
            }
        }
        for finding in &mut merged {
            subject.name_files(&mut finding.diagnostic);
        }
        merged.extend(subject.input.config.findings().filter(|finding| selection.takes(finding.rule())));
        merged.sort_by(|a, b| order(a).cmp(&order(b)));
        merged
    }
}

/// What makes two findings one.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    rule: String,
    message: String,
    place: Option<(Arc<str>, u32, u32)>,
    path: String,
    object: Option<String>,
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
    /// How many findings of at least this severity there are.
    pub fn count(&self, severity: Severity) -> usize {
        self.found.iter().filter(|finding| finding.diagnostic.severity >= severity).count()
    }
}
