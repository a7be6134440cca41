//! The Redis chart as it renders, one snapshot per scenario, mode and feature: tests/redis-cases.txt.
//!
//! `scripts/snapshots-vs-helm` holds the same cases against helm, and the snapshots too. The scripts are in the first
//! snapshot only: they are the same in all.

use chartwright::{Chart, Compiled, Layer, Options, Values};
use std::path::PathBuf;

/// A line of tests/redis-cases.txt.
struct Case {
    name: String,
    layers: Vec<Layer>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Words as a shell cuts them, with `\` before a space that belongs to a word.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, words.last_mut()) {
            ('\\', Some(word)) => word.extend(chars.next()),
            (' ', _) => words.push(String::new()),
            (c, Some(word)) => word.push(c),
            (_, None) => {}
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(root().join("tests/redis-cases.txt")).expect("the list of cases");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines.map(|line| case(&words(line))).collect()
}

fn case(words: &[String]) -> Case {
    let (name, flags) = words.split_first().expect("a name");
    let layer = |pair: &[String]| match pair {
        [flag, name] if flag == "-f" => {
            Layer::File { name: name.clone(), bytes: std::fs::read(root().join(name)).expect("a values file") }
        }
        [flag, text] if flag == "--set" => Layer::Set(text.clone()),
        [flag, text] if flag == "--set-string" => Layer::SetString(text.clone()),
        [flag, text] if flag == "--set-json" => Layer::SetJson(text.clone()),
        other => panic!("{name}: {other:?} is no flag of a case"),
    };
    Case { name: name.clone(), layers: flags.chunks(2).map(layer).collect() }
}

/// Without the ConfigMap of the scripts.
fn without_scripts(text: &str) -> String {
    let documents = text.split_inclusive("\n---\n").map(|document| document.trim_start_matches("---\n"));
    let kept = documents.filter(|document| !document.starts_with("# Source: redis/templates/scripts-configmap.yaml"));
    format!("---\n{}", kept.collect::<String>())
}

#[test]
fn s01_every_scenario_mode_and_feature_renders_as_its_snapshot() {
    let compiled = Compiled::new(&Chart::load(root().join("chart")).expect("chart/ loads"));
    let cases = cases();
    assert!(cases.len() >= 25, "only {}", cases.len());
    for Case { name, layers } in cases {
        let user = Values::build(&layers).expect("good values");
        let rendered = compiled.render(&user, &Options::new().name("my-redis"));
        let text = rendered.unwrap_or_else(|error| panic!("{name}: {error}")).text();
        let shown = if name == "default" { text } else { without_scripts(&text) };
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_suffix(&name);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!("redis", shown));
    }
}

#[test]
fn every_case_is_typed_values_too() {
    for Case { name, layers } in cases() {
        let checked = chartwright::redis::check(&layers);
        let errors: Vec<_> = checked.errors().collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}
