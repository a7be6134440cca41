//! What calls of `include` and `tpl` gave, for those that must give the same again.
//!
//! In: the template and the data of a call, and what the call did. Out: its text, for a later call
//! of the same run that would read the same and count the same; nobody can see which of them ran.
//! A run that notes where its output came from remembers nothing.

use super::call::FuncError;
use super::limits;
use super::run::{INCLUDE_ROUNDS, Run};
use crate::template::ast::Template;
use crate::value::history::{self, Moment};
use crate::value::{List, ListKind, Map, Str, Value, live};
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};

/// A call in parts, as many as it takes: of data that was made for the call, each entry.
type Key = [Part];

/// A part of what tells calls apart. Of a list or a map that is spelt out, the parts follow.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Part {
    /// A named template, by its address: the templates outlive the run.
    Named(usize),
    Nil,
    Invalid,
    Bool(bool),
    Int(i64),
    Int64(i64),
    /// By its bits: `0.0` is not `-0.0`, which prints otherwise.
    Float(u64),
    Text(Str),
    /// A map, by its number.
    Map {
        kind: u8,
        nil: bool,
        number: Moment,
    },
    /// A map of so many entries: keys and values follow.
    Entries {
        kind: u8,
        nil: bool,
        length: usize,
    },
    /// A list of so many items, which follow.
    Items {
        kind: u8,
        nil: bool,
        length: usize,
    },
}

/// So deep are maps spelt out that came to be in the run: `dict "context" $ "customLabels" (dict …)`.
const SPELT_DEPTH: usize = 3;

/// Maps of more entries are taken by their number, and lists of more items not at all: nobody makes
/// them for one call.
const SPELT_ENTRIES: usize = 10;

/// Calls of more parts are not worth looking up: a look takes no steps, and must take no time.
const MOST_PARTS: usize = 24;

/// Nor are those of more bytes in texts.
const MOST_TEXT: usize = 1 << 10;

/// Results that are larger are not kept.
const LARGEST_RESULT: usize = 64 << 10;

/// Bytes of calls and results that are kept; past that, it begins anew. Real charts stay below 2 MiB.
const MOST_BYTES: usize = 8 << 20;

/// What a call gave, and what it took.
#[derive(Debug)]
struct Result {
    text: Str,
    /// When the call began: what it read must not have changed since.
    began: Moment,
    /// Steps, without those for reading texts of `tpl`: they are read already.
    steps: u64,
    text_bytes: usize,
    /// Templates inside each other, the call's own one too.
    depth: usize,
    /// Bytes that lists and maps took at most, above what they took before.
    memory: usize,
    /// Which texts of `tpl` were read already: see [`Tally::forgotten`].
    forgotten: u64,
}

/// The results of a run.
#[derive(Debug, Default)]
pub(super) struct Memo {
    results: FxHashMap<Box<Key>, Result>,
    bytes: usize,
}

/// What a run counts for the sake of its memo.
#[derive(Debug)]
pub(super) struct Tally {
    /// When the run began.
    began: Moment,
    /// The most templates inside each other, since the innermost call began that is being watched.
    depth: Cell<usize>,
    /// The most bytes in lists and maps since then.
    memory: Cell<usize>,
    /// How often the outside was asked: clock, random numbers, cluster, order.
    asked: Cell<u64>,
    /// Steps for reading texts of `tpl`.
    reading: Cell<u64>,
    /// How often the texts that were read already were forgotten.
    forgotten: Cell<u64>,
    memo: RefCell<Memo>,
}

impl Tally {
    pub fn new() -> Self {
        Tally {
            began: history::begin(),
            depth: Cell::default(),
            memory: Cell::default(),
            asked: Cell::default(),
            reading: Cell::default(),
            forgotten: Cell::default(),
            memo: RefCell::default(),
        }
    }

    /// Notes that so many templates are inside each other.
    pub fn reached(&self, depth: usize) {
        self.depth.set(self.depth.get().max(depth));
    }

    /// Notes that lists and maps take so much.
    pub fn took(&self, memory: usize) {
        self.memory.set(self.memory.get().max(memory));
    }

    /// Notes that the outside is asked.
    pub fn asked(&self) {
        self.asked.set(self.asked.get() + 1);
    }

    /// Notes steps for reading a text of `tpl`.
    pub fn reads(&self, steps: u64) {
        self.reading.set(self.reading.get() + steps);
    }

    /// Notes that texts of `tpl` must be read again.
    pub fn forgets(&self) {
        self.forgotten.set(self.forgotten.get() + 1);
    }
}

/// How things stood before a call.
struct Before {
    began: Moment,
    steps: u64,
    text_bytes: usize,
    depth: usize,
    memory: usize,
    asked: u64,
    reading: u64,
    forgotten: u64,
    fleeting: u64,
    puts: u64,
    /// What the call around it had reached.
    outer: (usize, usize),
}

/// What is called.
pub(super) enum Callee<'c> {
    Named(&'c Template),
    Text(&'c Str),
}

impl Run<'_> {
    /// What `call` gives, or gave when it was made before.
    pub(super) fn remembered(
        &self,
        callee: &Callee<'_>,
        data: &Value,
        call: impl FnOnce() -> std::result::Result<Str, FuncError>,
    ) -> std::result::Result<Str, FuncError> {
        // While a `tpl` that defines templates is running, names mean something else.
        if self.recorder.is_some() || self.probes.is_some() || self.has_own_templates() {
            return call();
        }
        let Some(key) = key(callee, data, self.tally.began) else { return call() };
        if let Some(text) = self.recall(&key) {
            return Ok(text);
        }
        let before = self.before();
        let result = call();
        let done = self.after(&before, result.as_ref().ok());
        if let Some(done) = done {
            self.tally.memo.borrow_mut().keep(key, done);
        }
        result
    }

    /// The result of a call that would read and do the same, counted as if it ran. None where a
    /// limit might be met on the way: then it runs, and meets it where it is.
    fn recall(&self, key: &Key) -> Option<Str> {
        let memo = self.tally.memo.borrow();
        let result = memo.results.get(key)?;
        let steps = self.steps.get().saturating_add(result.steps);
        let text_bytes = self.text_bytes.get().saturating_add(result.text_bytes);
        let depth = self.depth.get().saturating_add(result.depth);
        let memory = self.memory().saturating_add(result.memory);
        let is_within = steps <= self.limits.steps
            && text_bytes <= self.limits.text_bytes
            && depth <= self.limits.depth.min(INCLUDE_ROUNDS)
            && memory <= self.limits.memory_bytes;
        if !is_within || result.forgotten != self.tally.forgotten.get() || history::has_changed_since(result.began) {
            return None;
        }
        self.steps.set(steps);
        self.text_bytes.set(text_bytes);
        self.tally.reached(depth);
        self.tally.took(memory);
        Some(result.text.clone())
    }

    fn before(&self) -> Before {
        let tally = &self.tally;
        let (depth, memory) = (self.depth.get(), self.memory());
        Before {
            began: history::begin(),
            steps: self.steps.get(),
            text_bytes: self.text_bytes.get(),
            depth,
            memory,
            asked: tally.asked.get(),
            reading: tally.reading.get(),
            forgotten: tally.forgotten.get(),
            fleeting: history::fleeting_looks(),
            puts: live::puts(),
            outer: (tally.depth.replace(depth), tally.memory.replace(memory)),
        }
    }

    /// Ends a call, and tells what to remember of it: nothing of one that failed, asked the outside,
    /// looked at what is fleeting, changed what was there before, or may have left something behind.
    fn after(&self, before: &Before, text: Option<&Str>) -> Option<Result> {
        let tally = &self.tally;
        let (depth, memory) = (tally.depth.get(), tally.memory.get());
        tally.reached(before.outer.0);
        tally.took(before.outer.1);
        let text = text.filter(|text| text.len() <= LARGEST_RESULT)?;
        let is_pure = before.asked == tally.asked.get()
            && before.fleeting == history::fleeting_looks()
            && before.forgotten == tally.forgotten.get()
            && !history::has_changed_since(before.began);
        // What holds itself stays until the run ends, and the limit on memory counts it. Maps that
        // were opened stay open too, but those are open the next time.
        let leaves_nothing = before.puts == live::puts() || before.memory == self.memory();
        let reading = tally.reading.get().saturating_sub(before.reading);
        (is_pure && leaves_nothing).then(|| Result {
            text: text.clone(),
            began: before.began,
            steps: self.steps.get().saturating_sub(before.steps).saturating_sub(reading),
            text_bytes: self.text_bytes.get().saturating_sub(before.text_bytes),
            depth: depth.saturating_sub(before.depth),
            memory: memory.saturating_sub(before.memory),
            forgotten: before.forgotten,
        })
    }

    /// Bytes in lists and maps of this run.
    pub(super) fn memory(&self) -> usize {
        limits::live_bytes().saturating_sub(self.live_before)
    }
}

impl Memo {
    fn keep(&mut self, key: Vec<Part>, result: Result) {
        let bytes = size_of::<Result>() + result.text.len() + key.len() * size_of::<Part>() + texts(&key);
        self.bytes += bytes;
        if self.bytes > MOST_BYTES {
            self.results.clear();
            self.bytes = bytes;
        }
        self.results.insert(key.into(), result);
    }
}

/// The parts of a call; none of one that is not worth it, or holds what cannot be told apart.
fn key(callee: &Callee<'_>, data: &Value, run_began: Moment) -> Option<Vec<Part>> {
    let mut key = Vec::with_capacity(8);
    match callee {
        Callee::Named(template) => key.push(Part::Named(std::ptr::from_ref(*template).addr())),
        Callee::Text(text) => key.push(Part::Text((*text).clone())),
    }
    add(&mut key, data, run_began, 0)?;
    (texts(&key) <= MOST_TEXT).then_some(key)
}

/// Bytes of the texts in a call.
fn texts(key: &Key) -> usize {
    key.iter().map(|part| if let Part::Text(text) = part { text.len() } else { 0 }).sum()
}

fn add(key: &mut Vec<Part>, value: &Value, run_began: Moment, depth: usize) -> Option<()> {
    if key.len() >= MOST_PARTS || matches!(value, Value::Str(text) if text.len() > MOST_TEXT) {
        return None;
    }
    let part = match value {
        Value::Nil => Part::Nil,
        Value::Invalid => Part::Invalid,
        Value::Bool(b) => Part::Bool(*b),
        Value::Int(n) => Part::Int(*n),
        Value::Int64(n) => Part::Int64(*n),
        Value::Float(n) => Part::Float(n.to_bits()),
        Value::Str(text) => Part::Text(text.clone()),
        Value::List(list) => return add_list(key, list, run_began, depth),
        Value::Map(map) => return add_map(key, map, run_began, depth),
        Value::Object(_) => return None,
    };
    key.push(part);
    Some(())
}

fn add_list(key: &mut Vec<Part>, list: &List, run_began: Moment, depth: usize) -> Option<()> {
    // Bytes become items, which take memory, when they are looked at.
    if list.kind() == ListKind::Bytes || depth >= SPELT_DEPTH || list.len() > SPELT_ENTRIES {
        return None;
    }
    key.push(Part::Items { kind: list.kind() as u8, nil: list.is_nil(), length: list.len() });
    list.iter().try_for_each(|item| add(key, item, run_began, depth + 1))
}

/// A map as its entries where it came to be in the run, as the `dict` of a call does each time;
/// else by its number. Either is right: nothing is recalled after a map that it can have read was
/// changed.
fn add_map(key: &mut Vec<Part>, map: &Map, run_began: Moment, depth: usize) -> Option<()> {
    let (kind, nil) = (map.kind() as u8, map.is_nil());
    let spelt = if depth < SPELT_DEPTH { map.entries_if_younger(run_began) } else { None };
    let Some(entries) = spelt.filter(|entries| entries.len() <= SPELT_ENTRIES) else {
        key.push(Part::Map { kind, nil, number: map.number() });
        return Some(());
    };
    key.push(Part::Entries { kind, nil, length: entries.len() });
    entries.iter().try_for_each(|(name, value)| {
        key.push(Part::Text(name.clone()));
        add(key, value, run_began, depth + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::call::{Call, Func, FuncResult, FuncTable};
    use crate::eval::{Limits, TemplateSet};
    use crate::release::Outside;
    use crate::source::Source;
    use crate::value::MapKind;
    use std::sync::Arc;

    thread_local! {
        static COUNTED: Cell<u64> = const { Cell::new(0) };
    }

    fn counted(_: &Call<'_>) -> FuncResult {
        COUNTED.set(COUNTED.get() + 1);
        Ok(Value::from(""))
    }

    const HELPERS: &str = r#"{{ define "h" }}{{ counted }}{{ .v }}{{ end }}
{{ define "own" }}{{ counted }}{{ $d := dict "a" 1 }}{{ $_ := set $d "b" .v }}{{ $d.b }}{{ end }}
{{ define "sets" }}{{ counted }}{{ $_ := set .inner "b" 1 }}{{ end }}
{{ define "random" }}{{ counted }}{{ randAlpha 3 }}{{ end }}
{{ define "name" }}{{ counted }}{{ .Template.Name }}{{ end }}
{{ define "large" }}{{ . }}{{ repeat 60000 "x" }}{{ end }}"#;

    /// Runs a template as two files; how often a helper was really run, and the bytes remembered.
    fn twice(template: &str, tracing: bool) -> (u64, usize) {
        let mut rows = crate::funcs::table().rows().to_vec();
        rows.push(Func::fixed("counted", &[], counted));
        let table = FuncTable::new(rows);
        let parse = |name: &str, text: &str| {
            crate::template::parse(Source::new(name, text.as_bytes().to_vec()), &|name| table.find(name))
                .expect("it can be parsed")
        };
        let mut set = TemplateSet::default();
        parse("h.tpl", HELPERS).defined.iter().for_each(|template| set.add(Arc::clone(template)));
        let main = parse("a.yaml", template).main;
        let inner = Map::new();
        let dot = Map::of(MapKind::Values, [("v".into(), Value::from("v")), ("inner".into(), inner.into())].into());
        let outside = Outside::seeded(1);
        let run = Run::new(&set, &table, &outside, Limits::default()).tracing(tracing);
        COUNTED.set(0);
        for file in ["a.yaml", "b.yaml"] {
            dot.pass("Template", Map::fleeting([("Name".into(), Value::from(file))].into()));
            run.file(&main, "c", dot.clone().into()).expect("it runs");
        }
        (COUNTED.get(), run.tally.memo.borrow().bytes)
    }

    fn runs(template: &str) -> u64 {
        twice(template, false).0
    }

    #[test]
    fn equal_calls_run_once_whatever_the_file() {
        assert_eq!(runs(r#"{{ include "h" . }}{{ include "h" . }}"#), 1);
        assert_eq!(runs(r#"{{ range list 1 2 1 }}{{ include "h" (dict "v" . "context" $) }}{{ end }}"#), 2);
        assert_eq!(runs(r#"{{ include "h" (dict "v" (list 1 (dict "a" 1)) "context" $) }}"#), 1);
        assert_eq!(runs(r#"{{ range list 1 2 }}{{ tpl "{{ counted }}" $ }}{{ end }}"#), 1);
        assert_eq!(runs(r#"{{ range list 1 2 }}{{ include "own" $ }}{{ end }}"#), 1);
        assert_eq!(runs(r#"{{ include "h" . }}{{ $d := dict "v" 1 }}{{ $_ := set $d "v" 2 }}{{ include "h" . }}"#), 1);
    }

    #[test]
    fn what_may_differ_runs_each_time() {
        assert_eq!(twice(r#"{{ include "h" . }}{{ include "h" . }}"#, true).0, 4, "with notes of places");
        assert_eq!(runs(r#"{{ include "random" . }}{{ include "random" . }}"#), 4);
        assert_eq!(runs(r#"{{ include "name" . }}{{ include "name" . }}"#), 4);
        assert_eq!(runs(r#"{{ include "sets" . }}{{ include "sets" . }}"#), 4);
        assert_eq!(runs(r#"{{ include "h" . }}{{ $_ := set .inner "b" 1 }}{{ include "h" . }}"#), 3);
        assert_eq!(runs(r#"{{ include "h" (dict "v" now) }}{{ include "h" (dict "v" now) }}"#), 4, "an object");
        assert_eq!(runs(r#"{{ tpl "{{ define \"x\" }}{{ end }}{{ include \"h\" . }}{{ include \"h\" . }}" . }}"#), 2);
    }

    #[test]
    fn memory_for_results_has_an_end() {
        let (_, bytes) = twice(r#"{{ range until 200 }}{{ include "large" . }}{{ end }}"#, false);
        assert!(bytes > MOST_BYTES / 2 && bytes <= MOST_BYTES, "{bytes}");
        let (_, bytes) = twice(r#"{{ include "h" (dict "v" (repeat 5000 "x")) }}"#, false);
        assert_eq!(bytes, 0, "a long text is not worth a look");
    }
}
