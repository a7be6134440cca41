//! Findings for programs: one JSON object, described by schemas/finding.schema.json.

use crate::diag::{Place, Related, Severity};
use crate::lint::{Finding, ObjectId, Outcome};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

/// The whole report.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Report of chartwright lint", rename = "Report")]
struct Shown<'o> {
    /// What was found, by file and place.
    findings: Vec<Row<'o>>,
    /// What was found and is accepted.
    ignored: Vec<Accepted<'o>>,
    /// Counts.
    summary: Summary,
}

/// A finding.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
struct Row<'o> {
    /// The rule: stable, in kebab-case.
    rule: &'o str,
    /// How bad it is.
    severity: Severity,
    /// What was found and what was expected.
    message: &'o str,
    /// The object of the cluster that it is about.
    object: Option<&'o ObjectId>,
    /// The path in the object, or of the value; empty where it is about neither.
    path: &'o str,
    /// Where: mostly the template line that wrote it.
    place: Option<&'o Place>,
    /// Calls of templates on the way to the place, innermost first.
    calls: &'o [Related],
    /// Other places that matter: who set the values it is about.
    related: &'o [Related],
    /// The cases in which it occurs; empty where it does not depend on a case.
    cases: Vec<&'o str>,
    /// Whether these are all cases of the chart.
    everywhere: bool,
    /// What to do here, where more is known than the rule's own advice.
    help: Option<&'o str>,
    /// What to do about the rule's findings in general.
    fix: &'o str,
    /// Further facts.
    notes: &'o [String],
    /// Names the finding across runs: it does not depend on line numbers.
    fingerprint: String,
}

/// A finding that is accepted.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Ignored")]
struct Accepted<'o> {
    /// Why.
    reason: &'o str,
    /// The finding.
    #[serde(flatten)]
    finding: Row<'o>,
}

/// Counts.
#[derive(Serialize, JsonSchema)]
struct Summary {
    errors: usize,
    warnings: usize,
    notes: usize,
    /// Findings that ignores accept.
    ignored: usize,
    /// Findings that the baseline knows.
    known: usize,
    /// Cases in which charts were rendered.
    cases: usize,
    /// Objects that were looked at, in all cases.
    objects: usize,
    /// Whether everything could be read.
    complete: bool,
}

fn row<'o>(finding: &'o Finding, outcome: &'o Outcome) -> Row<'o> {
    let diagnostic = &finding.diagnostic;
    let fix = outcome.rules.get(finding.rule()).map(|rule| rule.fix.as_str()).unwrap_or_default();
    Row {
        rule: finding.rule(),
        severity: diagnostic.severity,
        message: &diagnostic.message,
        object: finding.object.as_ref(),
        path: &finding.path,
        place: diagnostic.place.as_ref(),
        calls: &diagnostic.calls,
        related: &diagnostic.related,
        cases: finding.cases.iter().map(|case| &**case).collect(),
        everywhere: finding.everywhere,
        help: diagnostic.help.as_deref().filter(|help| *help != fix),
        fix,
        notes: &diagnostic.notes,
        fingerprint: finding.fingerprint(),
    }
}

fn shown(outcome: &Outcome) -> Shown<'_> {
    Shown {
        findings: outcome.findings.iter().map(|finding| row(finding, outcome)).collect(),
        ignored: outcome
            .ignored
            .iter()
            .map(|ignored| Accepted { reason: &ignored.reason, finding: row(&ignored.finding, outcome) })
            .collect(),
        summary: Summary {
            errors: outcome.count(Severity::Error),
            warnings: outcome.count(Severity::Warning),
            notes: outcome.count(Severity::Note),
            ignored: outcome.ignored.len(),
            known: outcome.known,
            cases: outcome.cases.len(),
            objects: outcome.objects,
            complete: !outcome.is_broken,
        },
    }
}

/// The report as JSON.
pub fn findings(outcome: &Outcome) -> String {
    let mut text = serde_json::to_string_pretty(&shown(outcome)).unwrap_or_default();
    text.push('\n');
    text
}

/// The report for templates. Not by way of `serde_json`, whose numbers of any precision others take for maps.
pub(super) fn view(outcome: &Outcome) -> impl Serialize {
    shown(outcome)
}

/// The schema of the report.
pub fn schema() -> serde_json::Value {
    SchemaGenerator::default().into_root_schema_for::<Shown<'static>>().to_value()
}
