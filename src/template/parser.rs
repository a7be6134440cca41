//! From tokens to syntax trees, with Go's grammar, checks and messages.
//!
//! In: a source and a function that knows which names are functions. Out: [`Parsed`].
//! The three-token buffer is Go's: its first slot decides the line that a message names.

use super::ast::*;
use super::error::ParseError;
use super::lexer::Lexer;
use super::number;
use super::scope::Scope;
use super::text::{first_char, quote, unquote};
use super::token::{Kind, Token};
use crate::limits::{TEMPLATE_NESTING, TEMPLATE_NODES};
use crate::source::{Source, Span};
use crate::value::Str;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::cell::Cell;
use std::sync::Arc;

/// What one text holds.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The text's own template.
    pub main: Arc<Template>,
    /// What it defines, in the order of their ends.
    pub defined: Vec<Arc<Template>>,
}

impl Parsed {
    /// The same text as another source names it: many charts bring the same library chart.
    /// `None` where a `define` has the one name or the other, which makes it the main template.
    #[must_use]
    pub fn under(&self, source: Source) -> Option<Parsed> {
        let names = [&source.name, &self.main.source.name];
        if self.defined.iter().any(|template| names.contains(&&template.name)) {
            return None;
        }
        let source = Arc::new(source);
        let moved = |template: &Template| Template { source: Arc::clone(&source), ..template.clone() };
        let main = Template { name: Arc::clone(&source.name), ..moved(&self.main) };
        Some(Parsed { main: Arc::new(main), defined: self.defined.iter().map(|t| Arc::new(moved(t))).collect() })
    }
}

/// Parses a text. `function` gives the index of a function's name, or `None`.
///
/// # Errors
/// The first syntax error, in Go's words.
///
/// ```
/// use chartwright::{source::Source, template::parse};
/// let error = parse(Source::new("c/templates/a.yaml", b"\n{{ nope }}".as_slice()), &|_| None).unwrap_err();
/// assert_eq!(error.to_string(), r#"template: c/templates/a.yaml:2: function "nope" not defined"#);
/// ```
pub fn parse(source: Source, function: &dyn Fn(&str) -> Option<usize>) -> Result<Parsed, ParseError> {
    let source = Arc::new(source);
    let text = source.text.clone();
    let Scratch { code, statements, commands, operands } = SCRATCH.take();
    let mut parser = Parser {
        source: Arc::clone(&source),
        text: &text,
        lexer: Lexer::new(&text),
        function,
        tree: Tree::new(),
        defined: Vec::new(),
        places: FxHashMap::default(),
        depth: 0,
        nodes: 0,
        most: (TEMPLATE_NESTING.size(), TEMPLATE_NODES.size()),
        code,
        statements,
        commands,
        operands,
    };
    let body = parser.file()?;
    parser.add(Arc::clone(&source.name), body)?;
    let Parser { defined, mut code, statements, commands, operands, .. } = parser;
    let nodes = Arc::new(code.take());
    if text.len() < KEPT_TEXT_BYTES {
        SCRATCH.set(Scratch { code, statements, commands, operands });
    }
    let template = |Defined { name, body, slots }| {
        Arc::new(Template { name, source: Arc::clone(&source), code: Arc::clone(&nodes), body, slots })
    };
    let mut defined: Vec<_> = defined.into_iter().map(template).collect();
    // The main template was added last, under its own name, unless a define took the name.
    let main = match defined.iter().rposition(|t| t.name == source.name) {
        Some(index) => defined.remove(index),
        None => template(Defined { name: Arc::clone(&source.name), body: Slice::EMPTY, slots: 1 }),
    };
    Ok(Parsed { main, defined })
}

/// Lists to put nodes into. They grow with the first sources; from then on each source takes
/// memory for its own nodes only, and cold memory is what reading costs most.
#[derive(Default)]
struct Scratch {
    code: Code,
    statements: Vec<Statement>,
    commands: Vec<Command>,
    operands: Vec<Operand>,
}

/// The largest text that leaves its lists to the next.
const KEPT_TEXT_BYTES: usize = 1 << 20;

thread_local! {
    static SCRATCH: Cell<Scratch> = Cell::default();
}

/// A template whose code is not complete yet.
struct Defined {
    name: Arc<str>,
    body: Slice<Statement>,
    slots: usize,
}

/// What is private to one template while it is parsed.
struct Tree<'a> {
    tokens: [Token; 3],
    peeked: usize,
    scope: Scope<'a>,
    ranges: usize,
    /// Start of the action being read.
    action: Option<u32>,
}

impl Tree<'_> {
    fn new() -> Self {
        Tree { tokens: [Token::new(Kind::Eof, 0, 0); 3], peeked: 0, scope: Scope::new(), ranges: 0, action: None }
    }
}

struct Parser<'a> {
    source: Arc<Source>,
    text: &'a [u8],
    lexer: Lexer<'a>,
    function: &'a dyn Fn(&str) -> Option<usize>,
    tree: Tree<'a>,
    defined: Vec<Defined>,
    /// Where in `defined` a name stands.
    places: FxHashMap<Arc<str>, usize>,
    depth: usize,
    /// Statements and words so far, and how deep and how many they may be.
    nodes: usize,
    most: (usize, usize),
    code: Code,
    /// Nodes that wait for the end of their list: only then do all of them follow each other.
    statements: Vec<Statement>,
    commands: Vec<Command>,
    operands: Vec<Operand>,
}

/// How a list of statements ended.
enum End {
    End,
    Else,
}

enum Item {
    Statement(Statement),
    End(End),
}

type Result<T, E = ParseError> = std::result::Result<T, E>;

fn at(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

impl<'a> Parser<'a> {
    // -- tokens

    fn next(&mut self) -> Token {
        if self.tree.peeked > 0 {
            self.tree.peeked -= 1;
        } else {
            self.tree.tokens[0] = self.lexer.next();
        }
        self.tree.tokens[self.tree.peeked]
    }

    fn backup(&mut self) {
        self.tree.peeked += 1;
    }

    fn backup2(&mut self, token: Token) {
        self.tree.tokens[1] = token;
        self.tree.peeked = 2;
    }

    fn backup3(&mut self, second: Token, first: Token) {
        self.tree.tokens[1] = first;
        self.tree.tokens[2] = second;
        self.tree.peeked = 3;
    }

    fn peek(&mut self) -> Token {
        if self.tree.peeked == 0 {
            self.tree.peeked = 1;
            self.tree.tokens[0] = self.lexer.next();
        }
        self.tree.tokens[self.tree.peeked - 1]
    }

    fn next_non_space(&mut self) -> Token {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> Token {
        let token = self.next_non_space();
        self.backup();
        token
    }

    fn text_of(&self, token: &Token) -> &'a [u8] {
        token.span.of(self.text)
    }

    // -- errors

    fn fail<T>(&self, message: impl Into<String>) -> Result<T> {
        let (line, column) = self.source.line_column(self.tree.tokens[0].span.start as usize);
        Err(ParseError {
            name: Arc::clone(&self.source.name),
            line: at(line),
            column: at(column),
            message: message.into(),
        })
    }

    fn unexpected<T>(&self, token: &Token, context: &str) -> Result<T> {
        let Some(message) = self.lexer.error().filter(|_| token.kind == Kind::Error) else {
            return self.fail(format!("unexpected {} in {context}", self.show(token)));
        };
        let line = |offset: u32| self.source.line_column(offset as usize).0;
        let mut extra = String::new();
        if let Some(start) = self.tree.action
            && line(start) != line(token.span.start)
        {
            let inside = if message.ends_with(" action") { "" } else { " in action" };
            extra = format!("{inside} started at {}:{}", self.source.name, line(start));
        }
        self.fail(format!("{message}{extra}"))
    }

    fn show(&self, token: &Token) -> String {
        let text = self.text_of(token);
        match token.kind {
            Kind::Eof => "EOF".into(),
            kind if kind.is_keyword() => format!("<{}>", String::from_utf8_lossy(text)),
            _ if text.len() > 10 => {
                let mut end = 0;
                for _ in 0..10 {
                    end += first_char(&text[end..]).map_or(0, |(_, length)| length);
                }
                format!("{}...", quote(&text[..end]))
            }
            _ => quote(text),
        }
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Result<Token> {
        let token = self.next_non_space();
        if token.kind == kind { Ok(token) } else { self.unexpected(&token, context) }
    }

    // -- templates

    /// Adds a finished template.
    fn add(&mut self, name: Arc<str>, body: Slice<Statement>) -> Result<()> {
        let is_empty = |body| is_blank(self.code.list(body), self.text);
        let slots = self.tree.scope.slots();
        let known = self.places.get(&name).and_then(|&index| self.defined.get_mut(index));
        if let Some(old) = known {
            if is_empty(old.body) {
                *old = Defined { name, body, slots };
            } else if !is_empty(body) {
                let name = quote(name.as_bytes());
                return self.fail(format!("template: multiple definition of template {name}"));
            }
        } else {
            self.places.insert(Arc::clone(&name), self.defined.len());
            self.defined.push(Defined { name, body, slots });
        }
        Ok(())
    }

    fn file(&mut self) -> Result<Slice<Statement>> {
        let first = self.statements.len();
        while self.peek().kind != Kind::Eof {
            if self.peek().kind == Kind::LeftDelim {
                let delim = self.next();
                if self.next_non_space().kind == Kind::Define {
                    self.definition()?;
                    continue;
                }
                self.backup2(delim);
            }
            match self.text_or_action()? {
                Item::Statement(statement) => self.statements.push(statement),
                Item::End(End::End) => return self.fail("unexpected {{end}}"),
                Item::End(End::Else) => return self.fail("unexpected {{else}}"),
            }
        }
        Ok(self.code.take_from(&mut self.statements, first))
    }

    fn definition(&mut self) -> Result<()> {
        const CONTEXT: &str = "define clause";
        let outer = std::mem::replace(&mut self.tree, Tree::new());
        let token = self.next_non_space();
        if !matches!(token.kind, Kind::String | Kind::RawString) {
            return self.unexpected(&token, CONTEXT);
        }
        let name = self.unquote(&token)?;
        self.expect(Kind::RightDelim, CONTEXT)?;
        self.define(name, CONTEXT)?;
        self.tree = outer;
        Ok(())
    }

    /// Reads a body up to its end and adds it under a name.
    fn define(&mut self, name: Str, context: &str) -> Result<()> {
        let (body, end) = self.item_list()?;
        if let End::Else = end {
            return self.fail(format!("unexpected {{{{else}}}} in {context}"));
        }
        self.add(Arc::from(&*name.to_text()), body)
    }

    fn unquote(&mut self, token: &Token) -> Result<Str> {
        match unquote(self.text_of(token)) {
            Some(text) => Ok(text),
            None => self.fail("invalid syntax"),
        }
    }

    fn item_list(&mut self) -> Result<(Slice<Statement>, End)> {
        self.depth += 1;
        if self.depth > self.most.0 {
            return self.fail(format!("blocks nest deeper than {} (limit {})", self.most.0, TEMPLATE_NESTING.name));
        }
        let first = self.statements.len();
        while self.peek_non_space().kind != Kind::Eof {
            let item = stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.text_or_action())?;
            match item {
                Item::Statement(statement) => self.statements.push(statement),
                Item::End(end) => {
                    self.depth -= 1;
                    return Ok((self.code.take_from(&mut self.statements, first), end));
                }
            }
        }
        self.fail("unexpected EOF")
    }

    fn text_or_action(&mut self) -> Result<Item> {
        self.count_node()?;
        let token = self.next_non_space();
        match token.kind {
            Kind::Text => Ok(Item::Statement(Statement::Text(token.span))),
            Kind::LeftDelim => {
                self.tree.action = Some(token.span.start);
                let item = self.action(token.span.start);
                self.tree.action = None;
                item
            }
            _ => self.unexpected(&token, "input"),
        }
    }

    fn action(&mut self, start: u32) -> Result<Item> {
        let token = self.next_non_space();
        let statement = match token.kind {
            Kind::Block => self.block(start)?,
            Kind::Break => self.leave(&token, "{{break}}", Statement::Break)?,
            Kind::Continue => self.leave(&token, "{{continue}}", Statement::Continue)?,
            Kind::Else => return self.otherwise(),
            Kind::End => {
                self.expect(Kind::RightDelim, "end")?;
                return Ok(Item::End(End::End));
            }
            Kind::If => self.control(start, "if").map(Statement::If)?,
            Kind::Range => self.control(start, "range").map(Statement::Range)?,
            Kind::Template => self.invocation(start)?,
            Kind::With => self.control(start, "with").map(Statement::With)?,
            _ => {
                self.backup();
                let pipe = self.pipeline("command", Kind::RightDelim)?;
                Statement::Action(Action { span: self.span_from(start), pipe })
            }
        };
        Ok(Item::Statement(statement))
    }

    /// From an action's start to the delimiter that was read last.
    fn span_from(&self, start: u32) -> Span {
        Span { start, end: self.tree.tokens[0].span.end }
    }

    fn leave(&mut self, token: &Token, shown: &str, make: fn(u32) -> Statement) -> Result<Statement> {
        let next = self.next_non_space();
        if next.kind != Kind::RightDelim {
            return self.unexpected(&next, shown);
        }
        if self.tree.ranges == 0 {
            return self.fail(format!("{shown} outside {{{{range}}}}"));
        }
        Ok(make(token.span.start))
    }

    fn otherwise(&mut self) -> Result<Item> {
        if !matches!(self.peek_non_space().kind, Kind::If | Kind::With) {
            self.expect(Kind::RightDelim, "else")?;
        }
        Ok(Item::End(End::Else))
    }

    fn control(&mut self, start: u32, context: &str) -> Result<Id<Branch>> {
        let mark = self.tree.scope.mark();
        let pipe = self.pipeline(context, Kind::RightDelim)?;
        let span = self.span_from(start);
        let is_range = context == "range";
        self.tree.ranges += usize::from(is_range);
        let (body, end) = self.item_list()?;
        self.tree.ranges -= usize::from(is_range);
        let mut otherwise = None;
        if let End::Else = end {
            let next = self.peek();
            let chained = (context == "if" && next.kind == Kind::If) || (context == "with" && next.kind == Kind::With);
            otherwise = Some(if chained {
                self.next();
                let inner =
                    stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.nested_control(next.span.start, context))?;
                self.code.extend(&[if context == "if" { Statement::If(inner) } else { Statement::With(inner) }])
            } else {
                let (list, end) = self.item_list()?;
                if let End::Else = end {
                    return self.fail("expected end; found {{else}}");
                }
                list
            });
        }
        self.tree.scope.reset(mark);
        Ok(self.code.add(Branch { span, pipe, body, otherwise }))
    }

    fn nested_control(&mut self, start: u32, context: &str) -> Result<Id<Branch>> {
        self.depth += 1;
        if self.depth > self.most.0 {
            return self.fail(format!("blocks nest deeper than {} (limit {})", self.most.0, TEMPLATE_NESTING.name));
        }
        let branch = self.control(start, context);
        self.depth -= 1;
        branch
    }

    fn template_name(&mut self, token: &Token, context: &str) -> Result<Str> {
        match token.kind {
            Kind::String | Kind::RawString => self.unquote(token),
            _ => self.unexpected(token, context),
        }
    }

    fn block(&mut self, start: u32) -> Result<Statement> {
        const CONTEXT: &str = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, Kind::RightDelim)?;
        let span = self.span_from(start);
        let outer = std::mem::replace(&mut self.tree, Tree::new());
        self.define(name.clone(), CONTEXT)?;
        self.tree = outer;
        let call = Invocation { span, position: token.span.start, name, pipe: Some(pipe) };
        Ok(Statement::Template(self.code.add(call)))
    }

    fn invocation(&mut self, start: u32) -> Result<Statement> {
        const CONTEXT: &str = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let mut pipe = None;
        if self.next_non_space().kind != Kind::RightDelim {
            self.backup();
            pipe = Some(self.pipeline(CONTEXT, Kind::RightDelim)?);
        }
        let span = self.span_from(start);
        Ok(Statement::Template(self.code.add(Invocation { span, position: token.span.start, name, pipe })))
    }

    // -- expressions

    fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipe> {
        let position = self.peek_non_space().span.start;
        let (names, assigns) = self.declarations(context)?;
        // Names count for the parser from here, but the commands still see what was declared before.
        for name in &names {
            self.tree.scope.mention(name.of(self.text));
        }
        let first = self.commands.len();
        loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => break,
                Kind::Bool
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => {
                    self.backup();
                    let command = self.command()?;
                    self.commands.push(command);
                }
                _ => return self.unexpected(&token, context),
            }
        }
        let commands = self.code.take_from(&mut self.commands, first);
        self.check_pipeline(commands, context)?;
        let scope = &mut self.tree.scope;
        let text = self.text;
        let target = |name: Span| {
            let slot = if assigns { scope.slot(name.of(text)) } else { Some(scope.declare(name.of(text))) };
            Target { name, slot }
        };
        let targets: SmallVec<[Target; 2]> = names.into_iter().map(target).collect();
        let declared = self.code.extend(&targets);
        Ok(Pipe { position, declared, assigns, commands })
    }

    /// `$x :=`, `$x =`, and in a range `$i, $x :=`.
    fn declarations(&mut self, context: &str) -> Result<(SmallVec<[Span; 2]>, bool)> {
        let mut names = SmallVec::new();
        loop {
            let variable = self.peek_non_space();
            if variable.kind != Kind::Variable {
                return Ok((names, false));
            }
            self.next();
            let after = self.peek();
            let next = self.peek_non_space();
            let name = variable.span;
            if matches!(next.kind, Kind::Assign | Kind::Declare) {
                names.push(name);
                self.next_non_space();
                return Ok((names, next.kind == Kind::Assign));
            }
            if next.kind == Kind::Char && self.text_of(&next) == b"," {
                names.push(name);
                self.next_non_space();
                if context == "range" && names.len() < 2 {
                    match self.peek_non_space().kind {
                        Kind::Variable | Kind::RightDelim | Kind::RightParen => continue,
                        _ => return self.fail("range can only initialize variables"),
                    }
                }
                return self.fail(format!("too many declarations in {context}"));
            }
            if after.kind == Kind::Space {
                self.backup3(variable, after);
            } else {
                self.backup2(variable);
            }
            return Ok((names, false));
        }
    }

    fn check_pipeline(&self, commands: Slice<Command>, context: &str) -> Result<()> {
        if commands.is_empty() {
            return self.fail(format!("missing value for {context}"));
        }
        for (i, command) in self.code.list(commands).iter().enumerate().skip(1) {
            use OperandKind::{Bool, Dot, Nil, Number, String};
            let first = self.code.list(command.args).first();
            if first.is_some_and(|first| matches!(first.kind, Bool(_) | Dot | Nil | Number(_) | String(_))) {
                return self.fail(format!("non executable command in pipeline stage {}", i + 1));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Result<Command> {
        let position = self.peek_non_space().span.start;
        let first = self.operands.len();
        loop {
            self.peek_non_space();
            if let Some(operand) = self.operand()? {
                self.operands.push(operand);
            }
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelim | Kind::RightParen => self.backup(),
                Kind::Pipe => {}
                _ => return self.unexpected(&token, "operand"),
            }
            break;
        }
        if self.operands.len() == first {
            return self.fail("empty command");
        }
        Ok(Command { position, args: self.code.take_from(&mut self.operands, first) })
    }

    fn operand(&mut self) -> Result<Option<Operand>> {
        let Some(mut node) = self.term()? else { return Ok(None) };
        let first = self.peek();
        if first.kind != Kind::Field {
            return Ok(Some(node));
        }
        // Fields follow each other without anything between them.
        let mut end = first.span.end;
        while self.peek().kind == Kind::Field {
            end = self.next().span.end;
        }
        node.kind = match node.kind {
            OperandKind::Field(Fields(span)) => OperandKind::Field(Fields(Span { end, ..span })),
            OperandKind::Variable { name, slot, .. } => OperandKind::Variable { name, slot, end },
            OperandKind::Bool(_)
            | OperandKind::String(_)
            | OperandKind::Number(_)
            | OperandKind::Nil
            | OperandKind::Dot => {
                let shown = Shown { code: &self.code, text: self.text, node: &node }.to_string();
                return self.fail(format!("unexpected . after term {}", quote(shown.as_bytes())));
            }
            OperandKind::Identifier { .. } | OperandKind::Pipe(_) | OperandKind::Chain { .. } => {
                OperandKind::Chain { base: self.code.add(node), fields: Fields(Span { start: first.span.start, end }) }
            }
        };
        node.position = first.span.start;
        Ok(Some(node))
    }

    /// Counts a statement or a word.
    fn count_node(&mut self) -> Result<()> {
        self.nodes += 1;
        if self.nodes <= self.most.1 {
            return Ok(());
        }
        self.fail(TEMPLATE_NODES.exceeded("statements and words in one text"))
    }

    fn term(&mut self) -> Result<Option<Operand>> {
        self.count_node()?;
        let token = self.next_non_space();
        let text = self.text_of(&token);
        let span = token.span;
        let kind = match token.kind {
            Kind::Identifier => match std::str::from_utf8(text).ok().and_then(self.function) {
                Some(function) => OperandKind::Identifier { name: span, function: at(function) },
                None => return self.fail(format!("function {} not defined", quote(text))),
            },
            Kind::Dot => OperandKind::Dot,
            Kind::Nil => OperandKind::Nil,
            Kind::Variable => {
                let slot = self.tree.scope.slot(text);
                if slot.is_none() && !self.tree.scope.is_mentioned(text) {
                    return self.fail(format!("undefined variable {}", quote(text)));
                }
                OperandKind::Variable { name: span, end: span.end, slot }
            }
            Kind::Field => OperandKind::Field(Fields(span)),
            Kind::Bool => OperandKind::Bool(text == b"true"),
            Kind::CharConstant | Kind::Complex | Kind::Number => match number::read(text, token.kind) {
                Ok(number) => OperandKind::Number(self.code.add(number)),
                Err(message) => return self.fail(message),
            },
            Kind::LeftParen => {
                self.depth += 1;
                if self.depth > self.most.0 {
                    return self.fail("max expression depth exceeded");
                }
                let pipe = stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
                    self.pipeline("parenthesized pipeline", Kind::RightParen)
                })?;
                self.depth -= 1;
                // Go places a pipeline at its first word, inside the parenthesis.
                let position = pipe.position;
                return Ok(Some(Operand { position, kind: OperandKind::Pipe(self.code.add(pipe)) }));
            }
            Kind::String | Kind::RawString => {
                let text = self.unquote(&token)?;
                OperandKind::String(self.code.add(Quoted { quoted: span, text }))
            }
            _ => {
                self.backup();
                return Ok(None);
            }
        };
        Ok(Some(Operand { position: token.span.start, kind }))
    }
}
