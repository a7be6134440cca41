//! Go's own template functions: printing, comparing, indexing, escaping.
//!
//! `slice` is not here: sprig replaces it. `and`, `or` and `call` have rows so that their
//! names and parameters are known; the evaluator runs the first two itself, to stop early.

use crate::eval::call::{Call, Func, FuncError, FuncResult, Type, Walk};
use crate::value::unsigned::Unsigned;
use crate::value::{Go, Map, Str, Value, format, rune};

pub(crate) const BUILTIN: &[Func] = &[
    Func::variadic("and", &[Type::Reflect, Type::Reflect], and),
    Func::variadic("or", &[Type::Reflect, Type::Reflect], or),
    Func::variadic("call", &[Type::Reflect, Type::Reflect], call_value),
    Func::fixed("not", &[Type::Reflect], not),
    Func::variadic("print", &[Type::Any], print).walks(Walk::Print),
    Func::variadic("printf", &[Type::Str, Type::Any], printf).walks(Walk::Print),
    Func::variadic("println", &[Type::Any], println).walks(Walk::Print),
    Func::fixed("len", &[Type::Reflect], len),
    Func::variadic("index", &[Type::Reflect, Type::Reflect], index),
    Func::variadic("html", &[Type::Any], html).walks(Walk::Print),
    Func::variadic("js", &[Type::Any], js).walks(Walk::Print),
    Func::variadic("urlquery", &[Type::Any], urlquery).walks(Walk::Print),
    Func::variadic("eq", &[Type::Reflect, Type::Reflect], eq).walks(Walk::Print),
    Func::fixed("ne", &[Type::Reflect, Type::Reflect], ne).walks(Walk::Print),
    Func::fixed("lt", &[Type::Reflect, Type::Reflect], lt),
    Func::fixed("le", &[Type::Reflect, Type::Reflect], le),
    Func::fixed("gt", &[Type::Reflect, Type::Reflect], gt),
    Func::fixed("ge", &[Type::Reflect, Type::Reflect], ge),
];

/// `and A B…`: the first that is not true, or the last.
fn and(call: &Call<'_>) -> FuncResult {
    let chosen = call.args.iter().find(|arg| !arg.is_true()).or(call.args.last());
    Ok(chosen.cloned().unwrap_or_default())
}

/// `or A B…`: the first that is true, or the last.
fn or(call: &Call<'_>) -> FuncResult {
    let chosen = call.args.iter().find(|arg| arg.is_true()).or(call.args.last());
    Ok(chosen.cloned().unwrap_or_default())
}

/// `call FUNCTION ARGS…`: always an error, since no value of a chart is a function.
fn call_value(call: &Call<'_>) -> FuncResult {
    let function = call.any(0);
    if function.is_nil() {
        return Err("call of nil".into());
    }
    Err(format!("non-function {} of type {}", call.name, function.type_name()).into())
}

/// `not A`.
fn not(call: &Call<'_>) -> FuncResult {
    Ok(Value::Bool(!call.any(0).is_true()))
}

/// `print ARGS…`: `fmt.Sprint`.
fn print(call: &Call<'_>) -> FuncResult {
    Ok(format::sprint(call.args).into())
}

/// `printf FORMAT ARGS…`: `fmt.Sprintf`.
fn printf(call: &Call<'_>) -> FuncResult {
    Ok(format::sprintf(&call.str(0), call.args.get(1..).unwrap_or_default()).into())
}

/// `println ARGS…`: `fmt.Sprintln`.
fn println(call: &Call<'_>) -> FuncResult {
    Ok(format::sprintln(call.args).into())
}

/// `len A`: bytes of a string, items of a list, keys of a map.
fn len(call: &Call<'_>) -> FuncResult {
    let item = call.any(0);
    let length = match item {
        Value::Str(text) => text.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::Nil => return Err("len of nil pointer".into()),
        Value::Invalid => return Err("reflect: call of reflect.Value.Type on zero Value".into()),
        Value::Object(object) => match object.underlying() {
            Go::Map(entries) => entries.len(),
            Go::List(items) => items.len(),
            _ => return Err(format!("len of type {}", item.type_name()).into()),
        },
        _ => return Err(format!("len of type {}", item.type_name()).into()),
    };
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

/// `index A KEYS…`: `A[k1][k2]…` of maps, lists and strings (a byte, as a number).
fn index(call: &Call<'_>) -> FuncResult {
    let mut item = call.any(0).clone();
    if item.is_nil() {
        return Err("index of untyped nil".into());
    }
    for key in call.args.get(1..).unwrap_or_default() {
        item = step(&item, key)?;
    }
    Ok(item)
}

fn step(item: &Value, key: &Value) -> FuncResult {
    match item {
        Value::Nil | Value::Invalid => Err("index of nil pointer".into()),
        Value::Str(text) => {
            let byte = text.get(position(key, text.len())?);
            byte.map(|b| Value::object(Unsigned::Byte(*b))).ok_or_else(|| "reflect: string index out of range".into())
        }
        Value::List(list) => at(list, key),
        Value::Map(map) => Ok(entry(map, key)?),
        Value::Object(object) => match object.underlying() {
            Go::List(items) => at(&items, key),
            // The map itself knows what a key gives that it lacks.
            Go::Map(_) => Ok(object.field(&map_key(key)?.to_text()).unwrap_or_default()),
            _ => Err(format!("can't index item of type {}", item.type_name()).into()),
        },
        _ => Err(format!("can't index item of type {}", item.type_name()).into()),
    }
}

fn at(items: &[Value], key: &Value) -> FuncResult {
    // At the length itself Go's own check passes and reflect's speaks.
    items.get(position(key, items.len())?).cloned().ok_or_else(|| "reflect: slice index out of range".into())
}

fn entry(map: &Map, key: &Value) -> FuncResult {
    let missing = if map.kind() == crate::value::MapKind::Strings { Value::str("") } else { Value::Nil };
    Ok(map.get(&map_key(key)?).unwrap_or(missing))
}

fn map_key(key: &Value) -> Result<Str, FuncError> {
    match key {
        Value::Str(text) => Ok(text.clone()),
        Value::Nil | Value::Invalid => Err("value is nil; should be of type string".into()),
        _ => Err(format!("value has type {}; should be string", key.type_name()).into()),
    }
}

fn no_position(key: &Value) -> FuncError {
    format!("cannot index slice/array with type {}", key.type_name()).into()
}

fn position(key: &Value, length: usize) -> Result<usize, FuncError> {
    let number = match key {
        Value::Int(n) | Value::Int64(n) => i128::from(*n),
        Value::Nil | Value::Invalid => return Err("cannot index slice/array with nil".into()),
        Value::Object(object) => match object.underlying() {
            Go::Int64(n) => i128::from(n),
            Go::Uint(n) => i128::from(n),
            _ => return Err(no_position(key)),
        },
        _ => return Err(no_position(key)),
    };
    match usize::try_from(number) {
        Ok(position) if position <= length => Ok(position),
        _ => Err(format!("index out of range: {number}").into()),
    }
}

/// The text that the escaping functions work on: as `print`, but nil is `<no value>`.
fn escaper_text(args: &[Value]) -> Vec<u8> {
    let args: Vec<Value> =
        args.iter().map(|arg| if arg.is_nil() { Value::str("<no value>") } else { arg.clone() }).collect();
    format::sprint(&args)
}

/// `html ARGS…`: escaped for HTML.
fn html(call: &Call<'_>) -> FuncResult {
    let mut out = Vec::new();
    for byte in escaper_text(call.args) {
        match byte {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            _ => out.push(byte),
        }
    }
    Ok(out.into())
}

/// `js ARGS…`: escaped for a JavaScript string.
fn js(call: &Call<'_>) -> FuncResult {
    let text = escaper_text(call.args);
    let mut out = Vec::new();
    for (c, bytes) in rune::runes(&text) {
        match c {
            '\\' | '\'' | '"' => {
                out.push(b'\\');
                out.extend_from_slice(bytes);
            }
            '<' | '>' | '&' | '=' | '\0'..='\x1f' => {
                out.extend_from_slice(format!("\\u{:04X}", u32::from(c)).as_bytes())
            }
            // A byte that is no UTF-8 reads as U+FFFD, which prints: the byte is kept.
            _ if c.is_ascii() || rune::is_print(c) => out.extend_from_slice(bytes),
            _ => out.extend_from_slice(format!("\\u{:04X}", u32::from(c)).as_bytes()),
        }
    }
    Ok(out.into())
}

/// `urlquery ARGS…`: escaped for the query of a URL.
fn urlquery(call: &Call<'_>) -> FuncResult {
    let mut out = Vec::new();
    for byte in escaper_text(call.args) {
        match byte {
            b' ' => out.push(b'+'),
            b'-' | b'_' | b'.' | b'~' => out.push(byte),
            _ if byte.is_ascii_alphanumeric() => out.push(byte),
            _ => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    Ok(out.into())
}

/// What can be compared, by Go's basic kinds: all integers are one kind.
enum Basic<'a> {
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(&'a Str),
}

fn basic(value: &Value) -> Option<Basic<'_>> {
    match value {
        Value::Bool(b) => Some(Basic::Bool(*b)),
        Value::Int(n) | Value::Int64(n) => Some(Basic::Int(i128::from(*n))),
        Value::Float(n) => Some(Basic::Float(*n)),
        Value::Str(text) => Some(Basic::Str(text)),
        Value::Object(object) => match object.underlying() {
            Go::Int64(n) => Some(Basic::Int(i128::from(n))),
            Go::Uint(n) => Some(Basic::Int(i128::from(n))),
            _ => None,
        },
        _ => None,
    }
}

fn incompatible(a: &Value, b: &Value) -> FuncError {
    format!("incompatible types for comparison: {} and {}", a.type_name(), b.type_name()).into()
}

/// `eq A B…`: whether A equals one of B….
fn eq(call: &Call<'_>) -> FuncResult {
    let first = call.any(0);
    let others = call.args.get(1..).unwrap_or_default();
    if others.is_empty() {
        return Err("missing argument for comparison".into());
    }
    for other in others {
        if equal(first, other)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn equal(a: &Value, b: &Value) -> Result<bool, FuncError> {
    match (basic(a), basic(b)) {
        (Some(Basic::Bool(x)), Some(Basic::Bool(y))) => Ok(x == y),
        (Some(Basic::Int(x)), Some(Basic::Int(y))) => Ok(x == y),
        (Some(Basic::Float(x)), Some(Basic::Float(y))) => Ok(x == y),
        (Some(Basic::Str(x)), Some(Basic::Str(y))) => Ok(x == y),
        (None, None) => equal_compounds(a, b),
        _ if a.is_nil() || b.is_nil() => Ok(false),
        _ => Err(incompatible(a, b)),
    }
}

fn equal_compounds(a: &Value, b: &Value) -> Result<bool, FuncError> {
    if !a.is_nil() && !b.is_nil() && a.kind() != b.kind() {
        let shown = format::sprintf(
            b"non-comparable types %s: %s, %s: %v",
            &[a.clone(), Value::str(a.type_name()), Value::str(b.type_name()), b.clone()],
        );
        return Err(Str::from(shown).to_text().into_owned().into());
    }
    let nil = |v: &Value| match v {
        Value::List(list) => list.is_nil(),
        Value::Map(map) => map.is_nil(),
        v => v.is_nil(),
    };
    if nil(a) || nil(b) {
        return Ok(nil(a) && nil(b));
    }
    let comparable = matches!(b, Value::Object(object) if !matches!(object.kind(), "map" | "slice"));
    if !comparable {
        let shown = format::sprintf(b"non-comparable type %s: %s", &[b.clone(), Value::str(b.type_name())]);
        return Err(Str::from(shown).to_text().into_owned().into());
    }
    Ok(a == b)
}

/// `ne A B`.
fn ne(call: &Call<'_>) -> FuncResult {
    Ok(Value::Bool(!equal(call.any(0), call.any(1))?))
}

fn less(a: &Value, b: &Value) -> Result<bool, FuncError> {
    let (Some(x), Some(y)) = (basic(a), basic(b)) else { return Err("invalid type for comparison".into()) };
    match (x, y) {
        (Basic::Int(x), Basic::Int(y)) => Ok(x < y),
        (Basic::Float(x), Basic::Float(y)) => Ok(x < y),
        (Basic::Str(x), Basic::Str(y)) => Ok(x < y),
        (Basic::Bool(_), Basic::Bool(_)) => Err("invalid type for comparison".into()),
        _ => Err(incompatible(a, b)),
    }
}

fn less_or_equal(a: &Value, b: &Value) -> Result<bool, FuncError> {
    Ok(less(a, b)? || equal(a, b)?)
}

/// `lt A B`.
fn lt(call: &Call<'_>) -> FuncResult {
    Ok(Value::Bool(less(call.any(0), call.any(1))?))
}

/// `le A B`.
fn le(call: &Call<'_>) -> FuncResult {
    Ok(Value::Bool(less_or_equal(call.any(0), call.any(1))?))
}

/// `gt A B`: the opposite of `le`, so true for a NaN.
fn gt(call: &Call<'_>) -> FuncResult {
    Ok(Value::Bool(!less_or_equal(call.any(0), call.any(1))?))
}

/// `ge A B`: the opposite of `lt`, so true for a NaN.
fn ge(call: &Call<'_>) -> FuncResult {
    Ok(Value::Bool(!less(call.any(0), call.any(1))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::funcs::testing::{call, error};

    #[test]
    fn comparison_knows_kinds_and_not_types() {
        assert_eq!(call(BUILTIN, "eq", &[Value::Int(1), Value::Int64(1)]), Value::Bool(true));
        assert_eq!(call(BUILTIN, "eq", &[Value::Invalid, Value::Int64(1)]), Value::Bool(false));
        assert_eq!(
            error(BUILTIN, "eq", &[Value::Float(1.0), Value::Int(1)]),
            "incompatible types for comparison: float64 and int"
        );
        assert_eq!(
            error(BUILTIN, "eq", &[Value::list(vec![Value::Int(1)]), Value::list(vec![Value::Int(1)])]),
            "non-comparable type [%!s(int=1)]: []interface {}"
        );
        assert_eq!(error(BUILTIN, "lt", &[Value::Bool(true), Value::Bool(true)]), "invalid type for comparison");
    }

    #[test]
    fn index_at_the_length_has_another_message_than_past_it() {
        let list = Value::list(vec![Value::Int(1)]);
        assert_eq!(error(BUILTIN, "index", &[list.clone(), Value::Int(1)]), "reflect: slice index out of range");
        assert_eq!(error(BUILTIN, "index", &[list, Value::Int(2)]), "index out of range: 2");
        assert_eq!(error(BUILTIN, "index", &[Value::Nil, Value::Int(2)]), "index of untyped nil");
    }

    #[test]
    fn escapers_show_nil_as_no_value() {
        assert_eq!(call(BUILTIN, "html", &[Value::Nil, "a'".into()]), Value::str("&lt;no value&gt;a&#39;"));
        assert_eq!(call(BUILTIN, "urlquery", &["a b/é".into()]), Value::str("a+b%2F%C3%A9"));
    }
}
