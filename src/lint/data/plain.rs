//! Reads the rules of this crate at a tenth of what YAML takes: each run of lint needs their rows.
//!
//! In: the text of a file of src/lint/rules/data. Out: its rules as they are written. The files keep to the plainest
//! YAML: a key and a text in one line, a text in double quotes without escapes, `>-` and indented lines, a list in
//! brackets. A test reads each file both ways.

use super::{DataRuleSettings, warning};
use crate::diag::Severity;

/// The rules of a file.
pub(super) fn rules(text: &str) -> Vec<DataRuleSettings> {
    text.split("\n---\n").map(rule).collect()
}

fn rule(text: &str) -> DataRuleSettings {
    let mut rule = DataRuleSettings::empty();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((key, value)) = line.split_once(':').filter(|_| !line.starts_with('#')) else { continue };
        let value = value.trim();
        let mut folded = String::new();
        if value == ">-" {
            while let Some(more) = lines.next_if(|line| line.starts_with(' ')) {
                if !folded.is_empty() {
                    folded.push(' ');
                }
                folded.push_str(more.trim());
            }
        }
        let text = || match (value, value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'))) {
            (">-", _) => folded.clone(),
            (_, Some(quoted)) => quoted.to_owned(),
            (plain, None) => plain.to_owned(),
        };
        match key {
            "id" => rule.id = text(),
            "severity" => rule.severity = severity(value),
            "kinds" => rule.kinds = list(value),
            "summary" => rule.summary = text(),
            "when" => rule.when = text(),
            "expect" => rule.expect = text(),
            "message" => rule.message = text(),
            "fix" => rule.fix = text(),
            "why" => rule.why = text(),
            "path" => rule.path = text(),
            "each" => rule.each = text(),
            "words" => rule.words = list(value),
            "profiles" => rule.profiles = list(value),
            _ => {}
        }
    }
    rule
}

fn severity(value: &str) -> Severity {
    match value {
        "note" => Severity::Note,
        "error" => Severity::Error,
        _ => warning(),
    }
}

fn list(value: &str) -> Vec<String> {
    value.trim_matches(['[', ']']).split(',').map(|word| word.trim().to_owned()).collect()
}
