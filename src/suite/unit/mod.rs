//! Suites in helm-unittest's format, with the verdicts of its version 1.1.
//!
//! In: charts, and [`Settings`]. Out: an [`Outcome`]: charts, suites and tests, each failure with the assertion, the
//! rendered lines, the template and the values behind them. Each chart is compiled once; suites run on all cores.
//!
//! ```text
//! files ─ read ─ Suite ─┐
//!                       ├─ job ─ render ─ documents ─ check ─ Outcome
//! chart ─ Compiled ─────┘
//! ```

mod assertion;
mod check;
mod documents;
mod explain;
mod failed;
mod files;
mod filter;
mod job;
mod model;
mod outcome;
mod path;
mod post;
mod read;
mod run;
mod select;
mod snapshot;
mod subcharts;
mod values;
mod version;

pub use self::assertion::names as assertion_names;
pub use self::files::DEFAULT_PATTERN;
pub use self::model::{CoverageWanted, Program, Suite};
pub use self::outcome::{ChartOutcome, Failure, Outcome, Status, SuiteOutcome, TestOutcome};
pub use self::run::{run, watched};
pub use self::snapshot::Counts;
pub use self::version::COMPATIBLE;

use crate::eval::Limits;
use crate::release::KubeVersion;
use crate::render::{Compiled, Rendered};

/// Is handed every render that tests look at: coverage comes of it. Renders have traces then.
pub type Collect<'c> = dyn Fn(&Compiled, &Rendered) + Sync + 'c;

/// Runs a program on some text.
pub type RunProgram = dyn Fn(&Program, Vec<u8>) -> Result<String, String> + Sync;

/// How suites are run.
pub struct Settings<'s> {
    /// Where suites are: patterns below the chart; without one, [`DEFAULT_PATTERN`].
    pub files: Vec<String>,
    /// Values files for all tests, between those of suites and those of tests.
    pub values: Vec<String>,
    /// Write snapshots as they are rendered now.
    pub update: bool,
    /// A snapshot that is not there fails, and none is written.
    pub ci: bool,
    /// Run the suites of subcharts under charts/ too.
    pub with_subcharts: bool,
    /// A field that nobody knows is an error.
    pub strict: bool,
    /// Stop at the first test that fails.
    pub failfast: bool,
    /// The folder, below the chart, of a chart whose templates are suites.
    pub chart_tests_path: Option<String>,
    /// Leave the charts' schemas alone.
    pub skip_schema: bool,
    /// An assertion that passes whatever the chart does fails its test.
    pub deny_vacuous: bool,
    /// Run only tests that have one of these in their name, or in that of their suite.
    pub only: Vec<String>,
    /// Run suites and tests in an order drawn from this seed.
    pub shuffle: Option<u64>,
    /// The cluster's version where no suite names one.
    pub kube_version: KubeVersion,
    /// What a render may use.
    pub limits: Limits,
    /// Runs what suites name as `postRenderer`; without it, manifests are looked at as they are.
    pub post_render: Option<&'s RunProgram>,
}

impl Default for Settings<'_> {
    fn default() -> Self {
        let version = version::KUBERNETES.to_owned();
        Settings {
            files: Vec::new(),
            values: Vec::new(),
            update: false,
            ci: false,
            with_subcharts: true,
            strict: false,
            failfast: false,
            chart_tests_path: None,
            skip_schema: false,
            deny_vacuous: false,
            only: Vec::new(),
            shuffle: None,
            kube_version: KubeVersion { normalized: version.clone(), version, major: "1".into(), minor: "20".into() },
            limits: Limits::default(),
            post_render: None,
        }
    }
}

impl std::fmt::Debug for Settings<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Settings({:?}, values {:?})", self.files, self.values)
    }
}
