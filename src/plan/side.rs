//! One side of a plan: what is there, or what shall be there.
//!
//! In: a compiled chart with values, or manifests. Out: [`Side`]: its objects, and what is known of where they come from.

use super::Identity;
use super::model::{Problem, SideFacts};
use super::stored::Stored;
use crate::diag::Diagnostic;
use crate::eval::call::Purity;
use crate::manifest::{self, Object, objects};
use crate::render::{Attempt, Compiled, Options};
use crate::values::{Values, prepare_all};
use std::sync::Arc;

/// A chart with its values, as one side of a plan.
#[derive(Debug)]
pub struct ChartSide {
    /// The chart.
    pub chart: Compiled,
    /// The user's values.
    pub values: Values,
    /// Release, cluster, outside.
    pub options: Options,
    /// The objects of a render with other random numbers and another clock: what differs is random. Empty where the
    /// templates ask for neither.
    pub again: Vec<Object>,
}

/// One side of a plan.
#[derive(Debug, Default)]
pub struct Side {
    /// As the user named it.
    pub source: String,
    /// The release's name; empty for manifests where no flag gives one.
    pub release: String,
    /// The namespace of objects that name none.
    pub namespace: String,
    /// Every object, hooks and the items of lists too.
    pub objects: Vec<Object>,
    /// All that came of the render; of plain manifests only `files` and `documents`.
    pub attempt: Attempt,
    /// The chart behind it; `None` for manifests.
    pub chart: Option<ChartSide>,
    /// What kept it from being read or rendered as a whole.
    pub problems: Vec<Diagnostic>,
}

impl Side {
    /// A side of manifests, by the names of their files.
    pub fn of_manifests(source: &str, release: &str, namespace: &str, files: &[(Arc<str>, Arc<str>)]) -> Self {
        let documents = manifest::read(files);
        let bad = documents.iter().filter_map(|document| document.head.as_ref().err());
        let problems = bad.map(|error| Diagnostic::error("unreadable-manifest", error.to_string())).collect();
        Side {
            source: source.to_owned(),
            release: release.to_owned(),
            namespace: namespace.to_owned(),
            objects: objects(&documents),
            attempt: Attempt { documents, ..Attempt::default() },
            chart: None,
            problems,
        }
    }

    /// A side of a chart, rendered as far as it goes. `otherwise` has other random numbers and another clock: where the
    /// templates ask for either, they run once more with them, and what differs then is random.
    pub fn of_chart(source: &str, chart: Compiled, values: Values, options: Options, otherwise: &Options) -> Self {
        let attempt = chart.attempt(&values, &options);
        let (release, namespace) = (options.release.name.clone(), options.release.namespace.clone());
        let again = match asks(&attempt, &[Purity::Random, Purity::Clock]) {
            true => objects(&chart.attempt(&values, otherwise).documents),
            false => Vec::new(),
        };
        Side {
            source: source.to_owned(),
            release,
            namespace,
            objects: objects(&attempt.documents),
            problems: attempt.errors.clone(),
            attempt,
            chart: Some(ChartSide { chart, values, options, again }),
        }
    }

    /// A release as Helm stored it: its manifests are what was applied. Helm stores no subcharts.
    pub fn of_stored(source: &str, stored: Stored, options: Options) -> Self {
        let Stored { name, namespace, chart, values, files, .. } = stored;
        let mut side = Side::of_manifests(source, &name, &namespace, &files);
        side.chart = chart.map(|chart| {
            side.attempt.prepared = prepare_all(&chart, &values).0;
            ChartSide { chart: Compiled::new(&chart), values, options, again: Vec::new() }
        });
        side
    }

    /// The chart with the values of this side in place of its defaults, as `--reuse-values` takes them over.
    pub fn reused_by(&self, chart: &Compiled) -> Compiled {
        let Some(prepared) = &self.attempt.prepared else { return Compiled::new(chart.chart()) };
        Compiled::new(&chart.chart().with_values(prepared.values.clone()))
    }

    /// The object as the second render of the chart has it, where there was one.
    pub(super) fn again(&self, object: &Object) -> Option<&Object> {
        let wanted = Identity::of(object, &self.namespace);
        self.chart.as_ref()?.again.iter().find(|other| Identity::of(other, &self.namespace) == wanted)
    }

    /// Whether `lookup` was given objects of the cluster.
    pub(super) fn has_objects(&self) -> bool {
        self.chart.as_ref().is_some_and(|side| side.options.outside.has_objects())
    }

    /// Whether it could be read and rendered as a whole.
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty()
    }

    /// Objects that stay: no hooks.
    pub fn kept(&self) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(|object| object.hooks.is_empty())
    }

    /// An object by its kind and name.
    pub fn find(&self, kind: &str, name: &str) -> Option<&Object> {
        self.kept().find(|object| object.kind() == kind && object.name() == name)
    }

    pub(super) fn facts(&self) -> SideFacts {
        let metadata = self.chart.as_ref().map(|side| side.chart.chart().metadata());
        let (chart, version, app_version) = metadata
            .map(|metadata| (metadata.name.clone(), metadata.version.clone(), metadata.app_version.clone()))
            .unwrap_or_default();
        SideFacts {
            source: self.source.clone(),
            chart,
            version,
            app_version,
            objects: self.kept().count(),
            problems: self.problems.iter().map(Problem::from).collect(),
        }
    }
}

/// Whether the templates called functions of these kinds.
pub(super) fn asks(attempt: &Attempt, kinds: &[Purity]) -> bool {
    attempt.files.iter().any(|file| file.trace.impure.iter().any(|call| kinds.contains(&call.purity)))
}
