//! The types of Kubernetes' objects: fields, and what each may hold.
//!
//! In: schemas/kubernetes/types.txt, whose grammar is told in scripts/kubernetes-schemas, or a CustomResourceDefinition.
//! Out: [`Type`]s by name. A type's block is read when it is first asked for, so a chart pays for the kinds it has.

use super::crd::{Expression, Format};
use super::range::Minors;
use crate::value::Data;
use regex::Regex;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

#[cfg(feature = "kube-schemas")]
const TABLE: &str = include_str!("../../schemas/kubernetes/types.txt");
#[cfg(not(feature = "kube-schemas"))]
const TABLE: &str = "";

/// A text of the table, or of a CRD.
pub(super) type Word = Cow<'static, str>;

/// Named fields.
#[derive(Debug, Default)]
pub(super) struct Type {
    /// In order of their names. A field has several rows when it is another one in other minors.
    pub fields: Vec<Field>,
    /// Whether there may be others.
    pub open: bool,
}

/// A row of a type.
#[derive(Debug)]
pub(super) struct Field {
    pub name: Word,
    pub required: bool,
    pub schema: Schema,
    pub minors: Minors,
}

/// What may stand in one place.
#[derive(Debug, Default)]
pub(super) struct Schema {
    pub shape: Shape,
    pub limits: Option<Box<Limits>>,
}

#[derive(Debug, Default)]
pub(super) enum Shape {
    #[default]
    Any,
    /// A map of anything.
    Object,
    Text,
    Int32,
    Int64,
    Number,
    Bool,
    /// Base64.
    Bytes,
    Time,
    Quantity,
    IntOrString,
    Named(Word),
    Struct(Arc<Type>),
    List(Box<List>),
    Map(Box<Schema>),
}

#[derive(Debug)]
pub(super) struct List {
    pub item: Schema,
    /// Fields that tell items apart.
    pub keys: Vec<Word>,
    /// Whether no item may stand twice.
    pub set: bool,
}

/// What else holds. Most places have none of it.
#[derive(Debug, Default)]
pub(super) struct Limits {
    pub default: Option<Data>,
    pub words: Vec<Data>,
    pub nullable: bool,
    pub least: Option<f64>,
    pub most: Option<f64>,
    /// Characters of a text, items of a list or keys of a map.
    pub fewest: Option<f64>,
    pub longest: Option<f64>,
    pub pattern: Option<Pattern>,
    pub more: Option<Box<More>>,
}

/// What only CustomResourceDefinitions say.
#[derive(Debug, Default)]
pub(super) struct More {
    /// The least is not allowed itself.
    pub above: bool,
    /// The most is not allowed itself.
    pub below: bool,
    pub multiple_of: Option<f64>,
    pub format: Option<Format>,
    /// Forms that hold as well: all of them, at least one, exactly one, not this one.
    pub all: Vec<Schema>,
    pub any: Vec<Schema>,
    pub one: Vec<Schema>,
    pub not: Option<Schema>,
    /// Expressions that must be true.
    pub rules: Vec<Expression>,
}

/// A regular expression that is compiled when it is first needed.
#[derive(Debug)]
pub(super) struct Pattern {
    pub text: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub fn new(text: String) -> Pattern {
        Pattern { text, compiled: OnceLock::new() }
    }

    /// Whether a text fits; everything fits a pattern that cannot be read.
    pub fn fits(&self, text: &str) -> bool {
        self.compiled.get_or_init(|| Regex::new(&self.text).ok()).as_ref().is_none_or(|regex| regex.is_match(text))
    }
}

impl Type {
    /// The rows of a field, one for each form it had.
    pub fn rows(&self, name: &str) -> &[Field] {
        let start = self.fields.partition_point(|field| *field.name < *name);
        let rest = self.fields.get(start..).unwrap_or_default();
        let length = rest.iter().take_while(|field| field.name == name).count();
        rest.get(..length).unwrap_or_default()
    }
}

struct Block {
    body: &'static str,
    read: OnceLock<Box<Type>>,
}

/// The type of this name.
pub(super) fn named(name: &str) -> Option<&'static Type> {
    static INDEX: OnceLock<FxHashMap<&'static str, Block>> = OnceLock::new();
    let block = INDEX.get_or_init(|| index(TABLE)).get(name)?;
    Some(block.read.get_or_init(|| Box::new(read_type(block.body))))
}

/// About as many bytes of the table are of one type.
const BYTES_PER_BLOCK: usize = 256;

/// Where each block begins: one pass over the lines, nothing is read yet.
fn index(table: &'static str) -> FxHashMap<&'static str, Block> {
    let mut blocks = FxHashMap::with_capacity_and_hasher(table.len() / BYTES_PER_BLOCK, FxBuildHasher);
    let mut rest = table;
    while let Some((head, after)) = rest.split_once('\n') {
        let mut end = 0;
        while after.as_bytes().get(end) == Some(&b' ') {
            let line = after.get(end..).unwrap_or_default();
            end += memchr::memchr(b'\n', line.as_bytes()).map_or(line.len(), |at| at + 1);
        }
        let (body, next) = after.split_at_checked(end).unwrap_or((after, ""));
        // A type's own minors are those of the fields that lead to it.
        blocks.insert(Minors::split(head).0, Block { body, read: OnceLock::new() });
        rest = next;
    }
    blocks
}

fn read_type(body: &'static str) -> Type {
    let mut read = Type::default();
    for line in body.lines() {
        let (row, minors) = Minors::split(line.trim_start());
        let Some((name, rest)) = row.split_once(' ') else { continue };
        if name == "..." {
            read.open = true;
            continue;
        }
        let plain = name.strip_suffix('!');
        let mut words = Words { rest };
        let schema = words.schema();
        read.fields.push(Field {
            name: Cow::Borrowed(plain.unwrap_or(name)),
            required: plain.is_some(),
            schema,
            minors,
        });
    }
    // `!` and the marks of minors keep the lines of the file from standing in the order of the names.
    read.fields.sort_by(|a, b| a.name.cmp(&b.name));
    read
}

/// The words of a row, one after the other.
struct Words {
    rest: &'static str,
}

impl Words {
    fn next(&mut self) -> Option<&'static str> {
        self.rest = self.rest.trim_start();
        let end = if self.rest.starts_with('"') { quoted_end(self.rest) } else { self.rest.find(' ') };
        let (word, rest) = self.rest.split_at_checked(end.unwrap_or(self.rest.len()))?;
        self.rest = rest;
        Some(word).filter(|word| !word.is_empty())
    }

    fn schema(&mut self) -> Schema {
        let Some(head) = self.next() else { return Schema::default() };
        if !matches!(head, "list" | "set" | "map") {
            let mut limits = None;
            while let Some(word) = self.next() {
                self.limit(word, &mut limits);
            }
            return Schema { shape: scalar(head), limits };
        }
        let (mut keys, mut limits) = (Vec::new(), None);
        while let Some(word) = self.next().filter(|word| *word != "of") {
            if word == "by" {
                keys.extend(self.next().into_iter().flat_map(|keys| keys.split(',')).map(Cow::Borrowed));
            } else {
                self.limit(word, &mut limits);
            }
        }
        let item = self.schema();
        let shape = match head {
            "map" => Shape::Map(Box::new(item)),
            _ => Shape::List(Box::new(List { item, keys, set: head == "set" })),
        };
        Schema { shape, limits }
    }

    fn limit(&mut self, word: &'static str, limits: &mut Option<Box<Limits>>) {
        let limits = limits.get_or_insert_default();
        let amount = |prefixes: &[&str]| prefixes.iter().find_map(|prefix| word.strip_prefix(prefix)?.parse().ok());
        match word {
            "=" => limits.default = self.next().map(literal),
            "like" => limits.pattern = self.next().and_then(|text| serde_json::from_str(text).ok()).map(Pattern::new),
            "nullable" => limits.nullable = true,
            "in" => {
                while let Some(word) = self.next() {
                    limits.words.push(literal(word));
                }
            }
            _ => {
                limits.least = limits.least.or(amount(&[">="]));
                limits.most = limits.most.or(amount(&["<="]));
                limits.fewest = limits.fewest.or(amount(&["chars>=", "items>=", "keys>="]));
                limits.longest = limits.longest.or(amount(&["chars<=", "items<=", "keys<="]));
            }
        }
    }
}

/// Where a JSON string at the front of a text ends.
fn quoted_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().enumerate().skip(1).find_map(|(at, byte)| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends.then_some(at + 1)
    })
}

/// A word, or JSON.
fn literal(word: &'static str) -> Data {
    match serde_json::from_str::<serde_json::Value>(word) {
        Ok(serde_json::Value::Bool(value)) => Data::Bool(value),
        Ok(serde_json::Value::Number(number)) => Data::Float(number.as_f64().unwrap_or_default()),
        Ok(serde_json::Value::String(text)) => Data::Str(text.into()),
        _ => Data::Str(word.into()),
    }
}

fn scalar(word: &'static str) -> Shape {
    match word {
        "any" => Shape::Any,
        "object" => Shape::Object,
        "string" => Shape::Text,
        "int32" => Shape::Int32,
        "int64" => Shape::Int64,
        "number" => Shape::Number,
        "bool" => Shape::Bool,
        "bytes" => Shape::Bytes,
        "time" => Shape::Time,
        "quantity" => Shape::Quantity,
        "int-or-string" => Shape::IntOrString,
        name => Shape::Named(Cow::Borrowed(name)),
    }
}

#[cfg(all(test, feature = "kube-schemas"))]
mod tests {
    use super::*;

    /// Every name that a schema leads to.
    fn names<'s>(schema: &'s Schema, found: &mut Vec<&'s str>) {
        match &schema.shape {
            Shape::Named(name) => found.push(name),
            Shape::List(list) => names(&list.item, found),
            Shape::Map(item) => names(item, found),
            _ => {}
        }
    }

    #[test]
    fn every_type_that_is_named_is_there() {
        let blocks = index(TABLE);
        assert!(blocks.len() > 400, "{}", blocks.len());
        for (name, block) in &blocks {
            let read = read_type(block.body);
            assert_eq!(read.fields.len() + usize::from(read.open), block.body.lines().count(), "{name}");
            for field in &read.fields {
                let mut found = Vec::new();
                names(&field.schema, &mut found);
                for other in found {
                    assert!(blocks.contains_key(other), "{name}.{} is of type {other}", field.name);
                }
            }
        }
    }

    #[test]
    fn a_row_tells_words_default_keys_and_whether_it_is_required() {
        let port = named("core.v1.ContainerPort").expect("a type");
        let [field] = port.rows("protocol") else { panic!("one row") };
        let limits = field.schema.limits.as_ref().expect("limits");
        assert_eq!(limits.default, Some(Data::Str("TCP".into())));
        assert_eq!(limits.words.len(), 3);
        assert!(port.rows("containerPort").iter().all(|field| field.required));
        let container = named("core.v1.Container").expect("a type");
        let [ports] = container.rows("ports") else { panic!("one row") };
        let Shape::List(list) = &ports.schema.shape else { panic!("a list") };
        assert_eq!(list.keys, ["containerPort", "protocol"]);
    }
}
