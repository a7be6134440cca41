//! Which values of values.yaml were read.
//!
//! In: what runs read, and the chart's own values. Out: a row for each leaf of values.yaml. A leaf is read when a template
//! asked for it or for something in it, or used all that is around it.

use super::ValueCoverage;
use crate::eval::reads::Reads;
use crate::path::{Step, show};
use crate::value::{Data, Node};
use std::collections::BTreeSet;

/// Paths that were read.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Whether any run told what it read.
    is_told: bool,
    /// Those that were asked for, and all around them.
    asked: BTreeSet<Vec<Step>>,
    /// Those of which all was used.
    whole: BTreeSet<Vec<Step>>,
}

/// What parents and all charts below them share.
const GLOBAL: &str = "global";

impl Seen {
    /// Adds what a run read.
    pub fn add(&mut self, reads: &Reads) {
        for usage in reads.values() {
            self.is_told = true;
            if !usage.asked && !usage.whole {
                continue;
            }
            let mut path = usage.path;
            // Values of a list count as one.
            if let Some(end) = path.iter().position(|step| matches!(step, Step::Index(_))) {
                path.truncate(end);
            }
            let global = path.iter().position(|step| matches!(step, Step::Key(key) if key == GLOBAL)).unwrap_or(0);
            let shared = path.get(global..).filter(|_| global > 0).map(<[Step]>::to_vec);
            for path in shared.into_iter().chain([path]) {
                if usage.whole && !self.whole.contains(&path) {
                    self.whole.insert(path.clone());
                }
                for end in (1..=path.len()).rev() {
                    let Some(part) = path.get(..end) else { break };
                    if !self.asked.insert(part.to_vec()) {
                        break;
                    }
                }
            }
        }
    }

    /// A row for each leaf.
    pub fn rows(&self, values: &Node) -> Vec<ValueCoverage> {
        let mut rows = Vec::new();
        if self.is_told {
            self.leaves(values, &mut Vec::new(), false, &mut rows);
        }
        rows
    }

    fn leaves(&self, node: &Node, path: &mut Vec<Step>, whole: bool, rows: &mut Vec<ValueCoverage>) {
        let whole = whole || self.whole.contains(path);
        match &node.data {
            Data::Map(map) if !map.is_empty() => {
                for (key, inner) in map.iter() {
                    path.push(Step::Key(key.to_text().into_owned()));
                    stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.leaves(inner, path, whole, rows));
                    path.pop();
                }
            }
            _ if path.is_empty() => {}
            _ => {
                let is_read = whole || self.asked.contains(path);
                rows.push(ValueCoverage { path: show(path), line: node.origin.line, is_read });
            }
        }
    }
}
