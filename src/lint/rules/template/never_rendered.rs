//! Files of templates that render nothing, whatever the values are.
//!
//! A component behind a switch that is off by default renders nothing in most cases, and is as it should be. So that no
//! case renders a file is only where the look begins. Then the file must be dead by itself: all that it could print stands
//! behind conditions that are false for good, because they are literals, or because they read values that exist nowhere,
//! neither in values.yaml and its comments nor in the schema, the README, a template that puts them there or any case.
//! What a template calls, a loop runs over or the cluster answers is not guessed at, and keeps the file alive.

use crate::chart::Chart;
use crate::diag::Severity;
use crate::lint::survey::{PathId, Survey, Use, is_partial};
use crate::lint::{Check, Findings, On, Rule, Subject};
use crate::nearest::nearest;
use crate::source::Span;
use crate::template::Template;
use crate::template::ast::{Branch, Command, Fields, Operand, OperandKind, Pipe, Slice, Statement};
use crate::value::{Data, Node};
use std::cell::RefCell;
use std::collections::BTreeSet;

pub(super) const RULES: &[Rule] = &[RULE];

const RULE: Rule = Rule {
    id: "never-rendered",
    severity: Severity::Warning,
    summary: "a template file renders nothing, whatever the values are",
    why: "What it was written for never reaches a cluster, and nobody is told.",
    fix: "Correct the condition, or remove the file; of a file that only defines templates the name begins with `_`.",
    on: On::Default,
    check: Check::Subject(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let (Some(survey), Some(chart), Some(compiled)) = (subject.survey(), subject.chart(), &subject.input.chart) else {
        return;
    };
    if chart.metadata().is_library() {
        return;
    }
    let mut blank: BTreeSet<&str> = BTreeSet::new();
    let mut full: BTreeSet<&str> = BTreeSet::new();
    for file in subject.cases.iter().filter(|case| case.attempt.errors.is_empty()).flat_map(|case| &case.attempt.files)
    {
        if !full.contains(&*file.path) {
            if is_blank(file.text.as_bytes()) { &mut blank } else { &mut full }.insert(&file.path);
        }
    }
    blank.retain(|path| !full.contains(path) && !is_partial(path) && !path.ends_with("/NOTES.txt"));
    if blank.is_empty() {
        return;
    }
    for file in compiled.templates().into_iter().filter(|file| file.depth == 0 && blank.contains(&*file.path)) {
        let Ok(parsed) = &file.parsed else { continue };
        let template = &*parsed.main;
        let look = Look { subject, chart, survey, template, dead: RefCell::default() };
        if look.prints(template.body, true) {
            continue;
        }
        let dead = look.dead.into_inner();
        let Some(first) = dead.first() else {
            let text = match parsed.defined.is_empty() {
                true => "this file renders nothing: there is nothing in it but comments and blanks",
                false => "this file renders nothing: it only defines templates",
            };
            // It does no harm, but to who looks for what the chart does.
            findings.at(&RULE, template.source.place(Span::new(0, 0)), text).diagnostic.severity = Severity::Note;
            continue;
        };
        let why = match &first.missing {
            Some(path) => format!("`{path}` is defined nowhere, and nothing in this file is rendered without it"),
            None => "this condition is never true, and nothing in this file is rendered without it".to_owned(),
        };
        let finding = findings.at(&RULE, template.source.place(first.span), why);
        if let Some(path) = &first.missing {
            finding.path.clone_from(path);
            if let Some(near) = near(chart, path) {
                finding.diagnostic.help = Some(format!("did you mean `{near}`?"));
            }
        }
    }
}

/// Whether a text has neither data nor templates: blanks, comments of YAML, separators.
fn is_blank(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.all(|line| line.is_empty() || line.starts_with(b"#") || line == b"---")
}

/// The path beside it that looks most like it.
fn near(chart: &Chart, path: &str) -> Option<String> {
    let keys: Vec<&str> = path.split('.').collect();
    let mut node = chart.values();
    for (depth, key) in keys.iter().enumerate() {
        if let Some(below) = node.get(key) {
            node = below;
            continue;
        }
        let known: Vec<String> = node.as_map()?.keys().map(ToString::to_string).collect();
        let near = nearest(key, known.iter().map(String::as_str))?;
        let (before, after) = (keys.get(..depth)?, keys.get(depth + 1..)?);
        return Some([before, &[near], after].concat().join("."));
    }
    None
}

/// What is known of a condition without values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    Always,
    Never,
    Unknown,
}

/// What conditions are together of which one alone decides; they are `otherwise` when all are.
fn decided(all: impl Iterator<Item = Truth>, decides: Truth, otherwise: Truth) -> Truth {
    let all: Vec<Truth> = all.collect();
    if all.contains(&decides) {
        decides
    } else if all.iter().all(|truth| *truth == otherwise) {
        otherwise
    } else {
        Truth::Unknown
    }
}

/// A branch that is never taken, and the value that it asks for.
struct Dead {
    span: Span,
    missing: Option<String>,
}

/// Functions that do something besides what they return.
const EFFECTS: [&[u8]; 8] = [b"set", b"merge", b"include", b"template", b"tpl", b"fail", b"required", b"lookup"];

/// How deep conditions and branches are followed.
const MOST_DEPTH: usize = 64;

/// One file that is looked at.
struct Look<'a> {
    subject: &'a Subject<'a>,
    chart: &'a Chart,
    survey: &'a Survey,
    template: &'a Template,
    dead: RefCell<Vec<Dead>>,
}

impl Look<'_> {
    /// Whether these statements may print or do something. `is_root`: the dot is the root object.
    fn prints(&self, body: Slice<Statement>, is_root: bool) -> bool {
        self.prints_at(body, is_root, 0)
    }

    fn prints_at(&self, body: Slice<Statement>, is_root: bool, depth: usize) -> bool {
        let code = &self.template.code;
        depth > MOST_DEPTH
            || code.list(body).iter().any(|statement| match statement {
                Statement::Text(span) => !is_blank(self.template.text(*span)),
                Statement::Action(action) => action.pipe.declared.is_empty() || self.does(action.span),
                Statement::Template(_) => true,
                Statement::Break(_) | Statement::Continue(_) => false,
                Statement::If(id) => self.branch(code.node(*id), is_root, is_root, depth),
                Statement::With(id) | Statement::Range(id) => self.branch(code.node(*id), is_root, false, depth),
            })
    }

    fn branch(&self, branch: &Branch, is_root: bool, inside: bool, depth: usize) -> bool {
        let mut missing = None;
        let truth = self.pipe(&branch.pipe, is_root, &mut missing, depth);
        if self.does(branch.span) {
            return true;
        }
        if truth == Truth::Never {
            self.dead.borrow_mut().push(Dead { span: branch.span, missing });
        }
        truth != Truth::Never && self.prints_at(branch.body, inside, depth + 1)
            || truth != Truth::Always && branch.otherwise.is_some_and(|body| self.prints_at(body, is_root, depth + 1))
    }

    /// Whether an action may do more than compute.
    fn does(&self, span: Span) -> bool {
        let text = self.template.text(span);
        EFFECTS.iter().any(|word| memchr::memmem::find(text, word).is_some())
    }

    fn pipe(&self, pipe: &Pipe, is_root: bool, missing: &mut Option<String>, depth: usize) -> Truth {
        match self.template.code.list(pipe.commands) {
            [command] if depth < MOST_DEPTH => self.command(command, is_root, missing, depth + 1),
            _ => Truth::Unknown,
        }
    }

    fn command(&self, command: &Command, is_root: bool, missing: &mut Option<String>, depth: usize) -> Truth {
        let Some((first, rest)) = self.template.code.list(command.args).split_first() else { return Truth::Unknown };
        let OperandKind::Identifier { name, .. } = first.kind else {
            return if rest.is_empty() { self.operand(first, is_root, missing, depth) } else { Truth::Unknown };
        };
        let mut all = rest.iter().map(|operand| self.operand(operand, is_root, missing, depth));
        match (self.template.text(name), rest) {
            (b"not", [_]) => match all.next() {
                Some(Truth::Always) => Truth::Never,
                Some(Truth::Never) => Truth::Always,
                _ => Truth::Unknown,
            },
            (b"and", [_, ..]) => decided(all, Truth::Never, Truth::Always),
            (b"or", [_, ..]) => decided(all, Truth::Always, Truth::Never),
            (b"default", [_, _]) => match (all.next(), all.next()) {
                (Some(other), Some(Truth::Never)) => other,
                (_, Some(Truth::Always)) => Truth::Always,
                _ => Truth::Unknown,
            },
            // What is not there is no text and no number.
            (b"eq", [one, other]) => {
                drop(all);
                let is_literal =
                    |operand: &Operand| matches!(operand.kind, OperandKind::String(_) | OperandKind::Number(_));
                let path = if is_literal(other) { one } else { other };
                let known = self.path(path, is_root).filter(|_| is_literal(one) != is_literal(other));
                match known.and_then(|keys| self.missing(&keys)) {
                    Some(path) => {
                        missing.get_or_insert(path);
                        Truth::Never
                    }
                    None => Truth::Unknown,
                }
            }
            _ => Truth::Unknown,
        }
    }

    fn operand(&self, operand: &Operand, is_root: bool, missing: &mut Option<String>, depth: usize) -> Truth {
        let code = &self.template.code;
        let of = |truth| if truth { Truth::Always } else { Truth::Never };
        match operand.kind {
            OperandKind::Bool(truth) => of(truth),
            OperandKind::Nil => Truth::Never,
            OperandKind::String(id) => of(!code.node(id).text.is_empty()),
            OperandKind::Number(id) => of(code.node(id).float != Some(0.0)),
            OperandKind::Pipe(id) => self.pipe(code.node(id), is_root, missing, depth),
            _ => match self.path(operand, is_root).and_then(|keys| self.missing(&keys)) {
                Some(path) => {
                    missing.get_or_insert(path);
                    Truth::Never
                }
                None => Truth::Unknown,
            },
        }
    }

    /// The keys below the values that an operand reads: `.Values.a.b`, `$.Values.a`, `(.Values.a).b`.
    fn path(&self, operand: &Operand, is_root: bool) -> Option<Vec<String>> {
        let code = &self.template.code;
        let names = |fields: Fields| {
            let text = String::from_utf8_lossy(self.template.text(fields.0)).into_owned();
            text.split('.').filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        let strip = |mut names: Vec<String>| {
            let is_value = names.first().is_some_and(|first| first == "Values") && names.len() > 1;
            is_value.then(|| names.split_off(1))
        };
        match operand.kind {
            OperandKind::Field(fields) if is_root => strip(names(fields)),
            OperandKind::Variable { name, end, .. } if self.template.text(name) == b"$" => {
                strip(names(OperandKind::fields_of(name, end)))
            }
            OperandKind::Chain { base, fields } => {
                let OperandKind::Pipe(id) = code.node(base).kind else { return None };
                let [command] = code.list(code.node(id).commands) else { return None };
                let [inner] = code.list(command.args) else { return None };
                // Brackets in brackets are not looked into: nobody writes them.
                let is_plain = matches!(inner.kind, OperandKind::Field(_) | OperandKind::Variable { .. });
                let mut keys = self.path(inner, is_root).filter(|_| is_plain)?;
                keys.extend(names(fields));
                Some(keys)
            }
            _ => None,
        }
    }

    /// The path, where no such value exists anywhere.
    fn missing(&self, keys: &[String]) -> Option<String> {
        let top = keys.first()?;
        let chart = self.chart;
        // Charts above set the first three; of others' values little is known here.
        let declared = chart.metadata().dependencies.iter().flatten();
        let is_others = matches!(top.as_str(), "global" | "tags" | "enabled")
            || chart.dependencies().iter().any(|dependency| dependency.name() == top)
            || declared.into_iter().any(|dependency| dependency.name == *top || dependency.alias == *top);
        if is_others || self.survey.found.is_vague || may_have(chart.values(), keys) {
            return None;
        }
        let values =
            self.subject.cases.iter().chain(&self.subject.failing).filter_map(|case| case.attempt.prepared.as_ref());
        if values.into_iter().any(|prepared| may_have(&prepared.values, keys)) {
            return None;
        }
        // A template may put it there, or something around it.
        let paths = &self.survey.found.paths;
        let mut at = Some(PathId::ROOT);
        for key in keys {
            at = at.and_then(|path| paths.find(path, key));
            if at.is_some_and(|path| paths.first(path, Use::Set).is_some()) {
                return None;
            }
        }
        let path = keys.join(".");
        let name = keys.last()?;
        (!is_told(chart, &path, name)).then_some(path)
    }
}

/// Whether a value is there, or stands where users fill in what they like.
fn may_have(root: &Node, keys: &[String]) -> bool {
    let mut node = root;
    for (depth, key) in keys.iter().enumerate() {
        match &node.data {
            Data::Map(map) if !map.is_empty() || depth == 0 => match node.get(key) {
                Some(below) => node = below,
                None => return false,
            },
            // Of a plain value there are no fields; what is empty may be filled.
            Data::Bool(_) | Data::Int(_) | Data::Float(_) => return false,
            _ => return true,
        }
    }
    true
}

/// Whether a comment, the schema or a text for people knows the value.
fn is_told(chart: &Chart, path: &str, name: &str) -> bool {
    let find = |data: &[u8], word: &str| memchr::memmem::find(data, word.as_bytes()).is_some();
    chart.raw().iter().any(|file| match &*file.name {
        "values.schema.json" => find(&file.data, &format!("\"{name}\"")) || find(&file.data, "$ref"),
        "values.yaml" => String::from_utf8_lossy(&file.data).lines().any(|line| {
            let comment = line.split_once('#').map(|(_, comment)| comment).unwrap_or_default();
            comment.contains(path) || comment.trim_start_matches(['#', ' ', '-']).starts_with(&format!("{name}:"))
        }),
        other => other.ends_with(".md") && find(&file.data, path),
    })
}
