//! `.Files`: a chart's files as templates see them.
//!
//! In: the files of a chart. Out: [`Files`], a Go `engine.files` (a map of names to bytes) with
//! its methods. Globs follow gobwas/glob: `*` stops at `/`, `**` does not, `{a,b}` chooses.

use super::File;
use crate::value::{Go, List, ListKind, Map, MapKind, Object, Str, Type, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use regex_automata::meta::Regex;
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Files by name.
#[derive(Debug, Clone, Default)]
pub struct Files(Arc<BTreeMap<Arc<str>, Bytes>>);

impl Files {
    /// Of the files a chart has for templates.
    pub fn new(files: &[File]) -> Files {
        Files(Arc::new(files.iter().map(|file| (Arc::clone(&file.name), file.data.clone())).collect()))
    }

    /// The bytes of a file; empty when there is none.
    pub fn get(&self, name: &str) -> &[u8] {
        self.0.get(name).map(|data| &**data).unwrap_or_default()
    }

    /// The files whose names match; all of them when the pattern is malformed.
    #[must_use]
    pub fn glob(&self, pattern: &str) -> Files {
        let Some(pattern) = compile(pattern) else { return self.clone() };
        let matching = self.0.iter().filter(|(name, _)| pattern.is_match(name.as_bytes()));
        Files(Arc::new(matching.map(|(name, data)| (Arc::clone(name), data.clone())).collect()))
    }

    /// The lines of a file, without a last empty one.
    fn lines(&self, name: &str) -> Value {
        let data = self.get(name);
        if data.is_empty() {
            return Value::List(List::of(ListKind::Strings, Vec::new()));
        }
        let data = data.strip_suffix(b"\n").unwrap_or(data);
        Value::List(List::strings(data.split(|b| *b == b'\n')))
    }

    /// YAML of base names and contents.
    fn flattened(&self, content: impl Fn(&Bytes) -> Value) -> Value {
        let base = |name: &str| Str::from(name.rsplit('/').next().unwrap_or(name));
        let entries = self.0.iter().map(|(name, data)| (base(name), content(data))).collect();
        let text = crate::yaml::to_yaml(&Value::Map(Map::of(MapKind::Strings, entries))).unwrap_or_default();
        let text: &[u8] = &text;
        Value::Str(Str::from(text.strip_suffix(b"\n").unwrap_or(text)))
    }
}

impl Object for Files {
    fn type_name(&self) -> &str {
        "engine.files"
    }
    fn kind(&self) -> &'static str {
        "map"
    }
    /// A map of Go gives its type's zero for a key that it lacks: a nil slice.
    fn field(&self, name: &str) -> Option<Value> {
        let found = self.0.get(name).map(|data| List::bytes(data.clone()));
        Some(Value::List(found.unwrap_or_else(|| List::nil(ListKind::Bytes))))
    }
    fn signature(&self, name: &str) -> Option<(&'static [Type], bool)> {
        let params: &'static [Type] = match name {
            "Get" | "GetBytes" | "Glob" | "Lines" => &[Type::Str],
            "AsConfig" | "AsSecrets" => &[],
            _ => return None,
        };
        Some((params, false))
    }

    fn steps(&self, name: &str) -> usize {
        match name {
            // The pattern is compiled, then held against each name.
            "Glob" => GLOB_STEPS + 4 * self.0.len(),
            "AsConfig" | "AsSecrets" | "Lines" => self.0.values().map(|data| 4 + data.len() / 8).sum(),
            _ => 1,
        }
    }

    fn call(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let text = args.first().and_then(Value::as_str).map(|text| text.to_text().into_owned()).unwrap_or_default();
        Some(Ok(match name {
            "Get" => Value::Str(Str::from(self.get(&text))),
            "GetBytes" => Value::List(List::bytes(self.0.get(&*text).cloned().unwrap_or_default())),
            "Glob" => Value::object(self.glob(&text)),
            "Lines" => self.lines(&text),
            "AsConfig" => self.flattened(|data| Value::Str(Str::from(&**data))),
            "AsSecrets" => self.flattened(|data| Value::from(STANDARD.encode(data))),
            _ => return None,
        }))
    }
    fn underlying(&self) -> Go {
        Go::Map(
            self.0.iter().map(|(name, data)| (Value::from(&**name), Value::List(List::bytes(data.clone())))).collect(),
        )
    }
    fn is_true(&self) -> bool {
        !self.0.is_empty()
    }
    fn to_plain(&self) -> Result<Value, String> {
        let entry = |(name, data): (&Arc<str>, &Bytes)| (Str::from(&**name), Value::from(STANDARD.encode(data)));
        Ok(Value::Map(self.0.iter().map(entry).collect()))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Steps of compiling a pattern.
const GLOB_STEPS: usize = 200;

/// A glob as a regular expression; `None` when it is malformed.
fn compile(pattern: &str) -> Option<Regex> {
    let mut chars = pattern.chars().peekable();
    let mut out = String::from(r"\A(?s:");
    let mut open = 0usize;
    while let Some(c) = chars.next() {
        match c {
            '{' => {
                open += 1;
                out.push_str("(?:");
            }
            ',' if open > 0 => out.push('|'),
            '}' if open > 0 => {
                open -= 1;
                out.push(')');
            }
            '*' if chars.next_if_eq(&'*').is_some() => out.push_str(".*"),
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '[' => class(&mut chars, &mut out)?,
            '\\' => out.extend(chars.next().map(escaped)),
            other => out.push_str(&escaped(other)),
        }
    }
    out.extend(std::iter::repeat_n(')', open + 1));
    out.push_str(r"\z");
    // Names are few and short: an automaton that is built ahead never pays for itself.
    Regex::builder().configure(Regex::config().dfa(false).onepass(false)).build(&out).ok()
}

fn escaped(c: char) -> String {
    regex::escape(c.encode_utf8(&mut [0; 4]))
}

/// `[a-z]`, `[abc]`, `[!…]`: one range or one list, no mixture.
fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) -> Option<()> {
    out.push('[');
    if chars.next_if_eq(&'!').is_some() {
        out.push('^');
    }
    let first = chars.next()?;
    if chars.next_if_eq(&'-').is_some() {
        let last = chars.next()?;
        out.push_str(&format!("{}-{}]", escaped(first), escaped(last)));
        return (chars.next()? == ']' && first <= last).then_some(());
    }
    let mut members = 0;
    let mut next = first;
    while next != ']' {
        let member = if next == '\\' { chars.next()? } else { next };
        out.push_str(&escaped(member));
        members += 1;
        next = chars.next()?;
    }
    out.push(']');
    (members > 0).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        compile(pattern).is_some_and(|pattern| pattern.is_match(name.as_bytes()))
    }

    #[test]
    fn one_star_stops_at_a_slash_and_two_do_not() {
        assert!(matches("files/*", "files/a.txt") && !matches("files/*", "files/x/a.txt"));
        assert!(matches("files/**", "files/x/a.txt") && matches("**.txt", "files/x/a.txt"));
        assert!(matches("{a,b}/?.[a-c]", "b/x.c") && !matches("{a,b}/?.[!a-c]", "b/x.c"));
        assert!(matches("a[,]{b,\\,}", "a,,"));
    }

    #[test]
    fn a_malformed_pattern_gives_all_files() {
        let file = |name: &str| File { name: name.into(), data: Bytes::from_static(b"x") };
        let files = Files::new(&[file("a"), file("b/c")]);
        assert_eq!(files.glob("[a").0.len(), 2);
        assert_eq!(files.glob("a").0.len(), 1);
    }
}
