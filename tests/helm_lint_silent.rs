//! What `helm lint` passes in silence, ours finds. Each test has a chart that `helm lint` (4.3.1) calls good, `--strict`
//! too, and names the rule that must find it; `HELM=1 cargo test --test helm_lint_silent` asks the helm on the PATH
//! whether it still is silent.

use chartwright::lint::{CaseInput, LintInput, lint};
use chartwright::release::Release;
use chartwright::render::Options;
use chartwright::{Layer, Values, render::Compiled};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

const CHART_YAML: &str = "apiVersion: v2\nname: c\nversion: 0.1.0\nicon: https://example.com/i.png\n";
const KID: [(&str, &str); 2] = [
    ("charts/kid/Chart.yaml", "apiVersion: v2\nname: kid\nversion: 0.1.0\n"),
    ("charts/kid/values.yaml", "active: true\n"),
];
const WITH_KID: (&str, &str) = (
    "Chart.yaml",
    "apiVersion: v2\nname: c\nversion: 0.1.0\nicon: https://example.com/i.png\ndependencies:\n  - name: kid\n    version: 0.1.0\n    repository: https://example.com\n",
);

/// A ConfigMap with more lines.
fn config_map(name: &str, more: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n{more}")
}

fn write(root: &Path, files: &[(&str, &str)]) {
    let given = [("Chart.yaml", CHART_YAML), ("values.yaml", ""), ("templates/NOTES.txt", "hi\n")];
    for (name, text) in given.iter().chain(files) {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
}

/// The rules that find something, with the file of each finding: `RULE FILE`.
fn found(files: &[(&str, &str)], set: &[&str]) -> BTreeSet<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("c");
    write(&root, files);
    if std::env::var_os("HELM").is_some() {
        let mut command = Command::new("helm");
        command.args(["lint", "--strict"]).arg(&root);
        command.args(set.iter().flat_map(|set| ["--set", set]));
        let said = command.output().expect("helm is on the PATH");
        assert!(said.status.success(), "helm is silent no more: {}", String::from_utf8_lossy(&said.stderr));
    }
    lint_chart(&root, set, Options::default())
}

fn lint_chart(root: &Path, set: &[&str], options: Options) -> BTreeSet<String> {
    let layers: Vec<Layer> = set.iter().map(|set| Layer::Set((*set).to_owned())).collect();
    let values = Values::build(&layers).expect("good arguments");
    let chart = Compiled::load(root).expect("a chart");
    let cases = vec![CaseInput { name: "defaults".into(), values, options, ..CaseInput::default() }];
    let chart_path = root.to_string_lossy().into_owned();
    let found = lint(&LintInput { chart: Some(chart), chart_path: chart_path.clone(), cases, ..LintInput::default() });
    let file = |place: &chartwright::diag::Place| {
        place.file.trim_start_matches(&chart_path).trim_start_matches('/').to_owned()
    };
    found
        .iter()
        .map(|finding| {
            format!("{} {}", finding.rule(), finding.diagnostic.place.as_ref().map(file).unwrap_or_default())
        })
        .collect()
}

#[track_caller]
fn assert_found(found: &BTreeSet<String>, wanted: &[&str]) {
    for wanted in wanted {
        assert!(found.contains(*wanted), "{wanted} is not in {found:?}");
    }
}

#[test]
fn values_of_a_subchart_that_are_no_map_are_found_and_hide_no_broken_template() {
    let broken = config_map("a", "data: {{ .Values.x.y }}\n");
    let files = [KID[0], KID[1], WITH_KID, ("templates/a.yaml", &broken)];
    let found = found(&files, &["kid=5"]);
    assert!(found.iter().any(|found| found.starts_with("bad-values")), "{found:?}");
}

#[test]
fn l20_fail_and_required_count() {
    let fails = config_map("a", "data: {a: {{ fail \"no\" }}}\n");
    let requires = config_map("b", "data: {a: {{ required \"give x\" .Values.x }}}\n");
    let found = found(&[("templates/a.yaml", &fails), ("templates/b.yaml", &requires)], &[]);
    assert_found(&found, &["template-failed templates/a.yaml", "template-failed templates/b.yaml"]);
}

#[test]
fn l10_keys_that_are_written_twice_are_found_in_values_and_in_output() {
    let template = config_map("a", "data:\n  a: x\n  a: {{ .Values.b }}\n");
    let found = found(&[("values.yaml", "b: x\nb: y\n"), ("templates/a.yaml", &template)], &[]);
    assert_found(&found, &["duplicate-key values.yaml", "duplicate-key templates/a.yaml"]);
}

#[test]
fn two_documents_that_make_one_object_are_found() {
    let template = config_map("a", "");
    let found = found(&[("templates/a.yaml", &template), ("templates/b.yaml", &template)], &[]);
    assert_found(&found, &["duplicate-object templates/b.yaml"]);
}

#[test]
fn unknown_fields_and_wrong_types_are_found() {
    let unknown = config_map("a", "dataa: {}\n");
    let typed = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: b\nspec:\n  replicas: \"3\"\n  selector:\n    matchLabels: {a: b}\n  template:\n    metadata:\n      labels: {a: b}\n    spec:\n      containers: [{name: a, image: \"b:1\"}]\n";
    let found = found(&[("templates/a.yaml", &unknown), ("templates/b.yaml", typed)], &[]);
    assert_found(&found, &["unknown-field templates/a.yaml", "wrong-type templates/b.yaml"]);
}

#[test]
fn a_misspelt_flag_is_found() {
    let template = config_map("a", "data: {a: {{ .Values.image.tag | quote }}}\n");
    let found = found(&[("values.yaml", "image:\n  tag: a\n"), ("templates/a.yaml", &template)], &["imgae.tag=1"]);
    assert_found(&found, &["misspelt-value --set imgae"]);
}

#[test]
fn a_key_that_yaml_1_1_reads_as_a_truth_value_is_found() {
    let template = config_map("a", "data:\n  y: x\n");
    let found = found(&[("values.yaml", "on: x\n"), ("templates/a.yaml", &template)], &[]);
    assert_found(&found, &["respelled-key values.yaml", "respelled-key templates/a.yaml"]);
}

#[test]
fn a_hook_event_that_helm_does_not_know_drops_the_object_and_is_found() {
    let template =
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations:\n    helm.sh/hook: pre-instal\n";
    let found = found(&[("templates/a.yaml", template)], &[]);
    assert_found(&found, &["unknown-hook templates/a.yaml"]);
}

#[test]
fn what_the_templates_of_subcharts_render_is_looked_at() {
    let template = config_map("a", "dataa: {}\n");
    let found = found(&[KID[0], KID[1], WITH_KID, ("charts/kid/templates/a.yaml", &template)], &[]);
    assert_found(&found, &["unknown-field charts/kid/templates/a.yaml"]);
}

#[test]
fn a_subchart_sees_its_own_values_and_not_those_of_the_chart_above() {
    // `helm lint --with-subcharts` gives it those of the chart above, and fails.
    let template = config_map("a", "data: {a: {{ required \"active is needed\" .Values.active | quote }}}\n");
    let found = found(&[KID[0], KID[1], WITH_KID, ("charts/kid/templates/a.yaml", &template)], &[]);
    assert!(!found.iter().any(|found| found.starts_with("template-failed")), "{found:?}");
}

#[test]
fn a_template_that_fails_for_one_name_of_a_release_is_found_with_that_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let template = config_map("a", "{{ if ne .Release.Name \"test-release\" }}{{ fail \"only in tests\" }}{{ end }}");
    write(folder.path(), &[("templates/a.yaml", &template)]);
    let options = Options { release: Release { name: "mine".into(), ..Release::default() }, ..Options::default() };
    let found = lint_chart(folder.path(), &[], options);
    assert_found(&found, &["template-failed templates/a.yaml"]);
}

/// Helm finds the last of these; the others it hides.
#[test]
fn one_broken_file_hides_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let fails = config_map("d", "data: {{ .Values.x.y }}\n");
    let files = [
        ("templates/a.yaml", "a: b: c\n"),
        ("templates/b.yaml", "d: e: f\n"),
        ("templates/c.yaml", &fails),
        ("templates/d.yaml", &fails),
        ("templates/e.yaml", "{{ if }}\n"),
    ];
    write(folder.path(), &files);
    let found = lint_chart(folder.path(), &[], Options::default());
    assert_found(
        &found,
        &[
            "bad-manifest templates/a.yaml",
            "bad-manifest templates/b.yaml",
            "template-failed templates/c.yaml",
            "template-failed templates/d.yaml",
            "syntax-error templates/e.yaml",
        ],
    );
}
