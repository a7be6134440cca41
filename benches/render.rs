//! The stages of a render, in process: a chart read from disk, its templates parsed, its values built, prepared and
//! checked, the render itself, and all of it; and YAML alone, read and written. On `chart/` and the chart folders or
//! archives named in `CHARTS` (separated by spaces); YAML on every values.yaml below the folders.
//!
//! `cargo bench --bench render`; what they hold in memory: `cargo bench --bench memory`; beside helm's packages and as
//! processes: `cargo bench --bench versus-helm`.

use chartwright::source::Source;
use chartwright::template::parse;
use chartwright::value::Value;
use chartwright::values::{Prepared, Schemas, prepare};
use chartwright::{Chart, Compiled, Layer, Options, Values, funcs, yaml};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use std::path::Path;

const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/chart");

fn main() {
    divan::main();
}

/// Disk and YAML. Templates are kept as bytes.
#[divan::bench(args = folders())]
fn load(folder: &str) -> Chart {
    Chart::load(black_box(folder)).expect("the chart loads")
}

/// Lexing and parsing of every template of the chart and its subcharts, counted in bytes read.
#[divan::bench(args = folders())]
fn parse_templates(bencher: Bencher, folder: &str) {
    let mut sources = Vec::new();
    sources_of(&load(folder), &mut sources);
    let bytes: usize = sources.iter().map(|source| source.text.len()).sum();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        for source in &sources {
            let _ = black_box(parse(source.clone(), &|name| funcs::table().find(name)));
        }
    });
}

/// The layers of `--set` over nothing.
#[divan::bench]
fn build_values() -> Values {
    let layers = [Layer::Set("mode=replica,replication.replicas=2".into())];
    Values::build(black_box(&layers)).expect("the layers are well formed")
}

/// Dependencies switched on and off, and values coalesced with the defaults of every chart.
#[divan::bench(args = folders())]
fn prepare_values(bencher: Bencher, folder: &str) {
    let chart = load(folder);
    bencher.bench_local(|| prepared(black_box(&chart)));
}

/// Prepared values checked against compiled schemas.
#[divan::bench(args = folders())]
fn check_schema(bencher: Bencher, folder: &str) {
    let (chart, schemas) = (load(folder), Schemas::default());
    let prepared = prepared(&chart);
    bencher.bench_local(|| prepared.check_schema(black_box(&schemas)).is_ok());
}

/// What an embedder pays for every render after the first: values checked against the schemas, and notes taken of where
/// output comes from.
#[divan::bench(args = folders())]
fn render_traced(bencher: Bencher, folder: &str) {
    render_compiled(bencher, folder, &Options::default());
}

/// The same without the notes, which is what `chartwright template` does.
#[divan::bench(args = folders())]
fn render_untraced(bencher: Bencher, folder: &str) {
    render_compiled(bencher, folder, &Options { skip_trace: true, ..Options::default() });
}

/// Neither notes nor schemas: what is left is the templates and the documents.
#[divan::bench(args = folders())]
fn render_unchecked(bencher: Bencher, folder: &str) {
    render_compiled(bencher, folder, &Options { skip_trace: true, skip_schema: true, ..Options::default() });
}

fn render_compiled(bencher: Bencher, folder: &str, options: &Options) {
    let compiled = Compiled::load(folder).expect("the chart loads");
    bencher
        .bench_local(|| compiled.render(&Values::default(), black_box(options)).map(|rendered| rendered.files.len()));
}

/// All of it, as a command-line run does.
#[divan::bench(args = folders())]
fn load_and_render(folder: &str) -> Option<String> {
    let options = Options { skip_trace: true, ..Options::default() };
    let compiled = Compiled::load(folder).expect("the chart loads");
    compiled.render(&Values::default(), &options).ok().map(|rendered| rendered.text())
}

fn prepared(chart: &Chart) -> Prepared {
    prepare(chart, &Values::default()).expect("the chart's own values fit together")
}

fn sources_of(chart: &Chart, sources: &mut Vec<Source>) {
    sources.extend(chart.templates().iter().map(|file| Source::new(&*file.name, file.data.clone())));
    chart.dependencies().iter().for_each(|dependency| sources_of(dependency, sources));
}

/// `fromYaml`, counted in bytes read.
#[divan::bench(args = folders())]
fn from_yaml(bencher: Bencher, folder: &str) {
    let texts = values_files(folder);
    let bytes: usize = texts.iter().map(Vec::len).sum();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        for text in &texts {
            let _ = black_box(yaml::decode(black_box(text)));
        }
    });
}

/// `toYaml`, counted in bytes written.
#[divan::bench(args = folders())]
fn to_yaml(bencher: Bencher, folder: &str) {
    let decoded = values_files(folder).into_iter().filter_map(|text| yaml::decode(&text).ok());
    let values: Vec<Value> = decoded.map(|node| node.to_value()).collect();
    let written = |value| yaml::to_yaml(value).expect("what was read can be written");
    let bytes: usize = values.iter().map(|value| written(value).len()).sum();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        for value in &values {
            black_box(written(black_box(value)));
        }
    });
}

fn folders() -> Vec<String> {
    let more = std::env::var("CHARTS").unwrap_or_default();
    std::iter::once(CHART).chain(more.split_whitespace()).map(str::to_owned).collect()
}

/// Every values.yaml in a folder and below.
fn values_files(folder: impl AsRef<Path>) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(values_files(path));
        } else if path.ends_with("values.yaml") {
            found.extend(std::fs::read(path));
        }
    }
    found
}
