//! From the words behind `lint` to what is linted: charts with their cases, and manifests.
//!
//! In: [`LintArgs`]. Out: [`LintInput`]s, one for each chart and one for all manifests together, and what could not be
//! read, as findings. Nothing that cannot be read keeps anything else from being linted.

use super::input::read;
use super::lint_args::{LintArgs, all};
use crate::chart::read_inside;
use crate::diag::{Diagnostic, Place};
use crate::lint::config::Level;
use crate::lint::rules::chart as chart_rules;
use crate::lint::{Config, LintInput};
use crate::matrix::{self, MatrixInput, Phases};
use crate::release::{Capabilities, KubeVersion, Release};
use crate::render::Compiled;
use crate::values::{Layer, Values};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// What is linted, and what could not be read.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    pub inputs: Vec<LintInput>,
    pub problems: Vec<Diagnostic>,
    pub is_broken: bool,
}

/// The file that configures a chart, in its folder.
pub(super) const CONFIG: &str = "chartwright.yaml";

/// Folders are searched this deep for charts and manifests.
const MOST_DEPTH: usize = 12;

/// Reads all that the command line names.
pub(super) fn gather(args: &LintArgs) -> Result<Inputs, String> {
    let mut found = Found::default();
    let mut gathered = Inputs::default();
    match args.inputs.as_slice() {
        [] => found.look(Path::new("."), 0),
        inputs => inputs.iter().for_each(|input| found.input(input)),
    }
    if args.inputs.is_empty() && found.charts.is_empty() && found.manifests.is_empty() {
        return Err("no chart and no manifests in the current folder; name what is to be linted".into());
    }
    args.limits.apply()?;
    let kube_versions = kube_versions(args)?;
    let given = given(args, &mut gathered);
    for path in &found.charts {
        match Compiled::load_and_stay(path) {
            Ok(chart) => {
                let input = chart_input(args, path, chart, &given, &kube_versions, &mut gathered)?;
                gathered.inputs.push(input);
            }
            Err(error) => {
                // Its files are looked at all the same, and what can be read of it is rendered.
                let found = chart_rules::check_folder(path);
                if found.is_empty() {
                    let text = format!("this chart cannot be loaded: {error}");
                    gathered.unreadable(path.to_string_lossy().into_owned(), text);
                }
                gathered.problems.extend(found.into_iter().map(|finding| finding.diagnostic));
                gathered.is_broken = true;
                if let Some(chart) = chart_rules::lenient(path) {
                    let input = chart_input(args, path, chart, &given, &kube_versions, &mut gathered)?;
                    gathered.inputs.push(input);
                }
            }
        }
    }
    let mut manifests: Vec<(Arc<str>, Arc<str>)> = Vec::new();
    for name in &found.manifests {
        match read(name).map(String::from_utf8) {
            Ok(Ok(text)) => {
                manifests.push((Arc::from(if name == "-" { "stdin" } else { name.as_str() }), Arc::from(text)))
            }
            Ok(Err(_)) => gathered.unreadable(name.clone(), "this file is no text in UTF-8".into()),
            Err(why) => gathered.unreadable(name.clone(), why),
        }
    }
    for (name, why) in found.failed {
        gathered.unreadable(name, why);
    }
    if !manifests.is_empty() {
        let config = configured(args, None, &mut gathered)?;
        let mut versions = kube_versions;
        if versions.is_empty() {
            versions = config_versions(&config, &mut gathered);
        }
        gathered.inputs.push(LintInput {
            manifests,
            kube_versions: versions,
            config: Arc::new(config),
            is_partial: true,
            ..LintInput::default()
        });
    }
    Ok(gathered)
}

impl Inputs {
    fn unreadable(&mut self, name: String, why: String) {
        self.problems.push(Diagnostic::error("unreadable-input", why).at(Place::file(name)));
        self.is_broken = true;
    }
}

/// What the words name.
#[derive(Debug, Default)]
struct Found {
    charts: Vec<PathBuf>,
    manifests: Vec<String>,
    failed: Vec<(String, String)>,
}

impl Found {
    fn input(&mut self, name: &str) {
        let path = Path::new(name);
        if name == "-" {
            self.manifests.push(name.to_owned());
        } else if path.is_dir() {
            let (charts, manifests) = (self.charts.len(), self.manifests.len());
            self.look(path, 0);
            if self.charts.len() == charts && self.manifests.len() == manifests {
                self.failed.push((name.to_owned(), "no chart and no manifests in this folder".into()));
            }
        } else if name.ends_with(".tgz") || name.ends_with(".tar.gz") {
            self.charts.push(path.to_path_buf());
        } else {
            self.manifests.push(name.to_owned());
        }
    }

    /// Looks for charts and manifests in a folder; what is in a chart belongs to it.
    fn look(&mut self, folder: &Path, depth: usize) {
        if folder.join("Chart.yaml").exists() || folder.join("templates").is_dir() {
            self.charts.push(folder.to_path_buf());
            return;
        }
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.failed.push((folder.to_string_lossy().into_owned(), error.to_string())),
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            // A link may lead back up.
            let is_link = path.is_symlink();
            if name.starts_with('.') || name == CONFIG {
                continue;
            }
            if is_link && !stays_below(folder, &path) {
                let why = "the link leads out of the folder; name the file to have it looked at";
                self.failed.push((path.to_string_lossy().into_owned(), why.to_owned()));
            } else if path.is_dir() && !is_link && depth < MOST_DEPTH {
                self.look(&path, depth + 1);
            } else if path.is_file() && [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)) {
                let path = path.strip_prefix(".").unwrap_or(&path);
                self.manifests.push(path.to_string_lossy().into_owned());
            }
        }
    }
}

/// Whether what a link leads to lies in the folder of the link.
fn stays_below(folder: &Path, link: &Path) -> bool {
    match (folder.canonicalize(), link.canonicalize()) {
        (Ok(folder), Ok(target)) => target.starts_with(folder),
        _ => true,
    }
}

fn kube_versions(args: &LintArgs) -> Result<Vec<KubeVersion>, String> {
    let parse =
        |text: &String| KubeVersion::parse(text).map_err(|error| format!("invalid kube version '{text}': {error}"));
    all(&args.kube_version).map(parse).collect()
}

/// The versions that the configuration names; those that are none are told.
fn config_versions(config: &Config, gathered: &mut Inputs) -> Vec<KubeVersion> {
    let mut found = Vec::new();
    for (text, place) in &config.kube_versions {
        match KubeVersion::parse(text) {
            Ok(version) => found.push(version),
            Err(why) => gathered.problems.push(Diagnostic::error("bad-setting", why).at(place.clone())),
        }
    }
    found
}

/// The values of the command line; a file or argument that cannot be read is told and left out.
fn given(args: &LintArgs, gathered: &mut Inputs) -> Vec<Layer> {
    let mut layers = Vec::new();
    for name in args.given.files() {
        match read(name) {
            Ok(bytes) => layers.push(Layer::File { name: name.clone(), bytes }),
            Err(why) => gathered.unreadable(name.clone(), why),
        }
    }
    let given = &args.given;
    layers.extend(given.set_json.iter().cloned().map(Layer::SetJson));
    layers.extend(given.set.iter().cloned().map(Layer::Set));
    layers.extend(given.set_string.iter().cloned().map(Layer::SetString));
    layers.extend(given.set_file.iter().map(|text| Layer::SetFile { text: text.clone(), reader: Rc::new(read) }));
    layers.extend(given.set_literal.iter().cloned().map(Layer::SetLiteral));
    layers.retain(|layer| match Values::build(std::slice::from_ref(layer)) {
        Ok(_) => true,
        Err(error) => {
            let found = Diagnostic::error("bad-values", error.to_string()).at(error.place().clone());
            gathered.problems.push(found);
            gathered.is_broken = true;
            false
        }
    });
    layers
}

/// The configuration of a chart, or of manifests, and what the flags add to it.
fn configured(args: &LintArgs, chart: Option<(&Path, &Compiled)>, gathered: &mut Inputs) -> Result<Config, String> {
    let beside = |file: PathBuf| {
        move |name: &str| {
            let path = file.with_file_name(name);
            read(&path.to_string_lossy())
        }
    };
    let from_file =
        |path: &Path, bytes: &[u8]| Config::read(&path.to_string_lossy(), bytes, &beside(path.to_path_buf()));
    let mut config = Config::default();
    if let Some(name) = &args.config {
        match read(name) {
            Ok(bytes) => config = from_file(Path::new(name), &bytes),
            Err(why) => {
                let place = Place::file(name.as_str());
                gathered.problems.push(Diagnostic::error("unreadable-config", why).at(place));
                gathered.is_broken = true;
            }
        }
    } else if let Some((path, chart)) = chart {
        let own = PathBuf::from(matrix::in_chart(&path.to_string_lossy(), CONFIG));
        let archived = chart.chart().raw().iter().find(|file| &*file.name == CONFIG);
        if own.is_file() {
            let inside = |name: &str| {
                let read = read_inside(path, name).map_err(|error| error.to_string())?;
                Ok(read.to_vec())
            };
            config = Config::read(&own.to_string_lossy(), &inside(CONFIG)?, &inside);
        } else if let Some(file) = archived.filter(|_| !path.is_dir()) {
            let raw = chart.chart().raw();
            let inside = |name: &str| {
                let found = raw.iter().find(|file| &*file.name == name);
                found.map(|file| file.data.to_vec()).ok_or_else(|| format!("{name} is not in the archive"))
            };
            config = Config::read(&matrix::in_chart(&path.to_string_lossy(), CONFIG), &file.data, &inside);
        } else if Path::new(CONFIG).is_file() {
            config = from_file(Path::new(CONFIG), &read(CONFIG)?);
        }
    } else if Path::new(CONFIG).is_file() {
        config = from_file(Path::new(CONFIG), &read(CONFIG)?);
    }
    for rule in all(&args.rule).chain(all(&args.ignore)) {
        if !config.knows(rule) {
            let near = config.nearest_rule(rule).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            return Err(format!("there is no rule {rule}{near}"));
        }
    }
    for name in all(&args.profile) {
        if let Some(unknown) = config.unknown_profile(name) {
            let help = unknown.help.map(|help| format!("; {help}")).unwrap_or_default();
            return Err(format!("{}{help}", unknown.message));
        }
        config.active.push(name.clone());
    }
    config.only.extend(all(&args.rule).cloned());
    config.levels.extend(all(&args.ignore).map(|rule| (rule.clone(), Level::Off)));
    Ok(config)
}

/// The configuration of what the command line names first, for what is said about rules.
pub(super) fn config(args: &LintArgs) -> Result<Config, String> {
    let first = args.inputs.first().map(PathBuf::from);
    let chart = first.and_then(|path| Some((Compiled::load(&path).ok()?, path)));
    let chart = chart.as_ref().map(|(chart, path)| (path.as_path(), chart));
    configured(args, chart, &mut Inputs::default())
}

fn chart_input(
    args: &LintArgs,
    path: &Path,
    compiled: Compiled,
    given: &[Layer],
    kube_versions: &[KubeVersion],
    gathered: &mut Inputs,
) -> Result<LintInput, String> {
    let config = configured(args, Some((path, &compiled)), gathered)?;
    let mut versions = kube_versions.to_vec();
    if versions.is_empty() {
        versions = config_versions(&config, gathered);
    }
    if versions.is_empty() {
        versions.push(KubeVersion::default());
    }
    let (files, problems) = matrix::scenarios(compiled.chart(), path, &config.cases);
    gathered.is_broken |= !problems.is_empty();
    gathered.problems.extend(problems);
    let name = path.to_string_lossy().into_owned();
    let defaults = Release::default();
    let release = Release {
        name: args.release_name.clone().unwrap_or(defaults.name),
        namespace: args.namespace.clone().unwrap_or(defaults.namespace),
        ..Release::default()
    };
    let phases = match (args.is_install, args.is_upgrade) {
        (true, false) => Phases::Install,
        (false, true) => Phases::Upgrade,
        _ => Phases::Both,
    };
    let made = matrix::cases(&MatrixInput {
        chart: compiled.chart(),
        path: &name,
        files: &files,
        settings: &config.cases,
        given,
        release,
        capabilities: Capabilities::default().with_api_versions(all(&args.api_versions).cloned()),
        kube_versions: versions.clone(),
        phases,
        only_given: args.no_matrix,
        toggles: args.toggles.is_some(),
        skip_schema: args.given.skip_schema_validation,
        limits: args.limits.apply()?,
    });
    gathered.problems.extend(made.problems);
    gathered.is_broken |= made.is_broken;
    let text = |name: String, bytes: &[u8]| (Arc::from(name), Arc::from(String::from_utf8_lossy(bytes)));
    let own = files.iter().map(|(file, bytes)| text(matrix::in_chart(&name, file), bytes));
    let users = given.iter().filter_map(|layer| match layer {
        Layer::File { name, bytes } => Some(text(name.clone(), bytes)),
        _ => None,
    });
    let texts = own.chain(users).collect();
    Ok(LintInput {
        chart: Some(compiled),
        chart_path: name,
        cases: made.cases,
        texts,
        kube_versions: versions,
        config: Arc::new(config),
        is_partial: args.no_matrix,
        ..LintInput::default()
    })
}
