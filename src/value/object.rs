//! Go types that are neither scalar, slice nor map: what Helm and sprig hand to templates.

use super::{Type, Value};
use std::any::Any;
use std::fmt::Debug;

/// How a Go value that is an [`Object`] shows itself to functions that look inside.
#[derive(Debug, Clone, PartialEq)]
pub enum Go {
    /// It is opaque, or has fields only.
    Struct,
    /// It is an integer underneath (`time.Duration`).
    Int64(i64),
    /// It is an integer without a sign underneath (`uint8`).
    Uint(u64),
    /// It is a map underneath (`engine.files`): entries in key order.
    Map(Vec<(Value, Value)>),
    /// It is a slice underneath (`common.VersionSet`).
    List(Vec<Value>),
}

/// A value of a Go type with fields or methods of its own.
pub trait Object: Debug {
    /// Go's name of the type, as `%T` prints it: `*common.Capabilities`, `time.Time`.
    fn type_name(&self) -> &str;

    /// Go's `reflect.Kind`: `struct`, `ptr`, `map`, `slice`, `int64`.
    fn kind(&self) -> &'static str {
        "struct"
    }

    /// The value of an exported field.
    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    /// Calls a method; `None` when the type has no such method. `Err` is the error's text.
    fn call(&self, _name: &str, _args: &[Value]) -> Option<Result<Value, String>> {
        None
    }

    /// What a method's call costs a run, in steps: how many things it looks at.
    fn steps(&self, _name: &str) -> usize {
        1
    }

    /// The Go types of a method's parameters, and whether the last repeats; `None` when the
    /// type has no such method.
    fn signature(&self, _name: &str) -> Option<(&'static [Type], bool)> {
        None
    }

    /// What it is underneath, for `range`, `index`, `len` and the like.
    fn underlying(&self) -> Go {
        Go::Struct
    }

    /// Another number of the same type, which `range` counts in; `None` for what is no integer.
    fn numbered(&self, _number: i64) -> Option<Value> {
        None
    }

    /// Go templates' truth.
    fn is_true(&self) -> bool {
        match self.underlying() {
            Go::Struct => true,
            Go::Int64(n) => n != 0,
            Go::Uint(n) => n != 0,
            Go::Map(entries) => !entries.is_empty(),
            Go::List(items) => !items.is_empty(),
        }
    }

    /// What the type's own `String` method gives, which the verbs for text print.
    fn own_text(&self) -> Option<Vec<u8>> {
        None
    }

    /// The text of a `String` method that only the type's pointer has: an action prints it for
    /// what it reached by fields, and could take the address of.
    fn pointer_text(&self) -> Option<Vec<u8>> {
        None
    }

    /// Go's `%#v`, where the type says how (`GoString`).
    fn go_syntax(&self) -> Option<Vec<u8>> {
        None
    }

    /// A struct's fields in Go's order, those that templates cannot see too; `None` when what
    /// is in it is nobody's business.
    fn fields(&self) -> Option<Vec<(&'static str, Value)>> {
        None
    }

    /// What `encoding/json` makes of it, as plain values. `Err` is the error's text.
    fn to_plain(&self) -> Result<Value, String>;

    /// The names of a struct in JSON, in Go's order, where that is not the order of the names.
    fn json_order(&self) -> &'static [&'static str] {
        &[]
    }

    /// Equality with another object, for `eq` and `deepEqual`.
    fn equals(&self, other: &dyn Object) -> bool {
        self.type_name() == other.type_name()
            && self.own_text() == other.own_text()
            && self.underlying() == other.underlying()
            && self.fields() == other.fields()
    }

    /// For looking behind the trait.
    fn as_any(&self) -> &dyn Any;
}
