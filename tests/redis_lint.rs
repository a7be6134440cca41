//! Which pods count as Redis servers, which redis.conf is theirs, and what the rules make of memory, volumes and
//! replication together. Each rule alone has its examples in tests/rules.

use chartwright::lint::{Config, Finding, LintInput, lint};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is found in manifests by rules about Redis.
fn found(manifests: &str) -> Vec<Finding> {
    let manifests = vec![(Arc::from("all.yaml"), Arc::from(manifests))];
    let found = lint(&LintInput { manifests, ..LintInput::default() });
    found.into_iter().filter(|finding| finding.rule().starts_with("redis-")).collect()
}

fn rules(manifests: &str) -> BTreeSet<String> {
    found(manifests).iter().map(|finding| finding.rule().to_owned()).collect()
}

/// A ConfigMap with this redis.conf, and a pod with these lines in its spec.
fn pod(conf: &str, spec: &str) -> String {
    let conf: String = conf.lines().map(|line| format!("    {line}\n")).collect();
    let spec: String = spec.trim_matches('\n').lines().map(|line| format!("  {line}\n")).collect();
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: conf\ndata:\n  redis.conf: |\n{conf}---\napiVersion: \
         v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n{spec}  volumes:\n    - name: conf\n      configMap:\n        \
         name: conf\n    - name: own\n      emptyDir: {{}}\n"
    )
}

#[test]
fn a_server_is_known_by_its_image_and_by_how_it_starts() {
    let mount = "    volumeMounts: [{name: conf, mountPath: /conf}]";
    for (container, is_server) in [
        ("image: redis:7.4", true),
        ("image: docker.io/library/redis:7.4.1-alpine@sha256:0123", true),
        ("image: valkey/valkey:8.0", true),
        ("image: localhost:5000/redis", true),
        ("image: redis:7.4\n    command: [redis-server, /conf/redis.conf]", true),
        ("image: redis:7.4\n    args: [/conf/redis.conf]", true),
        ("image: redis:7.4\n    command: [sh, -c, 'exec redis-server /conf/redis.conf']", true),
        ("image: bitnami/redis:7.4\n    command: [/run.sh]\n    ports: [{containerPort: 6379}]", true),
        ("image: redis:7.4\n    command: [redis-sentinel, /conf/redis.conf]", false),
        ("image: redis:7.4\n    command: [redis-server, /conf/redis.conf, --sentinel]", false),
        ("image: redis:7.4\n    command: [redis-cli, monitor]", false),
        ("image: redis:7.4\n    command: [sleep, infinity]", false),
        ("image: oliver006/redis_exporter:v1.62.0", false),
        ("image: example/redis-commander", false),
        ("image: postgres:17", false),
    ] {
        let spec = format!("containers:\n  - name: a\n    {container}\n{mount}");
        let found = rules(&pod("maxmemory 512Mi", &spec));
        assert_eq!(found.contains("redis-kubernetes-unit"), is_server, "{container}: {found:?}");
    }
}

#[test]
fn a_finding_in_redis_conf_names_the_line_and_column_of_the_word() {
    let text = pod(
        "# cache\nmaxmemory 512Mi",
        "containers:\n  - {name: a, image: 'redis:7.4', volumeMounts: [{name: conf, mountPath: /c}]}",
    );
    let finding = found(&text).into_iter().find(|finding| finding.rule() == "redis-kubernetes-unit").expect("found");
    let place = finding.diagnostic.place.expect("a place");
    assert_eq!((&*place.file, place.line, place.column), ("all.yaml", 8, 15));
    assert_eq!(place.excerpt.as_deref(), Some("    maxmemory 512Mi"));
    assert_eq!(finding.diagnostic.help.as_deref(), Some("write `512mb`, the same amount"));
    assert_eq!(finding.path, "data.\"redis.conf\"");
}

#[test]
fn a_redis_conf_that_an_init_container_copies_is_still_the_servers() {
    let text = pod(
        "appendonly true",
        "initContainers:
  - name: copy
    image: busybox:1.36
    command: [sh, -c, cp /conf/redis.conf /own/redis.conf]
    volumeMounts: [{name: conf, mountPath: /conf}, {name: own, mountPath: /own}]
containers:
  - name: a
    image: redis:7.4
    args: [/own/redis.conf]
    volumeMounts: [{name: own, mountPath: /own}]",
    );
    assert!(rules(&text).contains("redis-bad-switch"), "{:?}", rules(&text));
}

#[test]
fn what_a_secret_holds_is_read_and_not_shown() {
    // `requirepass "horse`
    let text = "
apiVersion: v1
kind: Secret
metadata: {name: conf}
data: {redis.conf: cmVxdWlyZXBhc3MgImhvcnNl}
---
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers: [{name: a, image: 'redis:7.4', volumeMounts: [{name: conf, mountPath: /c}]}]
  volumes: [{name: conf, secret: {secretName: conf}}]
";
    let found = found(text);
    let finding = found.iter().find(|finding| finding.rule() == "redis-unbalanced-quotes").expect("found");
    assert!(!format!("{found:?}").contains("horse"));
    assert_eq!(finding.object.as_ref().map(|object| object.kind.as_str()), Some("Secret"));
}

#[test]
fn the_line_of_a_password_is_not_shown() {
    let spec = "containers: [{name: a, image: 'redis:7.4', volumeMounts: [{name: conf, mountPath: /c}]}]";
    for conf in ["requirepass \"horse", "requirepass correct horse", "masterauth horse # horse", "requirepass=horse"] {
        let found = found(&pod(conf, spec));
        assert!(found.iter().any(|finding| finding.diagnostic.severity == chartwright::Severity::Error), "{conf}");
        assert!(!format!("{found:?}").contains("horse"), "{conf}: {found:?}");
    }
}

#[test]
fn the_tag_of_the_image_decides_what_is_too_new() {
    for (tag, rule) in [
        ("redis:6.2", Some("redis-directive-too-new")),
        ("redis:6.2.16-alpine", Some("redis-directive-too-new")),
        ("redis:7.0", None),
        ("redis:7", None),
        ("redis", None),
        ("redis:latest", None),
        ("valkey/valkey:8.0", None),
    ] {
        let spec = format!("containers: [{{name: a, image: '{tag}', args: [redis-server, --shutdown-timeout, '60']}}]");
        let found = rules(&pod("port 6379", &spec));
        assert_eq!(found.contains("redis-directive-too-new"), rule.is_some(), "{tag}: {found:?}");
    }
}

#[test]
fn values_that_a_shell_fills_in_are_not_judged() {
    let spec = "containers:
  - name: a
    image: redis:7.4
    command: [sh, -c]
    args:
      - |
        exec redis-server /c/redis.conf --maxmemory \"$LIMIT\" --port ${PORT} --tls-port \"$TLS\" \\
          --requirepass \"$REDIS_PASSWORD\" --appendonly yes
    volumeMounts: [{name: conf, mountPath: /c}]";
    let fatal = found(&pod("save 900 1", spec))
        .into_iter()
        .filter(|finding| finding.diagnostic.severity == chartwright::Severity::Error)
        .collect::<Vec<_>>();
    assert!(fatal.is_empty(), "{fatal:?}");
}

/// A container with these arguments and amounts of memory.
fn sized(arguments: &str, limit: &str, request: &str) -> BTreeSet<String> {
    let text = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n    - name: a\n      image: \
         redis:7.4\n      args: [redis-server, {arguments}]\n      resources: {{limits: {limit}, requests: {request}}}\n"
    );
    let about = |rule: &String| rule.contains("maxmemory") || rule.contains("room");
    rules(&text).into_iter().filter(about).collect()
}

#[test]
fn l05_maxmemory_is_held_against_limit_and_request_in_the_units_of_both_sides() {
    let off = "--save, '', --appendonly, 'no'";
    for (arguments, limit, request, want) in [
        ("--maxmemory, 1gb", "{memory: 1Gi}", "{memory: 1Gi}", &["redis-maxmemory-above-limit"][..]),
        // 1g is 1000^3, which is less than 1Gi, and 93 % of it.
        ("--maxmemory, 1g", "{memory: 1Gi}", "{memory: 1Gi}", &["redis-maxmemory-near-limit"]),
        (
            "--maxmemory, 1gb",
            "{memory: 1G}",
            "{memory: 1G}",
            &["redis-maxmemory-above-limit", "redis-maxmemory-above-request"],
        ),
        ("--maxmemory, 900mb", "{memory: 1000Mi}", "{memory: 1000Mi}", &["redis-maxmemory-near-limit"]),
        ("--maxmemory, 899mb", "{memory: 1000Mi}", "{memory: 1000Mi}", &["redis-no-room-for-fork"]),
        ("--maxmemory, 750mb", "{memory: 1000Mi}", "{memory: 1000Mi}", &[]),
        (&format!("--maxmemory, 899mb, {off}"), "{memory: 1000Mi}", "{memory: 1000Mi}", &[]),
        ("--maxmemory, 256mb", "{memory: 512Mi}", "{memory: 128Mi}", &["redis-maxmemory-above-request"]),
        ("--maxmemory, 256mb", "{memory: 512Mi}", "{}", &[]),
        ("--maxmemory, '0'", "{memory: 512Mi}", "{}", &["redis-without-maxmemory"]),
        ("--port, '6379'", "{memory: 512Mi}", "{}", &["redis-without-maxmemory"]),
        ("--port, '6379'", "{}", "{}", &[]),
        ("--maxmemory, 64mb", "{memory: 0.1Gi}", "{}", &[]),
    ] {
        let want: BTreeSet<String> = want.iter().map(|rule| (*rule).to_owned()).collect();
        assert_eq!(sized(arguments, limit, request), want, "{arguments} {limit} {request}");
    }
}

#[test]
fn l05_a_cluster_of_the_operator_is_warned_of_from_ninety_percent_on() {
    for (spec, want) in [
        ("memory: {maxMemory: 921Mi}, resources: {limits: {memory: 1Gi}}", None),
        // The least whole number of MiB of which ten times are nine times 1024.
        ("memory: {maxMemory: 922Mi}, resources: {limits: {memory: 1Gi}}", Some("redis-maxmemory-near-limit")),
        ("memory: {maxMemory: 900Mi}, resources: {limits: {memory: 1000Mi}}", Some("redis-maxmemory-near-limit")),
        ("memory: {maxMemory: 1Gi}, resources: {limits: {memory: 1Gi}}", Some("redis-maxmemory-near-limit")),
        ("memory: {maxMemory: 2Gi}, resources: {limits: {memory: 1Gi}}", Some("redis-maxmemory-above-limit")),
        ("memory: {maxMemoryPercent: 89}, resources: {limits: {memory: 1Gi}}", None),
        ("memory: {maxMemoryPercent: 90}, resources: {limits: {memory: 1000Mi}}", Some("redis-maxmemory-near-limit")),
        ("redis: {maxmemory: 512mb}, resources: {limits: {memory: 1Gi}}", None),
        ("redis: {maxmemory: 512Mi}, resources: {limits: {memory: 1Gi}}", Some("redis-kubernetes-unit")),
        ("resources: {limits: {memory: 1Gi}}", Some("redis-without-maxmemory")),
        ("redis: {maxmemory-polic: allkeys-lru}", Some("redis-unknown-directive")),
        ("instances: 3", None),
    ] {
        let text = format!("apiVersion: redis.io/v1\nkind: RedisCluster\nmetadata: {{name: a}}\nspec: {{{spec}}}\n");
        let found = rules(&text);
        match want {
            Some(rule) => assert!(found.contains(rule), "{spec}: {found:?}"),
            None => assert!(found.is_empty(), "{spec}: {found:?}"),
        }
    }
}

/// A StatefulSet of so many pods, with this redis.conf, a script that wires replicas or not, and this volume for data.
fn set(pods: usize, conf: &str, is_wired: bool, volume: &str) -> BTreeSet<String> {
    let follow = if is_wired { " --replicaof redis-0.redis 6379" } else { "" };
    let (mount, volumes, claims) = match volume {
        "own" => ("{name: data, mountPath: /data}", "", "\n  volumeClaimTemplates: [{metadata: {name: data}}]"),
        "shared" => ("{name: data, mountPath: /data}", ", {name: data, persistentVolumeClaim: {claimName: a}}", ""),
        "empty" => ("{name: data, mountPath: /data}", ", {name: data, emptyDir: {}}", ""),
        _ => ("{name: conf, mountPath: /other}", "", ""),
    };
    let conf: String = conf.lines().map(|line| format!("    {line}\n")).collect();
    let text = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: conf}}\ndata:\n  redis.conf: |\n{conf}---\napiVersion: \
         apps/v1\nkind: StatefulSet\nmetadata: {{name: redis}}\nspec:\n  replicas: {pods}\n  selector: \
         {{matchLabels: {{a: b}}}}\n  template:\n    metadata: {{labels: {{a: b}}}}\n    spec:\n      \
         terminationGracePeriodSeconds: 120\n      containers:\n        - name: redis\n          image: \
         redis:7.4\n          args: [sh, -c, 'exec redis-server /conf/redis.conf{follow}']\n          \
         volumeMounts: [{{name: conf, mountPath: /conf}}, {mount}]\n      volumes: [{{name: conf, configMap: {{name: \
         conf}}}}{volumes}]{claims}\n"
    );
    let about = [
        "redis-shared-claim",
        "redis-restart-wipes-replicas",
        "redis-independent-masters",
        "redis-volume-never-written",
        "redis-data-on-container-layer",
    ];
    rules(&text).into_iter().filter(|rule| about.contains(&rule.as_str())).collect()
}

#[test]
fn l18_what_would_lose_data_is_said_and_what_would_not_is_not() {
    let (off, rdb, aof) = ("save \"\"\nappendonly no", "save 900 1", "save \"\"\nappendonly yes");
    for (pods, conf, is_wired, volume, want) in [
        (1, rdb, false, "own", &[][..]),
        (1, aof, false, "own", &[]),
        (1, off, false, "own", &["redis-volume-never-written"]),
        (1, off, false, "none", &[]),
        (1, rdb, false, "none", &["redis-data-on-container-layer"]),
        (1, rdb, false, "shared", &[]),
        (3, rdb, true, "own", &[]),
        (3, aof, true, "own", &[]),
        (3, off, true, "own", &["redis-restart-wipes-replicas", "redis-volume-never-written"]),
        (3, rdb, true, "empty", &["redis-restart-wipes-replicas"]),
        (3, rdb, true, "none", &["redis-data-on-container-layer", "redis-restart-wipes-replicas"]),
        (3, rdb, true, "shared", &["redis-shared-claim"]),
        (3, rdb, false, "own", &["redis-independent-masters"]),
        (3, "cluster-enabled yes\nappendonly yes", false, "own", &[]),
        (0, rdb, false, "own", &[]),
    ] {
        let want: BTreeSet<String> = want.iter().map(|rule| (*rule).to_owned()).collect();
        assert_eq!(set(pods, conf, is_wired, volume), want, "{pods} pods, {conf:?}, wired {is_wired}, volume {volume}");
    }
}

/// What the profile `production` finds in manifests.
fn in_production(manifests: &str) -> BTreeSet<String> {
    let config = Arc::new(Config::default().profile("production"));
    let manifests = vec![(Arc::from("all.yaml"), Arc::from(manifests))];
    let found = lint(&LintInput { manifests, config, ..LintInput::default() });
    found.iter().map(|finding| finding.rule().to_owned()).collect()
}

/// Everything that the checklist asks for.
const HARDENED: &str = "
apiVersion: v1
kind: Secret
metadata: {name: redis}
stringData: {password: 0123456789abcdef0123456789abcdef}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data:
  redis.conf: |
    maxmemory 256mb
    rename-command CONFIG \"\"
    rename-command FLUSHALL \"\"
    rename-command FLUSHDB \"\"
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: redis}
rules: [{apiGroups: [''], resources: [configmaps], resourceNames: [conf], verbs: [get]}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: redis}
spec: {podSelector: {matchLabels: {app: redis}}, ingress: [{ports: [{port: 6379}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: redis, labels: {app: redis}}
spec:
  securityContext: {runAsNonRoot: true, runAsUser: 999, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: redis
      image: redis:7.4
      command: [sh, -c, 'exec redis-server /conf/redis.conf --requirepass \"$REDIS_PASSWORD\"']
      env: [{name: REDIS_PASSWORD, valueFrom: {secretKeyRef: {name: redis, key: password}}}]
      resources: {limits: {memory: 512Mi}, requests: {memory: 512Mi}}
      securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
      volumeMounts: [{name: conf, mountPath: /conf}, {name: data, mountPath: /data}]
  volumes: [{name: conf, configMap: {name: conf}}, {name: data, emptyDir: {}}]
";

/// The checklist of the chart's guide, but for audit logging, which no manifest shows.
#[test]
fn l17_each_item_of_the_checklist_for_production_passes_and_fails() {
    let items: [(&str, &str, &str, &[&str]); 9] = [
        (
            "least privilege",
            "resources: [configmaps], resourceNames: [conf]",
            "resources: [secrets]",
            &["role-reads-all-secrets"],
        ),
        ("32 characters", "0123456789abcdef0123456789abcdef", "correct-horse", &["redis-short-password"]),
        (
            "password in a Secret",
            "maxmemory 256mb",
            "maxmemory 256mb\n    requirepass horse",
            &["secret-in-config-map"],
        ),
        (
            "NetworkPolicy",
            "podSelector: {matchLabels: {app: redis}}",
            "podSelector: {matchLabels: {app: web}}",
            &["missing-network-policy"],
        ),
        ("dangerous commands", "rename-command FLUSHALL \"\"", "timeout 0", &["redis-dangerous-commands"]),
        ("no root", "runAsNonRoot: true, runAsUser: 999", "fsGroup: 999", &["runs-as-root"]),
        (
            "read-only root",
            "readOnlyRootFilesystem: true",
            "readOnlyRootFilesystem: false",
            &["writable-root-filesystem"],
        ),
        ("limits", "limits: {memory: 512Mi}, ", "", &["missing-memory-limit"]),
        ("Pod Security", "allowPrivilegeEscalation: false, ", "", &["privilege-escalation"]),
    ];
    let passed = in_production(HARDENED);
    for (item, good, bad, rules) in items {
        assert!(HARDENED.contains(good), "{item}");
        let failed = in_production(&HARDENED.replace(good, bad));
        for rule in rules {
            assert!(!passed.contains(*rule), "{item}: {rule} in {passed:?}");
            assert!(failed.contains(*rule), "{item}: {rule} not in {failed:?}");
        }
    }
    let without = HARDENED.replace(" --requirepass \"$REDIS_PASSWORD\"", "");
    assert!(in_production(&without).contains("redis-without-password"));
    assert!(!passed.contains("redis-without-password"));
    assert!(!rules(&without).contains("redis-without-password"), "only the profile asks");
}

#[test]
fn no_manifest_however_odd_breaks_a_rule() {
    for container in [
        "{}",
        "{image: redis}",
        "{image: 'redis:7.4', command: redis-server}",
        "{image: 'redis:7.4', command: [redis-server, 1, null, {}, []], args: {a: b}}",
        "{image: 'redis:7.4', args: [redis-server, --], ports: [1, {containerPort: x}], volumeMounts: [1]}",
        "{image: 'redis:7.4', args: [redis-server, --maxmemory, '', --save], resources: {limits: {memory: x}}}",
        "{image: 'redis:7.4', args: [sh, -c, 'redis-server \"'], env: [1, {name: 1}], lifecycle: [1]}",
        "{image: ':@', args: [redis-server]}",
        "{image: 'redis:99999999999999999999.1', args: [redis-server, '--port 6379 x', --bind]}",
        "{image: 'redis:7.4', readinessProbe: {exec: {command: [redis-cli]}}, livenessProbe: {exec: {command: x}}}",
    ] {
        for kind in ["Pod", "StatefulSet", "CronJob"] {
            let spec = format!("{{containers: [{container}, 1, null], volumes: [1, {{name: a}}, {{configMap: 1}}]}}");
            let text = match kind {
                "Pod" => format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {spec}\n"),
                "StatefulSet" => format!(
                    "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: a}}\nspec: {{replicas: x, template: \
                     {{spec: {spec}}}}}\n"
                ),
                _ => format!(
                    "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: a}}\nspec: {{jobTemplate: {{spec: \
                     {{template: {{spec: {spec}}}}}}}}}\n"
                ),
            };
            let found = found(&text);
            assert!(found.len() < 50, "{text}");
        }
    }
}
