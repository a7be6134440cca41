//! What a rule is: its name, why it is one, the way out, and what looks for it.

use super::{Case, DataRule, Findings, Subject};
use crate::diag::Severity;

/// One thing that lint looks for.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Stable kebab-case name of the bad pattern.
    pub id: &'static str,
    /// How bad it is, unless a configuration says otherwise.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub summary: &'static str,
    /// What comes of it.
    pub why: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// When it is looked for.
    pub on: On,
    /// What looks for it.
    pub check: Check,
}

impl Rule {
    /// A rule that is always on, and whose pattern the check of another rule finds.
    pub(super) const fn elsewhere(
        id: &'static str,
        severity: Severity,
        summary: &'static str,
        why: &'static str,
        fix: &'static str,
    ) -> Rule {
        Rule { id, severity, summary, why, fix, on: On::Default, check: Check::Elsewhere }
    }
}

/// When a rule is looked for; a configuration can turn any rule on and off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// Always.
    Default,
    /// In profiles of these names: what is a matter of how much is asked of a chart.
    Profiles(&'static [&'static str]),
}

/// What looks for a rule's pattern. Rules change nothing they are given, so their order does not matter.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// Looks once, at the chart's files and at all cases together.
    Subject(fn(&Subject<'_>, &mut Findings)),
    /// Looks at each case: its objects, its errors.
    Case(fn(&Case, &mut Findings)),
    /// An expression that the objects of some kinds must meet.
    Data(&'static DataRule),
    /// The check of another rule of its file, which finds several kinds of trouble in one pass, or the frame itself.
    Elsewhere,
}
