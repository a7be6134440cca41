//! values.yaml as it is written: where a path stands, what its comments name.
//!
//! In: a chart. Out: [`Defaults`].

use crate::chart::Chart;
use crate::diag::Place;
use crate::secrets;
use crate::value::{Data, Node};
use std::cell::OnceCell;
use std::sync::Arc;

/// The defaults of a chart and their text.
pub(super) struct Defaults<'c> {
    name: Arc<str>,
    /// Its text; empty where it is none.
    pub text: &'c str,
    /// Cut where somebody asks for a line: few rules come to that.
    lines: OnceCell<Vec<&'c str>>,
    /// The tree.
    pub root: &'c Node,
}

impl<'c> Defaults<'c> {
    pub fn of(chart: &'c Chart) -> Self {
        let file = chart.raw().iter().find(|file| &*file.name == "values.yaml");
        let text = file.and_then(|file| std::str::from_utf8(&file.data).ok()).unwrap_or_default();
        Defaults {
            name: Arc::from(format!("{}/values.yaml", chart.name())),
            text,
            lines: OnceCell::new(),
            root: chart.values(),
        }
    }

    fn lines(&self) -> &[&'c str] {
        self.lines.get_or_init(|| self.text.lines().collect())
    }

    /// Where the last key of a path is written.
    pub fn place(&self, keys: &[&str]) -> Place {
        let mut node = self.root;
        for key in keys {
            let Some(below) = node.get(key) else { return Place::file(Arc::clone(&self.name)) };
            node = below;
        }
        self.key_line(node, keys.last().copied().unwrap_or_default())
    }

    /// A list or map begins with what lies inside of it: its key stands before that.
    fn key_line(&self, node: &Node, key: &str) -> Place {
        let lines = self.lines();
        let begin = (node.origin.line as usize).min(lines.len());
        let is_key = |line: &str| {
            let line = line.trim_start().trim_start_matches("- ").trim_start_matches(['"', '\'']);
            line.strip_prefix(key)
                .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
        };
        let found = (0..begin).rev().find(|number| lines.get(*number).is_some_and(|line| is_key(line)));
        let Some((number, line)) = found.and_then(|number| Some((number, lines.get(number)?))) else {
            return Place { line: node.origin.line, column: node.origin.column, ..Place::file(Arc::clone(&self.name)) };
        };
        let indent = line.find(key).unwrap_or_default();
        let of = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let excerpt = (!secrets::sounds_secret(line)).then(|| (*line).to_owned());
        let mut place = Place::new(Arc::clone(&self.name), of(number + 1), of(indent + 1), excerpt);
        place.length = of(key.len());
        place
    }

    /// Whether the key has an anchor: others take its value from there.
    pub fn is_anchor(&self, place: &Place) -> bool {
        let line = self.lines().get((place.line as usize).wrapping_sub(1)).copied().unwrap_or_default();
        line.split_once(':').is_some_and(|(_, rest)| rest.trim_start().starts_with('&'))
    }

    /// Whether a comment names the path, as a commented-out key or a parameter of a generator of documentation.
    pub fn is_documented(&self, keys: &[&str]) -> bool {
        let Some(last) = keys.last().filter(|last| !last.is_empty()) else { return false };
        let above = keys.len() - 1;
        let is_end = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || c == '`');
        memchr::memmem::find_iter(self.text.as_bytes(), last.as_bytes()).any(|at| {
            let begin = self.text.get(..at).and_then(|head| head.rfind('\n')).map_or(0, |end| end + 1);
            let head = self.text.get(begin..at).unwrap_or_default().trim_start();
            let rest = self.text.get(at + last.len()..).unwrap_or_default();
            if !head.starts_with('#') {
                return false;
            }
            let is_key = rest.starts_with(':') && head.trim_start_matches(['#', ' ', '-']).is_empty();
            let is_word = is_end(rest.chars().next()) && {
                // The keys above it stand before it.
                let path =
                    keys.iter().take(above).rev().try_fold(head, |head, key| head.strip_suffix('.')?.strip_suffix(key));
                path.is_some_and(|before| {
                    is_end(before.chars().next_back()) || before.trim_start_matches(['#', ' ', '-']).is_empty()
                })
            };
            is_key || is_word
        })
    }

    /// A line of the file.
    pub fn line(&self, line: u32) -> Place {
        let text = self.lines().get((line as usize).wrapping_sub(1)).copied().unwrap_or_default();
        let excerpt = (!secrets::sounds_secret(text)).then(|| text.to_owned());
        let column = u32::try_from(text.len() - text.trim_start().len() + 1).unwrap_or(1);
        Place::new(Arc::clone(&self.name), line, column, excerpt)
    }

    /// What is known of the value at a path: `Some(true)` where it is there, `None` where something
    /// above it is for users to fill.
    pub fn has(&self, keys: &[&str]) -> Option<bool> {
        let mut node = self.root;
        for key in keys {
            match &node.data {
                Data::Map(map) if !map.is_empty() || std::ptr::eq(node, self.root) => match node.get(key) {
                    Some(below) => node = below,
                    None => return Some(false),
                },
                _ => return None,
            }
        }
        Some(true)
    }
}
