//! Rows of tests/rows.txt that a running Redis must show, as facts of what the chart renders for it.
//!
//! `scripts/chart-on-redis` tries them on Redis itself; here stands what must be in manifests and scripts for that, so
//! that a change that breaks it is seen without Redis. The other rows are in redis.rs and redis_values.rs.

use base64::Engine as _;
use chartwright::redis::Values;
use chartwright::{Chart, Compiled, Layer, Options};
use serde_yaml::Value;
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
    let all = rendered.manifests.manifests.iter().map(|manifest| manifest.content());
    let hooks = rendered.manifests.hooks.iter().map(|hook| hook.manifest.content());
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

impl Objects {
    fn of(&self, kind: &str) -> Vec<&Value> {
        self.0.iter().filter(|object| text(&object["kind"]) == kind).collect()
    }

    fn one(&self, kind: &str) -> &Value {
        let found = self.of(kind);
        assert_eq!(found.len(), 1, "{kind}");
        found[0]
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
}

/// The chart with other bytes in one of its files.
fn with_file(name: &str, change: impl Fn(&str) -> String) -> Chart {
    let files = folder().raw().iter().map(|file| (file.name.to_string(), file.data.to_vec())).collect::<Vec<_>>();
    let changed = files.into_iter().map(|(path, bytes)| match path == name {
        true => (path, change(&String::from_utf8_lossy(&bytes)).into_bytes()),
        false => (path, bytes),
    });
    Chart::from_files(changed).expect("it is a chart still")
}

#[test]
fn c02_the_values_of_chart_0_1_0_render_as_reuse_values_brings_them() {
    // Helm takes the old chart's defaults in place of the new one's, so what is new is missing.
    let old = with_file("values.yaml", |_| include_str!("redis-values-0.1.0.yaml").to_owned());
    for sets in ["mode=", "mode=replica,redis.password=x", "replication.enabled=true", "persistence.enabled=false"] {
        let layers = [Layer::Set(sets.to_owned())];
        let found = render_of(&old, &layers, &Options::new()).unwrap_or_else(|error| panic!("{sets}: {error}"));
        let now = render_of(&folder(), &layers, &Options::new()).expect("it renders");
        let names = |objects: &Objects| -> Vec<String> {
            let name = |o: &Value| format!("{} {}", text(&o["kind"]), text(at(o, "metadata.name")));
            objects.0.iter().map(name).collect()
        };
        assert_eq!(names(&found), names(&now), "{sets}");
        let set = found.one("StatefulSet");
        assert_eq!(text(at(set, "spec.serviceName")), text(at(now.one("StatefulSet"), "spec.serviceName")));
    }
}

#[test]
fn c27_another_version_of_the_chart_restarts_no_pod_and_changes_no_claim() {
    let chart = folder();
    let version = chart.metadata().version.to_string();
    let next = with_file("Chart.yaml", |text| text.replace(&format!("version: {version}\n"), "version: 9.9.9\n"));
    for sets in ["mode=", "mode=replica,redis.password=x,metrics.enabled=true"] {
        let layers = [Layer::Set(sets.to_owned())];
        let set =
            |chart: &Chart| render_of(chart, &layers, &Options::new()).expect("it renders").one("StatefulSet").clone();
        let (old, new) = (set(&chart), set(&next));
        assert_ne!(at(&old, "metadata.labels"), at(&new, "metadata.labels"), "the version did change");
        assert_eq!(old["spec"], new["spec"], "{sets}");
    }
}

#[test]
fn c05_an_existing_claim_is_for_one_pod() {
    let error = try_render(&["mode=replica,persistence.existingClaim=mine"]).err().unwrap_or_default();
    assert!(error.contains("persistence.existingClaim works with one pod only"), "{error}");
    assert!(try_render(&["mode=replica,replication.replicas=0,persistence.existingClaim=mine"]).is_ok());
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
    // `$(…)` drops it, so whatever reads the file must read it that way.
    let mut readers = 0;
    for file in folder().raw().iter().filter(|file| file.name.ends_with(".sh")) {
        let script = String::from_utf8_lossy(&file.data);
        for line in script.lines().filter(|line| line.contains("cat \"$REDIS_PASSWORD_FILE\"")) {
            assert!(line.contains("$(cat \"$REDIS_PASSWORD_FILE\")"), "{}: {line}", file.name);
            readers += 1;
        }
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
        (
            "topologySpreadConstraints[0].maxSkew=1,topologySpreadConstraints[0].topologyKey=zone,topologySpreadConstraints[0].whenUnsatisfiable=ScheduleAnyway",
            "spec.template.spec.topologySpreadConstraints.0.topologyKey",
            "zone",
        ),
        (
            "metrics.enabled=true,metrics.securityContext.runAsUser=59000",
            "spec.template.spec.containers.1.securityContext.runAsUser",
            "59000",
        ),
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
    for (set, kind, path, want) in [
        ("service.type=NodePort,service.nodePort=30001", "Service", "spec.ports.0.nodePort", "30001"),
        ("service.type=LoadBalancer,service.loadBalancerIP=192.0.2.1", "Service", "spec.loadBalancerIP", "192.0.2.1"),
        ("service.type=LoadBalancer,service.loadBalancerClass=a/b", "Service", "spec.loadBalancerClass", "a/b"),
        (
            "service.type=LoadBalancer,service.loadBalancerSourceRanges[0]=10.0.0.0/8",
            "Service",
            "spec.loadBalancerSourceRanges.0",
            "10.0.0.0/8",
        ),
        ("service.type=NodePort,service.externalTrafficPolicy=Local", "Service", "spec.externalTrafficPolicy", "Local"),
        ("test.image.tag=other", "Pod", "spec.containers.0.image", "redis:other"),
        ("test.securityContext.runAsUser=59000", "Pod", "spec.containers.0.securityContext.runAsUser", "59000"),
        ("test.resources.limits.memory=77Mi", "Pod", "spec.containers.0.resources.limits.memory", "77Mi"),
    ] {
        let objects = render(&[set]);
        let found = objects.of(kind).into_iter().map(|object| at(object, path)).find(|value| !value.is_null());
        let found = found.map(|value| match value.as_u64() {
            Some(number) => number.to_string(),
            None => text(value).to_owned(),
        });
        assert_eq!(found.as_deref(), Some(want), "{set}");
    }
}

const CERTIFICATE: &str = "tls.enabled=true,tls.existingSecret=cert";
const USERS: &str = "acl.enabled=true,acl.existingSecret=users,acl.user=ops,redis.existingSecret=auth";

/// Every container that has redis-cli, by its name, with its pod.
fn with_redis_cli(objects: &Objects) -> Vec<(&Value, &Value)> {
    let cron = objects.of("CronJob").into_iter().map(|cron| at(cron, "spec.jobTemplate.spec.template"));
    let pods = std::iter::once(objects.pods()).chain(objects.of("Pod")).chain(cron);
    let containers =
        pods.flat_map(|pod| list(at(pod, "spec.containers")).iter().map(move |container| (container, pod)));
    containers.filter(|(container, _)| text(&container["name"]) != "metrics").collect()
}

/// The item of a list with this name; null when there is none.
fn named<'v>(items: &'v Value, name: &str) -> &'v Value {
    list(items).iter().find(|item| text(&item["name"]) == name).unwrap_or(&Value::Null)
}

fn env<'v>(container: &'v Value, name: &str) -> &'v str {
    text(&named(&container["env"], name)["value"])
}

#[test]
fn c31_whatever_speaks_to_redis_speaks_tls() {
    let on = ["mode=replica", CERTIFICATE, "metrics.enabled=true", "backup.enabled=true"];
    let objects = render(&on);
    let all = with_redis_cli(&objects);
    assert_eq!(all.len(), 3, "redis, test and backup");
    for (container, pod) in all {
        let name = text(&container["name"]);
        // The folder of the programs that know TLS is the first that they are looked for in.
        assert!(env(container, "PATH").starts_with("/secure:/usr/local/"), "{name}");
        assert_eq!((env(container, "REDIS_TLS"), env(container, "REDIS_PORT")), ("yes", "6380"), "{name}");
        for (volume, place) in [("secure", "/secure"), ("tls", "/etc/redis-tls")] {
            assert_eq!(text(&named(&container["volumeMounts"], volume)["mountPath"]), place, "{name}");
            assert!(!named(at(pod, "spec.volumes"), volume).is_null(), "{name}: {volume}");
        }
        let programs = &named(at(pod, "spec.volumes"), "secure")["configMap"];
        assert_eq!(programs["defaultMode"].as_i64(), Some(0o555), "{name}: they are run");
    }
    let exporter = objects.container("metrics");
    assert!(list(&exporter["args"]).iter().any(|argument| text(argument) == "--redis.addr=rediss://127.0.0.1:6380"));
    assert_eq!(env(exporter, "REDIS_EXPORTER_TLS_CA_CERT_FILE"), "/etc/redis-tls/ca.crt");
    assert!(render(&["mode="]).of("ConfigMap").iter().all(|map| !text(at(map, "metadata.name")).ends_with("-secure")));
}

#[test]
fn c31_in_each_step_services_and_pods_have_the_same_ports() {
    // plain, replication; then names of the pod's ports, the port of the release's own, and where the Service leads.
    for (plain, replication, ports, own, leads) in [
        (true, false, "redis 6379, redis-tls 6380", "6379 no", "redis, redis-tls"),
        (true, true, "redis 6379, redis-tls 6380", "6380 yes", "redis, redis-tls"),
        (false, true, "redis 6380", "6380 yes", "redis, redis"),
    ] {
        let step = format!("tls.plain={plain},tls.replication={replication}");
        let objects = render(&["mode=replica", CERTIFICATE, &step, "networkPolicy.enabled=true"]);
        let redis = objects.container("redis");
        let found: Vec<String> = list(&redis["ports"])
            .iter()
            .map(|port| format!("{} {}", text(&port["name"]), port["containerPort"].as_i64().unwrap_or_default()))
            .collect();
        assert_eq!(found.join(", "), ports, "{step}");
        assert_eq!(format!("{} {}", env(redis, "REDIS_PORT"), env(redis, "REDIS_TLS")), own, "{step}");
        let test = objects.one("Pod");
        let asked = env(&list(at(test, "spec.containers"))[0], "REDIS_SERVICE_PORT");
        assert_eq!(asked, if plain && replication { "6380" } else { "6379" }, "{step}");
        for service in objects.of("Service").iter().filter(|o| !text(at(o, "metadata.name")).ends_with("-headless")) {
            let targets: Vec<&str> = list(at(service, "spec.ports")).iter().map(|p| text(&p["targetPort"])).collect();
            assert_eq!(targets.join(", "), leads, "{step}");
        }
        // Whoever may reach the one port may reach the other.
        let policy = objects.one("NetworkPolicy");
        for rule in list(at(policy, "spec.ingress")) {
            assert_eq!(list(&rule["ports"]).len(), if plain { 2 } else { 1 }, "{step}");
        }
    }
}

#[test]
fn c32_the_scripts_are_a_user_of_the_file_and_replicas_may_be_another() {
    let objects =
        render(&["mode=replica", USERS, "acl.replicationUser=follower", "metrics.enabled=true,backup.enabled=true"]);
    for (container, _) in with_redis_cli(&objects) {
        assert_eq!(env(container, "REDIS_USER"), "ops", "{}", text(&container["name"]));
    }
    assert_eq!(env(objects.container("metrics"), "REDIS_USER"), "ops");
    let redis = objects.container("redis");
    assert_eq!(env(redis, "REDIS_ACL_FILE"), "/etc/redis-acl/users.acl");
    assert_eq!(env(redis, "REDIS_REPLICATION_USER"), "follower");
    let items = at(objects.volume("acl"), "secret.items");
    let paths: Vec<&str> = list(items).iter().map(|item| text(&item["path"])).collect();
    assert_eq!(paths, ["users.acl", "replication-password"]);
    // Only the server needs the users; who tests and copies does not.
    for (container, pod) in with_redis_cli(&objects).into_iter().filter(|(c, _)| text(&c["name"]) != "redis") {
        assert!(named(at(pod, "spec.volumes"), "acl").is_null(), "{}", text(&container["name"]));
    }
}

#[test]
fn c33_the_backup_reads_as_the_test_does_and_outlives_the_release() {
    let objects = render(&["mode=replica,redis.existingSecret=auth,networkPolicy.enabled=true,backup.enabled=true"]);
    let cron = &objects.one("CronJob")["spec"];
    assert_eq!(text(&cron["concurrencyPolicy"]), "Forbid");
    let pod = at(cron, "jobTemplate.spec.template");
    let container = &list(at(pod, "spec.containers"))[0];
    assert!(is_restricted(container, &pod["spec"]), "fit for Pod Security");
    assert_eq!(env(container, "REDIS_PASSWORD_FILE"), "/etc/redis-auth/password");
    let words: Vec<&str> = list(&container["command"]).iter().map(text).collect();
    assert_eq!(words, ["sh", "/scripts/backup.sh"], "and no password");
    // Both files that it runs are in the ConfigMaps that it names.
    let sources = list(at(named(at(pod, "spec.volumes"), "scripts"), "projected.sources"));
    let maps = objects.of("ConfigMap");
    for (source, file) in sources.iter().zip(["common.sh", "backup.sh"]) {
        let name = text(at(source, "configMap.name"));
        let map = maps.iter().find(|map| text(at(map, "metadata.name")) == name).expect("the ConfigMap is there");
        assert!(!map["data"][file].is_null(), "{file} in {name}");
    }
    let claim = objects.one("PersistentVolumeClaim");
    assert_eq!(text(&at(claim, "metadata.annotations")["helm.sh/resource-policy"]), "keep");
    assert_eq!(
        text(at(named(at(pod, "spec.volumes"), "backup"), "persistentVolumeClaim.claimName")),
        text(at(claim, "metadata.name"))
    );
    // The policy lets it in, and no Service leads to it.
    let labels = at(pod, "metadata.labels");
    let peers = list(at(objects.one("NetworkPolicy"), "spec.ingress.0.from"));
    assert!(peers.iter().any(|peer| at(peer, "podSelector.matchLabels") == labels), "{labels:?}");
    for service in objects.of("Service") {
        let selector = at(service, "spec.selector").as_mapping().expect("a selector");
        assert!(selector.iter().any(|(key, value)| labels[key] != *value), "{}", text(at(service, "metadata.name")));
    }
    let other = render(&["backup.enabled=true,backup.persistence.existingClaim=copies"]);
    assert!(other.of("PersistentVolumeClaim").is_empty());
}

#[test]
fn c33_who_takes_no_backups_keeps_checksums_and_objects() {
    // Without the files of what is off, the rest is the same: it costs nothing.
    let off = |path: &str| {
        ["files/backup.sh", "files/secure/", "templates/backup-", "templates/secure-"]
            .iter()
            .any(|p| path.starts_with(p))
    };
    let files = folder().raw().iter().map(|file| (file.name.to_string(), file.data.to_vec())).collect::<Vec<_>>();
    let bare = Chart::from_files(files.into_iter().filter(|(path, _)| !off(path))).expect("it is a chart still");
    for sets in ["mode=", "mode=replica,redis.password=x,metrics.enabled=true,networkPolicy.enabled=true"] {
        let layers = [Layer::Set(sets.to_owned())];
        let all = |chart: &Chart| render_of(chart, &layers, &Options::new()).expect("it renders").0;
        assert_eq!(all(&bare), all(&folder()), "{sets}");
    }
}
