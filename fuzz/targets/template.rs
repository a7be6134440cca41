//! Lexer and parser. What they take is printed, and must be read again as the same tree.

use super::Target;
use crate::answer::Answer;
use crate::{corpus, grammar};
use chartwright::funcs;
use chartwright::source::Source;
use chartwright::template::ast::{Branch, Invocation, Node, OperandKind, Pipe, Slice, Statement};
use chartwright::template::{Template, parse, quote};
use std::fmt::Write;

pub const TARGET: Target = Target {
    name: "template",
    about: "template texts: lexer, parser; what is printed of a tree parses to the same tree",
    fixtures,
    draw: Some(grammar::template),
    run,
    weight: 1,
};

fn fixtures() -> Vec<Vec<u8>> {
    let mut texts = corpus::texts("chart/templates", &[".yaml", ".tpl", ".txt"]);
    texts.extend(corpus::cases("").iter().filter_map(|case| corpus::text_of(case, "template")));
    texts.extend(corpus::texts("tests/rules", &[".tpl"]));
    super::with_kept(TARGET.name, texts)
}

fn run(input: &[u8], answer: &mut Answer) {
    let function = |name: &str| funcs::table().find(name);
    let parsed = match parse(Source::new("a.yaml", input.to_vec()), &function) {
        Ok(parsed) => parsed,
        Err(error) => return answer.say(&error.message),
    };
    // What is printed is text; bytes that are none only stand in it as strings.
    if std::str::from_utf8(input).is_err() {
        return;
    }
    let printed = parsed.to_string();
    let again = match parse(Source::new("a.yaml", printed.clone().into_bytes()), &function) {
        Ok(again) => again,
        Err(error) => return answer.broke(format!("what is printed of a tree parses: {error}\n{printed}")),
    };
    let tree = |main: &Template, defined: &[std::sync::Arc<Template>]| {
        let mut shape = Shape { template: main, text: String::new() };
        shape.statements(main.body);
        for template in defined {
            let _ = write!(shape.text, "\ndefine {}", template.name);
            shape.template = template;
            shape.statements(template.body);
        }
        shape.text
    };
    let (before, after) = (tree(&parsed.main, &parsed.defined), tree(&again.main, &again.defined));
    for line in before.lines() {
        answer.say(line);
    }
    if before != after {
        answer.broke(format!("what is printed parses to the same tree: {before}\n{printed}\n{after}"));
    }
}

/// Writes a tree down without its places, so that two can be compared.
struct Shape<'t> {
    template: &'t Template,
    text: String,
}

impl Shape<'_> {
    fn line(&mut self, text: impl std::fmt::Display) {
        let _ = write!(self.text, "\n{text}");
    }

    fn list<T: Node + Clone>(&self, slice: Slice<T>) -> Vec<T> {
        self.template.code.list(slice).to_vec()
    }

    fn statements(&mut self, body: Slice<Statement>) {
        for statement in self.list(body) {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: Statement) {
        match statement {
            Statement::Text(span) => self.line(format!("text {}", quote(self.template.text(span)))),
            Statement::Action(action) => self.pipe("action", &action.pipe),
            Statement::If(id) => self.branch("if", *self.template.code.node(id)),
            Statement::With(id) => self.branch("with", *self.template.code.node(id)),
            Statement::Range(id) => self.branch("range", *self.template.code.node(id)),
            Statement::Template(id) => {
                let Invocation { name, pipe, .. } = self.template.code.node(id).clone();
                self.line(format!("template {}", quote(&name)));
                if let Some(pipe) = pipe {
                    self.pipe("with", &pipe);
                }
            }
            Statement::Break(_) => self.line("break"),
            Statement::Continue(_) => self.line("continue"),
        }
    }

    fn branch(&mut self, word: &str, branch: Branch) {
        self.pipe(word, &branch.pipe);
        self.statements(branch.body);
        if let Some(otherwise) = branch.otherwise {
            self.line("else");
            self.statements(otherwise);
        }
        self.line("end");
    }

    fn pipe(&mut self, word: &str, pipe: &Pipe) {
        self.line(format!("{word} sets={}", pipe.assigns));
        for target in self.list(pipe.declared) {
            self.line(format!("target {} {:?}", quote(self.template.text(target.name)), target.slot));
        }
        for command in self.list(pipe.commands) {
            self.line("command");
            for operand in self.list(command.args) {
                self.operand(operand.kind);
            }
        }
    }

    fn operand(&mut self, kind: OperandKind) {
        let (template, code) = (self.template, &self.template.code);
        match kind {
            OperandKind::Dot => self.line("."),
            OperandKind::Nil => self.line("nil"),
            OperandKind::Bool(b) => self.line(b),
            OperandKind::Number(id) => {
                let number = code.node(id);
                // Bits: -0 and NaN are what they are.
                let float = number.float.map(f64::to_bits);
                let complex = number.complex.map(|(re, im)| (re.to_bits(), im.to_bits()));
                self.line(format!("number {} {:?} {float:?} {complex:?}", number.text, number.int));
            }
            OperandKind::String(id) => self.line(format!("string {}", quote(&code.node(id).text))),
            OperandKind::Field(fields) => self.line(format!("field {}", quote(template.text(fields.0)))),
            OperandKind::Variable { name, end, slot } => {
                let fields = OperandKind::fields_of(name, end);
                let (name, fields) = (quote(template.text(name)), quote(template.text(fields.0)));
                self.line(format!("variable {name} {fields} {slot:?}"));
            }
            OperandKind::Identifier { name, function } => {
                self.line(format!("function {function} {}", quote(template.text(name))));
            }
            OperandKind::Pipe(id) => {
                let pipe = *code.node(id);
                self.pipe("(", &pipe);
                self.line(")");
            }
            OperandKind::Chain { base, fields } => {
                let base = code.node(base).kind;
                self.line(format!("chain {}", quote(template.text(fields.0))));
                self.operand(base);
            }
        }
    }
}
