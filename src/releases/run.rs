//! Renders the rows, on all cores.
//!
//! In: the rows and what they have in common. Out: what the caller makes of each result, in the order of the rows.

use super::store::{self, Store};
use super::{Releases, Row, RowLayer};
use crate::eval::Limits;
use crate::parallel;
use crate::release::{Capabilities, Outside, Release};
use crate::render::{Options, RenderError, Rendered};
use crate::values::{Layer, Values, ValuesError};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// What all rows have in common.
pub struct Settings<'s> {
    /// The cluster's version and APIs, for rows that say nothing of them.
    pub capabilities: Capabilities,
    /// Whether releases are upgraded, for rows that do not say.
    pub is_upgrade: bool,
    /// Leave the charts' schemas alone.
    pub skip_schema: bool,
    /// What each row may use.
    pub limits: Limits,
    /// Makes the clock, random numbers and cluster objects of a row: each has its own, so that a seed gives a row the
    /// same bytes whatever is rendered beside it.
    pub outside: &'s (dyn Fn() -> Outside + Sync),
    /// How many threads render; as many as there are cores unless set.
    pub threads: Option<usize>,
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Settings {
            capabilities: Capabilities::default(),
            is_upgrade: false,
            skip_schema: false,
            limits: Limits::default(),
            outside: &Outside::system,
            threads: None,
        }
    }
}

impl std::fmt::Debug for Settings<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Settings(kube {}, threads {:?})", self.capabilities.kube_version.version, self.threads)
    }
}

/// Why a row could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// The chart cannot be loaded, or a values file not be read.
    #[error("{0}")]
    Unreadable(String),
    /// The values are malformed.
    #[error(transparent)]
    Values(#[from] ValuesError),
    /// The chart does not render with these values.
    #[error("{}", .0.helm_text())]
    Render(#[from] Box<RenderError>),
}

impl Releases {
    /// Renders every row; the warnings of its chart come before its own. `finish` makes of each result what is to be kept
    /// of it, on the thread that rendered it; `each` is given that here, in the order of the rows, and may break the run
    /// off.
    pub fn render<T: Send>(
        &self,
        settings: &Settings<'_>,
        finish: impl Fn(&Row, Result<Rendered, RowError>) -> T + Sync,
        each: impl FnMut(&Row, T) -> ControlFlow<()>,
    ) {
        let store = Store::new(&self.rows);
        let threads = settings.threads.unwrap_or(*parallel::CORES);
        let work = |row: &Row| {
            let result = render(row, settings, &store);
            store.done(row);
            finish(row, result)
        };
        parallel::in_order(&self.rows, threads, work, each);
    }
}

fn render(row: &Row, settings: &Settings<'_>, store: &Store) -> Result<Rendered, RowError> {
    let compiled = store.chart(&row.chart).map_err(RowError::Unreadable)?;
    let values = Values::build(&layers(row, store)?)?;
    let mut capabilities = settings.capabilities.clone();
    if let Some(version) = &row.kube_version {
        capabilities.kube_version = version.clone();
    }
    let options = Options {
        release: Release {
            name: row.name.clone(),
            namespace: row.namespace.clone(),
            is_upgrade: row.is_upgrade.unwrap_or(settings.is_upgrade),
            ..Release::default()
        },
        capabilities: capabilities.with_api_versions(row.api_versions.iter().cloned()),
        outside: (settings.outside)(),
        limits: settings.limits,
        skip_schema: settings.skip_schema,
        skip_trace: true,
        count: false,
    };
    let mut result = compiled.render(&values, &options);
    let warnings = match &mut result {
        Ok(rendered) => &mut rendered.warnings,
        Err(error) => &mut error.warnings,
    };
    warnings.splice(..0, compiled.chart().warnings().iter().cloned());
    Ok(result.map_err(Box::new)?)
}

fn layers(row: &Row, store: &Store) -> Result<Vec<Layer>, RowError> {
    let layer = |layer: &RowLayer| {
        Ok(match layer {
            RowLayer::File(path) => {
                let bytes = store.file(path).map_err(RowError::Unreadable)?;
                Layer::File { name: path.display().to_string(), bytes: bytes.to_vec() }
            }
            RowLayer::Inline(node) => Layer::Data(node.clone()),
            RowLayer::Set(text) => Layer::Set(text.clone()),
            RowLayer::SetString(text) => Layer::SetString(text.clone()),
            RowLayer::SetJson(text) => Layer::SetJson(text.clone()),
            RowLayer::SetFile(text) => {
                let folder = Arc::clone(&row.folder);
                Layer::SetFile { text: text.clone(), reader: Rc::new(move |name| store::read(&within(&folder, name))) }
            }
            RowLayer::SetLiteral(text) => Layer::SetLiteral(text.clone()),
        })
    };
    row.layers.iter().map(layer).collect()
}

/// A path of a row, relative to the folder of the file; `a` and `./a/` are one.
pub(super) fn within(folder: &Path, path: &str) -> PathBuf {
    folder.join(path).components().collect()
}
