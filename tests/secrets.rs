//! Nothing that is printed holds a secret, in no form: as it is, in base64, or as a checksum. And nothing that the
//! environment or files beside a chart hold comes into what is printed.

mod folder;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::process::{Command, Stdio};

const CHARTWRIGHT: &str = env!("CARGO_BIN_EXE_chartwright");
const HEAD: &str = "apiVersion: v2\nname: c\nversion: 0.1.0\n";
const SECRET: &str = "kanari7-Xq93";

/// Every way to have something told of a chart. What `template` prints of a good one is what it was asked for.
const COMMANDS: [&str; 10] = [
    "template",
    "template --errors=all",
    "template --errors=log",
    "lint",
    "lint --format json",
    "lint --format sarif",
    "lint --format junit",
    "values",
    "values --format json",
    "explain templates/a.yaml:5",
];

const MANIFEST: &str = "kind: Secret\napiVersion: v1\nmetadata: {name: a}\nstringData:\n  k: ";

fn forms() -> [String; 3] {
    let hash = Sha256::digest(SECRET).iter().map(|byte| format!("{byte:02x}")).collect();
    [SECRET.to_owned(), STANDARD.encode(SECRET), hash]
}

/// What all commands say of a chart `c` of these files with these flags, but for manifests that were asked for.
fn told(files: &[(&str, &str)], args: &[&str]) -> Vec<(String, String)> {
    let files: Vec<(String, &str)> = files.iter().map(|(name, text)| (format!("c/{name}"), *text)).collect();
    let all = std::iter::once(("c/Chart.yaml", HEAD)).chain(files.iter().map(|(name, text)| (name.as_str(), *text)));
    let dir = folder::folder(all.map(|(name, text)| (name, text.as_bytes())));
    let say = |command: &str| {
        let output = Command::new(CHARTWRIGHT)
            .args(command.split(' '))
            .arg("c")
            .args(args)
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .output()
            .expect("it runs");
        let mut text = String::from_utf8_lossy(&output.stderr).into_owned();
        if !command.starts_with("template") || !output.status.success() {
            text.push_str(&String::from_utf8_lossy(&output.stdout));
        }
        (command.to_owned(), text)
    };
    COMMANDS.iter().map(|command| say(command)).collect()
}

fn silent(what: &str, files: &[(&str, &str)], args: &[&str]) {
    for (command, text) in told(files, args) {
        for form in forms() {
            assert!(!text.contains(&form), "{what}, {command}: {text}");
        }
    }
}

fn set(key: &str) -> String {
    format!("{key}={SECRET}")
}

#[test]
fn values_that_go_into_a_secret_are_not_shown() {
    let plain = format!("{MANIFEST}{{{{ .Values.k | quote }}}}\n");
    let encoded = plain.replace("stringData", "data").replace("quote", "b64enc");
    let failing = "a: {{ .Values.x.y.z }}\n";
    for template in [plain.as_str(), &encoded] {
        silent("alone", &[("templates/a.yaml", template)], &["--set", &set("k")]);
        silent(
            "beside a failure",
            &[("templates/a.yaml", template), ("templates/b.yaml", failing)],
            &["--set", &set("k")],
        );
    }
    let broken = format!("{MANIFEST}{{{{ .Values.k }}}}: x: [\n");
    silent("in a broken one", &[("templates/a.yaml", &broken)], &["--set", &set("k")]);
    let file = format!("k: {SECRET}\n");
    silent("from a file", &[("templates/a.yaml", &plain), ("v.yaml", &file)], &["-f", "c/v.yaml"]);
    silent("from the chart", &[("templates/a.yaml", &plain), ("values.yaml", &file)], &[]);
}

#[test]
fn files_that_hold_keys_are_not_shown() {
    let template = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\ndata:\n  k: {{ .Values.k }}: x\n";
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n");
    let quoted = template.replace(" }}: x", " | quote }}\n  l: {{ .Values.x.y }}");
    for content in [SECRET, &pem] {
        let files = [("templates/a.yaml", template), ("k.pem", content)];
        silent("in broken YAML", &files, &["--set-file", "k=c/k.pem"]);
        let files = [("templates/a.yaml", quoted.as_str()), ("k.pem", content)];
        silent("beside a failure", &files, &["--set-file", "k=c/k.pem"]);
    }
}

#[test]
fn values_whose_keys_sound_secret_are_not_shown_in_errors() {
    let config = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\ndata:\n  k: ";
    for call in [
        ".Values.password }}: x: [",
        ".Values.password | b64enc }}: x: [",
        ".Values.password | sha256sum }}: x: [",
        "fail (print \"bad \" .Values.password) }}",
        "required .Values.password nil }}",
        "mustToDate \"2006\" .Values.password }}",
        "tpl .Values.password (dict) }}{{ tpl (print .Values.password \"{{ nope }}\") . }}",
        "include .Values.password . }}",
        "range .Values.password }}{{ end }}",
        "index .Values.password \"x\" }}",
        ".Values.password.x }}",
        "mustFromJson .Values.password }}",
        "regexMatch (print \"(\" .Values.password) \"x\" }}",
    ] {
        let template = format!("{config}{{{{ {call}\n");
        silent(call, &[("templates/a.yaml", &template)], &["--set", &set("password")]);
    }
    let schema = r#"{"properties": {"password": {"type": "integer"}, "o": {"properties": {"password": {"pattern": "^[0-9]$"}}}}}"#;
    let files = [("templates/a.yaml", "a: 1\n"), ("values.schema.json", schema)];
    silent("a schema's type", &files, &["--set", &set("password")]);
    silent("a schema's pattern", &files, &["--set", &set("o.password")]);
}

#[test]
fn arguments_and_files_that_cannot_be_read_show_no_secret() {
    let files = [("templates/a.yaml", "a: 1\n")];
    silent("--set", &files, &["--set", &format!("password={SECRET},[x")]);
    silent("--set-json", &files, &["--set-json", &format!("password=\"{SECRET}")]);
    silent("--set-json of an object", &files, &["--set-json", &format!("{{\"password\": \"{SECRET}\",")]);
    let broken = format!("password: {SECRET}: x\n");
    silent("-f", &[("templates/a.yaml", "a: 1\n"), ("v.yaml", &broken)], &["-f", "c/v.yaml"]);
    silent("values.yaml", &[("templates/a.yaml", "a: 1\n"), ("values.yaml", &broken)], &[]);
    let twice = format!("password: {SECRET}\npassword: {SECRET}\n");
    silent("a key twice", &[("templates/a.yaml", "a: 1\n"), ("values.yaml", &twice)], &[]);
    let list = format!("passwords: [{SECRET}]\nauth: {{secret: {{a: [{SECRET}]}}}}\n");
    silent("lists", &[("templates/a.yaml", "a: 1\n"), ("values.yaml", &list)], &[]);
}

/// All that a chart may ask of the outside.
const ASKING: &str = r#"a: {{ getHostByName "localhost" | quote }}
b: {{ .Files.Get "../beside.txt" | quote }}{{ .Files.Get "/etc/passwd" | quote }}{{ (.Files.Glob "../**").AsConfig | quote }}
c: {{ lookup "v1" "Secret" "default" "s" | toJson | quote }}
d: {{ tpl "{{ .Files.Get \"../beside.txt\" }}" . | quote }}
"#;

#[test]
fn what_lies_in_the_environment_or_beside_a_chart_comes_into_nothing() {
    let outside = format!("x: {SECRET}\n");
    let dir = folder::folder([
        ("beside.txt", outside.as_bytes()),
        ("c/Chart.yaml", HEAD.as_bytes()),
        ("c/templates/a.yaml", ASKING.as_bytes()),
        ("c/chartwright.yaml", b"custom: [{file: ../beside.txt}]\ncases: {x: {values: [../beside.txt]}}\n".as_slice()),
        ("e/Chart.yaml", HEAD.as_bytes()),
        ("e/templates/a.yaml", b"a: {{ env \"KANARI\" }}{{ expandenv \"$KANARI\" }}\n".as_slice()),
        ("s/Chart.yaml", HEAD.as_bytes()),
        ("s/templates/a.yaml", b"a: 1\n".as_slice()),
        ("s/values.schema.json", b"{\"$ref\": \"file:../beside.txt\"}".as_slice()),
    ]);
    for chart in ["c", "e", "s"] {
        for command in COMMANDS {
            let output = Command::new(CHARTWRIGHT)
                .args(command.split(' '))
                .arg(chart)
                .current_dir(dir.path())
                .envs([("KANARI", SECRET), ("HELM_KANARI", SECRET), ("PASSWORD", SECRET)])
                .stdin(Stdio::null())
                .output()
                .expect("it runs");
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8_lossy(&text);
            assert!(!text.contains(SECRET) && !text.contains("root:x:0"), "{command} {chart}: {text}");
        }
    }
}

#[cfg(unix)]
#[test]
fn links_that_lead_out_of_a_chart_are_refused_until_a_limit_allows_them() {
    let dir = folder::folder([
        ("beside.txt", SECRET.as_bytes()),
        ("c/Chart.yaml", HEAD.as_bytes()),
        ("c/templates/a.yaml", b"a: {{ .Files.Get \"f.txt\" }}\n".as_slice()),
    ]);
    let link = |from: &str, to: &Path| std::os::unix::fs::symlink(from, to).expect("a link");
    link("../beside.txt", &dir.path().join("c/f.txt"));
    let run = |args: &[&str]| {
        let mut command = Command::new(CHARTWRIGHT);
        command.args(args).current_dir(dir.path()).stdin(Stdio::null()).output().expect("it runs")
    };
    for command in ["template", "values", "lint"] {
        let output = run(&[command, "c"]);
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(
            !output.status.success() && text.contains("leads out of the chart and its repository"),
            "{command}: {text}"
        );
        assert!(!text.contains(SECRET), "{command}: {text}");
    }
    let output = run(&["template", "c", "--limit", "links-outside=1"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains(SECRET), "{output:?}");
}

#[cfg(unix)]
#[test]
fn links_to_what_lies_beside_a_chart_in_its_checkout_are_followed_but_not_to_what_git_keeps() {
    let template = b"a: {{ .Files.Get \"f.txt\" }}{{ .Files.Get \"x/config\" }}\n".as_slice();
    for (target, is_followed) in
        [("../other", true), ("../.git", false), ("..", false), ("../../beside", false), ("/proc/self", false)]
    {
        let dir = folder::folder([
            ("beside/f.txt", SECRET.as_bytes()),
            ("r/.git/config", SECRET.as_bytes()),
            ("r/other/f.txt", b"shared".as_slice()),
            ("r/c/Chart.yaml", HEAD.as_bytes()),
            ("r/c/templates/a.yaml", template),
        ]);
        let link = |from: &str, to: &str| std::os::unix::fs::symlink(from, dir.path().join(to)).expect("a link");
        link(target, "r/c/x");
        link("x/f.txt", "r/c/f.txt");
        if target != "../other" {
            std::fs::remove_file(dir.path().join("r/c/f.txt")).expect("the link");
        }
        for command in ["template", "values", "lint"] {
            let mut run = Command::new(CHARTWRIGHT);
            let output = run.args([command, "r/c"]).current_dir(dir.path()).stdin(Stdio::null()).output();
            let output = output.expect("it runs");
            let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            assert!(!text.contains(SECRET), "{command} {target}: {text}");
            assert_eq!(text.contains("leads out of"), !is_followed, "{command} {target}: {text}");
            assert_eq!(text.contains("a: shared"), is_followed && command == "template", "{command} {target}: {text}");
        }
    }
}
