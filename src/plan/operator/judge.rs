//! RedisClusters of redis-operator, whose pods no StatefulSet replaces: the operator does, by the hash of some fields.
//!
//! In: both sides. Out: what its webhooks refuse ([`judge`]), pods that restart and in which order ([`operator`]), volumes
//! ([`claims`]), and concerns. What a change does besides restarting pods is in `operator_effects`.

use crate::kube::show_path;
use crate::manifest::{Object, ObjectId};
use crate::operator::rolls::{self, Step};
use crate::operator::webhook::{self, Ask, Claim, Seen};
use crate::operator::{
    API_VERSION, APPROVE, DEFAULT_IMAGE, IMAGE_VARIABLE, Mode, RedisBackup, RedisCluster, RedisScheduledBackup,
    UpdateStrategy, check, hash,
};
use crate::plan::operator::effects::{self as effects, command};
use crate::plan::pods::workload::namespace;
use crate::plan::{
    Both, ClaimFate, ClaimPlan, Compared, Concern, ConcernCode, Rejection, Restart, RestartOrder, Side, Verdict,
};
use crate::shell::script;
use crate::value::Node;

/// The operator of one side, where its Deployment is among the objects.
struct Operator {
    /// Its Deployment.
    id: ObjectId,
    /// The namespace of that.
    namespace: String,
    /// What it takes for its own image.
    image: String,
    /// Whether its webhooks run.
    has_webhooks: bool,
}

impl Operator {
    fn of(side: &Side) -> Option<Operator> {
        side.kept().filter(|object| object.kind() == "Deployment").find_map(|object| {
            let containers = object.node.find("spec.template.spec.containers").map(Node::items).unwrap_or_default();
            let own = containers.iter().find_map(|container| {
                let variables = container.get("env").map(Node::items).unwrap_or_default();
                let is_own = |variable: &&Node| text(variable.get("name")) == IMAGE_VARIABLE;
                // Of two with one name the last counts.
                let variable = variables.iter().rev().find(is_own).map(|variable| text(variable.get("value")));
                let image = text(container.get("image"));
                let repository = image.rsplit('/').next().unwrap_or_default();
                let is_named = repository.split([':', '@']).next() == Some("redis-operator");
                let image = variable.or_else(|| is_named.then(String::new))?;
                Some((Some(image).filter(|image| !image.is_empty()), container))
            });
            let (image, container) = own?;
            let args = container.get("args").map(Node::items).unwrap_or_default();
            let has_webhooks = !args.iter().any(|arg| text(Some(arg)) == "--webhook-enabled=false");
            let image = image.unwrap_or_else(|| DEFAULT_IMAGE.to_owned());
            Some(Operator { id: object.id(), namespace: namespace(object, side).to_owned(), image, has_webhooks })
        })
    }
}

fn text(node: Option<&Node>) -> String {
    node.and_then(Node::as_text).map(std::borrow::Cow::into_owned).unwrap_or_default()
}

fn is(object: &Object, kind: &str) -> bool {
    object.kind() == kind && object.head.api_version == API_VERSION && object.hooks.is_empty()
}

/// Both states of a RedisCluster, as the cluster stores them.
pub(in crate::plan) struct Clusters {
    /// As it was.
    pub(in crate::plan) old: RedisCluster,
    /// As it shall be.
    pub(in crate::plan) new: RedisCluster,
    /// What it is called.
    pub(in crate::plan) id: ObjectId,
    /// Its namespace.
    pub(in crate::plan) namespace: String,
}

impl Clusters {
    /// The pod that is written to, where the object of either side says so.
    pub(in crate::plan) fn primary(&self) -> Option<&str> {
        let of = |cluster: &'_ RedisCluster| -> Option<String> {
            cluster.status.as_ref().map(|status| status.current_primary.clone()).filter(|name| !name.is_empty())
        };
        let known = of(&self.new).is_some();
        let cluster = if known { &self.new } else { &self.old };
        cluster.status.as_ref().map(|status| status.current_primary.as_str()).filter(|name| !name.is_empty())
    }
}

/// Whether webhooks judge what the new side applies: those of the operator that runs before it, else those that come with
/// it. Where its Deployment is elsewhere, they most likely do.
fn has_webhooks(sides: (&Side, &Side)) -> bool {
    Operator::of(sides.0).or_else(|| Operator::of(sides.1)).is_none_or(|operator| operator.has_webhooks)
}

/// Refusals of the webhooks, and changes that restart pods.
pub(in crate::plan) fn judge(sides: (&Side, &Side), pairs: &mut [Compared<'_>]) {
    let is_ours = |compared: &Compared<'_>| {
        let object = compared.pair.new.or(compared.pair.old);
        object.is_some_and(|object| object.head.api_version == API_VERSION)
    };
    if !pairs.iter().any(is_ours) {
        return;
    }
    let webhooks = has_webhooks(sides);
    for compared in pairs.iter_mut().filter(|compared| is_ours(compared)) {
        let Some(new) = compared.pair.new else { continue };
        let namespace = namespace(new, sides.1);
        let unfit = check(&new.node).unwrap_or_default().into_iter().map(|problem| Rejection {
            path: show_path(&problem.path),
            message: format!("{}: {}", show_path(&problem.path), problem.message),
            remedy: problem.fix.unwrap_or_default(),
            commands: Vec::new(),
        });
        let known: Vec<String> = compared.rejections.iter().map(|rejection| rejection.path.clone()).collect();
        compared.rejections.extend(unfit.filter(|rejection| !known.contains(&rejection.path)));
        let told = if is(new, "RedisCluster") {
            let after = RedisCluster::stored(&new.node, webhooks).ok();
            let before = compared.pair.old.and_then(|old| RedisCluster::stored(&old.node, webhooks).ok());
            if let (Some(before), Some(after)) = (&before, &after)
                && hash::spec_hash(&before.clone().with_auth_secret().spec, "")
                    != hash::spec_hash(&after.clone().with_auth_secret().spec, "")
            {
                compared.verdict = Verdict::RollsPods;
            }
            after.map(|after| (webhook::CLUSTERS, verdict(before.as_ref(), &after))).filter(|_| webhooks)
        } else if is(new, "RedisScheduledBackup") {
            let after = RedisScheduledBackup::stored(&new.node).ok().filter(|_| webhooks);
            after.map(|after| (webhook::SCHEDULES, webhook::scheduled(&after)))
        } else {
            None
        };
        let (name, verdict) = told.unwrap_or_default();
        for refusal in verdict.refusals {
            let message = format!("admission webhook \"{name}\" denied the request: {refusal}");
            let (remedy, commands) = effects::remedy(&refusal.path, &refusal.message, new, namespace);
            compared.rejections.push(Rejection { path: refusal.path, message, remedy, commands });
        }
        if !compared.rejections.is_empty() {
            compared.verdict = Verdict::Rejected;
        }
    }
}

/// What the webhook says. A claim asks for what the object asked for before: it does so once the operator has seen it.
fn verdict(before: Option<&RedisCluster>, after: &RedisCluster) -> webhook::Verdict {
    let Some(before) = before else { return webhook::created(after, &Seen::default()) };
    let claim = Claim { size: before.spec.storage.size.clone(), class: before.spec.storage.storage_class_name.clone() };
    let claims = Some(vec![claim]).filter(|_| !before.spec.is_ephemeral());
    // A manifest has no status of its own: the one in the cluster stays.
    let after = RedisCluster { status: before.status.clone().or(after.status.clone()), ..after.clone() };
    webhook::updated(before, &after, &Seen { claims, ..Seen::default() })
}

/// Pods of RedisClusters that restart, and what else a change of them or of their operator does.
pub(in crate::plan) fn operator(both: &Both<'_>, concerns: &mut Vec<Concern>) -> Vec<Restart> {
    let (old, new) = (Operator::of(both.old), Operator::of(both.new));
    let webhooks = has_webhooks((both.old, both.new));
    let mut restarts = Vec::new();
    let mut found = 0;
    for compared in &both.pairs {
        let is_refused = compared.verdict == Verdict::Rejected;
        match (compared.pair.old, compared.pair.new) {
            (before, Some(after)) if is(after, "RedisCluster") => {
                found += 1;
                let namespace = namespace(after, both.new);
                let id = after.id();
                let after = match RedisCluster::stored(&after.node, webhooks) {
                    Ok(after) => after,
                    Err(error) => {
                        concerns.push(unreadable(&id, &error));
                        continue;
                    }
                };
                let Some(before) = before.and_then(|before| RedisCluster::stored(&before.node, webhooks).ok()) else {
                    ask(&webhook::created(&after, &Seen::default()), &id, namespace, concerns);
                    effects::added(&after, &id, concerns);
                    continue;
                };
                ask(&verdict(Some(&before), &after), &id, namespace, concerns);
                let clusters = Clusters { old: before, new: after, id, namespace: namespace.to_owned() };
                restarts.extend(changed(&clusters, (old.as_ref(), new.as_ref()), is_refused, concerns));
            }
            (Some(before), None) if is(before, "RedisCluster") => {
                found += 1;
                if let Ok(cluster) = RedisCluster::stored(&before.node, webhooks) {
                    effects::removed(&cluster, &before.id(), namespace(before, both.old), concerns);
                }
            }
            (_, Some(after)) if after.kind() == "RedisBackup" && after.head.api_version == API_VERSION => {
                let backup = RedisBackup::stored(&after.node).unwrap_or_default();
                effects::destination(&after.id(), backup.spec.destination.as_ref(), concerns);
            }
            (_, Some(after)) if is(after, "RedisScheduledBackup") => {
                let backup = RedisScheduledBackup::stored(&after.node).unwrap_or_default();
                effects::destination(&after.id(), backup.spec.destination.as_ref(), concerns);
            }
            _ => {}
        }
    }
    images((old.as_ref(), new.as_ref()), found, concerns);
    if let (None, Some(new), true) = (&old, &new, found > 0) {
        first(new, concerns);
    }
    restarts
}

fn unreadable(id: &ObjectId, error: &crate::value::DeserializeError) -> Concern {
    let message = format!("{id} cannot be read, so what becomes of its pods is not known: {error}");
    Concern::new(ConcernCode::Unknown, message).about(id.clone(), error.path.clone())
}

/// The operator's own image, which is part of the hash of every pod that it makes.
fn images((old, new): (Option<&Operator>, Option<&Operator>), found: usize, concerns: &mut Vec<Concern>) {
    let all = "kubectl get redisclusters.redis.io -A -o custom-columns=\
               NAMESPACE:.metadata.namespace,NAME:.metadata.name,STRATEGY:.spec.primaryUpdateStrategy,\
               INSTANCES:.spec.instances,PRIMARY:.status.currentPrimary,PHASE:.status.phase";
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) if old.image != new.image => (old, new),
        (Some(old), None) => {
            let message = "the operator is removed: nothing restarts, replaces or fails over pods of any RedisCluster from \
                           then on";
            let concern = Concern::new(ConcernCode::NotApplied, message).about(old.id.clone(), "");
            return concerns.push(concern.commands([all.to_owned()]));
        }
        _ => return,
    };
    let besides = if found == 0 { "" } else { ", also of those that are not part of this release" };
    let message = format!(
        "the operator's image changes from {} to {}: it is an init container of every pod of data and part of its hash, so \
         all of them restart, of every RedisCluster that this operator looks after{besides}",
        old.image, new.image
    );
    let help = "see first which there are, which of them pause for approval, and which have one instance and are away \
                while it restarts";
    let concern = Concern::new(ConcernCode::Unknown, message).about(new.id.clone(), "spec.template.spec.containers");
    concerns.push(concern.help(help).commands([all.to_owned()]));
}

/// The operator and its clusters in one go.
fn first(operator: &Operator, concerns: &mut Vec<Concern>) {
    if !operator.has_webhooks {
        return;
    }
    let message = "the operator comes with RedisClusters in one release: its webhooks refuse them until it runs and has \
                   written its certificate authority into them, so the API server refuses them at first";
    let help = "install the operator alone, wait until it is available, then the RedisClusters";
    let concern = Concern::new(ConcernCode::ManualStep, message).about(operator.id.clone(), "").help(help);
    let text = format!("rollout status deployment {} --timeout=5m", script(&operator.id.name));
    concerns.push(concern.commands([command(&operator.namespace, &text)]));
}

/// What the webhook looks up, and nobody knows here.
fn ask(verdict: &webhook::Verdict, id: &ObjectId, namespace: &str, concerns: &mut Vec<Concern>) {
    let name = &id.name;
    for ask in &verdict.asks {
        let (path, message, command) = match ask {
            Ask::Secret(secret) => (
                "spec.replicaMode.source.authSecretName",
                format!("the webhook refuses {id} unless there is a Secret {secret}"),
                command(namespace, &format!("get secret {}", script(secret))),
            ),
            Ask::Backup(backup) => (
                "spec.bootstrap.backupName",
                format!(
                    "the webhook refuses {id} unless the RedisBackup {backup} is there, is Completed and has written \
                     something"
                ),
                command(namespace, &format!("get redisbackups.redis.io {} -o yaml", script(backup))),
            ),
            Ask::Expansion(class) => {
                let which = class.as_ref().map_or_else(|| "of its claims".to_owned(), ToString::to_string);
                (
                    "spec.storage.size",
                    format!(
                        "the webhook refuses more storage for {id} unless the class {which} has allowVolumeExpansion"
                    ),
                    "kubectl get storageclasses -o custom-columns=NAME:.metadata.name,GROWS:.allowVolumeExpansion"
                        .to_owned(),
                )
            }
            Ask::Claims(size) => (
                "spec.storage.size",
                format!("the webhook refuses less storage for {id} where a claim asks for more than {size}"),
                command(namespace, &format!("get pvc -l redis.io/cluster={}", script(name))),
            ),
            Ask::Primary => (
                "spec.mode",
                format!("the webhook refuses another mode for {id} unless it has a primary"),
                command(
                    namespace,
                    &format!("get redisclusters.redis.io {} -o jsonpath='{{.status.currentPrimary}}'", script(name)),
                ),
            ),
        };
        let concern = Concern::new(ConcernCode::Unknown, message).about(id.clone(), path);
        concerns.push(concern.commands([command]));
    }
}

/// A RedisCluster that is on both sides.
fn changed(
    clusters: &Clusters,
    (before, after): (Option<&Operator>, Option<&Operator>),
    is_refused: bool,
    concerns: &mut Vec<Concern>,
) -> Option<Restart> {
    let Clusters { old, new, id, .. } = clusters;
    let images = (before.map(|operator| operator.image.as_str()), after.map(|operator| operator.image.as_str()));
    let is_new_operator = matches!(images, (Some(before), Some(after)) if before != after);
    // A refused change reaches nothing; another operator restarts the pods all the same.
    let new = if is_refused { old } else { new };
    let stored = (old.clone().with_auth_secret().spec, new.clone().with_auth_secret().spec);
    let fields = hash::differing(&stored.0, &stored.1);
    let rolls = is_new_operator || !fields.is_empty();
    let clusters =
        &Clusters { new: new.clone(), old: old.clone(), id: id.clone(), namespace: clusters.namespace.clone() };
    if !is_refused {
        effects::effects(clusters, rolls, concerns);
    }
    if !rolls || old.spec.servers() == 0 {
        return None;
    }
    if new.is_hibernating() {
        return None;
    }
    if is_new_operator && !fields.is_empty() {
        let message = format!(
            "{id} and its operator change at once: the old operator may begin to restart pods before the new one restarts \
             all of them again"
        );
        let help = "upgrade the operator alone, wait until every RedisCluster is Healthy, then change the rest";
        concerns.push(Concern::new(ConcernCode::ManualStep, message).about(id.clone(), "spec").help(help));
    }
    let mut reasons: Vec<String> = fields.iter().map(|field| reason(field, clusters)).collect();
    if let ((Some(before), Some(after)), true) = (images, is_new_operator) {
        reasons.push(format!("the operator's image changes from {before} to {after}"));
    }
    let steps = steps(clusters);
    let pods = steps.iter().filter_map(|step| if let Step::Restart(pod) = step { Some(pod.clone()) } else { None });
    let pods: Vec<String> = pods.collect();
    let mut notes = notes(clusters, &steps);
    if let (Some(before), Some(after)) = images {
        let (from, to) = (hash::spec_hash(&stored.0, before), hash::spec_hash(&stored.1, after));
        notes.push(format!("the annotation redis.io/spec-hash of its pods goes from {from} to {to}"));
    }
    if new.spec.is_in_maintenance() {
        let message = format!(
            "pods of {id} do not restart while spec.nodeMaintenanceWindow.inProgress is true, so what changes reaches none \
             of them until it is over"
        );
        let path = "spec.nodeMaintenanceWindow.inProgress";
        concerns.push(Concern::new(ConcernCode::NotApplied, message).about(id.clone(), path));
    } else {
        interruption(clusters, &steps, concerns);
        approval(clusters, &steps, concerns);
    }
    let order = if new.spec.is_in_maintenance() { RestartOrder::Never } else { RestartOrder::OneByOne };
    Some(Restart { workload: id.clone(), pods, order, reasons, noise: Vec::new(), notes })
}

fn reason(field: &str, clusters: &Clusters) -> String {
    match field {
        "spec.imageName" => {
            let (from, to) = (&clusters.old.spec.image_name, &clusters.new.spec.image_name);
            format!("spec.imageName changes from {from} to {to}")
        }
        "spec.authSecret.name" => {
            format!(
                "the Secret with the password changes from {} to {}",
                clusters.old.auth_secret(),
                clusters.new.auth_secret()
            )
        }
        // Settings may be passwords: they are not shown.
        field => format!("{field} changes"),
    }
}

/// The steps for pods that are there before: those that scaling adds are made with the new hash.
fn steps(clusters: &Clusters) -> Vec<Step> {
    let (old, new) = (&clusters.old, &clusters.new);
    let cluster = RedisCluster { status: old.status.clone().or(new.status.clone()), ..new.clone() };
    let there = rolls::pods(old);
    let mut steps = rolls::order(&cluster, clusters.primary());
    steps.retain(|step| !matches!(step, Step::Restart(pod) if !there.contains(pod)));
    steps
}

fn notes(clusters: &Clusters, steps: &[Step]) -> Vec<String> {
    let (new, name) = (&clusters.new, clusters.new.name());
    let mut notes = Vec::new();
    if new.spec.mode == Mode::Cluster {
        if new.spec.replicas_per_shard > 0 {
            notes.push(
                "shard by shard from the last: its replicas, then a replica takes over, then its former primary; which pod \
                 is primary of which shard may have changed since they began"
                    .to_owned(),
            );
        }
    } else if new.spec.servers() > 1 {
        let place = match clusters.primary() {
            Some(primary) => format!("{primary} is the primary and comes last, after a switchover to a replica"),
            None => format!(
                "the primary comes last, after a switchover to a replica; {name}-0 is taken for it, as in the beginning: \
                 where another pod is primary, that one comes last and {name}-0 in its place among the replicas"
            ),
        };
        notes.push(place);
    }
    if steps.contains(&Step::Pause) {
        notes.push("before the primary restarts it waits for approval".to_owned());
    }
    let live = rolls::live(&clusters.old.spec, &new.spec);
    let listed = |names: &[String]| names.join(", ");
    if !live.set.is_empty() {
        notes.push(format!(
            "set at once in every running server (CONFIG SET), and restarting pods all the same: {}",
            listed(&live.set)
        ));
    }
    if !live.waiting.is_empty() {
        notes.push(format!("waits for the restart: {}", listed(&live.waiting)));
    }
    if !live.refused.is_empty() {
        notes.push(format!(
            "refused by a running server, so that CONFIG SET fails there and others may wait too, until the restart: {}",
            listed(&live.refused)
        ));
    }
    notes
}

/// What clients see of it.
fn interruption(clusters: &Clusters, steps: &[Step], concerns: &mut Vec<Concern>) {
    let Clusters { new, id, .. } = clusters;
    let is_shards = new.spec.mode == Mode::Cluster;
    let (code, message) = if steps.iter().any(|step| matches!(step, Step::Switchover)) {
        let message = format!(
            "the primary of {id} is stopped before a replica takes over: nothing can be written until then, as a rule for \
             seconds; the operator does not wait until restarted replicas are ready, and where none is connected by then, \
             nothing answers writes until one is"
        );
        (ConcernCode::WriteOutage, message)
    } else if steps.iter().any(|step| matches!(step, Step::Failover(_))) {
        let message = format!("each shard of {id} takes no writes while a replica takes over");
        (ConcernCode::WriteOutage, message)
    } else if is_shards {
        let message =
            format!("each shard of {id} has one server: its part of the data is away while that one restarts");
        (ConcernCode::Outage, message)
    } else {
        let data = if new.spec.is_ephemeral() { ", and comes back empty: its data are in the pod" } else { "" };
        let message = format!("{id} has one server: nothing answers while it restarts{data}");
        (if data.is_empty() { ConcernCode::Outage } else { ConcernCode::DataLoss }, message)
    };
    let mut concern = Concern::new(code, message).about(id.clone(), "spec.instances");
    if !is_shards {
        let text = format!("get redisclusters.redis.io {} -o wide -w", script(new.name()));
        concern = concern.commands([command(&clusters.namespace, &text)]);
    }
    concerns.push(concern);
}

/// The pause before the primary, and the only value that ends it.
fn approval(clusters: &Clusters, steps: &[Step], concerns: &mut Vec<Concern>) {
    let Clusters { new, id, namespace, .. } = clusters;
    if new.spec.primary_update_strategy != UpdateStrategy::Supervised {
        return;
    }
    let path = "spec.primaryUpdateStrategy";
    let name = script(new.name());
    if new.spec.mode == Mode::Cluster {
        let message =
            format!("{id} is supervised, which does nothing in cluster mode: primaries restart without approval");
        concerns.push(Concern::new(ConcernCode::NotApplied, message).about(id.clone(), path));
    } else if steps.contains(&Step::Pause) {
        let message = format!("{id} waits for approval before its primary restarts (condition PrimaryUpdateWaiting)");
        let help = "look at the replicas first; the value must be exactly \"true\", the webhook refuses any other; the \
                    operator takes the annotation away when it goes on";
        let commands = [
            command(
                namespace,
                &format!("wait redisclusters.redis.io/{name} --for=condition=PrimaryUpdateWaiting --timeout=30m"),
            ),
            command(namespace, &format!("get pods -l redis.io/cluster={name} -o wide")),
            command(namespace, &format!("annotate redisclusters.redis.io {name} {APPROVE}=true --overwrite")),
        ];
        let concern = Concern::new(ConcernCode::ManualStep, message).about(id.clone(), path);
        concerns.push(concern.help(help).commands(commands));
    } else if new.is_approved() {
        let message = format!(
            "{id} is supervised, but its manifest approves already: the primary restarts without anybody asked, and so it \
             does at each upgrade that puts the annotation back"
        );
        let path = format!("metadata.annotations.{APPROVE}");
        let help = "take the annotation out of the manifest, and set it by hand when the replicas are well";
        concerns.push(Concern::new(ConcernCode::NotApplied, message).about(id.clone(), path).help(help));
    }
}

/// Volumes of RedisClusters: the operator makes the claims and never deletes one.
pub(in crate::plan) fn claims(both: &Both<'_>) -> Vec<ClaimPlan> {
    let mut plans = Vec::new();
    for compared in &both.pairs {
        let of = |object: Option<&Object>| {
            let object = object.filter(|object| is(object, "RedisCluster"))?;
            RedisCluster::stored(&object.node, true).ok()
        };
        let old = of(compared.pair.old);
        let is_refused = compared.verdict == Verdict::Rejected;
        let new = of(compared.pair.new).filter(|_| !is_refused).or_else(|| old.clone().filter(|_| is_refused));
        let sized = |cluster: &Option<RedisCluster>| cluster.as_ref().map(|cluster| cluster.spec.storage.size.clone());
        let (before, after) = (sized(&old), sized(&new));
        let names = |cluster: &Option<RedisCluster>| cluster.as_ref().map(rolls::claims).unwrap_or_default();
        let (there, wanted) = (names(&old), names(&new));
        let known = wanted.iter().chain(there.iter().filter(|name| !wanted.contains(name)));
        for name in known {
            let (fate, note) = match (there.contains(name), wanted.contains(name)) {
                (true, true) if before < after => {
                    (ClaimFate::Resized, "the operator asks for more; the pod restarts where its file system must grow")
                }
                (true, true) => (ClaimFate::Kept, "the operator makes claims itself and deletes none"),
                (true, false) => (ClaimFate::Orphaned, "no pod uses it any more, and the operator deletes no claim"),
                (false, _) => (ClaimFate::Created, "for a new pod, which copies the data from the primary"),
            };
            plans.push(ClaimPlan {
                name: name.clone(),
                workload: Some(compared.id()),
                fate,
                old_size: before.as_ref().filter(|_| there.contains(name)).map(|size| size.text().to_owned()),
                new_size: after.as_ref().filter(|_| wanted.contains(name)).map(|size| size.text().to_owned()),
                note: note.to_owned(),
            });
        }
    }
    plans
}
