//! A chart's templates, parsed once, and which of them take part in a run.

use super::ahead::Ahead;
use super::error::Failure;
use crate::chart::{Chart, File, LoadError};
use crate::eval::TemplateSet;
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
}

/// A file that a run renders.
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

/// The templates of one run.
pub(super) struct Plan {
    set: TemplateSet,
    files: Vec<PlannedFile>,
    /// Files that could not be parsed.
    pub(super) failures: Vec<Failure>,
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
        let ahead = Ahead::default();
        note(chart, &ahead);
        ahead.close();
        Compiled { chart: chart.clone(), parsed: Mutex::default(), ahead }
    }

    /// Loads the chart at a path, and begins to parse while it is still being read.
    ///
    /// # Errors
    /// As [`Chart::load`].
    pub fn load(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let ahead = Ahead::default();
        let chart = Chart::load_watched(path.as_ref(), &mut |name, data| ahead.note(name, data))?;
        ahead.close();
        Ok(Compiled { chart, parsed: Mutex::default(), ahead })
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

    /// Parses and orders the templates of the charts that take part. What cannot be parsed is left out.
    pub(super) fn plan(&self, prepared: &Prepared) -> Plan {
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
        let mut plan = Plan { set: TemplateSet::default(), files: Vec::new(), failures: Vec::new() };
        let parsed = self.parse(&files);
        for ((path, chart, file), parsed) in files.into_iter().zip(parsed) {
            match parsed {
                Ok(parsed) => {
                    for template in &parsed.defined {
                        plan.set.add(Arc::clone(template));
                    }
                    plan.set.add(Arc::clone(&parsed.main));
                }
                Err(error) => plan.failures.push(Failure::parse(&error, &file.data)),
            }
            let name = path.rsplit('/').next().unwrap_or_default();
            if !name.starts_with('_') {
                plan.files.push(PlannedFile { path: Arc::from(path), chart });
            }
        }
        plan
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
