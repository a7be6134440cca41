//! A diagnosis to read.
//!
//! In: a [`Diagnosis`]. Out: text: each cause with its evidence, why it is so, and what mends it; then what was read.

use super::{Diagnosis, Found, Kind, Looked};
use crate::diag::Severity;
use std::fmt::Write;

/// Lays a diagnosis out.
pub fn print(diagnosis: &Diagnosis) -> String {
    let mut out = String::new();
    for cause in &diagnosis.causes {
        show(&mut out, cause);
    }
    let known: Vec<&Looked> = diagnosis.inputs.iter().filter(|input| input.is_known).collect();
    for input in &diagnosis.inputs {
        let _ = writeln!(out, "read {}: {}", input.name, kinds(input));
    }
    let end = match (diagnosis.causes.len(), known.is_empty()) {
        (0, true) => {
            "nothing here was recognised: give it kubectl describe, kubectl logs, kubectl get events or INFO".to_owned()
        }
        (0, false) => {
            "no known cause; that is no proof of health: look at the kinds of text that are missing above".to_owned()
        }
        (1, _) => "1 cause".to_owned(),
        (count, _) => format!("{count} causes, the likeliest to be the root first"),
    };
    out.push_str(&end);
    out.push('\n');
    out
}

fn show(out: &mut String, cause: &Found) {
    let severity = match cause.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let is = match (cause.is_over, cause.is_symptom) {
        (true, _) => " (over, as a later line says)",
        (false, true) => " (a symptom)",
        _ => "",
    };
    let _ = writeln!(out, "{severity}[{}]: {}{is}", cause.id, cause.cause);
    for line in &cause.evidence {
        let _ = writeln!(out, "  --> {}:{}: {}", line.file, line.line, line.text);
    }
    if cause.lines > cause.evidence.len() {
        let _ = writeln!(out, "      and {} more", cause.lines - cause.evidence.len());
    }
    let _ = writeln!(out, "  why: {}", cause.why.trim());
    for mend in &cause.mends {
        let _ = writeln!(out, "  help: {}", mend.to);
        for command in &mend.commands {
            let _ = writeln!(out, "    {command}");
        }
        if let Some(procedure) = &mend.procedure {
            let _ = writeln!(out, "    chartwright ops show {procedure}");
        }
    }
    out.push('\n');
}

/// What a file holds, each kind once.
fn kinds(input: &Looked) -> String {
    let mut names: Vec<String> = Vec::new();
    let known = input.sections.iter().filter(|section| section.kind != Kind::Text || !input.is_known);
    for section in known {
        let name = section.kind.to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { "empty".to_owned() } else { names.join(", ") }
}
