//! Named templates: included but not defined, defined but never included, defined twice.

use crate::diag::{Related, Severity};
use crate::lint::{Check, Findings, On, Rule, Subject};
use crate::nearest::nearest;
use std::collections::HashMap;

pub(super) const RULES: &[Rule] = &[UNDEFINED, UNUSED, TWICE];

const UNDEFINED: Rule = Rule {
    id: "undefined-template",
    severity: Severity::Error,
    summary: "a template is included that nothing defines",
    why: "The render fails as soon as a value leads to this line, which the defaults may never do.",
    fix: "Correct the name, or define the template.",
    on: On::Default,
    check: Check::Subject(undefined),
};

const UNUSED: Rule = Rule {
    id: "unused-define",
    severity: Severity::Note,
    summary: "a template is defined that nothing includes",
    why: "It is read at every render and by everyone who looks for what the chart does, and does nothing.",
    fix: "Remove it, or include it where it was meant to be.",
    on: On::Default,
    check: Check::Subject(unused),
};

const TWICE: Rule = Rule {
    id: "duplicate-define",
    severity: Severity::Warning,
    summary: "two files of a chart define a template of one name",
    why: "Only one of them is used, by the order of file names, and a new file can change which.",
    fix: "Remove one of them, or rename it.",
    on: On::Default,
    check: Check::Subject(twice),
};

fn undefined(subject: &Subject<'_>, findings: &mut Findings) {
    let (Some(survey), Some(chart)) = (subject.survey(), subject.chart()) else { return };
    // What a missing dependency or an unreadable file would define is not known.
    let wanted = chart.metadata().dependencies.iter().flatten();
    let is_here = |name: &str| chart.dependencies().iter().any(|dependency| dependency.name() == name);
    if !survey.is_whole || wanted.into_iter().any(|dependency| !is_here(&dependency.name)) {
        return;
    }
    for call in survey.calls.iter().filter(|call| survey.is_own(call.site) && !survey.is_defined(&call.name)) {
        // A case that came there has failed, and said so.
        let told = format!("no template {:?}", call.name);
        let mut errors = subject.cases.iter().flat_map(|case| &case.attempt.errors);
        if errors.any(|error| error.message.contains(&told)) {
            continue;
        }
        let text = format!("template `{}` is not defined", call.name);
        let finding = findings.at(&UNDEFINED, survey.place(call.site), text);
        let known = survey.defines.iter().map(|define| define.name.as_str());
        if let Some(near) = nearest(&call.name, known) {
            finding.diagnostic.help = Some(format!("did you mean `{near}`?"));
        }
    }
}

fn unused(subject: &Subject<'_>, findings: &mut Findings) {
    let (Some(survey), Some(chart)) = (subject.survey(), subject.chart()) else { return };
    // A library defines for others; a name that is computed may be any.
    let is_computed = |name: &str| survey.found.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
    if chart.metadata().is_library() || !survey.is_whole {
        return;
    }
    for define in survey.defines.iter().filter(|define| survey.is_own(define.site)) {
        let name = &define.name;
        if survey.calls.iter().any(|call| call.name == *name) || survey.texts.contains(name) || is_computed(name) {
            continue;
        }
        // Values may hold templates, and subcharts may be given names.
        let is_written = |data: &[u8]| memchr::memmem::find(data, name.as_bytes()).is_some();
        let others = chart.raw().iter().filter(|file| !file.name.starts_with("templates/"));
        if name.is_empty() || others.into_iter().any(|file| !file.name.ends_with(".md") && is_written(&file.data)) {
            continue;
        }
        findings.at(&UNUSED, survey.place(define.site), format!("template `{name}` is never included"));
    }
}

fn twice(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(survey) = subject.survey() else { return };
    let mut seen = HashMap::new();
    for define in survey.defines.iter().filter(|define| survey.is_own(define.site)) {
        let Some(first) = seen.get(&*define.name).copied() else {
            seen.insert(&*define.name, define.site);
            continue;
        };
        let text = format!("template `{}` is defined a second time; the first one counts", define.name);
        let finding = findings.at(&TWICE, survey.place(define.site), text);
        let place = survey.place(first);
        finding.diagnostic.related.push(Related { message: "the first is here".into(), place });
    }
}
