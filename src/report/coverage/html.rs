//! Coverage for browsers: one page that needs no network, with the templates coloured.
//!
//! In: a [`Coverage`]. Out: HTML with its styles and a small script inside. All that comes from the chart is escaped, and
//! the page forbids itself to load anything. Without the script all files are shown; with it, those that are asked for.

use super::text::arm_text;
use crate::suite::coverage::{Coverage, FileCoverage, Group, Probe, Tally};
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;
use std::collections::BTreeMap;

const TEMPLATE: &str = include_str!("page.html.jinja");

/// Texts that are shown of all files together. A page of more no browser scrolls through.
const MOST_SHOWN: usize = 16 << 20;

#[derive(Serialize)]
struct View {
    chart: String,
    renders: u64,
    failed: u64,
    total: Percent,
    groups: Vec<Percent>,
    files: Vec<File>,
    unreachable: Vec<Row>,
    unread: Vec<String>,
    values: Percent,
}

#[derive(Serialize)]
struct Percent {
    name: &'static str,
    shown: String,
    taken: u64,
    reachable: u64,
    /// A word for the style.
    state: &'static str,
    width: String,
}

#[derive(Serialize)]
struct File {
    id: usize,
    path: String,
    total: Percent,
    groups: Vec<Percent>,
    /// Whether something of it is missing.
    is_missing: bool,
    unreachable: u64,
    lines: Vec<Line>,
    is_cut: bool,
}

#[derive(Serialize)]
struct Line {
    number: u32,
    count: String,
    state: &'static str,
    pieces: Vec<Piece>,
    /// Ways that were never gone, or cannot be.
    notes: Vec<Note>,
}

#[derive(Serialize)]
struct Piece {
    text: String,
    state: &'static str,
}

#[derive(Serialize)]
struct Note {
    text: String,
    state: &'static str,
}

#[derive(Serialize)]
struct Row {
    file: usize,
    path: String,
    line: u32,
    text: String,
    reason: String,
}

/// The coverage as a page.
///
/// ```
/// use chartwright::report::coverage::html;
/// use chartwright::suite::coverage::Coverage;
/// let page = html::print(&Coverage { chart: "<b>".into(), ..Coverage::default() });
/// assert!(page.starts_with("<!doctype html>") && page.contains("&lt;b&gt;") && !page.contains("<b>"));
/// ```
pub fn print(coverage: &Coverage) -> String {
    let mut shown = 0;
    let files = coverage.files.iter().enumerate().map(|(id, file)| {
        shown += file.text.len();
        self::file(id, file, shown > MOST_SHOWN)
    });
    let files = files.collect();
    let unreachable = coverage.files.iter().enumerate().flat_map(|(id, file)| {
        file.probes.iter().flat_map(move |probe| {
            probe.arms.iter().filter_map(move |arm| {
                let reason = arm.unreachable.as_ref()?.reason.clone();
                Some(Row { file: id, path: file.path.clone(), line: probe.line, text: arm_text(probe, arm), reason })
            })
        })
    });
    let unread = coverage.values.iter().filter(|value| !value.is_read);
    let view = View {
        chart: coverage.chart.clone(),
        renders: coverage.renders,
        failed: coverage.failed,
        total: percent("total", coverage.total()),
        groups: Group::ALL.map(|group| percent(group.name(), coverage.tally(Some(group)))).into(),
        unreachable: unreachable.collect(),
        unread: unread.map(|value| value.path.clone()).collect(),
        values: percent("values read", coverage.read()),
        files,
    };
    rendered(&view).unwrap_or_else(|error| format!("<!doctype html><title>coverage</title><p>{}", error.kind()))
}

fn percent(name: &'static str, tally: Tally) -> Percent {
    let state = match tally.percent() {
        all if all >= 100.0 => "good",
        most if most >= 80.0 => "look",
        _ => "bad",
    };
    let width = format!("{:.1}", tally.percent());
    Percent { name, shown: tally.shown(), taken: tally.taken, reachable: tally.reachable, state, width }
}

fn file(id: usize, file: &FileCoverage, is_cut: bool) -> File {
    File {
        id,
        path: file.path.clone(),
        total: percent("total", file.tally(None)),
        groups: Group::ALL.map(|group| percent(group.name(), file.tally(Some(group)))).into(),
        is_missing: file.tally(None).taken < file.tally(None).reachable,
        unreachable: file.tally(None).unreachable,
        lines: if is_cut { Vec::new() } else { lines(file) },
        is_cut,
    }
}

/// The lines of a file, cut where parts of it begin that ran, or did not.
fn lines(file: &FileCoverage) -> Vec<Line> {
    let states = states(file);
    let mut notes: BTreeMap<u32, Vec<Note>> = BTreeMap::new();
    for probe in &file.probes {
        notes.entry(probe.line).or_default().extend(self::notes(probe));
    }
    let mut offset = 0;
    let lines = file.text.split_inclusive('\n').zip(1..).map(|(text, number)| {
        let (start, end) = (offset, offset + text.len());
        offset = end;
        let count = file.lines.get(&number).copied();
        let mut pieces = Vec::new();
        let mut at = start;
        while at < end {
            let (state, until) = state_at(&states, at);
            let mut to = until.min(end);
            while to < end && !text.is_char_boundary(to - start) {
                to += 1;
            }
            let piece = text.get(at - start..to - start).unwrap_or_default().trim_end_matches(['\n', '\r']);
            pieces.push(Piece { text: piece.to_owned(), state });
            at = to.max(at + 1);
        }
        let state = match count {
            None => "",
            Some(0) => pieces.iter().map(|piece| piece.state).find(|state| *state == "far").unwrap_or("missed"),
            Some(_) => "ran",
        };
        let notes = notes.remove(&number).unwrap_or_default();
        Line { number, count: count.map(|count| count.to_string()).unwrap_or_default(), state, pieces, notes }
    });
    lines.collect()
}

fn notes(probe: &Probe) -> Vec<Note> {
    let arms = probe.arms.iter().filter(|arm| arm.count == 0);
    let note = |arm: &crate::suite::coverage::Arm| match &arm.unreachable {
        Some(why) => Note { text: format!("{}: out of reach: {}", arm_text(probe, arm), why.reason), state: "far" },
        None => Note { text: format!("{}: never", arm_text(probe, arm)), state: "missed" },
    };
    arms.map(note).collect()
}

/// Where parts begin and what they are: the innermost counts.
fn states(file: &FileCoverage) -> Vec<(usize, &'static str)> {
    let mut parts: Vec<(usize, usize, &'static str)> = Vec::new();
    for probe in file.probes.iter().filter(|probe| probe.kind.group() != Group::Operands) {
        for arm in probe.arms.iter().filter(|arm| arm.range.0 < arm.range.1) {
            let state = match (arm.count, &arm.unreachable) {
                (0, Some(_)) => "far",
                (0, None) => "missed",
                _ => "ran",
            };
            parts.push((arm.range.0 as usize, arm.range.1 as usize, state));
        }
    }
    parts.sort_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
    let mut changes = vec![(0, "")];
    let mut open: Vec<(usize, &'static str)> = Vec::new();
    let close = |open: &mut Vec<(usize, &'static str)>, until: usize, changes: &mut Vec<(usize, &'static str)>| {
        while let Some((end, _)) = open.last().copied().filter(|(end, _)| *end <= until) {
            open.pop();
            changes.push((end, open.last().map_or("", |(_, state)| state)));
        }
    };
    for (start, end, state) in parts {
        close(&mut open, start, &mut changes);
        changes.push((start, state));
        open.push((end, state));
    }
    close(&mut open, usize::MAX, &mut changes);
    changes
}

/// What stands at an offset, and where that ends.
fn state_at(changes: &[(usize, &'static str)], offset: usize) -> (&'static str, usize) {
    let next = changes.partition_point(|(start, _)| *start <= offset);
    let state = next.checked_sub(1).and_then(|at| changes.get(at)).map_or("", |(_, state)| state);
    (state, changes.get(next).map_or(usize::MAX, |(start, _)| *start))
}

fn rendered(view: &View) -> Result<String, minijinja::Error> {
    // The version at hand has serde always, and warns of a later one that will have it on request only.
    #[allow(deprecated)]
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(|_| AutoEscape::Html);
    engine.set_trim_blocks(true);
    engine.set_lstrip_blocks(true);
    engine.set_keep_trailing_newline(true);
    engine.add_template("page.html", TEMPLATE)?;
    engine.get_template("page.html")?.render(view)
}
