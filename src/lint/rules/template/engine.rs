//! What the engine itself says of a chart: what stops it, and what is suspicious although nothing stops.
//!
//! In: the attempts of all cases. Out: each of their errors and warnings as a finding, under the code that the engine
//! gives it; the keys and hooks of rendered documents, at the template lines that wrote them.

use crate::diag::{Diagnostic, Place, Severity};
use crate::lint::{Case, Check, Findings, Object, On, Rule, Subject};
use crate::manifest::{Document, HookEvent, ManifestError};
use crate::path::Step;
use crate::secrets;
use crate::source::lossy;
use crate::yaml::KeyTrouble;
use std::sync::Arc;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "template-failed",
        severity: Severity::Error,
        summary: "a template cannot be run",
        why: "Helm stops here and installs nothing; `helm lint` says nothing where `fail` or `required` stops.",
        fix: "Guard the value that the message names, give it a default, or set it.",
        on: On::Default,
        check: Check::Subject(check),
    },
    Rule::elsewhere(
        "syntax-error",
        Severity::Error,
        "a template is malformed",
        "Helm cannot read it and installs nothing.",
        "Correct the action at the place.",
    ),
    Rule::elsewhere(
        "bad-manifest",
        Severity::Error,
        "a document is no manifest",
        "Helm refuses everything when one document is no YAML, or has no text where a name or kind belongs.",
        "Look at the rendered lines; mostly an indentation or a quote is missing in the template.",
    ),
    Rule::elsewhere(
        "schema-violation",
        Severity::Error,
        "values break the chart's schema",
        "Helm refuses to install with these values.",
        "Correct the values, or the schema where it is too narrow.",
    ),
    Rule::elsewhere(
        "kube-version",
        Severity::Error,
        "the chart refuses a version of Kubernetes",
        "Helm does not install it on such a cluster.",
        "Widen `kubeVersion` in Chart.yaml, or leave the version out of the matrix.",
    ),
    Rule::elsewhere(
        "missing-dependencies",
        Severity::Error,
        "dependencies are not under charts/",
        "Helm does not render a chart without its dependencies.",
        "Run `helm dependency build`.",
    ),
    Rule::elsewhere(
        "not-installable",
        Severity::Error,
        "the chart is a library",
        "Helm does not install library charts.",
        "Lint a chart that uses it, or set `type: application`.",
    ),
    Rule::elsewhere(
        "bad-values",
        Severity::Error,
        "values cannot be merged",
        "Helm stops before any template is run.",
        "Give the value the type that the chart's default has.",
    ),
    Rule::elsewhere(
        "misspelt-value",
        Severity::Warning,
        "a value is set that the chart does not know",
        "It changes nothing; it is likely misspelt.",
        "Correct the key, or remove it.",
    ),
    Rule::elsewhere(
        "coalesce-values",
        Severity::Note,
        "a value has another type than the default",
        "Helm drops one of the two when a map meets something else.",
        "Give the value the type that the default has.",
    ),
    Rule::elsewhere(
        "condition-not-bool",
        Severity::Warning,
        "the condition of a dependency is no boolean",
        "Helm takes no notice of it.",
        "Set the value to true or false.",
    ),
    Rule::elsewhere(
        "import-values-missing",
        Severity::Warning,
        "import-values names what is not there",
        "Nothing is imported, and the chart goes on with its own defaults.",
        "Correct the path in Chart.yaml.",
    ),
    Rule::elsewhere(
        "deprecated-chart",
        Severity::Warning,
        "the chart is deprecated",
        "Its maintainers have given it up.",
        "Move to the chart that replaces it.",
    ),
    Rule::elsewhere(
        "duplicate-key",
        Severity::Warning,
        "a key is written twice",
        "The last one counts for Helm; the API server and other tools refuse the document.",
        "Remove one of the two.",
    ),
    Rule::elsewhere(
        "respelled-key",
        Severity::Warning,
        "a key means something else to YAML 1.1",
        "`y`, `on` and `no` are booleans, 0x10 is 16: the key that arrives is another.",
        "Put the key in quotes.",
    ),
    Rule::elsewhere(
        "unknown-hook",
        Severity::Error,
        "a hook names an event that does not exist",
        "Helm drops the object and says nothing.",
        "Use pre- or post-install, -delete, -upgrade, -rollback, or test.",
    ),
    Rule::elsewhere(
        "bad-hook-weight",
        Severity::Warning,
        "the weight of a hook is no whole number",
        "It counts as 0, so the hook runs in another order.",
        "Write a whole number, in quotes.",
    ),
    Rule::elsewhere(
        "unknown-chart-field",
        Severity::Warning,
        "Chart.yaml has a field that Helm does not know",
        "It is passed over; it is likely misspelt.",
        "Correct its name, or put it under `annotations`.",
    ),
    Rule::elsewhere(
        "symbolic-link",
        Severity::Note,
        "the chart holds a symbolic link",
        "Its target becomes part of the package, wherever it is.",
        "Replace the link by the file.",
    ),
    Rule::elsewhere(
        "no-templates",
        Severity::Warning,
        "`templates` is no folder",
        "The chart renders nothing.",
        "Make `templates` a folder.",
    ),
    Rule::elsewhere(
        "deprecated-file",
        Severity::Note,
        "a file belongs to the old format of charts",
        "Helm reads it still, and warns.",
        "Move its content into Chart.yaml or Chart.lock.",
    ),
    Rule::elsewhere(
        "unexpected-render",
        Severity::Error,
        "a case renders that should fail",
        "chartwright.yaml says that the chart refuses these values.",
        "Make the chart refuse them, or remove `expect: error`.",
    ),
    Rule::elsewhere(
        "unexpected-error-text",
        Severity::Error,
        "a case fails with another message than expected",
        "The chart refuses these values for another reason than chartwright.yaml says.",
        "Correct the chart, or `error` in chartwright.yaml.",
    ),
    Rule::elsewhere(
        "unknown-case",
        Severity::Error,
        "chartwright.yaml has a case that is about nothing",
        "The case is not looked at.",
        "Name a values file of the chart, or give `values` or `set`.",
    ),
];

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if let Some(chart) = subject.chart() {
        for warning in chart.warnings() {
            // Of the chart's own files the engine says the name in the chart.
            let in_chart =
                |place: &Place| Place { file: format!("{}/{}", chart.name(), place.file).into(), ..place.clone() };
            let place = warning.place.as_ref().map(in_chart);
            findings.told(with_fix(Diagnostic { place, ..warning.clone() }));
        }
    }
    for case in &subject.cases {
        findings.enter(case);
        let refused = case.may_refuse && is_refusal(&case.attempt.helm_error);
        if !refused {
            for error in &case.attempt.errors {
                findings.told(placed(subject, with_fix(error.clone())));
            }
        }
        for document in case.attempt.documents.iter().filter(|_| !case.is_chart) {
            document.head.as_ref().err().into_iter().for_each(|error| unreadable(document, error, findings));
        }
        for warning in case.attempt.warnings.iter().filter(|warning| warning.code != "same-object") {
            findings.told(placed(subject, with_fix(warning.clone())));
        }
        keys(case, findings);
        case.objects.iter().for_each(|object| hooks(case, object, findings));
        findings.leave();
    }
    for case in &subject.failing {
        findings.enter(case);
        expected(case, findings);
        findings.leave();
    }
}

/// A document of a file of manifests that is none. Of rendered ones the engine tells this.
fn unreadable(document: &Document, error: &ManifestError, findings: &mut Findings) {
    let line = u32::try_from(document.lines_before()).unwrap_or(u32::MAX).saturating_add(error.line.max(1));
    let shown = secrets::masked(document.content()).into_iter().nth(error.line.max(1) as usize - 1);
    let place = Place::new(Arc::clone(&document.path), line, 1, shown);
    let message = format!("this is no manifest: {}", error.reason);
    findings.told(with_fix(Diagnostic::error("bad-manifest", message).at(place)));
}

/// Whether a chart refused values, and did not merely break.
fn is_refusal(helm_error: &str) -> bool {
    helm_error.starts_with("execution error at") || helm_error.starts_with("values don't meet the specifications")
}

/// What the rule advises, where the engine has no better advice.
fn with_fix(mut told: Diagnostic) -> Diagnostic {
    if told.help.is_none() {
        let rule = RULES.iter().find(|rule| told.code == rule.id);
        told.help = rule.map(|rule| rule.fix.to_owned());
    }
    if let Some(rule) = RULES.iter().find(|rule| told.code == rule.id && rule.severity > told.severity) {
        told.severity = rule.severity;
    }
    told
}

/// Errors of the whole chart stand in its Chart.yaml, errors of values where these were set.
fn placed(subject: &Subject<'_>, mut told: Diagnostic) -> Diagnostic {
    if told.place.is_some() {
        return told;
    }
    let field = match &*told.code {
        "kube-version" => "kubeVersion",
        "missing-dependencies" => "dependencies",
        "not-installable" => "type",
        "deprecated-chart" => "deprecated",
        _ => {
            told.place = told.related.first().map(|related| related.place.clone());
            return told;
        }
    };
    let Some(chart) = subject.chart() else { return told };
    let file = format!("{}/Chart.yaml", chart.name());
    let text = chart.raw().iter().find(|raw| &*raw.name == "Chart.yaml");
    let text = text.map(|raw| lossy(&raw.data).into_owned()).unwrap_or_default();
    let is_field = |line: &str| line.strip_prefix(field).is_some_and(|rest| rest.trim_start().starts_with(':'));
    told.place = Some(match (1u32..).zip(text.lines()).find(|(_, line)| is_field(line)) {
        Some((number, line)) => Place::new(file, number, 1, Some(line.to_owned())),
        None => Place::file(file),
    });
    told
}

/// Keys of rendered documents that are written twice or mean something else.
fn keys(case: &Case, findings: &mut Findings) {
    for document in &case.attempt.documents {
        for trouble in &document.troubles {
            let (code, line, text) = match trouble {
                KeyTrouble::Duplicate(found) => {
                    let text = format!("`{}` is written twice in one document", found.path);
                    ("duplicate-key", found.line, text)
                }
                KeyTrouble::Respelled(found) => {
                    let text = format!("key `{}` is the key `{}` to YAML 1.1", found.written, found.key);
                    ("respelled-key", found.line, text)
                }
            };
            let mut told = with_fix(Diagnostic::warning(code, text));
            case.locate_line(document, line, &mut told);
            findings.told(told);
        }
    }
}

fn hooks(case: &Case, object: &Object, findings: &mut Findings) {
    let annotation = |name: &str| {
        let path = ["metadata", "annotations", name].map(|key| Step::Key(key.to_owned()));
        Some((object.head.annotations.get(name)?, path))
    };
    let Some((events, path)) = annotation("helm.sh/hook") else { return };
    for event in events.split(',').filter(|event| HookEvent::parse(event).is_none()) {
        let text = format!("{} `{}`: `{}` is no event of a hook", object.kind(), object.name(), event.trim());
        findings.on_as(with_fix(Diagnostic::error("unknown-hook", text)), case, object, &path);
    }
    if let Some((weight, path)) = annotation("helm.sh/hook-weight")
        && weight.parse::<i64>().is_err()
    {
        let text = format!("{} `{}`: weight `{weight}` is no whole number", object.kind(), object.name());
        findings.on_as(with_fix(Diagnostic::warning("bad-hook-weight", text)), case, object, &path);
    }
}

/// A case that is expected to fail.
fn expected(case: &Case, findings: &mut Findings) {
    let Some(wanted) = &case.expect_error else { return };
    let place = case.expect_place.clone().unwrap_or_else(|| Place::file(Arc::clone(&case.name)));
    if case.attempt.errors.is_empty() {
        let text = format!("`{}` renders, and is expected to fail", case.name);
        findings.told_as_is(with_fix(Diagnostic::error("unexpected-render", text)).at(place));
        return;
    }
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    if !plain(&case.attempt.helm_error).contains(&plain(wanted)) {
        let text = format!("`{}` fails, but not with the text that is expected", case.name);
        let mut told = with_fix(Diagnostic::error("unexpected-error-text", text)).at(place);
        told.notes.push(format!("it says: {}", case.attempt.helm_error));
        findings.told_as_is(told);
    }
}
