//! `<no value>`, which Go prints for what is missing and Helm then removes.
//!
//! In: a rendered text. Out: the text without it, and where each byte went.

/// What Go prints for a value that is not there.
pub(crate) const NO_VALUE: &[u8] = b"<no value>";

/// The places of `<no value>` in one text.
pub(crate) struct NoValue {
    places: Vec<usize>,
}

impl NoValue {
    /// Looks for it.
    pub fn find(text: &[u8]) -> NoValue {
        NoValue { places: memchr::memmem::find_iter(text, NO_VALUE).collect() }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The same text without it.
    pub fn without(&self, text: Vec<u8>) -> Vec<u8> {
        if self.is_empty() {
            return text;
        }
        let mut out = Vec::with_capacity(text.len());
        let mut from = 0;
        for place in &self.places {
            out.extend_from_slice(text.get(from..*place).unwrap_or_default());
            from = place + NO_VALUE.len();
        }
        out.extend_from_slice(text.get(from..).unwrap_or_default());
        out
    }

    /// Where a byte of the text is after the removal.
    pub fn moved(&self, offset: usize) -> usize {
        let before = self.places.partition_point(|place| *place < offset);
        let last = before.checked_sub(1).and_then(|i| self.places.get(i));
        let inside = last.map_or(0, |place| (place + NO_VALUE.len()).saturating_sub(offset));
        offset + inside - before * NO_VALUE.len()
    }
}
