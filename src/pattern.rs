//! Patterns of names, as users write them to say what they mean.
//!
//! In: a pattern with stars, and a text. Out: whether it fits.

use std::collections::BTreeSet;

/// Whether a pattern fits: `*` is any text, in files any without `/`, and `**` any.
pub(crate) fn matches(pattern: &str, text: &str, is_file: bool) -> bool {
    // The set of places in the pattern that the text so far can have led to.
    let pattern = pattern.as_bytes();
    let skip = |at: &mut usize| {
        let stars = pattern.get(*at..).map_or(0, |rest| rest.iter().take_while(|b| **b == b'*').count());
        *at += stars;
        stars
    };
    let mut states: BTreeSet<(usize, bool, bool)> = BTreeSet::new();
    let enter = |states: &mut BTreeSet<(usize, bool, bool)>, mut at: usize| {
        let stars = skip(&mut at);
        states.insert((at, stars > 0, stars > 1 || !is_file));
    };
    enter(&mut states, 0);
    for byte in text.as_bytes() {
        let mut next = BTreeSet::new();
        for (at, star, wide) in states {
            if star && (wide || *byte != b'/') {
                next.insert((at, star, wide));
            }
            if pattern.get(at) == Some(byte) {
                enter(&mut next, at + 1);
            }
        }
        states = next;
    }
    states.iter().any(|(at, ..)| *at == pattern.len())
}

/// Whether a pattern fits a path, or one above it.
pub(crate) fn fits(pattern: &str, path: &str) -> bool {
    let ends = path.match_indices(['.', '[']).map(|(at, _)| at).chain([path.len()]);
    ends.into_iter().any(|end| path.get(..end).is_some_and(|head| matches(pattern, head, false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text_and_in_files_for_names() {
        for (pattern, text, is_file, want) in [
            ("a*c", "abbc", false, true),
            ("a*c", "abbd", false, false),
            ("*", "", false, true),
            ("templates/*.yaml", "templates/a.yaml", true, true),
            ("templates/*.yaml", "templates/x/a.yaml", true, false),
            ("templates/**.yaml", "templates/x/a.yaml", true, true),
            ("Secret/*", "Secret/a/b", false, true),
            ("a", "ab", false, false),
        ] {
            assert_eq!(matches(pattern, text, is_file), want, "{pattern} {text}");
        }
    }
}
