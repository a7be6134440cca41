//! The language of `--set` and its kin.
//!
//! In: `a.b[0]=x,c={1,2}` and the tree so far. Out: the tree with the values set, or Helm's text
//! of the error. Some oddities are Helm's: an argument that just stops (`a[0`) is fine and
//! sets nothing.

use crate::value::{Data, Node, Origin, Str, format};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The highest list index that may be set, so that `a[999999999]=x` costs nothing.
const MAX_INDEX: i64 = 65536;
/// How many items all arguments together may make by setting indexes: `a[65536][65536][65536]=x`
/// and longer ones cost more than they look.
const MAX_ITEMS: usize = 1 << 18;
/// How deep lists may lie in lists, `a[0][0]=x`; deeper values cannot be written as YAML.
const MAX_NESTED_LISTS: usize = 500;
/// How many names a key may have.
const MAX_NESTED_NAMES: usize = 30;

/// Why parsing stopped.
enum Stop {
    /// At the end of the text: no error.
    End,
    /// With an error.
    Error(String),
}

type Parsed<T> = Result<T, Stop>;
type Entries = BTreeMap<Str, Node>;

/// What the text after `=` means.
enum Mode<'a> {
    Typed,
    Strings,
    Json,
    Literal,
    Files(&'a dyn Fn(&str) -> Result<Vec<u8>, String>),
}

struct Parser<'a> {
    rest: &'a str,
    mode: Mode<'a>,
    origin: Origin,
    /// Items that indexes made so far.
    items: &'a mut usize,
    /// Lists around the place where we are.
    lists: usize,
}

/// Why an argument is malformed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SetError {
    /// In Helm's words.
    pub reason: String,
    /// How many bytes were read when it was found.
    pub end: usize,
}

/// `--set`.
pub(super) fn typed(text: &str, root: &mut Node, layer: u32, made: &mut usize) -> Result<(), SetError> {
    run(text, root, layer, made, Mode::Typed)
}

/// `--set-string`.
pub(super) fn strings(text: &str, root: &mut Node, layer: u32, made: &mut usize) -> Result<(), SetError> {
    run(text, root, layer, made, Mode::Strings)
}

/// `--set-json` with `key=JSON,…`.
pub(super) fn json(text: &str, root: &mut Node, layer: u32, made: &mut usize) -> Result<(), SetError> {
    run(text, root, layer, made, Mode::Json)
}

/// `--set-literal`.
pub(super) fn literal(text: &str, root: &mut Node, layer: u32, made: &mut usize) -> Result<(), SetError> {
    run(text, root, layer, made, Mode::Literal)
}

/// `--set-file`.
pub(super) fn files(
    text: &str,
    root: &mut Node,
    layer: u32,
    made: &mut usize,
    reader: &dyn Fn(&str) -> Result<Vec<u8>, String>,
) -> Result<(), SetError> {
    run(text, root, layer, made, Mode::Files(reader))
}

/// `made` counts the items of lists over all arguments.
fn run(text: &str, root: &mut Node, layer: u32, made: &mut usize, mode: Mode<'_>) -> Result<(), SetError> {
    let Some(map) = root.as_map_mut() else { return Ok(()) };
    let origin = Origin { layer, line: 0, column: 0 };
    let mut parser = Parser { rest: text, mode, origin, items: made, lists: 0 };
    loop {
        match parser.key(map, 0) {
            Ok(()) => {}
            Err(Stop::End) => return Ok(()),
            Err(Stop::Error(reason)) => return Err(SetError { reason, end: text.len() - parser.rest.len() }),
        }
    }
}

fn fail<T>(text: impl Into<String>) -> Parsed<T> {
    Err(Stop::Error(text.into()))
}

impl Parser<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or_default();
        Some(c)
    }

    /// The text up to one of `stops`, and which; `None` at the end of the argument.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let escapes = !matches!(self.mode, Mode::Literal);
        let mut text = String::new();
        while let Some(c) = self.next() {
            if stops.contains(&c) {
                return (text, Some(c));
            }
            if escapes && c == '\\' {
                match self.next() {
                    Some(escaped) => text.push(escaped),
                    None => break,
                }
            } else {
                text.push(c);
            }
        }
        (text, None)
    }

    fn node(&self, data: Data) -> Node {
        Node { data, origin: self.origin }
    }

    fn key(&mut self, data: &mut Entries, level: usize) -> Parsed<()> {
        let stops: &[char] = if matches!(self.mode, Mode::Literal) { &['=', '[', '.'] } else { &['=', '[', ',', '.'] };
        let (key, stop) = self.until(stops);
        match stop {
            None if key.is_empty() => Err(Stop::End),
            None => fail(format!("key {} has no value", quote(&key))),
            Some('[') => self.list_key(data, &key, level),
            Some('=') => {
                let (value, end) = self.value()?;
                put(data, &key, value);
                if end { Err(Stop::End) } else { Ok(()) }
            }
            Some('.') => self.map_key(data, &key, level + 1),
            Some(_) => fail(format!("key {} has no value (cannot end with ,)", quote(&key))),
        }
    }

    fn map_key(&mut self, data: &mut Entries, key: &str, level: usize) -> Parsed<()> {
        if level > MAX_NESTED_NAMES {
            let text = "value name nested level is greater than maximum supported nested level of";
            return fail(format!("{text} {MAX_NESTED_NAMES}"));
        }
        if let Some(found) = data.get_mut(key.as_bytes()) {
            let Some(inner) = found.as_map_mut() else { return fail(conversion(found, "map[string]interface {}")) };
            let result = self.key(inner, level);
            return if result.is_ok() && inner.is_empty() { no_value(key) } else { result };
        }
        let mut inner = Entries::new();
        let result = self.key(&mut inner, level);
        if !inner.is_empty() {
            let node = self.node(Data::map(inner));
            put(data, key, node);
        } else if result.is_ok() {
            return no_value(key);
        }
        result
    }

    fn list_key(&mut self, data: &mut Entries, key: &str, level: usize) -> Parsed<()> {
        let index = self.index()?;
        if let Some(found) = data.get_mut(key.as_bytes()) {
            let Data::List(list) = &mut found.data else { return fail(conversion(found, "[]interface {}")) };
            return self.item(Arc::make_mut(list), index, level);
        }
        let mut list = Vec::new();
        let result = self.item(&mut list, index, level);
        let node = self.node(Data::list(list));
        put(data, key, node);
        result
    }

    fn index(&mut self) -> Parsed<i64> {
        let (text, stop) = self.until(&[']']);
        if stop.is_none() {
            return Err(Stop::End);
        }
        text.parse::<i64>().or_else(|error| {
            let overflow =
                matches!(error.kind(), std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow);
            let why = if overflow { "value out of range" } else { "invalid syntax" };
            fail(format!("error parsing index: strconv.Atoi: parsing {}: {why}", quote(&text)))
        })
    }

    fn item(&mut self, list: &mut Vec<Node>, index: i64, level: usize) -> Parsed<()> {
        if self.lists >= MAX_NESTED_LISTS {
            return fail(format!("lists nest deeper than {MAX_NESTED_LISTS}"));
        }
        self.lists += 1;
        let result = self.item_at(list, index, level);
        self.lists -= 1;
        result
    }

    fn item_at(&mut self, list: &mut Vec<Node>, index: i64, level: usize) -> Parsed<()> {
        let Ok(at) = usize::try_from(index) else { return fail(format!("negative {index} index not allowed")) };
        let (rest, stop) = self.until(&['[', '.', '=']);
        if !rest.is_empty() {
            let quoted: Vec<String> = rest.chars().map(quote_char).collect();
            return fail(format!("unexpected data at end of array index: [{}]", quoted.join(" ")));
        }
        match stop {
            None => Err(Stop::End),
            Some('=') => {
                // Unlike at a key, the end of the text after `=` is found by the next key.
                let (value, _) = self.value()?;
                self.set_index(list, index, value)
            }
            Some('[') => {
                let next = self.index()?;
                match list.get_mut(at) {
                    Some(Node { data: Data::List(inner), .. }) => self.item(Arc::make_mut(inner), next, level),
                    Some(other) if !other.is_null() => fail(conversion(other, "[]interface {}")),
                    _ => {
                        let mut inner = Vec::new();
                        self.item(&mut inner, next, level)?;
                        let node = self.node(Data::list(inner));
                        self.set_index(list, index, node)
                    }
                }
            }
            Some(_) => {
                let empty = self.node(Data::map(Entries::new()));
                if let Some(slot) = list.get_mut(at) {
                    if slot.as_map().is_none() {
                        *slot = empty;
                    }
                    return slot.as_map_mut().map_or(Ok(()), |inner| self.key(inner, level));
                }
                let mut inner = Entries::new();
                self.key(&mut inner, level)?;
                let node = self.node(Data::map(inner));
                self.set_index(list, index, node)
            }
        }
    }

    fn set_index(&mut self, list: &mut Vec<Node>, index: i64, value: Node) -> Parsed<()> {
        if index > MAX_INDEX {
            let text = format!("index of {index} is greater than maximum supported index of {MAX_INDEX}");
            return fail(text);
        }
        let at = usize::try_from(index).unwrap_or(0);
        if list.len() <= at {
            *self.items += at + 1 - list.len();
            if *self.items > MAX_ITEMS {
                return fail(format!("indexes make lists of more than {MAX_ITEMS} items"));
            }
            list.resize(at + 1, self.node(Data::Null));
        }
        if let Some(slot) = list.get_mut(at) {
            *slot = value;
        }
        Ok(())
    }

    /// What stands after `=`, and whether the text ended right there.
    fn value(&mut self) -> Parsed<(Node, bool)> {
        match self.mode {
            Mode::Literal => {
                let text = std::mem::take(&mut self.rest);
                return Ok((self.node(Data::Str(text.into())), false));
            }
            Mode::Json => return self.json_value().map(|node| (node, false)),
            _ => {}
        }
        if self.rest.is_empty() {
            return Ok((self.node(Data::Str("".into())), true));
        }
        if let Some(rest) = self.rest.strip_prefix('{') {
            self.rest = rest;
            return self.braces().map(|node| (node, false));
        }
        let (text, _) = self.until(&[',']);
        self.read(&text).map(|node| (node, false))
    }

    fn braces(&mut self) -> Parsed<Node> {
        let mut items = Vec::new();
        loop {
            let (text, stop) = self.until(&[',', '}']);
            if stop.is_none() {
                return fail("list must terminate with '}'");
            }
            items.push(self.read(&text)?);
            if stop == Some('}') {
                self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
                return Ok(self.node(Data::list(items)));
            }
        }
    }

    fn read(&self, text: &str) -> Parsed<Node> {
        let data = match self.mode {
            Mode::Typed => typed_value(text),
            Mode::Files(reader) => Data::Str(reader(text).map_err(Stop::Error)?.into()),
            _ => Data::Str(text.into()),
        };
        Ok(self.node(data))
    }

    fn json_value(&mut self) -> Parsed<Node> {
        if self.skip_to_value() {
            return Ok(self.node(Data::Null));
        }
        let mut stream = serde_json::Deserializer::from_str(self.rest).into_iter::<serde_json::Value>();
        let parsed = stream.next().and_then(Result::ok);
        let end = stream.byte_offset();
        let Some(node) = parsed.and_then(|value| from_json(value, self.origin)) else { return fail("not JSON") };
        self.rest = self.rest.get(end..).unwrap_or_default();
        self.skip_to_value();
        Ok(node)
    }

    /// Skips blanks and one comma; true when that, or the end, came before any value.
    fn skip_to_value(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        if let Some(rest) = self.rest.strip_prefix(',') {
            self.rest = rest;
            return true;
        }
        self.rest.is_empty()
    }
}

fn put(data: &mut Entries, key: &str, value: Node) {
    if !key.is_empty() {
        data.insert(key.into(), value);
    }
}

fn no_value<T>(key: &str) -> Parsed<T> {
    fail(format!("key map {} has no value", quote(key)))
}

/// Go's panic when a value is not what a key takes it for.
fn conversion(found: &Node, wanted: &str) -> String {
    let found = if found.is_null() { "nil" } else { found.data.type_name() };
    format!("unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}")
}

/// A value of `--set`: true, false, null, an integer without leading zero, else text.
fn typed_value(text: &str) -> Data {
    if text.eq_ignore_ascii_case("true") {
        return Data::Bool(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Data::Bool(false);
    }
    if text.eq_ignore_ascii_case("null") {
        return Data::Null;
    }
    match text.parse() {
        Ok(number) if text == "0" || !text.starts_with('0') => Data::Int(number),
        _ => Data::Str(text.into()),
    }
}

/// One JSON document; an error is the number of bytes that were read when it was found.
pub(super) fn parse_json(text: &str) -> Result<Node, usize> {
    let value = serde_json::from_str(text).map_err(|error| {
        let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        (before + error.column()).min(text.len())
    })?;
    from_json(value, Origin::default()).ok_or(0)
}

fn from_json(value: serde_json::Value, origin: Origin) -> Option<Node> {
    use serde_json::Value as Json;
    let data = match value {
        Json::Null => Data::Null,
        Json::Bool(b) => Data::Bool(b),
        Json::Number(number) => Data::Float(number.to_string().parse().ok().filter(|n: &f64| n.is_finite())?),
        Json::String(text) => Data::Str(text.into()),
        Json::Array(items) => Data::list(items.into_iter().map(|item| from_json(item, origin)).collect::<Option<_>>()?),
        Json::Object(map) => {
            let entry = |(key, item): (String, Json)| Some((Str::from(key), from_json(item, origin)?));
            Data::map(map.into_iter().map(entry).collect::<Option<_>>()?)
        }
    };
    Some(Node { data, origin })
}

/// Go's `%q` of text.
fn quote(text: &str) -> String {
    format::quoted(text.as_bytes())
}

/// Go's `%q` of a character.
fn quote_char(c: char) -> String {
    let mut out = Vec::new();
    format::quote_code(u64::from(u32::from(c)), false, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> Result<String, String> {
        let mut root = Node::new(Data::map(Entries::new()));
        typed(text, &mut root, 0, &mut 0).map_err(|error| error.reason)?;
        Ok(plain(&root))
    }

    fn plain(node: &Node) -> String {
        match &node.data {
            Data::Null => "null".into(),
            Data::Bool(b) => b.to_string(),
            Data::Int(n) => n.to_string(),
            Data::Float(n) => n.to_string(),
            Data::Str(s) => format!("'{s}'"),
            Data::List(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(" ")),
            Data::Map(map) => {
                let items: Vec<String> = map.iter().map(|(k, v)| format!("{k}:{}", plain(v))).collect();
                format!("{{{}}}", items.join(" "))
            }
        }
    }

    #[test]
    fn values_lists_and_escapes_are_read_as_helm_reads_them() {
        assert_eq!(set("a=1,b=01,c=1.5,d=TRUE,e=null").as_deref(), Ok("{a:1 b:'01' c:'1.5' d:true e:null}"));
        assert_eq!(set(r"a={x,1},b={},c\.d=e\,f").as_deref(), Ok("{a:['x' 1] b:[''] c.d:'e,f'}"));
        assert_eq!(set("a[1].b[0][1]=x").as_deref(), Ok("{a:[null {b:[[null 'x']]}]}"));
        assert_eq!(set("a.b.c=").as_deref(), Ok("{a:{b:{c:''}}}"));
        assert_eq!(set("a[0].b=").as_deref(), Ok("{a:[]}"));
        assert_eq!(set("a[0").as_deref(), Ok("{}"));
    }

    #[test]
    fn errors_tell_how_far_the_argument_was_read() {
        let end =
            |text: &str| typed(text, &mut Node::new(Data::map(Entries::new())), 0, &mut 0).err().map(|error| error.end);
        assert_eq!(end("a=1,b[x]=2"), Some(8));
        assert_eq!(end("a=1,b"), Some(5));
        assert_eq!(parse_json("{\n\"a\": ?}").err(), Some(8));
    }

    #[test]
    fn errors_have_helms_words() {
        let error = |text: &str| set(text).err().unwrap_or_default();
        assert_eq!(error("a,b=1"), "key \"a\" has no value (cannot end with ,)");
        assert_eq!(
            error("a=1,a.b=2"),
            "unable to parse key: interface conversion: interface {} is int64, not map[string]interface {}"
        );
        assert_eq!(error("a\u{7}\u{200b}é"), r#"key "a\a\u200bé" has no value"#);
        assert_eq!(error("a={x"), "list must terminate with '}'");
        assert_eq!(error("a[x]=1"), "error parsing index: strconv.Atoi: parsing \"x\": invalid syntax");
        assert_eq!(error("a[-1]=1"), "negative -1 index not allowed");
        assert_eq!(error("a[65537]=1"), "index of 65537 is greater than maximum supported index of 65536");
        assert_eq!(error(&format!("a{}=1", "[0]".repeat(600))), "lists nest deeper than 500");
        assert_eq!(
            error("a[9][65536]=1,a[8][65536]=1,a[7][65536]=1,a[6][65536]=1"),
            "indexes make lists of more than 262144 items"
        );
        assert_eq!(error("a[0]x=1"), "unexpected data at end of array index: ['x']");
    }
}
