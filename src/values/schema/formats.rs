//! The formats that Helm checks, in the drafts that check them: 4, 6 and 7.
//!
//! In: a format's name and a text. Out: nothing, or Helm's reason why the text is not of it.
//! Each format is told in the words of santhosh-tekuri/jsonschema v6, which Helm uses.

use crate::funcs::{Matcher, UrlParts, go_date};
use crate::value::format::quoted;
use std::net::Ipv6Addr;

type Checked = Result<(), String>;

/// One format: its name and what looks at the text.
type Format = (&'static str, fn(&str) -> Checked);

/// All of them. A format that is not here is met by every text.
pub(super) const FORMATS: [Format; 19] = [
    ("date", date),
    ("date-time", date_time),
    ("duration", duration),
    ("email", email),
    ("hostname", hostname),
    ("ipv4", ipv4),
    ("ipv6", ipv6),
    ("iri", uri),
    ("iri-reference", uri_reference),
    ("json-pointer", json_pointer),
    ("period", period),
    ("regex", regex),
    ("relative-json-pointer", relative_json_pointer),
    ("semver", semver),
    ("time", time),
    ("uri", uri),
    ("uri-reference", uri_reference),
    ("uri-template", uri_template),
    ("uuid", uuid),
];

/// Why a text is not of a format.
pub(super) fn check(name: &str, text: &str) -> Checked {
    FORMATS.iter().find(|(known, _)| *known == name).map_or(Ok(()), |(_, check)| check(text))
}

fn no(reason: impl Into<String>) -> Checked {
    Err(reason.into())
}

/// Go's `%q` of a character.
fn character(c: char) -> String {
    let text = quoted(c.to_string().as_bytes());
    let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    format!("'{}'", inner.replace("\\\"", "\"").replace('\'', "\\'"))
}

/// The first character that is not `allowed`.
fn stranger(text: &str, allowed: impl Fn(char) -> bool) -> Option<String> {
    text.chars().find(|c| !allowed(*c)).map(character)
}

/// `strconv.Atoi`.
fn number(text: &str) -> Result<i64, String> {
    let fail = |reason: &str| format!("strconv.Atoi: parsing {}: {reason}", quoted(text.as_bytes()));
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(fail("invalid syntax"));
    }
    text.parse().map_err(|_| fail("value out of range"))
}

/// Cuts the digits off that a text begins with.
fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

fn json_pointer(text: &str) -> Checked {
    let Some(rest) = text.strip_prefix('/') else {
        return if text.is_empty() { Ok(()) } else { no("not starting with /") };
    };
    let mut tildes = rest.split('~').skip(1);
    if tildes.all(|after| after.starts_with(['0', '1'])) { Ok(()) } else { no("~ must be followed by 0 or 1") }
}

fn relative_json_pointer(text: &str) -> Checked {
    let (steps, rest) = digits(text);
    match steps.as_bytes() {
        [] => no("must start with non-negative integer"),
        [b'0', _, ..] => no("starts with zero"),
        _ if rest == "#" => Ok(()),
        _ => json_pointer(rest),
    }
}

fn uuid(text: &str) -> Checked {
    let lengths = [8, 4, 4, 4, 12];
    let groups: Vec<&str> = text.split('-').collect();
    if groups.len() != lengths.len() {
        return no(format!("must have {} elements", lengths.len()));
    }
    for (index, (group, length)) in groups.into_iter().zip(lengths).enumerate() {
        if group.len() != length {
            return no(format!("element {} must be {length} characters long", index + 1));
        }
        if let Some(c) = stranger(group, |c| c.is_ascii_hexdigit()) {
            return no(format!("non-hex character {c}"));
        }
    }
    Ok(())
}

fn duration(text: &str) -> Checked {
    let Some(text) = text.strip_prefix('P') else { return no("must start with P") };
    if text.is_empty() {
        return no("nothing after P");
    }
    if let Some(weeks) = text.strip_suffix('W') {
        let all = weeks.bytes().all(|b| b.is_ascii_digit());
        return if weeks.is_empty() {
            no("no number in week")
        } else if all {
            Ok(())
        } else {
            no("invalid week")
        };
    }
    for (index, part) in text.split('T').enumerate() {
        if index > 0 && part.is_empty() {
            return no("no time elements");
        }
        match index {
            0 => elements(part, "YMD")?,
            1 => elements(part, "HMS")?,
            _ => return no("more than one T"),
        }
    }
    Ok(())
}

/// Numbers with units, which come in this order and once each.
fn elements(mut part: &str, units: &str) -> Checked {
    let mut left = units;
    while !part.is_empty() {
        let (count, rest) = digits(part);
        if count.is_empty() {
            return no("missing number");
        }
        let Some(byte) = rest.bytes().next() else { return no("missing unit") };
        let (unit, shown) = (char::from(byte), character(char::from(byte)));
        let Some((_, after)) = left.split_once(unit) else {
            return no(if units.contains(unit) {
                format!("unit {shown} out of order")
            } else {
                format!("invalid unit {shown}")
            });
        };
        left = after;
        part = rest.get(1..).unwrap_or_default();
    }
    Ok(())
}

fn ipv4(text: &str) -> Checked {
    let groups: Vec<&str> = text.split('.').collect();
    if groups.len() != 4 {
        return no("expected four decimals");
    }
    for group in groups {
        if group.len() > 1 && group.starts_with('0') {
            return no("leading zeros");
        }
        if !(0..=255).contains(&number(group)?) {
            return no("decimal must be between 0 and 255");
        }
    }
    Ok(())
}

fn ipv6(text: &str) -> Checked {
    if !text.contains(':') {
        return no("missing colon");
    }
    let (address, zone) = text.split_once('%').map_or((text, None), |(address, zone)| (address, Some(zone)));
    if address.parse::<Ipv6Addr>().is_err() {
        return no(format!("ParseAddr({}): unable to parse IP", quoted(text.as_bytes())));
    }
    match zone {
        None => Ok(()),
        Some("") => no(format!("ParseAddr({}): zone must be a non-empty string", quoted(text.as_bytes()))),
        Some(_) => no("zone id is not a part of ipv6 address"),
    }
}

fn hostname(text: &str) -> Checked {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.len() > 253 {
        return no("more than 253 characters long");
    }
    for label in text.split('.') {
        if !(1..=63).contains(&label.len()) {
            return no("label must be 1 to 63 characters long");
        }
        if label.starts_with('-') {
            return no("label starts with hyphen");
        }
        if label.ends_with('-') {
            return no("label ends with hyphen");
        }
        if let Some(c) = stranger(label, |c| c.is_ascii_alphanumeric() || c == '-') {
            return no(format!("invalid character {c}"));
        }
    }
    Ok(())
}

fn email(text: &str) -> Checked {
    if text.len() > 254 {
        return no("more than 255 characters long");
    }
    let Some((local, domain)) = text.rsplit_once('@') else { return no("missing @") };
    if local.len() > 64 {
        return no("local part more than 64 characters long");
    }
    mailbox(local)?;
    if let Some(address) = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return match address.strip_prefix("IPv6:") {
            Some(address) => ipv6(address).map_err(|reason| format!("invalid ipv6 address: {reason}")),
            None => ipv4(address).map_err(|reason| format!("invalid ipv4 address: {reason}")),
        };
    }
    hostname(domain).map_err(|reason| format!("invalid domain: {reason}"))
}

/// What stands before the `@`.
fn mailbox(local: &str) -> Checked {
    if let Some(inner) = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        let bad = inner.contains(['\\', '"']);
        return if bad { no("backslash and quote are not allowed within quoted local part") } else { Ok(()) };
    }
    if local.starts_with('.') {
        return no("starts with dot");
    }
    if local.ends_with('.') {
        return no("ends with dot");
    }
    if local.contains("..") {
        return no("consecutive dots");
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c);
    stranger(local, allowed).map_or(Ok(()), |c| no(format!("invalid character {c}")))
}

fn date(text: &str) -> Checked {
    go_date("2006-01-02", text)
}

fn time(text: &str) -> Checked {
    if text.len() < 9 {
        return no("less than 9 characters long");
    }
    if !matches!(text.as_bytes(), [_, _, b':', _, _, b':', ..]) {
        return no("missing colon in correct place");
    }
    let Some((clock, mut rest)) = text.split_at_checked(8) else { return no("invalid hour/min/sec") };
    let [hour, minute, second] = clock_numbers(clock, "hour/min/sec")?;
    if hour > 23 || minute > 59 || second > 60 {
        return no("hour/min/sec out of range");
    }
    if let Some(fraction) = rest.strip_prefix('.') {
        let (found, after) = digits(fraction);
        if found.is_empty() {
            return no("no digits in second fraction");
        }
        rest = after;
    }
    let mut minutes = hour * 60 + minute;
    if !rest.eq_ignore_ascii_case("z") {
        minutes = (minutes + offset(rest)?).rem_euclid(24 * 60);
    }
    // Leap seconds come at the end of a day in UTC.
    if second == 60 && minutes != 23 * 60 + 59 { no("invalid leap second") } else { Ok(()) }
}

/// Minutes to add to be in UTC.
fn offset(text: &str) -> Result<i64, String> {
    if text.len() != 6 {
        return Err("offset must be 6 characters long".to_owned());
    }
    let (sign, clock) = match text.split_at_checked(1) {
        Some(("+", clock)) => (-1, clock),
        Some(("-", clock)) => (1, clock),
        _ => return Err("offset must begin with plus/minus".to_owned()),
    };
    if clock.as_bytes().get(2) != Some(&b':') {
        return Err("missing colon in offset in correct place".to_owned());
    }
    let [hour, minute] = clock_numbers(clock, "hour/min in offset")?;
    if hour > 23 || minute > 59 {
        return Err("hour/min in offset out of range".to_owned());
    }
    Ok(sign * (hour * 60 + minute))
}

fn clock_numbers<const N: usize>(text: &str, what: &str) -> Result<[i64; N], String> {
    let mut numbers = [0; N];
    let mut parts = text.splitn(N, ':');
    for place in &mut numbers {
        *place = number(parts.next().unwrap_or_default()).map_err(|_| format!("invalid {what}"))?;
        if *place < 0 {
            return Err(format!("non-positive {what}"));
        }
    }
    Ok(numbers)
}

fn date_time(text: &str) -> Checked {
    if text.len() < 20 {
        return no("less than 20 characters long");
    }
    let parts = text.get(..10).zip(text.get(11..)).filter(|_| matches!(text.as_bytes().get(10), Some(b't' | b'T')));
    let Some((day, clock)) = parts else { return no("11th character must be t or T") };
    date(day).map_err(|reason| format!("invalid date element: {reason}"))?;
    time(clock).map_err(|reason| format!("invalid time element: {reason}"))
}

/// Reads a URL; the host of one is checked further than Go does.
fn url(text: &str) -> Result<UrlParts, String> {
    let url = UrlParts::parse(text)?;
    if url.hostname.contains(':') {
        if !(url.host.contains('[') && url.host.contains(']')) {
            return Err("ipv6 address not enclosed in brackets".to_owned());
        }
        ipv6(&url.hostname).map_err(|reason| format!("invalid ipv6 address: {reason}"))?;
    }
    Ok(url)
}

fn uri(text: &str) -> Checked {
    if url(text)?.is_absolute { Ok(()) } else { no("relative url") }
}

fn uri_reference(text: &str) -> Checked {
    if text.contains('\\') { no("contains \\") } else { url(text).map(|_| ()) }
}

fn uri_template(text: &str) -> Checked {
    for token in url(text)?.path.split('/') {
        let mut open = false;
        for brace in token.chars().filter(|c| matches!(c, '{' | '}')) {
            if open == (brace == '{') {
                return no("nested curly braces");
            }
            open = !open;
        }
        if open {
            return no("no matching closing brace");
        }
    }
    Ok(())
}

fn period(text: &str) -> Checked {
    let Some((start, end)) = text.split_once('/') else { return no("missing slash") };
    let moment = |text, which: &str| date_time(text).map_err(|reason| format!("invalid {which} date-time: {reason}"));
    let length = |text, which: &str| duration(text).map_err(|reason| format!("invalid {which} duration: {reason}"));
    if start.starts_with('P') {
        length(start, "start")?;
        return moment(end, "end");
    }
    moment(start, "start")?;
    if end.starts_with('P') { length(end, "end") } else { moment(end, "end") }
}

fn regex(text: &str) -> Checked {
    Matcher::check(text)
}

fn semver(text: &str) -> Checked {
    let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
    if build == Some("") {
        return no("build is empty");
    }
    identifiers(build, "build")?;
    let (core, release) = text.split_once('-').map_or((text, None), |(core, release)| (core, Some(release)));
    identifiers(release, "pre-release")?;
    let numbers: Vec<&str> = core.split('.').collect();
    if numbers.len() != 3 {
        return no("versionCore must have 3 numbers separated by dot");
    }
    for (number, name) in numbers.into_iter().zip(["major", "minor", "patch"]) {
        if number.is_empty() {
            return no(format!("{name} is empty"));
        }
        if number.len() > 1 && number.starts_with('0') {
            return no(format!("{name} starts with zero"));
        }
        if !number.bytes().all(|b| b.is_ascii_digit()) {
            return no(format!("{name} contains non-digit"));
        }
    }
    Ok(())
}

fn identifiers(text: Option<&str>, what: &str) -> Checked {
    for identifier in text.into_iter().flat_map(|text| text.split('.')) {
        if identifier.is_empty() {
            return no(format!("{what} identifier is empty"));
        }
        if let Some(c) = stranger(identifier, |c| c.is_ascii_alphanumeric() || c == '-') {
            return no(format!("invalid character {c} in {what} identifier"));
        }
        let is_number = identifier.bytes().all(|b| b.is_ascii_digit());
        if what == "pre-release" && is_number && identifier.len() > 1 && identifier.starts_with('0') {
            return no("pre-release numeric identifier starts with zero");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formats_are_sorted_and_named_once() {
        assert!(FORMATS.is_sorted_by(|(a, _), (b, _)| a < b));
    }

    #[test]
    fn a_format_that_nobody_knows_is_met() {
        assert_eq!(check("colour", "x"), Ok(()));
    }

    #[test]
    fn a_leap_second_ends_a_day_in_utc() {
        assert_eq!(time("23:59:60Z"), Ok(()));
        assert_eq!(time("01:29:60+01:30"), Ok(()));
        assert_eq!(time("22:59:60Z"), no("invalid leap second"));
    }
}
