//! The files of a chart, also of one that Helm cannot load.
//!
//! In: a loaded chart, or a folder. Out: [`ChartFiles`], which the rules of this group look at; for a folder
//! that is no chart [`check_folder`] gives their findings, and [`lenient`] a chart for all other rules.

use super::{dependencies, layout, metadata};
use crate::chart::{Chart, LoadError};
use crate::diag::Place;
use crate::lint::{Finding, Findings, LintInput, Rule, Selection, Subject};
use crate::render::Compiled;
use crate::secrets;
use crate::source::Source;
use crate::value::{Data, Node, Origin};
use crate::yaml;
use bytes::Bytes;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// How many files of a folder that is no chart are read, and how deep; it may be any folder.
const MOST_FILES: usize = 20_000;
const MOST_LEVELS: usize = 32;

/// The largest file that is read of a folder that is no chart, and how much of all files.
const MOST_BYTES: u64 = 4 << 20;
const MOST_BYTES_IN_ALL: u64 = 32 << 20;

/// The first line of a Chart.yaml that stands in for one that cannot be read.
const STAND_IN: &[u8] = b"# stands in for one that cannot be read\n";

/// The files of a chart by their names.
pub(super) struct ChartFiles {
    /// What stands before the names of files in places.
    prefix: String,
    files: Vec<(Arc<str>, Bytes)>,
    /// Folders, also empty ones; of a loaded chart none are known but those of its files.
    folders: BTreeSet<String>,
    /// Why Helm cannot load it.
    pub refused: Option<LoadError>,
}

impl ChartFiles {
    fn of(chart: &Chart) -> ChartFiles {
        ChartFiles {
            prefix: chart.name().to_owned(),
            files: chart.raw().iter().map(|file| (Arc::clone(&file.name), file.data.clone())).collect(),
            folders: BTreeSet::new(),
            refused: None,
        }
    }

    fn read(path: &Path, refused: LoadError) -> ChartFiles {
        let prefix = path.to_string_lossy().trim_end_matches('/').to_owned();
        let mut read = ChartFiles { prefix, files: Vec::new(), folders: BTreeSet::new(), refused: Some(refused) };
        let mut left = MOST_BYTES_IN_ALL;
        read.folder(path, "", 0, &mut left);
        read.files.sort();
        read
    }

    /// What cannot be read is passed over: what is missing then is told of by its rule.
    fn folder(&mut self, path: &Path, name: &str, depth: usize, left: &mut u64) {
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            let inner = entry.file_name().to_string_lossy().into_owned();
            let inner = if name.is_empty() { inner } else { format!("{name}/{inner}") };
            let Ok(found) = entry.metadata() else { continue };
            if found.is_dir() && depth < MOST_LEVELS && !inner.starts_with(".git") {
                self.folder(&entry.path(), &inner, depth + 1, left);
                self.folders.insert(inner);
            } else if found.is_file() && found.len() <= MOST_BYTES.min(*left) && self.files.len() < MOST_FILES {
                *left -= found.len();
                let data = std::fs::read(entry.path()).unwrap_or_default();
                self.files.push((inner.into(), data.into()));
            }
        }
    }

    /// A file's text.
    pub fn get(&self, name: &str) -> Option<&Bytes> {
        self.files.iter().find(|(file, _)| &**file == name).map(|(_, data)| data)
    }

    /// The files whose names begin so.
    pub fn under<'f>(&'f self, folder: &'f str) -> impl Iterator<Item = (&'f str, &'f Bytes)> {
        self.files.iter().filter(move |(name, _)| name.starts_with(folder)).map(|(name, data)| (&**name, data))
    }

    /// Whether there is such a folder.
    pub fn has_folder(&self, name: &str) -> bool {
        let with_slash = format!("{name}/");
        self.folders.contains(name) || self.under(&with_slash).next().is_some()
    }

    /// A file as a place.
    pub fn file(&self, name: &str) -> Place {
        Place::file(format!("{}/{name}", self.prefix))
    }

    /// The place of a node in a file.
    pub fn place(&self, name: &str, origin: Origin) -> Place {
        let mut place = self.file(name);
        if origin.line > 0 {
            (place.line, place.column) = (origin.line, origin.column);
            let source = Source::new(name, self.get(name).cloned().unwrap_or_default());
            let text = String::from_utf8_lossy(source.line(origin.line as usize)).into_owned();
            place.excerpt = Some(text).filter(|text| !secrets::sounds_secret(text));
        }
        place
    }

    /// Chart.yaml, where it can be read.
    pub fn metadata(&self) -> Option<Node> {
        let text = self.get("Chart.yaml").filter(|text| !text.starts_with(STAND_IN))?;
        yaml::decode(text).ok().filter(|node| matches!(node.data, Data::Map(_)))
    }
}

/// Looks at a chart's files, when there is a chart whose own files they are.
pub(super) fn each(subject: &Subject<'_>, findings: &mut Findings, look: fn(&ChartFiles, &mut Findings)) {
    let Some(chart) = subject.chart() else { return };
    if !is_stand_in(chart) {
        look(&ChartFiles::of(chart), findings);
    }
}

/// Whether the chart is one that [`lenient`] made up.
pub(super) fn is_stand_in(chart: &Chart) -> bool {
    chart.raw().iter().any(|file| &*file.name == "Chart.yaml" && file.data.starts_with(STAND_IN))
}

/// A finding of a rule of this group.
pub(super) fn tell(findings: &mut Findings, rule: &Rule, place: Place, message: impl Into<String>) {
    findings.at(rule, place, message);
}

/// What is wrong with the files of a chart that Helm cannot load, and that it cannot; nothing where it can.
/// The places name files as `path` does.
///
/// The rules that look at a loaded chart run on what [`lenient`] gives; this and those find nothing twice.
pub fn check_folder(path: &Path) -> Vec<Finding> {
    let Err(refused) = Chart::load(path) else { return Vec::new() };
    let input = LintInput::default();
    let mut findings = Findings::default();
    let files = if path.is_dir() {
        ChartFiles::read(path, refused)
    } else {
        let prefix = path.to_string_lossy().into_owned();
        ChartFiles { prefix, files: Vec::new(), folders: BTreeSet::new(), refused: Some(refused) }
    };
    if path.is_dir() {
        metadata::look(&files, &mut findings);
        layout::look(&files, &mut findings);
        dependencies::look(&files, &mut findings);
    }
    layout::unloadable(&files, &mut findings);
    findings.finish(&Subject::build(&input, Arc::default()), &Selection::new(&input.config)).findings
}

/// A chart of what can be read of a folder that Helm cannot load, so that its templates can be looked at:
/// what is missing or wrong in Chart.yaml is made up, values that cannot be read are left out, and
/// subcharts that cannot be loaded. `None` where nothing is left.
pub fn lenient(path: &Path) -> Option<Compiled> {
    let refused = Chart::load(path).err().filter(|_| path.is_dir())?;
    let files = ChartFiles::read(path, refused);
    let metadata = files.metadata();
    let text = |key: &str| metadata.as_ref().and_then(|node| node.get(key)).and_then(Node::as_text);
    let folder = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = text("name").map(|name| name.into_owned()).filter(|name| is_plain(name)).or(folder);
    let name = name.filter(|name| is_plain(name)).unwrap_or_else(|| "chart".to_owned());
    let app = text("appVersion").filter(|version| is_plain(version)).unwrap_or_default();
    let version = text("version").filter(|version| crate::funcs::semver::parse(version).is_ok());
    let version = version.unwrap_or("0.0.0".into());
    let head = String::from_utf8_lossy(STAND_IN);
    let stand_in = format!("{head}apiVersion: v2\nname: {name:?}\nversion: {version:?}\nappVersion: {app:?}\n");
    let keep = |name: &str, data: &Bytes| match name {
        "Chart.yaml" | "Chart.lock" | "requirements.yaml" | "requirements.lock" | ".helmignore" => false,
        "values.yaml" => yaml::decode_values(data).is_ok(),
        _ => true,
    };
    let own = files
        .files
        .iter()
        .filter(|(name, data)| keep(name, data))
        .map(|(name, data)| (name.to_string(), data.to_vec()));
    let all: Vec<(String, Vec<u8>)> = own.chain([("Chart.yaml".to_owned(), stand_in.into_bytes())]).collect();
    let chart = Chart::from_files(all.clone())
        .or_else(|_| Chart::from_files(all.into_iter().filter(|(name, _)| !name.starts_with("charts/"))));
    chart.ok().map(|chart| Compiled::new(&chart))
}

/// Whether a text can stand in YAML between quotes, and be a name.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+".contains(c))
        && !matches!(text, "." | "..")
}
