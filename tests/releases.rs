//! `template --releases`: many releases of a file, as the program renders them.

mod folder;

use folder::folder;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const CHARTWRIGHT: &str = env!("CARGO_BIN_EXE_chartwright");

const CHART: &str = "apiVersion: v2\nname: c\nversion: 0.1.0\n";
const TEMPLATE: &str = "kind: ConfigMap
metadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}
data:
  all: {{ omit .Values \"global\" | toJson | quote }}
  kinds: {{ range $key, $value := omit .Values \"global\" }}{{ $key }}={{ kindOf $value }} {{ end }}
  kube: {{ .Capabilities.KubeVersion }}
  has: {{ .Capabilities.APIVersions.Has \"a/v1\" }}
  upgrade: {{ .Release.IsUpgrade }}
  random: {{ randAlphaNum 8 }}
";
const HOOK: &str = "kind: Pod\nmetadata:\n  name: hook\n  annotations: {helm.sh/hook: test}\n";

/// A folder with the charts `c` and `d/c`, values files, and the rows.
fn with(rows: &str) -> TempDir {
    folder([
        ("rows.yaml", rows),
        ("c/Chart.yaml", CHART),
        ("c/values.yaml", "a: 1\n"),
        ("c/templates/a.yaml", TEMPLATE),
        ("c/templates/hook.yaml", HOOK),
        ("d/c/Chart.yaml", CHART),
        ("d/c/templates/b.yaml", "kind: Secret\nb: {{ required \"b is needed\" .Values.b }}\n"),
        ("prod.yaml", "a: 2\nfrom: prod\n"),
        ("text.txt", "some text"),
    ])
}

fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(CHARTWRIGHT);
    command.arg("template").args(args).current_dir(dir).stdin(Stdio::null()).env_remove("JOB_COMPLETION_INDEX");
    command
}

fn run(dir: &Path, args: &[&str]) -> Output {
    command(dir, args).output().expect("it runs")
}

fn good(dir: &Path, args: &[&str]) -> String {
    let output = run(dir, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// What a run that fails says on stderr.
fn bad(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    text
}

/// What the rows say is wrong with them: `LINE:COLUMN: message`, in order.
fn problems(rows: &str) -> Vec<String> {
    let dir = with(rows);
    let output = run(dir.path(), &["--releases", "rows.yaml"]);
    let text = bad(&output);
    assert!(output.stdout.is_empty() && text.contains("in rows.yaml: nothing was rendered"), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    let heads =
        lines.windows(2).filter_map(|pair| Some((pair.first()?.strip_prefix("error[bad-releases]: ")?, pair.get(1)?)));
    heads.map(|(message, place)| format!("{}: {message}", place.trim_start_matches("  --> rows.yaml:"))).collect()
}

/// The parts of the output, by the name of the release.
fn by_release(text: &str) -> Vec<(String, String)> {
    let parts = text.split("# Release: ").skip(1);
    parts.filter_map(|part| part.split_once('\n')).map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
}

#[test]
fn each_release_is_what_template_prints_of_it_alone() {
    let dir = with(
        r#"
- {chart: c, name: plain}
- {chart: ./c/, name: plain, namespace: web, kubeVersion: "1.31", apiVersions: [a/v1], isUpgrade: true}
- chart: c
  name: values
  values: [prod.yaml, {from: inline}]
  set: [a=3, "b={1,x}"]
  setString: n=007
  setJson: ['o={"x":[1.5]}']
  setFile: [file=text.txt]
  setLiteral: ["l=a,b\\c"]
--- # A document of its own
chart: d/c
name: other
set: b=1
"#,
    );
    fs::write(dir.path().join("inline.yaml"), "from: inline\n").expect("the file");
    let fixed = ["--seed", "1", "--now", "0"];
    let all = by_release(&good(dir.path(), &[&["--releases", "rows.yaml"][..], &fixed].concat()));
    let alone: [(&str, &[&str]); 4] = [
        ("default/plain", &["plain", "c"]),
        ("web/plain", &["plain", "c", "-n", "web", "--kube-version", "1.31", "-a", "a/v1", "--is-upgrade"]),
        (
            "default/values",
            &[
                "values",
                "c",
                "-f",
                "prod.yaml",
                "-f",
                "inline.yaml",
                "--set",
                "a=3",
                "--set",
                "b={1,x}",
                "--set-string",
                "n=007",
                "--set-json",
                "o={\"x\":[1.5]}",
                "--set-file",
                "file=text.txt",
                "--set-literal",
                "l=a,b\\c",
            ],
        ),
        ("default/other", &["other", "d/c", "--set", "b=1"]),
    ];
    let want: Vec<_> =
        alone.iter().map(|(name, args)| ((*name).to_owned(), good(dir.path(), &[args, &fixed[..]].concat()))).collect();
    assert_eq!(all, want);
}

#[test]
fn a_map_of_values_to_set_keeps_their_types() {
    let row = r#"{"chart": "c", "name": "x", "set": {
        "int": 3, "big": 1000000, "float": 1.5, "bool": true, "text": "true", "comma": "{a,b}\\", "a": null,
        "list": [1, {"b": "c"}], "deep.dots\\.here": "x"}, "setFile": {"file": "text.txt"}}"#;
    let dir = with(&row.replace('\n', ""));
    let text = good(dir.path(), &["--releases", "rows.yaml"]);
    let values = concat!(
        r#""{\"big\":1000000,\"bool\":true,\"comma\":\"{a,b}\\\\\",\"deep\":{\"dots.here\":\"x\"},"#,
        r#"\"file\":\"some text\",\"float\":1.5,\"int\":3,\"list\":[1,{\"b\":\"c\"}],\"text\":\"true\"}""#
    );
    assert!(text.contains(values), "{text}");
    assert!(text.contains("big=int64 bool=bool comma=string deep=map file=string float=float64 int=int64"), "{text}");
}

#[test]
fn paths_begin_in_the_folder_of_the_file_and_stdin_in_the_present_one() {
    let rows = "- {chart: c, name: x, values: prod.yaml, setFile: file=text.txt}\n";
    let dir = with(rows);
    let name = dir.path().file_name().and_then(|name| name.to_str()).expect("a name");
    let from_file =
        run(dir.path().parent().expect("a parent"), &["--seed", "1", "--releases", &format!("{name}/rows.yaml")]);
    assert!(from_file.status.success(), "{from_file:?}");
    let mut child = command(dir.path(), &["--seed", "1", "--releases", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    child.stdin.take().expect("a pipe").write_all(rows.as_bytes()).expect("it reads");
    let from_stdin = child.wait_with_output().expect("it ends");
    assert!(from_stdin.status.success());
    assert_eq!(from_file.stdout, from_stdin.stdout);
}

#[test]
fn one_release_that_fails_hides_no_other() {
    let dir = with(
        "- {chart: c, name: first}
- {chart: d/c, name: second}
- {chart: gone, name: third}
- {chart: c, name: fourth, values: gone.yaml}
- {chart: c, name: fifth, set: a}
- {chart: c, name: last}
",
    );
    let output = run(dir.path(), &["--releases", "rows.yaml"]);
    let text = bad(&output);
    for want in [
        "Error: rows.yaml:2:3: release default/second: execution error at (c/templates/b.yaml:2:6): b is needed\n",
        "Error: rows.yaml:3:3: release default/third: path \"gone\" not found\n",
        "Error: rows.yaml:4:3: release default/fourth: open gone.yaml: no such file or directory\n",
        "Error: rows.yaml:5:3: release default/fifth: failed parsing --set data: key \"a\" has no value\n",
    ] {
        assert!(text.contains(want), "no {want:?} in {text}");
    }
    assert!(text.ends_with("2 rendered, 4 failed\n"), "{text}");
    let names: Vec<String> =
        by_release(&String::from_utf8_lossy(&output.stdout)).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["default/first", "default/last"]);
}

#[test]
fn a_row_that_is_wrong_is_told_with_its_line_and_column() {
    let told = problems(
        "- chart: c
  nmae: x
  name: 7
- name: y
- {chart: c, name: Up, namespace: a/b, kubeVersion: 1.30, isUpgrade: x, apiVersions: 3}
- chart: c
  name: z
  values: [1, a.yaml]
  name: zz
- {chart: c, name: s, set: {a=b: 1}, setString: {a: 1}}
- {chart: https://x/y.tgz, name: t}
- text
",
    );
    let part = |text: &str| format!("found `{text}`, allowed are lower case letters, digits");
    let want = [
        "2:3: found `nmae`, expected a field of a release".to_owned(),
        "3:3: found a number, expected a text".to_owned(),
        "4:3: found no `chart`, expected a chart's folder or .tgz".to_owned(),
        "4:3: found a boolean, expected a text".to_owned(),
        format!(
            "5:14: release name: {}, `-` and `.`, each part beginning and ending with a letter or digit",
            part("Up")
        ),
        format!("5:24: namespace: {} and `-`, beginning and ending with a letter or digit", part("a/b")),
        "5:40: found a number, expected a text such as \"1.33\"".to_owned(),
        "5:59: found a text, expected true or false".to_owned(),
        "5:73: found a number, expected a text or a list of texts".to_owned(),
        "8:12: found a number, expected a values file or a map of values".to_owned(),
        "9:3: found `name` twice, expected it once".to_owned(),
        "10:29: found `=` in the key `a=b`, expected a path of keys".to_owned(),
        "10:50: found a number, expected a text".to_owned(),
        "11:4: found `https://x/y.tgz`, expected a path: no network is used".to_owned(),
        "12:3: found a text, expected a release".to_owned(),
    ];
    assert_eq!(told, want);
}

#[test]
fn the_same_release_twice_is_told_with_both_lines() {
    let told = problems(
        "- {chart: c, name: x, namespace: default}\n- {chart: c, name: x, namespace: other}\n---\nchart: d/c\nname: x\n",
    );
    assert_eq!(told, ["4:1: found the release `default/x` twice, in lines 1 and 4"]);
    let lines = "{\"chart\":\"c\",\"name\":\"x\"}\n\n{\"chart\":\"d/c\",\"name\":\"x\"}\n";
    assert_eq!(problems(lines), ["3:1: found the release `default/x` twice, in lines 1 and 3"]);
    let (dir, other) = (with("- {chart: c, name: x}\n- {chart: c, name: x, namespace: a}\n"), ["-n", "a"]);
    assert!(good(dir.path(), &["--releases", "rows.yaml"]).contains("# Release: default/x"));
    let text = bad(&run(dir.path(), &[&["--releases", "rows.yaml"][..], &other].concat()));
    assert!(text.contains("found the release `a/x` twice, in lines 1 and 2"), "{text}");
}

#[test]
fn a_file_that_is_no_list_of_releases_is_told_with_its_line() {
    assert_eq!(problems("# none\n"), ["  --> rows.yaml: found nothing, expected releases"]);
    assert_eq!(problems("text\n"), ["1:1: found a text, expected a list of releases"]);
    assert_eq!(
        problems("{\"chart\": \"c\",\n\"name\": \"x\"}\n"),
        ["1:14: found no JSON: EOF while parsing an object", "2:7: found no JSON: trailing characters",]
    );
    let told = problems("- {chart: c, name: x}\n---\n- [\n");
    assert!(matches!(told.as_slice(), [one] if one.starts_with('3') || one.starts_with('4')), "{told:?}");
}

#[test]
fn of_a_file_with_thousands_of_mistakes_a_hundred_are_told() {
    let told = problems(&"- {chart: c}\n".repeat(5000));
    assert_eq!(told.len(), 101);
    assert!(told.iter().any(|line| line.ends_with("4900 more problems")), "{:?}", told.last());
}

#[test]
fn secrets_of_a_row_are_not_in_what_is_told_of_it() {
    let dir = with("- {chart: c, name: x, set: [redis.password=hunter2], nmae: y}\n");
    let text = bad(&run(dir.path(), &["--releases", "rows.yaml"]));
    assert!(text.contains("found `nmae`") && !text.contains("hunter2"), "{text}");
}

#[test]
fn of_a_long_line_the_part_around_the_place_is_shown() {
    let dir = with(&format!("{{\"chart\":\"c\",\"nmae\":\"x\",\"set\":\"a={}\"}}\n", "y".repeat(10_000)));
    let text = bad(&run(dir.path(), &["--releases", "rows.yaml"]));
    assert!(text.contains("found `nmae`") && text.contains("1 | {\"chart\"") && text.len() < 1000, "{text}");
}

#[test]
fn the_example_renders() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/releases.yaml");
    let releases = by_release(&good(Path::new("/"), &["--releases", file]));
    let names: Vec<&str> = releases.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["shop/cache", "shop/sessions", "jobs/queue"]);
    let is_replica = releases.iter().map(|(_, text)| text.contains("name: sessions-redis-read\n"));
    assert_eq!(is_replica.collect::<Vec<_>>(), [false, true, false]);
}

#[test]
fn no_chart_writes_outside_of_its_releases_folder() {
    let dir = with("- {chart: evil, name: a}\n");
    fs::create_dir_all(dir.path().join("evil/templates")).expect("a folder");
    fs::write(dir.path().join("evil/Chart.yaml"), CHART.replace("name: c", "name: ../../../up")).expect("the file");
    fs::write(dir.path().join("evil/templates/a.yaml"), "kind: A\n").expect("the file");
    let text = bad(&run(dir.path(), &["--releases", "rows.yaml", "--output-dir", "out/deep"]));
    assert!(text.contains("release default/a: "), "{text}");
    assert!(!dir.path().join("up").exists() && !dir.path().join("out/up").exists());
}

#[test]
fn every_row_is_in_one_shard_and_the_rows_of_each_chart_are_spread() {
    let rows: String = (0..50)
        .map(|number| {
            format!("- {{chart: {}, name: r{number}, set: b=1}}\n", if number % 5 == 0 { "d/c" } else { "c" })
        })
        .collect();
    let dir = with(&rows);
    for count in [1, 3, 7, 60] {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for index in 1..=count {
            let text = good(dir.path(), &["--releases", "rows.yaml", "--shard", &format!("{index}/{count}")]);
            let releases = by_release(&text);
            // 50 rows, 10 of them of one chart.
            assert!((50 / count..=50_usize.div_ceil(count)).contains(&releases.len()), "{count}: {}", releases.len());
            let secrets = releases.iter().filter(|(_, text)| text.contains("kind: Secret")).count();
            assert!((10 / count..=10_usize.div_ceil(count)).contains(&secrets), "{count}: {secrets}");
            for (name, _) in releases {
                assert!(seen.insert(name.clone()), "{name} twice");
            }
        }
        assert_eq!(seen.len(), 50);
    }
}

#[test]
fn an_indexed_job_tells_its_shard_from_zero() {
    let dir = with("- {chart: c, name: a}\n- {chart: c, name: b}\n- {chart: c, name: c}\n");
    let args = ["--releases", "rows.yaml", "--shards", "3", "--seed", "1"];
    let second = command(dir.path(), &args).env("JOB_COMPLETION_INDEX", "1").output().expect("it runs");
    let same = good(dir.path(), &["--releases", "rows.yaml", "--shard", "2/3", "--seed", "1"]);
    assert!(same.contains("# Release: default/b\n"));
    assert_eq!(String::from_utf8_lossy(&second.stdout), same);
    for (index, want) in [
        ("3", "found JOB_COMPLETION_INDEX=3, expected a number below 3"),
        ("x", "found JOB_COMPLETION_INDEX=x, expected a whole number"),
        ("-1", "found JOB_COMPLETION_INDEX=-1, expected a whole number"),
    ] {
        let output = command(dir.path(), &args).env("JOB_COMPLETION_INDEX", index).output().expect("it runs");
        assert!(bad(&output).contains(want), "{output:?}");
    }
    assert!(bad(&run(dir.path(), &args)).contains("found no JOB_COMPLETION_INDEX in the environment"));
}

#[test]
fn a_shard_that_there_is_not_is_an_error() {
    let dir = with("- {chart: c, name: a}\n");
    for (shard, want) in [
        ("0/3", "found shard 0 of 3, expected one from 1 to 3\n  help: --shard counts from 1"),
        ("4/3", "found shard 4 of 3, expected one from 1 to 3"),
        ("1/0", "found 0 shards, expected 1 or more"),
        ("3", "found \"3\", expected INDEX/COUNT such as 2/16"),
        ("+1/3", "expected INDEX/COUNT"),
        ("1/99999999999", "expected INDEX/COUNT"),
    ] {
        let text = bad(&run(dir.path(), &["--releases", "rows.yaml", "--shard", shard]));
        assert!(text.contains(want), "{shard}: {text}");
    }
    for (args, want) in [
        (&["--releases", "rows.yaml", "--shards", "x"][..], "\"--shards\" flag: expected a whole number"),
        (
            &["--releases", "rows.yaml", "--shards", "1", "--shard", "1/1"],
            "--shard and --shards cannot be used together",
        ),
        (&["c", "--shard", "1/2"], "--shard cannot be used without --releases"),
    ] {
        let text = bad(&run(dir.path(), args));
        assert!(text.contains(want), "{args:?}: {text}");
    }
}

#[test]
fn what_each_row_says_for_itself_is_no_flag() {
    let dir = with("- {chart: c, name: a}\n");
    for (args, want) in [
        (&["c"][..], "found \"c\" beside --releases"),
        (&["-f", "prod.yaml"], "--values cannot be used with --releases: each row says it in its field `values`"),
        (&["--set", "a=1"], "--set cannot be used with --releases: each row says it in its field `set`"),
        (&["--set-literal", "a=1"], "--set-literal cannot be used with --releases"),
        (&["--name-template", "x"], "--name-template cannot be used with --releases"),
        (&["-g"], "--generate-name cannot be used with --releases"),
        (&["--check-determinism"], "--check-determinism looks at one release"),
        (&["-s", "a", "--output-dir", "out"], "--show-only cannot be used with --output-dir"),
    ] {
        let text = bad(&run(dir.path(), &[&["--releases", "rows.yaml"], args].concat()));
        assert!(text.contains(want), "{args:?}: {text}");
    }
}

#[test]
fn flags_of_the_output_are_about_each_release() {
    let dir = with("- {chart: c, name: a}\n- {chart: c, name: b, namespace: x}\n");
    let text = good(dir.path(), &["--releases", "rows.yaml", "-s", "templates/hook.yaml", "-n", "y", "--is-upgrade"]);
    let hook = format!("---\n# Source: c/templates/hook.yaml\n{HOOK}\n\n");
    assert_eq!(by_release(&text), [("y/a".to_owned(), hook.clone()), ("x/b".to_owned(), hook)]);
    let text = good(dir.path(), &["--releases", "rows.yaml", "--no-hooks", "--kube-version", "1.30.1"]);
    assert!(!text.contains("kind: Pod") && text.matches("kube: v1.30.1").count() == 2, "{text}");
}

#[test]
fn every_release_has_a_folder_of_its_own_and_a_second_run_writes_the_same() {
    let dir = with("- {chart: c, name: a}\n- {chart: c, name: b, namespace: x}\n- {chart: d/c, name: c}\n");
    let args = ["--releases", "rows.yaml", "--output-dir", "out", "--seed", "1"];
    let read = |name: &str| fs::read_to_string(dir.path().join("out").join(name)).unwrap_or_default();
    let first = run(dir.path(), &args);
    assert!(bad(&first).ends_with("2 rendered, 1 failed\n"));
    let files = [
        "default/a/c/templates/a.yaml",
        "default/a/c/templates/hook.yaml",
        "x/b/c/templates/a.yaml",
        "x/b/c/templates/hook.yaml",
    ];
    let told: String = files.iter().map(|file| format!("wrote out/{file}\n")).collect();
    assert_eq!(String::from_utf8_lossy(&first.stdout), told);
    let before = files.map(read);
    assert!(before[2].contains("metadata: {name: b, namespace: x}") && before[1].ends_with(&format!("{HOOK}\n")));
    assert_eq!(run(dir.path(), &args).status.code(), Some(1));
    assert_eq!(files.map(read), before);
}

#[test]
fn what_many_releases_warn_of_is_told_once() {
    let rows: String = (0..20).map(|number| format!("- {{chart: c, name: r{number}, values: twice.yaml}}\n")).collect();
    let dir = with(&rows);
    fs::write(dir.path().join("twice.yaml"), "x: 1\nx: 2\n").expect("the file");
    let output = run(dir.path(), &["--releases", "rows.yaml"]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(text.matches("level=WARN").count(), 1, "{text}");
    assert!(text.ends_with("20 rendered, 0 failed\n"));
}

#[test]
fn nothing_that_moves_is_written_where_no_terminal_reads() {
    let dir = with("- {chart: c, name: a}\n");
    let output = run(dir.path(), &["--releases", "rows.yaml", "--output-dir", "out"]);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "1 rendered, 0 failed\n");
}

#[test]
fn a_reader_that_goes_away_ends_the_run() {
    let rows: String = (0..2000).map(|number| format!("- {{chart: c, name: r{number}}}\n")).collect();
    let dir = with(&rows);
    let mut child = command(dir.path(), &["--releases", "rows.yaml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    let text = String::from_utf8_lossy(&output.stderr);
    let rendered: usize = text.split(' ').next().and_then(|count| count.parse().ok()).expect("a count");
    assert!(rendered < 2000, "{text}");
}
