//! Lists of names in sentences, and names in shell commands.
//!
//! In: names of manifests, which may be anything. Out: text that people read, and lines that a shell reads as meant.

use crate::shell::script;

/// Names that a sentence spells before it counts the rest.
const MOST_NAMES: usize = 6;

/// `a`, `a and b`, `a, b and c`, `a, b, c, d, e, f and 3 more`.
pub(in crate::plan) fn and<T: AsRef<str>>(names: &[T]) -> String {
    let shown: Vec<&str> = names.iter().take(MOST_NAMES).map(AsRef::as_ref).collect();
    let more = match names.len().saturating_sub(MOST_NAMES) {
        0 => None,
        count => Some(format!("{count} more")),
    };
    let all: Vec<&str> = shown.into_iter().chain(more.as_deref()).collect();
    match all.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
    }
}

/// The names in backquotes, as a list.
pub(in crate::plan) fn quoted<T: AsRef<str>>(names: &[T]) -> String {
    and(&names.iter().map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>())
}

/// `1 pod`, `2 pods`.
pub(in crate::plan) fn count(number: i64, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// A line that runs `kubectl` in a namespace.
pub(in crate::plan) fn kubectl<T: AsRef<str>>(namespace: &str, words: &[T]) -> String {
    let words: Vec<String> = words.iter().map(|word| script(word.as_ref())).collect();
    format!("kubectl -n {} {}", script(namespace), words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_counted_after_some_names() {
        assert_eq!(and(&["a"]), "a");
        assert_eq!(and(&["a", "b", "c"]), "a, b and c");
        let many: Vec<String> = (0..9).map(|n| n.to_string()).collect();
        assert_eq!(and(&many), "0, 1, 2, 3, 4, 5 and 3 more");
        assert_eq!(and::<&str>(&[]), "");
    }

    #[test]
    fn a_name_that_a_shell_would_run_is_quoted() {
        assert_eq!(kubectl("a", &["get", "pvc", "data-redis-0"]), "kubectl -n a get pvc data-redis-0");
        assert_eq!(kubectl("a b", &["get", "$(id)'"]), r"kubectl -n 'a b' get '$(id)'\'''");
    }
}
