//! Maps, which are shared: `set` through one name is seen through every other.

use crate::eval::call::{Call, Func, FuncError, FuncResult, Purity, Type, Walk};
use crate::value::convert::strval;
use crate::value::{List, Map, MapKind, Str, Value};
use std::collections::BTreeMap;

pub(crate) const DICTS: &[Func] = &[
    Func::fixed("deepCopy", &[Type::Any], deep_copy).walks(Walk::Whole),
    Func::variadic("dict", &[Type::Any], dict),
    Func::variadic("dig", &[Type::Any], dig),
    Func::fixed("get", &[Type::Dict, Type::Str], get),
    Func::fixed("hasKey", &[Type::Dict, Type::Str], has_key),
    Func::variadic("keys", &[Type::Dict], keys).with(Purity::Order),
    Func::variadic("merge", &[Type::Dict, Type::Dict], merge).walks(Walk::Whole),
    Func::variadic("mergeOverwrite", &[Type::Dict, Type::Dict], merge_overwrite).walks(Walk::Whole),
    Func::fixed("mustDeepCopy", &[Type::Any], deep_copy).walks(Walk::Whole),
    Func::variadic("mustMerge", &[Type::Dict, Type::Dict], merge).walks(Walk::Whole),
    Func::variadic("mustMergeOverwrite", &[Type::Dict, Type::Dict], merge_overwrite).walks(Walk::Whole),
    Func::variadic("omit", &[Type::Dict, Type::Str], omit),
    Func::variadic("pick", &[Type::Dict, Type::Str], pick),
    Func::variadic("pluck", &[Type::Str, Type::Dict], pluck),
    Func::fixed("set", &[Type::Dict, Type::Str, Type::Any], set),
    Func::fixed("unset", &[Type::Dict, Type::Str], unset),
    Func::fixed("values", &[Type::Dict], values).with(Purity::Order),
];

/// `dict KEY A…`: keys as text; a last key alone has "".
fn dict(call: &Call<'_>) -> FuncResult {
    let entries = call.args.chunks(2).map(|pair| {
        let key = strval(pair.first().unwrap_or(&Value::Nil));
        (key, pair.get(1).cloned().unwrap_or_else(|| Value::str("")))
    });
    Ok(Value::Map(entries.collect()))
}

/// `get DICT KEY`: "" when it is missing.
fn get(call: &Call<'_>) -> FuncResult {
    Ok(call.dict(0).get(&call.str(1)).unwrap_or_else(|| Value::str("")))
}

/// `set DICT KEY A`: changes DICT, and gives it.
fn set(call: &Call<'_>) -> FuncResult {
    let map = call.dict(0);
    if call.any(0).is_nil() || map.is_nil() {
        return Err("assignment to entry in nil map".into());
    }
    map.put(call.str(1), call.any(2).clone());
    Ok(plain(&map))
}

/// `unset DICT KEY`: changes DICT, and gives it.
fn unset(call: &Call<'_>) -> FuncResult {
    let map = call.dict(0);
    map.remove(&call.str(1));
    Ok(plain(&map))
}

/// The same map as the `map[string]interface {}` that Go's parameter makes of it.
fn plain(map: &Map) -> Value {
    Value::Map(map.cast(MapKind::Any))
}

/// `hasKey DICT KEY`: also with nil under it.
fn has_key(call: &Call<'_>) -> FuncResult {
    Ok(Value::Bool(call.dict(0).contains(&call.str(1))))
}

/// `keys DICT…`: sorted within each, where Go has no order.
fn keys(call: &Call<'_>) -> FuncResult {
    let maps = (0..call.args.len()).map(|index| call.dict(index));
    let keys = maps.flat_map(|map| in_some_order(call, map.entries().keys().cloned().collect()));
    Ok(Value::List(List::strings(keys.collect::<Vec<Str>>())))
}

/// `values DICT`: in key order, where Go has none.
fn values(call: &Call<'_>) -> FuncResult {
    Ok(Value::list(in_some_order(call, call.dict(0).entries().values().cloned().collect())))
}

/// The other way round where the run wants to know who depends on it.
fn in_some_order<T>(call: &Call<'_>, mut items: Vec<T>) -> Vec<T> {
    if call.host.reversed() {
        items.reverse();
    }
    items
}

/// `pluck KEY DICT…`: what each DICT that has KEY holds there.
fn pluck(call: &Call<'_>) -> FuncResult {
    let key = call.str(0);
    Ok(Value::list((1..call.args.len()).filter_map(|index| call.dict(index).get(&key)).collect()))
}

/// `pick DICT KEY…`: a new map with these keys only.
fn pick(call: &Call<'_>) -> FuncResult {
    let map = call.dict(0);
    let names = (1..call.args.len()).map(|index| call.str(index));
    Ok(Value::Map(names.filter_map(|key| map.get(&key).map(|value| (key, value))).collect()))
}

/// `omit DICT KEY…`: a new map without these keys.
fn omit(call: &Call<'_>) -> FuncResult {
    let mut entries: BTreeMap<Str, Value> = call.dict(0).entries().clone();
    for index in 1..call.args.len() {
        entries.remove(&call.str(index));
    }
    Ok(Value::Map(Map::of(MapKind::Any, entries)))
}

/// `deepCopy A`: a copy that shares no map with A; fails on nil.
fn deep_copy(call: &Call<'_>) -> FuncResult {
    if call.any(0).is_nil() {
        return Err("reflect: call of reflect.Value.Type on zero Value".into());
    }
    if call.any(0).nests_deeper(MAX_DEPTH) {
        return Err(format!("maps are nested more than {MAX_DEPTH} deep").into());
    }
    Ok(call.any(0).deep_copy())
}

/// `dig KEY… FALLBACK DICT`: walks down; FALLBACK where a key is missing.
///
/// Only a plain map may be walked: `.Values` is of a named type, and Go refuses it.
fn dig(call: &Call<'_>) -> FuncResult {
    let [keys @ .., fallback, dict] = call.args else { return Err("dig needs at least three arguments".into()) };
    if keys.is_empty() {
        return Err("dig needs at least three arguments".into());
    }
    let mut step = dict.clone();
    let mut map = as_plain_map(&step)?;
    let mut names = Vec::new();
    for key in keys {
        let Value::Str(name) = key else { return Err(not_a(key, "string").into()) };
        names.push(name);
    }
    for (index, name) in names.iter().enumerate() {
        match map.get(name) {
            None => return Ok(fallback.clone()),
            Some(found) => step = found,
        }
        if index + 1 < names.len() {
            map = as_plain_map(&step)?;
        }
    }
    Ok(step)
}

fn as_plain_map(value: &Value) -> Result<Map, String> {
    match value {
        Value::Map(map) if map.kind() == MapKind::Any => Ok(map.clone()),
        _ => Err(not_a(value, "map[string]interface {}")),
    }
}

fn not_a(value: &Value, wanted: &str) -> String {
    let found = if value.is_nil() { "nil" } else { value.type_name() };
    format!("interface conversion: interface {{}} is {found}, not {wanted}")
}

/// `merge DICT FROM…`: fills what DICT lacks or has empty (false, 0, "", [] count as empty).
fn merge(call: &Call<'_>) -> FuncResult {
    merge_all(call, false)
}

/// `mergeOverwrite DICT FROM…`: overwrites, also with zero values; empty maps clear nothing.
fn merge_overwrite(call: &Call<'_>) -> FuncResult {
    merge_all(call, true)
}

fn merge_all(call: &Call<'_>, overwrite: bool) -> FuncResult {
    let target = Some(call.dict(0)).filter(|map| !map.is_nil()).unwrap_or_default();
    for index in 1..call.args.len() {
        merge_into(&target, &call.dict(index), overwrite, 0)?;
    }
    Ok(plain(&target))
}

/// Deeper maps are an error: a map can hold itself.
const MAX_DEPTH: usize = 500;

fn merge_into(target: &Map, source: &Map, overwrite: bool, depth: usize) -> Result<(), FuncError> {
    if target.same(source) {
        return Ok(());
    }
    if depth > MAX_DEPTH {
        return Err(format!("maps are nested more than {MAX_DEPTH} deep").into());
    }
    for (key, new) in source.snapshot() {
        let old = target.get(&key);
        if let (Some(Value::Map(old)), Value::Map(new)) = (&old, &new)
            && !old.is_nil()
        {
            merge_into(old, new, overwrite, depth + 1)?;
            if !old.is_empty() {
                continue;
            }
        }
        let replace = if new.is_nil() { overwrite } else { overwrite || old.is_none_or(|old| !old.is_true()) };
        if !replace {
            continue;
        }
        if target.kind() == MapKind::Strings && source.kind() != MapKind::Strings {
            return Err("reflect.Value.SetMapIndex: value of type interface {} is not assignable to type string".into());
        }
        target.put(key, new);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::funcs::testing::{call, error};

    fn one(key: &str, value: Value) -> Value {
        Value::Map([(Str::from(key), value)].into_iter().collect())
    }

    fn shown(value: &Value) -> String {
        crate::value::format::display_text(value)
    }

    #[test]
    fn merge_fills_what_is_empty_and_shares_what_it_takes() {
        let source = one("a", one("x", Value::Int(1)));
        let target = Value::Map(Map::new());
        let merged = call(DICTS, "merge", &[target.clone(), source.clone()]);
        let inner = merged.as_map().and_then(|m| m.get(b"a")).unwrap_or_default();
        call(DICTS, "set", &[inner, "y".into(), Value::Int(2)]);
        assert_eq!(shown(&source), "map[a:map[x:1 y:2]]");
        assert_eq!(shown(&target), "map[a:map[x:1 y:2]]");
        let kept = call(DICTS, "merge", &[one("a", Value::Int(1)), one("a", Value::Int(2))]);
        assert_eq!(shown(&kept), "map[a:1]");
        let filled = call(DICTS, "merge", &[one("a", Value::Bool(false)), one("a", Value::Int(2))]);
        assert_eq!(shown(&filled), "map[a:2]");
    }

    #[test]
    fn merge_overwrite_writes_zero_and_nil_but_no_empty_map() {
        let over = |old: Value, new: Value| shown(&call(DICTS, "mergeOverwrite", &[one("a", old), one("a", new)]));
        assert_eq!(over(Value::Int(1), Value::Int(0)), "map[a:0]");
        assert_eq!(over(Value::Int(1), Value::Nil), "map[a:<nil>]");
        assert_eq!(over(one("x", Value::Int(1)), Value::Map(Map::new())), "map[a:map[x:1]]");
    }

    #[test]
    fn dig_refuses_helms_own_values() {
        let values = Value::Map(Map::new().cast(MapKind::Values));
        assert_eq!(
            error(DICTS, "dig", &["a".into(), Value::Int(1), values]),
            "interface conversion: interface {} is common.Values, not map[string]interface {}"
        );
    }
}
