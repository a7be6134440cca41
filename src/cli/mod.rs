//! The command line: flags in, text and an exit code out. The only room that prints.

mod args;
mod output;
mod show;
mod template;

pub use self::template::Failed;

use clap::Parser;
use clap::error::{ContextKind, ErrorKind};
use std::io::Write;
use std::process::ExitCode;

/// `chartwright`.
#[derive(Debug, Parser)]
#[command(name = "chartwright", version, about = "Renders Helm charts as `helm template` does")]
struct Chartwright {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Render a chart's templates and print the manifests
    Template(Box<args::TemplateArgs>),
}

/// `render`.
#[derive(Debug, Parser)]
#[command(name = "render", version, about = "Renders a Helm chart; without one, the Redis chart that is built in")]
struct Render {
    #[command(flatten)]
    args: args::TemplateArgs,
}

/// The `chartwright` program.
pub fn chartwright() -> ExitCode {
    match Chartwright::try_parse() {
        Ok(Chartwright { command: Command::Template(args) }) => finish(template::run(&args, false)),
        Err(error) => usage(&error),
    }
}

/// The `render` program.
pub fn render() -> ExitCode {
    match Render::try_parse() {
        Ok(Render { args }) => finish(template::run(&args, true)),
        Err(error) => usage(&error),
    }
}

/// Help and version go to stdout and are no failure; a bad flag is told in Helm's words.
fn usage(error: &clap::Error) -> ExitCode {
    let context = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let flag = context(ContextKind::InvalidArg);
    let flag = flag.split(' ').next().unwrap_or_default();
    let text = match error.kind() {
        ErrorKind::UnknownArgument => Some(format!("unknown flag: {flag}")),
        ErrorKind::InvalidValue if context(ContextKind::InvalidValue).is_empty() => {
            Some(format!("flag needs an argument: {flag}"))
        }
        _ => None,
    };
    if let Some(message) = text {
        return finish(Err(Failed { message, details: String::new() }));
    }
    // A closed pipe leaves nobody to tell.
    let _ = error.print();
    if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn finish(result: Result<(), Failed>) -> ExitCode {
    let Err(failed) = result else { return ExitCode::SUCCESS };
    let mut text = format!("Error: {}\n", failed.message);
    text.push_str(&failed.details);
    let _ = std::io::stderr().write_all(text.as_bytes());
    ExitCode::FAILURE
}
