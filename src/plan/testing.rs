//! What tests of sections share: sides out of a few lines.
//!
//! In: manifests as text, or templates of a chart. Out: both sides, compared.

use super::{Both, Concern, ConcernCode, Settings, Side};
use crate::kube::Minor;
use crate::render::{Compiled, Options};
use crate::values::{Layer, Values};
use crate::{Chart, Outside};

/// Runs something on two sides of manifests, in namespace `prod` of a cluster 1.34.
pub(super) fn with<T>(old: &str, new: &str, run: impl FnOnce(&Both<'_>) -> T) -> T {
    with_minor(Minor(34), old, new, run)
}

/// The same on a cluster of another version.
pub(super) fn with_minor<T>(kube: Minor, old: &str, new: &str, run: impl FnOnce(&Both<'_>) -> T) -> T {
    let side = |text: &str| Side::of_manifests("test", "r", "prod", &[("a.yaml".into(), text.into())]);
    let (old, new, settings) = (side(old), side(new), Settings { kube, ..Settings::default() });
    run(&Both::new(&old, &new, &settings))
}

/// A side of a chart with this version and these templates; each version draws other random numbers, and so does `again`.
pub(super) fn chart(version: &str, templates: &[(&str, &str)], set: &str) -> Side {
    let metadata = format!("apiVersion: v2\nname: app\nversion: {version}\n");
    let mut files = vec![("Chart.yaml".to_owned(), metadata.into_bytes())];
    files.extend(templates.iter().map(|(path, text)| (format!("templates/{path}"), text.as_bytes().to_vec())));
    let compiled = || Compiled::new(&Chart::from_files(files.clone()).expect("the chart is well formed"));
    let values = Values::build(&[Layer::Set(set.into())]).expect("the values are well formed");
    let options = |seed| Options::new().name("r").namespace("prod").outside(Outside::seeded(seed));
    let seed: u64 = version.bytes().map(u64::from).sum();
    let side = Side::of_chart("test", compiled(), values, options(seed), &options(seed + 1000));
    assert!(side.is_whole(), "{:?}", side.problems);
    side
}

/// The messages of one kind that a section gives.
pub(super) fn messages(concerns: &[Concern], code: ConcernCode) -> Vec<&str> {
    concerns.iter().filter(|concern| concern.code == code).map(|concern| concern.message.as_str()).collect()
}

/// A StatefulSet `NAME` with an image, and more lines below `spec` and below the pod spec, each indented as it stands.
pub(super) fn stateful(name: &str, image: &str, spec: &str, pod: &str) -> String {
    workload("StatefulSet", name, image, spec, pod)
}

/// The same of another kind.
pub(super) fn workload(kind: &str, name: &str, image: &str, spec: &str, pod: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}, labels: {{app: {name}}}}}\nspec:\n{spec}\n  \
         selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata:\n      labels: {{app: {name}}}\n    spec:\n{pod}\n      \
         containers:\n      - name: main\n        image: {image}\n        volumeMounts: [{{name: data, mountPath: /data}}]\n"
    )
}

/// volumeClaimTemplates with one of this size.
pub(super) fn template(size: &str) -> String {
    format!(
        "  volumeClaimTemplates: [{{metadata: {{name: data}}, spec: {{resources: {{requests: {{storage: {size}}}}}}}}}]"
    )
}
