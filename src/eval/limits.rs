//! How much a run may use before it ends in an ordinary error.
//!
//! In: numbers of an embedder, or the defaults here, each with its reason. Out: what a run
//! counts against. All counts are the same on every machine: no limit looks at a clock.

use crate::value::{Value, live};

/// Limits of one run. Of 250 charts all stay below a tenth of each default but six, which make keys and certificates.
/// With the defaults a run ends within two seconds and 256 MiB, whatever its templates do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Templates that may be running inside each other. Helm stops an `include` of itself
    /// after 1,000 rounds; this one also holds `template` and mixtures.
    pub depth: usize,
    /// Steps in all: a statement, a loop round, a call, each 64 bytes that a call reads or makes.
    pub steps: u64,
    /// Bytes of output, of all files together or of one `include`. The API server takes objects
    /// of at most 3 MiB, and Helm stores a whole release in one.
    pub output_bytes: usize,
    /// Bytes that one call may be given or give back, counted through lists and maps: those that
    /// share their parts can come to more than any memory holds.
    pub value_bytes: usize,
    /// Bytes of text that calls give back, in all.
    pub text_bytes: usize,
    /// About how many bytes lists and maps may take at one time.
    pub memory_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            depth: 3_000,
            steps: 10_000_000,
            output_bytes: 32 << 20,
            value_bytes: 16 << 20,
            text_bytes: 64 << 20,
            memory_bytes: 128 << 20,
        }
    }
}

impl Limits {
    /// The names of the limits, as [`set`](Limits::set) takes them and as errors tell them.
    pub const NAMES: [&'static str; 6] =
        ["depth", "steps", "output-bytes", "value-bytes", "text-bytes", "memory-bytes"];

    /// The limit of a name.
    pub fn get(&self, name: &str) -> Option<u64> {
        let size = match name {
            "depth" => self.depth,
            "steps" => return Some(self.steps),
            "output-bytes" => self.output_bytes,
            "value-bytes" => self.value_bytes,
            "text-bytes" => self.text_bytes,
            "memory-bytes" => self.memory_bytes,
            _ => return None,
        };
        u64::try_from(size).ok()
    }

    /// Sets the limit of a name; false when there is none of it.
    ///
    /// ```
    /// let mut limits = chartwright::eval::Limits::default();
    /// assert!(limits.set("steps", 1_000) && limits.steps == 1_000);
    /// assert!(!limits.set("stairs", 1));
    /// ```
    pub fn set(&mut self, name: &str, number: u64) -> bool {
        let size = usize::try_from(number).unwrap_or(usize::MAX);
        match name {
            "depth" => self.depth = size,
            "steps" => self.steps = number,
            "output-bytes" => self.output_bytes = size,
            "value-bytes" => self.value_bytes = size,
            "text-bytes" => self.text_bytes = size,
            "memory-bytes" => self.memory_bytes = size,
            _ => return false,
        }
        true
    }
}

/// The message of a limit that was met.
pub(super) fn exceeded(name: &str, limit: impl std::fmt::Display, what: &str) -> String {
    format!("more than {limit} {what} (limit {name})")
}

/// How deep a value may be that is printed. Values of charts nest a dozen levels.
pub(super) const PRINTED_DEPTH: usize = 200;

/// How deep values are followed; what walks them stops with an error of its own before that.
const DEEPEST: usize = 1_000;

/// Bytes of a value through all that it holds, counting what is shared each time it is met;
/// `None` when they are more than `limit`. Also tells how deep it is.
pub(super) fn measure(values: &[Value], limit: usize) -> Option<Size> {
    let mut size = Size { bytes: 0, depth: 0 };
    for value in values {
        size.add(value, limit, 0)?;
    }
    Some(size)
}

/// What [`measure`] found.
pub(super) struct Size {
    pub bytes: usize,
    /// Lists and maps inside each other; no more than `DEEPEST` are followed.
    pub depth: usize,
}

impl Size {
    fn add(&mut self, value: &Value, limit: usize, depth: usize) -> Option<()> {
        self.bytes += size_of::<Value>();
        match value {
            Value::Str(text) => self.bytes += text.len(),
            Value::List(_) | Value::Map(_) => {
                self.depth = self.depth.max(depth + 1);
                if depth < DEEPEST {
                    stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.inside(value, limit, depth + 1))?;
                }
            }
            _ => {}
        }
        (self.bytes <= limit).then_some(())
    }

    fn inside(&mut self, value: &Value, limit: usize, depth: usize) -> Option<()> {
        match value {
            Value::List(list) => list.iter().try_for_each(|item| self.add(item, limit, depth)),
            Value::Map(map) => map.entries().iter().try_for_each(|(key, item)| {
                self.bytes += key.len();
                self.add(item, limit, depth)
            }),
            _ => Some(()),
        }
    }
}

/// Bytes of a value itself, without looking into lists and maps.
pub(super) fn shallow(value: &Value) -> usize {
    match value {
        Value::Str(text) => text.len(),
        Value::List(list) => list.len() * size_of::<Value>(),
        _ => 0,
    }
}

/// What lists and maps take now, for the difference later.
pub(super) fn live_bytes() -> usize {
    live::bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_counts_each_time_and_a_cycle_ends() {
        let shared = (0..40).fold(Value::from("x"), |inner, _| Value::list(vec![inner.clone(), inner]));
        assert!(measure(&[shared], 1 << 20).is_none());
        let map = crate::value::Map::new();
        map.insert("a", Value::Map(map.clone()));
        let size = measure(&[Value::Map(map)], 1 << 20).map(|size| size.depth);
        assert_eq!(size, Some(DEEPEST + 1));
    }

    #[test]
    fn every_limit_can_be_set_by_its_name() {
        let mut limits = Limits::default();
        assert!(Limits::NAMES.iter().all(|name| limits.set(name, 7)));
        assert_eq!((limits.depth, limits.steps, limits.memory_bytes, limits.text_bytes), (7, 7, 7, 7));
        assert_eq!((limits.output_bytes, limits.value_bytes), (7, 7));
    }
}
