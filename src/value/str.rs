//! A Go string: bytes that are usually, but not always, UTF-8.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// How many bytes fit into a [`Str`] itself. Most keys and words of a chart do.
const INLINE: usize = 22;

/// Immutable bytes, cheap to clone, ordered bytewise as Go orders strings.
#[derive(Clone)]
pub struct Str(Repr);

#[derive(Clone)]
enum Repr {
    Inline { length: u8, bytes: [u8; INLINE] },
    Shared(Arc<[u8]>),
}

impl Str {
    /// No bytes.
    pub const EMPTY: Str = Str(Repr::Inline { length: 0, bytes: [0; INLINE] });

    fn inline(text: &[u8]) -> Option<Str> {
        let mut bytes = [0; INLINE];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(Str(Repr::Inline { length: u8::try_from(text.len()).ok()?, bytes }))
    }

    /// The text, where the bytes are UTF-8.
    pub fn to_utf8(&self) -> Option<&str> {
        std::str::from_utf8(self).ok()
    }

    /// The text; bytes that are not UTF-8 become U+FFFD.
    pub fn to_text(&self) -> Cow<'_, str> {
        crate::source::lossy(self)
    }
}

impl Deref for Str {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Repr::Shared(bytes) => bytes,
        }
    }
}

impl PartialEq for Str {
    fn eq(&self, other: &Str) -> bool {
        **self == **other
    }
}

impl Eq for Str {}

impl PartialOrd for Str {
    fn partial_cmp(&self, other: &Str) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Str {
    fn cmp(&self, other: &Str) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl Hash for Str {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // As the slice does, so that a map can be asked with one.
        (**self).hash(state);
    }
}

impl Borrow<[u8]> for Str {
    fn borrow(&self) -> &[u8] {
        self
    }
}

impl AsRef<[u8]> for Str {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Default for Str {
    fn default() -> Self {
        Str::EMPTY
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Self {
        Str::from(text.as_bytes())
    }
}

impl From<String> for Str {
    fn from(text: String) -> Self {
        Str::from(text.as_bytes())
    }
}

impl From<&[u8]> for Str {
    fn from(text: &[u8]) -> Self {
        Str::inline(text).unwrap_or_else(|| Str(Repr::Shared(Arc::from(text))))
    }
}

impl From<Vec<u8>> for Str {
    fn from(text: Vec<u8>) -> Self {
        Str::from(text.as_slice())
    }
}

impl From<Arc<[u8]>> for Str {
    fn from(text: Arc<[u8]>) -> Self {
        Str::inline(&text).unwrap_or(Str(Repr::Shared(text)))
    }
}

impl PartialEq<str> for Str {
    fn eq(&self, other: &str) -> bool {
        **self == *other.as_bytes()
    }
}

impl PartialEq<&str> for Str {
    fn eq(&self, other: &&str) -> bool {
        **self == *other.as_bytes()
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_text(), f)
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_text(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_texts_compare_and_hash_as_their_bytes() {
        let long = "a".repeat(INLINE + 1);
        let mut texts = vec![Str::from("b"), Str::from(&*long), Str::EMPTY, Str::from(&long[1..])];
        texts.sort();
        assert_eq!(texts, ["", &long[1..], &long, "b"]);
        assert_eq!(Str::from(Arc::<[u8]>::from(&b"x"[..])), Str::from("x"));
        assert_eq!(std::mem::size_of::<Str>(), 24);
    }
}
