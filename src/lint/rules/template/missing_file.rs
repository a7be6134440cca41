//! `.Files.Get` of a file that the chart does not have.

use crate::diag::Severity;
use crate::lint::{Check, Findings, On, Rule, Subject};
use crate::nearest::nearest;

pub(super) const RULES: &[Rule] = &[RULE];

const RULE: Rule = Rule {
    id: "missing-file",
    severity: Severity::Warning,
    summary: "a template reads a file that the chart does not have",
    why: "`.Files.Get` gives an empty text then, and nobody is told.",
    fix: "Correct the path, which begins at the chart's folder, or look whether .helmignore leaves the file out; templates/ cannot be read.",
    on: On::Default,
    check: Check::Subject(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let (Some(survey), Some(chart)) = (subject.survey(), subject.chart()) else { return };
    for (name, site) in survey.found.files.iter().filter(|(_, site)| survey.is_own(*site)) {
        let mut names = chart.files().iter().map(|file| &*file.name);
        if names.clone().any(|file| file == name) {
            continue;
        }
        let near = names.by_ref().find(|file| file.rsplit('/').next() == name.rsplit('/').next());
        let near = near.or_else(|| nearest(name, chart.files().iter().map(|file| &*file.name)));
        let finding = findings.at(&RULE, survey.place(*site), format!("the chart has no file `{name}`"));
        if let Some(near) = near {
            finding.diagnostic.help = Some(format!("did you mean `{near}`?"));
        }
    }
}
