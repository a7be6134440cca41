//! Where blocks of a template begin and end, and what comments say of them.
//!
//! In: the text of a template that can be parsed. Out: [`Blocks`]: of each `if`, `with`, `range` and `define` the bytes of
//! its parts, which the syntax tree does not keep, and the comments that mark a part as out of reach.

use crate::source::Span;
use memchr::memmem;
use rustc_hash::FxHashMap;

/// What a comment begins with that says why a part can never run.
const MARK: &[u8] = b"chartwright:unreachable";

/// Marks that are looked at in one file. Each is looked for among all blocks.
const MOST_MARKS: usize = 1_000;

/// One block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// Where its opening action begins; of an `else if` where the word `if` does.
    pub start: u32,
    /// The name between quotes behind a `define` or `block`.
    pub name: Option<Vec<u8>>,
    /// Between the opening action and the `else` or `end`.
    pub body: Span,
    /// Between the `else` and the `end`. Of an `else if` its own action is a part of it.
    pub otherwise: Option<Span>,
    /// The action that ends it.
    pub end: Span,
}

/// A comment that marks a part of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// Where the comment stands.
    pub at: Span,
    /// Whether it marks what the block around it does otherwise, rather than the part that it stands in.
    pub is_else: bool,
    /// Why that can never run.
    pub reason: String,
}

/// The blocks and marks of a text.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    pub blocks: Vec<Block>,
    pub marks: Vec<Mark>,
    /// The last block of each name: the one that counts.
    names: FxHashMap<Vec<u8>, usize>,
}

/// A block whose end was not met yet.
struct Open {
    start: usize,
    name: Option<Vec<u8>>,
    /// The end of the opening action.
    body: usize,
    /// Begin and end of the `else`; of an `else if` both are its begin.
    otherwise: Option<(usize, usize)>,
    /// Whether it is an `else if`, which ends with the block around it.
    is_chained: bool,
}

impl Blocks {
    /// Reads a text.
    pub fn read(text: &[u8]) -> Blocks {
        let mut found = Blocks::default();
        let mut open: Vec<Open> = Vec::new();
        let mut at = 0;
        while let Some(start) = text.get(at..).and_then(|rest| memmem::find(rest, b"{{")).map(|offset| at + offset) {
            let inner = start + 2;
            let inner = if is_marker(text.get(inner..)) { inner + 1 } else { inner };
            let rest = text.get(inner..).unwrap_or_default();
            let blank = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            if rest.get(blank..).is_some_and(|rest| rest.starts_with(b"/*")) {
                let from = inner + blank + 2;
                let Some(length) = text.get(from..).and_then(|rest| memmem::find(rest, b"*/")) else { break };
                let mark = mark(text.get(from..from + length).unwrap_or_default(), start, from + length + 2);
                if found.marks.len() < MOST_MARKS {
                    found.marks.extend(mark);
                }
                at = from + length + 2;
                continue;
            }
            let end = end_of_action(text, inner);
            let mut words = rest.get(blank..end.saturating_sub(inner)).unwrap_or_default();
            let word = take_word(&mut words);
            match word {
                b"if" | b"with" | b"range" => {
                    open.push(Open { start, name: None, body: end, otherwise: None, is_chained: false });
                }
                b"define" | b"block" => {
                    let name = quoted(words.trim_ascii_start());
                    open.push(Open { start, name, body: end, otherwise: None, is_chained: false });
                }
                b"else" => {
                    let behind = words.trim_ascii_start();
                    let offset = end - behind.len().min(end);
                    let is_chained = matches!(take_word(&mut { behind }), b"if" | b"with");
                    if let Some(last) = open.last_mut() {
                        last.otherwise = Some((start, if is_chained { start } else { end }));
                    }
                    if is_chained {
                        open.push(Open { start: offset, name: None, body: end, otherwise: None, is_chained });
                    }
                }
                b"end" => {
                    while let Some(block) = open.pop() {
                        let is_chained = block.is_chained;
                        found.blocks.push(closed(block, start, end));
                        if !is_chained {
                            break;
                        }
                    }
                }
                _ => {}
            }
            at = end;
        }
        found.blocks.sort_by_key(|block| block.start);
        let named = found.blocks.iter().enumerate();
        found.names = named.filter_map(|(at, block)| Some((block.name.clone()?, at))).collect();
        found
    }

    /// The block that begins at an offset.
    pub fn at(&self, start: u32) -> Option<&Block> {
        let found = self.blocks.binary_search_by_key(&start, |block| block.start).ok()?;
        self.blocks.get(found)
    }

    /// The block that defines a template; of several the last, which counts.
    pub fn named(&self, name: &str) -> Option<&Block> {
        self.blocks.get(*self.names.get(name.as_bytes())?)
    }

    /// The innermost block that an offset lies in.
    pub fn around(&self, offset: u32) -> Option<&Block> {
        self.blocks.iter().rev().find(|block| block.body.start <= offset && offset < block.end.start)
    }
}

fn closed(open: Open, start: usize, end: usize) -> Block {
    let Open { start: begin, name, body, otherwise, .. } = open;
    Block {
        start: Span::new(begin, begin).start,
        name,
        body: Span::new(body, otherwise.map_or(start, |(from, _)| from)),
        otherwise: otherwise.map(|(_, from)| Span::new(from, start)),
        end: Span::new(start, end),
    }
}

/// Whether a text begins with a trim marker: a dash and a blank.
fn is_marker(text: Option<&[u8]>) -> bool {
    matches!(text, Some([b'-', blank, ..]) if blank.is_ascii_whitespace())
}

/// The offset behind the delimiter that closes an action.
fn end_of_action(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(byte) = text.get(at) {
        match byte {
            b'}' if text.get(at + 1) == Some(&b'}') => return at + 2,
            b'"' | b'\'' | b'`' => {
                at += 1;
                while let Some(inner) = text.get(at).filter(|inner| *inner != byte) {
                    at += if *inner == b'\\' && *byte != b'`' { 2 } else { 1 };
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
    text.len()
}

/// Cuts the first word off.
fn take_word<'t>(text: &mut &'t [u8]) -> &'t [u8] {
    let length = text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let (word, rest) = text.split_at_checked(length).unwrap_or_default();
    *text = rest;
    word
}

/// What stands between the quotes that a text begins with; nothing where something in it is escaped.
fn quoted(text: &[u8]) -> Option<Vec<u8>> {
    let (quote, rest) = text.split_first().filter(|(quote, _)| matches!(quote, b'"' | b'`'))?;
    let name = rest.get(..memchr::memchr(*quote, rest)?)?;
    (*quote == b'`' || !name.contains(&b'\\')).then(|| name.to_vec())
}

/// The mark that a comment is.
fn mark(comment: &[u8], start: usize, end: usize) -> Option<Mark> {
    let rest = comment.trim_ascii().strip_prefix(MARK)?;
    let is_else = rest.starts_with(b"-else");
    let rest = if is_else { rest.get(5..)? } else { rest };
    let reason = String::from_utf8_lossy(rest).split_whitespace().collect::<Vec<_>>().join(" ");
    (rest.is_empty() || !is_word(rest)).then(|| Mark { at: Span::new(start, end), is_else, reason })
}

fn is_word(text: &[u8]) -> bool {
    text.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<(String, String, Option<String>)> {
        let of = |span: Span| String::from_utf8_lossy(span.of(text.as_bytes())).into_owned();
        let blocks = Blocks::read(text.as_bytes()).blocks;
        let shown = |block: Block| {
            let opening = text.get(block.start as usize..block.body.start as usize).unwrap_or_default().to_owned();
            (opening, of(block.body), block.otherwise.map(of))
        };
        blocks.into_iter().map(shown).collect()
    }

    #[test]
    fn blocks_end_where_their_own_else_and_end_stand() {
        let text =
            "{{- if .a -}}A{{ range .b }}B{{ else }}C{{ end }}{{ else if (eq .c \"}}\") }}D{{ else }}E{{- end }}";
        assert_eq!(
            parts(text),
            [
                (
                    "{{- if .a -}}".into(),
                    "A{{ range .b }}B{{ else }}C{{ end }}".into(),
                    Some("{{ else if (eq .c \"}}\") }}D{{ else }}E".into())
                ),
                ("{{ range .b }}".into(), "B".into(), Some("C".into())),
                ("if (eq .c \"}}\") }}".into(), "D".into(), Some("E".into())),
            ]
        );
    }

    #[test]
    fn comments_mark_the_part_that_they_stand_in() {
        let text =
            "{{ if .a }}{{- /* chartwright:unreachable by design */ -}}{{ end }}{{/* chartwright:unreachables */}}
{{ if .b }}{{/* chartwright:unreachable-else b is\n always set */}}{{ end }}{{/* if */}}";
        let blocks = Blocks::read(text.as_bytes());
        let found: Vec<_> = blocks.marks.iter().map(|mark| (mark.is_else, mark.reason.as_str())).collect();
        assert_eq!(found, [(false, "by design"), (true, "b is always set")]);
        let around = blocks.marks.first().and_then(|mark| blocks.around(mark.at.start)).map(|block| block.start);
        assert_eq!(around, Some(0));
    }
}
