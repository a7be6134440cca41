//! Merges values over the defaults of a chart and its subcharts.
//!
//! In: a tree of charts and the values given so far. Out: the same values with defaults under
//! them, a table for each subchart, and `global` handed down. What Helm logs comes back as
//! diagnostics. Keys are walked in order, where Go's maps have none.

use super::branch::Branch;
use super::table::{Item, Table};
use crate::diag::{Diagnostic, Severity};
use crate::value::number::format_v;
use crate::value::{Data, Node, Str};

const GLOBAL: &str = "global";

/// One pass over a chart tree.
pub(super) struct Coalesce<'a> {
    /// Keep nulls (Helm's merge) instead of letting them delete (Helm's coalesce).
    pub(super) merge: bool,
    /// What Helm logs on the way.
    pub(super) warnings: &'a mut Vec<Diagnostic>,
}

impl Coalesce<'_> {
    fn warn(&mut self, text: String) {
        let mut note = Diagnostic::warning("coalesce-values", text);
        note.severity = Severity::Note; // Helm logs these as INFO
        self.warnings.push(note);
    }

    /// Puts the defaults of `chart` and its children under `values`.
    pub(super) fn chart(&mut self, chart: &Branch, values: &Table, prefix: &str) -> Result<(), String> {
        self.defaults(chart, values, prefix);
        for child in &chart.children {
            let key = Str::from(child.name());
            let table = match values.get(&key) {
                None => {
                    let table = Table::default();
                    values.insert(&key, Item::Table(table.clone()));
                    table
                }
                Some(Item::Table(table)) => table,
                Some(Item::Leaf(node)) => return Err(format!("type mismatch on {key}: {}", as_bool(&node.data))),
            };
            let prefix = join(prefix, chart.name());
            self.globals(&table, values, &prefix);
            self.chart(child, &table, &prefix)?;
        }
        Ok(())
    }

    fn defaults(&mut self, chart: &Branch, values: &Table, prefix: &str) {
        let prefix = join(prefix, chart.name());
        for (key, default) in Table::from_node(&chart.values).snapshot() {
            match values.get(&key) {
                None => match default {
                    _ if self.merge => values.insert(&key, default),
                    item if item.is_null() => {}
                    item => {
                        if let Item::Table(table) = &item {
                            table.drop_nulls();
                        }
                        values.insert(&key, item);
                    }
                },
                Some(given) if given.is_null() && !self.merge => values.remove(&key),
                Some(Item::Leaf(_)) => {}
                Some(Item::Table(given)) => match default {
                    Item::Table(default) => {
                        let merge = self.merge || chart.children.iter().any(|child| *child.name() == *key.to_text());
                        if !merge {
                            default.drop_nulls();
                        }
                        self.tables(&given, &default, &join(&prefix, &key.to_text()), merge);
                    }
                    item if item.is_null() => {}
                    Item::Leaf(_) => self.warn(format!("warning: skipped value for {prefix}.{key}: Not a table.")),
                },
            }
        }
    }

    /// Hands `global` of a chart down to a subchart.
    fn globals(&mut self, below: &Table, above: &Table, prefix: &str) {
        let mut side = |table: &Table, name: &str| match table.get(GLOBAL.as_bytes()) {
            None => Some(Table::default()),
            Some(Item::Table(table)) => Some(table),
            Some(Item::Leaf(_)) => {
                self.warn(format!("warning: skipping globals because {name} {GLOBAL} is not a table."));
                None
            }
        };
        let Some(own) = side(below, "destination") else { return };
        let Some(given) = side(above, "source") else { return };
        for (key, value) in given.snapshot() {
            let present = own.get(&key);
            match (value, present) {
                (Item::Table(table), None) => own.insert(&key, Item::Table(table.shallow())),
                (Item::Table(table), Some(Item::Table(old))) => {
                    let table = table.shallow();
                    self.tables(&table, &old, &join(prefix, &key.to_text()), true);
                    own.insert(&key, Item::Table(table));
                }
                (Item::Table(_), Some(Item::Leaf(_))) => {
                    self.warn(format!("Conflict: cannot merge map onto non-map for {:?}. Skipping.", key.to_text()));
                }
                (Item::Leaf(_), Some(Item::Table(_))) => self.warn(format!("key {key} is table. Skipping")),
                (leaf, _) => own.insert(&key, leaf),
            }
        }
        below.insert(&Str::from(GLOBAL), Item::Table(own));
    }

    /// Merges `src` under `dst`: what `dst` has stays.
    pub(super) fn tables(&mut self, dst: &Table, src: &Table, prefix: &str, merge: bool) {
        let had_value: Vec<Str> =
            src.snapshot().into_iter().filter(|(_, item)| !item.is_null()).map(|(key, _)| key).collect();
        for (key, item) in dst.snapshot() {
            if item.is_null() {
                src.insert(&key, item);
            }
        }
        for (key, value) in src.snapshot() {
            let path = join(prefix, &key.to_text());
            match (dst.get(&key), value) {
                (Some(present), _) if !merge && present.is_null() && had_value.contains(&key) => dst.remove(&key),
                (None, value) => dst.insert(&key, value),
                (Some(Item::Table(present)), Item::Table(value)) => self.tables(&present, &value, &path, merge),
                (Some(_), Item::Table(value)) => {
                    let text = go_text(&value.to_node().data);
                    self.warn(format!("warning: cannot overwrite table with non table for {path} ({text})"));
                }
                (Some(Item::Table(_)), Item::Leaf(node)) if !node.is_null() => {
                    let text = go_text(&node.data);
                    self.warn(format!("warning: destination for {path} is a table. Ignoring non-table value ({text})"));
                }
                _ => {}
            }
        }
    }
}

/// `a.b`, or `b` when there is no `a`.
fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

/// Go's `%v` of plain data.
pub(super) fn go_text(data: &Data) -> String {
    let list = |items: &mut dyn Iterator<Item = String>| items.collect::<Vec<_>>().join(" ");
    match data {
        Data::Null => "<nil>".to_owned(),
        Data::Bool(b) => b.to_string(),
        Data::Int(n) => n.to_string(),
        Data::Float(n) => format_v(*n),
        Data::Str(text) => text.to_string(),
        Data::List(items) => format!("[{}]", list(&mut items.iter().map(|item| go_text(&item.data)))),
        Data::Map(map) => {
            let entry = |(key, item): (&Str, &Node)| format!("{key}:{}", go_text(&item.data));
            format!("map[{}]", list(&mut map.iter().map(entry)))
        }
    }
}

/// Go's `%t` of plain data: its complaint, unless it is a boolean.
fn as_bool(data: &Data) -> String {
    match data {
        Data::Bool(b) => b.to_string(),
        Data::Null => "%!t(<nil>)".to_owned(),
        Data::Int(_) => format!("%!t(int64={})", go_text(data)),
        Data::Float(_) => format!("%!t(float64={})", go_text(data)),
        Data::Str(_) => format!("%!t(string={})", go_text(data)),
        Data::List(items) => {
            format!("[{}]", items.iter().map(|item| as_bool(&item.data)).collect::<Vec<_>>().join(" "))
        }
        Data::Map(map) => {
            let entry = |(key, item): (&Str, &Node)| format!("%!t(string={key}):{}", as_bool(&item.data));
            format!("map[{}]", map.iter().map(entry).collect::<Vec<_>>().join(" "))
        }
    }
}
