//! The rows C01–C37 of tests/rows.txt, as facts of what the chart renders.
//!
//! What only a running Redis can show is tried there by `scripts/chart-on-redis`, and what only an API server can, by
//! `scripts/chart-on-apiserver`; here stands what must be in the manifests for that.

use base64::Engine as _;
use chartwright::redis::{self, Values};
use chartwright::{Chart, Compiled, Layer, Options};
use serde_yaml::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn folder() -> Chart {
    Chart::load(root().join("chart")).expect("chart/ loads")
}

/// The objects of a render, hooks too.
struct Objects(Vec<Value>);

fn render_of(chart: &Chart, layers: &[Layer], options: &Options) -> Result<Objects, String> {
    let user = chartwright::Values::build(layers).map_err(|error| error.to_string())?;
    let rendered = Compiled::new(chart).render(&user, options).map_err(|error| error.to_string())?;
    let all = rendered.manifests.manifests.iter().map(|manifest| &manifest.content);
    let hooks = rendered.manifests.hooks.iter().map(|hook| &hook.manifest.content);
    Ok(Objects(all.chain(hooks).map(|text| serde_yaml::from_str(text).expect("a manifest")).collect()))
}

fn try_render(sets: &[&str]) -> Result<Objects, String> {
    let layers: Vec<Layer> = sets.iter().map(|text| Layer::Set((*text).to_owned())).collect();
    render_of(&folder(), &layers, &Options::new().name("my-redis"))
}

fn render(sets: &[&str]) -> Objects {
    try_render(sets).unwrap_or_else(|error| panic!("{sets:?}: {error}"))
}

/// The value at a path such as `spec.ports.0.name`; null when there is none.
fn at<'v>(value: &'v Value, path: &str) -> &'v Value {
    path.split('.').fold(value, |value, step| match step.parse::<usize>() {
        Ok(index) if value.is_sequence() => &value[index],
        _ => &value[step],
    })
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_sequence().map(Vec::as_slice).unwrap_or_default()
}

/// Every key and value of a map of texts.
fn pairs(value: &Value) -> BTreeSet<(String, String)> {
    let entries = value.as_mapping().into_iter().flatten();
    entries.map(|(key, value)| (text(key).to_owned(), text(value).to_owned())).collect()
}

impl Objects {
    fn of(&self, kind: &str) -> Vec<&Value> {
        self.0.iter().filter(|object| text(&object["kind"]) == kind).collect()
    }

    fn one(&self, kind: &str) -> &Value {
        let found = self.of(kind);
        assert_eq!(found.len(), 1, "{kind}");
        found[0]
    }

    fn service(&self, name: &str) -> &Value {
        let found = self.of("Service").into_iter().find(|service| text(at(service, "metadata.name")) == name);
        found.unwrap_or_else(|| panic!("no Service {name}"))
    }

    fn pods(&self) -> &Value {
        &self.one("StatefulSet")["spec"]["template"]
    }

    fn container(&self, name: &str) -> &Value {
        let found = list(at(self.pods(), "spec.containers")).iter().find(|found| text(&found["name"]) == name);
        found.unwrap_or_else(|| panic!("no container {name}"))
    }

    fn volume(&self, name: &str) -> &Value {
        let found = list(at(self.pods(), "spec.volumes")).iter().find(|volume| text(&volume["name"]) == name);
        found.unwrap_or(&Value::Null)
    }

    /// Services whose selector fits labels.
    fn services_for(&self, labels: &Value) -> Vec<String> {
        let labels = pairs(labels);
        let fits = |service: &&&Value| {
            let selector = pairs(at(service, "spec.selector"));
            !selector.is_empty() && selector.is_subset(&labels)
        };
        self.of("Service").iter().filter(fits).map(|service| text(at(service, "metadata.name")).to_owned()).collect()
    }
}

/// Both modes, so that a row holds in each.
const MODES: [&str; 2] = ["mode=standalone", "mode=replica"];

#[test]
fn c01_claims_and_selectors_carry_no_version() {
    let chart = folder();
    let files = chart.raw().iter().map(|file| {
        let text = String::from_utf8_lossy(&file.data).replace("version: 0.", "version: 7.");
        let data = if &*file.name == "Chart.yaml" { text.into_bytes() } else { file.data.to_vec() };
        (file.name.to_string(), data)
    });
    let newer = Chart::from_files(files.collect::<Vec<_>>()).expect("a chart of another version");
    assert_ne!(newer.metadata().version, folder().metadata().version);
    for mode in MODES {
        let new =
            render_of(&newer, &[Layer::Set(mode.to_owned())], &Options::new().name("my-redis")).expect("it renders");
        let old = render(&[mode]);
        for path in ["spec.volumeClaimTemplates", "spec.selector", "spec.serviceName", "spec.podManagementPolicy"] {
            assert_eq!(at(old.one("StatefulSet"), path), at(new.one("StatefulSet"), path), "{path}");
        }
    }
}

#[test]
fn c02_values_of_an_older_chart_and_missing_sections_render() {
    // What --reuse-values does: the old defaults stand in for the new ones.
    let old = include_bytes!("redis-values-0.1.0.yaml");
    let with_values = |values: &[u8]| {
        let other = |file: &&chartwright::chart::File| &*file.name != "values.yaml";
        let chart = folder();
        let rest = chart.raw().iter().filter(other).map(|file| (file.name.to_string(), file.data.to_vec()));
        let files: Vec<_> = rest.chain([("values.yaml".to_owned(), values.to_vec())]).collect();
        Chart::from_files(files).expect("a chart")
    };
    for mode in MODES {
        let objects = render_of(&with_values(old), &[Layer::Set(mode.to_owned())], &Options::new());
        assert!(objects.map(|objects| objects.of("StatefulSet").len()) == Ok(1), "{mode} with the values of 0.1.0");
        let objects = render_of(&with_values(b"{}"), &[Layer::Set(mode.to_owned())], &Options::new());
        assert!(objects.map(|objects| objects.of("StatefulSet").len()) == Ok(1), "{mode} without any defaults");
    }
}

#[test]
fn c03_a_change_of_mode_changes_nothing_immutable() {
    let [standalone, replica] = MODES.map(|mode| render(&[mode]).one("StatefulSet")["spec"].clone());
    let mutable = [
        "replicas",
        "template",
        "updateStrategy",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
        "revisionHistoryLimit",
        "ordinals",
    ];
    let fixed = |spec: &Value| {
        let mut spec = spec.as_mapping().cloned().unwrap_or_default();
        mutable.iter().for_each(|key| {
            spec.remove(*key);
        });
        spec
    };
    assert_eq!(fixed(&standalone), fixed(&replica));
    assert!(fixed(&standalone).contains_key("volumeClaimTemplates"));
}

#[test]
fn c04_data_is_always_a_volume() {
    for (set, volume, claims) in [
        ("persistence.enabled=true", Value::Null, 1),
        (
            "persistence.existingClaim=mine",
            serde_yaml::from_str("{name: data, persistentVolumeClaim: {claimName: mine}}").expect("YAML"),
            0,
        ),
        (
            "persistence.enabled=false",
            serde_yaml::from_str("{name: data, emptyDir: {sizeLimit: 8Gi}}").expect("YAML"),
            0,
        ),
    ] {
        let objects = render(&[set]);
        assert_eq!(objects.volume("data"), &volume, "{set}");
        assert_eq!(list(at(objects.one("StatefulSet"), "spec.volumeClaimTemplates")).len(), claims, "{set}");
        let mounts = list(at(objects.container("redis"), "volumeMounts"));
        assert!(mounts.iter().any(|mount| text(&mount["name"]) == "data" && text(&mount["mountPath"]) == "/data"));
    }
}

#[test]
fn c05_an_existing_claim_is_for_one_pod() {
    let error = try_render(&["mode=replica,persistence.existingClaim=mine"]).err().unwrap_or_default();
    assert!(error.contains("persistence.existingClaim works with one pod only"), "{error}");
    assert!(try_render(&["mode=replica,replication.replicas=0,persistence.existingClaim=mine"]).is_ok());
}

#[test]
fn c06_there_are_services_for_writes_reads_and_each_pod() {
    let objects = render(&["mode=replica,replication.masterOrdinal=1"]);
    for name in ["my-redis", "my-redis-master"] {
        let pod = at(objects.service(name), "spec.selector");
        assert_eq!(text(&pod["statefulset.kubernetes.io/pod-name"]), "my-redis-1", "{name}");
    }
    assert!(!pairs(at(objects.service("my-redis-read"), "spec.selector")).is_empty());
    assert_eq!(text(at(objects.service("my-redis-headless"), "spec.clusterIP")), "None");
    assert_eq!(at(objects.service("my-redis-headless"), "spec.publishNotReadyAddresses"), &Value::Bool(true));
    assert_eq!(text(at(objects.one("StatefulSet"), "spec.serviceName")), "my-redis-headless");
}

#[test]
fn c07_one_service_only_leaves_the_cluster() {
    for kind in ["LoadBalancer", "NodePort"] {
        for mode in MODES {
            let objects = render(&[mode, "metrics.enabled=true", &format!("service.type={kind}")]);
            let outside: Vec<_> = objects
                .of("Service")
                .into_iter()
                .filter(|service| text(at(service, "spec.type")) == kind)
                .map(|service| text(at(service, "metadata.name")))
                .collect();
            assert_eq!(outside, ["my-redis"], "{mode}");
        }
    }
}

#[test]
fn c08_a_service_monitor_matches_one_service_that_has_its_port() {
    let objects = render(&["mode=replica,metrics.enabled=true,monitoring.serviceMonitor.enabled=true"]);
    let monitor = objects.one("ServiceMonitor");
    let wanted = pairs(at(monitor, "spec.selector.matchLabels"));
    assert!(!wanted.is_empty());
    let fits = |service: &&&Value| wanted.is_subset(&pairs(at(service, "metadata.labels")));
    let services = objects.of("Service");
    let matched: Vec<_> = services.iter().filter(fits).collect();
    assert_eq!(matched.len(), 1);
    let port = text(at(monitor, "spec.endpoints.0.port"));
    assert!(list(at(matched[0], "spec.ports")).iter().any(|found| text(&found["name"]) == port), "{port}");
    assert!(list(at(objects.container("metrics"), "ports")).iter().any(|found| text(&found["name"]) == port));
}

#[test]
fn c09_the_exporter_listens_on_its_port_and_gets_the_password_from_a_file() {
    let objects = render(&["metrics.enabled=true,metrics.port=9999,redis.port=7000,redis.existingSecret=s"]);
    let exporter = objects.container("metrics");
    let arguments: Vec<&str> = list(&exporter["args"]).iter().map(text).collect();
    assert!(arguments.contains(&"--web.listen-address=:9999"), "{arguments:?}");
    assert!(arguments.iter().any(|argument| argument.ends_with(":7000")), "{arguments:?}");
    assert_eq!(at(exporter, "ports.0.containerPort").as_u64(), Some(9999));
    assert_eq!(at(objects.service("my-redis-metrics"), "spec.ports.0.port").as_u64(), Some(9999));
    assert!(!exporter["livenessProbe"].is_null() && !exporter["securityContext"].is_null());
    let from_secret = list(&exporter["env"]).iter().any(|variable| !at(variable, "valueFrom.secretKeyRef").is_null());
    assert!(!from_secret && list(&exporter["volumeMounts"]).iter().any(|mount| text(&mount["name"]) == "auth"));
}

/// The passwords that broke other charts.
const PASSWORDS: [&str; 13] = [
    "plain",
    "with space",
    "\"quoted\"",
    "it's",
    "back\\slash",
    "a\\nb",
    "tab\there",
    "line\nbreak",
    "trailing\n",
    "#hash",
    "$dollar `tick`",
    "ünïcode ☃",
    "percent%s",
];

#[test]
fn c10_passwords_of_any_characters_reach_the_secret_as_they_are_and_nothing_else() {
    for password in PASSWORDS {
        let mut values = Values::default();
        values.redis.password = password.into();
        let objects =
            render_of(&folder(), &[values.to_layer().expect("plain data")], &Options::new()).expect("it renders");
        let data = text(at(objects.one("Secret"), "data.redis-password"));
        let decoded = base64::engine::general_purpose::STANDARD.decode(data).expect("base64");
        assert_eq!(decoded, password.as_bytes());
        for container in list(at(objects.pods(), "spec.containers")) {
            let said =
                serde_yaml::to_string(&(&container["command"], &container["args"], &container["env"])).expect("YAML");
            assert!(password.len() < 6 || !said.contains(password), "{password:?} is on a command line");
        }
    }
    let script = std::fs::read_to_string(root().join("chart/files/start.sh")).expect("start.sh");
    assert!(script.contains("umask 077") && !script.contains("eval "));
    assert!(!script.contains("redis-cli -a") && !script.contains("chmod 644"));
}

#[test]
fn c11_a_line_end_after_a_password_is_dropped_in_one_place_for_all_scripts() {
    // `$(…)` drops it, so every script reads the file that way, or leaves it to common.sh.
    let mut readers = 0;
    for name in ["common.sh", "start.sh", "ready.sh", "live.sh", "startup.sh", "stop.sh", "test.sh", "exporter.sh"] {
        let script = std::fs::read_to_string(root().join("chart/files").join(name)).expect("a script");
        let reading = script.lines().filter(|line| line.contains("cat \"$REDIS_PASSWORD_FILE\""));
        for line in reading {
            assert!(line.contains("$(cat \"$REDIS_PASSWORD_FILE\")"), "{name}: {line}");
            readers += 1;
        }
        assert!(matches!(name, "common.sh" | "exporter.sh" | "startup.sh") || script.contains("/common.sh\""), "{name}");
    }
    assert!(readers > 0);
}

#[test]
fn c12_a_missing_key_of_a_secret_is_left_to_the_script_which_says_so() {
    let objects = render(&["redis.existingSecret=s,redis.secretKeyName=other.key"]);
    let secret = &objects.volume("auth")["secret"];
    assert_eq!(secret["optional"], Value::Bool(true));
    assert_eq!(text(at(secret, "items.0.key")), "other.key");
    let variables = list(&objects.container("redis")["env"]);
    let named = variables.iter().find(|variable| text(&variable["name"]) == "REDIS_SECRET");
    assert_eq!(named.map(|variable| text(&variable["value"])), Some("s/other.key"));
    let script = std::fs::read_to_string(root().join("chart/files/start.sh")).expect("start.sh");
    for said in ["does not exist. Redis does not start without it", "is empty"] {
        assert!(script.contains(said), "{said}");
    }
}

#[test]
fn c13_a_pod_knows_its_peers_and_the_declared_master_when_it_starts() {
    let objects = render(&["mode=replica,replication.masterOrdinal=2,clusterDomain=k8s.example"]);
    let variables = list(&objects.container("redis")["env"]);
    let value = |name: &str| variables.iter().find(|variable| text(&variable["name"]) == name).expect("a variable");
    assert_eq!(text(&value("REDIS_MASTER_ORDINAL")["value"]), "2");
    assert_eq!(text(&value("REDIS_DOMAIN")["value"]), "my-redis-headless.default.svc.k8s.example");
    assert!(!value("POD_NAME")["valueFrom"].is_null() && !value("REDIS_PODS").is_null());
}

#[test]
fn c14_replica_mode_needs_persistence() {
    let error = try_render(&["mode=replica,persistence.enabled=false"]).err().unwrap_or_default();
    assert!(error.contains("a master that restarts without its data empties every replica"), "{error}");
}

#[test]
fn c15_every_probe_is_a_script_without_a_password_on_its_command_line() {
    let objects = render(&["redis.password=example-password"]);
    let redis = objects.container("redis");
    for (probe, script) in
        [("startupProbe", "startup.sh"), ("livenessProbe", "live.sh"), ("readinessProbe", "ready.sh")]
    {
        let command: Vec<&str> = list(at(&redis[probe], "exec.command")).iter().map(text).collect();
        assert_eq!(command, ["sh", &format!("/scripts/{script}")]);
    }
    let ready = std::fs::read_to_string(root().join("chart/files/ready.sh")).expect("ready.sh");
    for fact in ["PONG", "master_link_status", "master_sync_in_progress"] {
        assert!(ready.contains(fact), "{fact}");
    }
}

#[test]
fn c16_a_handler_of_the_users_replaces_the_charts_with_and_without_a_password() {
    for password in ["", "example-password"] {
        let objects = render(&[
            "readinessProbe.tcpSocket.port=redis,readinessProbe.periodSeconds=3",
            &format!("redis.password={password}"),
        ]);
        let probe = &objects.container("redis")["readinessProbe"];
        assert!(probe["exec"].is_null());
        assert_eq!((text(at(probe, "tcpSocket.port")), probe["periodSeconds"].as_u64()), ("redis", Some(3)));
    }
}

#[test]
fn c17_a_pod_has_time_to_save_before_it_ends() {
    let objects = render(&["terminationGracePeriodSeconds=300,redis.password=example-password"]);
    assert_eq!(at(objects.pods(), "spec.terminationGracePeriodSeconds").as_u64(), Some(300));
    let stop: Vec<&str> =
        list(at(objects.container("redis"), "lifecycle.preStop.exec.command")).iter().map(text).collect();
    assert_eq!(stop, ["sh", "/scripts/stop.sh"]);
}

#[test]
fn c18_a_budget_lets_a_drain_happen_and_is_not_there_for_one_pod() {
    assert!(render(&["mode=standalone"]).of("PodDisruptionBudget").is_empty());
    assert!(render(&["mode=replica,replication.replicas=0"]).of("PodDisruptionBudget").is_empty());
    let objects = render(&["mode=replica"]);
    let budget = &objects.one("PodDisruptionBudget")["spec"];
    assert_eq!((budget["maxUnavailable"].as_u64(), budget["minAvailable"].is_null()), (Some(1), true));
    let objects = render(&["mode=replica,podDisruptionBudget.minAvailable=2"]);
    let budget = &objects.one("PodDisruptionBudget")["spec"];
    assert_eq!((budget["minAvailable"].as_u64(), budget["maxUnavailable"].is_null()), (Some(2), true));
}

/// Whether a rule of a NetworkPolicy lets pods with these labels (of the same namespace) reach a port.
fn reaches(rules: &[Value], side: &str, labels: &Value, port: &str) -> bool {
    let labels = pairs(labels);
    rules.iter().any(|rule| {
        let ports = list(&rule["ports"]);
        let named = |found: &Value| {
            text(&found["port"]) == port || found["port"].as_u64().is_some_and(|n| n.to_string() == port)
        };
        let peers = list(&rule[side]);
        let fits = |peer: &Value| {
            let selector = &peer["podSelector"];
            peer["namespaceSelector"].is_null()
                && !selector.is_null()
                && pairs(&selector["matchLabels"]).is_subset(&labels)
        };
        (ports.is_empty() || ports.iter().any(named)) && (peers.is_empty() || peers.iter().any(fits))
    })
}

#[test]
fn c19_a_network_policy_keeps_replication_metrics_dns_and_the_test_alive() {
    let sets = [
        "mode=replica,networkPolicy.enabled=true,metrics.enabled=true",
        "networkPolicy.ingress[0].from[0].podSelector.matchLabels.client=yes",
    ];
    let objects = render(&sets);
    let policy = &objects.one("NetworkPolicy")["spec"];
    let (ingress, egress) = (list(&policy["ingress"]), list(&policy["egress"]));
    let pods = at(objects.pods(), "metadata.labels");
    let test = at(objects.one("Pod"), "metadata.labels");
    let stranger: Value = serde_yaml::from_str("{a: b}").expect("YAML");
    assert!(pairs(at(policy, "podSelector.matchLabels")).is_subset(&pairs(pods)));
    assert!(reaches(ingress, "from", pods, "redis") && reaches(egress, "to", pods, "redis"));
    assert!(reaches(ingress, "from", test, "redis"));
    assert!(reaches(ingress, "from", &stranger, "metrics"));
    assert!(!reaches(ingress, "from", &stranger, "redis"));
    let dns: BTreeSet<_> = egress
        .iter()
        .flat_map(|rule| list(&rule["ports"]))
        .filter(|port| port["port"].as_u64() == Some(53))
        .map(|port| text(&port["protocol"]))
        .collect();
    assert_eq!(dns, BTreeSet::from(["TCP", "UDP"]));
}

#[test]
fn c20_redis_gets_no_token_and_no_rights_unless_asked() {
    for mode in MODES {
        let objects = render(&[mode]);
        assert!(objects.of("Role").is_empty() && objects.of("RoleBinding").is_empty());
        assert_eq!(at(objects.pods(), "spec.automountServiceAccountToken"), &Value::Bool(false));
    }
    let error = try_render(&["rbac.create=true,serviceAccount.create=false"]).err().unwrap_or_default();
    assert!(error.contains("every pod of the namespace would get the rights"), "{error}");
}

/// What Pod Security `restricted` asks of a container.
fn is_restricted(container: &Value, pod: &Value) -> bool {
    let own = &container["securityContext"];
    let drops = list(at(own, "capabilities.drop")).iter().any(|name| text(name) == "ALL");
    let seccomp = [own, &pod["securityContext"]]
        .iter()
        .any(|context| text(at(context, "seccompProfile.type")) == "RuntimeDefault");
    own["allowPrivilegeEscalation"] == Value::Bool(false)
        && own["runAsNonRoot"] == Value::Bool(true)
        && drops
        && seccomp
}

#[test]
fn c21_every_container_fits_pod_security_restricted() {
    for mode in MODES {
        let objects = render(&[
            mode,
            "metrics.enabled=true,redis.password=example-password",
            "initContainers[0].name=a,initContainers[0].image=b",
        ]);
        for pod in [&objects.pods()["spec"], &objects.one("Pod")["spec"]] {
            for container in ["containers", "initContainers"].iter().flat_map(|kind| list(&pod[*kind])) {
                assert!(is_restricted(container, pod), "{}", text(&container["name"]));
            }
        }
    }
}

/// The scenario files that are meant to render, with what chartwright.yaml says they need.
fn scenarios() -> Vec<(String, Vec<Layer>)> {
    let known: Value =
        serde_yaml::from_slice(&std::fs::read(root().join("chart/chartwright.yaml")).expect("chartwright.yaml"))
            .expect("YAML");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join("chart")).expect("chart/") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let case = &known["cases"][name.as_str()];
        if name.starts_with("values-") && text(&case["expect"]) != "error" {
            let mut layers = vec![Layer::File { name: name.clone(), bytes: std::fs::read(&path).expect("a file") }];
            layers.extend(list(&case["set"]).iter().map(|set| Layer::Set(text(set).to_owned())));
            found.push((name, layers));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

#[test]
fn c22_no_scenario_has_a_privileged_container() {
    for (name, layers) in scenarios() {
        let objects = render_of(&folder(), &layers, &Options::new()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let pod = &objects.pods()["spec"];
        for container in ["containers", "initContainers"].iter().flat_map(|kind| list(&pod[*kind])) {
            assert!(is_restricted(container, pod), "{name}: {}", text(&container["name"]));
            assert_ne!(at(container, "securityContext.privileged"), &Value::Bool(true));
        }
    }
}

#[test]
fn c23_the_test_hook_has_the_password_labels_of_its_own_and_every_replica() {
    let objects = render(&["mode=replica,redis.existingSecret=s"]);
    let pod = objects.one("Pod");
    assert_eq!(text(&at(pod, "metadata.annotations")["helm.sh/hook"]), "test");
    assert_eq!(objects.services_for(at(pod, "metadata.labels")), Vec::<String>::new());
    assert!(list(at(pod, "spec.volumes")).iter().any(|volume| text(at(volume, "secret.secretName")) == "s"));
    let variables = list(at(pod, "spec.containers.0.env"));
    let value = |name: &str| {
        variables.iter().find(|variable| text(&variable["name"]) == name).map(|found| text(&found["value"]))
    };
    assert_eq!((value("REDIS_PODS"), value("REDIS_SET")), (Some("3"), Some("my-redis")));
    let script = std::fs::read_to_string(root().join("chart/files/test.sh")).expect("test.sh");
    assert!(script.contains("set -eu") && script.contains("exit 1"));
}

#[test]
fn c24_an_autoscaler_is_for_replica_mode_and_then_counts_the_pods_alone() {
    let error = try_render(&["autoscaling.enabled=true"]).err().unwrap_or_default();
    assert!(error.contains("allowed is false when mode=standalone"), "{error}");
    let objects = render(&["mode=replica,autoscaling.enabled=true"]);
    assert!(at(objects.one("StatefulSet"), "spec.replicas").is_null());
    assert_eq!(at(objects.one("HorizontalPodAutoscaler"), "spec.minReplicas").as_u64(), Some(2));
    let warned = redis::check(&[Layer::Set("mode=replica,autoscaling.enabled=true".into())]).diagnostics;
    assert!(warned.iter().any(|found| found.message.contains("adds read replicas only")), "{warned:?}");
}

#[test]
fn c25_anti_affinity_and_spread_match_labels_that_the_pods_carry() {
    let objects = render(&[
        "mode=replica",
        "topologySpreadConstraints[0].maxSkew=1,topologySpreadConstraints[0].topologyKey=zone,topologySpreadConstraints[0].whenUnsatisfiable=ScheduleAnyway",
    ]);
    let labels = pairs(at(objects.pods(), "metadata.labels"));
    let spec = &objects.pods()["spec"];
    let term = at(spec, "affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution.0.podAffinityTerm");
    for selector in [&term["labelSelector"], at(spec, "topologySpreadConstraints.0.labelSelector")] {
        let wanted = pairs(&selector["matchLabels"]);
        assert!(!wanted.is_empty() && wanted.is_subset(&labels), "{wanted:?}");
    }
}

#[test]
fn c26_names_stay_within_limits_and_apart() {
    let mut full = BTreeSet::new();
    for length in (1..=53).step_by(4) {
        for end in ["a", "b"] {
            let release = format!("{}{end}", "r".repeat(length - 1));
            let objects = render_of(
                &folder(),
                &[Layer::Set("mode=replica,metrics.enabled=true".into())],
                &Options::new().name(&release),
            )
            .expect("it renders");
            let name = text(at(objects.one("StatefulSet"), "metadata.name")).to_owned();
            assert!(name.len() <= 52, "{name}");
            for service in objects.of("Service") {
                assert!(text(at(service, "metadata.name")).len() <= 63);
            }
            for (_, value) in pairs(at(objects.pods(), "metadata.labels")) {
                assert!(value.len() <= 63);
            }
            assert!(full.insert(name), "two releases share a name");
        }
    }
}

#[test]
fn c27_a_new_chart_version_alone_restarts_no_pod() {
    let chart = folder();
    let files = chart.raw().iter().map(|file| {
        let text = String::from_utf8_lossy(&file.data).replace("version: 0.", "version: 7.");
        (file.name.to_string(), if &*file.name == "Chart.yaml" { text.into_bytes() } else { file.data.to_vec() })
    });
    let newer = Chart::from_files(files.collect::<Vec<_>>()).expect("a chart of another version");
    for mode in MODES {
        let new =
            render_of(&newer, &[Layer::Set(mode.to_owned())], &Options::new().name("my-redis")).expect("it renders");
        assert_eq!(render(&[mode]).pods(), new.pods(), "{mode}");
    }
    let before = render(&["redis.existingSecret=s"]);
    let after = render(&["redis.existingSecret=s,redis.revision=2"]);
    assert_ne!(before.pods(), after.pods());
}

#[test]
fn c28_reserved_labels_and_annotations_are_refused() {
    for (set, said) in [
        (r"podLabels.app\.kubernetes\.io/name=x", "podLabels must not set app.kubernetes.io/name"),
        (r"podAnnotations.checksum/config=x", "podAnnotations must not set checksum/config"),
        (r"commonLabels.helm\.sh/chart=x", "commonLabels must not set helm.sh/chart"),
    ] {
        let error = try_render(&[set]).err().unwrap_or_default();
        assert!(error.contains(said), "{set}: {error}");
    }
}

#[test]
fn c29_ports_follow_redis_port() {
    let objects = render(&["mode=replica,redis.port=7000,service.port=6380,networkPolicy.enabled=true"]);
    assert_eq!(at(objects.container("redis"), "ports.0.containerPort").as_u64(), Some(7000));
    for name in ["my-redis", "my-redis-master", "my-redis-read"] {
        let port = at(objects.service(name), "spec.ports.0");
        assert_eq!((port["port"].as_u64(), text(&port["targetPort"])), (Some(6380), "redis"), "{name}");
    }
    let variables = list(&objects.container("redis")["env"]);
    assert!(
        variables.iter().any(|variable| text(&variable["name"]) == "REDIS_PORT" && text(&variable["value"]) == "7000")
    );
}

#[test]
fn c30_the_clusters_domain_is_in_every_name() {
    let objects = render(&["mode=replica,clusterDomain=k8s.example"]);
    let all = objects.0.iter().map(|object| serde_yaml::to_string(object).expect("YAML")).collect::<String>();
    assert!(all.contains(".svc.k8s.example") && !all.contains("cluster.local"));
}

#[test]
fn c34_alerts_know_a_dead_redis_a_missing_master_lag_and_full_memory() {
    let objects = render(&[
        "mode=replica,metrics.enabled=true,monitoring.prometheusRule.enabled=true,monitoring.prometheusRule.memoryPercent=80",
    ]);
    let rules = list(at(objects.one("PrometheusRule"), "spec.groups.0.rules"));
    let said: Vec<&str> = rules.iter().map(|rule| text(&rule["expr"])).collect();
    for wanted in ["redis_up", "role=\"master\"", "lag", "redis_memory_max_bytes"] {
        assert!(said.iter().any(|expr| expr.contains(wanted)), "{wanted}: {said:#?}");
    }
    assert!(said.iter().any(|expr| expr.contains("80")), "{said:#?}");
}

#[test]
fn c35_settings_for_production_reach_the_manifests() {
    for (set, path, want) in [
        ("updateStrategy.type=OnDelete", "spec.updateStrategy.type", "OnDelete"),
        ("podManagementPolicy=OrderedReady", "spec.podManagementPolicy", "OrderedReady"),
        (
            "persistentVolumeClaimRetentionPolicy.whenDeleted=Delete",
            "spec.persistentVolumeClaimRetentionPolicy.whenDeleted",
            "Delete",
        ),
        ("revisionHistoryLimit=3", "spec.revisionHistoryLimit", "3"),
        ("minReadySeconds=9", "spec.minReadySeconds", "9"),
        ("priorityClassName=high", "spec.template.spec.priorityClassName", "high"),
        ("terminationGracePeriodSeconds=9", "spec.template.spec.terminationGracePeriodSeconds", "9"),
        ("commonLabels.team=a", "metadata.labels.team", "a"),
        ("commonAnnotations.note=a", "metadata.annotations.note", "a"),
        ("dnsConfig.searches[0]=a.b", "spec.template.spec.dnsConfig.searches.0", "a.b"),
        ("extraContainers[0].name=a,extraContainers[0].image=b", "spec.template.spec.containers.1.name", "a"),
        (
            "image.digest=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "spec.template.spec.containers.0.image",
            "redis@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        ),
    ] {
        let objects = render(&[set]);
        let found = at(objects.one("StatefulSet"), path);
        let found =
            found.as_str().map_or_else(|| found.as_u64().map(|n| n.to_string()).unwrap_or_default(), str::to_owned);
        assert_eq!(found, want, "{set}");
    }
}

#[test]
fn c36_scenario_files_render_and_fit_the_types() {
    let scenarios = scenarios();
    assert_eq!(scenarios.len(), 4, "home, startup, production and example");
    for (name, layers) in scenarios {
        let checked = redis::check(&layers);
        let errors: Vec<_> = checked.errors().collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        assert!(redis::render_layers(&layers, &Options::new()).is_ok(), "{name}");
    }
}

#[test]
fn c37_the_production_scenario_needs_a_password() {
    let bytes = std::fs::read(root().join("chart/values-prod-master-replica.yaml")).expect("the file");
    let file = Layer::File { name: "values-prod-master-replica.yaml".into(), bytes };
    let error = render_of(&folder(), std::slice::from_ref(&file), &Options::new()).err().unwrap_or_default();
    assert!(error.contains("redis.requirePassword: found no password"), "{error}");
    assert!(render_of(&folder(), &[file, Layer::Set("redis.existingSecret=s".into())], &Options::new()).is_ok());
}
