//! The root object that templates see as dot: `.Values`, `.Release`, `.Chart` and the rest.

use super::{ChartVersions, Options};
use crate::chart::Files;
use crate::eval::call::World;
use crate::release::Outside;
use crate::value::{Map, MapKind, Str, Value};
use crate::values::{Branch, Prepared};
use std::collections::HashMap;

/// The context of each chart, by the chart's path. Subcharts' tables are parts of the parent's
/// values, by reference: what one template sets, another sees.
pub(super) fn build(prepared: &Prepared, options: &Options) -> HashMap<String, Map> {
    let mut contexts = HashMap::new();
    let shared = Shared {
        release: options.release.to_value(),
        capabilities: options.capabilities.to_value(),
        versions: &options.chart_versions,
    };
    shared.chart(&prepared.charts, prepared.charts.name().to_owned(), 0, prepared.to_values(), &mut contexts);
    contexts
}

struct Shared<'o> {
    release: Value,
    capabilities: Value,
    versions: &'o ChartVersions,
}

impl Shared<'_> {
    fn chart(
        &self,
        branch: &Branch,
        path: String,
        depth: usize,
        values: Map,
        contexts: &mut HashMap<String, Map>,
    ) -> Map {
        let subcharts = Map::new();
        let context = Map::new();
        context.insert("Chart", self.versions.metadata(branch, depth));
        context.insert("Files", Value::object(Files::new(branch.chart.files())));
        context.insert("Release", self.release.clone());
        context.insert("Capabilities", self.capabilities.clone());
        context.insert("Values", Value::Map(values.cast(MapKind::Values)));
        context.insert("Subcharts", Value::Map(subcharts.clone()));
        for child in &branch.children {
            let table = match values.get(child.name().as_bytes()) {
                Some(Value::Map(table)) => table,
                _ => Map::new(),
            };
            let inner = self.chart(child, format!("{path}/charts/{}", child.name()), depth + 1, table, contexts);
            subcharts.insert(child.name(), Value::Map(inner));
        }
        contexts.insert(path, context.cast(MapKind::Values));
        context
    }
}

/// Sets `.Template`, which names the file that is running.
pub(super) fn name_template(context: &Map, path: &str, base: &str) {
    let entries = [("Name", path), ("BasePath", base)].map(|(key, text)| (Str::from(key), Value::from(text)));
    context.pass("Template", Map::fleeting(entries.into()));
}

impl World for Outside {
    fn now(&self) -> (i64, u32) {
        Outside::now(self)
    }

    fn zone(&self) -> String {
        Outside::zone(self)
    }

    fn random(&self, buffer: &mut [u8]) {
        Outside::random(self, buffer);
    }

    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Value {
        Outside::lookup(self, api_version, kind, namespace, name)
    }

    fn resolve(&self, host: &str) -> Result<String, String> {
        Outside::resolve(self, host)
    }
}
