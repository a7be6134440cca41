//! Formats of texts that definitions of custom resources name.
//!
//! In: the name of a format. Out: a [`Format`] that says whether a text is of it, as the API server has it; formats that
//! the server passes over are none here.

use super::super::names;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A format that is checked.
#[derive(Debug, Clone, Copy)]
pub(in crate::kube) struct Format {
    pub name: &'static str,
    /// What a message calls it.
    pub expected: &'static str,
    is: fn(&str) -> bool,
}

const fn format(name: &'static str, expected: &'static str, is: fn(&str) -> bool) -> Format {
    Format { name, expected, is }
}

const FORMATS: [Format; 14] = [
    format("cidr", "a range of addresses such as `10.0.0.0/8`", cidr),
    format("date", "a date such as `2024-01-31`", |text| {
        chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok() && text.len() == 10
    }),
    format("duration", "a duration such as `90s` or `1h30m`", |text| duration_nanoseconds(text).is_some()),
    format("email", "an e-mail address", email),
    format("hostname", "the name of a host", hostname),
    format("ipv4", "an IPv4 address", |text| text.parse::<Ipv4Addr>().is_ok()),
    format("ipv6", "an IPv6 address", |text| text.parse::<Ipv6Addr>().is_ok()),
    format("k8s-long-name", "lower-case letters, digits, `-` and `.`", |text| names::subdomain(text).is_ok()),
    format("k8s-short-name", "lower-case letters, digits and `-`", |text| names::label(text).is_ok()),
    format("mac", "a hardware address such as `00:1b:44:11:3a:b7`", mac),
    format("uri", "a URL with its scheme", uri),
    format("uuid", "a UUID", |text| uuid(text, None)),
    format("uuid4", "a UUID of version 4", |text| uuid(text, Some('4'))),
    format("uuid5", "a UUID of version 5", |text| uuid(text, Some('5'))),
];

impl Format {
    /// The format of this name.
    pub fn named(name: &str) -> Option<Format> {
        FORMATS.iter().find(|format| format.name == name).copied()
    }

    /// Whether a text is of it.
    pub fn fits(&self, text: &str) -> bool {
        (self.is)(text)
    }
}

fn cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let most = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    length.parse::<u8>().is_ok_and(|bits| bits <= most) && length.bytes().all(|b| b.is_ascii_digit())
}

/// Nanoseconds of a duration as Go writes them (`1h30m`), or with one unit in words (`2 days`).
pub(super) fn duration_nanoseconds(text: &str) -> Option<i64> {
    go_duration(text).or_else(|| in_words(text))
}

fn go_duration(text: &str) -> Option<i64> {
    let (is_negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at_checked(end)?;
        let unit = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(unit)?;
        let scale = match unit {
            "ns" => 1.0,
            "us" | "µs" | "μs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * scale;
        rest = after;
    }
    let total = if is_negative { -total } else { total };
    // A float of this size is exact enough for a limit, and the cast cannot leave the range.
    (total.abs() < 9.2e18).then_some(total as i64)
}

fn in_words(text: &str) -> Option<i64> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(end)?;
    let number: f64 = number.parse().ok()?;
    let scale = match unit.trim() {
        "ns" | "nano" | "nanos" => 1.0,
        "us" | "micro" | "micros" => 1e3,
        "ms" | "milli" | "millis" => 1e6,
        "s" | "sec" | "secs" | "second" | "seconds" => 1e9,
        "m" | "min" | "mins" | "minute" | "minutes" => 60e9,
        "h" | "hr" | "hour" | "hours" => 3600e9,
        "d" | "day" | "days" => 86_400e9,
        "w" | "wk" | "week" | "weeks" => 604_800e9,
        _ => return None,
    };
    (number * scale < 9.2e18).then_some((number * scale) as i64)
}

fn email(text: &str) -> bool {
    let bare = match (text.rfind('<'), text.strip_suffix('>')) {
        (Some(start), Some(body)) => body.get(start + 1..).unwrap_or_default(),
        _ => text,
    };
    let Some((user, host)) = bare.rsplit_once('@') else { return false };
    let is_atom = |c: char| !c.is_whitespace() && !c.is_control() && !"()<>[]:;@\\,\"".contains(c);
    !user.is_empty()
        && !host.is_empty()
        && !user.starts_with('.')
        && !user.ends_with('.')
        && !user.contains("..")
        && user.chars().all(is_atom)
        && host.split('.').all(|part| !part.is_empty() && part.chars().all(is_atom))
}

fn hostname(text: &str) -> bool {
    let is_part = |part: &str| {
        let is_letter = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        !part.is_empty()
            && part.len() <= 63
            && part.chars().all(is_letter)
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    text.len() <= 255 && text.split('.').all(is_part)
}

fn mac(text: &str) -> bool {
    let is_pair = |part: &str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_hexdigit());
    let by = |mark: char, length: usize, counts: &[usize]| {
        let parts: Vec<&str> = text.split(mark).collect();
        counts.contains(&parts.len()) && parts.iter().all(|part| is_pair(part, length))
    };
    by(':', 2, &[6, 8, 20]) || by('-', 2, &[6, 8, 20]) || by('.', 4, &[3, 4, 10])
}

/// Go's `url.ParseRequestURI`: a path from the root, or a scheme and what it leads to.
fn uri(text: &str) -> bool {
    if text.is_empty() || text.chars().any(|c| c.is_control() || c == ' ') {
        return false;
    }
    let bad_escape = text.match_indices('%').any(|(at, _)| {
        let digits = text.get(at + 1..at + 3);
        digits.is_none_or(|digits| !digits.bytes().all(|b| b.is_ascii_hexdigit()))
    });
    let scheme = text.split_once(':').filter(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    !bad_escape && (text.starts_with('/') || scheme.is_some())
}

fn uuid(text: &str, version: Option<char>) -> bool {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let marks = text.len() - digits.len();
    let is_marked = marks <= 4 && text.split('-').all(|part| part.len() % 4 == 0 && !part.is_empty());
    digits.len() == 32
        && digits.bytes().all(|b| b.is_ascii_hexdigit())
        && is_marked
        && version.is_none_or(|version| {
            digits.chars().nth(12) == Some(version)
                && digits.chars().nth(16).is_some_and(|c| matches!(c.to_ascii_lowercase(), '8' | '9' | 'a' | 'b'))
        })
}
