//! Floats as fmt's verbs print them: those of `strconv`, and hexadecimal.

use crate::value::number;

/// The text of a float by a verb of `b e E f g G x X`; `None` is the fewest digits that read
/// back as the same number.
pub fn format_float(value: f64, verb: u8, precision: Option<usize>) -> String {
    if !matches!(verb, b'x' | b'X') || !value.is_finite() {
        return number::format_float(value, if value.is_finite() { verb } else { b'g' }, precision, false);
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    format!("{sign}{}", hexadecimal(value.abs(), verb, precision))
}

fn split(size: f64) -> (u64, i32) {
    let bits = size.to_bits();
    let mantissa = bits & ((1 << 52) - 1);
    match i32::try_from((bits >> 52) & 0x7ff).unwrap_or(0) {
        0 => (mantissa, -1074),
        power => (mantissa | (1 << 52), power - 1075),
    }
}

/// `%x`: one hexadecimal digit, a fraction, and a power of two.
fn hexadecimal(size: f64, verb: u8, precision: Option<usize>) -> String {
    let (mut mantissa, mut power) = split(size);
    if mantissa == 0 {
        power = 0;
    } else {
        let shift = mantissa.leading_zeros().saturating_sub(11);
        mantissa <<= shift;
        power += 52 - i32::try_from(shift).unwrap_or(0);
        mantissa <<= 8; // the leading one at bit 60
        if let Some(places) = precision.filter(|p| *p < 15) {
            let shift = u32::try_from(places * 4).unwrap_or(0);
            let extra = (mantissa << shift) & ((1 << 60) - 1);
            mantissa >>= 60 - shift;
            if extra | (mantissa & 1) > 1 << 59 {
                mantissa += 1;
            }
            mantissa <<= 60 - shift;
            if mantissa & (1 << 61) != 0 {
                mantissa >>= 1;
                power += 1;
            }
        }
    }
    let lead = (mantissa >> 60) & 1;
    let mut fraction = format!("{:015x}", mantissa & ((1 << 60) - 1));
    match precision {
        Some(places) => {
            fraction.truncate(places);
            fraction.extend(std::iter::repeat_n('0', places.saturating_sub(fraction.len())));
        }
        None => fraction.truncate(fraction.trim_end_matches('0').len()),
    }
    let dot = if fraction.is_empty() { "" } else { "." };
    let sign = if power < 0 { '-' } else { '+' };
    let text = format!("0x{lead}{dot}{fraction}p{sign}{:02}", power.unsigned_abs());
    if verb == b'X' { text.to_uppercase() } else { text }
}

#[cfg(test)]
mod tests {
    use super::format_float;

    #[test]
    fn hexadecimal_floats_round_and_drop_zeros() {
        let hex = |n, precision| format_float(n, b'x', precision);
        assert_eq!([hex(1.5, None), hex(0.0, None), hex(-10.0, None)], ["0x1.8p+00", "0x0p+00", "-0x1.4p+03"]);
        assert_eq!([hex(1.999, Some(1)), hex(1.0, Some(3))], ["0x1.0p+01", "0x1.000p+00"]);
    }
}
