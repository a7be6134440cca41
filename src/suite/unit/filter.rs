//! Filters of paths: `[?(@.name == 'a' && @.port > 80)]`.
//!
//! In: what stands between `[?(` and `)]`. Out: whether an item is meant. Of paths that lead to several values, all must
//! fit; numbers are compared as numbers, texts as texts, and nothing of one kind with the other.

use super::path::{Found, MOST_NESTED, Path, Reader, Wrong};
use crate::funcs::Matcher;
use crate::value::{Data, Node};
use std::cmp::Ordering;
use std::sync::Arc;

/// A condition on a node.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    Or(Box<Filter>, Box<Filter>),
    And(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    /// Whether a path leads anywhere; a literal `true`.
    Is(Term),
    Compare(Term, Comparison, Term),
    Matches(Term, Pattern),
}

/// A side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Term {
    /// `@…`
    Here(Path),
    /// `$…`
    Root(Path),
    Text(String),
    Number(f64),
    Bool(bool),
    Null,
}

/// How two sides are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A regular expression in Go's syntax.
#[derive(Clone)]
pub(super) struct Pattern(String, Arc<Matcher>);

impl std::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "/{}/", self.0)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

/// A value that can be compared.
#[derive(Debug, Clone, PartialEq)]
enum Plain {
    Text(String),
    Number(f64),
    Bool(bool),
    Null,
    /// A list or map, which is like nothing.
    Other,
}

impl Term {
    fn values(&self, node: &Node, root: &Node) -> Vec<Plain> {
        let all = |found: Vec<Found<'_>>| found.into_iter().map(plain).collect();
        match self {
            Term::Here(path) => all(path.find_in(node, node)),
            Term::Root(path) => all(path.find_in(root, root)),
            Term::Text(text) => vec![Plain::Text(text.clone())],
            Term::Number(number) => vec![Plain::Number(*number)],
            Term::Bool(b) => vec![Plain::Bool(*b)],
            Term::Null => vec![Plain::Null],
        }
    }
}

fn plain(found: Found<'_>) -> Plain {
    match found {
        Found::Key(key, _) => Plain::Text(key),
        Found::Node(node) => match &node.data {
            Data::Null => Plain::Null,
            Data::Bool(b) => Plain::Bool(*b),
            Data::Int(n) => Plain::Number(*n as f64),
            Data::Float(n) => Plain::Number(*n),
            Data::Str(text) => Plain::Text(text.to_text().into_owned()),
            Data::List(_) | Data::Map(_) => Plain::Other,
        },
    }
}

impl Comparison {
    fn holds(self, a: &Plain, b: &Plain) -> bool {
        let order = match (a, b) {
            (Plain::Number(a), Plain::Number(b)) => Some(a.partial_cmp(b).unwrap_or(Ordering::Equal)),
            (Plain::Text(a), Plain::Text(b)) => Some(a.cmp(b)),
            (Plain::Bool(a), Plain::Bool(b)) if a == b => Some(Ordering::Equal),
            (Plain::Null, Plain::Null) => Some(Ordering::Equal),
            _ => None,
        };
        match self {
            Comparison::Equal => order == Some(Ordering::Equal),
            Comparison::NotEqual => order != Some(Ordering::Equal),
            Comparison::Less => order == Some(Ordering::Less),
            Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Comparison::Greater => order == Some(Ordering::Greater),
            Comparison::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

impl Filter {
    /// Whether a node is meant.
    pub fn takes(&self, node: &Node, root: &Node) -> bool {
        match self {
            Filter::Or(a, b) => a.takes(node, root) || b.takes(node, root),
            Filter::And(a, b) => a.takes(node, root) && b.takes(node, root),
            Filter::Not(inner) => !inner.takes(node, root),
            Filter::Is(Term::Bool(b)) => *b,
            Filter::Is(term @ (Term::Here(_) | Term::Root(_))) => !term.values(node, root).is_empty(),
            Filter::Is(_) => false,
            Filter::Compare(a, comparison, b) => {
                let (a, b) = (a.values(node, root), b.values(node, root));
                !a.is_empty() && !b.is_empty() && a.iter().all(|a| b.iter().all(|b| comparison.holds(a, b)))
            }
            Filter::Matches(term, Pattern(_, matcher)) => {
                let values = term.values(node, root);
                let fits = |value: &Plain| matches!(value, Plain::Text(text) if matcher.is_match(text));
                !values.is_empty() && values.iter().all(fits)
            }
        }
    }
}

/// Reads a condition.
pub(super) fn filter(reader: &mut Reader<'_>) -> Result<Filter, Wrong> {
    let mut left = both(reader)?;
    loop {
        reader.skip_blanks();
        if !reader.eat("||") {
            return Ok(left);
        }
        left = Filter::Or(Box::new(left), Box::new(both(reader)?));
    }
}

fn both(reader: &mut Reader<'_>) -> Result<Filter, Wrong> {
    let mut left = single(reader)?;
    loop {
        reader.skip_blanks();
        if !reader.eat("&&") {
            return Ok(left);
        }
        left = Filter::And(Box::new(left), Box::new(single(reader)?));
    }
}

/// The comparisons, the longer ones first.
const COMPARISONS: [(&str, Comparison); 6] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    (">=", Comparison::GreaterOrEqual),
    (">", Comparison::Greater),
    ("<=", Comparison::LessOrEqual),
    ("<", Comparison::Less),
];

fn single(reader: &mut Reader<'_>) -> Result<Filter, Wrong> {
    reader.skip_blanks();
    reader.depth += 1;
    if reader.depth > 2 * MOST_NESTED {
        return reader.wrong("fewer conditions in each other were expected");
    }
    let found = if reader.eat("(") {
        let inner = filter(reader)?;
        reader.skip_blanks();
        if !reader.eat(")") {
            return reader.wrong("`)` was expected");
        }
        inner
    } else if !reader.rest().starts_with("!=") && reader.eat("!") {
        Filter::Not(Box::new(single(reader)?))
    } else {
        compared(reader)?
    };
    reader.depth -= 1;
    Ok(found)
}

fn compared(reader: &mut Reader<'_>) -> Result<Filter, Wrong> {
    let left = term(reader)?;
    reader.skip_blanks();
    if reader.eat("=~") {
        reader.skip_blanks();
        return Ok(Filter::Matches(left, pattern(reader)?));
    }
    let Some((_, comparison)) = COMPARISONS.iter().find(|(text, _)| reader.rest().starts_with(text)) else {
        return Ok(Filter::Is(left));
    };
    let length = COMPARISONS.iter().find(|(text, _)| reader.rest().starts_with(text)).map_or(0, |(text, _)| text.len());
    reader.at += length;
    reader.skip_blanks();
    Ok(Filter::Compare(left, *comparison, term(reader)?))
}

fn term(reader: &mut Reader<'_>) -> Result<Term, Wrong> {
    if reader.eat("@") {
        return Ok(Term::Here(reader.path(true)?));
    }
    if reader.eat("$") {
        return Ok(Term::Root(reader.path(true)?));
    }
    for (word, term) in [("true", Term::Bool(true)), ("false", Term::Bool(false)), ("null", Term::Null)] {
        if reader.eat(word) {
            return Ok(term);
        }
    }
    if let Some(quote) = reader.rest().chars().next().filter(|c| matches!(c, '\'' | '"')) {
        let inner = reader.rest().get(1..).unwrap_or_default();
        let Some(end) = inner.find(quote) else { return reader.wrong("a closing quote was expected") };
        let text = inner.get(..end).unwrap_or_default().to_owned();
        reader.at += end + 2;
        return Ok(Term::Text(text));
    }
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
    let end = reader.rest().find(|c| !is_part(c)).unwrap_or(reader.rest().len());
    match reader.rest().get(..end).and_then(|text| text.parse::<f64>().ok()) {
        Some(number) => {
            reader.at += end;
            Ok(Term::Number(number))
        }
        None => reader.wrong("`@`, `$`, a number, a text in quotes, true, false or null was expected"),
    }
}

fn pattern(reader: &mut Reader<'_>) -> Result<Pattern, Wrong> {
    let Some(inner) = reader.rest().strip_prefix('/') else { return reader.wrong("`/` was expected") };
    let mut is_escaped = false;
    let end = inner.find(|c| {
        let is_end = c == '/' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end
    });
    let Some(end) = end else { return reader.wrong("a closing `/` was expected") };
    let text = inner.get(..end).unwrap_or_default().replace("\\/", "/");
    let matcher = Matcher::new(&text)?;
    reader.at += end + 2;
    Ok(Pattern(text, Arc::new(matcher)))
}
