//! A migration's report for people and for programs.
//!
//! In: a [`Migration`]. Out: text, Markdown, or JSON. What is lost comes first.

use super::migration::{Fate, Migration, Row};
use std::fmt::Write as _;

fn rows(migration: &Migration, fate: Fate) -> impl Iterator<Item = &Row> {
    migration.rows.iter().filter(move |row| row.fate == fate)
}

/// How many of each fate.
fn summary(migration: &Migration) -> String {
    let count = |fate: &Fate| format!("{} {}", rows(migration, *fate).count(), fate.title());
    Fate::ALL.iter().map(count).collect::<Vec<_>>().join(", ")
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The report for a terminal.
pub fn text(migration: &Migration) -> String {
    let mut out = String::new();
    let name = &migration.cluster.metadata.name;
    let _ = writeln!(out, "Release {} -> RedisCluster {name}: {}", one_line(&migration.release), summary(migration));
    for fate in Fate::ALL {
        if rows(migration, fate).next().is_none() {
            continue;
        }
        let _ = writeln!(out, "\n{}:", fate.title());
        for row in rows(migration, fate) {
            let found = if row.found.is_empty() { String::new() } else { format!(" = {}", one_line(&row.found)) };
            let field = if row.field.is_empty() { String::new() } else { format!(" -> {}", row.field) };
            let _ = writeln!(out, "  {}{found}{field}", one_line(&row.value));
            if !row.why.is_empty() {
                let _ = writeln!(out, "      {}", one_line(&row.why));
            }
            for command in &row.commands {
                let _ = writeln!(out, "      $ {}", one_line(command));
            }
        }
    }
    for (title, texts) in
        [("refused by the operator", &migration.refusals), ("warned of by the operator", &migration.warnings)]
    {
        if !texts.is_empty() {
            let _ = writeln!(out, "\n{title}:");
            texts.iter().for_each(|text| {
                let _ = writeln!(out, "  {}", one_line(text));
            });
        }
    }
    out
}

/// What Markdown would take for its own.
fn cell(text: &str) -> String {
    one_line(text).replace('|', "\\|")
}

/// A value as code; one with backticks of its own gets two.
fn code(text: &str) -> String {
    match (text.is_empty(), text.contains('`')) {
        (true, _) => String::new(),
        (false, false) => format!("`{}`", cell(text)),
        (false, true) => format!("`` {} ``", cell(text)),
    }
}

/// The report for a page.
pub fn markdown(migration: &Migration) -> String {
    let mut out = String::new();
    let name = &migration.cluster.metadata.name;
    let _ = writeln!(out, "# From release {} to RedisCluster {}\n", code(&migration.release), code(name));
    let _ = writeln!(out, "{}.", summary(migration));
    for fate in Fate::ALL {
        if rows(migration, fate).next().is_none() {
            continue;
        }
        let _ = writeln!(out, "\n## {}\n\n| value | was | now | why |\n|---|---|---|---|", fate.title());
        for row in rows(migration, fate) {
            let (value, found, field) = (code(&row.value), code(&row.found), code(&row.field));
            let _ = writeln!(out, "| {value} | {found} | {field} | {} |", cell(&row.why));
        }
        let commands: Vec<&String> = rows(migration, fate).flat_map(|row| &row.commands).collect();
        if !commands.is_empty() {
            let _ = writeln!(out, "\n```sh");
            commands.iter().for_each(|command| {
                let _ = writeln!(out, "{}", one_line(command));
            });
            let _ = writeln!(out, "```");
        }
    }
    for (title, texts) in
        [("refused by the operator", &migration.refusals), ("warned of by the operator", &migration.warnings)]
    {
        if !texts.is_empty() {
            let _ = writeln!(out, "\n## {title}\n");
            texts.iter().for_each(|text| {
                let _ = writeln!(out, "- {}", cell(text));
            });
        }
    }
    out
}

/// The report for programs: objects and rows.
///
/// # Errors
/// A number that is not finite in one of the free parts.
pub fn json(migration: &Migration) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(migration).map(|text| text + "\n")
}
