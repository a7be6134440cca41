//! `--set` and its kin, on top of values.

use super::Target;
use crate::answer::Answer;
use crate::corpus;
use chartwright::value::{Data, Node};
use chartwright::{Layer, Values, yaml};
use std::rc::Rc;

pub const TARGET: Target = Target {
    name: "set",
    about: "arguments of --set, --set-string, --set-json, --set-file and --set-literal, a line each",
    fixtures,
    draw: None,
    run,
    weight: 1,
};

const FORMS: [&str; 6] = ["--set ", "--set-string ", "--set-json ", "--set-file ", "--set-literal ", "-f "];

fn fixtures() -> Vec<Vec<u8>> {
    let args = |case: &Node| {
        let words = case.get("args").map(Node::items).unwrap_or_default();
        let words: Vec<String> = words.iter().filter_map(|word| word.as_text().map(|text| text.into_owned())).collect();
        words.chunks(2).map(|pair| pair.join(" ").replace('\n', " ") + "\n").collect::<String>().into_bytes()
    };
    let cases = corpus::cases("").iter().filter(|case| case.get("args").is_some()).map(args).collect();
    super::with_kept(TARGET.name, cases)
}

fn run(input: &[u8], answer: &mut Answer) {
    let base =
        Layer::File { name: "values.yaml".to_owned(), bytes: b"a: {b: [1, {c: x}], n: null}\nl: [[1], 2]\n".to_vec() };
    let mut layers = vec![base];
    for line in input.split(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(line);
        let form = FORMS.iter().position(|form| line.starts_with(form));
        let text = form.and_then(|form| line.get(FORMS[form].len()..)).unwrap_or(&line).to_owned();
        layers.push(match form {
            Some(1) => Layer::SetString(text),
            Some(2) => Layer::SetJson(text),
            Some(3) => Layer::SetFile { text, reader: Rc::new(|name| Ok(name.as_bytes().to_vec())) },
            Some(4) => Layer::SetLiteral(text),
            Some(5) => Layer::File { name: "more.yaml".to_owned(), bytes: text.into_bytes() },
            _ => Layer::Set(text),
        });
    }
    // Each alone says more of what is wrong; all together change what others set.
    for layer in layers.iter().skip(1).take(8) {
        if let Err(error) = Values::build(std::slice::from_ref(layer)) {
            answer.say(&error.to_string());
        }
    }
    match Values::build(&layers) {
        Ok(values) => shape(&values.root, 0, answer),
        Err(error) => answer.say(&error.to_string()),
    }
}

/// Notes the kinds of the values, and that all of them can be printed.
fn shape(node: &Node, depth: usize, answer: &mut Answer) {
    answer.note((node.data.type_name(), depth.min(5)));
    match &node.data {
        Data::List(items) => items.iter().take(9).for_each(|item| shape(item, depth + 1, answer)),
        Data::Map(entries) => entries.values().for_each(|item| shape(item, depth + 1, answer)),
        _ => {}
    }
    if depth == 0
        && let Err(error) = yaml::node_to_yaml(node)
    {
        answer.say(&error);
    }
}
