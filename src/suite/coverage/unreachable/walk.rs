//! Goes through a template with all that is known at each place, and writes down what cannot be.
//!
//! In: a template. Out: reasons by counter, into [`OfFile`].

use super::OfFile;
use super::facts::Facts;
use super::flow::{Effects, Flow, MOST_DEPTH, function, is_plain};
use super::schema::Domains;
use super::truth::{Arg, Truth, Why};
use super::world::World;
use crate::suite::coverage::listing::Counter;
use crate::suite::coverage::{Because, Unreachable};
use crate::template::Template;
use crate::template::ast::{Branch, Command, Operand, OperandKind, Pipe, Slice, Statement, Target};
use crate::template::probes::{CHOOSERS, Numbers};

/// One template, and what is found in it.
pub(super) struct Walk<'w> {
    world: &'w World,
    template: &'w Template,
    numbers: &'w Numbers,
    truth: Truth<'w>,
    /// Whether `$` is the root object of a chart.
    has_root: bool,
    /// Branches so far: each has a dot of its own.
    dots: usize,
    out: &'w mut OfFile,
}

/// The place that the walk is at.
#[derive(Debug, Clone, Default)]
struct Here {
    /// What the dot is, as a key; `None` where that is not known.
    dot: Option<String>,
    facts: Facts,
    depth: usize,
}

/// Why the rest of a list does not run.
type Ends = Option<Unreachable>;

impl<'w> Walk<'w> {
    pub fn new(
        world: &'w World,
        template: &'w Template,
        root: Option<&str>,
        domains: Option<&'w Domains>,
        out: &'w mut OfFile,
    ) -> Self {
        let numbers = template.code.numbers(&template.source.text);
        let truth = Truth { template, domains, budget: &world.budget };
        Walk { world, template, numbers, truth, has_root: root.is_some(), dots: 0, out }
    }

    /// Goes through all of it.
    pub fn run(&mut self) {
        let code = &self.template.code;
        // Nobody gives `$` another value; if somebody does, nothing here holds.
        let is_root = |name: &Target| self.template.text(name.name) == b"$";
        if code.all::<Target>().iter().any(is_root) {
            return;
        }
        let here = Here { dot: Some("v0".to_owned()), ..Here::default() };
        self.list(self.template.body, here);
    }

    fn effects(&self, of: impl FnOnce(&Flow<'_>, &mut Effects)) -> Effects {
        let changes = |name: &str| self.world.changes(name);
        let mut effects = Effects::default();
        of(&Flow { template: self.template, changes: &changes }, &mut effects);
        effects
    }

    fn line(&self, offset: u32) -> usize {
        self.template.source.line_column(offset as usize).0
    }

    fn unreachable(&mut self, counter: Option<u32>, reason: &Unreachable) {
        if let Some(counter) = counter {
            self.out.reasons.entry(Counter::Number(counter)).or_insert_with(|| reason.clone());
        }
    }

    /// Goes through a list; why what follows it in the text around does not run, where it always ends early.
    fn list(&mut self, body: Slice<Statement>, mut here: Here) -> Ends {
        if here.depth > MOST_DEPTH {
            return None;
        }
        let template = self.template;
        let mut ended: Ends = None;
        for statement in template.code.list(body) {
            if let Some(reason) = &ended {
                self.never(statement, reason, here.depth);
                continue;
            }
            ended = match statement {
                Statement::Action(action) => {
                    self.operands(&action.pipe, &here);
                    self.fails(&action.pipe).then(|| Unreachable {
                        because: Because::BehindFail,
                        reason: format!("line {} always fails before", self.line(action.span.start)),
                    })
                }
                Statement::If(id) => self.branch(Shape::If, template.code.node(*id), &mut here),
                Statement::With(id) => self.branch(Shape::With, template.code.node(*id), &mut here),
                Statement::Range(id) => self.branch(Shape::Range, template.code.node(*id), &mut here),
                Statement::Template(id) => {
                    template.code.node(*id).pipe.iter().for_each(|pipe| self.operands(pipe, &here));
                    None
                }
                Statement::Break(at) | Statement::Continue(at) => Some(Unreachable {
                    because: Because::Contradiction,
                    reason: format!("line {} always leaves the loop before", self.line(*at)),
                }),
                Statement::Text(_) => None,
            };
            let depth = here.depth;
            let effects = self.effects(|flow, effects| flow.statement(statement, depth, effects));
            forget(&effects, &mut here);
        }
        ended
    }

    /// Whether an action always fails.
    fn fails(&self, pipe: &Pipe) -> bool {
        let code = &self.template.code;
        code.list(pipe.commands)
            .iter()
            .any(|command| function(code.list(command.args).first()).is_some_and(|function| function.name == "fail"))
    }

    /// A statement that never runs, with all in it.
    fn never(&mut self, statement: &Statement, reason: &Unreachable, depth: usize) {
        let code = &self.template.code;
        if let Statement::If(id) | Statement::With(id) | Statement::Range(id) = statement {
            let branch = code.node(*id);
            for arm in 0..2 {
                self.unreachable(self.numbers.branch(code, branch, arm), reason);
            }
            self.never_operands(&branch.pipe, reason, depth);
        } else if let Statement::Action(action) = statement {
            self.never_operands(&action.pipe, reason, depth);
        }
    }

    fn never_operands(&mut self, pipe: &Pipe, reason: &Unreachable, depth: usize) {
        let code = &self.template.code;
        if depth > MOST_DEPTH {
            return;
        }
        for command in code.list(pipe.commands) {
            let operands = code.list(command.args);
            for arm in (0..).take(operands.len() + 1) {
                self.unreachable(self.numbers.operand(code, command, arm), reason);
            }
            for operand in operands {
                if let OperandKind::Pipe(id) = operand.kind {
                    self.never_operands(code.node(id), reason, depth + 1);
                }
            }
        }
    }

    fn branch(&mut self, shape: Shape, branch: &'w Branch, here: &mut Here) -> Ends {
        let (template, depth) = (self.template, here.depth);
        let code = &template.code;
        let condition = self.effects(|flow, effects| flow.pipe(&branch.pipe, depth, effects));
        if condition.changes {
            here.facts.clear();
        }
        self.operands(&branch.pipe, here);
        let arg = Arg::Piped(code.list(branch.pipe.commands));
        let dot = here.dot.clone();
        let outcome = match shape {
            Shape::If | Shape::With => {
                self.closed(branch, dot.as_deref());
                self.truth.of_commands(code.list(branch.pipe.commands), dot.as_deref(), &here.facts, 0)
            }
            // Of a number below zero there are no rounds.
            Shape::Range => {
                let commands = code.list(branch.pipe.commands);
                let known = self.truth.of_commands(commands, dot.as_deref(), &here.facts, 0);
                let is_list =
                    || self.truth.call(commands).is_some_and(|call| matches!(call.name, "list" | "tuple" | "dict"));
                known.filter(|(truth, _)| !truth || is_list())
            }
        };
        if let Some((truth, Why { because, words })) = outcome {
            let shown = self.shown(branch);
            let word = match (shape, truth) {
                (Shape::Range, true) => "never empty",
                (Shape::Range, false) => "always empty",
                (_, true) => "always true",
                (_, false) => "never true",
            };
            let reason = Unreachable { because, reason: format!("`{shown}` is {word}, {words}") };
            self.unreachable(self.numbers.branch(code, branch, u32::from(truth)), &reason);
        }
        let line = self.line(branch.span.start);
        let assume = |holds: bool, here: &mut Here| {
            if !condition.changes {
                self.truth.assume(arg, holds, dot.as_deref(), &mut here.facts, line, 0);
            }
        };
        // Variables of the condition mean something else from here on.
        let mut inside = Here { depth: depth + 1, ..here.clone() };
        let mut outside = inside.clone();
        assume(true, &mut inside);
        if shape != Shape::Range {
            assume(false, &mut outside);
        }
        let declared = Effects { changes: false, sets: condition.sets.clone() };
        forget(&declared, &mut inside);
        forget(&declared, &mut outside);
        if shape != Shape::If {
            inside.dot = self.dot_in(shape, branch, dot.as_deref());
        }
        if shape == Shape::Range {
            // The second round begins with what the first has left.
            let body = self.effects(|flow, effects| flow.list(branch.body, depth + 1, effects));
            forget(&body, &mut inside);
        }
        let body = self.list(branch.body, inside);
        let otherwise = branch.otherwise.and_then(|list| self.list(list, outside.clone()));
        if shape == Shape::Range {
            return None;
        }
        match (body, otherwise) {
            (Some(body), Some(_)) => return Some(body),
            // What goes on has not been there.
            (Some(_), None) => self.goes_on(branch, false, here),
            (None, Some(_)) => self.goes_on(branch, true, here),
            (None, None) => {}
        }
        None
    }

    /// Behind a branch of which one part always ends the list: its condition was the other one.
    fn goes_on(&self, branch: &'w Branch, holds: bool, here: &mut Here) {
        let (depth, dot) = (here.depth, here.dot.clone());
        let effects = self.effects(|flow, effects| flow.pipe(&branch.pipe, depth, effects));
        if !effects.changes && effects.sets.is_empty() {
            let arg = Arg::Piped(self.template.code.list(branch.pipe.commands));
            self.truth.assume(arg, holds, dot.as_deref(), &mut here.facts, self.line(branch.span.start), 0);
        }
    }

    /// What the dot is in a body.
    fn dot_in(&mut self, shape: Shape, branch: &'w Branch, dot: Option<&str>) -> Option<String> {
        let code = &self.template.code;
        let body = self.effects(|flow, effects| flow.list(branch.body, 0, effects));
        self.dots += 1;
        let own = format!("d{}", self.dots);
        let declared = code.list(branch.pipe.declared).last().and_then(|target| target.slot);
        if let Some(slot) = declared.filter(|slot| !body.sets.contains(&slot.index())) {
            return Some(format!("v{}", slot.index()));
        }
        if shape == Shape::With && !body.changes {
            let key = self.truth.key(Arg::Piped(code.list(branch.pipe.commands)), dot);
            let is_chain = |key: &String| !key.contains([' ', '(', '"', '`']);
            // A variable of the key may be set while the dot stays what it was.
            let is_kept = |key: &String| body.sets.iter().all(|slot| !key.starts_with(&format!("v{slot}")));
            if let Some(key) = key.filter(|key| is_chain(key) && is_kept(key)) {
                return Some(key);
            }
        }
        Some(own)
    }

    fn shown(&self, branch: &Branch) -> String {
        let text = String::from_utf8_lossy(self.template.text(branch.span)).into_owned();
        let inner = text.trim_start_matches(['{', '-', ' ']).trim_end_matches(['}', '-', ' ']);
        let words: Vec<&str> = inner.split_whitespace().skip(1).collect();
        let shown = words.join(" ");
        match shown.char_indices().nth(80) {
            Some((end, _)) => format!("{}…", shown.get(..end).unwrap_or_default()),
            None => shown,
        }
    }

    // -- operands of calls that choose

    fn operands(&mut self, pipe: &'w Pipe, here: &Here) {
        let depth = here.depth;
        let effects = self.effects(|flow, effects| flow.pipe(pipe, depth, effects));
        let none = Here { dot: here.dot.clone(), ..Here::default() };
        self.choices(self.template.code.list(pipe.commands), if effects.changes { &none } else { here }, 0);
    }

    fn choices(&mut self, commands: &'w [Command], here: &Here, depth: usize) {
        let code = &self.template.code;
        if depth > MOST_DEPTH {
            return;
        }
        for (number, command) in commands.iter().enumerate() {
            let operands = code.list(command.args);
            let is_chooser = function(operands.first()).is_some_and(|function| CHOOSERS.contains(&function.name));
            if is_chooser && let Some(before) = commands.get(..=number) {
                self.choice(before, command, here, depth);
                continue;
            }
            operands.iter().for_each(|operand| self.inner(operand, here, depth));
        }
    }

    fn inner(&mut self, operand: &'w Operand, here: &Here, depth: usize) {
        match operand.kind {
            OperandKind::Pipe(id) => {
                let code = &self.template.code;
                self.choices(code.list(code.node(id).commands), here, depth + 1);
            }
            OperandKind::Chain { base, .. } => self.inner(self.template.code.node(base), here, depth + 1),
            _ => {}
        }
    }

    fn choice(&mut self, commands: &'w [Command], command: &'w Command, here: &Here, depth: usize) {
        let Some(call) = self.truth.call(commands) else { return };
        let code = &self.template.code;
        let mut here = here.clone();
        let mut ways: Vec<(usize, Unreachable)> = Vec::new();
        let is_sequence = matches!(call.name, "and" | "or");
        let outcome = |walk: &Self, arg: Arg<'w>, here: &Here| walk.truth.of(arg, here.dot.as_deref(), &here.facts, 0);
        let unreachable = |truth: bool, why: Why| Unreachable {
            because: why.because,
            reason: format!("an operand is {} true, {}", if truth { "always" } else { "never" }, why.words),
        };
        if is_sequence || call.name == "coalesce" {
            let stops = call.name != "and";
            let mut done: Option<Unreachable> = None;
            for (number, arg) in call.args.iter().enumerate() {
                let is_last = number + 1 == call.args.len();
                if let Some(reason) = &done {
                    ways.push((number, reason.clone()));
                } else {
                    match outcome(self, *arg, &here) {
                        Some((truth, why)) if truth == stops => done = Some(unreachable(truth, why)),
                        Some((truth, why)) if !is_last || !is_sequence => ways.push((number, unreachable(truth, why))),
                        _ => {}
                    }
                }
                if let Arg::Operand(operand) = arg {
                    self.inner(operand, &here, depth);
                }
                if is_sequence {
                    self.truth.assume(*arg, !stops, here.dot.clone().as_deref(), &mut here.facts, 0, 0);
                }
            }
            if let Some(reason) = done.filter(|_| call.name == "coalesce") {
                ways.push((call.args.len(), reason));
            }
        } else {
            let decides = match (call.name, call.args.as_slice()) {
                ("default", [_, one]) => Some(*one),
                ("ternary", [_, _, condition]) => Some(*condition),
                _ => None,
            };
            if let Some((truth, why)) = decides.and_then(|arg| outcome(self, arg, &here)) {
                ways.push((usize::from(truth), unreachable(truth, why)));
            }
            for arg in &call.args {
                if let Arg::Operand(operand) = arg {
                    self.inner(operand, &here, depth);
                }
            }
        }
        for (arm, reason) in ways {
            let counter = u32::try_from(arm).ok().and_then(|arm| self.numbers.operand(code, command, arm));
            self.unreachable(counter, &reason);
        }
    }

    // -- conditions that ask for no values

    /// Notes a condition that release and cluster alone decide.
    fn closed(&mut self, branch: &'w Branch, dot: Option<&str>) {
        let mut asked = Vec::new();
        let commands = self.template.code.list(branch.pipe.commands);
        if !self.has_root || !self.is_closed(commands, dot, &mut asked, 0) || asked.is_empty() {
            return;
        }
        asked.sort_unstable();
        asked.dedup();
        if let Some(first) = self.numbers.branch(&self.template.code, branch, 0) {
            self.out.closed.insert(first, asked.join(" and "));
        }
    }

    fn is_closed(
        &self,
        commands: &'w [Command],
        dot: Option<&str>,
        asked: &mut Vec<&'static str>,
        depth: usize,
    ) -> bool {
        let code = &self.template.code;
        depth <= MOST_DEPTH
            && commands.iter().flat_map(|command| code.list(command.args)).all(|operand| match operand.kind {
                OperandKind::Pipe(id) => {
                    let pipe = code.node(id);
                    pipe.declared.is_empty() && self.is_closed(code.list(pipe.commands), dot, asked, depth + 1)
                }
                OperandKind::Identifier { .. } => function(Some(operand)).is_some_and(is_plain),
                OperandKind::Bool(_) | OperandKind::Nil | OperandKind::Number(_) | OperandKind::String(_) => true,
                _ => {
                    let key = self.truth.key(Arg::Operand(operand), dot).unwrap_or_default();
                    let of = SURROUNDINGS.iter().find(|(prefix, _)| key.starts_with(prefix));
                    asked.extend(of.map(|(_, name)| name));
                    of.is_some()
                }
            })
    }
}

/// Helm's objects that no value changes.
const SURROUNDINGS: [(&str, &str); 4] = [
    ("v0.Capabilities.", "the cluster"),
    ("v0.Release.", "the release"),
    ("v0.Chart.", "the chart"),
    ("v0.Files.", "the chart"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    If,
    With,
    Range,
}

/// Forgets what may have changed.
fn forget(effects: &Effects, here: &mut Here) {
    if effects.changes {
        here.facts.clear();
        // The dot stays what it was, the field that it was may not.
        if here.dot.as_deref().is_some_and(|dot| dot.contains('.')) {
            here.dot = None;
        }
    }
    for slot in &effects.sets {
        here.facts.forget(*slot);
        if here.dot.as_deref().is_some_and(|dot| dot == format!("v{slot}") || dot.starts_with(&format!("v{slot}."))) {
            here.dot = None;
        }
    }
}
