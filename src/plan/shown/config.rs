//! What chartwright.yaml says of plans: its `plan`.
//!
//! In: the text of the file. Out: [`Config`], with what is wrong in it as diagnostics, each with its place. A bad entry
//! hides no other. What else stands in the file is read, and judged, by `lint`.

use crate::diag::Diagnostic;
use crate::plan::shown::ignore::{Ignores, RuleSettings};
use crate::reading::{Reading, schema_keys};
use crate::value::{Data, Node};
use crate::yaml;
use schemars::{JsonSchema, SchemaGenerator};
use std::sync::Arc;

/// An entry of `plan.ignore`.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code)] // read entry by entry: this is its shape for the schema
enum Entry {
    /// The name of a preset: `labels`, `checksums`, `random`, `replicas`, `ca-bundles`.
    Preset(String),
    /// A rule.
    Rule(RuleSettings),
}

/// What is taken as given when a plan is made.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "camelCase", title = "Plans")]
#[allow(dead_code)] // read entry by entry: this is its shape for the schema
struct Section {
    /// What does not count: presets by name, and rules with a reason.
    ignore: Option<Vec<Entry>>,
    /// Kinds, or KIND/NAME, whose diffs are not shown; `*` stands for any text.
    suppress: Option<Vec<String>>,
    /// Lines around a change that diffs show.
    context: Option<u32>,
}

/// The schema of `plan` in chartwright.yaml.
pub fn schema() -> serde_json::Value {
    SchemaGenerator::default().into_root_schema_for::<Section>().to_value()
}

/// Settings that were read.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// What does not count.
    pub ignores: Ignores,
    /// Kinds, or KIND/NAME, whose diffs are not shown.
    pub suppress: Vec<String>,
    /// Lines around a change, where the file says it.
    pub context: Option<usize>,
    /// What is wrong.
    pub problems: Vec<Diagnostic>,
}

impl Config {
    /// Reads the `plan` of a chartwright.yaml, called `name` in messages.
    ///
    /// ```
    /// use chartwright::plan::config::Config;
    /// let config = Config::read("chartwright.yaml", b"plan:\n  ignore: [labels]\n  context: 5\n");
    /// assert_eq!((config.context, config.problems.len()), (Some(5), 0));
    /// ```
    pub fn read(name: &str, text: &[u8]) -> Config {
        let mut config = Config::default();
        let mut reading = Reading::new(Arc::from(name), text);
        match yaml::decode(text) {
            Ok(root) => {
                if let Some(plan) = root.get("plan") {
                    config.fill(plan, &mut reading);
                }
            }
            Err(error) => {
                let place = reading.place(error.line, 0);
                reading.problems.push(Diagnostic::error("unreadable-config", error.message).at(place));
            }
        }
        config.problems.extend(reading.problems);
        config
    }

    fn fill(&mut self, plan: &Node, reading: &mut Reading) {
        for (key, node) in reading.entries(plan, "plan") {
            match key.as_str() {
                "ignore" => {
                    for entry in reading.items(node, "plan.ignore") {
                        self.ignore(entry, reading);
                    }
                }
                "suppress" => {
                    for item in reading.items(node, "plan.suppress") {
                        match item.as_text() {
                            Some(text) => self.suppress.push(text.into_owned()),
                            None => reading.bad(item, "`plan.suppress` holds something that is no text".into()),
                        }
                    }
                }
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // in bounds
                "context" => match node.as_number() {
                    Some(lines) if lines.fract() == 0.0 && (0.0..=10_000.0).contains(&lines) => {
                        self.context = Some(lines as usize);
                    }
                    _ => reading.bad(node, "`plan.context` is no number of lines".into()),
                },
                _ => {
                    let known = schema_keys::<Section>();
                    reading.unknown(node, "setting in `plan` named", &key, known.iter().map(String::as_str));
                }
            }
        }
    }

    fn ignore(&mut self, node: &Node, reading: &mut Reading) {
        let place = reading.place_of(node);
        let added = match &node.data {
            Data::Str(name) => self.ignores.preset(&name.to_text()).map_err(|error| Box::new(error.at(place))),
            _ => {
                let Some(settings) = reading.typed::<RuleSettings>(node, "plan.ignore") else { return };
                self.ignores.rule(settings, Some(place))
            }
        };
        reading.problems.extend(added.err().map(|error| *error));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_is_read_for_itself_and_what_is_wrong_is_told_at_its_place() {
        let text = "rules: {}\nplan:\n  ignore:\n  - labels\n  - lables\n  - {kind: Service, path: spec, reason: ours}\n  - {kind: Service}\n  - {code: nothing, reason: x}\n  contxt: 3\n  suppress: [Secret, 3]\n";
        let config = Config::read("chartwright.yaml", text.as_bytes());
        let told: Vec<String> = config
            .problems
            .iter()
            .map(|found| format!("{} {}", found.place.as_ref().map_or(0, |place| place.line), found.code))
            .collect();
        assert_eq!(
            told,
            ["5 unknown-preset", "7 ignore-without-reason", "8 bad-setting", "9 unknown-setting", "10 bad-setting"]
        );
        assert_eq!(config.suppress, ["Secret"]);
        let mut want = Ignores::default();
        want.flag("labels").expect("a preset");
        assert!(config.ignores != want && !config.ignores.is_empty());
    }

    #[test]
    fn a_file_without_a_plan_says_nothing_and_one_that_is_no_yaml_is_told() {
        assert!(Config::read("a", b"profile: strict\n").problems.is_empty());
        assert_eq!(Config::read("a", b"plan: [").problems.len(), 1);
    }
}
