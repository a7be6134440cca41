//! What is known of a value that a template will see, before there are any values.

use super::paths::PathId;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

/// How many alternatives are kept of one value.
const MOST_ALTERNATIVES: usize = 32;

/// What is known of a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Known<'t> {
    /// Nothing.
    Nothing,
    /// The root object: what the dot of a file is.
    Root,
    /// `.Template`.
    Template,
    /// `.Files`.
    Files,
    /// A method of `.Files`.
    FilesMethod(Cow<'t, str>),
    /// What lies at a path of the values. `soft`: the template copes where it is not there.
    Values { path: PathId, soft: bool },
    /// A text.
    Text(Cow<'t, str>),
    /// A text that begins so.
    Prefix(Cow<'t, str>),
    /// An integer.
    Integer(i64),
    /// A map that the template makes.
    Dict(Rc<BTreeMap<Cow<'t, str>, Known<'t>>>),
    /// A list that the template makes.
    List(Rc<[Known<'t>]>),
    /// One of these.
    OneOf(Rc<[Known<'t>]>),
}

impl<'t> Known<'t> {
    /// One of these; of nothing there is nothing to be told.
    pub fn one_of(all: impl IntoIterator<Item = Known<'t>>) -> Known<'t> {
        let mut unique: Vec<Known<'t>> = Vec::new();
        let mut add = |known: Known<'t>| {
            if known != Known::Nothing && !unique.contains(&known) && unique.len() < MOST_ALTERNATIVES {
                unique.push(known);
            }
        };
        for known in all {
            match known {
                Known::OneOf(parts) => parts.iter().cloned().for_each(&mut add),
                known => add(known),
            }
        }
        match unique.len() {
            0 => Known::Nothing,
            1 => unique.swap_remove(0),
            _ => Known::OneOf(unique.into()),
        }
    }

    /// The alternatives.
    pub fn parts(&self) -> &[Known<'t>] {
        if let Known::OneOf(parts) = self { parts } else { std::slice::from_ref(self) }
    }

    /// The same, taken by a template that copes where it is not there.
    pub fn soft(self) -> Known<'t> {
        match self {
            Known::Values { path, .. } => Known::Values { path, soft: true },
            Known::OneOf(parts) => Known::one_of(parts.iter().cloned().map(Known::soft)),
            other => other,
        }
    }

    /// The text, where it is one.
    pub fn text(&self) -> Option<&str> {
        if let Known::Text(text) = self { Some(text) } else { None }
    }
}
