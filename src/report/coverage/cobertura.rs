//! Coverage in Cobertura's XML.
//!
//! A folder is a package, a file a class, a template that it defines a method. Lines with branches or operands tell how
//! many of those were taken. What no values can reach is left out.

use super::below;
use crate::suite::coverage::{Coverage, FileCoverage, Group, Tally};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The coverage as XML.
pub fn print(coverage: &Coverage, folder: &str) -> String {
    let mut packages: BTreeMap<&str, Vec<&FileCoverage>> = BTreeMap::new();
    for file in &coverage.files {
        let (package, _) = file.path.rsplit_once('/').unwrap_or((".", ""));
        packages.entry(package).or_default().push(file);
    }
    let lines = coverage.lines();
    let branches = sum(coverage.files.iter().map(ways));
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str("<!DOCTYPE coverage SYSTEM \"http://cobertura.sourceforge.net/xml/coverage-04.dtd\">\n");
    // Writing to a string cannot fail. A time would make two equal runs differ.
    let _ = writeln!(
        out,
        "<coverage {} lines-covered=\"{}\" lines-valid=\"{}\" branches-covered=\"{}\" branches-valid=\"{}\" \
         complexity=\"0\" version=\"{}\" timestamp=\"0\">\n  <sources>\n    <source>.</source>\n  </sources>\n  <packages>",
        rates(lines, branches),
        lines.taken,
        lines.reachable,
        branches.taken,
        branches.reachable,
        env!("CARGO_PKG_VERSION"),
    );
    for (name, files) in packages {
        let rates = rates(sum(files.iter().map(|file| file.lines())), sum(files.iter().map(|file| ways(file))));
        let _ = writeln!(out, "    <package name=\"{}\" {rates} complexity=\"0\">\n      <classes>", escaped(name));
        files.iter().for_each(|file| class(&mut out, file, folder));
        out.push_str("      </classes>\n    </package>\n");
    }
    out.push_str("  </packages>\n</coverage>\n");
    out
}

fn ways(file: &FileCoverage) -> Tally {
    let (one, other) = (file.tally(Some(Group::Branches)), file.tally(Some(Group::Operands)));
    sum([one, other].into_iter())
}

fn sum(tallies: impl Iterator<Item = Tally>) -> Tally {
    tallies.fold(Tally::default(), |all, one| Tally {
        taken: all.taken + one.taken,
        reachable: all.reachable + one.reachable,
        unreachable: all.unreachable + one.unreachable,
    })
}

fn rates(lines: Tally, branches: Tally) -> String {
    format!("line-rate=\"{:.4}\" branch-rate=\"{:.4}\"", lines.percent() / 100.0, branches.percent() / 100.0)
}

fn class(out: &mut String, file: &FileCoverage, folder: &str) {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let path = below(folder, &file.path);
    let rates = rates(file.lines(), ways(file));
    let _ = writeln!(
        out,
        "        <class name=\"{}\" filename=\"{}\" {rates} complexity=\"0\">\n          <methods>",
        escaped(name),
        escaped(&path)
    );
    for probe in file.probes.iter().filter(|probe| probe.kind.group() == Group::Defines) {
        let Some(arm) = probe.arms.iter().find(|arm| arm.count > 0 || arm.unreachable.is_none()) else { continue };
        let rate = if arm.count > 0 { "1.0" } else { "0.0" };
        let _ = writeln!(
            out,
            "            <method name=\"{}\" signature=\"()\" line-rate=\"{rate}\" branch-rate=\"{rate}\" complexity=\"0\">\
             <lines><line number=\"{}\" hits=\"{}\"/></lines></method>",
            escaped(&probe.text),
            probe.line,
            arm.count
        );
    }
    out.push_str("          </methods>\n          <lines>\n");
    let mut taken: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    for probe in file.probes.iter().filter(|probe| probe.kind.group() != Group::Defines) {
        for arm in probe.arms.iter().filter(|arm| arm.count > 0 || arm.unreachable.is_none()) {
            let (hit, all) = taken.entry(probe.line).or_default();
            (*hit, *all) = (*hit + u64::from(arm.count > 0), *all + 1);
        }
    }
    let mut hits = file.lines.clone();
    // The condition of an `else if` may stand in a line in which nothing begins.
    for (line, (hit, _)) in &taken {
        hits.entry(*line).or_insert(*hit);
    }
    for (line, count) in &hits {
        let _ = match taken.get(line) {
            Some((hit, all)) => writeln!(
                out,
                "            <line number=\"{line}\" hits=\"{count}\" branch=\"true\" condition-coverage=\"{}% ({hit}/{all})\"/>",
                (hit * 100).checked_div(*all).unwrap_or(100)
            ),
            None => writeln!(out, "            <line number=\"{line}\" hits=\"{count}\" branch=\"false\"/>"),
        };
    }
    out.push_str("          </lines>\n        </class>\n");
}

/// A text as the value of an attribute; characters that XML has no form for are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}
