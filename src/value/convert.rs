//! From one Go type to another, as sprig's functions do it.
//!
//! In: any [`Value`]. Out: a number, 0 for what is none; or text. Nothing here fails.

use super::format::display_str;
use super::number::parse_float;
use super::{Go, List, ListKind, Str, Value};

/// `cast.ToInt64`: numbers cut towards zero, booleans 0 or 1, text by [`parse_int`]; else 0.
pub fn to_int64(value: &Value) -> i64 {
    match value {
        Value::Int(n) | Value::Int64(n) => *n,
        Value::Float(n) => float_to_int(*n),
        Value::Bool(b) => i64::from(*b),
        Value::Str(text) => parse_int(without_zero_decimals(text), 0).unwrap_or(0),
        Value::Object(_) => calendar_number(value).unwrap_or(0),
        Value::Nil | Value::Invalid | Value::List(_) | Value::Map(_) => 0,
    }
}

/// `cast.ToFloat64`: as [`to_int64`], text by Go's literals.
pub fn to_float64(value: &Value) -> f64 {
    match value {
        Value::Int(n) | Value::Int64(n) => *n as f64,
        Value::Float(n) => *n,
        Value::Bool(b) => f64::from(u8::from(*b)),
        Value::Str(text) => text.to_utf8().and_then(parse_float).unwrap_or(0.0),
        Value::Object(_) => calendar_number(value).unwrap_or(0) as f64,
        Value::Nil | Value::Invalid | Value::List(_) | Value::Map(_) => 0.0,
    }
}

/// Go's conversion of a float to an integer on amd64: what does not fit is the smallest.
pub fn float_to_int(number: f64) -> i64 {
    // Exactly 2^63; the cast below is in range.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&number) { number as i64 } else { i64::MIN }
}

/// Of the integers with types of their own, `cast` knows bytes, months and weekdays; a duration is 0 to it.
fn calendar_number(value: &Value) -> Option<i64> {
    match value {
        Value::Object(object) => match object.underlying() {
            Go::Int64(n) if matches!(object.type_name(), "time.Month" | "time.Weekday") => Some(n),
            Go::Uint(n) => Some(n.cast_signed()),
            _ => None,
        },
        _ => None,
    }
}

/// `1.00` without its `.00`.
fn without_zero_decimals(text: &[u8]) -> &[u8] {
    let kept = text.iter().rposition(|b| *b != b'0').unwrap_or(0);
    match text.get(kept) {
        Some(b'.') if kept + 1 < text.len() => text.get(..kept).unwrap_or(text),
        _ => text,
    }
}

/// Go's `strconv.ParseInt` to 64 bits; base 0 takes `0x`, `0o`, `0b`, a leading `0` and
/// underscores between digits. `None` for text that is no integer or does not fit.
pub fn parse_int(text: &[u8], base: u32) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let (negative, size) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let (base, digits) = if base != 0 {
        (base, size.to_owned())
    } else {
        let (base, digits) = match size.get(..2).map(str::to_ascii_lowercase).as_deref() {
            Some("0x") => (16, size.get(2..)?),
            Some("0o") => (8, size.get(2..)?),
            Some("0b") => (2, size.get(2..)?),
            _ if size.len() > 1 && size.starts_with('0') => (8, size.get(1..)?),
            _ => (10, size),
        };
        if size.contains('_') && !underscores_fit(size.as_bytes()) {
            return None;
        }
        (base, digits.replace('_', ""))
    };
    if !digits.chars().all(|c| c.is_digit(base)) {
        return None;
    }
    let size = i128::from(u64::from_str_radix(&digits, base).ok()?);
    i64::try_from(if negative { -size } else { size }).ok()
}

/// Whether each underscore of a number without sign stands between digits; a prefix counts
/// as a digit.
fn underscores_fit(text: &[u8]) -> bool {
    let prefix =
        text.first() == Some(&b'0') && matches!(text.get(1).map(u8::to_ascii_lowercase), Some(b'x' | b'o' | b'b'));
    let hex = prefix && text.get(1).is_some_and(|b| b.eq_ignore_ascii_case(&b'x'));
    let digit = |b: u8| b.is_ascii_digit() || (hex && b.is_ascii_hexdigit());
    let mut last = if prefix { b'0' } else { b'^' };
    for byte in text.iter().skip(if prefix { 2 } else { 0 }) {
        let class = match byte {
            b'_' if last != b'0' => return false,
            b'_' => b'_',
            b if digit(*b) => b'0',
            _ if last == b'_' => return false,
            _ => b'!',
        };
        last = class;
    }
    last != b'_'
}

/// sprig's `strval`: text as it is, bytes as text, else `%v`.
pub fn strval(value: &Value) -> Str {
    match value {
        Value::List(list) if list.kind() == ListKind::Bytes => {
            let bytes: Vec<u8> = list.iter().map(|b| to_int64(b) as u8).collect();
            bytes.into()
        }
        _ => display_str(value),
    }
}

/// sprig's `strslice`: each item's [`strval`] without the nils; a value that is no list is
/// one string, nil is none.
pub fn to_strings(value: &Value) -> Vec<Str> {
    match value {
        Value::Nil | Value::Invalid => Vec::new(),
        Value::List(list) => strings_of(list),
        Value::Object(object) => match object.underlying() {
            Go::List(items) => strings_of(&items),
            _ => vec![strval(value)],
        },
        _ => vec![strval(value)],
    }
}

fn strings_of(items: &[Value]) -> Vec<Str> {
    items.iter().filter(|item| !item.is_nil()).map(strval).collect()
}

/// The items behind anything that is a slice to Go's `reflect`.
pub fn items_of(value: &Value) -> Option<List> {
    match value {
        Value::List(list) => Some(list.clone()),
        Value::Object(object) => match object.underlying() {
            Go::List(items) => Some(List::new(items)),
            _ => None,
        },
        _ => None,
    }
}

/// sprig's `empty`: nil, false, zero, and text, lists and maps without content.
pub fn is_empty(value: &Value) -> bool {
    !value.is_true()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_an_integer_by_gos_literals_only() {
        let int = |t: &str| to_int64(&Value::from(t));
        assert_eq!(["08", "1e3", "2.0", "1.00", ".0", "1.5", " 1", "", "_1"].map(int), [0, 0, 2, 1, 0, 0, 0, 0, 0]);
        assert_eq!(
            ["0x_1f", "010", "0b11", "1_000", "-9223372036854775808", "+5"].map(int),
            [31, 8, 3, 1000, i64::MIN, 5]
        );
    }

    #[test]
    fn floats_too_large_for_an_integer_are_the_smallest() {
        assert_eq!(to_int64(&Value::Float(1e30)), i64::MIN);
        assert_eq!(to_int64(&Value::Float(-1.9)), -1);
    }
}
