//! Secrets, rights, and what operations need, as far as it takes several objects or a reader of scripts; what one object
//! says is in src/lint/rules/data.
//!
//! Rules that are a matter of how much is asked of a chart are in the profiles `strict` (what reviews of clusters ask
//! for) and `pedantic` (what some places ask for).

mod availability;
mod missing_network_policy;
mod missing_readiness_probe;
mod procedures;
mod scripts;
mod secret_in_arguments;
mod unused_account_token;
pub(in crate::lint) mod words;

use crate::diag::Severity;
use crate::lint::{Case, Check, Findings, On, Rule};

/// The rules of this group, a list per file.
pub(super) const RULES: &[&[Rule]] = &[
    missing_readiness_probe::RULES,
    secret_in_arguments::RULES,
    scripts::RULES,
    scripts::shellcheck::RULES,
    unused_account_token::RULES,
    availability::RULES,
    missing_network_policy::RULES,
    procedures::RULES,
];

/// A note of the profile `strict`; the texts are summary, why and fix.
const fn strict(id: &'static str, texts: [&'static str; 3], check: fn(&Case, &mut Findings)) -> Rule {
    let [summary, why, fix] = texts;
    Rule {
        id,
        severity: Severity::Note,
        summary,
        why,
        fix,
        on: On::Profiles(&["strict", "pedantic"]),
        check: Check::Case(check),
    }
}

/// A note of the profiles `strict` and `production`: what a checklist for production asks of every pod.
const fn production(id: &'static str, texts: [&'static str; 3], check: fn(&Case, &mut Findings)) -> Rule {
    Rule { on: On::Profiles(&["production", "strict", "pedantic"]), ..strict(id, texts, check) }
}

/// A note of the profile `pedantic` only.
const fn pedantic(id: &'static str, texts: [&'static str; 3], check: fn(&Case, &mut Findings)) -> Rule {
    Rule { on: On::Profiles(&["pedantic"]), ..strict(id, texts, check) }
}
