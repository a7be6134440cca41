//! A line as it may be shown: without what may be secret.
//!
//! In: a line of a log or of kubectl, which anybody may have written. Out: the same, with `***` for passwords: behind
//! settings, options and commands that take one, in addresses, and in rules of access control lists.

use crate::secrets::{MASK, sounds_secret};

/// Bytes of a line that are shown.
const MOST_BYTES: usize = 400;

/// Words behind which everything to the end is a password, or may be: settings and commands of Redis.
const TO_THE_END: [&str; 8] =
    ["requirepass", "masterauth", "auth", "user", "setuser", "sentinel_auth-pass", "auth-pass", "tls-key-file-pass"];

/// Options that a password follows.
const OPTIONS: [&str; 5] = ["-a", "--pass", "--requirepass", "--masterauth", "--password"];

/// A line without secrets, of a length that can be read.
pub(super) fn shown(line: &str) -> String {
    let line = line.trim().replace('\t', " ");
    let mut out = String::with_capacity(line.len().min(MOST_BYTES));
    let mut hides_next = false;
    let mut hides_all = false;
    for word in line.split(' ') {
        if !out.is_empty() {
            out.push(' ');
        }
        if out.len() > MOST_BYTES {
            out.push('…');
            break;
        }
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '-' && c != '_').to_ascii_lowercase();
        if hides_all || hides_next && !word.is_empty() {
            // What closes a quotation belongs to whoever quotes.
            out.push_str(MASK);
            if word.ends_with('\'') && hides_all {
                out.push('\'');
            }
            hides_next = false;
            if hides_all {
                break;
            }
            continue;
        }
        if let Some(masked) = masked(word) {
            out.push_str(&masked);
            continue;
        }
        // `AUTH failed` and `Unable to AUTH to MASTER` are sentences; `AUTH word` is a command.
        hides_all = TO_THE_END.contains(&bare.trim_start_matches("--")) && is_command(&line, word, &bare);
        hides_next = OPTIONS.contains(&bare.as_str());
        out.push_str(&cut(word));
    }
    out
}

/// Whether a word that takes a password does so here: in a quoted line of redis.conf, as an option, or in a command.
fn is_command(line: &str, word: &str, bare: &str) -> bool {
    match bare {
        "auth" | "user" => {
            let quoted = line.contains(">>> '") || word.starts_with('\'');
            let is_prompt = line.split_once("> ").is_some_and(|(before, _)| !before.contains(' '));
            quoted || is_prompt || bare == "auth" && line.contains("redis-cli")
        }
        _ => true,
    }
}

/// A word that has a secret in itself.
fn masked(word: &str) -> Option<String> {
    // scheme://user:password@host
    if let Some((scheme, rest)) = word.split_once("://")
        && let Some((login, host)) = rest.split_once('@')
    {
        let user = login.split(':').next().unwrap_or_default();
        return Some(format!("{scheme}://{user}:{MASK}@{}", cut(host)));
    }
    // Rules of access control lists: `>password`, `<password`, `#hash`.
    let quoted = word.trim_start_matches(['\'', '"']);
    if let Some(first @ ('>' | '<' | '#')) = quoted.chars().next()
        && quoted.len() > 3
        && !quoted.starts_with(">>>")
        && !quoted.starts_with("<->")
        && !quoted.get(1..).is_some_and(|rest| rest.contains('>'))
    {
        return Some(format!("{first}{MASK}"));
    }
    for sign in ['=', ':'] {
        if let Some((name, value)) = word.split_once(sign)
            && !value.is_empty()
            && value.len() > 1
            && sounds_secret(name)
        {
            return Some(format!("{}{sign}{MASK}", cut(name)));
        }
    }
    None
}

/// No single word fills the screen, and none moves the cursor.
fn cut(word: &str) -> String {
    let safe: String = word.chars().take(MOST_BYTES).map(|c| if c.is_control() { '?' } else { c }).collect();
    if word.len() > safe.len() + 8 { format!("{safe}…") } else { safe }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown_wherever_it_stands() {
        for line in [
            ">>> 'requirepass hunter2 hunter2'",
            ">>> 'user app on >hunter2 ~app:* +@all'",
            "user app on >hunter2 ~* #hunter2hash",
            "127.0.0.1:6379> AUTH hunter2",
            "127.0.0.1:6379> CONFIG SET requirepass hunter2",
            "127.0.0.1:6379> ACL SETUSER app on >hunter2",
            "exec: redis-cli -a hunter2 ping",
            "exec: redis-server --requirepass hunter2 --port 1",
            "connecting to redis://app:hunter2@redis:6379/0 failed",
            "connecting to redis://:hunter2@redis:6379/0 failed",
            "REDIS_PASSWORD=hunter2 redis-server",
            "      REDIS_PASSWORD:hunter2",
            "{\"password\":\"hunter2\"}",
            "redis-cli --pass hunter2 ping",
        ] {
            let shown = shown(line);
            assert!(!shown.contains("hunter2"), "{line}: {shown}");
            assert!(shown.contains(MASK), "{line}: {shown}");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for line in [
            "AUTH failed: WRONGPASS invalid username-password pair or user is disabled.",
            "1:S 22 Nov 2026 03:00:00.000 # Unable to AUTH to MASTER: -WRONGPASS invalid",
            "1:S 22 Nov 2026 03:00:00.000 * MASTER <-> REPLICA sync started",
            "(error) NOPERM this user has no permissions to run the 'set' command",
            "Warning  Failed  Error: secret \"redis\" not found",
            ">>> 'gopher-enabled yes'",
            "use ./redis-check-aof --fix <filename.manifest>. 2) Alternatively",
            "couldn't find key redis-password in Secret prod/redis",
        ] {
            assert_eq!(shown(line), line.trim());
        }
    }

    #[test]
    fn long_lines_and_odd_signs_are_cut() {
        let long = shown(&"x".repeat(100_000));
        assert!(long.len() < 2 * MOST_BYTES, "{}", long.len());
        assert!(shown(&"word ".repeat(10_000)).len() < 2 * MOST_BYTES);
        assert_eq!(shown("a\u{1b}[31mred"), "a?[31mred");
    }
}
