//! A node together with the way to it.
//!
//! In: an object. Out: [`At`], which goes down by key and index, reads what is there, and makes [`Problem`]s with path
//! and origin. The path is only written out for a problem: checks that find nothing allocate one link for each step.

use super::problem::Problem;
use crate::path::Step;
use crate::value::{Data, Node};
use std::borrow::Cow;
use std::rc::Rc;

/// A node of an object, and the way to it.
#[derive(Debug, Clone)]
pub struct At<'a> {
    node: &'a Node,
    link: Option<Rc<Link<'a>>>,
}

#[derive(Debug)]
struct Link<'a> {
    step: ShortStep<'a>,
    above: Option<Rc<Link<'a>>>,
}

#[derive(Debug, Clone, Copy)]
enum ShortStep<'a> {
    Key(&'a [u8]),
    Index(usize),
}

impl<'a> At<'a> {
    /// The object itself.
    pub fn object(node: &'a Node) -> At<'a> {
        At { node, link: None }
    }

    /// The node.
    pub fn node(&self) -> &'a Node {
        self.node
    }

    fn below(&self, node: &'a Node, step: ShortStep<'a>) -> At<'a> {
        At { node, link: Some(Rc::new(Link { step, above: self.link.clone() })) }
    }

    /// The field of this name; null is absent, as for the API server.
    pub fn get(&self, key: &'a str) -> Option<At<'a>> {
        let node = self.node.get(key).filter(|node| !node.is_null())?;
        Some(self.below(node, ShortStep::Key(key.as_bytes())))
    }

    /// The field of this name, which may be null: the server reads null as an empty value in maps of values.
    pub fn entry(&self, key: &'a str) -> Option<At<'a>> {
        Some(self.below(self.node.get(key)?, ShortStep::Key(key.as_bytes())))
    }

    /// The node at the end of a way of fields.
    pub fn find(&self, keys: &[&'a str]) -> Option<At<'a>> {
        keys.iter().try_fold(self.clone(), |at, key| at.get(key))
    }

    /// The items of a list, none for anything else.
    pub fn items(&self) -> impl Iterator<Item = At<'a>> + use<'a> {
        let here = self.clone();
        let items: &'a [Node] = if let Data::List(items) = &self.node.data { items } else { &[] };
        items.iter().enumerate().map(move |(index, node)| here.below(node, ShortStep::Index(index)))
    }

    /// The items of the list in a field.
    pub fn list(&self, key: &'a str) -> impl Iterator<Item = At<'a>> + use<'a> {
        self.get(key).into_iter().flat_map(|at| at.items())
    }

    /// The entries of a map, none for anything else.
    pub fn entries(&self) -> impl Iterator<Item = (Cow<'a, str>, At<'a>)> + use<'a> {
        let here = self.clone();
        let map = self.node.as_map();
        map.into_iter().flatten().map(move |(key, node)| (key.to_text(), here.below(node, ShortStep::Key(key))))
    }

    /// The text, when it is one.
    pub fn text(&self) -> Option<&'a str> {
        if let Data::Str(text) = &self.node.data { text.to_utf8() } else { None }
    }

    /// The text of a field.
    pub fn text_of(&self, key: &str) -> Option<&'a str> {
        let Data::Str(text) = &self.node.get(key)?.data else { return None };
        text.to_utf8()
    }

    /// The whole number, when it is one that a float holds exactly.
    pub fn integer(&self) -> Option<i64> {
        integer(self.node)
    }

    /// The whole number of a field.
    pub fn integer_of(&self, key: &str) -> Option<i64> {
        integer(self.node.get(key)?)
    }

    /// The boolean of a field.
    pub fn bool_of(&self, key: &str) -> Option<bool> {
        if let Data::Bool(value) = self.node.get(key)?.data { Some(value) } else { None }
    }

    /// Whether a field is there and not null.
    pub fn has(&self, key: &str) -> bool {
        self.node.get(key).is_some_and(|node| !node.is_null())
    }

    /// Whether it is an empty text, list or map.
    pub fn is_empty(&self) -> bool {
        match &self.node.data {
            Data::Str(text) => text.is_empty(),
            Data::List(items) => items.is_empty(),
            Data::Map(map) => map.is_empty(),
            Data::Null => true,
            _ => false,
        }
    }

    /// Whether a field is absent, null, or empty.
    pub fn lacks(&self, key: &'a str) -> bool {
        self.get(key).is_none_or(|at| at.is_empty())
    }

    /// The path from the object.
    pub fn path(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut link = self.link.as_deref();
        while let Some(one) = link {
            steps.push(match one.step {
                ShortStep::Key(key) => Step::Key(String::from_utf8_lossy(key).into_owned()),
                ShortStep::Index(index) => Step::Index(index),
            });
            link = one.above.as_deref();
        }
        steps.reverse();
        steps
    }

    /// A problem with this node.
    pub fn problem(&self, rule: &'static str, message: impl Into<String>) -> Problem {
        Problem { rule, path: self.path(), origin: self.node.origin, message: message.into(), fix: None }
    }

    /// A problem with a field of this node, which may be absent.
    pub fn problem_at(&self, key: &str, rule: &'static str, message: impl Into<String>) -> Problem {
        let mut problem = self.problem(rule, message);
        problem.path.push(Step::Key(key.to_owned()));
        if let Some(node) = self.node.get(key) {
            problem.origin = node.origin;
        }
        problem
    }
}

/// The whole number of a node, when a float holds it exactly.
fn integer(node: &Node) -> Option<i64> {
    match node.data {
        Data::Int(number) => Some(number),
        // 2^63 is exact as a float; the cast would hold it at the largest integer.
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 9_223_372_036_854_775_808.0 => {
            Some(number as i64)
        }
        _ => None,
    }
}
