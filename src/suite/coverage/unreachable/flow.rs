//! What statements change, and which templates they call.
//!
//! In: statements and pipelines. Out: [`Effects`], and for each template its [`Calls`].

use crate::eval::call::{Func, Purity};
use crate::funcs;
use crate::template::Template;
use crate::template::ast::{Command, Operand, OperandKind, Pipe, Slice, Statement};
use std::collections::BTreeSet;

/// Functions that change a map that they are given.
const CHANGERS: [&str; 7] = ["set", "unset", "merge", "mustMerge", "mergeOverwrite", "mustMergeOverwrite", "tpl"];

/// How deep blocks and brackets are followed. Behind that everything is possible.
pub(super) const MOST_DEPTH: usize = 64;

/// What a statement may change.
#[derive(Debug, Clone, Default)]
pub(super) struct Effects {
    /// It may change maps, and with them the values.
    pub changes: bool,
    /// Variables that it sets, by their slots.
    pub sets: BTreeSet<usize>,
}

/// What a template calls.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// Names, and whether the call hands the template's own root on.
    pub named: Vec<(String, bool)>,
    /// It has calls whose names are made while it runs, or texts to render.
    pub is_open: bool,
    /// It changes maps by itself; with `tpl` whatever its text does.
    pub changes: bool,
    /// It changes maps, apart from what a `tpl` may do.
    pub changes_maps: bool,
}

/// The function of a command's first operand.
pub(super) fn function(operand: Option<&Operand>) -> Option<&'static Func> {
    match operand?.kind {
        OperandKind::Identifier { function, .. } => funcs::table().row(function as usize),
        _ => None,
    }
}

/// Whether a function gives the same for the same operands, and does nothing else.
pub(super) fn is_plain(function: &Func) -> bool {
    function.purity == Purity::Pure
        && !CHANGERS.contains(&function.name)
        && !matches!(function.name, "fail" | "required")
}

/// A text in the template, where the operand is one.
pub(super) fn literal<'t>(template: &'t Template, operand: Option<&Operand>) -> Option<&'t [u8]> {
    match operand?.kind {
        OperandKind::String(id) => Some(&template.code.node(id).text),
        _ => None,
    }
}

/// Looks for effects and calls in one template.
pub(super) struct Flow<'f> {
    pub template: &'f Template,
    /// Whether a template of this name may change maps.
    pub changes: &'f dyn Fn(&str) -> bool,
}

impl Flow<'_> {
    /// What a list may change.
    pub fn list(&self, body: Slice<Statement>, depth: usize, effects: &mut Effects) {
        self.template.code.list(body).iter().for_each(|statement| self.statement(statement, depth, effects));
    }

    /// What a statement may change.
    pub fn statement(&self, statement: &Statement, depth: usize, effects: &mut Effects) {
        if depth > MOST_DEPTH {
            effects.changes = true;
            return;
        }
        let code = &self.template.code;
        match statement {
            Statement::Action(action) => self.pipe(&action.pipe, depth, effects),
            Statement::If(id) | Statement::With(id) | Statement::Range(id) => {
                let branch = code.node(*id);
                self.pipe(&branch.pipe, depth, effects);
                self.list(branch.body, depth + 1, effects);
                branch.otherwise.into_iter().for_each(|body| self.list(body, depth + 1, effects));
            }
            Statement::Template(id) => {
                let call = code.node(*id);
                call.pipe.iter().for_each(|pipe| self.pipe(pipe, depth, effects));
                effects.changes |= (self.changes)(&call.name.to_text());
            }
            Statement::Text(_) | Statement::Break(_) | Statement::Continue(_) => {}
        }
    }

    /// What a pipeline may change.
    pub fn pipe(&self, pipe: &Pipe, depth: usize, effects: &mut Effects) {
        let code = &self.template.code;
        effects.sets.extend(code.list(pipe.declared).iter().filter_map(|target| Some(target.slot?.index())));
        self.commands(code.list(pipe.commands), depth, effects);
    }

    fn commands(&self, commands: &[Command], depth: usize, effects: &mut Effects) {
        let code = &self.template.code;
        for command in commands {
            let operands = code.list(command.args);
            if let Some(function) = function(operands.first()) {
                let name = literal(self.template, operands.get(1));
                effects.changes |= CHANGERS.contains(&function.name)
                    || function.name == "include"
                        && name.is_none_or(|name| (self.changes)(&String::from_utf8_lossy(name)));
            }
            operands.iter().for_each(|operand| self.operand(operand, depth, effects));
        }
    }

    fn operand(&self, operand: &Operand, depth: usize, effects: &mut Effects) {
        if depth > MOST_DEPTH {
            effects.changes = true;
            return;
        }
        match operand.kind {
            OperandKind::Pipe(id) => self.pipe(self.template.code.node(id), depth + 1, effects),
            OperandKind::Chain { base, .. } => self.operand(self.template.code.node(base), depth + 1, effects),
            _ => {}
        }
    }
}

impl Calls {
    /// What a template calls, anywhere in it.
    pub fn of(template: &Template) -> Calls {
        let mut calls = Calls::default();
        calls.list(template, template.body, true, 0);
        calls
    }

    fn list(&mut self, template: &Template, body: Slice<Statement>, is_root: bool, depth: usize) {
        let code = &template.code;
        if depth > MOST_DEPTH {
            (self.is_open, self.changes, self.changes_maps) = (true, true, true);
            return;
        }
        for statement in code.list(body) {
            match statement {
                Statement::Action(action) => self.pipe(template, &action.pipe, is_root, depth),
                Statement::If(id) | Statement::With(id) | Statement::Range(id) => {
                    let branch = code.node(*id);
                    self.pipe(template, &branch.pipe, is_root, depth);
                    let inside = is_root && matches!(statement, Statement::If(_));
                    self.list(template, branch.body, inside, depth + 1);
                    branch.otherwise.into_iter().for_each(|body| self.list(template, body, is_root, depth + 1));
                }
                Statement::Template(id) => {
                    let call = code.node(*id);
                    let mut passes = false;
                    if let Some(pipe) = &call.pipe {
                        self.pipe(template, pipe, is_root, depth);
                        passes = match code.list(pipe.commands) {
                            [command] => match code.list(command.args) {
                                [operand] => passes_root(template, operand, is_root),
                                _ => false,
                            },
                            _ => false,
                        };
                    }
                    self.named.push((call.name.to_text().into_owned(), passes));
                }
                Statement::Text(_) | Statement::Break(_) | Statement::Continue(_) => {}
            }
        }
    }

    fn pipe(&mut self, template: &Template, pipe: &Pipe, is_root: bool, depth: usize) {
        let code = &template.code;
        for command in code.list(pipe.commands) {
            let operands = code.list(command.args);
            match function(operands.first()).map(|function| function.name) {
                Some("include") => match (literal(template, operands.get(1)), operands.get(2)) {
                    (Some(name), data) => {
                        let passes = data.is_some_and(|data| passes_root(template, data, is_root));
                        self.named.push((String::from_utf8_lossy(name).into_owned(), passes));
                    }
                    (None, _) => (self.is_open, self.changes) = (true, true),
                },
                Some("tpl") => (self.is_open, self.changes) = (true, true),
                Some(name) if CHANGERS.contains(&name) => (self.changes, self.changes_maps) = (true, true),
                _ => {}
            }
            operands.iter().for_each(|operand| self.operand(template, operand, is_root, depth));
        }
    }

    fn operand(&mut self, template: &Template, operand: &Operand, is_root: bool, depth: usize) {
        if depth > MOST_DEPTH {
            (self.is_open, self.changes, self.changes_maps) = (true, true, true);
            return;
        }
        match operand.kind {
            OperandKind::Pipe(id) => self.pipe(template, template.code.node(id), is_root, depth + 1),
            OperandKind::Chain { base, .. } => self.operand(template, template.code.node(base), is_root, depth + 1),
            _ => {}
        }
    }
}

/// Whether an operand is the template's own root.
fn passes_root(template: &Template, operand: &Operand, is_root: bool) -> bool {
    match operand.kind {
        OperandKind::Dot => is_root,
        OperandKind::Variable { name, end, .. } => name.end == end && template.text(name) == b"$",
        _ => false,
    }
}
