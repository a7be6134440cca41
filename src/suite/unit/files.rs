//! Finds the files of suites.
//!
//! In: a folder, and patterns below it. Out: paths, sorted for each pattern. `*` and `?` stop at slashes, `**` stands for
//! folders, `[a-z]` for signs.

use std::path::{Path, PathBuf};

/// Where suites are unless somebody says otherwise.
pub const DEFAULT_PATTERN: &str = "tests/*_test.yaml";

/// How deep folders are looked into.
const MOST_DEPTH: usize = 64;

/// The files that patterns name below a folder. An absolute pattern is a path; one that begins with the folder's own name
/// is not put behind it once more.
pub(super) fn find(folder: &str, patterns: &[String]) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    let folder = folder.trim_end_matches('/');
    for pattern in patterns {
        let is_below = pattern.contains(&format!("{folder}/")) && !folder.is_empty();
        let (base, pattern) = match pattern.strip_prefix('/') {
            Some(rest) => (PathBuf::from("/"), rest),
            None if is_below || folder.is_empty() => (PathBuf::new(), pattern.as_str()),
            None => (PathBuf::from(folder), pattern.as_str()),
        };
        let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        let mut matched = Vec::new();
        walk(&base, &parts, 0, &mut matched);
        matched.sort();
        for path in matched {
            if !found.contains(&path) {
                found.push(path);
            }
        }
    }
    found
}

fn walk(base: &Path, parts: &[&str], depth: usize, found: &mut Vec<PathBuf>) {
    let Some((first, rest)) = parts.split_first() else {
        if base.is_file() {
            found.push(base.to_path_buf());
        }
        return;
    };
    if depth > MOST_DEPTH {
        return;
    }
    if !first.contains(['*', '?', '[']) {
        return walk(&base.join(first), rest, depth + 1, found);
    }
    let here = if base.as_os_str().is_empty() { Path::new(".") } else { base };
    let entries = std::fs::read_dir(here).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    if *first == "**" {
        walk(base, rest, depth + 1, found);
        for name in names {
            let path = base.join(&name);
            if path.is_dir() && !path.is_symlink() {
                walk(&path, parts, depth + 1, found);
            } else if rest.is_empty() {
                found.push(path);
            }
        }
        return;
    }
    for name in names.iter().filter(|name| fits(first.as_bytes(), name.as_bytes())) {
        walk(&base.join(name), rest, depth + 1, found);
    }
}

/// Whether a name fits a pattern without slashes.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    // The places in the pattern that the name so far can have led to.
    let mut states = vec![false; pattern.len() + 1];
    let reach = |states: &mut Vec<bool>, at: usize| {
        let mut at = at;
        loop {
            if let Some(state) = states.get_mut(at) {
                *state = true;
            }
            match pattern.get(at) {
                Some(b'*') => at += 1,
                _ => return,
            }
        }
    };
    reach(&mut states, 0);
    for byte in name {
        let mut next = vec![false; pattern.len() + 1];
        for at in (0..pattern.len()).filter(|at| states.get(*at) == Some(&true)) {
            match pattern.get(at..) {
                Some([b'*', ..]) => reach(&mut next, at),
                Some([b'?', ..]) => reach(&mut next, at + 1),
                Some([b'[', set @ ..]) => {
                    let Some(end) = set.iter().skip(1).position(|b| *b == b']').map(|end| end + 1) else { continue };
                    if in_set(set.get(..end).unwrap_or_default(), *byte) {
                        reach(&mut next, at + end + 2);
                    }
                }
                Some([own, ..]) if own == byte => reach(&mut next, at + 1),
                _ => {}
            }
        }
        states = next;
    }
    states.last() == Some(&true)
}

fn in_set(set: &[u8], byte: u8) -> bool {
    let (is_not, mut rest) = match set {
        [b'^' | b'!', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut is_in = false;
    while let Some(first) = rest.first() {
        let (range, after) = match rest {
            [from, b'-', to, after @ ..] => (*from..=*to, after),
            [_, after @ ..] => (*first..=*first, after),
            [] => break,
        };
        is_in |= range.contains(&byte);
        rest = after;
    }
    is_in != is_not
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_stars_question_marks_and_sets() {
        for (pattern, name, want) in [
            ("*_test.yaml", "a_test.yaml", true),
            ("*_test.yaml", "a_tests.yaml", false),
            ("a?c", "abc", true),
            ("a[0-9]c", "a7c", true),
            ("a[^0-9]c", "a7c", false),
            ("*", "", true),
            ("a*b*c", "aXbYc", true),
        ] {
            assert_eq!(fits(pattern.as_bytes(), name.as_bytes()), want, "{pattern} {name}");
        }
    }
}
