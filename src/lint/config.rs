//! chartwright.yaml: what is linted how, in this chart or folder.
//!
//! In: the text of the file. Out: [`Config`], with what is wrong in it as diagnostics, each with its place. Every
//! entry is read for itself: a bad one hides no other, and no rule.

use super::data::DataRule;
// Rules that are data are read in the same way.
use super::{Finding, rules};
use crate::diag::{Diagnostic, Place, Severity};
use crate::matrix::{self, CaseSettings, MatrixSettings, Settings};
use crate::nearest::nearest;
pub(super) use crate::reading::Reading;
use crate::reading::schema_keys;
use crate::value::{Data, Node};
use crate::yaml;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rules of a configuration's own, and entries that ignore findings: more than anybody reads.
const MOST_RULES: usize = 500;
const MOST_IGNORES: usize = 1_000;

/// How bad findings of a rule are, or that it is not looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not looked for.
    Off,
    /// Worth knowing.
    Note,
    /// Probably wrong.
    Warning,
    /// Wrong.
    Error,
}

impl Level {
    /// The severity; `None` for off.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Level::Off => None,
            Level::Note => Some(Severity::Note),
            Level::Warning => Some(Severity::Warning),
            Level::Error => Some(Severity::Error),
        }
    }

    /// The level of that name.
    pub fn parse(text: &str) -> Option<Level> {
        Some(match text {
            "off" => Level::Off,
            "note" => Level::Note,
            "warning" => Level::Warning,
            "error" => Level::Error,
            _ => return None,
        })
    }

    fn read(node: &Node) -> Option<Level> {
        match &node.data {
            // To YAML 1.1 `off` without quotes is false.
            Data::Bool(false) => Some(Level::Off),
            _ => Level::parse(&node.as_text()?),
        }
    }
}

/// One name, or several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Names {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Default for Names {
    fn default() -> Self {
        Names::Many(Vec::new())
    }
}

impl Names {
    /// The names.
    pub fn all(&self) -> &[String] {
        match self {
            Names::One(name) => std::slice::from_ref(name),
            Names::Many(names) => names,
        }
    }
}

/// Findings that are known and accepted. All that is named must hold; what is not named holds for any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IgnoreSettings {
    /// The rules; `*` stands for any text.
    pub rule: Names,
    /// Why the findings are accepted.
    #[serde(default)]
    #[schemars(required, length(min = 1))]
    pub reason: String,
    /// The object, as KIND/NAME or NAME; `*` stands for any text.
    pub object: Option<String>,
    /// The path in the object or of the value, with all below it; `*` stands for any text.
    pub path: Option<String>,
    /// The file, relative to the chart; `*` stands for any text without `/`, `**` for any text.
    pub file: Option<String>,
    /// The case, as findings name it; `*` stands for any text.
    pub case: Option<String>,
}

/// A rule of your own: in a file, or here.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
enum CustomSettings {
    /// Rules in another file, relative to this one.
    File {
        /// The file.
        file: String,
    },
    /// A rule.
    Rule(Box<super::data::DataRuleSettings>),
}

/// How a chart is linted: `chartwright.yaml`, in the folder of the chart.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "camelCase", title = "chartwright.yaml")]
#[allow(dead_code)] // read entry by entry: this is its shape for the schema
struct ConfigFile {
    /// The profiles that are asked for: `production`, `strict`, or one from `profiles`.
    profile: Option<Names>,
    /// How bad findings of a rule are: `off`, `note`, `warning` or `error`.
    rules: Option<BTreeMap<String, Level>>,
    /// What rules take as given, by rule.
    parameters: Option<BTreeMap<String, BTreeMap<String, serde_json::Value>>>,
    /// Findings that are known and accepted.
    ignore: Option<Vec<IgnoreSettings>>,
    /// Profiles of your own: the rules, or other profiles, that they turn on.
    profiles: Option<BTreeMap<String, Vec<String>>>,
    /// Rules of your own.
    custom: Option<Vec<CustomSettings>>,
    /// How the chart is rendered besides its defaults; files under ci/ and values-*.yaml are cases without an entry.
    cases: Option<BTreeMap<String, CaseSettings>>,
    /// The versions of Kubernetes that it is held against.
    kube_versions: Option<Vec<String>>,
    /// What goes for every case when `chartwright snapshot` renders them.
    matrix: Option<MatrixSettings>,
    /// What `chartwright plan` takes as given, which says itself what may stand here.
    plan: Option<BTreeMap<String, serde_json::Value>>,
}

/// The schema of chartwright.yaml, but for `plan`.
pub fn schema() -> serde_json::Value {
    SchemaGenerator::default().into_root_schema_for::<ConfigFile>().to_value()
}

/// An ignore and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreEntry {
    /// What it says.
    pub settings: IgnoreSettings,
    /// Where.
    pub place: Place,
}

/// A configuration that was read.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The profiles that are asked for.
    pub active: Vec<String>,
    /// How bad findings of a rule are.
    pub levels: BTreeMap<String, Level>,
    /// What rules take as given: a map for each rule.
    pub parameters: BTreeMap<String, Node>,
    /// Profiles that the configuration makes.
    pub profiles: BTreeMap<String, Vec<String>>,
    /// Findings that are accepted.
    pub ignores: Vec<IgnoreEntry>,
    /// Rules that the configuration makes.
    pub custom: Vec<Arc<DataRule>>,
    /// How the chart is rendered.
    pub cases: Settings,
    /// The versions of Kubernetes.
    pub kube_versions: Vec<(String, Place)>,
    /// Only these rules, whatever else is said; all when empty.
    pub only: Vec<String>,
    /// What is wrong with the configuration.
    pub problems: Vec<Diagnostic>,
    /// The file could not be read as a whole.
    pub is_broken: bool,
}

/// Gives the bytes of a file that the configuration names, relative to it.
pub type Reader<'r> = &'r dyn Fn(&str) -> Result<Vec<u8>, String>;

impl Config {
    /// Reads a configuration; `name` is what the file is called in messages, `read` gives other files.
    pub fn read(name: &str, text: &[u8], read: Reader<'_>) -> Config {
        let file = Arc::from(name);
        let mut config = Config::default();
        let mut reading = Reading::new(Arc::clone(&file), text);
        match yaml::decode_with_troubles(text) {
            Ok((root, troubles)) => {
                let troubles = troubles.iter().map(|found| crate::chart::key_trouble(name, found));
                reading.problems.extend(troubles);
                config.fill(&root, &mut reading, read);
            }
            Err(error) => {
                let mut place = reading.place(error.line, 0);
                place.excerpt = place.excerpt.filter(|line| !line.is_empty());
                reading.problems.push(Diagnostic::error("unreadable-config", error.message).at(place));
                config.is_broken = true;
            }
        }
        config.problems = reading.problems;
        config
    }

    /// A configuration that asks for a profile.
    #[must_use]
    pub fn profile(mut self, name: impl Into<String>) -> Config {
        self.active.push(name.into());
        self
    }

    /// What a rule takes as given.
    pub fn parameter(&self, rule: &str, key: &str) -> Option<&Node> {
        self.parameters.get(rule)?.get(key)
    }

    fn fill(&mut self, root: &Node, reading: &mut Reading, read: Reader<'_>) {
        // Rules and profiles first: the others name them.
        if let Some(node) = root.get("custom") {
            for entry in reading.items(node, "custom") {
                self.custom(entry, reading, read);
            }
        }
        if let Some(node) = root.get("profiles") {
            for (name, node) in reading.entries(node, "profiles") {
                let names: Vec<String> = reading.typed(node, &format!("profiles.{name}")).unwrap_or_default();
                self.profiles.insert(name, names);
            }
        }
        for (key, node) in reading.entries(root, "") {
            match key.as_str() {
                "custom" | "profiles" => {}
                "profile" => {
                    let names: Names = reading.typed(node, &key).unwrap_or_default();
                    for name in names.all() {
                        self.check_profile(name, node, reading);
                    }
                    self.active.extend(names.all().iter().cloned());
                }
                "rules" => self.levels(node, reading),
                "parameters" => {
                    for (rule, node) in reading.entries(node, "parameters") {
                        self.check_rule(&rule, node, reading);
                        if reading.is_map(node, &format!("parameters.{rule}")) {
                            self.parameters.insert(rule, node.clone());
                        }
                    }
                }
                "ignore" => {
                    for entry in reading.items(node, "ignore") {
                        self.ignore(entry, reading);
                    }
                }
                "cases" => self.cases = matrix::settings::cases(node, reading),
                // For snapshots; what is wrong in it is told here too.
                "matrix" => drop(matrix::settings::matrix(node, reading)),
                "kubeVersions" => {
                    for item in reading.items(node, "kubeVersions") {
                        // 1.30 without quotes is the number 1.3, and nobody means that.
                        match item.as_text() {
                            Some(text) => self.kube_versions.push((text.into_owned(), reading.place_of(item))),
                            None => reading.bad(item, "`kubeVersions` holds a number, expected texts: \"1.33\"".into()),
                        }
                    }
                }
                // Read, and judged, by whoever plans.
                "plan" => {}
                _ => {
                    let known = schema_keys::<ConfigFile>();
                    reading.unknown(node, "setting", &key, known.iter().map(String::as_str));
                }
            }
        }
        for (name, members) in &self.profiles {
            let node = root.get("profiles").and_then(|profiles| profiles.get(name));
            for member in members {
                if !self.profiles.contains_key(member) && !rules::profiles().contains(member.as_str()) {
                    self.check_rule(member, node.unwrap_or(root), reading);
                }
            }
        }
    }

    fn levels(&mut self, node: &Node, reading: &mut Reading) {
        for (rule, node) in reading.entries(node, "rules") {
            self.check_rule(&rule, node, reading);
            match Level::read(node) {
                Some(level) => drop(self.levels.insert(rule, level)),
                None => {
                    reading.bad(node, format!("`rules.{rule}` is no level, expected off, note, warning or error"));
                }
            }
        }
    }

    fn ignore(&mut self, node: &Node, reading: &mut Reading) {
        let Some(settings) = reading.typed::<IgnoreSettings>(node, "ignore") else { return };
        for rule in settings.rule.all() {
            if !rule.contains('*') {
                self.check_rule(rule, node, reading);
            }
        }
        let place = reading.place_of(node);
        if settings.reason.trim().is_empty() {
            let text = "an ignore says no reason, so it is not applied";
            reading.problems.push(Diagnostic::error("ignore-without-reason", text).at(place));
            return;
        }
        if self.ignores.len() >= MOST_IGNORES {
            if self.ignores.len() == MOST_IGNORES {
                let text = format!("there are more than {MOST_IGNORES} ignores");
                reading.problems.push(Diagnostic::error("bad-setting", text).at(place));
            }
            return;
        }
        self.ignores.push(IgnoreEntry { settings, place });
    }

    fn custom(&mut self, node: &Node, reading: &mut Reading, read: Reader<'_>) {
        let Some(file) = node.get("file").and_then(Node::as_text).filter(|_| node.get("id").is_none()) else {
            self.add_custom(super::data::read_node(node, &reading.file, &reading.lines, 0), reading);
            return;
        };
        match read(&file) {
            Ok(bytes) => self.add_custom(super::data::read(&file, &bytes), reading),
            Err(why) => {
                let place = reading.place_of(node);
                reading.problems.push(Diagnostic::error("unreadable-config", why).at(place));
                self.is_broken = true;
            }
        }
    }

    fn add_custom(&mut self, read: super::data::Read, reading: &mut Reading) {
        reading.problems.extend(read.problems);
        for rule in read.rules {
            let is_known = rules::find(&rule.id).is_some() || self.custom.iter().any(|own| own.id == rule.id);
            if self.custom.len() >= MOST_RULES {
                if self.custom.len() == MOST_RULES && !reading.problems.iter().any(|found| found.code == "bad-rule") {
                    let text = format!("there are more than {MOST_RULES} rules of your own");
                    reading.problems.push(Diagnostic::error("bad-rule", text).at(rule.place.clone()));
                }
                return;
            }
            if is_known {
                let text = format!("there is a rule `{}` already", rule.id);
                reading.problems.push(Diagnostic::error("bad-rule", text).at(rule.place.clone()));
            } else {
                self.custom.push(Arc::new(rule));
            }
        }
    }

    /// Whether there is such a rule.
    pub fn knows(&self, rule: &str) -> bool {
        rules::find(rule).is_some() || self.custom.iter().any(|own| own.id == rule)
    }

    /// The rule's name that looks most like this one.
    pub fn nearest_rule(&self, name: &str) -> Option<&str> {
        let own = self.custom.iter().map(|rule| rule.id.as_str());
        nearest(name, rules::all().map(|rule| rule.id).chain(own))
    }

    fn check_rule(&self, name: &str, node: &Node, reading: &mut Reading) {
        if !self.knows(name) {
            let mut found = Diagnostic::warning("unknown-rule", format!("there is no rule `{name}`"));
            found.help = self.nearest_rule(name).map(|near| format!("did you mean `{near}`?"));
            reading.problems.push(found.at(reading.place_of(node)));
        }
    }

    fn check_profile(&self, name: &str, node: &Node, reading: &mut Reading) {
        if let Some(found) = self.unknown_profile(name) {
            reading.problems.push(found.at(reading.place_of(node)));
        }
    }

    /// What is wrong with the name of a profile, if anything is.
    pub fn unknown_profile(&self, name: &str) -> Option<Diagnostic> {
        let built_in = rules::profiles();
        if self.profiles.contains_key(name) || built_in.contains(name) {
            return None;
        }
        let known: Vec<&str> = built_in.into_iter().chain(self.profiles.keys().map(String::as_str)).collect();
        let mut found = Diagnostic::error("unknown-profile", format!("there is no profile `{name}`"));
        found.help = Some(match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", known.join(", ")),
        });
        Some(found)
    }

    /// What is wrong with the configuration, as findings.
    pub(super) fn findings(&self) -> impl Iterator<Item = Finding> {
        self.problems.iter().cloned().map(Finding::from)
    }
}
