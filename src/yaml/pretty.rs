//! `toYamlPretty`: values to YAML as yaml v3's encoder prints them with an indent of 2.
//!
//! In: a value of a run. Out: YAML with a final newline. No JSON on the way: floats stay floats,
//! bytes are a list of numbers, text that is no UTF-8 becomes `!!binary`.

use super::order::Dialect;
use super::write::write;
use crate::value::Value;

/// YAML of a value, with a final newline, as `toYamlPretty` has before it trims one.
///
/// # Errors
/// For maps that contain themselves, on which Go overflows its stack.
pub fn to_yaml_pretty(value: &Value) -> Result<Vec<u8>, String> {
    write(value, Dialect::V3)
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
