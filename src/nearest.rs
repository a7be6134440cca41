//! The known word that looks most like a mistyped one.
//!
//! In: a word, and those that exist. Out: the closest one, when it is close enough to be meant.

/// Longer words are no typos of anything; comparing takes the square of their length.
const LONGEST: usize = 100;

/// The closest of the known words; `None` when each would take more edits than a third of the word's length.
pub(crate) fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let length = word.chars().count();
    if length > LONGEST {
        return None;
    }
    let lower = |into: &mut Vec<char>, word: &str| {
        into.clear();
        into.extend(word.chars().flat_map(char::to_lowercase));
    };
    let (mut from, mut to) = (Vec::new(), Vec::new());
    lower(&mut from, word);
    let mut limit = (length / 3).max(1);
    let mut best = None;
    for known in known {
        // As many edits as the lengths differ by are needed at least.
        if known.is_empty() || known.len() > 4 * LONGEST || length.abs_diff(known.chars().count()) > limit {
            continue;
        }
        lower(&mut to, known);
        if let Some(edits) = distance(&from, &to, limit) {
            best = Some(known);
            // Only a closer one is looked for from here on.
            match edits.checked_sub(1) {
                Some(fewer) => limit = fewer,
                None => break,
            }
        }
    }
    best
}

/// How many letters must be put in, taken out, replaced or swapped with their neighbour; `None` when they are more than
/// `limit`.
fn distance(from: &[char], to: &[char], limit: usize) -> Option<usize> {
    // What both begin and end with takes no edits, and most of a long name is that.
    let same = from.iter().zip(to).take_while(|(a, b)| a == b).count();
    let (from, to) = (from.get(same..)?, to.get(same..)?);
    let same = from.iter().rev().zip(to.iter().rev()).take_while(|(a, b)| a == b).count();
    let (from, to) = (from.get(..from.len() - same)?, to.get(..to.len() - same)?);
    if limit == 0 {
        return (from.is_empty() && to.is_empty()).then_some(0);
    }
    if differing(from, to) > limit {
        return None;
    }
    let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
    let mut before: Vec<usize> = vec![usize::MAX / 2; to.len() + 1];
    let mut row: Vec<usize> = (0..=to.len()).collect();
    let mut next: Vec<usize> = Vec::with_capacity(to.len() + 1);
    for (i, a) in from.iter().enumerate() {
        next.clear();
        next.push(i + 1);
        for (j, b) in to.iter().enumerate() {
            let mut least = (at(&row, j) + usize::from(a != b)).min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let swapped = i > 0 && j > 0 && from.get(i - 1) == Some(b) && to.get(j - 1) == Some(a);
            if swapped {
                least = least.min(at(&before, j - 1) + 1);
            }
            next.push(least);
        }
        // No later row has fewer than the least of two that follow each other.
        if next.iter().chain(&row).all(|edits| *edits > limit) {
            return None;
        }
        std::mem::swap(&mut before, &mut row);
        std::mem::swap(&mut row, &mut next);
    }
    Some(at(&row, to.len())).filter(|edits| *edits <= limit)
}

/// How many letters of one text the other does not have, wherever they stand: so many edits are needed at least. It
/// tells strangers apart at once.
fn differing(from: &[char], to: &[char]) -> usize {
    let mut counts = [0i32; 128];
    let place = |letter: char| letter as usize % 128;
    from.iter().for_each(|letter| counts.get_mut(place(*letter)).into_iter().for_each(|count| *count += 1));
    to.iter().for_each(|letter| counts.get_mut(place(*letter)).into_iter().for_each(|count| *count -= 1));
    let more: u32 = counts.iter().filter(|count| **count > 0).map(|count| count.unsigned_abs()).sum();
    let less: u32 = counts.iter().filter(|count| **count < 0).map(|count| count.unsigned_abs()).sum();
    more.max(less) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_its_word_and_a_stranger_none() {
        let known = ["port", "nodePort", "type", "annotations"];
        for (word, want) in [
            ("portt", Some("port")),
            ("prot", Some("port")),
            ("NODEPORT", Some("nodePort")),
            ("anotations", Some("annotations")),
            ("bogus", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known.into_iter()), want, "{word}");
        }
    }
}
