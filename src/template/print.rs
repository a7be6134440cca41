//! From a node back to source text, in Go's spelling, for messages.

use super::ast::*;
use super::text::quote;
use std::fmt::{self, Display, Formatter, Write};

impl Display for Action {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{{}}}}}", self.pipe)
    }
}

impl Display for Invocation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{template {}", quote(&self.name))?;
        if let Some(pipe) = &self.pipe {
            write!(f, " {pipe}")?;
        }
        f.write_str("}}")
    }
}

impl Display for Pipe {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, target) in self.declared.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            target.name.fmt(f)?;
        }
        if !self.declared.is_empty() {
            f.write_str(if self.assigns { " = " } else { " := " })?;
        }
        for (i, command) in self.commands.iter().enumerate() {
            if i > 0 {
                f.write_str(" | ")?;
            }
            command.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, arg) in self.args.iter().enumerate() {
            if i > 0 {
                f.write_char(' ')?;
            }
            match &arg.kind {
                OperandKind::Pipe(pipe) => write!(f, "({pipe})")?,
                _ => arg.fmt(f)?,
            }
        }
        Ok(())
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let dotted = |f: &mut Formatter<'_>, fields: &[crate::value::Str]| {
            fields.iter().try_for_each(|field| write!(f, ".{field}"))
        };
        match &self.kind {
            OperandKind::Dot => f.write_char('.'),
            OperandKind::Nil => f.write_str("nil"),
            OperandKind::Bool(b) => b.fmt(f),
            OperandKind::Number(n) => f.write_str(&n.text),
            OperandKind::String(literal) => literal.quoted.fmt(f),
            OperandKind::Field(fields) => dotted(f, fields),
            OperandKind::Variable(variable) => {
                variable.name.fmt(f)?;
                dotted(f, &variable.fields)
            }
            OperandKind::Identifier { name, .. } => name.fmt(f),
            OperandKind::Pipe(pipe) => pipe.fmt(f),
            OperandKind::Chain { base, fields } => {
                match &base.kind {
                    OperandKind::Pipe(pipe) => write!(f, "({pipe})")?,
                    _ => base.fmt(f)?,
                }
                dotted(f, fields)
            }
        }
    }
}
