//! Writes what is made from types, comments and rules: `cargo run --example generate`.
//!
//! In: the types in src/redis, the comments of chart/values.yaml, the scenario files chart/values-*.yaml, the types and
//! rules of lint, and those of plans. Out: chart/values.schema.json, chart/README.md, docs/rules.md, ops/redis.mk and schemas/*.schema.json. A test compares and names this
//! command; it needs `--features redis`, which is on by default.

use chartwright::redis::{self, Checked, Doc, schema_text, shape_of};
use chartwright::value::{Data, Node};
use chartwright::{Layer, lint, ops, plan, report, yaml};
use minijinja::{Environment, UndefinedBehavior, context};
use std::path::{Path, PathBuf};

/// A file to write.
pub struct Generated {
    /// Where, below the root of the repository.
    pub path: &'static str,
    /// What.
    pub text: String,
}

/// Why a file cannot be made.
pub type Error = Box<dyn std::error::Error>;

/// Every generated file, in an order in which no later one changes an earlier one.
pub fn all() -> Result<Vec<Generated>, Error> {
    Ok(vec![
        Generated { path: "chart/values.schema.json", text: schema_text(redis::Values::json_schema()) },
        Generated { path: "schemas/redis-values.schema.json", text: schema_text(redis::Values::file_schema()) },
        Generated { path: "chart/README.md", text: readme()? },
        Generated { path: "docs/rules.md", text: lint::docs::page() },
        Generated { path: "schemas/chartwright-config.schema.json", text: schema_text(&config_schema()) },
        Generated { path: "schemas/data-rule.schema.json", text: schema_text(&lint::data::schema()) },
        Generated { path: "schemas/finding.schema.json", text: schema_text(&report::json::schema()) },
        Generated { path: "schemas/plan.schema.json", text: schema_text(&report::plan::json::schema()) },
        Generated { path: "ops/redis.mk", text: makefile()? },
    ])
}

/// The Makefile for a release with the chart's own values.
fn makefile() -> Result<String, Error> {
    let facts = ops::ReleaseFacts::read(&[], "redis", "default");
    let facts = facts.map_err(|wrong| format!("the chart's own values are wrong: {wrong:?}"))?;
    Ok(ops::makefile(&facts)?)
}

/// The schema of chartwright.yaml: what lint says of it, and what plan says of its part.
fn config_schema() -> serde_json::Value {
    let mut schema = lint::config::schema();
    let mut plan = plan::config::schema();
    let part = plan.as_object_mut();
    let definitions = part.and_then(|plan| plan.remove("$defs")).and_then(|defs| defs.as_object().cloned());
    if let Some(plan) = plan.as_object_mut() {
        plan.remove("$schema");
        plan.remove("title");
    }
    let text = schema.pointer("/properties/plan/description").cloned();
    if let (Some(plan), Some(text)) = (plan.as_object_mut(), text) {
        plan.insert("description".into(), text);
    }
    if let Some(slot) = schema.pointer_mut("/properties/plan") {
        *slot = plan;
    }
    if let Some(own) = schema.pointer_mut("/$defs").and_then(|defs| defs.as_object_mut()) {
        own.extend(definitions.into_iter().flatten());
    }
    schema
}

/// The root of the repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A row of the README's table of values.
#[derive(serde::Serialize)]
struct Row {
    path: String,
    kind: String,
    default: String,
    text: String,
}

/// A row of the README's table of scenarios.
#[derive(serde::Serialize)]
struct Scenario {
    file: String,
    purpose: String,
    refused: bool,
    mode: String,
    pods: String,
    cpu: String,
    memory: String,
    storage: String,
    extras: String,
}

fn readme() -> Result<String, Error> {
    let metadata = yaml::decode(&std::fs::read(root().join("chart/Chart.yaml"))?)?;
    let defaults = yaml::decode(&std::fs::read(root().join("chart/values.yaml"))?)?;
    let docs = redis::docs();
    let rows: Vec<Row> =
        docs.iter().filter(|(_, doc)| doc.is_leaf).map(|(path, doc)| row(path, doc, &defaults)).collect();
    // The version at hand has serde always, and warns of a later one that will have it on request only.
    #[allow(deprecated)]
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_keep_trailing_newline(true);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.add_template("README.md", include_str!("README.md.jinja"))?;
    let template = environment.get_template("README.md")?;
    let version = text_at(&metadata, "version").unwrap_or_default();
    let app_version = text_at(&metadata, "appVersion").unwrap_or_default();
    let kube_version = text_at(&metadata, "kubeVersion").unwrap_or_default();
    let scenarios = scenarios()?;
    Ok(template.render(context! { version, app_version, kube_version, rows, scenarios })?)
}

fn row(path: &str, doc: &Doc, defaults: &Node) -> Row {
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    let value = path.split('.').try_fold(defaults, |node, key| node.get(key)).map(|node| node.to_value());
    let json = value.and_then(|value| yaml::to_json(&value, false).ok()).unwrap_or_default();
    Row {
        path: path.to_owned(),
        kind: cell(&kind(path)),
        default: cell(String::from_utf8_lossy(&json).trim()),
        text: cell(&doc.text),
    }
}

/// What the schema says of a value, in a word or two.
fn kind(path: &str) -> String {
    let root = redis::Values::json_schema();
    let schema = path
        .split('.')
        .try_fold(root, |schema, key| schema.get("properties")?.get(key).map(|inner| shape_of(root, inner)));
    let Some(schema) = schema else { return String::new() };
    if let Some(words) = schema.get("enum").and_then(|words| words.as_array()) {
        let words = words.iter().filter_map(|word| word.as_str());
        return words.map(|word| if word.is_empty() { "empty" } else { word }).collect::<Vec<_>>().join(", ");
    }
    if let Some(format) = schema.get("format").and_then(|format| format.as_str()).filter(|format| *format != "text") {
        return format.to_owned();
    }
    let types = match schema.get("type") {
        Some(serde_json::Value::Array(types)) => types.iter().filter_map(|t| t.as_str()).collect(),
        Some(serde_json::Value::String(one)) => vec![one.as_str()],
        _ => Vec::new(),
    };
    let bound = |key: &str| schema.get(key).map(|bound| bound.to_string());
    match (types.join(" or "), bound("minimum"), bound("maximum")) {
        (name, Some(low), Some(high)) => format!("{name} {low}–{high}"),
        (name, Some(low), None) => format!("{name} from {low}"),
        (name, None, Some(high)) => format!("{name} up to {high}"),
        (name, None, None) => name,
    }
}

fn text_at(node: &Node, path: &str) -> Option<String> {
    match &path.split('.').try_fold(node, |node, key| node.get(key))?.data {
        Data::Str(text) => Some(text.to_text().into_owned()),
        Data::Float(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The scenario files by name.
pub fn scenario_files() -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join("chart"))? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with("values-") && name.ends_with(".yaml") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn scenarios() -> Result<Vec<Scenario>, Error> {
    scenario_files()?.iter().map(|path| scenario(path)).collect()
}

fn scenario(path: &Path) -> Result<Scenario, Error> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let bytes = std::fs::read(path)?;
    let head = String::from_utf8_lossy(&bytes);
    let purpose: Vec<&str> = head.lines().map_while(|line| line.strip_prefix('#')).map(str::trim).collect();
    // The purpose ends where commands begin.
    let is_command = |line: &&str| line.starts_with("helm ") || line.starts_with("kubectl ");
    let lines = purpose.iter().take_while(|line| !line.is_empty() && !is_command(line) && !line.starts_with("- "));
    let purpose = lines.copied().collect::<Vec<_>>().join(" ");
    let Checked { values, .. } = redis::check(&[Layer::File { name: name.clone(), bytes: bytes.clone() }]);
    let values = values.ok_or_else(|| format!("{name} cannot be read"))?;
    let mode = values.mode();
    let pods = match mode {
        Ok(redis::Mode::Replica) => 1 + values.replication.replicas,
        _ => values.replica_count,
    };
    let amount = |resource: &str| {
        let of = |side: &Option<std::collections::BTreeMap<String, redis::Quantity>>| {
            side.as_ref().and_then(|side| side.get(resource)).map_or("–".to_owned(), ToString::to_string)
        };
        format!("{} / {}", of(&values.resources.requests), of(&values.resources.limits))
    };
    let extras = [
        ("password required", values.redis.require_password),
        ("metrics", values.metrics.enabled),
        ("ServiceMonitor", values.monitoring.service_monitor.enabled),
        ("PrometheusRule", values.monitoring.prometheus_rule.enabled),
        ("NetworkPolicy", values.network_policy.enabled),
        ("autoscaling", values.autoscaling.enabled),
    ];
    let extras: Vec<&str> = extras.iter().filter(|(_, on)| *on).map(|(name, _)| *name).collect();
    Ok(Scenario {
        file: name,
        purpose,
        refused: mode.is_err(),
        mode: mode.map_or_else(|_| values.mode.clone(), |mode| mode.to_string()),
        pods: pods.to_string(),
        cpu: amount("cpu"),
        memory: amount("memory"),
        storage: if values.persistence.enabled { values.persistence.size.to_string() } else { "–".to_owned() },
        extras: if extras.is_empty() { "–".to_owned() } else { extras.join(", ") },
    })
}

fn main() -> Result<(), Error> {
    for generated in all()? {
        let path = root().join(generated.path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        if std::fs::read(&path).is_ok_and(|old| old == generated.text.as_bytes()) {
            continue;
        }
        std::fs::write(&path, &generated.text)?;
        println!("wrote {}", generated.path);
    }
    Ok(())
}
