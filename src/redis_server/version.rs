//! Which Redis it is.
//!
//! In: a tag or a version (`7.4.1-alpine`, `v7.2`, `6.2.7-debian-11-r9`). Out: a [`Version`] that compares.

use std::fmt;

/// A release line of Redis: `7.4` for 7.4.0 and 7.4.1, which know the same directives and write the same files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Version {
    /// The 7 of `7.4.1`.
    pub major: u16,
    /// The 4 of `7.4.1`.
    pub minor: u16,
}

impl Version {
    /// Redis 5.0, the oldest that the tables know.
    pub const V5_0: Version = Version { major: 5, minor: 0 };
    /// Redis 6.0: access control lists, TLS, io threads.
    pub const V6_0: Version = Version { major: 6, minor: 0 };
    /// Redis 6.2.
    pub const V6_2: Version = Version { major: 6, minor: 2 };
    /// Redis 7.0: the append-only file in many parts, functions.
    pub const V7_0: Version = Version { major: 7, minor: 0 };
    /// Redis 7.2.
    pub const V7_2: Version = Version { major: 7, minor: 2 };
    /// Redis 7.4.
    pub const V7_4: Version = Version { major: 7, minor: 4 };
    /// Redis 8.0, the newest that the tables know.
    pub const V8_0: Version = Version { major: 8, minor: 0 };

    /// The release lines that the tables of this room know, oldest first.
    pub const KNOWN: [Version; 7] =
        [Version::V5_0, Version::V6_0, Version::V6_2, Version::V7_0, Version::V7_2, Version::V7_4, Version::V8_0];

    /// Reads the start of a tag; what follows major and minor does not matter.
    ///
    /// A tag without a minor (`redis:7`) moves: it means the newest known line of that major, as the registry's would.
    /// `None` for words (`latest`, `alpine`) and for numbers that no Redis ever had.
    ///
    /// ```
    /// use chartwright::redis_server::Version;
    /// assert_eq!(Version::parse("7.4.1-alpine"), Some(Version::V7_4));
    /// assert_eq!(Version::parse("v6.2"), Some(Version::V6_2));
    /// assert_eq!(Version::parse("7"), Some(Version::V7_4));
    /// assert_eq!(Version::parse("latest"), None);
    /// ```
    pub fn parse(tag: &str) -> Option<Version> {
        let text = tag.strip_prefix('v').unwrap_or(tag);
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let mut parts = text.get(..end)?.split('.');
        let major: u16 = parts.next()?.parse().ok().filter(|major| (1..100).contains(major))?;
        match parts.next().filter(|part| !part.is_empty()) {
            Some(minor) => Some(Version { major, minor: minor.parse().ok()? }),
            None => Version::KNOWN.into_iter().rev().find(|known| known.major == major),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_gives_its_release_line_and_a_word_none() {
        for (tag, want) in [
            ("6.2.7-debian-11-r9", Some(Version::V6_2)),
            ("8", Some(Version::V8_0)),
            ("7.", Some(Version::V7_4)),
            ("7.0.15", Some(Version::V7_0)),
            ("8.6.0", Some(Version { major: 8, minor: 6 })),
            ("alpine", None),
            ("", None),
            ("v", None),
            ("20240101", None),
            ("99999999999.1", None),
            ("7.99999999", None),
            ("4", None),
            ("4.0", Some(Version { major: 4, minor: 0 })),
        ] {
            assert_eq!(Version::parse(tag), want, "{tag}");
        }
    }
}
