//! Reads Go's regular expression syntax (RE2).
//!
//! In: a pattern. Out: the expression as `regex-syntax` represents it, with the names of
//! its groups; or Go's message. Rust's own syntax differs in too much (classes within
//! classes, Unicode `\d`, `x` mode, `\<`) for patterns to be passed on as text.

use ::regex_syntax::hir::{Capture, Class, ClassUnicode, ClassUnicodeRange, Dot, Hir, HirKind, Look, Repetition};

/// Deepest nesting of groups that is read.
const MAX_NESTING: usize = 500;
/// Largest repeat count, also of repeats within repeats together.
const MAX_REPEAT: u64 = 1000;

/// A pattern that was read.
pub(super) struct Pattern {
    pub hir: Hir,
    /// Names of groups with their numbers; a name may come twice.
    pub names: Vec<(String, usize)>,
    /// Number of groups.
    pub groups: usize,
}

/// What `(?imsU)` sets.
#[derive(Debug, Clone, Copy, Default)]
struct Flags {
    fold: bool,
    multi_line: bool,
    dot_newline: bool,
    lazy: bool,
}

/// An expression with the product of the repeat counts inside it.
struct Item {
    hir: Hir,
    repeats: u64,
}

/// A group that is open.
struct Group {
    /// Number, when it captures.
    capture: Option<usize>,
    /// Flags to go back to.
    flags: Flags,
    branches: Vec<Hir>,
    items: Vec<Item>,
    /// Largest product of repeats in the branches.
    repeats: u64,
}

impl Group {
    fn open(capture: Option<usize>, flags: Flags) -> Group {
        Group { capture, flags, branches: Vec::new(), items: Vec::new(), repeats: 1 }
    }

    /// Ends a branch, at `|` or at the end of the group.
    fn end_branch(&mut self) {
        let items = std::mem::take(&mut self.items);
        self.repeats = items.iter().map(|item| item.repeats).fold(self.repeats, u64::max);
        self.branches.push(Hir::concat(items.into_iter().map(|item| item.hir).collect()));
    }

    fn close(mut self) -> Item {
        self.end_branch();
        let hir = Hir::alternation(self.branches);
        let hir = match self.capture.map(u32::try_from) {
            Some(Ok(index)) => Hir::capture(Capture { index, name: None, sub: Box::new(hir) }),
            _ => hir,
        };
        Item { hir, repeats: self.repeats }
    }
}

fn fail<T>(what: &str, expression: &str) -> Result<T, String> {
    Err(format!("error parsing regexp: {what}: `{expression}`"))
}

/// The part of `whole` that comes before `rest`, its own end.
fn before<'a>(whole: &'a str, rest: &str) -> &'a str {
    whole.get(..whole.len().saturating_sub(rest.len())).unwrap_or(whole)
}

/// Takes the first character off.
fn next(text: &str) -> Option<(char, &str)> {
    let mut chars = text.chars();
    chars.next().map(|c| (c, chars.as_str()))
}

/// Reads a pattern.
///
/// # Errors
/// Go's `error parsing regexp: …`.
pub(super) fn parse(pattern: &[u8]) -> Result<Pattern, String> {
    match std::str::from_utf8(pattern) {
        Ok(whole) => Parser { whole, flags: Flags::default(), stack: vec![], names: vec![], groups: 0 }.run(),
        Err(error) => {
            let bad = pattern.get(error.valid_up_to()..).unwrap_or_default();
            fail("invalid UTF-8", &String::from_utf8_lossy(bad))
        }
    }
}

struct Parser<'a> {
    whole: &'a str,
    flags: Flags,
    /// Groups around the current one, the outermost first.
    stack: Vec<Group>,
    names: Vec<(String, usize)>,
    groups: usize,
}

impl<'a> Parser<'a> {
    fn run(mut self) -> Result<Pattern, String> {
        let mut group = Group::open(None, self.flags);
        let mut rest = self.whole;
        // Text from the repetition operator just read on; two in a row are an error.
        let mut last_repeat: Option<&str> = None;
        while let Some((first, after)) = next(rest) {
            let mut repeat = None;
            let mut push = |hir: Hir| group.items.push(Item { hir, repeats: 1 });
            rest = match first {
                '(' => {
                    let (opened, after) = self.open(rest)?;
                    if let Some(opened) = opened {
                        if self.stack.len() >= MAX_NESTING {
                            return fail("expression nests too deeply", self.whole);
                        }
                        self.stack.push(std::mem::replace(&mut group, opened));
                    }
                    after
                }
                '|' => {
                    group.end_branch();
                    after
                }
                ')' => {
                    let Some(outer) = self.stack.pop() else {
                        return fail("unexpected )", self.whole);
                    };
                    let closed = std::mem::replace(&mut group, outer);
                    self.flags = closed.flags;
                    group.items.push(closed.close());
                    after
                }
                '^' => {
                    push(Hir::look(if self.flags.multi_line { Look::StartLF } else { Look::Start }));
                    after
                }
                '$' => {
                    push(Hir::look(if self.flags.multi_line { Look::EndLF } else { Look::End }));
                    after
                }
                '.' => {
                    push(Hir::dot(if self.flags.dot_newline { Dot::AnyChar } else { Dot::AnyCharExceptLF }));
                    after
                }
                '[' => {
                    let (class, after) = self.class(rest)?;
                    push(Hir::class(Class::Unicode(class)));
                    after
                }
                '*' | '+' | '?' => {
                    let (min, max) = match first {
                        '*' => (0, None),
                        '+' => (1, None),
                        _ => (0, Some(1)),
                    };
                    repeat = Some(rest);
                    self.repeat(&mut group, (min, max), false, rest, after, last_repeat)?
                }
                '{' => match counts(rest) {
                    Some((min, max, after)) => {
                        let too_large = min > MAX_REPEAT || max.is_some_and(|max| max > MAX_REPEAT || min > max);
                        if too_large {
                            return fail("invalid repeat count", before(rest, after));
                        }
                        repeat = Some(rest);
                        let counts = (min as u32, max.map(|max| max as u32));
                        self.repeat(&mut group, counts, true, rest, after, last_repeat)?
                    }
                    // What is no count is text.
                    None => {
                        push(self.literal('{'));
                        after
                    }
                },
                '\\' => self.escape(rest, &mut group)?,
                c => {
                    push(self.literal(c));
                    after
                }
            };
            last_repeat = repeat;
        }
        if !self.stack.is_empty() {
            return fail("missing closing )", self.whole);
        }
        Ok(Pattern { hir: group.close().hir, names: self.names, groups: self.groups })
    }

    fn literal(&self, c: char) -> Hir {
        if self.flags.fold {
            return Hir::class(Class::Unicode(folded(ClassUnicode::new([ClassUnicodeRange::new(c, c)]))));
        }
        Hir::literal(c.to_string().into_bytes())
    }

    /// Repeats the last item; gives what follows the operator and its `?`.
    fn repeat(
        &self,
        group: &mut Group,
        (min, max): (u32, Option<u32>),
        counted: bool,
        operator: &'a str,
        after: &'a str,
        last_repeat: Option<&str>,
    ) -> Result<&'a str, String> {
        let (after, lazy) = match after.strip_prefix('?') {
            Some(after) => (after, !self.flags.lazy),
            None => (after, self.flags.lazy),
        };
        if let Some(last) = last_repeat {
            return fail("invalid nested repetition operator", before(last, after));
        }
        let Some(item) = group.items.pop() else {
            return fail("missing argument to repetition operator", before(operator, after));
        };
        let times = if counted { u64::from(max.unwrap_or(min)).max(1) } else { 1 };
        let repeats = item.repeats.saturating_mul(times);
        if counted && repeats > MAX_REPEAT && times >= 2 {
            return fail("invalid repeat count", before(operator, after));
        }
        let hir = Hir::repetition(Repetition { min, max, greedy: !lazy, sub: Box::new(item.hir) });
        group.items.push(Item { hir, repeats });
        Ok(after)
    }

    /// Reads what begins with `(`: a group, or flags for the rest of the current one.
    fn open(&mut self, text: &'a str) -> Result<(Option<Group>, &'a str), String> {
        let Some(inner) = text.strip_prefix("(?") else {
            self.groups += 1;
            return Ok((Some(Group::open(Some(self.groups), self.flags)), text.get(1..).unwrap_or_default()));
        };
        let named = inner.strip_prefix("P<").filter(|rest| !rest.is_empty());
        if let Some(named) = named.or_else(|| inner.strip_prefix('<').filter(|rest| !rest.is_empty())) {
            let Some((name, after)) = named.split_once('>') else {
                return fail("invalid named capture", text);
            };
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                return fail("invalid named capture", before(text, after));
            }
            self.groups += 1;
            self.names.push((name.to_owned(), self.groups));
            return Ok((Some(Group::open(Some(self.groups), self.flags)), after));
        }
        let mut flags = self.flags;
        let (mut on, mut any) = (true, false);
        let mut rest = inner;
        while let Some((c, after)) = next(rest) {
            rest = after;
            match c {
                'i' => flags.fold = on,
                'm' => flags.multi_line = on,
                's' => flags.dot_newline = on,
                'U' => flags.lazy = on,
                '-' if on => {
                    on = false;
                    any = false;
                    continue;
                }
                ':' | ')' if on || any => {
                    let group = (c == ':').then(|| Group::open(None, self.flags));
                    self.flags = flags;
                    return Ok((group, rest));
                }
                _ => break,
            }
            any = true;
        }
        fail("invalid or unsupported Perl syntax", before(text, rest))
    }

    /// Reads what begins with a backslash, outside of a class.
    fn escape(&self, text: &'a str, group: &mut Group) -> Result<&'a str, String> {
        let mut push = |hir: Hir| group.items.push(Item { hir, repeats: 1 });
        let (letter, after) = text.get(1..).and_then(next).unwrap_or(('\0', ""));
        let look = match letter {
            'A' => Some(Look::Start),
            'z' => Some(Look::End),
            'b' => Some(Look::WordAscii),
            'B' => Some(Look::WordAsciiNegate),
            _ => None,
        };
        if let Some(look) = look {
            push(Hir::look(look));
            return Ok(after);
        }
        if letter == 'Q' {
            let (quoted, after) = after.split_once("\\E").unwrap_or((after, ""));
            quoted.chars().for_each(|c| push(self.literal(c)));
            return Ok(after);
        }
        if let Some((class, after)) = self.class_escape(text)? {
            push(Hir::class(Class::Unicode(class)));
            return Ok(after);
        }
        let (c, after) = character_escape(text)?;
        push(self.literal(c));
        Ok(after)
    }

    /// `\d`, `\pL`, `\p{Greek}` and their like, in and outside of `[…]`.
    fn class_escape(&self, text: &'a str) -> Result<Option<(ClassUnicode, &'a str)>, String> {
        let Some((letter, after)) = text.strip_prefix('\\').and_then(next) else { return Ok(None) };
        let ranges: &[(char, char)] = match letter.to_ascii_lowercase() {
            'd' => &[('0', '9')],
            's' => &[('\t', '\n'), ('\u{c}', '\r'), (' ', ' ')],
            'w' => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
            'p' => return self.unicode_class(text, letter == 'P', after).map(Some),
            _ => return Ok(None),
        };
        Ok(Some((self.named(ranges, letter.is_ascii_uppercase()), after)))
    }

    /// A class of given ranges in the current case mode.
    fn named(&self, ranges: &[(char, char)], negated: bool) -> ClassUnicode {
        let mut class = ClassUnicode::new(ranges.iter().map(|(from, to)| ClassUnicodeRange::new(*from, *to)));
        if self.flags.fold {
            class = folded(class);
        }
        if negated {
            class.negate();
        }
        class
    }

    fn unicode_class(&self, text: &'a str, upper: bool, after: &'a str) -> Result<(ClassUnicode, &'a str), String> {
        let (name, after) = match next(after) {
            Some(('{', inner)) => match inner.split_once('}') {
                Some(split) => split,
                None => return fail("invalid character class range", text),
            },
            Some((_, rest)) => (before(after, rest), rest),
            None => return fail("invalid character class range", text),
        };
        let (name, caret) = match name.strip_prefix('^') {
            Some(name) => (name, true),
            None => (name, false),
        };
        let Some(mut class) = unicode_table(name) else {
            return fail("invalid character class range", before(text, after));
        };
        if self.flags.fold {
            class = folded(class);
        }
        if upper != caret {
            class.negate();
        }
        Ok((class, after))
    }

    /// Reads `[…]`.
    fn class(&self, text: &'a str) -> Result<(ClassUnicode, &'a str), String> {
        let inner = text.get(1..).unwrap_or_default();
        let (negated, mut rest) = match inner.strip_prefix('^') {
            Some(rest) => (true, rest),
            None => (false, inner),
        };
        let mut class = ClassUnicode::empty();
        let mut first = true;
        // A `]` that comes first is itself.
        while first || !rest.starts_with(']') {
            first = false;
            if rest.starts_with("[:")
                && rest.len() > 2
                && let Some(end) = rest.get(2..).and_then(|name| name.find(":]"))
            {
                let (name, after) = rest.split_at_checked(end + 4).unwrap_or((rest, ""));
                let Some((ranges, negated)) = posix_class(name) else {
                    return fail("invalid character class range", name);
                };
                class.union(&self.named(ranges, negated));
                rest = after;
                continue;
            }
            if let Some((escaped, after)) = self.class_escape(rest)? {
                class.union(&escaped);
                rest = after;
                continue;
            }
            let start = rest;
            let (low, after) = class_character(rest, text)?;
            rest = after;
            let mut high = low;
            if let Some(end) = rest.strip_prefix('-').filter(|end| !end.is_empty() && !end.starts_with(']')) {
                (high, rest) = class_character(end, text)?;
                if high < low {
                    return fail("invalid character class range", before(start, rest));
                }
            }
            class.union(&self.named(&[(low, high)], false));
        }
        if negated {
            class.negate();
        }
        Ok((class, rest.get(1..).unwrap_or_default()))
    }
}

/// With all characters of other case added.
fn folded(mut class: ClassUnicode) -> ClassUnicode {
    class.case_fold_simple();
    class
}

/// One character of a class, plain or escaped.
fn class_character<'a>(text: &'a str, whole: &str) -> Result<(char, &'a str), String> {
    match next(text) {
        None => fail("missing closing ]", whole),
        Some(('\\', _)) => character_escape(text),
        Some(found) => Ok(found),
    }
}

/// `\n`, `\x41`, `\x{1F600}`, `\101`, `\.`: the character, and what follows.
fn character_escape(text: &str) -> Result<(char, &str), String> {
    let Some((c, after)) = text.get(1..).and_then(next) else {
        return fail("trailing backslash at end of expression", "");
    };
    let plain = |c: char| Ok((c, after));
    match c {
        'a' => plain('\u{7}'),
        'f' => plain('\u{c}'),
        'n' => plain('\n'),
        'r' => plain('\r'),
        't' => plain('\t'),
        'v' => plain('\u{b}'),
        // One digit alone would be a backreference, which there is not.
        '0' | '1'..='7' if c == '0' || after.starts_with(|digit: char| ('0'..='7').contains(&digit)) => {
            let more = after.bytes().take(2).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
            let (digits, after) = after.split_at_checked(more).unwrap_or(("", after));
            let code =
                digits.chars().fold(c.to_digit(8).unwrap_or(0), |n, digit| n * 8 + digit.to_digit(8).unwrap_or(0));
            Ok((char::from_u32(code).unwrap_or('\u{fffd}'), after))
        }
        'x' => hex_escape(text, after),
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => plain(c),
        _ => fail("invalid escape sequence", before(text, after)),
    }
}

fn hex_escape<'a>(text: &'a str, after: &'a str) -> Result<(char, &'a str), String> {
    let mut code = 0u32;
    let mut rest = after;
    let braces = after.starts_with('{');
    if braces {
        rest = after.get(1..).unwrap_or_default();
    }
    let mut count = 0;
    while let Some((c, after)) = next(rest) {
        rest = after;
        if braces && c == '}' {
            // Surrogates are no characters here; they match nothing in Go either.
            let found = if count == 0 { None } else { Some(char::from_u32(code).unwrap_or('\u{fffd}')) };
            return match found {
                Some(found) => Ok((found, rest)),
                None => fail("invalid escape sequence", before(text, rest)),
            };
        }
        let Some(digit) = c.to_digit(16) else {
            // Go looks at both digits before it gives up.
            if !braces && count == 0 {
                rest = next(rest).map_or(rest, |(_, rest)| rest);
            }
            break;
        };
        code = code * 16 + digit;
        count += 1;
        if code > 0x10_ffff {
            break;
        }
        if !braces && count == 2 {
            return Ok((char::from_u32(code).unwrap_or('\u{fffd}'), rest));
        }
    }
    fail("invalid escape sequence", before(text, rest))
}

/// `{2}`, `{2,}`, `{2,5}`: the counts and what follows; nothing when it is of no such form.
fn counts(text: &str) -> Option<(u64, Option<u64>, &str)> {
    let (min, rest) = integer(text.strip_prefix('{')?)?;
    let (max, rest) = match rest.strip_prefix(',') {
        None => (Some(min), rest),
        Some(rest) if rest.starts_with('}') => (None, rest),
        Some(rest) => integer(rest).map(|(max, rest)| (Some(max), rest))?,
    };
    Some((min, max, rest.strip_prefix('}')?))
}

/// A decimal integer without leading zeros; one beyond all limits is a large one.
fn integer(text: &str) -> Option<(u64, &str)> {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at_checked(end)?;
    if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    Some((digits.parse().unwrap_or(u64::MAX), rest))
}

/// The ranges of a POSIX class by its whole name (`[:^alpha:]`), and whether it is negated.
fn posix_class(name: &str) -> Option<(&'static [(char, char)], bool)> {
    let name = name.strip_prefix("[:")?.strip_suffix(":]")?;
    let (name, negated) = match name.strip_prefix('^') {
        Some(name) => (name, true),
        None => (name, false),
    };
    let ranges: &[(char, char)] = match name {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "ascii" => &[('\0', '\u{7f}')],
        "blank" => &[('\t', '\t'), (' ', ' ')],
        "cntrl" => &[('\0', '\u{1f}'), ('\u{7f}', '\u{7f}')],
        "digit" => &[('0', '9')],
        "graph" => &[('!', '~')],
        "lower" => &[('a', 'z')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        "upper" => &[('A', 'Z')],
        "word" => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return None,
    };
    Some((ranges, negated))
}

/// The characters of a Unicode category or script.
fn unicode_table(name: &str) -> Option<ClassUnicode> {
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_- ".contains(&byte)) {
        return None;
    }
    // By key, so that other properties (`Alphabetic`), which Go has not, stay unknown.
    ["gc", "sc"].iter().find_map(|key| match ::regex_syntax::parse(&format!("\\p{{{key}={name}}}")).ok()?.into_kind() {
        HirKind::Class(Class::Unicode(class)) => Some(class),
        HirKind::Literal(literal) => {
            let c = std::str::from_utf8(&literal.0).ok()?.chars().next()?;
            Some(ClassUnicode::new([ClassUnicodeRange::new(c, c)]))
        }
        _ => None,
    })
}
