//! The suites of our own chart, chart/tests: they pass, they cannot lie, and with the cases of the chart they go every
//! way through its templates that values can open.

use chartwright::report::suite as report;
use chartwright::suite::coverage::{Collector, Coverage};
use chartwright::suite::unit::{self, Collect, Outcome, Settings};
use chartwright::{Chart, Compiled, Layer, Options, Values};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// Suites that look behind values.schema.json, which refuses most of it before the templates can.
const WITHOUT_SCHEMA: &str = "tests/without-schema/*_test.yaml";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn chart() -> String {
    root().join("chart").to_string_lossy().into_owned()
}

fn settings() -> Settings<'static> {
    Settings { deny_vacuous: true, strict: true, ci: true, ..Settings::default() }
}

fn run(settings: &Settings<'_>, collect: Option<&Collect>) -> Outcome {
    let outcome = unit::run(&[chart()], settings, collect);
    assert!(!outcome.is_broken() && !outcome.is_failed(), "{}", report::text(&outcome));
    let warnings: Vec<_> = outcome.tests().flat_map(|test| &test.warnings).collect();
    assert!(warnings.is_empty(), "{warnings:?}");
    outcome
}

#[test]
fn s03_every_suite_of_our_chart_passes_without_a_vacuous_assertion() {
    let outcome = run(&settings(), None);
    assert!(outcome.tests().count() >= 340, "{} tests", outcome.tests().count());
}

/// A row of tests/redis_refusals.yaml.
#[derive(serde::Deserialize)]
struct Refusal {
    name: String,
    #[serde(default)]
    set: Vec<String>,
    values: Option<Json>,
    release: Option<String>,
}

fn refusals() -> Vec<Refusal> {
    let text = std::fs::read_to_string(root().join("tests/redis_refusals.yaml")).expect("the table");
    serde_yaml::from_str(&text).expect("it is as described")
}

#[test]
fn s03_the_suites_know_everything_that_the_chart_refuses() {
    let settings = Settings { skip_schema: true, files: vec![WITHOUT_SCHEMA.to_owned()], ..settings() };
    let outcome = run(&settings, None);
    let tested: Vec<&str> = outcome.tests().map(|test| test.name.as_str()).collect();
    let listed = refusals();
    assert_eq!(tested, listed.iter().map(|refusal| refusal.name.as_str()).collect::<Vec<_>>());
}

/// The layers of a line of tests/redis-cases.txt.
fn layers(line: &str) -> Vec<Layer> {
    let words: Vec<String> = line.replace("\\ ", "\0").split_whitespace().map(|word| word.replace('\0', " ")).collect();
    let layer = |pair: &[String]| match pair {
        [flag, text] if flag == "--set" => Layer::Set(text.clone()),
        [flag, text] if flag == "--set-string" => Layer::SetString(text.clone()),
        [flag, text] if flag == "--set-json" => Layer::SetJson(text.clone()),
        [_, name] => file(&root().join(name)),
        _ => panic!("{line}"),
    };
    words.get(1..).unwrap_or_default().chunks(2).map(layer).collect()
}

fn file(path: &Path) -> Layer {
    Layer::File { name: path.to_string_lossy().into_owned(), bytes: std::fs::read(path).expect("a values file") }
}

/// What no run has taken, as `FILE:LINE KIND WAY`.
fn missed(coverage: &Coverage) -> Vec<String> {
    let probes = coverage.files.iter().flat_map(|file| file.probes.iter().map(move |probe| (file, probe)));
    let arms = probes.flat_map(|(file, probe)| probe.arms.iter().map(move |arm| (file, probe, arm)));
    arms.filter(|(_, _, arm)| arm.is_missed())
        .map(|(file, probe, arm)| format!("{}:{} {} {}", file.path, probe.line, probe.kind.name(), arm.label))
        .collect()
}

#[test]
fn s03_suites_and_cases_go_every_way_through_our_templates_that_values_can_open() {
    let compiled = Compiled::new(&Chart::load(root().join("chart")).expect("chart/ loads"));
    let collector = Collector::new(&compiled);
    run(
        &settings(),
        Some(&|_, rendered| match rendered {
            Ok(rendered) => collector.add(rendered),
            Err(error) => collector.add_failed(error),
        }),
    );
    let render = |layers: &[Layer], name: &str| {
        let values = Values::build(layers).expect("good values");
        let options = Options { count: true, skip_schema: true, ..Options::new().name(name) };
        collector.add_result(&compiled.render(&values, &options));
    };
    let cases = std::fs::read_to_string(root().join("tests/redis-cases.txt")).expect("the cases");
    for line in cases.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        render(&layers(line), "my-redis");
    }
    for entry in std::fs::read_dir(root().join("chart/ci")).expect("ci/").flatten() {
        render(&[file(&entry.path())], "my-redis");
    }
    for refusal in refusals() {
        let values =
            refusal.values.map(|values| Layer::File { name: "v".into(), bytes: values.to_string().into_bytes() });
        let sets = refusal.set.into_iter().map(Layer::Set);
        render(&values.into_iter().chain(sets).collect::<Vec<_>>(), refusal.release.as_deref().unwrap_or("r"));
    }
    let coverage = collector.finish();
    let missed = missed(&coverage);
    let shown = coverage.total().shown();
    assert!(missed.is_empty(), "{shown}; {} ways that nothing takes:\n{}", missed.len(), missed.join("\n"));
    // A mark that something reaches, or that gives no reason, would hide what is missing.
    assert!(coverage.problems.is_empty(), "{:?}", coverage.problems);
}
