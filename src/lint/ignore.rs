//! Findings that are known and accepted: by chartwright.yaml, by comments in files, by annotations of objects.
//!
//! In: entries of the configuration, texts of files, annotations. Out: for a finding, the reason why it is ignored;
//! at the end, the ignores that ignored nothing.
//!
//! ```text
//! {{/* chartwright:ignore RULE, RULE reason */}}     this line; when nothing else stands here, the next one and what
//!                                                    is indented below it, at the head of a document all of it
//! # chartwright:ignore-file RULE reason              the whole file
//! chartwright.dev/ignore: RULE, RULE reason          this object (annotation; of a pod template too)
//! chartwright.dev/ignore.RULE: reason                the same, one rule each
//! chartwright.dev/ignore.CONTAINER: RULE reason      one container of this object
//! ```

use super::config::{Config, IgnoreEntry};
use super::outcome::AcceptedBy;
use super::{Case, Finding, Object};
use crate::diag::{Diagnostic, Place};
use crate::path::Step;
use crate::pattern::{fits, matches};
use crate::source::lossy;
use crate::value::Node;
use memchr::memmem;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Rules that something ignores, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Accepted {
    rules: Vec<String>,
    reason: String,
}

/// Reads `RULE, RULE reason`; further words that name rules are rules too, comma or not.
fn accepted(text: &str, config: &Config) -> Accepted {
    let mut rules: Vec<String> = Vec::new();
    let mut rest = text.trim();
    let mut open = true;
    while !rest.is_empty() {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if !open && !config.knows(word.trim_end_matches([',', ':'])) {
            break;
        }
        rules.extend(word.trim_end_matches(':').split(',').filter(|rule| !rule.is_empty()).map(str::to_owned));
        open = word.ends_with(',');
        rest = after.trim_start();
    }
    let reason = rest.trim_start_matches(['-', '–', '—', ':']).trim();
    Accepted { rules, reason: reason.to_owned() }
}

/// A comment that ignores findings.
#[derive(Debug)]
struct Comment {
    accepted: Accepted,
    place: Place,
    /// The lines that are meant; `None` for the whole file.
    lines: Option<RangeInclusive<u32>>,
}

/// Comments of one file that count: nobody reads the reasons of more.
const MOST_COMMENTS: usize = 1_000;

const WORD: &str = "chartwright:ignore";

/// The comments of a text.
fn comments(file: &Arc<str>, text: &[u8], config: &Config) -> Vec<Comment> {
    let mut found = Vec::new();
    if memmem::find(text, WORD.as_bytes()).is_none() {
        return found;
    }
    let text = lossy(text);
    let lines: Vec<&str> = text.lines().collect();
    let mut looked: Option<Vec<Looked>> = None;
    for (number, line) in (1u32..).zip(&lines) {
        let Some((before, after)) = line.split_once(WORD) else { continue };
        let is_comment = before.contains("/*") || before.contains('#');
        let (whole, after) = after.strip_prefix("-file").map_or((false, after), |rest| (true, rest));
        if !is_comment || !after.starts_with([' ', '\t', ':']) {
            continue;
        }
        let words = after.split("*/").next().unwrap_or_default().trim_start_matches([' ', '\t', ':']);
        let behind = after.split_once("*/").map(|(_, rest)| rest.trim_start_matches(['-', ' ', '}']));
        let stands_alone = before.trim_matches([' ', '\t', '{', '-', '/', '*', '#']).is_empty()
            && behind.is_none_or(|rest| rest.trim().is_empty());
        let column = u32::try_from(before.len() + 1).unwrap_or(u32::MAX);
        let place = Place::new(Arc::clone(file), number, column, Some((*line).to_owned()));
        let lines = (!whole).then(|| match stands_alone {
            true => below(looked.get_or_insert_with(|| lines.iter().map(|line| Looked::at(line)).collect()), number),
            false => number..=number,
        });
        found.push(Comment { accepted: accepted(words, config), place, lines });
        if found.len() >= MOST_COMMENTS {
            break;
        }
    }
    found
}

/// What matters of a line to a comment above it.
struct Looked {
    indent: usize,
    is_blank: bool,
    /// It is more than a comment or nothing.
    is_content: bool,
    is_action: bool,
    is_separator: bool,
    /// It begins a document.
    is_head: bool,
}

impl Looked {
    fn at(line: &str) -> Looked {
        let bare = line.trim();
        let is_comment = bare.starts_with('#') || bare.starts_with("{{") && bare.contains(WORD);
        Looked {
            indent: line.len() - line.trim_start().len(),
            is_blank: bare.is_empty(),
            is_content: !bare.is_empty() && !is_comment,
            // Actions stand at the margin wherever they are.
            is_action: line.starts_with("{{"),
            is_separator: line.starts_with("---"),
            is_head: line.starts_with("apiVersion:") || line.starts_with("kind:"),
        }
    }
}

/// The next line that is more than a comment or nothing, and what belongs to it.
fn below(lines: &[Looked], number: u32) -> RangeInclusive<u32> {
    let mut rest = (number + 1..).zip(lines.iter().skip(number as usize));
    let Some((first, base)) = rest.find(|(_, line)| line.is_content) else { return number..=number };
    let belongs = |line: &Looked| match base.is_head {
        true => !line.is_separator,
        false => line.is_blank || line.indent > base.indent || line.is_action,
    };
    let last = rest.take_while(|(_, line)| belongs(line)).filter(|(_, line)| line.is_content).last();
    first..=last.map_or(first, |(number, _)| number)
}

/// An annotation that ignores findings.
#[derive(Debug)]
pub(super) struct Annotation {
    accepted: Accepted,
    container: Option<String>,
    path: Vec<Step>,
}

const PREFIX: &str = "chartwright.dev/ignore";

/// Where annotations stand: of the object, and of the pods that it makes.
const HOMES: [&[&str]; 4] = [
    &["metadata", "annotations"],
    &["spec", "template", "metadata", "annotations"],
    &["spec", "jobTemplate", "metadata", "annotations"],
    &["spec", "jobTemplate", "spec", "template", "metadata", "annotations"],
];

/// What the annotations of an object ignore.
pub(super) fn annotations(object: &Node, config: &Config) -> Vec<Annotation> {
    let mut found: Vec<Annotation> = Vec::new();
    for home in HOMES {
        let Some(map) = home.iter().try_fold(object, |node, key| node.get(key)).and_then(Node::as_map) else {
            continue;
        };
        let mut reasons: Vec<(String, String)> = Vec::new();
        let first = found.len();
        for (key, value) in map {
            let key = key.to_text();
            let Some(rest) = key.strip_prefix(PREFIX) else { continue };
            let text = value.as_text().unwrap_or_default();
            let path: Vec<Step> = home.iter().copied().chain([&*key]).map(|key| Step::Key(key.to_owned())).collect();
            match rest.strip_prefix('.') {
                None if rest.is_empty() => {
                    let lines = text.lines().filter(|line| !line.trim().is_empty());
                    let one =
                        |line| Annotation { accepted: accepted(line, config), container: None, path: path.clone() };
                    found.extend(lines.map(one));
                }
                None => {}
                Some(name) if config.knows(name) => {
                    let reason = text.trim().to_owned();
                    reasons.push((name.to_owned(), reason.clone()));
                    let accepted = Accepted { rules: vec![name.to_owned()], reason };
                    found.push(Annotation { accepted, container: None, path });
                }
                Some(name) if has_container(object, name) => {
                    let accepted = accepted(&text, config);
                    found.push(Annotation { accepted, container: Some(name.to_owned()), path });
                }
                Some(name) => {
                    let accepted = Accepted { rules: vec![name.to_owned()], reason: text.trim().to_owned() };
                    found.push(Annotation { accepted, container: None, path });
                }
            }
        }
        // `ignore: RULE` may have its reason in `ignore.RULE`.
        for listed in found.iter_mut().skip(first).filter(|listed| listed.accepted.reason.is_empty()) {
            let reason = reasons.iter().find(|(rule, _)| listed.accepted.rules.contains(rule));
            listed.accepted.reason = reason.map(|(_, reason)| reason.clone()).unwrap_or_default();
        }
    }
    found
}

fn has_container(object: &Node, name: &str) -> bool {
    let specs = ["spec", "spec.template.spec", "spec.jobTemplate.spec.template.spec"];
    let specs = specs.iter().filter_map(|path| object.find(path));
    let lists = specs.flat_map(|spec| CONTAINERS.iter().filter_map(|key| spec.get(key)));
    lists.flat_map(Node::items).any(|container| is_named(container, name))
}

const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

fn is_named(container: &Node, name: &str) -> bool {
    container.get("name").and_then(Node::as_text).is_some_and(|text| text == name)
}

/// Whether a path leads into a container of that name.
fn leads_into(object: &Node, path: &[Step], name: &str) -> bool {
    let mut node = object;
    let mut in_list = false;
    for step in path {
        let Some(inner) = node.step(step) else { return false };
        if in_list && is_named(inner, name) {
            return true;
        }
        in_list = matches!(step, Step::Key(key) if CONTAINERS.contains(&key.as_str()));
        node = inner;
    }
    false
}

/// What ignored something: for the list of those that did not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// An entry of the configuration, by its number.
    Entry(usize),
    /// A comment, by its number.
    Comment(usize),
    /// An annotation: its file and line, and the rule.
    Annotation(Arc<str>, u32, String),
}

impl Source {
    /// What a report calls it.
    pub fn kind(&self) -> AcceptedBy {
        match self {
            Source::Entry(_) => AcceptedBy::Configuration,
            Source::Comment(_) => AcceptedBy::Comment,
            Source::Annotation(..) => AcceptedBy::Annotation,
        }
    }
}

/// Why a finding is ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reason {
    pub text: String,
    pub source: Source,
}

/// The reason that an object's annotations give.
pub(super) fn by_annotation(case: &Case, object: &Object, path: &[Step], rule: &str) -> Option<Reason> {
    let all = annotations(&object.node, &case.config);
    let found = all.iter().find(|annotation| {
        let is_rule = annotation.accepted.rules.iter().any(|own| own == rule);
        let is_here = annotation.container.as_ref().is_none_or(|name| leads_into(&object.node, path, name));
        is_rule && is_here && !annotation.accepted.reason.is_empty()
    })?;
    let place = case.place(object, &found.path)?;
    let source = Source::Annotation(place.file, place.line, rule.to_owned());
    Some(Reason { text: found.accepted.reason.clone(), source })
}

/// All ignores of a run but annotations, and which of all did something.
pub(super) struct Ignores<'c> {
    config: &'c Config,
    comments: Vec<Comment>,
    used: BTreeSet<Source>,
}

impl<'c> Ignores<'c> {
    /// Reads the comments of these files.
    pub fn new<'t>(config: &'c Config, files: impl Iterator<Item = (Arc<str>, &'t [u8])>) -> Self {
        let comments = files.flat_map(|(file, text)| comments(&file, text, config)).collect();
        Ignores { config, comments, used: BTreeSet::new() }
    }

    /// An annotation did something.
    pub fn note(&mut self, source: &Source) {
        self.used.insert(source.clone());
    }

    /// The reason why a finding of one case is ignored; `relative` is the name of its file in the chart.
    pub fn reason(&mut self, finding: &Finding, case: Option<&str>, relative: &str) -> Option<Reason> {
        let comment = self.comments.iter().position(|comment| {
            let place = finding.diagnostic.place.as_ref();
            !comment.accepted.reason.is_empty()
                && comment.accepted.rules.iter().any(|rule| rule == finding.rule())
                && place.is_some_and(|place| {
                    place.file == comment.place.file
                        && comment.lines.as_ref().is_none_or(|lines| lines.contains(&place.line))
                })
        });
        let entry = || self.config.ignores.iter().position(|entry| is_meant(entry, finding, case, relative));
        let (text, source) = match comment {
            Some(at) => (self.comments.get(at).map(|comment| &comment.accepted.reason), Source::Comment(at)),
            None => {
                let at = entry()?;
                (self.config.ignores.get(at).map(|entry| &entry.settings.reason), Source::Entry(at))
            }
        };
        self.used.insert(source.clone());
        Some(Reason { text: text.cloned().unwrap_or_default(), source })
    }

    /// What is wrong with ignores: they have no reason, name no rule, or ignored nothing although `is_on` says that
    /// the rule was looked for.
    pub fn problems(&self, cases: &[Case], is_on: impl Fn(&str) -> bool, is_whole: bool) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let unused = |what: String, place: &Place| {
            Diagnostic::warning("unused-ignore", format!("nothing is found that this ignores: {what}"))
                .at(place.clone())
        };
        for (at, entry) in self.config.ignores.iter().enumerate() {
            let rules = entry.settings.rule.all();
            let looked_for = rules.iter().any(|rule| rule.contains('*') || self.config.knows(rule) && is_on(rule));
            if is_whole && looked_for && !self.used.contains(&Source::Entry(at)) {
                found.push(unused(rules.join(", "), &entry.place));
            }
        }
        for (at, comment) in self.comments.iter().enumerate() {
            let looked_for = self.wrong(&comment.accepted, &comment.place, &is_on, &mut found);
            if is_whole && looked_for && !self.used.contains(&Source::Comment(at)) {
                found.push(unused(comment.accepted.rules.join(", "), &comment.place));
            }
        }
        let mut told: BTreeSet<Source> = BTreeSet::new();
        for case in cases {
            for object in case.objects.iter().filter(|object| mentions(&object.node)) {
                for annotation in annotations(&object.node, self.config) {
                    let Some(place) = case.place(object, &annotation.path) else { continue };
                    let source = |rule: &str| Source::Annotation(Arc::clone(&place.file), place.line, rule.to_owned());
                    if !told.insert(source(&annotation.accepted.rules.join(","))) {
                        continue;
                    }
                    self.wrong(&annotation.accepted, &place, &is_on, &mut found);
                    let idle = annotation.accepted.rules.iter().filter(|rule| self.config.knows(rule) && is_on(rule));
                    let idle = idle.filter(|rule| !self.used.contains(&source(rule)));
                    if is_whole && !annotation.accepted.reason.is_empty() {
                        found.extend(idle.map(|rule| unused(rule.clone(), &place)));
                    }
                }
            }
        }
        found
    }

    /// Tells what is wrong with the words of an ignore; whether any of its rules was looked for.
    fn wrong(
        &self,
        accepted: &Accepted,
        place: &Place,
        is_on: &impl Fn(&str) -> bool,
        found: &mut Vec<Diagnostic>,
    ) -> bool {
        for rule in accepted.rules.iter().filter(|rule| !self.config.knows(rule)) {
            let mut unknown = Diagnostic::warning("unknown-rule", format!("there is no rule `{rule}`"));
            unknown.help = self.config.nearest_rule(rule).map(|near| format!("did you mean `{near}`?"));
            found.push(unknown.at(place.clone()));
        }
        if accepted.reason.is_empty() {
            let text = "an ignore says no reason, so it is not applied";
            found.push(Diagnostic::error("ignore-without-reason", text).at(place.clone()));
            return false;
        }
        accepted.rules.iter().any(|rule| self.config.knows(rule) && is_on(rule))
    }
}

/// Whether an object has such annotations at all.
fn mentions(object: &Node) -> bool {
    let homes = HOMES.iter().filter_map(|home| home.iter().try_fold(object, |node, key| node.get(key)));
    homes.filter_map(Node::as_map).any(|map| map.keys().any(|key| key.to_text().starts_with(PREFIX)))
}

fn is_meant(entry: &IgnoreEntry, finding: &Finding, case: Option<&str>, relative: &str) -> bool {
    let settings = &entry.settings;
    let is_rule = settings.rule.all().iter().any(|rule| matches(rule, finding.rule(), false));
    let is_object = settings.object.as_ref().is_none_or(|wanted| {
        finding
            .object
            .as_ref()
            .is_some_and(|object| matches(wanted, &object.to_string(), false) || matches(wanted, &object.name, false))
    });
    let is_path = settings.path.as_ref().is_none_or(|wanted| fits(wanted, &finding.path));
    let is_file = settings.file.as_ref().is_none_or(|wanted| {
        let place = finding.diagnostic.place.as_ref();
        place.is_some_and(|place| matches(wanted, relative, true) || matches(wanted, &place.file, true))
    });
    let is_case = settings.case.as_ref().is_none_or(|wanted| case.is_some_and(|case| matches(wanted, case, false)));
    is_rule && is_object && is_path && is_file && is_case
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_begins_where_words_are_no_rules() {
        let config = Config::default();
        let read = |text| {
            let found = accepted(text, &config);
            (found.rules.join("+"), found.reason)
        };
        assert_eq!(read("a-b, c-d we know"), ("a-b+c-d".into(), "we know".into()));
        assert_eq!(read("a-b: we know"), ("a-b".into(), "we know".into()));
        assert_eq!(
            read("duplicate-object unknown-rule we know"),
            ("duplicate-object+unknown-rule".into(), "we know".into())
        );
        assert_eq!(read("a-b,c-d"), ("a-b+c-d".into(), String::new()));
        assert_eq!(read("a-b — we know"), ("a-b".into(), "we know".into()));
    }

    fn meant(text: &str) -> Vec<(String, Option<RangeInclusive<u32>>)> {
        let found = comments(&Arc::from("t"), text.as_bytes(), &Config::default());
        found.into_iter().map(|comment| (comment.accepted.rules.join("+"), comment.lines)).collect()
    }

    #[test]
    fn a_comment_is_about_its_line_or_alone_about_what_follows() {
        let text =
            "{{/* chartwright:ignore-file a r */}}\nkind: A # chartwright:ignore b r\nurl: chartwright:ignore d r\n";
        assert_eq!(meant(text), [("a".into(), None), ("b".into(), Some(2..=2))]);
        let text =
            "{{- /* chartwright:ignore c r */ -}}\n# more\nspec:\n  a: 1\n{{- if .x }}\n  b: 1\n{{- end }}\nd: 1\n";
        assert_eq!(meant(text), [("c".into(), Some(3..=7))]);
        let text = "# chartwright:ignore c r\napiVersion: v1\nkind: A\n---\nkind: B\n";
        assert_eq!(meant(text), [("c".into(), Some(2..=3))]);
    }
}
