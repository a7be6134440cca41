//! From a node back to source text, in Go's spelling: for messages, and as a whole file that parses to the same trees.

use super::ast::*;
use super::parser::Parsed;
use super::text::quote;
use crate::source::Span;
use std::borrow::Cow;
use std::fmt::{self, Display, Formatter, Write};

impl<'a, T> Shown<'a, T> {
    fn of<U>(&self, node: &'a U) -> Shown<'a, U> {
        Shown { code: self.code, text: self.text, node }
    }

    fn list<U: Node + 'a>(&self, f: &mut Formatter<'_>, nodes: Slice<U>, between: &str) -> fmt::Result
    where
        Shown<'a, U>: Display,
    {
        for (i, node) in self.code.list(nodes).iter().enumerate() {
            if i > 0 {
                f.write_str(between)?;
            }
            self.of(node).fmt(f)?;
        }
        Ok(())
    }

    fn source(&self, span: Span) -> Cow<'a, str> {
        String::from_utf8_lossy(span.of(self.text))
    }
}

impl Display for Shown<'_, Action> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{{}}}}}", self.of(&self.node.pipe))
    }
}

impl Display for Shown<'_, Invocation> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{template {}", quote(&self.node.name))?;
        if let Some(pipe) = &self.node.pipe {
            write!(f, " {}", self.of(pipe))?;
        }
        f.write_str("}}")
    }
}

impl Display for Shown<'_, Pipe> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let pipe = self.node;
        self.list(f, pipe.declared, ", ")?;
        if !pipe.declared.is_empty() {
            f.write_str(if pipe.assigns { " = " } else { " := " })?;
        }
        self.list(f, pipe.commands, " | ")
    }
}

impl Display for Shown<'_, Target> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source(self.node.name))
    }
}

impl Display for Shown<'_, Command> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, arg) in self.code.list(self.node.args).iter().enumerate() {
            if i > 0 {
                f.write_char(' ')?;
            }
            self.of(arg).within(f)?;
        }
        Ok(())
    }
}

impl Shown<'_, Operand> {
    /// As a part of something larger: a pipeline then stands in parentheses.
    fn within(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.node.kind {
            OperandKind::Pipe(_) => write!(f, "({self})"),
            _ => self.fmt(f),
        }
    }
}

impl Display for Shown<'_, Operand> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.node.kind {
            OperandKind::Dot => f.write_char('.'),
            OperandKind::Nil => f.write_str("nil"),
            OperandKind::Bool(b) => b.fmt(f),
            OperandKind::Number(number) => f.write_str(&self.code.node(number).text),
            OperandKind::String(literal) => f.write_str(&self.source(self.code.node(literal).quoted)),
            OperandKind::Field(fields) => f.write_str(&self.source(fields.0)),
            OperandKind::Variable { name, end, .. } => f.write_str(&self.source(Span { end, ..name })),
            OperandKind::Identifier { name, .. } => f.write_str(&self.source(name)),
            OperandKind::Pipe(pipe) => self.of(self.code.node(pipe)).fmt(f),
            OperandKind::Chain { base, fields } => {
                self.of(self.code.node(base)).within(f)?;
                f.write_str(&self.source(fields.0))
            }
        }
    }
}

/// The file once more: what it defines, then its own template. Comments are gone, white space is trimmed already, and
/// each `block` is a `define` and a `template`; so it parses to the same trees, not to the same places.
impl Display for Parsed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for template in &self.defined {
            write!(f, "{{{{define {}}}}}", quote(template.name.as_bytes()))?;
            let mut body = Body { f: &mut *f, template, left: Left::Other };
            body.statements(template.body)?;
            body.word("end")?;
        }
        Body { f, template: &self.main, left: Left::Other }.statements(self.main.body)
    }
}

/// What stands to the left of the next statement.
#[derive(Clone, Copy, PartialEq)]
enum Left {
    /// Text that ends in a brace: with those of an action it would be read as an action that begins in the text.
    Brace,
    Text,
    Other,
}

struct Body<'a, 'f> {
    f: &'a mut Formatter<'f>,
    template: &'a Template,
    left: Left,
}

impl Body<'_, '_> {
    fn open(&mut self) -> fmt::Result {
        let left = std::mem::replace(&mut self.left, Left::Other);
        self.f.write_str(if left == Left::Brace { " {{- " } else { "{{" })
    }

    fn word(&mut self, word: &str) -> fmt::Result {
        self.open()?;
        write!(self.f, "{word}}}}}")
    }

    fn statements(&mut self, body: Slice<Statement>) -> fmt::Result {
        self.template.code.list(body).iter().try_for_each(|statement| self.statement(statement))
    }

    fn statement(&mut self, statement: &Statement) -> fmt::Result {
        let template = self.template;
        match statement {
            Statement::Text(span) => self.text(template.text(*span)),
            Statement::Action(action) => {
                self.open()?;
                write!(self.f, "{}}}}}", template.shown(&action.pipe))
            }
            Statement::If(id) => self.branch("if", template.code.node(*id)),
            Statement::With(id) => self.branch("with", template.code.node(*id)),
            Statement::Range(id) => self.branch("range", template.code.node(*id)),
            Statement::Template(id) => {
                let invocation = template.code.node(*id);
                self.open()?;
                write!(self.f, "template {}", quote(&invocation.name))?;
                if let Some(pipe) = &invocation.pipe {
                    write!(self.f, " {}", template.shown(pipe))?;
                }
                self.f.write_str("}}")
            }
            Statement::Break(_) => self.word("break"),
            Statement::Continue(_) => self.word("continue"),
        }
    }

    fn text(&mut self, text: &[u8]) -> fmt::Result {
        // A comment stood between two texts.
        if self.left != Left::Other {
            self.word("/**/")?;
        }
        self.left = if text.ends_with(b"{") { Left::Brace } else { Left::Text };
        self.f.write_str(&String::from_utf8_lossy(text))
    }

    fn branch(&mut self, word: &str, branch: &Branch) -> fmt::Result {
        self.open()?;
        write!(self.f, "{word} {}}}}}", self.template.shown(&branch.pipe))?;
        self.statements(branch.body)?;
        if let Some(otherwise) = branch.otherwise {
            self.word("else")?;
            self.statements(otherwise)?;
        }
        self.word("end")
    }
}
