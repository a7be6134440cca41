//! Which types are documented for values, and where.
//!
//! In: the comments of values.yaml and values.schema.json. Out: [`Documented`]s: of comments in the three ways in which
//! generators of documentation read them, of the schema by path.
//!
//! ```yaml
//! ## @param image.pullSecrets [array, nullable] Names of secrets
//! # -- (list) Names of secrets
//! # @default -- `[]`
//! pullSecrets: []
//! # replicas -- (int) How many
//! ```

use super::defaults::Defaults;
use crate::diag::{Place, Related};
use crate::render::Compiled;
use crate::value::{Data, Node};
use crate::yaml;
use serde_json::Value as Json;
use std::cell::OnceCell;

/// The types that values have, as far as documentation tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Truth,
    List,
    Map,
}

impl Kind {
    /// The type of a value; `null` has none.
    pub fn of(node: &Node) -> Option<Kind> {
        match node.data {
            Data::Null => None,
            Data::Bool(_) => Some(Kind::Truth),
            Data::Int(_) | Data::Float(_) => Some(Kind::Number),
            Data::Str(_) => Some(Kind::Text),
            Data::List(_) => Some(Kind::List),
            Data::Map(_) => Some(Kind::Map),
        }
    }

    /// What documentation calls it.
    fn read(word: &str) -> Option<Kind> {
        Some(match word.to_ascii_lowercase().as_str() {
            "string" | "str" | "text" => Kind::Text,
            "int" | "integer" | "number" | "float" => Kind::Number,
            "bool" | "boolean" => Kind::Truth,
            "list" | "array" => Kind::List,
            "object" | "map" | "dict" => Kind::Map,
            _ => return None,
        })
    }

    /// All of `string/int`, `list or map`; nothing where one of them has another name.
    fn read_all(words: &str) -> Option<Vec<Kind>> {
        let words = words.split(['/', '|', ',']).flat_map(|part| part.split(" or ")).map(str::trim);
        words.map(Kind::read).collect()
    }

    /// As messages call it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Number => "number",
            Kind::Truth => "truth value",
            Kind::List => "list",
            Kind::Map => "map",
        }
    }
}

/// What is documented of a value.
#[derive(Debug, Clone)]
pub(super) struct Documented {
    /// Its keys.
    pub keys: Vec<String>,
    /// The types that it may have.
    pub kinds: Vec<Kind>,
    /// The type as it is written there.
    pub word: String,
    /// What says so: `the comment`, `values.schema.json`.
    pub by: &'static str,
    /// Where.
    at: At,
}

/// Where a type is documented; the place is only worked out for what is told.
#[derive(Debug, Clone)]
enum At {
    /// A line of values.yaml.
    Line(u32),
    /// The way to a node of the schema; of what stands behind a reference only the file is told.
    Schema(Option<Vec<String>>),
}

impl Documented {
    /// The place, for a finding that is about another one.
    pub fn related(&self, defaults: &Defaults<'_>, schema: &Schema<'_>) -> Related {
        let place = match &self.at {
            At::Line(line) => defaults.line(*line),
            At::Schema(pointer) => schema.place(pointer.as_deref()),
        };
        Related { message: format!("documented here, as {}", self.word), place }
    }
}

/// What the comments say, in their order.
pub(super) fn comments(defaults: &Defaults<'_>) -> Vec<Documented> {
    let mut found = Vec::new();
    // Most charts name no types at all.
    let has = |word: &str| memchr::memmem::find(defaults.text.as_bytes(), word.as_bytes()).is_some();
    if !has(" -- ") {
        parameters(defaults.text, &mut found);
        return found;
    }
    let mut at = Position::default();
    let mut waiting: Option<(u32, String, Vec<Kind>)> = None;
    for (number, line) in (1u32..).zip(defaults.text.lines()) {
        let mut tell = |keys: Vec<String>, line: u32, word: String, kinds: Vec<Kind>| {
            found.push(Documented { keys, kinds, word, by: "the comment", at: At::Line(line) });
        };
        let Some(comment) = line.trim_start().strip_prefix('#') else {
            let keys = at.read(line);
            if let (Some(keys), Some((line, word, kinds))) = (keys, waiting.take()) {
                tell(keys, line, word, kinds);
            }
            continue;
        };
        let comment = comment.trim_start_matches('#').trim();
        if let Some((path, word, kinds)) = parameter(comment) {
            tell(path.split('.').map(str::to_owned).collect(), number, word.to_owned(), kinds);
        } else if let Some(text) = comment.strip_prefix("@default -- ") {
            if let Some((word, kind)) = default(text).filter(|_| waiting.is_none()) {
                waiting = Some((number, word, vec![kind]));
            }
        } else if let Some((path, text)) =
            comment.strip_prefix("-- ").map(|text| ("", text)).or(comment.split_once(" -- "))
        {
            let typed = typed(text);
            if path.is_empty() {
                // The last description above a key counts.
                waiting = typed.map(|(word, kinds)| (number, word.to_owned(), kinds));
            } else if !path.contains(char::is_whitespace)
                && let Some((word, kinds)) = typed
            {
                tell(path.split('.').map(str::to_owned).collect(), number, word.to_owned(), kinds);
            }
        }
    }
    found
}

/// What the comments say where there are none but parameters.
fn parameters(text: &str, found: &mut Vec<Documented>) {
    let (mut number, mut seen) = (1, 0);
    for at in memchr::memmem::find_iter(text.as_bytes(), b"@param ") {
        let skipped = text.get(seen..at).unwrap_or_default();
        number += u32::try_from(memchr::memchr_iter(b'\n', skipped.as_bytes()).count()).unwrap_or(0);
        seen = at;
        let begin = text.get(..at).and_then(|head| head.rfind('\n')).map_or(0, |end| end + 1);
        let head = text.get(begin..at).unwrap_or_default().trim_start();
        let rest = text.get(at..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        if head.starts_with('#')
            && head.trim_start_matches('#').trim().is_empty()
            && let Some((path, word, kinds)) = parameter(rest.trim_end())
        {
            let keys = path.split('.').map(str::to_owned).collect();
            found.push(Documented { keys, kinds, word: word.to_owned(), by: "the comment", at: At::Line(number) });
        }
    }
}

/// `@param PATH [TYPE, …] …`.
fn parameter(comment: &str) -> Option<(&str, &str, Vec<Kind>)> {
    let (path, rest) = comment.strip_prefix("@param ")?.trim_start().split_once(char::is_whitespace)?;
    let (words, _) = rest.trim_start().strip_prefix('[')?.split_once(']')?;
    let word = words.split(',').next().unwrap_or_default().trim();
    Some((path, word, Kind::read_all(word)?))
}

/// A type in parentheses at the beginning of a description, or the one word of a type in parentheses anywhere in it.
fn typed(text: &str) -> Option<(&str, Vec<Kind>)> {
    let first = text.trim_start().strip_prefix('(').and_then(|rest| rest.split_once(')')).map(|(words, _)| words);
    if let Some(words) = first {
        return Some((words, Kind::read_all(words)?));
    }
    let mut inside = text.split('(').skip(1).filter_map(|rest| rest.split_once(')')).map(|(word, _)| word);
    inside.find_map(|word| Some((word, vec![Kind::read(word)?])))
}

/// The type of a default that stands for another: only what cannot be prose.
fn default(text: &str) -> Option<(String, Kind)> {
    let text = text.trim();
    let quoted = text.strip_prefix('`').and_then(|rest| rest.split_once('`'));
    let (value, rest) = quoted.unwrap_or((text, ""));
    let kind = match value {
        "[]" => Kind::List,
        "{}" => Kind::Map,
        "true" | "false" if rest.is_empty() => Kind::Truth,
        _ if rest.is_empty() && value.parse::<f64>().is_ok() && !value.starts_with(char::is_alphabetic) => Kind::Number,
        _ => return None,
    };
    Some((format!("`{value}`"), kind))
}

/// The keys above a line of values.yaml.
#[derive(Debug, Default)]
struct Position {
    /// Indentation and key; none for what is in a list.
    above: Vec<(usize, Option<String>)>,
    /// Lines further in than this are a text.
    text: Option<usize>,
}

impl Position {
    /// Reads a line; the path, where it begins with a key of maps.
    fn read(&mut self, line: &str) -> Option<Vec<String>> {
        let body = line.trim_start_matches(' ');
        let indent = line.len() - body.len();
        if body.trim().is_empty() || self.text.is_some_and(|text| indent > text) {
            return None;
        }
        self.text = None;
        self.above.retain(|(other, _)| *other < indent);
        if body.starts_with("- ") || body.trim_end() == "-" {
            // Items may stand as far out as the key of their list.
            self.above.push((indent, None));
            return None;
        }
        let (key, rest) = body.split_once(':')?;
        if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
            return None;
        }
        if rest.trim_start().starts_with(['|', '>']) {
            self.text = Some(indent);
        }
        let key = key.trim_end().trim_matches(['"', '\'']).to_owned();
        self.above.push((indent, Some(key)));
        self.above.iter().map(|(_, key)| key.clone()).collect()
    }
}

/// values.schema.json, as far as types are asked of it.
pub(super) struct Schema<'s> {
    compiled: &'s Compiled,
    /// As YAML, which knows its lines, once they were asked for.
    lines: OnceCell<Option<Node>>,
}

/// References that are followed.
const MOST_REFERENCES: usize = 8;

impl<'s> Schema<'s> {
    pub fn new(compiled: &'s Compiled) -> Self {
        Schema { compiled, lines: OnceCell::new() }
    }

    /// What it says of the value at a path, where it says it plainly: no choice stands on the way. Nothing where it is
    /// no schema: that is told elsewhere.
    pub fn documented(&self, keys: &[&str]) -> Option<Documented> {
        self.compiled.own_schema(|root| documented(root, keys)).flatten()
    }

    /// Where a node stands: JSON is YAML.
    fn place(&self, pointer: Option<&[String]>) -> Place {
        let chart = self.compiled.chart();
        let decode = || yaml::decode(chart.schema()?).ok();
        let root = pointer.and_then(|_| self.lines.get_or_init(decode).as_ref());
        let node = root.and_then(|root| pointer?.iter().try_fold(root, |node, key| node.get(key)));
        let (line, column) = node.map(|node| (node.origin.line, node.origin.column)).unwrap_or_default();
        Place { line, column, ..Place::file(format!("{}/values.schema.json", chart.name())) }
    }
}

fn documented(root: &Json, keys: &[&str]) -> Option<Documented> {
    let mut at = resolve(root, root)?;
    // Behind a reference only the file is told.
    let mut pointer = std::ptr::eq(at, root).then(Vec::new);
    for key in keys {
        let below = at.get("properties")?.get(key)?;
        at = resolve(root, below)?;
        pointer = pointer.filter(|_| std::ptr::eq(at, below));
        pointer.iter_mut().for_each(|pointer| pointer.extend(["properties".to_owned(), (*key).to_owned()]));
    }
    let words: Vec<&str> = match at.get("type")? {
        Json::String(word) => vec![word],
        Json::Array(words) => words.iter().map(|word| word.as_str()).collect::<Option<_>>()?,
        _ => return None,
    };
    let kinds: Vec<Kind> = words.iter().filter(|word| **word != "null").filter_map(|word| Kind::read(word)).collect();
    let is_clear = !kinds.is_empty() && ["anyOf", "oneOf", "allOf", "not"].iter().all(|word| at.get(word).is_none());
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    let word = words.join(" or ");
    is_clear.then_some(Documented { keys, kinds, word, by: "values.schema.json", at: At::Schema(pointer) })
}

fn resolve<'a>(root: &'a Json, mut at: &'a Json) -> Option<&'a Json> {
    for _ in 0..MOST_REFERENCES {
        let Some(reference) = at.get("$ref") else { return Some(at) };
        at = root.pointer(reference.as_str()?.strip_prefix('#')?)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Chart;

    fn read(values: &str) -> Vec<String> {
        let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
        let chart = Chart::from_files([
            file("Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"),
            file("values.yaml", values),
        ]);
        let chart = chart.expect("a chart");
        let compiled = Compiled::new(&chart);
        let (defaults, schema) = (Defaults::of(&chart), Schema::new(&compiled));
        let line = |one: &Documented| one.related(&defaults, &schema).place.line;
        let told = comments(&defaults);
        told.iter().map(|one| format!("{} {} {}", one.keys.join("."), one.word, line(one))).collect()
    }

    #[test]
    fn types_are_read_from_comments_as_generators_of_documentation_read_them() {
        let values = "\
## @param image.tags [array, nullable] Tags
image:
  # -- (string/int) The port
  # it is told twice
  port: 80
  # -- Hosts to reach (list)
  hosts: []
  # -- Where it runs
  # @default -- `{}` (see below)
  affinity:
# far.away -- (bool) Whether
";
        let told = ["image.tags array 1", "image.port string/int 3", "image.hosts list 6"];
        let more = ["image.affinity `{}` 9", "far.away bool 11"];
        assert_eq!(read(values), [&told[..], &more[..]].concat());
    }

    #[test]
    fn parameters_alone_are_read_as_among_others() {
        let values =
            "## @param a.b [string, nullable] One\na:\n  b: 1\n## @section @param c [int]\nd: \"# @param e [int] x\"\n";
        assert_eq!(read(values), ["a.b string 1"]);
        assert_eq!(read(&format!("{values}# see -- there\nz: 1\n")), ["a.b string 1"]);
    }

    #[test]
    fn prose_is_no_type_and_a_comment_belongs_to_the_key_below_it_only() {
        assert_eq!(read("# -- (Optional) A name\na: 1\n"), [""; 0]);
        assert_eq!(read("# @default -- See [values.yaml]\na: 1\n# @default -- \"\"\nb: 1\n"), [""; 0]);
        assert_eq!(read("# -- (string) One\na: |\n  # -- (int) no\n  b: 1\nc: 2\n"), ["a string 1"]);
        assert_eq!(
            read("l:\n- a: 1\n  # -- (string) In a list\n  b: 2\nd:\n  # -- (int) Two\n  e: 1\n"),
            ["d.e int 6"]
        );
        assert_eq!(read("# -- (string) Superseded\n# -- Described anew\na: 1\n"), [""; 0]);
    }

    #[test]
    fn a_schema_says_types_through_references_and_nothing_where_it_leaves_a_choice() {
        let json = br##"{"properties": {
  "a": {"properties": {"b": {"type": ["string", "null"]}}},
  "c": {"$ref": "#/$defs/c"},
  "d": {"type": "string", "oneOf": [{}]}},
  "$defs": {"c": {"type": "array"}}}"##;
        let file = |name: &str, text: &[u8]| (name.to_owned(), text.to_vec());
        let head = file("Chart.yaml", b"apiVersion: v2\nname: c\nversion: 1.0.0\n");
        let chart = Chart::from_files([head, file("values.schema.json", json)]).expect("a chart");
        let compiled = Compiled::new(&chart);
        let (defaults, schema) = (Defaults::of(&chart), Schema::new(&compiled));
        let line = |one: &Documented| one.related(&defaults, &schema).place.line;
        let told = |keys: &[&str]| schema.documented(keys).map(|one| (one.kinds.clone(), line(&one)));
        assert_eq!(told(&["a", "b"]), Some((vec![Kind::Text], 2)));
        assert_eq!(told(&["c"]).map(|(kinds, _)| kinds), Some(vec![Kind::List]));
        assert_eq!((told(&["d"]), told(&["e"])), (None, None));
    }
}
