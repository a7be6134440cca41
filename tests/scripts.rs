//! Shell scripts in charts: findings stand at the lines that a maintainer would change, Secrets keep their texts, and
//! shellcheck is run once for each text, or not at all.
#![cfg(unix)]

mod folder;

use folder::folder;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A chart with these files.
fn chart(files: &[(&str, &str)]) -> TempDir {
    let head = ("Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    folder(std::iter::once(head).chain(files.iter().copied()))
}

/// The JSON report of `lint . --rule RULE`, with programs looked for in `path` where it is given.
fn report(dir: &Path, rule: &str, path: Option<&Path>) -> serde_json::Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartwright"));
    command.args(["lint", ".", "--rule", rule, "--format", "json"]).current_dir(dir).stdin(Stdio::null());
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let output = command.output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn findings(dir: &Path, rule: &str, path: Option<&Path>) -> Vec<serde_json::Value> {
    report(dir, rule, path)["findings"].as_array().expect("a list").clone()
}

/// `FILE:LINE:COLUMN` of each finding.
fn places(findings: &[serde_json::Value]) -> Vec<String> {
    let place = |finding: &serde_json::Value| {
        let place = &finding["place"];
        format!("{}:{}:{}", place["file"].as_str().unwrap_or_default(), place["line"], place["column"])
    };
    findings.iter().map(place).collect()
}

/// A folder with a shellcheck that runs these lines of shell, and counts how often it is run in `count`.
fn fake(lines: &str) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("shellcheck");
    let count = dir.path().join("count");
    let text = format!("#!/bin/sh\necho run >> '{}'\nwhile read -r line; do :; done\n{lines}\n", count.display());
    fs::write(&file, text).expect("written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("it may be run");
    dir
}

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: scripts\ndata:\n";

#[test]
fn a_line_in_the_middle_of_a_script_has_the_place_in_its_template() {
    let script = "  run.sh: |\n    set -e\n    {{- if .Values.ping }}\n    echo {{ .Release.Name }}\n    {{- end }}\n    redis-cli -a $REDIS_PASSWORD ping\n";
    let dir = chart(&[("templates/map.yaml", &format!("{MAP}{script}")), ("values.yaml", "ping: true\n")]);
    let found = findings(dir.path(), "unquoted-secret-variable", None);
    assert_eq!(places(&found), ["templates/map.yaml:11:18"]);
    assert_eq!(found[0]["place"]["length"], 15, "{}", found[0]);
}

#[test]
fn a_script_of_values_names_its_line_in_the_values() {
    let values = "script: |\n  set -e\n  redis-cli -a $REDIS_PASSWORD ping\n";
    let template = format!("{MAP}  run.sh: |\n    {{{{- .Values.script | nindent 4 }}}}\n");
    let dir = chart(&[("templates/map.yaml", &template), ("values.yaml", values)]);
    let found = findings(dir.path(), "unquoted-secret-variable", None);
    assert_eq!(places(&found), ["templates/map.yaml:7:5"]);
    let related = found[0].to_string();
    assert!(related.contains("\"file\":\"values.yaml\",") && related.contains("\"line\":3"), "{related}");
}

#[test]
fn a_text_that_is_not_written_line_by_line_has_the_place_of_its_begin() {
    let template = format!("{MAP}  run.sh: \"set -e\\nredis-cli -a $REDIS_PASSWORD ping\\n\"\n");
    let dir = chart(&[("templates/map.yaml", &template)]);
    assert_eq!(places(&findings(dir.path(), "unquoted-secret-variable", None)), ["templates/map.yaml:6:11"]);
}

#[test]
fn of_a_script_in_a_secret_nothing_is_told() {
    let script = "redis-cli -a $HUNTER_PASSWORD ping\necho hunter2 > $HUNTER_PASSWORD\n[ $hunter2 == 3 ]\n";
    let coded = "cmVkaXMtY2xpIC1hICRIVU5URVJfUEFTU1dPUkQgaHVudGVyMgo=";
    let lines: String = script.lines().map(|line| format!("    {line}\n")).collect();
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  a.sh: |\n{lines}data:\n  b.sh: {coded}\n"
    );
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: j\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      \
               volumes: [{name: s, secret: {secretName: s}}]\n      containers:\n        - {name: c, image: a/b:1, command: [sh, /s/a.sh], volumeMounts: [{name: s, mountPath: /s}]}\n";
    let dir = chart(&[("templates/secret.yaml", &secret), ("templates/job.yaml", job)]);
    let remark = r#"echo '{"comments":[{"line":1,"endLine":1,"column":1,"endColumn":3,"level":"warning","code":2086,"message":"about hunter2"}]}'"#;
    let path = fake(remark);
    for (rule, count) in [("unquoted-secret-variable", 3), ("script-ignores-errors", 1), ("shellcheck", 2)] {
        let report = report(dir.path(), rule, Some(path.path())).to_string();
        let found = findings(dir.path(), rule, Some(path.path()));
        assert_eq!(found.len(), count, "{rule}: {report}");
        assert!(!report.to_lowercase().contains("hunter"), "{rule}: {report}");
    }
    let found = findings(dir.path(), "unquoted-secret-variable", None);
    let want = ["templates/secret.yaml:7:18", "templates/secret.yaml:8:20", "templates/secret.yaml:11:9"];
    assert_eq!(places(&found), want);
}

#[test]
fn shellcheck_is_run_once_for_each_text_whatever_the_cases() {
    let script = |name: &str| {
        format!("{MAP}  {name}: |\n    echo same\n").replace("name: scripts", &format!("name: {}", &name[..1]))
    };
    let dir = chart(&[
        ("templates/a.yaml", &script("a.sh")),
        ("templates/b.yaml", &script("b.sh")),
        ("ci/one-values.yaml", "x: 1\n"),
        ("ci/two-values.yaml", "x: 2\n"),
    ]);
    let path = fake("echo '{\"comments\":[]}'");
    assert!(findings(dir.path(), "shellcheck", Some(path.path())).is_empty());
    let count = fs::read_to_string(path.path().join("count")).expect("it was run");
    assert_eq!(count.lines().count(), 1);
}

#[test]
fn without_shellcheck_a_single_note_says_so_and_no_other_rule_runs_it() {
    let scripts = format!("{MAP}  a.sh: echo a\n  b.sh: echo b\n");
    let dir = chart(&[("templates/a.yaml", &scripts)]);
    let nothing = tempfile::tempdir().expect("a folder");
    let found = findings(dir.path(), "shellcheck", Some(nothing.path()));
    let message = "shellcheck cannot be run, so scripts are not checked by it";
    assert_eq!(
        found.iter().map(|one| (&one["severity"], &one["message"])).collect::<Vec<_>>(),
        [(&"note".into(), &message.into())]
    );
    let path = fake("echo '{\"comments\":[]}'");
    let output = Command::new(env!("CARGO_BIN_EXE_chartwright"))
        .args(["lint", ".", "--profile", "production,strict"])
        .current_dir(dir.path())
        .env("PATH", path.path())
        .output()
        .expect("it runs");
    assert!(!output.stdout.is_empty());
    assert!(!path.path().join("count").exists(), "only the profile of its name asks shellcheck");
}

#[test]
fn an_answer_that_is_none_is_as_if_there_were_no_shellcheck() {
    let dir = chart(&[("templates/a.yaml", &format!("{MAP}  a.sh: echo a\n"))]);
    for answer in ["echo nonsense", "echo '[]'", "exit 3", "kill -9 $$"] {
        let path = fake(answer);
        let found = findings(dir.path(), "shellcheck", Some(path.path()));
        assert_eq!(found.len(), 1, "{answer}");
        assert_eq!(found[0]["severity"], "note", "{answer}");
    }
}

#[test]
fn what_others_read_may_set_variables_for_them_and_need_not_stop() {
    let scripts = format!(
        "{MAP}  lib.sh: |\n    cp /a /b\n    unused=1\n  run.sh: |\n    set -e\n    . /scripts/lib.sh\n    echo x\n  alone.sh: echo a\n"
    );
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: j\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      \
               volumes: [{name: s, configMap: {name: scripts}}]\n      containers:\n        - {name: c, image: a/b:1, command: [sh, /scripts/run.sh], volumeMounts: [{name: s, mountPath: /scripts}]}\n";
    let dir = chart(&[("templates/map.yaml", &scripts), ("templates/job.yaml", job)]);
    assert!(findings(dir.path(), "script-ignores-errors", None).is_empty());
    let path = fake("printf '{\"comments\":[]}'; echo \"$@\" >> \"${0%/*}/arguments\"");
    assert!(findings(dir.path(), "shellcheck", Some(path.path())).is_empty());
    let arguments = fs::read_to_string(path.path().join("arguments")).expect("it was run");
    let excluded: Vec<bool> = arguments.lines().map(|line| line.contains("--exclude=SC2034,SC2154")).collect();
    // The two that share variables, and not the third.
    assert_eq!(excluded.iter().filter(|one| **one).count(), 2, "{arguments}");
    assert_eq!(excluded.len(), 3);
}
