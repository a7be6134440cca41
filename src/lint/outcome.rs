//! What came of a run: the findings, what was left out of them and why, what was looked at.

use super::{Config, Finding, rules};
use crate::diag::Severity;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A finding that somebody accepts, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// The finding.
    pub finding: Finding,
    /// The reason, as the ignore gives it.
    pub reason: String,
    /// What accepts it.
    pub by: AcceptedBy,
}

/// What accepts a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcceptedBy {
    /// A comment beside what was found.
    Comment,
    /// An annotation of the object that it was found in.
    Annotation,
    /// An entry of chartwright.yaml.
    Configuration,
}

/// A case that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseInfo {
    /// Its name.
    pub name: Arc<str>,
    /// What is set in it, where the name does not say so.
    pub set: String,
}

/// What is known of a rule, for reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleInfo {
    /// How bad it is, unless a configuration says otherwise.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub summary: String,
    /// What comes of it.
    pub why: String,
    /// What to do.
    pub fix: String,
}

/// What came of a run, or of several.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// What was found, by file and place.
    pub findings: Vec<Finding>,
    /// What was found and is accepted.
    pub ignored: Vec<Ignored>,
    /// How many findings the baseline knows.
    pub known: usize,
    /// Those of them that were found again.
    pub in_baseline: Vec<Finding>,
    /// The cases that charts were rendered in.
    pub cases: Vec<CaseInfo>,
    /// How many objects were looked at, in all cases.
    pub objects: usize,
    /// The rules of the findings.
    pub rules: BTreeMap<String, RuleInfo>,
    /// An input could not be read.
    pub is_broken: bool,
}

impl Outcome {
    /// Adds what came of another run.
    pub fn append(&mut self, mut other: Outcome) {
        self.findings.append(&mut other.findings);
        self.ignored.append(&mut other.ignored);
        self.known += other.known;
        self.in_baseline.append(&mut other.in_baseline);
        self.cases.append(&mut other.cases);
        self.objects += other.objects;
        self.rules.append(&mut other.rules);
        self.is_broken |= other.is_broken;
    }

    /// How many findings of this severity there are.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.diagnostic.severity == severity).count()
    }

    /// Looks up the rules of the findings.
    pub fn explain(&mut self, config: &Config) {
        for finding in &self.findings {
            if !self.rules.contains_key(finding.rule())
                && let Some(info) = info(finding.rule(), config)
            {
                self.rules.insert(finding.rule().to_owned(), info);
            }
        }
    }
}

/// What is known of a rule.
pub fn info(id: &str, config: &Config) -> Option<RuleInfo> {
    if let Some(rule) = rules::find(id) {
        let (summary, why, fix) = (rule.summary.to_owned(), rule.why.to_owned(), rule.fix.to_owned());
        return Some(RuleInfo { severity: rule.severity, summary, why, fix });
    }
    let own = config.custom.iter().find(|rule| rule.id == id)?;
    let text = |text: &str| text.trim().to_owned();
    Some(RuleInfo { severity: own.severity, summary: text(&own.summary), why: text(&own.why), fix: text(&own.fix) })
}
