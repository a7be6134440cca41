//! What assertions say of documents: the verdicts of helm-unittest 1.1.
//!
//! In: an assertion, the documents it looks at. Out: a [`Verdict`]: whether it holds, what speaks against it, and whether
//! it could have failed at all. Where helm-unittest's verdict is odd, it is ours too, and told as vacuous.

use super::documents::{Doc, RAW};
use super::model::{Assertion, Check, JsonPath};
use super::path::{Found, Path, Step};
use super::snapshot::{Comparison, Snapshots};
use super::version;
use crate::funcs::Matcher;
use crate::secrets;
use crate::value::{Data, Node, Str};
use crate::yaml;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// What an assertion is checked on.
pub(super) struct Context<'c, 's> {
    /// All documents of the template.
    pub all: usize,
    /// Those that were selected.
    pub selected: Vec<&'c Doc>,
    pub snapshots: &'c mut Snapshots<'s>,
    /// Why the chart was not rendered, where that is no document.
    pub render_error: Option<&'c str>,
}

/// Something that speaks against an assertion.
#[derive(Debug, Clone, Default)]
pub(super) struct Fault {
    pub message: String,
    /// Line and column of the rendered file.
    pub at: Option<(u32, u32)>,
    /// What was expected and what is there, where they are more than a word; secrets are masked.
    pub texts: Option<(String, String)>,
}

impl Fault {
    pub fn new(message: impl Into<String>) -> Self {
        Fault { message: message.into(), ..Fault::default() }
    }

    fn at(self, node: &Node) -> Self {
        Fault { at: Some((node.origin.line, node.origin.column)), ..self }
    }
}

/// What came of an assertion on the documents of one template.
#[derive(Debug, Clone, Default)]
pub(super) struct Verdict {
    pub passed: bool,
    pub faults: Vec<Fault>,
    /// Why it passed whatever the chart does.
    pub vacuous: Option<String>,
}

impl Verdict {
    fn of(passed: bool, fault: impl FnOnce() -> Fault) -> Self {
        Verdict { passed, faults: if passed { Vec::new() } else { vec![fault()] }, vacuous: None }
    }

    pub fn failed(fault: Fault) -> Self {
        Verdict { passed: false, faults: vec![fault], vacuous: None }
    }
}

/// A value that a path has led to.
pub(super) struct Got<'n> {
    node: Cow<'n, Node>,
}

/// What a float becomes when helm-unittest writes the document and reads it again to follow a path: `1.0` is `1`.
fn reread(node: &Node) -> Option<i64> {
    /// From here on Go writes an exponent.
    const EXPONENT: f64 = 1e6;
    match node.data {
        Data::Float(n) if n.fract() == 0.0 && n.abs() < EXPONENT => Some(n as i64),
        _ => None,
    }
}

/// Whether a selector wants this value.
pub(super) fn is_same(wanted: &Node, actual: &Node) -> bool {
    is_equal(wanted, actual, true)
}

/// Go's `reflect.DeepEqual` of what a suite says and what a document has.
fn is_equal(expected: &Node, actual: &Node, is_reread: bool) -> bool {
    match (&expected.data, &actual.data) {
        (Data::List(a), Data::List(b)) => {
            a.len() == b.len() && a.iter().zip(&**b).all(|(a, b)| is_equal(a, b, is_reread))
        }
        (Data::Map(a), Data::Map(b)) => {
            a.len() == b.len() && a.iter().zip(&**b).all(|((ka, a), (kb, b))| ka == kb && is_equal(a, b, is_reread))
        }
        (Data::Int(a), Data::Float(_)) if is_reread => reread(actual) == Some(*a),
        (Data::Float(a), Data::Float(b)) => a == b && (!is_reread || reread(actual).is_none()),
        (a, b) => a == b,
    }
}

/// A text without the blanks before line breaks, and without line breaks in front.
pub(super) fn uniform(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let Some(body) = line.strip_suffix('\n') else {
            out.push_str(line);
            continue;
        };
        let plain = body.strip_suffix('\r').unwrap_or(body);
        let trimmed = plain.trim_end_matches(' ');
        out.push_str(if trimmed.len() < plain.len() { trimmed } else { body });
        out.push('\n');
    }
    out.trim_start_matches('\n').to_owned()
}

/// Go's `%v` of what stands under `raw`: there is nothing in a document that is YAML.
fn raw_text(doc: &Doc) -> String {
    match doc.node.get(RAW) {
        Some(node) => uniform(&version::scalar(node).unwrap_or_default()),
        None => "<nil>".into(),
    }
}

/// Go's name of a value's type.
fn type_name(node: &Node) -> &'static str {
    match node.data {
        Data::Null => "",
        Data::Int(_) => "int",
        _ => node.data.type_name(),
    }
}

/// Whether what a path leads to is not to be shown.
fn is_hidden(doc: &Doc, path: &str) -> bool {
    let is_open = ["metadata", "kind", "apiVersion", "type", "immutable"].iter().any(|open| path.starts_with(open));
    doc.text_at("kind") == "Secret" && !is_open || secrets::sounds_secret(path)
}

/// Characters of a value that are shown in a message.
const SHOWN: usize = 80;

/// A value in a line.
fn short(node: &Node) -> String {
    let text = yaml::to_json(&node.to_value(), false).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).trim_end().to_owned();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// A value as YAML, without what sounds secret.
fn long(node: &Node) -> String {
    secrets::masked(&snapshot_text(node)).join("\n") + "\n"
}

/// The texts of a value as a snapshot has them: YAML of two blanks, without line breaks in front of texts.
pub(super) fn snapshot_text(node: &Node) -> String {
    let text = yaml::to_yaml_pretty(&without_first_breaks(node).to_value()).unwrap_or_default();
    String::from_utf8_lossy(&text).into_owned()
}

fn without_first_breaks(node: &Node) -> Node {
    let data = match &node.data {
        Data::Str(text) if text.starts_with(b"\n") => Data::Str(Str::from(text.to_text().trim_start_matches('\n'))),
        Data::List(items) => Data::list(items.iter().map(without_first_breaks).collect()),
        Data::Map(map) => Data::map(map.iter().map(|(key, node)| (key.clone(), without_first_breaks(node))).collect()),
        _ => return node.clone(),
    };
    Node { data, ..*node_like(node) }
}

fn node_like(node: &Node) -> Box<Node> {
    Box::new(Node { data: Data::Null, origin: node.origin })
}

fn is_small(node: &Node) -> bool {
    match &node.data {
        Data::Str(text) => !text.contains(&b'\n') && text.len() <= SHOWN,
        Data::List(items) => items.is_empty(),
        Data::Map(map) => map.is_empty(),
        _ => true,
    }
}

/// Both sides of a comparison, ready to be shown: in the message where they are small, else as texts.
fn both(doc: &Doc, path: &str, what: &str, expected: &Node, actual: &Node) -> Fault {
    if is_hidden(doc, path) {
        return Fault::new(format!("{} is not {what} expected; both are hidden", named(path)));
    }
    if is_small(expected) && is_small(actual) {
        return Fault::new(format!(
            "{} is {}, where {}{} was expected",
            named(path),
            short(actual),
            article(what),
            short(expected)
        ));
    }
    Fault {
        texts: Some((long(expected), long(actual))),
        ..Fault::new(format!("{} is not {what} expected", named(path)))
    }
}

fn article(what: &str) -> &'static str {
    if what == "what was" { "" } else { "something like " }
}

fn named(path: &str) -> String {
    if path.is_empty() { "the document".into() } else { format!("`{path}`") }
}

/// The values of a path in a document.
///
/// # Errors
/// What is wrong with the path.
fn values<'n>(doc: &'n Doc, path: &JsonPath) -> Result<Vec<Got<'n>>, String> {
    let path = path.path.as_ref().map_err(Clone::clone)?;
    Ok(path
        .find(&doc.node)
        .into_iter()
        .map(|found| match found {
            Found::Node(node) => Got { node: Cow::Borrowed(node) },
            Found::Key(key, node) => {
                Got { node: Cow::Owned(Node { data: Data::Str(key.into()), origin: node.origin }) }
            }
        })
        .collect())
}

impl Assertion {
    /// The verdict on the documents of one template.
    pub fn check(&self, context: &mut Context<'_, '_>) -> Verdict {
        let negative = self.negative;
        match &self.check {
            Check::Equal { path, value, decode } => {
                self.each_value(context, path, |doc, got| equal(doc, path, value, got, *decode, negative))
            }
            Check::Exists { path } => self.each(context, |doc| exists(doc, path, negative)),
            Check::Contains { path, content, count, any } => {
                self.each_value(context, path, |doc, got| contains(doc, path, content, *count, *any, got, negative))
            }
            Check::Subset { path, content } => {
                self.each_value(context, path, |doc, got| subset(doc, path, content, got, negative))
            }
            Check::Empty { path } => self.each_value(context, path, |doc, got| empty(doc, path, got, negative)),
            Check::Type { path, name } => self.each_value(context, path, |_, got| {
                let found = if path_is_whole(path) || reread(got).is_none() { type_name(got) } else { "int" };
                let not = if negative { "another type" } else { name };
                let shown = if found.is_empty() { "null" } else { found };
                ((found == name) != negative)
                    | say(format!("{} is of type {shown}, where {not} was expected", named(&path.text)))
            }),
            Check::Regex { path, pattern, decode } => self.regex(context, path, pattern, *decode),
            Check::Compare { path, value, greater } => self.compare(context, path, value, *greater),
            Check::Length { path, paths, count } => self.length(context, path, paths, *count),
            Check::Kind { of } => self.head(context, "kind", of),
            Check::ApiVersion { of } => self.head(context, "apiVersion", of),
            Check::EqualRaw { value } => self.raw(context, |text| {
                ((text == value) != negative).then_some(()).ok_or_else(|| match negative {
                    true => Fault::new("the text is what it was expected not to be"),
                    false => Fault {
                        texts: Some((value.clone(), text.to_owned())),
                        ..Fault::new("the text is not what was expected")
                    },
                })
            }),
            Check::RegexRaw { pattern } => {
                if pattern.is_empty() {
                    return Verdict::failed(Fault::new("`pattern` is empty, where a regular expression was expected"));
                }
                let matcher = match Matcher::new(pattern) {
                    Ok(matcher) => matcher,
                    Err(_) if context.selected.is_empty() => return self.nothing(),
                    Err(error) => return Verdict::failed(Fault::new(error)),
                };
                let not = if negative { "matches" } else { "does not match" };
                self.raw(context, |text| {
                    (matcher.is_match(text) != negative).then_some(()).ok_or_else(|| {
                        Fault::new(format!("the text {not} `{pattern}`: {}", short(&Node::new(Data::Str(text.into())))))
                    })
                })
            }
            Check::Documents { count, filter_aware } => {
                let found = if *filter_aware { context.selected.len() } else { context.all };
                let is_equal = i64::try_from(found).ok() == Some(*count);
                let not = if negative { "another number" } else { "" };
                Verdict::of(is_equal != negative, || {
                    Fault::new(format!(
                        "there are {found} documents, where {}{} was expected",
                        not,
                        if negative { String::new() } else { count.to_string() }
                    ))
                })
            }
            Check::Document { kind, api_version, name, namespace, any } => {
                self.document(context, [kind, api_version, name, namespace], *any)
            }
            Check::Snapshot { path, matches, excludes } => self.snapshot(context, path, matches, excludes),
            Check::SnapshotRaw => self.snapshot_raw(context),
            Check::Failed { message, pattern, .. } => self.failed(context, message, pattern),
        }
    }

    /// What comes of an assertion that looks at no document.
    fn nothing(&self) -> Verdict {
        if self.negative {
            return Verdict { passed: true, vacuous: Some("it looks at no document".into()), ..Verdict::default() };
        }
        Verdict::failed(Fault::new("no document was found to look at"))
    }

    /// All documents must hold.
    fn each(&self, context: &Context<'_, '_>, check: impl Fn(&Doc) -> Result<(), Vec<Fault>>) -> Verdict {
        if context.selected.is_empty() {
            return self.nothing();
        }
        let mut verdict = Verdict { passed: true, ..Verdict::default() };
        for doc in &context.selected {
            if let Err(faults) = check(doc) {
                verdict.passed = false;
                verdict.faults.extend(faults);
            }
        }
        if verdict.passed && self.negative {
            verdict.vacuous = self.path().and_then(|path| astray(path, &context.selected));
        }
        verdict
    }

    /// All values that a path leads to must hold; without one, only what is said not to be does.
    fn each_value(&self, context: &Context<'_, '_>, path: &JsonPath, check: impl Fn(&Doc, &Node) -> Held) -> Verdict {
        self.each(context, |doc| {
            let found = values(doc, path).map_err(|wrong| vec![Fault::new(wrong)])?;
            if found.is_empty() {
                return if self.negative { Ok(()) } else { Err(vec![unknown(doc, path)]) };
            }
            let faults: Vec<Fault> =
                found.iter().filter_map(|got| check(doc, &got.node).0.map(|fault| fault.at(&got.node))).collect();
            if faults.is_empty() { Ok(()) } else { Err(faults) }
        })
    }

    fn path(&self) -> Option<&JsonPath> {
        match &self.check {
            Check::Equal { path, .. }
            | Check::Compare { path, .. }
            | Check::Exists { path }
            | Check::Regex { path, .. }
            | Check::Contains { path, .. }
            | Check::Subset { path, .. }
            | Check::Empty { path }
            | Check::Length { path, .. }
            | Check::Type { path, .. }
            | Check::Snapshot { path, .. } => Some(path),
            _ => None,
        }
    }

    fn regex(&self, context: &Context<'_, '_>, path: &JsonPath, pattern: &str, decode: bool) -> Verdict {
        if pattern.is_empty() {
            return Verdict::failed(Fault::new("`pattern` is empty, where a regular expression was expected"));
        }
        let matcher = Matcher::new(pattern);
        let negative = self.negative;
        self.each(context, |doc| {
            let found = values(doc, path).map_err(|wrong| vec![Fault::new(wrong)])?;
            let matcher = matcher.as_ref().map_err(|error| vec![Fault::new(error.clone())])?;
            if found.is_empty() {
                return if negative { Ok(()) } else { Err(vec![unknown(doc, path)]) };
            }
            let one = |got: &Got<'_>| -> Held {
                let Data::Str(text) = &got.node.data else {
                    return say(format!(
                        "{} is {}, where a text was expected",
                        named(&path.text),
                        hide(doc, path, &got.node)
                    ));
                };
                let text = match decode.then(|| STANDARD.decode(&**text)) {
                    Some(Err(_)) => return say(format!("{} is no base64", named(&path.text))),
                    Some(Ok(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
                    None => text.to_text().into_owned(),
                };
                let not = if negative { "which matches" } else { "which does not match" };
                let shown = Node { data: Data::Str(text.as_str().into()), ..*node_like(&got.node) };
                (matcher.is_match(&text) != negative)
                    | say(format!("{} is {}, {not} `{pattern}`", named(&path.text), hide(doc, path, &shown)))
            };
            let faults: Vec<Fault> =
                found.iter().filter_map(|got| one(got).0.map(|fault| fault.at(&got.node))).collect();
            if faults.is_empty() { Ok(()) } else { Err(faults) }
        })
    }

    /// Numbers and texts by their order. What is said not to be greater passes whatever is there, as in helm-unittest.
    fn compare(&self, context: &Context<'_, '_>, path: &JsonPath, value: &Node, greater: bool) -> Verdict {
        if context.selected.is_empty() {
            return self.nothing();
        }
        let word = if greater { "greater" } else { "less" };
        let mut verdict = Verdict { passed: true, ..Verdict::default() };
        for doc in &context.selected {
            let found = match values(doc, path) {
                Err(wrong) => {
                    verdict.passed = false;
                    verdict.faults.push(Fault::new(wrong));
                    continue;
                }
                Ok(found) if found.is_empty() => {
                    if !self.negative {
                        verdict.passed = false;
                        verdict.faults.push(unknown(doc, path));
                    }
                    continue;
                }
                Ok(found) => found,
            };
            let mut passed = false;
            for (number, got) in found.iter().enumerate() {
                let actual = match reread(&got.node) {
                    Some(n) if !path_is_whole(path) => Data::Int(n),
                    _ => got.node.data.clone(),
                };
                let order = match (&actual, &value.data) {
                    (Data::Int(a), Data::Int(b)) => a.partial_cmp(b),
                    (Data::Float(a), Data::Float(b)) => a.partial_cmp(b),
                    (Data::Str(a), Data::Str(b)) => a.partial_cmp(b),
                    (a, b) => {
                        let same = std::mem::discriminant(a) == std::mem::discriminant(b);
                        let types = (type_name(&Node::new(a.clone())), type_name(value));
                        let text = match same {
                            true => format!("{} is of type {}, which has no order", named(&path.text), types.0),
                            false => {
                                format!("{} is of type {}, where {} was expected", named(&path.text), types.0, types.1)
                            }
                        };
                        verdict.faults.push(Fault::new(text).at(&got.node));
                        if same {
                            passed = false;
                        }
                        continue;
                    }
                };
                let holds = if greater {
                    order.is_some_and(|order| order.is_ge())
                } else {
                    order.is_some_and(|order| order.is_le())
                };
                let is_odd = self.negative && greater;
                let ok = is_odd || holds != self.negative;
                if is_odd && holds {
                    verdict.vacuous = Some(format!(
                        "{} is {}, which is greater than or equal to {}: helm-unittest passes this assertion whatever is there",
                        named(&path.text),
                        hide(doc, path, &got.node),
                        short(value)
                    ));
                }
                if !ok {
                    let not = if self.negative { " not" } else { "" };
                    let text = format!(
                        "{} is {}, which is{} {word} than or equal to {}",
                        named(&path.text),
                        hide(doc, path, &got.node),
                        if self.negative { "" } else { " not" },
                        short(value)
                    );
                    let _ = not;
                    verdict.faults.push(Fault::new(text).at(&got.node));
                }
                passed = ok && (number == 0 || passed);
            }
            verdict.passed &= passed;
        }
        if verdict.passed && self.negative && verdict.vacuous.is_none() {
            verdict.vacuous = astray(path, &context.selected);
        }
        verdict
    }

    fn length(&self, context: &Context<'_, '_>, path: &JsonPath, paths: &[JsonPath], count: Option<i64>) -> Verdict {
        let is_single = !path.text.is_empty();
        if is_single && count.is_none_or(|count| count < 0) {
            return Verdict::failed(Fault::new("`count` is missing, which `path` needs"));
        }
        if is_single && !paths.is_empty() {
            return Verdict::failed(Fault::new("`path` and `paths` were given, where one of them was expected"));
        }
        let negative = self.negative;
        let one = |doc: &Doc, path: &JsonPath| -> (bool, Vec<Fault>, i64) {
            let found = match values(doc, path) {
                Ok(found) => found,
                Err(wrong) => return (false, vec![Fault::new(wrong)], 0),
            };
            let (mut passed, mut faults, mut length) = (found.is_empty() && negative, Vec::new(), 0);
            if found.is_empty() && !negative {
                faults.push(unknown(doc, path));
            }
            for (number, got) in found.iter().enumerate() {
                let is_list = matches!(got.node.data, Data::List(_));
                if !is_list && count.is_none() {
                    faults.push(Fault::new(format!("{} is no list", named(&path.text))).at(&got.node));
                    continue;
                }
                length = i64::try_from(got.node.items().len()).unwrap_or(i64::MAX);
                let ok = count.is_none_or(|count| (length == count) != negative);
                if !ok {
                    let wanted =
                        if negative { "another number".to_owned() } else { count.unwrap_or_default().to_string() };
                    faults.push(
                        Fault::new(format!("{} has {length} items, where {wanted} was expected", named(&path.text)))
                            .at(&got.node),
                    );
                }
                passed = ok && (number == 0 || passed);
            }
            (passed, faults, length)
        };
        self.each(context, |doc| {
            if is_single {
                let (passed, faults, _) = one(doc, path);
                return if passed { Ok(()) } else { Err(faults) };
            }
            let mut all: Vec<(&str, i64)> = Vec::new();
            let mut faults = Vec::new();
            let mut is_bad = false;
            for path in paths {
                let (passed, mut found, length) = one(doc, path);
                if !passed {
                    is_bad = true;
                    faults.append(&mut found);
                }
                all.push((&path.text, length));
            }
            if is_bad {
                return Err(faults);
            }
            all.sort_unstable();
            let Some((first, length)) = all.first().copied() else {
                return Err(vec![Fault::new("`path` or `paths` was expected")]);
            };
            match all.iter().skip(1).find(|(_, other)| (length == *other) == negative) {
                None => Ok(()),
                Some((path, other)) => Err(vec![Fault::new(format!(
                    "`{first}` has {length} items and `{path}` {other}, where {} was expected",
                    if negative { "another number" } else { "the same number" }
                ))]),
            }
        })
    }

    fn head(&self, context: &Context<'_, '_>, field: &str, of: &str) -> Verdict {
        self.each(context, |doc| {
            let found = doc.node.get(field);
            let is_it = found.is_some_and(|node| matches!(&node.data, Data::Str(text) if text == of));
            if is_it != self.negative {
                return Ok(());
            }
            let at = found.unwrap_or(&doc.node);
            let shown = found.map_or("missing".to_owned(), short);
            let wanted = if self.negative { "another one".to_owned() } else { format!("{of:?}") };
            Err(vec![Fault::new(format!("`{field}` is {shown}, where {wanted} was expected")).at(at)])
        })
    }

    fn raw(&self, context: &Context<'_, '_>, check: impl Fn(&str) -> Result<(), Fault>) -> Verdict {
        self.each(context, |doc| check(&raw_text(doc)).map_err(|fault| vec![Fault { at: Some((1, 1)), ..fault }]))
    }

    fn document(&self, context: &Context<'_, '_>, wanted: [&String; 4], any: bool) -> Verdict {
        let [kind, api_version, name, namespace] = wanted;
        if context.selected.is_empty() {
            return self.nothing();
        }
        // What has no kind is no other kind.
        let head = |doc: &Doc, field: &str, of: &str| match doc.node.get(field).map(|node| &node.data) {
            Some(Data::Str(text)) => *text == *of,
            _ => true,
        };
        let place = |doc: &Doc, field: &str, of: &str| of.is_empty() || doc.text_at(field) == *of;
        let mut verdict = Verdict::default();
        for (index, doc) in context.selected.iter().enumerate() {
            let is_it = head(doc, "kind", kind)
                && head(doc, "apiVersion", api_version)
                && place(doc, "metadata.name", name)
                && place(doc, "metadata.namespace", namespace);
            let ok = is_it != self.negative;
            if ok && any != self.negative {
                return Verdict { passed: true, ..Verdict::default() };
            }
            if !ok {
                let not = if self.negative { "is what is not to be there" } else { "is another one" };
                let wanted =
                    [kind, api_version, name, namespace].map(|part| if part.is_empty() { "*" } else { part.as_str() });
                let text = format!("{} {not}: {} {} {} in {}", doc.name(), wanted[1], wanted[0], wanted[2], wanted[3]);
                verdict.faults.push(Fault::new(text).at(&doc.node));
            }
            verdict.passed = ok && (index == 0 || verdict.passed);
        }
        verdict
    }

    fn snapshot(&self, context: &mut Context<'_, '_>, path: &JsonPath, matches: &str, excludes: &str) -> Verdict {
        if context.selected.is_empty() {
            let passed = !self.negative;
            let vacuous = passed.then(|| "it looks at no document".to_owned());
            return Verdict {
                passed,
                vacuous,
                faults: if passed { Vec::new() } else { vec![Fault::new("no document was found to look at")] },
            };
        }
        let mut verdict = Verdict { passed: true, ..Verdict::default() };
        for doc in &context.selected {
            let found = match values(doc, path) {
                Err(wrong) => {
                    verdict.passed = false;
                    verdict.faults.push(Fault::new(wrong));
                    continue;
                }
                Ok(found) => found,
            };
            if found.is_empty() && !self.negative {
                verdict.passed = false;
                verdict.faults.push(unknown(doc, path));
            }
            for got in &found {
                let text = snapshot_text(&got.node);
                let comparison = context.snapshots.compare(&text, matches, excludes);
                let hidden = is_hidden(doc, &path.text);
                if let Some(fault) = self.compared(comparison, &text, hidden) {
                    verdict.passed = false;
                    verdict.faults.push(fault.at(&got.node));
                }
            }
        }
        verdict
    }

    fn snapshot_raw(&self, context: &mut Context<'_, '_>) -> Verdict {
        if context.selected.is_empty() {
            return self.nothing_raw();
        }
        let mut verdict = Verdict { passed: true, ..Verdict::default() };
        for doc in &context.selected {
            let text = snapshot_text(&Node::new(Data::Str(raw_text(doc).into())));
            let comparison = context.snapshots.compare(&text, "", "");
            if let Some(fault) = self.compared(comparison, &text, false) {
                verdict.passed = false;
                verdict.faults.push(Fault { at: Some((1, 1)), ..fault });
            }
        }
        verdict
    }

    fn nothing_raw(&self) -> Verdict {
        let passed = !self.negative;
        Verdict { passed, vacuous: passed.then(|| "it looks at no text".to_owned()), faults: Vec::new() }
    }

    fn compared(&self, comparison: Comparison, text: &str, hidden: bool) -> Option<Fault> {
        if comparison.passed != self.negative {
            return None;
        }
        if let Some(why) = comparison.why {
            return Some(Fault::new(why));
        }
        if self.negative {
            return Some(Fault::new(format!("snapshot {} is matched, which was expected not to be", comparison.index)));
        }
        let mask = |text: &str| secrets::masked(text).join("\n") + "\n";
        let (old, new) = (mask(&comparison.kept), mask(text));
        let is_visible = !hidden && old != new;
        let what = if is_visible { "" } else { "; what differs is hidden, as it may be secret" };
        let fault = Fault::new(format!("snapshot {} is not what is rendered{what}", comparison.index));
        Some(if is_visible { Fault { texts: Some((old, new)), ..fault } } else { fault })
    }

    fn failed(&self, context: &Context<'_, '_>, message: &str, pattern: &str) -> Verdict {
        if !message.is_empty() && !pattern.is_empty() && self.kind != "expectFailure" {
            return Verdict::failed(Fault::new(
                "`errorMessage` and `errorPattern` were given, where one of them was expected",
            ));
        }
        if let Some(error) = context.render_error {
            return match self.fails_so(Some(error), message, pattern) {
                Ok(()) => Verdict { passed: true, ..Verdict::default() },
                Err(fault) => Verdict::failed(fault),
            };
        }
        if context.selected.is_empty() {
            // A chart that renders does not fail, whatever the message.
            return match self.negative {
                true => Verdict { passed: true, ..Verdict::default() },
                false => Verdict::failed(Fault::new("this template has not failed")),
            };
        }
        let mut verdict = Verdict { passed: true, ..Verdict::default() };
        for doc in &context.selected {
            if message.is_empty() && pattern.is_empty() {
                continue;
            }
            let raw = doc.node.get(RAW).and_then(version::scalar);
            if let Err(fault) = self.fails_so(raw.as_deref(), message, pattern) {
                verdict.passed = false;
                verdict.faults.push(fault);
            }
        }
        verdict
    }

    /// Whether a message is what was expected. Where there is none, a pattern says nothing of it.
    fn fails_so(&self, actual: Option<&str>, message: &str, pattern: &str) -> Result<(), Fault> {
        let shown = || actual.map(|text| secrets::masked(text).join("\n")).unwrap_or_default();
        let texts = |wanted: &str| Some((format!("{wanted}\n"), format!("{}\n", shown())));
        if !pattern.is_empty() {
            let Some(text) = actual else { return Ok(()) };
            let literal = text.contains(pattern);
            let (is_match, has_meta) = match Matcher::new(pattern) {
                Ok(matcher) => (matcher.is_match(text), pattern.contains(|c| ".+*?()|[]{}^$\\".contains(c))),
                Err(_) => (literal, true),
            };
            // A pattern with signs that mean something may be meant as a text.
            if is_match != self.negative || has_meta && literal != self.negative {
                return Ok(());
            }
            let not = if self.negative { "matches" } else { "does not match" };
            return Err(Fault { texts: texts(pattern), ..Fault::new(format!("the error {not} `{pattern}`")) });
        }
        if message.is_empty() {
            return Ok(());
        }
        let is_it = actual
            .is_some_and(|text| if self.kind == "expectFailure" { text.contains(message) } else { text == message });
        if is_it != self.negative {
            return Ok(());
        }
        let not = if self.negative { "is what it was expected not to be" } else { "is not what was expected" };
        Err(Fault { texts: texts(message), ..Fault::new(format!("the error {not}")) })
    }
}

/// Whether something holds; else what speaks against it.
struct Held(Option<Fault>);

impl std::ops::BitOr<Held> for bool {
    type Output = Held;

    fn bitor(self, other: Held) -> Held {
        if self { Held(None) } else { other }
    }
}

fn hide(doc: &Doc, path: &JsonPath, node: &Node) -> String {
    if is_hidden(doc, &path.text) { secrets::MASK.to_owned() } else { short(node) }
}

fn path_is_whole(path: &JsonPath) -> bool {
    path.text.is_empty()
}

/// A path that leads nowhere, and how far it leads.
fn unknown(doc: &Doc, path: &JsonPath) -> Fault {
    let Ok(read) = &path.path else { return Fault::new("the path cannot be read") };
    let (steps, nodes) = read.reach(&doc.node);
    let text = match missing(read, steps, &nodes) {
        Some(why) => format!("there is no `{}`: {why}", path.text),
        None => format!("there is no `{}`", path.text),
    };
    let fault = Fault::new(text);
    match nodes.first() {
        Some(node) => fault.at(node),
        None => fault,
    }
}

/// Why a step of a path leads nowhere from these nodes.
fn missing(path: &Path, steps: usize, nodes: &[&Node]) -> Option<String> {
    let before = path.shown(steps);
    let before = if before.is_empty() { "the document".to_owned() } else { format!("`{before}`") };
    let node = nodes.first()?;
    match (path.steps.get(steps)?, &node.data) {
        (Step::Keys(keys), Data::Map(map)) => {
            let known: Vec<_> = map.keys().map(|key| key.to_text().into_owned()).collect();
            let near = keys.first().and_then(|key| crate::nearest::nearest(key, known.iter().map(String::as_str)));
            Some(match near {
                Some(near) => format!("{before} has `{near}`"),
                None if steps + 1 == path.steps.len() => return None,
                None => format!("{before} has no `{}`", keys.join("`, `")),
            })
        }
        (Step::Keys(_), _) => Some(format!("{before} is {}", super::read::kind_of(node))),
        (Step::Slices(_), Data::List(items)) => Some(format!("{before} has {} items", items.len())),
        (Step::Slices(_), _) => Some(format!("{before} is {}, no list", super::read::kind_of(node))),
        (Step::Filter { .. }, Data::List(items)) => Some(format!("none of the {} items of {before} fits", items.len())),
        _ => None,
    }
}

/// Why a path is absent from documents for another reason than that what it names at its end is not there.
fn astray(path: &JsonPath, docs: &[&Doc]) -> Option<String> {
    let read = path.path.as_ref().ok()?;
    let mut best: Option<(usize, Vec<&Node>)> = None;
    for doc in docs {
        let (steps, nodes) = read.reach(&doc.node);
        let last = read.steps.len().saturating_sub(1);
        // The last step alone is what the assertion is about, be it there or not.
        let is_past_end = steps == last && matches!(read.steps.last(), Some(Step::Slices(_)));
        if steps >= last && !is_past_end || read.steps.contains(&Step::Descend) {
            return None;
        }
        if best.as_ref().is_none_or(|(most, _)| steps > *most) {
            best = Some((steps, nodes));
        }
    }
    let (steps, nodes) = best?;
    let why = missing(read, steps, &nodes).unwrap_or_else(|| "it leads nowhere".into());
    Some(format!("`{}` is in none of the documents: {why}", path.text))
}

fn say(text: String) -> Held {
    Held(Some(Fault::new(text)))
}

fn equal(doc: &Doc, path: &JsonPath, value: &Node, got: &Node, decode: bool, negative: bool) -> Held {
    let mut actual = Cow::Borrowed(got);
    if let Data::Str(text) = &got.data {
        let text = match decode.then(|| STANDARD.decode(&**text)) {
            Some(Err(_)) => return say(format!("{} is no base64", named(&path.text))),
            Some(Ok(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
            None => text.to_text().into_owned(),
        };
        actual = Cow::Owned(Node { data: Data::Str(uniform(&text).into()), origin: got.origin });
    }
    if is_equal(value, &actual, !path_is_whole(path)) != negative {
        return Held(None);
    }
    if negative {
        return say(format!("{} is {}, which it was expected not to be", named(&path.text), hide(doc, path, &actual)));
    }
    Held(Some(both(doc, &path.text, "what was", value, &actual)))
}

fn exists(doc: &Doc, path: &JsonPath, negative: bool) -> Result<(), Vec<Fault>> {
    let found = values(doc, path).map_err(|wrong| vec![Fault::new(wrong)])?;
    match found.first() {
        Some(got) if negative => {
            let text = format!(
                "{} is there, which it was expected not to be: {}",
                named(&path.text),
                hide(doc, path, &got.node)
            );
            Err(vec![Fault::new(text).at(&got.node)])
        }
        None if !negative => Err(vec![unknown(doc, path)]),
        _ => Ok(()),
    }
}

/// Whether a map has all of these entries; what is null may be missing.
fn has_entries(actual: &Node, content: &Node) -> bool {
    let null = Node::default();
    content.as_map().into_iter().flatten().all(|(key, wanted)| {
        let found = actual.as_map().and_then(|map| map.get(key)).unwrap_or(&null);
        is_equal(wanted, found, true)
    })
}

fn contains(
    doc: &Doc,
    path: &JsonPath,
    content: &Node,
    count: Option<i64>,
    any: bool,
    got: &Node,
    negative: bool,
) -> Held {
    let Data::List(items) = &got.data else {
        return say(format!("{} is {}, where a list was expected", named(&path.text), hide(doc, path, got)));
    };
    let is_it = |item: &Node| match any && item.as_map().is_some() && content.as_map().is_some() {
        true => has_entries(item, content),
        false => is_equal(content, item, true),
    };
    let found = items.iter().filter(|item| is_it(item)).count();
    let number = i64::try_from(found).unwrap_or(i64::MAX);
    let holds = match count {
        None => found > 0,
        Some(count) => found > 0 && number == count,
    };
    if holds != negative {
        return Held(None);
    }
    if let (Some(count), true) = (count, found > 0 || negative) {
        let wanted = if negative { "another number".to_owned() } else { count.to_string() };
        return say(format!("{} has it {found} times, where {wanted} was expected", named(&path.text)));
    }
    if negative {
        return say(format!("{} holds {}, which it was expected not to", named(&path.text), hide(doc, path, content)));
    }
    if is_hidden(doc, &path.text) {
        return say(format!("{} does not hold what was expected; both are hidden", named(&path.text)));
    }
    let wanted = Node::new(Data::list(vec![content.clone()]));
    Held(Some(Fault {
        texts: Some((long(&wanted), long(got))),
        ..Fault::new(format!("{} does not hold {}", named(&path.text), short(content)))
    }))
}

fn subset(doc: &Doc, path: &JsonPath, content: &Node, got: &Node, negative: bool) -> Held {
    if got.as_map().is_none() || content.as_map().is_none() {
        return say(format!("{} is {}, where a map was expected", named(&path.text), hide(doc, path, got)));
    }
    if has_entries(got, content) != negative {
        return Held(None);
    }
    if negative {
        return say(format!("{} holds {}, which it was expected not to", named(&path.text), hide(doc, path, content)));
    }
    Held(Some(both(doc, &path.text, "what was", content, got)))
}

fn empty(doc: &Doc, path: &JsonPath, got: &Node, negative: bool) -> Held {
    let is_empty = match &got.data {
        Data::Null => true,
        Data::Bool(b) => !b,
        Data::Int(n) => *n == 0,
        Data::Float(n) => *n == 0.0,
        Data::Str(text) => text.is_empty(),
        Data::List(items) => items.is_empty(),
        Data::Map(map) => map.is_empty(),
    };
    let wanted = if negative { "something" } else { "nothing" };
    (is_empty != negative)
        | say(format!("{} is {}, where {wanted} was expected", named(&path.text), hide(doc, path, got)))
}
