//! `ops diagnose`: what it says of faults that real servers and a real API server were run into.
//!
//! In: the texts of tests/diagnose, which `scripts/record-faults` and `scripts/record-kube-faults` recorded. Out: the cause
//! that each must be given first, and what else may be said.

use chartwright::ops::diagnose::{About, Diagnosis, Input, Kind, diagnose, known, print};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Of each recorded text, the causes in their order. `-` is a healthy text.
const WANTED: &str = include_str!("diagnose/wanted.txt");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnose")
}

fn input(name: &str) -> Input {
    let text = std::fs::read_to_string(folder().join(format!("{name}.txt"))).expect("a recorded text");
    Input { name: name.to_owned(), text }
}

fn told(text: &str) -> Diagnosis {
    diagnose(&[Input { name: "t".to_owned(), text: text.to_owned() }], &About::default())
}

fn causes(found: &Diagnosis) -> String {
    let words = found.causes.iter().map(|cause| match cause.is_over {
        true => format!("({})", cause.id),
        false => cause.id.clone(),
    });
    let words: Vec<String> = words.collect();
    if words.is_empty() { "-".to_owned() } else { words.join(" ") }
}

fn recorded() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for group in ["redis", "kube"] {
        for file in std::fs::read_dir(folder().join(group)).expect("a folder") {
            let file = file.expect("a file").file_name().into_string().expect("a name");
            names.insert(format!("{group}/{}", file.trim_end_matches(".txt")));
        }
    }
    names
}

#[test]
fn every_recorded_fault_is_given_its_causes_in_their_order() {
    let wanted: BTreeMap<&str, &str> = WANTED.lines().filter_map(|line| line.split_once(": ")).collect();
    let mut wrong = Vec::new();
    for name in recorded() {
        let found = causes(&diagnose(&[input(&name)], &About::default()));
        let want = wanted.get(name.as_str()).copied().unwrap_or("nothing in wanted.txt");
        if found != want {
            wrong.push(format!("{name}: {found}\n    expected {want}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(wanted.len(), recorded().len());
}

#[test]
fn evidence_names_the_line_that_has_it() {
    for name in recorded() {
        let input = input(&name);
        let lines: Vec<&str> = input.text.lines().collect();
        for cause in diagnose(std::slice::from_ref(&input), &About::default()).causes {
            assert!(!cause.evidence.is_empty(), "{name}: {}", cause.id);
            for evidence in cause.evidence {
                let line = lines[evidence.line as usize - 1].trim();
                let begin: String = evidence.text.chars().take(20).collect();
                assert!(line.starts_with(&begin) || evidence.text.contains("***"), "{name}: {evidence:?} {line}");
            }
        }
    }
}
