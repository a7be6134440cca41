//! Hints from the values tree: what a failing expression looked for, and who set what it found.
//!
//! In: the chains of fields that a failing command used. Out: a diagnostic's help, and the places
//! that set the values. Names, types and places are told, never a value.

use crate::diag::{Diagnostic, Related};
use crate::eval::seen::Seen;
use crate::nearest::nearest;
use crate::path::{Step, show};
use crate::secrets::{self, sounds_secret};
use crate::value::number::format_v;
use crate::value::{Map, Node, Value};
use crate::values::Prepared;
use std::collections::HashMap;

/// Lists and maps that are looked through for one map.
const MOST_LOOKED_AT: usize = 20_000;

/// Failures of one run that are explained: looking for maps takes its time.
pub(super) const MOST_EXPLAINED: usize = 50;

/// Keys of a map that are told when none is near to the one that is missing.
const MOST_KEYS: usize = 8;

/// The values of a run.
pub(super) struct Explain<'a> {
    pub prepared: &'a Prepared,
    /// The root object of each chart, by the chart's path.
    pub contexts: &'a HashMap<String, Map>,
}

/// Where a chain of fields led.
struct Found {
    /// As a user writes it in a values file; `.Release.x` where it is no value.
    name: String,
    /// The steps below the values of the root chart; `None` where it is no value.
    path: Option<Vec<Step>>,
}

impl Explain<'_> {
    /// Puts on a diagnostic what can be said of these chains.
    pub fn explain(&self, chains: &[Seen], diagnostic: &mut Diagnostic) {
        let reason = diagnostic.message.clone();
        // Go's words may quote what a function was given.
        diagnostic.message = secrets::without(reason.clone(), &secret_texts(chains));
        let failing = chains.iter().find(|seen| seen.is_failing);
        if reason.starts_with("nil pointer evaluating ") {
            if let Some(seen) = failing {
                self.missing(seen, diagnostic);
            }
        } else if reason.starts_with("can't evaluate field ") {
            if let Some(seen) = failing {
                self.wrong(seen, "a map", diagnostic);
            }
        } else if reason.starts_with("range can't iterate over ") {
            if let Some(seen) = chains.last() {
                self.wrong(seen, "a list, a map or a whole number", diagnostic);
            }
        } else if let Some((_, types)) = reason.split_once("; expected ")
            && let Some((want, got)) = types.split_once("; got ")
        {
            let fits = |seen: &&Seen| seen.value.as_ref().is_some_and(|value| value.type_name() == got);
            match failing.filter(fits).or_else(|| chains.iter().rev().find(fits)) {
                Some(seen) => self.wrong(seen, &wanted(want), diagnostic),
                None => chains.iter().filter(|seen| is_missing(seen)).for_each(|seen| self.missing(seen, diagnostic)),
            }
        } else {
            for seen in chains {
                match &seen.value {
                    _ if is_missing(seen) => self.missing(seen, diagnostic),
                    Some(value) => {
                        let found = self.find(seen);
                        diagnostic.related.extend(self.who_set(&found, Some(value), Some(kind(value))));
                    }
                    None => {}
                }
            }
        }
    }

    /// Of a key that is not there: its path, its neighbour, and who set the map around it.
    fn missing(&self, seen: &Seen, diagnostic: &mut Diagnostic) {
        let (Some(map), Some(key)) = (seen.maps.last(), seen.keys.last()) else { return };
        let found = self.find(seen);
        let key = key.to_text();
        if map.contains(key.as_bytes()) {
            add_help(diagnostic, format!("`{}` is null", found.name));
            diagnostic.related.extend(self.who_set(&found, None, Some("null")));
            return;
        }
        let keys: Vec<String> = map.entries().keys().map(|key| key.to_text().into_owned()).collect();
        let mut steps = found.path.clone();
        steps.as_mut().map(Vec::pop);
        let around = match &steps {
            Some(steps) => show(steps),
            None => found.name.rsplit_once('.').map(|(around, _)| around.to_owned()).unwrap_or_default(),
        };
        let at = |path: &Vec<Step>| path.iter().try_fold(self.prepared.user(), |node, step| child(node, step));
        if let Some(node) = found.path.as_ref().and_then(at).filter(|node| node.is_null()) {
            add_help(diagnostic, format!("`{}` is null, which takes the chart's own value away", found.name));
            diagnostic.related.extend(self.prepared.who_set(&found.name, node));
            return;
        }
        let mut help = format!("`{}` is not set", found.name);
        if let Some(near) = nearest(&key, keys.iter().map(String::as_str)) {
            let near = match &steps {
                Some(steps) => show(&[steps.as_slice(), &[Step::Key(near.to_owned())]].concat()),
                None => format!("{around}.{near}"),
            };
            help.push_str(&format!("; did you mean `{near}`?"));
        } else if keys.is_empty() && !around.is_empty() {
            help.push_str(&format!("; `{around}` is empty"));
        } else if keys.len() <= MOST_KEYS && !around.is_empty() {
            help.push_str(&format!("; `{around}` has {}", keys.join(", ")));
        }
        add_help(diagnostic, help);
        let around = Found { name: around, path: steps };
        diagnostic.related.extend(self.who_set(&around, None, None));
    }

    /// Of a value of the wrong type: what it is, what was wanted, and who set it.
    fn wrong(&self, seen: &Seen, wanted: &str, diagnostic: &mut Diagnostic) {
        let Some(value) = &seen.value else { return self.missing(seen, diagnostic) };
        let found = self.find(seen);
        let mut help = format!("`{}` is {}; {wanted} is wanted here", found.name, kind(value));
        let set = self.who_set(&found, Some(value), None);
        let is_number = matches!(value, Value::Float(_) | Value::Int(_) | Value::Int64(_) | Value::Bool(_));
        if wanted == "text" && is_number {
            let flag = set.as_ref().is_some_and(|set| set.place.file.starts_with("--set "));
            help.push_str(if flag { ": set it with --set-string" } else { ": put it in quotes" });
        }
        add_help(diagnostic, help);
        diagnostic.related.extend(set);
    }

    /// Who set a value; nothing when the templates have changed it since. `of` tells what it is.
    fn who_set(&self, found: &Found, value: Option<&Value>, of: Option<&str>) -> Option<Related> {
        let path = found.path.as_ref().filter(|path| !path.is_empty())?;
        let node = path.iter().try_fold(&self.prepared.values, |node, step| child(node, step))?;
        if value.is_some_and(|value| plain_type(value) != node.to_value().type_name()) {
            return None;
        }
        let mut related = self.prepared.who_set(&found.name, node)?;
        if let Some(of) = of {
            related.message = format!("`{}` is set here, {of}", found.name);
        }
        Some(related)
    }

    /// What a chain of fields is called by who writes values.
    fn find(&self, seen: &Seen) -> Found {
        let keys = |from: usize| seen.keys.iter().skip(from).map(|key| Step::Key(key.to_text().into_owned()));
        let root = || seen.maps.iter().enumerate().find_map(|(i, map)| Some((i, self.chart_of(map)?)));
        if let Some((at, chart)) = root() {
            let first = seen.keys.get(at).map(|key| key.to_text().into_owned()).unwrap_or_default();
            if first == "Values" {
                let path: Vec<Step> = chart.into_iter().chain(keys(at + 1)).collect();
                let name = if path.is_empty() { ".Values".to_owned() } else { show(&path) };
                return Found { name, path: Some(path) };
            }
        } else if let Some((at, before)) =
            seen.maps.iter().enumerate().find_map(|(i, map)| Some((i, self.path_of(map)?)))
        {
            let path: Vec<Step> = before.into_iter().chain(keys(at)).collect();
            return Found { name: show(&path), path: Some(path) };
        }
        Found { name: format!(".{}", show(&keys(0).collect::<Vec<_>>())), path: None }
    }

    /// The names of the charts on the way to the one whose root object this is.
    fn chart_of(&self, map: &Map) -> Option<Vec<Step>> {
        let (path, _) = self.contexts.iter().find(|(_, context)| context.same(map))?;
        Some(path.split("/charts/").skip(1).map(|name| Step::Key(name.to_owned())).collect())
    }

    /// The path below the values of the root chart at which this very map stands.
    fn path_of(&self, wanted: &Map) -> Option<Vec<Step>> {
        let root = self.contexts.get(self.prepared.charts.name())?.get(b"Values")?;
        let mut waiting = vec![(root, Vec::new())];
        let mut looked_at = 0;
        while let Some((value, path)) = waiting.pop() {
            looked_at += 1;
            let below = |step: Step| path.iter().cloned().chain([step]).collect::<Vec<Step>>();
            match value {
                _ if looked_at > MOST_LOOKED_AT || path.len() > MOST_DEPTH => return None,
                Value::Map(map) if map.same(wanted) => return Some(path),
                Value::Map(map) => {
                    let Some(entries) = map.opened() else { continue };
                    for (key, value) in entries.iter().filter(|(_, value)| is_node(value)) {
                        waiting.push((value.clone(), below(Step::Key(key.to_text().into_owned()))));
                    }
                }
                Value::List(list) => {
                    for (index, value) in list.iter().enumerate().filter(|(_, value)| is_node(value)) {
                        waiting.push((value.clone(), below(Step::Index(index))));
                    }
                }
                _ => {}
            }
        }
        None
    }
}

/// A map that holds itself goes on for ever; values of charts nest a dozen levels.
const MOST_DEPTH: usize = 50;

fn is_node(value: &Value) -> bool {
    matches!(value, Value::Map(_) | Value::List(_))
}

/// The type that values files know: `.Values` of a subchart is a plain map in its parent.
fn plain_type(value: &Value) -> &str {
    if let Value::Map(_) = value { crate::value::MapKind::Any.type_name() } else { value.type_name() }
}

fn child<'n>(node: &'n Node, step: &Step) -> Option<&'n Node> {
    match (step, &node.data) {
        (Step::Key(key), _) => node.get(key),
        (Step::Index(index), crate::value::Data::List(items)) => items.get(*index),
        (Step::Index(_), _) => None,
    }
}

/// What the chains hold whose keys sound secret, as messages print it.
fn secret_texts(chains: &[Seen]) -> Vec<String> {
    let secret = chains.iter().filter(|seen| seen.keys.last().is_some_and(|key| sounds_secret(&key.to_text())));
    let texts = secret.filter_map(|seen| match seen.value.as_ref()? {
        Value::Str(text) => Some(text.to_text().into_owned()),
        Value::Int(number) | Value::Int64(number) => Some(number.to_string()),
        Value::Float(number) => Some(format_v(*number)),
        _ => None,
    });
    texts.filter(|text| !text.is_empty()).collect()
}

fn is_missing(seen: &Seen) -> bool {
    seen.value.as_ref().is_none_or(Value::is_nil)
}

fn add_help(diagnostic: &mut Diagnostic, help: String) {
    match &mut diagnostic.help {
        Some(before) if *before == help => {}
        Some(before) => before.push_str(&format!("\n{help}")),
        None => diagnostic.help = Some(help),
    }
}

/// What a Go type is called by who writes values.
fn wanted(go_type: &str) -> String {
    match go_type {
        "string" => "text".into(),
        "int" | "int64" => "a whole number".into(),
        "float64" => "a number".into(),
        "bool" => "true or false".into(),
        "map[string]interface {}" => "a map".into(),
        "[]interface {}" => "a list".into(),
        "[]string" => "a list of texts".into(),
        other => format!("a value of type {other}"),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Nil | Value::Invalid => "null",
        Value::Bool(_) => "a boolean",
        Value::Int(_) | Value::Int64(_) => "a number (int64)",
        Value::Float(_) => "a number (float64)",
        Value::Str(text) if text.is_empty() => "an empty text",
        Value::Str(_) => "text",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
        Value::Object(_) => "an object",
    }
}
