//! The Redis chart through the public API: what it renders and what it refuses.
//!
//! In: values. Out: facts about the manifests. A test that shows a row of the requirements begins with its id. The
//! refusals are data, in redis_refusals.yaml. Upgrades, neighbours and the values as a whole have files of their own.

mod redis_objects;

use redis_objects::{
    Release, chart_folder, container, list, named, refusal, render, restricted, scenarios, selects, text,
};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    name: String,
    #[serde(default)]
    set: Vec<String>,
    values: Option<Json>,
    release: Option<String>,
    error: String,
}

#[test]
fn v11_what_kubernetes_would_refuse_is_refused_before() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/redis_refusals.yaml");
    let refusals: Vec<Refusal> =
        serde_yaml::from_str(&std::fs::read_to_string(path).expect("the table is there")).expect("it is as described");
    assert!(refusals.len() >= 90);
    let mut wrong = Vec::new();
    for refusal in refusals {
        let values = refusal.values.map(|values| values.to_string()).unwrap_or_default();
        let name = refusal.release.unwrap_or_else(|| "r".into());
        match (Release { name: &name, values: &values }).try_render(&refusal.set) {
            Ok(_) => wrong.push(format!("{}: accepted", refusal.name)),
            Err(message) if !message.contains(&refusal.error) => {
                wrong.push(format!("{}:\n  wanted {}\n  found  {message}", refusal.name, refusal.error));
            }
            Err(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn all_problems_are_told_at_once() {
    let message = refusal("{mode: cluster, replicaCount: 1.5, service: {port: 70000}, image: {pullPolicy: Sometimes}}");
    assert!(message.contains("4 problems in the values:"), "{message}");
    for part in ["- redis.mode=cluster", "- replicaCount: found 1.5", "- service.port:", "- image.pullPolicy:"] {
        assert!(message.contains(part), "{part} in {message}");
    }
}

#[test]
fn a_refused_password_is_not_in_the_message() {
    let message = refusal("{redis: {password: 987654321}}");
    assert!(message.contains("redis.password") && !message.contains("987654321"), "{message}");
}

#[test]
fn v03_a_mode_may_be_written_with_spaces_and_capitals() {
    assert_eq!(render("mode: ' Replica '").set()["spec"]["replicas"], 3);
    assert_eq!(render("mode: STANDALONE").set()["spec"]["replicas"], 1);
}

#[test]
fn v06_replication_enabled_alone_means_replica_with_a_notice() {
    let objects = render("replication: {enabled: true}");
    assert_eq!(objects.set()["spec"]["replicas"], 3);
    assert!(objects.notes.contains("DEPRECATED: replication.enabled=true means mode=replica."));
    assert!(!render("mode: replica").notes.contains("DEPRECATED"));
    let both = render("{mode: replica, replication: {enabled: true}}");
    assert!(both.notes.contains("DEPRECATED: replication.enabled=true adds nothing to mode=replica. Remove it."));
}

#[test]
fn v08_a_master_alone_keeps_the_wiring_of_replica_mode() {
    let objects = render("{mode: replica, replication: {replicas: 0}}");
    assert_eq!(objects.set()["spec"]["replicas"], 1);
    for name in ["r-redis", "r-redis-headless", "r-redis-master", "r-redis-read"] {
        objects.get("Service", name);
    }
    assert!(objects.find("PodDisruptionBudget", "r-redis").is_none(), "one pod must be drainable");
}

#[test]
fn v12_an_existing_secret_wins_over_a_password_and_the_notes_say_so() {
    let objects = render("{redis: {password: x, existingSecret: mine, secretKeyName: a.b}}");
    assert!(objects.of_kind("Secret").is_empty());
    let volume = named(&objects.pod()["spec"]["volumes"], "auth");
    assert_eq!(volume["secret"]["secretName"], "mine");
    assert_eq!(volume["secret"]["items"][0]["key"], "a.b");
    assert!(objects.notes.contains("redis.password is ignored"), "{}", objects.notes);
    assert!(objects.notes.contains(r"get secret mine -o jsonpath='{.data.a\.b}'"), "{}", objects.notes);
}

#[test]
fn c04_data_is_always_a_volume() {
    let claim = render("");
    assert_eq!(claim.set()["spec"]["volumeClaimTemplates"][0]["metadata"]["name"], "data");
    let existing = render("persistence: {existingClaim: mine}");
    assert_eq!(named(&existing.pod()["spec"]["volumes"], "data")["persistentVolumeClaim"]["claimName"], "mine");
    let none = render("persistence: {enabled: false, size: 1Gi}");
    assert_eq!(named(&none.pod()["spec"]["volumes"], "data")["emptyDir"]["sizeLimit"], "1Gi");
    for objects in [claim, existing, none] {
        assert_eq!(named(&objects.redis()["volumeMounts"], "data")["mountPath"], "/data");
    }
}

#[test]
fn c06_writes_go_to_the_declared_master_and_reads_to_any_ready_pod() {
    let objects = render("{mode: replica, replication: {masterOrdinal: 2}}");
    let pod_name = "statefulset.kubernetes.io/pod-name";
    for name in ["r-redis", "r-redis-master"] {
        assert_eq!(objects.get("Service", name)["spec"]["selector"][pod_name], "r-redis-2");
    }
    assert!(objects.get("Service", "r-redis-read")["spec"]["selector"].get(pod_name).is_none());
    assert_eq!(named(&objects.redis()["env"], "REDIS_MASTER_ORDINAL")["value"], "2");
}

#[test]
fn c06_services_for_replicas_lead_to_each_of_them_and_never_to_the_master() {
    for (values, master, replicas) in [
        ("mode: replica", 0, 2),
        ("{mode: replica, replication: {replicas: 3, masterOrdinal: 2}}", 2, 3),
        ("{mode: replica, replication: {replicas: 0}}", 0, 0),
        ("{mode: replica, autoscaling: {enabled: true, minReplicas: 3, maxReplicas: 9}}", 0, 2),
    ] {
        let objects = render(values);
        let mut reached = BTreeSet::new();
        for number in 1..=replicas {
            let service = &objects.get("Service", &format!("r-redis-read-{number}"))["spec"];
            assert_eq!((&service["type"], &service["ports"][0]["port"]), (&json!("ClusterIP"), &json!(6379)));
            reached.insert(text(&service["selector"]["statefulset.kubernetes.io/pod-name"]).to_owned());
        }
        let wanted: BTreeSet<String> =
            (0..=replicas).filter(|pod| *pod != master).map(|pod| format!("r-redis-{pod}")).collect();
        assert_eq!(reached, wanted, "{values}");
        assert!(objects.find("Service", &format!("r-redis-read-{}", replicas + 1)).is_none(), "{values}");
    }
    assert!(render("{mode: replica, replication: {readServices: false}}").find("Service", "r-redis-read-1").is_none());
    let standalone = render("");
    let names: Vec<&str> = standalone.of_kind("Service").iter().map(|s| text(&s["metadata"]["name"])).collect();
    assert_eq!(names, ["r-redis-headless", "r-redis"], "one pod needs no Service for reads");
}

#[test]
fn c07_only_one_service_is_reached_from_outside() {
    for kind in ["LoadBalancer", "NodePort"] {
        let objects = render(&format!("{{mode: replica, metrics: {{enabled: true}}, service: {{type: {kind}}}}}"));
        let outside: Vec<_> = objects
            .of_kind("Service")
            .into_iter()
            .filter(|s| s["spec"].get("type").is_some_and(|t| t != "ClusterIP"))
            .collect();
        assert_eq!(outside.len(), 1, "{kind}");
        assert_eq!(outside[0]["metadata"]["name"], "r-redis");
    }
}

#[test]
fn c08_the_service_monitor_finds_exactly_one_service_and_its_port() {
    let objects = render("{mode: replica, metrics: {enabled: true}, monitoring: {serviceMonitor: {enabled: true}}}");
    let monitor = objects.get("ServiceMonitor", "r-redis");
    let selector = &monitor["spec"]["selector"]["matchLabels"];
    let found: Vec<_> =
        objects.of_kind("Service").into_iter().filter(|s| selects(selector, &s["metadata"]["labels"])).collect();
    assert_eq!(found.len(), 1, "{selector}");
    let port = text(&monitor["spec"]["endpoints"][0]["port"]);
    assert_eq!(named(&found[0]["spec"]["ports"], port)["targetPort"], "metrics");
    named(&container(objects.pod(), "metrics")["ports"], "metrics");
}

#[test]
fn c09_the_exporter_listens_where_the_service_leads_and_reads_the_password_from_a_file() {
    let objects = render("{redis: {password: geheim, port: 7000}, metrics: {enabled: true, port: 9200}}");
    let exporter = container(objects.pod(), "metrics");
    let args: Vec<_> = list(&exporter["args"]).iter().map(text).collect();
    assert!(args.contains(&"--web.listen-address=:9200") && args.contains(&"--redis.addr=redis://127.0.0.1:7000"));
    assert_eq!(exporter["ports"][0]["containerPort"], 9200);
    assert_eq!(objects.get("Service", "r-redis-metrics")["spec"]["ports"][0]["port"], 9200);
    assert_eq!(named(&exporter["env"], "REDIS_PASSWORD_FILE")["value"], "/etc/redis-auth/password");
    assert!(exporter["livenessProbe"].is_object() && exporter["resources"]["limits"].is_object());
}

#[test]
fn c10_the_password_is_in_the_secret_and_nowhere_else() {
    let password = "two words, \"quotes\" 'and' a \\ $HOME";
    let values = json!({"redis": {"password": password}, "mode": "replica", "metrics": {"enabled": true}}).to_string();
    let objects = render(&values);
    for object in objects.all.iter().filter(|o| o["kind"] != "Secret") {
        assert!(!object.to_string().contains("two words"), "{object}");
    }
    assert!(!objects.notes.contains("two words"));
    assert_eq!(
        objects.get("Secret", "r-redis")["data"]["redis-password"],
        "dHdvIHdvcmRzLCAicXVvdGVzIiAnYW5kJyBhIFwgJEhPTUU="
    );
}

#[test]
fn c16_a_handler_of_the_user_replaces_the_charts_with_and_without_a_password() {
    for redis in ["{}", "{password: x}"] {
        let objects =
            render(&format!("{{redis: {redis}, readinessProbe: {{tcpSocket: {{port: redis}}}}, startupProbe: null}}"));
        let probe = &objects.redis()["readinessProbe"];
        assert!(probe["tcpSocket"].is_object() && probe.get("exec").is_none(), "{probe}");
        assert_eq!(probe["failureThreshold"], 3, "the numbers stay");
        assert!(objects.redis().get("startupProbe").is_none());
        assert!(objects.redis()["livenessProbe"]["exec"].is_object());
    }
}

#[test]
fn c17_the_time_to_end_is_a_value_and_half_of_it_is_for_the_hook() {
    let objects = render("terminationGracePeriodSeconds: 300");
    assert_eq!(objects.pod()["spec"]["terminationGracePeriodSeconds"], 300);
    assert_eq!(named(&objects.redis()["env"], "REDIS_STOP_SECONDS")["value"], "150");
    assert!(objects.redis()["lifecycle"]["preStop"]["exec"].is_object());
    let own = render("lifecycle: {preStop: {exec: {command: [sleep, '5']}}}");
    assert_eq!(own.redis()["lifecycle"]["preStop"]["exec"]["command"][0], "sleep");
}

#[test]
fn c24_under_the_autoscaler_the_set_says_no_number_and_the_notes_warn() {
    let objects = render("{mode: replica, autoscaling: {enabled: true, minReplicas: 3, maxReplicas: 6}}");
    assert!(objects.set()["spec"].get("replicas").is_none());
    let scaler = &objects.get("HorizontalPodAutoscaler", "r-redis")["spec"];
    assert_eq!((&scaler["minReplicas"], &scaler["maxReplicas"]), (&json!(3), &json!(6)));
    assert_eq!(list(&scaler["metrics"]).len(), 1);
    assert_eq!(objects.get("ConfigMap", "r-redis-topology")["data"]["pods"], "6");
    assert!(objects.notes.contains("WARNING: the autoscaler"));
}

#[test]
fn c28_labels_and_annotations_of_the_user_are_there_once() {
    let objects =
        render("{podLabels: {a: b}, podAnnotations: {c: d}, commonLabels: {e: f}, commonAnnotations: {g: h}}");
    assert_eq!(objects.pod()["metadata"]["labels"]["a"], "b");
    assert_eq!(objects.pod()["metadata"]["annotations"]["c"], "d");
    for object in &objects.all {
        assert_eq!(object["metadata"]["labels"]["e"], "f", "{}", object["kind"]);
        assert_eq!(object["metadata"]["annotations"]["g"], "h", "{}", object["kind"]);
    }
    assert!(objects.pod()["metadata"]["labels"].get("e").is_none());
    for (values, said) in [
        ("podLabels: {app.kubernetes.io/name: x}", "podLabels must not set app.kubernetes.io/name"),
        ("podLabels: {app.kubernetes.io/instance: x}", "podLabels must not set app.kubernetes.io/instance"),
        ("podAnnotations: {checksum/config: x}", "podAnnotations must not set checksum/config"),
        ("commonLabels: {helm.sh/chart: x}", "commonLabels must not set helm.sh/chart"),
        ("commonAnnotations: {helm.sh/hook: test}", "commonAnnotations must not set helm.sh/hook"),
    ] {
        assert!(refusal(values).contains(said), "{values}");
    }
}

#[test]
fn c29_the_port_of_redis_is_one_value() {
    let objects = render("{mode: replica, redis: {port: 7000}, service: {port: 80}}");
    assert_eq!(objects.redis()["ports"][0]["containerPort"], 7000);
    assert_eq!(named(&objects.redis()["env"], "REDIS_PORT")["value"], "7000");
    assert_eq!(objects.get("Service", "r-redis-headless")["spec"]["ports"][0]["port"], 7000);
    for service in ["r-redis", "r-redis-master", "r-redis-read"] {
        let port = &objects.get("Service", service)["spec"]["ports"][0];
        assert_eq!((&port["port"], &port["targetPort"]), (&json!(80), &json!("redis")));
    }
}

#[test]
fn c30_the_clusters_domain_is_a_value() {
    let objects = render("{mode: replica, clusterDomain: k8s.example}");
    assert_eq!(named(&objects.redis()["env"], "REDIS_DOMAIN")["value"], "r-redis-headless.ns.svc.k8s.example");
    assert!(objects.notes.contains("r-redis.ns.svc.k8s.example:6379") && !objects.notes.contains("cluster.local"));
}

#[test]
fn c34_alerts_look_at_this_release_and_memory_only_where_there_is_a_limit() {
    let on = "metrics: {enabled: true}, monitoring: {prometheusRule: {enabled: true, extraRules: [{alert: Mine, expr: up}]}}";
    let alerts = |values: String| -> BTreeMap<String, String> {
        let objects = render(&values);
        let rules = objects.get("PrometheusRule", "r-redis")["spec"]["groups"][0]["rules"].clone();
        list(&rules).iter().map(|r| (text(&r["alert"]).to_owned(), text(&r["expr"]).to_owned())).collect()
    };
    let replica = alerts(format!("{{mode: replica, {on}}}"));
    for (alert, expression) in replica.iter().filter(|(alert, _)| *alert != "Mine") {
        assert!(expression.contains(r#"namespace="ns",service="r-redis-metrics""#), "{alert}: {expression}");
    }
    assert!(
        replica["RedisMemoryNearlyFull"]
            .contains("redis_memory_max_bytes{namespace=\"ns\",service=\"r-redis-metrics\"} > 0")
    );
    let snapshot = &replica["RedisSnapshotMissing"];
    assert!(snapshot.contains("redis_rdb_changes_since_last_save") && snapshot.ends_with("> 86400"), "{snapshot}");
    assert_eq!(replica.len(), 9);
    let without = on.replace("extraRules", "snapshotSeconds: 0, extraRules");
    assert!(!alerts(format!("{{mode: replica, {without}}}")).contains_key("RedisSnapshotMissing"));
    let backup = alerts(format!("{{mode: replica, backup: {{enabled: true}}, {on}}}"));
    let missing = &backup["RedisBackupMissing"];
    assert!(missing.contains(r#"kube_cronjob_status_last_successful_time{namespace="ns",cronjob="r-redis-backup"}"#));
    assert!(missing.ends_with("> 93600") && backup.len() == 10, "{missing}");
    assert!(
        !alerts(format!("{{backup: {{enabled: true, alertSeconds: 0}}, {on}}}")).contains_key("RedisBackupMissing")
    );
    let standalone = alerts(format!("{{{on}}}"));
    assert!(!standalone.contains_key("RedisReplicaBehind") && standalone.contains_key("RedisDown"));
}

#[test]
fn a_configuration_of_any_shape_is_kept_to_the_byte() {
    for config in [
        "maxmemory 1gb",
        "  save 900 1\n\tappendonly yes\n",
        "# only a comment\n\n\n",
        "proc-title-template \"{title}: #1\"\r\n",
    ] {
        let objects = render(&json!({"redis": {"config": config}}).to_string());
        let found = text(&objects.get("ConfigMap", "r-redis-config")["data"]["redis.conf"]).to_owned();
        assert_eq!(found, format!("{}\n", config.trim_end_matches('\n')));
    }
}

#[test]
fn settings_follow_the_text_one_directive_a_line() {
    let settings = "{maxmemory: 1073741824, appendonly: false, save: ['', 900 1], notify-keyspace-events: ''}";
    let objects = render(&format!("redis: {{config: maxclients 5, settings: {settings}}}"));
    let expected = "maxclients 5\n\n# From redis.settings.\nappendonly no\nmaxmemory 1073741824\nnotify-keyspace-events \"\"\nsave \"\"\nsave 900 1\n";
    assert_eq!(objects.get("ConfigMap", "r-redis-config")["data"]["redis.conf"], expected);
}

#[test]
fn images_are_never_untagged() {
    for values in [
        "",
        "{image: {tag: ''}, metrics: {enabled: true}}",
        "{image: {digest: 'sha256:0000000000000000000000000000000000000000000000000000000000000000'}}",
    ] {
        let objects = render(values);
        for pod in [objects.pod(), objects.get("Pod", "r-redis-test")] {
            for container in list(&pod["spec"]["containers"]) {
                let image = text(&container["image"]);
                assert!(image.contains([':', '@']) && !image.ends_with(':') && !image.contains("latest"), "{image}");
            }
        }
    }
}

#[test]
fn the_test_pod_may_have_another_image_or_another_tag_of_the_same() {
    let image = |values: &str| text(&container(render(values).get("Pod", "r-redis-test"), "test")["image"]).to_owned();
    assert_eq!(image("image: {repository: a/b, tag: c}"), "a/b:c");
    assert_eq!(image("{image: {repository: a/b, tag: c}, test: {image: {tag: d}}}"), "a/b:d");
    assert_eq!(image("test: {image: {repository: e, tag: f}}"), "e:f");
}

#[test]
fn c36_every_values_file_does_what_chartwright_yaml_says() {
    let mut checked = 0;
    for (file, values, case) in scenarios() {
        let rendered = (Release { name: "r", values: &values }).try_render(&case.set);
        match (case.expect.as_deref(), rendered) {
            (None, Ok(objects)) => {
                assert!(
                    restricted(objects.pod()).iter().all(|w| w.contains("readOnly") || w.contains("sidecar")),
                    "{file}"
                );
            }
            (Some("error"), Err(message)) => {
                let wanted = case.error.expect("a file that fails says how");
                assert!(message.contains(&wanted), "{file}: {message}");
            }
            (_, Ok(_)) => panic!("{file}: accepted"),
            (_, Err(message)) => panic!("{file}: {message}"),
        }
        checked += 1;
    }
    assert!(checked >= 19, "{checked}");
}

#[test]
fn c37_the_production_scenario_wants_a_password() {
    let values =
        std::fs::read_to_string(chart_folder().join("values-prod-master-replica.yaml")).expect("the scenario is there");
    assert!(refusal(&values).contains("redis.requirePassword: found no password"));
}
