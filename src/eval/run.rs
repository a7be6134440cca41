//! A run: the templates in reach, the limits, and the way back in for `include` and `tpl`.

use super::EvalError;
use super::call::{Func, FuncError, FuncTable, Host, Walk, World};
use super::limits::{self, Limits};
use super::memo::{Callee, Tally};
use super::no_value::NoValue;
use super::probes::{Hits, Probes};
use super::reads::Reads;
use super::record::Recorder;
use super::scope::{Frame, Held};
use super::trace::{Caller, Trace};
use crate::source::{Source, Span};
use crate::template::ast::Template;
use crate::template::{Parsed, parse, quote};
use crate::value::live::Cycles;
use crate::value::{Str, Value};
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

/// Templates by name. A set may lie over another: what a `tpl` defines hides what was there.
#[derive(Debug, Default)]
pub struct TemplateSet {
    names: FxHashMap<Arc<str>, Arc<Template>>,
    under: Option<Rc<TemplateSet>>,
}

impl TemplateSet {
    /// The template of a name.
    pub fn get(&self, name: &str) -> Option<&Arc<Template>> {
        self.names.get(name).or_else(|| self.under.as_ref()?.get(name))
    }

    /// The names, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(|name| &**name)
    }

    /// Adds a template. One that is empty does not replace another of its name.
    pub fn add(&mut self, template: Arc<Template>) {
        if self.get(&template.name).is_none() || !template.is_empty() {
            self.names.insert(Arc::clone(&template.name), template);
        }
    }
}

/// How often Helm lets a template be inside itself through `include`. A `tpl` is one template
/// more each time; Helm has no limit for it and overflows its stack.
pub(super) const INCLUDE_ROUNDS: usize = 1_000;

/// Steps of reading the text of a `tpl`, besides one for each byte.
const TPL_STEPS: usize = 20;

/// How many texts of `tpl` are kept parsed. Charts have some dozens; a loop can make new ones
/// without end.
const COMPILED_TEXTS: usize = 1_000;

/// The name under which Helm parses the text of a `tpl`.
pub(crate) const TPL_NAME: &str = "gotpl";

/// One run over compiled templates.
pub struct Run<'r> {
    pub(super) functions: &'r FuncTable,
    base: &'r TemplateSet,
    over: RefCell<Option<Rc<TemplateSet>>>,
    pub(super) world: &'r dyn World,
    pub(super) limits: Limits,
    pub(super) steps: Cell<u64>,
    pub(super) text_bytes: Cell<usize>,
    /// Bytes of output in the files that are done.
    written: Cell<usize>,
    /// Lines of a file after which nobody needs more of it.
    enough: Cell<Option<usize>>,
    /// What lists and maps took when the run began.
    pub(super) live_before: usize,
    /// Ends, with the run, maps that hold themselves.
    _cycles: Cycles,
    spent: Cell<bool>,
    pub(super) depth: Cell<usize>,
    tpls: Cell<usize>,
    /// Calls of `include` and `tpl` that are running: output goes to a value, not to the file.
    values: Cell<usize>,
    included: RefCell<FxHashMap<Str, usize>>,
    compiled: RefCell<FxHashMap<Str, Rc<Parsed>>>,
    /// What calls gave that may be made again.
    pub(super) tally: Tally,
    /// Where output came from and what was read; `None` in a run that does not note it.
    pub(super) recorder: Option<RefCell<Recorder>>,
    /// Which ways were gone; `None` in a run that does not count them.
    pub(super) probes: Option<RefCell<Probes>>,
    /// The calls of templates that are running, outermost first; kept while tracing.
    pub(super) callers: RefCell<Vec<Caller>>,
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
            text_bytes: Cell::new(0),
            written: Cell::new(0),
            enough: Cell::new(None),
            live_before: limits::live_bytes(),
            _cycles: Cycles::watch(),
            spent: Cell::new(false),
            depth: Cell::new(0),
            tpls: Cell::new(0),
            values: Cell::new(0),
            included: RefCell::default(),
            compiled: RefCell::default(),
            tally: Tally::new(),
            recorder: Some(RefCell::default()),
            probes: None,
            callers: RefCell::default(),
        }
    }

    /// Whether to note where output came from; by default it does.
    #[must_use]
    pub fn tracing(self, tracing: bool) -> Self {
        Run { recorder: tracing.then(RefCell::default), ..self }
    }

    /// Whether to count which ways templates go; by default it does not.
    #[must_use]
    pub fn counting(self, counting: bool) -> Self {
        Run { probes: counting.then(RefCell::default), ..self }
    }

    /// What the run has read so far, nothing without tracing, and which ways it went, where it counted them.
    pub fn into_notes(self) -> (Reads, Option<Hits>) {
        let reads = self.recorder.map(|recorder| recorder.into_inner().reads).unwrap_or_default();
        (reads, self.probes.map(|probes| probes.into_inner().hits()))
    }

    /// Renders one file of the chart at a path, with its root object as dot, and tells where its
    /// output came from.
    ///
    /// # Errors
    /// The first failure, as Go stops at it.
    pub fn file(&self, template: &Template, chart: &str, data: Value) -> Result<(Vec<u8>, Trace), Box<EvalError>> {
        let read = self.record(|recorder| recorder.begin(chart)).unwrap_or_default();
        self.callers.borrow_mut().clear();
        let mut out = Vec::new();
        let result = self.template(template, Held::own(data).from(read), &mut out);
        let trace = self.record(Recorder::end).unwrap_or_default();
        self.written.set(self.written.get() + out.len());
        result.map(|()| (out, trace))
    }

    /// The beginning of a file: this many lines at least, where it has them and can be rendered so far.
    pub fn beginning(&self, template: &Template, data: Value, lines: usize) -> Vec<u8> {
        let mut out = Vec::new();
        self.enough.set(Some(lines));
        // The end of a beginning is an error like others.
        let _ = self.template(template, Held::own(data), &mut out);
        self.enough.set(None);
        out
    }

    /// Whether the output of a file is long enough for who wants its beginning.
    pub(super) fn is_enough(&self, out: &[u8]) -> bool {
        self.enough.get().is_some_and(|lines| {
            self.values.get() == 0 && memchr::memchr_iter(b'\n', out).nth(lines.saturating_sub(1)).is_some()
        })
    }

    /// Notes something, in a run that does.
    pub(super) fn record<T>(&self, note: impl FnOnce(&mut Recorder) -> T) -> Option<T> {
        self.recorder.as_ref().map(|recorder| note(&mut recorder.borrow_mut()))
    }

    /// Whether a limit on the whole run was met, so that no further file can be rendered.
    pub fn is_spent(&self) -> bool {
        self.spent.get()
    }

    /// Steps so far.
    pub fn steps(&self) -> u64 {
        self.steps.get()
    }

    fn stop(&self, frame: &Frame<'_>, name: &str, limit: impl std::fmt::Display, what: &str) -> Box<EvalError> {
        self.spent.set(true);
        frame.error(limits::exceeded(name, limit, what))
    }

    /// Counts steps.
    pub(super) fn count(&self, frame: &Frame<'_>, steps: u64) -> Result<(), Box<EvalError>> {
        let steps = self.steps.get().saturating_add(steps);
        self.steps.set(steps);
        if steps > self.limits.steps {
            return Err(self.stop(frame, "steps", self.limits.steps, "steps"));
        }
        Ok(())
    }

    /// Counts a call before it is made: its arguments, followed as far as the function will.
    pub(super) fn count_call(&self, frame: &Frame<'_>, function: &Func, args: &[Value]) -> Result<(), Box<EvalError>> {
        let bytes = match function.walk {
            Walk::Shallow => args.iter().map(limits::shallow).sum(),
            Walk::Whole | Walk::Print => self.walkable(frame, args, function.walk)?,
        };
        self.count(frame, u64::from(function.steps) + bytes as u64 / 64)
    }

    /// The bytes of values that are to be walked; an error when they are too many or too deep.
    pub(super) fn walkable(&self, frame: &Frame<'_>, values: &[Value], walk: Walk) -> Result<usize, Box<EvalError>> {
        let limit = self.limits.value_bytes;
        match limits::measure(values, limit) {
            None => {
                Err(frame.error(limits::exceeded("value-bytes", limit, "bytes in one value, shared parts counted")))
            }
            Some(size) if walk == Walk::Print && size.depth > limits::PRINTED_DEPTH => {
                let depth = limits::PRINTED_DEPTH;
                Err(frame.error(format!("value nests deeper than {depth} levels, or contains itself")))
            }
            Some(size) => Ok(size.bytes),
        }
    }

    /// Counts what a call gave back.
    pub(super) fn count_result(&self, frame: &Frame<'_>, value: &Value) -> Result<(), Box<EvalError>> {
        let live = self.memory();
        self.tally.took(live);
        if live > self.limits.memory_bytes {
            return Err(self.stop(frame, "memory-bytes", self.limits.memory_bytes, "bytes in lists and maps"));
        }
        let bytes = limits::shallow(value);
        if bytes > self.limits.value_bytes {
            return Err(frame.error(limits::exceeded("value-bytes", self.limits.value_bytes, "bytes in one value")));
        }
        if let Value::Str(_) = value {
            let sum = self.text_bytes.get().saturating_add(bytes);
            self.text_bytes.set(sum);
            if sum > self.limits.text_bytes {
                return Err(self.stop(frame, "text-bytes", self.limits.text_bytes, "bytes of text from calls"));
            }
        }
        self.count(frame, bytes as u64 / 64)
    }

    /// Counts output that was written; `length` is all that is in the buffer it went to.
    pub(super) fn count_output(&self, frame: &Frame<'_>, new: usize, length: usize) -> Result<(), Box<EvalError>> {
        let before = if self.values.get() == 0 { self.written.get() } else { 0 };
        if before.saturating_add(length) > self.limits.output_bytes {
            return Err(self.stop(frame, "output-bytes", self.limits.output_bytes, "bytes of output"));
        }
        self.count(frame, new as u64 / 64)
    }

    pub(super) fn find(&self, name: &str) -> Option<Arc<Template>> {
        match &*self.over.borrow() {
            Some(set) => set.get(name).or_else(|| self.base.get(name)).cloned(),
            None => self.base.get(name).cloned(),
        }
    }

    /// Whether a `tpl` that defines templates is running.
    pub(super) fn has_own_templates(&self) -> bool {
        self.over.borrow().is_some()
    }

    /// An error when no template may run inside the ones that do. Worded as Go words it.
    pub(super) fn check_depth(&self) -> Result<(), String> {
        if self.depth.get() < self.limits.depth {
            return Ok(());
        }
        Err(format!("exceeded maximum template depth ({})", self.limits.depth))
    }

    /// Runs a template; the one way in, so the one place that knows how deep it is. Who calls
    /// has asked [`check_depth`](Run::check_depth): the error belongs to the call's place.
    pub(super) fn template(&self, template: &Template, dot: Held, out: &mut Vec<u8>) -> Result<(), Box<EvalError>> {
        let depth = self.depth.get();
        self.depth.set(depth + 1);
        self.tally.reached(depth + 1);
        let result = stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, || {
            let mut frame = Frame::new(template, &dot);
            if let Some(probes) = &self.probes {
                frame.base = probes.borrow_mut().enter(template);
            }
            self.list(&mut frame, &dot, template.body, out).map(|_| ())
        });
        self.depth.set(depth);
        result
    }

    /// Runs a template whose output is a value, not a part of the file.
    fn text(&self, template: &Template, data: Value) -> Result<Vec<u8>, Box<EvalError>> {
        let mut out = Vec::new();
        let dot = if data.is_nil() { Held::invalid() } else { Held::own(data) };
        let outside = self.record(|recorder| {
            let outside = recorder.put_aside();
            if let Some(Caller { template, place: (source, _) }) = self.callers.borrow().last() {
                let name = template.clone().unwrap_or_else(|| Arc::from("tpl"));
                recorder.call(&name, source, recorder.action);
            }
            (outside, std::mem::take(&mut recorder.passing))
        });
        let (outside, read) = outside.unzip();
        self.values.set(self.values.get() + 1);
        let result = self.template(template, dot.from(read.unwrap_or_default()), &mut out);
        self.values.set(self.values.get() - 1);
        if let Some(outside) = outside {
            self.record(|recorder| recorder.take_back(outside, &out));
        }
        result.map(|()| out)
    }

    /// Runs `body` one `template` call deeper, for the trace.
    pub(super) fn within<T>(&self, template: &Arc<str>, caller: (&Arc<Source>, Span), body: impl FnOnce() -> T) -> T {
        let outer = self.record(|recorder| recorder.call(template, caller.0, caller.1));
        if outer.is_some() {
            let place = (Arc::clone(caller.0), caller.1.start);
            self.callers.borrow_mut().push(Caller { template: Some(Arc::clone(template)), place });
        }
        let result = body();
        if let Some(outer) = outer {
            self.callers.borrow_mut().pop();
            self.record(|recorder| recorder.stack = outer);
        }
        result
    }

    fn compile(&self, text: &Str) -> Result<Rc<Parsed>, FuncError> {
        if let Some(parsed) = self.compiled.borrow().get(text) {
            return Ok(Rc::clone(parsed));
        }
        // Reading a text takes much longer than copying it.
        let steps = TPL_STEPS + text.len();
        self.tally.reads(steps as u64);
        self.spend(steps)?;
        let source = Source::new(TPL_NAME, text.to_vec());
        let parsed = parse(source, &|name| self.functions.find(name))
            .map_err(|error| FuncError::Message(format!("cannot parse template {}: {error}", quote(text))))?;
        let parsed = Rc::new(parsed);
        let mut compiled = self.compiled.borrow_mut();
        if compiled.len() >= COMPILED_TEXTS {
            compiled.clear();
            self.tally.forgets();
        }
        compiled.insert(text.clone(), Rc::clone(&parsed));
        Ok(parsed)
    }
}

impl Run<'_> {
    /// Runs the text of a `tpl` inside so many others.
    fn run_text(&self, text: &Str, data: Value, rounds: usize) -> Result<Str, FuncError> {
        let parsed = self.compile(text)?;
        let under = self.over.borrow().clone();
        let mut set = TemplateSet { names: FxHashMap::default(), under: under.clone() };
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
        self.tpls.set(rounds + 1);
        let result = self.text(&parsed.main, data);
        self.tpls.set(rounds);
        *self.over.borrow_mut() = under;
        match result {
            Ok(out) => Ok(NoValue::find(&out).without(out).into()),
            Err(error) => {
                let prefix = format!("error during tpl function execution for {}: ", quote(text));
                Err(FuncError::Placed(Box::new(error.inside(None).wrapped(prefix))))
            }
        }
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
        self.check_depth()?;
        self.remembered(&Callee::Named(&template), &data, || {
            self.included.borrow_mut().insert(name.clone(), rounds + 1);
            let result = self.text(&template, data.clone());
            self.included.borrow_mut().insert(name.clone(), rounds);
            let inside = |error: Box<EvalError>| Box::new(error.inside(Some(Arc::clone(&template.name))));
            result.map(Str::from).map_err(|error| FuncError::Placed(inside(error)))
        })
    }

    fn tpl(&self, text: &Str, data: Value) -> Result<Str, FuncError> {
        let rounds = self.tpls.get();
        if rounds > INCLUDE_ROUNDS {
            return Err(format!("more than {INCLUDE_ROUNDS} calls of tpl inside each other").into());
        }
        self.check_depth()?;
        self.remembered(&Callee::Text(text), &data, || self.run_text(text, data.clone(), rounds))
    }

    fn now(&self) -> (i64, u32) {
        self.tally.asked();
        self.world.now()
    }

    fn zone(&self) -> String {
        self.tally.asked();
        self.world.zone()
    }

    fn random(&self, buffer: &mut [u8]) {
        self.tally.asked();
        self.world.random(buffer);
    }

    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Value {
        self.tally.asked();
        self.world.lookup(api_version, kind, namespace, name)
    }

    fn resolve(&self, host: &str) -> Result<String, String> {
        self.tally.asked();
        self.world.resolve(host)
    }

    fn reversed(&self) -> bool {
        self.tally.asked();
        self.world.reversed()
    }

    fn spend(&self, steps: usize) -> Result<(), FuncError> {
        let steps = self.steps.get().saturating_add(steps as u64);
        self.steps.set(steps);
        if steps <= self.limits.steps {
            return Ok(());
        }
        self.spent.set(true);
        Err(limits::exceeded("steps", self.limits.steps, "steps").into())
    }

    fn room(&self, bytes: usize) -> Result<(), FuncError> {
        if bytes <= self.limits.value_bytes {
            return Ok(());
        }
        Err(limits::exceeded("value-bytes", self.limits.value_bytes, "bytes in one value").into())
    }
}
