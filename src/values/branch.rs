//! The charts that take part in a run.
//!
//! In: a loaded [`Chart`]. Out: [`Branch`]es, which processing names, prunes and fills.

use super::layer::{LayerInfo, LayerKind};
use crate::chart::{Chart, File, Metadata};
use crate::value::{Node, Value};
use std::sync::Arc;

/// A chart that takes part, with its effective name and defaults.
#[derive(Debug, Clone)]
pub struct Branch {
    /// The files.
    pub chart: Chart,
    /// Chart.yaml after processing: `name` is the alias if there is one, disabled dependencies
    /// are gone, the others are `enabled`.
    pub metadata: Metadata,
    /// The defaults, with what `import-values` brought; origins point into `Prepared::layers`.
    pub values: Node,
    /// The subcharts that take part, in Helm's order.
    pub children: Vec<Branch>,
}

impl Branch {
    /// The charts as they were loaded; `layers` gets one for the defaults of each.
    pub(super) fn new(chart: &Chart, path: &str, layers: &mut Vec<LayerInfo>) -> Branch {
        let path = if path.is_empty() { chart.name().to_owned() } else { format!("{path}/charts/{}", chart.name()) };
        let layer = u32::try_from(layers.len()).unwrap_or(u32::MAX);
        layers.push(LayerInfo { name: Arc::from(format!("{path}/values.yaml")), kind: LayerKind::Defaults });
        Branch {
            chart: chart.clone(),
            metadata: chart.metadata().clone(),
            values: in_layer(chart.values(), layer),
            children: chart.dependencies().iter().map(|child| Branch::new(child, &path, layers)).collect(),
        }
    }

    /// The effective name: the alias if there is one.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// The map that templates see as `.Chart`. Every call makes a new map.
    pub fn metadata_value(&self, is_root: bool) -> Value {
        self.metadata.to_value(is_root)
    }

    /// The CRD files of this chart and below, each with the path Helm prints: this chart's
    /// first. `path` is the chart's own full path (`redis`, `redis/charts/common`).
    pub fn crds(&self, path: &str) -> Vec<(String, File)> {
        let own = self.chart.crds().map(|file| (format!("{path}/{}", file.name), file.clone()));
        let below = self.children.iter().flat_map(|child| child.crds(&format!("{path}/charts/{}", child.name())));
        own.chain(below).collect()
    }
}

/// The tree as set by this layer; shared, not copied, where it already is, as in a chart that is
/// rendered from its root.
fn in_layer(node: &Node, layer: u32) -> Node {
    if node.origin.layer == layer { node.clone() } else { node.clone().in_layer(layer) }
}
