//! All places of a file where a run can go one way or another, and which counter tells of each way.
//!
//! In: a parsed file. Out: [`Listing`]: its probes, those around others first, and its lists of statements, from which
//! follows how often a line ran.

use super::Kind;
use super::blocks::{Block, Blocks};
use crate::source::Span;
use crate::template::ast::{Branch, Command, Operand, OperandKind, Pipe, Slice, Statement};
use crate::template::probes::{CHOOSERS, Numbers};
use crate::template::{Parsed, Template};
use std::sync::Arc;

/// What tells how often something ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Counter {
    /// A counter of the file's [`Numbers`].
    Number(u32),
    /// The calls of a template of the file: of itself (0), or of one that it defines.
    Called(usize),
}

/// One way to go.
#[derive(Debug)]
pub(super) struct Way {
    pub label: String,
    pub counter: Counter,
    pub range: Span,
}

/// A place where a run can go one way or another.
#[derive(Debug)]
pub(super) struct Site {
    pub kind: Kind,
    pub offset: u32,
    pub text: String,
    /// The template, by its place in [`Listing::templates`].
    pub template: usize,
    /// What ran whenever this is come to.
    pub parent: Counter,
    pub ways: Vec<Way>,
}

/// Statements that run one after the other.
#[derive(Debug)]
pub(super) struct List {
    pub counter: Counter,
    /// Each with its number, and where its text or opening action stands.
    pub statements: Vec<(u32, Span, bool)>,
}

/// What a file holds.
#[derive(Debug)]
pub(super) struct Listing {
    pub templates: Vec<Arc<Template>>,
    pub sites: Vec<Site>,
    pub lists: Vec<List>,
    pub blocks: Blocks,
}

/// How much is shown of an expression.
const MOST_SHOWN: usize = 100;

/// Stack to have left for one more level, and to add where there is less.
const STACK: (usize, usize) = (64 * 1024, 1024 * 1024);

impl Listing {
    /// Lists what a file holds.
    pub fn of(parsed: &Parsed) -> Listing {
        let templates: Vec<_> = std::iter::once(&parsed.main).chain(&parsed.defined).cloned().collect();
        let text = &parsed.main.source.text;
        let mut listing = Listing { templates, sites: Vec::new(), lists: Vec::new(), blocks: Blocks::read(text) };
        for (number, template) in listing.templates.clone().iter().enumerate() {
            let counter = Counter::Called(number);
            if number > 0 {
                let block = listing.blocks.named(&template.name);
                let way = Way { label: "called".to_owned(), counter, range: block.map_or(Span::default(), |b| b.body) };
                let offset = block.map_or(0, |block| block.start);
                let (text, parent) = (template.name.to_string(), Counter::Called(number));
                listing.sites.push(Site {
                    kind: Kind::Define,
                    offset,
                    text,
                    template: number,
                    parent,
                    ways: vec![way],
                });
            }
            let numbers = template.code.numbers(&template.source.text);
            let mut look = Look { template, numbers, number, listing: &mut listing };
            look.list(template.body, counter);
        }
        listing.sites.sort_by_key(|site| site.offset);
        listing
    }
}

struct Look<'l> {
    template: &'l Template,
    numbers: &'l Numbers,
    number: usize,
    listing: &'l mut Listing,
}

impl Look<'_> {
    fn list(&mut self, body: Slice<Statement>, counter: Counter) {
        let code = Arc::clone(&self.template.code);
        let mut statements = Vec::with_capacity(body.len());
        for statement in code.list(body) {
            let span = match statement {
                Statement::Text(span) => *span,
                Statement::Action(action) => action.span,
                Statement::If(id) | Statement::With(id) | Statement::Range(id) => code.node(*id).span,
                Statement::Template(id) => code.node(*id).span,
                Statement::Break(at) | Statement::Continue(at) => Span { start: *at, end: *at },
            };
            let is_text = matches!(statement, Statement::Text(_));
            statements.push((Numbers::statement(&code, statement).unwrap_or(u32::MAX), span, is_text));
            match statement {
                Statement::Action(action) => self.pipe(&action.pipe, counter),
                Statement::If(id) => self.branch(Kind::If, code.node(*id), counter),
                Statement::With(id) => self.branch(Kind::With, code.node(*id), counter),
                Statement::Range(id) => self.branch(Kind::Range, code.node(*id), counter),
                Statement::Template(id) => code.node(*id).pipe.iter().for_each(|pipe| self.pipe(pipe, counter)),
                Statement::Text(_) | Statement::Break(_) | Statement::Continue(_) => {}
            }
        }
        self.listing.lists.push(List { counter, statements });
    }

    fn branch(&mut self, kind: Kind, branch: &Branch, parent: Counter) {
        let code = &self.template.code;
        let counter = |arm| self.numbers.branch(code, branch, arm).map_or(parent, Counter::Number);
        let (body, otherwise) = (counter(0), counter(1));
        let text = &self.template.source.text;
        let is_chained = !branch.span.of(text).starts_with(b"{{");
        let block = self.listing.blocks.at(branch.span.start);
        let range = |of: fn(&Block) -> Option<Span>| block.and_then(of).unwrap_or_default();
        let labels = match (kind, branch.otherwise) {
            (Kind::Range, _) => ("each", "empty"),
            (_, Some(_)) => ("taken", "else"),
            (_, None) => ("taken", "not taken"),
        };
        let way = |label: &str, counter, range| Way { label: label.to_owned(), counter, range };
        let ways = vec![
            way(labels.0, body, range(|block| Some(block.body))),
            way(labels.1, otherwise, range(|block| block.otherwise)),
        ];
        self.listing.sites.push(Site {
            kind: if is_chained { Kind::ElseIf } else { kind },
            offset: branch.span.start,
            text: expression(text, branch.pipe.position),
            template: self.number,
            parent,
            ways,
        });
        stacker::maybe_grow(STACK.0, STACK.1, || {
            self.pipe(&branch.pipe, parent);
            self.list(branch.body, body);
            branch.otherwise.into_iter().for_each(|list| self.list(list, otherwise));
        });
    }

    fn pipe(&mut self, pipe: &Pipe, parent: Counter) {
        let code = Arc::clone(&self.template.code);
        for (number, command) in code.list(pipe.commands).iter().enumerate() {
            let operands = code.list(command.args);
            self.choice(command, operands, number > 0, parent);
            for operand in operands {
                self.operand(operand, parent);
            }
        }
    }

    fn operand(&mut self, operand: &Operand, parent: Counter) {
        let code = Arc::clone(&self.template.code);
        stacker::maybe_grow(STACK.0, STACK.1, || match operand.kind {
            OperandKind::Pipe(id) => self.pipe(code.node(id), parent),
            OperandKind::Chain { base, .. } => self.operand(code.node(base), parent),
            _ => {}
        });
    }

    /// A call that chooses among its operands; `piped` when one more comes down the pipeline.
    fn choice(&mut self, command: &Command, operands: &[Operand], piped: bool, parent: Counter) {
        let Some((OperandKind::Identifier { name, .. }, given)) =
            operands.split_first().map(|(f, rest)| (f.kind, rest))
        else {
            return;
        };
        let text = &self.template.source.text;
        let Some(function) = CHOOSERS.iter().find(|chooser| chooser.as_bytes() == name.of(text)) else { return };
        let count = given.len() + usize::from(piped);
        let operand = |number: usize| match given.get(number) {
            Some(operand) => self.shown(operand),
            None => "what is piped in".to_owned(),
        };
        let numbered = |number: usize| format!("operand {}: {}", number + 1, operand(number));
        let (kind, labels) = match (*function, count) {
            ("default", 2) => {
                (Kind::Default, vec![format!("value: {}", operand(1)), format!("fallback: {}", operand(0))])
            }
            ("ternary", 3) => (Kind::Ternary, vec![format!("true: {}", operand(0)), format!("false: {}", operand(1))]),
            ("and", 2..) => (Kind::And, (0..count).map(numbered).collect()),
            ("or", 2..) => (Kind::Or, (0..count).map(numbered).collect()),
            ("coalesce", 2..) => {
                (Kind::Coalesce, (0..count).map(numbered).chain(["none of them".to_owned()]).collect::<Vec<_>>())
            }
            // With fewer there is nothing to choose, and with others it fails.
            _ => return,
        };
        let offset = command.position;
        let ways = labels.into_iter().zip(0..).filter_map(|(label, arm)| {
            let counter = self.numbers.operand(&self.template.code, command, arm)?;
            Some(Way { label, counter: Counter::Number(counter), range: Span { start: offset, end: offset } })
        });
        let (ways, text) = (ways.collect(), expression(text, offset));
        self.listing.sites.push(Site { kind, offset, text, template: self.number, parent, ways });
    }

    fn shown(&self, operand: &Operand) -> String {
        match operand.kind {
            OperandKind::Pipe(id) => {
                let pipe = self.template.code.node(id);
                format!("({})", expression(&self.template.source.text, pipe.position))
            }
            OperandKind::Chain { .. } => expression(&self.template.source.text, operand.position),
            _ => cut(&self.template.shown(operand).to_string()),
        }
    }
}

/// An expression from an offset on, up to the end of its action or of the brackets around it, in one line.
fn expression(text: &[u8], offset: u32) -> String {
    let rest = text.get(offset as usize..).unwrap_or_default();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = rest.get(at).filter(|_| at < MOST_SHOWN * 4) {
        match byte {
            b'}' if rest.get(at + 1) == Some(&b'}') => break,
            b')' if depth == 0 => break,
            b')' => depth -= 1,
            b'(' => depth += 1,
            b'"' | b'`' => {
                let behind = rest.get(at + 1..).unwrap_or_default();
                at += behind.iter().position(|other| other == byte).unwrap_or(behind.len()) + 1;
            }
            _ => {}
        }
        at += 1;
    }
    let found = String::from_utf8_lossy(rest.get(..at.min(rest.len())).unwrap_or_default()).into_owned();
    let words: Vec<&str> = found.split_whitespace().collect();
    let is_trimmed = rest.get(at) == Some(&b'}');
    let words = match words.split_last() {
        Some((&"-", before)) if is_trimmed => before,
        _ => words.as_slice(),
    };
    cut(&words.join(" "))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
