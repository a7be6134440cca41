//! The rules, by what they look at. A group's `mod.rs` lists its rules; the rest is a file per rule.

pub mod chart;
pub mod links;
pub mod manifest;
pub mod objects;
pub mod redis;
pub mod security;
pub mod template;
pub mod values;

use super::Rule;

/// Every rule, group by group.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let groups: [&[&[Rule]]; 7] =
        [chart::RULES, values::RULES, template::RULES, manifest::RULES, links::RULES, security::RULES, redis::RULES];
    groups.into_iter().flatten().copied().flatten()
}

/// The rule of this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}
