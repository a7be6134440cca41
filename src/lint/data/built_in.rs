//! The rules that this crate holds as data.
//!
//! In: the files of src/lint/rules/data. Out: their rows, and what is wrong with them: nothing.

use super::{DataRule, plain, read};
use crate::diag::{Diagnostic, Place};
use crate::lint::{Check, On, Rule};
use std::sync::LazyLock;

/// File names and their texts.
macro_rules! embedded {
    ($($name:literal),* $(,)?) => { &[$(($name, include_str!(concat!("../rules/data/", $name)))),*] };
}

const FILES: &[(&str, &str)] = embedded![
    "containers.yaml",
    "missing-name-label.yaml",
    "objects.yaml",
    "pods.yaml",
    "roles.yaml",
    "secrets.yaml",
    "workloads.yaml",
];

static RULES: LazyLock<Vec<DataRule>> = LazyLock::new(|| {
    let made = FILES.iter().flat_map(|(name, text)| {
        let place = Place::file(*name);
        let rules = plain::rules(text).into_iter();
        rules.map(move |rule| DataRule::new(rule, place.clone(), place.clone()))
    });
    made.map(|rule| DataRule { is_built_in: true, ..rule }).collect()
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
pub(in crate::lint) fn built_in() -> &'static [Rule] {
    &ROWS
}

/// What is wrong with the rules that this crate holds as data: nothing.
pub fn built_in_problems() -> Vec<Diagnostic> {
    let unread = FILES.iter().flat_map(|(name, text)| read(name, text.as_bytes()).problems);
    let unusable = RULES.iter().filter_map(|rule| {
        let why = rule.compiled().as_ref().err()?;
        Some(Diagnostic::error("bad-rule", format!("`{}`: {why}", rule.id)).at(rule.expect_place.clone()))
    });
    unread.chain(unusable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_reading_of_our_files_is_that_of_their_yaml() {
        for (name, text) in FILES {
            let read = read(name, text.as_bytes());
            assert!(read.problems.is_empty(), "{:?}", read.problems);
            let rules: Vec<_> = read.rules.into_iter().map(|rule| rule.settings).collect();
            assert_eq!(plain::rules(text), rules, "{name}");
        }
    }
}
