//! A chart's templates, parsed once, and which of them take part in a run.

use super::error::{Failure, RenderError};
use crate::chart::{Chart, File};
use crate::eval::TemplateSet;
use crate::funcs;
use crate::parallel;
use crate::source::Source;
use crate::template::{ParseError, Parsed, parse};
use crate::values::{Branch, Prepared, Schemas};
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A chart with its templates parsed and its schemas compiled. Immutable to its user,
/// `Send + Sync`, and renders many times; what it has parsed or compiled once it keeps.
#[derive(Debug)]
pub struct Compiled {
    chart: Chart,
    /// Parsed files by their path in the chart tree (`redis/charts/common/templates/_a.tpl`);
    /// the path holds the alias, so it is only known once values are.
    parsed: Mutex<FxHashMap<String, Result<Arc<Parsed>, ParseError>>>,
    /// The schemas of the charts that took part so far.
    pub(super) schemas: Schemas,
}

/// A file that a run renders.
pub(super) struct PlannedFile {
    /// Its path in the chart tree.
    pub path: Arc<str>,
    /// The path of its chart.
    pub chart: String,
}

/// The templates of one run.
pub(super) struct Plan {
    set: TemplateSet,
    files: Vec<PlannedFile>,
}

impl Plan {
    pub fn set(&self) -> &TemplateSet {
        &self.set
    }

    /// Files in the order in which Helm runs them.
    pub fn files(&self) -> &[PlannedFile] {
        &self.files
    }
}

impl Compiled {
    /// A chart, to be parsed as renders need it.
    pub fn new(chart: &Chart) -> Self {
        Compiled { chart: chart.clone(), parsed: Mutex::default(), schemas: Schemas::default() }
    }

    /// The chart.
    pub fn chart(&self) -> &Chart {
        &self.chart
    }

    /// Parses what no run has parsed yet. One result per file, in order.
    fn parse(&self, files: &[(String, String, &File)], busy: usize) -> Vec<Result<Arc<Parsed>, ParseError>> {
        let lock = || self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        let missing: Vec<_> = {
            let parsed = lock();
            files.iter().filter(|(path, ..)| !parsed.contains_key(path)).collect()
        };
        // Umbrella charts bring the same library chart with each subchart: one reading serves all.
        let mut texts: FxHashMap<&[u8], (&File, Vec<&str>)> = FxHashMap::default();
        for (path, _, file) in missing {
            texts.entry(&file.data).or_insert((file, Vec::new())).1.push(path);
        }
        let size: usize = texts.keys().map(|text| text.len()).sum();
        let mut texts: Vec<_> = texts.into_values().collect();
        // The longest first: one that is left to the end would keep all others waiting.
        texts.sort_by_key(|(file, _)| std::cmp::Reverse(file.data.len()));
        let read = |(file, paths): &(&File, Vec<&str>)| -> Vec<_> {
            let source = |path: &str| Source::new(path, Arc::clone(&file.data));
            let read = |path: &str| parse(source(path), &|name| funcs::table().find(name));
            let Some((first, others)) = paths.split_first() else { return Vec::new() };
            let result = read(first);
            // An error names its file, so each of them is read for its own.
            let again = |path: &&str| {
                let again = result.as_ref().map_or_else(|_| read(path), |parsed| Ok(parsed.under(source(path))));
                ((*path).to_owned(), again.map(Arc::new))
            };
            let mut all: Vec<_> = others.iter().map(again).collect();
            all.push(((*first).to_owned(), result.map(Arc::new)));
            all
        };
        let results = parallel::map(&texts, size, busy, read);
        let mut parsed = lock();
        parsed.extend(results.into_iter().flatten());
        files.iter().filter_map(|(path, ..)| parsed.get(path).cloned()).collect()
    }

    /// Parses and orders the templates of the charts that take part; `busy` threads are at work
    /// besides this one.
    pub(super) fn plan(&self, prepared: &Prepared, busy: usize) -> Result<Plan, RenderError> {
        let mut files = Vec::new();
        collect(&prepared.charts, prepared.charts.name().to_owned(), &mut files);
        // Deepest path first, then from the end of the alphabet: so a definition in a shallower
        // or earlier file replaces the others.
        files.sort_by(|(a, ..), (b, ..)| {
            let depth = |path: &str| path.matches('/').count();
            depth(b).cmp(&depth(a)).then_with(|| b.cmp(a))
        });
        // Of two charts with one path, Helm keeps the one it comes to last.
        files.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
        let mut plan = Plan { set: TemplateSet::default(), files: Vec::new() };
        let mut failures = Vec::new();
        let parsed = self.parse(&files, busy);
        for ((path, chart, file), parsed) in files.into_iter().zip(parsed) {
            match parsed {
                Ok(parsed) => {
                    for template in &parsed.defined {
                        plan.set.add(Arc::clone(template));
                    }
                    plan.set.add(Arc::clone(&parsed.main));
                }
                Err(error) => failures.push(Failure::parse(&error, &file.data)),
            }
            let name = path.rsplit('/').next().unwrap_or_default();
            if !name.starts_with('_') {
                plan.files.push(PlannedFile { path: Arc::from(path), chart });
            }
        }
        if failures.is_empty() { Ok(plan) } else { Err(RenderError::templates(failures)) }
    }
}

/// The template files of a chart and its subcharts: path, path of the chart, content.
fn collect<'a>(branch: &'a Branch, path: String, files: &mut Vec<(String, String, &'a File)>) {
    for child in &branch.children {
        collect(child, format!("{path}/charts/{}", child.name()), files);
    }
    let library = branch.metadata.is_library();
    for file in branch.chart.templates() {
        let name = file.name.rsplit('/').next().unwrap_or_default();
        // Of a library chart only partials count.
        if !library || name.starts_with('_') {
            files.push((format!("{path}/{}", file.name), path.clone(), file));
        }
    }
}
