//! Every rule has a bad example that it finds, at the lines that say so, and a good one in which it finds nothing.
//!
//! `tests/rules/RULE/bad.yaml` and `good.yaml` are manifests; `bad/` and `good/` are charts, with one case for the
//! defaults, one for each `ci/*-values.yaml`, and those of its `chartwright.yaml`. A line that the rule must name ends in `# <- RULE`, in a template also
//! `{{/* <- RULE */}}`; where a finding has no line (a file that is not there), `expect.txt` beside `bad` holds what its
//! messages must contain, a line each. `chartwright.yaml` in a chart, or beside the examples, configures both; a rule
//! of profiles is looked for in the first of them.

use chartwright::diag::Severity;
use chartwright::lint::{Config, Finding, LintInput, On, Rule, lint, rules};
use chartwright::matrix::{self, MatrixInput, Phases};
use chartwright::release::{Capabilities, KubeVersion, Release};
use chartwright::render::Compiled;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is found before there is a chart or a manifest to look at; tests/lint.rs has examples of these.
const OF_THE_COMMAND: [&str; 3] = ["unreadable-input", "unreadable-baseline", "gone-finding"];

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rules");

/// The configuration for an example: that of its chart, or the one beside it.
fn config(folder: &Path, name: &str, rule: &Rule) -> Arc<Config> {
    let files = [folder.join(name).join("chartwright.yaml"), folder.join("chartwright.yaml")];
    let read = |file: &PathBuf| {
        let bytes = std::fs::read(file).ok()?;
        let beside = |name: &str| std::fs::read(file.with_file_name(name)).map_err(|error| format!("{name}: {error}"));
        Some(Config::read(&file.to_string_lossy(), &bytes, &beside))
    };
    let config = files.iter().find_map(read).unwrap_or_default();
    Arc::new(match rule.on {
        On::Profiles([first, ..]) => config.profile(*first),
        _ => config,
    })
}

/// What is found in `NAME.yaml`, or in the chart `NAME/`.
fn found(folder: &Path, name: &str, rule: &Rule) -> Option<(PathBuf, Vec<Finding>)> {
    let config = config(folder, name, rule);
    let file = folder.join(format!("{name}.yaml"));
    if let Ok(text) = std::fs::read_to_string(&file) {
        let manifests = vec![(Arc::from(file.to_string_lossy()), Arc::from(text))];
        return Some((file, lint(&LintInput { manifests, config, ..LintInput::default() })));
    }
    let path = folder.join(name);
    // Of a chart that Helm cannot load its files are looked at, and what can be read of it is rendered.
    let broken = rules::chart::check_folder(&path);
    let compiled = Compiled::load(&path).ok().or_else(|| rules::chart::lenient(&path))?;
    let chart_path = path.to_string_lossy().into_owned();
    let (files, problems) = matrix::scenarios(compiled.chart(), &path, &config.cases);
    assert!(problems.is_empty(), "{problems:?}");
    let made = matrix::cases(&MatrixInput {
        limits: chartwright::Limits::default(),
        chart: compiled.chart(),
        path: &chart_path,
        files: &files,
        settings: &config.cases,
        given: &[],
        release: Release::default(),
        capabilities: Capabilities::default(),
        kube_versions: vec![KubeVersion::default()],
        phases: Phases::Install,
        only_given: false,
        toggles: false,
        skip_schema: false,
    });
    let input = LintInput { chart: Some(compiled), chart_path, cases: made.cases, config, ..LintInput::default() };
    let told = made.problems.into_iter().map(Finding::from);
    Some((path, broken.into_iter().chain(lint(&input)).chain(told).collect()))
}

/// The lines that are marked for a rule, as `FILE:LINE`.
fn marked(path: &Path, rule: &str) -> BTreeSet<String> {
    let mut waiting = vec![path.to_path_buf()];
    let mut lines = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).into_iter().flatten().flatten().map(|file| file.path()));
            continue;
        }
        let text = std::fs::read(&path).unwrap_or_default();
        for (number, line) in String::from_utf8_lossy(&text).lines().enumerate() {
            let mark = format!("<- {rule}");
            if line
                .split("<- ")
                .skip(1)
                .any(|rest| format!("<- {rest}").trim_end_matches([' ', '*', '/', '}', '-']) == mark)
            {
                lines.insert(format!("{}:{}", path.display(), number + 1));
            }
        }
    }
    lines
}

#[test]
fn every_rule_finds_its_bad_example_at_the_marked_lines_and_nothing_in_the_good_one() {
    let mut wrong = Vec::new();
    for rule in rules::all().filter(|rule| !OF_THE_COMMAND.contains(&rule.id)) {
        let folder = Path::new(FOLDER).join(rule.id);
        let (Some((path, bad)), Some((_, good))) = (found(&folder, "bad", rule), found(&folder, "good", rule)) else {
            wrong.push(format!("{}: no bad and good example", rule.id));
            continue;
        };
        let own: Vec<&Finding> = bad.iter().filter(|finding| finding.rule() == rule.id).collect();
        let place = |finding: &&Finding| {
            finding.diagnostic.place.as_ref().map(|place| format!("{}:{}", place.file, place.line))
        };
        let places: BTreeSet<String> = own.iter().filter_map(place).collect();
        let marked = marked(&path, rule.id);
        let expected = std::fs::read_to_string(folder.join("expect.txt")).unwrap_or_default();
        if marked.is_empty() && expected.is_empty() {
            wrong.push(format!("{}: nothing is marked in the bad example", rule.id));
        }
        if (expected.is_empty() || !marked.is_empty()) && places != marked {
            wrong.push(format!("{}: found at {places:?}, marked {marked:?}", rule.id));
        }
        for text in expected.lines() {
            if !own.iter().any(|finding| finding.diagnostic.message.contains(text)) {
                wrong.push(format!("{}: no finding says {text:?}", rule.id));
            }
        }
        let own = good.iter().filter(|finding| finding.rule() == rule.id);
        wrong.extend(own.map(|finding| format!("{}: in the good example: {}", rule.id, finding.diagnostic.message)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn l02_every_rule_has_a_kebab_case_name_of_its_own_and_says_why_and_what_to_do() {
    let mut names = BTreeSet::new();
    for rule in rules::all() {
        assert!(names.insert(rule.id), "{} stands twice", rule.id);
        assert!(rule.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{}", rule.id);
        assert!(!rule.summary.is_empty() && rule.why.len() > 20 && rule.fix.len() > 5, "{}", rule.id);
        assert!(!rule.summary.ends_with('.') && rule.why.ends_with('.') && rule.fix.ends_with('.'), "{}", rule.id);
        assert!(rule.severity >= Severity::Note);
    }
    let folders = std::fs::read_dir(FOLDER).into_iter().flatten().flatten();
    for folder in folders.map(|folder| folder.file_name().to_string_lossy().into_owned()) {
        assert!(names.contains(folder.as_str()), "tests/rules/{folder} is of no rule");
    }
}

#[test]
fn the_rules_that_are_data_are_well_formed() {
    let problems = chartwright::lint::data::built_in_problems();
    assert!(problems.is_empty(), "{problems:?}");
}
