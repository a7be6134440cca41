//! A run: the templates in reach, the limits, and the way back in for `include` and `tpl`.

use super::call::{FuncError, FuncTable, Host, World};
use super::scope::{Frame, Held};
use super::trace::{Level, Trace};
use super::{EvalError, Limits};
use crate::source::{Source, Span};
use crate::template::ast::Template;
use crate::template::{Parsed, parse, quote};
use crate::value::{Str, Value};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// Templates by name. A set may lie over another: what a `tpl` defines hides what was there.
#[derive(Debug, Default)]
pub struct TemplateSet {
    names: HashMap<Arc<str>, Arc<Template>>,
    under: Option<Rc<TemplateSet>>,
}

impl TemplateSet {
    /// The template of a name.
    pub fn get(&self, name: &str) -> Option<&Arc<Template>> {
        self.names.get(name).or_else(|| self.under.as_ref()?.get(name))
    }

    /// Adds a template. One that is empty does not replace another of its name.
    pub fn add(&mut self, template: Arc<Template>) {
        if self.get(&template.name).is_none() || !template.is_empty() {
            self.names.insert(Arc::clone(&template.name), template);
        }
    }
}

/// How often Helm lets a template be inside itself through `include`.
const INCLUDE_ROUNDS: usize = 1_000;

/// The name under which Helm parses the text of a `tpl`.
const TPL_NAME: &str = "gotpl";

/// One run over compiled templates.
pub struct Run<'r> {
    pub(super) functions: &'r FuncTable,
    base: &'r TemplateSet,
    over: RefCell<Option<Rc<TemplateSet>>>,
    world: &'r dyn World,
    pub(super) limits: Limits,
    pub(super) steps: Cell<u64>,
    depth: Cell<usize>,
    included: RefCell<HashMap<Str, usize>>,
    compiled: RefCell<HashMap<Str, Rc<Parsed>>>,
    pub(super) trace: RefCell<Option<Trace>>,
    tracing: bool,
    /// Whether output goes to the file itself, so that it is traced.
    pub(super) traced: Cell<bool>,
    pub(super) stack: Cell<Option<u32>>,
}

impl<'r> Run<'r> {
    /// A run that may see these templates and functions, and this much of the world.
    pub fn new(base: &'r TemplateSet, functions: &'r FuncTable, world: &'r dyn World, limits: Limits) -> Self {
        Run {
            functions,
            base,
            over: RefCell::new(None),
            world,
            limits,
            steps: Cell::new(0),
            depth: Cell::new(0),
            included: RefCell::default(),
            compiled: RefCell::default(),
            trace: RefCell::new(None),
            tracing: true,
            traced: Cell::new(false),
            stack: Cell::new(None),
        }
    }

    /// Whether to note where output came from; by default it does.
    #[must_use]
    pub fn tracing(self, tracing: bool) -> Self {
        Run { tracing, ..self }
    }

    /// Renders one file with `data` as dot, and tells where its output came from.
    ///
    /// # Errors
    /// The first failure, as Go stops at it.
    pub fn file(&self, template: &Template, data: Value) -> Result<(Vec<u8>, Trace), Box<EvalError>> {
        *self.trace.borrow_mut() = Some(Trace::default());
        self.traced.set(self.tracing);
        self.stack.set(None);
        let mut out = Vec::new();
        let result = self.template(template, Held::own(data), &mut out);
        self.traced.set(false);
        let trace = self.trace.borrow_mut().take().unwrap_or_default();
        result.map(|()| (out, trace))
    }

    pub(super) fn find(&self, name: &str) -> Option<Arc<Template>> {
        match &*self.over.borrow() {
            Some(set) => set.get(name).or_else(|| self.base.get(name)).cloned(),
            None => self.base.get(name).cloned(),
        }
    }

    /// Runs a template; the one way in, so the one place that knows how deep it is.
    pub(super) fn template(&self, template: &Template, dot: Held, out: &mut Vec<u8>) -> Result<(), Box<EvalError>> {
        let depth = self.depth.get();
        if depth >= self.limits.depth {
            let frame = Frame::new(template, &dot);
            return Err(frame.error(format!("exceeded maximum template depth ({})", self.limits.depth)));
        }
        self.depth.set(depth + 1);
        let result = stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, || {
            let mut frame = Frame::new(template, &dot);
            self.list(&mut frame, &dot, &template.body, out).map(|_| ())
        });
        self.depth.set(depth);
        result
    }

    /// Runs a template whose output is a value, not a part of the file.
    fn text(&self, template: &Template, data: Value) -> Result<Vec<u8>, Box<EvalError>> {
        let traced = self.traced.replace(false);
        let mut out = Vec::new();
        let dot = if data.is_nil() { Held::invalid() } else { Held::own(data) };
        let result = self.template(template, dot, &mut out);
        self.traced.set(traced);
        result.map(|()| out)
    }

    /// Runs `body` one `template` call deeper, for the trace.
    pub(super) fn within<T>(&self, template: &Arc<str>, caller: (&Arc<Source>, Span), body: impl FnOnce() -> T) -> T {
        let outer = self.stack.get();
        if self.traced.get()
            && let Some(trace) = self.trace.borrow_mut().as_mut()
        {
            let level = Level { template: Arc::clone(template), caller: (Arc::clone(caller.0), caller.1), outer };
            trace.stacks.push(level);
            self.stack.set(u32::try_from(trace.stacks.len() - 1).ok());
        }
        let result = body();
        self.stack.set(outer);
        result
    }

    fn compile(&self, text: &Str) -> Result<Rc<Parsed>, FuncError> {
        if let Some(parsed) = self.compiled.borrow().get(text) {
            return Ok(Rc::clone(parsed));
        }
        let source = Source::new(TPL_NAME, &text[..]);
        let parsed = parse(source, &|name| self.functions.find(name))
            .map_err(|error| FuncError::Message(format!("cannot parse template {}: {error}", quote(text))))?;
        let parsed = Rc::new(parsed);
        self.compiled.borrow_mut().insert(text.clone(), Rc::clone(&parsed));
        Ok(parsed)
    }
}

impl Host for Run<'_> {
    fn include(&self, name: &Str, data: Value) -> Result<Str, FuncError> {
        let rounds = self.included.borrow().get(name).copied().unwrap_or(0);
        if rounds > INCLUDE_ROUNDS {
            let message = format!("rendering template has a nested reference name: {name}: unable to execute template");
            return Err(FuncError::Message(message));
        }
        let Some(template) = name.to_utf8().and_then(|name| self.find(name)) else {
            let text = format!("template: no template {} associated with template \"{TPL_NAME}\"", quote(name));
            return Err(FuncError::Message(text));
        };
        self.included.borrow_mut().insert(name.clone(), rounds + 1);
        let result = self.text(&template, data);
        self.included.borrow_mut().insert(name.clone(), rounds);
        result.map(Str::from).map_err(FuncError::Placed)
    }

    fn tpl(&self, text: &Str, data: Value) -> Result<Str, FuncError> {
        let parsed = self.compile(text)?;
        let under = self.over.borrow().clone();
        let mut set = TemplateSet { names: HashMap::new(), under: under.clone() };
        for template in &parsed.defined {
            let known = set.get(&template.name).is_some() || self.base.get(&template.name).is_some();
            if !known || !template.is_empty() {
                set.add(Arc::clone(template));
            }
        }
        // Plain text, the usual case, defines nothing and can run over the set that is there.
        if !set.names.is_empty() {
            *self.over.borrow_mut() = Some(Rc::new(set));
        }
        let result = self.text(&parsed.main, data);
        *self.over.borrow_mut() = under;
        match result {
            Ok(out) => Ok(without_no_value(out).into()),
            Err(error) => {
                let prefix = format!("error during tpl function execution for {}: ", quote(text));
                Err(FuncError::Placed(Box::new(error.wrapped(prefix))))
            }
        }
    }

    fn now(&self) -> (i64, u32) {
        self.world.now()
    }

    fn zone(&self) -> String {
        self.world.zone()
    }

    fn random(&self, buffer: &mut [u8]) {
        self.world.random(buffer);
    }

    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Value {
        self.world.lookup(api_version, kind, namespace, name)
    }

    fn resolve(&self, host: &str) -> String {
        self.world.resolve(host)
    }
}

/// What Go prints for a value that is not there.
pub(super) const NO_VALUE: &[u8] = b"<no value>";

/// Helm removes `<no value>` from a file and from what `tpl` gives.
fn without_no_value(text: Vec<u8>) -> Vec<u8> {
    if !text.windows(NO_VALUE.len()).any(|w| w == NO_VALUE) {
        return text;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = &text[..];
    while let Some(hit) = rest.windows(NO_VALUE.len()).position(|w| w == NO_VALUE) {
        out.extend_from_slice(&rest[..hit]);
        rest = &rest[hit + NO_VALUE.len()..];
    }
    out.extend_from_slice(rest);
    out
}
