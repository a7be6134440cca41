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
use crate::value::{Data, Node};
use crate::yaml;
use serde_json::Value as Json;

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
    pub place: Place,
}

impl Documented {
    /// The place, for a finding that is about another one.
    pub fn related(&self) -> Related {
        Related { message: format!("documented here, as {}", self.word), place: self.place.clone() }
    }
}

/// What the comments say, in their order.
pub(super) fn comments(defaults: &Defaults<'_>) -> Vec<Documented> {
    let mut found = Vec::new();
    // Most charts name no types at all.
    let has = |word: &str| memchr::memmem::find(defaults.text.as_bytes(), word.as_bytes()).is_some();
    if !has("@param ") && !has(" -- ") {
        return found;
    }
    let mut at = Position::default();
    let mut waiting: Option<(u32, String, Vec<Kind>)> = None;
    for (number, line) in (1u32..).zip(defaults.text.lines()) {
        let mut tell = |keys: Vec<String>, line: u32, word: String, kinds: Vec<Kind>| {
            let place = defaults.line(line);
            found.push(Documented { keys, kinds, word, by: "the comment", place });
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
    bytes: &'s [u8],
    /// Nothing where it is no JSON: that is told elsewhere.
    root: Option<Json>,
}

/// References that are followed.
const MOST_REFERENCES: usize = 8;

impl<'s> Schema<'s> {
    pub fn new(bytes: &'s [u8]) -> Self {
        Schema { bytes, root: serde_json::from_slice(bytes).ok() }
    }

    /// What it says of the value at a path, where it says it plainly: no choice stands on the way.
    pub fn documented(&self, chart: &str, keys: &[&str]) -> Option<Documented> {
        let root = self.root.as_ref()?;
        let mut at = self.resolve(root)?;
        // Behind a reference only the file is told.
        let mut pointer = std::ptr::eq(at, root).then(Vec::new);
        for key in keys {
            let below = at.get("properties")?.get(key)?;
            at = self.resolve(below)?;
            pointer = pointer.filter(|_| std::ptr::eq(at, below));
            pointer.iter_mut().for_each(|pointer| pointer.extend(["properties", key]));
        }
        let words: Vec<&str> = match at.get("type")? {
            Json::String(word) => vec![word],
            Json::Array(words) => words.iter().map(|word| word.as_str()).collect::<Option<_>>()?,
            _ => return None,
        };
        let kinds: Vec<Kind> =
            words.iter().filter(|word| **word != "null").filter_map(|word| Kind::read(word)).collect();
        let is_clear =
            !kinds.is_empty() && ["anyOf", "oneOf", "allOf", "not"].iter().all(|word| at.get(word).is_none());
        let file = format!("{chart}/values.schema.json");
        if !is_clear {
            return None;
        }
        let (line, column) = pointer.and_then(|pointer| self.line(&pointer)).unwrap_or_default();
        let place = Place { line, column, ..Place::file(file) };
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        Some(Documented { keys, kinds, word: words.join(" or "), by: "values.schema.json", place })
    }

    fn resolve<'a>(&'a self, mut at: &'a Json) -> Option<&'a Json> {
        for _ in 0..MOST_REFERENCES {
            let Some(reference) = at.get("$ref") else { return Some(at) };
            at = self.root.as_ref()?.pointer(reference.as_str()?.strip_prefix('#')?)?;
        }
        None
    }

    /// Where a node stands: JSON is YAML, which knows its lines. Asked only of what is told.
    fn line(&self, pointer: &[&str]) -> Option<(u32, u32)> {
        let root = yaml::decode(self.bytes).ok()?;
        let node = pointer.iter().try_fold(&root, |node, key| node.get(key))?;
        Some((node.origin.line, node.origin.column))
    }
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
        let told = comments(&Defaults::of(&chart));
        told.iter().map(|one| format!("{} {} {}", one.keys.join("."), one.word, one.place.line)).collect()
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
  "d": {"type": "string", "oneOf": []}},
  "$defs": {"c": {"type": "array"}}}"##;
        let schema = Schema::new(json);
        let told = |keys: &[&str]| schema.documented("x", keys).map(|one| (one.kinds, one.place.line));
        assert_eq!(told(&["a", "b"]), Some((vec![Kind::Text], 2)));
        assert_eq!(told(&["c"]).map(|(kinds, _)| kinds), Some(vec![Kind::List]));
        assert_eq!((told(&["d"]), told(&["e"])), (None, None));
    }
}
