//! Paths of assertions: JSONPath as helm-unittest's suites use it.
//!
//! In: the text of a path, and a document. Out: the values it leads to. A path may do without `$`; `..`, `*`, slices,
//! unions, filters and `~` (the key itself) are there. A key with a dot stands in brackets and quotes.

use super::filter::{Filter, filter};
use crate::value::{Data, Node};

/// A path that was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Path {
    pub(super) steps: Vec<Step>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// `.name`, `['a','b']`.
    Keys(Vec<String>),
    /// `.*`, and `[*]`.
    All,
    /// `[0]`, `[-1]`, `[1:3]`, `[0,2]`.
    Slices(Vec<Slice>),
    /// `..`, with what follows it.
    Descend,
    /// `[?(…)]`; directly behind `..` lists are not looked into.
    Filter { filter: Box<Filter>, descends: bool },
    /// `.name~`, `['a']~`: the keys.
    KeyNames(Vec<String>),
    /// `[*]~`.
    AllKeys,
}

/// A part of a list: begin, end and step, as in Python.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Slice {
    One(i64),
    Range(Option<i64>, Option<i64>, i64),
}

/// What a path has led to.
#[derive(Debug, Clone)]
pub(super) enum Found<'n> {
    Node(&'n Node),
    /// A key, and the value under it, which knows the place.
    Key(String, &'n Node),
}

/// How many filters may stand in each other.
pub(super) const MOST_NESTED: usize = 32;

/// How many values a path may lead to: `..` of `..` of a large document has no end.
const MOST_FOUND: usize = 100_000;

/// What is wrong with a path, in its words.
pub(super) type Wrong = String;

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// What was found, at which byte, and what was expected.
    pub fn parse(text: &str) -> Result<Path, Wrong> {
        let mut reader = Reader { text, at: 0, depth: 0 };
        let path = reader.path(false)?;
        if reader.rest().is_empty() { Ok(path) } else { reader.wrong("a `.` or `[` was expected") }
    }

    /// The values that the path leads to below a node.
    pub fn find<'n>(&self, node: &'n Node) -> Vec<Found<'n>> {
        self.find_in(node, node)
    }

    pub(super) fn find_in<'n>(&self, node: &'n Node, root: &'n Node) -> Vec<Found<'n>> {
        let mut found = vec![node];
        for (index, step) in self.steps.iter().enumerate() {
            let mut next = Vec::new();
            let mut keys = Vec::new();
            for node in found {
                step.walk(node, root, &mut next, &mut keys);
                if next.len() > MOST_FOUND {
                    break;
                }
            }
            if index + 1 == self.steps.len() && !keys.is_empty() {
                return keys;
            }
            found = next;
        }
        found.into_iter().map(Found::Node).collect()
    }

    /// How many of the steps lead to something, and what is there.
    pub fn reach<'n>(&self, node: &'n Node) -> (usize, Vec<&'n Node>) {
        let mut found = vec![node];
        for (index, step) in self.steps.iter().enumerate() {
            let (mut next, mut keys) = (Vec::new(), Vec::new());
            found.iter().for_each(|from| step.walk(from, node, &mut next, &mut keys));
            // Below nothing there is nothing: `..` alone finds everything.
            if next.is_empty() && keys.is_empty() {
                return (index, found);
            }
            found = next;
        }
        (self.steps.len(), found)
    }

    /// The path without its last steps.
    pub fn shown(&self, steps: usize) -> String {
        let mut text = String::new();
        for step in self.steps.iter().take(steps) {
            match step {
                Step::Keys(keys) => match keys.as_slice() {
                    [key] if is_plain(key) => {
                        if !text.is_empty() && !text.ends_with('.') {
                            text.push('.');
                        }
                        text.push_str(key);
                    }
                    keys => text.push_str(&format!("[{}]", quoted(keys))),
                },
                Step::All => text.push_str("[*]"),
                Step::Slices(slices) => {
                    let slices: Vec<String> = slices.iter().map(Slice::shown).collect();
                    text.push_str(&format!("[{}]", slices.join(",")));
                }
                Step::Descend => text.push_str(".."),
                Step::Filter { .. } => text.push_str("[?(…)]"),
                Step::KeyNames(keys) => text.push_str(&format!("[{}]~", quoted(keys))),
                Step::AllKeys => text.push_str("[*]~"),
            }
        }
        text
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

fn quoted(keys: &[String]) -> String {
    keys.iter().map(|key| format!("'{key}'")).collect::<Vec<_>>().join(",")
}

impl Slice {
    fn shown(&self) -> String {
        let number = |n: &Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();
        match self {
            Slice::One(n) => n.to_string(),
            Slice::Range(from, to, 1) => format!("{}:{}", number(from), number(to)),
            Slice::Range(from, to, step) => format!("{}:{}:{step}", number(from), number(to)),
        }
    }

    /// The indices in a list of so many items.
    fn indices(self, length: usize) -> Vec<usize> {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let from_end = |n: i64| if n < 0 { n.saturating_add(length) } else { n };
        let inside = |n: i64| usize::try_from(n).ok().filter(|_| n < length);
        let (from, to, step) = match self {
            Slice::One(n) => return inside(from_end(n)).into_iter().collect(),
            Slice::Range(from, to, step) => (from.map(from_end), to.map(from_end), step),
        };
        let mut found = Vec::new();
        if step > 0 {
            let mut at = from.unwrap_or(0).max(0);
            while at < to.unwrap_or(length).min(length) {
                found.extend(inside(at));
                at = at.saturating_add(step);
            }
        } else {
            let mut at = from.unwrap_or(length - 1).min(length);
            while at > to.unwrap_or(-1).max(-1) {
                found.extend(inside(at));
                at = at.saturating_add(step);
            }
        }
        found
    }
}

impl Step {
    fn walk<'n>(&self, node: &'n Node, root: &'n Node, next: &mut Vec<&'n Node>, keys: &mut Vec<Found<'n>>) {
        match (self, &node.data) {
            (Step::Keys(names), Data::Map(map)) => {
                next.extend(names.iter().filter_map(|name| map.get(name.as_bytes())))
            }
            (Step::KeyNames(names), Data::Map(map)) => {
                keys.extend(names.iter().filter_map(|name| Some(Found::Key(name.clone(), map.get(name.as_bytes())?))))
            }
            (Step::AllKeys, Data::Map(map)) => {
                keys.extend(map.iter().map(|(key, node)| Found::Key(key.to_text().into_owned(), node)));
            }
            (Step::All, Data::Map(map)) => next.extend(map.values()),
            (Step::All, Data::List(items)) => next.extend(items.iter()),
            (Step::Slices(slices), Data::List(items)) => {
                next.extend(slices.iter().flat_map(|slice| slice.indices(items.len())).filter_map(|at| items.get(at)));
            }
            (Step::Descend, _) => descend(node, next),
            (Step::Filter { filter, descends: false }, Data::List(items)) => {
                next.extend(items.iter().filter(|item| filter.takes(item, root)));
            }
            (Step::Filter { filter, .. }, _) if filter.takes(node, root) => next.push(node),
            _ => {}
        }
    }
}

/// A node and all below it, what lies deeper first.
fn descend<'n>(node: &'n Node, next: &mut Vec<&'n Node>) {
    if next.len() > MOST_FOUND {
        return;
    }
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match &node.data {
        Data::Map(map) => map.values().for_each(|child| descend(child, next)),
        Data::List(items) => items.iter().for_each(|child| descend(child, next)),
        _ => {}
    });
    next.push(node);
}

/// Reads a path from its begin.
pub(super) struct Reader<'t> {
    pub text: &'t str,
    pub at: usize,
    /// Filters around.
    pub depth: usize,
}

/// What ends a name.
const ENDS: [char; 11] = ['.', '[', ')', ' ', '&', '|', '=', '!', '>', '<', '~'];

impl Reader<'_> {
    pub fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub fn eat(&mut self, token: &str) -> bool {
        let is_there = self.rest().starts_with(token);
        if is_there {
            self.at += token.len();
        }
        is_there
    }

    pub fn skip_blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    pub fn wrong<T>(&self, expected: &str) -> Result<T, Wrong> {
        let found: String = self.rest().chars().take(12).collect();
        let found = if found.is_empty() { "the end".to_owned() } else { format!("`{found}`") };
        Err(format!("`{}` is no path: {found} at byte {}, where {expected}", self.text, self.at + 1))
    }

    /// The steps of a path; within a filter it ends where a name does.
    pub fn path(&mut self, in_filter: bool) -> Result<Path, Wrong> {
        let mut steps = Vec::new();
        if !in_filter {
            let is_rooted = self.eat("$");
            if !is_rooted && !self.rest().is_empty() && !self.rest().starts_with(['.', '[']) {
                let name = self.name(&['.', '[', ']', ')', ' ', '&', '|', '=', '!', '>', '<', '~'])?;
                self.named(name, &mut steps)?;
            }
        }
        loop {
            if self.eat("..") {
                let name = self.until(&['.', '[']);
                steps.push(Step::Descend);
                match name.as_str() {
                    "" if self.rest().starts_with('[') => {}
                    "" => return self.wrong("a name or `[` was expected behind `..`"),
                    "*" => steps.push(Step::All),
                    name => steps.push(Step::Keys(vec![unescaped(name)])),
                }
            } else if self.eat(".") {
                let name = self.name(&ENDS)?;
                self.named(name, &mut steps)?;
            } else if self.rest().starts_with('[') {
                let step = self.bracket(matches!(steps.last(), Some(Step::Descend)))?;
                steps.push(step);
            } else {
                return Ok(Path { steps });
            }
        }
    }

    fn until(&mut self, ends: &[char]) -> String {
        let end = self.rest().find(ends).unwrap_or(self.rest().len());
        let name = self.rest().get(..end).unwrap_or_default().to_owned();
        self.at += end;
        name
    }

    fn name(&mut self, ends: &[char]) -> Result<String, Wrong> {
        let name = self.until(ends);
        if name.is_empty() { self.wrong("a name was expected") } else { Ok(name) }
    }

    fn named(&mut self, name: String, steps: &mut Vec<Step>) -> Result<(), Wrong> {
        if self.eat("~") {
            steps.push(Step::KeyNames(vec![unescaped(&name)]));
            return self.at_end();
        }
        steps.push(if name == "*" { Step::All } else { Step::Keys(vec![unescaped(&name)]) });
        Ok(())
    }

    fn at_end(&self) -> Result<(), Wrong> {
        if self.rest().is_empty() { Ok(()) } else { self.wrong("the end was expected behind `~`") }
    }

    fn bracket(&mut self, descends: bool) -> Result<Step, Wrong> {
        if self.eat("[?(") {
            self.depth += 1;
            if self.depth > MOST_NESTED {
                return self.wrong("fewer filters in each other were expected");
            }
            let filter = Box::new(filter(self)?);
            self.depth -= 1;
            self.skip_blanks();
            return if self.eat(")]") {
                Ok(Step::Filter { filter, descends })
            } else {
                self.wrong("`)]` was expected")
            };
        }
        let inner = self.rest().get(1..).unwrap_or_default().trim_start();
        if inner.starts_with(['\'', '"']) {
            let keys = self.quoted_keys()?;
            if self.eat("~") {
                self.at_end()?;
                return Ok(Step::KeyNames(keys));
            }
            return Ok(Step::Keys(keys));
        }
        let Some(end) = self.rest().find(']') else { return self.wrong("a `]` was expected") };
        let inner = self.rest().get(1..end).unwrap_or_default().to_owned();
        if inner.is_empty() {
            return self.wrong("an index was expected between the brackets");
        }
        let is_all = inner.trim() == "*";
        let slices = if is_all { Some(Vec::new()) } else { inner.split(',').map(slice).collect() };
        let Some(slices) = slices else { return self.wrong("whole numbers, `*` or a name in quotes were expected") };
        self.at += end + 1;
        if self.eat("~") {
            self.at_end()?;
            return if is_all { Ok(Step::AllKeys) } else { self.wrong("`~` is for names and `*`") };
        }
        Ok(if is_all { Step::All } else { Step::Slices(slices) })
    }

    fn quoted_keys(&mut self) -> Result<Vec<String>, Wrong> {
        self.eat("[");
        let mut keys = Vec::new();
        loop {
            self.skip_blanks();
            let Some(quote) = self.rest().chars().next().filter(|c| matches!(c, '\'' | '"')) else {
                return self.wrong("a name in quotes was expected");
            };
            self.at += 1;
            let mut key = String::new();
            loop {
                let Some(c) = self.rest().chars().next() else { return self.wrong("the closing quote was expected") };
                self.at += c.len_utf8();
                match c {
                    '\\' => match self.rest().chars().next() {
                        Some(next) if next == quote || next == '\\' => {
                            self.at += 1;
                            key.push(next);
                        }
                        _ => return self.wrong("a quote or another `\\` was expected behind `\\`"),
                    },
                    c if c == quote => break,
                    c => key.push(c),
                }
            }
            keys.push(key);
            self.skip_blanks();
            if self.eat("]") {
                return Ok(keys);
            }
            if !self.eat(",") {
                return self.wrong("`]` or `,` was expected");
            }
        }
    }
}

/// A name without the backslashes that keep a letter from its meaning.
fn unescaped(name: &str) -> String {
    let mut out = String::new();
    let mut is_escaped = false;
    for c in name.chars() {
        is_escaped = c == '\\' && !is_escaped;
        if !is_escaped {
            out.push(c);
        }
    }
    out
}

fn slice(text: &str) -> Option<Slice> {
    let parts: Vec<&str> = text.split(':').map(str::trim).collect();
    let number = |part: Option<&&str>| match part {
        None | Some(&"") => Some(None),
        Some(part) => part.parse::<i64>().ok().map(Some),
    };
    match parts.as_slice() {
        [one] => one.parse().ok().map(Slice::One),
        [_, _] | [_, _, _] => {
            let (from, to, step) = (number(parts.first())?, number(parts.get(1))?, number(parts.get(2))?);
            Some(Slice::Range(from, to, step.unwrap_or(1))).filter(|_| step != Some(0))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    fn found(path: &str) -> String {
        let text = b"a: {b: [x, y, z], 'c.d/e': 1, t: true}\nl: [{n: one, v: 1, s: {k: 5}}, {n: two, v: 2}, {n: three}]\n'e f': 0\n";
        let node = yaml::decode_v3(text).expect("good YAML");
        match Path::parse(path) {
            Err(wrong) => wrong,
            Ok(path) => {
                let shown = |found: Found<'_>| match found {
                    Found::Key(key, _) => key,
                    Found::Node(node) => {
                        String::from_utf8_lossy(&yaml::to_json(&node.to_value(), false).unwrap_or_default())
                            .into_owned()
                    }
                };
                path.find(&node).into_iter().map(shown).collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn paths_lead_to_values_by_names_indices_slices_and_filters() {
        for (path, want) in [
            ("a.b[0]", "\"x\""),
            ("$.a.b[-1]", "\"z\""),
            ("a.b[0:2]", "\"x\" \"y\""),
            ("a.b[0,2]", "\"x\" \"z\""),
            ("a.b[::-1]", "\"z\" \"y\" \"x\""),
            ("a['c.d/e']", "1"),
            ("a[\"c.d/e\", 't']", "1 true"),
            ("l[*].n", "\"one\" \"two\" \"three\""),
            ("l[?(@.n == 'two')].v", "2"),
            ("l[?(@.n == \"one\" || @.v >= 2)].n", "\"one\" \"two\""),
            ("l[?(@.v)].n", "\"one\" \"two\""),
            ("l[?(!@.v)].n", "\"three\""),
            ("l[?(@.n =~ /^t/)].n", "\"two\" \"three\""),
            ("l[?(@.s.k > 4 && @.v < 2)].n", "\"one\""),
            ("a[?(@.t == true)].b[0]", ""),
            ("..n", "\"one\" \"two\" \"three\""),
            ("$..[?(@.k)].k", "5"),
            ("a.*~", ""),
            ("a[*]~", "b c.d/e t"),
            ("a.b~", "b"),
            ("a.none.x", ""),
            ("a.b.c", ""),
        ] {
            assert_eq!(found(path), want, "{path}");
        }
    }

    #[test]
    fn a_path_that_is_none_is_told_with_what_was_expected() {
        for (path, want) in [
            (
                "a[null]",
                "`a[null]` is no path: `[null]` at byte 2, where whole numbers, `*` or a name in quotes were expected",
            ),
            ("a[0]b", "`a[0]b` is no path: `b` at byte 5, where a `.` or `[` was expected"),
            ("a.", "`a.` is no path: the end at byte 3, where a name was expected"),
            ("a[?(@.b", "`a[?(@.b` is no path: the end at byte 8, where `)]` was expected"),
        ] {
            assert_eq!(found(path), want);
        }
        assert!(Path::parse(&"a[?(@".repeat(5_000)).is_err());
        assert!(Path::parse(&format!("a[?({}@.b)]", "(".repeat(5_000))).is_err());
    }
}
