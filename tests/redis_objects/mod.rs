//! What the tests of the Redis chart render: a release, as the objects and notes that come of it.
//!
//! In: values as a values file has them. Out: [`Objects`], to look things up in.
#![allow(dead_code)] // not every test file needs all of it

use chartwright::{Compiled, Layer, Options, Values, redis};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

pub static CHART: LazyLock<Compiled> =
    LazyLock::new(|| Compiled::new(&redis::chart().expect("the embedded chart loads")));

/// A release, with its values as a values file has them.
pub struct Release<'a> {
    pub name: &'a str,
    pub values: &'a str,
}

/// What was rendered: the objects, test pod included, and the notes.
pub struct Objects {
    pub all: Vec<Json>,
    pub notes: String,
}

impl Release<'_> {
    pub fn try_render(&self, sets: &[String]) -> Result<Objects, String> {
        self.with(sets, |_| {})
    }

    pub fn with(&self, sets: &[String], change: impl Fn(&mut Options)) -> Result<Objects, String> {
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
pub fn render(values: &str) -> Objects {
    Release { name: "r", values }.try_render(&[]).unwrap_or_else(|error| panic!("{values}: {error}"))
}

pub fn refusal(values: &str) -> String {
    match (Release { name: "r", values }).try_render(&[]) {
        Ok(_) => panic!("accepted: {values}"),
        Err(message) => message,
    }
}

impl Objects {
    pub fn find(&self, kind: &str, name: &str) -> Option<&Json> {
        self.all.iter().find(|o| o["kind"] == kind && o["metadata"]["name"] == name)
    }

    pub fn get(&self, kind: &str, name: &str) -> &Json {
        self.find(kind, name).unwrap_or_else(|| panic!("no {kind} {name} in {:?}", self.names()))
    }

    pub fn of_kind(&self, kind: &str) -> Vec<&Json> {
        self.all.iter().filter(|o| o["kind"] == kind).collect()
    }

    pub fn names(&self) -> Vec<String> {
        self.all.iter().map(|o| format!("{}/{}", text(&o["kind"]), text(&o["metadata"]["name"]))).collect()
    }

    pub fn set(&self) -> &Json {
        self.of_kind("StatefulSet").first().expect("there is one StatefulSet")
    }

    pub fn pod(&self) -> &Json {
        &self.set()["spec"]["template"]
    }

    pub fn redis(&self) -> &Json {
        container(self.pod(), "redis")
    }
}

pub fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

pub fn list(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub fn container<'a>(pod: &'a Json, name: &str) -> &'a Json {
    named(&pod["spec"]["containers"], name)
}

pub fn named<'a>(items: &'a Json, name: &str) -> &'a Json {
    list(items).iter().find(|item| item["name"] == name).unwrap_or_else(|| panic!("no {name} in {items}"))
}

/// Whether a selector's labels are all among these.
pub fn selects(selector: &Json, labels: &Json) -> bool {
    selector.as_object().is_some_and(|wanted| wanted.iter().all(|(key, value)| &labels[key] == value))
}

pub fn chart_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("chart")
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Case {
    pub set: Vec<String>,
    pub expect: Option<String>,
    pub error: Option<String>,
}

/// Every values file that comes with the chart, with what chartwright.yaml says of it.
pub fn scenarios() -> Vec<(String, String, Case)> {
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

/// What the Pod Security level `restricted` asks, and a read-only root on top.
pub fn restricted(pod: &Json) -> Vec<String> {
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
