//! What the program says about itself: completion scripts and manual pages.
//!
//! In: the description of the commands. Out: text on stdout, made from it; so neither can be stale.

use super::failed::Failed;
use super::output;
use clap::builder::PossibleValuesParser;
use clap::{Args, Command};
use clap_complete::Shell;

/// Arguments of `completion`.
#[derive(Debug, Args)]
pub(super) struct CompletionArgs {
    /// The shell: bash, zsh, fish or powershell
    #[arg(value_name = "SHELL", hide_possible_values = true, value_parser = PossibleValuesParser::new(SHELLS))]
    shell: String,
}

const SHELLS: [&str; 4] = ["bash", "zsh", "fish", "powershell"];

/// Shown below the help of `completion`.
pub(super) const COMPLETION_EXAMPLES: &str = "\
Examples:
  source <(chartwright completion bash)                         this shell, now
  chartwright completion zsh > \"${fpath[1]}/_chartwright\"       every zsh from now on
  chartwright completion fish > ~/.config/fish/completions/chartwright.fish
  chartwright completion powershell | Out-String | Invoke-Expression";

/// Arguments of `man`.
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// The command whose page it is; chartwright's own without one
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

/// Shown below the help of `man`.
pub(super) const MAN_EXAMPLES: &str = "\
Examples:
  chartwright man template | man -l -
  chartwright man > /usr/local/share/man/man1/chartwright.1";

/// Prints the completion script of a shell.
pub(super) fn completion(args: &CompletionArgs, command: &mut Command) -> Result<(), Failed> {
    let shell = match args.shell.as_str() {
        "bash" => Shell::Bash,
        "zsh" => Shell::Zsh,
        "fish" => Shell::Fish,
        _ => Shell::PowerShell,
    };
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    clap_complete::generate(shell, command, name, &mut text);
    Ok(output::print(&text)?)
}

/// Prints the manual page of a command.
pub(super) fn man(args: &ManArgs, mut root: Command) -> Result<(), Failed> {
    root.build();
    let page = match &args.command {
        None => root,
        Some(name) => {
            let found = root.find_subcommand(name).filter(|command| command.get_name() != "help").cloned();
            found.ok_or_else(|| format!("no command {name:?}; see chartwright --help"))?
        }
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text).map_err(|error| error.to_string())?;
    Ok(output::print(&text)?)
}
