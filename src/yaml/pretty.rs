//! `toYamlPretty`: values to YAML as yaml v3's encoder prints them with an indent of 2.
//!
//! In: a value of a run. Out: YAML with a final newline. No JSON on the way: floats stay floats,
//! bytes are a list of numbers, text that is no UTF-8 becomes `!!binary`.

use super::order::{self, Order};
use super::write::{Out, check_depth, emit};
use crate::value::Value;
use crate::value::number::format_float;

/// YAML of a value, with a final newline, as `toYamlPretty` has before it trims one.
///
/// # Errors
/// For maps that contain themselves, on which Go overflows its stack.
pub fn to_yaml_pretty(value: &Value) -> Result<Vec<u8>, String> {
    Ok(emit(&plan(value, 0)?, Order::V3))
}

fn plan(value: &Value, depth: usize) -> Result<Out, String> {
    check_depth(depth)?;
    Ok(match value {
        Value::Nil | Value::Invalid => Out::Plain("null".into()),
        Value::Bool(b) => Out::Plain(b.to_string()),
        Value::Int(n) | Value::Int64(n) => Out::Plain(n.to_string()),
        Value::Float(f) => Out::Plain(match format_float(*f, b'g', None, false).as_str() {
            "+Inf" => ".inf".into(),
            "-Inf" => "-.inf".into(),
            "NaN" => ".nan".into(),
            text => text.to_owned(),
        }),
        Value::Str(text) => Out::Str(text.clone()),
        Value::List(list) => Out::List(list.iter().map(|item| plan(item, depth + 1)).collect::<Result<_, _>>()?),
        Value::Map(map) => {
            let mut entries = Vec::with_capacity(map.len());
            for (key, value) in map.snapshot() {
                let value = plan(&value, depth + 1)?;
                entries.push((key, value));
            }
            Out::Map(order::sort(Order::V3, entries))
        }
        Value::Object(object) => plan(&object.to_plain()?, depth + 1)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::decode;

    #[test]
    fn lists_are_indented_and_whole_floats_keep_their_exponent() {
        let value = decode(b"a: [1, 1e6]\nb: {c: [[x]]}\n\"y\": \"\\ta\\nb\"").unwrap().to_value();
        let text = String::from_utf8(to_yaml_pretty(&value).unwrap()).unwrap();
        assert_eq!(text, "a:\n  - 1\n  - 1e+06\nb:\n  c:\n    - - x\n\"y\": |-\n  \ta\n  b\n");
    }
}
