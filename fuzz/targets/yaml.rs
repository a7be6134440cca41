//! YAML and JSON. What was written reads back as the same value.

use super::Target;
use crate::answer::Answer;
use crate::corpus;
use chartwright::value::{Data, Node};
use chartwright::yaml;

pub const TARGET: Target = Target {
    name: "yaml",
    about: "YAML and JSON texts: read, written, and read again as the same value",
    fixtures,
    draw: None,
    run,
    weight: 1,
};

fn fixtures() -> Vec<Vec<u8>> {
    let mut texts = corpus::texts("tests/cases", &[".yaml"]);
    texts.extend(corpus::texts("tests/kube", &[".yaml"]));
    texts.extend(corpus::texts("tests/rules", &[".yaml"]));
    texts.extend(corpus::texts("chart", &["values.yaml", "Chart.yaml", ".json"]));
    // Texts that are read within templates stand behind a function that reads them.
    for case in corpus::cases("yaml") {
        let template = corpus::text_of(&case, "template").unwrap_or_default();
        let quoted = template.split(|byte| *byte == b'"').skip(1).step_by(2);
        texts.extend(quoted.map(|text| String::from_utf8_lossy(text).replace("\\n", "\n").into_bytes()));
        texts.extend(corpus::text_of(&case, "values"));
    }
    super::with_kept(TARGET.name, texts)
}

fn run(input: &[u8], answer: &mut Answer) {
    let (parts, error) = yaml::split_documents(input);
    answer.note(parts.len().min(4));
    if let Some(error) = error {
        answer.say(&error.message);
    }
    for read in [yaml::decode_map, yaml::decode_list] {
        if let Err(error) = read(input) {
            answer.say(&error.message);
        }
    }
    if let Ok((node, troubles)) = yaml::decode_values(input) {
        answer.note(troubles.len().min(3));
        round_trip(&node, answer);
    }
    match yaml::from_json(input) {
        Ok(node) => round_trip(&node, answer),
        Err(error) => answer.say(&error),
    }
    match yaml::decode_with_troubles(input) {
        Ok((node, _)) => round_trip(&node, answer),
        Err(error) => answer.say(&error.message),
    }
}

/// Writes a value in every way and reads it again.
fn round_trip(node: &Node, answer: &mut Answer) {
    kinds(node, 0, answer);
    let value = node.to_value();
    match yaml::node_to_yaml(node) {
        Ok(text) => {
            let again = yaml::decode(&text);
            if !is_lossy(node) && again.as_ref() != Ok(node) {
                let text = String::from_utf8_lossy(&text);
                answer.broke(format!("what was written as YAML reads back as the same: {node:?}\n{text}\n{again:?}"));
            }
            let of_value = yaml::to_yaml(&value);
            if of_value.as_ref().ok() != Some(&text) {
                answer.broke(format!("a value is written as the node is that it comes from: {of_value:?}\n{node:?}"));
            }
        }
        Err(error) => answer.say(&error),
    }
    match yaml::to_json(&value, true) {
        Ok(text) => {
            let again = yaml::from_json(&text);
            if again.as_ref() != Ok(node) && !is_bytes(node) {
                let text = String::from_utf8_lossy(&text);
                answer.broke(format!("what was written as JSON reads back as the same: {node:?}\n{text}\n{again:?}"));
            }
        }
        Err(error) => answer.say(&error),
    }
    for (written, name) in
        [(yaml::to_yaml_pretty(&value), "pretty"), (yaml::to_json_indent(&value, "", "  ", false), "indented")]
    {
        match written {
            Ok(text) => {
                let again = if name == "pretty" { yaml::decode(&text).ok() } else { yaml::from_json(&text).ok() };
                if again.as_ref() != Some(node) && !is_lossy(node) && !is_bytes(node) {
                    let text = String::from_utf8_lossy(&text);
                    answer.broke(format!("what was written {name} reads back as the same: {node:?}\n{text}"));
                }
            }
            Err(error) => answer.say(&error),
        }
    }
}

/// Notes which shapes a value has.
fn kinds(node: &Node, depth: usize, answer: &mut Answer) {
    answer.note((node.data.type_name(), depth.min(3)));
    match &node.data {
        Data::List(items) if depth < 6 => items.iter().for_each(|item| kinds(item, depth + 1, answer)),
        Data::Map(entries) if depth < 6 => entries.values().for_each(|item| kinds(item, depth + 1, answer)),
        _ => {}
    }
}

/// Whether a text of the value is none that Go's writer keeps.
fn is_lossy(node: &Node) -> bool {
    any_text(node, &|text| {
        let text = String::from_utf8_lossy(text);
        // A key that merges is written without quotes, and merges when it is read.
        if text == "<<" {
            return true;
        }
        // DEL it refuses to read, NEL and its kin it folds.
        text.contains(['\u{7f}', '\u{85}', '\u{2028}', '\u{2029}', '\u{feff}', '\u{fffe}', '\u{ffff}'])
            || text.chars().any(|c| ('\u{80}'..='\u{9f}').contains(&c))
    }) || is_bytes(node)
}

/// Whether a text of the value is no UTF-8: YAML writes it as `!!binary`, JSON replaces it.
fn is_bytes(node: &Node) -> bool {
    any_text(node, &|text| std::str::from_utf8(text).is_err())
}

fn any_text(node: &Node, is: &dyn Fn(&[u8]) -> bool) -> bool {
    match &node.data {
        Data::Str(text) => is(text),
        Data::List(items) => items.iter().any(|item| any_text(item, is)),
        Data::Map(entries) => entries.iter().any(|(key, item)| is(key) || any_text(item, is)),
        _ => false,
    }
}
