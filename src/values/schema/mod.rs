//! Checks values against the values.schema.json of every chart that takes part.
//!
//! In: the tree of charts and the final values. Out: nothing, or Helm's text. Nothing is
//! fetched from the network: a schema that refers elsewhere is an error.

mod cost;
mod dialect;
mod formats;
mod pattern;
mod plain;
mod refs;
mod words;

use self::cost::Cost;
use self::pattern::quote;
use self::plain::Plain;
use self::refs::References;
use self::words::Explain;
use crate::source::TextKey;
use crate::value::{Data, Node, format};
use crate::values::branch::Branch;
use bytes::Bytes;
use jsonschema::error::ValidationErrorKind;
use jsonschema::{ReferencingError, ValidationError, Validator};
use rustc_hash::FxHashMap;
use serde_json::{Number, Value as Json};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A schema, or why it is none.
type Compiled = Arc<OnceLock<Result<Schema, String>>>;

/// Schemas that were compiled, by their text, so that a chart rendered many times compiles its
/// own once.
#[derive(Debug, Default)]
pub struct Schemas {
    compiled: Mutex<FxHashMap<TextKey, Compiled>>,
}

#[derive(Debug)]
struct Schema {
    text: Bytes,
    json: OnceLock<Json>,
    /// Most values satisfy a plain schema, and then it need not be compiled.
    plain: Option<Plain>,
    validator: OnceLock<Result<Validator, String>>,
}

impl Schemas {
    /// Compiles a schema, unless that was done or begun; then waits for its end.
    pub(crate) fn prepare(&self, text: &Bytes) {
        self.with(text, |_| ());
    }

    /// What `use_it` makes of a schema as JSON; `None` where it is none.
    pub(crate) fn read<T>(&self, text: &Bytes, use_it: impl FnOnce(&Json) -> T) -> Option<T> {
        self.with(text, |schema| schema.as_ref().ok().map(|schema| use_it(schema.json())))
    }

    /// What `use_it` makes of the compiled schema, or of Helm's text of why it is none.
    fn with<T>(&self, text: &Bytes, use_it: impl FnOnce(&Result<Schema, String>) -> T) -> T {
        let entry = {
            let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(compiled.entry(TextKey(text.clone())).or_default())
        };
        use_it(entry.get_or_init(|| Schema::compile(text)))
    }
}

impl Schema {
    fn compile(text: &Bytes) -> Result<Schema, String> {
        let (plain, text) = (Plain::read(text), text.clone());
        if plain.is_some() {
            return Ok(Schema { text, json: OnceLock::new(), plain, validator: OnceLock::new() });
        }
        let mut json = read(&text)?;
        let validator = OnceLock::from(Ok(compiled(&mut json)?));
        Ok(Schema { text, json: OnceLock::from(json), plain, validator })
    }

    /// As JSON; most plain schemas are never asked for it.
    fn json(&self) -> &Json {
        // What was read as a plain schema is JSON.
        self.json.get_or_init(|| read(&self.text).unwrap_or_default())
    }

    fn validator(&self) -> Result<&Validator, String> {
        self.validator.get_or_init(|| compiled(&mut self.json().clone())).as_ref().map_err(String::clone)
    }

    /// Adds the values that break the schema.
    fn gather<'n>(&self, values: &'n Node, path: &str, found: &mut Vec<(String, &'n Node)>) {
        let json = to_json(values);
        if Cost::of(&References::new(self.json()), &json).is_err() {
            return;
        }
        let Ok(validator) = self.validator() else { return };
        for error in validator.iter_errors(&json).take(MAX_PLACES) {
            let (inner, node) = follow(values, error.instance_path().as_str());
            let path = format!("{path}{inner}").trim_start_matches('.').to_owned();
            if !found.iter().any(|(known, _)| *known == path) {
                found.push((path, node));
            }
        }
    }
}

fn read(text: &[u8]) -> Result<Json, String> {
    let mut json: Json = serde_json::from_slice(text).map_err(|error| json_error(text, &error))?;
    dialect::newest(&mut json);
    Ok(json)
}

/// Parts of the schema have other names while it is compiled.
fn compiled(schema: &mut Json) -> Result<Validator, String> {
    dialect::compile(schema).map_err(|error| pattern::broken(schema, &error).unwrap_or_else(|| refused(&error)))
}

/// Why a schema is none.
fn refused(error: &ValidationError<'_>) -> String {
    if let ValidationErrorKind::Referencing(ReferencingError::Unretrievable { uri, .. }) = error.kind() {
        let uri = format::quoted(uri.as_bytes());
        return format!("failing loading {uri}: schemas are not fetched; --skip-schema-validation renders without");
    }
    format!(
        "jsonschema validation failed: the schema is not valid: at {}: {error}",
        quote(error.instance_path().as_str())
    )
}

/// How many of the values that break a schema are told with who set them.
const MAX_PLACES: usize = 20;

/// The values that break a schema: their paths, and the nodes.
pub(super) fn violations<'n>(schemas: &Schemas, chart: &Branch, values: &'n Node) -> Vec<(String, &'n Node)> {
    let mut found = Vec::new();
    gather(schemas, chart, values, "", &mut found);
    found.truncate(MAX_PLACES);
    found
}

fn gather<'n>(schemas: &Schemas, chart: &Branch, values: &'n Node, path: &str, found: &mut Vec<(String, &'n Node)>) {
    if let Some(text) = chart.chart.schema() {
        schemas.with(text, |schema| schema.iter().for_each(|schema| schema.gather(values, path, found)));
    }
    for child in &chart.children {
        if let Some(part @ Node { data: Data::Map(_), .. }) = values.get(child.name()) {
            gather(schemas, child, part, &format!("{path}.{}", child.name()), found);
        }
    }
}

/// The node at a JSON pointer, and the pointer as charts write a path: `.a.b[0]`.
fn follow<'n>(root: &'n Node, pointer: &str) -> (String, &'n Node) {
    let (mut path, mut node) = (String::new(), root);
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        let next = match &node.data {
            Data::List(items) => {
                path.push_str(&format!("[{token}]"));
                token.parse::<usize>().ok().and_then(|index| items.get(index))
            }
            _ => {
                path.push_str(&format!(".{token}"));
                node.get(&token)
            }
        };
        let Some(next) = next else { break };
        node = next;
    }
    (path, node)
}

/// Checks the chart, then its children with their part of the values.
pub(super) fn validate(schemas: &Schemas, chart: &Branch, values: &Node) -> Result<(), String> {
    let mut text = String::new();
    let checked = chart.chart.schema().map(|text| schemas.with(text, |schema| validate_one(schema, values)));
    if let Some(Err(error)) = checked {
        text.push_str(&format!("{}:\n{error}", chart.name()));
    }
    for child in &chart.children {
        match values.get(child.name()) {
            None => {}
            Some(Node { data: Data::Null, .. }) => {}
            Some(part @ Node { data: Data::Map(_), .. }) => {
                text.push_str(&validate(schemas, child, part).err().unwrap_or_default());
            }
            Some(other) => {
                let found = other.data.type_name();
                let name = child.name();
                text.push_str(&format!("{name}:\ninvalid type for values: expected object (map), got {found}\n"));
            }
        }
    }
    if text.is_empty() { Ok(()) } else { Err(text) }
}

fn validate_one(schema: &Result<Schema, String>, values: &Node) -> Result<(), String> {
    let schema = schema.as_ref().map_err(String::clone)?;
    if schema.plain.as_ref().is_some_and(|plain| plain.accepts(values)) {
        return Ok(());
    }
    let values = to_json(values);
    let references = References::new(schema.json());
    let cyclic = Cost::of(&references, &values)?;
    if cyclic {
        // The library does not see that a schema refers to itself without end.
        return Explain::new(&references, cyclic).report(&values).map_or(Ok(()), Err);
    }
    let validator = schema.validator()?;
    if validator.is_valid(&values) {
        return Ok(());
    }
    // The verdict is the library's; the words are Helm's wherever we know them.
    if let Some(text) = Explain::new(&references, cyclic).report(&values) {
        return Err(text);
    }
    let lines = validator.iter_errors(&values);
    let lines: Vec<String> =
        lines.map(|error| format!("- at {}: {error}\n", quote(error.instance_path().as_str()))).collect();
    Err(lines.concat())
}

/// An empty schema is the one malformed JSON whose text users meet.
fn json_error(schema: &[u8], error: &serde_json::Error) -> String {
    if schema.trim_ascii().is_empty() { "EOF".to_owned() } else { error.to_string() }
}

/// Plain JSON; whole floats become integers, so that they compare as such.
fn to_json(node: &Node) -> Json {
    match &node.data {
        Data::Null => Json::Null,
        Data::Bool(b) => Json::Bool(*b),
        Data::Int(n) => Json::Number(Number::from(*n)),
        Data::Float(n) => number(*n),
        Data::Str(text) => Json::String(text.to_text().into_owned()),
        Data::List(items) => Json::Array(items.iter().map(to_json).collect()),
        Data::Map(map) => {
            Json::Object(map.iter().map(|(key, value)| (key.to_text().into_owned(), to_json(value))).collect())
        }
    }
}

fn number(n: f64) -> Json {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if n.fract() == 0.0 && n.abs() <= EXACT {
        #[allow(clippy::cast_possible_truncation)] // whole and below 2^53
        return Json::Number(Number::from(n as i64));
    }
    Number::from_f64(n).map_or(Json::Null, Json::Number)
}
