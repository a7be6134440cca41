//! `chartwright snapshot` from outside: what is written and when, what a change is told with, what is masked, how it ends,
//! and what it says of bad input.

mod folder;

use chartwright::suite::snapshot;
use folder::folder;
use serde_json::Value as Json;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

const HEAD: (&str, &str) = ("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");

const VALUES: (&str, &str) = ("c/values.yaml", "who: world\nreplicas: 1\nextra: true\n");

const CONFIG: (&str, &str) = (
    "c/templates/config.yaml",
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  who: {{ .Values.who | quote }}\n",
);

const EXTRA: (&str, &str) = (
    "c/templates/extra.yaml",
    "{{- if .Values.extra }}\napiVersion: v1\nkind: Service\nmetadata:\n  name: more\nspec:\n  type: ClusterIP\n{{- end }}\n",
);

const RANDOM: (&str, &str) = (
    "c/templates/secret.yaml",
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  password: {{ randAlphaNum 12 }}\n  made: {{ now | date \"2006\" | quote }}\n",
);

const SNAPSHOTS: &str = "c/tests/__snapshots__";

struct Done {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Done {
    #[track_caller]
    fn says(&self, code: i32, words: &[&str]) {
        let all = format!("{}{}", self.out, self.err);
        assert_eq!(self.code, Some(code), "{all}");
        for word in words {
            assert!(all.contains(word), "no {word:?} in\n{all}");
        }
    }
}

fn run(dir: &Path, args: &[&str]) -> Done {
    let output = Command::new(env!("CARGO_BIN_EXE_chartwright"))
        .args(["snapshot", "c"])
        .args(args)
        .current_dir(dir)
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    Done {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

/// A chart `c` of these files, of which snapshots were taken.
fn taken(files: &[(&str, &str)]) -> TempDir {
    let dir = chart(files);
    run(dir.path(), &["--update"]).says(0, &["written: defaults"]);
    dir
}

fn chart(files: &[(&str, &str)]) -> TempDir {
    folder([HEAD].into_iter().chain(files.iter().copied()))
}

fn put(dir: &TempDir, name: &str, text: &str) {
    fs::write(dir.path().join(name), text).expect("written");
}

fn get(dir: &TempDir, name: &str) -> String {
    fs::read_to_string(dir.path().join(name)).unwrap_or_default()
}

fn snapshot_of(dir: &TempDir, case: &str) -> String {
    get(dir, &format!("{SNAPSHOTS}/{case}.yaml"))
}

fn files(dir: &TempDir) -> Vec<String> {
    let Ok(entries) = fs::read_dir(dir.path().join(SNAPSHOTS)) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_missing_snapshot_fails_and_is_not_written() {
    let dir = chart(&[VALUES, CONFIG]);
    let told = ["missing: defaults (c/tests/__snapshots__/defaults.yaml)", "1 case: 1 missing", "snapshot c --update"];
    run(dir.path(), &[]).says(1, &told);
    run(dir.path(), &["--check"]).says(1, &told);
    assert!(files(&dir).is_empty() && !dir.path().join("c/.helmignore").exists());
}

#[test]
fn a_snapshot_is_written_once_and_holds_from_then_on() {
    let dir = taken(&[VALUES, CONFIG, EXTRA, ("c/ci/moon-values.yaml", "who: moon\n")]);
    assert_eq!(files(&dir), ["ci-moon-values.yaml", "defaults.yaml"]);
    let text = snapshot_of(&dir, "ci-moon-values");
    let want = "case: ci/moon-values.yaml\nrelease: release-name\nnamespace: default\nkubeVersion: v1.37.0\n---\n\
                # ConfigMap/web\n# from: templates/config.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n\
                data:\n  who: \"moon\"\n---\n# Service/more\n# from: templates/extra.yaml\n";
    assert!(text.contains(want), "{text}");
    run(dir.path(), &[]).says(0, &["2 cases: 2 same"]);
    run(dir.path(), &["--update"]).says(0, &["2 cases: 2 same"]);
    assert_eq!(snapshot_of(&dir, "ci-moon-values"), text);
}

#[test]
fn documents_stand_in_the_order_of_kind_and_name_wherever_they_come_from() {
    let one = |name: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n");
    let both = format!("{}---\n{}", one("b"), one("a"));
    let dir = taken(&[("c/templates/a.yaml", &both)]);
    let before = snapshot_of(&dir, "defaults");
    put(&dir, "c/templates/a.yaml", &one("a"));
    put(&dir, "c/templates/z.yaml", &one("b"));
    run(dir.path(), &[]).says(0, &["1 same"]);
    assert!(before.find("# ConfigMap/a").expect("a") < before.find("# ConfigMap/b").expect("b"));
}

#[test]
fn packages_are_kept_free_of_snapshots_and_it_is_said() {
    let dir = chart(&[VALUES, CONFIG, ("c/.helmignore", "*.swp")]);
    run(dir.path(), &["--update"]).says(0, &["c/.helmignore: added `tests/__snapshots__/`"]);
    assert_eq!(get(&dir, "c/.helmignore"), "*.swp\ntests/__snapshots__/\n");
    let again = run(dir.path(), &["--update"]);
    assert!(!again.err.contains("helmignore"), "{}", again.err);
    put(&dir, "c/.helmignore", "*.swp\n");
    run(dir.path(), &[]).says(0, &["warning[snapshots-are-packed]", "tests/__snapshots__/"]);
}

#[test]
fn a_change_is_told_with_its_template_line_and_the_value_that_made_it() {
    let dir = taken(&[VALUES, CONFIG]);
    put(&dir, "c/values.yaml", "who: moon\n");
    run(dir.path(), &[]).says(
        1,
        &[
            "ConfigMap/web changed in defaults\n  data.who: \"world\" -> \"moon\"\n",
            "written by c/templates/config.yaml:6:8",
            "who = \"moon\", set in c/values.yaml:1:1",
            "1 case: 1 changed",
            "--accept ConfigMap/web",
        ],
    );
    assert!(snapshot_of(&dir, "defaults").contains("world"));
}

#[test]
fn what_changes_alike_in_several_cases_is_told_once() {
    let dir =
        taken(&[VALUES, CONFIG, ("c/ci/a-values.yaml", "replicas: 2\n"), ("c/ci/b-values.yaml", "replicas: 3\n")]);
    put(&dir, "c/values.yaml", "who: moon\n");
    let told = run(dir.path(), &[]);
    told.says(1, &["ConfigMap/web changed in defaults; ci/a-values.yaml; ci/b-values.yaml\n"]);
    assert_eq!(told.out.matches("data.who").count(), 1, "{}", told.out);
}

#[test]
fn another_way_of_writing_the_same_is_shown_as_lines() {
    let dir = taken(&[VALUES, CONFIG]);
    put(&dir, "c/templates/config.yaml", &CONFIG.1.replace("| quote ", ""));
    run(dir.path(), &[])
        .says(1, &["ConfigMap/web changed in defaults\n", "  -  who: \"world\"\n", "  +  who: world\n"]);
}

#[test]
fn a_document_that_goes_or_comes_is_told_with_the_branch_and_the_value_behind_it() {
    let dir = taken(&[VALUES, CONFIG, EXTRA]);
    put(&dir, "c/values.yaml", "who: world\nextra: false\n");
    run(dir.path(), &[]).says(
        1,
        &[
            "Service/more is gone in defaults\n",
            "left out by c/templates/extra.yaml:1",
            "extra = false, set in c/values.yaml:2:1",
        ],
    );
    run(dir.path(), &["--update"]).says(0, &["written: defaults"]);
    put(&dir, "c/values.yaml", "who: world\nextra: true\n");
    run(dir.path(), &[]).says(
        1,
        &[
            "Service/more is new in defaults\n",
            "written by c/templates/extra.yaml:2",
            "extra = true, set in c/values.yaml:2:1",
        ],
    );
}

#[test]
fn a_snapshot_of_no_case_fails_and_an_update_removes_it() {
    let dir = taken(&[VALUES, CONFIG, ("c/ci/moon-values.yaml", "who: moon\n")]);
    fs::remove_file(dir.path().join("c/ci/moon-values.yaml")).expect("removed");
    let file = "obsolete: c/tests/__snapshots__/ci-moon-values.yaml, of `ci/moon-values.yaml`";
    run(dir.path(), &[]).says(1, &[file, "1 same, 1 obsolete"]);
    // Where cases are left out, files of others are nothing to wonder at.
    run(dir.path(), &["--case", "defaults"]).says(0, &["1 case: 1 same"]);
    run(dir.path(), &["--no-matrix"]).says(0, &["1 case: 1 same"]);
    run(dir.path(), &["--update"]).says(0, &["removed: ci/moon-values.yaml"]);
    assert_eq!(files(&dir), ["defaults.yaml"]);
}

#[test]
fn what_varies_is_masked_and_named_and_holds_when_the_template_grows_a_line() {
    let dir = taken(&[RANDOM]);
    let text = snapshot_of(&dir, "defaults");
    let want = "# Secret/s\n# from: templates/secret.yaml\n\
                # masked: stringData.password, by randAlphaNum at templates/secret.yaml:6:16\n\
                # masked: stringData.made, by now at templates/secret.yaml:7:12\n";
    assert!(text.contains(want), "{text}");
    assert!(text.contains("  password: '*** randAlphaNum'\n  made: '*** now'\n"), "{text}");
    run(dir.path(), &[]).says(0, &["1 same"]);
    put(&dir, "c/templates/secret.yaml", &format!("{{{{/* a line more */}}}}\n{}", RANDOM.1));
    run(dir.path(), &[]).says(0, &["1 same"]);
    put(&dir, "c/templates/secret.yaml", &RANDOM.1.replace("randAlphaNum", "randAlpha"));
    run(dir.path(), &[])
        .says(1, &["-# masked: stringData.password, by randAlphaNum", "+# masked: stringData.password, by randAlpha"]);
}

#[test]
fn what_varies_through_a_helper_and_a_checksum_is_masked_everywhere() {
    let dir = taken(&[
        ("c/templates/_h.tpl", "{{ define \"pw\" }}{{ randAlphaNum 8 | b64enc }}{{ end }}"),
        (
            "c/templates/a.yaml",
            "kind: Job\nmetadata: {name: \"{{ .Release.Name }}-{{ randAlpha 5 | lower }}\"}\nspec:\n  fixed: 1\n",
        ),
        (
            "c/templates/b.yaml",
            "kind: A\nmetadata:\n  name: b\n  annotations:\n    sum: {{ include \"pw\" . | sha256sum }}\n    \
                                list: |\n      {{ randAlphaNum 4 }}\n      fixed\n",
        ),
    ]);
    let text = snapshot_of(&dir, "defaults");
    assert!(text.contains("    sum: '*** randAlphaNum'\n    list: |\n      '*** randAlphaNum'\n      fixed"), "{text}");
    assert!(text.contains("by randAlphaNum at templates/_h.tpl:1:21"), "{text}");
    assert!(text.contains("metadata: '*** randAlpha'\nspec:\n  fixed: 1"), "{text}");
    run(dir.path(), &[]).says(0, &["1 same"]);
}

#[test]
fn with_a_seed_and_a_time_nothing_is_masked_and_every_run_is_the_same() {
    let dir = chart(&[RANDOM]);
    let pinned = ["--seed", "7", "--now", "0"];
    run(dir.path(), &[&pinned[..], &["--update"]].concat()).says(0, &["written"]);
    let text = snapshot_of(&dir, "defaults");
    assert!(
        !text.contains("***") && text.contains("made: \"1970\"") && text.contains("seed: \"7\"\nnow: \"0\"\n"),
        "{text}"
    );
    run(dir.path(), &pinned).says(0, &["1 same"]);
    let other = run(dir.path(), &["--seed", "7"]);
    other.says(1, &["head changed", "now: 0 -> nothing", "made"]);
    assert!(!other.out.contains("masked: stringData.password"), "{}", other.out);
    put(&dir, "c/chartwright.yaml", "matrix:\n  seed: 7\n  now: 0\n");
    run(dir.path(), &[]).says(0, &["1 same"]);
}

#[test]
fn a_function_that_asks_a_cluster_is_named() {
    let dir = taken(&[(
        "c/templates/a.yaml",
        "kind: A\nmetadata: {name: a}\nx: {{ len (lookup \"v1\" \"Secret\" \"apps\" \"s\") }}\n",
    )]);
    let text = snapshot_of(&dir, "defaults");
    assert!(text.contains("# asks: lookup at templates/a.yaml:3:12\n") && text.contains("x: 0"), "{text}");
    put(&dir, "live.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: apps}\n");
    run(dir.path(), &["--lookup", "live.yaml"]).says(1, &["x: 0 -> 3"]);
}

#[test]
fn secrets_that_the_user_gives_are_in_no_file_and_no_secret_is_printed() {
    let template = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  password: {{ .Values.auth.password }}\n\
                    data:\n  b: {{ .Values.auth.password | b64enc }}\n";
    let secret = ("c/templates/a.yaml", template);
    let dir = chart(&[
        secret,
        ("c/values.yaml", "auth: {password: from-the-chart}\n"),
        ("prod.yaml", "auth: {password: kanari7-Xq93}\n"),
    ]);
    run(dir.path(), &["-f", "prod.yaml", "--update"]).says(0, &["written"]);
    let text = snapshot_of(&dir, "defaults");
    assert!(!text.contains("kanari7") && !text.contains("a2FuYXJpNy"), "{text}");
    assert!(
        text.contains("given:\n- -f prod.yaml\n") && text.contains("# masked: secret values of -f and --set"),
        "{text}"
    );
    // What the chart itself says is part of what it renders; a report is another matter.
    run(dir.path(), &["--update"]).says(0, &["written"]);
    assert!(snapshot_of(&dir, "defaults").contains("password: from-the-chart"));
    put(&dir, "c/values.yaml", "auth: {password: another-of-the-chart}\n");
    for format in ["text", "json"] {
        let told = run(dir.path(), &["--format", format]);
        told.says(1, &["stringData.password", "another value"]);
        let all = told.out + &told.err;
        for text in ["from-the-chart", "another-of-the-chart", "ZnJvbS10aGUtY2hhcnQ", "YW5vdGhlci1v"] {
            assert!(!all.contains(text), "{text} in {all}");
        }
    }
}

const REFUSES: (&str, &str) = (
    "c/templates/config.yaml",
    "{{ if eq .Values.who \"nobody\" }}{{ fail \"who is needed\" }}{{ end }}kind: A\nmetadata: {name: a}\n",
);

#[test]
fn a_case_that_is_expected_to_fail_has_its_error_as_snapshot() {
    let cases = "cases:\n  ci/bad-values.yaml: {expect: error, error: who is}\n";
    let dir = taken(&[VALUES, REFUSES, ("c/ci/bad-values.yaml", "who: nobody\n"), ("c/chartwright.yaml", cases)]);
    let text = snapshot_of(&dir, "ci-bad-values");
    assert!(
        text.contains("---\n# error\nerror: |-\n  execution error at (c/templates/config.yaml:1:35): who is needed\n"),
        "{text}"
    );
    put(&dir, "c/templates/config.yaml", &REFUSES.1.replace("is needed", "is missing"));
    run(dir.path(), &[])
        .says(1, &["error changed in ci/bad-values.yaml\n", "who is needed", "+execution error", "who is missing"]);
    put(&dir, "c/templates/config.yaml", &REFUSES.1.replace("who is needed", "no"));
    run(dir.path(), &[]).says(1, &["error[unexpected-error-text]", "c/chartwright.yaml:2", "1 same, 1 failed"]);
    put(&dir, "c/ci/bad-values.yaml", "who: somebody\n");
    let told = run(dir.path(), &["--update"]);
    told.says(1, &["error[unexpected-render]", "`ci/bad-values.yaml` renders, and is expected to fail"]);
    assert_eq!(snapshot_of(&dir, "ci-bad-values"), text, "a case that does not do what it should leaves its snapshot");
}

#[test]
fn a_chart_that_does_not_render_is_no_failed_test_and_its_other_cases_go_on() {
    let dir = chart(&[VALUES, REFUSES, ("c/ci/bad-values.yaml", "who: nobody\n")]);
    let told = run(dir.path(), &["--update"]);
    told.says(2, &["who is needed", "c/templates/config.yaml:1", "written: defaults", "1 broken, 1 written"]);
    assert_eq!(files(&dir), ["defaults.yaml"]);
    run(dir.path(), &[]).says(2, &["1 same, 1 broken"]);
}

#[test]
fn a_snapshot_that_somebody_made_nonsense_of_is_told_by_line_and_the_others_go_on() {
    let dir = taken(&[VALUES, CONFIG, ("c/ci/moon-values.yaml", "who: moon\n")]);
    let good = snapshot_of(&dir, "defaults");
    let name = format!("{SNAPSHOTS}/defaults.yaml");
    put(&dir, &name, &good.replace("kind: ConfigMap", "kind: [ConfigMap"));
    put(&dir, "c/ci/moon-values.yaml", "who: mars\n");
    run(dir.path(), &[]).says(
        2,
        &[
            "error[bad-snapshot]: `ConfigMap/web` is no YAML",
            "--> c/tests/__snapshots__/defaults.yaml:1",
            "\"moon\" -> \"mars\"",
            "1 changed, 1 broken",
        ],
    );
    put(&dir, &name, &good.replace("# ConfigMap/web", "ConfigMap/web"));
    run(dir.path(), &[]).says(2, &["defaults.yaml:7", "expected `# KIND/NAME` behind `---`, found `ConfigMap/web`"]);
    put(&dir, &name, "\u{0}\n");
    run(dir.path(), &["--update"]).says(0, &["written: defaults"]);
    assert_eq!(snapshot_of(&dir, "defaults"), good);
    put(&dir, &format!("{SNAPSHOTS}/mine.yaml"), "a: 1\n");
    run(dir.path(), &["--update"]).says(2, &["mine.yaml:1", "there is no `a` in the head of a snapshot"]);
    assert!(files(&dir).contains(&"mine.yaml".to_owned()), "what is no snapshot is nobody's to remove");
}

#[test]
fn one_object_is_accepted_and_nothing_else() {
    let dir = taken(&[VALUES, CONFIG, EXTRA, ("c/ci/moon-values.yaml", "who: moon\n")]);
    put(&dir, "c/templates/config.yaml", &CONFIG.1.replace("name: web", "name: web\n  labels: {a: b}"));
    put(&dir, "c/templates/extra.yaml", &EXTRA.1.replace("ClusterIP", "NodePort"));
    run(dir.path(), &["--accept", "ConfigMap/web,ci/*"])
        .says(1, &["Service/more changed in defaults; ci/moon-values.yaml"]);
    let labels = |case: &str| snapshot_of(&dir, case).contains("labels: {a: b}");
    assert!(labels("ci-moon-values") && !labels("defaults"));
    run(dir.path(), &["--accept", "ConfigMap/web"]).says(1, &["2 cases: 2 changed"]);
    assert!(labels("defaults") && snapshot_of(&dir, "defaults").contains("ClusterIP"));
    run(dir.path(), &["--accept", "Service/more"]).says(0, &["2 written"]);
    run(dir.path(), &[]).says(0, &["2 same"]);
}

#[test]
fn to_accept_what_is_not_there_is_an_error_that_knows_what_may_be_meant() {
    let dir = taken(&[VALUES, CONFIG, EXTRA]);
    put(&dir, "c/values.yaml", "who: moon\nextra: true\n");
    run(dir.path(), &["--accept", "ConfigMap/wep"])
        .says(2, &["names nothing that differs", "did you mean `ConfigMap/web`?"]);
    run(dir.path(), &["--accept", "Service/more"]).says(2, &["it is the same as in its snapshots"]);
    run(dir.path(), &["--accept", "ConfigMap/web,defalts"]).says(2, &["names no case", "did you mean `defaults`?"]);
    assert!(snapshot_of(&dir, "defaults").contains("world"));
}

#[test]
fn an_object_in_a_namespace_is_accepted_by_kind_and_name_too() {
    let dir = taken(&[VALUES, (CONFIG.0, &CONFIG.1.replace("name: web", "name: web\n  namespace: apps"))]);
    assert!(snapshot_of(&dir, "defaults").contains("\n# ConfigMap/apps/web\n"));
    put(&dir, "c/values.yaml", "who: moon\n");
    run(dir.path(), &["--accept", "ConfigMap/web"]).says(0, &["1 written"]);
}

#[test]
fn a_review_needs_a_terminal() {
    let dir = chart(&[VALUES, CONFIG]);
    run(dir.path(), &["--review"]).says(2, &["here is no terminal", "--accept KIND/NAME"]);
}

#[test]
fn a_matrix_multiplies_the_cases() {
    let config = "matrix:\n  kubeVersions: ['1.33', '1.35']\n  releaseNames: [a, b]\n  namespace: apps\n";
    let text = "kind: A\nmetadata: {name: {{ .Release.Name }}}\nv: {{ .Capabilities.KubeVersion }}\n";
    let dir = chart(&[("c/templates/a.yaml", text), ("c/chartwright.yaml", config)]);
    run(dir.path(), &["--update"]).says(0, &["4 written"]);
    let want = ["1.33--release-a", "1.33--release-b", "1.35--release-a", "1.35--release-b"];
    assert_eq!(files(&dir), want.map(|end| format!("defaults--kube-{end}.yaml")));
    let text = snapshot_of(&dir, "defaults--kube-1.35--release-b");
    assert!(text.contains("release: b\nnamespace: apps\nkubeVersion: v1.35\n") && text.contains("v: v1.35"), "{text}");
    run(dir.path(), &["--kube-version", "1.35", "--release-name", "b", "--case", "defaults"]).says(1, &["1 missing"]);
}

#[test]
fn a_matrix_that_cannot_be_read_is_told_with_its_place() {
    let dir = chart(&[VALUES, CONFIG, ("c/chartwright.yaml", "matrix:\n  releaseName: [a]\n  seed: x\n")]);
    run(dir.path(), &[]).says(
        2,
        &["c/chartwright.yaml:2", "`releaseName`", "did you mean `releaseNames`?", "c/chartwright.yaml:3", "seed"],
    );
    put(&dir, "c/chartwright.yaml", "matrix:\n  kubeVersions: [latest]\n");
    run(dir.path(), &[]).says(2, &["c/chartwright.yaml", "`matrix.kubeVersions`", "latest"]);
}

#[test]
fn an_upgrade_that_renders_what_its_installation_does_is_no_file_of_its_own() {
    let text = "kind: A\nmetadata: {name: a}\n{{ if .Release.IsUpgrade }}up: {{ .Values.up }}{{ end }}\n";
    let dir = taken(&[("c/templates/a.yaml", text), ("c/values.yaml", "up: 1\n")]);
    assert_eq!(files(&dir), ["defaults--upgrade.yaml", "defaults.yaml"]);
    put(&dir, "c/templates/a.yaml", &text.replace("up: {{ .Values.up }}", ""));
    run(dir.path(), &["--update"]).says(0, &["removed: defaults, upgrade"]);
    assert_eq!(files(&dir), ["defaults.yaml"]);
    put(&dir, "c/templates/a.yaml", text);
    run(dir.path(), &[]).says(1, &["missing: defaults, upgrade"]);
}

#[test]
fn notes_are_kept_on_request_and_what_varies_in_them_is_masked() {
    let dir = chart(&[
        VALUES,
        CONFIG,
        ("c/templates/NOTES.txt", "Hello {{ .Values.who }}\n---\ndrawn: {{ randAlphaNum 9 }}\n"),
    ]);
    run(dir.path(), &["--notes", "--update"]).says(0, &["written"]);
    let text = snapshot_of(&dir, "defaults");
    let want = "# NOTES.txt\n# masked: lines of the notes, by random numbers or the clock\nnotes: |-\n  Hello world\n  ---\n  *** (";
    assert!(text.contains(want), "{text}");
    run(dir.path(), &["--notes"]).says(0, &["1 same"]);
    put(&dir, "c/values.yaml", "who: moon\n");
    run(dir.path(), &["--notes"]).says(1, &["NOTES.txt changed in defaults", "-Hello world", "+Hello moon"]);
    run(dir.path(), &[]).says(1, &["NOTES.txt is gone in defaults"]);
}

#[test]
fn programs_get_json_with_paths_places_and_the_exit_code() {
    let dir = taken(&[VALUES, CONFIG]);
    put(&dir, "c/values.yaml", "who: moon\n");
    let done = run(dir.path(), &["--format", "json"]);
    assert_eq!(done.code, Some(1));
    let report: Json = serde_json::from_str(&done.out).expect("JSON");
    let case = &report["cases"][0];
    let field = &case["differences"][0]["fields"][0];
    assert_eq!(
        (&report["exitCode"], &case["status"], &case["case"]),
        (&1.into(), &"changed".into(), &"defaults".into())
    );
    assert_eq!(
        (&field["path"], &field["old"], &field["new"]),
        (&"data.who".into(), &"\"world\"".into(), &"\"moon\"".into())
    );
    assert_eq!(field["behind"]["template"]["file"], "c/templates/config.yaml");
    assert_eq!(
        (&field["behind"]["values"][0]["path"], &field["behind"]["values"][0]["place"]["line"]),
        (&"who".into(), &1.into())
    );
}

#[test]
fn snapshots_may_lie_elsewhere_and_those_of_an_archive_do() {
    let dir = chart(&[VALUES, CONFIG]);
    run(dir.path(), &["--dir", "kept/here", "--update"]).says(0, &["written: defaults (kept/here/defaults.yaml)"]);
    assert!(files(&dir).is_empty() && !dir.path().join("c/.helmignore").exists());
    run(dir.path(), &["--dir", "kept/here"]).says(0, &["1 same"]);
    fs::rename(dir.path().join("c"), dir.path().join("d")).expect("moved");
    put(&dir, "c", "no archive");
    run(dir.path(), &[]).says(2, &["c is an archive", "--dir"]);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_where_a_link_of_the_chart_leads() {
    let dir = chart(&[VALUES, CONFIG, ("out/keep", "")]);
    fs::create_dir(dir.path().join("c/tests")).expect("a folder");
    std::os::unix::fs::symlink(dir.path().join("out"), dir.path().join(SNAPSHOTS)).expect("a link");
    put(&dir, "c/.helmignore", "tests/\n");
    run(dir.path(), &["--update"]).says(2, &["leads out of the chart"]);
    assert_eq!(fs::read_dir(dir.path().join("out")).expect("a folder").count(), 1);
    fs::remove_file(dir.path().join(SNAPSHOTS)).expect("removed");
    fs::create_dir(dir.path().join(SNAPSHOTS)).expect("a folder");
    std::os::unix::fs::symlink(dir.path().join("out/keep"), dir.path().join(SNAPSHOTS).join("defaults.yaml"))
        .expect("a link");
    run(dir.path(), &[]).says(2, &["this is no plain file"]);
    run(dir.path(), &["--update"]).says(0, &["written: defaults"]);
    assert_eq!(get(&dir, "out/keep"), "");
}

#[test]
fn a_crate_gets_a_text_for_each_case_and_a_document_that_goes_changes_it() {
    let dir = chart(&[VALUES, CONFIG, EXTRA, RANDOM, ("c/ci/moon-values.yaml", "who: moon\n")]);
    let path = dir.path().join("c");
    let cases = snapshot::documents(&path).expect("it renders");
    let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names, ["defaults", "ci-moon-values"]);
    assert_eq!(snapshot::documents(&path).expect("it renders"), cases, "two renders are the same");
    put(&dir, "c/values.yaml", "who: world\nextra: false\n");
    let fewer = snapshot::documents(&path).expect("it renders");
    assert!(cases[0].text.contains("# Service/more") && !fewer[0].text.contains("# Service/more"));
    put(&dir, "c/templates/config.yaml", "{{ .Values.who.name }}");
    let error = snapshot::documents(&path).expect_err("it does not render");
    assert!(error.to_string().contains("templates/config.yaml:1"), "{error}");
    assert!(!snapshot::check(&path).expect("it loads").is_same());
}

#[test]
fn texts_of_cases_go_into_insta() {
    let dir = chart(&[VALUES, CONFIG]);
    for case in snapshot::documents(dir.path().join("c")).expect("it renders") {
        insta::assert_snapshot!(case.text.lines().skip(1).collect::<Vec<_>>().join("\n"), @r#"
        case: defaults
        release: release-name
        namespace: default
        kubeVersion: v1.37.0
        ---
        # ConfigMap/web
        # from: templates/config.yaml
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: web
        data:
          who: "world"
        "#);
    }
}
