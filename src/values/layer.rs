//! Where user-supplied values come from, and their merging in Helm's order.
//!
//! In: layers in the order given. Out: [`Values`]: one tree in which every leaf names its layer.

use super::set::{self, SetError};
use crate::chart::key_trouble;
use crate::diag::{Diagnostic, Place};
use crate::secrets;
use crate::source::{Source, Span};
use crate::value::{Data, Node, SerializeError, to_node};
use crate::yaml;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// Gives the content of a file that `--set-file` names. `Err` is the error's text.
pub type Reader = Rc<dyn Fn(&str) -> Result<Vec<u8>, String>>;

/// One source of values.
#[derive(Clone)]
pub enum Layer {
    /// A values file (`-f`).
    File {
        /// As the user named it, for messages.
        name: String,
        /// Its content.
        bytes: Vec<u8>,
    },
    /// An argument of `--set`.
    Set(String),
    /// An argument of `--set-string`.
    SetString(String),
    /// An argument of `--set-json`.
    SetJson(String),
    /// An argument of `--set-file`, and what reads the files that it names.
    SetFile {
        /// `key=path,…`.
        text: String,
        /// Reads a path.
        reader: Reader,
    },
    /// An argument of `--set-literal`.
    SetLiteral(String),
    /// A tree made by a program; merged where files are. Must be a map.
    Data(Node),
}

impl std::fmt::Debug for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let info = self.info();
        write!(f, "Layer({:?} {})", info.kind, info.name)
    }
}

/// What kind of source a layer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerKind {
    /// values.yaml of a chart.
    Defaults,
    /// `-f`.
    File,
    /// `--set`.
    Set,
    /// `--set-string`.
    SetString,
    /// `--set-json`.
    SetJson,
    /// `--set-file`.
    SetFile,
    /// `--set-literal`.
    SetLiteral,
    /// A tree made by a program.
    Data,
}

/// A row of the table that `Origin.layer` points into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerInfo {
    /// The file's name, or the argument as written.
    pub name: Arc<str>,
    /// What it is.
    pub kind: LayerKind,
}

impl Layer {
    /// A layer of any serializable value, merged where files are; numbers become floats as in a file.
    ///
    /// # Errors
    /// What [`to_node`](crate::value::to_node) refuses.
    ///
    /// ```
    /// use chartwright::{Layer, Values};
    /// let layer = Layer::from_serialize(&serde_json::json!({"replicas": 3}))?;
    /// assert!(Values::build(&[layer])?.root.get("replicas").is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_serialize<T: serde::Serialize + ?Sized>(value: &T) -> Result<Layer, SerializeError> {
        to_node(value).map(Layer::Data)
    }

    /// Name and kind.
    pub fn info(&self) -> LayerInfo {
        let (name, kind) = match self {
            Layer::File { name, .. } => (name.as_str(), LayerKind::File),
            Layer::Set(text) => (text.as_str(), LayerKind::Set),
            Layer::SetString(text) => (text.as_str(), LayerKind::SetString),
            Layer::SetJson(text) => (text.as_str(), LayerKind::SetJson),
            Layer::SetFile { text, .. } => (text.as_str(), LayerKind::SetFile),
            Layer::SetLiteral(text) => (text.as_str(), LayerKind::SetLiteral),
            Layer::Data(_) => ("", LayerKind::Data),
        };
        LayerInfo { name: Arc::from(name), kind }
    }

    /// Helm merges group by group, whatever the order on the command line.
    fn group(&self) -> u8 {
        match self {
            Layer::File { .. } | Layer::Data(_) => 0,
            Layer::SetJson(_) => 1,
            Layer::Set(_) => 2,
            Layer::SetString(_) => 3,
            Layer::SetFile { .. } => 4,
            Layer::SetLiteral(_) => 5,
        }
    }
}

/// What goes wrong with user-supplied values; the text is Helm's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValuesError {
    /// A values file cannot be read.
    #[error("failed to parse {file}: {reason}")]
    File {
        /// The file as the user named it.
        file: String,
        /// Why.
        reason: String,
        /// The line, where it is known.
        place: Place,
    },
    /// An argument of `--set` and its kin is malformed.
    #[error("failed parsing {flag} data: {reason}")]
    Set {
        /// `--set`, `--set-string`, …
        flag: &'static str,
        /// Why.
        reason: String,
        /// How far the argument was read; the flag stands for the file.
        place: Place,
    },
    /// An argument of `--set-json` is malformed.
    #[error("failed parsing --set-json data {prefix}{text}")]
    SetJson {
        /// `JSON: ` when the argument is a whole object.
        prefix: &'static str,
        /// The argument.
        text: String,
        /// How far it was read.
        place: Place,
    },
}

impl ValuesError {
    /// Where it is: in a file, or in the argument of a flag.
    pub fn place(&self) -> &Place {
        match self {
            ValuesError::File { place, .. } | ValuesError::Set { place, .. } | ValuesError::SetJson { place, .. } => {
                place
            }
        }
    }
}

/// The last byte that was read of an argument.
fn argument_place(flag: &str, text: &str, end: usize) -> Place {
    source_place(&Source::new(flag, text.to_owned()), end.saturating_sub(1))
}

fn source_place(source: &Source, offset: usize) -> Place {
    let mut place = source.place(Span::new(offset, offset));
    place.excerpt = place.excerpt.filter(|line| !secrets::sounds_secret(line));
    place
}

/// User-supplied values, merged.
#[derive(Debug, Clone)]
pub struct Values {
    /// The tree; always a map.
    pub root: Node,
    /// The layers, in the order given.
    pub layers: Vec<LayerInfo>,
    /// Keys written twice, or read as others.
    pub warnings: Vec<Diagnostic>,
}

impl Default for Values {
    fn default() -> Self {
        Values { root: Node::new(Data::map(BTreeMap::new())), layers: Vec::new(), warnings: Vec::new() }
    }
}

impl Values {
    /// Merges the layers: files first, then `--set-json`, `--set`, `--set-string`, `--set-file`
    /// and `--set-literal`, each group in the order given.
    ///
    /// # Errors
    /// A file that is not YAML or not a map, a malformed argument, a file that cannot be read.
    pub fn build(layers: &[Layer]) -> Result<Values, ValuesError> {
        let mut values = Values { layers: layers.iter().map(Layer::info).collect(), ..Values::default() };
        let mut ordered: Vec<(u32, &Layer)> = (0..).zip(layers).collect();
        ordered.sort_by_key(|(_, layer)| layer.group());
        let mut made = 0;
        for (index, layer) in ordered {
            values.add(index, layer, &mut made)?;
        }
        Ok(values)
    }

    /// `made` counts the items that indexes made.
    fn add(&mut self, index: u32, layer: &Layer, made: &mut usize) -> Result<(), ValuesError> {
        let failed = |flag: &'static str, text: &str, error: SetError| {
            let place = argument_place(flag, text, error.end);
            ValuesError::Set { flag, reason: error.reason, place }
        };
        let not_json = |prefix, text: &str, end| {
            let place = argument_place("--set-json", text, end);
            let text = match text.split_once('=') {
                _ if !secrets::sounds_secret(text) => text.to_owned(),
                Some((key, _)) if !key.contains(['{', '"']) => format!("{key}=***"),
                _ => "***".to_owned(),
            };
            ValuesError::SetJson { prefix, text, place }
        };
        match layer {
            Layer::File { name, bytes } => {
                let (node, troubles) = yaml::decode_values(bytes).map_err(|error| {
                    let mut place = Place::file(name.as_str());
                    if error.line > 0 {
                        let source = Source::new(name.as_str(), bytes.clone());
                        let lines = secrets::masked(&String::from_utf8_lossy(&source.text));
                        place.excerpt = lines.into_iter().nth(error.line as usize - 1);
                        place.line = error.line;
                    }
                    ValuesError::File { file: name.clone(), reason: error.message, place }
                })?;
                self.warnings.extend(troubles.iter().map(|found| key_trouble(name, found)));
                self.root.merge(node.in_layer(index));
                Ok(())
            }
            Layer::Data(node) => {
                self.root.merge(node.clone().in_layer(index));
                Ok(())
            }
            Layer::SetJson(text) if text.trim().starts_with('{') => {
                let blanks = text.len() - text.trim_start().len();
                let node = set::parse_json(text.trim()).map_err(|end| not_json("JSON: ", text, blanks + end))?;
                self.root.merge(node.in_layer(index));
                Ok(())
            }
            Layer::SetJson(text) => {
                set::json(text, &mut self.root, index, made).map_err(|error| not_json("", text, error.end))
            }
            Layer::Set(text) => {
                set::typed(text, &mut self.root, index, made).map_err(|error| failed("--set", text, error))
            }
            Layer::SetString(text) => {
                set::strings(text, &mut self.root, index, made).map_err(|error| failed("--set-string", text, error))
            }
            Layer::SetFile { text, reader } => set::files(text, &mut self.root, index, made, &**reader)
                .map_err(|error| failed("--set-file", text, error)),
            Layer::SetLiteral(text) => {
                set::literal(text, &mut self.root, index, made).map_err(|error| failed("--set-literal", text, error))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_merge_in_helms_order_and_leaves_name_their_layer() {
        let layers = [Layer::SetString("a=1".into()), Layer::Set("a=2,b=3".into())];
        let values = Values::build(&layers).unwrap_or_default();
        assert_eq!(values.root.get("a").map(|n| (&n.data, n.origin.layer)), Some((&Data::Str("1".into()), 0)));
        assert_eq!(values.root.get("b").map(|n| (&n.data, n.origin.layer)), Some((&Data::Int(3), 1)));
    }

    #[test]
    fn a_malformed_argument_fails_in_helms_words() {
        let text = |layer| Values::build(&[layer]).map_err(|e| e.to_string()).err();
        assert_eq!(text(Layer::Set("x".into())).as_deref(), Some("failed parsing --set data: key \"x\" has no value"));
        assert_eq!(text(Layer::SetJson("a={".into())).as_deref(), Some("failed parsing --set-json data a={"));
    }
}
