//! What a scalar is: YAML 1.1 as Go's yaml v2 resolves it.
//!
//! In: a scalar's text, its tag and whether it was plain. Out: null, boolean, number or string.

use super::error::Error;
use crate::value::number::parse_float;
use std::borrow::Cow;

/// A resolved scalar.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer that needs all 64 bits.
    Uint(u64),
    Float(f64),
    Str(Cow<'a, [u8]>),
    /// A date, which stays the text it was; only quoting on output asks.
    Time,
}

impl Scalar<'_> {
    fn tag(&self) -> &'static str {
        match self {
            Scalar::Null => "!!null",
            Scalar::Bool(_) => "!!bool",
            Scalar::Int(_) | Scalar::Uint(_) => "!!int",
            Scalar::Float(_) => "!!float",
            Scalar::Str(_) => "!!str",
            Scalar::Time => "!!timestamp",
        }
    }
}

/// The value of a scalar; dates are strings.
pub(super) fn value<'a>(text: &'a [u8], tag: Option<&[u8]>, implicit: bool) -> Result<Scalar<'a>, Error> {
    let Some(tag) = tag else {
        return Ok(match implicit.then(|| plain(text, true)) {
            Some(Scalar::Time) | None => Scalar::Str(Cow::Borrowed(text)),
            Some(resolved) => resolved,
        });
    };
    let short = tag.strip_prefix(b"tag:yaml.org,2002:").unwrap_or(b"");
    let resolved = match short {
        b"str" => return Ok(Scalar::Str(Cow::Borrowed(text))),
        b"binary" => return binary(text),
        b"timestamp" => plain(text, true),
        b"bool" | b"int" | b"float" | b"null" => plain(text, false),
        // Unknown tags mean nothing.
        _ => return Ok(Scalar::Str(Cow::Borrowed(text))),
    };
    match (short, resolved) {
        (b"timestamp", Scalar::Time) => Ok(Scalar::Str(Cow::Borrowed(text))),
        (b"float", Scalar::Int(n)) => Ok(Scalar::Float(n as f64)),
        (wanted, resolved) if resolved.tag().as_bytes().get(2..) == Some(wanted) => Ok(resolved),
        (wanted, resolved) => Err(Error::new(format!(
            "yaml: cannot decode {} `{}` as a !!{}",
            resolved.tag(),
            String::from_utf8_lossy(text),
            String::from_utf8_lossy(wanted)
        ))),
    }
}

/// What plain text without a tag would be.
pub(super) fn plain<'a>(text: &'a [u8], times: bool) -> Scalar<'a> {
    let string = || Scalar::Str(Cow::Borrowed(text));
    let Some(&first) = text.first() else { return Scalar::Null };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(text).unwrap_or_else(string),
        b'.' => word(text)
            .or_else(|| parse_float(std::str::from_utf8(text).ok()?).map(Scalar::Float))
            .unwrap_or_else(string),
        b'+' | b'-' | b'0'..=b'9' => {
            if let Some(infinity) = word(text) {
                return infinity;
            }
            if times && is_time(text) {
                return Scalar::Time;
            }
            number(text).unwrap_or_else(string)
        }
        _ => string(),
    }
}

/// Whether plain text would be read back as the string it is, as the writer asks.
pub(super) fn is_string(text: &[u8]) -> bool {
    let special = matches!(
        text.first(),
        None | Some(
            b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' | b'.' | b'+' | b'-' | b'0'
                ..=b'9'
        )
    );
    !special || matches!(plain(text, true), Scalar::Str(_))
}

fn word<'a>(text: &[u8]) -> Option<Scalar<'a>> {
    Some(match text {
        b"y" | b"Y" | b"yes" | b"Yes" | b"YES" | b"true" | b"True" | b"TRUE" | b"on" | b"On" | b"ON" => {
            Scalar::Bool(true)
        }
        b"n" | b"N" | b"no" | b"No" | b"NO" | b"false" | b"False" | b"FALSE" | b"off" | b"Off" | b"OFF" => {
            Scalar::Bool(false)
        }
        b"~" | b"null" | b"Null" | b"NULL" => Scalar::Null,
        b".nan" | b".NaN" | b".NAN" => Scalar::Float(f64::NAN),
        b".inf" | b".Inf" | b".INF" | b"+.inf" | b"+.Inf" | b"+.INF" => Scalar::Float(f64::INFINITY),
        b"-.inf" | b"-.Inf" | b"-.INF" => Scalar::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

fn number<'a>(text: &[u8]) -> Option<Scalar<'a>> {
    let text = std::str::from_utf8(text).ok()?;
    let text = if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, &*text),
    };
    let signed = body.len() != text.len();
    let (radix, digits) = match body.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, body.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, body.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, body.get(2..)?),
        [b'0', _, ..] => (8, body.get(1..)?),
        _ => (10, body),
    };
    // Rust's parser would take a sign here.
    if !digits.starts_with(['+', '-'])
        && let Ok(magnitude) = u64::from_str_radix(digits, radix)
    {
        let whole = if negative { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() };
        if let Some(n) = whole {
            return Some(Scalar::Int(n));
        }
        if !signed {
            return Some(Scalar::Uint(magnitude));
        }
    }
    if is_float(body.as_bytes()) {
        return parse_float(&text).map(Scalar::Float);
    }
    // Go's last try after `0b` allows a sign behind the prefix: `0b-11`.
    let rest = text.strip_prefix("0b")?;
    i64::from_str_radix(rest, 2).ok().map(Scalar::Int)
}

/// `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(body: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = digits(body);
    let mut rest = body.get(whole..).unwrap_or(b"");
    if let [b'.', fraction @ ..] = rest {
        let count = digits(fraction);
        if whole == 0 && count == 0 {
            return false;
        }
        rest = fraction.get(count..).unwrap_or(b"");
    } else if whole == 0 {
        return false;
    }
    match rest {
        [] => true,
        [b'e' | b'E', b'+' | b'-', power @ ..] | [b'e' | b'E', power @ ..] => {
            !power.is_empty() && digits(power) == power.len()
        }
        _ => false,
    }
}

/// One of Go's layouts `2006-1-2`, `2006-1-2 15:4:5.9`, `2006-1-2T15:4:5.9Z07:00`.
fn is_time(text: &[u8]) -> bool {
    time(text).is_some()
}

fn time(text: &[u8]) -> Option<()> {
    let (year, rest) = text.split_at_checked(4)?;
    let year = year.iter().try_fold(0u32, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))?;
    let (month, rest) = small(rest.strip_prefix(b"-")?)?;
    let (day, rest) = small(rest.strip_prefix(b"-")?)?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if !(1..=days).contains(&day) {
        return None;
    }
    let (zoned, mut rest) = match rest {
        [] => return Some(()),
        [b'T' | b't', rest @ ..] => (true, rest),
        [b' ', rest @ ..] => (false, rest),
        _ => return None,
    };
    if !zoned {
        while let [b' ', more @ ..] = rest {
            rest = more;
        }
    }
    let (hour, rest) = small(rest)?;
    let (minute, rest) = small(rest.strip_prefix(b":")?)?;
    let (second, mut rest) = small(rest.strip_prefix(b":")?)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    if let [b'.' | b',', fraction @ ..] = rest {
        let count = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
        if count > 0 {
            rest = fraction.get(count..)?;
        }
    }
    match (zoned, rest) {
        (false, []) | (true, b"Z") => Some(()),
        (true, [b'+' | b'-', h1, h2, b':', m1, m2]) => {
            let two = |a: &u8, b: &u8| (a.is_ascii_digit() && b.is_ascii_digit()).then(|| (a - b'0') * 10 + (b - b'0'));
            (two(h1, h2)? <= 24 && two(m1, m2)? <= 60).then_some(())
        }
        _ => None,
    }
}

/// Whether plain text is a date without a time.
pub(super) fn is_date(text: &[u8]) -> bool {
    matches!(text.first(), Some(b'0'..=b'9')) && text.iter().all(|b| b.is_ascii_digit() || *b == b'-') && is_time(text)
}

/// The begin of a day, as Go writes a time.
pub(super) fn midnight(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let parts: Vec<String> = text.split('-').map(|part| format!("{part:0>2}")).collect();
    format!("{}T00:00:00Z", parts.join("-"))
}

/// One or two digits.
fn small(text: &[u8]) -> Option<(u32, &[u8])> {
    let digit = |b: &u8| b.is_ascii_digit().then(|| u32::from(b - b'0'));
    let first = digit(text.first()?)?;
    match text.get(1).and_then(digit) {
        Some(second) => Some((first * 10 + second, text.get(2..)?)),
        None => Some((first, text.get(1..)?)),
    }
}

/// Standard base64 as Go reads it: line breaks are skipped, padding is required.
fn binary<'a>(text: &[u8]) -> Result<Scalar<'a>, Error> {
    use base64::Engine as _;
    use base64::alphabet::STANDARD;
    use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
    let engine = GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));
    let text: Vec<u8> = text.iter().copied().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    match engine.decode(text) {
        Ok(bytes) => Ok(Scalar::Str(Cow::Owned(bytes))),
        Err(_) => Err(Error::new("yaml: !!binary value contains invalid base64 data")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_what_yaml_1_1_says() {
        let text = |text: &'static str| Scalar::Str(Cow::Borrowed(text.as_bytes()));
        for (input, want) in [
            ("", Scalar::Null),
            ("y", Scalar::Bool(true)),
            ("tRUE", text("tRUE")),
            ("010", Scalar::Int(8)),
            ("-0b11", Scalar::Int(-3)),
            ("0b-11", Scalar::Int(-3)),
            ("0x_F", Scalar::Int(15)),
            ("1_", Scalar::Int(1)),
            ("00", Scalar::Int(0)),
            ("08", Scalar::Float(8.0)),
            ("5.", Scalar::Float(5.0)),
            ("12e03", Scalar::Float(12000.0)),
            ("1e400", text("1e400")),
            ("0x1p3", text("0x1p3")),
            ("18446744073709551615", Scalar::Uint(u64::MAX)),
            ("-9223372036854775808", Scalar::Int(i64::MIN)),
            ("2001-1-2", Scalar::Time),
            ("2001-02-30", text("2001-02-30")),
            ("2001-1-2T15:4:5.9Z", Scalar::Time),
            ("1:30", text("1:30")),
            ("+", text("+")),
            ("1+", text("1+")),
        ] {
            assert_eq!(plain(input.as_bytes(), true), want, "{input}");
        }
    }
}
