//! Output that another render would not repeat.

use crate::diag::{Place, Related, Severity};
use crate::eval::call::Purity;
use crate::lint::{Case, Check, Findings, On, Rule};
use crate::source::{Source, Span};
use std::sync::Arc;

pub(super) const RULES: &[Rule] = &[RANDOM, KEPT, CLOCK];

const RANDOM: Rule = Rule {
    id: "random-in-output",
    severity: Severity::Warning,
    summary: "every render draws new random numbers",
    why: "Each upgrade changes the password, key or name that is drawn, and restarts or locks out what uses it.",
    fix: "Let the user give it, or read the one in the cluster with `lookup` and draw only where there is none.",
    on: On::Default,
    check: Check::Case(check),
};

const KEPT: Rule = row(
    "random-without-cluster",
    "random numbers are drawn where the cluster cannot be asked",
    "`lookup` keeps them in an upgrade, but finds nothing for `helm template`, Argo CD or Flux, which see a difference at each render.",
    "Let the user give it, and say so in values.yaml.",
);

const CLOCK: Rule = row(
    "clock-in-output",
    "every render reads the clock",
    "Each upgrade changes the object, and restarts pods where it is in their template.",
    "Leave the time out, or let the user give it.",
);

const fn row(id: &'static str, summary: &'static str, why: &'static str, fix: &'static str) -> Rule {
    Rule { id, severity: Severity::Note, summary, why, fix, on: On::Default, check: Check::Elsewhere }
}

fn check(case: &Case, findings: &mut Findings) {
    for file in &case.attempt.files {
        let impure = &file.trace.impure;
        let asks = impure.iter().any(|call| call.purity == Purity::Cluster && call.function == "lookup");
        for call in impure {
            let (rule, text) = match call.purity {
                Purity::Random if asks => (&KEPT, "draws anew where `lookup` finds nothing"),
                Purity::Random => (&RANDOM, "draws anew at each render"),
                Purity::Clock => (&CLOCK, "reads the clock"),
                _ => continue,
            };
            // What a library does is told of where the chart calls it.
            let own = format!("{}/templates/", case.attempt.prepared.as_ref().map_or("", |all| all.charts.name()));
            let is_own = |place: &(Arc<Source>, u32)| place.0.name.starts_with(&own);
            let places = || [&call.place].into_iter().chain(call.through.iter().map(|caller| &caller.place));
            let Some(first) = places().find(|place| is_own(place)) else { continue };
            let finding = findings.at(rule, place(first), format!("`{}` {text}", call.function));
            if !is_own(&call.place) {
                let place = place(&call.place);
                finding.diagnostic.related.push(Related { message: format!("calls `{}`", call.function), place });
            }
        }
    }
}

fn place((source, offset): &(Arc<Source>, u32)) -> Place {
    source.place(Span { start: *offset, end: *offset })
}
