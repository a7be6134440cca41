//! What the evaluator hands to a template function, and how a function is described.
//!
//! In: a [`FuncTable`] of rows. The evaluator checks arguments against a row's Go types
//! before it calls, so a body sees what it declared.

use super::trace::Impure;
pub use crate::value::Type;
use crate::value::{List, Map, Str, Value};
use rustc_hash::FxHashMap;

/// What besides its arguments decides a function's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purity {
    /// Nothing.
    Pure,
    /// The clock.
    Clock,
    /// Random numbers.
    Random,
    /// The cluster or the network.
    Cluster,
    /// The order in which Go happens to walk a map. Here it is that of the keys.
    Order,
    /// The templates of the chart (`include`, `tpl`).
    Templates,
}

/// How far a function looks into lists and maps. Those that share their parts, or hold
/// themselves, can be far larger than the memory they take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walk {
    /// At the items of a list or the keys of a map, no further.
    Shallow,
    /// All through; it has an answer of its own to values that nest too deep.
    Whole,
    /// All through, and it prints: a value that nests too deep is an error, where Go would
    /// overflow its stack.
    Print,
}

/// What goes wrong in a function.
#[derive(Debug, Clone)]
pub enum FuncError {
    /// The function returned an error, or panicked: printed after `error calling NAME: `.
    Message(String),
    /// An error that already knows its place: an `include` or `tpl` that failed inside.
    Placed(Box<super::EvalError>),
}

impl From<String> for FuncError {
    fn from(message: String) -> Self {
        FuncError::Message(message)
    }
}

impl From<&str> for FuncError {
    fn from(message: &str) -> Self {
        FuncError::Message(message.to_owned())
    }
}

/// What a function gives back.
pub type FuncResult = Result<Value, FuncError>;

/// Steps of a call: a step is about the tenth of a microsecond.
const CALL_STEPS: u32 = 2;

/// Steps of a call that walks values, however small they are.
const WALK_STEPS: u32 = 10;

/// One row of a function table.
#[derive(Clone, Copy)]
pub struct Func {
    /// The name in templates.
    pub name: &'static str,
    /// Go types of the parameters; with `variadic`, the last is that of each further argument.
    pub params: &'static [Type],
    /// Whether the last parameter may be given any number of times, also none.
    pub variadic: bool,
    /// What else decides the result.
    pub purity: Purity,
    /// How far it looks into its arguments.
    pub walk: Walk,
    /// Steps that a call counts, besides those for the bytes it reads and makes.
    pub steps: u32,
    /// The body.
    pub run: fn(&Call<'_>) -> FuncResult,
}

impl Func {
    /// A pure function with a fixed number of parameters.
    pub const fn fixed(name: &'static str, params: &'static [Type], run: fn(&Call<'_>) -> FuncResult) -> Func {
        Func { name, params, variadic: false, purity: Purity::Pure, walk: Walk::Shallow, steps: CALL_STEPS, run }
    }

    /// A pure function whose last parameter repeats.
    pub const fn variadic(name: &'static str, params: &'static [Type], run: fn(&Call<'_>) -> FuncResult) -> Func {
        Func { name, params, variadic: true, purity: Purity::Pure, walk: Walk::Shallow, steps: CALL_STEPS, run }
    }

    /// The same row with another purity.
    #[must_use]
    pub const fn with(mut self, purity: Purity) -> Func {
        self.purity = purity;
        self
    }

    /// The same row, of a body that walks lists and maps.
    #[must_use]
    pub const fn walks(mut self, walk: Walk) -> Func {
        self.walk = walk;
        self.costs(WALK_STEPS)
    }

    /// The same row, of a body that takes as long as so many steps.
    #[must_use]
    pub const fn costs(mut self, steps: u32) -> Func {
        self.steps = steps;
        self
    }
}

impl std::fmt::Debug for Func {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Func({})", self.name)
    }
}

/// What a function may ask of the run: the only way to templates and to the outside.
pub trait Host {
    /// Renders the named template with `data` as dot.
    ///
    /// # Errors
    /// What the template fails with, or Helm's text for an unknown name.
    fn include(&self, name: &Str, data: Value) -> Result<Str, FuncError>;

    /// Compiles `text` and renders it with `data` as dot.
    ///
    /// # Errors
    /// A parse error, or what the template fails with.
    fn tpl(&self, text: &Str, data: Value) -> Result<Str, FuncError>;

    /// The time now: seconds and nanoseconds since 1970, UTC.
    fn now(&self) -> (i64, u32);

    /// The name of the local time zone (`UTC`, `Europe/Berlin`).
    fn zone(&self) -> String;

    /// Fills a buffer with random bytes.
    fn random(&self, buffer: &mut [u8]);

    /// An object of the cluster, or a list when `name` is empty; an empty map when there is none.
    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Value;

    /// The first address of a host name; empty unless DNS was allowed.
    ///
    /// # Errors
    /// DNS was allowed, and knows no address of the host.
    fn resolve(&self, host: &str) -> Result<String, String>;

    /// Whether what has no order in Go is to come in the other order.
    fn reversed(&self) -> bool {
        false
    }

    /// Counts work that the arguments' size does not tell.
    ///
    /// # Errors
    /// The run has used up its steps.
    fn spend(&self, steps: usize) -> Result<(), FuncError>;

    /// Asks whether a result of so many bytes may be made.
    ///
    /// # Errors
    /// It is larger than the run lets a value be.
    fn room(&self, bytes: usize) -> Result<(), FuncError>;
}

/// One call of a function.
pub struct Call<'a> {
    /// The function's name as the template wrote it.
    pub name: &'static str,
    /// The checked arguments, the piped one last.
    pub args: &'a [Value],
    /// The run.
    pub host: &'a dyn Host,
}

impl<'a> Call<'a> {
    /// The argument at `index`; nil past the end.
    pub fn any(&self, index: usize) -> &'a Value {
        const NIL: &Value = &Value::Nil;
        self.args.get(index).unwrap_or(NIL)
    }

    /// The string at `index`, which the row declares as `Str`; empty otherwise.
    pub fn str(&self, index: usize) -> Str {
        self.any(index).as_str().cloned().unwrap_or_default()
    }

    /// The string at `index` as text; bytes that are not UTF-8 become U+FFFD.
    pub fn text(&self, index: usize) -> String {
        self.str(index).to_text().into_owned()
    }

    /// The integer at `index`, which the row declares as `Int` or `Int64`; 0 otherwise.
    pub fn int(&self, index: usize) -> i64 {
        match self.any(index) {
            Value::Int(n) | Value::Int64(n) => *n,
            _ => 0,
        }
    }

    /// The float at `index`, which the row declares as `Float`; 0 otherwise.
    pub fn float(&self, index: usize) -> f64 {
        if let Value::Float(n) = self.any(index) { *n } else { 0.0 }
    }

    /// The boolean at `index`, which the row declares as `Bool`; false otherwise.
    pub fn bool(&self, index: usize) -> bool {
        matches!(self.any(index), Value::Bool(true))
    }

    /// The map at `index`, which the row declares as `Dict`; an empty one otherwise.
    pub fn dict(&self, index: usize) -> Map {
        self.any(index).as_map().cloned().unwrap_or_default()
    }

    /// The list at `index`, which the row declares as `List` or `Strings`; nil otherwise.
    pub fn list(&self, index: usize) -> List {
        self.any(index).as_list().cloned().unwrap_or_else(|| List::nil(crate::value::ListKind::Any))
    }
}

/// What a run is given of the outside: clock, random numbers, cluster, DNS.
pub trait World {
    /// The time now: seconds and nanoseconds since 1970, UTC.
    fn now(&self) -> (i64, u32);

    /// The name of the local time zone.
    fn zone(&self) -> String;

    /// Fills a buffer with random bytes.
    fn random(&self, buffer: &mut [u8]);

    /// An object of the cluster, or a list when `name` is empty; an empty map when there is none.
    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Value;

    /// The first address of a host name; empty unless DNS was allowed.
    ///
    /// # Errors
    /// DNS was allowed, and knows no address of the host.
    fn resolve(&self, host: &str) -> Result<String, String>;

    /// Whether what has no order in Go is to come in the other order.
    fn reversed(&self) -> bool {
        false
    }

    /// Told before each call of a function that is not pure, in a run that notes where output came
    /// from; so that an answer can depend on who asks.
    fn calling(&self, _call: &Impure) {}
}

/// The functions that templates may call, by name and by index.
#[derive(Debug)]
pub struct FuncTable {
    rows: Vec<Func>,
    index: FxHashMap<&'static str, usize>,
}

impl FuncTable {
    /// A table of these rows; of two rows with one name the later one counts.
    pub fn new(rows: Vec<Func>) -> Self {
        let index = rows.iter().enumerate().map(|(i, f)| (f.name, i)).collect();
        FuncTable { rows, index }
    }

    /// The index of a name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// The row at an index that [`FuncTable::find`] gave.
    pub fn row(&self, index: usize) -> Option<&Func> {
        self.rows.get(index)
    }

    /// All rows.
    pub fn rows(&self) -> &[Func] {
        &self.rows
    }
}
