//! Versions and constraints on them, as Masterminds/semver has them.
//!
//! In: text such as `v1.2.3-rc.1` and `>=1.2, <2 || ~3.1`. Out: a [`Version`], or whether
//! one satisfies the other. A pre-release satisfies only a group that names a pre-release.

use crate::eval::call::{Call, Func, FuncResult, Type};
pub(crate) use crate::template::quote;
use crate::value::unsigned::Unsigned;
use crate::value::{Object, Value};
use ::regex::Regex;
use std::any::Any;
use std::cmp::Ordering;
use std::sync::LazyLock;

/// The family's rows.
pub(crate) const SEMVER: &[Func] = &[
    Func::fixed("semver", &[Type::Str], semver).costs(10),
    Func::fixed("semverCompare", &[Type::Str, Type::Str], semver_compare).costs(40),
];

/// Longest version text that is read.
const MAX_VERSION_BYTES: usize = 256;
/// Longest constraint text that is read.
const MAX_CONSTRAINT_BYTES: usize = 512;
/// Most `||` groups of a constraint.
const MAX_GROUPS: usize = 32;

/// A semantic version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// First number.
    pub major: u64,
    /// Second number.
    pub minor: u64,
    /// Third number.
    pub patch: u64,
    /// After `-`; may be empty.
    pub prerelease: String,
    /// After `+`; may be empty, counts in no comparison.
    pub metadata: String,
    /// The text it was read from.
    pub original: String,
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(f, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

impl Version {
    /// Order by precedence: numbers, then pre-release; metadata does not count.
    pub fn precedence(&self, other: &Version) -> Ordering {
        (self.major, self.minor, self.patch).cmp(&(other.major, other.minor, other.patch)).then_with(|| {
            match (self.prerelease.is_empty(), other.prerelease.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => compare_prerelease(&self.prerelease, &other.prerelease),
            }
        })
    }

    /// The same version with other numbers and no suffixes, keeping a leading `v`.
    fn next(&self, major: u64, minor: u64, patch: u64) -> Version {
        self.with(Version {
            major,
            minor,
            patch,
            prerelease: String::new(),
            metadata: String::new(),
            original: String::new(),
        })
    }

    /// `next` with its original text made up, after this one's leading `v` if any.
    fn with(&self, mut next: Version) -> Version {
        let v = if self.original.starts_with('v') { "v" } else { "" };
        next.original = format!("{v}{next}");
        next
    }
}

/// Part by part: numbers by value and below texts, a missing part below any.
fn compare_prerelease(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some("")) | (Some(""), None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (parse_uint(a), parse_uint(b)) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Go's `ParseUint` in base 10.
fn parse_uint(text: &str) -> Result<u64, String> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("strconv.ParseUint: parsing {}: invalid syntax", quote(text.as_bytes())));
    }
    text.parse().map_err(|_| format!("strconv.ParseUint: parsing {}: value out of range", quote(text.as_bytes())))
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn check_prerelease(text: &str) -> Result<(), String> {
    for part in text.split('.') {
        if !is_identifier(part) {
            return Err("invalid prerelease string".into());
        }
        if part.len() > 1 && part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("version segment starts with 0".into());
        }
    }
    Ok(())
}

fn check_metadata(text: &str) -> Result<(), String> {
    if text.split('.').all(is_identifier) { Ok(()) } else { Err("invalid metadata string".into()) }
}

/// Reads a version leniently: a leading `v`, missing minor and patch, leading zeros.
///
/// # Errors
/// The library's words.
pub fn parse(text: &str) -> Result<Version, String> {
    let invalid = || "invalid semantic version".to_owned();
    if text.len() > MAX_VERSION_BYTES {
        return Err(format!("version string is too long (max {MAX_VERSION_BYTES} bytes)"));
    }
    let bare = text.strip_prefix('v').unwrap_or(text);
    let (numbers, metadata) = match bare.split_once('+') {
        Some((rest, metadata)) => (rest, Some(metadata)),
        None => (bare, None),
    };
    let (numbers, prerelease) = match numbers.split_once('-') {
        Some((rest, prerelease)) => (rest, Some(prerelease)),
        None => (numbers, None),
    };
    let shape = |part: Option<&str>| part.is_none_or(|part| part.split('.').all(is_identifier));
    let parts: Vec<&str> = numbers.split('.').collect();
    if parts.len() > 3 || !shape(prerelease) || !shape(metadata) {
        return Err(invalid());
    }
    if !parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(invalid());
    }
    let number = |index: usize| match parts.get(index) {
        Some(part) => parse_uint(part).map_err(|error| format!("error parsing version segment: {error}")),
        None => Ok(0),
    };
    let version = Version {
        major: number(0)?,
        minor: number(1)?,
        patch: number(2)?,
        prerelease: prerelease.unwrap_or_default().to_owned(),
        metadata: metadata.unwrap_or_default().to_owned(),
        original: text.to_owned(),
    };
    if !version.prerelease.is_empty() {
        check_prerelease(&version.prerelease)?;
    }
    Ok(version)
}

/// Reads a version strictly: three numbers, no `v`, no leading zeros.
///
/// # Errors
/// The library's words.
pub fn parse_strict(text: &str) -> Result<Version, String> {
    if text.is_empty() {
        return Err("version string empty".into());
    }
    if text.len() > MAX_VERSION_BYTES {
        return Err(format!("version string is too long (max {MAX_VERSION_BYTES} bytes)"));
    }
    let mut parts = text.splitn(3, '.');
    let (Some(major), Some(minor), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("invalid semantic version".into());
    };
    let (rest, metadata) = match rest.split_once('+') {
        Some((rest, metadata)) => {
            check_metadata(metadata)?;
            (rest, metadata)
        }
        None => (rest, ""),
    };
    let (patch, prerelease) = match rest.split_once('-') {
        Some((patch, prerelease)) => {
            check_prerelease(prerelease)?;
            (patch, prerelease)
        }
        None => (rest, ""),
    };
    for part in [major, minor, patch] {
        if !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("invalid characters in version".into());
        }
        if part.len() > 1 && part.starts_with('0') {
            return Err("version segment starts with 0".into());
        }
    }
    Ok(Version {
        major: parse_uint(major)?,
        minor: parse_uint(minor)?,
        patch: parse_uint(patch)?,
        prerelease: prerelease.to_owned(),
        metadata: metadata.to_owned(),
        original: text.to_owned(),
    })
}

/// The grammar of constraints, as the library's own expressions cut it; each is compiled when
/// a constraint first asks for it. Few do: see [`plain`].
mod grammar {
    use super::{LazyLock, Regex};

    const SPACE: &str = r"[\t\n\f\r ]";
    const OPERATOR: &str = r"=||!=|>|<|>=|=>|<=|=<|~|~>|\^";

    fn version() -> String {
        let number = r"[0-9|xX*]+";
        let words = r"[0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*";
        format!(r"v?({number})(\.{number})?(\.{number})?(-{words})?(\+{words})?")
    }

    // The expressions are constants, so that they compile is shown by any test.
    #[allow(clippy::expect_used, reason = "the patterns are constants")]
    fn compile(pattern: &str) -> Regex {
        Regex::new(pattern).expect("a constant pattern")
    }

    pub(super) static ONE: LazyLock<Regex> =
        LazyLock::new(|| compile(&format!(r"^{SPACE}*({OPERATOR}){SPACE}*({}){SPACE}*$", version())));
    pub(super) static RANGE: LazyLock<Regex> =
        LazyLock::new(|| compile(&format!(r"{SPACE}*({0}){SPACE}+-{SPACE}+({0}){SPACE}*", version())));
    pub(super) static FIND: LazyLock<Regex> =
        LazyLock::new(|| compile(&format!(r"({OPERATOR}){SPACE}*({})", version())));
    pub(super) static GROUP: LazyLock<Regex> = LazyLock::new(|| {
        let version = version();
        compile(&format!(
            r"^({SPACE}*({OPERATOR}){SPACE}*({version}){SPACE}*)((?:{SPACE}+|,{SPACE}*)({OPERATOR}){SPACE}*({version}){SPACE}*)*$"
        ))
    });
}

/// How a constraint compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

impl Operator {
    fn named(name: &str) -> Operator {
        match name {
            "!=" => Operator::NotEqual,
            ">" => Operator::Greater,
            "<" => Operator::Less,
            ">=" | "=>" => Operator::GreaterOrEqual,
            "<=" | "=<" => Operator::LessOrEqual,
            "~" | "~>" => Operator::Tilde,
            "^" => Operator::Caret,
            _ => Operator::Equal,
        }
    }
}

/// Which of its numbers a constraint leaves open (`x`, `*` or missing).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Patch,
    Minor,
    All,
}

/// One comparison.
#[derive(Debug, Clone)]
struct Comparison {
    operator: Operator,
    version: Version,
    open: Open,
}

/// A comparison as it is written; every part may be empty but the version and its first number.
struct Parts<'t> {
    operator: &'t str,
    version: &'t str,
    /// All but the first with their dot.
    numbers: [&'t str; 3],
    /// With its hyphen.
    prerelease: &'t str,
}

/// What [`grammar`] calls a space.
fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r' | b' ')
}

/// The constraints that charts write, read without the expressions of [`grammar`]: to compile those takes longer than
/// to render a small chart.
mod plain {
    use super::{Comparison, Parts, is_space};

    /// The longer ones first.
    const OPERATORS: [&str; 10] = ["!=", ">=", "=>", "<=", "=<", "~>", "=", ">", "<", "~"];

    /// The comparisons of a group; `None` where the expressions have to say what it is.
    pub(super) fn group(text: &str) -> Option<Result<Vec<Comparison>, String>> {
        let mut rest = text;
        let mut found = Vec::new();
        skip(&mut rest, is_space);
        loop {
            found.push(Comparison::of(&comparison(&mut rest)?));
            let spaces = skip(&mut rest, is_space);
            if rest.is_empty() {
                return Some(found.into_iter().collect());
            }
            match rest.strip_prefix(',') {
                Some(after) => rest = after,
                None if spaces.is_empty() => return None,
                None => {}
            }
            skip(&mut rest, is_space);
        }
    }

    fn comparison<'t>(rest: &mut &'t str) -> Option<Parts<'t>> {
        let operator = OPERATORS.into_iter().chain(["^"]).find(|name| rest.starts_with(name)).unwrap_or_default();
        *rest = rest.get(operator.len()..)?;
        skip(rest, is_space);
        let whole = *rest;
        *rest = rest.strip_prefix('v').unwrap_or(rest);
        let major = skip(rest, is_number);
        if major.is_empty() {
            return None;
        }
        let (minor, patch) = (after(rest, b'.', is_number)?, after(rest, b'.', is_number)?);
        let prerelease = after(rest, b'-', is_word)?;
        after(rest, b'+', is_word)?;
        let version = whole.get(..whole.len() - rest.len())?;
        Some(Parts { operator, version, numbers: [major, minor, patch], prerelease })
    }

    /// A part that begins with a mark, the mark included; empty where another byte is next, `None` where nothing
    /// follows the mark.
    fn after<'t>(rest: &mut &'t str, mark: u8, is_part: fn(u8) -> bool) -> Option<&'t str> {
        if rest.as_bytes().first() != Some(&mark) {
            return Some("");
        }
        let whole = *rest;
        *rest = rest.get(1..)?;
        let part = skip(rest, is_part);
        // Words are joined by single dots; numbers have none.
        if part.split('.').any(str::is_empty) { None } else { whole.get(..=part.len()) }
    }

    /// Takes the bytes of a kind.
    fn skip<'t>(rest: &mut &'t str, is_part: fn(u8) -> bool) -> &'t str {
        let length = rest.bytes().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        let (part, after) = rest.split_at_checked(length).unwrap_or_default();
        *rest = after;
        part
    }

    fn is_number(byte: u8) -> bool {
        byte.is_ascii_digit() || matches!(byte, b'x' | b'X' | b'*')
    }

    fn is_word(byte: u8) -> bool {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')
    }

    #[cfg(test)]
    mod tests {
        use super::super::{Comparison, Constraint, grammar};

        /// The constraints of charts, and some of their neighbours.
        const CONSTRAINTS: [&str; 34] = [
            ">=1.23.0-0",
            ">= 1.19",
            "2.x.x",
            "^1.0.0",
            "~1.2",
            "~>1.2.3",
            "*",
            "",
            " ",
            "1.2.3+build.5",
            "v1",
            ">v1.2",
            "1.2.3.4",
            "1.2,",
            ", 1.2",
            ">=1.2 <2",
            ">=1.2,<2",
            ">=1.2 , <2",
            ">=1.2  ,   <2",
            "1.2-",
            "1.2-a.b-c",
            "1.2-a..b",
            "=1.2",
            "==1.2",
            "!=1.2 !=1.3",
            "=>1 =<2",
            "1.x-alpha",
            "1..2",
            ">",
            "> 1.2.3 foo",
            "1.2<2",
            "x.1.2",
            "1.2.3-0 \t>1",
            "01.2.3",
        ];

        #[test]
        fn what_is_read_plainly_is_what_the_expressions_read() {
            let mut plain = 0;
            for text in CONSTRAINTS {
                let Some(quick) = super::group(text) else { continue };
                assert!(grammar::GROUP.is_match(text), "{text}");
                let slow: Result<Vec<_>, _> =
                    grammar::FIND.find_iter(text).map(|found| Comparison::parse(found.as_str())).collect();
                assert_eq!(format!("{quick:?}"), format!("{slow:?}"), "{text}");
                plain += 1;
            }
            assert!(plain > 15, "{plain}");
            assert!(Constraint::parse("1.2.3.4").is_err());
        }
    }
}

/// A constraint: groups of which one must hold, each of comparisons that must all hold.
#[derive(Debug, Clone)]
pub struct Constraint {
    groups: Vec<Vec<Comparison>>,
}

impl Constraint {
    /// Reads a constraint.
    ///
    /// # Errors
    /// The library's words.
    pub fn parse(text: &str) -> Result<Constraint, String> {
        if text.len() > MAX_CONSTRAINT_BYTES {
            return Err(format!("constraint string is too long (max {MAX_CONSTRAINT_BYTES} bytes)"));
        }
        let text = spell_out_ranges(text);
        let groups: Vec<&str> = text.split("||").collect();
        if groups.len() > MAX_GROUPS {
            return Err(format!("too many constraint groups (max {MAX_GROUPS})"));
        }
        let groups = groups.into_iter().map(|group| {
            if let Some(comparisons) = plain::group(group) {
                return comparisons;
            }
            if !grammar::GROUP.is_match(group) {
                return Err(format!("improper constraint: {}", quote(group.as_bytes())));
            }
            grammar::FIND.find_iter(group).map(|found| Comparison::parse(found.as_str())).collect()
        });
        Ok(Constraint { groups: groups.collect::<Result<_, _>>()? })
    }

    /// Whether a version satisfies it.
    pub fn allows(&self, version: &Version) -> bool {
        self.groups.iter().any(|group| {
            let names_prerelease = group.iter().any(|comparison| !comparison.version.prerelease.is_empty());
            (version.prerelease.is_empty() || names_prerelease)
                && group.iter().all(|comparison| comparison.holds(version))
        })
    }
}

/// Rewrites `1.2 - 2.3` to `>= 1.2, <= 2.3`.
fn spell_out_ranges(text: &str) -> String {
    let mut out = text.to_owned();
    // Without a hyphen between spaces there is no range, and the expression stays uncompiled.
    if !text
        .as_bytes()
        .windows(3)
        .any(|part| matches!(part, [before, b'-', after] if is_space(*before) && is_space(*after)))
    {
        return out;
    }
    for found in grammar::RANGE.captures_iter(text) {
        let group = |index: usize| found.get(index).map_or("", |group| group.as_str());
        out = out.replacen(group(0), &format!(">= {}, <= {} ", group(1), group(7)), 1);
    }
    out
}

impl Comparison {
    fn parse(text: &str) -> Result<Comparison, String> {
        let Some(found) = grammar::ONE.captures(text) else {
            return Err(format!("improper constraint: {}", quote(text.as_bytes())));
        };
        let group = |index: usize| found.get(index).map_or("", |group| group.as_str());
        let (operator, version) = (group(1), group(2));
        Comparison::of(&Parts { operator, version, numbers: [group(3), group(4), group(5)], prerelease: group(6) })
    }

    fn of(parts: &Parts<'_>) -> Result<Comparison, String> {
        let is_open = |number: &str| matches!(number.trim_start_matches('.'), "" | "x" | "X" | "*");
        let Parts { numbers: [major, minor, patch], prerelease, .. } = parts;
        let (open, version) = if is_open(major) {
            (Open::All, format!("0.0.0{prerelease}"))
        } else if is_open(minor) {
            (Open::Minor, format!("{major}.0.0{prerelease}"))
        } else if is_open(patch) {
            (Open::Patch, format!("{major}{minor}.0{prerelease}"))
        } else {
            (Open::Nothing, parts.version.to_owned())
        };
        let version = parse(&version).map_err(|_| "constraint parser error".to_owned())?;
        Ok(Comparison { operator: Operator::named(parts.operator), version, open })
    }

    /// Whether the version satisfies this comparison; pre-releases were ruled on before.
    fn holds(&self, version: &Version) -> bool {
        let order = version.precedence(&self.version);
        match self.operator {
            Operator::GreaterOrEqual => order.is_ge(),
            Operator::Less => order.is_lt(),
            Operator::Equal if self.open == Open::Nothing => order.is_eq(),
            Operator::Equal | Operator::Tilde => self.tilde(version),
            Operator::NotEqual => self.differs(version),
            Operator::Greater => self.greater(version),
            Operator::LessOrEqual => self.less_or_equal(version),
            Operator::Caret => self.caret(version),
        }
    }

    fn differs(&self, version: &Version) -> bool {
        let own = &self.version;
        match self.open {
            Open::Nothing => version.precedence(own).is_ne(),
            _ if own.major != version.major => true,
            Open::Minor => false,
            _ if own.minor != version.minor => true,
            // `*` has no open patch of its own: its patch 0 counts.
            Open::All => own.patch != version.patch || version.precedence(own).is_ne(),
            Open::Patch => {
                (!version.prerelease.is_empty() || !own.prerelease.is_empty())
                    && compare_prerelease(&version.prerelease, &own.prerelease).is_ne()
            }
        }
    }

    fn greater(&self, version: &Version) -> bool {
        match (self.open, version.major.cmp(&self.version.major)) {
            (Open::Nothing, _) | (Open::All, Ordering::Equal) => version.precedence(&self.version).is_gt(),
            (_, Ordering::Greater) => true,
            (_, Ordering::Less) | (Open::Minor, _) => false,
            (Open::Patch, _) => version.minor > self.version.minor,
        }
    }

    fn less_or_equal(&self, version: &Version) -> bool {
        match (self.open, version.major.cmp(&self.version.major)) {
            (Open::Nothing, _) => version.precedence(&self.version).is_le(),
            (_, Ordering::Greater) => false,
            (Open::Minor, _) | (_, Ordering::Less) => true,
            (_, Ordering::Equal) => version.minor <= self.version.minor,
        }
    }

    fn tilde(&self, version: &Version) -> bool {
        let own = &self.version;
        if version.precedence(own).is_lt() {
            return false;
        }
        // `~0.0.0` means anything from 0.0.0 on, as `*` does.
        let any = (own.major, own.minor, own.patch) == (0, 0, 0) && matches!(self.open, Open::Nothing | Open::All);
        any || (version.major == own.major && (version.minor == own.minor || self.open == Open::Minor))
    }

    fn caret(&self, version: &Version) -> bool {
        let own = &self.version;
        if version.precedence(own).is_lt() {
            return false;
        }
        if own.major > 0 || self.open == Open::Minor {
            return version.major == own.major;
        }
        if version.major > 0 {
            return false;
        }
        if own.minor > 0 || self.open == Open::Patch {
            return version.minor == own.minor;
        }
        version.minor == 0 && version.patch == own.patch
    }
}

/// Whether a version (read leniently) satisfies a constraint.
///
/// # Errors
/// The library's words for a constraint or a version that cannot be read.
pub fn satisfies(constraint: &str, version: &str) -> Result<bool, String> {
    let constraint = Constraint::parse(constraint)?;
    Ok(constraint.allows(&parse(version)?))
}

/// A version as templates hold it: by pointer from `semver`, by value from `IncMajor`.
#[derive(Debug, Clone)]
struct Held {
    version: Version,
    pointer: bool,
}

impl Object for Held {
    fn type_name(&self) -> &str {
        if self.pointer { "*semver.Version" } else { "semver.Version" }
    }

    fn kind(&self) -> &'static str {
        if self.pointer { "ptr" } else { "struct" }
    }

    fn signature(&self, name: &str) -> Option<(&'static [Type], bool)> {
        let params: &'static [Type] = match name {
            "Major" | "Minor" | "Patch" | "Prerelease" | "Metadata" | "String" | "IncMajor" | "IncMinor"
            | "IncPatch" => &[],
            "SetPrerelease" | "SetMetadata" => &[Type::Str],
            "Original" if self.pointer => &[],
            "Compare" | "Equal" | "LessThan" | "LessThanEqual" | "GreaterThan" | "GreaterThanEqual" if self.pointer => {
                &[Type::Object("*semver.Version")]
            }
            _ => return None,
        };
        Some((params, false))
    }

    fn call(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let v = &self.version;
        let number = |n: u64| Value::object(Unsigned::Wide(n));
        let order = || match args.first().and_then(Value::as_object::<Held>) {
            Some(other) => Ok(v.precedence(&other.version)),
            None => Err(format!(
                "wrong type for value; expected *semver.Version; got {}",
                args.first().map_or("<nil>", Value::type_name)
            )),
        };
        let next = |number: u64, what: &str, make: fn(&Version, u64) -> Version| match number.checked_add(1) {
            Some(number) => Ok(Value::object(Held { version: make(v, number), pointer: false })),
            None => Err(format!("{what} version increment would overflow uint64")),
        };
        let suffix = args.first().and_then(Value::as_str).map(|text| text.to_text().into_owned()).unwrap_or_default();
        Some(match name {
            "Major" => Ok(number(v.major)),
            "Minor" => Ok(number(v.minor)),
            "Patch" => Ok(number(v.patch)),
            "Prerelease" => Ok(Value::from(v.prerelease.as_str())),
            "Metadata" => Ok(Value::from(v.metadata.as_str())),
            "String" => Ok(Value::from(v.to_string())),
            "IncMajor" => next(v.major, "major", |v, n| v.next(n, 0, 0)),
            "IncMinor" => next(v.minor, "minor", |v, n| v.next(v.major, n, 0)),
            // A pre-release comes before its patch, so leaving it off is the next patch.
            "IncPatch" if !v.prerelease.is_empty() => {
                Ok(Value::object(Held { version: v.next(v.major, v.minor, v.patch), pointer: false }))
            }
            "IncPatch" => next(v.patch, "patch", |v, n| v.next(v.major, v.minor, n)),
            "SetPrerelease" => match check_prerelease(&suffix) {
                Err(error) if !suffix.is_empty() => Err(error),
                _ => Ok(Value::object(Held {
                    version: v.with(Version { prerelease: suffix, ..v.clone() }),
                    pointer: false,
                })),
            },
            "SetMetadata" => match check_metadata(&suffix) {
                Err(error) if !suffix.is_empty() => Err(error),
                _ => Ok(Value::object(Held {
                    version: v.with(Version { metadata: suffix, ..v.clone() }),
                    pointer: false,
                })),
            },
            // Methods of the pointer only.
            "Original" if self.pointer => Ok(Value::from(v.original.as_str())),
            "Compare" if self.pointer => order().map(|order| Value::Int(order as i64)),
            "Equal" if self.pointer => order().map(|order| Value::Bool(order.is_eq())),
            "LessThan" if self.pointer => order().map(|order| Value::Bool(order.is_lt())),
            "LessThanEqual" if self.pointer => order().map(|order| Value::Bool(order.is_le())),
            "GreaterThan" if self.pointer => order().map(|order| Value::Bool(order.is_gt())),
            "GreaterThanEqual" if self.pointer => order().map(|order| Value::Bool(order.is_ge())),
            _ => return None,
        })
    }

    fn own_text(&self) -> Option<Vec<u8>> {
        Some(self.version.to_string().into_bytes())
    }

    fn fields(&self) -> Option<Vec<(&'static str, Value)>> {
        let v = &self.version;
        let number = |n: u64| Value::object(Unsigned::Wide(n));
        Some(vec![
            ("major", number(v.major)),
            ("minor", number(v.minor)),
            ("patch", number(v.patch)),
            ("pre", Value::from(v.prerelease.as_str())),
            ("metadata", Value::from(v.metadata.as_str())),
            ("original", Value::from(v.original.as_str())),
        ])
    }

    fn to_plain(&self) -> Result<Value, String> {
        Ok(Value::from(self.version.to_string()))
    }

    fn equals(&self, other: &dyn Object) -> bool {
        other
            .as_any()
            .downcast_ref::<Held>()
            .is_some_and(|other| self.pointer == other.pointer && self.version == other.version)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `semver VERSION`: a version with methods, or an error.
fn semver(call: &Call<'_>) -> FuncResult {
    Ok(Value::object(Held { version: parse(&call.text(0))?, pointer: true }))
}

/// `semverCompare CONSTRAINT VERSION`: whether VERSION satisfies CONSTRAINT.
fn semver_compare(call: &Call<'_>) -> FuncResult {
    let constraint = call.str(0);
    let Some(text) = constraint.to_utf8() else {
        return Err(format!("improper constraint: {}", quote(&constraint)).into());
    };
    Ok(Value::Bool(satisfies(text, &call.text(1))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_hold_as_helm_says() {
        for (constraint, version, want) in [
            (">=1.2, <2 || ~3.1", "3.1.9", true),
            ("1.2 - 2.3", "2.3.0", true),
            ("1.2 - 2.3", "2.3.1", true),
            ("^0.2", "0.3.0", false),
            (">=1.21-0", "v1.30.0-gke.1", true),
            (">=1.21", "1.30.0-gke.1", false),
            ("!=1.x", "1.9.0", false),
        ] {
            assert_eq!(satisfies(constraint, version), Ok(want), "{constraint} {version}");
        }
        assert_eq!(satisfies("foo", "1"), Err("improper constraint: \"foo\"".into()));
        assert_eq!(satisfies("1", "foo"), Err("invalid semantic version".into()));
    }
}
