//! What a plan says of Redis: its data, the way there and back, and commands that work.
//!
//! In: small manifests of the shapes that charts give Redis. Out: what the plan says of them. The tests that are ignored
//! run the commands of plans on real servers, through a `kubectl` that knows no cluster: `cargo test --test plan_redis --
//! --ignored`, which needs redis-server and shellcheck.

use chartwright::ops::runbook;
use chartwright::plan::{ConcernCode, Outcome, Plan, RedisFacts, Settings, Side, StrategyKind, Topology, plan};
use chartwright::{Chart, Compiled, Layer, Options, Values};

#[path = "plan_redis/servers.rs"]
mod servers;

/// A Redis of one shape, as manifests.
#[derive(Clone)]
struct Shape {
    image: &'static str,
    conf: &'static str,
    master: &'static str,
    replicas: u32,
    volume: &'static str,
    data: String,
    secret: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Shape {
            image: "redis:7.0.15",
            conf: "appendonly no\n",
            master: "r-redis",
            replicas: 0,
            volume: "claim",
            data: "/data".to_owned(),
            secret: true,
        }
    }
}

impl Shape {
    fn text(&self) -> String {
        let Shape { image, master, replicas, data, .. } = self;
        let conf: String = format!("dir {data}\n{}", self.conf).lines().map(|line| format!("    {line}\n")).collect();
        let (claim, volumes) = match self.volume {
            "claim" => (
                "  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]\n",
                "",
            ),
            _ => ("", ", {name: data, emptyDir: {}}"),
        };
        let env = match self.secret {
            true => "env: [{name: REDIS_PASSWORD, valueFrom: {secretKeyRef: {name: r-auth, key: redis.password}}}]",
            false => "env: []",
        };
        let set = |name: &str, part: &str, count: u32| {
            format!(
                "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: {name}}}\nspec:\n  replicas: {count}\n  serviceName: x\n  \
                 selector: {{matchLabels: {{part: {part}}}}}\n  template:\n    metadata: {{labels: {{part: {part}, app.kubernetes.io/component: {part}}}}}\n    \
                 spec:\n      containers:\n        - name: redis\n          image: {image}\n          command: [redis-server, /conf/redis.conf]\n          \
                 {env}\n          ports: [{{name: redis, containerPort: 6379}}]\n          volumeMounts: [{{name: conf, mountPath: /conf}}, {{name: data, mountPath: {data}}}]\n      \
                 volumes: [{{name: conf, configMap: {{name: r-conf}}}}{volumes}]\n{claim}"
            )
        };
        let mut text =
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: r-conf}}\ndata:\n  redis.conf: |\n{conf}");
        text.push_str(&set(master, "master", 1));
        if *replicas > 0 {
            text.push_str(&set("r-replicas", "replica", *replicas));
        }
        text.push_str(
            "---\napiVersion: v1\nkind: Service\nmetadata: {name: r-write}\nspec:\n  selector: {part: master}\n  ports: [{port: 6379, targetPort: redis}]\n",
        );
        text
    }

    fn side(&self) -> Side {
        Side::of_manifests("manifests.yaml", "r", "prod", &[("a.yaml".into(), self.text().into())])
    }
}

fn planned(old: &Shape, new: &Shape) -> Plan {
    plan(&old.side(), &new.side(), &Settings::default())
}

/// What a plan says of the data; of pods and volumes others tell.
fn codes(plan: &Plan) -> Vec<ConcernCode> {
    use ConcernCode::{DataLoss, Refused, RollbackUnsafe, Unknown};
    let codes = plan.concerns.iter().map(|concern| concern.code);
    let mut codes: Vec<ConcernCode> =
        codes.filter(|code| [DataLoss, Refused, RollbackUnsafe, Unknown].contains(code)).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

const AOF: &str = "appendonly yes\nsave \"\"\n";
const RDB: &str = "appendonly no\nsave 900 1\n";

#[test]
fn p07_the_way_there_and_back_is_what_real_servers_did() {
    use ConcernCode::{DataLoss, Refused, RollbackUnsafe};
    for (old, new, conf, want) in [
        ("redis:6.2.7", "redis:7.0.5", AOF, vec![RollbackUnsafe]),
        ("redis:6.2.7", "redis:7.0.5", RDB, vec![RollbackUnsafe]),
        ("redis:7.0.5", "redis:6.2.7", AOF, vec![DataLoss]),
        ("redis:7.0.5", "redis:6.2.7", RDB, vec![Refused]),
        ("redis:7.4.1-alpine", "redis:7.0.15", AOF, vec![Refused]),
        ("redis:7.4.1-alpine", "redis:7.0.15", RDB, vec![Refused]),
        ("redis:7.0.5", "redis:7.0.15", AOF, vec![]),
        ("redis:6.0.1", "redis:6.2.7", RDB, vec![]),
        ("redis:8.2.1", "redis:8.4.0", RDB, vec![ConcernCode::Unknown]),
        ("redis:7.0.5", "redis:8.4.0", RDB, vec![RollbackUnsafe]),
        ("redis:7.4.1", "redis:latest", RDB, vec![ConcernCode::Unknown]),
    ] {
        let shape = |image| Shape { image, conf, ..Shape::default() };
        let plan = planned(&shape(old), &shape(new));
        assert_eq!(codes(&plan), want, "{old} to {new} with {conf}: {:?}", plan.concerns);
    }
}

#[test]
fn p08_the_words_of_the_server_that_does_not_start_are_told() {
    let shape = |image| Shape { image, conf: RDB, ..Shape::default() };
    let plan = planned(&shape("redis:7.4.1"), &shape("redis:7.0.15"));
    assert!(plan.concerns[0].message.contains("Can't handle RDB format version 12"), "{:?}", plan.concerns);
    let back = planned(
        &Shape { image: "redis:6.2.7", conf: AOF, ..Shape::default() },
        &Shape { conf: AOF, ..Shape::default() },
    );
    let told = back.redis.as_ref().map(|redis| redis.backward.join("\n")).unwrap_or_default();
    assert!(told.contains("starts empty, without an error"), "{told}");
    assert!(told.contains("helm calls such a rollback a success"), "{told}");
    assert!(back.rollback.as_ref().is_some_and(|rollback| !rollback.is_safe));
}

#[test]
fn replicas_follow_forward_and_never_back() {
    let shape = |image| Shape { image, conf: RDB, replicas: 2, ..Shape::default() };
    let plan = planned(&shape("redis:7.0.15"), &shape("redis:7.4.1"));
    let told = plan.redis.map(|redis| redis.replication).unwrap_or_default();
    assert_eq!(
        told,
        [
            "a replica of Redis 7.4 follows a master of Redis 7.0",
            "a replica of Redis 7.0 cannot copy from a master of Redis 7.4: its link stays down (`Can't handle RDB format version 12`)",
        ]
    );
}

#[test]
fn switching_the_log_on_by_a_restart_starts_empty() {
    let shape = |conf| Shape { conf, ..Shape::default() };
    let on = planned(&shape(RDB), &shape("appendonly yes\n"));
    assert_eq!(codes(&on), [ConcernCode::DataLoss], "{:?}", on.concerns);
    assert!(on.concerns[0].commands[0].contains("CONFIG SET appendonly yes"), "{:?}", on.concerns);
    let off = planned(&shape(AOF), &shape(RDB));
    assert_eq!(codes(&off), [ConcernCode::DataLoss], "{:?}", off.concerns);
    let kept = planned(&shape("appendonly yes\nsave 1 1\n"), &shape(RDB));
    assert_eq!(codes(&kept), [], "{:?}", kept.concerns);
}

#[test]
fn p06_a_new_name_of_the_master_starts_empty() {
    let plan = planned(
        &Shape { replicas: 1, ..Shape::default() },
        &Shape { master: "r-node", replicas: 1, ..Shape::default() },
    );
    assert_eq!(codes(&plan), [ConcernCode::DataLoss, ConcernCode::RollbackUnsafe], "{:?}", plan.concerns);
    let message = &plan.concerns[0].message;
    assert!(message.contains("`data-r-node-0`") && message.contains("`data-r-redis-0`"), "{message}");
    assert_eq!(plan.outcome, Outcome::DataAtRisk);
    assert_eq!(plan.strategy.map(|strategy| strategy.kind), Some(StrategyKind::BlueGreen));
}

#[test]
fn p15_the_way_is_chosen_by_mode_persistence_and_version() {
    use StrategyKind::{BlueGreen, DumpAndRestore, InPlace, Rolling};
    let base = Shape { conf: RDB, ..Shape::default() };
    for (old, new, replicas, volume, want) in [
        ("redis:7.0.5", "redis:7.0.15", 0, "claim", InPlace),
        ("redis:7.0.5", "redis:7.2.4", 2, "claim", Rolling),
        ("redis:6.2.7", "redis:7.0.15", 2, "claim", BlueGreen),
        ("redis:6.2.7", "redis:7.0.15", 0, "claim", InPlace),
        ("redis:7.4.1", "redis:7.0.15", 2, "claim", DumpAndRestore),
        ("redis:7.0.5", "redis:7.0.15", 0, "empty", BlueGreen),
    ] {
        let shape = |image| Shape { image, replicas, volume, ..base.clone() };
        let plan = planned(&shape(old), &shape(new));
        let strategy = plan.strategy.unwrap_or_else(|| panic!("{old} to {new} has no strategy"));
        assert_eq!(strategy.kind, want, "{old} to {new} with {replicas} replicas on {volume}: {:?}", strategy.reasons);
        assert_eq!(strategy.rejected.len(), 3);
    }
    let same = planned(&base, &base);
    assert!(same.strategy.is_none() && same.before.is_empty() && same.steps.is_empty() && same.rollback.is_none());
}

#[test]
fn p17_a_setting_that_the_new_server_does_not_know_is_told_with_its_line() {
    let conf = "gopher-enabled yes\nslave-read-only yes\nlua-replicate-commands yes\nuser bob on nopass ~* +@all\n";
    let shape = |image| Shape { image, conf, ..Shape::default() };
    let plan = planned(&shape("redis:6.2.7"), &shape("redis:7.0.15"));
    let refused = plan.concerns.iter().find(|one| one.code == ConcernCode::Refused).expect("a refusal");
    assert!(refused.message.contains("line 2 of `redis.conf` of ConfigMap/r-conf"), "{}", refused.message);
    assert!(refused.message.contains("no `gopher-enabled`"), "{}", refused.message);
    let manual = plan.concerns.iter().find(|one| one.code == ConcernCode::ManualStep).expect("a manual step");
    assert!(manual.message.contains("user `bob`"), "{}", manual.message);
    let notes = plan.redis.map(|redis| redis.version_notes.join("\n")).unwrap_or_default();
    assert!(
        notes.contains("`slave-read-only` in `redis.conf` of ConfigMap/r-conf is called `replica-read-only`"),
        "{notes}"
    );
}

/// Every text of a plan that a shell gets.
fn commands(plan: &Plan) -> Vec<&str> {
    let steps = plan.before.iter().chain(&plan.steps).chain(&plan.after);
    let steps = steps.chain(plan.rollback.iter().flat_map(|rollback| &rollback.steps));
    let of_concerns = plan.concerns.iter().flat_map(|concern| &concern.commands);
    steps.flat_map(|step| &step.commands).chain(of_concerns).map(String::as_str).collect()
}

#[test]
fn p16_every_command_names_its_namespace_and_none_holds_a_password() {
    let mut old = Shape { replicas: 1, conf: "requirepass very-secret\nappendonly yes\n", ..Shape::default() };
    let mut new = Shape { image: "redis:7.4.1", ..old.clone() };
    for secret in [true, false] {
        (old.secret, new.secret) = (secret, secret);
        let plan = planned(&old, &new);
        assert!(commands(&plan).len() > 20);
        for command in commands(&plan) {
            for part in command.split("kubectl ").skip(1) {
                let is_exempt = part.starts_with("config ") || part.starts_with("create namespace");
                assert!(is_exempt || part.contains(" -n prod"), "{part}");
            }
            assert!(!command.contains(" -a ") && !command.contains("--pass"), "{command}");
        }
        let json = serde_json::to_string(&plan).expect("a plan is JSON");
        assert!(!json.contains("very-secret"), "{json}");
    }
}

#[test]
fn hostile_names_stay_words() {
    let text = Shape { replicas: 1, ..Shape::default() }
        .text()
        .replace("{name: r-redis}", "{name: \"a'; reboot; '\\n```\\nreboot\"}");
    let side =
        |text: String| Side::of_manifests("x; reboot", "r; reboot", "n$(reboot)", &[("a.yaml".into(), text.into())]);
    let newer = text.replace("7.0.15", "7.4.1");
    let plan = plan(&side(text), &side(newer), &Settings::default());
    let script = runbook::script(&plan).expect("a script");
    // A shell that only reads it finds no command of that name.
    for word in ["\nreboot", "; reboot; '\n", "\n$(reboot)"] {
        assert!(!script.contains(word), "{word:?} in {script}");
    }
    assert!(runbook::markdown(&plan).is_ok());
}

#[test]
fn a_side_without_redis_and_one_that_is_odd_are_no_trouble() {
    let side = |text: &str| Side::of_manifests("m", "", "", &[("a.yaml".into(), text.into())]);
    let none = side("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    let settings = Settings::default();
    assert!(plan(&none, &none, &settings).redis.is_none());
    let odd = side(
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: a}\nspec: {replicas: 1e12, ordinals: {start: -5}, template: {spec: {containers: \
         [{image: 'redis:7', env: [1], ports: [x], command: {a: b}, volumeMounts: [{name: 1}]}], volumes: [null]}}}\n",
    );
    let told = plan(&none, &odd, &settings);
    assert_eq!(told.redis.map(|redis| redis.new.topology), Some(Topology::Standalone));
    assert!(plan(&odd, &none, &settings).redis.is_some());
}

/// The Redis of our chart with a values file of chart/ci.
fn ours(chart: &Chart, name: &str) -> RedisFacts {
    let file = format!("{}/chart/ci/{name}-values.yaml", env!("CARGO_MANIFEST_DIR"));
    let layer = Layer::File { bytes: std::fs::read(&file).expect("a values file"), name: file };
    let values = Values::build(&[layer]).expect("values");
    let side =
        Side::of_chart("chart", Compiled::new(chart), values, Options::new().name("r"), &Options::new().name("r"));
    assert!(side.is_whole(), "{name}: {:?}", side.problems);
    let told = plan(&side, &side, &Settings::default());
    told.redis.map(|redis| redis.new).unwrap_or_default()
}

#[test]
fn our_chart_is_read_in_every_shape() {
    let chart = Chart::load(concat!(env!("CARGO_MANIFEST_DIR"), "/chart")).expect("our chart");
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/chart/ci")).expect("a folder") {
        let file = file.expect("a file").file_name().into_string().expect("a name");
        let facts = ours(&chart, file.trim_end_matches("-values.yaml"));
        assert_eq!(facts.container, "redis", "{file}");
        assert!(!facts.service.is_empty() && facts.master.is_some(), "{file}: {facts:?}");
        assert!(
            facts.auth.as_ref().is_none_or(|(secret, key)| !secret.is_empty() && !key.is_empty()),
            "{file}: {facts:?}"
        );
    }
    let secret = ours(&chart, "existing-secret");
    assert_eq!(secret.auth, Some(("redis-auth".to_owned(), "auth.password".to_owned())));
    assert_eq!((secret.topology, secret.replica_pods.len()), (Topology::Replication, 1));
    let other = ours(&chart, "other-master");
    assert_eq!(
        (other.master_pods, other.replica_pods),
        (vec!["r-redis-2".into()], vec!["r-redis-0".into(), "r-redis-1".into()])
    );
    let without = ours(&chart, "no-persistence");
    assert_eq!((without.rdb, without.aof, without.is_persistent), (Some(false), Some(false), false));
    // What a ConfigMap of somebody else says is not known.
    let existing = ours(&chart, "existing-objects");
    assert_eq!((existing.rdb, existing.aof, existing.is_persistent), (None, None, true));
    assert_eq!(ours(&chart, "metrics").port, 6380);
}

#[test]
fn sentinels_choose_and_a_password_file_is_found_behind_its_mount() {
    let text = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: node}\nspec:\n  replicas: 3\n  template:\n    spec:\n      containers:\n        \
                - {name: redis, image: 'docker.io/bitnami/redis:7.0.5-debian-11-r15', command: [/bin/bash], args: [-c, /start-node.sh],\n           \
                env: [{name: REDIS_PASSWORD_FILE, value: /secrets/pass}, {name: REDIS_TLS_ENABLED, value: 'yes'}, {name: REDIS_TLS_PORT, value: '6380'},\n                 \
                {name: REDIS_TLS_CA_FILE, value: /certs/ca.crt}],\n           \
                ports: [{name: redis, containerPort: 6380}], volumeMounts: [{name: auth, mountPath: /secrets/}]}\n        \
                - {name: sentinel, image: 'docker.io/bitnami/redis-sentinel:7.0.5-debian-11-r14'}\n      \
                volumes: [{name: auth, secret: {secretName: s, items: [{key: redis-password, path: pass}]}}]\n";
    let side = |text: &str| Side::of_manifests("m", "r", "n", &[("a.yaml".into(), text.into())]);
    let newer = text.replace("redis:7.0.5", "redis:7.2.1");
    let plan = plan(&side(text), &side(&newer), &Settings::default());
    let facts = plan.redis.clone().expect("a Redis").old;
    assert_eq!((facts.topology, facts.master_pods.len(), facts.port, facts.tls), (Topology::Sentinel, 3, 6380, true));
    assert_eq!(facts.auth, Some(("s".to_owned(), "redis-password".to_owned())));
    assert_eq!(facts.version, "7.0.5");
    let asked = commands(&plan).into_iter().find(|command| command.contains("PING")).unwrap_or_default();
    assert!(asked.contains("REDISCLI_AUTH=\"$(cat \"$REDIS_PASSWORD_FILE\")\""), "{asked}");
    assert!(asked.contains("redis-cli -h localhost -p 6380 --tls --cacert \"/certs/ca.crt\" PING"), "{asked}");
}
