//! What a condition comes to, as far as that follows from the text and from what was decided before.
//!
//! In: commands of a pipeline, [`Facts`], what the schema allows. Out: whether they are true, and why.

use super::facts::{Facts, Literal};
use super::flow::{MOST_DEPTH, function, is_plain};
use super::schema::Domains;
use crate::suite::coverage::Because;
use crate::template::Template;
use crate::template::ast::{Command, Fields, Operand, OperandKind};
use std::cell::Cell;

/// How long a text can be that stands for an expression.
const MOST_KEY: usize = 400;

/// Why something follows.
#[derive(Debug, Clone)]
pub(super) struct Why {
    pub because: Because,
    pub words: String,
}

/// An outcome that follows, and why.
pub(super) type Outcome = Option<(bool, Why)>;

fn constant(truth: bool) -> Outcome {
    Some((truth, Why { because: Because::Constant, words: "whatever the values are".to_owned() }))
}

fn decided((truth, line): (bool, usize)) -> (bool, Why) {
    // Operands that another of the same call has decided have no line of their own.
    let words = match line {
        0 => "after the operands before it".to_owned(),
        line => format!("after what line {line} has decided"),
    };
    (truth, Why { because: Because::Contradiction, words })
}

fn allowed(truth: bool, keys: &str) -> (bool, Why) {
    (truth, Why { because: Because::Schema, words: format!("as values.schema.json allows no other `{keys}`") })
}

fn flipped(outcome: Outcome) -> Outcome {
    outcome.map(|(truth, why)| (!truth, why))
}

/// An operand of a function.
#[derive(Clone, Copy)]
pub(super) enum Arg<'t> {
    Operand(&'t Operand),
    /// What comes down the pipeline.
    Piped(&'t [Command]),
}

/// A call of a function at the end of a pipeline.
pub(super) struct Call<'t> {
    pub name: &'static str,
    pub args: Vec<Arg<'t>>,
}

/// Looks at expressions of one template.
pub(super) struct Truth<'t> {
    pub template: &'t Template,
    /// Whether `$` is the root object of the chart that the schema is of.
    pub domains: Option<&'t Domains>,
    /// Expressions that may still be looked at.
    pub budget: &'t Cell<usize>,
}

impl<'t> Truth<'t> {
    fn commands(&self, arg: Arg<'t>) -> Option<&'t [Command]> {
        match arg {
            Arg::Piped(commands) => Some(commands),
            Arg::Operand(operand) => match operand.kind {
                OperandKind::Pipe(id) => {
                    let pipe = self.template.code.node(id);
                    pipe.declared.is_empty().then(|| self.template.code.list(pipe.commands))
                }
                _ => None,
            },
        }
    }

    /// The call that a pipeline ends with.
    pub fn call(&self, commands: &'t [Command]) -> Option<Call<'t>> {
        let (last, before) = commands.split_last()?;
        let (first, given) = self.template.code.list(last.args).split_first()?;
        let name = function(Some(first))?.name;
        let piped = (!before.is_empty()).then_some(Arg::Piped(before));
        Some(Call { name, args: given.iter().map(Arg::Operand).chain(piped).collect() })
    }

    /// The text that stands for an expression; `None` of one that may come out differently the next time.
    pub fn key(&self, arg: Arg<'t>, dot: Option<&str>) -> Option<String> {
        self.key_at(arg, dot, 0).filter(|key| key.len() <= MOST_KEY)
    }

    fn key_at(&self, arg: Arg<'t>, dot: Option<&str>, depth: usize) -> Option<String> {
        if depth > MOST_DEPTH {
            return None;
        }
        if let Some(commands) = self.commands(arg) {
            return self.key_of(commands, dot, depth + 1);
        }
        let Arg::Operand(operand) = arg else { return None };
        let text = |fields: Fields| String::from_utf8_lossy(self.template.text(fields.0)).into_owned();
        Some(match operand.kind {
            OperandKind::Dot => dot?.to_owned(),
            OperandKind::Field(fields) => format!("{}{}", dot?, text(fields)),
            OperandKind::Variable { name, end, slot } => {
                format!("v{}{}", slot?.index(), text(OperandKind::fields_of(name, end)))
            }
            OperandKind::Chain { base, fields } => {
                let base = self.key_at(Arg::Operand(self.template.code.node(base)), dot, depth + 1)?;
                format!("{base}{}", text(fields))
            }
            OperandKind::Nil | OperandKind::Bool(_) | OperandKind::Number(_) | OperandKind::String(_) => {
                self.template.shown(operand).to_string()
            }
            OperandKind::Identifier { .. } => function(Some(operand)).filter(|f| is_plain(f))?.name.to_owned(),
            OperandKind::Pipe(_) => return None,
        })
    }

    fn key_of(&self, commands: &'t [Command], dot: Option<&str>, depth: usize) -> Option<String> {
        let mut keys = Vec::new();
        let mut length = 0;
        for command in commands {
            let operands = self.template.code.list(command.args);
            let mut words = Vec::new();
            for operand in operands {
                let word = self.key_at(Arg::Operand(operand), dot, depth)?;
                length += word.len();
                if length > MOST_KEY {
                    return None;
                }
                words.push(word);
            }
            keys.push(words.join(" "));
        }
        // A chain of fields in brackets is the chain.
        let [one] = keys.as_slice() else { return Some(format!("({})", keys.join(" | "))) };
        Some(if one.contains(' ') && !one.starts_with(['"', '`', '(']) { format!("({one})") } else { one.clone() })
    }

    /// The literal that an operand is.
    pub fn literal(&self, arg: Arg<'t>) -> Option<Literal> {
        let Arg::Operand(operand) = arg else { return None };
        match operand.kind {
            OperandKind::Bool(truth) => Some(Literal::Bool(truth)),
            OperandKind::Number(id) => self.template.code.node(id).int.map(Literal::Int),
            OperandKind::String(id) => Some(Literal::Text(self.template.code.node(id).text.to_vec())),
            _ => None,
        }
    }

    /// Counts a look at an expression; `false` when there were too many.
    fn may_look(&self) -> bool {
        let left = self.budget.get();
        self.budget.set(left.saturating_sub(1));
        left > 0
    }

    /// Whether an operand is true.
    pub fn of(&self, arg: Arg<'t>, dot: Option<&str>, facts: &Facts, depth: usize) -> Outcome {
        if depth > MOST_DEPTH || !self.may_look() {
            return None;
        }
        let known = self.key(arg, dot).and_then(|key| {
            let follows = facts.is_true(&key).map(decided);
            follows.or_else(|| self.allowed_truth(&key))
        });
        if known.is_some() {
            return known;
        }
        if let Some(commands) = self.commands(arg) {
            return self.of_commands(commands, dot, facts, depth + 1);
        }
        let Arg::Operand(operand) = arg else { return None };
        match operand.kind {
            OperandKind::Bool(truth) => constant(truth),
            OperandKind::Nil => constant(false),
            OperandKind::Number(id) => {
                let number = self.template.code.node(id);
                let zero = number.int == Some(0) || number.float == Some(0.0) || number.complex == Some((0.0, 0.0));
                constant(!zero)
            }
            OperandKind::String(id) => constant(!self.template.code.node(id).text.is_empty()),
            _ => None,
        }
    }

    /// Whether a pipeline is true.
    pub fn of_commands(&self, commands: &'t [Command], dot: Option<&str>, facts: &Facts, depth: usize) -> Outcome {
        if let [command] = commands
            && let [operand] = self.template.code.list(command.args)
            && !matches!(operand.kind, OperandKind::Identifier { .. })
        {
            return self.of(Arg::Operand(operand), dot, facts, depth + 1);
        }
        if let Some(key) = self.key(Arg::Piped(commands), dot)
            && let Some(follows) = facts.is_true(&key)
        {
            return Some(decided(follows));
        }
        let call = self.call(commands)?;
        let args = call.args.as_slice();
        let is = |arg: &Arg<'t>| self.of(*arg, dot, facts, depth + 1);
        match (call.name, args) {
            ("not" | "empty", [one]) => flipped(is(one)),
            ("and", [_, ..]) => self.all(args, true, dot, facts, depth),
            ("or", [_, ..]) => flipped(self.all(args, false, dot, facts, depth)),
            ("eq", [one, others @ ..]) if !others.is_empty() => self.equal(*one, others, dot, facts),
            ("ne", [one, other]) => flipped(self.equal(*one, &[*other], dot, facts)),
            ("default", [other, one]) => match (is(other), is(one)) {
                (Some((true, why)), _) | (_, Some((true, why))) => Some((true, why)),
                (other, Some((false, _))) => other,
                _ => None,
            },
            ("coalesce", [_, ..]) => {
                let all: Vec<Outcome> = args.iter().map(is).collect();
                let is_false = |one: &Outcome| matches!(one, Some((false, _)));
                let found = all.iter().flatten().find(|(truth, _)| *truth).cloned();
                found.or_else(|| all.iter().all(is_false).then(|| all.into_iter().flatten().next()).flatten())
            }
            ("ternary", [one, other, condition]) => match is(condition) {
                Some((true, _)) => is(one),
                Some((false, _)) => is(other),
                None => match (is(one), is(other)) {
                    (Some((one, why)), Some((other, _))) if one == other => Some((one, why)),
                    _ => None,
                },
            },
            ("list" | "tuple" | "dict", args) => constant(!args.is_empty()),
            ("gt" | "ge" | "lt" | "le", [one, other]) => self.compared(call.name, *one, *other, dot),
            _ => None,
        }
    }

    /// Of `and` (`wanted` is true) whether all are true; of `or` whether all are false. Each is looked at as it comes, after
    /// those before it.
    fn all(&self, args: &[Arg<'t>], wanted: bool, dot: Option<&str>, facts: &Facts, depth: usize) -> Outcome {
        let mut facts = facts.clone();
        let mut last = Some(None);
        for arg in args {
            match self.of(*arg, dot, &facts, depth + 1) {
                Some((truth, why)) if truth != wanted => return Some((false, why)),
                Some((_, why)) => last = last.map(|_| Some(why)),
                None => last = None,
            }
            self.assume(*arg, wanted, dot, &mut facts, 0, depth + 1);
        }
        Some((true, last??))
    }

    fn equal(&self, one: Arg<'t>, others: &[Arg<'t>], dot: Option<&str>, facts: &Facts) -> Outcome {
        let mut all_false = Some(None);
        for other in others {
            match self.equals(one, *other, dot, facts) {
                Some((true, why)) => return Some((true, why)),
                Some((false, why)) => all_false = all_false.map(|_| Some(why)),
                None => all_false = None,
            }
        }
        Some((false, all_false??))
    }

    fn equals(&self, one: Arg<'t>, other: Arg<'t>, dot: Option<&str>, facts: &Facts) -> Outcome {
        let (one, literal) = match (self.literal(one), self.literal(other)) {
            (Some(one), Some(other)) => return one.equals(&other).and_then(constant),
            (None, Some(literal)) => (one, literal),
            (Some(literal), None) => (other, literal),
            (None, None) => return None,
        };
        let key = self.key(one, dot)?;
        if let Some(follows) = facts.is_equal(&key, &literal) {
            return Some(decided(follows));
        }
        let keys = key.strip_prefix("v0.Values.").filter(|keys| is_path(keys))?;
        let domain = self.domains?.at(keys.split('.'))?;
        Some(allowed(domain.equals(&literal)?, keys))
    }

    fn allowed_truth(&self, key: &str) -> Outcome {
        let keys = key.strip_prefix("v0.Values.").filter(|keys| is_path(keys))?;
        Some(allowed(self.domains?.at(keys.split('.'))?.truth()?, keys))
    }

    /// `gt (int .Values.x) 3`, and the like.
    fn compared(&self, name: &str, one: Arg<'t>, other: Arg<'t>, dot: Option<&str>) -> Outcome {
        let (bounded, number, is_flipped) = match (self.literal(one), self.literal(other)) {
            (None, Some(Literal::Int(number))) => (one, number, false),
            (Some(Literal::Int(number)), None) => (other, number, true),
            _ => return None,
        };
        let call = self.call(self.commands(bounded)?)?;
        let ("int" | "int64", [inner]) = (call.name, call.args.as_slice()) else { return None };
        let key = self.key(*inner, dot)?;
        let keys = key.strip_prefix("v0.Values.").filter(|keys| is_path(keys))?;
        let (from, to) = self.domains?.at(keys.split('.'))?.bounds()?;
        let number = number as f64;
        // With the operands the other way round, the comparison is.
        let name = match (name, is_flipped) {
            ("gt", true) => "lt",
            ("lt", true) => "gt",
            ("ge", true) => "le",
            ("le", true) => "ge",
            (name, _) => name,
        };
        let truth = match name {
            "gt" if from > number => true,
            "gt" if to <= number => false,
            "ge" if from >= number => true,
            "ge" if to < number => false,
            "lt" if to < number => true,
            "lt" if from >= number => false,
            "le" if to <= number => true,
            "le" if from > number => false,
            _ => return None,
        };
        Some(allowed(truth, keys))
    }

    /// What follows from an expression being true, or not.
    pub fn assume(&self, arg: Arg<'t>, holds: bool, dot: Option<&str>, facts: &mut Facts, line: usize, depth: usize) {
        if depth > MOST_DEPTH || !self.may_look() {
            return;
        }
        if let Some(key) = self.key(arg, dot) {
            facts.truth(&key, holds, line);
        }
        let Some(commands) = self.commands(arg) else { return };
        if let [command] = commands
            && let [operand] = self.template.code.list(command.args)
        {
            return self.assume(Arg::Operand(operand), holds, dot, facts, line, depth + 1);
        }
        let Some(call) = self.call(commands) else { return };
        match (call.name, call.args.as_slice()) {
            ("not" | "empty", [one]) => self.assume(*one, !holds, dot, facts, line, depth + 1),
            ("and", args) if holds => {
                args.iter().for_each(|arg| self.assume(*arg, true, dot, facts, line, depth + 1));
            }
            ("or", args) if !holds => {
                args.iter().for_each(|arg| self.assume(*arg, false, dot, facts, line, depth + 1));
            }
            ("eq", [one, others @ ..]) => self.assume_equal(*one, others, holds, dot, facts, line),
            ("ne", [one, other]) => self.assume_equal(*one, &[*other], !holds, dot, facts, line),
            _ => {}
        }
    }

    fn assume_equal(
        &self,
        one: Arg<'t>,
        others: &[Arg<'t>],
        holds: bool,
        dot: Option<&str>,
        facts: &mut Facts,
        line: usize,
    ) {
        let literals: Option<Vec<Literal>> = others.iter().map(|other| self.literal(*other)).collect();
        let (one, literals) = match (self.literal(one), literals, others) {
            (None, Some(literals), _) => (one, literals),
            (Some(literal), None, [other]) => (*other, vec![literal]),
            _ => return,
        };
        if let Some(key) = self.key(one, dot).filter(|_| !literals.is_empty()) {
            facts.equals(&key, literals, holds, line);
        }
    }
}

/// Whether a text is fields and nothing else.
fn is_path(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_'))
}
