//! The state of one print: flags, and a method per shape of value.

use super::float::format_float;
use super::quote::{can_backquote, quote, quote_code};
use crate::value::unsigned::Unsigned;
use crate::value::{Go, List, ListKind, Object, Value, rune};

/// Widths and precisions past this are not numbers to Go.
const LARGEST_NUMBER: i64 = 1_000_000;
/// Deeper values are cut: a map can hold itself, on which Go would overflow its stack.
const MAX_DEPTH: usize = 200;
/// Longer output is cut: values may share their parts, and widths may be a million each.
/// By default a run refuses texts of a quarter of this size.
const MAX_BYTES: usize = 64 << 20;

/// What stands between `%` and the verb.
#[derive(Debug, Clone, Copy, Default)]
struct Flags {
    sharp: bool,
    zero: bool,
    plus: bool,
    minus: bool,
    space: bool,
    /// `%#v`: Go syntax.
    syntax: bool,
    /// `%+v`: with the names of fields.
    names: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// Prints values one after the other.
#[derive(Debug, Default)]
pub(super) struct Printer {
    pub(super) out: Vec<u8>,
    flags: Flags,
    /// A value went past the limit of depth: nothing more of it is printed.
    cut: bool,
    /// A pointer prints as what it points to.
    pub(super) pointee: bool,
    /// It complains about a verb, and asks no methods.
    complaining: bool,
}

/// Where the reading of a format stands.
struct Format<'a> {
    text: &'a [u8],
    at: usize,
    args: &'a [Value],
    next: usize,
    reordered: bool,
    good_index: bool,
    after_index: bool,
}

impl Format<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// A decimal number, when one stands here.
    fn number(&mut self) -> Option<i64> {
        let mut number = None;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            let so_far = number.unwrap_or(0);
            if so_far > LARGEST_NUMBER {
                self.at = self.text.len();
                return None;
            }
            number = Some(so_far * 10 + i64::from(digit - b'0'));
            self.at += 1;
        }
        number
    }

    /// `[n]`: the next argument is the n-th.
    fn index(&mut self) {
        self.after_index = false;
        if self.peek() != Some(b'[') {
            return;
        }
        self.reordered = true;
        let rest = self.text.get(self.at..).unwrap_or_default();
        let Some(close) = rest.iter().position(|b| *b == b']').filter(|_| rest.len() >= 3) else {
            self.good_index = false;
            self.at += 1;
            return;
        };
        let digits = rest.get(1..close).unwrap_or_default();
        let number = if digits.iter().all(u8::is_ascii_digit) {
            std::str::from_utf8(digits).ok().and_then(|t| t.parse::<usize>().ok())
        } else {
            None
        };
        self.at += close + 1;
        self.after_index = number.is_some();
        match number.and_then(|n| n.checked_sub(1)).filter(|n| *n < self.args.len()) {
            Some(n) => self.next = n,
            None => self.good_index = false,
        }
    }

    /// The argument of a `*`, when it is an integer of a sensible size.
    fn star(&mut self) -> Option<i64> {
        let arg = self.args.get(self.next)?;
        self.next += 1;
        let number = match arg {
            Value::Int(n) | Value::Int64(n) => *n,
            Value::Object(object) => match object.underlying() {
                Go::Int64(n) => n,
                Go::Uint(n) => i64::try_from(n).ok()?,
                _ => return None,
            },
            _ => return None,
        };
        (-LARGEST_NUMBER..=LARGEST_NUMBER).contains(&number).then_some(number)
    }
}

/// Verbs that print an address; no two runs agree on one, so what it leads to is printed.
const ADDRESS_VERBS: &str = "vbodxXp";

impl Printer {
    /// Go's `doPrintf`.
    pub(super) fn printf(&mut self, text: &[u8], args: &[Value]) {
        let mut format = Format { text, at: 0, args, next: 0, reordered: false, good_index: true, after_index: false };
        while let Some(byte) = format.peek() {
            format.at += 1;
            if self.out.len() > MAX_BYTES {
                return;
            }
            if byte == b'%' {
                self.directive(&mut format);
            } else {
                self.out.push(byte);
            }
        }
        if !format.reordered && format.next < args.len() {
            self.extra(args.get(format.next..).unwrap_or_default());
        }
    }

    fn directive(&mut self, format: &mut Format<'_>) {
        self.flags = Flags::default();
        format.good_index = true;
        while let Some(byte) = format.peek() {
            match byte {
                b'#' => self.flags.sharp = true,
                b'0' => self.flags.zero = true,
                b'+' => self.flags.plus = true,
                b'-' => self.flags.minus = true,
                b' ' => self.flags.space = true,
                _ => break,
            }
            format.at += 1;
        }
        format.index();
        self.width(format);
        self.precision(format);
        if !format.after_index {
            format.index();
        }
        let (verb, length) = rune::decode(format.text.get(format.at..).unwrap_or_default());
        if length == 0 {
            self.text("%!(NOVERB)");
            return;
        }
        format.at += length;
        if verb == '%' {
            self.out.push(b'%');
        } else if !format.good_index {
            self.complain(verb, "BADINDEX");
        } else if let Some(arg) = format.args.get(format.next) {
            if matches!(verb, 'v' | 'w') {
                self.flags.syntax = std::mem::take(&mut self.flags.sharp);
                self.flags.names = std::mem::take(&mut self.flags.plus);
            }
            self.arg(arg, verb);
            format.next += 1;
        } else {
            self.complain(verb, "MISSING");
        }
    }

    fn width(&mut self, format: &mut Format<'_>) {
        if format.peek() == Some(b'*') {
            format.at += 1;
            let width = format.star();
            if width.is_none() {
                self.text("%!(BADWIDTH)");
            }
            if width.is_some_and(|w| w < 0) {
                self.flags.minus = true;
                self.flags.zero = false;
            }
            self.flags.width = width.and_then(|w| usize::try_from(w.unsigned_abs()).ok());
            format.after_index = false;
        } else {
            self.flags.width = format.number().and_then(|w| usize::try_from(w).ok());
            if format.after_index && self.flags.width.is_some() {
                format.good_index = false;
            }
        }
    }

    fn precision(&mut self, format: &mut Format<'_>) {
        if format.peek() != Some(b'.') || format.at + 1 >= format.text.len() {
            return;
        }
        format.at += 1;
        if format.after_index {
            format.good_index = false;
        }
        format.index();
        if format.peek() == Some(b'*') {
            format.at += 1;
            self.flags.precision = format.star().and_then(|p| usize::try_from(p).ok());
            if self.flags.precision.is_none() {
                self.text("%!(BADPREC)");
            }
            format.after_index = false;
        } else {
            self.flags.precision = Some(format.number().and_then(|p| usize::try_from(p).ok()).unwrap_or(0));
        }
    }

    fn extra(&mut self, args: &[Value]) {
        self.flags = Flags::default();
        self.text("%!(EXTRA ");
        for (index, arg) in args.iter().enumerate() {
            if index > 0 {
                self.text(", ");
            }
            if !arg.is_nil() {
                self.text(arg.type_name());
                self.out.push(b'=');
            }
            self.arg(arg, 'v');
        }
        self.out.push(b')');
    }

    /// One argument of the print.
    pub(super) fn arg(&mut self, value: &Value, verb: char) {
        match (value, verb) {
            (Value::Nil | Value::Invalid, 'T' | 'v') => self.pad(b"<nil>"),
            (Value::Nil | Value::Invalid, _) => self.bad_verb(None, verb),
            (_, 'T') => self.string(value.type_name().as_bytes(), 's', value),
            (_, 'p') => self.pointer(value),
            (Value::List(list), 'v' | 'd') if list.kind() == ListKind::Bytes && self.flags.syntax => {
                self.text("[]byte");
                self.bytes(list);
            }
            _ => self.value(value, verb, 0),
        }
    }

    /// An address: none of ours means anything, but it looks as one of Go's does.
    fn pointer(&mut self, value: &Value) {
        if !matches!(value.kind(), "map" | "slice" | "ptr") {
            return self.bad_verb(Some(value), 'p');
        }
        self.flags.sharp = !self.flags.sharp;
        self.integer(0xc0_0000_0000, false, 'x', value);
    }

    fn value(&mut self, value: &Value, verb: char, depth: usize) {
        self.cut |= depth > MAX_DEPTH || self.out.len() > MAX_BYTES;
        if self.cut {
            return;
        }
        match value {
            Value::Nil | Value::Invalid => self.text(if self.flags.syntax { "interface {}(nil)" } else { "<nil>" }),
            _ if verb == 'w' && matches!(value, Value::Map(_) | Value::List(_) | Value::Object(_)) => {
                self.bad_verb(Some(value), verb);
            }
            Value::Bool(b) => self.bool(*b, verb, value),
            Value::Int(n) | Value::Int64(n) => self.integer(*n as u64, true, verb, value),
            Value::Float(n) => self.float(*n, verb, value),
            Value::Str(text) => self.string(text, verb, value),
            Value::List(list) if list.kind() == ListKind::Bytes && matches!(verb, 's' | 'q' | 'x' | 'X') => {
                let bytes: Vec<u8> = list.iter().map(byte_of).collect();
                self.string(&bytes, verb, value);
            }
            Value::List(list) => {
                if self.flags.syntax {
                    self.text(list.kind().type_name());
                    if list.kind() == ListKind::Bytes {
                        return self.bytes(list);
                    }
                    if list.is_nil() {
                        return self.text("(nil)");
                    }
                }
                if list.kind() == ListKind::Bytes && !matches!(verb, 'v' | 'd') {
                    // Only complaints about a verb tell bytes from numbers.
                    let bytes: Vec<Value> =
                        list.iter().map(|item| Value::object(Unsigned::Byte(byte_of(item)))).collect();
                    return self.items(&bytes, verb, depth);
                }
                self.items(list, verb, depth);
            }
            Value::Map(map) if self.flags.syntax && map.is_nil() => {
                self.text(map.kind().type_name());
                self.text("(nil)");
            }
            Value::Map(map) => {
                let entries: Vec<_> = map.snapshot().into_iter().map(|(k, v)| (Value::Str(k), v)).collect();
                self.entries(value, &entries, verb, depth);
            }
            Value::Object(object) => self.object(value, &**object, verb, depth),
        }
    }

    fn object(&mut self, value: &Value, object: &dyn Object, verb: char, depth: usize) {
        let own = match verb {
            _ if self.complaining => None,
            _ if self.flags.syntax => object.go_syntax(),
            'v' | 's' | 'q' | 'x' | 'X' => object.own_text(),
            _ => None,
        };
        if let Some(text) = own {
            return self.string(&text, if verb == 'v' { 's' } else { verb }, value);
        }
        match object.underlying() {
            Go::Int64(n) => self.integer(n as u64, true, verb, value),
            // Go's `%#v` of an unsigned number is its hexadecimal form.
            Go::Uint(n) if self.flags.syntax && verb == 'v' => self.text(&format!("{n:#x}")),
            Go::Uint(n) => self.integer(n, false, verb, value),
            Go::Map(entries) => self.entries(value, &entries, verb, depth),
            Go::List(items) => {
                if self.flags.syntax {
                    self.text(object.type_name());
                }
                self.items(&items, verb, depth);
            }
            // Inside of something a pointer is no struct any more but an address.
            Go::Struct if depth > 0 && object.kind() == "ptr" && !self.complaining && !ADDRESS_VERBS.contains(verb) => {
                self.bad_verb(Some(value), verb);
            }
            Go::Struct => match object.fields() {
                Some(fields) => self.fields(object, &fields, verb, depth),
                // Closed like a time: its text must do, also in a complaint.
                None if self.complaining => self.pad(&object.own_text().unwrap_or_default()),
                None => self.bad_verb(Some(value), verb),
            },
        }
    }

    /// A struct, or one behind a pointer.
    fn fields(&mut self, object: &dyn Object, fields: &[(&str, Value)], verb: char, depth: usize) {
        if object.kind() == "ptr" && !self.pointee {
            self.text("&");
        }
        if self.flags.syntax {
            self.text(object.type_name().trim_start_matches('*'));
        }
        self.text("{");
        for (index, (name, value)) in fields.iter().enumerate() {
            if index > 0 {
                self.text(if self.flags.syntax { ", " } else { " " });
            }
            if self.flags.syntax || self.flags.names {
                self.text(name);
                self.text(":");
            }
            self.value(value, verb, depth + 1);
        }
        self.text("}");
    }

    /// `%#v` of bytes, behind the name of their type.
    fn bytes(&mut self, list: &List) {
        if list.is_nil() {
            return self.text("(nil)");
        }
        let items: Vec<String> = list.iter().map(|item| format!("{:#x}", byte_of(item))).collect();
        self.text(&format!("{{{}}}", items.join(", ")));
    }

    fn items(&mut self, items: &[Value], verb: char, depth: usize) {
        let (open, between, close) = if self.flags.syntax { ("{", ", ", "}") } else { ("[", " ", "]") };
        self.text(open);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.text(between);
            }
            self.value(item, verb, depth + 1);
        }
        self.text(close);
    }

    fn entries(&mut self, map: &Value, entries: &[(Value, Value)], verb: char, depth: usize) {
        let (between, close) = if self.flags.syntax {
            self.text(map.type_name());
            self.text("{");
            (", ", "}")
        } else {
            self.text("map[");
            (" ", "]")
        };
        for (index, (key, value)) in entries.iter().enumerate() {
            if index > 0 {
                self.text(between);
            }
            self.value(key, verb, depth + 1);
            self.out.push(b':');
            self.value(value, verb, depth + 1);
        }
        self.text(close);
    }

    fn bool(&mut self, b: bool, verb: char, value: &Value) {
        match verb {
            't' | 'v' => self.pad(if b { b"true" } else { b"false" }),
            _ => self.bad_verb(Some(value), verb),
        }
    }

    fn string(&mut self, text: &[u8], verb: char, value: &Value) {
        match verb {
            'v' if self.flags.syntax => self.quoted(text),
            'v' | 's' => self.pad(self.cut(text)),
            'q' => self.quoted(text),
            'x' | 'X' => self.hex(text, verb == 'X'),
            _ => self.bad_verb(Some(value), verb),
        }
    }

    /// At most as many runes as the precision says.
    fn cut<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        let Some(precision) = self.flags.precision else { return text };
        let length = rune::runes(text).take(precision).map(|(_, bytes)| bytes.len()).sum();
        text.get(..length).unwrap_or(text)
    }

    fn quoted(&mut self, text: &[u8]) {
        let text = self.cut(text);
        let mut quoted = Vec::new();
        if self.flags.sharp && can_backquote(text) {
            quoted.push(b'`');
            quoted.extend_from_slice(text);
            quoted.push(b'`');
        } else {
            quote(text, self.flags.plus, &mut quoted);
        }
        self.pad(&quoted);
    }

    fn hex(&mut self, text: &[u8], upper: bool) {
        let length = self.flags.precision.map_or(text.len(), |p| p.min(text.len()));
        let prefix = if upper { "0X" } else { "0x" };
        let mut hex = String::new();
        for (index, byte) in text.iter().take(length).enumerate() {
            if index > 0 && self.flags.space {
                hex.push(' ');
            }
            if self.flags.sharp && (index == 0 || self.flags.space) {
                hex.push_str(prefix);
            }
            hex.push_str(&if upper { format!("{byte:02X}") } else { format!("{byte:02x}") });
        }
        self.pad(hex.as_bytes());
    }

    fn integer(&mut self, number: u64, signed: bool, verb: char, value: &Value) {
        let upper = verb == 'X';
        let negative = signed && (number as i64) < 0;
        let size = if negative { number.wrapping_neg() } else { number };
        let digits = match verb {
            'v' | 'd' => size.to_string(),
            'b' => format!("{size:b}"),
            'o' | 'O' => format!("{size:o}"),
            'x' => format!("{size:x}"),
            'X' => format!("{size:X}"),
            'c' => {
                let mut text = Vec::new();
                rune::push_code(&mut text, number);
                return self.pad(&text);
            }
            'q' => {
                let mut text = Vec::new();
                quote_code(number, self.flags.plus, &mut text);
                return self.pad(&text);
            }
            'U' => return self.unicode(number),
            _ => return self.bad_verb(Some(value), verb),
        };
        let sign = match (negative, self.flags.plus, self.flags.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        let least = match (self.flags.precision, self.flags.width) {
            // A zero with no digits asked for is only its padding.
            (Some(0), _) if size == 0 => return self.without_zero(b""),
            (Some(precision), _) => precision,
            (None, Some(width)) if self.flags.zero && !self.flags.minus => width.saturating_sub(sign.len()),
            _ => 0,
        };
        let digits = format!("{}{digits}", "0".repeat(least.saturating_sub(digits.len())));
        let prefix = match verb {
            'b' if self.flags.sharp => "0b",
            'o' if self.flags.sharp && !digits.starts_with('0') => "0",
            'O' if self.flags.sharp && !digits.starts_with('0') => "0o0",
            'O' => "0o",
            'x' if self.flags.sharp => "0x",
            'X' if self.flags.sharp && upper => "0X",
            _ => "",
        };
        self.without_zero(format!("{sign}{prefix}{digits}").as_bytes());
    }

    fn unicode(&mut self, code: u64) {
        let least = self.flags.precision.unwrap_or(4).max(4);
        let digits = format!("{code:X}");
        let mut text = format!("U+{}{digits}", "0".repeat(least.saturating_sub(digits.len())));
        if let Some(c) = u32::try_from(code).ok().and_then(char::from_u32)
            && self.flags.sharp
            && rune::is_print(c)
        {
            text.push_str(&format!(" '{c}'"));
        }
        self.without_zero(text.as_bytes());
    }

    fn float(&mut self, number: f64, verb: char, value: &Value) {
        let (form, usual) = match verb {
            'v' => (b'g', None),
            'b' | 'g' | 'G' | 'x' | 'X' => (verb as u8, None),
            'f' | 'e' | 'E' => (verb as u8, Some(6)),
            'F' => (b'f', Some(6)),
            _ => return self.bad_verb(Some(value), verb),
        };
        let precision = self.flags.precision.or(usual);
        let text = format_float(number, form, precision);
        let (sign, mut digits) = match text.strip_prefix(['-', '+']) {
            Some(digits) => (if text.starts_with('-') { "-" } else { "" }, digits.to_owned()),
            None => ("", text),
        };
        let sign = match (sign, self.flags.plus, self.flags.space) {
            ("-", ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            // Infinity keeps the sign that Go writes on it.
            _ if number.is_infinite() => "+",
            _ => "",
        };
        if !number.is_finite() {
            return self.without_zero(format!("{sign}{digits}").as_bytes());
        }
        if self.flags.sharp && verb != 'b' {
            digits = with_point(&digits, form, precision);
        }
        let length = sign.len() + digits.len();
        match self.flags.width {
            Some(width) if !sign.is_empty() && self.flags.zero && !self.flags.minus && width > length => {
                self.text(sign);
                self.text(&"0".repeat(width - length));
                self.text(&digits);
            }
            _ => self.pad(format!("{sign}{digits}").as_bytes()),
        }
    }

    fn without_zero(&mut self, text: &[u8]) {
        let zero = std::mem::take(&mut self.flags.zero);
        self.pad(text);
        self.flags.zero = zero;
    }

    fn pad(&mut self, text: &[u8]) {
        let missing = self.flags.width.map_or(0, |width| width.saturating_sub(rune::count(text)));
        if self.flags.minus {
            self.out.extend_from_slice(text);
        }
        let fill = if self.flags.zero && !self.flags.minus { b'0' } else { b' ' };
        self.out.extend(std::iter::repeat_n(fill, missing));
        if !self.flags.minus {
            self.out.extend_from_slice(text);
        }
    }

    fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn complain(&mut self, verb: char, what: &str) {
        self.text("%!");
        rune::push(&mut self.out, verb);
        self.text(&format!("({what})"));
    }

    fn bad_verb(&mut self, value: Option<&Value>, verb: char) {
        self.text("%!");
        rune::push(&mut self.out, verb);
        self.out.push(b'(');
        match value {
            Some(value) => {
                self.text(value.type_name());
                self.out.push(b'=');
                // While it complains, Go asks no methods: a duration shows its number.
                let outer = std::mem::replace(&mut self.complaining, true);
                self.value(value, 'v', 0);
                self.complaining = outer;
            }
            None => self.text("<nil>"),
        }
        self.out.push(b')');
    }
}

fn byte_of(value: &Value) -> u8 {
    match value {
        Value::Int(n) => u8::try_from(*n).unwrap_or_default(),
        _ => 0,
    }
}

/// `%#g` and its kin: always a point, and for the general forms the zeros that were dropped.
fn with_point(digits: &str, form: u8, precision: Option<usize>) -> String {
    let is_mark = |c: char| c == 'p' || c == 'P' || (!matches!(form, b'x' | b'X') && (c == 'e' || c == 'E'));
    let (number, tail) = digits.split_at(digits.find(is_mark).unwrap_or(digits.len()));
    let mut wanted = match form {
        b'g' | b'G' | b'x' => precision.unwrap_or(6),
        _ => 0,
    };
    let significant = number.trim_start_matches(['0', '.']).chars().filter(|c| *c != '.').count();
    wanted = wanted.saturating_sub(significant);
    let mut text = number.to_owned();
    if !text.contains('.') {
        if text == "0" {
            wanted = wanted.saturating_sub(1);
        }
        text.push('.');
    }
    text.push_str(&"0".repeat(wanted));
    text.push_str(tail);
    text
}
