//! minijinja, for expressions and layouts that anybody may have written.
//!
//! In: an engine. Out: the same, whose filters refuse to make what fills the memory, and a way to compile texts that
//! nest deeply. Its fuel counts instructions; one instruction may ask for a billion bytes.

mod operators;

use minijinja::value::{Object, Rest, Value};
use minijinja::{Environment, Error, ErrorKind, Expression, Output, State, filters};
use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of a text, and items of a list, that a filter may take or make.
const MOST_BYTES: usize = 1 << 20;
const MOST_ITEMS: usize = 100_000;

/// Bytes of all texts and lists that one run makes. Most are gone again soon; those that are not fit into memory.
const MOST_MADE: usize = 192 << 20;

/// Bytes of the message of a rule, and levels of a value that is made a text of.
const MOST_MESSAGE: usize = 64 << 10;
const MOST_DEPTH: usize = 64;

/// The largest width, indent and count.
const MOST_WIDTH: usize = 10_000;

/// Bytes of an expression, or of a layout of a report: their trees nest as deep as they are long.
const MOST_EXPRESSION: usize = 16 << 10;
const MOST_LAYOUT: usize = 64 << 10;

/// Stack for those: some kilobytes for each level.
const STACK: usize = 256 << 20;

fn refuse(what: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, what.to_owned())
}

/// Holds the filters of an engine to the bounds here.
pub(crate) fn tame(engine: &mut Environment<'_>) {
    engine.set_formatter(print);
    engine.add_function(operators::NAME, operators::calculate);
    macro_rules! hold {
        ($($name:literal: $filter:path, $check:path;)*) => {$(
            engine.add_filter(concat!("plain ", $name), $filter);
            engine.add_filter($name, |state: &State<'_, '_>, args: Rest<Value>| {
                args.iter().try_for_each(is_small)?;
                $check(&args)?;
                charge(state, args.first().map_or(0, size))?;
                state.apply_filter(concat!("plain ", $name), &args)
            });
        )*};
    }
    hold! {
        "upper": filters::upper, texts;
        "lower": filters::lower, texts;
        "title": filters::title, texts;
        "capitalize": filters::capitalize, texts;
        "trim": filters::trim, texts;
        "escape": filters::escape, texts;
        "e": filters::escape, texts;
        "string": filters::string, texts;
        "split": filters::split, texts;
        "lines": filters::lines, texts;
        "pprint": filters::pprint, texts;
        "items": filters::items, any;
        "dictsort": filters::dictsort, any;
        "replace": filters::replace, replaces;
        "join": filters::join, joins;
        "indent": filters::indent, indents;
        "format": filters::format, formats;
        "tojson": filters::tojson, writes;
        "slice": filters::slice, widths;
        "batch": filters::batch, widths;
        "list": filters::list, any;
        "map": filters::map, any;
        "select": filters::select, any;
        "reject": filters::reject, any;
        "selectattr": filters::selectattr, any;
        "rejectattr": filters::rejectattr, any;
        "sort": filters::sort, any;
        "unique": filters::unique, any;
        "sum": filters::sum, any;
        "min": filters::min, any;
        "max": filters::max, any;
        "reverse": filters::reverse, any;
        "groupby": filters::groupby, any;
        "zip": filters::zip, any;
        "chain": filters::chain, any;
    }
}

/// What works with a text that anybody may have written, on stack enough for its length; a longer text is an error.
fn on_stack<T>(text: &str, most: usize, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    if text.len() > most {
        return Err(Error::new(ErrorKind::SyntaxError, format!("more than {most} bytes in one text")));
    }
    // Most are a line or two.
    if text.len() < 1_000 {
        return work();
    }
    stacker::grow(STACK, work)
}

/// The layout of a report as an engine of here takes it.
pub(crate) fn layout(text: &str) -> Result<Cow<'_, str>, Error> {
    on_stack(text, MOST_LAYOUT, || operators::of_layout(text))
}

/// Adds a layout that [`layout`] gave.
pub(crate) fn add_layout<'e>(engine: &mut Environment<'e>, name: &'e str, layout: &'e str) -> Result<(), Error> {
    on_stack(layout, usize::MAX, || engine.add_template(name, layout))
}

/// Compiles an expression. The engine takes a bracket that closes nothing for the end of a block that never began.
pub(crate) fn compile_expression<'e>(
    engine: &'e Environment<'static>,
    text: &str,
) -> Result<Expression<'e, 'static>, Error> {
    if closes_too_much(text) {
        return Err(Error::new(ErrorKind::SyntaxError, "found a bracket that closes nothing"));
    }
    on_stack(text, MOST_EXPRESSION, || engine.compile_expression_owned(operators::of_expression(text)?.into_owned()))
}

/// Whether a short text with expressions in it, as the message of a rule, can be rendered.
pub(crate) fn check(engine: &Environment<'_>, text: &str) -> Result<(), Error> {
    if !operators::is_plain(text) {
        return Err(refuse("only `if`, `for`, `with` and `set NAME = …` are statements here"));
    }
    on_stack(text, MOST_EXPRESSION, || engine.template_from_str(&operators::of_layout(text)?).map(drop))
}

/// Renders such a text.
pub(crate) fn render(engine: &Environment<'_>, text: &str, root: &Value) -> Result<String, Error> {
    on_stack(text, MOST_EXPRESSION, || {
        let mut out = Bounded::new(MOST_MESSAGE);
        engine.template_from_str(&operators::of_layout(text)?)?.render_captured_to(root, &mut out)?;
        Ok(out.text())
    })
}

/// A text that may have so many bytes.
pub(crate) struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl Bounded {
    pub(crate) fn new(most: usize) -> Self {
        Bounded { bytes: Vec::new(), most }
    }

    /// What was written.
    pub(crate) fn text(self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Write for Bounded {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + text.len() > self.most {
            return Err(io::Error::other(format!("more than {} bytes are written", self.most)));
        }
        self.bytes.extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes that a run made.
#[derive(Debug, Default)]
struct Made(AtomicUsize);

impl Object for Made {}

/// Counts bytes that are about to be made.
fn charge(state: &State<'_, '_>, bytes: usize) -> Result<(), Error> {
    // Most texts are a few words.
    if bytes < 64 {
        return Ok(());
    }
    let made: Arc<Made> = state.get_or_set_temp_object("bytes that were made", Made::default);
    let before = made.0.fetch_add(bytes, Ordering::Relaxed);
    if before.saturating_add(bytes) > MOST_MADE {
        return Err(refuse("texts of more than 192 MiB in all"));
    }
    Ok(())
}

/// About how many bytes a value has as a text: those that share their parts can have more than any memory holds.
fn weigh(value: &Value) -> Result<usize, Error> {
    fn add(value: &Value, depth: usize, bytes: &mut usize) -> Result<(), Error> {
        *bytes = bytes.saturating_add(value.as_str().map_or(8, str::len));
        if *bytes > MOST_BYTES || depth > MOST_DEPTH {
            return Err(refuse("a text of more than a MiB"));
        }
        if value.as_str().is_none() && value.len().is_some() {
            let is_map = value.kind() == minijinja::value::ValueKind::Map;
            for item in value.try_iter()? {
                if is_map {
                    add(&value.get_item(&item)?, depth + 1, bytes)?;
                }
                add(&item, depth + 1, bytes)?;
            }
        }
        Ok(())
    }
    let mut bytes = 0;
    add(value, 0, &mut bytes).map(|()| bytes)
}

/// Bytes of a text, or of the places for the items of a list.
fn size(value: &Value) -> usize {
    value.as_str().map_or_else(|| value.len().unwrap_or(0).saturating_mul(size_of::<Value>()), str::len)
}

/// Whether a bracket outside of texts closes none that is open.
fn closes_too_much(text: &str) -> bool {
    let mut open = 0_usize;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' | b'\'' => {
                while let Some(inner) = bytes.next().filter(|inner| *inner != byte) {
                    if inner == b'\\' {
                        bytes.next();
                    }
                }
            }
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => match open.checked_sub(1) {
                Some(less) => open = less,
                None => return true,
            },
            _ => {}
        }
    }
    false
}

/// Prints as the engine does, where there is not too much of it.
fn print(out: &mut Output<'_>, state: &State<'_, '_>, value: &Value) -> Result<(), Error> {
    charge(state, weigh(value)?)?;
    minijinja::escape_formatter(out, state, value)
}

/// A list repeated a billion times has its length without taking memory, until somebody walks over it.
fn is_small(value: &Value) -> Result<(), Error> {
    let most = if value.as_str().is_some() { MOST_BYTES } else { MOST_ITEMS };
    match value.len() {
        Some(length) if length > most => Err(refuse("more than can be worked with in one value")),
        _ => Ok(()),
    }
}

/// What is no text is made one.
fn texts(args: &Rest<Value>) -> Result<(), Error> {
    args.iter().try_for_each(|value| weigh(value).map(drop))
}

fn any(_: &Rest<Value>) -> Result<(), Error> {
    Ok(())
}

fn text(args: &Rest<Value>, index: usize) -> &str {
    args.get(index).and_then(Value::as_str).unwrap_or_default()
}

fn room(bytes: usize) -> Result<(), Error> {
    if bytes <= MOST_BYTES { Ok(()) } else { Err(refuse("a text of more than a MiB")) }
}

fn replaces(args: &Rest<Value>) -> Result<(), Error> {
    let (value, from, to) = (text(args, 0), text(args, 1), text(args, 2));
    let times = if from.is_empty() { value.len() + 1 } else { value.matches(from).count() };
    room(value.len().saturating_add(times.saturating_mul(to.len())))
}

fn joins(args: &Rest<Value>) -> Result<(), Error> {
    let Some(list) = args.first() else { return Ok(()) };
    room(weigh(list)?.saturating_add(list.len().unwrap_or(0).saturating_mul(text(args, 1).len())))
}

/// No argument is a large number, by place or by name.
fn widths(args: &Rest<Value>) -> Result<(), Error> {
    let is_wide = |value: &Value| value.as_usize().is_some_and(|number| number > MOST_WIDTH);
    let named = |value: &Value| value.is_kwargs() && value.get_attr("indent").is_ok_and(|value| is_wide(&value));
    let wide = args.iter().skip(1).any(|value| {
        is_wide(value)
            || named(value)
            || value.is_kwargs() && value.get_attr("width").is_ok_and(|value| is_wide(&value))
    });
    if wide { Err(refuse("a width, indent or count of more than 10000")) } else { Ok(()) }
}

/// [`widths`], for what makes a text of a whole value.
fn writes(args: &Rest<Value>) -> Result<(), Error> {
    texts(args)?;
    widths(args)
}

fn indents(args: &Rest<Value>) -> Result<(), Error> {
    widths(args)?;
    let width = args.iter().skip(1).filter_map(Value::as_usize).max().unwrap_or(4);
    let text = text(args, 0);
    room(text.len().saturating_add(text.lines().count().saturating_mul(width)))
}

/// No width in a format has five digits, and none comes from an argument.
fn formats(args: &Rest<Value>) -> Result<(), Error> {
    texts(args)?;
    let format = text(args, 0);
    let is_wide = format.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 4);
    if is_wide || format.contains('*') { Err(refuse("a format with a width of more than 9999")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(expression: &str) -> String {
        #[allow(deprecated)]
        let mut engine = Environment::new();
        tame(&mut engine);
        let engine = engine;
        match compile_expression(&engine, expression).and_then(|compiled| compiled.eval(())) {
            Ok(value) => value.to_string(),
            Err(error) => error.detail().unwrap_or_default().to_owned(),
        }
    }

    #[test]
    fn filters_work_as_ever_and_refuse_what_fills_the_memory() {
        assert_eq!(said("['a', 'b'] | join('-') | replace('-', '+')"), "a+b");
        assert_eq!(said("range(3) | map('string') | list | length"), "3");
        for (expression, want) in [
            ("('x' * 100000) | replace('x', 'y' * 100000)", "a text of more than a MiB"),
            ("range(10000) | join('x' * 1000)", "a text of more than a MiB"),
            ("'x' | indent(1000000000)", "a width, indent or count of more than 10000"),
            ("[1] | tojson(indent=1000000000)", "a width, indent or count of more than 10000"),
            ("'%1000000000d' | format(1)", "a format with a width of more than 9999"),
            ("([1] * 1000000000) | list", "more than can be worked with in one value"),
        ] {
            assert_eq!(said(expression), want, "{expression}");
        }
        assert!(said(&"not ".repeat(100_000)).contains("more than 16384 bytes"));
        assert_eq!(said(&format!("{}1", "not ".repeat(4_000))).to_lowercase(), "true");
    }

    #[test]
    fn a_bracket_that_closes_nothing_is_an_error() {
        for expression in ["a}}a", "a %}", "{'a': 1}}}", ")("] {
            assert_eq!(said(expression), "found a bracket that closes nothing", "{expression}");
        }
        assert_eq!(said("{'a': {'b': '}}'}}.a.b"), "}}");
        assert_eq!(said(r#""\"}}" ~ [1][0]"#), "\"}}1");
    }
}
