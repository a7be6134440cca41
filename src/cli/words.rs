//! The words of a command line, cut as Helm's flag library cuts them.
//!
//! In: the words after the program's name, and the flags that there are. Out: the same in one
//! plain form (`--flag=value`, one word each; then what is no flag), which leaves nothing to guess.
//! A flag that takes a value takes the next word whatever it looks like; `--no-hooks=false` is a
//! flag that was not given; flags may stand before the command.

use super::value;
use crate::template::quote;
use clap::{Arg, Command};
use std::collections::{BTreeMap, BTreeSet};

/// A command line that was cut.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// What clap is to read, without the program's name.
    pub plain: Vec<String>,
    /// The long names of the flags that were given, also with `=false`.
    pub given: BTreeSet<String>,
}

/// Flags of which Helm takes one only.
const EXCLUSIVE: [[&str; 2]; 3] =
    [["force-replace", "force-conflicts"], ["force", "force-conflicts"], ["validate", "dry-run"]];

/// Flags that Helm is about to take away, and what it says of them.
const DEPRECATED: [(&str, &str); 5] = [
    ("atomic", "use --rollback-on-failure instead"),
    ("force", "use --force-replace instead"),
    ("hide-notes", NO_EFFECT),
    ("render-subchart-notes", NO_EFFECT),
    ("validate", "use '--dry-run=server' instead"),
];

const NO_EFFECT: &str = "this flag has no effect for 'helm template' and will be removed in Helm 5";

impl Words {
    /// What Helm tells about the flags that were given before it looks at anything else.
    pub fn notices(&self) -> impl Iterator<Item = String> {
        let given = DEPRECATED.iter().filter(|(name, _)| self.given.contains(*name));
        given.map(|(name, instead)| format!("Flag --{name} has been deprecated, {instead}"))
    }

    /// Helm's words where two flags do not go together.
    pub fn check_groups(&self) -> Result<(), String> {
        let both = EXCLUSIVE.iter().find(|group| group.iter().all(|name| self.given.contains(*name)));
        let Some(group) = both else { return Ok(()) };
        let mut sorted = *group;
        sorted.sort_unstable();
        Err(format!(
            "if any flags in the group [{}] are set none of the others can be; [{}] were all set",
            group.join(" "),
            sorted.join(" ")
        ))
    }
}

/// Cuts the words. `root` is a command that was built; where it has commands of its own, the first
/// word that is no flag names one.
///
/// # Errors
/// Helm's words for a flag that is unknown, malformed or without its value.
pub(super) fn cut(root: &Command, words: &[String]) -> Result<Words, String> {
    let mut cut = Cut { root, command: None, switches: BTreeMap::new(), words: Words::default(), rest: Vec::new() };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--" {
            cut.rest.extend(words.cloned());
            break;
        } else if let Some(text) = word.strip_prefix("--") {
            cut.long(text, &mut words)?;
        } else if let Some(text) = word.strip_prefix('-').filter(|text| !text.is_empty()) {
            cut.short(text, &mut words)?;
        } else {
            cut.other(word)?;
        }
    }
    cut.finish()
}

struct Cut<'c> {
    root: &'c Command,
    command: Option<&'c Command>,
    /// The flags without values, and whether they are on; `-V` has no long name.
    switches: BTreeMap<String, bool>,
    words: Words,
    rest: Vec<String>,
}

impl<'c> Cut<'c> {
    /// Where a flag may be described: at the command, or while there is none yet, at any.
    fn arg(&self, is: impl Fn(&&Arg) -> bool) -> Option<&'c Arg> {
        match self.command {
            Some(command) => command.get_arguments().find(is),
            None => {
                let own = self.root.get_arguments().find(&is);
                own.or_else(|| self.root.get_subcommands().flat_map(Command::get_arguments).find(&is))
            }
        }
    }

    fn long<'w>(&mut self, text: &str, words: &mut impl Iterator<Item = &'w String>) -> Result<(), String> {
        if text.starts_with(['-', '=']) {
            return Err(format!("bad flag syntax: --{text}"));
        }
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        let is = |arg: &&Arg| {
            arg.get_long() == Some(name) || arg.get_all_aliases().is_some_and(|aliases| aliases.contains(&name))
        };
        let Some(arg) = self.arg(is) else { return Err(format!("unknown flag: --{name}")) };
        if takes_next(arg) && value.is_none() {
            let value = words.next().ok_or_else(|| format!("flag needs an argument: --{name}"))?;
            return self.give(arg, Some(value));
        }
        self.give(arg, value)
    }

    fn short<'w>(&mut self, text: &str, words: &mut impl Iterator<Item = &'w String>) -> Result<(), String> {
        let mut rest = text;
        while let Some(name) = rest.chars().next() {
            rest = rest.get(name.len_utf8()..).unwrap_or_default();
            let Some(arg) = self.arg(|arg| arg.get_short() == Some(name)) else {
                return Err(format!("unknown shorthand flag: {} in -{name}{rest}", quoted(name)));
            };
            if let Some(value) = rest.strip_prefix('=') {
                return self.give(arg, Some(value));
            }
            if takes_next(arg) {
                let mut next =
                    || words.next().ok_or_else(|| format!("flag needs an argument: {} in -{name}", quoted(name)));
                let value = if rest.is_empty() { next()? } else { rest };
                return self.give(arg, Some(value));
            }
            self.give(arg, None)?;
        }
        Ok(())
    }

    fn give(&mut self, arg: &Arg, value: Option<&str>) -> Result<(), String> {
        let Some(name) = arg.get_long() else {
            self.switches.insert(arg.get_short().map(|short| format!("-{short}")).unwrap_or_default(), true);
            return Ok(());
        };
        self.words.given.insert(name.to_owned());
        if arg.get_action().takes_values() {
            self.words.plain.push(value.map_or(format!("--{name}"), |value| format!("--{name}={value}")));
            return Ok(());
        }
        let on = value.map_or(Ok(true), |text| value::boolean(text).map_err(|why| invalid(arg, text, &why)))?;
        self.switches.insert(name.to_owned(), on);
        Ok(())
    }

    /// A word that is no flag.
    fn other(&mut self, word: &str) -> Result<(), String> {
        if self.command.is_none() && self.root.has_subcommands() {
            self.command = self.root.find_subcommand(word);
            if self.command.is_none() {
                let name = self.root.get_name();
                return Err(format!(
                    "unknown command {} for \"{name}\"\nRun '{name} --help' for usage.",
                    quote(word.as_bytes())
                ));
            }
        } else {
            self.rest.push(word.to_owned());
        }
        Ok(())
    }

    fn finish(self) -> Result<Words, String> {
        let Cut { root, command, switches, mut words, rest } = self;
        let known = |name: &str, command: &Command| command.get_arguments().any(|arg| arg.get_long() == Some(name));
        if let Some(name) =
            command.and_then(|command| words.given.iter().find(|name| !known(name, command) && !known(name, root)))
        {
            return Err(format!("unknown flag: --{name}"));
        }
        let dashed = |name: String| if name.starts_with('-') { name } else { format!("--{name}") };
        let on = switches.into_iter().filter(|(_, on)| *on).map(|(name, _)| dashed(name));
        let command = command.map(|command| command.get_name().to_owned());
        // Clap's own command `help` takes names of commands behind it, and nothing else.
        let is_help = command.as_deref() == Some("help");
        let mut plain: Vec<String> = command.into_iter().chain(on).collect();
        plain.append(&mut words.plain);
        if !is_help && !rest.is_empty() {
            plain.push("--".to_owned());
        }
        plain.extend(rest);
        Ok(Words { plain, ..words })
    }
}

/// Whether the next word is the flag's value when none stands behind an equal sign.
fn takes_next(arg: &Arg) -> bool {
    arg.get_action().takes_values() && arg.get_num_args().is_none_or(|number| number.min_values() > 0)
}

/// `invalid argument "x" for "-f, --values" flag: WHY`.
pub(super) fn invalid(arg: &Arg, text: &str, why: &str) -> String {
    let long = arg.get_long().unwrap_or_default();
    let name = arg.get_short().map_or(format!("--{long}"), |short| format!("-{short}, --{long}"));
    format!("invalid argument {} for \"{name}\" flag: {why}", quote(text.as_bytes()))
}

fn quoted(name: char) -> String {
    format!("'{name}'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Args;

    fn root() -> Command {
        let template = super::super::args::TemplateArgs::augment_args(Command::new("template"));
        let mut root = Command::new("chartwright").version("1").subcommand(template);
        root.build();
        root
    }

    fn plain(words: &[&str]) -> Result<Vec<String>, String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        cut(&root(), &words).map(|words| words.plain)
    }

    #[test]
    fn a_flag_takes_the_next_word_whatever_it_looks_like() {
        let want = ["template", "--set=--x", "--namespace=--", "--", "a"].map(str::to_owned);
        assert_eq!(plain(&["template", "--set", "--x", "-n", "--", "a"]), Ok(want.to_vec()));
    }

    #[test]
    fn short_flags_stand_together_and_before_the_command() {
        let want = ["template", "--generate-name", "--namespace=x", "--", "c"].map(str::to_owned);
        for words in [&["-gnx", "template", "c"][..], &["template", "-gn", "x", "c"], &["template", "c", "-g", "-n=x"]]
        {
            assert_eq!(plain(words), Ok(want.to_vec()), "{words:?}");
        }
    }

    #[test]
    fn the_last_word_about_a_switch_counts() {
        assert_eq!(plain(&["template", "--no-hooks", "--no-hooks=f"]), Ok(vec!["template".into()]));
        let want =
            "invalid argument \"y\" for \"-g, --generate-name\" flag: strconv.ParseBool: parsing \"y\": invalid syntax";
        assert_eq!(plain(&["template", "-g=y"]).unwrap_err(), want);
    }

    #[test]
    fn what_is_after_two_dashes_is_no_flag() {
        assert_eq!(plain(&["template", "--", "--set"]), Ok(["template", "--", "--set"].map(str::to_owned).to_vec()));
        assert_eq!(plain(&["template", "-"]), Ok(["template", "--", "-"].map(str::to_owned).to_vec()));
    }

    #[test]
    fn words_that_are_wrong_are_refused_as_helm_refuses_them() {
        for (words, want) in [
            (&["template", "--x"][..], "unknown flag: --x"),
            (&["template", "-gx", "y"], "unknown shorthand flag: 'x' in -x"),
            (&["template", "---x"], "bad flag syntax: ---x"),
            (&["template", "--=x"], "bad flag syntax: --=x"),
            (&["template", "--set"], "flag needs an argument: --set"),
            (&["template", "-gs"], "flag needs an argument: 's' in -s"),
            (&["tmplate"], "unknown command \"tmplate\" for \"chartwright\"\nRun 'chartwright --help' for usage."),
        ] {
            assert_eq!(plain(words).unwrap_err(), want, "{words:?}");
        }
    }
}
