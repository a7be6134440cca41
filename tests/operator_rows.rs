//! Every rule for a field of the operator's custom resources, in tests/operator/rows.yaml: what keeps it passes lint and the
//! webhook, what breaks it is refused by whom the row says.

use chartwright::diag::Severity;
use chartwright::kube::Quantity;
use chartwright::lint::{LintInput, lint};
use chartwright::operator::webhook::{Claim, Seen, updated};
use chartwright::operator::{RedisCluster, check};
use chartwright::value::from_node;
use chartwright::yaml;
use serde_json::{Value as Json, json};
use std::sync::Arc;

fn rows() -> Vec<Json> {
    let node = yaml::decode(include_bytes!("operator/rows.yaml")).expect("a list");
    from_node(&node).expect("rows")
}

fn text<'r>(row: &'r Json, key: &str) -> &'r str {
    row.get(key).and_then(Json::as_str).unwrap_or_default()
}

/// The object that a row says at `key`.
fn object(row: &Json, key: &str) -> Json {
    let kind = Some(text(row, "kind")).filter(|kind| !kind.is_empty()).unwrap_or("RedisCluster");
    let mut object = json!({"apiVersion": "redis.io/v1", "kind": kind, "metadata": {"name": "c"}});
    let said = row.get(key).cloned().unwrap_or_default();
    match text(row, "annotation") {
        "" => object["spec"] = said,
        annotation => {
            object["metadata"]["annotations"] = json!({ annotation: said });
            object["spec"] = json!({"storage": {}});
        }
    }
    if let Some(status) = row.get("status") {
        object["status"] = status.clone();
    }
    object
}

fn node(object: &Json) -> chartwright::value::Node {
    yaml::decode(object.to_string().as_bytes()).expect("an object")
}

/// Errors of lint, with their rules.
fn linted(object: &Json) -> Vec<String> {
    let manifests = vec![(Arc::from("a.yaml"), Arc::from(object.to_string()))];
    let found = lint(&LintInput { manifests, ..LintInput::default() });
    let errors = found.into_iter().filter(|finding| finding.diagnostic.severity == Severity::Error);
    errors.map(|finding| format!("{} {}: {}", finding.rule(), finding.path, finding.diagnostic.message)).collect()
}

/// What the webhook says of a change.
fn changed(row: &Json, key: &str) -> Vec<String> {
    let stored = |key: &str| RedisCluster::stored(&node(&object(row, key)), true).expect("a cluster");
    let mut seen = Seen::default();
    if let Some(size) = Quantity::parse(text(row, "claim")) {
        let class = Some(text(row, "class").to_owned()).filter(|class| !class.is_empty());
        seen.classes = class.clone().map(|class| [(class, Some(false))].into());
        seen.claims = Some(vec![Claim { size, class }]);
    }
    updated(&stored("from"), &stored(key), &seen).refusals.iter().map(ToString::to_string).collect()
}

#[test]
fn k02_every_rule_passes_what_keeps_it_and_refuses_what_breaks_it() {
    let rows = rows();
    for row in &rows {
        let (name, says) = (text(row, "row"), text(row, "says"));
        assert_eq!(linted(&object(row, "good")), [] as [&str; 0], "{name}");
        if row.get("from").is_some() {
            assert_eq!(changed(row, "good"), [] as [&str; 0], "{name}");
            let refusals = changed(row, "bad");
            assert!(refusals.iter().any(|refusal| refusal.contains(says)), "{name}: {refusals:?}");
            continue;
        }
        let bad = object(row, "bad");
        let found = linted(&bad);
        assert!(found.iter().any(|message| message.contains(says)), "{name}: {found:?}");
        let by_schema = !check(&node(&bad)).expect("a kind of the operator").is_empty();
        assert_eq!(by_schema, text(row, "by") == "schema", "{name}: {found:?}");
    }
    assert_eq!(rows.len(), 77);
}

#[test]
fn k03_a_backup_goes_to_exactly_one_place_on_a_day_that_comes_in_a_zone_that_is() {
    let about = ["destination", "schedule", "timeZone"];
    let mut count = 0;
    for row in rows().iter().filter(|row| about.iter().any(|word| text(row, "row").contains(word))) {
        let found = linted(&object(row, "bad"));
        assert!(found.iter().any(|message| message.contains(text(row, "says"))), "{}: {found:?}", text(row, "row"));
        count += 1;
    }
    assert_eq!(count, 9);
}
