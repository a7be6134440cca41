//! minijinja, for expressions and layouts that anybody may have written.
//!
//! In: an engine. Out: the same, whose filters refuse to make what fills the memory, and a way to compile texts that
//! nest deeply. Its fuel counts instructions; one instruction may ask for a billion bytes.

use minijinja::value::{Rest, Value};
use minijinja::{Environment, Error, ErrorKind, Output, State, filters};

/// Bytes of a text, and items of a list, that a filter may take or make.
const MOST_BYTES: usize = 1 << 20;
const MOST_ITEMS: usize = 100_000;

/// The largest width, indent and count.
const MOST_WIDTH: usize = 10_000;

/// Bytes of an expression, or of a layout of a report: their trees nest as deep as they are long.
const MOST_EXPRESSION: usize = 16 << 10;
pub(crate) const MOST_LAYOUT: usize = 64 << 10;

/// Stack for those: some kilobytes for each level.
const STACK: usize = 256 << 20;

fn refuse(what: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, what.to_owned())
}

/// Holds the filters of an engine to the bounds here.
pub(crate) fn tame(engine: &mut Environment<'_>) {
    engine.set_formatter(print);
    macro_rules! hold {
        ($($name:literal: $filter:path, $check:path;)*) => {$(
            engine.add_filter(concat!("plain ", $name), $filter);
            engine.add_filter($name, |state: &State<'_, '_>, args: Rest<Value>| {
                args.iter().try_for_each(is_small)?;
                $check(&args)?;
                state.apply_filter(concat!("plain ", $name), &args)
            });
        )*};
    }
    hold! {
        "replace": filters::replace, replaces;
        "join": filters::join, joins;
        "indent": filters::indent, indents;
        "format": filters::format, formats;
        "tojson": filters::tojson, widths;
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

/// Compiles, with stack enough for a text of such a length; a longer one is an error.
pub(crate) fn compile<T>(text: &str, most: usize, compile: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    if text.len() > most {
        return Err(Error::new(ErrorKind::SyntaxError, format!("more than {most} bytes in one text")));
    }
    // Most are a line or two.
    if text.len() < 1_000 {
        return compile();
    }
    stacker::grow(STACK, compile)
}

/// Compiles an expression. The engine takes a bracket that closes nothing for the end of a block that never began.
pub(crate) fn compile_expression<T>(text: &str, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    if closes_too_much(text) {
        return Err(Error::new(ErrorKind::SyntaxError, "found a bracket that closes nothing"));
    }
    compile(text, MOST_EXPRESSION, work)
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
    is_small(value)?;
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
    let items = args.first().and_then(|list| list.try_iter().ok()).into_iter().flatten();
    let joiner = text(args, 1).len();
    // Of lists in lists each item is taken for a word.
    room(
        items
            .map(|item| joiner + item.len().unwrap_or(8).saturating_mul(if item.as_str().is_some() { 1 } else { 8 }))
            .sum(),
    )
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

fn indents(args: &Rest<Value>) -> Result<(), Error> {
    widths(args)?;
    let width = args.iter().skip(1).filter_map(Value::as_usize).max().unwrap_or(4);
    let text = text(args, 0);
    room(text.len().saturating_add(text.lines().count().saturating_mul(width)))
}

/// No width in a format has five digits, and none comes from an argument.
fn formats(args: &Rest<Value>) -> Result<(), Error> {
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
        let compiled = compile_expression(expression, || engine.compile_expression(expression));
        match compiled.and_then(|compiled| compiled.eval(())) {
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
