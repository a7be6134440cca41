//! The effective values of a chart: what templates saw, who set it, and who read it.
//!
//! In: an [`Attempt`]. Out: [`Row`]s, one per leaf, and their text for people.

use super::explain::rename;
use crate::diag::Place;
use crate::path::{Step, show};
use crate::render::Attempt;
use crate::secrets::shown;
use crate::value::{Data, Node};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;

/// One value that is no map, or a map without entries.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The path below the values of the root chart: `master.persistence.size`.
    pub path: String,
    /// The value in JSON, cut where it is long; `***` where it may be secret.
    pub value: String,
    /// The file and line, or the flag, that set it.
    pub set_by: Option<Place>,
    /// The template places that read it, or a map around it as a whole.
    pub read_by: Vec<Place>,
}

/// Places that are told of one value.
const MOST_PLACES: usize = 20;

/// The values at or below `only`, in the order of their paths; an empty path is all of them.
///
/// `chart_path` is the folder or archive of the chart, as its files are to be called; empty, they are called as Helm
/// calls them, by the name of the chart.
///
/// ```
/// use chartwright::{Chart, Compiled, Layer, Options, Values, report::values};
/// let chart = Chart::from_files([
///     ("Chart.yaml".into(), b"apiVersion: v2\nname: c\nversion: 0.1.0\n".to_vec()),
///     ("values.yaml".into(), b"port: 1\nunused: 2\n".to_vec()),
///     ("templates/a.yaml".into(), b"port: {{ .Values.port }}\n".to_vec()),
/// ])?;
/// let given = Values::build(&[Layer::Set("port=6379".into())])?;
/// let rows = values::rows(&Compiled::new(&chart).attempt(&given, &Options::new()), "", &[]);
/// assert_eq!((rows[0].value.as_str(), rows[0].read_by.len()), ("6379", 1));
/// assert_eq!(rows[1].read_by, []);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rows(attempt: &Attempt, chart_path: &str, only: &[Step]) -> Vec<Row> {
    let Some(prepared) = &attempt.prepared else { return Vec::new() };
    let mut readers: HashMap<Vec<Step>, (bool, Vec<u32>)> = HashMap::new();
    for usage in attempt.reads.values().filter(|usage| usage.asked || usage.whole) {
        let entry = readers.entry(usage.path).or_default();
        entry.0 |= usage.whole;
        entry.1.push(usage.id);
    }
    let mut places: HashMap<u32, BTreeSet<Place>> = HashMap::new();
    for read in attempt.reads.places() {
        let (line, column) = read.source.line_column(read.offset as usize);
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut place = Place::new(std::sync::Arc::clone(&read.source.name), number(line), number(column), None);
        rename(attempt, chart_path, &mut place);
        places.entry(read.path).or_default().insert(place);
    }
    let secret = attempt.secret_values();
    let mut rows = Vec::new();
    let mut waiting = vec![(Vec::new(), &prepared.values)];
    while let Some((path, node)) = waiting.pop() {
        if let Data::Map(entries) = &node.data
            && !entries.is_empty()
        {
            let below = |key: String| path.iter().cloned().chain([Step::Key(key)]).collect::<Vec<Step>>();
            waiting.extend(entries.iter().rev().map(|(key, node)| (below(key.to_text().into_owned()), node)));
            continue;
        }
        if path.starts_with(only) {
            let mut row = row(attempt, &path, node, &readers, &places);
            if secret.iter().any(|hidden| path.starts_with(hidden)) {
                "***".clone_into(&mut row.value);
            }
            row.set_by.iter_mut().for_each(|place| rename(attempt, chart_path, place));
            rows.push(row);
        }
    }
    rows
}

fn row(
    attempt: &Attempt,
    path: &[Step],
    node: &Node,
    readers: &HashMap<Vec<Step>, (bool, Vec<u32>)>,
    places: &HashMap<u32, BTreeSet<Place>>,
) -> Row {
    let mut read_by = BTreeSet::new();
    for depth in 1..=path.len() {
        let Some((whole, ids)) = path.get(..depth).and_then(|path| readers.get(path)) else { continue };
        if *whole || depth == path.len() {
            read_by.extend(ids.iter().filter_map(|id| places.get(id)).flatten().cloned());
        }
    }
    let name = show(path);
    Row {
        value: shown(&name, node),
        set_by: attempt.who_set(path).map(|set| Place { excerpt: None, ..set.place }),
        read_by: read_by.into_iter().take(MOST_PLACES).collect(),
        path: name,
    }
}

/// Places shown in a line.
const SHOWN_PLACES: usize = 3;

/// A line per value: `port = 6379  # --set port, read by c/templates/a.yaml:1`.
pub fn print(rows: &[Row]) -> String {
    let mut out = String::new();
    for row in rows {
        let set = row.set_by.as_ref().map_or_else(|| "set by the chart".to_owned(), ToString::to_string);
        let places: Vec<String> =
            row.read_by.iter().take(SHOWN_PLACES).map(|place| format!("{}:{}", place.file, place.line)).collect();
        let read = match (row.read_by.len(), places.len()) {
            (0, _) => "read by nothing".to_owned(),
            (all, told) if all > told => format!("read by {} and {} more", places.join(", "), all - told),
            _ => format!("read by {}", places.join(", ")),
        };
        let _ = writeln!(out, "{} = {}  # {set}, {read}", row.path, row.value);
    }
    out
}
