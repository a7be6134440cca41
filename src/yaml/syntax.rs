//! Go's `%#v` of a decoded YAML value, which shows up in a few error messages.
//!
//! In: a node. Out: `map[interface {}]interface {}{"a":1}` and the like.

use super::decode::is_merge;
use super::resolve::{self, Scalar};
use super::tree::{Document, Id, ItemKind};
use crate::value::number::format_v;

/// Messages are cut here: aliases could make them endless.
const MAX_LENGTH: usize = 1 << 16;

/// The node as Go source text.
pub(super) fn go_syntax(document: &Document<'_>, id: Id) -> String {
    let mut out = String::new();
    write(document, id, 0, &mut out);
    out
}

fn write(document: &Document<'_>, id: Id, depth: usize, out: &mut String) {
    let Some(item) = document.item(id) else { return };
    if depth > super::decode::MAX_NESTING || out.len() > MAX_LENGTH {
        return;
    }
    match &item.kind {
        ItemKind::Alias { target, .. } => write(document, *target, depth + 1, out),
        ItemKind::Scalar { text, tag, implicit } => match resolve::value(text, document.tag(*tag), *implicit) {
            Ok(Scalar::Null) | Err(_) => out.push_str("interface {}(nil)"),
            Ok(Scalar::Bool(b)) => out.push_str(if b { "true" } else { "false" }),
            Ok(Scalar::Int(n)) => out.push_str(&n.to_string()),
            Ok(Scalar::Uint(n)) => out.push_str(&format!("{n:#x}")),
            Ok(Scalar::Float(f)) => out.push_str(&format_v(f)),
            Ok(Scalar::Str(bytes)) => quote(&bytes, out),
            Ok(Scalar::Time) => quote(text, out),
        },
        ItemKind::List { end } => {
            out.push_str("[]interface {}{");
            for (i, child) in document.children(id, *end).enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write(document, child, depth + 1, out);
            }
            out.push('}');
        }
        ItemKind::Map { end } => {
            let mut entries: Vec<((u8, String), Id)> = Vec::new();
            let mut children = document.children(id, *end);
            while let (Some(key), Some(value)) = (children.next(), children.next()) {
                if document.item(key).is_some_and(|item| is_merge(document, item)) {
                    continue;
                }
                let mut text = String::new();
                write(document, key, depth + 1, &mut text);
                let rank = if text.starts_with("interface") { 0 } else { 1 };
                entries.retain(|((_, known), _)| *known != text);
                entries.push(((rank, text), value));
            }
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            out.push_str("map[interface {}]interface {}{");
            for (i, ((_, key), value)) in entries.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                out.push_str(key);
                out.push(':');
                write(document, *value, depth + 1, out);
            }
            out.push('}');
        }
    }
}

/// Go's `strconv.Quote`.
fn quote(bytes: &[u8], out: &mut String) {
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\x07' => out.push_str("\\a"),
                '\x08' => out.push_str("\\b"),
                '\x0C' => out.push_str("\\f"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\x0B' => out.push_str("\\v"),
                '\0'..' ' | '\x7F' => out.push_str(&format!("\\x{:02x}", u32::from(c))),
                '\u{80}'..='\u{A0}' | '\u{AD}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}' => {
                    out.push_str(&format!("\\u{:04x}", u32::from(c)));
                }
                c => out.push(c),
            }
        }
        for b in chunk.invalid() {
            out.push_str(&format!("\\x{b:02x}"));
        }
    }
    out.push('"');
}
