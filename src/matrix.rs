//! The cases of a chart: every way in which it is to be rendered.
//!
//! In: a chart, the values files that come with it, what chartwright.yaml says of `cases`, what the user gives. Out:
//! [`CaseInput`]s, each with a short name, and what is wrong with files that make none.

pub(crate) mod settings;

pub use self::settings::{Described, MatrixSettings};

use crate::chart::{Chart, read_inside};
use crate::cluster;
use crate::diag::{Diagnostic, Place};
use crate::eval::Limits;
use crate::limits::{LINT_CASES, LINT_VALUE_BYTES, Limit};
use crate::nearest::nearest;
use crate::release::{Capabilities, KubeVersion, Outside, Release};
use crate::render::Options;
use crate::value::{Data, Node};
use crate::values::{Layer, Values};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// What a case is expected to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Expect {
    /// It renders.
    Success,
    /// It fails.
    Error,
}

/// A way to render the chart: a values file by its name, `defaults`, or a name of your own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CaseSettings {
    /// Values files besides the one that the case is named after, relative to the chart.
    #[serde(default)]
    pub values: Vec<String>,
    /// Values as `--set` takes them.
    #[serde(default)]
    pub set: Vec<String>,
    /// What the case does; it renders unless said otherwise.
    pub expect: Option<Expect>,
    /// What the message of the error contains.
    pub error: Option<String>,
    /// Leaves the case out, with the reason.
    pub skip: Option<String>,
    /// The namespace of the release.
    pub namespace: Option<String>,
}

/// What chartwright.yaml says of cases, by their names, and where.
pub type Settings = BTreeMap<String, (CaseSettings, Place)>;

/// One way to render a chart.
#[derive(Debug, Default)]
pub struct CaseInput {
    /// How findings name it: `ci/replica-values.yaml, kube 1.33`.
    pub name: Arc<str>,
    /// The values.
    pub values: Values,
    /// Release, cluster, what the outside answers.
    pub options: Options,
    /// The case is expected to fail; with this text in the message, where one is given.
    pub expect_error: Option<String>,
    /// Where it says so.
    pub expect_place: Option<Place>,
    /// The chart may refuse these values by `fail`, `required` or its schema: nobody wrote them.
    pub may_refuse: bool,
    /// What is set beside the files, where the name does not say it.
    pub set: String,
}

/// What cases are made of.
#[derive(Debug)]
pub struct MatrixInput<'i> {
    /// The chart.
    pub chart: &'i Chart,
    /// Its folder or archive, as the user named it.
    pub path: &'i str,
    /// Values files that come with it, relative to it, by name: see [`scenarios`].
    pub files: &'i BTreeMap<String, Vec<u8>>,
    /// What chartwright.yaml says of them.
    pub settings: &'i Settings,
    /// The user's own values, which go into every case.
    pub given: &'i [Layer],
    /// The release of every case.
    pub release: Release,
    /// The cluster of every case, but for its version and what Kubernetes itself serves in it: Helm's own list of API
    /// versions gives way to that.
    pub capabilities: Capabilities,
    /// The versions of Kubernetes, one after the other.
    pub kube_versions: Vec<KubeVersion>,
    /// Whether cases install, upgrade, or both where the chart tells the two apart.
    pub phases: Phases,
    /// Leave out what comes with the chart: its defaults and the user's own values only.
    pub only_given: bool,
    /// Adds cases in which every two booleans of values.yaml meet in every combination.
    pub toggles: bool,
    /// Whether values.schema.json is left alone.
    pub skip_schema: bool,
    /// What each render may use.
    pub limits: Limits,
}

/// Whether a chart is installed or upgraded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Phases {
    /// Each case as both, where the templates can tell.
    #[default]
    Both,
    /// As an installation only.
    Install,
    /// As an upgrade only.
    Upgrade,
}

/// The cases, and what is wrong with those that could not be made.
#[derive(Debug, Default)]
pub struct Matrix {
    /// The cases, defaults first.
    pub cases: Vec<CaseInput>,
    /// Values that cannot be read, entries of chartwright.yaml that are about nothing.
    pub problems: Vec<Diagnostic>,
    /// An input could not be read.
    pub is_broken: bool,
}

/// The time that templates are told: two runs find the same.
const NOW: i64 = 1_767_225_600;

/// The values files that come with a chart: `ci/*-values.yaml`, and at its root `values-*.yaml` and the like.
pub fn is_scenario(name: &str) -> bool {
    let is_yaml = name.ends_with(".yaml") || name.ends_with(".yml");
    let stem = |name: &str| name.trim_end_matches(".yml").trim_end_matches(".yaml").to_owned();
    match name.split_once('/') {
        Some(("ci", file)) => is_yaml && !file.contains('/') && stem(file).ends_with("-values"),
        Some(_) => false,
        None => {
            let stem = stem(name);
            let begins = ["values-", "values_", "values."].iter().any(|begin| stem.starts_with(begin));
            is_yaml && (begins || stem.ends_with("-values") || stem.ends_with(".values"))
        }
    }
}

/// The values files that come with a chart, by their names relative to it. A folder is read, because `.helmignore`
/// leaves out just such files; an archive has what it has. The errors are of files that cannot be read.
pub fn scenarios(chart: &Chart, path: &Path, settings: &Settings) -> (BTreeMap<String, Vec<u8>>, Vec<Diagnostic>) {
    let mut found: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut problems = Vec::new();
    let Ok(top) = std::path::absolute(path) else { return (found, problems) };
    if !path.is_dir() {
        let own = chart.raw().iter().filter(|file| is_scenario(&file.name));
        found.extend(own.map(|file| (file.name.to_string(), file.data.to_vec())));
        return (found, problems);
    }
    let mut names: Vec<String> = Vec::new();
    for (folder, before) in [(path.to_path_buf(), ""), (path.join("ci"), "ci/")] {
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        names.extend(files.map(|file| format!("{before}{}", file.file_name().to_string_lossy())));
    }
    names.retain(|name| is_scenario(name));
    let further = settings.iter().flat_map(|(name, (settings, _))| std::iter::once(name).chain(&settings.values));
    names.extend(further.filter(|name| path.join(name).is_file()).cloned());
    // What is under ci/ comes first, as `cases` has it.
    names.sort_unstable_by(|a, b| b.starts_with("ci/").cmp(&a.starts_with("ci/")).then_with(|| a.cmp(b)));
    names.dedup();
    let mut bytes_read = 0;
    for name in names {
        // No case can be made of more; some of the files may be for none.
        if bytes_read > LINT_VALUE_BYTES.size().saturating_mul(4) {
            problems.push(too_much(&LINT_VALUE_BYTES, "bytes of values in all cases", &path.to_string_lossy()));
            break;
        }
        let file = path.join(&name);
        match read_inside(&top, &name) {
            Ok(bytes) => {
                bytes_read += bytes.len();
                found.insert(name, bytes.to_vec());
            }
            Err(error) => {
                let place = Place::file(file.to_string_lossy().into_owned());
                problems.push(Diagnostic::error("unreadable-input", error.to_string()).at(place));
            }
        }
    }
    (found, problems)
}

/// What a file of a chart is called in messages, where the user named the chart `path`.
pub fn in_chart(path: &str, file: &str) -> String {
    match path.trim_end_matches('/') {
        "." => file.to_owned(),
        path => format!("{}/{file}", path.strip_prefix("./").unwrap_or(path)),
    }
}

/// A file by the name under which the user finds it, where it is one of the chart: `redis/templates/a.yaml` of the chart
/// `redis` is `charts/redis/templates/a.yaml`, if the user named the chart `./charts/redis`. Files of the engine begin
/// with the chart's name; an empty `path` leaves them so.
pub(crate) fn on_disk(chart: &str, path: &str, file: &str) -> Option<String> {
    let rest = file.strip_prefix(chart)?.strip_prefix('/')?;
    // Values files have their names already, which may begin like those of the engine.
    let shown = in_chart(path, "");
    let has_name = path.is_empty() || !shown.is_empty() && file.starts_with(&shown);
    (!has_name).then(|| in_chart(path, rest))
}

/// Gives all places of a diagnostic the names of [`on_disk`].
pub(crate) fn name_on_disk(chart: &str, path: &str, diagnostic: &mut Diagnostic) {
    let related = diagnostic.calls.iter_mut().chain(&mut diagnostic.related).map(|related| &mut related.place);
    for place in diagnostic.place.iter_mut().chain(related) {
        if let Some(file) = on_disk(chart, path, &place.file) {
            place.file = file.into();
        }
    }
}

/// Makes the cases.
pub fn cases(input: &MatrixInput<'_>) -> Matrix {
    let mut matrix = Matrix::default();
    let mut drafts = vec![Draft { name: DEFAULTS.to_owned(), ..Draft::default() }];
    if !input.only_given {
        // What is under ci/ comes first, as charts are tested.
        let (ci, root): (Vec<_>, Vec<_>) = input.files.keys().partition(|name| name.starts_with("ci/"));
        let files = ci.into_iter().chain(root).filter(|name| is_scenario(name));
        drafts.extend(files.map(|name| Draft { name: name.clone(), files: vec![name.clone()], ..Draft::default() }));
    }
    apply_settings(input, &mut drafts, &mut matrix);
    if input.toggles {
        drafts.extend(toggles(input.chart));
    }
    let phases = phases(input);
    // Such a chart may refuse an upgrade when it finds none of the release's objects, and here is no cluster.
    let asks_cluster = mentions(input.chart, &["lookup"]);
    let of = |version| (version, cluster::capabilities(&input.capabilities, version));
    let clusters: Vec<(&KubeVersion, Capabilities)> = input.kube_versions.iter().map(of).collect();
    let mut bytes = 0;
    for draft in drafts {
        bytes += draft.bytes(input);
        if bytes > LINT_VALUE_BYTES.size() {
            matrix.leave_out(&LINT_VALUE_BYTES, "bytes of values in all cases", input.path);
            break;
        }
        let Some(values) = draft.values(input, &mut matrix) else { continue };
        for (kube, capabilities) in &clusters {
            for is_upgrade in phases {
                let Some(is_upgrade) = *is_upgrade else { continue };
                if matrix.cases.len() >= LINT_CASES.size() {
                    matrix.leave_out(&LINT_CASES, "cases", input.path);
                    return matrix;
                }
                let mut name = draft.name.clone();
                if input.kube_versions.len() > 1 {
                    name.push_str(&format!(", kube {}.{}", kube.major, kube.minor));
                }
                if is_upgrade && phases.len() > 1 {
                    name.push_str(", upgrade");
                }
                let mut release = Release { is_upgrade, ..input.release.clone() };
                if let Some(namespace) = &draft.settings.namespace {
                    release.namespace.clone_from(namespace);
                }
                let fails = draft.settings.expect == Some(Expect::Error);
                matrix.cases.push(CaseInput {
                    name: name.into(),
                    values: values.clone(),
                    options: Options {
                        release,
                        capabilities: capabilities.clone(),
                        outside: Outside::seeded(1).at(NOW, 0),
                        skip_schema: input.skip_schema,
                        limits: input.limits,
                        ..Options::default()
                    },
                    expect_error: fails.then(|| draft.settings.error.clone().unwrap_or_default()),
                    expect_place: draft.place.clone(),
                    may_refuse: draft.may_refuse || is_upgrade && phases.len() > 1 && asks_cluster,
                    set: draft.set.join(","),
                });
            }
        }
    }
    matrix
}

/// The case without a values file.
const DEFAULTS: &str = "defaults";

/// A case of whatever version and phase.
#[derive(Debug, Default)]
struct Draft {
    name: String,
    files: Vec<String>,
    settings: CaseSettings,
    place: Option<Place>,
    /// Arguments of `--set` that are not in the settings.
    set: Vec<String>,
    may_refuse: bool,
}

impl Matrix {
    /// Tells that a limit leaves cases out.
    fn leave_out(&mut self, limit: &Limit, what: &str, path: &str) {
        self.problems.push(too_much(limit, what, path));
        self.is_broken = true;
    }
}

fn too_much(limit: &Limit, what: &str, path: &str) -> Diagnostic {
    let text = format!("not all cases are looked at: {}", limit.exceeded(what));
    let help = format!("`--limit {}=NUMBER` allows more, and `--no-matrix` leaves them out", limit.name);
    Diagnostic::error("unreadable-input", text).at(Place::file(path)).help(&help)
}

impl Draft {
    /// How many bytes of files it is made of.
    fn bytes(&self, input: &MatrixInput<'_>) -> usize {
        let own = self.files.iter().chain(&self.settings.values).filter_map(|name| input.files.get(name));
        let given = input.given.iter().map(|layer| match layer {
            Layer::File { bytes, .. } => bytes.len(),
            _ => 0,
        });
        own.map(Vec::len).chain(given).sum()
    }

    fn values(&self, input: &MatrixInput<'_>, matrix: &mut Matrix) -> Option<Values> {
        let mut layers = Vec::new();
        for name in self.files.iter().chain(&self.settings.values) {
            let Some(bytes) = input.files.get(name) else {
                let text = format!("case `{}` names `{name}`, which is not there", self.name);
                let found = Diagnostic { place: self.place.clone(), ..Diagnostic::error("unknown-case", text) };
                let known = input.files.keys().map(String::as_str);
                let near = nearest(name, known).map(|near| format!("did you mean `{near}`?"));
                matrix.problems.push(Diagnostic { help: near, ..found });
                return None;
            };
            let name = in_chart(input.path, name);
            layers.push(Layer::File { name, bytes: bytes.clone() });
        }
        layers.extend(self.settings.set.iter().chain(&self.set).cloned().map(Layer::Set));
        layers.extend(input.given.iter().cloned());
        match Values::build(&layers) {
            Ok(values) => Some(values),
            Err(error) => {
                let found = Diagnostic::error("bad-values", error.to_string()).at(error.place().clone());
                if !matrix.problems.contains(&found) {
                    matrix.problems.push(found);
                }
                matrix.is_broken = true;
                None
            }
        }
    }
}

/// What chartwright.yaml says of cases, and the cases that it makes.
fn apply_settings(input: &MatrixInput<'_>, drafts: &mut Vec<Draft>, matrix: &mut Matrix) {
    for (name, (settings, place)) in input.settings {
        match drafts.iter().position(|draft| draft.name == *name) {
            Some(at) if settings.skip.is_some() => drop(drafts.remove(at)),
            Some(at) => {
                if let Some(draft) = drafts.get_mut(at) {
                    (draft.settings, draft.place) = (settings.clone(), Some(place.clone()));
                }
            }
            None if input.only_given || settings.skip.is_some() => {}
            None => {
                let (settings, place) = (settings.clone(), Some(place.clone()));
                let is_file = input.files.contains_key(name);
                if !is_file && settings.values.is_empty() && settings.set.is_empty() {
                    let text = format!("case `{name}` is no values file of the chart, and sets nothing");
                    let known = input.files.keys().map(String::as_str).chain([DEFAULTS]);
                    let help = nearest(name, known).map(|near| format!("did you mean `{near}`?"));
                    matrix.problems.push(Diagnostic { place, help, ..Diagnostic::error("unknown-case", text) });
                    continue;
                }
                let files = if is_file { vec![name.clone()] } else { Vec::new() };
                drafts.push(Draft { name: name.clone(), files, settings, place, ..Draft::default() });
            }
        }
    }
}

/// The phases of every case; both only where a template can tell them apart.
fn phases(input: &MatrixInput<'_>) -> &'static [Option<bool>] {
    match input.phases {
        Phases::Install => &[Some(false)],
        Phases::Upgrade => &[Some(true)],
        Phases::Both if mentions(input.chart, &["IsUpgrade", "IsInstall"]) => &[Some(false), Some(true)],
        Phases::Both => &[Some(false)],
    }
}

fn mentions(chart: &Chart, words: &[&str]) -> bool {
    let has = |text: &[u8]| words.iter().any(|word| memchr::memmem::find(text, word.as_bytes()).is_some());
    let own = chart.templates().iter().any(|file| has(&file.data));
    own || chart.dependencies().iter().any(|dependency| mentions(dependency, words))
}

/// The most booleans that are combined.
const MOST_TOGGLES: usize = 80;

/// Cases in which every two booleans of values.yaml meet in every combination.
fn toggles(chart: &Chart) -> Vec<Draft> {
    let mut found = Vec::new();
    booleans(chart.values(), &mut Vec::new(), &mut found);
    found.truncate(MOST_TOGGLES);
    let rows = pairwise(found.len());
    let with = |(number, row): (usize, Vec<bool>)| {
        let changed = found.iter().zip(&row).filter(|((_, default), value)| default != *value);
        let set: Vec<String> = changed.map(|((path, _), value)| format!("{path}={value}")).collect();
        Draft { name: format!("toggles {number}"), set, may_refuse: true, ..Draft::default() }
    };
    (1..).zip(rows).map(with).filter(|draft| !draft.set.is_empty()).collect()
}

/// The booleans below a node: as `--set` names them, and what they are.
fn booleans(node: &Node, path: &mut Vec<String>, found: &mut Vec<(String, bool)>) {
    match &node.data {
        Data::Bool(value) => found.push((path.join("."), *value)),
        Data::Map(map) => {
            for (key, node) in map.iter() {
                let escaped = key.to_text().replace('\\', "\\\\").replace('.', "\\.").replace(',', "\\,");
                // What `--set` reads as something else has no name there.
                if escaped.is_empty() || escaped.contains(['=', '[', ']']) {
                    continue;
                }
                path.push(escaped);
                booleans(node, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

/// Rows of so many booleans in which every two of them take all four combinations.
fn pairwise(count: usize) -> Vec<Vec<bool>> {
    match count {
        0 => return Vec::new(),
        1 => return vec![vec![false], vec![true]],
        _ => {}
    }
    // Column after column: each gets, row by row, the value that meets most combinations not met before.
    let mut rows: Vec<Vec<bool>> =
        [(false, false), (false, true), (true, false), (true, true)].map(|(a, b)| vec![a, b]).to_vec();
    for column in 2..count {
        let mut missing: Vec<[[bool; 2]; 2]> = vec![[[true; 2]; 2]; column];
        let gain = |row: &[bool], value: bool, missing: &[[[bool; 2]; 2]]| {
            row.iter().zip(missing).filter(|(other, pairs)| pairs[usize::from(**other)][usize::from(value)]).count()
        };
        let meet = |row: &[bool], value: bool, missing: &mut [[[bool; 2]; 2]]| {
            for (other, pairs) in row.iter().zip(missing) {
                pairs[usize::from(*other)][usize::from(value)] = false;
            }
        };
        for (number, row) in rows.iter_mut().enumerate() {
            let (off, on) = (gain(row, false, &missing), gain(row, true, &missing));
            let value = if off == on { number % 2 == 1 } else { on > off };
            meet(row, value, &mut missing);
            row.push(value);
        }
        for value in [false, true] {
            let lacks =
                |missing: &[[[bool; 2]; 2]]| missing.iter().any(|pairs| pairs.iter().any(|p| p[usize::from(value)]));
            while lacks(&missing) {
                let mut row: Vec<bool> = missing.iter().map(|pairs| pairs[1][usize::from(value)]).collect();
                meet(&row, value, &mut missing);
                row.push(value);
                rows.push(row);
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_two_booleans_meet_in_all_four_combinations_in_few_rows() {
        for count in [2, 3, 5, 12, 40] {
            let rows = pairwise(count);
            for a in 0..count {
                for b in a + 1..count {
                    let met: std::collections::BTreeSet<_> = rows.iter().map(|row| (row[a], row[b])).collect();
                    assert_eq!(met.len(), 4, "{a} and {b} of {count}");
                }
            }
            assert!(rows.len() <= 24, "{} rows for {count}", rows.len());
        }
    }

    #[test]
    fn scenario_files_are_those_that_chart_tools_know() {
        for name in ["ci/a-values.yaml", "values-prod.yaml", "values.dev.yml", "prod-values.yaml", "values_ha.yaml"] {
            assert!(is_scenario(name), "{name}");
        }
        for name in ["values.yaml", "ci/values.yaml", "ci/x/a-values.yaml", "values.schema.json", "files/values-a.yaml"]
        {
            assert!(!is_scenario(name), "{name}");
        }
    }
}
