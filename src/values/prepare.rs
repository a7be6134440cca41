//! All that happens between loading a chart and running its templates.
//!
//! In: a [`Chart`] and the user's [`Values`]. Out: [`Prepared`]: the charts that take part and
//! the values their templates see. The checks are Helm's, in Helm's order.

use super::branch::Branch;
use super::coalesce::{Coalesce, Mismatch};
use super::dependencies;
use super::layer::{LayerInfo, LayerKind, Values};
use super::misspelt;
use super::schema::{self, Schemas};
use super::table::{self, Link, Table};
use crate::chart::Chart;
use crate::diag::{Diagnostic, Place, Related};
use crate::funcs::semver;
use crate::value::{Map, MapKind, Node, Origin};
use std::sync::Arc;

/// Why a chart cannot be rendered with these values; the text is Helm's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// The root chart is a library.
    #[error("{0} charts are not installable")]
    NotInstallable(String),
    /// Dependencies of Chart.yaml are not under charts/.
    #[error(
        "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to \
         fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: {}",
        .0.join(", ")
    )]
    MissingDependencies(Vec<String>),
    /// Values have a shape in which subcharts cannot be switched.
    #[error("chart dependencies processing failed: {0}")]
    Dependencies(String),
    /// Values have a shape that cannot be merged.
    #[error("{text}")]
    Coalesce {
        /// Helm's text.
        text: String,
        /// What it means.
        help: String,
        /// Who set the value.
        related: Vec<Related>,
    },
    /// Values break a schema: the text names each chart and each place.
    #[error("values don't meet the specifications of the schema(s) in the following chart(s):\n{text}")]
    Schema {
        /// Helm's report.
        text: String,
        /// Who set the values that it names.
        related: Vec<Related>,
    },
    /// The chart refuses this version of Kubernetes. Helm prints this error, unlike the others,
    /// with "\n\nUse --debug flag to render out invalid YAML".
    #[error("chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {found}")]
    KubeVersion {
        /// The constraint in Chart.yaml.
        wanted: String,
        /// The version.
        found: String,
    },
}

/// A chart that is ready to render.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The charts that take part; the root is the chart itself.
    pub charts: Branch,
    /// The values of the root chart, with a table for each subchart, and `global`.
    pub values: Node,
    /// What every origin's layer points into: each chart's defaults, then the user's layers.
    pub layers: Vec<LayerInfo>,
    /// What Helm logs, in its order; see [`log_line`].
    pub warnings: Vec<Diagnostic>,
    /// The user's values, as they were given.
    user: Node,
    links: Vec<Link>,
}

impl Prepared {
    /// A run's own copy of the values, a `common.Values`. Tables that Helm shares between
    /// `global` of a chart and of its subcharts are shared here, so `set` is seen through both.
    pub fn to_values(&self) -> Map {
        table::to_value(&self.values, &self.links).cast(MapKind::Values)
    }

    /// Checks the values against the schema of every chart that takes part; `schemas` keeps what
    /// had to be compiled.
    ///
    /// # Errors
    /// Values that break a schema, or a schema that is none.
    pub fn check_schema(&self, schemas: &Schemas) -> Result<(), PrepareError> {
        schema::validate(schemas, &self.charts, &self.values).map_err(|text| {
            let found = schema::violations(schemas, &self.charts, &self.values);
            let related = found.iter().filter_map(|(path, node)| self.who_set(path, node)).collect();
            PrepareError::Schema { text, related }
        })
    }

    /// The user's values before the defaults came under them: nulls that took defaults away are still there.
    pub fn user(&self) -> &Node {
        &self.user
    }

    /// Which file and line, or which flag, the value at a path comes from. Of a flag the path is
    /// told, not the text, which may hold a password. A map that several files fill stands in none.
    pub fn who_set(&self, path: &str, node: &Node) -> Option<Related> {
        who_set(&self.layers, path, node)
    }

    /// Checks that the chart takes this version of Kubernetes.
    ///
    /// # Errors
    /// The chart refuses it.
    pub fn check_version(&self, version: &crate::release::KubeVersion) -> Result<(), PrepareError> {
        let wanted = &self.charts.metadata.kube_version;
        if wanted.is_empty() || semver::satisfies(wanted, &version.to_string()).unwrap_or(false) {
            return Ok(());
        }
        Err(PrepareError::KubeVersion { wanted: wanted.clone(), found: version.version.clone() })
    }
}

/// Gets a chart ready: which subcharts take part, what values each template sees. Helm goes on
/// with [`Prepared::check_schema`] and [`Prepared::check_version`].
///
/// # Errors
/// A library chart, missing dependencies, values that cannot be merged.
pub fn prepare(chart: &Chart, user: &Values) -> Result<Prepared, PrepareError> {
    check_kind(chart)?;
    check_dependencies(chart)?;
    merge(chart, user)
}

/// [`prepare`], going on after what need not stop it: `None` only where values cannot be merged.
pub(crate) fn prepare_all(chart: &Chart, user: &Values) -> (Option<Prepared>, Vec<PrepareError>) {
    let mut errors: Vec<_> =
        [check_kind(chart), check_dependencies(chart)].into_iter().filter_map(Result::err).collect();
    let prepared = merge(chart, user).map_err(|error| errors.push(error)).ok();
    (prepared, errors)
}

fn check_kind(chart: &Chart) -> Result<(), PrepareError> {
    let kind = &chart.metadata().kind;
    if matches!(kind.as_str(), "" | "application") { Ok(()) } else { Err(PrepareError::NotInstallable(kind.clone())) }
}

fn merge(chart: &Chart, user: &Values) -> Result<Prepared, PrepareError> {
    let mut warnings = Vec::new();
    if chart.metadata().deprecated {
        warnings.push(Diagnostic::warning("deprecated-chart", "this chart is deprecated"));
    }
    let mut layers = Vec::new();
    let mut charts = Branch::new(chart, "", &mut layers);
    let mut root = user.root.clone();
    // Room for the layers of the charts before those of the user.
    let before = layers.len().try_into().unwrap_or(u32::MAX);
    root.each_origin(&|origin| origin.layer = origin.layer.saturating_add(before));
    layers.extend_from_slice(&user.layers);
    let given = Table::from_node(&root);
    dependencies::enable(&mut charts, &given, "", &mut warnings).map_err(PrepareError::Dependencies)?;
    dependencies::import(&mut charts, &mut warnings).map_err(PrepareError::Dependencies)?;
    let merged = Table::from_node(&root);
    let mut pass = Coalesce { merge: false, warnings: &mut warnings };
    pass.chart(&charts, &merged, "").map_err(|Mismatch { text, path, node }| {
        let help = format!("`{path}` holds the values of the subchart of that name, and must be a map");
        PrepareError::Coalesce { text, help, related: who_set(&layers, &path, &node).into_iter().collect() }
    })?;
    misspelt::find(&charts, &user.root, &mut |path, node, near| {
        let text = format!("`{path}` is no value of this chart; did you mean `{near}`?");
        let mut warning = Diagnostic::warning("misspelt-value", text);
        let node =
            Node { origin: Origin { layer: node.origin.layer.saturating_add(before), ..node.origin }, ..node.clone() };
        warning.place = who_set(&layers, path, &node).map(|set| set.place);
        warnings.push(warning);
    });
    let values = merged.to_node();
    Ok(Prepared { charts, values, layers, warnings, user: root, links: merged.links() })
}

/// See [`Prepared::who_set`].
fn who_set(layers: &[LayerInfo], path: &str, node: &Node) -> Option<Related> {
    let layer = layers.get(node.origin.layer as usize)?;
    let origin = node.origin;
    let place = match layer.kind {
        LayerKind::Defaults | LayerKind::File if origin.line == 0 => return None,
        LayerKind::Defaults | LayerKind::File => {
            Place { line: origin.line, column: origin.column, ..Place::file(Arc::clone(&layer.name)) }
        }
        LayerKind::Data => Place::file("the program's own values"),
        LayerKind::Set => Place::file(format!("--set {path}")),
        LayerKind::SetString => Place::file(format!("--set-string {path}")),
        LayerKind::SetJson => Place::file(format!("--set-json {path}")),
        LayerKind::SetFile => Place::file(format!("--set-file {path}")),
        LayerKind::SetLiteral => Place::file(format!("--set-literal {path}")),
    };
    Some(Related { message: format!("`{path}` is set here"), place })
}

fn check_dependencies(chart: &Chart) -> Result<(), PrepareError> {
    let wanted = chart.metadata().dependencies.iter().flatten();
    let missing: Vec<String> = wanted
        .filter(|dependency| !chart.dependencies().iter().any(|loaded| loaded.name() == dependency.name))
        .map(|dependency| dependency.name.clone())
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(PrepareError::MissingDependencies(missing)) }
}

/// The line Helm writes to stderr for a diagnostic of [`Prepared`] or of the manifests.
pub fn log_line(diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        crate::diag::Severity::Note => "INFO",
        crate::diag::Severity::Warning => "WARN",
        crate::diag::Severity::Error => "ERROR",
    };
    let mut line = format!("level={level} msg={}", log_value(&diagnostic.message));
    for note in &diagnostic.notes {
        match note.split_once('=') {
            Some((key, value)) => line.push_str(&format!(" {key}={}", log_value(value))),
            None => line.push_str(&format!(" {note}")),
        }
    }
    line
}

/// A value of the log: in quotes when it is empty or holds a blank, `=`, `"` or a control character.
fn log_value(text: &str) -> String {
    let plain = |c: char| c > ' ' && c != '=' && c != '"' && c != '\u{7f}' && !c.is_control();
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
    format!("\"{escaped}\"")
}
