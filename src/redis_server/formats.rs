//! What each Redis writes to disk, and who can read it: in upgrades, rollbacks and replication.
//!
//! In: two [`Version`]s. Out: whether the second reads what the first wrote.
//!
//! Every number here was read from a file that a server of that version wrote, and every refusal was seen.

use super::version::Version;

/// The version in the head of an RDB file (`REDIS0011` is 11). Not 8.0 itself but its first milestone was run.
pub fn rdb_version(redis: Version) -> u32 {
    match redis {
        v if v < Version::V7_0 => 9,
        v if v < Version::V7_2 => 10,
        v if v < Version::V7_4 => 11,
        _ => 12,
    }
}

/// How the append-only file lies in the data folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AofLayout {
    /// Before 7.0: one file, `appendonly.aof`.
    OneFile,
    /// From 7.0: a base, increments and a manifest in the folder `appendonlydir`.
    Folder,
}

/// How this version lays out its append-only file.
///
/// 7.0 takes a file of the older layout along when it starts. The way back is silent: 6.2 finds no `appendonly.aof`,
/// starts without an error and without data.
pub fn aof_layout(redis: Version) -> AofLayout {
    if redis < Version::V7_0 { AofLayout::OneFile } else { AofLayout::Folder }
}

/// What happens to the data when a server starts on the files of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// The data is there.
    Complete,
    /// It starts, without an error and without data.
    Empty,
    /// It does not start: the format of the snapshot is newer than the server.
    Refused,
}

/// What `new` makes of the data folder of `old`; `aof` says whether the append-only file is on.
///
/// ```
/// use chartwright::redis_server::{Version, formats::{Reading, reads}};
/// assert_eq!(reads(Version::V6_2, Version::V7_4, true), Reading::Complete);
/// assert_eq!(reads(Version::V7_4, Version::V7_0, true), Reading::Refused); // the base of an AOF is a snapshot
/// assert_eq!(reads(Version::V7_0, Version::V6_2, true), Reading::Empty);
/// ```
pub fn reads(old: Version, new: Version, aof: bool) -> Reading {
    if aof && aof_layout(old) == AofLayout::Folder && aof_layout(new) == AofLayout::OneFile {
        return Reading::Empty;
    }
    if rdb_version(old) > rdb_version(new) { Reading::Refused } else { Reading::Complete }
}

/// Whether a replica can follow a master: the full copy that it begins with is a snapshot of the master's version.
///
/// An older replica keeps asking, with its link down; a newer one follows.
pub fn follows(replica: Version, master: Version) -> bool {
    rdb_version(master) <= rdb_version(replica)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshots_are_read_forward_and_never_back() {
        for (at, old) in Version::KNOWN.into_iter().enumerate() {
            for (other, new) in Version::KNOWN.into_iter().enumerate() {
                let reading = reads(old, new, false);
                if at <= other {
                    assert_eq!(reading, Reading::Complete, "{old} to {new}");
                    assert!(follows(new, old), "{new} follows {old}");
                }
            }
        }
        assert_eq!(reads(Version::V7_2, Version::V7_0, false), Reading::Refused);
        assert_eq!(reads(Version::V6_2, Version::V6_0, false), Reading::Complete);
        assert!(!follows(Version::V7_0, Version::V7_4));
    }

    #[test]
    fn the_way_back_over_seven_loses_an_append_only_file_in_silence() {
        assert_eq!(reads(Version::V7_4, Version::V6_2, true), Reading::Empty);
        assert_eq!(reads(Version::V7_4, Version::V6_2, false), Reading::Refused);
    }
}
