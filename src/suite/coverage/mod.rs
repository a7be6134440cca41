//! Which branches, operands, templates and values of a chart were ever used.
//!
//! In: renders with [`Options::count`](crate::Options::count), given to a [`Collector`]. Out: [`Coverage`]: per file and in
//! all, what was taken how often, what was not, and which of that no given values can reach.
//!
//! ```
//! use chartwright::suite::coverage::{Collector, Kind};
//! use chartwright::{Chart, Compiled, Options, Values};
//! let chart = Chart::from_files([
//!     ("Chart.yaml".into(), b"apiVersion: v2\nname: c\nversion: 0.1.0\n".to_vec()),
//!     ("templates/a.yaml".into(), b"{{ if .Values.on }}a: 1{{ else }}b: 1{{ end }}\n".to_vec()),
//! ])?;
//! let compiled = Compiled::new(&chart);
//! let collector = Collector::new(&compiled);
//! let options = Options { count: true, ..Options::new() };
//! collector.add(&compiled.render(&Values::default(), &options)?);
//! let coverage = collector.finish();
//! let arms: Vec<_> = coverage.files[0].probes[0].arms.iter().map(|arm| (arm.label.as_str(), arm.count)).collect();
//! assert_eq!(arms, [("taken", 0), ("else", 1)]);
//! assert_eq!(coverage.total().percent(), 50.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod blocks;
mod collect;
mod listing;
mod unreachable;
mod values;

pub use self::collect::Collector;

use crate::diag::{Diagnostic, Place};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was used of a chart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// The chart's name.
    pub chart: String,
    /// Renders that were counted, those that failed too.
    pub renders: u64,
    /// Of those, the ones that failed.
    pub failed: u64,
    /// The template files.
    pub files: Vec<FileCoverage>,
    /// The values of values.yaml; none where no render noted what it read.
    pub values: Vec<ValueCoverage>,
    /// Marks in comments that are wrong, each with its place.
    #[serde(skip)]
    pub problems: Vec<Diagnostic>,
}

/// What was used of a template file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileCoverage {
    /// The path below the chart: `templates/service.yaml`, `charts/common/templates/_names.tpl`.
    pub path: String,
    /// Every place where a run can go one way or another, in the order of the text.
    pub probes: Vec<Probe>,
    /// How often each line ran, from 1; lines that nothing runs of are left out.
    pub lines: BTreeMap<u32, u64>,
    /// The text.
    #[serde(skip)]
    pub text: String,
}

/// A place where a run can go one way or another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Probe {
    /// What it is.
    pub kind: Kind,
    /// The line, from 1.
    pub line: u32,
    /// The column in bytes, from 1.
    pub column: u32,
    /// The condition or call; of a template its name.
    pub text: String,
    /// The template around it that is defined in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// The ways to go.
    pub arms: Vec<Arm>,
}

/// What a probe is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// `if`.
    If,
    /// `else if`, and `else with`.
    ElseIf,
    /// `with`.
    With,
    /// `range`.
    Range,
    /// `and`: which operand is the result.
    And,
    /// `or`: which operand is the result.
    Or,
    /// `default`: the value, or what stands in for it.
    Default,
    /// `coalesce`: which operand is the result.
    Coalesce,
    /// `ternary`: the first or the second.
    Ternary,
    /// A template that the file defines: whether it is called.
    Define,
}

/// A kind of probes that is counted for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Bodies of `if`, `else if`, `with` and `range`, and that they do not run.
    Branches,
    /// Operands of calls that choose.
    Operands,
    /// Defined templates.
    Defines,
}

impl Group {
    /// All of them.
    pub const ALL: [Group; 3] = [Group::Branches, Group::Operands, Group::Defines];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Group::Branches => "branches",
            Group::Operands => "operands",
            Group::Defines => "defines",
        }
    }
}

impl Kind {
    /// Among which it is counted.
    pub fn group(self) -> Group {
        match self {
            Kind::If | Kind::ElseIf | Kind::With | Kind::Range => Group::Branches,
            Kind::And | Kind::Or | Kind::Default | Kind::Coalesce | Kind::Ternary => Group::Operands,
            Kind::Define => Group::Defines,
        }
    }

    /// The word in templates.
    pub fn name(self) -> &'static str {
        match self {
            Kind::If => "if",
            Kind::ElseIf => "else if",
            Kind::With => "with",
            Kind::Range => "range",
            Kind::And => "and",
            Kind::Or => "or",
            Kind::Default => "default",
            Kind::Coalesce => "coalesce",
            Kind::Ternary => "ternary",
            Kind::Define => "define",
        }
    }
}

/// One way to go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arm {
    /// What it is called: `taken`, `else`, `empty`, `operand 2`.
    pub label: String,
    /// How often it was gone.
    pub count: u64,
    /// Why no given values lead there; only of what was never gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreachable: Option<Unreachable>,
    /// The first byte of its text, and the end; equal where it has none.
    pub range: (u32, u32),
}

impl Arm {
    /// Whether it counts as missing.
    pub fn is_missed(&self) -> bool {
        self.count == 0 && self.unreachable.is_none()
    }
}

/// Why no given values lead somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unreachable {
    /// The kind of reason.
    pub because: Because,
    /// The reason in words.
    pub reason: String,
}

/// A kind of reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// A condition is the same whatever the values are.
    Constant,
    /// It contradicts what was decided around it or before it.
    Contradiction,
    /// It stands behind a `fail` that nothing passes.
    BehindFail,
    /// values.schema.json allows no such value.
    Schema,
    /// Only release and cluster decide it, and they were of one kind in all runs.
    Surroundings,
    /// Nothing calls the template around it, or another one has its name.
    NeverCalled,
    /// A comment in the template says so.
    Marked,
}

/// What was used of values.yaml.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValueCoverage {
    /// The path.
    pub path: String,
    /// The line in values.yaml, from 1; 0 where it is not known.
    pub line: u32,
    /// Whether a template read it.
    pub is_read: bool,
}

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// Those that were taken.
    pub taken: u64,
    /// Those that can be, taken or not.
    pub reachable: u64,
    /// Those that no given values can reach.
    pub unreachable: u64,
}

impl Tally {
    /// What was taken of what can be, in hundred; all of nothing.
    pub fn percent(self) -> f64 {
        if self.reachable == 0 { 100.0 } else { self.taken as f64 * 100.0 / self.reachable as f64 }
    }

    /// The percentage as people read it, cut after one digit: what is not all never looks like all.
    pub fn shown(self) -> String {
        let tenths = (self.taken * 1000).checked_div(self.reachable).unwrap_or(1000);
        format!("{}.{} %", tenths / 10, tenths % 10)
    }

    fn add(&mut self, arm: &Arm) {
        match (arm.count, &arm.unreachable) {
            (0, Some(_)) => self.unreachable += 1,
            (0, None) => self.reachable += 1,
            _ => {
                self.taken += 1;
                self.reachable += 1;
            }
        }
    }

    fn plus(self, other: Tally) -> Tally {
        Tally {
            taken: self.taken + other.taken,
            reachable: self.reachable + other.reachable,
            unreachable: self.unreachable + other.unreachable,
        }
    }
}

impl FileCoverage {
    /// What was taken of a group of its probes; of all without one.
    pub fn tally(&self, group: Option<Group>) -> Tally {
        let mut tally = Tally::default();
        let probes = self.probes.iter().filter(|probe| group.is_none_or(|group| probe.kind.group() == group));
        probes.flat_map(|probe| &probe.arms).for_each(|arm| tally.add(arm));
        tally
    }

    /// The lines that ran, of those that can.
    pub fn lines(&self) -> Tally {
        let taken = self.lines.values().filter(|count| **count > 0).count() as u64;
        Tally { taken, reachable: self.lines.len() as u64, unreachable: 0 }
    }
}

impl Coverage {
    /// Branches, operands and templates of all files together: what a threshold is about.
    pub fn total(&self) -> Tally {
        self.tally(None)
    }

    /// What was taken of a group; of all without one.
    pub fn tally(&self, group: Option<Group>) -> Tally {
        self.files.iter().map(|file| file.tally(group)).fold(Tally::default(), Tally::plus)
    }

    /// The lines that ran, of all files.
    pub fn lines(&self) -> Tally {
        self.files.iter().map(FileCoverage::lines).fold(Tally::default(), Tally::plus)
    }

    /// The values of values.yaml that a template read.
    pub fn read(&self) -> Tally {
        let taken = self.values.iter().filter(|value| value.is_read).count() as u64;
        Tally { taken, reachable: self.values.len() as u64, unreachable: 0 }
    }

    /// Whether it is at least so much in hundred.
    pub fn is_at_least(&self, percent: f64) -> bool {
        self.total().percent() >= percent
    }

    /// Adds what another run used of the same chart. What was reached there is reachable, and what only one of the runs
    /// calls out of reach is not. Files and probes that only the other knows are left out: the chart was another one.
    pub fn merge(&mut self, other: &Coverage) {
        self.renders += other.renders;
        self.failed += other.failed;
        for file in &mut self.files {
            let Some(theirs) = other.files.iter().find(|theirs| theirs.path == file.path) else { continue };
            for (line, count) in &mut file.lines {
                *count += theirs.lines.get(line).copied().unwrap_or(0);
            }
            let key = |probe: &Probe| (probe.line, probe.column, probe.kind, probe.text.clone());
            let known: BTreeMap<_, &Probe> = theirs.probes.iter().map(|probe| (key(probe), probe)).collect();
            for probe in &mut file.probes {
                let Some(theirs) = known.get(&key(probe)) else { continue };
                for (arm, theirs) in probe.arms.iter_mut().zip(&theirs.arms) {
                    arm.count += theirs.count;
                    if arm.count > 0 || theirs.unreachable.is_none() {
                        arm.unreachable = None;
                    }
                }
            }
        }
        for value in &mut self.values {
            value.is_read |= other.values.iter().any(|theirs| theirs.path == value.path && theirs.is_read);
        }
    }

    /// Reads what [`crate::report::coverage::json`] wrote.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read_json(text: &str) -> Result<Coverage, String> {
        serde_json::from_str(text).map_err(|error| format!("no coverage in JSON: {error}"))
    }

    /// What a threshold is missed by, as bad news; `None` where it is met.
    pub fn below(&self, percent: f64) -> Option<Diagnostic> {
        if self.is_at_least(percent) {
            return None;
        }
        let total = self.total();
        let text = format!(
            "coverage is {}, expected at least {percent} %: {} of {} reachable branches, operands and defines were taken",
            total.shown(),
            total.taken,
            total.reachable
        );
        let first = self.files.iter().find_map(|file| {
            let probe = file.probes.iter().find(|probe| probe.arms.iter().any(Arm::is_missed))?;
            Some(Place::new(file.path.as_str(), probe.line, probe.column, None))
        });
        let help = "add a values file under ci/ or a suite that takes the branches listed as missed";
        Some(Diagnostic { place: first, ..Diagnostic::error("low-coverage", text) }.help(help))
    }
}
