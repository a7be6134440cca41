//! Why a field changes.
//!
//! In: the change of an object of two sides. Out: [`Cause`]s. Of a chart it is known which template line wrote a field
//! and which values went into it; of manifests only what can be seen in them.

use crate::diag::Place;
use crate::eval::call::Purity;
use crate::manifest::Object;
use crate::manifest::change::{Part, Path};
use crate::matrix;
use crate::path::{Step, show};
use crate::plan::pods::noise::Checksum;
use crate::plan::side::asks;
use crate::plan::{Both, Cause, Change, ChangeKind, Compared, Side};
use crate::render::Written;
use crate::value::{Data, Node};
use crate::values::LayerKind;

/// More causes than this say nothing.
const MOST_VALUES: usize = 6;

/// Why a change happens; `checksums` are those of the object's pods.
pub(in crate::plan) fn causes(
    both: &Both<'_>,
    of: &Compared<'_>,
    change: &Change,
    checksums: &[Checksum],
) -> Vec<Cause> {
    if let Some(checksum) = checksum(change, checksums) {
        let causes = checksum.causes();
        if !causes.is_empty() && !matches!(causes.as_slice(), [Cause::Random { .. }]) {
            return causes;
        }
    }
    let (old, new) = nodes(change);
    let seen = Seen { before: look(both.old, of.pair.old, old), after: look(both.new, of.pair.new, new) };
    let is_random = [(both.old, of.pair.old), (both.new, of.pair.new)]
        .into_iter()
        .any(|(side, object)| object.is_some_and(|object| is_random(side, object, &change.path)));
    let line = seen.after.as_ref().or(seen.before.as_ref()).map(|written| written.place.clone());
    let place = line.map(|place| on_disk(if seen.after.is_some() { both.new } else { both.old }, place));
    if is_random {
        let mut causes = vec![Cause::Random { place: place.clone() }];
        // What is drawn is kept where the cluster has it already.
        if asks(&both.new.attempt, &[Purity::Cluster]) && !both.new.has_objects() {
            causes.push(Cause::Lookup { place });
        }
        return causes;
    }
    let values = seen.values(both);
    if !values.is_empty() {
        return values;
    }
    if is_version(both, change, &seen) {
        return vec![Cause::ChartVersion];
    }
    if place.is_some() { vec![Cause::Template { place }] } else { Vec::new() }
}

/// Why an object is new or gone: the values that decide the branches around it.
pub(in crate::plan) fn causes_of_whole(both: &Both<'_>, of: &Compared<'_>) -> Vec<Cause> {
    let (side, object) = match (of.pair.old, of.pair.new) {
        (None, Some(new)) => (both.new, new),
        (Some(old), None) => (both.old, old),
        _ => return Vec::new(),
    };
    let Some(written) = written(side, object, object.node.origin.line.max(1), 1, true) else { return Vec::new() };
    let paths = written.because.iter().flat_map(|reason| &reason.values).chain(&written.values);
    let causes = differing(both, paths);
    if causes.is_empty() { vec![Cause::Template { place: Some(on_disk(side, written.place)) }] } else { causes }
}

fn checksum<'c>(change: &Change, checksums: &'c [Checksum]) -> Option<&'c Checksum> {
    if !change.path.is_below(&["spec", "template", "metadata", "annotations"]) {
        return None;
    }
    let field = change.path.field()?;
    checksums.iter().find(|checksum| checksum.annotation == field)
}

fn nodes(change: &Change) -> (Option<&Node>, Option<&Node>) {
    match &change.kind {
        ChangeKind::Added(new) => (None, Some(new)),
        ChangeKind::Removed(old) => (Some(old), None),
        ChangeKind::Changed(old, new) => (Some(old), Some(new)),
        ChangeKind::Reordered => (None, None),
    }
}

/// Who wrote a field on each side.
struct Seen {
    before: Option<Written>,
    after: Option<Written>,
}

impl Seen {
    /// The values behind the field that differ.
    fn values(&self, both: &Both<'_>) -> Vec<Cause> {
        let written = self.after.iter().chain(&self.before);
        differing(both, written.flat_map(|written| &written.values))
    }
}

/// Of some values those that differ between the sides, each once.
fn differing<'p>(both: &Both<'_>, paths: impl Iterator<Item = &'p Vec<Step>>) -> Vec<Cause> {
    let mut met: Vec<&Vec<Step>> = Vec::new();
    paths.for_each(|path| {
        if !met.contains(&path) {
            met.push(path);
        }
    });
    let mut causes = Vec::new();
    for path in &met {
        if causes.len() >= MOST_VALUES {
            break;
        }
        let (old, new) = (both.old.attempt.value(path), both.new.attempt.value(path));
        let (old, new) = (old.filter(|node| !node.is_null()), new.filter(|node| !node.is_null()));
        // An empty default that is new changes nothing.
        if old.map(|node| &node.data) == new.map(|node| &node.data)
            || old.is_none_or(is_empty) && new.is_none_or(is_empty)
        {
            continue;
        }
        // Of a map and a value in it, the value says more.
        if met.iter().any(|other| other.len() > path.len() && other.starts_with(path.as_slice())) {
            continue;
        }
        let (side, node) = if new.is_some() { (both.new, new) } else { (both.old, old) };
        let layers = side.attempt.prepared.as_ref().map(|prepared| prepared.layers.as_slice()).unwrap_or_default();
        let layer = node.and_then(|node| layers.get(node.origin.layer as usize));
        causes.push(Cause::Value {
            value: show(path),
            place: side.attempt.who_set(path).map(|set| on_disk(side, set.place)),
            by_user: layer.is_some_and(|layer| layer.kind != LayerKind::Defaults),
        });
    }
    causes
}

fn is_empty(node: &Node) -> bool {
    match &node.data {
        Data::Str(text) => text.is_empty(),
        Data::List(list) => list.is_empty(),
        Data::Map(map) => map.is_empty(),
        _ => false,
    }
}

/// Who wrote a node of an object.
fn look(side: &Side, object: Option<&Object>, node: Option<&Node>) -> Option<Written> {
    let (object, node) = (object?, node?);
    let origin = node.origin;
    // What the server fills in is written nowhere.
    if origin.line == 0 {
        return None;
    }
    written(side, object, origin.line, origin.column, false)
}

fn written(side: &Side, object: &Object, line: u32, column: u32, whole: bool) -> Option<Written> {
    let document = side.attempt.documents.get(object.document)?;
    let line = line.saturating_add(u32::try_from(document.lines_before()).ok()?);
    if whole {
        return side.attempt.written(&document.path, line, column);
    }
    side.attempt.written_by(&document.path, line, column)
}

/// A place of a chart, as its user finds it on the disk.
pub(in crate::plan) fn on_disk(side: &Side, mut place: Place) -> Place {
    let Some(chart) = &side.chart else { return place };
    if let Some(name) = matrix::on_disk(chart.chart.chart().name(), &side.source, &place.file) {
        place.file = name.into();
    }
    place
}

/// Whether the field differs between two renders of one side.
fn is_random(side: &Side, object: &Object, path: &Path) -> bool {
    let Some(again) = side.again(object) else { return false };
    let (one, other) = (path.find(&object.node), path.find(&again.node));
    one.map(|node| &node.data) != other.map(|node| &node.data)
}

/// Whether nothing differs but the versions that the charts name.
fn is_version(both: &Both<'_>, change: &Change, seen: &Seen) -> bool {
    const LABELS: [&str; 4] = ["helm.sh/chart", "app.kubernetes.io/version", "chart", "version"];
    let is_label = || {
        let Path(parts) = &change.path;
        let is_labels = matches!(parts.iter().rev().nth(1), Some(Part::Key(key)) if key == "labels");
        is_labels && change.path.field().is_some_and(|field| LABELS.contains(&field))
    };
    let reads = |written: &Option<Written>| {
        let objects = written.iter().flat_map(|written| &written.objects);
        objects.into_iter().any(|object| object.starts_with(".Chart."))
    };
    let versions = |side: &Side| {
        let metadata = side.chart.as_ref().map(|side| side.chart.chart().metadata());
        metadata.map(|metadata| (metadata.version.clone(), metadata.app_version.clone()))
    };
    let (Some(old), Some(new)) = (versions(both.old), versions(both.new)) else { return is_label() };
    let ChangeKind::Changed(before, after) = &change.kind else { return is_label() };
    let (Some(before), Some(after)) = (before.as_text(), after.as_text()) else { return false };
    let moved = |text: &str| {
        let text = if old.0.is_empty() { text.to_owned() } else { text.replace(&old.0, &new.0) };
        if old.1.is_empty() { text } else { text.replace(&old.1, &new.1) }
    };
    is_label() || (reads(&seen.after) || reads(&seen.before)) && moved(&before) == *after
}
