//! `--check-determinism`: what two renders would not share, as text.
//!
//! In: what the check found. Out: lines for stdout, with places and functions and no values.

use crate::diag::Place;
use crate::render::determinism::{Cause, Circumstance, Determinism, Fault, Line};
use std::fmt::Write;
use std::sync::Arc;

/// Tells what was found.
pub(super) fn print(found: &Determinism) -> String {
    let mut out = String::new();
    for line in &found.lines {
        // Writing to a String cannot fail.
        let _ = one(&mut out, line);
    }
    for Fault { circumstance, place } in &found.failures {
        let at = place.as_ref().map(|place| format!(" at {place}")).unwrap_or_default();
        let _ = writeln!(out, "rendering fails{at}, depending on {circumstance}");
    }
    let lines: usize = found.lines.iter().map(|line| line.at.count()).sum();
    let varied: Vec<String> = found.varied.iter().map(Circumstance::to_string).collect();
    let varied = varied.join(", ");
    let _ = match lines {
        0 if found.failures.is_empty() => writeln!(out, "every line is the same whatever these are: {varied}"),
        1 => writeln!(out, "1 line differs; varied were {varied}"),
        _ => writeln!(out, "{lines} lines differ; varied were {varied}"),
    };
    out
}

fn one(out: &mut String, line: &Line) -> std::fmt::Result {
    let at = &line.at;
    let key = if at.key.is_empty() { String::new() } else { format!(" {}", at.key) };
    let ranges = at.lines.iter().map(|lines| match lines.end() - lines.start() {
        0 => lines.start().to_string(),
        _ => format!("{}-{}", lines.start(), lines.end()),
    });
    let ranges: Vec<String> = ranges.collect();
    write!(out, "{} {}", if at.count() == 1 { "line" } else { "lines" }, ranges.join(", "))?;
    let causes: Vec<String> = line.circumstances.iter().map(Circumstance::to_string).collect();
    writeln!(out, " {} {}{key}: {}", at.file, at.object, causes.join(" and "))?;
    if line.causes.is_empty() {
        writeln!(out, "  no call changes it alone")?;
    }
    line.causes.iter().try_for_each(|cause| why(out, cause))
}

fn why(out: &mut String, cause: &Cause) -> std::fmt::Result {
    writeln!(out, "  {} at {}", cause.function, cause.place)?;
    cause.through.iter().try_for_each(|(template, place)| through(out, template.as_ref(), place))
}

fn through(out: &mut String, template: Option<&Arc<str>>, place: &Place) -> std::fmt::Result {
    match template {
        Some(name) => writeln!(out, "    in {name:?}, called at {place}"),
        None => writeln!(out, "    in the text of a tpl at {place}"),
    }
}
