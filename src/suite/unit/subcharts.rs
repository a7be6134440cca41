//! Which charts a chart's suites are of: its own, and those of subcharts that are switched on.

use super::Settings;
use crate::chart::Chart;
use crate::value::{Data, Node};
use crate::values::Values;
use crate::yaml;

/// A chart with suites.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Its folder.
    pub path: String,
    /// Where it stands in the tree: `parent/charts/child`.
    pub route: String,
}

/// The chart and, where they are wanted, its subcharts.
pub(super) fn places(chart: &Chart, path: &str, settings: &Settings<'_>) -> Vec<Place> {
    let mut places = vec![Place { path: path.to_owned(), route: chart.name().to_owned() }];
    if settings.with_subcharts && !chart.dependencies().is_empty() {
        let mut merged = Values { root: chart.values().clone(), ..Values::default() };
        for name in &settings.values {
            let node = std::fs::read(name).ok().and_then(|text| yaml::decode_v3(&text).ok());
            if let Some(node) = node.filter(|node| matches!(node.data, Data::Map(_))) {
                merged.root.merge(node);
            }
        }
        let first = Place { path: path.to_owned(), route: chart.name().to_owned() };
        below(chart, &first, &merged.root, &mut places);
    }
    places
}

fn below(chart: &Chart, at: &Place, values: &Node, places: &mut Vec<Place>) {
    for child in chart.dependencies() {
        if !is_enabled(chart, child.name(), values) {
            continue;
        }
        let name = child.name();
        let place = Place { path: format!("{}/charts/{name}", at.path), route: format!("{}/charts/{name}", at.route) };
        places.push(place.clone());
        below(child, &place, values, places);
    }
}

/// A condition decides, else tags do; what is not said is yes.
fn is_enabled(parent: &Chart, name: &str, values: &Node) -> bool {
    let dependencies = parent.metadata().dependencies.iter().flatten();
    let named = |own: &str, alias: &str| if alias.is_empty() { own == name } else { alias == name };
    let Some(found) = dependencies.into_iter().find(|dependency| named(&dependency.name, &dependency.alias)) else {
        return true;
    };
    if !found.condition.is_empty() {
        return values.find(&found.condition).and_then(Node::as_bool).unwrap_or(true);
    }
    let Some(tags) = values.get("tags").filter(|tags| tags.as_map().is_some()) else { return true };
    found.tags.is_empty() || found.tags.iter().any(|tag| tags.get(tag).and_then(Node::as_bool) == Some(true))
}
