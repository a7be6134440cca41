//! Rules as data: an expression that objects of some kinds must meet, and what to say when they do not.
//!
//! In: YAML, in a file or in chartwright.yaml. Out: [`DataRule`]s, and what is wrong with them, each with its place.
//! The expressions are minijinja's; they see `object`, `case` and `values`, and with `each` also `item`, `index` and
//! `key`. What an object does not have is undefined and false, on every level. Expressions are compiled when the first
//! object of their kinds comes, and stop after a number of steps.

use super::config::Reading;
use super::rule::{Check, On, Rule};
use super::{Case, Findings, Object};
use crate::diag::{Diagnostic, Place, Severity};
use crate::kube;
use crate::manifest;
use crate::path::Step;
use crate::value::{Data, Node};
use crate::yaml;
use minijinja::value::{Enumerator, ObjectRepr, Value};
use minijinja::{Environment, Expression, UndefinedBehavior, context};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use std::sync::{Arc, LazyLock, OnceLock};

/// Steps of the expression engine for one object: hundreds of times what a rule of a few lines takes.
const FUEL: u64 = 100_000;

/// Levels of calls in an expression.
const RECURSION: usize = 100;

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
    /// The path to show, in the object or below `each`; `{{ … }}` holds expressions.
    #[serde(default)]
    pub path: String,
    /// A path to lists or maps of which each entry is looked at, as `item`: `spec.rules`. `pod` is the pod spec of a
    /// workload, `pod.volumes` a list in it, `containers` all its containers.
    #[serde(default)]
    pub each: String,
    /// The profiles that turn it on; without any it is always on.
    #[serde(default)]
    pub profiles: Vec<String>,
}

fn warning() -> Severity {
    Severity::Warning
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
    compiled: OnceLock<Result<Expression<'static, 'static>, String>>,
}

impl std::ops::Deref for DataRule {
    type Target = DataRuleSettings;

    fn deref(&self) -> &DataRuleSettings {
        &self.settings
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
        if let Err(error) = ENGINE.template_from_str(text) {
            let text = format!("`{key}` of rule `{}`: {}", settings.id, why(&error));
            found.problems.push(Diagnostic::error("bad-rule", text).at(place_of(key)));
            return found;
        }
    }
    if settings.summary.is_empty() {
        settings.summary = settings.id.replace('-', " ");
    }
    let (place, expect_place) = (place_of("id"), place_of("expect"));
    found.rules.push(DataRule { settings, place, expect_place, compiled: OnceLock::new() });
    found
}

/// Whether a text is a name of a rule.
pub(super) fn is_kebab(text: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    text.split('-').all(part)
}

/// The engine: nothing but the language, with limits.
static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    // The version at hand has serde always, and warns of a later one that will have it on request only.
    #[allow(deprecated)]
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Chainable);
    engine.set_fuel(Some(FUEL));
    engine.set_recursion_limit(RECURSION);
    engine
});

/// What the engine says is wrong, without its name of the text.
fn why(error: &minijinja::Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}

/// File names and their texts.
macro_rules! embedded {
    ($($name:literal),* $(,)?) => { &[$(($name, include_str!(concat!("rules/data/", $name)))),*] };
}

/// The rules that this crate holds as data.
const BUILT_IN: &[(&str, &str)] = embedded!["missing-name-label.yaml"];

static RULES: LazyLock<Vec<DataRule>> = LazyLock::new(|| {
    let read = BUILT_IN.iter().map(|(name, text)| read(name, text.as_bytes()));
    read.flat_map(|read| read.rules).collect()
});

static ROWS: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let names: &'static Vec<Vec<&'static str>> = &PROFILES;
    let row = |(rule, profiles): (&'static DataRule, &'static Vec<&'static str>)| Rule {
        id: &rule.id,
        severity: rule.severity,
        summary: &rule.summary,
        why: rule.why.trim(),
        fix: rule.fix.trim(),
        on: if profiles.is_empty() { On::Default } else { On::Profiles(profiles) },
        check: Check::Data(rule),
    };
    RULES.iter().zip(names).map(row).collect()
});

static PROFILES: LazyLock<Vec<Vec<&'static str>>> =
    LazyLock::new(|| RULES.iter().map(|rule| rule.profiles.iter().map(String::as_str).collect()).collect());

/// Rows of the rules that this crate holds as data.
pub(super) fn built_in() -> &'static [Rule] {
    &ROWS
}

/// What is wrong with the rules that this crate holds as data: nothing.
pub fn built_in_problems() -> Vec<Diagnostic> {
    BUILT_IN.iter().flat_map(|(name, text)| read(name, text.as_bytes()).problems).collect()
}

impl DataRule {
    /// Looks at every object of the rule's kinds.
    pub(super) fn check(&self, case: &Case, findings: &mut Findings) {
        let is_of_kind = |object: &&Object| self.kinds.is_empty() || self.kinds.iter().any(|k| k == object.kind());
        let mut objects = case.objects.iter().filter(is_of_kind).peekable();
        if objects.peek().is_none() {
            return;
        }
        let compile = || ENGINE.compile_expression_owned(self.expect.clone()).map_err(|error| why(&error));
        let expression = match self.compiled.get_or_init(compile) {
            Ok(expression) => expression,
            Err(why) => return self.failed(why, findings),
        };
        let values = case.attempt.prepared.as_ref().map(|prepared| to_value(&prepared.values));
        let shown = context! {
            name => &*case.name, kube => case.kube.normalized, namespace => case.namespace, release => case.release,
            is_upgrade => case.is_upgrade,
        };
        for object in objects {
            let whole = to_value(&object.node);
            for (path, key, item) in self.items(&object.node) {
                let (index, key) = match key {
                    Some(Step::Index(index)) => (Value::from(index), Value::UNDEFINED),
                    Some(Step::Key(key)) => (Value::UNDEFINED, Value::from(key)),
                    None => (Value::UNDEFINED, Value::UNDEFINED),
                };
                let item = to_value(item);
                let context = context! { object => whole, case => shown, values, item, index, key };
                match expression.eval(&context) {
                    Ok(answer) if answer.is_true() => {}
                    Ok(_) => self.found(case, object, path, &context, findings),
                    Err(error) => return self.failed(&why(&error), findings),
                }
            }
        }
    }

    fn found(&self, case: &Case, object: &Object, mut path: Vec<Step>, context: &Value, findings: &mut Findings) {
        let said = ENGINE.render_str(&self.message, context);
        let below = ENGINE.render_str(&self.path, context);
        match (said, below) {
            (Ok(said), Ok(below)) => {
                path.extend(steps(&below));
                let mut found = Diagnostic::error(self.id.clone(), said.trim());
                found.severity = self.severity;
                found.help = (!self.fix.is_empty()).then(|| self.fix.trim().to_owned());
                findings.on_as(found, case, object, &path);
            }
            (Err(error), _) | (_, Err(error)) => self.failed(&why(&error), findings),
        }
    }

    /// The rule itself is wrong.
    fn failed(&self, why: &str, findings: &mut Findings) {
        let text = format!("rule `{}` cannot be applied: {why}", self.id);
        findings.told_as_is(Diagnostic::error("bad-rule", text).at(self.expect_place.clone()));
    }

    /// What is looked at of an object: its path, its own step, and the node.
    fn items<'n>(&self, node: &'n Node) -> Vec<(Vec<Step>, Option<Step>, &'n Node)> {
        if self.each.is_empty() {
            return vec![(Vec::new(), None, node)];
        }
        let way = steps(&self.each);
        let (start, way) = match (way.as_slice(), kube::pod_spec(&kube::At::object(node))) {
            ([Step::Key(first)], pod) if first == "containers" => {
                let all = pod.iter().flat_map(kube::containers).map(|container| container.at);
                return all.map(|at| (at.path(), None, at.node())).collect();
            }
            ([Step::Key(first)], pod) if first == "pod" => {
                return pod.into_iter().map(|pod| (pod.path(), None, pod.node())).collect();
            }
            ([Step::Key(first), rest @ ..], pod) if first == "pod" => match pod {
                Some(pod) => ((pod.path(), None, pod.node()), rest),
                None => return Vec::new(),
            },
            (way, _) => ((Vec::new(), None, node), way),
        };
        let mut level: Vec<(Vec<Step>, Option<Step>, &Node)> = vec![start];
        for step in way {
            // Lists on the way are walked.
            let flat = level.into_iter().flat_map(|(path, own, node)| match (&node.data, step) {
                (Data::List(_), Step::Key(_)) => children(&path, node),
                _ => vec![(path, own, node)],
            });
            let down = |(mut path, _, node): (Vec<Step>, Option<Step>, &'n Node)| {
                path.push(step.clone());
                Some((path, None, node.step(step)?))
            };
            level = flat.filter_map(down).collect();
        }
        level.into_iter().flat_map(|(path, _, node)| children(&path, node)).collect()
    }
}

/// The entries of a list or map.
fn children<'n>(path: &[Step], node: &'n Node) -> Vec<(Vec<Step>, Option<Step>, &'n Node)> {
    let below = |step: Step, node: &'n Node| {
        let path = path.iter().cloned().chain([step.clone()]).collect();
        (path, Some(step), node)
    };
    match &node.data {
        Data::List(items) => items.iter().enumerate().map(|(index, node)| below(Step::Index(index), node)).collect(),
        Data::Map(map) => map.iter().map(|(key, node)| below(Step::Key(key.to_text().into_owned()), node)).collect(),
        _ => Vec::new(),
    }
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

/// A node as expressions see it; lists and maps are read where they are.
pub(crate) fn to_value(node: &Node) -> Value {
    match &node.data {
        Data::Null => Value::from(()),
        Data::Bool(b) => Value::from(*b),
        Data::Int(n) => Value::from(*n),
        #[allow(clippy::cast_possible_truncation)] // whole and below 2^53
        Data::Float(n) if n.fract() == 0.0 && n.abs() < 9e15 => Value::from(*n as i64),
        Data::Float(n) => Value::from(*n),
        Data::Str(text) => Value::from(text.to_text().into_owned()),
        Data::List(_) | Data::Map(_) => Value::from_object(Shown(node.clone())),
    }
}

/// A list or map.
#[derive(Debug)]
struct Shown(Node);

impl minijinja::value::Object for Shown {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        if matches!(self.0.data, Data::List(_)) { ObjectRepr::Seq } else { ObjectRepr::Map }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match &self.0.data {
            Data::List(items) => items.get(key.as_usize()?).map(to_value),
            _ => self.0.get(key.as_str()?).map(to_value),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match &self.0.data {
            Data::List(items) => Enumerator::Seq(items.len()),
            Data::Map(map) => {
                Enumerator::Values(map.keys().map(|key| Value::from(key.to_text().into_owned())).collect())
            }
            _ => Enumerator::Empty,
        }
    }
}
