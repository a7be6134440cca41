//! `template` and `render`: flags to options, one render, output.

use super::args::TemplateArgs;
use super::failed::Failed;
use super::input::{is_remote, read};
use super::post_render::PostRenderer;
use super::{determinism, hosts, namespace, output, releases, show, value};
use crate::chart::Chart;
use crate::cluster;
use crate::diag::{Diagnostic, Place};
use crate::eval::{Run, TemplateSet};
use crate::release::{Outside, Release};
use crate::render::{Compiled, Options, RenderError, Rendered};
use crate::report::human;
use crate::source::Source;
use crate::value::{Data, Node, Value};
use crate::values::{Layer, Values, ValuesError, log_line};
use crate::{funcs, manifest, yaml};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// Runs the command. `embedded`: without a chart the built-in one is rendered.
pub(super) fn run(args: &TemplateArgs, embedded: bool) -> Result<(), Failed> {
    args.ignored.warning().into_iter().for_each(|text| eprintln!("level=WARN msg=\"{text}\""));
    refuse(args)?;
    let limits = args.limits.apply()?;
    if let Some(file) = &args.releases {
        return releases::run(args, file, limits);
    }
    if let Some(flag) = releases::without_file(args) {
        return Err(format!("{flag} cannot be used without --releases").into());
    }
    if args.check_determinism {
        let used = [
            ("--output-dir", args.output_dir.is_some()),
            ("--post-renderer", !args.post_renderer.is_empty()),
            ("--show-only", !args.show_only.is_empty()),
        ];
        if let Some((flag, _)) = used.into_iter().find(|(_, used)| *used) {
            return Err(
                format!("--check-determinism looks at all that is rendered and cannot be used with {flag}").into()
            );
        }
    }
    let post_renderer = post_renderer(args)?;
    let capabilities = args.release.capabilities()?;
    let (name, chart_ref) = names(args, embedded)?;
    let chart_ref = chart_ref.map(|chart| locate(args.verify, chart)).transpose()?;
    let layers = args.given.layers()?;
    let values = Values::build(&layers).map_err(|error| bad_values(args, &error))?;
    let compiled = match chart_ref {
        Some(path) => Compiled::load(path).map_err(|error| error.to_string())?,
        None => {
            if !args.given.skip_schema_validation {
                check_built_in(&layers)?;
            }
            Compiled::new(&built_in()?)
        }
    };
    check_name(&name)?;
    let options = Options {
        release: Release {
            name,
            namespace: namespace::of(&args.release),
            is_upgrade: args.release.is_upgrade,
            ..Release::default()
        },
        capabilities,
        outside: outside(args)?(),
        limits,
        skip_schema: args.given.skip_schema_validation,
        skip_trace: true,
        ..Options::default()
    };
    warn(compiled.chart().warnings());
    if args.check_determinism {
        return check_determinism(args, &compiled, &values, &options);
    }
    let result = match compiled.render(&values, &options) {
        Ok(rendered) => {
            warn(&rendered.warnings);
            let written = write(args, &options, &rendered, post_renderer.as_ref());
            std::mem::forget(rendered);
            written
        }
        Err(error) => {
            warn(&error.warnings);
            Err(failed(args, &error))
        }
    };
    // The process ends here; giving back all this memory piece by piece would take a tenth of its time.
    std::mem::forget((compiled, values, options));
    result
}

/// The program that `--post-renderer` names.
pub(super) fn post_renderer(args: &TemplateArgs) -> Result<Option<PostRenderer>, String> {
    let post_renderer = PostRenderer::find(&args.post_renderer, &args.post_renderer_args)?;
    if post_renderer.is_some() && args.output_dir.is_some() {
        return Err(
            "--post-renderer cannot be used with --output-dir: what a program prints belongs to no template's file"
                .into(),
        );
    }
    Ok(post_renderer)
}

/// `--check-determinism`: fails, without a message of its own, when something differs.
fn check_determinism(
    args: &TemplateArgs,
    compiled: &Compiled,
    values: &Values,
    options: &Options,
) -> Result<(), Failed> {
    let found = compiled.check_determinism(values, options).map_err(|error| {
        warn(&error.warnings);
        failed(args, &error)
    })?;
    output::print(determinism::print(&found).as_bytes())?;
    if found.is_given() { Ok(()) } else { Err(Failed::from(String::new())) }
}

/// Helm's text, and then the place in the file or in the flag's argument.
pub(super) fn bad_values(args: &TemplateArgs, error: &ValuesError) -> Failed {
    let mut place = error.place().clone();
    if place.line == 0 {
        return Failed::from(error.to_string());
    }
    window(&mut place);
    let message = error.to_string();
    let found = Diagnostic::error("bad-values", message.clone()).at(place);
    Failed { details: told(args, &[found], |all| all.iter().map(human::below).collect()), ..Failed::from(message) }
}

/// How much of a long line is shown, before and behind the place.
const WINDOW_BYTES: usize = 60;

/// Cuts a long line off behind the column; far from its beginning the place tells the number only.
fn window(place: &mut Place) {
    let Some(line) = place.excerpt.take_if(|line| line.len() > 2 * WINDOW_BYTES) else { return };
    let end = place.column as usize + WINDOW_BYTES;
    if end <= 2 * WINDOW_BYTES {
        place.excerpt = Some(line.chars().take(end).collect());
    }
}

#[cfg(feature = "redis")]
fn built_in() -> Result<Chart, String> {
    crate::redis::chart().map_err(|error| error.to_string())
}

/// The built-in chart has typed values: everything wrong with them is told before anything is rendered.
#[cfg(feature = "redis")]
fn check_built_in(layers: &[Layer]) -> Result<(), Failed> {
    use crate::diag::Severity;
    let found = crate::redis::check(layers).diagnostics;
    let (errors, warnings): (Vec<_>, Vec<_>) = found.into_iter().partition(|found| found.severity == Severity::Error);
    warn(&warnings);
    let problems = match errors.len() {
        0 => return Ok(()),
        1 => "a problem".to_owned(),
        count => format!("{count} problems"),
    };
    let message = format!("{problems} in the values of the Redis chart");
    Err(Failed { details: human::print(&errors), ..Failed::from(message) })
}

#[cfg(not(feature = "redis"))]
fn check_built_in(_: &[Layer]) -> Result<(), Failed> {
    Ok(())
}

#[cfg(not(feature = "redis"))]
fn built_in() -> Result<Chart, String> {
    Err("this build holds no chart; name one".into())
}

fn warn(diagnostics: &[Diagnostic]) {
    diagnostics.iter().for_each(|diagnostic| eprintln!("{}", warning(diagnostic)));
}

/// A line of the log, with the place in front.
pub(super) fn warning(diagnostic: &Diagnostic) -> String {
    if diagnostic.place.is_some() { log_line(&located(diagnostic)) } else { log_line(diagnostic) }
}

fn failed(args: &TemplateArgs, error: &RenderError) -> Failed {
    match output::print(&broken(args, error)) {
        Ok(()) => not_rendered(args, error),
        Err(error) => Failed::from(error),
    }
}

/// With `--debug`, what was rendered before it failed.
pub(super) fn broken(args: &TemplateArgs, error: &RenderError) -> Vec<u8> {
    if !args.debug || error.files.is_empty() {
        return Vec::new();
    }
    let mut text = String::new();
    for file in error.files.iter().filter(|file| !file.text.trim_ascii().is_empty()) {
        text.push_str(&format!("---\n# Source: {}\n{}\n", file.path, file.text));
    }
    format!("{}\n", text.trim()).into_bytes()
}

/// What a chart that did not render tells.
pub(super) fn not_rendered(args: &TemplateArgs, error: &RenderError) -> Failed {
    let message = if args.debug { error.to_string() } else { error.helm_text() };
    // Helm stops at the first failure; below its words stand all of them, with places and hints.
    let details = told(args, &error.diagnostics, |all| match all {
        // Helm's words have said it; there may be something to add.
        [only] if only.place.is_none() => human::below(only),
        all => human::print(all),
    });
    Failed { details, ..Failed::from(message) }
}

/// What `--errors` wants told below Helm's error: nothing, a line of its log for each, or `blocks`
/// with lines and carets. Who reads a file or a pipe reads lines.
fn told(args: &TemplateArgs, errors: &[Diagnostic], blocks: impl FnOnce(&[Diagnostic]) -> String) -> String {
    match args.errors.as_deref() {
        Some("first") => String::new(),
        Some("log") => logged(errors),
        None if !std::io::stderr().is_terminal() => logged(errors),
        _ => blocks(errors),
    }
}

/// Errors as lines of Helm's log, with all that is known of each; one of which no more is known
/// than Helm says has none.
fn logged(errors: &[Diagnostic]) -> String {
    let mut out = String::new();
    for error in errors {
        let mut notes = Vec::new();
        if let Some(place) = &error.place {
            notes.push(format!("place={place}"));
            notes.extend(place.excerpt.iter().map(|line| format!("line={}", line.trim())));
        }
        if let Some(window) = &error.window {
            let marked = window.marked.checked_sub(window.first).and_then(|at| window.lines.get(at as usize));
            notes.extend(marked.map(|line| format!("rendered={}", line.trim())));
        }
        notes.extend(error.help.iter().map(|help| format!("help={help}")));
        let others = error.calls.iter().chain(&error.related);
        notes.extend(others.map(|related| format!("at={}: {}", related.place, related.message)));
        notes.extend(error.notes.iter().map(|note| format!("note={note}")));
        if !notes.is_empty() {
            out.push_str(&log_line(&Diagnostic { notes, ..error.clone() }));
            out.push('\n');
        }
    }
    out
}

fn located(diagnostic: &Diagnostic) -> Diagnostic {
    let message = match &diagnostic.place {
        Some(place) => format!("{place}: {}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    Diagnostic { message, ..diagnostic.clone() }
}

/// What cannot be done without a cluster or a network is refused, not ignored.
fn refuse(args: &TemplateArgs) -> Result<(), String> {
    let no_cluster = |flag: &str| Err(format!("{flag} is not supported: it asks a cluster, and this program has none"));
    if args.validate {
        return no_cluster("--validate");
    }
    match args.dry_run.as_deref() {
        None | Some("client") => {}
        Some("unset") => {
            eprintln!("level=WARN msg=\"--dry-run is deprecated and should be replaced with '--dry-run=client'\"")
        }
        Some("server") => return no_cluster("--dry-run=server"),
        Some(other) => match value::boolean(other) {
            Ok(true) => eprintln!(
                "level=WARN msg=\"boolean '--dry-run={other}' flag is deprecated and must be replaced with '--dry-run=client'\""
            ),
            Err(_) if other != "none" => {
                return Err(format!("invalid dry-run value ({other:?}). Must be \"none\", \"server\", or \"client\""));
            }
            _ => return Err(format!("invalid dry-run value ({other:?}). Must be \"server\" or \"client\"")),
        },
    }
    if args.dependency_update {
        return Err(
            "--dependency-update is not supported: this program uses no network; run `helm dependency update`".into()
        );
    }
    if let Some(url) = args.repo.as_deref().filter(|url| !url.is_empty()) {
        return Err(format!(
            "--repo is not supported: this program uses no network; run `helm pull --repo {url} CHART` first"
        ));
    }
    if let Some(url) = args.given.files().find(|name| is_remote(name)) {
        return Err(format!("values file {url} is not supported: this program uses no network; fetch the file first"));
    }
    Ok(())
}

/// The release's name and the chart, from what stands without a flag.
fn names(args: &TemplateArgs, embedded: bool) -> Result<(String, Option<&str>), String> {
    match args.names.as_slice() {
        [] if embedded => Ok((named(args)?, None)),
        [] => Err("\"chartwright template\" requires at least 1 argument\n\nUsage:  chartwright template [NAME] [CHART] [flags]".into()),
        [chart] => Ok((named(args)?, Some(chart))),
        [name, chart] => {
            if args.generate_name {
                return Err("cannot set --generate-name and also specify a name".into());
            }
            if args.name_template.is_some() {
                return Err("cannot set --name-template and also specify a name".into());
            }
            Ok((name.clone(), Some(chart)))
        }
        [_, _, more @ ..] => Err(format!("expected at most two arguments, unexpected arguments: {}", more.join(", "))),
    }
}

/// The name where none was given. As in Helm, `--generate-name` gives the same one.
fn named(args: &TemplateArgs) -> Result<String, String> {
    let Some(text) = args.name_template.as_deref().filter(|text| !text.is_empty()) else {
        return Ok("release-name".into());
    };
    let table = funcs::table();
    let source = Source::new("name-template", text.to_owned());
    let parsed = crate::template::parse(source, &|name| table.find(name)).map_err(|error| error.to_string())?;
    let outside = outside(args)?();
    let set = TemplateSet::default();
    let run = Run::new(&set, table, &outside, args.limits.apply()?);
    let (name, _) = run.file(&parsed.main, "", Value::Invalid).map_err(|error| error.message())?;
    Ok(String::from_utf8_lossy(&name).into_owned())
}

/// Helm's rule for a release's name.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let edge = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let part = |part: &str| {
        let bytes = part.as_bytes();
        edge(bytes.first()) && edge(bytes.last()) && bytes.iter().all(|b| edge(Some(b)) || *b == b'-')
    };
    if name.len() <= 53 && name.split('.').all(part) {
        return Ok(());
    }
    let rule = r"must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
    Err(format!(
        "release name check failed: release name \"{name}\": invalid release name, {rule} and the length must not be longer than 53"
    ))
}

/// The chart's absolute path, which is how messages name it.
pub(super) fn locate(verify: bool, chart: &str) -> Result<PathBuf, String> {
    if Path::new(chart).exists() {
        if verify {
            let why = "--verify is not supported: this program checks no signatures; run `helm verify` first";
            return Err(if Path::new(chart).is_dir() { "unpacked charts cannot be verified" } else { why }.into());
        }
        return std::path::absolute(chart).map_err(|error| error.to_string());
    }
    if chart.starts_with('/') || chart.starts_with('.') {
        return Err(format!("path \"{chart}\" not found"));
    }
    if chart.contains("://") {
        return Err(format!("chart {chart} is not supported: this program uses no network; run `helm pull` first"));
    }
    Err(format!("non-absolute URLs should be in form of repo_name/path_to_chart, got: {chart}"))
}

/// The objects of files that `--lookup` names.
pub(super) fn looked_up(names: &[String]) -> Result<Vec<Node>, String> {
    let mut objects: Vec<Node> = Vec::new();
    for name in names {
        let bytes = read(name)?;
        let text = String::from_utf8_lossy(&bytes);
        for range in manifest::split(&text) {
            let node = yaml::decode(text.get(range).unwrap_or_default().as_bytes())
                .map_err(|error| format!("failed to parse {name}: {}", error.message))?;
            match listed(&node) {
                Some(items) => objects.extend(items.iter().cloned()),
                None if !node.is_null() => objects.push(node),
                None => {}
            }
        }
    }
    Ok(objects)
}

/// Reads what the flags name, and gives what makes an outside of it for each render.
pub(super) fn outside(args: &TemplateArgs) -> Result<impl Fn() -> Outside + Sync, String> {
    let objects = looked_up(&args.lookup)?;
    let hosts = args.dns.iter().map(|name| hosts::read(name)).collect::<Result<Vec<_>, _>>()?;
    Ok(move || {
        let mut outside = args.seed.map_or_else(Outside::system, Outside::seeded);
        if let Some(seconds) = args.now {
            outside = outside.at(seconds, 0);
        }
        for addresses in &hosts {
            outside = outside.with_hosts(addresses.clone());
        }
        if args.enable_dns {
            outside = outside.with_resolver(Box::new(resolve));
        }
        cluster::with_objects(outside, &objects)
    })
}

/// The objects of a `kind: List`, as `kubectl get` writes them.
fn listed(node: &Node) -> Option<&[Node]> {
    match (&node.get("kind")?.data, &node.get("items")?.data) {
        (Data::Str(kind), Data::List(items)) if **kind == *b"List" => Some(items.as_slice()),
        _ => None,
    }
}

/// The first address of a host.
fn resolve(host: &str) -> String {
    use std::net::ToSocketAddrs;
    let first = (host, 0).to_socket_addrs().ok().and_then(|mut found| found.next());
    first.map(|address| address.ip().to_string()).unwrap_or_default()
}

fn write(
    args: &TemplateArgs,
    options: &Options,
    rendered: &Rendered,
    post_renderer: Option<&PostRenderer>,
) -> Result<(), Failed> {
    let Some(dir) = &args.output_dir else {
        return Ok(output::print(&text(args, rendered, post_renderer)?)?);
    };
    let release = args.release_name.then_some(options.release.name.as_str());
    let (crds, hooks, tests) = (args.include_crds, !args.no_hooks, !args.skip_tests);
    let files = output::Files { dir, release, crds, hooks, tests, adds_hooks: true };
    files.write(rendered, &mut |line| output::print(line.as_bytes()))?;
    // Helm has nothing left to show, and says so, after it has written everything.
    if let Some(first) = args.show_only.first() {
        return Err(format!("could not find template {first} in chart").into());
    }
    Ok(output::print(b"\n")?)
}

/// What is printed of a release.
pub(super) fn text(
    args: &TemplateArgs,
    rendered: &Rendered,
    post_renderer: Option<&PostRenderer>,
) -> Result<Vec<u8>, Failed> {
    let crds: Vec<(String, Vec<u8>)> = if args.include_crds {
        rendered.crds.iter().map(|(path, file)| (path.clone(), file.data.to_vec())).collect()
    } else {
        Vec::new()
    };
    let change = |manifests| match post_renderer {
        Some(program) => program.run(manifests).map(String::into_bytes),
        None => Ok(manifests),
    };
    let mut text = rendered.manifests.print_through(&crds, !args.no_hooks, !args.skip_tests, change)?;
    if !args.show_only.is_empty() {
        text = show::only(&String::from_utf8_lossy(&text), &args.show_only)?.into_bytes();
    }
    if args.notes
        && let Some(notes) = &rendered.notes
    {
        text.extend_from_slice(format!("---\n# NOTES\n{}\n", notes.trim_end()).as_bytes());
    }
    Ok(text)
}
