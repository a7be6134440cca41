//! What an upgrade of a release of the Redis chart may meet: older values, a StatefulSet in the cluster, another mode.
//!
//! In: values, and what a cluster would answer. Out: facts about the manifests, and refusals.

mod redis_objects;

use chartwright::Outside;
use redis_objects::{Objects, Release, chart_folder, render};
use serde_json::{Value as Json, json};

#[test]
fn c01_claims_have_no_version_in_their_labels() {
    let objects = render("");
    let labels = &objects.set()["spec"]["volumeClaimTemplates"][0]["metadata"]["labels"];
    let expected = json!({"app.kubernetes.io/name": "redis", "app.kubernetes.io/instance": "r"});
    assert_eq!(labels, &expected);
    assert_eq!(objects.pod()["metadata"]["labels"], expected, "nor have pods: they would restart with each version");
}

/// An upgrade where the cluster has this StatefulSet.
fn upgrade(values: &str, live: Json) -> Result<Objects, String> {
    let live = chartwright::yaml::decode(live.to_string().as_bytes()).expect("JSON is YAML");
    let release = Release { name: "r", values };
    release.with(&[], |options| {
        options.release.is_upgrade = true;
        options.outside = Outside::system().with_objects(vec![live.clone()]);
    })
}

/// A StatefulSet as a cluster gives it back: that of a first install, with a number of pods and changes.
fn in_cluster(replicas: u32, change: impl Fn(&mut Json)) -> Json {
    let mut live = render("mode: replica").set().clone();
    live["spec"]["replicas"] = replicas.into();
    live["spec"]["volumeClaimTemplates"][0]["status"] = json!({"phase": "Pending"});
    change(&mut live);
    live
}

#[test]
fn c01_an_upgrade_keeps_the_policy_that_the_cluster_has() {
    let ordered = in_cluster(3, |live| live["spec"]["podManagementPolicy"] = "OrderedReady".into());
    let kept = upgrade("mode: replica", ordered.clone()).expect("nothing changes");
    assert_eq!(kept.set()["spec"]["podManagementPolicy"], "OrderedReady");
    let moved = upgrade("{mode: replica, replication: {masterOrdinal: 1}}", ordered).err().unwrap_or_default();
    assert!(moved.contains("allowed is 0 unless podManagementPolicy is Parallel"), "{moved}");
    assert_eq!(render("").set()["spec"]["podManagementPolicy"], "Parallel", "without a cluster");
}

#[test]
fn c01_what_kubernetes_lets_no_statefulset_change_is_refused_with_the_way_out() {
    let spec = |path: &'static str, value: Json| {
        in_cluster(3, move |live| *live.pointer_mut(path).expect("it is there") = value.clone())
    };
    for (values, live, said) in [
        (
            "podManagementPolicy: OrderedReady",
            in_cluster(3, |_| {}),
            "podManagementPolicy (from Parallel to OrderedReady)",
        ),
        ("persistence: {size: 20Gi}", in_cluster(3, |_| {}), "persistence.size (from 8Gi to 20Gi)"),
        (
            "persistence: {accessMode: ReadOnlyMany}",
            in_cluster(3, |_| {}),
            "persistence.accessMode (from ReadWriteOnce to ReadOnlyMany)",
        ),
        ("persistence: {storageClass: fast}", in_cluster(3, |_| {}), "persistence.storageClass"),
        ("persistence: {enabled: false}", in_cluster(3, |_| {}), "persistence.enabled or persistence.existingClaim"),
        ("", spec("/spec/serviceName", "other".into()), "serviceName (from \"other\" to \"r-redis-headless\")"),
        ("", spec("/spec/selector/matchLabels", json!({"app": "r"})), "selector"),
        (
            "",
            spec("/spec/volumeClaimTemplates/0/metadata/labels", json!({"helm.sh/chart": "redis-0.3.0"})),
            "the labels of its claims",
        ),
    ] {
        let message = upgrade(values, live).err().unwrap_or_default();
        assert!(message.contains(&format!("lets it not change {said}. Keep the old value")), "{values}: {message}");
        assert!(message.contains("kubectl -n ns delete statefulset r-redis --cascade=orphan"), "{message}");
    }
    for same in ["", "persistence: {size: 8192Mi}", "{mode: replica, metrics: {enabled: true}}"] {
        assert!(upgrade(same, in_cluster(1, |_| {})).is_ok(), "{same}");
    }
    // An install asks nothing of the cluster.
    assert!((Release { name: "r", values: "persistence: {size: 20Gi}" }).try_render(&[]).is_ok());
}

#[test]
fn c24_an_upgrade_keeps_the_pods_that_the_autoscaler_made_within_its_bounds() {
    let values = "{mode: replica, autoscaling: {enabled: true, minReplicas: 2, maxReplicas: 6}}";
    for (live, wanted) in [(5, 5), (1, 2), (9, 6)] {
        let objects = upgrade(values, in_cluster(live, |_| {})).expect("it renders");
        assert_eq!(objects.set()["spec"]["replicas"], wanted);
    }
}

#[test]
fn c02_values_without_the_newer_keys_and_null_sections_render() {
    // Null removes a key, as if an older chart had never had it.
    let sections = ["replication", "redis", "image", "serviceAccount", "rbac", "service", "persistence", "metrics"];
    let more = [
        "monitoring",
        "networkPolicy",
        "podDisruptionBudget",
        "autoscaling",
        "test",
        "updateStrategy",
        "tls",
        "acl",
        "backup",
    ];
    let tops = ["clusterDomain", "mode", "replicaCount", "minReadySeconds", "lifecycle", "affinity", "commonLabels"];
    let nulls = |keys: &[&str]| keys.iter().map(|key| format!("{key}: null\n")).collect::<String>();
    for key in sections.iter().chain(&more).chain(&tops) {
        render(&nulls(&[key]));
        render(&format!("{}{}", nulls(&[key]), if *key == "mode" { "" } else { "mode: replica\n" }));
    }
    let all: Vec<&str> = sections.iter().chain(&more).chain(&tops).copied().collect();
    assert_eq!(render(&nulls(&all)).names(), render("").names());
}

#[test]
fn c02_the_defaults_in_the_templates_are_those_of_values_yaml() {
    fn within(small: &Json, large: &Json, path: &str) {
        match small.as_object() {
            Some(fields) if !fields.is_empty() => {
                for (key, value) in fields {
                    within(value, &large[key], &format!("{path}.{key}"));
                }
            }
            _ => assert_eq!(small, large, "{path} in templates/_defaults.tpl and values.yaml"),
        }
    }
    let read = |name: &str| std::fs::read_to_string(chart_folder().join(name)).expect("a file of the chart");
    for (file, helper) in [("_defaults.tpl", "redis.defaults"), ("_optional.tpl", "redis.optionalDefaults")] {
        let template = read(&format!("templates/{file}"));
        let start = template.find(&format!("{{{{- define \"{helper}\" -}}}}")).expect("the helper is there");
        let (_, body) = template[start..].split_once("-}}\n").expect("its first line");
        let (body, _) = body.split_once("{{- end -}}").expect("its last line");
        within(
            &serde_yaml::from_str(body).expect("the defaults are YAML"),
            &serde_yaml::from_str(&read("values.yaml")).expect("values.yaml is YAML"),
            "",
        );
    }
    // A section that was taken away and is then turned on has all of them, too.
    for section in ["tls: {existingSecret: s", "acl: {existingSecret: s", "backup: {suspend: false"] {
        let objects = render(&format!("{section}, enabled: true}}\nredis: {{password: x}}\n"));
        let bare = ["key", "user", "schedule", "keep", "port", "image", "persistence", "certKey", "timeoutSeconds"];
        let nulls: String = bare.iter().map(|key| format!(", {key}: null")).collect();
        let again = render(&format!("{section}, enabled: true{nulls}}}\nredis: {{password: x}}\n"));
        assert_eq!(again.all, objects.all, "{section}");
    }
}

/// What a StatefulSet may never change.
fn immutable(objects: &Objects) -> Json {
    let spec = &objects.set()["spec"];
    json!([spec["serviceName"], spec["selector"], spec["podManagementPolicy"], spec["volumeClaimTemplates"]])
}

#[test]
fn c03_a_switch_of_modes_changes_nothing_immutable() {
    let standalone = render("");
    let replica = render("{mode: replica, metrics: {enabled: true}, redis: {password: x}}");
    assert_eq!(immutable(&standalone), immutable(&replica));
    assert_eq!(standalone.set()["spec"]["serviceName"], "r-redis-headless");
    standalone.get("Service", "r-redis-headless");
}

#[test]
fn c27_only_what_redis_reads_restarts_the_pods() {
    let annotations = |values: &str| render(values).pod()["metadata"]["annotations"].clone();
    let before = annotations("");
    assert_eq!(before, annotations("{commonLabels: {a: b}, commonAnnotations: {c: d}, test: {enabled: false}}"));
    assert_ne!(before, annotations("redis: {settings: {maxmemory: 1gb}}"));
    assert_ne!(annotations("redis: {password: a}"), annotations("redis: {password: b}"));
    let existing = |revision: &str| annotations(&format!("{{redis: {{existingSecret: a, revision: {revision}}}}}"));
    assert_ne!(existing("'1'"), existing("'2'"), "the knob for what the chart cannot see");
    let pod = |values: &str| render(values).pod().clone();
    assert_eq!(pod("{mode: replica, replication: {replicas: 1}}"), pod("{mode: replica, replication: {replicas: 5}}"));
}
