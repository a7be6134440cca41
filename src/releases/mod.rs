//! Many releases from one file, in one process.
//!
//! In: a file of rows, each a chart, a name, a namespace and values. Out: what each row renders to, in the order of the
//! rows, on all cores. A chart is loaded and compiled once however many rows use it, a values file is read once, and
//! both are let go with the last row that needs them; of the results only a few wait at any time.

mod read;
mod run;
mod shard;
mod store;

pub use self::run::{RowError, Settings};
pub use self::shard::{Shard, ShardError};

use crate::diag::{Diagnostic, Place};
use crate::release::KubeVersion;
use crate::source::Source;
use crate::value::Node;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The releases of a file.
///
/// The file is a YAML list of maps, or YAML documents with a map or a list each, or, where it begins with `{`, a JSON
/// object on each line. A row's fields:
///
/// | field | what it is |
/// |---|---|
/// | `chart` | a chart's folder or .tgz; needed |
/// | `name` | the release's name; needed |
/// | `namespace` | its namespace |
/// | `values` | a values file or a list of them; a map among them stands for a file that holds it |
/// | `set`, `setString`, `setJson`, `setFile`, `setLiteral` | arguments of the flag of that name: a text, a list of them, or a map of keys and values, whose types are kept by `set` |
/// | `kubeVersion` | the version of Kubernetes |
/// | `apiVersions` | further API versions |
/// | `isUpgrade` | whether the release is upgraded |
///
/// Paths are relative to the folder of the file.
///
/// ```
/// use chartwright::releases::{Releases, Settings};
/// use chartwright::source::Source;
/// use std::{ops::ControlFlow, path::Path};
///
/// let text = "
/// - {chart: chart, name: cache, namespace: web, set: {mode: replica}}
/// - {chart: chart, name: queue, namespace: jobs}
/// ";
/// let releases = Releases::read(&Source::new("releases.yaml", text), Path::new(""), "default").expect("good rows");
/// let mut told = Vec::new();
/// releases.render(
///     &Settings::default(),
///     |_row, result| result.map(|rendered| rendered.text()), // on any thread
///     |row, result| {
///         // here, in the order of the rows
///         told.push(format!("{row} {}", result.is_ok_and(|text| text.contains("kind: StatefulSet"))));
///         ControlFlow::Continue(())
///     },
/// );
/// assert_eq!(told, ["web/cache true", "jobs/queue true"]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Releases {
    rows: Vec<Row>,
}

/// One release of a file.
#[derive(Debug, Clone)]
pub struct Row {
    /// Where it begins in the file.
    pub place: Place,
    /// The chart's folder or archive.
    pub chart: Arc<Path>,
    /// The release's name, one that Helm takes.
    pub name: String,
    /// The release's namespace, a DNS label.
    pub namespace: String,
    /// Its values, in the order of the flags that they stand for.
    pub layers: Vec<RowLayer>,
    /// The version of Kubernetes; that of [`Settings`] unless given.
    pub kube_version: Option<KubeVersion>,
    /// API versions besides those of [`Settings`].
    pub api_versions: Vec<String>,
    /// Whether it is upgraded; as [`Settings`] says unless given.
    pub is_upgrade: Option<bool>,
    /// What paths in the row are relative to.
    folder: Arc<Path>,
}

/// `NAMESPACE/NAME`.
impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// One source of a row's values: a [`Layer`](crate::Layer) whose files are still to be read.
#[derive(Debug, Clone, PartialEq)]
pub enum RowLayer {
    /// A values file.
    File(PathBuf),
    /// A map that stands in the row.
    Inline(Node),
    /// An argument of `--set`.
    Set(String),
    /// An argument of `--set-string`.
    SetString(String),
    /// An argument of `--set-json`.
    SetJson(String),
    /// An argument of `--set-file`.
    SetFile(String),
    /// An argument of `--set-literal`.
    SetLiteral(String),
}

impl Releases {
    /// Reads the rows of a file. `folder` is what paths in it are relative to, `namespace` that of rows which name none.
    ///
    /// # Errors
    /// Everything that is wrong with the file, by place: text that is neither YAML nor JSON, fields that are unknown,
    /// missing, of another type or written twice, names that Helm or Kubernetes refuses, two rows for one release.
    /// Whether charts and values files exist is seen when a row is rendered.
    ///
    /// ```
    /// use chartwright::{releases::Releases, source::Source};
    /// let text = "- {chart: a, name: x}\n- {chart: b, nmae: y}\n";
    /// let wrong = Releases::read(&Source::new("r.yaml", text), "".as_ref(), "default").unwrap_err();
    /// let told: Vec<_> = wrong.iter().map(|found| format!("{} {}", found.place.as_ref().unwrap(), found.message)).collect();
    /// assert_eq!(told, ["r.yaml:2:3 found no `name`, expected that of the release", "r.yaml:2:14 found `nmae`, expected a field of a release"]);
    /// ```
    pub fn read(source: &Source, folder: &Path, namespace: &str) -> Result<Releases, Vec<Diagnostic>> {
        read::rows(source, folder, namespace).map(|rows| Releases { rows })
    }

    /// The rows, in the order of the file.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}
