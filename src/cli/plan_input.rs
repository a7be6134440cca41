//! From the words behind `plan` to its two sides.
//!
//! In: [`PlanArgs`]. Out: [`Sides`]: charts rendered as far as they go, manifests as they are, releases as Helm stored them.

use super::args::ReleaseArgs;
use super::input::{is_remote, read};
use super::plan_args::{PlanArgs, all};
use super::value::Items;
use super::{git, namespace, template};
use crate::chart::Chart;
use crate::cluster;
use crate::eval::Limits;
use crate::parallel;
use crate::plan::{Side, Stored, sourced};
use crate::release::{Capabilities, KubeVersion, Outside, Release};
use crate::render::{Compiled, Options};
use crate::value::Node;
use crate::values::{Layer, Reuse, Values};
use std::path::Path;
use std::sync::Arc;

/// The seeds of both sides, and of the renders that find what is random. They are fixed, so that a plan of the same
/// sides is the same plan; they differ, so that what is drawn is seen to change.
const SEEDS: [(u64, u64); 2] = [(1, 2), (3, 4)];

/// How far the clock of the second render is ahead: a year and a day, so that no part of a date stays.
const AHEAD: i64 = 366 * 86_400;

/// What `helm get values` prints above them.
const HEADERS: [&str; 2] = ["USER-SUPPLIED VALUES:", "COMPUTED VALUES:"];

/// Both sides.
pub(super) struct Sides {
    pub old: Side,
    pub new: Side,
    /// The folder of the new chart, where it is one.
    pub folder: Option<String>,
    pub kube: KubeVersion,
}

/// What a word names.
enum Input {
    Chart(Compiled),
    Manifests(Vec<(Arc<str>, Arc<str>)>),
    Stored(Box<Stored>),
    /// The output of `helm get values`: the other side's chart, with these.
    Values(Vec<u8>),
    /// Nothing is there yet.
    Nothing,
}

impl Input {
    /// The same once more: standard input can be read once only.
    fn copy(&self) -> Input {
        match self {
            Input::Chart(chart) => Input::Chart(Compiled::new(chart.chart())),
            Input::Manifests(files) => Input::Manifests(files.clone()),
            Input::Stored(stored) => Input::Stored(stored.clone()),
            Input::Values(bytes) => Input::Values(bytes.clone()),
            Input::Nothing => Input::Nothing,
        }
    }
}

/// What both sides share.
struct Shared<'a> {
    args: &'a PlanArgs,
    capabilities: Capabilities,
    limits: Limits,
    objects: Vec<Node>,
    now: i64,
    name: String,
    namespace: String,
}

/// Reads both sides.
pub(super) fn gather(args: &PlanArgs) -> Result<Sides, String> {
    let (old_word, new_word) = match args.sides.as_slice() {
        [] => return Err("\"chartwright plan\" requires at least 1 argument: expected plan [OLD] NEW".into()),
        [only] => (None, only.as_str()),
        [old, new] => (Some(old.as_str()), new.as_str()),
        more => return Err(format!("expected at most two arguments, found {}: {}", more.len(), more.join(", "))),
    };
    if old_word == Some("-") && new_word == "-" {
        return Err("only one side can be read from standard input".into());
    }
    let limits = args.limits.apply()?;
    let changes_values = !args.old_values.is_empty() || !args.new_values.is_empty();
    // Most of it is reading templates, which two cores do in half the time.
    let charts = 1 + usize::from(old_word.is_some());
    let input = |word| input(word, charts);
    let (new, old) = parallel::both(|| input(new_word), || old_word.map(input).transpose());
    let new = new?;
    let old = match old? {
        Some(old) => old,
        // The same chart with other values.
        None if changes_values => new.copy(),
        None => Input::Nothing,
    };
    let old_name = old_word.unwrap_or(if changes_values { new_word } else { "nothing" });
    let stored =
        [&new, &old].into_iter().find_map(|input| if let Input::Stored(stored) = input { Some(stored) } else { None });
    let name = args.release_name.clone().or_else(|| stored.map(|stored| stored.name.clone()));
    let stored_namespace = stored.map(|stored| stored.namespace.clone()).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| "release-name".to_owned());
    template::check_name(&name)?;
    let release = ReleaseArgs {
        namespace: args.namespace.clone().or(stored_namespace),
        kube_version: args.kube_version.clone(),
        api_versions: args.api_versions.clone(),
        ..ReleaseArgs::default()
    };
    let capabilities = release.capabilities()?;
    let kube = capabilities.kube_version.clone();
    let now = args.now.unwrap_or_else(|| Outside::system().now().0);
    let objects = template::looked_up(&args.lookup)?;
    let namespace = namespace::of(&release);
    let shared = Shared { args, capabilities, limits, objects, now, name, namespace };
    let revision = args.revision.or_else(|| stored.map(|stored| stored.revision)).unwrap_or(1);
    let folder = matches!(new, Input::Chart(_)).then(|| new_word.to_owned()).filter(|word| Path::new(word).is_dir());
    let is_install = matches!(old, Input::Nothing);
    let both: Vec<Layer> = args.given.layers()?.into_iter().map(without_header).collect();
    let (old_values, new_values) = (layers(&args.old_values)?, layers(&args.new_values)?);
    let built = |layers: &[Layer]| Values::build(layers).map_err(|error| error.to_string());
    let (old, new, old_values) = match (old, new) {
        (Input::Values(bytes), Input::Chart(chart)) => {
            let layer = Layer::File { name: old_name.to_owned(), bytes };
            let values = built(&[&[layer], &*both, &*old_values].concat())?;
            (Input::Chart(Compiled::new(chart.chart())), Input::Chart(chart), values)
        }
        (Input::Values(_), _) => return Err(format!("{old_name} holds values: the other side must be a chart")),
        (_, Input::Values(_)) => {
            return Err(format!("{new_word} holds values: give them with --new-values, and a chart"));
        }
        (Input::Stored(stored), new) => {
            let values = stored.values.clone();
            (Input::Stored(stored), new, values)
        }
        (old, new) => (old, new, built(&[both.clone(), old_values].concat())?),
    };
    let is_chart = matches!(old, Input::Chart(_));
    let old_values_known = is_chart || matches!(old, Input::Stored(_)) || !args.old_values.is_empty();
    let reuse = match () {
        () if args.reuse_values => Reuse::Old,
        () if args.reset_then_reuse_values => Reuse::OverNewDefaults,
        () if args.reset_values || is_install => Reuse::Nothing,
        () => Reuse::WhereNoneAreGiven,
    };
    if matches!(reuse, Reuse::Old | Reuse::OverNewDefaults) && !old_values_known {
        let flag = if reuse == Reuse::Old { "--reuse-values" } else { "--reset-then-reuse-values" };
        return Err(format!(
            "{flag} needs the values of the old release: give them with --old-values, or the release's Secret as OLD"
        ));
    }
    let given = built(&[both, new_values].concat())?;
    // The same chart with values of one side only: without any, the other side has none.
    let taken = if old_word.is_none() && reuse == Reuse::WhereNoneAreGiven { Reuse::Nothing } else { reuse };
    let new_values = given.reusing(&old_values, taken);
    let before = Release { revision, is_upgrade: revision > 1, ..release_of(&shared) };
    let after =
        Release { revision: if is_install { 1 } else { revision + 1 }, is_upgrade: !is_install, ..release_of(&shared) };
    let make_old = || side(&shared, old_name, old, old_values, before, SEEDS[0]);
    let make_new = |new| side(&shared, new_word, new, new_values, after, SEEDS[1]);
    let (old, new) = match new {
        // The old values become the new defaults.
        Input::Chart(chart) if reuse == Reuse::Old => {
            let old = make_old();
            let chart = old.reused_by(&chart);
            (old, make_new(Input::Chart(chart)))
        }
        new => {
            let (new, old) = parallel::both(|| make_new(new), make_old);
            (old, new)
        }
    };
    Ok(Sides { old, new, folder, kube })
}

fn release_of(shared: &Shared<'_>) -> Release {
    Release { name: shared.name.clone(), namespace: shared.namespace.clone(), ..Release::default() }
}

fn side(shared: &Shared<'_>, name: &str, input: Input, values: Values, release: Release, seeds: (u64, u64)) -> Side {
    let options = |seed: u64, now: i64| Options {
        release: release.clone(),
        capabilities: shared.capabilities.clone(),
        outside: cluster::with_objects(Outside::seeded(seed).at(now, 0), &shared.objects),
        limits: shared.limits,
        skip_schema: shared.args.given.skip_schema_validation,
        ..Options::default()
    };
    let first = options(seeds.0, shared.now);
    match input {
        Input::Chart(chart) => {
            // What is random in it is compared, and nobody asks who wrote it.
            let otherwise = Options { skip_trace: true, ..options(seeds.1, shared.now.saturating_add(AHEAD)) };
            Side::of_chart(name, chart, values, first, &otherwise)
        }
        Input::Stored(stored) => Side::of_stored(name, *stored, first),
        Input::Manifests(files) => Side::of_manifests(name, &shared.name, &shared.namespace, &files),
        Input::Values(_) | Input::Nothing => Side::of_manifests(name, &shared.name, &shared.namespace, &[]),
    }
}

/// The values files of one side.
fn layers(files: &[Items]) -> Result<Vec<Layer>, String> {
    let layer = |name: &String| Ok(without_header(Layer::File { name: name.clone(), bytes: read(name)? }));
    all(files).map(layer).collect()
}

/// A values file as `helm get values` prints it, without what it prints besides.
fn without_header(layer: Layer) -> Layer {
    match layer {
        Layer::File { name, bytes } => Layer::File { name, bytes: values_of(bytes) },
        other => other,
    }
}

/// Values as `helm get values` prints them: a line above, and `null` where there are none.
pub(super) fn values_of(bytes: Vec<u8>) -> Vec<u8> {
    let header = HEADERS.iter().find(|header| bytes.starts_with(header.as_bytes()));
    let rest = header.and_then(|header| bytes.get(header.len()..)).unwrap_or(&bytes);
    if rest.trim_ascii() == b"null" { b"{}".to_vec() } else { rest.to_vec() }
}

/// One of so many inputs that are read at the same time.
fn input(word: &str, charts: usize) -> Result<Input, String> {
    if let Some(place) = word.strip_prefix("git:") {
        let (revision, path) = place.split_once(':').map_or((place, None), |(revision, path)| (revision, Some(path)));
        return of_tree(word, git::read(revision, path)?);
    }
    if is_remote(word) {
        return Err(format!("{word} is not supported: this program uses no network; fetch it first"));
    }
    let path = Path::new(word);
    if path.is_dir() {
        if path.join("Chart.yaml").exists() {
            return Ok(Input::Chart(Compiled::load_among(path, charts).map_err(|error| error.to_string())?));
        }
        return folder(path);
    }
    of_bytes(word, read(word)?)
}

/// Manifests of a folder that is no chart.
fn folder(path: &Path) -> Result<Input, String> {
    let mut files = Vec::new();
    let entries = std::fs::read_dir(path).map_err(|error| format!("read {}: {error}", path.display()))?;
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    names.sort();
    for name in names.iter().filter(|name| is_manifest(&name.to_string_lossy())) {
        let bytes = read(&name.to_string_lossy())?;
        files.push((Arc::from(&*name.to_string_lossy()), Arc::from(&*String::from_utf8_lossy(&bytes))));
    }
    if files.is_empty() {
        return Err(format!("{} has no Chart.yaml and no manifests", path.display()));
    }
    Ok(Input::Manifests(files))
}

fn is_manifest(name: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end))
}

/// A folder or file of a commit.
fn of_tree(word: &str, mut tree: git::Tree) -> Result<Input, String> {
    if let [(name, _)] = tree.as_slice()
        && name.is_empty()
    {
        return of_bytes(word, tree.pop().map(|(_, bytes)| bytes).unwrap_or_default());
    }
    if tree.iter().any(|(name, _)| name == "Chart.yaml") {
        let chart = Chart::from_tree(tree).map_err(|error| format!("{word}: {error}"))?;
        return Ok(Input::Chart(Compiled::new(&chart)));
    }
    let files = tree.into_iter().filter(|(name, _)| !name.contains('/') && is_manifest(name));
    let files: Vec<_> =
        files.map(|(name, bytes)| (Arc::from(name), Arc::from(&*String::from_utf8_lossy(&bytes)))).collect();
    if files.is_empty() {
        return Err(format!("{word} has no Chart.yaml and no manifests"));
    }
    Ok(Input::Manifests(files))
}

/// An archive, a stored release, values or manifests.
fn of_bytes(word: &str, bytes: Vec<u8>) -> Result<Input, String> {
    let is_archive = [".tgz", ".tar.gz"].iter().any(|end| word.ends_with(end));
    if is_archive {
        let chart = Chart::from_archive(&bytes, word).map_err(|error| error.to_string())?;
        return Ok(Input::Chart(Compiled::new(&chart)));
    }
    match Stored::read(&bytes) {
        Ok(Some(stored)) => return Ok(Input::Stored(Box::new(stored))),
        Ok(None) => {}
        Err(error) => return Err(format!("{word}: {error}")),
    }
    if HEADERS.iter().any(|header| bytes.starts_with(header.as_bytes())) {
        return Ok(Input::Values(values_of(bytes)));
    }
    let text = String::from_utf8(bytes).map_err(|_| format!("{word} is no text in UTF-8, and no chart"))?;
    // Files with `# Source:` lines are named by them, as the templates that they are from.
    let files = if text.contains("\n# Source: ") || text.starts_with("# Source: ") {
        sourced(&text)
    } else {
        vec![(Arc::from(if word == "-" { "stdin" } else { word }), Arc::from(text))]
    };
    Ok(Input::Manifests(files))
}
