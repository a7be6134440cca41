//! The flags of `lint`.

use super::args::ValuesArgs;
use super::coverage::CoverageArgs;
use super::limits::LimitArgs;
use super::value::{self, Items};
use crate::diag::Severity;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueHint};

/// Shown below the flags.
pub(super) const EXAMPLES: &str = "\
Examples:
  chartwright lint ./chart                                  with its defaults and all its values files
  chartwright lint ./chart -f prod.yaml --no-matrix         with these values only
  chartwright lint ./chart --kube-version 1.32,1.35         for two versions of Kubernetes
  chartwright lint ./chart --profile production             more rules
  chartwright lint manifests/ more.yaml                     plain manifests
  chartwright lint ./chart --format sarif --output l.sarif  for tools
  chartwright lint ./chart --write-baseline known.json      accept what there is; then --baseline known.json
  chartwright lint ./chart --coverage-html c.html           with a page of which branches the cases take
  chartwright lint --explain duplicate-object               why, and what to do

Exit codes: 1 when something was found, 2 when an input could not be read.";

/// Arguments of `lint`.
#[derive(Debug, Args, Default)]
#[command(args_override_self = true)]
pub(super) struct LintArgs {
    /// Charts (folders, .tgz), manifests (files, folders), - for manifests from stdin; the current folder by default
    #[arg(value_name = "CHART|FILE|FOLDER", value_hint = ValueHint::AnyPath)]
    pub inputs: Vec<String>,

    #[command(flatten)]
    pub given: ValuesArgs,
    #[command(flatten)]
    pub limits: LimitArgs,

    /// Name of the release
    #[arg(long, value_name = "NAME", help_heading = "Cases")]
    pub release_name: Option<String>,
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
    /// Combine the booleans of values.yaml: every two in all four ways
    #[arg(long, value_name = "pairwise", value_parser = ["pairwise"], help_heading = "Cases")]
    pub toggles: Option<String>,

    /// Configuration, instead of chartwright.yaml in the chart or the current folder
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Rules")]
    pub config: Option<String>,
    /// Turn on the rules of a profile (repeatable, or comma separated)
    #[arg(long, value_name = "NAME", value_parser = value::items, help_heading = "Rules")]
    pub profile: Vec<Items>,
    /// Look for these rules only (repeatable, or comma separated)
    #[arg(long, value_name = "RULE", value_parser = value::items, help_heading = "Rules")]
    pub rule: Vec<Items>,
    /// Do not look for these rules (repeatable, or comma separated)
    #[arg(long, value_name = "RULE", value_parser = value::items, help_heading = "Rules")]
    pub ignore: Vec<Items>,
    /// Leave out the findings that this file knows
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Rules")]
    pub baseline: Option<String>,
    /// Write all findings there, to be known from now on
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Rules")]
    pub write_baseline: Option<String>,
    /// Say why a rule is one and what to do, and end
    #[arg(long, value_name = "RULE", help_heading = "Rules")]
    pub explain: Option<String>,
    /// List all rules, and end
    #[arg(long, help_heading = "Rules")]
    pub list_rules: bool,

    #[command(flatten)]
    pub coverage: CoverageArgs,

    /// human, json, sarif, junit, github, or template=FILE with a template of your own
    #[arg(long, value_name = "FORMAT", default_value = "human", help_heading = "Output")]
    pub format: String,
    /// Write there instead of printing
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub output: Option<String>,
    /// From which severity on findings make exit code 1: note, warning, error, never
    #[arg(long, value_name = "SEVERITY", value_parser = ["note", "warning", "error", "never"],
          default_value = "warning", hide_possible_values = true, help_heading = "Output")]
    pub fail_on: String,
    /// How many warnings are too many, whatever --fail-on says
    #[arg(long, value_name = "NUMBER", help_heading = "Output")]
    pub max_warnings: Option<usize>,
    /// When to use colours [env: NO_COLOR, CLICOLOR_FORCE]
    #[arg(long, alias = "colour", value_name = "WHEN", help_heading = "Output", hide_possible_values = true,
          value_parser = PossibleValuesParser::new(["auto", "always", "never"]))]
    pub color: Option<String>,
}

impl LintArgs {
    /// The severity from which on findings fail the run.
    pub fn fails_from(&self) -> Option<Severity> {
        match self.fail_on.as_str() {
            "never" => None,
            "note" => Some(Severity::Note),
            "error" => Some(Severity::Error),
            _ => Some(Severity::Warning),
        }
    }
}

/// The items of a flag that takes several.
pub(super) fn all(items: &[Items]) -> impl Iterator<Item = &String> {
    items.iter().flat_map(|items| &items.0)
}
