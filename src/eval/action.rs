//! Statements: text, actions, branches, loops, calls of templates.

use super::EvalError;
use super::call::Walk;
use super::no_value::NO_VALUE;
use super::record::Read;
use super::run::{Run, TPL_NAME};
use super::scope::{At, Frame, Held};
use super::seen;
use super::trace::BlockKind;
use crate::source::Span;
use crate::template::ast::{Branch, Invocation, Pipe, Slice, Statement};
use crate::template::quote;
use crate::value::{Go, ListKind, MapKind, Str, Value, format};
use std::sync::Arc;

/// Steps of a `template`, which sets up variables, and a note for the trace.
const CALL_STEPS: u64 = 8;

/// What a list of statements asks of the loop around it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    On,
    Break,
    Continue,
}

type Result<T, E = Box<EvalError>> = std::result::Result<T, E>;

impl Run<'_> {
    pub(super) fn list<'t>(
        &self,
        frame: &mut Frame<'t>,
        dot: &Held,
        body: Slice<Statement>,
        out: &mut Vec<u8>,
    ) -> Result<Flow> {
        for statement in frame.template.code.list(body) {
            let flow = self.statement(frame, dot, statement, out).map_err(|mut error| {
                self.left(frame, statement);
                // The innermost statement knows; the ones around it only hear of it.
                error.seen.get_or_insert_with(|| seen::seen(frame, dot, statement));
                error
            })?;
            if flow != Flow::On {
                self.left(frame, statement);
                return Ok(flow);
            }
        }
        Ok(Flow::On)
    }

    fn statement<'t>(
        &self,
        frame: &mut Frame<'t>,
        dot: &Held,
        statement: &'t Statement,
        out: &mut Vec<u8>,
    ) -> Result<Flow> {
        self.count(frame, 1)?;
        let code = &frame.template.code;
        match statement {
            Statement::Text(span) => {
                let start = out.len();
                out.extend_from_slice(frame.template.text(*span));
                self.wrote(frame, *span, start, out, None)?;
            }
            Statement::Action(action) => {
                frame.at = At::Action(action);
                let before = self.record(|recorder| {
                    recorder.action = action.span;
                    (recorder.waiting(), recorder.mark())
                });
                let value = self.pipe(frame, dot, &action.pipe)?;
                if action.pipe.declared.is_empty() {
                    frame.at = At::Action(action);
                    let start = out.len();
                    if matches!(value.value, Value::List(_) | Value::Map(_)) {
                        self.walkable(frame, std::slice::from_ref(&value.value), Walk::Print)?;
                        self.record(|recorder| recorder.whole(value.read));
                    }
                    print(&value, out);
                    self.wrote(frame, action.span, start, out, before)?;
                } else if let Some((waiting, _)) = before {
                    self.record(|recorder| recorder.keep(waiting));
                }
            }
            Statement::If(branch) => return self.branch(frame, dot, code.node(*branch), false, out),
            Statement::With(branch) => return self.branch(frame, dot, code.node(*branch), true, out),
            Statement::Range(branch) => return self.range(frame, dot, code.node(*branch), out),
            Statement::Template(call) => self.invoke(frame, dot, code.node(*call), out)?,
            Statement::Break(_) => return Ok(Flow::Break),
            Statement::Continue(_) => return Ok(Flow::Continue),
        }
        Ok(Flow::On)
    }

    /// Notes who wrote the end of the output, and holds the limit on its size. `before` is what the
    /// notes were before an action; `None` for text.
    fn wrote(
        &self,
        frame: &Frame<'_>,
        span: Span,
        start: usize,
        out: &[u8],
        before: Option<(usize, u32)>,
    ) -> Result<()> {
        self.count_output(frame, out.len() - start, out.len())?;
        if self.is_enough(out) {
            return Err(frame.error("this is as much as is wanted".to_owned()));
        }
        self.record(|recorder| {
            let (waiting, mark) = before.map_or_else(|| (recorder.waiting(), None), |(from, mark)| (from, Some(mark)));
            recorder.wrote(&frame.template.source, span, (start, out), waiting, mark);
        });
        Ok(())
    }

    /// Runs a body as a branch of its own.
    #[allow(clippy::too_many_arguments)]
    fn inside<'t>(
        &self,
        frame: &mut Frame<'t>,
        dot: &Held,
        (kind, branch, mark): (BlockKind, &'t Branch, Option<u32>),
        body: Slice<Statement>,
        out: &mut Vec<u8>,
    ) -> Result<Flow> {
        let Some(mark) = mark else { return self.list(frame, dot, body, out) };
        let outer = self.record(|recorder| recorder.enter(kind, &frame.template.source, branch, mark));
        let flow = self.list(frame, dot, body, out)?;
        self.record(|recorder| recorder.block = outer.flatten());
        Ok(flow)
    }

    /// Counts that what follows a statement in its list does not run.
    fn left(&self, frame: &Frame<'_>, statement: &Statement) {
        if let Some(probes) = &self.probes {
            probes.borrow_mut().left(frame.base, statement);
        }
    }

    /// Counts that a branch goes into its body, or does not.
    fn takes(&self, frame: &Frame<'_>, branch: &Branch, body: bool) {
        if let Some(probes) = &self.probes {
            probes.borrow_mut().branch(frame.base, branch, u32::from(!body));
        }
    }

    /// Notes which way a branch went.
    fn went(&self, frame: &Frame<'_>, branch: &Branch, taken: bool) {
        self.record(|recorder| {
            let source = &frame.template.source;
            // The tree of a `tpl` may be gone while the run goes on.
            if *source.name != *TPL_NAME {
                recorder.reads.branch(std::ptr::from_ref(branch).addr(), source, branch.span, taken);
            }
        });
    }

    fn branch<'t>(
        &self,
        frame: &mut Frame<'t>,
        dot: &Held,
        branch: &'t Branch,
        with: bool,
        out: &mut Vec<u8>,
    ) -> Result<Flow> {
        let before = self.record(|recorder| (recorder.waiting(), recorder.mark()));
        let value = self.pipe(frame, dot, &branch.pipe)?;
        // What a helper gave back is the dot now, and printed later.
        let mark = before.map(|(waiting, mark)| {
            self.record(|recorder| recorder.keep(waiting));
            mark
        });
        let holds = value.value.is_true();
        self.went(frame, branch, holds);
        self.takes(frame, branch, holds);
        if holds {
            let (kind, dot) = if with { (BlockKind::With, &value) } else { (BlockKind::If, dot) };
            return self.inside(frame, dot, (kind, branch, mark), branch.body, out);
        }
        match branch.otherwise {
            Some(otherwise) => self.inside(frame, dot, (BlockKind::Else, branch, mark), otherwise, out),
            None => Ok(Flow::On),
        }
    }

    fn range<'t>(&self, frame: &mut Frame<'t>, dot: &Held, branch: &'t Branch, out: &mut Vec<u8>) -> Result<Flow> {
        let mark = self.record(|recorder| recorder.mark());
        let Held { value, read, .. } = self.pipe(frame, dot, &branch.pipe)?;
        if matches!(value, Value::List(_) | Value::Map(_)) {
            self.record(|recorder| recorder.whole(read));
        }
        let mut ran = false;
        let mut round = |frame: &mut Frame<'t>, index: Value, element: Held, out: &mut Vec<u8>| -> Result<bool> {
            ran = true;
            self.count(frame, 1)?;
            assign(frame, &branch.pipe, index, &element);
            self.takes(frame, branch, true);
            Ok(self.inside(frame, &element, (BlockKind::Range, branch, mark), branch.body, out)? != Flow::Break)
        };
        let element = |held: Held, index: usize| match self.record(|recorder| recorder.element(read, index)) {
            Some(read) => held.from(read),
            None => held,
        };
        let entry = |held: Held, key: &Str| match self.record(|recorder| recorder.key(read, key, !held.value.is_nil()))
        {
            Some(read) => held.from(read),
            None => held,
        };
        let elements: Vec<(Value, Held)> = match &value {
            Value::Nil | Value::Invalid => Vec::new(),
            number if let Some(end) = counted(number) => {
                if branch.pipe.declared.len() > 1 {
                    let number = shown(number);
                    let message = format!("can't use {number} to iterate over more than one variable");
                    return Err(frame.error(message));
                }
                for i in 0..end {
                    if !round(frame, Value::Invalid, Held::own(alike(number, i)), out)? {
                        break;
                    }
                }
                Vec::new()
            }
            Value::List(list) => {
                let hold = if list.kind() == ListKind::Any { Held::element } else { Held::own };
                for (i, item) in list.iter().enumerate() {
                    if !round(frame, index(i), element(hold(item.clone()), i), out)? {
                        break;
                    }
                }
                Vec::new()
            }
            Value::Map(map) => {
                let hold = if map.kind() == MapKind::Strings { Held::own } else { Held::element };
                let entries = map.snapshot().into_iter();
                entries
                    .map(|(key, value)| (entry(hold(value), &key), key))
                    .map(|(held, key)| (Value::Str(key), held))
                    .collect()
            }
            Value::Object(object) => match object.underlying() {
                Go::Map(entries) => entries.into_iter().map(|(k, v)| (k, Held::own(v))).collect(),
                Go::List(items) => items.into_iter().enumerate().map(|(i, v)| (index(i), Held::own(v))).collect(),
                Go::Int64(_) | Go::Uint(_) | Go::Struct => return Err(frame.error(cannot_range(&value))),
            },
            Value::Int(_) | Value::Int64(_) | Value::Bool(_) | Value::Float(_) | Value::Str(_) => {
                return Err(frame.error(cannot_range(&value)));
            }
        };
        for (index, element) in elements {
            if !round(frame, index, element, out)? {
                break;
            }
        }
        self.went(frame, branch, ran);
        if !ran {
            self.takes(frame, branch, false);
        }
        match branch.otherwise {
            // A `break` there ends this loop, which is over; a `continue` is the outer loop's.
            Some(otherwise) if !ran => {
                match self.inside(frame, dot, (BlockKind::Else, branch, mark), otherwise, out)? {
                    Flow::Continue => Ok(Flow::Continue),
                    Flow::On | Flow::Break => Ok(Flow::On),
                }
            }
            _ => Ok(Flow::On),
        }
    }

    fn invoke<'t>(&self, frame: &mut Frame<'t>, dot: &Held, call: &'t Invocation, out: &mut Vec<u8>) -> Result<()> {
        frame.at = At::Invocation(call);
        let Some(template) = call.name.to_utf8().and_then(|name| self.find(name)) else {
            return Err(frame.error(format!("template {} not defined", quote(&call.name))));
        };
        let data = match &call.pipe {
            Some(pipe) => self.pipe(frame, dot, pipe)?,
            None => Held::invalid(),
        };
        frame.at = At::Invocation(call);
        self.count(frame, CALL_STEPS)?;
        self.check_depth().map_err(|reason| frame.error(reason))?;
        let caller = (&frame.template.source, call.span);
        self.within(&template.name, caller, || self.template(&template, data, out)).map_err(|error| {
            let place = (Arc::clone(&frame.template.source), call.position);
            Box::new(error.inside(Some(Arc::clone(&template.name))).called(place))
        })
    }
}

fn index(i: usize) -> Value {
    Value::Int(i64::try_from(i).unwrap_or(i64::MAX))
}

fn cannot_range(value: &Value) -> String {
    format!("range can't iterate over {}", shown(value))
}

fn shown(value: &Value) -> String {
    let mut text = Vec::new();
    format::display(value, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Where a loop over an integer ends; `None` for what is no integer underneath.
fn counted(value: &Value) -> Option<i64> {
    match value {
        Value::Int(n) | Value::Int64(n) => Some(*n),
        Value::Object(object) => match object.underlying() {
            Go::Int64(n) => Some(n),
            Go::Uint(n) => Some(i64::try_from(n).unwrap_or(i64::MAX)),
            _ => None,
        },
        _ => None,
    }
}

/// A number of the type that the loop counts in: of a duration they are durations.
fn alike(value: &Value, number: i64) -> Value {
    match value {
        Value::Int(_) => Value::Int(number),
        Value::Object(object) => object.numbered(number).unwrap_or(Value::Int64(number)),
        _ => Value::Int64(number),
    }
}

/// Gives a loop's variables this round's values: with two the first is the index.
fn assign(frame: &mut Frame<'_>, pipe: &Pipe, index: Value, element: &Held) {
    let declared = frame.template.code.list(pipe.declared);
    let slot = |i: usize| declared.get(i).and_then(|target| target.slot);
    if declared.len() > 1 {
        if let Some(slot) = slot(0) {
            // A key comes from where its value does; a number comes from nowhere.
            let read = if matches!(index, Value::Str(_)) { element.read } else { Read::NONE };
            frame.set(slot, Held::own(index).from(read));
        }
        if let Some(slot) = slot(1) {
            frame.set(slot, element.clone());
        }
    } else if let Some(slot) = slot(0) {
        frame.set(slot, element.clone());
    }
}

/// Prints a value as an action does.
fn print(held: &Held, out: &mut Vec<u8>) {
    match &held.value {
        Value::Str(text) => out.extend_from_slice(text),
        Value::Nil | Value::Invalid => out.extend_from_slice(NO_VALUE),
        Value::Object(object) => match object.pointer_text().filter(|_| held.addressable) {
            Some(mut text) => out.append(&mut text),
            None => format::display_pointee(&held.value, out),
        },
        value => format::display(value, out),
    }
}
