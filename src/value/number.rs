//! Floats as Go's strconv reads and writes them.
//!
//! In: an `f64` and a verb, or text. Out: the digits Go prints, or the number Go reads.
//! Shortest digits come from `ryu`, which breaks ties as Go does; Rust's own formatter does not.

/// Go's `strconv.FormatFloat(f, verb, precision, 64)`, or 32 with `bits32`.
///
/// `verb` is one of `e E f F g G`, also `b`; `precision` `None` is Go's -1, the fewest digits that
/// read back as the same number. `%g` with the fewest digits has an exponent below 1e-4 and from
/// 1e6 on, wherever Go prints it, `%v` included; the limit of 1e21 is that of JSON alone.
///
/// ```
/// use chartwright::value::number::format_float;
/// assert_eq!(format_float(1e6, b'g', None, false), "1e+06");
/// assert_eq!(format_float(0.125, b'f', Some(2), false), "0.12");
/// ```
pub fn format_float(f: f64, verb: u8, precision: Option<usize>, bits32: bool) -> String {
    let f = if bits32 { f64::from(f as f32) } else { f };
    if f.is_nan() {
        return "NaN".into();
    }
    if f.is_infinite() {
        return if f < 0.0 { "-Inf".into() } else { "+Inf".into() };
    }
    if verb == b'b' {
        return binary(f, bits32);
    }
    let upper = verb.is_ascii_uppercase();
    let mut out = String::with_capacity(24);
    if f.is_sign_negative() {
        out.push('-');
    }
    let magnitude = f.abs();
    match (verb.to_ascii_lowercase(), precision) {
        (b'e', Some(places)) => Digits::rounded(magnitude, places).exponent(&mut out, places, upper),
        (b'e', None) => {
            let digits = Digits::shortest(magnitude, bits32);
            digits.exponent(&mut out, digits.text.len().saturating_sub(1), upper);
        }
        (b'f', Some(places)) => push_fixed(&mut out, magnitude, places),
        (b'f', None) => Digits::shortest(magnitude, bits32).plain(&mut out),
        (b'g', None) => Digits::shortest(magnitude, bits32).general(&mut out, 6, upper),
        (b'g', Some(places)) => {
            let places = places.max(1);
            let mut digits = Digits::rounded(magnitude, places - 1);
            digits.trim();
            let count = digits.text.len();
            let whole = i64::try_from(count).unwrap_or(i64::MAX) >= digits.point;
            let threshold = if places > count && whole { count } else { places };
            digits.general(&mut out, i64::try_from(threshold).unwrap_or(i64::MAX), upper);
        }
        _ => return format!("%{}", char::from(verb)),
    }
    out
}

/// fmt's `%v` of a `float64`: `%g` with the fewest digits.
pub fn format_v(f: f64) -> String {
    format_float(f, b'g', None, false)
}

/// Go's `strconv.ParseFloat(text, 64)`: decimal and hexadecimal floats, `inf`, `infinity`, `nan` in
/// any case, and `_` where Go's own literals allow it: `1_0` is 10.
///
/// `None` on a syntax error and when the number is out of range; too small a number is 0.
pub fn parse_float(text: &str) -> Option<f64> {
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    if body.eq_ignore_ascii_case("inf") || body.eq_ignore_ascii_case("infinity") {
        return Some(if negative { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    // A sign before it makes `nan` a syntax error.
    if text.eq_ignore_ascii_case("nan") {
        return Some(f64::NAN);
    }
    let without: String;
    let body = if body.contains('_') {
        if !underscores_allowed(body.as_bytes()) {
            return None;
        }
        without = body.replace('_', "");
        &without
    } else {
        body
    };
    let magnitude = match body.get(..2) {
        Some("0x" | "0X") => parse_hex(body.get(2..)?.as_bytes())?,
        _ => parse_decimal(body)?,
    };
    magnitude.is_finite().then_some(if negative { -magnitude } else { magnitude })
}

/// Decimal digits and the place of the point: `0.text * 10^point`. Zero has no digits.
struct Digits {
    text: Vec<u8>,
    point: i64,
}

impl Digits {
    fn shortest(f: f64, bits32: bool) -> Digits {
        if f == 0.0 {
            return Digits { text: Vec::new(), point: 0 };
        }
        let mut buffer = ryu::Buffer::new();
        let text = if bits32 { buffer.format_finite(f as f32) } else { buffer.format_finite(f) };
        Digits::read(text)
    }

    /// `places` digits after the first one, trailing zeros kept out of reach of the formatter.
    fn rounded(f: f64, places: usize) -> Digits {
        if f == 0.0 {
            return Digits { text: Vec::new(), point: 0 };
        }
        Digits::read(&format!("{f:.*e}", places.min(MAX_PLACES)))
    }

    /// From `12.34`, `1.234e5` or the like.
    fn read(text: &str) -> Digits {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut point = exponent.parse::<i64>().unwrap_or(0) + whole.len() as i64;
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let zeros = digits.iter().take_while(|d| **d == b'0').count();
        digits.drain(..zeros);
        point -= zeros as i64;
        let mut digits = Digits { text: digits, point };
        digits.trim();
        digits
    }

    fn trim(&mut self) {
        while self.text.last() == Some(&b'0') {
            self.text.pop();
        }
    }

    fn at(&self, index: i64) -> char {
        usize::try_from(index).ok().and_then(|i| self.text.get(i)).map_or('0', |d| char::from(*d))
    }

    /// `%e` with this many digits after the point.
    fn exponent(&self, out: &mut String, places: usize, upper: bool) {
        out.push(self.at(0));
        if places > 0 {
            out.push('.');
            for i in 1..=places {
                out.push(self.at(i as i64));
            }
        }
        let exponent = if self.text.is_empty() { 0 } else { self.point - 1 };
        out.push(if upper { 'E' } else { 'e' });
        out.push(if exponent < 0 { '-' } else { '+' });
        out.push_str(&format!("{:02}", exponent.unsigned_abs()));
    }

    /// `%f` with just the digits there are.
    fn plain(&self, out: &mut String) {
        if self.point <= 0 {
            out.push('0');
        }
        for i in 0..self.point {
            out.push(self.at(i));
        }
        let count = self.text.len() as i64;
        if count > self.point && count > 0 {
            out.push('.');
            for i in self.point..count {
                out.push(self.at(i));
            }
        }
    }

    /// `%g`: with an exponent when that is below -4 or from `threshold` on.
    fn general(&self, out: &mut String, threshold: i64, upper: bool) {
        let exponent = self.point - 1;
        if exponent < -4 || exponent >= threshold {
            self.exponent(out, self.text.len().saturating_sub(1), upper);
        } else {
            self.plain(out);
        }
    }
}

/// No `f64` has more digits than this; the rest are zeros.
const MAX_PLACES: usize = 1100;

fn push_fixed(out: &mut String, f: f64, places: usize) {
    out.push_str(&format!("{f:.*}", places.min(MAX_PLACES)));
    out.extend(std::iter::repeat_n('0', places.saturating_sub(MAX_PLACES)));
}

/// `%b`: the mantissa as an integer and the power of two.
fn binary(f: f64, bits32: bool) -> String {
    let (bits, mantissa_bits, bias) =
        if bits32 { (u64::from((f as f32).to_bits()), 23, 127) } else { (f.to_bits(), 52, 1023) };
    let sign = if f.is_sign_negative() { "-" } else { "" };
    let mut mantissa = bits & ((1u64 << mantissa_bits) - 1);
    let mut exponent = ((bits >> mantissa_bits) & if bits32 { 0xFF } else { 0x7FF }) as i64;
    if exponent == 0 {
        exponent = 1
    } else {
        mantissa |= 1 << mantissa_bits
    }
    format!("{sign}{mantissa}p{:+}", exponent - bias - mantissa_bits)
}

/// Rust reads decimal floats exactly, but allows words that Go does not.
fn parse_decimal(body: &str) -> Option<f64> {
    let first = body.bytes().find(|b| *b != b'.')?;
    first.is_ascii_digit().then(|| body.parse().ok())?
}

fn parse_hex(body: &[u8]) -> Option<f64> {
    let (mut mantissa, mut sticky, mut exponent) = (0u64, false, 0i64);
    let (mut dot, mut digit) = (false, false);
    let mut at = 0;
    while let Some(&b) = body.get(at) {
        if b == b'.' && !dot {
            dot = true;
        } else if let Some(value) = char::from(b).to_digit(16) {
            digit = true;
            if mantissa >> 60 == 0 {
                mantissa = mantissa << 4 | u64::from(value);
                exponent -= if dot { 4 } else { 0 };
            } else {
                sticky |= value != 0;
                exponent += if dot { 0 } else { 4 };
            }
        } else {
            break;
        }
        at += 1;
    }
    if !digit || !matches!(body.get(at), Some(b'p' | b'P')) {
        return None;
    }
    let (sign, digits) = match body.get(at + 1)? {
        b'-' => (-1, body.get(at + 2..)?),
        b'+' => (1, body.get(at + 2..)?),
        _ => (1, body.get(at + 1..)?),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let power = digits.iter().fold(0i64, |n, d| if n < 100_000 { n * 10 + i64::from(d - b'0') } else { n });
    Some(scale(mantissa, sticky, exponent.saturating_add(sign * power)))
}

/// `mantissa * 2^exponent`, rounded to nearest, ties to even.
fn scale(mantissa: u64, sticky: bool, exponent: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let bits = 64 - i64::from(mantissa.leading_zeros());
    let top = exponent.saturating_add(bits - 1);
    if top > 1023 {
        return f64::INFINITY;
    }
    let room = if top >= -1022 { 53 } else { 53 - (-1022 - top) };
    if room < 0 {
        return 0.0;
    }
    let drop = (bits - room).max(0);
    let wide = u128::from(mantissa);
    let mut kept = wide >> drop;
    let rest = wide & ((1u128 << drop) - 1);
    let half = if drop > 0 { 1u128 << (drop - 1) } else { u128::MAX };
    if rest > half || (rest == half && (sticky || kept & 1 == 1)) {
        kept += 1;
    }
    let power = exponent + drop;
    // In two steps, so that neither factor leaves the normal range.
    let first = power / 2;
    kept as f64 * 2f64.powi(first as i32) * 2f64.powi((power - first) as i32)
}

/// Go's rule for `_` in numbers: between digits, or between a base prefix and a digit.
fn underscores_allowed(body: &[u8]) -> bool {
    let hex = matches!(body, [b'0', b'x' | b'X', ..]);
    let (mut before, rest) = match body {
        [b'0', b'x' | b'X' | b'b' | b'B' | b'o' | b'O', rest @ ..] => (b'0', rest),
        _ => (b'^', body),
    };
    for &b in rest {
        let digit = b.is_ascii_digit() || (hex && b.is_ascii_hexdigit());
        match (digit, b) {
            (true, _) => before = b'0',
            (_, b'_') if before != b'0' => return false,
            (_, b'_') => before = b'_',
            _ if before == b'_' => return false,
            _ => before = b'!',
        }
    }
    before != b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_general_verb_goes_to_an_exponent_where_go_does() {
        for (f, want) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (100_000.0, "100000"),
            (1e6, "1e+06"),
            (123_456_789.0, "1.23456789e+08"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1e21, "1e+21"),
            (5e-324, "5e-324"),
            (0.1, "0.1"),
            (1.5, "1.5"),
        ] {
            assert_eq!(format_v(f), want);
        }
        assert_eq!(format_float(16_777_217.0, b'g', None, true), "1.6777216e+07");
        assert_eq!(format_float(std::f64::consts::PI, b'g', None, true), "3.1415927");
        assert_eq!(format_float(1234.5678, b'g', Some(3), false), "1.23e+03");
        assert_eq!(format_float(100.0, b'g', Some(3), false), "100");
        assert_eq!(format_float(100.0, b'g', Some(10), false), "100");
        assert_eq!(format_float(1.0, b'e', Some(3), false), "1.000e+00");
        assert_eq!(format_float(0.0, b'e', Some(2), false), "0.00e+00");
        assert_eq!(format_float(2.5, b'f', Some(0), false), "2");
        assert_eq!(format_float(1e21, b'f', None, false), "1000000000000000000000");
        assert_eq!(format_float(1.0, b'b', None, false), "4503599627370496p-52");
    }

    #[test]
    fn text_is_read_as_go_reads_it() {
        for (text, want) in [
            ("0x1p3", Some(8.0)),
            ("1_0", Some(10.0)),
            ("0x_1p3", Some(8.0)),
            ("0x.8p1", Some(1.0)),
            ("0x1.8000000000000000001p0", Some(1.5)),
            ("0X1P-1", Some(0.5)),
            ("+.5e+3", Some(500.0)),
            ("1.", Some(1.0)),
            ("1e-400", Some(0.0)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("0x1p-1074", Some(5e-324)),
            ("1e400", None),
            ("0x1p2000", None),
            ("infin", None),
            ("+nan", None),
            ("0x1", None),
            (".", None),
            ("1e", None),
            ("", None),
            ("1__0", None),
            ("_1", None),
            ("é", None),
        ] {
            assert_eq!(parse_float(text), want, "{text}");
        }
        assert!(parse_float("nan").is_some_and(f64::is_nan));
    }
}
