//! `ops diagnose`: names what is wrong with a Redis, from texts.
//!
//! In: files, or standard input. Out: the causes, the worst first; the exit code is 1 when there is one.

use super::failed::Failed;
use super::input::read;
use super::ops::{OpsArgs, RELEASE};
use super::output;
use crate::ops::diagnose::{About, Input, diagnose, print};
use std::io::IsTerminal;

/// Runs the action.
pub(super) fn run(files: &[&str], args: &OpsArgs) -> Result<(), Failed> {
    if args.format == "names" || args.output.is_some() {
        let text = "`names` and `--output` are for other actions: diagnose prints text or json to standard output";
        return Err(Failed::unable(text.to_owned()));
    }
    let mut names = files.to_vec();
    if names.is_empty() {
        if std::io::stdin().is_terminal() {
            let details = " help: kubectl describe pod redis-0 | chartwright ops diagnose\n".to_owned();
            return Err(Failed {
                details,
                ..Failed::unable("expected files, or something on standard input".to_owned())
            });
        }
        names.push("-");
    }
    let input = |name: &&str| {
        let bytes = read(name).map_err(Failed::unable)?;
        let name = if *name == "-" { "stdin" } else { name };
        Ok(Input { name: name.to_owned(), text: String::from_utf8_lossy(&bytes).into_owned() })
    };
    let inputs = names.iter().map(input).collect::<Result<Vec<_>, Failed>>()?;
    // What the texts say of the release counts for more than what is meant where none is named.
    let release = Some(args.release.clone()).filter(|name| name != RELEASE);
    let found = diagnose(&inputs, &About { release, namespace: args.namespace.clone() });
    let shown = match args.format.as_str() {
        "json" => {
            let text = serde_json::to_string_pretty(&found).map_err(|error| Failed::unable(error.to_string()))?;
            format!("{text}\n")
        }
        _ => print(&found),
    };
    output::print(shown.as_bytes()).map_err(Failed::unable)?;
    match found.exit_code() {
        0 => Ok(()),
        code => Err(Failed { code, ..Failed::from(String::new()) }),
    }
}
