//! Paths with slashes, on every system: charts render the same on all.

use crate::eval::call::{Call, Func, FuncResult, Type};
use crate::value::Value;

pub(crate) const PATHS: &[Func] = &[
    Func::fixed("base", &[Type::Str], base),
    Func::fixed("clean", &[Type::Str], clean),
    Func::fixed("dir", &[Type::Str], dir),
    Func::fixed("ext", &[Type::Str], ext),
    Func::fixed("isAbs", &[Type::Str], is_abs),
    Func::fixed("osBase", &[Type::Str], base),
    Func::fixed("osClean", &[Type::Str], clean),
    Func::fixed("osDir", &[Type::Str], dir),
    Func::fixed("osExt", &[Type::Str], ext),
    Func::fixed("osIsAbs", &[Type::Str], is_abs),
];

/// `base PATH`: the last element; `.` of nothing, `/` of slashes.
fn base(call: &Call<'_>) -> FuncResult {
    let path = call.str(0);
    let last = path.split(|b| *b == b'/').rfind(|part| !part.is_empty());
    Ok(match last {
        Some(last) => Value::str(last),
        None if path.is_empty() => Value::str("."),
        None => Value::str("/"),
    })
}

/// `dir PATH`: all before the last slash, cleaned.
fn dir(call: &Call<'_>) -> FuncResult {
    let path = call.str(0);
    let end = path.iter().rposition(|b| *b == b'/').map_or(0, |slash| slash + 1);
    Ok(cleaned(path.get(..end).unwrap_or_default()).into())
}

/// `clean PATH`: without `.`, `..` and double slashes where that is possible.
fn clean(call: &Call<'_>) -> FuncResult {
    Ok(cleaned(&call.str(0)).into())
}

fn cleaned(path: &[u8]) -> Vec<u8> {
    let rooted = path.first() == Some(&b'/');
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|b| *b == b'/') {
        match part {
            b"" | b"." => {}
            b".." if parts.last().is_some_and(|last| *last != b"..") => {
                parts.pop();
            }
            b".." if rooted => {}
            _ => parts.push(part),
        }
    }
    let mut out = if rooted { b"/".to_vec() } else { Vec::new() };
    out.extend_from_slice(&parts.join(&b'/'));
    if out.is_empty() { b".".to_vec() } else { out }
}

/// `ext PATH`: from the last dot of the last element on.
fn ext(call: &Call<'_>) -> FuncResult {
    let path = call.str(0);
    let name = path.rsplit(|b| *b == b'/').next().unwrap_or_default();
    let dot = name.iter().rposition(|b| *b == b'.').unwrap_or(name.len());
    Ok(Value::str(name.get(dot..).unwrap_or_default()))
}

/// `isAbs PATH`.
fn is_abs(call: &Call<'_>) -> FuncResult {
    Ok(Value::Bool(call.str(0).first() == Some(&b'/')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::funcs::testing::call;

    #[test]
    fn paths_are_cleaned_as_far_as_they_can_be() {
        for (name, path, want) in [
            ("clean", "a//b/../c/./d/..", "a/c"),
            ("clean", "/../a", "/a"),
            ("clean", "../../a/..", "../.."),
            ("dir", "a", "."),
            ("base", "/a/b/", "b"),
            ("ext", "a.b/c", ""),
        ] {
            assert_eq!(call(PATHS, name, &[path.into()]), Value::str(want));
        }
    }
}
