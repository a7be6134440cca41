//! What the stages of a render allocate, and the most that they hold at once: divan's `max alloc` line, in pieces and in
//! bytes. Counted on the thread that renders, not on the helpers that parse ahead while a chart is read.
//!
//! In: `chart/`, and the charts named in `CHARTS` (separated by spaces). To count takes time of its own, so the times
//! printed here are no figures of speed: those are `cargo bench --bench render`. What whole processes hold, beside
//! helm: `cargo bench --bench versus-helm`.

use chartwright::{Chart, Compiled, Options, Rendered, Values};
use divan::{AllocProfiler, Bencher, black_box};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// A chart as it is kept, its templates unparsed.
#[divan::bench(args = folders(), sample_count = 20)]
fn load(folder: &str) -> Chart {
    Chart::load(black_box(folder)).expect("the chart loads")
}

/// A chart that has rendered once: parsed templates, compiled schemas, and what came of it.
#[divan::bench(args = folders(), sample_count = 20)]
fn load_and_render(folder: &str) -> (Compiled, Option<Rendered>) {
    let compiled = Compiled::load(black_box(folder)).expect("the chart loads");
    let rendered = compiled.render(&Values::default(), &options(true)).ok();
    (compiled, rendered)
}

/// What each further render takes.
#[divan::bench(args = folders(), sample_count = 20)]
fn render_untraced(bencher: Bencher, folder: &str) {
    render_compiled(bencher, folder, true);
}

/// The same with notes of where output comes from.
#[divan::bench(args = folders(), sample_count = 20)]
fn render_traced(bencher: Bencher, folder: &str) {
    render_compiled(bencher, folder, false);
}

fn render_compiled(bencher: Bencher, folder: &str, skip_trace: bool) {
    let compiled = Compiled::load(folder).expect("the chart loads");
    let options = options(skip_trace);
    let _ = compiled.render(&Values::default(), &options);
    bencher.bench_local(|| compiled.render(&Values::default(), black_box(&options)).ok());
}

fn options(skip_trace: bool) -> Options {
    Options { skip_trace, ..Options::default() }
}

/// The charts to render.
fn folders() -> Vec<String> {
    let more = std::env::var("CHARTS").unwrap_or_default();
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/chart");
    std::iter::once(own).chain(more.split_whitespace()).map(str::to_owned).collect()
}
