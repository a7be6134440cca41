//! Runs the tests of one suite.
//!
//! In: a compiled chart, a suite. Out: outcomes in order, and the snapshots that are to be kept. Tests that render the
//! same share one render.

use super::check::{Context, Fault, Verdict};
use super::documents::{self, Docs};
use super::explain::Explainer;
use super::failed;
use super::model::{Assertion, At, Check, Program, Resource, Suite, Test};
use super::outcome::{Failure, Status, TestOutcome};
use super::post;
use super::select::{self, Chosen, Templates, template_path};
use super::snapshot::{File, Kept, Missing, Snapshots};
use super::values::{self, Builder, Files};
use super::{Collect, Settings};
use crate::diag::{Diagnostic, Severity};
use crate::release::{Capabilities, KubeVersion, Outside, Release};
use crate::render::{ChartVersions, Compiled, Only, Options, Unrendered};
use crate::source::lossy;
use crate::value::Node;
use crate::values::Values;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

/// What a suite is run with.
pub(super) struct Runner<'r> {
    pub compiled: &'r Compiled,
    /// Where the chart is, as the user named it.
    pub chart_path: &'r str,
    pub settings: &'r Settings<'r>,
    pub collect: Option<&'r Collect<'r>>,
    pub files: &'r Files,
    pub snapshots: Option<&'r File>,
}

/// Snapshots of the tests that were run to their end, by name.
pub(super) struct Ran {
    pub tests: Vec<TestOutcome>,
    pub current: Kept,
    pub counts: super::snapshot::Counts,
    /// Whether all tests were run.
    pub is_whole: bool,
}

/// What one render gave.
struct Output {
    /// The documents of each file.
    docs: Result<BTreeMap<String, Docs>, Diagnostic>,
    /// The files that were rendered.
    names: Vec<String>,
    crds: Vec<String>,
    is_post_rendered: bool,
}

type Shared = Rc<Result<Output, Stopped>>;

/// Why there are no documents.
enum Stopped {
    Unrendered(Box<Unrendered>),
    Failed(Box<Diagnostic>),
}

/// A test with what it renders.
struct Job<'j> {
    suite: &'j Suite,
    test: &'j Test,
    templates: Arc<Templates>,
    values: Values,
    options: Options,
    program: Option<Program>,
}

/// What assertions are checked on.
struct Checked<'o> {
    docs: &'o BTreeMap<String, Docs>,
    /// The templates of an assertion that names none.
    defaults: Vec<String>,
    is_rendered: bool,
    is_post_rendered: bool,
    error: Option<String>,
    stopped: Option<&'o Unrendered>,
}

impl Runner<'_> {
    /// Runs the tests that `takes` says yes to, in this order.
    pub fn run(&self, suite: &Suite, order: &[usize]) -> Ran {
        let mut ran = Ran { tests: Vec::new(), current: Kept::new(), counts: Default::default(), is_whole: true };
        let mut shared: HashMap<Vec<u8>, Shared> = HashMap::new();
        let templates = Arc::new(Templates::new(&suite.route, &suite.templates, &suite.excluded));
        for (number, index) in order.iter().enumerate() {
            let Some(test) = suite.tests.get(*index) else { continue };
            let missing = if self.settings.ci { Missing::Fails } else { Missing::Written };
            let mut snapshots = Snapshots::new(self.snapshots, &test.name, self.settings.update, missing);
            let began = Instant::now();
            let mut outcome = self.test(suite, test, &templates, &mut shared, &mut snapshots);
            outcome.duration = began.elapsed();
            let counts = snapshots.counts;
            ran.counts.total += counts.total;
            ran.counts.failed += counts.failed;
            ran.counts.created += counts.created;
            let is_bad = outcome.status.is_bad();
            if matches!(outcome.status, Status::Skipped | Status::Errored) {
                // What was not looked at is not gone.
                if let Some(kept) = self.snapshots.and_then(|file| file.kept.get(&test.name)) {
                    ran.current.entry(test.name.clone()).or_default().extend(kept.clone());
                }
            } else if !snapshots.current.is_empty() {
                ran.current.entry(test.name.clone()).or_default().extend(snapshots.current);
            }
            ran.tests.push(outcome);
            if is_bad && self.settings.failfast {
                ran.is_whole = number + 1 == order.len();
                break;
            }
        }
        ran.is_whole &= order.len() == suite.tests.len();
        ran
    }

    fn test(
        &self,
        suite: &Suite,
        test: &Test,
        templates: &Arc<Templates>,
        shared: &mut HashMap<Vec<u8>, Shared>,
        snapshots: &mut Snapshots<'_>,
    ) -> TestOutcome {
        let mut outcome = TestOutcome {
            name: test.name.clone(),
            place: test.place.clone(),
            status: Status::Passed,
            reason: None,
            failures: Vec::new(),
            warnings: Vec::new(),
            duration: Default::default(),
        };
        if let Some(reason) = suite.skip.as_ref().filter(|_| is_whole_skip(suite)).or(test.skip.as_ref()) {
            outcome.status = Status::Skipped;
            outcome.reason = Some(reason.clone());
            return outcome;
        }
        let errored = |mut outcome: TestOutcome, message: String| {
            outcome.status = Status::Errored;
            outcome.failures.push(Diagnostic::error("test-error", message).at(test.place.clone()).into());
            outcome
        };
        let job = match self.job(suite, test, templates) {
            Ok(job) => job,
            Err(message) => return errored(outcome, message),
        };
        let key = job.key();
        let output = match shared.get(&key) {
            Some(output) => Rc::clone(output),
            None => {
                let output = Rc::new(self.render(&job));
                shared.insert(key, Rc::clone(&output));
                output
            }
        };
        let needs_render = test.asserts.iter().all(Assertion::needs_render);
        let failed;
        let checked = match &*output {
            Err(Stopped::Failed(found)) => {
                outcome.status = Status::Errored;
                outcome.failures.push(Failure::from((**found).clone()));
                return outcome;
            }
            Err(Stopped::Unrendered(stopped)) => {
                failed = job.as_documents(stopped, needs_render);
                job.unrendered(stopped, &failed)
            }
            Ok(output) => match &output.docs {
                Err(found) => {
                    outcome.status = Status::Errored;
                    outcome.failures.push(found.clone().into());
                    return outcome;
                }
                Ok(docs) => job.rendered(output, docs),
            },
        };
        let again = || job.again();
        let explainer = Explainer::new(self.compiled, self.chart_path, &job.values, &again);
        let mut skipped = 0;
        for assertion in &test.asserts {
            match checked.assertion(&job, assertion, snapshots) {
                Checkedly::Skipped => skipped += 1,
                Checkedly::Done(verdict, template) => {
                    if let Some(why) = &verdict.vacuous {
                        let text = format!("`{}` passes whatever the chart does: {why}", assertion.kind);
                        let mut found = Diagnostic::warning("vacuous-assertion", text).at(assertion.place.clone());
                        if self.settings.deny_vacuous {
                            found.severity = Severity::Error;
                            outcome.failures.push(found.into());
                            outcome.status = Status::Failed;
                        } else {
                            outcome.warnings.push(found);
                        }
                    }
                    if !verdict.passed {
                        outcome.status = Status::Failed;
                        let made = |fault: &(Option<String>, Fault)| {
                            explainer.failure(
                                assertion,
                                &fault.1,
                                fault.0.as_ref().and_then(|name| Some((name.as_str(), checked.docs.get(name)?))),
                            )
                        };
                        outcome.failures.extend(template.iter().map(made));
                    }
                }
            }
        }
        if outcome.status == Status::Failed && checked.error.is_some() {
            outcome.status = Status::Errored;
        }
        if outcome.status.is_bad()
            && let Some(stopped) = checked.stopped
        {
            // Why it did not render says more than what was not found then.
            let why: Vec<Failure> = explainer.stopped(stopped).into_iter().map(Failure::from).collect();
            if needs_render {
                outcome.failures = why;
            } else {
                outcome.failures.extend(why);
            }
        }
        if skipped > 0 && skipped == test.asserts.len() {
            outcome.status = Status::Skipped;
            outcome.reason = Some("no document fits, and `skipEmptyTemplates` is set".into());
        }
        outcome
    }

    fn job<'j>(&self, suite: &'j Suite, test: &'j Test, templates: &Arc<Templates>) -> Result<Job<'j>, String> {
        let mut builder = Builder::new(self.files, &suite.route);
        suite.values.iter().try_for_each(|name| builder.file(&suite.folder, name))?;
        self.settings.values.iter().try_for_each(|name| builder.file(std::path::Path::new(""), name))?;
        test.values.iter().try_for_each(|name| builder.file(&suite.folder, name))?;
        builder.set(&suite.set, &suite.file)?;
        builder.set(&test.set, &suite.file)?;
        let or = |own: &str, of_suite: &str| if own.is_empty() { of_suite.to_owned() } else { own.to_owned() };
        let (own, of_suite) = (&test.release, &suite.release);
        let name = or(&own.name, &of_suite.name);
        let namespace = or(&own.namespace, &of_suite.namespace);
        let release = Release {
            name: if name.is_empty() { "RELEASE-NAME".into() } else { name },
            namespace: if namespace.is_empty() { "NAMESPACE".into() } else { namespace },
            revision: if own.revision != 0 { own.revision } else { of_suite.revision },
            is_upgrade: own.upgrade || of_suite.upgrade,
        };
        let takes = Arc::clone(templates);
        let options = Options {
            release,
            capabilities: self.capabilities(suite, test),
            outside: outside(suite, test),
            limits: self.settings.limits,
            skip_schema: self.settings.skip_schema,
            skip_trace: self.collect.is_none(),
            count: self.collect.is_some(),
            only: Some(Only::new(move |path| takes.takes(path))),
            chart_versions: ChartVersions {
                version: test.versions.version.clone().or_else(|| suite.versions.version.clone()),
                app_version: test.versions.app_version.clone().or_else(|| suite.versions.app_version.clone()),
            },
        };
        let program = test.post_renderer.as_ref().or(suite.post_renderer.as_ref()).cloned();
        let program = program.filter(|_| self.settings.post_render.is_some());
        Ok(Job { suite, test, templates: Arc::clone(templates), values: builder.finish(), options, program })
    }

    /// Unless a suite says otherwise, the cluster has the version of helm-unittest's own, and serves nothing.
    fn capabilities(&self, suite: &Suite, test: &Test) -> Capabilities {
        let default = &self.settings.kube_version;
        let or = |own: &str, of_suite: &str, default: &str| {
            [own, of_suite, default].into_iter().find(|text| !text.is_empty()).unwrap_or_default().to_owned()
        };
        let major = or(&test.cluster.major, &suite.cluster.major, &default.major);
        let minor = or(&test.cluster.minor, &suite.cluster.minor, &default.minor);
        let is_default = (&major, &minor) == (&default.major, &default.minor);
        let version = format!("v{major}.{minor}.0");
        let kube_version = match is_default {
            true => default.clone(),
            false => KubeVersion { normalized: version.clone(), version, major, minor },
        };
        let mut api_versions = test.cluster.api_versions.clone();
        if let (Some(own), Some(of_suite)) = (&mut api_versions, &suite.cluster.api_versions) {
            own.extend(of_suite.iter().cloned());
        }
        Capabilities { kube_version, api_versions: api_versions.unwrap_or_default().into(), ..Capabilities::default() }
    }

    fn render(&self, job: &Job<'_>) -> Result<Output, Stopped> {
        if let Some(found) = failed::name(&job.options.release.name, &job.test.place) {
            return Err(Stopped::Failed(Box::new(found)));
        }
        let rendered = self.compiled.render_bare(&job.values, &job.options);
        if let Some(collect) = self.collect {
            collect(self.compiled, rendered.as_ref().map_err(|stopped| &*stopped.error));
        }
        let rendered = rendered.map_err(|stopped| Stopped::Unrendered(Box::new(stopped)))?;
        let mut texts: BTreeMap<String, Arc<str>> =
            rendered.files.iter().map(|file| (file.path.to_string(), Arc::clone(&file.text))).collect();
        let names = texts.keys().cloned().collect();
        if let (Some(program), Some(run)) = (&job.program, self.settings.post_render) {
            texts = post::run(&texts, |input| run(program, input)).map_err(|message| {
                let found = Diagnostic::error("post-renderer", message).at(job.test.place.clone());
                Stopped::Failed(Box::new(found))
            })?;
        }
        let chart = self.compiled.chart().name();
        let mut crds = Vec::new();
        if job.suite.include_crds {
            for (path, file) in &rendered.crds {
                crds.push(path.clone());
                texts.insert(path.clone(), lossy(&file.data).into());
            }
        }
        let docs = texts.iter().filter_map(|(path, text)| {
            let path = if path.starts_with(chart) { path.clone() } else { format!("{chart}/{path}") };
            let docs = match path.rsplit_once('.').map(|(_, extension)| extension) {
                Some("txt") => Docs { docs: vec![documents::Doc::raw(text)], text: Arc::clone(text) },
                Some("yaml" | "yml" | "tpl") => match documents::read(text) {
                    Ok(docs) => docs,
                    Err(error) => return Some(Err((path, Arc::clone(text), error))),
                },
                _ => return None,
            };
            Some(Ok((path, docs)))
        });
        let docs = docs.collect::<Result<BTreeMap<_, _>, _>>().map_err(|(path, text, error)| {
            let again = || job.again();
            let explainer = Explainer::new(self.compiled, self.chart_path, &job.values, &again);
            explainer.not_yaml(&job.test.place, &path, &text, &error)
        });
        Ok(Output { docs, names, crds, is_post_rendered: job.program.is_some() })
    }
}

/// Whether the suite's reason stands for all of its tests.
fn is_whole_skip(suite: &Suite) -> bool {
    !suite.tests.iter().all(|test| test.skip.is_some())
}

/// The objects that `lookup` finds, of kinds that the scheme names; and whether these have namespaces.
fn known<'k>(suite: &'k Suite, test: &'k Test) -> impl Iterator<Item = (&'k Node, bool)> {
    let scheme: Vec<_> = suite.known.scheme.iter().chain(&test.known.scheme).collect();
    let text =
        |node: &Node, field: &str| node.get(field).and_then(|node| node.as_text()).unwrap_or_default().into_owned();
    test.known.objects.iter().chain(&suite.known.objects).filter_map(move |object| {
        let api_version = text(object, "apiVersion");
        let name = format!("{api_version}/{}", text(object, "kind"));
        let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
        let is_of = |resource: &Resource| resource.version == version && resource.group == group;
        let (_, resource) = scheme.iter().find(|(known, resource)| *known == name && is_of(resource))?;
        Some((object, resource.namespaced))
    })
}

/// The outside with these objects.
fn outside(suite: &Suite, test: &Test) -> Outside {
    let (placed, unplaced): (Vec<_>, Vec<_>) = known(suite, test).partition(|(_, namespaced)| *namespaced);
    let nodes = |objects: Vec<(&Node, bool)>| objects.into_iter().map(|(object, _)| object.clone()).collect();
    Outside::system().with_objects(nodes(placed)).with_unplaced(nodes(unplaced))
}

impl Job<'_> {
    /// What it was rendered with, to be rendered with origins.
    fn again(&self) -> Options {
        let Options { release, capabilities, limits, only, chart_versions, .. } = &self.options;
        Options {
            release: release.clone(),
            capabilities: capabilities.clone(),
            outside: outside(self.suite, self.test),
            limits: *limits,
            skip_schema: true,
            skip_trace: false,
            only: only.clone(),
            chart_versions: chart_versions.clone(),
            count: false,
        }
    }

    fn key(&self) -> Vec<u8> {
        let mut key = values::key(&self.values, &self.options);
        key.extend_from_slice(self.templates.key.as_bytes());
        for (object, namespaced) in known(self.suite, self.test) {
            key.push(u8::from(namespaced));
            key.extend(crate::yaml::to_json(&object.to_value(), false).unwrap_or_default());
        }
        key.extend(format!("{:?}", self.program).into_bytes());
        key
    }

    /// The templates that assertions look at when neither they nor the test name any.
    fn defaults(&self, names: &[String], crds: &[String]) -> Vec<String> {
        let own = &self.suite.templates;
        if own.is_empty() || own.iter().any(|name| name.contains('*')) {
            return names.iter().chain(crds).cloned().collect();
        }
        own.iter().map(|name| template_path(&self.suite.route, name)).collect()
    }

    fn rendered<'o>(&self, output: &'o Output, docs: &'o BTreeMap<String, Docs>) -> Checked<'o> {
        Checked {
            docs,
            defaults: self.defaults(&output.names, &output.crds),
            is_rendered: true,
            is_post_rendered: output.is_post_rendered,
            error: None,
            stopped: None,
        }
    }

    /// A template that failed as documents: the message stands in place of what the file would render.
    fn as_documents(&self, stopped: &Unrendered, needs_render: bool) -> BTreeMap<String, Docs> {
        let read = (stopped.is_template && !needs_render).then(|| failed::read(&stopped.text)).flatten();
        let Some((file, message)) = read else { return BTreeMap::new() };
        let docs = || Docs { docs: vec![documents::Doc::raw(&message)], text: message.as_str().into() };
        let is_partial = file.rsplit('/').next().is_some_and(|name| name.starts_with('_'));
        if !is_partial {
            return BTreeMap::from([(file, docs())]);
        }
        let all = ["**".to_owned()];
        let own = if self.suite.templates.is_empty() { &all[..] } else { &self.suite.templates };
        own.iter().map(|name| (template_path(&self.suite.route, name), docs())).collect()
    }

    fn unrendered<'o>(&self, stopped: &'o Unrendered, docs: &'o BTreeMap<String, Docs>) -> Checked<'o> {
        let names: Vec<String> = docs.keys().cloned().collect();
        let is_known = stopped.is_template || !self.suite.templates.is_empty();
        Checked {
            docs,
            defaults: if is_known { self.defaults(&names, &[]) } else { Vec::new() },
            is_rendered: false,
            is_post_rendered: false,
            error: docs.is_empty().then(|| stopped.text.clone()),
            stopped: Some(stopped),
        }
    }
}

/// What came of an assertion, with its faults by template.
enum Checkedly {
    Skipped,
    Done(Verdict, Vec<(Option<String>, Fault)>),
}

impl Checked<'_> {
    fn assertion(&self, job: &Job<'_>, assertion: &Assertion, snapshots: &mut Snapshots<'_>) -> Checkedly {
        let bad = |fault: Fault| Checkedly::Done(Verdict::default(), vec![(None, fault)]);
        if assertion.kind == "expectFailure" {
            return self.expect_failure(assertion);
        }
        let test = job.test;
        let own = |name: &String| template_path(&job.suite.route, name);
        let names: Vec<String> = match (&assertion.template, &test.templates) {
            (name, _) if !name.is_empty() => vec![own(name)],
            (_, names) if !names.is_empty() => names.iter().map(own).collect(),
            _ => self.defaults.clone(),
        };
        let is_one_file = self.is_post_rendered && self.docs.len() == 1;
        let names = match self.docs.keys().next().filter(|name| is_one_file && name.ends_with(post::WHOLE)) {
            Some(name) => vec![name.clone()],
            None => names,
        };
        let selector =
            assertion.selector.as_ref().or(test.selector.as_ref()).filter(|found| !found.path.text.is_empty());
        let index = test.index.unwrap_or(assertion.index);
        let chosen = select::of_templates(self.docs, &names);
        let chosen: Result<Chosen<'_>, String> = match (assertion.select.as_ref().or(test.select.as_ref()), selector) {
            (Some(select), _) if self.is_rendered => select.select(chosen),
            (_, Some(selector)) => selector.select(chosen),
            (_, None) if index != -1 => select::by_index(chosen, index),
            _ => Ok(chosen),
        };
        let chosen = match chosen {
            Ok(chosen) => chosen,
            Err(message) => return bad(Fault::new(message)),
        };
        if chosen.is_empty() && test.selector.as_ref().is_some_and(|selector| selector.skip_empty) {
            return Checkedly::Skipped;
        }
        let fits = assertion.needs_render() == self.is_rendered;
        if chosen.is_empty() {
            if !fits {
                let why = if self.is_rendered {
                    "the chart renders, where it was expected to fail"
                } else {
                    "the chart does not render"
                };
                return bad(Fault::new(why));
            }
            let mut context = Context { all: 0, selected: Vec::new(), snapshots, render_error: self.error.as_deref() };
            let verdict = assertion.check(&mut context);
            let faults = verdict.faults.iter().map(|fault| (None, fault.clone())).collect();
            return Checkedly::Done(verdict, faults);
        }
        let mut all = Verdict { passed: true, ..Verdict::default() };
        let (mut faults, mut vacuous, mut count) = (Vec::new(), Vec::new(), 0);
        for (name, docs) in chosen {
            count += 1;
            let verdict = match docs {
                None if assertion.needs_render() => {
                    let near = crate::nearest::nearest(&name, self.docs.keys().map(String::as_str));
                    let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                    Verdict::failed(Fault::new(format!("no template `{name}` is rendered by this suite{near}")))
                }
                _ if !fits && self.is_rendered => {
                    Verdict::failed(Fault::new(format!("`{name}` renders, where it was expected to fail")))
                }
                _ if !fits => Verdict::failed(Fault::new(format!("`{name}` does not render"))),
                docs => {
                    let all = self.docs.get(&name).map_or(0, |docs| docs.docs.len());
                    let selected = docs.unwrap_or_default();
                    let mut context = Context { all, selected, snapshots, render_error: self.error.as_deref() };
                    assertion.check(&mut context)
                }
            };
            all.passed &= verdict.passed;
            vacuous.extend(verdict.vacuous);
            faults.extend(verdict.faults.into_iter().map(|fault| (Some(name.clone()), fault)));
        }
        // Of several templates one is enough to look at.
        if vacuous.len() == count {
            all.vacuous = vacuous.into_iter().next();
        }
        Checkedly::Done(all, faults)
    }

    /// Our own assertion: the chart fails so, there.
    fn expect_failure(&self, assertion: &Assertion) -> Checkedly {
        let bad = |message: String| Checkedly::Done(Verdict::default(), vec![(None, Fault::new(message))]);
        let Check::Failed { at, .. } = &assertion.check else { return bad("it is no such assertion".into()) };
        let Some(stopped) = self.stopped else {
            return match assertion.negative {
                true => Checkedly::Done(Verdict { passed: true, ..Verdict::default() }, Vec::new()),
                false => bad("the chart renders, where it was expected to fail".into()),
            };
        };
        if let Some(At { file, line }) = at {
            let places = stopped
                .error
                .diagnostics
                .iter()
                .take(1)
                .flat_map(|found| found.place.iter().chain(found.calls.iter().map(|call| &call.place)));
            let places: Vec<_> = places.collect();
            let is_there = |place: &&crate::diag::Place| {
                let is_file = *place.file == *file
                    || place.file.strip_suffix(file.as_str()).is_some_and(|rest| rest.ends_with('/'));
                is_file && line.is_none_or(|line| line == place.line)
            };
            if places.iter().any(is_there) == assertion.negative {
                let wanted = line.map_or(file.clone(), |line| format!("{file}:{line}"));
                let found: Vec<String> = places.iter().map(|place| place.to_string()).collect();
                let found = if found.is_empty() {
                    "in no template".to_owned()
                } else {
                    format!("at {}", found.join(", called at "))
                };
                return bad(format!("the chart fails {found}, where {wanted} was expected"));
            }
        }
        let mut none = Snapshots::new(None, "", false, Missing::Fails);
        let mut context =
            Context { all: 0, selected: Vec::new(), snapshots: &mut none, render_error: Some(&stopped.text) };
        let verdict = assertion.check(&mut context);
        let faults = verdict.faults.iter().map(|fault| (None, fault.clone())).collect();
        Checkedly::Done(verdict, faults)
    }
}
