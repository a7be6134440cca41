//! Which values differ: those of the user, and the defaults of the charts.
//!
//! In: two sides with charts. Out: [`ValueChange`]s by path, and a concern for each value of the user that the new chart
//! does not know any more.

use crate::chart::Chart;
use crate::path::{Step, show};
use crate::plan::compare::cause::on_disk;
use crate::plan::compare::objects::json;
use crate::plan::{Concern, ConcernCode, Side, ValueChange, ValueChangeKind};
use crate::value::{Data, Node};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// The section of a plan.
pub(in crate::plan) fn value_changes(
    (old_side, new_side): (&Side, &Side),
    concerns: &mut Vec<Concern>,
) -> Vec<ValueChange> {
    let (Some(old), Some(new)) = (&old_side.chart, &new_side.chart) else { return Vec::new() };
    let (before, after) = (Defaults::of(old.chart.chart()), Defaults::of(new.chart.chart()));
    let (was, is) = (leaves(&old.values.root), leaves(&new.values.root));
    let read = Read::of(new_side);
    let mut changes = Vec::new();
    let mut push = |path: &Vec<Step>, kind, old: Option<&Node>, new: Option<&Node>| {
        let side = if new.is_some() || old.is_none() { new_side } else { old_side };
        let place = side.attempt.who_set(path).map(|set| on_disk(side, set.place));
        let is_read = read.holds(path);
        changes.push(ValueChange { path: show(path), kind, old: old.map(json), new: new.map(json), place, is_read });
    };
    for (path, value) in &is {
        let known = (before.knows(path), after.knows(path));
        match (known, was.get(path)) {
            ((true, false), _) if !read.holds(path) => push(path, ValueChangeKind::UserKeyGone, None, Some(value)),
            ((false, false), _) if !read.holds(path) && read.is_known => {
                push(path, ValueChangeKind::UserKeyUnknown, None, Some(value));
            }
            (_, None) => push(path, ValueChangeKind::UserAdded, before.get(path), Some(value)),
            (_, Some(old)) if old.data != value.data => {
                push(path, ValueChangeKind::UserChanged, Some(old), Some(value));
            }
            _ => {}
        }
    }
    for (path, value) in was.iter().filter(|(path, _)| !is.contains_key(*path)) {
        push(path, ValueChangeKind::UserRemoved, Some(value), after.get(path));
    }
    let paths: BTreeSet<&Vec<Step>> = before.leaves.keys().chain(after.leaves.keys()).collect();
    for path in paths.into_iter().filter(|path| !is_near(&is, path)) {
        match (before.leaves.get(path), after.leaves.get(path)) {
            (Some(old), Some(new)) if old.data != new.data => {
                push(path, ValueChangeKind::DefaultChanged, Some(old), Some(new));
            }
            (None, Some(new)) if before.get(path).is_none() => {
                push(path, ValueChangeKind::DefaultAdded, None, Some(new));
            }
            (Some(old), None) if after.get(path).is_none() => {
                push(path, ValueChangeKind::DefaultRemoved, Some(old), None);
            }
            _ => {}
        }
    }
    changes.sort_by(|one, other| (one.kind, &one.path).cmp(&(other.kind, &other.path)));
    for gone in changes.iter().filter(|change| change.kind == ValueChangeKind::UserKeyGone) {
        let text = format!("`{}` is set, and the new chart has no such value: what it did is gone", gone.path);
        let mut concern =
            Concern::new(ConcernCode::LostValue, text).help("look for its new name in the chart's values");
        concern.path.clone_from(&gone.path);
        concern.place.clone_from(&gone.place);
        concerns.push(concern);
    }
    changes
}

/// Whether one of these paths is this one, above it or below it.
fn is_near(paths: &BTreeMap<Vec<Step>, &Node>, path: &[Step]) -> bool {
    let below = paths.range::<[Step], _>((Bound::Included(path), Bound::Unbounded)).next();
    below.is_some_and(|(below, _)| below.starts_with(path))
        || (0..path.len()).any(|end| path.get(..end).is_some_and(|above| paths.contains_key(above)))
}

/// The defaults of a chart and its subcharts.
struct Defaults<'c> {
    chart: &'c Chart,
    leaves: BTreeMap<Vec<Step>, &'c Node>,
}

impl<'c> Defaults<'c> {
    fn of(chart: &'c Chart) -> Self {
        let mut found = BTreeMap::new();
        let mut waiting: Vec<(Vec<Step>, &Chart)> = vec![(Vec::new(), chart)];
        while let Some((path, chart)) = waiting.pop() {
            for (below, node) in leaves(chart.values()) {
                // A parent's defaults win over those of its subchart.
                found.entry([&*path, &*below].concat()).or_insert(node);
            }
            waiting.extend(chart.dependencies().iter().map(|child| {
                let path = path.iter().cloned().chain([Step::Key(child.name().to_owned())]).collect();
                (path, child)
            }));
        }
        Defaults { chart, leaves: found }
    }

    /// The default at a path, or the map there.
    fn get(&self, path: &[Step]) -> Option<&'c Node> {
        self.leaves
            .get(path)
            .copied()
            .or_else(|| path.iter().try_fold(self.chart.values(), |node, step| node.step(step)))
    }

    /// Whether the chart mentions the value: itself, or a map or list above it that is for users to fill.
    fn knows(&self, path: &[Step]) -> bool {
        let is_global = matches!(path.first(), Some(Step::Key(key)) if key == "global" || key == "tags");
        is_global || is_near(&self.leaves, path)
    }
}

/// Every value that is no map, and every map and list without entries, by its path.
fn leaves(root: &Node) -> BTreeMap<Vec<Step>, &Node> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![(Vec::new(), root)];
    while let Some((path, node)) = waiting.pop() {
        match &node.data {
            Data::Map(map) if !map.is_empty() => waiting.extend(map.iter().map(|(key, node)| {
                let path: Vec<Step> = path.iter().cloned().chain([Step::Key(key.to_text().into_owned())]).collect();
                (path, node)
            })),
            _ if path.is_empty() => {}
            _ => {
                found.insert(path, node);
            }
        }
    }
    found
}

/// What the templates of a side read.
struct Read {
    paths: BTreeSet<Vec<Step>>,
    whole: BTreeSet<Vec<Step>>,
    is_known: bool,
}

impl Read {
    fn of(side: &Side) -> Self {
        let mut read = Read { paths: BTreeSet::new(), whole: BTreeSet::new(), is_known: side.is_whole() };
        for usage in side.attempt.reads.values() {
            if usage.whole {
                read.whole.insert(usage.path.clone());
            }
            read.paths.insert(usage.path);
        }
        read
    }

    fn holds(&self, path: &[Step]) -> bool {
        self.paths.contains(path)
            || (0..path.len()).any(|end| path.get(..end).is_some_and(|above| self.whole.contains(above)))
    }
}
