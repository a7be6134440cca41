//! The rules, by what they look at. A group's `mod.rs` lists its rules; the rest is a file per rule.

pub mod chart;
mod lines;
pub mod links;
pub mod manifest;
pub mod objects;
pub mod redis;
pub mod security;
pub mod setup;
pub mod template;
pub mod values;

use super::{On, Rule, data};
use std::collections::BTreeSet;

/// Every rule, group by group, in lists of those that are looked for together.
pub(super) fn lists() -> impl Iterator<Item = &'static [Rule]> {
    let groups: [&[&[Rule]]; 8] = [
        chart::RULES,
        values::RULES,
        template::RULES,
        manifest::RULES,
        links::RULES,
        security::RULES,
        redis::RULES,
        setup::RULES,
    ];
    groups.into_iter().flatten().copied().chain(data::built_in().chunks(1))
}

/// Every rule, group by group; those that are data come last.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    lists().flatten()
}

/// The rule of this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

/// The names of the profiles that the rules of this crate know.
pub fn profiles() -> BTreeSet<&'static str> {
    let names = all().filter_map(|rule| match rule.on {
        On::Profiles(names) => Some(names.iter().copied()),
        On::Default => None,
    });
    names.flatten().collect()
}
