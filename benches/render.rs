//! The stages of a render of `chart/`, in process: reading and parsing the chart, building its values, rendering.
//!
//! `cargo bench --bench render`; beside helm, as processes: `cargo bench --bench process`.

use chartwright::{Chart, Layer, Options, Rendered, Values, render};
use divan::{Bencher, black_box};

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

/// All of it, as a command-line run does.
#[divan::bench]
fn load_and_render() -> String {
    let rendered = render(&load(), &values(), &Options::default()).expect("the chart renders");
    rendered.text().to_string()
}

fn layers() -> Vec<Layer> {
    vec![Layer::Set("mode=replica,replication.replicas=2".into())]
}
