//! The Redis chart through the public API: what it renders and what it refuses.
//!
//! In: values. Out: facts about the manifests. A test that shows a row of the requirements begins with its id. The
//! refusals are data, in redis_refusals.yaml.

use chartwright::{Compiled, Layer, Options, Outside, Values, redis};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

static CHART: LazyLock<Compiled> = LazyLock::new(|| Compiled::new(&redis::chart().expect("the embedded chart loads")));

/// A release, with its values as a values file has them.
struct Release<'a> {
    name: &'a str,
    values: &'a str,
}

/// What was rendered: the objects, test pod included, and the notes.
struct Objects {
    all: Vec<Json>,
    notes: String,
}

impl Release<'_> {
    fn try_render(&self, sets: &[String]) -> Result<Objects, String> {
        self.with(sets, |_| {})
    }

    fn with(&self, sets: &[String], change: impl Fn(&mut Options)) -> Result<Objects, String> {
        let file = Layer::File { name: "values.yaml".into(), bytes: self.values.as_bytes().to_vec() };
        let layers: Vec<_> = std::iter::once(file).chain(sets.iter().map(|text| Layer::Set(text.clone()))).collect();
        let values = Values::build(&layers).map_err(|error| error.to_string())?;
        // The schema says the same in other words; here the templates speak.
        let mut options = Options { skip_schema: true, ..Options::new().name(self.name).namespace("ns") };
        change(&mut options);
        let rendered = CHART.render(&values, &options).map_err(|error| error.helm_text())?;
        let text = rendered.text();
        let all = serde_yaml::Deserializer::from_str(&text)
            .map(|document| Json::deserialize(document).expect("every document is YAML without double keys"))
            .filter(|object| !object.is_null())
            .collect();
        Ok(Objects { all, notes: rendered.notes.unwrap_or_default() })
    }
}

/// The chart with these values, as release `r` in namespace `ns`.
fn render(values: &str) -> Objects {
    Release { name: "r", values }.try_render(&[]).unwrap_or_else(|error| panic!("{values}: {error}"))
}

fn refusal(values: &str) -> String {
    match (Release { name: "r", values }).try_render(&[]) {
        Ok(_) => panic!("accepted: {values}"),
        Err(message) => message,
    }
}

impl Objects {
    fn find(&self, kind: &str, name: &str) -> Option<&Json> {
        self.all.iter().find(|o| o["kind"] == kind && o["metadata"]["name"] == name)
    }

    fn get(&self, kind: &str, name: &str) -> &Json {
        self.find(kind, name).unwrap_or_else(|| panic!("no {kind} {name} in {:?}", self.names()))
    }

    fn of_kind(&self, kind: &str) -> Vec<&Json> {
        self.all.iter().filter(|o| o["kind"] == kind).collect()
    }

    fn names(&self) -> Vec<String> {
        self.all.iter().map(|o| format!("{}/{}", text(&o["kind"]), text(&o["metadata"]["name"]))).collect()
    }

    fn set(&self) -> &Json {
        self.of_kind("StatefulSet").first().expect("there is one StatefulSet")
    }

    fn pod(&self) -> &Json {
        &self.set()["spec"]["template"]
    }

    fn redis(&self) -> &Json {
        container(self.pod(), "redis")
    }
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn container<'a>(pod: &'a Json, name: &str) -> &'a Json {
    named(&pod["spec"]["containers"], name)
}

fn named<'a>(items: &'a Json, name: &str) -> &'a Json {
    list(items).iter().find(|item| item["name"] == name).unwrap_or_else(|| panic!("no {name} in {items}"))
}

/// Whether a selector's labels are all among these.
fn selects(selector: &Json, labels: &Json) -> bool {
    selector.as_object().is_some_and(|wanted| wanted.iter().all(|(key, value)| &labels[key] == value))
}

fn chart_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("chart")
}

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

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Case {
    set: Vec<String>,
    expect: Option<String>,
    error: Option<String>,
}

/// Every values file that comes with the chart, with what chartwright.yaml says of it.
fn scenarios() -> Vec<(String, String, Case)> {
    #[derive(Deserialize)]
    struct Config {
        cases: BTreeMap<String, Case>,
    }
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let config: Config = serde_yaml::from_str(&read(&chart_folder().join("chartwright.yaml")))
        .expect("chartwright.yaml is as described");
    let mut cases = config.cases;
    let mut found = Vec::new();
    for folder in [chart_folder(), chart_folder().join("ci")] {
        for entry in std::fs::read_dir(&folder).expect("the folder can be listed") {
            let path = entry.expect("its entries too").path();
            let file =
                path.strip_prefix(chart_folder()).expect("it was found there").to_string_lossy().replace('\\', "/");
            if file.starts_with("values-") || file.ends_with("-values.yaml") {
                found.push((file.clone(), read(&path), cases.remove(&file).unwrap_or_default()));
            }
        }
    }
    assert!(cases.is_empty(), "chartwright.yaml has cases without a file: {:?}", cases.keys());
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
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
    let more = ["monitoring", "networkPolicy", "podDisruptionBudget", "autoscaling", "test", "updateStrategy"];
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
    let template = read("templates/_defaults.tpl");
    let start = template.find("{{- define \"redis.defaults\" -}}").expect("the helper is there");
    let (_, body) = template[start..].split_once("-}}\n").expect("its first line");
    let (body, _) = body.split_once("{{- end -}}").expect("its last line");
    within(
        &serde_yaml::from_str(body).expect("the defaults are YAML"),
        &serde_yaml::from_str(&read("values.yaml")).expect("values.yaml is YAML"),
        "",
    );
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

/// What the Pod Security level `restricted` asks, and a read-only root on top.
fn restricted(pod: &Json) -> Vec<String> {
    let mut wrong = Vec::new();
    let spec = &pod["spec"];
    let all = list(&spec["containers"]).iter().chain(list(&spec["initContainers"]));
    for container in all {
        let own = &container["securityContext"];
        let mut want = |what: &str, good: bool| {
            if !good {
                wrong.push(format!("{}: {what}", container["name"]));
            }
        };
        want("allowPrivilegeEscalation", own["allowPrivilegeEscalation"] == false);
        want("capabilities", own["capabilities"]["drop"] == json!(["ALL"]));
        want("runAsNonRoot", own["runAsNonRoot"] == true && own["runAsUser"] != 0);
        want("seccompProfile", spec["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault");
        want("readOnlyRootFilesystem", own["readOnlyRootFilesystem"] == true);
    }
    wrong
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

/// Releases in which, together, every value means something.
const SHAPES: &[&str] = &[
    "{mode: replica, redis: {password: x}, metrics: {enabled: true}, networkPolicy: {enabled: true}, monitoring: {serviceMonitor: {enabled: true}, prometheusRule: {enabled: true}}, rbac: {create: true, rules: [{apiGroups: [a]}]}}",
    "{mode: replica, service: {type: LoadBalancer}, autoscaling: {enabled: true}}",
    "{mode: standalone, serviceAccount: {create: false}}",
    "{replication: {enabled: false}, test: {image: {repository: a, tag: b}}}",
    "{mode: replica, redis: {existingSecret: s}, podDisruptionBudget: {maxUnavailable: '', minAvailable: ''}}",
    "{mode: replica, image: {tag: ''}}",
];

/// Values of the kind that a schema describes, some of which differ from any default.
fn samples(schema: &Json) -> Vec<Json> {
    let of_format = match text(&schema["format"]) {
        "quantity" | "storage-size" => json!(["3Gi"]),
        "prometheus-duration" => json!(["7s"]),
        "url-path" | "mount-path" => json!(["/other"]),
        "image-digest" => json!([format!("sha256:{}", "0".repeat(64))]),
        "ip-address" => json!(["192.0.2.7"]),
        "count-or-percentage" => json!([2]),
        "" | "text" => Json::Null,
        _ => json!(["other"]),
    };
    if let Json::Array(values) = of_format {
        return values;
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.clone();
    }
    let types = match &schema["type"] {
        Json::Array(types) => types.clone(),
        one => vec![one.clone()],
    };
    let named = |key: &str| match key {
        "requests" | "limits" => json!({"cpu": "7m"}),
        "fsGroup" | "runAsUser" | "periodSeconds" => json!(77),
        "whenDeleted" => json!("Delete"),
        _ => Json::Null,
    };
    types.iter().flat_map(|kind| match text(kind) {
        "boolean" => vec![json!(true), json!(false)],
        "integer" | "number" => vec![json!(1), json!(0), json!(3), json!(77)],
        "array" => vec![json!(["--other"]), json!([{"name": "other", "image": "a:b", "key": "k", "from": [], "to": [], "topologyKey": "z", "alert": "A"}])],
        "object" => {
            let fields = schema["properties"].as_object().into_iter().flat_map(|fields| fields.keys());
            let mut known: Vec<Json> = fields.filter(|key| !named(key).is_null()).map(|key| json!({key.as_str(): named(key)})).collect();
            known.push(json!({"other": "x"}));
            known
        }
        _ => vec![json!("other"), json!("replica")],
    }).collect()
}

fn with_value(shape: &str, path: &str, value: &Json) -> String {
    let mut tree: Json = serde_yaml::from_str(shape).expect("YAML");
    let (parents, key) = path.rsplit_once('.').unwrap_or(("", path));
    let mut place = &mut tree;
    for step in parents.split('.').filter(|step| !step.is_empty()) {
        place = &mut place[step];
    }
    place[key] = value.clone();
    tree.to_string()
}

#[test]
fn v14_every_value_changes_what_is_rendered() {
    let output =
        |values: &str| (Release { name: "r", values }).try_render(&[]).ok().map(|objects| (objects.all, objects.notes));
    let shapes: Vec<_> = SHAPES.iter().map(|shape| (shape, output(shape).expect("a good release"))).collect();
    let root = redis::Values::json_schema();
    let mut dead = Vec::new();
    for (path, _) in redis::docs().iter().filter(|(_, doc)| doc.is_leaf) {
        let schema = path.split('.').fold(root, |schema, key| redis::shape_of(root, &schema["properties"][key]));
        let samples = samples(schema);
        let is_read = shapes.iter().any(|(shape, before)| {
            samples.iter().any(|value| output(&with_value(shape, path, value)).is_some_and(|after| &after != before))
        });
        if !is_read {
            dead.push(path);
        }
    }
    // This one changes nothing but what is refused.
    assert_eq!(dead, ["redis.requirePassword"]);
    assert!(refusal("redis: {requirePassword: true}").contains("redis.requirePassword: found no password"));
}
