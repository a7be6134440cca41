//! The Redis chart among others in a cluster: who may reach it, what it may do, where it runs, how its objects are called.
//!
//! In: values. Out: facts about policies, budgets, accounts, security contexts, selectors and names.

mod redis_objects;

use redis_objects::{Release, container, list, named, refusal, render, restricted, scenarios, selects, text};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

#[test]
fn c18_the_budget_has_one_bound_and_none_is_made_for_one_pod() {
    let spec =
        |values: &str| render(values).find("PodDisruptionBudget", "r-redis").map(|budget| budget["spec"].clone());
    assert_eq!(spec(""), None);
    assert_eq!(spec("{mode: replica, podDisruptionBudget: {enabled: false}}"), None);
    assert_eq!(spec("mode: replica").expect("a budget")["maxUnavailable"], 1);
    let least = spec("{mode: replica, podDisruptionBudget: {minAvailable: 2}}").expect("a budget");
    assert!(least["minAvailable"] == 2 && least.get("maxUnavailable").is_none(), "{least}");
    let share = spec("{mode: replica, podDisruptionBudget: {maxUnavailable: 50%}}").expect("a budget");
    assert!(share["maxUnavailable"] == "50%" && share.get("minAvailable").is_none(), "{share}");
}

/// Whether one of the rules lets this peer's labels (none: anyone) reach the port.
fn lets(rules: &Json, side: &str, labels: Option<&Json>, port: &Json, protocol: &str) -> bool {
    list(rules).iter().any(|rule| {
        let ports = list(&rule["ports"]);
        let port_fits = ports.is_empty() || ports.iter().any(|p| &p["port"] == port && p["protocol"] == protocol);
        let peers = list(&rule[side]);
        let peer_fits = peers.is_empty()
            || peers.iter().any(|peer| {
                let selector = &peer["podSelector"]["matchLabels"];
                labels.is_some_and(|labels| peer.get("namespaceSelector").is_none() && selects(selector, labels))
            });
        port_fits && peer_fits
    })
}

#[test]
fn c19_the_policy_keeps_the_release_alive_whatever_its_rules_are() {
    for rules in ["{enabled: true}", "{enabled: true, ingress: [], egress: []}"] {
        let objects = render(&format!("{{mode: replica, metrics: {{enabled: true}}, networkPolicy: {rules}}}"));
        let policy = &objects.get("NetworkPolicy", "r-redis")["spec"];
        let pods = &objects.pod()["metadata"]["labels"];
        let test = &objects.get("Pod", "r-redis-test")["metadata"]["labels"];
        assert!(selects(&policy["podSelector"]["matchLabels"], pods));
        assert!(lets(&policy["ingress"], "from", Some(pods), &json!("redis"), "TCP"), "replication in: {policy}");
        assert!(lets(&policy["egress"], "to", Some(pods), &json!("redis"), "TCP"), "replication out: {policy}");
        assert!(lets(&policy["ingress"], "from", Some(test), &json!("redis"), "TCP"), "the test pod: {policy}");
        assert!(lets(&policy["ingress"], "from", None, &json!("metrics"), "TCP"), "scrapes: {policy}");
        for protocol in ["UDP", "TCP"] {
            assert!(lets(&policy["egress"], "to", None, &json!(53), protocol), "DNS over {protocol}: {policy}");
        }
        let stranger = json!({"app": "stranger"});
        assert!(
            !lets(&policy["ingress"], "from", Some(&stranger), &json!("redis"), "TCP")
                || rules.contains("{enabled: true}")
        );
    }
    let monitored = "{metrics: {enabled: true}, networkPolicy: {enabled: true, restrictEgress: false, metricsFrom: [{namespaceSelector: {}}]}}";
    let policy = &render(monitored).get("NetworkPolicy", "r-redis")["spec"].clone();
    assert!(!lets(&policy["ingress"], "from", None, &json!("metrics"), "TCP"), "only whom metricsFrom names: {policy}");
    assert_eq!(policy["policyTypes"], json!(["Ingress"]));
}

#[test]
fn c20_no_rights_and_no_token_by_default_and_never_for_everyone() {
    let objects = render("");
    assert!(objects.of_kind("Role").is_empty() && objects.of_kind("RoleBinding").is_empty());
    assert_eq!(objects.get("ServiceAccount", "r-redis")["automountServiceAccountToken"], false);
    assert_eq!(objects.pod()["spec"]["automountServiceAccountToken"], false);
    let own = render("rbac: {create: true, rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]}");
    assert_eq!(own.get("Role", "r-redis")["rules"][0]["resources"], json!(["pods"]));
    assert_eq!(own.get("RoleBinding", "r-redis")["subjects"][0]["name"], "r-redis");
    for account in ["{create: false}", "{create: false, name: default}", "{name: default}"] {
        let said = refusal(&format!("{{rbac: {{create: true}}, serviceAccount: {account}}}"));
        assert!(said.contains("every pod of the namespace would get the rights"), "{account}: {said}");
    }
}

#[test]
fn c21_every_container_is_restricted() {
    let values = "{redis: {password: x}, metrics: {enabled: true}, initContainers: [{name: a, image: 'b:1'}], extraContainers: [{name: c, image: 'd:1'}]}";
    let objects = render(values);
    assert_eq!(list(&objects.pod()["spec"]["containers"]).len(), 3);
    assert_eq!(restricted(objects.pod()), Vec::<String>::new());
    assert_eq!(restricted(objects.get("Pod", "r-redis-test")), Vec::<String>::new());
}

#[test]
fn c23_the_test_pod_is_a_hook_that_nothing_selects() {
    let objects =
        render("{mode: replica, redis: {password: x}, metrics: {enabled: true}, imagePullSecrets: [{name: a}]}");
    let pod = objects.get("Pod", "r-redis-test");
    assert_eq!(pod["metadata"]["annotations"]["helm.sh/hook"], "test");
    let labels = &pod["metadata"]["labels"];
    for service in objects.of_kind("Service") {
        assert!(!selects(&service["spec"]["selector"], labels), "{}", service["metadata"]["name"]);
    }
    assert!(!selects(&objects.get("PodDisruptionBudget", "r-redis")["spec"]["selector"]["matchLabels"], labels));
    let test = container(pod, "test");
    assert_eq!(named(&test["env"], "REDIS_PASSWORD_FILE")["value"], "/etc/redis-auth/password");
    assert_eq!(test["resources"]["limits"]["memory"], "64Mi");
    assert_eq!(pod["spec"]["imagePullSecrets"][0]["name"], "a");
    assert!(render("test: {enabled: false}").of_kind("Pod").is_empty());
}

#[test]
fn c25_rules_for_where_pods_run_match_the_pods() {
    let objects = render(
        "{mode: replica, topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]}",
    );
    let labels = &objects.pod()["metadata"]["labels"];
    let spec = &objects.pod()["spec"];
    let apart =
        &spec["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"][0]["podAffinityTerm"];
    assert!(selects(&apart["labelSelector"]["matchLabels"], labels), "{apart}");
    assert!(selects(&spec["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"], labels));
    // No values file that comes with the chart keeps apart, or together, pods that do not exist.
    for (file, values, case) in scenarios().into_iter().filter(|(_, _, case)| case.expect.is_none()) {
        let objects = (Release { name: "r", values: &values }).try_render(&case.set).expect("it renders");
        let spec = &objects.pod()["spec"];
        let mut selectors = Vec::new();
        label_selectors(&spec["affinity"]["podAntiAffinity"], &mut selectors);
        label_selectors(&spec["topologySpreadConstraints"], &mut selectors);
        for selector in selectors {
            assert!(selects(&selector["matchLabels"], &objects.pod()["metadata"]["labels"]), "{file}: {selector}");
        }
    }
}

fn label_selectors<'a>(value: &'a Json, found: &mut Vec<&'a Json>) {
    match value {
        Json::Object(map) => {
            found.extend(map.get("labelSelector"));
            map.values().for_each(|inner| label_selectors(inner, found));
        }
        Json::Array(items) => items.iter().for_each(|inner| label_selectors(inner, found)),
        _ => {}
    }
}

#[test]
fn c26_names_stay_within_their_limits_and_apart() {
    let mut seen = BTreeSet::new();
    for (release, values) in [
        ("r".repeat(53), "mode: replica".to_owned()),
        (format!("{}-a", "r".repeat(51)), "mode: replica".to_owned()),
        (format!("{}.b", "r".repeat(51)), "mode: replica".to_owned()),
        ("my.release-1".to_owned(), "mode: replica".to_owned()),
        ("r".to_owned(), format!("{{mode: replica, fullnameOverride: {}}}", "f".repeat(63))),
        ("r".to_owned(), format!("{{mode: replica, nameOverride: {}-x}}", "n".repeat(61))),
        ("x".to_owned(), format!("{{mode: replica, nameOverride: {}}}", "n".repeat(63))),
    ] {
        let objects = Release { name: &release, values: &format!("{values}\n") }.try_render(&[]).expect("it renders");
        let set = text(&objects.set()["metadata"]["name"]);
        assert!(set.len() <= 52, "{set}: with the hash of its revision it is a label");
        assert!(seen.insert(set.to_owned()), "{set} twice");
        let service_name = |name: &str| {
            let body = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            body && name.len() <= 63 && name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.ends_with('-')
        };
        for service in objects.of_kind("Service") {
            assert!(service_name(text(&service["metadata"]["name"])), "{}", service["metadata"]["name"]);
        }
        for object in &objects.all {
            for (key, value) in object["metadata"]["labels"].as_object().expect("every object has labels") {
                assert!(text(value).len() <= 63, "{key}: {value}");
            }
        }
    }
}

#[test]
fn c26_names_of_every_length_fit_with_their_suffixes() {
    for length in 1..=53 {
        let release = "a".repeat(length);
        let objects = (Release { name: &release, values: "{mode: replica, metrics: {enabled: true}}" })
            .try_render(&[])
            .expect("it renders");
        assert!(text(&objects.set()["metadata"]["name"]).len() <= 52, "{length}");
        for object in &objects.all {
            let name = text(&object["metadata"]["name"]);
            assert!(name.len() <= 63 && !name.ends_with('-'), "{name}");
        }
        // The last pod that there can be has a name that fits a host name, so that its number is not cut off.
        assert!(text(&objects.set()["metadata"]["name"]).len() + "-999".len() <= 63);
    }
}

#[test]
fn c26_names_that_look_like_numbers_stay_texts() {
    let values =
        "{fullnameOverride: r1, nameOverride: '123', serviceAccount: {name: '456'}, redis: {existingSecret: '789'}}";
    let objects = (Release { name: "42", values }).try_render(&[]).expect("it renders");
    for object in &objects.all {
        let labels = object["metadata"]["labels"].as_object().expect("every object has labels");
        assert!(labels.values().all(Json::is_string), "{labels:?}");
    }
    assert_eq!(objects.pod()["spec"]["serviceAccountName"], "456");
    assert_eq!(named(&objects.pod()["spec"]["volumes"], "auth")["secret"]["secretName"], "789");
}
