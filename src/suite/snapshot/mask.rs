//! Puts marks in place of what another render would not print again.
//!
//! In: the text of a document, and which of its lines vary with what. Out: [`Masked`]: the text with the functions named
//! in place of what they made, remarks that say which call of which template it was, and the lines that are left.
//!
//! A mark takes the place of the whole value of a key, or of the whole line where the key varies too: a part of a password
//! is a part of a password. Nothing is masked without a remark.

use super::file::one_line;
use crate::render::determinism::{Cause, Circumstance, Line};
use crate::yaml;
use std::collections::BTreeSet;

/// Keys that one remark names.
const MOST_KEYS: usize = 20;

/// A document without what varies.
#[derive(Debug, Default)]
pub(super) struct Masked {
    pub text: String,
    /// The line, from 1, of the document that each line of the text was.
    pub lines: Vec<u32>,
    pub remarks: Vec<String>,
}

/// A line of a document that varies.
pub(super) struct Spot<'s> {
    /// From 0.
    pub line: usize,
    pub behind: &'s Line,
}

/// Whether somebody else's render has another line there. What has no order in Go has one here, and every render gives it.
pub(super) fn varies(line: &Line) -> bool {
    line.circumstances.iter().any(|circumstance| *circumstance != Circumstance::Order)
}

/// Masks the lines of a document, `spots` in their order. `other` is the same document of another render, where it has as many lines; with
/// `all`, whatever is otherwise in there is masked too. `file` gives the name of a template for its users.
pub(super) fn mask(
    text: &str,
    other: Option<&str>,
    all: bool,
    spots: &[Spot<'_>],
    file: &dyn Fn(&str) -> String,
) -> Masked {
    let others: Vec<&str> = other.map(|text| text.split('\n').collect()).unwrap_or_default();
    let mut masked = Masked::default();
    let mut out: Vec<String> = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        let behind = spots.binary_search_by_key(&index, |spot| spot.line).ok().and_then(|at| spots.get(at));
        let behind = behind.map(|spot| spot.behind);
        let counterpart = others.get(index).copied();
        let is_other = all && counterpart.is_some_and(|other| other != line);
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        if behind.is_none() && !is_other {
            out.push(line.to_owned());
            masked.lines.push(number);
            continue;
        }
        let (mark, key) = match behind {
            Some(behind) => (mark(behind), behind.at.key.as_str()),
            None => (format!("*** {}", Circumstance::Random), ""),
        };
        let line = marked(line, counterpart, key, &mark);
        // Of a text of several lines, one stands for all: a certificate may have one more tomorrow.
        if line.trim_start().starts_with('\'') && out.last() == Some(&line) {
            continue;
        }
        out.push(line);
        masked.lines.push(number);
        if behind.is_none() {
            masked.remark(format!("masked: a line, by {}", Circumstance::Random));
        }
    }
    masked.text = out.join("\n");
    for remark in remarks(spots, file) {
        masked.remark(remark);
    }
    let is_good = |text: &str| yaml::decode(text.as_bytes()).is_ok();
    if !masked.remarks.is_empty() && !is_good(&masked.text) && is_good(text) {
        // A value that goes over several lines lost its end.
        masked.text = spots.first().map(|spot| format!("# {}", mark(spot.behind))).unwrap_or_default();
        masked.lines = vec![1];
    }
    masked
}

impl Masked {
    fn remark(&mut self, remark: String) {
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }
}

/// What stands in place of a value: the functions that made it.
fn mark(line: &Line) -> String {
    let mut names: Vec<&str> = Vec::new();
    for Cause { function, .. } in &line.causes {
        if !names.contains(function) {
            names.push(function);
        }
    }
    if names.is_empty() { format!("*** {}", circumstances(line)) } else { format!("*** {}", names.join(", ")) }
}

fn circumstances(line: &Line) -> String {
    let names: Vec<String> = line.circumstances.iter().map(Circumstance::to_string).collect();
    names.join(" and ")
}

/// A remark for all keys with the same causes.
fn remarks(spots: &[Spot<'_>], file: &dyn Fn(&str) -> String) -> Vec<String> {
    let mut groups: Vec<(String, BTreeSet<&str>)> = Vec::new();
    for Spot { behind, .. } in spots {
        let call = |cause: &Cause| {
            let place = &cause.place;
            format!("{} at {}:{}:{}", cause.function, file(&place.file), place.line, place.column)
        };
        let by = match behind.causes.as_slice() {
            [] => circumstances(behind),
            causes => causes.iter().map(call).collect::<Vec<_>>().join(", "),
        };
        let key = if behind.at.key.is_empty() { "a line" } else { behind.at.key.as_str() };
        match groups.iter_mut().find(|(known, _)| *known == by) {
            Some((_, keys)) => drop(keys.insert(key)),
            None => groups.push((by, BTreeSet::from([key]))),
        }
    }
    let remark = |(by, keys): (String, BTreeSet<&str>)| {
        let more = keys.len().saturating_sub(MOST_KEYS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let keys: Vec<&str> = keys.into_iter().take(MOST_KEYS).collect();
        one_line(&format!("masked: {}{more}, by {by}", keys.join(", ")))
    };
    groups.into_iter().map(remark).collect()
}

/// A line with a mark in place of its value; of all of it, where the key is not sure to stay.
fn marked(line: &str, counterpart: Option<&str>, path: &str, mark: &str) -> String {
    let body = line.trim_start_matches([' ', '-']);
    let before = line.get(..line.len() - body.len()).unwrap_or_default();
    let value = format!("'{mark}'");
    if let Some(at) = body.find(": ") {
        let (head, _) = line.split_at(before.len() + at + 2);
        let key = body.get(..at).unwrap_or_default();
        let stays = match counterpart {
            Some(other) => other.starts_with(head),
            None => {
                let key = key.trim_matches(['"', '\'']);
                !key.is_empty() && path.strip_suffix(key).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
        };
        // Of `{a: 1, b: 2}` all goes.
        if stays && !key.contains(['{', '[', ',', '#']) {
            return format!("{head}{value}");
        }
    }
    let stays = counterpart.is_none_or(|other| other.starts_with(before));
    if stays { format!("{before}{value}") } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Place;
    use crate::render::Differing;

    fn line(key: &str, function: &'static str) -> Line {
        Line {
            at: Differing { file: "c/t.yaml".into(), object: "A/b".into(), lines: Vec::new(), key: key.into() },
            circumstances: vec![Circumstance::Random],
            causes: vec![Cause { function, place: Place::new("c/t.yaml", 3, 7, None), through: Vec::new() }],
        }
    }

    fn masked(text: &str, other: Option<&str>, spots: &[(usize, Line)]) -> Masked {
        let spots: Vec<Spot<'_>> = spots.iter().map(|(line, behind)| Spot { line: *line, behind }).collect();
        mask(text, other, true, &spots, &|file| file.trim_start_matches("c/").to_owned())
    }

    #[test]
    fn a_mark_takes_the_place_of_the_value_and_names_the_function() {
        let text = "kind: A\ndata:\n  password: abc\n  more: 1";
        let found = masked(text, Some(&text.replace("abc", "abd")), &[(2, line("data.password", "randAlpha"))]);
        assert_eq!(found.text, "kind: A\ndata:\n  password: '*** randAlpha'\n  more: 1");
        assert_eq!(found.remarks, ["masked: data.password, by randAlpha at t.yaml:3:7"]);
        assert_eq!(found.lines, [1, 2, 3, 4]);
    }

    #[test]
    fn a_key_that_varies_goes_with_its_value() {
        let found = masked("data:\n  ab: 1", Some("data:\n  ac: 1"), &[(1, line("data", "randAlpha"))]);
        assert_eq!(found.text, "data:\n  '*** randAlpha'");
        let found = masked("data:\n  ab: 1", None, &[(1, line("data", "randAlpha"))]);
        assert_eq!(found.text, "data:\n  '*** randAlpha'");
    }

    #[test]
    fn of_a_certificate_one_line_is_left() {
        let text = "data:\n  tls.crt: |\n    abc\n    def\n    ghi\n  b: 1";
        let other = "data:\n  tls.crt: |\n    xbc\n    xef\n    xhi\n  b: 1";
        let spots = [2, 3, 4].map(|at| (at, line("data.tls.crt", "genCA")));
        let found = masked(text, Some(other), &spots);
        assert_eq!(found.text, "data:\n  tls.crt: |\n    '*** genCA'\n  b: 1");
        assert_eq!((found.remarks.len(), found.lines), (1, vec![1, 2, 3, 6]));
    }

    #[test]
    fn a_line_of_which_nobody_knows_why_it_differs_is_masked_and_said_to_be() {
        let found = masked("a: 1\nb: 2", Some("a: 1\nb: 3"), &[]);
        assert_eq!((found.text.as_str(), found.remarks.len()), ("a: 1\nb: '*** random numbers'", 1));
    }

    #[test]
    fn a_document_that_lost_the_end_of_a_value_is_masked_as_a_whole() {
        let text = "a: {b: 1,\n  c: 2}";
        let found = masked(text, None, &[(1, line("a.c", "randInt"))]);
        assert_eq!((found.text.as_str(), found.remarks.len()), ("# *** randInt", 1));
    }
}
