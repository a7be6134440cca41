//! Single calls of functions, many to a chart: what they read, they read from strangers.

use super::Target;
use super::chart::options;
use crate::answer::Answer;
use crate::{corpus, grammar};
use chartwright::{Chart, Compiled, Layer, Values};

pub const TARGET: Target = Target {
    name: "functions",
    about: "templates of single calls: printf, regexes, versions, dates, durations, TOML, URLs and all others",
    fixtures,
    draw: Some(grammar::calls),
    run,
    weight: 2,
};

const VALUES: &str = "m: {a: 1, b: {c: [x]}}\nl: [1, a, null, {b: 2}]\ns: text\nn: null\n";

fn fixtures() -> Vec<Vec<u8>> {
    let mut texts: Vec<Vec<u8>> = ["funcs", "kinds", "yaml"]
        .iter()
        .flat_map(|folder| corpus::cases(folder))
        .filter_map(|case| corpus::text_of(&case, "template"))
        .collect();
    texts.retain(|text| text.len() < 2_000);
    super::with_kept(TARGET.name, texts)
}

fn run(input: &[u8], answer: &mut Answer) {
    let files = [
        ("Chart.yaml".to_owned(), b"apiVersion: v2\nname: c\nversion: 0.1.0\n".to_vec()),
        ("templates/NOTES.txt".to_owned(), input.to_vec()),
    ];
    let values = Layer::File { name: "values.yaml".to_owned(), bytes: VALUES.into() };
    let (Ok(chart), Ok(values)) = (Chart::from_files(files), Values::build(&[values])) else { return };
    match Compiled::new(&chart).render(&values, &options()) {
        Ok(rendered) => answer.note(rendered.notes.map_or(0, |notes| notes.len().min(20))),
        Err(error) => answer.say(&error.to_string()),
    }
}
