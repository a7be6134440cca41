//! What chartwright.yaml says of the cases of a chart: `cases`, and `matrix` for all of them.
//!
//! In: the text of the file, or a node of it. Out: [`Settings`] and [`MatrixSettings`], and what is wrong in them, each
//! with its place. A bad entry hides no other. What else stands in the file is read, and judged, by others.

use super::{CaseSettings, Phases, Settings};
use crate::diag::Diagnostic;
use crate::reading::Reading;
use crate::value::Node;
use crate::yaml;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// What goes for every case when snapshots are taken; flags go before it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct MatrixSettings {
    /// The versions of Kubernetes, each with all cases; Helm's own where none is named.
    #[serde(default)]
    pub kube_versions: Vec<String>,
    /// The names of the release, each with all cases; `release-name` where none is named.
    #[serde(default)]
    pub release_names: Vec<String>,
    /// The namespace of the release, where the case names none.
    pub namespace: Option<String>,
    /// Further entries of .Capabilities.APIVersions.
    #[serde(default)]
    pub api_versions: Vec<String>,
    /// Whether cases install, upgrade, or both where the chart tells the two apart, which is the default.
    pub phases: Option<Phases>,
    /// Whether NOTES.txt is part of snapshots.
    #[serde(default)]
    pub notes: bool,
    /// Random values are drawn from this seed, and not masked.
    pub seed: Option<u64>,
    /// Seconds since 1970 that `now` gives; what is made of it is not masked.
    pub now: Option<i64>,
}

/// What a chartwright.yaml says of cases.
#[derive(Debug, Clone, Default)]
pub struct Described {
    /// Cases by their names.
    pub cases: Settings,
    /// What goes for all of them.
    pub matrix: MatrixSettings,
    /// What is wrong.
    pub problems: Vec<Diagnostic>,
}

impl Described {
    /// Reads a chartwright.yaml, called `name` in messages.
    ///
    /// ```
    /// use chartwright::matrix::Described;
    /// let found = Described::read("chartwright.yaml", b"matrix:\n  releaseNames: [a, b]\ncases:\n  small:\n    set: [x=1]\n");
    /// assert_eq!((found.matrix.release_names.len(), found.cases.len(), found.problems.len()), (2, 1, 0));
    /// let found = Described::read("chartwright.yaml", b"matrix:\n  relaseNames: [a]\n");
    /// assert_eq!(found.problems[0].help.as_deref(), Some("did you mean `releaseNames`?"));
    /// ```
    pub fn read(name: &str, text: &[u8]) -> Described {
        let mut found = Described::default();
        let mut reading = Reading::new(Arc::from(name), text);
        match yaml::decode(text) {
            Ok(root) => {
                if let Some(node) = root.get("cases") {
                    found.cases = cases(node, &mut reading);
                }
                if let Some(node) = root.get("matrix") {
                    found.matrix = matrix(node, &mut reading);
                }
            }
            Err(error) => {
                let place = reading.place(error.line, 0);
                reading.problems.push(Diagnostic::error("unreadable-config", error.message).at(place));
            }
        }
        found.problems = reading.problems;
        found
    }
}

/// Reads `cases`.
pub(crate) fn cases(node: &Node, reading: &mut Reading) -> Settings {
    let mut found = Settings::new();
    for (name, node) in reading.entries(node, "cases") {
        let place = reading.place_of(node);
        let settings: CaseSettings = reading.typed(node, &format!("cases.{name}")).unwrap_or_default();
        found.insert(name, (settings, place));
    }
    found
}

/// Reads `matrix`.
pub(crate) fn matrix(node: &Node, reading: &mut Reading) -> MatrixSettings {
    if !reading.is_map(node, "matrix") {
        return MatrixSettings::default();
    }
    reading.typed(node, "matrix").unwrap_or_default()
}
