//! `ops`: procedures for one release of the Redis chart.
//!
//! In: an action, and what the release was given. Out: a list, a page, a script, a Makefile.

use super::args::ValuesArgs;
use super::failed::Failed;
use super::input::read;
use super::ops_operator::{self, Context, OperatorArgs};
use super::{ops_diagnose, output, plan_input, template};
use crate::ops::{self, LayoutError, Procedure, ReleaseFacts};
use crate::report::human;
use crate::values::Layer;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueHint};
use serde::Serialize;

/// Shown below the flags.
const EXAMPLES: &str = "\
Actions:
  list                 what there is; --format names for scripts
  show PROCEDURE       a page: each step, why, and what to do when it fails
  script PROCEDURE     a script for a POSIX shell that needs kubectl only; see its --help and --dry-run
  makefile             all of them as targets of a Makefile
  diagnose [FILE]...   what is wrong, from kubectl describe, logs, events, INFO or what helm said; stdin without FILE

Examples:
  chartwright ops list
  chartwright ops show restore -f prod.yaml --release shop -n prod
  helm get values shop -n prod | chartwright ops script backup-rdb --values-from - --release shop -n prod | sh
  chartwright ops script restore -f prod.yaml > restore.sh; sh restore.sh --file dump.rdb --dry-run
  chartwright ops makefile -f prod.yaml --release shop -n prod > redis.mk
  kubectl logs redis-0 --previous | chartwright ops diagnose
  chartwright ops diagnose describe.txt events.txt log --format json";

/// [`EXAMPLES`], and those of `ops operator`.
pub(super) fn examples() -> String {
    format!("{EXAMPLES}\n\n{}", ops_operator::EXAMPLES)
}

/// What can be done.
const ACTIONS: [&str; 6] = ["list", "show", "script", "makefile", "diagnose", "operator"];

/// The release that is meant where none is named.
pub(super) const RELEASE: &str = "redis";

/// Arguments of `ops`.
#[derive(Debug, Args, Default)]
#[command(args_override_self = true)]
pub(super) struct OpsArgs {
    /// What to do, and with which procedure
    #[arg(value_name = "ACTION] [NAME")]
    pub words: Vec<String>,

    #[command(flatten)]
    pub given: ValuesArgs,
    /// Values as `helm get values` prints them, or - for stdin (repeatable)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Values")]
    pub values_from: Vec<String>,

    /// Name of the release
    #[arg(long, value_name = "NAME", default_value = RELEASE, help_heading = "Release")]
    pub release: String,
    /// Namespace of the release [env: HELM_NAMESPACE] [default: default]
    #[arg(short, long, value_name = "NAME", help_heading = "Release")]
    pub namespace: Option<String>,

    /// How `list` and `diagnose` print: names is for `list`
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output",
          value_parser = PossibleValuesParser::new(["text", "names", "json", "markdown"]))]
    pub format: String,
    /// Write to this file instead
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub output: Option<String>,

    #[command(flatten)]
    pub operator: OperatorArgs,
}

/// Runs the command.
pub(super) fn run(args: &OpsArgs) -> Result<(), Failed> {
    let words: Vec<&str> = args.words.iter().map(String::as_str).collect();
    let mut code = 0;
    let text = match words.as_slice() {
        ["operator", words @ ..] => {
            let context = Context {
                layers: &|| layers(args),
                release: &args.release,
                namespace: &namespace(args),
                format: &args.format,
            };
            let (text, found) = ops_operator::run(words, &args.operator, &context)?;
            code = found;
            text
        }
        ["list"] => list(&args.format)?,
        ["show", name] => laid_out(ops::markdown(procedure(name)?, &facts(args)?))?,
        ["script", name] => laid_out(ops::script(procedure(name)?, &facts(args)?))?,
        ["makefile"] => laid_out(ops::makefile(&facts(args)?))?,
        ["show" | "script"] => return Err(unable("expected the name of a procedure", "chartwright ops list")),
        ["diagnose", files @ ..] => return ops_diagnose::run(files, args),
        [action, ..] if ACTIONS.contains(action) => {
            return Err(unable(&format!("found {} words behind ops, which are too many", words.len()), "--help"));
        }
        [action, ..] => {
            let message = format!("found action `{action}`, expected one of {}", ACTIONS.join(", "));
            return Err(unable(&message, "chartwright ops --help"));
        }
        [] => return Err(unable(&format!("expected an action: {}", ACTIONS.join(", ")), "chartwright ops --help")),
    };
    match &args.output {
        Some(file) => std::fs::write(file, text).map_err(|error| Failed::unable(format!("write {file}: {error}")))?,
        None => output::print(text.as_bytes()).map_err(Failed::unable)?,
    }
    if code == 0 { Ok(()) } else { Err(Failed { code, ..Failed::from(String::new()) }) }
}

fn unable(message: &str, see: &str) -> Failed {
    Failed { details: format!(" help: see `{see}`\n"), ..Failed::unable(message.to_owned()) }
}

fn laid_out(text: Result<String, LayoutError>) -> Result<String, Failed> {
    text.map_err(|error| Failed::unable(error.to_string()))
}

fn procedure(name: &str) -> Result<&'static Procedure, Failed> {
    ops::named(name).ok_or_else(|| {
        let message = format!("found procedure `{name}`, expected one of those that there are");
        unable(&message, "chartwright ops list")
    })
}

/// What is known of the release.
fn facts(args: &OpsArgs) -> Result<ReleaseFacts, Failed> {
    let layers = layers(args)?;
    template::check_name(&args.release).map_err(Failed::unable)?;
    ReleaseFacts::read(&layers, &args.release, &namespace(args)).map_err(|wrong| Failed {
        details: human::print(&wrong),
        ..Failed::unable("values of the release are wrong".to_owned())
    })
}

/// The values that were given.
fn layers(args: &OpsArgs) -> Result<Vec<Layer>, Failed> {
    let mut layers = Vec::new();
    for name in &args.values_from {
        let bytes = plan_input::values_of(read(name).map_err(Failed::unable)?);
        layers.push(Layer::File { name: name.clone(), bytes });
    }
    layers.extend(args.given.layers().map_err(Failed::unable)?);
    Ok(layers)
}

/// The namespace of the release.
fn namespace(args: &OpsArgs) -> String {
    let given = args.namespace.clone().filter(|name| !name.is_empty());
    let given = given.or_else(|| std::env::var("HELM_NAMESPACE").ok().filter(|name| !name.is_empty()));
    given.unwrap_or_else(|| "default".to_owned())
}

/// A procedure in a list.
#[derive(Serialize)]
struct Row<'p> {
    name: &'p str,
    group: &'p str,
    summary: &'p str,
    #[serde(rename = "isDestructive")]
    is_destructive: bool,
    targets: Vec<&'p str>,
}

fn list(format: &str) -> Result<String, Failed> {
    let rows = ops::all().iter().map(|one| Row {
        name: &one.name,
        group: &one.group,
        summary: &one.summary,
        is_destructive: one.is_destructive,
        targets: one.targets().map(|(name, _)| name).collect(),
    });
    let rows: Vec<Row<'_>> = rows.collect();
    let mut text = String::new();
    match format {
        "names" => rows.iter().for_each(|row| text.push_str(&format!("{}\n", row.name))),
        "json" => {
            let json = serde_json::to_string_pretty(&rows).map_err(|error| Failed::unable(error.to_string()))?;
            text = format!("{json}\n");
        }
        _ => {
            let width = rows.iter().map(|row| row.name.len()).max().unwrap_or_default();
            let mut group = "";
            for row in &rows {
                if row.group != group {
                    text.push_str(&format!("{}{}\n", if group.is_empty() { "" } else { "\n" }, row.group));
                    group = row.group;
                }
                let mark = if row.is_destructive { " (asks first)" } else { "" };
                text.push_str(&format!("  {:width$}  {}{mark}\n", row.name, row.summary));
            }
        }
    }
    Ok(text)
}
