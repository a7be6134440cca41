//! Whether to use colours, and which.
//!
//! In: `--color`, the environment, and where the text goes. Out: the text, painted or as it was.
//! Manifests are never painted: only help and what goes to stderr.

use clap::builder::StyledStr;
use std::io::IsTerminal;

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// What the words of the command line say, looked for before anything else is read: help and
    /// errors about other flags have colours too. The last one counts.
    ///
    /// # Errors
    /// Helm's words for anything but the three names.
    pub fn read(words: &[String]) -> Result<Color, String> {
        // There the flag is that of helm-unittest: it stands alone, or is true or false.
        let is_test = words.iter().find(|word| !word.starts_with('-')).is_some_and(|word| word == "test");
        let flags = words.iter().take_while(|word| *word != "--").enumerate();
        let value = flags.filter_map(|(index, word)| {
            let rest = word.strip_prefix("--colour").or_else(|| word.strip_prefix("--color"))?;
            match rest.strip_prefix('=') {
                Some("true") if is_test => Some("always"),
                Some("false") if is_test => Some("never"),
                Some(value) => Some(value),
                None if is_test && rest.is_empty() => Some("always"),
                None if rest.is_empty() => words.get(index + 1).map(String::as_str),
                None => None,
            }
        });
        Color::named(value.last())
    }

    /// What a value of `--color` says.
    ///
    /// # Errors
    /// As [`read`](Color::read).
    pub fn named(value: Option<&str>) -> Result<Color, String> {
        match value {
            None | Some("auto") => Ok(Color::Auto),
            Some("always") => Ok(Color::Always),
            Some("never") => Ok(Color::Never),
            Some(other) => Err(format!("invalid color mode {other:?}: must be one of: never, auto, always")),
        }
    }

    /// The answer for one stream. `env` gives the value of a variable: `NO_COLOR` and
    /// `CLICOLOR_FORCE` decide unless the flag does, then whether the stream is a terminal.
    fn decide(self, is_terminal: bool, env: impl Fn(&str) -> Option<String>) -> bool {
        let is_set = |name| env(name).is_some_and(|value: String| !value.is_empty());
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if is_set("NO_COLOR") => false,
            Color::Auto if is_set("CLICOLOR_FORCE") && env("CLICOLOR_FORCE").as_deref() != Some("0") => true,
            Color::Auto => is_terminal && env("TERM").as_deref() != Some("dumb"),
        }
    }

    pub fn on_stdout(self) -> bool {
        self.decide(std::io::stdout().is_terminal(), |name| std::env::var(name).ok())
    }

    pub fn on_stderr(self) -> bool {
        self.decide(std::io::stderr().is_terminal(), |name| std::env::var(name).ok())
    }
}

/// Clap's text, with or without its colours.
pub(super) fn styled(text: &StyledStr, colors: bool) -> String {
    if colors { text.ansi().to_string() } else { text.to_string() }
}

const RESET: &str = "\x1b[0m";
const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const GREEN: &str = "\x1b[1;32m";
const BLUE: &str = "\x1b[1;34m";
const CYAN: &str = "\x1b[1;36m";

/// What begins a line that is painted up to there, and how.
const MARKS: [(&str, &str); 14] = [
    ("Error:", RED),
    ("error[", RED),
    ("level=ERROR", RED),
    ("level=WARN", YELLOW),
    ("warning[", YELLOW),
    ("WARNING:", YELLOW),
    ("PASS ", GREEN),
    ("FAIL ", RED),
    ("ERROR ", RED),
    ("SKIP ", YELLOW),
    ("  x ", RED),
    ("  --> ", BLUE),
    ("  help:", CYAN),
    ("  note:", CYAN),
];

/// Paints the beginnings of lines that say what kind of line it is.
pub(super) fn paint(text: &str, colors: bool) -> String {
    if !colors {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 64);
    for line in text.split_inclusive('\n') {
        match MARKS.iter().find(|(mark, _)| line.starts_with(mark)) {
            Some((mark, color)) => {
                let (head, rest) = line.split_at(mark.len());
                // `error[code]` is painted with its code.
                let (code, rest) = match rest.split_once(']') {
                    Some((code, rest)) if mark.ends_with('[') => (format!("{code}]"), rest),
                    _ => (String::new(), rest),
                };
                out.push_str(&format!("{color}{head}{code}{RESET}{rest}"));
            }
            None => out.push_str(line),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_goes_before_the_environment_and_that_before_the_terminal() {
        let env = |set: &'static [(&'static str, &'static str)]| {
            move |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        let both = env(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]);
        assert!(Color::Always.decide(false, both) && !Color::Never.decide(true, both));
        assert!(!Color::Auto.decide(true, both));
        assert!(Color::Auto.decide(false, env(&[("CLICOLOR_FORCE", "1")])));
        assert!(!Color::Auto.decide(false, env(&[("CLICOLOR_FORCE", "0")])));
        assert!(Color::Auto.decide(true, env(&[("NO_COLOR", "")])) && !Color::Auto.decide(false, env(&[])));
        assert!(!Color::Auto.decide(true, env(&[("TERM", "dumb")])));
    }

    #[test]
    fn the_last_flag_counts_in_either_spelling() {
        let read = |words: &[&str]| Color::read(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(read(&["template", "--color", "never", "--colour=always"]), Ok(Color::Always));
        assert_eq!(read(&["template", "--", "--color=never"]), Ok(Color::Auto));
        assert_eq!(read(&["--color=x"]).unwrap_err(), "invalid color mode \"x\": must be one of: never, auto, always");
    }

    #[test]
    fn only_the_beginnings_of_lines_are_painted() {
        let text = "Error: Error: a\nerror[x-y]: [b]\n  | help:\n";
        assert_eq!(paint(text, false), text);
        let want = "\x1b[1;31mError:\x1b[0m Error: a\n\x1b[1;31merror[x-y]\x1b[0m: [b]\n  | help:\n";
        assert_eq!(paint(text, true), want);
    }
}
