//! Reads a chart, from a folder, an archive or memory.
//!
//! In: files. Out: a [`Chart`] with its subcharts: immutable, `Send + Sync`, cheap to clone.
//! Nothing is merged or rendered here; the texts of errors are Helm's.

mod archive;
mod directory;
mod error;
mod files;
mod ignore;
mod metadata;
mod typed;

pub(crate) use self::archive::{gunzip, is_gzip};
pub(crate) use self::directory::{checkout, read_inside};
pub use self::error::LoadError;
pub use self::files::Files;
pub(crate) use self::metadata::scalar_text;
pub use self::metadata::{Dependency, Maintainer, Metadata};
pub(crate) use self::typed::{At, Typed};

use self::archive::{Budget, Entry};
use self::metadata::Nulls;
use crate::diag::{Diagnostic, Place};
use crate::limits::{CHART_DEPTH, FILE_BYTES};
use crate::nearest::nearest;
use crate::value::{Node, Origin, Value};
use crate::yaml;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Who is told of each file as it is read.
pub(crate) type Watch<'w> = &'w mut dyn FnMut(&str, &Bytes);

/// A file of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative to the chart, with `/`: `templates/service.yaml`.
    pub name: Arc<str>,
    /// The bytes, without a byte order mark.
    pub data: Bytes,
}

/// A loaded chart.
#[derive(Debug, Clone)]
pub struct Chart(Arc<Contents>);

#[derive(Debug, Clone, Default)]
struct Contents {
    metadata: Metadata,
    templates: Vec<File>,
    files: Vec<File>,
    raw: Vec<File>,
    values: Node,
    schema: Option<Bytes>,
    lock: Option<Vec<Dependency>>,
    dependencies: Vec<Chart>,
    warnings: Vec<Diagnostic>,
}

impl Chart {
    /// Whether both are one chart, not only equal ones.
    pub(crate) fn is_same(&self, other: &Chart) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Loads the chart at `path`: its folder, or a `.tgz`.
    ///
    /// # Errors
    /// A file that cannot be read, an archive that is damaged, too large or leads outside of
    /// itself, a Chart.yaml that is missing or invalid, a subchart with any of these.
    pub fn load(path: impl AsRef<Path>) -> Result<Chart, LoadError> {
        Chart::load_watched(path.as_ref(), &mut |_, _| ())
    }

    /// [`Chart::load`]; `watch` sees each file of a folder, its name and bytes, once it is read.
    pub(crate) fn load_watched(path: &Path, watch: Watch<'_>) -> Result<Chart, LoadError> {
        let metadata = std::fs::metadata(path).map_err(|error| directory::io_error("stat", path, &error))?;
        if metadata.is_dir() {
            return Chart::from_folder(path, watch);
        }
        let bytes = directory::read_regular(path)?;
        Chart::from_archive(&bytes, &path.to_string_lossy())
    }

    fn from_folder(path: &Path, watch: Watch<'_>) -> Result<Chart, LoadError> {
        let top = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let name = top.join("Chart.yaml");
        let text = directory::read_inside(&top, "Chart.yaml")
            .map_err(|error| LoadError::NotAChart(format!("unable to detect chart at {}: {error}", name.display())))?;
        check_version(&text)?;
        let (entries, notes) = directory::read(&top, watch)?;
        assemble(entries, 0, &mut Budget::default(), notes)
    }

    /// Reads a packed chart; `name` is for messages.
    ///
    /// # Errors
    /// As [`Chart::load`].
    pub fn from_archive(bytes: &[u8], name: &str) -> Result<Chart, LoadError> {
        if !archive::is_gzip(bytes) {
            let yaml = [".yml", ".yaml"].iter().any(|end| name.ends_with(end));
            return Err(LoadError::Archive(if yaml {
                format!("file '{name}' seems to be a YAML file, but expected a gzipped archive")
            } else {
                let kind = sniff(bytes);
                format!("file '{name}' does not appear to be a gzipped archive; got '{kind}'")
            }));
        }
        // Helm says no more than this about a damaged archive; the reason is kept behind it.
        let mut budget = Budget::default();
        let entries = archive::unpack(bytes, &mut budget)
            .map_err(|error| LoadError::Archive(format!("unable to load chart archive: {error}")))?;
        let found = entries.iter().find(|(file, _)| file == "Chart.yaml");
        let (_, text) = found
            .ok_or_else(|| LoadError::NotAChart("unable to detect chart version, no Chart.yaml found".to_owned()))?;
        check_version(without_mark(text))?;
        assemble(entries, 0, &mut budget, Vec::new())
    }

    /// Makes a chart of a folder that lies elsewhere than on the disk, as in a commit: its `.helmignore` is obeyed.
    ///
    /// # Errors
    /// As [`Chart::load`].
    pub fn from_tree(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Result<Chart, LoadError> {
        let files: BTreeMap<String, Vec<u8>> = files.into_iter().collect();
        let rules = match files.get(".helmignore") {
            Some(text) => ignore::Rules::parse(text).map_err(LoadError::Ignore)?,
            None => ignore::Rules::default(),
        };
        let rules = rules.with_defaults();
        let is_kept = |name: &str| {
            let folders = name.match_indices('/').filter_map(|(end, _)| name.get(..end));
            !folders.into_iter().any(|folder| rules.ignore(folder, true)) && !rules.ignore(name, false)
        };
        Chart::from_files(files.into_iter().filter(|(name, _)| is_kept(name)))
    }

    /// The same chart with other defaults.
    pub(crate) fn with_values(&self, values: Node) -> Chart {
        Chart(Arc::new(Contents { values, ..(*self.0).clone() }))
    }

    /// Makes a chart of files in memory; names are relative to the chart, with `/`.
    ///
    /// # Errors
    /// As [`Chart::load`].
    pub fn from_files(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Result<Chart, LoadError> {
        let entries = files.into_iter().map(|(name, data)| (name, data.into())).collect();
        assemble(entries, 0, &mut Budget::default(), Vec::new())
    }

    /// The name in Chart.yaml.
    pub fn name(&self) -> &str {
        &self.0.metadata.name
    }

    /// What Chart.yaml says.
    pub fn metadata(&self) -> &Metadata {
        &self.0.metadata
    }

    /// The map that templates see as `.Chart` when this chart is the root and nothing was processed.
    pub fn metadata_value(&self) -> Value {
        self.0.metadata.to_value(true)
    }

    /// The files under templates/, NOTES.txt included, in name order for a folder and in
    /// archive order for an archive.
    pub fn templates(&self) -> &[File] {
        &self.0.templates
    }

    /// What `.Files` gives access to: all that is not a template, subchart, Chart.yaml,
    /// Chart.lock, values.yaml or schema.
    pub fn files(&self) -> &[File] {
        &self.0.files
    }

    /// Every file as it was read, without those of unpacked subcharts' own accounting.
    pub fn raw(&self) -> &[File] {
        &self.0.raw
    }

    /// The files under crds/ that hold YAML or JSON; of this chart only.
    pub fn crds(&self) -> impl Iterator<Item = &File> {
        self.0.files.iter().filter(|file| file.name.starts_with("crds/") && has_manifest_extension(&file.name))
    }

    /// The defaults in values.yaml; an empty map when there is no such file. The layer of every
    /// origin counts the charts that were loaded before this one: 0 for the chart itself, then
    /// its dependencies, each followed by its own.
    pub fn values(&self) -> &Node {
        &self.0.values
    }

    /// The bytes of values.schema.json.
    pub fn schema(&self) -> Option<&Bytes> {
        self.0.schema.as_ref()
    }

    /// The dependencies in Chart.lock or requirements.lock.
    pub fn lock(&self) -> Option<&[Dependency]> {
        self.0.lock.as_deref()
    }

    /// The charts under charts/, in name order, whether or not Chart.yaml lists them.
    pub fn dependencies(&self) -> &[Chart] {
        &self.0.dependencies
    }

    /// What is suspicious but stops nothing: duplicate keys, deprecated files. Of this chart
    /// only; places are relative to the chart.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.0.warnings
    }

    /// Whether both are the very same loaded chart.
    pub fn same(&self, other: &Chart) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Whether a file of a chart is read by a parser, not only carried along.
fn is_parsed(name: &str) -> bool {
    let is_text = || has_manifest_extension(name);
    name.starts_with("templates/")
        || name.starts_with("crds/")
        || !name.starts_with("charts/") && !name.starts_with("files/") && is_text()
}

fn check_version(text: &[u8]) -> Result<(), LoadError> {
    let fail = |reason| LoadError::File { file: "Chart.yaml", reason };
    let node = yaml::decode(text).map_err(|error| fail(error.message))?;
    match metadata::api_version(text, &node).map_err(fail)?.as_str() {
        "v1" | "v2" | "" => Ok(()),
        "v3" => Err(LoadError::NotAChart("invalid chart apiVersion".to_owned())),
        _ => Err(LoadError::NotAChart("unsupported chart version".to_owned())),
    }
}

fn without_mark(data: &[u8]) -> &[u8] {
    data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data)
}

/// Sorts files into a chart, then does the same with its subcharts. `budget` counts the charts
/// before this one, `notes` is what was found on the way.
fn assemble(
    entries: Vec<Entry>,
    depth: usize,
    budget: &mut Budget,
    notes: Vec<Diagnostic>,
) -> Result<Chart, LoadError> {
    if depth > CHART_DEPTH.size() {
        let depth = CHART_DEPTH.get();
        return Err(LoadError::Archive(format!("charts nest deeper than {depth} (limit {})", CHART_DEPTH.name)));
    }
    let layer = budget.chart()?;
    let mut chart = Contents { values: empty_map().in_layer(layer), warnings: notes, ..Contents::default() };
    let raw: Vec<File> = entries.into_iter().map(file).collect();
    if let Some(large) = raw.iter().find(|file| file.data.len() as u64 > FILE_BYTES.get() && is_parsed(&file.name)) {
        let why = FILE_BYTES.exceeded("bytes in a file that is parsed");
        return Err(LoadError::Io(format!("error reading {}: {why}", large.name)));
    }
    let mut nulls = Nulls::default();
    let mut has_metadata = false;
    for file in raw.iter().filter(|file| &*file.name == "Chart.yaml") {
        chart.read_metadata("Chart.yaml", file, &mut nulls)?;
        if chart.metadata.api_version.is_empty() {
            "v1".clone_into(&mut chart.metadata.api_version);
        }
        has_metadata = true;
    }
    let mut subcharts: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for file in &raw {
        match &*file.name {
            "Chart.yaml" => {}
            "templates" => {
                let text = "`templates` is a file, not a folder: nothing is rendered";
                chart.warnings.push(Diagnostic::warning("no-templates", text).at(Place::file("templates")));
            }
            "Chart.lock" => chart.read_lock("Chart.lock", file)?,
            "values.yaml" => chart.read_values(file, layer)?,
            "values.schema.json" => chart.schema = Some(file.data.clone()),
            "requirements.yaml" => {
                chart.deprecated_file("Dependencies are handled", "dependencies to Chart.yaml", file);
                chart.read_metadata("requirements.yaml", file, &mut nulls)?;
                has_metadata = true;
            }
            "requirements.lock" => {
                chart.read_lock("requirements.lock", file)?;
                chart.deprecated_file("Dependency locking is handled", "to Chart.lock", file);
                has_metadata = true;
            }
            name if name.starts_with("templates/") => chart.templates.push(file.clone()),
            name if name.starts_with("charts/") && !name.ends_with(".prov") => {
                let below = name.strip_prefix("charts/").unwrap_or_default();
                let folder = below.split('/').next().unwrap_or_default();
                subcharts.entry(folder.to_owned()).or_default().push((below.to_owned(), file.data.clone()));
            }
            _ => chart.files.push(file.clone()),
        }
    }
    if !has_metadata {
        return Err(LoadError::NotAChart("Chart.yaml file is missing".to_owned()));
    }
    chart.metadata.validate(&nulls)?;
    for (name, files) in subcharts {
        if name.starts_with(['_', '.']) {
            continue;
        }
        let loaded = subchart(&name, files, &chart.metadata.name, depth, budget)?;
        chart.dependencies.push(loaded);
    }
    chart.raw = raw;
    Ok(Chart(Arc::new(chart)))
}

fn subchart(name: &str, files: Vec<Entry>, chart: &str, depth: usize, budget: &mut Budget) -> Result<Chart, LoadError> {
    let loaded = if name.ends_with(".tgz") {
        let first = files.first();
        if let Some((found, _)) = first.filter(|(found, _)| found != name) {
            let text = format!("error unpacking subchart tar in {chart}: expected {name}, got {found}");
            return Err(LoadError::Archive(text));
        }
        let bytes = first.map(|(_, data)| &**data).unwrap_or_default();
        archive::unpack(bytes, budget).and_then(|entries| assemble(entries, depth + 1, budget, Vec::new()))
    } else {
        let below = |(path, data): Entry| path.split_once('/').map(|(_, rest)| (rest.to_owned(), data));
        assemble(files.into_iter().filter_map(below).collect(), depth + 1, budget, Vec::new())
    };
    loaded.map_err(|source| LoadError::Subchart {
        subchart: name.to_owned(),
        chart: chart.to_owned(),
        source: Box::new(source),
    })
}

impl Contents {
    fn read_metadata(&mut self, name: &'static str, file: &File, nulls: &mut Nulls) -> Result<(), LoadError> {
        let fail = |reason| LoadError::File { file: name, reason };
        let (node, troubles) = yaml::decode_with_troubles(&file.data).map_err(|error| fail(error.message))?;
        self.warnings.extend(troubles.iter().map(|found| key_trouble(name, found)));
        self.warnings.extend(metadata::unknown_fields(&node).map(|(field, place)| unknown_field(name, field, place)));
        self.metadata.fill(&file.data, &node, nulls).map_err(fail)
    }

    fn read_lock(&mut self, name: &'static str, file: &File) -> Result<(), LoadError> {
        let fail = |reason| LoadError::File { file: name, reason };
        let node = yaml::decode(&file.data).map_err(|error| fail(error.message))?;
        self.lock = Some(metadata::lock_dependencies(&file.data, &node).map_err(fail)?);
        Ok(())
    }

    fn read_values(&mut self, file: &File, layer: u32) -> Result<(), LoadError> {
        let read = yaml::decode_values(&file.data);
        let (values, troubles) =
            read.map_err(|error| LoadError::File { file: "values.yaml", reason: error.message })?;
        self.values = values.in_layer(layer);
        self.warnings.extend(troubles.iter().map(|found| key_trouble("values.yaml", found)));
        Ok(())
    }

    /// A file that `apiVersion: v2` replaced: still read, but worth a warning there.
    fn deprecated_file(&mut self, what: &str, target: &str, file: &File) {
        if self.metadata.api_version == "v1" {
            self.files.push(file.clone());
            return;
        }
        let place = if target == "to Chart.lock" { "Chart.lock" } else { "Chart.yaml" };
        let text = format!("Warning: {what} in {place} since apiVersion \"v2\". We recommend migrating {target}.");
        let mut warning = Diagnostic::warning("deprecated-file", text).at(Place::file(Arc::clone(&file.name)));
        warning.severity = crate::diag::Severity::Note;
        self.warnings.push(warning);
    }
}

/// Whether a `.helmignore` with this text leaves out a file of the chart, by its path or a folder on the way; `None` where
/// it cannot be read.
pub(crate) fn leaves_out(helmignore: &[u8], path: &str) -> Option<bool> {
    let rules = ignore::Rules::parse(helmignore).ok()?.with_defaults();
    let mut folders = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
    Some(folders.any(|folder| rules.ignore(folder, true)) || rules.ignore(path, false))
}

/// A key of a values file that was written twice, of which the last counts, or that YAML 1.1 reads
/// as something else.
pub(crate) fn key_trouble(file: &str, trouble: &yaml::KeyTrouble) -> Diagnostic {
    let (code, line, text, help) = match trouble {
        yaml::KeyTrouble::Duplicate(found) => {
            let text = format!("key `{}` was already set in line {}; this one counts", found.key, found.first_line);
            ("duplicate-key", found.line, text, "remove one of the two")
        }
        yaml::KeyTrouble::Respelled(found) => {
            let text = format!("key `{}` is the key `{}` to YAML 1.1", found.written, found.key);
            ("respelled-key", found.line, text, "put the key in quotes")
        }
    };
    Diagnostic::warning(code, text).at(Place { line, ..Place::file(file) }).help(help)
}

/// A field of Chart.yaml that Helm does not know and passes over.
fn unknown_field(file: &str, field: &str, origin: Origin) -> Diagnostic {
    let mut place = Place::file(file);
    (place.line, place.column) = (origin.line, origin.column);
    let near = nearest(field, metadata::FIELDS.into_iter());
    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Diagnostic::warning("unknown-chart-field", format!("`{field}` is no field of a chart's metadata{hint}")).at(place)
}

fn empty_map() -> Node {
    Node::new(crate::value::Data::map(BTreeMap::new()))
}

fn file((name, data): Entry) -> File {
    let mark = data.len() - without_mark(&data).len();
    File { name: name.into(), data: data.slice(mark..) }
}

fn has_manifest_extension(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    let extension = base.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    matches!(extension.as_deref(), Some("yaml" | "yml" | "json"))
}

/// A guess at what a file is that is no archive, in the words Helm's message has. Helm looks at
/// 512 bytes, zeros where the file is shorter.
fn sniff(bytes: &[u8]) -> &'static str {
    let head = bytes.get(..512).unwrap_or(bytes);
    if head.starts_with(b"PK\x03\x04") {
        "application/zip"
    } else if bytes.len() < 512 || head.iter().any(|b| *b < 9 || (14..=26).contains(b) || (28..=31).contains(b)) {
        "application/octet-stream"
    } else {
        "text/plain; charset=utf-8"
    }
}
