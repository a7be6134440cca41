//! What rules look at: the chart, and what it renders to in each case.
//!
//! In: a [`LintInput`]. Out: a [`Subject`] with its [`Case`]s: objects with the places that wrote
//! them, values, errors. Rules read it and change nothing.

use super::outcome::CaseInfo;
use super::rules::objects::Facts;
use super::survey::{Area, Survey};
use super::{Config, Finding, LintInput, Rule};
use crate::chart::Chart;
use crate::diag::{Diagnostic, Place};
use crate::limits::{LINT_PARTS, LINT_STEPS, MANIFEST_PARTS};
use crate::manifest::{self, Document, Object, objects, value_column};
use crate::matrix::{self, CaseInput, in_chart};
use crate::parallel;
use crate::path::Step;
use crate::release::KubeVersion;
use crate::render::{Attempt, Compiled};
use crate::secrets;
use crate::source::{excerpt, lossy};
use crate::value::Node;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// A chart in one case, rendered as far as it could be.
#[derive(Debug)]
pub struct Case {
    /// How findings name it.
    pub name: Arc<str>,
    /// Cases that render to the very same.
    pub(super) twins: Vec<Arc<str>>,
    /// The version of Kubernetes.
    pub kube: KubeVersion,
    /// The namespace of the release; objects without one of their own go there.
    pub namespace: String,
    /// The release's name.
    pub release: String,
    /// Whether it is rendered as for an upgrade.
    pub is_upgrade: bool,
    /// The case is expected to fail; with this text in the message, where one is given.
    pub expect_error: Option<String>,
    /// Where it says so.
    pub expect_place: Option<Place>,
    /// The chart may refuse the values of this case, which nobody wrote.
    pub may_refuse: bool,
    /// What is set in it, where the name does not say so.
    pub set: String,
    /// Every object, hooks and the items of lists too, by file and place.
    pub objects: Vec<Object>,
    /// All that came of the render; of plain manifests only `files` and `documents`.
    pub attempt: Attempt,
    /// Whether there is a chart: of plain manifests a place is one in the manifests.
    pub is_chart: bool,
    /// Which rules, how bad, and what they take as given.
    pub config: Arc<Config>,
    /// What rules ask of the objects again and again.
    pub(super) facts: OnceLock<Facts>,
}

/// All that is linted in one run.
#[derive(Debug)]
pub struct Subject<'i> {
    /// What was asked for.
    pub input: &'i LintInput,
    /// Each case that is meant to render, rendered.
    pub cases: Vec<Case>,
    survey: Arc<OnceLock<Survey>>,
    /// Those that are expected to fail.
    pub failing: Vec<Case>,
}

impl<'i> Subject<'i> {
    /// Renders every case, on all cores.
    pub(super) fn build(input: &'i LintInput, survey: Arc<OnceLock<Survey>>) -> Self {
        let pairs = pairs(input);
        let mut cases: Vec<Case> = match &input.chart {
            Some(chart) => {
                let bytes = pairs.len() * super::CASE_BYTES;
                let spent = Spent::default();
                let cases = parallel::map(&pairs, bytes, |(case, twin)| match spent.is_over() {
                    None => {
                        let cases = render_pair(chart, case, *twin, &input.config);
                        cases.iter().for_each(|case| spent.add(&case.attempt));
                        cases
                    }
                    Some(why) => vec![left_out(case, why, &input.config)],
                });
                cases.into_iter().flatten().collect()
            }
            None => Vec::new(),
        };
        if !input.manifests.is_empty() {
            let versions = match input.kube_versions.as_slice() {
                [] => vec![KubeVersion::default()],
                versions => versions.to_vec(),
            };
            let several = versions.len() > 1;
            cases.extend(versions.into_iter().map(|kube| plain(input, kube, several)));
        }
        let (failing, cases) = cases.into_iter().partition(|case: &Case| case.expect_error.is_some());
        Subject { input, cases, failing, survey }
    }

    /// What the configuration gives a rule under a key.
    pub fn parameter(&self, rule: &Rule, key: &str) -> Option<&Node> {
        self.input.config.parameter(rule.id, key)
    }

    /// The chart, when there is one.
    pub fn chart(&self) -> Option<&Chart> {
        self.input.chart.as_ref().map(Compiled::chart)
    }

    /// What the chart's templates say without any values.
    pub(super) fn survey(&self) -> Option<&Survey> {
        let chart = self.input.chart.as_ref()?;
        Some(self.survey.get_or_init(|| Survey::new(Area::of(chart))))
    }

    /// Every text that may hold comments for lint, by the name that findings give its file.
    pub(super) fn texts(&self) -> impl Iterator<Item = (Arc<str>, &[u8])> {
        let path = self.input.chart_path.as_str();
        let named = move |name: &str| Arc::from(if path.is_empty() { name.to_owned() } else { in_chart(path, name) });
        let raw = self.chart().into_iter().flat_map(Chart::raw);
        let own = raw.map(move |file| (named(&file.name), &*file.data));
        let others = self.input.texts.iter().chain(&self.input.manifests);
        own.chain(others.map(|(name, text)| (Arc::clone(name), text.as_bytes())))
    }

    /// Puts on places the text of their line, where it is missing and the file is at hand.
    pub(super) fn show_lines<'f>(&self, diagnostics: impl Iterator<Item = &'f mut Diagnostic>) {
        let mut files: BTreeMap<Arc<str>, Vec<String>> = BTreeMap::new();
        let mut wanting: Vec<&mut Place> = Vec::new();
        for diagnostic in diagnostics {
            wanting.extend(diagnostic.place.iter_mut().filter(|place| place.line > 0 && place.excerpt.is_none()));
        }
        if wanting.is_empty() {
            return;
        }
        for (name, text) in self.texts() {
            if wanting.iter().any(|place| place.file == name) {
                files.insert(name, secrets::masked(&lossy(text)));
            }
        }
        for place in wanting {
            let line = files.get(&place.file).and_then(|lines| lines.get(place.line as usize - 1));
            place.excerpt = line.and_then(|line| excerpt(line.as_bytes(), place.column as usize));
        }
    }

    /// The name of a finding's file, relative to the chart.
    pub(super) fn relative(&self, finding: &Finding) -> String {
        let file = finding.diagnostic.place.as_ref().map(|place| &*place.file).unwrap_or_default();
        let below = file.strip_prefix(&in_chart(&self.input.chart_path, ""));
        below.unwrap_or(file).to_owned()
    }

    /// Texts of values that are secret.
    pub(super) fn secrets(&self) -> Vec<String> {
        let cases = self.cases.iter().chain(&self.failing);
        let mut found: Vec<String> = cases.flat_map(|case| case.attempt.secret_texts()).collect();
        // A text may be part of another: the longest goes first.
        found.sort_by_key(|text| std::cmp::Reverse(text.len()));
        found.dedup();
        found
    }

    /// What the cases are called, and what is set in them.
    pub(super) fn infos(&self) -> impl Iterator<Item = CaseInfo> {
        let named = self.cases.iter().chain(&self.failing).filter(|case| !case.name.is_empty());
        named.flat_map(|case| {
            let names = case.names();
            names.map(|name| CaseInfo { name: Arc::clone(name), set: case.set.clone() })
        })
    }

    /// Files of the chart get the names under which the user finds them: `redis/templates/a.yaml` in
    /// the chart `./charts/redis` is `./charts/redis/templates/a.yaml`.
    pub(super) fn name_files(&self, diagnostic: &mut Diagnostic) {
        let Some(chart) = self.chart() else { return };
        matrix::name_on_disk(chart.name(), &self.input.chart_path, diagnostic);
    }
}

/// Cases, each with the one behind it that is the same as an upgrade. Rules of a user's own may tell the
/// two apart.
fn pairs(input: &LintInput) -> Vec<(&CaseInput, Option<&CaseInput>)> {
    let mut pairs: Vec<(&CaseInput, Option<&CaseInput>)> = Vec::new();
    for case in &input.cases {
        let is_twin = |other: &CaseInput| {
            let of =
                |case: &CaseInput| (case.options.release.clone(), case.options.capabilities.kube_version.to_string());
            let ((mut release, kube), (upgrade, other_kube)) = (of(other), of(case));
            release.is_upgrade = true;
            upgrade.is_upgrade
                && release == upgrade
                && kube == other_kube
                && case.values.root == other.values.root
                && case.expect_error.is_none()
                && other.expect_error.is_none()
        };
        match pairs.last_mut() {
            Some((before, twin @ None)) if input.config.custom.is_empty() && is_twin(before) => *twin = Some(case),
            _ => pairs.push((case, None)),
        }
    }
    pairs
}

/// A case, and the same as an upgrade where that renders to something else.
fn render_pair(chart: &Compiled, input: &CaseInput, twin: Option<&CaseInput>, config: &Arc<Config>) -> Vec<Case> {
    let mut case = render(chart, input, config);
    let Some(twin) = twin else { return vec![case] };
    // What is counted is counted in each.
    if twin.options.count || !chart.renders_same(&case.attempt, &twin.values, &twin.options) {
        return vec![case, render(chart, twin, config)];
    }
    case.twins.push(Arc::clone(&twin.name));
    vec![case]
}

fn render(chart: &Compiled, input: &CaseInput, config: &Arc<Config>) -> Case {
    case_of(chart.attempt(&input.values, &input.options), input, config)
}

/// What the cases took so far.
#[derive(Debug, Default)]
struct Spent {
    steps: AtomicU64,
    parts: AtomicU64,
}

impl Spent {
    fn add(&self, attempt: &Attempt) {
        self.steps.fetch_add(attempt.steps, Ordering::Relaxed);
        self.parts.fetch_add(attempt.parts, Ordering::Relaxed);
    }

    /// Why no further case may be rendered.
    fn is_over(&self) -> Option<String> {
        let over =
            [(&self.steps, &LINT_STEPS, "steps"), (&self.parts, &LINT_PARTS, "lines and items in the manifests")];
        let over = over.into_iter().find(|(spent, limit, _)| spent.load(Ordering::Relaxed) > limit.get());
        over.map(|(_, limit, what)| limit.exceeded(&format!("{what} of all cases together")))
    }
}

/// A case that is not rendered.
fn left_out(input: &CaseInput, why: String, config: &Arc<Config>) -> Case {
    let error = Diagnostic::error("template-failed", why).help("look at fewer cases at a time, or raise the limit");
    case_of(Attempt { errors: vec![error], ..Attempt::default() }, input, config)
}

fn case_of(attempt: Attempt, input: &CaseInput, config: &Arc<Config>) -> Case {
    Case {
        name: Arc::clone(&input.name),
        twins: Vec::new(),
        kube: input.options.capabilities.kube_version.clone(),
        namespace: input.options.release.namespace.clone(),
        release: input.options.release.name.clone(),
        is_upgrade: input.options.release.is_upgrade,
        expect_error: input.expect_error.clone(),
        expect_place: input.expect_place.clone(),
        may_refuse: input.may_refuse,
        set: input.set.clone(),
        objects: objects(&attempt.documents),
        attempt,
        is_chart: true,
        config: Arc::clone(config),
        facts: OnceLock::new(),
    }
}

fn plain(input: &LintInput, kube: KubeVersion, several: bool) -> Case {
    let documents = match manifest::parts(&input.manifests) {
        parts if parts > MANIFEST_PARTS.get() => Vec::new(),
        _ => manifest::read(&input.manifests),
    };
    let name = if several { format!("kube {}.{}", kube.major, kube.minor) } else { String::new() };
    Case {
        name: Arc::from(name),
        twins: Vec::new(),
        kube,
        namespace: String::new(),
        release: String::new(),
        is_upgrade: false,
        expect_error: None,
        expect_place: None,
        may_refuse: false,
        set: String::new(),
        objects: objects(&documents),
        attempt: Attempt { documents, ..Attempt::default() },
        is_chart: false,
        config: Arc::clone(&input.config),
        facts: OnceLock::new(),
    }
}

impl Case {
    /// How findings name it, and the cases that render to the very same.
    pub(super) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        std::iter::once(&self.name).chain(&self.twins)
    }

    /// What the configuration gives a rule under a key.
    pub fn parameter(&self, rule: &Rule, key: &str) -> Option<&Node> {
        self.config.parameter(rule.id, key)
    }

    /// The place that wrote the node at a path of an object.
    pub fn place(&self, object: &Object, path: &[Step]) -> Option<Place> {
        let mut told = Diagnostic::warning("", "");
        self.locate(object, path, &mut told);
        told.place
    }

    /// Puts on a diagnostic the place that wrote the node at a path of an object.
    pub(super) fn locate(&self, object: &Object, path: &[Step], diagnostic: &mut Diagnostic) {
        let Some(document) = self.attempt.documents.get(object.document) else { return };
        let mut node = &object.node;
        for step in path {
            match node.step(step) {
                Some(inner) => node = inner,
                None => break,
            }
        }
        self.locate_at(document, node.origin.line.max(1), node.origin.column.max(1), diagnostic);
    }

    /// Puts on a diagnostic the place that wrote a line of a document, from 1.
    pub(super) fn locate_line(&self, document: &Document, line: u32, diagnostic: &mut Diagnostic) {
        let text = document.text.get(document.range.clone()).unwrap_or_default();
        let line_text = text.lines().nth((line as usize).saturating_sub(1)).unwrap_or_default();
        let blanks = line_text.len() - line_text.trim_start().len();
        self.locate_at(document, line.max(1), u32::try_from(blanks + 1).unwrap_or(1), diagnostic);
    }

    fn locate_at(&self, document: &Document, line: u32, column: u32, diagnostic: &mut Diagnostic) {
        let before = u32::try_from(document.lines_before()).unwrap_or(u32::MAX);
        let line_text = document.content().lines().nth(line as usize - 1).unwrap_or_default();
        let column = value_column(line_text, column);
        if !self.is_chart {
            diagnostic.place = Some(Place::new(
                Arc::clone(&document.path),
                before.saturating_add(line),
                column,
                secrets::masked(document.content()).into_iter().nth(line as usize - 1),
            ));
            return;
        }
        match self.attempt.written_by(&document.path, before.saturating_add(line), column) {
            Some(written) => {
                diagnostic.place = Some(written.place);
                diagnostic.calls = written.calls;
                diagnostic.related.extend(written.values.iter().filter_map(|path| self.attempt.who_set(path)));
            }
            None => diagnostic.place = Some(Place::file(Arc::clone(&document.path))),
        }
    }
}
