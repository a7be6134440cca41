//! The directives whose arguments belong together: save points, client limits, renames, users.
//!
//! In: a line that has as many arguments as its directive takes. Out: the word that is wrong, and why.

use super::commands;
use super::conf::{Directive as Line, Word};
use super::directives::{Directive, Kind};
use super::rules;
use super::value::{self, Wrong};
use super::version::Version;
use crate::nearest::nearest;

/// The word that is wrong; nothing where it is the line as a whole.
pub(super) type At<'l> = (Option<&'l Word>, Wrong);

/// Checks a line by the kind of its directive.
pub(super) fn check<'l>(row: &Directive, line: &'l Line, version: Version) -> Result<(), At<'l>> {
    match row.kind {
        Kind::Saves => saves(line, version),
        Kind::ClientLimits => client_limits(line, version),
        Kind::Master => master(line, version),
        Kind::Events => events(line, version),
        Kind::Addresses => addresses(line, version),
        Kind::Scores => each(line, score),
        Kind::Percentiles if is_empty(line) => Ok(()),
        Kind::Percentiles => each(line, percentile),
        Kind::Words(words) => shutdown(row, words, line),
        Kind::User => user(line, version),
        _ => match line.arguments.first() {
            Some(word) => value::check(row, &word.text, version).map_err(|wrong| (Some(word), wrong)),
            None => Ok(()),
        },
    }
}

fn is_empty(line: &Line) -> bool {
    line.arguments.iter().all(|word| word.text.is_empty()) && line.arguments.len() <= 1
}

fn each<'l>(line: &'l Line, check: impl Fn(&str) -> Result<(), Wrong>) -> Result<(), At<'l>> {
    line.arguments.iter().try_for_each(|word| check(&word.text).map_err(|wrong| (Some(word), wrong)))
}

/// A run of digits after blanks, as C reads one; 0 where there is none.
fn leading(text: &str) -> i64 {
    let text = text.trim_start();
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let end = unsigned.find(|c: char| !c.is_ascii_digit()).unwrap_or(unsigned.len());
    let digits = text.get(..text.len() - unsigned.len() + end).unwrap_or_default();
    digits.trim_start_matches('+').parse().unwrap_or(0)
}

/// Whether all of a text is a number as C reads one.
fn is_c_number(text: &str) -> bool {
    let digits = text.trim_start().strip_prefix(['-', '+']).unwrap_or(text.trim_start());
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn saves(line: &Line, version: Version) -> Result<(), At<'_>> {
    if is_empty(line) {
        return Ok(());
    }
    let bad = |word: Option<&'_ Word>, what: &str| {
        let found = word.map_or(String::new(), |word| format!("`{}`, ", word.text));
        Wrong::new(&rules::BAD_SAVE_POINT, format!("`save` has {found}{what}"))
    };
    if version < Version::V7_0 {
        let [seconds, changes] = line.arguments.as_slice() else {
            let message =
                format!("`save` has {} arguments, and Redis {version} passes over the line", line.arguments.len());
            return Err((None, Wrong::new(&rules::SAVE_POINT_IGNORED, message)));
        };
        return match (leading(&seconds.text), leading(&changes.text)) {
            (..1, _) => Err((Some(seconds), bad(Some(seconds), "expected seconds, 1 or more"))),
            (_, ..0) => Err((Some(changes), bad(Some(changes), "expected a number of changes, 0 or more"))),
            _ => Ok(()),
        };
    }
    // One argument may hold all of them: `save "900 1 300 10"`.
    let texts: Vec<(&Word, &str)> = match line.arguments.as_slice() {
        [only] => only.text.split_ascii_whitespace().map(|text| (only, text)).collect(),
        several => several.iter().map(|word| (word, word.text.as_str())).collect(),
    };
    for (index, (word, text)) in texts.iter().enumerate() {
        let (least, expected) = match index % 2 {
            0 => (1, "expected seconds, 1 or more"),
            _ => (0, "expected a number of changes, 0 or more"),
        };
        if !is_c_number(text) || leading(text) < least {
            return Err((Some(word), bad(Some(word), expected)));
        }
    }
    if texts.len() % 2 == 1 {
        return Err((None, bad(None, "seconds without a number of changes")));
    }
    Ok(())
}

/// The classes of clients; `slave` is the old name of `replica`.
const CLASSES: [&str; 4] = ["normal", "replica", "slave", "pubsub"];

fn client_limits(line: &Line, version: Version) -> Result<(), At<'_>> {
    // One argument may hold all of them from 7.0 on, as for `save`.
    let words: Vec<(&Word, &str)> = match line.arguments.as_slice() {
        [only] => only.text.split_ascii_whitespace().map(|text| (only, text)).collect(),
        several => several.iter().map(|word| (word, word.text.as_str())).collect(),
    };
    let wrong = |message: String| Wrong::new(&rules::BAD_CLIENT_LIMIT, message);
    if !words.len().is_multiple_of(4) || (words.is_empty() && !line.arguments.is_empty()) {
        let message = format!("`{}` has {} arguments, expected four for each class", line.name, words.len());
        return Err((None, wrong(message)));
    }
    for group in words.chunks(4) {
        let [(class, name), sizes @ .., (word, seconds)] = group else { continue };
        if !CLASSES.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            let found = wrong(format!("`{name}` is no class of clients, expected normal, replica or pubsub"));
            return Err((Some(class), found));
        }
        for (word, size) in sizes {
            value::size(&line.name, size)
                .map_err(|found| (Some(*word), Wrong { starts: version < Version::V7_0, ..found }))?;
        }
        let strict = version >= Version::V7_0;
        if leading(seconds) < 0 || (strict && !is_c_number(seconds)) {
            return Err((Some(word), wrong(format!("`{seconds}` is no number of seconds, expected 0 or more"))));
        }
    }
    Ok(())
}

fn master(line: &Line, version: Version) -> Result<(), At<'_>> {
    let [host, port] = line.arguments.as_slice() else { return Ok(()) };
    if host.text.eq_ignore_ascii_case("no") && port.text.eq_ignore_ascii_case("one") {
        return Ok(());
    }
    if value::whole(&port.text).is_some_and(|port| (0..=65_535).contains(&port)) {
        return Ok(());
    }
    let message = format!("`replicaof` has the port `{}`, expected 0 to 65535", port.text);
    let wrong = Wrong { starts: version < Version::V6_0, ..Wrong::new(&rules::BAD_MASTER_PORT, message) };
    Err((Some(port), wrong))
}

/// The letters that each version knows.
fn event_letters(version: Version) -> &'static str {
    match version {
        v if v < Version::V6_0 => "KEg$lshzxetA",
        v if v < Version::V6_2 => "KEg$lshzxetmA",
        v if v < Version::V7_0 => "KEg$lshzxetmdA",
        _ => "KEg$lshzxetmdnA",
    }
}

fn events(line: &Line, version: Version) -> Result<(), At<'_>> {
    let letters = event_letters(version);
    each(line, |text| match text.chars().find(|letter| !letters.contains(*letter)) {
        None => Ok(()),
        Some(letter) => {
            let message = format!("`notify-keyspace-events` has the letter `{letter}`, expected some of {letters}");
            Err(Wrong::new(&rules::BAD_EVENT_CLASS, message))
        }
    })
}

fn addresses(line: &Line, version: Version) -> Result<(), At<'_>> {
    each(line, |text| match text.strip_prefix('-') {
        Some(address) if version < Version::V6_2 => {
            let message =
                format!("`bind` has `{text}`, and a `-` for an address that may be missing came with Redis 6.2");
            Err(Wrong::new(&rules::BAD_VALUE, message).fix(format!("write `{address}`, or leave it out")))
        }
        _ => Ok(()),
    })
}

fn score(text: &str) -> Result<(), Wrong> {
    if is_c_number(text) && (-2000..=2000).contains(&leading(text)) {
        return Ok(());
    }
    let message = format!("`oom-score-adj-values` has `{text}`, expected -2000 to 2000");
    Err(Wrong::new(&rules::NUMBER_OUT_OF_BOUNDS, message))
}

fn percentile(text: &str) -> Result<(), Wrong> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=100.0).contains(&share) => Ok(()),
        _ => {
            let message = format!("`latency-tracking-info-percentiles` has `{text}`, expected 0 to 100");
            Err(Wrong::new(&rules::BAD_VALUE, message))
        }
    }
}

fn shutdown<'l>(row: &Directive, words: &'static [&'static str], line: &'l Line) -> Result<(), At<'l>> {
    let name = row.name;
    let mut texts = Vec::new();
    for word in &line.arguments {
        for text in word.text.split_ascii_whitespace() {
            if !words.iter().any(|known| known.eq_ignore_ascii_case(text)) {
                let message = format!("`{name}` has `{text}`, expected some of {}", words.join(", "));
                return Err((Some(word), Wrong::new(&rules::UNKNOWN_WORD, message)));
            }
            texts.push(text.to_ascii_lowercase());
        }
    }
    let has = |word: &str| texts.iter().any(|text| text == word);
    if texts.is_empty() {
        let message = format!("`{name}` has no word, expected some of {}", words.join(", "));
        return Err((None, Wrong::new(&rules::UNKNOWN_WORD, message)));
    }
    if has("save") && has("nosave") {
        let message = format!("`{name}` has both `save` and `nosave`");
        return Err((None, Wrong::new(&rules::BAD_VALUE, message)));
    }
    Ok(())
}

/// A command that no version has, or not this one.
pub(super) fn unknown_command(name: &str, version: Version) -> Wrong {
    let wrong = Wrong::new(&rules::UNKNOWN_COMMAND, format!("Redis {version} has no command `{name}`"));
    match nearest(name, commands::names(version)) {
        Some(near) => wrong.fix(format!("write `{}`", near.to_ascii_uppercase())),
        None => wrong,
    }
}

/// Rules without an argument, and the version that brought them.
const PLAIN_RULES: [(&str, Version); 18] = [
    ("on", Version::V6_0),
    ("off", Version::V6_0),
    ("nopass", Version::V6_0),
    ("resetpass", Version::V6_0),
    ("allkeys", Version::V6_0),
    ("resetkeys", Version::V6_0),
    ("allcommands", Version::V6_0),
    ("nocommands", Version::V6_0),
    ("reset", Version::V6_0),
    ("", Version::V6_0),
    ("allchannels", Version::V6_2),
    ("resetchannels", Version::V6_2),
    ("sanitize-payload", Version::V6_2),
    ("skip-sanitize-payload", Version::V6_2),
    ("clearselectors", Version::V7_0),
    ("~*", Version::V6_0),
    ("+@all", Version::V6_0),
    ("-@all", Version::V6_0),
];

fn user(line: &Line, version: Version) -> Result<(), At<'_>> {
    for word in line.arguments.iter().skip(1) {
        // From 7.0 on a selector is a list of rules in parentheses.
        let text = match version {
            v if v >= Version::V7_0 => word.text.trim_start_matches('(').trim_end_matches(')'),
            _ => word.text.as_str(),
        };
        user_rule(text, version).map_err(|wrong| (Some(word), wrong))?;
    }
    Ok(())
}

fn user_rule(rule: &str, version: Version) -> Result<(), Wrong> {
    let bad = |message: String| Err(Wrong::new(&rules::BAD_USER_RULE, message));
    let plain = PLAIN_RULES.iter().find(|(known, _)| known.eq_ignore_ascii_case(rule));
    if plain.is_some_and(|(_, since)| *since <= version) {
        return Ok(());
    }
    let mut letters = rule.chars();
    match (letters.next(), letters.as_str()) {
        (Some('>' | '<' | '~'), _) => Ok(()),
        // Whatever follows may be most of a password's hash.
        (Some('#' | '!'), hash) => {
            match hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
                true => Ok(()),
                false => bad("a hash of a password is not 64 hexadecimal digits in lower case".to_owned()),
            }
        }
        (Some('&'), _) if version >= Version::V6_2 => Ok(()),
        (Some('%'), rest) if version >= Version::V7_0 && rest.contains('~') => Ok(()),
        (Some('+' | '-'), name) => match name.strip_prefix('@') {
            Some(category) if commands::is_category(category) => Ok(()),
            Some(category) => {
                let near = nearest(category, commands::categories())
                    .map_or(String::new(), |near| format!("; `@{near}` is one"));
                bad(format!("there is no category of commands `@{category}`{near}"))
            }
            None => {
                let command = name.split('|').next().unwrap_or_default();
                if commands::is_command(command, version) { Ok(()) } else { Err(unknown_command(command, version)) }
            }
        },
        // The word may be a password that lacks its sign.
        _ => match plain {
            Some((known, since)) => bad(format!("the rule `{known}` came with Redis {since}")),
            None => bad("a word of the line is no rule for a user".to_owned()),
        },
    }
}
