//! What can be told of a shell script without running it.
//!
//! In: the text of a script. Out: words behind a program, and whether a name stands in it.

/// The words behind a program in a script, up to the end of its command; quotes are taken off, variables stay.
pub(super) fn words_behind(script: &str, programs: &[&str]) -> Vec<String> {
    let joined = script.replace("\\\n", " ");
    let lines = joined.lines().filter(|line| !line.trim_start().starts_with('#'));
    for line in lines {
        let words = words(line);
        let is_program = |word: &String| word.rsplit('/').next().is_some_and(|last| programs.contains(&last));
        if let Some(index) = words.iter().position(is_program) {
            let ends = |word: &&String| !matches!(word.as_str(), ";" | "&" | "&&" | "|" | "||");
            return words.iter().skip(index + 1).take_while(ends).cloned().collect();
        }
    }
    Vec::new()
}

/// The commands of a script that contain a word of this name, each as its words.
pub(super) fn commands(script: &str, program: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    if !script.contains(program) {
        return found;
    }
    let joined = script.replace("\\\n", " ");
    for line in joined.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let words = words(line);
        for command in words.split(|word| matches!(word.as_str(), ";" | "&" | "&&" | "|" | "||")) {
            if command.iter().any(|word| word.trim_start_matches(['$', '(', '`']).rsplit('/').next() == Some(program)) {
                found.push(command.to_vec());
            }
        }
    }
    found
}

/// Cuts a line into words as a shell does, roughly: operators are words, quotes go, substitutions stay as they are.
pub(super) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote: Option<char> = None;
    let mut has_word = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some('"') | None, '\\') => {
                word.extend(letters.next());
                has_word = true;
            }
            (Some(_), _) => word.push(letter),
            (None, '"' | '\'') => {
                quote = Some(letter);
                has_word = true;
            }
            (None, ' ' | '\t' | ';' | '&' | '|' | '\n' | ')') => {
                if has_word {
                    words.push(std::mem::take(&mut word));
                    has_word = false;
                }
                if matches!(letter, ';' | '&' | '|') {
                    let twice = letters.next_if_eq(&letter).is_some();
                    words.push(if twice { format!("{letter}{letter}") } else { letter.to_string() });
                }
            }
            (None, '#') if !has_word => break,
            _ => {
                word.push(letter);
                has_word = true;
            }
        }
    }
    if has_word {
        words.push(word);
    }
    words
}

/// Whether a word stands in a script by itself: `dir` in `--dir /data`, not in `mkdir`.
pub(super) fn names(script: &str, name: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == '/' || c == '.');
    memchr::memmem::find_iter(script.as_bytes(), name.as_bytes()).any(|at| {
        let before = script.get(..at).and_then(|text| text.chars().next_back());
        let after = script.get(at + name.len()..).and_then(|text| text.chars().next());
        !is_part(before)
            && !is_part(after)
            && after != Some('-')
            && before.is_none_or(|c| c != '-' || script.get(..at).is_some_and(|text| text.ends_with("--")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_behind_a_program_end_with_its_command() {
        for (script, want) in [
            ("exec redis-server /etc/redis.conf --port 6379", vec!["/etc/redis.conf", "--port", "6379"]),
            (
                "set -e\ncp a b && /usr/bin/redis-server \\\n  --save \"\" --dir '/data' & wait",
                vec!["--save", "", "--dir", "/data"],
            ),
            ("# redis-server here\nredis-server --requirepass \"$P\"; true", vec!["--requirepass", "$P"]),
            ("echo no", vec![]),
        ] {
            assert_eq!(words_behind(script, &["redis-server"]), want, "{script}");
        }
    }

    #[test]
    fn a_name_is_a_word_of_its_own() {
        for (script, name, want) in [
            ("printf 'dir %s' x", "dir", true),
            ("--dir /data", "dir", true),
            ("mkdir -p /a", "dir", false),
            ("hash-dir x", "dir", false),
            ("tls-port 6380", "port", false),
            ("echo \"requirepass $P\"", "requirepass", true),
            ("save-it", "save", false),
        ] {
            assert_eq!(names(script, name), want, "{script}");
        }
    }
}
