//! Text: sprig's string functions.
//!
//! Lengths and positions are bytes, as Go's are. What goes through Go's `strings.Map` or
//! `[]rune` loses bytes that are not UTF-8 to U+FFFD; the rest keeps them.

use super::words;
use crate::eval::call::{Call, Func, FuncError, FuncResult, Purity, Type, Walk};
use crate::value::convert::{strval, to_strings};
use crate::value::{List, Map, MapKind, Str, Value, format, rune};
use base64::Engine;

/// More text than any manifest holds; Go would run out of memory later.
const MAX_BYTES: usize = 1 << 28;

/// Steps of beginning to draw random numbers.
const RANDOM_STEPS: u32 = 20;
/// Steps of looking for words.
const WORD_STEPS: u32 = 20;

pub(crate) const STRINGS: &[Func] = &[
    Func::fixed("abbrev", &[Type::Int, Type::Str], abbrev),
    Func::fixed("abbrevboth", &[Type::Int, Type::Int, Type::Str], abbrevboth),
    Func::fixed("camelcase", &[Type::Str], camelcase).costs(WORD_STEPS),
    Func::variadic("cat", &[Type::Any], cat).walks(Walk::Print),
    Func::fixed("contains", &[Type::Str, Type::Str], contains),
    Func::fixed("hasPrefix", &[Type::Str, Type::Str], has_prefix),
    Func::fixed("hasSuffix", &[Type::Str, Type::Str], has_suffix),
    Func::fixed("hello", &[], hello),
    Func::fixed("indent", &[Type::Int, Type::Str], indent),
    Func::fixed("initials", &[Type::Str], initials),
    Func::fixed("join", &[Type::Str, Type::Any], join).walks(Walk::Print),
    Func::fixed("kebabcase", &[Type::Str], kebabcase).costs(WORD_STEPS),
    Func::fixed("lower", &[Type::Str], lower),
    Func::fixed("nindent", &[Type::Int, Type::Str], nindent),
    Func::fixed("nospace", &[Type::Str], nospace),
    Func::fixed("plural", &[Type::Str, Type::Str, Type::Int], plural),
    Func::variadic("quote", &[Type::Any], quote).walks(Walk::Print),
    Func::fixed("randAlpha", &[Type::Int], rand_alpha).with(Purity::Random),
    Func::fixed("randAlphaNum", &[Type::Int], rand_alpha_num).with(Purity::Random),
    Func::fixed("randAscii", &[Type::Int], rand_ascii).with(Purity::Random),
    Func::fixed("randBytes", &[Type::Int], rand_bytes).with(Purity::Random),
    Func::fixed("randInt", &[Type::Int, Type::Int], rand_int).with(Purity::Random),
    Func::fixed("randNumeric", &[Type::Int], rand_numeric).with(Purity::Random),
    Func::fixed("repeat", &[Type::Int, Type::Str], repeat),
    Func::fixed("replace", &[Type::Str, Type::Str, Type::Str], replace),
    Func::fixed("shuffle", &[Type::Str], shuffle).costs(RANDOM_STEPS).with(Purity::Random),
    Func::fixed("snakecase", &[Type::Str], snakecase).costs(WORD_STEPS),
    Func::fixed("split", &[Type::Str, Type::Str], split),
    Func::fixed("splitList", &[Type::Str, Type::Str], split_list),
    Func::fixed("splitn", &[Type::Str, Type::Int, Type::Str], splitn),
    Func::variadic("squote", &[Type::Any], squote).walks(Walk::Print),
    Func::fixed("substr", &[Type::Int, Type::Int, Type::Str], substr),
    Func::fixed("swapcase", &[Type::Str], swapcase),
    Func::fixed("title", &[Type::Str], title),
    Func::fixed("toString", &[Type::Any], to_string).walks(Walk::Print),
    Func::fixed("toStrings", &[Type::Any], to_strings_list).walks(Walk::Print),
    Func::fixed("trim", &[Type::Str], trim),
    Func::fixed("trimAll", &[Type::Str, Type::Str], trim_all),
    Func::fixed("trimPrefix", &[Type::Str, Type::Str], trim_prefix),
    Func::fixed("trimSuffix", &[Type::Str, Type::Str], trim_suffix),
    Func::fixed("trimall", &[Type::Str, Type::Str], trim_all),
    Func::fixed("trunc", &[Type::Int, Type::Str], trunc),
    Func::fixed("untitle", &[Type::Str], untitle),
    Func::fixed("upper", &[Type::Str], upper),
    Func::fixed("wrap", &[Type::Int, Type::Str], wrap),
    Func::fixed("wrapWith", &[Type::Int, Type::Str, Type::Str], wrap_with),
];

/// `hello`.
fn hello(_: &Call<'_>) -> FuncResult {
    Ok(Value::str("Hello!"))
}

/// `abbrev WIDTH TEXT`: at most WIDTH bytes, the last three `...`; widths below 4 change nothing.
fn abbrev(call: &Call<'_>) -> FuncResult {
    let text = call.str(1);
    Ok(if call.int(0) < 4 { text.into() } else { abbreviated(&text, 0, call.int(0)).into() })
}

/// `abbrevboth LEFT WIDTH TEXT`: also cut before byte LEFT.
fn abbrevboth(call: &Call<'_>) -> FuncResult {
    let (left, width, text) = (call.int(0), call.int(1), call.str(2));
    if width < 4 || (left > 0 && width < 7) {
        return Ok(text.into());
    }
    Ok(abbreviated(&text, left, width).into())
}

fn abbreviated(text: &[u8], left: i64, width: i64) -> Vec<u8> {
    let width = usize::try_from(width).unwrap_or(usize::MAX);
    if text.len() <= width {
        return text.to_vec();
    }
    // `width` is less than the length of a text in memory from here on, and at least 4.
    let room = width.saturating_sub(3);
    let left = usize::try_from(left).unwrap_or(0).min(text.len()).min(text.len().saturating_sub(room));
    let mark = b"...".as_slice();
    if left <= 4 {
        return [text.get(..room).unwrap_or(text), mark].concat();
    }
    if left + room < text.len() {
        return [mark, &abbreviated(text.get(left..).unwrap_or_default(), 0, i64::try_from(room).unwrap_or(0))]
            .concat();
    }
    [mark, text.get(text.len() - room..).unwrap_or(text)].concat()
}

/// `trunc COUNT TEXT`: the first COUNT bytes; the last -COUNT bytes of a negative COUNT.
fn trunc(call: &Call<'_>) -> FuncResult {
    let (count, text) = (call.int(0), call.str(1));
    let size = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    Ok(match () {
        () if size >= text.len() => text.into(),
        () if count < 0 => Value::str(text.get(text.len() - size..).unwrap_or_default()),
        () => Value::str(text.get(..size).unwrap_or_default()),
    })
}

/// `substr START END TEXT`: bytes; from the start when START is negative, to the end when END
/// is negative or too large. Other ranges that do not fit fail as Go's slices do.
fn substr(call: &Call<'_>) -> FuncResult {
    let (start, end, text) = (call.int(0), call.int(1), call.str(2));
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let bad = |range: String| FuncError::from(format!("runtime error: slice bounds out of range {range}"));
    let (start, end) = match () {
        () if start < 0 && end < 0 => return Err(bad(format!("[:{end}]"))),
        () if start < 0 && end > length => return Err(bad(format!("[:{end}] with length {length}"))),
        () if start < 0 => (0, end),
        () if end < 0 || end > length => (start, length),
        () => (start, end),
    };
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let part = range.and_then(|(start, end)| text.get(start..end));
    part.map(Value::str).ok_or_else(|| bad(format!("[{start}:{end}]")))
}

/// `trim TEXT`: without white space at both ends.
fn trim(call: &Call<'_>) -> FuncResult {
    Ok(trimmed(&call.str(0), char::is_whitespace))
}

/// `trimAll CHARACTERS TEXT`: without any of these at both ends; also `trimall`.
fn trim_all(call: &Call<'_>) -> FuncResult {
    let characters: Vec<char> = rune::runes(&call.str(0)).map(|(c, _)| c).collect();
    Ok(trimmed(&call.str(1), |c| characters.contains(&c)))
}

fn trimmed(text: &[u8], mut drop: impl FnMut(char) -> bool) -> Value {
    let runes: Vec<(char, &[u8])> = rune::runes(text).collect();
    let start = runes.iter().position(|(c, _)| !drop(*c)).unwrap_or(runes.len());
    let end = runes.iter().rposition(|(c, _)| !drop(*c)).map_or(start, |last| last + 1);
    let kept: Vec<&[u8]> = runes.get(start..end).unwrap_or_default().iter().map(|(_, bytes)| *bytes).collect();
    kept.concat().into()
}

/// `trimPrefix PREFIX TEXT`.
fn trim_prefix(call: &Call<'_>) -> FuncResult {
    let text = call.str(1);
    Ok(text.strip_prefix(&*call.str(0)).map_or_else(|| text.clone().into(), Value::str))
}

/// `trimSuffix SUFFIX TEXT`.
fn trim_suffix(call: &Call<'_>) -> FuncResult {
    let text = call.str(1);
    Ok(text.strip_suffix(&*call.str(0)).map_or_else(|| text.clone().into(), Value::str))
}

/// `upper TEXT`.
fn upper(call: &Call<'_>) -> FuncResult {
    Ok(rune::map(&call.str(0), rune::to_upper).into())
}

/// `lower TEXT`.
fn lower(call: &Call<'_>) -> FuncResult {
    Ok(rune::map(&call.str(0), rune::to_lower).into())
}

/// `title TEXT`: the first letter of each word in title case; `_` and digits are part of words.
fn title(call: &Call<'_>) -> FuncResult {
    let mut last = ' ';
    let out = rune::map(&call.str(0), |c| {
        let starts = if last.is_ascii() {
            !(last.is_ascii_alphanumeric() || last == '_')
        } else {
            !rune::is_letter(last) && !rune::is_digit(last) && last.is_whitespace()
        };
        last = c;
        if starts { rune::to_title(c) } else { c }
    });
    Ok(out.into())
}

/// `untitle TEXT`: the first letter after white space in lower case.
fn untitle(call: &Call<'_>) -> FuncResult {
    let mut starts = true;
    let out = rune::map(&call.str(0), |c| {
        if c.is_whitespace() {
            starts = true;
            c
        } else if std::mem::take(&mut starts) {
            rune::to_lower(c)
        } else {
            c
        }
    });
    Ok(out.into())
}

/// `swapcase TEXT`: a lower letter that starts a word becomes title case.
fn swapcase(call: &Call<'_>) -> FuncResult {
    let mut after_space = true;
    let out = rune::map(&call.str(0), |c| {
        if rune::is_upper(c) || rune::is_title(c) {
            after_space = false;
            rune::to_lower(c)
        } else if rune::is_lower(c) {
            if std::mem::take(&mut after_space) { rune::to_title(c) } else { rune::to_upper(c) }
        } else {
            after_space = c.is_whitespace();
            c
        }
    });
    Ok(out.into())
}

/// Bytes of a text that a step finds the words of: each is asked several times what it is.
const WORD_BYTES_PER_STEP: usize = 4;

/// The text whose words are asked for, paid for.
fn words_of(call: &Call<'_>) -> Result<Str, FuncError> {
    let text = call.str(0);
    call.host.spend(text.len() / WORD_BYTES_PER_STEP)?;
    Ok(text)
}

/// `camelcase TEXT`: `HttpServer` of `http_server`.
fn camelcase(call: &Call<'_>) -> FuncResult {
    Ok(words::pascal_case(&words_of(call)?).into())
}

/// `snakecase TEXT`: `http_server` of `HTTPServer`.
fn snakecase(call: &Call<'_>) -> FuncResult {
    Ok(words::joined_lower(&words_of(call)?, '_').into())
}

/// `kebabcase TEXT`: `http-server` of `HTTPServer`.
fn kebabcase(call: &Call<'_>) -> FuncResult {
    Ok(words::joined_lower(&words_of(call)?, '-').into())
}

/// `nospace TEXT`: without white space. The source takes each byte for a character, so where
/// there is white space, other bytes of `é` come out as two characters; without any, nothing changes.
fn nospace(call: &Call<'_>) -> FuncResult {
    let text = call.str(0);
    if !text.iter().any(|b| char::from(*b).is_whitespace()) {
        return Ok(text.into());
    }
    Ok(text.iter().map(|b| char::from(*b)).filter(|c| !c.is_whitespace()).collect::<String>().into())
}

/// `initials TEXT`: the first byte of each word, as a character.
fn initials(call: &Call<'_>) -> FuncResult {
    let mut starts = true;
    let mut out = String::new();
    for c in call.str(0).iter().map(|b| char::from(*b)) {
        if c.is_whitespace() {
            starts = true;
        } else if std::mem::take(&mut starts) {
            out.push(c);
        }
    }
    Ok(out.into())
}

/// `contains PART TEXT`.
fn contains(call: &Call<'_>) -> FuncResult {
    Ok(Value::Bool(find(&call.str(1), &call.str(0)).is_some()))
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, part)
}

/// `hasPrefix PREFIX TEXT`.
fn has_prefix(call: &Call<'_>) -> FuncResult {
    Ok(Value::Bool(call.str(1).starts_with(&call.str(0))))
}

/// `hasSuffix SUFFIX TEXT`.
fn has_suffix(call: &Call<'_>) -> FuncResult {
    Ok(Value::Bool(call.str(1).ends_with(&call.str(0))))
}

/// `replace OLD NEW TEXT`: an empty OLD stands before each character and at the end.
fn replace(call: &Call<'_>) -> FuncResult {
    let (old, new, text) = (call.str(0), call.str(1), call.str(2));
    let mut out = Vec::with_capacity(text.len());
    if old.is_empty() {
        call.host.room(new.len().saturating_mul(text.len()))?;
        for (_, bytes) in rune::runes(&text) {
            out.extend_from_slice(&new);
            out.extend_from_slice(bytes);
        }
        out.extend_from_slice(&new);
        return Ok(out.into());
    }
    let parts = parts(&text, &old, -1);
    call.host.room(new.len().saturating_mul(parts.len() - 1))?;
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(&new);
        }
        out.extend_from_slice(part);
    }
    Ok(out.into())
}

/// `repeat COUNT TEXT`.
fn repeat(call: &Call<'_>) -> FuncResult {
    let text = call.str(1);
    let size = usize::try_from(call.int(0)).unwrap_or(0).saturating_mul(text.len());
    if size <= MAX_BYTES {
        call.host.room(size)?;
    }
    Ok(repeated(&text, call.int(0))?.into())
}

fn repeated(text: &[u8], count: i64) -> Result<Vec<u8>, FuncError> {
    let count = usize::try_from(count).map_err(|_| "strings: negative Repeat count")?;
    match text.len().checked_mul(count) {
        Some(length) if length <= MAX_BYTES => Ok(text.repeat(count)),
        _ => Err("strings: Repeat output length overflow".into()),
    }
}

/// `indent COUNT TEXT`: COUNT spaces before every line, empty ones too.
fn indent(call: &Call<'_>) -> FuncResult {
    Ok(indented(call, Vec::new())?.into())
}

/// `nindent COUNT TEXT`: a newline, then as `indent`.
fn nindent(call: &Call<'_>) -> FuncResult {
    Ok(indented(call, vec![b'\n'])?.into())
}

fn indented(call: &Call<'_>, mut out: Vec<u8>) -> Result<Vec<u8>, FuncError> {
    let pad = repeated(b" ", call.int(0))?;
    let text = call.str(1);
    let lines = text.iter().filter(|b| **b == b'\n').count() + 1;
    if pad.len().saturating_mul(lines) > MAX_BYTES {
        return Err("strings: Repeat output length overflow".into());
    }
    call.host.room(pad.len() * lines)?;
    for (index, line) in text.split(|b| *b == b'\n').enumerate() {
        if index > 0 {
            out.push(b'\n');
        }
        out.extend_from_slice(&pad);
        out.extend_from_slice(line);
    }
    Ok(out)
}

/// `plural ONE MANY COUNT`.
fn plural(call: &Call<'_>) -> FuncResult {
    Ok(call.any(usize::from(call.int(2) != 1)).clone())
}

/// `quote A…`: each in double quotes with Go's escapes, joined with spaces; nil is left out.
fn quote(call: &Call<'_>) -> FuncResult {
    Ok(spaced(call.args, |arg, out| format::quote(&strval(arg), false, out)))
}

/// `squote A…`: each in single quotes, without escapes; nil is left out.
fn squote(call: &Call<'_>) -> FuncResult {
    Ok(spaced(call.args, |arg, out| {
        out.push(b'\'');
        format::display(arg, out);
        out.push(b'\'');
    }))
}

/// `cat A…`: joined with spaces; nil is left out.
fn cat(call: &Call<'_>) -> FuncResult {
    Ok(spaced(call.args, format::display))
}

fn spaced(args: &[Value], mut write: impl FnMut(&Value, &mut Vec<u8>)) -> Value {
    let mut out = Vec::new();
    for (index, arg) in args.iter().filter(|arg| !arg.is_nil()).enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        write(arg, &mut out);
    }
    out.into()
}

/// `toString A`.
fn to_string(call: &Call<'_>) -> FuncResult {
    Ok(strval(call.any(0)).into())
}

/// `toStrings LIST`: each item as text, without the nils.
fn to_strings_list(call: &Call<'_>) -> FuncResult {
    Ok(Value::List(List::strings(to_strings(call.any(0)))))
}

/// `join SEPARATOR LIST`: items as text, without the nils.
fn join(call: &Call<'_>) -> FuncResult {
    let (separator, texts) = (call.str(0), to_strings(call.any(1)));
    let between = separator.len().saturating_mul(texts.len());
    call.host.room(texts.iter().map(|text| text.len()).fold(between, usize::saturating_add))?;
    Ok(texts.join(&separator[..]).into())
}

/// Go's `strings.SplitN`: at most `limit` parts, all when negative; an empty separator parts
/// the characters.
fn parts<'t>(text: &'t [u8], separator: &[u8], limit: i64) -> Vec<&'t [u8]> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    let mut rest = text;
    if limit == 0 || (separator.is_empty() && text.is_empty()) {
        return found;
    }
    while found.len() + 1 < limit {
        let (end, next) = if separator.is_empty() {
            match rune::decode(rest).1 {
                length if length >= rest.len() => break,
                length => (length, length),
            }
        } else {
            let Some(end) = find(rest, separator) else { break };
            (end, end + separator.len())
        };
        found.push(rest.get(..end).unwrap_or_default());
        rest = rest.get(next..).unwrap_or_default();
    }
    found.push(rest);
    found
}

fn numbered(parts: Vec<&[u8]>) -> Value {
    let entries = parts.into_iter().enumerate().map(|(n, part)| (Str::from(format!("_{n}")), Value::str(part)));
    Value::Map(Map::of(MapKind::Strings, entries.collect()))
}

/// `split SEPARATOR TEXT`: a map with keys `_0`, `_1`, ….
fn split(call: &Call<'_>) -> FuncResult {
    Ok(numbered(parts(&call.str(1), &call.str(0), -1)))
}

/// `splitn SEPARATOR LIMIT TEXT`: at most LIMIT parts, none for 0.
fn splitn(call: &Call<'_>) -> FuncResult {
    Ok(numbered(parts(&call.str(2), &call.str(0), call.int(1))))
}

/// `splitList SEPARATOR TEXT`.
fn split_list(call: &Call<'_>) -> FuncResult {
    let (separator, text) = (call.str(0), call.str(1));
    let pieces = match separator.is_empty() {
        true => text.len(),
        false => memchr::memmem::find_iter(&text, &*separator).count(),
    };
    call.host.room(pieces.saturating_mul(size_of::<Value>()))?;
    Ok(Value::List(List::strings(parts(&text, &separator, -1))))
}

/// `wrap WIDTH TEXT`: newlines at spaces; longer words stay whole.
fn wrap(call: &Call<'_>) -> FuncResult {
    Ok(wrapped(call, &call.str(1), b"\n", false)?.into())
}

/// `wrapWith WIDTH BREAK TEXT`: longer words are cut.
fn wrap_with(call: &Call<'_>) -> FuncResult {
    let mark = call.str(1);
    let mark: &[u8] = if mark.is_empty() { b"\n" } else { &mark };
    Ok(wrapped(call, &call.str(2), mark, true)?.into())
}

fn wrapped(call: &Call<'_>, text: &[u8], mark: &[u8], cut: bool) -> Result<Vec<u8>, FuncError> {
    let width = usize::try_from(call.int(0)).unwrap_or(0).max(1);
    call.host.room((text.len() / width).saturating_mul(mark.len()))?;
    let mut out = Vec::new();
    let mut rest = text;
    while rest.len() > width {
        if let Some(trimmed) = rest.strip_prefix(b" ") {
            rest = trimmed;
            continue;
        }
        let space = rest.iter().take(width + 1).rposition_of(b' ');
        let later = || rest.iter().skip(width).position(|b| *b == b' ').map(|at| at + width);
        let (end, next) = match space {
            Some(at) => (at, at + 1),
            None if cut => (width, width),
            None => match later() {
                Some(at) => (at, at + 1),
                None => break,
            },
        };
        out.extend_from_slice(rest.get(..end).unwrap_or(rest));
        out.extend_from_slice(mark);
        rest = rest.get(next..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    Ok(out)
}

trait RPosition {
    fn rposition_of(self, byte: u8) -> Option<usize>;
}

impl<'b, I: Iterator<Item = &'b u8>> RPosition for I {
    fn rposition_of(self, byte: u8) -> Option<usize> {
        self.enumerate().filter(|(_, b)| **b == byte).last().map(|(index, _)| index)
    }
}

/// A random number below `limit`, each as likely.
fn below(call: &Call<'_>, limit: u64) -> u64 {
    let limit = limit.max(1);
    // Numbers past the last whole multiple of the limit would favour the small ones.
    let fair = u64::MAX - u64::MAX % limit;
    // A source that gives unfair numbers only must not hang the run.
    for _ in 0..1000 {
        let mut bytes = [0; 8];
        call.host.random(&mut bytes);
        let number = u64::from_le_bytes(bytes);
        if number < fair {
            return number % limit;
        }
    }
    0
}

fn random_text(call: &Call<'_>, alphabet: &[u8]) -> FuncResult {
    let count = usize::try_from(call.int(0)).unwrap_or(0);
    if count > MAX_BYTES {
        return Err("runtime error: makeslice: len out of range".into());
    }
    call.host.room(count)?;
    // A few random bytes for each.
    call.host.spend(count.saturating_mul(4))?;
    let size = u64::try_from(alphabet.len()).unwrap_or(1);
    let pick = || usize::try_from(below(call, size)).ok().and_then(|i| alphabet.get(i)).copied().unwrap_or(b'0');
    Ok((0..count).map(|_| pick()).collect::<Vec<u8>>().into())
}

/// `randAlphaNum COUNT`.
fn rand_alpha_num(call: &Call<'_>) -> FuncResult {
    random_text(call, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
}

/// `randAlpha COUNT`.
fn rand_alpha(call: &Call<'_>) -> FuncResult {
    random_text(call, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
}

/// `randNumeric COUNT`.
fn rand_numeric(call: &Call<'_>) -> FuncResult {
    random_text(call, b"0123456789")
}

/// `randAscii COUNT`: from the space to `~`.
fn rand_ascii(call: &Call<'_>) -> FuncResult {
    random_text(call, &(b' '..=b'~').collect::<Vec<u8>>())
}

/// `randBytes COUNT`: as base64.
fn rand_bytes(call: &Call<'_>) -> FuncResult {
    let count = usize::try_from(call.int(0)).ok().filter(|count| *count <= MAX_BYTES);
    let count = count.ok_or("runtime error: makeslice: len out of range")?;
    call.host.room(count)?;
    let mut bytes = vec![0; count];
    call.host.random(&mut bytes);
    Ok(base64::engine::general_purpose::STANDARD.encode(bytes).into())
}

/// `randInt MIN MAX`: without MAX.
fn rand_int(call: &Call<'_>) -> FuncResult {
    let (min, max) = (call.int(0), call.int(1));
    match u64::try_from(max.wrapping_sub(min)) {
        Ok(range) if range > 0 => Ok(Value::Int(min.wrapping_add(i64::try_from(below(call, range)).unwrap_or(0)))),
        _ => Err("invalid argument to Intn".into()),
    }
}

/// `shuffle TEXT`: its characters in random order.
fn shuffle(call: &Call<'_>) -> FuncResult {
    let mut runes: Vec<char> = rune::runes(&call.str(0)).map(|(c, _)| c).collect();
    for last in (1..runes.len()).rev() {
        let limit = u64::try_from(last + 1).unwrap_or(1);
        runes.swap(last, usize::try_from(below(call, limit)).unwrap_or(0));
    }
    Ok(runes.into_iter().collect::<String>().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::funcs::testing::{call, error};

    #[test]
    fn nospace_takes_bytes_for_characters() {
        assert_eq!(call(STRINGS, "nospace", &["é b".into()]), Value::str("Ã©b"));
        assert_eq!(call(STRINGS, "nospace", &["éb".into()]), Value::str("éb"));
    }

    #[test]
    fn lengths_are_bytes() {
        assert_eq!(call(STRINGS, "trunc", &[Value::Int(1), "é".into()]), Value::from(vec![0xc3]));
        assert_eq!(call(STRINGS, "trunc", &[Value::Int(-2), "abc".into()]), Value::str("bc"));
        assert_eq!(
            error(STRINGS, "substr", &[Value::Int(-1), Value::Int(5), "abc".into()]),
            "runtime error: slice bounds out of range [:5] with length 3"
        );
    }

    #[test]
    fn indent_pads_the_line_after_the_last_newline() {
        assert_eq!(call(STRINGS, "indent", &[Value::Int(2), "a\n\nb\n".into()]), Value::str("  a\n  \n  b\n  "));
    }

    #[test]
    fn names_change_case_word_by_word() {
        for (name, text, want) in [
            ("snakecase", "HTTPServer", "http_server"),
            ("snakecase", "http2xx", "http_2xx"),
            ("kebabcase", "Bld4Floor3rd", "bld4-floor-3rd"),
            ("camelcase", "_complex__case_", "_Complex_Case_"),
            ("title", "foo_bar a-b", "Foo_bar A-B"),
        ] {
            assert_eq!(call(STRINGS, name, &[text.into()]), Value::str(want));
        }
    }

    #[test]
    fn random_text_comes_from_its_alphabet() {
        let text = call(STRINGS, "randAlphaNum", &[Value::Int(20)]);
        assert!(text.as_str().is_some_and(|t| t.len() == 20 && t.iter().all(u8::is_ascii_alphanumeric)));
    }
}
