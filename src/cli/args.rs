//! The flags of `helm template`, and a few of our own.

use clap::Args;

/// Arguments of `template`.
#[derive(Debug, Args, Default)]
#[command(args_override_self = true)]
pub(super) struct TemplateArgs {
    /// [NAME] CHART: a release name, and a chart's folder or .tgz
    #[arg(value_name = "NAME] [CHART")]
    pub names: Vec<String>,

    /// Values file, or - for stdin (repeatable; later files win)
    #[arg(short = 'f', long = "values", value_name = "FILE", value_delimiter = ',', help_heading = "Values")]
    pub values: Vec<String>,
    /// KEY=VALUE with types: true, 1, null (repeatable, or comma separated)
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Values", allow_hyphen_values = true)]
    pub set: Vec<String>,
    /// KEY=VALUE, always a string
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Values", allow_hyphen_values = true)]
    pub set_string: Vec<String>,
    /// KEY=JSON, or one JSON object
    #[arg(long, value_name = "KEY=JSON", help_heading = "Values", allow_hyphen_values = true)]
    pub set_json: Vec<String>,
    /// KEY=PATH: the value is the file's content
    #[arg(long, value_name = "KEY=PATH", help_heading = "Values", allow_hyphen_values = true)]
    pub set_file: Vec<String>,
    /// KEY=TEXT, taken as it stands
    #[arg(long, value_name = "KEY=TEXT", help_heading = "Values", allow_hyphen_values = true)]
    pub set_literal: Vec<String>,
    /// Leave values.schema.json alone
    #[arg(long, help_heading = "Values")]
    pub skip_schema_validation: bool,

    /// Namespace of the release
    #[arg(short, long, help_heading = "Release")]
    pub namespace: Option<String>,
    /// Template that gives the release's name
    #[arg(long, value_name = "TEMPLATE", help_heading = "Release")]
    pub name_template: Option<String>,
    /// Name the release `release-name`
    #[arg(short, long, help_heading = "Release")]
    pub generate_name: bool,
    /// Set .Release.IsUpgrade instead of .Release.IsInstall
    #[arg(long, help_heading = "Release")]
    pub is_upgrade: bool,
    /// Version of Kubernetes for .Capabilities.KubeVersion
    #[arg(long, value_name = "VERSION", help_heading = "Release")]
    pub kube_version: Option<String>,
    /// Further entries of .Capabilities.APIVersions
    #[arg(short, long, value_name = "GROUP/VERSION", value_delimiter = ',', help_heading = "Release")]
    pub api_versions: Vec<String>,

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
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub output_dir: Option<String>,
    /// Use the release's name in the path of --output-dir
    #[arg(long, help_heading = "Output")]
    pub release_name: bool,
    /// Print NOTES.txt after the manifests
    #[arg(long, help_heading = "Output")]
    pub notes: bool,
    /// What is told of errors: `all` with places and hints, below the one that Helm tells; or that `first` one only
    #[arg(long, value_name = "all|first", value_parser = ["all", "first"], default_value = "all", hide_default_value = true, help_heading = "Output")]
    pub errors: String,
    /// Print rendered texts even when they are no YAML
    #[arg(long, help_heading = "Output")]
    pub debug: bool,

    /// Draw random values from this seed, so that two runs are equal
    #[arg(long, value_name = "NUMBER", help_heading = "Outside")]
    pub seed: Option<u64>,
    /// Seconds since 1970 that `now` gives
    #[arg(long, value_name = "SECONDS", help_heading = "Outside", allow_hyphen_values = true)]
    pub now: Option<i64>,
    /// Raise or lower a limit of the run (depth, steps, output-bytes, value-bytes, text-bytes, memory-bytes)
    #[arg(long, value_name = "NAME=NUMBER", help_heading = "Outside")]
    pub limit: Vec<String>,
    /// Manifests that `lookup` finds
    #[arg(long, value_name = "FILE", help_heading = "Outside")]
    pub lookup: Vec<String>,
    /// Let getHostByName ask the resolver
    #[arg(long, help_heading = "Outside")]
    pub enable_dns: bool,
    /// Only `client` is possible: there is no cluster here
    #[arg(long, value_name = "client", num_args = 0..=1, require_equals = true, default_missing_value = "unset", help_heading = "Outside")]
    pub dry_run: Option<String>,
    /// Refused: it needs a cluster
    #[arg(long, help_heading = "Outside")]
    pub validate: bool,
    /// Refused: charts are not changed here
    #[arg(long, help_heading = "Outside")]
    pub dependency_update: bool,
    /// Refused for now
    #[arg(long, value_name = "NAME", help_heading = "Outside")]
    pub post_renderer: Option<String>,

    #[command(flatten)]
    pub ignored: Ignored,
}

/// What Helm accepts and what changes no manifest.
#[derive(Debug, Args, Default)]
pub(super) struct Ignored {
    #[arg(long, hide = true)]
    create_namespace: bool,
    #[arg(long, hide = true)]
    devel: bool,
    #[arg(long, hide = true)]
    description: Option<String>,
    #[arg(long, hide = true)]
    disable_openapi_validation: bool,
    #[arg(long, hide = true)]
    force: bool,
    #[arg(long, hide = true)]
    force_conflicts: bool,
    #[arg(long, hide = true)]
    force_replace: bool,
    #[arg(long, hide = true)]
    hide_notes: bool,
    #[arg(short = 'l', long, hide = true)]
    labels: Vec<String>,
    #[arg(long, hide = true)]
    render_subchart_notes: bool,
    #[arg(long, hide = true)]
    replace: bool,
    #[arg(long, hide = true)]
    rollback_on_failure: bool,
    #[arg(long, hide = true)]
    atomic: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    server_side: Option<Option<String>>,
    #[arg(long, hide = true)]
    take_ownership: bool,
    #[arg(long, hide = true)]
    timeout: Option<String>,
    #[arg(long, hide = true)]
    version_constraint: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    wait: Option<Option<String>>,
    #[arg(long, hide = true)]
    wait_for_jobs: bool,
    #[arg(long, hide = true)]
    kubeconfig: Option<String>,
    #[arg(long, hide = true)]
    kube_context: Option<String>,
}
