//! Suites in helm-unittest's format: its verdicts, our own additions, and what is said of failures.

mod folder;

use chartwright::diag::Severity;
use chartwright::report::suite as report;
use chartwright::suite::unit::{self, Outcome, Settings, Status, TestOutcome};
use folder::folder;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const FIXTURE: &str = "tests/suites/chart";

/// A chart `c` with a deployment that has two replicas, and this suite.
fn chart(suite: &str) -> TempDir {
    chart_with(&[("tests/a_test.yaml", suite)])
}

fn chart_with(files: &[(&str, &str)]) -> TempDir {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: {{ .Values.replicas }}\n{{- if .Values.bad }}\n{{ fail \"never so\" }}\n{{- end }}\n";
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  password: {{ .Values.password }}\n";
    let head = [
        ("Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n"),
        ("values.yaml", "replicas: 2\npassword: hunter22\n"),
        ("templates/web.yaml", deployment),
        ("templates/secret.yaml", secret),
    ];
    folder(head.into_iter().chain(files.iter().copied()))
}

fn run_with(dir: &Path, settings: &Settings<'_>) -> Outcome {
    unit::run(&[dir.to_string_lossy().into_owned()], settings, None)
}

fn run(dir: &Path) -> Outcome {
    run_with(dir, &Settings::default())
}

/// The only test of a suite.
fn only(outcome: &Outcome) -> &TestOutcome {
    let mut tests = outcome.tests();
    let test = tests.next().unwrap_or_else(|| panic!("no test: {}", report::text(outcome)));
    assert!(tests.next().is_none(), "{}", report::text(outcome));
    test
}

fn copied(from: &str, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            fs::create_dir_all(&target).expect("a folder");
            copied(&path.to_string_lossy(), &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}

fn post(program: &unit::Program, input: Vec<u8>) -> Result<String, String> {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let mut child = Command::new(&program.command)
        .args(&program.arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    child.stdin.take().map(|mut stdin| stdin.write_all(&input));
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Verdicts that helm-unittest has by chance, or that we mean to have otherwise, each with its reason.
const KNOWN_DIFFERENCES: &[(&str, &str, &str)] = &[];

#[test]
fn verdicts_are_those_of_helm_unittest() {
    let dir = tempfile::tempdir().expect("a folder");
    copied(FIXTURE, dir.path());
    let settings = Settings { post_render: Some(&post), ..Settings::default() };
    let outcome = run_with(dir.path(), &settings);
    assert!(!outcome.is_broken(), "{}", report::text(&outcome));
    let recorded = fs::read_to_string("tests/suites/verdicts.txt").expect("recorded verdicts");
    let mut wanted: BTreeMap<(&str, &str), bool> = BTreeMap::new();
    for line in recorded.lines() {
        let mut parts = line.split('\t');
        let (verdict, suite, test) = (parts.next(), parts.next(), parts.next());
        let is_good = matches!(verdict, Some("passed" | "skipped"));
        wanted.insert((suite.unwrap_or_default(), test.unwrap_or_default()), is_good);
    }
    let mut wrong = Vec::new();
    for suite in outcome.suites() {
        for test in &suite.tests {
            let is_known = KNOWN_DIFFERENCES.iter().any(|(of, name, _)| *of == suite.name && *name == test.name);
            let want = wanted.remove(&(suite.name.as_str(), test.name.as_str()));
            let is_good = !test.status.is_bad();
            if (want == Some(is_good)) == is_known {
                let why = test.failures.first().map(|failure| failure.diagnostic.message.clone());
                wrong.push(format!("{} / {}: {:?}, wanted {want:?}, {why:?}", suite.name, test.name, test.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(wanted.is_empty(), "not run: {wanted:?}");
}

#[test]
fn snapshots_are_written_as_helm_unittest_writes_them() {
    let dir = tempfile::tempdir().expect("a folder");
    copied(FIXTURE, dir.path());
    let file = dir.path().join("tests/__snapshot__/snapshots_test.yaml.snap");
    let settings = Settings { update: true, files: vec!["tests/snapshots_test.yaml".into()], ..Settings::default() };
    let outcome = run_with(dir.path(), &settings);
    assert!(!outcome.is_broken());
    let want = fs::read_to_string("tests/suites/as-helm-unittest-writes-it.snap").expect("a snapshot");
    assert_eq!(fs::read_to_string(&file).expect("a snapshot"), want);
}

#[test]
fn a_missing_snapshot_is_written_and_fails_where_nothing_is_to_be_written() {
    let suite = "suite: s\ntemplates: [web.yaml]\ntests:\n  - it: t\n    asserts:\n      - matchSnapshot: {}\n";
    let dir = chart(suite);
    let file = dir.path().join("tests/__snapshot__/a_test.yaml.snap");
    let in_ci = run_with(dir.path(), &Settings { ci: true, ..Settings::default() });
    assert_eq!(only(&in_ci).status, Status::Failed);
    assert!(only(&in_ci).failures[0].diagnostic.message.starts_with("there is no snapshot 1"));
    assert!(!file.exists());
    assert_eq!(only(&run(dir.path())).status, Status::Passed);
    assert!(file.exists());
    let values = dir.path().join("values.yaml");
    fs::write(values, "replicas: 3\npassword: x\n").expect("written");
    let changed = run(dir.path());
    let failure = &only(&changed).failures[0];
    let diff = failure.diff.as_deref().expect("a diff");
    assert!(diff.contains("-  replicas: 2\n+  replicas: 3\n"), "{diff}");
}

#[test]
fn a_snapshot_file_that_is_nonsense_is_told_with_its_line_and_the_other_suites_run() {
    let suite = "suite: s\ntemplates: [web.yaml]\ntests:\n  - it: t\n    asserts:\n      - matchSnapshot: {}\n";
    let dir = chart_with(&[
        ("tests/a_test.yaml", suite),
        ("tests/__snapshot__/a_test.yaml.snap", "t:\n  1: |\n    a\n  x: y\n"),
        (
            "tests/b_test.yaml",
            "suite: b\ntests:\n  - it: t\n    template: web.yaml\n    asserts:\n      - isKind: {of: Deployment}\n",
        ),
    ]);
    let outcome = run(dir.path());
    assert!(outcome.is_broken() && !outcome.is_failed());
    let problem = outcome.suites().next().and_then(|suite| suite.problems.first()).expect("a problem");
    assert_eq!(problem.place.as_ref().map(|place| place.line), Some(4));
    assert_eq!(only(&outcome).status, Status::Passed);
}

#[test]
fn a_failure_names_the_assertion_the_template_line_and_the_value() {
    let suite = "suite: s\ntests:\n  - it: t\n    template: web.yaml\n    set:\n      replicas: 7\n    asserts:\n      - equal:\n          path: spec.replicas\n          value: 2\n";
    let dir = chart(suite);
    let outcome = run(dir.path());
    let test = only(&outcome);
    assert_eq!(test.status, Status::Failed);
    let found = &test.failures[0].diagnostic;
    assert_eq!(found.message, "`spec.replicas` is 7, where 2 was expected");
    assert_eq!(found.place.as_ref().map(|place| (place.line, place.column)), Some((8, 9)));
    let window = found.window.as_ref().expect("rendered lines");
    assert_eq!((window.marked, window.lines.last().map(String::as_str)), (6, Some("  replicas: 7")));
    let told: Vec<(String, u32, &str)> = found
        .calls
        .iter()
        .map(|call| {
            (
                Path::new(&*call.place.file).file_name().expect("a file").to_string_lossy().into_owned(),
                call.place.line,
                call.message.as_str(),
            )
        })
        .collect();
    assert_eq!(told, [("web.yaml".into(), 6, "writes this line"), ("a_test.yaml".into(), 6, "`replicas` is 7")]);
}

#[test]
fn what_may_be_secret_is_not_shown() {
    let suite = "suite: s\ntests:\n  - it: t\n    template: secret.yaml\n    set: {password: swordfish7}\n    asserts:\n      - equal: {path: stringData.password, value: other}\n      - equal: {path: '', value: {a: 1}}\n      - matchRegex: {path: stringData.password, pattern: x}\n      - notExists: {path: stringData}\n      - contains: {path: stringData, content: swordfish7}\n";
    let dir = chart(suite);
    let outcome = run(dir.path());
    assert_eq!(only(&outcome).failures.len(), 5);
    for text in [report::text(&outcome), report::junit(&outcome), report::github(&outcome, ""), report::tap(&outcome)] {
        // The line of the suite is its author's own.
        let shown: Vec<&str> =
            text.lines().filter(|line| line.contains("swordfish7") && !line.contains("password")).collect();
        assert!(shown.is_empty(), "{shown:?}");
    }
}

#[test]
fn documents_are_selected_by_what_they_are_called() {
    let suite = "suite: s\ntests:\n  - it: t\n    select: Deployment/web\n    asserts:\n      - equal: {path: spec.replicas, value: 2}\n      - exists: {path: stringData}\n        select: {kind: Secret}\n  - it: missing\n    select: Deployment/wep\n    asserts:\n      - notExists: {path: x}\n";
    let dir = chart(suite);
    let outcome = run(dir.path());
    let tests: Vec<_> = outcome.tests().collect();
    assert_eq!(tests[0].status, Status::Passed, "{}", report::text(&outcome));
    assert_eq!(
        tests[1].failures[0].diagnostic.message,
        "no object `Deployment/wep` is rendered; did you mean `Deployment/web`?"
    );
}

#[test]
fn an_expected_failure_has_a_text_and_a_place() {
    let test = |at: &str| {
        format!("  - it: t{at}\n    set: {{bad: true}}\n    expectFailure: {{message: never so, at: '{at}'}}\n")
    };
    let suite = format!(
        "suite: s\ntests:\n{}{}{}  - it: renders\n    expectFailure: never\n",
        test("templates/web.yaml:8"),
        test("web.yaml"),
        test("templates/web.yaml:3")
    );
    let dir = chart(&suite);
    let outcome = run(dir.path());
    let states: Vec<_> = outcome.tests().map(|test| test.status.is_bad()).collect();
    assert_eq!(states, [false, false, true, true], "{}", report::text(&outcome));
    let message = &outcome.tests().nth(2).expect("a test").failures[0].diagnostic.message;
    assert!(message.ends_with("where templates/web.yaml:3 was expected"), "{message}");
}

#[test]
fn an_assertion_that_cannot_fail_is_a_warning_and_an_error_on_request() {
    let cases = [
        (
            "notExists: {path: spec.strategy.type}",
            "`spec.strategy.type` is in none of the documents: `spec` has no `strategy`",
        ),
        ("notEqual: {path: spec.replcas.x, value: 1}", "`spec` has `replicas`"),
        ("notEqual: {path: 'spec.list[3]', value: 1}", "`spec` has no `list`"),
        ("notGreaterOrEqual: {path: spec.replicas, value: 1}", "helm-unittest passes this assertion whatever is there"),
    ];
    for (assertion, want) in cases {
        let dir =
            chart(&format!("suite: s\ntests:\n  - it: t\n    template: web.yaml\n    asserts:\n      - {assertion}\n"));
        let outcome = run(dir.path());
        let test = only(&outcome);
        assert_eq!((test.status, test.warnings.len()), (Status::Passed, 1), "{assertion}: {}", report::text(&outcome));
        let warning = &test.warnings[0];
        assert!(warning.message.contains(want), "{}", warning.message);
        assert_eq!(warning.place.as_ref().map(|place| place.line), Some(6));
        let strict = run_with(dir.path(), &Settings { deny_vacuous: true, ..Settings::default() });
        assert_eq!(only(&strict).status, Status::Failed, "{assertion}");
    }
    // What is absent at the very end of a path is what the assertion is about.
    let dir = chart(
        "suite: s\ntests:\n  - it: t\n    template: web.yaml\n    asserts:\n      - notExists: {path: spec.strategy}\n",
    );
    assert!(only(&run(dir.path())).warnings.is_empty());
}

#[test]
fn a_field_that_nobody_knows_is_told_with_the_one_that_may_be_meant() {
    let suite = "suite: s\ntemplets: [web.yaml]\ntests:\n  - it: t\n    template: web.yaml\n    asserts:\n      - equal: {path: kind, value: Deployment, decodeBas64: true}\n";
    let dir = chart(suite);
    let outcome = run(dir.path());
    let problems = &outcome.suites().next().expect("a suite").problems;
    let told: Vec<_> = problems
        .iter()
        .map(|found| (found.severity, found.place.as_ref().map(|place| place.line), found.help.clone()))
        .collect();
    let hint = |word: &str| Some(format!("did you mean `{word}`?"));
    assert_eq!(
        told,
        [(Severity::Warning, Some(2), hint("templates")), (Severity::Warning, Some(7), hint("decodeBase64"))]
    );
    assert!(run_with(dir.path(), &Settings { strict: true, ..Settings::default() }).is_broken());
    assert!(run_with(dir.path(), &Settings { deny_vacuous: true, ..Settings::default() }).is_broken());
}

#[test]
fn a_bad_suite_is_told_with_file_line_and_column_and_the_others_run() {
    let good =
        "suite: good\ntests:\n  - it: t\n    template: web.yaml\n    asserts:\n      - isKind: {of: Deployment}\n";
    for (bad, line, message) in [
        ("suite: s\ntests: [\n", 0, "the suite is no YAML: "),
        (
            "suite: s\ntests:\n  - it: t\n    asserts:\n      - equall: {path: a}\n",
            5,
            "there is no assertion `equall`; did you mean `equal`?",
        ),
        (
            "suite: s\ntests:\n  - it: t\n    asserts:\n      - isKind: Deployment\n",
            5,
            "`isKind` is a text, where a map was expected",
        ),
        (
            "suite: s\ntests:\n  - it: t\n    asserts:\n      - equal: {path: 5}\n",
            5,
            "`path` of `equal` is a number, where a text was expected",
        ),
        ("suite: s\ntests:\n  - it: t\n    asserts: []\n", 3, "the test `t` asserts nothing: `asserts` was expected"),
        ("suite: s\n", 1, "there is no `tests`, where at least one test was expected"),
        (
            "suite: s\nrelease: {revision: x}\ntests: [{it: t, asserts: [{exists: {path: a}}]}]\n",
            2,
            "`release.revision` is a text, where a whole number was expected",
        ),
        (
            "suite: s\nvalues: 5\ntests: [{it: t, asserts: [{exists: {path: a}}]}]\n",
            2,
            "`values` is a number, where a list of texts was expected",
        ),
    ] {
        let dir = chart_with(&[("tests/a_test.yaml", bad), ("tests/b_test.yaml", good)]);
        let outcome = run(dir.path());
        assert!(outcome.is_broken(), "{bad}");
        let problem = &outcome.suites().next().expect("a suite").problems[0];
        assert!(problem.message.starts_with(message), "{}", problem.message);
        let place = problem.place.as_ref().expect("a place");
        assert!(
            place.file.ends_with("tests/a_test.yaml") && (line == 0 || place.line == line && place.column > 0),
            "{place:?}"
        );
        assert_eq!(only(&outcome).status, Status::Passed);
    }
}

#[test]
fn hostile_suites_end_in_an_ordinary_answer() {
    let deep = format!(
        "suite: s\ntests:\n  - it: t\n    set: {}1{}\n    asserts: [{{exists: {{path: a}}}}]\n",
        "{a: ".repeat(5_000),
        "}".repeat(5_000)
    );
    let index = "suite: s\ntests:\n  - it: t\n    template: web.yaml\n    set: {'a[999999999999]': 1}\n    asserts: [{exists: {path: kind}}]\n";
    let path = format!(
        "suite: s\ntests:\n  - it: t\n    template: web.yaml\n    asserts: [{{exists: {{path: '{}'}}}}]\n",
        "..*".repeat(2_000)
    );
    let regex = "suite: s\ntests:\n  - it: t\n    template: web.yaml\n    asserts: [{matchRegex: {path: kind, pattern: '(((a{1000}){1000}){1000})'}}]\n";
    for suite in [deep.as_str(), index, &path, regex, "\u{0}", "- a", "tests: {a: 1}", "---\n---\n"] {
        let dir = chart(suite);
        let outcome = run(dir.path());
        assert!(outcome.charts.len() == 1);
        assert!(!report::text(&outcome).is_empty());
    }
}

#[test]
fn a_seed_shuffles_and_a_text_chooses() {
    let tests: String = (0..12)
        .map(|n| {
            format!("  - it: number {n}\n    template: web.yaml\n    asserts:\n      - isKind: {{of: Deployment}}\n")
        })
        .collect();
    let dir = chart(&format!("suite: s\ntests:\n{tests}"));
    let names = |settings: &Settings<'_>| {
        run_with(dir.path(), settings).tests().map(|test| test.name.clone()).collect::<Vec<_>>()
    };
    let shuffled = |seed| names(&Settings { shuffle: Some(seed), ..Settings::default() });
    assert_eq!(shuffled(7), shuffled(7));
    assert_ne!(shuffled(7), names(&Settings::default()));
    assert_eq!(
        names(&Settings { only: vec!["number 1".into()], ..Settings::default() }),
        ["number 1", "number 10", "number 11"]
    );
}

#[test]
fn every_render_is_handed_out_with_its_trace() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let dir = chart(
        "suite: s\ntests:\n  - it: a\n    template: web.yaml\n    asserts:\n      - isKind: {of: Deployment}\n  - it: same\n    template: web.yaml\n    asserts:\n      - isKind: {of: Deployment}\n  - it: other\n    set: {replicas: 1}\n    template: web.yaml\n    asserts:\n      - isKind: {of: Deployment}\n",
    );
    let (renders, traced) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let collect = |_: &chartwright::Compiled, rendered: &chartwright::Rendered| {
        renders.fetch_add(1, Ordering::SeqCst);
        traced.fetch_add(rendered.files.iter().filter(|file| !file.trace.pieces.is_empty()).count(), Ordering::SeqCst);
    };
    let outcome = unit::run(&[dir.path().to_string_lossy().into_owned()], &Settings::default(), Some(&collect));
    assert_eq!(outcome.count(Status::Passed), 3);
    // Tests that render the same share one render.
    assert_eq!(renders.into_inner(), 2);
    assert!(traced.into_inner() >= 2);
}

#[test]
fn thresholds_of_coverage_are_read_and_kept() {
    let dir = chart(
        "suite: s\ncoverage: {branches: 90, min: 80.5}\ntests:\n  - it: a\n    template: web.yaml\n    asserts:\n      - isKind: {of: Deployment}\n",
    );
    assert!(!run(dir.path()).is_broken());
    let bad = chart(
        "suite: s\ncoverage: {branches: 900}\ntests:\n  - it: a\n    template: web.yaml\n    asserts:\n      - isKind: {of: Deployment}\n",
    );
    assert!(run(bad.path()).is_broken());
}
