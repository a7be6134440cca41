//! The stages of a render of `chart/`, in process: reading and parsing the chart, building its values, rendering;
//! and YAML alone, read and written, on every values.yaml below `chart/` and the chart folders named in `CHARTS`
//! (separated by spaces).
//!
//! `cargo bench --bench render`; beside helm, as processes: `cargo bench --bench process`.

use chartwright::value::Value;
use chartwright::{Chart, Compiled, Layer, Options, Rendered, Values, render, yaml};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use std::path::Path;

const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/chart");

fn main() {
    divan::main();
}

/// Disk, YAML, lexing and parsing of every template.
#[divan::bench]
fn load() -> Chart {
    Chart::load(black_box(CHART)).expect("the chart in this repository loads")
}

/// The layers of `--set` over nothing.
#[divan::bench]
fn values() -> Values {
    Values::build(black_box(&layers())).expect("the layers are well formed")
}

/// Rendering alone: what an embedder pays for every render after the first.
#[divan::bench]
fn render_loaded(bencher: Bencher) {
    let (chart, values, options) = (load(), values(), Options::default());
    bencher.bench_local(|| -> Rendered { render(black_box(&chart), &values, &options).expect("the chart renders") });
}

/// Rendering a compiled chart, with and without notes of where output comes from.
#[divan::bench(args = folders())]
fn traced(bencher: Bencher, folder: &str) {
    render_compiled(bencher, folder, false);
}

/// See [`traced`].
#[divan::bench(args = folders())]
fn untraced(bencher: Bencher, folder: &str) {
    render_compiled(bencher, folder, true);
}

fn render_compiled(bencher: Bencher, folder: &str, skip_trace: bool) {
    let compiled = Compiled::load(folder).expect("the chart loads");
    let options = Options { skip_trace, ..Options::default() };
    bencher
        .bench_local(|| compiled.render(&Values::default(), black_box(&options)).map(|rendered| rendered.files.len()));
}

/// All of it, as a command-line run does.
#[divan::bench]
fn load_and_render() -> String {
    let rendered = render(&load(), &values(), &Options::default()).expect("the chart renders");
    rendered.text().to_string()
}

fn layers() -> Vec<Layer> {
    vec![Layer::Set("mode=replica,replication.replicas=2".into())]
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
