//! Calls a row of a table directly, for the unit tests of the families.

use crate::eval::call::{Call, Func, FuncError, FuncResult, Host};
use crate::value::{Str, Value, format};

/// A run without templates or cluster, whose random bytes count up.
struct Nowhere;

impl Host for Nowhere {
    fn include(&self, _: &Str, _: Value) -> Result<Str, FuncError> {
        Err("no templates".into())
    }
    fn tpl(&self, _: &Str, _: Value) -> Result<Str, FuncError> {
        Err("no templates".into())
    }
    fn now(&self) -> (i64, u32) {
        (0, 0)
    }
    fn zone(&self) -> String {
        "UTC".to_owned()
    }
    fn random(&self, buffer: &mut [u8]) {
        buffer.iter_mut().zip(1..).for_each(|(byte, n)| *byte = n);
    }
    fn lookup(&self, _: &str, _: &str, _: &str, _: &str) -> Value {
        Value::Map(Default::default())
    }
    fn resolve(&self, _: &str) -> Result<String, String> {
        Ok(String::new())
    }
    fn spend(&self, _: usize) -> Result<(), FuncError> {
        Ok(())
    }
    fn room(&self, _: usize) -> Result<(), FuncError> {
        Ok(())
    }
}

fn run(table: &[Func], name: &str, args: &[Value]) -> FuncResult {
    let row = table.iter().find(|row| row.name == name).unwrap_or_else(|| panic!("no function {name}"));
    (row.run)(&Call { name: row.name, args, host: &Nowhere })
}

/// What the function gives back; it must not fail.
pub(crate) fn call(table: &[Func], name: &str, args: &[Value]) -> Value {
    run(table, name, args).unwrap_or_else(|error| panic!("{name}: {error:?}"))
}

/// The text of the error; the function must fail.
pub(crate) fn error(table: &[Func], name: &str, args: &[Value]) -> String {
    match run(table, name, args) {
        Err(FuncError::Message(text)) => text,
        other => panic!("{name} on {}: {other:?}", String::from_utf8_lossy(&format::sprint(args))),
    }
}
