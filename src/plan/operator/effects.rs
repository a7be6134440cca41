//! What a changed RedisCluster does besides restarting pods.
//!
//! In: a RedisCluster before and after. Out: concerns: fields that reach no running pod, scaling that loses or keeps pods,
//! Redis versions, TLS, and what becomes of a cluster that goes.

use crate::manifest::{Object, ObjectId};
use crate::operator::rolls::{self, Reach};
use crate::operator::webhook;
use crate::operator::{APPROVE, Destination, Mode, RedisCluster};
use crate::plan::operator::judge::Clusters;
use crate::plan::{Concern, ConcernCode};
use crate::redis_server::Version;
use crate::redis_server::formats::{Reading, follows, reads};
use crate::shell::script;

/// A command of kubectl in a namespace.
pub(in crate::plan) fn command(namespace: &str, text: &str) -> String {
    format!("kubectl -n {} {text}", script(namespace))
}

/// What to do about a refusal of the webhook.
pub(in crate::plan) fn remedy(path: &str, message: &str, object: &Object, namespace: &str) -> (String, Vec<String>) {
    let name = script(object.name());
    let (remedy, commands) = match path {
        _ if path.ends_with(APPROVE) => (
            "take the annotation out of the manifest, and approve by hand once the replicas have restarted: the value must be \
             exactly \"true\"",
            vec![command(namespace, &format!("annotate redisclusters.redis.io {name} {APPROVE}=true --overwrite"))],
        ),
        "spec.storage.size" if message.contains("decreased") => (
            "keep the size: a claim can only grow; the smaller size passes only where no claim ever asked for the larger one",
            vec![command(namespace, &format!("get pvc -l redis.io/cluster={name}"))],
        ),
        "spec.storage.type" => {
            ("make a new RedisCluster under another name, and move the data by replication or a backup", vec![])
        }
        "spec.mode" => (
            "back up, make a new RedisCluster in the wanted mode under another name, restore there and move the clients",
            vec![command(namespace, &format!("get redisclusters.redis.io {name} -o wide"))],
        ),
        "spec.bootstrap.backupName" if message.contains("immutable") => {
            ("leave the field as it was: it only counts for the first start", vec![])
        }
        "spec.replicaMode.enabled" => (
            "set spec.replicaMode.promote to true first, and wait until the operator has turned replica mode off",
            vec![command(
                namespace,
                &format!(
                    "patch redisclusters.redis.io {name} --type merge -p '{{\"spec\":{{\"replicaMode\":{{\"promote\":true}}}}}}'"
                ),
            )],
        ),
        _ => ("", vec![]),
    };
    (remedy.to_owned(), commands)
}

/// A cluster that is new.
pub(in crate::plan) fn added(new: &RedisCluster, id: &ObjectId, concerns: &mut Vec<Concern>) {
    unused(new, id, concerns);
}

/// A cluster that goes.
pub(in crate::plan) fn removed(old: &RedisCluster, id: &ObjectId, namespace: &str, concerns: &mut Vec<Concern>) {
    let message = format!("{id} is removed: its pods and Services go with it");
    concerns.push(Concern::new(ConcernCode::Outage, message).about(id.clone(), ""));
    let secret = format!("{}-auth", old.name());
    let kept = if old.spec.auth_secret.is_none() {
        format!(", and so does the Secret {secret} with its password")
    } else {
        String::new()
    };
    if old.spec.is_ephemeral() {
        let message = format!("the data of {id} are in its pods, and gone with them");
        return concerns.push(Concern::new(ConcernCode::DataLoss, message).about(id.clone(), "spec.storage.type"));
    }
    let message = format!("the claims {} of {id} stay{kept}: nobody deletes them", rolls::claims(old).join(", "));
    let text = format!("get pvc,secret -l redis.io/cluster={}", script(old.name()));
    let concern = Concern::new(ConcernCode::OrphanedVolume, message).about(id.clone(), "spec.storage");
    let help = "keep them for the way back: a RedisCluster of the same name starts with these data again";
    concerns.push(concern.help(help).commands([command(namespace, &text)]));
}

/// A backup that the API server takes and the operator cannot make.
pub(in crate::plan) fn destination(id: &ObjectId, given: Option<&Destination>, concerns: &mut Vec<Concern>) {
    if let Err(error) = webhook::destination(given) {
        let message = format!("{id} is accepted, and fails when it is made: {error}");
        concerns.push(Concern::new(ConcernCode::NotApplied, message).about(id.clone(), "spec.destination"));
    }
}

/// All but restarts.
pub(in crate::plan) fn effects(clusters: &Clusters, rolls: bool, concerns: &mut Vec<Concern>) {
    unreached(clusters, rolls, concerns);
    mode(clusters, concerns);
    sentinels(clusters, concerns);
    scaling(clusters, concerns);
    hibernation(clusters, concerns);
    source(clusters, concerns);
    tls(clusters, concerns);
    versions(clusters, concerns);
}

/// Fields that the operator checks and uses nowhere.
fn unused(new: &RedisCluster, id: &ObjectId, concerns: &mut Vec<Concern>) {
    if new.spec.min_sync_replicas != 0 || new.spec.max_sync_replicas != 0 {
        let message = format!(
            "spec.minSyncReplicas and spec.maxSyncReplicas of {id} do nothing: the operator checks them and writes them \
             into no configuration"
        );
        let help = "set min-replicas-to-write in spec.redis, which the server itself keeps";
        concerns
            .push(Concern::new(ConcernCode::NotApplied, message).about(id.clone(), "spec.minSyncReplicas").help(help));
    }
}

fn unreached(clusters: &Clusters, rolls: bool, concerns: &mut Vec<Concern>) {
    let Clusters { old, new, id, namespace } = clusters;
    let changed = rolls::reach(&old.spec, &new.spec);
    let waiting: Vec<&str> =
        changed.iter().filter(|(_, reach)| *reach == Reach::NewPods).map(|(path, _)| *path).collect();
    // Pods that restart anyway get them then.
    if let (Some(first), false) = (waiting.first(), rolls) {
        let message = format!(
            "{} of {id} changes, and reaches no running pod: it is in the pods that the operator makes, and not in the hash \
             by which it replaces them",
            waiting.join(", ")
        );
        let help =
            "delete the pods one by one, replicas first, each when the one before is ready again; the primary last";
        let steps = rolls::order(old, clusters.primary());
        let pods = steps.iter().filter_map(|step| if let rolls::Step::Restart(pod) = step { Some(pod) } else { None });
        let concern = Concern::new(ConcernCode::NotApplied, message).about(id.clone(), *first).help(help);
        let commands = pods.take(MOST_COMMANDS).map(|pod| command(namespace, &format!("delete pod {}", script(pod))));
        concerns.push(concern.commands(commands));
    }
    if changed.iter().any(|(_, reach)| *reach == Reach::NewClaims) {
        let message =
            format!("spec.storage.storageClassName of {id} changes: only claims of new pods get the new class");
        let concern = Concern::new(ConcernCode::NotApplied, message).about(id.clone(), "spec.storage.storageClassName");
        concerns.push(
            concern.help("make a new RedisCluster with that class, and move the data by replication or a backup"),
        );
    }
    if changed.iter().any(|(_, reach)| *reach == Reach::Nothing) {
        unused(new, id, concerns);
    }
}

/// The one change of mode that the operator takes, and never takes back.
fn mode(clusters: &Clusters, concerns: &mut Vec<Concern>) {
    let Clusters { old, new, id, namespace } = clusters;
    if old.spec.mode != Mode::Standalone || new.spec.mode != Mode::Sentinel {
        return;
    }
    let name = script(new.name());
    let message = format!(
        "{id} moves from standalone to sentinel: the primary and its claim stay, {} instances and three sentinels are there \
         after it, and the operator must run until it is Healthy",
        new.spec.instances
    );
    let help =
        "do it while the cluster is Healthy and status.currentPrimary is set, with nothing else in the same upgrade";
    let healthy = "--for=jsonpath='{.status.phase}'=Healthy --timeout=30m";
    let concern = Concern::new(ConcernCode::ManualStep, message).about(id.clone(), "spec.mode").help(help);
    concerns.push(concern.commands([
        command(namespace, &format!("get redisclusters.redis.io {name} -o wide")),
        command(namespace, &format!("wait redisclusters.redis.io/{name} {healthy}")),
        command(namespace, &format!("get pods -l redis.io/cluster={name},redis.io/role=sentinel")),
    ]));
    let message = format!("the operator refuses to take {id} back to standalone, whatever `helm rollback` says");
    let help = "make a RedisBackup before; the way back is a new RedisCluster that starts from it with spec.bootstrap.backupName";
    concerns.push(Concern::new(ConcernCode::RollbackUnsafe, message).about(id.clone(), "spec.mode").help(help));
}

/// Commands that are spelled out, one per pod.
const MOST_COMMANDS: usize = 20;

fn sentinels(clusters: &Clusters, concerns: &mut Vec<Concern>) {
    let Clusters { old, new, id, namespace } = clusters;
    if old.spec.mode != Mode::Sentinel || new.spec.mode != Mode::Sentinel {
        return;
    }
    if old.auth_secret() != new.auth_secret() {
        let message = format!(
            "all three sentinels of {id} are deleted at once, because the Secret with the password is another: nobody \
             fails over until two of them are back"
        );
        return concerns
            .push(Concern::new(ConcernCode::Availability, message).about(id.clone(), "spec.authSecret.name"));
    }
    let fields = rolls::sentinel_fields(&old.spec, &new.spec);
    if fields.is_empty() {
        return;
    }
    let what = fields.join(", ");
    let message = format!("the sentinels of {id} keep what they have: the operator never replaces them for {what}");
    let help = "delete them one by one, each when the one before is ready again";
    let commands = rolls::sentinels(new).into_iter().flat_map(|pod| {
        let pod = script(&pod);
        [
            command(namespace, &format!("delete pod {pod}")),
            command(namespace, &format!("wait pod/{pod} --for=create --timeout=2m")),
            command(namespace, &format!("wait pod/{pod} --for=condition=Ready --timeout=5m")),
        ]
    });
    let path = fields.first().copied().unwrap_or_default();
    concerns.push(Concern::new(ConcernCode::NotApplied, message).about(id.clone(), path).help(help).commands(commands));
}

fn scaling(clusters: &Clusters, concerns: &mut Vec<Concern>) {
    let Clusters { old, new, id, namespace } = clusters;
    let (from, to) = (old.spec.servers(), new.spec.servers());
    if to >= from || new.spec.mode == Mode::Cluster {
        return;
    }
    let first = format!("{}-0", new.name());
    let scaling = rolls::scale_down(new.name(), from, to, clusters.primary().unwrap_or(&first));
    let path = "spec.instances";
    if !scaling.endless.is_empty() {
        let message = format!(
            "fewer instances of {id} never settle: the operator deletes the last pods by the alphabet, where {name}-9 comes \
             after {name}-10, and makes them again: {} come and go without end",
            scaling.endless.join(", "),
            name = new.name()
        );
        let help = "take one instance away at a time only below eleven; above, stop the operator, delete the pods with the \
                    highest numbers by hand, and start it again";
        concerns.push(Concern::new(ConcernCode::Availability, message).about(id.clone(), path).help(help));
    }
    if !scaling.kept.is_empty() && scaling.endless.is_empty() {
        let message = format!(
            "{} stays although {id} shall have {to} instances: the operator deletes no primary, so one more pod is there \
             than asked for",
            scaling.kept.join(", ")
        );
        concerns.push(Concern::new(ConcernCode::NotApplied, message).about(id.clone(), path));
    }
    if !old.spec.is_ephemeral() {
        let wanted = rolls::claims(new);
        let left: Vec<String> = rolls::claims(old).into_iter().filter(|claim| !wanted.contains(claim)).collect();
        let message = format!("{id} has fewer instances: the claims {} stay, and nothing uses them", left.join(", "));
        let help = "delete them when the data of the others are well; a pod of that number uses them again";
        let commands =
            left.iter().take(MOST_COMMANDS).map(|claim| command(namespace, &format!("get pvc {}", script(claim))));
        let concern = Concern::new(ConcernCode::OrphanedVolume, message).about(id.clone(), path);
        concerns.push(concern.help(help).commands(commands));
    }
}

fn hibernation(clusters: &Clusters, concerns: &mut Vec<Concern>) {
    let Clusters { old, new, id, .. } = clusters;
    if new.is_hibernating() && !old.is_hibernating() {
        let data = if new.spec.is_ephemeral() { ", and its data, which are in them, are gone" } else { "" };
        let code = if data.is_empty() { ConcernCode::Outage } else { ConcernCode::DataLoss };
        let message = format!("{id} hibernates: all its pods are deleted{data}");
        let path = format!("metadata.annotations.{}", crate::operator::HIBERNATION);
        concerns.push(Concern::new(code, message).about(id.clone(), path));
    }
}

fn source(clusters: &Clusters, concerns: &mut Vec<Concern>) {
    let Clusters { old, new, id, .. } = clusters;
    if new.spec.follows() && !old.spec.follows() {
        let host =
            new.spec.replica_mode.as_ref().and_then(|mode| mode.source.as_ref()).map(|source| source.host.as_str());
        let message = format!(
            "every server of {id} becomes a replica of {}, whose data take the place of its own",
            host.unwrap_or_default()
        );
        let concern = Concern::new(ConcernCode::DataLoss, message).about(id.clone(), "spec.replicaMode.enabled");
        concerns.push(concern.help("back up first, if anything in it is wanted"));
    }
}

/// Servers with TLS speak nothing else on their port, so both kinds do not replicate from each other.
fn tls(clusters: &Clusters, concerns: &mut Vec<Concern>) {
    let Clusters { old, new, id, .. } = clusters;
    if old.spec.has_tls() == new.spec.has_tls() {
        return;
    }
    let what = if new.spec.has_tls() { "gets" } else { "loses" };
    let tail = if new.spec.servers() > 1 && new.spec.mode != Mode::Cluster {
        "; restarted replicas cannot follow a primary that speaks the other way, and the switchover makes one of them \
         primary all the same: what was written meanwhile is lost"
    } else {
        ""
    };
    let code = if tail.is_empty() { ConcernCode::Outage } else { ConcernCode::DataLoss };
    let message = format!("{id} {what} TLS: clients that speak the other way are refused from then on{tail}");
    let help = "stop all writers first, or make a new RedisCluster and move the data by a backup";
    concerns.push(Concern::new(code, message).about(id.clone(), "spec.tlsSecret").help(help));
}

/// Both versions of Redis, where their images say them: the operator keeps an append-only file always.
fn versions(clusters: &Clusters, concerns: &mut Vec<Concern>) {
    let Clusters { old, new, id, .. } = clusters;
    let (Some(before), Some(after)) = (version(&old.spec.image_name), version(&new.spec.image_name)) else {
        if old.spec.image_name != new.spec.image_name {
            let message =
                format!("the image of {id} does not tell a version of Redis: whether it reads the data is not known");
            concerns.push(Concern::new(ConcernCode::Unknown, message).about(id.clone(), "spec.imageName"));
        }
        return;
    };
    if before == after {
        return;
    }
    let about = |code: ConcernCode, message: String| Concern::new(code, message).about(id.clone(), "spec.imageName");
    if after < Version::V7_0 {
        let message = format!(
            "Redis {after} does not start for {id}: the operator writes appenddirname into redis.conf, which no Redis before \
             7.0 knows"
        );
        return concerns.push(about(ConcernCode::Refused, message));
    }
    let reading = reads(before, after, true);
    match reading {
        Reading::Refused => {
            let message = format!("Redis {after} does not start with the data that {before} of {id} wrote");
            concerns.push(about(ConcernCode::Refused, message));
        }
        Reading::Empty => {
            let message =
                format!("Redis {after} starts empty, without an error, beside the data that {before} of {id} wrote");
            concerns.push(about(ConcernCode::DataLoss, message));
        }
        Reading::Complete => {}
    }
    // One that does not start is no candidate for a switchover.
    if reading != Reading::Refused && new.spec.servers() > 1 && !follows(after, before) {
        let message = format!(
            "replicas of {id} with Redis {after} cannot follow a primary with {before}, and the switchover makes one of them \
             primary all the same: what was written meanwhile is lost"
        );
        concerns.push(about(ConcernCode::DataLoss, message));
    }
    if reads(after, before, true) != Reading::Complete {
        let message = format!(
            "there is no safe way back for {id}: Redis {before} does not read what {after} has written, whatever \
             `helm rollback` says"
        );
        let help = "make a RedisBackup with the old version before, and start a new RedisCluster from it to go back";
        concerns.push(about(ConcernCode::RollbackUnsafe, message).help(help));
    }
}

/// The version in the tag of an image.
fn version(image: &str) -> Option<Version> {
    let name = image.split('@').next().unwrap_or_default();
    let last = name.rsplit('/').next().unwrap_or_default();
    Version::parse(last.split_once(':')?.1)
}
