//! Spans of time: Go's `time.Duration`, and the functions that read and convert it.
//!
//! In: durations, texts such as `1h30m` or `2.5`, numbers of seconds. Out: durations and
//! numbers. What cannot be read counts as zero, except in `mustToDuration`.

use super::dates::Time;
use crate::eval::call::{Call, Func, FuncResult, Purity, Type};
use crate::value::{Go, Object, Value};
use std::any::Any;

/// The family's rows.
pub(crate) const DURATION: &[Func] = &[
    Func::fixed("duration", &[Type::Any], duration),
    Func::fixed("durationRound", &[Type::Any], duration_round).with(Purity::Clock),
    Func::fixed("mustToDuration", &[Type::Any], must_to_duration),
    Func::fixed("durationNanoseconds", &[Type::Any], |call| whole(call, 1)),
    Func::fixed("durationMicroseconds", &[Type::Any], |call| whole(call, MICROSECOND)),
    Func::fixed("durationMilliseconds", &[Type::Any], |call| whole(call, MILLISECOND)),
    Func::fixed("durationSeconds", &[Type::Any], |call| Ok(Value::Float(read_or_zero(call.any(0)).seconds()))),
    Func::fixed("durationMinutes", &[Type::Any], |call| Ok(Value::Float(read_or_zero(call.any(0)).minutes()))),
    Func::fixed("durationHours", &[Type::Any], |call| Ok(Value::Float(read_or_zero(call.any(0)).hours()))),
    Func::fixed("durationDays", &[Type::Any], |call| Ok(Value::Float(read_or_zero(call.any(0)).hours() / 24.0))),
    Func::fixed("durationWeeks", &[Type::Any], |call| Ok(Value::Float(read_or_zero(call.any(0)).hours() / 24.0 / 7.0))),
    Func::fixed("durationRoundTo", &[Type::Any, Type::Any], |call| to_multiple(call, Duration::round)),
    Func::fixed("durationTruncateTo", &[Type::Any, Type::Any], |call| to_multiple(call, Duration::truncate)),
];

const MICROSECOND: i64 = 1_000;
const MILLISECOND: i64 = 1_000_000;
/// Nanoseconds in a second.
pub(crate) const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// A number of nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Duration(pub i64);

impl Duration {
    fn parts(self, unit: i64) -> f64 {
        (self.0 / unit) as f64 + (self.0 % unit) as f64 / unit as f64
    }

    fn seconds(self) -> f64 {
        self.parts(SECOND)
    }

    fn minutes(self) -> f64 {
        // Go divides the rest by 60e9, which is the same number.
        self.parts(MINUTE)
    }

    fn hours(self) -> f64 {
        self.parts(HOUR)
    }

    /// Cut towards zero to a multiple of `unit`; unchanged when `unit` is not positive.
    fn truncate(self, unit: Duration) -> Duration {
        if unit.0 <= 0 { self } else { Duration(self.0 - self.0 % unit.0) }
    }

    /// To the nearest multiple of `unit`, halves away from zero, stopping at the ends.
    pub(crate) fn round(self, unit: Duration) -> Duration {
        if unit.0 <= 0 {
            return self;
        }
        let rest = self.0 % unit.0;
        let nearer_zero = rest.unsigned_abs() * 2 < unit.0.unsigned_abs();
        Duration(match (nearer_zero, self.0 < 0) {
            (true, _) => self.0 - rest,
            (false, true) => (self.0 - rest).saturating_sub(unit.0),
            (false, false) => (self.0 - rest).saturating_add(unit.0),
        })
    }

    /// Go's text: `1h30m0s`, `1.5s`, `20ms`, `0s`.
    pub(crate) fn text(self) -> String {
        let nanos = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let fraction = |unit: u64, name: &str| {
            let digits = format!("{:0width$}", nanos % unit, width = unit.ilog10() as usize);
            let digits = digits.trim_end_matches('0');
            let dot = if digits.is_empty() || unit == 1 { "" } else { "." };
            let digits = if unit == 1 { "" } else { digits };
            format!("{}{dot}{digits}{name}", nanos / unit)
        };
        match nanos {
            0 => "0s".into(),
            1..1_000 => format!("{sign}{nanos}ns"),
            1_000..1_000_000 => format!("{sign}{}", fraction(1_000, "µs")),
            1_000_000..1_000_000_000 => format!("{sign}{}", fraction(1_000_000, "ms")),
            _ => {
                let minutes = nanos / MINUTE.unsigned_abs();
                let digits = format!("{:09}", nanos % SECOND.unsigned_abs());
                let digits = digits.trim_end_matches('0');
                let dot = if digits.is_empty() { "" } else { "." };
                let seconds = format!("{}{dot}{digits}s", nanos / SECOND.unsigned_abs() % 60);
                match (minutes / 60, minutes % 60) {
                    (0, 0) => format!("{sign}{seconds}"),
                    (0, minutes) => format!("{sign}{minutes}m{seconds}"),
                    (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}"),
                }
            }
        }
    }

    /// The duration behind an argument of a method.
    pub(crate) fn of(value: Option<&Value>) -> Option<Duration> {
        match value? {
            Value::Int(n) | Value::Int64(n) => Some(Duration(*n)),
            value => value.as_object::<Duration>().copied(),
        }
    }
}

impl Object for Duration {
    fn type_name(&self) -> &str {
        "time.Duration"
    }

    fn kind(&self) -> &'static str {
        "int64"
    }

    fn signature(&self, name: &str) -> Option<(&'static [Type], bool)> {
        let params: &'static [Type] = match name {
            "String" | "Nanoseconds" | "Microseconds" | "Milliseconds" | "Seconds" | "Minutes" | "Hours" | "Abs" => &[],
            "Round" | "Truncate" => &[Type::Duration],
            _ => return None,
        };
        Some((params, false))
    }

    fn call(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let unit =
            || Duration::of(args.first()).ok_or_else(|| "wrong type for value; expected time.Duration".to_owned());
        Some(Ok(match name {
            "String" => Value::from(self.text()),
            "Nanoseconds" => Value::Int64(self.0),
            "Microseconds" => Value::Int64(self.0 / MICROSECOND),
            "Milliseconds" => Value::Int64(self.0 / MILLISECOND),
            "Seconds" => Value::Float(self.seconds()),
            "Minutes" => Value::Float(self.minutes()),
            "Hours" => Value::Float(self.hours()),
            "Abs" => Value::object(Duration(self.0.saturating_abs())),
            "Round" => return Some(unit().map(|unit| Value::object(self.round(unit)))),
            "Truncate" => return Some(unit().map(|unit| Value::object(self.truncate(unit)))),
            _ => return None,
        }))
    }

    fn underlying(&self) -> Go {
        Go::Int64(self.0)
    }

    fn numbered(&self, number: i64) -> Option<Value> {
        Some(Value::object(Duration(number)))
    }

    fn own_text(&self) -> Option<Vec<u8>> {
        Some(self.text().into_bytes())
    }

    fn to_plain(&self) -> Result<Value, String> {
        Ok(Value::Int64(self.0))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Quotes as the messages of Go's `time` package do: bytes that are no printable ASCII as `\x..`.
pub(crate) fn quote(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(*byte)]),
            b' '..=b'\x7f' => out.push(char::from(*byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

/// Splits the ASCII digits off the front.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

/// Reads Go's duration text: a sign, then numbers with units (`-1h1.5m`), or `0`.
///
/// # Errors
/// Go's words for an unknown or missing unit and for anything else that is wrong.
pub(crate) fn parse(text: &[u8]) -> Result<Duration, String> {
    let invalid = || format!("time: invalid duration {}", quote(text));
    let (negative, mut rest) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    if rest == b"0" {
        return Ok(Duration(0));
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    // One more than i64::MAX is allowed, for the most negative duration.
    const LIMIT: u64 = 1 << 63;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (integer, after) = digits(rest);
        let (fraction, after) = match after.split_first() {
            Some((b'.', after)) => digits(after),
            _ => (&b""[..], after),
        };
        if integer.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let mut number: u64 = 0;
        for digit in integer {
            number = number
                .checked_mul(10)
                .and_then(|n| n.checked_add(u64::from(digit - b'0')))
                .filter(|n| *n <= LIMIT)
                .ok_or_else(invalid)?;
        }
        let unit_end = after.iter().take_while(|byte| **byte != b'.' && !byte.is_ascii_digit()).count();
        let (name, after) = after.split_at(unit_end);
        if name.is_empty() {
            return Err(format!("time: missing unit in duration {}", quote(text)));
        }
        let unit = match std::str::from_utf8(name) {
            Ok("ns") => 1,
            Ok("us" | "µs" | "μs") => MICROSECOND,
            Ok("ms") => MILLISECOND,
            Ok("s") => SECOND,
            Ok("m") => MINUTE,
            Ok("h") => HOUR,
            _ => return Err(format!("time: unknown unit {} in duration {}", quote(name), quote(text))),
        }
        .unsigned_abs();
        number = number.checked_mul(unit).filter(|n| *n <= LIMIT).ok_or_else(invalid)?;
        // Digits that no longer fit are dropped, as Go drops them.
        let (mut part, mut scale) = (0u64, 1f64);
        for digit in fraction {
            match part.checked_mul(10).and_then(|n| n.checked_add(u64::from(digit - b'0'))) {
                Some(next) if next <= LIMIT => {
                    part = next;
                    scale *= 10.0;
                }
                _ => break,
            }
        }
        number += (part as f64 * (unit as f64 / scale)) as u64;
        total = total.checked_add(number).filter(|n| *n <= LIMIT).ok_or_else(invalid)?;
        rest = after;
    }
    match (negative, i64::try_from(total)) {
        (false, Ok(nanos)) => Ok(Duration(nanos)),
        (true, Ok(nanos)) => Ok(Duration(-nanos)),
        (true, Err(_)) => Ok(Duration(i64::MIN)),
        (false, Err(_)) => Err(invalid()),
    }
}

/// Seconds as a duration.
fn from_seconds(seconds: f64) -> Result<Duration, String> {
    let text = crate::value::number::format_v(seconds);
    if !seconds.is_finite() {
        return Err(format!("invalid duration seconds: {text}"));
    }
    let most = i64::MAX as f64 / SECOND as f64;
    if seconds > most || seconds < -most {
        return Err(format!("duration seconds overflow: {text}"));
    }
    Ok(Duration((seconds * SECOND as f64) as i64))
}

/// Reads whatever a template may give as a duration; bare numbers are seconds.
fn read(value: &Value) -> Result<Duration, String> {
    match value {
        Value::Nil | Value::Invalid => Err("invalid duration".into()),
        Value::Int(n) | Value::Int64(n) => {
            n.checked_mul(SECOND).map(Duration).ok_or_else(|| format!("duration seconds overflow: {n}"))
        }
        Value::Float(seconds) => from_seconds(*seconds),
        Value::Str(text) => {
            let trimmed = text.to_text();
            let trimmed = trimmed.trim();
            if trimmed.is_empty() {
                return Err("empty duration".into());
            }
            if let Ok(duration) = parse(trimmed.as_bytes()) {
                return Ok(duration);
            }
            match trimmed.parse::<f64>() {
                // A number too large for a float is no number to Go.
                Ok(seconds) if seconds.is_finite() || !trimmed.contains(|c: char| c.is_ascii_digit()) => {
                    from_seconds(seconds)
                }
                _ => Err(format!("could not parse duration {}", super::semver::quote(text))),
            }
        }
        other => match other.as_object::<Duration>() {
            Some(duration) => Ok(*duration),
            None => Err(format!("unsupported duration type {}", other.type_name())),
        },
    }
}

fn read_or_zero(value: &Value) -> Duration {
    read(value).unwrap_or(Duration(0))
}

/// `durationMilliseconds VALUE` and its siblings: whole units, cut towards zero.
fn whole(call: &Call<'_>, unit: i64) -> FuncResult {
    Ok(Value::Int64(read_or_zero(call.any(0)).0 / unit))
}

/// `durationRoundTo VALUE UNIT`, `durationTruncateTo VALUE UNIT`: VALUE as it is when UNIT
/// cannot be read.
fn to_multiple(call: &Call<'_>, by: fn(Duration, Duration) -> Duration) -> FuncResult {
    Ok(Value::object(match (read(call.any(0)), read(call.any(1))) {
        (Err(_), _) => Duration(0),
        (Ok(duration), Err(_)) => duration,
        (Ok(duration), Ok(unit)) => by(duration, unit),
    }))
}

/// `mustToDuration VALUE`: a `time.Duration`, or an error.
fn must_to_duration(call: &Call<'_>) -> FuncResult {
    Ok(Value::object(read(call.any(0))?))
}

/// A leading-sign decimal as Go's `ParseInt` reads it: out of range gives the nearest end.
fn seconds_text(text: &[u8]) -> i64 {
    let text = std::str::from_utf8(text).unwrap_or_default();
    match text.parse::<i64>() {
        Ok(n) => n,
        Err(error) => match error.kind() {
            std::num::IntErrorKind::PosOverflow => i64::MAX,
            std::num::IntErrorKind::NegOverflow => i64::MIN,
            _ => 0,
        },
    }
}

/// `duration SECONDS`: `95` as `1m35s`. Only texts and int64 count; an int or a float is 0s.
fn duration(call: &Call<'_>) -> FuncResult {
    let seconds = match call.any(0) {
        Value::Int64(n) => *n,
        Value::Str(text) => seconds_text(text),
        _ => 0,
    };
    Ok(Value::from(Duration(seconds.wrapping_mul(SECOND)).text()))
}

/// `durationRound VALUE`: the largest unit only, `2h`, `3d`, `1y`; of a time, how long ago.
fn duration_round(call: &Call<'_>) -> FuncResult {
    let nanos = match call.any(0) {
        Value::Str(text) => parse(text).map_or(0, |duration| duration.0),
        Value::Int64(n) => *n,
        other => match other.as_object::<Time>() {
            Some(time) => Time::now(call.host).since(time).0,
            None => 0,
        },
    }
    .unsigned_abs();
    const UNITS: [(i64, &str); 6] =
        [(365 * 24 * HOUR, "y"), (30 * 24 * HOUR, "mo"), (24 * HOUR, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s")];
    let largest = UNITS.iter().map(|(unit, name)| (unit.unsigned_abs(), name)).find(|(unit, _)| nanos > *unit);
    Ok(Value::from(match largest {
        Some((unit, name)) => format!("{}{name}", nanos / unit),
        None => "0s".to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_print_as_in_go() {
        for (text, printed) in [
            ("1h", "1h0m0s"),
            ("90m1.5s", "1h30m1.5s"),
            ("1500us", "1.5ms"),
            ("-.5s", "-500ms"),
            ("0", "0s"),
            ("15ns", "15ns"),
        ] {
            assert_eq!(parse(text.as_bytes()).map(Duration::text), Ok(printed.to_owned()));
        }
        assert_eq!(parse(b"5"), Err("time: missing unit in duration \"5\"".into()));
        assert_eq!(parse(b"5x"), Err("time: unknown unit \"x\" in duration \"5x\"".into()));
    }

    #[test]
    fn rounding_goes_away_from_zero_at_half() {
        assert_eq!(Duration(-1_500_000_000).round(Duration(SECOND)), Duration(-2 * SECOND));
        assert_eq!(Duration(i64::MAX).round(Duration(HOUR)), Duration(i64::MAX));
    }
}
