//! The tree of one document, as written.
//!
//! In: nodes in the order they stand in the text. Out: one table of them, in which what lies inside
//! of a list or map follows it directly. Nothing is resolved yet but which node an alias names.

use super::cursor::Place;
use std::borrow::Cow;

/// Index of a node in its document.
pub(super) type Id = usize;

/// Runs what may nest deeply with enough stack for it.
pub(super) fn deep<T>(run: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, run)
}

/// A node as written.
#[derive(Debug)]
pub(super) struct Item<'a> {
    pub kind: ItemKind<'a>,
    pub place: Place,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum ItemKind<'a> {
    /// `implicit`: to be resolved by its look.
    Scalar {
        text: Cow<'a, [u8]>,
        tag: Tag,
        implicit: bool,
    },
    Alias {
        name: &'a [u8],
        target: Id,
    },
    /// Its items are the nodes up to `end`, with what lies inside of them.
    List {
        end: Id,
    },
    /// Keys and values in turn, up to `end`.
    Map {
        end: Id,
    },
}

/// A scalar's tag in the document's table.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tag(u32);

/// The first document of a stream.
#[derive(Debug, Default)]
pub(super) struct Document<'a> {
    items: Vec<Item<'a>>,
    tags: Vec<Vec<u8>>,
}

impl<'a> Document<'a> {
    /// With room for what a text of so many bytes usually holds.
    pub(super) fn for_text(length: usize) -> Self {
        Document { items: Vec::with_capacity(length / 32 + 8), tags: Vec::new() }
    }

    /// The first node; `None` when the stream is empty.
    pub(super) fn root(&self) -> Option<Id> {
        if self.items.is_empty() { None } else { Some(0) }
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn item(&self, id: Id) -> Option<&Item<'a>> {
        self.items.get(id)
    }

    /// The tag of a scalar, when it has one.
    pub(super) fn tag(&self, tag: Tag) -> Option<&[u8]> {
        let index = usize::try_from(tag.0).ok()?.checked_sub(1)?;
        self.tags.get(index).map(Vec::as_slice)
    }

    /// The nodes right inside of a list or map that stands at `id` and goes to `end`.
    pub(super) fn children(&self, id: Id, end: Id) -> Children<'_, 'a> {
        Children { document: self, next: id + 1, end }
    }

    /// Adds the next node and gives its index.
    pub(super) fn push(&mut self, kind: ItemKind<'a>, place: Place) -> Id {
        self.items.push(Item { kind, place });
        self.items.len() - 1
    }

    /// Adds a tag.
    pub(super) fn push_tag(&mut self, tag: Option<Vec<u8>>) -> Tag {
        let Some(tag) = tag else { return Tag::default() };
        self.tags.push(tag);
        Tag(u32::try_from(self.tags.len()).unwrap_or(0))
    }

    /// All nodes inside of the list or map at `id` have been added.
    pub(super) fn finish(&mut self, id: Id) {
        let now = self.items.len();
        if let Some(Item { kind: ItemKind::List { end } | ItemKind::Map { end }, .. }) = self.items.get_mut(id) {
            *end = now;
        }
    }
}

/// Walks over the nodes right inside of a list or map.
#[derive(Clone)]
pub(super) struct Children<'d, 'a> {
    document: &'d Document<'a>,
    next: Id,
    end: Id,
}

impl Iterator for Children<'_, '_> {
    type Item = Id;

    fn next(&mut self) -> Option<Id> {
        if self.next >= self.end {
            return None;
        }
        let id = self.next;
        self.next = match self.document.item(id)?.kind {
            ItemKind::List { end } | ItemKind::Map { end } => end.max(id + 1),
            _ => id + 1,
        };
        Some(id)
    }
}

/// Whether a key is `<<`, which merges.
pub(super) fn is_merge(document: &Document<'_>, item: &Item<'_>) -> bool {
    match &item.kind {
        ItemKind::Scalar { text, tag, implicit } if **text == *b"<<" => {
            *implicit || document.tag(*tag) == Some(b"tag:yaml.org,2002:merge")
        }
        _ => false,
    }
}
