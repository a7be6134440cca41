//! Adds up what renders went through.
//!
//! In: a compiled chart, then whatever came of rendering it, from any thread. Out: [`Coverage`].

use super::listing::{Counter, Listing, Site};
use super::unreachable::{Analysis, Outlook};
use super::values::Seen;
use super::{Arm, Because, Coverage, FileCoverage, Probe, Unreachable};
use crate::diag::Diagnostic;
use crate::eval::probes::{FileHits, Hits};
use crate::eval::reads::Reads;
use crate::render::{Attempt, Compiled, RenderError, Rendered};
use crate::source::{Source, lossy};
use crate::template::ast::Code;
use crate::value::Node;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Adds up what renders of a chart went through. It may be given renders from several threads.
#[derive(Debug)]
pub struct Collector {
    chart: String,
    values: Node,
    files: Vec<Known>,
    analysis: Analysis,
    sums: Mutex<Sums>,
}

/// A file of the chart.
#[derive(Debug)]
struct Known {
    path: Arc<str>,
    /// Whether it is the chart's own, not one of a chart in charts/.
    is_own: bool,
    source: Arc<Source>,
    code: Arc<Code>,
    listing: Listing,
}

#[derive(Debug, Default)]
struct Sums {
    renders: u64,
    failed: u64,
    files: BTreeMap<usize, FileSums>,
    seen: Seen,
    /// In which surroundings a branch was decided whose condition asks for nothing else: its file and first counter.
    decided: BTreeMap<String, BTreeSet<(usize, u32)>>,
}

#[derive(Debug, Default)]
struct FileSums {
    counters: Vec<u64>,
    called: FxHashMap<Arc<str>, u64>,
    left: FxHashMap<u32, u64>,
}

/// Surroundings that are kept apart. Of more nothing is concluded.
const MOST_SURROUNDINGS: usize = 1_000;

impl Collector {
    /// For renders of this chart, whether with this [`Compiled`] or another of the same.
    pub fn new(compiled: &Compiled) -> Self {
        let known = compiled.templates().into_iter().filter_map(|file| {
            // What cannot be parsed never runs.
            let parsed = file.parsed.ok()?;
            let listing = Listing::of(&parsed);
            let (source, code) = (Arc::clone(&parsed.main.source), Arc::clone(&parsed.main.code));
            Some(Known { path: Arc::from(file.path), is_own: file.depth == 0, source, code, listing })
        });
        let files: Vec<Known> = known.collect();
        let outlooks = files.iter().map(|file| Outlook { path: &file.path, listing: &file.listing });
        let analysis = Analysis::of(compiled, &outlooks.collect::<Vec<_>>());
        let chart = compiled.chart();
        Collector {
            chart: chart.name().to_owned(),
            values: chart.values().clone(),
            files,
            analysis,
            sums: Mutex::default(),
        }
    }

    /// Adds a render. It was told to count: [`Options::count`](crate::Options::count).
    pub fn add(&self, rendered: &Rendered) {
        self.count(rendered.hits.as_deref(), Some(&rendered.reads), false);
    }

    /// Adds a render that failed: it went through templates until then.
    pub fn add_failed(&self, error: &RenderError) {
        self.count(error.hits.as_deref(), None, true);
    }

    /// Adds a render, however it ended.
    pub fn add_result(&self, result: &Result<Rendered, RenderError>) {
        match result {
            Ok(rendered) => self.add(rendered),
            Err(error) => self.add_failed(error),
        }
    }

    /// Adds an attempt.
    pub fn add_attempt(&self, attempt: &Attempt) {
        self.count(attempt.hits.as_deref(), Some(&attempt.reads), !attempt.errors.is_empty());
    }

    fn sums(&self) -> MutexGuard<'_, Sums> {
        self.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, hits: Option<&Hits>, reads: Option<&Reads>, is_failure: bool) {
        let mut sums = self.sums();
        sums.renders += 1;
        sums.failed += u64::from(is_failure);
        if let Some(reads) = reads {
            sums.seen.add(reads);
        }
        let Some(hits) = hits else { return };
        if sums.decided.len() < MOST_SURROUNDINGS {
            sums.decided.entry(hits.context.clone()).or_default();
        }
        for file in &hits.files {
            let Some(at) = self.find(file) else { continue };
            let sum = sums.files.entry(at).or_default();
            sum.counters.resize(file.counters.len().max(sum.counters.len()), 0);
            sum.counters.iter_mut().zip(&file.counters).for_each(|(sum, count)| *sum += u64::from(*count));
            for (name, count) in &file.called {
                // The template of the file itself bears its path, which differs where a chart has an alias.
                let name = if *name == file.source.name { self.files.get(at).map_or(name, |f| &f.path) } else { name };
                *sum.called.entry(Arc::clone(name)).or_default() += u64::from(*count);
            }
            file.left.iter().for_each(|(at, count)| *sum.left.entry(*at).or_default() += u64::from(*count));
            let ran = |first: u32| {
                let both = file.counters.get(first as usize..first as usize + 2);
                both.is_some_and(|both| both.iter().any(|count| *count > 0))
            };
            if let Some(decided) = sums.decided.get_mut(&hits.context) {
                decided.extend(self.analysis.closed(at).filter(|first| ran(*first)).map(|first| (at, first)));
            }
        }
    }

    /// The file that hits are of. A chart that takes part under an alias has files of other names, and the same content.
    fn find(&self, hits: &FileHits) -> Option<usize> {
        let is_same = |file: &Known| Arc::ptr_eq(&file.code, &hits.code) || file.source.text == hits.source.text;
        let by_name = self.files.iter().position(|file| file.path == hits.source.name && is_same(file));
        let end = |path: &str| path.rsplit_once("/templates/").map(|(_, name)| name.to_owned());
        by_name.or_else(|| {
            let name = end(&hits.source.name);
            self.files.iter().position(|file| end(&file.path) == name && is_same(file))
        })
    }

    /// What was used of the chart's own templates.
    pub fn finish(&self) -> Coverage {
        self.coverage(false)
    }

    /// What was used of the chart's own templates and of those of all charts below it.
    pub fn finish_all(&self) -> Coverage {
        self.coverage(true)
    }

    fn coverage(&self, with_others: bool) -> Coverage {
        let sums = self.sums();
        let mut coverage = Coverage {
            chart: self.chart.clone(),
            renders: sums.renders,
            failed: sums.failed,
            values: sums.seen.rows(&self.values),
            ..Coverage::default()
        };
        for (at, known) in self.files.iter().enumerate().filter(|(_, file)| with_others || file.is_own) {
            let none = FileSums::default();
            let count = Counted { at, known, sums: sums.files.get(&at).unwrap_or(&none), all: &sums };
            coverage.files.push(count.file(self, &mut coverage.problems));
        }
        coverage.files.sort_by(|a, b| a.path.cmp(&b.path));
        coverage
    }
}

/// A file with what was counted of it.
struct Counted<'c> {
    at: usize,
    known: &'c Known,
    sums: &'c FileSums,
    all: &'c Sums,
}

impl Counted<'_> {
    fn count(&self, counter: Counter) -> u64 {
        match counter {
            Counter::Number(number) => self.sums.counters.get(number as usize).copied().unwrap_or(0),
            Counter::Called(number) => {
                let template = self.known.listing.templates.get(number);
                template.and_then(|template| self.sums.called.get(&template.name)).copied().unwrap_or(0)
            }
        }
    }

    fn file(&self, collector: &Collector, problems: &mut Vec<Diagnostic>) -> FileCoverage {
        let listing = &self.known.listing;
        let path = self.known.path.strip_prefix(&*collector.chart).unwrap_or(&self.known.path);
        let path = path.trim_start_matches('/').to_owned();
        let marks = self.marks(problems);
        let mut why: BTreeMap<Counter, Unreachable> = BTreeMap::new();
        for number in (0..listing.templates.len()).filter(|number| self.count(Counter::Called(*number)) == 0) {
            let reason = collector.analysis.reason(self.at, Counter::Called(number));
            reason.into_iter().for_each(|reason| drop(why.insert(Counter::Called(number), reason.clone())));
        }
        let mut probes = Vec::new();
        for site in &listing.sites {
            let around = why.get(&site.parent).cloned();
            let ways = site.ways.iter().map(|way| {
                let count = self.count(way.counter);
                let own = marks.get(&way.counter).or_else(|| collector.analysis.reason(self.at, way.counter)).cloned();
                let reason = around.clone().or(own).or_else(|| self.surroundings(collector, site, way.counter));
                // What was reached can be, whatever was concluded.
                let unreachable = reason.filter(|_| count == 0);
                if let Some(reason) = &unreachable {
                    why.insert(way.counter, reason.clone());
                }
                let range = (way.range.start, way.range.end);
                Arm { label: way.label.clone(), count, unreachable, range }
            });
            let arms: Vec<Arm> = ways.collect();
            let (line, column) = self.known.source.line_column(site.offset as usize);
            let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let within = listing.templates.get(site.template).filter(|_| site.template > 0);
            probes.push(Probe {
                kind: site.kind,
                line: number(line),
                column: number(column),
                text: site.text.clone(),
                within: within.map(|template| template.name.to_string()),
                arms,
            });
        }
        let text = lossy(&self.known.source.text).into_owned();
        FileCoverage { path, probes, lines: self.lines(), text }
    }

    /// How often each line ran: as often as what stands in it and ran most.
    fn lines(&self) -> BTreeMap<u32, u64> {
        let source = &self.known.source;
        let mut lines: BTreeMap<u32, u64> = BTreeMap::new();
        for list in &self.known.listing.lists {
            let mut count = self.count(list.counter);
            for (number, span, is_text) in &list.statements {
                let line = |offset: usize| u32::try_from(source.line_column(offset).0).unwrap_or(u32::MAX);
                let mut add = |line: u32| {
                    let entry = lines.entry(line).or_default();
                    *entry = (*entry).max(count);
                };
                if *is_text {
                    let mut offset = span.start as usize;
                    for text in span.of(&source.text).split_inclusive(|byte| *byte == b'\n') {
                        if !text.trim_ascii().is_empty() {
                            add(line(offset));
                        }
                        offset += text.len();
                    }
                } else {
                    add(line(span.start as usize));
                }
                count = count.saturating_sub(self.sums.left.get(number).copied().unwrap_or(0));
            }
        }
        lines
    }

    /// Why a way was never gone that only release and cluster decide.
    fn surroundings(&self, collector: &Collector, site: &Site, counter: Counter) -> Option<Unreachable> {
        let Counter::Number(number) = counter else { return None };
        let first = number - number % 2;
        let of =
            collector.analysis.closed_by(self.at, first).filter(|_| site.kind.group() == super::Group::Branches)?;
        let decided = &self.all.decided;
        let is_always = !decided.is_empty() && decided.values().all(|decided| decided.contains(&(self.at, first)));
        (is_always && decided.len() < MOST_SURROUNDINGS).then(|| Unreachable {
            because: Because::Surroundings,
            reason: format!("no value but {of} alone decides `{}`, and it came out the same in all runs", site.text),
        })
    }

    /// What comments mark, by the counters of the parts.
    fn marks(&self, problems: &mut Vec<Diagnostic>) -> BTreeMap<Counter, Unreachable> {
        let (listing, source) = (&self.known.listing, &self.known.source);
        let mut marks = BTreeMap::new();
        for mark in &listing.blocks.marks {
            let place = source.place(mark.at);
            if mark.reason.is_empty() {
                let text = "this mark gives no reason; expected `chartwright:unreachable REASON`";
                problems.push(Diagnostic::error("bad-mark", text).at(place));
                continue;
            }
            let block = listing.blocks.around(mark.at.start);
            let site = block.and_then(|block| listing.sites.iter().find(|site| site.offset == block.start));
            let is_else = mark.is_else || block.is_some_and(|block| mark.at.start >= block.body.end);
            let Some(way) = site.and_then(|site| site.ways.get(usize::from(is_else))) else {
                let text = "this mark stands in no `if`, `with`, `range` or `define` that has such a part";
                problems.push(Diagnostic::error("bad-mark", text).at(place));
                continue;
            };
            let count = self.count(way.counter);
            if count > 0 {
                let text = format!("this is marked as unreachable (`{}`), and ran {count} times", mark.reason);
                let help = "remove the mark, or correct the condition";
                problems.push(Diagnostic::error("reached-mark", text).at(place).help(help));
                continue;
            }
            marks.insert(way.counter, Unreachable { because: Because::Marked, reason: mark.reason.clone() });
        }
        marks
    }
}
