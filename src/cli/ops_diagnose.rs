//! `ops diagnose`: names what is wrong with a Redis, from texts.

use super::color::Color;
use super::failed::Failed;
use super::input::read;
use super::output;
use crate::ops::diagnose::{About, Input, diagnose, print};
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueHint};
use std::io::IsTerminal;

/// Shown below the flags.
pub(super) const EXAMPLES: &str = "\
Examples:
  kubectl describe pod redis-0 | chartwright ops diagnose
  kubectl logs redis-0 --previous > log; chartwright ops diagnose log
  redis-cli INFO | chartwright ops diagnose - --format json
  chartwright ops diagnose describe.txt events.txt log --release cache --namespace prod";

/// Arguments of `ops diagnose`.
#[derive(Debug, Args, Default)]
#[command(args_override_self = true)]
pub(super) struct DiagnoseArgs {
    /// What kubectl describe, logs, get events, INFO or helm have said; - for stdin, which is read without any
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<String>,
    /// Name of the release, for commands [default: as the texts say]
    #[arg(long, value_name = "NAME")]
    pub release: Option<String>,
    /// Its namespace, for commands [default: as the texts say]
    #[arg(short, long, value_name = "NAME")]
    pub namespace: Option<String>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = PossibleValuesParser::new(["text", "json"]))]
    pub format: String,
    /// When to use colours [env: NO_COLOR, CLICOLOR_FORCE]
    #[arg(long, alias = "colour", value_name = "WHEN", hide_possible_values = true,
          value_parser = PossibleValuesParser::new(["auto", "always", "never"]))]
    pub color: Option<String>,
}

/// Runs the command.
pub(super) fn run(args: &DiagnoseArgs) -> Result<(), Failed> {
    let color = Color::named(args.color.as_deref()).map_err(Failed::unable)?;
    let mut names = args.files.clone();
    if names.is_empty() {
        if std::io::stdin().is_terminal() {
            let text = "nothing to look at: name files, or pipe something in (kubectl describe pod redis-0 | chartwright ops diagnose)";
            return Err(Failed::unable(text.to_owned()));
        }
        names.push("-".to_owned());
    }
    let input = |name: &String| {
        let bytes = read(name).map_err(Failed::unable)?;
        let name = if name == "-" { "stdin".to_owned() } else { name.clone() };
        Ok(Input { name, text: String::from_utf8_lossy(&bytes).into_owned() })
    };
    let inputs = names.iter().map(input).collect::<Result<Vec<_>, Failed>>()?;
    let about = About { release: args.release.clone(), namespace: args.namespace.clone() };
    let found = diagnose(&inputs, &about);
    let shown = match args.format.as_str() {
        "json" => {
            let text = serde_json::to_string_pretty(&found).map_err(|error| Failed::unable(error.to_string()))?;
            format!("{text}\n")
        }
        _ => super::color::paint(&print(&found), color.on_stdout()),
    };
    output::print(shown.as_bytes()).map_err(Failed::unable)?;
    match found.exit_code() {
        0 => Ok(()),
        code => Err(Failed { code, ..Failed::from(String::new()) }),
    }
}
