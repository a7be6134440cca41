//! What real helm says, case by case: `tests/cases/**/*.yaml`, recorded by `scripts/record-cases`.
//!
//! In: the recorded cases and the built binary. Out: a list of all that differs, then one failure.
//! `CASES=text cargo test --test cases` runs only the cases whose `file: name` holds the text.
//! `CASES_BINARY=helm` runs them with helm instead, which tests this file itself.
//! The format of a case is described in `scripts/record-cases`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, thread};

use serde::Deserialize;

const CHART_YAML: &str = "apiVersion: v2\nname: case\nversion: 0.1.0\n";
const OUT_YAML: &str = "out: {{ include \"case/templates/_case.tpl\" . | toJson }}\n";
const OUT_HEAD: &str = "---\n# Source: case/templates/out.yaml\nout: ";

/// More failures than this are counted, not printed.
const SHOWN: usize = 60;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    template: Option<String>,
    values: Option<serde_yaml::Value>,
    helpers: Option<String>,
    #[serde(default)]
    chart: BTreeMap<String, Option<String>>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    command: Option<Vec<String>>,
    #[serde(default)]
    args: Vec<String>,
    /// What we say on standard error where helm is silent.
    warning: Option<String>,
    want: Option<String>,
    error: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    file: String,
    name: String,
    reason: String,
}

/// What came out of a run, in the words of the records.
#[derive(Debug, PartialEq)]
enum Answer {
    Want(String),
    Error(String),
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// All cases in order, each with its file as it is called below `tests/cases`.
fn all_cases() -> Vec<(String, Case)> {
    let mut paths = Vec::new();
    let mut open = vec![folder()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).expect("the folder of cases can be listed") {
            let path = entry.expect("its entries too").path();
            if path.is_dir() {
                open.push(path);
            } else if dir != folder() && path.extension().is_some_and(|e| e == "yaml") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let file = path.strip_prefix(folder()).expect("it was found there").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{file}: {e}"));
        let read: Vec<Case> = serde_yaml::from_str(&text).unwrap_or_else(|e| panic!("{file}: {e}"));
        cases.extend(read.into_iter().map(|case| (file.clone(), case)));
    }
    cases
}

impl Case {
    /// The recorded answer.
    fn recorded(&self) -> Answer {
        match (&self.want, &self.error) {
            (Some(want), None) => Answer::Want(want.clone()),
            (None, Some(error)) => Answer::Error(error.clone()),
            _ => panic!("`{}` needs either `want` or `error`: run scripts/record-cases", self.name),
        }
    }

    /// Writes the chart and the files beside it.
    fn lay_out(&self, dir: &Path) {
        let mut files: BTreeMap<String, Option<String>> = BTreeMap::new();
        files.insert("chart/Chart.yaml".into(), Some(CHART_YAML.into()));
        if let Some(template) = &self.template {
            files.insert("chart/templates/_case.tpl".into(), Some(template.clone()));
            files.insert("chart/templates/out.yaml".into(), Some(OUT_YAML.into()));
            if let Some(helpers) = &self.helpers {
                files.insert("chart/templates/_helpers.tpl".into(), Some(helpers.clone()));
            }
        }
        files.extend(self.chart.iter().map(|(path, text)| (format!("chart/{path}"), text.clone())));
        if let Some(values) = &self.values {
            let text = match values {
                serde_yaml::Value::String(text) => text.clone(),
                map => serde_json::to_string(map).expect("values can be written as JSON") + "\n",
            };
            files.insert("chart/values.yaml".into(), Some(text));
        }
        files.extend(self.files.iter().map(|(path, text)| (path.clone(), Some(text.clone()))));
        for (path, text) in files {
            let Some(text) = text else { continue };
            let path = dir.join(path);
            fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the folder can be made");
            fs::write(path, text).expect("the file can be written");
        }
    }

    /// What this crate says.
    fn answer(&self) -> Answer {
        let dir = tempfile::tempdir().expect("a temporary folder can be made");
        self.lay_out(dir.path());
        let binary = env::var("CASES_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_chartwright").into());
        let usual = ["template", "rel", "chart", "--namespace", "ns"].map(str::to_owned);
        let done = Command::new(&binary)
            .args(self.command.as_deref().unwrap_or(&usual))
            .args(&self.args)
            .current_dir(dir.path())
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .output()
            .expect("the binary runs");
        let real = dir.path().canonicalize().expect("the folder is there");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&*real.to_string_lossy(), "DIR");
        let out = text(&done.stdout);
        if !done.status.success() {
            return Answer::Error(essence(&text(&done.stderr)));
        }
        if let Some(warning) = &self.warning
            && env::var("CASES_BINARY").is_err()
            && !text(&done.stderr).contains(warning)
        {
            return Answer::Error(format!("no warning {warning:?} in {}", text(&done.stderr)));
        }
        if self.template.is_some()
            && let Some(json) = out.strip_prefix(OUT_HEAD)
            && let Ok(text) = serde_json::from_str::<String>(json)
        {
            return Answer::Want(text);
        }
        Answer::Want(out)
    }
}

/// Standard error without warnings and without `Error: `, and without the places that we add
/// below Helm's words.
fn essence(stderr: &str) -> String {
    let ours = |line: &&str| ["  --> ", "  at ", "  help: ", "error["].iter().any(|start| line.starts_with(start));
    let helms = stderr.split('\n').take_while(|line| !ours(line));
    let lines: Vec<&str> = helms.filter(|line| !line.starts_with("level=") && !line.starts_with("WARNING")).collect();
    let text = lines.join("\n");
    text.strip_prefix("Error: ").unwrap_or(&text).trim_end_matches('\n').to_owned()
}

/// Runs every case on a few threads; the answers keep the order of the cases.
fn run_all(cases: &[(String, Case)]) -> Vec<Answer> {
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(BTreeMap::new());
    let threads = thread::available_parallelism().map_or(2, |n| n.get().min(8));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some((_, case)) = cases.get(number) else { break };
                    let answer = case.answer();
                    answers.lock().expect("no thread panics while it holds the lock").insert(number, answer);
                }
            });
        }
    });
    answers.into_inner().expect("all threads have ended").into_values().collect()
}

/// A multi-line text in a report, indented, and cut where it is very long.
fn shown(answer: &Answer) -> String {
    let (kind, text) = match answer {
        Answer::Want(text) => ("output", text),
        Answer::Error(text) => ("error", text),
    };
    let mut shown: String = text.chars().take(1200).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    let lines: Vec<String> = shown.split('\n').map(|line| format!("      {}", line.replace('\r', "\\r"))).collect();
    format!("{kind}\n{}", lines.join("\n"))
}

#[test]
fn every_case_is_as_helm_has_it() {
    let only = env::var("CASES").unwrap_or_default();
    let mut cases = all_cases();
    cases.retain(|(file, case)| format!("{file}: {}", case.name).contains(&only));
    let text = fs::read_to_string(folder().join("known-differences.yaml")).expect("known-differences.yaml is there");
    let known: Option<Vec<Difference>> = serde_yaml::from_str(&text).expect("known-differences.yaml is a list");
    let mut known: BTreeMap<(String, String), String> =
        known.unwrap_or_default().into_iter().map(|d| ((d.file, d.name), d.reason)).collect();

    let (mut report, mut failed) = (String::new(), 0);
    let mut fail = |text: String| {
        failed += 1;
        if failed <= SHOWN {
            let _ = writeln!(report, "{text}");
        }
    };
    for ((file, case), got) in cases.iter().zip(run_all(&cases)) {
        let want = case.recorded();
        let name = &case.name;
        match (known.remove(&(file.clone(), name.clone())), got == want) {
            (None, false) => fail(format!("{file}: {name}\n  want {}\n  got {}", shown(&want), shown(&got))),
            (Some(_), true) => fail(format!("{file}: {name}\n  agrees now: remove it from known-differences.yaml")),
            (None, true) | (Some(_), false) => {}
        }
    }
    if only.is_empty() {
        for (file, name) in known.into_keys() {
            fail(format!("known-differences.yaml names a case that is not there: {file}: {name}"));
        }
    }
    assert!(failed == 0, "\n{report}\n{failed} of {} cases failed", cases.len());
}

#[test]
fn every_known_difference_has_its_reason() {
    let text = fs::read_to_string(folder().join("known-differences.yaml")).expect("known-differences.yaml is there");
    let known: Option<Vec<Difference>> = serde_yaml::from_str(&text).expect("known-differences.yaml is a list");
    for difference in known.unwrap_or_default() {
        assert!(difference.reason.len() > 10, "{}: {} needs a reason", difference.file, difference.name);
    }
}

#[test]
fn no_file_has_two_cases_of_one_name() {
    let mut seen = BTreeSet::new();
    for (file, case) in all_cases() {
        assert!(seen.insert((file.clone(), case.name.clone())), "{file}: two cases are named: {}", case.name);
    }
}

#[test]
fn every_function_of_helm_is_in_a_case() {
    let names = fs::read_to_string(folder().join("functions.txt")).expect("functions.txt is there");
    let mut words = BTreeSet::new();
    for (_, case) in all_cases() {
        let texts = case.template.iter().chain(case.chart.values().flatten());
        for text in texts {
            // Only what stands inside actions counts: a sentence may well hold `first` or `has`.
            for action in text.split("{{").skip(1) {
                let action = action.split("}}").next().unwrap_or_default();
                words.extend(action.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned));
            }
        }
    }
    let missing: Vec<&str> = names.lines().filter(|name| !words.contains(*name)).collect();
    assert!(missing.is_empty(), "in no case: {missing:?}");
}
