//! Names that get too long when the release has a long name.

use crate::diag::Severity;
use crate::lint::rules::objects;
use crate::lint::{Case, Check, Findings, Object, On, Rule, Subject};
use crate::manifest::{self, Head};
use crate::render::Options;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const RULES: &[Rule] = &[RULE];

const RULE: Rule = Rule {
    id: "name-outgrows-limit",
    severity: Severity::Note,
    summary: "with a long release name the object's name gets too long",
    why: "A release name may have 53 characters. Services may have 63, CronJobs 52; a StatefulSet of more than 52 is taken, but its pods cannot be labelled and their hostnames lose the ordinal.",
    fix: "Cut the full name so that the longest suffix still fits, as in `trunc 40`, rather than cut to 63 and append.",
    on: On::Default,
    check: Check::Subject(check),
};

/// The longest name that Helm allows a release.
const LONGEST_RELEASE: usize = 53;

/// The longest name that works for a kind.
fn limit(kind: &str) -> Option<usize> {
    match kind {
        "Service" => Some(63),
        // The controllers append `-` and ten characters in a label, or eleven in a name.
        "StatefulSet" | "CronJob" => Some(52),
        _ => None,
    }
}

/// The heads of documents in which a line holds a name that may be too long.
fn long_heads(text: &str) -> Vec<Head> {
    let is_long = |line: &str| line.trim_start().strip_prefix("name:").is_some_and(|name| name.trim().len() > 52);
    // The last line may be a part of one.
    let whole = text.rfind('\n').and_then(|end| text.get(..end)).unwrap_or_default();
    let documents = manifest::split(whole).into_iter().filter_map(|range| whole.get(range));
    documents.filter(|text| text.lines().any(is_long)).filter_map(|text| Head::read(text).ok()).collect()
}

/// Lines of a file from which on the names that matter are known: those of the last of its objects, and some in case
/// that a longer name makes more lines.
const SPARE_LINES: usize = 5;

/// The files of objects, each with the line on which the last of their names stands.
fn files<'c>(case: &'c Case, objects: &[&Object]) -> BTreeMap<&'c str, usize> {
    let mut files = BTreeMap::new();
    for object in objects {
        let name = object.node.get("metadata").and_then(|metadata| metadata.get("name"));
        let document = case.attempt.documents.get(object.document);
        let (Some(name), Some(document)) = (name, document) else { continue };
        let line = document.lines_before() + name.origin.line as usize + SPARE_LINES;
        let last: &mut usize = files.entry(&*document.path).or_default();
        *last = line.max(*last);
    }
    files
}

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(chart) = &subject.input.chart else { return };
    let mut judged = BTreeSet::new();
    for case in &subject.cases {
        let Some(input) = subject.input.cases.iter().find(|input| input.name == case.name) else { continue };
        // Only names that hold the release's name grow with it, and only new ones are worth another render.
        let Some(prepared) = &case.attempt.prepared else { continue };
        let grows = |object: &&Object| {
            let (Some(rest), Some(limit)) = (object.name().len().checked_sub(case.release.len()), limit(object.kind()))
            else {
                return false;
            };
            object.name().contains(&case.release) && rest + LONGEST_RELEASE > limit
        };
        let known = |object: &Object| (object.kind().to_owned(), object.name().to_owned());
        let new: Vec<&Object> = case.objects.iter().filter(grows).filter(|o| !judged.contains(&known(o))).collect();
        if new.is_empty() || !case.attempt.errors.is_empty() {
            continue;
        }
        judged.extend(new.iter().map(|object| known(object)));
        let tail = "x".repeat(LONGEST_RELEASE.saturating_sub(case.release.len() + 1));
        let mut release = input.options.release.clone();
        release.name = format!("{}-{tail}", case.release);
        // Names do not depend on the clock, on chance or on what the cluster holds.
        let capabilities = input.options.capabilities.clone();
        let options = Options { release, capabilities, limits: input.options.limits, ..Options::default() };
        let wanted: Vec<_> = files(case, &new).into_iter().collect();
        let texts = chart.beginnings(prepared, &options, &wanted);
        for head in texts.iter().flat_map(|text| long_heads(text)) {
            let Some(limit) = limit(&head.kind).filter(|limit| head.name.len() > *limit) else { continue };
            let ending = head.name.rsplit_once(&*tail).map_or(head.name.as_str(), |(_, ending)| ending);
            let is_it = |object: &&Object| object.kind() == head.kind && object.name().ends_with(ending);
            let Some(object) = case.objects.iter().find(is_it) else { continue };
            let text = format!(
                "{} `{}` would have {} characters for a release of {LONGEST_RELEASE}; {limit} work",
                head.kind,
                object.name(),
                head.name.len(),
            );
            // The same object has the same name in every case.
            let has = |case: &&Case| {
                case.objects.iter().any(|other| other.kind() == object.kind() && other.name() == object.name())
            };
            let cases = subject.cases.iter().filter(has).flat_map(Case::names).filter(|name| !name.is_empty());
            findings.on(&RULE, case, object, &objects::way("metadata.name"), text).cases = cases.cloned().collect();
        }
    }
}
