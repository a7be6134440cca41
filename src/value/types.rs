//! The Go types that functions and methods declare for their parameters.

/// The Go type of a parameter; decides the evaluator's check and its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`: anything; nil arrives as `Value::Nil`.
    Any,
    /// `reflect.Value` (Go's own builtins): anything; no value arrives as `Value::Invalid`.
    Reflect,
    /// `string`.
    Str,
    /// `int`.
    Int,
    /// `int64`.
    Int64,
    /// `float64`.
    Float,
    /// `bool`.
    Bool,
    /// `[]interface {}`.
    List,
    /// `[]string`.
    Strings,
    /// `map[string]interface {}` (a `common.Values` is assignable to it).
    Dict,
    /// `time.Duration`: an integer with a type of its own, for which an integer literal does.
    Duration,
    /// A named Go type that only an [`Object`](crate::value::Object) has, by its `%T` name.
    Object(&'static str),
}

impl Type {
    /// Go's name of the type, for messages.
    pub fn name(self) -> &'static str {
        match self {
            Type::Any => "interface {}",
            Type::Reflect => "reflect.Value",
            Type::Str => "string",
            Type::Int => "int",
            Type::Int64 => "int64",
            Type::Float => "float64",
            Type::Bool => "bool",
            Type::List => "[]interface {}",
            Type::Strings => "[]string",
            Type::Dict => "map[string]interface {}",
            Type::Duration => "time.Duration",
            Type::Object(name) => name,
        }
    }
}
