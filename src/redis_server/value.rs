//! Whether one word is what its directive takes.
//!
//! In: a directive's row, a word, a version. Out: nothing, or the rule that it breaks and the message.

use super::directives::{Directive, In5, Kind};
use super::rules::{self, Rule};
use super::sizes::{self, SizeError};
use super::version::Version;
use crate::nearest::nearest;

/// What is wrong with a word.
pub(super) struct Wrong {
    pub(super) rule: &'static Rule,
    pub(super) message: String,
    /// A way out that knows more than the rule's.
    pub(super) fix: Option<String>,
    /// Whether this version starts all the same and takes the word for something else.
    pub(super) starts: bool,
}

impl Wrong {
    pub(super) fn new(rule: &'static Rule, message: String) -> Wrong {
        Wrong { rule, message, fix: None, starts: false }
    }

    pub(super) fn fix(self, fix: impl Into<String>) -> Wrong {
        Wrong { fix: Some(fix.into()), ..self }
    }

    fn starts(self, starts: bool) -> Wrong {
        Wrong { starts: self.starts || starts, ..self }
    }
}

/// Checks the only argument of a directive.
pub(super) fn check(row: &Directive, text: &str, version: Version) -> Result<(), Wrong> {
    let name = row.name_in(version);
    // The one switch that 5.0 does not read.
    let unread = row.name == "lua-replicate-commands" && version < Version::V6_0;
    if unread || row.ignored_since.is_some_and(|since| since <= version) {
        return Ok(());
    }
    match row.kind {
        Kind::Switch => switch(name, text),
        Kind::Word(words) => one_of(row, name, words, text, version),
        Kind::Number { min, max } => {
            let max = row.wider_before.filter(|(before, _)| version < *before).map_or(max, |(_, max)| max);
            if version < Version::V6_0 { number_of_5(row, text, min, max) } else { number(name, text, min, max) }
        }
        Kind::Octal => octal(name, text, version < row.lenient_before),
        // Where one byte is enough an old Redis, too, refuses the 0 that it reads.
        Kind::Memory { min } => {
            memory(name, text, min).map_err(|wrong| wrong.starts(version < row.lenient_before && min != 1))
        }
        Kind::MemoryOrPercent => match text.strip_suffix('%') {
            Some(share) => number(name, share, 0, 100),
            None => memory(name, text, 0),
        },
        Kind::FileName { may_be_empty } => file_name(name, text, may_be_empty || version < Version::V7_0),
        Kind::HostName => host_name(name, text),
        Kind::NodeName => node_name(name, text),
        Kind::Title => title(name, text),
        _ => Ok(()),
    }
}

fn switch(name: &str, text: &str) -> Result<(), Wrong> {
    if ["yes", "no"].iter().any(|word| word.eq_ignore_ascii_case(text)) {
        return Ok(());
    }
    let wrong = Wrong::new(&rules::BAD_SWITCH, format!("`{name}` is `{text}`, expected yes or no"));
    Err(match text.to_ascii_lowercase().as_str() {
        "true" | "on" | "1" | "enabled" => wrong.fix(format!("write `{name} yes`")),
        "false" | "off" | "0" | "disabled" => wrong.fix(format!("write `{name} no`")),
        _ => wrong,
    })
}

/// The words of a directive that a version knows.
pub(super) fn words(row: &Directive, words: &'static [&'static str], version: Version) -> Vec<&'static str> {
    let later = |word: &str| row.later_word.is_some_and(|(later, since)| later == word && version < since);
    words.iter().copied().filter(|word| !later(word)).collect()
}

fn one_of(
    row: &Directive,
    name: &str,
    all: &'static [&'static str],
    text: &str,
    version: Version,
) -> Result<(), Wrong> {
    let known = words(row, all, version);
    if known.iter().any(|word| word.eq_ignore_ascii_case(text)) {
        return Ok(());
    }
    let message = format!("`{name}` is `{text}`, expected one of {}", known.join(", "));
    let wrong = Wrong::new(&rules::UNKNOWN_WORD, message);
    if let Some((word, since)) = row.later_word.filter(|(word, _)| word.eq_ignore_ascii_case(text)) {
        return Err(wrong.fix(format!("`{word}` came with Redis {since}: take a newer image, or another word")));
    }
    Err(match nearest(text, known.into_iter()) {
        Some(near) => wrong.fix(format!("write `{name} {near}`")),
        None => wrong,
    })
}

/// Reads a number as Redis does from 6.0 on: digits, a minus, nothing else.
pub(super) fn whole(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = text == "0" || (!digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit()));
    if plain { text.parse().ok() } else { None }
}

fn number(name: &str, text: &str, min: i64, max: i64) -> Result<(), Wrong> {
    let Some(number) = whole(text) else {
        let wrong = Wrong::new(&rules::BAD_NUMBER, format!("`{name}` is `{text}`, expected a whole number"));
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let digits = text.get(..end).unwrap_or_default().trim_start_matches('0');
        return Err(match text.get(end..) {
            _ if digits.is_empty() => wrong,
            Some("s") => wrong.fix(format!("it counts in seconds already: write `{name} {digits}`")),
            _ => wrong.fix(format!("write `{name} {digits}`, if that is meant")),
        });
    };
    if (min..=max).contains(&number) {
        return Ok(());
    }
    Err(Wrong::new(&rules::NUMBER_OUT_OF_BOUNDS, format!("`{name}` is {number}, expected {}", bounds(min, max))))
}

fn bounds(min: i64, max: i64) -> String {
    if max == i64::MAX { format!("{min} or more") } else { format!("{min} to {max}") }
}

/// 5.0 reads digits up to anything else and keeps 32 bits of them; few directives then check their bounds.
fn number_of_5(row: &Directive, text: &str, min: i64, max: i64) -> Result<(), Wrong> {
    let trimmed = text.trim_start();
    let (sign, rest) = match trimmed.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let digits = rest.get(..end).unwrap_or_default();
    let digits = if digits.is_empty() { "0" } else { digits };
    let large = digits.parse::<i64>().unwrap_or(i64::MAX).wrapping_mul(sign);
    let kept = i64::from((large & 0xffff_ffff) as u32 as i32);
    let name = row.name_in(Version::V5_0);
    let refused = match row.in_5 {
        In5::Nothing => false,
        In5::Bounds => !(min..=max).contains(&kept),
        In5::Least(least) => large < least,
        In5::NotZero => kept == 0,
    };
    if refused {
        let message = format!("`{name}` is `{text}`, which Redis 5 reads as {kept}, expected {}", bounds(min, max));
        return Err(Wrong::new(&rules::NUMBER_OUT_OF_BOUNDS, message));
    }
    number(name, text, min, max).map_err(|wrong| {
        let message = format!("{}; Redis 5 reads it as {kept}", wrong.message);
        Wrong { message, ..wrong }.starts(true)
    })
}

/// Before 7.0 digits are read up to anything else.
fn octal(name: &str, text: &str, lenient: bool) -> Result<(), Wrong> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let end = unsigned.find(|c: char| !('0'..='7').contains(&c)).unwrap_or(unsigned.len());
    let mode = i64::from_str_radix(unsigned.get(..end).unwrap_or_default(), 8).unwrap_or(0);
    if mode > 0o777 || (mode > 0 && unsigned != text) {
        return Err(Wrong::new(&rules::NUMBER_OUT_OF_BOUNDS, format!("`{name}` is `{text}`, expected 0 to 777")));
    }
    if end < unsigned.len() {
        let message = format!("`{name}` is `{text}`, expected octal digits");
        return Err(Wrong::new(&rules::BAD_NUMBER, message).starts(lenient));
    }
    Ok(())
}

/// Says what is wrong with an amount of memory.
pub(super) fn size(name: &str, text: &str) -> Result<u64, Wrong> {
    sizes::bytes(text).map_err(|error| {
        let message = format!("`{name}` is `{text}`: {error}");
        match error {
            SizeError::Kubernetes { redis } => {
                Wrong::new(&rules::KUBERNETES_UNIT, format!("`{name}` is `{text}`, a size in a unit of Kubernetes"))
                    .fix(format!("write `{redis}`, the same amount"))
            }
            SizeError::Unit { .. } | SizeError::Number => Wrong::new(&rules::BAD_SIZE, message),
        }
    })
}

fn memory(name: &str, text: &str, min: i64) -> Result<(), Wrong> {
    let bytes = size(name, text)?;
    if bytes >= min.unsigned_abs() {
        return Ok(());
    }
    let least = sizes::human(min.unsigned_abs());
    Err(Wrong::new(&rules::NUMBER_OUT_OF_BOUNDS, format!("`{name}` is `{text}`, expected {least} or more")))
}

fn file_name(name: &str, text: &str, may_be_empty: bool) -> Result<(), Wrong> {
    if text.contains('/') {
        let fix =
            format!("put the folder into `dir` and write `{name} {}`", text.rsplit('/').next().unwrap_or_default());
        return Err(
            Wrong::new(&rules::PATH_AS_FILE_NAME, format!("`{name}` is the path `{text}`, expected a name")).fix(fix)
        );
    }
    if text.is_empty() && !may_be_empty {
        return Err(Wrong::new(&rules::PATH_AS_FILE_NAME, format!("`{name}` is empty, expected a name")));
    }
    Ok(())
}

fn host_name(name: &str, text: &str) -> Result<(), Wrong> {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')) {
        return Ok(());
    }
    let message = format!("`{name}` is `{text}`, expected letters, digits, `-` and `.`");
    Err(Wrong::new(&rules::BAD_VALUE, message))
}

fn node_name(name: &str, text: &str) -> Result<(), Wrong> {
    let odd = text.chars().find(|c| c.is_ascii_punctuation() && !",-./=_`'\"".contains(*c));
    match odd {
        None => Ok(()),
        Some(odd) => Err(Wrong::new(&rules::BAD_VALUE, format!("`{name}` has the character `{odd}`, expected a name"))),
    }
}

/// What may stand between braces in the title of the process.
const VARIABLES: [&str; 7] = ["title", "listen-addr", "server-mode", "port", "tls-port", "unixsocket", "config-file"];

fn title(name: &str, text: &str) -> Result<(), Wrong> {
    let wrong = |message: String| Err(Wrong::new(&rules::BAD_VALUE, message));
    if text.is_empty() {
        return wrong(format!("`{name}` is empty, expected a text"));
    }
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((variable, tail)) = after.split_once('}') else {
            return wrong(format!("`{name}` has a brace that does not close"));
        };
        if !VARIABLES.contains(&variable) {
            return wrong(format!("`{name}` names `{variable}`, expected one of {}", VARIABLES.join(", ")));
        }
        rest = tail;
    }
    Ok(())
}
