//! `chartwright lint` as a command: what is linted together, what cannot be read, what is accepted, exit codes.

mod folder;

use folder::folder;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

const HEAD: (&str, &str) = ("Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");

/// A chart `c` in a folder of its own, with these files.
fn chart(files: &[(&str, &str)]) -> TempDir {
    folder(std::iter::once(HEAD).chain(files.iter().copied()))
}

/// A ConfigMap, once or twice.
fn map(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n")
}

fn twice(name: &str) -> String {
    format!("{}---\n{}", map(name), map(name))
}

struct Done {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run_with(dir: &Path, args: &[&str], stdin: &str) -> Done {
    let mut child = Command::new(env!("CARGO_BIN_EXE_chartwright"))
        .arg("lint")
        .args(args)
        .current_dir(dir)
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut pipe = child.stdin.take().expect("it was asked for");
    // A program that reads no input may have closed it.
    let _ = pipe.write_all(stdin.as_bytes());
    drop(pipe);
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Done { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn run(dir: &Path, args: &[&str]) -> Done {
    run_with(dir, args, "")
}

/// The report as JSON, and the exit code.
fn json(dir: &Path, args: &[&str]) -> (Json, Option<i32>) {
    let args: Vec<&str> = args.iter().copied().chain(["--format", "json"]).collect();
    let done = run(dir, &args);
    (serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{error}: {}{}", done.out, done.err)), done.code)
}

/// Of the findings of a rule: `FILE:LINE` and the cases.
fn found(report: &Json, rule: &str) -> Vec<(String, Vec<String>)> {
    let findings = report["findings"].as_array().expect("a list");
    let of_rule = findings.iter().filter(|finding| finding["rule"] == rule);
    let shown = of_rule.map(|finding| {
        let place = format!("{}:{}", finding["place"]["file"].as_str().unwrap_or_default(), finding["place"]["line"]);
        let cases = finding["cases"].as_array().into_iter().flatten();
        (place, cases.filter_map(Json::as_str).map(str::to_owned).collect())
    });
    shown.collect()
}

fn rules(report: &Json) -> BTreeSet<String> {
    let findings = report["findings"].as_array().into_iter().flatten();
    findings.filter_map(|finding| finding["rule"].as_str()).map(str::to_owned).collect()
}

// What is linted together

#[test]
fn a_chart_is_linted_with_its_defaults_its_values_files_and_the_cases_of_its_configuration() {
    let dir = chart(&[
        ("values.yaml", "mode: a\n"),
        ("templates/a.yaml", "{{ if ne .Values.mode \"a\" }}{{ fail .Values.mode }}{{ end }}"),
        ("ci/b-values.yaml", "mode: b\n"),
        ("values-c.yaml", "mode: c\n"),
        ("chartwright.yaml", "cases:\n  ours: {set: [mode=d]}\n  values-c.yaml: {expect: error, error: c}\n"),
    ]);
    let (report, code) = json(dir.path(), &["."]);
    let cases: Vec<_> = found(&report, "template-failed").into_iter().map(|(_, cases)| cases).collect();
    assert_eq!(cases, [["ci/b-values.yaml"], ["ours"]]);
    assert_eq!((report["summary"]["cases"].as_u64(), code), (Some(4), Some(1)));
    let (report, _) = json(dir.path(), &[".", "--no-matrix"]);
    assert_eq!((found(&report, "template-failed").len(), report["summary"]["cases"].as_u64()), (0, Some(1)));
}

#[test]
fn what_every_case_has_in_common_is_told_once() {
    let dir = chart(&[("templates/a.yaml", &twice("a")), ("ci/b-values.yaml", ""), ("values-c.yaml", "")]);
    let (report, _) = json(dir.path(), &["."]);
    let cases = ["defaults", "ci/b-values.yaml", "values-c.yaml"].map(str::to_owned).to_vec();
    assert_eq!(found(&report, "duplicate-object"), [("templates/a.yaml:9".to_owned(), cases)]);
    assert!(!run(dir.path(), &["."]).out.contains("only with"));
}

#[test]
fn values_of_the_command_line_go_into_every_case() {
    let dir = chart(&[
        ("values.yaml", "mode: a\n"),
        ("templates/a.yaml", "{{ if eq .Values.mode \"x\" }}{{ fail \"x\" }}{{ end }}"),
        ("ci/b-values.yaml", "mode: b\n"),
        ("mine.yaml", "mode: x\n"),
    ]);
    for args in [&[".", "--set", "mode=x"][..], &[".", "-f", "mine.yaml"]] {
        let (report, code) = json(dir.path(), args);
        assert_eq!(found(&report, "template-failed").len(), 1);
        assert_eq!((found(&report, "template-failed")[0].1.len(), code), (2, Some(1)));
    }
}

#[test]
fn each_version_of_kubernetes_and_both_phases_make_cases_where_they_differ() {
    let template =
        "{{ if .Release.IsUpgrade }}{{ fail (printf \"up on %s\" .Capabilities.KubeVersion.Minor) }}{{ end }}";
    let dir = chart(&[("templates/a.yaml", template)]);
    let (report, _) = json(dir.path(), &[".", "--kube-version", "1.30,1.33"]);
    let cases: Vec<_> = found(&report, "template-failed").into_iter().map(|(_, cases)| cases).collect();
    assert_eq!(cases, [["defaults, kube 1.30, upgrade"], ["defaults, kube 1.33, upgrade"]]);
    assert_eq!(report["summary"]["cases"], 4);
    let (report, code) = json(dir.path(), &[".", "--is-install"]);
    assert_eq!((rules(&report).contains("template-failed"), code), (false, Some(0)));
}

/// Helm's own list of API versions has `policy/v1beta1`, and neither a kind nor the group of APIServices.
#[test]
fn templates_that_ask_for_an_api_version_are_told_what_the_version_of_kubernetes_serves() {
    let budget = "{{- if .Capabilities.APIVersions.Has \"policy/v1beta1\" }}
apiVersion: policy/v1beta1
{{- else if .Capabilities.APIVersions.Has \"policy/v1/PodDisruptionBudget\" }}
apiVersion: policy/v1
{{- end }}
kind: PodDisruptionBudget
metadata:
  name: a
spec:
  maxUnavailable: 1
  selector: {matchLabels: {app: a}}
";
    let monitor =
        "{{- if .Capabilities.APIVersions.Has \"monitoring.coreos.com/v1\" }}\n{{ fail \"no\" }}\n{{- end }}\n";
    let dir = chart(&[("templates/a.yaml", budget), ("templates/m.yaml", monitor)]);
    let of_interest = |args: &[&str]| {
        let (report, _) = json(dir.path(), args);
        let rules = rules(&report);
        ["removed-api", "deprecated-api", "missing-field", "template-failed"].map(|rule| rules.contains(rule))
    };
    assert_eq!(of_interest(&["."]), [false; 4]);
    assert_eq!(of_interest(&[".", "--kube-version", "1.35"]), [false; 4]);
    // There it is served, and on its way out.
    assert_eq!(of_interest(&[".", "--kube-version", "1.24"]), [false, true, false, false]);
    let given = [".", "--api-versions", "monitoring.coreos.com/v1"];
    assert_eq!(of_interest(&given), [false, false, false, true]);
}

#[test]
fn toggles_meet_pairwise_and_a_refusal_of_the_chart_is_no_finding_then() {
    let template = "{{ if and .Values.a .Values.b }}{{ fail \"not both\" }}{{ end }}\
        {{ if and .Values.b .Values.c.d }}{{ .Values.no.where }}{{ end }}";
    let dir = chart(&[("values.yaml", "a: false\nb: false\nc: {d: false}\n"), ("templates/a.yaml", template)]);
    let (report, _) = json(dir.path(), &["."]);
    assert!(found(&report, "template-failed").is_empty());
    let (report, _) = json(dir.path(), &[".", "--toggles", "pairwise"]);
    let failed = found(&report, "template-failed");
    assert_eq!(failed.len(), 1, "{report:#}");
    assert!(failed[0].1.iter().all(|case| case.starts_with("toggles ")));
    let shown = run(dir.path(), &[".", "--toggles", "pairwise"]).out;
    assert!(shown.contains("--set b=true,c.d=true"), "{shown}");
}

#[test]
fn l01_manifests_come_from_files_folders_and_stdin_and_are_linted_together() {
    let dir = folder([("m/a.yaml", map("a").as_str()), ("m/more/b.yml", map("a").as_str()), ("m/notes.txt", "x")]);
    let (report, code) = json(dir.path(), &["m"]);
    assert_eq!(found(&report, "duplicate-object"), [("m/more/b.yml:4".to_owned(), Vec::new())]);
    assert_eq!(code, Some(1));
    let done = run_with(dir.path(), &["m/a.yaml", "-"], &map("a"));
    assert!(done.out.contains("duplicate-object") && done.out.contains("--> stdin:4"), "{}", done.out);
}

#[test]
fn several_charts_and_a_folder_of_charts_are_linted_each_for_itself() {
    let head = |name: &str| format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\n");
    let (a, b) = (head("a"), head("b"));
    let files = [
        ("charts/a/Chart.yaml", a.as_str()),
        ("charts/a/templates/x.yaml", &map("x")),
        ("charts/b/Chart.yaml", b.as_str()),
        ("charts/b/templates/x.yaml", &twice("x")),
    ];
    let dir = folder(files);
    for args in [&["charts"][..], &["charts/a", "charts/b"], &[]] {
        let (report, _) = json(dir.path(), args);
        let places: Vec<_> = found(&report, "duplicate-object").into_iter().map(|(place, _)| place).collect();
        assert_eq!(
            places.iter().map(|place| place.trim_start_matches("./")).collect::<Vec<_>>(),
            ["charts/b/templates/x.yaml:9"]
        );
    }
}

#[test]
fn l01_a_packed_chart_is_linted_with_its_own_values_files_and_configuration() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = fs::File::create(dir.path().join("c-0.1.0.tgz")).expect("a file");
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(file, flate2::Compression::fast()));
    let template = "{{ if .Values.on }}{{ fail \"on\" }}{{ end }}";
    let files = [
        HEAD,
        ("templates/a.yaml", template),
        ("ci/on-values.yaml", "\"on\": true\n"),
        ("chartwright.yaml", "rules: {template-failed: warning}\n"),
    ];
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("c/{name}"), text.as_bytes()).expect("it fits");
    }
    archive.into_inner().and_then(flate2::write::GzEncoder::finish).expect("it ends");
    let (report, _) = json(dir.path(), &["c-0.1.0.tgz"]);
    let want = ("c-0.1.0.tgz/templates/a.yaml:1".to_owned(), vec!["ci/on-values.yaml".to_owned()]);
    assert_eq!(found(&report, "template-failed"), [want]);
    assert!(
        report["findings"].as_array().expect("a list").iter().all(|found| found["severity"] != "error"),
        "{report:#}"
    );
}

// Nothing passes in silence

#[test]
fn l20_what_a_chart_refuses_fails_lint() {
    let chart = concat!(env!("CARGO_MANIFEST_DIR"), "/chart");
    let (report, code) = json(Path::new("."), &[chart, "--no-matrix", "--set", "mode=sentinel"]);
    assert_eq!((found(&report, "template-failed").len(), code), (1, Some(1)));
}

#[test]
fn the_scenarios_of_our_chart_do_what_its_configuration_says() {
    let chart = concat!(env!("CARGO_MANIFEST_DIR"), "/chart");
    let (report, _) = json(Path::new("."), &[chart]);
    for rule in ["template-failed", "unexpected-render", "unexpected-error-text", "unknown-case", "unused-ignore"] {
        assert!(found(&report, rule).is_empty(), "{rule}");
    }
}

#[test]
fn one_failure_hides_no_other() {
    let dir = chart(&[
        ("templates/a.yaml", "a: {{ fail \"first\" }}\n"),
        ("templates/b.yaml", "a: [\n"),
        ("templates/c.yaml", &twice("c")),
        ("templates/d.yaml", "{{ if }}\n"),
        ("values.schema.json", "{\"required\": [\"port\"]}"),
    ]);
    let (report, _) = json(dir.path(), &["."]);
    let found = rules(&report);
    for rule in ["template-failed", "bad-manifest", "duplicate-object", "syntax-error", "schema-violation"] {
        assert!(found.contains(rule), "{rule} is not among {found:?}");
    }
}

#[test]
fn values_that_cannot_be_merged_are_told_and_the_templates_are_still_read() {
    let kid = "apiVersion: v2\nname: kid\nversion: 0.1.0\n";
    let dir =
        chart(&[("charts/kid/Chart.yaml", kid), ("templates/a.yaml", "{{ if }}"), ("ci/b-values.yaml", "kid: 5\n")]);
    let (report, code) = json(dir.path(), &["."]);
    let found = rules(&report);
    assert!(found.contains("bad-values") && found.contains("syntax-error") && code == Some(1), "{found:?}");
}

// What cannot be read

#[test]
fn an_input_that_cannot_be_read_ends_in_exit_code_2_after_all_others_were_linted() {
    let dir = chart(&[("templates/a.yaml", &twice("a"))]);
    fs::write(dir.path().join("bad.yaml"), "a: [\n").expect("a file");
    fs::write(dir.path().join("binary.yaml"), b"\xff\xfe").expect("a file");
    fs::create_dir(dir.path().join("empty")).expect("a folder");
    for (args, rule, file) in [
        (&[".", "missing.yaml"][..], "unreadable-input", "missing.yaml:0"),
        (&[".", "binary.yaml"], "unreadable-input", "binary.yaml:0"),
        (&[".", "empty"], "unreadable-input", "empty:0"),
        (&[".", "-f", "missing.yaml"], "unreadable-input", "missing.yaml:0"),
        (&[".", "-f", "bad.yaml"], "bad-values", "bad.yaml:2"),
        (&[".", "--config", "missing.yaml"], "unreadable-config", "missing.yaml:0"),
        (&[".", "--config", "bad.yaml"], "unreadable-config", "bad.yaml:2"),
        (&[".", "--baseline", "missing.json"], "unreadable-baseline", "missing.json:0"),
        (&[".", "--baseline", "bad.yaml"], "unreadable-baseline", "bad.yaml:1"),
    ] {
        let (report, code) = json(dir.path(), args);
        let places: Vec<_> = found(&report, rule).into_iter().map(|(place, _)| place).collect();
        assert_eq!((places.as_slice(), code), (&[file.to_owned()][..], Some(2)), "{args:?}");
        assert_eq!(found(&report, "duplicate-object").len(), 1, "{args:?}");
    }
}

#[test]
fn a_manifest_that_is_no_yaml_is_told_with_its_line_and_hides_no_other() {
    let deep = format!("a: {}1{}\n", "[".repeat(1_500), "]".repeat(1_500));
    let text = format!("# first\n---\nkind: A\n  b: c\n---\n{}---\n# nothing\n---\n{deep}", twice("a"));
    let dir = folder([("m.yaml", text.as_str())]);
    let (report, code) = json(dir.path(), &["m.yaml"]);
    let places: Vec<_> = found(&report, "bad-manifest").into_iter().map(|(place, _)| place).collect();
    assert_eq!(places.first().map(String::as_str), Some("m.yaml:4"), "{report:#}");
    assert_eq!((places.len(), code), (2, Some(1)), "{report:#}");
    assert_eq!(found(&report, "duplicate-object").len(), 1, "{report:#}");
}

#[test]
fn a_chart_that_cannot_be_loaded_is_told() {
    let dir = folder([("c/Chart.yaml", "name: ["), ("d/templates/a.yaml", "a: 1\n"), ("m.yaml", &twice("a"))]);
    let (report, code) = json(dir.path(), &["c", "d", "m.yaml"]);
    assert_eq!(code, Some(2));
    assert!(rules(&report).contains("duplicate-object"), "{report:#}");
    let errors = report["findings"].as_array().expect("a list").iter().filter(|found| found["severity"] == "error");
    let files: BTreeSet<_> = errors.filter_map(|found| found["place"]["file"].as_str()).collect();
    assert!(["c", "d"].iter().all(|name| files.iter().any(|file| file.starts_with(name))), "{files:?}");
}

#[test]
fn flags_that_name_no_rule_profile_or_format_are_refused_with_the_nearest() {
    let dir = chart(&[]);
    for (args, want) in [
        (&["--rule", "duplicate-objct"][..], "there is no rule duplicate-objct; did you mean duplicate-object?"),
        (&["--ignore", "duplicate-objct"], "there is no rule duplicate-objct; did you mean duplicate-object?"),
        (&["--explain", "duplicate-objct"], "there is no rule duplicate-objct; did you mean duplicate-object?"),
        (&["--profile", "strct"], "there is no profile `strct`; did you mean `strict`?"),
        (&["--format", "xml"], "there is no format xml"),
        (&["--nonsense"], "unknown flag: --nonsense"),
        (&["--kube-version", "x"], "invalid kube version 'x'"),
    ] {
        let done = run(dir.path(), args);
        assert!(done.err.contains(want) && done.code == Some(2), "{args:?}: {}", done.err);
    }
}

// Exit codes

#[test]
fn l03_the_exit_code_follows_severities_and_counts() {
    let doubled = "a: 1\na: 2\n";
    let dir = chart(&[("values.yaml", doubled), ("templates/a.yaml", "# {{ .Values.a }}\n")]);
    for (args, want) in [
        (&["--rule", "duplicate-key"][..], 1),
        (&["--rule", "duplicate-key", "--fail-on", "error"], 0),
        (&["--rule", "duplicate-key", "--fail-on", "error", "--max-warnings", "1"], 0),
        (&["--rule", "duplicate-key", "--fail-on", "never", "--max-warnings", "0"], 1),
        (&["--ignore", "duplicate-key", "--fail-on", "warning"], 0),
        (&["--rule", "duplicate-object"], 0),
    ] {
        assert_eq!(run(dir.path(), args).code, Some(want), "{args:?}");
    }
    fs::write(dir.path().join("chartwright.yaml"), "rules: {duplicate-key: note}\n").expect("a file");
    assert_eq!(run(dir.path(), &["--rule", "duplicate-key"]).code, Some(0), "a note is no failure");
}

// What is accepted

#[test]
fn a_baseline_leaves_out_what_it_knows_wherever_it_has_moved_and_tells_what_is_gone() {
    let dir = chart(&[("templates/a.yaml", &twice("a")), ("templates/b.yaml", &twice("b"))]);
    let args = [".", "--rule", "duplicate-object,gone-finding"];
    let with = |more: &[&str]| json(dir.path(), &[&args[..], more].concat());
    let (report, code) = with(&["--write-baseline", "known.json"]);
    assert_eq!((rules(&report).len(), report["summary"]["known"].as_u64(), code), (0, Some(2), Some(0)));
    fs::write(dir.path().join("templates/a.yaml"), format!("# moved\n\n{}", twice("a"))).expect("a file");
    fs::write(dir.path().join("templates/b.yaml"), twice("other")).expect("a file");
    let (report, code) = with(&["--baseline", "known.json"]);
    let places: Vec<_> = found(&report, "duplicate-object").into_iter().map(|(place, _)| place).collect();
    assert_eq!((places, code), (vec!["templates/b.yaml:9".to_owned()], Some(1)));
    assert_eq!(found(&report, "gone-finding").len(), 1);
    assert_eq!(report["summary"]["known"], 1);
    for more in [&["--no-matrix"][..], &["--ignore", "gone-finding"], &["--rule", "gone-finding"]] {
        let (report, _) = json(dir.path(), &[&[".", "--baseline", "known.json"], more].concat());
        assert!(found(&report, "gone-finding").is_empty(), "{more:?}");
    }
}

#[test]
fn l03_ignores_say_why_and_what_is_ignored_is_counted() {
    let config = "ignore:\n  - {rule: duplicate-object, object: ConfigMap/a, case: ci/*, reason: ci only}\n";
    let dir = chart(&[("templates/a.yaml", &twice("a")), ("ci/b-values.yaml", ""), ("chartwright.yaml", config)]);
    let (report, _) = json(dir.path(), &["."]);
    let cases: Vec<_> = found(&report, "duplicate-object").into_iter().map(|(_, cases)| cases).collect();
    assert_eq!(cases, [["defaults"]]);
    fs::write(dir.path().join("chartwright.yaml"), config.replace("case: ci/*, ", "")).expect("a file");
    let (report, _) = json(dir.path(), &["."]);
    assert!(found(&report, "duplicate-object").is_empty());
    assert_eq!(
        (report["summary"]["ignored"].as_u64(), report["ignored"][0]["reason"].as_str()),
        (Some(1), Some("ci only"))
    );
    assert!(run(dir.path(), &["."]).out.contains("1 ignored"));
}

#[test]
fn l03_annotations_ignore_rules_of_an_object_or_of_one_of_its_containers() {
    let rule = "custom:\n  - id: bare-container\n    kinds: [Pod]\n    each: spec.containers\n    expect: item.image\n    \
        message: \"{{ item.name }} has no image\"\n";
    let pod = |annotation: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  annotations:\n    {annotation}\nspec:\n  containers:\n  - name: one\n  - name: two\n"
        )
    };
    for (annotation, left) in [
        ("other: x", vec!["one", "two"]),
        ("chartwright.dev/ignore: bare-container, duplicate-object they come later", vec![]),
        ("chartwright.dev/ignore.bare-container: they come later", vec![]),
        ("chartwright.dev/ignore.two: bare-container it comes later", vec!["one"]),
        ("chartwright.dev/ignore: bare-container", vec!["one", "two"]),
    ] {
        let dir = chart(&[("templates/a.yaml", &pod(annotation)), ("chartwright.yaml", rule)]);
        let (report, _) = json(dir.path(), &["."]);
        let findings = report["findings"].as_array().expect("a list").iter();
        let own = findings.filter(|found| found["rule"] == "bare-container");
        let names: Vec<_> = own.filter_map(|found| found["message"].as_str()?.split(' ').next()).collect();
        assert_eq!(names, left, "{annotation}");
        let says_why = annotation.ends_with("later") || annotation.starts_with("other");
        assert_eq!(rules(&report).contains("ignore-without-reason"), !says_why, "{annotation}");
    }
}

#[test]
fn an_own_rule_looks_at_pods_and_containers_wherever_a_workload_has_them() {
    let rule = |each: &str, expect: &str| {
        format!("custom:\n  - {{id: own-rule, each: {each}, expect: {expect}, message: bad, path: name}}\n")
    };
    let job = "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: j\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          hostPID: true\n          initContainers:\n          - name: one\n          containers:\n          - name: two\n            env:\n            - name: A\n";
    for (each, expect, want) in [
        ("containers", "item.image", &["initContainers[0].name", "containers[0].name"][..]),
        ("pod", "not item.hostPID", &["name"]),
        ("pod.containers", "item.image", &["containers[0].name"]),
        ("pod.containers.env", "item.value", &["containers[0].env[0].name"]),
        ("spec.absent", "false", &[]),
    ] {
        let dir = chart(&[("templates/a.yaml", job), ("chartwright.yaml", &rule(each, expect))]);
        let (report, _) = json(dir.path(), &["."]);
        let findings = report["findings"].as_array().expect("a list").iter();
        let paths = findings.filter(|found| found["rule"] == "own-rule").filter_map(|found| found["path"].as_str());
        let paths: BTreeSet<_> =
            paths.map(|path| path.trim_start_matches("spec.jobTemplate.spec.template.spec.")).collect();
        assert_eq!(paths, want.iter().copied().collect(), "{each}");
    }
}

#[test]
fn an_own_rule_from_a_file_is_told_with_its_file_when_it_fails() {
    let dir = chart(&[
        ("templates/a.yaml", &map("a")),
        ("chartwright.yaml", "custom:\n  - file: rules/ours.yaml\n"),
        (
            "rules/ours.yaml",
            "id: no-data\nexpect: object.data\nmessage: no data\n---\nid: broken\nexpect: object.a | nothing\nmessage: x\n",
        ),
    ]);
    let (report, _) = json(dir.path(), &["."]);
    assert_eq!(found(&report, "no-data").len(), 1);
    assert_eq!(found(&report, "bad-rule")[0].0, "rules/ours.yaml:6");
    let shown = run(dir.path(), &["--list-rules", "."]).out;
    assert!(shown.lines().any(|line| line.starts_with("no-data ")), "{shown}");
}

// What is told

#[test]
fn no_secret_is_shown() {
    let dir = chart(&[
        ("values.yaml", "redis:\n  password: hunter2hunter2\n"),
        ("templates/a.yaml", "{{ fail (printf \"bad password %s\" .Values.redis.password) }}\n"),
        (
            "templates/b.yaml",
            &format!(
                "{}stringData: {{p: {{{{ .Values.redis.password }}}}}}\n",
                twice("s").replace("ConfigMap", "Secret")
            ),
        ),
    ]);
    for format in ["human", "json", "sarif", "junit", "github"] {
        let done = run(dir.path(), &[".", "--format", format]);
        assert!(done.out.contains("bad password") && !done.out.contains("hunter2"), "{format}: {}", done.out);
    }
    let plain = format!("{}stringData:\n  p: hunter2\n  p: hunter2\n", map("s").replace("ConfigMap", "Secret"));
    let done = run_with(dir.path(), &["-"], &plain);
    assert!(!done.out.contains("hunter2"), "{}", done.out);
}

#[test]
fn l02_a_finding_for_people_shows_the_line_the_object_the_cases_and_the_way_out() {
    let template = format!("{}---\n{{{{ if .Values.twice }}}}{}{{{{ end }}}}\n", map("a"), map("a"));
    let dir = chart(&[
        ("templates/a.yaml", &template),
        ("values.yaml", "twice: false\n"),
        ("ci/x-values.yaml", "twice: true\n"),
    ]);
    let done = run(dir.path(), &[".", "--rule", "duplicate-object"]);
    let want = "\
error[duplicate-object]: ConfigMap `a` is rendered twice
  --> templates/a.yaml:9:9
   9 |   name: a
     |         ^
  help: Name them apart, or render only one of them.
  at templates/a.yaml:4:9: the other is here
  in: ConfigMap/a metadata.name
  only with: ci/x-values.yaml

1 error in 2 cases, 3 objects
";
    assert_eq!(done.out, want);
}

#[test]
fn rules_are_listed_and_explained() {
    let dir = chart(&[]);
    let list = run(dir.path(), &["--list-rules"]);
    assert!(
        list.out.lines().any(|line| line.starts_with("duplicate-object ") && line.contains(" error ")),
        "{}",
        list.out
    );
    let text = run(dir.path(), &["--explain", "template-failed"]).out;
    assert!(text.contains("why: ") && text.contains("fix: "), "{text}");
}

#[test]
fn l03_reports_are_written_in_every_format() {
    let dir = chart(&[
        ("templates/a.yaml", &twice("a")),
        ("mine.html", "{% for f in findings %}<b>{{ f.rule }}</b>{% endfor %}"),
    ]);
    let only = ["--rule", "duplicate-object"];
    let with = |format: &str| {
        let done = run(dir.path(), &[&only[..], &[".", "--format", format, "--output", "out"]].concat());
        assert_eq!((done.out.as_str(), done.code), ("", Some(1)), "{format}: {}", done.err);
        fs::read_to_string(dir.path().join("out")).expect("it was written")
    };
    assert!(with("human").starts_with("error[duplicate-object]"));
    assert!(
        with("github").starts_with("::error file=templates/a.yaml,line=9,col=9,endColumn=10,title=duplicate-object::")
    );
    assert!(with("junit").contains("classname=\"duplicate-object\""));
    assert_eq!(with("template=mine.html"), "<b>duplicate-object</b>");
    let sarif: Json = serde_json::from_str(&with("sarif")).expect("it is JSON");
    let location = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "templates/a.yaml");
    let region = &location["region"];
    assert_eq!(
        (&region["startLine"], &region["startColumn"], &region["endColumn"]),
        (&9.into(), &9.into(), &10.into())
    );
}

#[test]
fn the_json_report_and_configurations_are_as_their_schemas_say() {
    let schema = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(name);
        let schema: Json = serde_json::from_str(&fs::read_to_string(path).expect("it is there")).expect("it is JSON");
        jsonschema::validator_for(&schema).expect("it is a schema")
    };
    let dir = chart(&[("templates/a.yaml", &twice("a")), ("templates/b.yaml", "{{ fail \"x\" }}")]);
    let (report, _) = json(dir.path(), &["."]);
    let errors: Vec<String> =
        schema("finding.schema.json").iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let config = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/chart/chartwright.yaml")).expect("it is there");
    let config: Json = serde_yaml::from_slice(&config).expect("it is YAML");
    assert!(schema("chartwright-config.schema.json").is_valid(&config));
    let rule = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lint/rules/data/missing-name-label.yaml"));
    let rule: Json = serde_yaml::from_slice(&rule.expect("it is there")).expect("it is YAML");
    assert!(schema("data-rule.schema.json").is_valid(&rule));
}

#[test]
fn l22_nothing_is_found_in_the_redis_chart_under_the_profile_production() {
    let chart = concat!(env!("CARGO_MANIFEST_DIR"), "/chart");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_chartwright"))
        .args(["lint", chart, "--profile", "production", "--fail-on", "note", "--kube-version", "1.32,1.36"])
        .output()
        .expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.starts_with("nothing found in "), "{text}");
}
