//! Coverage in the format of LCOV's tracefiles.
//!
//! Templates that a file defines are its functions; branches and operands its branches. What no values can reach is left
//! out, as LCOV does with what is excluded.

use super::below;
use crate::suite::coverage::{Coverage, Group};
use std::fmt::Write;

/// The coverage as a tracefile.
pub fn print(coverage: &Coverage, folder: &str) -> String {
    let mut out = String::from("TN:\n");
    for file in &coverage.files {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "SF:{}", below(folder, &file.path));
        let arms = |group: Group| {
            let probes = file.probes.iter().filter(move |probe| probe.kind.group() == group);
            probes.flat_map(|probe| {
                let reachable = probe.arms.iter().filter(|arm| arm.count > 0 || arm.unreachable.is_none());
                reachable.enumerate().map(move |(number, arm)| (probe, number, arm))
            })
        };
        for (probe, _, _) in arms(Group::Defines) {
            let _ = writeln!(out, "FN:{},{}", probe.line, one_line(&probe.text));
        }
        for (probe, _, arm) in arms(Group::Defines) {
            let _ = writeln!(out, "FNDA:{},{}", arm.count, one_line(&probe.text));
        }
        let (all, hit) = count(arms(Group::Defines).map(|(_, _, arm)| arm.count));
        let _ = writeln!(out, "FNF:{all}\nFNH:{hit}");
        let mut branches: Vec<_> = arms(Group::Branches).chain(arms(Group::Operands)).collect();
        branches.sort_by_key(|(probe, number, _)| (probe.line, probe.column, *number));
        let mut block = (0, 0, 0);
        for (probe, number, arm) in &branches {
            let at = (probe.line, probe.column);
            if (block.0, block.1) != at {
                block = (at.0, at.1, if block.0 == at.0 { block.2 + 1 } else { 0 });
            }
            // A branch whose condition was never asked has a dash.
            let asked = probe.arms.iter().any(|arm| arm.count > 0);
            let taken = if asked { arm.count.to_string() } else { "-".to_owned() };
            let _ = writeln!(out, "BRDA:{},{},{number},{taken}", probe.line, block.2);
        }
        let (all, hit) = count(branches.iter().map(|(_, _, arm)| arm.count));
        let _ = writeln!(out, "BRF:{all}\nBRH:{hit}");
        for (line, count) in &file.lines {
            let _ = writeln!(out, "DA:{line},{count}");
        }
        let lines = file.lines();
        let _ = writeln!(out, "LF:{}\nLH:{}\nend_of_record", lines.reachable, lines.taken);
    }
    out
}

fn count(counts: impl Iterator<Item = u64>) -> (usize, usize) {
    counts.fold((0, 0), |(all, hit), count| (all + 1, hit + usize::from(count > 0)))
}

fn one_line(name: &str) -> String {
    name.replace(['\n', '\r'], " ")
}
