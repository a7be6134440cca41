//! Snapshots of a chart: what every case of it renders to, kept in files, and what has changed since.
//!
//! In: a compiled chart, [`Settings`], the folder of the files. Out: an [`Outcome`]: which snapshots are the same, missing,
//! changed or of no case any more, with the template line and the values behind each change. Nothing is written unless
//! [`Outcome::update`] or [`Outcome::accept`] is called.
//!
//! ```text
//!  chart ─ cases (matrix) ─ attempt ─ Shot (documents by KIND/NAME, what varies masked) ─┬─ compare ─> Outcome
//!  tests/__snapshots__/*.yaml ─ read ─ Snapshot ─────────────────────────────────────────┘
//! ```
//!
//! A crate that embeds charts has the same in its own tests, with files of its own or with `insta`:
//!
//! ```
//! use chartwright::suite::snapshot;
//!
//! for case in snapshot::documents("chart")? {
//!     // insta::assert_snapshot!(case.name, case.text);
//!     assert!(case.text.contains("kind: ") || case.text.contains("error: "), "{}", case.name);
//! }
//! # Ok::<(), snapshot::SnapshotError>(())
//! ```

mod compare;
mod file;
mod mask;
mod names;
mod outcome;
mod shot;
mod store;

pub use self::compare::{Behind, Difference, DifferenceKind, Field, FieldKind, ValueBehind};
pub use self::file::{ERROR, Head, NOTES, Part, Snapshot};
pub use self::outcome::{CaseOutcome, Outcome, Status};
pub use self::store::{IGNORE_LINE, Ignored, add_ignore, is_ignored};

use self::shot::Shot;
use crate::chart::read_inside;
use crate::diag::{Diagnostic, Place};
use crate::eval::Limits;
use crate::limits::LINT_CASES;
use crate::matrix::{self, CaseInput, Described, MatrixInput, Phases};
use crate::parallel;
use crate::pattern;
use crate::release::{Capabilities, KubeVersion, Release};
use crate::render::Compiled;
use crate::suite::coverage::{Collector, Coverage};
use crate::value::Node;
use crate::values::{Layer, Values};
use std::path::{Path, PathBuf};

/// The file in which a chart says what its cases are.
const CONFIG: &str = "chartwright.yaml";

/// Where the snapshots of a chart lie, in its folder.
pub const FOLDER: &str = "tests/__snapshots__";

/// What is rendered, over what the chart says itself; the default is what the chart says.
#[derive(Debug, Default)]
pub struct Settings {
    /// Values that go into every case.
    pub given: Vec<Layer>,
    /// Names of the release, each with all cases.
    pub release_names: Vec<String>,
    /// The namespace of the release, where a case names none.
    pub namespace: Option<String>,
    /// Versions of Kubernetes, each with all cases.
    pub kube_versions: Vec<KubeVersion>,
    /// Further entries of .Capabilities.APIVersions.
    pub api_versions: Vec<String>,
    /// Whether cases install, upgrade, or both.
    pub phases: Option<Phases>,
    /// The defaults and the given values only.
    pub only_given: bool,
    /// Only cases whose names fit one of these; `*` stands for any text. All where there are none.
    pub cases: Vec<String>,
    /// NOTES.txt is part of snapshots.
    pub notes: bool,
    /// Random values are drawn from this seed, and not masked.
    pub seed: Option<u64>,
    /// Seconds since 1970 that `now` gives; what is made of it is not masked.
    pub now: Option<i64>,
    /// Objects that `lookup` finds.
    pub objects: Vec<Node>,
    /// Leave the charts' schemas alone.
    pub skip_schema: bool,
    /// What each render may use.
    pub limits: Limits,
    /// Count which ways the templates go: [`Snapshots::coverage`].
    pub count: bool,
    /// The name and text of a file to read instead of the chart's chartwright.yaml.
    pub config: Option<(String, Vec<u8>)>,
}

/// A chart and the cases of which snapshots are taken.
#[derive(Debug)]
pub struct Snapshots {
    chart: Compiled,
    /// The chart's folder or archive as the user named it.
    path: String,
    cases: Vec<Case>,
    notes: bool,
    seed: Option<u64>,
    now: Option<i64>,
    objects: Vec<Node>,
    collector: Option<Collector>,
    /// Texts of the user that are in no snapshot.
    secrets: Vec<String>,
    /// Not all cases of the chart are there: a file without a case may be one of those.
    is_partial: bool,
    /// What is wrong with the cases, and could not be read.
    problems: Vec<Diagnostic>,
    is_broken: bool,
}

/// A case, and the file of its snapshot.
#[derive(Debug)]
struct Case {
    input: CaseInput,
    head: Head,
    file: String,
}

/// What keeps snapshots from being taken.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", told(problems))]
pub struct SnapshotError {
    /// Everything that is wrong.
    pub problems: Vec<Diagnostic>,
}

fn told(problems: &[Diagnostic]) -> String {
    let one = |found: &Diagnostic| match &found.place {
        Some(place) => format!("{place}: {}", found.message),
        None => found.message.clone(),
    };
    problems.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// What a case renders to, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseText {
    /// A name that is good for a file: `ci-small-values`.
    pub name: String,
    /// The whole snapshot: the head with the case, then the documents by kind and name.
    pub text: String,
}

/// What every case of a chart renders to, the defaults first: for tests of a crate that embeds the chart.
///
/// A document that goes, comes or changes changes the text of its case. What random numbers or the clock made is masked.
///
/// # Errors
/// The chart cannot be loaded, or a case does something else than its `chartwright.yaml` says.
pub fn documents(chart: impl AsRef<Path>) -> Result<Vec<CaseText>, SnapshotError> {
    Snapshots::load(chart, Settings::default())?.texts()
}

/// Holds a chart against the snapshots in its folder, as `chartwright snapshot CHART` does.
///
/// ```no_run
/// let outcome = chartwright::suite::snapshot::check("chart")?;
/// assert!(outcome.is_same(), "{}", chartwright::report::snapshot::text(&outcome));
/// # Ok::<(), chartwright::suite::snapshot::SnapshotError>(())
/// ```
///
/// # Errors
/// The chart cannot be loaded. All else that is wrong is part of the outcome.
pub fn check(chart: impl AsRef<Path>) -> Result<Outcome, SnapshotError> {
    let folder = chart.as_ref().join(FOLDER);
    Ok(Snapshots::load(chart, Settings::default())?.check(folder))
}

impl Snapshots {
    /// Loads a chart, and finds its cases.
    ///
    /// # Errors
    /// The chart cannot be loaded.
    pub fn load(chart: impl AsRef<Path>, settings: Settings) -> Result<Snapshots, SnapshotError> {
        let path = chart.as_ref();
        let name = path.to_string_lossy().into_owned();
        match Compiled::load(path) {
            Ok(chart) => Ok(Snapshots::new(chart, &name, settings)),
            Err(error) => {
                let found = Diagnostic::error("unreadable-input", error.to_string()).at(Place::file(name));
                Err(SnapshotError { problems: vec![found] })
            }
        }
    }

    /// The cases of a chart whose folder or archive the user named `path`.
    pub fn new(chart: Compiled, path: &str, settings: Settings) -> Snapshots {
        let described = describe(&chart, path, settings.config.as_ref());
        let Described { cases, matrix, mut problems } = described;
        let mut is_broken = problems.iter().any(|found| found.severity == crate::diag::Severity::Error);
        let (files, unreadable) = matrix::scenarios(chart.chart(), Path::new(path), &cases);
        is_broken |= !unreadable.is_empty();
        problems.extend(unreadable);
        let or = |given: Vec<String>, own: Vec<String>| if given.is_empty() { own } else { given };
        let mut versions = settings.kube_versions;
        if versions.is_empty() {
            for text in &matrix.kube_versions {
                match KubeVersion::parse(text) {
                    Ok(version) => versions.push(version),
                    Err(why) => {
                        let text = format!("`matrix.kubeVersions`: {why}");
                        let place = Place::file(matrix::in_chart(path, CONFIG));
                        problems.push(Diagnostic::error("bad-setting", text).at(place));
                        is_broken = true;
                    }
                }
            }
        }
        if versions.is_empty() {
            versions.push(KubeVersion::default());
        }
        let api_versions = or(settings.api_versions, matrix.api_versions);
        let mut names = or(settings.release_names, matrix.release_names);
        if names.is_empty() {
            names.push(Release::default().name);
        }
        let namespace = settings.namespace.or(matrix.namespace).unwrap_or(Release::default().namespace);
        let capabilities = Capabilities::default().with_api_versions(api_versions.iter().cloned());
        let given = Values::build(&settings.given).unwrap_or_default();
        let mut found = Vec::new();
        for name in &names {
            let release = Release { name: name.clone(), namespace: namespace.clone(), ..Release::default() };
            let made = matrix::cases(&MatrixInput {
                chart: chart.chart(),
                path,
                files: &files,
                settings: &cases,
                given: &settings.given,
                release,
                capabilities: capabilities.clone(),
                kube_versions: versions.clone(),
                phases: settings.phases.or(matrix.phases).unwrap_or_default(),
                only_given: settings.only_given,
                toggles: false,
                skip_schema: settings.skip_schema,
                limits: settings.limits,
            });
            is_broken |= made.is_broken;
            problems.extend(made.problems.into_iter().filter(|_| name == names.first().unwrap_or(name)));
            for mut case in made.cases {
                if names.len() > 1 {
                    case.name = format!("{}, release {name}", case.name).into();
                }
                // Snapshots hold what `helm template` prints, so templates are told what Helm tells them.
                let kube_version = case.options.capabilities.kube_version.clone();
                case.options.capabilities = Capabilities { kube_version, ..capabilities.clone() };
                found.push(case);
            }
        }
        if found.len() > LINT_CASES.size() {
            let text = format!("not all cases are looked at: {}", LINT_CASES.exceeded("cases"));
            problems.push(Diagnostic::error("unreadable-input", text).at(Place::file(path)));
            found.truncate(LINT_CASES.size());
            is_broken = true;
        }
        // An upgrade goes with its installation: only both together tell whether they are one.
        let is_wanted = |case: &CaseInput| {
            let plain = without_upgrade(&case.name);
            let names = [plain.clone(), plain + UPGRADE, case.name.to_string()];
            let fits = |one: &String| names.iter().any(|name| pattern::matches(one, name, false));
            settings.cases.is_empty() || settings.cases.iter().any(fits)
        };
        // The names of files depend on no flag that leaves cases out.
        let files = names::files(&found.iter().map(|case| case.name.to_string()).collect::<Vec<_>>());
        let given_names: Vec<String> = settings.given.iter().map(names::given).collect();
        let cases = found.into_iter().zip(files).filter(|(case, _)| is_wanted(case)).map(|(input, file)| {
            let Release { name, namespace, is_upgrade, .. } = input.options.release.clone();
            let head = Head {
                case: input.name.to_string(),
                release: name,
                namespace,
                kube_version: input.options.capabilities.kube_version.version.clone(),
                is_upgrade,
                api_versions: api_versions.clone(),
                given: given_names.clone(),
                seed: settings.seed.or(matrix.seed),
                now: settings.now.or(matrix.now),
            };
            Case { input, head, file }
        });
        let cases: Vec<Case> = cases.collect();
        if cases.is_empty() && !settings.cases.is_empty() {
            let text = format!("no case fits `{}`", settings.cases.join("`, `"));
            problems.push(Diagnostic::error("unknown-case", text).at(Place::file(path)));
            is_broken = true;
        }
        Snapshots {
            cases,
            path: path.to_owned(),
            notes: settings.notes || matrix.notes,
            seed: settings.seed.or(matrix.seed),
            now: settings.now.or(matrix.now),
            objects: settings.objects,
            collector: settings.count.then(|| Collector::new(&chart)),
            secrets: shot::given_secrets(&given),
            is_partial: settings.only_given || !settings.cases.is_empty() || is_broken,
            chart,
            problems,
            is_broken,
        }
    }

    /// What every case renders to.
    ///
    /// # Errors
    /// A case does something else than it should, or could not be made.
    pub fn texts(&self) -> Result<Vec<CaseText>, SnapshotError> {
        let mut problems = self.problems.clone();
        let mut texts = Vec::new();
        let shots = self.shots(Shot::take);
        let twins = self.twins(&shots.iter().map(|shot| shot.snapshot.as_ref()).collect::<Vec<_>>());
        for ((case, shot), _) in self.cases.iter().zip(shots).zip(twins).filter(|(_, is_twin)| !is_twin) {
            problems.extend(shot.problems);
            let name = case.file.strip_suffix(names::END).unwrap_or(&case.file).to_owned();
            texts.extend(shot.snapshot.map(|snapshot| CaseText { name, text: snapshot.print() }));
        }
        if problems.is_empty() { Ok(texts) } else { Err(SnapshotError { problems }) }
    }

    /// What the cases that were rendered have taken of the templates; `None` without [`Settings::count`].
    pub fn coverage(&self) -> Option<Coverage> {
        self.collector.as_ref().map(Collector::finish)
    }

    /// Holds every case against its file in a folder.
    pub fn check(&self, folder: impl Into<PathBuf>) -> Outcome {
        let stored = store::read(folder.into(), self.cases.iter().map(|case| case.file.as_str()).collect());
        let cases = self.shots(|all, case| CaseOutcome::of(all, case, stored.files.get(&case.file)));
        let twins = self.twins(&cases.iter().map(CaseOutcome::rendered).collect::<Vec<_>>());
        let cases = cases.into_iter().zip(twins).filter(|(_, is_twin)| !is_twin).map(|(case, _)| case).collect();
        Outcome::new(self, stored, cases)
    }

    /// Which cases are upgrades that render what their installations do: of the two, one is a snapshot.
    fn twins(&self, rendered: &[Option<&Snapshot>]) -> Vec<bool> {
        let mut before: Option<(&Case, &Snapshot)> = None;
        let mut twins = Vec::new();
        for (case, snapshot) in self.cases.iter().zip(rendered) {
            let is_twin = before.zip(*snapshot).is_some_and(|((install, of_install), of_upgrade)| {
                let is_pair = case.head.is_upgrade
                    && !install.head.is_upgrade
                    && *install.input.name == without_upgrade(&case.input.name);
                let (one, other) = (&of_install.parts, &of_upgrade.parts);
                let is_same = |(one, other): (&Part, &Part)| one.address == other.address && one.is_same(other);
                is_pair && one.len() == other.len() && one.iter().zip(other).all(is_same)
            });
            twins.push(is_twin);
            before = snapshot.map(|snapshot| (case, snapshot));
        }
        twins
    }

    /// What is made of every case, on all cores.
    fn shots<R: Send>(&self, take: impl Fn(&Snapshots, &Case) -> R + Sync) -> Vec<R> {
        // Parsed once, before two threads ask for it and wait for each other at every file.
        drop(self.chart.templates());
        // To render a case takes longer than to start a thread.
        let bytes = self.cases.len().saturating_mul(parallel::BYTES_PER_THREAD);
        parallel::map(&self.cases, bytes, |case| take(self, case))
    }
}

/// What the matrix puts behind the name of a case that is an upgrade.
const UPGRADE: &str = ", upgrade";

fn without_upgrade(name: &str) -> String {
    name.replacen(UPGRADE, "", 1)
}

/// What the chart says of its cases, or a file that is named instead.
fn describe(chart: &Compiled, path: &str, config: Option<&(String, Vec<u8>)>) -> Described {
    if let Some((name, text)) = config {
        return Described::read(name, text);
    }
    let name = matrix::in_chart(path, CONFIG);
    let folder = Path::new(path);
    if folder.is_dir() {
        if !folder.join(CONFIG).is_file() {
            return Described::default();
        }
        return match read_inside(folder, CONFIG) {
            Ok(text) => Described::read(&name, &text),
            Err(error) => {
                let found = Diagnostic::error("unreadable-config", error.to_string()).at(Place::file(name));
                Described { problems: vec![found], ..Described::default() }
            }
        };
    }
    let own = chart.chart().raw().iter().find(|file| &*file.name == CONFIG);
    own.map(|file| Described::read(&name, &file.data)).unwrap_or_default()
}
