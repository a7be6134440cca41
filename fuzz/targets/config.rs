//! What users write for lint: chartwright.yaml with rules of their own, a baseline, a report's template.

use super::Target;
use crate::answer::Answer;
use crate::{bundle, corpus};
use chartwright::lint::{Config, LintInput, baseline};
use chartwright::report;
use std::sync::Arc;

pub const TARGET: Target = Target {
    name: "config",
    about: "chartwright.yaml, rules as data, a baseline and a report's template, as files of one text",
    fixtures,
    draw: None,
    run,
    weight: 3,
};

const OBJECTS: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: a, annotations: {x: \"1\"}}
spec:
  containers:
    - {name: c, image: 'redis:latest', env: [{name: A, value: b}], resources: {limits: {memory: 1Gi}}}
---
apiVersion: v1
kind: Service
metadata: {name: b}
spec: {ports: [{port: 1}], selector: {a: b}}
";

fn fixtures() -> Vec<Vec<u8>> {
    let configs = corpus::texts("tests/rules", &["chartwright.yaml"]);
    let rules = corpus::texts("src/lint/rules/data", &[".yaml"]);
    let template: &[u8] = b"{% for f in findings %}{{ f.rule }} {{ f.message | upper }}\n{% endfor %}";
    let known: &[u8] = br#"{"version": 1, "findings": [{"fingerprint": "0", "rule": "moving-image-tag", "file": "a", "object": "", "message": "m"}]}"#;
    let first = configs.first().cloned().unwrap_or_default();
    let mut inputs: Vec<_> = configs.iter().map(|config| bundle::text([("chartwright.yaml", config)])).collect();
    inputs.extend(rules.iter().map(|rule| bundle::text([("chartwright.yaml", &first), ("rule.yaml", rule)])));
    inputs.push(bundle::text([("baseline.json", known), ("report.txt", template)]));
    super::with_kept(TARGET.name, inputs)
}

fn run(input: &[u8], answer: &mut Answer) {
    let files = bundle::files(input);
    let file = |name: &str| files.iter().find(|(file, _)| file == name).map_or(&[] as &[u8], |(_, data)| data);
    let read = |name: &str| match file(name) {
        [] => Err("no such file".to_owned()),
        data => Ok(data.to_vec()),
    };
    let mut config = Config::read("chartwright.yaml", file("chartwright.yaml"), &read);
    config.problems.iter().for_each(|problem| answer.say(&problem.message));
    let rules = chartwright::lint::data::read("rule.yaml", file("rule.yaml"));
    rules.problems.iter().for_each(|problem| answer.say(&problem.message));
    config.custom.extend(rules.rules.into_iter().map(Arc::new));
    let manifests = vec![("all.yaml".into(), OBJECTS.into())];
    let mut outcome =
        chartwright::lint::run(&LintInput { manifests, config: Arc::new(config), ..LintInput::default() });
    for finding in &outcome.findings {
        answer.say(&format!("{} {}", finding.rule(), finding.diagnostic.message));
    }
    if let Ok(template) = std::str::from_utf8(file("report.txt"))
        && let Err(error) = report::template::findings(&outcome, "report.txt", template)
    {
        answer.say(&error.message);
    }
    let known = baseline::write(&outcome);
    for told in baseline::apply(&mut outcome, "baseline.json", file("baseline.json"), |_| true) {
        answer.say(&told.message);
    }
    // What a run writes down is all known to the next.
    let left = outcome.findings.len();
    baseline::apply(&mut outcome, "baseline.json", known.as_bytes(), |_| true);
    if left > 0
        && outcome.findings.len() >= left
        && outcome.findings.iter().any(|finding| known.contains(&finding.fingerprint()))
    {
        answer.broke("what was written as a baseline is known");
    }
    super::reports(&outcome);
}
