//! The Redis chart that this crate ships, embedded: it renders with no file on disk.
//!
//! In: nothing. Out: a [`Chart`], the same as `Chart::load("chart")` gives in a checkout.

use crate::chart::{Chart, LoadError};

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../chart/", $name)).as_slice())),*]
    };
}

/// Every file of chart/ that belongs to the packaged chart; a test holds it against the folder.
const FILES: &[(&str, &[u8])] = files![
    "Chart.yaml",
    "values.yaml",
    "files/ready.sh",
    "files/redis.conf",
    "files/start.sh",
    "templates/NOTES.txt",
    "templates/_config.tpl",
    "templates/_labels.tpl",
    "templates/_mode.tpl",
    "templates/_names.tpl",
    "templates/_probes.tpl",
    "templates/_validate.tpl",
    "templates/config-configmap.yaml",
    "templates/headless-service.yaml",
    "templates/master-service.yaml",
    "templates/read-service.yaml",
    "templates/redis-secret.yaml",
    "templates/redis-service.yaml",
    "templates/redis-serviceaccount.yaml",
    "templates/redis-statefulset.yaml",
    "templates/scripts-configmap.yaml",
];

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
    Chart::from_files(FILES.iter().map(|(name, data)| ((*name).to_owned(), data.to_vec())))
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
        assert_eq!(embedded.len(), FILES.len());
        assert!(embedded == on_disk, "add new files of chart/ to FILES in src/redis/mod.rs");
    }
}
