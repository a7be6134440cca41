//! What differs between a snapshot as it was kept and as it is now, and why.
//!
//! In: both, and the render that made the new one. Out: [`Difference`]s by address: fields that were added, removed or
//! changed, the lines, and behind each the template line with its calls, and the values with the layers that set them.
//! Secrets are in none of that, though they are in the files where a chart's own values have them.

use super::Snapshots;
use super::file::{ERROR, NOTES, Part, Snapshot, without_lines};
use super::shot::{Origin, Shot};
use crate::diag::{Place, Related};
use crate::manifest::change::{Change, ChangeKind, Path, changes};
use crate::manifest::value_column;
use crate::matrix;
use crate::path::{Step, show};
use crate::render::{Attempt, Written};
use crate::secrets::{self, MASK};
use crate::source::Source;
use crate::value::Node;
use crate::yaml;
use serde::Serialize;
use similar::{Algorithm, TextDiff};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Fields of one part that are told; who has changed more reads the lines.
const MOST_FIELDS: usize = 50;

/// Values behind one field that are told.
const MOST_VALUES: usize = 6;

/// Lines of a part that are compared, and lines around a change.
const MOST_LINES: usize = 20_000;
const CONTEXT: usize = 2;

/// A part that is not what it was.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// What it is called: `ConfigMap/web`, `error`, `NOTES.txt`; `head` for how the case is rendered.
    pub address: String,
    /// Whether it came, went or changed.
    pub kind: DifferenceKind,
    /// What has changed in it; empty where only the way of writing has, and for parts that came or went.
    pub fields: Vec<Field>,
    /// Fields that are not told.
    pub more_fields: usize,
    /// The lines that changed, with a few around them; secrets are masked.
    pub diff: String,
    /// Why it came or went.
    pub behind: Behind,
}

/// What became of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DifferenceKind {
    /// It is not in the snapshot.
    New,
    /// It is in the snapshot only.
    Gone,
    /// It has changed.
    Changed,
}

/// A field that is not what it was.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// Where: `spec.template.spec.containers[redis].image`.
    pub path: String,
    /// How.
    pub kind: FieldKind,
    /// What it was; `***` for secrets.
    pub old: Option<String>,
    /// What it is; `***` for secrets.
    pub new: Option<String>,
    /// Why: of a field that went, who wrote what it stood in.
    pub behind: Behind,
}

/// What became of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It has another value.
    Changed,
    /// The same items in another order.
    Reordered,
}

/// Who wrote something, and of what.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Behind {
    /// The template line; of a part that went, the branch that was not taken.
    pub template: Option<Place>,
    /// The calls of templates around it, innermost first.
    pub calls: Vec<Related>,
    /// The values that it was made of, or that decided that it is there.
    pub values: Vec<ValueBehind>,
}

/// A value behind something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ValueBehind {
    /// Its path below the root chart's values.
    pub path: String,
    /// What it is, as JSON; `***` for secrets, nothing where it is not set.
    pub value: Option<String>,
    /// The file and line, or the flag, that set it.
    pub place: Option<Place>,
}

/// Everything that differs.
pub(super) fn differences(all: &Snapshots, old: Option<&Snapshot>, shot: &Shot) -> Vec<Difference> {
    let Some(new) = &shot.snapshot else { return Vec::new() };
    // A file that is not there is told as a whole.
    let Some(old) = old else { return new.parts.iter().map(|part| whole(part, DifferenceKind::New)).collect() };
    let of = Of { all, attempt: &shot.attempt, secrets: OnceCell::new() };
    let mut found: Vec<Difference> = of.head(old, new).into_iter().collect();
    let by_address = |parts: &'_ [Part]| -> BTreeMap<String, usize> {
        parts.iter().enumerate().map(|(at, part)| (part.address.clone(), at)).collect()
    };
    let (before, after) = (by_address(&old.parts), by_address(&new.parts));
    for (part, origin) in new.parts.iter().zip(&shot.origins) {
        match before.get(&part.address).and_then(|at| old.parts.get(*at)) {
            Some(before) if before.is_same(part) => {}
            before => found.push(of.part(before, Some(part), origin.as_ref())),
        }
    }
    let gone = old.parts.iter().filter(|part| !after.contains_key(&part.address));
    found.extend(gone.map(|part| of.part(Some(part), None, None)));
    found
}

/// A part without anything to compare it with: its case, or its file, is not there.
pub(super) fn whole(part: &Part, kind: DifferenceKind) -> Difference {
    Difference {
        address: part.address.clone(),
        kind,
        fields: Vec::new(),
        more_fields: 0,
        diff: String::new(),
        behind: Behind::default(),
    }
}

/// What nobody is shown of a render.
struct Hidden {
    texts: Vec<String>,
    /// Paths of values.
    values: BTreeSet<Vec<Step>>,
}

struct Of<'o> {
    all: &'o Snapshots,
    attempt: &'o Attempt,
    /// Looked for only where something differs.
    secrets: OnceCell<Hidden>,
}

impl Of<'_> {
    fn hidden(&self) -> &Hidden {
        self.secrets.get_or_init(|| Hidden { texts: self.attempt.secret_texts(), values: self.attempt.secret_values() })
    }

    fn head(&self, old: &Snapshot, new: &Snapshot) -> Option<Difference> {
        let text = |text: String| (!text.is_empty()).then_some(text);
        let field = |(key, old, new): (&str, String, String)| Field {
            path: key.to_owned(),
            kind: FieldKind::Changed,
            old: text(old),
            new: text(new),
            behind: Behind::default(),
        };
        let fields: Vec<Field> = old.head.differing(&new.head).into_iter().map(field).collect();
        (!fields.is_empty()).then(|| Difference {
            address: "head".to_owned(),
            kind: DifferenceKind::Changed,
            fields,
            more_fields: 0,
            diff: String::new(),
            behind: Behind::default(),
        })
    }

    fn part(&self, old: Option<&Part>, new: Option<&Part>, origin: Option<&Origin>) -> Difference {
        let either = new.or(old);
        let kind = match (old, new) {
            (None, _) => DifferenceKind::New,
            (_, None) => DifferenceKind::Gone,
            _ => DifferenceKind::Changed,
        };
        let mut difference = Difference {
            address: either.map(|part| part.address.clone()).unwrap_or_default(),
            kind,
            fields: Vec::new(),
            more_fields: 0,
            diff: self.diff(old, new),
            behind: Behind::default(),
        };
        match (old, new) {
            (Some(old), Some(new)) => self.fields(old, new, origin, &mut difference),
            (Some(old), None) => difference.behind = self.gone(old),
            _ => difference.behind = origin.and_then(|origin| self.whole(origin)).unwrap_or_default(),
        }
        difference
    }

    fn fields(&self, old: &Part, new: &Part, origin: Option<&Origin>, into: &mut Difference) {
        if matches!(new.address.as_str(), ERROR | NOTES) {
            return;
        }
        let (Ok(before), Ok(after)) = (yaml::decode(old.text.as_bytes()), yaml::decode(new.text.as_bytes())) else {
            return;
        };
        let found = changes(&before, &after);
        into.more_fields = found.len().saturating_sub(MOST_FIELDS);
        let is_secret = is_kind(&after, "Secret") || is_kind(&before, "Secret");
        for change in found.iter().take(MOST_FIELDS) {
            into.fields.push(self.field(change, is_secret, (new, &after), origin));
        }
    }

    fn field(&self, change: &Change, is_secret: bool, (part, after): (&Part, &Node), origin: Option<&Origin>) -> Field {
        let path = change.path.to_string();
        let is_data = is_secret && (change.path.is_below(&["data"]) || change.path.is_below(&["stringData"]));
        let shown = |node: &Node| match is_data {
            true => MASK.to_owned(),
            false => secrets::without(secrets::shown(&path, node), &self.hidden().texts),
        };
        let (kind, old, new) = match &change.kind {
            ChangeKind::Added(new) => (FieldKind::Added, None, Some(shown(new))),
            ChangeKind::Removed(old) => (FieldKind::Removed, Some(shown(old)), None),
            ChangeKind::Changed(old, new) => (FieldKind::Changed, Some(shown(old)), Some(shown(new))),
            ChangeKind::Reordered => (FieldKind::Reordered, None, None),
        };
        let new = match new {
            Some(new) if old.as_ref() == Some(&new) && new.contains(MASK) => Some(format!("{new} (another value)")),
            new => new,
        };
        let behind = origin.and_then(|origin| self.of_field(change, part, after, origin)).unwrap_or_default();
        Field { path, kind, old, new, behind }
    }

    /// Who wrote a field; of one that is gone, the nearest that is left around it.
    fn of_field(&self, change: &Change, new: &Part, after: &Node, origin: &Origin) -> Option<Behind> {
        let mut path = Path(change.path.0.clone());
        let (node, is_there) = loop {
            match path.find(after) {
                Some(node) => break (node, path.0.len() == change.path.0.len()),
                None if path.0.pop().is_some() => {}
                None => return None,
            }
        };
        let line = self.line(origin, node.origin.line)?;
        // What has changed is the value; an entry begins with its key.
        let text = new.text.lines().nth((node.origin.line as usize).saturating_sub(1)).unwrap_or_default();
        let column = if is_there { value_column(text, node.origin.column.max(1)) } else { 1 };
        let written = self.attempt.written(&origin.file, line, column)?;
        let because = written.because.first().map(|reason| reason.values.clone()).unwrap_or_default();
        // What decides whether a field is there matters where it came or went.
        let more = match change.kind {
            ChangeKind::Changed(..) | ChangeKind::Reordered => Vec::new(),
            _ => because,
        };
        Some(self.behind(written, more))
    }

    /// Who wrote a document, and why it is there.
    fn whole(&self, origin: &Origin) -> Option<Behind> {
        let first = origin.lines.first().copied()?;
        let written = self.attempt.written(&origin.file, first, 1)?;
        let because = written.because.iter().flat_map(|reason| reason.values.clone()).collect();
        let mut behind = self.behind(Written { values: Vec::new(), ..written }, because);
        if let Some(place) = &mut behind.template {
            // It is about the document, not about its first line.
            place.excerpt = None;
        }
        Some(behind)
    }

    /// A branch of the document's template that was never taken, and the values that decided it.
    fn gone(&self, part: &Part) -> Behind {
        let is_own = |source: &Arc<Source>| self.all.file(&source.name) == part.from;
        let reads = &self.attempt.reads;
        let branch = reads.branches().iter().find(|branch| branch.taken == 0 && is_own(&branch.source));
        let Some(branch) = branch else { return Behind::default() };
        let is_in = |offset: u32| (branch.span.start..branch.span.end).contains(&offset);
        let places =
            reads.places().iter().filter(|read| Arc::ptr_eq(&read.source, &branch.source) && is_in(read.offset));
        let values = places.filter_map(|read| reads.value(read.path)).filter(|path| !path.is_empty()).collect();
        let place = branch.source.place(branch.span);
        let written = Written { place, calls: Vec::new(), values, objects: Vec::new(), because: Vec::new() };
        self.behind(written, Vec::new())
    }

    fn behind(&self, written: Written, more: Vec<Vec<Step>>) -> Behind {
        let Written { mut place, mut calls, values, .. } = written;
        self.rename(&mut place);
        calls.iter_mut().for_each(|call| self.rename(&mut call.place));
        place.excerpt = place.excerpt.map(|line| secrets::without(line, &self.hidden().texts));
        let mut paths: Vec<Vec<Step>> = Vec::new();
        for path in values.into_iter().chain(more) {
            if !paths.contains(&path) && paths.len() < MOST_VALUES {
                paths.push(path);
            }
        }
        let values = paths.iter().map(|path| self.value(path)).collect();
        Behind { template: Some(place), calls, values }
    }

    fn value(&self, path: &[Step]) -> ValueBehind {
        let name = show(path);
        let is_secret = self.hidden().values.iter().any(|secret| secret.starts_with(path) || path.starts_with(secret));
        let shown = |node: &Node| match is_secret {
            true => MASK.to_owned(),
            false => secrets::without(secrets::shown(&name, node), &self.hidden().texts),
        };
        let value = self.attempt.value(path).map(shown);
        let place = self.attempt.who_set(path).map(|set| {
            let mut place = Place { excerpt: None, ..set.place };
            self.rename(&mut place);
            place
        });
        ValueBehind { path: name, value, place }
    }

    fn rename(&self, place: &mut Place) {
        if let Some(name) = matrix::on_disk(self.all.chart.chart().name(), &self.all.path, &place.file) {
            place.file = name.into();
        }
    }

    /// The line of the rendered file that a line of a part was.
    fn line(&self, origin: &Origin, line: u32) -> Option<u32> {
        origin.lines.get((line.max(1) as usize).checked_sub(1)?).copied()
    }

    /// The changed lines, without secrets.
    fn diff(&self, old: Option<&Part>, new: Option<&Part>) -> String {
        // A remark whose place has moved is none that has changed.
        let newest = |remark: &String| {
            let known = new.iter().flat_map(|part| &part.remarks);
            known.into_iter().find(|own| without_lines(own) == without_lines(remark)).unwrap_or(remark).clone()
        };
        let lines = |part: Option<&Part>| -> String {
            let Some(part) = part else { return String::new() };
            let text = inner(part);
            let mut lines: Vec<String> = part.remarks.iter().map(|remark| format!("# {}", newest(remark))).collect();
            lines.extend(secrets::masked(&text).into_iter().map(|line| secrets::without(line, &self.hidden().texts)));
            lines.iter().map(|line| format!("{line}\n")).collect()
        };
        let (before, after) = (lines(old), lines(new));
        let count = before.lines().count().max(after.lines().count());
        if count > MOST_LINES {
            return format!("@@ {count} lines are too many to compare @@\n");
        }
        // Begins of items look alike in YAML: patience finds those that belong together.
        let diff = TextDiff::configure().algorithm(Algorithm::Patience).diff_lines(&before, &after);
        diff.unified_diff().context_radius(CONTEXT).missing_newline_hint(false).to_string()
    }
}

/// The text of an error or of notes as it is told, and of a document as it is.
fn inner(part: &Part) -> String {
    let key = match part.address.as_str() {
        ERROR => "error",
        NOTES => "notes",
        _ => return part.text.clone(),
    };
    let node = yaml::decode(part.text.as_bytes()).unwrap_or_default();
    node.get(key).and_then(Node::as_text).map_or_else(|| part.text.clone(), |text| text.into_owned())
}

fn is_kind(node: &Node, kind: &str) -> bool {
    node.get("kind").and_then(Node::as_text).is_some_and(|own| own == kind)
}
