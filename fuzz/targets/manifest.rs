//! Rendered text: cut, sorted, and linted as plain manifests, custom resources and their CEL rules among them.

use super::Target;
use crate::answer::Answer;
use crate::corpus;
use chartwright::kube::{Minor, Schemas};
use chartwright::lint::{Config, LintInput};
use chartwright::manifest;
use std::collections::BTreeMap;
use std::sync::Arc;

pub const TARGET: Target = Target {
    name: "manifest",
    about: "manifests: cut, sorted, held against Kubernetes, definitions of custom resources and all rules of lint",
    fixtures,
    draw: None,
    run,
    weight: 6,
};

fn fixtures() -> Vec<Vec<u8>> {
    let mut texts = corpus::texts("tests/rules", &["bad.yaml", "good.yaml"]);
    texts.extend(corpus::texts("tests/kube", &[".yaml"]));
    // The tests of Kubernetes are lists of cases, each with an object or two.
    for file in corpus::texts("tests/kube", &[".yaml"]) {
        let Ok(list) = chartwright::yaml::decode(&file) else { continue };
        let cases = list.items().iter().chain(list.as_map().into_iter().flat_map(BTreeMap::values));
        texts.extend(cases.filter_map(|case| chartwright::yaml::node_to_yaml(case.get("object").unwrap_or(case)).ok()));
    }
    super::with_kept(TARGET.name, texts)
}

fn run(input: &[u8], answer: &mut Answer) {
    let name: Arc<str> = "all.yaml".into();
    let text: Arc<str> = String::from_utf8_lossy(input).into();
    match manifest::sort(&BTreeMap::from([(Arc::clone(&name), Arc::clone(&text))])) {
        Ok(manifests) => answer.note((manifests.manifests.len().min(5), manifests.hooks.len().min(3))),
        Err(errors) => errors.iter().for_each(|error| answer.say(&error.reason)),
    }
    let documents = manifest::read(&[(Arc::clone(&name), Arc::clone(&text))]);
    let mut schemas = Schemas::default();
    documents.iter().filter_map(|document| document.node.as_ref()).for_each(|node| schemas.add(node));
    for node in documents.iter().filter_map(|document| document.node.as_ref()) {
        for problem in schemas.check(Minor(35), node).into_iter().flatten() {
            answer.say(&problem.message);
        }
        manifest::path_at(node, 3);
    }
    let config = Arc::new(Config::default().profile("production"));
    let outcome = chartwright::lint::run(&LintInput { manifests: vec![(name, text)], config, ..LintInput::default() });
    outcome.findings.iter().for_each(|finding| answer.note(finding.rule()));
    super::reports(&outcome);
}
