//! The operators of minijinja that make texts and lists, with a check before each.
//!
//! In: an expression, or a text with expressions in it. Out: the same, in which every `+`, `~` and `*` between two values
//! is a call of [`calculate`]. The engine cannot be told of operators of its own, and twice sixty doublings fill any
//! memory, in a few instructions. What is not rewritten is refused, so that no operator gets by. Lines stay where they
//! are.

use super::{MOST_ITEMS, charge, refuse, room, weigh};
use minijinja::value::{Rest, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Expression, State, UndefinedBehavior, context};
use std::borrow::Cow;
use std::sync::LazyLock;

/// What [`calculate`] is called in expressions.
pub(super) const NAME: &str = "calculate_";

/// What ends an operand, though it is a word.
const WORDS: [&str; 10] = ["and", "or", "not", "in", "if", "else", "recursive", "ignore", "as", "without"];

/// An expression with calls for operators.
pub(super) fn of_expression(text: &str) -> Result<Cow<'_, str>, Error> {
    if !may_have_any(text) {
        return Ok(Cow::Borrowed(text));
    }
    let (items, rest) = read(text, None)?;
    if !rest.is_empty() {
        return Err(unreadable());
    }
    let mut out = String::with_capacity(2 * text.len());
    write(&items, &mut out)?;
    Ok(Cow::Owned(out))
}

/// Statements that keep nothing of what is written inside of them, so that its size is that of the output.
const PLAIN_STATEMENTS: [&str; 10] = ["if", "elif", "else", "endif", "for", "endfor", "set", "with", "endwith", "raw"];

/// Whether no statement of a text keeps what is written inside of it.
pub(super) fn is_plain(text: &str) -> bool {
    text.split("{%").skip(1).all(|tag| {
        let tag = tag.trim_start_matches(['-', '+']).trim_start();
        let word = tag.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let (tag, _) = tag.split_once("%}").unwrap_or((tag, ""));
        word == "endraw" || PLAIN_STATEMENTS.contains(&word) && (word != "set" || tag.contains('='))
    })
}

/// A text with expressions in it, the same.
pub(super) fn of_layout(text: &str) -> Result<Cow<'_, str>, Error> {
    if !may_have_any(text) {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = String::with_capacity(2 * text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let kind = tag.get(..2).unwrap_or_default();
        let end = match kind {
            "{#" => {
                let end = tag.find("#}").map_or(tag.len(), |end| end + 2);
                out.push_str(tag.get(..end).unwrap_or_default());
                rest = tag.get(end..).unwrap_or_default();
                continue;
            }
            "{{" => "}}",
            "{%" => "%}",
            _ => {
                out.push('{');
                rest = tag.get(1..).unwrap_or_default();
                continue;
            }
        };
        if let Some(raw) = raw(tag) {
            out.push_str(raw);
            rest = tag.get(raw.len()..).unwrap_or_default();
            continue;
        }
        out.push_str(kind);
        let inner = tag.get(2..).unwrap_or_default();
        let signed = inner.strip_prefix(['-', '+']);
        out.push_str(inner.get(..inner.len() - signed.unwrap_or(inner).len()).unwrap_or_default());
        let (items, after) = read(signed.unwrap_or(inner), Some(end))?;
        // The first word of a statement says what it is.
        let begin = usize::from(end == "%}").min(items.len());
        items.iter().take(begin).for_each(|item| item.copy(&mut out));
        write(items.get(begin..).unwrap_or_default(), &mut out)?;
        let ends = after.trim_start();
        let ends = ends.strip_prefix(['-', '+']).unwrap_or(ends);
        if !ends.is_empty() && !ends.starts_with(end) {
            return Err(unreadable());
        }
        let closed = after.find(end).map_or(after.len(), |at| at + end.len());
        out.push_str(after.get(..closed).unwrap_or_default());
        rest = after.get(closed..).unwrap_or_default();
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}

fn may_have_any(text: &str) -> bool {
    text.contains(['+', '~', '*'])
}

fn unreadable() -> Error {
    Error::new(ErrorKind::SyntaxError, "found an operator or bracket without what belongs to it")
}

/// A block of text without expressions, where one begins here.
fn raw(tag: &str) -> Option<&str> {
    let name = |tag: &str| {
        let inner = tag.strip_prefix("{%")?.trim_start_matches(['-', '+']).trim_start();
        Some(inner.split(|c: char| !c.is_ascii_alphanumeric()).next()?.to_owned())
    };
    if name(tag)? != "raw" {
        return None;
    }
    let ends = tag.match_indices("{%").skip(1).find(|(at, _)| {
        let end = tag.get(*at..).and_then(name);
        end.is_some_and(|name| name == "endraw")
    });
    let end = ends.and_then(|(at, _)| Some(at + tag.get(at..)?.find("%}")? + 2));
    Some(tag.get(..end.unwrap_or(tag.len())).unwrap_or_default())
}

/// A word, text, number or sign with the blanks before it, or what stands in brackets.
enum Item<'t> {
    Token { blanks: &'t str, text: &'t str },
    Group { blanks: &'t str, open: &'t str, items: Vec<Item<'t>>, end: &'t str },
}

impl<'t> Item<'t> {
    /// The token; empty for brackets.
    fn text(&self) -> &'t str {
        match self {
            Item::Token { text, .. } => text,
            Item::Group { .. } => "",
        }
    }

    fn copy(&self, out: &mut String) {
        match self {
            Item::Token { blanks, text } => out.extend([*blanks, *text]),
            Item::Group { blanks, open, items, end } => {
                out.extend([*blanks, *open]);
                items.iter().for_each(|item| item.copy(out));
                out.push_str(end);
            }
        }
    }
}

/// Reads up to the end of a tag, where one is named, or a bracket that closes nothing; and what is left.
fn read<'t>(text: &'t str, end: Option<&str>) -> Result<(Vec<Item<'t>>, &'t str), Error> {
    let mut items = Vec::new();
    let mut rest = text;
    loop {
        let token = rest.trim_start();
        let blanks = rest.get(..rest.len() - token.len()).unwrap_or_default();
        let unsigned = token.strip_prefix(['-', '+']).unwrap_or(token);
        if token.is_empty() || end.is_some_and(|end| token.starts_with(end) || unsigned.starts_with(end)) {
            // Blanks before the end stay with it.
            return Ok((items, rest));
        }
        let length = length(token);
        let (text, after) = token.split_at(length.min(token.len()));
        match text {
            "(" | "[" | "{" => {
                let (inner, after) = stacker::maybe_grow(64 << 10, 1 << 20, || read(after, None))?;
                let close = after.trim_start();
                let close = after.len() - close.len() + usize::from(!close.is_empty());
                let (end, after) = after.split_at(close);
                items.push(Item::Group { blanks, open: text, items: inner, end });
                rest = after;
            }
            ")" | "]" | "}" => return Ok((items, rest)),
            _ => {
                items.push(Item::Token { blanks, text });
                rest = after;
            }
        }
    }
}

/// Bytes of the token at the beginning.
fn length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let first = bytes.first().copied().unwrap_or_default();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii();
    match first {
        b'"' | b'\'' => {
            let mut escaped = false;
            let end = bytes.iter().skip(1).position(|byte| {
                let is_end = *byte == first && !escaped;
                escaped = *byte == b'\\' && !escaped;
                is_end
            });
            end.map_or(text.len(), |end| end + 2)
        }
        b'0'..=b'9' => {
            let mut last = '0';
            let is_hex = text.starts_with("0x") || text.starts_with("0X");
            let end = text.char_indices().find(|(at, c)| {
                let next = text.get(at + 1..).and_then(|rest| rest.chars().next());
                let is_digit = next.is_some_and(|next| next.is_ascii_digit());
                let is_sign = !is_hex && matches!(c, '+' | '-') && matches!(last, 'e' | 'E') && is_digit;
                last = *c;
                !(is_word(*c) || *c == '.' && is_digit || is_sign)
            });
            end.map_or(text.len(), |(at, _)| at)
        }
        _ => match text.find(|c| !is_word(c)) {
            Some(0) => match text.get(..2) {
                Some("//" | "**" | "==" | "!=" | ">=" | "<=") => 2,
                _ => text.chars().next().map_or(1, char::len_utf8),
            },
            Some(end) => end,
            None => text.len(),
        },
    }
}

/// Writes items, with calls for operators.
fn write(items: &[Item<'_>], out: &mut String) -> Result<(), Error> {
    let mut begin = 0;
    for (at, item) in items.iter().enumerate() {
        let before = |back: usize| at.checked_sub(back).and_then(|at| items.get(at)).map_or("", Item::text);
        let is_test = before(1) == "is" || before(1) == "not" && before(2) == "is";
        let is_end = match item.text() {
            "," | ":" | "=" | "==" | "!=" | ">" | ">=" | "<" | "<=" => true,
            word => WORDS.contains(&word) && !is_test && !matches!(before(1), "." | "|"),
        };
        if is_end {
            sum(items.get(begin..at).unwrap_or_default(), 0, out)?;
            item.copy(out);
            begin = at + 1;
        }
    }
    sum(items.get(begin..).unwrap_or_default(), 0, out)
}

/// The operators by how strongly they bind, and those of them that are rewritten.
const LEVELS: [(&[&str], &[&str]); 3] = [(&["+", "-"], &["+"]), (&["~"], &["~"]), (&["*", "/", "//", "%"], &["*"])];

/// Writes operands with operators of a level between them.
fn sum(items: &[Item<'_>], level: usize, out: &mut String) -> Result<(), Error> {
    let Some((operators, rewritten)) = LEVELS.get(level) else { return operand(items, out) };
    let is_between = |at: &usize| is_binary(items, *at) && operators.contains(&items.get(*at).map_or("", Item::text));
    let places: Vec<usize> = (0..items.len()).filter(is_between).collect();
    let is_called = places.iter().any(|at| rewritten.contains(&items.get(*at).map_or("", Item::text)));
    if is_called {
        out.extend([" ", NAME, "("]);
    }
    let mut begin = 0;
    if is_called && places.last().is_some_and(|last| last + 1 == items.len()) {
        return Err(unreadable());
    }
    for at in &places {
        sum(items.get(begin..*at).unwrap_or_default(), level + 1, out)?;
        match items.get(*at) {
            Some(Item::Token { blanks, text }) if is_called => out.extend([",", *blanks, "'", *text, "',"]),
            Some(item) => item.copy(out),
            None => {}
        }
        begin = at + 1;
    }
    sum(items.get(begin..).unwrap_or_default(), level + 1, out)?;
    if is_called {
        out.push(')');
    }
    Ok(())
}

/// Whether the sign at a place stands between two values.
fn is_binary(items: &[Item<'_>], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).and_then(|at| items.get(at)).map(Item::text);
    match before(1) {
        None | Some("+" | "-" | "~" | "*" | "/" | "//" | "%" | "**") => false,
        // The argument of a test.
        Some(_) if items.get(at).is_some_and(|item| item.text() == "-") => {
            before(2) != Some("is") && !(before(2) == Some("not") && before(3) == Some("is"))
        }
        Some(_) => true,
    }
}

/// Writes what no operator of these is in, but in brackets.
fn operand(items: &[Item<'_>], out: &mut String) -> Result<(), Error> {
    for (at, item) in items.iter().enumerate() {
        match item {
            Item::Token { text: "+" | "~", .. } => return Err(unreadable()),
            // `f(*list)`
            Item::Token { text: "*", .. } if at > 0 => return Err(unreadable()),
            Item::Token { .. } => item.copy(out),
            Item::Group { blanks, open, items, end } => {
                out.extend([*blanks, *open]);
                stacker::maybe_grow(64 << 10, 1 << 20, || write(items, out))?;
                out.push_str(end);
            }
        }
    }
    Ok(())
}

/// `calculate_(VALUE, SIGN, VALUE, SIGN, VALUE…)`: what the signs make of the values, from the left.
pub(super) fn calculate(state: &State<'_, '_>, args: Rest<Value>) -> Result<Value, Error> {
    let mut args = args.0.into_iter();
    let mut result = args.next().unwrap_or_default();
    while let (Some(sign), Some(value)) = (args.next(), args.next()) {
        result = one(state, &result, sign.as_str().unwrap_or_default(), &value)?;
    }
    Ok(result)
}

fn one(state: &State<'_, '_>, a: &Value, sign: &str, b: &Value) -> Result<Value, Error> {
    let is_list = |value: &Value| matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable);
    let bytes = match sign {
        "~" => {
            let is_strict =
                matches!(state.undefined_behavior(), UndefinedBehavior::Strict | UndefinedBehavior::SemiStrict);
            if is_strict && (a.is_undefined() || b.is_undefined()) {
                return Err(Error::from(ErrorKind::UndefinedError));
            }
            let bytes = weigh(a)?.saturating_add(weigh(b)?);
            room(bytes).map(|()| bytes)?
        }
        // The engine keeps the parts, and copies neither.
        "+" if is_list(a) && is_list(b) => {
            let (a, b) = (a.len().unwrap_or(0), b.len().unwrap_or(0));
            items(a.saturating_add(b))?;
            a.min(b).saturating_mul(size_of::<Value>())
        }
        "+" => {
            let bytes = text(a).saturating_add(text(b));
            room(bytes).map(|()| bytes)?
        }
        "*" => {
            let times = a.as_usize().or(b.as_usize()).unwrap_or(1);
            let list = if is_list(a) { a.len() } else { b.len().filter(|_| is_list(b)) };
            items(list.unwrap_or(0).saturating_mul(times))?;
            let bytes = text(a).max(text(b)).saturating_mul(times);
            room(bytes).map(|()| bytes)?
        }
        _ => 0,
    };
    charge(state, bytes)?;
    if sign == "~" {
        return Ok(Value::from(format!("{a}{b}")));
    }
    let Some(Ok(plain)) = PLAIN.iter().find(|(known, _)| *known == sign).map(|(_, plain)| plain) else {
        return Err(refuse("found an operator that is none"));
    };
    plain.eval(context! { a, b })
}

/// Bytes of a text.
fn text(value: &Value) -> usize {
    value.as_str().map_or(0, str::len)
}

fn items(count: usize) -> Result<(), Error> {
    if count <= MOST_ITEMS { Ok(()) } else { Err(refuse("more than can be worked with in one value")) }
}

type Plain = Result<Expression<'static, 'static>, Error>;

/// The engine's own operators.
static PLAIN: LazyLock<Vec<(&'static str, Plain)>> = LazyLock::new(|| {
    static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(Environment::empty);
    let signs = [("+", "a + b"), ("-", "a - b"), ("*", "a * b"), ("/", "a / b"), ("//", "a // b"), ("%", "a % b")];
    signs.into_iter().map(|(sign, text)| (sign, ENGINE.compile_expression(text))).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_between_values_become_calls_and_all_else_stays() {
        for (text, want) in [
            ("a ~ b", " calculate_(a,' ~', b)"),
            ("a + b - c", " calculate_(a,' +', b,' -', c)"),
            ("a - b", "a - b"),
            ("-a + -1", " calculate_(-a,' +', -1)"),
            ("1 + 2 * 3 ~ 4", " calculate_(1,' +', calculate_( calculate_( 2,' *', 3),' ~', 4))"),
            ("x is not divisibleby -1 and a.in + 1 > 2", "x is not divisibleby -1 and calculate_( a.in,' +', 1) > 2"),
            ("f(*a, k=b + 1)['~'] if 'a + b' else 1e+5", "f(*a, k= calculate_(b,' +', 1))['~'] if 'a + b' else 1e+5"),
            ("a ** -b", "a ** -b"),
        ] {
            let squeezed = |text: &str| text.replace(' ', "");
            let got = of_expression(text).expect("it is read");
            assert_eq!(squeezed(&got), squeezed(want), "{text}");
        }
        for text in ["a + ", "+ a", "a ~ ~ b", "a )+ b"] {
            assert!(of_expression(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_tags_of_a_layout_are_rewritten() {
        let layout = "a + b {# c + d #}{% raw %}{{ e + f }}{% endraw %}{ + }\n{%- set x =\n y ~ '}}' -%} {{- {'a': {'b': 1}}.a.b -}} *";
        let want = layout.replace(" y ~ '}}'", "calculate_( y,'~', '}}')");
        let got = of_layout(layout).expect("it is read");
        assert_eq!(got.replace([' ', '\n'], ""), want.replace([' ', '\n'], ""));
        assert_eq!(got.lines().count(), layout.lines().count());
    }
}
