//! Amounts of memory as redis.conf writes them.
//!
//! In: `256mb`. Out: bytes. Redis' units are not those of Kubernetes: `k`, `m`, `g` are powers of 1000 and `kb`, `mb`,
//! `gb` powers of 1024, in any case; `Ki`, `Mi`, `Gi` are unknown and keep the server from starting.

/// Why a text is no amount of memory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// `512Mi`: a unit that only Kubernetes has. Holds what Redis calls the same amount.
    #[error("a unit of Kubernetes; Redis calls it `{redis}`")]
    Kubernetes {
        /// The same amount in Redis' words (`512mb`).
        redis: String,
    },
    /// `1tb`: a unit that nobody has.
    #[error("unknown unit `{unit}`; there are b, k, kb, m, mb, g and gb")]
    Unit {
        /// The unit as it stands there.
        unit: String,
    },
    /// `abc`, `-1`, `1.5gb`: no number in front of the unit.
    #[error("not a whole number of bytes")]
    Number,
}

/// The units, in lower case, with what one of them is in bytes.
const UNITS: [(&str, u64); 8] = [
    ("", 1),
    ("b", 1),
    ("k", 1000),
    ("kb", 1 << 10),
    ("m", 1_000_000),
    ("mb", 1 << 20),
    ("g", 1_000_000_000),
    ("gb", 1 << 30),
];

/// Reads an amount of memory and returns **bytes**.
///
/// A number too large for 64 bits is held at the largest, and no number at all is 0: Redis 7.0 starts with
/// `maxmemory 99999999999999999999`, with `maxmemory kb` and with `maxmemory ""`.
///
/// # Errors
/// [`SizeError`]: no digits in front (`-1`, `1.5gb`), or a unit that Redis does not have.
///
/// ```
/// use chartwright::redis_server::sizes::{SizeError, bytes};
/// assert_eq!(bytes("256mb"), Ok(268_435_456));
/// assert_eq!(bytes("256M"), Ok(256_000_000));
/// assert_eq!(bytes("1Gi"), Err(SizeError::Kubernetes { redis: "1gb".into() }));
/// ```
pub fn bytes(text: &str) -> Result<u64, SizeError> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let lower = unit.to_ascii_lowercase();
    let Some((_, each)) = UNITS.iter().find(|(name, _)| *name == lower) else {
        if digits.is_empty() || !unit.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(SizeError::Number);
        }
        return Err(match lower.as_str() {
            "ki" | "mi" | "gi" | "kib" | "mib" | "gib" => {
                SizeError::Kubernetes { redis: format!("{digits}{}b", lower.get(..1).unwrap_or("")) }
            }
            _ => SizeError::Unit { unit: unit.to_owned() },
        });
    };
    let number = if digits.is_empty() { 0 } else { digits.parse().unwrap_or(u64::MAX) };
    Ok(number.saturating_mul(*each))
}

/// Bytes in the words of people: the largest unit of 1024 that leaves a number of at most one decimal place.
pub fn human(bytes: u64) -> String {
    for (unit, each) in [("GiB", 1_u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] {
        if bytes >= each {
            let tenths = bytes / (each / 10).max(1);
            return match bytes % each {
                0 => format!("{} {unit}", bytes / each),
                _ => format!("{}.{} {unit}", tenths / 10, tenths % 10),
            };
        }
    }
    format!("{bytes} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_redis_own_in_any_case() {
        for (text, want) in [
            ("0", 0),
            ("1b", 1),
            ("1k", 1000),
            ("1K", 1000),
            ("1kb", 1024),
            ("1Kb", 1024),
            ("2m", 2_000_000),
            ("2MB", 2 << 20),
            ("1g", 1_000_000_000),
            ("1GB", 1 << 30),
            ("kb", 0),
            ("", 0),
            ("99999999999999999999999", u64::MAX),
            ("99999999999gb", u64::MAX),
        ] {
            assert_eq!(bytes(text), Ok(want), "{text}");
        }
    }

    #[test]
    fn what_no_redis_reads_says_why() {
        let kubernetes = |redis: &str| SizeError::Kubernetes { redis: redis.into() };
        let unit = |unit: &str| SizeError::Unit { unit: unit.into() };
        for (text, want) in [
            ("512Mi", kubernetes("512mb")),
            ("1GiB", kubernetes("1gb")),
            ("1tb", unit("tb")),
            ("1 ", SizeError::Number),
            ("-1", SizeError::Number),
            ("1.5gb", SizeError::Number),
            ("75%", SizeError::Number),
            ("five", SizeError::Number),
            ("1é", SizeError::Number),
        ] {
            assert_eq!(bytes(text), Err(want), "{text}");
        }
    }

    #[test]
    fn amounts_read_well() {
        for (amount, want) in [(12, "12 bytes"), (1 << 30, "1 GiB"), (768 << 20, "768 MiB"), (3_650_722_201, "3.4 GiB")]
        {
            assert_eq!(human(amount), want);
        }
    }
}
