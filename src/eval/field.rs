//! One step along a chain of fields: a method, a struct's field, a map's key.

use super::EvalError;
use super::call::{FuncError, Type};
use super::pipeline::call_error;
use super::run::Run;
use super::scope::{At, Frame, Held};
use crate::template::ast::Operand;
use crate::value::{Go, Map, MapKind, Str, Value};

type Result<T, E = Box<EvalError>> = std::result::Result<T, E>;

impl Run<'_> {
    /// `.name` of `receiver`; arguments and a piped value only a method takes.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn field<'t>(
        &self,
        frame: &mut Frame<'t>,
        dot: &Held,
        node: &'t Operand,
        name: &[u8],
        receiver: &Held,
        args: &'t [Operand],
        last: Option<Held>,
    ) -> Result<Held> {
        let has_args = !args.is_empty() || last.is_some();
        let shown = || String::from_utf8_lossy(name);
        match &receiver.value {
            Value::Invalid => Ok(Held::invalid()),
            Value::Nil => Err(frame.error(format!("nil pointer evaluating interface {{}}.{}", shown()))),
            Value::Map(map) => {
                if map.kind() == MapKind::Values
                    && let Some((params, method)) = values_method(name)
                {
                    let values = self.arguments(frame, dot, &shown(), params, false, args, last)?;
                    return method(map, &values).map(Held::own).map_err(|error| {
                        frame.at = At::Operand(node);
                        call_error(frame, &shown(), FuncError::Message(error))
                    });
                }
                if has_args {
                    return Err(frame.error(format!("{} is not a method but has arguments", shown())));
                }
                Ok(match (map.get(name), map.kind()) {
                    (Some(value), MapKind::Strings) => Held::own(value),
                    (None, MapKind::Strings) => Held::own(Value::Str(Str::default())),
                    (Some(value), _) => Held::element(value),
                    (None, _) => Held::element(Value::Nil),
                })
            }
            Value::Object(object) => {
                let text = shown();
                if let Some((params, variadic)) = object.signature(&text) {
                    let values = self.arguments(frame, dot, &text, params, variadic, args, last)?;
                    self.count(frame, object.steps(&text) as u64)?;
                    return match object.call(&text, &values) {
                        Some(Ok(value)) => {
                            self.count_result(frame, &value)?;
                            Ok(Held::own(value))
                        }
                        Some(Err(error)) => {
                            frame.at = At::Operand(node);
                            Err(call_error(frame, &text, FuncError::Message(error)))
                        }
                        None => Err(frame.error(format!(
                            "can't evaluate field {} in type {}",
                            shown(),
                            receiver.type_name()
                        ))),
                    };
                }
                if let Some(value) = object.field(&text) {
                    if has_args && object.kind() == "map" {
                        return Err(frame.error(format!("{} is not a method but has arguments", shown())));
                    }
                    if has_args {
                        return Err(frame.error(format!("{} has arguments but cannot be invoked as function", shown())));
                    }
                    return Ok(if object.kind() == "ptr" { Held::field(value) } else { Held::own(value) });
                }
                if let Go::Map(entries) = object.underlying() {
                    if has_args {
                        return Err(frame.error(format!("{} is not a method but has arguments", shown())));
                    }
                    let hit = entries.into_iter().find(|(key, _)| key.as_str().is_some_and(|key| **key == *name));
                    return Ok(hit.map_or_else(Held::invalid, |(_, value)| Held::own(value)));
                }
                Err(frame.error(format!("can't evaluate field {} in type {}", shown(), receiver.type_name())))
            }
            Value::Bool(_) | Value::Int(_) | Value::Int64(_) | Value::Float(_) | Value::Str(_) | Value::List(_) => {
                Err(frame.error(format!("can't evaluate field {} in type {}", shown(), receiver.type_name())))
            }
        }
    }
}

type Method = fn(&Map, &[Value]) -> std::result::Result<Value, String>;

/// The methods of Helm's `common.Values`; they hide keys of the same name.
fn values_method(name: &[u8]) -> Option<(&'static [Type], Method)> {
    Some(match name {
        b"AsMap" => (&[], |map, _| Ok(Value::Map(map.cast(MapKind::Any)))),
        b"YAML" => (&[], |map, _| crate::yaml::to_yaml(&Value::Map(map.cast(MapKind::Any))).map(Value::from)),
        b"Table" => (&[Type::Str], |map, args| table(map, args).map(|map| Value::Map(map.cast(MapKind::Values)))),
        b"PathValue" => (&[Type::Str], path_value),
        // No template has a writer to give.
        b"Encode" => (&[Type::Object("io.Writer")], no_writer),
        _ => return None,
    })
}

fn no_writer(_: &Map, _: &[Value]) -> std::result::Result<Value, String> {
    Err("runtime error: invalid memory address or nil pointer dereference".into())
}

fn key(args: &[Value]) -> Str {
    args.first().and_then(Value::as_str).cloned().unwrap_or_default()
}

/// The map under a dotted path.
fn table(map: &Map, args: &[Value]) -> std::result::Result<Map, String> {
    let mut at = map.clone();
    for part in key(args).split(|b| *b == b'.') {
        at = match at.get(part) {
            Some(Value::Map(inner)) => inner,
            _ => return Err(format!("{} is not a table", crate::template::quote(part))),
        };
    }
    Ok(at)
}

/// The value under a dotted path, when it is no map.
fn path_value(map: &Map, args: &[Value]) -> std::result::Result<Value, String> {
    let path = key(args);
    if path.is_empty() {
        return Err("YAML path cannot be empty".into());
    }
    let missing = || format!("{} is not a value", crate::template::quote(&path));
    let (before, last) = match path.iter().rposition(|b| *b == b'.') {
        Some(dot) => (Some(&path[..dot]), &path[dot + 1..]),
        None => (None, &path[..]),
    };
    let parent = match before {
        Some(before) => table(map, &[Value::Str(before.into())]).map_err(|_| missing())?,
        None => map.clone(),
    };
    match parent.get(last) {
        Some(Value::Map(_)) | None => Err(missing()),
        Some(value) => Ok(value),
    }
}
