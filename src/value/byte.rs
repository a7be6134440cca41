//! Go's `uint8`: what `index` finds in a string.
//!
//! In: a byte. Out: a number that computes and compares as integers do, under its own type's name.

use super::{Go, Object, Value};
use std::any::Any;

/// One byte of a string, as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Byte(pub u8);

impl Object for Byte {
    fn type_name(&self) -> &str {
        "uint8"
    }

    fn kind(&self) -> &'static str {
        "uint8"
    }

    fn underlying(&self) -> Go {
        Go::Uint8(self.0)
    }

    fn numbered(&self, number: i64) -> Option<Value> {
        u8::try_from(number).ok().map(|byte| Value::object(Byte(byte)))
    }

    fn display(&self) -> Vec<u8> {
        self.0.to_string().into_bytes()
    }

    fn to_plain(&self) -> Result<Value, String> {
        Ok(Value::Int64(i64::from(self.0)))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
