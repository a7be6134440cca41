//! `explain` and `values`: why a rendered line is there, and what the values of a chart are.

use super::args::{ReleaseArgs, ValuesArgs};
use super::failed::Failed;
use super::input::read;
use super::limits::LimitArgs;
use super::{namespace, output, template};
use crate::matrix;
use crate::nearest::nearest;
use crate::path::{self, Step};
use crate::release::Release;
use crate::render::{Attempt, Compiled, Options};
use crate::report::{explain, human, values};
use crate::value::Node;
use crate::values::Values;
use clap::{Args, ValueHint};

/// What both commands take besides their subject.
#[derive(Debug, Args, Default)]
pub(super) struct ChartArgs {
    #[command(flatten)]
    pub given: ValuesArgs,
    #[command(flatten)]
    pub release: ReleaseArgs,
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Name of the release
    #[arg(long, value_name = "NAME", default_value = "release-name", help_heading = "Release")]
    pub release_name: String,
}

/// Arguments of `explain`.
#[derive(Debug, Args, Default)]
#[command(args_override_self = true)]
pub(super) struct ExplainArgs {
    /// A rendered line: FILE:LINE of a template's output or of saved output, or KIND/NAME[.PATH]
    #[arg(value_name = "PLACE")]
    pub place: String,
    /// A chart's folder or .tgz
    #[arg(value_name = "CHART", value_hint = ValueHint::AnyPath)]
    pub chart: String,
    #[command(flatten)]
    pub with: ChartArgs,
}

/// Arguments of `values`.
#[derive(Debug, Args, Default)]
#[command(args_override_self = true)]
pub(super) struct ShowValuesArgs {
    /// A chart's folder or .tgz
    #[arg(value_name = "CHART", value_hint = ValueHint::AnyPath)]
    pub chart: String,
    /// Only the value at this path, and what is in it
    #[arg(value_name = "PATH")]
    pub path: Option<String>,
    /// How to print them
    #[arg(long, value_name = "text|json", value_parser = ["text", "json"], default_value = "text", help_heading = "Output")]
    pub format: String,
    #[command(flatten)]
    pub with: ChartArgs,
}

/// A chart that was rendered as far as it goes.
struct Rendered {
    attempt: Attempt,
    /// Its name, with which the names of files begin in the engine.
    chart: String,
    /// Where the user has it, which stands in place of that.
    path: String,
}

/// Renders a chart as far as it goes; what stops it is told on stderr.
fn render(chart: &str, with: &ChartArgs) -> Result<Rendered, String> {
    let limits = with.limits.apply()?;
    let path = template::locate(false, chart)?;
    let values = Values::build(&with.given.layers()?).map_err(|error| error.to_string())?;
    template::check_name(&with.release_name)?;
    let compiled = Compiled::load(&path).map_err(|error| error.to_string())?;
    let release = Release {
        name: with.release_name.clone(),
        namespace: namespace::of(&with.release),
        is_upgrade: with.release.is_upgrade,
        ..Release::default()
    };
    let skip_schema = with.given.skip_schema_validation;
    let capabilities = with.release.capabilities()?;
    let options = Options { release, capabilities, skip_schema, limits, ..Options::default() };
    let attempt = compiled.attempt(&values, &options);
    Ok(Rendered { attempt, chart: compiled.chart().name().to_owned(), path: chart.to_owned() })
}

impl Rendered {
    /// A file of the engine, as the user finds it.
    fn shown(&self, file: &str) -> String {
        matrix::on_disk(&self.chart, &self.path, file).unwrap_or_else(|| file.to_owned())
    }

    /// What kept the chart from being rendered.
    fn errors(&self) -> String {
        let mut errors = self.attempt.errors.clone();
        errors.iter_mut().for_each(|error| matrix::name_on_disk(&self.chart, &self.path, error));
        human::print(&errors)
    }
}

/// `explain PLACE CHART`.
pub(super) fn run(args: &ExplainArgs) -> Result<(), Failed> {
    let rendered = render(&args.chart, &args.with).map_err(Failed::unable)?;
    let found = find(&rendered, &args.place).and_then(|(file, line, column)| {
        let text = explain::print(&rendered.attempt, &rendered.path, &file, line, column);
        text.ok_or_else(|| format!("{} has no rendered line {line}", rendered.shown(&file)))
    });
    match found {
        Ok(text) => output::print(text.as_bytes()).map_err(Failed::unable),
        Err(message) => Err(Failed { details: rendered.errors(), ..Failed::unable(message) }),
    }
}

/// The file, line and column that a place names.
fn find(rendered: &Rendered, place: &str) -> Result<(String, u32, u32), String> {
    let attempt = &rendered.attempt;
    if let Some((file, line)) = place.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse::<u32>().ok()?)))
    {
        return rendered_line(rendered, file, line);
    }
    let Some((kind, rest)) = place.split_once('/') else {
        return Err(format!("{place:?} is no place: expected FILE:LINE or KIND/NAME[.PATH]"));
    };
    let heads = || attempt.documents.iter().filter_map(|document| Some((document, document.head.as_ref().ok()?)));
    // A name may have dots of its own: the longest that an object has is meant.
    let fits = |name: &str| rest == name || rest.strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', '[']));
    let best = heads()
        .filter(|(_, head)| head.kind.eq_ignore_ascii_case(kind) && fits(&head.name))
        .max_by_key(|(_, head)| head.name.len());
    let Some((document, head)) = best else {
        let names: Vec<String> = heads().map(|(_, head)| format!("{}/{}", head.kind, head.name)).collect();
        let name = format!("{kind}/{}", rest.split('.').next().unwrap_or(rest));
        let near = nearest(&name, names.iter().map(String::as_str));
        let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        return Err(format!("no object {name} is rendered{near}"));
    };
    let path = path::parse(rest.get(head.name.len()..).unwrap_or_default())?;
    let mut node = document.node.as_ref().ok_or("the document is no YAML")?;
    for (depth, step) in path.iter().enumerate() {
        node = node.step(step).ok_or_else(|| missing(node, path.get(..=depth).unwrap_or_default()))?;
    }
    let before = document.lines_before();
    let line = node.origin.line.max(1).saturating_add(u32::try_from(before).unwrap_or(u32::MAX));
    Ok((document.path.to_string(), line, 1))
}

fn missing(node: &Node, path: &[Step]) -> String {
    let keys: Vec<String> = node.as_map().into_iter().flatten().map(|(key, _)| key.to_text().into_owned()).collect();
    let near = match path.last() {
        Some(Step::Key(key)) => nearest(key, keys.iter().map(String::as_str)).map(ToOwned::to_owned),
        _ => None,
    };
    let hint = match near {
        Some(near) => format!("; did you mean {near}?"),
        None if keys.is_empty() => String::new(),
        None => format!("; there is {}", keys.join(", ")),
    };
    format!("the object has no {}{hint}", path::show(path))
}

/// A line of a template's output; or of a file that holds what `template` printed.
fn rendered_line(rendered: &Rendered, name: &str, line: u32) -> Result<(String, u32, u32), String> {
    let attempt = &rendered.attempt;
    let known = attempt.files.iter().map(|file| &*file.path);
    let plain = name.trim_start_matches("./");
    let is_meant = |path: &&str| {
        *path == name
            || rendered.shown(path) == plain
            || path.strip_suffix(plain).is_some_and(|rest| rest.ends_with('/'))
    };
    let mut fitting: Vec<&str> = known.clone().filter(is_meant).collect();
    fitting.sort_by_key(|path| path.len());
    if let Some(path) = fitting.first() {
        return Ok(((*path).to_owned(), line, 1));
    }
    let Ok(saved) = read(name) else {
        let shown: Vec<String> = known.map(|path| rendered.shown(path)).collect();
        let near = nearest(name, shown.iter().map(String::as_str));
        let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        return Err(format!("no template {name} is rendered{near}"));
    };
    let saved = String::from_utf8_lossy(&saved).into_owned();
    let lines: Vec<&str> = saved.lines().collect();
    let wanted = lines.get((line as usize).wrapping_sub(1)).ok_or_else(|| format!("{name} has no line {line}"))?;
    let source = |line: &&str| line.strip_prefix("# Source: ").map(str::to_owned);
    let before = lines.get(..line as usize).unwrap_or_default();
    let (at, path) = before
        .iter()
        .enumerate()
        .rev()
        .find_map(|(at, line)| Some((at, source(line)?)))
        .ok_or_else(|| format!("no `# Source:` stands above line {line} of {name}"))?;
    // The same document is looked for in what is rendered now.
    let document: Vec<&str> = lines.iter().skip(at + 1).take_while(|line| !line.starts_with("---")).copied().collect();
    let offset = (line as usize).saturating_sub(at + 2);
    for found in attempt.documents.iter().filter(|document| *document.path == *path) {
        let text = found.content();
        if text.lines().nth(offset) == Some(wanted) && text.lines().next() == document.first().copied() {
            let before = found.lines_before();
            return Ok((path, u32::try_from(before + offset + 1).unwrap_or(u32::MAX), 1));
        }
    }
    Err(format!("line {line} of {name} is not what the chart renders with these values"))
}

/// `values CHART [PATH]`.
pub(super) fn values(args: &ShowValuesArgs) -> Result<(), Failed> {
    let only = path::parse(args.path.as_deref().unwrap_or_default()).map_err(Failed::unable)?;
    let rendered = render(&args.chart, &args.with).map_err(Failed::unable)?;
    let attempt = &rendered.attempt;
    if attempt.prepared.is_none() {
        let message = Failed::unable("the values cannot be merged".into());
        return Err(Failed { details: rendered.errors(), ..message });
    }
    if attempt.value(&only).is_none() {
        let around = attempt.value(only.split_last().map_or(&[], |(_, around)| around));
        let why = around.map(|around| missing(around, &only)).unwrap_or_default();
        return Err(Failed::unable(why.replace("the object has", "there is")));
    }
    let rows = values::rows(attempt, &rendered.path, &only);
    let text = match args.format.as_str() {
        "json" => serde_json::to_string_pretty(&rows).map_err(|error| Failed::unable(error.to_string()))? + "\n",
        _ => values::print(&rows),
    };
    output::print(text.as_bytes()).map_err(Failed::unable)
}
