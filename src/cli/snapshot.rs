//! `snapshot`: a chart's cases against the files that hold what they rendered to.

use super::color::{self, Color};
use super::failed::Failed;
use super::input::read;
use super::plan_args::all;
use super::snapshot_args::SnapshotArgs;
use super::snapshot_review::review;
use super::{output, template};
use crate::matrix::Phases;
use crate::release::KubeVersion;
use crate::report::{human, snapshot as report};
use crate::suite::snapshot::{FOLDER, IGNORE_LINE, Ignored, Outcome, Settings, Snapshots, add_ignore, is_ignored};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// Runs the command.
pub(super) fn run(args: &SnapshotArgs) -> Result<(), Failed> {
    let color = Color::named(args.color.as_deref()).map_err(Failed::unable)?;
    let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    if args.review && !is_terminal {
        let message = "`--review` asks questions, and here is no terminal: `--update` writes everything, `--accept \
                       KIND/NAME` one object";
        return Err(Failed::unable(message.into()));
    }
    let chart = args.chart.as_deref().unwrap_or(".");
    let folder = folder(args, chart).map_err(Failed::unable)?;
    let mut said = String::new();
    if args.dir.is_none() {
        said = ignored(Path::new(chart), args.update, folder.is_dir()).map_err(Failed::unable)?;
    }
    let settings = settings(args).map_err(Failed::unable)?;
    let snapshots = Snapshots::load(chart, settings).map_err(|error| Failed::unable(error.to_string()))?;
    let mut outcome = snapshots.check(folder);
    if args.update {
        outcome.update().map_err(Failed::unable)?;
    }
    for wanted in &args.accept {
        let (address, case) =
            wanted.split_once(',').map_or((wanted.as_str(), None), |(at, case)| (at, Some(case.trim())));
        if let Err(found) = outcome.accept(address.trim(), case) {
            return Err(Failed { details: human::print(&[*found]), ..Failed::unable("nothing was accepted".into()) });
        }
    }
    if args.review {
        let (input, mut shown) = (std::io::stdin().lock(), std::io::stdout().lock());
        review(&mut outcome, input, &mut shown).map_err(Failed::unable)?;
    }
    eprint!("{}", color::paint(&said, color.on_stderr()));
    print(args, &outcome, color).map_err(Failed::unable)?;
    let mut code = outcome.exit_code();
    if let Some(coverage) = snapshots.coverage() {
        let told = args.coverage.tell(&coverage, chart).map_err(Failed::unable)?;
        output::print(told.text.as_bytes()).map_err(Failed::unable)?;
        eprint!("{}", color::paint(&human::print(&told.problems), color.on_stderr()));
        code = code.max(u8::from(!told.problems.is_empty()));
    }
    // The process ends soon; to give all this memory back piece by piece takes its time.
    std::mem::forget((snapshots, outcome));
    if code == 0 { Ok(()) } else { Err(Failed { code, ..Failed::from(String::new()) }) }
}

fn print(args: &SnapshotArgs, outcome: &Outcome, color: Color) -> Result<(), String> {
    let text = match args.format.as_str() {
        "json" => report::json(outcome),
        _ => report::text(outcome),
    };
    match &args.output {
        Some(file) => std::fs::write(file, text).map_err(|error| format!("cannot write {file}: {error}")),
        None if args.format == "json" => output::print(text.as_bytes()),
        None => output::print(paint(&text, color.on_stdout()).as_bytes()),
    }
}

/// Lines that went are red, and those that came green.
pub(super) fn paint(text: &str, colors: bool) -> String {
    if !colors {
        return text.to_owned();
    }
    let line = |line: &str| match line.trim_start().chars().next() {
        Some('-') if line.starts_with("  -") => format!("\x1b[31m{line}\x1b[0m\n"),
        Some('+') if line.starts_with("  +") => format!("\x1b[32m{line}\x1b[0m\n"),
        _ => color::paint(&format!("{line}\n"), true),
    };
    text.lines().map(line).collect()
}

/// Where the snapshots lie.
fn folder(args: &SnapshotArgs, chart: &str) -> Result<PathBuf, String> {
    match &args.dir {
        Some(folder) => Ok(PathBuf::from(folder)),
        None if Path::new(chart).is_file() => {
            Err(format!("{chart} is an archive, in which no snapshots lie; name their folder with `--dir`"))
        }
        None => Ok(Path::new(chart).join(FOLDER)),
    }
}

/// Sees to it that packages of the chart are free of snapshots, and says so; or says that they are not.
fn ignored(chart: &Path, writes: bool, has_folder: bool) -> Result<String, String> {
    let file = chart.join(".helmignore");
    let file = file.display();
    if !chart.join("Chart.yaml").is_file() || is_ignored(chart) != Ignored::No {
        return Ok(String::new());
    }
    if writes {
        add_ignore(chart)?;
        return Ok(format!("{file}: added `{IGNORE_LINE}`, so that no package has the snapshots in it\n"));
    }
    let warning = format!(
        "warning[snapshots-are-packed]: {file} does not name `{IGNORE_LINE}`: packages have the snapshots in them\n"
    );
    Ok(if has_folder { warning } else { String::new() })
}

fn settings(args: &SnapshotArgs) -> Result<Settings, String> {
    let parse =
        |text: &String| KubeVersion::parse(text).map_err(|error| format!("invalid kube version '{text}': {error}"));
    let release_names: Vec<String> = all(&args.release_name).cloned().collect();
    release_names.iter().try_for_each(|name| template::check_name(name))?;
    Ok(Settings {
        given: args.given.layers()?,
        release_names,
        namespace: args.namespace.clone(),
        kube_versions: all(&args.kube_version).map(parse).collect::<Result<_, _>>()?,
        api_versions: all(&args.api_versions).cloned().collect(),
        phases: match (args.is_install, args.is_upgrade) {
            (true, false) => Some(Phases::Install),
            (false, true) => Some(Phases::Upgrade),
            (true, true) => Some(Phases::Both),
            (false, false) => None,
        },
        only_given: args.no_matrix,
        cases: args.case.clone(),
        notes: args.notes,
        seed: args.seed,
        now: args.now,
        objects: template::looked_up(&args.lookup)?,
        skip_schema: args.given.skip_schema_validation,
        limits: args.limits.apply()?,
        count: args.coverage.is_on(),
        config: match &args.config {
            Some(name) => Some((name.clone(), read(name)?)),
            None => None,
        },
    })
}
