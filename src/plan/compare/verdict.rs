//! What becomes of one object.
//!
//! In: a [`Pair`]. Out: [`Compared`]: what differs once both are as the server stores them, the verdict, and why the API
//! server refuses it, in its words.

use crate::kube::{
    Minor, Problem, Quantity, api_versions, check, known_kind, refusals, show_path, upgrade, why_unknown,
};
use crate::manifest::{HookEvent, Object};
use crate::path::Step;
use crate::plan::Both;
use crate::plan::compare::remedy;
use crate::plan::{
    Change, ChangeKind, Compared, Concern, ConcernCode, Pair, Part, Rejection, Settings, Side, Verdict, changes,
};
use crate::shell::script;
use crate::value::{Data, Node};

/// What Helm writes over whatever a manifest says, and what makes no other object.
const WRITTEN: &[&[&str]] = &[
    &["apiVersion"],
    &["metadata", "namespace"],
    &["metadata", "labels", "app.kubernetes.io/managed-by"],
    &["metadata", "annotations", "meta.helm.sh/release-name"],
    &["metadata", "annotations", "meta.helm.sh/release-namespace"],
];

pub(in crate::plan) fn compare<'s>(
    pair: Pair<'s>,
    (before, after): (&Side, &Side),
    settings: &Settings,
) -> Compared<'s> {
    let minor = settings.kube;
    let mut compared = Compared { pair, changes: Vec::new(), verdict: Verdict::Unchanged, rejections: Vec::new() };
    if let Some(rejection) = pair.old.filter(|old| old.hooks.is_empty()).and_then(|old| stale(old, after, minor)) {
        compared.rejections.push(rejection);
    }
    match (pair.old, pair.new) {
        (Some(old), None) => compared.verdict = left(old),
        (None, Some(new)) => {
            compared.verdict = if new.hooks.is_empty() || runs(new) { Verdict::Added } else { Verdict::Unchanged };
            compared.rejections = unfit(new, &after.namespace, minor);
        }
        (Some(old), Some(new)) => {
            let stored = (old.node != new.node).then(|| upgrade(minor, &old.node, &new.node));
            compared.changes = stored.as_ref().map(differences).unwrap_or_default();
            let places = (before.namespace.as_str(), after.namespace.as_str());
            let (verdict, rejections) = both((old, new), stored, &compared.changes, places, minor);
            compared.verdict = verdict;
            compared.rejections.extend(rejections);
        }
        (None, None) => {}
    }
    if !compared.rejections.is_empty() {
        compared.verdict = Verdict::Rejected;
    }
    compared
}

/// One concern for each refusal: the section of a plan.
pub(in crate::plan) fn refused(both: &Both<'_>, concerns: &mut Vec<Concern>) {
    for compared in &both.pairs {
        for rejection in &compared.rejections {
            let concern = Concern::new(ConcernCode::Refused, rejection.message.clone());
            let concern = concern.about(compared.id(), rejection.path.clone());
            let help = Some(rejection.remedy.clone()).filter(|remedy| !remedy.is_empty());
            concerns.push(Concern { help, ..concern.commands(rejection.commands.iter().cloned()) });
        }
    }
}

/// What becomes of an object that is on the old side only.
fn left(old: &Object) -> Verdict {
    let keeps = old.head.annotations.get("helm.sh/resource-policy").is_some_and(|policy| policy.trim() == "keep");
    match () {
        () if !old.hooks.is_empty() => hook_left(old),
        () if keeps => Verdict::Orphaned,
        () => Verdict::Removed,
    }
}

/// Helm does not remove hooks of releases before; one that deletes itself is gone already.
fn hook_left(old: &Object) -> Verdict {
    let ran = old.hooks.iter().any(|event| !matches!(event, HookEvent::Test));
    if ran && !has_policy(old, "hook-succeeded") { Verdict::Orphaned } else { Verdict::Removed }
}

fn has_policy(object: &Object, wanted: &str) -> bool {
    let policies = object.head.annotations.get("helm.sh/hook-delete-policy").map(String::as_str).unwrap_or_default();
    policies.split(',').any(|policy| policy.trim() == wanted)
}

/// Whether Helm deletes what is there of a hook before it makes it anew, as it does where nothing else is said.
fn is_deleted_before(hook: &Object) -> bool {
    let says = |object: &Object| object.head.annotations.contains_key("helm.sh/hook-delete-policy");
    !says(hook) || has_policy(hook, "before-hook-creation")
}

/// Whether an upgrade runs this hook.
fn runs(object: &Object) -> bool {
    object.hooks.iter().any(|event| matches!(event, HookEvent::PreUpgrade | HookEvent::PostUpgrade))
}

fn both(
    (old, new): (&Object, &Object),
    stored: Option<(Node, Node)>,
    changes: &[Change],
    (before, after): (&str, &str),
    minor: Minor,
) -> (Verdict, Vec<Rejection>) {
    match (old.hooks.is_empty(), new.hooks.is_empty()) {
        // Helm takes away what was an object of the release, also where a hook just made it anew.
        (true, false) => return (left(old), if runs(new) { unfit(new, after, minor) } else { Vec::new() }),
        (false, false) if !runs(new) => return (Verdict::Unchanged, Vec::new()),
        (false, false) if is_deleted_before(new) => return (Verdict::Recreated, unfit(new, after, minor)),
        (false, false) if hook_left(old) == Verdict::Removed => return (Verdict::Added, unfit(new, after, minor)),
        (false, true) => {
            let gone = hook_left(old) == Verdict::Removed;
            let rejections = if gone { unfit(new, after, minor) } else { vec![foreign(new, after)] };
            return (Verdict::Added, rejections);
        }
        // A hook that nobody deletes is applied over what is there.
        (false, false) | (true, true) => {}
    }
    let mut rejections = unserved(new, minor).into_iter().collect::<Vec<_>>();
    let Some((stored, next)) = stored.filter(|_| rejections.is_empty()) else {
        return (Verdict::Unchanged, rejections);
    };
    let namespace = new.namespace_in(after);
    for refusal in refusals(&stored, &next) {
        let path = narrow(&show_path(&refusal.problem.path), changes);
        let (remedy, commands) = remedy::of(&path, old, new, if namespace.is_empty() { before } else { namespace });
        let message = invalid(new, &format!("{}: {}", refusal.path, refusal.detail));
        rejections.push(Rejection { path, message, remedy, commands });
    }
    // The server took the old object as it is: a fault that was there before is none, or the server knows better. Fields
    // that it does not know are refused only since Helm applies on the server's side.
    let before: Vec<Problem> = check(minor, &old.node).unwrap_or_default();
    let was = |problem: &Problem| before.iter().any(|old| (old.rule, &old.path) == (problem.rule, &problem.path));
    let is_new = |problem: &Problem| problem.rule == "unknown-field" || !was(problem);
    rejections.extend(broken(new, after, minor, is_new));
    (verdict_of(new.kind(), changes), rejections)
}

/// The verdict for changes that the server takes.
fn verdict_of(kind: &str, changes: &[Change]) -> Verdict {
    let is_label = |change: &Change| {
        change.path.is_below(&["metadata", "labels"]) || change.path.is_below(&["metadata", "annotations"])
    };
    let rolls = |change: &Change| match kind {
        // Each spelling of an amount is another revision for these.
        "StatefulSet" | "DaemonSet" => change.path.is_below(&["spec", "template"]),
        "Deployment" => change.path.is_below(&["spec", "template"]) && !is_same_amount(change),
        "Pod" => change.path.field() == Some("image"),
        _ => false,
    };
    match () {
        () if changes.is_empty() => Verdict::Unchanged,
        () if changes.iter().any(rolls) => Verdict::RollsPods,
        () if changes.iter().all(is_label) => Verdict::LabelOnly,
        () => Verdict::InPlace,
    }
}

/// `1Gi` and `1073741824` in a place of amounts.
fn is_same_amount(change: &Change) -> bool {
    let ChangeKind::Changed(old, new) = &change.kind else { return false };
    let fields = ["requests", "limits", "sizeLimit", "divisor", "overhead"];
    let is_amount = |part: &Part| matches!(part, Part::Key(key) if fields.contains(&key.as_str()));
    change.path.0.iter().any(is_amount) && Quantity::of(old).is_some_and(|old| Quantity::of(new) == Some(old))
}

/// What differs once the server has made of both what it does.
fn differences((before, after): &(Node, Node)) -> Vec<Change> {
    let mut found = changes(before, after);
    found.retain(|change| !WRITTEN.iter().any(|keys| change.path.is_below(keys)));
    for keys in WRITTEN.iter().filter(|keys| keys.len() == 3) {
        found.retain_mut(|change| is_still_told(change, keys));
    }
    found
}

/// Labels that come or go as a whole may hold nothing but what Helm writes anyway.
fn is_still_told(change: &mut Change, keys: &[&str]) -> bool {
    let Some((last, above)) = keys.split_last() else { return true };
    if change.path.0.len() != above.len() || !change.path.is_below(above) {
        return true;
    }
    let (ChangeKind::Added(node) | ChangeKind::Removed(node)) = &mut change.kind else { return true };
    let Some(map) = node.as_map_mut() else { return true };
    map.remove(last.as_bytes());
    !map.is_empty()
}

/// The field below a refused one that changes, where it is only one.
fn narrow(path: &str, changes: &[Change]) -> String {
    let mut below = changes
        .iter()
        .map(|change| change.path.to_string())
        .filter(|one| one.strip_prefix(path).is_some_and(|rest| rest.starts_with('.') || rest.starts_with('[')));
    match (below.next(), below.next()) {
        (Some(one), None) => one,
        _ => path.to_owned(),
    }
}

/// `StatefulSet.apps "x" is invalid: …`.
fn invalid(object: &Object, what: &str) -> String {
    let group = object.head.api_version.split_once('/').map(|(group, _)| format!(".{group}")).unwrap_or_default();
    format!("{}{group} {:?} is invalid: {what}", object.kind(), object.name())
}

/// What keeps a new object out.
fn unfit(new: &Object, namespace: &str, minor: Minor) -> Vec<Rejection> {
    match unserved(new, minor) {
        Some(rejection) => vec![rejection],
        None => broken(new, namespace, minor, |_| true),
    }
}

/// A kind that the cluster does not serve.
fn unserved(new: &Object, minor: Minor) -> Option<Rejection> {
    let (version, kind) = (new.head.api_version.as_str(), new.kind());
    if known_kind(minor, version, kind).is_some() {
        return None;
    }
    let (why, fix) = why_unknown(minor, version, kind)?;
    if minor < Minor::OLDEST && api_versions(minor).iter().any(|one| *one == format!("{version}/{kind}")) {
        return None;
    }
    let message = format!(
        "resource mapping not found for name: {:?} namespace: {:?} from \"\": no matches for kind {kind:?} in version {version:?}",
        new.name(),
        new.head.namespace
    );
    let remedy = fix.map_or_else(|| why.clone(), |fix| format!("{why}: {fix}"));
    Some(Rejection { path: "apiVersion".to_owned(), message, remedy, commands: Vec::new() })
}

/// An object that the cluster does not serve any more as the release has it: Helm cannot even begin.
fn stale(old: &Object, after: &Side, minor: Minor) -> Option<Rejection> {
    let rejection = unserved(old, minor)?;
    let message = format!("unable to build kubernetes objects from current release manifest: {}", rejection.message);
    let remedy = format!(
        "{}; the release that is stored must say so before any upgrade, which the plugin `mapkubeapis` of Helm does",
        rejection.remedy
    );
    let commands = if after.release.is_empty() {
        Vec::new()
    } else {
        vec![format!("helm mapkubeapis {} -n {}", script(&after.release), script(&after.namespace))]
    };
    Some(Rejection { path: rejection.path, message, remedy, commands })
}

/// What is wrong with a manifest by itself.
fn broken(new: &Object, namespace: &str, minor: Minor, counts: impl Fn(&Problem) -> bool) -> Vec<Rejection> {
    let told = check(minor, &new.node).unwrap_or_default().into_iter().filter(counts).map(|problem| Rejection {
        message: words(&problem, new, namespace),
        path: show_path(&problem.path),
        remedy: problem.fix.unwrap_or_default(),
        commands: Vec::new(),
    });
    told.collect()
}

/// A problem in the server's words, where they are known.
fn words(problem: &Problem, new: &Object, namespace: &str) -> String {
    let typed = |what: &str| {
        let head = &new.head;
        let namespace = new.namespace_in(namespace);
        let (version, kind) = (&head.api_version, &head.kind);
        format!("failed to create typed patch object ({namespace}/{}; {version}, Kind={kind}): {what}", head.name)
    };
    match problem.rule {
        "unknown-field" => typed(&format!("{}: field not declared in schema", keyed(&problem.path, &new.node))),
        "duplicate-env" | "duplicate-mount-path" | "duplicate-name" => match problem.path.as_slice() {
            [list @ .., Step::Index(_), Step::Key(key)] => {
                let mut node = Some(&new.node);
                for step in &problem.path {
                    node = node.and_then(|node| node.step(step));
                }
                let value = node.and_then(Node::as_text).unwrap_or_default();
                typed(&format!("{}: duplicate entries for key [{key}={value:?}]", keyed(list, &new.node)))
            }
            _ => invalid(new, &format!("{}: {}", show_path(&problem.path), problem.message)),
        },
        "missing-field" => invalid(new, &format!("{}: Required value", show_path(&problem.path))),
        _ => invalid(new, &format!("{}: {}", show_path(&problem.path), problem.message)),
    }
}

/// `.spec.containers[name="a"].env`: a path as server-side apply prints it.
fn keyed(path: &[Step], object: &Node) -> String {
    let mut out = String::new();
    let mut node = Some(object);
    for step in path {
        node = node.and_then(|node| node.step(step));
        match step {
            Step::Key(key) => out.push_str(&format!(".{key}")),
            Step::Index(index) => match node.and_then(|node| node.get("name")).map(|name| &name.data) {
                Some(Data::Str(name)) => out.push_str(&format!("[name={:?}]", name.to_text())),
                _ => out.push_str(&format!("[{index}]")),
            },
        }
    }
    out
}

/// A hook that becomes an object of the release: it is there, and does not say that it belongs to it.
fn foreign(new: &Object, namespace: &str) -> Rejection {
    let (kind, name) = (new.kind(), new.name());
    let namespace = new.namespace_in(namespace);
    let message = format!(
        "{kind} {name:?} in namespace {namespace:?} exists and cannot be imported into the current release: invalid ownership \
         metadata"
    );
    let (remedy, commands) = remedy::of("", new, new, namespace);
    let remedy = format!("it was a hook, which belongs to no release: {remedy}");
    Rejection { path: "metadata.annotations".to_owned(), message, remedy, commands }
}
