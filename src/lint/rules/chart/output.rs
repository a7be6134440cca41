//! What `helm lint` looks at in rendered files, beyond names and versions of objects.

use crate::diag::{Place, Severity};
use crate::lint::{Case, Check, Findings, On, Rule};
use crate::path::Step;
use crate::secrets;
use crate::value::{Data, Node};
use std::sync::Arc;

pub(super) const RULES: &[Rule] = &[INDENTED, SELECTOR, POLICY];

const INDENTED: Rule = Rule {
    id: "indented-document",
    severity: Severity::Warning,
    summary: "a rendered file starts with an indented line",
    why: "A document behind a `---` in the same file must then be indented as well, or is read as part of something else.",
    fix: "Start at the first column; `{{-` also takes the line break before it.",
    on: On::Default,
    check: Check::Case(indented),
};

const SELECTOR: Rule = Rule {
    id: "workload-without-selector",
    severity: Severity::Error,
    summary: "a workload has no selector",
    why: "The API server refuses it: apps/v1 derives no selector from the labels of the pods.",
    fix: "Add `selector.matchLabels` with labels that the pods have.",
    on: On::Default,
    check: Check::Case(selectors),
};

const POLICY: Rule = Rule {
    id: "ignored-resource-policy",
    severity: Severity::Error,
    summary: "an item of a List has helm.sh/resource-policy",
    why: "Helm looks for the annotation on whole documents only: the object is deleted with the release.",
    fix: "Render the object as a document of its own.",
    on: On::Default,
    check: Check::Case(policies),
};

fn indented(case: &Case, findings: &mut Findings) {
    let Some(prepared) = case.attempt.prepared.as_ref().filter(|_| case.is_chart) else { return };
    let own = format!("{}/templates/", prepared.charts.name());
    for file in case.attempt.files.iter().filter(|file| file.path.starts_with(&own) && !file.text.trim().is_empty()) {
        let first = (1..).zip(file.text.lines()).find(|(_, line)| !line.is_empty());
        let Some((number, line)) = first.filter(|(_, line)| line.starts_with([' ', '\t'])) else { continue };
        let place = file.place_of(number, 1).map_or_else(|| Place::file(Arc::clone(&file.path)), |(place, _)| place);
        let shown = if secrets::sounds_secret(line) { "…" } else { line };
        let text = format!("document starts with an illegal indent: {shown:?}, which may cause parsing problems");
        let finding = findings.at(&INDENTED, place, text);
        // Helm warns of blank lines as well, which mean nothing.
        if line.trim().is_empty() {
            finding.diagnostic.severity = Severity::Note;
        }
    }
}

fn selectors(case: &Case, findings: &mut Findings) {
    let kinds = ["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"];
    for object in case.objects.iter().filter(|object| kinds.contains(&object.kind())) {
        let selector = object.node.get("spec").and_then(|spec| spec.get("selector"));
        let has = |key: &str| match selector.and_then(|selector| selector.get(key)).map(|node| &node.data) {
            Some(Data::Map(map)) => !map.is_empty(),
            Some(Data::List(list)) => !list.is_empty(),
            _ => false,
        };
        if has("matchLabels") || has("matchExpressions") {
            continue;
        }
        let path = [Step::Key("spec".into()), Step::Key("selector".into())];
        let text = format!(
            "a {} must contain matchLabels or matchExpressions, and {:?} does not",
            object.kind(),
            object.name()
        );
        findings.on(&SELECTOR, case, object, &path, text);
    }
}

fn policies(case: &Case, findings: &mut Findings) {
    for object in case.objects.iter().filter(|object| !object.base.is_empty()) {
        let annotation = object.node.find("metadata.annotations").and_then(|all| all.get("helm.sh/resource-policy"));
        if annotation.is_some_and(|node: &Node| !node.is_null()) {
            let keys = ["metadata", "annotations", "helm.sh/resource-policy"];
            let path = keys.map(|key| Step::Key(key.to_owned()));
            let text = "annotation 'helm.sh/resource-policy' within List objects are ignored";
            findings.on(&POLICY, case, object, &path, text);
        }
    }
}
