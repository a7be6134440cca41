//! Counts, while templates run, which ways they go.
//!
//! In: branches, calls that choose among operands and templates, as the evaluator comes to them. Out: [`Hits`]: for each
//! source its counters, how often each of its templates was called, and where lists of statements were left before
//! their end. A run without probes has none of this; one with probes remembers no results of calls, so that each counts.

use super::run::TPL_NAME;
use crate::source::Source;
use crate::template::ast::{Branch, Code, Command, Statement, Template};
use crate::template::probes::Numbers;
use crate::value::Value;
use crate::value::convert::is_empty;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What one run went through.
#[derive(Debug, Clone, Default)]
pub struct Hits {
    /// The sources of which something ran.
    pub files: Vec<FileHits>,
    /// Release and cluster of the run, in which all conditions that ask only for those come out the same.
    pub context: String,
}

/// What ran of one source.
#[derive(Debug, Clone)]
pub struct FileHits {
    /// The source.
    pub source: Arc<Source>,
    /// Its nodes.
    pub code: Arc<Code>,
    /// Times, by the counters of [`Numbers`].
    pub counters: Vec<u32>,
    /// The templates of the source that were called, and how often.
    pub called: Vec<(Arc<str>, u32)>,
    /// Statements behind which the others of their list did not run, and how often.
    pub left: Vec<(u32, u32)>,
}

/// Where the counters of a running template begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Base(Option<u32>);

/// The counters of a run.
#[derive(Debug, Default)]
pub(super) struct Probes {
    files: Vec<File>,
    /// The file of a source, by its address, which stays for as long as the run.
    by_source: FxHashMap<usize, u32>,
    /// A template, by its address: its file, and its place in [`FileHits::called`].
    by_template: FxHashMap<usize, (u32, usize)>,
}

#[derive(Debug)]
struct File {
    hits: FileHits,
    left: FxHashMap<u32, u32>,
}

impl Probes {
    /// A template begins. What a `tpl` reads is no file of the chart, and its tree may be gone before the run ends.
    pub fn enter(&mut self, template: &Template) -> Base {
        let key = std::ptr::from_ref(template).addr();
        if let Some((file, place)) = self.by_template.get(&key).copied() {
            let hits = self.files.get_mut(file as usize).and_then(|file| file.hits.called.get_mut(place));
            hits.into_iter().for_each(|(_, count)| *count = count.saturating_add(1));
            return Base(Some(file));
        }
        if *template.source.name == *TPL_NAME {
            return Base::default();
        }
        let files = &mut self.files;
        let at = *self.by_source.entry(Arc::as_ptr(&template.source).addr()).or_insert_with(|| {
            let (source, code) = (Arc::clone(&template.source), Arc::clone(&template.code));
            let counters = vec![0; code.numbers(&source.text).total()];
            let hits = FileHits { source, code, counters, called: Vec::new(), left: Vec::new() };
            files.push(File { hits, left: FxHashMap::default() });
            u32::try_from(files.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(file) = files.get_mut(at as usize) {
            self.by_template.insert(key, (at, file.hits.called.len()));
            file.hits.called.push((Arc::clone(&template.name), 1));
        }
        Base(Some(at))
    }

    fn add(&mut self, base: Base, number: impl Fn(&Numbers, &Code) -> Option<u32>) {
        let Some(hits) = base.0.and_then(|at| self.files.get_mut(at as usize)).map(|file| &mut file.hits) else {
            return;
        };
        let number = number(hits.code.numbers(&hits.source.text), &hits.code);
        let counter = number.and_then(|number| hits.counters.get_mut(number as usize));
        counter.into_iter().for_each(|counter| *counter = counter.saturating_add(1));
    }

    /// A branch goes into its body (0) or goes on otherwise (1).
    pub fn branch(&mut self, base: Base, branch: &Branch, arm: u32) {
        self.add(base, |numbers, code| numbers.branch(code, branch, arm));
    }

    /// An operand of a call decides.
    pub fn operand(&mut self, base: Base, command: &Command, arm: usize) {
        let Ok(arm) = u32::try_from(arm) else { return };
        self.add(base, |numbers, code| numbers.operand(code, command, arm));
    }

    /// A call that looks at all its operands, which are these.
    pub fn call(&mut self, base: Base, command: &Command, function: &str, values: &[Value]) {
        let arm = match (function, values) {
            ("default", [_, given]) => usize::from(is_empty(given)),
            ("ternary", [.., Value::Bool(first)]) => usize::from(!first),
            ("coalesce", values) => values.iter().position(|value| !is_empty(value)).unwrap_or(values.len()),
            _ => return,
        };
        self.operand(base, command, arm);
    }

    /// The statements behind this one do not run this time.
    pub fn left(&mut self, base: Base, statement: &Statement) {
        let Some(file) = base.0.and_then(|at| self.files.get_mut(at as usize)) else { return };
        if let Some(number) = Numbers::statement(&file.hits.code, statement) {
            let count = file.left.entry(number).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// All that was counted.
    pub fn hits(self) -> Hits {
        let done = |file: File| {
            let mut left: Vec<(u32, u32)> = file.left.into_iter().collect();
            left.sort_unstable();
            FileHits { left, ..file.hits }
        };
        Hits { files: self.files.into_iter().map(done).collect(), context: String::new() }
    }
}
