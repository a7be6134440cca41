//! From a node back to source text, in Go's spelling, for messages.

use super::ast::*;
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
