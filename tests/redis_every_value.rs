//! No value of the Redis chart is dead: each is set to something else, and something else is rendered.

mod redis_objects;

use chartwright::redis;
use redis_objects::{Release, refusal, text};
use serde_json::{Value as Json, json};

/// Releases in which, together, every value means something.
const SHAPES: &[&str] = &[
    "{mode: replica, redis: {password: x}, metrics: {enabled: true}, networkPolicy: {enabled: true}, monitoring: {serviceMonitor: {enabled: true}, prometheusRule: {enabled: true}}, rbac: {create: true, rules: [{apiGroups: [a]}]}}",
    "{mode: replica, service: {type: LoadBalancer}, autoscaling: {enabled: true}}",
    "{mode: standalone, serviceAccount: {create: false}}",
    "{replication: {enabled: false}, test: {image: {repository: a, tag: b}}}",
    "{mode: replica, redis: {existingSecret: s}, podDisruptionBudget: {maxUnavailable: '', minAvailable: ''}}",
    "{mode: replica, image: {tag: ''}}",
];

/// The same for the sections that are off in all of those.
const OPTIONAL: &[&str] = &[
    "{mode: replica, redis: {password: x}, tls: {enabled: true, existingSecret: a, plain: true}, acl: {enabled: true, existingSecret: b, replicationUser: c}}",
    "{backup: {enabled: true}, metrics: {enabled: true}, monitoring: {prometheusRule: {enabled: true}}}",
    "{backup: {enabled: true, image: {repository: a, tag: b}}}",
];

/// Values of the kind that a schema describes, some of which differ from any default.
fn samples(schema: &Json) -> Vec<Json> {
    let of_format = match text(&schema["format"]) {
        "quantity" | "storage-size" => json!(["3Gi"]),
        "cron" => json!(["5 5 * * *"]),
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
    let rendered = |shapes: &'static [&'static str]| -> Vec<_> {
        shapes.iter().map(|shape| (*shape, output(shape).expect("a good release"))).collect()
    };
    let (usual, optional) = (rendered(SHAPES), rendered(OPTIONAL));
    let root = redis::Values::json_schema();
    let mut dead = Vec::new();
    for (path, _) in redis::docs().iter().filter(|(_, doc)| doc.is_leaf) {
        let schema = path.split('.').fold(root, |schema, key| redis::shape_of(root, &schema["properties"][key]));
        let samples = samples(schema);
        let is_optional = ["tls.", "acl.", "backup."].iter().any(|section| path.starts_with(section));
        let is_read = if is_optional { &optional } else { &usual }.iter().any(|(shape, before)| {
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
