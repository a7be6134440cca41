//! Values that a user sets and nothing reads, because a key is misspelt. Helm takes them in silence.
//!
//! In: the charts with their defaults, and the user's values. Out: each key that is not among the
//! defaults, looks like one that is, and stands in no template.

use super::branch::Branch;
use crate::nearest::nearest;
use crate::path::{Step, show};
use crate::value::{Data, Node};

/// Shorter keys are near to anything.
const SHORTEST: usize = 4;

/// Unknown keys that are looked up among the known ones, which takes the product of both.
const MOST_LOOKED_UP: usize = 100;

/// Calls `tell` with the path, the node, and the path that is likely meant.
pub(super) fn find(chart: &Branch, user: &Node, tell: &mut dyn FnMut(&str, &Node, &str)) {
    let mut path = Vec::new();
    Search { root: chart, left: MOST_LOOKED_UP, tell }.chart(chart, Some(&chart.values), user, &mut path);
}

struct Search<'a> {
    root: &'a Branch,
    /// Keys that may still be looked up.
    left: usize,
    tell: &'a mut dyn FnMut(&str, &Node, &str),
}

impl Search<'_> {
    /// Keys below a chart: its subcharts have their defaults in two places.
    fn chart(&mut self, chart: &Branch, defaults: Option<&Node>, user: &Node, path: &mut Vec<Step>) {
        let Data::Map(entries) = &user.data else { return };
        for (key, node) in &**entries {
            let key = key.to_text();
            path.push(Step::Key(key.clone().into_owned()));
            let above = defaults.and_then(|defaults| defaults.get(&key));
            match chart.children.iter().find(|child| child.name() == key) {
                Some(child) => self.chart(child, Some(&child.values), node, path),
                // What is common to all charts, what switches subcharts on, and subcharts that are off.
                None if path.len() == 1 && matches!(&*key, "global" | "tags") => {}
                None if chart.chart.dependencies().iter().any(|child| child.name() == key) => {}
                None => match above.or_else(|| chart.values.get(&key)) {
                    Some(above) => self.map(above, node, path),
                    None => self.unknown(&chart.values, &key, node, path),
                },
            }
            path.pop();
        }
    }

    fn map(&mut self, defaults: &Node, user: &Node, path: &mut Vec<Step>) {
        let (Data::Map(known), Data::Map(entries)) = (&defaults.data, &user.data) else { return };
        // What is empty by default is for users to fill.
        for (key, node) in entries.iter().filter(|_| !known.is_empty()) {
            let key = key.to_text();
            path.push(Step::Key(key.clone().into_owned()));
            match defaults.get(&key) {
                Some(below) => self.map(below, node, path),
                None => self.unknown(defaults, &key, node, path),
            }
            path.pop();
        }
    }

    fn unknown(&mut self, defaults: &Node, key: &str, node: &Node, path: &[Step]) {
        if self.left == 0 || key.len() < SHORTEST {
            return;
        }
        self.left -= 1;
        let known: Vec<String> =
            defaults.as_map().into_iter().flat_map(|map| map.keys()).map(|k| k.to_string()).collect();
        let Some(near) = nearest(key, known.iter().map(String::as_str)) else {
            return;
        };
        if is_written(self.root, key) {
            return;
        }
        let around = path.split_last().map_or(&[][..], |(_, around)| around);
        (self.tell)(&show(path), node, &show(&[around, &[Step::Key(near.to_owned())]].concat()));
    }
}

/// Whether a template of the chart or its subcharts holds this word.
fn is_written(chart: &Branch, word: &str) -> bool {
    chart.chart.templates().iter().any(|file| holds(&file.data, word.as_bytes()))
        || chart.children.iter().any(|child| is_written(child, word))
}

fn holds(text: &[u8], word: &[u8]) -> bool {
    let is_letter = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    memchr::memmem::find_iter(text, word).any(|at| {
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        !is_letter(before) && !is_letter(text.get(at + word.len()))
    })
}
