//! Rules as data: an expression that objects of some kinds must meet, and what to say when they do not.
//!
//! In: YAML, in a file or in chartwright.yaml. Out: [`DataRule`]s, and what is wrong with them, each with its place.
//! The expressions are minijinja's (`engine.rs`), and the names that they see those of `scope.rs`. What an object does
//! not have is undefined and false, on every level. Expressions are compiled when the first object of their kinds
//! comes (`check.rs`), and stop after a number of steps.

mod built_in;
mod check;
mod engine;
mod plain;
mod scope;

pub(super) use self::built_in::built_in;
pub use self::built_in::built_in_problems;
use self::check::{Compiled, Reach};
use self::engine::{ENGINE, why};
pub(crate) use self::scope::{Seen, ShownCase};

use super::config::Reading;
use crate::diag::{Diagnostic, Place, Severity};
use crate::manifest;
use crate::path::Step;
use crate::tamed;
use crate::value::Node;
use crate::yaml;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use std::sync::{Arc, OnceLock};

/// A rule as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "A rule of chartwright lint")]
pub struct DataRuleSettings {
    /// Its name, in kebab-case: the bad pattern.
    pub id: String,
    /// How bad findings are.
    #[serde(default = "warning")]
    pub severity: Severity,
    /// The kinds of objects that it looks at; all when there are none.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// What is wrong, in one line; made from the id when missing.
    #[serde(default)]
    pub summary: String,
    /// An expression that is true for what the rule is about; everything, when there is none: `not is_short_lived`.
    #[serde(default)]
    pub when: String,
    /// An expression that is true for a good object: `object.spec.replicas > 1`.
    pub expect: String,
    /// What to say of a bad one; `{{ … }}` holds expressions.
    pub message: String,
    /// What to do.
    #[serde(default)]
    pub fix: String,
    /// What comes of it.
    #[serde(default)]
    pub why: String,
    /// The path to show, in the object or below `each`, or from the pod spec on where it begins with `pod.`; `{{ … }}`
    /// holds expressions.
    #[serde(default)]
    pub path: String,
    /// A path to lists or maps of which each entry is looked at, as `item`: `spec.rules`. `pod` is the pod spec of a
    /// workload, `pod.volumes` a list in it, `containers` all its containers, `containers.env` a list in each of them.
    #[serde(default)]
    pub each: String,
    /// Words of which the rule is applied to each, as `word`: `[cpu, memory]`.
    #[serde(default)]
    pub words: Vec<String>,
    /// The profiles that turn it on; without any it is always on.
    #[serde(default)]
    pub profiles: Vec<String>,
}

fn warning() -> Severity {
    Severity::Warning
}

impl DataRuleSettings {
    /// A rule of which nothing is written yet.
    fn empty() -> Self {
        DataRuleSettings {
            id: String::new(),
            severity: warning(),
            kinds: Vec::new(),
            summary: String::new(),
            when: String::new(),
            expect: String::new(),
            message: String::new(),
            fix: String::new(),
            why: String::new(),
            path: String::new(),
            each: String::new(),
            words: Vec::new(),
            profiles: Vec::new(),
        }
    }
}

/// The schema of a rule.
pub fn schema() -> serde_json::Value {
    SchemaGenerator::default().into_root_schema_for::<DataRuleSettings>().to_value()
}

/// A rule that was read.
#[derive(Debug)]
pub struct DataRule {
    settings: DataRuleSettings,
    /// Where it stands.
    pub place: Place,
    /// Where its expression stands.
    expect_place: Place,
    /// Whether it is of this crate: a user cannot mend it.
    is_built_in: bool,
    /// What `each` means.
    reach: Reach,
    compiled: OnceLock<Result<Compiled, String>>,
}

impl std::ops::Deref for DataRule {
    type Target = DataRuleSettings;

    fn deref(&self) -> &DataRuleSettings {
        &self.settings
    }
}

impl DataRule {
    fn new(settings: DataRuleSettings, place: Place, expect_place: Place) -> Self {
        let reach = Reach::of(&settings.each);
        DataRule { settings, place, expect_place, is_built_in: false, reach, compiled: OnceLock::new() }
    }
}

/// What was read, and what could not be.
#[derive(Debug, Default)]
pub struct Read {
    /// The rules.
    pub rules: Vec<DataRule>,
    /// What is wrong.
    pub problems: Vec<Diagnostic>,
}

/// Reads a file of rules, one in each document.
pub fn read(name: &str, text: &[u8]) -> Read {
    let file: Arc<str> = Arc::from(name);
    let mut found = Read::default();
    let text = String::from_utf8_lossy(text);
    let lines: Arc<[String]> = text.lines().map(str::to_owned).collect::<Vec<_>>().into();
    for range in manifest::split(&text) {
        let before = text.get(..range.start).unwrap_or_default().matches('\n').count();
        let before = u32::try_from(before).unwrap_or(u32::MAX);
        let document = text.get(range).unwrap_or_default();
        match yaml::decode(document.as_bytes()) {
            Ok(node) => {
                let read = read_node(&node, &file, &lines, before);
                found.rules.extend(read.rules);
                found.problems.extend(read.problems);
            }
            Err(error) => {
                let line = before.saturating_add(error.line);
                let place = Reading::with_lines(Arc::clone(&file), Arc::clone(&lines)).place(line, 0);
                found.problems.push(Diagnostic::error("bad-rule", error.message).at(place));
            }
        }
    }
    found
}

/// Reads a rule from a node; `before` is how many lines stand before its document.
pub(super) fn read_node(node: &Node, file: &Arc<str>, lines: &Arc<[String]>, before: u32) -> Read {
    let mut node = node.clone();
    node.each_origin(&|origin| origin.line = origin.line.saturating_add(before));
    let mut reading = Reading::with_lines(Arc::clone(file), Arc::clone(lines));
    let name = node.get("id").and_then(Node::as_text).map_or("rule".to_owned(), std::borrow::Cow::into_owned);
    let settings: Option<DataRuleSettings> = reading.typed(&node, &name);
    let mut found = Read { rules: Vec::new(), problems: reading.problems.split_off(0) };
    for problem in &mut found.problems {
        problem.code = "bad-rule".into();
    }
    let Some(mut settings) = settings else { return found };
    let place_of = |key: &str| reading.place_of(node.get(key).unwrap_or(&node));
    if !is_kebab(&settings.id) {
        let text = format!("rule id `{}` is not in kebab-case", settings.id);
        found.problems.push(Diagnostic::error("bad-rule", text).at(place_of("id")));
    }
    for (key, text) in [("message", &settings.message), ("path", &settings.path)] {
        if let Err(error) = tamed::check(&ENGINE, text) {
            let text = format!("`{key}` of rule `{}`: {}", settings.id, why(&error));
            found.problems.push(Diagnostic::error("bad-rule", text).at(place_of(key)));
            return found;
        }
    }
    if settings.summary.is_empty() {
        settings.summary = settings.id.replace('-', " ");
    }
    let (place, expect_place) = (place_of("id"), place_of("expect"));
    found.rules.push(DataRule::new(settings, place, expect_place));
    found
}

/// Whether a text is a name of a rule.
pub(super) fn is_kebab(text: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    text.split('-').all(part)
}

/// The steps of a path as users write it: `spec.ports[0].name`, `metadata.annotations."example.com/team"`.
pub(super) fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path.trim();
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('"') {
            let (key, after) = quoted.split_once('"').unwrap_or((quoted, ""));
            steps.push(Step::Key(key.to_owned()));
            rest = after;
        } else if let Some((index, after)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            steps.push(
                index.parse().map_or_else(|_| Step::Key(index.trim_matches(['"', '\'']).to_owned()), Step::Index),
            );
            rest = after;
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (key, after) = rest.split_at(end);
            if !key.is_empty() {
                steps.push(Step::Key(key.to_owned()));
            }
            rest = after.strip_prefix('.').unwrap_or(after);
        }
    }
    steps
}
