//! The flags of `helm template`, and a few of our own.
//!
//! `words` has cut the command line before these see it: how Helm's flags take their values is
//! said there. Flags that Helm accepts and that change no manifest are in `ignored`.

use super::ignored::Ignored;
use super::input::read;
use super::limits::LimitArgs;
use super::value::{self, Items};
use crate::release::{Capabilities, KubeVersion};
use crate::values::Layer;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueHint};
use std::rc::Rc;

/// Arguments of `template`.
#[derive(Debug, Args, Default)]
#[command(args_override_self = true)]
pub(super) struct TemplateArgs {
    /// A release name, and a chart's folder or .tgz
    #[arg(value_name = "NAME] [CHART", value_hint = ValueHint::AnyPath)]
    pub names: Vec<String>,

    #[command(flatten)]
    pub given: ValuesArgs,
    #[command(flatten)]
    pub release: ReleaseArgs,

    /// Template that gives the release's name
    #[arg(long, value_name = "TEMPLATE", help_heading = "Release")]
    pub name_template: Option<String>,
    /// Name the release `release-name`
    #[arg(short, long, help_heading = "Release")]
    pub generate_name: bool,

    /// Print only documents of these template files (glob)
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub show_only: Vec<String>,
    /// Print the files under crds/ first
    #[arg(long, help_heading = "Output")]
    pub include_crds: bool,
    /// As in Helm, does not cancel --include-crds
    #[arg(long, help_heading = "Output")]
    pub skip_crds: bool,
    /// Leave out test hooks
    #[arg(long, help_heading = "Output")]
    pub skip_tests: bool,
    /// Leave out hooks
    #[arg(long, help_heading = "Output")]
    pub no_hooks: bool,
    /// Write files below this folder instead of printing
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Output")]
    pub output_dir: Option<String>,
    /// Use the release's name in the path of --output-dir
    #[arg(long, help_heading = "Output")]
    pub release_name: bool,
    /// Send the manifests, not the hooks, through this program
    #[arg(long, value_name = "PROGRAM", value_hint = ValueHint::CommandName, help_heading = "Output")]
    pub post_renderer: Vec<String>,
    /// An argument of that program (repeatable)
    #[arg(long, value_name = "ARGUMENT", help_heading = "Output")]
    pub post_renderer_args: Vec<String>,
    /// Print NOTES.txt after the manifests
    #[arg(long, help_heading = "Output")]
    pub notes: bool,
    /// Below Helm's error: `all` with places and hints, a log line for each where no terminal reads, or none (`first`)
    #[arg(long, value_name = "all|log|first", value_parser = ["all", "log", "first"], help_heading = "Output")]
    pub errors: Option<String>,
    /// Print rendered texts even when they are no YAML
    #[arg(long, help_heading = "Output")]
    pub debug: bool,
    /// When to use colours [env: NO_COLOR, CLICOLOR_FORCE]
    #[arg(long, alias = "colour", value_name = "WHEN", help_heading = "Output", hide_possible_values = true,
          value_parser = PossibleValuesParser::new(["auto", "always", "never"]))]
    pub color: Option<String>,

    /// Render every release of this file: YAML or lines of JSON, or - for stdin
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Many releases")]
    pub releases: Option<String>,
    /// Only one part of them, counted from 1
    #[arg(long, value_name = "INDEX/COUNT", help_heading = "Many releases")]
    pub shard: Option<String>,
    /// Only the part that JOB_COMPLETION_INDEX names, which counts from 0
    #[arg(long, value_name = "COUNT", help_heading = "Many releases")]
    pub shards: Option<String>,

    /// Draw random values from this seed, so that two runs are equal
    #[arg(long, value_name = "NUMBER", help_heading = "Outside")]
    pub seed: Option<u64>,
    /// Seconds since 1970 that `now` gives
    #[arg(long, value_name = "SECONDS", help_heading = "Outside")]
    pub now: Option<i64>,
    /// Manifests that `lookup` finds (repeatable)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Outside")]
    pub lookup: Vec<String>,
    /// Addresses that getHostByName finds: a YAML map of hosts (repeatable)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Outside")]
    pub dns: Vec<String>,
    /// Let getHostByName ask the resolver
    #[arg(long, help_heading = "Outside")]
    pub enable_dns: bool,
    /// Tell which lines two renders would not share, and why
    #[arg(long, help_heading = "Outside")]
    pub check_determinism: bool,
    #[command(flatten)]
    pub limits: LimitArgs,

    /// Only `client`: there is no cluster here
    #[arg(long, value_name = "client", num_args = 0..=1, require_equals = true, default_missing_value = "unset",
          help_heading = "Refused, with the reason")]
    pub dry_run: Option<String>,
    /// It asks a cluster
    #[arg(long, help_heading = "Refused, with the reason")]
    pub validate: bool,
    /// It uses the network
    #[arg(long, help_heading = "Refused, with the reason")]
    pub dependency_update: bool,
    /// It uses the network
    #[arg(long, value_name = "URL", help_heading = "Refused, with the reason")]
    pub repo: Option<String>,
    /// It needs keys; use `helm verify`
    #[arg(long, help_heading = "Refused, with the reason")]
    pub verify: bool,

    #[command(flatten)]
    pub ignored: Ignored,
}

/// Where values come from.
#[derive(Debug, Clone, Args, Default)]
pub(super) struct ValuesArgs {
    /// Values file, or - for stdin (repeatable; later files win)
    #[arg(short = 'f', long = "values", value_name = "FILE", value_parser = value::items,
          value_hint = ValueHint::FilePath, help_heading = "Values")]
    pub values: Vec<Items>,
    /// A value with a type: true, 1, null (repeatable, or comma separated)
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Values")]
    pub set: Vec<String>,
    /// A value that is always a string
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Values")]
    pub set_string: Vec<String>,
    /// A value in JSON, or one JSON object
    #[arg(long, value_name = "KEY=JSON", help_heading = "Values")]
    pub set_json: Vec<String>,
    /// A value that is a file's content
    #[arg(long, value_name = "KEY=PATH", help_heading = "Values")]
    pub set_file: Vec<String>,
    /// A string taken as it stands, commas and all
    #[arg(long, value_name = "KEY=TEXT", help_heading = "Values")]
    pub set_literal: Vec<String>,
    /// Leave values.schema.json alone
    #[arg(long, help_heading = "Values")]
    pub skip_schema_validation: bool,
}

impl ValuesArgs {
    /// The values files.
    pub fn files(&self) -> impl Iterator<Item = &String> {
        self.values.iter().flat_map(|items| &items.0)
    }

    /// The values as layers; files are read.
    pub fn layers(&self) -> Result<Vec<Layer>, String> {
        let mut layers = Vec::new();
        for name in self.files() {
            layers.push(Layer::File { name: name.clone(), bytes: read(name)? });
        }
        layers.extend(self.set_json.iter().cloned().map(Layer::SetJson));
        layers.extend(self.set.iter().cloned().map(Layer::Set));
        layers.extend(self.set_string.iter().cloned().map(Layer::SetString));
        layers.extend(self.set_file.iter().map(|text| Layer::SetFile { text: text.clone(), reader: Rc::new(read) }));
        layers.extend(self.set_literal.iter().cloned().map(Layer::SetLiteral));
        Ok(layers)
    }
}

/// What a chart is told of its release and the cluster.
#[derive(Debug, Args, Default)]
pub(super) struct ReleaseArgs {
    /// Namespace of the release [env: HELM_NAMESPACE]
    #[arg(short, long, value_name = "NAME", help_heading = "Release")]
    pub namespace: Option<String>,
    /// Set .Release.IsUpgrade instead of .Release.IsInstall
    #[arg(long, help_heading = "Release")]
    pub is_upgrade: bool,
    /// Version of Kubernetes for .Capabilities.KubeVersion
    #[arg(long, value_name = "VERSION", help_heading = "Release")]
    pub kube_version: Option<String>,
    /// Further entries of .Capabilities.APIVersions
    #[arg(short, long, value_name = "GROUP/VERSION", value_parser = value::items, help_heading = "Release")]
    pub api_versions: Vec<Items>,
    /// Take the namespace of this file's current context
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Release")]
    pub kubeconfig: Option<String>,
    /// Or of this context of the file
    #[arg(long, value_name = "NAME", help_heading = "Release")]
    pub kube_context: Option<String>,
}

impl ReleaseArgs {
    /// What the cluster can do.
    pub fn capabilities(&self) -> Result<Capabilities, String> {
        let kube_version = match &self.kube_version {
            Some(text) => {
                KubeVersion::parse(text).map_err(|error| format!("invalid kube version '{text}': {error}"))?
            }
            None => KubeVersion::default(),
        };
        let apis = self.api_versions.iter().flat_map(|items| items.0.iter().cloned());
        Ok(Capabilities { kube_version, ..Capabilities::default() }.with_api_versions(apis))
    }
}
