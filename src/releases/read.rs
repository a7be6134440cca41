//! Reads the rows of a file.
//!
//! In: the file, the folder of its paths, the namespace of rows that name none. Out: [`Row`]s, or everything that is
//! wrong, by place. A file with anything wrong in it gives no rows: half of what somebody meant is nothing to deploy.

use super::run::within;
use super::{Row, RowLayer};
use crate::diag::{Diagnostic, Place, Related};
use crate::kube::names;
use crate::nearest::nearest;
use crate::release::KubeVersion;
use crate::secrets;
use crate::source::Source;
use crate::value::{Data, Node, Origin};
use crate::yaml::{self, KeyTrouble, to_json};
use serde::de::IgnoredAny;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

/// How many problems of a file are told: more than anybody reads, and an end for a file that is none at all.
const MOST_TOLD: usize = 100;

/// How much of a line is shown, in all and behind the place.
const SHOWN: usize = 160;
const SHOWN_BEHIND: usize = 60;

/// Helm's longest name of a release.
const NAME_LENGTH: usize = 53;

/// Numbers up to here are whole and exact in a `float64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

const HERE_TOO: &str = "it is here too";
const NOTHING: &str = "found nothing, expected releases";

/// What a field takes that takes no text.
const TRUTH: &str = "true or false";

const FIELDS: [&str; 12] = [
    "apiVersions",
    "chart",
    "isUpgrade",
    "kubeVersion",
    "name",
    "namespace",
    "set",
    "setFile",
    "setJson",
    "setLiteral",
    "setString",
    "values",
];

/// The rows of a file.
pub(super) fn rows(source: &Source, folder: &Path, namespace: &str) -> Result<Vec<Row>, Vec<Diagnostic>> {
    let mut reader = Reader {
        source,
        folder: folder.into(),
        namespace,
        charts: HashSet::new(),
        rows: Vec::new(),
        problems: Vec::new(),
        more: 0,
    };
    match source.text.trim_ascii_start().first() {
        None => reader.wrong(Origin::default(), NOTHING.into(), None),
        Some(b'{') => reader.lines(),
        Some(_) => reader.documents(),
    }
    reader.twins();
    if reader.problems.is_empty() {
        return Ok(reader.rows);
    }
    reader.problems.sort_by_key(|found| found.place.as_ref().map(|place| (place.line, place.column)));
    if reader.more > 0 {
        let more = Diagnostic::error("bad-releases", format!("{} more problems", reader.more));
        reader.problems.push(more.at(Place::file(Arc::clone(&source.name))));
    }
    Err(reader.problems)
}

struct Reader<'s> {
    source: &'s Source,
    folder: Arc<Path>,
    namespace: &'s str,
    /// Many rows name few charts.
    charts: HashSet<Arc<Path>>,
    rows: Vec<Row>,
    problems: Vec<Diagnostic>,
    /// Problems that are only counted.
    more: usize,
}

impl Reader<'_> {
    /// A JSON object on each line. JSON is YAML, so only what cannot be read at all is looked at as JSON.
    fn lines(&mut self) {
        let text = self.source.text.clone();
        for (line, before) in text.split(|byte| *byte == b'\n').zip(0u32..) {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let help = Some("a file that begins with `{` holds one JSON object on each line");
            let error = match yaml::decode_with_troubles(line) {
                Ok((node, troubles)) => {
                    self.content(node, troubles, before, help);
                    continue;
                }
                Err(error) => error,
            };
            let (message, column) = match serde_json::from_slice::<IgnoredAny>(line) {
                Ok(_) => (error.message, 0),
                Err(error) => {
                    let message = error.to_string();
                    let message = message.split(" at line ").next().unwrap_or_default();
                    (format!("found no JSON: {message}"), u32::try_from(error.column()).unwrap_or(0))
                }
            };
            self.wrong(Origin { layer: 0, line: before + 1, column }, message, help);
        }
    }

    /// Documents of YAML, each with a row or a list of them.
    fn documents(&mut self) {
        let text = self.source.text.clone();
        let (parts, bad) = yaml::split_documents(&text);
        let mut is_empty = bad.is_none();
        for part in parts {
            let before = part.line - 1;
            match yaml::decode_with_troubles(&part.text) {
                Ok((node, troubles)) => is_empty &= !self.content(node, troubles, before, None),
                Err(error) => {
                    is_empty = false;
                    let line = before + error.line.max(1);
                    self.wrong(Origin { line, ..Origin::default() }, error.message, None);
                }
            }
        }
        if let Some(error) = bad {
            self.wrong(Origin { line: error.line, ..Origin::default() }, error.message, None);
        }
        if is_empty {
            self.wrong(Origin::default(), NOTHING.into(), None);
        }
    }

    /// What a document holds, before which stand so many lines of the file. Whether there is anything in it.
    fn content(&mut self, mut node: Node, troubles: Vec<KeyTrouble>, before: u32, help: Option<&str>) -> bool {
        if before > 0 {
            node.each_origin(&|origin| origin.line += before);
        }
        for trouble in troubles {
            let KeyTrouble::Duplicate(found) = trouble else { continue };
            let line = found.line + before;
            let column = if self.is_full() { 0 } else { self.column_of(line, &found.key) };
            let message = format!("found `{}` twice, expected it once", found.key);
            self.wrong(Origin { layer: 0, line, column }, message, None);
            self.also(Origin { line: found.first_line + before, ..Origin::default() });
        }
        match &node.data {
            Data::List(items) => items.iter().for_each(|item| self.row(item)),
            Data::Map(_) => self.row(&node),
            Data::Null => return false,
            other => {
                let message = format!("found {}, expected a list of releases", what(other));
                self.wrong(node.origin, message, help);
            }
        }
        true
    }

    fn row(&mut self, node: &Node) {
        let Some(fields) = node.as_map() else {
            return self.wrong(node.origin, format!("found {}, expected a release", what(&node.data)), None);
        };
        for (key, value) in fields {
            let key = key.to_text();
            if !FIELDS.contains(&&*key) {
                let near = nearest(&key, FIELDS.into_iter());
                let help = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the fields are {}", FIELDS.join(", ")),
                };
                self.wrong(value.origin, format!("found `{key}`, expected a field of a release"), Some(&help));
            }
        }
        let given = |name: &str| fields.get(name.as_bytes()).filter(|value| !value.is_null());
        let (chart, name) = (given("chart"), given("name"));
        if chart.is_none() {
            self.wrong(node.origin, "found no `chart`, expected a chart's folder or .tgz".into(), None);
        }
        if name.is_none() {
            self.wrong(node.origin, "found no `name`, expected that of the release".into(), None);
        }
        let before = self.problems.len() + self.more;
        let chart = chart.and_then(|value| self.chart(value));
        let name = name.and_then(|value| self.checked(value, "release name", name_of_release));
        let namespace = match given("namespace") {
            Some(value) => self.checked(value, "namespace", names::label),
            None => match names::label(self.namespace) {
                Ok(()) => Some(self.namespace.to_owned()),
                Err(why) => {
                    self.wrong(node.origin, format!("namespace `{}`: {why}", self.namespace), None);
                    None
                }
            },
        };
        let kube_version = given("kubeVersion").and_then(|value| {
            let text = self.text(value, "a text such as \"1.33\"")?;
            KubeVersion::parse(&text).map_err(|why| self.wrong(value.origin, why, None)).ok()
        });
        let api_versions = given("apiVersions").map(|value| self.texts(value)).unwrap_or_default();
        let is_upgrade = given("isUpgrade").and_then(|value| match value.as_bool() {
            None => {
                self.expected(value, TRUTH);
                None
            }
            found => found,
        });
        let mut layers = Vec::new();
        if let Some(value) = given("values") {
            self.values(value, &mut layers);
        }
        for (field, flag) in FLAGS {
            if let Some(value) = given(field) {
                self.arguments(value, flag, &mut layers);
            }
        }
        let is_good = self.problems.len() + self.more == before;
        if let (Some(chart), Some(name), Some(namespace), true) = (chart, name, namespace, is_good) {
            self.rows.push(Row {
                place: Place { excerpt: None, ..Place::new(self.file(), node.origin.line, node.origin.column, None) },
                chart,
                name,
                namespace,
                layers,
                kube_version,
                api_versions,
                is_upgrade,
                folder: Arc::clone(&self.folder),
            });
        }
    }

    fn chart(&mut self, value: &Node) -> Option<Arc<Path>> {
        let text = self.text(value, "a chart's folder or .tgz")?;
        if text.contains("://") {
            let help = "run `helm pull` first";
            self.wrong(value.origin, format!("found `{text}`, expected a path: no network is used"), Some(help));
            return None;
        }
        if text.is_empty() {
            self.wrong(value.origin, "found an empty text, expected a chart's folder or .tgz".into(), None);
            return None;
        }
        let path = within(&self.folder, &text);
        if let Some(known) = self.charts.get(&*path) {
            return Some(Arc::clone(known));
        }
        let path: Arc<Path> = path.into();
        self.charts.insert(Arc::clone(&path));
        Some(path)
    }

    /// `values`: files, or maps in the place of files.
    fn values(&mut self, value: &Node, layers: &mut Vec<RowLayer>) {
        let one = std::slice::from_ref(value);
        for item in if let Data::List(items) = &value.data { items.as_slice() } else { one } {
            match &item.data {
                Data::Map(_) => layers.push(RowLayer::Inline(item.clone())),
                Data::Str(text) if !text.is_empty() => {
                    layers.push(RowLayer::File(within(&self.folder, &text.to_text())));
                }
                _ => self.expected(item, "a values file or a map of values"),
            }
        }
    }

    /// The arguments of one flag.
    fn arguments(&mut self, value: &Node, flag: Flag, layers: &mut Vec<RowLayer>) {
        let Some(entries) = value.as_map() else {
            return layers.extend(self.texts(value).into_iter().map(flag));
        };
        for (key, value) in entries {
            let key = key.to_text();
            if key.contains('=') {
                let help = "write `KEY=VALUE` as an item of a list";
                self.wrong(value.origin, format!("found `=` in the key `{key}`, expected a path of keys"), Some(help));
                continue;
            }
            match argument(&key, value, flag) {
                Some(layer) => layers.push(layer),
                None => self.expected(value, "a text"),
            }
        }
    }

    /// A text, or a list of them.
    fn texts(&mut self, value: &Node) -> Vec<String> {
        let Data::List(items) = &value.data else {
            return self.text(value, "a text or a list of texts").into_iter().collect();
        };
        items.iter().filter_map(|item| self.text(item, "a text")).collect()
    }

    fn text(&mut self, value: &Node, wanted: &str) -> Option<String> {
        let text = value.as_text();
        if text.is_none() {
            self.expected(value, wanted);
        }
        text.map(std::borrow::Cow::into_owned)
    }

    /// A text that a rule takes.
    fn checked(&mut self, value: &Node, what: &str, rule: fn(&str) -> Result<(), String>) -> Option<String> {
        let text = self.text(value, "a text")?;
        match rule(&text) {
            Ok(()) => Some(text),
            Err(why) => {
                self.wrong(value.origin, format!("{what}: {why}"), None);
                None
            }
        }
    }

    /// Two rows for one release: the later one would be written over the earlier.
    fn twins(&mut self) {
        let mut seen: HashMap<(&str, &str), Origin> = HashMap::new();
        let mut found = Vec::new();
        for row in &self.rows {
            let origin = Origin { layer: 0, line: row.place.line, column: row.place.column };
            if let Some(first) = seen.get(&(&*row.namespace, &*row.name)) {
                found.push((row.to_string(), *first, origin));
            } else {
                seen.insert((&row.namespace, &row.name), origin);
            }
        }
        for (release, first, origin) in found {
            let message = format!("found the release `{release}` twice, in lines {} and {}", first.line, origin.line);
            self.wrong(origin, message, Some("name one of them apart, or give it another namespace"));
            self.also(first);
        }
    }

    fn expected(&mut self, value: &Node, wanted: &str) {
        let help = match &value.data {
            Data::Float(_) | Data::Bool(_) if wanted != TRUTH => Some("put it in quotes"),
            _ => None,
        };
        self.wrong(value.origin, format!("found {}, expected {wanted}", what(&value.data)), help);
    }

    fn wrong(&mut self, origin: Origin, message: String, help: Option<&str>) {
        if self.is_full() {
            self.more += 1;
            return;
        }
        let mut found = Diagnostic::error("bad-releases", message).at(self.place(origin));
        found.help = help.map(str::to_owned);
        self.problems.push(found);
    }

    /// Adds a place to what was told last.
    fn also(&mut self, origin: Origin) {
        if self.more > 0 {
            return;
        }
        let place = self.place(origin);
        if let Some(last) = self.problems.last_mut() {
            last.related.push(Related { message: HERE_TOO.into(), place });
        }
    }

    /// Whether further problems are only counted: to find the line of each takes time.
    fn is_full(&self) -> bool {
        self.problems.len() >= MOST_TOLD
    }

    fn file(&self) -> Arc<str> {
        Arc::clone(&self.source.name)
    }

    fn place(&self, origin: Origin) -> Place {
        let line = String::from_utf8_lossy(self.source.line(origin.line as usize));
        // A line of JSON may be a whole release.
        let end = (origin.column as usize).saturating_add(SHOWN_BEHIND);
        let shown: String = line.chars().take(end.min(SHOWN)).collect();
        let is_shown = origin.line > 0 && (origin.column as usize) < SHOWN && !secrets::sounds_secret(&shown);
        Place::new(self.file(), origin.line, origin.column, Some(shown).filter(|_| is_shown))
    }

    /// Where a key stands in a line; 0 when it is written otherwise.
    fn column_of(&self, line: u32, key: &str) -> u32 {
        let found = memchr::memmem::rfind(self.source.line(line as usize), key.as_bytes());
        found.and_then(|at| u32::try_from(at + 1).ok()).unwrap_or(0)
    }
}

/// Makes a layer of a flag's argument.
type Flag = fn(String) -> RowLayer;

/// The flags, in the order in which Helm merges them.
const FLAGS: [(&str, Flag); 5] = [
    ("setJson", RowLayer::SetJson),
    ("set", RowLayer::Set),
    ("setString", RowLayer::SetString),
    ("setFile", RowLayer::SetFile),
    ("setLiteral", RowLayer::SetLiteral),
];

/// An entry of a map as an argument of a flag; `None` where the flag takes texts only. `set` keeps the type that the value
/// has in YAML, also where `--set` on a command line could not tell.
fn argument(key: &str, value: &Node, flag: Flag) -> Option<RowLayer> {
    let given = flag(String::new());
    let text = value.as_text();
    Some(match (given, text) {
        (RowLayer::Set(_) | RowLayer::SetString(_), Some(text)) => {
            RowLayer::SetString(format!("{key}={}", escaped(&text)))
        }
        (RowLayer::SetFile(_), Some(text)) => RowLayer::SetFile(format!("{key}={}", escaped(&text))),
        (_, Some(text)) => flag(format!("{key}={text}")),
        (RowLayer::Set(_), None) => match &value.data {
            Data::Null => RowLayer::Set(format!("{key}=null")),
            Data::Bool(b) => RowLayer::Set(format!("{key}={b}")),
            Data::Float(n) if n.fract() == 0.0 && n.abs() <= EXACT => RowLayer::Set(format!("{key}={n:.0}")),
            _ => RowLayer::SetJson(json(key, value)?),
        },
        (RowLayer::SetJson(_), None) => RowLayer::SetJson(json(key, value)?),
        _ => return None,
    })
}

fn json(key: &str, value: &Node) -> Option<String> {
    let text = to_json(&value.to_value(), false).ok()?;
    Some(format!("{key}={}", String::from_utf8_lossy(&text)))
}

/// A text as it stands after `=` on a command line.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace(',', "\\,");
    if text.starts_with('{') { format!("\\{text}") } else { text }
}

/// Helm's rule for a release's name.
fn name_of_release(text: &str) -> Result<(), String> {
    match text.len() {
        length if length > NAME_LENGTH => Err(format!("found {length} characters, allowed are at most {NAME_LENGTH}")),
        _ => names::subdomain(text),
    }
}

fn what(data: &Data) -> &'static str {
    match data {
        Data::Null => "null",
        Data::Bool(_) => "a boolean",
        Data::Int(_) | Data::Float(_) => "a number",
        Data::Str(_) => "a text",
        Data::List(_) => "a list",
        Data::Map(_) => "a map",
    }
}
