//! `chartwright plan` from outside: what sides it reads, how it ends, and what it says of bad input.

mod folder;

use folder::folder;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}-a}\ndata: {who: {{ .Values.who | quote }}}\n";

fn run(dir: &Path, args: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartwright"));
    command.arg("plan").args(args).current_dir(dir).env_remove("HELM_NAMESPACE");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    // It need not read all of it.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    child.wait_with_output().expect("it ends")
}

fn told(dir: &Path, args: &[&str], input: &str) -> (Option<i32>, String) {
    let output = run(dir, args, input);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).expect("text"))
}

fn json(dir: &Path, args: &[&str], input: &str) -> serde_json::Value {
    let output = run(dir, &[args, &["--format", "json"]].concat(), input);
    assert!(output.status.code().is_some_and(|code| code < 2), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn verdicts(plan: &serde_json::Value) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let objects = plan["objects"].as_array().expect("objects");
    objects.iter().map(|object| (text(&object["id"]["name"]), text(&object["verdict"]))).collect()
}

fn one(name: &str, verdict: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), verdict.to_owned())]
}

/// A chart in `c`.
fn chart() -> TempDir {
    folder([
        ("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"),
        ("c/values.yaml", "who: world\n"),
        ("c/.helmignore", "notes/\n"),
        ("c/notes/templates.yaml", "{{ no template }"),
        ("c/templates/a.yaml", CONFIG),
    ])
}

#[test]
fn p01_a_commit_is_planned_against_the_folder() {
    let dir = chart();
    let git = |args: &[&str]| {
        let name = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
        let done = Command::new("git").args(name).args(args).current_dir(dir.path()).output().expect("git runs");
        assert!(done.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    };
    git(&["init", "--quiet"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message", "first"]);
    assert_eq!(told(dir.path(), &["git:HEAD:c", "c"], "").0, Some(0));
    std::fs::write(dir.path().join("c/values.yaml"), "who: moon\n").expect("written");
    let plan = json(dir.path(), &["git:HEAD:c", "c", "--release-name", "r"], "");
    assert_eq!(verdicts(&plan), one("r-a", "in-place"));
    let change = &plan["objects"][0]["changes"][0];
    assert_eq!(
        (&change["path"], &change["old"], &change["new"]),
        (&"data.who".into(), &"world".into(), &"moon".into())
    );
    let cause = &change["causes"][0];
    assert_eq!(
        (&cause["because"], &cause["value"], &cause["by_user"]),
        (&"value".into(), &"who".into(), &false.into())
    );
    assert_eq!((&cause["place"]["file"], &cause["place"]["line"]), (&"c/values.yaml".into(), &1.into()));
    // From within the repository, and a path that is not there.
    assert_eq!(
        verdicts(&json(&dir.path().join("c"), &["git:HEAD:.", ".", "--release-name", "r"], "")),
        one("r-a", "in-place")
    );
    let (code, text) = told(dir.path(), &["git:HEAD:nothing", "c"], "");
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("HEAD has nothing at \"nothing\""), "{text}");
    let (code, text) = told(dir.path(), &["git:nowhere:c", "c"], "");
    assert_eq!((code, text.contains("git knows no commit \"nowhere\"")), (Some(2), true), "{text}");
}

#[test]
fn p20_manifests_that_helm_prints_are_read_as_they_are() {
    let dir = chart();
    let manifest = "---\n# Source: c/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: r-a}\ndata: {who: \"moon\"}\n";
    let plan = json(dir.path(), &["-", "c", "--release-name", "r"], manifest);
    assert_eq!(verdicts(&plan), one("r-a", "in-place"));
    assert_eq!(plan["objects"][0]["changes"][0]["old"], "moon");
}

#[test]
fn p09_values_that_helm_prints_are_read_as_they_are() {
    let dir = chart();
    // A line above them, and null where there are none.
    let plan =
        json(dir.path(), &["-", "c", "--release-name", "r", "--reset-values"], "USER-SUPPLIED VALUES:\nwho: moon\n");
    assert_eq!(plan["objects"][0]["changes"][0]["old"], "moon");
    let plan = json(dir.path(), &["-", "c", "--release-name", "r"], "USER-SUPPLIED VALUES:\nnull\n");
    assert_eq!(verdicts(&plan), one("r-a", "unchanged"));
    for text in ["USER-SUPPLIED VALUES:\nwho: moon\n", "COMPUTED VALUES:\nwho: moon\n", "who: moon\n"] {
        let plan = json(dir.path(), &["c", "--release-name", "r", "--old-values", "-"], text);
        assert_eq!(plan["objects"][0]["changes"][0]["old"], "moon", "{text}");
    }
}

/// Two versions of a chart, `c` and `d`, and values of the user for both.
fn versions() -> TempDir {
    let template = "apiVersion: v1
kind: ConfigMap
metadata: {name: a, labels: {helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}}}
data:
  set: {{ .Values.set | quote }}
  default: {{ .Values.default | quote }}
  drawn: {{ randAlphaNum 9 | quote }}
  line: OLD
";
    let head = |version: &str| format!("apiVersion: v2\nname: c\nversion: {version}\n");
    folder([
        ("c/Chart.yaml", head("1.0.0")),
        ("c/values.yaml", "set: 1\ndefault: a\ngone: 1\n".into()),
        ("c/templates/a.yaml", template.into()),
        ("d/Chart.yaml", head("2.0.0")),
        ("d/values.yaml", "set: 1\ndefault: b\nmore: {x: 1}\n".into()),
        ("d/templates/a.yaml", template.replace("OLD", "NEW")),
        ("old.yaml", "set: 2\ngone: 3\n".into()),
        ("new.yaml", "set: 3\ngone: 3\nodd: 4\n".into()),
    ])
}

#[test]
fn p02_each_change_has_its_cause() {
    let dir = versions();
    let plan = json(dir.path(), &["c", "d", "--old-values", "old.yaml", "--new-values", "new.yaml"], "");
    let changes = plan["objects"][0]["changes"].as_array().expect("changes");
    let causes = |end: &str| -> Vec<String> {
        let change = changes.iter().find(|change| change["path"].as_str().is_some_and(|path| path.ends_with(end)));
        let causes = change.and_then(|change| change["causes"].as_array()).expect("a change with causes");
        let place = |cause: &serde_json::Value| {
            format!("{} {}:{}", cause["because"], cause["place"]["file"], cause["place"]["line"])
        };
        causes.iter().map(|cause| place(cause).replace('"', "")).collect()
    };
    assert_eq!(causes("data.set"), ["value new.yaml:1"]);
    assert_eq!(causes("data.default"), ["value d/values.yaml:2"]);
    assert_eq!(causes("data.drawn"), ["random d/templates/a.yaml:7"]);
    assert_eq!(causes("data.line"), ["template d/templates/a.yaml:8"]);
    assert_eq!(causes("helm.sh/chart\""), ["chart-version null:null"]);
}

#[test]
fn p10_values_that_differ_are_told_with_what_became_of_them() {
    let dir = versions();
    let plan = json(dir.path(), &["c", "d", "--old-values", "old.yaml", "--new-values", "new.yaml"], "");
    let values = plan["values"].as_array().expect("values");
    let told: Vec<String> =
        values.iter().map(|value| format!("{} {}", value["kind"], value["path"]).replace('"', "")).collect();
    let wanted = [
        "user-key-gone gone",
        "user-key-unknown odd",
        "default-changed default",
        "default-added more.x",
        "user-changed set",
    ];
    assert_eq!(told, wanted);
    let lost = plan["concerns"].as_array().expect("concerns").iter().find(|concern| concern["code"] == "lost-value");
    assert_eq!(lost.map(|concern| (&concern["path"], &concern["place"]["line"])), Some((&"gone".into(), &2.into())));
}

#[test]
fn p13_values_of_the_old_release_are_taken_over_as_helm_does() {
    let dir = chart();
    std::fs::write(dir.path().join("v.yaml"), "who: moon\n").expect("written");
    let old = ["c", "c", "--release-name", "r", "--old-values", "v.yaml"];
    let now = |flags: &[&str]| verdicts(&json(dir.path(), &[&old, flags].concat(), ""));
    assert_eq!(now(&[]), one("r-a", "unchanged"), "no values given: the old ones are taken");
    assert_eq!(now(&["--reset-values"]), one("r-a", "in-place"));
    assert_eq!(now(&["--reuse-values"]), one("r-a", "unchanged"));
    assert_eq!(now(&["--reset-then-reuse-values"]), one("r-a", "unchanged"));
    // `--reuse-values` takes the old defaults, too: those that are new in the chart are missing.
    std::fs::create_dir_all(dir.path().join("d/templates")).expect("a folder");
    std::fs::write(dir.path().join("d/Chart.yaml"), "apiVersion: v2\nname: c\nversion: 2.0.0\n").expect("written");
    std::fs::write(dir.path().join("d/values.yaml"), "who: world\nmap: {key: 1}\n").expect("written");
    let text = CONFIG.replace("\ndata: {", "\ndata: {key: {{ .Values.map.key | quote }}, ");
    std::fs::write(dir.path().join("d/templates/a.yaml"), text).expect("written");
    let (code, text) = told(dir.path(), &["c", "d", "--reuse-values"], "");
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("nil pointer evaluating interface {}.key"), "{text}");
    assert_eq!(told(dir.path(), &["c", "d", "--reset-then-reuse-values"], "").0, Some(0));
}

#[test]
fn what_cannot_be_read_ends_with_2_and_says_why() {
    let dir = chart();
    let payload = "H4sIAAAAAAAA/6tWKkktLlGyUlAqS8wpTVWqBQC3";
    for (args, input, want) in [
        (&["-", "-"][..], "", "only one side can be read from standard input"),
        (&["nothing", "c"], "", "open nothing: no such file or directory"),
        (&["-", "c"], payload, "the stored release is damaged: it ends in the middle"),
        (&["-", "c", "--reuse-values"], "kind: A\n", "--reuse-values needs the values of the old release"),
        (&["c", "c", "--show", "everything"], "", "invalid --show \"everything\": expected one of changes"),
        (&["c", "c", "--ignore", "lables"], "", "did you mean `labels`?"),
        (&["c", "c", "c"], "", "expected at most two arguments"),
        (&["c", "c", "--release-name", "A_B"], "", "invalid release name"),
        (&["c", "c", "--config", "none.yaml"], "", "open none.yaml"),
        (&[], "", "expected plan [OLD] NEW"),
    ] {
        let (code, text) = told(dir.path(), args, input);
        assert_eq!(code, Some(2), "{args:?}: {text}");
        assert!(text.contains(want), "{args:?}: {text}");
    }
}

#[test]
fn two_objects_of_one_name_and_sides_that_share_nothing_are_told() {
    let dir = chart();
    let object = |name: &str, value: u8| {
        format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{a: \"{value}\"}}\n")
    };
    std::fs::write(dir.path().join("a.yaml"), object("a", 1)).expect("written");
    std::fs::write(dir.path().join("b.yaml"), object("b", 1)).expect("written");
    let (code, text) = told(dir.path(), &["a.yaml", "b.yaml"], "");
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("the two sides share no object"), "{text}");
    std::fs::write(dir.path().join("b.yaml"), format!("{}{}", object("a", 1), object("a", 2))).expect("written");
    let (code, text) = told(dir.path(), &["a.yaml", "b.yaml"], "");
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("`ConfigMap/a` stands 2 times on the new side: b.yaml:2 and b.yaml:7"), "{text}");
}

#[test]
fn an_installation_says_what_comes() {
    let dir = chart();
    let plan = json(dir.path(), &["c", "--release-name", "r"], "");
    assert_eq!(verdicts(&plan), one("r-a", "added"));
    assert_eq!((&plan["outcome"], plan["rollback"].is_null()), (&"safe".into(), true));
}
