//! Definitions that differ. Those in `crds/` Helm installs with a new release only, and never touches them again.
//!
//! In: both sides. Out: [`Concern`]s for what is left to do by hand, and for objects that the new definition takes no
//! longer.

use crate::kube::{refusals, upgrade};
use crate::manifest::{Object, ObjectId, objects, read};
use crate::operator::compat::{Break, BreakKind, definition, is_definition};
use crate::plan::{Both, Concern, ConcernCode, Side, changes};
use crate::shell::script;
use std::sync::Arc;

pub(in crate::plan) fn crds(both: &Both<'_>, concerns: &mut Vec<Concern>) {
    applied(both, concerns);
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
        if let Some(old) = old {
            tell(&definition(&old.node, &new.node), &new.id(), concerns);
        }
    }
}

/// Breaks of one definition that are spelled out.
const MOST_BREAKS: usize = 20;

/// Definitions among the manifests, which Helm does upgrade, and delete.
fn applied(both: &Both<'_>, concerns: &mut Vec<Concern>) {
    for pair in both.pairs.iter().map(|compared| &compared.pair) {
        match (pair.old, pair.new) {
            (Some(old), Some(new)) if is_definition(&new.node) && is_definition(&old.node) => {
                let (before, after) = upgrade(both.settings.kube, &old.node, &new.node);
                tell(&definition(&before, &after), &new.id(), concerns);
            }
            (Some(old), None) if is_definition(&old.node) && old.hooks.is_empty() => {
                let kept = old.node.find("metadata.annotations").and_then(|all| all.get("helm.sh/resource-policy"));
                if kept.and_then(crate::value::Node::as_text).is_none_or(|policy| policy.trim() != "keep") {
                    let message = format!("{} is deleted, and every object of its kind with it", old.id());
                    let concern = Concern::new(ConcernCode::DataLoss, message).about(old.id(), "");
                    concerns.push(concern.help(BreakKind::DefinitionGone.help()));
                }
            }
            _ => {}
        }
    }
}

/// What objects of this kind lose, or are refused for.
fn tell(found: &[Break], id: &ObjectId, concerns: &mut Vec<Concern>) {
    for one in found.iter().take(MOST_BREAKS) {
        let code = match one.kind {
            BreakKind::DefinitionGone | BreakKind::FieldGone | BreakKind::UnknownDropped => ConcernCode::DataLoss,
            _ => ConcernCode::ManualStep,
        };
        let concern = Concern::new(code, one.to_string()).about(id.clone(), one.path.clone());
        concerns.push(concern.help(one.kind.help()));
    }
    if found.len() > MOST_BREAKS {
        let message = format!("{} more changes of `{}` break objects", found.len() - MOST_BREAKS, id.name);
        let help = "`chartwright ops operator crds OLD NEW` tells all of them";
        concerns.push(Concern::new(ConcernCode::ManualStep, message).about(id.clone(), "").help(help));
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
