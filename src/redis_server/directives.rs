//! Every directive of redis.conf: since when Redis knows it, what it takes, what it is when nobody sets it.
//!
//! In: a name. Out: its [`Directive`] row. The rows are in `table`; they were made by asking servers of
//! 5.0, 6.0, 6.2, 7.0, 7.2, 7.4 and the first milestone of 8.0, and a test compares them with what those said.

use super::table::TABLE;
use super::version::Version;

/// What a directive takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `yes` or `no`.
    Switch,
    /// One of these words, in any case.
    Word(&'static [&'static str]),
    /// One or several of these words.
    Words(&'static [&'static str]),
    /// A whole number, bounds included.
    Number {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// A number in octal digits, at most 777.
    Octal,
    /// An amount of memory.
    Memory {
        /// The least, in bytes.
        min: i64,
    },
    /// An amount of memory, or a share of `maxmemory` (`5%`).
    MemoryOrPercent,
    /// The name of a file inside `dir`; no path.
    FileName {
        /// Whether `""` will do.
        may_be_empty: bool,
    },
    /// A DNS name.
    HostName,
    /// A name for people, without most signs of punctuation.
    NodeName,
    /// Any one word.
    Text,
    /// `bind`: any number of addresses.
    Addresses,
    /// `save SECONDS CHANGES …`, or `save ""`.
    Saves,
    /// `client-output-buffer-limit CLASS HARD SOFT SECONDS`.
    ClientLimits,
    /// `replicaof HOST PORT`.
    Master,
    /// `rename-command COMMAND NAME`.
    Rename,
    /// `user NAME RULE…`.
    User,
    /// `notify-keyspace-events LETTERS`.
    Events,
    /// `oom-score-adj-values`: three whole numbers.
    Scores,
    /// `latency-tracking-info-percentiles`: any number of numbers from 0 to 100.
    Percentiles,
    /// `proc-title-template`: a text with variables in braces.
    Title,
    /// `loadmodule PATH ARGUMENT…`.
    Module,
    /// `include PATH`.
    Include,
    /// What belongs into a Sentinel's file.
    Sentinel,
}

/// Whether a running server takes a new value (`CONFIG SET`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runtime {
    /// It does.
    Changes,
    /// Only a restart does.
    Fixed,
    /// Only when `enable-protected-configs` allows it, from 7.0 on.
    Protected,
}

/// What Redis 5 checks of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum In5 {
    /// Nothing.
    Nothing,
    /// The bounds, after keeping 32 bits of it.
    Bounds,
    /// The least, on all 64 bits of it.
    Least(i64),
    /// That it is not 0.
    NotZero,
}

/// One directive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Directive {
    /// Its name today.
    pub name: &'static str,
    /// The name it had before, which goes on working, and the first version that had it.
    pub old: Option<(&'static str, Version)>,
    /// What it takes.
    pub kind: Kind,
    /// The first version that knows `name`; 5.0 may mean earlier.
    pub since: Version,
    /// The last version that knows it, where a later one does not.
    pub until: Option<Version>,
    /// What it is when no line says so; empty where that depends on the machine, or is nothing.
    pub default: &'static str,
    /// Whether `CONFIG SET` takes it.
    pub runtime: Runtime,
    /// A word of `kind` that only later versions know.
    pub later_word: Option<(&'static str, Version)>,
    /// The upper bound that held before a version.
    pub wider_before: Option<(Version, i64)>,
    /// Before this version a value that cannot be read is taken for 0, without a word.
    pub lenient_before: Version,
    /// What 5.0 checks of a number, which it reads up to the first odd character.
    pub in_5: In5,
    /// From this version on the value is not even read.
    pub ignored_since: Option<Version>,
    /// For tests of Redis itself; no documentation names it.
    pub hidden: bool,
}

impl Directive {
    /// Whether this version knows the directive under this name.
    pub fn is_known(&self, name: &str, version: Version) -> bool {
        let since = match self.old {
            Some((old, since)) if old == name => since,
            _ => self.since,
        };
        since <= version && self.until.is_none_or(|until| version <= until)
    }

    /// The name to use in this version.
    pub fn name_in(&self, version: Version) -> &'static str {
        match self.old {
            Some((old, _)) if version < self.since => old,
            _ => self.name,
        }
    }

    /// How many words may follow the name; no upper bound where there is none.
    pub fn arguments(&self, version: Version) -> (usize, Option<usize>) {
        match self.kind {
            Kind::Words(_) | Kind::Percentiles | Kind::Saves | Kind::Sentinel => (0, None),
            Kind::Addresses => (usize::from(version < Version::V7_0), None),
            Kind::ClientLimits if version < Version::V7_0 => (4, Some(4)),
            Kind::ClientLimits => (0, None),
            Kind::Master | Kind::Rename => (2, Some(2)),
            Kind::Scores => (3, Some(3)),
            Kind::User | Kind::Module => (1, None),
            _ => (1, Some(1)),
        }
    }

    /// Whether each line adds to the lines before, so that several make sense.
    pub fn adds_up(&self) -> bool {
        matches!(
            self.kind,
            Kind::Saves
                | Kind::ClientLimits
                | Kind::Rename
                | Kind::User
                | Kind::Module
                | Kind::Include
                | Kind::Sentinel
        )
    }

    /// Whether its value is nobody's business: it never stands in a message.
    pub fn is_secret(&self) -> bool {
        self.kind == Kind::User
            || matches!(self.name, "requirepass" | "masterauth" | "tls-key-file-pass" | "tls-client-key-file-pass")
    }
}

/// All directives, by name.
pub fn all() -> &'static [Directive] {
    TABLE
}

/// The row of a name in lower case, its old name too.
///
/// ```
/// use chartwright::redis_server::{Version, directives};
/// let row = directives::find("slaveof").ok_or("no row")?;
/// assert_eq!((row.name, row.since), ("replicaof", Version::V5_0));
/// # Ok::<(), &str>(())
/// ```
pub fn find(name: &str) -> Option<&'static Directive> {
    TABLE.iter().find(|row| row.name == name || row.old.is_some_and(|(old, _)| old == name))
}

/// The name that Redis uses today; unknown names stay as they are.
pub fn canonical(name: &str) -> String {
    find(name).map_or(name, |row| row.name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_for_two_directives() {
        let mut names: Vec<&str> =
            TABLE.iter().flat_map(|row| std::iter::once(row.name).chain(row.old.map(|(old, _)| old))).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        assert!(TABLE.iter().all(|row| row.name == row.name.to_ascii_lowercase()));
    }

    #[test]
    fn a_renamed_directive_is_known_under_the_name_of_its_time() {
        let row = find("zset-max-listpack-entries").expect("a row of the table");
        assert!(!row.is_known("zset-max-listpack-entries", Version::V6_2));
        assert!(row.is_known("zset-max-ziplist-entries", Version::V6_2));
        assert_eq!(row.name_in(Version::V6_2), "zset-max-ziplist-entries");
        assert_eq!(row.name_in(Version::V7_0), "zset-max-listpack-entries");
        assert_eq!(canonical("zset-max-ziplist-entries"), "zset-max-listpack-entries");
    }
}
