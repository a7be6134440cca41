//! Rows of tests/rows.txt about what the programs render, as a user sees them: a command, its output, its exit code.

mod folder;

use folder::folder;
use std::process::{Command, Output};

const HEAD: &str = "apiVersion: v2\nname: c\nversion: 0.1.0\n";

fn run(files: &[(&str, &str)], args: &[&str]) -> Output {
    let dir = folder([("Chart.yaml", HEAD)].into_iter().chain(files.iter().copied()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartwright"));
    command.args(["template", "r", "."]).args(args).current_dir(dir.path()).output().expect("it runs")
}

#[track_caller]
fn rendered(files: &[(&str, &str)], args: &[&str]) -> String {
    let output = run(files, args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn r04_a_key_with_dots_is_set_by_a_flag_as_by_a_file() {
    let template = ("templates/a.yaml", "nodeSelector: {{ toJson .Values.nodeSelector }}\n");
    let by_flag = rendered(&[template], &["--set", "nodeSelector.kubernetes\\.io/hostname=node-3"]);
    let file = ("own.yaml", "nodeSelector:\n  kubernetes.io/hostname: node-3\n");
    let by_file = rendered(&[template, file], &["-f", "own.yaml"]);
    assert_eq!(by_flag, by_file);
    assert!(by_flag.contains("nodeSelector: {\"kubernetes.io/hostname\":\"node-3\"}"), "{by_flag}");
}

#[test]
fn r05_null_takes_a_default_away_maps_merge_lists_are_replaced_and_the_last_of_two_keys_wins() {
    let template = ("templates/a.yaml", "all: {{ omit .Values \"global\" | toJson }}\n");
    let values = ("values.yaml", "gone: 1\nmap: {a: 1, b: 2}\nlist: [1, 2, 3]\n");
    let own = ("own.yaml", "gone: null\nmap: {b: 3}\nlist: [4]\ntwice: 1\ntwice: 2\n");
    let output = run(&[template, values, own], &["-f", "own.yaml"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("all: {\"list\":[4],\"map\":{\"a\":1,\"b\":3},\"twice\":2}"), "{text}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("own.yaml:5") && said.contains("line 4"), "{said}");
}

#[test]
fn r07_fail_ends_with_its_text_and_place_and_nothing_is_printed() {
    let good = ("templates/a.yaml", "a: 1\n");
    let bad =
        ("templates/b.yaml", "b: 1\n{{- if eq .Values.mode \"x\" }}\n  {{- fail \"no such mode\" }}\n{{- end }}\n");
    let output = run(&[good, bad, ("values.yaml", "mode: x\n")], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("c/templates/b.yaml:3:6") && said.contains("no such mode"), "{said}");
}

#[test]
fn r08_notes_come_when_asked_for() {
    let files = [("templates/a.yaml", "a: 1\n"), ("templates/NOTES.txt", "Hello {{ .Release.Name }}\n")];
    let plain = rendered(&files, &[]);
    assert!(!plain.contains("Hello"), "{plain}");
    let dir = folder([("Chart.yaml", HEAD)].into_iter().chain(files));
    let output = Command::new(env!("CARGO_BIN_EXE_chartwright"))
        .args(["template", "r", ".", "--notes"])
        .current_dir(dir.path())
        .output()
        .expect("it runs");
    let all = [output.stdout, output.stderr].concat();
    let all = String::from_utf8_lossy(&all);
    assert!(output.status.success() && all.contains("Hello r"), "{all}");
}

#[test]
fn r09_hooks_come_after_all_else_and_can_be_left_out() {
    let hook = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: h\n  annotations: {helm.sh/hook: pre-install}\n";
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n";
    let files = [("templates/a.yaml", hook), ("templates/b.yaml", map)];
    let all = rendered(&files, &[]);
    let at = |text: &str| all.find(text).unwrap_or_else(|| panic!("no {text} in {all}"));
    assert!(at("kind: ConfigMap") < at("kind: Pod"));
    assert!(!rendered(&files, &["--no-hooks"]).contains("kind: Pod"));
}
