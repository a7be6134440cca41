//! Paths of values, as users write them.
//!
//! In: keys and indices. Out: `service.port`, `tolerations[0].key`, `podLabels."example.com/team"`.

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Into a map.
    Key(String),
    /// Into a list, from 0.
    Index(usize),
}

/// A path as a user would write it.
pub fn show(path: &[Step]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Index(index) => out.push_str(&format!("[{index}]")),
            Step::Key(key) => {
                if !out.is_empty() {
                    out.push('.');
                }
                let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
                out.push_str(&if plain { key.clone() } else { format!("{key:?}") });
            }
        }
    }
    out
}

/// Reads a path as [`show`] writes it. An index may also stand behind a dot, as in `tolerations.0`, but
/// is a key then.
///
/// # Errors
/// What is wrong, and where: a quote or bracket without its end, an index that is no number.
///
/// ```
/// use chartwright::path::{parse, show};
/// let path = parse("spec.ports[0].\"a.b/c\".x")?;
/// assert_eq!((path.len(), show(&path)), (5, "spec.ports[0].\"a.b/c\".x".to_owned()));
/// assert!(parse("a[x]").is_err());
/// # Ok::<(), String>(())
/// ```
pub fn parse(text: &str) -> Result<Vec<Step>, String> {
    let mut path = Vec::new();
    let mut rest = text.strip_prefix('.').unwrap_or(text);
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (index, after) = inner.split_once(']').ok_or_else(|| format!("no `]` behind `[{inner}`"))?;
            let index = index.parse().map_err(|_| format!("`[{index}]` is no index: expected a whole number"))?;
            path.push(Step::Index(index));
            rest = after.strip_prefix('.').unwrap_or(after);
        } else if let Some(inner) = rest.strip_prefix('"') {
            let (key, after) = quoted(inner).ok_or_else(|| format!("no `\"` behind `\"{inner}`"))?;
            path.push(Step::Key(key));
            rest = after.strip_prefix('.').unwrap_or(after);
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (key, after) = rest.split_at(end);
            path.push(Step::Key(key.to_owned()));
            rest = after.strip_prefix('.').unwrap_or(after);
        }
    }
    Ok(path)
}

/// The key whose opening quote was taken off, and what stands behind its end. Escapes are those that [`show`]
/// writes; a backslash in front of anything else is a backslash.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut key = String::new();
    let mut rest = text;
    loop {
        let at = rest.find(['"', '\\'])?;
        let (before, after) = rest.split_at(at);
        key.push_str(before);
        let Some(escape) = after.strip_prefix('\\') else { return Some((key, after.get(1..)?)) };
        let (c, behind) = escaped(escape).unwrap_or(('\\', escape));
        key.push(c);
        rest = behind;
    }
}

/// The character that an escape without its backslash means, and what follows it.
fn escaped(text: &str) -> Option<(char, &str)> {
    if let Some(inner) = text.strip_prefix("u{") {
        let (digits, behind) = inner.split_once('}')?;
        return Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, behind));
    }
    let c = match text.chars().next()? {
        '"' => '"',
        '\\' => '\\',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '0' => '\0',
        _ => return None,
    };
    Some((c, text.get(1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_with_any_signs_is_read_as_it_was_shown() {
        for key in ["\u{feff}", "a\"b", "\\", "\\\"", "\n\r\t\0", "é\u{7f}", "a]b[0]", ""] {
            let path = [Step::Key(key.to_owned()), Step::Index(3), Step::Key("c".to_owned())];
            assert_eq!(parse(&show(&path)).as_deref(), Ok(path.as_slice()), "{key:?}");
        }
        assert_eq!(parse(r#""a\d""#), Ok(vec![Step::Key(r"a\d".to_owned())]), "an escape that is none stays");
        assert!(parse(r#""a\""#).is_err());
    }
}
