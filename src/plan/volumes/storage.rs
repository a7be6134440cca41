//! What happens to volumes, and to the data on them.
//!
//! In: both sides. Out: a [`ClaimPlan`] for each claim, spelled, and concerns: data that is lost, servers that start
//! empty, volumes that stay behind. What StatefulSets do with claims is documented behaviour; no controller was run for it.

use crate::kube::{Container, ContainerKind, Quantity};
use crate::manifest::ObjectId;
use crate::plan::pods::outage;
use crate::plan::pods::restart::heirs;
use crate::plan::pods::rollout::{Rollout, rollouts};
use crate::plan::pods::words::{and, count, kubectl, quoted};
use crate::plan::pods::workload::{Move, Workload, moves, text_at};
use crate::plan::volumes::claims::{Claim, From, Key, Mount, Source, claims, mounts, owner};
use crate::plan::{Both, ClaimFate, ClaimPlan, Concern, ConcernCode, RestartOrder, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// The volumes of either side.
pub(in crate::plan) fn storage(both: &Both<'_>, concerns: &mut Vec<Concern>) -> Vec<ClaimPlan> {
    let (old, new) = (claims(both.old), claims(both.new));
    let mut keys: Vec<&Key> = new.keys().collect();
    keys.extend(old.keys().filter(|key| !new.contains_key(*key)));
    let told: Vec<(Key, ClaimPlan)> =
        keys.into_iter().map(|key| (key.clone(), claim(both, key, old.get(key), new.get(key)))).collect();
    removed(&told, &old, concerns);
    orphaned(both, &told, &old, concerns);
    starts_empty(both, &told, &old, concerns);
    for of in moves(both) {
        moved_mounts(both, &of, &told, concerns);
    }
    unsaved(both, concerns);
    shared(both, concerns);
    told.into_iter().map(|(_, plan)| plan).collect()
}

fn claim(both: &Both<'_>, key: &Key, old: Option<&Claim<'_>>, new: Option<&Claim<'_>>) -> ClaimPlan {
    let (fate, note) = match (old, new) {
        (Some(old), Some(new)) => kept(both, old, new),
        (None, Some(new)) => match new.from {
            From::Template => (
                ClaimFate::Created,
                "new and empty, unless a claim of this name is there from before: then it is used with what is on it",
            ),
            From::Manifest(_) => (ClaimFate::Created, "new and empty"),
            From::Elsewhere => (ClaimFate::Kept, "made by somebody else; it must be there before its pods start"),
        },
        (Some(old), None) => left(old, new_of(both, old)),
        (None, None) => (ClaimFate::Kept, ""),
    };
    ClaimPlan {
        name: key.1.clone(),
        workload: new.and_then(owner).or(old.and_then(owner)),
        fate,
        old_size: old.and_then(|claim| claim.size.clone()),
        new_size: new.and_then(|claim| claim.size.clone()),
        note: note.to_owned(),
    }
}

/// The workload of a claim as it shall be.
fn new_of<'s>(both: &Both<'s>, claim: &Claim<'s>) -> Option<Workload<'s>> {
    let old = claim.workload?;
    let pair = both.pairs.iter().find(|pair| pair.pair.old.is_some_and(|object| std::ptr::eq(object, old.object)))?;
    Workload::of(pair.pair.new?, both.new)
}

fn kept(both: &Both<'_>, old: &Claim<'_>, new: &Claim<'_>) -> (ClaimFate, &'static str) {
    let size = |claim: &Claim<'_>| claim.size.as_deref().and_then(Quantity::parse);
    let (before, after) = (size(old), size(new));
    if before.is_none() || after.is_none() || before == after {
        return (ClaimFate::Kept, if matches!(new.from, From::Elsewhere) { "made by somebody else" } else { "" });
    }
    let is_refused = both.pairs.iter().any(|pair| {
        let of = |object: &crate::manifest::Object| match new.from {
            From::Manifest(own) => std::ptr::eq(own, object),
            _ => new.workload.is_some_and(|workload| std::ptr::eq(workload.object, object)),
        };
        !pair.rejections.is_empty() && pair.pair.new.is_some_and(of)
    });
    match (&new.from, after > before) {
        (From::Template, _) => {
            (ClaimFate::Kept, "keeps its size: volumeClaimTemplates cannot change, and would make new claims only")
        }
        (_, false) => (ClaimFate::Kept, "keeps its size: a claim cannot get smaller"),
        (_, true) if is_refused => (ClaimFate::Kept, "keeps its size: the change is refused"),
        (_, true) => (ClaimFate::Resized, "gets larger, if its storage class has `allowVolumeExpansion`"),
    }
}

/// What becomes of a claim that no pod of the new side uses.
fn left(old: &Claim<'_>, new: Option<Workload<'_>>) -> (ClaimFate, &'static str) {
    let policy = |workload: Option<Workload<'_>>, field: &str| {
        let path = format!("spec.persistentVolumeClaimRetentionPolicy.{field}");
        workload.and_then(|workload| text_at(&workload.object.node, &path)).as_deref() == Some("Delete")
    };
    match old.from {
        From::Template => {
            let has_templates = new.is_some_and(|new| !crate::plan::volumes::claims::templates(new).is_empty());
            match new {
                // Scaling goes by the policy as it shall be, deletion by the one that is there.
                Some(_) if has_templates && policy(new, "whenScaled") => {
                    (ClaimFate::Removed, "deleted when its pod goes: `whenScaled` is `Delete`")
                }
                None if policy(old.workload, "whenDeleted") => {
                    (ClaimFate::Removed, "deleted with its StatefulSet: `whenDeleted` is `Delete`")
                }
                Some(_) if has_templates => {
                    (ClaimFate::Orphaned, "stays, and no pod uses it; more pods later would take it up again")
                }
                Some(_) => (ClaimFate::Orphaned, "stays, and no pod uses it"),
                None => (ClaimFate::Orphaned, "stays when its StatefulSet goes, and nothing uses it"),
            }
        }
        From::Manifest(object) => {
            let is_kept = object.head.annotations.get("helm.sh/resource-policy").is_some_and(|policy| policy == "keep");
            if is_kept {
                (ClaimFate::Orphaned, "stays (`helm.sh/resource-policy: keep`), and Helm forgets it")
            } else {
                (ClaimFate::Removed, "deleted, and with most storage classes the volume too")
            }
        }
        From::Elsewhere => (ClaimFate::Orphaned, "stays, and no pod of the release uses it"),
    }
}

/// Names of claims in a namespace, by the workload that had them.
type Groups<'t> = BTreeMap<(String, Option<ObjectId>), Vec<&'t str>>;

fn grouped<'t>(told: &'t [(Key, ClaimPlan)], old: &BTreeMap<Key, Claim<'_>>, fate: ClaimFate) -> Groups<'t> {
    let mut groups = Groups::new();
    for (key, plan) in told.iter().filter(|(_, plan)| plan.fate == fate) {
        let workload = old.get(key).and_then(owner);
        groups.entry((key.0.clone(), workload)).or_default().push(&plan.name);
    }
    groups
}

/// Commands that show claims and their volumes.
fn look(namespace: &str, names: &[&str]) -> Vec<String> {
    // The star stands for the rest.
    let spelled = names.iter().filter(|name| !name.ends_with("-*")).copied();
    vec![kubectl(namespace, &["get", "pvc"].into_iter().chain(spelled).collect::<Vec<_>>())]
}

fn removed(told: &[(Key, ClaimPlan)], old: &BTreeMap<Key, Claim<'_>>, concerns: &mut Vec<Concern>) {
    for ((namespace, workload), names) in grouped(told, old, ClaimFate::Removed) {
        let note =
            told.iter().find(|(_, plan)| names.contains(&plan.name.as_str())).map(|(_, plan)| plan.note.as_str());
        let (is, goes) = if names.len() == 1 { ("is", "claim") } else { ("are", "claims") };
        let text = format!("{goes} {} {is} {}", quoted(&names), note.unwrap_or("deleted"));
        let help = "take a copy first; to keep the volume, set the reclaim policy of its PersistentVolume to `Retain`";
        let commands = names.iter().filter(|name| !name.ends_with("-*")).flat_map(|name| retain(&namespace, name));
        let concern = Concern::new(ConcernCode::DataLoss, text).help(help).commands(commands.collect::<Vec<_>>());
        concerns.push(about(concern, workload));
    }
}

/// A line that keeps the volume behind a claim.
fn retain(namespace: &str, claim: &str) -> Option<String> {
    let get = kubectl(namespace, &["get", "pvc", claim, "-o"]);
    let patch = r#"'{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'"#;
    Some(format!("kubectl patch pv \"$({get} 'jsonpath={{.spec.volumeName}}')\" -p {patch}"))
}

fn about(concern: Concern, workload: Option<ObjectId>) -> Concern {
    match workload {
        Some(id) => concern.about(id, "spec.volumeClaimTemplates"),
        None => concern,
    }
}

fn orphaned(both: &Both<'_>, told: &[(Key, ClaimPlan)], old: &BTreeMap<Key, Claim<'_>>, concerns: &mut Vec<Concern>) {
    for ((namespace, workload), names) in grouped(told, old, ClaimFate::Orphaned) {
        let (stay, them) = if names.len() == 1 { ("claim", "stays") } else { ("claims", "stay") };
        let of = workload.as_ref().map(|id| format!(" of `{id}`")).unwrap_or_default();
        let it = if names.len() == 1 { "it" } else { "them" };
        let pair = both.pairs.iter().find(|pair| workload.as_ref().is_some_and(|id| pair.id() == *id));
        let is_there = pair.is_some_and(|pair| pair.pair.new.is_some());
        let is_refused = pair.is_some_and(|pair| pair.verdict == Verdict::Rejected);
        let has_templates = pair
            .and_then(|pair| Workload::of(pair.pair.new?, both.new))
            .is_some_and(|new| !crate::plan::volumes::claims::templates(new).is_empty());
        let until = if is_there && has_templates { "no pod uses" } else { "nothing uses" };
        let later = if is_there && has_templates { " until there are more pods again" } else { "" };
        let when = if is_refused { "once the refused change is dealt with: " } else { "" };
        let text =
            format!("{when}{stay} {}{of} {them} behind with the data on {it}, and {until} {it}{later}", quoted(&names));
        let help =
            format!("look at what is on {it} before anybody deletes {it}: deleting a claim mostly deletes its volume");
        let concern = Concern::new(ConcernCode::OrphanedVolume, text).help(help).commands(look(&namespace, &names));
        concerns.push(about(concern, workload));
    }
}

/// Workloads with volumes that go, while others take their place with new ones.
fn starts_empty(
    both: &Both<'_>,
    told: &[(Key, ClaimPlan)],
    old: &BTreeMap<Key, Claim<'_>>,
    concerns: &mut Vec<Concern>,
) {
    let mut by_heirs: BTreeMap<Vec<String>, Vec<&str>> = BTreeMap::new();
    let mut namespaces: BTreeMap<Vec<String>, (String, Vec<ObjectId>)> = BTreeMap::new();
    for of in moves(both) {
        let (Some(gone), None) = (of.old, of.new) else { continue };
        let behind = told.iter().filter(|(key, plan)| {
            let was_its =
                old.get(key).and_then(|claim| claim.workload).is_some_and(|own| std::ptr::eq(own.object, gone.object));
            was_its && plan.fate != ClaimFate::Kept && plan.fate != ClaimFate::Resized
        });
        let behind: Vec<&str> = behind.map(|(_, plan)| plan.name.as_str()).collect();
        let is_continued = is_continued(both, gone);
        let heirs = heirs(both, Some(gone));
        if behind.is_empty() || heirs.is_empty() || is_continued {
            continue;
        }
        let names: Vec<String> = heirs.iter().map(|heir| format!("`{}`", heir.id())).collect();
        by_heirs.entry(names.clone()).or_default().extend(behind);
        let entry = namespaces.entry(names).or_insert_with(|| (gone.namespace().to_owned(), Vec::new()));
        entry.1.extend(heirs.iter().map(|heir| heir.id()));
    }
    for (heirs, behind) in by_heirs {
        let (start, do_not) = if heirs.len() == 1 { ("starts", "does not get") } else { ("start", "do not get") };
        let (namespace, ids) = namespaces.remove(&heirs).unwrap_or_default();
        let used = told.iter().filter(|(key, plan)| {
            plan.fate == ClaimFate::Kept
                && !old.contains_key(key)
                && plan.workload.as_ref().is_some_and(|id| ids.contains(id))
        });
        let used: Vec<&str> = used.map(|(_, plan)| plan.name.as_str()).collect();
        let with = if used.is_empty() { "empty".to_owned() } else { format!("with what is on {}", quoted(&used)) };
        let text = format!("{} {start} {with} and {do_not} the data of {}", and(&heirs), quoted(&behind));
        let help =
            "take a copy of the data before, and bring it in after; or keep the shape and the names of the release";
        let concern = Concern::new(ConcernCode::DataLoss, text).help(help).commands(look(&namespace, &behind));
        concerns.push(about(concern, ids.into_iter().next()));
    }
}

/// Whether another workload that stays does the same work with its own data: the master, when replicas go.
fn is_continued(both: &Both<'_>, gone: Workload<'_>) -> bool {
    let is_redis = gone.redis().is_some();
    moves(both).iter().any(|of| {
        let (Some(_), Some(new)) = (of.old, of.new) else { return false };
        is_redis && new.redis().is_some() && new.namespace() == gone.namespace()
    })
}

/// Folders of data that come from elsewhere than before.
fn moved_mounts(both: &Both<'_>, of: &Move<'_, '_>, told: &[(Key, ClaimPlan)], concerns: &mut Vec<Concern>) {
    let (Some(old), Some(new)) = (of.old, of.new) else { return };
    let (before, after) = (mounts(old), mounts(new));
    for was in before.iter().filter(|mount| mount.source.is_lasting()) {
        let same_place = |mount: &&Mount| mount.container == was.container && mount.path == was.path;
        let same_source = |mount: &&Mount| mount.container == was.container && mount.source == was.source;
        let id = new.id();
        let told = match (after.iter().find(same_place), after.iter().find(same_source)) {
            (Some(is), _) if is.source == was.source && is.folder == was.folder => continue,
            (Some(is), _) if is.source == was.source => Concern::new(
                ConcernCode::DataLoss,
                format!(
                    "`{}` of `{id}` is another folder of the same volume ({} instead of {}): what was written stays in the old one",
                    was.path,
                    folder(is),
                    folder(was),
                ),
            ),
            (Some(is), _) => {
                let what = source(&is.source);
                let fresh = match &is.source {
                    Source::Empty => true,
                    Source::Claim(claim) => {
                        told.iter().any(|(key, plan)| key.1 == *claim && plan.fate == ClaimFate::Created)
                    }
                    _ => false,
                };
                let how = if fresh { "it starts empty" } else { "it starts with what is there" };
                let text =
                    format!("`{}` of `{id}` comes from {what} instead of {}: {how}", was.path, source(&was.source));
                Concern::new(ConcernCode::DataLoss, text)
            }
            (None, Some(is)) => Concern::new(
                ConcernCode::Note,
                format!(
                    "{} of `{id}` is mounted at `{}` instead of `{}`: the server must look for its data there",
                    source(&was.source),
                    is.path,
                    was.path
                ),
            ),
            (None, None)
                if after.iter().any(|mount| mount.container == was.container) || both.old.problems.is_empty() =>
            {
                let text = format!(
                    "`{}` of `{id}` is no volume any more: what is on {} is not seen",
                    was.path,
                    source(&was.source)
                );
                Concern::new(ConcernCode::DataLoss, text)
            }
            _ => continue,
        };
        let help = "copy the data over before, or leave the volume where it is";
        // What the refusal's remedy leads to has to be known before it is run.
        let told = if of.is_refused() {
            Concern { message: format!("once the refused change is dealt with: {}", told.message), ..told }
        } else {
            told
        };
        concerns.push(told.about(id, "spec.template.spec.volumes").help(help));
    }
}

fn folder(mount: &Mount) -> String {
    if mount.folder.is_empty() { "its root".to_owned() } else { format!("`{}`", mount.folder) }
}

fn source(source: &Source) -> String {
    match source {
        Source::Template(name) => format!("the claims `{name}-*`"),
        Source::Claim(name) => format!("claim `{name}`"),
        Source::Empty => "an emptyDir".to_owned(),
        Source::Other => "another kind of volume".to_owned(),
    }
}

/// Folders in which servers keep their data, by what their images are called.
const DATA: &[(&str, &[&str])] = &[
    ("redis", &["/data", "/bitnami/redis/data"]),
    ("valkey", &["/data", "/bitnami/valkey/data"]),
    ("keydb", &["/data"]),
    ("postgres", &["/var/lib/postgresql/data", "/var/lib/postgresql", "/bitnami/postgresql"]),
    ("mysql", &["/var/lib/mysql", "/bitnami/mysql"]),
    ("mariadb", &["/var/lib/mysql", "/bitnami/mariadb"]),
    ("mongo", &["/data/db", "/bitnami/mongodb"]),
    ("etcd", &["/var/lib/etcd", "/bitnami/etcd"]),
];

/// The data folder of a container, with what is mounted there; `None` where it is no server that keeps data, or nothing
/// is mounted at any folder of it.
fn data_mount(container: &Container<'_>, mounts: &[Mount]) -> Option<(String, Option<Source>)> {
    let image = container.at.text_of("image")?;
    let name = image.split('@').next()?.rsplit('/').next()?.split(':').next()?;
    if name.contains("exporter") || name.contains("sentinel") || name.contains("operator") || name.contains("commander")
    {
        return None;
    }
    let (_, folders) = DATA.iter().find(|(server, _)| name.starts_with(server))?;
    let own = |folder: &&&str| mounts.iter().find(|mount| mount.container == container.name && mount.path == **folder);
    match folders.iter().find_map(|folder| own(&folder)) {
        Some(mount) => Some((mount.path.clone(), Some(mount.source.clone()))),
        None => Some(((*folders.first()?).to_owned(), None)),
    }
}

/// Servers that lose their data when their pods restart, because it is on no volume that outlives them.
fn unsaved(both: &Both<'_>, concerns: &mut Vec<Concern>) {
    let rollouts = rollouts(both);
    for rollout in rollouts.iter().filter(|rollout| rollout.restarts() && !rollout.of.is_refused()) {
        let Some(old) = rollout.of.old else { continue };
        let mounts = mounts(old);
        let main = |container: &Container<'_>| container.kind == ContainerKind::Main;
        for container in old.containers().into_iter().filter(main) {
            let Some((path, source)) = data_mount(&container, &mounts) else { continue };
            if source.as_ref().is_some_and(|source| *source != Source::Empty) {
                continue;
            }
            let id = old.id();
            let is = if source.is_some() { "is an emptyDir" } else { "is no volume" };
            let concern = match loses(both, rollout, old) {
                Some(pods) => {
                    let restart = if pods.len() == 1 { "restarts" } else { "restart" };
                    let followers =
                        if followers(both, old) { ", and replicas that follow it become empty too" } else { "" };
                    let text = format!(
                        "`{path}` of `{id}` {is}: when {} {restart}, the data in it is gone{followers}",
                        quoted(&pods)
                    );
                    let help =
                        "take a copy before; put the data on a volume that outlives the pod, unless it is a cache";
                    Concern::new(ConcernCode::DataLoss, text).help(help)
                }
                None => {
                    let text =
                        format!("`{path}` of `{id}` {is}: each pod that restarts gets its data from the others anew");
                    Concern::new(ConcernCode::Note, text)
                }
            };
            concerns.push(concern.about(id, "spec.template.spec.volumes"));
            break;
        }
    }
}

/// The pods whose data nobody else has; `None` where other pods hold it too.
fn loses(both: &Both<'_>, rollout: &Rollout<'_, '_>, old: Workload<'_>) -> Option<Vec<String>> {
    let at_once = matches!(rollout.order, RestartOrder::AllAtOnce | RestartOrder::Replaced);
    if at_once || old.pods() == 1 && !has_master_elsewhere(both, old) {
        return Some(rollout.pods.clone());
    }
    if old.redis().is_none() || has_master_elsewhere(both, old) {
        return None;
    }
    // A fixed master of several pods: its replicas copy what it has, and after a restart that is nothing.
    let workloads: Vec<_> =
        Workload::all(both.old).filter(|workload| workload.namespace() == old.namespace()).collect();
    let services: Vec<_> = both.old.kept().filter(|object| object.kind() == "Service").collect();
    let id = old.id().to_string();
    let alone = outage::alone(&workloads, &services);
    let pods: Vec<String> = alone.into_iter().filter(|alone| alone.workload == id).map(|alone| alone.pod).collect();
    let touched: Vec<String> = pods.into_iter().filter(|pod| rollout.touches(pod)).collect();
    (!touched.is_empty()).then_some(touched)
}

/// Whether the pods are replicas of a master that another workload runs.
fn has_master_elsewhere(both: &Both<'_>, own: Workload<'_>) -> bool {
    let component =
        |workload: &Workload<'_>| workload.labels().get("app.kubernetes.io/component").cloned().unwrap_or_default();
    let is_replica = |name: &str| ["replica", "slave", "secondary", "read"].iter().any(|word| name.contains(word));
    let others = Workload::all(both.old).filter(|workload| !std::ptr::eq(workload.object, own.object));
    let masters = others.filter(|workload| workload.redis().is_some() && !is_replica(&component(workload)));
    is_replica(&component(&own)) && masters.count() > 0
}

/// Whether other pods copy what this workload has.
fn followers(both: &Both<'_>, own: Workload<'_>) -> bool {
    if own.redis().is_none() {
        return false;
    }
    own.pods() > 1
        || Workload::all(both.old)
            .any(|workload| !std::ptr::eq(workload.object, own.object) && workload.redis().is_some())
}

/// Claims that one pod at a time may mount, in Deployments whose new pod starts before the old one stops; and claims
/// that several servers write to.
fn shared(both: &Both<'_>, concerns: &mut Vec<Concern>) {
    for rollout in rollouts(both).iter().filter(|rollout| rollout.order == RestartOrder::Surge) {
        let Some(new) = rollout.of.new else { continue };
        let claims: BTreeSet<String> = mounts(new)
            .into_iter()
            .filter_map(|mount| if let Source::Claim(claim) = mount.source { Some(claim) } else { None })
            .filter(|claim| is_for_one(both, new, claim))
            .collect();
        let claims: Vec<String> = claims.into_iter().collect();
        if claims.is_empty() {
            continue;
        }
        let id = new.id();
        let (claim, is) = if claims.len() == 1 { ("claim", "is") } else { ("claims", "are") };
        let text = format!(
            "the new pod of `{id}` starts before the old one stops, and {claim} {} {is} for one node (`ReadWriteOnce`): on \
             another node the new pod waits for ever, on the same one both write the same files",
            quoted(&claims)
        );
        let concern = Concern::new(ConcernCode::Scheduling, text).about(id, "spec.strategy");
        concerns.push(concern.help(format!("set `strategy.type: Recreate` for {}", count(new.pods(), "pod"))));
    }
}

/// Whether a claim of the release can only be mounted on one node.
fn is_for_one(both: &Both<'_>, workload: Workload<'_>, claim: &str) -> bool {
    let object = both.new.kept().find(|object| {
        object.kind() == "PersistentVolumeClaim"
            && object.name() == claim
            && crate::plan::pods::workload::namespace(object, both.new) == workload.namespace()
    });
    let modes = object.and_then(|object| object.node.find("spec.accessModes")).map(crate::value::Node::items);
    let modes: Vec<String> = modes.unwrap_or_default().iter().filter_map(crate::plan::pods::workload::plain).collect();
    !modes.is_empty() && modes.iter().all(|mode| mode.starts_with("ReadWriteOnce"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{messages, stateful, template, with, workload};

    fn told(old: &str, new: &str) -> (Vec<String>, Vec<Concern>) {
        with(old, new, |both| {
            let mut concerns = Vec::new();
            let claims = storage(both, &mut concerns);
            (claims.iter().map(|claim| format!("{} {:?}", claim.name, claim.fate)).collect(), concerns)
        })
    }

    fn redis(name: &str, pods: i64, spec: &str) -> String {
        let labels = "labels: {app.kubernetes.io/instance: r, app.kubernetes.io/name: redis}";
        let set = stateful(name, "redis:7", &format!("  replicas: {pods}\n{spec}"), "");
        set.replace(&format!("labels: {{app: {name}}}"), labels)
    }

    fn claim(name: &str, size: &str, annotations: &str) -> String {
        format!(
            "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}, annotations: {{{annotations}}}}}\nspec: \
             {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: {size}}}}}}}\n"
        )
    }

    #[test]
    fn every_claim_of_every_pod_is_spelled() {
        let (claims, concerns) = told(&redis("redis", 3, &template("1Gi")), &redis("redis", 2, &template("1024Mi")));
        assert_eq!(claims, ["data-redis-0 Kept", "data-redis-1 Kept", "data-redis-2 Orphaned"]);
        let [concern] = concerns.as_slice() else { panic!("one concern: {concerns:?}") };
        assert_eq!(concern.code, ConcernCode::OrphanedVolume);
        assert_eq!(concern.commands, ["kubectl -n prod get pvc data-redis-2"]);
        let (claims, concerns) = told(&redis("redis", 1, &template("1Gi")), &redis("redis", 2, &template("1Gi")));
        assert_eq!((claims, concerns), (vec!["data-redis-0 Kept".into(), "data-redis-1 Created".into()], vec![]));
    }

    #[test]
    fn claims_go_with_their_pods_where_the_stateful_set_says_so() {
        let policy = "  persistentVolumeClaimRetentionPolicy: {whenScaled: Delete}\n";
        let set = |pods| redis("redis", pods, &format!("{policy}{}", template("1Gi")));
        let (claims, concerns) = told(&set(2), &set(1));
        assert_eq!(claims, ["data-redis-0 Kept", "data-redis-1 Removed"]);
        let [concern] = concerns.as_slice() else { panic!("one concern: {concerns:?}") };
        assert_eq!(concern.code, ConcernCode::DataLoss);
        assert!(
            concern.commands.iter().any(|line| line.contains("Retain"))
                && !concern.commands.concat().contains("delete")
        );
        // A policy for scaling says nothing of deletion.
        assert_eq!(told(&set(1), "").0, ["data-redis-0 Orphaned"]);
    }

    #[test]
    fn another_shape_starts_empty_and_leaves_its_volumes_behind() {
        let old = format!("{}{}", redis("master", 1, &template("1Gi")), redis("replicas", 2, &template("1Gi")));
        let (claims, concerns) = told(&old, &redis("node", 3, &template("1Gi")));
        assert_eq!(claims.iter().filter(|claim| claim.ends_with("Created")).count(), 3);
        assert_eq!(claims.iter().filter(|claim| claim.ends_with("Orphaned")).count(), 3);
        assert_eq!(
            messages(&concerns, ConcernCode::DataLoss),
            [
                "`StatefulSet/node` starts empty and does not get the data of `data-master-0`, `data-replicas-0` and `data-replicas-1`"
            ]
        );
        assert_eq!(messages(&concerns, ConcernCode::OrphanedVolume).len(), 2);
    }

    #[test]
    fn replicas_that_go_lose_nothing_that_the_master_does_not_have() {
        let old = format!("{}{}", redis("master", 1, &template("1Gi")), redis("replicas", 2, &template("1Gi")));
        let (_, concerns) = told(&old, &redis("master", 1, &template("1Gi")));
        assert_eq!(messages(&concerns, ConcernCode::DataLoss), [""; 0]);
        assert_eq!(messages(&concerns, ConcernCode::OrphanedVolume).len(), 1);
    }

    #[test]
    fn claims_of_the_release_grow_go_or_are_kept() {
        assert_eq!(told(&claim("a", "1Gi", ""), &claim("a", "2Gi", "")).0, ["a Resized"]);
        assert_eq!(told(&claim("a", "1Gi", ""), &claim("a", "1024Mi", "")).0, ["a Kept"]);
        assert_eq!(told(&claim("a", "1Gi", ""), "").0, ["a Removed"]);
        assert_eq!(told(&claim("a", "1Gi", "helm.sh/resource-policy: keep"), "").0, ["a Orphaned"]);
        assert_eq!(messages(&told(&claim("a", "1Gi", ""), "").1, ConcernCode::DataLoss).len(), 1);
    }

    #[test]
    fn a_claim_that_another_object_takes_over_is_kept() {
        let old = redis("redis", 1, &template("1Gi"));
        let pod = "      volumes: [{name: data, persistentVolumeClaim: {claimName: data-redis-0}}]";
        let (claims, concerns) = told(&old, &workload("Deployment", "cache", "redis:7", "", pod));
        assert_eq!(claims, ["data-redis-0 Kept"]);
        assert_eq!(messages(&concerns, ConcernCode::DataLoss), [""; 0]);
    }

    #[test]
    fn data_that_comes_from_elsewhere_is_missed() {
        let with_volume = |volume: &str| {
            workload("Deployment", "db", "own:1", "", &format!("      volumes: [{{name: data, {volume}}}]"))
        };
        let of = |name: &str| with_volume(&format!("persistentVolumeClaim: {{claimName: {name}}}"));
        let loss = |old: &str, new: &str| {
            let (_, concerns) = told(old, new);
            messages(&concerns, ConcernCode::DataLoss).into_iter().map(ToOwned::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(
            loss(&of("a"), &of("b")),
            ["`/data` of `Deployment/db` comes from claim `b` instead of claim `a`: it starts with what is there"]
        );
        assert_eq!(
            loss(&of("a"), &with_volume("emptyDir: {}")),
            ["`/data` of `Deployment/db` comes from an emptyDir instead of claim `a`: it starts empty"]
        );
        let sub = of("a").replace("mountPath: /data", "mountPath: /data, subPath: x");
        assert_eq!(
            loss(&of("a"), &sub),
            [
                "`/data` of `Deployment/db` is another folder of the same volume (`x` instead of its root): what was written stays in the old one"
            ]
        );
        assert_eq!(loss(&of("a"), &of("a").replace("own:1", "own:2")), [""; 0]);
    }

    #[test]
    fn a_master_without_a_volume_loses_its_data_and_that_of_its_replicas() {
        let empty = |image: &str, pods: i64, name: &str| {
            let pod = "      volumes: [{name: data, emptyDir: {}}]";
            stateful(name, image, &format!("  replicas: {pods}"), pod)
        };
        let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: master}\nspec: {selector: {app: db, \
                       statefulset.kubernetes.io/pod-name: db-0}}\n";
        let all = |image: &str| format!("{service}{}", empty(image, 3, "db"));
        let (_, concerns) = told(&all("redis:7.0"), &all("redis:7.2"));
        assert_eq!(
            messages(&concerns, ConcernCode::DataLoss),
            [
                "`/data` of `StatefulSet/db` is an emptyDir: when `db-0` restarts, the data in it is gone, and replicas that follow it \
              become empty too"
            ]
        );
        // Where no pod is the fixed master, the others have the data too.
        let (_, concerns) = told(&empty("redis:7.0", 3, "db"), &empty("redis:7.2", 3, "db"));
        assert_eq!(messages(&concerns, ConcernCode::DataLoss), [""; 0]);
        // What keeps no data in /data has none to lose.
        let (_, concerns) = told(&empty("nginx:1", 1, "db"), &empty("nginx:2", 1, "db"));
        assert_eq!(concerns, []);
    }

    #[test]
    fn a_claim_for_one_node_and_a_surge_do_not_go_together() {
        let pod = "      volumes: [{name: data, persistentVolumeClaim: {claimName: a}}]";
        let web = |image: &str, spec: &str| {
            format!("{}{}", claim("a", "1Gi", ""), workload("Deployment", "web", image, spec, pod))
        };
        let (_, concerns) = told(&web("a:1", ""), &web("a:2", ""));
        assert_eq!(messages(&concerns, ConcernCode::Scheduling).len(), 1, "{concerns:?}");
        let recreate = "  strategy: {type: Recreate}";
        assert_eq!(told(&web("a:1", recreate), &web("a:2", recreate)).1, []);
    }
}
