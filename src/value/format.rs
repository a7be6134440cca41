//! Go's `fmt` package over [`Value`]s.
//!
//! In: values, and for [`sprintf`] a format. Out: the bytes that Go prints, its complaints
//! (`%!d(string=hi)`, `%!(EXTRA int=1)`) included.

mod float;
mod printer;
mod quote;

pub use self::float::format_float;
pub use self::quote::{quote, quote_code, quoted};

use self::printer::Printer;
use super::{Str, Value};

/// Appends a value as `%v` prints it; nil is `<nil>`.
pub fn display(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Str(text) => out.extend_from_slice(text),
        Value::Bool(b) => out.extend_from_slice(if *b { b"true" } else { b"false" }),
        Value::Int(n) | Value::Int64(n) => out.extend_from_slice(n.to_string().as_bytes()),
        Value::Float(n) => out.extend_from_slice(format_float(*n, b'g', None).as_bytes()),
        _ => {
            let mut printer = Printer::default();
            printer.arg(value, 'v');
            out.append(&mut printer.out);
        }
    }
}

/// Appends a value as an action prints it: of a pointer what it points to.
pub fn display_pointee(value: &Value, out: &mut Vec<u8>) {
    let mut printer = Printer::default();
    printer.pointee = true;
    printer.arg(value, 'v');
    out.append(&mut printer.out);
}

/// A value as `%v` prints it.
pub fn display_str(value: &Value) -> Str {
    if let Value::Str(text) = value {
        return text.clone();
    }
    let mut out = Vec::new();
    display(value, &mut out);
    out.into()
}

/// A value as `%v` prints it, as text; bytes that are not UTF-8 become U+FFFD.
pub fn display_text(value: &Value) -> String {
    display_str(value).to_text().into_owned()
}

/// Go's `fmt.Sprintf`.
pub fn sprintf(format: &[u8], args: &[Value]) -> Vec<u8> {
    let mut printer = Printer::default();
    printer.printf(format, args);
    printer.out
}

/// Go's `fmt.Sprint`: a space between operands when neither is a string.
pub fn sprint(args: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut after_string = true;
    for arg in args {
        let string = matches!(arg, Value::Str(_));
        if !string && !after_string {
            out.push(b' ');
        }
        display(arg, &mut out);
        after_string = string;
    }
    out
}

/// Go's `fmt.Sprintln`: a space between all operands, and a newline.
pub fn sprintln(args: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    for (index, arg) in args.iter().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        display(arg, &mut out);
    }
    out.push(b'\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{List, ListKind, Map};

    fn printed(format: &str, args: &[Value]) -> String {
        String::from_utf8(sprintf(format.as_bytes(), args)).unwrap()
    }

    #[test]
    fn nested_values_print_as_go_prints_them() {
        let map = Map::new();
        map.insert("b", Value::list(vec![Value::Int(1), Value::Nil, "x".into()]));
        map.insert("a", Value::Float(1e6));
        let map = Value::Map(map);
        assert_eq!(printed("%v", std::slice::from_ref(&map)), "map[a:1e+06 b:[1 <nil> x]]");
        assert_eq!(
            printed("%#v", &[map]),
            r#"map[string]interface {}{"a":1e+06, "b":[]interface {}{1, interface {}(nil), "x"}}"#
        );
        assert_eq!(printed("%#v", &[Value::List(List::strings(["a"]))]), r#"[]string{"a"}"#);
        let bytes = Value::List(List::of(ListKind::Bytes, vec![Value::Int(104), Value::Int(105)]));
        assert_eq!(
            printed("%v %s %x %q", &[bytes.clone(), bytes.clone(), bytes.clone(), bytes]),
            "[104 105] hi 6869 \"hi\""
        );
    }

    #[test]
    fn what_does_not_fit_is_said_in_the_output() {
        assert_eq!(printed("%d %s", &["hi".into(), Value::Int(1)]), "%!d(string=hi) %!s(int=1)");
        assert_eq!(printed("%d", &[]), "%!d(MISSING)");
        assert_eq!(printed("%", &[Value::Int(1)]), "%!(NOVERB)%!(EXTRA int=1)");
        assert_eq!(printed("x", &[Value::Int(1), Value::Nil]), "x%!(EXTRA int=1, <nil>)");
        assert_eq!(printed("%[3]d %[2]d", &[Value::Int(1), Value::Int(2)]), "%!d(BADINDEX) 2");
        assert_eq!(
            printed("%*d %.*f", &["a".into(), Value::Int(2), Value::Int(1), Value::Float(2.0)]),
            "%!(BADWIDTH)2 2.0"
        );
    }

    #[test]
    fn flags_widths_and_precisions_apply() {
        assert_eq!(
            printed("%05d|%-5d|%+d|% d|%x|%#o|%O", &[1, 2, 3, 4, 255, 8, 8].map(Value::Int)),
            "00001|2    |+3| 4|ff|010|0o10"
        );
        assert_eq!(
            printed("%6.2f|%e|%G|%08.3f", &[3.155, 1e6, 1e-7, -2.7159].map(Value::Float)),
            "  3.15|1.000000e+06|1E-07|-002.716"
        );
        assert_eq!(
            printed("%5s|%-5s|%.1s|%q|%x|% X", &["é", "é", "éa", "\"\n", "hi", "hi"].map(Value::from)),
            "    é|é    |é|\"\\\"\\n\"|6869|68 69"
        );
        assert_eq!(
            printed(
                "%c %q %U %#U %t %T %v%%",
                &[
                    Value::Int(233),
                    Value::Int(97),
                    Value::Int(97),
                    Value::Int(97),
                    Value::Bool(true),
                    Value::Nil,
                    Value::Nil
                ]
            ),
            "é 'a' U+0061 U+0061 'a' true <nil> <nil>%"
        );
    }

    #[test]
    fn print_puts_spaces_between_what_is_no_string() {
        let args = [Value::Nil, Value::Int(1), "a".into(), Value::Int(2), Value::Int(3)];
        assert_eq!(sprint(&args), b"<nil> 1a2 3");
        assert_eq!(sprintln(&args), b"<nil> 1 a 2 3\n");
    }
}
