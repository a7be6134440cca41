//! The Redis chart that this crate ships, embedded: it renders with no file on disk.
//!
//! In: nothing. Out: a [`Chart`], the same as `Chart::load("chart")` gives in a checkout.

use crate::chart::{Chart, LoadError};
use include_dir::{Dir, include_dir};

/// chart/ as it was at compile time. A new file there is seen by the next build of this file; a test notices until then.
static FOLDER: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/chart");

/// Every file of the packaged chart, with its path below chart/. `.helmignore` says the same to Helm.
fn files() -> Vec<(String, Vec<u8>)> {
    fn walk(dir: &Dir<'_>, found: &mut Vec<(String, Vec<u8>)>) {
        for file in dir.files() {
            // Chart paths have slashes on every system.
            let name = file.path().to_string_lossy().replace('\\', "/");
            if name != ".helmignore" && !name.starts_with("ci/") {
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
