//! A render in which nothing stops anything, for those who want every error and all that can be had.
//!
//! In: a compiled chart, values, options. Out: [`Attempt`]: the files and documents that could be
//! made, and every failure, each with its place.

use super::error::Failure;
use super::{Compiled, Options, Ran, RenderError, RenderedFile, context, files, origin, secret, templates_of};
use crate::chart::File;
use crate::diag::Diagnostic;
use crate::eval::Run;
use crate::eval::probes::Hits;
use crate::eval::reads::Reads;
use crate::funcs;
use crate::limits::MANIFEST_PARTS;
use crate::manifest::{self, Document, ManifestError};
use crate::values::{Prepared, Values, prepare_all};
use std::cell::OnceCell;
use std::sync::Arc;

/// What came of a render.
#[derive(Debug, Clone, Default)]
pub struct Attempt {
    /// The files that could be rendered, by path, without NOTES.txt.
    pub files: Vec<RenderedFile>,
    /// The chart's own NOTES.txt, rendered.
    pub notes: Option<String>,
    /// The documents of the files, by path and place.
    pub documents: Vec<Document>,
    /// All that stops Helm, in the order in which it would meet it.
    pub errors: Vec<Diagnostic>,
    /// What Helm would say of the first; empty where there is none.
    pub helm_error: String,
    /// How many steps the templates took.
    pub steps: u64,
    /// How many lines, items and entries the manifests have, about.
    pub parts: u64,
    /// Which values the templates read, where, and which branches they took.
    pub reads: Reads,
    /// Which ways the templates went, with [`Options::count`]; nothing where a schema refuses the values.
    pub hits: Option<Arc<Hits>>,
    /// What is suspicious but stopped nothing.
    pub warnings: Vec<Diagnostic>,
    /// CRD files of the chart and its subcharts, with their paths.
    pub crds: Vec<(String, File)>,
    /// The charts that took part and the values that they saw; `None` when values could not be merged.
    pub prepared: Option<Prepared>,
}

impl Compiled {
    /// Renders what can be rendered with these values: a schema that is violated, a dependency that
    /// is missing or a file that fails hides nothing else.
    pub fn attempt(&self, values: &Values, options: &Options) -> Attempt {
        let mut attempt = Attempt { warnings: values.warnings.clone(), ..Attempt::default() };
        // Looked for once, and only where there is an error to keep them out of.
        let secrets = OnceCell::new();
        let add = |attempt: &mut Attempt, error: RenderError| {
            let error = error.without(secrets.get_or_init(|| secret::texts(&values.root, &values.layers)));
            if attempt.errors.is_empty() {
                attempt.helm_error = error.to_string();
            }
            attempt.errors.extend(error.diagnostics);
        };
        let (prepared, errors) = prepare_all(self.chart(), values);
        errors.into_iter().for_each(|error| add(&mut attempt, error.into()));
        let Some(mut prepared) = prepared else { return attempt };
        let plan = self.plan(&prepared);
        let Ran { files, notes, mut failures, not_text, reads, mut hits, steps } =
            files(&plan, &prepared, options, &options.outside, !options.skip_trace);
        let mut texts = texts(&files);
        texts.sort();
        (attempt.steps, attempt.parts) = (steps, manifest::parts(&texts));
        let is_too_large = attempt.parts > MANIFEST_PARTS.get();
        if !is_too_large {
            attempt.documents = manifest::read(&texts);
        }
        // Told first, worked out last: helpers are at the schemas meanwhile.
        if !options.skip_schema
            && let Err(error) = prepared.check_schema(self.ahead.schemas())
        {
            // Nothing of this can ever be installed.
            hits = None;
            add(&mut attempt, error.into());
        }
        if let Err(error) = prepared.check_version(&options.capabilities.kube_version) {
            add(&mut attempt, error.into());
        }
        if is_too_large {
            let text = MANIFEST_PARTS.exceeded("lines and items in the manifests");
            attempt.errors.push(Diagnostic::error("template-failed", text));
        }
        attempt.warnings.append(&mut prepared.warnings);
        attempt.notes = notes;
        attempt.files = files;
        attempt.reads = reads;
        attempt.hits = hits;
        let told = |error: &ManifestError| not_text.iter().any(|told| told.path == error.path);
        let bad = attempt.documents.iter().filter_map(|document| document.head.as_ref().err());
        let bad: Vec<ManifestError> = not_text.iter().chain(bad.filter(|error| !told(error))).cloned().collect();
        let secrets = if bad.is_empty() { Vec::new() } else { secret::texts(&prepared.values, &prepared.layers) };
        failures.extend::<Vec<Failure>>(origin::failures(&bad, &attempt.files, &secrets, Vec::new));
        if !failures.is_empty() {
            add(&mut attempt, RenderError::templates(failures));
        }
        attempt.crds = prepared.charts.crds(prepared.charts.name());
        attempt.prepared = Some(prepared);
        attempt
    }

    /// Whether an attempt that went well comes out the same for another release or cluster. The values are the same,
    /// so their schema, which approved them, is not asked again.
    pub(crate) fn renders_same(&self, attempt: &Attempt, values: &Values, options: &Options) -> bool {
        let (Some(prepared), errors) = prepare_all(self.chart(), values) else { return false };
        let plan = self.plan(&prepared);
        let is_able = prepared.check_version(&options.capabilities.kube_version).is_ok();
        let Ran { files, notes, failures, not_text, .. } = files(&plan, &prepared, options, &options.outside, false);
        let is_well = is_able && errors.is_empty() && failures.is_empty() && not_text.is_empty();
        is_well && attempt.errors.is_empty() && notes == attempt.notes && texts(&files) == texts(&attempt.files)
    }

    /// The beginnings of some files, by their paths: so many lines of each, where it has them and can be rendered so
    /// far.
    pub(crate) fn beginnings(&self, prepared: &Prepared, options: &Options, wanted: &[(&str, usize)]) -> Vec<String> {
        let plan = self.plan(prepared);
        let contexts = context::build(prepared, options);
        let run = Run::new(plan.set(), funcs::table(), &options.outside, options.limits).tracing(false);
        let beginning = |(path, lines): &(&str, usize)| {
            let file = plan.files().iter().find(|file| *file.path == **path)?;
            let context = contexts.get(&file.chart)?;
            context::name_template(context, &file.path, &templates_of(&file.chart));
            let text = run.beginning(plan.set().get(path)?, context.clone().into(), *lines);
            Some(String::from_utf8_lossy(&text).into_owned())
        };
        wanted.iter().filter_map(beginning).collect()
    }
}

/// Paths and texts of files.
fn texts(files: &[RenderedFile]) -> Vec<(Arc<str>, Arc<str>)> {
    files.iter().map(|file| (Arc::clone(&file.path), Arc::clone(&file.text))).collect()
}
