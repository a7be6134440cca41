//! Flags that Helm accepts and that change no manifest: they speak of a cluster, of repositories,
//! or of Helm itself. They are read, and refused where Helm refuses their values, so that command
//! lines written for Helm keep working. None of the files and addresses they name is looked at.

use super::value::{self, Items};
use clap::{ArgAction, Args};

/// The flags. What they say is only looked at where Helm says something about it.
#[derive(Debug, Args, Default)]
pub(super) struct Ignored {
    // What an installation would do.
    #[arg(long, hide = true)]
    create_namespace: bool,
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
    #[arg(short = 'l', long, hide = true, value_parser = value::pairs)]
    labels: Vec<Items>,
    #[arg(long, hide = true)]
    render_subchart_notes: bool,
    #[arg(long, hide = true)]
    replace: bool,
    #[arg(long, hide = true)]
    rollback_on_failure: bool,
    #[arg(long, hide = true)]
    atomic: bool,
    #[arg(long, hide = true)]
    server_side: bool,
    #[arg(long, hide = true)]
    take_ownership: bool,
    #[arg(long, hide = true, value_parser = value::span)]
    timeout: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "watcher", value_parser = value::wait)]
    wait: Option<String>,
    #[arg(long, hide = true)]
    wait_for_jobs: bool,

    // Where a chart would be fetched from.
    #[arg(long, hide = true)]
    ca_file: Option<String>,
    #[arg(long, hide = true)]
    cert_file: Option<String>,
    #[arg(long, hide = true)]
    devel: bool,
    #[arg(long, hide = true)]
    insecure_skip_tls_verify: bool,
    #[arg(long, hide = true)]
    key_file: Option<String>,
    #[arg(long, hide = true)]
    keyring: Option<String>,
    #[arg(long, hide = true)]
    pass_credentials: bool,
    #[arg(long, hide = true)]
    password: Option<String>,
    #[arg(long, hide = true)]
    plain_http: bool,
    #[arg(long, hide = true)]
    username: Option<String>,
    #[arg(id = "chart_version", long = "version", hide = true)]
    version: Option<String>,

    // How a cluster would be reached.
    #[arg(long, hide = true, value_parser = value::whole)]
    burst_limit: Option<String>,
    #[arg(long, hide = true)]
    content_cache: Option<String>,
    #[arg(long, hide = true)]
    kube_apiserver: Option<String>,
    #[arg(long, hide = true)]
    kube_as_group: Vec<String>,
    #[arg(long, hide = true)]
    kube_as_user: Option<String>,
    #[arg(long, hide = true)]
    kube_ca_file: Option<String>,
    #[arg(long, hide = true)]
    kube_insecure_skip_tls_verify: bool,
    #[arg(long, hide = true)]
    kube_tls_server_name: Option<String>,
    #[arg(long, hide = true)]
    kube_token: Option<String>,
    #[arg(long, hide = true, value_parser = value::number)]
    qps: Option<String>,
    #[arg(long, hide = true)]
    registry_config: Option<String>,
    #[arg(long, hide = true)]
    repository_cache: Option<String>,
    #[arg(long, hide = true)]
    repository_config: Option<String>,

    // The log of the Kubernetes library, which Helm's help does not show.
    #[arg(long, hide = true)]
    add_dir_header: bool,
    #[arg(long, hide = true)]
    alsologtostderr: bool,
    #[arg(long, hide = true)]
    log_backtrace_at: Option<String>,
    #[arg(long, hide = true)]
    log_dir: Option<String>,
    #[arg(long, hide = true)]
    log_file: Option<String>,
    #[arg(long, hide = true)]
    log_file_max_size: Option<String>,
    #[arg(long, hide = true)]
    logtostderr: bool,
    #[arg(long, hide = true)]
    one_output: bool,
    #[arg(long, hide = true)]
    skip_headers: bool,
    #[arg(long, hide = true)]
    skip_log_headers: bool,
    #[arg(long, hide = true)]
    stderrthreshold: Option<String>,
    #[arg(short = 'v', long = "v", hide = true, action = ArgAction::Append)]
    verbosity: Vec<String>,
    #[arg(long, hide = true)]
    vmodule: Option<String>,
}

impl Ignored {
    /// What Helm logs about the values of these flags.
    pub fn warning(&self) -> Option<&'static str> {
        match self.wait.as_deref()? {
            "true" => Some("--wait=true is deprecated (boolean value) and can be replaced with --wait=watcher"),
            "false" => Some("--wait=false is deprecated (boolean value) and can be replaced with --wait=hookOnly"),
            _ => None,
        }
    }
}
