//! Which values a failing expression used, for hints that name them.
//!
//! In: the statement at which a template stopped, and its frame as it was. Out: the chains of
//! fields in the failing command, each with the maps it went through. Runs on failures only.

use super::scope::{At, Frame, Held};
use crate::template::ast::{Command, Fields, Operand, OperandKind, Pipe, Statement};
use crate::value::{Map, Str, Value};

/// A chain of fields, `.Values.a.b` or `$x.a`, and how far it leads.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The maps on the way: that of the first key first.
    pub maps: Vec<Map>,
    /// The keys, as many as there are maps: each is looked up in the map of its place.
    pub keys: Vec<Str>,
    /// What the last of these keys holds; `None` when it is not there.
    pub value: Option<Value>,
    /// Whether the failure is at this very chain.
    pub is_failing: bool,
}

/// Chains told of one failure: more would hide the one that matters.
const MOST: usize = 4;

/// The chains of fields in the command that failed, after those of the command before it, whose
/// result is its last argument.
pub(super) fn seen(frame: &Frame<'_>, dot: &Held, statement: &Statement) -> Vec<Seen> {
    let code = &frame.template.code;
    let pipe = match statement {
        Statement::Action(action) => &action.pipe,
        Statement::If(branch) | Statement::With(branch) | Statement::Range(branch) => &code.node(*branch).pipe,
        Statement::Template(call) => match &code.node(*call).pipe {
            Some(pipe) => pipe,
            None => return Vec::new(),
        },
        Statement::Text(_) | Statement::Break(_) | Statement::Continue(_) => return Vec::new(),
    };
    let mut found = Vec::new();
    let look = Look { frame, dot };
    match look.failing(pipe) {
        Some((before, command)) => {
            before.into_iter().for_each(|before| look.command(before, &mut found));
            look.command(command, &mut found);
        }
        None => code.list(pipe.commands).iter().for_each(|command| look.command(command, &mut found)),
    }
    found.truncate(MOST);
    found
}

/// A frame at its end.
struct Look<'a, 't> {
    frame: &'a Frame<'t>,
    dot: &'a Held,
}

impl<'a, 't> Look<'a, 't> {
    /// The command that the frame stopped at, and the one before it in its pipeline.
    fn failing<'p>(&self, pipe: &'p Pipe) -> Option<(Option<&'p Command>, &'p Command)>
    where
        't: 'p,
    {
        let code = &self.frame.template.code;
        let commands = code.list(pipe.commands);
        for (number, command) in commands.iter().enumerate() {
            let args = code.list(command.args);
            let inner = args.iter().find_map(|arg| match arg.kind {
                OperandKind::Pipe(pipe) => self.failing(code.node(pipe)),
                // A chain that can be followed is looked at as a whole.
                OperandKind::Chain { base, .. } if self.chain(arg).is_none() => match code.node(base).kind {
                    OperandKind::Pipe(pipe) => self.failing(code.node(pipe)),
                    _ => None,
                },
                _ => None,
            });
            if inner.is_some() {
                return inner;
            }
            let is_here = match self.frame.at {
                At::Command(at) => std::ptr::eq(at, command),
                At::Operand(_) => args.iter().any(|arg| self.holds(arg)),
                At::Start | At::Action(_) | At::Invocation(_) | At::Pipe(_) => false,
            };
            if is_here {
                return Some((number.checked_sub(1).and_then(|before| commands.get(before)), command));
            }
        }
        None
    }

    /// The chains in a command, those in its parentheses too.
    fn command(&self, command: &Command, found: &mut Vec<Seen>) {
        for arg in self.frame.template.code.list(command.args) {
            match self.chain(arg) {
                Some((start, keys)) => found.extend(self.follow(arg, start, keys)),
                None => {
                    if let OperandKind::Pipe(pipe) = arg.kind {
                        let code = &self.frame.template.code;
                        code.list(code.node(pipe).commands).iter().for_each(|inner| self.command(inner, found));
                    }
                }
            }
        }
    }

    /// Where a chain begins, and its keys.
    fn chain(&self, operand: &Operand) -> Option<(Value, Vec<Str>)> {
        let template = self.frame.template;
        let names = |fields: Fields| -> Vec<Str> {
            let (before, last) = fields.split_last(&template.source.text);
            before.chain([last]).filter(|name| !name.is_empty()).map(Str::from).collect()
        };
        match operand.kind {
            OperandKind::Field(fields) => Some((self.dot.value.clone(), names(fields))),
            OperandKind::Variable { name, end, slot } => {
                let held = self.frame.variables.get(slot?.index())?.as_ref()?;
                Some((held.value.clone(), names(OperandKind::fields_of(name, end))))
            }
            OperandKind::Chain { base, fields } => {
                let OperandKind::Pipe(pipe) = template.code.node(base).kind else { return None };
                let [command] = template.code.list(template.code.node(pipe).commands) else { return None };
                let [inner] = template.code.list(command.args) else { return None };
                let (start, mut keys) = self.chain(inner)?;
                keys.extend(names(fields));
                Some((start, keys))
            }
            _ => None,
        }
    }

    /// Whether the frame stopped at this operand, or at what its fields are of.
    fn holds(&self, operand: &Operand) -> bool {
        if matches!(self.frame.at, At::Operand(at) if std::ptr::eq(at, operand)) {
            return true;
        }
        let code = &self.frame.template.code;
        let OperandKind::Chain { base, .. } = operand.kind else { return false };
        let OperandKind::Pipe(pipe) = code.node(base).kind else { return false };
        let [command] = code.list(code.node(pipe).commands) else { return false };
        matches!(code.list(command.args), [inner] if self.holds(inner))
    }

    fn follow(&self, operand: &Operand, start: Value, keys: Vec<Str>) -> Option<Seen> {
        let mut seen = Seen { maps: Vec::new(), keys: Vec::new(), value: Some(start), is_failing: false };
        for key in keys {
            // Past a list or a text, and past what is missing, there is nothing to look into.
            let Some(Value::Map(map)) = &seen.value else { break };
            let map = map.clone();
            seen.value = map.get(&key);
            seen.maps.push(map);
            seen.keys.push(key);
        }
        seen.is_failing = self.holds(operand);
        (!seen.maps.is_empty()).then_some(seen)
    }
}
