//! The syntax tree. Every node has the byte at which Go says it stands, and actions a span.

use crate::source::{Source, Span};
use crate::value::Str;
use std::sync::Arc;

/// One named template: a file, a `define`, a `block`, or the text given to `tpl`.
#[derive(Debug, Clone)]
pub struct Template {
    /// Its name.
    pub name: Arc<str>,
    /// The file it was written in.
    pub source: Arc<Source>,
    /// What it does.
    pub body: Arc<[Statement]>,
    /// How many variables it needs at most; slot 0 is `$`.
    pub slots: usize,
}

impl Template {
    /// Whether it holds nothing but white space, so that it replaces no other of its name.
    pub fn is_empty(&self) -> bool {
        self.body.iter().all(|s| matches!(s, Statement::Text(span) if self.text(*span).trim_ascii().is_empty()))
    }

    /// The bytes of a text statement.
    pub fn text(&self, span: Span) -> &[u8] {
        self.source.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }
}

/// A piece of a template.
#[derive(Debug, Clone)]
pub enum Statement {
    /// Text to copy: where it stands in the source, without what was trimmed.
    Text(Span),
    /// `{{ pipeline }}`.
    Action(Action),
    /// `{{ if }}`.
    If(Box<Branch>),
    /// `{{ with }}`.
    With(Box<Branch>),
    /// `{{ range }}`.
    Range(Box<Branch>),
    /// `{{ template }}`, also what `{{ block }}` leaves.
    Template(Box<Invocation>),
    /// `{{ break }}`.
    Break(u32),
    /// `{{ continue }}`.
    Continue(u32),
}

/// `{{ pipeline }}`.
#[derive(Debug, Clone)]
pub struct Action {
    /// From `{{` to `}}`.
    pub span: Span,
    /// What it computes.
    pub pipe: Pipe,
}

/// The parts of `if`, `with` and `range`.
#[derive(Debug, Clone)]
pub struct Branch {
    /// The opening action, from `{{` to `}}`.
    pub span: Span,
    /// What it tests or walks.
    pub pipe: Pipe,
    /// What runs when it holds, or for each element.
    pub body: Vec<Statement>,
    /// What runs otherwise.
    pub otherwise: Option<Vec<Statement>>,
}

/// `{{ template "name" pipeline }}`.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// From `{{` to `}}`.
    pub span: Span,
    /// Where the name stands.
    pub position: u32,
    /// The template's name.
    pub name: Str,
    /// The new dot.
    pub pipe: Option<Pipe>,
}

/// Commands, each given the result of the one before, and the variables that take the last.
#[derive(Debug, Clone)]
pub struct Pipe {
    /// Where it stands.
    pub position: u32,
    /// Variables to declare or assign.
    pub declared: Box<[Target]>,
    /// Whether they are assigned (`=`) rather than declared (`:=`).
    pub assigns: bool,
    /// The commands.
    pub commands: Box<[Command]>,
}

/// A variable that a pipeline sets.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its name, `$` included.
    pub name: Str,
    /// Its slot; `None` when nothing of this name was declared.
    pub slot: Option<usize>,
}

/// An operand and its arguments.
#[derive(Debug, Clone)]
pub struct Command {
    /// Where it stands.
    pub position: u32,
    /// The operand first, then the arguments; never empty.
    pub args: Box<[Operand]>,
}

/// A term of an expression.
#[derive(Debug, Clone)]
pub struct Operand {
    /// Where Go says it stands: for `.a.b` that is `.b`.
    pub position: u32,
    /// What it is.
    pub kind: OperandKind,
}

/// What a term is.
#[derive(Debug, Clone)]
pub enum OperandKind {
    /// `.`
    Dot,
    /// `nil`
    Nil,
    /// `true` or `false`
    Bool(bool),
    /// A number or character.
    Number(Box<Number>),
    /// A string.
    String(Box<Quoted>),
    /// `.a.b`
    Field(Box<[Str]>),
    /// `$x.a.b`
    Variable(Box<Variable>),
    /// A function.
    Identifier {
        /// Its name.
        name: Str,
        /// Its index in the function table that the parser was given.
        function: usize,
    },
    /// `( pipeline )`
    Pipe(Box<Pipe>),
    /// `(pipeline).a.b` or `function.a.b`
    Chain {
        /// What the fields are of: a `Pipe` or an `Identifier`.
        base: Box<Operand>,
        /// The fields.
        fields: Box<[Str]>,
    },
}

/// A string literal.
#[derive(Debug, Clone)]
pub struct Quoted {
    /// As written, with quotes.
    pub quoted: Str,
    /// The value.
    pub text: Str,
}

/// A variable and fields of it.
#[derive(Debug, Clone)]
pub struct Variable {
    /// The name, `$` included.
    pub name: Str,
    /// Its slot; `None` when it is not declared at this point.
    pub slot: Option<usize>,
    /// Fields of it.
    pub fields: Box<[Str]>,
}

/// A literal number under each type that can hold it.
#[derive(Debug, Clone)]
pub struct Number {
    /// As written.
    pub text: String,
    /// As an integer.
    pub int: Option<i64>,
    /// As a float.
    pub float: Option<f64>,
    /// As real and imaginary part, for literals that end in `i`.
    pub complex: Option<(f64, f64)>,
}
