//! What a value is, and what to take instead.

use crate::eval::call::{Call, Func, FuncResult, Type, Walk};
use crate::value::Value;
use crate::value::convert::is_empty;

pub(crate) const DEFAULTS: &[Func] = &[
    Func::variadic("all", &[Type::Any], all),
    Func::variadic("any", &[Type::Any], any),
    Func::variadic("coalesce", &[Type::Any], coalesce),
    Func::fixed("deepEqual", &[Type::Any, Type::Any], deep_equal).walks(Walk::Whole),
    Func::variadic("default", &[Type::Any, Type::Any], default),
    Func::fixed("empty", &[Type::Any], empty),
    Func::fixed("kindIs", &[Type::Str, Type::Any], kind_is),
    Func::fixed("kindOf", &[Type::Any], kind_of),
    Func::fixed("ternary", &[Type::Any, Type::Any, Type::Bool], ternary),
    Func::fixed("typeIs", &[Type::Str, Type::Any], type_is),
    Func::fixed("typeIsLike", &[Type::Str, Type::Any], type_is_like),
    Func::fixed("typeOf", &[Type::Any], type_of),
];

/// `default FALLBACK [A]`: A, or FALLBACK when A is empty or not given.
fn default(call: &Call<'_>) -> FuncResult {
    let given = call.any(1);
    Ok(if is_empty(given) { call.any(0) } else { given }.clone())
}

/// `empty A`: nil, false, zero, and text, lists and maps without content.
fn empty(call: &Call<'_>) -> FuncResult {
    Ok(Value::Bool(is_empty(call.any(0))))
}

/// `coalesce A…`: the first that is not empty, or nil.
fn coalesce(call: &Call<'_>) -> FuncResult {
    Ok(call.args.iter().find(|arg| !is_empty(arg)).cloned().unwrap_or_default())
}

/// `all A…`: whether none is empty.
fn all(call: &Call<'_>) -> FuncResult {
    Ok(Value::Bool(!call.args.iter().any(is_empty)))
}

/// `any A…`: whether one is not empty.
fn any(call: &Call<'_>) -> FuncResult {
    Ok(Value::Bool(!call.args.iter().all(is_empty)))
}

/// `ternary A B CONDITION`.
fn ternary(call: &Call<'_>) -> FuncResult {
    Ok(call.any(usize::from(!call.bool(2))).clone())
}

/// `deepEqual A B`: Go's, so 1 does not equal 1.0, nor an `int` an `int64`.
fn deep_equal(call: &Call<'_>) -> FuncResult {
    Ok(Value::Bool(call.any(0) == call.any(1)))
}

/// `typeOf A`: Go's name of the type, `<nil>` for nil.
fn type_of(call: &Call<'_>) -> FuncResult {
    Ok(Value::str(call.any(0).type_name()))
}

/// `typeIs NAME A`.
fn type_is(call: &Call<'_>) -> FuncResult {
    Ok(Value::Bool(call.str(0) == *call.any(1).type_name()))
}

/// `typeIsLike NAME A`: also a pointer to NAME.
fn type_is_like(call: &Call<'_>) -> FuncResult {
    let (name, given) = (call.str(0), call.any(1).type_name());
    Ok(Value::Bool(name == *given || given.strip_prefix('*').is_some_and(|rest| name == *rest)))
}

/// `kindOf A`: `invalid` for nil.
fn kind_of(call: &Call<'_>) -> FuncResult {
    Ok(Value::str(call.any(0).kind()))
}

/// `kindIs NAME A`.
fn kind_is(call: &Call<'_>) -> FuncResult {
    Ok(Value::Bool(call.str(0) == *call.any(1).kind()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::funcs::testing::call;

    #[test]
    fn zero_and_false_take_the_default() {
        for empty in [Value::Int(0), Value::Bool(false), Value::str(""), Value::Nil, Value::list(Vec::new())] {
            assert_eq!(call(DEFAULTS, "default", &[Value::str("d"), empty]), Value::str("d"));
        }
    }
}
