//! Which lines two renders of a chart would not share, and which calls are behind them.
//!
//! In: a compiled chart, values, options. Out: [`Determinism`]: lines of output with their causes.
//!
//! The chart is rendered under other random numbers, another clock, and the other order of what
//! has no order in Go (`keys`, `values`); what [`Options`] pin (a seed, a stopped clock) stays.
//! Then each call that is not pure is made to answer otherwise, alone: the lines that change are
//! its lines, through however many variables, helpers and checksums they got there. For that each
//! place has random numbers of its own, so that one more draw in one place moves no other.
//! Texts of differing lines are never part of the result: they are passwords as often as not.

use super::differing::{self, Differing};
use super::{Compiled, Options, RenderError, Rendered, error};
use crate::diag::Place;
use crate::eval::call::{Purity, World};
use crate::eval::trace::Impure;
use crate::release::Outside;
use crate::source::Source;
use crate::value::Value;
use crate::values::Values;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use rustc_hash::{FxHashMap, FxHasher};
use std::cell::{Cell, RefCell};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The two clocks: 2001-02-03 04:05:06 and 2019-10-23 17:48:59 UTC, which share no part.
const CLOCKS: [(i64, u32); 2] = [(981_173_106, 123_456_789), (1_571_852_939, 987_654_321)];

/// Calls that are looked at one by one. Charts have a few dozens; each takes a render.
const SINGLE_CALLS: usize = 200;

/// How often other random numbers are tried where the first made no difference: a coin falls on
/// the same side twice.
const TRIES: u64 = 3;

/// What a render depends on besides chart and values.
#[derive(Debug, Clone, Default)]
pub struct Determinism {
    /// Lines that differ, in the order of the output.
    pub lines: Vec<Line>,
    /// Circumstances under which the chart fails to render, though it does not under others.
    pub failures: Vec<Fault>,
    /// What was varied.
    pub varied: Vec<Circumstance>,
}

/// What may be otherwise in another render.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Circumstance {
    /// Random numbers.
    Random,
    /// The time.
    Clock,
    /// The order of what has none in Go.
    Order,
    /// Nothing that is known: what a resolver answers, for one.
    Unknown,
}

impl std::fmt::Display for Circumstance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Circumstance::Random => "random numbers",
            Circumstance::Clock => "the clock",
            Circumstance::Order => "the order of map keys",
            Circumstance::Unknown => "something outside",
        })
    }
}

/// A line of output, or several of one key, that two renders do not share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where, and what it belongs to.
    pub at: Differing,
    /// What it depends on; never empty.
    pub circumstances: Vec<Circumstance>,
    /// The calls behind it; empty where no call changes it alone.
    pub causes: Vec<Cause>,
}

/// A call behind a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The function.
    pub function: &'static str,
    /// Where the template calls it.
    pub place: Place,
    /// How that came to be run, innermost first: the template, and where it was called.
    pub through: Vec<(Option<Arc<str>>, Place)>,
}

/// A render that failed under other circumstances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What was otherwise.
    pub circumstance: Circumstance,
    /// Where it failed. Not why: the message may hold what was drawn.
    pub place: Option<Place>,
}

impl Determinism {
    /// Whether nothing differs.
    pub fn is_given(&self) -> bool {
        self.lines.is_empty() && self.failures.is_empty()
    }
}

/// What a probe changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Nothing,
    /// One circumstance, in every call.
    All(Circumstance),
    /// Whatever may vary, in the calls of one place.
    Call(u64),
}

/// A world in which calls can be told apart and made to answer otherwise.
struct Probe<'o> {
    base: &'o Outside,
    change: Change,
    /// Which of the other random numbers.
    attempt: u64,
    /// Places and how often each was called.
    counts: RefCell<FxHashMap<u64, u64>>,
    calls: RefCell<Vec<(u64, Impure)>>,
    random: RefCell<ChaCha20Rng>,
    now: Cell<(i64, u32)>,
    reversed: Cell<bool>,
}

impl<'o> Probe<'o> {
    fn new(base: &'o Outside, change: Change, attempt: u64) -> Self {
        Probe {
            base,
            change,
            attempt,
            counts: RefCell::default(),
            calls: RefCell::default(),
            random: RefCell::new(ChaCha20Rng::seed_from_u64(0)),
            now: Cell::new(CLOCKS[0]),
            reversed: Cell::new(false),
        }
    }

    fn changes(&self, circumstance: Circumstance, key: u64) -> bool {
        (self.change == Change::All(circumstance) || self.change == Change::Call(key))
            && varied(self.base).contains(&circumstance)
    }
}

/// What the options leave open.
fn varied(outside: &Outside) -> Vec<Circumstance> {
    let mut varied = Vec::new();
    if !outside.is_seeded() {
        varied.push(Circumstance::Random);
    }
    if !outside.is_stopped() {
        varied.push(Circumstance::Clock);
    }
    varied.push(Circumstance::Order);
    varied
}

/// A call by its place and the way there; the same in every render of one chart.
fn key(call: &Impure) -> u64 {
    let mut hasher = FxHasher::default();
    call.function.hash(&mut hasher);
    let places = std::iter::once(&call.place).chain(call.through.iter().map(|caller| &caller.place));
    for (source, offset) in places {
        source.name.hash(&mut hasher);
        offset.hash(&mut hasher);
    }
    hasher.finish()
}

impl World for Probe<'_> {
    fn calling(&self, call: &Impure) {
        let key = key(call);
        let mut counts = self.counts.borrow_mut();
        let count = counts.entry(key).or_insert(0);
        if *count == 0 {
            self.calls.borrow_mut().push((key, call.clone()));
        }
        let seed = if self.changes(Circumstance::Random, key) { self.attempt } else { 0 };
        let mut hasher = FxHasher::default();
        (key, *count, seed).hash(&mut hasher);
        *count += 1;
        *self.random.borrow_mut() = ChaCha20Rng::seed_from_u64(hasher.finish());
        let clock = CLOCKS[usize::from(self.changes(Circumstance::Clock, key))];
        self.now.set(if self.base.is_stopped() { self.base.now() } else { clock });
        self.reversed.set(self.changes(Circumstance::Order, key));
    }

    fn now(&self) -> (i64, u32) {
        self.now.get()
    }

    fn zone(&self) -> String {
        self.base.zone()
    }

    fn random(&self, buffer: &mut [u8]) {
        self.random.borrow_mut().fill_bytes(buffer);
    }

    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Value {
        self.base.lookup(api_version, kind, namespace, name)
    }

    fn resolve(&self, host: &str) -> Result<String, String> {
        self.base.resolve(host)
    }

    fn reversed(&self) -> bool {
        self.reversed.get()
    }
}

impl Compiled {
    /// Renders the chart several times over and tells what would not be the same.
    ///
    /// ```
    /// use chartwright::{Chart, Compiled, Options, Values};
    ///
    /// let chart = Chart::from_files([
    ///     ("Chart.yaml".into(), b"apiVersion: v2\nname: c\nversion: 0.1.0\n".to_vec()),
    ///     ("templates/a.yaml".into(), b"kind: Secret\na: 1\npassword: {{ randAlphaNum 9 }}\n".to_vec()),
    /// ])?;
    /// let found = Compiled::new(&chart).check_determinism(&Values::build(&[])?, &Options::default())?;
    /// assert_eq!(found.lines.len(), 1);
    /// assert_eq!((&*found.lines[0].at.lines, found.lines[0].at.key.as_str()), (&[5..=5][..], "password"));
    /// assert_eq!(found.lines[0].causes[0].place.to_string(), "c/templates/a.yaml:3:14");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The chart does not render to begin with: see [`RenderError`].
    pub fn check_determinism(&self, values: &Values, options: &Options) -> Result<Determinism, RenderError> {
        let (_, found) = self.vary(values, options)?;
        let lines = grouped(&found.lines);
        Ok(Determinism { lines, failures: found.failures, varied: varied(&options.outside) })
    }

    /// What [`check_determinism`](Compiled::check_determinism) finds, line by line of the render that it is about.
    ///
    /// # Errors
    /// The chart does not render to begin with.
    pub(crate) fn vary(&self, values: &Values, options: &Options) -> Result<(Rendered, Varying), RenderError> {
        let check = Check { compiled: self, values, options };
        let (first, calls) = check.render(Change::Nothing, 0)?;
        let mut found = Found { base: &first, lines: Default::default(), failures: Vec::new() };
        let varied = varied(&options.outside);
        // Without calls that are not pure nothing can differ.
        if !calls.is_empty() {
            found.add(check.render(Change::Nothing, 0), Circumstance::Unknown, None);
        }
        for circumstance in &varied {
            if calls.iter().any(|(_, call)| depends(call.purity, *circumstance)) {
                check.try_change(&mut found, Change::All(*circumstance), *circumstance, None);
            }
        }
        if !found.lines.is_empty() || !found.failures.is_empty() {
            for (key, call) in calls.iter().take(SINGLE_CALLS) {
                let open = varied.iter().find(|circumstance| depends(call.purity, **circumstance));
                if let Some(circumstance) = open {
                    check.try_change(&mut found, Change::Call(*key), *circumstance, Some(call));
                }
            }
        }
        let varying = Varying { lines: found.told(), failures: found.failures };
        Ok((first, varying))
    }
}

/// What varies, line by line.
pub(crate) struct Varying {
    /// The index of the document, among the manifests and then the hooks; that of the line in it; what is behind it.
    pub lines: Vec<(usize, usize, Line)>,
    /// Circumstances under which the chart fails to render.
    pub failures: Vec<Fault>,
}

/// Whether a function of this purity may answer otherwise under other circumstances. Certificates
/// are random and hold the time.
fn depends(purity: Purity, circumstance: Circumstance) -> bool {
    match circumstance {
        Circumstance::Random => purity == Purity::Random,
        Circumstance::Clock => matches!(purity, Purity::Clock | Purity::Random),
        Circumstance::Order => purity == Purity::Order,
        Circumstance::Unknown => purity == Purity::Cluster,
    }
}

type Rendering = (Rendered, Vec<(u64, Impure)>);

struct Check<'c> {
    compiled: &'c Compiled,
    values: &'c Values,
    options: &'c Options,
}

impl Check<'_> {
    fn render(&self, change: Change, attempt: u64) -> Result<Rendering, RenderError> {
        let probe = Probe::new(&self.options.outside, change, attempt);
        let rendered = self.compiled.render_in(self.values, self.options, &probe, true)?;
        Ok((rendered, probe.calls.into_inner()))
    }

    /// Renders with a change, until something differs.
    fn try_change(&self, found: &mut Found<'_>, change: Change, circumstance: Circumstance, call: Option<&Impure>) {
        let is_random = call.map_or(circumstance, |call| match call.purity {
            Purity::Random => Circumstance::Random,
            _ => circumstance,
        }) == Circumstance::Random;
        for attempt in 1..=if is_random { TRIES } else { 1 } {
            if found.add(self.render(change, attempt), circumstance, call) {
                return;
            }
        }
    }
}

/// A line: its document, and its index there.
type Spot = (usize, usize);

/// What was found so far.
struct Found<'r> {
    base: &'r Rendered,
    lines: std::collections::BTreeMap<Spot, Behind>,
    failures: Vec<Fault>,
}

/// What is behind a line.
#[derive(Debug, Default, Clone, PartialEq)]
struct Behind {
    at: Option<Differing>,
    circumstances: Vec<Circumstance>,
    causes: Vec<Cause>,
}

impl Found<'_> {
    /// Adds what a render shows; false when it shows nothing.
    fn add(
        &mut self,
        other: Result<Rendering, RenderError>,
        circumstance: Circumstance,
        call: Option<&Impure>,
    ) -> bool {
        let other = match other {
            Ok((other, _)) => other,
            Err(error) => {
                let place = error.diagnostics.first().and_then(|diagnostic| diagnostic.place.clone());
                let fault = Fault { circumstance, place: place.map(|place| Place { excerpt: None, ..place }) };
                if !self.failures.contains(&fault) {
                    self.failures.push(fault);
                }
                return true;
            }
        };
        let differing = differing::lines(&self.base.manifests, &other.manifests);
        for (spot, at) in &differing {
            let behind = self.lines.entry(*spot).or_default();
            match &mut behind.at {
                Some(known) => known.narrow(at),
                None => behind.at = Some(at.clone()),
            }
            match call {
                Some(call) => {
                    let cause = Cause::of(call);
                    if !behind.causes.contains(&cause) {
                        behind.causes.push(cause);
                    }
                    // Found by this call alone, though not with all of them.
                    if behind.circumstances.is_empty() {
                        behind.circumstances.push(circumstance);
                    }
                }
                None => behind.circumstances.push(circumstance),
            }
        }
        !differing.is_empty()
    }

    fn told(&self) -> Vec<(usize, usize, Line)> {
        let told = |((document, line), behind): (&Spot, &Behind)| {
            let Behind { at, circumstances, causes } = behind.clone();
            Some((*document, *line, Line { at: at?, circumstances, causes }))
        };
        self.lines.iter().filter_map(told).collect()
    }
}

/// Lines of one document with the same key and causes become one.
fn grouped(all: &[(usize, usize, Line)]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut last = None;
    for (document, _, line) in all {
        let line = line.clone();
        match lines.last_mut() {
            Some(before) if last == Some(*document) && before.at.key == line.at.key && before.causes == line.causes => {
                before.at.extend(line.at.lines);
                before.circumstances.extend(line.circumstances);
                before.circumstances.sort_unstable();
                before.circumstances.dedup();
            }
            _ => lines.push(line),
        }
        last = Some(*document);
    }
    lines
}

impl Cause {
    fn of(call: &Impure) -> Cause {
        let through = call.through.iter().map(|caller| (caller.template.clone(), place(&caller.place)));
        Cause { function: call.function, place: place(&call.place), through: through.collect() }
    }
}

fn place((source, offset): &(Arc<Source>, u32)) -> Place {
    Place { excerpt: None, ..error::place(source, *offset as usize) }
}
