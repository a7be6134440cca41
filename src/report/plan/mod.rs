//! A plan as text: for terminals, pull requests, programs and browsers.
//!
//! In: a [`Plan`](crate::plan::Plan). Out: text. What is said is put together once, in `sections`; each format lays that out. Diffs
//! come from the plan as unified text, from which both columns of a side-by-side diff are made.

pub mod diff;
pub mod html;
pub mod json;
pub mod markdown;
mod sections;
pub mod text;
mod words;

use crate::pattern::matches;
use crate::plan::{ObjectPlan, Verdict};

/// What is shown beside the summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Detail {
    /// Each field that changes, with its causes.
    Changes,
    /// The lines that differ.
    Diff,
    /// The same in two columns.
    SideBySide,
    /// Every value that differs.
    Values,
    /// The commands of each step.
    Commands,
    /// What the chart's documents say, in full.
    Notices,
    /// Objects of which only labels change, and those that do not change.
    Labels,
    /// All of that, with unified diffs.
    All,
}

impl Detail {
    /// The names, as `--show` takes them.
    pub const NAMES: [(&'static str, Detail); 8] = [
        ("changes", Detail::Changes),
        ("diff", Detail::Diff),
        ("side-by-side", Detail::SideBySide),
        ("values", Detail::Values),
        ("commands", Detail::Commands),
        ("notices", Detail::Notices),
        ("labels", Detail::Labels),
        ("all", Detail::All),
    ];

    /// The detail of a name.
    ///
    /// ```
    /// use chartwright::report::plan::Detail;
    /// assert_eq!((Detail::parse("diff"), Detail::parse("nothing")), (Some(Detail::Diff), None));
    /// ```
    pub fn parse(name: &str) -> Option<Detail> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, detail)| *detail)
    }
}

/// How a plan is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// What is shown beside the summary.
    pub details: Vec<Detail>,
    /// Columns of the terminal.
    pub width: usize,
    /// Kinds, or KIND/NAME, whose diffs and fields are not shown; `*` stands for any text.
    pub suppress: Vec<String>,
}

impl Default for Look {
    fn default() -> Self {
        Look { details: Vec::new(), width: 100, suppress: Vec::new() }
    }
}

impl Look {
    /// Whether a detail is asked for.
    pub fn shows(&self, detail: Detail) -> bool {
        let is_part = detail != Detail::SideBySide;
        self.details.contains(&detail) || is_part && self.details.contains(&Detail::All)
    }

    /// Whether fields and lines of an object are shown. Objects of which only labels change are shown on request.
    fn opens(&self, object: &ObjectPlan) -> bool {
        let is_plain = matches!(object.verdict, Verdict::LabelOnly | Verdict::Unchanged);
        !self.suppresses(object) && (!is_plain || self.shows(Detail::Labels))
    }

    fn suppresses(&self, object: &ObjectPlan) -> bool {
        let id = object.id.to_string().to_lowercase();
        let kind = object.id.kind.to_lowercase();
        self.suppress.iter().map(|pattern| pattern.to_lowercase()).any(|pattern| {
            if pattern.contains('/') { matches(&pattern, &id, false) } else { matches(&pattern, &kind, false) }
        })
    }
}

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
