//! One running template: its variables, and the node it is at.

use super::EvalError;
use super::probes::Base;
use super::record::Read;
use crate::template::ast::{Action, Command, Invocation, Operand, Pipe, Slot, Template};
use crate::template::quote;
use crate::value::Value;
use std::sync::Arc;

/// A value as Go's reflection holds it.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub value: Value,
    /// Whether it is still held as an `interface {}` (an element of a map or list). It
    /// makes no difference but in messages, which then name that type.
    pub interface: bool,
    /// Whether Go could take its address: a field of what a pointer points to. It makes no
    /// difference but to what an action prints.
    pub addressable: bool,
    /// Which values it came from, in a run that notes that.
    pub read: Read,
}

impl Held {
    /// A value of its own type.
    pub fn own(value: Value) -> Self {
        Held { value, interface: false, addressable: false, read: Read::NONE }
    }

    /// A value out of an `interface {}`.
    pub fn element(value: Value) -> Self {
        Held { value, interface: true, addressable: false, read: Read::NONE }
    }

    /// A field of a struct that was reached by a pointer.
    pub fn field(value: Value) -> Self {
        Held { value, interface: false, addressable: true, read: Read::NONE }
    }

    /// The same, come from these values.
    pub fn from(self, read: Read) -> Self {
        Held { read, ..self }
    }

    /// No value.
    pub fn invalid() -> Self {
        Held::own(Value::Invalid)
    }

    /// Makes it what it is at the end of a pipeline: dug out of its interface, nil gone.
    pub fn settle(&mut self) {
        self.interface = false;
        if matches!(self.value, Value::Nil) {
            *self = Held::invalid().from(self.read);
        }
    }

    /// Go's name of the type, for messages about fields.
    pub fn type_name(&self) -> String {
        if self.interface || matches!(self.value, Value::Nil) {
            "interface {}".into()
        } else {
            self.value.type_name().to_owned()
        }
    }
}

/// The node that messages name.
#[derive(Clone, Copy)]
pub(super) enum At<'t> {
    Start,
    Action(&'t Action),
    Invocation(&'t Invocation),
    Pipe(&'t Pipe),
    Command(&'t Command),
    Operand(&'t Operand),
}

impl At<'_> {
    pub fn position(&self) -> u32 {
        match self {
            At::Start => 0,
            At::Action(n) => n.pipe.position,
            At::Invocation(n) => n.position,
            At::Pipe(n) => n.position,
            At::Command(n) => n.position,
            At::Operand(n) => n.position,
        }
    }

    /// The node as messages print it.
    fn shown(&self, template: &Template) -> String {
        match self {
            At::Start => String::new(),
            At::Action(n) => template.shown(*n).to_string(),
            At::Invocation(n) => template.shown(*n).to_string(),
            At::Pipe(n) => template.shown(*n).to_string(),
            At::Command(n) => template.shown(*n).to_string(),
            At::Operand(n) => template.shown(*n).to_string(),
        }
    }
}

/// A template that is running.
pub(super) struct Frame<'t> {
    pub template: &'t Template,
    pub variables: Vec<Option<Held>>,
    pub at: At<'t>,
    /// Where its counters are, in a run that counts.
    pub base: Base,
}

impl<'t> Frame<'t> {
    pub fn new(template: &'t Template, dot: &Held) -> Self {
        let mut variables = Vec::with_capacity(template.slots);
        variables.push(Some(dot.clone()));
        variables.resize(template.slots.max(1), None);
        Frame { template, variables, at: At::Start, base: Base::default() }
    }

    pub fn set(&mut self, slot: Slot, value: Held) {
        if let Some(place) = self.variables.get_mut(slot.index()) {
            *place = Some(value);
        }
    }

    /// `template: FILE:LINE:COLUMN: executing "NAME" at <NODE>: `, columns from 0 in bytes.
    pub fn prefix(&self) -> String {
        let source = &self.template.source;
        let (line, column) = source.line_column(self.at.position() as usize);
        let name = quote(self.template.name.as_bytes());
        let node = self.at.shown(self.template);
        format!("template: {}:{line}:{}: executing {name} at <{node}>: ", source.name, column - 1)
    }

    /// A failure at the current node.
    pub fn error(&self, reason: impl Into<String>) -> Box<EvalError> {
        let place = (Arc::clone(&self.template.source), self.at.position());
        Box::new(EvalError::placed(&self.prefix(), reason.into(), place))
    }
}
