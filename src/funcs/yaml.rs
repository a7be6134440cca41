//! YAML in templates. None of them fails but `mustToYaml`: an error becomes data.
//!
//! In: values and text. Out: what [`crate::yaml`] makes of them, in Helm's wrapping.

use crate::eval::call::{Call, Func, FuncResult, Type, Walk};
use crate::value::{List, ListKind, Value};
use crate::yaml;

/// The family's rows.
pub(crate) const YAML: &[Func] = &[
    Func::fixed("toYaml", &[Type::Any], to_yaml).walks(Walk::Whole),
    Func::fixed("mustToYaml", &[Type::Any], must_to_yaml).walks(Walk::Whole),
    Func::fixed("toYamlPretty", &[Type::Any], to_yaml_pretty).walks(Walk::Whole),
    Func::fixed("fromYaml", &[Type::Str], from_yaml),
    Func::fixed("fromYamlArray", &[Type::Str], from_yaml_array),
];

/// Takes one newline off the end.
fn trimmed(mut text: Vec<u8>) -> Value {
    if text.last() == Some(&b'\n') {
        text.pop();
    }
    Value::from(text)
}

/// `toYaml VALUE`: YAML without its last newline; empty when VALUE cannot be written.
fn to_yaml(call: &Call<'_>) -> FuncResult {
    Ok(trimmed(yaml::to_yaml(call.any(0)).unwrap_or_default()))
}

/// `mustToYaml VALUE`: as `toYaml`, but fails where that is empty.
fn must_to_yaml(call: &Call<'_>) -> FuncResult {
    Ok(trimmed(yaml::to_yaml(call.any(0))?))
}

/// `toYamlPretty VALUE`: YAML with lists indented under their key.
fn to_yaml_pretty(call: &Call<'_>) -> FuncResult {
    Ok(trimmed(yaml::to_yaml_pretty(call.any(0)).unwrap_or_default()))
}

/// `fromYaml TEXT`: a map; an error stands in it under `Error`.
fn from_yaml(call: &Call<'_>) -> FuncResult {
    Ok(Value::Map(match yaml::decode_map(&call.str(0)) {
        Ok(node) => node.to_value().as_map().cloned().unwrap_or_default(),
        Err(error) => super::encoding::error_map(&error.message),
    }))
}

/// `fromYamlArray TEXT`: a list; an error is its only item.
fn from_yaml_array(call: &Call<'_>) -> FuncResult {
    Ok(match yaml::decode_list(&call.str(0)) {
        Ok(node) => match node.to_value() {
            list @ Value::List(_) => list,
            _ => Value::List(List::nil(ListKind::Any)),
        },
        Err(error) => Value::list(vec![Value::from(error.message)]),
    })
}
