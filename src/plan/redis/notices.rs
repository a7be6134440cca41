//! What the new chart's own documents say about upgrades between the two versions.
//!
//! In: README.md and CHANGELOG.md of the new chart. Out: [`Notice`]s: sections under headings that name a version after
//! the old one and not after the new one, as they stand there.

use crate::funcs::semver::{Version, parse};
use crate::plan::{Both, Notice};
use crate::source::lossy;
use std::cmp::Ordering;

/// Files that are read, by their names in lower case.
const FILES: [&str; 4] = ["readme.md", "changelog.md", "upgrading.md", "upgrade.md"];

/// Bytes of one section that are quoted, and sections of one chart.
const MOST_BYTES: usize = 8 << 10;
const MOST_NOTICES: usize = 100;

/// The sections between the versions of both sides, newest first where the documents say so: their order is kept.
pub(in crate::plan) fn notices(both: &Both<'_>) -> Vec<Notice> {
    let (Some(old), Some(new)) = (&both.old.chart, &both.new.chart) else { return Vec::new() };
    let chart = new.chart.chart();
    let read = |text: &str| parse(text).ok();
    let (Some(from), Some(to)) = (read(&old.chart.chart().metadata().version), read(&chart.metadata().version)) else {
        return Vec::new();
    };
    if old.chart.chart().metadata().name != chart.metadata().name || from.precedence(&to) != Ordering::Less {
        return Vec::new();
    }
    let mut found = Vec::new();
    for file in chart.raw() {
        if FILES.contains(&file.name.to_lowercase().as_str()) {
            found.extend(sections(&file.name, &lossy(&file.data), &from, &to));
        }
    }
    found.truncate(MOST_NOTICES);
    found
}

/// A heading: its level and text.
fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.len() - line.trim_start_matches('#').len();
    let text = line.get(level..)?;
    ((1..=6).contains(&level) && text.starts_with(' ')).then_some((level, text.trim()))
}

/// The sections of a document whose headings name a version within the bounds, the lower one left out.
fn sections(file: &str, text: &str, from: &Version, to: &Version) -> Vec<Notice> {
    let mut found: Vec<Notice> = Vec::new();
    // The level of the section that is being read, and of one about upgrades around it.
    let mut open: Option<usize> = None;
    let mut upgrading: Option<usize> = None;
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let mark = ["```", "~~~"].into_iter().find(|mark| line.trim_start().starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            _ => {}
        }
        if let Some((level, title)) = heading(line).filter(|_| fence.is_none() && mark.is_none()) {
            if open.is_some_and(|open| level <= open) {
                open = None;
            }
            if upgrading.is_some_and(|above| level <= above) {
                upgrading = None;
            }
            let speaks = title.to_lowercase().contains("upgrad") || title.to_lowercase().contains("migrat");
            let is_change_log = !file.to_lowercase().starts_with("readme");
            let version = named(title, speaks || is_change_log || upgrading.is_some());
            if speaks && version.is_none() {
                upgrading = upgrading.or(Some(level));
            }
            let is_between = version.is_some_and(|version| {
                from.precedence(&version) == Ordering::Less && version.precedence(to) != Ordering::Greater
            });
            if is_between && open.is_none() {
                open = Some(level);
                found.push(Notice { file: file.to_owned(), heading: title.to_owned(), text: String::new() });
                continue;
            }
        }
        if open.is_some()
            && let Some(notice) = found.last_mut()
            && notice.text.len() + line.len() < MOST_BYTES
        {
            notice.text.push_str(line);
            notice.text.push('\n');
        }
    }
    for notice in &mut found {
        notice.text = notice.text.trim().to_owned();
    }
    found.retain(|notice| !notice.text.is_empty());
    found
}

/// The version that a heading is about: `To 17.0.0`, `17.1.0 (2024-01-01)`, `Upgrading to 12`, `From 1.x to 2.0`.
fn named(title: &str, is_about_upgrades: bool) -> Option<Version> {
    let words = title.split(|c: char| c.is_whitespace() || "()[]<>,`*_→:".contains(c)).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.collect();
    let after_to = words.iter().rposition(|word| ["to", "->"].contains(&word.to_lowercase().as_str()));
    let version = |word: &&str| {
        let bare = word.trim_end_matches('.').trim_end_matches(".x").trim_end_matches(".X");
        bare.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()).then(|| parse(bare).ok()).flatten()
    };
    match after_to {
        Some(at) => words.iter().skip(at + 1).find_map(version),
        // A number may be about anything where nothing speaks of upgrades; so may a date.
        None if is_about_upgrades => words.iter().find(|word| word.contains('.')).and_then(version),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, text: &str, from: &str, to: &str) -> Vec<(String, String)> {
        let version = |text: &str| parse(text).unwrap();
        let found = sections(file, text, &version(from), &version(to));
        found.into_iter().map(|notice| (notice.heading, notice.text)).collect()
    }

    #[test]
    fn p12_a_section_counts_when_its_version_lies_between() {
        let text = "# Redis\n## Upgrading\nAny time.\n### To 18.0.0\nlater\n### To 17.0.0\nRedis 7.0.\n\n```\n## To 17.1.0\n```\n\
                    ### To 16.0.0\nbefore\n### From 11.x to 12\nold\n## License\nTo 17\n";
        let told = found("README.md", text, "16.13.1", "17.3.8");
        assert_eq!(told, [("To 17.0.0".to_owned(), "Redis 7.0.\n\n```\n## To 17.1.0\n```".to_owned())]);
        assert_eq!(found("README.md", text, "11.9.0", "12.0.0"), [("From 11.x to 12".to_owned(), "old".to_owned())]);
        assert_eq!(found("README.md", text, "17.0.0", "17.3.8"), []);
    }

    #[test]
    fn headings_of_a_change_log_are_versions_with_dates() {
        let text = "# Changelog\n\n## <small>23.0.5 (2025-12-11)</small>\n\n* one\n\n## [v23.0.4] - 2025-10-24\n### Fixed\n* two\n\n\
                    ## 22.0.0\n* three\n";
        let told = found("CHANGELOG.md", text, "22.0.0", "23.0.5");
        assert_eq!(told.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["* one", "### Fixed\n* two"]);
        // In a README a number of a heading says nothing.
        assert_eq!(found("README.md", "# Ports\n## 6379.1\nx\n", "1.0.0", "9999999.0.0"), []);
    }
}
