//! values.schema.json: the first line of an input is the values, the rest the schema.

use super::Target;
use super::chart::options;
use crate::answer::Answer;
use crate::corpus;
use chartwright::{Chart, Compiled, Layer, Values, yaml};

pub const TARGET: Target = Target {
    name: "schema",
    about: "JSON schemas of values: compiled, and values held against them",
    fixtures,
    draw: None,
    run,
    weight: 1,
};

fn fixtures() -> Vec<Vec<u8>> {
    let case = |case: &chartwright::value::Node| {
        let schema = corpus::text_of(case.get("chart")?, "values.schema.json")?;
        let values = case.get("values").map_or_else(Default::default, |values| values.to_value());
        let mut input = yaml::to_json(&values, false).ok()?;
        input.push(b'\n');
        input.extend(schema);
        Some(input)
    };
    let mut inputs: Vec<_> = corpus::cases("values").iter().filter_map(case).collect();
    let schemas = corpus::texts("tests/rules", &["values.schema.json"]);
    inputs.extend(schemas.iter().map(|schema| [b"{\"a\": 1}\n", schema.as_slice()].concat()));
    super::with_kept(TARGET.name, inputs)
}

fn run(input: &[u8], answer: &mut Answer) {
    let end = input.iter().position(|byte| *byte == b'\n').map_or(input.len(), |end| end + 1);
    let (values, schema) = input.split_at(end);
    let files = [
        ("Chart.yaml".to_owned(), b"apiVersion: v2\nname: c\nversion: 0.1.0\n".to_vec()),
        ("values.schema.json".to_owned(), schema.to_vec()),
    ];
    let values = Values::build(&[Layer::File { name: "values.yaml".to_owned(), bytes: values.to_vec() }]);
    let (Ok(chart), Ok(values)) = (Chart::from_files(files), values) else { return };
    match Compiled::new(&chart).render(&values, &options()) {
        Ok(_) => answer.note("fits"),
        Err(error) => answer.say(&error.to_string()),
    }
}
