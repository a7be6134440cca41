//! Regular expressions as Go's `regexp` package understands them.
//!
//! In: patterns in RE2 syntax, texts. Out: matches, replaced and split texts. Patterns are
//! read by [`super::regex_syntax`]; the matching itself is `regex-automata`'s, which prefers
//! the same match as Go. Which empty matches count, and how a search goes on, is Go's way.

use super::regex_syntax::{self, Pattern};
use super::semver::quote;
use crate::eval::call::{Call, Func, FuncError, FuncResult, Type};
use crate::limits::REGEX_BYTES;
use crate::value::{List, ListKind, Str, Value};
use ::regex_automata::meta::Regex;
use ::regex_automata::{Input, Span};
use ::regex_syntax::hir::{Capture, Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Repetition};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// The family's rows.
pub(crate) const REGEX: &[Func] = &[
    Func::fixed("regexMatch", &[Type::Str, Type::Str], regex_match).costs(REGEX_STEPS),
    Func::fixed("mustRegexMatch", &[Type::Str, Type::Str], must_regex_match).costs(REGEX_STEPS),
    Func::fixed("regexFind", &[Type::Str, Type::Str], regex_find).costs(REGEX_STEPS),
    Func::fixed("mustRegexFind", &[Type::Str, Type::Str], regex_find).costs(REGEX_STEPS),
    Func::fixed("regexFindAll", &[Type::Str, Type::Str, Type::Int], regex_find_all).costs(REGEX_STEPS),
    Func::fixed("mustRegexFindAll", &[Type::Str, Type::Str, Type::Int], regex_find_all).costs(REGEX_STEPS),
    Func::fixed("regexReplaceAll", &[Type::Str, Type::Str, Type::Str], regex_replace_all).costs(REGEX_STEPS),
    Func::fixed("mustRegexReplaceAll", &[Type::Str, Type::Str, Type::Str], regex_replace_all).costs(REGEX_STEPS),
    Func::fixed("regexReplaceAllLiteral", &[Type::Str, Type::Str, Type::Str], regex_replace_all_literal)
        .costs(REGEX_STEPS),
    Func::fixed("mustRegexReplaceAllLiteral", &[Type::Str, Type::Str, Type::Str], regex_replace_all_literal)
        .costs(REGEX_STEPS),
    Func::fixed("regexSplit", &[Type::Str, Type::Str, Type::Int], regex_split).costs(REGEX_STEPS),
    Func::fixed("mustRegexSplit", &[Type::Str, Type::Str, Type::Int], regex_split).costs(REGEX_STEPS),
    Func::fixed("regexQuoteMeta", &[Type::Str], regex_quote_meta),
];

/// Steps of a call: a pattern that is not known yet takes its time.
const REGEX_STEPS: u32 = 200;

/// Compiled patterns kept per thread: charts use few patterns, many times.
const MAX_CACHED: usize = 128;

/// A pattern ready for searching.
struct Compiled {
    regex: Regex,
    /// Bytes that it takes.
    bytes: usize,
    /// Names of groups with their numbers.
    names: Vec<(String, usize)>,
    /// Number of groups, the whole match not counted.
    groups: usize,
}

/// Bytes that the tree of a pattern takes for each byte of it, about: measured with the shortest of repetitions.
const TREE_BYTES: usize = 128;

/// Bytes of a compiled pattern whose searches are paid for by the text alone. Patterns of charts stay below.
const FREE_BYTES: usize = 32 << 10;

/// Bytes of a compiled pattern beyond those that a step takes over a byte of text, where many of its states are possible
/// at the same time.
const BYTES_PER_STEP: usize = 1_024;

/// Reads a pattern that is not too long to be read.
fn parse(pattern: &[u8]) -> Result<Pattern, String> {
    if pattern.len().saturating_mul(TREE_BYTES) > REGEX_BYTES.size() {
        return Err(too_large(&String::from_utf8_lossy(pattern)));
    }
    regex_syntax::parse(pattern)
}

fn build(hir: &Hir) -> Option<Regex> {
    // Charts match short texts: automata that are built ahead never pay for themselves.
    let config = Regex::config().nfa_size_limit(Some(REGEX_BYTES.size())).dfa(false).onepass(false);
    Regex::builder().configure(config).build_from_hir(hir).ok()
}

/// A pattern for rooms that only ask whether it matches.
pub(crate) struct Matcher(Regex);

impl Matcher {
    /// Whether a pattern is one. `Err` is Go's `error parsing regexp: …`.
    pub(crate) fn check(pattern: &str) -> Result<(), String> {
        parse(pattern.as_bytes()).map(|_| ())
    }

    /// Compiles a pattern.
    pub(crate) fn new(pattern: &str) -> Result<Matcher, String> {
        let read = parse(pattern.as_bytes())?;
        build(&read.hir).map(Matcher).ok_or_else(|| too_large(pattern))
    }

    /// Whether it matches anywhere in a text.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

fn too_large(pattern: &str) -> String {
    format!("error parsing regexp: expression too large: `{pattern}`")
}

/// The pattern as far as a text of ASCII alone can tell. `[^a-z]` has a million characters, and to compile them takes
/// more memory than many a chart.
fn of_ascii(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) | HirKind::Class(Class::Bytes(_)) => hir.clone(),
        HirKind::Class(Class::Unicode(class)) => {
            let mut class = class.clone();
            class.intersect(&ClassUnicode::new([ClassUnicodeRange::new('\0', '\x7f')]));
            Hir::class(Class::Unicode(class))
        }
        HirKind::Repetition(Repetition { min, max, greedy, sub }) => {
            Hir::repetition(Repetition { min: *min, max: *max, greedy: *greedy, sub: Box::new(of_ascii(sub)) })
        }
        HirKind::Capture(Capture { index, name, sub }) => {
            Hir::capture(Capture { index: *index, name: name.clone(), sub: Box::new(of_ascii(sub)) })
        }
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(of_ascii).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(of_ascii).collect()),
    }
}

/// Patterns by their text, those for ASCII first.
type Cache = [HashMap<Str, Rc<Compiled>>; 2];

thread_local! {
    static CACHE: RefCell<Cache> = RefCell::default();
}

/// Compiles a pattern for a text, or finds it compiled. `Err` is Go's `error parsing regexp: …`.
fn compile(pattern: &Str, text: &Str) -> Result<Rc<Compiled>, String> {
    let is_ascii = text.is_ascii();
    let known = |[ascii, other]: &Cache| if is_ascii { ascii } else { other }.get(pattern).cloned();
    if let Some(found) = CACHE.with_borrow(known) {
        return Ok(found);
    }
    let Pattern { mut hir, names, groups } = parse(pattern)?;
    if is_ascii {
        hir = of_ascii(&hir);
    }
    let regex = build(&hir).ok_or_else(|| too_large(&pattern.to_text()))?;
    let compiled = Rc::new(Compiled { bytes: regex.memory_usage(), regex, names, groups });
    CACHE.with_borrow_mut(|[ascii, other]| {
        let cache = if is_ascii { ascii } else { other };
        if cache.len() >= MAX_CACHED {
            cache.clear();
        }
        cache.insert(pattern.clone(), Rc::clone(&compiled));
    });
    Ok(compiled)
}

/// Compiles the pattern that is the first argument. The functions without `must` panic in Go
/// where those with it return an error, so their message names the pattern twice.
fn compile_first(call: &Call<'_>) -> Result<Rc<Compiled>, FuncError> {
    let pattern = call.str(0);
    let compiled = compile(&pattern, &call.str(1)).map_err(|error| {
        if call.name.starts_with("must") {
            return FuncError::Message(error);
        }
        let plain = pattern.to_utf8().filter(|text| {
            !text.contains(|c: char| c == '`' || c == '\u{7f}' || c == '\u{feff}' || (c < ' ' && c != '\t'))
        });
        let shown = plain.map_or_else(|| quote(&pattern), |text| format!("`{text}`"));
        FuncError::Message(format!("regexp: Compile({shown}): {error}"))
    })?;
    compiled.pay(call)?;
    Ok(compiled)
}

/// Bytes of the character at a place; 1 where there is none or it is broken.
fn width(text: &[u8], at: usize) -> usize {
    let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) else { return 0 };
    let head = rest.get(..4).unwrap_or(rest);
    head.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next()).map_or(1, char::len_utf8)
}

/// A text to search. Go takes each byte that is no UTF-8 for U+FFFD, one byte wide.
struct Text<'a> {
    bytes: &'a [u8],
    mended: Option<Mended>,
}

/// A text with U+FFFD for each bad byte, and where each byte of it, and its end, stands in the other.
struct Mended {
    bytes: Vec<u8>,
    places: Vec<usize>,
}

impl<'a> Text<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Text { bytes, mended: std::str::from_utf8(bytes).is_err().then(|| Mended::new(bytes)) }
    }

    /// What to search, from a place on.
    fn input(&self, from: usize) -> Input<'_> {
        match &self.mended {
            None => Input::new(self.bytes).range(from..),
            Some(mended) => Input::new(&mended.bytes).range(mended.places.partition_point(|place| *place < from)..),
        }
    }

    /// A span of what was searched, in the text itself.
    fn own(&self, span: Span) -> Span {
        let place = |at: usize| match &self.mended {
            None => at,
            Some(mended) => mended.places.get(at).copied().unwrap_or(self.bytes.len()),
        };
        Span { start: place(span.start), end: place(span.end) }
    }
}

impl Mended {
    fn new(text: &[u8]) -> Self {
        let mut mended = Mended { bytes: Vec::with_capacity(text.len()), places: Vec::with_capacity(text.len()) };
        let mut at = 0;
        for chunk in text.utf8_chunks() {
            mended.bytes.extend_from_slice(chunk.valid().as_bytes());
            mended.places.extend(at..at + chunk.valid().len());
            at += chunk.valid().len();
            for _ in chunk.invalid() {
                mended.bytes.extend_from_slice("\u{FFFD}".as_bytes());
                mended.places.extend([at; '\u{FFFD}'.len_utf8()]);
                at += 1;
            }
        }
        mended.places.push(at);
        mended
    }
}

impl Compiled {
    /// Counts what a search of the call's text may take.
    fn pay(&self, call: &Call<'_>) -> Result<(), FuncError> {
        let large = self.bytes.saturating_sub(FREE_BYTES) / BYTES_PER_STEP;
        call.host.spend(call.str(1).len().saturating_mul(large))
    }

    /// The first match from a place on; what stands before the place is still seen by `^` and `\b`.
    fn find(&self, text: &Text<'_>, from: usize) -> Option<Span> {
        self.regex.search(&text.input(from)).map(|found| text.own(found.span()))
    }

    /// The places of up to `limit` matches; all when negative. `room` is asked for each of them.
    fn find_all<E>(&self, text: &Text<'_>, limit: i64, room: impl Fn(usize) -> Result<(), E>) -> Result<Vec<Span>, E> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut found: Vec<Span> = Vec::new();
        let mut at = 0;
        let mut last_end = None;
        while found.len() < limit && at <= text.bytes.len() {
            let Some(span) = self.find(text, at) else { break };
            // An empty match right after a match does not count.
            let accept = span.end != at || last_end != Some(span.start);
            at = if span.end == at { at + width(text.bytes, at).max(1) } else { span.end };
            last_end = Some(span.end);
            if accept {
                found.push(span);
                room(found.len() * size_of::<Value>())?;
            }
        }
        Ok(found)
    }

    /// Replaces all matches by what `replacement` writes for each.
    fn replace_all<E>(
        &self,
        text: &Text<'_>,
        mut replacement: impl FnMut(&mut Vec<u8>, Span) -> Result<(), E>,
    ) -> Result<Vec<u8>, E> {
        let mut out = Vec::with_capacity(text.bytes.len());
        let (mut last_end, mut at) = (0, 0);
        while at <= text.bytes.len() {
            let Some(span) = self.find(text, at) else { break };
            out.extend_from_slice(text.bytes.get(last_end..span.start).unwrap_or_default());
            if span.end > last_end || span.start == 0 {
                replacement(&mut out, span)?;
            }
            last_end = span.end;
            // Go on by a character at least, from where the search began.
            at = (at + width(text.bytes, at).max(1)).max(span.end);
        }
        out.extend_from_slice(text.bytes.get(last_end..).unwrap_or_default());
        Ok(out)
    }

    /// The text of group `index` in the match at `span`.
    fn groups(&self, text: &Text<'_>, span: Span) -> Vec<Option<Span>> {
        let mut captures = self.regex.create_captures();
        self.regex.search_captures(&text.input(span.start), &mut captures);
        (0..=self.groups).map(|index| captures.get_group(index).map(|span| text.own(span))).collect()
    }

    /// Writes `template` with `$1`, `${name}` and `$$` filled in.
    fn expand(&self, template: &[u8], text: &[u8], groups: &[Option<Span>], out: &mut Vec<u8>) {
        let mut rest = template;
        while let Some(dollar) = rest.iter().position(|byte| *byte == b'$') {
            let (before, after) = rest.split_at(dollar);
            out.extend_from_slice(before);
            rest = after.get(1..).unwrap_or_default();
            if let Some(after) = rest.strip_prefix(b"$") {
                out.push(b'$');
                rest = after;
                continue;
            }
            let Some((name, after)) = group_name(rest) else {
                out.push(b'$');
                continue;
            };
            rest = after;
            let group = match group_number(&name) {
                Some(number) => groups.get(number).copied().flatten(),
                None => self
                    .names
                    .iter()
                    .filter(|(own, _)| *own == name)
                    .find_map(|(_, n)| groups.get(*n).copied().flatten()),
            };
            if let Some(span) = group {
                out.extend_from_slice(text.get(span.range()).unwrap_or_default());
            }
        }
        out.extend_from_slice(rest);
    }
}

/// The name after a `$`, as long as possible, with or without braces; and what follows.
fn group_name(text: &[u8]) -> Option<(String, &[u8])> {
    let inner = text.strip_prefix(b"{");
    let start = inner.unwrap_or(text);
    let chunk = start.utf8_chunks().next()?.valid();
    let end = chunk.find(|c: char| !(c.is_alphabetic() || c.is_numeric() || c == '_')).unwrap_or(chunk.len());
    let name = chunk.get(..end).filter(|name| !name.is_empty())?;
    let after = start.get(end..)?;
    let after = if inner.is_some() { after.strip_prefix(b"}")? } else { after };
    Some((name.to_owned(), after))
}

/// The number a name is, if it is one; leading zeros make it a name.
fn group_number(name: &str) -> Option<usize> {
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit()) && (name.len() == 1 || !name.starts_with('0'));
    if is_number { Some(name.parse().unwrap_or(usize::MAX)) } else { None }
}

/// The piece of a text at a span, as a value.
fn piece(text: &Str, start: usize, end: usize) -> Value {
    Value::Str(Str::from(text.get(start..end).unwrap_or_default()))
}

/// `regexMatch PATTERN TEXT`: whether it matches anywhere; false for a broken pattern.
fn regex_match(call: &Call<'_>) -> FuncResult {
    if compile(&call.str(0), &call.str(1)).is_err() {
        return Ok(Value::Bool(false));
    }
    must_regex_match(call)
}

/// `mustRegexMatch PATTERN TEXT`: an error for a broken pattern.
fn must_regex_match(call: &Call<'_>) -> FuncResult {
    let regex = compile(&call.str(0), &call.str(1))?;
    regex.pay(call)?;
    Ok(Value::Bool(regex.find(&Text::new(&call.str(1)), 0).is_some()))
}

/// `regexFind PATTERN TEXT`: the first match, or `""`.
fn regex_find(call: &Call<'_>) -> FuncResult {
    let regex = compile_first(call)?;
    let text = call.str(1);
    Ok(regex.find(&Text::new(&text), 0).map_or_else(|| Value::from(""), |span| piece(&text, span.start, span.end)))
}

/// `regexFindAll PATTERN TEXT COUNT`: the first COUNT matches; all when negative.
fn regex_find_all(call: &Call<'_>) -> FuncResult {
    let regex = compile_first(call)?;
    let text = call.str(1);
    let found = regex.find_all(&Text::new(&text), call.int(2), |bytes| call.host.room(bytes))?;
    if found.is_empty() {
        return Ok(Value::List(List::nil(ListKind::Strings)));
    }
    let pieces = found.into_iter().map(|span| piece(&text, span.start, span.end)).collect();
    Ok(Value::List(List::of(ListKind::Strings, pieces)))
}

/// `regexReplaceAll PATTERN TEXT REPLACEMENT`: `$1` and `${name}` stand for groups.
fn regex_replace_all(call: &Call<'_>) -> FuncResult {
    let regex = compile_first(call)?;
    let (text, template) = (call.str(1), call.str(2));
    let has_groups = template.contains(&b'$');
    let searched = Text::new(&text);
    Ok(Value::from(regex.replace_all(&searched, |out, span| {
        if has_groups {
            regex.expand(&template, &text, &regex.groups(&searched, span), out);
        } else {
            out.extend_from_slice(&template);
        }
        call.host.room(out.len())
    })?))
}

/// `regexReplaceAllLiteral PATTERN TEXT REPLACEMENT`: `$` is just text.
fn regex_replace_all_literal(call: &Call<'_>) -> FuncResult {
    let regex = compile_first(call)?;
    let replacement = call.str(2);
    Ok(Value::from(regex.replace_all(&Text::new(&call.str(1)), |out, _| {
        out.extend_from_slice(&replacement);
        call.host.room(out.len())
    })?))
}

/// `regexSplit PATTERN TEXT COUNT`: at most COUNT pieces; all when negative, none for 0.
fn regex_split(call: &Call<'_>) -> FuncResult {
    let regex = compile_first(call)?;
    let (text, limit) = (call.str(1), call.int(2));
    if limit == 0 {
        return Ok(Value::List(List::nil(ListKind::Strings)));
    }
    if text.is_empty() && !call.str(0).is_empty() {
        return Ok(Value::List(List::strings([""])));
    }
    let mut pieces = Vec::new();
    let (mut start, mut end) = (0, 0);
    for span in regex.find_all(&Text::new(&text), limit, |bytes| call.host.room(bytes))? {
        if limit > 0 && pieces.len() as i64 == limit - 1 {
            break;
        }
        end = span.start;
        if span.end != 0 {
            pieces.push(piece(&text, start, end));
        }
        start = span.end;
    }
    if end != text.len() {
        pieces.push(piece(&text, start, text.len()));
    }
    if pieces.is_empty() {
        return Ok(Value::List(List::of(ListKind::Strings, pieces)));
    }
    Ok(Value::List(List::of(ListKind::Strings, pieces)))
}

/// `regexQuoteMeta TEXT`: TEXT as a pattern that matches just it.
fn regex_quote_meta(call: &Call<'_>) -> FuncResult {
    let text = call.str(0);
    let mut out = Vec::with_capacity(text.len());
    for byte in text.iter() {
        if br"\.+*?()|[]{}^$".contains(byte) {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    Ok(Value::from(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(pattern: &str, text: &str) -> Vec<String> {
        let regex = compile(&Str::from(pattern), &Str::from(text)).unwrap();
        let found = regex.find_all(&Text::new(text.as_bytes()), -1, |_| Ok::<(), FuncError>(()));
        found.unwrap().iter().map(|span| text[span.range()].to_owned()).collect()
    }

    fn replaced(pattern: &str, text: &str, template: &str) -> String {
        let regex = compile(&Str::from(pattern), &Str::from(text)).unwrap();
        let out = regex.replace_all(&Text::new(text.as_bytes()), |out, span| {
            let groups = regex.groups(&Text::new(text.as_bytes()), span);
            regex.expand(template.as_bytes(), text.as_bytes(), &groups, out);
            Ok::<(), FuncError>(())
        });
        String::from_utf8(out.unwrap()).unwrap()
    }

    #[test]
    fn patterns_of_charts_are_paid_for_by_the_text_alone_and_large_ones_are_not() {
        for pattern in [
            "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
            "[^a-zA-Z0-9-.]+",
            "^(?:(.+)/)?([^/:@]+)(?::([^/@]+))?(?:@(sha256:[a-f0-9]{64}))?$",
            "(?i)(password|secret|token|key)[\"']?\\s*[:=]",
            "\\s+",
            "(^.*\\.)?example\\.com$",
        ] {
            let bytes = compile(&Str::from(pattern), &Str::from("é")).unwrap().bytes;
            assert!(bytes < FREE_BYTES, "{pattern}: {bytes}");
        }
        assert!(compile(&Str::from("(a?){1000}".repeat(5)), &Str::from("a")).unwrap().bytes > FREE_BYTES);
        assert!(compile(&Str::from("a?".repeat(100_000)), &Str::from("a")).is_err());
    }

    #[test]
    fn a_text_of_ascii_is_matched_as_by_the_whole_pattern() {
        let patterns = [
            "[^a-z]",
            "(-?[^a-z\\d\\-])+-?",
            "(?i)k+",
            "(?i)[^k]*",
            "\\W",
            "é|b",
            "(é)?(b)|(.)",
            "[é-ü]*b",
            "[^[:ascii:]]?x",
            "(?s).+?y",
            "\\pL+",
            "(?P<a>[^-]*)-(?P<b>.*)",
            "\\b[^ ]",
            "^(?:[^é]|é){2,3}$",
            "(?U)a.*b",
            "[^\\x00-\\x7F]",
        ];
        for pattern in patterns {
            for text in ["", "b", "Key-kk", "a-b-c", "xxy yx", "A_1 b2", "bab\nab", "-- --"] {
                let whole = build(&parse(pattern.as_bytes()).unwrap().hir).unwrap();
                let regex = compile(&Str::from(pattern), &Str::from(text)).unwrap();
                let mut at = whole.create_captures();
                let mut own = regex.regex.create_captures();
                for from in 0..=text.len() {
                    whole.search_captures(&Input::new(text).range(from..), &mut at);
                    regex.regex.search_captures(&Input::new(text).range(from..), &mut own);
                    let groups = |found: &::regex_automata::util::captures::Captures| -> Vec<Option<Span>> {
                        (0..=regex.groups).map(|index| found.get_group(index)).collect()
                    };
                    assert_eq!(groups(&own), groups(&at), "{pattern} in {text:?} from {from}");
                }
            }
        }
    }

    #[test]
    fn matching_follows_go() {
        assert_eq!(all("a*", "baaac"), ["", "aaa", ""]);
        assert_eq!(all(r"[[:alpha:]]+|\d", "ab1é2"), ["ab", "1", "2"]);
        assert_eq!(all("(?i)straße", "STRAßE"), ["STRAßE"]);
        assert_eq!(all("a|ab", "ab"), ["a"]);
        assert_eq!(all(r"\Qa.b\E+", "a.bb"), ["a.bb"]);
        assert_eq!(all("", "éa"), ["", "", ""]);
    }

    #[test]
    fn a_group_name_in_a_replacement_is_as_long_as_possible() {
        assert_eq!(replaced("a(x*)b", "-ab-axxb-", "${1}W"), "-W-xxW-");
        assert_eq!(replaced("a(x*)b", "-ab-axxb-", "$1W"), "---");
        assert_eq!(replaced("(?P<n>x)", "axb", "[$n$$]"), "a[x$]b");
    }

    #[test]
    fn broken_patterns_are_reported_as_in_go() {
        for (pattern, want) in [
            ("[", "missing closing ]: `[`"),
            ("a**", "invalid nested repetition operator: `**`"),
            ("*", "missing argument to repetition operator: `*`"),
            ("(a", "missing closing ): `(a`"),
            ("a)", "unexpected ): `a)`"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
            ("[z-a]", "invalid character class range: `z-a`"),
            (r"\y", r"invalid escape sequence: `\y`"),
            ("a\\", "trailing backslash at end of expression: ``"),
            ("a{1001}", "invalid repeat count: `{1001}`"),
            ("(?P<1n-x>a)", "invalid named capture: `(?P<1n-x>`"),
            (r"\p{Nope}", r"invalid character class range: `\p{Nope}`"),
            ("[[:nope:]]", "invalid character class range: `[:nope:]`"),
        ] {
            assert_eq!(
                compile(&Str::from(pattern), &Str::from("a")).err(),
                Some(format!("error parsing regexp: {want}"))
            );
        }
    }
}
