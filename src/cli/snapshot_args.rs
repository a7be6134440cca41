//! The flags of `snapshot`.

use super::args::ValuesArgs;
use super::coverage::CoverageArgs;
use super::limits::LimitArgs;
use super::value::{self, Items};
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueHint};

/// Shown below the flags.
pub(super) const EXAMPLES: &str = "\
Examples:
  chartwright snapshot ./chart                              hold it against its snapshots: for CI
  chartwright snapshot ./chart --update                     write what it renders now
  chartwright snapshot ./chart --review                     look at each change, and accept or reject it
  chartwright snapshot ./chart --accept StatefulSet/redis   take over this object in every case
  chartwright snapshot ./chart --accept 'Secret/redis,ci/*' in these cases only
  chartwright snapshot ./chart --seed 1 --now 0 --update    with random values and times pinned, not masked

Exit codes: 1 when a snapshot is missing, changed or of no case, 2 when something cannot be read or rendered.";

/// Arguments of `snapshot`.
#[derive(Debug, Args, Default)]
#[command(args_override_self = true)]
pub(super) struct SnapshotArgs {
    /// A chart's folder or .tgz; the current folder by default
    #[arg(value_name = "CHART", value_hint = ValueHint::AnyPath)]
    pub chart: Option<String>,

    #[command(flatten)]
    pub given: ValuesArgs,
    #[command(flatten)]
    pub limits: LimitArgs,
    #[command(flatten)]
    pub coverage: CoverageArgs,

    /// Compare only, which is what is done without any of these four
    #[arg(long, help_heading = "What to do", conflicts_with_all = ["update", "review", "accept"])]
    pub check: bool,
    /// Write what the chart renders now, and remove snapshots of no case
    #[arg(long, help_heading = "What to do", conflicts_with_all = ["review", "accept"])]
    pub update: bool,
    /// Show each change and ask; needs a terminal
    #[arg(long, help_heading = "What to do", conflicts_with = "accept")]
    pub review: bool,
    /// Take over one object, in all cases or in those that fit (repeatable)
    #[arg(long, value_name = "KIND/NAME[,CASE]", help_heading = "What to do")]
    pub accept: Vec<String>,

    /// Names of the release, each with all cases (repeatable, or comma separated)
    #[arg(long, value_name = "NAME", value_parser = value::items, help_heading = "Cases")]
    pub release_name: Vec<Items>,
    /// Namespace of the release
    #[arg(short, long, value_name = "NAME", help_heading = "Cases")]
    pub namespace: Option<String>,
    /// Versions of Kubernetes, each with all cases (repeatable, or comma separated)
    #[arg(long, value_name = "VERSION", value_parser = value::items, help_heading = "Cases")]
    pub kube_version: Vec<Items>,
    /// Further entries of .Capabilities.APIVersions
    #[arg(short, long, value_name = "GROUP/VERSION", value_parser = value::items, help_heading = "Cases")]
    pub api_versions: Vec<Items>,
    /// As upgrades only; without this as both, where the chart tells the two apart
    #[arg(long, help_heading = "Cases")]
    pub is_upgrade: bool,
    /// As installations only
    #[arg(long, help_heading = "Cases")]
    pub is_install: bool,
    /// Defaults and the given values only: neither ci/ nor values-*.yaml nor cases of chartwright.yaml
    #[arg(long, help_heading = "Cases")]
    pub no_matrix: bool,
    /// Only cases that fit; `*` stands for any text (repeatable)
    #[arg(long, value_name = "CASE", help_heading = "Cases")]
    pub case: Vec<String>,
    /// Configuration, instead of chartwright.yaml in the chart
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Cases")]
    pub config: Option<String>,

    /// Draw random values from this seed, and do not mask them
    #[arg(long, value_name = "NUMBER", help_heading = "Outside")]
    pub seed: Option<u64>,
    /// Seconds since 1970 that `now` gives; what is made of it is not masked
    #[arg(long, value_name = "SECONDS", help_heading = "Outside")]
    pub now: Option<i64>,
    /// Manifests that `lookup` finds (repeatable)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Outside")]
    pub lookup: Vec<String>,

    /// Where the snapshots lie, instead of tests/__snapshots__ in the chart
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath, help_heading = "Output")]
    pub dir: Option<String>,
    /// Keep NOTES.txt in snapshots too
    #[arg(long, help_heading = "Output")]
    pub notes: bool,
    /// How to tell what was found
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output",
          value_parser = PossibleValuesParser::new(["text", "json"]))]
    pub format: String,
    /// Write there instead of printing
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub output: Option<String>,
    /// When to use colours [env: NO_COLOR, CLICOLOR_FORCE]
    #[arg(long, alias = "colour", value_name = "WHEN", help_heading = "Output", hide_possible_values = true,
          value_parser = PossibleValuesParser::new(["auto", "always", "never"]))]
    pub color: Option<String>,
}
