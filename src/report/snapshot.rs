//! What became of snapshots, for people and for programs.
//!
//! In: an [`Outcome`]. Out: lines of text, in which what changed alike in several cases is told once; or JSON.

use super::human;
use crate::diag::{Diagnostic, Place};
use crate::suite::snapshot::{
    Behind, CaseOutcome, Difference, DifferenceKind, ERROR, Field, FieldKind, NOTES, Outcome, Status, ValueBehind,
};
use serde::Serialize;
use std::collections::HashMap;
use std::fmt::Write;

/// Cases of one difference that are named.
const MOST_CASES: usize = 4;

/// Lines of one difference that are shown.
const MOST_LINES: usize = 60;

/// Tells what differs, what is wrong, and what to do about it.
///
/// ```
/// use chartwright::suite::snapshot::{Settings, Snapshots};
/// let outcome = Snapshots::load("chart", Settings::default())?.check("no/such/folder");
/// let text = chartwright::report::snapshot::text(&outcome);
/// assert!(text.contains("missing: defaults (no/such/folder/defaults.yaml)"), "{text}");
/// # Ok::<(), chartwright::suite::snapshot::SnapshotError>(())
/// ```
pub fn text(outcome: &Outcome) -> String {
    let mut out = human::print(&problems(outcome));
    for (cases, difference) in grouped(outcome) {
        out.push_str(&difference_of(difference, &cases));
    }
    for case in &outcome.cases {
        let file = outcome.folder.join(&case.file);
        let file = file.display();
        // Writing to a String cannot fail.
        let _ = match case.status {
            Status::Missing | Status::Written | Status::Removed => {
                writeln!(out, "{}: {} ({file})", case.status.name(), case.case)
            }
            Status::Obsolete => writeln!(out, "obsolete: {file}, of `{}`, which is no case any more", case.case),
            _ => Ok(()),
        };
    }
    summary(outcome, &mut out);
    out
}

/// Everything that is wrong, once.
fn problems(outcome: &Outcome) -> Vec<Diagnostic> {
    let mut all: Vec<Diagnostic> = Vec::new();
    for found in outcome.problems.iter().chain(outcome.cases.iter().flat_map(|case| &case.problems)) {
        if !all.contains(found) {
            all.push(found.clone());
        }
    }
    all
}

/// What differs, each with the cases in which it does so alike.
fn grouped(outcome: &Outcome) -> Vec<(Vec<&str>, &Difference)> {
    let mut groups: Vec<(Vec<&str>, &Difference)> = Vec::new();
    let mut known: HashMap<Alike<'_>, usize> = HashMap::new();
    // Of a file that is not there, or of no case, all differs.
    let of = outcome.cases.iter().filter(|case| case.status == Status::Changed);
    for (case, difference) in of.flat_map(|case| case.differences.iter().map(move |found| (&case.case, found))) {
        let at = *known.entry(alike(difference)).or_insert(groups.len());
        match groups.get_mut(at) {
            Some((cases, _)) => cases.push(case),
            None => groups.push((vec![case], difference)),
        }
    }
    groups
}

/// What two cases that differ in the same have in common.
type Alike<'d> = (&'d str, &'static str, Vec<&'d str>, Vec<String>);

/// The values behind it are left out: they may come from files of the case's own.
fn alike(difference: &Difference) -> Alike<'_> {
    let place = |behind: &Behind| behind.template.as_ref().map(ToString::to_string).unwrap_or_default();
    let field = |field: &Field| format!("{} {:?} {:?} {}", field.path, field.old, field.new, place(&field.behind));
    let fields = difference.fields.iter().map(field).chain([place(&difference.behind)]);
    // Where the same fields have changed, what stands around them is of no matter.
    let lines = difference.diff.lines().filter(|line| difference.fields.is_empty() && !line.starts_with("@@"));
    (&difference.address, became(difference.kind), lines.collect(), fields.collect())
}

fn became(kind: DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::New => "is new",
        DifferenceKind::Gone => "is gone",
        DifferenceKind::Changed => "changed",
    }
}

/// One difference, with the cases that it is in.
pub fn difference_of(difference: &Difference, cases: &[&str]) -> String {
    let mut out = String::new();
    let what = became(difference.kind);
    let (some, more) = cases.split_at(cases.len().min(MOST_CASES));
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    let _ = writeln!(out, "{} {what} in {}{more}", difference.address, some.join("; "));
    behind(
        &mut out,
        &difference.behind,
        "  ",
        if difference.kind == DifferenceKind::Gone { "left out by" } else { "written by" },
    );
    for field in &difference.fields {
        let none = || "nothing".to_owned();
        let (old, new) = (field.old.clone().unwrap_or_else(none), field.new.clone().unwrap_or_else(none));
        let _ = match field.kind {
            FieldKind::Reordered => writeln!(out, "  {}: the same in another order", field.path),
            FieldKind::Added => writeln!(out, "  {}: new, {new}", field.path),
            FieldKind::Removed => writeln!(out, "  {}: gone, was {old}", field.path),
            FieldKind::Changed => writeln!(out, "  {}: {old} -> {new}", field.path),
        };
        behind(
            &mut out,
            &field.behind,
            "    ",
            if field.kind == FieldKind::Removed { "around it" } else { "written by" },
        );
    }
    if difference.more_fields > 0 {
        let _ = writeln!(out, "  and {} more", difference.more_fields);
    }
    if shows_lines(difference) {
        let lines: Vec<&str> = difference.diff.lines().collect();
        lines.iter().take(MOST_LINES).for_each(|line| out.push_str(&format!("  {line}\n")));
        if lines.len() > MOST_LINES {
            let _ = writeln!(out, "  and {} lines more", lines.len() - MOST_LINES);
        }
    }
    out
}

/// Whether the fields alone would not tell what has changed.
fn shows_lines(difference: &Difference) -> bool {
    let is_cut = |value: &Option<String>| value.as_ref().is_some_and(|value| value.ends_with('…'));
    // Of two long texts the beginnings are shown, and they may be the same.
    let is_told = || difference.fields.iter().all(|field| field.old != field.new || !is_cut(&field.new));
    let is_remark = |line: &str| {
        ["-# masked: ", "+# masked: ", "-# asks: ", "+# asks: "].iter().any(|begin| line.starts_with(begin))
    };
    match difference.kind {
        _ if matches!(difference.address.as_str(), ERROR | NOTES) => true,
        DifferenceKind::Changed => difference.fields.is_empty() || !is_told() || difference.diff.lines().any(is_remark),
        _ => false,
    }
}

fn behind(out: &mut String, behind: &Behind, pad: &str, how: &str) {
    if let Some(place) = &behind.template {
        let _ = writeln!(out, "{pad}{how} {place}");
        if let Some(line) = place.excerpt.as_ref().filter(|line| !line.trim().is_empty()) {
            let _ = writeln!(out, "{pad}  {:>4} | {line}", place.line);
        }
    }
    for call in &behind.calls {
        let _ = writeln!(out, "{pad}  at {}: {}", call.place, call.message);
    }
    for ValueBehind { path, value, place } in &behind.values {
        let set = place.as_ref().map(|place| format!(", set in {place}")).unwrap_or_default();
        let _ = match value {
            Some(value) => writeln!(out, "{pad}{path} = {value}{set}"),
            None => writeln!(out, "{pad}{path}, which is not set"),
        };
    }
}

fn summary(outcome: &Outcome, out: &mut String) {
    const ALL: [Status; 8] = [
        Status::Same,
        Status::Missing,
        Status::Changed,
        Status::Obsolete,
        Status::Failed,
        Status::Broken,
        Status::Written,
        Status::Removed,
    ];
    let counts = ALL.map(|status| (status, outcome.count(status)));
    let counts: Vec<String> = counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(status, count)| format!("{count} {}", status.name()))
        .collect();
    let of_cases =
        outcome.cases.iter().filter(|case| !matches!(case.status, Status::Obsolete | Status::Removed)).count();
    let counts = if counts.is_empty() { "no cases".to_owned() } else { counts.join(", ") };
    let _ = writeln!(out, "{of_cases} case{}: {counts}", if of_cases == 1 { "" } else { "s" });
    let again =
        [Status::Missing, Status::Changed, Status::Obsolete].into_iter().any(|status| outcome.count(status) > 0);
    if again {
        let one =
            grouped(outcome).first().map(|(_, found)| format!("; `--accept {}` takes over one object", found.address));
        let command = format!("chartwright snapshot {} --update", outcome.chart);
        let _ = writeln!(out, "`{command}` takes over all of it{}; `--review` asks for each", one.unwrap_or_default());
    }
}

/// The whole report for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'o> {
    chart: &'o str,
    folder: String,
    cases: Vec<Row<'o>>,
    problems: Vec<Told<'o>>,
    exit_code: u8,
}

/// A case.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'o> {
    case: &'o str,
    file: String,
    status: Status,
    differences: &'o [Difference],
    problems: Vec<Told<'o>>,
}

/// What is wrong.
#[derive(Serialize)]
struct Told<'o> {
    code: &'o str,
    message: &'o str,
    place: Option<&'o Place>,
    help: Option<&'o str>,
}

fn told(found: &Diagnostic) -> Told<'_> {
    Told { code: &found.code, message: &found.message, place: found.place.as_ref(), help: found.help.as_deref() }
}

fn row<'o>(outcome: &Outcome, of: &'o CaseOutcome) -> Row<'o> {
    Row {
        case: &of.case,
        file: outcome.folder.join(&of.file).to_string_lossy().into_owned(),
        status: of.status,
        differences: &of.differences,
        problems: of.problems.iter().map(told).collect(),
    }
}

/// The outcome as one JSON object.
pub fn json(outcome: &Outcome) -> String {
    let shown = Shown {
        chart: &outcome.chart,
        folder: outcome.folder.to_string_lossy().into_owned(),
        cases: outcome.cases.iter().map(|case| row(outcome, case)).collect(),
        problems: outcome.problems.iter().map(told).collect(),
        exit_code: outcome.exit_code(),
    };
    serde_json::to_string_pretty(&shown).unwrap_or_default() + "\n"
}
