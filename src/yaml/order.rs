//! The order in which Go writes the keys of a map to YAML.
//!
//! In: a map's entries. Out: the same, numbers inside of keys counted as numbers.
//! The relation is not transitive for a few odd sets of keys, where Go itself varies from run to
//! run, so there is a sort here that bears it.

use super::read::valid_utf8;
use crate::value::Str;
use std::collections::BTreeMap;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// Which of Go's YAML libraries prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `toYaml`: yaml v2, after JSON. Lists stand at the column of their key, long lines are folded.
    V2,
    /// `toYamlPretty`: yaml v3 alone. Lists are indented, and nothing is folded.
    V3,
}

/// The entries of a map in the order to write; `None` when they stand in it already, as nearly
/// always: a map is in byte order, from which only digits and a few marks depart.
pub(super) fn sorted<T>(dialect: Dialect, map: &BTreeMap<Str, T>) -> Option<Vec<(&Str, &T)>> {
    if map.keys().zip(map.keys().skip(1)).all(|(a, b)| !less(dialect, b, a)) {
        return None;
    }
    Some(merge_sort(map.iter().collect(), |a, b| less(dialect, a.0, b.0)))
}

/// Merges runs of 1, 2, 4… items; stable, and at its end whatever the relation says.
fn merge_sort<T: Copy>(mut items: Vec<T>, less: impl Fn(&T, &T) -> bool) -> Vec<T> {
    let mut merged = Vec::with_capacity(items.len());
    let mut width = 1;
    while width < items.len() {
        for runs in items.chunks(width * 2) {
            let (mut left, mut right) = runs.split_at_checked(width).unwrap_or((runs, &[]));
            while let ([a, after_a @ ..], [b, after_b @ ..]) = (left, right) {
                if less(b, a) {
                    merged.push(*b);
                    right = after_b;
                } else {
                    merged.push(*a);
                    left = after_a;
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        std::mem::swap(&mut items, &mut merged);
        merged.clear();
        width *= 2;
    }
    items
}

/// Whether the key `a` is written before `b`.
fn less(dialect: Dialect, a: &[u8], b: &[u8]) -> bool {
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    match (a.get(same), b.get(same)) {
        (Some(x), Some(y)) if x.is_ascii_alphabetic() && y.is_ascii_alphabetic() => return x < y,
        _ => {}
    }
    match (std::str::from_utf8(a), std::str::from_utf8(b)) {
        (Ok(a), Ok(b)) => less_text(dialect, a, b, same),
        _ => {
            let (a, b) = (valid_utf8(a), valid_utf8(b));
            let (a, b) = (String::from_utf8_lossy(&a), String::from_utf8_lossy(&b));
            let same = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
            less_text(dialect, &a, &b, same)
        }
    }
}

/// [`less`] of text that has its first `same` bytes in common, the last of them perhaps of
/// characters that differ.
fn less_text(dialect: Dialect, a: &str, b: &str, mut same: usize) -> bool {
    while !a.is_char_boundary(same) || !b.is_char_boundary(same) {
        same -= 1;
    }
    let (before, a) = a.split_at_checked(same).unwrap_or((a, ""));
    let (_, b) = b.split_at_checked(same).unwrap_or((b, ""));
    let (Some(x), Some(y)) = (a.chars().next(), b.chars().next()) else { return a.len() < b.len() };
    match (is_letter(x), is_letter(y)) {
        (true, true) => return x < y,
        (false, false) => {}
        (x_letter, y_letter) => {
            let after_digit = before.chars().next_back().is_some_and(is_digit);
            return if dialect == Dialect::V3 && after_digit { x_letter } else { y_letter };
        }
    }
    // A zero inside a number is no leading zero.
    let inside = (x == '0' || y == '0') && before.chars().rev().take_while(|c| is_digit(*c)).any(|c| c != '0');
    // Go's integers wrap around.
    let number = |text: &str| {
        text.chars().take_while(|c| is_digit(*c)).fold((i64::from(inside), 0usize), |(n, length), c| {
            (n.wrapping_mul(10).wrapping_add(i64::from(u32::from(c)) - 48), length + 1)
        })
    };
    let (of_a, of_b) = (number(a), number(b));
    if of_a == of_b { x < y } else { of_a < of_b }
}

fn is_letter(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() } else { c.general_category_group() == GeneralCategoryGroup::Letter }
}

fn is_digit(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_digit() } else { c.general_category() == GeneralCategory::DecimalNumber }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(dialect: Dialect, keys: &[&str]) -> Vec<String> {
        let map: BTreeMap<Str, ()> = keys.iter().map(|key| (Str::from(*key), ())).collect();
        match sorted(dialect, &map) {
            Some(entries) => entries.iter().map(|(key, ())| key.to_string()).collect(),
            None => map.keys().map(Str::to_string).collect(),
        }
    }

    #[test]
    fn numbers_in_keys_count_as_numbers() {
        let v2 = ["10", "1a", "1e3", "a-1", "a1", "a1-", "a9", "a10", "a1b"];
        let v3 = ["1a", "1e3", "10", "a-1", "a1", "a1b", "a1-", "a9", "a10"];
        assert_eq!(order(Dialect::V2, &v3)[..4], v2[..4]);
        assert_eq!(order(Dialect::V3, &v2)[..4], v3[..4]);
        let both = ["-", "_", "1", "9", "10", "B", "a", "b-", "b_", "b1", "b01", "b9", "b10", "ba", "é"];
        assert_eq!(order(Dialect::V2, &both), both);
        assert_eq!(order(Dialect::V3, &both), both);
    }

    #[test]
    fn keys_that_begin_alike_go_shorter_first_and_by_whole_characters() {
        let keys = ["a", "aa", "ab", "à", "á", "áa", "\u{ff}é"];
        assert_eq!(order(Dialect::V2, &keys), keys);
    }

    #[test]
    fn the_sort_ends_on_a_relation_that_goes_in_circles() {
        let circle = merge_sort(vec![0, 1, 2, 3, 4], |a, b| (a + 1) % 5 == *b);
        let mut found = circle.clone();
        found.sort_unstable();
        assert_eq!(found, [0, 1, 2, 3, 4]);
    }
}
