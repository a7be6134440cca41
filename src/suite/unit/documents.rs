//! The documents of a rendered file, as assertions see them.
//!
//! In: a text. Out: its documents that hold something, as maps; every line that begins with `---` begins one.

use crate::value::{Data, Node, Str};
use crate::yaml;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// The key under which a text that is no YAML stands.
pub(super) const RAW: &str = "raw";

/// A part of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'t> {
    pub text: &'t str,
    /// How many lines stand before it.
    pub line: u32,
}

/// Cuts a text where lines begin with `---`; the white space behind that goes with it.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    let mut line_start = 0;
    while line_start < text.len() {
        let rest = text.get(line_start..).unwrap_or_default();
        if let Some(after) = rest.strip_prefix("---") {
            ranges.push(start..line_start);
            // Dashes that follow are cut off one by one, too.
            start = text.len() - after.trim_start().len();
            // What the white space ended with begins a line of its own.
            let before = text.get(..start).unwrap_or_default();
            if before.ends_with('\n') && text.get(start..).is_some_and(|rest| rest.starts_with("---")) {
                line_start = start;
                continue;
            }
        }
        let from = line_start.max(start);
        let rest = text.get(from..).unwrap_or_default();
        line_start = memchr::memchr(b'\n', rest.as_bytes()).map_or(text.len(), |end| from + end + 1);
    }
    ranges.push(start..text.len());
    let mut lines = 0;
    let mut at = 0;
    let mut parts = Vec::with_capacity(ranges.len());
    for range in ranges {
        let between = text.get(at..range.start).unwrap_or_default();
        lines += memchr::memchr_iter(b'\n', between.as_bytes()).count();
        at = range.start;
        let line = u32::try_from(lines).unwrap_or(u32::MAX);
        parts.push(Part { text: text.get(range.clone()).unwrap_or_default(), line });
    }
    parts
}

/// A document of a rendered file.
#[derive(Debug, Clone)]
pub(super) struct Doc {
    /// A map; the lines of its nodes are those of the file.
    pub node: Node,
    /// The lines of the file that it takes: the first, and how many.
    pub lines: (u32, u32),
}

impl Doc {
    /// A text that is no YAML.
    pub fn raw(text: &str) -> Doc {
        let entries = BTreeMap::from([(Str::from(RAW), Node::new(Data::Str(text.into())))]);
        Doc { node: Node::new(Data::map(entries)), lines: (1, u32::try_from(text.lines().count()).unwrap_or(u32::MAX)) }
    }

    pub fn text_at(&self, path: &str) -> String {
        self.node.find(path).and_then(|node| node.as_text()).map(|text| text.into_owned()).unwrap_or_default()
    }

    /// `Kind/name`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.text_at("kind"), self.text_at("metadata.name"))
    }
}

/// The documents of one file, and its text.
#[derive(Debug, Clone, Default)]
pub(super) struct Docs {
    pub docs: Vec<Doc>,
    pub text: Arc<str>,
}

/// Reads a rendered file.
///
/// # Errors
/// The line, from 1, and what is wrong there.
pub(super) fn read(text: &Arc<str>) -> Result<Docs, yaml::Error> {
    let mut docs = Vec::new();
    for part in parts(text) {
        if part.text.trim().is_empty() {
            continue;
        }
        let shifted = |error: yaml::Error| {
            let line = if error.line > 0 { error.line + part.line } else { 0 };
            yaml::Error { line, ..error }
        };
        let mut node = yaml::decode_v3(part.text.as_bytes()).map_err(shifted)?;
        match &node.data {
            Data::Null => continue,
            Data::Map(map) if map.is_empty() => continue,
            Data::Map(_) => {}
            other => {
                let message = format!("a document is a {}, where a map was expected", other.type_name());
                return Err(shifted(yaml::Error { message, line: node.origin.line.max(1) }));
            }
        }
        if part.line > 0 {
            node.each_origin(&|place| place.line += part.line);
        }
        let lines = u32::try_from(part.text.trim_end().lines().count()).unwrap_or(u32::MAX);
        docs.push(Doc { node, lines: (part.line + 1, lines) });
    }
    Ok(Docs { docs, text: Arc::clone(text) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<(&str, u32)> {
        parts(text).into_iter().map(|part| (part.text, part.line)).collect()
    }

    #[test]
    fn a_line_of_dashes_begins_a_part_which_knows_its_line() {
        assert_eq!(texts("a: 1\n---\nb: 2\n"), [("a: 1\n", 0), ("b: 2\n", 2)]);
        assert_eq!(texts("---\n\n---\nb: 2"), [("", 0), ("", 2), ("b: 2", 3)]);
        assert_eq!(texts("--- # c\nb: 2"), [("", 0), ("# c\nb: 2", 0)]);
        assert_eq!(texts("a: |\n  ---\n  x"), [("a: |\n  ---\n  x", 0)]);
    }

    #[test]
    fn documents_that_hold_nothing_are_none_and_lists_are_refused() {
        let docs = |text: &str| {
            read(&Arc::from(text)).map(|docs| docs.docs.len()).map_err(|error| (error.line, error.message))
        };
        assert_eq!(docs("# c\n---\n{}\n---\na: 1\n---\nb: 1"), Ok(2));
        assert_eq!(docs("a: 1\n---\n- b").map_err(|(line, _)| line), Err(3));
        assert_eq!(docs("a: 1\nb: 2\na: 3"), Err((3, "mapping key \"a\" already defined at line 1".into())));
    }
}
