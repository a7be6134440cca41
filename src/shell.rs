//! Words and scripts of commands that people paste into a shell.
//!
//! In: names as manifests have them, which anybody may have written. Out: text in which they are words and nothing else.

/// A word for a POSIX shell: as it is where that is safe, else between single quotes.
///
/// What would end a line or begin an option becomes `?`: no such name exists in a cluster, and a command that names it
/// must do nothing else.
pub(crate) fn word(text: &str) -> String {
    let mut safe: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    if safe.starts_with('-') {
        safe.replace_range(..1, "?");
    }
    script(&safe)
}

/// A text as one word, line breaks and all: as it is where that is safe, else between single quotes.
pub(crate) fn script(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./_-".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    quoted(text)
}

/// A text between single quotes.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A text between double quotes inside of a script: nothing in it is expanded.
pub(crate) fn in_double_quotes(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' | '$' | '`' => out.extend(['\\', c]),
            c if c.is_control() => out.push('?'),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_word_whatever_is_in_it() {
        assert_eq!(word("redis-master-0"), "redis-master-0");
        assert_eq!(word("a; rm -rf /"), "'a; rm -rf /'");
        assert_eq!(word("it's"), r"'it'\''s'");
        assert_eq!(word("--kubeconfig=x"), "'?-kubeconfig=x'");
        assert_eq!(word("a\n```\nb"), "'a?```?b'");
        assert_eq!(word(""), "''");
        assert_eq!(in_double_quotes("a$(b)`c`\"\\"), r#""a\$(b)\`c\`\"\\""#);
    }
}
