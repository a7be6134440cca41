//! What is known of a value that a template will see, before there are any values.

use super::paths::PathId;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

/// How many alternatives are kept of one value.
const MOST_ALTERNATIVES: usize = 32;

/// How many values may hold each other in one that is known. They share their parts, so a few
/// dozen steps can make one that takes years to walk; what charts build has some hundred.
const MOST_PARTS: usize = 2_000;

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

    /// The list that lists and (true) single items make when they are put together. Of alternatives every item is
    /// kept, once: a template that adds to a list under many conditions would otherwise double it with each. What a
    /// list of the values holds is not followed.
    pub fn joined<'k>(parts: impl Iterator<Item = (bool, &'k Known<'t>)>) -> Known<'t>
    where
        't: 'k,
    {
        let mut all: Vec<Known<'t>> = Vec::new();
        for (is_item, known) in parts {
            match known {
                item if is_item => all.push(item.clone()),
                Known::List(items) => all.extend(items.iter().cloned()),
                Known::OneOf(alternatives) => {
                    for known in alternatives.iter().filter(|known| !matches!(known, Known::Values { .. })) {
                        let items = if let Known::List(items) = known { items } else { std::slice::from_ref(known) };
                        let new: Vec<Known<'t>> = items.iter().filter(|item| !all.contains(item)).cloned().collect();
                        all.extend(new);
                    }
                }
                Known::Values { .. } => {}
                other => all.push(other.clone()),
            }
        }
        Known::List(all.into())
    }

    /// Whether it holds more than can be walked again and again.
    pub fn is_huge(&self) -> bool {
        fn exceeds(known: &Known<'_>, left: &mut usize) -> bool {
            let Some(rest) = left.checked_sub(1) else { return true };
            *left = rest;
            match known {
                Known::Dict(entries) => entries.values().any(|entry| exceeds(entry, left)),
                Known::List(items) | Known::OneOf(items) => items.iter().any(|item| exceeds(item, left)),
                _ => false,
            }
        }
        exceeds(self, &mut { MOST_PARTS })
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
