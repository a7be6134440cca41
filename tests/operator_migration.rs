//! From the Redis chart to the operator: what is rendered is what the operator takes, and nothing is lost without a word.

use chartwright::operator::{
    Bucket, Destination, Manifest as _, Mode, RedisBackup, RedisCluster, RedisScheduledBackup, StorageType, check,
    webhook,
};
use chartwright::ops::operator::migration::{Fate, Migration, Wish, json, markdown, migrate, text};
use chartwright::{Layer, Release, redis, yaml};

fn release() -> Release {
    Release { name: "shop".into(), namespace: "data".into(), ..Release::default() }
}

fn file(name: &str) -> Layer {
    let path = format!("{}/chart/{name}", env!("CARGO_MANIFEST_DIR"));
    Layer::File { name: name.to_owned(), bytes: std::fs::read(path).expect("a values file") }
}

fn wish() -> Wish {
    let s3 =
        Bucket { bucket: "backups".into(), path: "shop/".into(), region: "eu-central-1".into(), ..Bucket::default() };
    Wish {
        destination: Some(Destination { s3: Some(s3), azure: None }),
        credentials: Some("s3-credentials".into()),
        time_zone: Some("Europe/Berlin".into()),
        ..Wish::default()
    }
}

fn set(text: &str) -> Layer {
    Layer::Set(text.into())
}

fn made(layers: &[Layer], wish: &Wish) -> Migration {
    migrate(layers, &release(), wish).expect("values that render")
}

fn told(made: &Migration, fate: Fate) -> Vec<&str> {
    made.rows.iter().filter(|row| row.fate == fate).map(|row| row.value.as_str()).collect()
}

#[test]
fn k01_all_three_resources_are_what_the_api_server_takes_and_read_back_as_they_were() {
    let scenarios = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/chart/ci")).expect("a folder");
    let mut names: Vec<String> =
        scenarios.map(|entry| format!("ci/{}", entry.expect("an entry").file_name().to_string_lossy())).collect();
    names.extend(
        ["values-prod-master-replica.yaml", "values-home-single.yaml", "values-startup-single.yaml"].map(String::from),
    );
    assert!(names.len() > 14);
    for name in names {
        let mut layers = vec![file(&name)];
        if name.contains("prod") {
            layers.push(set("redis.existingSecret=redis-auth"));
        }
        for wish in [wish(), Wish { sentinel: true, follow: true, ..wish() }] {
            let made = made(&layers, &wish);
            let objects = yaml::split_documents(made.yaml().expect("it prints").as_bytes()).0;
            assert_eq!(objects.len(), 3, "{name}");
            let cluster = made.cluster.manifest().expect("it prints");
            let (backup, scheduled) = (made.backup.expect("a backup"), made.scheduled.expect("a schedule"));
            for node in [&cluster, &backup.manifest().expect("it prints"), &scheduled.manifest().expect("it prints")] {
                assert_eq!(check(node).expect("a kind of the operator"), [], "{name}");
            }
            assert_eq!(RedisCluster::stored(&cluster, false).expect("it reads"), made.cluster, "{name}");
            assert_eq!(RedisBackup::stored(&backup.manifest().expect("it prints")).expect("it reads"), backup);
            let read = RedisScheduledBackup::stored(&scheduled.manifest().expect("it prints")).expect("it reads");
            assert_eq!(
                (read.spec.schedule.as_str(), read.spec.destination.clone()),
                ("0 3 * * *", wish.destination.clone())
            );
            assert_eq!(made.refusals, [] as [&str; 0], "{name}");
            assert_eq!(webhook::destination(backup.spec.destination.as_ref()), Ok(()));
        }
    }
}

#[test]
fn k11_the_production_scenario_becomes_three_instances_and_says_what_it_loses() {
    let made =
        made(&[file("values-prod-master-replica.yaml"), set("redis.existingSecret=redis-auth")], &Wish::default());
    let spec = &made.cluster.spec;
    assert_eq!((made.cluster.name(), spec.instances, spec.mode), ("shop-redis-rc", 3, Mode::Standalone));
    assert_eq!((spec.storage.kind, spec.storage.size.text()), (StorageType::Claim, "10Gi"));
    let memory = spec.memory.as_ref().expect("memory");
    assert_eq!(memory.max_memory.as_ref().map(chartwright::kube::Quantity::text), Some("512Mi"));
    assert!(!spec.redis.contains_key("maxmemory"));
    assert_eq!(spec.redis.get("latency-monitor-threshold").map(String::as_str), Some("100"));
    assert_eq!(spec.auth_secret.as_ref().map(|secret| secret.name.as_str()), Some("shop-redis-rc-auth"));
    assert_eq!(spec.image_name, "redis:8.2.8-alpine");
    assert_eq!(
        told(&made, Fate::Lost),
        ["terminationGracePeriodSeconds", "minReadySeconds", "podDisruptionBudget.maxUnavailable"]
    );
    let by_hand = told(&made, Fate::ByHand);
    for value in ["redis.existingSecret", "backups", "metrics.enabled", "networkPolicy.enabled"] {
        assert!(by_hand.contains(&value), "{value}: {by_hand:?}");
    }
    assert!(made.backup.is_none() && made.scheduled.is_none());
    let text = text(&made);
    assert!(text.starts_with("Release shop -> RedisCluster shop-redis-rc: 3 lost, "), "{text}");
    assert!(text.contains("      pods have the 30 seconds of Kubernetes"), "{text}");
    let markdown = markdown(&made);
    assert!(
        markdown.contains(
            "## lost\n\n| value | was | now | why |\n|---|---|---|---|\n| `terminationGracePeriodSeconds` | `120` |"
        ),
        "{markdown}"
    );
    let json: serde_json::Value = serde_json::from_str(&json(&made).expect("it prints")).expect("JSON");
    assert_eq!(json.pointer("/cluster/spec/instances"), Some(&serde_json::json!(3)));
    assert_eq!(json.pointer("/rows/0/fate"), Some(&serde_json::json!("lost")));
}

#[test]
fn k11_a_password_stands_in_no_object_and_no_report() {
    let made = made(&[set("redis.password=hunter2 and more")], &wish());
    let all = [made.yaml(), json(&made).map_err(|error| error.to_string())];
    for text in all.into_iter().map(|text| text.expect("it prints")).chain([text(&made), markdown(&made)]) {
        assert!(!text.contains("hunter2"), "{text}");
    }
    let row = made.rows.iter().find(|row| row.value == "redis.password" && !row.commands.is_empty()).expect("a row");
    assert_eq!(
        row.commands,
        [
            "kubectl -n data get secret shop-redis -o jsonpath='{.data.redis-password}' | base64 -d | kubectl -n data create \
          secret generic shop-redis-rc-auth --from-file=password=/dev/stdin"
        ]
    );
    assert!(made.rows.iter().any(|row| row.value == "redis.password" && row.why.contains("without quotes")));
}

#[test]
fn a_secret_with_the_operators_key_is_used_as_it_is_and_none_is_made_up_by_the_operator() {
    let layers = [set("redis.existingSecret=auth,redis.secretKeyName=password")];
    let made_with = made(&layers, &Wish::default());
    assert_eq!(made_with.cluster.spec.auth_secret.as_ref().map(|secret| secret.name.as_str()), Some("auth"));
    let without = made(&[], &Wish::default());
    assert_eq!(without.cluster.spec.auth_secret, None);
    assert!(told(&without, Fate::Changed).contains(&"redis.password"));
}

#[test]
fn what_stops_the_chart_hibernates_the_cluster_and_what_waits_there_is_supervised_here() {
    let made =
        made(&[set("replicaCount=0,persistence.storageClass=fast,updateStrategy.type=OnDelete")], &Wish::default());
    let yaml = made.yaml().expect("it prints");
    assert!(yaml.contains("redis.io/hibernation: \"on\""), "{yaml}");
    assert!(yaml.contains("primaryUpdateStrategy: supervised"), "{yaml}");
    assert!(yaml.contains("storageClassName: fast"), "{yaml}");
    let memory = migrate(&[set("persistence.enabled=false")], &release(), &Wish::default()).expect("it renders");
    assert_eq!(memory.cluster.spec.storage.kind, StorageType::EmptyDir);
}

#[test]
fn what_the_operator_refuses_is_told() {
    let wish = Wish { schedule: Some("0 0 31 2 *".into()), ..wish() };
    let made_so = made(&[], &wish);
    assert_eq!(
        made_so.refusals,
        ["spec.schedule: Invalid value: \"0 0 31 2 *\": cron expression has no upcoming occurrences"]
    );
    let above = made(&[set("redis.settings.maxmemory=2gb")], &Wish::default());
    assert_eq!(above.refusals.len(), 1, "{:?}", above.refusals);
    assert!(text(&above).contains("refused by the operator:"));
}

#[test]
fn a_cluster_that_follows_the_release_is_given_its_address_and_its_password() {
    let follow = Wish { follow: true, ..Wish::default() };
    let made = made(&[set("mode=replica,redis.existingSecret=auth,networkPolicy.enabled=true")], &follow);
    let source = made.cluster.spec.replica_mode.as_ref().and_then(|mode| mode.source.as_ref()).expect("a source");
    assert_eq!((source.host.as_str(), source.port), ("shop-redis", 6379));
    assert_eq!(source.auth_secret_name, "shop-redis-rc-auth");
    assert!(told(&made, Fate::ByHand).contains(&"networkPolicy.ingress"));
}

#[test]
fn values_that_the_chart_refuses_are_refused_here() {
    let error = migrate(&[set("mode=sentinel")], &release(), &Wish::default()).expect_err("a mode that is not here");
    assert!(matches!(error, redis::Error::Values(_)), "{error}");
}
