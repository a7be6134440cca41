//! Definitions in `crds/` that differ: Helm installs them with a new release only, and never touches them again.
//!
//! In: both sides. Out: [`Concern`]s for what is left to do by hand.

use crate::kube::{refusals, upgrade};
use crate::manifest::{Object, objects, read};
use crate::plan::{Both, Concern, ConcernCode, Side, changes};
use crate::shell::script;
use std::sync::Arc;

pub(in crate::plan) fn crds(both: &Both<'_>, concerns: &mut Vec<Concern>) {
    // Of manifests nobody knows what stood in `crds/`.
    if both.old.chart.is_none() || both.new.chart.is_none() {
        return;
    }
    let (before, after) = (definitions(both.old), definitions(both.new));
    for new in &after {
        let old = before.iter().find(|old| old.name() == new.name());
        let message = match old.map(|old| (old, upgrade(both.settings.kube, &old.node, &new.node))) {
            Some((old, _)) if old.node == new.node => continue,
            Some((_, (before, after))) => {
                match (refusals(&before, &after).first(), changes(&before, &after).is_empty()) {
                    (Some(refusal), _) => format!(
                        "`{}` changes in `crds/`, which Helm does not upgrade, and the API server refuses that: {}: {}",
                        new.name(),
                        refusal.path,
                        refusal.detail
                    ),
                    (None, true) => continue,
                    (None, false) => format!("`{}` changes in `crds/`, which Helm does not upgrade", new.name()),
                }
            }
            None => format!("`{}` is new in `crds/`, which Helm installs with a new release only", new.name()),
        };
        let source = both.new.source.as_str();
        let is_chart = !source.is_empty() && source != "-" && !source.starts_with("git:");
        let command = format!("helm show crds {} | kubectl apply --server-side --force-conflicts -f -", script(source));
        let concern = Concern::new(ConcernCode::ManualStep, message).about(new.id(), "");
        let concern = concern.help("apply the definitions before the upgrade");
        concerns.push(if is_chart { concern.commands([command]) } else { concern });
    }
}

fn definitions(side: &Side) -> Vec<Object> {
    let files: Vec<(Arc<str>, Arc<str>)> = side
        .attempt
        .crds
        .iter()
        .map(|(path, file)| (Arc::from(path.as_str()), Arc::from(String::from_utf8_lossy(&file.data))))
        .collect();
    objects(&read(&files)).into_iter().filter(|object| object.kind() == "CustomResourceDefinition").collect()
}
