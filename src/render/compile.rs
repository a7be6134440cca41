//! A chart's templates, parsed once, and which of them take part in a run.

use super::ahead::Ahead;
use super::error::Failure;
use super::kept::Kept;
use crate::chart::{Chart, File, LoadError};
use crate::eval::TemplateSet;
use crate::template::ast::Template;
use crate::template::{ParseError, Parsed};
use crate::values::{Branch, Prepared};
use rustc_hash::FxHashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A chart with its templates parsed and its schemas compiled. Immutable to its user,
/// `Send + Sync`, and renders many times; what it has parsed or compiled once it keeps.
#[derive(Debug)]
pub struct Compiled {
    chart: Chart,
    /// Parsed files by their path in the chart tree (`redis/charts/common/templates/_a.tpl`);
    /// the path holds the alias, so it is only known once values are.
    parsed: Mutex<FxHashMap<String, Result<Arc<Parsed>, ParseError>>>,
    /// What has begun since the chart was loaded.
    pub(super) ahead: Ahead,
    /// What the last renders have in common with those to come.
    pub(super) kept: Kept,
}

/// A file that a run renders.
#[derive(Debug)]
pub(super) struct PlannedFile {
    /// Its path in the chart tree.
    pub path: Arc<str>,
    /// The path of its chart.
    pub chart: String,
}

/// A template file of a chart or one of its subcharts, whether or not values switch it on.
#[derive(Debug)]
pub struct TemplateFile<'c> {
    /// Its path in the chart tree: `redis/charts/common/templates/_names.tpl`.
    pub path: String,
    /// How many charts it is below the root; 0 for the chart's own.
    pub depth: usize,
    /// The file.
    pub file: &'c File,
    /// What it holds.
    pub parsed: Result<Arc<Parsed>, ParseError>,
}

/// A chart that takes part in a run.
#[derive(Debug)]
pub(super) struct Part {
    /// The path of the chart; it holds the alias.
    path: String,
    /// Of a library chart only partials count.
    is_library: bool,
    chart: Chart,
}

/// The templates of the charts that take part.
#[derive(Debug)]
pub(super) struct Planned {
    parts: Vec<Part>,
    /// One of each name: that which counts.
    templates: Vec<Arc<Template>>,
    files: Vec<PlannedFile>,
    failures: Vec<Failure>,
}

impl Planned {
    /// The charts that take part, children first.
    pub fn parts(prepared: &Prepared) -> Vec<Part> {
        let mut parts = Vec::new();
        collect(&prepared.charts, prepared.charts.name().to_owned(), &mut parts);
        parts
    }

    /// Whether these are the templates of these charts.
    pub fn is_of(&self, parts: &[Part]) -> bool {
        let same = |a: &Part, b: &Part| a.chart.is_same(&b.chart) && a.path == b.path && a.is_library == b.is_library;
        self.parts.len() == parts.len() && self.parts.iter().zip(parts).all(|(a, b)| same(a, b))
    }
}

/// The templates of one run.
pub(super) struct Plan {
    set: TemplateSet,
    planned: Arc<Planned>,
}

impl Plan {
    pub fn set(&self) -> &TemplateSet {
        &self.set
    }

    /// Files in the order in which Helm runs them.
    pub fn files(&self) -> &[PlannedFile] {
        &self.planned.files
    }

    /// Files that could not be parsed.
    pub fn failures(&self) -> &[Failure] {
        &self.planned.failures
    }
}

impl Compiled {
    /// A chart, to be parsed as renders need it.
    pub fn new(chart: &Chart) -> Self {
        let ahead = Ahead::default();
        note(chart, &ahead);
        ahead.close();
        Compiled { chart: chart.clone(), parsed: Mutex::default(), ahead, kept: Kept::default() }
    }

    /// Loads the chart at a path, and begins to parse while it is still being read.
    ///
    /// # Errors
    /// As [`Chart::load`].
    pub fn load(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        Self::load_with(path.as_ref(), Ahead::default())
    }

    /// As [`load`](Self::load), for one of so many charts that are loaded at the same time.
    pub(crate) fn load_among(path: &Path, charts: usize) -> Result<Self, LoadError> {
        Self::load_with(path, Ahead::among(charts))
    }

    /// As [`load`](Self::load); a thread that parses stays for [`aside`](Self::aside).
    pub(crate) fn load_and_stay(path: &Path) -> Result<Self, LoadError> {
        let ahead = Ahead::default();
        ahead.wait_for_more();
        Self::load_with(path, ahead)
    }

    /// Lets a thread that has stayed do something else, and then end. False where there is none.
    pub(crate) fn aside(&self, work: impl FnOnce() + Send + 'static) -> bool {
        self.ahead.run(work)
    }

    fn load_with(path: &Path, ahead: Ahead) -> Result<Self, LoadError> {
        let chart = Chart::load_watched(path, &mut |name, data| ahead.note(name, data))?;
        ahead.close();
        Ok(Compiled { chart, parsed: Mutex::default(), ahead, kept: Kept::default() })
    }

    /// The chart.
    pub fn chart(&self) -> &Chart {
        &self.chart
    }

    /// What `use_it` makes of the chart's own schema as JSON; `None` where it is none.
    pub(crate) fn own_schema<T>(&self, use_it: impl FnOnce(&serde_json::Value) -> T) -> Option<T> {
        self.ahead.schemas().read(self.chart.schema()?, use_it)
    }

    /// Parses what no run has parsed yet. One result per file, in order.
    fn parse(&self, files: &[(String, String, &File)]) -> Vec<Result<Arc<Parsed>, ParseError>> {
        let lock = || self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        let missing: Vec<_> = {
            let parsed = lock();
            let missing = files.iter().filter(|(path, ..)| !parsed.contains_key(path));
            missing.map(|(path, _, file)| (path, self.ahead.text(&file.data))).collect()
        };
        // Helpers come from the front.
        missing.iter().rev().for_each(|(_, text)| text.begin());
        self.ahead.stop_parsing();
        let read: Vec<_> =
            missing.iter().map(|(path, text)| ((*path).clone(), text.under(path).map(Arc::new))).collect();
        let mut parsed = lock();
        parsed.extend(read);
        files.iter().filter_map(|(path, ..)| parsed.get(path).cloned()).collect()
    }

    /// Every template file, read as text alone: the chart's own first, each chart's in the order of their names.
    pub fn templates(&self) -> Vec<TemplateFile<'_>> {
        let mut files = Vec::new();
        below(&self.chart, self.chart.name().to_owned(), 0, &mut files);
        let named: Vec<_> = files.iter().map(|(path, _, file)| (path.clone(), String::new(), *file)).collect();
        let parsed = self.parse(&named);
        let all = files.into_iter().zip(parsed);
        all.map(|((path, depth, file), parsed)| TemplateFile { path, depth, file, parsed }).collect()
    }

    /// The templates of the charts that take part. What cannot be parsed is left out.
    pub(super) fn plan(&self, prepared: &Prepared) -> Plan {
        let planned = self.planned(prepared);
        let mut set = TemplateSet::default();
        planned.templates.iter().for_each(|template| set.add(Arc::clone(template)));
        Plan { set, planned }
    }

    /// Parses and orders the templates of these charts.
    pub(super) fn order(&self, parts: Vec<Part>) -> Planned {
        let mut files: Vec<_> = parts.iter().flat_map(Part::files).collect();
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
        let mut set = TemplateSet::default();
        let (mut planned, mut failures) = (Vec::new(), Vec::new());
        let parsed = self.parse(&files);
        for ((path, chart, file), parsed) in files.into_iter().zip(parsed) {
            match parsed {
                Ok(parsed) => {
                    for template in &parsed.defined {
                        set.add(Arc::clone(template));
                    }
                    set.add(Arc::clone(&parsed.main));
                }
                Err(error) => failures.push(Failure::parse(&error, &file.data)),
            }
            let name = path.rsplit('/').next().unwrap_or_default();
            if !name.starts_with('_') {
                planned.push(PlannedFile { path: Arc::from(path), chart });
            }
        }
        let templates = set.names().filter_map(|name| set.get(name)).cloned().collect();
        Planned { templates, files: planned, failures, parts }
    }
}

/// Hands the files of a chart and its subcharts to the helpers.
fn note(chart: &Chart, ahead: &Ahead) {
    chart.templates().iter().for_each(|file| ahead.note(&file.name, &file.data));
    chart.schema().iter().for_each(|schema| ahead.note("values.schema.json", schema));
    chart.dependencies().iter().for_each(|dependency| note(dependency, ahead));
}

/// The template files of a chart and its subcharts: path, depth, content.
fn below<'c>(chart: &'c Chart, path: String, depth: usize, files: &mut Vec<(String, usize, &'c File)>) {
    let mut own: Vec<_> = chart.templates().iter().map(|file| (format!("{path}/{}", file.name), depth, file)).collect();
    own.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    files.append(&mut own);
    for child in chart.dependencies() {
        below(child, format!("{path}/charts/{}", child.name()), depth + 1, files);
    }
}

/// A chart and its subcharts, these first.
fn collect(branch: &Branch, path: String, parts: &mut Vec<Part>) {
    for child in &branch.children {
        collect(child, format!("{path}/charts/{}", child.name()), parts);
    }
    parts.push(Part { path, is_library: branch.metadata.is_library(), chart: branch.chart.clone() });
}

impl Part {
    /// The template files that count: path, path of the chart, content.
    fn files(&self) -> impl Iterator<Item = (String, String, &File)> {
        let counts =
            |file: &&File| !self.is_library || file.name.rsplit('/').next().unwrap_or_default().starts_with('_');
        let files = self.chart.templates().iter().filter(counts);
        files.map(|file| (format!("{}/{}", self.path, file.name), self.path.clone(), file))
    }
}
