//! The order in which go-yaml writes the keys of a map.
//!
//! In: two keys. Out: whether one comes first; numbers inside of keys count as numbers.
//! The relation is not transitive for a few odd sets of keys, so there is a sort here that bears it.

use super::decode::valid_utf8;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// Which library's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// `toYaml`.
    V2,
    /// `toYamlPretty`.
    V3,
}

fn is_letter(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() } else { c.general_category_group() == GeneralCategoryGroup::Letter }
}

fn is_digit(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_digit()
    } else {
        c.general_category() == unicode_properties::GeneralCategory::DecimalNumber
    }
}

/// Whether `a` comes before `b`.
pub(super) fn less(order: Order, a: &[u8], b: &[u8]) -> bool {
    let (a, b) = (valid_utf8(a), valid_utf8(b));
    let a: Vec<char> = String::from_utf8_lossy(&a).chars().collect();
    let b: Vec<char> = String::from_utf8_lossy(&b).chars().collect();
    let Some(i) = a.iter().zip(&b).position(|(x, y)| x != y) else { return a.len() < b.len() };
    let (Some(&x), Some(&y)) = (a.get(i), b.get(i)) else { return false };
    match (is_letter(x), is_letter(y)) {
        (true, true) => return x < y,
        (false, false) => {}
        (x_letter, y_letter) => {
            let after_digit = i > 0 && a.get(i - 1).is_some_and(|c| is_digit(*c));
            return if order == Order::V3 && after_digit { x_letter } else { y_letter };
        }
    }
    let mut start = 0;
    if x == '0' || y == '0' {
        let run = a.get(..i).unwrap_or_default().iter().rev().take_while(|c| is_digit(**c));
        start = i64::from(run.into_iter().any(|c| *c != '0'));
    }
    let number = |text: &[char]| {
        let run = text.get(i..).unwrap_or_default().iter().take_while(|c| is_digit(**c));
        run.fold((start, 0usize), |(n, length), c| {
            (n.wrapping_mul(10).wrapping_add(i64::from(u32::from(*c)) - 48), length + 1)
        })
    };
    let (x_run, y_run) = (number(&a), number(&b));
    if x_run == y_run { x < y } else { x_run < y_run }
}

/// Sorts entries by key, stable, whatever the relation does.
pub(super) fn sort<K: AsRef<[u8]>, T>(order: Order, entries: Vec<(K, T)>) -> Vec<(K, T)> {
    let mut runs: Vec<Vec<(K, T)>> = entries.into_iter().map(|entry| vec![entry]).collect();
    while runs.len() > 1 {
        let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
        let mut pairs = runs.into_iter();
        while let Some(left) = pairs.next() {
            merged.push(match pairs.next() {
                Some(right) => merge(order, left, right),
                None => left,
            });
        }
        runs = merged;
    }
    runs.pop().unwrap_or_default()
}

fn merge<K: AsRef<[u8]>, T>(order: Order, left: Vec<(K, T)>, right: Vec<(K, T)>) -> Vec<(K, T)> {
    let mut out = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let from = if less(order, b.0.as_ref(), a.0.as_ref()) { &mut right } else { &mut left };
        out.extend(from.next());
    }
    out.extend(left);
    out.extend(right);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted<'a>(order: Order, keys: &[&'a str]) -> Vec<&'a str> {
        sort(order, keys.iter().map(|k| (*k, ())).collect()).into_iter().map(|(k, ())| k).collect()
    }

    #[test]
    fn numbers_in_keys_count_as_numbers() {
        let v2 = ["10", "1a", "1e3", "a-1", "a1", "a1-", "a9", "a10", "a1b"];
        let v3 = ["1a", "1e3", "10", "a-1", "a1", "a1b", "a1-", "a9", "a10"];
        assert_eq!(sorted(Order::V2, &v3)[..4], v2[..4]);
        assert_eq!(sorted(Order::V3, &v2)[..4], v3[..4]);
        let both = ["-", "_", "1", "9", "10", "B", "a", "b-", "b_", "b1", "b01", "b9", "b10", "ba", "é"];
        assert_eq!(sorted(Order::V2, &both), both);
    }
}
