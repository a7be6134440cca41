//! Amounts of CPU, memory and storage, as Kubernetes writes them.
//!
//! In: `500m`, `1.5Gi`, or a plain number. Out: a [`Quantity`] that keeps how it was written; what it comes to
//! is for [`kube::Quantity`].

use super::kinds;
use crate::kube;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// An amount, kept as it was written: `cpu: 1` stays a number, `cpu: "1"` a text.
///
/// ```
/// use chartwright::redis::Quantity;
/// assert!(Quantity::from("1000Mi").amount() < Quantity::from("1Gi").amount());
/// assert_eq!(Quantity::from("0.5").amount(), Quantity::from("500m").amount());
/// assert_eq!(Quantity::from("12MiB").amount(), None);
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

impl Quantity {
    /// The amount, to be compared; `None` when Kubernetes would not read it as one.
    pub fn amount(&self) -> Option<kube::Quantity> {
        kube::Quantity::parse(&self.text)
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
    fn what_kubernetes_does_not_read_is_no_amount() {
        for text in ["", "Mi", "500K", "1e", "1.2.3", "12MiB"] {
            assert_eq!(Quantity::from(text).amount(), None, "{text}");
        }
        assert!(Quantity::from("1E").amount() > Quantity::from("999P").amount());
    }
}
