//! What `helm lint` finds, ours finds: `tests/helm_lint/*.yaml`, recorded by `scripts/helm-lint-record`.
//!
//! Each case is a small chart, the lines of helm, and the rules of ours that must find as much, no others of those
//! that look at the files of a chart. Where such a rule says it, helm's words must be in what it says.

use chartwright::lint::rules::chart::{check_folder, lenient};
use chartwright::lint::{CaseInput, Finding, LintInput, lint, rules};
use chartwright::{Layer, Values, render::Compiled};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const CHART_YAML: &str = "apiVersion: v2\nname: case\nversion: 0.1.0\nicon: https://example.com/i.png\n";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    name: String,
    chart: BTreeMap<String, Option<String>>,
    #[serde(default)]
    args: Vec<String>,
    rules: BTreeSet<String>,
    helm: Vec<String>,
}

/// Writes the chart of a case, with what the script supplies.
fn write(case: &Recorded, root: &Path) {
    let mut files: BTreeMap<&str, Option<&str>> = BTreeMap::from([
        ("Chart.yaml", Some(CHART_YAML)),
        ("values.yaml", Some("")),
        ("templates/NOTES.txt", Some("hi\n")),
    ]);
    files.extend(case.chart.iter().map(|(name, text)| (name.as_str(), text.as_deref())));
    std::fs::create_dir_all(root).expect("a folder");
    for (name, text) in files {
        let Some(text) = text else { continue };
        let path = root.join(name);
        if name.ends_with('/') {
            std::fs::create_dir_all(path).expect("a folder");
            continue;
        }
        std::fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
}

fn found(case: &Recorded, root: &Path) -> Vec<Finding> {
    let layers: Vec<Layer> = case.args.chunks(2).map(|pair| Layer::Set(pair[1].clone())).collect();
    let values = Values::build(&layers).expect("good arguments");
    let cases = vec![CaseInput { name: "defaults".into(), values, ..CaseInput::default() }];
    let chart_path = root.to_string_lossy().into_owned();
    let mut found = check_folder(root);
    let chart = Compiled::load(root).ok().or_else(|| lenient(root));
    found.extend(lint(&LintInput { chart, chart_path, cases, ..LintInput::default() }));
    found
}

/// Whether a line of helm, or what it says behind one of its colons, is in a text.
fn says(text: &str, line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || text.contains(line) || line.split_once(": ").is_some_and(|(_, rest)| says(text, rest))
}

/// Whether helm says once more what it said of the file that is to blame: that the chart cannot be loaded, or that
/// no version is no full version either.
fn is_repeated(case: &Recorded, line: &str) -> bool {
    let is_loading = line.starts_with("[ERROR] : unable to load chart") || line.starts_with("[ERROR] templates/: ");
    (is_loading
        && case.rules.iter().any(|rule| rule.ends_with("-file") || rule.starts_with("bad-") || rule.starts_with("dup")))
        || line.contains("Chart.yaml: unable to parse YAML\n\tread")
        || (line.contains("SemVerV2") && !case.rules.contains("loose-chart-version"))
}

#[test]
fn whatever_helm_lint_finds_a_rule_finds_in_its_words() {
    let mut wrong = Vec::new();
    let own: BTreeSet<&str> = rules::chart::RULES.iter().flat_map(|list| list.iter()).map(|rule| rule.id).collect();
    let text = std::fs::read_to_string("tests/helm_lint/charts.yaml").expect("the cases");
    let cases: Vec<Recorded> = serde_yaml::from_str(&text).expect("good cases");
    for case in &cases {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("case");
        write(case, &root);
        let found = found(case, &root);
        let ids: BTreeSet<&str> = found.iter().map(Finding::rule).collect();
        let all = rules::all().map(|rule| rule.id).collect::<BTreeSet<_>>();
        for rule in case.rules.iter().filter(|rule| all.contains(rule.as_str()) && !ids.contains(rule.as_str())) {
            wrong.push(format!("{}: {rule} finds nothing; found: {ids:?}", case.name));
        }
        let more = ids.iter().filter(|id| own.contains(**id) && !case.rules.contains(**id));
        wrong.extend(more.map(|id| format!("{}: {id} finds something", case.name)));
        if !case.rules.iter().all(|rule| own.contains(rule.as_str())) {
            continue;
        }
        let texts: Vec<String> = found.iter().map(|finding| finding.diagnostic.message.clone()).collect();
        let texts = texts.join("\n");
        let said = case.helm.iter().filter(|line| !is_repeated(case, line));
        for line in said.flat_map(|line| line.lines()).filter(|line| !says(&texts, line)) {
            wrong.push(format!("{}: nobody says {line:?} in {texts:?}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_about_the_files_of_a_chart_has_a_case_of_helm_or_is_ours() {
    let text = std::fs::read_to_string("tests/helm_lint/charts.yaml").expect("the cases");
    let cases: Vec<Recorded> = serde_yaml::from_str(&text).expect("good cases");
    let used: BTreeSet<&str> = cases.iter().flat_map(|case| &case.rules).map(String::as_str).collect();
    let ours = ["missing-notes", "missing-make-target", "unknown-object-in-docs"];
    let without: Vec<&str> = rules::chart::RULES
        .iter()
        .flat_map(|list| list.iter())
        .map(|rule| rule.id)
        .filter(|id| !used.contains(id) && !ours.contains(id))
        .collect();
    assert!(without.is_empty(), "{without:?}");
}
