//! What the programs do besides rendering: other programs on the way, what they say about
//! themselves, colours, and what two renders would not share.

mod folder;

use folder::folder;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const CHARTWRIGHT: &str = env!("CARGO_BIN_EXE_chartwright");
const RENDER: &str = env!("CARGO_BIN_EXE_render");

/// A chart `c` in a folder of its own, with these files.
fn chart(files: &[(&str, &str)]) -> TempDir {
    let head = ("Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    folder(std::iter::once(head).chain(files.iter().copied()))
}

fn command(program: &str, dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(dir).stdin(Stdio::null());
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "HELM_NAMESPACE"] {
        command.env_remove(name);
    }
    command
}

fn run(dir: &Path, args: &[&str]) -> Output {
    command(CHARTWRIGHT, dir, args).output().expect("it runs")
}

fn good(dir: &Path, args: &[&str]) -> String {
    let output = run(dir, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn bad(dir: &Path, args: &[&str]) -> String {
    let output = run(dir, args);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{args:?}: {text}");
    assert!(output.stdout.is_empty(), "{args:?} printed");
    text
}

const HERE: &str = ".";

fn nowhere() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

// --post-renderer

#[cfg(unix)]
fn hooked() -> TempDir {
    chart(&[
        ("templates/a.yaml", "kind: A # one\n"),
        ("templates/b.yaml", "kind: B\n"),
        ("templates/h.yaml", "kind: H\nmetadata: {name: h, annotations: {helm.sh/hook: test}}\n"),
        ("crds/d.yaml", "kind: D\n"),
    ])
}

/// `sh -c SCRIPT ARGS…` as the post-renderer.
#[cfg(unix)]
fn through<'a>(script: &'a str, args: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["template", HERE, "--post-renderer", "sh"];
    for arg in ["-c", script, "x"].iter().chain(args) {
        all.extend(["--post-renderer-args", arg]);
    }
    all
}

#[cfg(unix)]
#[test]
fn a_post_renderer_gets_the_manifests_and_its_answer_takes_their_place() {
    let dir = hooked();
    let script = "cat > seen; echo '---'; echo '# Source: c/templates/new.yaml'; echo 'kind: New'";
    let text = good(dir.path(), &through(script, &[]));
    let hook = "---\n# Source: c/templates/h.yaml\nkind: H\nmetadata: {name: h, annotations: {helm.sh/hook: test}}\n\n";
    assert_eq!(text, format!("---\n# Source: c/templates/new.yaml\nkind: New\n{hook}"));
    let seen = fs::read_to_string(dir.path().join("seen")).expect("it was written");
    let want = "---\n# Source: c/templates/a.yaml\nkind: A # one\n\n---\n# Source: c/templates/b.yaml\nkind: B\n\n";
    assert_eq!(seen, want);
}

#[cfg(unix)]
#[test]
fn a_post_renderer_that_changes_nothing_changes_nothing() {
    let dir = hooked();
    for more in [&[][..], &["--include-crds"], &["--no-hooks"], &["-s", "templates/b.yaml"]] {
        let plain = good(dir.path(), &[&["template", HERE], more].concat());
        assert_eq!(good(dir.path(), &[&through("cat", &[])[..], more].concat()), plain, "{more:?}");
        assert_eq!(good(dir.path(), &[&["template", HERE, "--post-renderer", "/bin/cat"], more].concat()), plain);
    }
}

#[cfg(unix)]
#[test]
fn arguments_of_a_post_renderer_meet_no_shell() {
    let dir = hooked();
    let script = "cat > /dev/null; printf 'n: %s\\n' \"$#\"; printf '# %s\\n' \"$@\"";
    let args = ["a b", "$(touch hurt)", "; touch hurt", "*", "", "--set"];
    let text = good(dir.path(), &[&through(script, &args)[..], &["--no-hooks"]].concat());
    assert_eq!(text, "n: 6\n# a b\n# $(touch hurt)\n# ; touch hurt\n# *\n# \n# --set\n");
    assert!(!dir.path().join("hurt").exists());
}

#[cfg(unix)]
#[test]
fn a_post_renderer_that_fails_is_named_with_its_exit_code_and_what_it_said() {
    let dir = hooked();
    let text = bad(dir.path(), &through("cat; echo no luck >&2; exit 3", &[]));
    assert!(text.starts_with("Error: error while running post render on files: sh (/"), "{text}");
    assert!(text.ends_with("): exit code 3; error output:\nno luck\n"), "{text}");
    let text = bad(dir.path(), &through("kill -9 $$", &[]));
    assert!(text.contains("ended by signal 9; it wrote no error output"), "{text}");
    let text = bad(dir.path(), &through("cat > /dev/null", &[]));
    assert!(text.contains("post-renderer \"sh\" produced empty output"), "{text}");
    let text = bad(dir.path(), &through("printf '\\377'", &[]));
    assert!(text.contains("its output is not UTF-8"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_post_renderer_need_not_read_and_may_say_much() {
    let dir = chart(&[("templates/a.yaml", "a: {{ repeat 1000000 \"x\" }}\n")]);
    assert_eq!(good(dir.path(), &through("echo 'b: 1'", &[])), "b: 1\n");
    let text = bad(dir.path(), &through("yes 2>&1 | head -c 1000000 >&2; exit 1", &[]));
    assert!(text.len() < 100_000, "{}", text.len());
}

// What the program says about itself.

#[test]
fn help_has_a_line_for_each_flag_that_no_terminal_breaks() {
    let dir = tempfile::tempdir().expect("a folder");
    for (program, args) in [
        (CHARTWRIGHT, &["--help"][..]),
        (CHARTWRIGHT, &["template", "-h"]),
        (RENDER, &["--help"]),
        (CHARTWRIGHT, &["help", "template"]),
    ] {
        let output = command(program, dir.path(), args).output().expect("it runs");
        let text = String::from_utf8(output.stdout).expect("text");
        assert!(output.status.success() && text.contains("Usage: "), "{args:?}");
        for line in text.lines() {
            assert!(line.chars().count() <= 100, "{line}");
            let is_flag = line.trim_start().starts_with('-');
            assert!(!is_flag || line.trim_start().contains("  "), "{line}");
        }
    }
    let text = good(dir.path(), &["template", "--help"]);
    for heading in ["Values:", "Release:", "Output:", "Outside:", "Refused, with the reason:", "Examples:"] {
        assert!(text.contains(&format!("\n{heading}\n")), "{heading}");
    }
    assert!(text.contains("\n      --dns <FILE> "), "{text}");
}

/// The long flags that the help of `template` shows.
fn flags() -> Vec<String> {
    let text = good(nowhere(), &["template", "--help"]);
    let words = text.lines().filter(|line| line.trim_start().starts_with('-')).filter_map(|line| {
        let at = line.find("--")?;
        Some(line[at + 2..].split(|c: char| !c.is_alphanumeric() && c != '-').next()?.to_owned())
    });
    words.collect()
}

#[test]
fn completion_knows_every_flag_in_every_shell() {
    let flags = flags();
    assert!(flags.len() >= 40, "{flags:?}");
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let text = good(nowhere(), &["completion", shell]);
        let missing: Vec<_> = flags.iter().filter(|flag| !text.contains(flag.as_str())).collect();
        assert!(missing.is_empty() && text.contains("chartwright"), "{shell}: {missing:?}");
    }
    let text = bad(nowhere(), &["completion", "tcsh"]);
    assert!(text.contains("tcsh") && text.contains("powershell"), "{text}");
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let page = good(nowhere(), &["man"]);
    assert!(page.contains(".TH chartwright 1") && page.contains("template"), "{page}");
    let page = good(nowhere(), &["man", "template"]);
    assert!(page.contains(".TH chartwright-template 1") && page.contains("Examples:"), "{page}");
    for flag in flags() {
        assert!(page.contains(&flag.replace('-', "\\-")), "{flag}");
    }
    assert!(bad(nowhere(), &["man", "help"]).contains("no command \"help\""));
}

#[test]
fn versions_are_told_and_the_one_of_a_chart_is_another_flag() {
    let dir = tempfile::tempdir().expect("a folder");
    let version = format!(" {}\n", env!("CARGO_PKG_VERSION"));
    assert!(good(dir.path(), &["--version"]).ends_with(&version));
    let output = command(RENDER, dir.path(), &["-V"]).output().expect("it runs");
    assert!(String::from_utf8_lossy(&output.stdout).ends_with(&version));
    let output = command(RENDER, dir.path(), &["--version", "1.0.0"]).output().expect("it runs");
    assert!(String::from_utf8_lossy(&output.stdout).contains("kind: StatefulSet"));
}

// Colours.

#[test]
fn colours_are_for_terminals_unless_somebody_asks() {
    let dir = chart(&[("templates/a.yaml", "{{ fail \"no\" }}")]);
    let stderr = |args: &[&str], env: &[(&str, &str)]| {
        let mut command = command(CHARTWRIGHT, dir.path(), &[&["template", HERE], args].concat());
        let output = command.envs(env.iter().copied()).output().expect("it runs");
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).expect("text")
    };
    let force = ("CLICOLOR_FORCE", "1");
    for (args, env, colors) in [
        (&[][..], &[][..], false),
        (&[], &[force], true),
        (&[], &[("CLICOLOR_FORCE", "0")], false),
        (&[], &[force, ("NO_COLOR", "1")], false),
        (&[], &[force, ("NO_COLOR", "")], true),
        (&["--color", "never"], &[force], false),
        (&["--colour=always"], &[("NO_COLOR", "1")], true),
        (&["--color", "always", "--color", "auto"], &[], false),
    ] {
        let text = stderr(args, env);
        assert_eq!(text.contains('\x1b'), colors, "{args:?} {env:?}: {text}");
        assert_eq!(text.starts_with("\x1b[1;31mError:\x1b[0m "), colors, "{args:?} {env:?}: {text}");
    }
}

#[test]
fn help_has_colours_when_asked_and_manifests_never() {
    let dir = chart(&[("templates/a.yaml", "kind: A\n")]);
    assert!(good(dir.path(), &["template", "--help", "--color=always"]).contains("\x1b["));
    assert!(!good(dir.path(), &["template", "--help"]).contains('\x1b'));
    assert!(!good(dir.path(), &["template", HERE, "--color=always"]).contains('\x1b'));
}

// What a chart may know of the outside.

#[test]
fn hosts_of_a_file_are_found_without_a_network() {
    let template = "a: {{ getHostByName .Values.host }}\n";
    let dir = chart(&[
        ("templates/a.yaml", template),
        ("hosts.yaml", "db.example: [10.0.0.7, 10.0.0.8]\nsix.example: '::1'\n"),
        ("more.yaml", "db.example: 10.0.0.9\n"),
        ("wrong.yaml", "db.example: [ten]\n"),
    ]);
    let of = |host: &str, more: &[&str]| {
        let set = format!("host={host}");
        run(dir.path(), &[&["template", HERE, "--set", &set, "--dns", "hosts.yaml"], more].concat())
    };
    let out = |output: Output| String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(out(of("db.example", &[])).contains("a: 10.0.0.7\n"));
    assert!(out(of("six.example", &[])).contains("a: ::1\n"));
    assert!(out(of("db.example", &["--dns", "more.yaml"])).contains("a: 10.0.0.9\n"));
    assert!(out(of("127.0.0.1", &["--enable-dns"])).contains("a: 127.0.0.1\n"));
    let output = of("other.example", &[]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.contains("no address of \"other.example\" was given") && text.contains("c/templates/a.yaml:1:6"),
        "{text}"
    );
    let text = bad(dir.path(), &["template", HERE, "--dns", "wrong.yaml"]);
    assert!(text.contains("failed to read wrong.yaml: line 1: \"ten\" of \"db.example\" is no IP address"), "{text}");
    assert!(bad(dir.path(), &["template", HERE, "--dns", "none.yaml"]).contains("open none.yaml"));
}

#[test]
fn objects_for_lookup_may_come_in_a_list_as_kubectl_writes_it() {
    let template = "one: {{ (lookup \"v1\" \"Secret\" \"ns\" \"b\").data.k }}\n\
                    all: {{ len (lookup \"v1\" \"Secret\" \"\" \"\").items }}\n";
    let secret = |name: &str| {
        format!("- {{apiVersion: v1, kind: Secret, metadata: {{name: {name}, namespace: ns}}, data: {{k: {name}}}}}\n")
    };
    let list = format!("apiVersion: v1\nkind: List\nmetadata: {{}}\nitems:\n{}{}", secret("a"), secret("b"));
    let dir = chart(&[("templates/a.yaml", template), ("list.yaml", &list)]);
    let text = good(dir.path(), &["template", HERE, "--lookup", "list.yaml"]);
    assert!(text.contains("one: b\nall: 2\n"), "{text}");
}

const HELPERS: &str = "{{ define \"pw\" }}{{ $p := randAlphaNum 12 }}{{ $p | b64enc }}{{ end }}";

const SECRET: &str = r#"{{- $all := dict "z" 1 "a" 2 }}
kind: Secret
metadata:
  name: s
  annotations:
    when: {{ now | date "2006-01-02" | quote }}
    sum: {{ include "pw" . | sha256sum }}
    keys: {{ keys $all | join "," }}
    sorted: {{ keys $all | sortAlpha | join "," }}
    fixed: {{ "x" | sha256sum }}
data:
  password: {{ include "pw" . }}
  via: {{ tpl "{{ include \"pw\" . }}" . }}
  {{ randAlpha 5 }}: x
"#;

#[test]
fn lines_that_differ_are_told_with_the_calls_behind_them() {
    let dir = chart(&[("templates/_h.tpl", HELPERS), ("templates/s.yaml", SECRET)]);
    let output = run(dir.path(), &["template", HERE, "--check-determinism"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let want = r#"line 7 c/templates/s.yaml Secret/s metadata.annotations.when: the clock
  now at c/templates/s.yaml:6:14
line 8 c/templates/s.yaml Secret/s metadata.annotations.sum: random numbers
  randAlphaNum at c/templates/_h.tpl:1:27
    in "pw", called at c/templates/s.yaml:7:13
line 9 c/templates/s.yaml Secret/s metadata.annotations.keys: the order of map keys
  keys at c/templates/s.yaml:8:14
line 13 c/templates/s.yaml Secret/s data.password: random numbers
  randAlphaNum at c/templates/_h.tpl:1:27
    in "pw", called at c/templates/s.yaml:12:16
line 14 c/templates/s.yaml Secret/s data.via: random numbers
  randAlphaNum at c/templates/_h.tpl:1:27
    in "pw", called at gotpl:1:4
    in the text of a tpl at c/templates/s.yaml:13:11
line 15 c/templates/s.yaml Secret/s data: random numbers
  randAlpha at c/templates/s.yaml:14:6
6 lines differ; varied were random numbers, the clock, the order of map keys
"#;
    assert_eq!(text, want);
    // The lines are those that are printed.
    let printed = good(dir.path(), &["template", HERE]);
    assert!(printed.lines().nth(6).is_some_and(|line| line.starts_with("    when:")), "{printed}");
    assert!(printed.lines().nth(12).is_some_and(|line| line.starts_with("  password:")), "{printed}");
}

#[test]
fn what_is_pinned_is_not_varied() {
    let dir = chart(&[("templates/a.yaml", "a: {{ now }}\nb: {{ randInt 0 1000000 }}\n")]);
    let check = |more: &[&str]| run(dir.path(), &[&["template", HERE, "--check-determinism"], more].concat());
    let out = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(out(&check(&["--seed", "1"])).starts_with("line 3 c/templates/a.yaml document a: the clock\n"));
    assert!(out(&check(&["--now", "1"])).starts_with("line 4 c/templates/a.yaml document b: random numbers\n"));
    let both = check(&["--seed", "1", "--now", "1"]);
    assert_eq!(both.status.code(), Some(0));
    assert_eq!(out(&both), "every line is the same whatever these are: the order of map keys\n");
}

#[test]
fn certificates_depend_on_random_numbers_and_the_clock_and_count_as_one() {
    let template = "{{ $ca := genSelfSignedCert \"a\" nil nil 10 }}cert: |\n  {{ $ca.Cert | nindent 2 }}\nend: 1\n";
    let dir = chart(&[("templates/a.yaml", template)]);
    let output = run(dir.path(), &["template", HERE, "--check-determinism"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(
        text.contains(" cert: random numbers and the clock\n  genSelfSignedCert at c/templates/a.yaml:1:11\n"),
        "{text}"
    );
}

#[test]
fn a_render_that_fails_at_another_time_is_found_without_its_message() {
    let template = "{{ $year := now | date \"2006\" }}{{ if gt $year \"2010\" }}{{ fail $year }}{{ end }}a: 1\n";
    let dir = chart(&[("templates/a.yaml", template)]);
    let output = run(dir.path(), &["template", HERE, "--check-determinism"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.starts_with("rendering fails at c/templates/a.yaml:1:") && text.contains(", depending on the clock\n"),
        "{text}"
    );
    assert!(!text.contains("2019"), "{text}");
}

#[test]
fn the_redis_chart_is_deterministic() {
    let output = command(RENDER, nowhere(), &["--check-determinism"]).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    for mode in ["mode=replica,metrics.enabled=true", "redis.password=x"] {
        let args = ["--check-determinism", "--set", mode];
        let output = command(RENDER, nowhere(), &args).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn lines_are_explained_by_the_names_that_files_have_on_disk_or_in_helm() {
    let dir = chart(&[("templates/a.yaml", "kind: A\nport: {{ .Values.port }}\n"), ("values.yaml", "port: 1\n")]);
    let told = good(dir.path(), &["explain", "templates/a.yaml:2", "."]);
    assert!(told.contains("written by templates/a.yaml:2:1"), "{told}");
    assert!(told.contains("port = 1, set in values.yaml:1:1"), "{told}");
    let parent = dir.path().parent().expect("a folder around it");
    let name = dir.path().file_name().and_then(|name| name.to_str()).expect("a name");
    let on_disk = format!("./{name}/templates/a.yaml:2");
    let told = good(parent, &["explain", &on_disk, name]);
    assert_eq!(told, good(parent, &["explain", "c/templates/a.yaml:2", name]));
    assert!(told.starts_with(&format!("{name}/templates/a.yaml, rendered line 2")), "{told}");
    let output = run(parent, &["explain", &format!("{name}/templates/b.yaml:2"), name]);
    let missing = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{missing}");
    assert!(missing.contains(&format!("did you mean {name}/templates/a.yaml?")), "{missing}");
}
