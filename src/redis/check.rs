//! Holds what users wrote against the types: every problem of every file at once, each with its place.
//!
//! In: layers of values. Out: [`Checked`]: diagnostics, and the typed values when they can be had. First each value
//! is held against the schema of the types ([`Walk`]); what fails is left out, and the rest is typed and goes through
//! the rules that look at several values together.

use super::place::{Places, Step, show};
use super::{Values, docs, kinds, removed, rules, schema};
use crate::nearest;
use crate::value::{Data, Node, Str};
use crate::values::ValuesError;
use crate::{Diagnostic, Layer, Place, Severity};
use regex::Regex;
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// What a check found.
#[derive(Debug)]
pub struct Checked {
    /// The values over the chart's defaults; what was refused has its default. `None` when a layer cannot be read.
    pub values: Option<Values>,
    /// Errors and warnings, by place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Checked {
    /// The errors alone.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|found| found.severity == Severity::Error)
    }
}

/// Checks layers of values for the Redis chart.
///
/// ```
/// use chartwright::{Layer, redis};
/// let file = Layer::File { name: "v.yaml".into(), bytes: b"image: {pullPolicy: Sometimes}\nreplicaCount: 1.5\n".to_vec() };
/// let checked = redis::check(&[file, Layer::Set("service.port=70000".into())]);
/// let said: Vec<String> = checked.errors().map(|e| format!("{} {}", e.place.as_ref().unwrap(), e.message)).collect();
/// assert_eq!(said, [
///     "v.yaml:1:9 image.pullPolicy: found `Sometimes`, allowed is IfNotPresent, Always or Never",
///     "v.yaml:2:1 replicaCount: found 1.5, allowed is a whole number",
///     "--set service.port service.port: found 70000, allowed is a number from 1 to 65535",
/// ]);
/// ```
pub fn layers(layers: &[Layer]) -> Checked {
    let places = Places::new(layers);
    let merged = match crate::Values::build(layers) {
        Ok(merged) => merged,
        Err(error) => return Checked { values: None, diagnostics: vec![unreadable(&error)] },
    };
    let mut walk = Walk { places: &places, path: Vec::new(), diagnostics: Vec::new(), refused: Vec::new() };
    let mut tree = merged.root.clone();
    // Defaults alone need no schema, which takes longer to make than the rest.
    if merged.root.as_map().is_some_and(|map| !map.is_empty()) {
        walk.value(&mut tree, schema::of_file(), &merged.root);
    }
    let Walk { mut diagnostics, refused, .. } = walk;
    let values = match Values::from_user(&tree) {
        Ok(values) => Some(values),
        Err(error) => {
            if diagnostics.is_empty() {
                // The schema let something through that the types refuse: a fault here, but no reason to go on.
                diagnostics.push(Diagnostic::error("bad-value", format!("`{}`: {}", error.path, error.message)));
            }
            None
        }
    };
    if let Some(values) = &values {
        let mode_by_user = merged.root.get("mode").is_some_and(|mode| !mode.is_null());
        for problem in rules::run(values, mode_by_user) {
            if !problem.paths.iter().any(|path| refused.iter().any(|lost| touches(path, lost))) {
                diagnostics.push(problem.into_diagnostic(&merged.root, &places));
            }
        }
    }
    diagnostics.sort_by_key(|found| order(&found.place, &places));
    Checked { values, diagnostics }
}

fn unreadable(error: &ValuesError) -> Diagnostic {
    let found = Diagnostic::error("unreadable-values", error.to_string());
    match error {
        ValuesError::File { file, .. } => found.at(Place::file(file.as_str())),
        _ => found,
    }
}

/// By layer, then by line.
fn order(place: &Option<Place>, places: &Places) -> (usize, u32, u32) {
    place.as_ref().map_or((usize::MAX, 0, 0), |place| (places.rank(&place.file), place.line, place.column))
}

/// Whether one of two paths lies in the other.
fn touches(path: &str, other: &str) -> bool {
    let below =
        |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    below(path, other) || below(other, path)
}

/// One walk over the values and their schema.
struct Walk<'a> {
    places: &'a Places,
    path: Vec<Step>,
    diagnostics: Vec<Diagnostic>,
    /// Paths of what was taken out of the tree.
    refused: Vec<String>,
}

impl Walk<'_> {
    /// Checks a node; takes out of `tree` what is wrong below it. Returns whether the node itself is good.
    fn value(&mut self, tree: &mut Node, schema: &Json, original: &Node) -> bool {
        let Some(words) = schema.as_object() else { return true };
        if !self.has_type(&tree.data, words, original) {
            return false;
        }
        match &mut tree.data {
            Data::Null | Data::Bool(_) => true,
            Data::Int(_) | Data::Float(_) => self.number(words, original),
            Data::Str(_) => self.text(words, original),
            Data::List(items) => self.list(Arc::make_mut(items).as_mut_slice(), words),
            Data::Map(map) => self.map(Arc::make_mut(map), words, original),
        }
    }

    /// Refuses the value at the present path; always false.
    fn refuse(&mut self, code: &'static str, message: String, original: &Node, help: Option<String>) -> bool {
        let path = show(&self.path);
        let mut found = Diagnostic::error(code, message);
        found.place = self.places.of(original.origin, &path);
        found.help = help;
        self.refused.push(path);
        self.diagnostics.push(found);
        false
    }

    fn name(&self) -> String {
        show(&self.path)
    }

    fn is_secret(&self) -> bool {
        show(&self.path).starts_with("redis.password")
    }

    fn has_type(&mut self, data: &Data, words: &Map<String, Json>, original: &Node) -> bool {
        let types: Vec<&str> = match words.get("type") {
            None => return true,
            Some(Json::Array(types)) => types.iter().filter_map(Json::as_str).collect(),
            Some(one) => one.as_str().into_iter().collect(),
        };
        let fits = |wanted: &&str| match *wanted {
            "null" => matches!(data, Data::Null),
            "boolean" => matches!(data, Data::Bool(_)),
            "integer" => matches!(data, Data::Int(_)) || matches!(data, Data::Float(n) if n.fract() == 0.0),
            "number" => matches!(data, Data::Int(_) | Data::Float(_)),
            "string" => matches!(data, Data::Str(_)),
            "array" => matches!(data, Data::List(_)),
            "object" => matches!(data, Data::Map(_)),
            _ => true,
        };
        if types.iter().any(fits) {
            return true;
        }
        let wanted = wanted(&types, words);
        let found = found(data, types.contains(&"integer"), self.is_secret());
        let from_flag = original.origin.line == 0;
        // Quotes help where any text will do; a size or a duration needs its unit, a mode its word.
        let scalar = matches!(data, Data::Bool(_) | Data::Int(_) | Data::Float(_));
        let help = if scalar && (!as_text_fits(data, words) || self.name() == "mode") {
            None
        } else {
            type_help(data, &types, from_flag, self.is_secret())
        };
        let message = format!("{}: found {found}, allowed is {wanted}", self.name());
        self.refuse("wrong-type", message, original, help)
    }

    fn number(&mut self, words: &Map<String, Json>, original: &Node) -> bool {
        let number = match original.data {
            Data::Int(n) => n as f64,
            Data::Float(n) => n,
            _ => return true,
        };
        let bound = |key: &str| words.get(key).and_then(Json::as_f64);
        let (low, high) = (bound("minimum"), bound("maximum"));
        if low.is_none_or(|low| number >= low) && high.is_none_or(|high| number <= high) {
            return true;
        }
        let wanted = match (low, high) {
            (Some(low), Some(high)) => format!("a number from {low} to {high}"),
            (Some(low), None) => format!("a number from {low}"),
            (None, Some(high)) => format!("a number up to {high}"),
            (None, None) => return true,
        };
        self.refuse("bad-value", format!("{}: found {number}, allowed is {wanted}", self.name()), original, None)
    }

    fn text(&mut self, words: &Map<String, Json>, original: &Node) -> bool {
        let Data::Str(text) = &original.data else { return true };
        let text = text.to_text();
        let quoted = if self.is_secret() { "what is not shown here".to_owned() } else { quote(&text) };
        if let Some(Json::Array(allowed)) = words.get("enum") {
            let allowed: Vec<&str> = allowed.iter().filter_map(Json::as_str).collect();
            if allowed.contains(&&*text) {
                return true;
            }
            let message = format!("{}: found {quoted}, allowed is {}", self.name(), one_of(&allowed));
            let close = nearest::nearest(&text, allowed.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            return self.refuse("bad-value", message, original, close);
        }
        let kind = words.get("format").and_then(Json::as_str).and_then(kinds::kind);
        let pattern = words.get("pattern").and_then(Json::as_str).and_then(|pattern| Regex::new(pattern).ok());
        let length = text.chars().count() as u64;
        let bad = pattern.is_some_and(|pattern| !pattern.is_match(&text))
            || words.get("maxLength").and_then(Json::as_u64).is_some_and(|most| length > most)
            || words.get("minLength").and_then(Json::as_u64).is_some_and(|least| length < least);
        if !bad {
            return true;
        }
        let allowed = kind.map_or("a text that is not empty", |kind| kind.allowed);
        self.refuse("bad-value", format!("{}: found {quoted}, allowed is {allowed}", self.name()), original, None)
    }

    fn list(&mut self, items: &mut [Node], words: &Map<String, Json>) -> bool {
        let Some(schema) = words.get("items") else { return true };
        let mut good = true;
        for (index, item) in items.iter_mut().enumerate() {
            self.path.push(Step::Index(index));
            let original = item.clone();
            good &= self.value(item, schema, &original);
            self.path.pop();
        }
        // A list without one of its items would mean something else.
        good
    }

    fn map(
        &mut self,
        map: &mut std::collections::BTreeMap<Str, Node>,
        words: &Map<String, Json>,
        original: &Node,
    ) -> bool {
        let properties = words.get("properties").and_then(Json::as_object);
        let others = words.get("additionalProperties");
        let names = words.get("propertyNames").and_then(Json::as_object);
        let mut bad = Vec::new();
        for (key, node) in map.iter_mut() {
            let text = key.to_text().into_owned();
            self.path.push(Step::Key(text.clone()));
            let original = node.clone();
            let good = match properties.and_then(|properties| properties.get(&text)) {
                Some(schema) => self.value(node, schema, &original),
                None if others == Some(&Json::Bool(false)) => self.unknown(&text, properties, &original),
                None => {
                    let named = names.is_none_or(|names| self.key(names, &text, &original));
                    named && others.is_none_or(|schema| self.value(node, schema, &original))
                }
            };
            self.path.pop();
            if !good {
                bad.push(key.clone());
            }
        }
        bad.iter().for_each(|key| {
            map.remove(key);
        });
        let required: Vec<&str> =
            words.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect();
        let missing = required.iter().find(|name| original.get(name).is_none());
        if let Some(name) = missing {
            return self.refuse(
                "missing-value",
                format!("{}: found no {name}, which it needs", self.name()),
                original,
                None,
            );
        }
        // In a list's item nothing has a default, so a part that is wrong spoils it.
        bad.is_empty() || self.path.iter().all(|step| matches!(step, Step::Key(_)))
    }

    /// A key of labels and the like.
    fn key(&mut self, names: &Map<String, Json>, key: &str, original: &Node) -> bool {
        let pattern = names.get("pattern").and_then(Json::as_str).and_then(|pattern| Regex::new(pattern).ok());
        if pattern.is_none_or(|pattern| pattern.is_match(key)) {
            return true;
        }
        let kind = names.get("format").and_then(Json::as_str).and_then(kinds::kind);
        let allowed = kind.map_or("", |kind| kind.allowed);
        let parent = show(self.path.get(..self.path.len().saturating_sub(1)).unwrap_or_default());
        let message = format!("{parent}: found the key {}, allowed is {allowed}", quote(key));
        self.refuse("bad-value", message, original, None)
    }

    fn unknown(&mut self, key: &str, siblings: Option<&Map<String, Json>>, original: &Node) -> bool {
        let path = show(&self.path);
        let help = removed::why(&path).map(str::to_owned).or_else(|| suggestion(&path, key, siblings));
        self.refuse("unknown-value", format!("unknown value `{path}`"), original, help)
    }
}

/// The name beside it that looks most alike, or the only other place where the name exists.
fn suggestion(path: &str, key: &str, siblings: Option<&Map<String, Json>>) -> Option<String> {
    let parent = path.strip_suffix(key).unwrap_or_default();
    let known: Vec<&str> = siblings.into_iter().flat_map(Map::keys).map(String::as_str).collect();
    if let Some(near) = nearest::nearest(key, known.iter().copied()) {
        return Some(format!("did you mean `{parent}{near}`?"));
    }
    let end = format!(".{key}");
    let mut elsewhere = docs::all().keys().filter(|path| path.ends_with(&end));
    if let (Some(only), None) = (elsewhere.next(), elsewhere.next()) {
        return Some(format!("did you mean `{only}`?"));
    }
    if parent.is_empty() || known.is_empty() {
        return None;
    }
    Some(format!("`{}` has {}", parent.trim_end_matches('.'), list(&known, "and")))
}

fn list(words: &[&str], glue: &str) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [head @ .., last] => format!("{} {glue} {last}", head.join(", ")),
    }
}

fn one_of(words: &[&str]) -> String {
    let named: Vec<&str> = words.iter().map(|word| if word.is_empty() { "empty" } else { word }).collect();
    list(&named, "or")
}

/// Words for the types of a schema.
fn wanted(types: &[&str], words: &Map<String, Json>) -> String {
    if let Some(Json::Array(allowed)) = words.get("enum") {
        let allowed: Vec<&str> = allowed.iter().filter_map(Json::as_str).collect();
        return one_of(&allowed);
    }
    let kind = words.get("format").and_then(Json::as_str).and_then(kinds::kind);
    if let Some(kind) = kind.filter(|kind| kind.name != "text") {
        return kind.allowed.to_owned();
    }
    let name = |name: &&&str| match **name {
        "boolean" => Some("true or false"),
        "integer" => Some("a whole number"),
        "number" => Some("a number"),
        "string" => Some("a text"),
        "array" => Some("a list"),
        "object" => Some("a map"),
        _ => None,
    };
    list(&types.iter().filter_map(|t| name(&t)).collect::<Vec<_>>(), "or")
}

/// What stands there instead.
fn found(data: &Data, wants_integer: bool, secret: bool) -> String {
    match data {
        Data::Null => "null".to_owned(),
        // The kind alone: the value itself may be the password.
        Data::Bool(_) if secret => "true or false".to_owned(),
        Data::Int(_) | Data::Float(_) if secret => "a number".to_owned(),
        Data::Bool(b) => b.to_string(),
        Data::Int(n) if wants_integer => n.to_string(),
        Data::Float(n) if wants_integer => n.to_string(),
        Data::Int(n) => format!("the number {n}"),
        Data::Float(n) => format!("the number {n}"),
        Data::Str(text) => format!("the text {}", quote(&text.to_text())),
        Data::List(_) => "a list".to_owned(),
        Data::Map(_) => "a map".to_owned(),
    }
}

/// Whether a number, true or false would be allowed if it were written as a text.
fn as_text_fits(data: &Data, words: &Map<String, Json>) -> bool {
    let text = match data {
        Data::Bool(b) => b.to_string(),
        Data::Int(n) => n.to_string(),
        Data::Float(n) => n.to_string(),
        _ => return true,
    };
    let listed = words.get("enum").and_then(Json::as_array);
    let pattern = words.get("pattern").and_then(Json::as_str).and_then(|pattern| Regex::new(pattern).ok());
    listed.is_none_or(|listed| listed.iter().any(|word| word.as_str() == Some(&text)))
        && pattern.is_none_or(|pattern| pattern.is_match(&text))
}

fn type_help(data: &Data, types: &[&str], from_flag: bool, secret: bool) -> Option<String> {
    match data {
        Data::Null => Some("leave it out for the chart's default".to_owned()),
        Data::Int(_) | Data::Float(_) | Data::Bool(_) if types.contains(&"string") && from_flag => {
            Some("--set-string keeps it a text".to_owned())
        }
        Data::Int(_) | Data::Float(_) | Data::Bool(_) if types.contains(&"string") && secret => {
            Some("write it in quotes".to_owned())
        }
        Data::Int(n) if types.contains(&"string") => Some(format!("write it in quotes: \"{n}\"")),
        Data::Float(n) if types.contains(&"string") => Some(format!("write it in quotes: \"{n}\"")),
        Data::Bool(b) if types.contains(&"string") => Some(format!("write it in quotes: \"{b}\"")),
        Data::Str(text) => {
            let text = text.to_text();
            let plain = text.parse::<f64>().is_ok() && types.iter().any(|t| matches!(*t, "integer" | "number"))
                || matches!(&*text, "true" | "false") && types.contains(&"boolean");
            plain.then(|| format!("write it without quotes: {text}"))
        }
        _ => None,
    }
}

/// Longest excerpt of a value in a message.
const MAX_QUOTED: usize = 60;

pub(super) fn quote(text: &str) -> String {
    if text.is_empty() {
        return "an empty text".to_owned();
    }
    let mut short: String = text
        .chars()
        .take(MAX_QUOTED)
        .flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
        .collect();
    if text.chars().count() > MAX_QUOTED {
        short.push('…');
    }
    format!("`{short}`")
}
