//! What is written about rules: for `--explain`, `--list-rules` and docs/rules.md.
//!
//! In: the rows of the rules. Out: text.

use super::outcome::{RuleInfo, info};
use super::{Config, On, rules};
use crate::diag::Severity;
use std::fmt::Write;

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// A row of the list of rules.
struct Row {
    id: String,
    severity: Severity,
    profiles: Vec<String>,
    summary: String,
}

fn rows(config: &Config) -> Vec<Row> {
    let built_in = rules::all().map(|rule| {
        let profiles = match rule.on {
            On::Default => Vec::new(),
            On::Profiles(names) => names.iter().map(|name| (*name).to_owned()).collect(),
        };
        Row { id: rule.id.to_owned(), severity: rule.severity, profiles, summary: rule.summary.to_owned() }
    });
    let own = config.custom.iter().map(|rule| Row {
        id: rule.id.clone(),
        severity: rule.severity,
        profiles: rule.profiles.clone(),
        summary: rule.summary.clone(),
    });
    let mut rows: Vec<Row> = built_in.chain(own).collect();
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    rows
}

/// All rules, one in a line: name, severity, what is wrong, the profiles that turn it on.
pub fn list(config: &Config) -> String {
    let rows = rows(config);
    let width = rows.iter().map(|row| row.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for Row { id, severity, profiles, summary } in &rows {
        let only = if profiles.is_empty() { String::new() } else { format!(" (profile {})", profiles.join(", ")) };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{id:width$}  {:7}  {summary}{only}", word(*severity));
    }
    out
}

/// Why a rule is one, and what to do; `None` when there is no such rule.
pub fn explain(id: &str, config: &Config) -> Option<String> {
    let RuleInfo { summary, why, fix, .. } = info(id, config)?;
    let row = rows(config).into_iter().find(|row| row.id == id)?;
    let mut out = format!("{id} ({}): {summary}\n", word(row.severity));
    for (title, text) in [("why", why), ("fix", fix)] {
        if !text.is_empty() {
            out.push_str(&format!("\n{title}: {text}\n"));
        }
    }
    if !row.profiles.is_empty() {
        out.push_str(&format!("\nIt is looked for in the profiles: {}\n", row.profiles.join(", ")));
    }
    out.push_str(&format!("\nTo accept a finding: {{{{/* chartwright:ignore {id} REASON */}}}}\n"));
    Some(out)
}

/// The page of all rules, in Markdown.
pub fn page() -> String {
    let config = Config::default();
    let mut out = String::from(
        "# Rules of `chartwright lint`\n\nMade from the rules by `cargo run --example generate`. A rule of a profile is \
         looked for when the profile is asked\nfor, by `--profile` or in chartwright.yaml.\n",
    );
    for Row { id, severity, profiles, .. } in rows(&config) {
        let Some(RuleInfo { summary, why, fix, .. }) = info(&id, &config) else { continue };
        let only = if profiles.is_empty() { String::new() } else { format!(", profile {}", profiles.join(", ")) };
        let _ = write!(out, "\n## {id}\n\n*{}{only}*: {summary}.\n\n{why}\n\n{fix}\n", word(severity));
    }
    out
}
