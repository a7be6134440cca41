//! What to look at before an upgrade and after it, as commands for this release.
//!
//! In: both sides and their Redis. Out: [`RunStep`]s that change nothing but a snapshot on the server's disk.

use crate::plan::redis::auth::Auth;
use crate::plan::redis::backup::{self, step};
use crate::plan::redis::facts::Redis;
use crate::plan::redis::facts::Servers;
use crate::plan::redis::release;
use crate::plan::redis::strategy::{MOST_LAG_SECONDS, rollouts};
use crate::plan::{Both, RunStep, Strategy, StrategyKind, Topology};
use crate::shell::word;

/// What to run before.
pub(in crate::plan) fn before(both: &Both<'_>, servers: &Servers<'_>) -> Vec<RunStep> {
    if release::changes_nothing(both) {
        return Vec::new();
    }
    let mut steps = vec![state(both)];
    if let Some(old) = servers.old.as_ref().filter(|old| old.pods().next().is_some()) {
        steps.extend(password(old));
        steps.push(version(old, "before", &old.facts.version));
        steps.push(answers(old));
        steps.extend(replication(old));
        steps.push(keys(old, ">"));
        steps.push(disk(old));
        steps.push(backup::take(old));
    }
    steps.push(around(both, servers));
    steps.push(release::dry_run(both));
    let reason = "run the same upgrade on a copy of this release first, with a copy of its data; read the notices of the chart \
                  and the release notes of what it runs; agree on a time with whoever writes to it";
    steps.push(step("rehearse", reason, Vec::new()));
    steps
}

/// What to run after.
pub(in crate::plan) fn after(both: &Both<'_>, servers: &Servers<'_>, chosen: Option<&Strategy>) -> Vec<RunStep> {
    if release::changes_nothing(both) {
        return Vec::new();
    }
    let is_green = chosen.is_some_and(|strategy| strategy.kind == StrategyKind::BlueGreen);
    let namespace = release::namespace(both);
    let namespace = if is_green { format!("{namespace}-green") } else { namespace };
    let mut steps = Vec::new();
    if let Some(name) = release::name(both).filter(|_| both.new.chart.is_some()) {
        let commands = vec![format!("helm status {} -n {}", word(name), word(&namespace))];
        steps.push(step("ask helm", "Good: `STATUS: deployed`. It says nothing of the data", commands));
    }
    let Some(new) = servers.new.as_ref().filter(|new| new.pods().next().is_some()) else { return steps };
    let mut here = (*new).clone();
    if is_green {
        here.namespace = namespace;
    }
    steps.push(step(
        "wait until every pod is ready",
        "Good: each line ends in success",
        rollouts(&here, &here.namespace),
    ));
    steps.push(version(&here, "after", &here.facts.version));
    steps.push(answers(&here));
    steps.extend(replication(&here));
    steps.push(keys(&here, "|"));
    steps.push(writes(&here));
    steps.push(disk(&here));
    steps.push(logs(&here));
    if here.command("BGSAVE").is_some() {
        let latency =
            here.run(&here.pod(), "redis-cli INFO stats | grep -E \"instantaneous_ops|evicted_keys|rejected\"");
        steps.push(step(
            "watch it for a while",
            "commands per second as before, and nothing evicted or rejected that was not before; look at the latency that \
             your application sees; then take a copy with the new version, because the old one may not be readable for long",
            vec![latency],
        ));
    }
    steps
}

/// What the release is now, kept in files.
fn state(both: &Both<'_>) -> RunStep {
    let namespace = word(&release::namespace(both));
    let Some(name) = release::name(both) else {
        let reason = "what was found here is what a way back needs";
        let list =
            format!("kubectl get statefulset,deployment,service,configmap,pvc -n {namespace} -o yaml > before.yaml");
        return step("keep what is there", reason, vec!["umask 077".to_owned(), list]);
    };
    let file = |end: &str| word(&format!("{name}{end}"));
    let name = word(name);
    let revision = format!(
        "helm history {name} -n {namespace} --max 1 -o yaml | sed -n 's/^.*revision: *//p' > {}",
        file("-revision")
    );
    step(
        "keep what is there",
        "values and manifest as they are, which may hold passwords; and the number to roll back to",
        vec![
            "umask 077".to_owned(),
            format!("helm get values {name} -n {namespace} -o yaml > {}", file("-values.yaml")),
            format!("helm get manifest {name} -n {namespace} > {}", file("-manifest.yaml")),
            revision,
            format!("cat {}", file("-revision")),
        ],
    )
}

/// Where manifests say of no Secret that it holds the password, people have to give it.
fn password(redis: &Redis<'_>) -> Option<RunStep> {
    let reason = "Redis asks for a password, and the manifests name no Secret with it: write it into the file `redis-password`, \
                  which the commands here read, and delete the file afterwards";
    let commands = vec!["umask 077".to_owned(), "${EDITOR:-vi} redis-password".to_owned()];
    (redis.auth == Auth::Unknown).then(|| step("have the password at hand", reason, commands))
}

fn version(redis: &Redis<'_>, when: &str, version: &str) -> RunStep {
    let what = if version.is_empty() {
        "the version that you expect".to_owned()
    } else {
        format!("`redis_version:{version}`")
    };
    let commands = redis.run_each(redis.pods(), "redis-cli INFO server | grep redis_version");
    step(&format!("version {when}"), format!("Good: {what} of every pod"), commands)
}

fn answers(redis: &Redis<'_>) -> RunStep {
    let reason = "Good: `PONG` of every pod. redis-cli ends well on `NOAUTH` and `LOADING` too, grep does not";
    step("does it answer", reason, redis.run_each(redis.pods(), "redis-cli PING | grep -x PONG"))
}

fn replication(redis: &Redis<'_>) -> Option<RunStep> {
    if redis.facts.topology == Topology::Standalone {
        return None;
    }
    if redis.facts.topology == Topology::Cluster {
        let ask = redis.run(&redis.pod(), "redis-cli CLUSTER INFO | tr -d \"\\r\" | grep -x cluster_state:ok");
        return Some(step("is the cluster whole", "Good: `cluster_state:ok`", vec![ask]));
    }
    // One script for any pod: nobody knows beforehand whom sentinels have chosen.
    let lag = format!(
        "redis-cli INFO replication | tr -d \"\\r\" | awk -F \"[=,:]\" \"
/^role:/ {{ role = \\$2; print }}
/^slave[0-9]+:/ {{ print; if (\\$NF > {MOST_LAG_SECONDS}) bad = 1 }}
/^connected_slaves:/ {{ print }}
/^master_link_status:/ {{ print; if (\\$2 != \\\"up\\\") bad = 1 }}
END {{ exit bad || role == \\\"\\\" }}\""
    );
    let commands = redis.run_each(redis.pods(), &lag);
    let expected = redis.pods().count().saturating_sub(1);
    let reason = format!(
        "Good: one master with `connected_slaves:{expected}`, every other pod with `master_link_status:up`; it fails for a \
         link that is down and for a replica that is more than {MOST_LAG_SECONDS} s behind"
    );
    Some(step("do replicas follow", reason, commands))
}

fn keys(redis: &Redis<'_>, into: &str) -> RunStep {
    let pod = redis.pod();
    let ask = redis.run(&pod, "redis-cli INFO keyspace");
    let file = "keys-before";
    match into {
        ">" => step("count the keys", "to compare afterwards", vec![format!("{ask} | tee {file}")]),
        _ => step(
            "count the keys",
            "Good: as many as before, but for those that were written or have expired since",
            vec![format!("cat {file}"), ask],
        ),
    }
}

fn disk(redis: &Redis<'_>) -> RunStep {
    let script = "redis-cli INFO persistence | tr -d \"\\r\" | grep -E \"^(loading|rdb_last_bgsave_status|rdb_last_save_time|\
                  aof_enabled|aof_last_write_status|aof_last_bgrewrite_status):\"";
    let space = format!("{script}; df -h \"{}\"", redis.data.path.replace(['"', '$', '`', '\\'], "?"));
    let commands = redis.run_each(redis.facts.master_pods.iter().map(String::as_str), &space);
    let reason = "Good: `loading:0`, each status `ok`, and room for one more snapshot";
    step("is it written to disk", reason, commands)
}

/// A key of our own, written to the master and read from every pod.
fn writes(redis: &Redis<'_>) -> RunStep {
    if !redis.has_fixed_master() || redis.facts.master_pods.len() > 1 {
        let reason = "write a key through the address that your application uses, and read it again";
        return step("can it be written to", reason, Vec::new());
    }
    let pod = redis.pod();
    let mut commands = vec![redis.run(&pod, "redis-cli SET chartwright:check ok EX 60 | grep -x OK")];
    commands.extend(redis.run_each(redis.pods(), "redis-cli GET chartwright:check | grep -x ok"));
    step("can it be written to", "Good: `OK`, then `ok` from every pod. The key goes away after a minute", commands)
}

fn logs(redis: &Redis<'_>) -> RunStep {
    let namespace = word(&redis.namespace);
    let container = word(&redis.facts.container);
    let read = |pod: &str| {
        let pod = word(pod);
        format!(
            "kubectl logs -n {namespace} {pod} -c {container} --tail=200 | grep -iE \"error|fail|warning|can't handle\" || true"
        )
    };
    let mut commands: Vec<String> = redis.pods().map(read).collect();
    commands.push(format!("kubectl get pods -n {namespace} -o wide"));
    step("read the logs", "Good: nothing but known warnings, and no restarts that grow", commands)
}

/// What stands around the pods.
fn around(both: &Both<'_>, servers: &Servers<'_>) -> RunStep {
    let namespace = word(&release::namespace(both));
    let mut commands =
        vec!["kubectl config current-context".to_owned(), format!("kubectl get pods,pvc,pdb -n {namespace} -o wide")];
    if servers.old.is_some() {
        commands.push(format!("kubectl top pods -n {namespace} --containers || true"));
    }
    step(
        "look around",
        "Good: the cluster that you mean; all pods ready, all claims bound, room for a disruption",
        commands,
    )
}
