//! What the references in a schema refer to.
//!
//! In: a schema. Out: [`References`], which finds the part that a `$ref` names: by JSON pointer,
//! by `$anchor`, by the `$id` of a part, each seen from the place that refers.

use rustc_hash::FxHashMap;
use serde_json::{Map, Value as Json};
use std::rc::Rc;

/// What Helm calls the schema of a chart that gives itself no `$id`.
const OWN: &str = "file:///values.schema.json";

/// The named parts of a schema.
pub(super) struct References<'s> {
    root: &'s Json,
    /// Parts with an `$id`, by its address; the whole schema is one of them.
    documents: FxHashMap<Rc<str>, &'s Json>,
    /// Parts with a name inside their document, by `ADDRESS#NAME`.
    anchors: FxHashMap<String, &'s Json>,
    /// The address of the document that each part is in, by the part's place in memory; parts
    /// of the schema's own document, which are most, have none.
    bases: FxHashMap<usize, Rc<str>>,
}

impl<'s> References<'s> {
    /// Notes the names in a schema; JSON that is too deep to walk was refused when it was read.
    pub(super) fn new(root: &'s Json) -> Self {
        let own = Rc::from(OWN);
        let mut references = References {
            root,
            documents: FxHashMap::default(),
            anchors: FxHashMap::default(),
            bases: FxHashMap::default(),
        };
        references.documents.insert(Rc::clone(&own), root);
        references.note(root, own);
        references
    }

    /// The whole schema.
    pub(super) fn root(&self) -> &'s Json {
        self.root
    }

    fn note(&mut self, part: &'s Json, mut base: Rc<str>) {
        match part {
            Json::Object(map) => {
                for id in ["$id", "id"].into_iter().filter_map(|key| map.get(key)?.as_str()) {
                    let address = join(&base, id);
                    let (document, fragment) = address.split_once('#').unwrap_or((&address, ""));
                    if fragment.is_empty() {
                        base = Rc::from(document);
                        self.documents.insert(Rc::clone(&base), part);
                    } else {
                        // Before drafts had `$anchor`, an `$id` that is a fragment was one.
                        self.anchors.insert(address, part);
                    }
                }
                for name in ["$anchor", "$dynamicAnchor"].into_iter().filter_map(|key| map.get(key)?.as_str()) {
                    self.anchors.insert(format!("{base}#{name}"), part);
                }
                if *base != *OWN {
                    self.bases.insert(address_of(map), Rc::clone(&base));
                }
                map.values().for_each(|part| self.note(part, Rc::clone(&base)));
            }
            Json::Array(items) => items.iter().for_each(|part| self.note(part, Rc::clone(&base))),
            _ => {}
        }
    }

    /// What `reference`, written in the schema of these keywords, refers to.
    pub(super) fn target(&self, keywords: &Map<String, Json>, reference: &str) -> Option<&'s Json> {
        let base = self.bases.get(&address_of(keywords)).map_or(OWN, |base| &**base);
        let address = join(base, reference);
        let (document, fragment) = address.split_once('#').unwrap_or((&address, ""));
        let whole = self.documents.get(document).copied()?;
        let fragment = decoded(fragment);
        match fragment.as_bytes() {
            [] => Some(whole),
            [b'/', ..] => whole.pointer(&fragment),
            _ => self.anchors.get(&format!("{document}#{fragment}")).copied(),
        }
    }

    /// The address of a part, as Helm tells it.
    pub(super) fn address(&self, part: &Json) -> String {
        let base = part.as_object().and_then(|map| self.bases.get(&address_of(map)));
        let base = base.map_or(OWN, |base| &**base);
        let document = self.documents.get(base).copied().unwrap_or(self.root);
        format!("{base}#{}", pointer(document, part).unwrap_or_default())
    }
}

fn address_of(map: &Map<String, Json>) -> usize {
    std::ptr::from_ref(map).addr()
}

/// The JSON pointer from a schema to a part of it.
fn pointer(whole: &Json, part: &Json) -> Option<String> {
    if std::ptr::eq(whole, part) {
        return Some(String::new());
    }
    match whole {
        Json::Object(map) => map.iter().find_map(|(key, inner)| {
            let rest = pointer(inner, part)?;
            Some(format!("/{}{rest}", key.replace('~', "~0").replace('/', "~1")))
        }),
        Json::Array(items) => {
            items.iter().enumerate().find_map(|(index, inner)| Some(format!("/{index}{}", pointer(inner, part)?)))
        }
        _ => None,
    }
}

/// An address as seen from another, as far as schemas need it: no `..`.
fn join(base: &str, reference: &str) -> String {
    let scheme = reference.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    if scheme {
        return reference.to_owned();
    }
    if reference.is_empty() || reference.starts_with('#') {
        return format!("{base}{reference}");
    }
    // Where the host ends and the path begins.
    let path = base.find("://").map_or(0, |at| {
        let slash = base.get(at + 3..).and_then(|rest| rest.find('/'));
        slash.map_or(base.len(), |slash| at + 3 + slash)
    });
    let keep = if reference.starts_with('/') { path } else { base.rfind('/').map_or(0, |slash| slash + 1) };
    format!("{}{reference}", base.get(..keep).unwrap_or_default())
}

/// A fragment without its `%20`s.
fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|_| *byte == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(code) => {
                out.push(code);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_address_is_seen_from_its_document() {
        let joined = |reference| join("http://e.x/a/root.json", reference);
        assert_eq!(joined("n.json#m"), "http://e.x/a/n.json#m");
        assert_eq!(joined("/n.json"), "http://e.x/n.json");
        assert_eq!(joined("#/$defs/a"), "http://e.x/a/root.json#/$defs/a");
        assert_eq!(joined("urn:x:y"), "urn:x:y");
        assert_eq!(join(OWN, "n.json"), "file:///n.json");
    }

    #[test]
    fn parts_are_found_by_pointer_anchor_and_id() {
        let schema = json!({
            "properties": {"a": {"$ref": "#x"}},
            "$defs": {
                "o": {"$anchor": "x"},
                "n": {"$id": "n.json", "properties": {"b": {"$ref": "#x"}}, "$defs": {"a b/c": {"$anchor": "x"}}}
            }
        });
        let references = References::new(&schema);
        let from = |place: &str, reference: &str| {
            let keywords = schema.pointer(place).and_then(Json::as_object)?;
            Some(references.address(references.target(keywords, reference)?))
        };
        assert_eq!(from("/properties/a", "#x").as_deref(), Some("file:///values.schema.json#/$defs/o"));
        assert_eq!(from("/$defs/n/properties/b", "#x").as_deref(), Some("file:///n.json#/$defs/a b~1c"));
        assert_eq!(from("", "n.json#/$defs/a%20b~1c").as_deref(), Some("file:///n.json#/$defs/a b~1c"));
        assert_eq!(from("", "#y"), None);
    }
}
