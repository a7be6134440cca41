//! Failures of templates, as `failedTemplate` sees them.
//!
//! In: the message of a failed render. Out: the file that failed, and what is left to compare.

use crate::diag::{Diagnostic, Place};

/// The longest name of a release, and the signs it may have.
const LONGEST_NAME: usize = 53;

/// What is wrong with the name of a release; capital letters are taken for the name that is there by default.
pub(super) fn name(name: &str, place: &Place) -> Option<Diagnostic> {
    let is_plain = |part: &str| {
        part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && part.starts_with(|c: char| c != '-')
            && part.ends_with(|c: char| c != '-')
    };
    let is_good = name == "RELEASE-NAME" || name.len() <= LONGEST_NAME && name.split('.').all(is_plain);
    (!is_good).then(|| {
        let text = format!(
            "`{name}` is no name of a release: at most {LONGEST_NAME} small letters, digits, `-` and `.` were expected"
        );
        Diagnostic::error("bad-release-name", text).at(place.clone())
    })
}

/// The file that a message names, and what follows the place; of several lines, all but the first.
pub(super) fn read(message: &str) -> Option<(String, String)> {
    // First those places that stand behind a colon, then those in brackets.
    let begins = [": ", " ("]
        .into_iter()
        .flat_map(|mark| message.match_indices(mark).map(|(at, mark)| at + mark.len()).filter(|at| *at > 2));
    let (file, rest) = begins.into_iter().find_map(|at| split(message.get(at..)?))?;
    let text = match message.split_once('\n') {
        Some((_, rest)) => rest,
        None => rest,
    };
    Some((file.to_owned(), text.to_owned()))
}

/// `FILE:1:2…: REST`, where REST ends with its line.
fn split(text: &str) -> Option<(&str, &str)> {
    for (colon, _) in text.match_indices(':').filter(|(at, _)| *at > 0) {
        let after = text.get(colon + 1..)?;
        let line = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let behind = after.get(line..)?;
        let Some(column) = behind.strip_prefix(':') else { continue };
        if line == 0 || !column.starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        // One digit is the place; at least one sign more stands before the next colon with a blank.
        let rest = column.get(2..)?;
        let Some(at) = rest.find(": ").filter(|at| rest.len() > at + 2) else { continue };
        let rest = rest.get(at + 2..)?;
        return Some((text.get(..colon)?, rest.split('\n').next().unwrap_or(rest)));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_and_the_reason_are_taken_out_of_a_message() {
        let read = |text| read(text).map(|(file, text)| format!("{file}|{text}"));
        let cases = [
            ("execution error at (c/templates/a.yaml:12:4): no port", Some("c/templates/a.yaml|no port")),
            (
                "template: c/templates/a.yaml:1:20: executing \"c/templates/a.yaml\" at <.Values.x.y>: nil pointer evaluating interface {}.y",
                Some("c/templates/a.yaml|nil pointer evaluating interface {}.y"),
            ),
            (
                "execution error at (c/templates/a.yaml:1:4): first\nsecond\nthird",
                Some("c/templates/a.yaml|second\nthird"),
            ),
            ("parse error at (c/templates/a.yaml:1): unexpected EOF", None),
        ];
        for (text, want) in cases {
            assert_eq!(read(text).as_deref(), want, "{text}");
        }
    }
}
