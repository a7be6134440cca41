//! Go's `%#v` of a decoded YAML value, which shows up in a few error messages.
//!
//! In: a node. Out: `map[interface {}]interface {}{"a":1}` and the like.

use super::depth::{MAX_NESTING, RED_ZONE, STACK};
use super::resolve::{self, Scalar};
use super::tree::{Document, Id, ItemKind, is_merge};
use crate::value::format;
use crate::value::number::format_v;

/// Messages are cut here: aliases could make them endless.
const MAX_LENGTH: usize = 1 << 16;

/// The node as Go source text.
pub(super) fn go_syntax(document: &Document<'_>, id: Id) -> String {
    let mut out = Vec::new();
    write(document, id, 0, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn write(document: &Document<'_>, id: Id, depth: usize, out: &mut Vec<u8>) {
    stacker::maybe_grow(RED_ZONE, STACK, || write_item(document, id, depth, out));
}

fn write_item(document: &Document<'_>, id: Id, depth: usize, out: &mut Vec<u8>) {
    let Some(item) = document.item(id) else { return };
    if depth > MAX_NESTING || out.len() > MAX_LENGTH {
        return;
    }
    match &item.kind {
        ItemKind::Alias { target, .. } => write(document, *target, depth + 1, out),
        ItemKind::Scalar { text, tag, implicit } => match resolve::value(text, document.tag(*tag), *implicit) {
            Ok(Scalar::Null) | Err(_) => put(out, "interface {}(nil)"),
            Ok(Scalar::Bool(b)) => put(out, if b { "true" } else { "false" }),
            Ok(Scalar::Int(n)) => put(out, &n.to_string()),
            Ok(Scalar::Uint(n)) => put(out, &format!("{n:#x}")),
            Ok(Scalar::Float(f)) => put(out, &format_v(f)),
            Ok(Scalar::Str(bytes)) => format::quote(&bytes, false, out),
            Ok(Scalar::Time) => format::quote(text, false, out),
        },
        ItemKind::List { end } => {
            put(out, "[]interface {}{");
            for (i, child) in document.children(id, *end).enumerate() {
                if i > 0 {
                    put(out, ", ");
                }
                write(document, child, depth + 1, out);
            }
            out.push(b'}');
        }
        ItemKind::Map { end } => {
            let mut entries: Vec<((u8, Vec<u8>), Id)> = Vec::new();
            let mut children = document.children(id, *end);
            while let (Some(key), Some(value)) = (children.next(), children.next()) {
                if document.item(key).is_some_and(|item| is_merge(document, item)) {
                    continue;
                }
                let mut text = Vec::new();
                write(document, key, depth + 1, &mut text);
                let rank = if text.starts_with(b"interface") { 0 } else { 1 };
                entries.retain(|((_, known), _)| *known != text);
                entries.push(((rank, text), value));
            }
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            put(out, "map[interface {}]interface {}{");
            for (i, ((_, key), value)) in entries.iter().enumerate() {
                if i > 0 {
                    put(out, ", ");
                }
                out.extend_from_slice(key);
                out.push(b':');
                write(document, *value, depth + 1, out);
            }
            out.push(b'}');
        }
    }
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}
