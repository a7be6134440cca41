//! Every object of a plan, with its changes and why they happen.
//!
//! In: the compared pairs. Out: [`ObjectPlan`]s in the order in which Helm applies them, removed ones last; and concerns
//! for what is made anew at random, or cannot be known here.

use crate::manifest::{INSTALL_ORDER, Object};
use crate::plan::compare::cause::{causes, causes_of_whole};
use crate::plan::pods::noise::checksums;
use crate::plan::pods::workload::{Move, moves};
use crate::plan::{
    Both, Cause, Change, ChangeKind, Compared, Concern, ConcernCode, FieldChange, FieldChangeKind, ObjectPlan, Path,
    Verdict,
};
use crate::value::Node;
use serde_json::Value as Json;

/// The section of a plan.
pub(in crate::plan) fn objects(both: &Both<'_>, concerns: &mut Vec<Concern>) -> Vec<ObjectPlan> {
    let workloads = moves(both);
    let mut found: Vec<(bool, usize, ObjectPlan)> = both
        .pairs
        .iter()
        .map(|compared| {
            let plan = object(both, compared, &workloads);
            let order = INSTALL_ORDER.iter().position(|kind| *kind == plan.id.kind).unwrap_or(INSTALL_ORDER.len());
            (compared.pair.new.is_none(), order, plan)
        })
        .collect();
    found.sort_by_key(|(is_gone, order, _)| (*is_gone, *order));
    let found: Vec<ObjectPlan> = found.into_iter().map(|(_, _, plan)| plan).collect();
    random(&found, concerns);
    found
}

fn object(both: &Both<'_>, compared: &Compared<'_>, workloads: &[Move<'_, '_>]) -> ObjectPlan {
    let own = workloads.iter().find(|of| std::ptr::eq(of.compared, compared));
    let pods = own.map(|of| checksums(both, of)).unwrap_or_default();
    let rolls = |change: &Change| change.path.is_below(&["spec", "template"]) && compared.verdict == Verdict::RollsPods;
    let mut changes: Vec<FieldChange> = compared
        .changes
        .iter()
        .map(|change| {
            let (kind, old, new) = parts(&change.kind);
            let causes = causes(both, compared, change, &pods);
            FieldChange {
                path: change.path.to_string(),
                kind,
                old: old.map(json),
                new: new.map(json),
                causes,
                restarts: rolls(change),
            }
        })
        .collect();
    let whole = match compared.verdict {
        Verdict::Added => Some(FieldChangeKind::Added),
        Verdict::Removed | Verdict::Orphaned => Some(FieldChangeKind::Removed),
        _ => None,
    };
    if let Some(kind) = whole.filter(|_| changes.is_empty()) {
        let (causes, path) = (causes_of_whole(both, compared), Path::default().to_string());
        if !causes.is_empty() {
            changes.push(FieldChange { path, kind, old: None, new: None, causes, restarts: false });
        }
    }
    let is_hook = compared.pair.new.or(compared.pair.old).is_some_and(|object| !object.hooks.is_empty());
    ObjectPlan {
        id: compared.id(),
        verdict: compared.verdict,
        renamed: compared.pair.renamed.map(Object::id),
        changes,
        rejections: compared.rejections.clone(),
        diff: String::new(),
        is_hook,
    }
}

/// A node as reports print it: whole numbers without a fraction, which values files give all numbers.
pub(in crate::plan) fn json(node: &Node) -> Json {
    let mut json = serde_json::to_value(node).unwrap_or_default();
    whole(&mut json);
    json
}

fn whole(json: &mut Json) {
    match json {
        #[allow(clippy::cast_possible_truncation)] // it was seen to fit
        Json::Number(number) => {
            let exact = |number: &f64| number.fract() == 0.0 && number.abs() < 1e15;
            if let Some(found) = number.as_f64().filter(|_| number.is_f64()).filter(exact) {
                *json = Json::from(found as i64);
            }
        }
        Json::Array(items) => items.iter_mut().for_each(whole),
        Json::Object(entries) => entries.values_mut().for_each(whole),
        _ => {}
    }
}

fn parts(kind: &ChangeKind) -> (FieldChangeKind, Option<&Node>, Option<&Node>) {
    match kind {
        ChangeKind::Added(new) => (FieldChangeKind::Added, None, Some(new)),
        ChangeKind::Removed(old) => (FieldChangeKind::Removed, Some(old), None),
        ChangeKind::Changed(old, new) => (FieldChangeKind::Changed, Some(old), Some(new)),
        ChangeKind::Reordered => (FieldChangeKind::Reordered, None, None),
    }
}

/// Secrets that every render draws anew, and other fields that cannot be known here.
fn random(objects: &[ObjectPlan], concerns: &mut Vec<Concern>) {
    for object in objects.iter().filter(|object| !object.is_hook) {
        for change in &object.changes {
            let place = change.causes.iter().find_map(|cause| match cause {
                Cause::Random { place } => Some(place.clone()),
                _ => None,
            });
            let Some(place) = place else { continue };
            let is_checksum = change.path.contains(".annotations.");
            let is_kept = change.causes.iter().any(|cause| matches!(cause, Cause::Lookup { .. }));
            let is_secret = object.id.kind == "Secret";
            let (code, text, help) = match (is_secret, is_kept) {
                _ if is_checksum => continue,
                (true, true) => (
                    ConcernCode::Unknown,
                    format!(
                        "`{}` is drawn at random where the cluster has no such Secret; a live one is kept",
                        change.path
                    ),
                    "give the live Secret with `--lookup FILE` (`kubectl get secret -o yaml`) to know",
                ),
                (true, false) => (
                    ConcernCode::NewSecret,
                    format!("`{}` is drawn at random in each render: this upgrade makes it anew", change.path),
                    "set it in your values, or name an existing Secret, so that it stays",
                ),
                (false, _) => (
                    ConcernCode::Unknown,
                    format!("`{}` is made of random numbers or the clock: it differs in each render", change.path),
                    "nothing can be said of it before the upgrade",
                ),
            };
            let concern = Concern::new(code, text).about(object.id.clone(), change.path.clone()).help(help);
            concerns.push(Concern { place, ..concern });
        }
    }
}
