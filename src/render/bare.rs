//! A render that makes no manifests of what templates give: for tests, which read the texts themselves.
//!
//! In: a compiled chart, values, options. Out: [`Rendered`] with the texts of all files, NOTES.txt among them, and no
//! manifests; or [`Unrendered`]. Neither the version of Kubernetes nor missing dependencies stop it, nor that the chart
//! is a library.

use super::{Compiled, Options, Ran, RenderError, Rendered, all_files, secret};
use crate::manifest::Manifests;
use crate::values::{PrepareError, Values, prepare_all};

/// What stopped a bare render.
#[derive(Debug, Clone)]
pub struct Unrendered {
    /// The message as one line of Go, as Helm 3 has it. Secrets are still in it: it is for comparing.
    pub text: String,
    /// Whether it was a template; else it was the values.
    pub is_template: bool,
    /// The same to be shown.
    pub error: RenderError,
}

impl Compiled {
    /// Renders the texts and stops there.
    ///
    /// # Errors
    /// Values that cannot be merged or break a schema, a template that fails.
    pub fn render_bare(&self, values: &Values, options: &Options) -> Result<Rendered, Unrendered> {
        let secrets = || secret::texts(&values.root, &values.layers);
        let unready = |error: PrepareError| {
            let text = error.to_string();
            Unrendered { text, is_template: false, error: RenderError::from(error).without(&secrets()) }
        };
        let (prepared, mut errors) = prepare_all(self.chart(), values);
        let Some(prepared) = prepared else {
            let last = errors.pop().unwrap_or(PrepareError::MissingDependencies(Vec::new()));
            return Err(unready(last));
        };
        if !options.skip_schema {
            prepared.check_schema(self.ahead.schemas()).map_err(unready)?;
        }
        let plan = self.plan(&prepared);
        let Ran { files, failures, reads, hits, .. } =
            all_files(&plan, &prepared, options, &options.outside, !options.skip_trace);
        let mut warnings = values.warnings.clone();
        warnings.extend_from_slice(&prepared.warnings);
        if let Some(first) = failures.first() {
            let text = first.one_line.clone();
            let error = RenderError::templates(failures).with_warnings(&warnings).with_hits(hits).without(&secrets());
            return Err(Unrendered { text, is_template: true, error });
        }
        Ok(Rendered {
            crds: prepared.charts.crds(prepared.charts.name()),
            layers: prepared.layers,
            manifests: Manifests::default(),
            notes: None,
            files,
            reads,
            hits,
            warnings,
        })
    }
}
