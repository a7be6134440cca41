//! The typed values of the Redis chart: what is refused, in which words, at which place, and that they are the chart's.

#[path = "../examples/generate/main.rs"]
#[allow(dead_code)]
mod generate;

use chartwright::redis::{self, Checked, Mode, Values, decide};
use chartwright::value::{Data, Node, to_node};
use chartwright::{Chart, Compiled, Layer, Options, Release, yaml};

fn file(name: &str, text: &str) -> Layer {
    Layer::File { name: name.to_owned(), bytes: text.as_bytes().to_vec() }
}

fn set(text: &str) -> Layer {
    Layer::Set(text.to_owned())
}

/// `place message` of every error.
fn errors(layers: &[Layer]) -> Vec<String> {
    let checked = redis::check(layers);
    let line = |found: &chartwright::Diagnostic| {
        let place = found.place.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{place} {}", found.message).trim().to_owned()
    };
    checked.errors().map(line).collect()
}

/// `message` of every warning.
fn warnings(layers: &[Layer]) -> Vec<String> {
    let Checked { diagnostics, .. } = redis::check(layers);
    let warning = |found: &&chartwright::Diagnostic| found.severity == chartwright::Severity::Warning;
    diagnostics.iter().filter(warning).map(|found| found.message.clone()).collect()
}

fn compiled() -> Compiled {
    Compiled::new(&Chart::load(concat!(env!("CARGO_MANIFEST_DIR"), "/chart")).expect("chart/ loads"))
}

/// What the templates alone say: the text of the release, or the message of `fail`.
fn templates(compiled: &Compiled, layers: &[Layer]) -> Result<String, String> {
    let user = chartwright::Values::build(layers).map_err(|error| error.to_string())?;
    let options = Options { skip_schema: true, ..Options::new() };
    compiled.render(&user, &options).map(|rendered| rendered.text()).map_err(|error| error.to_string())
}

#[test]
fn v01_the_types_hold_every_key_of_values_yaml_and_nothing_else() {
    let written = yaml::decode(include_bytes!("../chart/values.yaml")).expect("values.yaml is YAML");
    assert_eq!(to_node(&Values::default()).expect("values are plain data"), written);
}

/// The values of the chart that this one learned from, other than those inside Kubernetes' own parts.
const KNOWN_ELSEWHERE: &str = "mode redis.password redis.existingSecret redis.secretKeyName redis.config \
    redis.existingConfigMap redis.args replication.enabled replication.replicas persistence.enabled \
    persistence.storageClass persistence.accessMode persistence.size persistence.existingClaim replicaCount \
    image.repository image.tag image.pullPolicy imagePullSecrets nameOverride fullnameOverride serviceAccount.create \
    serviceAccount.automount serviceAccount.annotations serviceAccount.name rbac.create rbac.annotations podAnnotations \
    podLabels podSecurityContext securityContext service.type service.port service.annotations resources livenessProbe \
    startupProbe readinessProbe autoscaling.enabled autoscaling.minReplicas autoscaling.maxReplicas \
    autoscaling.targetCPUUtilizationPercentage autoscaling.targetMemoryUtilizationPercentage monitoring.enabled \
    monitoring.serviceMonitor.enabled monitoring.serviceMonitor.interval monitoring.serviceMonitor.labels \
    monitoring.serviceMonitor.path metrics.enabled metrics.image.repository metrics.image.tag metrics.image.pullPolicy \
    metrics.resources metrics.port metrics.extraArgs podDisruptionBudget.enabled podDisruptionBudget.minAvailable \
    podDisruptionBudget.maxUnavailable networkPolicy.enabled networkPolicy.ingress networkPolicy.egress nodeSelector \
    tolerations affinity extraEnv extraEnvFrom extraVolumes extraVolumeMounts initContainers lifecycle";

#[test]
fn v01_every_value_of_the_chart_it_learned_from_is_here_or_refused_with_what_to_do() {
    let written = yaml::decode(include_bytes!("../chart/values.yaml")).expect("values.yaml is YAML");
    for path in KNOWN_ELSEWHERE.split_whitespace() {
        let found = path.split('.').try_fold(&written, |node, key| node.get(key));
        assert!(found.is_some(), "{path}");
    }
    for path in ["service.targetPort", "backup.destination", "upgrade.strategy"] {
        let checked = redis::check(&[set(&format!("{path}=1"))]);
        assert!(checked.errors().next().is_some_and(|found| found.help.is_some()), "{path}");
    }
}

#[test]
fn v01_a_key_that_no_type_has_is_refused_with_the_nearest_name() {
    for (text, message, help) in [
        ("service: {portt: 1}", "v:1:11 unknown value `service.portt`", Some("did you mean `service.port`?")),
        ("bogus: 1", "v:1:1 unknown value `bogus`", None),
        ("Persistence: {}", "v:1:1 unknown value `Persistence`", Some("did you mean `persistence`?")),
        (
            "requirePassword: true",
            "v:1:1 unknown value `requirePassword`",
            Some("did you mean `redis.requirePassword`?"),
        ),
        (
            "readinessProbe: {tcpsocket: {port: 1}}",
            "v:1:18 unknown value `readinessProbe.tcpsocket`",
            Some("did you mean `readinessProbe.tcpSocket`?"),
        ),
        (
            "tolerations:\n  - kye: a\n",
            "v:2:5 unknown value `tolerations[0].kye`",
            Some("did you mean `tolerations[0].key`?"),
        ),
    ] {
        let layers = [file("v", text)];
        assert_eq!(errors(&layers), [message], "{text}");
        let checked = redis::check(&layers);
        assert_eq!(checked.errors().next().and_then(|found| found.help.as_deref()), help, "{text}");
    }
}

#[test]
fn v02_generated_files_are_those_that_the_types_and_comments_give() {
    for generated in generate::all().expect("they can be made") {
        let written = std::fs::read_to_string(generate::root().join(generated.path)).unwrap_or_default();
        assert!(written == generated.text, "{} is old: run `cargo run --example generate`", generated.path);
    }
}

#[test]
fn v02_the_shipped_schema_takes_the_defaults_and_global_and_refuses_a_typo() {
    let compiled = compiled();
    let render = |layer: Layer| {
        let user = chartwright::Values::build(&[layer]).expect("good YAML");
        compiled.render(&user, &Options::new()).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(render(file("v", "global: {imageRegistry: x}\nenabled: true\n")), Ok(()));
    let text = render(set("service.portt=1")).expect_err("a typo");
    assert!(text.contains("- at '/service': additional properties 'portt' not allowed"), "{text}");
}

#[test]
fn v03_a_mode_may_be_in_any_case_with_spaces_around() {
    for text in ["replica", " Replica ", "REPLICA", "\treplica\n"] {
        let decision = decide(text, true, false);
        assert_eq!(decision.map(|decision| decision.mode), Ok(Mode::Replica), "{text:?}");
    }
    assert_eq!(errors(&[set("mode= Replica ")]), Vec::<String>::new());
    assert_eq!(errors(&[set("mode=1")]), ["--set mode mode: found the number 1, allowed is a text"]);
}

/// The words of the refusals, which people search for.
const NOT_HERE: &str = "is not implemented in this chart. Supported modes: standalone, replica. See \
                        values-prod-sentinel.yaml / values-prod-cluster.yaml for alternatives.";

#[test]
fn v04_sentinel_and_cluster_are_refused_with_the_alternatives_by_types_and_templates_alike() {
    let compiled = compiled();
    for (mode, chart) in [("sentinel", "redis"), ("cluster", "redis-cluster")] {
        let text = format!(
            "redis.mode={mode} {NOT_HERE} Use an operator (https://github.com/howl-cloud/redis-operator) or Bitnami's \
             chart {chart} (https://github.com/bitnami/charts/tree/main/bitnami/{chart})."
        );
        let layers = [file("v", &format!("mode: {mode}"))];
        assert_eq!(errors(&layers), [format!("v:1:1 {text}")]);
        let said = templates(&compiled, &layers).expect_err("refused");
        assert!(said.contains(&text), "{said}");
    }
}

#[test]
fn v04_render_says_so_and_leaves_with_1_and_nothing_printed() {
    for mode in ["sentinel", "cluster"] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_render"));
        let output = command.args(["--set", &format!("mode={mode}")]).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{said}");
        assert!(said.contains(&format!("redis.mode={mode} {NOT_HERE}")), "{said}");
    }
}

#[test]
fn v05_an_unknown_mode_is_refused_in_the_known_words() {
    assert_eq!(
        errors(&[set("mode=foo")]),
        ["--set mode Unsupported redis.mode=foo. Valid modes: standalone, replica."]
    );
}

#[test]
fn v06_the_old_switch_means_replica_and_is_told_to_be_old() {
    for text in [
        "replication: {enabled: true}",
        "mode: ''\nreplication: {enabled: true}",
        "mode:\nreplication: {enabled: true}",
    ] {
        let layers = [file("v", text)];
        assert_eq!(errors(&layers), Vec::<String>::new(), "{text}");
        assert_eq!(warnings(&layers), ["replication.enabled is deprecated; it still means mode: replica"], "{text}");
        assert_eq!(redis::check(&layers).values.and_then(|values| values.mode().ok()), Some(Mode::Replica));
    }
    let both = [file("v", "mode: replica\nreplication: {enabled: true}")];
    assert_eq!(warnings(&both), ["replication.enabled is deprecated; it adds nothing to mode: replica"]);
    assert_eq!(warnings(&[set("mode=replica")]), Vec::<String>::new());
}

#[test]
fn v07_a_users_standalone_contradicts_the_old_switch_and_a_default_does_not() {
    let text =
        "mode=standalone conflicts with replication.enabled=true. Remove replication.enabled or set mode=replica.";
    assert_eq!(errors(&[set("mode=standalone,replication.enabled=true")]), [format!("--set mode {text}")]);
    assert_eq!(decide("standalone", false, true).map(|decision| decision.mode), Ok(Mode::Replica));
    assert_eq!(decide("replica", true, true).map(|decision| decision.by_deprecated_switch), Ok(false));
}

#[test]
fn v07_types_and_templates_decide_every_spelling_alike() {
    let words =
        ["", " ", "standalone", "Standalone ", "replica", " Replica ", "sentinel", "CLUSTER", "foo", "replica2", "é"];
    let compiled = compiled();
    for word in words {
        for enabled in [None, Some(false), Some(true)] {
            let mut layers = vec![Layer::SetLiteral(format!("mode={word}"))];
            layers.extend(enabled.map(|enabled| set(&format!("replication.enabled={enabled}"))));
            let ours = decide(word, true, enabled == Some(true));
            let theirs = templates(&compiled, &layers);
            match (&ours, &theirs) {
                (Ok(decision), Ok(text)) => {
                    let replica = text.contains("# Source: redis/templates/master-service.yaml");
                    assert_eq!(replica, decision.mode == Mode::Replica, "{word:?} {enabled:?}");
                }
                (Err(error), Err(text)) => assert!(text.contains(&error.to_string()), "{word:?} {enabled:?}: {text}"),
                _ => panic!("{word:?} {enabled:?}: {ours:?}, but the templates: {theirs:?}"),
            }
            assert_eq!(errors(&layers).is_empty(), ours.is_ok(), "{word:?} {enabled:?}");
        }
    }
}

#[test]
fn v08_no_replicas_keep_the_wiring_of_replica_mode() {
    let mut values = Values { mode: Mode::Replica.into(), ..Values::default() };
    values.replication.replicas = 0;
    let text = redis::render(&values, &Release::default()).expect("it renders").text();
    for wanted in ["name: release-name-redis-master", "name: release-name-redis-headless", "replicas: 1"] {
        assert!(text.contains(wanted), "{wanted}");
    }
}

#[test]
fn v09_replicas_are_a_whole_number_from_zero() {
    let negative = "replication.replicas must be >= 0 when mode=replica (0 = master only, keeps replica-ready wiring)";
    for (value, message) in [
        ("-1", negative.to_owned()),
        ("1.7", "replication.replicas: found 1.7, allowed is a whole number".to_owned()),
        ("abc", "replication.replicas: found the text `abc`, allowed is a whole number".to_owned()),
        ("1000000", "replication.replicas: found 1000000, allowed is a whole number from 0 to 999".to_owned()),
    ] {
        let text = format!("mode: replica\nreplication:\n  replicas: {value}\n");
        assert_eq!(errors(&[file("v", &text)]), [format!("v:3:3 {message}")]);
    }
}

#[test]
fn v10_standalone_is_one_pod_or_none() {
    for (count, good) in [("0", true), ("1", true), ("2", false), ("-1", false)] {
        assert_eq!(errors(&[set(&format!("replicaCount={count}"))]).is_empty(), good, "{count}");
    }
    let said = errors(&[set("replicaCount=3")]).concat();
    assert!(said.contains("more pods would be separate databases behind one Service"), "{said}");
}

/// What the API server would refuse much later, or never: value, then what is said of it.
const REFUSED: &[(&str, &str)] = &[
    (
        "redis: {secretKeyName: bad/key}",
        "redis.secretKeyName: found `bad/key`, allowed is letters, digits, `-`, `_` and `.`",
    ),
    (
        "persistence: {storageClass: _x}",
        "persistence.storageClass: found `_x`, allowed is the name of a StorageClass, or `-` for none",
    ),
    (
        "persistence: {accessMode: Foo}",
        "persistence.accessMode: found `Foo`, allowed is ReadWriteOnce, ReadWriteOncePod, ReadWriteMany or ReadOnlyMany",
    ),
    (
        "persistence: {size: abc}",
        "persistence.size: found `abc`, allowed is a number with a suffix of its size, such as `500Mi` or `8Gi`",
    ),
    (
        "persistence: {size: 8}",
        "persistence.size: found the number 8, allowed is a number with a suffix of its size, such as `500Mi` or `8Gi`",
    ),
    ("replicaCount: 1.5", "replicaCount: found 1.5, allowed is a whole number"),
    ("image: {pullPolicy: Sometimes}", "image.pullPolicy: found `Sometimes`, allowed is IfNotPresent, Always or Never"),
    (
        "image: {tag: 7.0}",
        "image.tag: found the number 7, allowed is letters, digits, `_`, `.` and `-`, at most 128 characters",
    ),
    ("image: {digest: sha256:1}", "image.digest: found `sha256:1`, allowed is `sha256:` and 64 hexadecimal digits"),
    ("service: {port: 70000}", "service.port: found 70000, allowed is a number from 1 to 65535"),
    ("service: {annotations: {foo: true}}", "service.annotations.foo: found true, allowed is a text"),
    (
        "resources: {limits: {memory: 64Mi}}",
        "resources.limits.memory: found \"64Mi\", allowed is at least the request, 256Mi",
    ),
    (
        "resources: {limits: {memory: 512MiB}}",
        "resources.limits.memory: found `512MiB`, allowed is a number, with a suffix such as `m`, `M`, `Mi` or `Gi` if need be",
    ),
    (
        "livenessProbe: {tcpSocket: {port: redis}, httpGet: {port: 1}}",
        "livenessProbe: found httpGet and tcpSocket, allowed is one handler",
    ),
    (
        "livenessProbe: {successThreshold: 2}",
        "livenessProbe.successThreshold: found 2, allowed is 1, except for readinessProbe",
    ),
    ("startupProbe: {periodSeconds: 0}", "startupProbe.periodSeconds: found 0, allowed is a number from 1"),
    (
        "mode: replica\nautoscaling: {enabled: true, minReplicas: 5, maxReplicas: 3}",
        "autoscaling.minReplicas: found 5, allowed is at most maxReplicas, 3",
    ),
    (
        "autoscaling: {enabled: true}",
        "autoscaling.enabled: found true, allowed is false when mode=standalone: more pods would be separate databases behind one Service",
    ),
    (
        "podDisruptionBudget: {minAvailable: 1, maxUnavailable: 1}",
        "podDisruptionBudget: found minAvailable 1 and maxUnavailable 1, allowed is one of them",
    ),
    (
        "podDisruptionBudget: {maxUnavailable: some}",
        "podDisruptionBudget.maxUnavailable: found `some`, allowed is a number of pods, or a percentage such as `50%`",
    ),
    (
        "monitoring: {serviceMonitor: {enabled: true}}",
        "monitoring.serviceMonitor.enabled: found true, allowed is false while metrics.enabled is false: there would be no metrics",
    ),
    (
        "monitoring: {serviceMonitor: {interval: soon}}",
        "monitoring.serviceMonitor.interval: found `soon`, allowed is a time such as `30s` or `1m30s`",
    ),
    (
        "metrics: {enabled: true, port: 6379}",
        "metrics.port: found 6379, allowed is another port than redis.port: both are in one pod",
    ),
    ("extraEnv: [{name: A, value: 1}]", "extraEnv[0].value: found the number 1, allowed is a text"),
    (
        "initContainers: [{name: a, image: b, env: [{name: A, value: 1}]}]",
        "initContainers[0].env[0].value: found the number 1, allowed is a text",
    ),
    (
        "extraEnv: [{name: A, value: x, valueFrom: {}}]",
        "extraEnv[0]: found value and valueFrom, allowed is one of them",
    ),
    ("extraEnv: [{value: x}]", "extraEnv[0]: found no name, which it needs"),
    (
        "podLabels: {app.kubernetes.io/name: x}",
        "podLabels must not set app.kubernetes.io/name: the Services find the pods by it",
    ),
    (
        "podLabels: {\"a b\": x}",
        "podLabels: found the key `a b`, allowed is a name such as `team` or `example.com/team`",
    ),
    (
        "podLabels: {a: \"b c\"}",
        "podLabels.a: found `b c`, allowed is letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit, at most 63 characters",
    ),
    ("podAnnotations: {checksum/config: x}", "podAnnotations must not set checksum/config: the chart does"),
    ("redis: {args: --maxmemory}", "redis.args: found the text `--maxmemory`, allowed is a list"),
    (
        "redis: {existingSecret: A_B}",
        "redis.existingSecret: found `A_B`, allowed is lower case letters, digits, `-` and `.`, each part beginning and ending with a letter or digit",
    ),
    (
        "mode: replica\npersistence: {enabled: false}",
        "mode=replica needs persistence.enabled=true: a master that restarts without its data empties every replica",
    ),
    (
        "mode: replica\npersistence: {existingClaim: c}",
        "persistence.existingClaim works with one pod only: in replica mode every pod needs a claim of its own",
    ),
    (
        "redis: {requirePassword: true}",
        "redis.requirePassword: found no password, allowed is redis.existingSecret (or redis.password) with one",
    ),
    ("tls: {enabled: true}", "tls.enabled: found no certificate, allowed is tls.existingSecret with one"),
    (
        "tls: {enabled: true, existingSecret: s, replication: false}",
        "tls.replication: found false, allowed is true unless tls.plain is true: there would be no port for it",
    ),
    (
        "tls: {enabled: true, existingSecret: s, plain: true, port: 6379}\nservice: {port: 80}",
        "tls.port: found 6379, allowed is another port than redis.port while tls.plain is true",
    ),
    (
        "tls: {enabled: true, existingSecret: s, port: 9121}\nmetrics: {enabled: true}",
        "tls.port: found 9121, allowed is another port than metrics.port: both are in one pod",
    ),
    ("tls: {authClients: sometimes}", "tls.authClients: found `sometimes`, allowed is required, optional or none"),
    (
        "tls: {enabled: true, existingSecret: s}\nredis: {settings: {tls-port: 7000}}",
        "redis.settings.tls-port: the chart writes this directive; instead use tls.port",
    ),
    (
        "tls: {enabled: true, existingSecret: s}\nextraEnv: [{name: PATH, value: /bin}]",
        "extraEnv[0].name: found \"PATH\", allowed is another one: the chart has its own",
    ),
    (
        "acl: {enabled: true}\nredis: {existingSecret: s}",
        "acl.enabled: found no users, allowed is acl.existingSecret with an ACL file",
    ),
    (
        "acl: {enabled: true, existingSecret: s}",
        "acl.enabled: found no password for acl.user, allowed is redis.existingSecret (or redis.password) with one",
    ),
    (
        "acl: {enabled: true, existingSecret: s, user: ''}\nredis: {existingSecret: s}",
        "acl.user: found none, allowed is the name of the user that probes, scripts and replication are",
    ),
    (
        "acl: {enabled: true, existingSecret: s, user: ops, replicationUser: ops}\nredis: {existingSecret: s}",
        "acl.replicationUser: found \"ops\", allowed is another user than acl.user, or none: it has a password of its own",
    ),
    (
        "acl: {enabled: true, existingSecret: s}\nredis: {existingSecret: s, args: ['--user a on']}",
        "redis.args[0]: found \"--user\", which the chart says; instead use a line of the file in acl.existingSecret",
    ),
    (
        "backup: {schedule: hourly}",
        "backup.schedule: found `hourly`, allowed is a cron expression of five fields such as `0 3 * * *`, or a word such as `@daily`",
    ),
    ("backup: {keep: 0}", "backup.keep: found 0, allowed is a number from 1 to 1000"),
    (
        "backup: {persistence: {accessMode: ReadOnlyMany}}",
        "backup.persistence.accessMode: found `ReadOnlyMany`, allowed is ReadWriteOnce, ReadWriteOncePod or ReadWriteMany",
    ),
    (
        "backup: {enabled: true, persistence: {existingClaim: c}}\npersistence: {existingClaim: c}",
        "backup.persistence.existingClaim: found \"c\", allowed is another claim than persistence.existingClaim: copies beside the data are lost with it",
    ),
    (
        "backup: {enabled: true, image: {repository: a}}",
        "backup.image: found a repository without a tag, allowed is one with a tag or a digest",
    ),
    ("service: {nodePort: 30000}", "service.nodePort: found 30000, allowed is 0 when service.type is ClusterIP"),
    (
        "service: {loadBalancerSourceRanges: [nonsense]}",
        "service.loadBalancerSourceRanges[0]: found `nonsense`, allowed is a range of addresses such as `10.0.0.0/8`",
    ),
    ("updateStrategy: {type: Recreate}", "updateStrategy.type: found `Recreate`, allowed is RollingUpdate or OnDelete"),
    (
        "tolerations: [{effect: NoRun}]",
        "tolerations[0].effect: found `NoRun`, allowed is NoSchedule, PreferNoSchedule or NoExecute",
    ),
];

#[test]
fn v11_what_kubernetes_would_refuse_is_refused_before_rendering() {
    for (text, message) in REFUSED {
        let said = errors(&[file("v", text)]);
        assert!(
            said.len() == 1 && said[0].ends_with(message) && said[0].starts_with("v:"),
            "{text}:\n{said:#?}\n{message}"
        );
    }
}

#[test]
fn v11_all_problems_come_at_once_in_the_order_of_the_files() {
    let first = "service:\n  port: 0\n  typ: NodePort\nredis: {port: x}\nreplicaCount: 7\n";
    let said = errors(&[file("a", first), file("b", "image:\n  pullPolicy: never\n"), set("persistence.size=1")]);
    let places: Vec<&str> = said.iter().filter_map(|line| line.split_once(':').map(|(place, _)| place)).collect();
    assert_eq!(said.len(), 6, "{said:#?}");
    assert_eq!(places[..5], ["a", "a", "a", "a", "b"]);
    assert!(said[5].starts_with("--set persistence.size persistence.size: found the number 1"), "{}", said[5]);
}

#[test]
fn v11_what_the_types_refuse_between_values_the_templates_refuse_in_the_same_words() {
    let compiled = compiled();
    let between = |text: &&(&str, &str)| {
        let found = redis::check(&[file("v", text.0)]);
        found
            .errors()
            .all(|found| !matches!(&*found.code, "wrong-type" | "unknown-value" | "missing-value" | "bad-value"))
    };
    let mut compared = 0;
    for (text, message) in REFUSED.iter().filter(between) {
        let said = templates(&compiled, &[file("v", text)]).expect_err(text);
        assert!(said.contains(message), "{text}: {said}");
        compared += 1;
    }
    assert!(compared >= 12, "{compared}");
}

#[test]
fn c33_a_schedule_that_never_comes_to_pass_is_refused_where_backups_are_taken() {
    for (schedule, said) in [
        ("0 25 * * *", "backup.schedule: hour: "),
        ("*/0 3 * * *", "backup.schedule: minute: "),
        ("@often", "backup.schedule: found `@often`"),
    ] {
        let text = format!("backup: {{enabled: true, schedule: '{schedule}'}}");
        let found = errors(&[file("v", &text)]);
        assert!(found.len() == 1 && found[0].contains(said), "{schedule}: {found:?}");
        assert!(errors(&[file("v", &text.replace("true", "false"))]).is_empty(), "{schedule}, while there are none");
    }
}

#[derive(serde::Deserialize)]
struct Refusal {
    name: String,
    #[serde(default)]
    set: Vec<String>,
    values: Option<serde_json::Value>,
    release: Option<String>,
    error: String,
}

#[test]
fn v11_whatever_the_templates_refuse_the_types_refuse_before() {
    let text = include_str!("redis_refusals.yaml");
    let refusals: Vec<Refusal> = serde_yaml::from_str(text).expect("the table is as described");
    let mut accepted = Vec::new();
    let (mut all, mut same) = (0, 0);
    // What depends on the release's name is no matter of the values.
    for refusal in refusals.iter().filter(|refusal| refusal.release.is_none()) {
        let values = refusal.values.as_ref().map(|values| file("v", &values.to_string()));
        let layers: Vec<Layer> = values.into_iter().chain(refusal.set.iter().map(|text| set(text))).collect();
        let said = errors(&layers);
        if said.is_empty() {
            accepted.push(&refusal.name);
        }
        all += 1;
        same += usize::from(said.iter().any(|line| line.contains(&refusal.error)));
    }
    assert!(accepted.is_empty(), "{accepted:#?}");
    // The others are refused by kind and form, which the types say in more words than the templates can.
    assert!(same * 3 > all, "{same} of {all} in the same words");
}

#[test]
fn v11_the_help_for_a_wrong_type_is_one_that_works() {
    let help = |text: &str| redis::check(&[set(text)]).errors().next().expect("it is refused").help.clone();
    assert_eq!(help("image.repository=1").as_deref(), Some("--set-string keeps it a text"));
    // In quotes they would be refused just the same.
    assert_eq!(help("persistence.size=8"), None);
    assert_eq!(help("monitoring.serviceMonitor.interval=30"), None);
    assert_eq!(help("mode=1"), None);
}

#[test]
fn v05_a_mode_that_is_nearly_one_is_told_which() {
    let help = |text: &str| redis::check(&[set(text)]).errors().next().and_then(|error| error.help.clone());
    assert_eq!(help("mode=standlone").as_deref(), Some("did you mean `standalone`?"));
    assert_eq!(help("mode=foo"), None);
}

#[test]
fn v12_a_password_is_text_and_never_shown() {
    let checked = redis::check(&[file("v", "redis:\n  password: 12345678\n")]);
    let found = checked.errors().next().expect("a number is refused");
    assert_eq!(found.message, "redis.password: found a number, allowed is a text");
    assert_eq!(found.help.as_deref(), Some("write it in quotes"));
    assert_eq!(found.place.as_ref().map(|place| (place.line, place.excerpt.as_deref())), Some((2, None)));
    let flag = redis::check(&[set("service.port=1,redis.password=12345678")]);
    assert!(!format!("{:?}", flag.diagnostics).contains("12345678"));
    let mut values = Values::default();
    values.redis.password = "hunter2".into();
    assert!(!format!("{values:?}").contains("hunter2"));
}

#[test]
fn v12_an_existing_secret_wins_over_a_password_and_both_are_worth_a_warning() {
    let layers = [set("redis.password=x,redis.existingSecret=s")];
    assert_eq!(warnings(&layers), ["redis.password and redis.existingSecret are both set: existingSecret wins"]);
    let text = redis::render_layers(&layers, &Options::new()).expect("it renders").text();
    assert!(text.contains("secretName: \"s\"") && !text.contains("kind: Secret"));
}

#[test]
fn v13_every_value_is_explained_in_values_yaml_and_in_the_readme() {
    let readme = std::fs::read_to_string(generate::root().join("chart/README.md")).expect("chart/README.md");
    for (path, doc) in redis::docs() {
        assert!(!doc.text.is_empty(), "values.yaml:{}: `{path}` has no comment", doc.line);
        assert!(!doc.is_leaf || readme.contains(&format!("| `{path}` |")), "{path} is not in the README");
    }
    let known = |path: &str| redis::docs().keys().any(|doc| path == doc || path.starts_with(&format!("{doc}.")));
    let mut unknown = Vec::new();
    leaves(&yaml::decode(include_bytes!("../chart/values.yaml")).expect("YAML"), "", &mut |path| {
        if !known(path) {
            unknown.push(path.to_owned());
        }
    });
    assert_eq!(unknown, Vec::<String>::new());
}

fn leaves(node: &Node, path: &str, each: &mut dyn FnMut(&str)) {
    match &node.data {
        Data::Map(map) if !map.is_empty() => {
            for (key, value) in map.iter() {
                let path = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
                leaves(value, &path, each);
            }
        }
        _ => each(path),
    }
}

#[test]
fn v15_keys_of_other_charts_scenario_files_are_named_with_what_to_do() {
    let text =
        "mode: replica\nsentinel:\n  enabled: true\ncluster:\n  nodes: 6\nupgrade: {}\nservice:\n  targetPort: 6379\n";
    let checked = redis::check(&[file("values-prod-sentinel.yaml", text)]);
    let said: Vec<_> =
        checked.errors().map(|found| (found.message.as_str(), found.help.as_deref().unwrap_or_default())).collect();
    assert_eq!(said.len(), 4, "{said:?}");
    for (path, help) in [
        ("sentinel", "runs no Sentinel"),
        ("cluster", "no Redis Cluster"),
        ("upgrade", "README"),
        ("service.targetPort", "redis.port"),
    ] {
        let found = said.iter().find(|(message, _)| *message == format!("unknown value `{path}`"));
        assert!(found.is_some_and(|(_, said)| said.contains(help)), "{path}: {said:?}");
    }
    assert_eq!(errors(&[set("metrics.extraArgs[0]=--debug")]), Vec::<String>::new());
}

#[test]
fn values_built_in_rust_render_as_those_of_a_file() {
    let mut values = Values { mode: Mode::Replica.into(), ..Values::default() };
    values.redis.existing_secret = "auth".into();
    values.service.port = 6380;
    values.liveness_probe = None;
    values.resources.limits = None;
    values.pod_security_context.fs_group = None;
    values.node_selector = [("disk".to_owned(), "ssd".to_owned())].into();
    let text = "mode: replica\nredis: {existingSecret: auth}\nservice: {port: 6380}\nlivenessProbe: null\nresources: {limits: null}\npodSecurityContext: {fsGroup: null}\nnodeSelector: {disk: ssd}\n";
    let built = redis::render(&values, &Release::default()).expect("built ones render").text();
    let read = redis::render_layers(&[file("v", text)], &Options::new()).expect("read ones render").text();
    assert_eq!(built, read);
    assert!(!built.contains("livenessProbe") && built.contains("disk: ssd"));
    assert_eq!(Values::from_yaml("v", text).as_ref(), Ok(&values));
}

#[test]
fn a_layer_over_built_values_is_checked_with_them() {
    let mut values = Values::default();
    values.metrics.enabled = true;
    let base = values.to_layer().expect("plain data");
    let said = errors(&[base.clone(), file("v", "metrics: {port: 6379}\n")]);
    assert_eq!(said, ["v:1:11 metrics.port: found 6379, allowed is another port than redis.port: both are in one pod"]);
    let both = Values::from_layers(&[base, file("v", "metrics: {port: 9999}\n")]).expect("good ones");
    assert!(both.metrics.enabled && both.metrics.port == 9999);
}

#[test]
fn a_null_takes_away_what_can_go_and_resets_the_rest() {
    let values =
        Values::from_yaml("v", "startupProbe: null\nservice: null\nredis: {port: null}\n").expect("nulls are fine");
    assert!(values.startup_probe.is_none() && values.service.port == 6379 && values.redis.port == 6379);
    assert_eq!(errors(&[file("v", "extraEnv: [null]")]).len(), 1);
}

#[test]
fn render_refuses_a_typo_with_file_and_line_and_prints_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("mine.yaml"), "service:\n  portt: 6380\nredis:\n  password: 1234567\n")
        .expect("a file");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_render"));
    let output = command.args(["-f", "mine.yaml"]).current_dir(folder.path()).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{said}");
    for wanted in [
        "Error: 2 problems in the values of the Redis chart",
        "error[unknown-value]: unknown value `service.portt`\n  --> mine.yaml:2:3\n   2 |   portt: 6380\n",
        "help: did you mean `service.port`?",
        "--> mine.yaml:4:3",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    assert!(!said.contains("1234567"), "{said}");
}

#[test]
fn hostile_values_end_in_diagnostics() {
    let deep = format!("affinity: {{nodeAffinity: {}{}}}", "{a: ".repeat(3000), "}".repeat(3000));
    for text in [
        "[]",
        "- a",
        "a: [",
        "\0",
        "mode: [1, {a: b}]",
        "redis: 1\nservice: []\n",
        "? {a: b}\n: c",
        &deep,
        "podLabels: {\"\": \"\"}",
    ] {
        let checked = redis::check(&[file("v", text)]);
        assert!(checked.values.is_some() || !checked.diagnostics.is_empty(), "{text:.40}");
    }
}
