//! Amounts of CPU, memory and storage, as Kubernetes writes them.
//!
//! In: `500m`, `1.5Gi`, or a plain number. Out: a [`Quantity`] that keeps how it was written, and its value in
//! thousandths for comparing.

use super::kinds;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// An amount, kept as it was written: `cpu: 1` stays a number, `cpu: "1"` a text.
///
/// ```
/// use chartwright::redis::Quantity;
/// assert!(Quantity::from("1000Mi").thousandths() < Quantity::from("1Gi").thousandths());
/// assert_eq!(Quantity::from("0.5").thousandths(), Some(500));
/// assert_eq!(Quantity::from("12MiB").thousandths(), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Quantity {
    text: String,
    is_number: bool,
}

impl From<&str> for Quantity {
    fn from(text: &str) -> Self {
        Quantity { text: text.to_owned(), is_number: false }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Powers of 1000 and of 1024, with their exponent.
const SUFFIXES: &[(&str, i128, u32)] = &[
    ("Ki", 1024, 1),
    ("Mi", 1024, 2),
    ("Gi", 1024, 3),
    ("Ti", 1024, 4),
    ("Pi", 1024, 5),
    ("Ei", 1024, 6),
    ("k", 1000, 1),
    ("M", 1000, 2),
    ("G", 1000, 3),
    ("T", 1000, 4),
    ("P", 1000, 5),
    ("E", 1000, 6),
];

impl Quantity {
    /// The amount in thousandths, rounded up as Kubernetes does; `None` when it is no quantity, or beyond all sense.
    pub fn thousandths(&self) -> Option<i128> {
        let text = self.text.strip_prefix('+').unwrap_or(&self.text);
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, suffix) = text.split_at_checked(end)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = format!("{whole}{fraction}");
        let mut up: i128 = digits.parse().ok()?;
        let mut down: i128 = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        if let Some((_, base, exponent)) = SUFFIXES.iter().find(|(name, _, _)| *name == suffix) {
            up = up.checked_mul(base.checked_pow(*exponent)?)?;
        } else if let Some(exponent) = suffix.strip_prefix(['e', 'E']).filter(|rest| !rest.is_empty()) {
            let exponent: i32 = exponent.parse().ok()?;
            let factor = 10_i128.checked_pow(exponent.unsigned_abs())?;
            if exponent < 0 {
                down = down.checked_mul(factor)?;
            } else {
                up = up.checked_mul(factor)?;
            }
        } else {
            let parts = match suffix {
                "" => 1,
                "m" => 1000,
                "u" => 1_000_000,
                "n" => 1_000_000_000,
                _ => return None,
            };
            down = down.checked_mul(parts)?;
        }
        let up = up.checked_mul(1000)?;
        Some(up / down + i128::from(up % down > 0))
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.text.parse::<f64>() {
            Ok(number) if self.is_number => serializer.serialize_f64(number),
            _ => serializer.serialize_str(&self.text),
        }
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Quantity;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a quantity")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Quantity, E> {
                Ok(Quantity::from(text))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Quantity, E> {
                Ok(Quantity { text: number.to_string(), is_number: true })
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Quantity, E> {
                Ok(Quantity { text: number.to_string(), is_number: true })
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Quantity, E> {
                Ok(Quantity { text: number.to_string(), is_number: true })
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl JsonSchema for Quantity {
    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        kinds::quantity_or_number(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_compare_whatever_their_suffix() {
        for (text, thousandths) in [
            ("1", Some(1000)),
            ("1.5", Some(1500)),
            ("100m", Some(100)),
            ("1n", Some(1)),
            ("1Ki", Some(1_024_000)),
            ("1k", Some(1_000_000)),
            ("1e3", Some(1_000_000)),
            ("5e-1", Some(500)),
            ("1E", Some(1_000_000_000_000_000_000_000)),
            (".5Gi", Some(536_870_912_000)),
            ("", None),
            ("Mi", None),
            ("500K", None),
            ("1e", None),
            ("1.2.3", None),
            ("1e99", None),
        ] {
            assert_eq!(Quantity::from(text).thousandths(), thousandths, "{text}");
        }
    }
}
