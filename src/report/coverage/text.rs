//! Coverage for people at a terminal: a table of files, what is missing, what cannot be reached.

use crate::suite::coverage::{Arm, Coverage, FileCoverage, Group, Probe, Tally};
use std::fmt::Write;

/// How many missing branches are listed unless more are asked for.
pub const MOST_LISTED: usize = 60;

/// The coverage as text, with so many rows of each list.
pub fn print(coverage: &Coverage, most: usize) -> String {
    let mut out = String::new();
    let failed = match coverage.failed {
        0 => String::new(),
        failed => format!(", {failed} of them failing"),
    };
    // Writing to a string cannot fail.
    let s = if coverage.renders == 1 { "" } else { "s" };
    let _ = writeln!(out, "coverage of {} in {} render{s}{failed}\n", coverage.chart, coverage.renders);
    table(&mut out, coverage);
    list(&mut out, coverage, "never taken", most, Arm::is_missed, |_| String::new());
    let why = |arm: &Arm| arm.unreachable.as_ref().map(|why| format!(": {}", why.reason)).unwrap_or_default();
    list(&mut out, coverage, "no values can reach", most, |arm| arm.unreachable.is_some(), why);
    unread(&mut out, coverage, most);
    out
}

fn table(out: &mut String, coverage: &Coverage) {
    let width = coverage.files.iter().map(|file| file.path.chars().count()).max().unwrap_or(0).max(5);
    let _ =
        writeln!(out, "{:width$}  {:>8}  {:>11}  {:>11}  {:>9}", "file", "covered", "branches", "operands", "defines");
    let mut row = |name: &str, tally: &dyn Fn(Option<Group>) -> Tally| {
        let part = |group| {
            let tally = tally(Some(group));
            if tally.reachable == 0 { "-".to_owned() } else { format!("{}/{}", tally.taken, tally.reachable) }
        };
        let all = tally(None);
        let shown = if all.reachable == 0 { "-".to_owned() } else { all.shown() };
        let [branches, operands, defines] = Group::ALL.map(part);
        let _ = writeln!(out, "{name:width$}  {shown:>8}  {branches:>11}  {operands:>11}  {defines:>9}");
    };
    for file in &coverage.files {
        row(&file.path, &|group| file.tally(group));
    }
    row("total", &|group| coverage.tally(group));
    let (lines, values) = (coverage.lines(), coverage.read());
    let _ = write!(out, "\nlines {} ({}/{})", lines.shown(), lines.taken, lines.reachable);
    if values.reachable > 0 {
        let _ = write!(out, ", values read {} ({}/{})", values.shown(), values.taken, values.reachable);
    }
    let _ = writeln!(out, ", out of reach {}", coverage.total().unreachable);
}

fn list(
    out: &mut String,
    coverage: &Coverage,
    title: &str,
    most: usize,
    is_listed: impl Fn(&Arm) -> bool,
    why: impl Fn(&Arm) -> String,
) {
    let rows: Vec<(&FileCoverage, &Probe, &Arm)> = coverage
        .files
        .iter()
        .flat_map(|file| file.probes.iter().flat_map(move |probe| probe.arms.iter().map(move |arm| (file, probe, arm))))
        .filter(|(_, _, arm)| is_listed(arm))
        .collect();
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title} ({}):", rows.len());
    for (file, probe, arm) in rows.iter().take(most) {
        let _ = writeln!(out, "  {}:{}: {}{}", file.path, probe.line, arm_text(probe, arm), why(arm));
    }
    more(out, rows.len(), most);
}

/// An arm in words: ``if .Values.a`: else`.
pub(super) fn arm_text(probe: &Probe, arm: &Arm) -> String {
    match probe.kind.group() {
        Group::Branches => format!("{} {}: {}", probe.kind.name(), probe.text, arm.label),
        Group::Operands => format!("{}: {}", probe.text, arm.label),
        Group::Defines => format!("define {}", probe.text),
    }
}

fn unread(out: &mut String, coverage: &Coverage, most: usize) {
    let unread: Vec<_> = coverage.values.iter().filter(|value| !value.is_read).collect();
    if unread.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nvalues that no render read ({}):", unread.len());
    for value in unread.iter().take(most) {
        let _ = writeln!(out, "  values.yaml:{}: {}", value.line, value.path);
    }
    more(out, unread.len(), most);
}

fn more(out: &mut String, all: usize, most: usize) {
    if all > most {
        let _ = writeln!(out, "  … {} more; `--all` lists them", all - most);
    }
}
