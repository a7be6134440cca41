//! Number literals: Go's ideal constants, kept under every type that can hold them.

use super::ast::Number;
use super::text::{quote, unquote_char};
use super::token::Kind;

/// Reads a number or character literal.
///
/// # Errors
/// Go's words for what it cannot read.
pub(super) fn read(text: &[u8], kind: Kind) -> Result<Number, String> {
    let shown = String::from_utf8_lossy(text).into_owned();
    let mut number = Number { text: shown, int: None, float: None, complex: None };
    if kind == Kind::CharConstant {
        let (code, tail) = unquote_char(&text[1..], b'\'', &mut Vec::new()).ok_or("invalid syntax")?;
        if tail != b"'" {
            return Err(format!("malformed character constant: {}", number.text));
        }
        number.int = Some(i64::from(code));
        number.float = Some(f64::from(code));
        return Ok(number);
    }
    if kind == Kind::Complex {
        let split = text.iter().rposition(|b| matches!(b, b'+' | b'-')).unwrap_or(0);
        let real = float(&text[..split]);
        let imaginary = float(text[split..].strip_suffix(b"i").unwrap_or_default());
        let (Some(real), Some(imaginary)) = (real, imaginary) else {
            return Err("syntax error scanning complex number".into());
        };
        return Ok(simplify(number, real, imaginary));
    }
    if let Some(imaginary) = text.strip_suffix(b"i").and_then(float) {
        return Ok(simplify(number, 0.0, imaginary));
    }
    let unsigned = unsigned(text);
    number.int = integer(text);
    if let Some(n) = number.int {
        number.float = Some(n as f64);
    } else if let Some(n) = unsigned {
        number.float = Some(n as f64);
        // Legal as a float parameter; as an int it overflows.
    } else if let Some(f) = float(text) {
        if !text.iter().any(|b| b".eEpP".contains(b)) {
            return Err(format!("integer overflow: {}", quote(text)));
        }
        number.float = Some(f);
        number.int = whole(f);
    }
    if number.int.is_none() && number.float.is_none() {
        return Err(format!("illegal number syntax: {}", quote(text)));
    }
    Ok(number)
}

fn simplify(mut number: Number, real: f64, imaginary: f64) -> Number {
    number.complex = Some((real, imaginary));
    if imaginary == 0.0 {
        number.float = Some(real);
        number.int = whole(real);
    }
    number
}

/// The integer that a float is, if it is one.
fn whole(f: f64) -> Option<i64> {
    // 2^63 is exact in f64; at and above it an i64 cannot hold the value.
    (f.trunc() == f && f.abs() < 9_223_372_036_854_775_808.0).then_some(f as i64)
}

/// `strconv.ParseInt(text, 0, 64)`.
fn integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text.first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let n = i128::from(unsigned(digits)?);
    i64::try_from(if negative { -n } else { n }).ok()
}

/// `strconv.ParseUint(text, 0, 64)`: base prefixes, and underscores where Go allows them.
fn unsigned(text: &[u8]) -> Option<u64> {
    if !underscores_ok(text) {
        return None;
    }
    let clean: String = text.iter().filter(|b| **b != b'_').map(|b| char::from(*b)).collect();
    let lower = clean.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, &lower[..]),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok()
}

/// Underscores may stand only between digits, or between a base prefix and a digit.
fn underscores_ok(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"+").or_else(|| text.strip_prefix(b"-")).unwrap_or(text);
    let prefixed = matches!(text, [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..]);
    let body = if prefixed { &text[1..] } else { text };
    if !body.contains(&b'_') {
        return true;
    }
    body.iter().enumerate().all(|(i, b)| {
        *b != b'_'
            || (i > 0 && body[i - 1].is_ascii_alphanumeric() && body.get(i + 1).is_some_and(u8::is_ascii_alphanumeric))
    })
}

/// `strconv.ParseFloat(text, 64)` for what the lexer lets through; hexadecimal too.
fn float(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        return hex_float(&hex.replace('_', "")).map(|f| sign * f);
    }
    // Go allows underscores only with a base prefix here.
    if digits.contains('_') || !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let f: f64 = digits.parse().ok()?;
    f.is_finite().then_some(sign * f)
}

fn hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.len() + fraction.len() == 0 {
        return None;
    }
    let mut value = 0.0_f64;
    for c in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(c.to_digit(16)?);
    }
    let shift = exponent.parse::<i32>().ok()?.checked_sub(i32::try_from(fraction.len()).ok()?.checked_mul(4)?)?;
    let f = value * 2.0_f64.powi(shift);
    f.is_finite().then_some(f)
}
