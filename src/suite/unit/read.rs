//! Reads suites.
//!
//! In: the text of a file. Out: its [`Suite`]s, and what is wrong with it, each with its place. Fields that nobody knows
//! are warnings, or errors where `strict` asks for it; what has the wrong type is an error.

use super::assertion;
use super::documents;
use super::model::{
    Cluster, CoverageWanted, JsonPath, Known, Program, ReleaseSettings, Resource, Select, Selector, Suite, Test,
};
use super::thresholds;
use super::version;
use crate::diag::{Diagnostic, Place, Severity};
use crate::nearest::nearest;
use crate::reading::Reading;
use crate::render::ChartVersions;
use crate::value::{Data, Node};
use crate::yaml;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// What is read from one file.
#[derive(Debug, Default)]
pub(super) struct ReadFile {
    pub suites: Vec<Suite>,
    /// Errors make the file unusable.
    pub problems: Vec<Diagnostic>,
}

impl ReadFile {
    /// Whether the file cannot be used.
    pub fn is_bad(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }
}

/// Where a file comes from.
#[derive(Debug, Clone)]
pub(super) struct Origin<'o> {
    /// As messages name it.
    pub shown: Arc<str>,
    pub path: &'o Path,
    pub route: &'o str,
    /// Whether a chart of tests has rendered it.
    pub is_rendered: bool,
    pub strict: bool,
}

const SUITE: [&str; 17] = [
    "suite",
    "values",
    "set",
    "templates",
    "excludeTemplates",
    "includeCrds",
    "release",
    "chart",
    "capabilities",
    "kubernetesProvider",
    "postRenderer",
    "tests",
    "snapshotId",
    "skip",
    "coverage",
    "documentSelector",
    "template",
];
const TEST: [&str; 19] = [
    "it",
    "values",
    "set",
    "template",
    "templates",
    "documentIndex",
    "documentSelector",
    "select",
    "release",
    "chart",
    "capabilities",
    "asserts",
    "skip",
    "kubernetesProvider",
    "postRenderer",
    "expectFailure",
    "documentIndices",
    "excludeTemplates",
    "includeCrds",
];

/// Known to nobody, though they look as if: they stand in the other place.
const NOT_OF_SUITE: [&str; 2] = ["documentSelector", "template"];
const NOT_OF_TEST: [&str; 3] = ["documentIndices", "excludeTemplates", "includeCrds"];

/// Reads a file of suites.
pub(super) fn read(text: &str, origin: &Origin<'_>) -> ReadFile {
    let mut file = ReadFile::default();
    let mut number = 0;
    for part in documents::parts(text) {
        if part.text.trim().is_empty() {
            continue;
        }
        let mut reader = Reader {
            reading: Reading::new(Arc::clone(&origin.shown), text.as_bytes()),
            strict: origin.strict,
            floats: HashMap::new(),
        };
        let decoded = yaml::decode_v3(part.text.as_bytes()).or_else(|error| {
            // Backslashes in double quotes: the format takes them for themselves where YAML does not know them.
            let doubled = error.message.contains("unknown escape character").then(|| double_backslashes(part.text));
            doubled.map_or(Err(error), |text| yaml::decode_v3(text.as_bytes()))
        });
        match decoded {
            Err(error) => {
                let line = if error.line > 0 { error.line + part.line } else { 0 };
                let mut place = reader.reading.place(line, 0);
                place.column = u32::from(line > 0);
                file.problems
                    .push(Diagnostic::error("bad-suite", format!("the suite is no YAML: {}", error.message)).at(place));
            }
            Ok(node) if node.is_null() => continue,
            Ok(mut node) => {
                // What is a text to the format may look like a number, as `1.10` does.
                if let Ok(texts) = yaml::decode_v3_texts(part.text.as_bytes()) {
                    note_floats(&node, &texts, part.line, &mut reader.floats);
                }
                node.each_origin(&|place| place.line += part.line);
                let mut suite = reader.suite(&node, origin);
                if suite.snapshot_id.is_empty() && origin.is_rendered {
                    suite.snapshot_id = number.to_string();
                }
                if !suite.snapshot_id.is_empty() {
                    let name = suite.snapshots.file_name().map(|name| name.to_string_lossy().into_owned());
                    suite.snapshots.set_file_name(format!("{}_{}", name.unwrap_or_default(), suite.snapshot_id));
                }
                number += 1;
                file.problems.append(&mut reader.reading.problems);
                file.suites.push(suite);
            }
        }
    }
    file
}

/// Every odd run of backslashes made even.
fn double_backslashes(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut run = 0;
    for c in text.chars().chain(['\0']) {
        if c == '\\' {
            run += 1;
            continue;
        }
        out.extend(std::iter::repeat_n('\\', run + run % 2));
        run = 0;
        out.push(c);
    }
    out.pop();
    out
}

/// Reads the parts of a suite.
pub(super) struct Reader {
    pub reading: Reading,
    strict: bool,
    /// What fractions are written as, by line and column.
    floats: HashMap<(u32, u32), String>,
}

fn note_floats(node: &Node, texts: &Node, shift: u32, found: &mut HashMap<(u32, u32), String>) {
    match (&node.data, &texts.data) {
        (Data::Float(_), Data::Str(text)) => {
            found.insert((node.origin.line + shift, node.origin.column), text.to_text().into_owned());
        }
        (Data::List(a), Data::List(b)) => a.iter().zip(&**b).for_each(|(a, b)| note_floats(a, b, shift, found)),
        (Data::Map(a), Data::Map(b)) => a.values().zip(b.values()).for_each(|(a, b)| note_floats(a, b, shift, found)),
        _ => {}
    }
}

impl Reader {
    /// An error: this is not what the format has here.
    pub fn bad(&mut self, node: &Node, text: String) {
        let place = self.reading.place_of(node);
        self.reading.problems.push(Diagnostic::error("bad-suite", text).at(place));
    }

    /// A field that nobody knows.
    pub fn unknown(&mut self, node: &Node, key: &str, of: &str, known: &[&str], is_error: bool) {
        let place = self.reading.place_of(node);
        let mut found =
            Diagnostic::warning("unknown-field", format!("{of} has no field `{key}`: nothing reads it")).at(place);
        found.help = nearest(key, known.iter().copied())
            .filter(|near| *near != key)
            .map(|near| format!("did you mean `{near}`?"));
        if is_error {
            found.severity = Severity::Error;
        }
        self.reading.problems.push(found);
    }

    /// The entries of a map in the order of the file; null is an empty one.
    pub fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Vec<(String, &'n Node)> {
        if !matches!(node.data, Data::Map(_) | Data::Null) {
            self.bad(node, format!("{what} is {}, where a map was expected", kind_of(node)));
        }
        let mut entries: Vec<_> =
            node.as_map().into_iter().flatten().map(|(key, node)| (key.to_text().into_owned(), node)).collect();
        entries.sort_by_key(|(_, node)| (node.origin.line, node.origin.column));
        entries
    }

    fn checked<'n>(&mut self, node: &'n Node, what: &str, known: &[&str], refused: &[&str]) -> Vec<(String, &'n Node)> {
        let entries = self.entries(node, what);
        for (key, node) in &entries {
            if !known.contains(&key.as_str()) || refused.contains(&key.as_str()) {
                let strict = self.strict;
                self.unknown(node, key, what, known, strict);
            }
        }
        entries
    }

    /// A text; scalars of other types are what is written.
    fn text(&mut self, node: &Node, what: &str) -> String {
        if let (Data::Float(_), Some(text)) = (&node.data, self.floats.get(&(node.origin.line, node.origin.column))) {
            return text.clone();
        }
        match version::scalar(node) {
            Some(text) => text,
            None => {
                self.bad(node, format!("{what} is {}, where a text was expected", kind_of(node)));
                String::new()
            }
        }
    }

    pub fn flag(&mut self, node: &Node, what: &str) -> bool {
        match node.data {
            Data::Bool(b) => b,
            Data::Null => false,
            _ => {
                self.bad(node, format!("{what} is {}, where true or false was expected", kind_of(node)));
                false
            }
        }
    }

    fn number(&mut self, node: &Node, what: &str) -> Option<i64> {
        match node.data {
            Data::Int(n) => Some(n),
            Data::Null => None,
            _ => {
                self.bad(node, format!("{what} is {}, where a whole number was expected", kind_of(node)));
                None
            }
        }
    }

    fn texts(&mut self, node: &Node, what: &str) -> Vec<String> {
        match &node.data {
            Data::Null => Vec::new(),
            Data::List(items) => items.iter().map(|item| self.text(item, &format!("an item of {what}"))).collect(),
            _ => {
                self.bad(node, format!("{what} is {}, where a list of texts was expected", kind_of(node)));
                Vec::new()
            }
        }
    }

    fn suite(&mut self, node: &Node, origin: &Origin<'_>) -> Suite {
        let mut suite = Suite {
            file: Arc::clone(&origin.shown),
            folder: origin.path.parent().map(Path::to_path_buf).unwrap_or_default(),
            snapshots: origin.path.to_path_buf(),
            route: origin.route.to_owned(),
            ..Suite::default()
        };
        let mut has_tests = false;
        for (key, node) in self.checked(node, "a suite", &SUITE, &NOT_OF_SUITE) {
            let what = format!("`{key}`");
            match key.as_str() {
                "suite" => suite.name = self.text(node, &what),
                "values" => suite.values = self.texts(node, &what),
                "set" => suite.set = self.set(node),
                "templates" => suite.templates = self.texts(node, &what),
                "excludeTemplates" => suite.excluded = self.texts(node, &what),
                "includeCrds" => suite.include_crds = self.flag(node, &what),
                "release" => suite.release = self.release(node),
                "chart" => suite.versions = self.versions(node),
                "capabilities" => suite.cluster = self.cluster(node, true),
                "kubernetesProvider" => suite.known = self.known(node),
                "postRenderer" => suite.post_renderer = self.program(node),
                "snapshotId" => suite.snapshot_id = self.text(node, &what),
                "skip" => suite.skip = self.skip(node, true),
                "coverage" => suite.coverage = self.coverage(node),
                "tests" => {
                    has_tests = true;
                    suite.tests = self.tests(node);
                }
                _ => {}
            }
        }
        if suite.tests.is_empty() && !self.reading.problems.iter().any(|problem| problem.severity == Severity::Error) {
            let why = if has_tests { "`tests` is empty" } else { "there is no `tests`" };
            self.bad(node, format!("{why}, where at least one test was expected"));
        }
        if origin.is_rendered && suite.name.is_empty() {
            self.bad(node, "a suite of a chart of tests has no name: `suite` was expected".into());
        }
        if suite.tests.iter().all(|test| test.skip.is_some()) && suite.skip.is_none() {
            suite.skip = Some("all tests are skipped".into());
        }
        suite
    }

    fn tests(&mut self, node: &Node) -> Vec<Test> {
        let Data::List(items) = &node.data else {
            self.bad(node, format!("`tests` is {}, where a list was expected", kind_of(node)));
            return Vec::new();
        };
        items.iter().map(|item| self.test(item)).collect()
    }

    fn test(&mut self, node: &Node) -> Test {
        let mut test = Test {
            name: String::new(),
            place: self.reading.place_of(node),
            values: Vec::new(),
            set: Vec::new(),
            templates: Vec::new(),
            index: None,
            selector: None,
            select: None,
            release: ReleaseSettings::default(),
            versions: ChartVersions::default(),
            cluster: Cluster { api_versions: Some(Vec::new()), ..Cluster::default() },
            known: Known::default(),
            post_renderer: None,
            skip: None,
            asserts: Vec::new(),
        };
        let mut template = String::new();
        for (key, node) in self.checked(node, "a test", &TEST, &NOT_OF_TEST) {
            let what = format!("`{key}`");
            match key.as_str() {
                "it" => test.name = self.text(node, &what),
                "values" => test.values = self.texts(node, &what),
                "set" => test.set = self.set(node),
                "template" => template = self.text(node, &what),
                "templates" => test.templates = self.texts(node, &what),
                "documentIndex" => test.index = self.number(node, &what),
                "documentSelector" => test.selector = self.selector(node),
                "select" => test.select = self.select(node),
                "release" => test.release = self.release(node),
                "chart" => test.versions = self.versions(node),
                "capabilities" => test.cluster = self.cluster(node, false),
                "kubernetesProvider" => test.known = self.known(node),
                "postRenderer" => test.post_renderer = self.program(node),
                "skip" => test.skip = self.skip(node, false),
                "expectFailure" => test.asserts.extend(assertion::expect_failure(self, node)),
                "asserts" => match &node.data {
                    Data::List(items) => {
                        let asserts = items.iter().filter(|item| !item.is_null());
                        let mut asserts: Vec<_> = asserts.filter_map(|item| assertion::read(self, item)).collect();
                        test.asserts.append(&mut asserts);
                    }
                    Data::Null => {}
                    _ => self.bad(node, format!("`asserts` is {}, where a list was expected", kind_of(node))),
                },
                _ => {}
            }
        }
        if test.templates.is_empty() && !template.is_empty() {
            test.templates.push(template);
        }
        if test.asserts.is_empty() && !self.reading.problems.iter().any(|problem| problem.severity == Severity::Error) {
            self.bad(node, format!("the test `{}` asserts nothing: `asserts` was expected", test.name));
        }
        test
    }

    fn set(&mut self, node: &Node) -> Vec<(String, Node)> {
        let entries = self.entries(node, "`set`");
        entries.into_iter().map(|(key, node)| (key, node.clone())).collect()
    }

    fn release(&mut self, node: &Node) -> ReleaseSettings {
        let mut release = ReleaseSettings::default();
        for (key, node) in self.checked(node, "`release`", &["name", "namespace", "revision", "upgrade"], &[]) {
            match key.as_str() {
                "name" => release.name = self.text(node, "`release.name`"),
                "namespace" => release.namespace = self.text(node, "`release.namespace`"),
                "revision" => release.revision = self.number(node, "`release.revision`").unwrap_or_default(),
                "upgrade" => release.upgrade = self.flag(node, "`release.upgrade`"),
                _ => {}
            }
        }
        release
    }

    fn versions(&mut self, node: &Node) -> ChartVersions {
        let mut versions = ChartVersions::default();
        for (key, node) in self.checked(node, "`chart`", &["version", "appVersion"], &[]) {
            let text = self.text(node, &format!("`chart.{key}`"));
            let text = Some(text).filter(|text| !text.is_empty());
            match key.as_str() {
                "version" => versions.version = text,
                "appVersion" => versions.app_version = text,
                _ => {}
            }
        }
        versions
    }

    /// Of a test, null takes the API versions of its suite away; of a version only texts and whole numbers count.
    fn cluster(&mut self, node: &Node, is_suite: bool) -> Cluster {
        let mut cluster = Cluster { api_versions: Some(Vec::new()), ..Cluster::default() };
        let known = ["majorVersion", "minorVersion", "apiVersions"];
        let entries = if is_suite {
            self.checked(node, "`capabilities`", &known, &[])
        } else {
            self.entries(node, "`capabilities`")
        };
        for (key, node) in entries {
            let is_fraction = matches!(node.data, Data::Float(_) | Data::Bool(_));
            match key.as_str() {
                "majorVersion" | "minorVersion" => {
                    let text = self.text(node, &format!("`capabilities.{key}`"));
                    if is_fraction && !is_suite {
                        self.bad(node, format!("`capabilities.{key}` is {text}, where a whole number was expected"));
                    }
                    if key == "majorVersion" { cluster.major = text } else { cluster.minor = text }
                }
                "apiVersions" if is_suite => {
                    cluster.api_versions = Some(self.texts(node, "`capabilities.apiVersions`"))
                }
                "apiVersions" => {
                    let items = matches!(node.data, Data::List(_)).then(|| node.items());
                    cluster.api_versions =
                        items.map(|items| items.iter().filter_map(|item| Some(item.as_text()?.into_owned())).collect());
                }
                other => self.unknown(node, other, "`capabilities`", &known, false),
            }
        }
        cluster
    }

    fn known(&mut self, node: &Node) -> Known {
        let mut known = Known::default();
        for (key, node) in self.checked(node, "`kubernetesProvider`", &["scheme", "objects"], &[]) {
            match key.as_str() {
                "objects" => match &node.data {
                    Data::List(items) => known.objects = items.iter().cloned().collect(),
                    Data::Null => {}
                    _ => self.bad(node, format!("`objects` is {}, where a list was expected", kind_of(node))),
                },
                "scheme" => {
                    for (name, node) in self.entries(node, "`scheme`") {
                        let text =
                            |field: &str| node.get("gvr").and_then(|gvr| gvr.get(field)).and_then(version::scalar);
                        let (group, version) = (text("group").unwrap_or_default(), text("version").unwrap_or_default());
                        let namespaced =
                            matches!(node.get("namespaced").map(|node| &node.data), Some(Data::Bool(true)));
                        known.scheme.push((name, Resource { group, version, namespaced }));
                    }
                }
                _ => {}
            }
        }
        known
    }

    fn program(&mut self, node: &Node) -> Option<Program> {
        let (mut command, mut arguments) = (String::new(), Vec::new());
        for (key, node) in self.checked(node, "`postRenderer`", &["cmd", "args"], &[]) {
            match key.as_str() {
                "cmd" => command = self.text(node, "`postRenderer.cmd`"),
                "args" => arguments = self.texts(node, "`postRenderer.args`"),
                _ => {}
            }
        }
        (!command.is_empty()).then_some(Program { command, arguments })
    }

    fn skip(&mut self, node: &Node, is_suite: bool) -> Option<String> {
        let mut reason = None;
        let known: &[&str] = if is_suite { &["reason", "minimumVersion"] } else { &["reason"] };
        for (key, node) in self.checked(node, "`skip`", known, &[]) {
            let text = self.text(node, &format!("`skip.{key}`"));
            match key.as_str() {
                "reason" if !text.is_empty() => reason = Some(text),
                "minimumVersion" if is_suite && !text.is_empty() && !version::is_met(&text) => {
                    reason = Some(format!(
                        "the suite is for version {text} of helm-unittest, and this is what {} does",
                        version::COMPATIBLE
                    ));
                }
                _ => {}
            }
        }
        reason
    }

    /// `documentSelector` of a test or an assertion.
    pub fn selector(&mut self, node: &Node) -> Option<Selector> {
        let mut selector =
            Selector { path: JsonPath::new(String::new()), value: None, match_many: false, skip_empty: false };
        let known = ["path", "value", "matchMany", "skipEmptyTemplates"];
        for (key, node) in self.checked(node, "`documentSelector`", &known, &[]) {
            match key.as_str() {
                "path" => selector.path = JsonPath::new(self.text(node, "`documentSelector.path`")),
                "value" => selector.value = Some(node.clone()).filter(|value| !value.is_null()),
                "matchMany" => selector.match_many = self.flag(node, "`documentSelector.matchMany`"),
                "skipEmptyTemplates" => selector.skip_empty = self.flag(node, "`documentSelector.skipEmptyTemplates`"),
                _ => {}
            }
        }
        Some(selector)
    }

    /// `select: Kind/name`, or `{kind, name}`.
    pub fn select(&mut self, node: &Node) -> Option<Select> {
        match &node.data {
            Data::Str(text) => {
                let text = text.to_text();
                let (kind, name) = text.split_once('/').unwrap_or((&text, "*"));
                Some(Select { kind: kind.to_owned(), name: name.to_owned() })
            }
            Data::Map(_) => {
                let mut select = Select { kind: "*".into(), name: "*".into() };
                for (key, node) in self.checked(node, "`select`", &["kind", "name"], &[]) {
                    let text = self.text(node, &format!("`select.{key}`"));
                    if key == "kind" { select.kind = text } else { select.name = text }
                }
                Some(select)
            }
            _ => {
                self.bad(node, format!("`select` is {}, where KIND/NAME was expected", kind_of(node)));
                None
            }
        }
    }

    fn coverage(&mut self, node: &Node) -> Option<CoverageWanted> {
        let place: Place = self.reading.place_of(node);
        if let Some(number) = node.as_number() {
            return Some(CoverageWanted { place, thresholds: vec![("min".into(), number)] });
        }
        let mut thresholds = Vec::new();
        for (key, node) in self.entries(node, "`coverage`") {
            if !thresholds::NAMES.contains(&key.as_str()) {
                let known = thresholds::NAMES.join(", ");
                self.bad(node, format!("`coverage.{key}` is nothing that is counted: expected one of {known}"));
                continue;
            }
            match node.as_number().filter(|number| (0.0..=100.0).contains(number)) {
                Some(number) => thresholds.push((key, number)),
                None => self.bad(node, format!("`coverage.{key}` is {}, where per cent were expected", kind_of(node))),
            }
        }
        Some(CoverageWanted { place, thresholds })
    }
}

/// What stands there, for messages.
pub(super) fn kind_of(node: &Node) -> &'static str {
    match node.data {
        Data::Null => "null",
        Data::Bool(_) => "a boolean",
        Data::Int(_) | Data::Float(_) => "a number",
        Data::Str(_) => "a text",
        Data::List(_) => "a list",
        Data::Map(_) => "a map",
    }
}
