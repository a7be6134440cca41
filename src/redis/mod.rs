//! The Redis chart that this crate ships, embedded: it renders with no file on disk.
//!
//! In: nothing, or layers of values. Out: a [`Chart`], the same as `Chart::load("chart")` gives in a checkout;
//! [`Values`], typed and checked; and what the chart renders with them. This room uses the crate's public names only.

mod check;
mod docs;
mod kinds;
mod kubernetes;
mod mode;
mod place;
mod quantity;
mod removed;
mod reserved;
mod rules;
mod schema;
mod secure;
mod shared;
mod values;

pub use self::check::{Checked, layers as check};
pub use self::docs::{Doc, all as docs};
pub use self::kubernetes::*;
pub use self::mode::{Decision, Mode, ModeError, decide};
pub use self::quantity::Quantity;
pub use self::schema::schema_text;
pub use self::shared::shape_of;
pub use self::values::*;

use crate::chart::{Chart, LoadError};
use crate::value::Node;
use crate::{Compiled, Diagnostic, Layer, Options, Release, RenderError, Rendered, yaml};
use include_dir::{Dir, include_dir};
use std::sync::OnceLock;

/// chart/ as it was at compile time. A new file there is seen by the next build of this file; a test notices until then.
static FOLDER: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/chart");

/// So that a change in the two files that this room reads is seen by the next build.
const _: (&str, &str) = (include_str!("../../chart/values.yaml"), include_str!("../../chart/values.schema.json"));

/// Every file of the packaged chart, with its path below chart/. `.helmignore` says the same to Helm.
fn files() -> Vec<(String, Vec<u8>)> {
    fn walk(dir: &Dir<'_>, found: &mut Vec<(String, Vec<u8>)>) {
        for file in dir.files() {
            // Chart paths have slashes on every system.
            let name = file.path().to_string_lossy().replace('\\', "/");
            if name != ".helmignore" && !name.starts_with("ci/") && !name.starts_with("tests/") {
                found.push((name, file.contents().to_vec()));
            }
        }
        dir.dirs().for_each(|inner| walk(inner, found));
    }
    let mut found = Vec::new();
    walk(&FOLDER, &mut found);
    found
}

/// The embedded Redis chart.
///
/// # Errors
/// None in a released crate; a test renders it.
///
/// ```
/// use chartwright::{Options, Values, redis, render};
/// let rendered = render(&redis::chart()?, &Values::default(), &Options::new())?;
/// assert!(rendered.text().contains("kind: StatefulSet"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn chart() -> Result<Chart, LoadError> {
    Chart::from_files(files())
}

/// Why the Redis chart did not render.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Values are wrong; nothing was rendered.
    #[error("{}", summary(.0))]
    Values(Vec<Diagnostic>),
    /// The embedded chart cannot be read, which a test rules out.
    #[error(transparent)]
    Chart(#[from] LoadError),
    /// Rendering failed.
    #[error(transparent)]
    Render(#[from] RenderError),
}

impl Error {
    /// Everything that went wrong.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        match self {
            Error::Values(diagnostics) => diagnostics.clone(),
            Error::Chart(error) => vec![Diagnostic::error("bad-chart", error.to_string())],
            Error::Render(error) => error.diagnostics.clone(),
        }
    }
}

fn summary(diagnostics: &[Diagnostic]) -> String {
    match diagnostics {
        [] => "values of the Redis chart are wrong".to_owned(),
        [one] => one.message.clone(),
        [first, rest @ ..] => format!("{} (and {} more)", first.message, rest.len()),
    }
}

/// Renders the Redis chart with typed values, for this release.
///
/// # Errors
/// Everything that is wrong with the values, before anything is rendered.
///
/// ```
/// use chartwright::{Release, redis};
/// let mut values = redis::Values::default();
/// values.mode = redis::Mode::Replica.into();
/// values.redis.password = "correct horse battery staple".into();
/// let release = Release { name: "shop".into(), ..Release::default() };
/// let rendered = redis::render(&values, &release)?;
/// assert!(rendered.text().contains("name: shop-redis-master"));
/// # Ok::<(), redis::Error>(())
/// ```
pub fn render(values: &Values, release: &Release) -> Result<Rendered, Error> {
    render_with(values, &Options { release: release.clone(), ..Options::default() })
}

/// [`render`], with every option.
///
/// # Errors
/// As [`render`].
pub fn render_with(values: &Values, options: &Options) -> Result<Rendered, Error> {
    let wrong =
        |error: crate::value::SerializeError| Error::Values(vec![Diagnostic::error("bad-value", error.to_string())]);
    render_layers(&[values.to_layer().map_err(wrong)?], options)
}

/// Renders the Redis chart with layers of values: files, flags, typed [`Values`], in any mixture.
///
/// # Errors
/// As [`render`].
///
/// ```
/// use chartwright::{Layer, Options, redis};
/// let layers = [Layer::Set("mode= Replica ,service.portt=1".into())];
/// let error = redis::render_layers(&layers, &Options::new()).unwrap_err();
/// assert_eq!(error.to_string(), "unknown value `service.portt`");
/// ```
pub fn render_layers(layers: &[Layer], options: &Options) -> Result<Rendered, Error> {
    let checked = check(layers);
    let errors: Vec<Diagnostic> = checked.errors().cloned().collect();
    if !errors.is_empty() {
        return Err(Error::Values(errors));
    }
    static COMPILED: OnceLock<Compiled> = OnceLock::new();
    let compiled = match COMPILED.get() {
        Some(compiled) => compiled,
        None => {
            let chart = chart()?;
            COMPILED.get_or_init(|| Compiled::new(&chart))
        }
    };
    let user = crate::Values::build(layers)
        .map_err(|error| Error::Values(vec![Diagnostic::error("unreadable-values", error.to_string())]))?;
    let mut rendered = compiled.render(&user, options)?;
    // The checked warnings say more than the merge's, and hold nothing twice.
    rendered.warnings.extend(checked.diagnostics);
    Ok(rendered)
}

/// A file of the chart by name; empty when there is none.
fn file(name: &str) -> &'static [u8] {
    FOLDER.get_file(name).map(|file| file.contents()).unwrap_or_default()
}

/// chart/values.yaml, read once.
fn defaults() -> &'static Node {
    static DEFAULTS: OnceLock<Node> = OnceLock::new();
    DEFAULTS.get_or_init(|| yaml::decode(file("values.yaml")).expect("a test reads the embedded values.yaml"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_embedded_files_are_those_of_the_folder() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/chart");
        let loaded = Chart::load(folder).expect("chart/ loads");
        let names =
            |chart: &Chart| -> BTreeSet<_> { chart.raw().iter().map(|f| (f.name.clone(), f.data.clone())).collect() };
        let embedded = names(&chart().expect("the embedded chart loads"));
        let on_disk: BTreeSet<_> = names(&loaded).into_iter().filter(|(name, _)| &**name != ".helmignore").collect();
        let differ: Vec<_> = embedded.symmetric_difference(&on_disk).map(|(name, _)| name).collect();
        assert!(differ.is_empty(), "embedded and on disk differ, `touch src/redis/mod.rs`: {differ:?}");
    }
}
