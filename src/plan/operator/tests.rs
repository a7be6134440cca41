//! What plans say of RedisClusters.

use crate::kube::Minor;
use crate::plan::{ClaimFate, Concern, ConcernCode, Plan, RestartOrder, Settings, Side, Verdict, plan};

fn side(text: &str) -> Side {
    Side::of_manifests("a", "r", "data", &[("a.yaml".into(), text.into())])
}

fn planned(old: &str, new: &str) -> Plan {
    plan(&side(old), &side(new), &Settings { kube: Minor(35), ..Settings::default() })
}

/// A RedisCluster named `cache`.
fn cluster(spec: &str) -> String {
    with("{}", spec)
}

fn with(annotations: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: redis.io/v1\nkind: RedisCluster\nmetadata: {{name: cache, annotations: {annotations}}}\nspec: {spec}\n"
    )
}

fn operator(tag: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: redis-operator, namespace: redis-system}}\nspec:\n  \
         template:\n    spec:\n      containers:\n      - name: manager\n        image: ghcr.io/howl-cloud/redis-operator:{tag}\n        \
         args: [--leader-elect=true, --webhook-enabled=true]\n        env:\n        - {{name: OPERATOR_IMAGE_NAME, value: \
         'ghcr.io/howl-cloud/redis-operator:{tag}'}}\n"
    )
}

fn told(plan: &Plan, code: ConcernCode) -> Vec<&Concern> {
    plan.concerns.iter().filter(|concern| concern.code == code).collect()
}

fn codes(plan: &Plan) -> Vec<ConcernCode> {
    let mut codes: Vec<ConcernCode> = plan.concerns.iter().map(|concern| concern.code).collect();
    codes.sort();
    codes.dedup();
    codes
}

fn pods(plan: &Plan) -> Vec<&str> {
    plan.restarts.iter().flat_map(|restart| restart.pods.iter().map(String::as_str)).collect()
}

/// Verdict and refusals of the only object.
fn judged(old: &str, new: &str) -> (Verdict, Vec<String>) {
    let (old, new) = (side(old), side(new));
    let settings = Settings { kube: Minor(35), ..Settings::default() };
    let both = crate::plan::Both::new(&old, &new, &settings);
    let compared = both.pairs.first().expect("an object");
    (compared.verdict, compared.rejections.iter().map(|rejection| rejection.message.clone()).collect())
}

#[test]
fn k05_another_image_restarts_replicas_from_the_last_and_the_primary_after_a_switchover() {
    let old = cluster("{instances: 3, storage: {}}");
    let plan = planned(&old, &cluster("{instances: 3, imageName: 'redis:7.2.5', storage: {}}"));
    assert_eq!(pods(&plan), ["cache-2", "cache-1", "cache-0"]);
    assert_eq!(plan.restarts.first().map(|restart| restart.order), Some(RestartOrder::OneByOne));
    let reasons: Vec<&String> = plan.restarts.iter().flat_map(|restart| &restart.reasons).collect();
    assert_eq!(reasons, ["spec.imageName changes from redis:7.2 to redis:7.2.5"]);
    assert_eq!(codes(&plan), [ConcernCode::WriteOutage]);
    assert_eq!(judged(&old, &cluster("{instances: 3, imageName: 'redis:7.2.5', storage: {}}")).0, Verdict::RollsPods);
}

#[test]
fn a_primary_that_the_object_names_comes_last() {
    let old = "apiVersion: redis.io/v1\nkind: RedisCluster\nmetadata: {name: cache}\nspec: {instances: 3, storage: {}}\n\
               status: {currentPrimary: cache-1}\n";
    let plan = planned(old, &cluster("{instances: 3, redis: {hz: '20'}, storage: {}}"));
    assert_eq!(pods(&plan), ["cache-2", "cache-0", "cache-1"]);
    let notes = plan.restarts.iter().flat_map(|restart| &restart.notes).cloned().collect::<Vec<_>>().join("\n");
    assert!(notes.contains("cache-1 is the primary"), "{notes}");
    assert!(notes.contains("CONFIG SET), and restarting pods all the same: hz"), "{notes}");
}

#[test]
fn amounts_in_other_units_and_written_out_defaults_restart_nothing() {
    let old = cluster("{storage: {}, resources: {limits: {memory: 1Gi, cpu: 1}}}");
    let new = "{storage: {size: 1024Mi, type: pvc}, mode: standalone, instances: 1, authSecret: {name: cache-auth}, \
               imageName: 'redis:7.2', resources: {limits: {memory: 1024Mi, cpu: 1000m}, requests: {cpu: 100m, memory: 128Mi}}}";
    let plan = planned(&old, &cluster(new));
    assert_eq!(plan.restarts, []);
    assert_eq!(plan.concerns, []);
    assert_eq!(plan.claims.iter().map(|claim| claim.fate).collect::<Vec<_>>(), [ClaimFate::Kept]);
}

#[test]
fn k06_a_supervised_primary_waits_for_exactly_true() {
    let spec = |image: &str| {
        format!("{{instances: 3, primaryUpdateStrategy: supervised, imageName: '{image}', storage: {{}}}}")
    };
    let plan = planned(&cluster(&spec("redis:7.2")), &cluster(&spec("redis:7.2.5")));
    let steps = told(&plan, ConcernCode::ManualStep);
    let commands: Vec<&String> = steps.iter().flat_map(|concern| &concern.commands).collect();
    assert_eq!(
        commands,
        [
            "kubectl -n data wait redisclusters.redis.io/cache --for=condition=PrimaryUpdateWaiting --timeout=30m",
            "kubectl -n data get pods -l redis.io/cluster=cache -o wide",
            "kubectl -n data annotate redisclusters.redis.io cache redis.io/approve-primary-update=true --overwrite",
        ]
    );
    // What the operator's own guide says is refused by its own webhook.
    for value in ["approved", "1700000000"] {
        let new = with(&format!("{{redis.io/approve-primary-update: '{value}'}}"), &spec("redis:7.2.5"));
        let (verdict, refusals) = judged(&cluster(&spec("redis:7.2")), &new);
        assert_eq!(verdict, Verdict::Rejected);
        assert_eq!(
            refusals,
            [format!(
                "admission webhook \"vrediscluster.redis.io\" denied the request: metadata.annotations.\
                 redis.io/approve-primary-update: Invalid value: \"{value}\": must be \"true\" when present"
            )]
        );
    }
    let new = with("{redis.io/approve-primary-update: 'true'}", &spec("redis:7.2.5"));
    let approved = planned(&cluster(&spec("redis:7.2")), &new);
    assert_eq!(codes(&approved), [ConcernCode::WriteOutage, ConcernCode::NotApplied]);
}

#[test]
fn k07_another_operator_restarts_every_pod_of_data() {
    let own = cluster("{instances: 3, storage: {}}");
    let old = format!("{}{own}", operator("0.2.5"));
    let mut plan = planned(&old, &format!("{}{own}", operator("0.2.6")));
    // Its own pod restarts as that of any Deployment does.
    plan.restarts.retain(|restart| restart.workload.kind == "RedisCluster");
    assert_eq!(pods(&plan), ["cache-2", "cache-1", "cache-0"]);
    let reasons: Vec<&String> = plan.restarts.iter().flat_map(|restart| &restart.reasons).collect();
    let from = "ghcr.io/howl-cloud/redis-operator:0.2.5";
    assert_eq!(
        reasons,
        [&format!("the operator's image changes from {from} to ghcr.io/howl-cloud/redis-operator:0.2.6")]
    );
    let others = told(&plan, ConcernCode::Unknown);
    assert!(others.iter().any(|concern| concern.message.contains("also of those that are not part of this release")));
    // Both at once restart pods twice.
    let both = planned(
        &old,
        &format!("{}{}", operator("0.2.6"), cluster("{instances: 3, imageName: 'redis:7.2.5', storage: {}}")),
    );
    assert_eq!(told(&both, ConcernCode::ManualStep).len(), 1);
    // Nothing else of the Deployment counts.
    let moved = operator("0.2.5").replace("leader-elect=true", "leader-elect=false");
    let moved = planned(&old, &format!("{moved}{own}"));
    assert!(moved.restarts.iter().all(|restart| restart.workload.kind != "RedisCluster"), "{:?}", moved.restarts);
}

#[test]
fn an_operator_alone_says_that_the_clusters_are_elsewhere() {
    let plan = planned(&operator("0.2.5"), &operator("0.2.6"));
    let concerns = told(&plan, ConcernCode::Unknown);
    let [concern] = concerns.as_slice() else { panic!("{:?}", plan.concerns) };
    assert!(concern.commands.iter().all(|command| command.starts_with("kubectl get redisclusters.redis.io -A ")));
}

#[test]
fn an_operator_does_not_come_together_with_its_clusters() {
    let plan = planned("", &format!("{}{}", operator("0.2.6"), cluster("{storage: {}}")));
    let steps = told(&plan, ConcernCode::ManualStep);
    let commands: Vec<&String> = steps.iter().flat_map(|concern| &concern.commands).collect();
    assert_eq!(commands, ["kubectl -n redis-system rollout status deployment redis-operator --timeout=5m"]);
    assert_eq!(plan.restarts, []);
}

#[test]
fn fields_outside_of_the_hash_reach_no_running_pod() {
    let old = cluster("{instances: 3, storage: {}}");
    let plan = planned(&old, &cluster("{instances: 3, nodeSelector: {disk: ssd}, storage: {}}"));
    assert_eq!(plan.restarts, []);
    let concerns = told(&plan, ConcernCode::NotApplied);
    let commands: Vec<&String> = concerns.iter().flat_map(|concern| &concern.commands).collect();
    let delete = |pod: &str| format!("kubectl -n data delete pod {pod}");
    assert_eq!(commands, [&delete("cache-2"), &delete("cache-1"), &delete("cache-0")]);
    // With another image they come along.
    let both =
        planned(&old, &cluster("{instances: 3, nodeSelector: {disk: ssd}, imageName: 'redis:7.2.5', storage: {}}"));
    assert_eq!(codes(&both), [ConcernCode::WriteOutage]);
    let synchronous = planned(&old, &cluster("{instances: 3, minSyncReplicas: 1, maxSyncReplicas: 1, storage: {}}"));
    assert_eq!(codes(&synchronous), [ConcernCode::NotApplied]);
}

#[test]
fn sentinels_are_left_behind_unless_the_password_is_another() {
    let spec = |more: &str| cluster(&format!("{{mode: sentinel, instances: 3, storage: {{}}{more}}}"));
    let image = planned(&spec(""), &spec(", imageName: 'redis:7.2.5'"));
    let concerns = told(&image, ConcernCode::NotApplied);
    assert_eq!(concerns.iter().map(|concern| concern.path.as_str()).collect::<Vec<_>>(), ["spec.imageName"]);
    let password = planned(&spec(""), &spec(", authSecret: {name: other}"));
    assert_eq!(codes(&password), [ConcernCode::WriteOutage, ConcernCode::Availability]);
}

#[test]
fn one_server_is_away_while_it_restarts_and_in_memory_its_data_are_gone() {
    let image = "imageName: 'redis:7.2.5'";
    let plan = planned(&cluster("{storage: {}}"), &cluster(&format!("{{storage: {{}}, {image}}}")));
    assert_eq!(codes(&plan), [ConcernCode::Outage]);
    let memory = "storage: {type: emptyDir}";
    let plan = planned(&cluster(&format!("{{{memory}}}")), &cluster(&format!("{{{memory}, {image}}}")));
    assert_eq!(codes(&plan), [ConcernCode::DataLoss]);
    assert_eq!(plan.claims, []);
}

#[test]
fn shards_restart_from_the_last_and_supervision_counts_for_nothing() {
    let spec = |more: &str| {
        cluster(&format!(
            "{{mode: cluster, replicasPerShard: 1, primaryUpdateStrategy: supervised, storage: {{}}{more}}}"
        ))
    };
    let plan = planned(&spec(""), &spec(", redis: {hz: '20'}"));
    assert_eq!(pods(&plan), ["cache-5", "cache-4", "cache-3", "cache-2", "cache-1", "cache-0"]);
    assert_eq!(codes(&plan), [ConcernCode::WriteOutage, ConcernCode::NotApplied]);
}

#[test]
fn storage_grows_where_it_stands_and_never_shrinks() {
    let size = |size: &str| cluster(&format!("{{storage: {{size: {size}, storageClassName: fast}}}}"));
    let grown = planned(&size("5Gi"), &size("10Gi"));
    assert_eq!(grown.restarts, []);
    let shown: Vec<_> = grown.claims.iter().map(|claim| (claim.name.as_str(), claim.fate)).collect();
    assert_eq!(shown, [("cache-data-0", ClaimFate::Resized)]);
    assert_eq!(codes(&grown), [ConcernCode::Unknown]);
    let (verdict, refusals) = judged(&size("10Gi"), &size("5Gi"));
    assert_eq!(verdict, Verdict::Rejected);
    assert!(refusals.iter().all(|text| text.ends_with("below currently requested PVC size \"10Gi\"")), "{refusals:?}");
    let shrunk = planned(&size("10Gi"), &size("5Gi"));
    assert_eq!(shrunk.claims.iter().map(|claim| claim.fate).collect::<Vec<_>>(), [ClaimFate::Kept]);
    let class = planned(&size("5Gi"), &cluster("{storage: {size: 5Gi, storageClassName: slow}}"));
    assert_eq!(codes(&class), [ConcernCode::NotApplied]);
}

#[test]
fn instances_come_and_go_with_their_claims_left_behind() {
    let spec = |count: u32| cluster(&format!("{{instances: {count}, storage: {{}}}}"));
    let fewer = planned(&spec(3), &spec(2));
    assert_eq!(fewer.restarts, []);
    assert_eq!(codes(&fewer), [ConcernCode::OrphanedVolume]);
    let fates: Vec<_> = fewer.claims.iter().map(|claim| claim.fate).collect();
    assert_eq!(fates, [ClaimFate::Kept, ClaimFate::Kept, ClaimFate::Orphaned]);
    let endless = planned(&spec(12), &spec(11));
    assert!(codes(&endless).contains(&ConcernCode::Availability));
    // Pods that are new have the new image from the start.
    let more = planned(&spec(1), &cluster("{instances: 3, imageName: 'redis:7.2.5', storage: {}}"));
    assert_eq!(pods(&more), ["cache-0"]);
    let gone = planned(&spec(2), "");
    assert_eq!(codes(&gone), [ConcernCode::OrphanedVolume, ConcernCode::Outage]);
}

#[test]
fn an_older_redis_is_no_plain_restart() {
    let image = |tag: &str| cluster(&format!("{{instances: 3, imageName: 'redis:{tag}', storage: {{}}}}"));
    let back = planned(&image("7.4"), &image("7.2"));
    assert!(codes(&back).contains(&ConcernCode::Refused));
    let forth = planned(&image("7.2"), &image("7.4"));
    assert_eq!(codes(&forth), [ConcernCode::RollbackUnsafe, ConcernCode::WriteOutage]);
    let old = planned(&image("7.2"), &image("6.2.7"));
    assert!(told(&old, ConcernCode::Refused).iter().any(|concern| concern.message.contains("appenddirname")));
}

#[test]
fn what_the_definition_does_not_have_is_refused_and_schedules_are_judged() {
    let (verdict, refusals) = judged("", &cluster("{instnces: 3, storage: {}}"));
    assert_eq!((verdict, refusals.len()), (Verdict::Rejected, 1));
    let schedule = |text: &str| {
        format!(
            "apiVersion: redis.io/v1\nkind: RedisScheduledBackup\nmetadata: {{name: b}}\nspec: {{schedule: '{text}', \
             clusterName: cache, destination: {{s3: {{bucket: a}}}}}}\n"
        )
    };
    assert_eq!(judged("", &schedule("0 3 * * *")), (Verdict::Added, Vec::new()));
    assert_eq!(judged("", &schedule("0 0 31 2 *")).0, Verdict::Rejected);
    // Without webhooks nobody asks.
    let silent = operator("0.2.6").replace("--webhook-enabled=true", "--webhook-enabled=false");
    let new = format!("{}{silent}", schedule("0 0 31 2 *").replace("apiVersion: redis", "---\napiVersion: redis"));
    assert_eq!(judged("", &new).0, Verdict::Added);
}

#[test]
fn a_name_that_no_server_takes_is_part_of_no_command() {
    let hostile = |image: &str| {
        format!(
            "apiVersion: redis.io/v1\nkind: RedisCluster\nmetadata: {{name: 'a; rm -rf x'}}\nspec: {{primaryUpdateStrategy: \
             supervised, imageName: '{image}', storage: {{}}}}\n"
        )
    };
    let plan = planned(&hostile("redis:7.2"), &hostile("redis:7.2.5"));
    assert_eq!(codes(&plan), [ConcernCode::Refused]);
    let commands: Vec<&String> = plan.concerns.iter().flat_map(|concern| &concern.commands).collect();
    assert!(commands.iter().all(|command| !command.contains(" a; rm")), "{commands:?}");
}

#[test]
fn k09_a_definition_that_takes_less_is_a_concern_and_one_that_goes_takes_its_objects_along() {
    let crd = |fields: &str| {
        format!(
            "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: widgets.example.com}}\n\
             spec:\n  group: example.com\n  names: {{kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}}\n  \
             scope: Namespaced\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema: \
             {{openAPIV3Schema: {{type: object, properties: {{spec: {{type: object, properties: {fields}}}}}}}}}\n"
        )
    };
    let old = crd("{size: {type: integer}, color: {type: string, enum: [red, blue]}}");
    let lost = planned(&old, &crd("{color: {type: string, enum: [red, blue]}}"));
    let concerns = told(&lost, ConcernCode::DataLoss);
    assert_eq!(
        concerns.iter().map(|concern| concern.message.as_str()).collect::<Vec<_>>(),
        ["widgets.example.com v1 spec.size: the field is gone"]
    );
    let narrowed = planned(&old, &crd("{size: {type: integer}, color: {type: string, enum: [red]}}"));
    let concerns = told(&narrowed, ConcernCode::ManualStep);
    assert_eq!(
        concerns.iter().map(|concern| concern.message.as_str()).collect::<Vec<_>>(),
        ["widgets.example.com v1 spec.color: no longer allowed: \"blue\""]
    );
    let more = planned(&old, &crd("{size: {type: integer}, color: {type: string}, shape: {type: string}}"));
    assert_eq!(more.concerns, []);
    assert_eq!(told(&planned(&old, ""), ConcernCode::DataLoss).len(), 1);
}

#[test]
fn k10_from_standalone_to_sentinel_is_a_way_without_return() {
    let spec = |mode: &str| {
        format!(
            "apiVersion: redis.io/v1\nkind: RedisCluster\nmetadata: {{name: cache}}\nspec: {{mode: {mode}, instances: 3, \
             storage: {{}}}}\nstatus: {{currentPrimary: cache-0}}\n"
        )
    };
    let plan = planned(&spec("standalone"), &spec("sentinel"));
    assert_eq!(plan.restarts, []);
    assert_eq!(codes(&plan), [ConcernCode::RollbackUnsafe, ConcernCode::ManualStep]);
    for (old, new) in [("sentinel", "standalone"), ("standalone", "cluster"), ("cluster", "sentinel")] {
        let (verdict, refusals) = judged(&spec(old), &spec(new));
        assert_eq!(verdict, Verdict::Rejected, "{old} to {new}");
        assert!(refusals.iter().any(|text| text.contains("spec.mode: Forbidden: ")), "{refusals:?}");
    }
}
