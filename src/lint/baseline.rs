//! The baseline: findings that are known, so that only new ones are told.
//!
//! In: an [`Outcome`], or the text of a baseline. Out: the text, or the outcome without what is known. A finding is
//! known by its fingerprint, which does not depend on lines; one that is gone is told as a note.

use super::{Finding, Outcome};
use crate::diag::{Diagnostic, Place, Severity};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The version of the format.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    findings: Vec<Known>,
}

/// A known finding; only the fingerprint counts, the rest is for readers.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Known {
    fingerprint: String,
    rule: String,
    #[serde(default)]
    file: String,
    #[serde(default)]
    object: String,
    #[serde(default)]
    message: String,
}

impl Finding {
    /// Names the finding across runs: rule, file, object, path and message without its numbers, in hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let file = self.diagnostic.place.as_ref().map(|place| &*place.file).unwrap_or_default();
        let object = self.object.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut hash = Sha256::new();
        for part in [self.rule(), plain(file), &object, &self.path, &without_numbers(&self.diagnostic.message)] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A file's name however the chart was named: `./chart/a` and `chart/a` are one.
fn plain(file: &str) -> &str {
    file.trim_start_matches("./")
}

/// Lines and counts in a message change when something else does.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if !c.is_ascii_digit() {
            out.push(c);
        } else if !out.ends_with('#') {
            out.push('#');
        }
    }
    out
}

/// The text of a baseline that knows these findings.
pub fn write(outcome: &Outcome) -> String {
    let known = |finding: &Finding| Known {
        fingerprint: finding.fingerprint(),
        rule: finding.rule().to_owned(),
        file: finding.diagnostic.place.as_ref().map(|place| plain(&place.file).to_owned()).unwrap_or_default(),
        object: finding.object.as_ref().map(ToString::to_string).unwrap_or_default(),
        message: finding.diagnostic.message.clone(),
    };
    // What is said of the run itself is not known for ever.
    let lasting = outcome.findings.iter().filter(|finding| !OF_THE_RUN.contains(&finding.rule()));
    let file = File { version: VERSION, findings: lasting.map(known).collect() };
    let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
    text.push('\n');
    text
}

const OF_THE_RUN: [&str; 3] = ["unreadable-input", "unreadable-baseline", "gone-finding"];

/// Leaves out what a baseline knows, and returns what is to be told of the baseline: that it cannot be read, what is gone. Several findings of one fingerprint are known
/// as often as the baseline has it; `was_looked_for` says whether a rule could have been found again.
pub fn apply(outcome: &mut Outcome, name: &str, text: &[u8], was_looked_for: impl Fn(&str) -> bool) -> Vec<Diagnostic> {
    let file: File = match serde_json::from_slice::<File>(text) {
        Ok(file) if file.version == VERSION => file,
        read => {
            let mut place = Place::file(name);
            let why = match read {
                Ok(file) => format!("this baseline has version {}, expected {VERSION}", file.version),
                Err(error) => {
                    place.line = u32::try_from(error.line()).unwrap_or(0);
                    place.column = u32::try_from(error.column()).unwrap_or(0);
                    let lines = String::from_utf8_lossy(text);
                    place.excerpt = lines.lines().nth(error.line().saturating_sub(1)).map(str::to_owned);
                    let text = error.to_string();
                    text.split(" at line ").next().unwrap_or(&text).to_owned()
                }
            };
            outcome.is_broken = true;
            return vec![Diagnostic::error("unreadable-baseline", why).at(place)];
        }
    };
    let mut left: BTreeMap<&str, Vec<&Known>> = BTreeMap::new();
    for known in &file.findings {
        left.entry(&known.fingerprint).or_default().push(known);
    }
    let is_known = |finding: &Finding| left.get_mut(finding.fingerprint().as_str()).and_then(Vec::pop).is_some();
    let (known, new): (Vec<Finding>, Vec<Finding>) =
        std::mem::take(&mut outcome.findings).into_iter().partition(is_known);
    outcome.findings = new;
    outcome.known += known.len();
    outcome.in_baseline.extend(known);
    let gone = left.into_values().flatten().filter(|known| was_looked_for(&known.rule));
    let told = gone.map(|known| {
        let what = if known.object.is_empty() { String::new() } else { format!(" of {}", known.object) };
        let text = format!("`{}`{what} in {} is gone: {}", known.rule, known.file, known.message);
        let found = Diagnostic::warning("gone-finding", text).at(Place::file(name));
        Diagnostic { severity: Severity::Note, ..found }
    });
    told.collect()
}
