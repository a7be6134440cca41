//! `template --releases FILE`: many releases in one process.
//!
//! In: the flags, which say for every release what they say for one. Out: what `template` would print of each, in the
//! order of the rows, each below a line with its name; or files, in a folder for each. A release that fails is told with
//! its row, and the others are rendered all the same; the last line counts.

use super::args::TemplateArgs;
use super::color::{self, Color};
use super::failed::Failed;
use super::input::read;
use super::post_render::PostRenderer;
use super::progress::Progress;
use super::{namespace, output, template};
use crate::diag::Diagnostic;
use crate::eval::Limits;
use crate::releases::{Releases, Row, RowError, Settings, Shard, ShardError};
use crate::render::Rendered;
use crate::report::human;
use crate::source::Source;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::Path;

/// Where a Kubernetes Indexed Job tells each pod its number, from 0.
const JOB_INDEX: &str = "JOB_COMPLETION_INDEX";

/// What one release comes to.
struct Told {
    /// For stdout.
    text: Vec<u8>,
    warnings: Vec<String>,
    failed: Option<Failed>,
}

/// Runs the command.
pub(super) fn run(args: &TemplateArgs, file: &str, limits: Limits) -> Result<(), Failed> {
    refuse(args)?;
    let post_renderer = template::post_renderer(args)?;
    let shard = shard(args)?;
    let outside = template::outside(args)?;
    let settings = Settings {
        capabilities: args.release.capabilities()?,
        is_upgrade: args.release.is_upgrade,
        skip_schema: args.given.skip_schema_validation,
        limits,
        outside: &outside,
        threads: None,
    };
    let color = Color::named(args.color.as_deref())?.on_stderr();
    let mut releases = read_file(args, file)?;
    if let Some(shard) = shard {
        releases = releases.shard(shard);
    }
    let total = releases.rows().len();
    let is_free = args.output_dir.is_some() || !io::stdout().is_terminal();
    let mut progress = Progress::new(total, is_free);
    let (mut rendered, mut failed) = (0, 0);
    // Many releases of a chart warn of the same; only what tells lines apart is kept of them.
    let mut warned: HashSet<u64> = HashSet::new();
    let mut unwritten = None;
    releases.render(
        &settings,
        |row, result| finish(args, post_renderer.as_ref(), row, result),
        |row, told| {
            let new = told.warnings.iter().filter(|line| warned.insert(hash(line)));
            let mut notices: String = new.map(|line| format!("{line}\n")).collect();
            match told.failed {
                None => rendered += 1,
                Some(error) => {
                    failed += 1;
                    notices.push_str(&format!("Error: {}: release {row}: {}\n", row.place, error.message));
                    notices.push_str(&error.details);
                }
            }
            if !notices.is_empty() {
                progress.clear();
                tell(&color::paint(&notices, color));
            }
            if let Err(error) = output::write(&told.text) {
                unwritten = Some(error);
                return ControlFlow::Break(());
            }
            progress.show(rendered + failed, failed);
            ControlFlow::Continue(())
        },
    );
    progress.clear();
    if let Some(error) = unwritten.filter(|error| error.kind() != io::ErrorKind::BrokenPipe) {
        return Err(error.to_string().into());
    }
    tell(&format!("{rendered} rendered, {failed} failed\n"));
    if failed > 0 { Err(Failed::from(String::new())) } else { Ok(()) }
}

/// The flag that was given although it says something about `--releases`, which was not.
pub(super) fn without_file(args: &TemplateArgs) -> Option<&'static str> {
    let given = [("--shard", args.shard.is_some()), ("--shards", args.shards.is_some())];
    given.into_iter().find(|(_, given)| *given).map(|(flag, _)| flag)
}

/// What each row says for itself, and what looks at one release only.
fn refuse(args: &TemplateArgs) -> Result<(), String> {
    if let Some(name) = args.names.first() {
        return Err(format!("found {name:?} beside --releases: each row of the file names its release and its chart"));
    }
    let given = &args.given;
    let by_row = [
        ("--generate-name", "name", args.generate_name),
        ("--name-template", "name", args.name_template.is_some()),
        ("--values", "values", given.files().next().is_some()),
        ("--set", "set", !given.set.is_empty()),
        ("--set-string", "setString", !given.set_string.is_empty()),
        ("--set-json", "setJson", !given.set_json.is_empty()),
        ("--set-file", "setFile", !given.set_file.is_empty()),
        ("--set-literal", "setLiteral", !given.set_literal.is_empty()),
    ];
    if let Some((flag, field, _)) = by_row.into_iter().find(|(.., given)| *given) {
        return Err(format!("{flag} cannot be used with --releases: each row says it in its field `{field}`"));
    }
    if args.check_determinism {
        return Err("--check-determinism looks at one release and cannot be used with --releases".into());
    }
    if !args.show_only.is_empty() && args.output_dir.is_some() {
        return Err("--show-only cannot be used with --output-dir: what it picks is printed".into());
    }
    Ok(())
}

/// The part of the rows that was asked for.
fn shard(args: &TemplateArgs) -> Result<Option<Shard>, Failed> {
    let told = |flag: &str, text: &str, why: &str, help: &str| Failed {
        details: if help.is_empty() { String::new() } else { format!("  help: {help}\n") },
        ..Failed::from(format!("invalid argument {text:?} for \"{flag}\" flag: {why}"))
    };
    match (&args.shard, &args.shards) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err("--shard and --shards cannot be used together".to_owned().into()),
        (Some(text), None) => Shard::parse(text).map(Some).map_err(|error| {
            let help = match error {
                ShardError::Outside { index: 0, count } => {
                    format!("--shard counts from 1; where {JOB_INDEX} counts from 0, say --shards {count}")
                }
                _ => String::new(),
            };
            told("--shard", text, &error.to_string(), &help)
        }),
        (None, Some(text)) => {
            let count = text.parse().map_err(|_| told("--shards", text, "expected a whole number", ""))?;
            let index = std::env::var(JOB_INDEX).map_err(|_| {
                let help = "a Kubernetes Indexed Job sets it; elsewhere say --shard INDEX/COUNT";
                told("--shards", text, &format!("found no {JOB_INDEX} in the environment"), help)
            })?;
            let Some(from_1) = index.parse::<u64>().ok().and_then(|index| index.checked_add(1)) else {
                let why = format!("found {JOB_INDEX}={index}, expected a whole number");
                return Err(told("--shards", text, &why, ""));
            };
            Shard::new(from_1, count).map(Some).map_err(|error| {
                let why = match error {
                    ShardError::Outside { .. } => format!("found {JOB_INDEX}={index}, expected a number below {count}"),
                    other => other.to_string(),
                };
                told("--shards", text, &why, "")
            })
        }
    }
}

fn read_file(args: &TemplateArgs, file: &str) -> Result<Releases, Failed> {
    let bytes = read(file)?;
    let (name, folder) = match file.trim() {
        "-" => ("stdin", Path::new("")),
        _ => (file, Path::new(file).parent().unwrap_or(Path::new(""))),
    };
    Releases::read(&Source::new(name, bytes), folder, &namespace::of(&args.release)).map_err(|problems| {
        let count = match problems.len() {
            1 => "a problem".to_owned(),
            count => format!("{count} problems"),
        };
        Failed { details: human::print(&problems), ..Failed::from(format!("{count} in {name}: nothing was rendered")) }
    })
}

/// What is to be told of a row, worked out beside those of other rows.
fn finish(
    args: &TemplateArgs,
    post_renderer: Option<&PostRenderer>,
    row: &Row,
    result: Result<Rendered, RowError>,
) -> Told {
    let lines = |warnings: &[Diagnostic]| warnings.iter().map(template::warning).collect();
    let failed = |text, warnings, failed| Told { text, warnings, failed: Some(failed) };
    match result {
        Ok(rendered) => {
            let warnings = lines(&rendered.warnings);
            match write(args, post_renderer, row, &rendered) {
                Ok(text) => Told { text, warnings, failed: None },
                Err(error) => failed(Vec::new(), warnings, error),
            }
        }
        Err(RowError::Render(error)) => {
            failed(template::broken(args, &error), lines(&error.warnings), template::not_rendered(args, &error))
        }
        Err(RowError::Values(error)) => failed(Vec::new(), Vec::new(), template::bad_values(args, &error)),
        Err(RowError::Unreadable(why)) => failed(Vec::new(), Vec::new(), Failed::from(why)),
    }
}

/// Writes a release's files, or gives what is to be printed.
fn write(
    args: &TemplateArgs,
    post_renderer: Option<&PostRenderer>,
    row: &Row,
    rendered: &Rendered,
) -> Result<Vec<u8>, Failed> {
    let Some(dir) = &args.output_dir else {
        let mut text = format!("# Release: {row}\n").into_bytes();
        text.append(&mut template::text(args, rendered, post_renderer)?);
        return Ok(text);
    };
    let dir = format!("{dir}/{}/{}", row.namespace, row.name);
    let (crds, hooks, tests) = (args.include_crds, !args.no_hooks, !args.skip_tests);
    let mut told = Vec::new();
    // The same release is written again when a pod of a Job is tried again: its hooks must not pile up.
    let files = output::Files { dir: &dir, release: None, crds, hooks, tests, adds_hooks: false };
    files.write(rendered, &mut |line| {
        told.extend_from_slice(line.as_bytes());
        Ok(())
    })?;
    Ok(told)
}

/// Writes to stderr; where it is closed, there is nobody to tell.
fn tell(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

fn hash(line: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    line.hash(&mut hasher);
    hasher.finish()
}
