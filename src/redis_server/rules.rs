//! The rules that [`check`](super::check()) holds a redis.conf against.
//!
//! In: nothing. Out: [`RULES`], with what each is about, why it matters and the way out.

use crate::diag::Severity;
use crate::diag::Severity::{Error, Note, Warning};

/// One rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Stable kebab-case name of the bad pattern.
    pub id: &'static str,
    /// [`Severity::Error`]: the server does not start.
    pub severity: Severity,
    /// What it finds, in a few words.
    pub summary: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// What to do.
    pub fix: &'static str,
}

macro_rules! rules {
    ($($name:ident = $id:literal, $severity:ident, $summary:literal, $why:literal, $fix:literal;)*) => {
        $(pub(super) const $name: Rule = Rule {
            id: $id,
            severity: $severity,
            summary: $summary,
            why: $why,
            fix: $fix,
        };)*

        /// Every rule, in the order of this file.
        pub const RULES: &[Rule] = &[$($name),*];
    };
}

rules! {
    UNKNOWN_DIRECTIVE = "redis-unknown-directive", Error,
        "redis.conf has a directive that no Redis knows",
        "Redis does not start with a line that it cannot read.",
        "Correct the name, or remove the line.";
    DIRECTIVE_TOO_NEW = "redis-directive-too-new", Error,
        "redis.conf has a directive of a later Redis",
        "An older server does not start with it.",
        "Remove the line, or take a newer image.";
    DIRECTIVE_GONE = "redis-directive-gone", Error,
        "redis.conf has a directive that this Redis no longer has",
        "A server that has dropped a directive does not start with it.",
        "Remove the line.";
    SENTINEL_DIRECTIVE = "redis-sentinel-directive", Error,
        "redis.conf of a server has a line for Sentinel",
        "Only a process started as Sentinel reads it; a server does not start.",
        "Move the line to sentinel.conf.";
    OLD_NAME = "redis-old-directive-name", Note,
        "redis.conf uses the name that a directive had before",
        "The old name still works, but documentation and `CONFIG GET` speak of the new one.",
        "Use the new name.";
    UNBALANCED_QUOTES = "redis-unbalanced-quotes", Error,
        "quotes in redis.conf do not close, or close inside a word",
        "Redis does not start. A password with a quote in it, written unquoted, ends here.",
        "Put the whole word between double quotes, and write \\\" for a quote inside it.";
    COMMENT_BEHIND_VALUE = "redis-comment-behind-value", Error,
        "a comment follows a value in redis.conf",
        "Only a line that begins with # is a comment; elsewhere its words count as arguments.",
        "Put the comment on a line of its own.";
    ARGUMENT_COUNT = "redis-argument-count", Error,
        "a directive of redis.conf has too many or too few arguments",
        "Redis does not start with it.",
        "Give it as many arguments as it takes; a value with spaces goes between double quotes.";
    BAD_SWITCH = "redis-bad-switch", Error,
        "a switch of redis.conf is neither yes nor no",
        "Redis knows no true, on or 1.",
        "Write yes or no, quoted in YAML, where a bare yes is true.";
    UNKNOWN_WORD = "redis-unknown-word", Error,
        "a directive of redis.conf has none of the words that it takes",
        "Redis does not start with it.",
        "Use one of the words that this version knows.";
    BAD_NUMBER = "redis-bad-number", Error,
        "a directive of redis.conf wants a number",
        "Redis takes whole numbers without unit, sign or leading zero.",
        "Write a whole number in digits.";
    NUMBER_OUT_OF_BOUNDS = "redis-number-out-of-bounds", Error,
        "a number in redis.conf is too small or too large",
        "Redis does not start with it.",
        "Choose a number within the bounds.";
    BAD_SIZE = "redis-bad-size", Error,
        "a directive of redis.conf wants an amount of memory",
        "Redis takes a whole number and one of b, k, kb, m, mb, g, gb.",
        "Write for example 512mb: kb, mb and gb are powers of 1024; k, m and g of 1000.";
    KUBERNETES_UNIT = "redis-kubernetes-unit", Error,
        "redis.conf has a size in units of Kubernetes",
        "Redis knows no Ki, Mi or Gi and does not start.",
        "Write kb, mb or gb, which are the same powers of 1024.";
    SILENT_ZERO = "redis-unread-value", Warning,
        "an old Redis takes a value that it cannot read for something else",
        "Before 6.0 most numbers and sizes were read up to the first odd character, without an error.",
        "Correct the value; later versions refuse it.";
    PATH_AS_FILE_NAME = "redis-path-as-file-name", Error,
        "a file name in redis.conf is a path, or empty",
        "Files lie in `dir`; Redis does not start with a path here.",
        "Name the file alone, and choose its folder by `dir`.";
    BAD_VALUE = "redis-bad-value", Error,
        "a directive of redis.conf has a value that it cannot take",
        "Redis does not start with it.",
        "Correct the value.";
    BAD_SAVE_POINT = "redis-bad-save-point", Error,
        "a save line of redis.conf is no pair of seconds and changes",
        "Redis does not start with it.",
        "Write `save SECONDS CHANGES`, or `save \"\"` for no snapshots.";
    SAVE_POINT_IGNORED = "redis-save-point-ignored", Warning,
        "an old Redis passes over a save line",
        "Before 7.0 a save line with any other number of arguments than two is ignored without a word.",
        "Write each pair on a line of its own.";
    BAD_CLIENT_LIMIT = "redis-bad-client-limit", Error,
        "a limit for client buffers is not class, hard limit, soft limit, seconds",
        "Redis does not start with it.",
        "Write `client-output-buffer-limit normal|replica|pubsub HARD SOFT SECONDS`.";
    BAD_MASTER_PORT = "redis-bad-master-port", Error,
        "replicaof names no port",
        "Redis does not start with it.",
        "Write `replicaof HOST PORT`.";
    UNKNOWN_COMMAND = "redis-unknown-command", Error,
        "redis.conf names a command that this Redis does not have",
        "Redis does not start with a rename or a user rule for it.",
        "Correct the command, or remove it from the line.";
    RENAMED_TWICE = "redis-command-renamed-twice", Error,
        "a command is renamed twice",
        "After the first line the command no longer exists under its name, and the second stops the server.",
        "Keep one of the lines.";
    NAME_TAKEN = "redis-command-name-taken", Error,
        "a command is renamed to a name that another has",
        "Redis does not start with it.",
        "Choose a name that no command has.";
    BAD_EVENT_CLASS = "redis-bad-event-class", Error,
        "notify-keyspace-events has a letter that stands for nothing",
        "Redis does not start with it.",
        "Use the letters that this version knows.";
    BAD_USER_RULE = "redis-bad-user-rule", Error,
        "a user line has a rule that Redis cannot read",
        "Redis does not start with it.",
        "Correct the rule: on, off, nopass, >PASSWORD, #HASH, ~KEYS, &CHANNELS, +COMMAND, -COMMAND, +@CATEGORY.";
    ACLFILE_WITH_USERS = "redis-aclfile-with-users", Error,
        "redis.conf has both users and an aclfile",
        "Redis takes users from one of the two and does not start with both.",
        "Move the users to the aclfile, or drop the aclfile.";
    PASSWORD_BESIDE_ACLFILE = "redis-password-beside-aclfile", Warning,
        "requirepass stands beside an aclfile",
        "The aclfile decides about the user `default`; requirepass has no effect, so the server may be open.",
        "Give the user `default` its password in the aclfile.";
    REPLICA_IN_CLUSTER = "redis-replica-in-cluster", Error,
        "a node of a cluster has a replicaof line",
        "In a cluster masters are chosen by the cluster; Redis does not start.",
        "Remove replicaof, or set cluster-enabled to no.";
    LISTENS_NOWHERE = "redis-listens-nowhere", Error,
        "the server listens on no port and no socket",
        "Redis does not start.",
        "Set port, tls-port or unixsocket.";
    TLS_WITHOUT_CERTIFICATE = "redis-tls-without-certificate", Error,
        "tls-port is set without a certificate",
        "Redis does not start.",
        "Set tls-cert-file, tls-key-file and tls-ca-cert-file.";
    DUPLICATE_DIRECTIVE = "redis-duplicate-directive", Warning,
        "a directive stands in redis.conf twice",
        "Only the last line counts.",
        "Remove the line that does not count.";
    NO_FINAL_NEWLINE = "redis-no-final-newline", Note,
        "redis.conf does not end in a line break",
        "A script that appends a line (a password, a replicaof) would continue the last one.",
        "End the file in a line break: in YAML by `|` rather than `|-`.";
    POLICY_WITHOUT_LIMIT = "redis-policy-without-limit", Warning,
        "maxmemory-policy stands there without maxmemory",
        "Without a limit nothing is ever evicted; the kernel kills the server instead.",
        "Set maxmemory.";
}

/// The rule of an id.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_say_that_they_are_about_redis() {
        let mut ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
        assert!(
            ids.iter().all(|id| id.starts_with("redis-") && id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
        );
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), RULES.len());
        assert_eq!(find("redis-bad-size"), Some(&BAD_SIZE));
    }
}
