//! Go's runes: code points read from bytes that need not be UTF-8, and Go's classes of them.
//!
//! In: bytes or characters. Out: what Go's `utf8` and `unicode` packages say of them. Each
//! byte that is not UTF-8 counts as one U+FFFD, where Rust's own decoder may join several.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// What a byte that is not UTF-8 reads as.
pub const ERROR: char = char::REPLACEMENT_CHARACTER;

/// The first rune of some bytes and its length; `(ERROR, 1)` for a byte that is not UTF-8,
/// `(ERROR, 0)` for no bytes.
pub fn decode(bytes: &[u8]) -> (char, usize) {
    let Some(first) = bytes.first() else { return (ERROR, 0) };
    let length = match first {
        0..=0x7f => return (char::from(*first), 1),
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return (ERROR, 1),
    };
    let rune = bytes.get(..length).and_then(|b| std::str::from_utf8(b).ok()).and_then(|s| s.chars().next());
    rune.map_or((ERROR, 1), |c| (c, length))
}

/// The runes of some bytes with the bytes each was read from.
pub fn runes(mut bytes: &[u8]) -> impl Iterator<Item = (char, &[u8])> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let (rune, length) = decode(bytes);
        let (head, tail) = bytes.split_at(length.min(bytes.len()));
        bytes = tail;
        Some((rune, head))
    })
}

/// Number of runes.
pub fn count(bytes: &[u8]) -> usize {
    if bytes.is_ascii() { bytes.len() } else { runes(bytes).count() }
}

/// Appends a rune as UTF-8.
pub fn push(out: &mut Vec<u8>, rune: char) {
    out.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Appends the rune of that number; U+FFFD where there is none.
pub fn push_code(out: &mut Vec<u8>, code: u64) {
    push(out, u32::try_from(code).ok().and_then(char::from_u32).unwrap_or(ERROR));
}

/// `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub fn is_print(rune: char) -> bool {
    if rune.is_ascii() {
        return (' '..='~').contains(&rune);
    }
    use GeneralCategoryGroup::{Letter, Mark, Number, Punctuation, Symbol};
    matches!(rune.general_category_group(), Letter | Mark | Number | Punctuation | Symbol)
}

/// `unicode.IsLetter`.
pub fn is_letter(rune: char) -> bool {
    if rune.is_ascii() {
        return rune.is_ascii_alphabetic();
    }
    rune.general_category_group() == GeneralCategoryGroup::Letter
}

/// `unicode.IsNumber`.
pub fn is_number(rune: char) -> bool {
    if rune.is_ascii() {
        return rune.is_ascii_digit();
    }
    rune.general_category_group() == GeneralCategoryGroup::Number
}

/// `unicode.IsDigit`.
pub fn is_digit(rune: char) -> bool {
    if rune.is_ascii() {
        return rune.is_ascii_digit();
    }
    rune.general_category() == GeneralCategory::DecimalNumber
}

/// `unicode.IsPunct`.
pub fn is_punctuation(rune: char) -> bool {
    if rune.is_ascii() {
        // Symbols, to Unicode: signs of arithmetic and money, and accents.
        return rune.is_ascii_punctuation() && !matches!(rune, '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~');
    }
    rune.general_category_group() == GeneralCategoryGroup::Punctuation
}

/// `unicode.IsUpper`.
pub fn is_upper(rune: char) -> bool {
    if rune.is_ascii() {
        return rune.is_ascii_uppercase();
    }
    rune.general_category() == GeneralCategory::UppercaseLetter
}

/// `unicode.IsLower`.
pub fn is_lower(rune: char) -> bool {
    if rune.is_ascii() {
        return rune.is_ascii_lowercase();
    }
    rune.general_category() == GeneralCategory::LowercaseLetter
}

/// `unicode.IsTitle`.
pub fn is_title(rune: char) -> bool {
    rune.general_category() == GeneralCategory::TitlecaseLetter
}

/// `unicode.ToUpper`: one rune for one rune, so `ß` stays as it is.
pub fn to_upper(rune: char) -> char {
    let mut upper = rune.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(c), None) => c,
        _ => match rune {
            // Greek with iota below: the full mapping writes the iota out, the simple one does not.
            '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => {
                char::from_u32(u32::from(rune) + 8).unwrap_or(rune)
            }
            '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => char::from_u32(u32::from(rune) + 9).unwrap_or(rune),
            _ => rune,
        },
    }
}

/// `unicode.ToLower`: one rune for one rune.
pub fn to_lower(rune: char) -> char {
    // The first of several is the simple mapping: `İ` is `i` and a dot in full.
    rune.to_lowercase().next().unwrap_or(rune)
}

/// `unicode.ToTitle`: as upper case, but for the digraphs and Georgian.
pub fn to_title(rune: char) -> char {
    match rune {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        '\u{10d0}'..='\u{10fa}' | '\u{10fd}'..='\u{10ff}' => rune,
        _ => to_upper(rune),
    }
}

/// Go's `strings.Map`: each rune through `change`; bytes that are not UTF-8 become U+FFFD.
pub fn map(text: &[u8], mut change: impl FnMut(char) -> char) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for (rune, _) in runes(text) {
        push(&mut out, change(rune));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_for_ascii_says_what_unicode_says() {
        for rune in (0..=127_u8).map(char::from) {
            let (group, category) = (rune.general_category_group(), rune.general_category());
            assert_eq!(is_letter(rune), group == GeneralCategoryGroup::Letter, "{rune:?}");
            assert_eq!(is_number(rune), group == GeneralCategoryGroup::Number, "{rune:?}");
            assert_eq!(is_digit(rune), category == GeneralCategory::DecimalNumber, "{rune:?}");
            assert_eq!(is_punctuation(rune), group == GeneralCategoryGroup::Punctuation, "{rune:?}");
            assert_eq!(is_upper(rune), category == GeneralCategory::UppercaseLetter, "{rune:?}");
            assert_eq!(is_lower(rune), category == GeneralCategory::LowercaseLetter, "{rune:?}");
        }
    }

    #[test]
    fn each_bad_byte_is_a_rune_of_its_own() {
        assert_eq!(runes(b"\xe2\x82a").map(|(c, _)| c).collect::<String>(), "\u{fffd}\u{fffd}a");
        assert_eq!(count("é\u{ff}".as_bytes()), 2);
    }

    #[test]
    fn case_maps_one_rune_to_one_rune() {
        assert_eq!((to_upper('ß'), to_lower('İ'), to_title('ǆ'), to_upper('ᾳ')), ('ß', 'i', 'ǅ', 'ᾼ'));
    }
}
