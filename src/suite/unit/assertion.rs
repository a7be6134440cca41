//! Reads assertions.
//!
//! In: an entry of `asserts`. Out: an [`Assertion`], or what is wrong with it.

use super::model::{Assertion, At, Check, JsonPath};
use super::read::{Reader, kind_of};
use crate::nearest::nearest;
use crate::value::{Data, Node};

/// What stands in an assertion beside its type.
const AROUND: [&str; 5] = ["template", "documentIndex", "documentSelector", "not", "select"];

/// An assertion of the format: its name, the fields it takes, and whether it says that something is not.
struct Row {
    name: &'static str,
    fields: &'static [&'static str],
    antonym: bool,
}

const fn row(name: &'static str, fields: &'static [&'static str]) -> Row {
    Row { name, fields, antonym: false }
}

const fn antonym(name: &'static str, fields: &'static [&'static str]) -> Row {
    Row { name, fields, antonym: true }
}

const VALUE: &[&str] = &["path", "value"];
const EQUAL: &[&str] = &["path", "value", "decodeBase64"];
const REGEX: &[&str] = &["path", "pattern", "decodeBase64"];
const CONTENT: &[&str] = &["path", "content"];
const CONTAINS: &[&str] = &["path", "content", "count", "any"];
const LENGTH: &[&str] = &["path", "paths", "count"];
const FAILED: &[&str] = &["errorMessage", "errorPattern"];

/// All of them, and our own one at the end.
const ROWS: [Row; 37] = [
    row("matchSnapshot", &["path", "matchRegex", "notMatchRegex"]),
    row("matchSnapshotRaw", &[]),
    row("equal", EQUAL),
    antonym("notEqual", EQUAL),
    row("greaterOrEqual", VALUE),
    antonym("notGreaterOrEqual", VALUE),
    row("lessOrEqual", VALUE),
    antonym("notLessOrEqual", VALUE),
    row("equalRaw", &["value"]),
    antonym("notEqualRaw", &["value"]),
    row("exists", &["path"]),
    antonym("notExists", &["path"]),
    row("matchRegex", REGEX),
    antonym("notMatchRegex", REGEX),
    row("matchRegexRaw", &["pattern"]),
    antonym("notMatchRegexRaw", &["pattern"]),
    row("contains", CONTAINS),
    antonym("notContains", CONTAINS),
    row("isKind", &["of"]),
    row("isAPIVersion", &["of"]),
    row("hasDocuments", &["count", "filterAware"]),
    row("isSubset", CONTENT),
    antonym("isNotSubset", CONTENT),
    row("isNullOrEmpty", &["path"]),
    antonym("isNotNullOrEmpty", &["path"]),
    row("failedTemplate", FAILED),
    antonym("notFailedTemplate", FAILED),
    row("containsDocument", &["kind", "apiVersion", "name", "namespace", "any"]),
    row("lengthEqual", LENGTH),
    antonym("notLengthEqual", LENGTH),
    antonym("isNull", &["path"]),
    row("isNotNull", &["path"]),
    row("isEmpty", &["path"]),
    antonym("isNotEmpty", &["path"]),
    row("isType", &["path", "type"]),
    antonym("isNotType", &["path", "type"]),
    row("expectFailure", &["message", "pattern", "at"]),
];

/// The names of all assertions.
pub fn names() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|row| row.name)
}

/// Reads one.
pub(super) fn read(reader: &mut Reader, node: &Node) -> Option<Assertion> {
    if !matches!(node.data, Data::Map(_)) {
        reader.bad(node, format!("an assertion is {}, where a map was expected", kind_of(node)));
        return None;
    }
    let entries = reader.entries(node, "an assertion");
    let mut types = entries.iter().filter_map(|(key, node)| Some((ROWS.iter().find(|row| row.name == key)?, *node)));
    let Some((row, params)) = types.next() else {
        let other = entries.iter().find(|(key, _)| !AROUND.contains(&key.as_str()));
        match other {
            None => reader.bad(node, "an assertion has no type: one such as `equal` was expected".into()),
            Some((key, at)) => {
                let near = nearest(key, names()).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                reader.bad(at, format!("there is no assertion `{key}`{near}"));
            }
        }
        return None;
    };
    if let Some((second, at)) = types.next() {
        reader.bad(at, format!("an assertion is `{}` and `{}`, where one type was expected", row.name, second.name));
        return None;
    }
    let mut assertion = Assertion {
        kind: row.name,
        check: check(reader, row, params)?,
        not: false,
        negative: false,
        template: String::new(),
        index: -1,
        selector: None,
        select: None,
        place: reader.reading.place_of(node),
    };
    for (key, at) in &entries {
        match key.as_str() {
            // Of another type these are passed over.
            "template" => assertion.template = around(reader, at, key, at.as_text().map(|text| text.into_owned())),
            "not" => assertion.not = around(reader, at, key, at.as_bool()),
            "documentIndex" => {
                let index = if let Data::Int(index) = at.data { Some(index) } else { None };
                if index.is_none() {
                    reader.unknown(at, key, "an assertion with such a value", &[], false);
                }
                assertion.index = index.unwrap_or(-1);
            }
            "documentSelector" if matches!(at.data, Data::Map(_)) => {
                if !matches!(at.get("path").map(|path| &path.data), Some(Data::Str(_))) {
                    reader.bad(at, "`documentSelector` has no `path`".into());
                }
                assertion.selector = reader.selector(at);
            }
            "select" => assertion.select = reader.select(at),
            other if other == row.name => {}
            other => {
                let known: Vec<&str> = AROUND.into_iter().chain(row.fields.iter().copied()).collect();
                reader.unknown(at, other, &format!("`{}`, at this depth,", row.name), &known, false);
            }
        }
    }
    assertion.negative = assertion.not != row.antonym;
    Some(assertion)
}

fn around<T: Default>(reader: &mut Reader, at: &Node, key: &str, value: Option<T>) -> T {
    if value.is_none() {
        reader.unknown(at, key, "an assertion with such a value", &[], false);
    }
    value.unwrap_or_default()
}

/// `expectFailure` of a test: a text that the message holds, or the map of the assertion.
pub(super) fn expect_failure(reader: &mut Reader, node: &Node) -> Option<Assertion> {
    let row = ROWS.iter().find(|row| row.name == "expectFailure")?;
    Some(Assertion {
        kind: row.name,
        check: check(reader, row, node)?,
        not: false,
        negative: false,
        template: String::new(),
        index: -1,
        selector: None,
        select: None,
        place: reader.reading.place_of(node),
    })
}

/// The fields of an assertion, as they are read.
struct Fields<'r, 'n> {
    reader: &'r mut Reader,
    row: &'static Row,
    entries: Vec<(String, &'n Node)>,
    is_bad: bool,
}

impl<'n> Fields<'_, 'n> {
    /// A field, in whatever case.
    fn get(&self, name: &str) -> Option<&'n Node> {
        self.entries.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, node)| *node)
    }

    fn given(&self, name: &str) -> Option<&'n Node> {
        self.get(name).filter(|node| !node.is_null())
    }

    fn refuse(&mut self, node: &Node, name: &str, wanted: &str) {
        self.reader
            .bad(node, format!("`{}` of `{}` is {}, where {wanted} was expected", name, self.row.name, kind_of(node)));
        self.is_bad = true;
    }

    fn text(&mut self, name: &str) -> String {
        let Some(node) = self.given(name) else { return String::new() };
        if let Some(text) = node.as_text() {
            return text.into_owned();
        }
        self.refuse(node, name, "a text");
        String::new()
    }

    fn path(&mut self) -> JsonPath {
        JsonPath::new(self.text("path"))
    }

    fn flag(&mut self, name: &str) -> bool {
        let Some(node) = self.given(name) else { return false };
        if node.as_bool().is_none() {
            self.refuse(node, name, "true or false");
        }
        node.as_bool().unwrap_or_default()
    }

    fn count(&mut self) -> Option<i64> {
        let node = self.given("count")?;
        match node.data {
            Data::Int(n) => Some(n),
            Data::Float(n) => Some(n as i64),
            _ => {
                self.refuse(node, "count", "a whole number");
                None
            }
        }
    }

    fn any(&self, name: &str) -> Node {
        self.get(name).cloned().unwrap_or_default()
    }

    fn pattern_in(&mut self, name: &str) -> String {
        let Some(node) = self.given(name) else { return String::new() };
        match (&node.data, node.get("pattern").map(|node| (node, node.as_text()))) {
            (Data::Map(_), None) => String::new(),
            (Data::Map(_), Some((_, Some(text)))) => text.trim().to_owned(),
            (_, Some((node, None))) => {
                self.refuse(node, "pattern", "a text");
                String::new()
            }
            _ => {
                self.refuse(node, name, "a map with `pattern`");
                String::new()
            }
        }
    }
}

fn check(reader: &mut Reader, row: &'static Row, params: &Node) -> Option<Check> {
    if let ("expectFailure", Data::Str(text)) = (row.name, &params.data) {
        return Some(Check::Failed { message: text.to_text().into_owned(), pattern: String::new(), at: None });
    }
    if !matches!(params.data, Data::Map(_) | Data::Null) {
        reader.bad(params, format!("`{}` is {}, where a map was expected", row.name, kind_of(params)));
        return None;
    }
    let entries = reader.entries(params, row.name);
    for (key, node) in &entries {
        if !row.fields.iter().any(|field| field.eq_ignore_ascii_case(key)) {
            let is_around = AROUND.contains(&key.as_str());
            let of =
                if is_around { format!("`{}`, inside of its own map,", row.name) } else { format!("`{}`", row.name) };
            reader.unknown(node, key, &of, row.fields, false);
        }
    }
    let mut fields = Fields { reader, row, entries, is_bad: false };
    let check = match row.name {
        "matchSnapshot" => Check::Snapshot {
            path: fields.path(),
            matches: fields.pattern_in("matchRegex"),
            excludes: fields.pattern_in("notMatchRegex"),
        },
        "matchSnapshotRaw" => Check::SnapshotRaw,
        "equal" | "notEqual" => {
            Check::Equal { path: fields.path(), value: fields.any("value"), decode: fields.flag("decodeBase64") }
        }
        "greaterOrEqual" | "notGreaterOrEqual" => {
            Check::Compare { path: fields.path(), value: fields.any("value"), greater: true }
        }
        "lessOrEqual" | "notLessOrEqual" => {
            Check::Compare { path: fields.path(), value: fields.any("value"), greater: false }
        }
        "equalRaw" | "notEqualRaw" => Check::EqualRaw { value: fields.text("value") },
        "exists" | "notExists" | "isNull" | "isNotNull" => Check::Exists { path: fields.path() },
        "matchRegex" | "notMatchRegex" => {
            Check::Regex { path: fields.path(), pattern: fields.text("pattern"), decode: fields.flag("decodeBase64") }
        }
        "matchRegexRaw" | "notMatchRegexRaw" => Check::RegexRaw { pattern: fields.text("pattern") },
        "contains" | "notContains" => Check::Contains {
            path: fields.path(),
            content: fields.any("content"),
            count: fields.count(),
            any: fields.flag("any"),
        },
        "isKind" => Check::Kind { of: fields.text("of") },
        "isAPIVersion" => Check::ApiVersion { of: fields.text("of") },
        "hasDocuments" => {
            Check::Documents { count: fields.count().unwrap_or_default(), filter_aware: fields.flag("filterAware") }
        }
        "isSubset" | "isNotSubset" => Check::Subset { path: fields.path(), content: fields.any("content") },
        "isNullOrEmpty" | "isNotNullOrEmpty" | "isEmpty" | "isNotEmpty" => Check::Empty { path: fields.path() },
        "failedTemplate" | "notFailedTemplate" => {
            Check::Failed { message: fields.text("errorMessage"), pattern: fields.text("errorPattern"), at: None }
        }
        "expectFailure" => {
            let at = fields.text("at");
            let at = (!at.is_empty()).then(|| match at.rsplit_once(':') {
                Some((file, line)) if line.parse::<u32>().is_ok() => At { file: file.into(), line: line.parse().ok() },
                _ => At { file: at.clone(), line: None },
            });
            Check::Failed { message: fields.text("message"), pattern: fields.text("pattern"), at }
        }
        "containsDocument" => Check::Document {
            kind: fields.text("kind"),
            api_version: fields.text("apiVersion"),
            name: fields.text("name"),
            namespace: fields.text("namespace"),
            any: fields.flag("any"),
        },
        "lengthEqual" | "notLengthEqual" => {
            let mut paths = Vec::new();
            match fields.given("paths") {
                None => {}
                Some(node) if matches!(node.data, Data::List(_)) => {
                    for item in node.items() {
                        match item.as_text() {
                            Some(text) => paths.push(JsonPath::new(text.into_owned())),
                            None => fields.refuse(item, "paths", "a text in each place"),
                        }
                    }
                }
                Some(node) => fields.refuse(node, "paths", "a list"),
            }
            Check::Length { path: fields.path(), paths, count: fields.count() }
        }
        _ => Check::Type { path: fields.path(), name: fields.text("type") },
    };
    (!fields.is_bad).then_some(check)
}
