//! What the library answers to an input, as far as the fuzzer cares.
//!
//! In: the texts of errors and findings. Out: an [`Answer`]: a number that tells kinds of answers apart,
//! so that inputs with a new one are worth changing further, or the promise that was broken.

use std::hash::{DefaultHasher, Hash, Hasher};

/// What came of an input.
#[derive(Debug, Default)]
pub struct Answer {
    /// The kinds of answers that were given, each as a hash.
    pub kinds: Vec<u64>,
    /// A promise that the library broke.
    pub broken: Option<String>,
}

impl Answer {
    /// Notes a text that the library gave. Numbers, and what stands in quotes, are the input's own and
    /// do not make another kind.
    pub fn say(&mut self, text: &str) {
        let mut hasher = DefaultHasher::new();
        let mut quote = None;
        for c in text.chars().take(400) {
            match quote {
                Some(open) if c == open => quote = None,
                Some(_) => continue,
                None if matches!(c, '"' | '`' | '\'') => quote = Some(c),
                None if c.is_ascii_digit() => {}
                None => c.hash(&mut hasher),
            }
        }
        self.kinds.push(hasher.finish());
    }

    /// Notes a value whose every difference counts.
    pub fn note(&mut self, what: impl Hash) {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        self.kinds.push(hasher.finish());
    }

    /// Notes that a promise was broken; the first one is told.
    pub fn broke(&mut self, promise: impl Into<String>) {
        self.broken.get_or_insert(promise.into());
    }
}
