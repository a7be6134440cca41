//! What a template computes with: Go's values as Helm's templates see them.
//!
//! In: literals, values files, function results. Out: [`Value`], cheap to clone. Maps are
//! shared by reference, as in Go: `set` through one name is seen through every other.
//! [`Node`] is the immutable, `Send + Sync` form that charts and values files are kept in.

pub mod convert;
mod deserialize;
mod entries;
pub mod format;
pub(crate) mod history;
mod list;
pub(crate) mod live;
mod map;
pub mod number;
mod object;
pub(crate) mod rune;
mod serialize;
mod str;
mod tree;
mod types;
pub(crate) mod unsigned;

pub use self::deserialize::{DeserializeError, from_node};
pub(crate) use self::entries::Entries;
pub use self::list::{List, ListKind};
pub use self::map::{Map, MapKind};
pub use self::object::{Go, Object};
pub use self::serialize::{SerializeError, to_node};
pub use self::str::Str;
pub use self::tree::{Data, Node, Origin};
pub use self::types::Type;

use std::rc::Rc;

/// A Go value.
#[derive(Debug, Clone, Default)]
pub enum Value {
    /// `nil` of type `interface {}`: a YAML null, or a key that is missing.
    #[default]
    Nil,
    /// No value at all (reflect's zero `Value`): what a nil becomes at the end of a pipeline.
    Invalid,
    /// `bool`.
    Bool(bool),
    /// `int`: integer literals, `len`, `int`.
    Int(i64),
    /// `int64`: numbers from `--set`, `int64`, sprig's arithmetic.
    Int64(i64),
    /// `float64`: numbers from YAML and JSON.
    Float(f64),
    /// `string`: bytes, UTF-8 by convention only.
    Str(Str),
    /// A slice.
    List(List),
    /// A map with string keys.
    Map(Map),
    /// A Go type that is none of the above: Helm's own objects, times, versions.
    Object(Rc<dyn Object>),
}

impl Value {
    /// A string value.
    pub fn str(text: impl Into<Str>) -> Self {
        Value::Str(text.into())
    }

    /// A `[]interface {}`.
    pub fn list(items: Vec<Value>) -> Self {
        Value::List(List::new(items))
    }

    /// An object value.
    pub fn object(object: impl Object + 'static) -> Self {
        Value::Object(Rc::new(object))
    }

    /// Nil or no value.
    pub fn is_nil(&self) -> bool {
        matches!(self, Value::Nil | Value::Invalid)
    }

    /// The bytes of a string.
    pub fn as_str(&self) -> Option<&Str> {
        if let Value::Str(text) = self { Some(text) } else { None }
    }

    /// The map behind a map value.
    pub fn as_map(&self) -> Option<&Map> {
        if let Value::Map(map) = self { Some(map) } else { None }
    }

    /// The list behind a list value.
    pub fn as_list(&self) -> Option<&List> {
        if let Value::List(list) = self { Some(list) } else { None }
    }

    /// An object of the Rust type `T`.
    pub fn as_object<T: 'static>(&self) -> Option<&T> {
        if let Value::Object(object) = self { object.as_any().downcast_ref() } else { None }
    }

    /// Go's name of the type, as `%T` prints it; `<nil>` for nil.
    pub fn type_name(&self) -> &str {
        match self {
            Value::Nil | Value::Invalid => "<nil>",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Int64(_) => "int64",
            Value::Float(_) => "float64",
            Value::Str(_) => "string",
            Value::List(list) => list.kind().type_name(),
            Value::Map(map) => map.kind().type_name(),
            Value::Object(object) => object.type_name(),
        }
    }

    /// Go's `reflect.Kind` as text; `invalid` for nil.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Nil | Value::Invalid => "invalid",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Int64(_) => "int64",
            Value::Float(_) => "float64",
            Value::Str(_) => "string",
            Value::List(_) => "slice",
            Value::Map(_) => "map",
            Value::Object(object) => object.kind(),
        }
    }

    /// Go templates' truth (`template.IsTrue`): false for nil, false, zero, empty text,
    /// empty lists and maps.
    pub fn is_true(&self) -> bool {
        match self {
            Value::Nil | Value::Invalid => false,
            Value::Bool(b) => *b,
            Value::Int(n) | Value::Int64(n) => *n != 0,
            Value::Float(n) => *n != 0.0,
            Value::Str(text) => !text.is_empty(),
            Value::List(list) => !list.is_empty(),
            Value::Map(map) => !map.is_empty(),
            Value::Object(object) => object.is_true(),
        }
    }

    /// Whether lists and maps lie in each other more than `limit` deep, as in a map that
    /// contains itself.
    pub fn nests_deeper(&self, limit: usize) -> bool {
        let inner = |item: &Value| limit == 0 || item.nests_deeper(limit - 1);
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || match self {
            Value::List(list) => list.iter().any(inner),
            Value::Map(map) => map.entries().values().any(inner),
            _ => false,
        })
    }

    /// A copy that shares no map with this one. Ask [`nests_deeper`](Value::nests_deeper) first.
    #[must_use]
    pub fn deep_copy(&self) -> Value {
        match self {
            // A nil slice stays nil, so that it is still written as null.
            Value::List(list) if list.is_nil() => self.clone(),
            Value::List(list) => Value::List(List::of(list.kind(), list.iter().map(Value::deep_copy).collect())),
            Value::Map(map) => Value::Map(map.deep_copy()),
            other => other.clone(),
        }
    }
}

/// Go's `reflect.DeepEqual`: equal types and equal contents (`int` 1 is not `int64` 1).
impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Nil | Value::Invalid, Value::Nil | Value::Invalid) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) | (Value::Int64(a), Value::Int64(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a == b,
            (Value::Str(a), Value::Str(b)) => a == b,
            (Value::List(a), Value::List(b)) => a == b,
            (Value::Map(a), Value::Map(b)) => a == b,
            (Value::Object(a), Value::Object(b)) => Rc::ptr_eq(a, b) || a.equals(&**b),
            _ => false,
        }
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Value::Bool(b)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Str(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Str(text.into())
    }
}

impl From<Str> for Value {
    fn from(text: Str) -> Self {
        Value::Str(text)
    }
}

impl From<Vec<u8>> for Value {
    fn from(text: Vec<u8>) -> Self {
        Value::Str(text.into())
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Value::Map(map)
    }
}

impl From<List> for Value {
    fn from(list: List) -> Self {
        Value::List(list)
    }
}
