//! Which rules are looked for in this run, and how bad their findings are.
//!
//! In: a [`Config`]. Out: for a rule its severity, or that it is off. `--rule` goes before levels, levels before
//! profiles, profiles before the rule's own default.

use super::config::{Config, Level};
use super::{On, rules};
use crate::diag::Severity;
use std::collections::BTreeSet;

/// What a configuration makes of the rules.
#[derive(Debug)]
pub struct Selection<'c> {
    config: &'c Config,
    /// The profiles that are asked for, and what they name: profiles and rules.
    active: BTreeSet<&'c str>,
}

impl<'c> Selection<'c> {
    /// Expands the profiles that are asked for.
    pub fn new(config: &'c Config) -> Self {
        let mut active: BTreeSet<&str> = BTreeSet::new();
        let mut waiting: Vec<&str> = config.active.iter().map(String::as_str).collect();
        while let Some(name) = waiting.pop() {
            // A profile may name itself by way of others.
            if active.insert(name) {
                waiting.extend(config.profiles.get(name).into_iter().flatten().map(String::as_str));
            }
        }
        Selection { config, active }
    }

    /// Whether a rule is looked for.
    pub fn is_on(&self, id: &str, on: On) -> bool {
        let names = match on {
            On::Default => return self.is_wanted(id, true),
            On::Profiles(names) => names,
        };
        self.is_wanted(id, names.iter().any(|name| self.active.contains(name)))
    }

    /// The same for a rule of the configuration, which names its profiles in words of its own.
    pub fn is_own_on(&self, id: &str, profiles: &[String]) -> bool {
        self.is_wanted(id, profiles.is_empty() || profiles.iter().any(|name| self.active.contains(name.as_str())))
    }

    fn is_wanted(&self, id: &str, by_profile: bool) -> bool {
        if !self.config.only.is_empty() {
            return self.config.only.iter().any(|only| only == id);
        }
        match self.config.levels.get(id) {
            Some(Level::Off) => false,
            Some(_) => true,
            None => by_profile || self.active.contains(id),
        }
    }

    /// Whether findings of this rule are wanted, whoever makes them. What the engine says has no row of its own
    /// everywhere, and is wanted unless it is turned off.
    pub fn takes(&self, id: &str) -> bool {
        if let Some(own) = self.config.custom.iter().find(|own| own.id == id) {
            return self.is_own_on(id, &own.profiles);
        }
        self.is_on(id, rules::find(id).map_or(On::Default, |rule| rule.on))
    }

    /// How bad findings of a rule are, where the configuration says so.
    pub fn severity(&self, id: &str) -> Option<Severity> {
        self.config.levels.get(id).and_then(|level| level.severity())
    }
}
