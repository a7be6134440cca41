//! `ops operator`: from the Redis chart to redis-operator, and what to do while either is upgraded.
//!
//! In: the words behind `ops operator`, and what the release was given. Out: manifests, reports, pages, scripts, and with 1
//! as the exit code what is wrong between two snapshots or two sets of definitions.

use super::failed::Failed;
use super::input::read;
use crate::Release;
use crate::kube::names;
use crate::manifest;
use crate::operator::compat::{self, Break};
use crate::operator::{Bucket, Container, Destination};
use crate::ops::operator::migration::{self, Migration, Wish, migrate};
use crate::ops::operator::runbook::{self, ClusterFacts};
use crate::ops::operator::snapshot::{self, Expected, Snapshot};
use crate::report::human;
use crate::value::Node;
use crate::values::Layer;
use clap::Args;
use clap::builder::PossibleValuesParser;
use std::path::Path;
use std::sync::Arc;

/// What can be done.
pub(super) const ACTIONS: &str =
    "manifests, report, list, show NAME, script NAME, compare BEFORE AFTER, or crds OLD NEW";

/// Shown below the flags.
pub(super) const EXAMPLES: &str = "\
With redis-operator (redis.io/v1):
  operator manifests     RedisCluster, and with --destination RedisBackup and RedisScheduledBackup, from the same values
  operator report        what of the values they hold, and what is lost; --format json, markdown
  operator list          runbooks: snapshot, operator-upgrade, redis-upgrade, sentinel
  operator show NAME     one of them as a page; operator script NAME: as a script for a POSIX shell
  operator compare BEFORE AFTER   snapshots: files, or folders of them; leaves with 1 when something is not well
  operator crds OLD NEW           definitions: what stored objects lose, or are refused for

  chartwright ops operator manifests -f prod.yaml --release shop -n prod --destination s3://backups/shop | kubectl apply -f -
  chartwright ops operator script operator-upgrade --cluster shop-redis-rc -n prod > upgrade.sh; sh upgrade.sh --dry-run
  chartwright ops operator compare operator-snapshots operator-snapshots --expect rolled";

/// Flags of `ops operator`.
#[derive(Debug, Args, Default)]
pub(super) struct OperatorArgs {
    /// Name of the RedisCluster
    #[arg(long, value_name = "NAME", help_heading = "Operator")]
    pub cluster: Option<String>,
    /// Let sentinels choose the primary
    #[arg(long, help_heading = "Operator")]
    pub sentinel: bool,
    /// Begin as a replica of the release, to take its data over
    #[arg(long, help_heading = "Operator")]
    pub follow: bool,
    /// Where backups go: s3://BUCKET/PATH or azblob://CONTAINER/PATH
    #[arg(long, value_name = "ADDRESS", help_heading = "Operator")]
    pub destination: Option<String>,
    /// Server of that, where it is not the cloud's own
    #[arg(long, value_name = "URL", help_heading = "Operator")]
    pub endpoint: Option<String>,
    /// Region of the bucket
    #[arg(long, value_name = "NAME", help_heading = "Operator")]
    pub region: Option<String>,
    /// Account of the container
    #[arg(long, value_name = "NAME", help_heading = "Operator")]
    pub account: Option<String>,
    /// Secret with the credentials for backups
    #[arg(long, value_name = "NAME", help_heading = "Operator")]
    pub credentials: Option<String>,
    /// When backups are made [default: 0 3 * * *]
    #[arg(long, value_name = "CRON", help_heading = "Operator")]
    pub schedule: Option<String>,
    /// Time zone of the schedule
    #[arg(long, value_name = "ZONE", help_heading = "Operator")]
    pub time_zone: Option<String>,
    /// Release of the operator [default: redis-operator]
    #[arg(long, value_name = "NAME", help_heading = "Operator")]
    pub operator_release: Option<String>,
    /// Namespace of the operator [default: redis-system]
    #[arg(long, value_name = "NAME", help_heading = "Operator")]
    pub operator_namespace: Option<String>,
    /// What `compare` expects of the pods: either, rolled or untouched
    #[arg(long, value_name = "WHAT", help_heading = "Operator", hide_possible_values = true,
          value_parser = PossibleValuesParser::new(["either", "rolled", "untouched"]))]
    pub expect: Option<String>,
}

/// What the command is about, beside its own flags.
pub(super) struct Context<'a> {
    /// The user's values.
    pub layers: &'a dyn Fn() -> Result<Vec<Layer>, Failed>,
    /// The release of the Redis chart.
    pub release: &'a str,
    /// Its namespace.
    pub namespace: &'a str,
    /// `text`, `json`, `markdown` or `names`.
    pub format: &'a str,
}

/// Runs it: what is printed, and the exit code.
pub(super) fn run(words: &[&str], args: &OperatorArgs, context: &Context<'_>) -> Result<(String, u8), Failed> {
    match words {
        ["manifests"] => {
            let made = made(args, context)?;
            let yaml = made.yaml().map_err(Failed::unable)?;
            if !made.refusals.is_empty() {
                let details = made.refusals.iter().map(|text| format!(" refused: {text}\n")).collect();
                return Err(Failed {
                    details,
                    ..unable("the operator would refuse what these values come to", "report")
                });
            }
            Ok((yaml, 0))
        }
        ["report"] => {
            let made = made(args, context)?;
            let code = u8::from(!made.refusals.is_empty());
            match context.format {
                "json" => {
                    migration::json(&made).map(|text| (text, code)).map_err(|error| Failed::unable(error.to_string()))
                }
                "markdown" => Ok((migration::markdown(&made), code)),
                _ => Ok((migration::text(&made), code)),
            }
        }
        ["list"] => Ok((list(context.format), 0)),
        ["show", name] => laid_out(runbook::markdown(procedure(name)?, &facts(args, context))),
        ["script", name] => laid_out(runbook::script(procedure(name)?, &facts(args, context))),
        ["compare", before, after] => {
            let expected = match args.expect.as_deref() {
                Some("rolled") => Expected::Rolled,
                Some("untouched") => Expected::Untouched,
                _ => Expected::Either,
            };
            let found = snapshot::compare(&state(before, "before")?, &state(after, "after")?, expected);
            let code = u8::from(found.iter().any(|change| change.is_bad));
            Ok((shown(context.format, &found, || snapshot::text(&found))?, code))
        }
        ["crds", old, new] => {
            let found = compat::definitions(&definitions(old)?, &definitions(new)?);
            Ok((shown(context.format, &found, || breaks(&found))?, u8::from(!found.is_empty())))
        }
        [action, ..] => Err(unable(
            &format!("found `operator {action}` with {} words behind it, expected {ACTIONS}", words.len() - 1),
            "--help",
        )),
        [] => Err(unable(&format!("expected an action behind `operator`: {ACTIONS}"), "--help")),
    }
}

fn unable(message: &str, see: &str) -> Failed {
    let see = if see == "--help" { "ops --help".to_owned() } else { format!("ops operator {see}") };
    Failed { details: format!(" help: see `chartwright {see}`\n"), ..Failed::unable(message.to_owned()) }
}

fn laid_out(text: Result<String, crate::ops::LayoutError>) -> Result<(String, u8), Failed> {
    text.map(|text| (text, 0)).map_err(|error| Failed::unable(error.to_string()))
}

fn shown<T: serde::Serialize>(format: &str, found: &[T], text: impl FnOnce() -> String) -> Result<String, Failed> {
    match format {
        "json" => serde_json::to_string_pretty(found)
            .map(|text| text + "\n")
            .map_err(|error| Failed::unable(error.to_string())),
        _ => Ok(text()),
    }
}

fn made(args: &OperatorArgs, context: &Context<'_>) -> Result<Migration, Failed> {
    let wish = Wish {
        name: args.cluster.clone(),
        sentinel: args.sentinel,
        follow: args.follow,
        destination: args.destination.as_deref().map(|text| destination(text, args)).transpose()?,
        credentials: args.credentials.clone(),
        schedule: args.schedule.clone(),
        time_zone: args.time_zone.clone(),
    };
    if let Some(name) = args.cluster.as_deref().filter(|name| names::label(name).is_err()) {
        return Err(Failed::unable(format!(
            "found --cluster `{name}`, expected a name in lower case letters, digits and dashes"
        )));
    }
    let release = Release { name: context.release.into(), namespace: context.namespace.into(), ..Release::default() };
    migrate(&(context.layers)()?, &release, &wish).map_err(|error| Failed {
        details: human::print(&error.diagnostics()),
        ..Failed::unable("values of the release are wrong".to_owned())
    })
}

/// `s3://BUCKET/PATH`, `azblob://CONTAINER/PATH`.
fn destination(text: &str, args: &OperatorArgs) -> Result<Destination, Failed> {
    let wrong = || {
        Failed::unable(format!("found --destination `{text}`, expected s3://BUCKET/PATH or azblob://CONTAINER/PATH"))
    };
    let (kind, rest) = text.split_once("://").ok_or_else(wrong)?;
    let (name, path) = rest.split_once('/').unwrap_or((rest, ""));
    if name.is_empty() {
        return Err(wrong());
    }
    let (name, path) = (name.to_owned(), path.to_owned());
    let endpoint = args.endpoint.clone().unwrap_or_default();
    match kind {
        "s3" => {
            let region = args.region.clone().unwrap_or_default();
            Ok(Destination { s3: Some(Bucket { bucket: name, path, endpoint, region }), azure: None })
        }
        "azblob" => {
            let account_name = args.account.clone().unwrap_or_default();
            Ok(Destination { s3: None, azure: Some(Container { container: name, path, account_name, endpoint }) })
        }
        _ => Err(wrong()),
    }
}

fn facts(args: &OperatorArgs, context: &Context<'_>) -> ClusterFacts {
    let own = ClusterFacts::default();
    ClusterFacts {
        cluster: args.cluster.clone().unwrap_or(own.cluster),
        namespace: context.namespace.to_owned(),
        operator_release: args.operator_release.clone().unwrap_or(own.operator_release),
        operator_namespace: args.operator_namespace.clone().unwrap_or(own.operator_namespace),
    }
}

fn procedure(name: &str) -> Result<&'static crate::ops::Procedure, Failed> {
    runbook::named(name).ok_or_else(|| {
        let names: Vec<&str> = runbook::all().iter().map(|procedure| procedure.name.as_str()).collect();
        Failed::unable(format!("found runbook `{name}`, expected one of {}", names.join(", ")))
    })
}

fn list(format: &str) -> String {
    let width = runbook::all().iter().map(|procedure| procedure.name.len()).max().unwrap_or_default();
    let row = |procedure: &crate::ops::Procedure| match format {
        "names" => format!("{}\n", procedure.name),
        _ => format!("  {:width$}  {}\n", procedure.name, procedure.summary),
    };
    runbook::all().iter().map(row).collect()
}

fn breaks(found: &[Break]) -> String {
    if found.is_empty() {
        return "nothing that is stored breaks\n".to_owned();
    }
    found.iter().map(|one| format!("{one} [{}]\n      {}\n", one.kind.name(), one.kind.help())).collect()
}

/// The files of a folder, or the one file, by name.
fn files(path: &str) -> Result<Vec<String>, Failed> {
    if !Path::new(path).is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let failed = |error: std::io::Error| Failed::unable(format!("{path}: {error}"));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_ours = path.extension().is_some_and(|end| ["txt", "json", "yaml", "yml"].iter().any(|own| end == *own));
        if is_ours && path.is_file() {
            names.push(path.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// A snapshot. Both may lie in one folder: the ends of the names tell them apart then.
fn state(path: &str, when: &str) -> Result<Snapshot, Failed> {
    let is_folder = Path::new(path).is_dir();
    let stem =
        |name: &str| Path::new(name).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let all = files(path)?;
    let marked: Vec<String> = all.iter().filter(|name| stem(name).ends_with(&format!("-{when}"))).cloned().collect();
    let chosen = if is_folder && !marked.is_empty() { marked } else { all };
    let mut snapshot = Snapshot::default();
    for name in &chosen {
        let bytes = read(name).map_err(Failed::unable)?;
        snapshot.add(name, &bytes).map_err(|error| Failed::unable(error.to_string()))?;
    }
    if snapshot.is_empty() {
        let message =
            format!("{path}: found no clusters, pods or primaries, expected a snapshot from {when} the upgrade");
        return Err(unable(&message, "show snapshot"));
    }
    Ok(snapshot)
}

/// The definitions of a file or a folder.
fn definitions(path: &str) -> Result<Vec<Node>, Failed> {
    let mut texts: Vec<(Arc<str>, Arc<str>)> = Vec::new();
    for name in files(path)? {
        let bytes = read(&name).map_err(Failed::unable)?;
        texts.push((name.into(), String::from_utf8_lossy(&bytes).into()));
    }
    let objects = manifest::objects(&manifest::read(&texts));
    let found: Vec<Node> = objects.into_iter().map(|object| object.node).filter(compat::is_definition).collect();
    if found.is_empty() {
        return Err(Failed::unable(format!(
            "{path}: found no definition, expected objects of kind CustomResourceDefinition"
        )));
    }
    Ok(found)
}
