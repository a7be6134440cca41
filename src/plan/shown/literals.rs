//! Secrets that stand in texts: scripts, settings, addresses.
//!
//! In: a text. Out: where values stand that are secret by what is written around them. What a variable gives is none.
//! Written out rather than as regular expressions: to compile those takes longer than to render a chart.

use crate::secrets::{MASK, sounds_secret};
use std::ops::Range;

/// Words in the place of a secret that are none.
const NO_SECRETS: [&str; 9] = ["true", "false", "yes", "no", "null", "none", "on", "off", MASK];

/// Flags whose value is a secret.
const FLAGS: [&str; 5] = ["password", "pass", "requirepass", "masterauth", "token"];

/// Settings of Redis whose value is a secret.
const SETTINGS: [&str; 4] = ["requirepass", "masterauth", "tls-key-file-pass", "tls-client-key-file-pass"];

/// Whether the value of a variable or a setting with this name is hidden: it sounds secret, and names no file or object.
pub(super) fn holds(name: &str) -> bool {
    let lower = name.to_lowercase();
    let is_name = || {
        ["name", "existing", "pullsecret"].iter().any(|word| lower.contains(word))
            || ["ref", "refs", "file", "path", "dir", "seconds", "count", "length", "enabled"]
                .iter()
                .any(|end| lower.ends_with(end))
    };
    sounds_secret(name) && !is_name()
}

/// Whether a text can have any at all: most are names, numbers and images.
pub(super) fn may_hold(text: &str) -> bool {
    let has = |word: &[u8]| text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    let is_pair = text.bytes().any(|byte| matches!(byte, b'=' | b':' | b' ' | b'\t'));
    is_pair && (sounds_secret(text) || text.contains("://") || has(b"pass") || has(b"user"))
}

/// Where secrets stand, in order; none overlaps another.
pub(super) fn literals(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    pairs(text, &mut found);
    flags(text, &mut found);
    addresses(text, &mut found);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        settings(line, start, &mut found);
        users(line, start, &mut found);
        start += line.len();
    }
    let is_word = |range: &Range<usize>| {
        let shown = text.get(range.clone()).unwrap_or_default();
        shown.is_empty() || NO_SECRETS.contains(&shown.to_lowercase().as_str())
    };
    found.retain(|range| !is_word(range));
    found.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut end = 0;
    found.retain(|range| {
        range.start >= end && {
            end = range.end;
            true
        }
    });
    found
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'')
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// How many bytes at the beginning are such.
fn run(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| is(**byte)).count()
}

/// The value at an offset, behind a quote, up to what ends it; none where it begins as no value does.
fn value(bytes: &[u8], at: usize, begins: impl Fn(u8) -> bool, is_end: impl Fn(u8) -> bool) -> Option<Range<usize>> {
    let start = at + usize::from(bytes.get(at).is_some_and(|byte| is_quote(*byte)));
    let rest = bytes.get(start..)?;
    begins(*rest.first()?).then(|| start..start + run(rest, |byte| !is_end(byte)))
}

/// `REDIS_PASSWORD=x`, `"api-key": "x"`.
fn pairs(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let is_end = |byte: u8| byte.is_ascii_whitespace() || is_quote(byte) || matches!(byte, b',' | b';' | b'&' | b'|');
    let begins = |byte: u8| !is_end(byte) && !matches!(byte, b'$' | b'<' | b'{' | b'}' | b'(' | b'[');
    for sign in memchr::memchr2_iter(b'=', b':', bytes) {
        let before = bytes.get(..sign).unwrap_or_default();
        let blanks = before.iter().rev().take_while(|byte| is_blank(**byte)).count();
        let before = before.get(..sign - blanks).unwrap_or_default();
        let end = before.len() - usize::from(before.last().is_some_and(|byte| is_quote(*byte)));
        let length = before.get(..end).unwrap_or_default().iter().rev().take_while(|byte| is_name(**byte)).count();
        let name = text.get(end - length..end).unwrap_or_default();
        // Of `secret.name` the last part says what it is.
        let last = name.rsplit('.').next().unwrap_or(name);
        if length > 0 && sounds_secret(last) && holds(name) {
            let behind = sign + 1 + run(bytes.get(sign + 1..).unwrap_or_default(), is_blank);
            found.extend(value(bytes, behind, begins, is_end));
        }
    }
}

/// `--password x`, `--requirepass="x"`.
fn flags(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let is_end = |byte: u8| byte.is_ascii_whitespace() || is_quote(byte);
    let begins = |byte: u8| !is_end(byte) && !matches!(byte, b'$' | b'<' | b'{' | b'-');
    for at in memchr::memmem::find_iter(bytes, b"--") {
        let rest = bytes.get(at + 2..).unwrap_or_default();
        let name = run(rest, |byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let is_flag = |flag: &str| rest.get(..name).is_some_and(|name| name.eq_ignore_ascii_case(flag.as_bytes()));
        let signs = run(rest.get(name..).unwrap_or_default(), |byte| matches!(byte, b'=' | b' '));
        if signs > 0 && FLAGS.iter().any(|flag| is_flag(flag)) {
            found.extend(value(bytes, at + 2 + name + signs, begins, is_end));
        }
    }
}

/// `redis://user:x@host`.
fn addresses(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let is_outside = |byte: u8| byte.is_ascii_whitespace() || is_quote(byte) || matches!(byte, b'/' | b'@');
    for at in memchr::memmem::find_iter(bytes, b"://") {
        let rest = bytes.get(at + 3..).unwrap_or_default();
        let user = run(rest, |byte| !is_outside(byte) && byte != b':');
        if rest.get(user) != Some(&b':') {
            continue;
        }
        let secret =
            run(rest.get(user + 1..).unwrap_or_default(), |byte| !is_outside(byte) && !matches!(byte, b'$' | b'{'));
        if rest.get(user + 1 + secret) == Some(&b'@') {
            let start = at + 3 + user + 1;
            found.push(start..start + secret);
        }
    }
}

/// Words of a line, with where each begins.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = line.get(at..)?;
        let start = at + (rest.len() - rest.trim_start().len());
        let word = line.get(start..)?.split(char::is_whitespace).next().filter(|word| !word.is_empty())?;
        at = start + word.len();
        Some((start, word))
    })
}

/// `requirepass x` of redis.conf, also as an item of a list or a flag; `sentinel auth-pass NAME x`.
fn settings(line: &str, start: usize, found: &mut Vec<Range<usize>>) {
    let mut words = words(line).filter(|(_, word)| *word != "-");
    let Some((_, first)) = words.next() else { return };
    let name = first.trim_start_matches("--").trim_start_matches(['"', '\'']);
    let is_sentinel = name.eq_ignore_ascii_case("sentinel");
    if is_sentinel {
        let is_auth = words.next().is_some_and(|(_, word)| word.eq_ignore_ascii_case("auth-pass"));
        if !is_auth || words.next().is_none() {
            return;
        }
    } else if !SETTINGS.iter().any(|setting| name.eq_ignore_ascii_case(setting)) {
        return;
    }
    let is_end = |byte: u8| byte.is_ascii_whitespace() || is_quote(byte) || matches!(byte, b'$' | b'<' | b'{');
    let secret = words.next().and_then(|(at, _)| value(line.as_bytes(), at, |byte| !is_end(byte), is_end));
    found.extend(secret.map(|range| start + range.start..start + range.end));
}

/// `user NAME on >x ~* +@all` of a list of access, and `ACL SETUSER NAME >x`.
fn users(line: &str, start: usize, found: &mut Vec<Range<usize>>) {
    let mut words = words(line);
    let is =
        |word: Option<(usize, &str)>, wanted: &str| word.is_some_and(|(_, word)| word.eq_ignore_ascii_case(wanted));
    let first = words.next();
    let is_rule = is(first, "user") || is(first, "acl") && is(words.next(), "setuser");
    if !is_rule || words.next().is_none() {
        return;
    }
    for (at, word) in words {
        let secret = word.strip_prefix(['>', '#']).map(|secret| secret.split('$').next().unwrap_or_default().len());
        found.extend(secret.map(|length| start + at + 1..start + at + 1 + length));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        literals(text).into_iter().filter_map(|range| text.get(range)).collect()
    }

    #[test]
    fn a_secret_is_seen_by_what_stands_around_it() {
        for (text, want) in [
            ("REDIS_PASSWORD=hunter2 redis-cli", &["hunter2"][..]),
            ("\"api-key\": \"abc\", 'token' = 'def'", &["abc", "def"]),
            ("db.password: x;y", &["x"]),
            ("redis-server --requirepass hunter2 --port 6379", &["hunter2"]),
            ("--password='hunter2' --Token=t0", &["hunter2", "t0"]),
            ("redis://user:hunter2@host:6379/0", &["hunter2"]),
            ("bind 0.0.0.0\nrequirepass \"hunter2\"\nmasterauth hunter3\n", &["hunter2", "hunter3"]),
            ("  - requirepass hunter2", &["hunter2"]),
            ("sentinel auth-pass mymaster hunter2", &["hunter2"]),
            ("user app on >hunter2 #0123 ~* +@all", &["hunter2", "0123"]),
            ("ACL SETUSER app >hunter2", &["hunter2"]),
        ] {
            assert_eq!(found(text), want, "{text}");
        }
    }

    #[test]
    fn variables_names_and_words_are_none() {
        for text in [
            "REDIS_PASSWORD=$REDIS_PASSWORD",
            "password: ${PASSWORD}",
            "password: {{ .Values.password }}",
            "PASSWORD_FILE=/run/secret",
            "secretName: redis",
            "token: true",
            "secret.name: redis",
            "requirepass $(cat file)",
            "--password --other",
            "http://host:80/a@b",
            "user app on nopass",
            "passwords are kept elsewhere",
            "=:=:",
            "requirepass",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn any_text_has_ranges_that_can_be_taken_out() {
        for text in [
            "pässword=ü",
            "password=ü\u{a0}x",
            "user ü >ü",
            "requirepass \"ü",
            "://:é@",
            "--token=\"",
            "\u{2003}masterauth\u{2003}x",
        ] {
            let mut shown = text.to_owned();
            for range in literals(text).into_iter().rev() {
                assert!(text.get(range.clone()).is_some(), "{text}");
                shown.replace_range(range, "***");
            }
        }
        assert_eq!(found(&"password=x ".repeat(1000)).len(), 1000);
    }
}
