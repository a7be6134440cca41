//! From a document's tree to plain data, as sigs.k8s.io/yaml's `Unmarshal` gives it.
//!
//! In: a [`Document`]. Out: a [`Node`] whose numbers are floats and whose keys are strings, and what
//! is suspicious in the keys. An entry of a map has the place of its key, an item of a list its own.

use super::cursor::Place;
use super::depth::MAX_NESTING;
use super::error::Error;
use super::parse;
use super::read::valid_utf8;
use super::resolve::{self, Scalar};
use super::syntax::go_syntax;
use super::tree::{Children, Document, Id, Item, ItemKind, Tag, deep, is_merge};
use crate::limits::{YAML_ALIAS_BYTES, YAML_NODES};
use crate::value::number::format_float;
use crate::value::{Data, Node, Origin, Str};
use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::btree_map::{BTreeMap, Entry};

/// A key that stands twice in one map. The last one wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// The key.
    pub key: String,
    /// The dotted path of the key, with `[0]` for list items.
    pub path: String,
    /// Line of the one before, from 1.
    pub first_line: u32,
    /// Line of the one that counts, from 1.
    pub line: u32,
}

/// A key that YAML 1.1 reads as something else than what stands there: `y` is the key `true`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Respelled {
    /// As written.
    pub written: String,
    /// As read.
    pub key: String,
    /// Its line, from 1.
    pub line: u32,
}

/// What is suspicious in the keys of a text that is read all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyTrouble {
    /// Written twice.
    Duplicate(Duplicate),
    /// Read as something else.
    Respelled(Respelled),
}

/// What to make of integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    /// All numbers become floats, as in Go's untyped JSON.
    Float,
    /// Integers within `int64` stay, as on the way from JSON to YAML.
    Exact,
    /// Integers stay, and all else is read as Go's yaml v3 does: `yes` is text, what is written in a map goes before
    /// what is merged into it.
    V3,
    /// As [`V3`](Numbers::V3), but every scalar is the text that stands there.
    V3Text,
}

impl Numbers {
    fn is_v3(self) -> bool {
        matches!(self, Numbers::V3 | Numbers::V3Text)
    }
}

/// Decodes the first document as yaml v3 does into an untyped target.
pub(super) fn decode_v3(text: &[u8], numbers: Numbers) -> Result<Node, Error> {
    let (node, troubles) = run(text, numbers)?;
    let twice = troubles.into_iter().find_map(|trouble| match trouble {
        KeyTrouble::Duplicate(found) => Some(found),
        KeyTrouble::Respelled(_) => None,
    });
    match twice {
        Some(Duplicate { key, first_line, line, .. }) => {
            Err(Error { message: format!("mapping key {key:?} already defined at line {first_line}"), line })
        }
        None => Ok(node),
    }
}

/// Decodes the first document and lists what is suspicious in its keys.
pub(super) fn decode_document(text: &[u8], numbers: Numbers) -> Result<(Node, Vec<KeyTrouble>), Error> {
    run(text, numbers).map_err(|error| error.prefixed("error converting YAML to JSON: "))
}

fn run(text: &[u8], numbers: Numbers) -> Result<(Node, Vec<KeyTrouble>), Error> {
    let source = super::read::read(text);
    let document = parse::parse(&source)?;
    let Some(root) = document.root() else { return Ok((Node::default(), Vec::new())) };
    Decoder::new(&document, numbers).whole(root)
}

/// Go's message about a key that JSON cannot have.
fn bad_key(document: &Document<'_>, key: &Scalar<'_>, value: Id) -> String {
    let (kind, key) = match key {
        Scalar::Uint(n) => ("uint64", format!("{n:#x}")),
        _ => ("%!s(<nil>)", "<nil>".to_owned()),
    };
    let value = match go_syntax(document, value) {
        nil if nil == "interface {}(nil)" => "<nil>".to_owned(),
        value => value,
    };
    format!("unsupported map key of type: {kind}, key: {key}, value: {value}")
}

/// The error for the first number, in key order, that JSON cannot hold.
fn unfinite(node: &Node) -> Option<Error> {
    match &node.data {
        Data::Float(f) if !f.is_finite() => {
            let text = format_float(*f, b'g', None, false);
            Some(Error { message: format!("json: unsupported value: {text}"), line: node.origin.line })
        }
        Data::List(items) => deep(|| items.iter().find_map(unfinite)),
        Data::Map(map) => deep(|| map.values().find_map(unfinite)),
        _ => None,
    }
}

/// A step of the path to the present node.
enum Step {
    /// The node that is the key.
    Key(Id),
    Index(usize),
}

/// The decoding of one document.
pub(super) struct Decoder<'d> {
    document: &'d Document<'d>,
    numbers: Numbers,
    /// Decoded nodes, and those of them inside an alias.
    count: u64,
    alias_count: u64,
    alias_depth: usize,
    /// Bytes of texts that aliases repeated.
    alias_bytes: usize,
    most_nodes: u64,
    depth: usize,
    /// Aliases being decoded.
    active: Vec<Id>,
    unfinite: bool,
    /// Go reports keys that JSON cannot have after all other errors.
    bad_key: Option<(Scalar<'d>, Id, u32)>,
    troubles: Vec<KeyTrouble>,
    path: Vec<Step>,
}

type Entries = BTreeMap<Str, Node>;

impl<'d> Decoder<'d> {
    pub(super) fn new(document: &'d Document<'d>, numbers: Numbers) -> Self {
        Decoder {
            document,
            numbers,
            count: 0,
            alias_count: 0,
            alias_depth: 0,
            alias_bytes: 0,
            most_nodes: YAML_NODES.get(),
            depth: 0,
            active: Vec::new(),
            unfinite: false,
            bad_key: None,
            troubles: Vec::new(),
            path: Vec::new(),
        }
    }

    /// The whole document, and what is suspicious in its keys.
    pub(super) fn whole(mut self, root: Id) -> Result<(Node, Vec<KeyTrouble>), Error> {
        let node = self.node(root)?;
        if let Some((key, value, line)) = self.bad_key {
            return Err(Error { message: bad_key(self.document, &key, value), line });
        }
        if self.unfinite
            && !self.numbers.is_v3()
            && let Some(error) = unfinite(&node)
        {
            return Err(error);
        }
        Ok((node, self.troubles))
    }

    fn item(&self, id: Id) -> Result<&'d Item<'d>, Error> {
        self.document.item(id).ok_or_else(|| Error::new("yaml: unknown node"))
    }

    /// Counts a node, against alias bombs.
    fn count(&mut self) -> Result<(), Error> {
        self.count += 1;
        if self.alias_depth > 0 {
            self.alias_count += 1;
        }
        if self.count > self.most_nodes {
            return Err(Error::new(parse::too_many_nodes()));
        }
        if self.alias_count > 100 && self.count > 1000 {
            let allowed = match self.count {
                ..=400_000 => 0.99,
                4_000_000.. => 0.10,
                count => 0.99 - 0.89 * ((count - 400_000) as f64 / 3_600_000.0),
            };
            if self.alias_count as f64 / self.count as f64 > allowed {
                return Err(Error::new("yaml: document contains excessive aliasing"));
            }
        }
        Ok(())
    }

    /// Counts a text behind an alias: each place has a copy of it.
    fn repeats(&mut self, text: &[u8]) -> Result<(), Error> {
        if self.alias_depth > 0 {
            self.alias_bytes += text.len();
        }
        if self.alias_bytes <= YAML_ALIAS_BYTES.size() {
            return Ok(());
        }
        Err(Error::new(format!("yaml: {}", YAML_ALIAS_BYTES.exceeded("bytes of text behind aliases"))))
    }

    fn enter(&mut self, line: u32) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err(Error { message: "yaml: exceeded max depth of 10000".into(), line });
        }
        Ok(())
    }

    /// The data of a node and of all in it.
    pub(super) fn node(&mut self, id: Id) -> Result<Node, Error> {
        self.count()?;
        let item = self.item(id)?;
        let Place { line, column } = item.place;
        let data = match &item.kind {
            ItemKind::Scalar { text, tag, implicit } => self.scalar(text, *tag, *implicit, line)?,
            ItemKind::Alias { name, target } => {
                self.start_alias(id, name, line)?;
                let data = deep(|| self.node(*target))?.data;
                self.end_alias();
                data
            }
            ItemKind::List { end } => Data::list(deep(|| self.list(self.document.children(id, *end), line))?),
            ItemKind::Map { end } => {
                let mut entries = Entries::new();
                deep(|| self.entries(self.document.children(id, *end), &mut entries, line))?;
                Data::map(entries)
            }
        };
        Ok(Node { data, origin: Origin { layer: 0, line, column } })
    }

    fn start_alias(&mut self, id: Id, name: &[u8], line: u32) -> Result<(), Error> {
        if self.active.contains(&id) {
            let name = String::from_utf8_lossy(name);
            return Err(Error { message: format!("yaml: anchor '{name}' value contains itself"), line });
        }
        self.active.push(id);
        self.alias_depth += 1;
        self.enter(line)
    }

    fn end_alias(&mut self) {
        self.active.pop();
        self.alias_depth -= 1;
        self.depth -= 1;
    }

    fn resolve(&self, text: &'d [u8], tag: Tag, implicit: bool, line: u32) -> Result<Scalar<'d>, Error> {
        resolve::value(text, self.document.tag(tag), implicit).map_err(|error| Error { line, ..error })
    }

    fn scalar(&mut self, text: &'d [u8], tag: Tag, implicit: bool, line: u32) -> Result<Data, Error> {
        let exact = self.numbers != Numbers::Float;
        let is_v3 = self.numbers == Numbers::V3;
        if self.numbers == Numbers::V3Text {
            self.repeats(text)?;
            return Ok(Data::Str(Str::from(text)));
        }
        Ok(match self.resolve(text, tag, implicit, line)? {
            Scalar::Bool(_)
                if is_v3 && implicit && !text.eq_ignore_ascii_case(b"true") && !text.eq_ignore_ascii_case(b"false") =>
            {
                Data::Str(Str::from(text))
            }
            Scalar::Str(_) if is_v3 && implicit && resolve::is_date(text) => {
                Data::Str(Str::from(resolve::midnight(text)))
            }
            Scalar::Null => Data::Null,
            Scalar::Bool(b) => Data::Bool(b),
            Scalar::Int(n) if exact => Data::Int(n),
            Scalar::Int(n) => Data::Float(n as f64),
            Scalar::Uint(n) => Data::Float(n as f64),
            Scalar::Float(f) => {
                self.unfinite |= !f.is_finite();
                Data::Float(f)
            }
            Scalar::Str(bytes) => {
                self.repeats(&bytes)?;
                Data::Str(string(bytes))
            }
            Scalar::Time => Data::Str(Str::from(text)),
        })
    }

    fn list(&mut self, children: Children<'d, 'd>, line: u32) -> Result<Vec<Node>, Error> {
        self.enter(line)?;
        let mut items = Vec::new();
        for (index, child) in children.enumerate() {
            self.path.push(Step::Index(index));
            items.push(self.node(child)?);
            self.path.pop();
        }
        self.depth -= 1;
        Ok(items)
    }

    fn entries(&mut self, mut children: Children<'d, 'd>, entries: &mut Entries, line: u32) -> Result<(), Error> {
        self.enter(line)?;
        // Only keys written here can be written twice; merged ones may be set again. Where both are
        // in one map, the written ones are kept apart.
        let mut written: Option<HashMap<Str, u32>> = if entries.is_empty() { None } else { Some(HashMap::new()) };
        let is_v3 = self.numbers.is_v3();
        if is_v3 {
            let mut all = children.clone();
            while let (Some(key_id), Some(value_id)) = (all.next(), all.next()) {
                if is_merge(self.document, self.item(key_id)?) {
                    written.get_or_insert_default();
                    self.merge(value_id, entries)?;
                }
            }
        }
        while let (Some(key_id), Some(value_id)) = (children.next(), children.next()) {
            let item = self.item(key_id)?;
            if is_merge(self.document, item) {
                if is_v3 {
                    continue;
                }
                written
                    .get_or_insert_with(|| entries.iter().map(|(key, node)| (key.clone(), node.origin.line)).collect());
                self.merge(value_id, entries)?;
                continue;
            }
            let Some(key) = self.key(key_id, value_id)? else {
                self.node(value_id)?;
                continue;
            };
            self.path.push(Step::Key(key_id));
            let mut node = self.node(value_id)?;
            let line = item.place.line;
            (node.origin.line, node.origin.column) = (line, item.place.column);
            let before = match &mut written {
                Some(written) if self.alias_depth == 0 => {
                    written.insert(key.clone(), line).map(|first_line| (key.to_text().into_owned(), first_line))
                }
                _ => None,
            };
            let replaced = match entries.entry(key) {
                Entry::Vacant(entry) => {
                    entry.insert(node);
                    None
                }
                Entry::Occupied(mut entry) => {
                    let old = entry.insert(node);
                    Some((entry.key().to_text().into_owned(), old.origin.line))
                }
            };
            let before = if written.is_some() { before } else { replaced };
            if let Some((key, first_line)) = before
                && self.alias_depth == 0
            {
                let path = self.path_text();
                self.troubles.push(KeyTrouble::Duplicate(Duplicate { key, path, first_line, line }));
            }
            self.path.pop();
        }
        self.depth -= 1;
        Ok(())
    }

    /// A key's text; `None` when JSON cannot have it, which is an error in the end.
    fn key(&mut self, id: Id, value_id: Id) -> Result<Option<Str>, Error> {
        self.count()?;
        let item = self.item(id)?;
        let line = item.place.line;
        let mut target = item;
        if let ItemKind::Alias { name, target: aliased } = &item.kind {
            self.start_alias(id, name, line)?;
            self.count()?;
            self.end_alias();
            target = self.item(*aliased)?;
        }
        let ItemKind::Scalar { text, tag, implicit } = &target.kind else {
            // What is wrong inside of the key comes first.
            self.count = self.count.saturating_sub(1);
            self.node(id)?;
            let message = format!("yaml: invalid map key: {}", go_syntax(self.document, id));
            return Err(Error { message, line });
        };
        if self.numbers.is_v3() {
            return Ok(Some(Str::from(&**text)));
        }
        let scalar = self.resolve(text, *tag, *implicit, line)?;
        let key = key_text(&scalar, text);
        if let (Scalar::Bool(_) | Scalar::Int(_) | Scalar::Float(_), Some(key)) = (&scalar, &key)
            && self.alias_depth == 0
            && !key.eq_ignore_ascii_case(text)
        {
            let (written, key) = (String::from_utf8_lossy(text).into_owned(), key.to_text().into_owned());
            self.troubles.push(KeyTrouble::Respelled(Respelled { written, key, line }));
        }
        if key.is_none() {
            // Of equal keys the last one counts.
            self.bad_key = Some((scalar, value_id, line));
        }
        Ok(key)
    }

    /// `<<`: copies the entries of a map, or of a list of maps, to this place.
    fn merge(&mut self, id: Id, entries: &mut Entries) -> Result<(), Error> {
        let item = self.item(id)?;
        if let ItemKind::List { end } = item.kind {
            let children: Vec<Id> = self.document.children(id, end).collect();
            // The earlier ones win, so they come last.
            for child in children.into_iter().rev() {
                self.merge_map(child, entries)?;
            }
            return Ok(());
        }
        self.merge_map(id, entries)
    }

    fn merge_map(&mut self, id: Id, entries: &mut Entries) -> Result<(), Error> {
        let item = self.item(id)?;
        let line = item.place.line;
        let wanted = || Error { message: "yaml: map merge requires map or sequence of maps as the value".into(), line };
        match &item.kind {
            ItemKind::Map { end } => {
                self.count()?;
                deep(|| self.entries(self.document.children(id, *end), entries, line))
            }
            ItemKind::Alias { name, target } => {
                let ItemKind::Map { end } = self.item(*target)?.kind else { return Err(wanted()) };
                self.count()?;
                self.start_alias(id, name, line)?;
                self.count()?;
                deep(|| self.entries(self.document.children(*target, end), entries, line))?;
                self.end_alias();
                Ok(())
            }
            _ => Err(wanted()),
        }
    }

    fn path_text(&self) -> String {
        let mut text = String::new();
        for step in &self.path {
            match step {
                Step::Index(index) => text.push_str(&format!("[{index}]")),
                Step::Key(id) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(&self.key_again(*id).unwrap_or_default().to_text());
                }
            }
        }
        text
    }

    /// The text of a key that has been decoded before.
    fn key_again(&self, id: Id) -> Option<Str> {
        match &self.document.item(id)?.kind {
            ItemKind::Alias { target, .. } => self.key_again(*target),
            ItemKind::Scalar { text, tag, implicit } => key_text(&self.resolve(text, *tag, *implicit, 0).ok()?, text),
            _ => None,
        }
    }
}

/// A string value. Text of the document is valid, what base64 held may not be.
pub(super) fn string(bytes: Cow<'_, [u8]>) -> Str {
    match bytes {
        Cow::Borrowed(text) => Str::from(text),
        Cow::Owned(bytes) => Str::from(&*valid_utf8(&bytes)),
    }
}

/// A key that was resolved, as JSON has it.
fn key_text(scalar: &Scalar<'_>, text: &[u8]) -> Option<Str> {
    Some(match scalar {
        Scalar::Str(bytes) => string(bytes.clone()),
        Scalar::Time => Str::from(text),
        Scalar::Bool(b) => Str::from(if *b { "true" } else { "false" }),
        Scalar::Int(n) => Str::from(n.to_string()),
        Scalar::Float(f) => Str::from(match format_float(*f, b'g', None, true).as_str() {
            "+Inf" => ".inf",
            "-Inf" => "-.inf",
            "NaN" => ".nan",
            text => text,
        }),
        Scalar::Null | Scalar::Uint(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::yaml::{decode, decode_list, decode_map, decode_with_troubles};

    fn same(yaml: &str, json: &str) {
        assert_eq!(
            decode(yaml.as_bytes()),
            crate::yaml::from_json(json.as_bytes()).map_err(super::Error::new),
            "{yaml}"
        );
    }

    #[test]
    fn documents_are_read_as_go_reads_them() {
        same("a: 1\n---\nb: [", r#"{"a":1}"#);
        same("---\n---\na: 1", "null");
        same("a: {b:1}", r#"{"a":{"b:1":null}}"#);
        same("a: [b:]", r#"{"a":["b:"]}"#);
        same("a: 'x'#c", r#"{"a":"x"}"#);
        same("yes: a\n1.50: b\n0x10: c", r#"{"true":"a","1.5":"b","16":"c"}"#);
        same("[]: b", "[]");
        same("a: x\u{2028}b: 1", r#"{"a":"x","b":1}"#);
        same("a: >\n  x\n  y\n\n   z\nb: |+\n  q\n\n", r#"{"a":"x y\n\n z\n","b":"q\n\n"}"#);
    }

    #[test]
    fn a_merge_key_copies_at_its_place() {
        same("b: &b {x: 1}\nc: {x: 3, <<: *b}\nd: {<<: *b, x: 3}", r#"{"b":{"x":1},"c":{"x":1},"d":{"x":3}}"#);
        same("{'<<': {a: 1}}", r#"{"<<":{"a":1}}"#);
    }

    #[test]
    fn errors_are_worded_as_in_go_and_know_the_true_line() {
        for (yaml, message, line) in [
            ("a: b\n  c: d", "yaml: line 2: mapping values are not allowed in this context", 2),
            ("a: b: c", "yaml: mapping values are not allowed in this context", 1),
            ("a: 1\nb: [", "yaml: line 2: did not find expected node content", 3),
            ("a: {{ .x }}", "yaml: invalid map key: map[interface {}]interface {}{\".x\":interface {}(nil)}", 1),
            ("a: *x", "yaml: unknown anchor 'x' referenced", 1),
            ("a: &x [*x]", "yaml: anchor 'x' value contains itself", 1),
            ("b: 1\na: .nan", "json: unsupported value: NaN", 2),
            ("~: a", "unsupported map key of type: %!s(<nil>), key: <nil>, value: \"a\"", 1),
            ("a: !!int x", "yaml: cannot decode !!str `x` as a !!int", 1),
        ] {
            let error = decode(yaml.as_bytes()).unwrap_err();
            assert_eq!((error.message, error.line), (format!("error converting YAML to JSON: {message}"), line));
        }
        let wanted = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal";
        let error = decode_map(b"[1]").unwrap_err().message;
        assert_eq!(error, format!("{wanted} array into Go value of type map[string]interface {{}}"));
        let error = decode_list(b"a: 1").unwrap_err().message;
        assert_eq!(error, format!("{wanted} object into Go value of type []interface {{}}"));
    }

    #[test]
    fn a_key_written_twice_is_told_with_both_lines() {
        let (node, troubles) = decode_with_troubles(b"a:\n  b: 1\n  c: [{d: 1}]\n  b: 2\n").unwrap();
        let [super::KeyTrouble::Duplicate(found)] = &troubles[..] else { panic!("{troubles:?}") };
        assert_eq!((found.path.as_str(), found.first_line, found.line), ("a.b", 2, 4));
        assert_eq!(node.get("a").unwrap().get("b").unwrap().origin.line, 4);
    }

    #[test]
    fn hostile_input_ends_in_an_error() {
        for text in ["[".repeat(20_000), "- ".repeat(20_000), "{a: ".repeat(20_000)] {
            assert!(decode(text.as_bytes()).is_err());
        }
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for i in 1..9 {
            bomb += &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(","));
        }
        let error = decode(bomb.as_bytes()).unwrap_err().message;
        assert!(error.ends_with("document contains excessive aliasing"));
    }
}
