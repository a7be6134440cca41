//! The mistakes of the chart that ours descends from are found, each by the rule that scripts/seed-bugs names for it.
//!
//! tests/seed_chart/ is a chart of our own with those that are about objects and procedures, each at a line that says
//! `B06 missing-monitor-port`; tests/rules/ has an example for every rule. The chart itself is linted by the script.

use chartwright::lint::{CaseInput, LintInput, lint, rules};
use chartwright::{Layer, Values, render::Compiled};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The words of a text that are a rule's id in quotes.
fn quoted(text: &str) -> BTreeSet<&str> {
    let is_id = |word: &&str| word.contains('-') && word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    text.split('"').skip(1).step_by(2).filter(is_id).collect()
}

#[test]
fn s05_every_rule_that_the_table_of_bugs_names_is_one_with_an_example() {
    let script = std::fs::read_to_string(Path::new(ROOT).join("scripts/seed-bugs")).expect("the script is there");
    let table = script.split("BUGS = [").nth(1).and_then(|rest| rest.split("\n]").next()).expect("it has a table");
    let named = quoted(table);
    let known: BTreeSet<&str> = rules::all().map(|rule| rule.id).collect();
    let unknown: Vec<_> = named.difference(&known).collect();
    assert!(unknown.is_empty(), "no rules: {unknown:?}");
    let bare = |id: &&&str| !Path::new(ROOT).join("tests/rules").join(id).is_dir();
    let without: Vec<_> = named.iter().filter(bare).collect();
    assert!(without.is_empty(), "without examples: {without:?}");
    assert!(named.len() >= 33, "{} rules", named.len());
}

#[test]
fn s05_the_mistakes_of_the_small_chart_are_found_by_the_rules_that_its_lines_name() {
    let path = Path::new(ROOT).join("tests/seed_chart");
    let chart = Compiled::load(&path).expect("the chart is good");
    let case = |name: &str, set: &str| {
        let values = Values::build(&[Layer::Set(set.to_owned())]).expect("good values");
        CaseInput { name: Arc::from(name), values, ..CaseInput::default() }
    };
    let cases = vec![
        case("defaults", "mode=standalone"),
        case("replicas", "mode=replica,replicas=3"),
        case("bare", "account=false,config="),
    ];
    let chart_path = path.to_string_lossy().into_owned();
    let found = lint(&LintInput { chart: Some(chart), chart_path, cases, ..LintInput::default() });
    let rules: BTreeSet<&str> = found.iter().map(|finding| finding.rule()).collect();
    let mut missing = Vec::new();
    let mut bugs = BTreeSet::new();
    for file in ["templates/statefulset.yaml", "templates/others.yaml", "README.md"] {
        let text = std::fs::read_to_string(path.join(file)).expect("the file is there");
        for line in text.lines() {
            let Some((_, mark)) = line.rsplit_once("# ") else { continue };
            let mut words = mark.trim_start_matches("<- ").split_whitespace();
            let (Some(bug), Some(rule)) = (words.next(), words.next()) else { continue };
            let is_bug = bug.strip_prefix('B').is_some_and(|number| number.len() == 2 && number.parse::<u8>().is_ok());
            if is_bug && !rules.contains(rule) {
                missing.push(format!("{bug}: {rule}"));
            }
            bugs.extend(is_bug.then(|| bug.to_owned()));
        }
    }
    assert!(missing.is_empty(), "not found: {missing:?}; found were {rules:?}");
    assert!(bugs.len() >= 15, "{bugs:?}");
}
