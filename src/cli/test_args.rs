//! The flags of `test`: those of helm-unittest, and our own.

use super::coverage::CoverageArgs;
use super::limits::LimitArgs;
use super::value;
use clap::builder::PossibleValuesParser;
use clap::{ArgAction, Args, ValueHint};

/// Shown below the flags.
pub(super) const EXAMPLES: &str = "\
Examples:
  chartwright test ./chart                                  the suites tests/*_test.yaml, also of subcharts
  chartwright test -f 'unittests/**/*_test.yaml' charts/*   suites elsewhere, of several charts
  chartwright test ./chart -u                               write the snapshots as they are rendered now
  chartwright test ./chart --ci --deny-vacuous              a missing snapshot fails; so does what cannot fail
  chartwright test ./chart -t JUnit -o junit.xml            for tools, beside what is printed
  chartwright test ./chart --format github                  as annotations of a workflow
  chartwright test ./chart --coverage-min 90 --coverage-html coverage.html
  chartwright test ./chart --test service --watch           some tests, again at each change

Exit codes: 1 when a test failed, 2 when a suite or a chart could not be read; all others are run.";

/// Arguments of `test`.
#[derive(Debug, Args, Default)]
#[command(args_override_self = true)]
pub(super) struct TestArgs {
    /// Charts: folders
    #[arg(value_name = "CHART", value_hint = ValueHint::AnyPath, required = true)]
    pub charts: Vec<String>,

    #[command(flatten)]
    pub coverage: CoverageArgs,

    /// Suites: patterns of files below each chart (repeatable) [default: tests/*_test.yaml]
    #[arg(short, long, value_name = "GLOB", help_heading = "Suites")]
    pub file: Vec<String>,
    /// Values files for all tests (repeatable, patterns)
    #[arg(short = 'v', long, value_name = "FILE", help_heading = "Suites")]
    pub values: Vec<String>,
    /// Whether suites of subcharts below charts/ are run: `-s=false` leaves them out
    #[arg(short = 's', long, value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", value_parser = value::boolean, help_heading = "Suites")]
    pub with_subchart: bool,
    /// A folder below the chart with a chart whose templates are suites
    #[arg(long, value_name = "FOLDER", help_heading = "Suites")]
    pub chart_tests_path: Option<String>,
    /// Run only tests with this text in their names or those of their suites (repeatable)
    #[arg(long, value_name = "TEXT", help_heading = "Suites")]
    pub test: Vec<String>,
    /// Run in an order drawn from this seed, or from a new one
    #[arg(long, value_name = "SEED", num_args = 0..=1, require_equals = true, default_missing_value = "", help_heading = "Suites")]
    pub shuffle: Option<String>,
    /// Run again whenever a file of the charts changes; on a terminal
    #[arg(long, help_heading = "Suites")]
    pub watch: bool,

    /// Stop at the first test that fails
    #[arg(short = 'q', long, help_heading = "Strictness")]
    pub failfast: bool,
    /// A field of a suite that nobody knows is an error
    #[arg(long, help_heading = "Strictness")]
    pub strict: bool,
    /// An assertion that passes whatever the chart does, or a field that nothing reads, is an error
    #[arg(long, help_heading = "Strictness")]
    pub deny_vacuous: bool,
    /// A snapshot that is not there fails, and none is written; also set by CI=true
    #[arg(long, help_heading = "Strictness")]
    pub ci: bool,
    /// Write the snapshots as they are rendered now
    #[arg(short = 'u', long, help_heading = "Strictness")]
    pub update_snapshot: bool,

    /// The cluster's version where suites name none: helm-unittest's by default
    #[arg(long, value_name = "VERSION", default_value = "1.20.0", help_heading = "Rendering")]
    pub kube_version: String,
    /// Do not check values against values.schema.json
    #[arg(long, help_heading = "Rendering")]
    pub skip_schema_validation: bool,
    /// Do not run the programs that suites name as `postRenderer`: assertions see what the templates wrote
    #[arg(long, help_heading = "Rendering")]
    pub no_post_renderer: bool,
    #[command(flatten)]
    pub limits: LimitArgs,

    /// How to print what came of it
    #[arg(long, value_name = "FORMAT", value_parser = PossibleValuesParser::new(["text", "json", "tap", "junit", "github"]), default_value = "text", help_heading = "Output")]
    pub format: String,
    /// Write it into this file too, in the format of --output-type
    #[arg(short = 'o', long, value_name = "FILE", help_heading = "Output")]
    pub output_file: Option<String>,
    /// JUnit, NUnit, XUnit, Sonar; or TAP, JSON
    #[arg(short = 't', long, value_name = "TYPE", default_value = "XUnit", help_heading = "Output")]
    pub output_type: String,
    /// Whether to use colours: always, never, auto; `--color` alone is always
    #[arg(long, value_name = "WHEN", num_args = 0..=1, require_equals = true, default_missing_value = "always", help_heading = "Output")]
    pub color: Option<String>,
    /// Taken and without effect: failures say all there is
    #[arg(short = 'd', long = "debugPlugin", hide = true)]
    pub debug_plugin: bool,
}
