//! Go's unsigned integers: what `index` finds in a string, and the parts of a version.
//!
//! In: a number. Out: an object that computes and compares as integers do, under its own type's name.

use super::{Go, Object, Value};
use std::any::Any;

/// An integer without a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsigned {
    /// `uint8`: one byte of a string.
    Byte(u8),
    /// `uint64`.
    Wide(u64),
}

impl Unsigned {
    fn number(self) -> u64 {
        match self {
            Unsigned::Byte(n) => u64::from(n),
            Unsigned::Wide(n) => n,
        }
    }
}

impl Object for Unsigned {
    fn type_name(&self) -> &str {
        self.kind()
    }

    fn kind(&self) -> &'static str {
        match self {
            Unsigned::Byte(_) => "uint8",
            Unsigned::Wide(_) => "uint64",
        }
    }

    fn underlying(&self) -> Go {
        Go::Uint(self.number())
    }

    fn numbered(&self, number: i64) -> Option<Value> {
        Some(Value::object(match self {
            Unsigned::Byte(_) => Unsigned::Byte(u8::try_from(number).ok()?),
            Unsigned::Wide(_) => Unsigned::Wide(u64::try_from(number).ok()?),
        }))
    }

    fn to_plain(&self) -> Result<Value, String> {
        // Past the largest int64 it is written as the nearest float: no real version goes there.
        Ok(i64::try_from(self.number()).map_or_else(|_| Value::Float(self.number() as f64), Value::Int64))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
