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
    pub body: Vec<Statement>,
    /// How many variables it needs at most; slot 0 is `$`.
    pub slots: usize,
}

impl Template {
    /// Whether it holds nothing but white space, so that it replaces no other of its name.
    pub fn is_empty(&self) -> bool {
        self.body.iter().all(|s| matches!(s, Statement::Text(text) if text.text.trim_ascii().is_empty()))
    }
}

/// A piece of a template.
#[derive(Debug, Clone)]
pub enum Statement {
    /// Text to copy.
    Text(Text),
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

/// Text between actions.
#[derive(Debug, Clone)]
pub struct Text {
    /// Where it stands, without what was trimmed.
    pub span: Span,
    /// The bytes to copy.
    pub text: Str,
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
    pub declared: Vec<Target>,
    /// Whether they are assigned (`=`) rather than declared (`:=`).
    pub assigns: bool,
    /// The commands.
    pub commands: Vec<Command>,
}

/// A variable that a pipeline sets.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its name, `$` included.
    pub name: Arc<str>,
    /// Its slot; `None` when nothing of this name was declared.
    pub slot: Option<usize>,
}

/// An operand and its arguments.
#[derive(Debug, Clone)]
pub struct Command {
    /// Where it stands.
    pub position: u32,
    /// The operand first, then the arguments; never empty.
    pub args: Vec<Operand>,
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
    Number(Number),
    /// A string: as written, and its value.
    String {
        /// With quotes.
        quoted: Arc<str>,
        /// The value.
        text: Str,
    },
    /// `.a.b`
    Field(Vec<Str>),
    /// `$x.a.b`
    Variable {
        /// The name, `$` included.
        name: Arc<str>,
        /// Its slot; `None` when it is not declared at this point.
        slot: Option<usize>,
        /// Fields of it.
        fields: Vec<Str>,
    },
    /// A function.
    Identifier {
        /// Its name.
        name: Arc<str>,
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
        fields: Vec<Str>,
    },
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
