//! Values of flags, read and refused as Helm's flag library does.
//!
//! In: the text after a flag. Out: what it means, or the words behind
//! `invalid argument "X" for "--flag" flag: `.

use crate::funcs::duration;
use crate::template::quote;

/// Items of one flag that takes several, separated by commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Items(pub Vec<String>);

/// Go's `strconv.ParseBool`.
pub(super) fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("strconv.ParseBool: parsing {}: invalid syntax", quote(text.as_bytes()))),
    }
}

/// A line of comma-separated values, with Go's rules for quotes. Of an empty text there are none.
pub(super) fn items(text: &str) -> Result<Items, String> {
    let line = text.trim_start_matches(['\n', '\r']);
    if line.is_empty() {
        return if text.is_empty() { Ok(Items(Vec::new())) } else { Err("EOF".into()) };
    }
    let line = line.split('\n').next().unwrap_or_default();
    let wrong = |rest: &str, what: &str| {
        let column = line.len() - rest.len() + 1;
        Err(format!("parse error on line 1, column {column}: {what}"))
    };
    let mut items = Vec::new();
    let mut rest = line;
    loop {
        let Some(quoted) = rest.strip_prefix('"') else {
            let (item, after) = rest.split_once(',').map_or((rest, None), |(item, after)| (item, Some(after)));
            if let Some(at) = item.find('"') {
                return wrong(rest.get(at..).unwrap_or_default(), "bare \" in non-quoted-field");
            }
            items.push(item.to_owned());
            match after {
                Some(after) => rest = after,
                None => return Ok(Items(items)),
            }
            continue;
        };
        let mut item = String::new();
        rest = quoted;
        loop {
            let Some((part, after)) = rest.split_once('"') else {
                return wrong("", "extraneous or missing \" in quoted-field");
            };
            item.push_str(part);
            if let Some(after) = after.strip_prefix('"') {
                item.push('"');
                rest = after;
            } else if let Some(after) = after.strip_prefix(',') {
                rest = after;
                break;
            } else if after.is_empty() {
                items.push(item);
                return Ok(Items(items));
            } else {
                return wrong(rest.get(part.len()..).unwrap_or_default(), "extraneous or missing \" in quoted-field");
            }
        }
        items.push(item);
    }
}

/// `KEY=VALUE,…`; what it says changes no manifest, so it is only checked.
pub(super) fn pairs(text: &str) -> Result<Items, String> {
    let found = match text.matches('=').count() {
        0 => return Err(format!("{text} must be formatted as key=value")),
        1 => Items(vec![text.trim_matches('"').to_owned()]),
        _ => items(text)?,
    };
    match found.0.iter().find(|pair| !pair.contains('=')) {
        Some(pair) => Err(format!("{pair} must be formatted as key=value")),
        None => Ok(found),
    }
}

/// A length of time such as `5m0s`, checked only.
pub(super) fn span(text: &str) -> Result<String, String> {
    duration::parse(text.as_bytes()).map(|_| text.to_owned())
}

/// A whole number, checked only.
pub(super) fn whole(text: &str) -> Result<String, String> {
    let bare = text.strip_prefix(['+', '-']).unwrap_or(text).to_ascii_lowercase();
    let radix = [("0x", 16), ("0b", 2), ("0o", 8), ("0", 8)].into_iter();
    let prefixed =
        radix.filter(|_| bare.len() > 1).find_map(|(prefix, radix)| Some((bare.strip_prefix(prefix)?, radix)));
    let (digits, radix) = prefixed.unwrap_or((&bare, 10));
    let is_number = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    if is_number && i64::from_str_radix(digits, radix).is_ok() {
        return Ok(text.to_owned());
    }
    let why = if is_number { "value out of range" } else { "invalid syntax" };
    Err(format!("strconv.ParseInt: parsing {}: {why}", quote(text.as_bytes())))
}

/// A number, checked only.
pub(super) fn number(text: &str) -> Result<String, String> {
    let wrong = |why: &str| Err(format!("strconv.ParseFloat: parsing {}: {why}", quote(text.as_bytes())));
    match text.parse::<f32>() {
        Err(_) => wrong("invalid syntax"),
        Ok(number) if number.is_infinite() && text.bytes().any(|b| b.is_ascii_digit()) => wrong("value out of range"),
        Ok(_) => Ok(text.to_owned()),
    }
}

/// How `--wait` waits, checked only.
pub(super) fn wait(text: &str) -> Result<String, String> {
    match text {
        "watcher" | "hookOnly" | "legacy" | "true" | "false" => Ok(text.to_owned()),
        _ => Err(format!(
            "invalid wait input {}. Valid inputs are watcher, hookOnly, and legacy",
            quote(text.as_bytes())
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Result<Vec<String>, String> {
        items(text).map(|items| items.0)
    }

    #[test]
    fn items_are_split_at_commas_outside_of_quotes() {
        assert_eq!(list("").as_deref(), Ok(&[][..]));
        assert_eq!(list("a,,b"), Ok(vec!["a".into(), String::new(), "b".into()]));
        assert_eq!(list("\"a,b\",c\"").unwrap_err(), "parse error on line 1, column 8: bare \" in non-quoted-field");
        assert_eq!(list("\"a,b\",\"c\"\"d\""), Ok(vec!["a,b".into(), "c\"d".into()]));
        assert_eq!(
            list("\"a\"b").unwrap_err(),
            "parse error on line 1, column 3: extraneous or missing \" in quoted-field"
        );
        assert_eq!(
            list("\"x").unwrap_err(),
            "parse error on line 1, column 3: extraneous or missing \" in quoted-field"
        );
        assert_eq!(list("a,"), Ok(vec!["a".into(), String::new()]));
    }

    #[test]
    fn pairs_need_an_equal_sign() {
        assert_eq!(pairs("a=b=c").map(|items| items.0), Ok(vec!["a=b=c".into()]));
        assert_eq!(pairs("a").unwrap_err(), "a must be formatted as key=value");
        assert_eq!(pairs("a=b,c,d=e").unwrap_err(), "c must be formatted as key=value");
    }

    #[test]
    fn numbers_are_refused_in_the_words_of_go() {
        assert!(
            whole("-1").is_ok()
                && whole("0x10").is_ok()
                && whole("0").is_ok()
                && number("1e3").is_ok()
                && span("5m").is_ok()
        );
        assert_eq!(
            whole("99999999999999999999").unwrap_err(),
            "strconv.ParseInt: parsing \"99999999999999999999\": value out of range"
        );
        assert_eq!(number("1e99").unwrap_err(), "strconv.ParseFloat: parsing \"1e99\": value out of range");
        assert_eq!(number("x").unwrap_err(), "strconv.ParseFloat: parsing \"x\": invalid syntax");
        assert_eq!(span("5").unwrap_err(), "time: missing unit in duration \"5\"");
        assert_eq!(boolean("yes").unwrap_err(), "strconv.ParseBool: parsing \"yes\": invalid syntax");
    }
}
