//! The minors in which a row of a table holds.

use super::problem::Minor;

/// First and last minor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Minors(u8, u8);

impl Minors {
    pub(super) const ALL: Minors = Minors(0, u8::MAX);

    pub(super) fn hold(self, minor: Minor) -> bool {
        (self.0..=self.1).contains(&minor.0)
    }

    /// Takes ` @33-36` off the end of a row; a row without holds always.
    pub(super) fn split(row: &str) -> (&str, Minors) {
        let read = || {
            let (row, range) = row.rsplit_once(" @")?;
            let (first, last) = range.split_once('-')?;
            Some((row, Minors(first.parse().ok()?, last.parse().ok()?)))
        };
        read().unwrap_or((row, Minors::ALL))
    }
}
