//! Several pods of Redis: who writes, who follows, and what a restart does to the others.

use super::server::{Server, Volume};
use super::{note, place, rule};
use crate::lint::rules::objects::{key, text, way};
use crate::lint::{Findings, Rule};

pub(super) const SHARED_CLAIM: Rule = rule(
    "redis-shared-claim",
    "several servers write to one volume",
    "Each writes its own dump.rdb and append-only file over that of the others; after a restart the data are those of whoever was last, or broken.",
    "Use volumeClaimTemplates of a StatefulSet, or run one pod.",
);
pub(super) const WIPED: Rule = rule(
    "redis-restart-wipes-replicas",
    "a master that keeps nothing on disk has replicas",
    "It restarts empty, and its replicas copy that: all data are gone at the first restart.",
    "Turn on snapshots or the append-only file, on a volume that outlives the pod.",
);
pub(super) const INDEPENDENT_MASTERS: Rule = rule(
    "redis-independent-masters",
    "several pods run that know nothing of each other",
    "Each is a master with its own data; a Service spreads writes over them, and reads find a part of the keys.",
    "Run one pod, or set up replication, Sentinel or a cluster.",
);
pub(super) const MASTERAUTH_MISSING: Rule = rule(
    "redis-masterauth-missing",
    "a replica asks for a password and does not know its master's",
    "A master with the same configuration refuses it, and the link stays down.",
    "Set masterauth (or primaryauth) to the password of the master.",
);
pub(super) const FIXED_MASTER: Rule = note(
    "redis-fixed-master",
    "a Service leads to one pod by its name",
    "After a failover it still leads to that pod, which comes back as an old master or as a replica that refuses writes.",
    "Select by a label that follows the master, use Sentinel, or document that nobody else is ever promoted.",
);

pub(super) fn check(server: &Server<'_>, servers: &[Server<'_>], findings: &mut Findings) {
    let (case, workload) = (server.case, server.workload);
    let most = server.most_pods();
    let volume = server.data_folder().and_then(|folder| server.volume_at(&folder));
    if let Some((Volume::SharedClaim, way)) = volume.as_ref().filter(|_| most > 1.0) {
        let message =
            format!("up to {most} pods of {} `{}` write to one claim", workload.object.kind(), workload.object.name());
        findings.on(&SHARED_CLAIM, case, &workload.object, way, message);
    }
    let joined = server.is_joined();
    if most > 1.0 && !joined && server.is_known() && is_plain(server) {
        let message = format!("up to {most} pods run, and none of them is told to follow another");
        let path =
            if workload.object.node.find("spec.replicas").is_some() { way("spec.replicas") } else { way("spec") };
        findings.on(&INDEPENDENT_MASTERS, case, &workload.object, &path, message);
    }
    let cluster = server.conf.is_on("cluster-enabled") == Some(true);
    let replicates =
        server.conf.last("replicaof").is_some() || server.mentions("replicaof") || server.mentions("slaveof");
    // A master of its own workload has replicas in another.
    let is_told_master = server.told_role() == Some("master");
    let followers = servers.iter().filter(|other| matches!(other.told_role(), Some("slave" | "replica")));
    let pods = match is_told_master {
        true => most + followers.map(Server::most_pods).sum::<f64>(),
        false if replicates && server.told_role().is_none() => most,
        false => 1.0,
    };
    if pods > 1.0 && !cluster && !server.is_watched() {
        let lost = match (server.persists(), &volume) {
            (Some(false), _) => Some("neither snapshots nor the append-only file are on"),
            (Some(true), None) if server.data_folder().is_some() => Some("its data folder is on no volume"),
            (Some(true), Some((Volume::EmptyDir, _))) => Some("its data folder is gone with the pod"),
            _ => None,
        };
        if let Some(why) = lost {
            let message = format!("the master of {pods} pods restarts empty: {why}");
            let line = ["appendonly", "save", "dir"].iter().find_map(|name| server.conf.last(name));
            match line.filter(|_| server.persists() == Some(false)) {
                Some(line) => place::on_line(findings, &WIPED, server, line, message),
                None => place::on_container(findings, &WIPED, server, "name", message),
            };
        }
    }
    if let (Some(line), false) = (server.conf.last("requirepass"), server.conf.last("masterauth").is_some()) {
        let open = ["masterauth", "primaryauth"]
            .iter()
            .any(|name| server.is_left_open(name) || server.conf.last(name).is_some());
        if (replicates || cluster) && !open {
            let message = "`requirepass` is set and `masterauth` is not".to_owned();
            place::on_line(findings, &MASTERAUTH_MISSING, server, line, message);
        }
    }
    // A script that asks the others for their role finds the master wherever it is.
    if most > 1.0 && replicates && !server.is_watched() && !server.mentions("role") {
        fixed_master(server, findings);
    }
}

/// Without a file and arguments of its own a pod may be anything that its image makes of its environment.
fn is_plain(server: &Server<'_>) -> bool {
    server.is_official() || !server.files.is_empty() || !server.arguments.is_empty()
}

fn fixed_master(server: &Server<'_>, findings: &mut Findings) {
    let label = "statefulset.kubernetes.io/pod-name";
    let case = server.case;
    for service in case.facts().kind(case, "Service") {
        let selected = service.node.find("spec.selector").and_then(|selector| selector.get(label));
        let Some(pod) = selected.and_then(|node| node.as_text()) else { continue };
        let own = format!("{}-", server.workload.object.name());
        if pod.starts_with(&own) && text(&service.node, "metadata.name").is_some() {
            let message = format!("the Service leads to the pod `{pod}`, whoever is the master");
            findings.on(&FIXED_MASTER, case, service, &key(&way("spec.selector"), label), message);
        }
    }
}
