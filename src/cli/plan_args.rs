//! The flags of `plan`.

use super::args::ValuesArgs;
use super::limits::LimitArgs;
use super::value::{self, Items};
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueHint};

/// Shown below the flags.
pub(super) const EXAMPLES: &str = "\
Examples:
  chartwright plan git:main:chart ./chart                        what this branch's chart does to a release
  chartwright plan redis-16.13.1.tgz redis-17.3.8.tgz -f my.yaml from one version of a chart to another
  chartwright plan ./chart --new-values prod.yaml                only the values change
  helm get manifest r | chartwright plan - ./chart -f prod.yaml  what is installed, and what shall be
  kubectl get secret sh.helm.release.v1.r.v3 -o yaml | chartwright plan - ./chart --reuse-values
  chartwright plan old.yaml new.yaml --format markdown           manifests, for a pull request";

/// Arguments of `plan`.
#[derive(Debug, Args, Default)]
#[command(args_override_self = true)]
pub(super) struct PlanArgs {
    /// What is there, and what shall be: a chart's folder or .tgz, git:REV[:PATH], manifests, - for stdin, a stored release
    #[arg(value_name = "OLD] [NEW", value_hint = ValueHint::AnyPath)]
    pub sides: Vec<String>,

    #[command(flatten)]
    pub given: ValuesArgs,
    /// Values file of the old side only; `helm get values` may have written it (repeatable)
    #[arg(long, value_name = "FILE", value_parser = value::items, value_hint = ValueHint::FilePath, help_heading = "Values")]
    pub old_values: Vec<Items>,
    /// Values file of the new side only (repeatable)
    #[arg(long, value_name = "FILE", value_parser = value::items, value_hint = ValueHint::FilePath, help_heading = "Values")]
    pub new_values: Vec<Items>,
    /// Take the old release's values, defaults and all, as `helm upgrade` does
    #[arg(long, help_heading = "Values", conflicts_with_all = ["reset_values", "reset_then_reuse_values"])]
    pub reuse_values: bool,
    /// Take the old release's values over the new chart's defaults
    #[arg(long, help_heading = "Values", conflicts_with = "reset_values")]
    pub reset_then_reuse_values: bool,
    /// Take only the values given, even where none are
    #[arg(long, help_heading = "Values")]
    pub reset_values: bool,

    /// Name of the release [default: that of a stored release, or release-name]
    #[arg(long, value_name = "NAME", help_heading = "Release")]
    pub release_name: Option<String>,
    /// Namespace of the release [env: HELM_NAMESPACE] [default: that of a stored release, or default]
    #[arg(short, long, value_name = "NAME", help_heading = "Release")]
    pub namespace: Option<String>,
    /// Which revision the old release is: from 2 on it is rendered as an upgrade
    #[arg(long, value_name = "NUMBER", help_heading = "Release")]
    pub revision: Option<i64>,
    /// Version of Kubernetes
    #[arg(long, value_name = "VERSION", help_heading = "Release")]
    pub kube_version: Option<String>,
    /// Further entries of .Capabilities.APIVersions
    #[arg(short, long, value_name = "GROUP/VERSION", value_parser = value::items, help_heading = "Release")]
    pub api_versions: Vec<Items>,
    /// Manifests of the cluster that `lookup` finds, such as the live Secret (repeatable)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Release")]
    pub lookup: Vec<String>,
    /// Seconds since 1970 that `now` gives
    #[arg(long, value_name = "SECONDS", help_heading = "Release")]
    pub now: Option<i64>,

    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output",
          value_parser = PossibleValuesParser::new(["text", "markdown", "json", "html", "diff", "side-by-side", "runbook", "script"]))]
    pub format: String,
    /// What to show besides: changes, diff, side-by-side, values, commands, notices, labels, all (repeatable)
    #[arg(long, value_name = "DETAIL", value_parser = value::items, help_heading = "Output")]
    pub show: Vec<Items>,
    /// Lines around a change that diffs show
    #[arg(long, value_name = "LINES", help_heading = "Output")]
    pub context: Option<usize>,
    /// Kinds, or KIND/NAME, whose diffs and fields are not shown (repeatable)
    #[arg(long, value_name = "KIND", value_parser = value::items, help_heading = "Output")]
    pub suppress: Vec<Items>,
    /// Write to this file instead
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub output: Option<String>,
    /// When to use colours [env: NO_COLOR, CLICOLOR_FORCE]
    #[arg(long, alias = "colour", value_name = "WHEN", help_heading = "Output", hide_possible_values = true,
          value_parser = PossibleValuesParser::new(["auto", "always", "never"]))]
    pub color: Option<String>,
    /// What does not count: a preset, or `kind=…,name=…,path=…,code=…,reason=…` (repeatable)
    #[arg(long, value_name = "RULE", help_heading = "What counts")]
    pub ignore: Vec<String>,
    /// File with a `plan` section [default: the new chart's chartwright.yaml]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "What counts")]
    pub config: Option<String>,
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// All entries of a repeatable flag.
pub(super) fn all(items: &[Items]) -> impl Iterator<Item = &String> {
    items.iter().flat_map(|items| &items.0)
}
