//! Every flag of `helm template`, and what it does here.
//!
//! `tests/cases/flags.txt` holds the flags that Helm's help names (`helm template --help`, global
//! flags too). Each has a row below; how Helm and this program agree on the ones that do
//! something is recorded in `tests/cases/cli`.

mod folder;

use folder::folder;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const CHARTWRIGHT: &str = env!("CARGO_BIN_EXE_chartwright");

/// What a flag does.
enum Does {
    /// Changes what is printed, so that it holds this text; as in Helm.
    Prints(&'static str),
    /// Takes this text out of what is printed; as in Helm.
    Hides(&'static str),
    /// Makes it fail with this text; as in Helm.
    Fails(&'static str),
    /// Is accepted, and changes nothing; as in Helm without a cluster and with a chart at hand.
    Nothing,
    /// Is refused with this reason, where Helm would use a cluster, a network or a key.
    Refused(&'static str),
    /// Behaves as in Helm 3.
    Helm3(&'static str),
}

use Does::{Fails, Helm3, Hides, Nothing, Prints, Refused};

const TABLE: &[(&str, &[&str], Does)] = &[
    ("--api-versions", &["a/v1"], Prints("has: true")),
    ("--burst-limit", &["1"], Nothing),
    ("--ca-file", &["none"], Nothing),
    ("--cert-file", &["none"], Nothing),
    ("--color", &["always"], Nothing),
    ("--colour", &["always"], Nothing),
    ("--content-cache", &["none"], Nothing),
    ("--create-namespace", &[], Nothing),
    ("--debug", &[], Nothing),
    ("--dependency-update", &[], Refused("uses no network; run `helm dependency update`")),
    ("--description", &["x"], Nothing),
    ("--devel", &[], Nothing),
    ("--disable-openapi-validation", &[], Nothing),
    ("--dry-run=server", &[], Refused("it asks a cluster, and this program has none")),
    ("--enable-dns", &[], Prints("host: 127.0.0.1")),
    ("--force-conflicts", &[], Nothing),
    ("--force-replace", &[], Nothing),
    ("--generate-name", &[], Nothing),
    ("--help", &[], Prints("Usage:")),
    ("--include-crds", &[], Prints("# Source: c/crds/d.yaml")),
    ("--insecure-skip-tls-verify", &[], Nothing),
    ("--is-upgrade", &[], Prints("upgrade: true")),
    ("--key-file", &["none"], Nothing),
    ("--keyring", &["none"], Nothing),
    ("--kube-apiserver", &["http://127.0.0.1:1"], Nothing),
    ("--kube-as-group", &["x"], Nothing),
    ("--kube-as-user", &["x"], Nothing),
    ("--kube-ca-file", &["none"], Nothing),
    ("--kube-context", &["x"], Nothing),
    ("--kube-insecure-skip-tls-verify", &[], Nothing),
    ("--kube-tls-server-name", &["x"], Nothing),
    ("--kube-token", &["x"], Nothing),
    ("--kube-version", &["1.31.2"], Prints("kube: v1.31.2")),
    ("--kubeconfig", &["config"], Prints("namespace: from-config")),
    ("--labels", &["a=b"], Nothing),
    ("--name-template", &["x"], Prints("release: x")),
    ("--namespace", &["x"], Prints("namespace: x")),
    ("--no-hooks", &[], Hides("kind: Pod")),
    ("--output-dir", &["out"], Prints("wrote out/c/templates/a.yaml")),
    ("--pass-credentials", &[], Nothing),
    ("--password", &["x"], Nothing),
    ("--plain-http", &[], Nothing),
    ("--post-renderer", &["plugin"], Helm3("a plugin of Helm 4 cannot be run here")),
    ("--post-renderer-args", &["x"], Nothing),
    ("--qps", &["1.5"], Nothing),
    ("--registry-config", &["none"], Nothing),
    // Only with --output-dir.
    ("--release-name", &[], Nothing),
    ("--replace", &[], Nothing),
    (
        "--repo",
        &["http://127.0.0.1:1"],
        Refused("uses no network; run `helm pull --repo http://127.0.0.1:1 CHART` first"),
    ),
    ("--repository-cache", &["none"], Nothing),
    ("--repository-config", &["none"], Nothing),
    ("--rollback-on-failure", &[], Nothing),
    ("--server-side", &[], Nothing),
    ("--set", &["v=2"], Prints("v: 2")),
    ("--set-file", &["v=text"], Prints("v: text of a file")),
    ("--set-json", &["v=[3]"], Prints("v: [3]")),
    ("--set-literal", &["v=a\\,b"], Prints("v: a\\,b")),
    ("--set-string", &["v=4"], Prints("v: 4")),
    ("--show-only", &["templates/t.yaml"], Hides("templates/a.yaml")),
    // It does not cancel --include-crds.
    ("--skip-crds", &[], Nothing),
    ("--skip-schema-validation", &["--set=n=x"], Prints("n: x")),
    ("--skip-tests", &[], Hides("kind: Pod")),
    ("--take-ownership", &[], Nothing),
    ("--timeout", &["5m"], Nothing),
    ("--username", &["x"], Nothing),
    ("--values", &["more.yaml"], Prints("v: from a file")),
    ("--verify", &[], Fails("unpacked charts cannot be verified")),
    ("--version", &["9.9.9"], Nothing),
    ("--wait", &[], Nothing),
    ("--wait-for-jobs", &[], Nothing),
    // Flags that Helm accepts and whose names it hides.
    ("--atomic", &[], Nothing),
    ("--force", &[], Nothing),
    ("--hide-notes", &[], Nothing),
    ("--render-subchart-notes", &[], Nothing),
    ("--validate", &[], Refused("it asks a cluster, and this program has none")),
];

/// A chart `c`, and files beside it.
fn chart() -> TempDir {
    folder([
        ("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n"),
        ("c/values.yaml", "v: 1\nn: 1\n"),
        ("c/values.schema.json", r#"{"properties": {"n": {"type": "integer"}}}"#),
        ("c/crds/d.yaml", "kind: CustomResourceDefinition\n"),
        (
            "c/templates/a.yaml",
            "release: {{ .Release.Name }}\nnamespace: {{ .Release.Namespace }}\nupgrade: {{ .Release.IsUpgrade }}\n\
             kube: {{ .Capabilities.KubeVersion }}\nhas: {{ .Capabilities.APIVersions.Has \"a/v1\" }}\n\
             v: {{ .Values.v }}\nn: {{ .Values.n }}\nhost: {{ getHostByName \"127.0.0.1\" }}\n",
        ),
        ("c/templates/t.yaml", "kind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\n"),
        ("more.yaml", "v: from a file\n"),
        ("text", "text of a file"),
        ("config", "current-context: x\ncontexts: [{name: x, context: {namespace: from-config}}]\n"),
    ])
}

fn run(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(CHARTWRIGHT);
    command.args(["template", "c"]).args(args).current_dir(dir).stdin(Stdio::null());
    command.env_remove("HELM_NAMESPACE").env_remove("CLICOLOR_FORCE").output().expect("it runs")
}

#[test]
fn r03_every_flag_of_helm_does_what_its_row_says() {
    let dir = chart();
    let usual = String::from_utf8(run(dir.path(), &[]).stdout).expect("text");
    let mut wrong = Vec::new();
    for (flag, values, does) in TABLE {
        let output = run(dir.path(), &[&[*flag], *values].concat());
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let good = output.status.success();
        let holds = match does {
            Prints(text) => good && out.contains(text) && !usual.contains(text),
            Hides(text) => good && !out.contains(text) && usual.contains(text),
            Nothing => good && out == usual,
            Fails(text) | Refused(text) | Helm3(text) => {
                output.status.code() == Some(1) && out.is_empty() && err.contains("Error: ") && err.contains(text)
            }
        };
        if !holds {
            wrong.push(format!("{flag} {values:?}:\n{out}{err}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_flag_in_the_help_of_helm_has_a_row() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/flags.txt");
    let text = fs::read_to_string(path).expect("the list is there");
    let known: BTreeSet<&str> =
        TABLE.iter().map(|(flag, ..)| flag.split_once('=').map_or(*flag, |(name, _)| name)).collect();
    let missing: Vec<&str> = text.lines().filter(|flag| !known.contains(flag)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_refusal_says_what_to_do_instead() {
    let dir = chart();
    for (args, want) in [
        (
            &["-f", "http://127.0.0.1:1/v.yaml"][..],
            "values file http://127.0.0.1:1/v.yaml is not supported: this program uses no network; fetch the file first",
        ),
        (&["-f", "more.yaml,https://h/v.yaml"], "values file https://h/v.yaml is not supported"),
        (&["-f", "OCI://h/v.yaml"], "values file OCI://h/v.yaml is not supported"),
        (
            &["--set-file", "v=http://127.0.0.1:1/v"],
            "http://127.0.0.1:1/v is not supported: this program uses no network",
        ),
        (
            &["--check-determinism", "-s", "templates/a.yaml"],
            "--check-determinism looks at all that is rendered and cannot be used with --show-only",
        ),
        (
            &["--post-renderer", "./none"],
            "invalid argument \"./none\" for \"--post-renderer\" flag: unable to find program at ./none: no such file or directory",
        ),
        (&["--post-renderer", "./text"], "./text is not executable"),
        (&["--post-renderer", "./c"], "./c is a directory"),
        (&["--post-renderer", "cat", "--post-renderer", "cat"], "cannot specify --post-renderer flag more than once"),
        (&["--post-renderer", "cat", "--output-dir", "out"], "--post-renderer cannot be used with --output-dir"),
        (&["--color", "sometimes"], "invalid color mode \"sometimes\": must be one of: never, auto, always"),
    ] {
        let output = run(dir.path(), args);
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {text}");
        assert!(output.stdout.is_empty() && text.contains(want), "{args:?}: {text}");
    }
}

#[test]
fn the_environment_names_a_namespace_and_a_flag_goes_before_it() {
    let dir = chart();
    let with = |args: &[&str]| {
        let mut command = Command::new(CHARTWRIGHT);
        command.args(["template", "c"]).args(args).current_dir(dir.path()).env("HELM_NAMESPACE", "from-env");
        String::from_utf8(command.output().expect("it runs").stdout).expect("text")
    };
    assert!(with(&[]).contains("namespace: from-env"));
    assert!(with(&["--kubeconfig", "config"]).contains("namespace: from-env"));
    assert!(with(&["-n", "x"]).contains("namespace: x\n"));
}
