//! The syntax tree. Every node has the byte at which Go says it stands, and actions a span.
//!
//! All nodes of a source lie in a few lists, its [`Code`], and refer to each other by place;
//! names are spans of the source. So a tree is a handful of allocations, however large.

use super::probes::Numbers;
use crate::source::{Source, Span};
use crate::value::Str;
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};

/// One named template: a file, a `define`, a `block`, or the text given to `tpl`.
#[derive(Debug, Clone)]
pub struct Template {
    /// Its name.
    pub name: Arc<str>,
    /// The file it was written in.
    pub source: Arc<Source>,
    /// All nodes of that file.
    pub code: Arc<Code>,
    /// What it does.
    pub body: Slice<Statement>,
    /// How many variables it needs at most; slot 0 is `$`.
    pub slots: usize,
}

impl Template {
    /// Whether it holds nothing but white space, so that it replaces no other of its name.
    pub fn is_empty(&self) -> bool {
        is_blank(self.code.list(self.body), &self.source.text)
    }

    /// A piece of the source.
    pub fn text(&self, span: Span) -> &[u8] {
        span.of(&self.source.text)
    }

    /// A node as messages print it.
    pub fn shown<'a, T>(&'a self, node: &'a T) -> Shown<'a, T> {
        Shown { code: &self.code, text: &self.source.text, node }
    }
}

/// Whether statements print nothing but white space.
pub(super) fn is_blank(body: &[Statement], text: &[u8]) -> bool {
    body.iter().all(|statement| matches!(statement, Statement::Text(span) if span.of(text).trim_ascii().is_empty()))
}

/// A node to be printed, with what it refers to.
pub struct Shown<'a, T> {
    /// The nodes around it.
    pub code: &'a Code,
    /// The source's text.
    pub text: &'a [u8],
    /// The node.
    pub node: &'a T,
}

/// The nodes of one source, each kind in a list of its own.
#[derive(Debug, Clone, Default)]
pub struct Code {
    statements: Vec<Statement>,
    branches: Vec<Branch>,
    invocations: Vec<Invocation>,
    pipes: Vec<Pipe>,
    targets: Vec<Target>,
    commands: Vec<Command>,
    operands: Vec<Operand>,
    numbers: Vec<Number>,
    strings: Vec<Quoted>,
    /// Made when they are first asked for.
    probes: OnceLock<Numbers>,
}

/// A kind of node that has a list in [`Code`].
pub trait Node: Sized {
    /// Its list.
    fn all(code: &Code) -> &Vec<Self>;
    /// Its list, to add to.
    fn all_mut(code: &mut Code) -> &mut Vec<Self>;
}

macro_rules! nodes {
    ($($node:ty: $list:ident),* $(,)?) => {$(
        impl Node for $node {
            fn all(code: &Code) -> &Vec<Self> {
                &code.$list
            }
            fn all_mut(code: &mut Code) -> &mut Vec<Self> {
                &mut code.$list
            }
        }
    )*};
}

nodes! {
    Statement: statements, Branch: branches, Invocation: invocations, Pipe: pipes, Target: targets,
    Command: commands, Operand: operands, Number: numbers, Quoted: strings,
}

impl Code {
    /// The nodes of a slice.
    pub fn list<T: Node>(&self, slice: Slice<T>) -> &[T] {
        T::all(self).get(slice.start as usize..slice.end as usize).unwrap_or_default()
    }

    /// The node of an id, which is one that this code gave.
    pub fn node<T: Node>(&self, id: Id<T>) -> &T {
        &T::all(self)[id.index as usize]
    }

    /// All nodes of a kind.
    pub fn all<T: Node>(&self) -> &[T] {
        T::all(self)
    }

    /// The number of a node among those of its kind; `None` of a node that is not of this code.
    pub fn index_of<T: Node>(&self, node: &T) -> Option<u32> {
        let list = T::all(self);
        let offset = std::ptr::from_ref(node).addr().checked_sub(list.as_ptr().addr())?;
        let index = offset / size_of::<T>();
        u32::try_from(index).ok().filter(|_| index < list.len())
    }

    /// The numbers of its counters; `text` is what it was read from.
    pub fn numbers(&self, text: &[u8]) -> &Numbers {
        self.probes.get_or_init(|| Numbers::of(self, text))
    }

    /// Adds a node.
    pub(super) fn add<T: Node>(&mut self, node: T) -> Id<T> {
        let list = T::all_mut(self);
        list.push(node);
        Id { index: place(list.len() - 1), of: PhantomData }
    }

    /// The nodes in lists of their very size. What stays is empty, and has room for the next source.
    pub(super) fn take(&mut self) -> Code {
        Code {
            statements: taken(&mut self.statements),
            branches: taken(&mut self.branches),
            invocations: self.invocations.drain(..).collect(),
            pipes: taken(&mut self.pipes),
            targets: taken(&mut self.targets),
            commands: taken(&mut self.commands),
            operands: taken(&mut self.operands),
            numbers: self.numbers.drain(..).collect(),
            strings: self.strings.drain(..).collect(),
            probes: OnceLock::new(),
        }
    }

    /// Adds nodes that follow each other: what `waiting` holds from `first` on.
    pub(super) fn take_from<T: Node + Copy>(&mut self, waiting: &mut Vec<T>, first: usize) -> Slice<T> {
        let slice = self.extend(waiting.get(first..).unwrap_or_default());
        waiting.truncate(first);
        slice
    }

    /// Adds nodes that follow each other.
    pub(super) fn extend<T: Node + Copy>(&mut self, nodes: &[T]) -> Slice<T> {
        let list = T::all_mut(self);
        let start = place(list.len());
        list.extend_from_slice(nodes);
        Slice { start, end: place(list.len()), of: PhantomData }
    }
}

/// A copy of its very size; the list is empty then.
fn taken<T: Copy>(list: &mut Vec<T>) -> Vec<T> {
    let copy = list.as_slice().to_vec();
    list.clear();
    copy
}

/// A source has more bytes than nodes, and those have 32 bits.
fn place(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Where a node stands in its list.
#[derive(Debug)]
pub struct Id<T> {
    index: u32,
    of: PhantomData<fn() -> T>,
}

/// Nodes that follow each other in their list.
#[derive(Debug)]
pub struct Slice<T> {
    start: u32,
    end: u32,
    of: PhantomData<fn() -> T>,
}

impl<T> Slice<T> {
    /// No nodes.
    pub const EMPTY: Self = Slice { start: 0, end: 0, of: PhantomData };

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// How many there are.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> Clone for Slice<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Slice<T> {}

/// A piece of a template.
#[derive(Debug, Clone, Copy)]
pub enum Statement {
    /// Text to copy: where it stands in the source, without what was trimmed.
    Text(Span),
    /// `{{ pipeline }}`.
    Action(Action),
    /// `{{ if }}`.
    If(Id<Branch>),
    /// `{{ with }}`.
    With(Id<Branch>),
    /// `{{ range }}`.
    Range(Id<Branch>),
    /// `{{ template }}`, also what `{{ block }}` leaves.
    Template(Id<Invocation>),
    /// `{{ break }}`.
    Break(u32),
    /// `{{ continue }}`.
    Continue(u32),
}

/// `{{ pipeline }}`.
#[derive(Debug, Clone, Copy)]
pub struct Action {
    /// From `{{` to `}}`.
    pub span: Span,
    /// What it computes.
    pub pipe: Pipe,
}

/// The parts of `if`, `with` and `range`.
#[derive(Debug, Clone, Copy)]
pub struct Branch {
    /// The opening action, from `{{` to `}}`.
    pub span: Span,
    /// What it tests or walks.
    pub pipe: Pipe,
    /// What runs when it holds, or for each element.
    pub body: Slice<Statement>,
    /// What runs otherwise.
    pub otherwise: Option<Slice<Statement>>,
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
#[derive(Debug, Clone, Copy)]
pub struct Pipe {
    /// Where it stands.
    pub position: u32,
    /// Variables to declare or assign.
    pub declared: Slice<Target>,
    /// Whether they are assigned (`=`) rather than declared (`:=`).
    pub assigns: bool,
    /// The commands.
    pub commands: Slice<Command>,
}

/// Which of a frame's variables a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot(NonZeroU32);

impl Slot {
    /// The slot of an index.
    pub(super) fn new(index: usize) -> Slot {
        Slot(NonZeroU32::MIN.saturating_add(place(index)))
    }

    /// Its place among the variables.
    pub fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// A variable that a pipeline sets.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, `$` included.
    pub name: Span,
    /// Its slot; `None` when nothing of this name was declared.
    pub slot: Option<Slot>,
}

/// An operand and its arguments.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    /// Where it stands.
    pub position: u32,
    /// The operand first, then the arguments; never empty.
    pub args: Slice<Operand>,
}

/// A term of an expression.
#[derive(Debug, Clone, Copy)]
pub struct Operand {
    /// Where Go says it stands: for `.a.b` that is `.b`.
    pub position: u32,
    /// What it is.
    pub kind: OperandKind,
}

/// What a term is.
#[derive(Debug, Clone, Copy)]
pub enum OperandKind {
    /// `.`
    Dot,
    /// `nil`
    Nil,
    /// `true` or `false`
    Bool(bool),
    /// A number or character.
    Number(Id<Number>),
    /// A string.
    String(Id<Quoted>),
    /// `.a.b`
    Field(Fields),
    /// `$x.a.b`
    Variable {
        /// The name, `$` included.
        name: Span,
        /// Where the fields end that follow the name.
        end: u32,
        /// Its slot; `None` when it is not declared at this point.
        slot: Option<Slot>,
    },
    /// A function.
    Identifier {
        /// Its name.
        name: Span,
        /// Its index in the function table that the parser was given.
        function: u32,
    },
    /// `( pipeline )`
    Pipe(Id<Pipe>),
    /// `(pipeline).a.b` or `function.a.b`
    Chain {
        /// What the fields are of: a `Pipe` or an `Identifier`.
        base: Id<Operand>,
        /// The fields.
        fields: Fields,
    },
}

impl OperandKind {
    /// The fields of a variable.
    pub fn fields_of(name: Span, end: u32) -> Fields {
        Fields(Span { start: name.end, end })
    }
}

/// Fields with their dots, `.a.b`: where they stand in the source.
#[derive(Debug, Clone, Copy)]
pub struct Fields(pub Span);

impl Fields {
    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0.start == self.0.end
    }

    /// All names but the last, and the last.
    pub fn split_last(self, text: &[u8]) -> (impl Iterator<Item = &[u8]>, &[u8]) {
        let all = self.0.of(text);
        let dot = all.iter().rposition(|byte| *byte == b'.').unwrap_or_default();
        let (before, last) = all.split_at_checked(dot).unwrap_or_default();
        (before.split(|byte| *byte == b'.').skip(1), last.get(1..).unwrap_or_default())
    }
}

/// A string literal.
#[derive(Debug, Clone)]
pub struct Quoted {
    /// As written, with quotes.
    pub quoted: Span,
    /// The value.
    pub text: Str,
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
