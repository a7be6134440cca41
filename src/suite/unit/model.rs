//! What a suite says, as data.

use super::path::{Path, Wrong};
use crate::diag::Place;
use crate::render::ChartVersions;
use crate::value::Node;
use std::path::PathBuf;
use std::sync::Arc;

/// A suite: one document of a file.
#[derive(Debug, Clone, Default)]
pub struct Suite {
    /// Its name, `suite:`.
    pub name: String,
    /// The file, as messages name it.
    pub file: Arc<str>,
    /// The folder that values files are looked for in.
    pub(super) folder: PathBuf,
    /// Where its snapshots are kept: the file, with the part of it where it has one.
    pub(super) snapshots: PathBuf,
    /// The chart that it is of: `parent`, `parent/charts/child`.
    pub(super) route: String,
    pub(super) values: Vec<String>,
    pub(super) set: Vec<(String, Node)>,
    pub(super) templates: Vec<String>,
    pub(super) excluded: Vec<String>,
    pub(super) include_crds: bool,
    pub(super) release: ReleaseSettings,
    pub(super) versions: ChartVersions,
    pub(super) cluster: Cluster,
    pub(super) known: Known,
    pub(super) post_renderer: Option<Program>,
    pub(super) snapshot_id: String,
    /// Why it is not run.
    pub(super) skip: Option<String>,
    /// The tests, in order.
    pub(super) tests: Vec<Test>,
    /// What of the chart the tests are to reach.
    pub coverage: Option<CoverageWanted>,
}

impl Suite {
    /// How many tests it has.
    pub fn len(&self) -> usize {
        self.tests.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }
}

/// `coverage:` of a suite: thresholds in per cent, by what they are of (`branches`, `values`, …); `min` is of all.
#[derive(Debug, Clone, PartialEq)]
pub struct CoverageWanted {
    /// Where it stands.
    pub place: Place,
    /// The thresholds, in the order of their names.
    pub thresholds: Vec<(String, f64)>,
}

/// `release:`
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ReleaseSettings {
    pub name: String,
    pub namespace: String,
    pub revision: i64,
    pub upgrade: bool,
}

/// `capabilities:`
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Cluster {
    pub major: String,
    pub minor: String,
    /// `None` where a test takes away those of its suite.
    pub api_versions: Option<Vec<String>>,
}

/// `kubernetesProvider:` the objects that `lookup` finds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Known {
    /// `apiVersion/Kind`, and what the cluster calls it.
    pub scheme: Vec<(String, Resource)>,
    pub objects: Vec<Node>,
}

/// A kind, as the cluster has it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Resource {
    pub group: String,
    pub version: String,
    /// Whether its objects have namespaces.
    pub namespaced: bool,
}

/// A program that manifests go through.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Program {
    /// Its path, or its name in `PATH`.
    pub command: String,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// A test.
#[derive(Debug, Clone)]
pub(super) struct Test {
    pub name: String,
    pub place: Place,
    pub values: Vec<String>,
    pub set: Vec<(String, Node)>,
    pub templates: Vec<String>,
    pub index: Option<i64>,
    pub selector: Option<Selector>,
    pub select: Option<Select>,
    pub release: ReleaseSettings,
    pub versions: ChartVersions,
    pub cluster: Cluster,
    pub known: Known,
    pub post_renderer: Option<Program>,
    pub skip: Option<String>,
    pub asserts: Vec<Assertion>,
}

/// `documentSelector:`
#[derive(Debug, Clone)]
pub(super) struct Selector {
    pub path: JsonPath,
    pub value: Option<Node>,
    pub match_many: bool,
    pub skip_empty: bool,
}

/// `select: Kind/name`, our own: by what the objects are called. Stars stand for any text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Select {
    pub kind: String,
    pub name: String,
}

/// A path as it is written, and as it was read.
#[derive(Debug, Clone)]
pub(super) struct JsonPath {
    pub text: String,
    pub path: Result<Path, Wrong>,
}

impl JsonPath {
    pub fn new(text: String) -> Self {
        JsonPath { path: Path::parse(&text), text }
    }
}

/// An assertion.
#[derive(Debug, Clone)]
pub(super) struct Assertion {
    /// Its name in the suite.
    pub kind: &'static str,
    pub check: Check,
    /// Whether it is to fail.
    pub not: bool,
    /// Whether what is said is not to be.
    pub negative: bool,
    pub template: String,
    pub index: i64,
    pub selector: Option<Selector>,
    pub select: Option<Select>,
    pub place: Place,
}

impl Assertion {
    /// Whether the chart must render for it.
    pub fn needs_render(&self) -> bool {
        !matches!((&self.check, self.kind), (Check::Failed { .. }, "failedTemplate" | "expectFailure"))
    }
}

/// What an assertion says.
#[derive(Debug, Clone)]
pub(super) enum Check {
    Snapshot { path: JsonPath, matches: String, excludes: String },
    SnapshotRaw,
    Equal { path: JsonPath, value: Node, decode: bool },
    Compare { path: JsonPath, value: Node, greater: bool },
    EqualRaw { value: String },
    Exists { path: JsonPath },
    Regex { path: JsonPath, pattern: String, decode: bool },
    RegexRaw { pattern: String },
    Contains { path: JsonPath, content: Node, count: Option<i64>, any: bool },
    Kind { of: String },
    ApiVersion { of: String },
    Documents { count: i64, filter_aware: bool },
    Subset { path: JsonPath, content: Node },
    Empty { path: JsonPath },
    Failed { message: String, pattern: String, at: Option<At> },
    Document { kind: String, api_version: String, name: String, namespace: String, any: bool },
    Length { path: JsonPath, paths: Vec<JsonPath>, count: Option<i64> },
    Type { path: JsonPath, name: String },
}

/// Where a template is expected to fail: a file, or a line of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct At {
    pub file: String,
    pub line: Option<u32>,
}
