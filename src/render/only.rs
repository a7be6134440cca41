//! What a run may be told to leave out, or to call otherwise: for tests of single templates.

use crate::value::Value;
use crate::values::Branch;
use std::fmt;
use std::sync::Arc;

/// Which templates are rendered, by their path as in `# Source:`.
#[derive(Clone)]
pub struct Only(Arc<dyn Fn(&str) -> bool + Send + Sync>);

impl Only {
    /// Those that `takes` says yes to.
    pub fn new(takes: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Only(Arc::new(takes))
    }

    /// Whether a template is rendered.
    pub fn takes(&self, path: &str) -> bool {
        (self.0)(path)
    }
}

impl fmt::Debug for Only {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Only")
    }
}

/// What `.Chart.Version` and `.Chart.AppVersion` say, in the chart and in those right below it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ChartVersions {
    /// Instead of `version`.
    pub version: Option<String>,
    /// Instead of `appVersion`.
    pub app_version: Option<String>,
}

/// How far below the root chart other versions go.
const DEPTH: usize = 1;

impl ChartVersions {
    /// The map that templates of a chart see as `.Chart`.
    pub(super) fn metadata(&self, branch: &Branch, depth: usize) -> Value {
        if depth > DEPTH || *self == ChartVersions::default() {
            return branch.metadata_value(depth == 0);
        }
        let mut metadata = branch.metadata.clone();
        metadata.version = self.version.clone().unwrap_or(metadata.version);
        metadata.app_version = self.app_version.clone().unwrap_or(metadata.app_version);
        metadata.to_value(depth == 0)
    }
}
