//! The command line: flags in, text and an exit code out. The only room that prints.

mod args;
mod color;
mod coverage;
mod determinism;
mod explain;
mod failed;
mod git;
mod hosts;
mod ignored;
mod input;
mod limits;
mod lint;
mod lint_args;
mod lint_input;
mod manual;
mod namespace;
#[cfg(feature = "redis")]
mod ops;
#[cfg(feature = "redis")]
mod ops_diagnose;
#[cfg(feature = "redis")]
mod ops_operator;
mod output;
mod plan;
mod plan_args;
mod plan_input;
mod post_render;
mod progress;
mod releases;
mod show;
mod snapshot;
mod snapshot_args;
mod snapshot_review;
mod template;
mod test;
mod test_args;
mod value;
mod words;

pub use self::failed::Failed;

use self::color::Color;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ErrorKind};
use clap::{Arg, ArgAction, CommandFactory, Parser};
use std::io::Write;
use std::process::ExitCode;

/// Shown below the flags of `template`.
const EXAMPLES: &str = "\
Examples:
  chartwright template my-redis ./chart                     print the manifests
  chartwright template ./chart -f prod.yaml --set key=3     with values of your own
  chartwright template ./chart -s templates/service.yaml    of one template only
  chartwright template ./chart --output-dir out             into files
  chartwright template ./chart --seed 1 --now 0             the same bytes every time
  chartwright template ./chart --check-determinism          or learn what stands against it
  chartwright template ./chart --post-renderer ./patch.sh   through a program of yours
  chartwright template --releases all.yaml --output-dir out many releases, on all cores
  chartwright template --releases all.yaml --shard 2/16     the second of 16 parts of them";

/// Shown below the flags of `render`.
const RENDER_EXAMPLES: &str = "\
Examples:
  render                                   print the manifests of the Redis chart
  render --set mode=replica -n cache       in another mode and namespace
  render my-release ./some/chart           of any chart: `chartwright template` in short";

/// Shown below the flags of `explain`.
const EXPLAIN_EXAMPLES: &str = "\
Examples:
  chartwright explain StatefulSet/redis-master.spec.replicas ./chart --release-name redis
  chartwright explain templates/service.yaml:12 ./chart     line 12 of what this template renders
  chartwright explain out.yaml:120 ./chart                  of what `template` has printed into a file";

/// Shown below the flags of `values`.
const VALUES_EXAMPLES: &str = "\
Examples:
  chartwright values ./chart -f prod.yaml                   every value, with who set it and who reads it
  chartwright values ./chart master.persistence             of one part
  chartwright values ./chart --format json";

/// `chartwright`.
#[derive(Debug, Parser)]
#[command(
    name = "chartwright",
    version,
    about = "Renders Helm charts as `helm template` does, and finds what is wrong with them"
)]
#[command(
    after_help = "Try `chartwright template ./chart`, `chartwright lint ./chart`, and `--help` behind a command."
)]
struct Chartwright {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Render a chart's templates and print the manifests
    #[command(after_help = EXAMPLES, override_usage = "chartwright template [NAME] CHART [OPTIONS]")]
    Template(Box<args::TemplateArgs>),
    /// Tell why a rendered line is there: template, calls, values, branches
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(Box<explain::ExplainArgs>),
    /// Print the effective values: who set each, and who reads it
    #[command(after_help = VALUES_EXAMPLES)]
    Values(Box<explain::ShowValuesArgs>),
    /// Find what is wrong with charts and manifests
    #[command(after_help = lint_args::EXAMPLES, override_usage = "chartwright lint [CHART|FILE|FOLDER|-]... [OPTIONS]")]
    Lint(Box<lint_args::LintArgs>),
    /// Run a chart's suites, those of helm-unittest as they are
    #[command(after_help = test_args::EXAMPLES, override_usage = "chartwright test CHART... [OPTIONS]")]
    Test(Box<test_args::TestArgs>),
    /// Say which branches of a chart's templates its cases take
    #[command(after_help = coverage::EXAMPLES, override_usage = "chartwright coverage [CHART] [OPTIONS]")]
    Coverage(Box<coverage::CoverageCommand>),
    /// Say what an upgrade will do: objects, pods, data, and what to run
    #[command(after_help = plan_args::EXAMPLES, override_usage = "chartwright plan [OLD] NEW [OPTIONS]")]
    Plan(Box<plan_args::PlanArgs>),
    /// Hold what a chart renders against the snapshots that are kept of it
    #[command(after_help = snapshot_args::EXAMPLES, override_usage = "chartwright snapshot [CHART] [OPTIONS]")]
    Snapshot(Box<snapshot_args::SnapshotArgs>),
    /// Back up, restore, look after a release of the Redis chart: scripts and pages for one release
    #[cfg(feature = "redis")]
    #[command(after_help = ops::examples(), override_usage = "chartwright ops ACTION [NAME] [OPTIONS]")]
    Ops(Box<ops::OpsArgs>),
    /// Print a script that completes commands and flags in a shell
    #[command(after_help = manual::COMPLETION_EXAMPLES)]
    Completion(manual::CompletionArgs),
    /// Print a manual page
    #[command(after_help = manual::MAN_EXAMPLES)]
    Man(manual::ManArgs),
}

/// `render`. As in Helm, `--version` is about the chart.
#[derive(Debug, Parser)]
#[command(name = "render", version, about = "Renders a Helm chart; without one, the Redis chart that is built in")]
#[command(disable_version_flag = true, after_help = RENDER_EXAMPLES)]
#[command(override_usage = "render [[NAME] CHART] [OPTIONS]")]
struct Render {
    #[command(flatten)]
    args: args::TemplateArgs,
}

/// The `chartwright` program.
pub fn chartwright() -> ExitCode {
    start(|command: Chartwright| match command.command {
        Command::Template(args) => template::run(&args, false),
        Command::Explain(args) => explain::run(&args),
        Command::Values(args) => explain::values(&args),
        Command::Lint(args) => lint::run(&args),
        Command::Coverage(args) => coverage::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Snapshot(args) => snapshot::run(&args),
        Command::Test(args) => test::run(&args),
        #[cfg(feature = "redis")]
        Command::Ops(args) => ops::run(&args),
        Command::Completion(args) => manual::completion(&args, &mut Chartwright::command()),
        Command::Man(args) => manual::man(&args, Chartwright::command()),
    })
}

/// The `render` program.
pub fn render() -> ExitCode {
    start(|Render { args }| template::run(&args, true))
}

/// What becomes of the words of a command line of `chartwright`, without running anything: clap's words, or the message.
///
/// # Errors
/// What is wrong with a flag, in Helm's words, or clap's page about it.
#[doc(hidden)]
pub fn check_words(given: &[String]) -> Result<Vec<String>, String> {
    let mut command = Chartwright::command();
    command.build();
    let words = words::cut(&command, given)?;
    words.check_groups()?;
    let matches =
        command.try_get_matches_from_mut(std::iter::once("chartwright").chain(words.plain.iter().map(String::as_str)));
    let read = |matches| <Chartwright as clap::FromArgMatches>::from_arg_matches(&matches);
    matches.and_then(read).map_err(|error| error.to_string())?;
    Ok(words.plain)
}

/// The exit code of a command line that cannot be read: to these commands, 1 means that something was found.
fn usage_code(given: &[String]) -> u8 {
    const FINDING: [&str; 6] = ["lint", "plan", "snapshot", "test", "coverage", "ops"];
    let command = given.iter().find(|word| !word.starts_with('-'));
    if command.is_some_and(|command| FINDING.contains(&command.as_str())) { lint::UNREADABLE } else { 1 }
}

/// Reads the words of the command line and runs what they ask for.
fn start<P: Parser>(run: impl FnOnce(P) -> Result<(), Failed>) -> ExitCode {
    let given: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let color = match Color::read(&given) {
        Ok(color) => color,
        Err(message) => return finish(Err(message.into()), Color::Auto),
    };
    let misused = |message: String| Err(Failed { code: usage_code(&given), ..message.into() });
    let mut command = P::command();
    if command.get_subcommands().next().is_none() {
        let version = Arg::new("program_version").short('V').action(ArgAction::Version).help("Print version");
        command = command.arg(version);
    }
    command.build();
    let words = match words::cut(&command, &given) {
        Ok(words) => words,
        Err(message) => return finish(misused(message), color),
    };
    words.notices().for_each(|text| eprintln!("{text}"));
    let is_question = words.given.contains("help");
    if let (false, Err(message)) = (is_question, words.check_groups()) {
        return finish(misused(message), color);
    }
    let name = command.get_name().to_owned();
    let parsed = command.try_get_matches_from_mut(std::iter::once(name).chain(words.plain));
    match parsed.and_then(|matches| P::from_arg_matches(&matches)) {
        Ok(parsed) => finish(run(parsed), color),
        Err(error) => usage(&command, &error, color, usage_code(&given)),
    }
}

/// Help and version go to stdout and are no failure; a bad flag is told in Helm's words.
fn usage(command: &clap::Command, error: &clap::Error, color: Color, code: u8) -> ExitCode {
    let context = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    if let (ErrorKind::ValueValidation, Some(why)) = (error.kind(), std::error::Error::source(error)) {
        let flag = context(ContextKind::InvalidArg);
        let flag = flag.split([' ', '=', '[']).next().unwrap_or_default().trim_start_matches("--").to_owned();
        let commands = std::iter::once(command).chain(command.get_subcommands());
        let arg = commands.flat_map(clap::Command::get_arguments).find(|arg| arg.get_long() == Some(&flag));
        if let Some(arg) = arg {
            let message = words::invalid(arg, &context(ContextKind::InvalidValue), &why.to_string());
            return finish(Err(Failed { code, ..message.into() }), color);
        }
    }
    let text: StyledStr = error.render();
    // A closed pipe leaves nobody to tell.
    if error.use_stderr() {
        let _ = std::io::stderr().write_all(color::styled(&text, color.on_stderr()).as_bytes());
        return ExitCode::from(code);
    }
    let _ = std::io::stdout().write_all(color::styled(&text, color.on_stdout()).as_bytes());
    ExitCode::SUCCESS
}

fn finish(result: Result<(), Failed>, color: Color) -> ExitCode {
    let Err(failed) = result else { return ExitCode::SUCCESS };
    let mut text = String::new();
    if !failed.message.is_empty() {
        text = format!("Error: {}\n", failed.message);
    }
    text.push_str(&failed.details);
    let _ = std::io::stderr().write_all(color::paint(&text, color.on_stderr()).as_bytes());
    ExitCode::from(failed.code)
}
