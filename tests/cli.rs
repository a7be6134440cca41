//! The two programs from outside: what they print, where, and how they fail.

mod folder;

use folder::folder;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const CHARTWRIGHT: &str = env!("CARGO_BIN_EXE_chartwright");
const RENDER: &str = env!("CARGO_BIN_EXE_render");
const REDIS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/chart");

/// A chart `c` in a folder of its own, with these files.
fn chart(files: &[(&str, &str)]) -> TempDir {
    let head = ("Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    folder(std::iter::once(head).chain(files.iter().copied()))
}

fn run(program: &str, dir: &Path, args: &[&str]) -> Output {
    Command::new(program).args(args).current_dir(dir).stdin(Stdio::null()).output().expect("it runs")
}

fn good(program: &str, dir: &Path, args: &[&str]) -> String {
    let output = run(program, dir, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Exit code 1, `Error: ` with `want` on stderr, nothing on stdout.
fn bad(dir: &Path, args: &[&str], want: &str) -> String {
    let output = run(CHARTWRIGHT, dir, args);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let shown: String = text.chars().take(400).collect();
    assert_eq!(output.status.code(), Some(1), "{args:?}: {shown}");
    assert!(output.stdout.is_empty(), "{args:?} printed");
    assert!(text.starts_with("Error: ") || text.contains("\nError: "), "{args:?}: {shown}");
    assert!(text.contains(want), "{args:?}: no {want:?} in {shown}");
    text
}

#[test]
fn r01_render_without_arguments_is_the_redis_chart() {
    let dir = tempfile::tempdir().expect("a folder");
    let args = ["--seed", "1", "--now", "0"];
    let embedded = good(RENDER, dir.path(), &args);
    let folder = good(CHARTWRIGHT, dir.path(), &[&["template", "release-name", REDIS][..], &args].concat());
    assert!(embedded.contains("kind: StatefulSet"));
    assert_eq!(embedded, folder);
}

#[test]
fn bad_templates_end_in_an_error_with_a_place() {
    let cycle = "a: {{ $d := dict }}{{ $_ := set $d \"a\" $d }}";
    let (parens, ifs) = ("(".repeat(100_000), "{{ if 1 }}".repeat(100_000));
    for (template, want) in [
        ("a: {{ if }}".to_owned(), "c/templates/a.yaml:1"),
        ("a:\n{{ foo }}".to_owned(), "c/templates/a.yaml:2"),
        ("{{ define \"x\" }}{{ include \"x\" . }}{{ end }}{{ include \"x\" . }}".to_owned(), "c/templates/a.yaml:1:47"),
        ("{{ define \"x\" }}{{ template \"x\" . }}{{ end }}{{ template \"x\" . }}".to_owned(), "c/templates/a.yaml:1"),
        ("a: {{ range until 1000000000000 }}x{{ end }}".to_owned(), "c/templates/a.yaml:1:12"),
        ("a: {{ repeat 1000000000000 \"x\" }}".to_owned(), "c/templates/a.yaml:1:6"),
        (format!("a: {{{{ {parens}"), "c/templates/a.yaml:1"),
        (ifs, "c/templates/a.yaml:1"),
        (format!("{cycle}{{{{ mustToJson $d }}}}"), "c/templates/a.yaml:1:47"),
        (format!("{cycle}{{{{ eq $d $d }}}}"), "c/templates/a.yaml:1:47"),
        (format!("{cycle}{{{{ deepCopy $d }}}}"), "c/templates/a.yaml:1:47"),
    ] {
        let dir = chart(&[("templates/a.yaml", &template)]);
        bad(dir.path(), &["template", "."], want);
    }
}

#[test]
fn maps_that_contain_themselves_can_be_used() {
    for call in ["deepEqual $d (dict \"a\" $d)", "toYaml $d", "toJson $d", "len $d"] {
        let text = format!("{{{{ $d := dict }}}}{{{{ $_ := set $d \"a\" $d }}}}a: {{{{ {call} | quote }}}}");
        let dir = chart(&[("templates/a.yaml", &text)]);
        good(CHARTWRIGHT, dir.path(), &["template", "."]);
    }
}

#[test]
fn bad_arguments_and_files_are_named() {
    let deep = "[".repeat(100_000);
    let dir = chart(&[
        ("templates/a.yaml", "a: 1\n"),
        ("list.yaml", "- a\n"),
        ("broken.yaml", "a: [\n"),
        ("deep.yaml", &deep),
        ("garbage.tgz", "no archive at all"),
        ("empty.tgz", ""),
        ("values.schema.json", r#"{"properties": {"n": {"type": "integer"}}}"#),
    ]);
    for (args, want) in [
        (&["./missing"][..], "./missing"),
        (&["garbage.tgz"], "garbage.tgz"),
        (&["empty.tgz"], "empty.tgz"),
        (&[".", "--set", "x"], "--set"),
        (&[".", "--set-json", "x={"], "--set-json"),
        (&[".", "-f", "missing.yaml"], "missing.yaml"),
        (&[".", "-f", "list.yaml"], "list.yaml"),
        (&[".", "-f", "broken.yaml"], "broken.yaml"),
        (&[".", "-f", "deep.yaml"], "deep.yaml"),
        (&[".", "--set", "n=x"], "n"),
        (&[".", "--no-such-flag"], "--no-such-flag"),
    ] {
        bad(dir.path(), &[&["template"], args].concat(), want);
    }
}

#[test]
fn every_failing_template_is_reported() {
    let dir = chart(&[("templates/a.yaml", "{{ fail \"one\" }}"), ("templates/b.yaml", "{{ fail \"two\" }}")]);
    let text = bad(dir.path(), &["template", "."], "one");
    assert!(text.contains("two"), "{text}");
}

#[test]
fn a_key_written_twice_is_a_warning_with_both_lines() {
    let dir = chart(&[("templates/a.yaml", "a: 1\n"), ("twice.yaml", "x: 1\ny: 2\nx: 3\n")]);
    let output = run(CHARTWRIGHT, dir.path(), &["template", ".", "-f", "twice.yaml"]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success());
    assert!(text.contains("twice.yaml:3") && text.contains("line 1"), "{text}");
}

#[test]
fn flags_of_our_own_work() {
    let dir = chart(&[
        ("templates/a.yaml", "a: {{ randAlphaNum 9 }}\nb: {{ now | unixEpoch }}\nv: {{ .Values.v }}\n"),
        ("templates/NOTES.txt", "hello"),
        ("values.yaml", "v: 1\n"),
    ]);
    let args = ["template", ".", "--seed", "3", "--now", "86400", "--notes"];
    let text = good(CHARTWRIGHT, dir.path(), &args);
    assert_eq!(text, good(CHARTWRIGHT, dir.path(), &args));
    assert!(text.contains("b: 86400") && text.contains("hello"), "{text}");
    good(CHARTWRIGHT, dir.path(), &["template", ".", "--output-dir", "out"]);
    assert!(dir.path().join("out/c/templates/a.yaml").exists());

    let mut child = Command::new(CHARTWRIGHT)
        .args(["template", ".", "-f", "-"])
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    child.stdin.take().expect("a pipe").write_all(b"v: piped\n").expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(String::from_utf8_lossy(&output.stdout).contains("v: piped"));
}

#[test]
fn lookup_finds_what_the_file_holds() {
    let object = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: ns}\ndata: {k: dg==}\n";
    let template = "a: {{ (lookup \"v1\" \"Secret\" \"ns\" \"s\").data.k }}\n";
    let dir = chart(&[("templates/a.yaml", template), ("objects.yaml", object)]);
    let text = good(CHARTWRIGHT, dir.path(), &["template", ".", "--lookup", "objects.yaml"]);
    assert!(text.contains("a: dg=="), "{text}");
}
