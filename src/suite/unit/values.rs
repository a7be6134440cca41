//! The values of a test: its files and what it sets, in the scope of the chart that its suite is of.
//!
//! In: layers in order. Out: [`Values`] of the root chart, in which every leaf knows the file and line that set it.

use crate::diag::Diagnostic;
use crate::render::Options;
use crate::value::{Data, Node, Str};
use crate::values::{LayerInfo, LayerKind, Values};
use crate::yaml;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The most items that an index may make.
const MOST_ITEMS: usize = 65_536;

/// Values files that were read, by their paths: suites name the same ones again and again.
#[derive(Debug, Default)]
pub(super) struct Files(Mutex<HashMap<PathBuf, Result<Node, String>>>);

impl Files {
    fn read(&self, path: &Path) -> Result<Node, String> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let read = || {
            let text = std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            let node = yaml::decode_v3(&text).map_err(|error| {
                let line = if error.line > 0 { format!(":{}", error.line) } else { String::new() };
                format!("{}{line} is no YAML: {}", path.display(), error.message)
            })?;
            match node.data {
                Data::Map(_) => Ok(node),
                Data::Null => Ok(Node::new(Data::map(BTreeMap::new()))),
                _ => Err(format!("{} is no map of values", path.display())),
            }
        };
        files.entry(path.to_path_buf()).or_insert_with(read).clone()
    }
}

/// Puts the layers of a test together.
pub(super) struct Builder<'f> {
    files: &'f Files,
    route: Vec<String>,
    root: Node,
    layers: Vec<LayerInfo>,
}

impl<'f> Builder<'f> {
    /// For a chart at `parent/charts/child`.
    pub fn new(files: &'f Files, route: &str) -> Self {
        let route = route.split('/').step_by(2).skip(1).map(str::to_owned).collect();
        Builder { files, route, root: Node::new(Data::map(BTreeMap::new())), layers: Vec::new() }
    }

    /// A values file.
    ///
    /// # Errors
    /// It cannot be read, or is no map.
    pub fn file(&mut self, folder: &Path, name: &str) -> Result<(), String> {
        let path = folder.join(name);
        let node = self.files.read(&path)?;
        self.layer(node, path.to_string_lossy().into());
        Ok(())
    }

    /// `set:` of a suite or a test; `file` is that of the suite.
    ///
    /// # Errors
    /// A path that is none.
    pub fn set(&mut self, entries: &[(String, Node)], file: &Arc<str>) -> Result<(), String> {
        for (path, value) in entries {
            let steps = parse(path).map_err(|why| format!("`{path}` of `set` is no path: {why}"))?;
            let mut node = value.clone();
            for step in steps.into_iter().rev() {
                let origin = node.origin;
                let data = match step {
                    Step::Key(key) => Data::map(BTreeMap::from([(Str::from(key), node)])),
                    Step::Index(index) if index < MOST_ITEMS => {
                        let mut items = vec![Node { data: Data::Null, origin }; index];
                        items.push(node);
                        Data::list(items)
                    }
                    Step::Index(index) => {
                        return Err(format!(
                            "`{path}` of `set` has the index {index}, where at most {MOST_ITEMS} was expected"
                        ));
                    }
                };
                node = Node { data, origin };
            }
            self.layer(node, Arc::clone(file));
        }
        Ok(())
    }

    fn layer(&mut self, node: Node, name: Arc<str>) {
        let index = match self.layers.iter().position(|layer| layer.name == name) {
            Some(index) => index,
            None => {
                self.layers.push(LayerInfo { name, kind: LayerKind::File });
                self.layers.len() - 1
            }
        };
        let mut node = floats(node.in_layer(u32::try_from(index).unwrap_or(u32::MAX)));
        // A subchart's own values, and `global` beside them, on each level.
        for name in self.route.iter().rev() {
            let origin = node.origin;
            let global = node.get("global").cloned();
            let mut entries = BTreeMap::new();
            entries.extend(global.map(|global| (Str::from("global"), global)));
            entries.insert(Str::from(name.as_str()), node);
            node = Node { data: Data::map(entries), origin };
        }
        self.root.merge(node);
    }

    /// The values.
    pub fn finish(self) -> Values {
        Values { root: self.root, layers: self.layers, warnings: Vec::<Diagnostic>::new() }
    }
}

/// The same with every number a float, as templates see them.
fn floats(node: Node) -> Node {
    let data = match node.data {
        Data::Int(n) => Data::Float(n as f64),
        Data::List(items) => Data::list(Arc::unwrap_or_clone(items).into_iter().map(floats).collect()),
        Data::Map(map) => {
            Data::map(Arc::unwrap_or_clone(map).into_iter().map(|(key, node)| (key, floats(node))).collect())
        }
        data => data,
    };
    Node { data, ..node }
}

/// A step of a path of `set`.
#[derive(Debug, PartialEq)]
enum Step {
    Key(String),
    Index(usize),
}

/// Reads `a.b[0].c`, and `a[b.c/d]`: a key with dots stands in brackets behind a dot or at the begin.
fn parse(path: &str) -> Result<Vec<Step>, String> {
    #[derive(PartialEq)]
    enum State {
        Key,
        Index,
        Between,
        Bracket,
    }
    if path.is_empty() {
        return Err("it is empty".into());
    }
    let (mut steps, mut text, mut state) = (Vec::new(), String::new(), State::Key);
    for c in path.chars() {
        state = match (&state, c) {
            (_, ',' | '{' | '}' | '=') => return Err(format!("`{c}` has no place in it")),
            (State::Key, '.') => {
                steps.push(Step::Key(std::mem::take(&mut text)));
                State::Key
            }
            (State::Key, '[') if text.is_empty() => State::Bracket,
            (State::Key, '[') => {
                steps.push(Step::Key(std::mem::take(&mut text)));
                State::Index
            }
            (State::Index, ']') => {
                let index = text.parse().map_err(|_| format!("`[{text}]` is no index"))?;
                text.clear();
                steps.push(Step::Index(index));
                State::Between
            }
            (State::Between, '.') if text.is_empty() => State::Key,
            (State::Between, '[') if text.is_empty() => State::Index,
            (State::Bracket, '.') => {
                text.push('.');
                State::Bracket
            }
            (State::Bracket, ']') => {
                steps.push(Step::Key(std::mem::take(&mut text)));
                State::Between
            }
            (_, '.' | '[' | ']') => return Err(format!("`{c}` was not expected behind `{text}`")),
            (_, c) => {
                text.push(c);
                continue;
            }
        };
    }
    match state {
        State::Key if !text.is_empty() => steps.push(Step::Key(text)),
        State::Between if text.is_empty() => {}
        _ => return Err("it ends too early".into()),
    }
    Ok(steps)
}

/// What makes two renders the same, as a text: values, release, cluster.
pub(super) fn key(values: &Values, options: &Options) -> Vec<u8> {
    let mut key = yaml::to_json(&values.root.to_value(), false).unwrap_or_default();
    let Options { release, capabilities, chart_versions, skip_schema, .. } = options;
    let rest = format!(
        "{release:?}{:?}{:?}{chart_versions:?}{skip_schema}",
        capabilities.kube_version, capabilities.api_versions
    );
    key.extend_from_slice(rest.as_bytes());
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_set_are_keys_indices_and_keys_with_dots_in_brackets() {
        let key = |text: &str| Step::Key(text.to_owned());
        assert_eq!(parse("a.b[1].c"), Ok(vec![key("a"), key("b"), Step::Index(1), key("c")]));
        assert_eq!(parse("a.[b.c/d].e"), Ok(vec![key("a"), key("b.c/d"), key("e")]));
        assert_eq!(parse("[a.b]"), Ok(vec![key("a.b")]));
        for bad in ["", "a.", "a[x]", "a]", "a[", "a{b}", "a[1]b"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn values_of_a_subchart_stand_below_its_name_and_global_beside_it() {
        let files = Files::default();
        let mut builder = Builder::new(&files, "parent/charts/child");
        let node = yaml::decode_v3(b"port: 80\nglobal: {x: 1}\n").expect("good YAML");
        let entries: Vec<_> =
            node.as_map().into_iter().flatten().map(|(key, node)| (key.to_text().into_owned(), node.clone())).collect();
        assert_eq!(builder.set(&entries, &Arc::from("a_test.yaml")), Ok(()));
        let values = builder.finish();
        assert_eq!(values.root.find("child.port").and_then(Node::as_number), Some(80.0));
        assert_eq!(values.root.find("global.x").and_then(Node::as_number), Some(1.0));
    }
}
