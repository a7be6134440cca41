//! Plans as they come of real upgrades, put together by hand: what reports are tried on.

use crate::diag::Place;
use crate::manifest::ObjectId;
use crate::plan::*;
use serde_json::{Value as Json, json};

pub fn id(api_version: &str, kind: &str, name: &str) -> ObjectId {
    ObjectId { api_version: api_version.into(), kind: kind.into(), name: name.into(), namespace: "default".into() }
}

fn place(file: &str, line: u32) -> Option<Place> {
    Some(Place::new(file, line, 3, None))
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

fn changed(path: &str, old: impl Into<Json>, new: impl Into<Json>, causes: Vec<Cause>, restarts: bool) -> FieldChange {
    let (old, new) = (Some(old.into()), Some(new.into()));
    FieldChange { path: path.into(), kind: FieldChangeKind::Changed, old, new, causes, restarts }
}

pub fn object(id: ObjectId, verdict: Verdict, changes: Vec<FieldChange>) -> ObjectPlan {
    let (rejections, diff) = (Vec::new(), String::new());
    ObjectPlan { id, verdict, renamed: None, changes, rejections, diff, is_hook: false }
}

fn side(source: &str, version: &str, app: &str) -> SideFacts {
    let (chart, version, app_version) = ("redis".into(), version.into(), app.into());
    SideFacts { source: source.into(), chart, version, app_version, objects: 12, problems: Vec::new() }
}

fn chart_label() -> FieldChange {
    changed("metadata.labels.\"helm.sh/chart\"", "redis-16.13.1", "redis-17.3.8", vec![Cause::ChartVersion], false)
}

fn workload(name: &str, extra: Vec<FieldChange>) -> ObjectPlan {
    let file = "redis/templates/master/application.yaml";
    let image = "spec.template.spec.containers[redis].image";
    let tag = || Cause::Value { value: "image.tag".into(), place: place("redis/values.yaml", 78), by_user: false };
    let mut changes = vec![
        chart_label(),
        changed(image, "docker.io/bitnami/redis:6.2.7-debian-11-r9", "docker.io/bitnami/redis:7.0.5-debian-11-r15", vec![tag()], true),
        FieldChange {
            path: "spec.template.spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.namespaces".into(),
            kind: FieldChangeKind::Removed,
            old: Some(json!(["default"])),
            new: None,
            causes: vec![Cause::Template { place: place(file, 61) }],
            restarts: true,
        },
        changed(
            "spec.template.metadata.annotations.\"checksum/configmap\"",
            "3b9c7f0a",
            "a0d1e2f3",
            vec![Cause::ChecksumNoise { of: Some(id("v1", "ConfigMap", "redis-production-configuration")) }],
            true,
        ),
        changed(
            "spec.template.metadata.annotations.\"checksum/scripts\"",
            "77aa",
            "88bb",
            vec![Cause::Checksum { of: id("v1", "ConfigMap", "redis-production-scripts") }],
            true,
        ),
    ];
    changes.extend(extra);
    let diff = "@@ -42,7 +42,7 @@\n       containers:\n       - name: redis\n-        image: docker.io/bitnami/redis:6.2.7-debian-11-r9\n\
                +        image: docker.io/bitnami/redis:7.0.5-debian-11-r15\n         imagePullPolicy: IfNotPresent\n";
    ObjectPlan { diff: diff.into(), ..object(id("apps/v1", "StatefulSet", name), Verdict::RollsPods, changes) }
}

fn labels(kind: &str, name: &str) -> ObjectPlan {
    let diff = "@@ -3,3 +3,3 @@\n   labels:\n-    helm.sh/chart: redis-16.13.1\n+    helm.sh/chart: redis-17.3.8\n";
    ObjectPlan { diff: diff.into(), ..object(id("v1", kind, name), Verdict::LabelOnly, vec![chart_label()]) }
}

fn step(title: &str, reason: &str, commands: &[&str]) -> RunStep {
    RunStep { title: title.into(), reason: reason.into(), commands: texts(commands) }
}

fn facts(version: &str) -> RedisFacts {
    RedisFacts {
        version: version.into(),
        topology: Topology::Replication,
        rdb: Some(false),
        aof: Some(true),
        is_persistent: true,
        master: Some(id("apps/v1", "StatefulSet", "redis-production-master")),
        master_pods: texts(&["redis-production-master-0"]),
        replica_pods: texts(&["redis-production-replicas-0", "redis-production-replicas-1"]),
        container: "redis".into(),
        port: 6379,
        tls: false,
        service: "redis-production-master".into(),
        auth: Some(("redis-production".into(), "redis-password".into())),
    }
}

fn restart(name: &str, pods: &[&str], notes: &[&str]) -> Restart {
    Restart {
        workload: id("apps/v1", "StatefulSet", name),
        pods: texts(pods),
        order: RestartOrder::OneByOne,
        reasons: texts(&["image changes: 6.2.7-debian-11-r9 -> 7.0.5-debian-11-r15", "script start-master.sh changes"]),
        noise: texts(&["checksum/configmap: of redis-production-configuration only labels change"]),
        notes: texts(notes),
    }
}

fn claim(name: &str, fate: ClaimFate) -> ClaimPlan {
    let size = Some("8Gi".to_owned());
    ClaimPlan { name: name.into(), workload: None, fate, old_size: size.clone(), new_size: size, note: String::new() }
}

const MASTER: &str = "redis-production-master";

/// A major version of Redis with the chart: pods roll, nothing can be written meanwhile, and there is no way back.
pub fn bitnami() -> Plan {
    let outage = "nothing can be written while `redis-production-master-0` restarts: about 30 s to stop and 20 s until it is \
                  ready, by terminationGracePeriodSeconds and readinessProbe";
    let back = "the way back is not safe: 6.2.7 finds no append-only file where 7.0.5 wrote one, and starts empty without an error";
    let concerns = vec![
        Concern::new(ConcernCode::RollbackUnsafe, back)
            .help("take a copy of the data with 6.2.7 before the upgrade, and restore that one")
            .commands(texts(&["kubectl -n default exec redis-production-master-0 -c redis -- sh -c 'REDISCLI_AUTH=\"$REDIS_PASSWORD\" redis-cli --rdb /data/before.rdb'"])),
        Concern {
            place: place("redis/templates/master/application.yaml", 40),
            ..Concern::new(ConcernCode::WriteOutage, outage)
                .about(id("apps/v1", "StatefulSet", MASTER), "spec.template.spec.containers[redis].image")
        },
        Concern::new(ConcernCode::NoiseRestart, "the configuration and the Secret do not change, only labels in them"),
    ];
    let role = changed(
        "spec.template.spec.containers[redis].env[REDIS_REPLICATION_MODE].value",
        "slave",
        "replica",
        vec![Cause::Template { place: place("redis/templates/replicas/statefulset.yaml", 148) }],
        true,
    );
    let scripts = changed(
        "data.\"start-master.sh\"",
        "#!/bin/bash\n[[ ! -f /a ]] && b\n",
        "#!/bin/bash\n[[ -f /a ]] && b\n",
        vec![Cause::Template { place: place("redis/templates/scripts-configmap.yaml", 12) }],
        false,
    );
    let mut objects = vec![
        labels("ServiceAccount", "redis-production"),
        labels("Secret", "redis-production"),
        labels("ConfigMap", "redis-production-configuration"),
        labels("ConfigMap", "redis-production-health"),
        object(id("v1", "ConfigMap", "redis-production-scripts"), Verdict::InPlace, vec![chart_label(), scripts]),
        labels("Service", "redis-production-headless"),
        labels("Service", MASTER),
        labels("Service", "redis-production-replicas"),
    ];
    objects.extend([workload(MASTER, Vec::new()), workload("redis-production-replicas", vec![role])]);
    let value = |path: &str, kind, old: Json, new: Json| ValueChange {
        path: path.into(),
        kind,
        old: Some(old).filter(|value| !value.is_null()),
        new: Some(new).filter(|value| !value.is_null()),
        place: place("redis/values.yaml", 78),
        is_read: true,
    };
    Plan {
        release: "redis-production".into(),
        namespace: "default".into(),
        old: side("redis-16.13.1.tgz", "16.13.1", "6.2.7"),
        new: side("redis-17.3.8.tgz", "17.3.8", "7.0.5"),
        outcome: Outcome::Attention,
        concerns,
        objects,
        values: vec![
            value("image.tag", ValueChangeKind::DefaultChanged, json!("6.2.7-debian-11-r9"), json!("7.0.5-debian-11-r15")),
            value("image.digest", ValueChangeKind::DefaultAdded, Json::Null, json!("")),
            ValueChange {
                place: place("prod.yaml", 4),
                is_read: false,
                ..value("cluster.enabled", ValueChangeKind::UserKeyGone, json!(true), Json::Null)
            },
        ],
        restarts: vec![
            restart(MASTER, &["redis-production-master-0"], &["at the same time as redis-production-replicas"]),
            restart("redis-production-replicas", &["redis-production-replicas-1", "redis-production-replicas-0"], &[]),
        ],
        hooks: vec![HookRun {
            event: "pre-upgrade".into(),
            weight: -5,
            object: id("batch/v1", "Job", "redis-production-backup"),
            is_new: true,
            policies: texts(&["before-hook-creation"]),
        }],
        claims: vec![
            claim("redis-data-redis-production-master-0", ClaimFate::Kept),
            claim("redis-data-redis-production-replicas-0", ClaimFate::Kept),
            claim("redis-data-redis-production-replicas-1", ClaimFate::Kept),
        ],
        redis: Some(RedisPlan {
            old: facts("6.2.7"),
            new: facts("7.0.5"),
            forward: texts(&["7.0.5 reads the append-only file of 6.2.7 and moves it into appendonlydir/"]),
            backward: texts(&["6.2.7 finds no append-only file and starts empty, without an error"]),
            replication: texts(&["replicas of 7.0.5 follow a master of 6.2.7, not the other way round"]),
            version_notes: texts(&["7.0: ACL rules are stricter"]),
        }),
        notices: vec![Notice {
            file: "README.md".into(),
            heading: "To 17.0.0".into(),
            text: "This major version updates the default image from 6.2 to 7.0.\n\nCheck the release notes before you upgrade.".into(),
        }],
        strategy: Some(Strategy {
            kind: StrategyKind::BlueGreen,
            reasons: texts(&["the way back of a rolling upgrade loses the data"]),
            rejected: vec![(StrategyKind::Rolling, "there is no way back from 7.0 to 6.2 with the same volume".into())],
        }),
        before: vec![step(
            "Is everybody connected?",
            "each replica says master_link_status:up",
            &["kubectl -n default exec redis-production-replicas-0 -c redis -- sh -c 'REDISCLI_AUTH=\"$REDIS_PASSWORD\" redis-cli info replication'"],
        )],
        steps: vec![step("Upgrade", "", &["helm upgrade redis-production ./redis-17.3.8.tgz -n default --timeout 15m"])],
        after: vec![step("Which version answers?", "redis_version:7.0.5", &["kubectl -n default get pods"])],
        rollback: Some(Rollback {
            is_safe: false,
            reasons: texts(&["6.2.7 starts empty, without an error"]),
            triggers: texts(&["replicas lag more than 30 s", "new pods are not ready after 5 minutes"]),
            steps: vec![step("Go back", "", &["helm rollback redis-production 3 -n default --timeout 10m"])],
        }),
        ..Plan::default()
    }
}

/// A larger volume, which the API server refuses.
pub fn refused() -> Plan {
    let words = "StatefulSet.apps \"my-redis\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than \
                 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', \
                 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
    let set = id("apps/v1", "StatefulSet", "my-redis");
    let path = "spec.volumeClaimTemplates[data].spec.resources.requests.storage";
    let commands = texts(&[
        "kubectl -n cache delete statefulset my-redis --cascade=orphan",
        "kubectl -n cache patch pvc data-my-redis-0 --type merge -p '{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"20Gi\"}}}}'",
    ]);
    let remedy = "let the StatefulSet go without its pods, make the volumes larger, and upgrade";
    let size = Cause::Value { value: "persistence.size".into(), place: place("prod.yaml", 9), by_user: true };
    let diff =
        "@@ -80,5 +80,5 @@\n       resources:\n         requests:\n-          storage: 8Gi\n+          storage: 20Gi\n";
    Plan {
        release: "my".into(),
        namespace: "cache".into(),
        old: side("git:main:chart", "0.3.3", "8.2.8"),
        new: side("chart", "0.4.0", "8.2.8"),
        outcome: Outcome::Refused,
        concerns: vec![
            Concern {
                place: place("chart/templates/redis-statefulset.yaml", 120),
                ..Concern::new(ConcernCode::Refused, words)
            }
            .about(set.clone(), path)
            .help(remedy)
            .commands(commands.clone()),
            Concern::new(ConcernCode::Note, "the ignore `kind=Job` met nothing here"),
        ],
        accepted: vec![Accepted {
            concern: Concern::new(ConcernCode::WriteOutage, "nothing can be written while `my-redis-0` restarts"),
            reason: "in the window on Sunday".into(),
        }],
        ignored: vec![Ignored {
            object: id("v1", "Service", "my-redis"),
            change: chart_label(),
            reason: "preset `labels`".into(),
        }],
        objects: vec![
            object(id("v1", "Service", "my-redis"), Verdict::LabelOnly, Vec::new()),
            ObjectPlan {
                rejections: vec![Rejection {
                    path: path.into(),
                    message: words.into(),
                    remedy: remedy.into(),
                    commands,
                }],
                diff: diff.into(),
                ..object(set, Verdict::Rejected, vec![changed(path, "8Gi", "20Gi", vec![size], false)])
            },
            object(id("networking.k8s.io/v1", "NetworkPolicy", "my-redis"), Verdict::Added, Vec::new()),
        ],
        ..Plan::default()
    }
}

/// New pods one after the other, and nothing to look at.
pub fn safe() -> Plan {
    Plan {
        release: "web".into(),
        namespace: "default".into(),
        old: side("old", "1.0.0", "1.0"),
        new: side("new", "1.0.1", "1.0"),
        outcome: Outcome::Safe,
        objects: vec![
            object(
                id("apps/v1", "Deployment", "web"),
                Verdict::RollsPods,
                vec![changed("spec.template.spec.containers[web].image", "web:1", "web:2", Vec::new(), true)],
            ),
            object(id("v1", "Service", "web"), Verdict::Unchanged, Vec::new()),
        ],
        restarts: vec![Restart {
            workload: id("apps/v1", "Deployment", "web"),
            order: RestartOrder::Surge,
            reasons: texts(&["image changes"]),
            noise: Vec::new(),
            ..restart("web", &["web-*"], &[])
        }],
        ..Plan::default()
    }
}

/// A side that does not render.
pub fn broken() -> Plan {
    let problem = Problem {
        message: "nil pointer evaluating interface {}.enabled".into(),
        place: place("redis/templates/configmap.yaml", 2),
        help: Some("`auth` is null in values.yaml:1; set it to a map".into()),
    };
    let mut plan = Plan { outcome: Outcome::Unknown, ..safe() };
    plan.new.problems.push(problem);
    plan.concerns.push(Concern::new(
        ConcernCode::CannotRender,
        "the new side, chart: nil pointer evaluating interface {}.enabled",
    ));
    plan
}

/// Two sides that are the same.
pub fn nothing() -> Plan {
    let mut plan = Plan { outcome: Outcome::Nothing, ..safe() };
    plan.restarts.clear();
    plan.objects.remove(0);
    plan
}
