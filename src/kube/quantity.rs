//! Amounts of CPU, memory and storage, exactly as the API server reads them.
//!
//! In: `500m`, `1.5Gi`, `1e3`, or a number of a document. Out: a [`Quantity`] that compares by value.

use crate::value::{Data, Node};
use num_bigint::BigInt;
use std::cmp::Ordering;
use std::fmt;

/// Powers of 1024.
const BINARY: &[(&str, u32)] = &[("Ki", 1), ("Mi", 2), ("Gi", 3), ("Ti", 4), ("Pi", 5), ("Ei", 6)];

/// Powers of ten.
const DECIMAL: &[(&str, i64)] =
    &[("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];

/// An exponent beyond this is held here: the server caps amounts at 2^63-1 and rounds at a billionth, so nothing that
/// differs farther out differs for it.
const FARTHEST: i64 = 64;

/// Digits beyond this many are dropped before counting, for the same reason.
const MOST_DIGITS: usize = 512;

/// An amount: an exact decimal number, with the text it was written as.
///
/// ```
/// use chartwright::kube::Quantity;
/// let parse = |text| Quantity::parse(text).unwrap();
/// assert!(parse("1000Mi") < parse("1Gi"));
/// assert_eq!(parse("0.5"), parse("500m"));
/// assert_eq!(parse("100m").ceil(), Some(1)); // a tenth of a byte still takes one
/// assert_eq!(Quantity::parse("500K"), None);
/// ```
#[derive(Debug, Clone)]
pub struct Quantity {
    text: String,
    /// In billionths, which is as fine as the server counts; rounded away from zero.
    billionths: BigInt,
}

impl Quantity {
    /// Reads an amount; `None` when the server would not.
    ///
    /// # Source
    /// `ParseQuantity` of k8s.io/apimachinery, asked through the API server.
    pub fn parse(text: &str) -> Option<Quantity> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, text.get(1..)?),
            b'+' => (false, text.get(1..)?),
            _ => (false, text),
        };
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at_checked(end)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let (base_1024, exponent) = match BINARY.iter().find(|(name, _)| *name == suffix) {
            Some((_, power)) => (*power, 0),
            None => (0, decimal_exponent(suffix)?),
        };
        let whole = whole.trim_start_matches('0');
        if whole.len() > MOST_DIGITS {
            return Some(Quantity { text: text.to_owned(), billionths: signed(cap(), negative) });
        }
        let fraction = fraction.get(..MOST_DIGITS).unwrap_or(fraction);
        let digits = format!("0{whole}{fraction}");
        let mut up: BigInt = digits.parse().ok()?;
        up *= BigInt::from(1024).pow(base_1024);
        // Billionths: nine more places; the fraction's places the other way.
        let places = 9 + exponent - i64::try_from(fraction.len()).ok()?;
        let factor = BigInt::from(10).pow(u32::try_from(places.unsigned_abs()).ok()?);
        let value = if places >= 0 { up * factor } else { divide_up(up, factor) };
        Some(Quantity { text: text.to_owned(), billionths: signed(value.min(cap()), negative) })
    }

    /// The amount of a node: a text, or a number as its document has it; nothing for null.
    pub fn of(node: &Node) -> Option<Quantity> {
        match &node.data {
            Data::Str(text) => Quantity::parse(text.to_utf8()?),
            Data::Int(number) => Quantity::parse(&number.to_string()),
            Data::Float(number) => Quantity::parse(&number.to_string()),
            // Null in a map of amounts is read as none.
            Data::Null => Quantity::parse("0"),
            _ => None,
        }
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// As the server's own code prints it: `1024Mi` as `1Gi`, `0.5` as `500m`, in the family of units it was written in.
    ///
    /// Amounts that are equal may be written unlike: `1Gi` and `1073741824` both stay as they are, and a StatefulSet rolls
    /// its pods from the one to the other.
    ///
    /// ```
    /// use chartwright::kube::Quantity;
    /// let canonical = |text| Quantity::parse(text).unwrap().canonical();
    /// assert_eq!(canonical("1.5Gi"), "1536Mi");
    /// assert_eq!(canonical("0.5Ki"), "512"); // below 1024 there is no unit to round to
    /// assert_eq!(canonical("1500M"), "1500M");
    /// assert_eq!(canonical("1.500"), "1.500"); // taken for canonical, so it is left as it is
    /// ```
    pub fn canonical(&self) -> String {
        if self.is_kept() {
            return self.text.clone();
        }
        if self.is_zero() {
            return "0".to_owned();
        }
        let number_end = self.text.rfind(|c: char| c.is_ascii_digit() || c == '.').map_or(0, |at| at + 1);
        let suffix = self.text.get(number_end..).unwrap_or_default();
        let small = magnitude(&self.billionths) < BigInt::from(1024) * BigInt::from(1_000_000_000);
        if BINARY.iter().any(|(name, _)| *name == suffix) && !small && self.is_whole() {
            let whole = &self.billionths / BigInt::from(1_000_000_000);
            let (number, power) = without(whole, 1024, BINARY.len());
            let unit = BINARY.iter().find(|(_, up)| usize::try_from(*up) == Ok(power)).map_or("", |(name, _)| name);
            return format!("{number}{unit}");
        }
        let (mut number, tens) = without(self.billionths.clone(), 10, usize::MAX);
        let mut exponent = i64::try_from(tens).unwrap_or_default() - 9;
        while exponent.rem_euclid(3) != 0 {
            number *= 10;
            exponent -= 1;
        }
        // An exponent ends in a digit; a suffix does not.
        let written = suffix.is_empty() && self.text.contains(['e', 'E']);
        match DECIMAL.iter().find(|(_, power)| *power == exponent) {
            Some((unit, _)) if !written => format!("{number}{unit}"),
            _ if exponent == 0 => number.to_string(),
            _ => format!("{number}e{exponent}"),
        }
    }

    /// Whether the server's code takes the text for canonical without looking closely, and leaves it as it is.
    fn is_kept(&self) -> bool {
        let rest = self.text.strip_prefix(['-', '+']).unwrap_or(&self.text);
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let Some((number, suffix)) = rest.split_at_checked(end) else { return false };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let whole = Some(whole.trim_start_matches('0')).filter(|whole| !whole.is_empty()).unwrap_or("0");
        if let Some((_, power)) = BINARY.iter().find(|(name, _)| *name == suffix) {
            let digits = i64::try_from(whole.len()).unwrap_or(i64::MAX);
            let is_short = 14_i64.saturating_sub(digits) >= i64::from(*power) * 3;
            let is_odd = whole.parse::<u64>().is_ok_and(|value| value % 8 != 0);
            return fraction.is_empty() && is_short && is_odd;
        }
        let Some(exponent) = decimal_exponent(suffix) else { return false };
        let digits = format!("{whole}{fraction}");
        let scale = exponent.saturating_sub(i64::try_from(fraction.len()).unwrap_or(i64::MAX));
        let fits = digits.len() <= 18 && scale >= -9 && scale % 3 == 0;
        fits && !digits.ends_with("000") && !digits.starts_with('0')
    }

    /// The whole number, rounded away from zero; `None` beyond what an `i64` holds.
    pub fn ceil(&self) -> Option<i64> {
        let negative = self.billionths.sign() == num_bigint::Sign::Minus;
        let up = divide_up(magnitude(&self.billionths), BigInt::from(1_000_000_000));
        i64::try_from(signed(up, negative)).ok()
    }

    /// Thousandths, rounded away from zero: CPU is counted in them.
    pub fn thousandths(&self) -> Option<i64> {
        let negative = self.billionths.sign() == num_bigint::Sign::Minus;
        let up = divide_up(magnitude(&self.billionths), BigInt::from(1_000_000));
        i64::try_from(signed(up, negative)).ok()
    }

    /// Whether it is below nothing.
    pub fn is_negative(&self) -> bool {
        self.billionths.sign() == num_bigint::Sign::Minus
    }

    /// Whether it is nothing.
    pub fn is_zero(&self) -> bool {
        self.billionths.sign() == num_bigint::Sign::NoSign
    }

    /// Whether it is a whole number.
    pub fn is_whole(&self) -> bool {
        (&self.billionths % BigInt::from(1_000_000_000)).sign() == num_bigint::Sign::NoSign
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Quantity) -> bool {
        self.billionths == other.billionths
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Quantity) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Quantity) -> Ordering {
        self.billionths.cmp(&other.billionths)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl serde::Serialize for Quantity {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.canonical())
    }
}

impl<'de> serde::Deserialize<'de> for Quantity {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Quantity, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

/// Reads an amount from a text or a number.
struct Reader;

impl serde::de::Visitor<'_> for Reader {
    type Value = Quantity;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an amount such as `500m` or `1Gi`")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Quantity, E> {
        Quantity::parse(text.trim())
            .ok_or_else(|| E::custom(format!("found `{text}`, expected an amount such as `500m` or `1Gi`")))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Quantity, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Quantity, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Quantity, E> {
        // As Go writes numbers into JSON: very small and very large ones with an exponent.
        let plain = number == 0.0 || (1e-6..1e21).contains(&number.abs());
        self.visit_str(&if plain { number.to_string() } else { format!("{number:e}") })
    }
}

/// Divides by a factor as often as nothing remains, at most so many times; what is left, and how often it was.
fn without(mut number: BigInt, factor: u32, most: usize) -> (BigInt, usize) {
    let mut times = 0;
    while times < most
        && number.sign() != num_bigint::Sign::NoSign
        && (&number % factor).sign() == num_bigint::Sign::NoSign
    {
        number /= factor;
        times += 1;
    }
    (number, times)
}

/// The largest amount, 2^63-1, in billionths.
fn cap() -> BigInt {
    BigInt::from(i64::MAX) * BigInt::from(1_000_000_000)
}

fn magnitude(number: &BigInt) -> BigInt {
    BigInt::from(number.magnitude().clone())
}

fn signed(number: BigInt, negative: bool) -> BigInt {
    if negative { -number } else { number }
}

fn divide_up(number: BigInt, by: BigInt) -> BigInt {
    (number + &by - BigInt::from(1)) / by
}

/// The power of ten that a suffix stands for: `k`, `m`, `e3`, `E-2`.
fn decimal_exponent(suffix: &str) -> Option<i64> {
    if let Some((_, exponent)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
        return Some(*exponent);
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // The server refuses an exponent that is no 64-bit number; those never stand in a chart.
    let exponent: i64 = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
    Some(exponent.clamp(-FARTHEST, FARTHEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_the_server_reads_them() {
        for (text, ceil, thousandths) in [
            ("0", 0, 0),
            ("1", 1, 1000),
            ("1.5", 2, 1500),
            ("-1.5", -2, -1500),
            ("+1", 1, 1000),
            (".5", 1, 500),
            ("5.", 5, 5000),
            ("100m", 1, 100),
            ("1n", 1, 1),
            ("1Ki", 1024, 1_024_000),
            ("1.5Gi", 1_610_612_736, 1_610_612_736_000),
            ("1e3", 1000, 1_000_000),
            ("5E-1", 1, 500),
            ("12E", i64::MAX, i64::MAX),
            ("16.1k", 16100, 16_100_000),
        ] {
            let quantity = Quantity::parse(text).unwrap_or_else(|| panic!("{text} is an amount"));
            assert_eq!(quantity.ceil(), Some(ceil), "{text}");
            if thousandths != i64::MAX {
                assert_eq!(quantity.thousandths(), Some(thousandths), "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_amount_is_none() {
        for text in
            ["", "-", "Mi", "500K", "1e", "1e+", "1.2.3", ".", "12MiB", " 1", "1 ", "1,5", "0x10", "1ki", "1 Gi"]
        {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }

    #[test]
    fn amounts_compare_whatever_their_suffix() {
        let parse = |text: &str| Quantity::parse(text).unwrap_or_else(|| panic!("{text} is an amount"));
        assert_eq!(parse("1000m"), parse("1"));
        assert_eq!(parse("1024Mi"), parse("1Gi"));
        assert_eq!(parse("1G"), parse("1e9"));
        assert!(parse("1000Mi") < parse("1Gi"));
        assert!(parse("-1") < parse("0"));
        assert!(parse("1e99999") > parse("1E"));
    }
}
