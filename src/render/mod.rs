//! Chart and values in, manifests out.
//!
//! In: a [`Chart`], [`Values`] and [`Options`]. Out: [`Rendered`]: every file's text with the
//! places it came from, and the documents in Helm's order. All errors of a run are kept: a
//! file that fails hides no other.

mod ahead;
mod attempt;
mod bare;
mod compile;
mod context;
pub mod determinism;
mod differing;
mod error;
mod explain;
mod kept;
mod only;
mod origin;
mod secret;
mod written;

use self::compile::Plan;
use self::explain::{Explain, MOST_EXPLAINED};

pub use self::attempt::Attempt;
pub use self::bare::Unrendered;
pub use self::compile::{Compiled, TemplateFile};
pub use self::determinism::Determinism;
pub use self::differing::Differing;
pub use self::error::{Failure, RenderError};
pub use self::only::{ChartVersions, Only};
pub(crate) use self::secret::texts as secret_texts;
pub use self::written::{Reason, Written};

use crate::chart::{Chart, File};
use crate::diag::Diagnostic;
use crate::eval::call::World;
use crate::eval::probes::Hits;
use crate::eval::reads::Reads;
use crate::eval::trace::Trace;
use crate::eval::{Limits, Run};
use crate::funcs;
use crate::manifest::{self, ManifestError, Manifests};
use crate::release::{Capabilities, Outside, Release};
use crate::source::Lines;
use crate::values::{LayerInfo, Prepared, Values};
use crate::yaml;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// What a render may be told besides the values.
#[derive(Debug, Default)]
pub struct Options {
    /// Name, namespace, install or upgrade.
    pub release: Release,
    /// The cluster's version and APIs.
    pub capabilities: Capabilities,
    /// Clock, random numbers, cluster objects.
    pub outside: Outside,
    /// Depth, steps, bytes.
    pub limits: Limits,
    /// Leave the charts' schemas alone.
    pub skip_schema: bool,
    /// Do not note where output came from: [`RenderedFile::trace`] stays empty.
    pub skip_trace: bool,
    /// Render these templates only; what the others define is there all the same.
    pub only: Option<Only>,
    /// What `.Chart` says instead of what Chart.yaml does.
    pub chart_versions: ChartVersions,
    /// Count which ways the templates go: [`Rendered::hits`]. A render that counts takes about as long as one that traces.
    pub count: bool,
}

impl Options {
    /// What `helm template` without flags assumes.
    pub fn new() -> Self {
        Options::default()
    }

    /// Names the release.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.release.name = name.into();
        self
    }

    /// Sets the release's namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.release.namespace = namespace.into();
        self
    }

    /// Renders as for an upgrade.
    #[must_use]
    pub fn upgrade(mut self, is_upgrade: bool) -> Self {
        self.release.is_upgrade = is_upgrade;
        self
    }

    /// Sets what the cluster can do.
    #[must_use]
    pub fn capabilities(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Sets clock, random numbers and cluster objects.
    #[must_use]
    pub fn outside(mut self, outside: Outside) -> Self {
        self.outside = outside;
        self
    }

    /// Sets what a run may use before it ends in an error.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

/// One rendered template file.
#[derive(Debug, Clone)]
pub struct RenderedFile {
    /// Its path as in `# Source:`.
    pub path: Arc<str>,
    /// The text, as Helm sees it before it cuts it into documents. Bytes that are not UTF-8 are
    /// U+FFFD: no manifest can hold them.
    pub text: Arc<str>,
    /// Where its bytes came from.
    pub trace: Trace,
    lines: Lines,
}

/// A rendered chart.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// Every file but NOTES.txt, by path.
    pub files: Vec<RenderedFile>,
    /// The documents in the order of installation, and the hooks.
    pub manifests: Manifests,
    /// The chart's own NOTES.txt, rendered.
    pub notes: Option<String>,
    /// CRD files of the chart and its subcharts, with their paths.
    pub crds: Vec<(String, File)>,
    /// What every origin of the values points into.
    pub layers: Vec<LayerInfo>,
    /// Which values the templates read; nothing with [`Options::skip_trace`].
    pub reads: Reads,
    /// Which ways the templates went, with [`Options::count`].
    pub hits: Option<Arc<Hits>>,
    /// What is suspicious but stopped nothing.
    pub warnings: Vec<Diagnostic>,
}

impl Rendered {
    /// What `helm template` prints by default: manifests, then hooks.
    pub fn text(&self) -> String {
        let text = self.manifests.print(&[], true, true);
        String::from_utf8(text).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

/// Renders a chart once. To render it many times, compile it: [`Compiled::new`].
///
/// # Errors
/// Everything that went wrong: see [`RenderError`].
pub fn render(chart: &Chart, values: &Values, options: &Options) -> Result<Rendered, RenderError> {
    Compiled::new(chart).render(values, options)
}

impl Compiled {
    /// Renders the chart with these values.
    ///
    /// # Errors
    /// Everything that went wrong: see [`RenderError`].
    pub fn render(&self, values: &Values, options: &Options) -> Result<Rendered, RenderError> {
        let rendered = self.render_in(values, options, &options.outside, !options.skip_trace);
        // What the chart brings is known to whoever has the chart.
        rendered.map_err(|error| error.without(&secret::texts(&values.root, &values.layers)))
    }

    /// Renders in another world than that of the options.
    fn render_in(
        &self,
        values: &Values,
        options: &Options,
        world: &dyn World,
        tracing: bool,
    ) -> Result<Rendered, RenderError> {
        let version = &options.capabilities.kube_version;
        let ready = self.ready(values)?;
        let prepared = &ready.prepared;
        let plan = self.plan(prepared);
        // The order of the work is not that of the errors: helpers are at the schemas meanwhile.
        let check_schema = || match options.skip_schema {
            true => Ok(()),
            false => ready.check_schema(self.ahead.schemas()),
        };
        if let Err(wrong) = prepared.check_version(version) {
            check_schema()?;
            return Err(wrong.into());
        }
        let Ran { files, notes, failures, mut not_text, reads, hits, .. } =
            files(&plan, prepared, options, world, tracing);
        let texts = files.iter().map(|file| (Arc::clone(&file.path), Arc::clone(&file.text))).collect();
        let sorted = manifest::sort(&texts);
        check_schema()?;
        let mut warnings = values.warnings.clone();
        warnings.extend_from_slice(&prepared.warnings);
        let manifests = match sorted {
            Ok(manifests) if failures.is_empty() && not_text.is_empty() => manifests,
            sorted => {
                let mut bad = sorted.err().unwrap_or_default();
                bad.retain(|error| not_text.iter().all(|told| told.path != error.path));
                not_text.append(&mut bad);
                let run = || files_traced(&plan, prepared, options, world);
                let secrets = secret::texts(&prepared.values, &prepared.layers);
                let bad = origin::failures(&not_text, &files, &secrets, run);
                return Err(RenderError::run(failures, bad, files).with_warnings(&warnings).with_hits(hits));
            }
        };
        warnings.extend(manifests.warnings.iter().cloned());
        Ok(Rendered {
            crds: prepared.charts.crds(prepared.charts.name()),
            layers: prepared.layers.clone(),
            reads,
            hits,
            notes,
            files,
            manifests,
            warnings,
        })
    }
}

/// What came of running the templates.
struct Ran {
    /// Those that are no NOTES.txt.
    files: Vec<RenderedFile>,
    /// The root chart's NOTES.txt.
    notes: Option<String>,
    /// Of templates that could not be parsed, then of those that failed.
    failures: Vec<Failure>,
    /// Files that hold bytes which are no text.
    not_text: Vec<ManifestError>,
    /// Which values were read, where that was noted.
    reads: Reads,
    /// Which ways were gone, where that was counted.
    hits: Option<Arc<Hits>>,
    /// Steps that all of it took.
    steps: u64,
}

/// The files once more, with the places they came from, to tell where an error is.
fn files_traced(plan: &Plan, prepared: &Prepared, options: &Options, world: &dyn World) -> Vec<RenderedFile> {
    files(plan, prepared, options, world, true).files
}

/// Runs every template file that is no partial.
fn files(plan: &Plan, prepared: &Prepared, options: &Options, world: &dyn World, tracing: bool) -> Ran {
    part_notes(all_files(plan, prepared, options, world, tracing), prepared)
}

/// [`files`], with the NOTES.txt of all charts among them.
fn all_files(plan: &Plan, prepared: &Prepared, options: &Options, world: &dyn World, tracing: bool) -> Ran {
    let contexts = context::build(prepared, options);
    let run = Run::new(plan.set(), funcs::table(), world, options.limits).tracing(tracing).counting(options.count);
    let explain = Explain { prepared, contexts: &contexts };
    let mut ran = Ran {
        files: Vec::new(),
        notes: None,
        failures: Vec::new(),
        not_text: Vec::new(),
        reads: Reads::default(),
        hits: None,
        steps: 0,
    };
    let is_wanted = |path: &str| options.only.as_ref().is_none_or(|only| only.takes(path));
    for file in plan.files().iter().filter(|file| is_wanted(&file.path)) {
        let Some(context) = contexts.get(&file.chart) else { continue };
        context::name_template(context, &file.path, &templates_of(&file.chart));
        let Some(template) = plan.set().get(&file.path) else { continue };
        match run.file(template, &file.chart, context.clone().into()) {
            Ok((text, trace)) => {
                let (text, trace) = origin::without_no_value(text, trace);
                let text = String::from_utf8(text).map_err(std::string::FromUtf8Error::into_bytes);
                if let Err(text) = &text
                    && !file.path.ends_with(NOTES)
                {
                    // Go names no line for bytes that are no text.
                    let good = std::str::from_utf8(text).err().map_or(0, |error| error.valid_up_to());
                    let line = text.iter().take(good).filter(|byte| **byte == b'\n').count() + 1;
                    ran.not_text.extend(yaml::decode(text).err().map(|error| ManifestError {
                        path: Arc::clone(&file.path),
                        reason: error.message,
                        range: 0..usize::MAX,
                        line: if error.line > 0 { error.line } else { u32::try_from(line).unwrap_or(0) },
                    }));
                }
                ran.files.push(RenderedFile {
                    path: Arc::clone(&file.path),
                    text: text.unwrap_or_else(|bytes| String::from_utf8_lossy(&bytes).into_owned()).into(),
                    trace,
                    lines: Lines::default(),
                });
            }
            Err(error) => {
                let explain = (ran.failures.len() < MOST_EXPLAINED).then_some(&explain);
                ran.failures.push(Failure::execution(&file.path, &error, plan.set(), explain));
            }
        }
        if run.is_spent() {
            break;
        }
    }
    ran.steps = run.steps();
    let (reads, hits) = run.into_notes();
    ran.reads = reads;
    ran.hits = hits.map(|hits| Arc::new(Hits { context: surroundings(options), ..hits }));
    if !plan.failures().is_empty() {
        ran.failures.retain(|failure| !failure.lacks_template());
        ran.failures.splice(..0, plan.failures().iter().cloned());
    }
    ran
}

/// Takes the NOTES.txt out of the files; that of the root chart is the release's.
fn part_notes(mut ran: Ran, prepared: &Prepared) -> Ran {
    let own_notes = format!("{}/templates/{NOTES}", prepared.charts.name());
    let (notes, files): (Vec<_>, Vec<_>) = ran.files.into_iter().partition(|file| file.path.ends_with(NOTES));
    ran.files = files;
    ran.notes = notes.into_iter().find(|file| *file.path == own_notes).map(|file| file.text.to_string());
    ran
}

/// What a release and a cluster are called, so that two with one name render alike where values are alike.
fn surroundings(options: &Options) -> String {
    let Capabilities { kube_version, api_versions, helm_version: _ } = &options.capabilities;
    let mut hasher = rustc_hash::FxHasher::default();
    api_versions.hash(&mut hasher);
    let Release { name, namespace, revision, is_upgrade } = &options.release;
    let phase = if *is_upgrade { "upgrade" } else { "install" };
    let apis = hasher.finish();
    format!("kube {kube_version}, {phase} {revision} of {name} in {namespace}, APIs {apis:016x}")
}

/// What `.Template.BasePath` is for a chart's files.
fn templates_of(chart: &str) -> String {
    format!("{chart}/templates")
}

/// The file that is shown to people and never installed.
const NOTES: &str = "NOTES.txt";
