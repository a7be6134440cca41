//! Lists. None is changed in place: each function gives a new one.
//!
//! The functions without `must` fail on what is no list just as their twins do: Go's panic
//! carries the same text.

use crate::eval::call::{Call, Func, FuncError, FuncResult, Type, Walk};
use crate::value::convert::{is_empty, items_of, strval, to_int64, to_strings};
use crate::value::{Go, List, ListKind, Value};

pub(crate) const LISTS: &[Func] = &[
    Func::fixed("append", &[Type::Any, Type::Any], push),
    Func::fixed("chunk", &[Type::Int, Type::Any], chunk),
    Func::fixed("compact", &[Type::Any], compact),
    Func::variadic("concat", &[Type::Any], concat),
    Func::fixed("first", &[Type::Any], first),
    Func::fixed("has", &[Type::Any, Type::Any], has).walks(Walk::Whole),
    Func::fixed("initial", &[Type::Any], initial),
    Func::fixed("last", &[Type::Any], last),
    Func::variadic("list", &[Type::Any], list),
    Func::fixed("mustAppend", &[Type::Any, Type::Any], push),
    Func::fixed("mustChunk", &[Type::Int, Type::Any], chunk),
    Func::fixed("mustCompact", &[Type::Any], compact),
    Func::fixed("mustFirst", &[Type::Any], first),
    Func::fixed("mustHas", &[Type::Any, Type::Any], has).walks(Walk::Whole),
    Func::fixed("mustInitial", &[Type::Any], initial),
    Func::fixed("mustLast", &[Type::Any], last),
    Func::fixed("mustPrepend", &[Type::Any, Type::Any], prepend),
    Func::fixed("mustPush", &[Type::Any, Type::Any], push),
    Func::fixed("mustRest", &[Type::Any], rest),
    Func::fixed("mustReverse", &[Type::Any], reverse),
    Func::variadic("mustSlice", &[Type::Any, Type::Any], slice),
    Func::fixed("mustUniq", &[Type::Any], uniq).walks(Walk::Whole),
    Func::variadic("mustWithout", &[Type::Any, Type::Any], without).walks(Walk::Whole),
    Func::fixed("prepend", &[Type::Any, Type::Any], prepend),
    Func::fixed("push", &[Type::Any, Type::Any], push),
    Func::fixed("rest", &[Type::Any], rest),
    Func::fixed("reverse", &[Type::Any], reverse),
    Func::variadic("slice", &[Type::Any, Type::Any], slice),
    Func::fixed("sortAlpha", &[Type::Any], sort_alpha).walks(Walk::Print),
    Func::variadic("tuple", &[Type::Any], list),
    Func::fixed("uniq", &[Type::Any], uniq).walks(Walk::Whole),
    Func::variadic("without", &[Type::Any, Type::Any], without).walks(Walk::Whole),
];

/// The items of an argument, or `what` and the kind of what is no list.
fn items(value: &Value, what: &str) -> Result<List, FuncError> {
    if value.is_nil() {
        // `reflect.TypeOf(nil)` is a nil pointer, and Go falls over it.
        return Err("runtime error: invalid memory address or nil pointer dereference".into());
    }
    items_of(value).ok_or_else(|| format!("{what} {}", value.kind()).into())
}

/// `list A…`; also `tuple`.
fn list(call: &Call<'_>) -> FuncResult {
    Ok(Value::list(call.args.to_vec()))
}

/// `append LIST A`; also `push`.
fn push(call: &Call<'_>) -> FuncResult {
    let items = items(call.any(0), "Cannot push on type")?;
    Ok(Value::list(items.iter().chain([call.any(1)]).cloned().collect()))
}

/// `prepend LIST A`.
fn prepend(call: &Call<'_>) -> FuncResult {
    let items = items(call.any(0), "Cannot prepend on type")?;
    Ok(Value::list([call.any(1)].into_iter().chain(items.iter()).cloned().collect()))
}

/// `concat LIST…`: nil when all are empty.
fn concat(call: &Call<'_>) -> FuncResult {
    let mut all = Vec::new();
    for arg in call.args {
        let list = items(arg, "").map_err(|error| match arg {
            Value::Nil | Value::Invalid => error,
            _ => format!("Cannot concat type {} as list", arg.kind()).into(),
        })?;
        all.extend(list.iter().cloned());
    }
    Ok(Value::List(if all.is_empty() { List::nil(ListKind::Any) } else { List::new(all) }))
}

/// `first LIST`: nil when it is empty.
fn first(call: &Call<'_>) -> FuncResult {
    Ok(items(call.any(0), "Cannot find first on type")?.first().cloned().unwrap_or_default())
}

/// `last LIST`: nil when it is empty.
fn last(call: &Call<'_>) -> FuncResult {
    Ok(items(call.any(0), "Cannot find last on type")?.last().cloned().unwrap_or_default())
}

/// `rest LIST`: all but the first; a nil list of an empty one.
fn rest(call: &Call<'_>) -> FuncResult {
    let items = items(call.any(0), "Cannot find rest on type")?;
    Ok(Value::List(items.split_first().map_or(List::nil(ListKind::Any), |(_, rest)| List::new(rest.to_vec()))))
}

/// `initial LIST`: all but the last; a nil list of an empty one.
fn initial(call: &Call<'_>) -> FuncResult {
    let items = items(call.any(0), "Cannot find initial on type")?;
    Ok(Value::List(items.split_last().map_or(List::nil(ListKind::Any), |(_, rest)| List::new(rest.to_vec()))))
}

/// `reverse LIST`.
fn reverse(call: &Call<'_>) -> FuncResult {
    Ok(Value::list(items(call.any(0), "Cannot find reverse on type")?.iter().rev().cloned().collect()))
}

/// `compact LIST`: without what is empty.
fn compact(call: &Call<'_>) -> FuncResult {
    let items = items(call.any(0), "Cannot compact on type")?;
    Ok(Value::list(items.iter().filter(|item| !is_empty(item)).cloned().collect()))
}

/// `uniq LIST`: the first of equal items, by Go's DeepEqual.
fn uniq(call: &Call<'_>) -> FuncResult {
    let mut unique: Vec<Value> = Vec::new();
    for item in items(call.any(0), "Cannot find uniq on type")?.iter() {
        call.host.spend(unique.len() / 8)?;
        if !unique.contains(item) {
            unique.push(item.clone());
        }
    }
    Ok(Value::list(unique))
}

/// `without LIST A…`.
fn without(call: &Call<'_>) -> FuncResult {
    let items = items(call.any(0), "Cannot find without on type")?;
    let omitted = call.args.get(1..).unwrap_or_default();
    Ok(Value::list(items.iter().filter(|item| !omitted.contains(item)).cloned().collect()))
}

/// `has A LIST`: false in nil.
fn has(call: &Call<'_>) -> FuncResult {
    if call.any(1).is_nil() {
        return Ok(Value::Bool(false));
    }
    Ok(Value::Bool(items(call.any(1), "Cannot find has on type")?.contains(call.any(0))))
}

/// `slice LIST [START [END]]`: of the list's own type; nil when it is empty.
fn slice(call: &Call<'_>) -> FuncResult {
    let list = items(call.any(0), "list should be type of slice or array but")?;
    if list.is_empty() {
        return Ok(Value::Nil);
    }
    let position = |index: usize, usual: usize| match call.args.get(index) {
        Some(arg) => usize::try_from(to_int64(arg)).ok(),
        None => Some(usual),
    };
    let range = position(1, 0).zip(position(2, list.len()));
    let part = range.and_then(|(start, end)| list.get(start..end));
    let part = part.ok_or("reflect.Value.Slice: slice index out of bounds")?;
    Ok(Value::List(List::of(list.kind(), part.to_vec())))
}

/// `chunk SIZE LIST`: lists of SIZE items, the last may be shorter.
fn chunk(call: &Call<'_>) -> FuncResult {
    let list = items(call.any(1), "Cannot chunk type")?;
    let size = call.int(0);
    let chunks = match usize::try_from(size) {
        Ok(size) if size > 0 => list.chunks(size).map(|chunk| Value::list(chunk.to_vec())).collect(),
        _ => return chunk_oddly(&list, size),
    };
    Ok(Value::List(List::of(ListKind::Lists, chunks)))
}

/// What Go's arithmetic does with sizes that are not positive.
fn chunk_oddly(list: &List, size: i64) -> FuncResult {
    let length = i64::try_from(list.len()).unwrap_or(i64::MAX);
    let count = if size == 0 { i64::MIN } else { ((length - 1) as f64 / size as f64).floor() as i64 + 1 };
    match count {
        0 => Ok(Value::List(List::of(ListKind::Lists, Vec::new()))),
        _ => Err("runtime error: makeslice: len out of range".into()),
    }
}

/// `sortAlpha LIST`: as text, by bytes; a value that is no list is a list of one.
fn sort_alpha(call: &Call<'_>) -> FuncResult {
    let value = call.any(0);
    let is_list = match value {
        Value::List(_) => true,
        Value::Object(object) => matches!(object.underlying(), Go::List(_)),
        _ => false,
    };
    let mut texts = if is_list { to_strings(value) } else { vec![strval(value)] };
    texts.sort();
    Ok(Value::List(List::strings(texts)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::funcs::testing::{call, error};

    #[test]
    fn the_rest_of_nothing_is_a_nil_list() {
        let rest = call(LISTS, "rest", &[Value::list(Vec::new())]);
        assert!(rest.as_list().is_some_and(List::is_nil));
    }

    #[test]
    fn what_is_no_list_is_named_by_its_kind() {
        assert_eq!(error(LISTS, "first", &[Value::Int(1)]), "Cannot find first on type int");
        assert_eq!(error(LISTS, "slice", &["a".into()]), "list should be type of slice or array but string");
        assert_eq!(
            error(LISTS, "last", &[Value::Nil]),
            "runtime error: invalid memory address or nil pointer dereference"
        );
    }

    #[test]
    fn slices_and_chunks_keep_their_go_types() {
        let ints = Value::List(List::of(ListKind::Ints, vec![Value::Int(1), Value::Int(2)]));
        assert_eq!(call(LISTS, "slice", &[ints.clone(), Value::Int(1)]).type_name(), "[]int");
        assert_eq!(call(LISTS, "chunk", &[Value::Int(1), ints]).type_name(), "[][]interface {}");
    }
}
