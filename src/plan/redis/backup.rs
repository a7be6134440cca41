//! Copies of a Redis's data: how to take one, and how to put one back so that it survives.
//!
//! In: a [`Redis`]. Out: [`RunStep`]s. What they avoid was seen on real servers: a server that ends writes what it holds
//! over a file that was put beside it, and with `appendonly` it looks at no snapshot at all.

use crate::plan::redis::facts::{Claims, Redis, items, text};
use crate::plan::{RunStep, Topology};
use crate::redis_server::formats::{AofLayout, aof_layout};
use crate::shell::{in_double_quotes, script, word};
use crate::value::{Data, Node};

/// The name of the pod that places files while the server is stopped.
const HELPER: &str = "redis-restore";

/// Seconds that a snapshot may take.
const SNAPSHOT_SECONDS: u32 = 3600;

/// A step with its commands.
pub(in crate::plan) fn step(title: &str, reason: impl Into<String>, commands: Vec<String>) -> RunStep {
    RunStep { title: title.to_owned(), reason: reason.into(), commands }
}

/// The file that a pod's copy goes to.
pub(in crate::plan) fn file_of(pod: &str) -> String {
    format!("{}-before.rdb", pod.replace('/', "-"))
}

/// The pods whose data make up the whole.
fn sources(redis: &Redis<'_>) -> Vec<String> {
    let all = || redis.facts.master_pods.clone();
    match redis.facts.topology {
        Topology::Cluster | Topology::Standalone => all(),
        _ => all().into_iter().take(1).collect(),
    }
}

/// Takes a copy, waits until it is complete, and checks what arrived.
pub(in crate::plan) fn take(redis: &Redis<'_>) -> RunStep {
    let pods = sources(redis);
    let Some(save) = redis.command("BGSAVE").zip(redis.command("LASTSAVE")) else {
        let reason = "redis.conf takes `BGSAVE` or `LASTSAVE` away: take a snapshot of the volume instead";
        return step("take a copy of the data", reason, Vec::new());
    };
    let mut commands = vec!["umask 077".to_owned()];
    for pod in &pods {
        let file = word(&file_of(pod));
        commands.push(format!("{} > {file}", redis.run(pod, &snapshot(redis, &save.0, &save.1))));
        let inside = redis.inside(" -i", &redis.namespace, &word(pod));
        commands.push(format!("{inside} redis-check-rdb /dev/stdin < {file}"));
    }
    let which = match redis.facts.topology {
        Topology::Sentinel => " Any pod will do whose link to the master is up.",
        Topology::Cluster => " Each master has a part of the data: the copies belong together.",
        _ => "",
    };
    let reason = format!(
        "`BGSAVE` only begins; this waits until it is done and fails when it fails. Good: `RDB looks OK!` for the file that \
         arrived. It is what a way back needs.{which}"
    );
    step("take a copy of the data", reason, commands)
}

/// The script in the pod: begins a snapshot, waits, prints the file.
fn snapshot(redis: &Redis<'_>, save: &str, last: &str) -> String {
    let data = &redis.data;
    let known = format!("file={}", in_double_quotes(&format!("{}/{}", data.path.trim_end_matches('/'), data.dump)));
    let file = match redis.command("CONFIG") {
        Some(config) => {
            let ask = |name: &str| format!("$(redis-cli {config} GET {name} | sed -n 2p)");
            format!("file=\"{}/{}\"", ask("dir"), ask("dbfilename"))
        }
        None => known,
    };
    format!(
        "set -eu
info() {{ redis-cli INFO persistence | tr -d \"\\r\" | sed -n \"s/^$1://p\"; }}
before=$(redis-cli {last})
case $before in *[!0-9]*|\"\") echo \"$before\" >&2; exit 1 ;; esac
sleep 1
redis-cli {save} SCHEDULE >&2
seconds=0
while [ \"$(redis-cli {last})\" = \"$before\" ]; do
  if [ \"$(info rdb_bgsave_in_progress)$(info aof_rewrite_in_progress)\" = 00 ] && [ \"$(info rdb_last_bgsave_status)\" != ok ]; then
    echo \"the snapshot failed; the log of the server says why\" >&2; exit 1
  fi
  seconds=$((seconds + 1))
  if [ \"$seconds\" -gt {SNAPSHOT_SECONDS} ]; then echo \"no snapshot after {SNAPSHOT_SECONDS} s\" >&2; exit 1; fi
  sleep 1
done
{file}
cat \"$file\""
    )
}

/// Puts a copy back while no server runs, as the files that the server will look at.
pub(in crate::plan) fn put_back(redis: &Redis<'_>, file: &str) -> Vec<RunStep> {
    let pod = redis.facts.master_pods.first().cloned().unwrap_or_else(|| format!("{}-0", redis.workload.name()));
    let namespace = word(&redis.namespace);
    let has_no_volume = redis.data.claims == Claims::None;
    if has_no_volume || redis.facts.topology == Topology::Cluster {
        let why = if has_no_volume { "it has no volume claim" } else { "each master has a part of it" };
        let reason = format!(
            "{why}: let a server that holds the data be the master of this one (`REPLICAOF`), or write the keys with a client"
        );
        return vec![step("put the copy back", reason, Vec::new())];
    }
    let mut stop = Vec::new();
    let mut start = Vec::new();
    for object in redis.workloads() {
        let kind = object.kind().to_lowercase();
        let name = format!("{kind}/{}", object.name());
        if kind == "daemonset" || kind == "pod" {
            continue;
        }
        let count = match object.node.find("spec.replicas").and_then(Node::as_number) {
            Some(count) => count.max(0.0),
            None => redis.pods().filter(|pod| pod.starts_with(object.name())).count().max(1) as f64,
        };
        stop.push(format!("kubectl scale -n {namespace} {} --replicas=0", word(&name)));
        start.push(format!("kubectl scale -n {namespace} {} --replicas={count}", word(&name)));
        start.push(format!("kubectl rollout status -n {namespace} {} --timeout=15m", word(&name)));
    }
    for pod in redis.pods().filter(|pod| !pod.contains('/')) {
        stop.push(format!("kubectl wait -n {namespace} --for=delete {} --timeout=5m", word(&format!("pod/{pod}"))));
    }
    let ready = format!("kubectl wait -n {namespace} --for=condition=Ready pod/{HELPER} --timeout=5m");
    let place = format!("kubectl exec -i -n {namespace} {HELPER} -- sh -c {} < {}", script(&files(redis)), word(file));
    let size = redis.run(&redis.pod(), "redis-cli DBSIZE");
    vec![
        step(
            "stop the servers",
            "a server that ends writes what it holds over the files: none may run while they are placed",
            stop,
        ),
        step(
            "put the copy on the volume",
            "what lies there is moved to `before-restore`, for you to delete later. A server with `appendonly` looks at no \
             snapshot: there the copy becomes the base of its log",
            vec![
                format!("kubectl apply -n {namespace} -f - <<'EOF'\n{}\nEOF", helper(redis, &pod)),
                ready,
                place,
                format!("kubectl delete pod -n {namespace} {HELPER} --wait"),
            ],
        ),
        step("start the servers", "replicas copy from the master by themselves. Good: as many keys as before", {
            start.push(size);
            start
        }),
    ]
}

/// The script that places the copy, which it reads.
fn files(redis: &Redis<'_>) -> String {
    let data = &redis.data;
    let (dump, log, folder) =
        (in_double_quotes(&data.dump), in_double_quotes(&data.log), in_double_quotes(&data.log_folder));
    let aside = format!(
        "set -eu\numask 077\ncd {}\nmkdir -p before-restore\nfor old in {dump} {log} {folder}; do\n  [ ! -e \"$old\" ] || mv \"$old\" before-restore/\ndone",
        in_double_quotes(&data.path)
    );
    let is_folder = redis.line.is_none_or(|line| aof_layout(line) == AofLayout::Folder);
    let base = |from: &str| match is_folder {
        true => {
            let name = in_double_quotes(&format!("{}.1.base.rdb", data.log));
            let manifest = in_double_quotes(&format!("{}.manifest", data.log));
            let line = in_double_quotes(&format!("file {}.1.base.rdb seq 1 type b", data.log));
            format!("mkdir {folder}\n{from} {folder}/{name}\necho {line} > {folder}/{manifest}")
        }
        false => format!("{from} {log}"),
    };
    match redis.facts.aof {
        Some(true) => format!("{aside}\n{}", base("cat >")),
        Some(false) => format!("{aside}\ncat > {dump}"),
        None => format!("{aside}\ncat > {dump}\n{}", base(&format!("cp {dump}"))),
    }
}

/// A pod with the master's volume and the server's rights that does nothing by itself.
fn helper(redis: &Redis<'_>, pod: &str) -> String {
    let pods = redis.workload.node.find("spec.template.spec").cloned().unwrap_or_default();
    let mut containers = items(&pods, "containers").iter();
    let container = containers.find(|one| text(one, "name").as_deref() == Some(&redis.facts.container));
    let copied = |node: Option<&Node>| node.map(|node| json(node, 0)).filter(|value| !value.is_null());
    let mut own = serde_json::Map::new();
    let mut spec = serde_json::Map::new();
    let mut mount = serde_json::json!({"name": "data", "mountPath": redis.data.path});
    if let Some(mount) = mount.as_object_mut().filter(|_| !redis.data.sub_path.is_empty()) {
        mount.insert("subPath".to_owned(), redis.data.sub_path.clone().into());
    }
    own.insert("name".to_owned(), "restore".into());
    own.insert("image".to_owned(), container.and_then(|one| text(one, "image")).into());
    own.insert("command".to_owned(), serde_json::json!(["sh", "-c", "sleep 86400"]));
    own.insert("volumeMounts".to_owned(), vec![mount].into());
    let rights = copied(container.and_then(|one| one.get("securityContext")));
    own.extend(rights.map(|rights| ("securityContext".to_owned(), rights)));
    for field in ["securityContext", "nodeSelector", "tolerations", "imagePullSecrets"] {
        spec.extend(copied(pods.get(field)).map(|value| (field.to_owned(), value)));
    }
    let claim = redis.data.claim(pod).unwrap_or_default();
    spec.insert("restartPolicy".to_owned(), "Never".into());
    spec.insert("automountServiceAccountToken".to_owned(), false.into());
    spec.insert("containers".to_owned(), vec![serde_json::Value::from(own)].into());
    spec.insert(
        "volumes".to_owned(),
        serde_json::json!([{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]),
    );
    serde_json::json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": HELPER}, "spec": spec}).to_string()
}

/// Levels of what is copied from a pod: what the API server takes has fewer.
const MOST_LEVELS: usize = 16;

/// Plain data as JSON; whole numbers without a fraction.
fn json(node: &Node, level: usize) -> serde_json::Value {
    let below = |node: &Node| json(node, level + 1);
    match &node.data {
        Data::List(_) | Data::Map(_) if level > MOST_LEVELS => serde_json::Value::Null,
        Data::Null => serde_json::Value::Null,
        Data::Bool(value) => (*value).into(),
        Data::Int(number) => (*number).into(),
        #[allow(clippy::cast_possible_truncation)] // within the bounds that a float holds exactly
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => (*number as i64).into(),
        Data::Float(number) => (*number).into(),
        Data::Str(text) => text.to_text().into_owned().into(),
        Data::List(nodes) => nodes.iter().map(below).collect(),
        Data::Map(entries) => entries
            .iter()
            .map(|(key, value)| (key.to_text().into_owned(), below(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}
