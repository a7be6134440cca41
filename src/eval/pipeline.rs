//! Pipelines, commands, arguments: what an action computes.

use super::EvalError;
use super::call::{Call, Func, FuncError, Purity, Type};
use super::record::Read;
use super::run::Run;
use super::scope::{At, Frame, Held};
use super::trace::{Caller, Impure};
use crate::source::Span;
use crate::template::ast::{Command, Id, Number, Operand, OperandKind, Pipe, Quoted, Slot};
use crate::value::{ListKind, MapKind, Value};
use std::sync::Arc;

type Result<T, E = Box<EvalError>> = std::result::Result<T, E>;

/// What Helm puts around the message of `fail` and `required`, to find it again.
pub(crate) const WARN_START: &str = "HELM_ERR_START";
/// The end of that message.
pub(crate) const WARN_END: &str = "HELM_ERR_END";

impl Run<'_> {
    /// The value of a pipeline; sets the variables that it declares.
    pub(super) fn pipe<'t>(&self, frame: &mut Frame<'t>, dot: &Held, pipe: &'t Pipe) -> Result<Held> {
        frame.at = At::Pipe(pipe);
        let code = &frame.template.code;
        let Some((first, others)) = code.list(pipe.commands).split_first() else { return Ok(Held::invalid()) };
        let mut value = self.command(frame, dot, first, None)?;
        value.settle();
        for command in others {
            value = self.command(frame, dot, command, Some(value))?;
            value.settle();
        }
        for target in code.list(pipe.declared) {
            match target.slot {
                Some(slot) => frame.set(slot, value.clone()),
                None => return Err(undefined(frame, target.name)),
            }
        }
        Ok(value)
    }

    fn command<'t>(&self, frame: &mut Frame<'t>, dot: &Held, command: &'t Command, last: Option<Held>) -> Result<Held> {
        let Some((first, args)) = frame.template.code.list(command.args).split_first() else {
            return Err(frame.error("empty command"));
        };
        match first.kind {
            OperandKind::Field(_) | OperandKind::Chain { .. } => self.fields(frame, dot, first, args, last),
            OperandKind::Variable { name, end, .. } if name.end != end => self.fields(frame, dot, first, args, last),
            OperandKind::Identifier { function, .. } => {
                frame.at = At::Operand(first);
                self.function(frame, dot, function, At::Command(command), args, last)
            }
            OperandKind::Variable { name, slot, .. } => {
                frame.at = At::Operand(first);
                let value = variable(frame, name, slot)?;
                not_a_function(frame, first, args, last.as_ref())?;
                self.record(|recorder| recorder.log(value.read));
                Ok(value)
            }
            OperandKind::Pipe(pipe) => {
                not_a_function(frame, first, args, last.as_ref())?;
                self.pipe(frame, dot, frame.template.code.node(pipe))
            }
            kind => {
                frame.at = At::Operand(first);
                not_a_function(frame, first, args, last.as_ref())?;
                match kind {
                    OperandKind::Bool(b) => Ok(Held::own(Value::Bool(b))),
                    OperandKind::Dot => {
                        self.record(|recorder| recorder.log(dot.read));
                        Ok(dot.clone())
                    }
                    OperandKind::Number(number) => constant(frame, number),
                    OperandKind::String(literal) => Ok(Held::own(string(frame, literal))),
                    _ => Err(frame.error("nil is not a command")),
                }
            }
        }
    }

    /// A chain of fields: `.a.b`, `$x.a`, `(pipeline).a`; the last may be a method.
    fn fields<'t>(
        &self,
        frame: &mut Frame<'t>,
        dot: &Held,
        node: &'t Operand,
        args: &'t [Operand],
        last: Option<Held>,
    ) -> Result<Held> {
        frame.at = At::Operand(node);
        let template = frame.template;
        let own;
        let (mut receiver, fields) = match node.kind {
            OperandKind::Field(fields) => (dot, fields),
            OperandKind::Variable { name, end, slot } => {
                own = variable(frame, name, slot)?;
                (&own, OperandKind::fields_of(name, end))
            }
            OperandKind::Chain { base, fields } => {
                own = self.argument(frame, dot, None, template.code.node(base))?;
                (&own, fields)
            }
            _ => return Err(frame.error("not a chain of fields")),
        };
        let (before, name) = fields.split_last(&template.source.text);
        let mut reached;
        for name in before {
            self.count(frame, 1)?;
            let mut next = self.field(frame, dot, node, name, receiver, &[], None)?;
            let read = self.record(|recorder| recorder.key(receiver.read, name, !next.value.is_nil()));
            next.read = read.unwrap_or_default();
            reached = next;
            receiver = &reached;
        }
        self.count(frame, 1)?;
        let mut held = self.field(frame, dot, node, name, receiver, args, last)?;
        let read = self.record(|recorder| {
            let read = recorder.key(receiver.read, name, !held.value.is_nil());
            recorder.read_at(read, &template.source, node.position, std::ptr::from_ref(node).addr());
            recorder.log(read);
            read
        });
        held.read = read.unwrap_or_default();
        Ok(held)
    }

    /// Calls the function at an index of the table.
    fn function<'t>(
        &self,
        frame: &mut Frame<'t>,
        dot: &Held,
        index: u32,
        node: At<'t>,
        args: &'t [Operand],
        last: Option<Held>,
    ) -> Result<Held> {
        let Some(function) = self.functions.row(index as usize) else {
            return Err(frame.error("not a defined function"));
        };
        if matches!(function.name, "and" | "or") {
            return self.and_or(frame, dot, function, node, args, last);
        }
        let mark = self.record(|recorder| {
            let mark = recorder.mark();
            // What comes down the pipeline was read before; the result is made of it too.
            last.iter().for_each(|last| recorder.log(last.read));
            mark
        });
        let given = (args, last);
        let (values, reads) = self.all(frame, dot, function.name, function.params, function.variadic, given)?;
        if let ("call", Some(value)) = (function.name, values.first())
            && !value.is_nil()
        {
            frame.at = node;
            let callee = args.first().map_or_else(|| reflected(value), |arg| frame.template.shown(arg).to_string());
            let text = format!("non-function {callee} of type {}", value.type_name());
            return Err(call_error(frame, "call", FuncError::Message(text)));
        }
        // What limits stop, they stop at the call; other messages go on from the last argument.
        let before = std::mem::replace(&mut frame.at, node);
        self.count_call(frame, function, &values)?;
        frame.at = before;
        if let (Some(probes), At::Command(command)) = (&self.probes, node) {
            probes.borrow_mut().call(frame.base, command, function.name, &values);
        }
        let call = Call { name: function.name, args: &values, host: self };
        let result = match function.purity {
            Purity::Pure => (function.run)(&call),
            _ if self.recorder.is_none() => (function.run)(&call),
            Purity::Templates => {
                self.record(|recorder| recorder.passing = reads.get(1).copied().unwrap_or_default());
                self.callers.borrow_mut().push(caller(frame, node, function, &values));
                let result = (function.run)(&call);
                self.callers.borrow_mut().pop();
                result
            }
            _ => {
                self.note_impure(frame, node, function);
                (function.run)(&call)
            }
        };
        match result {
            Ok(value) => {
                frame.at = node;
                self.count_result(frame, &value)?;
                frame.at = before;
                let read = mark.and_then(|mark| {
                    self.record(|recorder| recorder.result(function.name, &values, &reads, &value, mark))
                });
                Ok(Held::own(value).from(read.unwrap_or_default()))
            }
            Err(error) => {
                frame.at = node;
                Err(call_error(frame, function.name, error))
            }
        }
    }

    fn note_impure(&self, frame: &Frame<'_>, node: At<'_>, function: &Func) {
        let place = (Arc::clone(&frame.template.source), node.position());
        let through = self.callers.borrow().iter().rev().cloned().collect();
        let call = Impure { function: function.name, purity: function.purity, place, through };
        self.world.calling(&call);
        self.record(|recorder| {
            if !recorder.trace.impure.iter().any(|noted| noted.is_same(&call)) {
                recorder.trace.impure.push(call);
            }
        });
    }

    /// `and` and `or` stop at the first argument that decides.
    #[allow(clippy::too_many_arguments)]
    fn and_or<'t>(
        &self,
        frame: &mut Frame<'t>,
        dot: &Held,
        function: &Func,
        node: At<'t>,
        args: &'t [Operand],
        last: Option<Held>,
    ) -> Result<Held> {
        if args.is_empty() && last.is_none() {
            let message = format!("wrong number of args for {}: want at least 1 got 0", function.name);
            return Err(frame.error(message));
        }
        let mut value = Held::invalid();
        for (number, arg) in args.iter().enumerate() {
            value = self.argument(frame, dot, Some(Type::Reflect), arg)?;
            if value.value.is_true() == (function.name == "or") {
                self.decided(frame, node, number);
                return Ok(value);
            }
        }
        // Of operands that do not decide, the last one is the result.
        self.decided(frame, node, (args.len() + usize::from(last.is_some())).saturating_sub(1));
        Ok(last.unwrap_or(value))
    }

    /// Counts which operand of `and` and `or` decides.
    fn decided(&self, frame: &Frame<'_>, node: At<'_>, operand: usize) {
        if let (Some(probes), At::Command(command)) = (&self.probes, node) {
            probes.borrow_mut().operand(frame.base, command, operand);
        }
    }

    /// Evaluates and checks the arguments of a function or method.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn arguments<'t>(
        &self,
        frame: &mut Frame<'t>,
        dot: &Held,
        name: &str,
        params: &[Type],
        variadic: bool,
        args: &'t [Operand],
        last: Option<Held>,
    ) -> Result<Vec<Value>> {
        self.all(frame, dot, name, params, variadic, (args, last)).map(|(values, _)| values)
    }

    /// As [`arguments`](Run::arguments), with what each came from, in a run that notes that.
    fn all<'t>(
        &self,
        frame: &mut Frame<'t>,
        dot: &Held,
        name: &str,
        params: &[Type],
        variadic: bool,
        (args, last): (&'t [Operand], Option<Held>),
    ) -> Result<(Vec<Value>, Vec<Read>)> {
        let given = args.len() + usize::from(last.is_some());
        let fixed = if variadic { params.len().saturating_sub(1) } else { params.len() };
        if variadic && given < fixed {
            let message = format!("wrong number of args for {name}: want at least {fixed} got {}", args.len());
            return Err(frame.error(message));
        }
        if !variadic && given != fixed {
            return Err(frame.error(format!("wrong number of args for {name}: want {fixed} got {given}")));
        }
        let param = |i: usize| params.get(i).or(params.last()).copied().unwrap_or(Type::Any);
        let mut values = Vec::with_capacity(given);
        let mut reads = Vec::new();
        let mut add = |held: Held| {
            values.push(held.value);
            if self.recorder.is_some() {
                reads.push(held.read);
            }
        };
        for (i, arg) in args.iter().enumerate() {
            add(self.argument(frame, dot, Some(param(i)), arg)?);
        }
        if let Some(mut last) = last {
            check(frame, &mut last, Some(param(args.len())))?;
            add(last);
        }
        Ok((values, reads))
    }

    /// Evaluates one argument for a parameter; `None` takes any value as it is.
    fn argument<'t>(&self, frame: &mut Frame<'t>, dot: &Held, want: Option<Type>, arg: &'t Operand) -> Result<Held> {
        frame.at = At::Operand(arg);
        let mut value = match arg.kind {
            OperandKind::Dot => {
                self.record(|recorder| recorder.log(dot.read));
                dot.clone()
            }
            OperandKind::Nil => {
                return match want {
                    Some(Type::Reflect) | None => Ok(Held::invalid()),
                    Some(want) if can_be_nil(want) => Ok(Held::own(Value::Nil)),
                    Some(want) => Err(frame.error(format!("cannot assign nil to {}", want.name()))),
                };
            }
            OperandKind::Field(_) | OperandKind::Chain { .. } => self.fields(frame, dot, arg, &[], None)?,
            OperandKind::Variable { name, end, .. } if name.end != end => self.fields(frame, dot, arg, &[], None)?,
            OperandKind::Variable { name, slot, .. } => {
                let value = variable(frame, name, slot)?;
                self.record(|recorder| recorder.log(value.read));
                value
            }
            OperandKind::Pipe(pipe) => self.pipe(frame, dot, frame.template.code.node(pipe))?,
            OperandKind::Identifier { function, .. } => {
                self.function(frame, dot, function, At::Operand(arg), &[], None)?
            }
            literal => return literal_argument(frame, want.unwrap_or(Type::Any), arg, literal),
        };
        check(frame, &mut value, want)?;
        Ok(value)
    }
}

/// An `include` or `tpl` about to be made.
fn caller(frame: &Frame<'_>, node: At<'_>, function: &Func, args: &[Value]) -> Caller {
    let name = args.first().filter(|_| function.name == "include").and_then(Value::as_str);
    Caller {
        template: name.map(|name| Arc::from(&*name.to_text())),
        place: (Arc::clone(&frame.template.source), node.position()),
    }
}

/// The failure of a call, wrapped as Go wraps it.
pub(super) fn call_error(frame: &Frame<'_>, name: &str, error: FuncError) -> Box<EvalError> {
    let place = (Arc::clone(&frame.template.source), frame.at.position());
    let prefix = format!("{}error calling {name}: ", frame.prefix());
    Box::new(match error {
        FuncError::Placed(inner) => inner.or_place(place.clone()).called(place).wrapped(prefix),
        FuncError::Message(text) if matches!(name, "fail" | "required") => {
            EvalError::new(format!("{WARN_START}{text}{WARN_END}")).or_place(place).wrapped(prefix)
        }
        FuncError::Message(text) => EvalError::new(text).or_place(place).wrapped(prefix),
    })
}

fn not_a_function(frame: &Frame<'_>, first: &Operand, args: &[Operand], last: Option<&Held>) -> Result<()> {
    if args.is_empty() && last.is_none() {
        return Ok(());
    }
    Err(frame.error(format!("can't give argument to non-function {}", frame.template.shown(first))))
}

/// How Go's reflection prints a value that comes down a pipeline where it wants a name: a string
/// is itself, everything else its type.
fn reflected(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.to_text().into_owned(),
        None => format!("<{} Value>", value.type_name()),
    }
}

fn variable(frame: &Frame<'_>, name: Span, slot: Option<Slot>) -> Result<Held> {
    match slot.and_then(|slot| frame.variables.get(slot.index())) {
        Some(Some(value)) => Ok(value.clone()),
        _ => Err(undefined(frame, name)),
    }
}

fn undefined(frame: &Frame<'_>, name: Span) -> Box<EvalError> {
    let name = String::from_utf8_lossy(frame.template.text(name));
    frame.error(format!("undefined variable: {name}"))
}

fn string(frame: &Frame<'_>, literal: Id<Quoted>) -> Value {
    Value::Str(frame.template.code.node(literal).text.clone())
}

/// The value of a number where nothing says of which type: its spelling decides.
fn constant(frame: &Frame<'_>, number: Id<Number>) -> Result<Held> {
    let number = frame.template.code.node(number);
    if number.complex.is_some() {
        return Err(frame.error(format!("complex number {} is not supported", number.text)));
    }
    let text = number.text.as_bytes();
    let hex = matches!(text, [b'0', b'x' | b'X', _, ..]) && !text.iter().any(|b| b"pP".contains(b));
    let rune = text.first() == Some(&b'\'');
    if let Some(f) = number.float
        && !hex
        && !rune
        && text.iter().any(|b| b".eEpP".contains(b))
    {
        return Ok(Held::own(Value::Float(f)));
    }
    match number.int {
        Some(n) => Ok(Held::own(Value::Int(n))),
        None => Err(frame.error(format!("{} overflows int", number.text))),
    }
}

/// A literal as an argument: the parameter's type decides what it may be.
fn literal_argument<'t>(frame: &mut Frame<'t>, want: Type, arg: &'t Operand, literal: OperandKind) -> Result<Held> {
    let code = &frame.template.code;
    let arg = frame.template.shown(arg);
    let wrong = |expected: &str| Err(frame.error(format!("expected {expected}; found {arg}")));
    match want {
        Type::Any | Type::Reflect => match literal {
            OperandKind::Bool(b) => Ok(Held::own(Value::Bool(b))),
            OperandKind::Number(number) => constant(frame, number),
            OperandKind::String(literal) => Ok(Held::own(string(frame, literal))),
            _ => Err(frame.error(format!("can't handle assignment of {arg} to empty interface argument"))),
        },
        Type::Bool => match literal {
            OperandKind::Bool(b) => Ok(Held::own(Value::Bool(b))),
            _ => wrong("bool"),
        },
        Type::Str => match literal {
            OperandKind::String(literal) => Ok(Held::own(string(frame, literal))),
            _ => wrong("string"),
        },
        Type::Int | Type::Int64 | Type::Duration => match literal {
            OperandKind::Number(number) if let Some(n) = code.node(number).int => {
                // A method that takes a duration takes an `int64` for one.
                Ok(Held::own(if want == Type::Int { Value::Int(n) } else { Value::Int64(n) }))
            }
            _ => wrong("integer"),
        },
        Type::Float => match literal {
            OperandKind::Number(number) if let Some(n) = code.node(number).float => Ok(Held::own(Value::Float(n))),
            _ => wrong("float"),
        },
        Type::List | Type::Strings | Type::Dict | Type::Object(_) => {
            Err(frame.error(format!("can't handle {arg} for arg of type {}", want.name())))
        }
    }
}

fn can_be_nil(want: Type) -> bool {
    match want {
        Type::Any | Type::Reflect | Type::List | Type::Strings | Type::Dict => true,
        // Pointers, and Go's interfaces.
        Type::Object(name) => name.starts_with('*') || name.starts_with("io."),
        Type::Str | Type::Int | Type::Int64 | Type::Duration | Type::Float | Type::Bool => false,
    }
}

/// Go's check that a value may be assigned to a parameter. No value becomes nil where that may be.
fn check(frame: &Frame<'_>, held: &mut Held, want: Option<Type>) -> Result<()> {
    let Some(want) = want else { return Ok(()) };
    let fits = match (&held.value, want) {
        (_, Type::Reflect) => true,
        (Value::Invalid, want) if can_be_nil(want) => {
            *held = Held::own(Value::Nil);
            return Ok(());
        }
        (Value::Invalid, want) => {
            return Err(frame.error(format!("invalid value; expected {}", want.name())));
        }
        (_, Type::Any)
        | (Value::Str(_), Type::Str)
        | (Value::Int(_), Type::Int)
        | (Value::Int64(_), Type::Int64)
        | (Value::Float(_), Type::Float)
        | (Value::Bool(_), Type::Bool) => true,
        (Value::List(list), Type::List) => list.kind() == ListKind::Any,
        (Value::List(list), Type::Strings) => list.kind() == ListKind::Strings,
        (Value::Map(map), Type::Dict) => map.kind() != MapKind::Strings,
        (Value::Object(object), Type::Duration) => object.type_name() == want.name(),
        (Value::Object(object), Type::Object(name)) => {
            object.type_name() == name || object.type_name().strip_prefix('*') == Some(name)
        }
        _ => false,
    };
    if fits {
        return Ok(());
    }
    let got = if matches!(held.value, Value::Nil) { "interface {}" } else { held.value.type_name() };
    Err(frame.error(format!("wrong type for value; expected {}; got {got}", want.name())))
}
